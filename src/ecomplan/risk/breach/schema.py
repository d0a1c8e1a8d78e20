"""The file claims/breach.yaml: closed, typed, checked; the network it holds is built in `network`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ecomplan.claims import Claims, read_yaml
from ecomplan.errors import ParameterError
from ecomplan.risk.breach.network import Network, Node, build_network

Text = Annotated[str, Field(min_length=1)]
Chance = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Grade = Literal["published", "judgement", "definition"]


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Source(_Entry):
    author: Text
    title: Text
    year: Annotated[int, Field(ge=1950, le=2100)]


class _NoisyOr(_Entry):
    base: Chance
    causes: dict[str, Chance]


class _Node(_Entry):
    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    name: Text
    role: Literal["control", "cause", "event", "outcome"]
    states: tuple[Text, ...] = ("no", "yes")
    parents: tuple[str, ...] = ()
    rows: dict[str, float | tuple[float, ...]] | None = None
    noisy_or: _NoisyOr | None = None
    sure: Positive
    grade: Grade
    sources: tuple[str, ...] = ()
    reason: Text


class Figure(_Entry):
    """A number of the loss model with its ground; `sure_low` to `sure_high` is its 80 % range where it has one."""

    value: Positive
    sure_low: Positive | None = None
    sure_high: Positive | None = None
    unit: str = ""
    grade: Grade
    sources: tuple[str, ...] = ()
    reason: Text


class ScaleEntry(_Entry):
    """Yearly sales (CNY m, 10 % and 90 % points) of the companies behind the anchor, and the size exponent."""

    reference_sales_cny_m: tuple[Positive, Positive]
    exponent: Chance
    grade: Grade
    reason: Text


class LossModel(_Entry):
    """What one leak costs: an anchor, scaled to the shop, and how leaks differ."""

    anchor: str
    scale: ScaleEntry
    records_exponent: Figure
    records_intercept: Figure
    size_shares: dict[str, Chance]
    lost_business_share: Figure
    unreadable_share: Figure
    fine_share: Figure
    spread: Figure
    incident_cost: Figure


class Check(_Entry):
    """A published share of leaks in which a node stands."""

    name: Text
    of: str
    share: Chance
    sources: tuple[str, ...]


class WhatIf(_Entry):
    """A question to the network: what if these nodes stand in these states?"""

    name: Text
    evidence: dict[str, str]


class _File(_Entry):
    sources: dict[str, _Source]
    nodes: Annotated[tuple[_Node, ...], Field(min_length=1)]
    loss: LossModel
    checks: tuple[Check, ...]
    claimed: dict[str, str]
    what_if: tuple[WhatIf, ...]


class Breach(_Entry):
    """The whole file, resolved."""

    model_config = ConfigDict(arbitrary_types_allowed=True, frozen=True)
    network: Network
    loss: LossModel
    checks: tuple[Check, ...]
    claimed: dict[str, str]
    what_if: tuple[WhatIf, ...]
    sources: dict[str, str]

    @property
    def controls(self) -> tuple[str, ...]:
        """Ids of the control nodes."""
        return tuple(node.id for node in self.network if node.role == "control")


def load_breach(folder: Path, claims: Claims) -> Breach:
    """The network and its loss model from `folder`/breach.yaml; see `resolve`."""
    return resolve(read_yaml(folder / "breach.yaml"), claims)


def resolve(raw: Any, claims: Claims, where: str = "claims/breach.yaml") -> Breach:
    """Check the parsed file. Raises ParameterError naming node and key: chances outside 0 to 1, rows that do not sum
    to 1, missing rows, unknown parents, a cycle (in full), unknown sources, claims, controls or states."""
    try:
        file = _File.model_validate(raw)
    except ValidationError as error:
        faults = [f"{where}: {_place(raw, fault['loc'])}: {fault['msg']}" for fault in error.errors()]
        raise ParameterError("\n".join(faults)) from None
    cited = [(f"node {node.id}", node.sources) for node in file.nodes]
    cited += [(f"check {check.of}", check.sources) for check in file.checks]
    for place, keys in cited:
        for key in keys:
            if key not in file.sources:
                raise ParameterError(f"{where}: {place}: unknown source {key}; known: {', '.join(file.sources)}")
    for node in file.nodes:
        if node.grade == "published" and not node.sources:
            raise ParameterError(f"{where}: node {node.id}: grade published needs sources")
    network = build_network([_node(node, where) for node in file.nodes], where)
    for check in file.checks:
        _known(check.of, network, f"{where}: checks")
    for question in file.what_if:
        network.evidence(question.evidence, f"{where}: what_if {question.name}")
    controls = [node.id for node in network.nodes if node.role == "control"]
    for name in controls:
        if network[name].parents:
            raise ParameterError(f"{where}: control {name} has parents; a control is a choice and has none")
    for name, key in file.claimed.items():
        if name not in controls:
            raise ParameterError(f"{where}: claimed names {name}; the control nodes are {', '.join(controls)}")
        _usable(key, claims, f"{where}: claimed {name}")
    _usable(file.loss.anchor, claims, f"{where}: loss.anchor")
    low_sales, high_sales = file.loss.scale.reference_sales_cny_m
    if low_sales > high_sales:
        raise ParameterError(f"{where}: loss.scale: low {low_sales:g} is above high {high_sales:g}, unit: CNY m a year")
    return Breach(
        network=network, loss=file.loss, checks=file.checks,
        claimed=file.claimed,
        what_if=file.what_if,
        sources={key: f"{item.author}: {item.title}, {item.year}" for key, item in file.sources.items()},
    )


def _usable(key: str, claims: Claims, where: str) -> None:
    if claims[key].key in claims.set_aside:
        raise ParameterError(f"{where}: claim {key} is set aside: {claims.set_aside[key]}")


def _known(name: str, network: Network, where: str) -> None:
    if name not in network:
        raise ParameterError(f"{where}: unknown node {name}")


def _node(entry: _Node, where: str) -> Node:
    where = f"{where}: node {entry.id}"
    if (entry.rows is None) == (entry.noisy_or is None):
        raise ParameterError(f"{where}: needs either rows or noisy_or")
    noisy = None if entry.noisy_or is None else (entry.noisy_or.base, entry.noisy_or.causes)
    return Node(id=entry.id, name=entry.name, role=entry.role, states=entry.states, parents=entry.parents,
                rows=entry.rows, noisy_or=noisy, sure=entry.sure, grade=entry.grade, sources=entry.sources)


def _place(raw: Any, loc: tuple[int | str, ...]) -> str:
    """Where a fault stands; nodes by their id."""
    if len(loc) > 1 and loc[0] == "nodes" and isinstance(loc[1], int):
        return ".".join(["node", str(raw["nodes"][loc[1]].get("id", loc[1])), *map(str, loc[2:])])
    return ".".join(map(str, loc))
