"""Customers over the months ahead, with and without a programme of invitations."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ecomplan.investment.dynamics.calibrate import YEAR, Calibration, season_of
from ecomplan.investment.dynamics.network import Floats
from ecomplan.investment.dynamics.prior import Drawn
from ecomplan.investment.dynamics.referral import ARRIVALS, CUSTOMERS, Rates, coefficients, network, start_stocks
from ecomplan.investment.dynamics.simulate import Runs, simulate, step_error

DAYS_A_YEAR = 365.25


@dataclass(frozen=True)
class Ahead:
    """Runs of the system from the last month counted on."""

    runs: Runs
    reward: Floats  # [n]

    @property
    def customers(self) -> Floats:
        """New and active customers [months + 1, n]."""
        return self.runs.stock(*CUSTOMERS)

    @property
    def ratio(self) -> Floats:
        """Customers at the end over those at the start [n]."""
        return np.asarray(self.customers[-1] / self.customers[0])

    @property
    def a_year(self) -> Floats:
        """Growth of customers a year [n]."""
        return np.asarray(self.ratio ** (YEAR / (len(self.customers) - 1)) - 1)

    @property
    def entered(self) -> Floats:
        """New customers over the months [n]."""
        return np.asarray(self.runs.flow(*ARRIVALS).sum(axis=0))

    @property
    def referred(self) -> Floats:
        """Share of the new customers who were invited [n]."""
        return np.asarray(self.runs.flow("arrival").sum(axis=0) / np.maximum(self.entered, 1e-12))

    @property
    def saving(self) -> Floats:
        """Fall of the cost of winning a customer, as a share [n]: the invited cost only their reward."""
        return np.asarray(self.referred * (1 - self.reward))

    @property
    def new_a_day(self) -> Floats:
        """New customers a day over the last year [n]."""
        last = self.runs.flow(*ARRIVALS)[-YEAR:]
        return np.asarray(last.sum(axis=0) / (DAYS_A_YEAR * len(last) / YEAR))


def ahead(found: Calibration, drawn: Drawn, months: int, steps: int, bounded: bool = True) -> Ahead:
    """Simulate all runs of `drawn`; unbounded, with as many coming by themselves as now and no end of people."""
    system, rates = network(bounded), drawn.rates
    if not bounded:
        rates = rates.with_(entry=rates.entry * share_left(found, rates), capacity=np.inf)
    runs = simulate(
        system, start_stocks(found.start, drawn.lost, rates, system), coefficients(rates, system), months,
        steps, season_of(found, system, months), ARRIVALS,
    )
    return Ahead(runs, drawn.reward)


def without(drawn: Drawn) -> Drawn:
    """The same runs with nobody inviting."""
    return Drawn(drawn.rates.with_(k=np.zeros(len(drawn.rates))), drawn.lost, drawn.reward)


def halving(found: Calibration, drawn: Drawn, months: int, steps: int) -> float:
    """Largest change of a stock when the steps are halved, over a few runs (`simulate.step_error`)."""
    system, few = network(), drawn.some(64)
    return step_error(system, start_stocks(found.start, few.lost, few.rates, system), coefficients(few.rates, system),
                      months, steps, season_of(found, system, months))


def imbalance(run: Ahead) -> float:
    """Largest change of the number of all people over the months, as a share: conservation asks for none."""
    total = run.runs.stocks.sum(axis=1)
    return float(np.max(np.abs(total / total[0] - 1)))


def share_left(found: Calibration, rates: Rates) -> Floats:
    """Share of the people who are not customers at the start [n]."""
    return np.asarray(1 - found.start.known / rates.capacity)


def paths(counted: pd.DataFrame, found: Calibration, plain: Ahead, programme: Ahead) -> pd.DataFrame:
    """month, counted (past), without, low, middle, high (months ahead): customers, 80 %."""
    low, middle, high = np.quantile(programme.customers, [0.1, 0.5, 0.9], axis=1)
    future = pd.DataFrame({
        "month": pd.date_range(found.last, periods=len(low), freq="MS"), "without": np.median(plain.customers, axis=1),
        "low": low, "middle": middle, "high": high,
    })
    past = pd.DataFrame({"month": counted["month"], "counted": (counted["new"] + counted["active"]).astype(float)})
    table = past.merge(future, on="month", how="outer").sort_values("month", ignore_index=True)
    return table.astype(dict.fromkeys(table.columns[1:], "Float64"))
