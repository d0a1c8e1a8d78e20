"""Rows of the stage's tables as findings, and claims held against them."""

from __future__ import annotations

from typing import Any

import pandas as pd

from ecomplan.behaviour.campaigns.intervals import standing

_LIMITS = {"relative": ("relative_low", "relative_high")}


def pick(table: pd.DataFrame, column: str = "value", scale: float = 1.0, **where: Any) -> dict[str, Any]:
    """{value, low, high} of the one row with these keys, times `scale`; value None and the reason without it."""
    rows = table
    for key, wanted in where.items():
        rows = rows[rows[key] == wanted]
    if rows.empty or pd.isna(rows[column].iloc[0]):
        return {"value": None, "unknown": "no group is large enough to compare; the claim stays untested"}
    low, high = _LIMITS.get(column, ("low", "high"))
    row = rows.iloc[0]
    return {"value": scale * float(row[column]), "low": scale * float(row[low]), "high": scale * float(row[high])}


def alone(table: pd.DataFrame, column: str, **where: Any) -> dict[str, Any]:
    """As `pick`, for a number without limits."""
    rows = table
    for key, wanted in where.items():
        rows = rows[rows[key] == wanted]
    if rows.empty or pd.isna(rows[column].iloc[0]):
        return {"value": None, "unknown": "no first campaign could be compared; there is nothing to test"}
    return {"value": float(rows[column].iloc[0])}


def planned(number: float) -> dict[str, Any]:
    """A planned sample; None where no difference was seen, for no sample finds nothing."""
    if number == float("inf"):
        return {"value": None, "unknown": "no difference was seen; no number of impressions would find one"}
    return {"value": number}


def spread(found: dict[str, tuple[float, float, float]], key: str) -> dict[str, Any]:
    """{value, low, high} of a named triple; value None without it."""
    if key not in found:
        return {"value": None, "unknown": "no impression in one of the two groups; the claim stays untested"}
    value, low, high = found[key]
    return {"value": value, "low": low, "high": high}


def around(*parts: dict[str, Any]) -> dict[str, Any]:
    """One range around several estimates of one thing, its middle as value; None where any of them is unknown."""
    if any(part["value"] is None for part in parts):
        return {"value": None, "unknown": "one of the comparisons could not be made; the claim stays untested"}
    low, high = min(part["low"] for part in parts), max(part["high"] for part in parts)
    return {"value": sum(part["value"] for part in parts) / len(parts), "low": low, "high": high}


def held(claimed: float, got: dict[str, Any]) -> dict[str, Any]:
    """Verdict, observed value and range of a tested claim of an effect."""
    if got["value"] is None:
        return {"verdict": "not testable"}
    return {"verdict": standing(claimed, got["low"], got["high"]), "observed": got["value"], "low": got["low"],
            "high": got["high"]}


def held_level(claimed: float, got: dict[str, Any]) -> dict[str, Any]:
    """Verdict on a claimed level: it holds within the range, fails outside."""
    if got["value"] is None:
        return {"verdict": "not testable"}
    return {"verdict": "holds" if got["low"] <= claimed <= got["high"] else "fails", "observed": got["value"],
            "low": got["low"], "high": got["high"]}


def held_minimum(claimed: float, got: dict[str, Any]) -> dict[str, Any]:
    """Verdict on a claimed least level: holds where the whole range reaches it, in part where some of it does."""
    if got["value"] is None:
        return {"verdict": "not testable"}
    verdict = "holds" if got["low"] >= claimed else "holds in part" if got["high"] >= claimed else "fails"
    return {"verdict": verdict, "observed": got["value"], "low": got["low"], "high": got["high"]}
