"""Alarms that come again and again: recurrence by rule against chance, the blacklist, and what a test of it needs."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import bdtrc, ndtri

from ecomplan.estimate import Estimate

NONE = "The monitor raised no alarm, so that nothing can come again"


def recurrence_table(alerts: pd.DataFrame, days: int, chance: float, least: int) -> pd.DataFrame:
    """By rule: days with an alarm, share of them followed by another within `days`, the share that chance alone gives
    (alarm days spread evenly over the watched time: 1 - (1 - rate)^days), and whether the rule is on the blacklist.

    A day counts once, however many alarms it has. The blacklist holds rules with at least `least` alarm days whose
    recurrences are more than chance gives, one-sided binomial, `chance` shared among the rules judged (Bonferroni).
    """
    columns = ["rule", "alarm_days", "again", "by_chance", "chance_of_so_many", "blacklisted"]
    if alerts.empty:
        return pd.DataFrame(columns=columns)
    day = alerts["time"].dt.normalize()
    watched = int((day.max() - day.min()).days) + 1
    rows = []
    for rule, dates in day.groupby(alerts["rule"], sort=True):
        single = np.sort(dates.unique())
        gaps = np.diff(single) / np.timedelta64(1, "D")
        again, count = int((gaps <= days).sum()), len(gaps)
        by_chance = 1 - (1 - min(len(single) / watched, 1.0)) ** days
        rows.append({
            "rule": str(rule), "alarm_days": len(single), "again": again / count if count else None,
            "by_chance": by_chance,
            "chance_of_so_many": float(bdtrc(again - 1, count, by_chance)) if again > 0 and by_chance < 1 else 1.0,
        })
    frame = pd.DataFrame(rows)
    judged = frame["alarm_days"] >= least
    limit = chance / max(int(judged.sum()), 1)
    frame["blacklisted"] = judged & (frame["chance_of_so_many"] <= limit)
    frame["again"] = frame["again"].astype("Float64")
    return frame.sort_values(["blacklisted", "alarm_days", "rule"], ascending=[False, False, True], ignore_index=True)


def overall(table: pd.DataFrame, column: str) -> Estimate:
    """Mean over rules weighted by their alarm days that can come again."""
    part = table[table["alarm_days"] > 1]
    if part.empty:
        return Estimate(None, unknown=NONE if table.empty else "No rule alarmed on two days")
    return Estimate(float(np.average(part[column].astype(float), weights=part["alarm_days"] - 1)))


def months_to_test(table: pd.DataFrame, alerts: pd.DataFrame, change: float, alarm: float, power: float) -> Estimate:
    """Months with a blacklist, after as many without, until a fall of alarm days by `change` (below 0) of the
    blacklisted rules would be found; square-root test of two Poisson counts, one-sided."""
    listed = table.loc[table["blacklisted"], "alarm_days"].sum() if len(table) else 0
    if not listed:
        return Estimate(None, unknown="No rule is on the blacklist")
    day = alerts["time"].dt.normalize()
    months = ((day.max() - day.min()).days + 1) / 30.4375
    needed = ((ndtri(1 - alarm) + ndtri(power)) / (np.sqrt(2) * (1 - np.sqrt(1 + change)))) ** 2  # alarm days
    return Estimate(float(needed / (listed / months)))
