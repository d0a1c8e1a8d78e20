"""Compound losses: simulated years a second beside a plain loop over years, and beside exact aggregation.

Run: .venv/bin/python benchmarks/losses.py
"""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pandas as pd

from ecomplan.claims import load_claims
from ecomplan.params import load_params
from ecomplan.risk.losses.fft import aggregate, tail
from ecomplan.risk.losses.yearly import simulate, value_at_risk
from ecomplan.risk.engine.register import load_register
from ecomplan.risk.engine.worlds import STATES, Worlds, draw_worlds, exposure_of

ROOT = Path(__file__).parents[1]
YEARS, LOOP_YEARS, LEVEL = 200_000, 5_000, 0.95


def plain_loop(rates: np.ndarray, medians: np.ndarray, sigmas: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The obvious way: year by year, risk by risk."""
    total = np.zeros(rates.shape[1])
    for year in range(rates.shape[1]):
        for risk in range(rates.shape[0]):
            count = rng.poisson(rates[risk, year])
            if count:
                total[year] += (medians[risk, year] * np.exp(sigmas[risk] * rng.standard_normal(count))).sum()
    return total


def main() -> None:
    months = pd.date_range("2026-01-01", periods=12, freq="MS")
    exposure = exposure_of(
        pd.DataFrame({"path": 0, "month": months, "sales": 8e5}), (0.25, 0.32, 0.45), 9.2,
    )
    kept = load_params(ROOT / "params.yaml").shrinkage.effect_share
    register = load_register(ROOT / "claims" / "risks.yaml", load_claims(ROOT / "claims"), kept)
    one = draw_worlds(register, exposure, 1, np.random.default_rng(1))
    same = Worlds(  # one world repeated, so that all three answer the same question
        np.repeat(one.rates, YEARS, 1), np.repeat(one.medians, YEARS, 1), one.sigmas,
        *({state: np.repeat(part[state], YEARS, 1) for state in STATES} for part in (one.kept, one.left)),
    )
    start = time.process_time()
    total = simulate(same, np.random.default_rng(2)).total["before"]
    own = time.process_time() - start
    start = time.process_time()
    slow = plain_loop(same.rates[:, :LOOP_YEARS], same.medians[:, :LOOP_YEARS], same.sigmas, np.random.default_rng(3))
    loop = time.process_time() - start
    step, points = 4 * value_at_risk(total, 0.999) / 4096, 4096
    start = time.process_time()
    chances = aggregate(one.rates[:, 0], one.medians[:, 0], one.sigmas, step, points)
    fft = time.process_time() - start
    fast, plain = YEARS / own, LOOP_YEARS / loop
    print(f"{len(register.risks)} risks, {YEARS:,} years, three states of control from the same events")
    print(f"own simulation   {fast:12,.0f} years/s   1-in-20 loss {value_at_risk(total, LEVEL):12,.0f}")
    print(f"plain loop       {plain:12,.0f} years/s   1-in-20 loss {value_at_risk(slow, LEVEL):12,.0f}   (one state)")
    print(f"FFT, {points} points {fft * 1e3:9.1f} ms         1-in-20 loss {tail(chances, step, LEVEL)[0]:12,.0f}")
    print(f"own / loop: {fast / plain:.0f} times the years; FFT takes as long as {fast * fft:,.0f} simulated years")


if __name__ == "__main__":
    main()
