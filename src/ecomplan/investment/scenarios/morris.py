"""Elementary effects (Morris 1991) with the mean of their absolute values (Campolongo et al. 2007).

A trajectory starts at a random grid point and moves one input after the other, in random order, by half the range
or a little more; every move is one elementary effect. All trajectories are built at once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ecomplan.errors import ParameterError
from ecomplan.investment.scenarios.sobol import Array, Model

Places = NDArray[np.intp]


@dataclass(frozen=True)
class Effects:
    """By input, each (inputs,): `mean` of the elementary effects, `mean_absolute` (mu*) with the limits of its
    bootstrap interval, `spread` (their standard deviation: high where an input interacts or bends)."""

    mean: Array
    mean_absolute: Array
    low: Array
    high: Array
    spread: Array


def trajectories(inputs: int, count: int, levels: int, seed: int) -> tuple[Array, Places, Array]:
    """(points (count, inputs + 1, inputs) on a grid of the unit cube, order (count, inputs), moves (count, inputs)).

    `order[t, j]` is the input that moves from row j to row j + 1; `moves` by input, positive or negative.
    Raises ParameterError for an odd or too small number of grid levels.
    """
    if levels < 4 or levels % 2:
        raise ParameterError(f"Morris grid levels {levels} are refused; expected an even number from 4")
    rng = np.random.default_rng(seed)
    step = levels / (2 * (levels - 1))
    start = rng.integers(0, levels // 2, (count, inputs)) / (levels - 1)
    up = rng.random((count, inputs)) < 0.5
    start = np.where(up, start, start + step)
    moves = np.where(up, step, -step)
    order = np.argsort(rng.random((count, inputs)), axis=1)
    turn = np.argsort(order, axis=1)  # when each input moves
    moved = np.arange(inputs + 1)[None, :, None] > turn[:, None, :]
    return start[:, None, :] + moves[:, None, :] * moved, order, moves


def elementary_effects(
    model: Model, inputs: int, count: int, levels: int, seed: int, inner: float = 0.9, resamples: int = 200,
) -> Effects:
    """Effects of `model` on the unit cube from `count` trajectories, count times (inputs + 1) runs.

    The grid covers the middle `inner` of each input's probability: at its ends an unbounded input is infinite.
    """
    points, order, moves = trajectories(inputs, count, levels, seed)
    shrunk = (1 - inner) / 2 + inner * points
    outputs = np.reshape(np.asarray(model(shrunk.reshape(-1, inputs)), np.float64), (count, inputs + 1))
    steps = np.diff(outputs, axis=1)
    effects = np.empty((count, inputs))
    np.put_along_axis(effects, order, steps, axis=1)
    effects /= moves * inner
    rng = np.random.default_rng(seed)
    weights = rng.multinomial(count, np.full(count, 1 / count), resamples) / count
    absolute = np.abs(effects)
    low, high = np.quantile(weights @ absolute, (0.1, 0.9), axis=0)
    star = absolute.mean(axis=0)
    return Effects(
        effects.mean(axis=0), star, np.minimum(low, star), np.maximum(high, star), effects.std(axis=0, ddof=1),
    )
