"""BH-37: what a change of price brings under the measured elasticity, the guard on price moves, and the claims."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ecomplan.errors import DataError
from ecomplan.estimate import Estimate
from ecomplan.investment.responses.chances import around, spread

Array = NDArray[np.float64]
GUARD = "s1_price_volatility_max"
CONVERSION, GMV, ANCHOR = "s3_dynamic_price_conversion_lift", "s3_dynamic_price_gmv_lift", "s1_value_anchor_sales_lift"
CONVERSION_S2 = "s2_dynamic_pricing_conversion_lift"


def profit_change(change: Array, elasticity: Array, margin: Array) -> Array:
    """Relative change of contribution when prices move by `change`, shape (draws, changes).

    Constant elasticity; unit cost is 1 - margin of today's price and stays.
    """
    factor = 1 + change[None, :]
    cost = 1 - margin[:, None]
    return np.asarray((factor - cost) * factor ** elasticity[:, None] / margin[:, None] - 1)


def best_change(elasticity: Array, margin: Array, guard: float) -> Array:
    """The change of price with the most contribution within `guard` to both sides, shape (draws,).

    An elasticity below -1 has an optimum at cost x e / (1 + e) (Lerner 1934); above -1 dearer is always better.
    """
    elastic = elasticity < -1
    markup = np.where(elastic, elasticity / np.where(elastic, 1 + elasticity, -1.0), np.inf)
    return np.asarray(np.clip((1 - margin) * markup - 1, -guard, guard))


def break_even_elasticity(change: float, margin: Array) -> Array:
    """Elasticity beyond which a rise of prices by `change` loses contribution, shape (draws,)."""
    return np.asarray(-np.log((margin + change) / margin) / np.log1p(change))


@dataclass(frozen=True)
class PriceResponse:
    """`curve`: change of price, profit, sales and units with limits, all as shares of today's."""

    curve: pd.DataFrame
    inelastic: float  # chance that the elasticity lies above -1: no price is too high
    inside: float  # chance that the best price lies inside the guard, not at its edge
    best: Estimate  # best change within the guard
    gain_at_guard: Estimate  # change of contribution with prices up by the guard
    loss_below: Estimate  # change of contribution with prices down by the guard
    break_even: Estimate  # elasticity beyond which the rise loses
    widest: float  # widest change looked at


def price_response(elasticity: Array, margin: Array, guard: float, widest: int) -> PriceResponse:
    """Contribution, sales and units from -`widest` % to +`widest` % of today's prices, and the guard on it."""
    change = np.arange(-widest, widest + 1) / 100
    profit = profit_change(change, elasticity, margin)
    units = (1 + change[None, :]) ** elasticity[:, None] - 1
    sales = (1 + change[None, :]) * (1 + units) - 1
    columns: dict[str, Any] = {"change": change}
    for name, values in (("profit", profit), ("sales", sales), ("units", units)):
        columns[f"{name}_low"], columns[name], columns[f"{name}_high"] = np.quantile(values, [0.1, 0.5, 0.9], axis=0)
    best = best_change(elasticity, margin, guard)
    edges = profit_change(np.array([-guard, guard]), elasticity, margin)
    return PriceResponse(
        pd.DataFrame(columns), float((elasticity >= -1).mean()), float((np.abs(best) < guard - 1e-12).mean()),
        spread(best), spread(edges[:, 1]), spread(edges[:, 0]), spread(break_even_elasticity(guard, margin)),
        widest / 100,
    )


def price_for_units(lift: float, elasticity: Array) -> Array:
    """Change of price that brings `lift` more buyers; nan where buyers do not answer to price."""
    answers = elasticity < -1e-6
    return np.where(answers, (1 + lift) ** (1 / np.where(answers, elasticity, -1.0)) - 1, np.nan)


def sales_at_lift(lift: float, elasticity: Array) -> Estimate:
    """Change of sales in money when price brings `lift` more buyers, each buying as much."""
    change = price_for_units(lift, elasticity)
    answered = change[~np.isnan(change)]
    if not len(answered):
        return Estimate(None, unknown="buyers do not answer to price")
    return spread((1 + lift) * (1 + answered) - 1)


def sales_best(elasticity: Array, widest: float) -> Estimate:
    """Largest gain in sales in money that any change of price within `widest` brings."""
    return spread(np.maximum((1 - widest) ** (1 + elasticity), (1 + widest) ** (1 + elasticity)) - 1)


def dearest_best(bands: pd.DataFrame, widest: float) -> Estimate:
    """The same for the dearest price band; at the edge of its interval that favours it. Unknown without bands."""
    if bands.empty:
        return Estimate(None, unknown="no price band has a response")
    edges = bands[["low", "high"]].iloc[-1].to_numpy(dtype=np.float64)
    return Estimate(float(max(((1 + way) ** (1 + edges) - 1).max() for way in (-widest, widest))))


