"""Orders and goods lines as compact arrays, and the state of every customer at any month's end."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ecomplan.errors import DataError

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
DAY = np.timedelta64(1, "D")


@dataclass(frozen=True)
class Goods:
    """Lines of goods sold and returned before the cut, one entry a line; codes count from 0.

    `customer` is -1 where nobody is known.
    """

    customer: Ints
    product: Ints
    country: Ints
    month: Ints
    amount: Floats  # money; returns negative
    price: Floats  # money a piece
    pieces: Ints
    is_sale: npt.NDArray[np.bool_]
    order: Ints


@dataclass(frozen=True)
class History:
    """What is known of the customers up to `end`: `months` whole months from `start`, orders by customer and time."""

    customers: pd.Index  # pseudonyms, sorted
    start: pd.Timestamp
    end: pd.Timestamp
    months: int
    order_customer: Ints
    order_time: Floats  # days since start
    order_month: Ints
    order_lines: Ints
    goods: Goods

    @property
    def days(self) -> float:
        """Days from the first order to the cut."""
        return self.day_of(self.months) - float(self.order_time.min())

    def day_of(self, month: int) -> float:
        """Days from `start` to the end of the first `month` months."""
        return float((self.start + pd.DateOffset(months=month) - self.start) / pd.Timedelta(days=1))

    def month_end(self, month: int) -> pd.Timestamp:
        """First day of the last of the first `month` months: the month at whose end the customers are looked at."""
        return self.start + pd.DateOffset(months=month - 1)

    def sum_by_month(self, cells: Ints, weights: Floats | None = None) -> Floats:
        """Sums by customer (row) and month (column) of one entry an order or a goods line."""
        total = np.bincount(cells, weights=weights, minlength=len(self.customers) * self.months)
        return total.astype(np.float64).reshape(len(self.customers), self.months)

    @cached_property
    def orders_by_month(self) -> Floats:
        """Orders of each customer (row) in each month (column)."""
        return self.sum_by_month(self.order_customer * self.months + self.order_month)

    @cached_property
    def value_by_month(self) -> Floats:
        """Goods sold less goods returned by customer and month, in money."""
        known = self.goods.customer >= 0
        return self.sum_by_month(
            self.goods.customer[known] * self.months + self.goods.month[known], self.goods.amount[known]
        )

    @cached_property
    def last_by_month(self) -> Floats:
        """Day of the last order of each customer in each month; -inf without one."""
        last = np.full(len(self.customers) * self.months, -np.inf)
        # orders stand by time within a customer: the last one written stays
        last[self.order_customer * self.months + self.order_month] = self.order_time
        return last.reshape(len(self.customers), self.months)

    @cached_property
    def first_month(self) -> Ints:
        """Month of each customer's first order."""
        return np.asarray(np.argmax(self.orders_by_month > 0, axis=1), dtype=np.int64)

    def snapshot(self, month: int, window: int | None = None) -> pd.DataFrame:
        """Customers as they stood after `month` months, looking back over `window` (default: everything).

        Columns customer (code), recency_days, orders, value; those without an order in the window are left out.
        """
        span = slice(0 if window is None else max(0, month - window), month)
        orders = self.orders_by_month[:, span].sum(axis=1)
        here = np.flatnonzero(orders > 0)
        return pd.DataFrame({
            "customer": here,
            "recency_days": self.day_of(month) - self.last_by_month[here, span].max(axis=1),
            "orders": orders[here].astype(np.int64), "value": self.value_by_month[here, span].sum(axis=1),
        })

    def value_since(self, months: int) -> Floats:
        """Net sales of each customer in the last `months` months."""
        return np.asarray(self.value_by_month[:, max(0, self.months - months):].sum(axis=1))


def history(orders: pd.DataFrame, lines: pd.DataFrame, end: pd.Timestamp) -> History:
    """Orders and goods lines before `end`, coded.

    `orders`: order_id, time, customer_id, lines. `lines`: order_id, time, customer_id, country, product_id, kind,
    quantity, unit_price, amount. Raises DataError where nobody is identified or `end` is no month's first instant.
    """
    if end != end.normalize() or end.day != 1:
        raise DataError(f"the cut must be the first instant of a month, found {end}")
    bought = orders[(orders["time"] < end) & orders["customer_id"].notna()]
    if bought.empty:
        raise DataError(f"table orders: no identified order before {end:%Y-%m-%d}; segments need column customer_id")
    customer, names = pd.factorize(bought["customer_id"], sort=True)
    time = bought["time"].to_numpy()
    by = np.lexsort((time, customer))
    # codes first, rows after: cutting number columns is much quicker than cutting text columns
    when = lines["time"].to_numpy()
    kind, kinds = pd.factorize(lines["kind"])
    goods = np.isin(kind, np.flatnonzero(np.isin(np.asarray(kinds), ["sale", "return"])))
    kept = np.flatnonzero(goods & (when < np.datetime64(end)))
    if not len(kept):
        raise DataError(f"table lines: no goods sold before {end:%Y-%m-%d} (column kind holds no sale and no return)")
    start = pd.Timestamp(min(time.min(), when[kept].min())).to_period("M").start_time
    months = (end.year - start.year) * 12 + end.month - start.month
    first = np.datetime64(start, "M")

    def month(times: Any) -> Ints:
        return np.asarray((times.astype("datetime64[M]") - first).astype(np.int64))

    def codes(column: str) -> Ints:
        return pd.factorize(lines[column])[0][kept].astype(np.int64)

    # a return whose customer never ordered belongs to nobody
    owner, known = pd.factorize(lines["customer_id"])
    place = np.append(pd.Index(names).get_indexer(pd.Index(known)), -1)
    is_sale = np.isin(kind, np.flatnonzero(np.asarray(kinds) == "sale"))
    return History(
        customers=pd.Index(names), start=start, end=end, months=months,
        order_customer=customer[by].astype(np.int64),
        order_time=((time - np.datetime64(start)) / DAY)[by], order_month=month(time)[by],
        order_lines=bought["lines"].to_numpy(np.int64)[by],
        goods=Goods(
            customer=place[owner[kept]].astype(np.int64), product=codes("product_id"), country=codes("country"),
            month=month(when[kept]), amount=lines["amount"].to_numpy(np.float64)[kept],
            price=lines["unit_price"].to_numpy(np.float64)[kept], pieces=lines["quantity"].to_numpy(np.int64)[kept],
            is_sale=is_sale[kept], order=codes("order_id"),
        ),
    )
