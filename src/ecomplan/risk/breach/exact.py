"""Exact inference by pyAgrum: marginals, what evidence changes, and how much a node tells about another."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyagrum

from ecomplan.errors import ParameterError
from ecomplan.risk.breach.network import Floats, Network

DIGITS = 10


def compiled(network: Network) -> pyagrum.BayesNet:
    """The network in pyAgrum's form; ids and states keep their names."""
    net = pyagrum.BayesNet("breach")
    for node in network:
        net.add(pyagrum.LabelizedVariable(node.id, node.name, list(node.states)))
    for parent, child in network.arcs:
        net.addArc(parent, child)
    for node in network:
        table = net.cpt(node.id)
        # pyAgrum keeps the node first and its parents in reverse in `names`; fill by name, not by place
        wanted = (*node.parents, node.id)
        values = network.tables[node.id]
        order = [wanted.index(name) for name in table.names]
        # its flat order runs through the first variable fastest
        table.fillWith(np.transpose(values, order).reshape(-1, order="F").tolist())
    return net


def marginals(net: pyagrum.BayesNet, evidence: Mapping[str, int] | None = None) -> dict[str, Floats]:
    """Posterior of every node, by lazy propagation in a junction tree (Madsen and Jensen, 1999).

    Raises ParameterError for evidence that cannot happen.
    """
    engine = pyagrum.LazyPropagation(net)
    engine.setEvidence(dict(evidence or {}))
    try:
        engine.makeInference()
        # pyAgrum multiplies tables in no fixed order, so that last bits differ from run to run; they are cut off
        return {name: engine.posterior(name).toarray().round(DIGITS) for name in net.names()}
    except pyagrum.IncompatibleEvidence:
        told = ", ".join(f"{name} = {net.variable(name).label(state)}" for name, state in (evidence or {}).items())
        raise ParameterError(f"evidence that cannot happen together: {told}") from None


def entropy(chances: Floats) -> float:
    """Shannon entropy in bits."""
    positive = chances[chances > 0]
    return float(-(positive * np.log2(positive)).sum()) + 0.0


def information(net: pyagrum.BayesNet, target: str) -> dict[str, float]:
    """Expected fall of the target's entropy, in bits, from learning each other node (mutual information).

    It is the same both ways round, so that one inference for each state of the target is enough.
    """
    chances = marginals(net)
    left = {name: 0.0 for name in sorted(net.names()) if name != target}
    for state, chance in enumerate(chances[target]):
        if chance > 0:
            given = marginals(net, {target: state})
            for name in left:
                left[name] += float(chance) * entropy(given[name])
    return {name: max(entropy(chances[name]) - rest, 0.0) for name, rest in left.items()}
