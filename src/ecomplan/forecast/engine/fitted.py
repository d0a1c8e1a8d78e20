"""What every member hands back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, kw_only=True)
class Fit:
    """One member's forecast of one series, on the working scale z (log y, or y itself on the level scale)."""

    name: str
    #: point forecasts of z, [horizon]
    mean: np.ndarray
    #: the model's own standard deviation of the forecast's error, [horizon]; zero for a constant series
    sigma: np.ndarray
    #: one-step errors in sample, z minus its forecast, [n]; NaN where there is none yet
    errors: np.ndarray
