"""The platform's order stream as a monitor meets it: events in the order of time, coded, money in hundredths.

Integers keep window sums exact, so that a stream cut short gives the same sums to the last bit.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ecomplan.errors import DataError

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
Sides = NDArray[np.int8]

DAY = 24 * 60  # minutes
CENT = 100
SALE, RETURN, OTHER = 0, 1, 2  # side of a line
BLOCK = 500_000  # lines worked on at a time: memory for numbers as long as the whole stream is fetched from the system
# anew at every step, which costs more than the arithmetic; that for a block is used again
COLUMNS = ["line_id", "order_id", "time", "customer_id", "country", "product_id", "unit_price", "amount", "kind"]


@dataclass(frozen=True)
class Feed:
    """Orders (n,) and return documents (r,) by time; times are minutes since midnight of `day0`.

    `customer` and `return_customer`: code by first appearance, -1 where nobody is named. `amount`, `price` (dearest
    item): hundredths of money. `lines` (days, bands, 2): sale and return lines by day and price band; `value`
    (days, 2): sales and returns, hundredths. `weekday`, `is_open` (days,): the shop's calendar, known ahead.
    `until`: the clock, in minutes; nothing after it is known.
    """

    day0: np.datetime64
    time: Ints
    customer: Ints
    country: Ints
    amount: Ints
    price: Ints
    return_time: Ints
    return_customer: Ints
    lines: Ints
    value: Ints
    weekday: Ints
    is_open: Flags
    countries: tuple[str, ...]
    customers: int
    until: int

    @property
    def days(self) -> int:
        return len(self.weekday)

    def dates(self, minutes: Ints) -> NDArray[np.datetime64]:
        return np.asarray(self.day0.astype("datetime64[m]") + minutes.astype("timedelta64[m]"))


def build_feed(lines: pd.DataFrame, calendar: pd.DataFrame | None, edges: tuple[float, ...],
               until: pd.Timestamp | None = None) -> Feed:
    """The stream of stage prepare's `lines`, in any row order; `edges`: rising unit prices between price bands.

    # ASSUME: the days on which the shop is closed are announced; `calendar` (date, weekday, is_open) holds them.
    Without it every day counts as open. The clock stands at `until`, or at the last line.
    Raises DataError for missing columns, no sale, a line without time, a line twice.
    """
    missing = [name for name in COLUMNS if name not in lines.columns]
    if missing:
        raise DataError(f"table lines lacks column {missing[0]}")
    if lines["time"].isna().any():
        row = int(np.flatnonzero(lines["time"].isna())[0])
        raise DataError(f"table lines, row {row}: time is missing")
    number = lines["line_id"].to_numpy()
    if not (number[1:] > number[:-1]).all() and not lines["line_id"].is_unique:  # the first answer is the quick one
        twice = lines.loc[lines["line_id"].duplicated(), "line_id"].iloc[0]
        raise DataError(f"table lines: line_id {twice} stands there twice")
    if not lines["time"].is_monotonic_increasing:
        lines = lines.sort_values(["time", "line_id"], kind="stable")
    side = np.full(len(lines), OTHER, np.int8)
    for code, kind in ((SALE, "sale"), (RETURN, "return")):
        side[(lines["kind"] == kind).to_numpy(np.bool_)] = code
    if not (side == SALE).any():
        raise DataError("table lines holds no sale; the monitor has nothing to watch")
    start, end = (lines["time"].iloc[at].to_datetime64() for at in (0, -1))
    day0 = start.astype("datetime64[D]")
    days = _minutes(end, day0) // DAY + 1
    blocks = [slice(at, min(at + BLOCK, len(lines))) for at in range(0, len(lines), BLOCK)]
    bands = _bands(lines, side, blocks, edges)

    counts, value = np.zeros((days, len(edges) + 1, 3), np.int64), np.zeros((days, 3), np.int64)
    parts = []
    for block, band in zip(blocks, bands, strict=True):
        part, sides = lines.iloc[block], side[block]
        minute, cents = _minutes(part["time"].to_numpy(), day0), _cents(part["amount"])
        parts.append(_runs(part, sides, minute, cents))
        day = minute // DAY
        here = slice(day[0], day[-1] + 1)  # only the block's own days: a longer stream makes no block dearer
        day -= day[0]
        cell = (day * counts.shape[1] + band) * 3 + sides
        counts[here] += np.bincount(cell, minlength=counts[here].size).reshape(-1, *counts.shape[1:])
        paid = np.bincount(day * 3 + sides, np.abs(cents), value[here].size)  # whole numbers stay exact
        value[here] += paid.astype(np.int64).reshape(-1, 3)

    runs = pd.concat(parts, ignore_index=True)
    sold, back = (np.flatnonzero(runs["side"] == code) for code in (SALE, RETURN))
    first, place = _by_order(runs["order_id"].array[sold])
    rows, heads = sold[first], back[_by_order(runs["order_id"].array[back])[0]]
    minute, amount, price = (runs[name].to_numpy() for name in ("minute", "amount", "price"))
    top = np.zeros(len(first), np.int64)
    np.maximum.at(top, place, price[sold])
    # codes by first appearance: a stream cut short has the same
    ahead = np.sort(np.concatenate((rows, heads)), kind="stable")
    customer, names = pd.factorize(runs["customer_id"].array[ahead])
    country, countries = pd.factorize(runs["country"].array[ahead])
    at, again = np.searchsorted(ahead, rows), np.searchsorted(ahead, heads)
    weekday, is_open = _calendar(calendar, day0, days)
    return Feed(
        day0, minute[rows], customer[at].astype(np.int64), country[at].astype(np.int64),
        np.bincount(place, amount[sold], len(first)).astype(np.int64), top, minute[heads],
        customer[again].astype(np.int64), counts[:, :, :OTHER].copy(), value[:, :OTHER].copy(), weekday, is_open,
        tuple(map(str, countries)), len(names), int(_minutes(end if until is None else until.to_datetime64(), day0)),
    )


def cut(feed: Feed, until: int) -> Feed:
    """The stream as known at minute `until`."""
    kept, back = feed.time <= until, feed.return_time <= until
    days = min(until // DAY + 1, feed.days)
    return replace(
        feed, time=feed.time[kept], customer=feed.customer[kept], country=feed.country[kept],
        amount=feed.amount[kept], price=feed.price[kept], return_time=feed.return_time[back],
        return_customer=feed.return_customer[back], lines=feed.lines[:days], value=feed.value[:days],
        weekday=feed.weekday[:days], is_open=feed.is_open[:days], until=until,
    )


def _minutes(time: Any, day0: np.datetime64) -> Any:
    """Whole minutes since midnight of `day0`, of one time or of an array."""
    return time.astype("datetime64[m]").astype(np.int64) - day0.astype("datetime64[m]").astype(np.int64)


def _cents(money: pd.Series) -> Ints:
    cents = money.to_numpy(np.float64) * CENT
    return np.asarray(np.rint(cents, out=cents), dtype=np.int64)


def _runs(lines: pd.DataFrame, side: Sides, minute: Ints, cents: Ints) -> pd.DataFrame:
    """Lines of one document and side that follow each other, as one row each: most documents are a single run.

    A document cut by a block, or with other lines between its own, has several; sums and maxima join them later.
    """
    ids = lines["order_id"].array
    head = np.ones(len(lines), np.bool_)
    head[1:] = np.asarray(ids[1:] != ids[:-1], dtype=np.bool_) | (side[1:] != side[:-1])
    first = np.flatnonzero(head)
    return lines[["order_id", "customer_id", "country"]].iloc[first].assign(
        side=side[first], minute=minute[first], amount=np.add.reduceat(cents, first),
        price=np.maximum.reduceat(_cents(lines["unit_price"]), first),
    )


def _by_order(order_id: Any) -> tuple[Ints, Ints]:
    """Place of each order's first run, orders in the order of those runs, and each run's number among the orders."""
    place, names = pd.factorize(order_id, use_na_sentinel=False)
    heads = np.zeros(len(names), np.int64)
    heads[place[::-1]] = np.arange(len(place))[::-1]  # written backwards: the first stands in the end
    return heads, place


def _bands(lines: pd.DataFrame, side: Sides, blocks: list[slice], edges: tuple[float, ...]) -> list[Sides]:
    """Price band of each line, by block: that of the product's first sale, so that nothing later moves it."""
    coded = [pd.factorize(lines["product_id"].array[rows], use_na_sentinel=False) for rows in blocks]
    product, names = pd.factorize(pd.concat([pd.Series(own) for _, own in coded]), use_na_sentinel=False)
    parts = np.split(product.astype(np.int32), np.cumsum([len(own) for _, own in coded])[:-1])
    code = [part[within] for part, (within, _) in zip(parts, coded, strict=True)]
    first = np.full(len(names), -1, np.int64)
    for rows, codes in zip(blocks[::-1], code[::-1], strict=True):  # backwards: the earliest sale stands in the end
        sold = np.flatnonzero(side[rows] == SALE)[::-1]
        first[codes[sold]] = sold + rows.start
    price = np.where(first >= 0, _cents(lines["unit_price"].iloc[first]), 0)
    band = np.searchsorted(np.asarray(edges) * CENT, np.maximum(price, 0), side="right").astype(np.int8)
    return [band[codes] for codes in code]


def _calendar(calendar: pd.DataFrame | None, day0: np.datetime64, days: int) -> tuple[Ints, Flags]:
    dates = pd.DatetimeIndex(day0 + np.arange(days))
    if calendar is None:
        return dates.day_of_week.to_numpy(np.int64), np.ones(days, np.bool_)
    known = calendar.set_index("date").reindex(dates)
    weekday = known["weekday"].to_numpy(np.float64)
    plain = dates.day_of_week.to_numpy(np.float64)
    return (np.where(np.isnan(weekday), plain, weekday).astype(np.int64),
            known["is_open"].eq(True).to_numpy(np.bool_))
