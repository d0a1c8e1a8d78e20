"""Single numbers of the monitor, ready for findings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from ecomplan.estimate import Estimate
from ecomplan.params.watching import Monitoring
from ecomplan.risk.engine.shares import share
from ecomplan.risk.monitoring.policy import Policy
from ecomplan.risk.monitoring.recall import NONE_PLANTED, Trial
from ecomplan.risk.monitoring.signals import Signals


def recall_of(table: pd.DataFrame, kind: str, column: str = "recall") -> Estimate:
    """A number of a kind of incident from the table of recall: "recall", "delay_hours" or "size_found"."""
    rows = table[table["kind"] == kind]
    limits = {"recall": ("low", "high"), "delay_hours": ("delay_low", "delay_high"),
              "size_found": ("size_low", "size_high")}[column]
    if rows.empty or pd.isna(rows[column].iloc[0]):
        reasons = {"recall": "No incident of the kind could be planted in this stream",
                   "delay_hours": "No incident of the kind was found, so that there is no delay to tell",
                   "size_found": "No size planted is found as often as the goal asks"}
        return Estimate(None, unknown=reasons[column])
    value, low, high = (float(rows[name].iloc[0]) for name in (column, *limits))
    return Estimate(value, low, high)


def false_alarms(trial: Trial) -> Estimate:
    """False alarms a month at the limits in use; range over the replays."""
    kept = trial.false_days[trial.false_days["factor"] <= 1]
    rounds = int(trial.incidents["round"].max()) + 1 if len(trial.incidents) else 1
    counts = np.bincount(kept["round"].to_numpy(np.int64), minlength=rounds) * rounds / trial.months
    low, high = np.quantile(counts, [0.1, 0.9])
    mean = float(counts.mean())
    return Estimate(mean, min(float(low), mean), max(float(high), mean))


def precision(trial: Trial) -> Estimate:
    """Incidents found over incidents found and false alarms, at the number of incidents planted."""
    found = int(trial.incidents["found"].sum())
    false = int((trial.false_days["factor"] <= 1).sum())
    if found + false == 0:
        return Estimate(None, unknown="No alarm was raised")
    return share(found, found + false, NONE_PLANTED)


def goal(recall: Estimate, false: Estimate, p: Monitoring) -> str:
    """PASS where both goals are met with their intervals, REVIEW where only as estimated, else FAIL."""
    if recall.value is None or false.value is None or recall.low is None or false.high is None:
        return "REVIEW"
    if recall.low >= p.recall_goal and false.high <= p.false_alarms_goal:
        return "PASS"
    return "REVIEW" if recall.value >= p.recall_goal and false.value <= p.false_alarms_goal else "FAIL"


def takeover_told(trial: Trial) -> Estimate:
    """Share of taken-over accounts with an order that the told payment rule flags."""
    part = trial.incidents.loc[trial.incidents["kind"] == "takeover", "by_told"]
    return share(int(part.sum()), len(part), NONE_PLANTED)


def last_year(found: Signals) -> Estimate:
    """Mean of a monthly metric over its last thirteen values (a year), with its 10 % and 90 % months."""
    value = found.value[-13:]
    if not len(value):
        return Estimate(None, unknown="The stream is too short for the metric" if not found.missing else found.missing)
    mean = float(value.mean())
    low, high = np.quantile(value, [0.1, 0.9])
    return Estimate(mean, min(float(low), mean), max(float(high), mean))


def best_row(policy: Policy, column: str) -> Any:
    """A cell of the best tier's row; the reason in `unknown` where there is none."""
    if policy.best < 0:
        reason = policy.unknown or "No tier gains more than it costs"
        return {"value": None, "unknown": reason}
    value = policy.table[column].iloc[policy.best]
    return {"value": value if isinstance(value, str) else float(value)}


def in_use(policy: Policy) -> Callable[[str], dict[str, Any]]:
    """Net gain of a tier at the limits in use, ready for a finding."""

    def at(tier: str) -> dict[str, Any]:
        rows = policy.table[(policy.table["tier"] == tier) & (policy.table["factor"] == 1)]
        if rows.empty:
            return {"value": None, "unknown": policy.unknown or "The tier was not weighed"}
        value, low, high = (float(rows[name].iloc[0]) for name in ("net", "low", "high"))
        return {"value": value, "low": min(low, value), "high": max(high, value)}

    return at


def flagged_in_use(table: pd.DataFrame) -> float:
    """Good orders a month flagged at the limits in use; at least what the figure can show."""
    return max(float(table.loc[table["factor"] == 1, "flagged_a_month"].iloc[0]), 0.05)


def rule_number(rules: pd.DataFrame, rule: str, column: str) -> float:
    """A number of the table of rules; NaN where the rule is missing or has none."""
    rows = rules.loc[rules["rule"] == rule, column]
    return float(rows.iloc[0]) if len(rows) else float("nan")


def rule_cell(rules: pd.DataFrame, rule: str, column: str) -> dict[str, Any]:
    """The same, ready for a finding."""
    value = rule_number(rules, rule, column)
    if not np.isfinite(value):
        return {"value": None, "unknown": f"Rule {rule} has no data here, so that its limit cannot be judged"}
    return {"value": value}
