"""Widths that past origins confirm: split conformal factors by lead and quantile, and what a fan's mean is.

Split conformal prediction: Vovk, Gammerman & Shafer (2005); for panels of series, pooled by lead: Stankeviciute,
Alaa & van der Schaar (2021). A quantile's distance from the centre is stretched by the factor with which it would
have had its nominal share at past origins of the panel. Few series tell little: their factors are shrunken first to
one factor for all quantiles, and that one towards 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ecomplan.forecast.engine.combine import MIDDLE, NORMAL
from ecomplan.forecast.engine.frame import QUANTILES

#: # ASSUME: prior knowledge counted as so many series: of the common factor, of each quantile's own
PRIOR_COMMON, PRIOR_OWN = 8.0, 60.0
#: # ASSUME: how far a series' widths are drawn towards the panel's (chosen on M1, on quarterly panels and on earlier
#: # origins of M3 and Tourism; three quarters of either are as good)
POOLED_GROWTH, POOLED_LEVEL = 0.5, 0.5
#: neighbouring leads that lend their errors
NEAR_LEADS = 2
FACTOR_RANGE = (0.4, 3.0)
#: latest origins that say what errors are usual, and sigmas beyond which an error says no more
MOST_TELLING, OUTLYING = 84, 6.0
#: no width below this share of the centre's size (working scale): a fitted zero is not certainty
TINY = 1e-9


def pooled(width: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """Widths [series, leads] drawn towards what is usual in the panel: their growth over the leads by half, and
    their first one, relative to the series' `scale` [series] (mean change on a season before), by half as well.

    With few series the panel says less, and both shares fall.
    """
    usable = (scale > 0) & (width > 0).all(axis=1)
    count = int(usable.sum())
    if count < 2:
        return width
    trust = count / (count + PRIOR_COMMON)
    first = np.log(width[usable, :1])
    growth = np.log(width[usable]) - first
    size = first - np.log(scale[usable, None])
    growth += trust * POOLED_GROWTH * (np.median(growth, axis=0) - growth)
    first = first + trust * POOLED_LEVEL * (np.median(size) - size)
    found = width.copy()
    found[usable] = np.exp(first + growth)
    return found


@dataclass(frozen=True)
class Factors:
    """`by_lead` [leads, quantiles] stretches distances from the centre; `tested` [leads] series seen at each lead."""

    by_lead: np.ndarray
    tested: np.ndarray

    @property
    def last_tested(self) -> int:
        """How many leads from the first on past origins could test."""
        return int((self.tested > 0).sum())


def learn(
    bases: Sequence[np.ndarray], actuals: Sequence[np.ndarray], hardness: Sequence[np.ndarray] | None = None,
) -> Factors:
    """Factors from past origins: quantiles forecast then [series, leads, quantiles] and what came [series, leads].

    NaN in an actual: not known at the origin of today's forecast. Leads without any use the last tested lead's factor.
    hardness: how much harder than usual each past origin was [leads] (`hardness_of`); its errors count the less.
    """
    base, actual = np.concatenate(bases), np.concatenate(actuals)
    if hardness is not None:
        usual = np.concatenate([np.broadcast_to(one, then.shape) for one, then in zip(hardness, actuals, strict=True)])
        actual = base[..., MIDDLE] + (actual - base[..., MIDDLE]) / usual
    leads = base.shape[1]
    distance = base - base[..., MIDDLE, None]
    gap = (actual - base[..., MIDDLE])[..., None]
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(np.abs(distance) > TINY, gap / distance, np.nan)  # 1: the quantile was just reached
    factors, tested = np.ones((leads, len(QUANTILES))), np.zeros(leads, dtype=int)
    for lead in range(leads):
        near = ratio[:, max(lead - NEAR_LEADS, 0) : lead + NEAR_LEADS + 1]
        tested[lead] = int(np.isfinite(ratio[:, lead, 0]).sum())
        if tested[lead]:
            factors[lead] = _shrunken(near.reshape(-1, len(QUANTILES)), tested[lead])
        elif lead:
            factors[lead] = factors[lead - 1]
    return Factors(factors, tested)


def hardness_of(errors: Sequence[np.ndarray], ends: Sequence[int], leads: int) -> np.ndarray:
    """How large one member's errors from a past origin were beside its errors from all origins, by lead [leads].

    All series of a panel pass through the same times, and one past origin is one draw of these, however many the
    series: a recession would widen every fan to come. Rolling errors over the whole history tell how usual it was.
    errors: by series [n, leads] in units of the lead's own sigma, NaN where unknown, row t made after value t + 1.
    ends: values known at the past origin. Series with fewer than MOST_TELLING / 4 rolling origins say nothing.
    """
    then, usual = [], []
    for one, end in zip(errors, ends, strict=True):
        recent = np.minimum(np.abs(one[-MOST_TELLING:]), OUTLYING)
        counts = np.isfinite(recent).sum(axis=0)
        if counts[0] >= MOST_TELLING / 4:
            then.append(np.minimum(np.abs(one[end - 1]), OUTLYING))
            usual.append(np.where(counts > 0, np.nansum(recent, axis=0) / np.maximum(counts, 1), np.nan))
    if not then:
        return np.ones(leads)
    both = np.isfinite(then) & np.isfinite(usual)
    above, below = (np.where(both, part, 0.0).sum(axis=0) for part in (then, usual))
    ratio = np.where((below > 0) & (above > 0), above / np.where(below > 0, below, 1.0), 1.0)
    near = np.convolve(np.pad(ratio, NEAR_LEADS, mode="edge"), np.ones(2 * NEAR_LEADS + 1), "valid")
    trust = len(then) / (len(then) + PRIOR_COMMON)
    return np.asarray(np.clip((near / (2 * NEAR_LEADS + 1)) ** trust, *FACTOR_RANGE))


def _shrunken(ratio: np.ndarray, series: int) -> np.ndarray:
    """One lead's factors from ratios [errors, quantiles]; leads of one series are no independent evidence."""
    ratio = ratio[np.isfinite(ratio[:, 0]) & np.isfinite(ratio[:, -1])]
    if not len(ratio):
        return np.ones(len(QUANTILES))
    size = np.abs(ratio[:, -1]) * NORMAL[-1] + np.abs(ratio[:, 0]) * -NORMAL[0]  # twice the error in sigmas
    common = np.mean(size) / 2 / np.sqrt(2 / np.pi)
    log_common = np.log(np.clip(common, *FACTOR_RANGE)) * series / (series + PRIOR_COMMON)
    own = np.zeros(len(QUANTILES))
    for i, level in enumerate(QUANTILES):
        if i == MIDDLE:
            continue
        share = min(max(level, 1 - level) * (1 + 1 / max(series, 1)), 1.0)
        own[i] = np.log(np.clip(np.quantile(ratio[:, i], share), *FACTOR_RANGE))
    weight = series / (series + PRIOR_OWN)
    own = (own + own[::-1]) / 2  # one past origin's common luck would else pass for skewness
    return np.asarray(np.exp(weight * own + (1 - weight) * log_common))


