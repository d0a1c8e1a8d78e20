"""BH-34: conversion against load time, dwell and payment time - the claims, what is possible, what we take.

Patience with waiting is log-logistic: a share 1 / (1 + (t / m)^k) of visitors still waits after t seconds. Gains
from speed then saturate, because nobody can be kept who would not have left. Whoever leaves for any reason is the
most that waiting can have driven away: that bounds the gain.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ecomplan.claims import Claims
from ecomplan.estimate import Estimate
from ecomplan.investment.engine.curves import Curve
from ecomplan.investment.responses.chances import spread
from ecomplan.investment.responses.curves import fit_hill

Array = NDArray[np.float64]
LOAD, LOAD_SECONDS = "s1_page_load_conversion_lift", "s1_page_load_gain"
PAYMENT, PAYMENT_SECONDS = "s1_payment_time_order_lift", "s1_payment_time"
DWELL, DWELL_SECONDS = "s1_detail_dwell_conversion_lift", "s1_detail_dwell_time"
UNPAID, AT_VERIFICATION = "s1_unpaid_share", "s1_unpaid_at_verification_share"
BOUNCE_TOLD = "s2_landing_bounce_max"
DOSES = np.linspace(0.0, 1.0, 21)


def kept_gain(leaving: Array, before: Array, after: Array, steepness: Array) -> Array:
    """Relative gain of those who stay when a wait falls from `before` to `after` seconds, if a share `leaving` leaves
    because of the wait before. Never above leaving / (1 - leaving), reached without any wait."""
    odds = leaving / (1 - leaving)
    return np.asarray((1 + odds) / (1 + odds * (after / before) ** steepness) - 1)


def leaving_needed(gain: float, before: Array, after: Array, steepness: Array) -> Array:
    """Share that must leave because of a wait of `before` seconds for `gain` to come from `after` seconds.

    nan where no share does: the gain exceeds (before / after)^steepness - 1.
    """
    room = 1 - (1 + gain) * (after / before) ** steepness
    odds = np.where(room > 0, gain / np.where(room > 0, room, 1.0), np.nan)
    return np.asarray(odds / (1 + odds))


@dataclass(frozen=True)
class Speed:
    """A claim on speed: gains as shares; `possible` by who leaves here, `told` by who leaves in the documents."""

    name: str
    key: str
    claimed: float
    leaving_needed: Estimate  # share of visitors that the claim needs to leave because of the wait
    no_patience: float  # share of draws in which no share of leavers explains the claim
    possible: Estimate  # gain if all leavers of the companion log left because of the wait
    told: Estimate  # the same with the share of leavers that the documents tell
    taken: Estimate  # the claim's share kept, no more than the documents' own leavers allow
    beyond: float  # chance that the claim exceeds what the documents' own leavers allow
    curve: Curve
    path: pd.DataFrame  # seconds saved, gain and limits as taken; what is claimed, compounded


def taken_gain(claimed: float, effect_share: float, possible: Array) -> Array:
    """A claim shrunken, and cut to what is possible."""
    return np.minimum(claimed * effect_share, possible)


def _speed(
    name: str, key: str, claimed: float, before: Array, after: Array, steepness: Array, leaving: Estimate,
    told: float, effect_share: float, saved: float,
) -> Speed:
    needed = leaving_needed(claimed, before, after, steepness)
    can = ~np.isnan(needed)
    bound_told = kept_gain(np.full(len(before), told), before, after, steepness)
    possible = Estimate(None, unknown=leaving.unknown)
    if leaving.value is not None:
        possible = spread(kept_gain(np.full(len(before), leaving.value), before, after, steepness))
    taken = taken_gain(claimed, effect_share, bound_told)
    odds = _odds_for(taken, before, after, steepness)
    waits = before[:, None] + (after - before)[:, None] * DOSES[None, :]
    path = (1 + odds[:, None]) / (1 + odds[:, None] * (waits / before[:, None]) ** steepness[:, None]) - 1
    low, middle, high = np.quantile(path, [0.1, 0.5, 0.9], axis=0)
    frame = pd.DataFrame({
        "name": name, "dose": DOSES, "seconds": DOSES * saved, "gain": middle, "low": low, "high": high,
        "claimed": (1 + claimed) ** DOSES - 1,
    })
    return Speed(
        name, key, claimed, spread(needed[can]) if can.any() else Estimate(
            None, unknown="no share of leaving visitors explains the claim, however they are patient"),
        float(1 - can.mean()), possible, spread(bound_told), spread(taken),
        float((bound_told < claimed).mean()), fit_hill(DOSES, middle), frame,
    )


def _odds_for(gain: Array, before: Array, after: Array, steepness: Array) -> Array:
    """Odds of leaving that bring `gain`; where none do, the most that a grid of patience allows."""
    room = 1 - (1 + gain) * (after / before) ** steepness
    return np.asarray(np.where(room > 1e-3, gain / np.maximum(room, 1e-3), 1e3))


def load_time(claims: Claims, before: Array, steepness: Array, bounce: Estimate, effect_share: float) -> Speed:
    """One second less load time; all who see one page only may have left because of it."""
    saved = claims[LOAD_SECONDS].range[0]
    return _speed(
        "page load", LOAD, claims[LOAD].share, before, np.maximum(before - saved, 0.0), steepness, bounce,
        claims[BOUNCE_TOLD].share, effect_share, saved,
    )


def payment_time(claims: Claims, steepness: Array, unpaid: Estimate, effect_share: float) -> Speed:
    """Shorter payment; all who began to pay and did not finish may have left because of it.

    The document's own: those lost at verification among those who paid or were lost there.
    """
    told = claims[PAYMENT_SECONDS]
    assert told.baseline is not None
    after = told.range[0]
    lost = claims[UNPAID].share * claims[AT_VERIFICATION].share
    return _speed(
        "payment", PAYMENT, claims[PAYMENT].share, np.full(len(steepness), told.baseline),
        np.full(len(steepness), after), steepness, unpaid, lost / (1 - claims[UNPAID].share + lost), effect_share,
        told.baseline - after,
    )


def verification_ceiling(claims: Claims) -> float:
    """Gain in orders if nobody were lost at verification any more, by the document's own shares."""
    paid = 1 - claims[UNPAID].share
    return claims[UNPAID].share * claims[AT_VERIFICATION].share / paid


def compounded(lift: float, seconds: float) -> float:
    """Gain if the claim held for every second saved."""
    return float((1 + lift) ** seconds - 1)


def dwell_change(dwell: pd.DataFrame, claims: Claims) -> Estimate:
    """Baskets per product view at the longer dwell claimed over that at the shorter one, less 1 (companion).

    `dwell`: table of stage journey, its first two classes end at the claimed times. Interval by the classes' own.
    """
    if len(dwell) < 2:
        return Estimate(None, unknown="the log has too few product views to compare times")
    short, long = dwell.iloc[0], dwell.iloc[1]
    if min(short["baskets"], long["baskets"]) <= 0 or not str(long["dwell"]).startswith(
            f"{claims[DWELL_SECONDS].baseline:g} to {claims[DWELL_SECONDS].range[0]:g}"):
        return Estimate(None, unknown="the log has no baskets at the times that the claim names")
    ratio = np.log(long["share"] / short["share"])
    reach = float(np.hypot(*(np.log(row["high"] / row["low"]) / 2 for row in (short, long))))
    return Estimate(float(np.expm1(ratio)), float(np.expm1(ratio - reach)), float(np.expm1(ratio + reach)))
