"""Single numbers of the register, ready for findings, and how the documents' claims stand beside it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ecomplan.claims import Claims
from ecomplan.estimate import Estimate, Reading
from ecomplan.risk.engine.entries import Register
from ecomplan.risk.risks.side_effects import MEASURES, SideEffects, best_dose
from ecomplan.risk.risks.stress import effect

#: S0 6.1 names three core risks of 2026: algorithm bias, data security, swings of supply
CORE = {
    "algorithm bias": ("algorithm_bias",),
    "data security": ("data_breach", "vendor_breach", "insider_leak", "extortion"),
    "swings of supply": ("supplier_shortage", "overstock"),
}
#: stated beside a risk, without anything here that could show it: claim -> why
UNSEEN = {
    "s2_sentiment_response_gain": "the orders hold no record of public opinion",
    "s2_data_silo_error_rise": "no decisions and their errors are recorded",
    "s2_data_loss_effect_change": "no campaign of the platform is recorded",
    "s2_slow_eval_error_rise": "no decisions and their errors are recorded",
    "s2_inconsistent_touch_complaint_rise": "the orders hold no complaints",
    "s2_false_ad_complaint_growth_2023": "the orders hold no complaints",
    "s2_wrong_metric_effect_change": "no campaign of the platform is recorded",
    "s2_tool_misfit_waste": "no spending on tools is recorded",
    "s2_bad_data_waste": "no spending on marketing is recorded",
    "s2_decision_delay": "no decisions are recorded",
    "s2_decision_delay_efficiency_change": "no decisions are recorded",
    "s2_coordination_failure_loss_rise": "no incident of the platform is recorded",
    "s1_data_loss_risk": "no incident is recorded, and the claim does not say what is lost how often",
    "s1_gdpr_cost_change": "no cost of compliance is recorded",
    "s1_crossborder_compliance_cost_change": "no cost of compliance is recorded",
    "s1_rotation_turnover_change": "no staff is recorded",
    "s1_tech_barrier_change": "a barrier has no unit in the document, and no change of tools is recorded",
    "s3_schedule_delay_risk_case": "the plan's projects have not begun",
    "s3_tech_risks_found": "it counts the technical risks found in another firm",
    "s0_green_packaging_cost_rise": "no cost of packaging is recorded",
    "s3_over_marketing_brand_change": "no value of the brand is recorded",
    "s1_scene_extension_rate": "no alliance with another industry is recorded",
    "s1_ecosystem_partner_growth": "the platform licenses no technology",
    "s2_price_transparency": "no prices of rivals are recorded",
    "s2_ops_efficiency_change": "no cost of operation is recorded",
    "s2_control_review_gain": "no review of controls has taken place here",
}


def late_share(reviews: pd.DataFrame, matrix: pd.DataFrame) -> float:
    """Part of the expected loss before controls that stands on stale entries."""
    stale = set(reviews.loc[reviews["stale"], "risk"])
    total = float(matrix["expected_before"].sum())
    return float(matrix.loc[matrix["risk"].isin(stale), "expected_before"].sum()) / total if total > 0 else 0.0


def core_ranks(matrix: pd.DataFrame) -> pd.DataFrame:
    """The core risks of S0: best rank of their entries and their share of the expected loss before controls."""
    total = float(matrix["expected_before"].sum())
    rows = []
    for name, ids in CORE.items():
        part = matrix[matrix["risk"].isin(ids)]
        rows.append({
            "core": name, "entries": len(part), "best_rank": int(part["number"].min()) if len(part) else 0,
            "share": float(part["expected_before"].sum()) / total if total > 0 else 0.0,
        })
    return pd.DataFrame(rows)


def moved(matrix: pd.DataFrame, state: str) -> int:
    """Risks that leave the fields of the matrix that ask for action."""
    return int(((matrix["priority_before"] == "act") & (matrix[f"priority_{state}"] != "act")).sum())


def red_share(cells: pd.DataFrame, level: str = "red") -> float:
    """Part of the heat map's cells at a level."""
    return float((cells["level"] == level).mean())


def at_full(best: pd.DataFrame, measure: str) -> float:
    """Worth of a measure's full dose as believed, in money a year."""
    rows = best[(best["id"] == measure) & (best["reading"] == "believed")]
    return float(rows["net_full"].iloc[0])


def widest(lines: pd.DataFrame) -> pd.Series:
    """The business line with the largest expected loss over its margin."""
    return lines.iloc[int(np.argmax(lines["share"].to_numpy()))]


def claim_readings(
    register: Register, claims: Claims, matrix: pd.DataFrame, reviews: pd.DataFrame, found: SideEffects,
    stress: pd.DataFrame, by_levels: Estimate, by_numbers: Estimate,
) -> list[Reading]:
    """How the claims of the register stand; those of other stages (leaks, supply, losses) are left to them."""
    return [
        *_of_the_register(register, matrix, reviews), *_of_the_matrix(claims, by_levels, by_numbers),
        *_of_side_effects(found), *_of_stress(stress), *_priors(register),
        *(Reading(key, "tested", f"Not seen here: {why}.", "not testable") for key, why in UNSEEN.items()),
    ]


