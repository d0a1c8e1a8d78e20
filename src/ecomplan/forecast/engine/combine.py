"""One forecast from several members: trimmed mean, median or weights from past performance, outliers left out.

The median of simple methods: Petropoulos & Svetunkov (2020), International Journal of Forecasting 36, 110-115.
Trimmed means of forecasts: Stock & Watson (2004), Journal of Forecasting 23, 405-430.
Weights from past errors, shrunken to equal ones: Bates & Granger (1969); Timmermann (2006), section 5.
All arrays are on the working scale (logs where the series is positive); missing members are NaN.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.stats import norm

from ecomplan.forecast.engine.frame import QUANTILES

#: standard normal quantiles, one a column of the forecast
NORMAL = norm.ppf(QUANTILES)
MIDDLE = QUANTILES.index(0.5)
#: # ASSUME: a member farther than this from the members' median, in units of their median sigma and of the series'
#: # own range, has exploded; the benchmark counts how often that happens
FAR_SIGMAS, FAR_RANGES = 8.0, 3.0


@dataclass(frozen=True)
class Members:
    """Forecasts of every member: `mean` and `sigma` [series, members, leads]; NaN: left out or not there."""

    names: tuple[str, ...]
    mean: np.ndarray
    sigma: np.ndarray
    left_out: dict[str, int]

    def width(self) -> np.ndarray:
        """Mean of the members' own standard deviations [series, leads].

        Their median was tried, and their mean square with the members' disagreement added: neither was sharper.
        """
        return np.asarray(np.nanmean(self.sigma, axis=1))


def gather(fits: Sequence[Mapping[str, Any]], names: Sequence[str], ranges: np.ndarray) -> Members:
    """Members of all series side by side; a member not finite or far from the others is left out and counted.

    fits: one mapping name -> Fit a series; ranges [series]: the range of the series' past on the working scale.
    """
    mean = np.array([[fit[name].mean for name in names] for fit in fits], dtype=float)
    sigma = np.array([[fit[name].sigma for name in names] for fit in fits], dtype=float)
    bad = ~(np.isfinite(mean) & np.isfinite(sigma) & (sigma >= 0)).all(axis=2)
    mean[bad], sigma[bad] = np.nan, np.nan
    if len(names) > 2:  # of two, nobody can say which one is wrong
        with np.errstate(invalid="ignore"):
            centre, width = combine(mean, "median"), combine(sigma, "median")
            bound = FAR_SIGMAS * width + FAR_RANGES * ranges[:, None]
            bad |= (np.abs(mean - centre[:, None]) > bound[:, None]).any(axis=2)
        mean[bad], sigma[bad] = np.nan, np.nan
    counts = {name: int(bad[:, i].sum()) for i, name in enumerate(names) if bad[:, i].any()}
    return Members(tuple(names), mean, sigma, counts)


def combine(values: np.ndarray, how: str = "trimmed", weights: np.ndarray | None = None) -> np.ndarray:
    """[series, leads] from [series, members, leads]; a member that is NaN is passed over, one at least must be there.

    how: "median" (of an even count the mean of the middle two), "trimmed" (the mean without the lowest and the highest
    at each lead; of six members on, a fifth of them on either side), "performance" (mean by `weights` [series,
    members]; without weights the trimmed mean).
    """
    if how == "performance" and weights is not None:
        there = np.isfinite(values).all(axis=2)
        share = np.where(there, weights, 0.0)
        share = share / share.sum(axis=1, keepdims=True)
        return np.asarray(np.einsum("sm,smh->sh", share, np.where(there[:, :, None], values, 0.0)))
    ordered = np.sort(values, axis=1)  # NaN last
    count = np.isfinite(values).sum(axis=1, keepdims=True)
    drop = np.maximum((count - 1) // 2, 0) if how == "median" else np.where(count > 2, np.maximum(count // 5, 1), 0)
    place = np.arange(values.shape[1])[None, :, None]
    inside = (place >= drop) & (place < count - drop)
    return np.asarray(np.where(inside, ordered, 0.0).sum(axis=1) / inside.sum(axis=1))


def past_weights(mean: np.ndarray, actual: np.ndarray, scale: np.ndarray, shrink: float) -> np.ndarray:
    """Weights [series, members] from errors at past origins, each row adding up to one.

    mean [series, members, leads] forecasts made then; actual [series, leads], NaN where unknown; scale [series] the
    series' yardstick. A series' own errors and the panel's are averaged, `shrink` counting the panel's as so many
    leads; the weight is the inverse of that mean absolute scaled error, half-way to equal weights.
    """
    error = np.abs(mean - actual[:, None]) / scale[:, None, None]
    counts = np.isfinite(error).sum(axis=2)
    own = np.where(np.isfinite(error), error, 0).sum(axis=2)
    panel = own.sum(axis=0) / np.maximum(counts.sum(axis=0), 1)
    pooled = (own + shrink * panel) / (counts + shrink)
    inverse = 1 / np.maximum(pooled, 1e-9)
    inverse /= inverse.sum(axis=1, keepdims=True)
    return np.asarray(0.5 * inverse + 0.5 / mean.shape[1])
