"""Users as a stock: customers with an order within the last months, what flows in and out, and where it leads.

stock(t) = stock(t-1) + gained + regained - lost, exactly. Gained: first order ever. Regained: an order after having
dropped out. Lost: the last order left the window. The chance of an order in a month is the product of one factor for
the months since the last order and one for the calendar month, fitted by maximum likelihood of counts (iterative
proportional fitting, Deming & Stephan 1940): long silences are seen late in a short history, so the two must be parted.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from ecomplan.errors import DataError
from ecomplan.forecast.market.priors import Floats, blocks, resampled

Ints = npt.NDArray[np.int64]
YEAR = 12
NOT_YET = -1
ROUNDS = 25


@dataclass(frozen=True)
class Activity:
    """`active` [customers, months]: an order in the month; `state` likewise, at each month's end: months since the last
    order, at most twice the `window` (the stock holds those below it), -1 before the first order."""

    months: pd.DatetimeIndex
    active: npt.NDArray[np.bool_]
    state: Ints
    window: int

    @property
    def in_stock(self) -> npt.NDArray[np.bool_]:
        return (self.state >= 0) & (self.state < self.window)

    def now(self) -> Ints:
        """Customers by state [2 window + 1] at the end."""
        last = self.state[:, -1]
        return np.bincount(last[last >= 0], minlength=2 * self.window + 1)

    def until(self, months: int) -> Activity:
        """The first months alone."""
        return Activity(self.months[:months], self.active[:, :months], self.state[:, :months], self.window)


def activity(orders: pd.DataFrame, months: pd.DatetimeIndex, window: int) -> Activity:
    """Who ordered when, from orders (time, customer_id) in `months` (first days, without gaps).

    Raises DataError for fewer months than `window` + 1, gaps, or no customer at all.
    """
    expected = pd.date_range(months[0], periods=len(months), freq="MS") if len(months) else months
    if len(months) <= window or not (np.asarray(months) == np.asarray(expected)).all():
        raise DataError(f"users as a stock over {window} months need more than {window} months without gaps, "
                        f"found {len(months)}")
    known = orders.dropna(subset=["customer_id"])
    at = months.get_indexer(pd.DatetimeIndex(known["time"]).to_period("M").to_timestamp())
    who, names = pd.factorize(known["customer_id"][at >= 0], sort=True)
    if not len(names):
        raise DataError("table orders: no order of a known customer in the full months")
    active = np.zeros((len(names), len(months)), bool)
    active[who, at[at >= 0]] = True
    place = np.arange(len(months))
    last = np.maximum.accumulate(np.where(active, place, -10**6), axis=1)
    state = np.where(last < 0, NOT_YET, np.minimum(place - last, 2 * window))
    return Activity(months, active, state.astype(np.int64), window)


def flows(seen: Activity) -> pd.DataFrame:
    """month, stock, gained, regained, lost, kept: from the first month with a full window behind it."""
    inside, before = seen.in_stock[:, 1:], seen.in_stock[:, :-1]
    entered = inside & ~before
    first = seen.state[:, :-1] == NOT_YET
    frame = pd.DataFrame({
        "month": seen.months[1:], "stock": inside.sum(0), "gained": (entered & first).sum(0),
        "regained": (entered & ~first).sum(0), "lost": (before & ~inside).sum(0), "kept": (before & inside).sum(0),
    })
    return frame.iloc[seen.window - 2:].reset_index(drop=True)


@dataclass(frozen=True)
class Chances:
    """Chance of an order in a month by state [draws, 2 window + 1] and the calendar months' factors [draws, 12]."""

    by_state: Floats
    by_month: Floats
    window: int

    def take(self, paths: int) -> Chances:
        """As many rows as paths, draws in turn."""
        at = np.arange(paths) % len(self.by_state)
        return Chances(self.by_state[at], self.by_month[at], self.window)


