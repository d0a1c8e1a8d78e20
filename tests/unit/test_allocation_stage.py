"""Tests and stop rules, the decision on a small plan, channels, spending on control."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.special import ndtr

from ecomplan.claims import load_claims
from ecomplan.errors import ParameterError
from ecomplan.investment.allocation import channels, decision, gains, learn, naive, tables
from ecomplan.investment.allocation.field import Field
from ecomplan.investment.engine.budget import read_budget
from ecomplan.investment.engine.curves import Curve
from ecomplan.investment.engine.levers import SEGMENTS, load_levers
from ecomplan.investment.engine.margins import Fixed
from ecomplan.investment.engine.plan import Decision, Plan, Settings
from ecomplan.investment.engine.sales import Base
from ecomplan.params import AllocationStage, load_params

ROOT = Path(__file__).parents[2]
CLAIMS = load_claims(ROOT / "claims")
P = AllocationStage.model_validate({**load_params(ROOT / "params.yaml").of_stage("allocation"), "draws": 600})


def small_plan(sales: float = 1e6, levers: int = 8) -> Plan:
    whole = load_levers(ROOT / "claims", CLAIMS)
    items = tuple(
        replace(
            whole.items[0], id=f"lever_{i}", name=f"Lever {i}", moves=("conversion", "order value", "frequency")[i % 3],
            cost_base=None, claimed=0.1 + 0.03 * i, weight=0.6, curve=Curve("hill", 0.4, 1.0), segments=SEGMENTS,
            reach_low=0.2, reach_high=0.6, once_cny=60_000.0 * (1 + i), monthly_cny=4_000.0, people_fte=0.1,
            share_of_extra_sales=0.0, ready_months=2 + i % 3, buildup_months=2.0, fade_per_year=0.1, min_dose=0.15,
            needs=(),
        ) for i in range(levers)
    )
    rng = np.random.default_rng(0)
    path = np.sort(rng.lognormal(np.log(sales / 12), 0.1, 20))
    base = Base(("all",), np.repeat(path[:, None, None], 12, axis=1), np.full((20, 12), 50.0), np.full((20, 12), 900.0))
    kept = replace(whole, items=items)
    return Plan(kept, base, Decision.nothing(kept, P.horizon_months), Settings.of(P), Fixed(100.0))


def trial_of(lift: np.ndarray, gain: np.ndarray, cost: float, error: float) -> learn.Trial:
    draws = lift.size
    half = np.full((1, draws), cost)
    plan = Field(("one",), gain[None], half * 2, np.array([2 * cost]), np.zeros(1, int), np.full(draws, 0.5),
                 np.zeros(1), (Curve("linear"),), np.zeros(1), ((),))
    noise = np.random.default_rng(1).standard_normal((1, draws))
    return learn.Trial(plan, gain[None] * 0.0, half, lift[None], np.array([error]), noise, np.array([cost]), 0.0)


def test_standard_error_gives_the_stated_power_and_false_alarm():
    error = learn.standard_error(0.08, 0.8, 0.1)
    edge = 1.2815515655446004 * error
    assert 1 - ndtr(edge / error) == pytest.approx(0.1)
    assert 1 - ndtr((edge - 0.08) / error) == pytest.approx(0.8)
    with pytest.raises(ParameterError, match="power"):
        learn.standard_error(0.08, 0.1, 0.2)


def test_bayes_threshold_of_two_kinds_of_lever_is_the_closed_form():
    """Works (lift m, rest g) with chance p, else nothing (rest -c): posterior odds times g = c."""
    p, m, g, c, error = 0.25, 0.03, 4.0, 1.0, 0.02
    draws = 4000
    works = np.arange(draws) < p * draws
    lift, rest = np.where(works, m, 0.0), np.where(works, g, -c)
    closed = m / 2 + error**2 / m * np.log(c * (1 - p) / (p * g))
    assert learn.bayes_threshold(lift, rest, error) == pytest.approx(closed, abs=1e-4)
    assert learn.bayes_threshold(lift, np.full(draws, -1.0), error) == np.inf
    assert learn.bayes_threshold(lift, np.full(draws, 1.0), error) == -np.inf


def test_no_rule_beats_tests_free_of_error_and_bayes_is_not_worse_than_no_test():
    rng = np.random.default_rng(5)
    lift = np.where(rng.random(4000) < 0.2, rng.gamma(4, 0.01, 4000), 0.0)
    trial = trial_of(lift, lift * 4000, 12.0, 0.01)
    one = np.ones(1)

    def worth(going: np.ndarray) -> float:
        return float(learn.staged(trial, going).npv(one).mean())

    best = worth(learn.perfect(trial, one))
    bayes = worth(learn.go_on(trial, one, learn.thresholds(trial, one)))
    upper = worth(learn.go_on(trial, one, learn.thresholds(trial, one, "upper end", 0.9)))
    nothing = worth(np.ones((1, 4000), bool))
    assert best > bayes > nothing and bayes >= upper


def test_a_lever_alone_is_what_the_cash_flow_model_says():
    plan = small_plan()
    drawn = gains.make_draws(plan, P.draws, P.seed)
    trial = gains.lever_trial(drawn, P)
    for lever in (0, 5):
        dose = np.zeros(8)
        dose[lever] = 1.0
        cash = drawn.cash(replace(plan.decision, dose=dose))
        npv = trial.plain.benefit[lever] - trial.plain.cost[lever]
        assert np.abs(npv - cash.npv).max() < 1e-3 * np.abs(cash.npv).max()
        strength = cash.strengths[:, lever]
        assert np.allclose(trial.lift[lever], np.expm1(strength), rtol=2e-3, atol=1e-6)
    assert (trial.cost_before <= trial.plain.cost + 1e-6).all() and (trial.cost_before[0] > 0).all()


@pytest.mark.parametrize(("sales", "kinds"), [(1e4, {"none"}), (3e7, {"portfolio"})])
def test_a_small_shop_funds_nothing_and_a_large_one_a_portfolio_within_its_limits(sales: float, kinds: set[str]):
    plan = small_plan(sales)
    drawn = gains.make_draws(plan, P.draws, P.seed)
    trial = gains.lever_trial(drawn, P)
    limits = decision.Limits(5e5, 0.05 * 0.33 * sales, "GBP")
    decided = decision.decide(drawn, trial, limits, P)
    assert decided.kind in kinds
    assert decided.best.choice.used <= limits.budget * (1 + 1e-6)
    assert decided.best.choice.shortfall <= limits.shortfall * (1 + 1e-6) + 1e-6
    assert decided.best.choice.value <= decided.best.choice.bound + 1e-6
    funded = tables.funded_table(decided, plan, 0.9)
    assert len(funded) == decided.funded.size == (0 if kinds == {"none"} else len(funded))
    text, _ = tables.decision_text(decided, funded)
    assert text.startswith("Fund nothing" if kinds == {"none"} else "Fund ")
    front = tables.frontier_table(decided, 4, 4)
    assert (np.diff(front["npv"]) >= -1e-6 - 0.02 * abs(front["npv"].iloc[-1])).all()
    written = naive.written_plan(drawn, read_budget(CLAIMS))
    face = naive.naive_choice(drawn, decided, limits, P)
    assert face.promised >= float(face.npv.mean()) and written.npv.size == P.draws - P.draws // 2
    assert decided.npv.mean() >= 0 or decided.kind == "none"


def test_cheap_sharp_tests_are_used_queue_for_the_visits_and_raise_the_value():
    p = P.model_copy(update={"test_detectable_gain": 0.002, "test_cost_cny": 0.0, "tests_at_once": 3})
    plan = small_plan(1.5e7)
    drawn = gains.make_draws(plan, p.draws, p.seed)
    trial = gains.lever_trial(drawn, p)
    decided = decision.decide(drawn, trial, decision.Limits(1e6, 1e6, "GBP"), p)
    assert decided.tested.sum() >= 2 and not decided.going[decided.tested].all()
    assert decided.best.choice.value > decided.committed.choice.value
    assert decided.perfect_tests.mean >= decided.best.mean
    starts = np.sort(decided.starts[decided.tested])
    assert (starts == 1 + np.arange(starts.size) // 3 * p.test_months).all()
    assert (decided.tested_by[decided.tested] > decided.starts[decided.tested]).all()


def test_a_queue_that_costs_more_than_its_tests_save_is_left():
    p = P.model_copy(update={"test_detectable_gain": 0.002, "test_cost_cny": 0.0, "tests_at_once": 1, "test_months": 9})
    drawn = gains.make_draws(small_plan(1.5e7), p.draws, p.seed)
    decided = decision.decide(drawn, gains.lever_trial(drawn, p), decision.Limits(1e6, 1e6, "GBP"), p)
    assert not decided.tested.any() and (decided.starts == 1).all()
    assert decided.best.choice.value == pytest.approx(decided.committed.choice.value)


def market() -> channels.Market:
    return channels.Market(59_000.0, 9.6e6, 25_000.0)


def test_channels_earn_the_same_at_the_margin_and_their_leasts_are_named_where_they_do_not_fit():
    told = channels.told_channels(CLAIMS, market(), P)
    for budget in (59_000.0, 9_000.0):
        found = channels.split(told, replace(market(), budget=budget), P, "GBP")
        inner = found.table[~found.table["at_least"] & (found.filled.doses < 1 - 1e-6)]
        assert np.ptp(inner["marginal_margin"]) < 1e-6 * inner["marginal_margin"].mean()
        assert inner["marginal_margin"].mean() >= 1 - 1e-6
        assert found.table["spend"].sum() <= budget * (1 + 1e-9)
    with pytest.raises(ParameterError, match=r"least spends.*Paid traffic.*channel_least_share"):
        channels.split(told, market(), P.model_copy(update={"channel_least_share": 0.4}), "GBP")


def test_readings_say_when_nothing_can_be_compared():
    change = naive.error_change(pd.DataFrame({"losing": [0.9, 0.8, 0.0], "levers": [20, 3, 0]}))
    assert change.value is None and "Nothing is chosen" in change.unknown
    first = naive.readings(CLAIMS, change, P)[0]
    assert first.verdict == "not testable"
