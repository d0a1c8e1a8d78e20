"""Stock of typical products under weekly order-up-to levels, with suppliers that stand still now and then.

Every run of a `ChainWorld` meets the same demand, lead times and outages (common random numbers), so that the
difference of two runs is what their policies do.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class ChainWorld:
    """What happens to the chain. Money is sales value; products [p] belong to suppliers."""

    demand: Array  # [draws, products, weeks]
    expected: Array  # [products, weeks]: what the planner expects
    lead: Ints  # [draws, products, weeks]: weeks until an order of that week is there
    second_lead: Ints
    left: Array  # [draws, products, weeks]: weeks until the supplier works again
    second_left: Array
    lead_mean: Array  # [draws] mean lead time that the planner reckons with, weeks
    lead_sd: Array  # [draws]
    cv: float  # weekly demand: standard deviation over mean
    lost_share: Array  # [draws]: part of what is not served that is lost at once; the rest waits
    cancel_rise: float  # by which that part rises while the supplier stands still
    arrears: Array  # [draws] weeks of arrears for each week that a supplier stood still
    shrink: Array  # [draws] unseen losses, share of what is sold
    count_error: Array  # [draws, products, weeks] error of a count, in weeks of demand
    first: int  # first counted week


@dataclass(frozen=True)
class Policy:
    """How goods are bought. All off: one source, order levels alone."""

    factor: float  # safety factor of the order level, standard deviations
    second_share: float = 0.0  # of normal orders placed with a second supplier; above 0 it also takes over in outages
    second_capacity: float = 0.0  # what it delivers a week in an outage, over the normal order
    safety_weeks: float = 0.0  # further stock, weeks of expected demand
    flexible: bool = False  # arrears after an outage are produced at once
    outages: bool = True
    count_weeks: int = 0  # weeks between two counts of the stock; 0: records are right


@dataclass(frozen=True)
class ChainRun:
    """Sums over the counted weeks [draws, products], money at sales value."""

    demand: Array
    served: Array  # from stock at once
    lost: Array
    stock: Array  # mean
    second: Array  # bought from the second supplier
    lost_weekly: Array  # [draws, weeks counted]
    served_weekly: Array  # [draws, weeks counted], at once
    demand_weekly: Array

    @property
    def fill(self) -> float:
        """Fill rate: part of demand served from stock at once."""
        return float(self.served.sum() / self.demand.sum())

    @property
    def turns(self) -> float:
        """Goods out over mean stock, both at sales value, a year."""
        return float((self.demand.sum() - self.lost.sum()) / max(self.stock.sum(), 1e-9))


def order_levels(world: ChainWorld, policy: Policy) -> Array:
    """Order-up-to levels [draws, products, weeks]: expected demand until the next order's delivery, and safety.

    The safety is `factor` standard deviations of demand over lead time plus one week of review, with lead times that
    vary (Silver, Pyke and Thomas 2017, chapter 7); expected demand follows the season.
    """
    reach, of_draw = np.unique(world.lead_mean + 1, return_inverse=True)
    cover = np.stack([_ahead(world.expected, float(weeks)) for weeks in reach])[of_draw]
    spread = np.sqrt((world.lead_mean + 1) * world.cv**2 + world.lead_sd**2)
    extra = (policy.factor * spread + policy.safety_weeks) / (world.lead_mean + 1)
    return np.asarray(cover * (1 + extra[:, None, None]))


def week_first(values: Any) -> Any:
    """The same array [draws, products, weeks] with each week's values side by side in memory: read week by week."""
    return np.moveaxis(np.ascontiguousarray(np.moveaxis(values, 2, 0)), 0, 2)


def _ahead(expected: Array, reach: float) -> Array:
    """Expected demand of the `reach` weeks after each week (last week's level beyond the end) [products, weeks]."""
    whole = int(reach)
    padded = np.concatenate([expected, np.repeat(expected[:, -1:], whole + 2, axis=1)], axis=1)
    sums = np.concatenate([np.zeros_like(padded[:, :1]), padded.cumsum(axis=1)], axis=1)
    start = np.arange(1, expected.shape[1] + 1)
    return np.asarray(sums[:, start + whole] - sums[:, start] + (reach - whole) * padded[:, start + whole])


