"""How steady prices are over weeks, and how alike between countries and between orders with and without a name."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ecomplan.estimate import Estimate
from ecomplan.risk.conduct.matching import Floats, Ints, Priced, cells, code
from ecomplan.risk.engine.draws import Z90

WEEK = 7
ROUNDING = 1e-9  # share of a price
ONE_PRICE = "The orders hold one country only, so that no price compares between countries"


def volatility_table(lines: Priced, weeks: int, least_weeks: int) -> pd.DataFrame:
    """By product: coefficient of variation of its usual weekly price over the last `weeks` weeks.

    The usual price is the median over lines with a customer's name in the home country (all lines, where no order
    has a name), so that bulk discounts move it only where most buy in bulk.
    """
    named = lines.customer >= 0
    since = lines.day.max() - weeks * WEEK
    inside = np.flatnonzero((named if named.any() else True) & (lines.country == lines.home) & (lines.day > since))
    week = (lines.day.max() - lines.day[inside]) // WEEK
    median, owner = _medians(lines.log_price[inside], lines.product[inside], week)
    price = np.exp(median)
    count = np.bincount(owner, minlength=len(lines.products))
    mean = np.bincount(owner, price, len(lines.products)) / np.maximum(count, 1)
    apart = price - mean[owner]
    apart[np.abs(apart) < ROUNDING * price] = 0.0  # a price that never moved, whatever the rounding
    square = np.bincount(owner, apart**2, len(lines.products))
    seen = np.flatnonzero(count >= max(least_weeks, 2))
    return pd.DataFrame({
        "product_id": lines.products[seen].astype(str), "weeks": count[seen], "usual_price": mean[seen],
        "volatility": np.sqrt(square[seen] / (count[seen] - 1)) / mean[seen],
    })


def _medians(values: Floats, owner: Ints, period: Ints) -> tuple[Floats, Ints]:
    """Median of `values` for every (owner, period), with its owner."""
    key = code(owner, period)
    order = np.lexsort((values, key))
    starts = np.flatnonzero(np.diff(key[order], prepend=-1))
    ends = np.append(starts[1:], len(order))
    ranked = values[order]
    middle = (ranked[(starts + ends - 1) // 2] + ranked[(starts + ends) // 2]) / 2
    return middle, owner[order[starts]]


def typical(table: pd.DataFrame, draws: int, seed: int) -> Estimate:
    """Median volatility over products with its 80 % bootstrap interval."""
    if table.empty:
        return Estimate(None, unknown="No product sold in enough weeks for its price to be followed")
    values = table["volatility"].to_numpy()
    rng = np.random.default_rng(seed)
    medians = np.median(values[rng.integers(0, len(values), (draws, len(values)))], axis=1)
    low, high = np.quantile(medians, [0.1, 0.9])
    return Estimate(float(np.median(values)), float(low), float(high)).within(0.0, np.inf)


def channel_table(
    lines: Priced, period_days: int, quantity_ratio: float, tolerance: float, least_units: int
) -> pd.DataFrame:
    """Likeness of prices between the home country and each other, and between orders with and without a name.

    One row a pair: matched cells (article, period, like quantity), share of them where the mean prices lie within
    `tolerance` of each other (with its 80 % interval, clustered by article), mean gap. Countries with fewer than
    `least_units` customers are left out.
    """
    named = lines.customer >= 0
    here = np.flatnonzero(named & (lines.country == lines.home))
    by = cells(lines, period_days, quantity_ratio, with_country=False)
    cell = np.empty_like(by.order)
    cell[by.order] = np.cumsum(np.diff(by.key, prepend=by.key[0]) > 0)
    count = int(cell.max()) + 1
    size = np.bincount(cell[here], minlength=count)
    usual = np.bincount(cell[here], lines.log_price[here], count) / np.maximum(size, 1)
    # a channel: each country with enough customers, and the home country's orders without a name
    customers = np.bincount(np.unique(code_pairs(lines.country[named], lines.customer[named])) >> 32,
                            minlength=len(lines.countries))
    channel = np.where(customers[lines.country] >= least_units, lines.country, -1)
    channel[~named] = np.where(lines.country[~named] == lines.home, len(lines.countries), -1)
    at = np.flatnonzero((channel >= 0) & (size[cell] > 0) & (channel != lines.home))
    names = [*map(str, lines.countries), "Orders without a name"]
    columns = ["channel", "kind", "cells", "alike", "low", "high", "gap"]
    if not len(at):
        return pd.DataFrame({name: pd.Series(dtype=object if name in columns[:2] else float) for name in columns})
    pair = code(cell[at], channel[at])
    lines_there = np.bincount(pair)
    gap = np.bincount(pair, lines.log_price[at] - usual[cell[at]]) / lines_there
    owner, product = np.zeros(len(gap), np.int64), np.zeros(len(gap), np.int64)
    owner[pair], product[pair] = channel[at], lines.product[at]
    alike = (np.abs(gap) <= np.log1p(tolerance) + 1e-12).astype(np.float64)
    rows = []
    for place in sorted(set(owner.tolist()), key=lambda one: (one == len(lines.countries), -customers[one]
                                                              if one < len(customers) else 0)):
        mine = owner == place
        share = float(alike[mine].mean())
        scores = np.bincount(product[mine], alike[mine] - share)
        half = Z90 * float(np.sqrt(scores @ scores)) / int(mine.sum())
        rows.append({
            "channel": names[place], "kind": "name" if place == len(lines.countries) else "country",
            "cells": int(mine.sum()), "alike": share, "low": max(share - half, 0.0), "high": min(share + half, 1.0),
            "gap": float(np.expm1(gap[mine].mean())),
        })
    return pd.DataFrame(rows, columns=columns)


def code_pairs(first: Ints, second: Ints) -> Ints:
    """Pairs of codes below 2**31 as one number, `first` in the upper half."""
    return np.asarray((first << 32) | second, dtype=np.int64)


def index(table: pd.DataFrame, kind: str, unknown: str) -> Estimate:
    """Share of matched cells with like prices over all pairs of a kind, 80 % interval."""
    part = table[table["kind"] == kind]
    if part.empty:
        return Estimate(None, unknown=unknown)
    weight = part["cells"] / part["cells"].sum()
    value = float((weight * part["alike"]).sum())
    # pairs share articles: their errors are added up as if they went together, which is cautious
    below = float((weight * (part["alike"] - part["low"])).sum())
    above = float((weight * (part["high"] - part["alike"])).sum())
    return Estimate(value, max(value - below, 0.0), min(value + above, 1.0))
