"""What a price cut does to a product's orders week by week: uplift, dip, and a placebo.

A panel of products by week: log orders on the depth of the cut from some weeks before to some weeks after, with an
effect of each product and of each week (distributed lags; two-way within transformation). Intervals resample products.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ecomplan.forecast.drivers.prices import Prices
from ecomplan.forecast.drivers.shares import limits

Floats = npt.NDArray[np.float64]
EDGE_WEEKS = 13  # a product followed has orders within so many weeks of both ends
FEW = "fewer than {least} weeks of products on cut among those followed; what a cut does cannot be told"


@dataclass(frozen=True)
class Response:
    """`curve`: week (0 is the week of the cut), effect, low, high (orders, share, at the shown depth) ·
    draws of log effects [weeks, draws] · `placebo_p` of the week of the cut."""

    curve: pd.DataFrame
    products: int
    cut_weeks: int
    logs: Floats
    draws: Floats
    placebo_p: float | None
    unknown: str = ""

    def over(self, first: int, last: int, *, summed: bool = False) -> dict[str, Any]:
        """Mean (or sum, in weeks of usual orders) of the effect over weeks `first` to `last`, for `Stage.finding`."""
        if self.unknown:
            return {"value": None, "unknown": self.unknown}
        pick = self.curve["week"].between(first, last).to_numpy()
        fold = np.sum if summed else np.mean
        value = float(fold(np.expm1(self.logs[pick])))
        return {"value": value} | limits(fold(np.expm1(self.draws[pick]), axis=0), value)

    def placebo(self) -> dict[str, Any]:
        """Chance that cuts at made-up times look as strong, for `Stage.finding`."""
        return {"value": self.placebo_p, "unknown": self.unknown}


def respond(
    prices: Prices, *, before: int, after: int, shown_depth: float, min_cut_weeks: int, draws: int,
    rng: np.random.Generator, shuffle: bool = True,
) -> Response:
    """Distributed lags of log orders on depth over `before` weeks ahead to `after` weeks behind.

    With `shuffle` the placebo of moved cuts is run. Where fewer than `min_cut_weeks` weeks of products are on cut,
    the response says so and is empty.
    """
    alive = (prices.orders[:EDGE_WEEKS].sum(0) > 0) & (prices.orders[-EDGE_WEEKS:].sum(0) > 0)
    depth, orders = prices.depth[:, alive], prices.orders[:, alive]
    inside = slice(after, len(depth) - before)
    cut_weeks = int((depth[inside] > 0).sum())
    weeks = np.arange(-before, after + 1)
    on_cut = int((depth > 0).any(0).sum())
    if cut_weeks < min_cut_weeks or on_cut < 5:
        curve = pd.DataFrame({"week": weeks[:0], "effect": [], "low": [], "high": []})
        return Response(curve, int(alive.sum()), cut_weeks, np.empty(0), np.empty((0, draws)), None,
                        FEW.format(least=min_cut_weeks))
    y = _within(np.log1p(orders)[inside])
    lags = np.stack([_within(np.roll(depth, k, axis=0)[inside]) for k in weeks])  # k > 0: the cut lies k weeks back
    gram = np.einsum("awp,bwp->pab", lags, lags, optimize=True)
    cross = np.einsum("awp,wp->pa", lags, y, optimize=True)
    keep = np.eye(len(weeks)) * 1e-9 * np.trace(gram.sum(0))
    logs = np.linalg.solve(gram.sum(0) + keep, cross.sum(0)) * shown_depth
    weight = rng.multinomial(y.shape[1], np.full(y.shape[1], 1 / y.shape[1]), draws).astype(float)
    grams = np.einsum("dp,pab->dab", weight, gram, optimize=True) + keep
    made = np.linalg.solve(grams, (weight @ cross)[:, :, None])[:, :, 0].T * shown_depth
    low, high = np.quantile(np.expm1(made), (0.1, 0.9), axis=1)
    effect = np.expm1(logs)
    curve = pd.DataFrame({
        "week": weeks, "effect": effect, "low": np.minimum(low, effect), "high": np.maximum(high, effect),
    })
    chance = _placebo(depth[inside], y, draws, rng) if shuffle else None
    return Response(curve, int(alive.sum()), cut_weeks, logs, made, chance)


def _placebo(depth: Floats, y: Floats, draws: int, rng: np.random.Generator) -> float:
    """Share of histories with each product's cuts moved to other weeks whose first-week slope is as strong."""
    weeks, products = depth.shape

    def slope(moved: Floats) -> float:
        x = _within(moved)
        return float((x * y).sum() / max((x * x).sum(), 1e-300))

    real = abs(slope(depth))
    rows = np.arange(weeks)[:, None]
    stronger = sum(
        abs(slope(depth[(rows - rng.integers(1, weeks, products)) % weeks, np.arange(products)])) >= real
        for _ in range(draws)
    )
    return (1 + stronger) / (1 + draws)


def _within(values: Floats) -> Floats:
    """Less the means of weeks and products, plus the grand mean."""
    return np.asarray(values - values.mean(0) - values.mean(1, keepdims=True) + values.mean())
