"""Readings of the documents' claims on emergencies, drills, plans, reviews and staff."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ecomplan.claims import Claims
from ecomplan.estimate import Estimate, Reading
from ecomplan.risk.response.drills import faster, wright_slope

QUARTERS = 4
DRILL_CLAIMS = ("s0_drill_handling_time_change", "s2_drill_time_change")


def estimate(row: pd.Series, value: str, low: str, high: str) -> Estimate:
    """A number with its range from a table's row."""
    return Estimate(float(row[value]), float(min(row[low], row[value])), float(max(row[high], row[value])))


def timer_readings(timers: pd.DataFrame, claims: dict[str, str]) -> list[Reading]:
    """Limits in minutes, each against the simulated log. `claims`: timer -> claim."""
    return [Reading(
        claims[str(row["timer"])], "limit",
        f"Limit in a simulated log (\u201c{str(row['name']).lower()}\u201d): kept in {percent(row['kept'])} of "
        f"incidents at guessed step times; no incident of this shop is on record",
    ) for row in timers.to_dict("records")]


def readings(claims: Claims, uncovered: int, plans: int, classes: int, stale: int) -> list[Reading]:
    """All others: what this line can say of them."""
    counts = (claims["s0_drills_completed"].value or 0, QUARTERS)
    slopes = [wright_slope(claims[key].share, count) for key, count in zip(DRILL_CLAIMS, counts, strict=True)]
    after_three, after_four = (percent(float(faster(slope, np.ones(1))[0])) for slope in slopes)
    out = [
        Reading("s0_emergency_levels", "target", "Three colours on one scale for alarms and risks, each with its step"),
        Reading("s0_drills_completed", "prior", "Fixes the learning curve of drills together with the told fall"),
        Reading(DRILL_CLAIMS[0], "prior",
                f"Taken as a learning curve: one drill alone would bring a fall of {after_three}; "
                f"believed only in part"),
        Reading(DRILL_CLAIMS[1], "prior",
                f"The same fall from four drills a year; its curve is flatter, one drill brings "
                f"{after_four}"),
        Reading("s2_plan_phases", "target", "Every plan of the library fills all four phases"),
        Reading("s2_emergency_plan_count", "target",
                f"{plans} plans stand in the library; {uncovered} risks of the register have none"),
        Reading("s3_plan_classes", "target", f"{classes} classes of plans are filled"),
        Reading("s3_plan_review_interval", "limit", f"Clock of the reviews; {stale} plans are past it"),
        Reading("s3_drill_interval", "target", "Four drills a year, priced against one outage's cost"),
        Reading("s2_drill_interval", "target", "Four drills a year, priced against one outage's cost"),
        Reading("s3_small_step_interval", "limit", "Limit of change requests that data trigger"),
        Reading("s3_large_step_interval", "limit", "Limit of change requests that the surroundings trigger"),
        Reading("s0_radical_reorg_attrition_rise", "prior", "Raises leaving in the months after a radical change"),
        Reading("s0_culture_misfit_attrition", "prior", "Leaving of seniors hired from outside who do not fit"),
        Reading("s0_service_veteran_floor", "limit", "Floor of the share of experienced people in customer service"),
        Reading("s0_optimisation_failure_share", "prior", "Drills work with the remaining chance"),
    ]
    return out + [
        Reading(key, "tested", reason, "not testable", None, "simulated") for key, reason in _UNTESTED.items()
    ]


def percent(share: float) -> str:
    return f"{share:.0%}".replace("%", " %")


def blacklist_reading(again: Estimate, months: Estimate) -> Reading:
    """The told fall of recurrence: no blacklist was ever kept here, so only what a test would need can be said."""
    needs = "no rule is on the blacklist" if months.value is None else \
        f"a test would need {months.value:.0f} months with a blacklist after as many without"
    seen = None if again.value is None else Estimate(100 * again.value)
    told = "" if seen is None else " The observed share is that of alarm days which come again today, in per cent."
    return Reading("s3_blacklist_recurrence_change", "tested",
                   f"No blacklist has been kept, so that its effect cannot be seen; {needs}.{told}",
                   "not testable", None, "measured")


_UNTESTED = {
    "s0_emergency_efficiency_gain": "No handling time with and without colours is on record",
    "s2_plan_efficiency_gain": "No handling time with and without scenario plans is on record",
    "s2_coordination_failure_loss_rise": "No emergency of this shop, well or badly coordinated, is on record",
    "s2_unified_command_gain": "No emergency under one command or several is on record",
    "s2_plan_review_success_gain": "No plan of this shop has been used before and after a review",
    "s2_handling_quality": "No handled emergency is on record whose effect could be scored",
    "s0_outage_comm_satisfaction_gain": "No outage with its messages and no satisfaction is on record",
    "s1_policy_response_time": "The day on which a change of law was noticed and answered is on no record",
    "s3_fast_fix_gain": "No problem's way from finding to fix is on record",
    "s3_iteration_speed_gain": "No change of the shop is on record with its days",
    "s0_three_step_comm_acceptance": "No staff survey is in the data",
    "s0_codesign_complaint_change": "No complaints are in the data",
    "s0_apprentice_error_change": "No errors by person are in the data",
}


def or_unknown(value: float | None, unknown: str) -> dict[str, object]:
    """A number for a finding, or the reason why there is none."""
    return {"value": None, "unknown": unknown} if value is None else {"value": value}
