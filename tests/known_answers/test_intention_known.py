"""The structural model against covariances whose answer is known exactly."""

import numpy as np
import pytest

from ecomplan.behaviour.intention import survey, truth
from ecomplan.params.behaviour import Intention

P = Intention.model_validate({
    "respondents": 500, "simulations": 5, "attitude_weight": 0.35, "norm_weight": 0.15, "control_weight": 0.25,
    "anxiety_weight": -0.15, "intention_weight": 0.4, "control_direct_weight": 0.1, "anxiety_direct_weight": -0.15,
    "antecedent_correlation": 0.3, "anxiety_correlation": -0.3, "loading": 0.8, "return_window_days": 90,
    "undone_share": 0.95, "bootstrap_draws": 100, "seed": 1,
})


def test_fit_finds_the_truth_in_its_own_covariance():
    """A survey without end: every path within 0.001 of the truth it was made from, fit indices at their best."""
    stated = truth.truth_of(P)
    found = survey.fit_covariance(survey.covariance(stated), 2000)
    for (outcome, cause), weight in stated.weights.items():
        assert found.estimate(outcome, cause)[0] == pytest.approx(weight, abs=1e-3)
    assert found.cfi == pytest.approx(1, abs=1e-6) and found.rmsea == pytest.approx(0, abs=1e-3)


def test_leaving_anxiety_out_biases_as_regression_algebra_says():
    """Without anxiety, intention's paths are those of the least-squares regression on the other three constructs.

    Within 0.003: the model is wrong in its behaviour part too, which pulls a little at the intention part.
    """
    stated = truth.truth_of(P)
    found = survey.fit_covariance(survey.covariance(stated), 2000, with_anxiety=False)
    joint = stated.correlation @ stated.vector("intention")
    expected = np.linalg.solve(stated.correlation[:3, :3], joint[:3])
    for cause, weight in zip(truth.ANTECEDENTS[:3], expected, strict=True):
        assert found.estimate("intention", cause)[0] == pytest.approx(weight, abs=3e-3)
    assert found.estimate("behaviour", "intention")[0] > stated.weights["behaviour", "intention"] + 0.02
