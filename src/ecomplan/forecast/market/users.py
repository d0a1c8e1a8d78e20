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
    entered: Floats
    months: pd.DatetimeIndex

    def chance(self, growth: float) -> float:
        """Share of paths that grow by at least so much within a year."""
        return float((self.growth >= growth).mean())

    def needed_a_day(self, growth: float) -> dict[str, float]:
        """New customers a day with which the expected stock would grow so much: value, low, high."""
        first = slice(0, stock.YEAR)
        extra = stock.needed_extra(
            self.state, self.odds, self.entered[:, first], self.months[first], self.start * (1 + growth)
        )
        return found(np.maximum(self.new_a_day + extra * stock.YEAR / DAYS, 0))

    def sums(self, which: str) -> dict[str, float]:
        """Customers gained, regained or lost over the first twelve months: value, low, high."""
        return found(getattr(self.projection, which)[:, :stock.YEAR].sum(1))


def outlook(
    seen: stock.Activity, paths: pd.DataFrame, draws: int, rng: np.random.Generator
) -> Outlook:
    """Users through the months of the forecast's sample paths (path, month, active_customers, new_customers).

    Who enters are the new customers of the paths and the regained of the same month a year before. The chances of an
    order are resampled; what a path has of active customers above or below the mean path moves them all, so that years
    differ as the forecast says they do. New a day are the paths' own.
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
    entered = new + _regained(seen, months)
    made = stock.project(state, odds, entered, months, shock=active / np.maximum(active.mean(0), 1e-9), rng=rng)
    low, middle, high = np.quantile(made.stock, [LOW, MIDDLE, HIGH], axis=0)
    start = int(state[:seen.window].sum())
    return Outlook(
        pd.DataFrame({"month": months, "low": low, "middle": middle, "high": high}), made,
        made.stock[:, stock.YEAR - 1] / start - 1, new[:, :stock.YEAR].sum(1) / DAYS, start, odds.take(len(new)), state,
        entered, months,
    )


def after(ahead: Outlook) -> dict[str, float]:
    """Users twelve months on: value, low, high."""
    return found(ahead.projection.stock[:, stock.YEAR - 1])


def last_year(flows: pd.DataFrame, which: str) -> int:
    """Customers gained, regained or lost over the last twelve months counted (fewer where the record is shorter)."""
    return int(flows[which].iloc[1:].tail(stock.YEAR).sum())


def counted_a_day(flows: pd.DataFrame) -> float:
    """New customers a day over the last months counted."""
    part = flows.iloc[1:].tail(stock.YEAR)
    return float(part["gained"].sum() / pd.DatetimeIndex(part["month"]).days_in_month.to_numpy().sum())


def _regained(seen: stock.Activity, months: pd.DatetimeIndex) -> Floats:
    """Regained customers in the same calendar month of the last year of records."""
    last = stock.flows(seen).set_index("month")["regained"].groupby(lambda month: month.month).last()
    return last.reindex(months.month, fill_value=0).to_numpy(float)


def hazard(odds: stock.Chances) -> pd.DataFrame:
    """months_since (the last order), chance, low, high of an order in a month; the last row: dropped out."""
    low, high = np.quantile(odds.by_state[1:], [LOW, HIGH], axis=0)
    own = odds.by_state[0]
    return pd.DataFrame({
        "months_since": np.arange(len(own)), "chance": own, "low": np.minimum(low, own), "high": np.maximum(high, own),
    })
