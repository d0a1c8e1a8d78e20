"""A periodic-review policy (R, s, S) run on demand: stock, deliveries and what could not be served."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ecomplan.forecast.demand.leads import Leads
from ecomplan.forecast.demand.panel import Floats, Ints


@dataclass(frozen=True)
class Plan:
    """Order when stock and orders on the way are at or below `point`, up to `top` (pieces).

    Both [settings, products, origins]; origins are consecutive weeks from `first` on.
    """

    point: Floats
    top: Floats
    first: int


@dataclass(frozen=True)
class Run:
    """What happened over the counted weeks, by setting and product [settings, products]. Pieces."""

    demand: Floats
    served: Floats
    stock: Floats  # mean stock: half-way between after delivery and the week's end
    short_weeks: Floats  # weeks in which some demand could not be served
    orders: Floats
    weeks: int


@dataclass(frozen=True)
class Trace:
    """Every week of every setting and product [settings, products, weeks]. Pieces."""

    received: Floats
    served: Floats
    end: Floats
    position: Floats
    opening: Floats  # stock before the first week [settings, products]


def order_cycle(rate: Floats, cost: Floats, order_cost: float, holding: float) -> Floats:
    """Economic order quantity (Harris 1913) in pieces: `rate` pieces a year, `cost` of a piece, `holding` a year."""
    return np.asarray(np.sqrt(2 * order_cost * np.maximum(rate, 0.0) / np.maximum(holding * cost, 1e-9)))


def plan(point: Floats, weekly: Floats, cycle: Floats, review: int, first: int) -> Plan:
    """Order-up-to levels from reorder points: an order brings about the economic quantity, whole pieces."""
    low = np.ceil(np.maximum(point, 0.0))
    return Plan(low, np.ceil(low + np.maximum(cycle - weekly * review, 0.0)), first)


def simulate(demand: Floats, orders: Plan, drawn: Ints, leads: Leads, counted: int) -> tuple[Run, Trace]:
    """Run a plan over `demand` [products, weeks] from week `orders.first` + 1 to the last; counted from `counted`.

    It opens with stock at `top` and nothing on the way. Each week: deliveries, demand served from stock (what is
    not served is lost), then, every `review` weeks, an order that is there `drawn` weeks later.
    """
    settings, products, origins = orders.point.shape
    last = demand.shape[1]
    stock = orders.top[:, :, 0].copy()
    opening = stock.copy()
    room = int(leads.weeks.max()) + 2
    coming = np.zeros((settings, products, room))
    way = np.zeros((settings, products))
    total = {name: np.zeros((settings, products)) for name in ("demand", "served", "stock", "short", "orders")}
    length = last - orders.first - 1
    trace = [np.zeros((settings, products, length)) for _ in range(4)]
    row = np.arange(products)
    for step in range(length):
        week = orders.first + 1 + step
        came = coming[:, :, week % room].copy()
        coming[:, :, week % room] = 0.0
        way -= came
        stock = stock + came
        begin = stock
        served = np.minimum(stock, demand[None, :, week])
        stock = stock - served
        if week >= counted:
            total["demand"] += demand[None, :, week]
            total["served"] += served
            total["stock"] += (begin + stock) / 2
            total["short"] += demand[None, :, week] > served
        at = week - orders.first
        if at < origins and at % leads.review == 0:
            position = stock + way
            low = position <= orders.point[:, :, at]
            amount = np.where(low, np.maximum(orders.top[:, :, at] - position, 0.0), 0.0)
            coming[:, row, (week + 1 + drawn[:, at]) % room] += amount
            way += amount
            if week >= counted:
                total["orders"] += amount > 0
        for part, value in zip(trace, (came, served, stock, stock + way), strict=True):
            part[:, :, step] = value
    weeks = max(last - max(counted, orders.first + 1), 1)
    run = Run(total["demand"], total["served"], total["stock"] / weeks, total["short"], total["orders"], weeks)
    return run, Trace(trace[0], trace[1], trace[2], trace[3], opening)