def chances(seen: Activity, draws: int, rng: np.random.Generator) -> Chances:
    """Fitted to the last year of months; the first row is the data's own, `draws` more resample customers.

    Factors of the months average one over the orders. A state that nobody was in takes the chance of the state before
    it, a month not seen the factor 1.
    """
    span = range(max(1, len(seen.months) - YEAR), len(seen.months))
    block, states = blocks(len(seen.active)), 2 * seen.window + 1
    rows = int(block.max()) + 1
    risk, event = np.zeros(rows * YEAR * states), np.zeros(rows * YEAR * states)
    for t in span:
        known = seen.state[:, t - 1] >= 0
        at = (block[known] * YEAR + seen.months[t].month - 1) * states + seen.state[known, t - 1]
        risk += np.bincount(at, minlength=len(risk))
        event += np.bincount(at, seen.active[known, t], minlength=len(event))
    weight = np.vstack([np.ones(rows), resampled(rows, draws, rng)])
    at_risk = (weight @ risk.reshape(rows, -1)).reshape(-1, YEAR, states)
    events = (weight @ event.reshape(rows, -1)).reshape(-1, YEAR, states)
    state_events, month_events = events.sum(1), events.sum(2)
    by_month = np.ones((len(weight), YEAR))
    for _ in range(ROUNDS):
        by_state = _ratio(state_events, (at_risk * by_month[:, :, None]).sum(1))
        by_month = _ratio(month_events, (at_risk * np.nan_to_num(by_state)[:, None, :]).sum(2))
        mean = np.nansum(by_month * month_events, 1, keepdims=True) / month_events.sum(1, keepdims=True)
        by_month = np.where(np.isnan(by_month), 1.0, by_month / mean)
    by_state = _ratio(state_events, (at_risk * by_month[:, :, None]).sum(1))
    for state in range(states):
        empty = np.isnan(by_state[:, state])
        by_state[empty, state] = by_state[empty, state - 1] if state else 0.0
    return Chances(by_state, by_month, seen.window)


@dataclass(frozen=True)
class Projection:
    """[paths, months] each; stock(t) = stock(t-1) + gained + regained - lost holds on every path."""

    stock: Floats
    gained: Floats
    regained: Floats
    lost: Floats


def project(
    start: npt.ArrayLike, odds: Chances, entered: npt.ArrayLike, months: pd.DatetimeIndex, *,
    shock: npt.ArrayLike = 1.0, rng: np.random.Generator | None = None,
) -> Projection:
    """Carry customers by state [2 window + 1] forward; `entered` [paths, months] are gained and regained together,
    `shock` acts on the chances likewise.

    Records that begin in the middle of a shop's life take customers who come back from before for new ones, and the
    fewer of them the longer they run; only both kinds together can be carried on. What is not regained is gained.
    With `rng` whole customers order or do not, without it the expected numbers are carried.
    """
    both = np.atleast_2d(np.asarray(entered, float))
    paths, steps = both.shape
    if rng is not None:
        both = np.rint(np.maximum(both, 0))
    shocks = np.broadcast_to(np.asarray(shock, float), (paths, steps))
    drawn, edge = odds.take(paths), odds.window
    state = np.tile(np.asarray(start, float), (paths, 1))
    out = [np.empty((paths, steps)) for _ in range(4)]
    for step in range(steps):
        factor = drawn.by_month[:, months[step].month - 1] * shocks[:, step]
        chance = np.clip(drawn.by_state * factor[:, None], 0, 1)
        back = state * chance if rng is None else rng.binomial(state.astype(np.int64), chance).astype(float)
        rest, regained = state - back, back[:, edge:].sum(1)
        gained = np.maximum(both[:, step] - regained, 0)
        state = np.column_stack([back.sum(1) + gained, rest[:, :-1]])
        state[:, -1] += rest[:, -1]
        for table, value in zip(out, (state[:, :edge].sum(1), gained, regained, rest[:, edge - 1]), strict=True):
            table[:, step] = value
    return Projection(*out)


def held_out(seen: Activity, months: int, rng: np.random.Generator) -> dict[str, float | str | None]:
    """Error of the stock `months` ahead, told from the months before with the customers who entered as they came: value
    for `Stage.finding`."""
    cut = len(seen.months) - months
    if cut <= max(seen.window, YEAR):
        return {"value": None, "unknown": "Too short a history to hold months out: the projection is untested."}
    past = seen.until(cut)
    entered = (seen.in_stock[:, cut:] & ~seen.in_stock[:, cut - 1:-1]).sum(0)
    told = project(past.now(), chances(past, 0, rng), entered, seen.months[cut:]).stock[0, -1]
    return {"value": float(told / seen.in_stock[:, -1].sum() - 1)}


def needed_extra(
    start: npt.ArrayLike, odds: Chances, entered: Floats, months: pd.DatetimeIndex, target: float
) -> Floats:
    """Customers [paths] who must enter more each month for the expected stock to end at `target`; below zero: fewer.

    The expected stock is a straight line in them as long as somebody is gained every month: two projections give it.
    """
    as_is = project(start, odds, entered, months).stock[:, -1]
    one_more = project(start, odds, entered + 1, months).stock[:, -1]
    return np.asarray((target - as_is) / (one_more - as_is))


def _ratio(part: Floats, whole: Floats) -> Floats:
    return np.asarray(np.divide(part, whole, out=np.full(part.shape, np.nan), where=whole > 0))
