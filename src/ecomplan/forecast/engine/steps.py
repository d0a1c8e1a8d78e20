"""The step of a panel's calendar: the frequency read off the dates, its season, its dates on and ahead."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ecomplan.errors import DataError, ParameterError

# periods in the cycle that a frequency of one step is known for
SEASONS = {
    "MS": 12, "ME": 12, "BMS": 12, "BME": 12, "QS": 4, "QE": 4, "BQS": 4, "BQE": 4,
    "W": 52, "D": 7, "B": 5, "h": 24, "YS": 1, "YE": 1, "BYS": 1, "BYE": 1,
}  # fmt: skip
LONG_NAMES = {"M": "ME", "Q": "QE", "Y": "YE", "A": "YE", "H": "h"}  # older aliases; dates at the start: ..S
VOTERS = 50  # series which are asked for their frequency


def season_of(freq: str) -> int:
    """Periods in the cycle of `freq`: 12 monthly, 4 quarterly, 52 weekly, 7 daily, 5 working days, 24 hourly,
    else 1. A multiple of a step has the shorter cycle where it divides it (2MS: 6)."""
    offset = _offset(freq)
    season = SEASONS.get(offset.name.split("-")[0], 1)
    return season // offset.n if season % offset.n == 0 else 1


def tidy_freq(freq: str, ds: pd.DatetimeIndex) -> str:
    """The frequency that the user named, in pandas' present alias; "M", "Q", "Y" start or end as the dates do."""
    head, _, anchor = freq.partition("-")
    name = LONG_NAMES.get(head, head)
    first = ds.dropna()[:1]
    if head in ("M", "Q", "Y", "A") and len(first) and first[0].day == 1:
        name, anchor = f"{name[0]}S", ""
    elif head == "W" and not anchor and len(first):
        anchor = first[0].day_name()[:3].upper()
    return str(_offset(f"{name}-{anchor}" if anchor else name).freqstr)


def infer_freq(ids: NDArray[np.int64], ds: pd.DatetimeIndex, names: Sequence[str]) -> str:
    """The frequency most series have; `ds` sorted within `ids`. DataError where no series' dates tell one."""
    rows_of = pd.Series(np.arange(len(ids))).groupby(ids).indices
    chosen = list(rows_of)[:: max(1, len(rows_of) // VOTERS)]
    votes: Counter[str] = Counter()
    for group in chosen:
        dates = ds[rows_of[group]].dropna().unique()
        found = pd.infer_freq(dates) if len(dates) >= 3 else None
        found = found or _guess(dates)
        if found:
            votes[found] += 1
    if not votes:
        raise DataError(
            f"series {names[0]!r}: no frequency can be read off its dates (ds), mixed or unknown, nor off any other's; "
            "if they have one, name it: freq (--freq) MS for months, W-SUN, D, ..."
        )
    return votes.most_common(1)[0][0]


def grid_of(freq: str, ds: pd.DatetimeIndex, ahead: int) -> pd.DatetimeIndex:
    """Every date of `freq` from the first of `ds` to `ahead` periods past the last."""
    known = ds.dropna()
    offset = _offset(freq)
    if not len(known):
        raise DataError("series: no row has a date (ds)")
    first, last = known.min(), known.max()
    grid = pd.date_range(first, last, freq=offset).as_unit("us")
    if not len(grid):
        raise DataError(f"series: no date of the frequency {freq} lies between {first:%Y-%m-%d} and {last:%Y-%m-%d}")
    later = pd.date_range(grid[-1], periods=ahead + 1, freq=offset).as_unit("us")
    return pd.DatetimeIndex(grid.append(later[1:]))


def _offset(freq: str) -> pd.tseries.offsets.BaseOffset:
    try:
        offset = pd.tseries.frequencies.to_offset(freq)
    except ValueError as error:
        raise ParameterError(f"freq: {freq!r} is no frequency; use MS, ME, QS, W-SUN, D, YS or the like") from error
    assert offset is not None
    return offset


def _guess(dates: pd.DatetimeIndex) -> str | None:
    """The frequency of dates with gaps: the finest common calendar they lie on, so that gaps can be named."""
    if len(dates) < 2 or bool((dates != dates.normalize()).any()):
        return None
    months = np.diff(dates.year * 12 + dates.month)
    days = np.diff(dates.asi8) // (24 * 3600 * 10**6)
    for on_calendar, month, quarter, year in (
        (dates.is_month_start, "MS", "QS", "YS"), (dates.is_month_end, "ME", "QE", "YE"),
    ):
        if bool(np.all(on_calendar)) and days.min() >= 28:
            if (months % 12 == 0).all():
                return f"{year}-{dates[0]:%b}".upper()
            return f"{quarter}-{dates[0]:%b}".upper() if (months % 3 == 0).all() else month
    if (days % 7 == 0).all():
        return f"W-{dates[0]:%a}".upper()
    return "D" if (days == 1).mean() > 0.5 else None
