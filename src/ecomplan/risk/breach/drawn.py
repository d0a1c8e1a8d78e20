"""The network with unsure tables: rows drawn around what is written, and exact sums over all draws at once.

Variable elimination (Zhang and Poole, 1994) on factors whose first axis is the draw, so that some hundred networks
cost little more than one. pyAgrum does the same for one network; tests hold both together.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import betaincinv, ndtr

from ecomplan.risk.breach.network import Floats, Network, noisy_or_table

TINY = 1e-12
DRAW = 0  # the axis of draws in einsum's numbering; nodes count from 1


@dataclass(frozen=True)
class Drawn:
    """Tables by node: (draws, states of parents ..., states). `rows`: the drawn numbers behind them by node,
    (draws, free numbers), none for definitions."""

    network: Network
    tables: dict[str, Floats]
    rows: dict[str, Floats]

    @property
    def draws(self) -> int:
        return len(next(iter(self.tables.values())))


Factor = tuple[tuple[str, ...], Floats]


def draw_tables(network: Network, draws: int, correlation: float, rng: np.random.Generator) -> Drawn:
    """Draw every row with the mean as written and the node's equivalent sample size.

    Rows of two states are betas, joined within a node by a Gaussian copula: who misjudges how often trained staff fall
    for phishing, misjudges untrained staff alike. Longer rows are Dirichlet, each for itself. States of chance 0 stay
    impossible; rows that hold 0 and 1 only stay as they are (definitions).
    """
    tables, rows = {}, {}
    for node in network:
        if node.noisy_or is not None:
            base, causes = node.noisy_or
            means = np.array([base, *(causes[name] for name in node.parents)])
            drawn = _betas(means, node.sure, draws, correlation, rng)
            tables[node.id] = noisy_or_table(drawn[:, 0], list(drawn[:, 1:].T))
            rows[node.id] = drawn[:, _free(means)]
        elif len(node.states) == 2:
            mean = network.tables[node.id][..., 1]
            drawn = _betas(mean.ravel(), node.sure, draws, correlation, rng)
            rows[node.id] = drawn[:, _free(mean.ravel())]
            one = drawn.reshape(draws, *mean.shape)
            tables[node.id] = np.stack([1 - one, one], axis=-1)
        else:
            tables[node.id], rows[node.id] = _dirichlets(network.tables[node.id], node.sure, draws, rng)
    return Drawn(network, tables, rows)


def certain(network: Network) -> Drawn:
    """One draw: the tables as written."""
    return Drawn(network, {name: table[None] for name, table in network.tables.items()},
                 {node.id: np.empty((1, 0)) for node in network})


def joint(
    drawn: Drawn, names: Sequence[str], evidence: Mapping[str, int] | None = None, extra: Iterable[Factor] = ()
) -> Floats:
    """(draws, states of `names` ...) sum over all other nodes of chance x the extra factors, with evidence put in.

    Not normalised: without `extra` the sum over a draw is the chance of the evidence. `extra`: factors over nodes of
    shape (draws or 1, states ...). Named nodes may not be in the evidence.
    """
    given = dict(evidence or {})
    factors = [_reduced((*node.parents, node.id), drawn.tables[node.id], given) for node in drawn.network]
    factors += [_reduced(scope, values, given) for scope, values in extra]
    axis = {node.id: place for place, node in enumerate(drawn.network.nodes, start=1)}
    hidden = _needed(drawn.network, names, given, factors) - set(names) - set(given)
    factors = [factor for factor in factors if set(factor[0]) <= hidden | set(names)]
    while hidden:
        name = min(sorted(hidden), key=lambda each: _width(each, factors, drawn.network))
        touched = [factor for factor in factors if name in factor[0]]
        factors = [factor for factor in factors if name not in factor[0]]
        scope = tuple(sorted({each for factor in touched for each in factor[0]} - {name}, key=axis.__getitem__))
        factors.append((scope, _product(touched, scope, axis)))
        hidden.remove(name)
    out = _product(factors, tuple(names), axis)
    return np.broadcast_to(out, (drawn.draws, *out.shape[1:]))


def posterior(drawn: Drawn, name: str, evidence: Mapping[str, int] | None = None) -> Floats:
    """(draws, states) chances of a node given evidence."""
    sums = joint(drawn, [name], evidence)
    return np.asarray(sums / sums.sum(axis=1, keepdims=True))


def _free(means: Floats) -> npt.NDArray[np.bool_]:
    return np.asarray((means > 0) & (means < 1))


def _betas(means: Floats, sure: float, draws: int, correlation: float, rng: np.random.Generator) -> Floats:
    """(draws, chances) betas with these means and their parameters' sum `sure`; 0 and 1 stay."""
    free = _free(means)
    common = rng.standard_normal((draws, 1))
    own = rng.standard_normal((draws, int(free.sum())))
    level = ndtr(np.sqrt(correlation) * common + np.sqrt(1 - correlation) * own)
    out = np.broadcast_to(means, (draws, len(means))).copy()
    out[:, free] = np.clip(betaincinv(means[free] * sure, (1 - means[free]) * sure, level), TINY, 1 - TINY)
    return out


def _dirichlets(mean: Floats, sure: float, draws: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
    flat = mean.reshape(-1, mean.shape[-1])
    free = (flat < 1).all(axis=1)
    out = np.broadcast_to(flat, (draws, *flat.shape)).copy()
    gamma = rng.standard_gamma(np.broadcast_to(flat[free] * sure, (draws, int(free.sum()), flat.shape[1])))
    # a gamma of a tiny shape may round to 0 in all states, which the floor keeps from dividing
    gamma = np.where(flat[free] > 0, np.maximum(gamma, TINY), 0.0)
    out[:, free] = gamma / gamma.sum(axis=-1, keepdims=True)
    return out.reshape(draws, *mean.shape), out[:, free, 1:].reshape(draws, -1)


def _reduced(scope: tuple[str, ...], values: Floats, given: Mapping[str, int]) -> Factor:
    """A factor with evidence put in."""
    index = (slice(None), *(given.get(name, slice(None)) for name in scope))
    return tuple(name for name in scope if name not in given), values[index]


def _needed(network: Network, names: Sequence[str], given: Mapping[str, int], factors: Sequence[Factor]) -> set[str]:
    """Nodes that bear on the question: the named, the given, those of extra factors, and their ancestors."""
    wanted = [*names, *given]
    for scope, _ in factors[len(network.nodes):]:
        wanted += scope
    found: set[str] = set()
    while wanted:
        name = wanted.pop()
        if name not in found:
            found.add(name)
            wanted += network[name].parents
    return found


def _width(name: str, factors: Sequence[Factor], network: Network) -> int:
    """Cells of the factor that eliminating `name` makes."""
    scope = {each for factor in factors if name in factor[0] for each in factor[0]} - {name}
    return int(np.prod([len(network[each].states) for each in scope], initial=1))


def _product(factors: Sequence[Factor], scope: tuple[str, ...], axis: Mapping[str, int]) -> Floats:
    """Product of factors, summed over what is not in `scope`."""
    operands: list[object] = []
    for names, values in factors:
        operands += [values, [DRAW, *(axis[name] for name in names)]]
    out = [DRAW, *(axis[name] for name in scope)]
    return np.asarray(np.einsum(*operands, out, optimize=len(factors) > 2))  # type: ignore[call-overload]
