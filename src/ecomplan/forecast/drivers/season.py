"""Season by day: indices of months and weekdays, effects of named events, each with its interval.

Log values of open days on month, weekday, a straight trend and event windows, by least squares; standard errors after
Newey & West (1987), since neighbouring days share their errors. An event is also held against every other place in the
calendar where its window could lie (a placebo test).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import ndtri

from ecomplan.errors import DataError

Floats = npt.NDArray[np.float64]
Z80 = float(ndtri(0.9))
MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)
MIN_WEEKDAYS = 10  # open days below which a weekday is left out: the shop opens on it by exception only


@dataclass(frozen=True)
class Season:
    """`months`: month (1 to 12), index, low, high, years · `weekdays`: weekday, index, low, high ·
    `events`: event, days, effect, low, high, placebo_p (effect: share above what month and weekday say)."""

    months: pd.DataFrame
    weekdays: pd.DataFrame
    events: pd.DataFrame
    explained: float


def fit(daily: pd.DataFrame, value: Floats, events: pd.DataFrame, lag_days: int) -> Season:
    """Season of `value` (above zero where used) by day of `daily` (civil, weekday, is_open).

    `events` [days x named events] is 1 on an event's days. Indices are ratios to the geometric mean over the months
    (weekdays) present. Raises DataError with fewer than 60 open days or fewer than two months or weekdays.
    """
    use = daily["is_open"].to_numpy() & (value > 0)
    often = daily["weekday"][use].value_counts()
    use &= daily["weekday"].map(often).fillna(0).to_numpy() >= MIN_WEEKDAYS
    if use.sum() < 60:
        raise DataError(f"season: {int(use.sum())} open days with sales are too few; 60 are needed")
    month, weekday = (daily[use]["civil"].dt.month.to_numpy(), daily[use]["weekday"].to_numpy())
    months, weekdays = np.unique(month), np.unique(weekday)
    if len(months) < 2 or len(weekdays) < 2:
        raise DataError("season: orders on at least two months and two weekdays are needed")
    time = np.arange(len(daily))[use] / 365.25
    windows = events.to_numpy(float)[use]
    live = windows.sum(0) > 0
    base = np.column_stack([
        month[:, None] == months, (weekday[:, None] == weekdays[1:]), time - time.mean(),
    ]).astype(float)
    x = np.hstack([base, windows[:, live]])
    y = np.log(value[use])
    beta, covariance, residual = newey_west(x, y, lag_days)
    n_months, n_days = len(months), len(weekdays)
    to_month = np.zeros((n_months, x.shape[1]))
    to_month[:, :n_months] = np.eye(n_months) - 1 / n_months
    to_day = np.zeros((n_days, x.shape[1]))
    full = np.vstack([np.zeros(n_days - 1), np.eye(n_days - 1)])
    to_day[:, n_months:n_months + n_days - 1] = full - full.mean(0)
    years = pd.Series(daily[use]["civil"].dt.to_period("M").unique()).dt.month.value_counts()
    month_table = pd.DataFrame({"month": months} | _ratios(to_month, beta, covariance))
    month_table["years"] = month_table["month"].map(years).astype("int64")
    places = n_months + n_days + np.arange(int(live.sum()))
    effect, error = beta[places], np.sqrt(np.diag(covariance)[places])
    names = [name for name, seen in zip(map(str, events.columns), live, strict=True) if seen]
    rows = pd.DataFrame({
        "event": names, "days": windows[:, live].sum(0).astype("int64"),
        "effect": np.exp(effect) - 1, "low": np.exp(effect - Z80 * error) - 1,
        "high": np.exp(effect + Z80 * error) - 1,
        "placebo_p": [placebo(column > 0, use, base, y) for column in events.to_numpy(float).T[live]],
    })
    explained = float(1 - (residual**2).sum() / ((y - y.mean()) ** 2).sum())
    return Season(month_table, pd.DataFrame({"weekday": weekdays} | _ratios(to_day, beta, covariance)), rows, explained)


def newey_west(x: Floats, y: Floats, lags: int) -> tuple[Floats, Floats, Floats]:
    """(coefficients [k], covariance [k, k], residuals [n]) of least squares, errors related over `lags` rows."""
    inverse = np.linalg.pinv(x.T @ x)
    beta = inverse @ (x.T @ y)
    residual = y - x @ beta
    score = x * residual[:, None]
    middle = score.T @ score
    for lag in range(1, min(lags, len(y) - 1) + 1):
        part = score[lag:].T @ score[:-lag]
        middle += (1 - lag / (lags + 1)) * (part + part.T)
    n, k = x.shape
    return beta, inverse @ middle @ inverse * n / max(n - k, 1), residual


def placebo(window: npt.NDArray[np.bool_], use: npt.NDArray[np.bool_], base: Floats, y: Floats) -> float:
    """Share of places in the calendar where the event's windows, moved together, look as far from zero as they do.

    Compares the mean residual (of a fit without events) over the windows with that at every shift by whole days.
    """
    residual = np.full(len(use), 0.0)
    residual[use] = y - base @ np.linalg.lstsq(base, y, rcond=None)[0]
    spectrum = np.conj(np.fft.rfft(window.astype(float)))
    sums = np.fft.irfft(spectrum * np.fft.rfft(residual), len(use))  # sums[s]: windows moved s days later
    counts = np.round(np.fft.irfft(spectrum * np.fft.rfft(use.astype(float)), len(use)))
    enough = counts >= counts[0] / 2
    means = sums[enough] / counts[enough]
    return float((np.abs(means) >= abs(sums[0] / counts[0]) - 1e-12).mean())


def _ratios(contrast: Floats, beta: Floats, covariance: Floats) -> dict[str, Floats]:
    centre, error = contrast @ beta, np.sqrt(np.maximum(np.diag(contrast @ covariance @ contrast.T), 0))
    return {"index": np.exp(centre), "low": np.exp(centre - Z80 * error), "high": np.exp(centre + Z80 * error)}


def event(season_events: pd.DataFrame, name: str, column: str = "effect") -> dict[str, Any]:
    """An event's effect (with limits) or its placebo p-value for `Stage.finding`; unknown where no open day saw it."""
    row = season_events[season_events["event"] == name]
    if row.empty:
        return {"value": None, "unknown": f"{name}: no open day with sales lies in it"}
    first = row.iloc[0]
    ends = {"low": float(first["low"]), "high": float(first["high"])} if column == "effect" else {}
    return {"value": float(first[column])} | ends


def extreme(months: pd.DataFrame, which: str) -> dict[str, float]:
    """value, low, high of the "best" or "worst" row of an index table for `Stage.finding`."""
    row = _extreme(months, which)
    return {"value": float(row["index"]), "low": float(row["low"]), "high": float(row["high"])}


def name_of(months: pd.DataFrame, which: str) -> str:
    """The name of that month."""
    return MONTHS[int(_extreme(months, which)["month"]) - 1]


def real(season_events: pd.DataFrame, alpha: float) -> int:
    """Events with a placebo p-value below `alpha`, Holm's (1979) rule over the events looked at."""
    p = np.sort(season_events["placebo_p"].to_numpy(float))
    passed = p <= alpha / np.arange(len(p), 0, -1)
    return len(p) if passed.all() else int(np.argmin(passed))


def _extreme(months: pd.DataFrame, which: str) -> Any:
    return months.iloc[int(months["index"].argmax() if which == "best" else months["index"].argmin())]
