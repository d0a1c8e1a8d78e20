"""The plan as written: what must hold whatever the numbers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ecomplan.claims import load_claims
from ecomplan.errors import DataError, ParameterError
from ecomplan.estimate import Estimate
from ecomplan.investment.engine import cash as engine
from ecomplan.investment.engine import finance
from ecomplan.investment.engine.budget import read_budget
from ecomplan.investment.engine.levers import QUANTITIES, load_levers
from ecomplan.investment.engine.sales import base_sales
from ecomplan.investment.returns import (
    benefits,
    bridges,
    contracts,
    cube,
    documents,
    effects,
    measures,
    model,
    readings,
    rebuilt,
    tables,
    units,
    whatif,
)
from ecomplan.params import load_params, stage_params

ROOT = Path(__file__).parents[2]
CLAIMS = load_claims(ROOT / "claims")
LEVERS = load_levers(ROOT / "claims", CLAIMS)
BUDGET = read_budget(CLAIMS)
P = stage_params("returns", load_params(ROOT / "params.yaml").of_stage("returns"))
PARTS = ("sales: Returning customers", "sales: New customers", "sales: Without identity")
NEWCOMER = units.Newcomer(Estimate(380.0, 320.0, 450.0), 380.0, 0.33, 12.0)


def paths(count: int = 30) -> tuple[pd.DataFrame, pd.DataFrame]:
    rng = np.random.default_rng(3)
    months = pd.date_range("2025-12-01", periods=13, freq="MS")
    sales = 8e5 * (1 + 0.3 * np.sin(np.arange(13))) * rng.lognormal(0, 0.1, (count, 13))
    frame = pd.DataFrame({
        "path": np.repeat(np.arange(count), 13), "month": np.tile(months, count), "sales": sales.ravel(),
        "orders": sales.ravel() / 400, "new_customers": sales.ravel() / 8000,
    })
    parts = frame[["path", "month"]].assign(
        **{name: frame["sales"] * share for name, share in zip(PARTS, (0.7, 0.1, 0.2), strict=True)}
    )
    return parts, frame


BASE = base_sales(*paths(), None, P.horizon_months)
WRITTEN = model.Written(BASE, BUDGET, LEVERS, NEWCOMER.range)
PLAN = WRITTEN.plan(P)
POINTS = engine.draw(PLAN, 512, 7, "sobol")
VALUES = engine.values(PLAN, POINTS)
DRAWN = effects.read_drawn(PLAN, VALUES)
RESULT = measures.returns_of(PLAN, VALUES)
SPLIT = effects.benefit_split(PLAN, DRAWN)
TRIAL = whatif.make_trial(PLAN, POINTS)


def test_levers_add_up_to_the_plan_in_every_draw() -> None:
    scale = RESULT.cash.discounted_benefit.max()
    assert SPLIT.by_lever.sum(axis=1) == pytest.approx(RESULT.cash.discounted_benefit, rel=1e-9, abs=1e-9 * scale)
    assert cube.split_gap(SPLIT, RESULT.cash) < 1e-9
    cost, once, running = effects.lever_costs(PLAN, DRAWN)
    assert cost.sum(axis=1) == pytest.approx(RESULT.cash.discounted_cost, rel=1e-9)
    assert (once + running).sum(axis=0) == pytest.approx(RESULT.cash.spending.mean(axis=0), rel=1e-9)
    months = RESULT.cash.margin_gain + RESULT.cash.savings
    rate = finance.per_month(P.discount_rate_per_year)
    by_month = months.mean(axis=0) * finance.discount_factors(rate, P.horizon_months, first=1)
    assert SPLIT.months.sum(axis=0) == pytest.approx(by_month, rel=1e-9, abs=1e-9 * scale)


def test_extra_sales_of_all_levers_are_the_plans() -> None:
    every = np.ones(P.horizon_months, dtype=bool)
    split = effects.sales_split(PLAN, DRAWN, every)
    scale = RESULT.cash.extra_sales.max()
    assert split.by_lever.sum(axis=1) == pytest.approx(RESULT.cash.extra_sales, rel=1e-9, abs=1e-9 * scale)


def test_a_plan_that_stops_early_and_is_late_still_adds_up() -> None:
    rng = np.random.default_rng(1)
    size = len(LEVERS)
    decision = PLAN.decision.with_(
        np.arange(size), dose=rng.uniform(0, 1.5, size), start_month=rng.integers(1, 12, size),
        stop_month=rng.integers(10, P.horizon_months + 1, size),
    )
    other = PLAN.decided(decision)
    given = TRIAL.values[:128].copy()
    given[:, :size] = 1.0  # every lever that can works
    drawn = effects.read_drawn(other, given)
    cash = engine.simulate_values(other, given)
    scale = np.abs(cash.discounted_benefit).max()
    split = effects.benefit_split(other, drawn)
    assert split.by_lever.sum(axis=1) == pytest.approx(cash.discounted_benefit, rel=1e-8, abs=1e-9 * scale)


def test_a_shop_without_kinds_of_customers_adds_up_too() -> None:
    _, frame = paths()
    plan = replace(WRITTEN, base=base_sales(None, frame, None, P.horizon_months)).plan(P)
    values = engine.values(plan, engine.draw(plan, 128, 7, "sobol"))
    drawn, cash = effects.read_drawn(plan, values), engine.simulate_values(plan, values)
    split = effects.benefit_split(plan, drawn)
    assert cube.split_gap(split, cash) < 1e-9
    assert "All customers" in cube.roi_cube(plan, drawn, split)["name"].tolist()
    assert (benefits.year_of(plan, drawn, CLAIMS, (0.1, 0.2), 1).returning_sales > 0).all()


def test_the_cube_adds_up_in_every_dimension() -> None:
    cells = cube.roi_cube(PLAN, DRAWN, SPLIT)
    totals = cells.groupby(["dimension", "year"])[["gain", "cost"]].sum().unstack("dimension")
    for column in ("gain", "cost"):
        for dimension in ("group", "line", "segment"):
            assert totals[column][dimension].to_numpy() == pytest.approx(totals[column]["all"].to_numpy(), rel=1e-9)
    end = cube.roi_to_date(PLAN, DRAWN, SPLIT).iloc[-1]
    whole = cells[(cells["dimension"] == "all") & (cells["year"] == 0)].iloc[0]
    assert end["roi_net"] == pytest.approx(whole["roi_net"], rel=1e-9)


def test_measures_belong_together() -> None:
    lucky = TRIAL.changed(effect_share=1.0, success_prior=0.8, weighed=False)
    result = measures.measure(lucky, P.discount_rate_per_year)
    assert ((result.roi_net > 0) == (result.npv > 0)).all()
    one = result.irr.count == 1
    assert one.sum() > 100
    assert ((result.irr.lowest[one] > P.discount_rate_per_year) == (result.npv[one] > 0)).all()
    # reinvested at the discount rate, the modified rate lies on the same side of it
    assert ((result.mirr[one] > P.discount_rate_per_year) == (result.npv[one] > 0)).all()
    assert (result.payback_discounted_months >= result.payback_months).all()
    paid = tables.payback_table(result)
    assert paid["cumulative"].iloc[-1] == pytest.approx(np.isfinite(result.payback_months).mean())
    assert tables.npv_histogram(result)["share"].sum() == pytest.approx(1)


def test_effects_at_fixed_shares_of_the_claims_rise_and_none_is_the_cost() -> None:
    frame = whatif.at_claimed_share(TRIAL)
    assert frame["npv_mean"].is_monotonic_increasing and frame["npv_all_work"].is_monotonic_increasing
    assert frame["npv_mean"].iloc[0] == pytest.approx(-RESULT.cash.discounted_cost.mean(), rel=1e-9)


def test_what_must_be_true_does_break_even() -> None:
    needed = whatif.break_even(TRIAL)
    cost = RESULT.cash.discounted_cost.mean()
    assert needed.success_prior is not None
    assert abs(TRIAL.changed(success_prior=needed.success_prior).npv.mean()) < 0.02 * cost
    if needed.effect_share is not None:
        assert abs(TRIAL.changed(effect_share=needed.effect_share, weighed=False).npv.mean()) < 0.02 * cost
    assert whatif.root_of(lambda share: share - 2) is None and whatif.root_of(lambda share: share + 1) == 0


def test_spreading_cost_moves_it_between_years_and_charges_no_more_than_is_paid() -> None:
    gain = RESULT.cash.margin_gain + RESULT.cash.savings
    short, long = cube.amortised(PLAN, DRAWN, gain, 12), cube.amortised(PLAN, DRAWN, gain, 240)
    assert long.paid == pytest.approx(short.paid) and (long.charged <= short.charged + 1e-6).all()
    assert short.charged.sum() <= short.paid.sum() + 1e-6
    month = cube.amortised(PLAN, DRAWN, gain, 1)  # a life of one month is no spreading
    assert month.charged == pytest.approx(month.paid, rel=1e-12)


def test_a_year_with_an_initial_return_of_eighty_percent_is_seen_as_such() -> None:
    gain = RESULT.cash.spending * 1.8  # S1 9.3: 80 % after amortisation; here on what is paid
    table = cube.amortised_table(cube.amortised(PLAN, DRAWN, gain, 1), 0.8 - 1e-9)
    assert table["roi_spread"].to_numpy(float) == pytest.approx(0.8, rel=1e-9)
    assert table["chance"].to_numpy(float) == pytest.approx(1.0)


def test_the_bridge_ends_where_sales_do() -> None:
    bridge = bridges.sales_bridge(PLAN, DRAWN)
    table = bridges.bridge_table(bridge)
    steps = table[table["kind"] == "step"]
    assert len(steps) == len(QUANTITIES) + 1
    assert table["sales"].iloc[0] + steps["sales"].sum() == pytest.approx(table["sales"].iloc[-1], rel=1e-12)
    assert steps["sales"].iloc[-1] < 0  # overlap takes off
    last = RESULT.cash.extra_sales_monthly[:, -12:].sum(axis=1).mean()
    assert table["sales"].iloc[-1] - table["sales"].iloc[0] == pytest.approx(last, rel=1e-9)
    credit = bridges.credit_table(bridge, bridges.stated_credit(CLAIMS)).set_index("credit")["share"]
    assert credit["Both"] == pytest.approx(credit["Conversion"] + credit["User value"])
    assert credit["Both"] + credit["Traffic"] == pytest.approx(1)


def test_contracts_shift_loss_and_a_fair_fee_leaves_the_provider_its_margin() -> None:
    shared = contracts.Shared(
        np.array([0.0, 100.0, 400.0]), np.full(3, 90.0), np.array([0.0, 30.0, 100.0]), np.full(3, 30.0)
    )
    fee = contracts.price_of_result(shared.benefit.mean(), 90.0, 0.32)
    assert fee.value is not None
    table = contracts.contract_table(shared, contracts.Terms(0.5, 0.5, fee.value)).set_index("contract")
    taken = shared.benefit.mean() - table.loc["Provider bears all, paid by result", "npv_mean"]
    assert (taken - 90) / taken == pytest.approx(0.32)
    assert table.loc["Provider bears all, paid by result", "chance_loss"] == 0
    assert table.loc["Partner pays part of marketing", "npv_mean"] == pytest.approx(
        table.loc["Own cost, own gain", "npv_mean"] + 15
    )
    assert contracts.price_of_result(100.0, 90.0, 0.32).value is None
    share = contracts.share_needed(45.0, 30.0, 3.5)
    assert share.value is not None and 45 / ((1 - share.value) * 30) - 1 == pytest.approx(3.5)


def test_a_customer_pays_back_with_the_first_order_or_over_the_horizon() -> None:
    newcomer = units.Newcomer(Estimate(400.0, 300.0, 500.0), 300.0, 0.5, 12.0)  # first order brings 150
    economics = units.unit_economics(
        np.array([10.0, 10.0, 10.0, 0.0]), np.array([1000.0, 2750.0, 5000.0, 10.0]), np.full(4, 400.0), newcomer
    )
    assert economics.payback_months() == pytest.approx([0, 6, np.inf, np.inf])
    assert economics.ratio == pytest.approx([4, 400 / 275, 0.8, 0])
    assert economics.margin_needed(4)[:2] == pytest.approx([0.5, 1.375])
    assert units.unit_table(economics, 4)["chance_undefined"].iloc[0] == 0.25


def test_figures_of_a_user_in_s3_do_not_hold_together() -> None:
    found = {one.key: one for one in documents.unit_economics(CLAIMS)}
    assert found["s3_net_gain_assumed"].computed == 560 and found["s3_net_gain_assumed"].verdict == "fails"
    assert found["s3_new_users_per_100"].verdict == "holds"
    implied = documents.margins_implied(CLAIMS, 0.33)
    assert implied["margin"].iloc[0] == pytest.approx(2 / 3) and implied["gain_cny"].iloc[0] == pytest.approx(360)
    bridge = documents.target_bridges(CLAIMS).set_index("kind")
    assert bridge.loc["product", "factor"] == pytest.approx(28 / 12 * 1.18)
    assert 1 - bridge.loc["gap", "factor"] == pytest.approx(0.53, abs=0.005)  # oddity o06
    assert documents.years_of_target(CLAIMS) == pytest.approx(3.9, abs=0.05)


def test_direct_benefits_add_up_and_what_is_unknown_stays_so() -> None:
    year = benefits.year_of(PLAN, DRAWN, CLAIMS, (0.05, 0.3), 1)
    works = benefits.come_true(len(VALUES), 3, 0.2, 1)
    direct = benefits.direct_table(CLAIMS, year, works, P.cny_per_currency_unit)
    assert direct["alone"].iloc[:-1].sum() == pytest.approx(direct["alone"].iloc[-1])
    assert direct["split"].iloc[:-1].sum() == pytest.approx(direct["split"].iloc[-1])
    gain = (year.sales * year.margin).mean()
    assert direct["split"].iloc[1:3].sum() == pytest.approx(gain * (15 / 8 * 1.22 - 1))
    indirect = benefits.indirect_table(CLAIMS, year, works)
    assert indirect["believed"].iloc[-1] is None and "unknown" in indirect["ground"].iloc[-1]
    assert (indirect["told"].iloc[:-1] > indirect["believed"].iloc[:-1]).all()


def test_what_s0_lacks_is_made_of_its_measures_alone() -> None:
    alone = rebuilt.rebuilt_plan(PLAN)
    chosen = rebuilt.measures_of(PLAN)
    assert alone.decision.dose.sum() == len(chosen) > 3
    needed = {need for place in chosen for need in LEVERS.items[place].needs}
    assert needed <= {LEVERS.items[place].id for place in chosen}
    assert len(rebuilt.benefit_table(alone, VALUES)) == len(chosen)


def test_a_saved_model_predicts_and_refuses(tmp_path: Path) -> None:
    model.save_model(tmp_path, WRITTEN, P)
    again = model.save_model(tmp_path / "again", WRITTEN, P)
    assert again.read_bytes() == (tmp_path / model.FILE).read_bytes()
    assert again.stat().st_size < 1e6
    loaded = model.load_model(tmp_path)
    found = loaded.predict(pd.DataFrame({"success_prior": [0.0, P.success_prior, 0.6]}))
    assert found["npv_mean"].is_monotonic_increasing
    assert found["npv_mean"].iloc[1] == pytest.approx(RESULT.npv.mean(), rel=0.05)
    with pytest.raises(DataError, match="column 'discount' is unknown"):
        loaded.predict(pd.DataFrame({"discount": [0.1]}))
    with pytest.raises(DataError, match=r"row 1.*success_prior = 2"):
        loaded.predict(pd.DataFrame({"success_prior": [0.2, 2.0]}))
    (tmp_path / model.FILE).write_text("{}")
    with pytest.raises(DataError, match="not what save_model wrote"):
        model.load_model(tmp_path)


def test_every_claim_used_says_how() -> None:
    economics = units.unit_economics(
        RESULT.cash.new_customers_extra, RESULT.cash.marketing_cost, DRAWN.shared["newcomer_value"], NEWCOMER
    )
    found = readings.Found(
        RESULT, cube.amortised(PLAN, DRAWN, RESULT.cash.savings, 60), economics,
        bridges.credit_table(bridges.sales_bridge(PLAN, DRAWN), bridges.stated_credit(CLAIMS)),
        contracts.contract_table(contracts.shared_of(PLAN, DRAWN, SPLIT), contracts.Terms(0.5, 0.5, 0.4)),
        Estimate(0.5), documents.unit_economics(CLAIMS), documents.sales_behind(CLAIMS),
    )
    told = readings.claim_readings(CLAIMS, BUDGET, LEVERS, found, P)
    keys = [reading.key for reading in told]
    assert all(key in CLAIMS and key not in CLAIMS.set_aside for key in keys)
    assert len(keys) == len(set(keys))
    assert {key for lever in LEVERS.items for key in lever.claims} <= set(keys)
    verdicts = {"holds", "holds in part", "fails", "not testable"}
    assert all(reading.role != "tested" or reading.verdict in verdicts for reading in told)


def test_a_catalogue_without_s0_has_nothing_to_rebuild() -> None:
    others = tuple(
        replace(lever, claims=tuple(key for key in lever.claims if not key.startswith("s0_"))) for lever in LEVERS.items
    )
    with pytest.raises(ParameterError, match="no lever of the catalogue rests on a claim of S0"):
        rebuilt.rebuilt_plan(replace(PLAN, levers=replace(LEVERS, items=others)))


def test_a_customer_of_no_worth_is_refused() -> None:
    class Found(dict):
        def value(self, key: str) -> float:
            return self[key].value

    item = Estimate(10.0, -5.0, 20.0)
    with pytest.raises(DataError, match="a value from -5 is refused"):
        units.read_newcomer(Found({"lifetime.value_newcomer": item}))
