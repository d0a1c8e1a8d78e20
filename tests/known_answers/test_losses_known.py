"""Compound losses against published or closed-form answers."""

import itertools

import numpy as np
import pytest

from ecomplan.risk.engine.draws import pert, pert_mean
from ecomplan.risk.losses.book import ONCE, POISSON, Book
from ecomplan.risk.losses.cash import lowest_cash, ruin_exact
from ecomplan.risk.losses.fft import exceedance, tail, yearly_loss
from ecomplan.risk.losses.kernel import student_below
from ecomplan.risk.losses.yearly import expected_shortfall, simulate, value_at_risk

# Poisson(2) x lognormal(mean 100, cv 1.5): mean 200, q95 657.5, P(>500) .0920. Two independent programs
# (package aggregate, a simulation of 4e6 years) agree to the digits shown.
RATE, MEAN, CV = 2.0, 100.0, 1.5
SIGMA = np.sqrt(np.log(1 + CV**2))
MEDIAN = MEAN * np.exp(-(SIGMA**2) / 2)


def book(rates, kind=POISSON, **other):
    risks = len(rates)
    ones = np.ones((1, risks, 1))
    made = dict(  # noqa: C408
        names=tuple(f"r{i}" for i in range(risks)), states=("before",), kind=np.full(risks, kind),
        spread=np.ones(risks), rates=np.array(rates, float)[:, None], heavy=np.zeros(risks, bool),
        scale=np.full((risks, 1), MEDIAN), shape=np.full(risks, SIGMA), cap=np.full((risks, 1), np.inf), kept=ones,
        left=ones, group=np.full(risks, -1), loading=np.zeros(risks), freedom=np.zeros(0, np.int64),
        chance=np.zeros((0, 1)), hits=np.zeros((0, risks)), seasonal=np.zeros(risks, bool),
        month_share=np.full(12, 1 / 12),
    )
    return Book(**{**made, **other})


def test_fft_gives_the_known_answers():
    step, points = 1.0, 2**13
    chances = yearly_loss(book([RATE]), "before", step, points)
    assert chances.sum() == pytest.approx(1, abs=1e-5)  # what lies above the grid is cut
    assert chances @ np.arange(points) * step == pytest.approx(200, rel=2e-3)
    assert tail(chances, step, 0.95)[0] == pytest.approx(657.5, rel=1e-3)
    assert exceedance(chances, step, np.array([500.0]))[0] == pytest.approx(0.0920, abs=1e-4)


def test_simulation_agrees_within_its_noise():
    years = 400_000
    total = simulate(book([RATE]), years, 7).of("before")
    # four standard errors
    assert total.mean() == pytest.approx(200, abs=4 * total.std() / np.sqrt(years))
    assert (total > 500).mean() == pytest.approx(0.0920, abs=4 * np.sqrt(0.092 * 0.908 / years))
    assert value_at_risk(total, 0.95) == pytest.approx(657.5, rel=0.01)
    assert (total == 0).mean() == pytest.approx(np.exp(-RATE), abs=4 * np.sqrt(0.135 * 0.865 / years))
    chances = yearly_loss(book([RATE]), "before", 1.0, 2**14)
    assert tail(chances, 1.0, 0.95)[1] == pytest.approx(expected_shortfall(total, 0.95), rel=0.01)


def test_a_compound_poisson_of_many_risks_is_one_of_their_sum():
    """Three equal risks of a third of the rate are the same yearly loss."""
    one = yearly_loss(book([RATE]), "before", 5.0, 2048)
    three = yearly_loss(book([RATE / 3] * 3), "before", 5.0, 2048)
    np.testing.assert_allclose(one, three, rtol=0, atol=1e-8)  # round-off grows by e^20 at most


@pytest.mark.parametrize("free", [0, 3, 4])
def test_a_group_of_two_chances_has_the_copulas_joint_chance(free):
    """Two events of chance 1/2 under an elliptical copula happen together with 1/4 + asin(rho) / (2 pi): Sheppard
    (1899), for the normal and for Student's t alike."""
    rho = 0.6
    pair = book([0.5, 0.5], ONCE, group=np.zeros(2, np.int64), loading=np.full(2, np.sqrt(rho)),
                freedom=np.array([free]), shape=np.full(2, 1e-3), scale=np.full((2, 1), 10.0))
    joint = 0.25 + np.arcsin(rho) / (2 * np.pi)
    chances = yearly_loss(pair, "before", 1.0, 256, nodes=64)
    assert chances[17:24].sum() == pytest.approx(joint, abs=2e-4)
    total = simulate(pair, 400_000, 3).of("before")
    assert (total > 15).mean() == pytest.approx(joint, abs=4 * np.sqrt(joint * (1 - joint) / 400_000))


def test_students_t_at_published_points():
    """95 % points of the t table: 2.920 (2 degrees of freedom), 2.132 (4), 2.015 (5)."""
    for free, point in ((2, 2.91999), (4, 2.13185), (5, 2.01505)):
        assert student_below(point, free) == pytest.approx(0.95, abs=1e-5)


def test_ruin_recursion_equals_counting_all_ways():
    chances, steps, fund, months = np.array([0.2, 0.5, 0.3]), np.array([-4, -1, 3]), 5, 6
    counted = 0.0
    for way in itertools.product(range(3), repeat=months):
        if lowest_cash(np.array([[steps[k] for k in way]], float))[0] < -fund:
            counted += float(np.prod([chances[k] for k in way]))
    assert ruin_exact(chances, steps, fund, months) == pytest.approx(counted, abs=1e-12)


def test_pert_moments():
    """Mean (low + 4 likely + high) / 6 and the beta's variance (Malcolm et al., 1959)."""
    draws = pert(np.random.default_rng(1), 0.1, 0.3, 0.8, 400_000)
    mean = pert_mean(0.1, 0.3, 0.8)
    assert draws.mean() == pytest.approx(mean, abs=1e-3)
    assert draws.var() == pytest.approx((mean - 0.1) * (0.8 - mean) / 7, rel=0.01)
