"""Stocks and flows: the compiled integration against plain Python, rest, loops, counts from orders, bad input."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecomplan.errors import DataError, ParameterError
from ecomplan.investment.dynamics import calibrate, equilibrium, goals, leverage, outlook, referral, simulate, states
from ecomplan.investment.dynamics.network import Flow, Network
from ecomplan.investment.dynamics.prior import Drawn, pert

MONTHS = 36
SYSTEM = referral.network()
START = referral.Start(600.0, 2200.0, 3000.0)


def rates(**changes: float) -> referral.Rates:
    known = {
        "capacity": 20_000.0, "entry": 120.0, "k": 0.3, "cycle_months": 1.0, "new_months": 3.0, "second_order": 0.4,
        "lapse": 0.18, "revival": 0.14, "loss": 0.06, "start_inviting": 0.05, "inviting_months": 6.0,
        "renewal_months": 60.0,
    }
    return referral.Rates(**(known | changes)).checked(MONTHS)  # type: ignore[arg-type]


def run(one: referral.Rates, months: int = MONTHS, steps: int = 4) -> simulate.Runs:
    begin = referral.start_stocks(START, np.array([1500.0]), one, SYSTEM)
    return simulate.simulate(SYSTEM, begin, referral.coefficients(one, SYSTEM), months, steps,
                             watch=[flow.name for flow in SYSTEM.flows])


def random_rates(rng: np.random.Generator, n: int) -> referral.Rates:
    return rates().with_(
        k=rng.uniform(0, 3, n), lapse=rng.uniform(0.05, 0.5, n), revival=rng.uniform(0, 0.4, n),
        second_order=rng.uniform(0, 1, n), cycle_months=rng.uniform(0.5, 6, n), capacity=rng.uniform(1e4, 1e6, n),
    ).checked(MONTHS)


def test_the_compiled_integration_is_the_plain_one() -> None:
    many = random_rates(np.random.default_rng(1), 70)  # more than a block
    coefficients = referral.coefficients(many, SYSTEM)
    begin = referral.start_stocks(START, np.full(70, 1500.0), many, SYSTEM)
    fast = simulate.simulate(SYSTEM, begin, coefficients, 6, 8).stocks
    for i in (0, 63, 64, 69):
        plain = simulate.reference(SYSTEM, begin[i], coefficients[i], 6, 8)
        np.testing.assert_allclose(fast[:, :, i], plain, rtol=1e-9, atol=1e-7)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_people_are_conserved_and_every_stock_is_what_flowed(seed: int) -> None:
    one = random_rates(np.random.default_rng(seed), 1)
    got = run(one, steps=8)
    people = got.stocks.sum(axis=1)[:, 0]
    np.testing.assert_allclose(people, people[0], rtol=1e-9)
    entered = got.flow("own", "arrival").sum() + got.stock("new 1", "new 2", "new 3")[0, 0]
    left = got.flow("second order", "no second order").sum() + got.stock("new 1", "new 2", "new 3")[-1, 0]
    assert entered == pytest.approx(left, rel=1e-9)


def test_the_jacobian_is_the_derivative() -> None:
    one = rates(k=1.5)
    coefficients = referral.coefficients(one, SYSTEM)[0]
    at = equilibrium.stocks_at_rest(one, SYSTEM)[0] * np.linspace(0.5, 1.5, len(SYSTEM.stocks))
    exact = SYSTEM.jacobian(at, coefficients)
    for j in range(len(at)):
        h = 1e-4 * max(at[j], 1.0)
        step = np.eye(len(at))[j] * h
        slope = (SYSTEM.change(at + step, coefficients) - SYSTEM.change(at - step, coefficients)) / (2 * h)
        np.testing.assert_allclose(exact[:, j], slope, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("k", [0.0, 0.3, 1.0, 2.5])
def test_rest_by_formula_by_search_and_by_waiting(k: float) -> None:
    one = rates(k=k)
    formula = equilibrium.stocks_at_rest(one, SYSTEM)[0]
    assert formula.sum() == pytest.approx(20_000, rel=1e-12)
    np.testing.assert_allclose(equilibrium.root(one, SYSTEM), formula, rtol=1e-8, atol=1e-6)
    np.testing.assert_allclose(run(one, months=1200).stocks[-1, :, 0], formula, rtol=1e-6, atol=1e-6)
    assert equilibrium.eigenvalues(one, formula, SYSTEM).real.max() < 1e-9


@settings(max_examples=25, deadline=None)
@given(st.floats(0.05, 4), st.floats(0.1, 1), st.integers(0, 1000))
def test_customers_multiply_exactly_where_the_referral_gain_passes_one(k: float, share: float, seed: int) -> None:
    one = random_rates(np.random.default_rng(seed), 1).with_(k=np.array([k]))
    gain = float(equilibrium.loops(one, np.array([share]))[0].gain[0])
    if abs(gain - 1) > 1e-6 and float(one.inviting_time[0]) > 0:
        assert (equilibrium.growth(one, share) > 0) == (gain > 1)


def test_unbounded_growth_doubles_when_said() -> None:
    one, system = rates(k=2.0).with_(capacity=np.array([np.inf])), referral.network(bounded=False)
    one = one.with_(entry=np.array([0.0]))
    months = equilibrium.doubling_months(one)
    assert months is not None
    begin = np.zeros((1, len(system.stocks)))
    begin[0, system.stock("active")] = 100
    got = simulate.simulate(system, begin, referral.coefficients(one, system), 400, 4).stock(*referral.CUSTOMERS)[:, 0]
    assert np.log(2) / np.log(got[-1] / got[-2]) == pytest.approx(months, rel=1e-4)


def test_halving_the_steps_falls_with_the_fourth_order() -> None:
    one = rates(cycle_months=0.5)
    begin = referral.start_stocks(START, np.array([1500.0]), one, SYSTEM)
    first, second = (simulate.step_error(SYSTEM, begin, referral.coefficients(one, SYSTEM), 12, steps)
                     for steps in (8, 16))
    assert 12 < first / second < 24


def test_more_invitations_more_customers_and_cheaper_ones() -> None:
    few, many = (run(rates(k=k)).stock(*referral.CUSTOMERS)[-1, 0] for k in (0.2, 0.8))
    assert many > few
    reward = np.array([0.2, 0.4])
    assert np.diff(goals.at_standstill(0.5, reward))[0] > 0


def made_orders(months: int = 30, customers: int = 800) -> tuple[pd.DataFrame, pd.DatetimeIndex]:
    """Customers who come evenly and order in a month with a chance that falls to a fifth in every other."""
    rng, index = np.random.default_rng(5), pd.date_range("2020-01-01", periods=months, freq="MS")
    rows = []
    for customer in range(customers):
        first = int(rng.integers(0, months))
        rows += [(index[t] + pd.Timedelta(days=3), f"c{customer}") for t in range(first, months)
                 if t == first or rng.random() < 0.25]
    return pd.DataFrame(rows, columns=["time", "customer_id"]), index


def test_counts_are_those_of_a_slow_count_and_moves_explain_them() -> None:
    orders, index = made_orders()
    table = states.count(orders, index, 3, 3)
    end = 11  # row of month 13
    upto = orders[orders["time"] < index[end + 3]]
    last = upto.groupby("customer_id")["time"].max()
    first = orders.groupby("customer_id")["time"].min()
    recent = last[last >= index[end]].index
    new = first[(first >= index[end]) & (first < index[end + 3])].index
    row = table.iloc[end]
    assert (row["new"], row["active"], row["dormant"]) == (len(new), len(recent) - len(new), len(last) - len(recent))
    change = table[["new", "active", "dormant"]].astype(int).diff().iloc[1:]
    moved = table.iloc[1:].astype(dict.fromkeys(states.MOVES, int))
    assert (change["new"] == moved["entry"] - moved["new to active"] - moved["new to dormant"]).all()
    assert (change["active"] == moved["new to active"] + moved["revival"] - moved["lapse"]).all()
    assert (change["dormant"] == moved["lapse"] + moved["new to dormant"] - moved["revival"]).all()


def test_calibration_gives_back_the_rates_that_made_the_counts() -> None:
    """Counts from the exact monthly recursion with known rates, a third of the sleepers lost for good in time."""
    lapse, wake, loss = 0.15, 0.12, 0.05
    new, active, reach, gone, rows = 300.0, 2000.0, 0.0, 0.0, []
    for t in range(25):
        moves = dict.fromkeys(states.MOVES, None) if t == 0 else {}
        if t:
            up, down, fell, woke, lost = 40.0, 60.0, lapse * active, wake * reach, reach * (1 - np.exp(-loss))
            active += up + woke - fell
            reach += down + fell - woke - lost
            gone += lost
            moves = {"entry": 100.0, "new to active": up, "new to dormant": down, "lapse": fell, "revival": woke}
        rows.append({"month": pd.Timestamp("2020-01-01") + pd.DateOffset(months=t), "new": new, "active": active,
                     "dormant": reach + gone, **moves})
    found = calibrate.calibrate(pd.DataFrame(rows), 12, 50, np.random.default_rng(3))
    assert found.second_order[0] == pytest.approx(0.4)
    assert -np.expm1(-found.lapse[0]) == pytest.approx(lapse, rel=0.02)
    assert found.loss[0] == pytest.approx(loss, abs=0.011)
    assert -np.expm1(-found.revival[0]) == pytest.approx(wake, rel=0.1)
    assert found.lost[0] == pytest.approx(gone, rel=0.2)


def test_the_whole_part_runs_on_a_small_shop() -> None:
    orders, index = made_orders(customers=150)
    counted = states.count(orders, index, 3, 3)
    found = calibrate.calibrate(counted, 6, 40, np.random.default_rng(1))
    n = 30
    many = rates().with_(k=np.linspace(0, 0.6, n), capacity=10 * found.start.known).checked(MONTHS)
    drawn = Drawn(many, np.full(n, found.lost[0]), np.full(n, 0.3))
    programme, plain = (outlook.ahead(found, one, 12, 4) for one in (drawn, outlook.without(drawn)))
    assert outlook.imbalance(programme) < 1e-9
    assert (np.diff(programme.referred) > 0).all() and (programme.customers[-1] >= plain.customers[-1] - 1e-9).all()
    check = calibrate.held_out(counted, 6, drawn.middle().rates, 6, 40, 4, np.random.default_rng(1))
    assert check is not None and check.error < 0.35
    assert calibrate.held_out(counted.tail(12), 6, drawn.middle().rates, 6, 40, 4, np.random.default_rng(1)) is None
    moved = leverage.elasticities(found, drawn, 12, 4, n, 0.05)
    assert (moved["low"] > -1e-9).all()  # no improvement makes fewer customers
    assert not leverage.iterations(moved, programme, drawn, 0.05, 0.5).isna().any(axis=None)


@pytest.mark.parametrize(("noise", "idle"), [(30.0, 0.5), (1.0, 2.0), (0.01, 0.5)])
def test_the_best_length_of_an_iteration_is_the_best_of_a_grid(noise: float, idle: float) -> None:
    best = leverage.best_length(noise, idle)
    grid = np.geomspace(best / 50, best * 50, 4001)
    rate = [leverage.gain_rate(float(length), noise, idle, 0.05) for length in grid]
    assert grid[int(np.argmax(rate))] == pytest.approx(best, rel=3e-3)
    assert leverage.best_length(noise, 0.0) == 0.0  # without overhead shorter is always better


def test_a_kept_change_helps_as_often_as_drawn_ones_do() -> None:
    rng = np.random.default_rng(7)
    true = rng.normal(0, 0.05, 200_000)
    seen = true + rng.normal(0, 0.05 * np.sqrt(3.0), 200_000)  # noise 6 months, measured for 2
    assert leverage.right(2.0, 6.0) == pytest.approx((true[seen > 0] > 0).mean(), abs=0.005)
    kept = np.where(seen > 0, true, 0).mean()
    assert leverage.gain_rate(2.0, 6.0, 1.0, 0.05) == pytest.approx(kept / 3, rel=0.03)


def test_k_needed_is_where_the_goal_is_met() -> None:
    grid, measured = np.array([0.0, 1.0, 2.0]), np.array([[0.0, 5.0, 0.0], [1.0, 6.0, 0.1], [4.0, 7.0, 0.2]])
    np.testing.assert_allclose(goals._crossing(grid, measured, np.full(3, 2.0)), [4 / 3, 0.0, np.inf])


@pytest.mark.parametrize(("changes", "named"), [
    ({"lapse": -0.1}, "lapse = -0.1"), ({"cycle_months": 0.0}, "cycle_months = 0"),
    ({"cycle_months": 37.0}, "may not exceed the months simulated"), ({"second_order": 1.2}, "second_order = 1.2"),
    ({"k": float("nan")}, "k = nan"), ({"capacity": 0.0}, "capacity = 0"),
])
def test_rates_that_cannot_be_meant(changes: dict[str, float], named: str) -> None:
    with pytest.raises(ParameterError, match=named):
        rates(**changes)


def test_other_input_that_cannot_be_meant() -> None:
    with pytest.raises(ParameterError, match="lies below the 5,800 customers"):
        referral.start_stocks(START, np.array([0.0]), rates(capacity=5000.0), SYSTEM)
    with pytest.raises(ParameterError, match="explodes"):
        equilibrium.rest(rates(k=1.0).with_(capacity=np.array([np.inf])))
    with pytest.raises(ParameterError, match="flow 'a' in run 0 is -1"):
        simulate.simulate(Network(("x",), (Flow("a", "x", None),)), np.ones((1, 1)), np.array([[-1.0]]), 1, 1)
    with pytest.raises(ParameterError, match="too few for a rate of 9"):
        simulate.simulate(Network(("x",), (Flow("a", "x", None),)), np.ones((1, 1)), np.array([[9.0]]), 1, 1)
    with pytest.raises(ParameterError, match="names no stock 'y'"):
        Network(("x",), (Flow("a", "x", "y"),))
    with pytest.raises(ParameterError, match="k_low <= _likely"):
        pert("k", 1.0, 0.5, 2.0, 10, np.random.default_rng(1))
    orders, index = made_orders(months=7, customers=20)
    with pytest.raises(DataError, match="7 full months; 9 are needed"):
        states.count(orders, index, 3, 3)
    with pytest.raises(DataError, match="no order of a known customer"):
        states.count(orders.assign(customer_id=None), pd.date_range("2020-01-01", periods=12, freq="MS"), 3, 3)
