"""Intervals of shares."""

from __future__ import annotations

import math

from ecomplan.estimate import Estimate
from ecomplan.risk.engine.draws import Z90


def share(hits: float, of: float, unknown: str) -> Estimate:
    """hits / of with its 80 % interval (Wilson 1927), or `unknown` where there is nothing to divide by."""
    if of <= 0:
        return Estimate(None, unknown=unknown)
    seen = hits / of
    spread = Z90**2 / of
    middle = (seen + spread / 2) / (1 + spread)
    half = Z90 * math.sqrt(seen * (1 - seen) / of + spread / (4 * of)) / (1 + spread)
    return Estimate(seen, max(0.0, min(middle - half, seen)), min(1.0, max(middle + half, seen)))
