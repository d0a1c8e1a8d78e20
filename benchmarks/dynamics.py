"""Stocks and flows beside PySD in the same run, in CPU seconds.

Run: .venv/bin/python benchmarks/dynamics.py
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from ecomplan.investment.dynamics.network import Flow, Network, delay
from ecomplan.investment.dynamics.referral import Rates, Start, coefficients, network, start_stocks
from ecomplan.investment.dynamics.simulate import simulate

MONTHS = 36
GOAL = 800_000  # runs a second of a small system
#: Bass's curve as Vensim has it; one step a month, as ours
BASS = """{UTF-8}
potential = INTEG(-adoption, 1) ~ ~|
adopters = INTEG(adoption, 0) ~ ~|
innovation = 0.003 ~ ~|
imitation = 0.04 ~ ~|
adoption = innovation * potential + imitation * potential * adopters ~ ~|
INITIAL TIME = 0 ~ ~|
FINAL TIME = 36 ~ ~|
TIME STEP = 1 ~ ~|
SAVEPER = 1 ~ ~|
"""
#: a referral ring with a third-order delay; four steps a month, as ours
RING = """{UTF-8}
potential = INTEG(-invited, 900) ~ ~|
one = INTEG(invited - onward one, 0) ~ ~|
two = INTEG(onward one - onward two, 0) ~ ~|
three = INTEG(onward two - arriving, 0) ~ ~|
customers = INTEG(arriving - leaving, 100) ~ ~|
contact = 0.0006 ~ ~|
invited = contact * potential * customers ~ ~|
onward one = 1.5 * one ~ ~|
onward two = 1.5 * two ~ ~|
arriving = 1.5 * three ~ ~|
leaving = 0.1 * customers ~ ~|
INITIAL TIME = 0 ~ ~|
FINAL TIME = 36 ~ ~|
TIME STEP = 0.25 ~ ~|
SAVEPER = 1 ~ ~|
"""


def seconds(work: Callable[[], object], times: int = 5) -> float:
    """Least CPU seconds of several runs, after one that compiles."""
    work()
    best = np.inf
    for _ in range(times):
        start = time.process_time()
        work()
        best = min(best, time.process_time() - start)
    return best


def ours(system: Network, begin: list[float], rates: list[float], varied: int, steps: int, runs: int) -> float:
    """Runs a CPU second with one coefficient varied."""
    rate = np.tile(rates, (runs, 1))
    rate[:, varied] *= np.random.default_rng(1).uniform(0.5, 1.5, runs)
    start = np.tile(begin, (runs, 1))
    return runs / seconds(lambda: simulate(system, start, rate, MONTHS, steps))


def pysd_runs(text: str, parameter: str, value: float, column: str) -> tuple[float, float] | None:
    """(runs a CPU second, last value of a stock) of PySD; None where it is not installed."""
    try:
        import pysd
    except ImportError:
        return None
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "model.mdl"
        file.write_text(text, encoding="utf-8")
        model = pysd.read_vensim(str(file))
        last = float(model.run(return_columns=[column])[column].iloc[-1])
        values = value * np.random.default_rng(1).uniform(0.5, 1.5, 40)
        start = time.process_time()
        for one in values:
            model.run(params={parameter: float(one)}, return_columns=[column])
        return len(values) / (time.process_time() - start), last


def told(name: str, own: float, other: tuple[float, float] | None) -> None:
    beside = "PySD not installed" if other is None else f"PySD {other[0]:,.0f}, {own / other[0]:,.0f} times as many"
    print(f"{name}: {own:,.0f} runs a CPU second ({beside})", flush=True)


def main() -> None:
    runs = 20_000 if "--quick" in sys.argv else 200_000
    bass = Network(("potential", "adopters"), (
        Flow("innovation", "potential", "adopters"), Flow("imitation", "potential", "adopters", by="adopters"),
    ))
    small = ours(bass, [1.0, 0.0], [0.003, 0.04], 1, 1, runs)
    told(f"2 stocks, {MONTHS} months, one step each", small, pysd_runs(BASS, "imitation", 0.04, "adopters"))
    print(f"  goal {GOAL:,}: {'reached' if small >= GOAL else f'missed by {1 - small / GOAL:.0%}'}")
    ring = Network(("potential", "one", "two", "three", "customers"), (
        *delay("invited", "potential", ("one", "two", "three"), by="customers"), Flow("arriving", "three", "customers"),
        Flow("leaving", "customers", None),
    ))
    begin, rates = [900.0, 0.0, 0.0, 0.0, 100.0], [0.0006, 1.5, 1.5, 1.5, 0.1]
    own = ours(ring, begin, rates, 0, 4, runs // 4)
    other = pysd_runs(RING, "contact", 0.0006, "customers")
    told(f"5 stocks, {MONTHS} months, four steps each", own, other)
    if other is not None:
        last = simulate(ring, np.array([begin]), np.array([rates]), MONTHS, 4).stock("customers")[-1, 0]
        print(f"  customers at the end: {last:.2f}, PySD (Euler) {other[1]:.2f}")
    system = network()
    one = Rates(20_000.0, 120.0, 0.3, 1.0, 3.0, 0.4, 0.18, 0.14, 0.06, 0.05, 6.0, 60.0).checked(MONTHS)  # type: ignore[arg-type]
    start = start_stocks(Start(600.0, 2200.0, 3000.0), np.array([1500.0]), one, system)[0]
    whole = ours(system, start.tolist(), coefficients(one, system)[0].tolist(), 0, 4, runs // 10)
    print(f"the system of stage dynamics, {len(system.stocks)} stocks, {len(system.flows)} flows, four steps: "
          f"{whole:,.0f} runs a CPU second")
    for count in (10_000, 40_000):
        rate, begun = np.tile(coefficients(one, system), (count, 1)), np.tile(start, (count, 1))
        spent = seconds(lambda rate=rate, begun=begun: simulate(system, begun, rate, MONTHS, 4), 3)  # type: ignore[misc]
        print(f"  {count:,} runs: {spent:.2f} s, {spent / count * 1e6:.1f} microseconds a run")


if __name__ == "__main__":
    main()
