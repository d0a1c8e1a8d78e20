"""What the planning documents say on repeat purchase, retention and lifetime value, beside the platform."""

from __future__ import annotations

from typing import Any

import pandas as pd

from ecomplan.claims import Claims

#: how a share measured here is named in the table
MEASURES = {"year": "newcomers who order again within a year", "ever": "customers with a second order so far"}
#: claim -> (how it is read, what the platform lacks to test it)
LEVELS = {
    "s2_repurchase_target": "S2's goal for the medium term",
    "s3_repurchase_target": "S3's goal for the year",
    "s1_member_repurchase_market": "members in the market, from and to",
    "s1_points_repurchase": "a maternity platform with points, from and to",
    "s2_points_repurchase_rate": "a merchant with points",
    "s3_repurchase_apparel_case": "an apparel merchant, from and to",
}
LIFTS = {
    "s1_private_domain_repurchase_lift": "private-domain operation",
    "s2_crm_repurchase_lift": "a CRM system",
    "s2_member_repurchase_lift": "a member system",
}
TARGETS = ("s2_repurchase_target", "s3_repurchase_target")
RETENTION = {"s3_retention_d1_target": 1, "s3_retention_d7_target": 7}
VALUE_CASES = {
    "s3_ltv_change_2022": "The claim blames dearer acquisition in 2022; orders know no cost of acquisition",
    "s2_tiering_ltv_lift": "The platform has no tiered service whose effect orders could show",
    "s3_path_ltv_lift": "The platform's paths were not reviewed yearly; there is no before and after",
}


def percent(number: float) -> str:
    return f"{number:.1f} %"


def baseline(claims: Claims, year: dict[str, Any], ever: dict[str, Any]) -> pd.DataFrame:
    """key, document, what, told_from, told_to, measured, low, high (percentages), gap (measured less told, a share).

    The platform's measure is the share of newcomers who order again within a year (`year`: value, low, high as
    shares), or where that is unknown the share of customers with a second order so far. Lifts are applied to it.
    """
    found = year if year["value"] is not None else ever
    value, low, high = (100 * found[name] for name in ("value", "low", "high"))
    rows = []
    for key, what in (*LEVELS.items(), *((key, f"{what}: lift") for key, what in LIFTS.items())):
        claim = claims[key]
        assert claim.value is not None
        lift = key in LIFTS
        start = value if lift else claim.baseline if claim.baseline is not None else claim.value
        to = value * (1 + claim.value / 100) if lift else claim.value
        rows.append({"key": key, "document": claim.document, "what": what, "told_from": start, "told_to": to,
                     "measured": value, "low": low, "high": high, "gap": (value - to) / 100})
    return pd.DataFrame(rows)


