"""Each lever alone in the cash-flow model: what it gains and costs in every simulated plan, before and after its test.

A lever's own part is the plan with it and what it needs, less the plan with only what it needs, on the same draws.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ecomplan.investment.allocation.field import Field, closure
from ecomplan.investment.allocation.learn import Trial, standard_error
from ecomplan.investment.engine.cash import Cash, draw, simulate_values, values
from ecomplan.investment.engine.levers import QUANTITIES
from ecomplan.investment.engine.many import Scenario, run
from ecomplan.investment.engine.plan import Decision, Plan
from ecomplan.investment.engine.sales import WHOLE
from ecomplan.investment.engine.variables import variables
from ecomplan.params import AllocationStage

Array = NDArray[np.float64]
Months = NDArray[np.int64]


@dataclass(frozen=True)
class Drawn:
    """A plan and its simulated values (draws, variables); `noise` (levers, draws) are the tests' errors, standard
    normal. Every decision is simulated on the same draws."""

    plan: Plan
    values: Array
    noise: Array
    seed: int

    @property
    def draws(self) -> int:
        return int(self.values.shape[0])

    def cash(self, decision: Decision, rows: slice = slice(None)) -> Cash:
        """A decision in the cash-flow model, on some of the draws."""
        return simulate_values(self.plan.decided(decision), np.ascontiguousarray(self.values[rows]))

    def many(self, decisions: list[Decision]) -> NDArray[np.float32]:
        """Benefit and cost (discounted) and money spent of many decisions, (decisions, draws, 3)."""
        worlds = [Scenario(str(place), str(place), "lever", decision=one) for place, one in enumerate(decisions)]
        return run(self.plan, worlds, self.draws, self.seed, ("benefit", "cost", "spent"))


def make_draws(plan: Plan, draws: int, seed: int) -> Drawn:
    """`draws` simulated plans from one seed."""
    noise = np.random.default_rng(seed + 1).standard_normal((len(plan.levers), draws))
    return Drawn(plan, values(plan, draw(plan, draws, seed)), noise, seed)


def lifts(drawn: Drawn) -> Array:
    """What each lever alone does at dose 1, (levers, draws): share of all sales, or of the cost it lowers."""
    plan, size = drawn.plan, len(drawn.plan.levers)
    shares = plan.base.shares.mean(axis=0)
    acts = np.array([
        sum(part for part, name in zip(shares, plan.base.segments, strict=True)
            if name == WHOLE or name in item.segments) if item.moves in QUANTITIES else 1.0
        for item in plan.levers.items
    ])
    claimed = np.array([item.claimed * item.weight for item in plan.levers.items])
    works, own, reach = (drawn.values[:, kind * size:(kind + 1) * size] for kind in range(3))
    kept = drawn.values[:, [_column(plan, "kept")]]
    return np.ascontiguousarray((works * own * reach * kept * claimed * acts).T)


def at_face_value(drawn: Drawn) -> Drawn:
    """The same plans if every claim held: each lever works, in full, whatever the grade of its evidence."""
    plan = drawn.plan
    items = tuple(replace(lever, weight=1.0) for lever in plan.levers.items)
    levers = replace(plan.levers, items=items, own_spread=0.0)
    settings = replace(plan.settings, success_prior=1.0, effect_share=1.0)
    # what is left uncertain (sales, margin, costs) is narrow: an eighth of the draws knows its mean
    return make_draws(replace(plan, levers=levers, settings=settings), max(drawn.draws // 8, 1), drawn.seed)


def needs_of(plan: Plan) -> tuple[tuple[int, ...], ...]:
    """Numbers of the levers that each lever needs."""
    place = {name: row for row, name in enumerate(plan.ids)}
    return tuple(tuple(place[name] for name in lever.needs) for lever in plan.levers.items)


def test_months(plan: Plan, starts: Months, months: int) -> Months:
    """Month at whose end each lever's test is read: start, building, the likely delay and the test; at most the
    last month but one."""
    ready = np.array([lever.ready_months for lever in plan.levers.items])
    # ASSUME: a test is planned for the likely delay; a later lever is tested later at the same cost.
    waited = int(np.ceil(plan.settings.delay_months[1]))
    return np.asarray(np.minimum(starts - 1 + ready + waited + months, plan.settings.horizon_months - 1))


def lever_trial(drawn: Drawn, p: AllocationStage, starts: Months | None = None, only: NDArray[np.int64] | None = None,
                ) -> Trial:
    """Gains, costs and tests of each lever at dose 1, spending from its month in `starts` (default: the first).

    Levers not in `only` get no gain and no cost: they are not looked at.
    """
    plan, size, horizon = drawn.plan, len(drawn.plan.levers), drawn.plan.settings.horizon_months
    starts = np.ones(size, dtype=np.int64) if starts is None else starts
    looked_at = np.arange(size) if only is None else only
    tested = test_months(plan, starts, p.test_months)
    never = np.full(size, horizon, dtype=np.int64)
    needs, draws = needs_of(plan), drawn.values.shape[0]
    least = np.array([lever.min_dose for lever in plan.levers.items])
    worlds: list[Decision] = []
    grounds: list[Decision] = []
    on_ground: list[int] = []
    for lever in looked_at.tolist():
        ahead = list(closure(needs, lever))
        below = np.zeros(size)
        below[ahead] = np.maximum(least[ahead], 1e-9)
        dose, stopped = below.copy(), never.copy()
        dose[lever], stopped[lever] = 1.0, tested[lever]
        worlds += [Decision(dose, starts, never), Decision(dose, starts, stopped)]
        if ahead:
            grounds.append(Decision(below, starts, never))
            on_ground.append(lever)
    own = drawn.many(worlds).reshape(looked_at.size, 2, draws, 3).astype(np.float64)
    if grounds:
        own[np.searchsorted(looked_at, on_ground)] -= drawn.many(grounds)[:, None]
    gain, cost, gain_before, cost_before = (np.zeros((size, draws)) for _ in range(4))
    gain[looked_at], cost[looked_at] = own[:, 0, :, 0], own[:, 0, :, 1]
    gain_before[looked_at], cost_before[looked_at] = own[:, 1, :, 0], own[:, 1, :, 1]
    spend, spend_before = np.zeros(size), np.zeros(size)
    spend[looked_at], spend_before[looked_at] = own[:, 0, :, 2].mean(axis=1), own[:, 1, :, 2].mean(axis=1)
    reach = drawn.values[:, 2 * size:3 * size].mean(axis=0)
    groups: dict[str, int] = {}
    for item in plan.levers.items:
        groups.setdefault(item.moves, len(groups))
    error = np.array([
        standard_error(p.test_detectable_gain if item.moves in QUANTITIES else p.test_detectable_saving,
                       p.test_power, p.test_false_alarm)
        # a test on the visits reached alone: their number falls with reach, and so does what they are of all sales
        * np.sqrt(max(part, 0.0))
        for item, part in zip(plan.levers.items, reach, strict=True)
    ])
    plain = Field(
        plan.ids, gain, cost, spend, np.array([groups[item.moves] for item in plan.levers.items]),
        drawn.values[:, _column(plan, "overlap")], np.zeros(size),
        tuple(item.curve for item in plan.levers.items), least, needs,
    )
    return Trial(plain, gain_before, cost_before, lifts(drawn), error, drawn.noise, spend_before,
                 p.test_cost_cny / plan.settings.cny_per_currency_unit)


def _column(plan: Plan, name: str) -> int:
    """Column of a variable among the values."""
    return [variable.name for variable in variables(plan)].index(name)
