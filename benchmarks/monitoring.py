"""All rules replayed over the real order lines: CPU seconds (least of three), growth with ten times the lines, a loop.

The real stream is laid end to end with shifted times; customers, orders and lines get new names in each copy. The peer
walks customer by customer through pandas' rolling and expanding windows for one of the rules, on a slice.

Run: .venv/bin/python benchmarks/monitoring.py      (needs stage prepare's tables; ten copies take 3 GB)
"""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pandas as pd

from ecomplan.claims import load_claims
from ecomplan.findings import read_table
from ecomplan.params import load_params
from ecomplan.params.watching import Monitoring
from ecomplan.risk.monitoring.feed import COLUMNS, build_feed
from ecomplan.risk.monitoring.recall import run_trial
from ecomplan.risk.monitoring.replay import calibrate, measure, raise_alarms
from ecomplan.risk.monitoring.rules import Rule, load_rules
from ecomplan.risk.monitoring.signals import payment_over_own_mean

ROOT = Path(__file__).parents[1]
COPIES, REPEATS, SLICE, GOAL_SECONDS, SEEDS = 10, 3, 4000, 5.0, 5


def tiled(lines: pd.DataFrame, copies: int) -> pd.DataFrame:
    """The stream `copies` times end to end: whole weeks apart, names of their own."""
    span = lines["time"].max() - lines["time"].min()
    step = pd.Timedelta(days=7 * (span.days // 7 + 1))
    parts = [
        lines.assign(
            time=lines["time"] + number * step, line_id=lines["line_id"] + number * 10_000_000,
            order_id=lines["order_id"] + f"-{number}", customer_id=lines["customer_id"] + f"-{number}",
        ) for number in range(copies)
    ]
    return pd.concat(parts, ignore_index=True)


def all_rules(lines: pd.DataFrame, rules: tuple[Rule, ...], p: Monitoring) -> tuple[float, int]:
    """CPU seconds from order lines to alarms, and the number of alarms."""
    start = time.process_time()
    feed = build_feed(lines, None, (p.price_low, p.price_mid, p.price_high))
    measured = measure(feed, p)
    alarms = raise_alarms(measured, calibrate(measured, rules, feed.until, p))
    return time.process_time() - start, len(alarms)


def plain_loop(orders: pd.DataFrame, p: Monitoring) -> pd.Series:
    """The payment rule the obvious way: customer by customer, order by order."""
    ratio = pd.Series(np.nan, index=orders.index)
    for _, own in orders.groupby("customer"):
        for row in own.index:
            inside = own["time"].le(own.at[row, "time"]) & own["time"].gt(
                own.at[row, "time"] - p.payment_window_minutes) & (own.index <= row)
            before = own.loc[own["time"].le(own.at[row, "time"] - p.payment_window_minutes), "amount"]
            if len(before) >= p.history_orders and before.sum() > 0:
                ratio[row] = own.loc[inside, "amount"].sum() / before.mean()
    return ratio


def main() -> None:
    p = load_params(ROOT / "params.yaml").monitoring
    claims = load_claims(ROOT / "claims")
    rules = load_rules(ROOT / "claims", claims)
    lines = read_table(ROOT / "out" / "prepare", "lines", COLUMNS)
    once, alarms = min(all_rules(lines, rules, p) for _ in range(REPEATS))
    print(f"all rules, {len(lines):>10,} lines: {once:6.2f} s CPU, {alarms} alarms (goal {GOAL_SECONDS:g} s)")
    many = tiled(lines, COPIES)
    long, alarms = min(all_rules(many, rules, p) for _ in range(REPEATS))
    print(f"all rules, {len(many):>10,} lines: {long:6.2f} s CPU, {alarms} alarms; {long / once:.1f} times "
          f"(goal {COPIES})")
    del many

    feed = build_feed(lines, None, (p.price_low, p.price_mid, p.price_high))
    orders = pd.DataFrame({"customer": feed.customer, "time": feed.time, "amount": feed.amount}).iloc[:SLICE]
    start = time.process_time()
    slow = plain_loop(orders[orders["customer"] >= 0], p)
    loop = (time.process_time() - start) / SLICE
    start = time.process_time()
    fast = payment_over_own_mean(feed, p)
    own = (time.process_time() - start) / len(feed.time)
    both = pd.Series(fast.value, index=fast.event)
    both = both[both.index < SLICE]
    same = np.allclose(slow.dropna().to_numpy(), both.to_numpy())
    print(f"payment rule: {1e6 * own:.2f} µs an order, plain loop {1e6 * loop:.0f} µs: {loop / own:,.0f} times; "
          f"same values on {len(both):,} orders: {same}")

    calendar = read_table(ROOT / "out" / "prepare", "calendar")
    feed = build_feed(lines, calendar, (p.price_low, p.price_mid, p.price_high))
    measured = measure(feed, p)
    limits = calibrate(measured, rules, feed.until, p)
    found, false = [], []
    start = time.process_time()
    for seed in range(SEEDS):
        trial = run_trial(feed, limits, p.model_copy(update={"seed": 1000 + seed}))
        found.append(float(trial.incidents["found"].mean()))
        false.append(float((trial.false_days["factor"] <= 1).sum() / trial.months))
    print(f"planted incidents, {SEEDS} other seeds: found {min(found):.1%} to {max(found):.1%} "
          f"(goal {p.recall_goal:.0%}), false alarms a month {min(false):.2f} to {max(false):.2f} "
          f"(goal {p.false_alarms_goal:g}); {(time.process_time() - start) / SEEDS / p.rounds:.2f} s CPU a replay")


if __name__ == "__main__":
    main()
