"""CUPED: what a unit did before the test takes noise out of what it does in it (Deng, Xu, Kohavi & Walker, 2013)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ecomplan.behaviour.experiments.two_sample import Comparison, Floats, Numbers, sample, welch
from ecomplan.errors import DataError


@dataclass(frozen=True)
class Adjustment:
    """theta: slope of the outcome on the earlier value; variance_ratio: what is left of the variance, 1 - rho^2."""

    theta: float
    variance_ratio: float


def adjustment(outcome: Numbers, before: Numbers) -> Adjustment:
    """Slope and variance left over, both arms pooled. Raises DataError where the earlier value does not vary."""
    outcome, before = sample(outcome, "outcome"), sample(before, "before")
    if len(outcome) != len(before):
        raise DataError(f"{len(outcome)} outcomes but {len(before)} earlier values; expected one pair a unit")
    cov = np.cov(outcome, before)
    if cov[1, 1] <= 0 or cov[0, 0] <= 0:
        raise DataError("outcome or earlier value has zero variance; CUPED needs both to vary")
    rho2 = cov[0, 1] ** 2 / (cov[0, 0] * cov[1, 1])
    return Adjustment(float(cov[0, 1] / cov[1, 1]), float(1 - rho2))


def adjusted(outcome: Floats, before: Floats, theta: float) -> Floats:
    """Outcome less what the earlier value foretells; the mean over all units stays."""
    return np.asarray(outcome - theta * (before - before.mean()))


def compare(outcome_a: Numbers, before_a: Numbers, outcome_b: Numbers, before_b: Numbers, alpha: float) -> Comparison:
    """Welch's test on adjusted outcomes, one theta for both arms. Raises DataError as its parts do."""
    a, b = sample(outcome_a, "A"), sample(outcome_b, "B")
    before = np.concatenate([sample(before_a, "A"), sample(before_b, "B")])
    both = np.concatenate([a, b])
    clean = adjusted(both, before, adjustment(both, before).theta)
    a, b = clean[: len(a)], clean[len(a):]
    return welch(len(a), a.mean(), a.var(ddof=1), len(b), b.mean(), b.var(ddof=1), alpha)
