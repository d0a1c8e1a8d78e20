"""Journeys against hand-worked examples and other libraries.

Wilson's interval and logistic regression: statsmodels. Kaplan-Meier: the remission times of Freireich et al. (1963) as
worked in textbooks. The chain: a hand-worked graph and a simulation. Faults: the log's own error events, whose names
the scan does not see.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ecomplan.behaviour import statistics
from ecomplan.behaviour.journey import chain, decision_time, incidents, logistic, sessions
from ecomplan.data.sources import clickstream


@pytest.mark.parametrize(("hits", "trials"), [(0, 12), (3, 12), (12, 12), (470, 3605)])
@pytest.mark.parametrize("level", [0.8, 0.95])
def test_wilson_equals_statsmodels(hits, trials, level):
    from statsmodels.stats.proportion import proportion_confint

    low, high = statistics.wilson(hits, trials, level)
    assert (float(low), float(high)) == pytest.approx(
        proportion_confint(hits, trials, 1 - level, method="wilson"), abs=1e-12)


def test_clustered_logistic_equals_statsmodels():
    from statsmodels.discrete.discrete_model import Logit

    rng = np.random.default_rng(1)
    cluster = np.repeat(np.arange(80), 5)
    x = np.column_stack([np.ones(400), rng.normal(size=400) + 0.02 * cluster, rng.integers(0, 2, 400)])
    y = (rng.random(400) < 1 / (1 + np.exp(-(x @ [-0.5, 0.4, 0.8])))).astype(float)
    beta, covariance = logistic.clustered(y, x, cluster)
    fit = Logit(y, x).fit(disp=0, cov_type="cluster", cov_kwds={"groups": cluster})
    assert beta == pytest.approx(fit.params, abs=1e-6)
    assert np.sqrt(np.diag(covariance)) == pytest.approx(fit.bse, rel=1e-5)


def test_kaplan_meier_of_the_remission_times():
    time = np.array([6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35], float)
    event = np.array([1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0], bool)
    curve = decision_time.bought_by(time, event)
    assert (1 - curve["bought"]).round(4).tolist() == [1.0, 0.8571, 0.8067, 0.7529, 0.6902, 0.6275, 0.5378, 0.4482]
    assert decision_time.median(curve)["value"] == 23


def test_a_chain_worked_by_hand():
    # start -> a (1). a -> b 1/2, a -> exit 1/2. b -> a 1/4, b -> purchase 1/2, b -> exit 1/4.
    counts = np.array([[0, 4, 0, 0, 0], [0, 0, 2, 0, 2], [0, 1, 0, 2, 1]], float)
    found = chain.solve(counts)
    # x_a = x_b / 2 and x_b = x_a / 4 + 1 / 2 give x_a = 2 / 7, x_b = 4 / 7
    assert found.buys == pytest.approx([2 / 7, 2 / 7, 4 / 7])
    # t_a = 1 + t_b / 2, t_b = 1 + t_a / 4 give t_a = 12 / 7; the start adds one
    assert found.steps == pytest.approx([19 / 7, 12 / 7, 10 / 7])
    lost = chain.removal(found)
    assert lost[1, 2] == pytest.approx(1)  # every purchase crosses a -> b
    assert lost[2, 3] == pytest.approx(1)
    assert lost[2, 1] == pytest.approx(1 - (1 / 4) / (2 / 7))  # without the way back x_a = 1/2 * 1/2
    # of two ways, start a b buys with 1/4 and each round by b a adds a factor 1/8
    path, chance = chain.likeliest_path(found, ("start", "a", "b"))
    assert path == ["start", "a", "b", "purchase"] and chance == pytest.approx(1 / 4)
    # given a purchase: the start, then a and b in each of 1 / (1 - 1/8) rounds
    assert float(chain.steps_to_purchase(found)) == pytest.approx(1 + 2 / (1 - 1 / 8))


def test_a_chain_equals_a_simulation():
    rng = np.random.default_rng(7)
    moves = np.array([[0, 0.7, 0.3, 0, 0], [0, 0.2, 0.4, 0.1, 0.3], [0, 0.3, 0.1, 0.25, 0.35]])
    found = chain.solve(moves * 1000)
    walkers, steps = np.zeros(100_000, int), np.zeros(100_000)
    upto = moves.cumsum(axis=1)
    while (inside := np.flatnonzero(walkers < 3)).size:
        steps[inside] += 1
        walkers[inside] = (rng.random((inside.size, 1)) > upto[walkers[inside]]).sum(axis=1)
    bought = walkers == 3
    assert bought.mean() == pytest.approx(found.buys[0], abs=0.006)  # four standard errors
    assert steps.mean() == pytest.approx(found.steps[0], abs=0.03)
    assert steps[bought].mean() == pytest.approx(float(chain.steps_to_purchase(found)), abs=0.05)


def test_both_faults_of_the_companion_are_found_with_their_days(fetched):
    fetched("clickstream")
    log = sessions.tidy(clickstream.read(Path(__file__).parents[2]))
    found, left = incidents.scan(
        log, longest_days=45, shuffles=99, alpha=0.02, min_group=10, rng=np.random.default_rng(1))
    named = {event: log.events.loc[log.events["event"] == event, "time"] for event in ("checkout_bug", "payment_error")}
    rows = sorted(found, key=lambda fault: fault.first_day)
    assert len(rows) == 2 and left > 0.1
    for fault, event in zip(rows, named, strict=True):
        for day, truth in ((fault.first_day, named[event].min()), (fault.last_day, named[event].max())):
            assert abs(day - truth.normalize()) <= pd.Timedelta(days=3), (event, day, truth)
