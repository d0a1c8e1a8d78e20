"""Make untargeted households look like targeted ones: entropy balancing, and how alike they are."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ecomplan.behaviour.statistics import Floats
from ecomplan.errors import DataError

_STEPS = 200
_CLOSE = 1e-7  # in standard deviations of the controls


def entropy_balance(controls: Floats, target: Floats) -> Floats | None:
    """Weights of the controls (n,), adding up to 1, with the target's means and the least divergence from equal ones.

    controls: (n, k) covariates; target: (k,) means to reach (Hainmueller 2012). Newton's method with step halving on
    the dual, a smooth convex function. None where no weights reach the target: it lies outside of what the controls
    cover (no overlap). Covariates that do not vary are left out, if their value is the target's.
    """
    if not len(controls):
        return None
    spread = controls.std(axis=0)
    fixed = spread <= 1e-12 * np.maximum(1, np.abs(target))
    if (np.abs(controls[0, fixed] - target[fixed]) > 1e-9 * np.maximum(1, np.abs(target[fixed]))).any():
        return None
    x = (controls[:, ~fixed] - target[~fixed]) / spread[~fixed]
    # outside the range of one covariate no weights can help; Newton would only run away
    if (x.min(axis=0) > 0).any() or (x.max(axis=0) < 0).any():
        return None
    multiplier = np.zeros(x.shape[1])
    value, weights = _dual(x, multiplier)
    for _ in range(_STEPS):
        gradient = weights @ x
        if np.abs(gradient).max(initial=0) < _CLOSE:
            return weights
        centred = x - gradient
        hessian = (centred * weights[:, None]).T @ centred + 1e-10 * np.eye(x.shape[1])
        step = np.linalg.solve(hessian, gradient)
        size = 1.0
        while size > 1e-10:
            trial, shifted = _dual(x, multiplier - size * step)
            if trial <= value - 1e-4 * size * float(gradient @ step):
                break
            size /= 2
        else:
            break
        multiplier, value, weights = multiplier - size * step, trial, shifted
    return weights if np.abs(weights @ x).max() < 1e-4 else None


def _dual(x: Floats, multiplier: Floats) -> tuple[float, Floats]:
    score = x @ multiplier
    top = score.max()
    raw = np.exp(score - top)
    total = raw.sum()
    return float(np.log(total) + top), raw / total


def effective(weights: Floats) -> float:
    """Households that equally weighted ones would be worth: (sum of weights)² / sum of squares (Kish 1965)."""
    return float(weights.sum() ** 2 / (weights @ weights))


def standardised_differences(treated: pd.DataFrame, controls: pd.DataFrame, weights: Floats | None) -> pd.DataFrame:
    """Targeted against untargeted households, covariate by covariate, before and after weighting.

    Columns: covariate, treated, control, weighted (means; weighted is missing without weights), before, after
    (difference over the pooled standard deviation of the unweighted groups; Austin 2009 calls below 0.1 balanced).
    Raises DataError where a group is empty.
    """
    if treated.empty or controls.empty:
        raise DataError("standardised differences need households in both groups")
    spread = np.sqrt((treated.var(ddof=0) + controls.var(ddof=0)) / 2).replace(0, 1).to_numpy()
    one, other = treated.mean().to_numpy(), controls.mean().to_numpy()
    frame = pd.DataFrame({
        "covariate": treated.columns, "treated": one, "control": other, "before": (one - other) / spread,
    })
    balanced = pd.array([None] * len(frame), dtype="Float64") if weights is None else weights @ controls.to_numpy()
    frame["weighted"] = balanced
    frame["after"] = (frame["treated"] - frame["weighted"]) / spread
    return frame
