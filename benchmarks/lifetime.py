"""BG/NBD beside the package `lifetimes` in the same run, and on the platform's customers.

Run: .venv/bin/python benchmarks/lifetime.py  (after `ecomplan fetch`, and for the second part a run of the line;
how lifetime grows with the lines: benchmarks/behaviour.py)
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd

from ecomplan.behaviour.lifetime import calibration, counts
from ecomplan.behaviour.lifetime.bgnbd import BgNbd
from ecomplan.behaviour.lifetime.clock import Clock
from ecomplan.behaviour.lifetime.fit import fit
from ecomplan.data.sources import cdnow

ROOT = Path(__file__).parents[1]
SUMMARY = ROOT / "data" / "raw" / "cdnow" / "cdnow_customers_summary.csv"
PEER = """
import json, sys, time, warnings
warnings.filterwarnings("ignore")
import pandas as pd
from lifetimes import BetaGeoFitter
data = pd.read_csv(sys.argv[1])
best = 1e9
for _ in range(5):
    start = time.perf_counter()
    model = BetaGeoFitter(penalizer_coef=0.0)
    model.fit(data["frequency"], data["recency"], data["T"])
    best = min(best, time.perf_counter() - start)
errors = getattr(model, "standard_errors_", None)
print(json.dumps({"seconds": best, "parameters": dict(model.params_),
                  "errors": None if errors is None else dict(errors)}))
"""


def own_fit(table: pd.DataFrame):
    """Compression and fit with standard errors."""
    rows = counts.compress(table["x"], table["last"], table["age"])
    return fit(BgNbd, rows, rows.customers)


def timed(call, *arguments, repeats: int = 5):
    """Shortest wall time of some calls, and the last result."""
    best, result = np.inf, None
    for _ in range(repeats):
        start = time.perf_counter()
        result = call(*arguments)
        best = min(best, time.perf_counter() - start)
    return best, result


def peer() -> dict | str:
    """The peer's fit in an interpreter of its own; a reason where it cannot run."""
    command = [
        str(Path(sys.executable).parent / "uv"), "run", "--no-project", "--isolated", "--python", sys.executable,
        "--with", "lifetimes==0.11.3", "--with", "setuptools<81", "--with", "pandas<3", "--with", "numpy<2",
        "--with", "scipy<1.14", "python", "-c", PEER, str(SUMMARY),
    ]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=600)
        return json.loads(done.stdout.splitlines()[-1])
    except (OSError, subprocess.SubprocessError, ValueError, IndexError) as error:
        reason = (getattr(error, "stderr", "") or str(error)).strip().splitlines()[-1:]
        return f"{type(error).__name__}: {' '.join(reason)}"


def beside_the_peer() -> None:
    seconds, found = timed(own_fit, cdnow.read_counts(ROOT))
    errors = np.exp(found.theta) * np.sqrt(np.diag(found.covariance))
    print("BG/NBD on CDNOW, 2,357 customers: shortest of five fits, standard errors included")
    print(f"  own        {seconds * 1e3:8.1f} ms  {_shown(found.model.names, np.exp(found.theta), errors)}")
    other = peer()
    if isinstance(other, str):
        print(f"  lifetimes could not run here ({other}); no ratio")
        return
    names = found.model.names
    theirs = [other["parameters"][name] for name in names]
    wide = [other["errors"][name] for name in names] if other["errors"] else None
    print(f"  lifetimes  {other['seconds'] * 1e3:8.1f} ms  {_shown(names, theirs, wide)}")
    print(f"  own takes {seconds / other['seconds']:.3f} of its time; largest difference of a parameter "
          f"{np.abs(np.exp(found.theta) - theirs).max():.1e}")


def _shown(names, values, errors) -> str:
    sides = ["" if errors is None else f" (se {error:.4f})" for error in (errors if errors is not None else names)]
    return "  ".join(f"{name} {number:.4f}{side}" for name, number, side in zip(names, values, sides, strict=True))


def platform() -> None:
    tables = ROOT / "out" / "prepare" / "tables"
    orders = pd.read_parquet(tables / "orders.parquet", columns=["time", "customer_id", "amount"])
    end = calibration.end_date(pd.read_parquet(tables / "calendar.parquet", columns=["month", "in_full_month"]))
    clock = Clock(orders["time"].min().normalize())
    table = counts.summarise(counts.histories(counts.occasions(orders, end), end), end, clock)
    seconds, found = timed(own_fit, table)
    print(f"\nThe platform's {len(table):,} customers, one BG/NBD fit: {seconds * 1e3:.1f} ms "
          f"({found.model.title}, plain clock)")


if __name__ == "__main__":
    beside_the_peer()
    if (ROOT / "out" / "prepare" / "tables" / "lines.parquet").exists():
        platform()
    else:
        print("\nout/prepare is not there: run the line for the platform's part")
