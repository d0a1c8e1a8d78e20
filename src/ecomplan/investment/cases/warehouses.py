"""How many warehouses a shop's volume carries: carriage falls with distance, rent and stock rise with their number.

The mean distance to the next of n evenly spread stocks falls as 1 / sqrt(n) (continuous approximation, Daganzo
2005, "Logistics Systems Analysis"); safety stock over n places grows as sqrt(n) (Maister 1976).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ecomplan.estimate import Estimate
from ecomplan.investment.cases.alone import HIGH, LOW, Array, World
from ecomplan.investment.engine.levers import Lever
from ecomplan.investment.engine.margins import Lognormal, Pert, Uniform
from ecomplan.investment.engine.plan import Settings


@dataclass(frozen=True)
class Costs:
    """Draws (n,) of yearly money: `carriage` that depends on distance with one warehouse, `other` fulfilment that
    does not, `place` for one more warehouse, `stock` held for safety with one."""

    carriage: Array
    other: Array
    place: Array
    stock: Array

    def year(self, count: Array | float, volume: float = 1.0) -> Array:
        """Cost a year of `count` warehouses (c,) at a multiple of the volume, shape (n, c)."""
        held = np.sqrt(np.atleast_1d(np.asarray(count, dtype=np.float64)))
        follows = self.other[:, None] + self.carriage[:, None] / held + self.stock[:, None] * held
        return np.asarray(volume * follows + self.place[:, None] * (held**2 - 1))

    def best(self, most: int, volume: float = 1.0) -> Array:
        """Cheapest number of warehouses up to `most`, shape (n,)."""
        return np.asarray(1.0 + np.argmin(self.year(np.arange(1.0, most + 1), volume), axis=1))

    def volume_for(self, count: int, with_stock: bool = True) -> Array:
        """Multiple of the volume from which warehouse `count` pays, given those before; infinite where none.

        Without stock only rent is set against carriage: the least volume that could do.
        """
        near, far = np.sqrt(count), np.sqrt(count - 1)
        gain = self.carriage * (1 / far - 1 / near) - (self.stock * (near - far) if with_stock else 0.0)
        return np.asarray(np.divide(self.place, gain, out=np.full(gain.shape, np.inf), where=gain > 0))


def place_cost(lever: Lever, settings: Settings) -> float:
    """Cost a year of one place of stock as the catalogue has it, once-only cost spread over the horizon."""
    years = settings.horizon_months / 12
    cny = lever.once_cny / years + 12 * lever.monthly_cny + lever.people_fte * settings.person_cost_cny
    return cny / settings.cny_per_currency_unit


def draw(p: Any, world: World, own_spread: float) -> Costs:
    """Costs over the world's draws.

    ASSUME: one warehouse today; fulfilment and goods as the catalogue has them; what of it depends on distance and
    how stock turns are ranges. A later check is the carrier's price list by zone.
    """
    rng = np.random.default_rng([p.seed, 2])
    levers = world.levers

    def share(name: str) -> Array:
        base = next(float(lever.cost_base) for lever in levers.items if lever.moves == name and lever.cost_base)
        return Pert(base * (1 - own_spread), base, base * (1 + own_spread)).quantile(rng.random(p.draws))

    sales = np.quantile(world.base.sales.sum(axis=(1, 2)), rng.random(p.draws))
    fulfilment = share("fulfilment") * sales
    distance = Pert(p.distance_share_low, p.distance_share_likely, p.distance_share_high).quantile(rng.random(p.draws))
    turns = Lognormal(p.stock_turns_low, p.stock_turns_high).quantile(rng.random(p.draws))
    safety = Uniform(p.safety_share_low, p.safety_share_high).quantile(rng.random(p.draws))
    stock = share("goods") * sales / turns * safety * p.holding_share_per_year
    overrun = Pert(*world.settings.cost_overrun).quantile(rng.random(p.draws))
    place = place_cost(levers.items[levers.index("front_warehouses")], world.settings) * overrun
    return Costs(fulfilment * distance, fulfilment * (1 - distance), place, stock)


def curve(costs: Costs, orders: float, most: int, volumes: list[float]) -> pd.DataFrame:
    """Cost per order by number of warehouses: volume (multiple of the shop's), count, value, low, high."""
    count = np.arange(1.0, most + 1)
    rows = []
    for volume in volumes:
        each = costs.year(count, volume) / (orders * volume)
        low, middle, high = np.quantile(each, (LOW, 0.5, HIGH), axis=0)
        rows.append(pd.DataFrame({"volume": volume, "count": count.astype(np.int64), "value": middle, "low": low,
                                  "high": high}))
    return pd.concat(rows, ignore_index=True)


def saving(costs: Costs, count: int) -> Array:
    """Share by which `count` warehouses lower the cost of fulfilment, the warehouses paid, shape (n,)."""
    one, many = costs.year(1.0)[:, 0], costs.year(float(count))[:, 0]
    return np.asarray(1 - many / one)


def needed(costs: Costs, count: int, sales: float, with_stock: bool = True) -> Estimate:
    """Sales a year from which `count` warehouses pay (money): median with 80 % of the draws.

    Unknown where no volume does in more than half of the draws.
    """
    low, middle, high = np.quantile(costs.volume_for(count, with_stock), (LOW, 0.5, HIGH), method="nearest")
    if not np.isfinite(middle):
        return Estimate(None, unknown="In most draws safety stock in so many places costs more than carriage saves, "
                                      "whatever the volume; so no volume can be named.")
    return Estimate(float(middle) * sales, float(low) * sales, float(high) * sales if np.isfinite(high) else None)


def best_by_volume(costs: Costs, orders: float, most: int, volumes: list[float]) -> pd.DataFrame:
    """Cheapest number of warehouses at multiples of the volume: orders a year, median, low, high, single (chance of
    one alone)."""
    rows = []
    for volume in volumes:
        found = costs.best(most, volume)
        low, middle, high = np.quantile(found, (LOW, 0.5, HIGH), method="nearest")
        rows.append({"volume": volume, "orders": orders * volume, "best": middle, "low": low, "high": high,
                     "single": float((found == 1).mean())})
    return pd.DataFrame(rows)


def cheapest(table: pd.DataFrame) -> Estimate:
    """Cheapest number at the first volume of `best_by_volume`, with 80 %."""
    row = table.iloc[0]
    return Estimate(float(row["best"]), float(row["low"]), float(row["high"]))
