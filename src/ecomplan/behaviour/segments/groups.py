"""The six groups of S0, as far as orders can show them: features, membership, shares.

A customer may belong to several groups or to none. For shares that add up to one, `exclusive` gives each
customer the first group of `PRIORITY` it belongs to, and those without any to `REST`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from ecomplan.behaviour.segments import resample
from ecomplan.behaviour.segments.history import Floats, History
from ecomplan.behaviour.statistics import LEVEL, limits
from ecomplan.params.behaviour import Segments

HIGH, IMPULSE, PRICE = "high-value regular", "impulse", "price-sensitive"
EXPLORER, DORMANT, SHARER, REST = "new explorer", "dormant", "social sharer", "none of these"
#: what orders can show of the six groups
GROUPS = (HIGH, IMPULSE, PRICE, EXPLORER, DORMANT)
#: the state of today first, then value, then manner
PRIORITY = (DORMANT, EXPLORER, HIGH, PRICE, IMPULSE)
NO_SHARER = (
    "Orders do not show who shares; it needs share or referral events. No incentive for sharers can be sized "
    "until the platform records them."
)
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Limits:
    """What parts the groups; see the knobs of section `segments`."""

    value_ratio: float
    gap_variation: float
    order_days: int
    small_lines: float
    small_share: float
    cheap_share: float
    explorer_days: float
    explorer_products: float
    dormant_days: float
    dormant_gaps: float


def definition(p: Segments, slack: float = 0.0) -> Limits:
    """The limits as set, every one of them loosened by the part `slack` (tightened where it is negative).

    Larger slack never makes a group smaller, except that a burst (part of impulse) needs its own limit, which
    is the one of regularity as set.
    """
    up, down = 1 + slack, 1 - slack
    return Limits(
        value_ratio=p.regular_value_ratio * down, gap_variation=p.regular_gap_variation * up,
        order_days=p.rhythm_order_days, small_lines=p.impulse_lines * up, small_share=p.impulse_order_share * down,
        cheap_share=p.price_spend_share * down, explorer_days=p.explorer_days * up,
        explorer_products=p.explorer_products * down, dormant_days=p.dormant_days * down,
        dormant_gaps=p.dormant_gaps * down,
    )


def cheap_spend(past: History, below: float, same_size: bool = True) -> tuple[Floats, Floats]:
    """(spend on cheap lines, all spend) of each customer: cheap is priced more than `below` under the usual price.

    The usual price is the median over all lines of the product, with `same_size` over those with about as many pieces
    (1, 2-3, 4-7, 8-15, ...): then a price break for volume alone makes no line cheap.
    """
    goods = past.goods
    sale = goods.is_sale
    key = goods.product[sale] * 64
    if same_size:
        key += np.log2(np.maximum(goods.pieces[sale], 1)).astype(np.int64)
    price, owner, amount = goods.price[sale], goods.customer[sale], goods.amount[sale]
    usual = pd.Series(price).groupby(key).transform("median").to_numpy()
    known = owner >= 0
    cheap = known & (price < usual * (1 - below))
    spend = np.bincount(owner[known], weights=amount[known], minlength=len(past.customers))
    part = np.bincount(owner[cheap], weights=amount[cheap], minlength=len(past.customers))
    return part.astype(np.float64), spend.astype(np.float64)


def cheap_shares(past: History, p: Segments, again: resample.Draws) -> list[tuple[str, str, dict[str, float]]]:
    """(finding, label, value with range) of the spend under the usual price, for any and for the same volume."""
    rows = []
    for name, label, same in (
        ("cheap_any", "Share of spend under the product's usual price", False),
        ("cheap_same", "Share of spend under the product's usual price for as many pieces", True),
    ):
        columns = np.column_stack(cheap_spend(past, p.price_below_share, same))
        low, high = limits(resample.ratio(*again.sums(columns).T))
        value = {"value": float(resample.ratio(*columns.sum(axis=0))), "low": float(low), "high": float(high)}
        rows.append((name, label, value))
    return rows


def features(past: History, p: Segments) -> pd.DataFrame:
    """What the groups are told by, one row a customer in the order of `past.customers`.

    value (money), orders, order_days (days with an order), mean_gap (days between them; 0 with one), gap_variation
    (standard deviation over mean of the gaps; 0 with one gap or none), small_share (of orders with few lines),
    cheap_share (of spend below the usual price), new_products (different products an order), first_days and
    recency_days (since the first and the last order).
    """
    n, who = len(past.customers), past.order_customer
    day = np.floor(past.order_time)
    fresh = np.append(True, (np.diff(who) != 0) | (np.diff(day) != 0))
    owner, at = who[fresh], day[fresh]
    days = np.bincount(owner, minlength=n)
    same = np.diff(owner) == 0
    gap, gap_owner = np.diff(at)[same], owner[1:][same]
    mean = resample.ratio(np.bincount(gap_owner, weights=gap, minlength=n), days - 1)
    spread = np.bincount(gap_owner, weights=(gap - mean[gap_owner]) ** 2, minlength=n)
    deviation = np.sqrt(resample.ratio(spread, days - 1))
    orders = np.bincount(who, minlength=n)
    small = np.bincount(who, weights=past.order_lines <= p.impulse_lines, minlength=n)
    edge = np.flatnonzero(np.append(True, np.diff(who) != 0))
    last = np.append(edge[1:], len(who)) - 1
    end = past.day_of(past.months)
    goods = past.goods
    bought = goods.is_sale & (goods.customer >= 0)
    width = int(goods.product.max()) + 1
    pairs = np.asarray(pd.unique(goods.customer[bought] * width + goods.product[bought]))
    return pd.DataFrame({
        "value": past.value_by_month.sum(axis=1), "orders": orders, "order_days": days, "mean_gap": mean,
        "gap_variation": resample.ratio(deviation, mean), "small_share": small / orders,
        "cheap_share": resample.ratio(*cheap_spend(past, p.price_below_share)),
        "new_products": np.bincount(pairs // width, minlength=n) / orders,
        "first_days": end - past.order_time[edge], "recency_days": end - past.order_time[last],
    })


def membership(customers: pd.DataFrame, limits: Limits, burst: float) -> pd.DataFrame:
    """Who belongs to which group: one boolean column a group of `GROUPS`.

    high-value regular: net sales from so many times the mean, and gaps that vary no more than chance would.
    impulse: mostly small orders, or gaps that vary more than `burst` (orders come in bursts).
    price-sensitive: enough of the spend below the usual price. new explorer: first order lately, many new products
    an order. dormant: no order for both so many days and so many own gaps.
    """
    rhythm = customers["order_days"] >= limits.order_days
    variation = customers["gap_variation"]
    return pd.DataFrame({
        HIGH: (customers["value"] >= limits.value_ratio * customers["value"].mean()) & rhythm
        & (variation <= limits.gap_variation),
        IMPULSE: (customers["small_share"] >= limits.small_share) | (rhythm & (variation > burst)),
        PRICE: customers["cheap_share"] >= limits.cheap_share,
        EXPLORER: (customers["first_days"] <= limits.explorer_days)
        & (customers["new_products"] >= limits.explorer_products),
        DORMANT: customers["recency_days"]
        > np.maximum(limits.dormant_days, limits.dormant_gaps * customers["mean_gap"]),
    })


def unknown(past: History, customers: pd.DataFrame, p: Segments) -> dict[str, str]:
    """Groups that these orders cannot show, each with the reason and what follows."""
    reasons = {SHARER: NO_SHARER}
    if customers["order_days"].max() < p.rhythm_order_days:
        reasons[HIGH] = (
            f"No customer has ordered on {p.rhythm_order_days} days (segments.rhythm_order_days), so no rhythm can be "
            f"read; regular customers cannot be told."
        )
    for group, days, knob in ((EXPLORER, p.explorer_days, "explorer_days"), (DORMANT, p.dormant_days, "dormant_days")):
        if past.days <= days:
            reasons[group] = (
                f"The orders cover {past.days:.0f} days, no more than segments.{knob} = {days}; the group cannot be "
                f"told from the rest."
            )
    return reasons


def exclusive(members: pd.DataFrame) -> pd.Series:
    """One group a customer: the first of `PRIORITY` it belongs to, else `REST`."""
    flags = members[list(PRIORITY)].to_numpy()
    names = np.array([*PRIORITY, REST])
    return pd.Series(names[np.where(flags.any(axis=1), flags.argmax(axis=1), len(PRIORITY))], name="group")


def shares(
    value: pd.Series, members: pd.DataFrame, again: resample.Draws, level: float = LEVEL
) -> pd.DataFrame:
    """Share of customers and of net sales of each column of `members`, with bootstrap intervals.

    Columns group, customers, users, users_low, users_high, revenue, revenue_low, revenue_high. The limits that
    part the groups stay as they are in every resample.
    """
    flags = members.to_numpy(float)
    worth = value.to_numpy(float)
    columns = np.column_stack([flags, flags * worth[:, None], np.ones(len(worth)), worth])
    k = flags.shape[1]

    def parts(total: Floats) -> tuple[Floats, Floats]:
        return resample.ratio(total[..., :k], total[..., -2:-1]), resample.ratio(total[..., k:2 * k], total[..., -1:])

    users, revenue = parts(columns.sum(axis=0))
    user_spread, revenue_spread = parts(again.sums(columns))
    (a, b), (c, d) = limits(user_spread, level), limits(revenue_spread, level)
    return pd.DataFrame({
        "group": list(members.columns), "customers": flags.sum(axis=0).astype(np.int64),
        "users": users, "users_low": a, "users_high": b, "revenue": revenue, "revenue_low": c, "revenue_high": d,
    })


@dataclass(frozen=True)
class Groups:
    """Features, membership and shares of all customers. `overlapping` and `normalised` are as `shares` gives them."""

    features: pd.DataFrame
    members: pd.DataFrame
    group: pd.Series
    overlapping: pd.DataFrame
    normalised: pd.DataFrame
    unknown: dict[str, str]


def form(past: History, p: Segments, min_group: int, again: resample.Draws) -> Groups:
    """The groups with their shares; `overlapping` also says what looser and stricter limits would give.

    Groups that cannot be told are left out and named in `unknown`; so are those under `min_group` customers.
    Columns strict_users, loose_users, strict_revenue, loose_revenue: all limits tightened, all loosened by
    `definition_slack`.
    """
    customers = features(past, p)
    burst = p.regular_gap_variation
    reasons = unknown(past, customers, p)
    members = membership(customers, definition(p), burst)
    members[[name for name in reasons if name in members]] = False
    group = exclusive(members)
    for name in GROUPS:
        if name not in reasons and members[name].sum() < min_group:
            reasons[name] = "Fewer customers than privacy.min_group; not shown."
    told = [name for name in GROUPS if name not in reasons]
    worth = customers["value"]
    overlapping = shares(worth, members[told], again)
    for label, slack in (("strict", -p.definition_slack), ("loose", p.definition_slack)):
        other = membership(customers, definition(p, slack), burst)[told]
        overlapping[f"{label}_users"] = other.mean().to_numpy()
        overlapping[f"{label}_revenue"] = (other.mul(worth, axis=0).sum() / worth.sum()).to_numpy()
    parts = pd.DataFrame({name: group == name for name in (*GROUPS, REST)})
    small = parts.columns[(parts.sum() < min_group) & (parts.columns != REST)]
    parts[REST] |= parts[small].any(axis=1)  # too few to show: counted with those of no group
    normalised = shares(worth, parts.drop(columns=small), again)
    return Groups(customers, members, group, overlapping, normalised, reasons)


def several(found: Groups) -> float:
    """Share of customers in more than one group."""
    return float((found.members.sum(axis=1) > 1).mean())


def rest(found: Groups, side: str) -> float:
    """Share of customers ("users") or of net sales ("revenue") in no group."""
    return float(found.normalised.loc[found.normalised["group"] == REST, side].iloc[0])
