"""Two-sample tests from summaries: means (Welch), proportions, ratios of means (delta method), relative lift.

Every function takes numbers or arrays alike, so that one call analyses one experiment or many simulated ones.
Arm A is the control; differences are B less A.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import stats

from ecomplan.errors import DataError

Floats = npt.NDArray[np.float64]
Numbers = Any  # a number or an array of them


@dataclass(frozen=True)
class Comparison:
    """B less A with its two-sided test and interval (1 - alpha); each field has the shape of the input."""

    difference: Floats
    standard_error: Floats
    statistic: Floats
    degrees: Floats  # of freedom; infinite for a normal statistic
    p_value: Floats
    low: Floats
    high: Floats


@dataclass(frozen=True)
class Moments:
    """An arm of paired sums y over x (say sales and orders of customers): units, means, variances, covariance."""

    n: Floats
    mean_y: Floats
    mean_x: Floats
    var_y: Floats
    var_x: Floats
    cov: Floats


def sample(values: Numbers, arm: str, at_least: int = 2) -> Floats:
    """Values of one arm as an array. Raises DataError for an empty or too small arm and for missing values."""
    array = np.asarray(values, float).ravel()
    if len(array) < at_least:
        raise DataError(f"arm {arm} holds {len(array)} units; a test needs at least {at_least} in each arm")
    if not np.isfinite(array).all():
        raise DataError(f"arm {arm}: unit {int(np.argmin(np.isfinite(array)))} has no finite value; expected numbers")
    return array


def welch(
    n_a: Numbers, mean_a: Numbers, var_a: Numbers, n_b: Numbers, mean_b: Numbers, var_b: Numbers, alpha: float
) -> Comparison:
    """Difference of two means, variances free (Welch, 1947), from sizes, means and sample variances.

    Raises DataError for an arm with fewer than two units and where both arms have no variance.
    """
    n_a, mean_a, var_a = _arm("A", n_a, 2), np.asarray(mean_a, float), np.asarray(var_a, float)
    n_b, mean_b, var_b = _arm("B", n_b, 2), np.asarray(mean_b, float), np.asarray(var_b, float)
    part_a, part_b = var_a / n_a, var_b / n_b
    squared = part_a + part_b
    if (squared <= 0).any():
        raise DataError("both arms have zero variance: all units are alike, so no test of means can be made")
    degrees = squared**2 / (part_a**2 / (n_a - 1) + part_b**2 / (n_b - 1))
    return _compare(mean_b - mean_a, np.sqrt(squared), alpha, degrees=degrees)


def means(a: Numbers, b: Numbers, alpha: float) -> Comparison:
    """Welch's test of two samples. Raises DataError as `sample` and `welch` do."""
    a, b = sample(a, "A"), sample(b, "B")
    return welch(len(a), a.mean(), a.var(ddof=1), len(b), b.mean(), b.var(ddof=1), alpha)


def proportions(x_a: Numbers, n_a: Numbers, x_b: Numbers, n_b: Numbers, alpha: float) -> Comparison:
    """Difference of two proportions: pooled normal test, interval with the arms' own variances.

    Raises DataError for an empty arm, more successes than units, and where nobody or everybody succeeded.
    """
    n_a, n_b = _arm("A", n_a, 1), _arm("B", n_b, 1)
    x_a, x_b = np.asarray(x_a, float), np.asarray(x_b, float)
    for arm, x, n in (("A", x_a, n_a), ("B", x_b, n_b)):
        if ((x < 0) | (x > n)).any():
            raise DataError(f"arm {arm}: successes must lie between 0 and the arm's units, found {x} of {n}")
    p_a, p_b, pooled = x_a / n_a, x_b / n_b, (x_a + x_b) / (n_a + n_b)
    variance = pooled * (1 - pooled) * (1 / n_a + 1 / n_b)
    if (variance <= 0).any():
        raise DataError("nobody or everybody succeeded in both arms: zero variance, no test of proportions can be made")
    statistic = (p_b - p_a) / np.sqrt(variance)
    own = np.sqrt(p_a * (1 - p_a) / n_a + p_b * (1 - p_b) / n_b)
    half = stats.norm.ppf(1 - alpha / 2) * own
    difference = p_b - p_a
    return Comparison(difference, own, statistic, np.full_like(difference, np.inf), 2 * stats.norm.sf(abs(statistic)),
                      difference - half, difference + half)


