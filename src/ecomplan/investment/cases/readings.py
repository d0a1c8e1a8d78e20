"""How the documents' claims on single measures stand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ecomplan.claims import Claims
from ecomplan.estimate import Estimate, Reading
from ecomplan.investment.cases.features import TOLD, VOICE
from ecomplan.investment.cases.summary import Case

RATIO, OLD_RATIO = "s0_ops_input_output_multiple", "s0_ops_input_output_traditional"
ENGINE = {
    "s0_tiered_service_cost_change": "Service triage", "s3_smart_service_load_change": "Triage and smart service",
    "s3_supply_cost_change": "Supply deals, saving told", "s3_overseas_repurchase_lift": "Stock abroad",
}


@dataclass(frozen=True)
class Found:
    """What the sections found, as far as claims need it."""

    meanings: pd.DataFrame
    cases: tuple[Case, ...]
    features: pd.DataFrame
    best_warehouses: float
    saving: np.ndarray
    month_gain: Estimate
    reported: Estimate
    chance_year: dict[str, float]
    provider_margin: Estimate
    fund_volume: Estimate
    output_gain: float | None


def readings(claims: Claims, found: Found) -> list[Reading]:
    """One reading a claim, in the order of the sections."""
    return [*_benchmark(claims, found), *_measures(found), *_logistics(claims, found), *_features(found),
            *_learning(found), *_deal(found)]


def _benchmark(claims: Claims, found: Found) -> list[Reading]:
    above = int((found.meanings["value"] > (claims[RATIO].value or 0.0)).sum())
    text = (
        f"Input and output are not defined: {above} of {len(found.meanings)} meanings lie above it in this shop as it "
        f"is, without any new regime. Costs are not recorded."
    )
    return [
        Reading(RATIO, "tested", text, "not testable", evidence="assumed"),
        Reading(OLD_RATIO, "tested", "The level before has no definition either, so the distance to it means nothing.",
                "not testable", evidence="assumed"),
    ]


def _measures(found: Found) -> list[Reading]:
    by_name = {case.name: case for case in found.cases}
    return [
        Reading(key, "prior", f"Shrunken to {by_name[name].expected or 0.0:.0%} where it works; as a case of its own "
                f"it gains with a chance of {by_name[name].worth.chance:.0%} at this shop's volume.")
        for key, name in ENGINE.items() if name in by_name
    ]


def _logistics(claims: Claims, found: Found) -> list[Reading]:
    low, high = claims["s3_front_warehouse_count"].range
    told = abs(claims["s3_front_warehouse_cost_change"].share)
    deals = next(case for case in found.cases if case.name == "Supply deals, discount planned")
    reached = float((found.saving >= told).mean())
    return [
        Reading("s3_supply_discount", "target", f"At the middle of the range on the purchases reached, believed as far "
                f"as other claims, the deals pay with a chance of {deals.worth.chance:.0%}.",
                observed=Estimate(deals.worth.chance), evidence="simulated"),
        Reading("s3_front_warehouse_count", "tested", f"At this shop's volume {found.best_warehouses:.0f} is cheapest "
                f"in the middle draw; {low:.0f} to {high:.0f} belong to another size of company.", "not testable",
                Estimate(found.best_warehouses), "simulated"),
        Reading("s3_front_warehouse_cost_change", "tested", f"With {low:.0f} warehouses, their own cost counted, "
                f"fulfilment falls that much in {reached:.0%} of the draws; no cost is recorded.", "not testable",
                Estimate(-100 * float(np.median(found.saving))), "simulated"),
    ]


def _features(found: Found) -> list[Reading]:
    by_feature = {row["feature"]: row for row in found.features.to_dict("records")}
    rows = []
    for name, (_, key) in TOLD.items():
        row = by_feature[name]
        rows.append(Reading(key, "prior", f"Shrunken to {row['kept']:.1%} where it works and reaches; gains with a "
                            f"chance of {row['chance']:.0%}; pays from a true gain of {_share(row['gain_needed'])}."))
    rows.append(Reading(
        "s0_voice_assistant_coverage", "tested", f"A reach without an effect makes no case; at an assumed reach voice "
        f"needs a gain of {_share(by_feature[VOICE]['gain_needed'])} among its users.", "not testable",
        evidence="assumed"))
    return rows


def _learning(found: Found) -> list[Reading]:
    return [
        Reading("s0_pdca_monthly_gain", "tested", f"If the documents' share of measures works, trials at this volume "
                f"truly add {_share(found.month_gain.value, 2)} a month; monthly trials would report "
                f"{_share(found.reported.value)}. No such trial is recorded.", "not testable",
                found.month_gain.scaled(100), "simulated"),
        Reading("s3_annual_metric_gain", "tested", f"Reached in the first year in {found.chance_year['s3']:.1%} of the "
                f"draws.", "not testable", Estimate(found.chance_year["s3"]), "simulated"),
        Reading("s1_gmv_growth_target", "target", "Chance that trials alone bring this growth in the first year.",
                observed=Estimate(found.chance_year["s1"]), evidence="simulated"),
        Reading("s1_product_iteration_cycle", "prior", "Length of the trials that report more than they gain."),
        Reading("s0_pdca_plan_interval", "prior", "Shortest trial looked at."),
    ]


def _deal(found: Found) -> list[Reading]:
    output = None if found.output_gain is None else 100 * found.output_gain
    return [
        Reading("s1_data_fund", "tested", f"Sharing data would carry such a fund from {_times(found.fund_volume)} "
                "this shop's sales, and only if it works.", "not testable", evidence="simulated"),
        Reading("s1_data_fund_partner_multiple", "prior", "Read as twice the growth of merchants who share; shrunken."),
        Reading("s1_provider_gross_margin", "tested", f"No such deal is recorded; at the fund's volume a split that "
                f"holds pays a provider a margin of at most {_share(found.provider_margin.value)} (median).",
                "not testable", found.provider_margin.scaled(100), "simulated"),
        Reading("s3_business_driven_tech_roi_gain", "tested", "Read as what choosing after a trial does for output per "
                f"money spent: {_share(found.output_gain)} more, of technology that mostly does not pay at all.",
                "not testable", Estimate(output), "simulated"),
    ]


def _share(value: Any, digits: int = 1) -> str:
    return "unknown" if value is None or pd.isna(value) else f"{value:.{digits}%}"


def _times(value: Estimate) -> str:
    return "an unknown multiple of" if value.value is None else f"{value.value:.1f} times"
