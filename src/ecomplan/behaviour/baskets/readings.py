"""Claims of the planning documents on order value, price, promotion and returns, held against the platform."""

from __future__ import annotations

from ecomplan.behaviour.baskets.cuts import Study
from ecomplan.behaviour.baskets.elasticity import price_for
from ecomplan.claims import Claims
from ecomplan.estimate import Estimate, Reading


def order_values(claims: Claims, mean: Estimate, change: Estimate, cny: float) -> list[Reading]:
    """Claims on order value; `mean` in the platform's money, `change` a share from year to year."""
    found = mean.scaled(cny)
    rows = [
        Reading("s2_aov_target", "target", "Mean order value here, in CNY. Most orders here are a small business "
                "buying in bulk, so a target for a consumer shop says little.", observed=found),
        Reading("s1_aov_gain_target", "target", "Change of the mean order value from one year to the next, without any "
                "measure of the plan.", observed=change.scaled(100)),
        _not_testable("s1_aov_case_lift", "Orders do not show whether a recommendation was seen."),
    ]
    claimed = claims["s3_aov_assumed"].range[0]
    if found.value is None:
        return [*rows, _not_testable("s3_aov_assumed", f"No mean order value: {found.unknown}.")]
    assert found.low is not None and found.high is not None
    return [*rows, Reading(
        "s3_aov_assumed", "tested", "Mean order value here, in CNY, beside the one that S3 counts with.",
        "holds" if found.low <= claimed <= found.high else "fails", found,
    )]


def price_moves(claims: Claims, moves: dict[str, Estimate]) -> list[Reading]:
    """The limit on price volatility; `moves` from `prices.volatility`, shares."""
    mean, steady = moves["mean"], moves["steady"]
    if mean.value is None or steady.value is None or mean.high is None:
        return [_not_testable("s1_price_volatility_max", f"Price moves cannot be seen: {mean.unknown}.")]
    limit = claims["s1_price_volatility_max"].share
    verdict = "fails" if mean.value > limit else "holds" if steady.value >= 1 else "holds in part"
    return [Reading(
        "s1_price_volatility_max", "tested", "Mean size of a monthly move of a list price, in percent, no move counted "
        f"as zero; {_percent(steady.value)} of products never moved by more than the limit. No algorithm sets prices "
        "here.", verdict, mean.scaled(100),
    )]


def price_response(claims: Claims, elasticity: Estimate) -> list[Reading]:
    """Claims on dynamic and tiered pricing: no visits and no such pricing are recorded."""
    rows = []
    for key in ("s2_dynamic_pricing_conversion_lift", "s3_dynamic_price_conversion_lift"):
        needed = price_for(claims[key].share, elasticity)
        beside = (
            f" At the elasticity measured, that lift in buyers would ask for prices {_percent(-needed.value)} lower."
            if needed.value is not None and needed.value < 0 else ""
        )
        rows.append(_not_testable(key, f"Orders show no visits, so no conversion; prices here do not adapt.{beside}"))
    return [
        *rows,
        _not_testable("s3_dynamic_price_gmv_lift", "Prices here do not adapt, so there is nothing to compare."),
        _not_testable("s1_value_anchor_sales_lift", "Quantity breaks stand from the first day on, so sales without "
                      "tiers cannot be seen."),
    ]


def promotion(study: Study, short: int) -> list[Reading]:
    """Claims on promotion; `short` is the number of cuts after which the price came back."""
    extra = study.extra_share
    seen = (
        f" Cuts that can be seen add {_percent(extra.value, 2)} to the buyers of the products followed by the week."
        if extra.value is not None else ""
    )
    return [
        _not_testable("s0_driver_weight_promotion", "Campaigns, coupons and their times are not in the orders." + seen),
        _not_testable("s2_promo_retention_change", f"Prices came back after {short} cuts only, and orders do not say "
                      "who came for a promotion."),
    ]


def returns(claims: Claims, value: Estimate) -> list[Reading]:
    """Claims on return rates; `value` is the share of sales returned, by value."""
    if value.value is None or value.low is None or value.high is None:
        return [_not_testable(key, f"No return share: {value.unknown}.")
                for key in ("s0_fresh_return_rate", "s0_traditional_return_rate")]
    reached, usual = claims["s0_fresh_return_rate"].share, claims["s0_traditional_return_rate"].share
    found = value.scaled(100)
    return [
        Reading("s0_fresh_return_rate", "tested", "Value returned as a share of sales; the claim is of a fresh-food "
                "platform with tiered control, this is a gift shop without.",
                "holds" if value.high <= reached else "fails" if value.low > reached else "holds in part", found),
        Reading("s0_traditional_return_rate", "tested", "Value returned as a share of sales; S0 calls that usual.",
                "holds" if value.low > usual else "fails" if value.high <= usual else "holds in part", found),
    ]


def _not_testable(key: str, reason: str) -> Reading:
    return Reading(key, "tested", reason, "not testable")


def _percent(value: float, decimals: int = 0) -> str:
    return f"{value * 100:.{decimals}f} %"
