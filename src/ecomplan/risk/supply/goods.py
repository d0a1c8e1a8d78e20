"""The shop's supply chain: its world from the forecast, the policies compared, and what they cost and save."""

from __future__ import annotations

from dataclasses import dataclass, replace
from statistics import NormalDist

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ecomplan.errors import DataError
from ecomplan.risk.supply.chain import ChainRun, ChainWorld, Policy, run, week_first
from ecomplan.risk.supply.figures import Readings
from ecomplan.risk.supply.renewal import outages
from ecomplan.risk.supply.year import WEEKS, Year

Array = NDArray[np.float64]
NAMES = {
    "base": "One source", "second_source": "Second source", "safety_stock": "Safety stock",
    "flexible_production": "Flexible production", "second_and_stock": "Second source and safety stock",
    "calm": "No outages at all",
}
#: prices that a way of buying pays
PRICED: dict[str, tuple[str, ...]] = {
    "base": (), "calm": (), "second_source": ("second_source",), "safety_stock": ("safety_stock",),
    "flexible_production": ("flexible_production",), "second_and_stock": ("second_source", "safety_stock"),
    "sensors": ("sensors",),
}


@dataclass(frozen=True)
class Setting:
    """How the chain is built: counts, shares and levels (knobs)."""

    suppliers: int
    products_each: int
    service_level: float
    second_share: float
    second_capacity: float
    safety_weeks: float
    warm_up_weeks: int
    hand_count_weeks: int
    sensor_count_weeks: int
    outage_variation: float
    weekly_variation: float  # used where the stage `demand` left no order levels


@dataclass(frozen=True)
class Goods:
    """Runs of all policies on one world; `begun` [draws, suppliers] outages of the year."""

    runs: dict[str, ChainRun]
    begun: Array
    owner: NDArray[np.int64]  # supplier of each product
    cv: float
    reading: NDArray[np.int64]

    def lost(self, name: str) -> Array:
        """Lost sales of a year [draws]."""
        return np.asarray(self.runs[name].lost.sum(axis=1))

    def by_supplier(self, name: str) -> Array:
        """Lost sales [draws, suppliers]."""
        lost = self.runs[name].lost
        return np.stack([lost[:, self.owner == one].sum(axis=1) for one in range(self.begun.shape[1])], axis=1)


def implied_variation(levels: pd.DataFrame, reach: float, factor: float, otherwise: float) -> float:
    """Weekly demand's standard deviation over its mean, as the reorder points of the stage `demand` imply.

    A reorder point is mean demand over `reach` weeks and `factor` standard deviations of it; the typical product is the
    median by value.
    """
    sold = levels[(levels["weekly"] > 0) & (levels["reorder_point"] > 0)] if len(levels) else levels
    if len(sold) == 0:
        return otherwise
    over = (sold["reorder_point"] / (sold["weekly"] * reach) - 1) / factor * np.sqrt(reach)
    order = np.argsort(over.to_numpy())
    weight = (sold["weekly"] * sold["price"]).to_numpy()[order].cumsum()
    return float(np.clip(over.to_numpy()[order][np.searchsorted(weight, weight[-1] / 2)], 0.1, 2.0))


def chain_world(
    year: Year, readings: Readings, setting: Setting, levels: pd.DataFrame, cancel_rise: float, seed: int,
) -> tuple[ChainWorld, Array, NDArray[np.int64]]:
    """World of the chain, outages that begin by supplier [draws, suppliers], supplier of each product."""
    if not 0.5 <= setting.service_level < 1:
        raise DataError(f"service level {setting.service_level} lies outside 0.5 to 1")
    rng = np.random.default_rng(seed)
    draws, warm = len(year.reading), setting.warm_up_weeks
    weeks = warm + WEEKS
    suppliers, each = setting.suppliers, setting.products_each
    products = suppliers * each
    owner = np.repeat(np.arange(suppliers), each)
    # ASSUME: suppliers' parts of the sales fall as one over their rank; the data name no suppliers
    parts = 1 / np.arange(1, suppliers + 1)
    share = np.repeat(parts / parts.sum() / each, each)
    weekly = np.concatenate([np.repeat(year.weekly[:, :1], warm, axis=1), year.weekly], axis=1)
    of = {name: readings[name][year.reading] for name in (
        "supplier_outages", "supplier_outage_weeks", "lead_weeks", "lead_variation", "lost_when_short",
        "late_production", "shrink_weekly", "count_error",
    )}
    reach = float(readings["lead_weeks"].mean() + 1)
    factor = NormalDist().inv_cdf(setting.service_level)
    cv = implied_variation(levels, reach, factor, setting.weekly_variation)
    noise = rng.gamma(1 / cv**2, cv**2, (draws, products, weeks))
    sources = [
        outages(rng, of["supplier_outages"], of["supplier_outage_weeks"], setting.outage_variation,
                (draws, suppliers), weeks, warm) for _ in range(2)
    ]
    size = of["lead_variation"][:, None, None] ** 2
    leads = [
        np.rint(of["lead_weeks"][:, None, None] * size * rng.standard_gamma(1 / size, (draws, products, weeks)))
        .astype(np.int64) for _ in range(2)
    ]
    world = ChainWorld(
        demand=week_first(share[None, :, None] * weekly[:, None, :] * noise),
        expected=share[:, None] * weekly.mean(axis=0), lead=week_first(leads[0]), second_lead=week_first(leads[1]),
        left=week_first(sources[0].left[:, owner]), second_left=week_first(sources[1].left[:, owner]),
        lead_mean=of["lead_weeks"], lead_sd=of["lead_weeks"] * of["lead_variation"], cv=cv,
        lost_share=of["lost_when_short"], cancel_rise=cancel_rise, arrears=of["late_production"],
        shrink=of["shrink_weekly"], first=warm,
        count_error=week_first(of["count_error"][:, None, None] * rng.standard_normal((draws, products, weeks))),
    )
    return world, sources[0].begun, owner


