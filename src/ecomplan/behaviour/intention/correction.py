"""What the platform's orders keep after returns, and conversion corrected by it."""

from __future__ import annotations

from statistics import NormalDist
from typing import Any

import numpy as np
import pandas as pd

from ecomplan.errors import DataError

#: three readings of "sent back": value, orders with anything sent back, orders wholly undone
MEASURES = ("value", "any", "undone")
BANDS = ("cheapest fourth", "second fourth", "third fourth", "dearest fourth")
FIRST, LATER = "first order", "later order"
BLOCK = 100


def order_returns(orders: pd.DataFrame, lines: pd.DataFrame, window_days: int, undone_share: float) -> pd.DataFrame:
    """Orders of known customers with what came back of each within `window_days`.

    `orders`: order_id, time, customer_id, items, amount; `lines`: line_id, order_id, time, kind, amount,
    matched_line_id. Returns one row an order that is old enough for the whole window: customer_id, amount, returned
    (money, at most the amount), any, undone (0 or 1), tenure, band (by mean price a piece). Where the data are
    shorter than twice the window, half of their length is taken. Raises DataError without any known customer.
    """
    known = orders[orders["customer_id"].notna() & (orders["amount"] > 0)].sort_values("time", kind="stable")
    if known.empty:
        raise DataError("orders: no order has a customer, so no return can be assigned to an order; column customer_id")
    matched = (lines["kind"] == "return") & lines["matched_line_id"].notna()
    back = lines.loc[matched, ["time", "amount", "matched_line_id"]]
    sold = lines.loc[lines["line_id"].isin(back["matched_line_id"].astype("int64")), ["line_id", "order_id", "time"]]
    window = used_window(lines["time"], window_days)
    joined = back.astype({"matched_line_id": "int64"}).merge(
        sold, left_on="matched_line_id", right_on="line_id", suffixes=("", "_sold"), validate="many_to_one",
    )
    late = joined["time"] - joined["time_sold"] > window
    returned = -joined[~late].groupby("order_id")["amount"].sum()
    frame = pd.DataFrame({
        "customer_id": known["customer_id"].to_numpy(), "amount": known["amount"].to_numpy(),
        "returned": known["order_id"].map(returned).fillna(0.0).clip(0, known["amount"]).to_numpy(),
        "tenure": np.where(known.duplicated("customer_id").to_numpy(), LATER, FIRST),
        "price": (known["amount"] / known["items"]).to_numpy(),
    })
    frame["any"] = (frame["returned"] > 0).astype(float)
    frame["undone"] = (frame["returned"] >= undone_share * frame["amount"]).astype(float)
    old = (known["time"] <= lines["time"].max() - window).to_numpy()
    frame = pd.DataFrame(frame[old]).reset_index(drop=True)
    rank = frame["price"].rank(pct=True, method="average")
    band = np.minimum((rank * len(BANDS) - 1e-9).astype(int), len(BANDS) - 1)
    del frame["price"]
    frame["band"] = [BANDS[at] for at in band]
    return frame


def used_window(times: pd.Series, window_days: int) -> pd.Timedelta:
    """The window for returns: as asked, or half of the time that the data cover if that is shorter."""
    half: pd.Timedelta = (times.max() - times.min()) / 2
    return min(pd.Timedelta(days=window_days), half)


def unmatched(lines: pd.DataFrame) -> dict[str, Any]:
    """Share of the value of all returns that no sale line could be found for, or that there are no returns."""
    back = lines[lines["kind"] == "return"]
    total = float(back["amount"].sum())
    if not total:
        return {"value": None, "unknown": "the orders hold no returns"}
    return {"value": abs(float(back.loc[back["matched_line_id"].isna(), "amount"].sum() / total))}


