"""Orders by steps of the day, and what each day was expected to bring, known from the days before it alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ecomplan.errors import DataError
from ecomplan.params.watching import Watch

Array = NDArray[np.float64]
Whole = NDArray[np.int64]
MONTH_DAYS = 365.25 / 12
WEEKDAYS = 7
#: ASSUME: a weekday's factor and course are shrunk as if this many ordinary days had been seen of it
PRIOR_DAYS = 4.0
#: spread of a day's level below which the model would trust its expectation too much
LEAST_SPREAD = 0.05


@dataclass(frozen=True)
class Days:
    """Open days in order; every array but `counts` and `totals` rests on earlier days alone.

    counts (days, steps); expected orders, spread (coefficient of variation of a day's level), low and high limits of
    an ordinary total; course (days, steps): expected share of the day's orders in each step; first_minute of step 0.
    """

    dates: NDArray[np.datetime64]
    weekday: Whole
    counts: Array
    expected: Array
    spread: Array
    low: Array
    high: Array
    course: Array
    first_minute: int
    step_minutes: int
    learnt: int  # index of the first day that may be judged

    @property
    def totals(self) -> Array:
        return np.asarray(self.counts.sum(axis=1))

    @property
    def abnormal(self) -> Whole:
        """-1 below, +1 above the limits of an ordinary day, 0 between them."""
        return (self.totals > self.high).astype(np.int64) - (self.totals < self.low).astype(np.int64)

    @property
    def judged(self) -> NDArray[np.bool_]:
        return np.arange(len(self.dates)) >= self.learnt

    def minute(self, step: Whole | int) -> Whole:
        """Minute of the day at which a step ends."""
        return np.asarray(self.first_minute + (np.asarray(step) + 1) * self.step_minutes, dtype=np.int64)

    @property
    def months(self) -> float:
        """Length of the judged stretch in months."""
        judged = self.dates[self.judged]
        return float((judged[-1] - judged[0]) / np.timedelta64(1, "D") + 1) / MONTH_DAYS if len(judged) else 0.0

    @property
    def open_days_per_month(self) -> float:
        span = float((self.dates[-1] - self.dates[0]) / np.timedelta64(1, "D") + 1)
        return len(self.dates) / span * MONTH_DAYS


def counted(times: pd.Series[pd.Timestamp], step_minutes: int) -> tuple[NDArray[np.datetime64], Array, int]:
    """(open days, orders by day and step, minute of the day at which step 0 begins).

    Days without an order are left out: the data cannot tell a closed day from a stopped shop.
    Raises DataError without orders or with a missing time.
    """
    if not len(times):
        raise DataError("table orders of stage prepare holds no orders; expected one row an order")
    if times.isna().any():
        raise DataError(f"table orders: column time is empty in row {int(times.isna().to_numpy().argmax())}")
    stamp = times.to_numpy().astype("datetime64[m]")
    day = stamp.astype("datetime64[D]")
    minute = (stamp - day).astype(np.int64)
    dates, at = np.unique(day, return_inverse=True)
    first = int(minute.min()) // step_minutes * step_minutes
    steps = (int(minute.max()) - first) // step_minutes + 1
    flat = np.bincount(at * steps + (minute - first) // step_minutes, minlength=len(dates) * steps)
    return dates, flat.reshape(len(dates), steps).astype(float), first


def expected_totals(totals: Array, weekday: Whole, p: Watch, refresh_days: int = 1) -> Array:
    """Expected total of each day from the days before: an exponentially weighted level times the weekday's factor.

    The factors are estimated anew every `refresh_days` open days. Shape (days,); the first day expects itself.
    """
    factor, ratio_sum, seen = np.ones(WEEKDAYS), np.full(WEEKDAYS, PRIOR_DAYS), np.full(WEEKDAYS, PRIOR_DAYS)
    fade = 0.5 ** (1 / (4 * p.profile_memory_days))
    expected, level = np.empty(len(totals)), float(totals[0])
    for i, (total, day) in enumerate(zip(totals.tolist(), weekday.tolist(), strict=True)):
        if i % refresh_days == 0:
            factor = ratio_sum / seen
        expected[i] = level * factor[day]
        if level > 0:
            ratio_sum = fade * ratio_sum + (1 - fade) * PRIOR_DAYS
            seen = fade * seen + (1 - fade) * PRIOR_DAYS
            ratio_sum[day] += total / level
            seen[day] += 1
        # early days weigh more, so that the first one does not set the level for long
        weight = max(p.level_weight, 1 / (i + 1))
        level += weight * (total / factor[day] - level)
    return np.maximum(expected, 1e-9)


def _courses(counts: Array, weekday: Whole, p: Watch) -> Array:
    """Expected share of the day's orders in each step, from past days of the weekday and, shrunk to, of all days."""
    steps = counts.shape[1]
    width = max(1, 30 // p.step_minutes)
    kernel = np.ones(2 * width + 1) / (2 * width + 1)
    fade = 0.5 ** (1 / p.profile_memory_days)
    every, own, out = np.full(steps, 1.0), np.zeros((WEEKDAYS, steps)), np.empty_like(counts)
    for i, day in enumerate(weekday.tolist()):
        shape = own[day] + PRIOR_DAYS * float(counts[i - 1].sum() if i else 1.0) * every / every.sum()
        smooth = np.convolve(shape, kernel, mode="same") + 1e-6 * shape.sum() / steps
        out[i] = smooth / smooth.sum()
        every = fade * every + counts[i]
        own *= fade
        own[day] += counts[i]
    return out


def _limits(ratio: Array, share: float) -> tuple[Array, Array]:
    """Quantiles of the past ratios of total to expectation, day by day; open (0, inf) until there are enough."""
    low, high = np.zeros(len(ratio)), np.full(len(ratio), np.inf)
    least = int(np.ceil(2 / share))
    for i in range(least, len(ratio)):
        low[i], high[i] = np.quantile(ratio[:i], [share / 2, 1 - share / 2])
    return low, high


def days_of(orders: pd.DataFrame, p: Watch) -> Days:
    """The shop's open days with what was expected of each. `orders` needs the column time.

    Raises DataError where there are not more open days than are learnt from.
    """
    dates, counts, first = counted(orders["time"], p.step_minutes)
    return expect(dates, counts, first, p)


def expect(dates: NDArray[np.datetime64], counts: Array, first_minute: int, p: Watch) -> Days:
    """`counts` by open day with the expectation of each day from the days before it."""
    if len(dates) <= p.learn_days:
        raise DataError(
            f"{len(dates)} open days are not more than watch.learn_days = {p.learn_days}: no day is left to be judged"
        )
    weekday = (dates.astype("datetime64[D]").astype(np.int64) + 3) % WEEKDAYS
    totals = counts.sum(axis=1)
    expected = expected_totals(totals, weekday, p)
    ratio = totals / expected
    number = np.arange(len(totals))
    excess = np.cumsum(np.where(number > 0, (ratio - 1) ** 2 - 1 / expected, 0.0))
    past = np.append(0.0, excess[:-1]) / np.maximum(number - 1, 1)
    spread = np.sqrt(np.maximum(past, LEAST_SPREAD**2))
    low, high = _limits(ratio, p.abnormal_day_share)
    return Days(
        dates=dates, weekday=weekday, counts=counts, expected=expected, spread=spread, low=low * expected,
        high=high * expected, course=_courses(counts, weekday, p), first_minute=first_minute,
        step_minutes=p.step_minutes, learnt=p.learn_days,
    )
