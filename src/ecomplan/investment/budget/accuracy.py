"""What share of the budget for research buys in accuracy: one told point, and all saturating curves through it."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ecomplan.claims import Claims
from ecomplan.estimate import Estimate
from ecomplan.investment.budget.assumptions import Assumptions, middle

Array = NDArray[np.float64]
LEADER, USUAL, REACHED = "s0_algo_rd_budget_share", "s0_algo_rd_budget_share_traditional", "s0_reco_accuracy_reached"
GRID = 11


def curve(share: Array | float, floor: Array | float, ceiling: Array | float, claims: Claims) -> Array:
    """Accuracy at a budget share on the saturating curve from `floor` to `ceiling` through the told point.

    accuracy = ceiling - (ceiling - floor) exp(-share / k), with k such that the leader's share gives its accuracy.
    """
    told_share, told = claims[LEADER].share, claims[REACHED].share
    left = (np.asarray(ceiling) - told) / (np.asarray(ceiling) - np.asarray(floor))
    return np.asarray(ceiling - (np.asarray(ceiling) - floor) * left ** (np.asarray(share) / told_share))


def spread(claims: Claims, assumed: Assumptions, draws: int, rng: np.random.Generator) -> tuple[Estimate, Estimate]:
    """Accuracy at the usual share, and points gained from the usual to the leader's share, over floors and ceilings."""
    floor, ceiling = assumed["accuracy_floor"].draw(rng, draws), assumed["accuracy_ceiling"].draw(rng, draws)
    usual = curve(claims[USUAL].share, floor, ceiling, claims)
    return middle(usual), middle(claims[REACHED].share - usual)


def bounds(claims: Claims) -> tuple[float, float]:
    """Least and most accuracy at the usual share over all concave rising curves from 0 up, whatever is assumed.

    The straight line from nothing is the least, a curve that is flat from there on the most.
    """
    told = claims[REACHED].share
    return told * claims[USUAL].share / claims[LEADER].share, told


def curves_table(claims: Claims, assumed: Assumptions) -> pd.DataFrame:
    """Curves through the told point: share, and accuracy on the lowest, the likely and the highest curve."""
    share = np.linspace(0, 2 * claims[LEADER].share, GRID)
    floor, ceiling = assumed["accuracy_floor"], assumed["accuracy_ceiling"]
    return pd.DataFrame({
        "share": share,
        "steep": curve(share, floor.low, ceiling.low, claims),
        "likely": curve(share, floor.likely, ceiling.likely, claims),
        "flat": curve(share, floor.high, ceiling.low, claims),
        "late": curve(share, floor.low, ceiling.high, claims),
    })
