"""The platform's largest real drop, taken apart: all tables of the drill at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ecomplan.estimate import Estimate
from ecomplan.risk.watch import drill
from ecomplan.risk.watch.cube import Cube

SHORT = "The history holds no month with the same month of the year before"


@dataclass(frozen=True)
class Dropped:
    """The drop and what explains it; all tables are empty where there is no pair of months."""

    elements: pd.DataFrame
    factors: pd.DataFrame
    path: pd.DataFrame
    leaves: pd.DataFrame
    change: Estimate  # relative change of net sales
    error: float  # greatest gap between a set of contributions and the change, over the change
    month: str | None

    @property
    def named(self) -> str:
        """The drill's path in words."""
        return drill.told_elements(self.path)

    @property
    def first_part(self) -> Estimate:
        """Part of the change that the drill's first step explains."""
        if not len(self.path):
            return Estimate(None, unknown="No group explains the change better than all of them together")
        return Estimate(float(self.path["part"].iloc[0]))

    @property
    def main_factor(self) -> pd.DataFrame:
        """The row of the factor that moved most in the direction of the change; none without factors."""
        toward = self.factors["contribution"].astype(float) * np.sign(float(self.factors["contribution"].sum()))
        return self.factors.iloc[np.argsort(-toward.to_numpy(), kind="stable")[:1]]

    def factor(self, name: str) -> Estimate:
        """Contribution of one factor, money."""
        part = self.factors[self.factors["factor"] == name]
        if not len(part):
            return Estimate(None, unknown="A factor is nil in one of the months, so that the change cannot be split")
        return Estimate(float(part["contribution"].iloc[0]))

    def told(self, column: str) -> dict[str, object]:
        """The factor that moved most ("factor") or what to look at ("look"), ready for a finding."""
        best = self.main_factor
        return {"value": str(best[column].iloc[0])} if len(best) else {"value": None, "unknown": SHORT}


def take_apart(cube: Cube, wanted: float) -> Dropped:
    """The largest relative fall of a month's net sales against the year before, by element, factor, path and cell."""
    pair = drill.largest_drop(cube)
    if pair is None:
        empty = drill.element_table(cube, 0, 0).iloc[:0]
        leaves = drill.leaf_table(cube, 0, 0, wanted).iloc[:0]
        return Dropped(empty, drill.factor_table(cube, 0, 0).iloc[:0], drill.path_table(cube, 0, 0, wanted), leaves,
                       Estimate(None, unknown=SHORT), 0.0, None)
    then, now = pair
    elements = drill.element_table(cube, then, now)
    factors = drill.factor_table(cube, then, now)
    leaves = drill.leaf_table(cube, then, now, wanted)
    before, after = float(cube.net[then].sum()), float(cube.net[now].sum())
    change = after - before
    sums = [*elements.groupby("dimension")["contribution"].sum(), leaves.loc[leaves["kind"] != "total", "amount"].sum()]
    sums += [factors["contribution"].sum()] if len(factors) else []
    error = float(np.max(np.abs(np.array(sums) - change))) / max(abs(change), 1e-9)
    return Dropped(elements, factors, drill.path_table(cube, then, now, wanted), leaves, Estimate(change / before),
                   error, str(cube.months[now]))
