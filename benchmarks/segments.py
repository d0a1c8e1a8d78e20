"""Segments and concentration on the platform's lines, and on ten times the lines; agreement beside scikit-learn.

Times are processor seconds, so that other work on the machine does not count.

Run: .venv/bin/python benchmarks/segments.py [times]     (default 10; needs `out/prepare/tables`)
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd

from ecomplan.behaviour.segments import asset, concentration, dimensions, documents, groups, policy, rfm, stability
from ecomplan.behaviour.segments.agreement import adjusted_rand, contingency
from ecomplan.behaviour.segments.history import history
from ecomplan.behaviour.segments.resample import Draws
from ecomplan.claims import load_claims
from ecomplan.params import load_params, stage_params

ROOT = Path(__file__).parents[1]
TABLES = ROOT / "out" / "prepare" / "tables"


def replicate(orders: pd.DataFrame, lines: pd.DataFrame, times: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The same shop `times` over, customers and orders under new ids; products, countries and days stay."""
    def again(frame: pd.DataFrame, number: int) -> pd.DataFrame:
        return frame.assign(
            order_id=frame["order_id"] + f"-{number}", customer_id=frame["customer_id"] + f"-{number}",
        )

    if times == 1:
        return orders, lines
    return (pd.concat([again(frame, number) for number in range(times)], ignore_index=True)
            for frame in (orders, lines))  # type: ignore[return-value]


def run(orders: pd.DataFrame, lines: pd.DataFrame, end: pd.Timestamp) -> dict[str, float]:
    """Processor seconds of the two parts, as the notebook computes them."""
    params = load_params(ROOT / "params.yaml")
    p = stage_params("segments", params.of_stage("segments"))
    claims = load_claims(ROOT / "claims")
    rng = np.random.default_rng(p.seed)
    start = time.process_time()
    customers = rfm.customer_values(orders, lines, end)
    past = history(orders, lines, end)
    again = Draws(len(past.customers), p.bootstrap_draws, rng)
    scored = rfm.score(customers, p.tier_high_share, p.tier_middle_share)
    for by, names in (("tier", rfm.TIERS), ("sub_class", rfm.SUB_CLASSES)):
        rfm.profile(scored, by, names, p.min_group)
    found = groups.form(past, p, p.min_group, again)
    groups.cheap_shares(past, p, again)
    documents.held_against(claims, found)
    meant = policy.flags(past, found, scored, claims["s2_top_user_share"].share, p.min_group)
    policy.worth(past, meant, p, again, rng)
    track = stability.path(past, p)
    moves, ages = stability.transitions(track, p.min_group, again), stability.aging(track, again)
    stability.figures(track, moves, ages, stability.by_month(past, track, again), p, again)
    asset.test(past, p, p.min_group, again)
    middle = time.process_time()
    ordered = concentration.ordered_values(scored["value"])
    shares = concentration.shown_shares(documents.user_shares(claims))
    concentration.concentration_table(ordered, shares, p.bootstrap_draws, rng, p.min_group)
    concentration.lorenz(ordered, p.min_group)
    dimensions.by_dimension(past, p, p.min_group, again, rng)
    dimensions.rolling(past, p.min_group)
    return {"segments": middle - start, "concentration": time.process_time() - middle}


def main() -> None:
    times = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    orders = pd.read_parquet(TABLES / "orders.parquet", columns=["order_id", "time", "customer_id", "lines", "amount"])
    lines = pd.read_parquet(TABLES / "lines.parquet", columns=[
        "order_id", "time", "customer_id", "country", "product_id", "kind", "quantity", "unit_price", "amount",
    ])
    end = rfm.last_full_month_end(pd.read_parquet(TABLES / "calendar.parquet"))
    run(orders.iloc[:2000], lines[lines["order_id"].isin(orders["order_id"].iloc[:2000])],
        pd.Timestamp(orders["time"].iloc[1999]).to_period("M").start_time + pd.DateOffset(months=1))  # warm
    seconds = {}
    for count in (1, times):
        many = replicate(orders, lines, count)
        seconds[count] = run(*many, end)
        total = sum(seconds[count].values())
        parts = ", ".join(f"{name} {value:.2f} s" for name, value in seconds[count].items())
        print(f"{len(lines) * count:>11,} lines: {total:6.2f} s ({parts})")
        del many
    print(f"{times} times the lines take {sum(seconds[times].values()) / sum(seconds[1].values()):.1f} times as long")
    from sklearn.metrics import adjusted_rand_score

    rng = np.random.default_rng(1)
    a, b = rng.integers(4, size=(2, 1_000_000))
    b = np.where(rng.random(len(a)) < 0.7, a, b)
    start = time.process_time()
    own = float(adjusted_rand(contingency(a, b, 4, 4)))
    middle = time.process_time()
    theirs = adjusted_rand_score(a, b)
    print(f"adjusted Rand index of 1 m labels: own {own:.12f} in {middle - start:.3f} s, "
          f"scikit-learn {theirs:.12f} in {time.process_time() - middle:.3f} s")


if __name__ == "__main__":
    main()
