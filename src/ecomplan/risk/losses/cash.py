"""Cash month by month: margin less fixed cost less losses; the chance that it runs out, and the fund against it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ecomplan.errors import DataError, ParameterError
from ecomplan.risk.losses.book import Floats


@dataclass(frozen=True)
class Flow:
    """`lowest` (years,): the lowest cash of the year, counted from 0 at its beginning, losses included; `calm`
    (years,) the same without any loss."""

    lowest: Floats
    calm: Floats

    def ruin(self, fund: float) -> float:
        """Chance that cash falls below 0 in the year although it began with `fund`."""
        return float((self.lowest < -fund).mean())

    def ruin_without_losses(self, fund: float) -> float:
        return float((self.calm < -fund).mean())

    def needed(self, chance: float) -> float:
        """The smallest fund that keeps the chance of running out at or below `chance`."""
        ordered = np.sort(np.maximum(-self.lowest, 0.0))
        return float(ordered[min(len(ordered) - 1, int(np.ceil((1 - chance) * len(ordered) - 1e-9)) - 1)])


def monthly_sales(paths: pd.DataFrame, year: int) -> Floats:
    """(paths, 12) sales of the year by month, in the order of `exposure_of`."""
    rows = paths.loc[pd.DatetimeIndex(paths["month"]).year == year]
    table = rows.pivot(index="path", columns="month", values="sales").to_numpy(float)
    if table.shape[1] != 12 or not np.isfinite(table).all():
        raise DataError(f"table paths: {year} has {table.shape[1]} whole months; expected 12 on every path")
    return np.asarray(table)


def cash_flow(sales: Floats, of_year: Floats, margin: Floats, losses: Floats, fixed_share: float) -> Flow:
    """Cash of some years. `sales` (paths, 12); `of_year` (years,) yearly sales, which name the path of a year;
    `margin` (years,) share of sales; `losses` (years, 12) money; `fixed_share`: fixed cost as a share of the
    expected margin, spread evenly over the months. Raises ParameterError for a year on no path.
    """
    total = sales.sum(axis=1)
    order = np.argsort(total, kind="stable")
    at = order[np.minimum(np.searchsorted(total[order], of_year * (1 - 1e-12)), len(total) - 1)]
    if not np.allclose(total[at], of_year, rtol=1e-9):
        raise ParameterError("cash: a year has sales of none of the paths")
    fixed = fixed_share * float(margin.mean()) * float(sales.mean())
    earned = sales[at] * margin[:, None] - fixed
    return Flow(lowest_cash(earned - losses), lowest_cash(earned))


def lowest_cash(net: Floats) -> Floats:
    """(years,) lowest sum of the months so far, of monthly net flows (years, months)."""
    return np.asarray(np.cumsum(net, axis=1).min(axis=1))


def ruin_exact(chances: Floats, steps: Floats, fund: int, months: int) -> float:
    """Chance that cash on a whole-number grid falls below 0 within `months` alike and independent months.

    `steps` (n,) whole-number net flows with `chances` (n,). The recursion over months keeps the distribution of those
    not yet ruined (finite-time ruin of the discrete risk process; De Vylder & Goovaerts, 1988).
    """
    if not np.isclose(chances.sum(), 1) or (chances < 0).any():
        raise ParameterError(f"ruin: chances sum to {chances.sum():g}; expected 1, none below 0")
    whole = steps.astype(np.int64)
    most = fund + months * max(0, int(whole.max()))
    alive = np.zeros(most + 1)
    alive[fund] = 1.0
    for _ in range(months):
        after = np.zeros_like(alive)
        for step, chance in zip(whole, chances, strict=True):
            cash = np.arange(most + 1) + step
            stays = (cash >= 0) & (cash <= most)
            after[cash[stays]] += chance * alive[stays]
        alive = after
    return float(1 - alive.sum())
