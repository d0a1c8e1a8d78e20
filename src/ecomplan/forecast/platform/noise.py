"""What no forecast can know: who happens to order in a month. Measured by resampling customers."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ecomplan.forecast.platform.series import SERIES

LIMITS = (0.10, 0.90)


def blocks(orders: pd.DataFrame, months: pd.DatetimeIndex) -> pd.DataFrame:
    """One row a block and month: block, month (place in `months`), sales, orders, active_customers (0 or 1).

    A block is a customer; the orders without an identity are one block a day (who is behind them is unknown).
    """
    place = pd.Series(np.arange(len(months)), index=months)
    month = orders["time"].dt.to_period("M").dt.to_timestamp().map(place)
    inside = month.notna()
    named = orders["customer_id"].notna()
    unit = orders["customer_id"].where(named, orders["time"].dt.strftime("%Y-%m-%d"))
    table = pd.DataFrame({"block": unit, "month": month, "sales": orders["amount"], "named": named})[inside]
    grouped = table.groupby(["block", "month"], sort=True)
    cells = grouped.agg(sales=("sales", "sum"), orders=("sales", "size"), active_customers=("named", "max"))
    types = {"month": "int64", "active_customers": "float64", "orders": "float64"}
    found: pd.DataFrame = cells.reset_index().astype(types)
    return found


def order_value_noise(cells: pd.DataFrame, months: int) -> np.ndarray:
    """[months]: variance of the log order value under resampled customers (delta method; Cochran 1977, 6.4).

    Each month's figure rests on that month's orders alone.
    """
    sums = cells.groupby("month")[["sales", "orders"]].sum()
    ratio = (sums["sales"] / sums["orders"]).reindex(cells["month"]).to_numpy()
    rest = (cells["sales"].to_numpy() - ratio * cells["orders"].to_numpy()) ** 2
    squares = np.bincount(cells["month"], weights=rest, minlength=months)
    total = np.bincount(cells["month"], weights=cells["sales"], minlength=months)
    return np.asarray(squares / np.maximum(total, 1e-12) ** 2)


def floor_table(cells: pd.DataFrame, first_month: int, months: int, draws: int, seed: int) -> pd.DataFrame:
    """series, floor_percent, low, high: mean absolute deviation of resampled months from their expectation.

    Each block counts Poisson(1) times (Hanley & MacGibbon 2006), the months from `first_month` on; low and high are
    the calmest and the wildest of them. Even the true expectation, known a month ahead, would err by this much.
    """
    rng = np.random.default_rng(seed)
    part = cells[cells["month"] >= first_month]
    code, names = pd.factorize(part["block"], sort=True)
    at = part["month"].to_numpy() - first_month
    weights = rng.poisson(1.0, (draws, len(names))).astype(float)
    rows = []
    for name in SERIES:
        dense = np.zeros((len(names), months - first_month))
        dense[code, at] = part[name]
        total = dense.sum(axis=0)
        off = 100 * np.abs(weights @ dense / total - 1).mean(axis=0)
        rows.append({"series": name, "floor_percent": off.mean(), "low": off.min(), "high": off.max()})
    return pd.DataFrame(rows)
