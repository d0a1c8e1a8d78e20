"""What the calendar explains: regressors for weekdays, leap days, moving feasts, sales events, closing days.

Every column is first a column of days and then summed over the days of each period, so that a month's value
is the sum of its days' values. Trading-day contrasts and the pre-Easter share as in Bell & Hillmer (1983).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ecomplan.errors import ParameterError
from ecomplan.forecast.engine.holidays import EVENTS, Event, bank_holidays, easter, event_day, spring_festival

Floats = NDArray[np.float64]
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat")  # each against Sunday
FEAST_DAYS = 7  # the days of trade before Easter or the Spring Festival that move with it
DAY = pd.Timedelta(days=1)
#: pandas' names of periods by what their label is: the day itself, the first day, the last day
DAILY = frozenset({"D", "B", "C"})
STARTS = frozenset({"MS", "BMS", "QS", "BQS", "YS", "BYS"})
ENDS = frozenset({"ME", "BME", "QE", "BQE", "YE", "BYE"})


def calendar_regressors(
    ds: pd.DatetimeIndex,
    freq: str,
    *,
    country: str | None = "GB",
    events: Sequence[str | Event] = EVENTS,
    closed: Iterable[date | pd.Timestamp] | None = None,
) -> tuple[Floats, tuple[str, ...]]:
    """Calendar regressors of the periods `ds` (history and horizon together): (matrix [len, k], names).

    `freq` monthly, quarterly, yearly, weekly (the label is the week's last day, as pandas has it) or daily.
    Columns: weekday contrasts (`trading_mon` ...: Mondays less Sundays) and `leap` for months and longer;
    `easter` (GB) or `spring_festival` (CN), the share of the week before it that falls into the period;
    `holidays`, bank holidays of `country` in the period (None: no holidays); one column an event; `closed`, the
    shop's own closing days in the period. Columns that cannot help are still there: see `informative`.
    """
    first, last = period_bounds(ds, freq)
    table = days_table(first.min(), last.max(), country=country, events=events, closed=closed)
    if bool(((last - first) < pd.Timedelta(days=27)).any()):  # every week has each weekday once; the season has days'
        table = table.drop(columns=[name for name in table if str(name).startswith("trading_") or name == "leap"])
    running = np.vstack([np.zeros((1, table.shape[1])), np.cumsum(table.to_numpy(float), axis=0)])
    begin, end = ((edge - first.min()).days.to_numpy() for edge in (first, last))
    return np.round(running[end + 1] - running[begin], 9), tuple(str(name) for name in table)


def days_table(
    first: pd.Timestamp,
    last: pd.Timestamp,
    *,
    country: str | None = "GB",
    events: Sequence[str | Event] = EVENTS,
    closed: Iterable[date | pd.Timestamp] | None = None,
) -> pd.DataFrame:
    """The regressors day by day, `first` to `last` (both included), indexed by day."""
    days = pd.date_range(first, last, freq="D")
    years = range(days[0].year, days[-1].year + 2)  # the week before a feast may fall into the year before
    weekday = days.weekday.to_numpy()
    columns: dict[str, Floats] = {
        f"trading_{name}": (weekday == i).astype(float) - (weekday == 6) for i, name in enumerate(WEEKDAYS)
    }
    # X-13's length of February, .75 in leap years and -.25 in others, spread over its days
    leap = days.is_leap_year
    columns["leap"] = np.where(days.month == 2, np.where(leap, 0.75 / 29, -0.25 / 28), 0.0)
    if country is not None:
        moving = {"GB": ("easter", easter), "CN": ("spring_festival", spring_festival)}
        holidays = [day for year in years for day in bank_holidays(country, year)]
        name, feast = moving[country]
        week = [feast(year) - timedelta(back) for year in years for back in range(1, FEAST_DAYS + 1)]
        columns[name] = _on(days, week) / FEAST_DAYS
        columns["holidays"] = _on(days, holidays)
    for event in events:
        if isinstance(event, Event):
            columns[f"event_{event.name}"] = _on(days, event.days)
        else:
            columns[f"event_{event}"] = _on(days, [event_day(event, year) for year in years])
    if closed is not None:
        columns["closed"] = _on(days, closed)
    return pd.DataFrame(columns, index=days)


def knows(freq: str) -> bool:
    """Whether periods of `freq` have a calendar: whole days, weeks, months, quarters or years."""
    offset = pd.tseries.frequencies.to_offset(freq)
    assert offset is not None
    return offset.name.split("-")[0] in DAILY | {"W"} | STARTS | ENDS


def period_bounds(ds: pd.DatetimeIndex, freq: str) -> tuple[pd.DatetimeIndex, pd.DatetimeIndex]:
    """First and last day of each period of `freq` labelled `ds`; ParameterError for steps below a day."""
    offset = pd.tseries.frequencies.to_offset(freq)
    assert offset is not None
    kind = offset.name.split("-")[0]
    labels = ds.normalize()
    if kind in DAILY:
        return labels, labels + (offset.n - 1) * DAY
    if kind == "W":
        return labels - (7 * offset.n - 1) * DAY, labels
    if kind in STARTS:
        start = labels.to_period("M").to_timestamp()
        return start, start + pd.DateOffset(months=_months(kind) * offset.n) - DAY
    if kind in ENDS:
        after = labels.to_period("M").to_timestamp() + pd.DateOffset(months=1)
        return after - pd.DateOffset(months=_months(kind) * offset.n), after - DAY
    raise ParameterError(f"freq: {freq!r} has no calendar regressors; it must be daily, weekly, monthly or longer")


def informative(matrix: Floats, season: int) -> NDArray[np.bool_]:
    """Which columns [k] of a training part [n, k] say something that season, level and the columns before
    them do not: changes over one season (over one period where n is too short) not spanned by earlier ones."""
    lag = season if len(matrix) > 2 * season else 1
    changes = matrix[lag:] - matrix[:-lag]
    keep = np.zeros(matrix.shape[1], dtype=bool)
    basis: list[Floats] = []
    for j in range(matrix.shape[1]):
        rest = changes[:, j].astype(float)
        size = float(np.linalg.norm(rest))
        for direction in basis:
            rest = rest - direction * (direction @ rest)
        left = float(np.linalg.norm(rest))
        if size > 1e-9 and left > 1e-6 * size and len(basis) < len(changes) - 1:
            keep[j] = True
            basis.append(rest / left)
    return keep


def _on(days: pd.DatetimeIndex, held: Iterable[date | pd.Timestamp]) -> Floats:
    """One on each day of `days` that is `held` (a day named twice counts once)."""
    wanted = pd.DatetimeIndex(sorted({pd.Timestamp(day).normalize() for day in held}))
    return days.isin(wanted).astype(float)


def _months(kind: str) -> int:
    return {"M": 1, "Q": 3, "Y": 12}[kind.removeprefix("B")[0]]
