"""Compound losses: simulated years a second, tail against exact aggregation, and pyfair beside both.

Run: .venv/bin/python benchmarks/losses.py
"""

from __future__ import annotations

import time
import warnings

import numpy as np
from pyfair import FairModel

from ecomplan.risk.losses.book import NEGATIVE_BINOMIAL, ONCE, POISSON, Book
from ecomplan.risk.losses.fft import exceedance, tail, yearly_loss
from ecomplan.risk.losses.yearly import again, simulate, value_at_risk, worst_years

YEARS, WORLDS, RISKS, GOAL = 1_000_000, 4_000, 40, 2.0
RATE, MEAN, CV = 2.0, 100.0, 1.5  # the known answer: mean 200, 95 % point 657.5, P(>500) .0920


def book(worlds: int, groups: int = 6, shocks: int = 6, seed: int = 1) -> Book:
    """40 risks of all kinds, 9 events a year, thirty of them in groups (Gaussian and t), six common shocks."""
    rng = np.random.default_rng(seed)
    rates = np.clip(rng.lognormal(-1.8, 0.9, (RISKS, 1)), 0, 0.4) * np.ones((1, worlds))
    heavy = np.arange(RISKS) % 10 == 0
    left = np.ones((3, RISKS, worlds)) * np.array([1.0, 0.9, 0.5])[:, None, None]
    group = np.where(np.arange(RISKS) < 30, np.arange(RISKS) % groups, -1)
    return Book(
        names=tuple(f"r{i}" for i in range(RISKS)), states=("before", "after", "claimed"),
        kind=np.array([POISSON, NEGATIVE_BINOMIAL, ONCE, POISSON] * (RISKS // 4)), spread=np.full(RISKS, 2.0),
        rates=rates, heavy=heavy, scale=np.full((RISKS, worlds), 1e3), shape=np.full(RISKS, 1.5),
        cap=np.where(heavy, 1e6, np.inf)[:, None] * np.ones((1, worlds)), kept=left, left=left, group=group,
        loading=np.where(group >= 0, 0.5, 0.0), freedom=np.array([0, 0, 0, 0, 4, 5][:groups]),
        chance=np.full((shocks, worlds), 0.08), hits=np.where(rng.random((shocks, RISKS)) < 0.2, 2.5, 1.0),
        seasonal=np.arange(RISKS) % 2 == 0, month_share=np.full(12, 1 / 12),
    )


def single() -> Book:
    sigma = np.sqrt(np.log(1 + CV**2))
    one = np.ones((1, 1, 1))
    return Book(
        names=("r",), states=("before",), kind=np.array([POISSON]), spread=np.ones(1), rates=np.array([[RATE]]),
        heavy=np.zeros(1, bool), scale=np.array([[MEAN * np.exp(-(sigma**2) / 2)]]), shape=np.array([sigma]),
        cap=np.full((1, 1), np.inf), kept=one, left=one, group=np.array([-1]), loading=np.zeros(1),
        freedom=np.zeros(0, np.int64), chance=np.zeros((0, 1)), hits=np.zeros((0, 1)), seasonal=np.zeros(1, bool),
        month_share=np.full(12, 1 / 12),
    )


def cpu(run, *what):  # type: ignore[no-untyped-def]
    start = time.process_time()
    found = run(*what)
    return found, time.process_time() - start


def many() -> None:
    simulate(book(10), 10, 1)  # compiled before it is timed
    years, spent = cpu(simulate, book(WORLDS), YEARS, 3)
    print(f"{YEARS:,} years, {RISKS} risks, {years.events.sum():.1f} events a year, 3 states: {spent:.2f} s CPU "
          f"(goal {GOAL:.0f}); {YEARS / spent:,.0f} years/s")
    _, spent = cpu(again, years, worst_years(years.of("before"), 0.95))
    print(f"the worst twentieth again in detail: {spent:.2f} s CPU")


def against_exact() -> None:
    one = book(1)
    total = simulate(one, YEARS, 5).of("before")
    step, points = 3 * value_at_risk(total, 0.999) / 4096, 4096
    chances, spent = cpu(lambda: yearly_loss(one, "before", step, points, nodes=24))
    print(f"exact aggregation with groups and shocks, {points} points: {spent:.2f} s CPU")
    for level in (0.9, 0.95, 0.99, 0.995):
        amount = float(np.quantile(total, level))
        exact = float(exceedance(chances, step, np.array([amount]))[0])
        seen = float((total > amount).mean())
        print(f"  P(loss > {amount:10,.0f}): simulated {seen:.5f}, exact {exact:.5f}, "
              f"{(seen - exact) / np.sqrt(exact * (1 - exact) / YEARS):+.1f} standard errors")


def pyfair() -> None:
    """pyfair multiplies frequency by one loss a year: the mean holds, the tail and the free years do not."""
    one = single()
    chances = yearly_loss(one, "before", 1.0, 2**13)
    ours, own = cpu(simulate, one, YEARS, 7)
    rng = np.random.default_rng(7)
    sigma = np.sqrt(np.log(1 + CV**2))
    counts = rng.poisson(RATE, YEARS).astype(float).tolist()
    sizes = (MEAN * np.exp(sigma * rng.standard_normal(YEARS) - sigma**2 / 2)).tolist()

    def with_our_draws() -> FairModel:
        model = FairModel(name="known", n_simulations=YEARS, random_seed=7)
        model.input_raw_data("Loss Event Frequency", counts)
        model.input_raw_data("Loss Magnitude", sizes)
        model.calculate_all()
        return model

    def with_its_draws() -> None:
        model = FairModel(name="pert", n_simulations=YEARS, random_seed=7)
        model.input_data("Loss Event Frequency", low=0, mode=2, high=4)
        model.input_data("Loss Magnitude", low=10, mode=60, high=600)
        model.calculate_all()

    model, drawn = cpu(with_our_draws)
    raw = model.export_results()["Risk"].to_numpy()
    _, spent = cpu(with_its_draws)
    print(f"known answer, {YEARS:,} years of one risk: own {own:.2f} s CPU; pyfair {drawn:.2f} s with draws handed in, "
          f"{spent:.2f} s with its own")
    exact = tail(chances, 1.0, 0.95)[0], float(exceedance(chances, 1.0, np.array([500.0]))[0])
    far = tail(chances, 1.0, 0.995)[0]
    for name, total in (("own", ours.of("before")), ("pyfair", raw)):
        above = (total > 500).mean()
        point = np.quantile(total, 0.95)
        print(f"  {name:7} mean {total.mean():6.1f} (200)   95 % point {point:6.1f} ({exact[0]:.1f})   "
              f"P(>500) {above:.4f} ({exact[1]:.4f})   99.5 % point {np.quantile(total, 0.995):7.1f} ({far:.1f})")


def main() -> None:
    many()
    against_exact()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pyfair()


if __name__ == "__main__":
    main()
