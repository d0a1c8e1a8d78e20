"""The plan year as the forecast draws it: sales and orders by month and week, for every reading of the world."""

from __future__ import annotations

import calendar
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ecomplan.errors import DataError

Array = NDArray[np.float64]
WEEKS = 52


@dataclass(frozen=True)
class Year:
    """Demand of the plan year; years are ordered by reading: `years_each` for each."""

    number: int
    sales: Array  # [draws, 12] money
    orders: Array  # [draws, 12]
    weekly: Array  # [draws, 52] money; the last week holds the days left over
    abroad: float  # share of sales beyond the largest country
    reading: NDArray[np.int64]  # [draws] its reading of the world

    @property
    def month_share(self) -> Array:
        """Share of the year's sales by month, mean over draws [12]."""
        return np.asarray(self.sales.sum(axis=0) / self.sales.sum())

    @property
    def total(self) -> float:
        """Mean sales of the year."""
        return float(self.sales.sum(axis=1).mean())

    @property
    def basket(self) -> float:
        """Mean sales of an order."""
        return float(self.sales.sum() / self.orders.sum())


def plan_year(paths: pd.DataFrame, part_years: pd.DataFrame, readings: int, years_each: int, seed: int) -> Year:
    """Draw forecast paths for every reading. Raises DataError where no calendar year is forecast whole."""
    months = paths.groupby(paths["month"].dt.year)["month"].nunique()
    whole = months[months == 12]
    if whole.empty:
        raise DataError("table paths of stage forecast holds no whole calendar year; expected its twelve months")
    number = int(whole.index.max())
    kept = paths[paths["month"].dt.year == number]
    sales = kept.pivot(index="path", columns="month", values="sales").to_numpy(float)
    orders = kept.pivot(index="path", columns="month", values="orders").to_numpy(float)
    if not (np.isfinite(sales).all() and (sales > 0).all()):
        raise DataError(f"table paths of stage forecast: sales of {number} are not all above zero")
    pick = np.random.default_rng(seed).integers(len(sales), size=readings * years_each)
    sales, orders = sales[pick], orders[pick]
    return Year(
        number, sales, orders, sales @ week_weights(number), abroad_share(part_years),
        np.repeat(np.arange(readings), years_each),
    )


def week_weights(year: int) -> Array:
    """Share of each month's sales that falls into each week [12, 52]; every row adds up to 1."""
    weights = np.zeros((12, WEEKS))
    day = 0
    for month in range(12):
        days = calendar.monthrange(year, month + 1)[1]
        for _ in range(days):
            weights[month, min(day // 7, WEEKS - 1)] += 1 / days
            day += 1
    return weights


def abroad_share(part_years: pd.DataFrame) -> float:
    """Share of sales outside the country that sells most; 0 where one country alone is forecast."""
    rows = part_years[(part_years["series"] == "sales") & (part_years["hierarchy"] == "country")]
    if len(rows) < 2:
        return 0.0
    value = rows["value"].to_numpy(float)
    return float(1 - value.max() / value.sum())
