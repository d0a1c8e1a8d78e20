"""Incidents planted into the stream: kinds, places and sizes drawn at random, so that recall can be counted.

takeover: an account of the shop orders many times within an hour at its own scale. fraud: new accounts place costly
first orders within some hours. refunds: a wave of return documents within a day. flood: new accounts of one foreign
country order within a day. stop: no order comes through for some hours of a selling day.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ecomplan.params.watching import Monitoring
from ecomplan.risk.monitoring.feed import DAY, Feed, Ints
from ecomplan.risk.monitoring.signals import HOUR
from ecomplan.risk.monitoring.windows import Floats

KINDS = {  # kind -> (name, unit of its size)
    "takeover": ("Taken-over account", "orders"), "fraud": ("Wave of fraud orders", "mean orders' value"),
    "refunds": ("Wave of refunds", "usual days"), "flood": ("Flood from one country", "orders"),
    "stop": ("Stop of the shop", "orders lost"),
}
LINES_A_RETURN = 3


@dataclass(frozen=True)
class Planted:
    """The stream with incidents in it: `tag` (n,) incident of each order, -1 for the shop's own; `incidents`: kind,
    key (customer or country, -1 for the whole shop), start, end (minutes), size."""

    feed: Feed
    tag: Ints
    incidents: pd.DataFrame


class _Sheet:
    """Orders and returns to be added."""

    def __init__(self) -> None:
        self.orders: list[tuple[Ints, Ints, Ints, Ints, Ints]] = []  # time, customer, country, amount, tag
        self.returns: list[Ints] = []
        self.stops: list[tuple[int, int]] = []
        self.rows: list[tuple[str, int, int, int, float]] = []


def plant(feed: Feed, start: int, p: Monitoring, rng: np.random.Generator) -> Planted:
    """The stream with `incidents_per_kind` incidents of each kind on different days after minute `start`.

    Kinds that the stream cannot hold (a flood from abroad where there is one country; a wave where nothing was ever
    returned) are left out.
    """
    day = feed.time // DAY
    orders = np.bincount(day, minlength=feed.days)
    days = np.flatnonzero(orders[:feed.until // DAY] > 0)
    days = days[days * DAY >= start]
    kinds = [kind for kind in KINDS if not (kind == "flood" and len(feed.countries) < 2)
             and not (kind == "refunds" and not len(feed.return_time))]
    each = min(p.incidents_per_kind, len(days) // max(len(kinds), 1))
    chosen = rng.permutation(days)[:each * len(kinds)].reshape(len(kinds), each)
    sheet, newcomer = _Sheet(), feed.customers
    for kind, places in zip(kinds, chosen, strict=True):
        for place in np.sort(places):
            newcomer = _draw(kind, int(place), feed, newcomer, sheet, p, rng)
    return _merge(feed, sheet, newcomer)


def _log_uniform(low: float, high: float, rng: np.random.Generator) -> float:
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def _draw(kind: str, day: int, feed: Feed, newcomer: int, sheet: _Sheet, p: Monitoring,
          rng: np.random.Generator) -> int:
    """One incident on a day, written on the sheet; hands back the next free customer code."""
    begin, stop = np.searchsorted(feed.time, [day * DAY, (day + 1) * DAY])
    first = int(feed.time[begin])
    start = first + int(rng.integers(0, 6 * HOUR))
    tag = len(sheet.rows)
    earlier = feed.amount[max(begin - 2000, 0):begin + 1]
    if kind == "takeover":
        number = round(_log_uniform(p.takeover_orders_low, p.takeover_orders_high, rng))
        codes, counts = np.unique(feed.customer[:begin], return_counts=True)
        known = codes[(codes >= 0) & (counts >= p.history_orders)]
        if not len(known):
            return newcomer
        who = int(rng.choice(known))
        own = np.flatnonzero(feed.customer[:begin] == who)
        amount = feed.amount[own].mean() * rng.uniform(0.5, 3.0, number)
        time = start + np.sort(rng.integers(0, 45, number))
        _add(sheet, time, np.full(number, who), np.full(number, feed.country[own[-1]]), amount, tag)
        sheet.rows.append((kind, who, start, int(time[-1]), float(number)))
    elif kind == "fraud":
        number = round(_log_uniform(p.fraud_orders_low, p.fraud_orders_high, rng))
        multiples = np.exp(rng.uniform(np.log(p.fraud_multiple_low), np.log(p.fraud_multiple_high), number))
        time = start + np.sort(rng.integers(0, 6 * HOUR, number))
        _add(sheet, time, newcomer + np.arange(number), np.full(number, _home(feed)), multiples * earlier.mean(), tag)
        sheet.rows.append((kind, -1, start, int(time[-1]), float(multiples.sum())))
        newcomer += number
    elif kind == "refunds":
        usual = len(feed.return_time) / max(int((feed.is_open[:feed.until // DAY + 1]).sum()), 1)
        times = _log_uniform(p.refund_multiple_low, p.refund_multiple_high, rng)
        time = start + np.sort(rng.integers(0, DAY, max(round(times * usual), 1)))
        sheet.returns.append(time)
        sheet.rows.append((kind, -1, start, int(time[-1]), times))
    elif kind == "flood":
        number = round(_log_uniform(p.flood_orders_low, p.flood_orders_high, rng))
        seen = np.unique(feed.country[:begin])
        abroad = seen[seen != _home(feed)]
        if not len(abroad):
            return newcomer
        where = int(rng.choice(abroad))
        time = start + np.sort(rng.integers(0, DAY, number))
        _add(sheet, time, newcomer + np.arange(number), np.full(number, where), rng.choice(earlier, number), tag)
        sheet.rows.append((kind, where, start, int(time[-1]), float(number)))
        newcomer += number
    else:
        start = first + int(rng.integers(0, 3 * HOUR))
        end = start + HOUR * int(rng.integers(p.stop_hours_low, p.stop_hours_high + 1))
        end = min(end, (day + 1) * DAY)
        lost = int(((feed.time[begin:stop] >= start) & (feed.time[begin:stop] < end)).sum())
        if lost == 0:  # nothing would have come: no stop
            return newcomer
        sheet.stops.append((start, end))
        sheet.rows.append((kind, -1, start, end, float(lost)))
    return newcomer


def _home(feed: Feed) -> int:
    return int(np.bincount(feed.country).argmax())


def _add(sheet: _Sheet, time: Ints, customer: Ints, country: Ints, amount: Floats | Ints, tag: int) -> None:
    sheet.orders.append((time, customer, country, np.rint(amount).astype(np.int64), np.full(len(time), tag)))


def _merge(feed: Feed, sheet: _Sheet, customers: int) -> Planted:
    kept: NDArray[np.bool_] = np.ones(len(feed.time), np.bool_)
    for start, end in sheet.stops:
        low, high = np.searchsorted(feed.time, [start, end])
        kept[low:high] = False
    added = [np.concatenate([part[i] for part in sheet.orders] or [np.zeros(0, np.int64)]) for i in range(5)]
    price = np.minimum(added[3], int(np.median(feed.price)) * 4)
    time = np.concatenate((feed.time[kept], added[0]))
    order = np.argsort(time, kind="stable")
    order = order[time[order] <= feed.until]

    def joined(own: Ints, new: Ints) -> Ints:
        return np.concatenate((own[kept], new))[order]

    back = np.concatenate(sheet.returns or [np.zeros(0, np.int64)])
    back = back[back <= feed.until]
    returns = np.concatenate((feed.return_time, back))
    by_time = np.argsort(returns, kind="stable")
    lines, value = feed.lines.copy(), feed.value.copy()
    usual = int(feed.value[:, 1].sum() / max(len(feed.return_time), 1))
    for minute in back:
        band = np.arange(LINES_A_RETURN) % lines.shape[1]
        np.add.at(lines[minute // DAY, :, 1], band, 1)
        value[minute // DAY, 1] += usual
    np.add.at(value[:, 0], np.minimum(added[0], feed.until) // DAY, added[3])
    for start, _ in sheet.stops:
        day = start // DAY
        low, high = np.searchsorted(feed.time, [day * DAY, (day + 1) * DAY])
        share = kept[low:high].mean()
        lines[day, :, 0] = np.floor(lines[day, :, 0] * share)
        value[day, 0] = int(value[day, 0] * share)
    planted = replace(
        feed, time=time[order], customer=joined(feed.customer, added[1]), country=joined(feed.country, added[2]),
        amount=joined(feed.amount, added[3]), price=joined(feed.price, price), return_time=returns[by_time],
        return_customer=np.concatenate((feed.return_customer, np.full(len(back), -1)))[by_time], lines=lines,
        value=value, customers=customers,
    )
    tag = joined(np.full(len(feed.time), -1), added[4])
    rows = pd.DataFrame(sheet.rows, columns=["kind", "key", "start", "end", "size"])
    return Planted(planted, tag, rows)
