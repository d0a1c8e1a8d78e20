"""Warnings while the day runs: how it will end, and whether the flow of orders has just broken off or jumped."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import betainc

from ecomplan.params.watching import Watch
from ecomplan.risk.watch.days import MONTH_DAYS, Array, Days, Whole
from ecomplan.risk.watch.rates import conformal_limit

TESTS = ("end", "drop", "surge")
#: each test's part of the accepted false alarms: drops are the hardest to see in few orders
PARTS = {"end": 0.4, "drop": 0.4, "surge": 0.2}
#: the level behind drop and surge is that of so many minutes before
LAG_MINUTES = 60
#: below this nothing is a warning however alike days are: a chance of one half, a likelihood ratio of twenty
LEAST = {"end": 0.5, "drop": float(np.log(20)), "surge": float(np.log(20))}


@dataclass(frozen=True)
class Course:
    """What each test says after each step; shape (days, steps). `side` is where the day is more likely to end."""

    end: Array  # chance that the day ends outside the limits, on the likelier side
    side: Whole
    drop: Array  # CUSUM of a flow that breaks off
    surge: Array  # CUSUM of a flow that jumps

    def of(self, test: str) -> Array:
        return np.asarray(getattr(self, test))


def run(days: Days, p: Watch, counts: Array | None = None, rows: Whole | None = None, every: int = 1) -> Course:
    """The tests' course over all days, or over `rows` of them with other `counts` (rows, steps).

    The day's level is gamma distributed about its expectation and learnt as orders come in (gamma-Poisson, closed
    form), so that the rest of the day is negative binomial. Drop and surge are CUSUMs of Poisson counts (Lucas 1985)
    about the level learnt up to an hour before, so that an incident does not pass for a quiet day too soon. `every`
    joins that many steps into one look.
    """
    at = np.arange(len(days.dates)) if rows is None else rows
    seen = joined(days.counts[at] if counts is None else counts, every)
    flow = joined(days.course[at], every) * days.expected[at][:, None]
    shape = (1 / days.spread[at] ** 2)[:, None]
    before = np.cumsum(seen, axis=1)
    due = np.cumsum(flow, axis=1)
    known = shape + before
    weight = shape + due
    rest = np.maximum(days.expected[at][:, None] - due, 1e-9)
    chance = weight / (weight + rest)
    below = np.ceil(days.low[at])[:, None] - 1 - before  # most further orders with which the day ends too low
    low = np.where(below >= 0, betainc(known, np.maximum(below, 0) + 1, chance), 0.0)
    limit = np.where(np.isfinite(days.high[at]), np.floor(days.high[at]), 1e9)[:, None]
    above = limit - before  # most further orders with which it does not end too high
    high = np.where(above >= 0, 1 - betainc(known, np.maximum(above, 0) + 1, chance), 1.0)
    back = LAG_MINUTES // (days.step_minutes * every)
    level = (shape + _earlier(before - seen, back)) / (shape + _earlier(due - flow, back))
    drop, surge = _cusums(seen, level * flow, p)
    return Course(np.maximum(low, high), np.where(high > low, 1, -1).astype(np.int64), drop, surge)


def _earlier(sums: Array, back: int) -> Array:
    """Running sums as they stood `back` steps before, nil at first."""
    back = min(back, sums.shape[1])
    return np.hstack([np.zeros((len(sums), back)), sums[:, : sums.shape[1] - back]]) if back else sums


def joined(steps: Array, every: int) -> Array:
    """Sums of `every` steps; the last look takes what is left."""
    return steps if every == 1 else np.asarray(np.add.reduceat(steps, np.arange(0, steps.shape[1], every), axis=1))


def _cusums(seen: Array, due: Array, p: Watch) -> tuple[Array, Array]:
    drop, surge = np.empty_like(seen), np.empty_like(seen)
    fall = seen * np.log(p.drop_factor) + due * (1 - p.drop_factor)
    rise = seen * np.log(p.surge_factor) - due * (p.surge_factor - 1)
    low, high = np.zeros(len(seen)), np.zeros(len(seen))
    for step in range(seen.shape[1]):
        low = np.maximum(low + fall[:, step], 0.0)
        high = np.maximum(high + rise[:, step], 0.0)
        drop[:, step], surge[:, step] = low, high
    return drop, surge


def limits(days: Days, course: Course, p: Watch) -> dict[str, Array]:
    """Each test's limit on each day: what ordinary days before it passed as often as false alarms are accepted.

    Conformal, so that the false-alarm rate holds by construction as long as days are alike. The limit is infinite
    until enough days are known. Shape (days,) each.
    """
    # days before the expectation settled would keep the limits too wide for good
    settled = np.arange(len(days.dates)) >= days.learnt // 3
    ordinary = (days.abnormal == 0) & settled
    out = {}
    number = np.arange(len(days.dates))
    span = np.maximum((days.dates - days.dates[0]) / np.timedelta64(1, "D"), 1.0)
    per_month = np.maximum(number / span * MONTH_DAYS, 1.0)  # open days a month, as known before each day
    for test in TESTS:
        allowed = np.minimum(PARTS[test] * p.false_alarms_per_month / per_month, 1.0)
        most = course.of(test).max(axis=1)
        counted = ordinary if test == "end" else settled
        limit = np.full(len(most), np.inf)
        for day in range(1, len(most)):
            first = max(0, day - p.limit_memory_days)
            limit[day] = conformal_limit(most[first:day][counted[first:day]], float(allowed[day]))
        out[test] = np.maximum(limit, LEAST[test])
    return out


def first_alarm(values: Array, limit: Array, start: Whole | None = None) -> Whole:
    """First step (from `start` on) at which a test stands above its day's limit; -1 where it never does."""
    over = values > limit[:, None]
    if start is not None:
        over &= np.arange(values.shape[1])[None, :] >= start[:, None]
    return np.asarray(np.where(over.any(axis=1), over.argmax(axis=1), -1), dtype=np.int64)


@dataclass(frozen=True)
class Warned:
    """First warnings of each test on each day (step, -1: none), and when a day's end was settled without a test."""

    step: dict[str, Whole]
    settled: Whole  # step at which the day's end could no longer be missed
    side: Whole  # of the warning on the day's end

    @property
    def any(self) -> NDArray[np.bool_]:
        return np.asarray(np.max([self.step[test] for test in TESTS], axis=0) >= 0)


def warnings(days: Days, course: Course, limit: dict[str, Array], every: int = 1) -> Warned:
    """The first warning of each test on each judged day."""
    judged = days.judged
    step = {test: np.where(judged, first_alarm(course.of(test), limit[test]), -1) for test in TESTS}
    row = np.arange(len(days.dates))
    side = course.side[row, np.maximum(step["end"], 0)]
    return Warned(step, settled(days, every), side)


def settled(days: Days, every: int = 1) -> Whole:
    """Look at which the end is plain: the count passes the upper limit or, below it, nearly all orders were due."""
    counts, course = joined(days.counts, every), joined(days.course, every)
    over = np.cumsum(counts, axis=1) > days.high[:, None]
    close = np.cumsum(course, axis=1) >= 0.99
    last = np.where(close.any(axis=1), close.argmax(axis=1), counts.shape[1] - 1)
    return np.asarray(np.where(over.any(axis=1), over.argmax(axis=1), last), dtype=np.int64)
