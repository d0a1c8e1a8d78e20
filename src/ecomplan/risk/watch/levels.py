"""Deviation levels of 5, 10 and 15 %: how often this forecast passes them by chance, and where the months stand."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import stdtr, stdtrit

from ecomplan.claims import Claims
from ecomplan.estimate import Estimate
from ecomplan.risk.watch.rates import share

Array = NDArray[np.float64]
LEVELS = ("s3_schedule_alert_1", "s3_schedule_alert_2", "s3_schedule_alert_3")
COLOURS = ("none", "blue", "yellow", "red")
SERIES = {"sales": "Sales", "orders": "Orders", "active_customers": "Active customers"}
MODEL = "combination"
RATES = {"once a year": 1 / 12, "once in two years": 1 / 24, "once in five years": 1 / 60}
DRAWS = 1000


def months_of(backtest: pd.DataFrame, claims: Claims) -> pd.DataFrame:
    """One month ahead of the model in use: month, series, forecast, actual, deviation (share), level 0 to 3, colour."""
    used = backtest[(backtest["model"] == MODEL) & backtest["series"].isin(SERIES)]
    lead = (used["month"].dt.year - used["origin"].dt.year) * 12 + used["month"].dt.month - used["origin"].dt.month
    used = used[lead == lead.min()] if len(used) else used
    deviation = used["actual"].to_numpy() / used["forecast"].to_numpy() - 1
    edges = np.array([claims[key].share for key in LEVELS])
    level = np.searchsorted(edges, np.abs(deviation), side="right")
    return pd.DataFrame({
        "month": used["month"].to_numpy(), "series": used["series"].map(SERIES).to_numpy(),
        "forecast": used["forecast"].to_numpy(), "actual": used["actual"].to_numpy(), "deviation": deviation,
        "level": level.astype(np.int64), "colour": [COLOURS[one] for one in level],
    }).reset_index(drop=True)


def chance_of(errors: Array, level: float) -> float:
    """Chance that a month passes `level` up or down, with log errors like these (Student t about zero, scale known
    from their root mean square)."""
    scale = float(np.sqrt(np.mean(errors**2)))
    if scale == 0:
        return 0.0
    degrees = len(errors)
    return float(stdtr(degrees, np.log1p(-min(level, 1 - 1e-9)) / scale) + 1 - stdtr(degrees, np.log1p(level) / scale))


def level_for(errors: Array, rate: float) -> float:
    """The level (share) that a month passes, up or down, with the chance `rate`."""
    low, high = 0.0, float(np.expm1(np.sqrt(np.mean(errors**2)) * stdtrit(len(errors), 1 - rate / 2)))
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if chance_of(errors, middle) > rate else (low, middle)
    return high


def chance_table(months: pd.DataFrame, claims: Claims, rng: np.random.Generator) -> pd.DataFrame:
    """Each series and level: passed in the backtest, chance by chance alone with its interval, alarms a year."""
    rows = []
    for series, part in months.groupby("series", sort=False):
        errors = np.log1p(part["deviation"].to_numpy())
        if len(errors) < 3:
            continue
        again = errors[rng.integers(0, len(errors), (DRAWS, len(errors)))]
        for key in LEVELS:
            level = claims[key].share
            chance = chance_of(errors, level)
            drawn = np.quantile([chance_of(one, level) for one in again[:200]], [0.1, 0.9])
            seen = share(float((part["deviation"].abs() >= level).sum()), float(len(part)), "")
            rows.append({
                "series": series, "level": level, "months": len(part), "passed": seen.value, "chance": chance,
                "chance_low": min(float(drawn[0]), chance), "chance_high": max(float(drawn[1]), chance),
                "alarms_a_year": 12 * chance,
            })
    columns = ["series", "level", "months", "passed", "chance", "chance_low", "chance_high", "alarms_a_year"]
    return pd.DataFrame(rows, columns=columns)


def needed_table(months: pd.DataFrame) -> pd.DataFrame:
    """Levels that this forecast's error passes at stated rates: series, rate, level."""
    rows = []
    for series, part in months.groupby("series", sort=False):
        errors = np.log1p(part["deviation"].to_numpy())
        if len(errors) >= 3:
            rows += [{"series": series, "rate": name, "level": level_for(errors, rate)} for name, rate in RATES.items()]
    return pd.DataFrame(rows, columns=["series", "rate", "level"])


def chance_at(table: pd.DataFrame, level: int, series: str = "Sales") -> Estimate:
    """Chance of one level (0 to 2) for one series, for a finding."""
    part = table[table["series"] == series]
    if not len(part):
        return Estimate(None, unknown="The forecast was tried on too few months to know its error")
    row = part.iloc[level]
    return Estimate(float(row["chance"]), float(row["chance_low"]), float(row["chance_high"]))


def at_least_one(table: pd.DataFrame, level: int) -> Estimate:
    """Chance that at least one of the series passes the level in a month, were they apart; an upper estimate."""
    parts = [one.iloc[level] for _, one in table.groupby("series")]
    if not parts:
        return Estimate(None, unknown="The forecast was tried on too few months to know its error")
    ends = [float(1 - np.prod([1 - one[name] for one in parts])) for name in ("chance", "chance_low", "chance_high")]
    return Estimate(ends[0], ends[1], ends[2])
