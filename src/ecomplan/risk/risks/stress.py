"""Stress cases on the forecast's sales paths: rivals, packaging, delays, swings of demand."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ecomplan.claims import Claims
from ecomplan.estimate import Estimate
from ecomplan.risk.engine.draws import Z90, pert
from ecomplan.risk.engine.exposure import MONTHS, Exposure, Floats


@dataclass(frozen=True)
class Assumptions:
    """Typical values (medians) of what a case needs; the 90 % point of each lies `spread` times above, the 10 % point
    as far below. Shares unless said otherwise."""

    spread: float
    war_price_cut: float
    war_months: float
    war_cross_elasticity: float
    lockout_sales_loss: float
    lockout_months: float
    circle_share: float
    packaging_share_of_sales: float
    pass_through: float
    orders_lost_per_day: float
    orders_late_per_day: float
    demand_swing: float
    unsold_share: float
    write_down: float
    slack: float


@dataclass(frozen=True)
class Case:
    """A case's effects, (draws,) each: sales and margin relative to the year's without it, late orders as a share."""

    id: str
    name: str
    group: str
    sales: Floats
    margin: Floats
    late: Floats


def stress_cases(
    exposure: Exposure, claims: Claims, known: Assumptions, new_share: float, believed: float, draws: int,
    rng: np.random.Generator,
) -> list[Case]:
    """All cases, each over a whole year's sales drawn from the forecast's paths.

    `new_share`: part of sales that comes from new customers. `believed`: part of a claimed benefit that is believed.
    Sales lost cost their margin; a price given away costs its whole amount.
    """
    paths = exposure.sales
    sales = paths[rng.integers(len(paths), size=draws)] / paths.mean()  # 1: the expected year
    margin = pert(rng, *exposure.margin, draws)
    none = np.zeros(draws)

    def near(median: float, most: float = np.inf) -> Floats:
        factor = np.exp(np.log(known.spread) / Z90 * rng.standard_normal(draws))
        return np.asarray(np.minimum(median * factor, most))

    cut = near(known.war_price_cut, 0.6)
    months = near(known.war_months, MONTHS) / MONTHS
    elastic = near(known.war_cross_elasticity)
    anchor = 1 - believed * abs(claims["s1_value_anchor_sales_lift"].share)
    lost = np.minimum(elastic * cut, 0.9) * months
    barrier = believed * abs(claims["s1_tech_barrier_change"].share)
    locked = near(known.lockout_sales_loss, 0.9) * near(known.lockout_months, MONTHS) / MONTHS
    closed = near(known.circle_share, 1.0) * claims["s1_head_platform_traffic_share"].share * new_share
    dearer = claims["s0_green_packaging_cost_rise"].share * near(known.packaging_share_of_sales, 0.5)
    passed = np.clip(near(known.pass_through), 0, 1)
    days = claims["s0_logistics_delay_2024"].range[0]
    gone = np.minimum(near(known.orders_lost_per_day) * days, 0.9)
    late = np.minimum(near(known.orders_late_per_day) * days, 1.0)
    swing = near(known.demand_swing, 0.9)
    rotten = swing * near(known.unsold_share, 1.0) * near(known.write_down, 1.0)
    over = np.maximum(swing - near(known.slack), 0.0)

    def case(name: str, label: str, group: str, less: Floats, paid: Floats, waiting: Floats = none) -> Case:
        return Case(name, label, group, -less * sales, (-less * margin - paid) * sales, waiting)

    rivals, supply = "rivals", "costs and supply"
    goods = 1 - margin
    return [
        case("war_held", "Price war, prices held", rivals, lost, none),
        case("war_matched", "Price war, prices matched", rivals, none, cut * months),
        case("war_anchored", "Price war, offers not comparable", rivals, lost * anchor, none),
        case("lockout", "Technology lock-out", rivals, locked, none, none),
        case("lockout_open", "Technology lock-out, open tools", rivals, locked * (1 - barrier), none),
        case("circles", "Closed user circles", rivals, closed, none),
        case("packaging", "Packaging dearer", supply, none, dearer * (1 - passed)),
        case("delay", "Deliveries days later", supply, gone, none, late),
        case("swing_down", "Demand swings down", supply, swing, rotten * goods),
        case("swing_up", "Demand swings up", supply, over - swing, none, over / (1 + swing)),
    ]


def stress_table(cases: list[Case], exposure: Exposure) -> pd.DataFrame:
    """One row a case: sales (share of the year's), margin_money, margin (share of the year's margin), late orders,
    each with its 80 % range."""
    yearly, margin = exposure.expected_sales, exposure.expected_margin
    rows = []
    for case in cases:
        effects = {"sales": case.sales, "margin_money": case.margin * yearly, "margin": case.margin * yearly / margin,
                   "late": case.late}
        numbers: dict[str, float] = {}
        for name, values in effects.items():
            mean = float(values.mean())
            low, high = np.quantile(values, [0.1, 0.9])
            numbers |= {name: mean, f"{name}_low": min(float(low), mean), f"{name}_high": max(float(high), mean)}
        rows.append({"case": case.id, "name": case.name, "group": case.group, **numbers})
    return pd.DataFrame(rows)


def effect(table: pd.DataFrame, case: str, what: str = "margin") -> Estimate:
    """One effect of a case with its range."""
    row = table[table["case"] == case].iloc[0]
    return Estimate(float(row[what]), float(row[f"{what}_low"]), float(row[f"{what}_high"]))
