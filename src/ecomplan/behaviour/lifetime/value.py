"""Lifetime value: expected orders x expected order value x contribution margin, discounted month by month."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ecomplan.behaviour.lifetime.counts import Floats
from ecomplan.behaviour.lifetime.fit import Fit, fit
from ecomplan.behaviour.lifetime.futures import Single, between, group_sums, worlds
from ecomplan.behaviour.lifetime.gamma_gamma import GammaGamma, Values
from ecomplan.behaviour.lifetime.pace import Paced, on_clock
from ecomplan.behaviour.statistics import HIGH, LOW
from ecomplan.errors import DataError


@dataclass(frozen=True)
class Margin:
    """Contribution margin as a share of net sales: PERT (Malcolm et al., 1959) with low, likely, high."""

    low: float
    likely: float
    high: float

    @property
    def mean(self) -> float:
        return (self.low + 4 * self.likely + self.high) / 6

    def draw(self, draws: int, rng: np.random.Generator) -> Floats:
        width = self.high - self.low
        if width == 0:
            return np.full(draws, self.low)
        left, right = 1 + 4 * (self.likely - self.low) / width, 1 + 4 * (self.high - self.likely) / width
        return np.asarray(self.low + width * rng.beta(left, right, draws), dtype=float)


@dataclass(frozen=True)
class Horizon:
    """Months ahead that count, from `begin`; later money is discounted to `begin` at a yearly rate."""

    begin: pd.Timestamp
    months: int
    rate_per_year: float

    @property
    def ends(self) -> list[pd.Timestamp]:
        return [self.begin + pd.DateOffset(months=month) for month in range(1, self.months + 1)]

    @property
    def factors(self) -> Floats:
        """Discount factor of the middle of each month."""
        return np.asarray((1 + self.rate_per_year) ** (-(np.arange(self.months) + 0.5) / 12), dtype=float)


def customer_values(paced: Paced, net: pd.DataFrame) -> pd.DataFrame:
    """The customers of a model with `orders` (occasions) and `mean_value` (net money an occasion, at least 0).

    `net`: customer_id, value (goods sold less goods returned). A customer missing there counts as no value.
    """
    value = net.set_index("customer_id")["value"].reindex(paced.customers["customer_id"]).fillna(0.0).to_numpy(float)
    orders = paced.customers["x"].to_numpy(dtype=float) + 1
    # ASSUME: who returned more than was bought is worth nothing so far, not less
    return paced.customers.assign(orders=orders, mean_value=np.maximum(value, 0.0) / orders)


def fit_values(customers: pd.DataFrame) -> Fit[GammaGamma]:
    """Gamma-Gamma on the customers with some net value. Raises DataError where nobody has any."""
    kept = customers[customers["mean_value"] > 0]
    values = Values(kept["orders"].to_numpy(float), kept["mean_value"].to_numpy(float))
    return fit(GammaGamma, values, len(kept))


def independence(customers: pd.DataFrame) -> float:
    """Rank correlation of the number of orders and their mean value (Spearman, 1904); Gamma-Gamma assumes 0."""
    kept = customers[customers["mean_value"] > 0]
    ranks = kept[["orders", "mean_value"]].rank()
    if (ranks.nunique() < 2).any():
        return 0.0
    return float(ranks["orders"].corr(ranks["mean_value"]))


def expected_value(
    paced: Paced, customers: pd.DataFrame, values: GammaGamma, horizon: Horizon, margin: float
) -> pd.DataFrame:
    """Customers with alive (chance), expected_orders, order_value (money), discount, value (margin, money)."""
    steps = np.array([between(paced.clock, horizon.begin, day) for day in horizon.ends])
    by_month = np.diff(np.array([paced.model.expected(t, *paced.past) for t in steps]), axis=0, prepend=0.0)
    orders = by_month.sum(axis=0)
    discount = horizon.factors @ by_month / np.maximum(orders, 1e-300)
    worth = values.expected(customers["orders"].to_numpy(float), customers["mean_value"].to_numpy(float))
    return customers.assign(
        alive=paced.model.alive(*paced.past), expected_orders=orders, order_value=worth, discount=discount,
        value=orders * discount * worth * margin,
    )


def simulate_value(
    paced: Paced, customers: pd.DataFrame, values: Fit[GammaGamma], horizon: Horizon, margin: Margin, draws: int,
    rng: np.random.Generator,
) -> Single:
    """Margin of every customer over the horizon, discounted, in simulated futures: (draws, customers), money.

    A future draws parameters, drift, margin; then each customer's rate, leaving, orders and their values.
    `customers` is what `expected_value` hands back.
    """
    known = (customers["orders"].to_numpy(float), customers["mean_value"].to_numpy(float))
    discount = customers["discount"].to_numpy(float)
    found = np.empty((draws, len(customers)), dtype=np.float32)
    shares = margin.draw(draws, rng)
    begin, until = paced.clock.day(horizon.begin), paced.clock.day(horizon.ends[-1])
    drawn = [GammaGamma(*row) for row in values.draw(draws, rng).tolist()]
    for row, (model, clock, past) in enumerate(worlds(paced, horizon.begin, draws, rng)):
        orders = model.draw_orders(float(clock.weeks_at(until) - clock.weeks_at(begin)), *past, rng)
        found[row] = drawn[row].draw_totals(orders, *known, rng) * discount * shares[row]
    return found


def with_limits(customers: pd.DataFrame, simulated: Single) -> pd.DataFrame:
    """Customers with low and high: 80 % of each one's own simulated value."""
    low, high = np.quantile(simulated, [LOW, HIGH], axis=0)
    return customers.assign(low=low, high=high)


