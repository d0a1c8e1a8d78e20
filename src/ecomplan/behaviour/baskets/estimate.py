"""Estimates with their 80 % interval: shares (Wilson), ratios and quantiles of clustered data."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ecomplan.behaviour.statistics import Z80, Floats, wilson
from ecomplan.estimate import Estimate

Ints = npt.NDArray[np.int64]


def share(part: float, whole: float) -> Estimate:
    """A share with its Wilson (1927) interval; unknown where there is no whole."""
    if whole <= 0:
        return Estimate(None, unknown="nothing to take a share of")
    low, high = wilson(np.array([part], dtype=float), np.array([whole], dtype=float))
    value = part / whole
    return Estimate(value, min(float(low[0]), value), max(float(high[0]), value))


def influence(numerator: Floats, denominator: Floats, cluster: Ints, clusters: int) -> tuple[float, Floats]:
    """(ratio of sums, what each cluster adds to it): the delta method's linear terms (Cochran 1977, ch. 6)."""
    total = denominator.sum()
    ratio = float(numerator.sum() / total)
    terms = np.bincount(cluster, (numerator - ratio * denominator) / total, minlength=clusters)
    return ratio, terms.astype(np.float64)


def spread_of(terms: Floats, clusters: int) -> float:
    """Standard error of a sum of cluster terms that add up to zero."""
    return float(np.sqrt(clusters / max(clusters - 1, 1) * (terms @ terms)))


def ratio(numerator: Floats, denominator: Floats, cluster: Ints) -> Estimate:
    """Ratio of two sums; rows of one cluster (a customer's orders) may depend on each other.

    `cluster` holds codes from 0. Unknown where the denominator is empty or there is one cluster only.
    """
    clusters = int(cluster.max()) + 1 if len(cluster) else 0
    used = len(np.unique(cluster))
    if used < 2 or denominator.sum() <= 0:
        return Estimate(None, unknown="fewer than two customers or orders to compare; an interval needs two")
    value, terms = influence(numerator, denominator, cluster, clusters)
    error = spread_of(terms, used)
    return Estimate(value, value - Z80 * error, value + Z80 * error)


def quantile(values: Floats, level: float, cluster: Ints) -> Estimate:
    """A quantile with Woodruff's (1952) interval: the clustered interval of the share below it, mapped back."""
    if len(np.unique(cluster)) < 2:
        return Estimate(None, unknown="fewer than two customers or orders to compare; an interval needs two")
    ordered = np.sort(values)
    value = float(np.quantile(ordered, level))
    below = ratio((values <= value).astype(float), np.ones(len(values)), cluster)
    assert below.value is not None and below.low is not None and below.high is not None
    low, high = np.quantile(ordered, np.clip([level - (below.value - below.low), level + (below.high - below.value)],
                                             0, 1))
    return Estimate(value, min(float(low), value), max(float(high), value))


def change(numerator: Floats, denominator: Floats, cluster: Ints, later: npt.NDArray[np.bool_]) -> Estimate:
    """Relative change of a ratio of sums from the earlier rows to the `later` ones, by the delta method on the log.

    A cluster may stand in both parts: their terms are then subtracted cluster by cluster, so that what is
    steady in it drops out.
    """
    clusters = int(cluster.max()) + 1 if len(cluster) else 0
    if min(denominator[later].sum(), denominator[~later].sum()) <= 0 or len(np.unique(cluster)) < 2:
        return Estimate(None, unknown="one of the two spans is empty; a change needs both")
    terms = []
    values = []
    for part in (~later, later):
        value, own = influence(numerator[part], denominator[part], cluster[part], clusters)
        if value <= 0:
            return Estimate(None, unknown="nothing sold in one of the two spans; a relative change needs both")
        values.append(value)
        terms.append(own / value)
    error = spread_of(terms[1] - terms[0], len(np.unique(cluster)))
    middle = float(np.log(values[1] / values[0]))
    value, low, high = (float(np.expm1(middle + z * error)) for z in (0, -Z80, Z80))
    return Estimate(value, low, high)
