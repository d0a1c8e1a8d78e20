"""The models held against months they have not seen: in total, by past frequency, by decile, week by week."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from ecomplan.behaviour.lifetime.counts import Floats, Ints
from ecomplan.behaviour.lifetime.futures import Single, between, group_sums
from ecomplan.behaviour.lifetime.pace import Paced
from ecomplan.behaviour.statistics import HIGH, LOW
from ecomplan.errors import DataError

MIN_MONTHS = 3  # months to fit on, at least
GATE_PERCENT = 10.0  # error of the held-out total that still passes
#: groups of past repeat orders: the last of each
FREQUENCIES = (0, 1, 2, 3, 4, 6, 9)
DECILES = 10
NEXT_DAYS = 90


def cut_date(calendar: pd.DataFrame, holdout_months: int) -> pd.Timestamp:
    """First day of the months held out. Raises DataError where the history is too short.

    `calendar`: month, in_full_month.
    """
    months = sorted(pd.to_datetime(calendar.loc[calendar["in_full_month"], "month"].unique()))
    if len(months) < holdout_months + MIN_MONTHS:
        raise DataError(
            f"table calendar: {len(months)} full months; lifetime.holdout_months = {holdout_months} and at least "
            f"{MIN_MONTHS} months before them are needed"
        )
    cut: pd.Timestamp = months[-holdout_months]
    return cut


def end_date(calendar: pd.DataFrame) -> pd.Timestamp:
    """First day after the last full month; `calendar`: month, in_full_month."""
    last: pd.Timestamp = pd.to_datetime(calendar.loc[calendar["in_full_month"], "month"]).max()
    return last + pd.DateOffset(months=1)


def actual_orders(paced: Paced, occasions: pd.DataFrame, begin: pd.Timestamp, until: pd.Timestamp) -> Floats:
    """Orders of the model's customers from `begin` to before `until`, in the order of `paced.customers`."""
    seen = occasions[(occasions["day"] >= begin) & (occasions["day"] < until)]
    found = seen.groupby("customer_id").size().reindex(paced.customers["customer_id"]).fillna(0.0)
    return found.to_numpy().astype(np.float64)


def expected_orders(paced: Paced, begin: pd.Timestamp, until: pd.Timestamp) -> Floats:
    """Expected orders of every customer from `begin`, where the model's data end, to `until`."""
    found: Floats = paced.model.expected(between(paced.clock, begin, until), *paced.past)
    return found


def totals(found: list[Paced], occasions: pd.DataFrame, cut: pd.Timestamp, end: pd.Timestamp) -> pd.DataFrame:
    """clock, model, predicted, actual, error_percent of the orders held out, one row a candidate."""
    rows = []
    for one in found:
        predicted, actual = expected_orders(one, cut, end).sum(), actual_orders(one, occasions, cut, end).sum()
        if actual == 0:
            raise DataError(f"orders: no known customer ordered from {cut:%Y-%m-%d} on; nothing to test against")
        rows.append({"clock": one.clock_name, "model": one.model.title, "predicted": float(predicted),
                     "actual": float(actual), "error_percent": 100 * float(predicted / actual - 1)})
    return pd.DataFrame(rows)


def frequency_group(x: Floats) -> tuple[Ints, list[str]]:
    """Group of each number of past repeat orders, and the groups' names."""
    group = np.searchsorted(FREQUENCIES, x, side="left").astype(np.int64)
    edges = (-1, *FREQUENCIES)
    names = [str(high) if high - low == 1 else f"{low + 1} to {high}" for low, high in pairwise(edges)]
    return group, [*names, f"{FREQUENCIES[-1] + 1} or more"]


def decile_group(expected: Floats) -> tuple[Ints, list[str]]:
    """Tenth of the customers by prediction, 1 the smallest; ties by position."""
    rank = np.empty(len(expected), dtype=np.int64)
    rank[np.argsort(expected, kind="stable")] = np.arange(len(expected))
    return rank * DECILES // len(expected), [str(number + 1) for number in range(DECILES)]


