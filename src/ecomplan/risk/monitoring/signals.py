"""Metrics that move with each order or return: own mean, bursts, first orders, waves of returns, floods."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ecomplan.params.watching import Monitoring
from ecomplan.risk.monitoring.feed import DAY, Feed, Ints
from ecomplan.risk.monitoring.windows import LEAST_CHANCE, Floats, by_group, surprise, window

HOUR = 60


@dataclass(frozen=True)
class Signals:
    """A metric as it becomes known: `time` (minutes), `key` (whom it concerns), `value`, `event` (row of the order,
    -1 where it concerns no single order). `missing`: why there is nothing."""

    time: Ints
    key: Ints
    value: Floats
    event: Ints
    missing: str = ""

    def since(self, minute: int, until: int) -> Signals:
        kept = (self.time >= minute) & (self.time <= until) & np.isfinite(self.value)
        return Signals(self.time[kept], self.key[kept], self.value[kept], self.event[kept], self.missing)


def nothing(missing: str) -> Signals:
    empty = np.zeros(0, np.int64)
    return Signals(empty, empty, np.zeros(0), empty, missing)


def payment_over_own_mean(feed: Feed, p: Monitoring) -> Signals:
    """Value ordered within the window over the mean of the same customer's earlier orders."""
    rows = np.flatnonzero(feed.customer >= 0)
    seen = window(feed.customer[rows], feed.time[rows], feed.amount[rows], p.payment_window_minutes, None)
    kept = (seen.before >= p.history_orders) & (seen.total_before > 0)
    rows = rows[kept]
    ratio = seen.total[kept] * seen.before[kept] / seen.total_before[kept]
    return Signals(feed.time[rows], feed.customer[rows], ratio, rows)


def account_burst(feed: Feed, p: Monitoring) -> Signals:
    """Orders of one account within the window: surprise against its own past rate, over the greatest it showed before.

    The second part keeps accounts quiet that always order in bursts.
    """
    rows = np.flatnonzero(feed.customer >= 0)
    rows = rows[by_group(feed.customer[rows])]
    time, customer, memory = feed.time[rows], feed.customer[rows], p.account_memory_days * DAY
    seen = window(customer, time, feed.amount[rows], p.burst_window_minutes, memory)
    exposure = np.minimum(memory, time - p.burst_window_minutes)
    value = surprise(seen.count, seen.before, p.burst_window_minutes, exposure, p.baseline_events)
    step = -np.log10(LEAST_CHANCE) + 1  # accounts stand so far apart that a running maximum starts anew with each
    record = np.maximum.accumulate(value + customer * step) - customer * step
    before = np.arange(len(rows)) - seen.count
    known = (before >= 0) & (customer[np.maximum(before, 0)] == customer)
    value = value - np.where(known, record[np.maximum(before, 0)], 0.0)
    past = (before >= p.history_orders - 1) & (customer[np.maximum(before - p.history_orders + 1, 0)] == customer)
    many = (seen.count > 1) & past & (value > 0)  # a single order is no burst
    order = np.argsort(rows[many], kind="stable")
    rows = rows[many][order]
    return Signals(feed.time[rows], feed.customer[rows], value[many][order], rows)


def first_rows(feed: Feed) -> Ints:
    """Rows of first orders of named customers, by time."""
    rows = np.flatnonzero(feed.customer >= 0)[::-1]
    first = np.full(feed.customers, -1, np.int64)
    first[feed.customer[rows]] = rows  # written backwards: the first stands in the end
    return np.sort(first[first >= 0])


def _over_mean(feed: Feed, rows: Ints, value: Ints, memory_days: int) -> Signals:
    """A value of each first order over the mean of those before."""
    seen = window(np.zeros(len(rows), np.int64), feed.time[rows], value, 1, memory_days * DAY)
    kept = seen.total_before > 0
    ratio = value[kept] * seen.before[kept] / seen.total_before[kept]
    return Signals(feed.time[rows][kept], feed.customer[rows][kept], ratio, rows[kept])


def first_order_over_mean(feed: Feed, p: Monitoring) -> Signals:
    rows = first_rows(feed)
    return _over_mean(feed, rows, feed.amount[rows], p.rate_memory_days)


def first_item_over_mean(feed: Feed, p: Monitoring) -> Signals:
    """Dearest item of a first order over the mean of first orders' dearest items."""
    rows = first_rows(feed)
    return _over_mean(feed, rows, feed.price[rows], p.rate_memory_days)


def first_orders_day(feed: Feed, p: Monitoring) -> Signals:
    """Large first orders (`large_multiple` times the mean first order before) within a moving day: surprise."""
    every = _over_mean(feed, (rows := first_rows(feed)), feed.amount[rows], p.rate_memory_days)
    rows = every.event[every.value >= p.large_multiple]
    time, memory, width = feed.time[rows], p.rate_memory_days * DAY, p.count_window_hours * HOUR
    group = np.zeros(len(rows), np.int64)
    seen = window(group, time, group, width, memory)
    value = surprise(seen.count, seen.before, width, np.minimum(memory, time - width), p.baseline_events)
    return Signals(time, group, value, rows)


def country_flood(feed: Feed, p: Monitoring) -> Signals:
    """Orders of a country within a moving day: surprise against its own past rate."""
    if len(feed.countries) < 2:
        return nothing("All orders come from one country")
    memory, width = p.rate_memory_days * DAY, p.count_window_hours * HOUR
    seen = window(feed.country, feed.time, feed.amount, width, memory)
    many = seen.count > 1
    exposure = np.minimum(memory, feed.time - width)[many]
    value = surprise(seen.count[many], seen.before[many], width, exposure, p.baseline_events)
    return Signals(feed.time[many], feed.country[many], value, np.flatnonzero(many))


def return_wave(feed: Feed, p: Monitoring) -> Signals:
    """Return documents within a moving day: surprise against their past rate."""
    if not len(feed.return_time):
        return nothing("The stream holds no return")
    memory, width = p.rate_memory_days * DAY, p.count_window_hours * HOUR
    group = np.zeros(len(feed.return_time), np.int64)
    seen = window(group, feed.return_time, group, width, memory)
    exposure = np.minimum(memory, feed.return_time - width)
    value = surprise(seen.count, seen.before, width, exposure, p.baseline_events)
    return Signals(feed.return_time, group, value, np.full(len(group), -1, np.int64))
