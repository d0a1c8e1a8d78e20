"""What each control takes away: chance of a leak and expected loss, inside the network and not as claimed."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ecomplan.claims import Claims
from ecomplan.errors import ParameterError
from ecomplan.risk.breach.drawn import Drawn, joint
from ecomplan.risk.breach.loss import WAYS, Costs
from ecomplan.risk.breach.network import Floats
from ecomplan.risk.breach.schema import Breach
from ecomplan.risk.engine.draws import pert_mean
from ecomplan.risk.engine.register import Register

Prices = dict[str, tuple[float, float, float]]  # control -> money a year: low, likely, high
LOW, HIGH = 0.1, 0.9
EDGES = (0.05, 0.5, 0.95)  # of the draws: PERT low, likely, high of a reduction
ROUNDING = 1e-9
SMALL = 0.005  # a reduction below this share is none


@dataclass(frozen=True)
class Surface:
    """By draw and state of every root (controls first, other roots after): chance of a leak in any way and by way,
    and expected yearly loss by way in money, all given the roots. `prior`: (draws, roots) chance of "yes"."""

    controls: tuple[str, ...]
    others: tuple[str, ...]
    leak: Floats
    chance: dict[str, Floats]
    loss: dict[str, Floats]
    prior: Floats

    @property
    def total(self) -> Floats:
        return np.asarray(sum(self.loss.values()))

    def mean(self, values: Floats, fixed: dict[str, int] | None = None) -> Floats:
        """(draws,) average over the roots, those of `fixed` set by hand."""
        return _average(values, self.prior, {self.index(name): state for name, state in (fixed or {}).items()})

    def index(self, name: str) -> int:
        return (*self.controls, *self.others).index(name)


def surface(drawn: Drawn, costs: Costs) -> Surface:
    """The network summed over all but its roots, once for all questions about controls. Roots have two states."""
    network = drawn.network
    controls = tuple(node.id for node in network if node.role == "control")
    others = tuple(name for name in network.roots if name not in controls)
    roots = [*controls, *others]
    prior = np.stack([drawn.tables[name][:, 1] for name in roots], axis=1)
    weight = np.ones((drawn.draws, *(1,) * len(roots)))
    for place in range(len(roots)):
        shape = [drawn.draws, *(2 if axis == place else 1 for axis in range(len(roots)))]
        weight = weight * np.stack([1 - prior[:, place], prior[:, place]], axis=1).reshape(shape)
    states = joint(drawn, [*WAYS, *roots]) / weight[:, None, None, None]
    chance = {way: states.take(1, axis=1 + place).sum(axis=(1, 2)) for place, way in enumerate(WAYS)}
    loss = {way: joint(drawn, roots, extra=[costs.factor(way)]) / weight for way in WAYS}
    return Surface(controls, others, 1 - states[:, 0, 0, 0], chance, loss, prior)


def prices(breach: Breach, register: Register, years: float, cny: float) -> Prices:
    """Yearly price of every control in money (low, likely, high), the first cost spread over `years`, as the register
    of controls has it. Raises ParameterError for a control node without an entry there."""
    missing = [name for name in breach.controls if name not in register.controls]
    if missing:
        raise ParameterError(f"claims/controls.yaml: no control {missing[0]}, which is a node of claims/breach.yaml")
    return {name: register.controls[name].yearly_cost(years, cny) for name in breach.controls}


def controls_table(breach: Breach, face: Surface, claims: Claims, works: float, effect_share: float,
                   costs: Prices) -> pd.DataFrame:
    """Each control alone, put in place beside all others as they are: fall of the leak chance and of the expected
    loss in the network (with 80 % range), its cost, and what the documents claim and we believe of the claim.

    `none`: the fall against a shop that surely lacks it. `pays_from`: how many times dearer leaks must be until it
    pays."""
    leak, loss = face.mean(face.leak), face.mean(face.total)
    rows = []
    for name in face.controls:
        with_it = face.mean(face.leak, {name: 1})
        fall = _fall(leak, with_it)
        none = _fall(face.mean(face.leak, {name: 0}), with_it)  # what a case study would report
        saved = loss - face.mean(face.total, {name: 1})
        cost = pert_mean(*costs[name])
        claim = breach.claimed.get(name)
        claimed = np.nan if claim is None else -claims[claim].share
        rows.append({
            "control": name, "name": breach.network[name].name, "in_place": face.prior[:, face.index(name)].mean(),
            "fall": fall.mean(), "fall_low": np.quantile(fall, LOW), "fall_high": np.quantile(fall, HIGH),
            "none": none.mean(), "none_low": np.quantile(none, LOW), "none_high": np.quantile(none, HIGH),
            "saved": saved.mean(), "saved_low": np.quantile(saved, LOW), "saved_high": np.quantile(saved, HIGH),
            "cost": cost, "net": saved.mean() - cost,
            "pays_from": cost / saved.mean(),
            "chance_pays": float((saved > cost).mean()),
            "claimed": claimed, "believed": claimed * works * effect_share,
        })
    return pd.DataFrame(rows).sort_values("saved", ascending=False, ignore_index=True)


def effects_table(face: Surface, risks: dict[str, str], costs: Prices) -> pd.DataFrame:
    """Table `link_effects`: what each control takes from the expected loss of each way, as PERT over the draws.

    It stands under frequency or severity, wherever the larger part of it lies."""
    rows = []
    for name in face.controls:
        low, likely, high = costs[name]
        for way, risk in risks.items():
            events = 1 - face.mean(face.chance[way], {name: 1}) / face.mean(face.chance[way])
            whole = 1 - face.mean(face.loss[way], {name: 1}) / face.mean(face.loss[way])
            least, middle, most = np.clip(np.quantile(whole, EDGES), 0, 1)
            if middle < SMALL:
                continue
            acts_on = "frequency" if events.mean() >= whole.mean() / 2 else "severity"
            rows.append({
                "risk": risk, "control": name, "acts_on": acts_on, "reduction_low": least, "reduction_likely": middle,
                "reduction_high": most, "yearly_cost_low": low, "yearly_cost_likely": likely, "yearly_cost_high": high,
            })
    return pd.DataFrame(rows)


def sets_table(breach: Breach, face: Surface, costs: Prices) -> pd.DataFrame:
    """Every set of controls put in place: leak chance, expected loss, cost, sum of both; cheapest in sum first."""
    options = options_of(face)
    leak, loss = (over_sets(values.mean(axis=0), options) for values in (face.leak, face.total))
    cost = set_costs(face, costs)
    rows = [{
        "set": ", ".join(breach.network[name].name for name, on in zip(face.controls, chosen, strict=True) if on)
        or "None beyond today's",
        "controls": sum(chosen), "leak": leak[chosen], "loss": loss[chosen], "cost": cost[chosen],
        "together": loss[chosen] + cost[chosen],
    } for chosen in itertools.product((0, 1), repeat=len(face.controls))]
    return pd.DataFrame(rows).sort_values(["together", "controls"], ignore_index=True)


def set_costs(face: Surface, costs: Prices) -> Floats:
    """(2, ..., 2) yearly cost in money of every set of controls."""
    total = np.zeros((2,) * len(face.controls))
    for place, name in enumerate(face.controls):
        shape = [2 if axis == place else 1 for axis in range(total.ndim)]
        total = total + np.array([0.0, pert_mean(*costs[name])]).reshape(shape)
    return total


def together_gap(face: Surface) -> float:
    """Fall of the leak chance with every control, less what the single falls multiplied up would give."""
    leak = face.mean(face.leak)
    alone = np.prod([face.mean(face.leak, {name: 1}) / leak for name in face.controls], axis=0)
    everything = face.mean(face.leak, dict.fromkeys(face.controls, 1)) / leak
    return float((alone - everything).mean())


def options_of(face: Surface) -> list[Floats]:
    """For each root the weights of its states under "as it is" and, for a control, "put in place"."""
    mean = face.prior.mean(axis=0)
    rows = [np.array([[1 - chance, chance], [0.0, 1.0]]) for chance in mean]
    return [row if place < len(face.controls) else row[:1] for place, row in enumerate(rows)]


def over_sets(values: Floats, options: list[Floats]) -> Floats:
    """(2, ..., 2) average of values over the roots' states for every set of controls."""
    for option in options:
        values = np.tensordot(values, option, axes=([0], [1]))  # the new axis goes last, so that all turn once
    return np.asarray(values.reshape((2,) * sum(len(option) == 2 for option in options)))


def _average(values: Floats, prior: Floats, fixed: dict[int, int]) -> Floats:
    for place in reversed(range(prior.shape[1])):
        off, on = values[..., 0], values[..., 1]
        if place in fixed:
            values = on if fixed[place] else off
        else:
            chance = prior[:, place].reshape(-1, *(1,) * (off.ndim - 1))
            values = (1 - chance) * off + chance * on
    return values


def _fall(before: Floats, after: Floats) -> Floats:
    """Relative fall; rounding around none is none."""
    fall = 1 - after / before
    return np.where(np.abs(fall) < ROUNDING, 0.0, fall)
