"""Markov chains of channels: removal effects by an exact linear solve, for a memory of one step or more.

Convention, as that of the R package ChannelAttribution (Anderl et al. 2016; Altomare and Loris): a state is the last
`order` channels of a journey, fewer at its beginning; a channel that follows itself counts as a step; each journey
ends in conversion or null. Taking a channel out sends all states that contain it to null. Its removal effect is the
share of conversions lost, and credit is shared out in proportion to removal effects.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.sparse import csr_array, eye_array
from scipy.sparse.linalg import splu

from ecomplan.behaviour.attribution.paths import Paths

#: fixed point of the resamples: largest change of a probability at which it stops, and the most rounds
TOLERANCE, ROUNDS = 1e-10, 400


@dataclass(frozen=True)
class Structure:
    """Which states and transitions the paths hold at this order; state 0 is the start.

    `source`, `target` (transitions,) state numbers; `visits` csr (paths, transitions) times each path takes each;
    `final` (paths,) the state in which each ends; `holds` bool (states, channels): state contains channel.
    """

    order: int
    source: np.ndarray
    target: np.ndarray
    visits: csr_array
    final: np.ndarray
    holds: np.ndarray

    @property
    def states(self) -> int:
        return len(self.holds)

    @cached_property
    def kept(self) -> np.ndarray:
        """float (states, 1 + channels): 0 where a state falls with the channel; column 0 keeps all."""
        return np.concatenate([np.ones((self.states, 1)), 1.0 - self.holds], axis=1)

    def counts(self, conversions: np.ndarray, nulls: np.ndarray) -> Counts:
        """Journeys through each transition and out of each state; weights of shape (draws, paths)."""
        journeys = conversions + nulls
        moves = (self.visits.T @ journeys.T).T
        converted = np.stack([np.bincount(self.final, row, minlength=self.states) for row in conversions])
        lost = np.stack([np.bincount(self.final, row, minlength=self.states) for row in nulls])
        left = np.stack([np.bincount(self.source, row, minlength=self.states) for row in moves])
        return Counts(moves, converted, left + converted + lost)


@dataclass(frozen=True)
class Counts:
    """Per draw: journeys along each transition, converting from each state, leaving each state in all."""

    moves: np.ndarray
    converted: np.ndarray
    left: np.ndarray


def state_codes(paths: Paths, order: int) -> np.ndarray:
    """The last `order` channels at each step as one integer (base channels + 1; 0 stands for none yet)."""
    place = np.arange(len(paths.steps))
    base = len(paths.channels) + 1
    code = np.zeros(len(place), dtype=np.int64)
    for lag in range(order):
        inside = place - lag >= paths.first[paths.row]
        earlier = np.where(inside, paths.steps[np.maximum(place - lag, 0)] + 1, 0)
        code += earlier * base**lag
    return code


def structure(paths: Paths, order: int) -> Structure:
    """States and transitions of the chain of the given order."""
    base = len(paths.channels) + 1
    code = state_codes(paths, order)
    known, state = np.unique(code, return_inverse=True)
    state = state + 1  # 0 is the start
    holds = np.zeros((len(known) + 1, base - 1), dtype=bool)
    for lag in range(order):
        digit = known // base**lag % base
        at = np.flatnonzero(digit)
        holds[at + 1, digit[at] - 1] = True
    opening = np.arange(len(state)) == paths.first[paths.row]
    before = np.where(opening, 0, np.concatenate([[0], state[:-1]]))
    pairs, pair = np.unique(before * (len(known) + 1) + state, return_inverse=True)
    visits = csr_array((np.ones(len(pair)), (paths.row, pair)), shape=(len(paths.first), len(pairs)))
    return Structure(
        order=order, source=pairs // (len(known) + 1), target=pairs % (len(known) + 1), visits=visits,
        final=state[paths.last], holds=holds,
    )


def _matrices(chain: Structure, counts: Counts, draw: int) -> tuple[csr_array, np.ndarray]:
    """(Q, r): chances of going on and of converting, from each state; states never left in the draw are dead ends."""
    left = counts.left[draw]
    scale = np.divide(1.0, left, out=np.zeros(len(left)), where=left > 0)
    going = csr_array(
        (counts.moves[draw] * scale[chain.source], (chain.source, chain.target)), shape=(chain.states, chain.states),
    )
    return going, counts.converted[draw] * scale


def conversion_chances(chain: Structure, counts: Counts, draw: int = 0) -> np.ndarray:
    """Chance of converting from each state, whole and with each channel removed: (states, 1 + channels).

    One sparse factorisation (SuperLU) a column: x = (I - Q)^-1 r on the states that remain.
    """
    going, converting = _matrices(chain, counts, draw)
    chance = np.zeros(chain.kept.shape)
    for column in range(len(chain.kept.T)):
        keep = np.flatnonzero(chain.kept[:, column])
        system = eye_array(len(keep), format="csc") - going[keep][:, keep].tocsc()
        chance[keep, column] = splu(system).solve(converting[keep])
    return chance


def lost(chance: np.ndarray) -> np.ndarray:
    """Removal effects from `conversion_chances`: share of conversions lost without each channel, shape (channels,)."""
    return np.asarray(np.clip(1 - chance[0, 1:] / chance[0, 0], 0, 1))


def removal_effects(chain: Structure, counts: Counts, draw: int = 0) -> np.ndarray:
    """Share of conversions lost without each channel, shape (channels,)."""
    return lost(conversion_chances(chain, counts, draw))


def resampled_effects(chain: Structure, counts: Counts, near: np.ndarray) -> np.ndarray:
    """Removal effects of every draw, shape (draws, channels), by iterating x = Q x + r from `near`.

    `near` is the answer of the data themselves (`conversion_chances`); the draws lie close to it, so all removals
    settle together in a few dozen sparse products. A draw that does not settle within `ROUNDS` is solved exactly.
    """
    effects = np.zeros((len(counts.moves), chain.holds.shape[1]))
    for draw in range(len(effects)):
        going, converting = _matrices(chain, counts, draw)
        chance, source = near, converting[:, None]
        for _ in range(ROUNDS):
            after = (going @ chance + source) * chain.kept
            moved = np.abs(after - chance).max()
            chance = after
            if moved < TOLERANCE:
                break
        else:
            chance = conversion_chances(chain, counts, draw)
        effects[draw] = lost(chance)
    return effects
