"""Alarms on a group's weekly exposure share: as told, set to a stated size, and cumulated over weeks.

An alarm's size is the chance that it rings where nothing is wrong. One that is looked at every week rings falsely
far oftener in a year than in a week; the cumulated sum of shortfalls (Page, 1954) is set by the year instead. All
limits are quantiles of simulated fair years and are judged on other fair years.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ecomplan.errors import ParameterError
from ecomplan.estimate import Estimate
from ecomplan.risk.bias.exposure import Setting, share_at, weekly_shares
from ecomplan.risk.bias.kernel import Floats
from ecomplan.risk.engine.draws import Z90
from ecomplan.risk.engine.shares import share

NAMES = {"told": "as told", "week": "set by the week", "year": "set by the year", "sum": "cumulated, set by the year"}


@dataclass(frozen=True)
class Alarms:
    """Limits on the weekly share (`told`, `week`, `year`) and on the cumulated shortfall (`sum`)."""

    told: float
    week: float
    year: float
    sum: float
    centre: float  # mean of a fair week
    spread: float  # standard deviation of a fair week
    allowance: float

    def rings(self, shares: Floats, kind: str) -> Floats:
        """Whether each year rings (..., years), from weekly shares (..., years, weeks)."""
        if kind == "sum":
            return np.asarray(self.cumulated(shares) > self.sum)
        return np.asarray(shares.min(axis=-1) < getattr(self, kind))

    def cumulated(self, shares: Floats) -> Floats:
        """Greatest cumulated shortfall of each year (..., years)."""
        return greatest_sum((self.centre - shares) / self.spread - self.allowance)


def greatest_sum(steps: Floats) -> Floats:
    """Greatest value of the sum that restarts at 0 whenever it falls below, over the last axis."""
    held = np.zeros(steps.shape[:-1])
    most = held.copy()
    for week in range(steps.shape[-1]):
        held = np.maximum(held + steps[..., week], 0)
        most = np.maximum(most, held)
    return most


def set_alarms(fair: Floats, told: float, size_week: float, size_year: float, allowance: float) -> Alarms:
    """Limits from fair years (years, weeks). Raises ParameterError where too few years hold a false alarm."""
    if fair.shape[0] * size_year < 1:
        raise ParameterError(f"{fair.shape[0]} fair years cannot set an alarm of size {size_year:g}; raise bias.years")
    centre, spread = float(fair.mean()), float(fair.std())
    if spread == 0:
        raise ParameterError("every fair week has the same exposure share; an alarm on it has no meaning")
    plain = Alarms(told, _lower(fair.ravel(), size_week), _lower(fair.min(axis=1), size_year), 0.0, centre, spread,
                   allowance)
    sums = np.sort(plain.cumulated(fair))
    return Alarms(plain.told, plain.week, plain.year, float(sums[-1 - int(size_year * len(sums))]), centre, spread,
                  allowance)


def _lower(values: Floats, size: float) -> float:
    """The limit below which at most `size` of the values lie."""
    ranked = np.sort(values)
    return float(ranked[int(size * len(ranked))])


def chance(hits: Floats) -> Estimate:
    """Share of simulated cases with its 80 % range of Wilson (1927)."""
    return share(float(hits.sum()), hits.size, "No case was simulated")


@dataclass(frozen=True)
class Watch:
    """Simulated years under each bias, with the alarms set on other fair years."""

    setting: Setting
    handicaps: Floats  # (levels,) the first is 0
    shares: Floats  # (levels, years, weeks)
    alarms: Alarms
    ratio_limit: float

    @property
    def least_fair(self) -> int:
        """The level whose bias leaves the least fair ratio."""
        return int(np.argmin(np.abs(self.means - share_at(self.ratio_limit, self.setting.base))))

    @property
    def means(self) -> Floats:
        """Mean exposure share under each bias, (levels,)."""
        return np.asarray(self.shares.mean(axis=(1, 2)))

    def rings(self, kind: str) -> Floats:
        return self.alarms.rings(self.shares, kind)

    def false_week(self, kind: str) -> Estimate:
        """Chance that a fair week rings; weeks of a year hang together, so the range rests on years."""
        by_year = (self.shares[0] < getattr(self.alarms, kind)).mean(axis=1)
        half = Z90 * by_year.std(ddof=1) / np.sqrt(len(by_year))
        value = float(by_year.mean())
        return Estimate(value, max(value - half, 0.0), value + half)

    def seen(self, kind: str, mean_share: float) -> float:
        """Chance that a year's alarm rings where bias leaves this mean share; between the biases tried, straight."""
        return float(np.interp(-mean_share, -self.means, self.rings(kind).mean(axis=1)))

    def false_year(self, kind: str) -> Estimate:
        """Chance that a fair year rings."""
        return chance(self.rings(kind)[0])

    def missed(self, kind: str) -> Estimate:
        """Chance that a year of the bias that leaves the least fair ratio does not ring."""
        return chance(1.0 - self.rings(kind)[self.least_fair])

    def below(self, limit: float) -> Floats:
        """Chance that a week's share falls below a limit, (levels,)."""
        return np.asarray((self.shares < limit).mean(axis=(1, 2)))


def watch(setting: Setting, told: float, p: Any, rng: np.random.Generator) -> Watch:
    """Set the alarms on fair years, then simulate as many others under no bias and under each bias.

    Beside evenly spaced biases stand those that leave the least fair ratio and the told share, read off the first
    years. Raises ParameterError where the greatest bias does not reach them.
    """
    grid = np.linspace(0, p.bias_max, p.bias_steps + 1)
    first = weekly_shares(setting, grid, p.years, rng)
    alarms = set_alarms(first[0], told, p.alarm_size_week, p.alarm_size_year, p.drift_allowance)
    means = first.mean(axis=(1, 2))
    asked = [share for share in (float(share_at(p.ratio_limit, setting.base)), told) if share < means[0]]
    if asked and min(asked) < means[-1]:
        raise ParameterError(
            f"bias.bias_max {p.bias_max:g} leaves the group a mean share of {means[-1]:.2f}; a share of "
            f"{min(asked):.2f} is asked about: raise it"
        )
    handicaps = np.unique(np.concatenate([grid, np.interp(-np.array(asked), -means, grid)]))
    return Watch(setting, handicaps, weekly_shares(setting, handicaps, p.years, rng), alarms, p.ratio_limit)
