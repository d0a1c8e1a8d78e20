"""Rankings a second beside numpy's argsort, and the best ranking under a constraint beside a linear programme.

Run: .venv/bin/python benchmarks/bias.py     (processor seconds, draws of the scores counted)
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np
from scipy.optimize import linprog

sys.path.insert(0, str(Path(__file__).parents[1] / "src"))

from ecomplan.risk.bias.constrained import steps
from ecomplan.risk.bias.exposure import Setting, fair_list, setting_of, weekly_shares

CANDIDATES, SHOWN, LISTS, WEEKS, YEARS = 40, 10, 20, 52, 1000
SOLVED = 100


def by_argsort(setting: Setting, lists: int, rng: np.random.Generator) -> float:
    """Mean share of as many lists, in plain numpy, a year at a time."""
    total = 0.0
    for _ in range(lists // (WEEKS * LISTS)):
        score = rng.standard_normal((WEEKS, 1, CANDIDATES), np.float32) * np.float32(np.sqrt(0.5))
        score = score + np.float32(np.sqrt(0.5)) * rng.standard_normal((WEEKS, LISTS, CANDIDATES), np.float32)
        order = np.argsort(-score, axis=2)[:, :, :SHOWN]
        total += float(((order < setting.members) @ setting.weights).mean() / setting.weights.sum())
    return total / (lists // (WEEKS * LISTS))


def by_solver(scores: np.ndarray, mine: np.ndarray, weights: np.ndarray, least: float) -> float:
    many = len(scores)
    padded = np.concatenate([weights, np.zeros(many - len(weights))])
    sums = np.vstack([np.kron(np.eye(many), np.ones(many)), np.kron(np.ones(many), np.eye(many))])
    found = linprog(-np.outer(scores, padded).ravel(), A_ub=[-np.outer(mine, padded).ravel() / weights.sum()],
                    b_ub=[-least], A_eq=sums, b_eq=np.ones(2 * many), bounds=(0, 1))
    return -float(found.fun)


def main() -> None:
    setting = setting_of(SimpleNamespace(
        candidates=CANDIDATES, group_share=0.5, shown=SHOWN, position_weight="log", merit_share=0.5,
        lists_a_week=LISTS, renewal_a_week=0.1,
    ))
    lists = YEARS * WEEKS * LISTS
    weekly_shares(setting, [0.0], 1, np.random.default_rng(1))  # compiled before the clock starts
    start = time.process_time()
    shares = weekly_shares(setting, [0.0], YEARS, np.random.default_rng(1))
    one = time.process_time()
    weekly_shares(setting, np.linspace(0, 0.8, 9), YEARS, np.random.default_rng(1))
    nine = time.process_time()
    part = lists // 5
    theirs = by_argsort(setting, part, np.random.default_rng(1))
    last = time.process_time()
    ours = lists / (one - start) / 1e6
    print(f"{lists:,} rankings of {CANDIDATES} candidates, {SHOWN} shown")
    print(f"  ours, one bias      {ours:6.2f} m rankings/s   mean share {shares.mean():.4f}")
    print(f"  ours, nine biases   {9 * lists / (nine - one) / 1e6:6.2f} m rankings/s")
    print(f"  numpy argsort       {part / (last - nine) / 1e6:6.2f} m rankings/s   mean share {theirs:.4f}")
    print(f"  goal 1 m rankings/s: {'met' if ours >= 1 else 'missed'}")

    fresh = Setting(CANDIDATES, setting.members, setting.weights, 0.5, 1, 1.0)
    values, chances = fair_list(fresh)
    drawn = weekly_shares(fresh, [0.0], 1, np.random.default_rng(2), 400_000)[0, 0]
    exact = float(chances[values < 0.4].sum())
    error = np.sqrt(exact * (1 - exact) / drawn.size)
    print(f"fair lists below 40 %: exact {exact:.5f}, simulated {(drawn < 0.4).mean():.5f} ± {error:.5f}")

    rng = np.random.default_rng(3)
    scores = np.exp(0.5 * rng.standard_normal((SOLVED, CANDIDATES)))
    mine = np.arange(CANDIDATES) < setting.members
    scores[:, mine] *= 0.8
    start = time.process_time()
    own = [steps(row, mine, setting.weights).least(0.5).worth(row, setting.weights) for row in scores]
    middle = time.process_time()
    few = [by_solver(row, mine, setting.weights, 0.5) for row in scores[:10]]
    last = time.process_time()
    gap = max(abs(a - b) for a, b in zip(own[:10], few, strict=True))
    print(f"best ranking with half of the exposure, {CANDIDATES} candidates")
    print(f"  ours          {(middle - start) / SOLVED * 1e3:8.2f} ms a list")
    print(f"  scipy linprog {(last - middle) / 10 * 1e3:8.2f} ms a list; greatest difference {gap:.1e}")


if __name__ == "__main__":
    main()
