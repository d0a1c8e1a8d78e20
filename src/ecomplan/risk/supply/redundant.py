"""Exact chances of redundant units: k out of n with common cause, and with correlated failures."""

from __future__ import annotations

from math import comb, lgamma

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ecomplan.errors import ParameterError

Array = NDArray[np.float64]


def own_part(down: ArrayLike, beta: ArrayLike) -> Array:
    """Chance that a unit is down for a cause of its own, where `beta` of `down` is common to all (Fleming 1975).

    Both causes are independent, so that down = beta down + (1 - beta down) own.
    """
    q, b = np.asarray(down, float), np.asarray(beta, float)
    if np.any((q < 0) | (q >= 1) | (b < 0) | (b > 1)):
        raise ParameterError("unavailability must lie in 0..1 and the common-cause share in 0..1")
    return np.asarray((1 - b) * q / (1 - b * q))


def system_down(down: ArrayLike, beta: ArrayLike, units: int, needed: int) -> Array:
    """Chance that fewer than `needed` of `units` work, each down with chance `down`, with common cause."""
    if not 1 <= needed <= units:
        raise ParameterError(f"{needed} of {units} units needed is refused; expected 1 to {units}")
    own = own_part(down, beta)
    too_few = sum(
        (comb(units, failed) * own**failed * (1 - own) ** (units - failed) for failed in
         range(units - needed + 1, units + 1)), np.zeros_like(own),
    )
    common = np.asarray(beta, float) * np.asarray(down, float)
    return np.asarray(common + (1 - common) * too_few)


def failures(down: ArrayLike, correlation: ArrayLike, units: int) -> Array:
    """Chances of 0..units failed units [..., units + 1], pairwise correlated: beta-binomial (Skellam 1948)."""
    p, rho = np.broadcast_arrays(np.asarray(down, float), np.asarray(correlation, float))
    if np.any((p <= 0) | (p >= 1) | (rho < 0) | (rho >= 1)):
        raise ParameterError("chances must lie between 0 and 1 and correlations from 0 to below 1")
    k = np.arange(units + 1)
    choose = np.array([comb(units, int(one)) for one in k], float)
    if np.all(rho == 0):
        return np.asarray(choose * p[..., None] ** k * (1 - p[..., None]) ** (units - k))
    size = (1 - rho) / np.maximum(rho, 1e-9)
    a, b = (p * size)[..., None], ((1 - p) * size)[..., None]
    return np.asarray(choose * np.exp(_log_beta(k + a, units - k + b) - _log_beta(a, b)))


def _log_beta(a: Array, b: Array) -> Array:
    """Logarithm of the beta function, element by element (a few numbers: not worth loading a library for)."""
    log = np.vectorize(lgamma, otypes=[float])
    return np.asarray(log(a) + log(b) - log(a + b))
