"""Front warehouses in one made-up city: where they stand, how long couriers ride, what an order costs."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ecomplan.estimate import Estimate
from ecomplan.risk.supply.figures import Readings

Array = NDArray[np.float64]


def doors(rng: np.random.Generator, count: int, centres: int, spread: float) -> Array:
    """Customers' doors in a city of radius 1 [count, 2]: half even over the disc, half near `centres` quarters."""
    def disc(size: int) -> Array:
        angle, away = rng.random(size) * 2 * np.pi, np.sqrt(rng.random(size))
        return np.stack([away * np.cos(angle), away * np.sin(angle)], axis=1)

    even = disc(count - count // 2)
    quarters = disc(centres) * (1 - spread)
    near = quarters[rng.integers(centres, size=count // 2)] + spread / 2 * rng.standard_normal((count // 2, 2))
    return np.concatenate([even, near])


def place(rng: np.random.Generator, points: Array, sites: int, rounds: int) -> Array:
    """Distances from each point to its nearest site [points], sites moved to the middle of who they serve.

    Alternating location and allocation (Cooper 1964) from a spread-out start (each new site far from the last).
    """
    chosen = [int(rng.integers(len(points)))]
    nearest = np.linalg.norm(points - points[chosen[0]], axis=1)
    while len(chosen) < min(sites, len(points)):
        chosen.append(int(np.argmax(nearest)))
        nearest = np.minimum(nearest, np.linalg.norm(points - points[chosen[-1]], axis=1))
    at = points[chosen]
    best = nearest
    for _ in range(rounds):
        away = np.linalg.norm(points[:, None] - at[None], axis=2)
        owner = away.argmin(axis=1)
        nearest = away[np.arange(len(points)), owner]
        if nearest.sum() < best.sum():
            best = nearest
        size = np.maximum(np.bincount(owner, minlength=len(at)), 1)
        at = np.stack([np.bincount(owner, points[:, axis], len(at)) / size for axis in (0, 1)], axis=1)
    return np.asarray(np.minimum(best, nearest))


def front_table(
    rng: np.random.Generator, readings: Readings, orders: float, city_share: float, counts: tuple[int, ...],
    minutes: tuple[float, float], points: int, variation: float,
) -> pd.DataFrame:
    """Delivery time and cost of an order by number of front warehouses, and the orders a day that would carry them.

    `orders` a year in the whole shop, `city_share` of them in the city; `minutes` the two promises told.
    `cheaper_chance`: that couriers alone cost less than a parcel does.
    """
    city = doors(rng, points, 5, 0.3)
    in_city = orders * city_share
    noise = np.exp(np.sqrt(np.log(1 + variation**2)) * rng.standard_normal((readings.count, points)))
    minutes_km = (readings["detour"] / readings["courier_kmh"] * 60)[:, None]
    rows = []
    for sites in counts:
        ride = readings["city_radius_km"][:, None] * place(rng, city, sites, 15)[None] * minutes_km
        total = readings["picking_minutes"][:, None] + ride * noise
        courier = readings["courier_hour"] * 2 * ride.mean(axis=1) / 60
        fixed = readings["warehouse"] * sites
        cost = courier + fixed / in_city
        spare = readings["parcel"] - courier
        within = [(total <= limit).mean(axis=1) for limit in minutes]
        rows.append({
            "warehouses": sites, "minutes_median": float(np.median(total)),
            "minutes_q90": float(np.quantile(total, 0.9)),
            "within_first": float(within[0].mean()), "within_second": float(within[1].mean()),
            "second_low": float(np.quantile(within[1], 0.1)), "second_high": float(np.quantile(within[1], 0.9)),
            "courier_cost": float(courier.mean()), "order_cost": float(cost.mean()),
            "order_low": float(np.quantile(cost, 0.1)), "order_high": float(np.quantile(cost, 0.9)),
            "cheaper_chance": float((spare > 0).mean()),
            "spare": float(np.median(spare)), "fixed_a_day": float(np.median(fixed) / 365),
        })
    return pd.DataFrame(rows)


def carrying_orders(table: pd.DataFrame, least_within: float) -> Estimate:
    """Orders a day in the city at which an order from front warehouses costs no more than a parcel.

    Of the numbers of warehouses that keep the longer promise for `least_within` of the orders, the cheapest.
    """
    kept = table[(table["within_second"] >= least_within) & (table["spare"] > 0)]
    if kept.empty:
        return Estimate(None, unknown="Couriers alone cost more than a parcel, however many orders there are")
    return Estimate(float((kept["fixed_a_day"] / kept["spare"]).min()))


def cost_at(table: pd.DataFrame, warehouses: float) -> Estimate:
    """Cost of an order with at least so many warehouses."""
    rows = table[table["warehouses"] >= warehouses]
    if rows.empty:
        return Estimate(None, unknown="So many warehouses are not looked at")
    row = rows.iloc[0]
    return Estimate(float(row["order_cost"]), float(row["order_low"]), float(row["order_high"]))


def fewest(table: pd.DataFrame, least_within: float) -> Estimate:
    """Fewest warehouses that keep the longer promise for `least_within` of the orders."""
    kept = table.loc[table["within_second"] >= least_within, "warehouses"]
    if kept.empty:
        return Estimate(None, unknown="No number of warehouses looked at keeps the promise")
    return Estimate(float(kept.min()))
