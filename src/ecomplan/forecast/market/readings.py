"""The documents' claims on the market and on growth, held against what was worked out."""

from __future__ import annotations

from typing import Any

import pandas as pd

from ecomplan.claims import Claims
from ecomplan.errors import DataError
from ecomplan.estimate import Estimate, Reading
from ecomplan.forecast.market import cac
from ecomplan.forecast.market.curves import REGIONS, SHARE, STARTS, Substitution
from ecomplan.forecast.market.size import CONFLICT, SOURCES
from ecomplan.forecast.market.targets import Track
from ecomplan.forecast.market.users import Outlook

USERS, DAILY = "s3_user_growth_target", "s3_daily_new_users_target"
PREMIUM, PAID = "s3_user_growth_premium", "s3_paid_new_user_share"
GMV, HALF_YEAR = "s1_gmv_growth_target", "s2_gmv_target_6m"
RATIO = "s3_ltv_cac_target"


def industry(claims: Claims) -> float:
    """Yearly growth of the industry's users that the target and its premium imply."""
    premium = claims[PREMIUM]
    if premium.unit != "pp_change" or premium.value is None:
        raise DataError(f"claim {PREMIUM}: {premium.value} {premium.unit}; expected percentage points")
    return claims[USERS].share - premium.value / 100


def times(claims: Claims, a_day: float) -> dict[str, Any]:
    """How many times the new users a day that are told exceed those who come: value or unknown."""
    told = claims[DAILY].value
    if told is None or told <= 0:
        raise DataError(f"claim {DAILY}: {told}; expected users a day above zero")
    if a_day <= 0:
        return {"value": None, "unknown": "No new customer came in the last months, so no multiple can be told."}
    return {"value": told / a_day}


def readings(
    claims: Claims, *, conflicts: pd.DataFrame, share: Substitution, cost: cac.Outlook, sales: Track,
    users: Outlook, retention: pd.DataFrame, half_year_chance: float, new_a_day: float,
) -> list[Reading]:
    """All claims that this stage reads."""
    return [
        *_sizes(claims, conflicts), *_share(share), *_regions(), *_cohorts(), *_cost(claims, cost),
        *_retention(claims, retention), *_users(claims, users, new_a_day),
        Reading(GMV, "target", "Share of sample paths without any measure on which the plan year's cumulative sales "
                "stand that much above the year before at its end.",
                observed=Estimate(float(sales.table["chance"].iloc[-1])), evidence="simulated"),
        Reading(HALF_YEAR, "target", "Share of sample paths on which the plan year's first six months sell that much. "
                "The goal is a young shop's: the platform passes it within days.", observed=Estimate(half_year_chance),
                evidence="simulated"),
    ]


def _sizes(claims: Claims, conflicts: pd.DataFrame) -> list[Reading]:
    rows = []
    for key, name, market, _ in SOURCES:
        pairs = conflicts[(conflicts["first"] == name) | (conflicts["second"] == name)]
        against = int((pairs["verdict"] == CONFLICT).sum())
        if market != "China":
            text = "No other size of the world market is told; the size stands alone and is not converted."
        elif against:
            text = (f"Contradicts {against} of the {len(pairs)} other sizes of the same market, if they mean the same "
                    "thing. Kept as a scenario of its own; no source at hand decides.")
        else:
            text = "No conflict with the other sizes. No source at hand confirms it."
        rows.append(_untested(key, text))
    return [
        *rows,
        Reading("s2_cn_ecom_growth_2022", "prior", "Own growth of the transactions' scenario and the least of all."),
        Reading("s2_cn_ecom_cagr", "prior", "Own growth of the scenario from 2025; joins its document's two sizes."),
        Reading("s3_cn_market_growth_2022", "prior", "Own growth of the scenario from 2022. It is S2's growth to the "
                "digit, on a base several times smaller."),
        Reading("s0_global_ecom_cagr", "prior", "Own growth of the world's scenario; the most that others get."),
    ]


