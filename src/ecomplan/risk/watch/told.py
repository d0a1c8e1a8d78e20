"""Single numbers and names of the replay, ready for findings and figures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from ecomplan.estimate import Estimate
from ecomplan.risk.watch import planted
from ecomplan.risk.watch.changes import Changes
from ecomplan.risk.watch.delay import METHODS
from ecomplan.risk.watch.planted import Found, Planted
from ecomplan.risk.watch.rates import share
from ecomplan.risk.watch.told_days import Replay

#: steps between two looks that are compared with a look each step
LOOKS = (3, 12)


def text(value: str | None, why: str) -> dict[str, Any]:
    """A name, or the reason why there is none."""
    return {"value": None, "unknown": why} if value is None else {"value": value}


def _row(seen: Replay, day: int | None) -> int:
    return int(np.flatnonzero(seen.days.judged)[-1]) if day is None else day


def day_of(seen: Replay, day: int | None) -> str:
    """The shown day's date; the last judged day where none was warned of."""
    return str(seen.days.dates[_row(seen, day)].astype("datetime64[D]"))


def warned_minute(seen: Replay, day: int | None) -> float | None:
    """Minute of the day of the shown day's warning."""
    step = int(seen.warned.step["end"][_row(seen, day)])
    return None if step < 0 else float(seen.days.minute(step))


def limits_of(seen: Replay, day: int | None) -> tuple[float, float]:
    """Orders below and above which the shown day counts as abnormal."""
    row = _row(seen, day)
    return float(seen.days.low[row]), float(seen.days.high[row])


def recall_of(incidents: Planted, found: Found, least: float) -> Estimate:
    """Recall of planted incidents that move at least so many orders."""
    part = incidents.moved >= least
    return share(float(found.found[part].sum()), float(part.sum()), "No planted incident was so large")


def size_of(incidents: Planted, found: Found, kind: int) -> Estimate:
    """Orders from which nine in ten incidents of one kind are found."""
    size = planted.size_found(incidents, found, kind)
    if size is None:
        return Estimate(None, unknown="No size was planted of which nine in ten are found")
    return Estimate(float(size))


def look(looks: pd.DataFrame, minutes: float, column: str) -> Estimate:
    """One number of the looks next to an interval."""
    row = looks.iloc[int((looks["minutes"] - minutes).abs().to_numpy().argmin())]
    if pd.isna(row[column]):
        return Estimate(None, unknown="No incident was found at this interval")
    return Estimate(float(row[column]))


def counted(found: Sequence[Changes | None], table: pd.DataFrame) -> Estimate:
    """Lasting changes found; unknown where no series was long enough."""
    if all(one is None for one in found):
        return Estimate(None, unknown="The history is too short to set weeks against the year before")
    return Estimate(float(len(table)))


def within_two(delays: pd.DataFrame, false_a_month: float) -> Estimate:
    """Share of shifts that the daily CUSUM sees within two days."""
    part = delays[delays["method"] == METHODS["cusum"]]
    row = part.iloc[int((part["false_a_month"] - false_a_month).abs().to_numpy().argmin())]
    return Estimate(float(row["within_2"]))


def plain(one: Estimate) -> Estimate:
    """The value without its interval, where it is known by construction."""
    return Estimate(one.value, unknown=one.unknown)


def needed_for(needed: pd.DataFrame) -> Estimate:
    """The level that sales pass by chance once a year."""
    part = needed[(needed["series"] == "Sales") & (needed["rate"] == "once a year")]
    if not len(part):
        return Estimate(None, unknown="The forecast was tried on too few months to know its error")
    return Estimate(float(part["level"].iloc[0]))


def _last(months: pd.DataFrame) -> pd.DataFrame:
    return months[months["series"] == "Sales"].sort_values("month").tail(1)


def last_colour(months: pd.DataFrame) -> dict[str, Any]:
    """Colour of sales in the last month."""
    part = _last(months)
    return text(str(part["colour"].iloc[0]) if len(part) else None, "The forecast was tried on no month")


def last_deviation(months: pd.DataFrame) -> Estimate:
    """Deviation of sales in the last month."""
    part = _last(months)
    if not len(part):
        return Estimate(None, unknown="The forecast was tried on no month")
    return Estimate(float(part["deviation"].iloc[0]))


def worst(drift: pd.DataFrame) -> dict[str, Any]:
    """Name of the input with the greatest stability index."""
    if not len(drift):
        return {"value": None, "unknown": "The history holds no two years to compare"}
    return {"value": str(drift.sort_values("index", kind="stable")["input"].iloc[-1])}


def worst_index(drift: pd.DataFrame) -> Estimate:
    """The greatest stability index."""
    if not len(drift):
        return Estimate(None, unknown="The history holds no two years to compare")
    return Estimate(float(drift["index"].max()))


def worse(weights: pd.DataFrame, refresh: str) -> Estimate:
    """Error that stale weights add."""
    row = weights[weights["refresh"] == refresh].iloc[0]
    value = float(row["worse"])
    return Estimate(value, min(float(row["worse_low"]), value), max(float(row["worse_high"]), value))
