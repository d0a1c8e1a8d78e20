"""From the catalogue to the engine's scenarios: selectors become variables, funding becomes a decision, and the
axes become generated scenarios whose names say what they are."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
from scipy.stats import qmc

from ecomplan.claims import Claims
from ecomplan.errors import ParameterError
from ecomplan.investment.engine.levers import SEGMENTS
from ecomplan.investment.engine.many import Scenario
from ecomplan.investment.engine.plan import Decision, Plan, cost_table
from ecomplan.investment.engine.variables import LEVER_KINDS, matching, variables
from ecomplan.investment.scenarios.catalogue import Axis, Catalogue, Entry, Funding, close

SELECTORS = ("line", "group", "tranche", "moves", "document", "lever")
_OF_LEVERS = re.compile(rf"^({'|'.join(SELECTORS)}) (.+)$")
_OF_VARIABLES = re.compile(rf"^({'|'.join(SELECTORS)}) (.+)\.({'|'.join(LEVER_KINDS)})$")
THIRDS = {"low": (0.0, 1 / 3), "high": (2 / 3, 1.0)}


@dataclass(frozen=True)
class Worlds:
    """Scenarios in order, the reference first; `triggers` by id; `left_out` names those that this shop cannot have."""

    scenarios: tuple[Scenario, ...]
    triggers: dict[str, str]
    left_out: tuple[str, ...]

    def index(self, id: str) -> int:
        """Place of a scenario. Raises ParameterError with close names."""
        ids = [scenario.id for scenario in self.scenarios]
        if id not in ids:
            raise ParameterError(f"no scenario {id!r}{close(id, ids)}")
        return ids.index(id)


def make_worlds(catalogue: Catalogue, plan: Plan, claims: Claims, count: int, moved: int, seed: int) -> Worlds:
    """All named scenarios and as many generated ones as make `count`, each of these moving `moved` axes.

    A scenario about a segment of customers that this shop's forecast does not tell apart is left out. Raises
    ParameterError for an unknown variable, lever or selector (with close names), for a `count` below the named
    ones, and where the axes allow no more scenarios.
    """
    names = [variable.name for variable in variables(plan)]
    missing = {f"sales.{segment}" for segment in SEGMENTS} - set(names)
    kept = [entry for entry in catalogue.entries if not missing & {*entry.windows, *entry.scales}]
    left_out = tuple(entry.name for entry in catalogue.entries if entry not in kept)
    if count < len(kept):
        raise ParameterError(
            f"scenarios.scenarios = {count} is fewer than the {len(kept)} that claims/scenarios.yaml names; ask for "
            f"at least {len(kept)} or take some out of the file"
        )
    named = [_scenario(entry, plan, claims, names) for entry in kept]
    triggers = {entry.id: entry.trigger for entry in kept}
    made = generated(catalogue.axes, names, count - len(named), moved, seed)
    for scenario in made:
        triggers[scenario.id] = f"Early readings show {scenario.name[0].lower()}{scenario.name[1:]}"
    return Worlds((*named, *made), triggers, left_out)


def generated(axes: tuple[Axis, ...], names: list[str], count: int, moved: int, seed: int) -> list[Scenario]:
    """`count` different scenarios: of each scrambled Sobol point the `moved` axes that lie furthest from the middle
    go to their lower or upper third."""
    if moved > len(axes):
        raise ParameterError(f"scenarios.axes_moved = {moved} is more than the {len(axes)} axes of the catalogue")
    variables_of = [[name for pattern in axis.variables for name in matching(pattern, names)] for axis in axes]
    points = qmc.Sobol(len(axes), rng=np.random.default_rng(seed))
    out: dict[tuple[tuple[int, str], ...], Scenario] = {}
    for _ in range(64):
        for point in points.random(128):
            if len(out) == count:
                return list(out.values())
            chosen = sorted(np.argsort(-np.abs(point - 0.5), kind="stable")[:moved].tolist())
            ends = tuple((axis, "low" if point[axis] < 0.5 else "high") for axis in chosen)
            if ends in out:
                continue
            words = ", ".join(getattr(axes[axis], end) for axis, end in ends)
            out[ends] = Scenario(
                id=f"made_{len(out) + 1:03d}", name=words[0].upper() + words[1:], kind="generated",
                windows={name: THIRDS[end] for axis, end in ends for name in variables_of[axis]},
                note="a third of each axis named",
            )
    raise ParameterError(
        f"scenarios.scenarios asks for {count} generated scenarios; {len(axes)} axes, {moved} moved at a time, gave "
        f"{len(out)}: ask for fewer or add axes to claims/scenarios.yaml"
    )


def selected(pattern: str, plan: Plan, claims: Claims) -> list[str]:
    """Ids of the levers that a selector means, e.g. "line tech". Raises ParameterError with what is known."""
    found = _OF_LEVERS.match(pattern)
    if not found:
        raise ParameterError(f"{pattern!r} selects no levers; expected one of {', '.join(SELECTORS)} and a name")
    kind, value = found[1], found[2]
    told = {
        lever.id: {claims[key].document for key in lever.claims} if kind == "document"
        else {lever.id} if kind == "lever" else {str(getattr(lever, kind))}
        for lever in plan.levers.items
    }
    known = sorted(set().union(*told.values()))
    if value not in known:
        raise ParameterError(f"{pattern!r}: no {kind} {value!r}{close(value, known)}")
    return [id for id, values in told.items() if value in values]


def decision(funding: Funding, plan: Plan, claims: Claims) -> Decision:
    """The plan's decision, changed. Levers chosen by `only` or `cheapest` bring along those that they need."""
    ids = list(plan.ids)
    chosen = set(ids)
    if funding.only:
        chosen = _with_needs({id for pattern in funding.only for id in selected(pattern, plan, claims)}, plan)
    if funding.cheapest is not None:
        chosen = _with_needs(set(cost_table(plan).nsmallest(funding.cheapest, "full")["id"]), plan)
    chosen -= {id for pattern in funding.without for id in selected(pattern, plan, claims)}
    on = np.array([id in chosen for id in ids])
    old, horizon = plan.decision, plan.settings.horizon_months
    dose = np.full(len(ids), funding.dose) if funding.dose is not None else old.dose * funding.times
    stop = old.stop_month if funding.stop_after_month is None else np.minimum(old.stop_month, funding.stop_after_month)
    return Decision(np.where(on, dose, 0.0), np.minimum(old.start_month + funding.later_months, horizon), stop)


