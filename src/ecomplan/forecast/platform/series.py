"""Monthly series from orders, and what makes a series fit for a forecast."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ecomplan.errors import DataError

SEASON = 12  # months
LONGEST_MONTHS = 36  # months that a saved model can forecast
#: the series that promises are made on: each needs a value above zero in every month
SERIES = ("sales", "orders", "active_customers")
#: what follows from them: new customers are a share of the active ones, order value is sales over orders
BASE = (*SERIES, "new_customers")
ALL = (*BASE, "order_value")
NAMES = {
    "sales": "Sales", "orders": "Orders", "active_customers": "Active customers", "new_customers": "New customers",
    "order_value": "Order value",
}
#: a year to look back on and three changes against it: the least that any model here learns from
MIN_TRAINING_MONTHS = SEASON + 3
# ASSUME: a month without a new customer counts as half a one where logs and percentages need a value above zero
LEAST_NEW = 0.5


def monthly_series(orders: pd.DataFrame, calendar: pd.DataFrame) -> pd.DataFrame:
    """The five series of each full month.

    `orders`: order_id, time, customer_id (null where unidentified), amount (goods sold, fees excluded).
    `calendar`: month (first day), in_full_month. Returns the long frame month, series, value: sales and order value
    (sales over orders) in the platform's currency; orders, active customers (distinct identified ones) and new
    customers (identified, first order of all in the month) as counts. The shop may be older than its data: in the
    first months nearly every customer counts as new.

    Raises DataError for a missing column, an order outside the calendar or a full month without orders.
    """
    for table, frame, columns in (
        ("orders", orders, ("order_id", "time", "customer_id", "amount")),
        ("calendar", calendar, ("month", "in_full_month")),
    ):
        if missing := [name for name in columns if name not in frame.columns]:
            found = ", ".join(map(str, frame.columns))
            raise DataError(f"table {table}: column {missing[0]} is missing; found {found}")
    month_of = orders["time"].dt.to_period("M").dt.to_timestamp()
    known = pd.DatetimeIndex(calendar["month"].unique())
    outside = ~month_of.isin(known)
    if outside.any():
        raise DataError(f"table orders: {orders['order_id'][outside].iloc[0]} lies outside the calendar's months")
    full = pd.DatetimeIndex(sorted(calendar.loc[calendar["in_full_month"], "month"].unique()))
    if full.empty:
        raise DataError("table calendar: no full month; a forecast needs at least one")
    by_month = orders.groupby(month_of)
    first = month_of.groupby(orders["customer_id"]).min()
    wide = pd.DataFrame({
        "sales": by_month["amount"].sum(),
        "orders": by_month["order_id"].nunique().astype(float),
        "active_customers": by_month["customer_id"].nunique().astype(float),
    }).reindex(full)
    wide["new_customers"] = first.value_counts().reindex(full, fill_value=0).astype(float)
    wide["order_value"] = wide["sales"] / wide["orders"]
    long = wide.rename_axis("month").reset_index().melt("month", var_name="series", value_name="value")
    long["month"] = long["month"].astype("datetime64[us]")
    return long


def log_matrix(monthly: pd.DataFrame, origins: int) -> tuple[pd.DatetimeIndex, np.ndarray]:
    """(months, natural logs [months x BASE]) of a long frame, checked for a backtest.

    Raises DataError, naming the series and the reason, for a month that stands twice or is missing, a value
    that is not above zero (logs need that; new customers may be none), a series that starts or ends apart from the
    others, and a history too short for `origins` one-month-ahead origins.
    """
    if monthly.empty:
        raise DataError("table monthly: no rows; expected month, series, value")
    first, last = monthly["month"].min(), monthly["month"].max()
    months = pd.date_range(first, last, freq="MS", unit="us")
    columns = []
    for name in BASE:
        part = monthly[monthly["series"] == name].set_index("month")["value"]
        if part.index.has_duplicates:
            raise DataError(f"series {name}: month {part.index[part.index.duplicated()][0]:%Y-%m} stands twice")
        filled = part.reindex(months)
        if len(filled) != len(part.index.union(months)):
            raise DataError(f"series {name}: {part.index.difference(months)[0]:%Y-%m-%d} is no first of a month")
        if filled.isna().any():
            gap = months[filled.isna()][0]
            raise DataError(f"series {name}: month {gap:%Y-%m} is missing between {first:%Y-%m} and {last:%Y-%m}")
        if name not in SERIES:
            filled = filled.clip(lower=LEAST_NEW)
        if (filled <= 0).any() or not np.isfinite(filled).all():
            bad = filled[(filled <= 0) | ~np.isfinite(filled)]
            raise DataError(
                f"series {name}: month {bad.index[0]:%Y-%m} is {bad.iloc[0]:g}; logs need values above zero"
            )
        columns.append(np.log(filled.to_numpy(dtype=float)))
    needed = MIN_TRAINING_MONTHS + origins
    if len(months) < needed:
        raise DataError(
            f"series {SERIES[0]}: {len(months)} full months are too short; {origins} origins with at least "
            f"{MIN_TRAINING_MONTHS} months of training need {needed} (a season has {SEASON} months)"
        )
    return months, np.column_stack(columns)


def with_order_value(logs: np.ndarray) -> np.ndarray:
    """[..., BASE] in logs -> [..., ALL]: order value is sales less orders."""
    return np.concatenate([logs, logs[..., :1] - logs[..., 1:2]], axis=-1)
