"""Internal rates of return: all real roots of many flows at once, beside one brentq call a flow.

Run: .venv/bin/python benchmarks/returns.py
"""

from __future__ import annotations

import time

import numpy as np
from scipy.optimize import brentq

from ecomplan.investment import finance

DRAWS, LOOP_DRAWS, FLOWS = 100_000, 2_000, 37


def flows(draws: int) -> np.ndarray:
    """An outlay and 36 uneven gains, one row a draw; about one in ten loses money."""
    rng = np.random.default_rng(2026)
    gains = rng.lognormal(0, 0.5, (draws, FLOWS - 1)) * rng.uniform(2.2, 5, (draws, 1))
    return np.concatenate([np.full((draws, 1), -100.0), gains], axis=1)


def loop(rows: np.ndarray) -> np.ndarray:
    """The obvious way: bracket and brentq, flow by flow, one root only."""
    time_axis = np.arange(rows.shape[1])
    return np.array([brentq(lambda rate, row=row: row @ (1 + rate) ** -time_axis, -0.5, 10.0) for row in rows])


def timed(call, *arguments, repeats: int = 3):
    """Shortest CPU time of some calls, and the last result."""
    best, result = np.inf, None
    for _ in range(repeats):
        start = time.process_time()
        result = call(*arguments)
        best = min(best, time.process_time() - start)
    return best, result


if __name__ == "__main__":
    rows = flows(DRAWS)
    own_s, own = timed(finance.irr_many, rows)
    low, high = finance.per_month(-0.99), finance.per_month(20.0)
    narrow_s, _ = timed(finance.irr_many, rows, low, high, 24)
    loop_s, peer = timed(loop, rows[:LOOP_DRAWS], repeats=1)
    gap = np.abs(own.lowest[:LOOP_DRAWS] - peer).max()
    own_rate, narrow_rate, loop_rate = DRAWS / own_s, DRAWS / narrow_s, LOOP_DRAWS / loop_s
    print(f"{FLOWS}-flow rates of return a CPU second, all real roots reported")
    for points, rate in ((finance.SEARCH_POINTS, own_rate), (24, narrow_rate)):
        print(f"  ours, {points} points searched  {rate:12,.0f}   {rate / loop_rate:6.1f} times the loop")
    print(f"  scipy brentq in a loop    {loop_rate:12,.0f}   1.0 (one root, bracket given)")
    print(f"  largest difference of a rate: {gap:.1e}")
