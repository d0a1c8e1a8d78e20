"""The leak network: its file, exact inference against enumeration, unsure tables, controls, noise on counts."""

from __future__ import annotations

import copy
import itertools
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from ecomplan.claims import load_claims, read_yaml
from ecomplan.errors import DataError, ParameterError
from ecomplan.risk.breach import controls, drawn, exact, information, links, loss, privacy
from ecomplan.risk.breach.network import Network, Node, build_network, noisy_or_table
from ecomplan.risk.breach.schema import Breach, resolve
from ecomplan.risk.engine.register import load_register

FOLDER = Path(__file__).parents[2] / "claims"
CNY = 9.2
LIFE = 4.0


@pytest.fixture(scope="module")
def raw():
    return read_yaml(FOLDER / "breach.yaml")


@pytest.fixture(scope="module")
def claims():
    return load_claims(FOLDER)


@pytest.fixture(scope="module")
def breach(raw, claims) -> Breach:
    return resolve(raw, claims)


@pytest.fixture(scope="module")
def prices(breach, claims) -> controls.Prices:
    return controls.prices(breach, load_register(FOLDER, claims, 0.5), LIFE, CNY)


@pytest.fixture(scope="module")
def simulated(breach, claims):
    rng = np.random.default_rng(7)
    unsure = drawn.draw_tables(breach.network, 60, 0.8, rng)
    usd = loss.anchor_usd(breach.loss, claims)
    costs = loss.draw_costs(breach.loss, usd, 7.2, np.full(5, 9e6), CNY, unsure, drawn.certain(breach.network), rng)
    return unsure, costs, controls.surface(unsure, costs)


def random_network(seed: int, count: int) -> Network:
    """Nodes of two or three states with random parents among those before, listed in random order."""
    rng = np.random.default_rng(seed)
    nodes = []
    for place in range(count):
        states = tuple("abc"[: int(rng.integers(2, 4))])
        parents = tuple(f"n{other}" for other in range(place) if rng.random() < 0.5)
        ways = itertools.product(*(nodes[int(name[1:])].states for name in parents))
        rows = {", ".join(way) or "all": tuple(rng.dirichlet(np.ones(len(states)))) for way in ways}
        nodes.append(Node(f"n{place}", f"Node {place}", "event", states, parents, rows, None, 10.0, "judgement"))
    return build_network([nodes[i] for i in rng.permutation(count)])


def enumerated(network: Network, name: str, evidence: dict[str, int]) -> np.ndarray:
    """The obvious way: sum the joint distribution over every combination of states."""
    ids = [node.id for node in network]
    out = np.zeros(len(network[name].states))
    for states in itertools.product(*(range(len(node.states)) for node in network)):
        world = dict(zip(ids, states, strict=True))
        if any(world[key] != state for key, state in evidence.items()):
            continue
        chance = 1.0
        for node in network:
            chance *= network.tables[node.id][tuple(world[parent] for parent in node.parents)][world[node.id]]
        out[world[name]] += chance
    return out / out.sum()


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), count=st.integers(2, 6))
def test_inference_equals_enumeration(seed, count):
    network = random_network(seed, count)
    evidence = {f"n{count - 1}": 1}
    for given_states in ({}, evidence):
        told = exact.marginals(exact.compiled(network), given_states)
        for node in network:
            if node.id in given_states:
                continue
            slow = enumerated(network, node.id, given_states)
            np.testing.assert_allclose(told[node.id], slow, atol=1e-9)
            np.testing.assert_allclose(drawn.posterior(drawn.certain(network), node.id, given_states)[0], slow,
                                       atol=1e-10)


def test_every_draw_is_exact(simulated, breach):
    """Sums over all draws at once agree with pyAgrum on the network of one draw."""
    unsure = simulated[0]
    network = breach.network
    one = Network(network.nodes, {name: table[17] for name, table in unsure.tables.items()}, network.by_id)
    told = exact.marginals(exact.compiled(one), {"vendor_hit": 1})
    for name in ("leak", "size", "fine"):
        np.testing.assert_allclose(drawn.posterior(unsure, name, {"vendor_hit": 1})[17], told[name], atol=1e-9)


