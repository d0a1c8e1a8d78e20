"""Weeks as they were lived: sales, orders, open days and inflow of customers, one row a week."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ecomplan.errors import DataError

WEEK = 7


def days(calendar: pd.DataFrame, shift_years: int) -> pd.DataFrame:
    """The calendar with `civil` (the day as it was lived: date less `shift_years`) and `week` (counted from Mondays).

    Orders may have been moved by whole years; moving holidays and weekdays are those of the civil day. Only days of
    full months and before are kept. Raises DataError for a missing column or a weekday that is not the civil day's.
    """
    needed = ("date", "month", "weekday", "is_open", "orders", "sales", "in_full_month")
    if missing := [name for name in needed if name not in calendar.columns]:
        found = ", ".join(map(str, calendar.columns))
        raise DataError(f"table calendar: column {missing[0]} is missing; found {found}")
    frame: pd.DataFrame = calendar.sort_values("date", ignore_index=True)
    if not frame["in_full_month"].any():
        raise DataError("table calendar: no full month; drivers need at least a year of them")
    last = frame.loc[frame["in_full_month"], "date"].max()
    frame = frame[frame["date"] <= last].reset_index(drop=True)
    frame["civil"] = frame["date"] - pd.DateOffset(years=shift_years)
    wrong = frame["civil"].dt.weekday != frame["weekday"]
    if wrong.any():
        raise DataError(
            f"table calendar: {frame.loc[wrong, 'date'].iloc[0]:%Y-%m-%d} has weekday "
            f"{frame.loc[wrong, 'weekday'].iloc[0]}, moved back by {shift_years} years it would be another"
        )
    frame["week"] = (frame["weekday"] == 0).cumsum()
    return frame


def weekly(daily: pd.DataFrame, min_open_days: int) -> pd.DataFrame:
    """week, start (first day), days, open_days, orders, sales, used (a whole week with `min_open_days` and sales).

    `daily` as `days` hands it out.
    """
    table = daily.groupby("week").agg(
        start=("date", "min"), end=("date", "max"), days=("date", "size"), open_days=("is_open", "sum"),
        orders=("orders", "sum"), sales=("sales", "sum"),
    ).reset_index()
    table["used"] = (table["days"] == WEEK) & (table["open_days"] >= min_open_days) & (table["sales"] > 0)
    return table


def inflow(orders: pd.DataFrame, daily: pd.DataFrame, silence_days: int) -> pd.Series:
    """Customers by week (index `week`) whose order follows on none within `silence_days`: new ones and returned ones.

    The records begin somewhere, so at first everybody looks new. A look-back of constant length treats all weeks
    alike; weeks inside the first look-back are NaN. Raises DataError without any identified customer.
    """
    known = orders.dropna(subset="customer_id").sort_values("time", kind="stable")
    if known.empty:
        raise DataError("table orders: no identified customer; an inflow of customers cannot be counted")
    gap = known.groupby("customer_id", sort=False)["time"].diff()
    fresh = gap.isna() | (gap > pd.Timedelta(days=silence_days))
    week_of = daily.set_index("date")["week"]
    week = known.loc[fresh, "time"].dt.normalize().map(week_of)
    weeks = sorted(daily["week"].unique())
    counts: pd.Series = week.value_counts().reindex(weeks, fill_value=0).astype(float)
    begun = daily["date"].min() + pd.Timedelta(days=silence_days)
    first = daily.groupby("week")["date"].min()
    counts[(first < begun).to_numpy()] = np.nan
    return counts


def first_orders(orders: pd.DataFrame, daily: pd.DataFrame, burn_in_months: int) -> pd.DataFrame:
    """date, civil, month, is_open, weekday, customers: first orders by day, after `burn_in_months` months."""
    known = orders.dropna(subset="customer_id").sort_values("time", kind="stable")
    first = known.drop_duplicates("customer_id")["time"].dt.normalize().value_counts()
    frame: pd.DataFrame = daily[["date", "civil", "month", "is_open", "weekday"]].copy()
    frame["customers"] = frame["date"].map(first).fillna(0).astype(float)
    months = np.sort(np.asarray(frame["month"].unique()))
    if len(months) <= burn_in_months:
        raise DataError(f"table calendar: {len(months)} months are too short for {burn_in_months} months of burn-in")
    kept: pd.DataFrame = frame[frame["month"] >= months[burn_in_months]]
    return kept.reset_index(drop=True)
