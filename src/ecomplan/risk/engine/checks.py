"""Checks that the entries of the register share."""

from __future__ import annotations

from collections.abc import Iterable

from ecomplan.claims import Claim, Claims
from ecomplan.errors import ParameterError


def ordered(low: float, likely: float, high: float, where: str) -> None:
    """Refuse low, likely, high out of order."""
    if not low <= likely <= high:
        raise ParameterError(
            f"{where}: low {low:g}, likely {likely:g}, high {high:g} are out of order; expected low <= likely <= high"
        )


def told_reduction(claim: Claim, where: str) -> float:
    """The reduction a control claims: a negative change, or a level below its baseline."""
    if claim.value is not None and claim.unit == "pct_change" and -100 <= claim.value < 0:
        return -claim.value / 100
    if claim.value is not None and claim.baseline is not None and 0 <= claim.value < claim.baseline:
        return 1 - claim.value / claim.baseline
    raise ParameterError(
        f"{where}: claim {claim.key} ({claim.value} {claim.unit}) is no reduction; expected a change from -100 to "
        f"below 0 %, or a value below its baseline"
    )


def usable_claim(claims: Claims, key: str, where: str) -> Claim:
    """The claim of that key. Raises ParameterError for an unknown one and one set aside."""
    if key in claims.set_aside:
        raise ParameterError(f"{where}: claim {key} is set aside: {claims.set_aside[key]}")
    try:
        return claims[key]
    except ParameterError as error:
        raise ParameterError(f"{where}: {error}") from None


def unique(keys: Iterable[str], what: str) -> None:
    """Refuse a key that stands there twice."""
    seen: set[str] = set()
    for key in keys:
        if key in seen:
            raise ParameterError(f"{what} {key} stands there twice")
        seen.add(key)
