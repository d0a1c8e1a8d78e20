"""Small hands for the notebook: lengths of test that the documents name, and single numbers out of tables."""

from __future__ import annotations

from typing import Any

import pandas as pd

from ecomplan.claims import Claims
from ecomplan.errors import DataError

DAYS_PER = {"day": 1, "week": 7, "month": 30, "h": 1 / 24}
TIMED = ("s3_verify_limit", "s3_optimise_limit", "s3_iterate_limit", "s3_pilot_analysis_interval",
         "s3_pilot_optimise_interval")


def days_of(claims: Claims, key: str) -> int:
    """A claimed time in whole days, one at least."""
    claim = claims[key]
    if claim.unit not in DAYS_PER or claim.value is None:
        raise DataError(f"claim {key}: {claim.value} {claim.unit} is no time; expected one in {', '.join(DAYS_PER)}")
    return max(round(claim.value * DAYS_PER[claim.unit]), 1)


def lengths(claims: Claims, test_days: int) -> tuple[int, ...]:
    """Lengths of test studied: what the documents name, the regular test, twice and four times as long."""
    return tuple(sorted({*(days_of(claims, key) for key in TIMED), test_days, 2 * test_days, 4 * test_days}))


def pick(table: pd.DataFrame, column: str, **where: Any) -> Any:
    """The one number of `column` in the row where all columns in `where` have the given values."""
    return _row(table, where)[column]


def value(table: pd.DataFrame, column: str, **where: Any) -> dict[str, Any]:
    """value, low, high for a finding, from the row where all columns in `where` have the given values.

    A table that lacks the row gives no value and the reason.
    """
    try:
        row = _row(table, where)
    except DataError:
        return {"value": None, "unknown": "too few orders for a window of this length; a longer one is needed"}
    return {"value": float(row[column]), "low": float(row["low"]), "high": float(row["high"])}


def _row(table: pd.DataFrame, where: dict[str, Any]) -> pd.Series:
    keep = pd.Series(True, index=table.index)
    for name, wanted in where.items():
        keep &= table[name] == wanted
    if keep.sum() != 1:
        raise DataError(f"{int(keep.sum())} rows where {where}; expected one")
    return table[keep].iloc[0]
