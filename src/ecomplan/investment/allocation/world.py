"""The plan on which the choice is made, and the limits that it has to keep."""

from __future__ import annotations

from ecomplan.estimate import Estimate
from ecomplan.investment.allocation.decision import Limits
from ecomplan.investment.engine.budget import Budget
from ecomplan.investment.engine.levers import Levers
from ecomplan.investment.engine.plan import Decision, Plan, Settings, newcomer_margin
from ecomplan.investment.engine.sales import Base
from ecomplan.params import AllocationStage


def open_plan(levers: Levers, base: Base, newcomer: Estimate, p: AllocationStage) -> Plan:
    """A plan without any lever yet, on the forecast's sales."""
    return Plan(levers, base, Decision.nothing(levers, p.horizon_months), Settings.of(p), newcomer_margin(newcomer))


def limits_of(budget: Budget, base: Base, p: AllocationStage) -> Limits:
    """The documents' whole budget, and the accepted mean loss in the worst twentieth of plans."""
    year = float(base.sales.sum(axis=(1, 2)).mean())
    return Limits(
        budget.total_mid_cny / p.cny_per_currency_unit,
        p.risk_limit_share_of_margin * p.contribution_margin_likely * year, p.currency,
    )
