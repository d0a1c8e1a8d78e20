"""Measures of a cash flow: present value, all internal rates of return, MIRR, payback, return on investment.

A flow is an array whose last axis is time in equal periods; flow 0 falls at time `first` (0: today, 1: one
period from now). Rates are per period: 0.1 is 10 %. Many draws are handled at once, one a row.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ecomplan.errors import ParameterError
from ecomplan.investment.engine.rates import search

Array = NDArray[np.float64]

#: rates per period between which draws are searched, and points of that search
SEARCH_LOW, SEARCH_HIGH, SEARCH_POINTS = -0.95, 10.0, 80
DAYS_PER_YEAR = 365


def per_month(rate_per_year: float) -> float:
    """The monthly rate that compounds to a yearly one."""
    return float((1 + rate_per_year) ** (1 / 12) - 1)


def per_year(rate_per_month: ArrayLike) -> Array:
    """The yearly rate to which a monthly one compounds."""
    return np.asarray((1 + np.asarray(rate_per_month, dtype=np.float64)) ** 12 - 1)


def discount_factors(rate: float, periods: int, first: int = 0) -> Array:
    """Present value of 1 paid at time first, first + 1, ... (`periods` of them).

    Raises ParameterError for a rate of -100 % or below.
    """
    if rate <= -1:
        raise ParameterError(f"discount rate {rate:g} a period is refused; expected above -1")
    return np.asarray((1 + rate) ** -(np.arange(periods, dtype=np.float64) + first))


def npv(flows: ArrayLike, rate: float, first: int = 0) -> Array:
    """Net present value of each row, shape (...)."""
    flows = np.asarray(flows, dtype=np.float64)
    return np.asarray(flows @ discount_factors(rate, flows.shape[-1], first))


def irr_roots(flows: ArrayLike) -> Array:
    """Every real internal rate of return above -100 % of one flow, ascending; empty where there is none.

    The rates are the real positive roots x = 1 / (1 + rate) of the polynomial whose coefficients are the
    flows (companion matrix), each polished by Newton's method and kept only if it balances the flow.
    """
    flows = np.trim_zeros(np.asarray(flows, dtype=np.float64))
    if flows.size < 2 or not (flows.min() < 0 < flows.max()):
        return np.empty(0)
    polynomial = np.polynomial.Polynomial(flows)
    slope = polynomial.deriv()
    found = polynomial.roots()
    close = np.abs(found.imag) <= 1e-5 * np.abs(found)  # a double root splits into a close complex pair
    roots: list[float] = []
    for x in np.sort(found.real[close & (found.real > 0)]):
        for _ in range(8):
            steep = slope(x)
            x = x - polynomial(x) / steep if steep else x
        scale = float(np.abs(flows) @ x ** np.arange(flows.size)) if x > 0 else 0.0
        balanced = x > 0 and abs(polynomial(x)) <= 1e-10 * scale
        if balanced and not any(abs(x - other) <= 1e-6 * x for other in roots):
            roots.append(float(x))
    return np.sort(1 / np.array(roots) - 1)


@dataclass(frozen=True)
class Rates:
    """Internal rates of return of many flows. `lowest` and `highest` are NaN where `count` is 0."""

    count: NDArray[np.int64]
    lowest: Array
    highest: Array


def irr_many(
    flows: ArrayLike, low: float = SEARCH_LOW, high: float = SEARCH_HIGH, points: int = SEARCH_POINTS,
) -> Rates:
    """Real internal rates of return of each row of `flows` (draws, periods) between `low` and `high`.

    A flow with no change of sign has none, one with a single change at most one, found directly. The others
    are scanned at `points` rates spaced evenly in log(1 + rate); changes of sign and dips between neighbouring
    points are followed to their roots. A rate at which the value touches zero without crossing is not counted.
    Raises ParameterError for flows that are no finite numbers or ends out of order.
    """
    flows = np.ascontiguousarray(np.atleast_2d(np.asarray(flows, dtype=np.float64)))
    if not -1 < low < high or points < 2:
        raise ParameterError(f"rates from {low:g} to {high:g} at {points} points are refused; expected -1 < low < high")
    if not np.isfinite(flows).all():
        row, column = np.argwhere(~np.isfinite(flows))[0]
        raise ParameterError(f"cash flow {row}, period {column}: {flows[row, column]} is refused; expected a number")
    draws = len(flows)
    # x = 1 / (1 + rate) ascending, so the scan runs from high rates to low ones
    x = np.exp(-np.linspace(np.log1p(high), np.log1p(low), points))
    count = np.zeros(draws, dtype=np.int64)
    smallest, largest = np.full(draws, np.nan), np.full(draws, np.nan)
    search(flows, x, count, smallest, largest)
    return Rates(count, 1 / largest - 1, 1 / smallest - 1)


def xnpv(rate: float, flows: ArrayLike, days: ArrayLike) -> float:
    """Present value of flows at the given days (after the first), at a yearly rate, the year of 365 days."""
    if rate <= -1:
        raise ParameterError(f"discount rate {rate:g} a year is refused; expected above -1")
    return float(np.asarray(flows, np.float64) @ (1 + rate) ** (-np.asarray(days, np.float64) / DAYS_PER_YEAR))


def xirr(flows: ArrayLike, days: ArrayLike, low: float = SEARCH_LOW, high: float = SEARCH_HIGH) -> Array:
    """Every yearly rate between `low` and `high` at which `xnpv` changes its sign, ascending; empty where none.

    Scanned at SEARCH_POINTS rates, each bracket closed by Brent's method.
    """
    from scipy.optimize import brentq

    grid = np.expm1(np.linspace(np.log1p(low), np.log1p(high), SEARCH_POINTS))
    values = np.array([xnpv(rate, flows, days) for rate in grid])
    turns = np.flatnonzero((values[1:] >= 0) != (values[:-1] >= 0))
    return np.array([brentq(xnpv, grid[k], grid[k + 1], args=(flows, days), xtol=1e-13) for k in turns])


def mirr(flows: ArrayLike, finance_rate: float, reinvest_rate: float) -> float:
    """Modified internal rate of return of one flow: outlays discounted at `finance_rate`, gains compounded
    to the end at `reinvest_rate`. Raises ParameterError where the flow has no outlay or no gain.
    """
    rate = float(mirr_many(np.atleast_2d(np.asarray(flows, dtype=np.float64)), finance_rate, reinvest_rate)[0])
    if np.isnan(rate):
        raise ParameterError("MIRR is undefined: the cash flow never changes its sign")
    return rate


def mirr_many(flows: ArrayLike, finance_rate: float, reinvest_rate: float) -> Array:
    """The same of each row of `flows` (draws, periods); NaN where a row has no outlay or no gain."""
    flows = np.asarray(flows, dtype=np.float64)
    periods = flows.shape[1] - 1
    outlay = -npv(np.minimum(flows, 0), finance_rate)
    gain = npv(np.maximum(flows, 0), reinvest_rate) * (1 + reinvest_rate) ** periods
    defined = (outlay > 0) & (gain > 0)
    ratio = np.divide(gain, outlay, out=np.full(len(flows), np.nan), where=defined)
    return np.asarray(ratio ** (1 / periods) - 1)


def payback(flows: ArrayLike, rate: float = 0.0, first: int = 0) -> Array:
    """Time by which each row's cumulative flow is no longer negative; infinite where it stays negative.

    Simple payback at rate 0, discounted payback otherwise. Whole periods, counted as `first` counts them.
    """
    flows = np.asarray(flows, dtype=np.float64)
    periods = flows.shape[-1]
    paid = np.cumsum(flows * discount_factors(rate, periods, first), axis=-1) >= 0
    return np.where(paid.any(axis=-1), np.argmax(paid, axis=-1) + float(first), np.inf)


def roi_net(discounted_benefit: ArrayLike, discounted_cost: ArrayLike) -> Array:
    """Net return on investment: discounted gain less discounted cost, over discounted cost."""
    benefit, cost = np.asarray(discounted_benefit, np.float64), np.asarray(discounted_cost, np.float64)
    return np.asarray((benefit - cost) / cost)


def roi_gross(output: ArrayLike, money_in: ArrayLike) -> Array:
    """Gross output ratio: extra sales over money spent, undiscounted, before any cost of those sales."""
    return np.asarray(np.asarray(output, np.float64) / np.asarray(money_in, np.float64))
