"""Where the documents' claims on monitoring stand."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ecomplan.claims import Claims
from ecomplan.estimate import Estimate, Reading
from ecomplan.params.watching import Monitoring
from ecomplan.risk.monitoring.policy import Policy
from ecomplan.risk.monitoring.recall import Trial
from ecomplan.risk.monitoring.signals import Signals
from ecomplan.risk.monitoring.told import last_year, rule_number

#: claims on monitoring that the platform's orders cannot test -> why
NO_DATA = {
    "s0_api_latency_alert": "the platform's data hold no response times; the rule stands ready without data",
    "s0_channel_fraud_alert": "the orders name neither payment channel nor confirmed fraud; the rule stands ready",
    "s3_cac_trigger": "the platform's data hold no marketing spend; the rule stands ready without data",
    "s3_home_bounce_max": "the platform's data hold orders, no visits; the rule stands ready without data",
    "s1_alert_matrix_resolution_gain": "no record tells when an alarm was closed, with or without colours",
    "s1_monitor_metric_count": "a count of another platform's metrics; here each further metric costs false alarms",
    "s1_monitor_stability": "the data hold no record of the systems' availability",
    "s2_traffic_quality_lift": "the platform's data hold no traffic",
    "s2_invalid_traffic_change": "the platform's data hold no traffic",
}


def standing(claims: Claims, rules: pd.DataFrame, measured: dict[str, Signals], trial: Trial, policy: Policy,
             p: Monitoring) -> list[Reading]:
    """Where the claims on monitoring stand; numbers in the claims' units."""
    out = [*_thresholds(claims, rules, measured, p), *_effects(claims, trial, policy)]
    watched = rules[rules["state"] == "watched"]["dimension"].nunique()
    out.append(Reading("s0_risk_monitor_dimensions", "target",
                       f"{watched} of the told dimensions have a rule fed by orders; resources are seen through "
                       f"silence alone and third-party channels through countries alone"))
    out.append(Reading("s0_intervention_levels", "target", "three tiers and their mix by colour are weighed by cost"))
    out.append(Reading("s3_alert_levels", "target", "red, yellow and blue follow from how rare a value is"))
    out.extend(Reading(key, "tested", reason, "not testable") for key, reason in NO_DATA.items())
    return out


def _thresholds(claims: Claims, rules: pd.DataFrame, measured: dict[str, Signals], p: Monitoring) -> list[Reading]:
    out = []
    told = rule_number(rules, "payment_over_mean", "told_a_month")
    if np.isfinite(told):
        used = rule_number(rules, "payment_over_mean", "limit_used")
        verdict = "fails" if told > p.false_alarms_goal else "holds"
        out.append(Reading(
            "s0_payment_anomaly_multiple", "tested",
            f"at the told multiple this rule alone raises {told:.1f} alarms a month on the shop's own orders, where "
            f"{p.false_alarms_goal:g} are accepted of all rules; observed: the multiple that keeps to its part",
            verdict, Estimate(used),
        ))
    out.append(Reading("s0_payment_anomaly_window", "limit",
                       "used as told; times have the resolution of a minute, and bursts are watched over an hour"))
    share = last_year(measured["return_share"])
    if share.value is not None:
        seen = share.scaled(100)
        usual, fresh = claims["s0_traditional_return_rate"], claims["s0_fresh_return_rate"]
        out.append(Reading("s0_traditional_return_rate", "tested",
                           "value returned over value sold in the last year here; a wholesale shop of gifts",
                           "fails" if float(seen.value or 0) < usual.range[0] else "holds", seen))
        out.append(Reading("s0_fresh_return_rate", "tested",
                           "the told limit is kept here without the told control; as an alarm it never speaks",
                           "holds" if float(seen.value or 0) <= fresh.range[1] else "fails", seen))
    lost = last_year(measured["churn"])
    if lost.value is not None:
        seen = lost.scaled(100)
        above = float((measured["churn"].value[-13:] * 100 > claims["s3_churn_trigger"].range[1]).mean())
        out.append(Reading(
            "s3_churn_trigger", "tested",
            f"customers who complete {p.churn_days} days without an order, in four weeks; the period is not told. Read "
            f"so, the trigger is passed in {above:.0%} of the last year's months",
            "fails" if above > 0.5 else "holds in part" if above > 0 else "holds", seen,
        ))
    return out


def _effects(claims: Claims, trial: Trial, policy: Policy) -> list[Reading]:
    out = []
    mine, told = (trial.incidents.loc[trial.incidents["kind"] == "takeover", name] for name in ("found", "by_told"))
    out.append(Reading(
        "s2_abnormal_order_detection_gain", "tested",
        f"the gain hangs on which incidents are planted and on what stood before: of taken-over accounts the told "
        f"payment rule finds {told.sum()} and all rules {mine.sum()} of {len(mine)}, of fraud by new accounts it can "
        f"find none", "not testable",
    ))
    claim = claims["s0_dynamic_risk_model_issue_change"]
    if policy.change.value is None:
        out.append(Reading(claim.key, "tested", policy.change.unknown, "not testable"))
        return out
    value, low, high = (float(part or 0) * 100 for part in (policy.change.value, policy.change.low, policy.change.high))
    verdict = "holds in part" if value < 0 else "fails"  # assumed incidents cannot bear it out in whole
    out.append(Reading(
        claim.key, "tested", "change of the loss from planted takeovers and fraud waves under the best tier and "
        "limits; their number does not change, and their sizes are assumed", verdict, Estimate(value, low, high),
        "simulated",
    ))
    return out
