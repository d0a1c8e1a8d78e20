"""Internal rates of return of 37-flow paths: ours beside pyxirr, in one run, CPU seconds.

Run: .venv/bin/python benchmarks/returns.py

The pyxirr that is installed takes one flow a call and refuses a table of flows, so that it is called row by row.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np
import pyxirr

sys.path.insert(0, str(Path(__file__).parents[1] / "src"))

from ecomplan.investment.engine import finance

DRAWS, ROW_DRAWS, FLOWS = 1_000_000, 50_000, 37


def simple(draws: int) -> np.ndarray:
    """An outlay and 36 uneven gains, one row a draw; about one in ten loses money."""
    rng = np.random.default_rng(2026)
    gains = rng.lognormal(0, 0.5, (draws, FLOWS - 1)) * rng.uniform(2.2, 5, (draws, 1))
    return np.concatenate([np.full((draws, 1), -100.0), gains], axis=1)


def uneven(draws: int) -> np.ndarray:
    """The same with a second and a third outlay on the way: up to five changes of sign."""
    rows = simple(draws)
    rows[:, [12, 24]] -= 40
    return rows


def timed(call, *arguments, repeats: int = 3):
    """Shortest CPU time of some calls, and the last result."""
    best, result = np.inf, None
    for _ in range(repeats):
        start = time.process_time()
        result = call(*arguments)
        best = min(best, time.process_time() - start)
    return best, result


def by_row(rows: np.ndarray) -> np.ndarray:
    """pyxirr, flow by flow; NaN where it finds none."""
    return np.array([np.nan if (rate := pyxirr.irr(row)) is None else rate for row in rows])


if __name__ == "__main__":
    finance.irr_many(uneven(10))  # compiled before the clock runs
    print(f"{FLOWS}-flow internal rates of return a CPU second")
    for words, make in (("one change of sign", simple), ("several changes of sign", uneven)):
        rows = make(DRAWS)
        own_s, own = timed(finance.irr_many, rows)
        peer_s, peer = timed(by_row, rows[:ROW_DRAWS])
        own_rate, peer_rate = DRAWS / own_s, ROW_DRAWS / peer_s
        one = (own.count[:ROW_DRAWS] == 1) & np.isfinite(peer)
        gap = np.abs(own.lowest[:ROW_DRAWS] - peer)[one].max()
        print(f"{words}: {DRAWS:,} flows, of them {100 * (own.count > 1).mean():.1f} % with several rates")
        print(f"  ours, every rate     {own_rate:12,.0f}   {own_s:.2f} s")
        print(f"  pyxirr, row by row   {peer_rate:12,.0f}   ours {own_rate / peer_rate:.1f} times as fast")
        print(f"  largest difference of a single rate: {gap:.1e}")
