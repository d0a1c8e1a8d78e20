"""The long frame of a panel (unique_id, ds, y, regressors): read, checked, sorted, cut into series.

What can be forecast is let through (constant, all zero, negative, short but at least six values); what
cannot (duplicates, gaps, missing or infinite or huge values, dates off the calendar) is refused with the
series' name and the reason, or left out and listed. The checks run over all rows at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ecomplan.errors import DataError, ParameterError
from ecomplan.forecast.engine.dates import Dates, no_dates_meant, read_dates
from ecomplan.forecast.engine.steps import grid_of, infer_freq, season_of, tidy_freq

Floats = NDArray[np.float64]

QUANTILES: tuple[float, ...] = (0.025, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.975)
MINIMUM_LENGTH = 6  # values: below, not even a spread can be estimated
LONGEST = 10_000_000  # periods that integer ds may span (time stamps in seconds are meant as dates)
LARGEST = 1e15  # beyond, float64 has no digits left for differences
KEYS = ("unique_id", "ds", "y")


def column_of(quantile: float) -> str:
    """The column's name of a quantile: 0.025 -> q025, 0.1 -> q10, 0.975 -> q975."""
    percent = round(quantile * 100, 6)
    return f"q{round(percent):02d}" if float(percent).is_integer() else f"q{round(quantile * 1000):03d}"


QUANTILE_COLUMNS: tuple[str, ...] = tuple(column_of(q) for q in QUANTILES)


@dataclass(frozen=True)
class Series:
    """One checked series: `y` [n] at `ds` [n], regressors [n, k] and their values ahead [h, k].

    `future` has no rows where it was not asked for (a backtest). `log` says whether the working scale is the
    logarithm (every y > 0) or the level.
    """

    unique_id: str
    ds: Dates
    y: Floats
    regressors: Floats
    future: Floats
    log: bool

    @property
    def constant(self) -> bool:
        """All values the same (all zero included): the forecast is that value, with no spread."""
        return bool(np.ptp(self.y) == 0.0)

    @property
    def z(self) -> Floats:
        """`y` on the working scale [n]."""
        return np.log(self.y) if self.log else self.y.copy()

    def before(self, end: int, horizon: int) -> Series:
        """The series as it stood after its first `end` values; the regressors of the next `horizon`
        periods (fewer where the series ends before) become its future."""
        y = self.y[:end]
        return replace(
            self, ds=self.ds[:end], y=y, regressors=self.regressors[:end],
            future=self.regressors[end : end + horizon], log=bool((y > 0).all()),
        )


@dataclass(frozen=True)
class Panel:
    """The checked series in the order of their first row, with the calendar they share.

    `freq` is pandas' alias ("MS", "W-SUN", ...; None for integer `ds`), `season` the periods of its cycle,
    `ds_ahead` the `horizon` dates after each series' end, `names` the regressors', `skipped` what was left
    out as (unique_id, reason).
    """

    series: tuple[Series, ...]
    freq: str | None
    season: int
    ds_ahead: tuple[Dates, ...]
    horizon: int
    names: tuple[str, ...] = ()
    skipped: tuple[tuple[str, str], ...] = ()

    def __len__(self) -> int:
        return len(self.series)


