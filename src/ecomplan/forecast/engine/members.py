"""The members of the combination behind one door: seasonal naive, SARIMA, ETS, Theta and CES."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

import numpy as np

from ecomplan.forecast.engine.fitted import Fit
from ecomplan.forecast.engine.short import fit_short, is_short

__all__ = ["NAMES", "Fit", "Name", "fit", "guarded"]

Name = Literal["snaive", "sarima", "ets", "theta", "ces"]
NAMES: tuple[Name, ...] = ("snaive", "sarima", "ets", "theta", "ces")


def fit(
    name: Name,
    y: np.ndarray,
    horizon: int,
    season: int,
    log: bool,
    regressors: np.ndarray | None = None,
    future: np.ndarray | None = None,
    *,
    groups: Sequence[object] | None = None,
) -> Fit:
    """Fit one member to `y` [n >= 6, gap-free, finite; positive if `log`] and forecast `horizon` steps.

    Only SARIMA uses `regressors` [n, k] and `future` [horizon, k]; `groups` labels columns that enter together.
    """
    y = np.ascontiguousarray(y, dtype=np.float64)
    z = np.log(y) if log else y
    if float(np.ptp(z)) <= 1e-12 * max(1.0, float(np.abs(z).max())):
        return _constant(name, z, horizon)
    found: Fit
    if name == "snaive":
        found = _snaive(z, horizon, season)
    elif name == "sarima":
        from ecomplan.forecast.engine.sarima import fit_sarima

        found = fit_sarima(z, horizon, season, regressors, future, groups=groups)
    elif is_short(len(z), season):
        found = fit_short(
            lambda steps: _smoothed(name, y, steps, 1, log), lambda d, steps: _smoothed(name, d, steps, 1, False),
            z, horizon, season,
        )
    else:
        found = _smoothed(name, y, horizon, season, log)
    return guarded(found, z, season, log)


def _smoothed(name: Name, y: np.ndarray, horizon: int, season: int, log: bool) -> Fit:
    if name == "ets":
        from ecomplan.forecast.engine.ets import fit_ets

        return fit_ets(np.log(y) if log else y, horizon, season)
    if name == "theta":
        from ecomplan.forecast.engine.theta import fit_theta

        return fit_theta(y, horizon, season, log)
    from ecomplan.forecast.engine.ces import fit_ces

    return fit_ces(y, horizon, season, log)


def guarded(fitted: Fit, z: np.ndarray, season: int, log: bool) -> Fit:
    """`fitted` with its mean inside a sane range around the last season and its sigma finite.

    # ASSUME: a year ahead nothing moves by more than a factor of four, or three times the largest change over a season
    # that the series has ever shown, whichever is wider; on the level scale three times the largest such change or the
    # series' whole range. Each further season ahead allows as much again.
    """
    horizon = len(fitted.mean)
    last, years = _last_season(z, horizon, season)
    lag = min(season, len(z) - 1)
    change = 3.0 * float(np.abs(z[lag:] - z[:-lag]).max())
    width = max(float(np.log(4.0)), change) if log else max(change, float(np.ptp(z)))
    low, high = last - width * years, last + width * years
    mean = np.clip(np.where(np.isfinite(fitted.mean), fitted.mean, last), low, high)
    sigma = np.clip(np.where(np.isfinite(fitted.sigma), fitted.sigma, np.inf), 0.0, width * years)
    return replace(fitted, mean=mean, sigma=sigma)


def _constant(name: str, z: np.ndarray, horizon: int) -> Fit:
    errors = np.zeros(len(z))
    errors[0] = np.nan
    return Fit(name=name, mean=np.full(horizon, z[-1]), sigma=np.zeros(horizon), errors=errors)


def _last_season(z: np.ndarray, horizon: int, season: int) -> tuple[np.ndarray, np.ndarray]:
    """The value of the same phase in the last season for each step, and how many seasons ago that will be."""
    length = season if len(z) >= season else 1
    steps = np.arange(horizon)
    return z[len(z) - length + steps % length], 1 + steps // length


def _snaive(z: np.ndarray, horizon: int, season: int) -> Fit:
    """The value a season ago; without a whole season and three observations more, the last value."""
    lag = season if len(z) >= season + 3 else 1
    errors = np.full(len(z), np.nan)
    errors[lag:] = z[lag:] - z[:-lag]
    mean, seasons = _last_season(z, horizon, lag)
    scale = float(np.sqrt(np.nanmean(errors**2)))
    return Fit(name="snaive", mean=mean, sigma=scale * np.sqrt(seasons), errors=errors)
