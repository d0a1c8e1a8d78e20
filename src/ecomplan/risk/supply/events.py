"""Single events in money, and the rows they hand on: how often, how much, what a control takes away."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ecomplan.errors import DataError
from ecomplan.risk.engine.draws import Z90
from ecomplan.risk.supply.figures import Readings
from ecomplan.risk.supply.year import Year

Array = NDArray[np.float64]
BUSY_SHARE = 1 / 3  # of the week: eight hours of each day


@dataclass(frozen=True)
class Risk:
    """A simulated risk: `rate` [readings] events a year, `loss` [readings, events] margin lost in each of them.

    An event that does not count has the loss nan. `kept` [readings]: part of the loss left, by control.
    """

    id: str
    rate: Array
    loss: Array
    source: str
    kept: dict[str, tuple[str, Array]] = field(default_factory=dict)  # control -> (acts_on, part left)

    @property
    def yearly(self) -> Array:
        """Expected loss a year [readings]."""
        return np.asarray(self.rate * np.nanmean(self.loss, axis=1))


@dataclass(frozen=True)
class Moments:
    """Moments of events drawn evenly over the plan year [readings, events]."""

    hourly: Array  # sales an hour, mean over the week
    busy: Array  # factor of that hour: above 1 in the busy third of the week

    def sales(self, hours: Array) -> Array:
        """Sales that would be made in the `hours` after the moment.

        # ASSUME: an outage that lasts runs through busy and quiet hours, so that the factor fades within a day; the
        # mean over moments is that of even hours whatever the fading.
        """
        return np.asarray(self.hourly * hours * (1 + (self.busy - 1) * np.exp(-hours / 24)))


def moments(rng: np.random.Generator, year: Year, readings: Readings, events: int) -> Moments:
    """Draw moments: a year of the reading, a month, a busy or quiet hour."""
    count = readings.count
    each = len(year.reading) // count
    draw = np.arange(count)[:, None] * each + rng.integers(each, size=(count, events))
    month = rng.integers(12, size=(count, events))
    part = readings["busy_sales"][:, None]
    busy = np.where(rng.random((count, events)) < BUSY_SHARE, part / BUSY_SHARE, (1 - part) / (1 - BUSY_SHARE))
    return Moments(year.sales[draw, month] * 12 / 8760, busy)


def lengths(rng: np.random.Generator, mean: Array, events: int, variation: float) -> Array:
    """Lognormal lengths [readings, events] with mean `mean` and standard deviation `variation` times it."""
    sigma = np.sqrt(np.log(1 + variation**2))
    drawn: Array = mean[:, None] * np.exp(sigma * rng.standard_normal((len(mean), events)) - sigma**2 / 2)
    return drawn


def pert_of(values: Array) -> tuple[float, float, float]:
    """Low, likely, high of a PERT that reaches over 95 % of the values and keeps their mean where it can."""
    low, high = (float(one) for one in np.quantile(values, [0.025, 0.975]))
    return low, float(np.clip((6 * values.mean() - low - high) / 4, low, high)), high


def link_row(risk: Risk, least: float) -> dict[str, object]:
    """A row of `links`: events that cost at least `least`; a lognormal that keeps their mean and log-spread.

    Raises DataError where no simulated event costs as much.
    """
    counts = np.isfinite(risk.loss)
    above = counts & (risk.loss >= least)
    weight = np.where(above, (risk.rate / np.maximum(counts.sum(axis=1), 1))[:, None], 0.0)
    if weight.sum() <= 0:
        raise DataError(f"no simulated event of {risk.id} costs {least:g} or more; lower supply.event_least_share")
    share = above.sum(axis=1) / np.maximum(counts.sum(axis=1), 1)
    low, likely, high = pert_of(risk.rate * share)
    loss, part = risk.loss[above], weight[above] / weight.sum()
    mean = float(part @ loss)
    log = np.log(loss)
    sigma = float(np.sqrt(part @ (log - part @ log) ** 2))
    middle = np.log(mean) - sigma**2 / 2
    return {
        "risk": risk.id, "rate_low": low, "rate_likely": likely, "rate_high": high,
        "loss_low": float(np.exp(middle - Z90 * sigma)), "loss_high": float(np.exp(middle + Z90 * sigma)),
        "source": risk.source, "loss_mean": mean, "yearly_mean": float(risk.yearly.mean()),
        "yearly_high": float(np.quantile(risk.yearly, 0.9)),
        "loss_high_simulated": _quantile(loss, part, 0.9),
        "loss_worst_simulated": _quantile(loss, part, 0.99),
    }


def _quantile(values: Array, weights: Array, at: float) -> float:
    order = np.argsort(values)
    place = int(np.searchsorted(weights[order].cumsum(), at))
    return float(values[order][min(place, len(values) - 1)])


def links_table(risks: list[Risk], least: float) -> pd.DataFrame:
    """Rates and losses of all simulated risks, in the form that the register reads."""
    return pd.DataFrame([link_row(risk, least) for risk in risks])


def effects_table(risks: list[Risk], costs: dict[str, Array]) -> pd.DataFrame:
    """What each control takes away of each risk (share of its yearly loss), and its yearly cost."""
    rows = []
    for risk in risks:
        for control, (acts_on, left) in risk.kept.items():
            low, likely, high = pert_of(np.clip(1 - left, 0.0, 1.0))
            cost = pert_of(costs[control])
            rows.append({
                "risk": risk.id, "control": control, "acts_on": acts_on, "reduction_low": low,
                "reduction_likely": likely, "reduction_high": high, "yearly_cost_low": cost[0],
                "yearly_cost_likely": cost[1], "yearly_cost_high": cost[2],
            })
    return pd.DataFrame(rows)
