"""The fairness report as an outside auditor would write it: check, value, limit, size, power, standing."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from ecomplan.estimate import Estimate, Reading
from ecomplan.risk.bias.alarms import Watch
from ecomplan.risk.bias.clicks import rate_ratio, strata
from ecomplan.risk.bias.groups import LEARNED, UNIFORM, Feature

CLAIM = "s0_female_exposure_biased"
#: from the best to the worst
STANDINGS = ("PASS", "REVIEW", "FAIL")


def ratios_standing(ratios: pd.DataFrame, limit: float, false_discovery: float) -> str:
    """FAIL where a group is found below the limit, PASS where all ranges lie above, REVIEW where it cannot be told."""
    known = ratios.dropna(subset=["ratio"])
    if (known["p_adjusted"] <= false_discovery).any():
        return "FAIL"
    return "PASS" if len(known) and len(known) == len(ratios) and (known["low"] >= limit).all() else "REVIEW"


def alarm_standing(false_year: Estimate, power: float, p: Any) -> str:
    """FAIL where it rings falsely more often than accepted, beyond the error of simulating; REVIEW if it is weak."""
    if false_year.low is not None and false_year.low > p.alarm_size_year:
        return "FAIL"
    return "PASS" if power >= p.power else "REVIEW"


def report(seen: Watch, policies: pd.DataFrame, shifts: pd.DataFrame, ratios: pd.DataFrame, wanted: pd.DataFrame,
           p: Any) -> pd.DataFrame:
    """One row a check. `size` is the chance of a false alarm, `power` that of finding a group at the least ratio
    (of the same articles: the shift of `smallest_move`).

    Columns: check, on (what was looked at), value, limit, size, power, standing.
    """
    rows: list[tuple[Any, ...]] = []
    for kind, name in (("told", "Alarm as told, false alarms a fair year"), ("sum", "Alarm set by the year, the same")):
        false = seen.false_year(kind)
        power = float(seen.rings(kind)[seen.least_fair].mean())
        rows.append((name, "simulated", false.value, p.alarm_size_year, false.value, power,
                     alarm_standing(false, power, p)))
    for name, label in (("best score first", "Exposure ratio, best score first"),
                        ("four fifths in each list", "Exposure ratio, constrained")):
        ratio = float(policies.loc[policies["policy"] == name, "ratio"].iloc[0])
        rows.append((label, "simulated", ratio, p.ratio_limit, None, None,
                     "PASS" if ratio >= p.ratio_limit else "FAIL"))
    for policy, label in ((UNIFORM, "Same articles for all groups, uniform"), (LEARNED, "The same, learned policy")):
        part = shifts[shifts["policy"] == policy]
        found = float((part["p_adjusted"] <= p.false_discovery).mean()) if len(part) else None
        rows.append((label, "companion", found, 0.0, p.false_discovery, p.power if len(part) else None,
                     "REVIEW" if found is None else "PASS" if found == 0 else "FAIL"))
    low = lowest(ratios)
    rows.append(("Clicks of the lowest group over the others'", "companion", low.get("ratio"), p.ratio_limit,
                 p.test_size, low.get("power_limit"), ratios_standing(ratios, p.ratio_limit, p.false_discovery)))
    least = lowest(wanted)
    rows.append(("Wanted articles shown, lowest group", "companion", least.get("ratio"), p.ratio_limit, p.test_size,
                 None, ratios_standing(wanted, p.ratio_limit, p.false_discovery)))
    columns = ["check", "on", "value", "limit", "size", "power", "standing"]
    return pd.DataFrame(rows, columns=columns).astype(dict.fromkeys(columns[2:6], "float64"))


def worst(checks: pd.DataFrame, on: str) -> str:
    """The worst standing of the checks on the companion's logs (`on` "companion") or of the simulated ones."""
    return STANDINGS[max(STANDINGS.index(one) for one in checks.loc[checks["on"] == on, "standing"])]


