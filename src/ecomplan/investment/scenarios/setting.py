"""The plan as written as this stage sees it, the run of all scenarios, and how their results are handed on."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from ecomplan.errors import DataError
from ecomplan.estimate import Estimate, Reading
from ecomplan.investment.engine import many
from ecomplan.investment.engine.budget import Budget
from ecomplan.investment.engine.levers import Levers
from ecomplan.investment.engine.plan import Plan, Settings, as_written, budget_margin, newcomer_margin
from ecomplan.investment.engine.sales import Base
from ecomplan.investment.scenarios.attainment import Sandbox
from ecomplan.investment.scenarios.worlds import Worlds
from ecomplan.params import ScenariosStage

#: what is measured in every scenario
MEASURES = (
    "npv", "roi_net", "roi_gross", "payback_months", "cost", "benefit", "extra_sales", "growth_12", "growth_horizon",
    "marketing_cost", "cac", "cac_all", "ltv_cac", "ltv_cac_all", "conversion_12", "order value_12", "frequency_12",
    "retention_12", "users_12",
)


def plan_as_written(levers: Levers, base: Base, budget: Budget, newcomer: Estimate, p: ScenariosStage) -> Plan:
    """The documents' plan: everything at once, within the range of their budget."""
    settings = Settings.of(p)
    return Plan(
        levers, base, as_written(levers, budget, settings), settings, newcomer_margin(newcomer), budget_margin(budget),
    )


def first_year(paths: pd.DataFrame) -> int:
    """The plan year: that of the first January among the forecast's months. Raises DataError where there is none."""
    months = pd.DatetimeIndex(paths["month"].unique())
    starts = months[months.month == 1]
    if not len(starts):
        raise DataError("table paths of stage forecast: no January among its months; expected the plan year")
    return int(starts.min().year)


def run_sandbox(plan: Plan, worlds: Worlds, p: ScenariosStage) -> Sandbox:
    """All scenarios on the same draws."""
    return Sandbox(worlds, MEASURES, many.run(plan, worlds.scenarios, p.draws, p.seed, MEASURES))


def chance_of(targets: pd.DataFrame, claim: str) -> dict[str, float]:
    """Chance of the first target of a claim with its Monte-Carlo interval, ready for a finding."""
    row = targets[targets["claim"] == claim].iloc[0]
    return {"value": float(row["chance"]), "low": float(row["chance_low"]), "high": float(row["chance_high"])}


def record(write: Callable[..., None], standing: list[Reading]) -> int:
    """Hand each reading to `write` (the stage's ledger of claims); how many claims were used."""
    for one in standing:
        write(one.key, one.role, one.reading, **one.told())
    return len({one.key for one in standing})
