"""Adjusted Rand index of a million labels beside scikit-learn, in processor seconds.

Run: .venv/bin/python benchmarks/segments.py     (how segments grows with the lines: benchmarks/behaviour.py)
"""

from __future__ import annotations

import time

import numpy as np
from sklearn.metrics import adjusted_rand_score

from ecomplan.behaviour.segments.agreement import adjusted_rand, contingency

LABELS, CLASSES = 1_000_000, 4


def main() -> None:
    rng = np.random.default_rng(1)
    a, b = rng.integers(CLASSES, size=(2, LABELS))
    b = np.where(rng.random(LABELS) < 0.7, a, b)
    start = time.process_time()
    own = float(adjusted_rand(contingency(a, b, CLASSES, CLASSES)))
    middle = time.process_time()
    theirs = adjusted_rand_score(a, b)
    took, peer = middle - start, time.process_time() - middle
    print(f"adjusted Rand index of {LABELS:,} labels")
    print(f"  ours          {own:.12f}  {took:.3f} s")
    print(f"  scikit-learn  {theirs:.12f}  {peer:.3f} s")
    print(f"  ours takes {took / peer:.3f} of its time; difference {abs(own - theirs):.1e}")


if __name__ == "__main__":
    main()
