"""What the documents promise of growth and referral, and how many customers each newcomer would have to bring."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ecomplan.claims import Claims
from ecomplan.estimate import Estimate
from ecomplan.investment.dynamics.calibrate import Calibration
from ecomplan.investment.dynamics.network import Floats
from ecomplan.investment.dynamics.outlook import Ahead, ahead
from ecomplan.investment.dynamics.prior import Drawn

CAC, USERS, DAILY, PREMIUM = ("s1_referral_cac_change", "s2_referral_cac_change"), "s3_user_growth_target", \
    "s3_daily_new_users_target", "s3_user_growth_premium"
NETWORK, INVITE, PAID, SHARED = "s3_distribution_user_growth", "s2_invite_growth_lift", "s3_paid_new_user_share", \
    "s2_social_order_cac_saving"
COSTS = ("s1_cac_case", "s3_cac_apparel_case")
SHARED_ORDERS = 10  # the claim's batch: its section speaks of ten shared orders


@dataclass(frozen=True)
class Goal:
    """A promise as a measure of a run that must reach a level; `least` False where it may not pass it."""

    key: str
    name: str
    measure: Callable[[Ahead], Floats]
    level: Callable[[Ahead], Floats]
    least: bool = True


def goals(claims: Claims) -> tuple[Goal, ...]:
    """The promises in the documents' own figures; levels may depend on the run without a programme."""
    def flat(level: float) -> Callable[[Ahead], Floats]:
        return lambda plain: np.full(plain.customers.shape[1], level)

    rise, premium, daily = claims[USERS].share, (claims[PREMIUM].value or 0.0) / 100, claims[DAILY].value or 0.0
    network, invite, paid = claims[NETWORK].share, claims[INVITE].share, claims[PAID].share
    return (
        *(Goal(key, f"{key[:2].upper()}: acquisition cost −{-claims[key].share * 100:.0f} %",
               lambda run: run.saving, flat(-claims[key].share)) for key in CAC),
        Goal(PREMIUM, f"S3: users +{premium * 100:.0f} points a year", lambda run: run.a_year,
             lambda plain: plain.a_year + premium),
        Goal(USERS, f"S3: users +{rise * 100:.0f} % a year", lambda run: run.a_year, flat(rise)),
        Goal(INVITE, f"S2: new users +{invite * 100:.0f} %", lambda run: run.entered,
             lambda plain: plain.entered * (1 + invite)),
        Goal(NETWORK, f"S3: users +{network * 100:,.0f} %", lambda run: run.ratio, flat(1 + network)),
        Goal(DAILY, f"S3: {daily:,.0f} new a day", lambda run: run.new_a_day, flat(daily)),
        Goal(PAID, f"S3: {paid * 100:.0f} % of new paid for", lambda run: run.referred, flat(1 - paid), least=False),
    )


def needed(
    claims: Claims, found: Calibration, drawn: Drawn, plain: Ahead, programme: Ahead, *, runs: int, most: float,
    points: int, steps: int,
) -> pd.DataFrame:
    """key, goal, bound (at least or at most), value, low, high of K (80 %; missing where more than half of the runs, or
    a tenth for a limit, do not get there), reached (share of the runs that do with K up to `most`), chance under the
    prior, endless (value without an end of the people; missing where even that does not get there). Every run is
    simulated at `points` values of K and read off between them.
    """
    few = drawn.some(runs)
    count = len(few.rates)
    grid = np.concatenate([[0.0], np.geomspace(most / 1000, most, points - 1)])
    months = len(plain.customers) - 1
    tiled = np.tile(np.arange(count), points)
    rates = few.rates.at(tiled).with_(k=np.repeat(grid, count))
    tiles = Drawn(rates, few.lost[tiled], few.reward[tiled])
    many, endless = (ahead(found, tiles, months, steps, bounded) for bounded in (True, False))
    rows = []
    for goal in goals(claims):
        level = goal.level(plain)
        got = goal.measure(programme)
        chance = float((got >= level if goal.least else got <= level).mean())
        k = _crossing(grid, goal.measure(many).reshape(points, count), level[:count])
        reached = np.isfinite(k)
        value, low, high = (_at(k, q) for q in (0.5, 0.1, 0.9))
        rows.append({"key": goal.key, "goal": goal.name, "bound": "at least" if goal.least else "at most",
                     "value": value, "low": low, "high": high, "reached": float(reached.mean()), "chance": chance,
                     "endless": _at(_crossing(grid, goal.measure(endless).reshape(points, count), level[:count]), 0.5)})
    return pd.DataFrame(rows).astype(dict.fromkeys(("value", "low", "high", "endless"), "Float64"))


