"""How far the measures move with what we do not know: some hundred readings of the register, many years each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ecomplan.estimate import Estimate
from ecomplan.risk.losses.book import Floats
from ecomplan.risk.losses.yearly import Years, tail_size


@dataclass(frozen=True)
class WorldMeasures:
    """By state, each over worlds: `var` and `es` (levels, worlds), `expected`, `none` (chance of a year without
    loss), `above` (chance of a loss above the appetite), and `curve` (losses, worlds)."""

    levels: tuple[float, ...]
    var: dict[str, Floats]
    es: dict[str, Floats]
    expected: dict[str, Floats]
    none: dict[str, Floats]
    above: dict[str, Floats]
    curve: dict[str, Floats]


def measure_worlds(years: Years, levels: tuple[float, ...], appetite: float, losses: Floats) -> WorldMeasures:
    """Measures of every world from its own years; `losses` (points,) are the amounts of the exceedance curve.

    The noise of a world's years widens the range a little; with some thousand years a world it is far below the
    difference between worlds.
    """
    states = years.book.states
    ordered = {state: np.sort(years.by_world(state), axis=1) for state in states}
    count = years.per_world
    var, es, curve = {}, {}, {}
    for state, rows in ordered.items():
        starts = [count - tail_size(count, level) for level in levels]
        var[state] = np.stack([rows[:, at] for at in starts])
        es[state] = np.stack([rows[:, at:].mean(axis=1) for at in starts])
        curve[state] = np.stack([1 - np.searchsorted(row, losses, side="right") / count for row in rows], axis=1)
    expected = years.book.expected().sum(axis=1)
    return WorldMeasures(
        levels, var, es, {state: expected[c] for c, state in enumerate(states)},
        {state: (rows == 0).mean(axis=1) for state, rows in ordered.items()},
        {state: (rows > appetite).mean(axis=1) for state, rows in ordered.items()}, curve,
    )


def middle(values: Floats, percent: float = 80) -> tuple[float, float]:
    """The central `percent` of values over worlds."""
    side = (100 - percent) / 200
    low, high = np.quantile(values, [side, 1 - side])
    return float(low), float(high)


def around(value: float, worlds: Floats) -> Estimate:
    """A value over all worlds with the central 80 % of worlds, opened where the value lies outside of it."""
    low, high = middle(worlds)
    return Estimate(value, min(low, value), max(high, value))
