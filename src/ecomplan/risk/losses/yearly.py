"""Yearly losses by simulation: Poisson counts of lognormal losses, each risk, before and after controls."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ecomplan.risk.engine.worlds import STATES, Floats, Worlds


@dataclass(frozen=True)
class YearlyLosses:
    """Simulated losses in money: `by_risk` maps a state to (risks, years), `total` to (years,)."""

    by_risk: dict[str, Floats]
    total: dict[str, Floats]

    @property
    def years(self) -> int:
        return len(self.total["before"])


def simulate(worlds: Worlds, rng: np.random.Generator) -> YearlyLosses:
    """One year in each world.

    All states share their events: a control that acts on frequency removes some of them, one that acts on
    severity shrinks them, so that no year is worse after controls than before. All events of a risk are drawn
    at once; frequency times mean severity would keep the mean and lose the tail.
    """
    shape = worlds.rates.shape
    by_risk = {state: np.zeros(shape) for state in STATES}
    for i in range(shape[0]):
        counts = rng.poisson(worlds.rates[i])
        year = np.repeat(np.arange(shape[1]), counts)
        size = worlds.medians[i][year] * np.exp(worlds.sigmas[i] * rng.standard_normal(len(year)))
        luck = rng.random(len(year))
        for state in STATES:
            size_left = np.where(luck < worlds.kept[state][i][year], size * worlds.left[state][i][year], 0.0)
            by_risk[state][i] = np.bincount(year, size_left, minlength=shape[1])
    return YearlyLosses(by_risk, {state: losses.sum(axis=0) for state, losses in by_risk.items()})


def tail_size(years: int, level: float) -> int:
    """Years in the tail at `level`: the worst 5 % at 0.95, at least one."""
    return max(1, int(np.ceil((1 - level) * years - 1e-9)))


def value_at_risk(total: Floats, level: float) -> float:
    """The loss of the mildest year in the tail: exceeded in (1 - level) of all years."""
    worst = tail_size(len(total), level)
    return float(np.partition(total, len(total) - worst)[len(total) - worst])


def expected_shortfall(total: Floats, level: float) -> float:
    """Mean loss of the years in the tail (Acerbi & Tasche, 2002)."""
    worst = tail_size(len(total), level)
    return float(np.partition(total, len(total) - worst)[len(total) - worst:].mean())


def tail_contributions(by_risk: Floats, level: float) -> Floats:
    """(risks,) Euler contributions to expected shortfall (Tasche, 1999): each risk's mean loss in the tail years.

    They add up to the expected shortfall of the sum.
    """
    order = np.argsort(by_risk.sum(axis=0), kind="stable")
    worst: npt.NDArray[np.intp] = order[len(order) - tail_size(len(order), level):]
    return np.asarray(by_risk[:, worst].mean(axis=1))


def monte_carlo_range(total: Floats, level: float, z: float) -> tuple[tuple[float, float], tuple[float, float]]:
    """Simulation noise alone: (low, high) of value at risk and of expected shortfall, z standard errors wide.

    Value at risk by order statistics (binomial ranks), expected shortfall by its asymptotic variance
    (Manistre & Hancock, 2005).
    """
    ordered = np.sort(total)
    count, worst = len(total), tail_size(len(total), level)
    spread = z * np.sqrt(count * level * (1 - level))
    centre = count - worst
    low, high = (int(np.clip(round(centre + sign * spread), 0, count - 1)) for sign in (-1, 1))
    beyond = ordered[centre:]
    shortfall, risk = float(beyond.mean()), float(ordered[centre])
    error = np.sqrt((float(beyond.var()) + level * (shortfall - risk) ** 2) / worst)
    return (float(ordered[low]), float(ordered[high])), (shortfall - z * float(error), shortfall + z * float(error))
