"""What the scenarios bring: a table of all, the share inside the loss limit, the reference increments, the gain
that choosing among decisions brings."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ecomplan.claims import Claims
from ecomplan.estimate import Estimate
from ecomplan.investment.engine.plan import Plan, cost_table
from ecomplan.investment.scenarios.attainment import HIGH, LOW, Sandbox
from ecomplan.params import ScenariosStage

Array = NDArray[np.float64]
BILLION = 1e9


def loss_limit(plan: Plan, p: ScenariosStage) -> float:
    """The loss that a scenario may bring, platform money: a share of the plan's cost as decided."""
    return p.loss_limit_share_of_budget * float(cost_table(plan)["planned"].sum())


def scenario_table(sandbox: Sandbox, by_scenario: Array, plan: Plan, months: float, p: ScenariosStage) -> pd.DataFrame:
    """One row a scenario, in order of mean NPV, worst first: what it is, NPV (mean, 80 % of plans), chance that it
    gains and pays back within `months`, share of plans beyond the loss limit and whether it stays inside, growth
    of sales after a year, discounted cost, and the share of all targets attained."""
    npv, payback = sandbox.column("npv"), sandbox.column("payback_months")
    beyond = (npv < -loss_limit(plan, p)).mean(axis=1)
    low, high = np.quantile(npv, (LOW, HIGH), axis=1)
    scenarios = sandbox.worlds.scenarios
    frame = pd.DataFrame({
        "id": [one.id for one in scenarios], "scenario": [one.name for one in scenarios],
        "kind": [one.kind for one in scenarios], "trigger": [sandbox.worlds.triggers[one.id] for one in scenarios],
        "npv_mean": npv.mean(axis=1, dtype=np.float64), "npv_low": low.astype(np.float64),
        "npv_high": high.astype(np.float64), "chance_positive": (npv > 0).mean(axis=1),
        "chance_payback": (payback <= months).mean(axis=1), "beyond_limit": beyond,
        "inside_limit": np.where(beyond <= p.loss_chance, "yes", "no"),
        "growth_12": sandbox.column("growth_12").mean(axis=1, dtype=np.float64),
        "cost": sandbox.column("cost").mean(axis=1, dtype=np.float64),
        "extra_sales": sandbox.column("extra_sales").mean(axis=1, dtype=np.float64),
        "targets_attained": by_scenario.mean(axis=0),
    })
    return frame.sort_values(["npv_mean", "id"], ignore_index=True)


def over_scenarios(values: Array) -> Estimate:
    """Mean over scenarios and the span of eight in ten of them."""
    low, high = np.quantile(values, (LOW, HIGH))
    mean = float(values.mean())
    return Estimate(mean, min(float(low), mean), max(float(high), mean))


@dataclass(frozen=True)
class Increment:
    """Extra sales in bn CNY over the horizon: of the plan as written, the most of any scenario (1-in-10 high), and
    all sales of the platform in that time without the plan."""

    reference: Estimate
    most: float
    most_scenario: str
    platform: float


def increment(sandbox: Sandbox, plan: Plan) -> Increment:
    """The three-year increment next to what the platform sells at all."""
    extra = sandbox.column("extra_sales").astype(np.float64) * plan.settings.cny_per_currency_unit / BILLION
    low, high = np.quantile(extra[0], (LOW, HIGH))
    highs = np.quantile(extra, HIGH, axis=1)
    best = int(np.argmax(highs))
    year = float(plan.base.sales.sum(axis=(1, 2)).mean())
    mean = float(extra[0].mean())
    return Increment(
        Estimate(mean, min(float(low), mean), max(float(high), mean)), float(highs[best]),
        sandbox.worlds.scenarios[best].name,
        year * plan.settings.horizon_months / 12 * plan.settings.cny_per_currency_unit / BILLION,
    )


@dataclass(frozen=True)
class Choice:
    """The best of the decisions among the scenarios by what is asked, beside the plan as written."""

    scenario: str
    best: float
    reference: float

    @property
    def gain(self) -> float | None:
        """Relative gain; None where the reference is zero."""
        return self.best / self.reference - 1 if self.reference > 0 else None


def best_decision(sandbox: Sandbox, values: Array) -> Choice:
    """The decision with the highest of `values` (scenarios,); the plan as written counts as one."""
    places = [0, *(place for place, one in enumerate(sandbox.worlds.scenarios) if one.kind == "decision")]
    best = max(places, key=lambda place: values[place])
    return Choice(sandbox.worlds.scenarios[best].name, float(values[best]), float(values[0]))


def claimed_share(claims: Claims, key: str) -> float:
    """A claim in percent as a share."""
    return float(claims[key].value or 0.0) / 100