def _scenario(entry: Entry, plan: Plan, claims: Claims, names: list[str]) -> Scenario:
    try:
        windows = {name: (low, high) for pattern, (low, high) in entry.windows.items()
                   for name in _meant(pattern, plan, claims, names)}
        scales = {name: factor for pattern, factor in entry.scales.items()
                  for name in _meant(pattern, plan, claims, names)}
        chosen = None if entry.funding is None else decision(entry.funding, plan, claims)
    except ParameterError as error:
        raise ParameterError(f"claims/scenarios.yaml: scenario {entry.id}: {error}") from None
    return Scenario(entry.id, entry.name, entry.kind, windows, scales, chosen, entry.trigger)


def _meant(pattern: str, plan: Plan, claims: Claims, names: list[str]) -> list[str]:
    """Variables that a key of windows or scales means."""
    found = _OF_VARIABLES.match(pattern)
    if found:
        return [f"{id}.{found[3]}" for id in selected(f"{found[1]} {found[2]}", plan, claims)]
    return matching(pattern, names)


def _with_needs(chosen: set[str], plan: Plan) -> set[str]:
    needs = {lever.id: lever.needs for lever in plan.levers.items}
    waiting = list(chosen)
    while waiting:
        for need in needs[waiting.pop()]:
            if need not in chosen:
                chosen = chosen | {need}
                waiting.append(need)
    return chosen
