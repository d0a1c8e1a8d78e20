"""How many messages a customer bears: gain of one more against trust lost. A stand-in: no contacts are recorded.

Gain saturates in the number of contacts; harm grows with its square and reaches what the documents tell at a level
that they do not name, so that this level is an assumption. The cap is where marginal gain meets marginal loss.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ecomplan.estimate import Estimate
from ecomplan.risk.conduct.matching import Floats
from ecomplan.risk.engine.draws import pert

KEPT_WEIGHT = 4.0  # pseudo-observations behind effect_share, as in the catalogue of levers


@dataclass(frozen=True)
class Assumed:
    """What no data here tell; triples are least, likely, most. Contacts are a month, money the platform's."""

    ceiling: tuple[float, float, float]  # share of a customer's sales that contacts cause at most
    half: tuple[float, float, float]  # contacts at which half of it is reached
    told_level: tuple[float, float, float]  # contacts at which the told harm shows
    brand_to_sales: tuple[float, float, float]  # share of sales lost for each share of brand value lost
    contact_cost: float
    complaint_cost: float
    complaints_per_order: float
    margin: tuple[float, float, float]


@dataclass(frozen=True)
class Curve:
    """Net gain by contacts a month and customer, one row a draw; `claimed` takes harm as told."""

    contacts: Floats
    believed: Floats
    claimed: Floats

    def cap(self, as_claimed: bool = False) -> Estimate:
        """Contacts a month with the greatest net gain: median and 80 % range over draws."""
        best = self.contacts[(self.claimed if as_claimed else self.believed).argmax(axis=1)]
        low, middle, high = np.quantile(best, [0.1, 0.5, 0.9])
        return Estimate(float(middle), float(low), float(high))

    def at(self, contacts: float) -> Estimate:
        """Net gain at a number of contacts."""
        column = self.believed[:, int(np.abs(self.contacts - contacts).argmin())]
        low, high = np.quantile(column, [0.1, 0.9])
        mean = float(column.mean())
        return Estimate(mean, min(float(low), mean), max(float(high), mean))


def trust_curve(
    sales_month: float, orders_month: float, complaint_rise: float, brand_change: float, effect_share: float,
    assumed: Assumed, most_contacts: float, draws: int, seed: int,
) -> Curve:
    """Net gain a customer and month; `sales_month`, `orders_month`: of one active customer.

    complaint_rise, brand_change: shares as told (0.35, -0.20).
    """
    rng = np.random.default_rng(seed)
    contacts = np.arange(0.0, most_contacts + 0.125, 0.25)
    margin = sales_month * pert(rng, *assumed.margin, draws)[:, None]
    ceiling, half, level, passed = (
        pert(rng, *triple, draws)[:, None]
        for triple in (assumed.ceiling, assumed.half, assumed.told_level, assumed.brand_to_sales)
    )
    kept = rng.beta(KEPT_WEIGHT * effect_share, KEPT_WEIGHT * (1 - effect_share), draws)[:, None] \
        if 0 < effect_share < 1 else np.full((draws, 1), effect_share)
    gain = margin * ceiling * (1 - 0.5 ** (contacts / half)) - assumed.contact_cost * contacts
    excess = (contacts / level) ** 2
    complaints = orders_month * assumed.complaints_per_order * complaint_rise * assumed.complaint_cost
    harm = np.minimum(-brand_change * excess, 1.0) * passed * margin + complaints * excess
    kept_harm = np.minimum(-brand_change * kept * excess, 1.0) * passed * margin + complaints * kept * excess
    return Curve(contacts, gain - kept_harm, gain - harm)


def curve_table(curve: Curve) -> pd.DataFrame:
    """Mean net gain by contacts a month with its 80 % range, and with harm as told."""
    low, high = np.quantile(curve.believed, [0.1, 0.9], axis=0)
    return pd.DataFrame({
        "contacts": curve.contacts, "net_gain": curve.believed.mean(axis=0), "low": low, "high": high,
        "as_claimed": curve.claimed.mean(axis=0),
    })


def worth_of_cap(curve: Curve, told_contacts: float, customers: int) -> Estimate:
    """Yearly gain over all customers of keeping to the cap instead of `told_contacts` a month, mean and 80 % range."""
    cap = curve.cap().value or 0.0
    here, there = (int(np.abs(curve.contacts - contacts).argmin()) for contacts in (cap, told_contacts))
    gain = 12 * customers * (curve.believed[:, here] - curve.believed[:, there])
    low, high = np.quantile(gain, [0.1, 0.9])
    mean = float(gain.mean())
    return Estimate(mean, min(float(low), mean), max(float(high), mean))
