"""Service desk: Erlang's formula, its known answers, and a simulated queue beside it."""

from __future__ import annotations

import numpy as np
import pytest

from ecomplan.errors import ParameterError
from ecomplan.investment.responses import service

DESK = service.Desk(0.63, 4.0, 12.0, 15.0, 0.8, 18.0, 1500.0, 0.1, 220.0)


def test_erlang_c_known_answers() -> None:
    """M/M/1: the load itself; two erlangs on three agents: 4/9 (Erlang 1917, by hand)."""
    assert service.erlang_c(0.7, 1) == pytest.approx(0.7)
    assert service.erlang_c(2.0, 3) == pytest.approx(4 / 9)
    with pytest.raises(ParameterError, match="queue without end"):
        service.erlang_c(3.0, 3)


@pytest.mark.parametrize(("agents", "variation"), [(1, 0.0), (1, 1.5), (3, 1.0)])
def test_simulated_waits_meet_the_closed_form(agents: int, variation: float) -> None:
    """Exact for one agent (Pollaczek & Khinchine) and for exponential handling (Erlang C)."""
    minutes, load = 6.0, 0.6 * agents
    rng = np.random.default_rng(11)
    means = [service.simulate_waits(rng, per_hour=load * 60 / minutes, agents=agents, minutes=minutes,
                                    variation=variation, contacts=12_000).mean() for _ in range(12)]
    closed = service.mean_wait(load, agents, minutes, variation)
    assert abs(np.mean(means) - closed) < 4 * np.std(means, ddof=1) / np.sqrt(12)


def test_agents_needed_are_the_fewest_that_suffice() -> None:
    needed = service.agents_needed(10.0, 7.0, 0.25, 0.8)
    assert service.answered_within(10.0, needed, 7.0, 0.25) >= 0.8
    assert service.answered_within(10.0, needed - 1, 7.0, 0.25) < 0.8
    assert service.agents_needed(0.0, 7.0, 0.25, 0.8) == 0


def test_an_assistant_that_settles_nothing_only_costs() -> None:
    before, after, agents, same = service.monthly_cost(DESK, 30.0, 0.0)
    assert agents == same and after - before == pytest.approx(1500 + 0.1 * 30 * 220)


def test_saving_stays_below_the_work_in_simple_enquiries() -> None:
    found = service.triage(DESK, np.linspace(0.5, 0.95, 50), 220.0, -0.37)
    assert found.work_settled == pytest.approx(0.63 * 4 / (0.63 * 4 + 0.37 * 12))
    large = found.volumes[found.volumes["agents_before"] >= 30]
    assert (large["change"] > -found.work_settled).all() and (large["change"] < 0).all()
    equal = service.Desk(0.63, found.ratio_needed * 12, 12.0, 15.0, 0.8, 18.0, 0.0, 0.0, 220.0)
    assert service.triage(equal, np.full(9, 0.7), 220.0, -0.37).work_settled == pytest.approx(0.37)