def stretch(base: np.ndarray, factors: Factors | None, width_by_lead: Sequence[float] | None = None) -> np.ndarray:
    """Quantiles [series, leads, quantiles] stretched by the factors, increasing, their middle kept.

    width_by_lead: widths relative to the first lead's, learnt elsewhere; beyond the tested leads the widths follow
    them from the last tested lead on (all leads from the first, where none was tested).
    """
    centre = base[..., MIDDLE, None]
    distance = base - centre
    if factors is not None:
        distance = distance * factors.by_lead
    if width_by_lead is not None:
        last = max(factors.last_tested if factors is not None else 0, 1)
        growth = np.asarray(width_by_lead, dtype=float)[: base.shape[1]]
        beyond = np.arange(len(growth)) >= last
        borrowed = distance[:, last - 1 : last] * (growth / growth[last - 1])[None, :, None]
        distance = np.where(beyond[None, :, None], borrowed, distance)
    low = np.minimum.accumulate(np.minimum(distance[..., MIDDLE::-1], 0), axis=-1)[..., ::-1]
    high = np.maximum.accumulate(np.maximum(distance[..., MIDDLE:], 0), axis=-1)
    return np.asarray(centre + np.concatenate([low[..., :-1], high], axis=-1))


def mean_of(quantiles: np.ndarray) -> np.ndarray:
    """Mean of the distribution whose quantiles [..., quantiles] are given on the original scale.

    Linear between quantiles; either tail at its outermost quantile's own value moved out by a third of the last
    step, so that one wild tail cannot carry the mean away.
    """
    levels = np.asarray(QUANTILES)
    inner = ((quantiles[..., 1:] + quantiles[..., :-1]) / 2 * np.diff(levels)).sum(axis=-1)
    low = quantiles[..., 0] - (quantiles[..., 1] - quantiles[..., 0]) / 3
    high = quantiles[..., -1] + (quantiles[..., -1] - quantiles[..., -2]) / 3
    mean = inner + levels[0] * low + (1 - levels[-1]) * high
    return np.asarray(np.clip(mean, quantiles[..., 0], quantiles[..., -1]))
