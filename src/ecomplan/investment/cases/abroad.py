"""Stock abroad, country by country: what it brings on the sales there, against what a place of stock costs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from ecomplan.estimate import Estimate
from ecomplan.investment.cases.alone import Array, World
from ecomplan.investment.cases.warehouses import place_cost
from ecomplan.investment.engine.margins import Bernoulli, Beta, Lognormal, Pert, Uniform

LEVER = "overseas_stock"


def last_year(orders: pd.DataFrame, calendar: pd.DataFrame, countries: pd.DataFrame) -> pd.DataFrame:
    """Orders and sales of the last twelve full months in countries with customers enough to be shown, largest first.

    `countries` is prepare's table, which leaves out those with too few customers.
    """
    months = np.sort(calendar.loc[calendar["in_full_month"], "month"].unique())[-12:]
    month = orders["time"].to_numpy().astype("datetime64[M]").astype(months.dtype)
    kept = orders[np.isin(month, months) & orders["country"].isin(countries["country"]).to_numpy()]
    sold = kept.groupby("country", observed=True).agg(orders=("order_id", "size"), sales=("amount", "sum"))
    return sold.sort_values("sales", ascending=False).reset_index()


def gain_per_sales(p: Any, world: World) -> tuple[Array, Array]:
    """Draws of what a unit of sales in a country brings a year with stock there, and of a place's cost a year.

    Two gains: more orders of those who wait less (claimed, shrunken, as the catalogue does it), and the carriage
    abroad above that at home, of which bulk carriage saves a part.
    ASSUME: the ratio of carriage abroad to that at home and the part saved; the orders hold no costs.
    """
    rng = np.random.default_rng([p.seed, 3])
    s, lever = world.settings, world.levers.items[world.levers.index(LEVER)]
    own, n = world.levers.own_spread, p.draws
    works = Bernoulli(s.success_prior).quantile(rng.random(n))
    kept = Beta(s.effect_share, world.levers.kept_weight).quantile(rng.random(n))
    effect = Uniform(1 - own, 1 + own).quantile(rng.random(n))
    margin = Pert(*s.contribution_margin).quantile(rng.random(n)) - lever.share_of_extra_sales
    more = works * np.expm1(np.log1p(kept * lever.claimed * lever.weight * effect)) * margin
    base = next(float(each.cost_base) for each in world.levers.items if each.moves == "fulfilment" and each.cost_base)
    ratio = Lognormal(p.abroad_cost_ratio_low, p.abroad_cost_ratio_high).quantile(rng.random(n))
    saved = Uniform(p.abroad_saving_low, p.abroad_saving_high).quantile(rng.random(n))
    place = place_cost(lever, s) * Pert(*s.cost_overrun).quantile(rng.random(n))
    return more + base * ratio * saved, place


def table(sold: pd.DataFrame, gain: Array, place: Array, home: str) -> pd.DataFrame:
    """Countries but the home one: orders and sales of a year, gain a year less the place's cost (mean, 80 %), chance
    of a gain, and the sales from which the mean gain covers the mean cost, also as a multiple of today's."""
    rows = []
    for row in sold[(sold["country"] != home) & (sold["sales"] > 0)].to_dict("records"):
        net = gain * row["sales"] - place
        low, high = np.quantile(net, (0.1, 0.9))
        even = float(place.mean() / gain.mean())
        rows.append({
            "country": row["country"], "orders": int(row["orders"]), "sales": float(row["sales"]),
            "net": float(net.mean()), "low": float(low), "high": float(high), "chance": float((net > 0).mean()),
            "break_even": even, "multiple": even / row["sales"],
        })
    columns = ["country", "orders", "sales", "net", "low", "high", "chance", "break_even", "multiple"]
    return pd.DataFrame(rows, columns=columns)


def home(sold: pd.DataFrame) -> str:
    """The country of most sales."""
    return str(sold["country"].iloc[0]) if len(sold) else ""


def best(foreign: pd.DataFrame, column: str) -> Estimate:
    """The largest chance, or the first (largest) country's break-even; unknown where no country abroad is shown."""
    if foreign.empty:
        return Estimate(None, unknown="No country abroad has customers enough to be shown; stock there stays unjudged.")
    values = foreign[column].to_numpy(dtype=np.float64)
    return Estimate(float(values.max() if column == "chance" else values[0]))
