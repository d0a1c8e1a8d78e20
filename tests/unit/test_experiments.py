"""Experiments: closed forms against simulation, behaviour, a small shop, bad input."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecomplan.behaviour import multiplicity
from ecomplan.behaviour.experiments import (
    aa,
    audit,
    cuped,
    decision,
    factorial,
    gate,
    peeking,
    power,
    release,
    schedule,
    sequential,
    stopping,
    volumes,
)
from ecomplan.behaviour.experiments.mismatch import mismatch
from ecomplan.behaviour.experiments.two_sample import lift, means, moments, proportions, ratios, welch
from ecomplan.errors import DataError

BELIEF = gate.prior(np.array([0.2, 0.3]), 0.8, 0.5, 0.05)
ERROR_OF_DAY = 0.27


def shop(customers=60, days=400, per_day=4, seed=2):
    """Orders and calendar of a made-up shop, a tenth of the orders without a customer number."""
    rng = np.random.default_rng(seed)
    date = pd.date_range("2024-10-01", periods=days, freq="D")
    at = np.sort(rng.integers(0, days, per_day * days))
    who = rng.integers(0, customers, len(at))
    orders = pd.DataFrame({
        "order_id": [f"o{i}" for i in range(len(at))], "time": date[at] + pd.Timedelta(hours=10),
        "customer_id": pd.array(np.where(rng.random(len(at)) < 0.1, None, [f"c{i}" for i in who]), dtype="object"),
        "amount": np.round(rng.lognormal(3, 1, len(at)), 2),
    })
    count = np.bincount(at, minlength=days)
    calendar = pd.DataFrame({"date": date, "month": date.to_period("M").to_timestamp(), "is_open": count > 0,
                             "orders": count, "in_full_month": True})
    return orders, calendar


def test_gate_rates_are_those_of_simulated_measures():
    rng = np.random.default_rng(8)
    n, error, bar = 400_000, 0.08, 0.12
    pick = rng.choice(len(BELIEF.weights), n, p=BELIEF.weights)
    true = BELIEF.means[pick] + BELIEF.spreads[pick] * rng.standard_normal(n)
    seen = true + error * rng.standard_normal(n)
    works, passed = BELIEF.works[pick], seen > bar
    found = gate.evaluate(BELIEF, error, bar, 0.02)
    assert found["passes"] == pytest.approx(passed.mean(), abs=0.003)
    assert found["false_go"] == pytest.approx((~works)[passed].mean(), abs=0.01)
    assert found["false_stop"] == pytest.approx((~passed)[works].mean(), abs=0.01)
    assert found["right"] == pytest.approx((works == passed).mean(), abs=0.003)
    assert found["observed"] == pytest.approx(seen[passed].mean(), abs=0.002)
    assert found["true"] == pytest.approx(true[passed].mean(), abs=0.002)
    assert found["value"] == pytest.approx(((true - 0.02) * passed).mean(), abs=0.0005)


def test_best_threshold_beats_a_fine_grid():
    for error in (0.03, 0.07, 0.27):
        best = gate.evaluate(BELIEF, error, gate.best_threshold(BELIEF, error, 0.02), 0.02)["value"]
        values = [gate.evaluate(BELIEF, error, bar, 0.02)["value"] for bar in np.linspace(-1, 1.5, 1500)]
        assert best >= max(values) - 1e-7


def test_gate_passes_half_at_itself_and_luck_falls_with_time():
    assert gate.pass_chance(0.15, 0.07, 0.15) == pytest.approx(0.5)
    table = gate.lucky(ERROR_OF_DAY, (1, 5, 14), 0.15, 5)
    assert (np.diff(table["one"]) < 0).all() and (table["best"] > table["one"]).all()


def test_best_of_several_against_simulation():
    rng = np.random.default_rng(4)
    noise = rng.standard_normal((200_000, 6)) / np.sqrt(2)
    best = (noise[:, 1:] - noise[:, :1]).max(axis=1)  # in standard errors of one comparison
    assert gate.lucky(0.15, (1,), 0.15, 5)["best"].iloc[0] == pytest.approx((best > 1).mean(), abs=0.004)


def test_optimal_stopping_beats_every_fixed_rule_and_waiting_is_free_choice():
    times = (1, 3, 7, 14, 28)
    best = stopping.optimal(BELIEF, ERROR_OF_DAY, times, 0.02, 365)
    fixed = stopping.value_of_days(BELIEF, ERROR_OF_DAY, times, gate.RULES, 0.15, 0.05, 0.02, 365, 1000.0)
    assert best.value >= fixed["value"].max() - 1e-3
    assert best.table["decided"].sum() == pytest.approx(1, abs=1e-6)
    one = stopping.optimal(BELIEF, ERROR_OF_DAY, (14,), 0.02, 365).value
    alone = fixed.loc[(fixed["days"] == 14) & (fixed["rule"] == gate.BEST), "value"].iloc[0]
    assert one == pytest.approx(alone, rel=2e-3)


def test_staged_release_against_simulation():
    rng = np.random.default_rng(6)
    table = release.staged([-0.1], 0.05, 4, 8000, 23.0, 26, 0.05).iloc[0]
    part = release.shares(0.05, 4)
    step = 8000 * part[:-1] * (1 - part[:-1]) / 23.0
    z = (rng.standard_normal((200_000, 3)) * np.sqrt(step) - 0.1 * step).cumsum(axis=1) / np.sqrt(step.cumsum())
    out = z < -release.stop_boundary(step.cumsum(), 0.05)
    assert table["stopped"] == pytest.approx(out.any(axis=1).mean(), abs=0.004)
    weeks = np.where(out.any(axis=1), part.cumsum()[np.minimum(out.argmax(axis=1), 2)], part[:3].sum() + 23)
    assert table["exposure"] == pytest.approx(weeks.mean(), abs=0.1)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_multiplicity_by_its_definition(p):
    m, order = len(p), sorted(range(len(p)), key=lambda i: p[i])
    holm, bh = multiplicity.holm(p), multiplicity.benjamini_hochberg(p)
    for rank, i in enumerate(order):
        assert holm[i] == pytest.approx(min(1, max((m - k) * p[order[k]] for k in range(rank + 1))))
        assert bh[i] == pytest.approx(min(1, min(m / (k + 1) * p[order[k]] for k in range(rank, m))))


def test_cuped_leaves_one_less_rho_squared():
    rng = np.random.default_rng(9)
    before = rng.normal(size=5000)
    after = 0.8 * before + rng.normal(size=5000)
    rho = np.corrcoef(before, after)[0, 1]
    fit = cuped.adjustment(after, before)
    assert fit.variance_ratio == pytest.approx(1 - rho**2)
    clean = cuped.adjusted(after, before, fit.theta)
    assert clean.var() / after.var() == pytest.approx(1 - rho**2)
    assert clean.mean() == pytest.approx(after.mean())
    half = len(before) // 2
    plain = means(after[:half], after[half:], 0.05)
    better = cuped.compare(after[:half], before[:half], after[half:], before[half:], 0.05)
    assert better.standard_error < plain.standard_error


def test_ratio_error_is_that_of_resampled_customers():
    rng = np.random.default_rng(10)
    x = 1.0 + rng.poisson(2, 3000)
    y = x * rng.lognormal(0, 0.5, 3000)
    arm = moments(y, x, "A")
    drawn = rng.integers(0, 3000, (1500, 3000))
    spread = (y[drawn].sum(axis=1) / x[drawn].sum(axis=1)).std()
    assert ratios(arm, arm, 0.05).standard_error / np.sqrt(2) == pytest.approx(spread, rel=0.06)


def test_power_and_sample_size_are_one_another():
    units = power.units_for_mean(0.2, 1.3, 0.05, 0.8)
    assert power.power_of(0.2, 1.3 * np.sqrt(2 / units), 0.05) == pytest.approx(0.8, abs=1e-4)
    assert power.detectable(4.0, 400, 0.05, 0.8) == pytest.approx(2 * power.detectable(4.0, 1600, 0.05, 0.8))


def test_group_sequential_error_of_simulated_sums():
    z = np.random.default_rng(11).standard_normal((200_000, 4)).cumsum(axis=1) / np.sqrt(np.arange(1, 5))
    boundary = sequential.obrien_fleming(4, 0.10)
    assert (np.abs(z) > boundary).any(axis=1).mean() == pytest.approx(0.10, abs=0.003)
    designs = peeking.price(4, 0.05, 0.8)
    assert designs["most_traffic"].iloc[0] == pytest.approx(1, abs=1e-4)
    assert (designs["most_traffic"].iloc[1:] > 1).all()


def test_sequence_covers_at_all_times():
    rng = np.random.default_rng(12)
    mean = rng.standard_normal((4000, 500)).cumsum(axis=1) / np.arange(1, 501)
    low, high = sequential.sequence(mean, 1 / np.sqrt(np.arange(1, 501)), 0.10, 1 / np.sqrt(250))
    assert ((low > 0) | (high < 0)).any(axis=1).mean() <= 0.10


def test_thompson_loses_less_than_an_equal_split():
    table = schedule.bandit([0.0, 0.0, 0.5], 0.05, 400, 30, 60, np.random.default_rng(13))
    assert table["thompson_regret"].iloc[-1] < table["equal_regret"].iloc[-1]
    assert table["equal_regret"].iloc[-1] == pytest.approx(400 * 30 * 0.025 * 2 / 3, rel=0.03)


def test_factorial_finds_its_truth_and_saves_traffic():
    rates = factorial.cell_rates(0.1, {"a": 0.2, "b": 0.1}, {("a", "b"): 0.4})
    units = np.full(4, 4e6)
    names, effect, error = factorial.from_cells(rates * units, units, ["a", "b"])
    assert dict(zip(names, effect / 0.1, strict=True)) == pytest.approx({"a": 0.4, "b": 0.3, "a x b": 0.2})
    assert (error > 0).all() and factorial.traffic_saved(2) == 1.5


def test_a_small_shop_runs_through():
    orders, calendar = shop()
    year = volumes.last_year(orders, calendar, 0.99, 28)
    table = volumes.detectable_table(year, (1, 7, 14), 0.042, 0.05, 0.8)
    assert not table.isna().any().any() and set(table["metric"]) == set(volumes.METRICS)
    by = table.pivot(index="metric", columns="days", values="effect")
    assert (by[14] < by[1]).all()
    assert volumes.met_per_day(table, 14) > 0
    customers = aa.customer_periods(orders, calendar, 0.99)
    found = aa.splits(customers, 400, 0.05, np.random.default_rng(1))
    assert all(0 <= share.mean() < 0.15 for share in found.values())
    record = decision.record(customers, 0.15, 0.15, 0.05, 0.8, np.random.default_rng(1))
    assert record["step"].tolist() == list(decision.STEPS)


def test_splits_are_those_of_one_split_at_a_time():
    orders, calendar = shop()
    customers = aa.customer_periods(orders, calendar, 1.0)
    seed = np.random.default_rng(7).bytes(-(-len(customers) // 8))
    bits = np.unpackbits(np.frombuffer(seed, np.uint8))[: len(customers)].astype(bool)
    y, x = customers["outcome"].to_numpy(), customers["orders"].to_numpy()
    alpha = 0.6
    found = aa.splits(customers, 1, alpha, np.random.default_rng(7))
    assert found["means"][0] == (means(y[bits], y[~bits], alpha).p_value < alpha)
    told = ratios(moments(y[bits], x[bits], "A"), moments(y[~bits], x[~bits], "B"), alpha)
    assert found["ratios"][0] == (told.p_value < alpha)


def test_audit_of_few_simulations_passes_and_sees_a_bad_test():
    table = audit.simulated(1500, 0.05, 5, 0.042, 300.0, 14, np.random.default_rng(3))
    assert (table["verdict"] == "PASS").all()
    bad = audit.row("bad", "is", 0.05, np.repeat([0.0, 1.0], [860, 140]))
    assert bad["verdict"] == "FAIL" and audit.gate_of(pd.DataFrame([bad])) == "FAIL"


@pytest.mark.parametrize(("call", "message"), [
    (lambda: means([], [1.0, 2.0], 0.05), "arm A holds 0 units"),
    (lambda: means([1.0, np.nan], [1.0, 2.0], 0.05), "unit 1 has no finite value"),
    (lambda: means([1.0, 1.0], [1.0, 1.0], 0.05), "zero variance"),
    (lambda: welch(1, 0, 1, 5, 0, 1, 0.05), "arm A holds 1 units"),
    (lambda: proportions(0, 0, 1, 5, 0.05), "arm A holds 0 units"),
    (lambda: proportions(0, 9, 0, 9, 0.05), "zero variance"),
    (lambda: proportions(10, 9, 1, 9, 0.05), "between 0 and"),
    (lambda: ratios(moments([1, 2], [0, 0], "A"), moments([1, 2], [1, 2], "B"), 0.05), "denominator of the ratio"),
    (lambda: lift(0.0, 1.0, 1.0, 1.0, 0.05), "above zero"),
    (lambda: cuped.adjustment([1.0, 2.0], [3.0, 3.0]), "zero variance"),
    (lambda: mismatch([10, 0], [0.5, 0.5]), "an arm is empty"),
    (lambda: mismatch([10, 10], [0.5, 0.6]), "add up to 1"),
    (lambda: multiplicity.holm([]), "no p-values"),
    (lambda: multiplicity.holm([np.nan]), "between 0 and 1"),
    (lambda: power.units_for_mean(0.0, 1.0, 0.05, 0.8), "effect of zero"),
    (lambda: power.lift_error(1.0, 0), "no units"),
    (lambda: sequential.sequence(0.1, 0.0, 0.05, 1.0), "standard error of zero"),
    (lambda: sequential.crossing([1, 1], [2, 2], [1.0, 1.0]), "must rise"),
    (lambda: factorial.from_cells(np.ones(4), np.array([5.0, 5, 5, 0]), ["a", "b"]), "cell of the design is empty"),
    (lambda: release.guardrail(1.0, -0.2, 10, 14, 0.05, 0.8), "between 0 and 1"),
    (lambda: release.staged([-0.1], 0.05, 4, 100, 1.0, 3, 0.05), "is over before"),
    (lambda: stopping.value_of_days(BELIEF, 0.1, (40,), gate.RULES, 0.15, 0.05, 0.02, 30, 1.0), "does not fit"),
    (lambda: schedule.bandit([0.0], 0.05, 10, 5, 5, np.random.default_rng(1)), "two or more"),
    (lambda: gate.prior(np.array([]), 0.8, 0.5, 0.05), "0 lifts"),
])
def test_bad_input_is_told(call, message):
    with pytest.raises(DataError, match=message):
        call()


def test_a_shop_without_known_customers_is_told():
    orders, calendar = shop()
    with pytest.raises(DataError, match="known customers"):
        volumes.last_year(orders.assign(customer_id=None), calendar, 0.99, 28)
    with pytest.raises(DataError, match="no full month"):
        volumes.last_year(orders, calendar.assign(in_full_month=False), 0.99, 28)
    with pytest.raises(DataError, match="twenty customers"):
        aa.customer_periods(orders.head(30), calendar, 0.99)
