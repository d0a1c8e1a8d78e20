"""PRIM finds a planted box and nothing in noise; its bookkeeping adds up; a tree agrees on what decides."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecomplan.errors import ParameterError
from ecomplan.investment.scenarios import prim, sobol

FIND = {"density": 0.8, "share": 0.05, "least_mass": 0.02, "least_gain": 0.05}


def planted(rows: int, seed: int):
    """Five inputs, of which 1 must lie above .6, 3 below .5 and the yes-or-no 4 be a yes."""
    rng = np.random.default_rng(seed)
    inputs = rng.random((rows, 5))
    inputs[:, 4] = inputs[:, 4] < 0.3
    inside = (inputs[:, 1] > 0.6) & (inputs[:, 3] < 0.5) & (inputs[:, 4] == 1)
    return inputs, np.where(inside, rng.random(rows) < 0.95, rng.random(rows) < 0.02)


def test_planted_box_is_found():
    inputs, outcome = planted(8000, 1)
    box = prim.discover(inputs, outcome, **FIND | {"density": 0.92})
    assert box.restricted == [1, 3, 4]
    assert box.low[1] == pytest.approx(0.6, abs=0.05) and box.high[3] == pytest.approx(0.5, abs=0.05)
    assert box.low[4] == 1 and box.density > 0.8 and box.coverage > 0.6


def test_coverage_density_and_mass_belong_together():
    inputs, outcome = planted(3000, 2)
    for box in prim.peel(inputs, outcome, 0.05, 0.02):
        inside = box.inside(inputs)
        assert box.mass == pytest.approx(inside.mean())
        assert box.density == pytest.approx(outcome[inside].mean())
        assert box.coverage * outcome.sum() == pytest.approx(box.density * box.mass * outcome.size)


def test_half_samples_agree_on_a_box_and_not_on_noise():
    inputs, outcome = planted(6000, 3)
    found = prim.stability(inputs, outcome, **FIND, resamples=6, seed=1)
    assert found[[1, 3, 4]].min() == 1 and found[[0, 2]].max() < 0.5
    noise = np.random.default_rng(4).random(6000) < 0.2
    loud = prim.stability(inputs, noise, **FIND, resamples=6, seed=1)
    assert loud.max() < 1  # no input is found every time


def test_a_tree_splits_on_the_same_inputs():
    tree = pytest.importorskip("sklearn.tree")
    inputs, outcome = planted(8000, 5)
    fitted = tree.DecisionTreeClassifier(max_leaf_nodes=6, min_samples_leaf=80, random_state=0).fit(inputs, outcome)
    weights = fitted.feature_importances_
    assert set(np.argsort(-weights)[:3]) == set(prim.discover(inputs, outcome, **FIND).restricted)


def test_pasting_never_lowers_the_density():
    inputs, outcome = planted(3000, 6)
    for box in prim.peel(inputs, outcome, 0.1, 0.02)[1:]:
        wider = prim.paste(box, inputs, outcome, 0.05)
        assert wider.density >= box.density - 1e-12 and wider.mass >= box.mass - 1e-12


def test_an_outcome_that_never_differs_is_refused():
    inputs, _ = planted(100, 7)
    for outcome in (np.zeros(100, bool), np.ones(100, bool)):
        with pytest.raises(ParameterError, match="every draw or in none"):
            prim.peel(inputs, outcome, 0.05, 0.02)


@settings(max_examples=15, deadline=None)
@given(st.integers(2, 6), st.integers(1, 10), st.integers(0, 1000))
def test_indices_through_a_factor_are_those_of_the_mixed_points(inputs, stack, seed):
    """Swapping a column before the factor, by a product of rank one, is the same as the slow way."""
    rng = np.random.default_rng(seed)
    factor = np.tril(rng.normal(size=(inputs, inputs))) * (rng.random((inputs, inputs)) < 0.6) + np.eye(inputs)
    a, b = rng.normal(size=(2, 32, inputs))
    weights = rng.normal(size=inputs)

    def model(points):
        return np.sin(points @ weights) + points[:, 0]

    got = sobol.evaluate(model, a, b, stack, factor)
    for column in range(inputs):
        mixed = a.copy()
        mixed[:, column] = b[:, column]
        assert got.ab[column] == pytest.approx(model(mixed @ factor.T), abs=1e-9)


def test_bad_sobol_input_is_refused():
    with pytest.raises(ParameterError, match="power of 2"):
        sobol.base_points(3, 1000, 1)
    flat = sobol.Outputs(np.ones(64), np.ones(64), np.ones((2, 64)))
    with pytest.raises(ParameterError, match="no input decides"):
        sobol.indices(flat, 20, 1)
