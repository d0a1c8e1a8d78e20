"""Sample-ratio mismatch: did the split come out as it was set? If not, the experiment says nothing."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import stats

from ecomplan.behaviour.experiments.two_sample import Floats
from ecomplan.errors import DataError


def mismatch(counts: Any, shares: Any) -> tuple[Floats, Floats]:
    """Chi-squared statistic and p-value of the arms' counts (..., arms) against their planned shares (arms).

    Pearson's test (1900) as used for experiments by Fabijan et al. (2019). Raises DataError for an empty arm or
    shares that do not add up to one.
    """
    counts, shares = np.asarray(counts, float), np.asarray(shares, float)
    if counts.shape[-1] != len(shares) or len(shares) < 2:
        raise DataError(f"{counts.shape[-1]} arms but {len(shares)} planned shares; expected at least two, one each")
    if (shares <= 0).any() or not np.isclose(shares.sum(), 1):
        raise DataError(f"planned shares {shares.tolist()} must be above zero and add up to 1")
    if (counts <= 0).any():
        raise DataError("an arm is empty; the experiment has nothing to compare")
    expected = counts.sum(axis=-1, keepdims=True) * shares
    statistic = ((counts - expected) ** 2 / expected).sum(axis=-1)
    return statistic, np.asarray(stats.chi2.sf(statistic, len(shares) - 1))
