"""List prices by product and week, and how deep they lie below what the product usually costs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

Floats = npt.NDArray[np.float64]
KEPT_WEEKS = 4  # weeks without a line that keep the last price


@dataclass(frozen=True)
class Prices:
    """Panel [weeks x products]: `depth` (share below the usual price, 0 where not cut), `rise` (share above it),
    `orders` (with the product)."""

    weeks: npt.NDArray[np.int64]
    products: tuple[str, ...]
    depth: Floats
    rise: Floats
    orders: Floats

    def risen(self) -> Prices:
        """The same with rises in the place of cuts."""
        return Prices(self.weeks, self.products, self.rise, self.depth, self.orders)


def panel(
    lines: pd.DataFrame, daily: pd.DataFrame, *, min_weekly_orders: float, min_depth: float, usual_weeks: int
) -> Prices:
    """Weekly list prices of the products ordered at least `min_weekly_orders` times a week on average.

    A list price is the median over the product's smaller lines (quantity up to its median), since large lines earn
    quantity breaks; where identified customers exist, only theirs count (sales to nobody in particular follow other
    price lists). The price is held against `usual`. A week without such a line keeps the last price for up to four
    weeks. Depths below `min_depth` count as no cut.
    """
    week_of = daily.set_index("date")["week"]
    weeks = np.sort(daily["week"].unique())
    sold = lines[(lines["kind"] == "sale") & (lines["unit_price"] > 0) & (lines["quantity"] > 0)]
    if sold["customer_id"].notna().any():
        sold = sold[sold["customer_id"].notna()]
    per_product = sold["product_id"].value_counts()
    busy = sorted(per_product.index[per_product >= min_weekly_orders * len(weeks)])
    empty = np.zeros((len(weeks), 0))
    if not busy:
        return Prices(weeks, (), empty, empty, empty)
    code = pd.Categorical(sold["product_id"], categories=busy).codes
    sold = sold.assign(product=code, week=sold["time"].dt.normalize().map(week_of))
    sold = sold[(sold["product"] >= 0) & sold["week"].notna()]
    orders = _wide(sold.drop_duplicates(["order_id", "product"]).groupby(["week", "product"]).size(), weeks, len(busy))
    small = sold[sold["quantity"] <= sold.groupby("product")["quantity"].transform("median")]
    price = pd.DataFrame(_wide(small.groupby(["week", "product"])["unit_price"].median(), weeks, len(busy)))
    price = price.ffill(limit=KEPT_WEEKS)
    below = np.nan_to_num(1 - price.to_numpy() / usual(price.to_numpy(), usual_weeks, min_depth))
    depth, rise = (np.where(part >= min_depth, np.minimum(part, 1), 0.0) for part in (below, -below))
    return Prices(weeks, tuple(map(str, busy)), depth, rise, np.nan_to_num(orders))


def usual(price: Floats, usual_weeks: int, min_depth: float) -> Floats:
    """The usual price [weeks x products]: the median of the regular prices of the `usual_weeks` weeks before.

    A price away from it by `min_depth` or more is not regular until it has stood for as many weeks itself: a cut that
    lasts a while does not become the yardstick it is measured by. Nothing later is looked at; NaN where too few weeks
    are known.
    """
    out, regular = np.full_like(price, np.nan), np.full_like(price, np.nan)
    away = np.zeros(price.shape[1], dtype=int)
    for t in range(len(price)):
        before = np.sort(regular[max(t - usual_weeks, 0):t], axis=0)  # NaN last
        known = np.isfinite(before).sum(0)
        enough = known >= max(2, usual_weeks // 2)
        if enough.any():
            column = np.flatnonzero(enough)
            low, high = (known[column] - 1) // 2, known[column] // 2
            out[t, column] = (before[low, column] + before[high, column]) / 2
        gap = np.nan_to_num(np.abs(price[t] / out[t] - 1))
        away = np.where(gap >= min_depth, away + 1, 0)
        regular[t] = np.where((away > 0) & (away < usual_weeks), out[t], price[t])
    return out


def index(prices: Prices) -> pd.DataFrame:
    """By week: depth (mean cut over products, weighted by their orders of the year before) and share (so weighted)."""
    if not prices.products:
        return pd.DataFrame({"week": prices.weeks, "depth": 0.0, "share": 0.0}).set_index("week")
    weight = pd.DataFrame(prices.orders).shift(1).rolling(52, min_periods=1).sum().fillna(0).to_numpy()
    total = np.maximum(weight.sum(1), 1.0)
    return pd.DataFrame({
        "week": prices.weeks, "depth": (weight * prices.depth).sum(1) / total,
        "share": (weight * (prices.depth > 0)).sum(1) / total,
    }).set_index("week")


def _wide(long: pd.Series, weeks: npt.NDArray[np.int64], products: int) -> Floats:
    out = np.full((len(weeks), products), np.nan)
    week, product = (long.index.get_level_values(name).to_numpy() for name in ("week", "product"))
    out[np.searchsorted(weeks, week.astype(np.int64)), product.astype(np.int64)] = long.to_numpy()
    return out
