"""What choosing with a model is worth: against the documents' plan, and against their claims at face value (IN-16)."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ecomplan.claims import Claims
from ecomplan.estimate import Estimate, Reading
from ecomplan.investment.allocation.decision import HIGH, LOW, Decided, Limits, halves
from ecomplan.investment.allocation.field import Field, join
from ecomplan.investment.allocation.gains import Drawn, at_face_value, lever_trial
from ecomplan.investment.allocation.select import poured
from ecomplan.investment.engine.budget import Budget
from ecomplan.investment.engine.cash import Cash, draw, simulate_values, values
from ecomplan.investment.engine.plan import Plan, as_written, budget_margin
from ecomplan.params import AllocationStage

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Naive:
    """The choice on claims at face value: what it promises and, on the valuation's draws, what it is believed to do."""

    doses: Array
    promised: float
    npv: Array
    spent: Array


def written_plan(drawn: Drawn, budget: Budget) -> Cash:
    """The documents' plan as written, in the cash-flow model, on the valuation's draws."""
    plan: Plan = replace(
        drawn.plan, decision=as_written(drawn.plan.levers, budget, drawn.plan.settings),
        budget_factor=budget_margin(budget),
    )
    rows = halves(drawn.draws)[1]
    return simulate_values(plan, np.ascontiguousarray(values(plan, draw(plan, drawn.draws, drawn.seed))[rows]))


def naive_choice(drawn: Drawn, decided: Decided, limits: Limits, p: AllocationStage) -> Naive:
    """The set that claims at face value suggest, their effects added up without a look at overlap or risk, and what
    it is worth as believed."""
    told = lever_trial(at_face_value(drawn), p).plain
    doses = poured(told, limits.budget)
    promised = float(told.response(doses) @ told.benefit.mean(axis=1) - doses @ told.cost.mean(axis=1))
    rows = halves(drawn.draws)[1]
    field = decided.trial.plain.part(rows)
    return Naive(doses, promised, field.npv(doses), field.spend @ doses + np.zeros(rows.stop - rows.start))


def losing(field: Field, doses: Array) -> Array:
    """Share of the funded levers that lose money, by draw: each by what the set is worth less the set without it."""
    funded = np.flatnonzero(doses > 0)
    if not funded.size:
        return np.zeros(field.benefit.shape[1])
    whole = field.npv(doses)
    return np.asarray(np.mean([whole - field.npv(join(doses, field, int(i), 0.0)) < 0 for i in funded], axis=0))


def selection_table(decided: Decided, naive: Naive) -> pd.DataFrame:
    """By way of choosing: levers chosen, share of them that lose, share of the money that sits on losing levers."""
    rows = halves(decided.trial.noise.shape[1])[1]
    plain = decided.trial.plain.part(rows)
    ways = {
        "Claims at face value": (plain, naive.doses),
        "Shrunken claims, no tests": (plain, decided.committed.choice.doses),
        "Shrunken claims, tests where they pay": (decided.field, decided.doses),
    }
    out = []
    for name, (field, doses) in ways.items():
        share = losing(field, doses)
        out.append({"way": name, "levers": int((doses > 0).sum()), "losing": float(share.mean()),
                    "losing_low": float(np.quantile(share, LOW)), "losing_high": float(np.quantile(share, HIGH)),
                    "npv": float(field.npv(doses).mean()), "spend": float(field.spend @ doses)})
    return pd.DataFrame(out)


def error_change(selection: pd.DataFrame) -> Estimate:
    """Change of the share of losing levers from face value to the decision, percent."""
    first, last = float(selection["losing"].iloc[0]), float(selection["losing"].iloc[-1])
    if first == 0 or not selection["levers"].iloc[-1]:
        return Estimate(None, unknown="Nothing is chosen, or no chosen lever loses: there is no error to compare")
    return Estimate(100 * (last / first - 1))


def readings(claims: Claims, change: Estimate, p: AllocationStage) -> list[Reading]:
    """How the claims used here stand."""
    told = claims["s0_roi_model_selection_error_change"].range[0]
    verdict = None if change.value is None else (
        "holds" if change.value <= told else "holds in part" if change.value < 0 else "fails"
    )
    out = []
    if verdict is not None:
        out.append(Reading(
            "s0_roi_model_selection_error_change", "tested", "Read as the fall in the share of chosen measures that "
            "lose, from claims at face value to this decision, in simulated plans: there are no finished projects.",
            verdict, change, evidence="simulated",
        ))
    else:
        out.append(Reading("s0_roi_model_selection_error_change", "tested",
                           f"No comparison: {change.unknown}.", "not testable", evidence="simulated"))
    out += [
        Reading("s0_optimisation_failure_share", "prior",
                "Most measures disappoint: each works with the chance that this leaves."),
        Reading("s2_paid_traffic_output_ratio", "prior",
                "The told point of paid traffic, shrunken; the orders hold no channel, so that it cannot be tested."),
        Reading("s2_social_traffic_cost_max", "prior",
                "The told price of an order from social traffic; at that price the channel would outgrow the shop."),
        Reading("s2_time_slot_roi_lift", "prior", "Lifts what paid traffic brings, shrunken."),
        Reading("s3_history_ad_click_lift", "prior",
                "A click lift, taken as a lift of sales on the part of paid traffic that can be aimed, shrunken."),
        Reading("s3_natural_traffic_target", "prior", "Its growth is what natural traffic can add at its told spend."),
        Reading("s3_community_traffic_target", "prior", "Its growth bounds what social traffic can add."),
    ]
    return out


def regret_table(decided: Decided, naive: Naive, written: Cash) -> pd.DataFrame:
    """What each other choice loses against the decision, in expected value: choice, npv, regret."""
    best = float(decided.npv.mean())
    rows = [("Decision", best), ("Claims at face value", float(naive.npv.mean())),
            ("The plan as written", float(written.npv.mean())), ("Nothing", 0.0)]
    return pd.DataFrame([{"choice": name, "npv": npv, "regret": best - npv} for name, npv in rows])
