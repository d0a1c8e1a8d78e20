"""A plan as arrays for the compiled kernels."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ecomplan.errors import ParameterError
from ecomplan.investment.engine import curves
from ecomplan.investment.engine.effect_kernels import ROWS
from ecomplan.investment.engine.lever_file import NOTHING
from ecomplan.investment.engine.levers import QUANTITIES
from ecomplan.investment.engine.plan import Plan, cost_arrays, needed_first
from ecomplan.investment.engine.sales import MONTHS, WHOLE
from ecomplan.investment.engine.variables import cost_bases

#: months are padded to a whole number of vector registers; what is padded is zero
LANES = 8
#: quantities that bring customers, and those that keep or bring them
BRINGING = ("traffic", "conversion")
USERS = ("traffic", "conversion", "retention")
#: constants in the kernel's precision: no end, 1/n! for expm1's series, plain numbers, log1p's series
_CONSTANTS = [
    np.inf, 1 / 2, 1 / 6, 1 / 24, 1 / 120, 1 / 720, 1 / 5040, 1 / 40320, 0.0, 1.0, 2.0, 1 / 8, 1e-30, 6.0, 0.95,
    0.2, 2 / 3, 2 / 5, 2 / 7, 2 / 9, 2 / 11, 2 / 13, 2 / 15,
]


class PlanArrays(NamedTuple):
    """One plan. L levers, S segments, B cost bases, M padded months, P paths; money in the platform's currency.

    `whole` and `places` are integers, all else is of the kernel's precision.
    """

    whole: Any  # [horizon, L, S, B, padded months, place of newcomers' segment]
    needs: Any  # [L, most needs] places of the levers that it needs, and of those that these need, unsigned
    needed: Any  # [L] their number
    quantity: Any  # [L] 0.. a sales quantity, QUANTITIES + b a cost base, -1 nothing
    brings: Any  # [L] 1 where the lever brings customers (traffic, conversion)
    keeps: Any  # [L] 1 where it moves the number of users
    stop: Any  # [L]
    kind: Any  # [L] kind of response curve
    curve: Any  # [L, 4] its two numbers, the half dose and the dose to the power of the steepness
    ready: Any  # [L] months from the plan's begin to the effect, without delay
    claimed: Any  # [L] claimed effect times the weight of its evidence
    dose: Any  # [L]
    least: Any  # [L] smallest dose that can be built
    given: Any  # [L] share of extra sales given away
    fades: Any  # [F] different rates at which effects wear off, per month
    fading_like: Any  # [L] place of its rate, -1 where it lasts
    acts: Any  # [L, S] 1 where it acts
    steps: Any  # [L, 2 M + 2] build-up after a step: M + 1 zeros, then 1 - r^(k+1)
    cost: Any  # [L, 2 M + 2] at the decision's dose: months without people, months of people, their sums on marketing
    planned: Any  # [1] total cost at the decision, without overruns
    base: Any  # [P, S, M] sales without levers, the plan year repeated
    newcomers: Any  # [P, M]
    shares: Any  # [P, S] of the year's sales
    clock: Any  # [M] 1, 2, 3 ...
    constants: Any


def plan_arrays(plan: Plan, dtype: Any = np.float64) -> PlanArrays:
    """The arrays of a plan in one precision. Raises ParameterError for a lever that moves an unknown quantity."""
    levers, base = plan.levers.items, plan.base
    horizon, size, segments = plan.settings.horizon_months, len(plan.levers), len(base.segments)
    padded = _padded(horizon)
    bases = list(cost_bases(plan))
    closed = _closed(plan)
    needs = np.zeros((size, max([len(row) for row in closed] + [1])), dtype=np.uint64)
    for row, places in enumerate(closed):
        needs[row, : len(places)] = places
    acts = np.array([[segment == WHOLE or segment in lever.segments for segment in base.segments] for lever in levers])
    kept = np.exp(-1 / np.maximum([lever.buildup_months for lever in levers], 1e-9))
    steps = np.concatenate([
        np.zeros((size, padded + 1)), 1 - kept[:, None] ** np.arange(1, padded + 2)
    ], axis=1)
    repeat = np.arange(horizon) % MONTHS
    rates = sorted({lever.fade_per_year for lever in levers if lever.fade_per_year > 0})
    newcomer = base.segments.index("new") if "new" in base.segments else 0

    def real(values: Any) -> Any:
        return np.ascontiguousarray(values, dtype=dtype)

    def months(values: Any) -> Any:
        out = np.zeros((*values.shape[:-1], padded), dtype=dtype)
        out[..., :horizon] = values[..., repeat]
        return out

    return PlanArrays(
        whole=np.array([horizon, size, segments, len(bases), padded, newcomer], dtype=np.int64),
        needs=needs, needed=np.array([len(row) for row in closed], dtype=np.int64),
        quantity=np.array([_code(lever.moves, bases, lever.id) for lever in levers], dtype=np.int64),
        brings=np.array([lever.moves in BRINGING for lever in levers], dtype=np.int64),
        keeps=np.array([lever.moves in USERS for lever in levers], dtype=np.int64),
        kind=curves.matrix(plan.levers)[0],
        claimed=real([lever.claimed * lever.weight for lever in levers]),
        least=real([lever.min_dose for lever in levers]),
        given=real([lever.share_of_extra_sales for lever in levers]),
        fades=real(np.array(rates) / 12), acts=real(acts), steps=real(steps),
        fading_like=np.array([rates.index(x.fade_per_year) if x.fade_per_year else -1 for x in levers], dtype=np.int64),
        base=months(base.sales.transpose(0, 2, 1)), newcomers=months(base.new_customers),
        shares=real(base.shares), constants=real(_CONSTANTS),
        clock=real(np.arange(1, padded + 1)), **_decided(plan, dtype),
    )


def redecided(arrays: PlanArrays, plan: Plan) -> PlanArrays:
    """The arrays of the same plan with another decision; what does not depend on it is shared."""
    return arrays._replace(**_decided(plan, arrays.dose.dtype))


class Effects(NamedTuple):
    """Room for the effects of n draws; see `effect_kernels.effects`."""

    room: Any  # [n, 2 S + B + 1, M]
    factors: Any  # [n, 1, 2 ROWS S]
    acting: Any  # [n, 2 S + B + 1]


def effects_room(draws: int, arrays: PlanArrays) -> Effects:
    """Empty room for so many draws, in the arrays' precision."""
    _, _, segments, bases, length, _ = arrays.whole.tolist()
    dtype, rows = arrays.dose.dtype, 2 * segments + bases + 1
    return Effects(
        np.empty((draws, rows, length), dtype), np.empty((draws, 1, 2 * ROWS * segments), dtype),
        np.empty((draws, rows), np.int64),
    )


