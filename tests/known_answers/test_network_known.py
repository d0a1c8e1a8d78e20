"""Asia, the network of Lauritzen and Spiegelhalter (1988): published chances."""

from __future__ import annotations

import pytest

from ecomplan.risk.breach import drawn, exact
from ecomplan.risk.breach.network import Node, build_network

TOLERANCE = 5e-8


def node(name, parents=(), rows=None, noisy_or=None):
    return Node(name, name, "event", ("no", "yes"), tuple(parents), rows, noisy_or, 10.0, "published")


ASIA = build_network([
    node("dyspnoea", ("either", "bronchitis"), {"no, no": 0.1, "no, yes": 0.8, "yes, no": 0.7, "yes, yes": 0.9}),
    node("visit", rows={"all": 0.01}),
    node("tuberculosis", ("visit",), {"no": 0.01, "yes": 0.05}),
    node("smoking", rows={"all": 0.5}),
    node("cancer", ("smoking",), {"no": 0.01, "yes": 0.1}),
    node("bronchitis", ("smoking",), {"no": 0.3, "yes": 0.6}),
    node("either", ("tuberculosis", "cancer"), noisy_or=(0.0, {"tuberculosis": 1.0, "cancer": 1.0})),
    node("xray", ("either",), {"no": 0.05, "yes": 0.98}),
])


def test_asia():
    net = exact.compiled(ASIA)
    assert exact.marginals(net)["dyspnoea"][1] == pytest.approx(0.4359706, abs=TOLERANCE)
    assert exact.marginals(net, {"dyspnoea": 1})["bronchitis"][1] == pytest.approx(0.8339673, abs=TOLERANCE)


def test_asia_by_elimination():
    plain = drawn.certain(ASIA)
    assert drawn.posterior(plain, "dyspnoea")[0, 1] == pytest.approx(0.4359706, abs=TOLERANCE)
    assert drawn.posterior(plain, "bronchitis", {"dyspnoea": 1})[0, 1] == pytest.approx(0.8339673, abs=TOLERANCE)
