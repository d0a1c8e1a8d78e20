"""What an alarm on an order should start: block it, have it read, close sign-up, or by colour. Costs against losses.

Loss: the goods of fraud orders that leave the house. Cost of a false alarm: the margin of a good order that is blocked,
and of later orders of a customer who leaves for it; minutes of reading; the margin of first orders while sign-up is
closed. How often fraud comes is not in the data: a range of assumed rates, drawn together with all other costs and with
the incidents themselves.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ecomplan.estimate import Estimate
from ecomplan.params import MonitoringStage
from ecomplan.risk.engine.draws import pert
from ecomplan.risk.monitoring.feed import CENT, Feed
from ecomplan.risk.monitoring.recall import FACTORS, ON_ORDERS, Trial
from ecomplan.risk.monitoring.replay import Limit, exceedances, spans
from ecomplan.risk.monitoring.signals import HOUR, Signals, first_rows
from ecomplan.risk.monitoring.tails import MONTH
from ecomplan.risk.monitoring.windows import Floats

TIERS = {"block": "Block at once", "review": "Review by hand", "close": "Block and close sign-up",
         "colour": "Red blocked, others reviewed"}
LEAST_INCIDENTS = 8


@dataclass(frozen=True)
class Policy:
    """`table`: one row a tier and limit, money a month. `best`: its row number; -1 where doing nothing is best or
    nothing can be said. `net`, `change`: gain a month and relative change of the fraud loss at the best."""

    table: pd.DataFrame
    best: int
    net: Estimate
    change: Estimate
    chance_pays: Estimate
    unknown: str = ""


@dataclass(frozen=True)
class _False:
    """Good orders flagged at each limit a month: number, value (money), days with a flag; the same for red ones."""

    number: Floats
    value: Floats
    days: Floats
    red: float
    red_value: float


def choose(feed: Feed, measured: dict[str, Signals], limits: dict[str, Limit], trial: Trial,
           p: MonitoringStage) -> Policy:
    """Net gain a month of each tier at limits tighter and looser than those in use, and the best of them."""
    rng = np.random.default_rng([p.seed, 20_000])
    orders = trial.orders[trial.orders["kind"].isin(["takeover", "fraud"])]
    codes = orders.groupby(["round", "incident"], sort=False).ngroup().to_numpy()
    number = int(codes.max()) + 1 if len(codes) else 0
    if number < LEAST_INCIDENTS:
        reason = "Too few planted fraud incidents to weigh tiers against each other"
        nothing = Estimate(None, unknown=reason)
        return Policy(pd.DataFrame(columns=COLUMNS), -1, nothing, nothing, nothing, reason)
    good = _good_orders(feed, measured, limits, p)
    value, caught, flags = _caught(orders, codes, number, p)

    draws = p.draws
    margin = pert(rng, p.contribution_margin_low, p.contribution_margin_likely, p.contribution_margin_high, draws)
    rate = pert(rng, p.fraud_per_1000_low, p.fraud_per_1000_likely, p.fraud_per_1000_high, draws)
    minutes = pert(rng, p.review_minutes_low, p.review_minutes_likely, p.review_minutes_high, draws)
    catch = pert(rng, p.review_catch_low, p.review_catch_likely, p.review_catch_high, draws)
    _, begin, end = spans(feed.until, p)
    months = (end - begin) / MONTH
    here = feed.time >= begin
    incidents = rate / 1000 * here.sum() / months / (len(orders) / number)  # a month
    weights = rng.multinomial(number, np.full(number, 1 / number), size=draws) / number
    loss = incidents * (1 - margin) * (weights @ value)
    mean_order = feed.amount[here].mean() / CENT
    leaving = p.blocked_leave_share * p.customer_worth_orders * mean_order
    review = minutes / 60 * p.reviewer_wage_cny_hour / p.cny_per_currency_unit
    new = first_rows(feed)
    newcomers = feed.amount[new[feed.time[new] >= begin]].sum() / CENT / (end - begin) * HOUR * p.close_hours

    net = np.empty((len(TIERS), len(FACTORS), draws))
    saved, cost = np.empty_like(net), np.empty_like(net)
    for f in range(len(FACTORS)):
        true = incidents * (weights @ flags["all"][:, f])
        red = incidents * (weights @ flags["red"][:, f])
        prevented = {name: incidents * (1 - margin) * (weights @ part[:, f]) for name, part in caught.items()}
        blocked = margin * (good.value[f] + good.number[f] * leaving)
        reds = min(good.red, good.number[f]), min(good.red_value, good.value[f])
        for t, (gain, price) in enumerate((
            (prevented["block"], blocked),
            (prevented["block"] * catch, (good.number[f] + true) * review),
            (prevented["close"], blocked + good.days[f] * margin * newcomers),
            (prevented["red"] + (prevented["block"] - prevented["red"]) * catch,
             margin * (reds[0] * leaving + reds[1]) + (good.number[f] - reds[0] + true - red) * review),
        )):
            saved[t, f], cost[t, f], net[t, f] = gain, price, gain - price
    table = _table(net, saved, cost, good)
    flat = net.reshape(-1, draws)
    best = int(flat.mean(axis=1).argmax())
    table["chance_best"] = np.bincount(flat.argmax(axis=0), minlength=len(flat)) / draws
    if flat[best].mean() <= 0:
        zero = Estimate(0.0, 0.0, 0.0)
        return Policy(table, -1, zero, zero, zero)
    part = -saved.reshape(-1, draws)[best] / np.maximum(loss, 1e-12)
    return Policy(table, best, _spread(flat[best]), _spread(part), Estimate(float((flat[best] > 0).mean())))


COLUMNS = ["tier", "name", "factor", "flagged_a_month", "prevented", "cost", "net", "low", "high", "chance_best"]


def _good_orders(feed: Feed, measured: dict[str, Signals], limits: dict[str, Limit], p: MonitoringStage) -> _False:
    """The shop's own orders that the rules on orders flag in the checked months; all of them count as good."""
    _, begin, end = spans(feed.until, p)
    months = (end - begin) / MONTH
    chosen = {name: limit for name, limit in limits.items() if name in ON_ORDERS}
    found = exceedances(measured, chosen, FACTORS[-1])
    found = found[found["time"] >= begin]
    rare = found.groupby("event")["factor"].min()
    event, low = rare.index.to_numpy().astype(np.int64), rare.to_numpy(np.float64)
    amount, day = feed.amount[event] / CENT, feed.time[event] // (24 * HOUR)
    inside = [low <= f for f in FACTORS]
    red = low <= p.red_share
    return _False(
        np.array([part.sum() for part in inside]) / months, np.array([amount[part].sum() for part in inside]) / months,
        np.array([len(np.unique(day[part])) for part in inside]) / months,
        float(red.sum() / months), float(amount[red].sum() / months),
    )


