"""A measure by itself: the plan engine run on one lever and on what it stands on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ecomplan.claims import Claims, read_yaml
from ecomplan.errors import ParameterError
from ecomplan.estimate import Estimate
from ecomplan.investment.engine import cash
from ecomplan.investment.engine.levers import FILE, Lever, Levers, claimed_change, load_levers
from ecomplan.investment.engine.margins import Margin
from ecomplan.investment.engine.plan import Decision, Plan, Settings, newcomer_margin
from ecomplan.investment.engine.sales import Base
from ecomplan.investment.engine.variables import variables

Array = NDArray[np.float64]
LOW, HIGH = 0.1, 0.9  # ends of the 80 % interval


@dataclass(frozen=True)
class World:
    """What every case stands on: the catalogue and its weights of evidence, sales, what is assumed, draws, seed."""

    levers: Levers
    weights: Mapping[str, float]
    base: Base
    settings: Settings
    newcomer_value: Margin
    draws: int
    seed: int

    @property
    def orders(self) -> float:
        """Mean orders of the plan year."""
        return float(self.base.orders.sum(axis=1).mean())

    @property
    def sales(self) -> float:
        """Mean net sales of the plan year, in the platform's money."""
        return float(self.base.sales.sum(axis=(1, 2)).mean())


def make_world(folder: Path, claims: Claims, base: Base, newcomer: Estimate, p: Any) -> World:
    """The world of a stage: the catalogue in `folder`, the forecast's sales, a newcomer's value, parameters.

    No case counts a newcomer's value beyond the horizon, so that an unknown one does no harm. Of the sales paths,
    which are sorted by their year, at most `sales_paths` are kept, evenly spaced.
    """
    kept = np.unique(np.linspace(0, base.paths - 1, min(p.sales_paths, base.paths)).round().astype(np.int64))
    base = Base(base.segments, base.sales[kept], base.new_customers[kept], base.orders[kept])
    return World(
        load_levers(folder, claims), grade_weights(folder), base, Settings.of(p), newcomer_margin(newcomer), p.draws,
        p.seed,
    )


@dataclass(frozen=True)
class Worth:
    """A case over its draws (n,): present values in the platform's money."""

    npv: Array
    benefit: Array
    cost: Array

    @property
    def value(self) -> Estimate:
        """Mean net present value with 80 %."""
        return told(self.npv, mean=True)

    @property
    def chance(self) -> float:
        """Chance of a gain."""
        return float((self.npv > 0).mean())

    @property
    def volume_needed(self) -> float | None:
        """How many times the shop's volume it takes for the mean benefit to cover the mean cost; None: never.

        The benefit is proportional to sales, the cost of a measure is not: it is bought once for all of them.
        """
        benefit = float(self.benefit.mean())
        return float(self.cost.mean()) / benefit if benefit > 0 else None


def told(values: Array, mean: bool = False) -> Estimate:
    """Median (or mean) with 80 %."""
    low, middle, high = (float(v) for v in np.quantile(values, (LOW, 0.5, HIGH)))
    return Estimate(float(values.mean()) if mean else middle, low, high)


def volume(worth: Worth, today: float) -> Estimate:
    """Volume a year from which a case pays on average, `today` being the shop's."""
    if worth.volume_needed is None:
        return Estimate(None, unknown="It brings nothing in any draw, so that no volume makes it pay.")
    return Estimate(worth.volume_needed * today)


def cost_bases(world: World) -> dict[str, float]:
    """The catalogue's cost bases, as shares of net sales."""
    return {lever.moves: lever.cost_base for lever in world.levers.items if lever.cost_base is not None}


def with_needs(levers: Levers, ids: Iterable[str]) -> tuple[Lever, ...]:
    """The named levers and all that they stand on, in the catalogue's order."""
    wanted: set[str] = set()
    open_ids = list(ids)
    while open_ids:
        name = open_ids.pop()
        if name not in wanted:
            wanted.add(name)
            open_ids += levers.items[levers.index(name)].needs
    return tuple(lever for lever in levers.items if lever.id in wanted)


def standing(lever: Lever) -> Lever:
    """The lever where what it needs is there already and paid for."""
    return replace(lever, needs=())


def run(world: World, items: tuple[Lever, ...], given: Mapping[str, float | Array] | None = None,
        funded: Iterable[str] | None = None) -> Worth:
    """The catalogue of `items` alone, funded in full (or only the levers `funded`), over the world's draws.

    `given` replaces variables by a number or an array (draws,). Every call draws the same luck for the same items.
    Raises ParameterError for an unknown variable or lever.
    """
    levers = replace(world.levers, items=items)
    horizon = world.settings.horizon_months
    decision = Decision.full(levers, horizon)
    if funded is not None:
        places = [levers.index(name) for name in funded]
        decision = Decision.nothing(levers, horizon).with_(places, dose=1.0)
    plan = Plan(levers, world.base, decision, world.settings, world.newcomer_value)
    values = cash.values(plan, cash.draw(plan, world.draws, world.seed))
    names = [variable.name for variable in variables(plan)]
    for name, value in (given or {}).items():
        if name not in names:
            raise ParameterError(f"no variable {name!r} in this case; known: {', '.join(names[:5])} ...")
        values[:, names.index(name)] = value
    made = cash.simulate_values(plan, values)
    return Worth(made.npv, made.discounted_benefit, made.discounted_cost)


def grade_weights(folder: Path) -> dict[str, float]:
    """What the catalogue in `folder` leaves of an effect for each grade of its evidence."""
    weights = read_yaml(folder / FILE)["evidence_weight"]
    return {grade: float(entry["weight"]) for grade, entry in weights.items()}


def claimed_by(lever: Lever, key: str, weights: Mapping[str, float], claims: Claims) -> Lever:
    """The lever as if only claim `key` told of it, with the weight of that claim's grade.

    Where the catalogue takes a claim of another quantity over in part, so does this.
    """
    effects = np.array([abs(claimed_change(claims[each])) for each in lever.claims])
    plain = float(effects @ [weights[claims[each].evidence] for each in lever.claims] / effects.sum())
    return replace(
        lever, claims=(key,), claimed=abs(claimed_change(claims[key])),
        weight=weights[claims[key].evidence] * lever.weight / plain,
    )


def as_told(world: World, items: tuple[Lever, ...], given: Mapping[str, float | Array] | None = None) -> float:
    """Mean net present value if what is claimed of the levers held in full and for certain, where it reaches."""
    told_items = tuple(replace(lever, weight=1.0) if lever.weight > 0 else lever for lever in items)
    sure = {f"{lever.id}.{name}": 1.0 for lever in items for name in ("works", "effect")}
    return float(run(world, told_items, {**sure, "kept": 1.0, **(given or {})}).npv.mean())


def gain_needed(world: World, items: tuple[Lever, ...], id: str, rounds: int = 2) -> float | None:
    """True gain (share, where it reaches) at which lever `id` of `items` pays on average; None where none does.

    It is taken to work for certain and to its full extent; found by proportion, since benefits are nearly
    proportional to small gains.
    """
    place = next(number for number, lever in enumerate(items) if lever.id == id)
    gain = items[place].claimed or LOW
    for _ in range(rounds):
        tried = (*items[:place], replace(items[place], claimed=gain, weight=1.0), *items[place + 1:])
        worth = run(world, tried, {f"{id}.works": 1.0, f"{id}.effect": 1.0, "kept": 1.0})
        if worth.benefit.mean() <= 0:
            return None
        gain *= float(worth.cost.mean() / worth.benefit.mean())
    return gain