def _crossing(grid: Floats, measured: Floats, level: Floats) -> Floats:
    """Least K [n] at which a rising measure [points, n] reaches its level, between points by a straight line."""
    above = measured >= level
    at = above.argmax(axis=0)
    column = np.arange(measured.shape[1])
    before = np.maximum(at - 1, 0)
    y0, y1 = measured[before, column], measured[at, column]
    part = np.where(at > 0, (level - y0) / np.where(y1 > y0, y1 - y0, 1.0), 0.0)
    return np.asarray(np.where(above.any(axis=0), grid[before] + part * (grid[at] - grid[before]), np.inf))


def _at(k: Floats, q: float) -> float | None:
    """Quantile where those that are never reached count as beyond all others."""
    value = float(np.quantile(k, q, method="higher"))
    return value if np.isfinite(value) else None


def of(table: pd.DataFrame, key: str, most: float) -> Estimate:
    """K that a promise needs, or why there is none."""
    row = table[table["key"] == key].iloc[0]
    if row["value"] is None or pd.isna(row["value"]):
        return Estimate(None, unknown=f"in more than half of the runs no number up to {most:g} reaches it: the people "
                                       f"who could be customers are too few")
    high = None if pd.isna(row["high"]) else float(row["high"])
    return Estimate(float(row["value"]), None if high is None else float(row["low"]), high)


def endless(table: pd.DataFrame, key: str, most: float) -> Estimate:
    """The same without an end of the people."""
    value = table.loc[table["key"] == key, "endless"].iloc[0]
    if pd.isna(value):
        return Estimate(None, unknown=f"even with no end of people no number up to {most:g} reaches it")
    return Estimate(float(value))


def chance(table: pd.DataFrame, key: str) -> float:
    return float(table.loc[table["key"] == key, "chance"].iloc[0])


def reached(table: pd.DataFrame, key: str) -> float:
    return float(table.loc[table["key"] == key, "reached"].iloc[0])


def shared_orders(claims: Claims, orders_a_customer: float, reward: Floats) -> Estimate:
    """K that S2's saving on ten shared orders stands for, if every order were shared.

    A customer's orders x saving an order / (cost of winning one less the reward). Costs are the cases that the
    documents tell, before the measure; median reward. Low and high are over the costs told and the rewards.
    """
    saving = -(claims[SHARED].value or 0.0) / SHARED_ORDERS
    costs = [claims[COSTS[0]].baseline or 0.0, claims[COSTS[1]].value or 0.0]
    kept = 1 - np.quantile(reward, [0.1, 0.5, 0.9])
    each = orders_a_customer * saving
    return Estimate(float(each / (np.mean(costs) * kept[1])), float(each / (max(costs) * kept[0])),
                    float(each / (min(costs) * kept[2])))


def with_shared(table: pd.DataFrame, claims: Claims, shared: Estimate) -> pd.DataFrame:
    """The promises with S2's saving on shared orders as a last row: what it stands for, not what it needs."""
    name = f"S2: −{-(claims[SHARED].value or 0.0):.0f} CNY on {SHARED_ORDERS} shares"
    row = {"key": SHARED, "goal": name, "bound": "stands for", "value": shared.value, "low": shared.low,
           "high": shared.high}
    kinds = dict.fromkeys(("value", "low", "high", "reached", "chance", "endless"), "Float64")
    added = pd.DataFrame([row]).reindex(columns=table.columns).astype(kinds)
    return pd.concat([table.astype(kinds), added], ignore_index=True)


def reward_limit(claims: Claims, key: str) -> float:
    """Largest reward, as a share of acquisition cost, with which a promised fall of it and the share paid for hold
    together; below 0 they never do. Of the new a share x is invited: x (1 - reward) >= fall and 1 - x >= paid."""
    return float(1 + claims[key].share / (1 - claims[PAID].share))


def at_standstill(fall: float, reward: Floats) -> Floats:
    """K that a fall of acquisition cost takes without end or saturation: fall / (1 - reward). [n]"""
    return np.asarray(fall / np.maximum(1 - reward, 1e-12))

