"""Sentences for the claims ledger: how the returns stage read a claim and what it found."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ecomplan.claims import Claims
from ecomplan.investment.budget import LINE_NAMES, LINES, TRANCHES, Budget
from ecomplan.investment.checks import Check
from ecomplan.investment.levers import Lever, Levers
from ecomplan.investment.returns import ReturnsResult
from ecomplan.investment.tables import middle, spread
from ecomplan.params import ReturnsStage


def chance(value: float) -> str:
    """A chance in words: 7 %, below 1 %, above 99 %."""
    if 0 < value < 0.01:
        return "below 1 %"
    if 0.99 < value < 1:
        return "above 99 %"
    return f"{100 * value:.0f} %"


def payback(result: ReturnsResult, p: ReturnsStage) -> str:
    within = chance(float((result.payback_months <= p.payback_target_months).mean()))
    ever = chance(float(np.isfinite(result.payback_months).mean()))
    return (
        f"A reference line, neither good nor bad (conflict c05): the chance of payback within "
        f"{p.payback_target_months} months is {within}, within the {p.horizon_months} months counted {ever}."
    )


def roi(result: ReturnsResult, claimed: float) -> str:
    net, gross = (chance(float((values >= claimed).mean())) for values in (result.roi_net, result.roi_gross))
    return (
        f"The document does not define it (conflict c04): the chance of {claimed:g} is {net} as net discounted "
        f"gain over discounted cost, and {gross} as extra sales over money spent."
    )


def growth(result: ReturnsResult, target_percent: float) -> str:
    reached = chance(float((100 * result.cash.growth >= target_percent).mean()))
    return (
        f"The levers of this budget lift sales by {100 * result.cash.growth.mean():.1f} % on average by the last month "
        f"counted; the chance of {target_percent:g} % from all of them together is {reached}."
    )


def lever(item: Lever, p: ReturnsStage) -> str:
    expected = item.claimed * item.weight * p.effect_share * p.success_prior
    return (
        f"{item.reading} Taken into lever '{item.name}': it works with a chance of {chance(p.success_prior)}, "
        f"then keeps {100 * p.effect_share:.0f} % of the claim as weighed by its evidence; expected "
        f"{100 * expected:.1f} % where it reaches."
    )


def failure_share(p: ReturnsStage) -> str:
    works = chance(p.success_prior)
    return f"Taken as the prior before any experiment (oddity o18): a lever works with a chance of {works}."


ROI_TARGETS = ("s1_roi_target", "s2_roi_strategy_tier", "s3_plan_roi")


def claim_uses(
    claims: Claims, budget: Budget, checks: list[Check], levers: Levers, result: ReturnsResult, p: ReturnsStage,
) -> list[dict[str, Any]]:
    """How each claim was used, one dict of keywords for the stage's claims ledger: priors, then those tested
    by arithmetic within the documents, then targets with their chance."""
    return [*_budget_priors(budget), *_lever_priors(levers, p), *_tested(checks), *_targets(claims, checks, result, p)]


def _budget_priors(budget: Budget) -> list[dict[str, Any]]:
    return [
        _prior("s3_total_budget", "Drawn evenly between its two ends; the stated amounts add up to the low end only."),
        *(
            _prior(
                f"s3_budget_share_{line}",
                f"Taken as the rule for {LINE_NAMES[line].lower()}; stated amounts as rough (oddity o07).",
            ) for line in LINES
        ),
        *(
            _prior(
                f"s3_tranche_{name}",
                f"Spent evenly up to month {budget.tranche_ends[name]}; levers of this tranche work afterwards.",
            ) for name in TRANCHES
        ),
        _prior("s3_milestone_2", "Taken as the end of the early tranche."),
        _prior("s3_milestone_4", "Taken as the end of the middle tranche."),
        _prior("s3_plan_length", "Taken as the end of the late tranche: spending lasts as long as the plan."),
    ]


def _lever_priors(levers: Levers, p: ReturnsStage) -> list[dict[str, Any]]:
    found = {key: lever(item, p) for item in levers.items for key in item.claims}
    failures = _prior("s0_optimisation_failure_share", failure_share(p))
    return [failures, *(_prior(key, text) for key, text in found.items())]


def _tested(checks: list[Check]) -> list[dict[str, Any]]:
    """Claims that the documents' own arithmetic decides. Those drawn or targeted stand there instead."""
    elsewhere = {*ROI_TARGETS, "s3_payback_target", "s1_gmv_growth_target", "s3_total_budget"}
    bridge = {"s1_conversion_target", "s1_aov_gain_target"}
    by_key = {
        key: check for check in checks
        for key in (check.tested, *(key for key in check.claims if key in bridge))
        if key not in elsewhere and not key.startswith("s3_budget_share")
    }
    return [
        {
            "key": key, "role": "tested", "verdict": check.verdict, "evidence": "assumed",
            "reading": f"Held against the documents' own figures: {check.proof}.",
            "observed": check.value if key == check.tested else None,
        } for key, check in by_key.items()
    ]


def _targets(claims: Claims, checks: list[Check], result: ReturnsResult, p: ReturnsStage) -> list[dict[str, Any]]:
    proofs = {check.tested: check.proof for check in checks}
    net, lift = middle(result.roi_net), spread(100 * result.cash.growth)
    uses = [
        _target(key, f"{roi(result, claims[key].range[0])}{_also(proofs, key)}", net) for key in ROI_TARGETS
    ]
    finite = np.isfinite(np.quantile(result.payback_months, 0.9, method="inverted_cdf"))
    paid = middle(result.payback_months) if finite else {}
    uses.append(_target("s3_payback_target", payback(result, p) + _also(proofs, "s3_payback_target"), paid))
    percent = claims["s1_gmv_growth_target"].range[0]
    uses.append(_target("s1_gmv_growth_target", growth(result, percent) + _also(proofs, "s1_gmv_growth_target"), lift))
    return uses


def _prior(key: str, reading: str) -> dict[str, Any]:
    return {"key": key, "role": "prior", "reading": reading}


def _target(key: str, reading: str, found: dict[str, float]) -> dict[str, Any]:
    return {
        "key": key, "role": "target", "reading": reading, "observed": found.get("value"),
        "low": found.get("low"), "high": found.get("high"), "evidence": "simulated",
    }


def _also(proofs: dict[str, str], key: str) -> str:
    return f" Within the documents: {proofs[key]}." if key in proofs else ""


def record(write: Callable[..., None], uses: list[dict[str, Any]]) -> int:
    """Hand each use to `write` (the stage's claim ledger); how many claims were used."""
    for use in uses:
        write(**use)
    return len({use["key"] for use in uses})
