"""What other stages and the orders say that the response models start from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ecomplan.errors import DataError
from ecomplan.estimate import Estimate
from ecomplan.investment.responses.chances import around, between

Array = NDArray[np.float64]


@dataclass(frozen=True)
class PriceAnswer:
    """Draws of the price elasticity, and whether the orders showed one."""

    draws: Array
    measured: bool


def price_answer(
    rng: np.random.Generator, found: Estimate, low: float, high: float, draws: int
) -> PriceAnswer:
    """The measured elasticity with its interval; evenly between `low` and `high` where none was measured."""
    if found.value is None or found.low is None or found.high is None:
        return PriceAnswer(between(rng, low, high, draws), False)
    return PriceAnswer(around(rng, found, draws), True)


@dataclass(frozen=True)
class Trade:
    """The shop's size: sales and orders of the last twelve months or, where there are fewer, set to a year."""

    sales_per_year: float
    orders_per_month: float
    order_value: float

    def enquiries(self, per_order: float) -> float:
        """Enquiries a month, `per_order` for each order."""
        return self.orders_per_month * per_order


def trade(orders: pd.DataFrame) -> Trade:
    """Size by orders (time, amount). Raises DataError where there are none."""
    if orders.empty:
        raise DataError("table orders is empty: the shop's size cannot be told")
    end = orders["time"].max()
    recent = orders[orders["time"] > end - pd.DateOffset(years=1)]
    years = min((end - orders["time"].min()).days / 365.25, 1.0)
    if years <= 0:
        raise DataError("table orders spans less than a day: the shop's size cannot be told")
    total = float(recent["amount"].sum())
    return Trade(total / years, len(recent) / years / 12, total / len(recent))
