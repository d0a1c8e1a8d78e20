"""Alarms as those who must act read them: colour, receiver, tier, what was seen; as a table and as a file.

No customer is named: an order stands there by its running number in the stream, a country only where enough customers
stand behind it.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd

from ecomplan.params import MonitoringStage
from ecomplan.risk.monitoring.feed import Feed
from ecomplan.risk.monitoring.replay import Limit, level_of, rarity

OTHER = "another country"
ALERT_COLUMNS = ["time", "month", "rule", "name", "dimension", "level", "tier", "receiver", "medium", "value", "limit",
                 "unit", "a_month", "order_number", "country", "action"]


def alerts_table(alarms: pd.DataFrame, limits: dict[str, Limit], feed: Feed, p: MonitoringStage) -> pd.DataFrame:
    """One row an alarm, by time. `a_month`: how often normal data reach the value; `order_number`: running number of
    the order in the stream, for rules on single orders alone; `country` for rules on countries alone."""
    shown = _shown_countries(feed, p.min_group)
    rows: list[tuple[Any, ...]] = []
    times = pd.DatetimeIndex(feed.dates(alarms["time"].to_numpy().astype(np.int64)))
    rare = rarity(alarms, limits)
    columns = (alarms[name].to_numpy() for name in ("rule", "key", "event", "value"))
    for name, key, event, value, time, part in zip(*columns, times, rare, strict=True):
        limit = limits[name]
        rule = limit.rule
        level = level_of(rule, float(part), p)
        by_country = rule.metric == "country_flood"
        order = None if by_country or event < 0 else int(event) + 1
        rows.append((
            time, time.strftime("%Y-%m"), rule.id, rule.name, rule.dimension, level, rule.tier[level], rule.receiver,
            rule.medium[level], float(value), limit.used, rule.unit, float(part) * _rate(limit), order,
            shown[int(key)] if by_country else None, rule.action,
        ))
    table = pd.DataFrame(rows, columns=ALERT_COLUMNS)
    return table.astype({"order_number": "Int64", "time": "datetime64[us]", "value": "float64", "limit": "float64",
                         "country": "str"})


def _rate(limit: Limit) -> float:
    assert limit.tail is not None and limit.used is not None
    return float(limit.tail.rate(np.array([limit.used]))[0])


def _shown_countries(feed: Feed, least: int) -> list[str]:
    """A country's name, or "another country" where fewer than `least` customers stand behind it."""
    named = feed.customer >= 0
    pairs = np.unique(np.stack((feed.country[named], feed.customer[named])), axis=1)[0]
    number = np.bincount(pairs, minlength=len(feed.countries))
    return [name if count >= least else OTHER for name, count in zip(feed.countries, number, strict=True)]


def alert_lines(table: pd.DataFrame) -> str:
    """The alert file: one JSON object a line, in the order of time."""
    out = []
    for row in table.to_dict("records"):
        where: dict[str, Any] = {}
        if not pd.isna(row["order_number"]):
            where["order_number"] = int(row["order_number"])
        if not pd.isna(row["country"]):
            where["country"] = row["country"]
        out.append(json.dumps({
            "time": row["time"].strftime("%Y-%m-%dT%H:%M"), "rule": row["rule"], "dimension": row["dimension"],
            "level": row["level"], "receiver": row["receiver"], "medium": row["medium"],
            "seen": f"{row['name']}: {row['value']:.3g} {row['unit']}", "value": float(f"{row['value']:.6g}"),
            "limit": float(f"{row['limit']:.6g}"), "normally_a_month": float(f"{row['a_month']:.3g}"),
            "tier": row["tier"], "action": row["action"], **where,
        }, ensure_ascii=False))
    return "".join(line + "\n" for line in out)


def months_table(table: pd.DataFrame, limits: dict[str, Limit], feed: Feed, p: MonitoringStage) -> pd.DataFrame:
    """Alarms by month, rule and level: each month of the stream after the warm-up and each rule with data has a row."""
    start = feed.dates(np.array([p.warm_up_days * 24 * 60]))[0]
    end = feed.dates(np.array([feed.until]))[0]
    months = pd.period_range(pd.Timestamp(start).to_period("M"), pd.Timestamp(end).to_period("M"), freq="M")
    names = [name for name, limit in limits.items() if limit.used is not None]
    counts = table.groupby(["month", "rule", "level"]).size()
    rows = [
        (str(month), name, limits[name].rule.name,
         *(int(counts.get((str(month), name, level), 0)) for level in ("blue", "yellow", "red")))
        for month in months for name in names
    ]
    frame = pd.DataFrame(rows, columns=["month", "rule", "name", "blue", "yellow", "red"])
    return frame.assign(alarms=frame[["blue", "yellow", "red"]].sum(axis=1))
