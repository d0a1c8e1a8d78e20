"""BH-09: incentive, need mining and service together - gain now against customers later."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ecomplan.claims import Claims
from ecomplan.estimate import Estimate
from ecomplan.investment.engine.curves import Curve
from ecomplan.investment.responses.chances import between, spread, wilson

Array = NDArray[np.float64]
RETENTION, LADDER, REBALANCED = "s2_promo_retention_change", "s2_ladder_aov_lift", "s2_rebalanced_ltv_lift"
OVER = "s2_over_promotion_conversion_change"
SERVICE = "s1_vip_service_repurchase_lift"
#: ASSUME: half of the effect of mining and service comes at half of their dose or a little before
SATURATING = Curve("hill", 0.5, 1.0)
MOST_REPEAT = 0.97  # nobody buys for ever
MONTHS_COMPARED = 12


def returning(orders: pd.DataFrame) -> Estimate:
    """Share of customers of one year who order again in the next: the last two spans of twelve months before the last
    day, or halves of a shorter history. `orders`: time, customer_id. Unknown where nobody ordered in the first."""
    known = orders[orders["customer_id"].notna()]
    end = known["time"].max()
    middle = end - pd.DateOffset(months=MONTHS_COMPARED)
    if known["time"].min() > middle - pd.DateOffset(months=MONTHS_COMPARED):
        middle = known["time"].min() + (end - known["time"].min()) / 2
    start = middle - (end - middle)
    first = known.loc[(known["time"] >= start) & (known["time"] <= middle), "customer_id"].unique()
    again = known.loc[known["time"] > middle, "customer_id"].unique()
    return wilson(float(np.isin(first, again).sum()), float(len(first)))


def lift_needed(repeat: Array, margin: Array, depth: float, retention_loss: float) -> Array:
    """Gain in orders that a discount of `depth` must bring to pay for itself, if the share of customers who buy again
    in the next year falls from `repeat` by the part `retention_loss`. inf where the discount eats the margin.

    A year of custom is followed by another with chance r, so that 1 / (1 - r) years come in all.
    """
    left = margin - depth
    ratio = margin * (1 - repeat * (1 - retention_loss)) / (np.maximum(left, 1e-12) * (1 - repeat))
    return np.where(left > 0, ratio - 1, np.inf)


def break_even_repeat(lift: Array, margin: Array, depth: float, retention_loss: float) -> Array:
    """Share who buy again next year up to which the discount pays; nan where it loses even if nobody ever does."""
    now = (1 + lift) * (margin - depth)
    top, bottom = now - margin, now - margin * (1 - retention_loss)
    return np.where(top >= 0, top / np.where(bottom > 0, bottom, 1.0), np.nan)


@dataclass(frozen=True)
class Balance:
    """`surface`: doses and value over today's (share). `trade`: years to come against the lift needed."""

    surface: pd.DataFrame
    best: dict[str, float]  # doses with the largest mean value
    best_value: Estimate
    all_full: Estimate  # value with all three at full dose
    promotion_only: Estimate  # value with the incentive alone at full dose
    lift: Estimate  # gain in orders that the discount brings by the measured price response
    needed: Estimate  # gain that it must bring
    needed_now: Estimate  # gain that it must bring if nobody stays away later
    pays: float  # chance that the discount pays
    pays_up_to: Estimate  # share who buy again up to which it pays; unknown where it loses even on the first order
    trade: pd.DataFrame


def balance(
    rng: np.random.Generator, claims: Claims, *, margin: Array, elasticity: Array, repeat: float, depth: float,
    mining_cost: float, service_cost: float, effect_share: float, steps: int = 11, samples: int = 400,
) -> Balance:
    """Value of a customer, contribution over all years to come, over doses of the three levers.

    Incentive: a discount of dose x `depth` brings orders by the price response and takes `repeat` down by the claimed
    loss, of which `effect_share` is expected (0 to twice that, at most all, drawn). Need mining raises the order's
    value, service the share who buy again, by claims kept in the same way, saturating.
    """
    some = slice(None, None, max(len(margin) // samples, 1))
    m, answer = margin[some], np.minimum(elasticity[some], 0.0)
    kept = [between(rng, 0.0, min(2 * effect_share, 1.0), len(m)) for _ in range(3)]
    loss = kept[0] * -claims[RETENTION].share
    doses = np.linspace(0, 1, steps)
    grid = np.stack(np.meshgrid(doses, doses, doses, indexing="ij")).reshape(3, -1)

    def value(incentive: Array, mining: Array, service: Array) -> Array:
        cut = depth * incentive[None, :]
        orders = (1 - cut) ** answer[:, None]
        worth = 1 + (kept[1] * claims[LADDER].share)[:, None] * SATURATING.response(mining)[None, :]
        again = repeat * (1 - loss[:, None] * incentive[None, :]) * (
            1 + (kept[2] * claims[SERVICE].share)[:, None] * SATURATING.response(service)[None, :])
        again = np.minimum(again, MOST_REPEAT)
        left = m[:, None] - cut - mining_cost * mining[None, :] - service_cost * service[None, :]
        return np.asarray(orders * worth * left / (1 - again) * (1 - repeat) / m[:, None] - 1)

    values = value(*grid)
    mean = values.mean(axis=0)
    top = int(mean.argmax())
    low, middle, high = np.quantile(values, [0.1, 0.5, 0.9], axis=0)
    surface = pd.DataFrame({"incentive": grid[0], "mining": grid[1], "service": grid[2], "value": middle, "low": low,
                            "high": high, "mean": mean})
    one, none = np.ones(1), np.zeros(1)
    lift = (1 - depth) ** np.minimum(elasticity, 0.0) - 1
    share = between(rng, 0.0, min(2 * effect_share, 1.0), len(margin)) * -claims[RETENTION].share
    needed = np.array(lift_needed(np.full(len(margin), repeat), margin, depth, 0.0))
    lost = margin * (1 - repeat * (1 - share)) / (np.maximum(margin - depth, 1e-12) * (1 - repeat)) - 1
    finite = np.where(margin > depth, lost, np.nan)
    edge = break_even_repeat(lift, margin, depth, -claims[RETENTION].share * effect_share)
    pays_up_to = Estimate(None, unknown="it costs more than it brings even if nobody ever comes back")
    if np.isnan(edge).mean() < 0.5:
        pays_up_to = spread(np.where(np.isnan(edge), 0.0, edge))
    ahead = np.linspace(0, 0.9, 19)
    claimed = -claims[RETENTION].share
    trade = pd.DataFrame([
        {"repeat": at, "years": 1 / (1 - at), "needed": float(np.median(full)), "needed_kept": float(np.median(half)),
         "needed_none": float(np.median(free)), "lift": float(np.median(lift))}
        for at in ahead
        for full, half, free in ([lift_needed(np.full(len(margin), at), margin, depth, part * claimed)
                                  for part in (1.0, effect_share, 0.0)],)
    ])
    return Balance(
        surface, {name: float(grid[at, top]) for at, name in enumerate(("incentive", "mining", "service"))},
        spread(values[:, top]), spread(value(one, one, one)), spread(value(one, none, none)), spread(lift),
        spread(finite[~np.isnan(finite)]), spread(needed[np.isfinite(needed)]), float((lift > lost).mean()), pays_up_to,
        trade,
    )
