"""Order lines as arrays of whole numbers, coded once and used by every analysis of the stage."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from ecomplan.behaviour.baskets.estimate import Ints
from ecomplan.errors import DataError

COLUMNS = ["order_id", "time", "customer_id", "product_id", "quantity", "unit_price", "amount", "kind",
           "matched_line_id", "line_id"]
DAYS_A_WEEK = 7


@dataclass(frozen=True)
class Sold:
    """Sale lines up to the end of the last full month; arrays of equal length, one entry a line.

    `customer` is -1 where unknown; `buyer` is the customer, or the order where shops know too few customers.
    `main` marks the lines of the price list that most orders are billed at.
    """

    order: Ints
    customer: Ints
    product: Ints
    month: Ints  # 0 is the first full month
    week: Ints  # whole weeks counted back from the end, 0 is the first whole week, -1 before it
    quantity: Ints
    price: npt.NDArray[np.float64]
    amount: npt.NDArray[np.float64]
    buyer: Ints
    main: npt.NDArray[np.bool_]
    order_ids: npt.NDArray[np.object_]
    product_ids: npt.NDArray[np.object_]
    months: pd.DatetimeIndex
    weeks: int
    by_customer: bool  # whether buyers are customers (else orders)

    def __len__(self) -> int:
        return len(self.order)


def months_of(calendar: pd.DataFrame) -> pd.DatetimeIndex:
    """The full months. Raises DataError where no month is full."""
    full = pd.DatetimeIndex(calendar.loc[calendar["in_full_month"], "month"].drop_duplicates().sort_values())
    if full.empty:
        raise DataError("table calendar: no month is full (column in_full_month is False everywhere)")
    return full


def end_of(months: pd.DatetimeIndex) -> pd.Timestamp:
    """The first instant after the last full month."""
    return pd.Timestamp(months[-1] + pd.DateOffset(months=1))


def sold(lines: pd.DataFrame, months: pd.DatetimeIndex) -> Sold:
    """Code the sale lines that fall into `months`. `lines` as `prepare` leaves them (see `COLUMNS`).

    # ASSUME: orders without a customer number may be billed at another price list (a second sales channel), so
    prices are read from identified lines where these are at least half of all; else all lines and each order
    counts as a buyer of its own. `unidentified_markup` in prices.py measures the difference.
    Raises DataError where a column is missing or nothing was sold in the full months.
    """
    missing = [name for name in COLUMNS if name not in lines.columns]
    if missing:
        raise DataError(f"table lines: column {missing[0]} is missing; found {', '.join(map(str, lines.columns))}")
    start, end = months[0], end_of(months)
    frame = lines[(lines["kind"] == "sale") & (lines["time"] >= start) & (lines["time"] < end)]
    if frame.empty:
        raise DataError(f"table lines: no line of kind sale from {start:%Y-%m-%d} to {end:%Y-%m-%d}")
    order, order_ids = codes(frame["order_id"])
    product, product_ids = codes(frame["product_id"])
    customer, _ = codes(frame["customer_id"])
    day = ((frame["time"].to_numpy() - np.datetime64(start)) // np.timedelta64(1, "D")).astype(np.int64)
    stamp = frame["time"].to_numpy().astype("datetime64[M]").astype(np.int64)
    length = (end - start).days
    weeks = length // DAYS_A_WEEK
    week = np.maximum((day - (length - weeks * DAYS_A_WEEK)) // DAYS_A_WEEK, -1)
    known = customer >= 0
    by_customer = bool(known.mean() >= 0.5)
    return Sold(
        order=order, customer=customer, product=product,
        month=stamp - np.datetime64(start, "M").astype(np.int64), week=week,
        quantity=frame["quantity"].to_numpy(np.int64), price=frame["unit_price"].to_numpy(float),
        amount=frame["amount"].to_numpy(float), buyer=customer if by_customer else order,
        main=known if by_customer else np.ones(len(frame), dtype=bool), order_ids=order_ids,
        product_ids=product_ids, months=months, weeks=weeks, by_customer=by_customer,
    )


def codes(values: pd.Series) -> tuple[Ints, npt.NDArray[np.object_]]:
    """Whole-number codes in order of first appearance (-1 for null) and what they stand for."""
    code, names = pd.factorize(values)
    return code.astype(np.int64), np.asarray(names, dtype=object)


def clusters(customer: pd.Series) -> Ints:
    """A code for each order's customer; an order without a customer is a cluster of its own."""
    code, names = pd.factorize(customer)
    code = code.astype(np.int64)
    unknown = code < 0
    code[unknown] = len(names) + np.arange(int(unknown.sum()))
    return code
