"""How far the tail measures move with what we do not know: some hundred worlds, each aggregated exactly."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ecomplan.risk.losses.fft import aggregate, exceedance, tail
from ecomplan.risk.engine.worlds import STATES, Floats, Worlds

GRID_POINTS = 4096
WORLDS = 200  # readings of the register behind a range: the 10 % point of 200 is its 20th value


@dataclass(frozen=True)
class WorldMeasures:
    """By state: `var` and `es` (levels, worlds), `expected`, `none` (chance of a year without loss) and
    `above` (chance of a loss above the appetite), each (worlds,); `curve` (losses, worlds)."""

    levels: tuple[float, ...]
    var: dict[str, Floats]
    es: dict[str, Floats]
    expected: dict[str, Floats]
    none: dict[str, Floats]
    above: dict[str, Floats]
    curve: dict[str, Floats]


def measure_worlds(
    worlds: Worlds, levels: tuple[float, ...], appetite: float, losses: Floats, top: float
) -> WorldMeasures:
    """Tail measures of every world by FFT.

    `losses` (points,) are the amounts of the exceedance curve; `top` ends the grid, in money.
    """
    step = top / GRID_POINTS
    shape = (len(levels), worlds.count)
    var = {state: np.zeros(shape) for state in STATES}
    es = {state: np.zeros(shape) for state in STATES}
    above = {state: np.zeros(worlds.count) for state in STATES}
    curve = {state: np.zeros((len(losses), worlds.count)) for state in STATES}
    amounts = np.append(losses, appetite)
    for state in STATES:
        rates = worlds.rates * worlds.kept[state]
        medians = worlds.medians * worlds.left[state]
        for j in range(worlds.count):
            chances = aggregate(rates[:, j], medians[:, j], worlds.sigmas, step, GRID_POINTS)
            for k, level in enumerate(levels):
                var[state][k, j], es[state][k, j] = tail(chances, step, level)
            chance = exceedance(chances, step, amounts)
            curve[state][:, j], above[state][j] = chance[:-1], chance[-1]
    return WorldMeasures(
        levels, var, es,
        expected={state: worlds.expected(state).sum(axis=0) for state in STATES},
        none={state: np.exp(-(worlds.rates * worlds.kept[state]).sum(axis=0)) for state in STATES},
        above=above, curve=curve,
    )


def middle(values: Floats, percent: float = 80) -> tuple[float, float]:
    """The central `percent` of values over worlds."""
    side = (100 - percent) / 200
    low, high = np.quantile(values, [side, 1 - side])
    return float(low), float(high)
