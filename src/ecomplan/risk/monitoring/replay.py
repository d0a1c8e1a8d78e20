"""The rules replayed over the stream: metrics, limits from the past, alarms. Nothing looks ahead.

    measured = measure(feed, p)
    limits = calibrate(measured, rules, feed.until, p)
    alarms = raise_alarms(measured, limits)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ecomplan.errors import ParameterError
from ecomplan.params.watching import Monitoring
from ecomplan.risk.monitoring import signals, ticks
from ecomplan.risk.monitoring.feed import DAY, Feed
from ecomplan.risk.monitoring.rules import METRICS, Level, Rule
from ecomplan.risk.monitoring.signals import Signals, nothing
from ecomplan.risk.monitoring.tails import MONTH, Tail, fit_tail
from ecomplan.risk.monitoring.windows import Floats

COMPUTED: dict[str, Callable[[Feed, Monitoring], Signals]] = {
    "payment_over_own_mean": signals.payment_over_own_mean, "account_burst": signals.account_burst,
    "first_order_over_mean": signals.first_order_over_mean, "first_item_over_mean": signals.first_item_over_mean,
    "first_orders_day": signals.first_orders_day, "return_wave": signals.return_wave,
    "return_chart": ticks.return_chart, "return_share": ticks.return_share, "country_flood": signals.country_flood,
    "country_drift": ticks.country_drift, "order_silence": ticks.order_silence, "churn": ticks.churn,
}
EACH = ["rule", "time", "key", "event", "value"]


@dataclass(frozen=True)
class Limit:
    """A rule with the tail of its metric; `used` and `target` (alarms a month) are None where there is no data."""

    rule: Rule
    tail: Tail | None
    used: float | None
    target: float | None
    state: str  # "watched" | "told only": no limit could be set, no alarm is raised | "no data"
    missing: str = ""


def spans(until: int, p: Monitoring) -> tuple[int, int, int]:
    """(end of warm-up, end of calibration, end) in minutes.

    Raises ParameterError where calibration does not outlast the warm-up or nothing is left to check.
    """
    warm, end = p.warm_up_days * DAY, round(p.calibration_months * MONTH)
    if warm >= end:
        raise ParameterError(
            f"monitoring.warm_up_days {p.warm_up_days} leaves nothing of calibration_months {p.calibration_months}"
        )
    if end + MONTH > until:
        raise ParameterError(
            f"monitoring.calibration_months {p.calibration_months}: the stream holds {until / MONTH:.1f} months; one "
            f"month at least must be left to check the limits on"
        )
    return warm, end, until


def measure(feed: Feed, p: Monitoring, metrics: tuple[str, ...] = tuple(METRICS)) -> dict[str, Signals]:
    """Each metric over the whole stream, after the warm-up."""
    warm = p.warm_up_days * DAY
    return {name: COMPUTED[name](feed, p).since(warm, feed.until) for name in metrics}


def calibrate(measured: dict[str, Signals], rules: tuple[Rule, ...], until: int, p: Monitoring) -> dict[str, Limit]:
    """Limits from the calibration months: each rule with data gets the same part of the wanted alarms a month."""
    warm, end, _ = spans(until, p)
    months = (end - warm) / MONTH
    tails: dict[str, Tail | None] = {}
    missing = {rule.id: rule.missing for rule in rules}
    for rule in rules:
        if rule.missing:
            continue
        past = measured.get(rule.metric, nothing("The metric was not computed"))
        tails[rule.id] = fit_tail(past.since(warm, end), months, METRICS[rule.metric] == "log", p)
        if tails[rule.id] is None:
            missing[rule.id] = past.missing or "Too few values in the months of calibration to set a limit"
    watched = [rule.id for rule in rules if not missing[rule.id]]
    target = p.alarms_a_month / max(len(watched), 1)
    limits: dict[str, Limit] = {}
    for rule in rules:
        tail = tails.get(rule.id)
        if tail is None:
            seen = not rule.missing and rule.limit_told is not None and len(measured[rule.metric].value) > 0
            limits[rule.id] = Limit(rule, None, None, None, "told only" if seen else "no data", missing[rule.id])
        else:
            limits[rule.id] = Limit(rule, tail, max(tail.limit(target), rule.least), target, "watched")
    return limits


def first_of_day(found: Signals, limit: float) -> Signals:
    """Values at or over a limit, the first of each key and day alone."""
    over = np.flatnonzero(found.value >= limit)
    day, key = found.time[over] // DAY, found.key[over]
    order = np.lexsort((over, key, day))
    head = np.ones(len(order), np.bool_)
    head[1:] = (np.diff(day[order]) != 0) | (np.diff(key[order]) != 0)
    rows = np.sort(over[order][head])
    return Signals(found.time[rows], found.key[rows], found.value[rows], found.event[rows])


def raise_alarms(measured: dict[str, Signals], limits: dict[str, Limit], told: bool = False) -> pd.DataFrame:
    """Alarms by time: rule, time (minutes), key, event, value. One a rule, key and day.

    `told`: at the documents' limits where one is told, else at those used.
    """
    parts = []
    for name, limit in limits.items():
        at = limit.rule.limit_told if told and limit.rule.limit_told is not None else limit.used
        if limit.used is None or at is None:
            continue
        found = first_of_day(measured[limit.rule.metric], at)
        parts.append(pd.DataFrame({"rule": name, "time": found.time, "key": found.key, "event": found.event,
                                   "value": found.value}))
    if not parts:
        return pd.DataFrame({name: pd.Series(dtype="object" if name == "rule" else "float64") for name in EACH})
    return pd.concat(parts, ignore_index=True).sort_values("time", kind="stable", ignore_index=True)


def factor(rule: str, value: Floats, limits: dict[str, Limit]) -> Floats:
    """How rare a value is: expected alarms a month at it, over those at the limit; 1 at the limit, less beyond."""
    limit = limits[rule]
    assert limit.tail is not None and limit.used is not None
    at_limit = float(limit.tail.rate(np.array([limit.used]))[0])
    return limit.tail.rate(value) / max(at_limit, 1e-12)


def rarity(alarms: pd.DataFrame, limits: dict[str, Limit]) -> Floats:
    """`factor` of each alarm."""
    out = np.zeros(len(alarms))
    for name, rows in alarms.groupby("rule", sort=False).indices.items():
        out[rows] = factor(str(name), alarms["value"].to_numpy()[rows], limits)
    return out


def level_of(rule: Rule, rare: float, p: Monitoring) -> Level:
    """Blue at the limit; yellow and red where normal data reach the value far more rarely. A fixed level stays."""
    return rule.level or ("red" if rare <= p.red_share else "yellow" if rare <= p.yellow_share else "blue")


def exceedances(measured: dict[str, Signals], limits: dict[str, Limit], most: float) -> pd.DataFrame:
    """All values beyond limits loosened to `most` times the rate at the limit in use: columns of `raise_alarms` and
    `factor`. The alarms at any factor up to `most` are its rows at or below it, one a rule, key and day."""
    parts = []
    for name, limit in limits.items():
        if limit.tail is None or limit.used is None:
            continue
        found = measured[limit.rule.metric]
        at_limit = float(limit.tail.rate(np.array([limit.used]))[0])
        rows = np.flatnonzero(found.value >= min(limit.tail.limit(most * at_limit), limit.used))
        rare = factor(name, found.value[rows], limits)
        rare = np.where(found.value[rows] >= limit.used, np.minimum(rare, 1.0), np.maximum(rare, 1.0 + 1e-9))
        parts.append(pd.DataFrame({"rule": name, "time": found.time[rows], "key": found.key[rows],
                                   "event": found.event[rows], "value": found.value[rows], "factor": rare}))
    if not parts:
        return pd.DataFrame({name: [] for name in [*EACH, "factor"]})
    return pd.concat(parts, ignore_index=True).sort_values("time", kind="stable", ignore_index=True)


def days_of(found: pd.DataFrame) -> pd.DataFrame:
    """One row a rule, key and day of exceedances: the rarest, at the time of the first."""
    day = found["time"].to_numpy() // DAY
    return found.assign(day=day).groupby(["rule", "key", "day"], sort=False, as_index=False).agg(
        time=("time", "first"), factor=("factor", "min"))
