"""Parcels on their way: delays by route, strikes, spells of bad delivery, and a second carrier."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ecomplan.risk.supply.events import Risk, lengths, moments
from ecomplan.risk.supply.figures import Readings
from ecomplan.risk.supply.year import Year

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Carriage:
    """How parcels are sent (knobs), and complaints as told."""

    take_over: float  # part of the parcels that the second carrier can take in a strike
    promise_home_days: float
    promise_abroad_days: float
    length_variation: float
    complaint_rise: float  # told: complaints rise by this with last-mile trouble


@dataclass(frozen=True)
class Standstill:
    """Strikes as customers meet them."""

    strikes: Risk
    spells: Risk
    impact_hours: Array  # [readings] mean wait of a parcel in a strike, no second carrier
    impact_hours_second: Array
    exposure: Array  # [readings] part of a year's parcels that strikes and spells hold up
    exposure_second: Array


def late_loss(parcels: Array, days: Array, basket: float, readings: Readings, rise: float) -> Array:
    """Margin and service that `parcels` lose which come `days` late: cancelled orders and complaints.

    Orders are cancelled at a constant hazard while they wait (mean patience `patience_days`).
    """
    gone = 1 - np.exp(-days / readings["patience_days"][:, None])
    complaints = readings["complaint_share"][:, None] * (1 + rise) * readings["complaint"][:, None]
    return np.asarray(parcels * (gone * basket * readings["margin"][:, None] + (1 - gone) * complaints))


def standstill(
    rng: np.random.Generator, year: Year, readings: Readings, carriage: Carriage, events: int,
) -> Standstill:
    """Strikes and spells without and with a second carrier, the same events for both."""
    daily = moments(rng, year, readings, events).hourly * 24 / year.basket
    days = lengths(rng, readings["strike_days"], events, carriage.length_variation)
    basket, rise = year.basket, carriage.complaint_rise
    # parcels of each day of the strike wait until its end: half of it in the mean
    alone = late_loss(daily * days, days / 2, basket, readings, rise)
    gap = np.minimum(readings["switch_hours"][:, None] / 24, days)
    moved = carriage.take_over
    # those of the days before the switch are posted again at its end; how parcels are split between the carriers does
    # not matter, as each takes over when the other stands still
    late = late_loss(daily * gap, gap / 2, basket, readings, rise) * moved
    stay = late_loss(daily * days, days / 2, basket, readings, rise) * (1 - moved)
    spell_days = lengths(rng, readings["spell_days"], events, carriage.length_variation)
    hit = daily * spell_days * readings["spell_share"][:, None]
    bad = late_loss(hit, spell_days / 2, basket, readings, rise)
    spell_gap = np.minimum(readings["switch_hours"][:, None] / 24, spell_days)
    bad_moved = late_loss(
        daily * spell_gap * readings["spell_share"][:, None], spell_gap / 2, basket, readings, rise
    )
    rates = readings["strikes"], readings["spells"]
    left = (late + stay).sum(axis=1) / alone.sum(axis=1)
    left_spells = moved * bad_moved.sum(axis=1) / bad.sum(axis=1) + 1 - moved
    strikes = Risk("logistics_strike", rates[0], alone, "simulated strikes of the parcel carrier on forecast orders",
                   {"second_carrier": ("severity", np.minimum(left, 1.0))})
    spells = Risk("last_mile", rates[1], bad, "simulated spells of bad delivery on forecast orders",
                  {"second_carrier": ("severity", np.minimum(left_spells, 1.0))})
    weight = days / days.sum(axis=1, keepdims=True)
    wait = (weight * days / 2).sum(axis=1) * 24
    wait_moved = (gap**2 / 2).sum(axis=1) / days.sum(axis=1) * 24
    wait_second = moved * wait_moved + (1 - moved) * wait
    held = (rates[0] * (daily * days).mean(axis=1) + rates[1] * hit.mean(axis=1)) * year.basket / year.total
    held_second = (
        rates[0] * (daily * (moved * gap + (1 - moved) * days)).mean(axis=1)
        + rates[1] * (hit * (moved * spell_gap / spell_days + 1 - moved)).mean(axis=1)
    ) * year.basket / year.total
    return Standstill(strikes, spells, wait, wait_second, held, held_second)


def delays(
    rng: np.random.Generator, readings: Readings, carriage: Carriage, abroad: float, parcels: int,
) -> pd.DataFrame:
    """Delivery days by route, without and with a second carrier: median, 90 % and 99 % points, part beyond promise."""
    rows = []
    routes = [("home", "Home", "home_days", carriage.promise_home_days, 1 - abroad)]
    if abroad > 0:
        routes.append(("abroad", "Abroad", "abroad_days", carriage.promise_abroad_days, abroad))
    for route, name, figure, promise, share in routes:
        sigma = np.sqrt(np.log(1 + readings["transit_variation"] ** 2))[:, None]
        shape = (readings.count, parcels)
        usual = readings[figure][:, None] * np.exp(sigma * rng.standard_normal(shape) - sigma**2 / 2)
        during = rng.random(shape) < (readings["strikes"] * readings["strike_days"] / 365)[:, None]
        bad = readings["spells"] * readings["spell_days"] / 365 * readings["spell_share"]
        spell = rng.random(shape) < bad[:, None]
        rest = np.where(during, readings["strike_days"][:, None], 0.0) * rng.random(shape)
        rest = np.maximum(rest, np.where(spell, readings["spell_days"][:, None], 0.0) * rng.random(shape))
        moved = rng.random(shape) < carriage.take_over
        short = np.minimum(rest, readings["switch_hours"][:, None] / 24 * rng.random(shape))
        for carriers, wait in ((1, rest), (2, np.where(moved, short, rest))):
            total = usual + wait
            late = (total > promise).mean(axis=1)
            rows.append({
                "route": route, "name": f"{name}, {'one carrier' if carriers == 1 else 'two carriers'}",
                "carriers": carriers, "sales_share": share, "promise_days": promise,
                "median_days": float(np.median(total)), "q90_days": float(np.quantile(total, 0.9)),
                "q99_days": float(np.quantile(total, 0.99)), "late": float(late.mean()),
                "late_low": float(np.quantile(late, 0.1)), "late_high": float(np.quantile(late, 0.9)),
            })
    return pd.DataFrame(rows)
