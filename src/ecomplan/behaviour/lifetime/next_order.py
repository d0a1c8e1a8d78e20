"""Whether and when the next order comes: by orders so far (measured) and by group of customers (modelled)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ecomplan.behaviour.lifetime.calibration import actual_orders, frequency_group
from ecomplan.behaviour.lifetime.counts import Floats, Ints
from ecomplan.behaviour.lifetime.futures import between
from ecomplan.behaviour.lifetime.pace import Paced
from ecomplan.behaviour.statistics import Z80, kaplan_meier

DAYS = (30, 60, 90)
RETENTION_DAYS = (1, 7, 30, 90, 365)
YEAR_DAYS = 365
HAZARD_WEEKS = 60
#: orders so far: name, first, last
SO_FAR = (("first order", 1, 1), ("2nd and 3rd", 2, 3), ("4th to 9th", 4, 9), ("10th on", 10, 10**9))


def gaps(occasions: pd.DataFrame, start: pd.Timestamp, end: pd.Timestamp) -> pd.DataFrame:
    """customer_id, day, number (1 = first order), gap_days, ordered (1, or 0 where the end came first).

    One row an occasion of the customers whose first order fell on `start` or later.
    """
    first = occasions.groupby("customer_id")["day"].transform("min")
    own = occasions[(first >= start) & (occasions["day"] < end)].sort_values(["customer_id", "day"])
    grouped = own.groupby("customer_id")["day"]
    following = grouped.shift(-1)
    gap = (following.fillna(end) - own["day"]).dt.days
    return pd.DataFrame({
        "customer_id": own["customer_id"], "day": own["day"], "number": grouped.cumcount() + 1,
        "gap_days": gap.astype(float), "ordered": following.notna().astype(float),
    })


def second(found: pd.DataFrame) -> tuple[Floats, Floats]:
    """Days to the second order, and whether it came, of every newcomer in `gaps`."""
    own = found[found["number"] == 1]
    return own["gap_days"].to_numpy(dtype=float), own["ordered"].to_numpy(dtype=float)


def curves(found: pd.DataFrame, days: int, min_group: int) -> pd.DataFrame:
    """so_far, day, ordered (share with the next order by that day), low, high, customers; up to `days`.

    Groups of fewer than `min_group` customers are left out, and each curve ends where fewer are still watched.
    """
    parts = []
    for name, low, high in SO_FAR:
        own = found[found["number"].between(low, high)]
        people = own["customer_id"].nunique()
        if people < min_group:
            continue
        curve = kaplan_meier(own["gap_days"].to_numpy(float), own["ordered"].to_numpy(float))
        curve = curve[(curve["time"] <= days) & (curve["at_risk"] >= min_group)]
        parts.append(pd.DataFrame({
            "so_far": name, "day": curve["time"], "ordered": 1 - curve["waiting"], "low": 1 - curve["high"],
            "high": 1 - curve["low"], "customers": people,
        }))
    columns = ["so_far", "day", "ordered", "low", "high", "customers"]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)


def chances(paced: Paced, begin: pd.Timestamp) -> dict[int, Floats]:
    """Modelled chance of every customer's next order within 30, 60, 90 days of `begin`, season counted."""
    return {
        days: paced.model.next_order(between(paced.clock, begin, begin + pd.Timedelta(days=days)), *paced.past)
        for days in DAYS
    }


def by_group(
    chance: dict[int, Floats], customers: pd.DataFrame, label: pd.Series, names: list[str], min_group: int
) -> pd.DataFrame:
    """group, customers, repeat_rate (share with a repeat order so far), within_30, within_60, within_90 (means).

    Groups under `min_group` customers are left out.
    """
    rows = []
    for name in names:
        inside = (label == name).to_numpy()
        if inside.sum() < min_group:
            continue
        rows.append({
            "group": name, "customers": int(inside.sum()),
            "repeat_rate": float((customers.loc[inside, "x"] > 0).mean()),
            **{f"within_{days}": float(chance[days][inside].mean()) for days in DAYS},
        })
    return pd.DataFrame(rows)


def held_out(chance: Floats, actual: Floats, group: Ints, names: list[str], min_group: int) -> pd.DataFrame:
    """group, customers, predicted (mean chance), actual (share that ordered), low, high (Wilson, 80 %)."""
    rows = []
    for number, name in enumerate(names):
        inside = group == number
        n = int(inside.sum())
        if n < min_group:
            continue
        share = float((actual[inside] > 0).mean())
        middle = (share + Z80**2 / (2 * n)) / (1 + Z80**2 / n)
        wide = Z80 / (1 + Z80**2 / n) * np.sqrt(share * (1 - share) / n + Z80**2 / (4 * n**2))
        rows.append({"group": name, "customers": n, "predicted": float(chance[inside].mean()), "actual": share,
                     "low": float(middle - wide), "high": float(middle + wide)})
    return pd.DataFrame(rows, columns=["group", "customers", "predicted", "actual", "low", "high"])


def within(
    paced: Paced, occasions: pd.DataFrame, cut: pd.Timestamp, days: int, min_group: int
) -> pd.DataFrame:
    """`held_out` by past repeat orders: an order within `days` of the cut, chance given before it and share."""
    until = cut + pd.Timedelta(days=days)
    chance = paced.model.next_order(between(paced.clock, cut, until), *paced.past)
    group, names = frequency_group(paced.past[0])
    return held_out(chance, actual_orders(paced, occasions, cut, until), group, names, min_group)


def mean_gap(table: pd.DataFrame) -> float:
    """Mean predicted less actual share over all customers of `held_out`."""
    return float(np.average(table["predicted"] - table["actual"], weights=table["customers"]))


def tier_findings(table: pd.DataFrame, days: int) -> list[tuple[str, str, float]]:
    """(name, label, chance) of an order within `days`, for each group shown."""
    return [(f"next_{days}_{row['group']}", f"Mean chance of an order within {days} days, {row['group']} tier",
             row[f"within_{days}"]) for row in table.to_dict("records")]