def run(world: ChainWorld, policy: Policy) -> ChainRun:
    """Run a policy. Each week: deliveries, waiting and new demand, then an order up to the level."""
    draws, products, weeks = world.demand.shape
    level = week_first(order_levels(world, policy))
    room = int(max(world.lead.max(), world.second_lead.max()) + np.ceil(2 * world.left.max()) + 3)
    coming = np.zeros((room, draws, products))
    stock = level[:, :, 0] - world.lead_mean[:, None] * world.expected[:, 0]
    for step in range(room):  # a pipeline as of a steady state
        coming[step] = world.expected[:, 0] * np.clip(world.lead_mean - step, 0, 1)[:, None]
    record, waiting = stock.copy(), np.zeros((draws, products))
    way = coming.sum(axis=0)
    total = {name: np.zeros((draws, products)) for name in ("demand", "served", "lost", "stock", "second")}
    counted = weeks - world.first
    by_week = {name: np.zeros((draws, counted)) for name in ("lost", "served", "demand")}
    flat, cells = coming.reshape(-1), np.arange(draws * products).reshape(draws, products)
    for week in range(weeks):
        at = week % room
        came = coming[at].copy()
        coming[at] = 0.0
        way -= came
        stock = stock + came
        record = record + came
        old = np.minimum(stock, waiting)
        stock, waiting, record = stock - old, waiting - old, record - old
        asked = world.demand[:, :, week]
        served = np.minimum(stock, asked)
        short = asked - served
        down = world.left[:, :, week] > 0 if policy.outages else np.zeros((draws, products), bool)
        part = np.minimum(world.lost_share[:, None] * np.where(down, 1 + world.cancel_rise, 1.0), 1.0)
        lost = part * short
        waiting = waiting + short - lost
        stock, record = stock - served, record - served
        if policy.count_weeks:
            stock = np.maximum(stock - world.shrink[:, None] * asked, 0.0)
            if week % policy.count_weeks == 0:
                error = world.count_error[:, :, week] * world.expected[:, week]
                record = np.maximum(stock + error, 0.0)
        else:
            record = stock
        order = np.maximum(level[:, :, week] - (record + way - waiting), 0.0)
        bought = _place(world, policy, week, order, flat, cells, down)
        way = way + order
        if week >= world.first:
            now = week - world.first
            for name, value in (("demand", asked), ("served", served), ("lost", lost)):
                total[name] += value
                by_week[name][:, now] = value.sum(axis=1)
            total["stock"] += stock + served / 2
            total["second"] += bought
    total["stock"] /= max(counted, 1)
    return ChainRun(
        total["demand"], total["served"], total["lost"], total["stock"], total["second"], by_week["lost"],
        by_week["served"], by_week["demand"],
    )


def _place(
    world: ChainWorld, policy: Policy, week: int, order: Array, coming: Array, cells: Ints, down: NDArray[np.bool_],
) -> Array:
    """Put an order on its way (`coming`: weeks by `cells`, flat); hands back what the second supplier gets of it."""
    room = len(coming) // cells.size
    left = world.left[:, :, week] if policy.outages else np.zeros_like(order)
    waits = left * (1.0 if policy.flexible else 1.0 + world.arrears[:, None])
    second = np.zeros_like(order)
    if policy.second_share > 0:
        free = world.second_left[:, :, week] <= 0 if policy.outages else np.ones_like(down)
        most = policy.second_capacity * world.expected[:, week]
        second = np.where(free, np.where(down, np.minimum(order, most), policy.second_share * order), 0.0)
        there = (week + 1 + world.second_lead[:, :, week]) % room
        coming[there * cells.size + cells] += second
    due = world.lead[:, :, week] + np.ceil(waits).astype(np.int64)
    coming[(week + 1 + due) % room * cells.size + cells] += order - second
    return second