def read_panel(
    frame: pd.DataFrame,
    horizon: int,
    *,
    freq: str | None = None,
    future: pd.DataFrame | None = None,
    on_bad: Literal["raise", "skip"] = "raise",
    need_future: bool = True,
) -> Panel:
    """Check and cut `frame` (unique_id, ds, y, any further numeric columns as regressors).

    `future` (unique_id, ds, the same regressors) holds the regressors `horizon` periods past each series'
    end; without regressors it is not looked at, with `need_future=False` (a backtest) it may be missing.
    Integer `ds` counts periods by ones; `freq` then only tells the season. Raises DataError naming series
    and reason; with `on_bad="skip"` bad series are left out and listed (still a DataError if none is left).
    """
    if horizon < 1:
        raise ParameterError(f"horizon: {horizon} is not a number of periods; it must be 1 or more")
    if on_bad not in ("raise", "skip"):
        raise ParameterError(f"on_bad: {on_bad!r} is unknown; it must be 'raise' or 'skip'")
    _columns(frame, KEYS, "series")
    if frame.empty:
        raise DataError("series: the table has no rows")
    names = tuple(str(column) for column in frame.columns if column not in KEYS)
    ids, first_of, ds, order = _sorted(frame)
    counts = np.bincount(ids, minlength=len(first_of))
    starts = np.concatenate([[0], np.cumsum(counts)])[:-1]
    faults = _Faults(ids, [str(name) for name in first_of])

    dates = frame["ds"].to_numpy(dtype=object)[order]
    y = _numbers(frame["y"])[order]
    _check_values(faults, frame["y"].to_numpy()[order], y, "y", ds)
    matrix = np.column_stack([_numbers(frame[name])[order] for name in names]) if names else np.empty((len(y), 0))
    for j, name in enumerate(names):
        _check_values(faults, frame[name].to_numpy()[order], matrix[:, j], f"regressor {name!r}", ds)

    dated = isinstance(ds, pd.DatetimeIndex)
    if isinstance(ds, pd.DatetimeIndex):
        faults.rows(np.asarray(ds.isna()), lambda row: f"ds {dates[row]!r} is missing or no date")
        freq = tidy_freq(freq, ds) if freq else infer_freq(ids, ds, faults.names)
        grid: Dates = grid_of(freq, ds, horizon)
        place = np.asarray(pd.DatetimeIndex(grid).get_indexer(ds))
        faults.rows(place < 0, lambda row: f"{_day(ds[row])} is not a date of the frequency {freq}: mixed or unknown")
    else:
        low = int(ds.min())
        no_dates_meant(ds)
        if int(ds.max()) - low > LONGEST:
            raise DataError(f"series: ds runs from {low} to {ds.max()}; whole numbers count periods by ones, use dates")
        grid = np.arange(low, int(ds.max()) + horizon + 1, dtype=np.int64)
        place = ds - low
    step = np.diff(place, prepend=-1)
    step[starts] = 1
    faults.rows(step == 0, lambda row: f"{_day(ds[row])} is there twice (duplicates)")
    faults.rows(step > 1, lambda row: f"gap of {step[row] - 1} between {_day(ds[row - 1])} and {_day(ds[row])}")
    faults.groups(counts < MINIMUM_LENGTH, lambda i: f"{counts[i]} values; at least {MINIMUM_LENGTH} are needed")

    last = np.where(counts > 0, place[starts + counts - 1], 0)
    if need_future and names:
        ahead = _future(future, names, faults, grid, last, horizon)
    else:
        ahead = np.empty((len(counts), horizon if need_future else 0, len(names)))
    kept = faults.settle(on_bad)
    series, ds_ahead = [], []
    for i in kept:
        rows = slice(starts[i], starts[i] + counts[i])
        head = place[starts[i]]
        series.append(Series(
            unique_id=str(first_of[i]), ds=grid[head : head + counts[i]], y=y[rows], regressors=matrix[rows],
            future=ahead[i], log=bool((y[rows] > 0).all()),
        ))
        ds_ahead.append(grid[last[i] + 1 : last[i] + 1 + horizon])
    season = season_of(freq) if freq else 1
    return Panel(
        series=tuple(series), freq=freq if dated else None, season=season, ds_ahead=tuple(ds_ahead), horizon=horizon,
        names=names, skipped=tuple(faults.listed()),
    )


class _Faults:
    """The first fault of every series, in the order in which the checks run."""

    def __init__(self, ids: NDArray[np.int64], names: Sequence[str]) -> None:
        self.ids, self.names = ids, names
        self.found: dict[int, str] = {}

    def rows(self, bad: NDArray[np.bool_], say: Any) -> None:
        """Note the first bad row of each series; `say(row)` words it."""
        rows = np.flatnonzero(bad)
        groups, first = np.unique(self.ids[rows], return_index=True)
        for group, row in zip(groups, rows[first], strict=True):
            self.found.setdefault(int(group), say(row))

    def groups(self, bad: NDArray[np.bool_], say: Any) -> None:
        """Note every bad series; `say(series)` words it."""
        for group in np.flatnonzero(bad):
            self.found.setdefault(int(group), say(group))

    def listed(self) -> list[tuple[str, str]]:
        return [(self.names[i], self.found[i]) for i in sorted(self.found)]

    def settle(self, on_bad: str) -> list[int]:
        """The numbers of the good series; DataError where a bad one may not be left out."""
        kept = [i for i in range(len(self.names)) if i not in self.found]
        if self.found and (on_bad == "raise" or not kept):
            (name, reason), *others = self.listed()
            more = f" ({len(others)} more series cannot be read, next {others[0][0]!r})" if others else ""
            raise DataError(f"series {name!r}: {reason}{more}")
        return kept


