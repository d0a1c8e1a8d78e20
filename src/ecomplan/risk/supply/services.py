"""Payment channels, computing centres, attacks and models: exact availability, and the margin lost when they fail."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ecomplan.risk.supply.events import Risk, lengths, moments
from ecomplan.risk.supply.figures import Readings
from ecomplan.risk.supply.markov import (
    HOURS,
    availability,
    generator,
    interruptions,
    join,
    simulate,
    steady_state,
    year_availability,
)
from ecomplan.risk.supply.redundant import failures, own_part, system_down
from ecomplan.risk.supply.year import Year

Array = NDArray[np.float64]
DESIGNS = {"one": "One centre", "standby": "Standby centre", "active": "Two active centres"}


def no_channel(readings: Readings, channels: int) -> Array:
    """Chance that no payment channel works [readings]."""
    return system_down(readings["channel_down"], readings["common_cause"], channels, 1)


def payment_success(readings: Readings, channels: int, switch_rise: float) -> Array:
    """Chance that a payment goes through [readings].

    A customer's channel is down with chance q; some try another one, which must work, and fail there more often by
    `switch_rise`. Technical refusals happen on channels that work.
    """
    q, refused = readings["channel_down"], readings["payment_refused"]
    other = _another(readings, channels)
    through = other * (1 - np.minimum(refused * (1 + switch_rise), 1.0))
    return np.asarray((1 - q) * (1 - refused) + q * through)


def _another(readings: Readings, channels: int) -> Array:
    """Chance that a customer whose channel is down tries another one that works."""
    if channels < 2:
        return np.zeros(readings.count)
    q = readings["channel_down"]
    all_down = system_down(q, readings["common_cause"], channels, 1)
    return np.asarray(readings["try_another"] * (1 - all_down / np.maximum(q, 1e-12)))


def channel_chain(down: float, beta: float, hours: float, channels: int) -> tuple[Array, Array]:
    """Generator and all-down indicator of channels with own failures and one common cause, repairs of `hours`."""
    own = float(own_part(down, beta))
    repair = 1 / hours
    units = [generator(2, {(0, 1): repair * part / (1 - part), (1, 0): repair})
             for part in [own] * channels + [beta * down]]
    states = np.indices((2,) * (channels + 1)).reshape(channels + 1, -1)
    return join(units), np.asarray(states[:-1].all(axis=0) | (states[-1] == 1), float)


def payment_check(
    rng: np.random.Generator, readings: Readings, channels: int, years: int,
) -> dict[str, float]:
    """Chance that no channel works at mean figures: formula, Markov chain, and simulated years with their error."""
    down, beta = float(readings["channel_down"].mean()), float(readings["common_cause"].mean())
    q, dead = channel_chain(down, beta, float(readings["channel_hours"].mean()), channels)
    hours = simulate(rng, q, years).lost_hours(1 - dead, years)
    return {
        "formula": float(system_down(down, beta, channels, 1)), "chain": float(steady_state(q) @ dead),
        "simulated": float(hours.mean() / HOURS), "error": float(hours.std(ddof=1) / np.sqrt(years) / HOURS),
    }


def payment_risk(
    rng: np.random.Generator, year: Year, readings: Readings, channels: int, switch_rise: float, events: int,
    variation: float,
) -> Risk:
    """Outages of the one payment provider, and what is left of them with several."""
    hours = lengths(rng, readings["channel_hours"], events, variation)
    loss = moments(rng, year, readings, events).sales(hours) * _gone(readings)
    refused = np.minimum(readings["payment_refused"] * (1 + switch_rise), 1.0)
    left = 1 - _another(readings, channels) * (1 - refused)
    rate = readings["channel_down"] * HOURS / readings["channel_hours"]
    return Risk("payment_failure", rate, loss, "simulated outages of one payment provider on forecast sales",
                {"payment_backup": ("severity", left)})


def _gone(readings: Readings) -> Array:
    """Margin lost of each unit of sales that cannot be made: orders that do not come back."""
    return np.asarray((readings["margin"] * (1 - readings["comes_back"]))[:, None])


def centres(readings: Readings, switch_minutes: float, seconds: float) -> dict[str, tuple[Array, Array]]:
    """Generator [readings, states, states] and served part by state of three designs.

    one: works, down. standby: both work; the first failed and the switch runs; one serves; both down; the switch
    failed. active: the same with half the visits served in the first and last of these and the short recovery.
    """
    fail = readings["centre_failures"] / HOURS
    repair = 1 / readings["centre_hours"]
    beta, broken = readings["common_cause"], readings["failover_fails"]
    own = fail * (1 - beta)

    def pair(switch: float, load: float) -> Array:
        return generator(5, {
            (0, 1): load * own * (1 - broken), (0, 4): load * own * broken, (0, 2): (2 - load) * own,
            (0, 3): fail * beta, (1, 2): switch, (1, 3): fail, (4, 2): repair, (4, 3): fail, (2, 0): repair,
            (2, 3): fail, (3, 2): 2 * repair,
        })

    return {
        "one": (generator(2, {(0, 1): fail, (1, 0): repair}), np.array([1.0, 0.0])),
        "standby": (pair(60 / switch_minutes, 1.0), np.array([1.0, 0.0, 1.0, 0.0, 0.0])),
        "active": (pair(3600 / seconds, 2.0), np.array([1.0, 0.5, 1.0, 0.0, 0.5])),
    }


def design_table(
    rng: np.random.Generator, year: Year, readings: Readings, switch_minutes: float, seconds: float,
    targets: tuple[float, float], paths_each: int,
) -> tuple[pd.DataFrame, dict[str, Array]]:
    """Designs of the machine room: availability, hours lost, margin lost, price and value; availability by reading.

    `targets` are told availabilities; the chance of each is that of one simulated year.
    """
    rows, found = [], {}
    designs = centres(readings, switch_minutes, seconds)
    per_hour = year.total / HOURS * _gone(readings)[:, 0]
    price = {"one": np.zeros(readings.count), "standby": readings["price_failover"],
             "active": readings["price_active_centres"]}
    base_lost = (1 - availability(*designs["one"])) * HOURS * per_hour
    for name, (q, served) in designs.items():
        share = found[name] = availability(q, served)
        paths = readings.count * paths_each
        hours = simulate(rng, np.repeat(q, paths_each, axis=0), paths).lost_hours(served, paths)
        lost = (1 - share) * HOURS * per_hour
        net = base_lost - lost - price[name]
        mean = q.mean(axis=0)
        rows.append({
            "design": name, "name": DESIGNS[name], "availability": float(share.mean()),
            "availability_low": float(np.quantile(share, 0.1)), "availability_high": float(np.quantile(share, 0.9)),
            "first_year": year_availability(mean, served), "long_run": float(availability(mean, served)),
            "hours_down": float((1 - share).mean() * HOURS), "hours_simulated": float(hours.mean()),
            "hours_high": float(np.quantile(hours, 0.9)), "falls": float(interruptions(q, served).mean()),
            "chance_first": float((hours <= (1 - targets[0]) * HOURS).mean()),
            "chance_second": float((hours <= (1 - targets[1]) * HOURS).mean()),
            "lost_margin": float(lost.mean()), "lost_low": float(np.quantile(lost, 0.1)),
            "lost_high": float(np.quantile(lost, 0.9)), "price": float(price[name].mean()),
            "value": float(net.mean()), "value_low": float(np.quantile(net, 0.1)),
            "value_high": float(np.quantile(net, 0.9)), "chance": float((net > 0).mean()),
        })
    return pd.DataFrame(rows), found


def outage_risk(
    rng: np.random.Generator, year: Year, readings: Readings, found: dict[str, Array], events: int, variation: float,
) -> Risk:
    """Failures of the one centre, and what a standby leaves of them."""
    hours = lengths(rng, readings["centre_hours"], events, variation)
    loss = moments(rng, year, readings, events).sales(hours) * _gone(readings)
    left = (1 - found["standby"]) / (1 - found["one"])
    return Risk("outage", readings["centre_failures"], loss, "simulated failures of one centre on forecast sales",
                {"failover": ("severity", left)})


def attack_risk(
    rng: np.random.Generator, year: Year, readings: Readings, start_minutes: float, events: int, variation: float,
) -> Risk:
    """Attacks that stop the shop; cleaning starts after `start_minutes` and lets most visits through."""
    hours = lengths(rng, readings["attack_hours"], events, variation)
    loss = moments(rng, year, readings, events).sales(hours) * _gone(readings)
    begin = np.minimum(hours, start_minutes / 60)
    part = (begin + (hours - begin) * (1 - readings["cleaned"][:, None])) / hours
    left = (loss * part).sum(axis=1) / loss.sum(axis=1)
    return Risk("ddos", readings["attacks"], loss, "simulated attacks on forecast sales",
                {"ddos_cleaning": ("severity", left)})


@dataclass(frozen=True)
class Ensemble:
    """Chances of a ranking by several models [readings]."""

    failed: Array  # [readings, models + 1] chance of 0..models failed at once
    usable: Array  # chance that no more than the tolerated models fail
    usable_alone: Array
    independent: Array  # the same without correlation
    tolerated: int


def ensemble(readings: Readings, models: int, tolerance: float) -> Ensemble:
    """`tolerance` is the part of the models that may fail: 40 % of three is one."""
    tolerated = int(np.floor(tolerance * models + 1e-9))
    down = readings["model_down"]
    failed = failures(down, readings["model_correlation"], models)
    apart = failures(down, np.zeros_like(down), models)
    return Ensemble(failed, failed[:, : tolerated + 1].sum(axis=1), 1 - down, apart[:, : tolerated + 1].sum(axis=1),
                    tolerated)


def model_risk(
    rng: np.random.Generator, year: Year, readings: Readings, group: Ensemble, events: int, variation: float,
) -> Risk:
    """Failures of one ranking model: a fixed list takes its place and keeps part of the sales."""
    hours = lengths(rng, readings["model_hours"], events, variation)
    part = (readings["sales_by_model"] * (1 - readings["kept_by_list"]) * readings["margin"])[:, None]
    loss = moments(rng, year, readings, events).sales(hours) * part
    rate = readings["model_down"] * HOURS / readings["model_hours"]
    left = (1 - group.usable) / (1 - group.usable_alone)
    return Risk("model_failure", rate, loss, "simulated failures of one ranking model on forecast sales",
                {"model_redundancy": ("frequency", np.minimum(left, 1.0))})


def fallback_log(rng: np.random.Generator, readings: Readings, models: int, tolerated: int) -> pd.DataFrame:
    """A simulated year of failing models at mean figures: what ranked the lists, from when, for how long (hours)."""
    down, hours = float(readings["model_down"].mean()), float(readings["model_hours"].mean())
    # pairwise correlation by one common cause: both down with chance down^2 + correlation down (1 - down)
    common = float(readings["model_correlation"].mean()) * down
    own = (down - common) / (1 - common)
    units = [generator(2, {(0, 1): part / (1 - part) / hours, (1, 0): 1 / hours}) for part in [own] * models + [common]]
    stays = simulate(rng, join(units), 1)
    bits = np.indices((2,) * (models + 1)).reshape(models + 1, -1)
    lost = np.where(bits[-1] == 1, models, bits[:-1].sum(axis=0))[stays.state]
    level = np.select([lost == 0, lost <= tolerated, lost < models], ["all models", "the others", "one model"],
                      default="list of best sellers")
    frame = pd.DataFrame({"hour": stays.begin, "hours": stays.end - stays.begin, "models_failed": lost, "level": level})
    return frame[frame["models_failed"] > 0].reset_index(drop=True)
