"""Response curves of the engine fitted to a response worked out here, to be handed on to the levers."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ecomplan.errors import DataError
from ecomplan.investment.engine.curves import Curve

Array = NDArray[np.float64]
HALF_DOSES = np.geomspace(0.05, 20, 121)
STEEPNESS = np.linspace(0.5, 4.0, 71)
LEAST_HARM = 1e-3  # a harm curve as good as straight


def _shape(dose: Any, effect: Any) -> tuple[Array, Array]:
    d, f = np.asarray(dose, dtype=np.float64), np.asarray(effect, dtype=np.float64)
    at_one = float(np.interp(1.0, d, f))
    if not (np.isfinite(f).all() and at_one > 0):
        raise DataError("a response has no gain at dose 1, so it has no shape to fit")
    return d, f / at_one


def fit_hill(dose: Any, effect: Any) -> Curve:
    """The Hill curve nearest to `effect` over its value at dose 1 (least squares on a grid).

    `dose` rises and holds 1. Raises DataError where the effect at dose 1 is not above 0.
    """
    d, f = _shape(dose, effect)
    half = (HALF_DOSES[:, None] ** STEEPNESS)[:, :, None]
    power = d[None, None, :] ** STEEPNESS[None, :, None]
    errors = ((power * (1 + half) / (half + power) - f) ** 2).sum(axis=2)
    row, column = np.unravel_index(int(errors.argmin()), errors.shape)
    return Curve("hill", float(HALF_DOSES[row]), float(STEEPNESS[column]))


def fit_harm(dose: Any, effect: Any) -> Curve:
    """The harm curve nearest to `effect` over its value at dose 1 (least squares, one number).

    `dose` rises and holds 1. Raises DataError where the effect at dose 1 is not above 0.
    """
    d, f = _shape(dose, effect)
    lever = d - d * d
    return Curve("harm", max(float(((f - d) * lever).sum() / (lever * lever).sum()), LEAST_HARM))
