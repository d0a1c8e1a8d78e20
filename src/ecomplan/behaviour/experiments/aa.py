"""A/A tests on the platform's own customers: nothing is changed, so every find is a false one."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ecomplan.behaviour.experiments.cuped import adjusted, adjustment
from ecomplan.behaviour.experiments.mismatch import mismatch
from ecomplan.behaviour.experiments.two_sample import Floats, Moments, ratios, welch
from ecomplan.errors import DataError

QUARTER_DAYS = 91  # the later period whose sales a test would look at
CELLS = 4_000_000  # random splits times customers drawn at a time


def customer_periods(orders: pd.DataFrame, calendar: pd.DataFrame, cap_quantile: float) -> pd.DataFrame:
    """Known customers with an order before the last quarter of full months: before, outcome (money), orders.

    before: sales up to then; outcome and orders: sales and orders in the quarter. Sales are capped at the quantile of
    those above zero. Raises DataError for fewer than twenty such customers or a quarter without sales.
    """
    full = calendar.loc[calendar["in_full_month"], "date"]
    if full.empty:
        raise DataError("table calendar has no full month; tests on customers need an earlier and a later period")
    end = full.max().normalize() + pd.Timedelta(days=1)
    cut = end - pd.Timedelta(days=QUARTER_DAYS)
    known = orders[orders["customer_id"].notna() & (orders["time"] < end)]
    late = known["time"] >= cut
    before = known[~late].groupby("customer_id")["amount"].sum()
    after = known[late].groupby("customer_id")["amount"].agg(["sum", "size"]).reindex(before.index).fillna(0.0)
    if len(before) < 20 or not (after["sum"] > 0).any():
        raise DataError(f"{len(before)} customers known before the last {QUARTER_DAYS} days and sales of "
                        f"{after['sum'].sum():g} in them; an A/A test needs twenty customers and some sales")
    frame = pd.DataFrame({"before": before, "outcome": after["sum"], "orders": after["size"].astype(float)})
    for column in ("before", "outcome"):
        frame[column] = frame[column].clip(upper=float(frame.loc[frame[column] > 0, column].quantile(cap_quantile)))
    return frame.reset_index(drop=True)


def splits(customers: pd.DataFrame, simulations: int, alpha: float, rng: np.random.Generator) -> dict[str, Floats]:
    """Random halves of the customers, `simulations` times: 1 where a test found something, by test.

    Tests: means (sales per customer), cuped (the same, adjusted by earlier sales), ratios (sales per order),
    mismatch (of the halves' sizes).
    """
    y, x = customers["outcome"].to_numpy(float), customers["orders"].to_numpy(float)
    before = customers["before"].to_numpy(float)
    clean = adjusted(y, before, adjustment(y, before).theta)
    columns = np.column_stack([np.ones(len(y)), y, y * y, clean, clean * clean, x, x * x, y * x])
    total = columns.sum(axis=0)
    step = max(CELLS // len(y), 1)
    parts = []
    for start in range(0, simulations, step):
        rows = min(step, simulations - start)
        bits = np.unpackbits(np.frombuffer(rng.bytes(rows * (-(-len(y) // 8))), np.uint8).reshape(rows, -1), axis=1)
        parts.append(bits[:, : len(y)].astype(float) @ columns)
    a = np.concatenate(parts)
    b = total - a
    # ASSUME: no half stands empty; with twenty customers or more that has a chance below one in a hundred thousand
    keep = (a[:, 0] > 1) & (b[:, 0] > 1) & (a[:, 5] > 0) & (b[:, 5] > 0)
    a, b = a[keep], b[keep]

    def arm(s: Floats) -> dict[str, Floats]:
        n = s[:, 0]

        def var(sq: Floats, one: Floats, other: Floats) -> Floats:
            return np.asarray((sq - one * other / n) / (n - 1))

        return {"n": n, "y": s[:, 1] / n, "vy": var(s[:, 2], s[:, 1], s[:, 1]), "c": s[:, 3] / n,
                "vc": var(s[:, 4], s[:, 3], s[:, 3]), "x": s[:, 5] / n, "vx": var(s[:, 6], s[:, 5], s[:, 5]),
                "cov": var(s[:, 7], s[:, 1], s[:, 5])}

    p, q = arm(a), arm(b)
    first, second = (Moments(s["n"], s["y"], s["x"], s["vy"], s["vx"], s["cov"]) for s in (p, q))
    found = {
        "means": welch(p["n"], p["y"], p["vy"], q["n"], q["y"], q["vy"], alpha).p_value,
        "cuped": welch(p["n"], p["c"], p["vc"], q["n"], q["c"], q["vc"], alpha).p_value,
        "ratios": ratios(first, second, alpha).p_value,
        "mismatch": mismatch(np.column_stack([p["n"], q["n"]]), [0.5, 0.5])[1],
    }
    return {name: (value < alpha).astype(float) for name, value in found.items()}


def bootstrap_ratio(customers: pd.DataFrame, rng: np.random.Generator, draws: int = 500) -> dict[str, float]:
    """80 % bootstrap interval of the variance that CUPED leaves: low, high."""
    y, before = customers["outcome"].to_numpy(float), customers["before"].to_numpy(float)
    columns = np.column_stack([y, before, y * y, before * before, y * before])
    n = len(y)
    left = np.empty(draws)
    for i in range(draws):
        s = columns[rng.integers(n, size=n)].sum(axis=0) / n
        left[i] = 1 - (s[4] - s[0] * s[1]) ** 2 / ((s[2] - s[0] ** 2) * (s[3] - s[1] ** 2))
    return {"low": float(np.quantile(left, 0.1)), "high": float(np.quantile(left, 0.9))}