def _caught(orders: pd.DataFrame, codes: np.ndarray, number: int,
            p: MonitoringStage) -> tuple[Floats, dict[str, Floats], dict[str, Floats]]:
    """By incident: value; value stopped at each limit by blocking, by closing sign-up as well, by blocking red ones
    alone; and orders flagged. A taken-over account is frozen from its first flag on."""
    amount, rare = orders["amount"].to_numpy() / CENT, orders["factor"].to_numpy(np.float64)
    time, takeover = orders["time"].to_numpy(), (orders["kind"] == "takeover").to_numpy()
    value = np.bincount(codes, amount, number).astype(np.float64)
    shape = (number, len(FACTORS))
    caught: dict[str, Floats] = {name: np.zeros(shape) for name in ("block", "close", "red")}
    flags: dict[str, Floats] = {name: np.zeros(shape) for name in ("all", "red")}
    for f, most in enumerate(FACTORS):
        for name, limit in (("block", most), ("red", min(p.red_share, most))):
            flagged = rare <= limit
            first = np.full(number, np.iinfo(np.int64).max)
            np.minimum.at(first, codes[flagged], time[flagged])
            stopped = flagged | (takeover & (time >= first[codes]))
            caught[name][:, f] = np.bincount(codes, amount * stopped, number)
            flags["all" if name == "block" else "red"][:, f] = np.bincount(codes, flagged, number)
            if name == "block":
                known = first[codes] < np.iinfo(np.int64).max
                since = np.where(known, time - np.where(known, first[codes], 0), -1)
                after = (since >= 0) & (since < p.close_hours * HOUR)
                caught["close"][:, f] = np.bincount(codes, amount * (stopped | after), number)
    return value, caught, flags


def _table(net: Floats, saved: Floats, cost: Floats, good: _False) -> pd.DataFrame:
    rows = []
    for t, (tier, name) in enumerate(TIERS.items()):
        for f, rate in enumerate(FACTORS):
            low, high = np.quantile(net[t, f], [0.1, 0.9])
            rows.append((tier, name, rate, good.number[f], saved[t, f].mean(), cost[t, f].mean(), net[t, f].mean(),
                         low, high))
    return pd.DataFrame(rows, columns=COLUMNS[:-1])


def _spread(values: Floats) -> Estimate:
    mean = float(values.mean())
    low, high = np.quantile(values, [0.1, 0.9])
    return Estimate(mean, min(float(low), mean), max(float(high), mean))
