"""What the simulations say of the documents' claims, and single numbers ready for findings."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ecomplan.claims import Claims
from ecomplan.estimate import Estimate, Reading
from ecomplan.risk.supply.goods import Goods, by_reading
from ecomplan.risk.supply.parcels import Standstill
from ecomplan.risk.supply.services import Ensemble

Array = NDArray[np.float64]
HOLDS, IN_PART = 0.8, 0.2  # chance over readings from which a claim holds, or holds in part


def spread(values: Array, factor: float = 1.0) -> Estimate:
    """Mean over readings with its 80 % range."""
    low, high = np.quantile(values, [0.1, 0.9])
    mean = float(values.mean())
    return Estimate(mean * factor, min(float(low), mean) * factor, max(float(high), mean) * factor)


def verdict(chance: float) -> str:
    """Of a claim that is met with a chance over readings of the world."""
    return "holds" if chance >= HOLDS else "holds in part" if chance >= IN_PART else "fails"


@dataclass(frozen=True)
class Told:
    """All that the readings of claims rest on."""

    goods: Goods
    policies: pd.DataFrame
    standstill: Standstill
    delays: pd.DataFrame
    success: Array
    dead: Array  # time in which no channel works, with backup [readings]
    dead_alone: Array
    found: dict[str, Array]
    group: Ensemble
    routes: pd.DataFrame
    interruption: Array  # share of a year's sales that one shock takes, with the planned routes [readings]
    interruption_alone: Array
    planned_routes: int
    fewest: int | None
    fronts: pd.DataFrame
    rise: Array


def _percent(values: Array) -> Estimate:
    return spread(values, 100.0)


def exposure_change(standstill: Standstill) -> Array:
    """Change of parcels held up by a second carrier, a share below zero [readings]."""
    return np.asarray(standstill.exposure_second / standstill.exposure - 1)


def claimed_table(claims: Claims, told: Told, works: float, effect_share: float) -> pd.DataFrame:
    """What ways out take away: as told, as believed (it works with chance `works`, keeps `effect_share`), as computed.

    All as a share of what they act on; the told figure is set against this stage's own figure without the way out.
    """
    exposure, impact = claims["s2_logistics_risk_exposure"], claims["s2_strike_impact_time"]
    assert exposure.baseline is not None and exposure.value is not None and impact.value is not None
    alone_hours = float(told.standstill.impact_hours.mean())
    dead_alone = float(told.dead_alone.mean())
    down = {name: float(1 - share.mean()) for name, share in told.found.items()}
    rows = [
        ("Second carrier", "parcels held up", 1 - exposure.value / exposure.baseline,
         -float(exposure_change(told.standstill).mean())),
        ("Second carrier", "wait in a strike", 1 - impact.value / alone_hours,
         1 - float(told.standstill.impact_hours_second.mean()) / alone_hours),
        ("Payment backup", "time without a way to pay",
         1 - claims["s3_payment_risk_probability_case"].share / dead_alone, 1 - float(told.dead.mean()) / dead_alone),
        ("Standby centre", "time down", 1 - (1 - claims["s1_dr_availability"].share) / down["one"],
         1 - down["standby"] / down["one"]),
        ("More routes", "sales lost in a shock",
         1 - claims["s2_backup_platform_interruption"].share / float(told.interruption_alone.mean()),
         1 - float(told.interruption.mean() / told.interruption_alone.mean())),
    ]
    return pd.DataFrame([
        {"name": name, "of": of, "as_told": max(claim, 0.0), "as_believed": max(claim, 0.0) * works * effect_share,
         "as_computed": computed} for name, of, claim, computed in rows
    ])


def turns_verdict(policies: pd.DataFrame, target: float, short: float) -> str:
    """Of a target of turns: with the stock-out rate that goes with it, without, or not at all."""
    there = policies[(policies["turns"] >= target) & (policies["policy"] != "calm")]
    if there.empty:
        return "fails"
    return "holds" if float(there["fill"].max()) >= 1 - short else "holds in part"


def readings(claims: Claims, told: Told) -> list[Reading]:
    """The standing of every claim of this part. Simulated: the orders show none of these events."""
    near = told.fronts
    at = near[near["warehouses"] >= claims["s3_front_warehouse_count"].range[0]].iloc[0]
    few = near[near["within_second"] >= HOLDS]["warehouses"]
    change = exposure_change(told.standstill)
    exposure = claims["s2_logistics_risk_exposure"]
    assert exposure.value is not None and exposure.baseline is not None
    routes = claims["s3_traffic_backup_platforms"].value
    base = told.policies[told.policies["policy"] == "base"]["turns"].to_numpy(float)

    def tested(key: str, text: str, chance: float, seen: Estimate) -> Reading:
        return Reading(key, "tested", text, verdict(chance), seen, "simulated")

    def limit(key: str) -> float:
        value = claims[key].value
        assert value is not None
        return float(value)

    tolerated = 100 * told.group.tolerated / (told.group.failed.shape[1] - 1)
    away = told.delays[told.delays["carriers"] == 1].iloc[-1]
    listed = [
        Reading("s3_inventory_turns_target", "tested",
                "The stock turns as often as planned only with more demand unserved than the case tells; lead times "
                "and suppliers are assumed",
                turns_verdict(told.policies, limit("s3_inventory_turns_target"), limit("s3_stockout_case") / 100),
                Estimate(float(base[0])), "simulated"),
        tested("s2_logistics_risk_exposure",
               "Read as a relative fall, here of parcels held up, by a second carrier that takes over most of them",
               float((change <= exposure.value / exposure.baseline - 1).mean()),
               spread((1 + change) * exposure.baseline)),
        tested("s2_strike_impact_time",
               "Mean wait of a parcel in a strike, with a second carrier that needs time to switch and takes a part",
               float((told.standstill.impact_hours_second <= limit("s2_strike_impact_time")).mean()),
               spread(told.standstill.impact_hours_second)),
        tested("s3_payment_success_min", "Payments that go through with several channels, at judged failure rates",
               float((told.success * 100 >= limit("s3_payment_success_min")).mean()), _percent(told.success)),
        tested("s3_payment_risk_probability_case",
               "Chance that no channel works, exact, with a common cause between the channels",
               float((told.dead * 100 <= limit("s3_payment_risk_probability_case")).mean()), _percent(told.dead)),
        tested("s0_peak_availability", "Long-run availability of a standby centre at judged failure rates",
               float((told.found["standby"] * 100 >= limit("s0_peak_availability")).mean()),
               _percent(told.found["standby"])),
        tested("s1_dr_availability",
               "Long-run availability of two active centres at judged failure rates; a fault common to both decides",
               float((told.found["active"] * 100 >= limit("s1_dr_availability")).mean()),
               _percent(told.found["active"])),
        tested("s1_interruption_rate",
               "Read as time not served with a standby: far laxer than the availability that the same text claims",
               float(((1 - told.found["standby"]) * 100 <= limit("s1_interruption_rate")).mean()),
               _percent(1 - told.found["standby"])),
        tested("s2_backup_platform_interruption",
               "Read as sales of a year that one shock takes on the largest route, the told routes in place",
               float((told.interruption * 100 <= limit("s2_backup_platform_interruption")).mean()),
               _percent(told.interruption)),
        Reading("s3_traffic_backup_platforms", "tested",
                "Fewest even routes that keep one shock within the accepted loss; the sum of shocks hardly falls",
                "fails" if told.fewest is None or told.fewest > (routes or 0)
                else "holds" if told.fewest == routes else "holds in part",
                Estimate(None if told.fewest is None else float(told.fewest), unknown="No number of routes keeps it"),
                "simulated"),
        tested("s1_redundant_model_count",
               "Read as: with three the time without a ranking is at most half of one's; models share data and code, "
               "so that they fail together more often than independent ones",
               float((1 - told.group.usable <= (1 - told.group.usable_alone) / 2).mean()),
               Estimate(float(told.group.failed.shape[1] - 1))),
        Reading("s1_fault_tolerance", "tested",
                "Read as the part of the models that may fail at once: whole models fail, here one of them",
                "holds" if tolerated >= limit("s1_fault_tolerance") else "holds in part" if tolerated > 0 else "fails",
                Estimate(tolerated), "simulated"),
        Reading("s3_front_warehouse_count", "tested",
                "In a made-up city far fewer front warehouses keep the promised time",
                "fails" if len(few) and float(few.iloc[0]) < claims["s3_front_warehouse_count"].range[0] else "holds",
                Estimate(float(few.iloc[0])) if len(few) else Estimate(None, unknown="None keeps it"), "simulated"),
        tested("s3_front_warehouse_delivery",
               "Orders within the time told, with as many warehouses as told, made-up city",
               float(at["within_first"]), Estimate(float(at["minutes_median"]))),
        tested("s3_fulfilment_time_max", "Orders within the time told, with as many warehouses as told, made-up city",
               float(at["within_second"]), Estimate(float(at["minutes_q90"]))),
        Reading("s3_overseas_delivery_max", "tested",
                "No warehouse abroad is simulated; parcels abroad take longer from home", "not testable",
                Estimate(24 * float(away["median_days"])), "simulated"),
    ]
    priors = {
        "s3_supplier_cancel_rise": "Used as told for orders lost while a supplier stands still; no reasons of a "
                                   "cancellation are recorded",
        "s3_payment_switch_failure_rise": "Used as told for payments on another channel; the orders hold no payments",
        "s3_last_mile_complaint_rise": "Used as told for late parcels; the orders hold no complaints",
        "s3_algo_shift_traffic_change": "Used as told for a shock on one platform; the orders hold no routes",
        "s1_failover_time": "Used as told for the switch to a standby; nobody has drilled it here",
        "s1_recovery_time": "Used as told for two active centres; nobody has drilled it here",
        "s0_ddos_scrub_start_max": "Used as told for the start of cleaning; the platform's attacks are not recorded",
    }
    seen = {"s3_supplier_cancel_rise": _percent(told.rise)}
    listed += [
        Reading(key, "tested", text, "not testable", seen.get(key, Estimate(None, unknown="no data")), "assumed")
        for key, text in priors.items()
    ]
    untold = {
        "s3_supply_cycle_change": "Production times stand in no table; the chain takes lead times as they are",
        "s1_crossborder_fulfilment_change": "The orders hold no delivery dates",
        "s1_logistics_complaint_share": "The orders hold no complaints",
        "s2_smart_dispatch_punctuality_gain": "The orders hold no delivery dates, and no dispatch was tried",
        "s3_front_warehouse_satisfaction_lift": "The orders hold no ratings, and there are no front warehouses",
        "s0_outage_comm_satisfaction_gain": "The orders hold no ratings, and no outage is recorded",
        "s0_ddos_notify_max": "A duty, no effect: no attack is recorded in which it could be measured",
    }
    listed += [
        Reading(key, "tested", text, "not testable", Estimate(None, unknown="no data"), "assumed")
        for key, text in untold.items()
    ]
    return listed


def break_even_premium(goods: Goods, saved: Array, margin: Array, readings: int) -> Estimate:
    """Premium on the purchase price up to which the second source pays, its fixed price aside; 80 % range."""
    bought = by_reading(goods.runs["second_source"].second.sum(axis=1), readings) * (1 - margin)
    return spread(saved / np.maximum(bought, 1e-9))
