"""The value of a policy from the log of another one.

`estimate` gives six answers to one question: how many clicks an impression would bring had the target policy
chosen what is shown. `ratio` is target probability over logged probability of the action taken.

    log's own      the mean of the log, as if the policies were alike
    IPS            weighted by the ratio (Horvitz and Thompson 1952)
    IPS, cut       ratios above `weight_max` set to it: less spread, biased downwards (Ionides 2008)
    SNIPS, cut     the same divided by the mean weight (Swaminathan and Joachims 2015)
    model          the click model alone, averaged over what the target policy would show
    DR, cut        the model corrected by its weighted errors (Dudik, Langford and Li 2011)
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ecomplan.behaviour.statistics import LEVEL, Floats
from ecomplan.errors import DataError

ESTIMATORS = ("log's own", "IPS", "IPS, cut", "SNIPS, cut", "model", "DR, cut")


@dataclass(frozen=True)
class Overlap:
    """How far a log speaks for the target policy."""

    impressions: int
    mean_weight: float  # 1 in expectation; far from it: propensities are wrong or the sample is short
    largest_weight: float
    effective: float  # Kish's effective sample size: (sum of weights)² / sum of squares
    effective_cut: float  # the same after the cut
    cut_share: float  # share of impressions whose weight is cut
    weight_lost: float  # mean weight that the cut takes away


def ratios(target: npt.ArrayLike, logged: npt.ArrayLike) -> Floats:
    """Importance ratios of the actions taken.

    Raises DataError for an empty log, logged propensities that are not above 0 and at most 1, target probabilities
    outside 0 to 1, and for a target policy that never does what the log holds (no overlap).
    """
    wanted, seen = np.broadcast_arrays(np.asarray(target, float), np.asarray(logged, float))
    if seen.size == 0:
        raise DataError("the log is empty: no impression to weigh; expected at least one")
    if not ((seen > 0) & (seen <= 1)).all():
        row = int(np.argmin((seen > 0) & (seen <= 1)))
        raise DataError(f"log, row {row + 1}: propensity {seen[row]:g}; expected above 0 and at most 1, because a "
                        f"logged action cannot have had probability 0")
    if not ((wanted >= 0) & (wanted <= 1)).all():
        row = int(np.argmin((wanted >= 0) & (wanted <= 1)))
        raise DataError(f"target policy, row {row + 1}: probability {wanted[row]:g}; expected from 0 to 1")
    if not wanted.any():
        raise DataError("no overlap: the target policy never shows what the log holds, so the log says nothing of it")
    return np.asarray(wanted / seen)


def estimate(click: Floats, ratio: Floats, model_logged: Floats, model_target: Floats, weight_max: float,
             counts: Floats | None = None) -> Floats:
    """The six values in the order of `ESTIMATORS`.

    click, ratio: (n,) outcome and importance ratio of each impression; model_logged: (n,) the model's click rate of
    what was shown; model_target: (n,) its rate averaged over the target policy's choice in the same context;
    counts: (n,) how often each impression counts (a resample). No overlap left in a resample gives the model's value.
    """
    many = np.ones_like(click) if counts is None else counts
    total = many.sum()
    cut = np.minimum(ratio, weight_max)
    kept = many @ cut
    own = many @ click / total
    weighted_cut = many @ (cut * click)
    model = many @ model_target / total
    return np.array([
        own, many @ (ratio * click) / total, weighted_cut / total,
        weighted_cut / kept if kept > 0 else model,
        model, model + many @ (cut * (click - model_logged)) / total,
    ])


def overlap(ratio: Floats, weight_max: float) -> Overlap:
    """Diagnostics of the weights, before and after the cut."""
    cut = np.minimum(ratio, weight_max)
    return Overlap(
        impressions=len(ratio), mean_weight=float(ratio.mean()), largest_weight=float(ratio.max()),
        effective=float(ratio.sum() ** 2 / (ratio @ ratio)), effective_cut=float(cut.sum() ** 2 / (cut @ cut)),
        cut_share=float((ratio > weight_max).mean()), weight_lost=float((ratio - cut).mean()),
    )


def empirical_bernstein(values: Floats, largest: float, level: float = LEVEL) -> tuple[float, float]:
    """(low, high) of a mean of values in 0 to `largest` that holds for any distribution (Maurer and Pontil 2009).

    Two-sided: each side spends half of 1 - level. It needs no normal limit, and is wide for rare clicks with
    large weights.
    """
    n = len(values)
    if n < 2:
        raise DataError(f"an empirical Bernstein interval needs at least two impressions, found {n}")
    log_term = np.log(4 / (1 - level))
    half = np.sqrt(2 * values.var(ddof=1) * log_term / n) + 7 * largest * log_term / (3 * (n - 1))
    mean = values.mean()
    return float(max(mean - half, 0)), float(mean + half)
