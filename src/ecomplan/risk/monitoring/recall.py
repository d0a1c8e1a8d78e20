"""How many planted incidents the rules find, how soon, from which size on, and at how many false alarms."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ecomplan.estimate import Estimate
from ecomplan.params.watching import Monitoring
from ecomplan.risk.engine.shares import share as share_of
from ecomplan.risk.monitoring.feed import DAY, Feed
from ecomplan.risk.monitoring.incidents import KINDS, Planted, plant
from ecomplan.risk.monitoring.replay import Limit, days_of, exceedances, measure, spans
from ecomplan.risk.monitoring.signals import Signals
from ecomplan.risk.monitoring.tails import MONTH
from ecomplan.risk.monitoring.windows import Floats

#: limits tried: alarms a month over those at the limits in use
NONE_PLANTED = "No incident of the kind could be planted"
FACTORS = (0.125, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0)
#: kind -> rule -> minutes after its end in which an alarm of the rule still belongs to it; keys must agree where the
#: rule watches customers or countries one by one
ANSWERS: dict[str, dict[str, int]] = {
    "takeover": {"account_burst": DAY, "payment_over_mean": DAY},
    "fraud": {"first_orders_day": DAY},
    "refunds": {"return_wave": DAY, "return_chart": 7 * DAY},
    "flood": {"country_flood": DAY, "country_drift": 7 * DAY, "first_orders_day": DAY},
    "stop": {"order_silence": 3 * 60},
}
ON_ORDERS = ("payment_over_mean", "account_burst", "first_order_high", "first_item_costly", "first_orders_day")
KEYED = ("account_burst", "payment_over_mean", "country_flood")


@dataclass(frozen=True)
class Trial:
    """What the replays with planted incidents showed.

    `incidents`: round, kind, size, factor (the tightest limits that still find it, inf: none tried), found,
    delay_hours, rule (the first that found it at the limits in use), by_told (found by the documents' payment rule at
    its told limit). `false_days`: round, rule, factor of each false alarm of the checked months. `orders`: round,
    incident, kind, time, amount, factor of each planted order. `months`: checked months of all rounds together.
    """

    incidents: pd.DataFrame
    false_days: pd.DataFrame
    orders: pd.DataFrame
    months: float


def run_trial(feed: Feed, limits: dict[str, Limit], p: Monitoring) -> Trial:
    """`rounds` replays, each with its own incidents in the months after calibration."""
    _, begin, end = spans(feed.until, p)
    metrics = tuple(dict.fromkeys(limit.rule.metric for limit in limits.values() if limit.used is not None))
    incidents, false, orders = [], [], []
    for number in range(p.rounds):
        planted = plant(feed, begin, p, np.random.default_rng([p.seed, number]))
        measured = measure(planted.feed, p, metrics)
        found = exceedances(measured, limits, FACTORS[-1])
        found = found[found["time"] >= begin].reset_index(drop=True)
        matched, owner = match(planted, found)
        incidents.append(matched.assign(round=number, by_told=_by_told(planted, measured, limits)))
        days = days_of(found[~owner])
        false.append(days[["rule", "factor"]].assign(round=number))
        orders.append(_planted_orders(planted, found).assign(round=number))
    return Trial(pd.concat(incidents, ignore_index=True), pd.concat(false, ignore_index=True),
                 pd.concat(orders, ignore_index=True), p.rounds * (end - begin) / MONTH)


def match(planted: Planted, found: pd.DataFrame) -> tuple[pd.DataFrame, NDArray[np.bool_]]:
    """Incidents with what found them, and which exceedances belong to an incident at all.

    An alarm belongs to an incident if it is raised on one of its orders, or by a rule that answers its kind, on the
    same customer or country, between its start and a grace after its end.
    """
    time, rare = found["time"].to_numpy(), found["factor"].to_numpy(np.float64)
    key, rule = found["key"].to_numpy(), found["rule"].to_numpy()
    event = found["event"].to_numpy().astype(np.int64)
    tag = np.where(event >= 0, planted.tag[np.maximum(event, 0)], -1)
    masks = {name: rule == name for name in set(rule)}
    owner = tag >= 0
    rows = []
    for number, (kind, whom, start, end, size) in enumerate(planted.incidents.itertuples(index=False)):
        own = tag == number
        for name, grace in ANSWERS[kind].items():
            if name not in masks:
                continue
            near = masks[name] & (time >= start) & (time <= end + grace)
            own |= near & (key == whom) if name in KEYED else near
        owner |= own
        at = np.flatnonzero(own & (rare <= 1))
        best = float(rare[own].min()) if own.any() else np.inf
        rows.append((kind, size, best, len(at) > 0, (time[at[0]] - start) / 60 if len(at) else np.nan,
                     rule[at[0]] if len(at) else ""))
    columns = ["kind", "size", "factor", "found", "delay_hours", "rule"]
    return pd.DataFrame(rows, columns=columns), owner


def _by_told(planted: Planted, measured: dict[str, Signals], limits: dict[str, Limit]) -> NDArray[np.bool_]:
    """Incidents with an order over the told multiple of its customer's own mean."""
    flagged = np.zeros(len(planted.incidents), np.bool_)
    for limit in limits.values():
        if limit.rule.metric == "payment_over_own_mean" and limit.rule.limit_told is not None and limit.used:
            seen = measured[limit.rule.metric]
            tags = planted.tag[seen.event[seen.value >= limit.rule.limit_told]]
            flagged[tags[tags >= 0]] = True
    return flagged


