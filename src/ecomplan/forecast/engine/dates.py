"""The column ds read as dates or as whole numbers that count periods; what could be read wrongly is refused."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ecomplan.errors import DataError

Dates = pd.DatetimeIndex | NDArray[np.int64]
SLASHED = r"^\s*(\d{1,2})[/.](\d{1,2})[/.]\d{4}\b"


def read_dates(column: pd.Series, table: str) -> Dates:
    """`ds` as dates without a time zone, or as integers; text that is no date becomes NaT (named later)."""
    if pd.api.types.is_integer_dtype(column) and not column.isna().any():
        return column.to_numpy(dtype=np.int64)
    if pd.api.types.is_numeric_dtype(column):
        raise DataError(f"{table}: ds must hold dates or whole numbers, found {column.dtype}")
    if isinstance(column.dtype, pd.PeriodDtype):
        return pd.DatetimeIndex(column.dt.to_timestamp()).as_unit("us")
    read = pd.DatetimeIndex(pd.to_datetime(column, errors="coerce", **_day_first(column, table)))
    return (read.tz_localize(None) if read.tz is not None else read).as_unit("us")


def no_dates_meant(ds: NDArray[np.int64]) -> None:
    """DataError where whole numbers are months written as 202401 or days as 20240131: no count of periods jumps so."""
    for months, meant in ((ds, "2024-01-01 for 202401"), (ds // 100, "2024-01-31 for 20240131")):
        year, month, day = months // 100, months % 100, ds % 100
        dates = (year >= 1900) & (year < 2100) & (month >= 1) & (month <= 12) & (day >= 1) & (day <= 31)
        if dates.all() and np.ptp(ds // 100) > 0:
            raise DataError(f"series: ds like {int(ds[0])} looks like dates written as numbers; write {meant}")


def _day_first(column: pd.Series, table: str) -> dict[str, Any]:
    """How to read text like 31/01/2024; DataError where nothing in the column tells days from months."""
    if not len(column) or not re.match(SLASHED, str(column.iloc[0])):
        return {}  # dates already, ISO text and the like
    parts = column.astype(str).str.extract(SLASHED, expand=True).dropna()
    first, second = (int(parts[i].astype(int).max()) > 12 for i in (0, 1))
    if first == second:
        raise DataError(f"{table}: ds {str(column.iloc[0])!r}: day or month first? Write dates as 2024-01-31")
    return {"dayfirst": first, "format": "mixed"}
