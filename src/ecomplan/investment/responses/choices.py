"""BH-38: willingness to pay by a choice model, on labelled synthetic choices whose truth is known.

A person chooses between two offers; the log odds of one are linear in the differences of price (as a share of the
order's value), immediate delivery and green packing (binary logit, McFadden 1974). Willingness to pay for a feature is
its weight over the price weight; intervals by Krinsky & Robb (1986).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ecomplan.errors import DataError
from ecomplan.investment.responses.chances import NORMAL_80

Array = NDArray[np.float64]
INSTANT, GREEN = "s0_instant_delivery_wtp", "s0_premium_green_repurchase_lift"
POWER_80 = 1.959964 + 0.841621  # normal quantiles of a two-sided test at 5 % with 80 % power
FEATURES = ("price", "immediate delivery", "green packing")
#: ASSUME: made-up people - name, share, immediate delivery against the mean, green packing, weight of price
PARTS = (
    ("hurried", 0.3, 2.0, 0.02, 10.0), ("green", 0.2, 1.2, 0.10, 12.0), ("price-sensitive", 0.5, 0.32, 0.0, 25.0),
)


@dataclass(frozen=True)
class Segment:
    """A synthetic segment: willingness to pay as shares of the order's value, weight of price in the log odds."""

    name: str
    share: float
    instant: float
    green: float
    price_weight: float

    @property
    def weights(self) -> Array:
        return np.array([-self.price_weight, self.instant * self.price_weight, self.green * self.price_weight])


def segments(instant: float) -> tuple[Segment, ...]:
    """Three made-up segments whose mean willingness to pay for immediate delivery is `instant`.

    The segments' worth is scaled so that their mean is the one given, whatever PARTS says.
    """
    mean = sum(share * times for _, share, times, _, _ in PARTS)
    return tuple(
        Segment(name, share, instant * times / mean, green, weight) for name, share, times, green, weight in PARTS
    )


def survey(rng: np.random.Generator, weights: Array, people: int, tasks: int) -> tuple[Array, Array]:
    """(differences, chosen): profile differences of each choice, shape (people x tasks, 3), and 1 for the first."""
    number = people * tasks
    differences = np.column_stack([
        rng.uniform(-0.4, 0.4, number), rng.integers(0, 2, number) - rng.integers(0, 2, number),
        rng.integers(0, 2, number) - rng.integers(0, 2, number),
    ]).astype(np.float64)
    chance = 1 / (1 + np.exp(-(differences @ weights)))
    return differences, (rng.random(number) < chance).astype(np.float64)


def fit(differences: Array, chosen: Array, steps: int = 30) -> tuple[Array, Array]:
    """(weights, covariance) of the logit by Newton's steps. Raises DataError where the choices fix no weights."""
    weights = np.zeros(differences.shape[1])
    for _ in range(steps):
        chance = 1 / (1 + np.exp(-np.clip(differences @ weights, -35, 35)))
        hessian = (differences * (chance * (1 - chance))[:, None]).T @ differences
        if np.linalg.cond(hessian) > 1e12:
            raise DataError("the choices fix no weights: one feature never differs, or splits them without error")
        step = np.linalg.solve(hessian, differences.T @ (chosen - chance))
        weights = weights + step
        if np.abs(step).max() < 1e-9:
            break
    return weights, np.asarray(np.linalg.inv(hessian), dtype=np.float64)


@dataclass(frozen=True)
class Worth:
    """`table`: truth, estimate and interval by segment and feature, shares of the order's value."""

    table: pd.DataFrame
    held: float  # share of surveys whose 80 % interval holds the truth
    surveys: int
    people_needed: int  # people of one segment that tell the claim from half of it, at 5 % and 80 % power
    payers: pd.DataFrame  # fee as a share of the order's value, share of people who pay it

    def payers_at(self, fee: float) -> float:
        """Share of people who pay `fee`."""
        return float(np.interp(fee, self.payers["fee"], self.payers["payers"]))


def worth(rng: np.random.Generator, instant: float, people: int, tasks: int, surveys: int, draws: int) -> Worth:
    """Surveys of the made-up segments, fitted; how often ranges hold; who would pay which fee."""
    rows, held, spreads = [], [], []
    groups = segments(instant)
    for group in groups:
        for number in range(surveys):
            weights, covariance = fit(*survey(rng, group.weights, people, tasks))
            slope = np.array([-weights[1] / weights[0] ** 2, 1 / weights[0], 0.0])
            middle = -weights[1] / weights[0]
            reach = float(np.sqrt(slope @ covariance @ slope))  # delta method
            held.append(abs(middle - group.instant) <= NORMAL_80 * reach)
            spreads.append(reach * np.sqrt(people))
            if number == 0:
                sampled = rng.multivariate_normal(weights, covariance, draws)
                for feature, true in ((1, group.instant), (2, group.green)):
                    low, high = np.quantile(-sampled[:, feature] / sampled[:, 0], [0.1, 0.9])
                    rows.append({"segment": group.name, "share": group.share, "feature": FEATURES[feature],
                                 "true": true, "value": float(-weights[feature] / weights[0]), "low": float(low),
                                 "high": float(high)})
    fees = np.linspace(0, 0.4, 21)
    pay = np.array([group.share / (1 + np.exp(-group.price_weight * (group.instant - fees))) for group in groups])
    sd = float(np.mean(spreads))
    payers = pd.DataFrame({"fee": fees, "payers": pay.sum(axis=0), "income": fees * pay.sum(axis=0)})
    return Worth(pd.DataFrame(rows), float(np.mean(held)), len(held),
                 int(np.ceil((POWER_80 * sd / (instant / 2)) ** 2)), payers)
