"""The documents' claims on drivers, held against what was measured."""

from __future__ import annotations

from typing import Any

from ecomplan.claims import Claims
from ecomplan.estimate import Estimate, Reading
from ecomplan.forecast.drivers import shares as shares_of
from ecomplan.forecast.drivers.promotion import Response
from ecomplan.forecast.drivers.regressors import DIFFUSION, MACRO, PROMOTION, SEASON
from ecomplan.forecast.drivers.shares import KEYS, Shares

REFRESH = "s0_feature_weight_refresh"


def refresh_step(claims: Claims) -> int:
    """Months between two estimates of the weights, as the documents ask. Raises ValueError for parts of a month."""
    value = claims[REFRESH].value
    if value is None or value < 1 or value != int(value):
        raise ValueError(f"claim {REFRESH} is no whole number of months: {value}")
    return int(value)


def readings(claims: Claims, inside: Shares, response: Response) -> list[Reading]:
    """All claims that this stage reads."""
    season = shares_of.found(inside, SEASON)
    told = claims[KEYS[SEASON]].share
    rows = [
        Reading(KEYS[SEASON], "tested", "Share of season in what the drivers explain of log sales by week, in sample.",
                "holds" if season["low"] <= told <= season["high"] else "fails", _percent(season)),
        Reading(KEYS[DIFFUSION], "tested", "No shares, invitations or links between customers are recorded. The lagged "
                "inflow of new and returning customers stands in, and part of its share is season seen twice.",
                "not testable", _percent(shares_of.found(inside, DIFFUSION))),
        Reading(KEYS[PROMOTION], "tested", "Campaigns and coupons are not in the orders. Cuts of list prices, the only "
                "promotion that orders show, have the share given.", "not testable",
                _percent(shares_of.found(inside, PROMOTION))),
    ]
    macro = shares_of.found(inside, MACRO)
    if macro["value"] is None:
        rows.append(Reading(KEYS[MACRO], "tested", "No macro table comes with the data; over two years a macro "
                            "indicator cannot be told from any other slow move.", "not testable"))
    else:
        low, high = macro["low"], macro["high"]
        rows.append(Reading(KEYS[MACRO], "tested", "Share of the indicators of the macro table given.",
                            "holds" if low <= claims[KEYS[MACRO]].share <= high else "fails", _percent(macro)))
    rows += [
        Reading(REFRESH, "limit", "The weights are estimated anew at this interval, on what was known then."),
        Reading("s2_promo_retention_change", "tested", "Orders do not say who came for a promotion"
                + (", so who stays cannot be followed; what is measured is the orders for a product in the weeks after "
                   "its price was cut." if not response.unknown else ", and too few cuts can be seen."),
                "not testable"),
        Reading("s0_repurchase_from_community", "tested", "Orders do not show a community or who brought whom.",
                "not testable"),
        Reading("s0_logistics_delay_2024", "tested", "Delivery times are not in the data.",
                "not testable"),
        Reading("s0_green_packaging_cost_rise", "tested", "Packaging costs are not in the data, and no sales without "
                "the rise to compare with.", "not testable"),
    ]
    return rows


def _percent(found: dict[str, Any]) -> Estimate:
    """A share with its limits in the claims' unit."""
    return Estimate(found["value"], found.get("low"), found.get("high")).scaled(100)
