"""Capital cost of the large platform of S1: what it buys, over which life, and what that weighs at other sizes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ecomplan.estimate import Estimate
from ecomplan.investment.budget.archetypes import Platform, Told
from ecomplan.investment.budget.assumptions import MILLION, Assumptions, middle

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Capital:
    """Purchases of the plan in CNY and what they cost a year, by draw."""

    low_cny: float
    high_cny: float
    yearly_cny: Array


def plan(amounts: tuple[Told, ...], assumed: Assumptions, rate_per_year: float, draws: int,
         rng: np.random.Generator) -> Capital:
    """All capital amounts, each evenly between its readings (o34), as annuities over their life plus upkeep."""
    bought = [amount for amount in amounts if amount.capital]
    price = sum((rng.uniform(item.low_cny, item.high_cny, draws) for item in bought), np.zeros(draws))
    life, upkeep = assumed["life_years"].draw(rng, draws), assumed["upkeep_share"].draw(rng, draws)
    return Capital(
        sum(item.low_cny for item in bought), sum(item.high_cny for item in bought),
        price * (annuity(rate_per_year, life) + upkeep),
    )


def annuity(rate_per_year: float, years: Array | float) -> Array:
    """Even yearly payment for a price of 1 over `years` at a yearly rate."""
    life = np.asarray(years, dtype=np.float64)
    if rate_per_year == 0:
        return 1 / life
    return np.asarray(rate_per_year / (1 - (1 + rate_per_year) ** -life))


def items_table(amounts: tuple[Told, ...]) -> pd.DataFrame:
    """Purchase, low (amount is all of them) and high (amount is each), CNY; last row the sum."""
    rows = [{"item": item.name, "low_cny": item.low_cny, "high_cny": item.high_cny} for item in amounts if item.capital]
    rows.append({"item": "Together", "low_cny": sum(row["low_cny"] for row in rows),  # type: ignore[misc]
                 "high_cny": sum(row["high_cny"] for row in rows)})  # type: ignore[misc]
    return pd.DataFrame(rows)


def weight_table(found: Capital, sizes: Assumptions, own: Platform) -> pd.DataFrame:
    """Yearly cost as a share of yearly sales, unscaled, at each size and here: share with its 80 % interval."""
    rows = []
    who = [(item.name, item.sales_cny_m.likely * MILLION) for item in sizes.archetypes]
    for name, sales in (*who, ("This platform", own.sales_cny)):
        share = middle(found.yearly_cny / sales)
        rows.append({"who": name, "sales_cny": sales, "share": share.value, "low": share.low, "high": share.high})
    return pd.DataFrame(rows)


def share_of(found: Capital, sales_cny: float) -> Estimate:
    """Yearly cost as a share of one company's yearly sales."""
    return middle(found.yearly_cny / sales_cny)
