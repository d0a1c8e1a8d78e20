"""Which levers, and how much of each: the greatest expected net present value under a budget and a limit on risk.

Least doses, levers that need others, and overlap make this a choice of sets, which no exact method solves at this
size in the time. The search sets one lever at a time to its best dose, then tries every exchange of a funded lever
for another, from several starts, until nothing improves; `relaxed` bounds from above what any search could find.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog, minimize

from ecomplan.errors import ParameterError
from ecomplan.investment.allocation.field import TAIL, Field, closure, infeasible_minima, join, shortfall
from ecomplan.investment.allocation.waterfill import Envelope, envelope, water_fill

Array = NDArray[np.float64]
_ROUNDS, _BETTER = 30, 1e-9


@dataclass(frozen=True)
class Choice:
    """A set of doses with its expected net present value, expected shortfall and money used, on the draws of the
    choice; `bound` is what no choice can exceed there."""

    doses: Array
    value: float
    shortfall: float
    used: float
    bound: float = np.inf

    @property
    def gap(self) -> float:
        """What a better search could still add at most."""
        return max(self.bound - self.value, 0.0)

    @property
    def funded(self) -> NDArray[np.int64]:
        return np.flatnonzero(self.doses > 0)


def candidates(field: Field) -> NDArray[np.int64]:
    """Levers that pay on their own at some dose, and the levers that these need.

    With overlap a lever never adds more than it earns alone (its part of (Σs)² and Σs² grows by less), so that a
    lever that does not pay alone pays in no company.
    """
    kept: set[int] = set()
    for lever in range(len(field)):
        mean, cost = float(field.benefit[lever].mean()), float(field.cost[lever].mean())
        if mean > 0:
            best = envelope(field.curves[lever]).best(cost / mean)
            grid = np.unique(np.r_[np.linspace(field.least[lever], 1, 21), max(best, field.least[lever])])
            if (mean * field.curves[lever].response(grid) - cost * grid).max() > field.fixed[lever]:
                kept |= {lever, *closure(field.needs, lever)}
    return np.array(sorted(kept), dtype=np.int64)


def choose(field: Field, budget: float, limit: float, steps: int, start: Array | None = None,
           must: Array | None = None, currency: str = "", rounds: int | None = None) -> Choice:
    """The best set found with `spend @ doses <= budget` and expected shortfall <= `limit`.

    `steps` doses between a lever's least and 1 are tried, then refined continuously; `start` is a further starting
    point; `must` (levers,) are doses that have to be funded; `rounds` of cutting planes bound the value from above
    (0: a bound that ignores the limit on risk; None: no bound). Raises ParameterError for a negative budget, for a
    limit below 0 and where `must` alone exceeds the budget.
    """
    must = np.zeros(len(field)) if must is None else must
    infeasible_minima(field, must, budget, currency)
    if limit < 0:
        raise ParameterError(f"limit on the expected shortfall {limit:,.0f} is refused; expected a number from 0")
    levers = np.union1d(candidates(field), np.flatnonzero(must > 0))
    needed = [need for lever in levers for need in closure(field.needs, int(lever))]
    levers = np.union1d(levers, needed).astype(np.int64)
    best = _search(field.only(levers), budget, limit, steps, None if start is None else start[levers], must[levers])
    doses = np.zeros(len(field))
    doses[levers] = best
    npv = field.npv(doses)
    value, risk, used = float(npv.mean()), shortfall(npv), float(field.spend @ doses)
    if rounds is None:
        return Choice(doses, value, risk, used)
    bound = relaxed(field, budget, limit if rounds else np.inf, rounds=rounds)
    return Choice(doses, value, risk, used, max(value, bound))


def poured(field: Field, budget: float, must: Array | None = None) -> Array:
    """Water-filled doses of the simple problem, made buildable: what stays below its least dose is left out, what is
    needed is added, and what no longer fits the budget is dropped. `budget` includes `must`."""
    must = np.zeros(len(field)) if must is None else must
    filled = water_fill(field.benefit.mean(axis=1), field.cost.mean(axis=1), field.spend, field.curves,
                        max(budget - float(field.spend @ must), 0.0))
    out = must.copy()
    for lever in np.argsort(-filled.doses, kind="stable").tolist():
        dose = max(float(filled.doses[lever]), float(must[lever]))
        if dose > 0 and dose >= field.least[lever]:
            trial = join(out, field, lever, dose)
            out = trial if field.spend @ trial <= budget else out
    return out


def _search(field: Field, budget: float, limit: float, steps: int, start: Array | None, must: Array) -> Array:
    """Climbs from several starts, the best one refined."""
    if not len(field):
        return must
    levers = np.arange(len(field))
    best, value = must, -np.inf
    for begin in (must.copy(), poured(field, budget, must), *(() if start is None else (np.maximum(start, must),))):
        found, reached = _climb(field, begin, levers, budget, limit, steps, must)
        if reached > value:
            best, value = found, reached
    return _polish(field, best, budget, limit, must)


def _worth(field: Field, doses: Array, budget: float, limit: float, floor: float = -np.inf) -> float:
    """Expected net present value, or minus infinity where budget or limit is not kept or it does not pass `floor`."""
    if field.spend @ doses > budget * (1 + 1e-9) + 1e-9:
        return -np.inf
    npv = field.npv(doses)
    mean = float(npv.mean())
    return mean if mean > floor and shortfall(npv) <= limit * (1 + 1e-9) + 1e-9 else -np.inf


def _climb(field: Field, doses: Array, levers: NDArray[np.int64], budget: float, limit: float, steps: int,
           must: Array) -> tuple[Array, float]:
    """Coordinate ascent over doses, with exchanges once it stands still."""
    grids = {int(i): np.unique(np.r_[0.0, np.linspace(max(field.least[i], 1 / steps), 1, steps)]) for i in levers}
    value = _worth(field, doses, budget, limit)
    if value == -np.inf:  # a start that breaks a limit: begin with what must be
        doses, value = must.copy(), _worth(field, must, np.inf, np.inf)
    scale = _BETTER * max(1.0, budget)
    for _ in range(_ROUNDS):
        before = value
        for lever, grid in grids.items():
            for dose in grid[grid >= must[lever]]:
                if dose != doses[lever]:
                    trial = join(doses, field, lever, float(dose))
                    if (trial >= must).all() and (
                        reached := _worth(field, trial, budget, limit, value + scale)
                    ) > value + scale:
                        doses, value = trial, reached
        if value <= before + scale:
            doses, value = _exchange(field, doses, value + scale, grids, budget, limit, must)
        if value <= before + scale:
            break
    return doses, value


def _exchange(field: Field, doses: Array, value: float, grids: dict[int, Array], budget: float, limit: float,
              must: Array) -> tuple[Array, float]:
    """One funded lever down or out, another up or in: the first pair of moves that improves, if any does."""
    for gone in np.flatnonzero(doses > must):
        lower = [dose for dose in grids.get(int(gone), np.zeros(1)) if must[gone] <= dose < doses[gone]]
        for dose_less in lower:
            less = join(doses, field, int(gone), float(dose_less))
            if (less < must).any():
                continue
            for lever, grid in grids.items():
                if lever == gone:
                    continue
                for dose in grid[grid > max(less[lever], must[lever])][::-1]:
                    trial = join(less, field, lever, float(dose))
                    if (reached := _worth(field, trial, budget, limit, value)) > value:
                        return trial, reached
    return doses, value


def _polish(field: Field, doses: Array, budget: float, limit: float, must: Array) -> Array:
    """Doses of the funded levers moved continuously (SLSQP; Kraft 1988); kept only where that is better."""
    on = np.flatnonzero(doses > 0)
    if not on.size:
        return doses

    def full(part: Array) -> Array:
        out = doses.copy()
        out[on] = part
        return out

    scale = max(abs(float(field.npv(doses).mean())), 1.0)
    rules = [{"type": "ineq", "fun": lambda part: (budget - field.spend @ full(part)) / scale}]
    if np.isfinite(limit):
        rules.append({"type": "ineq", "fun": lambda part: (limit - shortfall(field.npv(full(part)))) / scale})
    low = np.maximum(np.maximum(field.least[on], must[on]), 1e-6)
    found = minimize(
        lambda part: -float(field.npv(full(part)).mean()) / scale, doses[on], method="SLSQP",
        bounds=list(zip(low, np.ones(on.size), strict=True)), constraints=rules, options={"maxiter": 20, "ftol": 1e-7},
    )
    moved = full(np.clip(found.x, low, 1.0))
    return moved if _worth(field, moved, budget, limit) > _worth(field, doses, budget, limit) else doses


def relaxed(field: Field, budget: float, limit: float = np.inf, tolerance: float = 1e-6, rounds: int = 200) -> float:
    """Upper bound of the expected net present value: no overlap, no least doses, no needs, no cost
    of tests, concave envelopes.

    Without a limit on risk the water-filled optimum; with one, cutting planes (Kelley 1960) for the curves and for
    the expected shortfall, which is convex in concave gains: every linear programme on the way is a bound itself.
    """
    return relaxed_doses(field, budget, limit, tolerance, rounds)[1]


def relaxed_doses(field: Field, budget: float, limit: float = np.inf, tolerance: float = 1e-6,
                  rounds: int = 200) -> tuple[Array, float]:
    """The relaxed problem's doses and its bound; see `relaxed`."""
    value, cost = field.benefit.mean(axis=1), field.cost.mean(axis=1)
    filled = water_fill(value, cost, field.spend, field.curves, budget)
    if not np.isfinite(limit):
        return filled.doses, filled.value
    shapes = [envelope(curve) for curve in field.curves]
    doses, bound, size = filled.doses, filled.value, len(field)
    scale = max(abs(bound), limit, 1.0)
    rows, sides = [np.r_[field.spend, np.zeros(size)] / scale], [budget / scale]
    for lever in range(size):
        for dose in (0.02, 0.1, 0.3, 0.6, 1.0):
            _tangent(rows, sides, shapes[lever], lever, dose, size)
    for _ in range(rounds):
        heights = np.array([shape.at(dose) for shape, dose in zip(shapes, doses, strict=True)])
        npv = heights @ field.benefit - doses @ field.cost
        risk = shortfall(npv)
        if risk <= limit + tolerance * scale and value @ heights - cost @ doses >= bound - tolerance * scale:
            break
        for lever in np.flatnonzero(doses > 1e-9).tolist():
            _tangent(rows, sides, shapes[lever], lever, float(doses[lever]), size)
        if risk > limit:
            weight = _tail_weights(npv)
            at = np.maximum(doses, 1e-6)
            slope = np.array([shape.steepness(dose) for shape, dose in zip(shapes, at, strict=True)])
            reached = np.array([shape.at(dose) for shape, dose in zip(shapes, at, strict=True)])
            gain, paid = field.benefit @ weight, field.cost @ weight
            rise, level = paid - slope * gain, float(at @ paid - reached @ gain)
            rows.append(np.r_[rise, np.zeros(size)] / scale)
            sides.append((limit - level + float(rise @ at)) / scale)
        solved = linprog(np.r_[cost, -value] / scale, A_ub=np.array(rows), b_ub=np.array(sides),
                         bounds=[(0, 1)] * size + [(None, None)] * size, method="highs")
        doses, bound = solved.x[:size], min(bound, float(-solved.fun) * scale)
    return doses, bound


