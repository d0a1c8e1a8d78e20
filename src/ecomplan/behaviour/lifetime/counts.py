"""Orders as the models read them: per customer the repeat orders, the time of the last one, the time observed.

Orders of one customer on one day count as one occasion. Time runs in weeks, plain or by the calendar's index.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from ecomplan.behaviour.lifetime.clock import Clock
from ecomplan.errors import DataError

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Counts:
    """Unique rows of (x, last, age) and how many customers stand behind each.

    x: orders after the first; last: weeks from the first to the last order (0 where x is 0); age: weeks from the
    first order to the end; weight: customers. `row_of` leads from a customer to its row.
    """

    x: Floats
    last: Floats
    age: Floats
    weight: Floats
    row_of: Ints

    @cached_property
    def x_levels(self) -> tuple[Floats, Ints]:
        """Distinct numbers of repeat orders and, for each row, which one it has."""
        levels, of = np.unique(self.x, return_inverse=True)
        return levels, of.reshape(-1).astype(np.int64)

    @property
    def customers(self) -> int:
        return int(self.weight.sum())

    def mean_gap_weeks(self) -> float:
        """Weeks observed for each repeat order, over all customers."""
        return float(self.weight @ self.age) / max(float(self.weight @ self.x), 1.0)


def compress(x: npt.ArrayLike, last: npt.ArrayLike, age: npt.ArrayLike) -> Counts:
    """Customers' (x, last, age) as unique rows with weights.

    Raises DataError for values no customer can have (last after age, repeat orders with no time between) and
    where nobody ordered twice, for then no model of repeat orders is identified.
    """
    table = np.column_stack([np.asarray(part, dtype=float) for part in (x, last, age)])
    if not len(table):
        raise DataError("customer counts: no customer; expected at least one with an order")
    wrong = ~np.isfinite(table).all(axis=1) | (table < 0).any(axis=1) | (table[:, 1] > table[:, 2] + 1e-9)
    wrong |= (table[:, 0] > 0) != (table[:, 1] > 0)
    if wrong.any():
        at = int(np.argmax(wrong))
        raise DataError(
            f"customer counts, row {at}: x = {table[at, 0]:g}, last = {table[at, 1]:g}, age = {table[at, 2]:g} weeks; "
            f"expected 0 <= last <= age, and last above 0 exactly where x is"
        )
    if not (table[:, 0] > 0).any():
        raise DataError(
            f"customer counts: none of {len(table)} customers ordered twice; repeat orders, lifetime and value cannot "
            f"be modelled before some have (longer history, or column customer_id is not one a person)"
        )
    # sort rows by their three keys; far quicker than np.unique over an axis
    order = np.lexsort(table.T[::-1])
    ordered = table[order]
    first = np.ones(len(table), dtype=bool)
    first[1:] = (ordered[1:] != ordered[:-1]).any(axis=1)
    row_of = np.empty(len(table), dtype=np.int64)
    row_of[order] = np.cumsum(first) - 1
    rows = ordered[first]
    weight = np.bincount(row_of).astype(float)
    return Counts(rows[:, 0].copy(), rows[:, 1].copy(), rows[:, 2].copy(), weight, row_of)


def occasions(orders: pd.DataFrame, end: pd.Timestamp) -> pd.DataFrame:
    """One row a customer and day with an order before `end`: customer_id, day, amount; sorted.

    `orders`: time, customer_id, amount. Raises DataError where no order has a customer.
    """
    known = orders[(orders["time"] < end) & orders["customer_id"].notna()]
    if known.empty:
        raise DataError(f"table orders: no order with a customer_id before {end:%Y-%m-%d}; lifetime needs it")
    day = known["time"].dt.normalize()
    return known.assign(day=day).groupby(["customer_id", "day"], sort=True)["amount"].sum().reset_index()


def histories(frame: pd.DataFrame, end: pd.Timestamp) -> pd.DataFrame:
    """One row a customer with an occasion before `end`: customer_id, first, last_day (dates), x (repeat orders)."""
    seen = frame[frame["day"] < end]
    if seen.empty:
        raise DataError(f"table orders: no order with a customer_id before {end:%Y-%m-%d}; the history is too short")
    grouped = seen.groupby("customer_id", sort=True)["day"].agg(["min", "max", "size"])
    return pd.DataFrame({
        "customer_id": grouped.index.to_numpy(), "first": grouped["min"].to_numpy(),
        "last_day": grouped["max"].to_numpy(), "x": grouped["size"].to_numpy(dtype=float) - 1,
    })


def summarise(history: pd.DataFrame, end: pd.Timestamp, clock: Clock) -> pd.DataFrame:
    """The histories with last (weeks from first to last order) and age (weeks from first order to `end`)."""
    begin = clock.weeks(history["first"])
    return history.assign(last=clock.weeks(history["last_day"]) - begin, age=float(clock.weeks(end)) - begin)
