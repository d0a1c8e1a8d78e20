"""Measures of a cash flow: present value, all internal rates of return, MIRR, payback, return on investment.

A flow is an array whose last axis is time in equal periods; flow 0 falls at time `first` (0: today, 1: one
period from now). Rates are per period: 0.1 is 10 %. Many draws are handled at once, one a row.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ecomplan.errors import ParameterError

Array = NDArray[np.float64]

#: rates per period between which draws are searched, and points of that search
SEARCH_LOW, SEARCH_HIGH, SEARCH_POINTS = -0.95, 10.0, 80


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

    The present value is scanned at `points` rates spaced evenly in log(1 + rate); every change of sign
    brackets a root, which Newton's method finds, falling back on bisection when a step leaves the bracket.
    Two roots closer than one step of the scan would be missed: `irr_roots` finds those of a single flow.
    """
    flows = np.atleast_2d(np.asarray(flows, dtype=np.float64))
    draws, periods = flows.shape
    # x = 1 / (1 + rate) ascending, so the scan runs from high rates to low ones
    x = np.exp(-np.linspace(np.log1p(high), np.log1p(low), points))
    powers = x[None, :] ** np.arange(periods)[:, None]
    count = np.zeros(draws, dtype=np.int64)
    lowest, highest = np.full(draws, np.nan), np.full(draws, np.nan)
    block = 20_000  # rows at a time: the scan needs rows x points numbers
    for start in range(0, draws, block):
        part = flows[start:start + block]
        value = part @ powers
        positive = value >= 0
        row, cell = np.nonzero(positive[:, 1:] != positive[:, :-1])
        if not row.size:
            continue
        left, right = value[row, cell], value[row, cell + 1]
        start_at = x[cell] + (x[cell + 1] - x[cell]) * left / (left - right)  # the chord's zero
        rate = 1 / _root(part[row], x[cell], x[cell + 1], start_at, positive[row, cell + 1]) - 1
        count[start:start + block] = np.bincount(row, minlength=len(part))
        # rows ascend and, within a row, rates descend
        first = np.concatenate([[True], row[1:] != row[:-1]])
        last = np.concatenate([row[1:] != row[:-1], [True]])
        highest[start + row[first]] = rate[first]
        lowest[start + row[last]] = rate[last]
    return Rates(count, lowest, highest)


def _root(flows: Array, low: Array, high: Array, x: Array, rising: NDArray[np.bool_]) -> Array:
    """The root of each row's polynomial between `low` and `high`, from `x`; `rising`: it is positive at `high`."""
    columns = np.ascontiguousarray(flows.T)
    for _ in range(60):
        value, slope = np.zeros_like(x), np.zeros_like(x)
        for column in columns[::-1]:  # Horner's scheme for the value and its derivative, in place
            slope *= x
            slope += value
            value *= x
            value += column
        below = (value >= 0) != rising
        low, high = np.where(below, x, low), np.where(below, high, x)
        with np.errstate(divide="ignore", invalid="ignore"):
            step = x - value / slope
        inside = (step >= low) & (step <= high)
        following = np.where(inside, step, 0.5 * (low + high))
        moved = np.abs(following - x)
        x = following
        if np.all((moved <= 1e-10 * x) | (high - low <= 1e-13 * x)):  # Newton's next step would be far below 1e-15
            break
    return x


def mirr(flows: ArrayLike, finance_rate: float, reinvest_rate: float) -> float:
    """Modified internal rate of return of one flow: outlays discounted at `finance_rate`, gains compounded
    to the end at `reinvest_rate`. Raises ParameterError where the flow has no outlay or no gain.
    """
    flows = np.asarray(flows, dtype=np.float64)
    periods = flows.size - 1
    outlay = -float(npv(np.minimum(flows, 0), finance_rate))
    gain = float(npv(np.maximum(flows, 0), reinvest_rate)) * (1 + reinvest_rate) ** periods
    if outlay <= 0 or gain <= 0:
        raise ParameterError("MIRR is undefined: the cash flow never changes its sign")
    return float((gain / outlay) ** (1 / periods) - 1)


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
