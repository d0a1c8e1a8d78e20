"""Concentration of net sales by customer, country, product and month: leading share, HHI, Gini, and their trend."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ecomplan.behaviour.segments import resample
from ecomplan.behaviour.segments.history import Floats, History, Ints
from ecomplan.params.behaviour import Segments

YEAR = 12  # months
LEADERS = 3  # CR3
DIMENSIONS = ("customer", "country", "product", "month")
MEASURES = ("leading share", "hhi", "gini")
PLURAL = {"customer": "customers", "country": "countries", "product": "products", "month": "months"}
_OTHER = "Tells of platforms among each other; the orders are those of one platform, and hold no"
#: claims on concentration that orders cannot show
NOT_TESTABLE = {
    "s1_head_platform_traffic_share": f"{_OTHER} traffic.",
    "s3_top3_share_2022": f"{_OTHER} other platform's sales. The leading countries and products are no analogue.",
    "s3_paid_traffic_duopoly_share": f"{_OTHER} paid traffic.",
}


def measures(values: Floats, leaders: int) -> Floats:
    """Leading share, Herfindahl-Hirschman index, Gini of values (..., units): (..., 3).

    Units below nothing count as nothing, units without sales are no units. Gini: half the relative mean
    difference. All 0 where nothing is sold.
    """
    ordered = np.sort(np.maximum(values, 0.0), axis=-1)[..., ::-1]
    total = ordered.sum(axis=-1)
    part = resample.ratio(ordered, total[..., None])
    place = np.arange(1, ordered.shape[-1] + 1)
    n = (ordered > 0).sum(axis=-1)
    # with shares from the largest down: Gini = (n + 1 - 2 sum(place x share)) / n
    gini = resample.ratio(n + 1 - 2 * (place * part).sum(axis=-1), n)
    return np.stack([
        part[..., :leaders].sum(axis=-1), (part**2).sum(axis=-1), np.where(total > 0, np.maximum(gini, 0.0), 0.0),
    ], axis=-1)


def blocks(past: History, count: int, rng: np.random.Generator) -> Ints:
    """A block for each goods line: all lines of a customer, or of an order without customer, share one."""
    goods = past.goods
    customers = len(past.customers)
    unit = np.where(goods.customer >= 0, goods.customer, customers + goods.order)
    home = rng.integers(count, size=customers + int(goods.order.max()) + 1)
    return np.asarray(home[unit], dtype=np.int64)


def totals(codes: Ints, size: int, block: Ints, count: int, amount: Floats) -> Floats:
    """Sums of amounts by block (row) and unit (column)."""
    return np.asarray(np.bincount(block * size + codes, weights=amount, minlength=count * size).reshape(count, size))


def leaders(dimension: str, min_group: int) -> int:
    """How many units lead: three; of customers as many as may be shown together."""
    return max(LEADERS, min_group) if dimension == "customer" else LEADERS


def spans(past: History) -> list[tuple[str, int, int]]:
    """(period, first month, month after the last): the last twelve months and, if there, the twelve before."""
    last = ("last year", max(0, past.months - YEAR), past.months)
    if past.months < 2 * YEAR:
        return [last]
    return [("year before", past.months - 2 * YEAR, past.months - YEAR), last]


def by_dimension(
    past: History, p: Segments, min_group: int, again: resample.Draws, rng: np.random.Generator
) -> pd.DataFrame:
    """Each measure by dimension and period, with the change between the two years.

    Columns dimension, measure, leaders, period ("year before", "last year", "change"), units, value, low, high.
    Country, product and month count all goods; customer those whose customer is known. Resampled are customers;
    for the other dimensions random blocks of customers and of orders without customer in their stead (random
    groups: Wolter, 1985). Both years move together in a resample; limits are centred (`resample.centred`).
    """
    goods, count = past.goods, p.resampling_blocks
    block = blocks(past, count, rng)
    drawn = resample.Draws(count, p.bootstrap_draws, rng).counts.astype(np.float64)
    periods = spans(past)
    point: dict[tuple[str, str], Floats] = {}
    spread: dict[tuple[str, str], Floats] = {}
    units: dict[tuple[str, str], int] = {}
    for period, first, after in periods:
        inside = (goods.month >= first) & (goods.month < after)
        for dimension, codes in (("country", goods.country), ("product", goods.product), ("month", goods.month)):
            cells = totals(codes[inside], int(codes.max()) + 1, block[inside], count, goods.amount[inside])
            key = (dimension, period)
            lead = leaders(dimension, min_group)
            point[key], units[key] = measures(cells.sum(axis=0), lead), int((cells.sum(axis=0) > 0).sum())
            spread[key] = measures(drawn @ cells, lead)
    yearly = {period: past.value_by_month[:, first:after].sum(axis=1) for period, first, after in periods}
    lead = leaders("customer", min_group)
    for period, values in yearly.items():
        point[("customer", period)] = measures(values, lead)
        units[("customer", period)] = int((values > 0).sum())
    resampled = _customers(list(yearly.values()), lead, again)
    spread |= {("customer", period): part for period, part in zip(yearly, resampled, strict=True)}
    rows = []
    for dimension in DIMENSIONS:
        found = [(period, point[(dimension, period)], spread[(dimension, period)], units[(dimension, period)])
                 for period, _, _ in periods]
        if len(found) == 2:
            (_, a, b, _), (_, c, d, size) = found
            found.append(("change", c - a, d - b, size))
        for period, value, drawn_values, size in found:
            low, high = resample.centred(value, drawn_values)
            if period != "change":
                low, high = np.clip(low, 0, 1), np.clip(high, 0, 1)
            rows += [
                {"dimension": dimension, "measure": name, "leaders": leaders(dimension, min_group), "period": period,
                 "units": size, "value": value[i], "low": low[i], "high": high[i]}
                for i, name in enumerate(MEASURES)
            ]
    return pd.DataFrame(rows)


def _customers(years: list[Floats], lead: int, again: resample.Draws) -> list[Floats]:
    """Measures of customers in each resample, by year: values stay sorted, a resample weighs them."""
    kept = [np.maximum(values, 0.0) for values in years]
    order = [np.argsort(-values, kind="stable") for values in kept]
    found: list[list[Floats]] = [[] for _ in years]
    for batch in again.batches():
        for year, (values, by) in enumerate(zip(kept, order, strict=True)):
            buyers = int((values > 0).sum())
            found[year].append(_weighted(values[by][:buyers], batch[:, by[:buyers]], lead))
    return [np.concatenate(part) for part in found]


def _weighted(ordered: Floats, weights: npt.NDArray[np.floating], lead: int) -> Floats:
    """`measures` of customers who each count `weights` times (resamples, customers), largest first."""
    number = np.cumsum(weights, axis=1)
    held = weights * ordered
    total = held.sum(axis=1)
    before = number - weights
    top = (np.clip(lead - before, 0, weights) * ordered).sum(axis=1)
    # places of a customer's copies add up to weight x (mean place)
    placed = (held * (before + (weights + 1) / 2)).sum(axis=1)
    n = number[:, -1]
    return np.stack([
        resample.ratio(top, total), resample.ratio((weights * ordered**2).sum(axis=1), total**2),
        resample.ratio(n + 1 - 2 * resample.ratio(placed, total), n),
    ], axis=1)


def rolling(past: History, min_group: int) -> pd.DataFrame:
    """The measures over the twelve months up to each month: month, dimension, leading share, hhi, gini, effective.

    effective: 1 / HHI, as many equal units would be as concentrated. Empty with fewer than twelve full months.
    """
    goods, months = past.goods, past.months
    rows = []
    sizes = {"country": int(goods.country.max()) + 1, "product": int(goods.product.max()) + 1}
    cells = {
        "customer": past.value_by_month.T, "month": np.diag(np.bincount(goods.month, goods.amount, months)),
        **{name: totals(getattr(goods, name), size, goods.month, months, goods.amount) for name, size in sizes.items()},
    }
    for last in range(YEAR, months + 1):
        for dimension in DIMENSIONS:
            found = measures(cells[dimension][last - YEAR:last].sum(axis=0), leaders(dimension, min_group))
            rows.append({
                "month": past.month_end(last), "dimension": dimension, **dict(zip(MEASURES, found, strict=True)),
                "effective": float(resample.ratio(1.0, found[1])),
            })
    return pd.DataFrame(rows, columns=["month", "dimension", *MEASURES, "effective"])


def row(table: pd.DataFrame, dimension: str, measure: str, period: str) -> dict[str, Any]:
    """value, low, high of one row of `by_dimension`; no value and the reason where it is not there."""
    found = table[(table["dimension"] == dimension) & (table["measure"] == measure) & (table["period"] == period)]
    if found.empty:
        return {"value": None, "unknown": f"Fewer than {2 * YEAR} full months: two years cannot be compared."}
    return {name: float(found[name].iloc[0]) for name in ("value", "low", "high")}


def figures(table: pd.DataFrame) -> list[tuple[str, str, str, dict[str, Any]]]:
    """(finding, label, unit, value with range) of the leading share of every dimension, last year and its change."""
    rows = []
    for name, plural in PLURAL.items():
        lead = int(table.loc[table["dimension"] == name, "leaders"].iloc[0])
        what = f"Share of net sales from the {lead} leading {plural}"
        last = row(table, name, "leading share", "last year")
        rows.append((f"{name}_leading", f"{what}, last twelve months", "share", last))
        rows.append((f"{name}_leading_change", f"{what}: change on the year before", "points",
                     row(table, name, "leading share", "change")))
    return rows


def effective(table: pd.DataFrame) -> list[tuple[str, str, dict[str, Any]]]:
    """(finding, label, value with range) of the effective number of every dimension, last year: 1 / HHI."""
    rows = []
    for name, plural in PLURAL.items():
        hhi = row(table, name, "hhi", "last year")
        value = {"value": 1 / hhi["value"], "low": 1 / hhi["high"], "high": 1 / hhi["low"]}
        rows.append((f"{name}_effective", f"Equal {plural} that would be as concentrated", value))
    return rows
