"""All marginals of a Bayesian network: pyAgrum as used here beside enumeration and beside own elimination.

Networks of 50 nodes with up to three parents among the six nodes before; enumeration only where it can end.

Run: .venv/bin/python benchmarks/network.py
"""

from __future__ import annotations

import itertools
import time

import numpy as np

from ecomplan.risk.breach import drawn, exact
from ecomplan.risk.breach.network import Network, Node, build_network

NODES, SMALL, NETWORKS, DRAWS, GOAL_MS = 50, 20, 20, 200, 20.0


def network_of(count: int, seed: int) -> Network:
    rng = np.random.default_rng(seed)
    nodes = []
    for place in range(count):
        near = list(range(max(0, place - 6), place))
        chosen = rng.choice(near, size=min(len(near), int(rng.integers(0, 4))), replace=False) if near else []
        parents = tuple(f"n{other}" for other in sorted(chosen))
        rows = {", ".join(way) or "all": float(rng.random())
                for way in itertools.product(("no", "yes"), repeat=len(parents))}
        nodes.append(Node(f"n{place}", f"n{place}", "event", ("no", "yes"), parents, rows, None, 20.0, "judgement"))
    return build_network(nodes)


def enumerate_all(network: Network) -> dict[str, np.ndarray]:
    """Sum of the whole joint distribution, as one array."""
    names = [node.id for node in network]
    joint = np.ones((1,) * len(names))
    for node in network:
        axes = [names.index(name) for name in (*node.parents, node.id)]
        order = np.argsort(axes)
        shape = [2 if axis in axes else 1 for axis in range(len(names))]
        joint = joint * np.transpose(network.tables[node.id], order).reshape(shape)
    return {name: joint.sum(axis=tuple(i for i in range(len(names)) if i != place))
            for place, name in enumerate(names)}


def cpu(work, repeats: int = 1) -> float:
    start = time.process_time()
    for _ in range(repeats):
        work()
    return (time.process_time() - start) / repeats * 1e3


def main() -> None:
    large = [network_of(NODES, seed) for seed in range(NETWORKS)]
    nets = [exact.compiled(network) for network in large]
    each = sorted(cpu(lambda net=net: exact.marginals(net)) for net in nets)
    print(f"{NODES} nodes, all marginals, pyAgrum: median {each[NETWORKS // 2]:.1f} ms, worst of {NETWORKS} "
          f"{each[-1]:.1f} ms CPU (goal {GOAL_MS:.0f} ms: {'met' if each[-1] <= GOAL_MS else 'missed'})")
    plain = drawn.certain(large[0])
    own = cpu(lambda: [drawn.posterior(plain, node.id) for node in large[0]])
    print(f"the same by own elimination, node by node: {own:.1f} ms")
    many = drawn.draw_tables(large[0], DRAWS, 0.8, np.random.default_rng(1))
    last = f"n{NODES - 1}"
    together = cpu(lambda: drawn.posterior(many, last))
    one = Network(large[0].nodes, {name: table[0] for name, table in many.tables.items()}, large[0].by_id)
    single = cpu(lambda: exact.marginals(exact.compiled(one)), 5)
    print(f"one marginal over {DRAWS} drawn networks: {together:.0f} ms together, {single * DRAWS:.0f} ms with pyAgrum "
          f"network by network (all marginals, compiling counted)")
    small = network_of(SMALL, 99)
    net = exact.compiled(small)
    fast, slow = cpu(lambda: exact.marginals(net), 20), cpu(lambda: enumerate_all(small))
    gap = max(float(np.abs(exact.marginals(net)[name] - chances).max()) for name, chances in
              enumerate_all(small).items())
    print(f"{SMALL} nodes: pyAgrum {fast:.2f} ms, enumeration {slow:.0f} ms; largest difference {gap:.1e}; "
          f"{NODES} nodes would take enumeration {slow * 2.0 ** (NODES - SMALL) / 3.6e6:,.0f} hours")


if __name__ == "__main__":
    main()
