"""Continuous-time Markov chains of machines that fail and are repaired: exact availability, and a simulation.

Rates are per hour. A generator `q` [..., states, states] has rows that add up to 0; `served` [states] is the part of
the demand that is served in each state (1: all, 0: none).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.linalg import expm

from ecomplan.errors import DataError

Array = NDArray[np.float64]
HOURS = 8760.0


def generator(states: int, rates: dict[tuple[int, int], ArrayLike]) -> Array:
    """A generator from its rates {(from, to): rate or rates [readings]}: [states, states] or [readings, ...]."""
    shape = np.broadcast_shapes(*(np.shape(rate) for rate in rates.values()))
    q = np.zeros((*shape, states, states))
    for (here, there), rate in rates.items():
        if here == there or np.any(np.asarray(rate) < 0):
            raise DataError(f"rate {here} to {there} is refused: expected another state and no negative rate")
        q[..., here, there] += rate
    index = np.arange(states)
    q[..., index, index] = -q.sum(axis=-1)
    return q


def join(parts: list[Array]) -> Array:
    """Generator of units that fail and recover independently of each other: the Kronecker sum (2-dimensional parts)."""
    whole = parts[0]
    for part in parts[1:]:
        whole = np.kron(whole, np.eye(len(part))) + np.kron(np.eye(len(whole)), part)
    return whole


def steady_state(q: Array) -> Array:
    """Long-run share of time in each state [..., states]: pi q = 0, sum pi = 1."""
    system = np.swapaxes(q, -1, -2).copy()
    system[..., -1, :] = 1.0
    right = np.zeros((*q.shape[:-2], q.shape[-1], 1))
    right[..., -1, 0] = 1.0
    return np.asarray(np.linalg.solve(system, right)[..., 0])


def availability(q: Array, served: Array) -> Array:
    """Long-run part of the demand that is served [...]."""
    return np.asarray(steady_state(q) @ served)


def year_availability(q: Array, served: Array, hours: float = HOURS) -> float:
    """Expected part served over the first `hours` after a start in state 0 (one generator).

    The integral of the transition function stands beside it in the exponential of one larger matrix (Van Loan 1978).
    """
    states = len(q)
    larger = np.zeros((2 * states, 2 * states))
    larger[:states, :states] = q * hours
    larger[:states, states:] = np.eye(states)
    return float(expm(larger)[0, states:] @ served)


def interruptions(q: Array, served: Array) -> Array:
    """Expected falls of the served part a year [...]: rate of moves into states that serve less."""
    falls = served[None, :] < served[:, None]
    return np.asarray((steady_state(q)[..., :, None] * q * falls).sum(axis=(-1, -2)) * HOURS)


@dataclass(frozen=True)
class Stays:
    """Simulated stays: path, state, begin and end (hours), in order of simulation."""

    path: NDArray[np.int64]
    state: NDArray[np.int64]
    begin: Array
    end: Array

    def lost_hours(self, served: Array, paths: int) -> Array:
        """Hours of full demand not served, by path."""
        weight = (1 - served[self.state]) * (self.end - self.begin)
        return np.bincount(self.path, weights=weight, minlength=paths).astype(float)


def simulate(rng: np.random.Generator, q: Array, paths: int, hours: float = HOURS) -> Stays:
    """Paths from state 0 over `hours` (Gillespie 1977); `q` one generator, or one for each path."""
    each = np.broadcast_to(q, (paths, *q.shape[-2:]))
    now, state = np.zeros(paths), np.zeros(paths, np.int64)
    alive = np.arange(paths)
    kept: list[tuple[NDArray[np.int64], NDArray[np.int64], Array, Array]] = []
    while len(alive):
        here = state[alive]
        rates = each[alive, here].copy()
        rates[np.arange(len(alive)), here] = 0.0
        total = rates.sum(axis=1)
        wait = rng.exponential(1.0, len(alive)) / np.maximum(total, 1e-300)
        end = np.minimum(now[alive] + wait, hours)
        kept.append((alive, here, now[alive], end))
        chosen = (rates.cumsum(axis=1) < (rng.random(len(alive)) * total)[:, None]).sum(axis=1)
        now[alive], state[alive] = end, np.minimum(chosen, q.shape[-1] - 1)
        alive = alive[end < hours]
    columns = [np.concatenate(part) for part in zip(*kept, strict=True)]
    return Stays(columns[0], columns[1], columns[2], columns[3])
