"""Mean of one loss: lognormal or Pareto, capped or not (Klugman, Panjer & Willmot, Loss Models: limited value)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr

Floats = npt.NDArray[np.float64]


def mean_loss(median: Floats, sigma: Floats, alpha: Floats, most: Floats) -> Floats:
    """Mean of min(loss, most), elementwise with broadcasting.

    `alpha` 0: lognormal with log deviation `sigma`; else a Pareto of that tail index, whose mean is infinite where
    alpha is not above 1 and most is infinite. Amounts in one unit of money.
    """
    median, sigma, alpha, most = np.broadcast_arrays(*(np.asarray(x, float) for x in (median, sigma, alpha, most)))
    out = np.zeros(median.shape)
    smooth = (alpha == 0) & (median > 0)
    if smooth.any():
        middle, spread, cap = median[smooth], np.maximum(sigma[smooth], 1e-12), most[smooth]
        with np.errstate(divide="ignore"):
            z = np.log(cap / middle) / spread
        beyond = np.where(np.isfinite(cap), cap, 0.0) * ndtr(-z)
        out[smooth] = middle * np.exp(spread**2 / 2) * ndtr(z - spread) + beyond
    heavy = (alpha > 0) & (median > 0)
    if heavy.any():
        tail, cap = alpha[heavy], most[heavy]
        least = median[heavy] * 2 ** (-1 / tail)
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = np.maximum(cap / least, 1.0)
            even = np.where(np.isfinite(ratio), np.log(ratio), np.inf)
            gap = tail - 1
            rest = np.where(np.abs(gap) > 1e-9, (1 - ratio ** (-gap)) / np.where(gap == 0, 1.0, gap), even)
        out[heavy] = np.where(cap <= least, cap, least * (1 + rest))
    return out
