"""Is there a season? And its classical indices."""

from __future__ import annotations

import numpy as np

#: the season's autocorrelation counts where it passes this many standard errors (90 %), as in Fiorucci et al. (2016)
SEASON_TEST = 1.645


def has_season(y: np.ndarray, season: int) -> bool:
    """Whether the autocorrelation of `y` at lag `season` passes the test of Assimakopoulos & Nikolopoulos (2000).

    False with fewer than two seasons or for a constant series.
    """
    n = len(y)
    centred = y - y.mean()
    power = float(centred @ centred)
    if season < 2 or n < 2 * season or power <= 0:
        return False
    r = np.array([centred[k:] @ centred[:-k] for k in range(1, season + 1)]) / power
    return bool(abs(r[-1]) > SEASON_TEST * np.sqrt((1 + 2 * (r[:-1] ** 2).sum()) / n))


def seasonal_index(y: np.ndarray, season: int, multiplicative: bool) -> np.ndarray:
    """[season]: indices by phase of classical decomposition (mean 1, or 0 if additive); neutral without a season."""
    neutral = np.full(season, 1.0 if multiplicative else 0.0)
    if not has_season(y, season):
        return neutral
    weights = np.ones(season) if season % 2 else np.concatenate([[0.5], np.ones(season - 1), [0.5]])
    middle = np.convolve(y, weights / season, mode="valid")
    offset = len(weights) // 2
    inner = y[offset : offset + len(middle)]
    parts = inner / middle if multiplicative else inner - middle
    phase = (offset + np.arange(len(middle))) % season
    index = np.bincount(phase, parts, season) / np.maximum(np.bincount(phase, minlength=season), 1)
    if multiplicative:
        index = index / index.mean()
        return neutral if (index < 0.01).any() else index
    return np.asarray(index - index.mean())
