"""What every part of behaviour needs of statistics: Wilson's interval, limits of resamples, Kaplan-Meier curves."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import ndtri

from ecomplan.errors import DataError

Floats = npt.NDArray[np.float64]

#: every interval shown holds 80 %: these quantiles of resamples, so many standard errors of a normal
LEVEL = 0.80
LOW, HIGH = (1 - LEVEL) / 2, (1 + LEVEL) / 2
Z80 = float(ndtri(HIGH))


def z_of(level: float = LEVEL) -> float:
    """Two-sided normal quantile of a level: 1.28 for 0.80."""
    return float(ndtri((1 + level) / 2))


def wilson(hits: npt.ArrayLike, trials: npt.ArrayLike, level: float = LEVEL) -> tuple[Floats, Floats]:
    """(low, high) of a share by Wilson's score interval (Wilson 1927); without trials it is (0, 1).

    Both may be fractions (weighted or widened counts). Raises DataError for hits below zero or above the trials.
    """
    k, n = np.asarray(hits, float), np.asarray(trials, float)
    if (k < 0).any() or (k > n).any():
        raise DataError("a share needs hits from 0 to the trials")
    z = z_of(level)
    some = np.where(n > 0, n, 1.0)
    centre = (k + z * z / 2) / (some + z * z)
    half = z / (some + z * z) * np.sqrt(k * (some - k) / some + z * z / 4)
    low = np.where(k == 0, 0.0, np.maximum(centre - half, 0))
    high = np.where(k == n, 1.0, np.minimum(centre + half, 1))
    return np.where(n > 0, low, 0.0), np.where(n > 0, high, 1.0)


def limits(draws: npt.ArrayLike, level: float = LEVEL) -> tuple[Floats, Floats]:
    """(low, high) of the middle `level` of resampled values along the first axis."""
    low, high = np.quantile(np.asarray(draws, float), [(1 - level) / 2, (1 + level) / 2], axis=0)
    return low, high


def kaplan_meier(time: npt.ArrayLike, happened: Any) -> pd.DataFrame:
    """time, at_risk, events, waiting (share still without the event), low, high (80 %); the first row is time 0.

    Kaplan & Meier (1958); limits on the log-log scale from Greenwood's variance (Kalbfleisch & Prentice 1980).
    `time`: to the event or to the end of sight; `happened`: 1 where the event came.
    """
    seen = np.asarray(time, float)
    times, of = np.unique(seen, return_inverse=True)
    events = np.bincount(of.reshape(-1), weights=np.asarray(happened, dtype=float))
    leaving = np.bincount(of.reshape(-1)).astype(float)
    at_risk = len(seen) - np.concatenate([[0.0], np.cumsum(leaving)[:-1]])
    waiting = np.cumprod(1 - events / at_risk)
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = np.cumsum(np.where(at_risk > events, events / (at_risk * (at_risk - events)), np.inf))
        wide = Z80 * np.sqrt(variance) / np.abs(np.log(waiting))
        low, high = waiting ** np.exp(wide), waiting ** np.exp(-wide)
    inner = (waiting > 0) & (waiting < 1)
    frame = pd.DataFrame({
        "time": times, "at_risk": at_risk, "events": events, "waiting": waiting,
        "low": np.where(inner, low, waiting), "high": np.where(inner, high, waiting),
    })
    start = pd.DataFrame({"time": [0.0], "at_risk": [float(len(seen))], "events": [0.0], "waiting": [1.0],
                          "low": [1.0], "high": [1.0]})
    return pd.concat([start, frame[frame["time"] > 0]], ignore_index=True)
