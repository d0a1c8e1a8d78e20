"""A discrete Bayesian network: nodes, their tables, checked and in an order in which parents come first."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from ecomplan.errors import ParameterError

Floats = npt.NDArray[np.float64]
SUM_TOLERANCE = 1e-9


@dataclass(frozen=True)
class Node:
    """A node as written: a table by rows, or a noisy-OR (base, chance by cause). `sure`: equivalent sample size."""

    id: str
    name: str
    role: str
    states: tuple[str, ...]
    parents: tuple[str, ...]
    rows: Mapping[str, float | Sequence[float]] | None
    noisy_or: tuple[float, Mapping[str, float]] | None
    sure: float
    grade: str
    sources: tuple[str, ...] = ()


@dataclass(frozen=True)
class Network:
    """Nodes, parents before children. `tables`: by node an array (states of parent 1, ..., states of the node)."""

    nodes: tuple[Node, ...]
    tables: dict[str, Floats]
    by_id: dict[str, Node] = field(repr=False)

    def __getitem__(self, name: str) -> Node:
        return self.by_id[name]

    def __contains__(self, name: object) -> bool:
        return name in self.by_id

    def __iter__(self) -> Iterator[Node]:
        return iter(self.nodes)

    @property
    def roots(self) -> tuple[str, ...]:
        return tuple(node.id for node in self.nodes if not node.parents)

    @property
    def arcs(self) -> list[tuple[str, str]]:
        return [(parent, node.id) for node in self.nodes for parent in node.parents]

    def evidence(self, given: Mapping[str, str], where: str = "evidence") -> dict[str, int]:
        """States by number. Raises ParameterError for unknown nodes and states."""
        for name, state in given.items():
            if name not in self.by_id:
                raise ParameterError(f"{where}: unknown node {name}")
            if state not in self.by_id[name].states:
                states = ", ".join(self.by_id[name].states)
                raise ParameterError(f"{where}: node {name} has no state {state!r}; it has {states}")
        return {name: self.by_id[name].states.index(state) for name, state in given.items()}


def build_network(nodes: Sequence[Node], where: str = "network") -> Network:
    """Order and check. Raises ParameterError: a node twice, unknown parents, a cycle in full, faults of tables."""
    by_id: dict[str, Node] = {}
    for node in nodes:
        if node.id in by_id:
            raise ParameterError(f"{where}: node {node.id} stands there twice")
        by_id[node.id] = node
    for node in nodes:
        for parent in node.parents:
            if parent not in by_id:
                raise ParameterError(f"{where}: node {node.id}: unknown parent {parent}")
        if len(set(node.parents)) < len(node.parents):
            raise ParameterError(f"{where}: node {node.id}: a parent is named twice")
    ordered = _ordered(by_id, where)
    tables = {node.id: _table(node, by_id, f"{where}: node {node.id}") for node in ordered}
    return Network(tuple(ordered), tables, by_id)


def noisy_or_table(base: Floats, causes: Sequence[Floats]) -> Floats:
    """Tables (..., 2, ..., 2, 2) of a noisy-OR from the chances of base and each cause, all of shape (...)."""
    no = 1 - np.asarray(base, float)
    for chance in causes:
        stopped = 1 - chance.reshape(chance.shape + (1,) * (no.ndim - chance.ndim))
        no = np.stack([no, no * stopped], axis=-1)
    return np.stack([no, 1 - no], axis=-1)


def _ordered(by_id: Mapping[str, Node], where: str) -> list[Node]:
    """Depth first, in the order written; a cycle is told with all its nodes."""
    done: dict[str, Node] = {}
    path: list[str] = []

    def visit(name: str) -> None:
        if name in done:
            return
        if name in path:
            # walked from child to parent: turned round, so that arrows point from cause to effect
            cycle = [*path[path.index(name):], name][::-1]
            raise ParameterError(f"{where}: the nodes form a cycle: {' -> '.join(cycle)}")
        path.append(name)
        for parent in by_id[name].parents:
            visit(parent)
        path.pop()
        done[name] = by_id[name]

    for name in by_id:
        visit(name)
    return list(done.values())


def _table(node: Node, by_id: Mapping[str, Node], where: str) -> Floats:
    if len(node.states) < 2 or len(set(node.states)) < len(node.states):
        raise ParameterError(f"{where}: needs at least two states, each once; has {', '.join(node.states)}")
    if node.noisy_or is not None:
        base, causes = node.noisy_or
        if sorted(causes) != sorted(node.parents):
            raise ParameterError(f"{where}: noisy_or names {sorted(causes)}, the parents are {sorted(node.parents)}")
        if len(node.states) != 2 or any(len(by_id[name].states) != 2 for name in node.parents):
            raise ParameterError(f"{where}: noisy_or needs two states here and at every parent")
        for name, chance in (("base", base), *causes.items()):
            if not 0 <= chance <= 1:
                raise ParameterError(f"{where}: noisy_or {name} = {chance} is refused; expected a chance from 0 to 1")
        return noisy_or_table(np.array(base), [np.array(causes[name]) for name in node.parents])
    assert node.rows is not None
    shape = tuple(len(by_id[name].states) for name in node.parents)
    combinations = list(itertools.product(*(by_id[name].states for name in node.parents)))
    keys = [", ".join(each) or "all" for each in combinations]
    given = {", ".join(part.strip() for part in str(key).split(",")): row for key, row in node.rows.items()}
    missing, unknown = [key for key in keys if key not in given], [key for key in given if key not in keys]
    if missing or unknown:
        raise ParameterError(f"{where}: missing rows: {missing or 'none'}; unknown rows: {unknown or 'none'}")
    rows = [_row(given[key], len(node.states), f"{where}, row {key!r}") for key in keys]
    return np.array(rows).reshape(*shape, len(node.states))


def _row(row: float | Sequence[float], states: int, where: str) -> list[float]:
    chances = [1 - row, row] if isinstance(row, int | float) else [float(part) for part in row]
    if len(chances) != states:
        raise ParameterError(f"{where}: {len(chances)} chances for {states} states")
    for chance in chances:
        if not 0 <= chance <= 1:
            told = row if isinstance(row, int | float) else chance
            raise ParameterError(f"{where}: {told} is refused; expected a chance from 0 to 1")
    if abs(sum(chances) - 1) > SUM_TOLERANCE:
        raise ParameterError(f"{where}: the chances sum to {sum(chances):g}, expected 1")
    return chances
