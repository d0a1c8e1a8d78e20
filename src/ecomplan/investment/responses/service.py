"""BH-39: enquiries split between an assistant and people - waits, cost and the volume from which it pays."""

from __future__ import annotations

import heapq
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ecomplan.errors import ParameterError
from ecomplan.estimate import Estimate
from ecomplan.investment.responses.chances import spread

Array = NDArray[np.float64]
VARIED = "as varied as assumed"
SIMPLE, COST, RESPONSE = "s0_simple_query_share", "s0_tiered_service_cost_change", "s0_ai_service_first_response"


def erlang_c(load: float, agents: int) -> float:
    """Chance that an enquiry waits in M/M/c (Erlang 1917); `load` = arrival rate x handling time.

    Raises ParameterError for a queue without end: load >= agents.
    """
    if not 0 < load < agents:
        raise ParameterError(f"load of {load:g} on {agents} agents: a queue without end; expected 0 < load < agents")
    blocked = 1.0
    for number in range(1, agents + 1):
        blocked = load * blocked / (number + load * blocked)
    return agents * blocked / (agents - load * (1 - blocked))


def mean_wait(load: float, agents: int, handling: float, variation: float = 1.0) -> float:
    """Mean wait in the unit of `handling`; M/G/c by the factor (1 + variation²) / 2 (Lee & Longton 1959)."""
    return erlang_c(load, agents) * handling / (agents - load) * (1 + variation * variation) / 2


def answered_within(load: float, agents: int, handling: float, limit: float) -> float:
    """Share answered within `limit` (unit of `handling`) in M/M/c."""
    return 1 - erlang_c(load, agents) * float(np.exp(-(agents - load) * limit / handling))


def agents_needed(load: float, handling: float, limit: float, share: float) -> int:
    """Fewest agents that answer `share` of the enquiries within `limit`; none where nothing comes."""
    if load <= 0:
        return 0
    agents = int(load) + 1
    while answered_within(load, agents, handling, limit) < share:
        agents += 1
    return agents


