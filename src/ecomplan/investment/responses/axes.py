"""BH-32: offers chosen by persona, place and weather - simulated, never served - on synthetic truths."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ecomplan.estimate import Estimate
from ecomplan.investment.responses.chances import spread

Array = NDArray[np.float64]
RADIUS, REDEMPTION, AGES = "s0_geofence_radius", "s0_lbs_coupon_redemption", "s0_target_age_band"
OFFERS, PERSONAS, WEATHERS = 3, 4, 3
AXES = ("one offer for all", "persona", "persona and place", "persona, place and weather")
SURE = 0.9  # truths of ten in which an axis must do no harm before it counts as told
SENT = (1_000, 3_000, 10_000, 30_000, 100_000, 300_000, 1_000_000)


def near_share(radius_m: float, shops_per_km2: float) -> float:
    """Share of people within `radius_m` of a shop where shops lie at random (void probability of a Poisson field)."""
    return float(1 - np.exp(-shops_per_km2 * np.pi * (radius_m / 1000) ** 2))


def truths(rng: np.random.Generator, worlds: int, base: float, spreads: tuple[float, float, float]) -> Array:
    """Redemption chances, shape (worlds, personas, 2 places, weathers, offers), around `base` on the log scale.

    Each axis shifts each offer on its own (standard deviations `spreads`); the axes multiply.
    """
    persona = rng.normal(0, spreads[0], (worlds, PERSONAS, 1, 1, OFFERS))
    place = rng.normal(0, spreads[1], (worlds, 1, 2, 1, OFFERS))
    weather = rng.normal(0, spreads[2], (worlds, 1, 1, WEATHERS, OFFERS))
    return np.asarray(np.minimum(base * np.exp(persona + place + weather - sum(s * s for s in spreads) / 2), 0.95))


def _pooled(values: Array, weights: Array, axes: int) -> Array:
    """Means over the axes that a rule does not see, kept as width 1; `weights` over personas, places, weathers."""
    for at in range(3, axes, -1):
        total = weights.sum(axis=at, keepdims=True)
        values = (values * weights).sum(axis=at, keepdims=True) / total
        weights = total
    return values


@dataclass(frozen=True)
class Campaign:
    """`known`: redemption with the truth known, by axes. `learned`: by vouchers sent at random before."""

    known: pd.DataFrame
    learned: pd.DataFrame
    told_from: dict[str, Estimate]  # axes -> redemptions from which it beats the rule with one axis fewer
    most: Estimate  # redemption with all three axes and the truth known


def campaign(
    rng: np.random.Generator, worlds: int, base: float, spreads: tuple[float, float, float], near: float
) -> Campaign:
    """Redemption of rules with no to three axes, the truth known, and learned from vouchers handed out at random.

    An axis can be told from the number of redemptions on at which the learned rule is no worse than the one with an
    axis fewer in nine of ten truths, and better on average (one log is drawn in each).
    """
    truth = truths(rng, worlds, base, spreads)
    weights = np.broadcast_to(
        np.array([1 - near, near])[None, None, :, None, None] / (PERSONAS * WEATHERS), (1, PERSONAS, 2, WEATHERS, 1))
    best = [_policy_value(truth, weights, _pooled(truth, weights, axes)) for axes in range(4)]
    known = pd.DataFrame([
        {"axes": AXES[at], "redemption": seen.value, "low": seen.low, "high": seen.high,
         "gain": float((value / best[0] - 1).mean())}
        for at, value in enumerate(best) for seen in (spread(value),)
    ])
    rows: list[dict[str, object]] = []
    told = dict.fromkeys(AXES[1:], Estimate(None, unknown="more than the largest log looked at"))
    for sent in SENT:
        number = rng.poisson(sent / OFFERS * np.broadcast_to(weights, truth.shape))
        hits = rng.binomial(number, truth)
        values = []
        for axes in range(4):
            seen_axes = tuple(range(axes + 1, 4))
            n, k = number.sum(axis=seen_axes, keepdims=True), hits.sum(axis=seen_axes, keepdims=True)
            guess = (k + base * 20) / (n + 20)  # twenty vouchers' worth of the average steadies empty cells
            values.append(_policy_value(truth, weights, guess))
        redeemed = float(hits.sum(axis=(1, 2, 3, 4)).mean())
        for axes, name in enumerate(AXES):
            wins = float((values[axes] > values[axes - 1] * (1 + 1e-12)).mean()) if axes else 1.0
            ties = float(np.isclose(values[axes], values[axes - 1]).mean()) if axes else 0.0
            rows.append({"sent": sent, "redeemed": redeemed, "axes": name, "redemption": float(values[axes].mean()),
                         "wins": wins, "no_worse": wins + ties})
            better = bool(axes) and wins + ties >= SURE and values[axes].mean() > values[axes - 1].mean()
            if better and told[name].value is None:
                told[name] = Estimate(redeemed)
    return Campaign(known, pd.DataFrame(rows), told, spread(best[3]))


def _policy_value(truth: Array, weights: Array, guess: Array) -> Array:
    """True redemption of the offers that `guess` picks, shape (worlds,)."""
    pick = np.broadcast_to(guess, truth.shape).argmax(axis=4)[..., None]
    return np.asarray((np.take_along_axis(truth, pick, axis=4) * weights).sum(axis=(1, 2, 3, 4)))
