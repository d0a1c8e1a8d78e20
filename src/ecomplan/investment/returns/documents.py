"""The documents' own arithmetic of growth and of a user's worth, each figure held against the others."""

from __future__ import annotations

from dataclasses import dataclass
from math import log

import pandas as pd

from ecomplan.claims import Claims

#: a figure agrees with another where they differ by less than this share
AGREE = 0.05


@dataclass(frozen=True)
class Held:
    """A figure of the documents and what their other figures make of it; `key` is the claim that it is about."""

    key: str
    what: str
    stated: float
    computed: float
    unit: str  # cny, ratio or share
    proof: str
    at_least: bool = False  # what is stated is a floor
    at_most: bool = False  # what is stated is enough if no less

    @property
    def verdict(self) -> str:
        if (self.at_least and self.computed >= self.stated) or (self.at_most and self.computed <= self.stated):
            return "holds"
        return "holds" if abs(self.computed - self.stated) <= AGREE * abs(self.stated) else "fails"


def unit_economics(claims: Claims) -> list[Held]:
    """The worth of a user as S3 has it (3.3): acquisition 40, lifetime value 600, gain 360, order value 200."""
    cac, ltv, gain, order, per_100, ratio, roi = (_value(claims, key) for key in (
        "s3_cac_forecast_3y", "s3_ltv_assumed", "s3_net_gain_assumed", "s3_aov_assumed", "s3_new_users_per_100",
        "s3_ltv_cac_target", "s3_plan_roi",
    ))
    margin = (gain + cac) / ltv  # the one margin at which the gain follows
    return [
        Held("s3_new_users_per_100", "Users won for a hundred CNY", per_100, 100 / cac, "ratio", f"100 / {cac:g}"),
        Held("s3_net_gain_assumed", "Gain on a user, before any margin", gain, ltv - cac, "cny", f"{ltv:g} - {cac:g}"),
        Held(
            "s3_cac_forecast_3y", "Acquisition that the gain would leave", cac, ltv - gain, "cny",
            f"{ltv:g} - {gain:g}",
        ),
        Held(
            "s3_ltv_cac_target", "Lifetime value over acquisition cost, at least", ratio, ltv / cac, "ratio",
            f"{ltv:g} / {cac:g}", at_least=True,
        ),
        Held(
            "s3_aov_assumed", "Order value at which a user pays back with the first order", order, cac / margin, "cny",
            f"{cac:g} / {margin:.3g}", at_most=True,
        ),
        Held("s3_plan_roi", "Return on acquiring a user", roi, gain / cac, "ratio", f"{gain:g} / {cac:g}"),
    ]


def held_table(found: list[Held]) -> pd.DataFrame:
    """The figures side by side: what, stated, computed, unit, verdict, proof, claim."""
    return pd.DataFrame([{
        "figure": one.what, "stated": one.stated, "computed": one.computed, "unit": one.unit, "verdict": one.verdict,
        "proof": one.proof, "claim": one.key,
    } for one in found])


def margins_implied(claims: Claims, our_margin: float) -> pd.DataFrame:
    """Contribution margin of the lifetime sales at which each of S3's figures would come true, and its gain there.

    The documents never tell the margin (oddity o11). Columns: figure, margin, gain_cny at that margin, ours_cny at
    this platform's margin.
    """
    cac, ltv, gain, ratio, roi = (_value(claims, key) for key in (
        "s3_cac_forecast_3y", "s3_ltv_assumed", "s3_net_gain_assumed", "s3_ltv_cac_target", "s3_plan_roi",
    ))
    rows = [
        (f"Gain of {gain:g} CNY after acquisition", (gain + cac) / ltv),
        (f"Gain of {gain:g} CNY before acquisition", gain / ltv),
        (f"Lifetime value {ratio:g} times acquisition", ratio * cac / ltv),
        (f"Net return of {roi:g} on acquisition", (1 + roi) * cac / ltv),
    ]
    return pd.DataFrame([
        {"figure": what, "margin": margin, "gain_cny": margin * ltv - cac, "ours_cny": our_margin * ltv - cac}
        for what, margin in rows
    ])


def target_bridges(claims: Claims) -> pd.DataFrame:
    """S1's targets multiplied into growth of sales, beside its target for that growth (oddity o06).

    Rows are steps: step, factor, growth of sales reached so far, kind (step, product, target, gap). The gap is the
    change of traffic at which all targets hold in one year.
    """
    conversion, value = claims["s1_conversion_target"], claims["s1_aov_gain_target"].share
    target = 1 + claims["s1_gmv_growth_target"].share
    assert conversion.value is not None and conversion.baseline is not None
    more = conversion.value / conversion.baseline
    product = more * (1 + value)
    return pd.DataFrame([
        {"step": "Conversion", "factor": more, "growth": more - 1, "kind": "step"},
        {"step": "Order value", "factor": 1 + value, "growth": product - 1, "kind": "step"},
        {"step": "Both targets together", "factor": product, "growth": product - 1, "kind": "product"},
        {"step": "Target for sales in a year", "factor": target, "growth": target - 1, "kind": "target"},
        {"step": "Traffic at which both hold", "factor": target / product, "growth": target - 1, "kind": "gap"},
    ])


def years_of_target(claims: Claims) -> float:
    """How many years of S1's yearly growth target its other targets amount to."""
    bridge = target_bridges(claims).set_index("kind")["factor"]
    return log(float(bridge["product"])) / log(float(bridge["target"]))


def sales_behind(claims: Claims) -> pd.DataFrame:
    """Sales that S1's told increments (9.1) presume: conversion 8 to 15 % brings 500 m, order value +22 % brings 300 m.

    Columns: effect, change, increment_cny, sales_cny (increment over change).
    """
    conversion, value = claims["s1_conversion_case"], claims["s1_aov_case_lift"]
    assert conversion.value is not None and conversion.baseline
    rows = [
        ("Conversion", conversion.value / conversion.baseline - 1, _value(claims, "s1_conversion_case_increment")),
        ("Order value", value.share, _value(claims, "s1_aov_case_increment")),
    ]
    return pd.DataFrame([
        {"effect": name, "change": change, "increment_cny": told * 1e6, "sales_cny": told * 1e6 / change}
        for name, change, told in rows
    ])


def _value(claims: Claims, key: str) -> float:
    low, high = claims[key].range
    return (low + high) / 2
