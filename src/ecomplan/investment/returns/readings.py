"""Sentences for the claims ledger: how the returns stage read a claim and what it found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ecomplan.claims import Claims
from ecomplan.estimate import Estimate, Reading
from ecomplan.investment.engine.budget import LINE_NAMES, LINES, TRANCHES, Budget
from ecomplan.investment.engine.finance import Array
from ecomplan.investment.engine.levers import Lever, Levers
from ecomplan.investment.returns.cube import Amortised
from ecomplan.investment.returns.documents import Held
from ecomplan.investment.returns.measures import Measures
from ecomplan.investment.returns.tables import middle
from ecomplan.investment.returns.units import Units
from ecomplan.params import ReturnsStage

NET_TARGETS = ("s1_roi_target", "s2_roi_strategy_tier", "s3_plan_roi", "s1_dynamic_eval_roi", "s1_jd_roi")
GROSS_TARGETS = ("s2_scene_fit_output_ratio",)


@dataclass(frozen=True)
class Found:
    """What the stage computed and the readings tell of."""

    measures: Measures
    amortised: Amortised
    units: Units
    credit: pd.DataFrame  # of `bridges.credit_table`
    contracts: pd.DataFrame  # of `contracts.contract_table`
    partner_share_needed: Estimate
    held: list[Held]
    behind: pd.DataFrame  # of `documents.sales_behind`


def chance(value: float) -> str:
    """A chance in words: 7 %, below 1 %, above 99 %."""
    if 0 < value < 0.01:
        return "below 1 %"
    if 0.99 < value < 1:
        return "above 99 %"
    return f"{100 * value:.0f} %"


def claim_readings(claims: Claims, budget: Budget, levers: Levers, found: Found, p: ReturnsStage) -> list[Reading]:
    """How each claim was used, each key once: targets with their chance, claims tested, then priors."""
    told = [
        *_returns(claims, found.measures), *_paybacks(claims, found.measures, p), *_shares(claims, found),
        *_unit_readings(claims, found.units), *_held(found), *_credit(claims, found.credit), *_indirect(p),
    ]
    used = {reading.key for reading in told}
    priors = [*_budget_priors(budget), *_lever_priors(levers, p)]
    return [*told, *(reading for reading in priors if reading.key not in used)]


def record(write: Callable[..., None], readings: list[Reading]) -> int:
    """Hand each reading to `write` (the stage's claim ledger); how many claims were used."""
    for reading in readings:
        write(reading.key, reading.role, reading.reading, **reading.told())
    return len({reading.key for reading in readings})


def _target(key: str, reading: str, values: Array | None = None) -> Reading:
    seen = None
    if values is not None and np.isfinite(np.quantile(values, [0.1, 0.9], method="inverted_cdf")).all():
        seen = _middle(values)
    return Reading(key, "target", reading, observed=seen, evidence="simulated")


def _middle(values: Array) -> Estimate:
    found = middle(values)
    return Estimate(found["value"], found["low"], found["high"])


def _returns(claims: Claims, result: Measures) -> list[Reading]:
    out = []
    for key in (*NET_TARGETS, *GROSS_TARGETS):
        claimed = claims[key].range[0]
        net, gross = (chance(float((values >= claimed).mean())) for values in (result.roi_net, result.roi_gross))
        out.append(_target(
            key,
            f"The document does not define it (conflict c04): the chance of {claimed:g} is {net} as net discounted "
            f"gain over discounted cost, and {gross} as extra sales over money spent.",
            result.roi_gross if key in GROSS_TARGETS else result.roi_net,
        ))
    yearly = claims["s1_annualised_return"].share
    reached = float((np.nan_to_num(result.mirr, nan=-1.0) >= yearly).mean())
    out.append(_target(
        "s1_annualised_return",
        f"Read as the modified internal rate of return a year of the plan as written: the chance of "
        f"{100 * yearly:.0f} % is {chance(reached)}; {chance(float(np.isnan(result.mirr).mean()))} of the plans have "
        f"no month with a gain, so that they have no such rate.",
    ))
    percent = claims["s1_gmv_growth_target"].range[0]
    grown = 100 * result.cash.growth_horizon
    out.append(_target(
        "s1_gmv_growth_target",
        f"All levers of the plan as written lift sales by {grown.mean():.1f} % on average in the last month counted; "
        f"the chance of {percent:g} % from all of them together is {chance(float((grown >= percent).mean()))}.", grown,
    ))
    return out


def _paybacks(claims: Claims, result: Measures, p: ReturnsStage) -> list[Reading]:
    within = chance(float((result.payback_months <= p.payback_target_months).mean()))
    ever = chance(float(np.isfinite(result.payback_months).mean()))
    text = (
        f"A reference line, neither good nor bad (conflict c05): the chance of payback within "
        f"{p.payback_target_months} months is {within}, within the {p.horizon_months} months counted {ever}."
    )
    return [
        _target(key, text, result.payback_months)
        for key in ("s3_payback_target", "s1_payback_named_case", "s2_payback_problem")
    ]


def _shares(claims: Claims, found: Found) -> list[Reading]:
    target = claims["s1_initial_roi_after_amortisation"].share
    first = found.amortised.spread[:, 0]
    first = first[np.isfinite(first)]
    reached = float((first >= target).mean())
    seen = _middle(100 * first)
    share = found.partner_share_needed
    rows = found.contracts.set_index("contract")
    paid = rows.loc["Partner pays part of marketing"]
    net = f"{paid['roi_net']:.1f}" if paid["roi_net"] is not None else "not defined"
    return [
        Reading(
            "s1_initial_roi_after_amortisation", "tested",
            f"Net return in the first year with what is paid once spread over its life: the chance of "
            f"{100 * target:.0f} % is {chance(reached)}.", "holds in part" if reached >= 0.5 else "fails", seen,
            "simulated",
        ),
        Reading(
            "s1_cost_sharing_roi", "tested",
            f"With a partner who bears part of the marketing cost for nothing the plan's net return is {net}; "
            + (f"marketing alone would reach the claim if the partner bore {100 * share.value:.0f} % of its cost."
               if share.value is not None else "nothing is spent on marketing."),
            "fails" if paid["roi_net"] is None or paid["roi_net"] < claims["s1_cost_sharing_roi"].range[0] else "holds",
            None, "simulated",
        ),
        Reading(
            "s1_provider_gross_margin", "prior",
            "Taken as the margin that a provider asks who bears the cost and is paid by result.",
        ),
        *(
            Reading(
                key, "tested", "It compares a plan steered by a model with one that is not; these data hold no plan "
                "that was carried out, so that neither is seen.", "not testable", None, "simulated",
            ) for key in ("s2_effect_model_return_lift", "s2_self_optimise_roi_lift")
        ),
    ]


def _unit_readings(claims: Claims, units: Units) -> list[Reading]:
    ratio = claims["s3_ltv_cac_target"].range[0]
    reached = chance(float((units.ratio >= ratio).mean()))
    return [_target(
        "s3_ltv_cac_target",
        f"The marketing line over the customers that the plan wins, against the measured value of a newcomer: the "
        f"chance of {ratio:g} is {reached}.", units.ratio,
    )]


def _held(found: Found) -> list[Reading]:
    """Claims that the documents' own arithmetic decides."""
    out = [
        Reading(
            one.key, "tested", f"Held against the document's own figures: {one.proof} = {one.computed:g} "
            f"({one.what.lower()}; oddity o11).", one.verdict, Estimate(one.computed), "assumed",
        ) for one in found.held if one.key not in ("s3_ltv_cac_target", "s3_plan_roi")
    ]
    for key, told in zip(("s1_conversion_case_increment", "s1_aov_case_increment"), found.behind.to_dict("records"),
                         strict=True):
        out.append(Reading(
            key, "tested", f"It presumes sales of {told['sales_cny'] / 1e6:,.0f} m CNY; the two increments of the same "
            f"passage presume sales that differ by a factor of "
            f"{found.behind['sales_cny'].max() / found.behind['sales_cny'].min():.1f}.", "fails", None, "assumed",
        ))
    return out


def _credit(claims: Claims, credit: pd.DataFrame) -> list[Reading]:
    rows = credit.set_index("credit")
    out = []
    for key, name in (
        ("s3_growth_share_conversion", "Conversion"), ("s3_growth_share_user_value", "User value"),
        ("s3_growth_share_both", "Both"),
    ):
        row: dict[Any, Any] = rows.loc[name].to_dict()
        stated = claims[key].share
        if row["share"] is None or row["low"] is None:
            out.append(Reading(
                key, "tested", "No simulated plan sells more, so that there is nothing to split.", "not testable", None,
                "simulated",
            ))
            continue
        share, low, high = (100 * float(row[name]) for name in ("share", "low", "high"))
        out.append(Reading(
            key, "tested", f"Split of the extra sales by Shapley values (oddity o15): {share:.0f} % on average; over "
            f"the plans, 80 % lie between {low:.0f} and {high:.0f} %.",
            "holds in part" if low <= 100 * stated <= high else "fails",
            Estimate(share, min(low, share), max(high, share)), "simulated",
        ))
    return out


def _indirect(p: ReturnsStage) -> list[Reading]:
    taken = (
        f"Valued on this platform's sales: true with a chance of {chance(p.success_prior)}, then kept to a share with "
        f"mean {100 * p.effect_share:.0f} %."
    )
    direct = ("s1_cac_case", "s1_conversion_case", "s1_aov_case_lift", "s1_points_repurchase", "s1_referral_cac_change",
              "s1_private_domain_repurchase_lift")
    return [
        *(Reading(key, "prior", taken) for key in direct),
        Reading(
            "s1_brand_nps_gain", "tested", "Nothing here ties a recommendation score to sales, so that it is not "
            "counted; what one percent of sales is worth stands beside it.", "not testable", None, "assumed",
        ),
    ]


def _budget_priors(budget: Budget) -> list[Reading]:
    return [
        Reading("s3_total_budget", "prior", "Drawn evenly between its two ends."),
        *(
            Reading(
                f"s3_budget_share_{line}", "prior",
                f"Taken as the rule for {LINE_NAMES[line].lower()}; stated amounts as rough (oddity o07).",
            ) for line in LINES
        ),
        *(
            Reading(
                f"s3_tranche_{name}", "prior",
                f"The levers of this tranche begin when the one before has ended; it ends with month "
                f"{budget.tranche_ends[name]}.",
            ) for name in TRANCHES
        ),
        Reading("s3_milestone_2", "prior", "Taken as the end of the early tranche."),
        Reading("s3_milestone_4", "prior", "Taken as the end of the middle tranche."),
        Reading("s3_plan_length", "prior", "Taken as the end of the late tranche: spending lasts as long as the plan."),
    ]


def _lever_priors(levers: Levers, p: ReturnsStage) -> list[Reading]:
    found = {key: _lever(item, p) for item in levers.items for key in item.claims}
    return [
        Reading(
            "s0_optimisation_failure_share", "prior", f"Taken as the prior before any experiment (oddity o18): a lever "
            f"works with a chance of {chance(p.success_prior)}.",
        ),
        *(Reading(key, "prior", text) for key, text in found.items()),
    ]


def _lever(item: Lever, p: ReturnsStage) -> str:
    if not item.claimed:
        return f"{item.reading} Taken into lever '{item.name}', which moves nothing itself: others need it."
    expected = item.claimed * item.weight * p.effect_share * p.success_prior
    return (
        f"{item.reading} Taken into lever '{item.name}': it works with a chance of {chance(p.success_prior)}, "
        f"then keeps {100 * p.effect_share:.0f} % of the claim as weighed by its evidence; expected "
        f"{100 * expected:.1f} % where it reaches."
    )