def _planted_orders(planted: Planted, found: pd.DataFrame) -> pd.DataFrame:
    """Planted orders with the tightest limits of a rule on single orders that flags them."""
    rows = np.flatnonzero(planted.tag >= 0)
    rare = np.full(len(planted.tag), np.inf)
    single = found[(found["event"] >= 0) & found["rule"].isin(ON_ORDERS)]
    np.minimum.at(rare, single["event"].to_numpy().astype(np.int64), single["factor"].to_numpy(np.float64))
    tag = planted.tag[rows]
    return pd.DataFrame({
        "incident": tag, "kind": planted.incidents["kind"].to_numpy()[tag], "time": planted.feed.time[rows],
        "amount": planted.feed.amount[rows], "factor": rare[rows],
    })


def size_found(size: Floats, found: NDArray[np.bool_], goal: float, rng: np.random.Generator) -> Estimate:
    """The size found with chance `goal`: logistic regression on its logarithm, with a weak ridge; 80 % by bootstrap.

    Unknown where the chance does not rise with size or reaches `goal` nowhere within the sizes planted; the least
    size planted where even that is found as often.
    """
    if len(size) < 10 or not found.any():
        return Estimate(None, unknown="Too few incidents were found to tell a size")
    low, high = float(size.min()), float(size.max())
    draws = np.concatenate((np.arange(len(size))[None], rng.integers(0, len(size), (200, len(size)))))
    x = np.log(size / np.sqrt(low * high))[draws]
    y = found[draws].astype(np.float64)
    a, b = np.zeros(len(draws)), np.zeros(len(draws))
    ridge = 0.05
    for _ in range(25):
        chance = 1 / (1 + np.exp(-np.clip(a[:, None] + b[:, None] * x, -30, 30)))
        weight = chance * (1 - chance)
        ga, gb = (y - chance).sum(1) - ridge * a, ((y - chance) * x).sum(1) - ridge * b
        haa, hab, hbb = weight.sum(1) + ridge, (weight * x).sum(1), (weight * x * x).sum(1) + ridge
        det = haa * hbb - hab ** 2
        a, b = a + np.clip((hbb * ga - hab * gb) / det, -2, 2), b + np.clip((haa * gb - hab * ga) / det, -2, 2)
    wanted = np.log(goal / (1 - goal))
    at_high = a + b * np.log(high / np.sqrt(low * high))
    at_low = a + b * np.log(low / np.sqrt(low * high))
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        place = np.sqrt(low * high) * np.exp(np.clip((wanted - a) / b, -50, 50))
    place = np.where(at_low >= wanted, low, np.where(at_high < wanted, high, np.clip(place, low, high)))
    if at_high[0] < wanted:
        return Estimate(None, unknown="No size planted is found that often")
    lower, upper = np.quantile(place[1:], [0.1, 0.9])
    return Estimate(float(place[0]), min(float(lower), float(place[0])), max(float(upper), float(place[0])))


def recall_table(trial: Trial, p: Monitoring) -> pd.DataFrame:
    """By kind and in all: incidents, share found with interval, delay in hours, size found at the goal."""
    rows = []
    rng = np.random.default_rng([p.seed, 10_000])
    for kind in [*KINDS, "all"]:
        part = trial.incidents if kind == "all" else trial.incidents[trial.incidents["kind"] == kind]
        share = share_of(int(part["found"].sum()), len(part), NONE_PLANTED)
        delay = part["delay_hours"].dropna()
        size = (Estimate(None) if kind == "all" else
                size_found(part["size"].to_numpy(np.float64), part["found"].to_numpy(np.bool_), p.recall_goal, rng))
        name, unit = KINDS.get(kind, ("All", ""))
        rows.append((kind, name, len(part), int(part["found"].sum()), share.value, share.low, share.high,
                     *(delay.quantile([0.5, 0.1, 0.9]) if len(delay) else (None, None, None)),
                     part["size"].min() if kind != "all" else None, part["size"].max() if kind != "all" else None,
                     size.value, size.low, size.high, unit))
    return pd.DataFrame(rows, columns=[
        "kind", "name", "incidents", "found", "recall", "low", "high", "delay_hours", "delay_low", "delay_high",
        "least_size", "most_size", "size_found", "size_low", "size_high", "size_unit",
    ])


def curve(trial: Trial) -> pd.DataFrame:
    """Recall by kind and false alarms a month, over limits tighter and looser than those in use."""
    rows = []
    for rate in FACTORS:
        false = float((trial.false_days["factor"] <= rate).sum() / trial.months)
        for kind in [*KINDS, "all"]:
            part = trial.incidents if kind == "all" else trial.incidents[trial.incidents["kind"] == kind]
            share = share_of(int((part["factor"] <= rate).sum()), len(part), NONE_PLANTED)
            if share.value is not None:
                rows.append((kind, rate, false, share.value, share.low, share.high))
    return pd.DataFrame(rows, columns=["kind", "factor", "false_a_month", "recall", "low", "high"])