def lowest(ratios: pd.DataFrame) -> dict[str, Any]:
    """The group whose ratio is least likely to be fair; empty where no groups can be compared."""
    known = ratios.dropna(subset=["ratio"])
    return {} if known.empty else dict(known.iloc[int(np.argmin(known["p_value"].to_numpy()))])


def lowest_told(ratios: pd.DataFrame, what: str) -> Estimate:
    """The lowest ratio with its range, or why there is none."""
    row = lowest(ratios)
    if not row:
        return Estimate(None, unknown=f"No two groups have enough {what} to be compared")
    return Estimate(float(row["ratio"]), float(row["low"]), float(row["high"]))


def lowest_chance(ratios: pd.DataFrame) -> Estimate:
    """Its chance at the least fair ratio, adjusted for the number of groups looked at."""
    row = lowest(ratios)
    return Estimate(float(row["p_adjusted"])) if row else Estimate(None, unknown="No groups can be compared")


def elsewhere(logs: pd.DataFrame, features: list[Feature], ratios: pd.DataFrame) -> Estimate:
    """The ratio of the same group under the uniform policy: where it is as low, the learned policy is not the cause."""
    row = lowest(ratios)
    if not row:
        return Estimate(None, unknown="No groups can be compared")
    feature = next(one for one in features if one.name == row["feature"])
    on = (logs["policy"] == UNIFORM).to_numpy()
    mine = feature.codes == feature.labels.index(row["group"])
    return rate_ratio(*strata(logs[on], mine[on]))


def lowest_name(ratios: pd.DataFrame) -> str:
    row = lowest(ratios)
    return f"{row['feature']}, group {row['group']}" if row else "none"


def nearest_gap(ratios: pd.DataFrame) -> Estimate:
    """The gap easiest to find: the ratio nearest to 1 that some group's test finds with the stated power."""
    known = ratios["smallest_gap"].dropna()
    return Estimate(float(known.max())) if len(known) else Estimate(None, unknown="Too few clicks for any test")


def found(shifts: pd.DataFrame, policy: str, p: Any) -> Estimate:
    """Tests that find groups shown different articles, or why none was made."""
    part = shifts[shifts["policy"] == policy]
    if part.empty:
        return Estimate(None, unknown="No feature has two groups that are large enough; none can be compared")
    return Estimate(float((part["p_adjusted"] <= p.false_discovery).sum()))


def smallest_move(shifts: pd.DataFrame) -> Estimate:
    """The shift that a typical test of the learned policy's log would find (median over tests)."""
    known = shifts.loc[shifts["policy"] == LEARNED, "smallest_move"].dropna()
    return Estimate(float(np.median(known))) if len(known) else Estimate(None, unknown="No test could find any shift")


def cut_range(cuts: pd.DataFrame) -> Estimate:
    """Ratio at the middle cut with the least and greatest over all cuts as its limits."""
    known = cuts["ratio"].dropna()
    if len(known) < len(cuts):
        return Estimate(None, unknown="One group only, or no clicks of one: no ratio under some cuts")
    return Estimate(float(cuts["ratio"].iloc[len(cuts) // 2]), float(known.min()), float(known.max()))


def reading(seen: Watch, p: Any) -> Reading:
    """The claim on a group's exposure, read as the alarm it is used as."""
    power, false_year = float(seen.rings("told")[seen.least_fair].mean()), seen.false_year("told")
    verdict = {"PASS": "holds", "REVIEW": "holds in part", "FAIL": "fails"}[alarm_standing(false_year, power, p)]
    percent = false_year.scaled(100)
    return Reading(
        CLAIM, "tested",
        f"Read as an alarm on the weekly share with a group that is {100 * seen.setting.base:.0f} % of the candidates, "
        f"since the population share is not told: observed is the percentage of fair years in which it rings. The "
        f"incident itself cannot be tested: the platform records neither sex nor what it showed.",
        verdict, percent, "simulated",
    )
