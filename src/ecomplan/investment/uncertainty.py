"""What is not known about the plan: uniform draws, and the quantile functions that turn them into inputs.

The Monte Carlo draws and the tornado share these functions: the tornado moves one uniform at a time.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import betaincinv

from ecomplan.errors import DataError, ParameterError
from ecomplan.investment.budget import Budget
from ecomplan.investment.levers import Levers
from ecomplan.params import ReturnsStage

Array = NDArray[np.float64]

#: inputs drawn once a plan -> the words that a reader sees
INPUTS = {
    "total": "Total budget", "reserve": "Reserve that is spent", "margin": "Contribution margin",
    "sales": "Sales of the plan year", "kept": "Share of claimed effects kept",
    "reach": "Sales that levers can reach", "overlap": "Overlap between levers",
}


@dataclass(frozen=True)
class Draws:
    """Uniform random numbers, one row a plan: `inputs` (n, inputs), `works` and `own` (n, levers)."""

    inputs: Array
    works: Array
    own: Array

    def head(self, draws: int) -> Draws:
        """The first draws."""
        return Draws(self.inputs[:draws], self.works[:draws], self.own[:draws])

    def at(self, levels: dict[str, float]) -> Draws:
        """The same draws with every input at its median, but those in `levels` at that quantile."""
        inputs = np.full_like(self.inputs, 0.5)
        for name, level in levels.items():
            inputs[:, list(INPUTS).index(name)] = level
        return replace(self, inputs=inputs)


def make_draws(draws: int, levers: int, seed: int) -> Draws:
    """`draws` rows of uniform numbers from one seed."""
    rng = np.random.default_rng(seed)
    return Draws(rng.random((draws, len(INPUTS))), rng.random((draws, levers)), rng.random((draws, levers)))


@dataclass(frozen=True)
class Inputs:
    """Inputs by plan, each of shape (n,): budget in CNY, reserve spent as a share of the reserve, contribution
    margin, row of the sales paths, share of claims kept, reach as a level between 0 and 1, overlap."""

    total_cny: Array
    reserve: Array
    margin: Array
    path: NDArray[np.int64]
    kept: Array
    reach: Array
    overlap: Array


def read_inputs(draws: Draws, paths: int, budget: Budget, levers: Levers, p: ReturnsStage) -> Inputs:
    """Turn uniform numbers into inputs; `paths` sales paths are taken to be sorted by their yearly total."""
    u = dict(zip(INPUTS, draws.inputs.T, strict=True))
    return Inputs(
        total_cny=between(u["total"], budget.total_low_cny, budget.total_high_cny),
        # ASSUME: any part of the reserve may be needed; the documents name no rule for its release.
        reserve=u["reserve"],
        margin=pert(
            u["margin"], p.contribution_margin_low, p.contribution_margin_likely, p.contribution_margin_high
        ),
        path=np.minimum((u["sales"] * paths).astype(np.int64), paths - 1),
        kept=beta(u["kept"], p.effect_share, levers.kept_weight),
        # ASSUME: reach is misjudged the same way for all levers, so that guesses do not average out.
        reach=u["reach"],
        overlap=between(u["overlap"], levers.overlap_low, levers.overlap_high),
    )


def between(u: Array, low: float, high: float) -> Array:
    """Uniform between low and high."""
    return low + (high - low) * u


def beta(u: Array, mean: float, weight: float) -> Array:
    """Beta with a mean and a weight (its two shapes add up to it); constant for a mean of 0 or 1 or
    an infinite weight."""
    if mean in (0, 1) or np.isinf(weight):
        return np.full_like(u, mean)
    return np.asarray(betaincinv(mean * weight, (1 - mean) * weight, u))


def pert(u: Array, low: float, mode: float, high: float) -> Array:
    """PERT: a beta between low and high whose mean is (low + 4 mode + high) / 6 (Malcolm et al. 1959)."""
    if not low <= mode <= high or low == high:
        raise ParameterError(f"PERT {low:g} / {mode:g} / {high:g} is refused; expected low <= mode <= high, low < high")
    a, b = 1 + 4 * (mode - low) / (high - low), 1 + 4 * (high - mode) / (high - low)
    return np.asarray(low + (high - low) * betaincinv(a, b, u))


def year_of_sales(paths: pd.DataFrame) -> Array:
    """Monthly sales of the plan year by sample path, shape (paths, 12), sorted by the year's total.

    `paths` has columns path, month (first of month) and sales; the plan year is the first that starts with
    January and has twelve months. Raises DataError naming column, month or path.
    """
    table = "table paths of stage forecast"
    if missing := [name for name in ("path", "month", "sales") if name not in paths]:
        raise DataError(f"{table}: column {missing[0]} is missing; found {', '.join(map(str, paths.columns))}")
    months = pd.DatetimeIndex(paths["month"])
    starts = months[months.month == 1]
    if not len(starts):
        raise DataError(f"{table}: no January among its months; expected the twelve months of the plan year")
    year = starts.min().year
    wide = paths.loc[months.year == year].pivot_table(index="path", columns="month", values="sales", aggfunc="sum")
    if wide.shape[1] != 12:
        raise DataError(f"{table}: {wide.shape[1]} months of {year}; expected 12")
    values = wide.to_numpy(dtype=np.float64)
    if not np.isfinite(values).all() or (values < 0).any():
        row, column = np.argwhere(~np.isfinite(values) | (values < 0))[0]
        raise DataError(
            f"{table}: path {wide.index[row]}, {wide.columns[column]:%Y-%m}: sales {values[row, column]} is "
            f"refused; expected a number from 0"
        )
    return values[np.argsort(values.sum(axis=1), kind="stable")]