def test_draws_keep_the_mean_and_narrow_with_sureness(breach):
    network = breach.network
    drawn_tables = drawn.draw_tables(network, 4000, 0.8, np.random.default_rng(1))
    for name in ("stolen_login", "intruder", "size", "leak"):
        mean = drawn_tables.tables[name].mean(axis=0)
        np.testing.assert_allclose(mean, network.tables[name], atol=0.02)
        np.testing.assert_allclose(drawn_tables.tables[name].sum(axis=-1), 1, atol=1e-9)
    chance = drawn_tables.tables["patching"][:, 1]  # a beta's variance from its mean and equivalent sample size
    assert chance.var() == pytest.approx(0.4 * 0.6 / (20 + 1), rel=0.1)


def test_noisy_or_by_hand():
    table = noisy_or_table(np.array(0.1), [np.array(0.5), np.array(0.2)])
    assert table[0, 0, 1] == pytest.approx(0.1)
    assert table[1, 0, 1] == pytest.approx(1 - 0.9 * 0.5)
    assert table[1, 1, 1] == pytest.approx(1 - 0.9 * 0.5 * 0.8)


def test_mean_leak_costs_the_anchor(simulated, breach):
    plain = drawn.certain(breach.network)
    sums = drawn.joint(plain, loss.PARTS, {"leak": 1})[0]
    relative = simulated[1].relative
    # the parts' chances as written and the drawn slopes: one on average in every draw
    np.testing.assert_allclose((relative * (sums / sums.sum())).sum(axis=(1, 2, 3, 4)), 1, atol=1e-9)


def test_losses_by_way_add_up(simulated):
    unsure, costs, face = simulated
    whole = drawn.joint(unsure, [], extra=[costs.factor()])
    np.testing.assert_allclose(face.mean(face.total), whole, rtol=1e-9)
    np.testing.assert_allclose(face.mean(face.leak), drawn.posterior(unsure, "leak")[:, 1], rtol=1e-9)


def test_more_control_less_loss(simulated, breach, claims, prices):
    face = simulated[2]
    none, everything = (face.mean(face.total, dict.fromkeys(face.controls, state)).mean() for state in (0, 1))
    assert everything < face.mean(face.total).mean() < none
    table = controls.controls_table(breach, face, claims, 0.2, 0.5, prices)
    assert (table["saved"] > 0).all()
    sets = controls.sets_table(breach, face, prices)
    alone = sets.loc[sets["set"] == "Prompt patching", "loss"].iloc[0]
    saved = table.loc[table["control"] == "patching", "saved"].iloc[0]
    # a set's loss averages over independent tables, a control's over the draws: close, not equal
    assert alone == pytest.approx(face.mean(face.total).mean() - saved, rel=0.05)
    assert len(sets) == 2 ** len(face.controls)


def test_knowing_is_worth_more_where_it_changes_the_choice(simulated, prices):
    """Free controls are taken anyway and dear ones never: knowing is worth nothing in both, something between."""
    face = simulated[2]
    worth = []
    for factor in (1e-9, 0.1, 1e6):
        costs = {name: tuple(part * factor for part in cost) for name, cost in prices.items()}
        worth.append(max(information.value_of_knowing(face, costs).values()))
    assert worth[1] > worth[0] and worth[1] > worth[2]
    assert worth[2] == 0


def test_links_fit_the_draws(simulated):
    unsure, costs, face = simulated
    ways = links.ways_table(unsure, costs, face, 40, np.random.default_rng(3))
    assert set(ways["risk"]) == {"data_breach", "vendor_breach", "insider_leak"}
    mean = (ways["rate_low"] + 4 * ways["rate_likely"] + ways["rate_high"]) / 6
    np.testing.assert_allclose(mean, ways["chance"], rtol=0.15)
    spread = np.log(ways["loss_high"] / ways["loss_low"]) / (2 * loss.Z90)
    lognormal = np.sqrt(ways["loss_low"] * ways["loss_high"]) * np.exp(spread ** 2 / 2)
    np.testing.assert_allclose(lognormal * ways["chance"], ways["yearly"], rtol=1e-9)