def by_group(
    customers: pd.DataFrame, simulated: Single, label: pd.Series, names: list[str], min_group: int
) -> pd.DataFrame:
    """group, customers, value (mean a customer), low, high, total, share, alive, expected_orders; money.

    low, high: 80 % of simulated means of the group. Groups under `min_group` customers are left out.
    """
    place = {name: number for number, name in enumerate(names)}
    group = label.map(place).fillna(-1).to_numpy().astype(np.int64)
    sums = group_sums(simulated, group, len(names))
    whole = float(customers["value"].sum())
    rows = []
    for number, name in enumerate(names):
        own = customers[group == number]
        if len(own) < min_group:
            continue
        mean = float(own["value"].mean())
        low, high = np.quantile(sums[:, number] / len(own), [LOW, HIGH])
        rows.append({
            "group": name, "customers": len(own), "value": mean, "low": float(min(low, mean)),
            "high": float(max(high, mean)), "total": float(own["value"].sum()),
            "share": float(own["value"].sum()) / whole,
            "alive": float(own["alive"].mean()), "expected_orders": float(own["expected_orders"].mean()),
        })
    if not rows:
        raise DataError(f"no group of customers reaches privacy.min_group = {min_group}; nothing can be shown")
    return pd.DataFrame(rows)


def limits(value: float, draws: Floats) -> dict[str, Any]:
    """value, low, high (80 % of the draws; they always enclose the value)."""
    low, high = np.quantile(draws, [LOW, HIGH])
    return {"value": value, "low": float(min(low, value)), "high": float(max(high, value))}


