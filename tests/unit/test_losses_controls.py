"""The choice of controls against trying every set, and cash."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecomplan.errors import DataError, ParameterError
from ecomplan.risk.losses.cash import cash_flow, lowest_cash
from ecomplan.risk.losses.choose import Menu, best_set, best_with_tail, last_in, shapley


def menu(seed: int, controls: int = 7, risks: int = 5) -> Menu:
    rng = np.random.default_rng(seed)
    keep = np.where(rng.random((controls, risks)) < 0.5, 1.0, 1 - 0.9 * rng.random((controls, risks)))
    names = tuple(f"c{c}" for c in range(controls))
    return Menu(names, keep, rng.lognormal(1, 1, controls), rng.lognormal(3, 1, risks))


def every(one: Menu, budget: float = np.inf):
    """All sets whose price stays within the budget."""
    for bits in itertools.product((False, True), repeat=len(one.names)):
        used = np.array(bits)
        if one.price[used].sum() <= budget + 1e-9:
            yield used


@given(seed=st.integers(0, 10_000), part=st.floats(0, 1))
@settings(max_examples=40, deadline=None)
def test_the_best_set_is_the_best_of_all(seed, part):
    one = menu(seed)
    for budget in (np.inf, part * one.price.sum()):
        found = best_set(one, budget)
        assert one.price[found].sum() <= budget + 1e-6
        assert one.cost(found) == pytest.approx(min(one.cost(used) for used in every(one, budget)), rel=1e-9)


@given(seed=st.integers(0, 10_000), weight=st.floats(0, 2))
@settings(max_examples=20, deadline=None)
def test_the_best_set_with_a_price_on_the_tail_is_the_best_of_all(seed, weight):
    one = menu(seed, controls=5)
    years = np.random.default_rng(seed).lognormal(2, 1.5, (60, 5))

    def cost(used):
        total = np.sort(years @ one.keep[used].prod(axis=0))
        return one.cost(used) + weight * total[-3:].mean()

    found = best_with_tail(one, years, 0.95, weight)
    assert cost(found) == pytest.approx(min(cost(used) for used in every(one)), rel=1e-7)


@given(seed=st.integers(0, 10_000))
@settings(max_examples=30, deadline=None)
def test_values_of_controls(seed):
    one = menu(seed)
    used = np.random.default_rng(seed + 1).random(7) < 0.7
    fair, beside = shapley(one, used), last_in(one, used)
    saved = one.loss.sum() - one.residual(used).sum()
    assert fair.sum() == pytest.approx(saved, rel=1e-9, abs=1e-9)
    assert (fair[~used] == 0).all()
    assert (beside[used] <= fair[used] + 1e-9).all()  # returns diminish: last in saves least
    for c in np.flatnonzero(used):
        fewer = used.copy()
        fewer[c] = False
        assert one.residual(fewer).sum() >= one.residual(used).sum() - 1e-9  # more control, less loss
        assert one.residual(fewer).sum() - one.residual(used).sum() == pytest.approx(beside[c], abs=1e-9)


def test_price_decides():
    one = menu(3)
    assert best_set(replace(one, price=np.zeros(7))).sum() == (one.keep < 1).any(axis=1).sum()
    assert best_set(replace(one, price=np.full(7, 1e9))).sum() == 0
    assert best_set(replace(one, loss=np.zeros(5))).sum() == 0  # nothing to lose, nothing to buy
    with pytest.raises(ParameterError, match="price below 0"):
        best_set(replace(one, price=np.full(7, -1.0)))


def test_cash_runs_out_where_the_fund_is_smaller_than_the_hole():
    sales = np.full((2, 12), 100.0)
    sales[1] += np.arange(12) * 1e-3
    losses = np.zeros((2, 12))
    losses[0, 5] = 90.0
    flow = cash_flow(sales, sales.sum(axis=1), np.full(2, 0.5), losses, 0.8)
    monthly = 50 - 0.8 * 0.5 * sales.mean()
    assert flow.lowest[0] == pytest.approx(6 * monthly - 90)
    assert flow.ruin(0.0) == 0.5 and flow.ruin(31.0) == 0 and flow.ruin_without_losses(0.0) == 0
    assert flow.needed(0.4) == pytest.approx(90 - 6 * monthly)
    assert flow.needed(0.6) == 0
    assert lowest_cash(np.array([[1.0, -3, 5]]))[0] == -2
    with pytest.raises(ParameterError, match="none of the paths"):
        cash_flow(sales, np.array([5.0]), np.array([0.5]), losses[:1], 0.8)


@given(fund=st.floats(0, 1000), more=st.floats(0, 1000))
@settings(max_examples=20, deadline=None)
def test_a_larger_fund_never_raises_the_chance_of_ruin(fund, more):
    rng = np.random.default_rng(2)
    sales = rng.lognormal(4, 0.3, (50, 12))
    flow = cash_flow(sales, sales.sum(axis=1), np.full(50, 0.3), rng.lognormal(2, 2, (50, 12)), 0.7)
    assert flow.ruin(fund + more) <= flow.ruin(fund)
    assert flow.ruin(flow.needed(0.05)) <= 0.05


def test_paths_without_a_whole_year_are_refused():
    import pandas as pd

    from ecomplan.risk.losses.cash import monthly_sales

    months = pd.date_range("2026-01-01", periods=11, freq="MS")
    with pytest.raises(DataError, match="11 whole months"):
        monthly_sales(pd.DataFrame({"path": 0, "month": months, "sales": 1.0}), 2026)
