"""When to decide: what waiting costs, what it earns, and the best rule of all (backward induction)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import special

from ecomplan.behaviour.experiments.gate import Prior, evaluate, threshold
from ecomplan.behaviour.experiments.two_sample import Floats
from ecomplan.errors import DataError

TIMES = (1, 2, 3, 5, 7, 10, 14, 21, 28, 42, 56, 84)  # days at which a decision is looked at
GRID = 181  # points of the observed gain in the backward induction


def times(test_days: int, horizon_days: int) -> tuple[int, ...]:
    """Days at which a decision is looked at, the regular test among them; all before the horizon ends."""
    return tuple(sorted(day for day in {*TIMES, test_days} if day < horizon_days))


def value_of_days(belief: Prior, error_of_day: float, lengths: tuple[int, ...], rules: tuple[str, ...], gate: float,
                  alpha: float, cost: float, horizon_days: int, margin_per_day: float) -> pd.DataFrame:
    """Expected net gain of one measure by length of test and rule, in days of sales and in money (margin).

    During the test half of the traffic has the change; after it those that pass run to the end of the horizon.
    Columns: days, rule, value, money. Raises DataError for a test as long as the horizon.
    """
    if max(lengths) >= horizon_days:
        raise DataError(f"a test of {max(lengths)} days does not fit into a horizon of {horizon_days} days")
    rows = []
    for days in lengths:
        error = error_of_day / np.sqrt(days)
        for rule in rules:
            bar = threshold(rule, error, gate, alpha, belief, cost)
            after = evaluate(belief, error, bar, cost)["value"]
            value = days * belief.mean / 2 + (horizon_days - days) * after
            rows.append({"days": days, "rule": rule, "value": value, "money": value * margin_per_day})
    return pd.DataFrame(rows)


@dataclass(frozen=True)
class Stopping:
    """The best rule: its expected value (days of sales), mean days until a decision, chance to decide at each time."""

    value: float
    mean_days: float
    table: pd.DataFrame  # days, decided (chance), adopt_above, drop_below (observed gains; missing parts are limits)


def optimal(belief: Prior, error_of_day: float, lengths: tuple[int, ...], cost: float, horizon_days: int) -> Stopping:
    """At each of the times: adopt, drop or wait, whichever is worth most under the prior (Wald, 1950; DeGroot, 1970).

    The state is the observed gain, which holds all evidence under normal errors.
    """
    spread = np.sqrt(belief.spreads**2 + error_of_day**2 / lengths[0])
    y = np.linspace(float((belief.means - 4 * spread).min()), float((belief.means + 4 * spread).max()), GRID)
    last = len(lengths) - 1
    worth: list[Floats] = [np.zeros(GRID)] * (last + 1)
    wait: list[Floats] = [np.zeros(GRID)] * (last + 1)
    moves: list[Floats] = []
    adopt: list[Floats] = []
    for k, days in enumerate(lengths):
        weight, mean, variance = _posterior(belief, y, error_of_day**2 / days)
        expected = (weight * mean).sum(axis=1)
        adopt.append((expected - cost) * (horizon_days - days))
        if k < last:
            step = lengths[k + 1] - days
            centre = (days * y[:, None] + step * mean) / lengths[k + 1]
            deviation = step / lengths[k + 1] * np.sqrt(variance + error_of_day**2 / step)
            moves.append(_to_grid(weight, centre, deviation, y))
            wait[k] = expected * step / 2
    for k in range(last, -1, -1):
        stop = np.maximum(adopt[k], 0)
        worth[k] = stop if k == last else np.maximum(stop, wait[k] + moves[k] @ worth[k + 1])
    start = _to_grid(belief.weights[None], belief.means[None], spread, y)[0]
    value = belief.mean * lengths[0] / 2 + float(start @ worth[0])
    rows, here = [], start
    for k, days in enumerate(lengths):
        stops = np.maximum(adopt[k], 0) >= worth[k] - 1e-12
        up, down = stops & (adopt[k] > 0), stops & (adopt[k] <= 0)
        rows.append({"days": days, "decided": float(here[stops].sum()),
                     "adopt_above": float(y[up].min()) if up.any() else float(y[-1]),
                     "drop_below": float(y[down].max()) if down.any() else float(y[0])})
        if k < last:
            here = np.where(stops, 0, here) @ moves[k]
    table = pd.DataFrame(rows)
    decided = table["decided"].to_numpy(float)
    return Stopping(value, float(table["days"].to_numpy(float) @ decided / decided.sum()), table)


def _posterior(belief: Prior, y: Floats, noise: float) -> tuple[Floats, Floats, Floats]:
    total = belief.spreads**2 + noise
    known = np.log(np.maximum(belief.weights, 1e-300)) - 0.5 * np.log(total)
    log = known - (y[:, None] - belief.means) ** 2 / total / 2
    weight = np.exp(log - log.max(axis=1, keepdims=True))
    shrink = belief.spreads**2 / total
    return (weight / weight.sum(axis=1, keepdims=True), belief.means + shrink * (y[:, None] - belief.means),
            belief.spreads**2 * (1 - shrink))


def _to_grid(weight: Floats, centre: Floats, deviation: Floats, y: Floats) -> Floats:
    """Mixture of normals as probabilities of the grid's cells: (states, grid)."""
    edges = (y[1:] + y[:-1]) / 2
    below = special.ndtr((edges - centre[..., None]) / np.broadcast_to(deviation, centre.shape)[..., None])
    cumulative = np.einsum("sc,scg->sg", weight, below)
    return np.diff(cumulative, axis=1, prepend=0.0, append=1.0)
