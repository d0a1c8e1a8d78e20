"""Several factors at once: effects and interactions by least squares, and whose share of the effect each has."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from math import comb
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from ecomplan.behaviour.experiments.two_sample import Floats
from ecomplan.errors import DataError


def terms(factors: Sequence[str], order: int) -> list[tuple[str, ...]]:
    """Factors and their interactions up to `order`, shorter first."""
    return [pick for size in range(1, order + 1) for pick in combinations(factors, size)]


def fit(frame: pd.DataFrame, factors: Sequence[str], outcome: str, alpha: float, order: int = 2) -> pd.DataFrame:
    """Effects of factors at two levels (0, 1) and their interactions on a mean, by least squares.

    Coded -1 and +1, so that an effect is the mean change from low to high over the other factors' levels; standard
    errors are robust to unequal variances (HC2, MacKinnon & White, 1985). Columns: term, effect, error, low, high,
    p_value. Raises DataError for a level that is neither 0 nor 1, an empty cell, and an outcome that does not vary.
    """
    for factor in factors:
        wrong = ~frame[factor].isin([0, 1])
        if wrong.any():
            raise DataError(f"factor {factor}, row {int(np.argmax(wrong))}: level {frame[factor][wrong].iloc[0]!r}; "
                            "expected 0 or 1")
    cells = frame.groupby(list(factors)).size()
    if len(cells) < 2 ** len(factors):
        raise DataError(f"only {len(cells)} of {2 ** len(factors)} combinations of {', '.join(factors)} hold units")
    y = frame[outcome].to_numpy(float)
    if not np.isfinite(y).all() or y.var() == 0:
        raise DataError(f"outcome {outcome} has zero variance or missing values; effects cannot be told")
    picks = terms(factors, order)
    coded = {factor: 2 * frame[factor].to_numpy(float) - 1 for factor in factors}
    x = np.column_stack([np.ones(len(y)), *(np.prod([coded[f] for f in pick], axis=0) for pick in picks)])
    inverse = np.linalg.inv(x.T @ x)
    beta = inverse @ (x.T @ y)
    leverage = np.einsum("ij,jk,ik->i", x, inverse, x)
    residual = (y - x @ beta) ** 2 / (1 - leverage)
    covariance = inverse @ (x.T * residual @ x) @ inverse
    return _table(picks, 2 * beta[1:], 2 * np.sqrt(np.diag(covariance))[1:], alpha, len(y) - x.shape[1])


def from_cells(successes: Floats, units: Floats, factors: Sequence[str]) -> tuple[list[str], Floats, Floats]:
    """All effects and interactions of a full design on proportions: terms, effects and errors (..., terms).

    successes, units: (..., 2^k) with the last factor running fastest. Raises DataError for an empty cell.
    """
    successes, units = np.asarray(successes, float), np.asarray(units, float)
    if successes.shape[-1] != 2 ** len(factors):
        raise DataError(f"{successes.shape[-1]} cells for {len(factors)} factors; expected {2 ** len(factors)}")
    if (units <= 0).any():
        raise DataError("a cell of the design is empty; every combination needs units")
    levels = np.array(np.meshgrid(*[[-1, 1]] * len(factors), indexing="ij")).reshape(len(factors), -1).astype(float)
    picks = terms(factors, len(factors))
    design = np.stack([np.prod([levels[factors.index(f)] for f in pick], axis=0) for pick in picks])
    rate = successes / units
    half = 2 ** (len(factors) - 1)
    effect = rate @ design.T / half
    error = np.sqrt((rate * (1 - rate) / units).sum(axis=-1, keepdims=True)) / half
    return [" x ".join(pick) for pick in picks], effect, np.broadcast_to(error, effect.shape)


def cell_rates(base: float, main: dict[str, float], interactions: dict[tuple[str, str], float]) -> Floats:
    """True rates of the cells of a full design: relative gains of each factor, and of pairs on top of both."""
    names = list(main)
    rates = []
    for cell in np.ndindex(*[2] * len(names)):
        on = {name for name, level in zip(names, cell, strict=True) if level}
        gain = sum(main[name] for name in on)
        gain += sum(value for pair, value in interactions.items() if set(pair) <= on)
        rates.append(base * (1 + gain))
    return np.array(rates)


def shapley(rates: Floats, factors: Sequence[str]) -> pd.DataFrame:
    """Share of each factor in the gain of all factors together: the Shapley value over the cells (Shapley, 1953).

    An interaction is split evenly between its factors. Columns: factor, contribution (of the rate), share.
    """
    k = len(factors)
    value = dict(zip(np.ndindex(*[2] * k), np.asarray(rates, float), strict=True))
    out = np.zeros(k)
    weight = [1 / (k * comb(k - 1, size)) for size in range(k)]
    for i in range(k):
        for cell, rate in value.items():
            if cell[i] == 0:
                with_it = (*cell[:i], 1, *cell[i + 1:])
                out[i] += weight[sum(cell)] * (value[with_it] - rate)
    total = out.sum()
    if total == 0:
        raise DataError("all factors together change nothing; shares of no effect cannot be told")
    return pd.DataFrame({"factor": list(factors), "contribution": out, "share": out / total})


def example(base: float, main: dict[str, float], interactions: dict[tuple[str, str], float], units: float, alpha: float,
            rng: np.random.Generator) -> pd.DataFrame:
    """One simulated full design with a known truth: term, truth, effect, low, high (relative to the base), inside.

    Truth is the coded effect: a factor's mean gain over the other factors' levels, for a pair half of what both bring
    together beyond their sum.
    """
    factors = list(main)
    rates = cell_rates(base, main, interactions)
    per_cell = max(round(units / len(rates)), 50)
    sizes = np.full(len(rates), float(per_cell))
    names, truth, _ = from_cells(rates * sizes, sizes, factors)
    _, effect, error = from_cells(rng.binomial(per_cell, rates).astype(float), sizes, factors)
    half = stats.norm.ppf(1 - alpha / 2) * error
    frame = pd.DataFrame({"term": names, "truth": truth / base, "effect": effect / base, "low": (effect - half) / base,
                          "high": (effect + half) / base})
    inside = (frame["low"] <= frame["truth"]) & (frame["truth"] <= frame["high"])
    return frame.assign(inside=np.where(inside, "yes", "no"))


def traffic_saved(factors: int) -> float:
    """Traffic that one test a factor needs over that of one factorial test: (k + 1) / 2 with a shared control.

    k + 1 arms hold n / (k + 1) units each, a factorial compares n / 2 with n / 2 for every factor at once.
    """
    return (factors + 1) / 2


def years_for(gain: float, relative_variance: float, units_per_day: float, factor: float,
              year_days: int) -> dict[str, Any]:
    """Years to find an interaction that brings `gain` beyond the sum of two factors: value, or unknown for none.

    In coded effects it is half of that gain, found with the same error as a main effect.
    """
    if abs(gain) < 1e-12:
        return {"value": None, "unknown": "the told gains add up, so no interaction is implied to plan for"}
    return {"value": 4 * relative_variance * (factor / (gain / 2)) ** 2 / units_per_day / year_days}


def accuracy(effects: Floats, error: float, alpha: float, factors: int) -> tuple[float, float]:
    """Chance that one factor's verdict is right, tested one by one and in a factorial of the same traffic.

    effects: equally likely true gains; right is a find where the gain is above zero, and none where it is not.
    """
    z = stats.norm.ppf(1 - alpha / 2)
    effects = np.asarray(effects, float)

    def right(noise: float) -> float:
        found = stats.norm.sf(z - effects / noise)
        return float(np.where(effects > 0, found, 1 - found).mean())

    return right(error * np.sqrt(traffic_saved(factors))), right(error)


def _table(picks: Sequence[tuple[str, ...]], effect: Floats, error: Floats, alpha: float, degrees: int) -> pd.DataFrame:
    half = stats.t.ppf(1 - alpha / 2, degrees) * error
    return pd.DataFrame({
        "term": [" x ".join(pick) for pick in picks], "effect": effect, "error": error, "low": effect - half,
        "high": effect + half, "p_value": 2 * stats.t.sf(np.abs(effect / error), degrees),
    })
