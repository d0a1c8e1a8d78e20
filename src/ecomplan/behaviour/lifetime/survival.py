"""Readings of a Kaplan-Meier curve of the next order, and weekly hazards."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from ecomplan.behaviour.statistics import Floats, wilson


def at(curve: pd.DataFrame, day: float, min_group: int) -> dict[str, Any]:
    """value, low, high of the share that has ordered by `day`; no value where too few were watched so long."""
    row = curve[curve["time"] <= day].iloc[-1]
    still = int(curve.loc[curve["time"] >= day, "at_risk"].max()) if (curve["time"] >= day).any() else 0
    if still < min_group:
        return {"value": None, "unknown": f"fewer than {min_group} customers were watched for {day:g} days; no share"}
    return {"value": 1 - float(row["waiting"]), "low": 1 - float(row["high"]), "high": 1 - float(row["low"])}


def median(curve: pd.DataFrame) -> dict[str, Any]:
    """value, low, high in days of the median time (Brookmeyer & Crowley, 1982); no value where it is not reached."""
    def first(column: str) -> float | None:
        below = curve.loc[curve[column] <= 0.5, "time"]
        return float(below.iloc[0]) if len(below) else None

    value, low, high = first("waiting"), first("low"), first("high")
    if value is None:
        return {"value": None, "unknown": "fewer than half have ordered again within the time watched; no median"}
    return {"value": value, "low": low, "high": high}


def peak_week(table: pd.DataFrame) -> float | None:
    """Week of the largest hazard, None where no week could be measured."""
    return float(table["week"].to_numpy()[table["hazard"].to_numpy().argmax()]) if len(table) else None


def hazard(days: Floats, ordered: Floats, weeks: int, min_group: int) -> pd.DataFrame:
    """week, at_risk, events, hazard (chance to order in that week if not before), low, high (Wilson, 1927; 80 %)."""
    week = np.floor((np.asarray(days) - 1e-9) / 7)
    rows = []
    for number in range(weeks):
        # who left sight within the week stands half of it under risk (actuarial convention)
        events = float(((week == number) & (ordered == 1)).sum())
        gone = float(((week == number) & (ordered == 0)).sum())
        risk = float((week >= number).sum()) - gone / 2
        if risk < min_group:
            break
        share = events / risk
        low, high = wilson(events, risk)
        rows.append({"week": number + 1, "at_risk": risk, "events": events, "hazard": share,
                     "low": float(low), "high": float(high)})
    return pd.DataFrame(rows, columns=["week", "at_risk", "events", "hazard", "low", "high"])
