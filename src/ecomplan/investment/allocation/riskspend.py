"""How much to spend on the control of risks, so that spending and remaining losses together cost least (IN-23).

A stand-in for the losses chapter: one loss without controls (a share of sales, assumed), and controls whose effect
rises with spending along `1 - exp(-spend / scale)` through the one told point: a leader's spending and the control
rate told. The documents do not name the base of their percentages, so each base is computed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import minimize_scalar

from ecomplan.claims import Claims
from ecomplan.errors import ParameterError
from ecomplan.params import AllocationStage

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Controls:
    """`loss`: yearly loss without controls; `base`: money of which spending is a share; `told_share` spending at
    which `told_rate` of the loss is avoided; `kept`: part of that effect that is believed; `price`: what a unit of
    control costs after automation."""

    loss: float
    base: float
    told_share: float
    told_rate: float
    kept: float
    price: float

    def __post_init__(self) -> None:
        if min(self.loss, self.base, self.price) < 0 or not (self.told_share > 0 and 0 < self.told_rate < 1):
            raise ParameterError(
                f"control of risks: loss {self.loss:g}, base {self.base:g}, price {self.price:g}, told point "
                f"{self.told_share:g} -> {self.told_rate:g} are refused; expected money from 0, rates within 0 and 1"
            )

    def avoided(self, share: ArrayLike) -> Array:
        """Part of the loss avoided by spending a share of the base."""
        scale = -self.told_share / np.log1p(-self.told_rate)
        return np.asarray(self.kept * -np.expm1(-np.asarray(share) / scale))

    def spending(self, share: ArrayLike) -> Array:
        return np.asarray(self.price * self.base * np.asarray(share))

    def remaining(self, share: ArrayLike) -> Array:
        return np.asarray(self.loss * (1 - self.avoided(share)))

    def total(self, share: ArrayLike) -> Array:
        """Spending plus remaining loss."""
        return self.spending(share) + self.remaining(share)

    def best(self, most: float) -> float:
        """The share of the base at which the total is least, between 0 and `most`."""
        scale = -self.told_share / np.log1p(-self.told_rate)
        paid, gained = self.price * self.base, self.loss * self.kept / scale
        if gained <= paid:
            return 0.0
        if paid == 0:
            return most
        found = minimize_scalar(lambda share: float(self.total(share)), bounds=(0, most), method="bounded",
                                options={"xatol": 1e-9})
        return float(found.x)


def bases(claims: Claims, sales: float, plan_a_year: float, marketing_a_year: float,
          p: AllocationStage) -> dict[str, Controls]:
    """One set of controls for every base that the percentages may have."""
    # ASSUME: reviews by hand are a part of the spending (risk_review_share), and only that part is automated.
    saved = -claims["s0_review_automation_cost_change"].share * p.effect_share * p.success_prior
    price = 1 - p.risk_review_share * saved
    told = claims["s0_risk_spend_share_leader"].share, claims["s2_control_rate_after_tuning"].share
    return {
        name: Controls(p.risk_loss_share * sales, base, *told, kept=p.effect_share, price=price)
        for name, base in (("Sales", sales), ("The plan's budget a year", plan_a_year),
                           ("The marketing budget a year", marketing_a_year))
    }


def frontier_table(controls: dict[str, Controls], most: float, points: int) -> pd.DataFrame:
    """Spending, remaining loss and their sum over shares of each base: base, share, spending, loss, total."""
    share = np.linspace(0, most, points)
    return pd.concat([pd.DataFrame({
        "base": name, "share": share, "spending": item.spending(share), "loss": item.remaining(share),
        "total": item.total(share),
    }) for name, item in controls.items()], ignore_index=True)


def best_table(controls: dict[str, Controls], claims: Claims, most: float) -> pd.DataFrame:
    """By base: the best share, its cost, and the cost at the two told shares."""
    low, high = claims["s0_risk_spend_share_traditional"].share, claims["s0_risk_spend_share_leader"].share
    rows = []
    for name, item in controls.items():
        share = item.best(most)
        rows.append({
            "base": name, "base_money": item.base, "best_share": share, "best_spending": float(item.spending(share)),
            "best_loss": float(item.remaining(share)), "best_total": float(item.total(share)),
            "total_without": item.loss, "total_traditional": float(item.total(low)),
            "total_leader": float(item.total(high)), "at_edge": bool(share > most - 1e-6),
        })
    return pd.DataFrame(rows)