def repurchase_readings(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Arguments of Stage.claim for every row of `baseline`."""
    uses = []
    for row in table.to_dict("records"):
        numbers = {"observed": row["measured"], "low": row["low"], "high": row["high"], "evidence": "measured"}
        key, told = row["key"], row["told_to"]
        if key in TARGETS:
            side = "already above" if row["low"] > told else "below" if row["high"] < told else "level with"
            uses.append({"key": key, "role": "target", **numbers, "reading": (
                f"Read as newcomers who order again within a year: {percent(row['measured'])} here, {side} the goal of "
                f"{percent(told)}. The document does not define its rate; another window would move the answer."
            )})
        elif key in LIFTS:
            uses.append({"key": key, "role": "tested", "verdict": "not testable", **numbers, "reading": (
                f"Orders do not show {row['what'].removesuffix(': lift')}; the base of such a lift would be "
                f"{percent(row['measured'])}."
            )})
        else:
            uses.append({"key": key, "role": "tested", "verdict": "not testable", **numbers, "reading": (
                f"Told of {row['what']}: other shops with other definitions. This platform stands at "
                f"{percent(row['measured'])} (newcomers, one year) without membership or points on record."
            )})
    return uses


def retention_readings(shares: dict[int, dict[str, Any]], year: dict[str, Any]) -> list[dict[str, Any]]:
    """Arguments of Stage.claim for the documents' retention figures; `shares`: days -> value, low, high (shares)."""
    uses = []
    for key, days in RETENTION.items():
        found = shares[days]
        uses.append({"key": key, "role": "tested", "verdict": "not testable", "evidence": "measured",
                     **_percentages(found), "reading": (
            f"The document counts returning visitors, orders show only who bought again: {_told(found)} within "
            f"{days} day{'s' if days > 1 else ''}. A shop log of visits is needed."
        )})
    lost = _turned(shares[7])
    reading = (
        f"{_told(lost)} of newcomers place no second order within seven days, yet {_told(year)} do within a year: no "
        f"order in a week is no loss here. Visits, sign-ups and contacts are not in the orders."
    )
    for key in ("s3_new_user_loss_no_contact", "s3_new_user_loss_window"):
        numbers = _percentages(lost) if key == "s3_new_user_loss_no_contact" else {}
        uses.append({"key": key, "role": "tested", "verdict": "not testable", "evidence": "measured", **numbers,
                     "reading": reading})
    return uses


def value_readings(
    claims: Claims, newcomer: dict[str, Any], change: dict[str, Any], cny_per_unit: float
) -> list[dict[str, Any]]:
    """Arguments of Stage.claim for the documents' lifetime values; `newcomer` in money, `change` in percent."""
    moved = "cannot be told from these data" if change["value"] is None else f"is {change['value']:+.1f} %"
    uses: list[dict[str, Any]] = [
        _assumed_value(claims, newcomer, cny_per_unit),
        {"key": "s3_ltv_cac_target", "role": "limit", "reading": (
            "Orders hold no cost of acquisition. Turned round: the newcomer's value divided by the ratio is the most "
            "that winning one may cost."
        )},
        {"key": "s1_ltv_growth_target", "role": "target", "observed": change["value"], "low": change.get("low"),
         "high": change.get("high"), "evidence": "measured", "reading": (
            f"Growth told: {percent(claims['s1_ltv_growth_target'].value or 0)}. The change of what newcomers order in "
            f"their first months, year on year, {moved}."
        )},
    ]
    uses += [{"key": key, "role": "tested", "verdict": "not testable", "evidence": "measured", "reading": f"{why}."}
             for key, why in VALUE_CASES.items()]
    return uses


def _assumed_value(claims: Claims, newcomer: dict[str, Any], cny_per_unit: float) -> dict[str, Any]:
    """Arguments of Stage.claim for the lifetime value that S3 assumes, in CNY."""
    use = {"key": "s3_ltv_assumed", "role": "tested", "evidence": "simulated"}
    told = claims["s3_ltv_assumed"].value
    assert told is not None
    if newcomer["value"] is None:
        return {**use, "verdict": "not testable", "reading": "Newcomers are too few to model what one will bring."}
    value, low, high = (newcomer[name] * cny_per_unit for name in ("value", "low", "high"))
    side = "above" if value > told else "below"
    return {**use, "verdict": "holds" if low <= told <= high else "fails", "observed": value, "low": low, "high": high,
            "reading": (
                f"A newcomer's margin over the horizon is {value:,.0f} CNY here, {side} the told {told:,.0f} CNY. The "
                f"document names neither horizon nor margin; ours are parameters."
            )}


def error_reading(claims: Claims, total: dict[str, Any], customer_error: float) -> dict[str, Any]:
    """Arguments of Stage.claim for the error of predicted value; errors in percent.

    `total`: value, low, high of the held-out total's error; `customer_error`: mean absolute error a customer as a
    share of the mean value, in percent.
    """
    told = claims["s1_user_value_error"].value
    assert told is not None
    size = abs(total["value"])
    verdict = "fails" if size > told else "holds in part" if customer_error > told else "holds"
    return {"key": "s1_user_value_error", "role": "tested", "verdict": verdict, "observed": size,
            "evidence": "measured", "reading": (
                f"The document does not say of what the {told:.0f} % are. Held-out value of all customers together is "
                f"missed by {size:.1f} %, that of a single customer by {customer_error:.0f} % of the mean on average."
            )}


def _percentages(found: dict[str, Any]) -> dict[str, Any]:
    if found["value"] is None:
        return {}
    return {"observed": 100 * found["value"], "low": 100 * found["low"], "high": 100 * found["high"]}


def _turned(found: dict[str, Any]) -> dict[str, Any]:
    """The share of the others."""
    if found["value"] is None:
        return found
    return {"value": 1 - found["value"], "low": 1 - found["high"], "high": 1 - found["low"]}


def _told(found: dict[str, Any]) -> str:
    return "an unknown share" if found["value"] is None else percent(100 * found["value"])
