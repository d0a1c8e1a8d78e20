"""Contributions by quadrature against all subsets of measures."""

from __future__ import annotations

from itertools import combinations
from math import factorial
from typing import Any

import numpy as np
import pytest

from ecomplan.investment.returns.shapley import Working, contributions


def game(seed: int, levers: int = 5, draws: int = 4, months: int = 5, segments: int = 2) -> dict[str, Any]:
    """Levers that lift sales and, every third, one of two cost bases; some do not work in a draw."""
    rng = np.random.default_rng(seed)
    row, lever = np.nonzero(rng.random((draws, levers)) < 0.8)
    size = len(row)
    base = np.where(np.arange(levers) % 3 == 2, np.arange(levers) // 3 % 2, -1)
    return {
        "sales": rng.uniform(50, 100, (draws, months, segments)),
        "working": Working(
            np.searchsorted(row, np.arange(draws + 1)), lever, rng.uniform(0.0, 0.5, (size, segments)),
            np.sort(rng.random((size, months)), axis=1), np.zeros(size),
        ),
        "base": base, "held": rng.uniform(0.02, 0.1, (draws, 2)), "margin": rng.uniform(0.2, 0.4, draws),
        "weight": 0.99 ** np.arange(1, months + 1),
    }


def worth(g: dict[str, Any], n: int, members: Any) -> float:
    """The formula of the game, written out."""
    w = g["working"]
    rows = [row for row in range(w.first[n], w.first[n + 1]) if w.lever[row] in members]
    total = 0.0
    for t in range(g["sales"].shape[1]):
        for s in range(g["sales"].shape[2]):
            log, left = 0.0, [1.0, 1.0]
            for row in rows:
                effect, base = w.strength[row, s] * w.built[row, t], g["base"][w.lever[row]]
                if base < 0:
                    log += effect
                else:
                    left[base] *= np.exp(-effect)
            saved = sum(share * (1 - rest) for share, rest in zip(g["held"][n], left, strict=True))
            total += g["sales"][n, t, s] * g["weight"][t] * (
                g["margin"][n] * (np.exp(log) - 1) + np.exp(log) * saved
            )
    return total


@pytest.mark.parametrize("seed", [1, 2])
def test_quadrature_is_the_sum_over_all_subsets(seed: int) -> None:
    g = game(seed)
    split = contributions(**g)
    draws, levers = split.by_lever.shape
    for n in range(draws):
        for i in range(levers):
            others = [j for j in range(levers) if j != i]
            value = 0.0
            for size in range(levers):
                chance = factorial(size) * factorial(levers - size - 1) / factorial(levers)
                for group in combinations(others, size):
                    value += chance * (worth(g, n, (*group, i)) - worth(g, n, group))
            assert split.by_lever[n, i] == pytest.approx(value, rel=1e-11, abs=1e-11)
    assert split.cells.sum(axis=(1, 2)) == pytest.approx(split.by_lever.mean(axis=0), rel=1e-12)
    assert split.months.sum(axis=1) == pytest.approx(split.by_lever.mean(axis=0), rel=1e-12)


def test_forty_measures_still_add_up_to_the_whole() -> None:
    g = game(3, levers=40)
    g["working"].strength[:] /= 4
    split = contributions(**g)
    whole = [worth(g, n, range(40)) for n in range(4)]
    assert split.by_lever.sum(axis=1) == pytest.approx(whole, rel=1e-9)


def test_what_is_given_away_is_taken_from_who_gives_it() -> None:
    g = game(4, levers=2, segments=1)
    g["base"][:] = -1
    plain = contributions(**g).by_lever
    g["working"].given[g["working"].lever == 1] = 0.1
    less = contributions(**g).by_lever
    assert less[:, 0] == pytest.approx(plain[:, 0], rel=1e-12)
    w = g["working"]
    for n in range(4):
        rows = range(w.first[n], w.first[n + 1])
        owed = 0.0
        for t in range(5):
            effects = {w.lever[row]: w.strength[row, 0] * w.built[row, t] for row in rows}
            log = sum(effects.values())
            extra = g["sales"][n, t, 0] * g["weight"][t] * (np.exp(log) - 1)
            owed += 0.1 * extra * effects.get(1, 0.0) / log if log else 0.0
        assert plain[n, 1] - less[n, 1] == pytest.approx(owed, rel=1e-9, abs=1e-12)