def moments(y: Numbers, x: Numbers, arm: str) -> Moments:
    """Moments of one arm's pairs. Raises DataError as `sample` does and where the denominators sum to nothing."""
    y, x = sample(y, arm), sample(x, arm)
    if len(y) != len(x):
        raise DataError(f"arm {arm}: {len(y)} numerators but {len(x)} denominators; expected one pair a unit")
    cov = np.cov(y, x)
    return Moments(*(np.asarray(part, float) for part in (len(y), y.mean(), x.mean(), cov[0, 0], cov[1, 1], cov[0, 1])))


def ratio_variance(arm: Moments) -> Floats:
    """Variance of mean_y / mean_x by the delta method; the pairs are independent, y and x need not be."""
    ratio = arm.mean_y / arm.mean_x
    return np.asarray((arm.var_y - 2 * ratio * arm.cov + ratio**2 * arm.var_x) / arm.mean_x**2 / arm.n)


def ratios(a: Moments, b: Moments, alpha: float) -> Comparison:
    """Difference of two ratios of means, e.g. sales per order with customers drawn (delta method; Deng et al., 2018).

    Raises DataError for an arm with fewer than two units, a denominator of zero, and zero variance in both arms.
    """
    for arm, of in (("A", a), ("B", b)):
        _arm(arm, of.n, 2)
        if (np.asarray(of.mean_x) == 0).any():
            raise DataError(f"arm {arm}: the denominator of the ratio is zero; expected at least one unit with some")
    squared = ratio_variance(a) + ratio_variance(b)
    if (squared <= 0).any():
        raise DataError("both arms have zero variance: all units have the same ratio, so no test can be made")
    return _compare(b.mean_y / b.mean_x - a.mean_y / a.mean_x, np.sqrt(squared), alpha)


def lift(
    mean_a: Numbers, error_a: Numbers, mean_b: Numbers, error_b: Numbers, alpha: float
) -> tuple[Floats, Floats, Floats]:
    """Relative gain B / A - 1 and its interval from the standard errors, on the log scale (delta method).

    Raises DataError where a mean is not above zero: a relative gain then has no meaning.
    """
    mean_a, mean_b = np.asarray(mean_a, float), np.asarray(mean_b, float)
    if (mean_a <= 0).any() or (mean_b <= 0).any():
        raise DataError("a relative gain needs means above zero in both arms")
    log = np.log(mean_b / mean_a)
    half = stats.norm.ppf(1 - alpha / 2) * np.sqrt((error_a / mean_a) ** 2 + (error_b / mean_b) ** 2)
    return np.expm1(log), np.expm1(log - half), np.expm1(log + half)


def _compare(difference: Floats, error: Floats, alpha: float, degrees: Numbers = np.inf) -> Comparison:
    statistic = difference / error
    degrees = np.broadcast_to(np.asarray(degrees, float), np.shape(difference))
    half = stats.t.ppf(1 - alpha / 2, degrees) * error
    p_value = 2 * stats.t.sf(np.abs(statistic), degrees)
    return Comparison(np.asarray(difference), error, statistic, degrees, p_value, difference - half, difference + half)


def _arm(arm: str, n: Numbers, at_least: int) -> Floats:
    n = np.asarray(n, dtype=np.float64)
    if (n < at_least).any():
        raise DataError(f"arm {arm} holds {n.min():g} units; a test needs at least {at_least} in each arm")
    return np.asarray(n)