@dataclass(frozen=True)
class Replay:
    """A pricing rule run on the shop's own monthly prices."""

    months: pd.DataFrame  # month, products, bound (share of prices held back by the guard)
    products: int
    bound: float  # share of product-months where the guard holds a price back
    real_beyond: float  # share of the real monthly moves beyond the guard
    cost_of_guard: Estimate  # contribution with the guard over without it, less 1
    gain: Estimate  # contribution with the rule and the guard over the real prices', less 1


def monthly_prices(lines: pd.DataFrame, min_months: int) -> tuple[Array, Array, list[pd.Timestamp]]:
    """(price, quantity, months): median price and pieces by product and full month, shape (products, months).

    `lines`: sale lines with time, product_id, quantity, unit_price. Months without a sale are nan and 0. Products sold
    in fewer than `min_months` months are left out; the first and the last month, which may be cut, too. Raises
    DataError where no full month is left.
    """
    month = lines["time"].to_numpy().astype("datetime64[M]").astype(np.int64)
    first, last = int(month.min()) + 1, int(month.max())
    inside = (month >= first) & (month < last)
    if not inside.any():
        raise DataError("lines span no full month: no price series can be read")
    product, names = pd.factorize(lines["product_id"][inside])
    width = last - first
    key = product * width + (month[inside] - first)
    value, number = lines["unit_price"].to_numpy()[inside], lines["quantity"].to_numpy()[inside]
    order = np.lexsort((value, key))
    cells, begins, counts = np.unique(key[order], return_index=True, return_counts=True)
    price = np.full(len(names) * width, np.nan)
    ranked = value[order]
    price[cells] = (ranked[begins + (counts - 1) // 2] + ranked[begins + counts // 2]) / 2
    pieces = np.bincount(key, weights=number, minlength=len(names) * width)
    table = price.reshape(-1, width)
    keep = (~np.isnan(table)).sum(axis=1) >= min_months
    if not keep.any():
        raise DataError(f"no product was sold in {min_months} months (responses.min_price_months)")
    months = [pd.Timestamp(np.datetime64(at, "M")) for at in range(first, last)]
    return table[keep], pieces.reshape(-1, width)[keep], months


def replay(
    rng: np.random.Generator, price: Array, pieces: Array, months: list[pd.Timestamp], *, guard: float,
    competitor_weight: float, noise: float, elasticity: Array, margin: Array,
) -> Replay:
    """A cost-plus-competition rule on real price series, with and without the guard.

    A proposal mixes today's real price (cost plus, as the shop itself set it) and a competitor's, which is synthetic:
    the real price times lognormal `noise`. The guard lets a price move by at most `guard` a month. Buyers answer
    with `elasticity` to the distance from the real price; the uncertainty of both is carried by 200 of the draws.
    """
    sold = ~np.isnan(price)
    real = pd.DataFrame(price).ffill(axis=1).bfill(axis=1).to_numpy()
    rival = real * np.exp(rng.normal(-noise * noise / 2, noise, real.shape))
    wanted = (1 - competitor_weight) * real + competitor_weight * rival
    held = wanted.copy()
    for at in range(1, held.shape[1]):
        held[:, at] = np.clip(wanted[:, at], held[:, at - 1] * (1 - guard), held[:, at - 1] * (1 + guard))
    bound = (np.abs(held / wanted - 1) > 1e-9) & sold
    moves = np.abs(real[:, 1:] / real[:, :-1] - 1)[sold[:, 1:]]
    weight = (real * pieces)[sold]
    some = slice(None, None, max(len(elasticity) // 200, 1))
    free, kept = (1 + profit_change((way / real - 1)[sold], elasticity[some], margin[some]) for way in (wanted, held))
    free_sum, kept_sum = free @ weight / weight.sum(), kept @ weight / weight.sum()
    frame = pd.DataFrame({"month": months, "products": sold.sum(axis=0),
                          "bound": bound.sum(axis=0) / np.maximum(sold.sum(axis=0), 1)})
    return Replay(frame, len(price), float(bound.sum() / max(sold.sum(), 1)), float((moves > guard).mean()),
                  spread(kept_sum / free_sum - 1), spread(kept_sum - 1))


def proposals(bands: pd.DataFrame, rng: np.random.Generator, margin: Array, guard: float) -> pd.DataFrame:
    """Best change within the guard and its gain for each price band with its own elasticity (tiered prices)."""
    rows = []
    for row in bands.to_dict("records"):
        answer = around(rng, Estimate(row["value"], row["low"], row["high"]), len(margin))
        best = best_change(answer, margin, guard)
        up = spread(profit_change(np.array([guard]), answer, margin)[:, 0])
        rows.append({"band": f"{row['from_price']:g} to {row['to_price']:g}", "elasticity": row["value"],
                     "low": row["low"], "high": row["high"], "products": row["products"],
                     "change": float(np.median(best)), "up_chance": float((best > 0).mean()),
                     "gain": up.value, "gain_low": up.low, "gain_high": up.high})
    return pd.DataFrame(rows)
