"""Intervals, resamples and the answer to many tests at once."""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from ecomplan.errors import DataError

Floats = npt.NDArray[np.float64]
Standing = Literal["holds", "holds in part", "fails", "not testable"]

#: every interval shown holds 80 %
LEVEL = 0.80


def wilson(successes: npt.ArrayLike, trials: npt.ArrayLike, level: float = LEVEL) -> tuple[Floats, Floats]:
    """(low, high) of a proportion by the score interval (Wilson 1927). Raises DataError for trials below one."""
    k, n = np.asarray(successes, float), np.asarray(trials, float)
    if (n < 1).any() or (k < 0).any() or (k > n).any():
        raise DataError("a proportion needs at least one trial and successes from 0 to the trials")
    z = float(ndtri((1 + level) / 2))
    centre = (k + z * z / 2) / (n + z * z)
    half = z / (n + z * z) * np.sqrt(k * (n - k) / n + z * z / 4)
    return np.where(k == 0, 0.0, np.maximum(centre - half, 0)), np.where(k == n, 1.0, np.minimum(centre + half, 1))


def resample_counts(rows: int, draws: int, rng: np.random.Generator) -> npt.NDArray[np.int64]:
    """How often each of `rows` rows stands in each of `draws` resamples with replacement: (draws, rows)."""
    return np.stack([np.bincount(rng.integers(0, rows, rows), minlength=rows) for _ in range(draws)])


def middle(draws: npt.ArrayLike, level: float = LEVEL, axis: int = 0) -> tuple[Floats, Floats]:
    """(low, high) of the middle `level` of resampled values along `axis`."""
    low, high = np.quantile(np.asarray(draws, float), [(1 - level) / 2, (1 + level) / 2], axis=axis)
    return low, high


def holm(p_values: npt.ArrayLike) -> Floats:
    """p-values held against the family-wise error rate (Holm 1979), in the given order."""
    p = np.asarray(p_values, float)
    order = np.argsort(p, kind="stable")
    steps = np.maximum.accumulate(p[order] * (len(p) - np.arange(len(p))))
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(steps, 1)
    return adjusted


def benjamini_hochberg(p_values: npt.ArrayLike) -> Floats:
    """p-values held against the false discovery rate (Benjamini and Hochberg 1995), in the given order."""
    p = np.asarray(p_values, float)
    order = np.argsort(p, kind="stable")[::-1]
    steps = np.minimum.accumulate(p[order] * len(p) / np.arange(len(p), 0, -1))
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(steps, 1)
    return adjusted


def standing(claimed: float, low: float, high: float) -> Standing:
    """Where a claimed effect stands against an interval of the observed one (0: no effect).

    Within the interval it holds, unless no effect at all lies there too: then the data cannot tell. Outside, it
    holds in part where the effect has the claimed sign at least.
    """
    if low <= claimed <= high:
        return "not testable" if low <= 0 <= high else "holds"
    return "holds in part" if low * claimed > 0 and high * claimed > 0 else "fails"
