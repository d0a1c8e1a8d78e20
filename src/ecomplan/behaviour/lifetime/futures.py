"""Simulated futures of customers: what we do not know of the parameters, and chance itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ecomplan.behaviour.lifetime.clock import Clock
from ecomplan.behaviour.lifetime.counts import Floats
from ecomplan.behaviour.lifetime.pace import Paced

Single = npt.NDArray[np.float32]


def worlds(paced: Paced, end: pd.Timestamp, draws: int, rng: np.random.Generator) -> Iterator[tuple[Any, Clock, Any]]:
    """`draws` times (model, clock, (x, last, age) on that clock): parameters and drift drawn together."""
    middle = np.append(paced.fit.theta, paced.clock.drift)
    kind, begin = type(paced.model), paced.clock.start
    x = paced.customers["x"].to_numpy(dtype=float)
    first_day, last_day = paced.clock.day(paced.customers["first"]), paced.clock.day(paced.customers["last_day"])
    end_day = paced.clock.day(end)
    for row in rng.multivariate_normal(middle, paced.spread, draws, method="eigh"):
        clock = Clock(begin, paced.clock.index, float(row[-1]))
        first = clock.weeks_at(first_day)
        past = (x, clock.weeks_at(last_day) - first, float(clock.weeks_at(end_day)) - first)
        yield kind(*np.exp(row[:-1]).tolist()), clock, past


def between(clock: Clock, begin: pd.Timestamp, end: pd.Timestamp) -> float:
    """Weeks of a clock from `begin` to `end`."""
    return float(clock.weeks(end) - clock.weeks(begin))


def simulate_orders(
    paced: Paced, begin: pd.Timestamp, until: pd.Timestamp, draws: int, rng: np.random.Generator
) -> Single:
    """Orders of every customer from `begin` to `until` in `draws` simulated futures: (draws, customers)."""
    found = np.empty((draws, len(paced.customers)), dtype=np.float32)
    for row, (model, clock, past) in enumerate(worlds(paced, begin, draws, rng)):
        found[row] = model.draw_orders(between(clock, begin, until), *past, rng)
    return found


def group_sums(values: Single, group: npt.NDArray[np.int64], groups: int) -> Floats:
    """Sums over the customers of each group: (draws, customers) and their group to (draws, groups)."""
    return np.stack([values[:, group == number].sum(axis=1, dtype=np.float64) for number in range(groups)], axis=1)
