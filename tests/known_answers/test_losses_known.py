"""Compound losses against published or closed-form answers."""

import numpy as np
import pytest

from ecomplan.risk.losses.fft import aggregate, exceedance, tail
from ecomplan.risk.losses.yearly import expected_shortfall, simulate, value_at_risk
from ecomplan.risk.engine.worlds import STATES, Worlds, pert, pert_mean

# Poisson(2) x lognormal(mean 100, cv 1.5): mean 200, q95 657.5, P(>500) .0920. Two independent programs
# (package aggregate, a simulation of 4e6 years) agree to the digits shown.
RATE, MEAN, CV = 2.0, 100.0, 1.5
SIGMA = np.sqrt(np.log(1 + CV**2))
MEDIAN = MEAN * np.exp(-(SIGMA**2) / 2)


def worlds(count: int) -> Worlds:
    ones = np.ones((1, count))
    states = dict.fromkeys(STATES, ones)
    return Worlds(RATE * ones, MEDIAN * ones, np.array([SIGMA]), states, states)


def test_fft_gives_the_known_answers():
    step, points = 1.0, 2**13
    chances = aggregate(np.array([RATE]), np.array([MEDIAN]), np.array([SIGMA]), step, points)
    mean = chances @ np.arange(points) * step
    assert chances.sum() == pytest.approx(1, abs=1e-5)  # what lies above the grid is cut
    assert mean == pytest.approx(200, rel=2e-3)
    assert tail(chances, step, 0.95)[0] == pytest.approx(657.5, rel=1e-3)
    assert exceedance(chances, step, np.array([500.0]))[0] == pytest.approx(0.0920, abs=1e-4)


def test_simulation_agrees_within_its_noise():
    years = 400_000
    total = simulate(worlds(years), np.random.default_rng(7)).total["before"]
    # four standard errors
    assert total.mean() == pytest.approx(200, abs=4 * total.std() / np.sqrt(years))
    assert (total > 500).mean() == pytest.approx(0.0920, abs=4 * np.sqrt(0.092 * 0.908 / years))
    assert value_at_risk(total, 0.95) == pytest.approx(657.5, rel=0.01)
    assert (total == 0).mean() == pytest.approx(np.exp(-RATE), abs=4 * np.sqrt(0.135 * 0.865 / years))


def test_fft_shortfall_agrees_with_simulation():
    step, points = 1.0, 2**14
    chances = aggregate(np.array([RATE]), np.array([MEDIAN]), np.array([SIGMA]), step, points)
    total = simulate(worlds(400_000), np.random.default_rng(8)).total["before"]
    assert tail(chances, step, 0.95)[1] == pytest.approx(expected_shortfall(total, 0.95), rel=0.01)


def test_a_compound_poisson_of_many_risks_is_one_of_their_sum():
    """Three equal risks of a third of the rate are the same yearly loss."""
    one = aggregate(np.array([RATE]), np.array([MEDIAN]), np.array([SIGMA]), 5.0, 2048)
    three = aggregate(np.full(3, RATE / 3), np.full(3, MEDIAN), np.full(3, SIGMA), 5.0, 2048)
    np.testing.assert_allclose(one, three, rtol=0, atol=1e-8)  # round-off grows by e^20 at most


def test_pert_moments():
    """Mean (low + 4 likely + high) / 6 and the beta's variance (Malcolm et al., 1959)."""
    draws = pert(np.random.default_rng(1), 0.1, 0.3, 0.8, 400_000)
    mean = pert_mean(0.1, 0.3, 0.8)
    assert draws.mean() == pytest.approx(mean, abs=1e-3)
    assert draws.var() == pytest.approx((mean - 0.1) * (0.8 - mean) / 7, rel=0.01)
