"""The simulated plan: what must hold whatever the numbers, and against a slow plan of one draw."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ecomplan.claims import load_claims
from ecomplan.errors import DataError, ParameterError
from ecomplan.investment import decision, finance, model, readings, tables, whatif
from ecomplan.investment.budget import read_budget
from ecomplan.investment.checks import check_claims
from ecomplan.investment.levers import SALES_QUANTITIES, load_levers
from ecomplan.investment.returns import cash_flows, measure, ramp_up, simulate
from ecomplan.investment.uncertainty import make_draws, read_inputs, year_of_sales
from ecomplan.params import load_params, stage_params

ROOT = Path(__file__).parents[2]
CLAIMS = load_claims(ROOT / "claims")
LEVERS = load_levers(ROOT / "claims", CLAIMS)
BUDGET = read_budget(CLAIMS)
P = stage_params("returns", {**load_params(ROOT / "params.yaml").of_stage("returns"), "draws": 2000})


def paths(count: int = 40) -> pd.DataFrame:
    rng = np.random.default_rng(3)
    months = pd.date_range("2025-12-01", periods=13, freq="MS")
    sales = 8e5 * (1 + 0.3 * np.sin(np.arange(13))) * rng.lognormal(0, 0.1, (count, 13))
    return pd.DataFrame({
        "path": np.repeat(np.arange(count), 13), "month": np.tile(months, count), "sales": sales.ravel(),
    })


SALES = year_of_sales(paths())


def mean_npv(budget=BUDGET, levers=LEVERS, **changed):
    return simulate(SALES, budget, levers, P.model_copy(update=changed)).npv.mean()


def test_a_plan_draw_by_draw_is_the_same_as_in_arrays():
    draws = make_draws(25, len(LEVERS), 11)
    fast = cash_flows(SALES, BUDGET, LEVERS, P, draws)
    inputs = read_inputs(draws, len(SALES), BUDGET, LEVERS, P)
    ramps = ramp_up(BUDGET, P)
    for n in range(25):
        strength = {}
        for i, lever in enumerate(LEVERS.items):
            if draws.works[n, i] >= P.success_prior:
                continue
            reach = lever.reach_low + (lever.reach_high - lever.reach_low) * inputs.reach[n]
            own = 1 + LEVERS.own_spread * (2 * draws.own[n, i] - 1)
            effect = lever.claimed * lever.weight * inputs.kept[n] * own * reach
            strength[i] = np.log(1 + effect) if lever.cost_base is None else effect * lever.cost_base
        for quantity in {LEVERS.items[i].moves for i in strength}:
            same = [i for i in strength if LEVERS.items[i].moves == quantity]
            total, squares = sum(strength[i] for i in same), sum(strength[i] ** 2 for i in same)
            for i in same:
                strength[i] *= 1 - inputs.overlap[n] * (1 - squares / total**2)
        reserve = BUDGET.shares["reserve"]
        spent = inputs.total_cny[n] * (1 - reserve + reserve * inputs.reserve[n]) / P.cny_per_currency_unit
        for month in range(36):
            base = SALES[inputs.path[n], month % 12]
            log_gain = saved = 0.0
            for i, s in strength.items():
                ramp = ramps[LEVERS.items[i].tranche][month]
                if LEVERS.items[i].moves in SALES_QUANTITIES:
                    log_gain += s * ramp
                else:
                    saved += s * ramp
            slow = inputs.margin[n] * base * (np.exp(log_gain) - 1) + base * saved - spent * BUDGET.profile()[month]
            assert fast.flows[n, month] == pytest.approx(slow, rel=1e-9, abs=1e-6)


def test_levers_add_up_to_the_plan_and_flows_to_the_npv():
    cash = simulate(SALES, BUDGET, LEVERS, P).cash
    assert cash.contributions.sum(axis=1) == pytest.approx(cash.discounted_benefit, rel=1e-9)
    rate = finance.per_month(P.discount_rate_per_year)
    assert finance.npv(cash.flows, rate, first=1) == pytest.approx(cash.npv, abs=1e-5)
    assert cash.lever_costs.sum() == pytest.approx(1, abs=1e-12)
    assert (cash.contributions[~cash.works] == 0).all()


def test_without_success_or_effect_the_plan_is_its_cost():
    for nothing in ({"success_prior": 0.0}, {"effect_share": 0.0}):
        cash = simulate(SALES, BUDGET, LEVERS, P.model_copy(update=nothing)).cash
        assert (cash.discounted_benefit == 0).all()
        assert cash.npv == pytest.approx(-cash.discounted_cost, rel=1e-12)
        assert -cash.flows.sum(axis=1) == pytest.approx(cash.spent, rel=1e-12)


def test_the_plan_moves_the_way_it_must():
    base = mean_npv()
    dearer = replace(BUDGET, total_low_cny=2 * BUDGET.total_low_cny, total_high_cny=2 * BUDGET.total_high_cny)
    assert mean_npv(budget=dearer) < base
    assert mean_npv(success_prior=0.4) > base
    assert mean_npv(effect_share=0.8) > base
    assert mean_npv(ramp_months=24) < base
    assert mean_npv(horizon_months=60) > base
    assert mean_npv(cny_per_currency_unit=18.4) > base  # the same CNY costs half the money
    more = replace(LEVERS, overlap_low=1.0, overlap_high=1.0)
    assert mean_npv(levers=more) < base


def test_a_higher_discount_rate_lowers_the_value_of_a_plan_that_invests_first():
    full = {"success_prior": 1.0, "effect_share": 1.0, "horizon_months": 60}
    assert mean_npv(discount_rate_per_year=0.2, **full) < mean_npv(discount_rate_per_year=0.1, **full)


def test_with_full_overlap_equal_levers_count_once():
    # shrunken exactly, so that two copies of one lever are equally strong
    one = replace(LEVERS.items[0], share=1.0, line="tech", weight=1.0)
    alike = replace(LEVERS, items=(one, replace(one, id="copy")), own_spread=0.0, overlap_low=1.0, overlap_high=1.0)
    alone = replace(alike, items=(one,))
    sure = P.model_copy(update={"success_prior": 1.0})
    draws = make_draws(50, 2, 1)
    both = cash_flows(SALES, BUDGET, alike, sure, draws).discounted_benefit
    single = cash_flows(
        SALES, BUDGET, alone, sure, replace(draws, works=draws.works[:, :1], own=draws.own[:, :1])
    ).discounted_benefit
    assert both == pytest.approx(single, rel=1e-9)


def test_measures_belong_together():
    result = simulate(SALES, BUDGET, LEVERS, P.model_copy(update={"success_prior": 0.8, "effect_share": 0.9}))
    assert ((result.roi_net > 0) == (result.npv > 0)).all()
    one = result.irr.count == 1
    above = result.irr.lowest[one] > P.discount_rate_per_year
    assert (above == (result.npv[one] > 0)).all()
    assert (result.payback_discounted_months >= result.payback_months).all()
    paid = tables.payback_table(result)
    assert paid["cumulative"].iloc[-1] == pytest.approx(np.isfinite(result.payback_months).mean())
    assert tables.npv_histogram(result)["share"].sum() == pytest.approx(1)
    by_lever = tables.lever_results(result, LEVERS)
    assert by_lever["benefit_mean"].sum() == pytest.approx(result.cash.discounted_benefit.mean())


def test_same_seed_same_plan():
    first, second = simulate(SALES, BUDGET, LEVERS, P), simulate(SALES, BUDGET, LEVERS, P)
    assert first.cash.flows.tobytes() == second.cash.flows.tobytes()


def test_stopping_what_fails_is_never_worth_less_than_the_whole_plan():
    cash = simulate(SALES, BUDGET, LEVERS, P).cash
    assert (decision.staged_npv(cash) >= cash.npv - 1e-6).all()
    lucky = simulate(SALES, BUDGET, LEVERS, P.model_copy(update={"success_prior": 1.0, "effect_share": 1.0})).cash
    assert decision.decide(lucky).choice == "whole"
    unlucky = simulate(SALES, BUDGET, LEVERS, P.model_copy(update={"success_prior": 0.0})).cash
    assert decision.decide(unlucky).choice == "none"


def test_what_must_be_true_does_break_even():
    plan = whatif.make_plan(SALES, BUDGET, LEVERS, P)
    needed = whatif.break_even(plan)
    assert needed.success_prior is not None and needed.effect_share is not None
    scale = plan.cash().discounted_cost.mean()
    assert abs(plan.cash(success_prior=needed.success_prior).npv.mean()) < 0.01 * scale
    exact = whatif.as_claimed(LEVERS)
    assert abs(plan.cash(levers=exact, effect_share=needed.effect_share).npv.mean()) < 0.01 * scale


def test_tornado_is_sorted_and_its_ends_straddle_the_base():
    frame = whatif.tornado(whatif.make_plan(SALES, BUDGET, LEVERS, P, 500))
    assert frame["width"].is_monotonic_decreasing
    ends = frame[["npv_low_end", "npv_high_end"]]
    assert (ends.min(axis=1) <= frame["base"]).all() and (ends.max(axis=1) >= frame["base"]).all()


def test_a_saved_model_predicts_and_refuses(tmp_path):
    model.save_model(tmp_path, SALES, BUDGET, LEVERS, P)
    again = model.save_model(tmp_path / "again", SALES, BUDGET, LEVERS, P)
    assert again.read_bytes() == (tmp_path / model.FILE).read_bytes()
    loaded = model.load_model(tmp_path)
    found = loaded.predict(pd.DataFrame({"success_prior": [0.0, 0.2, 0.6], "effect_share": [0.5, 0.5, 0.5]}))
    assert found["npv_mean"].is_monotonic_increasing
    assert found["npv_mean"].iloc[1] == pytest.approx(simulate(SALES, BUDGET, LEVERS, P).npv.mean(), rel=0.05)
    with pytest.raises(DataError, match="column 'discount' is unknown"):
        loaded.predict(pd.DataFrame({"discount": [0.1]}))
    with pytest.raises(DataError, match=r"row 1.*success_prior = 2"):
        loaded.predict(pd.DataFrame({"success_prior": [0.2, 2.0]}))
    (tmp_path / model.FILE).write_text("{}")
    with pytest.raises(DataError, match="not what save_model wrote"):
        model.load_model(tmp_path)


def test_every_claim_used_says_how():
    result = measure(simulate(SALES, BUDGET, LEVERS, P).cash, P)
    uses = readings.claim_uses(CLAIMS, BUDGET, check_claims(CLAIMS), LEVERS, result, P)
    keys = [use["key"] for use in uses]
    assert all(key in CLAIMS and key not in CLAIMS.set_aside for key in keys)
    assert len(keys) == len(set(keys))
    assert {key for lever in LEVERS.items for key in lever.claims} <= set(keys)
    assert all(use["role"] != "tested" or use["verdict"] in ("holds", "holds in part", "fails") for use in uses)


@pytest.mark.parametrize(("spoil", "message"), [
    (lambda frame: frame.drop(columns="sales"), "column sales is missing"),
    (lambda frame: frame[frame["month"] < "2026-01-01"], "no January"),
    (lambda frame: frame[frame["month"] != "2026-05-01"], "11 months of 2026"),
    (lambda frame: frame.assign(sales=frame["sales"].where(frame.index != 5, -1.0)), "path 0, 2026-05"),
])
def test_bad_paths_are_refused(spoil, message):
    with pytest.raises(DataError, match=message):
        year_of_sales(spoil(paths()))


def test_a_plan_without_money_for_levers_is_refused():
    empty = replace(BUDGET, shares={"tech": 0.0, "people": 0.0, "marketing": 0.0, "reserve": 1.0})
    with pytest.raises(ParameterError, match="reserve takes all"):
        simulate(SALES, empty, LEVERS, P)
