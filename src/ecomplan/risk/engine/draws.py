"""What every stage that draws what it does not know shares: the PERT distribution and the point of an 80 % range."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ecomplan.errors import ParameterError

Floats = npt.NDArray[np.float64]

Z90 = 1.2815515655446004  # 90 % point of the standard normal: an 80 % range has a tenth on either side


def pert_mean(low: float, likely: float, high: float) -> float:
    """Mean of the PERT distribution (Malcolm et al., 1959)."""
    return (low + 4 * likely + high) / 6


def pert(rng: np.random.Generator, low: float, likely: float, high: float, size: int) -> Floats:
    """Draws of a PERT distribution: a beta on [low, high] with mode `likely`; a constant where low equals high."""
    if not low <= likely <= high:
        raise ParameterError(f"PERT needs low <= likely <= high, found {low} / {likely} / {high}")
    if low == high:
        return np.full(size, float(low))
    span = high - low
    return low + span * rng.beta(1 + 4 * (likely - low) / span, 1 + 4 * (high - likely) / span, size)
