"""The best ranking that leaves a group a least share of exposure, and what it costs.

Singh and Joachims (2018) choose a random ranking by a linear programme over doubly stochastic matrices. With one
constraint on a group's exposure the programme needs no solver: its optimum is found by a bonus on the group's scores.
Raising the bonus moves the group up step by step; the optimum is the last ranking below the least share and the
first above it, mixed so that the share is just met (both are optimal at the bonus between them, so that no other
ranking does better).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ecomplan.errors import DataError
from ecomplan.risk.bias.kernel import Floats


@dataclass(frozen=True)
class Mixed:
    """One or two rankings of all candidates, best first (rankings, candidates), with their chances."""

    orders: NDArray[np.int64]
    chances: Floats

    def worth(self, gains: Floats, weights: Floats) -> float:
        """Expected sum of attention times gain."""
        return float(self.chances @ (gains[self.orders[:, : len(weights)]] @ weights))

    def share(self, mine: NDArray[np.bool_], weights: Floats) -> float:
        """Expected exposure share of the group."""
        return float(self.chances @ (mine[self.orders[:, : len(weights)]] @ weights) / weights.sum())


@dataclass(frozen=True)
class Steps:
    """All rankings that some bonus on the group's scores makes best, with the group's exposure share of each."""

    orders: NDArray[np.int64]  # (steps, candidates)
    shares: Floats  # (steps,) never falling

    def least(self, share: float) -> Mixed:
        """The best ranking with at least this share. Raises DataError where even the group first falls short."""
        if self.shares[0] >= share:
            return Mixed(self.orders[:1], np.ones(1))
        if self.shares[-1] < share - 1e-12:
            raise DataError(
                f"the group cannot hold {share:.3f} of the exposure: with all its candidates first it holds "
                f"{self.shares[-1]:.3f}"
            )
        above = int(np.argmax(self.shares >= share - 1e-12))
        part = (share - self.shares[above - 1]) / (self.shares[above] - self.shares[above - 1])
        return Mixed(self.orders[[above - 1, above]], np.array([1 - part, part]))


def steps(scores: Floats, mine: NDArray[np.bool_], weights: Floats) -> Steps:
    """The rankings of `scores` (candidates,) under every bonus from none upwards for the group `mine` (candidates,).

    `weights` (positions,) of attention, never rising. Raises DataError where one group has no candidate or the
    weights rise.
    """
    if mine.all() or not mine.any():
        raise DataError("every candidate is of one group; exposure cannot be shared between groups")
    if (np.diff(weights) > 0).any():
        raise DataError("attention rises with the position; expected weights that never rise")
    meets = (scores[~mine][:, None] - scores[mine]).ravel()
    meets = np.unique(meets[meets > 0])
    bonus = np.concatenate([[0.0], (meets[1:] + meets[:-1]) / 2, [meets[-1] + 1.0]]) if len(meets) else np.zeros(1)
    orders = np.argsort(-(scores + bonus[:, None] * mine), axis=1, kind="stable")
    shares = mine[orders[:, : len(weights)]] @ weights / weights.sum()
    return Steps(orders, shares)


def constrained(scores: Floats, mine: NDArray[np.bool_], weights: Floats, least_share: float) -> Mixed:
    """The ranking of greatest expected score whose group holds at least `least_share` of the exposure."""
    if not 0 <= least_share <= 1:
        raise DataError(f"the least share is {least_share:g}; expected a share between 0 and 1")
    return steps(scores, mine, weights).least(least_share)


@dataclass(frozen=True)
class Batch:
    """Rankings of many lists under one bonus, or two next to one another, with their chances."""

    orders: NDArray[np.int64]  # (rankings, lists, candidates)
    chances: Floats

    def worth(self, gains: Floats, weights: Floats) -> Floats:
        """Expected sum of attention times gain of each list, gains (lists, candidates)."""
        shown = self.orders[:, :, : len(weights)]
        return np.asarray(np.tensordot(self.chances, np.take_along_axis(gains[None], shown, axis=2) @ weights, 1))

    def share(self, mine: NDArray[np.bool_], weights: Floats) -> float:
        """Expected exposure share of the group over all lists."""
        return float(self.chances @ (mine[self.orders[:, :, : len(weights)]] @ weights).mean(axis=1) / weights.sum())


def on_average(scores: Floats, mine: NDArray[np.bool_], weights: Floats, least_share: float) -> Batch:
    """The rankings of greatest expected score whose group holds `least_share` over all lists (lists, candidates).

    One bonus serves every list, found by halving to the last bit: a list in which the group is strong makes up for
    another, which costs less than the same share in each list. Raises DataError as `constrained` does.
    """
    if mine.all() or not mine.any():
        raise DataError("every candidate is of one group; exposure cannot be shared between groups")

    shown = len(weights)
    (own, own_at), (others, others_at) = _best(scores, mine, shown), _best(scores, ~mine, shown)
    attention = np.concatenate([weights, np.zeros(own.shape[1])])  # nothing beyond what is shown

    def held_at(bonus: float) -> float:
        """Share of the group, whose k-th best stands behind k of its own and all others above it."""
        value = (own + bonus)[:, :, None]
        ahead = (others[:, None, :] > value) | ((others[:, None, :] == value) & earlier)
        return float(attention[np.arange(own.shape[1]) + ahead.sum(axis=2)].sum() / (len(scores) * weights.sum()))

    def ranked(bonus: float) -> NDArray[np.int64]:
        return np.argsort(-(scores + bonus * mine), axis=1, kind="stable")

    earlier = others_at[:, None, :] < own_at[:, :, None]  # of equals the first stands first
    low, high = 0.0, float(np.ptp(scores)) + 1.0
    held, most = held_at(low), held_at(high)
    if held >= least_share:
        return Batch(ranked(low)[None], np.ones(1))
    if most < least_share - 1e-12:
        raise DataError(f"the group cannot hold {least_share:.3f} of the exposure: at most {most:.3f}")
    while low < (middle := (low + high) / 2) < high and most - held > 1e-9:
        share = held_at(middle)
        if share < least_share:
            low, held = middle, share
        else:
            high, most = middle, share
    part = (least_share - held) / (most - held) if most > held else 1.0
    return Batch(np.stack([ranked(low), ranked(high)]), np.array([1 - part, part]))


def _best(scores: Floats, side: NDArray[np.bool_], most: int) -> tuple[Floats, NDArray[np.int64]]:
    """The best scores of one side of each list, best first (lists, up to `most`), and which candidates they are."""
    some = np.flatnonzero(side)
    order = np.argsort(-scores[:, some], axis=1, kind="stable")[:, :most]
    return np.take_along_axis(scores[:, some], order, axis=1), some[order]
