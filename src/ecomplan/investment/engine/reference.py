"""The plan month by month in plain Python, one draw: what the compiled kernel is held to by the tests."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ecomplan.investment.engine.levers import QUANTITIES, Lever
from ecomplan.investment.engine.plan import Plan
from ecomplan.investment.engine.sales import WHOLE
from ecomplan.investment.engine.variables import variables

_MOST = 0.95  # of what one lever moves


@dataclass
class Month:
    """One month of one draw, in the platform's money."""

    spending: float = 0.0
    margin_gain: float = 0.0
    savings: float = 0.0
    extra_sales: float = 0.0
    new_customers_extra: float = 0.0
    factors: dict[str, float] = field(default_factory=dict)


def cash_reference(plan: Plan, values: NDArray[np.float64], row: int) -> list[Month]:
    """Every month of draw `row` of the values (n, variables)."""
    v = {one.name: float(values[row, column]) for column, one in enumerate(variables(plan))}
    levers = {lever.id: (place, lever) for place, lever in enumerate(plan.levers.items)}
    path = min(int(v["sales"] * plan.base.paths), plan.base.paths - 1)
    shares = plan.base.shares[path]
    strength = {name: _strength(plan, place, lever, v) for name, (place, lever) in levers.items()}
    months = []
    for month in range(1, plan.settings.horizon_months + 1):
        out = Month()
        year = (month - 1) // 12
        growth = (1 + v["trend"]) ** year
        sales = [
            float(plan.base.sales[path, (month - 1) % 12, s]) * growth * v[f"sales.{name}"]
            for s, name in enumerate(plan.base.segments)
        ]
        logs = {(q, s): 0.0 for q in (*QUANTITIES, *_bases(plan)) for s in range(len(sales))}
        given = [0.0] * len(sales)
        for name, (place, lever) in levers.items():
            out.spending += _spending(plan, place, lever, v, month)
            if strength[name] == 0:
                continue
            built = _built_up(plan, place, lever, v, month)
            for s, segment in enumerate(plan.base.segments):
                if _acts(lever, segment):
                    log = strength[name] * _overlap(plan, lever.moves, segment, strength, v["overlap"]) * built
                    logs[lever.moves, s] += log
                    if lever.cost_base is None:
                        given[s] += log * lever.share_of_extra_sales * v["give_away"]
        extra = 0.0
        for s, sold in enumerate(sales):
            log = sum(logs[q, s] for q in QUANTITIES)
            more = sold * math.expm1(log)
            extra += more
            out.margin_gain += v["margin"] * more - (more / log * given[s] if log else sold * given[s])
        out.extra_sales = extra
        for base in _bases(plan):
            log = sum(logs[base, s] * float(shares[s]) for s in range(len(sales)))
            out.savings += (sum(sales) + extra) * v[f"cost_base.{base}"] * -math.expm1(-log)
        s = plan.base.segments.index("new") if "new" in plan.base.segments else 0
        arriving = float(plan.base.new_customers[path, (month - 1) % 12]) * growth
        arriving *= v[f"sales.{plan.base.segments[s]}"]
        out.new_customers_extra = arriving * math.expm1(logs["traffic", s] + logs["conversion", s])
        out.factors = {
            q: sum(sold * math.exp(logs[q, s]) for s, sold in enumerate(sales)) / sum(sales) for q in QUANTITIES
        }
        months.append(out)
    return months


def _bases(plan: Plan) -> list[str]:
    return list(dict.fromkeys(lever.moves for lever in plan.levers.items if lever.cost_base is not None))


def _acts(lever: Lever, segment: str) -> bool:
    return segment == WHOLE or segment in lever.segments


def _funded(plan: Plan, place: int, v: dict[str, float]) -> bool:
    dose = float(plan.decision.dose[place]) * v["budget_factor"]
    return dose > 0 and dose >= plan.levers.items[place].min_dose


def _begin(plan: Plan, place: int, v: dict[str, float]) -> float:
    """Time in months from the plan's begin at which the lever starts to act: not before those that it needs."""
    lever = plan.levers.items[place]
    own = plan.decision.start_month[place] - 1 + lever.ready_months + v[f"{lever.id}.delay"]
    return max([float(own), *(_begin(plan, plan.levers.index(name), v) for name in lever.needs)])


def _all_funded(plan: Plan, place: int, v: dict[str, float]) -> bool:
    """Whether the lever, those that it needs, and those that these need, are funded well enough to be built."""
    needs = plan.levers.items[place].needs
    return _funded(plan, place, v) and all(_all_funded(plan, plan.levers.index(name), v) for name in needs)


def _strength(plan: Plan, place: int, lever: Lever, v: dict[str, float]) -> float:
    """Logarithm of the lever's factor, built up in full, before overlap."""
    stop = min(int(plan.decision.stop_month[place]), plan.settings.horizon_months)
    known = lever.moves in QUANTITIES or lever.cost_base is not None
    if not (known and v[f"{lever.id}.works"] == 1 and _all_funded(plan, place, v) and _begin(plan, place, v) < stop):
        return 0.0
    dose = float(plan.decision.dose[place]) * v["budget_factor"]
    effect = v["kept"] * lever.claimed * lever.weight * float(lever.curve.response(dose))
    effect *= v[f"{lever.id}.effect"] * v[f"{lever.id}.reach"]
    return math.log1p(max(effect, -_MOST)) if lever.cost_base is None else -math.log1p(-min(effect, _MOST))


def _overlap(plan: Plan, moves: str, segment: str, strength: dict[str, float], overlap: float) -> float:
    """What is left of each lever beside the others on one quantity of one segment."""
    parts = [
        strength[lever.id] for lever in plan.levers.items if lever.moves == moves and _acts(lever, segment)
    ]
    alone = sum(part * part for part in parts) / sum(abs(part) for part in parts) ** 2
    return 1 - overlap * (1 - alone)


def _built_up(plan: Plan, place: int, lever: Lever, v: dict[str, float], month: int) -> float:
    """Part of the effect that has built up by the month, less what has worn off."""
    begin = _begin(plan, place, v)
    stop = min(int(plan.decision.stop_month[place]), plan.settings.horizon_months)
    kept = math.exp(-1 / max(lever.buildup_months, 1e-9))
    built = 0.0
    for past in range(1, month + 1):
        on = min(max(past - begin, 0.0), 1.0) if past <= stop else 0.0
        built = kept * built + (1 - kept) * on
    return built * math.exp(-lever.fade_per_year * v["fade"] / 12 * max(month - begin, 0.0))


def _spending(plan: Plan, place: int, lever: Lever, v: dict[str, float], month: int) -> float:
    """What the lever costs in the month: once while it is built, then running cost and people until its stop."""
    start, stop = int(plan.decision.start_month[place]), int(plan.decision.stop_month[place])
    if month > stop or month < start:
        return 0.0
    s = plan.settings
    cost = lever.once_cny / max(lever.ready_months, 1) if month < start + max(lever.ready_months, 1) else 0.0
    if month >= start + lever.ready_months:
        cost += lever.monthly_cny + lever.people_fte * s.person_cost_cny / 12 * v["wage"]
    dose = float(plan.decision.dose[place]) * v["budget_factor"]
    return cost / s.cny_per_currency_unit * dose * v[f"{lever.id}.cost"]
