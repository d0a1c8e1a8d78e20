"""How the documents' claims on early warning, deviation levels and review stand after the replay."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from ecomplan.claims import Claims
from ecomplan.estimate import Estimate, Reading
from ecomplan.risk.watch.delay import METHODS
from ecomplan.risk.watch.levels import LEVELS
from ecomplan.risk.watch.told_days import EndScore
from ecomplan.risk.watch.visits import Visits

LEAD, STEP = "s0_anomaly_lead_time", "s0_metric_refresh_interval"
DISCOVERY, WEIGHTS, FLOOR = "s2_risk_discovery_time", "s0_feature_weight_refresh", "s1_confidence_floor"


@dataclass(frozen=True)
class Seen:
    """What the readings rest on."""

    score: EndScore
    refresh: pd.DataFrame
    visits: Visits
    delays: pd.DataFrame
    chances: pd.DataFrame
    weights: pd.DataFrame
    floor: Estimate  # error of what passes the floor, as a share
    flow_delay: Estimate  # minutes until a planted incident is warned of
    false_a_month: float


def delay_at(delays: pd.DataFrame, method: str, false_a_month: float) -> Estimate:
    """Median delay of one method (key of METHODS) at the simulated rate next to the wanted one, days."""
    part = delays[delays["method"] == METHODS[method]]
    row = part.iloc[int((part["false_a_month"] - false_a_month).abs().to_numpy().argmin())]
    return Estimate(float(row["delay_days"]), float(row["delay_low"]), float(row["delay_high"]))


def _lead(seen: Seen, claims: Claims) -> Reading:
    told, score = claims[LEAD].value or 0.0, seen.score
    if score.recall_in_time.value is None or score.lead.value is None:
        return Reading(LEAD, "tested", "No judged day ended abnormal and was warned of, so that no lead was seen.",
                       "not testable")
    enough = score.lead_middle.low is not None and score.lead_middle.low >= told
    verdict = "fails" if not enough else "holds" if score.recall_in_time.value >= 0.9 else "holds in part"
    return Reading(
        LEAD, "tested", "Read as: days that end abnormal are warned of so far ahead. The typical warning is early "
        "enough; part of the abnormal days is warned of later or not at all." if enough else
        "Read as: days that end abnormal are warned of so far ahead. The typical warning comes later.",
        verdict, score.lead,
    )


def _step(seen: Seen) -> Reading:
    table = seen.refresh
    slow = table.iloc[1:]
    gain = float(slow["delay_minutes"].mean() - table["delay_minutes"].iloc[0]) if len(slow) else 0.0
    better = gain > 0
    return Reading(
        STEP, "tested", "Looks every few minutes were compared with rarer ones at the same accepted false alarms: "
        + ("incidents are seen sooner, abnormal days are not foretold better." if better else
           "incidents are not seen sooner."), "holds in part" if better else "fails",
        None if not len(slow) or pd.isna(gain) else Estimate(float(table["minutes"].iloc[0])), "simulated",
    )


def _discovery(seen: Seen, claims: Claims) -> Reading:
    told = claims[DISCOVERY].value or 0.0
    daily = delay_at(seen.delays, "cusum", seen.false_a_month)
    weekly = delay_at(seen.delays, "week", seen.false_a_month)
    assert daily.value is not None and weekly.value is not None
    verdict = "holds" if daily.value <= told else "holds in part" if daily.value < weekly.value else "fails"
    return Reading(
        DISCOVERY, "tested", "Read as: a lasting shift of daily orders, planted at random into the platform's own "
        "noise, is seen after so many days by a daily test instead of a weekly review, at the same false alarms.",
        verdict, daily, "simulated",
    )


def _levels(seen: Seen, claims: Claims) -> list[Reading]:
    out = []
    part = seen.chances[seen.chances["series"] == "Sales"]
    for place, key in enumerate(LEVELS):
        if not len(part):
            out.append(Reading(key, "limit", "Used as the level; too few months to know its false alarms."))
            continue
        row = part.iloc[place]
        chance = Estimate(100 * float(row["chance"]), 100 * float(row["chance_low"]), 100 * float(row["chance_high"]))
        verdict = "fails" if row["chance"] > 0.2 else "holds in part" if row["chance"] > 1 / 12 else "holds"
        out.append(Reading(
            key, "tested", "As a level for sales of a month against the forecast it should be passed seldom by chance; "
            "observed is the chance that it is, with this forecast's error. Schedules of projects are not in the data.",
            verdict, chance, "simulated",
        ))
    return out


def readings(seen: Seen, claims: Claims) -> list[Reading]:
    """All claims of the chapter, tested where data or simulation can say something."""
    monthly = float(seen.weights.loc[seen.weights["refresh"] == "every month", "worse"].iloc[0])
    once = float(seen.weights.loc[seen.weights["refresh"] == "once", "worse_low"].iloc[0])
    delay = seen.flow_delay
    fault = claims["s1_fault_discovery_time"].value or 0.0
    none = "not testable"
    return [
        _lead(seen, claims), _step(seen), _discovery(seen, claims), *_levels(seen, claims),
        Reading(WEIGHTS, "tested", "Weights of the weekdays, estimated anew each month, are hardly worse than each "
                "day's, and better than weights that are never renewed." if once > monthly else
                "Weights of the weekdays that are never renewed are as good as monthly ones.",
                "holds" if once > monthly else "fails", Estimate(1.0), "measured"),
        Reading(FLOOR, "limit", "Judgements below this confidence go to a person; the queue's length and the errors "
                "that pass are shown."),
        Reading("s1_fault_discovery_time", "tested", "Faults planted into the flow of orders are found after so many "
                "minutes; orders alone are too few for less. A system's own signals are not in the data.",
                "holds" if delay.value is not None and delay.value <= fault else "fails", delay, "simulated"),
        Reading("s2_compliance_discovery_lead", "tested", "No compliance case with a date of start and a date of "
                "discovery is in the data.", none),
        Reading("s3_schedule_delay_risk_case", "tested", "No project schedule with planned and actual dates is in the "
                "data; what the levels do for sales is shown instead.", none),
        Reading("s3_execution_deviation_case", "tested", "No plan has been carried out here, so that nothing can "
                "deviate from it; the forecast's own error is larger than this.", none),
        Reading("s1_schedule_review_interval", "tested", "How often deviations are corrected has no counterpart in the "
                "data.", none),
        Reading("s1_monitor_metric_count", "tested", "The data hold four series of trade, not so many metrics; each "
                "metric more needs its own share of the accepted false alarms.", none),
        Reading("s1_monitor_stability", "tested", "Uptime of a system is not in the data.", none),
        Reading("s1_feedback_discovery_gain", "tested", "Voice feedback of customers is not in the data.", none),
        Reading("s2_dashboard_discovery_gain", "tested", "Nobody recorded problems found with and without a live view; "
                "the simulated gain in days is given with the discovery time.", none),
        Reading("s0_exec_core_metrics", "tested", "That a management should watch so many metrics is advice; nothing "
                "in the data can confirm the number.", none),
    ]