def by_group(
    group: Ints, names: list[str], actual: Floats, expected: Floats, simulated: Single, min_group: int
) -> pd.DataFrame:
    """group, customers, predicted, low, high, actual (orders per customer), error_percent; small groups left out.

    low, high: 80 % of simulated futures of the group's mean.
    """
    sums = group_sums(simulated, group, len(names))
    rows = []
    for number, name in enumerate(names):
        inside = group == number
        people = int(inside.sum())
        if people < min_group:
            continue
        predicted, seen = float(expected[inside].mean()), float(actual[inside].mean())
        low, high = np.quantile(sums[:, number] / people, [LOW, HIGH])
        rows.append({
            "group": name, "customers": people, "predicted": predicted, "low": float(min(low, predicted)),
            "high": float(max(high, predicted)), "actual": seen,
            "error_percent": 100 * (predicted / seen - 1) if seen else 0.0,
        })
    if not rows:
        raise DataError(f"no group of customers reaches privacy.min_group = {min_group}; nothing can be shown")
    return pd.DataFrame(rows)


def inside_share(table: pd.DataFrame) -> float:
    """Share of groups whose actual value lies in the 80 % range of the prediction."""
    return float(((table["actual"] >= table["low"]) & (table["actual"] <= table["high"])).mean())


def tracking(
    found: list[Paced], occasions: pd.DataFrame, cut: pd.Timestamp, end: pd.Timestamp
) -> pd.DataFrame:
    """week, date, actual and one column a candidate's clock: cumulative orders of known customers after the cut."""
    weekly = pd.date_range(cut, end, freq="7D")
    dates = weekly.union(pd.DatetimeIndex([end]))
    known = occasions["customer_id"].isin(found[0].customers["customer_id"])
    days = np.sort(occasions.loc[known & (occasions["day"] >= cut) & (occasions["day"] < end), "day"].to_numpy())
    table = pd.DataFrame({
        "week": ((dates - cut) / pd.Timedelta(days=7)).to_numpy(dtype=float), "date": dates,
        "actual": np.searchsorted(days, dates.to_numpy(), side="left").astype(float),
    })
    for one in found:
        table[one.clock_name] = [float(expected_orders(one, cut, date).sum()) for date in dates]
    return table


def gate(error: dict[str, Any]) -> str:
    """PASS where the error and its whole range are within the goal, REVIEW where a part is, else FAIL."""
    low, high = error["low"], error["high"]
    if max(abs(low), abs(high)) <= GATE_PERCENT:
        return "PASS"
    return "REVIEW" if low <= GATE_PERCENT and high >= -GATE_PERCENT else "FAIL"


def clock_errors(totals: pd.DataFrame, title: str) -> list[tuple[str, str, float]]:
    """(name, label, error in percent) of the held-out total on each clock, by one model."""
    names = {"plain": ("holdout_error_plain", "plain clock"), "calendar": ("holdout_error_calendar", "calendar alone"),
             "calendar and pace": ("holdout_error_pace", "calendar and pace")}
    own = totals[totals["model"] == title].set_index("clock")["error_percent"]
    return [(name, f"Held-out orders: predicted less actual, {label}", float(own[clock]))
            for clock, (name, label) in names.items()]


def worst(table: pd.DataFrame) -> float:
    """The error in percent of the group with the largest one."""
    errors = table["error_percent"].to_numpy(dtype=float)
    return float(errors[np.abs(errors).argmax()])


def last_error(table: pd.DataFrame) -> float:
    """The error in percent of the last group."""
    return float(table["error_percent"].iloc[-1])


def total_error(simulated: Single, actual: Floats, expected: Floats) -> dict[str, Any]:
    """value, low, high of the total's error in percent: what the model would have said, against what came."""
    low, high = np.quantile(simulated.sum(axis=1, dtype=np.float64), [LOW, HIGH])
    seen, value = actual.sum(), expected.sum()
    return {"value": 100 * float(value / seen - 1), "low": 100 * float(min(low, value) / seen - 1),
            "high": 100 * float(max(high, value) / seen - 1)}


def single_errors(expected: Floats, actual: Floats, before: Floats) -> dict[str, float]:
    """Mean absolute error a customer (orders, or money) of the model and of "the same as in the months before"."""
    return {"model": float(np.abs(expected - actual).mean()), "naive": float(np.abs(before - actual).mean())}
