"""Vectorised measures against slow obvious loops, and their refusals."""

from __future__ import annotations

import numpy as np
import pytest
import pyxirr
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from ecomplan.errors import ParameterError
from ecomplan.investment.engine import finance

FLOWS = arrays(np.float64, st.tuples(st.integers(1, 6), st.integers(2, 9)), elements=st.integers(-50, 50).map(float))


@settings(max_examples=60, deadline=None)
@given(FLOWS, st.sampled_from([0.0, 0.05, 0.3]), st.sampled_from([0, 1]))
def test_payback_is_the_first_time_that_nothing_is_owed(flows: np.ndarray, rate: float, first: int) -> None:
    for row, found in zip(flows, finance.payback(flows, rate, first), strict=True):
        held, expected = 0.0, np.inf
        for number, flow in enumerate(row):
            held += flow * (1 + rate) ** -(number + first)
            if held >= 0:
                expected = number + first
                break
        assert found == expected


@settings(max_examples=60, deadline=None)
@given(FLOWS)
def test_every_root_balances_the_flow_and_none_is_missed_between_signs(flows: np.ndarray) -> None:
    for row in flows:
        roots = finance.irr_roots(row)
        for root in roots:
            powers = (1 + root) ** -np.arange(row.size, dtype=float)
            assert abs(row @ powers) <= 1e-8 * (np.abs(row) @ powers)
        grid = np.expm1(np.linspace(np.log(0.06), np.log(10.9), 400))
        values = np.array([float(finance.npv(row, rate)) for rate in grid])
        sure = np.abs(values) > 1e-6 * np.abs(row).sum()
        for left, right in zip(range(399), range(1, 400), strict=True):
            if sure[left] and sure[right] and values[left] * values[right] < 0:
                assert ((roots > grid[left]) & (roots < grid[right])).any()


def test_many_rates_agree_with_a_bisection_of_each_flow() -> None:
    rng = np.random.default_rng(7)
    flows = np.concatenate([-rng.uniform(50, 150, (200, 6)), rng.uniform(5, 60, (200, 20))], axis=1)
    found = finance.irr_many(flows)
    assert (found.count == 1).all()
    for row, rate in zip(flows, found.lowest, strict=True):
        low, high = -0.95, 10.0
        for _ in range(200):
            middle = (low + high) / 2
            low, high = (middle, high) if float(finance.npv(row, middle)) > 0 else (low, middle)
        assert rate == pytest.approx((low + high) / 2, abs=1e-9)


def test_many_rates_report_none_one_and_several() -> None:
    flows = np.array([[-1.0, -1.0, -1.0], [-100.0, 60.0, 60.0], [-4000.0, 25000.0, -25000.0]])
    found = finance.irr_many(flows)
    assert found.count.tolist() == [0, 1, 2]
    assert np.isnan(found.lowest[0]) and found.lowest[1] == found.highest[1]
    assert (found.lowest[2], found.highest[2]) == pytest.approx((0.25, 4.0), abs=1e-9)


@settings(max_examples=80, deadline=None)
@given(FLOWS)
def test_many_rates_are_those_of_each_flow(flows: np.ndarray) -> None:
    found = finance.irr_many(flows, -0.9, 9.0, 40)
    for row, count, lowest, highest in zip(flows, found.count, found.lowest, found.highest, strict=True):
        roots = finance.irr_roots(row)
        inside = roots[(roots > -0.9 + 1e-6) & (roots < 9.0 - 1e-6)]
        grid = 1 / (1 + inside)
        slope = np.polynomial.Polynomial(row).deriv()(grid) if inside.size else grid
        crossing = inside[np.abs(slope) > 1e-3]  # the value only touches zero at the others
        if crossing.size == inside.size and roots.size == inside.size:
            assert count == inside.size
            if count:
                assert (lowest, highest) == pytest.approx((inside[0], inside[-1]), rel=1e-7, abs=1e-9)


@settings(max_examples=80, deadline=None)
@given(st.lists(st.floats(1, 100), min_size=1, max_size=3), st.lists(st.floats(1, 100), min_size=1, max_size=30))
def test_a_plain_investment_returns_what_pyxirr_says(outlays: list[float], gains: list[float]) -> None:
    flow = [*(-value for value in outlays), *gains]
    found = finance.irr_many(np.array([flow]), -0.99, 200.0)
    peer = pyxirr.irr(flow)
    if peer is not None and -0.98 < peer < 190:
        assert found.count[0] == 1
        assert found.lowest[0] == pytest.approx(peer, rel=1e-7, abs=1e-9)
    assert pyxirr.mirr(flow, 0.1, 0.12) == pytest.approx(finance.mirr(flow, 0.1, 0.12), rel=1e-9)


def test_two_rates_between_neighbouring_points_are_found() -> None:
    near = np.array([[1.0, -(1.05 + 1.051), 1.05 * 1.051]])  # balances at 5.0 and 5.1 %
    found = finance.irr_many(near, -0.5, 5.0, 10)
    assert found.count.tolist() == [2]
    assert (found.lowest[0], found.highest[0]) == pytest.approx((0.05, 0.051), abs=1e-9)


def test_rates_outside_the_search_are_none() -> None:
    found = finance.irr_many(np.array([[-1.0, 5.0], [-1.0, 1e-3], [-1.0, 2.0]]), -0.5, 2.0)
    assert found.count.tolist() == [0, 0, 1]


def test_no_change_of_sign_has_no_rate() -> None:
    assert finance.irr_roots([-1, -2, 0]).size == 0
    assert finance.irr_roots([0, 0]).size == 0


def test_yearly_and_monthly_rates_are_each_other() -> None:
    assert finance.per_year(finance.per_month(0.1)) == pytest.approx(0.1, rel=1e-12)


def test_returns_on_investment_are_not_the_same_thing() -> None:
    assert finance.roi_net([150.0], [100.0]) == pytest.approx([0.5])
    assert finance.roi_gross([420.0], [100.0]) == pytest.approx([4.2])


def test_refusals() -> None:
    with pytest.raises(ParameterError, match="above -1"):
        finance.npv([1, 2], -1.0)
    with pytest.raises(ParameterError, match="MIRR is undefined"):
        finance.mirr([-1, -2], 0.1, 0.1)
    with pytest.raises(ParameterError, match="cash flow 1, period 0: nan"):
        finance.irr_many([[-1.0, 2.0], [np.nan, 2.0]])
    with pytest.raises(ParameterError, match="low < high"):
        finance.irr_many([[-1.0, 2.0]], 0.5, 0.1)
