"""How to split a year's marketing money among paid, social and natural traffic (IN-22).

The documents tell one point for each channel: what it brings at a spend. A saturating curve is laid through each
told point (assumed: the orders hold no channel), what is told is shrunken, and money goes where the next unit earns
most, until every channel that is not at its least or most earns the same: the water-filled optimum.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ecomplan.claims import Claims
from ecomplan.errors import ParameterError
from ecomplan.investment.allocation.waterfill import Filled, marginal, water_fill
from ecomplan.investment.engine.budget import Budget
from ecomplan.investment.engine.curves import Curve
from ecomplan.params import AllocationStage

Array = NDArray[np.float64]
MONTHS = 12


@dataclass(frozen=True)
class Channel:
    """A channel's told point: `sales` a year at `spend` a year, as told and as believed; `most`: the largest spend
    over the told one that the curve is trusted for."""

    name: str
    spend: float
    told_sales: float
    believed_sales: float
    reading: str


@dataclass(frozen=True)
class Market:
    """The year's shop on which channels act: `budget` for all channels, `sales`, `orders`, platform's money."""

    budget: float
    sales: float
    orders: float

    @property
    def order_value(self) -> float:
        return self.sales / self.orders


@dataclass(frozen=True)
class Split:
    """The split found: `table` by channel, the optimum `filled`, and what the told point of social would mean."""

    table: pd.DataFrame
    filled: Filled
    gain: float
    social_orders: float  # times all orders of the shop that the told price would buy


def yearly_market(budget: Budget, sales: Array, orders: Array, cny_per_currency_unit: float) -> Market:
    """The marketing line of the documents' budget a year, and the mean yearly sales and orders (paths, 12)."""
    a_year = budget.total_mid_cny * budget.shares["marketing"] * MONTHS / budget.months / cny_per_currency_unit
    return Market(a_year, float(sales.sum(axis=1).mean()), float(orders.sum(axis=1).mean()))


def told_channels(claims: Claims, market: Market, p: AllocationStage) -> tuple[Channel, ...]:
    """Paid, social and natural traffic through the points that the documents tell."""
    natural, social = claims["s3_natural_traffic_target"], claims["s3_community_traffic_target"]
    spend = {"social": social.share, "natural": natural.share}
    spend["paid"] = 1 - sum(spend.values())
    if spend["paid"] <= 0:
        raise ParameterError("the told traffic shares of natural and social traffic leave nothing for paid traffic")
    spend = {name: share * market.budget for name, share in spend.items()}
    ratio = claims["s2_paid_traffic_output_ratio"].range[0]
    # ASSUME: a click lift of aimed ads lifts their sales in proportion; checked by `slot_and_aim`'s test.
    better = slot_and_aim(claims, p)
    price = claims["s2_social_traffic_cost_max"].range[1] / p.cny_per_currency_unit
    bought = spend["social"] / price * market.order_value
    # ASSUME: more of the traffic is more of the sales in proportion, the most that a channel can add.
    ceiling = (social.share - (social.baseline or 0.0) / 100) * market.sales
    grown = (natural.share - (natural.baseline or 0.0) / 100) * market.sales
    kept = p.effect_share
    return (
        Channel("Paid traffic", spend["paid"], ratio * spend["paid"], kept * ratio * better * spend["paid"],
                "Told output of each unit of spend, better by time slots and by ads aimed at what was looked at"),
        Channel("Social traffic", spend["social"], bought, kept * min(bought, ceiling) * p.channel_works,
                "Told price of an order, but at most the told growth of its part of the traffic"),
        Channel("Natural traffic", spend["natural"], grown, kept * grown * p.channel_works,
                "Told growth of its part of the traffic, for the work on content and search"),
    )


def slot_and_aim(claims: Claims, p: AllocationStage) -> float:
    """Factor on what paid traffic brings: time slots on all of it, aimed ads on their part, both shrunken."""
    slots = claims["s2_time_slot_roi_lift"].share * p.effect_share * p.channel_works
    aimed = claims["s3_history_ad_click_lift"].share * p.effect_share * p.channel_works * p.channel_aimed_share
    return (1 + slots) * (1 + aimed)


def split(channels: tuple[Channel, ...], market: Market, p: AllocationStage, currency: str) -> Split:
    """The best split of the channels' budget. Raises ParameterError naming channels whose least spends exceed it."""
    curve = Curve("hill", p.channel_half_dose, 1.0)
    spend = np.array([channel.spend for channel in channels]) * p.channel_most
    least = np.full(len(channels), p.channel_least_share * market.budget)
    if least.sum() > market.budget * (1 + 1e-12):
        names = ", ".join(f"{channel.name} {part:,.0f}" for channel, part in zip(channels, least, strict=True))
        raise ParameterError(
            f"least spends of the channels come to {least.sum():,.0f} {currency} ({names}), above their budget of "
            f"{market.budget:,.0f}; lower channel_least_share"
        )
    # dose 1 of the curve used here is `channel_most` times the told spend; the curve passes through the told point
    steep = float(curve.response(1 / p.channel_most))
    value = np.array([channel.believed_sales for channel in channels]) * p.contribution_margin_likely / steep
    curves = [curve] * len(channels)
    filled = water_fill(value, spend, spend, curves, market.budget, np.minimum(least / spend, 1.0))
    sales = value / p.contribution_margin_likely * curve.response(filled.doses)
    money = filled.doses * spend
    slope = value * np.array([marginal(curve, dose) for dose in filled.doses]) / spend
    gain = p.contribution_margin_likely * sales - money
    told = np.array([channel.told_sales for channel in channels])
    table = pd.DataFrame({
        "channel": [channel.name for channel in channels], "told_spend": [channel.spend for channel in channels],
        "told_sales": told, "told_ratio": told / [channel.spend for channel in channels],
        "believed_sales": [channel.believed_sales for channel in channels], "spend": money, "sales": sales,
        "ratio": np.divide(sales, money, out=np.zeros_like(sales), where=money > 0), "gain": gain,
        "marginal_margin": slope, "at_least": filled.doses <= least / spend + 1e-9,
        "reading": [channel.reading for channel in channels],
    })
    social = next(channel for channel in channels if channel.name.startswith("Social"))
    return Split(table, filled, float(gain.sum()), social.told_sales / market.order_value / market.orders)


def incremental_share_needed(claims: Claims, margin: float) -> float:
    """Share of the sales told of paid traffic that has to be additional for the told ratio to pay for itself."""
    return 1 / (claims["s2_paid_traffic_output_ratio"].range[0] * margin)


def largest(found: Split) -> str:
    """Name of the channel with the largest spend."""
    return str(found.table["channel"].iloc[int(np.argmax(found.table["spend"]))])


def common_return(found: Split) -> float:
    """Margin that the next unit earns on the channels between their least and most: the same for all of them. The
    best of the others where there is none between."""
    table = found.table
    inner = table[~table["at_least"] & (found.filled.doses < 1 - 1e-9)]
    return float(inner["marginal_margin"].mean() if len(inner) else table["marginal_margin"].max())