def newcomer(
    paced: Paced, customers: pd.DataFrame, horizon: Horizon, margin: Margin, draws: int, rng: np.random.Generator
) -> dict[str, Any]:
    """value, low, high: mean margin of a customer whose first order falls on the horizon's begin, that order counted.

    Value of an order: all net value over all orders of `customers` (orders, mean_value), so that frequent buyers of
    dear goods count as they do in the whole. The interval covers parameters, drift, margin and, by bootstrap over
    customers, the value of an order; not the chance of a single customer.
    """
    zero = np.zeros(1)
    begin, days = paced.clock.day(horizon.begin), paced.clock.day(pd.DatetimeIndex(horizon.ends))

    def mean_of(model: Any, clock: Any, order_value: float, share: float) -> float:
        steps = clock.weeks_at(days) - clock.weeks_at(begin)
        orders = np.diff(model.expected(steps, zero, zero, zero), prepend=0.0)
        return float((1 + horizon.factors @ orders) * order_value * share)

    orders_each, mean_each = (customers[name].to_numpy(dtype=float) for name in ("orders", "mean_value"))
    drawn = np.empty(draws)
    for row in range(draws):
        again = rng.integers(len(orders_each), size=len(orders_each))
        drawn[row] = (orders_each[again] * mean_each[again]).sum() / orders_each[again].sum()
    order_value = float((orders_each * mean_each).sum() / orders_each.sum())
    spread = np.array([
        mean_of(model, clock, float(drawn[row]), share)
        for row, ((model, clock, _), share) in enumerate(
            zip(worlds(paced, horizon.begin, draws, rng), margin.draw(draws, rng), strict=True)
        )
    ])
    return limits(mean_of(paced.model, paced.clock, order_value, margin.mean), spread)


def newcomers(
    paced: Paced, occasions: pd.DataFrame, net: pd.DataFrame, horizon: Horizon, margin: Margin, draws: int,
    rng: np.random.Generator,
) -> dict[str, Any]:
    """value, low, high of `newcomer` from models of the newcomers alone, on the clock of `paced`.

    `occasions` and `net` as for all customers, of the newcomers. No value, and the reason, where theirs are too few.
    """
    try:
        own = on_clock(type(paced.model), paced.clock_name, occasions, horizon.begin, paced.clock)
        return newcomer(own, customer_values(own, net), horizon, margin, draws, rng)
    except DataError as error:
        return {"value": None, "unknown": f"newcomers cannot be modelled ({error}); no limit on acquisition cost"}


def label_of(paced: Paced, table: pd.DataFrame, column: str) -> pd.Series:
    """A column of another table for the customers of a model, in their order; "none" where it has none."""
    found = table.set_index("customer_id")[column].reindex(paced.customers["customer_id"])
    return found.astype(object).where(found.notna(), "none").reset_index(drop=True)


def labels(label: pd.Series) -> list[str]:
    """Names of the RFM tiers, best first, and whatever else stands there."""
    known = [name for name in ("high", "potential", "nurture") if (label == name).any()]
    return known + sorted(set(label) - set(known))


def cohort_labels(paced: Paced) -> tuple[pd.Series, list[str]]:
    """Month of the first order of each customer, and the months in order."""
    month = paced.customers["first"].dt.strftime("%Y-%m")
    return month, sorted(month.unique())


def for_others(customers: pd.DataFrame) -> pd.DataFrame:
    """What is left for others: customer_id, orders, alive, expected_orders, order_value, value, low, high."""
    return customers[["customer_id", "orders", "alive", "expected_orders", "order_value", "value", "low", "high"]]


def tier_findings(table: pd.DataFrame) -> list[tuple[str, str, str, dict[str, Any]]]:
    """(name, label, unit, numbers) of each tier shown: mean value with its range, share of the whole."""
    found: list[tuple[str, str, str, dict[str, Any]]] = []
    for row in table.to_dict("records"):
        name = row["group"]
        found.append((f"value_{name}", f"Mean margin expected from a customer of the {name} tier", "money",
                      {key: row[key] for key in ("value", "low", "high")}))
        found.append((f"value_share_{name}", f"Share of the expected margin from the {name} tier", "share",
                      {"value": row["share"]}))
    return found


def times(found: dict[str, Any], factor: float) -> dict[str, Any]:
    """value, low, high times a factor; what is unknown stays so."""
    return {key: number * factor if isinstance(number, float) else number for key, number in found.items()}


def divided(found: dict[str, Any], ratio: float | None) -> dict[str, Any]:
    """value, low, high divided by a ratio. Raises DataError where the ratio is none."""
    if not ratio:
        raise DataError("claim s3_ltv_cac_target has no single value; expected the ratio of value to acquisition cost")
    return times(found, 1 / ratio)
