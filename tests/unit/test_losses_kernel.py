"""Simulated years against exact aggregation, and what must hold in every year."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from ecomplan.errors import ParameterError
from ecomplan.risk.losses.book import NEGATIVE_BINOMIAL, ONCE, POISSON, Book
from ecomplan.risk.losses.fft import exceedance, yearly_loss
from ecomplan.risk.losses.kernel import count_at
from ecomplan.risk.losses.yearly import (
    again,
    expected_shortfall,
    monte_carlo_range,
    simulate,
    tail_contributions,
    tail_size,
    value_at_risk,
    worst_years,
)


def book(worlds: int = 1, **other) -> Book:
    """Six risks of every kind in two groups (Gaussian, t) and alone, two shocks, three states."""
    risks = 6
    rates = np.array([0.8, 0.3, 0.5, 0.1, 1.5, 0.25])[:, None] * np.ones((1, worlds))
    kept, left = np.ones((3, risks, worlds)), np.ones((3, risks, worlds))
    kept[1, ::2], left[1, 1::2], kept[2], left[2] = 0.7, 0.8, 0.5, 0.6
    made = dict(  # noqa: C408
        names=tuple("abcdef"), states=("before", "after", "claimed"),
        kind=np.array([POISSON, NEGATIVE_BINOMIAL, ONCE, ONCE, POISSON, NEGATIVE_BINOMIAL]),
        spread=np.array([1.0, 2.5, 1.0, 1.0, 1.0, 1.5]), rates=rates,
        heavy=np.array([False, True, False, False, False, True]), scale=np.full((risks, worlds), 100.0),
        shape=np.array([0.8, 1.4, 1.2, 0.5, 1.0, 0.9]),
        cap=np.array([np.inf, 5e3, 4e3, np.inf, np.inf, 2e3])[:, None] * np.ones((1, worlds)),
        kept=kept, left=left, group=np.array([0, 0, 1, 1, -1, -1]),
        loading=np.sqrt([0.5, 0.5, 0.4, 0.4, 0.0, 0.0]) * np.array([1, 1, 1, -1, 1, 1]), freedom=np.array([0, 4]),
        chance=np.full((2, worlds), 0.1), hits=np.array([[2.0, 1, 1.8, 1, 3, 1], [1, 1, 1, 4.0, 1, 2]]),
        seasonal=np.array([True, False] * 3), month_share=np.arange(1, 13) / 78,
    )
    return Book(**{**made, **other})


@pytest.mark.parametrize("state", ["before", "after"])
def test_tail_chances_lie_within_four_standard_errors_of_the_exact_ones(state):
    """Groups of both kinds, shocks, caps and controls at once, at fixed parameters."""
    years = 400_000
    one = book()
    total = simulate(one, years, 21).of(state)
    step = 2.0
    chances = yearly_loss(one, state, step, 2**14, nodes=32)
    for level in (0.5, 0.9, 0.95, 0.99):
        amount = float(np.quantile(total, level))
        exact = float(exceedance(chances, step, np.array([amount]))[0])
        error = np.sqrt(exact * (1 - exact) / years)
        assert abs((total > amount).mean() - exact) < 4 * error + 5e-4 * exact, level


def test_expected_loss_is_that_of_the_simulation():
    one = book()
    years = simulate(one, 600_000, 4)
    expected = one.expected().sum(axis=1)[:, 0]
    for c, state in enumerate(one.states):
        assert years.of(state).mean() == pytest.approx(expected[c], abs=4 * years.of(state).std() / np.sqrt(600_000))
    np.testing.assert_allclose(years.events, one.rates[:, 0], rtol=0.03)  # shocks and groups leave the mean


def test_no_year_is_worse_with_controls_and_parts_add_up():
    years = simulate(book(), 20_000, 5)
    detail = again(years, np.arange(20_000))
    before, after, claimed = (years.of(state) for state in ("before", "after", "claimed"))
    assert (after <= before + 1e-9).all() and (claimed <= before + 1e-9).all()
    assert after.mean() < before.mean()
    np.testing.assert_allclose(detail.by_risk.sum(axis=1).T, years.total, rtol=1e-9)
    np.testing.assert_allclose(detail.by_month.sum(axis=1).T, years.total, rtol=1e-9)
    np.testing.assert_allclose(detail.by_risk.mean(axis=0), years.mean, rtol=1e-9)
    share = detail.by_month[:, :, 0].sum(axis=0) / before.sum()
    assert share[11] > share[0]  # half of the risks follow the season


def test_euler_contributions_add_up():
    years = simulate(book(), 20_000, 6)
    for state in years.book.states:
        parts = tail_contributions(years, state, 0.95)
        assert parts.sum() == pytest.approx(expected_shortfall(years.of(state), 0.95), rel=1e-9)
        assert (parts >= 0).all()


def test_a_year_does_not_depend_on_how_many_are_drawn():
    few, many = simulate(book(), 100, 8), simulate(book(), 1000, 8)
    np.testing.assert_array_equal(few.total, many.total[:, :100])
    assert not np.array_equal(simulate(book(), 100, 9).total, few.total)


def test_years_in_many_worlds_are_a_mixture():
    """Half of the worlds without any event: half of the years without loss, whatever the block length."""
    one = book(worlds=200)
    one = replace(one.apart(), rates=np.where(np.arange(200) % 2, one.rates, 0.0))
    for years in (20_000, 40_000):
        total = simulate(one, years, 3).of("before")
        free = np.exp(-2.3) * 0.5 * 0.9 * 2.5 ** (-0.3 / 1.5) * 1.5 ** (-0.25 / 0.5)
        assert (total == 0).mean() == pytest.approx(0.5 + 0.5 * free, abs=0.012)
    with pytest.raises(ParameterError, match="evenly"):
        simulate(one, 999, 3)


def test_no_incident_at_all_gives_years_without_loss():
    one = book(rates=np.zeros((6, 1)))
    years = simulate(one, 1000, 1)
    assert years.total.max() == 0 and value_at_risk(years.of("before"), 0.95) == 0
    assert yearly_loss(one, "before", 1.0, 64)[0] == pytest.approx(1)


@given(scale=st.floats(1.1, 5), seed=st.integers(0, 50))
@settings(max_examples=15, deadline=None)
def test_more_exposure_means_more_loss_in_every_year(scale, seed):
    one = book()
    more = replace(one, scale=one.scale * scale, cap=one.cap * scale)
    small, large = simulate(one, 300, seed).of("before"), simulate(more, 300, seed).of("before")
    np.testing.assert_allclose(large, small * scale, rtol=1e-9)


@given(events=st.floats(0, 30), spread=st.floats(1.05, 6), u=st.floats(1e-6, 1 - 1e-6))
@settings(max_examples=60, deadline=None)
def test_counts_are_quantiles(events, spread, u):
    """Against scipy's distributions; at a step of the distribution function either side may be read."""
    size = events / (spread - 1)
    for kind, law in ((POISSON, stats.poisson(events)), (NEGATIVE_BINOMIAL, stats.nbinom(size, 1 / spread))):
        count = count_at(u, kind, events, spread)
        if events == 0:
            assert count == 0
            continue
        assert law.cdf(count) >= u - 1e-9
        assert count == 0 or law.cdf(count - 1) <= u + 1e-9


@pytest.mark.parametrize(("change", "said"), [
    ({"cap": np.full((6, 1), np.inf)}, "risk f has a severity without a finite mean; set at_most"),
    ({"rates": np.full((6, 1), -0.1)}, "events a year"),
    ({"rates": np.full((6, 1), 1.2)}, "risk c happens once a year at most"),
    ({"chance": np.full((2, 1), 1.2)}, "chance of a shock"),
    ({"kept": np.full((3, 6, 1), 1.2)}, "share of events left"),
    ({"rates": np.full((6, 1), np.nan)}, "events a year"),
])
def test_impossible_numbers_are_refused(change, said):
    with pytest.raises(ParameterError, match=said):
        book(**change)


def test_tail_measures_count_years():
    total = np.arange(1.0, 101.0)
    assert tail_size(100, 0.95) == 5
    assert value_at_risk(total, 0.95) == 96 and expected_shortfall(total, 0.95) == 98
    np.testing.assert_array_equal(worst_years(total[::-1].copy(), 0.97), [2, 1, 0])
    (low, high), (es_low, es_high) = monte_carlo_range(total, 0.95, 1.28)
    assert low <= 96 <= high and es_low < 98 < es_high