def test_noise_is_exact():
    counts = privacy.country_counts(pd.DataFrame({"country": ["a"] * 400 + ["b"] * 5}))
    table = privacy.noise_table(counts, [0.5], 0.1)
    noise = np.random.default_rng(5).laplace(scale=1 / 0.5, size=(200_000, 2))
    assert table["error"].iloc[0] == pytest.approx(np.abs(noise).mean(), rel=0.01)
    assert table["within"].iloc[0] == pytest.approx((np.abs(noise) <= 0.1 * counts).mean(), abs=0.005)
    with pytest.raises(DataError, match="no country"):
        privacy.country_counts(pd.DataFrame({"country": []}))


def _changed(raw, node: str, **parts):
    new = copy.deepcopy(raw)
    next(entry for entry in new["nodes"] if entry["id"] == node).update(parts)
    return new


@pytest.mark.parametrize(("node", "parts", "told"), [
    ("training", {"rows": {"all": 1.2}}, "node training, row 'all': 1.2 is refused"),
    ("size", {"parents": [], "rows": {"all": [0.5, 0.2, 0.2, 0.2]}}, "node size, row 'all': the chances sum to 1.1"),
    ("training", {"parents": ["leak"], "rows": {"no": 0.1, "yes": 0.1}},
     "cycle: training -> phishing_click -> .* -> leak -> training"),
    ("hole_used", {"parents": ["nobody"]}, "node hole_used: unknown parent nobody"),
    ("hole_used", {"rows": {"no": 0.1}}, r"missing rows: \['yes'\]"),
    ("hole_used", {"rows": {"no": 0.1, "yes": 0.2, "maybe": 0.3}}, r"unknown rows: \['maybe'\]"),
    ("malware", {"noisy_or": {"base": 0.1, "causes": {"phishing_click": 0.2}}}, "noisy_or names"),
    ("training", {"sources": ["nowhere"]}, "unknown source nowhere"),
    ("training", {"sure": 0}, "node.training.sure"),
])
def test_faults_of_the_file_are_named(raw, claims, node, parts, told):
    with pytest.raises(ParameterError, match=told):
        resolve(_changed(raw, node, **parts), claims)


def test_unknown_evidence_and_controls(raw, claims, breach):
    with pytest.raises(ParameterError, match="node leak has no state 'perhaps'"):
        breach.network.evidence({"leak": "perhaps"})
    new = copy.deepcopy(raw)
    new["claimed"]["ghost"] = "s1_leak_event_change"
    with pytest.raises(ParameterError, match="claimed names ghost"):
        resolve(new, claims)
    renamed = yaml.safe_load(yaml.safe_dump(raw).replace("patching", "patch_fast"))
    with pytest.raises(ParameterError, match="no control patch_fast"):
        controls.prices(resolve(renamed, claims), load_register(FOLDER, claims, 0.5), LIFE, CNY)
    with pytest.raises(ParameterError, match="cannot happen together"):
        exact.marginals(exact.compiled(breach.network), {"leak": 0, "external_leak": 1})


def test_information_equals_its_definition(breach):
    """Entropy of the leak less its expected entropy once a node is known, node by node."""
    net = exact.compiled(breach.network)
    told, now = exact.information(net, "leak"), exact.marginals(net)
    for name in ("size", "intruder", "encryption"):
        left = sum(chance * exact.entropy(exact.marginals(net, {name: state})["leak"])
                   for state, chance in enumerate(now[name]) if chance > 0)
        assert told[name] == pytest.approx(exact.entropy(now["leak"]) - left, abs=1e-8)
