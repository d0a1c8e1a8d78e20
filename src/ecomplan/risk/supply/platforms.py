"""Routes of traffic that belong to others: what a shock on one of them costs by the number of routes."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ecomplan.errors import ParameterError
from ecomplan.estimate import Estimate
from ecomplan.risk.supply.events import Risk, lengths, moments
from ecomplan.risk.supply.figures import Readings
from ecomplan.risk.supply.year import Year

Array = NDArray[np.float64]
HOURS_A_WEEK = 168.0


def route_shares(routes: int, largest: float) -> Array:
    """Parts of the platforms' traffic [routes]: the largest part, the others even; one route has all."""
    if routes < 1 or not 0 < largest <= 1:
        raise ParameterError("routes must be one or more and the largest part within 0..1")
    if routes == 1:
        return np.ones(1)
    first = max(largest, 1 / routes)
    return np.concatenate([[first], np.full(routes - 1, (1 - first) / (routes - 1))])


def shock_sales(rng: np.random.Generator, year: Year, readings: Readings, events: int, variation: float) -> Array:
    """Sales of the whole shop over the weeks of each shock [readings, events]."""
    hours = lengths(rng, readings["shock_weeks"], events, variation) * HOURS_A_WEEK
    return np.asarray(moments(rng, year, readings, events).hourly * np.minimum(hours, 8760.0))


def shock_losses(
    rng: np.random.Generator, at_risk: Array, readings: Readings, shares: Array, drop: float, platform_share: float,
) -> Array:
    """Margin lost in each shock [readings, events]: on one route drawn evenly, or on all at once.

    What one route loses is partly taken over by the others; nothing is where all are hit.
    """
    routes = len(shares)
    # a platform's own shocks come `routes` times as often as the common ones of one platform
    common = readings["shock_common"][:, None]
    together = rng.random(at_risk.shape) < common / (common + routes * (1 - common))
    which = (rng.random(at_risk.shape) * routes).astype(np.int64)
    over = readings["taken_over"][:, None] if routes > 1 else 0.0
    part = np.where(together, 1.0, shares[which] * (1 - over))
    return np.asarray(at_risk * platform_share * drop * part * readings["margin"][:, None])


def shock_rate(readings: Readings, routes: int) -> Array:
    """Shocks a year on any of the routes [readings]."""
    common = readings["shock_common"]
    return np.asarray(readings["shocks"] * (routes * (1 - common) + common))


def routes_table(
    seed: int, year: Year, readings: Readings, most: int, largest: float, drop: float, platform_share: float,
    limit: float, planned: int, events: int, variation: float,
) -> tuple[pd.DataFrame, Risk]:
    """Loss of one shock, of the worst single route, and expected loss a year by number of routes; the register's risk.

    The same shocks for every number of routes; `planned` routes are what the documents ask for. `limit`: share of a
    year's margin that one shock may cost.
    """
    at_risk = shock_sales(np.random.default_rng(seed), year, readings, events, variation)
    margin = year.total * float(readings["margin"].mean())
    rows, yearly = [], []
    first: Array = np.zeros_like(at_risk)
    for routes in range(1, most + 1):
        shares = route_shares(routes, largest)
        even = np.full(routes, 1 / routes)
        loss = shock_losses(np.random.default_rng(seed + 1), at_risk, readings, shares, drop, platform_share)
        flat = shock_losses(np.random.default_rng(seed + 1), at_risk, readings, even, drop, platform_share)
        rate = shock_rate(readings, routes)
        yearly.append(rate * loss.mean(axis=1))
        if routes == 1:
            first = loss
        over = readings["taken_over"][:, None] if routes > 1 else 0.0
        worst = at_risk * platform_share * drop * (1 - over) * readings["margin"][:, None] * shares.max()
        worst_even = worst / shares.max() / routes
        rows.append({
            "routes": routes, "largest_share": float(shares.max()), "shocks": float(rate.mean()),
            "shock_mean": float(worst.mean()), "shock_low": float(np.quantile(worst, 0.1)),
            "shock_high": float(np.quantile(worst, 0.9)), "shock_even": float(worst_even.mean()),
            "even_low": float(np.quantile(worst_even, 0.1)), "even_high": float(np.quantile(worst_even, 0.9)),
            "yearly": float(yearly[-1].mean()), "yearly_even": float((rate * flat.mean(axis=1)).mean()),
            "share_of_margin": float(np.quantile(worst, 0.9) / margin),
            "interruption": float((worst / readings["margin"][:, None]).mean() / year.total),
            "within": bool(np.quantile(worst, 0.9) <= limit * margin),
            "within_even": bool(np.quantile(worst_even, 0.9) <= limit * margin),
        })
    left = yearly_left(readings, route_shares(planned, largest))
    risk = Risk("algorithm_shift", shock_rate(readings, 1), first, "simulated rule changes of one platform",
                {"traffic_routes": ("severity", left)})
    return pd.DataFrame(rows), risk


def yearly_left(readings: Readings, shares: Array) -> Array:
    """Expected yearly loss over that with one route [readings], exactly: only what others take over is saved."""
    common, over = readings["shock_common"], readings["taken_over"] if len(shares) > 1 else 0.0
    return np.asarray(common + (1 - common) * (1 - over) * float(shares.sum()))


def interruption(
    seed: int, year: Year, readings: Readings, shares: Array, drop: float, platform_share: float, events: int,
    variation: float,
) -> Array:
    """Share of a year's sales that a shock on the largest route takes [readings], on the shocks of `routes_table`."""
    at_risk = shock_sales(np.random.default_rng(seed), year, readings, events, variation).mean(axis=1) / year.total
    over = readings["taken_over"] if len(shares) > 1 else 0.0
    return np.asarray(at_risk * platform_share * drop * (1 - over) * shares.max())


def needed(table: pd.DataFrame) -> Estimate:
    """Least number of even routes within the accepted loss."""
    inside = table.loc[table["within_even"], "routes"]
    if inside.empty:
        return Estimate(None, unknown="No number of routes looked at keeps a shock within the accepted loss")
    return Estimate(float(inside.min()))
