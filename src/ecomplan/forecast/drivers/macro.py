"""Macro indicators from an own table: none comes with the data, and none is made up."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ecomplan.errors import DataError
from ecomplan.forecast.drivers.regressors import MACRO
from ecomplan.forecast.drivers.shapley import Design

Floats = npt.NDArray[np.float64]
MOVES = (-2.0, -1.0, 1.0, 2.0)  # standard deviations: moderate and severe, both ways


def read(path: Path) -> pd.DataFrame:
    """A macro table: `month` (2025-03 or a date) and one column of numbers an indicator, a row a month.

    Raises DataError naming file, column and row for a missing file, no `month`, no indicator, a month that cannot be
    read, stands twice or is left out, and a value that is no finite number.
    """
    try:
        raw = pd.read_csv(path)
    except FileNotFoundError:
        raise DataError(
            f"{path.name}: the macro table is missing; drivers.macro_table names it, empty text does without"
        ) from None
    if "month" not in raw.columns:
        raise DataError(f"{path.name}: column month is missing; found {', '.join(map(str, raw.columns))}")
    names = [str(name) for name in raw.columns if name != "month"]
    if not names:
        raise DataError(f"{path.name}: no indicator beside column month")
    month: Any = pd.to_datetime(raw["month"].astype(str), errors="coerce")
    if month.isna().any():
        row = int(np.flatnonzero(month.isna())[0])
        raise DataError(f"{path.name}: row {row + 2}: month {raw['month'].iloc[row]!r} is no month; write 2025-03")
    month = month.dt.to_period("M").dt.to_timestamp()
    if month.duplicated().any():
        raise DataError(f"{path.name}: month {month[month.duplicated()].iloc[0]:%Y-%m} stands twice")
    table: pd.DataFrame = raw[names].apply(pd.to_numeric, errors="coerce")
    bad = ~np.isfinite(table.to_numpy(float))
    if bad.any():
        row, column = (int(part[0]) for part in np.nonzero(bad))
        raise DataError(f"{path.name}: row {row + 2}, column {names[column]}: {raw[names[column]].iloc[row]!r} is no "
                        f"finite number")
    table.insert(0, "month", month)
    table = table.sort_values("month", ignore_index=True)
    whole = pd.date_range(table["month"].iloc[0], table["month"].iloc[-1], freq="MS")
    if len(whole) != len(table):
        raise DataError(f"{path.name}: month {whole.difference(pd.DatetimeIndex(table['month']))[0]:%Y-%m} is missing")
    return table


def load(folder: Path, name: str) -> pd.DataFrame:
    """The macro table `name` in `folder`; where `name` is empty, a table without indicators."""
    return read(folder / name) if name else pd.DataFrame({"month": pd.Series(dtype="datetime64[us]")})


def group(table: pd.DataFrame, starts: pd.Series, lag_months: int) -> dict[str, Floats]:
    """The macro group [weeks, indicators]: each week sees the month `lag_months` before its own; NaN where the table
    has none. No group without an indicator.

    With a lag of at least one month no number is used before its month is over; choose the lag by when the source
    publishes.
    """
    if table.shape[1] < 2:
        return {}
    month = (starts.dt.to_period("M") - lag_months).dt.to_timestamp()
    return {MACRO: np.asarray(table.set_index("month").reindex(month).to_numpy(float))}


def scenarios(design: Design, table: pd.DataFrame, ridge: float) -> pd.DataFrame:
    """indicator, move (in its standard deviations), effect on sales (share) with all else equal, by the fit to all
    weeks; no rows without a macro group."""
    columns = ["indicator", "move", "effect"]
    if MACRO not in design.names:
        return pd.DataFrame({"indicator": pd.Series(dtype="str"), "move": [], "effect": []})
    x = design.subset(2 ** len(design.names) - 1)
    scale = x.std(0)
    live = scale > 1e-9
    z = np.where(live, (x - x.mean(0)) / np.where(live, scale, 1), 0)
    beta = np.linalg.solve(z.T @ z + max(ridge, 1e-9) * np.eye(z.shape[1]), z.T @ (design.y - design.y.mean()))
    before = design.names[: design.names.index(MACRO)]
    begin = sum(design.groups[name].shape[1] for name in before)
    names = [str(name) for name in table.columns if name != "month"]
    return pd.DataFrame([
        {"indicator": name, "move": move, "effect": float(np.expm1(beta[begin + at] * move))}
        for at, name in enumerate(names) for move in MOVES
    ], columns=columns)