def _columns(frame: pd.DataFrame, wanted: Sequence[str], table: str) -> None:
    missing = [name for name in wanted if name not in frame.columns]
    if missing:
        found = ", ".join(str(column) for column in frame.columns)
        raise DataError(f"{table}: column {missing[0]!r} is missing; expected {', '.join(wanted)}, found {found}")
    if not frame.columns.is_unique:
        twice = frame.columns[frame.columns.duplicated()][0]
        raise DataError(f"{table}: column {twice!r} is there twice")
    if frame["unique_id"].isna().any():
        raise DataError(f"{table}: unique_id is empty in row {int(np.flatnonzero(frame['unique_id'].isna())[0]) + 1}")


def _sorted(frame: pd.DataFrame) -> tuple[NDArray[np.int64], Any, Dates, NDArray[np.int64]]:
    """Series numbers (in order of first appearance), their names, sorted dates, and the order of the rows."""
    ids, names = pd.factorize(frame["unique_id"])
    ds = read_dates(frame["ds"], "series")
    values = ds.asi8 if isinstance(ds, pd.DatetimeIndex) else ds
    order = np.lexsort((values, ids))
    return ids[order].astype(np.int64), names, ds[order], order


def _numbers(column: pd.Series) -> Floats:
    return pd.to_numeric(column, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)


def _check_values(faults: _Faults, raw: Any, values: Floats, what: str, ds: Dates) -> None:
    faults.rows(np.isnan(values), lambda row: f"{what} at {_day(ds[row])} is missing or no number: {_raw(raw[row])}")
    faults.rows(np.isinf(values), lambda row: f"{what} at {_day(ds[row])} is infinite")
    huge = np.abs(values) > LARGEST
    faults.rows(huge, lambda row: f"{what} at {_day(ds[row])} is {values[row]:.3g}, beyond 1e15: use a larger unit")


def _future(
    future: pd.DataFrame | None, names: tuple[str, ...], faults: _Faults,
    grid: Dates, last: NDArray[np.int64], horizon: int,
) -> Floats:
    """The regressors ahead [series, horizon, k]; what is missing or no number is noted as a fault."""
    if future is None:
        raise DataError(f"regressors {', '.join(names)}: future, their values {horizon} periods ahead, is missing")
    _columns(future, ("unique_id", "ds", *names), "future")
    ds = read_dates(future["ds"], "future")
    if isinstance(ds, pd.DatetimeIndex) != isinstance(grid, pd.DatetimeIndex):
        raise DataError("future: ds must be of the same kind (dates or whole numbers) as the series' ds")
    group = pd.Index(faults.names).get_indexer(pd.Index(future["unique_id"].astype(str)))
    lead = np.asarray(pd.Index(grid).get_indexer(pd.Index(ds))) - last[group]
    wanted = (group >= 0) & (lead >= 1) & (lead <= horizon)
    values = np.column_stack([_numbers(future[name]) for name in names])
    ahead = np.full((len(last), horizon, len(names)), np.nan)
    ahead[group[wanted], lead[wanted] - 1] = values[wanted]
    seen = np.zeros((len(last), horizon), dtype=np.int64)
    np.add.at(seen, (group[wanted], lead[wanted] - 1), 1)
    bad = ~(np.isfinite(ahead).all(axis=2) & (np.abs(ahead) <= LARGEST).all(axis=2))

    def day(i: int, at: NDArray[np.bool_]) -> str:
        return _day(grid[last[i] + 1 + int(at.argmax())])

    faults.groups(np.any(seen > 1, axis=1), lambda i: f"future: {day(i, seen[i] > 1)} is there twice")
    faults.groups(
        np.any(bad, axis=1), lambda i: f"future: {', '.join(names)} at {day(i, bad[i])}: missing or no number",
    )
    return ahead


def _raw(value: Any) -> str:
    return repr(value.item() if isinstance(value, np.generic) else value)


def _day(value: Any) -> str:
    if isinstance(value, pd.Timestamp):
        return value.isoformat(sep=" ").removesuffix(" 00:00:00")
    return str(value)
