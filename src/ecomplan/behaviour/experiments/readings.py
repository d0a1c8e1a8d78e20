"""What the documents claim about testing, held against what was computed here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from ecomplan.behaviour.experiments.gate import Prior
from ecomplan.claims import Claims

Verdict = Literal["holds", "holds in part", "fails", "not testable"]
Evidence = Literal["measured", "companion", "assumed", "simulated"]
LIMITS = {
    "s3_adjustment_threshold": "The gate studied: a plan may change only where the gain observed is above it.",
    "s3_bonus_conversion_gain": "The bonus rule studied: the same bar as the gate, here paid out to people.",
    "s3_verify_limit": "One of the lengths of test whose power is computed.",
    "s3_optimise_limit": "One of the lengths of test whose power is computed.",
    "s3_iterate_limit": "One of the lengths of test whose power is computed.",
    "s3_pilot_analysis_interval": "The pilot is looked at as often as this, and so is a staged release.",
    "s3_pilot_optimise_interval": "The time after which a pilot is changed; the regular length of a test.",
    "s3_pilot_lines": "Taken as given: more lines at once would share the traffic and lengthen every test.",
    "s3_pareto_problem_share": "The share of candidates treated first in the check of the 80/20 rule.",
    "s2_test_tiers": "The three tiers whose traffic needs are computed.",
    "s2_decision_steps": "The steps of the decision record run on real customers.",
    "s3_fast_decision_max": "The earliest decision whose worth is compared with waiting.",
    "s2_test_delay": "The delay whose cost is computed.",
    "s2_good_page_conversion": "Taken as the conversion of visits, which orders do not hold; little hangs on it.",
}
FAILURE = "The share of measures that disappoint in the prior behind all gates."
PRIOR = "One of the claimed gains in conversion behind the prior of working measures, shrunken."


@dataclass(frozen=True)
class Reading:
    key: str
    verdict: Verdict
    reading: str
    evidence: Evidence
    observed: float | None = None
    low: float | None = None
    high: float | None = None


def measured_against(observed: float, claimed: float) -> Verdict:
    """holds from the claimed size on, in part from half of it on; both of one sign."""
    part = observed / claimed
    return "holds" if part >= 1 else "holds in part" if part >= 0.5 else "fails"


def readings(claims: Claims, belief: Prior, success_gain: float, quality_gain: float, accuracy_gain: float,
             traffic_gain: float, risk_avoided: float, pareto_held: float) -> list[Reading]:
    """Verdicts on what testing is said to bring; gains are shares, claims are percent."""
    works = belief.means[belief.works] * 100
    weights = belief.weights[belief.works] / belief.weights[belief.works].sum()
    low, mean, high = (float(part) for part in (
        np.interp(0.1, np.cumsum(weights), works), works @ weights, np.interp(0.9, np.cumsum(weights), works),
    ))
    late = -float(claims["s2_test_delay_opportunity_cost"].value or 0)
    pareto = claims["s3_pareto_effect_share"].share
    late_verdict: Verdict = "holds" if low <= late <= high else "holds in part"
    pareto_verdict: Verdict = "holds" if pareto_held >= pareto else "fails"

    def gain(key: str, observed: float, text: str) -> Reading:
        return Reading(key, measured_against(observed, claims[key].share), text, "simulated", 100 * observed)

    return [
        gain("s3_abtest_success_gain", success_gain,
             "Read as the share of adopted measures that work, with a test against adopting everything: it rises by "
             "more than is claimed, for most measures are expected to disappoint."
             if success_gain >= claims["s3_abtest_success_gain"].share else
             "Read as the share of adopted measures that work, with a test against adopting everything: it rises by "
             "less than is claimed."),
        gain("s3_adjustment_decision_gain", quality_gain,
             "Read as right decisions under the gate over those under a plain test of the same length."),
        gain("s3_abtest_accuracy_gain", accuracy_gain,
             "Read as right verdicts on one factor: three factors tested together over one by one, the same traffic."),
        gain("s3_abtest_efficiency_gain", traffic_gain,
             "Read as traffic saved by testing factors together: half as much again with two factors, double with "
             "three; this follows from the design alone."),
        gain("s2_grey_release_risk_change", -risk_avoided,
             "Read as the expected loss of harmful changes within the horizon, with a weekly stop rule against letting "
             "everything out at once."),
        Reading("s2_test_delay_opportunity_cost", late_verdict,
                "Read as points of one month's sales that a working measure would have brought in that month; over a "
                "year it is a twelfth of that. Both figures come from the documents.", "assumed", -mean, -high, -low),
        Reading("s3_pareto_effect_share", pareto_verdict,
                "The documents' own gains in conversion, ranked: the first fifth holds far less of their sum."
                if pareto_held < pareto else "The documents' own gains in conversion, ranked, follow the rule.",
                "assumed", 100 * pareto_held),
    ]


def not_testable(
    tier_days: dict[str, float], pilot_days: float, repeat_days: float, retention_days: float
) -> list[Reading]:
    """Claims of single cases that the orders cannot show, with what a test here would take."""
    def told(key: str, days: float, what: str) -> Reading:
        lasts = f"about {days:,.0f}".replace(",", "\u202f") + (" day" if round(days) == 1 else " days")
        return Reading(key, "not testable", f"{what} A test here that could find it would take {lasts}.", "measured")

    visits = "The platform's orders hold no visits, so no test of this kind can be read from them."
    return [
        told("s2_single_test_ctr_lift", tier_days["single variable"], visits),
        told("s2_multi_test_conversion_lift", tier_days["multivariate"], visits),
        told("s2_full_chain_conversion_lift", tier_days["full chain"], visits),
        told("s3_pilot_page_conversion_lift", pilot_days, visits),
        told("s3_pilot_community_repurchase_lift", repeat_days, "No pilot of a community stands in the orders."),
        told("s2_promo_retention_change", retention_days, "No promotion with a control group stands in the orders."),
        Reading("s0_search_bar_top_conversion_gain", "not testable",
                "The text gives neither the traffic nor the conversion before; in points it is a multiple of the "
                "conversion that other documents call good.", "assumed"),
    ]
