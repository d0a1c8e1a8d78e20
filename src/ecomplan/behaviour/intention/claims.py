"""The documents' conversion rates and return rate, as this stage reads them."""

from __future__ import annotations

from ecomplan.claims import Claims

CONVERSION, RETURNS = "s1_conversion_target", "s0_traditional_return_rate"


def conversions(claims: Claims) -> tuple[float, float]:
    """(start, target) conversion as shares; raises ValueError where the registry holds no such pair."""
    claim = claims[CONVERSION]
    if claim.baseline is None:
        raise ValueError(f"claim {CONVERSION} has no baseline")
    return claim.baseline / 100, claim.share


def readings(claims: Claims) -> list[tuple[str, str]]:
    """(claim, how it is used) of the limits."""
    return [
        (CONVERSION, "Start and target conversion are taken as told, before returns; the platform records no visits, "
                     "so its own conversion is unknown here."),
        (RETURNS, f"{claims[RETURNS].what}: {claims[RETURNS].value:g} %. Taken as a second case of what returns take "
                  "off; it does not say whether orders, pieces or value are meant."),
    ]
