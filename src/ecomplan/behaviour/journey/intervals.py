"""Intervals: Wilson's for a share, and the bootstrap over users for anything that a user's sessions share."""

from __future__ import annotations

from statistics import NormalDist
from typing import Any

import numpy as np
import pandas as pd

LEVEL = 0.80


def z_of(level: float = LEVEL) -> float:
    """Two-sided normal quantile of a level: 1.28 for 0.80."""
    return NormalDist().inv_cdf(0.5 + level / 2)


def wilson(hits: Any, trials: Any, level: float = LEVEL) -> tuple[np.ndarray, np.ndarray]:
    """(low, high) of a share by Wilson's score interval (Wilson 1927); without trials it is (0, 1)."""
    k, n = np.asarray(hits, float), np.asarray(trials, float)
    z = z_of(level)
    safe = np.maximum(n, 1)
    p = k / safe
    middle = (p + z**2 / (2 * safe)) / (1 + z**2 / safe)
    half = z / (1 + z**2 / safe) * np.sqrt(p * (1 - p) / safe + z**2 / (4 * safe**2))
    low = np.where(k <= 0, 0.0, np.maximum(middle - half, 0))
    high = np.where(k >= n, 1.0, np.minimum(middle + half, 1))
    return np.where(n > 0, low, 0.0), np.where(n > 0, high, 1.0)


def share_row(hits: float, trials: float) -> dict[str, float]:
    """share, low, high of a count; the caller sees to it that there are trials."""
    low, high = wilson(hits, trials)
    return {"share": hits / trials if trials else 0.0, "low": float(low), "high": float(high)}


def user_weights(users: int, draws: int, rng: np.random.Generator) -> np.ndarray:
    """How often each user stands in each resample of users with replacement: shape (draws, users)."""
    return rng.multinomial(users, np.full(users, 1 / users), size=draws).astype(float)


def limits(draws: np.ndarray, level: float = LEVEL) -> tuple[np.ndarray, np.ndarray]:
    """(low, high) percentiles along the first axis."""
    low, high = np.quantile(draws, [(1 - level) / 2, (1 + level) / 2], axis=0)
    return low, high


def bootstrap_ratio(
    top: np.ndarray, bottom: np.ndarray, user: np.ndarray, weights: np.ndarray
) -> tuple[float, float, float]:
    """Ratio of two sums over rows with its range when users are resampled (percentiles).

    top, bottom and user (0..users-1) have one entry a row; resamples in which the lower sum is zero are dropped.
    """
    users = weights.shape[1]
    above = weights @ np.bincount(user, weights=top, minlength=users)
    below = weights @ np.bincount(user, weights=bottom, minlength=users)
    total = bottom.sum()
    point = float(top.sum() / total) if total else 0.0
    ok = below > 0
    if not ok.any():
        return point, point, point
    low, high = limits(above[ok] / below[ok])
    return point, min(float(low), point), max(float(high), point)


def shown_levels(sessions: pd.DataFrame, by: str, min_group: int) -> list[str]:
    """Levels of a column behind which at least `min_group` users stand, most sessions first."""
    users = sessions.groupby(by, observed=True)["user_id"].nunique()
    sizes = sessions[by].value_counts()
    return [str(level) for level in sorted(sizes.index, key=lambda name: (-sizes[name], str(name)))
            if users[level] >= min_group]
