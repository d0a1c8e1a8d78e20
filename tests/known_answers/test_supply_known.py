"""Supply: textbook answers on stock, repairable systems and correlated failures."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
import pytest

from ecomplan.risk.supply.chain import ChainWorld, Policy, run
from ecomplan.risk.supply.markov import (
    HOURS,
    availability,
    generator,
    interruptions,
    simulate,
    steady_state,
    year_availability,
)
from ecomplan.risk.supply.redundant import failures, system_down
from ecomplan.risk.supply.renewal import outages
from ecomplan.risk.supply.services import channel_chain

NORMAL = NormalDist()


def calm_world(draws: int, weeks: int, lead: int, cv: float, lost: float = 0.0) -> ChainWorld:
    rng = np.random.default_rng(1)
    shape = (draws, 1, weeks)
    flat = np.zeros(shape)
    return ChainWorld(
        demand=1 + cv * rng.standard_normal(shape), expected=np.ones((1, weeks)),
        lead=np.full(shape, lead), second_lead=np.full(shape, lead), left=flat, second_left=flat,
        lead_mean=np.full(draws, float(lead)), lead_sd=np.zeros(draws), cv=cv, lost_share=np.full(draws, lost),
        cancel_rise=0.0, arrears=np.zeros(draws), shrink=np.zeros(draws), count_error=flat, first=20,
    )


def unit_loss(k: float) -> float:
    """Standard normal loss function G(k)."""
    return NORMAL.pdf(k) - k * (1 - NORMAL.cdf(k))


@pytest.mark.parametrize(("lead", "factor"), [(1, 0.5), (3, 1.0), (4, 1.6449)])
def test_fill_rate_of_periodic_review(lead: int, factor: float) -> None:
    """Order-up-to levels with backorders and normal demand: ESC = s(L+1) G(k) - s(L) G(k') (Silver et al. 2017)."""
    cv = 0.25
    used = run(calm_world(3000, 72, lead, cv), Policy(factor))
    level = (lead + 1) + factor * cv * np.sqrt(lead + 1)
    longer, shorter = cv * np.sqrt(lead + 1), cv * np.sqrt(lead)
    short = longer * unit_loss((level - lead - 1) / longer) - shorter * unit_loss((level - lead) / shorter)
    assert used.fill == pytest.approx(1 - short, abs=0.0015)
    assert used.lost.sum() == 0


def test_alternating_renewal_is_down_with_its_long_run_share_from_the_start() -> None:
    """Long-run share down = repair / (repair + up); rate of outages = 1 / (repair + up) (Cox 1962)."""
    rng, draws = np.random.default_rng(2), 4000
    up, down = 40.0, 8.0
    run_ = outages(rng, np.full(draws, 52 / up), np.full(draws, down), 0.8, (draws, 3), 60, 8)
    share = (run_.left > 0).mean(axis=(0, 1))
    # a week counts as down at its start: exact for the process seen at whole weeks
    assert share.mean() == pytest.approx(down / (up + down), abs=0.004)
    assert share[0] == pytest.approx(share[-1], abs=0.01)
    assert run_.begun.mean() == pytest.approx(52 / (up + down), rel=0.02)


def test_two_of_three_and_common_cause() -> None:
    q, beta = 0.02, 0.1
    assert system_down(q, 0.0, 3, 2) == pytest.approx(3 * q**2 - 2 * q**3)
    assert system_down(q, 1.0, 3, 1) == pytest.approx(q)
    chain, dead = channel_chain(q, beta, 3.0, 3)
    assert steady_state(chain) @ dead == pytest.approx(float(system_down(q, beta, 3, 1)), rel=1e-9)


def test_one_machine_over_a_year() -> None:
    """A(T) = mu/s + lambda/(s^2 T) (1 - exp(-s T)), s = lambda + mu, from a working start."""
    fail, repair, hours = 0.01, 0.2, 300.0
    q, served = generator(2, {(0, 1): fail, (1, 0): repair}), np.array([1.0, 0.0])
    both = fail + repair
    exact = repair / both + fail / (both**2 * hours) * (1 - np.exp(-both * hours))
    assert year_availability(q, served, hours) == pytest.approx(exact, rel=1e-10)
    assert float(availability(q, served)) == pytest.approx(repair / both)
    assert float(interruptions(q, served)) == pytest.approx(HOURS / (1 / fail + 1 / repair))


def test_simulated_chain_agrees_with_its_steady_state() -> None:
    q = generator(3, {(0, 1): 0.02, (1, 0): 0.5, (1, 2): 0.1, (2, 0): 0.3})
    served = np.array([1.0, 0.4, 0.0])
    paths = 400
    hours = simulate(np.random.default_rng(3), q, paths, 2000.0).lost_hours(served, paths)
    exact = (1 - year_availability(q, served, 2000.0)) * 2000.0
    assert abs(hours.mean() - exact) < 4 * hours.std(ddof=1) / np.sqrt(paths)


def test_beta_binomial_failures() -> None:
    """Mean n p, variance n p (1 - p) (1 + (n - 1) rho) (Skellam 1948); binomial without correlation."""
    p, rho, units = 0.03, 0.4, 5
    chance, k = failures(p, rho, units), np.arange(units + 1)
    mean = chance @ k
    assert chance.sum() == pytest.approx(1, abs=1e-9)
    assert mean == pytest.approx(units * p)
    assert chance @ (k - mean) ** 2 == pytest.approx(units * p * (1 - p) * (1 + (units - 1) * rho))
    assert failures(p, 0.0, 3)[3] == pytest.approx(p**3)
