"""Removal effects: our exact solve beside peers that solve or simulate, in the same run on the same paths.

Run: .venv/bin/python benchmarks/attribution.py
Peers run in throw-away environments (`uv run --isolated`), fetched once from the package index; one that cannot be
had is named and left out. A plain walk-by-walk simulation of ours stands in the table in any case.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from ecomplan.behaviour.attribution import chain, paths
from ecomplan.data.sources import journeys

ROOT = Path(__file__).parents[1]
FILE = ROOT / "data" / "raw" / "journeys" / "data.csv.gz"
WALKS, PATIENCE_S = (10_000, 100_000, 1_000_000), 60
PEERS = {
    "ChannelAttribution 2.2.5, order {order}": (
        ("ChannelAttribution==2.2.5", "matplotlib", "pandas<3"),
        """
import ChannelAttribution as c, pandas as pd, json, sys, time, contextlib, io
d = pd.read_csv(sys.argv[1]); order = int(sys.argv[2]); t = time.process_time()
with contextlib.redirect_stdout(io.StringIO()):
    r = c.markov_model(d, "path", "total_conversions", var_null="total_null", order=order, ncore=1, seed=1)
r = r["result"] if isinstance(r, dict) else r
s = time.process_time() - t
print(json.dumps({"seconds": s, "credit": dict(zip(r.iloc[:, 0].astype(str), r.iloc[:, 1].astype(float)))}))
""", (1, 2, 3),
    ),
    "mta 0.0.9, order {order}, simulated": (
        ("mta==0.0.9", "pandas<3"),
        """
import json, sys, time, contextlib, io
from mta import MTA
with contextlib.redirect_stdout(io.StringIO()):
    m = MTA(sys.argv[1], allow_loops=True); t = time.process_time(); m.markov(sim=True, normalize=True)
    s = time.process_time() - t
f = m.attribution["markov"]; total = sum(f.values())
print(json.dumps({"seconds": s, "credit": {k: v / total * 19785 for k, v in f.items()}}))
""", (1,),
    ),
    "mta 0.0.9, order {order}, analytical": (
        ("mta==0.0.9", "pandas<3"),
        """
import json, sys, time, contextlib, io
from mta import MTA
with contextlib.redirect_stdout(io.StringIO()):
    m = MTA(sys.argv[1], allow_loops=True); t = time.process_time(); m.markov(sim=False, normalize=True)
    s = time.process_time() - t
f = m.attribution["markov"]; total = sum(f.values())
print(json.dumps({"seconds": s, "credit": {k: v / total * 19785 for k, v in f.items()}}))
""", (1,),
    ),
}


def own(encoded: paths.Paths, order: int) -> tuple[float, np.ndarray]:
    """Shortest CPU seconds of five exact solves (chain built anew), and the credit."""
    best, credit = np.inf, np.empty(0)
    for _ in range(5):
        start = time.process_time()
        one = chain.structure(encoded, order)
        effect = chain.removal_effects(one, one.counts(encoded.conversions[None], encoded.nulls[None]))
        best = min(best, time.process_time() - start)
        credit = effect / effect.sum() * encoded.conversions.sum()
    return best, credit


def simulated(encoded: paths.Paths, walks: int, rng: np.random.Generator) -> tuple[float, np.ndarray]:
    """The plain way, order 1: walk, note which channels each walk met, drop the walks that met the removed one."""
    one = chain.structure(encoded, 1)
    counts = one.counts(encoded.conversions[None], encoded.nulls[None])
    start = time.process_time()
    size = one.states
    table = np.zeros((size, size + 2))
    table[one.source, one.target] = counts.moves[0]
    table[:, size] = counts.converted[0]
    table[:, size + 1] = counts.left[0] - table[:, :-1].sum(axis=1)
    upto = np.cumsum(table / table.sum(axis=1, keepdims=True), axis=1)
    at, met = np.zeros(walks, dtype=int), np.zeros((walks, size), dtype=bool)
    going = np.arange(walks)
    while len(going):
        at[going] = (rng.random(len(going))[:, None] > upto[at[going]]).sum(axis=1)
        going = going[at[going] < size]
        met[going, at[going]] = True
    won = at == size
    effect = (met[won][:, 1:] @ one.holds[1:].astype(float)).mean(axis=0)
    return time.process_time() - start, effect / effect.sum() * encoded.conversions.sum()


def peer(needs: tuple[str, ...], code: str, order: int) -> dict[str, object] | str:
    """A peer's seconds and credit from an environment of its own, or why there is none."""
    command = [str(Path(sys.executable).parent / "uv"), "run", "--no-project", "--isolated", "--python", sys.executable]
    for need in needs:
        command += ["--with", need]
    try:
        done = subprocess.run([*command, "python", "-c", code, str(FILE), str(order)], capture_output=True, text=True,
                              timeout=PATIENCE_S, check=False)
    except subprocess.TimeoutExpired:
        return f"no answer within {PATIENCE_S} s"
    except OSError as error:
        return f"cannot be had here: {error}"[:90]
    if done.returncode:
        return (done.stderr.strip().splitlines() or ["failed"])[-1][:90]
    return json.loads(done.stdout.strip().splitlines()[-1])


def line(name: str, seconds: float, credit: np.ndarray, exact: np.ndarray, base: float) -> None:
    gap = np.abs(credit - exact)
    print(f"{name:44} {seconds * 1e3:8.1f} ms {seconds / base:6.1f} x   misplaced {gap.sum() / 2 / exact.sum():9.4%}"
          f"   worst channel {(gap / exact).max():9.4%}")


if __name__ == "__main__":
    encoded = paths.encode(journeys.read(ROOT))
    print(f"{len(encoded.first):,} paths, {len(encoded.channels)} channels; CPU time, and over ours; distance to exact")
    exact = {order: own(encoded, order) for order in (1, 2, 3)}
    for order, (seconds, credit) in exact.items():
        line(f"ours, order {order}, exact", seconds, credit, credit, seconds)
    for walks in WALKS:
        line(f"plain simulation, order 1, {walks:,} walks",
             *simulated(encoded, walks, np.random.default_rng(1)), exact[1][1], exact[1][0])
    for name, (needs, code, orders) in PEERS.items():
        for order in orders:
            found = peer(needs, code, order)
            if isinstance(found, str):
                print(f"{name.format(order=order):44} {found}")
                continue
            credit = np.array([found["credit"].get(channel, 0.0) for channel in encoded.channels])
            line(name.format(order=order), found["seconds"], credit, exact[order][1], exact[order][0])
