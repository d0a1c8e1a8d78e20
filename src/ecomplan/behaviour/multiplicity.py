"""Many tests at once: adjusted p-values of Holm (1979) and of Benjamini & Hochberg (1995)."""

from __future__ import annotations

from typing import Any

import numpy as np

from ecomplan.behaviour.statistics import Floats
from ecomplan.errors import DataError


def holm(p_values: Any) -> Floats:
    """Adjusted p-values (..., tests): the chance of any false positive stays below the level they are held against."""
    p, order = _sorted(p_values)
    m = p.shape[-1]
    stepped = np.maximum.accumulate(p * np.arange(m, 0, -1), axis=-1)
    return _back(np.minimum(stepped, 1), order)


def benjamini_hochberg(p_values: Any) -> Floats:
    """Adjusted p-values (..., tests): the expected share of false ones among the positives stays below the level."""
    p, order = _sorted(p_values)
    m = p.shape[-1]
    scaled = p * m / np.arange(1, m + 1)
    stepped = np.flip(np.minimum.accumulate(np.flip(scaled, -1), axis=-1), -1)
    return _back(np.minimum(stepped, 1), order)


def _sorted(p_values: Any) -> tuple[Floats, Any]:
    p = np.asarray(p_values, float)
    if p.ndim == 0 or p.shape[-1] == 0:
        raise DataError("no p-values given; expected at least one test")
    if not ((p >= 0) & (p <= 1)).all():
        raise DataError("p-values must lie between 0 and 1")
    order = np.argsort(p, axis=-1)
    return np.take_along_axis(p, order, -1), order


def _back(adjusted: Floats, order: Any) -> Floats:
    out = np.empty_like(adjusted)
    np.put_along_axis(out, order, adjusted, -1)
    return out
