"""Naive difference, difference in differences, and the weighted one, each with its influence by household.

An estimate carries one influence a household: the variance is the sum of their squares, and sums of estimates are
sums of influences. A household that stands in many campaigns is thereby one cluster, and a resample of households
needs one matrix product (multiplier bootstrap, Callaway and Sant'Anna 2021).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr

from ecomplan.behaviour.campaigns.panel import Bools
from ecomplan.behaviour.statistics import Floats, limits
from ecomplan.errors import DataError


@dataclass(frozen=True)
class Effect:
    """An estimate and its influence by household (households,), divided by sample size already."""

    value: float
    influence: Floats

    @property
    def error(self) -> float:
        """Standard error, clustered by household."""
        return float(np.sqrt(self.influence @ self.influence))

    @property
    def p_value(self) -> float:
        """Two-sided, normal: no effect."""
        return float(2 * ndtr(-abs(self.value) / self.error)) if self.error > 0 else float(self.value == 0)

    def interval(self, multipliers: Floats) -> tuple[float, float]:
        """(low, high), 80 %, over resamples of households: `multipliers` is (draws, households), counts minus 1."""
        low, high = limits(self.value + multipliers @ self.influence)
        return float(low), float(high)


def contrast(values: Floats, treated: Bools, controls: Bools, weights: Floats | None = None,
             covariates: Floats | None = None) -> Effect:
    """Mean of the treated minus (weighted) mean of the controls.

    values: (households,) an outcome or its change; treated, controls: masks; weights: (controls,) that sum to 1 and
    balance `covariates` (households, k). The influence counts that such weights are estimated: balancing to the
    treated means equals a regression on the covariates (Zhao and Percival 2017). Raises DataError for an empty group
    or a treated household among the controls.
    """
    if not treated.any() or not controls.any():
        raise DataError(f"a difference needs two groups; found {int(treated.sum())} targeted and "
                        f"{int(controls.sum())} untargeted households")
    if (treated & controls).any():
        raise DataError("a household is targeted and untargeted at once; expected two groups apart")
    v1, v0 = values[treated], values[controls]
    n1, n0 = len(v1), len(v0)
    w = np.full(n0, 1 / n0) if weights is None else weights
    m1, m0 = float(v1.mean()), float(w @ v0)
    slope_part1, slope_part0 = np.zeros(n1), np.zeros(n0)
    if weights is not None and covariates is not None:
        x1, x0 = covariates[treated] - covariates[treated].mean(axis=0), covariates[controls]
        x0 = x0 - covariates[treated].mean(axis=0)
        slope = np.linalg.lstsq((x0 * w[:, None]).T @ x0, (x0 * w[:, None]).T @ (v0 - m0), rcond=None)[0]
        slope_part1, slope_part0 = x1 @ slope, x0 @ slope
    influence = np.zeros(len(values))
    influence[treated] = (v1 - m1 - slope_part1) / n1 * np.sqrt(n1 / max(n1 - 1, 1))
    influence[controls] = -w * (v0 - m0 - slope_part0) * np.sqrt(n0 / max(n0 - 1, 1))
    return Effect(m1 - m0, influence)


def group_mean(values: Floats, group: Bools) -> Effect:
    """Mean of a group, as an effect that others can be set against."""
    n = int(group.sum())
    if not n:
        raise DataError("a mean needs at least one household")
    mean = float(values[group].mean())
    influence = np.zeros(len(values))
    influence[group] = (values[group] - mean) / n
    return Effect(mean, influence)


def pooled(effects: Sequence[Effect], weights: npt.ArrayLike) -> Effect:
    """Weighted mean of effects on the same households; the weights are taken as given."""
    share = np.asarray(weights, float)
    if not len(effects) or share.sum() <= 0:
        raise DataError("nothing to pool: no effect could be estimated")
    share = share / share.sum()
    return Effect(float(share @ [effect.value for effect in effects]),
                  np.asarray(share @ np.stack([effect.influence for effect in effects])))


def relative(effect: Effect, level: Effect) -> Effect | None:
    """The effect as a share of what the treated would have had without it (`level` is what they had).

    Delta method. None where they would have had nothing.
    """
    without = level.value - effect.value
    if without <= 0:
        return None
    return Effect(effect.value / without,
                  (effect.influence * level.value - effect.value * level.influence) / without**2)


def joint_p_value(effects: Sequence[Effect]) -> tuple[float, int]:
    """(p-value, degrees of freedom) of the Wald test that all effects are zero, clustered by household."""
    from scipy.special import chdtrc

    values = np.array([effect.value for effect in effects])
    influence = np.stack([effect.influence for effect in effects])
    covariance = influence @ influence.T
    freedom = int(np.linalg.matrix_rank(covariance))
    if not freedom:
        return 1.0, 0
    return float(chdtrc(freedom, float(values @ np.linalg.pinv(covariance) @ values))), freedom
