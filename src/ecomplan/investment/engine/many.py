"""Many scenarios of one plan on the same random numbers, in single precision, block by block.

A scenario changes the tables of some variables, or the decision, or both. All scenarios read the same normal
scores (common random numbers), so that two of them differ by what they change and by nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ecomplan.errors import ParameterError
from ecomplan.investment.engine.arrays import PlanArrays, effects_room, plan_arrays, redecided
from ecomplan.investment.engine.effect_kernels import effects
from ecomplan.investment.engine.kernels import cash
from ecomplan.investment.engine.levers import QUANTITIES
from ecomplan.investment.engine.margins import Fixed, Margin
from ecomplan.investment.engine.plan import Decision, Plan
from ecomplan.investment.engine.points import normal_blocks
from ecomplan.investment.engine.table_kernels import put_back, read_tables
from ecomplan.investment.engine.variables import STEPS_PER_Z, Z_LIMIT, Table, Variable, cholesky, matching
from ecomplan.investment.engine.variables import table as make_table
from ecomplan.investment.engine.variables import tables as make_tables
from ecomplan.investment.engine.variables import variables as find_variables

Single = NDArray[np.float32]
Array = NDArray[np.float64]
Places = NDArray[np.uint64]
#: what is measured of a plan, in the kernel's order; money is the platform's, payback is in months
MEASURES = (
    "npv", "roi_net", "roi_gross", "payback_months", "payback_discounted", "cost", "benefit", "spent", "extra_sales",
    "growth_12", "growth_horizon", "new_customers_extra", "marketing_cost", "cac", "cac_all", "ltv_cac",
    "ltv_cac_all", "overrun", *(f"{name}_12" for name in (*QUANTITIES, "users")),
    *(f"{name}_horizon" for name in (*QUANTITIES, "users")),
)
#: groups and names of variables that leave what levers do to sales as it is
APART = frozenset({"cost", "market", "cost base", "margin", "trend", "wage", "discount", "newcomer_value"})
BLOCK = 128  # draws a block: its values stay in the processor's cache


@dataclass(frozen=True)
class Scenario:
    """One world. `windows` restrict variables to a range of their quantiles, `scales` multiply them (of a
    yes-or-no variable its chance); both name a variable or a pattern such as "*.cost". A decision of its own
    replaces the plan's, and its budget is then certain."""

    id: str
    name: str
    kind: str
    windows: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    scales: Mapping[str, float] = field(default_factory=dict)
    decision: Decision | None = None
    note: str = ""


@dataclass(frozen=True)
class _Ready:
    """A scenario's arrays, its changed columns, the number of the table of each, and whether effects change."""

    arrays: PlanArrays
    columns: Places
    which: Places
    own_effects: bool


def run(
    plan: Plan, scenarios: Sequence[Scenario], draws: int, seed: int, measures: Sequence[str] = MEASURES,
    kind: str = "plain", block: int = BLOCK,
) -> Single:
    """Measures of every scenario and draw, (scenarios, draws, measures) float32. `kind` is plain or sobol.

    Raises ParameterError for an unknown measure or variable (with close names), a window outside 0..1, a scale
    below 0, or a decision that does not fit the plan.
    """
    out = np.empty((len(scenarios), draws, len(measures)), dtype=np.float32)
    start = 0
    for part in blocks(plan, scenarios, draws, seed, measures, kind, block):
        out[:, start : start + part.shape[1]] = part
        start += part.shape[1]
    return out


def blocks(
    plan: Plan, scenarios: Sequence[Scenario], draws: int, seed: int, measures: Sequence[str] = MEASURES,
    kind: str = "plain", block: int = BLOCK,
) -> Iterator[Single]:
    """The same in blocks of draws, each (scenarios, rows, measures); the array is used again for the next one."""
    wanted = _wanted(measures)
    found = find_variables(plan)
    held, edges, which, ready, arrays = _prepare(plan, found, scenarios)
    common, own = effects_room(block, arrays), effects_room(block, arrays)
    everything = np.arange(len(found), dtype=np.uint64)
    costs = slice(3 * len(plan.levers), 4 * len(plan.levers))
    none, few = np.empty((0, 4, 0), dtype=np.float32), np.empty((0, 0), dtype=np.float32)
    steps, limit = np.float32(STEPS_PER_Z), np.float32(Z_LIMIT)
    values, usual = (np.empty((block, len(found)), dtype=np.float32) for _ in range(2))
    out = np.empty((len(scenarios), block, len(measures)), dtype=np.float32)
    for scores in normal_blocks(draws, len(found), seed, cholesky(plan), kind, block):
        rows = scores.shape[0]
        part = values[:rows]
        read_tables(scores, which, held, edges, everything, steps, limit, part)
        usual[:rows] = part
        shared = False  # the effects of this block, by the first scenario that leaves them as they are
        for place, scenario in enumerate(ready):
            if scenario.columns.size:
                read_tables(scores, scenario.which, held, edges, scenario.columns, steps, limit, part)
            paid = part[:, costs] @ scenario.arrays.cost
            into = own if scenario.own_effects else common
            if scenario.own_effects or not shared:
                effects(part, scenario.arrays, *into, few)
                shared = shared or not scenario.own_effects
            cash(part, paid, scenario.arrays, *into, wanted, out[place, :rows], none)
            if scenario.columns.size:
                put_back(part, usual[:rows], scenario.columns)
        yield out[:, :rows]


