"""BH-35: what a second of a buyer's time does to volume, by the claims and by what the time is worth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ecomplan.claims import Claims
from ecomplan.estimate import Estimate
from ecomplan.investment.responses import speed
from ecomplan.investment.responses.chances import spread

Array = NDArray[np.float64]
VOLUME = "s1_time_value_volume_lift"
SECONDS_PER_HOUR = 3600.0
SHORTEST_LOAD = 0.1  # seconds; no page loads in less


@dataclass(frozen=True)
class TimeValue:
    """Gains as shares, money as the platform's."""

    elasticities: pd.DataFrame  # name, key, elasticity of volume to time
    per_second: Estimate  # margin a year of a second less, the claim shrunken
    as_price: Estimate  # gain in volume if the time saved counts as a cut of the price
    implied_hour: float  # what an hour must be worth to a buyer for the claim to follow from the price response


def time_value(
    claims: Claims, *, sales_per_year: float, order_value: float, margin: Array, elasticity: Array,
    hour_value: float, load_seconds: Array, effect_share: float,
) -> TimeValue:
    """The claimed volume gain set on the seconds of the payment claim, the only transaction time that is told.

    `margin`, `elasticity`, `load_seconds`: draws, shape (draws,). Elasticity of volume to time:
    ln(1 + gain) / ln(after / before).
    """
    payment = claims[speed.PAYMENT_SECONDS]
    assert payment.baseline is not None
    before, after = payment.baseline, payment.range[0]
    seconds = before - after
    lift = claims[VOLUME].share
    slow = float(np.median(load_seconds))
    fast = max(slow - claims[speed.LOAD_SECONDS].range[0], SHORTEST_LOAD)
    rows = [
        ("transaction time", VOLUME, np.log1p(lift) / np.log(after / before)),
        ("payment time", speed.PAYMENT, np.log1p(claims[speed.PAYMENT].share) / np.log(after / before)),
        ("page load", speed.LOAD, np.log1p(claims[speed.LOAD].share) / np.log(fast / slow)),
    ]
    saved = seconds * hour_value / SECONDS_PER_HOUR / order_value  # as a share of the price paid
    answer = np.minimum(elasticity, 0.0)  # a dearer good is not bought more
    needed = 1 - (1 + lift) ** (1 / min(float(np.median(elasticity)), -1e-3))  # cut of the price that brings the lift
    return TimeValue(
        pd.DataFrame(rows, columns=["name", "key", "elasticity"]).astype({"elasticity": float}),
        spread(sales_per_year * margin * lift * effect_share / seconds),
        spread((1 - saved) ** answer - 1),
        float(needed * order_value / seconds * SECONDS_PER_HOUR),
    )
