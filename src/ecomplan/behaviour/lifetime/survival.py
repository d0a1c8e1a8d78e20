"""Kaplan-Meier curves and weekly hazards of the next order."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from ecomplan.behaviour.lifetime.counts import Floats
from ecomplan.behaviour.lifetime.fit import Z80


def kaplan_meier(days: Floats, ordered: Floats) -> pd.DataFrame:
    """day, at_risk, events, waiting (share still without the event), low, high (80 %).

    Kaplan & Meier (1958); limits on the log-log scale from Greenwood's variance (Kalbfleisch & Prentice, 1980).
    `days`: time to the event or to the end of sight; `ordered`: 1 where the event came.
    """
    times, of = np.unique(days, return_inverse=True)
    events = np.bincount(of.reshape(-1), weights=np.asarray(ordered, dtype=float))
    leaving = np.bincount(of.reshape(-1)).astype(float)
    at_risk = len(days) - np.concatenate([[0.0], np.cumsum(leaving)[:-1]])
    waiting = np.cumprod(1 - events / at_risk)
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = np.cumsum(np.where(at_risk > events, events / (at_risk * (at_risk - events)), np.inf))
        wide = Z80 * np.sqrt(variance) / np.abs(np.log(waiting))
        low, high = waiting ** np.exp(wide), waiting ** np.exp(-wide)
    inner = (waiting > 0) & (waiting < 1)
    frame = pd.DataFrame({
        "day": times, "at_risk": at_risk, "events": events, "waiting": waiting,
        "low": np.where(inner, low, waiting), "high": np.where(inner, high, waiting),
    })
    return pd.concat([pd.DataFrame({"day": [0.0], "at_risk": [float(len(days))], "events": [0.0], "waiting": [1.0],
                                    "low": [1.0], "high": [1.0]}), frame[frame["day"] > 0]], ignore_index=True)


def at(curve: pd.DataFrame, day: float, min_group: int) -> dict[str, Any]:
    """value, low, high of the share that has ordered by `day`; no value where too few were watched so long."""
    row = curve[curve["day"] <= day].iloc[-1]
    still = int(curve.loc[curve["day"] >= day, "at_risk"].max()) if (curve["day"] >= day).any() else 0
    if still < min_group:
        return {"value": None, "unknown": f"fewer than {min_group} customers were watched for {day:g} days; no share"}
    return {"value": 1 - float(row["waiting"]), "low": 1 - float(row["high"]), "high": 1 - float(row["low"])}


def median(curve: pd.DataFrame) -> dict[str, Any]:
    """value, low, high in days of the median time (Brookmeyer & Crowley, 1982); no value where it is not reached."""
    def first(column: str) -> float | None:
        below = curve.loc[curve[column] <= 0.5, "day"]
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
        middle = (share + Z80**2 / (2 * risk)) / (1 + Z80**2 / risk)
        wide = Z80 / (1 + Z80**2 / risk) * np.sqrt(share * (1 - share) / risk + Z80**2 / (4 * risk**2))
        rows.append({"week": number + 1, "at_risk": risk, "events": events, "hazard": share,
                     "low": max(middle - wide, 0.0), "high": min(middle + wide, 1.0)})
    return pd.DataFrame(rows, columns=["week", "at_risk", "events", "hazard", "low", "high"])
