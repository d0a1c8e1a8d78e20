"""BH-02: which incentive for whom - groups measured on orders, effects from claims shrunken, costs assumed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ecomplan.claims import Claims
from ecomplan.errors import DataError
from ecomplan.investment.responses.chances import between, spread

Array = NDArray[np.float64]
POINTS, VIP_REPURCHASE, VIP_VALUE = "s2_points_conversion_lift", "s1_vip_service_repurchase_lift", "s3_vip_crm_ltv_lift"
GROUPS = ("high value", "price-sensitive", "one order so far", "all others")
CHEAP = 0.95  # a piece below this part of the product's median price was bought cheaply


@dataclass(frozen=True)
class Costs:
    """What incentives cost: shares of sales, and money a customer a year."""

    discount: float
    points: float
    service: float


def groups(lines: pd.DataFrame, high_share: float, cheap_share: float) -> pd.DataFrame:
    """Customers and sales of the last twelve months by group; each customer stands in the first group that fits.

    `lines`: sale lines with time, order_id, customer_id, product_id, unit_price, amount. Columns: group, customers,
    sales (money a year). Raises DataError without identified customers.
    """
    usual = lines.groupby("product_id", observed=True)["unit_price"].transform("median")
    cheap = np.where(lines["unit_price"] < CHEAP * usual, lines["amount"], 0.0)
    recent = lines.assign(cheap=cheap)
    recent = recent[(recent["time"] > recent["time"].max() - pd.DateOffset(years=1)) & recent["customer_id"].notna()]
    if recent.empty:
        raise DataError("lines hold no identified customer in the last twelve months")
    by = recent.groupby("customer_id", observed=True).agg(
        sales=("amount", "sum"), cheap=("cheap", "sum"), orders=("order_id", "nunique"))
    number = np.full(len(by), 3)
    number[(by["orders"] == 1).to_numpy()] = 2
    number[(by["cheap"] >= cheap_share * by["sales"]).to_numpy()] = 1
    number[(by["sales"].rank(ascending=False, method="first") <= max(round(high_share * len(by)), 1)).to_numpy()] = 0
    return pd.DataFrame({
        "group": GROUPS, "customers": np.bincount(number, minlength=4),
        "sales": np.bincount(number, weights=by["sales"], minlength=4),
    })


def policy(
    rng: np.random.Generator, table: pd.DataFrame, claims: Claims, costs: Costs, margin: Array, elasticity: Array,
    effect_share: float,
) -> pd.DataFrame:
    """Each group's incentive: gain in sales (share), cost, net margin (money a year, 80 %), gain needed, chance to
    pay if it works, and the chance of working at all from which it pays on average.

    A discount works by the measured price response; points and service by claims of which `effect_share` is kept,
    if they work at all. Incentives are also paid to those who would have bought anyway. What a referral reward does
    for customers who share is not known: nothing shows who shares.
    """
    draws = len(margin)
    kept = between(rng, 0.0, 2 * effect_share if effect_share <= 0.5 else 1.0, draws)
    low, high = sorted((claims[VIP_REPURCHASE].share, claims[VIP_VALUE].share))
    vip = between(rng, low, high, draws)
    plans: dict[str, tuple[str, str, Array, float, float]] = {
        "high value": ("dedicated service", f"{VIP_REPURCHASE}, {VIP_VALUE}", kept * vip, 0.0, costs.service),
        "price-sensitive": ("timed discount", "measured price response",
                            (1 - costs.discount) ** np.minimum(elasticity, 0.0) - 1, costs.discount, 0.0),
        "one order so far": ("points", POINTS, kept * claims[POINTS].share, costs.points, 0.0),
    }
    rows = []
    for row in table.to_dict("records"):
        base = {"group": row["group"], "customers": int(row["customers"]), "sales": float(row["sales"])}
        if row["group"] not in plans or row["sales"] <= 0:
            rows.append({**base, "incentive": "none", "ground": "no claim, nothing measured"})
            continue
        incentive, ground, lift, share, each = plans[row["group"]]
        extra = row["sales"] * margin * lift
        cost = share * row["sales"] * (1 + lift) + each * row["customers"]
        fixed = each * row["customers"] / row["sales"]
        needed = np.where(margin > share, (share + fixed) / np.maximum(margin - share, 1e-9), np.nan)
        net, gain = spread(extra - cost), spread(lift)
        rows.append({
            **base, "incentive": incentive, "ground": ground, "gain": gain.value, "gain_low": gain.low,
            "gain_high": gain.high, "cost": float(np.median(cost)), "net": net.value, "net_low": net.low,
            "net_high": net.high, "needed": float(np.nanmedian(needed)), "pays": float((extra > cost).mean()),
            "works_needed": float(np.mean(cost) / np.mean(extra)) if np.mean(extra) > 0 else None,
        })
    rows.append({"group": "customers who share", "customers": None, "sales": None, "incentive": "referral reward",
                 "ground": "not known who shares"})
    return pd.DataFrame(rows).astype({"customers": "Int64"})
