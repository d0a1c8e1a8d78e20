"""What S0 left unwritten: its chapters on benefit and payback are headings only. Rebuilt from its own measures, the
catalogue's costs and this platform's sales; own work, not the document's."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from ecomplan.errors import ParameterError
from ecomplan.investment.engine.finance import Array
from ecomplan.investment.engine.margins import Fixed
from ecomplan.investment.engine.plan import Decision, Plan
from ecomplan.investment.returns.cube import lever_results
from ecomplan.investment.returns.effects import benefit_split, read_drawn

DOCUMENT = "s0_"  # how the keys of its claims begin


def measures_of(plan: Plan) -> list[int]:
    """Places of the levers that rest on a claim of S0, with all that they need. Raises ParameterError if none."""
    levers = plan.levers.items
    wanted = {lever.id for lever in levers if any(key.startswith(DOCUMENT) for key in lever.claims) and lever.claimed}
    if not wanted:
        raise ParameterError("no lever of the catalogue rests on a claim of S0")
    needs = {lever.id: lever.needs for lever in levers}
    while more := {need for name in wanted for need in needs[name]} - wanted:
        wanted |= more
    return [place for place, lever in enumerate(levers) if lever.id in wanted]


def rebuilt_plan(plan: Plan) -> Plan:
    """The same platform with S0's measures alone, each as the catalogue describes it from the first month on."""
    # ASSUME: S0 names neither amounts nor dates, so that its measures start at once and are paid in full.
    chosen = measures_of(plan)
    decision = Decision.nothing(plan.levers, plan.settings.horizon_months).with_(np.array(chosen), dose=1.0)
    return replace(plan, decision=decision, budget_factor=Fixed(1.0))


def benefit_table(plan: Plan, values: Array) -> pd.DataFrame:
    """Benefit and cost of the measures that are funded, largest benefit first; columns as in `cube.lever_results`."""
    drawn = read_drawn(plan, values)
    frame = lever_results(plan, drawn, benefit_split(plan, drawn))
    return frame[frame["cost_mean"] > 0].reset_index(drop=True)
