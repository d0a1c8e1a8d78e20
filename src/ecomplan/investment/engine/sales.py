"""The sales on which levers act: the forecast's sample paths of the plan year, by month and segment of customers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ecomplan.errors import DataError, ParameterError

Array = NDArray[np.float64]
MONTHS = 12
#: segment -> its column in the forecast's table part_paths
COLUMNS = {
    "returning": "sales: Returning customers", "new": "sales: New customers", "anonymous": "sales: Without identity",
}
WHOLE = "all"  # the one segment of a shop whose forecast has no parts


@dataclass(frozen=True)
class Base:
    """Sales without any lever, sorted by the year's total: `sales` (paths, 12, segments) in the platform's money,
    `new_customers` and `orders` (paths, 12)."""

    segments: tuple[str, ...]
    sales: Array
    new_customers: Array
    orders: Array

    @property
    def paths(self) -> int:
        return int(self.sales.shape[0])

    @property
    def shares(self) -> Array:
        """Each path's sales of the year by segment, as shares of its total, shape (paths, segments)."""
        year = self.sales.sum(axis=1)
        return np.asarray(year / np.maximum(year.sum(axis=1, keepdims=True), np.finfo(float).tiny))


def base_sales(
    part_paths: pd.DataFrame | None, paths: pd.DataFrame, plan_year: int | None, horizon_months: int
) -> Base:
    """The plan year of the forecast's tables `part_paths` and `paths` (path, month, sales, orders, new_customers).

    `plan_year` None takes the first year that starts with January and has twelve months. A shop without
    segment columns (or with None for `part_paths`) gets one segment. Raises DataError naming table, column,
    month and path; ParameterError for a horizon below a year.
    """
    if horizon_months < MONTHS:
        raise ParameterError(f"horizon_months = {horizon_months} is refused; expected at least {MONTHS}")
    whole = _table(paths, "paths", ("sales", "orders"), plan_year)
    sales, orders = whole["sales"], whole["orders"]
    newcomers = (
        _table(paths, "paths", ("new_customers",), plan_year)["new_customers"]
        if "new_customers" in paths else np.zeros_like(sales)
    )
    parts = [] if part_paths is None else [name for name in COLUMNS.values() if name in part_paths]
    if parts and len(parts) < len(COLUMNS):
        lacking = next(name for name in COLUMNS.values() if name not in parts)
        raise DataError(f"table part_paths of stage forecast: column {lacking!r} is missing beside {parts[0]!r}")
    if parts and part_paths is not None:
        by_part = _table(part_paths, "part_paths", tuple(COLUMNS.values()), plan_year)
        stacked = np.stack(list(by_part.values()), axis=2)
        if stacked.shape[0] != sales.shape[0]:
            raise DataError(
                f"table part_paths of stage forecast: {stacked.shape[0]} paths; paths has {sales.shape[0]}"
            )
        segments: tuple[str, ...] = tuple(COLUMNS)
    else:
        stacked, segments = sales[:, :, None], (WHOLE,)
    order = np.argsort(stacked.sum(axis=(1, 2)), kind="stable")
    return Base(segments, np.ascontiguousarray(stacked[order]), newcomers[order], orders[order])


def _table(frame: pd.DataFrame, name: str, columns: tuple[str, ...], plan_year: int | None) -> dict[str, Array]:
    """Columns of one table in the plan year, each (paths, 12), paths in ascending order of their number."""
    table = f"table {name} of stage forecast"
    if missing := [column for column in ("path", "month", *columns) if column not in frame]:
        raise DataError(f"{table}: column {missing[0]!r} is missing; found {', '.join(map(str, frame.columns))}")
    months = pd.DatetimeIndex(frame["month"])
    starts = months[months.month == 1]
    if plan_year is None and not len(starts):
        raise DataError(f"{table}: no January among its months; expected the twelve months of the plan year")
    year = int(starts.min().year) if plan_year is None else plan_year
    rows = frame.loc[months.year == year].sort_values(["path", "month"], kind="stable")
    paths, held = np.unique(rows["path"].to_numpy(), return_counts=True)
    found = pd.DatetimeIndex(rows["month"]).unique()
    if len(found) != MONTHS:
        raise DataError(f"{table}: {len(found)} months of {year}; expected {MONTHS}")
    if (held != MONTHS).any():
        row = int(np.argmax(held != MONTHS))
        raise DataError(f"{table}: path {paths[row]} has {held[row]} months of {year}; expected {MONTHS}")
    out = {}
    for column in columns:
        values = rows[column].to_numpy(dtype=np.float64).reshape(-1, MONTHS)
        bad = ~np.isfinite(values) | (values < 0)
        if bad.any():
            path, month = np.argwhere(bad)[0]
            raise DataError(
                f"{table}: column {column!r}, path {paths[path]}, {year}-{month + 1:02d}: {values[path, month]} is "
                f"refused; expected a finite number from 0"
            )
        out[column] = values
    return out