def kept(
    orders: pd.DataFrame, draws: int, min_group: int, rng: np.random.Generator, level: float = 0.8,
) -> pd.DataFrame:
    """Share sent back, all orders and by tenure and price band, with intervals from resampled customers.

    Returns group ("all", "tenure", "price"), level, customers, orders, and per measure `value`, `any`, `undone` the
    share with `_low` and `_high`. Groups of fewer than `min_group` customers are left out; raises DataError where
    none is left.
    """
    customer, names = pd.factorize(orders["customer_id"])
    one = np.ones(len(orders))
    parts: list[tuple[str, str, np.ndarray]] = [("all", "all orders", one)]
    parts += [("tenure", name, np.asarray(orders["tenure"] == name, dtype=float)) for name in (FIRST, LATER)]
    parts += [("price", name, np.asarray(orders["band"] == name, dtype=float)) for name in BANDS]
    parts = [part for part in parts if len(np.unique(customer[part[2] > 0])) >= min_group]
    if not parts:
        raise DataError(
            f"orders: {len(names)} customers ordered before the window for returns, fewer than privacy.min_group = "
            f"{min_group}; lower intention.return_window_days or bring more months"
        )
    columns = {"amount": orders["amount"], "returned": orders["returned"], "orders": one, "any": orders["any"],
               "undone": orders["undone"]}
    sums = {  # (customers, parts) totals of each column
        name: np.column_stack([
            np.bincount(customer, np.asarray(column) * inside, minlength=len(names)) for _, _, inside in parts
        ]) for name, column in columns.items()
    }
    ratios = {"value": ("returned", "amount"), "any": ("any", "orders"), "undone": ("undone", "orders")}
    drawn: dict[str, list[np.ndarray]] = {name: [] for name in MEASURES}
    for start in range(0, draws, BLOCK):
        weight = rng.poisson(1.0, (min(BLOCK, draws - start), len(names))).astype(float)
        total = {name: weight @ matrix for name, matrix in sums.items()}
        whole = (total["orders"] > 0).all(axis=1)
        for name, (top, bottom) in ratios.items():
            drawn[name].append(total[top][whole] / total[bottom][whole])
    frame = pd.DataFrame({
        "group": [group for group, _, _ in parts], "level": [name for _, name, _ in parts],
        "customers": [(sums["orders"][:, at] > 0).sum() for at in range(len(parts))],
        "orders": sums["orders"].sum(axis=0).astype(int),
    })
    for name, (top, bottom) in ratios.items():
        share = sums[top].sum(axis=0) / sums[bottom].sum(axis=0)
        spans = np.concatenate([*drawn[name], share[None]])
        low, high = np.quantile(spans, [(1 - level) / 2, (1 + level) / 2], axis=0)
        frame[name] = share
        frame[f"{name}_low"], frame[f"{name}_high"] = np.minimum(low, share), np.maximum(high, share)
    return frame


def sent_back(table: pd.DataFrame, level: str, measure: str) -> dict[str, Any]:
    """value, low and high of one share, or why it is unknown."""
    found = table[table["level"] == level]
    if found.empty:
        return {"value": None, "unknown": f"too few customers with a {level} to show a share"}
    row = found.iloc[0]
    return {"value": float(row[measure]), "low": float(row[f"{measure}_low"]), "high": float(row[f"{measure}_high"])}


def corrected(conversion: float, back: dict[str, Any]) -> dict[str, Any]:
    """Conversion less what is sent back: conversion x (1 - share), the interval turned with it."""
    if back["value"] is None:
        return back
    return {"value": conversion * (1 - back["value"]), "low": conversion * (1 - back["high"]),
            "high": conversion * (1 - back["low"])}


def needed(conversion: float, back: dict[str, Any]) -> dict[str, Any]:
    """Conversion before returns that leaves `conversion` after them."""
    if back["value"] is None:
        return back
    if back["high"] >= 1:
        return {"value": None, "unknown": "everything may be sent back, so no conversion before returns is enough"}
    return {name: conversion / (1 - back[name]) for name in ("value", "low", "high")}


def shifted(conversion: float, effect: float, shift: np.ndarray) -> np.ndarray:
    """Conversion when anxiety moves by `shift` standard deviations.

    # ASSUME: a person buys when behaviour, normal with variance one, exceeds a threshold (a probit); the threshold is
    # the one that gives `conversion` at a shift of zero, which a test checks.
    """
    from scipy.special import ndtr, ndtri

    return np.asarray(ndtr(ndtri(conversion) + effect * shift))


def calmer(conversion: float, effect: dict[str, float], shift: float = -1.0) -> dict[str, float]:
    """Conversion when anxiety falls by one standard deviation, with the interval of the effect."""
    value, *ends = (float(shifted(conversion, effect[name], np.array(shift))) for name in ("value", "low", "high"))
    return {"value": value, "low": min(ends), "high": max(ends)}


def sensitivity(
    conversion: float, effect: dict[str, float], back: dict[str, Any], reach: float = 2.0, points: int = 41,
) -> pd.DataFrame:
    """shift (standard deviations of anxiety), before, low, high (conversion, from the effect's interval), kept (after
    returns at the platform's share, which is held still), kept_low, kept_high."""
    shift = np.linspace(-reach, reach, points)
    curves = np.stack([shifted(conversion, effect[name], shift) for name in ("value", "low", "high")])
    stay = 1 - (back["value"] or 0.0)
    frame = pd.DataFrame({"shift": shift, "before": curves[0], "low": curves.min(axis=0), "high": curves.max(axis=0)})
    return frame.assign(kept=frame["before"] * stay, kept_low=frame["low"] * stay, kept_high=frame["high"] * stay)


def calm_needed(start: float, target: float, effect: dict[str, float]) -> dict[str, Any]:
    """Standard deviations by which anxiety must fall to bring conversion from `start` to `target` by itself."""
    if not effect["high"] < 0 or not 0 < start < 1 or not 0 < target < 1:
        return {"value": None, "unknown": "the fit does not show that less anxiety raises behaviour, so no fall of "
                                          "anxiety can be named that would reach the target"}
    gap = NormalDist().inv_cdf(target) - NormalDist().inv_cdf(start)
    ends = sorted(-gap / effect[name] for name in ("low", "high"))
    return {"value": -gap / effect["value"], "low": ends[0], "high": ends[1]}
