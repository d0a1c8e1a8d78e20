"""The platform's order stream as a monitor meets it: events in the order of time, coded, money in hundredths.

Integers keep window sums exact, so that a stream cut short gives the same sums to the last bit.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ecomplan.errors import DataError

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

DAY = 24 * 60  # minutes
CENT = 100
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
    if not (np.diff(number) > 0).all() and not lines["line_id"].is_unique:  # the first answer is the quick one
        twice = lines.loc[lines["line_id"].duplicated(), "line_id"].iloc[0]
        raise DataError(f"table lines: line_id {twice} stands there twice")
    if not lines["time"].is_monotonic_increasing:
        lines = lines.sort_values(["time", "line_id"], kind="stable")
    is_sale, is_return = ((lines["kind"] == kind).to_numpy(np.bool_) for kind in ("sale", "return"))
    if not is_sale.any():
        raise DataError("table lines holds no sale; the monitor has nothing to watch")
    day0 = lines["time"].iloc[0].to_datetime64().astype("datetime64[D]")
    minute = lines["time"].to_numpy().astype("datetime64[m]").astype(np.int64) - day0.astype(
        "datetime64[m]").astype(np.int64)
    last = int(minute[-1]) // DAY
    clock = int(minute[-1]) if until is None else int(
        (np.datetime64(until, "m") - day0.astype("datetime64[m]")).astype(np.int64))
    cents = np.rint(lines["amount"].to_numpy(np.float64) * CENT).astype(np.int64)
    prices = np.rint(lines["unit_price"].to_numpy(np.float64) * CENT).astype(np.int64)
    band = _bands(lines["product_id"], prices, is_sale, edges)

    order = _documents(lines["order_id"])
    sold, back = np.flatnonzero(is_sale), np.flatnonzero(is_return)
    first, place = _by_order(order[sold])
    rows, heads = sold[first], back[_by_order(order[back])[0]]
    top = np.zeros(len(first), np.int64)
    np.maximum.at(top, place, prices[sold])
    # codes by first appearance: a stream cut short has the same
    ahead = np.sort(np.concatenate((rows, heads)), kind="stable")
    customer, names = pd.factorize(lines["customer_id"].array[ahead])
    country, countries = pd.factorize(lines["country"].array[ahead])
    at, again = np.searchsorted(ahead, rows), np.searchsorted(ahead, heads)
    day = minute // DAY
    counts = np.zeros((last + 1, len(edges) + 1, 2), np.int64)
    value = np.zeros((last + 1, 2), np.int64)
    for side, chosen in enumerate((sold, back)):
        cell = day[chosen] * counts.shape[1] + band[chosen]
        counts[:, :, side] = np.bincount(cell, minlength=counts[:, :, 0].size).reshape(counts.shape[:2])
        value[:, side] = np.bincount(day[chosen], np.abs(cents[chosen]), last + 1)  # whole numbers stay exact
    weekday, is_open = _calendar(calendar, day0, last + 1)
    return Feed(
        day0, minute[rows], customer[at].astype(np.int64), country[at].astype(np.int64),
        np.bincount(place, cents[sold], len(first)).astype(np.int64), top, minute[heads],
        customer[again].astype(np.int64), counts, value, weekday, is_open,
        tuple(map(str, countries)), len(names), clock,
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


def _documents(order_id: pd.Series) -> Ints:
    """Code of each line's document. Lines of one mostly follow each other, so that only the heads of runs are looked
    up."""
    ids = order_id.array
    head = np.ones(len(ids), np.bool_)
    head[1:] = np.asarray(ids[1:] != ids[:-1], dtype=np.bool_)
    codes, _ = pd.factorize(ids[head])
    return np.asarray(codes[np.cumsum(head) - 1], dtype=np.int64)


def _by_order(codes: Ints) -> tuple[Ints, Ints]:
    """Row of each order's first line, orders in the order of those rows, and each line's place among the orders."""
    if not len(codes):
        return codes, codes
    place, names = pd.factorize(codes)
    heads = np.full(len(names), len(codes), np.int64)
    heads[place[::-1]] = np.arange(len(codes))[::-1]  # written backwards: the first stands in the end
    return heads, place.astype(np.int64)


def _bands(product: pd.Series, prices: Ints, is_sale: Flags, edges: tuple[float, ...]) -> Ints:
    """Price band of each line: that of the product's first sale, so that nothing later moves it."""
    code, names = pd.factorize(product)
    first = np.full(len(names), -1, np.int64)
    sold = np.flatnonzero(is_sale)[::-1]
    first[code[sold]] = prices[sold]  # written backwards: the earliest sale stands in the end
    first = np.where(first < 0, 0, first)
    return np.searchsorted(np.asarray(edges) * CENT, first, side="right").astype(np.int64)[code]


def _calendar(calendar: pd.DataFrame | None, day0: np.datetime64, days: int) -> tuple[Ints, Flags]:
    dates = pd.DatetimeIndex(day0 + np.arange(days))
    if calendar is None:
        return dates.day_of_week.to_numpy(np.int64), np.ones(days, np.bool_)
    known = calendar.set_index("date").reindex(dates)
    weekday = known["weekday"].to_numpy(np.float64)
    plain = dates.day_of_week.to_numpy(np.float64)
    return (np.where(np.isnan(weekday), plain, weekday).astype(np.int64),
            known["is_open"].eq(True).to_numpy(np.bool_))
