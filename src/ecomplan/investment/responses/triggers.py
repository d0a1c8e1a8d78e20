"""BH-30: do interest and recent behaviour find next month's buyers - on orders, months held out.

Nothing was sent: hit rates show whom a trigger finds, not what outreach adds. A month's triggers see only what was
ordered before it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ecomplan.errors import DataError
from ecomplan.estimate import Estimate
from ecomplan.investment.responses.chances import NORMAL_80

CLICK_LIFT = "s3_history_ad_click_lift"
Ints = NDArray[np.int64]
CELLS = ("neither", "interest alone", "recent alone", "both")


@dataclass(frozen=True)
class Triggers:
    """`cells`: customers and buyers by trigger, pooled over months. Lifts are relative; unknown where none was hit."""

    cells: pd.DataFrame
    months: pd.DataFrame
    recent_lift: Estimate  # buyers' share with the recent trigger over without, same interest
    interest_lift: Estimate
    shown: pd.DataFrame  # own history against best sellers: customers shown, hits, share
    history_lift: Estimate


def triggers(lines: pd.DataFrame, *, days: int, months: int, products: int) -> Triggers:
    """Hit rates of both triggers in the last `months` full months.

    `lines`: sale lines with time, order_id, customer_id (null allowed), product_id. Recent: an order within `days`
    before the month. Interest: some product in two orders or more. An outreach shows `products` products: a customer's
    own most ordered ones, or the shop's best sellers of the month before. Customers are the unit of the intervals.
    Raises DataError where no full month is left to test.
    """
    known = lines[lines["customer_id"].notna()]
    if known.empty:
        raise DataError("lines hold no customer: triggers cannot be tested")
    period = known["time"].dt.to_period("M")
    full = pd.period_range(period.min(), period.max(), freq="M")[1:-1][-months:]
    if not len(full):
        raise DataError("lines span no full month after the first: triggers cannot be tested")
    customer, names = pd.factorize(known["customer_id"], sort=True)
    product, goods = pd.factorize(known["product_id"], sort=True)
    order = pd.factorize(known["order_id"])[0]
    times = known["time"].to_numpy()
    once = np.unique(order.astype(np.int64) * len(goods) + product, return_index=True)[1]
    once = once[np.argsort(times[once], kind="stable")]
    customer, product, times = customer[once], product[once], times[once]
    pair_keys, pair = np.unique(customer * np.int64(len(goods)) + product, return_inverse=True)
    owner, good = pair_keys // len(goods), pair_keys % len(goods)
    trials, hits = np.zeros((4, len(names))), np.zeros((4, len(names)))
    shown, found = np.zeros(len(names)), np.zeros((2, len(names)))
    rows = []
    for month in full:
        start, end = month.to_timestamp().to_datetime64(), (month + 1).to_timestamp().to_datetime64()
        before, during = times < start, (times >= start) & (times < end)
        last = np.full(len(names), np.datetime64("1900-01-01", "us"))
        last[customer[before]] = times[before]  # lines run in time, so that the latest stays
        there = last > np.datetime64("1900-01-01", "us")
        recent = last >= start - np.timedelta64(days, "D")
        count = np.bincount(pair[before], minlength=len(pair_keys))
        interest = np.bincount(owner[count >= 2], minlength=len(names)) > 0
        bought = np.bincount(customer[during], minlength=len(names)) > 0
        cell = interest + 2 * recent
        for at in range(4):
            inside = there & (cell == at)
            trials[at] += inside
            hits[at] += inside & bought
        own = _top(owner, count, products)
        previous = (times >= (month - 1).to_timestamp().to_datetime64()) & before
        sellers = np.argsort(-np.bincount(product[previous], minlength=len(goods)), kind="stable")[:products]
        now = np.zeros(len(pair_keys), dtype=bool)
        now[pair[during]] = True
        by_history = np.bincount(owner[own & now], minlength=len(names)) > 0
        by_sellers = np.bincount(owner[np.isin(good, sellers) & now], minlength=len(names)) > 0
        shown += there
        found += np.stack([there & by_history, there & by_sellers])
        rows.append({"month": month.to_timestamp(), "customers": int(there.sum()),
                     "buyers": int((there & bought).sum()), "recent": int((there & recent).sum()),
                     "recent_buyers": int((there & recent & bought).sum())})
    cells = pd.DataFrame([
        {"trigger": name, "customers": int(trials[at].sum()), "buyers": int(hits[at].sum()),
         **_share(hits[at], trials[at])}
        for at, name in enumerate(CELLS)
    ])
    named = pd.DataFrame([
        {"shown": name, "customers": int(shown.sum()), "hits": int(found[at].sum()), **_share(found[at], shown)}
        for at, name in enumerate(("own history", "best sellers"))
    ])
    return Triggers(
        cells, pd.DataFrame(rows), _lift(hits, trials, ((2, 0), (3, 1))), _lift(hits, trials, ((1, 0), (3, 2))), named,
        _ratio(found[0], shown, found[1], shown),
    )


def _top(owner: Ints, count: Ints, products: int) -> NDArray[np.bool_]:
    """Pairs (sorted by owner) among their owner's `products` most ordered ones."""
    order = np.argsort(owner * (int(count.max(initial=0)) + 1) - count, kind="stable")
    begins = np.r_[True, owner[order][1:] != owner[order][:-1]]
    place = np.arange(len(order)) - np.maximum.accumulate(np.where(begins, np.arange(len(order)), 0))
    top = np.zeros(len(order), dtype=bool)
    top[order] = place < products
    return top & (count > 0)


