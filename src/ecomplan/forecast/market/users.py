"""The projection of users through the plan year, as tables and findings."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ecomplan.errors import DataError
from ecomplan.forecast.market import stock
from ecomplan.forecast.market.priors import HIGH, LOW, MIDDLE, Floats, found

DAYS = 365


@dataclass(frozen=True)
class Outlook:
    """`table`: month, low, middle, high of the stock; `growth` [paths] over the first twelve months; inflow by path."""

    table: pd.DataFrame
    projection: stock.Projection
    growth: Floats
    new_a_day: Floats
    start: int
    odds: stock.Chances
    state: stock.Ints
    gained: Floats
    months: pd.DatetimeIndex

    def chance(self, growth: float) -> float:
        """Share of paths that grow by at least so much within a year."""
        return float((self.growth >= growth).mean())

    def needed_a_day(self, growth: float) -> dict[str, float]:
        """New customers a day with which the expected stock would grow so much: value, low, high."""
        first = slice(0, stock.YEAR)
        factor = stock.needed_inflow(
            self.state, self.odds, self.gained[:, first], self.months[first], self.start * (1 + growth)
        )
        return found(factor * self.new_a_day)

    def sums(self, which: str) -> dict[str, float]:
        """Customers gained, regained or lost over the first twelve months: value, low, high."""
        return found(getattr(self.projection, which)[:, :stock.YEAR].sum(1))


def outlook(
    seen: stock.Activity, paths: pd.DataFrame, draws: int, rng: np.random.Generator
) -> Outlook:
    """Users through the months of the forecast's sample paths (path, month, active_customers, new_customers).

    New customers are those of the paths. The chances of an order are resampled; what a path has of active customers
    above or below the mean path moves them all, so that years differ as the forecast says they do.
    """
    missing = [name for name in ("path", "month", "active_customers", "new_customers") if name not in paths]
    if missing:
        raise DataError(f"table paths of stage forecast: missing {', '.join(missing)}")
    wide = paths.pivot(index="path", columns="month", values=["active_customers", "new_customers"])
    active = wide["active_customers"].to_numpy(float)
    new = np.rint(np.maximum(wide["new_customers"].to_numpy(float), 0))
    months = pd.DatetimeIndex(wide["active_customers"].columns)
    if len(months) < stock.YEAR or months[0] != seen.months[-1] + pd.DateOffset(months=1):
        raise DataError(f"table paths of stage forecast: expected at least a year of months from the one after "
                        f"{seen.months[-1]:%Y-%m} on, found {len(months)} from {months[0]:%Y-%m}")
    state, odds = seen.now(), stock.chances(seen, draws, rng)
    made = stock.project(state, odds, new, months, shock=active / np.maximum(active.mean(0), 1e-9), rng=rng)
    low, middle, high = np.quantile(made.stock, [LOW, MIDDLE, HIGH], axis=0)
    start = int(state[:-1].sum())
    return Outlook(
        pd.DataFrame({"month": months, "low": low, "middle": middle, "high": high}), made,
        made.stock[:, stock.YEAR - 1] / start - 1, new[:, :stock.YEAR].sum(1) / DAYS, start, odds.take(len(new)), state,
        new, months,
    )


def hazard(odds: stock.Chances) -> pd.DataFrame:
    """months_since (the last order), chance, low, high of an order in a month; the last row: dropped out."""
    low, high = np.quantile(odds.by_state[1:], [LOW, HIGH], axis=0)
    own = odds.by_state[0]
    return pd.DataFrame({
        "months_since": np.arange(len(own)), "chance": own, "low": np.minimum(low, own), "high": np.maximum(high, own),
    })
