"""Dates moved by whole years, and which months the data cover in full."""

from __future__ import annotations

import numpy as np
import pandas as pd

# ASSUME: a month is covered in full if at most three days are missing at the edge of the data: a shop may be
# closed over a weekend or a holiday. `full_months` checks it against the first and last day.
EDGE_DAYS = 3


def shift_years(time: pd.Series, years: int) -> pd.Series:
    """Every time moved by whole years; day, month and time of day stay.

    29 February becomes 28 February where the year it is moved to has none. Weekdays change with the year.
    """
    if years == 0:
        return time
    days = time.dt.normalize()
    codes, values = pd.factorize(days)
    moved = pd.DatetimeIndex(values) + pd.DateOffset(years=years)
    day = pd.Series(moved.to_numpy().astype("datetime64[us]")[codes], index=time.index)
    result: pd.Series = (day + (time - days)).astype("datetime64[us]")
    return result


def month_of(time: pd.Series) -> pd.Series:
    """The first of the month, midnight, datetime64[us]."""
    return pd.Series(time.to_numpy().astype("datetime64[M]").astype("datetime64[us]"), index=time.index)


def full_months(first: pd.Timestamp, last: pd.Timestamp) -> np.ndarray:
    """First days (datetime64[M]) of the months that data from `first` to `last` cover in full."""
    edge = np.timedelta64(EDGE_DAYS, "D")
    begin, end = np.datetime64(first, "D"), np.datetime64(last, "D")
    months = np.arange(begin.astype("datetime64[M]"), end.astype("datetime64[M]") + 1)
    starts, ends = months.astype("datetime64[D]"), (months + 1).astype("datetime64[D]") - 1
    result: np.ndarray = months[(begin - starts <= edge) & (ends - end <= edge)]
    return result