def respond(plan: Plan, measures: Sequence[str], block: int = BLOCK) -> Callable[[NDArray[np.floating]], Single]:
    """A function of correlated normal scores (n, variables) that gives the plan's measures, (n, measures) float32.

    Raises ParameterError for an unknown measure, and, when called, for a wrong number of columns.
    """
    wanted, found = _wanted(measures), find_variables(plan)
    held, edges, which, _, arrays = _prepare(plan, found, ())
    room, everything = effects_room(block, arrays), np.arange(len(found), dtype=np.uint64)
    costs = slice(3 * len(plan.levers), 4 * len(plan.levers))
    none, few = np.empty((0, 4, 0), dtype=np.float32), np.empty((0, 0), dtype=np.float32)
    values = np.empty((block, len(found)), dtype=np.float32)

    def run(scores: NDArray[np.floating]) -> Single:
        if scores.ndim != 2 or scores.shape[1] != len(found):
            raise ParameterError(f"scores of shape {scores.shape} are refused; expected (draws, {len(found)})")
        out = np.empty((len(scores), len(measures)), dtype=np.float32)
        for start in range(0, len(scores), block):
            rows = np.ascontiguousarray(scores[start : start + block], dtype=np.float32)
            part = values[: len(rows)]
            read_tables(rows, which, held, edges, everything, np.float32(STEPS_PER_Z), np.float32(Z_LIMIT), part)
            effects(part, arrays, *room, few)
            cash(part, part[:, costs] @ arrays.cost, arrays, *room, wanted, out[start : start + block], none)
        return out

    return run


@dataclass(frozen=True)
class Summary:
    """Sums over draws, each (scenarios, measures): `mean` and `sd` of the finite values, the share of finite ones."""

    draws: int
    mean: Array
    sd: Array
    finite: Array

    @property
    def standard_error(self) -> Array:
        """Monte-Carlo standard error of the mean."""
        return np.asarray(self.sd / np.sqrt(np.maximum(self.finite * self.draws, 1)))


def summarise(
    plan: Plan, scenarios: Sequence[Scenario], draws: int, seed: int, measures: Sequence[str] = MEASURES,
    kind: str = "plain", block: int = BLOCK,
) -> Summary:
    """Mean and spread of every measure without holding the draws: memory does not grow with their number."""
    shape = (len(scenarios), len(measures))
    count, mean, squared = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    for part in blocks(plan, scenarios, draws, seed, measures, kind, block):
        for place in range(len(scenarios)):
            rows = part[place].astype(np.float64)
            good = np.isfinite(rows)
            n = good.sum(axis=0)
            rows[~good] = 0.0
            average = rows.sum(axis=0) / np.maximum(n, 1)
            apart = np.where(good, rows - average, 0.0)
            both = np.maximum(count[place] + n, 1)
            shift = average - mean[place]
            squared[place] += np.square(apart).sum(axis=0) + np.square(shift) * count[place] * n / both
            mean[place] += shift * n / both
            count[place] += n
    return Summary(draws, mean, np.sqrt(squared / np.maximum(count - 1, 1)), count / draws)


def _wanted(measures: Sequence[str]) -> NDArray[np.int64]:
    if unknown := [name for name in measures if name not in MEASURES]:
        raise ParameterError(f"no measure {unknown[0]!r}; expected some of {', '.join(MEASURES)}")
    return np.array([MEASURES.index(name) for name in measures], dtype=np.int64)


def _prepare(
    plan: Plan, found: tuple[Variable, ...], scenarios: Sequence[Scenario]
) -> tuple[Single, Single, Places, list[_Ready], PlanArrays]:
    """All tables (tables, knots) and their edges, each variable's usual table, and the scenarios made ready."""
    kept: list[Table] = []
    known: dict[tuple[object, ...], int] = {}

    def number(key: tuple[object, ...], made: Table) -> int:
        if key not in known:
            known[key] = len(kept)
            kept.append(made)
        return known[key]

    usual = np.array([
        number((one.margin, 0.0, 1.0, 1.0), made) for one, made in zip(found, make_tables(found), strict=True)
    ], dtype=np.uint64)
    names = {one.name: place for place, one in enumerate(found)}
    arrays = plan_arrays(plan, np.float32)
    ready = []
    for scenario in scenarios:
        try:
            columns, which = [], []
            for name, (margin, *change) in _changes(scenario, names, found).items():
                key = (margin, *change)
                columns.append(names[name])
                which.append(known[key] if key in known else number(key, make_table(margin, *change)))
            own = arrays
            if scenario.decision is not None:
                own = redecided(arrays, plan.decided(scenario.decision))
        except ParameterError as error:
            raise ParameterError(f"scenario {scenario.id}: {error}") from None
        moved = any(found[column].name not in APART and found[column].group not in APART for column in columns)
        ready.append(_Ready(
            own, np.array(columns, dtype=np.uint64), np.array(which, dtype=np.uint64),
            moved or scenario.decision is not None,
        ))
    return (
        np.stack([one.values for one in kept]).astype(np.float32),
        np.array([one.threshold for one in kept], dtype=np.float32), usual, ready, arrays,
    )


def _changes(
    scenario: Scenario, names: Mapping[str, int], found: Sequence[Variable]
) -> dict[str, tuple[Margin, float, float, float]]:
    """Margin, window and scale of each variable that the scenario changes."""
    out: dict[str, tuple[Margin, float, float, float]] = {}
    if scenario.decision is not None:
        out["budget_factor"] = (Fixed(1.0), 0.0, 1.0, 1.0)
    for pattern, (low, high) in scenario.windows.items():
        for name in matching(pattern, names):
            margin, _, _, scale = out.get(name, (found[names[name]].margin, 0.0, 1.0, 1.0))
            out[name] = (margin, float(low), float(high), scale)
    for pattern, factor in scenario.scales.items():
        for name in matching(pattern, names):
            margin, low, high, _ = out.get(name, (found[names[name]].margin, 0.0, 1.0, 1.0))
            out[name] = (margin, low, high, float(factor))
    return out