def _decided(plan: Plan, dtype: Any) -> dict[str, Any]:
    """What depends on the decision."""
    decision, settings = plan.decision, plan.settings
    horizon = settings.horizon_months
    once, monthly, people = cost_arrays(plan.levers, decision.start_month, decision.stop_month, settings)
    goods, staff = (once + monthly) * decision.dose[:, None], people * decision.dose[:, None]
    on_marketing = np.array([[lever.line == "marketing"] for lever in plan.levers.items])
    ready = np.array([lever.ready_months for lever in plan.levers.items], dtype=np.int64)
    _, a, b = curves.matrix(plan.levers)
    wide = ((0, 0), (0, _padded(horizon) - horizon))
    return {
        "stop": np.minimum(decision.stop_month, horizon).astype(np.int64),
        "ready": (ready + decision.start_month - 1).astype(dtype), "dose": decision.dose.astype(dtype),
        "cost": np.concatenate([
            np.pad(goods, wide), np.pad(staff, wide), on_marketing * goods.sum(axis=1, keepdims=True),
            on_marketing * staff.sum(axis=1, keepdims=True),
        ], axis=1).astype(dtype),
        "curve": np.stack([a, b, a**b, decision.dose**b], axis=1).astype(dtype),
        "planned": np.array([goods.sum() + staff.sum()], dtype=dtype),
    }


def _closed(plan: Plan) -> list[list[int]]:
    """Places of the levers that each needs, directly or through another."""
    levers = plan.levers.items
    place = {lever.id: row for row, lever in enumerate(levers)}
    found: dict[int, set[int]] = {}
    for row in needed_first(levers):
        direct = {place[name] for name in levers[row].needs}
        found[row] = direct.union(*(found[other] for other in direct))
    return [sorted(found[row]) for row in range(len(levers))]


def _padded(horizon: int) -> int:
    return -(-horizon // LANES) * LANES


def _code(moves: str, bases: list[str], lever: str) -> int:
    if moves in QUANTITIES:
        return QUANTITIES.index(moves)
    if moves in bases:
        return len(QUANTITIES) + bases.index(moves)
    if moves == NOTHING:
        return -1
    raise ParameterError(f"lever {lever}: moves = {moves!r} is refused; expected one of {', '.join(QUANTITIES)}")