def _share(hits: NDArray[np.float64], trials: NDArray[np.float64]) -> dict[str, float | None]:
    total = trials.sum()
    if total == 0:
        return {"share": None, "low": None, "high": None}
    share = hits.sum() / total
    reach = NORMAL_80 * np.sqrt(((hits - share * trials) ** 2).sum()) / total
    return {"share": float(share), "low": float(max(share - reach, 0)), "high": float(min(share + reach, 1))}


def _ratio(hits: NDArray[np.float64], trials: NDArray[np.float64], other: NDArray[np.float64],
           others: NDArray[np.float64]) -> Estimate:
    """Ratio of two shares less 1; the same customers may stand in both (linearised, customers as clusters)."""
    if min(hits.sum(), other.sum()) < 5:
        return Estimate(None, unknown="too few customers were hit to compare")
    first, second = hits.sum() / trials.sum(), other.sum() / others.sum()
    part = (hits - first * trials) / hits.sum() - (other - second * others) / other.sum()
    reach = NORMAL_80 * float(np.sqrt((part**2).sum()))
    middle = float(np.log(first / second))
    return Estimate(float(np.expm1(middle)), float(np.expm1(middle - reach)), float(np.expm1(middle + reach)))


def _lift(hits: NDArray[np.float64], trials: NDArray[np.float64], pairs: tuple[tuple[int, int], ...]) -> Estimate:
    """Lift of cells (with, without) over strata, weighted by those with the trigger (standardised ratio)."""
    weights = np.array([trials[on].sum() for on, _ in pairs])
    if any(trials[on].sum() < 5 or hits[off].sum() < 5 for on, off in pairs):
        return Estimate(None, unknown="too few customers have the trigger, or too few without it bought")
    expected = sum(float(weight * hits[off].sum() / trials[off].sum())
                   for weight, (_, off) in zip(weights, pairs, strict=True))
    seen = sum(float(hits[on].sum()) for on, _ in pairs)
    if seen == 0:
        return Estimate(None, unknown="nobody with the trigger bought")
    part = np.zeros(hits.shape[1])
    for weight, (on, off) in zip(weights, pairs, strict=True):
        off_share = hits[off].sum() / trials[off].sum()
        part += (hits[on] - hits[on].sum() / trials[on].sum() * trials[on]) / seen
        part -= weight / trials[off].sum() * (hits[off] - off_share * trials[off]) / expected
    reach = NORMAL_80 * float(np.sqrt((part**2).sum()))
    middle = float(np.log(seen / expected))
    return Estimate(float(np.expm1(middle)), float(np.expm1(middle - reach)), float(np.expm1(middle + reach)))