def compare(
    year: Year, readings: Readings, setting: Setting, levels: pd.DataFrame, cancel_rise: float, seed: int,
) -> Goods:
    """Run all policies on the same demand, lead times and outages."""
    world, begun, owner = chain_world(year, readings, setting, levels, cancel_rise, seed)
    factor = NormalDist().inv_cdf(setting.service_level)
    stock = Policy(factor, safety_weeks=setting.safety_weeks)

    def two(policy: Policy, outages: bool = True) -> Policy:
        return replace(
            policy, second_share=setting.second_share, second_capacity=setting.second_capacity, outages=outages
        )

    policies = {
        "base": Policy(factor), "second_source": two(Policy(factor)), "safety_stock": stock,
        "flexible_production": Policy(factor, flexible=True),
        "second_and_stock": two(stock),
        "calm": Policy(factor, outages=False), "second_calm": two(Policy(factor), outages=False),
        "stock_calm": replace(stock, outages=False),
        "counted": Policy(factor, count_weeks=setting.hand_count_weeks),
        "sensors": Policy(factor, count_weeks=setting.sensor_count_weeks),
    }
    runs = {name: run(world, policy) for name, policy in policies.items()}
    return Goods(runs, begun, owner, world.cv, year.reading)


def by_reading(values: Array, readings: int) -> Array:
    """Means over the years of each reading [readings]; years are ordered by reading."""
    return np.asarray(values.reshape(readings, -1).mean(axis=1))


def yearly_cost(goods: Goods, name: str, readings: Readings) -> Array:
    """What a control costs a year [readings]: its price, dearer purchases and the stock it adds."""
    base, used = goods.runs["counted" if name == "sensors" else "base"], goods.runs[name]
    if name in ("base", "calm"):
        return np.zeros(readings.count)
    at_cost = 1 - readings["margin"]
    dearer = by_reading(used.second.sum(axis=1), readings.count) * readings["second_premium"] * at_cost
    more = by_reading(used.stock.sum(axis=1) - base.stock.sum(axis=1), readings.count) * readings["holding"] * at_cost
    fixed = sum((readings[f"price_{part}"] for part in PRICED[name]), np.zeros(readings.count))
    return np.asarray(fixed + dearer + more)


def saved_margin(goods: Goods, name: str, readings: Readings) -> Array:
    """Margin a year that a control keeps [readings]; sensors against counts by hand."""
    before = goods.lost("counted" if name == "sensors" else "base")
    return by_reading(before - goods.lost(name), readings.count) * readings["margin"]


def cancellation_rise(goods: Goods, readings: int) -> Array:
    """Rise of lost demand in years with outages against the same years without [readings], as a ratio."""
    hit = goods.begun.sum(axis=1) > 0
    rise = np.where(hit, goods.lost("base"), 0.0), np.where(hit, goods.lost("calm"), 0.0)
    sums = [by_reading(part, readings) for part in rise]
    return np.asarray(sums[0] / np.maximum(sums[1], 1e-9) - 1)[sums[1] > 0]


def policy_table(goods: Goods, readings: Readings) -> pd.DataFrame:
    """Fill rate, lost margin, stock turns, cost and value of each way of buying."""
    rows = []
    for name, title in NAMES.items():
        used = goods.runs[name]
        fill = by_reading(used.served.sum(axis=1) / used.demand.sum(axis=1), readings.count)
        lost = by_reading(goods.lost(name), readings.count) * readings["margin"]
        cost = yearly_cost(goods, name, readings)
        net = saved_margin(goods, name, readings) - cost
        rows.append({
            "policy": name, "name": title, "fill": used.fill, "fill_low": float(np.quantile(fill, 0.1)),
            "fill_high": float(np.quantile(fill, 0.9)), "turns": used.turns, "lost_margin": float(lost.mean()),
            "lost_low": float(np.quantile(lost, 0.1)), "lost_high": float(np.quantile(lost, 0.9)),
            "cost": float(cost.mean()), "value": float(net.mean()), "value_low": float(np.quantile(net, 0.1)),
            "value_high": float(np.quantile(net, 0.9)), "chance": float((net > 0).mean()),
        })
    return pd.DataFrame(rows)


def weekly_table(goods: Goods) -> pd.DataFrame:
    """Fill rate of the four weeks up to each week: mean over years; 10 % point of years in which an outage begins."""
    hit = goods.begun.sum(axis=1) > 0
    rows = []
    for name in ("base", "second_source", "calm"):
        used = goods.runs[name]
        fill = _last_weeks(used.served_weekly) / _last_weeks(used.demand_weekly)
        bad = fill[hit] if hit.any() else fill
        rows.append(pd.DataFrame({
            "policy": name, "name": NAMES[name], "week": np.arange(1, fill.shape[1] + 1), "fill": fill.mean(axis=0),
            "fill_low": np.quantile(bad, 0.1, axis=0),
        }))
    return pd.concat(rows, ignore_index=True)


def _last_weeks(values: Array, weeks: int = 4) -> Array:
    """Sums over the last `weeks` up to each week (fewer at the beginning) [draws, weeks]."""
    sums = values.cumsum(axis=1)
    sums[:, weeks:] -= values.cumsum(axis=1)[:, :-weeks]
    return sums
