"""Total Sobol indices of 200 inputs at 1,024 base points: ours, streamed, beside SALib's sampling and analysis.

Both run the same model on points of their own making; its time is measured apart and taken off. Memory is the
rise of the largest resident size in a process of its own, the model's arrays included. Both bootstrap 100 times.

Run: .venv/bin/python benchmarks/sensitivity.py
"""

from __future__ import annotations

import importlib
import json
import resource
import subprocess
import sys
import time
import warnings

import numpy as np

INPUTS, POINTS, RESAMPLES, SEED = 200, 1024, 100, 2026
WEIGHTS = np.linspace(0, 3, INPUTS)


class Model:
    """A model of 200 inputs with interactions; keeps its own CPU time."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self, unit):
        start = time.process_time()
        out = unit @ WEIGHTS + 5 * unit[:, -1] * unit[:, -2] + 9 * np.square(unit[:, -3])
        self.seconds += time.process_time() - start
        return out


def ours(model):
    from ecomplan.investment.scenarios.sobol import sobol

    return sobol(model, INPUTS, POINTS, SEED, RESAMPLES).total


def salib(model):
    from SALib.analyze import sobol as analyze
    from SALib.sample import sobol as sample

    problem = {"num_vars": INPUTS, "names": [f"x{i}" for i in range(INPUTS)], "bounds": [[0, 1]] * INPUTS}
    points = sample.sample(problem, POINTS, calc_second_order=False, seed=SEED)
    return analyze.analyze(problem, model(points), calc_second_order=False, num_resamples=RESAMPLES, seed=SEED)["ST"]


def one(name: str, memory: bool) -> dict:
    """One run in this process: CPU seconds without the model's, or the peak of memory in MB."""
    run = {"ours": ours, "salib": salib}[name]
    warnings.simplefilter("ignore")
    if memory:
        importlib.import_module("scipy.stats")
        importlib.import_module("SALib.analyze.sobol" if name == "salib" else "ecomplan.investment.scenarios.sobol")
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        run(Model())
        return {"mb": (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024}
    best, total = np.inf, None
    for _ in range(3 if name == "ours" else 2):  # the first one loads what is loaded late
        model, start = Model(), time.process_time()
        total = run(model)
        best = min(best, time.process_time() - start - model.seconds)
    return {"s": best, "total": list(map(float, total))}


def apart(name: str, memory: bool) -> dict:
    """The same in a process of its own."""
    done = subprocess.run([sys.executable, __file__, name, "memory" if memory else "time"],
                          check=True, capture_output=True, text=True)
    return json.loads(done.stdout)


def exact_total() -> np.ndarray:
    """Total indices in closed form: uniform inputs, one product and one square."""
    part = np.square(WEIGHTS) / 12
    last, before = WEIGHTS[-1] + 2.5, WEIGHTS[-2] + 2.5  # 5xy = 2.5x + 2.5y + 5(x - 1/2)(y - 1/2) - 5/4
    both = 25 / 144
    w, c = WEIGHTS[-3], 9.0
    part[-1], part[-2] = last**2 / 12 + both, before**2 / 12 + both
    part[-3] = w**2 / 12 + c**2 * (1 / 5 - 1 / 9) + 2 * w * c * (1 / 4 - 1 / 6)
    return part / (part.sum() - both)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(one(sys.argv[1], sys.argv[2] == "memory")))
        raise SystemExit
    results = {name: apart(name, False) | apart(name, True) for name in ("ours", "salib")}
    exact = exact_total()
    print(f"total Sobol indices, {INPUTS} inputs, {POINTS:,} base points, {RESAMPLES} resamples, without the model")
    for name, found in results.items():
        gap = np.abs(np.array(found["total"]) - exact).max()
        print(f"  {name:6s} {found['s']:8.3f} s CPU  {found['mb']:8.1f} MB peak  largest error {gap:.4f} (closed form)")
    print(f"  times faster: {results['salib']['s'] / results['ours']['s']:.1f} (goal 10); "
          f"part of the memory: {results['ours']['mb'] / results['salib']['mb']:.3f} (goal 0.25)")