def _of_the_register(register: Register, matrix: pd.DataFrame, reviews: pd.DataFrame) -> list[Reading]:
    classes = matrix["class"].nunique()
    cores = core_ranks(matrix)
    top = int((cores["best_rank"].between(1, 10)).sum())
    share = float(cores["share"].sum())
    stale = int(reviews["stale"].sum())
    return [
        Reading("s2_risk_classes", "limit",
                f"The register uses the four classes: strategic, operational, financial, compliance; {classes} hold "
                f"an entry."),
        Reading("s3_risk_points_min", "limit", f"{len(register.risks)} risks are scored at each check, against the "
                f"least number that the document asks for."),
        Reading("s3_risk_check_interval", "limit",
                f"The clock of entries that change fast; by their own clocks {stale} of {len(reviews)} entries are "
                f"stale on the day of the check."),
        Reading("s0_core_risk_count", "tested",
                f"Of the three core risks of the document {top} have an entry among the ten largest expected losses; "
                f"together they make {100 * share:.0f} % of the expected loss. The others weigh more.",
                "holds" if top == 3 and share > 0.5 else "holds in part" if top else "fails",
                Estimate(top), "simulated"),
    ]


def _of_the_matrix(claims: Claims, by_levels: Estimate, by_numbers: Estimate) -> list[Reading]:
    limit = Reading("s3_risk_matrix_levels", "limit", "The matrix has three levels of chance and three of impact.")
    if by_levels.value is None or by_numbers.value is None:
        return [limit, Reading("s2_risk_quantification_efficiency", "tested",
                               "No control takes anything away here, so no order of spending is better.",
                               "not testable")]
    told = claims["s2_risk_quantification_efficiency"]
    baseline = told.baseline or 0.0
    gain, claimed = by_numbers.value - by_levels.value, (told.range[0] - baseline) / 100
    verdict = "holds" if gain >= claimed else "holds in part" if gain > 0 else "fails"
    return [limit, Reading(
        "s2_risk_quantification_efficiency", "tested",
        f"Spending by numbers removes {100 * by_numbers.value:.0f} % of what the same budget could remove, spending by "
        f"the matrix's levels {100 * by_levels.value:.0f} %; told are {told.range[0]:g} % against {baseline:g} %. "
        f"Tested on this register, whose numbers are assumed.", verdict, by_numbers.scaled(100), "simulated")]


def _of_side_effects(found: SideEffects) -> list[Reading]:
    readings = []
    for measure in MEASURES:
        if measure.harm in UNSEEN:
            continue
        best = best_dose(found, measure.id)
        readings.append(Reading(
            measure.harm, "prior",
            f"Harm at the full dose of '{measure.name.lower()}', shrunken and convex in the dose; the dose that pays "
            f"best is {best.value:.2f} of it.",
        ))
    return readings


def _of_stress(stress: pd.DataFrame) -> list[Reading]:
    delay, circles = effect(stress, "delay"), effect(stress, "circles")
    return [
        Reading("s0_logistics_delay_2024", "prior",
                f"Size of the delay in a stress case; it would change the year's margin by "
                f"{100 * (delay.value or 0):.1f} %."),
        Reading("s1_head_platform_traffic_share", "prior",
                f"Part of new customers' traffic that a closed circle meets; the case changes the year's margin by "
                f"{100 * (circles.value or 0):.1f} %."),
        Reading("s1_value_anchor_sales_lift", "prior",
                "Read, shrunken, as the part of compared sales that leaves the comparison in a price war."),
    ]


def _priors(register: Register) -> list[Reading]:
    """Claims that size a loss or a control."""
    rows: dict[str, Reading] = {}
    for risk in register.risks:
        severity = risk.severity
        if severity is None or severity.claim is None or severity.claim in UNSEEN:
            continue
        scaled = f", brought to the platform's size ({register.scales[severity.scale].what})" if severity.scale else ""
        rows.setdefault(severity.claim, Reading(
            severity.claim, "prior",
            f"Behind the loss an event of risk '{risk.name}'{scaled}; read as a wide range, not as a value.",
        ))
    for control in register.controls.values():
        if control.claim is not None and control.claim not in UNSEEN:
            rows.setdefault(control.claim, Reading(
                control.claim, "prior",
                f"Claimed effect of control '{control.name}'; believed to work with a chance of "
                f"{100 * register.works:.0f} %, and then to keep {100 * register.effect_share:.0f} % of it.",
            ))
    harms = {measure.harm for measure in MEASURES}
    return [reading for key, reading in rows.items() if key not in harms]


def shown_register(table: pd.DataFrame, matrix: pd.DataFrame, reviews: pd.DataFrame) -> pd.DataFrame:
    """The register as the report shows it, largest expected loss first: the whole entry is in table `register`."""
    late = reviews.set_index("risk")["days_late"]
    frame = matrix[["number", "risk", "name", "class", "owner_role", "chance_before", "impact_before",
                    "expected_before", "priority_before"]].merge(
        table[["risk", "trigger", "evidence", "loss_low", "loss_high", "documents"]], on="risk", how="left")
    frame["days_late"] = late.reindex(frame["risk"]).to_numpy()
    frame["review"] = np.where(frame["days_late"] > 0, "stale", "in time")
    return frame
