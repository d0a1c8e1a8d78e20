"""Tables of the stage: rules with their limits and alarms, goals and actions, control chart of returns."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from scipy.special import gammaincinv

from ecomplan.estimate import Estimate
from ecomplan.params.watching import Monitoring
from ecomplan.risk.monitoring.feed import Feed
from ecomplan.risk.monitoring.replay import Limit, first_of_day, spans
from ecomplan.risk.monitoring.signals import Signals
from ecomplan.risk.monitoring.tails import MONTH
from ecomplan.risk.monitoring.ticks import chart, weekly_rates

LAST_DAYS = 30


def rules_table(measured: dict[str, Signals], limits: dict[str, Limit], until: int, p: Monitoring) -> pd.DataFrame:
    """Each rule: told limit and the one in use, alarms a month expected, in the months of calibration, in the months
    after them, and there at the told limit. Empty cells where there is no data."""
    warm, begin, end = spans(until, p)
    rows: list[tuple[Any, ...]] = []
    for limit in limits.values():
        rule = limit.rule
        counts: list[float | None] = [None] * 3
        if limit.used is not None:
            used = first_of_day(measured[rule.metric], limit.used).time
            counts[0] = float((used < begin).sum() / (begin - warm) * MONTH)
            counts[1] = float((used >= begin).sum() / (end - begin) * MONTH)
        if rule.limit_told is not None and limit.state != "no data":
            told = first_of_day(measured[rule.metric], rule.limit_told).time
            counts[2] = float((told >= begin).sum() / (end - begin) * MONTH)
        rows.append((rule.id, rule.name, rule.dimension, rule.unit, limit.state, limit.missing, rule.limit_told,
                     limit.used, limit.target, *counts))
    names = ["rule", "name", "dimension", "unit", "state", "missing", "limit_told", "limit_used", "expected_a_month",
             "calibration_a_month", "later_a_month", "told_a_month"]
    frame = pd.DataFrame(rows, columns=names)
    return frame.astype(dict.fromkeys(names[6:], "float64"))


def checked(rules: pd.DataFrame, until: int, p: Monitoring) -> Estimate:
    """Alarms a month of all rules in the months after calibration; 80 % interval of a Poisson count."""
    _, begin, end = spans(until, p)
    months = (end - begin) / MONTH
    count = float(rules["later_a_month"].sum() * months)
    low = float(gammaincinv(count, 0.1)) if count > 0 else 0.0
    return Estimate(count / months, low / months, float(gammaincinv(count + 1, 0.9)) / months)


def at_told(rules: pd.DataFrame) -> float:
    """Alarms a month of the rules that have a told limit and data, at those limits."""
    return float(rules["told_a_month"].sum())


def goals_table(measured: dict[str, Signals], limits: dict[str, Limit], alarms: pd.DataFrame,
                until: int) -> pd.DataFrame:
    """Each rule's goal, the last value of its metric, whether that passes the told limit, and what an alarm starts:
    owner, action, tasks of the last thirty days still to be done. A told limit passed is a task where no other is."""
    rows: list[tuple[Any, ...]] = []
    for name, limit in limits.items():
        rule = limit.rule
        last = None
        if limit.state != "no data" and len(measured[rule.metric].value):
            last = float(measured[rule.metric].value[-1])
        passed = last is not None and rule.limit_told is not None and last >= rule.limit_told
        recent = (alarms["rule"] == name) & (alarms["time"] > until - LAST_DAYS * 24 * 60)
        tasks = int(recent.sum()) + int(passed and limit.state == "told only")
        rows.append((name, rule.name, rule.goal, rule.metric, last, limit.used, rule.limit_told, passed, rule.unit,
                     rule.action, rule.owner, tasks, limit.state))
    names = ["rule", "name", "goal", "metric", "last", "limit", "told", "told_passed", "unit", "action", "owner",
             "open_tasks", "state"]
    return pd.DataFrame(rows, columns=names).astype({"last": "float64", "limit": "float64", "told": "float64"})


def band_names(p: Monitoring, sign: str) -> list[str]:
    return [f"below {sign}{p.price_low:g}", f"{sign}{p.price_low:g} to {p.price_mid:g}",
            f"{sign}{p.price_mid:g} to {p.price_high:g}", f"{sign}{p.price_high:g} and more", "All products"]


def chart_table(feed: Feed, limits: dict[str, Limit], p: Monitoring, sign: str) -> pd.DataFrame:
    """The control chart of returns: week, band, rate (share of lines), centre line and upper limit; the weeks before
    a centre line exists are left out. No rows where nothing was ever returned."""
    used = next((limit.used for limit in limits.values() if limit.rule.metric == "return_chart"), None)
    columns = ["week", "band", "returned", "sold", "rate", "centre", "upper", "alarm"]
    if used is None:
        return pd.DataFrame({name: [] for name in columns})
    ends, returned, sold = weekly_rates(feed, feed.until)
    centre, sd = chart(returned, sold, p.chart_weeks)
    rows = np.isfinite(centre) & (sold > 0)
    week, band = np.nonzero(rows)
    rate = returned[rows] / sold[rows]
    upper = centre[rows] + used * sd[rows]
    return pd.DataFrame({
        "week": pd.DatetimeIndex(feed.dates(ends[week])).astype("datetime64[us]"),
        "band": np.array(band_names(p, sign))[band], "returned": returned[rows], "sold": sold[rows], "rate": rate,
        "centre": centre[rows], "upper": upper, "alarm": rate >= upper,
    }, columns=columns)
