"""Metrics read off at the full hour, week or month: silence, control chart of returns, drift of countries, churn."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ecomplan.params.watching import Monitoring
from ecomplan.risk.monitoring.feed import DAY, Feed, Ints
from ecomplan.risk.monitoring.signals import HOUR, Signals, nothing
from ecomplan.risk.monitoring.windows import Floats, by_group

WEEK = 7 * DAY
LEVEL_DAYS = 6  # open days that tell the level of orders
MONTH_DAYS = 28  # four whole weeks: every month holds the same weekdays


def order_silence(feed: Feed, p: Monitoring) -> Signals:
    """At each full hour: surprise that no order came since the last hour with one, on the same day.

    Expected is the mean of the same hour on the last open days of the same weekday, at the level of the last six open
    days. The day's own level is Gamma, learnt from its orders so far: the chance of silence over `run` expected orders
    is ((c + expected so far) / (c + expected so far + run)) ** (c + orders so far), c = `baseline_events`.
    """
    cell = feed.time // HOUR
    counts = np.bincount(cell, minlength=feed.days * 24)[:feed.days * 24].reshape(feed.days, 24)
    expected = np.zeros((feed.days, 24))
    for weekday in range(7):
        days = np.flatnonzero((feed.weekday == weekday) & feed.is_open)
        expected[days] = _mean_before(counts[days], p.silence_weeks)
    days = np.flatnonzero(feed.is_open)
    came = _mean_before(counts[days].sum(axis=1, keepdims=True), LEVEL_DAYS)
    should = _mean_before(expected[days].sum(axis=1, keepdims=True), LEVEL_DAYS)
    expected[days] *= np.where(should > 0, came / np.maximum(should, 1e-9), 1.0)
    run, so_far, orders = np.zeros(feed.days), np.zeros(feed.days), np.zeros(feed.days)
    value = np.zeros((feed.days, 23))  # nothing is read off at midnight: the day is over
    for hour in range(23):
        silent = counts[:, hour] == 0
        so_far = np.where(silent, so_far, so_far + run + expected[:, hour])
        run = np.where(silent, run + expected[:, hour], 0.0)
        orders = orders + counts[:, hour]
        known = p.baseline_events + so_far
        value[:, hour] = (p.baseline_events + orders) * np.log10((known + run) / known)
    time = (np.arange(feed.days)[:, None] * DAY + (np.arange(23) + 1) * HOUR).ravel()
    some = value.ravel() > 0
    return Signals(time[some], np.zeros(int(some.sum()), np.int64), value.ravel()[some],
                   np.full(int(some.sum()), -1, np.int64))


def _mean_before(counts: NDArray[Any], rows: int) -> Floats:
    """Mean of the `rows` rows before each, (n, m); 0 before the first."""
    sums = np.concatenate((np.zeros((1, counts.shape[1])), np.cumsum(counts, axis=0)))
    here = np.arange(len(counts))
    start = np.maximum(here - rows, 0)
    return np.asarray((sums[here] - sums[start]) / np.maximum(here - start, 1)[:, None], dtype=np.float64)


def weekly_rates(feed: Feed, until: int) -> tuple[Ints, Ints, Ints]:
    """Ends of whole weeks (minutes), and return and sale lines (weeks, bands + 1), the last column all bands."""
    weeks = min(until // WEEK, feed.days // 7)
    lines = feed.lines[:weeks * 7].reshape(weeks, 7, -1, 2).sum(axis=1)
    lines = np.concatenate((lines, lines.sum(axis=1, keepdims=True)), axis=1)
    return (np.arange(weeks, dtype=np.int64) + 1) * WEEK, lines[:, :, 1], lines[:, :, 0]


def chart(returned: Ints, sold: Ints, weeks: int) -> tuple[Floats, Floats]:
    """Centre line and standard deviation between weeks of a rate, (t, series), from the `weeks` weeks before each.

    A p-chart whose spread is measured between weeks instead of taken as binomial (Laney 2002), since a week's lines
    come in few documents; never below the binomial one. NaN before a quarter of the weeks is there.
    """
    rate = returned / np.maximum(sold, 1)
    centre, sd = np.full(rate.shape, np.nan), np.full(rate.shape, np.nan)
    for t in range(max(4, weeks // 4), len(rate)):
        past = slice(max(t - weeks, 0), t)
        number = t - past.start
        base = returned[past].sum(axis=0) / np.maximum(sold[past].sum(axis=0), 1)
        spread = ((rate[past] - base) ** 2).sum(axis=0) / (number - 1)
        least = np.maximum(base * (1 - base), 1e-6) / np.maximum(sold[t], 1)
        centre[t], sd[t] = base, np.sqrt(np.maximum(spread, least) * (1 + 1 / number))
    return centre, sd


def return_chart(feed: Feed, p: Monitoring) -> Signals:
    """At the end of each week: returned share of lines of the price band (or all) furthest over its past, in standard
    deviations of that past. One value a week, since the bands move together."""
    if not feed.lines[:, :, 1].any():
        return nothing("The stream holds no return")
    ends, returned, sold = weekly_rates(feed, feed.until)
    centre, sd = chart(returned, sold, p.chart_weeks)
    value = (returned / np.maximum(sold, 1) - centre) / sd
    value = np.where((sold > 0) & np.isfinite(value), value, -np.inf)
    worst = value.argmax(axis=1)
    return Signals(ends, worst, value.max(axis=1), np.full(len(ends), -1, np.int64))


def return_share(feed: Feed, p: Monitoring) -> Signals:
    """At the end of each month of four weeks: value returned over value sold."""
    months = min(feed.until // DAY, feed.days) // MONTH_DAYS
    value = feed.value[:months * MONTH_DAYS].reshape(months, MONTH_DAYS, 2).sum(axis=1)
    if not value[:, 1].any():
        return nothing("The stream holds no return")
    share = value[:, 1] / np.maximum(value[:, 0], 1)
    return _monthly(months, share)


def country_drift(feed: Feed, p: Monitoring) -> Signals:
    """At the end of each week: G statistic of its orders by country against the shares of the weeks before.

    The largest countries by past orders and the rest; the cube root per degree of freedom is near normal
    (Wilson and Hilferty 1931).
    """
    if len(feed.countries) < 2:
        return nothing("All orders come from one country")
    weeks = min(feed.until // WEEK, feed.days // 7)
    size = len(feed.countries)
    counts = np.bincount(feed.time // WEEK * size + feed.country, minlength=weeks * size)[:weeks * size]
    counts = counts.reshape(weeks, size)
    value = np.full(weeks, np.nan)
    for t in range(max(4, p.chart_weeks // 4), weeks):
        past = counts[max(t - p.chart_weeks, 0):t].sum(axis=0)
        now = counts[t]
        if now.sum() == 0:
            continue
        top = np.argsort(-past, kind="stable")[:p.drift_countries]
        groups = [np.append(each[top], each.sum() - each[top].sum()) for each in (past, now)]
        kept = groups[0] + groups[1] > 0
        value[t] = _g_statistic(groups[0][kept], groups[1][kept])
    ends = (np.arange(weeks, dtype=np.int64) + 1) * WEEK
    return Signals(ends, np.zeros(weeks, np.int64), value, np.full(weeks, -1, np.int64))


def _g_statistic(past: Ints, now: Ints) -> float:
    both = np.stack((past, now)).astype(np.float64)
    expected = both.sum(axis=1, keepdims=True) * both.sum(axis=0) / both.sum()
    logs = np.log(np.where(both > 0, both, 1) / np.where(both > 0, expected, 1))
    return float((max(2 * (both * logs).sum(), 0) / max(both.shape[1] - 1, 1)) ** (1 / 3))


def churn(feed: Feed, p: Monitoring) -> Signals:
    """At the end of each month of four weeks: customers who then completed `churn_days` without an order, over those
    who were active (an order within `churn_days`) at its begin."""
    rows = np.flatnonzero(feed.customer >= 0)
    rows = rows[by_group(feed.customer[rows])]
    time, customer = feed.time[rows], feed.customer[rows]
    same = np.append(customer[1:] == customer[:-1], False)
    after = np.where(same, np.append(time[1:], 0), np.iinfo(np.int64).max)
    gone = time + p.churn_days * DAY
    lapsed = np.sort(gone[(after > gone) & (gone <= feed.until)])
    months = min(feed.until // DAY, feed.days) // MONTH_DAYS
    ends = (np.arange(months, dtype=np.int64) + 1) * MONTH_DAYS * DAY
    begins = ends - MONTH_DAYS * DAY
    new = np.sort(time[np.append(True, customer[1:] != customer[:-1])] if len(time) else time)
    back = np.sort(after[(after > gone) & (after <= feed.until)])
    active = (np.searchsorted(new, begins) + np.searchsorted(back, begins) - np.searchsorted(lapsed, begins))
    lost = np.searchsorted(lapsed, ends) - np.searchsorted(lapsed, begins)
    share = np.where(active > 0, lost / np.maximum(active, 1), np.nan)
    known = begins >= p.churn_days * DAY
    return _monthly(months, np.where(known, share, np.nan))


def _monthly(months: int, value: Floats) -> Signals:
    ends = (np.arange(months, dtype=np.int64) + 1) * MONTH_DAYS * DAY
    return Signals(ends, np.zeros(months, np.int64), value, np.full(months, -1, np.int64))