def _share(share: Substitution) -> list[Reading]:
    return [
        Reading(SHARE, "target", "Chance on paths that start between the shares told of single models and run with an "
                "assumed takeover time. No document tells where the share stood.", observed=Estimate(share.reached),
                evidence="assumed"),
        Reading(STARTS[0], "prior", "Least share of the new models at the start: one of them, in one case."),
        Reading(STARTS[1], "prior", "Most share of the new models at the start: a share of credit, read as of sales."),
        _untested("s0_growth_engine_count", "Names three models; shares or sales by model are not at hand, so "
                  "whether they drive growth cannot be seen."),
    ]


def _regions() -> list[Reading]:
    return [Reading(key, "prior", f"Level of {name.lower()} on the logistic curve; without its year, so times count "
                    "from that level on.") for key, name in REGIONS]


def _cohorts() -> list[Reading]:
    return [
        _untested("s0_senior_spend_growth", "Carried forward as told. The platform knows no ages."),
        _untested("s0_genz_mobile_penetration", "The platform knows neither ages nor devices."),
        _untested("s0_lower_tier_short_video_influence", "The platform knows countries, no city tiers, and not what "
                  "led to an order."),
    ]


def _cost(claims: Claims, cost: cac.Outlook) -> list[Reading]:
    first = cac.starts(claims, 0)[0].name
    rows = [
        Reading("s1_longtail_cac_growth", "prior", "Growth of acquisition cost, shrunken with the others."),
        Reading("s2_ad_cost_growth_2022", "prior", "Growth of acquisition cost, shrunken with the others."),
        Reading(cac.CASE, "prior", f"Start of a path, and its {cac.case_growth(claims) * 100:.0f} % a year as a growth "
                "told."),
        Reading(cac.AFTER, "prior", "Starts of two paths: before and after the measure; its year is assumed."),
        Reading(RATIO, "limit", "A newcomer's value over this ratio is the most that winning one may cost."),
    ]
    return rows + [
        Reading(key, "target", f"Chance in the year planned on the path from {first}; the platform's own cost is not "
                "known.", observed=Estimate(cost.chance(first, key)), evidence="assumed") for key in cac.TARGETS
    ]


def _retention(claims: Claims, table: pd.DataFrame) -> list[Reading]:
    rows = []
    for row in table.dropna(subset=["target"]).to_dict("records"):
        key = "s3_retention_d1_target" if row["days"] == 1 else "s3_retention_d7_target"
        rows.append(Reading(
            key, "tested", "The goal counts visits. Orders show who bought again, which is far rarer; the shares are "
            "of newcomers with a second order by that day.", "not testable",
            Estimate(row["ordered"] * 100, row["low"] * 100, row["high"] * 100),
        ))
    week = table[table["days"] == 7].iloc[0]
    rows.append(Reading(
        "s3_new_user_loss_no_contact", "tested", "Newcomers without a second order in the window. Neither contacts nor "
        "sign-ups are recorded, and most of them order later: no order in a week is no loss.", "not testable",
        Estimate((1 - week["ordered"]) * 100, (1 - week["high"]) * 100, (1 - week["low"]) * 100),
    ))
    rows.append(Reading("s3_new_user_loss_window", "limit", "Window in which second orders are counted."))
    return rows


def _users(claims: Claims, users: Outlook, new_a_day: float) -> list[Reading]:
    text = "Users read as customers with an order within the window."
    return [
        Reading(DAILY, "target", "New customers a day on the platform; told is that of a shop of another size.",
                observed=Estimate(new_a_day), evidence="measured"),
        Reading(USERS, "target", f"{text} Share of projected years in which their number grows at least that much.",
                observed=Estimate(users.chance(claims[USERS].share)), evidence="simulated"),
        Reading(PREMIUM, "limit", "Target less premium is the growth that the document gives the industry."),
        _untested(PAID, "Everybody in the orders has paid: the share of payers is one by the way of counting; channels "
                  "are not recorded, so the share of paid channels cannot be told."),
    ]


def _untested(key: str, reading: str) -> Reading:
    """A claim that nothing at hand can show; what is said of it is taken from the documents."""
    return Reading(key, "tested", reading, "not testable", evidence="assumed")
