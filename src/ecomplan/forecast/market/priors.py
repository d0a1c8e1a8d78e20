"""What the stage's curves are drawn from: planning figures with their years, and PERT priors."""

from __future__ import annotations

import re

import numpy as np
import numpy.typing as npt
from scipy.special import betaincinv

from ecomplan.claims import Claim
from ecomplan.errors import ParameterError

Floats = npt.NDArray[np.float64]
LOW, MIDDLE, HIGH = 0.10, 0.50, 0.90
MOST_BLOCKS = 10_000  # beyond so many customers blocks of them are resampled: the intervals stay, the memory does not


def pert_quantile(q: npt.ArrayLike, low: float, likely: float, high: float) -> Floats:
    """Quantiles of the PERT distribution (Malcolm et al. 1959): a beta on [low, high] with weight 4 on its mode.

    Raises ParameterError unless low <= likely <= high.
    """
    if not low <= likely <= high:
        raise ParameterError(f"PERT needs low <= likely <= high, found {low:g} / {likely:g} / {high:g}")
    chance = np.asarray(q, float)
    if low == high:
        return np.full(chance.shape, float(low))
    span = high - low
    return np.asarray(low + span * betaincinv(1 + 4 * (likely - low) / span, 1 + 4 * (high - likely) / span, chance))


def year_of(claim: Claim) -> int:
    """The calendar year that a claim's key names. Raises ParameterError where it names none."""
    found = re.search(r"_(20\d\d)(?:_|$)", claim.key)
    if found is None:
        raise ParameterError(f"claims/: {claim.key} names no year")
    return int(found[1])


def blocks(customers: int) -> npt.NDArray[np.int64]:
    """The block [customers] with which each customer is resampled: its own, until there are too many."""
    return np.arange(customers) % max(min(customers, MOST_BLOCKS), 1)


def resampled(blocks: int, draws: int, rng: np.random.Generator) -> npt.NDArray[np.int64]:
    """How often [draws, blocks] each block is drawn."""
    return rng.multinomial(blocks, np.full(blocks, 1 / blocks), draws)


def limits(draws: npt.ArrayLike) -> dict[str, float]:
    """low and high of 80 % for `Stage.finding`."""
    low, high = np.quantile(np.asarray(draws, float), [LOW, HIGH])
    return {"low": float(low), "high": float(high)}


def found(draws: npt.ArrayLike) -> dict[str, float]:
    """value (median), low, high of 80 % for `Stage.finding`."""
    return {"value": float(np.median(np.asarray(draws, float)))} | limits(draws)
