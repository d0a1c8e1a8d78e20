"""Scenarios of a plan on common random numbers: speed, memory, cost by draws; and correlated draws beside plain NumPy.

Run: .venv/bin/python benchmarks/scenarios.py   (needs out/forecast and out/lifetime; CPU seconds throughout)
"""

from __future__ import annotations

import resource
import time
from pathlib import Path

import numpy as np
import pandas as pd

from ecomplan.claims import load_claims
from ecomplan.findings import read_stage
from ecomplan.investment.engine import budget, levers, many, plan, points, sales
from ecomplan.investment.engine.margins import Lognormal
from ecomplan.investment.engine.variables import variables
from ecomplan.params import Params, load_params

ROOT = Path(__file__).parents[1]
SCENARIOS, DRAWS, SEED = 100, 10_000, 2026
GOAL_S, GOAL_MB, GOAL_DRAWS = 1.5, 1024, 1.3


def documents_plan() -> plan.Plan:
    """The documents' plan on the forecast that lies under out/."""
    model, _ = Params.stages["returns"]
    settings = plan.Settings.of(model.model_validate(load_params(ROOT / "params.yaml").of_stage("returns")))
    claims = load_claims(ROOT / "claims")
    catalogue, money = levers.load_levers(ROOT / "claims", claims), budget.read_budget(claims)
    tables = ROOT / "out" / "forecast" / "tables"
    base = sales.base_sales(
        pd.read_parquet(tables / "part_paths.parquet"), pd.read_parquet(tables / "paths.parquet"), None,
        settings.horizon_months,
    )
    worth = read_stage(ROOT, "lifetime").findings["lifetime.value_newcomer"]
    assert worth.low is not None and worth.high is not None
    decision = plan.as_written(catalogue, money, settings)
    return plan.Plan(
        catalogue, base, decision, settings, Lognormal(worth.low, worth.high), plan.budget_margin(money)
    )


def scenarios(effects_too: int) -> list[many.Scenario]:
    """One as it is, and 99 that each shift costs, the margin and the trend; the first `effects_too` of them also
    what is kept of the claims and how late all levers are, so that their effects are computed anew."""
    made = [many.Scenario("plain", "As written", "named")]
    for k in range(1, SCENARIOS):
        part = k / SCENARIOS
        windows = {"margin": (part / 2, 0.5 + part / 2), "trend": (0.0, 1 - part / 2)}
        if k <= effects_too:
            windows |= {"kept": (part / 2, 0.5 + part / 2), "*.delay": (part / 2, 1.0)}
        made.append(many.Scenario(f"s{k}", f"Scenario {k}", "generated", windows, {"*.cost": 1 + part / 2}))
    return made


def timed(call, *arguments, repeats: int = 5):
    """Shortest CPU time of some calls, and the last result."""
    best, result = np.inf, None
    for _ in range(repeats):
        start = time.process_time()
        result = call(*arguments)
        best = min(best, time.process_time() - start)
    return best, result


def lognormals(count: int, cholesky: np.ndarray) -> float:
    """Correlated lognormal draws of ours, block by block; the sum keeps them from being left out."""
    total = 0.0
    for block in points.normal_blocks(count, len(cholesky), SEED, cholesky):
        total += float(np.exp(block, out=block)[0, 0])
    return total


def plain_lognormals(count: int, cholesky: np.ndarray) -> float:
    """The same arithmetic in plain NumPy, in blocks of the same size."""
    rng, upper, total = np.random.default_rng(SEED), np.ascontiguousarray(cholesky.T, dtype=np.float32), 0.0
    for start in range(0, count, points.BLOCK):
        rows = rng.standard_normal((min(points.BLOCK, count - start), len(upper)), dtype=np.float32) @ upper
        total += float(np.exp(rows, out=rows)[0, 0])
    return total


if __name__ == "__main__":
    whole = documents_plan()
    found = len(variables(whole))
    tried = scenarios(0)
    first_s, _ = timed(many.run, whole, tried[:1], 16, SEED, repeats=1)
    print(f"first call {first_s:.2f} s (compiles where __pycache__ holds nothing yet)")
    print(f"{SCENARIOS} scenarios x {DRAWS:,} draws x {found} variables x {whole.settings.horizon_months} months")
    for effects_too in (0, SCENARIOS // 2, SCENARIOS):
        run_s, result = timed(many.run, whole, scenarios(effects_too), DRAWS, SEED)
        print(f"  {effects_too:3d} of them change effects: {run_s:.2f} s, {run_s / SCENARIOS / DRAWS * 1e6:.2f} "
              f"microseconds a plan  (goal {GOAL_S} s: {run_s / GOAL_S:.2f} of it)")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"  {peak:,.0f} MB at most, {result.nbytes / 2**20:,.0f} MB of them the result  (goal {GOAL_MB} MB)")
    base_s = 0.0
    for draws in (10_000, 100_000, 1_000_000):
        one_s, summed = timed(many.summarise, whole, tried[:1], draws, SEED, ("npv",), repeats=2 if draws < 1e6 else 1)
        base_s = base_s or one_s
        held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"  {draws:9,d} draws streamed {one_s:6.2f} s, {one_s / base_s:6.1f} times; {held:,.0f} MB; "
              f"mean NPV {summed.mean[0, 0]:,.0f} +- {summed.standard_error[0, 0]:,.0f}")
    rng = np.random.default_rng(1)
    loadings = rng.uniform(0.2, 0.7, 200)
    matrix = np.outer(loadings, loadings)
    np.fill_diagonal(matrix, 1.0)
    cholesky = np.linalg.cholesky(matrix)
    own_s, _ = timed(lognormals, 200_000, cholesky)
    plain_s, _ = timed(plain_lognormals, 200_000, cholesky)
    print(f"correlated lognormals, 200 variables: {200_000 * 200 / own_s / 1e6:.0f} million a second, plain NumPy "
          f"{200_000 * 200 / plain_s / 1e6:.0f}; ratio {own_s / plain_s:.2f} (goal {GOAL_DRAWS})")
