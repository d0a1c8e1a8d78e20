"""Lead times: a PERT distribution in whole weeks, and the weeks that an order must cover."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import betainc

from ecomplan.errors import ParameterError
from ecomplan.forecast.demand.panel import Floats, Ints


@dataclass(frozen=True)
class Leads:
    """Whole weeks from order to delivery with their chances, and weeks between reviews of the stock.

    An order placed at the end of week t is there before the demand of week t + 1 + lead. The next can be placed
    `review` weeks later: the order must cover weeks t + 1 .. t + lead + review.
    """

    weeks: Ints
    chance: Floats
    review: int

    @property
    def steps(self) -> int:
        """Longest interval that an order must cover, weeks."""
        return int(self.weeks[-1]) + self.review

    @property
    def cover(self) -> Floats:
        """Chance that step h = 1 .. steps lies in the interval that an order must cover."""
        step = np.arange(1, self.steps + 1)
        return np.asarray((self.chance[None, :] * (step[:, None] <= self.weeks[None, :] + self.review)).sum(1))

    @property
    def mean_cover(self) -> float:
        """Mean weeks that an order must cover."""
        return float(self.cover.sum())

    @property
    def mean(self) -> float:
        return float((self.weeks * self.chance).sum())

    def draw(self, shape: tuple[int, ...], rng: np.random.Generator) -> Ints:
        """Lead times in weeks, independent."""
        return np.asarray(self.weeks[np.searchsorted(np.cumsum(self.chance)[:-1], rng.random(shape), side="right")])


def pert(low: float, likely: float, high: float, review: int) -> Leads:
    """A PERT distribution (Malcolm et al. 1959; beta with weight 4 on the mode) rounded to whole weeks.

    Raises ParameterError unless low <= likely <= high.
    """
    if not 0 <= low <= likely <= high:
        raise ParameterError(f"lead time: low <= likely <= high must hold, found {low:g} / {likely:g} / {high:g} weeks")
    if low == high:
        return Leads(np.array([round(low)]), np.ones(1), review)
    a = 1 + 4 * (likely - low) / (high - low)
    b = 1 + 4 * (high - likely) / (high - low)
    weeks = np.arange(int(np.floor(low + 0.5)), int(np.floor(high + 0.5)) + 1)
    ends = np.clip((np.concatenate([weeks - 0.5, [weeks[-1] + 0.5]]) - low) / (high - low), 0.0, 1.0)
    chance = np.diff(betainc(a, b, ends))
    keep = chance > 0
    return Leads(weeks[keep], chance[keep] / chance[keep].sum(), review)
