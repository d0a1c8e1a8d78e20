"""Power, sample size and the smallest effect that a test can find (normal approximation, two-sided, equal arms)."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import stats

from ecomplan.behaviour.experiments.two_sample import Floats, Numbers
from ecomplan.errors import DataError


def factor(alpha: float, power: float) -> float:
    """z(1 - alpha/2) + z(power): standard errors between no effect and the effect that is found with `power`."""
    return float(stats.norm.ppf(1 - alpha / 2) + stats.norm.ppf(power))


def units_for_mean(effect: Numbers, sd: Numbers, alpha: float, power: float) -> Floats:
    """Units per arm that find a difference `effect` of means with standard deviation `sd` in each arm."""
    effect = _effect(effect)
    return np.asarray(2 * (factor(alpha, power) * np.asarray(sd) / effect) ** 2)


def units_for_proportions(p_a: float, p_b: float, alpha: float, power: float) -> float:
    """Units per arm that tell two proportions apart: pooled variance under no effect, own ones under the effect.

    The classical formula (Fleiss, Levin & Paik, 2003, section 4.2, without continuity correction).
    """
    _effect(p_b - p_a)
    for p in (p_a, p_b):
        if not 0 < p < 1:
            raise DataError(f"a proportion of {p:g} leaves no variance; expected one between 0 and 1")
    mean = (p_a + p_b) / 2
    null = stats.norm.ppf(1 - alpha / 2) * np.sqrt(2 * mean * (1 - mean))
    other = stats.norm.ppf(power) * np.sqrt(p_a * (1 - p_a) + p_b * (1 - p_b))
    return float(((null + other) / (p_b - p_a)) ** 2)


def power_of(effect: Numbers, standard_error: Numbers, alpha: float) -> Floats:
    """Chance that a two-sided test finds `effect`, given the standard error of the difference."""
    z, shift = stats.norm.ppf(1 - alpha / 2), np.asarray(effect) / np.asarray(standard_error)
    return np.asarray(stats.norm.cdf(shift - z) + stats.norm.cdf(-shift - z))


def detectable(relative_variance: Numbers, units: Numbers, alpha: float, power: float) -> Floats:
    """Smallest relative effect found with `power`: squared variation of one unit, units in both arms together."""
    return np.asarray(factor(alpha, power) * lift_error(relative_variance, units))


def lift_error(relative_variance: Numbers, units: Numbers) -> Floats:
    """Standard error of the relative gain between two halves of `units`, near no gain.

    `relative_variance` is variance over squared mean of one unit, so (1 - p) / p for a yes or no.
    """
    units = np.asarray(units, float)
    if (units <= 0).any():
        raise DataError("no units in the test window; an effect can be found only where somebody takes part")
    return np.asarray(np.sqrt(4 * np.asarray(relative_variance, float) / units))


def _effect(effect: Any) -> Floats:
    if (np.asarray(effect, float) == 0).any():
        raise DataError("no finite sample can show an effect of zero; expected a difference other than zero")
    return np.asarray(effect, float)