def _tangent(rows: list[Array], sides: list[float], shape: Envelope, lever: int, dose: float, size: int) -> None:
    """height <= envelope(dose) + slope * (d - dose) as a row of the linear programme."""
    slope = shape.steepness(dose)
    row = np.zeros(2 * size)
    row[lever], row[size + lever] = -slope, 1.0
    rows.append(row)
    sides.append(shape.at(dose) - slope * dose)


def _tail_weights(npv: Array, tail: float = TAIL) -> Array:
    """Weights of the draws in the expected shortfall (they add up to 1)."""
    order = np.argsort(npv, kind="stable")
    rows = tail * npv.size
    weight = np.zeros(npv.size)
    weight[order] = np.clip(rows - np.arange(npv.size), 0, 1) / rows
    return weight


def marginal_return(field: Field, doses: Array, step: float = 0.002) -> Array:
    """Expected net present value of the next unit of money spent on each lever at `doses` (levers,), by a small
    step up of its dose; of a lever that is off: per unit of money at its least dose, needed levers included."""
    base = float(field.npv(doses).mean())
    out = np.zeros(len(field))
    for lever in range(len(field)):
        dose = doses[lever] + step if doses[lever] > 0 else max(field.least[lever], step)
        down = dose > 1
        trial = join(doses, field, lever, doses[lever] - step if down else dose)
        spent = float(field.spend @ (trial - doses))
        if abs(spent) > 1e-12:
            out[lever] = (float(field.npv(trial).mean()) - base) / spent
    return out

