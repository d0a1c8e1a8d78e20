"""Early warning: goal of nine in ten planted incidents at two false alarms a month, speed, and peers.

Run after the stages prepare, forecast and journey: .venv/bin/python benchmarks/watch.py
"""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import ruptures

from ecomplan.findings import read_table
from ecomplan.params import load_params
from ecomplan.params.watching import Watch
from ecomplan.risk.watch import changes, days, early, planted, told, told_days

ROOT = Path(__file__).parents[1]
SEEDS = 10


def recall(shop: days.Days, p: Watch) -> None:
    """Planted incidents found over several seeds, and false alarms on the days as they are."""
    seen = told_days.replay(shop, p)
    all_sizes, large = [], []
    for seed in range(SEEDS):
        incident = planted.plant(shop, p, np.random.default_rng(seed))
        found = planted.find(shop, incident, seen.course, seen.limit, p)
        all_sizes.append(float(found.found.mean()))
        large.append(told.recall_of(incident, found, 10).value or 0.0)
    false = told_days.all_false(seen)
    print(f"planted incidents found: {np.mean(all_sizes):.1%} of all (seeds {min(all_sizes):.1%} to "
          f"{max(all_sizes):.1%}), {np.mean(large):.1%} of those of 10 orders or more; goal 90 %")
    print(f"false alarms a month: {false.value:.2f} ({false.low:.2f} to {false.high:.2f}), accepted "
          f"{p.false_alarms_per_month}; goal at most 2")


def speed(orders: np.ndarray, shop: days.Days, p: Watch) -> None:
    """CPU seconds of the replay, once and with ten times the days."""
    for times in (1, 10):
        counts = np.tile(shop.counts, (times, 1))
        dates = shop.dates[0] + np.arange(len(counts))
        start = time.process_time()
        more = days.expect(dates, counts, shop.first_minute, p)
        course = early.run(more, p)
        early.warnings(more, course, early.limits(more, course, p))
        print(f"replay of {len(counts):6,} days of {counts.shape[1]} steps: {time.process_time() - start:.2f} s CPU")
    print(f"orders replayed: {len(orders):,}")


def segmentation() -> None:
    """Binary segmentation beside ruptures: same splits, CPU time."""
    rng = np.random.default_rng(1)
    series = [rng.normal(0, 1, 300) + np.repeat(rng.normal(0, 1, 6), 50) for _ in range(50)]
    start = time.process_time()
    own = [changes.segment(one, 6, 12.0) for one in series]
    mine = time.process_time() - start
    start = time.process_time()
    peer = [ruptures.Binseg(model="l2", min_size=6, jump=1).fit(one).predict(pen=12.0)[:-1] for one in series]
    theirs = time.process_time() - start
    pelt = [ruptures.Pelt(model="l2", min_size=6, jump=1).fit(one).predict(pen=12.0)[:-1] for one in series]
    same = sum(a == b for a, b in zip(own, peer, strict=True))
    near = sum(len(a) == len(b) for a, b in zip(own, pelt, strict=True))
    print(f"binary segmentation: {same} of {len(series)} as ruptures.Binseg, {mine:.3f} s against {theirs:.3f} s; "
          f"as many splits as ruptures.Pelt in {near}")


def main() -> None:
    p = load_params(ROOT / "params.yaml").watch
    orders = read_table(ROOT / "out" / "prepare", "orders", ["time"])
    shop = days.days_of(orders, p)
    recall(shop, p)
    speed(orders["time"].to_numpy(), shop, p)
    segmentation()


if __name__ == "__main__":
    main()
