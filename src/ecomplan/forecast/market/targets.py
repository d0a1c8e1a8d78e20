"""Sales and retention against the targets told: chances by month, and the measured curve beside the goals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ecomplan.claims import Claims
from ecomplan.errors import DataError
from ecomplan.forecast.market.priors import HIGH, LOW, MIDDLE, Floats, found

RETENTION = ((1, "s3_retention_d1_target"), (7, "s3_retention_d7_target"), (30, None))
HALF_YEAR = 6


@dataclass(frozen=True)
class Track:
    """`table`: month, low, middle, high (cumulative growth on the same months a year before), chance of the target."""

    table: pd.DataFrame
    growth: Floats  # [paths, months]
    half_year: Floats  # [paths]: sales of the plan year's first six months
    year: int


def sales_track(paths: pd.DataFrame, monthly: pd.DataFrame, target: float) -> Track:
    """Cumulative sales of the last year in `paths` (path, month, sales) against the same months a year before.

    `monthly`: month, series, value. Raises DataError where a month of the year before stands in neither.
    """
    wide = paths.pivot(index="path", columns="month", values="sales")
    times = pd.DatetimeIndex(wide.columns)
    seen = monthly[monthly["series"] == "sales"].set_index("month")["value"]
    year = int(times[-1].year)
    months = [month for month in times if month.year == year]
    before = []
    for month in months:
        base = month - pd.DateOffset(years=1)
        if base in seen.index:
            before.append(np.full(len(wide), float(seen[base])))
        elif base in wide.columns:
            before.append(wide[base].to_numpy(float))
        else:
            raise DataError(f"sales of {base:%Y-%m} are neither in table monthly nor in paths of stage forecast")
    growth = wide[months].to_numpy(float).cumsum(1) / np.column_stack(before).cumsum(1) - 1
    low, middle, high = np.quantile(growth, [LOW, MIDDLE, HIGH], axis=0)
    table = pd.DataFrame({
        "month": months, "low": low, "middle": middle, "high": high, "chance": (growth >= target).mean(0),
    })
    return Track(table, growth, wide[months[:HALF_YEAR]].to_numpy(float).sum(1), year)


def days_for(amount: float, track: Track) -> dict[str, float]:
    """Days of the half year's mean sales that make up `amount`: value, low, high."""
    days = sum(pd.Timestamp(month).days_in_month for month in track.table["month"][:HALF_YEAR])
    return found(amount / (track.half_year / days))


def final(track: Track) -> dict[str, float]:
    """Growth over the whole plan year: value, low, high."""
    return found(track.growth[:, -1])


def final_chance(track: Track) -> float:
    """Chance of the growth told at the plan year's end."""
    return float(track.table["chance"].iloc[-1])


def best_chance(track: Track) -> float:
    """The highest chance of it in any month."""
    return float(track.table["chance"].max())


def chance(track: Track, goal: float) -> float:
    """Chance that the plan year's first six months sell at least `goal`."""
    return float((track.half_year >= goal).mean())


def amount(claims: Claims, key: str, rate: float) -> float:
    """A goal in millions of CNY in the platform's money; `rate` is CNY for one unit of it."""
    claim = claims[key]
    if claim.unit != "CNY_m" or claim.value is None or claim.value <= 0:
        raise DataError(f"claim {key}: {claim.value} {claim.unit}; expected millions of CNY above zero")
    return claim.value * 1e6 / rate


def reach(table: pd.DataFrame, days: int) -> dict[str, float]:
    """Share of newcomers with a second order by then: value, low, high."""
    row = table[table["days"] == days].iloc[0]
    return {"value": float(row["ordered"]), "low": float(row["low"]), "high": float(row["high"])}


def reached_day(table: pd.DataFrame, days: int) -> dict[str, Any]:
    """Day on which the share reaches the target told for `days`: value or unknown."""
    day = table[table["days"] == days]["reached_day"].iloc[0]
    if pd.isna(day):
        return {"value": None, "unknown": "Within the days followed the share of second orders never gets there."}
    return {"value": float(day)}


def retention(next_order: pd.DataFrame, claims: Claims) -> pd.DataFrame:
    """days, ordered, low, high (share of newcomers with a second order), target, gap (shares), reached_day: the day on
    which that share reaches the target, none within the days followed.

    `next_order`: so_far, day, ordered, low, high. A second order is not a visit: the gap is no verdict on the target.
    """
    curve = next_order[next_order["so_far"] == "first order"].sort_values("day")
    if curve.empty:
        raise DataError("table next_order of stage lifetime: no rows of so_far 'first order'")
    day = curve["day"].to_numpy(float)
    rows = []
    for days, key in RETENTION:
        at = int(np.searchsorted(day, days, side="right")) - 1
        row = curve.iloc[max(at, 0)]
        target = claims[key].share if key else None
        reached = day[curve["ordered"].to_numpy(float) >= target] if target is not None else np.array([])
        rows.append({
            "days": days, "ordered": float(row["ordered"]), "low": float(row["low"]), "high": float(row["high"]),
            "target": target, "gap": None if target is None else float(row["ordered"]) - target,
            "reached_day": float(reached[0]) if len(reached) else None,
        })
    return pd.DataFrame(rows).astype(dict.fromkeys(("target", "gap", "reached_day"), "Float64"))
