"""How the documents' figures on fair conduct stand."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from ecomplan.claims import Claims
from ecomplan.estimate import Estimate, Reading
from ecomplan.risk.conduct.coverage import CostRisk, unnamed
from ecomplan.risk.conduct.rulebook import Rulebook
from ecomplan.risk.conduct.trust import Curve

MOSTLY = 0.9  # share of products from which "prices move little" holds for the shop

NOT_TESTABLE = {
    "s1_member_rights_sync": "The orders hold no benefits of members, so that nothing can be compared over channels.",
    "s0_over_push_uninstall_rise": "No source holds messages or an app that could be removed.",
    "s2_inconsistent_touch_complaint_rise": "No source holds complaints; prices alone are compared over channels here.",
    "s2_consistent_touch_nps_gain": "No source asks customers whether they would recommend the shop.",
    "s2_trust_neglect_conversion_change": "Orders show no visits without a purchase and no trust.",
    "s2_false_ad_complaint_growth_2023": "A figure of a whole market; no source holds complaints.",
    "s2_price_transparency": "Prices of other sellers are in no source.",
    "s2_compliance_discovery_lead": "No record of problems of compliance with the dates on which they were found.",
    "s2_ai_content_compliance": "No content of product pages in any source.",
    "s2_staff_compliance_awareness": "No survey of staff in any source.",
    "s2_compliance_satisfaction": "No survey on compliance in any source.",
    "s2_compliance_team_issue_change": "No record of issues of compliance before and after a team was set up.",
    "s1_crossborder_compliance_cost_change": "No costs of compliance in any source.",
    "s1_gdpr_cost_change": "No costs of compliance in any source; the figure only names the law in the checklist.",
    "s1_zkp_compliance": "No exchange of data with others takes place here.",
    "s1_contract_review_gain": "No contracts in any source.",
    "s1_policy_response_time": "No record of changes of law and of when they were acted on.",
    "s2_audit_risk_change": "No record of incidents before and after audits.",
}


@dataclass(frozen=True)
class Seen:
    """Results on which the standing rests."""

    volatility: Estimate
    steady: Estimate
    alike_countries: Estimate
    alike_names: Estimate
    trust: Curve
    costs: CostRisk
    matrix: pd.DataFrame
    push_cap_month: float
    effect_share: float


def readings(claims: Claims, book: Rulebook, seen: Seen) -> list[Reading]:
    """Standing of every figure that this stage looks at."""
    cap = seen.trust.cap()
    told_cost = seen.costs.cost_at(claims["s2_compliance_cost_share"].share)
    out = [
        _volatility(claims, seen), _likeness(claims, seen),
        Reading("s0_bad_promo_rule_complaint_rise", "prior",
                "Rise of complaints under a rule set with a violation; what is kept of a claimed effect, and the whole "
                "of it as claimed, are shown side by side. No source holds complaints."),
        Reading("s3_over_marketing_complaint_rise", "prior",
                "Harm at a level of messages that the document does not name; shrunken, the level assumed."),
        Reading("s3_over_marketing_brand_change", "prior",
                "Harm at a level of messages that the document does not name; shrunken, the level assumed."),
        Reading("s0_push_cap_weekly", "tested",
                f"No source holds messages. On assumptions alone the cap lies at {cap.value:.3g} messages a month; "
                f"the document's is {seen.push_cap_month:.3g}.", "not testable", cap.scaled(12 / 52), "simulated"),
        Reading("s2_compliance_cost_share", "tested",
                f"Spending this share of sales would cost {told_cost:,.0f} with the loss left, against "
                f"{seen.costs.loss.value:,.0f} a year without spending: as an upper limit it binds nothing, as a "
                "budget it does not pay. The losses behind it are assumed.",
                "not testable", None, "simulated"),
        Reading("s2_compliance_effect", "prior", "The one told point of the curve of cost and risk; shrunken."),
        Reading("s2_compliance_underspend_loss", "prior",
                "One group's loss, scaled to this platform's sales; its chance is assumed."),
        Reading("s3_compliance_fines_2022", "prior", "Mean fine of a large platform's case, scaled to own sales."),
        Reading("s3_compliance_case_count_2022", "prior", "Number of cases over which the fines are spread."),
        Reading("s3_compliance_cost_max", "limit", "Upper limit of spending on compliance, of the marketing budget."),
        Reading("s1_law_count", "tested",
                f"All but {len(book.laws.named)} of these laws are not named in the planning figures "
                f"({unnamed(book.laws, claims)} unnamed), so that their coverage cannot be checked; the duties that "
                "the figures speak of are checked instead.", "not testable", None, "assumed"),
        Reading("s2_compliance_rule_count", "tested",
                "None of these rule sets is named in the planning figures, so that their coverage cannot be checked.",
                "not testable", None, "assumed"),
        Reading(book.dimensions_claim, "limit", "The columns of the matrix of duties."),
    ]
    out += [Reading(key, "tested", why, "not testable", None, "assumed") for key, why in NOT_TESTABLE.items()]
    return out


def _volatility(claims: Claims, seen: Seen) -> Reading:
    key = "s1_price_volatility_max"
    limit = claims[key].share
    if seen.volatility.value is None or seen.steady.value is None or seen.volatility.high is None:
        return Reading(key, "tested", seen.volatility.unknown, "not testable", None, "measured")
    verdict = (
        "holds" if seen.steady.value >= MOSTLY else "holds in part" if seen.volatility.high <= limit else "fails"
    )
    return Reading(
        key, "tested",
        f"The middle product's weekly price varies by {100 * seen.volatility.value:.1f} %; "
        f"{100 * seen.steady.value:.0f} % of the products followed stay within the limit.",
        verdict, seen.volatility.scaled(100), "measured",
    )


def _likeness(claims: Claims, seen: Seen) -> Reading:
    key = "s1_cross_channel_similarity"
    limit = claims[key].share
    known = [one for one in (seen.alike_countries, seen.alike_names) if one.value is not None]
    if not known:
        return Reading(key, "tested", seen.alike_countries.unknown, "not testable", None, "measured")
    met = [one.low is not None and one.low >= limit for one in known]
    verdict = "holds" if all(met) else "holds in part" if any(met) else "fails"
    parts = [
        f"{name}: prices alike in {100 * one.value:.0f} % of comparisons" for name, one in
        (("home and other countries", seen.alike_countries), ("orders with and without a name", seen.alike_names))
        if one.value is not None
    ]
    return Reading(key, "tested", f"Prices only, nothing else of the experience is recorded. {'; '.join(parts)}.",
                   verdict, known[0].scaled(100), "measured")
