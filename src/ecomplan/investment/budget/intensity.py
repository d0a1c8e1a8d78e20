"""Marketing over revenue: which intensity the margin can bear, which is best, and what a dearer customer changes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ecomplan.claims import Claims
from ecomplan.errors import ParameterError
from ecomplan.estimate import Estimate
from ecomplan.investment.budget.assumptions import Assumptions, middle, pert

Array = NDArray[np.float64]
TOLD, VALUE = "s3_marketing_revenue_ratio_2022", "s3_ltv_change_2022"
GRID = np.round(np.arange(0.02, 0.52, 0.02), 2)


@dataclass(frozen=True)
class Intensity:
    """Contribution margin before marketing and elasticity of sales on marketing, by draw."""

    margin: Array
    elasticity: Array
    told: float
    value_change: float


def draw(claims: Claims, assumed: Assumptions, margin: tuple[float, float, float], draws: int,
         rng: np.random.Generator) -> Intensity:
    """Draws of the margin (PERT low, likely, high) and of the elasticity."""
    return Intensity(
        pert(rng, *margin, draws), assumed["sales_elasticity"].draw(rng, draws), claims[TOLD].share,
        claims[VALUE].share,
    )


def break_even(found: Intensity) -> Estimate:
    """Marketing over revenue at which nothing is left: the margin itself."""
    return middle(found.margin)


def break_even_after(found: Intensity) -> Estimate:
    """The same after the change of customer value that the documents tell: the margin over a lifetime shrinks so."""
    return middle(found.margin * (1 + found.value_change))


def best(found: Intensity) -> Estimate:
    """Intensity at which profit is highest: margin times elasticity (Dorfman & Steiner 1954)."""
    return middle(found.margin * found.elasticity)


def chance_earns(found: Intensity) -> float:
    """Chance that a company with this margin still earns at the told intensity."""
    return float((found.margin > found.told).mean())


def elasticity_needed(found: Intensity) -> Estimate:
    """Elasticity at which the told intensity would be the best one; above 1 no intensity is."""
    return middle(found.told / found.margin)


def curve(found: Intensity, sales: float, now: float) -> pd.DataFrame:
    """Profit after marketing over today's sales by intensity, with 80 % intervals.

    Sales follow spending with the elasticity e; over the intensity i = spending / sales that makes them
    (i / now)^(e / (1 - e)) times today's. `now` is today's intensity, at which sales are as they are.
    Raises ParameterError where it is not above 0.
    """
    if now <= 0:
        raise ParameterError(f"marketing over sales today = {now:g} is refused; expected above 0")
    power = found.elasticity / (1 - found.elasticity)
    profit = (found.margin - GRID[:, None]) * (GRID[:, None] / now) ** power
    low, mid, high = np.quantile(profit, [0.1, 0.5, 0.9], axis=1)
    return pd.DataFrame({
        "intensity": GRID, "profit_share": mid, "low": low, "high": high, "profit": mid * sales,
        "chance_loss": (profit < 0).mean(axis=1),
    })
