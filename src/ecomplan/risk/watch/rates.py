"""Intervals of shares and of counts, and quantiles that keep a stated false-alarm rate."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincinv, gammaincinv

from ecomplan.estimate import Estimate

Array = NDArray[np.float64]
LOW, HIGH = 0.1, 0.9  # what an 80 % interval leaves below and above


def share(hits: float, trials: float, why: str) -> Estimate:
    """A share with its Jeffreys interval (Brown, Cai, DasGupta 2001); unknown, for the reason `why`, without trials."""
    if trials <= 0:
        return Estimate(None, unknown=why)
    low = float(betaincinv(hits + 0.5, trials - hits + 0.5, LOW)) if hits > 0 else 0.0
    high = float(betaincinv(hits + 0.5, trials - hits + 0.5, HIGH)) if hits < trials else 1.0
    value = hits / trials
    return Estimate(value, min(low, value), max(high, value))


def rate(events: float, exposure: float, why: str) -> Estimate:
    """Events for each unit of exposure with the Poisson's Jeffreys interval."""
    if exposure <= 0:
        return Estimate(None, unknown=why)
    low = float(gammaincinv(events + 0.5, LOW)) if events > 0 else 0.0
    return Estimate(events / exposure, min(low, events) / exposure, float(gammaincinv(events + 0.5, HIGH)) / exposure)


def spread(values: Array, why: str) -> Estimate:
    """The median with the range that holds 80 % of the values."""
    if not len(values):
        return Estimate(None, unknown=why)
    low, middle, high = np.quantile(values, [LOW, 0.5, HIGH])
    return Estimate(float(middle), float(low), float(high))


def median(values: Array, rng: np.random.Generator, why: str, draws: int = 200) -> Estimate:
    """The median with the bootstrap interval of the median itself."""
    if len(values) < 2:
        return Estimate(None, unknown=why)
    medians = np.median(values[rng.integers(0, len(values), (draws, len(values)))], axis=1)
    middle = float(np.median(values))
    low, high = np.quantile(medians, [LOW, HIGH])
    return Estimate(middle, min(float(low), middle), max(float(high), middle))


def conformal_limit(past: Array, false_share: float) -> float:
    """The limit that a new value like the past ones passes with at most the chance `false_share` (Vovk et al. 2005).

    Infinite where the past is too short for so rare an alarm: then nothing is said.
    """
    rank = int(np.ceil((1 - false_share) * (len(past) + 1)))
    if rank > len(past):
        return float("inf")
    return float(np.partition(past, rank - 1)[rank - 1])
