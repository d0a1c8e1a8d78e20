"""Draws of what is assumed, and how draws become an estimate."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ecomplan.errors import ParameterError
from ecomplan.estimate import Estimate

Array = NDArray[np.float64]
NORMAL_80 = 1.2815515655446004  # a normal's 80 % interval reaches so many standard deviations to each side


def between(rng: np.random.Generator, low: float, high: float, draws: int) -> Array:
    """Evenly between `low` and `high`. Raises ParameterError where they stand the wrong way round."""
    if low > high:
        raise ParameterError(f"a range runs from {low:g} down to {high:g}; expected low <= high")
    return rng.uniform(low, high, draws)


def log_between(rng: np.random.Generator, low: float, high: float, draws: int) -> Array:
    """Evenly between the logs of `low` > 0 and `high`: for what is not even known to its order of size."""
    if low <= 0:
        raise ParameterError(f"a range on a log scale starts at {low:g}; expected more than 0")
    return np.exp(between(rng, float(np.log(low)), float(np.log(high)), draws))


def pert(rng: np.random.Generator, low: float, likely: float, high: float, draws: int) -> Array:
    """Beta-PERT (Malcolm et al. 1959), weight 4 on the mode."""
    if low == high:
        return np.full(draws, float(low))
    first = 1 + 4 * (likely - low) / (high - low)
    return low + (high - low) * rng.beta(first, 6 - first, draws)


def around(rng: np.random.Generator, estimate: Estimate, draws: int) -> Array:
    """Normal draws with the estimate's 80 % interval. Raises ParameterError where there is no value."""
    if estimate.value is None:
        raise ParameterError(f"nothing to draw around: {estimate.unknown}")
    low = estimate.value if estimate.low is None else estimate.low
    high = estimate.value if estimate.high is None else estimate.high
    return rng.normal(estimate.value, (high - low) / (2 * NORMAL_80), draws)


def spread(values: Any) -> Estimate:
    """Median and 80 % interval of draws."""
    low, middle, high = np.quantile(np.asarray(values, dtype=np.float64), [0.1, 0.5, 0.9])
    return Estimate(float(middle), float(low), float(high))


def known(value: Any, unknown: str) -> Estimate:
    """A number alone, or why there is none where it is missing."""
    return Estimate(None, unknown=unknown) if value is None or not np.isfinite(value) else Estimate(float(value))


def share_of(table: pd.DataFrame, column: str, row: int) -> Estimate:
    """The estimate of a row: columns `column`, `column`_low and _high, or low and high; unknown where missing."""
    if row >= len(table) or column not in table or pd.isna(table[column].iloc[row]):
        return Estimate(None, unknown="too few observations")
    ends = ("low", "high") if f"{column}_low" not in table else (f"{column}_low", f"{column}_high")
    value, low, high = (float(table[name].iloc[row]) for name in (column, *ends))
    return Estimate(value, low, high)


def wilson(hits: float, trials: float) -> Estimate:
    """A share with Wilson's 80 % interval (Wilson 1927). Unknown without trials."""
    if trials <= 0:
        return Estimate(None, unknown="nothing was observed")
    share, square = hits / trials, NORMAL_80**2
    middle = (share + square / (2 * trials)) / (1 + square / trials)
    reach = NORMAL_80 / (1 + square / trials) * np.sqrt(share * (1 - share) / trials + square / (4 * trials**2))
    return Estimate(float(share), float(max(middle - reach, 0.0)), float(min(middle + reach, 1.0)))