def simulate_waits(
    rng: np.random.Generator, *, per_hour: float, agents: int, minutes: float, variation: float, contacts: int
) -> Array:
    """Waits in minutes of `contacts` enquiries, first come first served by `agents`; handling times are lognormal,
    exponential where `variation` is 1. The first tenth, while the queue fills, is left out."""
    gaps = rng.exponential(60 / per_hour, contacts)
    if variation == 1:
        handling = rng.exponential(minutes, contacts)
    elif variation == 0:
        handling = np.full(contacts, minutes)
    else:
        sigma = np.sqrt(np.log1p(variation * variation))
        handling = rng.lognormal(np.log(minutes) - sigma * sigma / 2, sigma, contacts)
    free = [0.0] * agents
    now, waits = 0.0, np.empty(contacts)
    for at, (gap, busy) in enumerate(zip(gaps.tolist(), handling.tolist(), strict=True)):
        now += gap
        begins = max(now, free[0])
        heapq.heapreplace(free, begins + busy)
        waits[at] = begins - now
    return waits[contacts // 10:]


@dataclass(frozen=True)
class Desk:
    """How enquiries are handled and what that costs; minutes, seconds, money an hour, a month and an enquiry."""

    simple_share: float
    simple_minutes: float
    complex_minutes: float
    within_seconds: float
    within_share: float
    agent_hour: float
    assistant_month: float
    assistant_contact: float
    hours: float

    @property
    def within_minutes(self) -> float:
        return self.within_seconds / 60

    def minutes(self, simple: float) -> float:
        """Mean minutes of a person where a share `simple` is simple."""
        return simple * self.simple_minutes + (1 - simple) * self.complex_minutes


def monthly_cost(desk: Desk, per_hour: float, solved: float) -> tuple[float, float, int, int]:
    """(cost without, cost with the assistant, agents without, agents with) for `per_hour` enquiries.

    The assistant settles a share `solved` of the simple ones; people handle the rest within the limits of `desk`.
    """
    plain = desk.minutes(desk.simple_share)
    settled = desk.simple_share * solved
    left = per_hour * (1 - settled)
    mix = desk.minutes((desk.simple_share - settled) / (1 - settled)) if settled < 1 else desk.complex_minutes
    before = agents_needed(per_hour * plain / 60, plain, desk.within_minutes, desk.within_share)
    after = agents_needed(left * mix / 60, mix, desk.within_minutes, desk.within_share)
    hourly = desk.agent_hour * desk.hours
    assistant = desk.assistant_month + desk.assistant_contact * per_hour * desk.hours
    return before * hourly, after * hourly + assistant, before, after


@dataclass(frozen=True)
class Triage:
    """`volumes`: enquiries an hour, agents, cost change with limits."""

    volumes: pd.DataFrame
    own_change: Estimate
    break_even: Estimate  # enquiries a month from which the assistant pays at its median; unknown: at none
    claim_from: Estimate  # enquiries a month from which the claimed saving is reached at the median; unknown: at none
    work_settled: float  # share of the people's minutes in simple enquiries: the most that can be saved
    ratio_needed: float  # minutes of a simple enquiry over those of another, from which the claim is possible at all


def triage(desk: Desk, solved: Array, own_per_month: float, claimed: float, most_per_hour: float = 400.0) -> Triage:
    """Cost of the two desks over volumes from 0.25 an hour to `most_per_hour`, over quantiles of `solved`.

    Agents come whole, so that change of cost is a staircase: a desk needs one person however little comes.
    """
    shares = np.quantile(solved, np.linspace(0.05, 0.95, 10))
    grid = np.geomspace(0.25, most_per_hour, 49)

    def change(per_hour: float) -> Array:
        costs = np.array([monthly_cost(desk, per_hour, float(share))[:2] for share in shares])
        return np.asarray(costs[:, 1] / costs[:, 0] - 1)

    rows = []
    middle_share = float(np.median(solved))
    for per_hour in grid:
        seen = spread(change(float(per_hour)))
        _, _, before, after = monthly_cost(desk, float(per_hour), middle_share)
        rows.append({"per_hour": float(per_hour), "per_month": float(per_hour) * desk.hours, "agents_before": before,
                     "agents_after": after, "change": seen.value, "low": seen.low, "high": seen.high})
    volumes = pd.DataFrame(rows)

    def lasting(limit: float, why: str) -> Estimate:
        misses = np.flatnonzero(volumes["change"].to_numpy() > limit)
        first = 0 if not len(misses) else int(misses[-1]) + 1
        if first == len(volumes):
            return Estimate(None, unknown=why)
        return Estimate(float(volumes["per_month"].iloc[first]))

    work = desk.simple_share * desk.simple_minutes / desk.minutes(desk.simple_share)
    needed = -claimed * (1 - desk.simple_share) / ((1 + claimed) * desk.simple_share)
    return Triage(
        volumes, spread(change(own_per_month / desk.hours)), lasting(0.0, "it pays at no volume looked at"),
        lasting(claimed, "it is reached at no volume looked at, so service cost falls by less than told"), work, needed,
    )


def queue_error(table: pd.DataFrame) -> float:
    """Largest gap between simulated and closed mean waits where the closed form is exact: exponential handling."""
    exact = table[table["handling"] != VARIED]
    return float((exact["mean_wait"] / exact["closed_form"] - 1).abs().max())


def queues(desk: Desk, rng: np.random.Generator, per_hour: float, variation: float, contacts: int) -> pd.DataFrame:
    """Simulated waits against the closed forms at one volume, people alone: M/M/c, M/G/c and one agent more."""
    minutes = desk.minutes(desk.simple_share)
    load = per_hour * minutes / 60
    needed = max(agents_needed(load, minutes, desk.within_minutes, desk.within_share), 1)
    rows = []
    for name, agents, spreads in (("exponential", needed, 1.0), (VARIED, needed, variation),
                                  ("exponential, one fewer", needed - 1, 1.0)):
        if agents <= load:
            continue
        waits = simulate_waits(
            rng, per_hour=per_hour, agents=agents, minutes=minutes, variation=spreads, contacts=contacts)
        rows.append({
            "handling": name, "agents": agents, "mean_wait": float(waits.mean()) * 60,
            "closed_form": mean_wait(load, agents, minutes, spreads) * 60,
            "in_time": float((waits <= desk.within_minutes).mean()),
            "in_time_closed": answered_within(load, agents, minutes, desk.within_minutes),
        })
    return pd.DataFrame(rows)
