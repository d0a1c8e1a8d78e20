"""What the documents say about losses and controls, beside what the simulated years show."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from ecomplan.claims import Claims
from ecomplan.estimate import Estimate, Reading
from ecomplan.risk.losses.cash import Flow
from ecomplan.risk.losses.study import Study
from ecomplan.risk.losses.views import removed_share


@dataclass(frozen=True)
class Seen:
    """What the chapter computed: `over` of spend.over_control, `spend` of spend.spend_table, `compliance` price and
    `marketing` budget in money, `fund` in money with the cash flow it meets."""

    one: Study
    over: dict[str, float]
    spend: pd.DataFrame
    compliance: float
    fund: float
    flow: Flow


def fund_as_told(claims: Claims, one: Study) -> float:
    """The documents' emergency fund at the platform's size, in money: the same share of yearly sales."""
    scale = one.register.scales.get("apparel_group")
    told = claims["s2_emergency_fund"].range[0]
    if scale is None:
        return told * 1e6 / one.exposure.cny
    middle = (scale.low * scale.high) ** 0.5
    return float(told / middle * one.exposure.expected_sales)


def fund_effect(flow: Flow, fund: float) -> Estimate:
    """Change of the chance to run out of cash that a fund brings, as a share of the chance without."""
    before = flow.ruin(0.0)
    if before == 0:
        return Estimate(None, unknown="Cash never falls below its start in the simulated years, so that a fund changes "
                                      "nothing")
    return Estimate(flow.ruin(fund) / before - 1)


def readings(claims: Claims, seen: Seen) -> list[Reading]:
    """Each claim on losses and controls with its standing; tested ones against simulated years."""
    one, over = seen.one, seen.over
    after, claimed = removed_share(one, "after"), removed_share(one, "claimed")
    matrix = -claims["s0_mitigation_matrix_loss_change"].share
    rate = claims["s2_combined_control_loss_rate"].share
    residual = Estimate(float(one.years.of("after").mean()) / one.exposure.expected_sales)
    tuned = claims["s2_control_cost_change_after_tuning"].share
    effect = fund_effect(seen.flow, seen.fund)
    told_effect = claims["s2_emergency_fund_risk_change"].share
    sales = seen.spend.iloc[0]
    return [
        Reading("s0_mitigation_matrix_loss_change", "tested",
                "All controls of the plan together, in simulated years: as believed they take away far less where the "
                "change told lies above the range shown; the effects believed are shrunken, so this repeats an "
                "assumption in part.",
                _verdict((after.high or 0.0) >= matrix, (claimed.value or 0.0) >= matrix),
                _percent(after, -1), "simulated"),
        Reading("s2_combined_control_loss_rate", "tested",
                "Read as expected loss after controls over net sales; the base is not named. The loss rate holds "
                "without any control as well where losses are small beside sales.",
                _verdict((residual.value or 0.0) <= rate, False), _percent(residual, 1), "simulated"),
        Reading("s2_over_control_cost_rise", "tested",
                "Every control of the register bought, against the set that costs least together with what it leaves: "
                "rise of price plus remaining loss.",
                _verdict(over["cost_rise"] >= claims["s2_over_control_cost_rise"].share, over["cost_rise"] > 0),
                Estimate(100 * over["cost_rise"]), "simulated"),
        Reading("s2_control_rate_after_tuning", "tested",
                "Cheapest efficient set that keeps as much of what all controls save: the part it keeps.",
                _verdict(over["tuned"] <= tuned, over["tuned"] < 0), Estimate(100 * over["keeps"]), "simulated"),
        Reading("s2_control_cost_change_after_tuning", "tested",
                "Price of that set against the price of all controls.",
                _verdict(over["tuned"] <= tuned, over["tuned"] < 0), Estimate(100 * over["tuned"]), "simulated"),
        Reading("s2_single_control_loss", "tested",
                "A loss from risks that add up: here risks that share factors and shocks make the mean 1-in-20 loss "
                "larger by the share shown in the chapter; the amount itself is one company's case.",
                "not testable", None, "simulated"),
        Reading("s2_emergency_fund", "limit", "Brought to the platform's size by its share of yearly sales; the sales "
                "of the group behind it are a judgement."),
        Reading("s2_emergency_fund_risk_change", "tested",
                "Change of the chance that cash runs out within the year with the fund at the platform's size, cash "
                "month by month over the forecast's paths; fixed cost is an assumption.",
                "not testable" if effect.value is None else
                _verdict(effect.value <= told_effect, effect.value < 0),
                None if effect.value is None else _percent(effect, 1), "simulated"),
        Reading("s0_risk_spend_share_leader", "tested",
                "The best set's price as a share of net sales; spending the share told costs more than it saves on "
                "each base tried where the chapter's table says so.",
                _verdict(bool((seen.spend["leader_total"] <= seen.spend["traditional_total"]).all()),
                         bool((seen.spend["leader_total"] <= seen.spend["traditional_total"]).any())),
                Estimate(100 * float(sales["best_share"])), "simulated"),
        Reading("s0_risk_spend_share_traditional", "tested",
                "The plan's controls cost this share of net sales.",
                _verdict(float(sales["plan_share"]) < claims["s0_risk_spend_share_traditional"].share, False),
                Estimate(100 * float(sales["plan_share"])), "simulated"),
        Reading("s0_review_automation_cost_change", "prior",
                "Lowers the part of each control's price that is review by hand, shrunken like every effect."),
        Reading("s2_compliance_cost_share", "limit",
                "Controls that stand on compliance risks alone cost far less than this share of sales here."
                if seen.compliance <= claims["s2_compliance_cost_share"].share * one.exposure.expected_sales else
                "Controls that stand on compliance risks alone cost more than this share of sales here."),
        Reading("s3_compliance_cost_max", "limit", _marketing(claims, seen)),
        _strike(claims, one),
        Reading("s3_compliance_case_count_2022", "prior",
                "With the fines of that year it gives the size of a fine, not how often one platform is fined: how "
                "many platforms were watched is not told."),
    ]


def _strike(claims: Claims, one: Study) -> Reading:
    """The told loss of an unprepared company beside the mean strike here, brought to that company's size."""
    key, scale = "s2_strike_loss_unprepared", one.register.scales.get("apparel_group")
    names = one.years.book.names
    if scale is None or "logistics_strike" not in names:
        return Reading(key, "tested", "The register holds no strike to compare with.", "not testable")
    here = float(one.years.book.mean_loss()[names.index("logistics_strike")].mean()) / one.exposure.expected_sales
    seen = Estimate(here * (scale.low * scale.high) ** 0.5, here * scale.low, here * scale.high)
    told = claims[key].range[0]
    return Reading(key, "tested", "Mean loss by a strike as the supply simulation has it, without controls, brought to "
                   "the sales of the company told of; those sales are a judgement.",
                   _verdict(told <= (seen.value or 0.0), told <= (seen.high or 0.0)), seen, "simulated")


def _marketing(claims: Claims, seen: Seen) -> str:
    least = claims["s3_total_budget"].range[0] * 1e6 / seen.one.exposure.cny
    budget = least * claims["s3_budget_share_marketing"].share
    over = seen.compliance > claims["s3_compliance_cost_max"].share * budget
    return ("The plan's controls on compliance cost more than this share of the marketing budget, so that limit and "
            "controls contradict each other." if over else
            "The plan's controls on compliance stay below this share of the marketing budget.")


def _verdict(holds: bool, in_part: bool) -> str:
    return "holds" if holds else "holds in part" if in_part else "fails"


def _percent(item: Estimate, sign: int) -> Estimate | None:
    """In percent; with `sign` -1 a share removed becomes a change."""
    if item.value is None:
        return None
    ends = [None if end is None else 100 * sign * end for end in (item.low, item.high)]
    low, high = ends if sign > 0 else ends[::-1]
    return Estimate(100 * sign * item.value, low, high)
