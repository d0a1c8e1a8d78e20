"""Cohorts by the month of the first order seen: who orders again, and what a newcomer brings."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from ecomplan.behaviour.statistics import Z80
from ecomplan.errors import DataError

EARLY_MONTHS = 6  # months of a newcomer compared with a year before
YEAR_MONTHS = 12
SHOWN_MONTHS = (1, 3, 6, 12)


def newcomers_from(occasions: pd.DataFrame, burn_in_months: int, end: pd.Timestamp) -> pd.Timestamp:
    """Day from which a first order counts as that of a new customer.

    The shop is older than its data: in the first months most "first" orders are those of old customers.
    Raises DataError where the burn-in leaves nothing.
    """
    start = pd.Timestamp(occasions["day"].min()).to_period("M").start_time + pd.DateOffset(months=burn_in_months)
    if start >= end or not (occasions.groupby("customer_id")["day"].min() >= start).any():
        raise DataError(
            f"no customer first ordered between {start:%Y-%m-%d} and {end:%Y-%m-%d}; "
            f"lifetime.burn_in_months = {burn_in_months} is too long for these data"
        )
    return start


def newcomers(occasions: pd.DataFrame, start: pd.Timestamp) -> pd.DataFrame:
    """Occasions of the customers whose first one fell on `start` or later."""
    return occasions[occasions.groupby("customer_id")["day"].transform("min") >= start]


def repeat_rate(customers: pd.DataFrame) -> dict[str, Any]:
    """value, low, high: share of customers with a repeat order so far (Wilson, 1927; 80 %). `customers`: x."""
    n, share = len(customers), float((customers["x"] > 0).mean())
    middle = (share + Z80**2 / (2 * n)) / (1 + Z80**2 / n)
    wide = Z80 / (1 + Z80**2 / n) * float(np.sqrt(share * (1 - share) / n + Z80**2 / (4 * n**2)))
    return {"value": share, "low": middle - wide, "high": middle + wide}


def retention(occasions: pd.DataFrame, min_group: int) -> pd.DataFrame:
    """cohort (month), month_number (0 = month of the first order), customers (cohort size), active (share).

    Cohorts under `min_group` customers are left out. Raises DataError where none is left.
    """
    month = occasions["day"].dt.year * 12 + occasions["day"].dt.month - 1
    cohort = month.groupby(occasions["customer_id"]).transform("min")
    seen = pd.DataFrame({"customer": occasions["customer_id"], "cohort": cohort, "number": month - cohort})
    active = seen.drop_duplicates().groupby(["cohort", "number"]).size()
    size = active.xs(0, level="number")
    last = int(month.max())
    rows = [
        {"cohort": pd.Timestamp(year=one // 12, month=one % 12 + 1, day=1), "month_number": number,
         "customers": int(size[one]), "active": float(active.get((one, number), 0)) / float(size[one])}
        for one in size.index[size >= min_group] for number in range(last - one + 1)
    ]
    if not rows:
        raise DataError(f"no monthly cohort reaches privacy.min_group = {min_group} customers; no triangle to show")
    return pd.DataFrame(rows)


def later_activity(triangle: pd.DataFrame, month_number: int, from_cohort: pd.Timestamp) -> dict[str, Any]:
    """value, low, high: mean share of the newcomers' cohorts who order in a later month (80 %, cohorts as weights)."""
    own = triangle[(triangle["month_number"] == month_number) & (triangle["cohort"] >= from_cohort)]
    if own.empty:
        return {"value": None, "unknown": f"no cohort of newcomers was watched for {month_number} months"}
    n = float(own["customers"].sum())
    share = float((own["active"] * own["customers"]).sum()) / n
    wide = Z80 * float(np.sqrt(share * (1 - share) / n))
    return {"value": share, "low": max(share - wide, 0.0), "high": min(share + wide, 1.0)}


def early_value(occasions: pd.DataFrame, start: pd.Timestamp, end: pd.Timestamp, months: int) -> pd.DataFrame:
    """first (day), value: goods ordered by each newcomer in the first `months` months, before returns.

    Only newcomers watched for all of them.
    """
    first = occasions.groupby("customer_id")["day"].transform("min")
    watched = (first >= start) & (first + pd.DateOffset(months=months) <= end)
    own = occasions[watched & (occasions["day"] < first + pd.DateOffset(months=months))]
    found = own.assign(first=first).groupby("customer_id").agg(first=("first", "min"), value=("amount", "sum"))
    return found.reset_index(drop=True)


def mean_of(values: pd.Series, draws: int, rng: np.random.Generator, min_group: int) -> dict[str, Any]:
    """value, low, high: mean with an 80 % bootstrap interval (Efron, 1979); no value for too few."""
    if len(values) < min_group:
        return {"value": None, "unknown": f"fewer than {min_group} newcomers were watched for so long"}
    array = values.to_numpy(dtype=float)
    again = np.array([array[rng.integers(len(array), size=len(array))].mean() for _ in range(draws)])
    low, high = np.quantile(again, [0.1, 0.9])
    return {"value": float(array.mean()), "low": float(low), "high": float(high)}


def yearly_change(early: pd.DataFrame, draws: int, rng: np.random.Generator, min_group: int) -> dict[str, Any]:
    """value, low, high in percent: early value of newcomers against those of the same months a year before.

    Bootstrap over newcomers (80 %); no value where no month is there twice with enough newcomers.
    """
    month = early["first"].dt.year * 12 + early["first"].dt.month
    later = month[month.isin(month + 12)].unique()
    now = early.loc[month.isin(later), "value"].to_numpy(dtype=float)
    before = early.loc[month.isin(later - 12), "value"].to_numpy(dtype=float)
    if min(len(now), len(before)) < min_group:
        return {"value": None, "unknown": "no month's newcomers were watched long enough in two years"}
    ratios = np.array([
        now[rng.integers(len(now), size=len(now))].mean() / before[rng.integers(len(before), size=len(before))].mean()
        for _ in range(draws)
    ])
    low, high = np.quantile(ratios, [0.1, 0.9])
    change = float(now.mean() / before.mean() - 1)
    return {"value": 100 * change, "low": 100 * float(low - 1), "high": 100 * float(high - 1)}
