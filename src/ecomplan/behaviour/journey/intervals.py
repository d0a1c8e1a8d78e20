"""Intervals where a user has many sessions: the bootstrap over users; and what may be shown."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ecomplan.behaviour.statistics import limits, wilson


def share_row(hits: float, trials: float) -> dict[str, float]:
    """share, low, high of a count; the caller sees to it that there are trials."""
    low, high = wilson(hits, trials)
    return {"share": hits / trials if trials else 0.0, "low": float(low), "high": float(high)}


def user_weights(users: int, draws: int, rng: np.random.Generator) -> np.ndarray:
    """How often each user stands in each resample of users with replacement: shape (draws, users)."""
    return rng.multinomial(users, np.full(users, 1 / users), size=draws).astype(float)


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
