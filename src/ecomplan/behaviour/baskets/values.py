"""Order value and items a basket: level, spread, groups, months and the change between two years."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ecomplan.behaviour.baskets.coded import clusters, end_of
from ecomplan.behaviour.baskets.estimate import change, quantile, ratio
from ecomplan.behaviour.statistics import Floats
from ecomplan.errors import DataError
from ecomplan.estimate import Estimate

QUANTILES = (0.1, 0.25, 0.5, 0.75, 0.9)
#: measure -> (numerator, denominator) among the columns of `order_frame`; each a ratio of sums over orders
MEASURES = {
    "order value": ("amount", "one"), "order value after returns": ("kept", "one"), "pieces an order": ("items", "one"),
    "products an order": ("lines", "one"), "price a piece": ("amount", "items"),
}


def order_frame(orders: pd.DataFrame, lines: pd.DataFrame, months: pd.DatetimeIndex) -> pd.DataFrame:
    """Orders of the full months with `kept` (amount less what came back), `cluster`, `one`, `month`, `known`, `home`.

    `lines` gives the returns by `matched_line_id`; returns without their sale stay with nobody.
    `home` is the country with the most orders. Raises DataError where no order falls into the months.
    """
    frame = orders[(orders["time"] >= months[0]) & (orders["time"] < end_of(months))].reset_index(drop=True)
    if frame.empty:
        raise DataError("table orders: no order in a full month; order values need one")
    back = lines.loc[(lines["kind"] == "return") & lines["matched_line_id"].notna(), ["matched_line_id", "amount"]]
    sale = lines.loc[lines["line_id"].isin(back["matched_line_id"]), ["line_id", "order_id"]].set_index("line_id")
    returned = back["amount"].groupby(back["matched_line_id"].astype("int64").map(sale["order_id"])).sum()
    # a return is booked once, so an order cannot lose more than it was worth
    frame["kept"] = np.maximum(frame["amount"] + frame["order_id"].map(returned).fillna(0.0), 0.0)
    frame["one"] = 1.0
    frame["cluster"] = clusters(frame["customer_id"])
    frame["month"] = frame["time"].dt.to_period("M").dt.to_timestamp()
    frame["known"] = frame["customer_id"].notna()
    frame["home"] = frame["country"] == frame["country"].mode().iloc[0]
    return frame


def measure(frame: pd.DataFrame, name: str) -> Estimate:
    """One of `MEASURES` over the orders given, interval by customer."""
    top, bottom = MEASURES[name]
    return ratio(frame[top].to_numpy(float), frame[bottom].to_numpy(float), frame["cluster"].to_numpy())


def level(frame: pd.DataFrame, q: float, column: str = "amount") -> Estimate:
    """A quantile over orders."""
    return quantile(frame[column].to_numpy(float), q, frame["cluster"].to_numpy())


def quantile_table(frame: pd.DataFrame) -> pd.DataFrame:
    """Quantiles of value, pieces and products an order, with intervals: measure, level, value, low, high."""
    rows = [
        {"measure": name, "level": q, **level(frame, q, column).told}
        for name, column in (("order value", "amount"), ("pieces an order", "items"), ("products an order", "lines"))
        for q in QUANTILES
    ]
    return pd.DataFrame(rows).reindex(columns=["measure", "level", "value", "low", "high"]).dropna()


def group_table(frame: pd.DataFrame, min_group: int) -> pd.DataFrame:
    """Order value and pieces by group of orders: all, with and without a customer number, home and abroad.

    Groups of fewer than `min_group` customers are left out. Money is the platform's.
    """
    every = np.ones(len(frame), dtype=bool)
    groups = {
        "all orders": every, "customer known": frame["known"], "customer unknown": ~frame["known"],
        "home country": frame["home"], "abroad": ~frame["home"],
    }
    rows = []
    for name, mask in groups.items():
        part = frame[np.asarray(mask)]
        value = measure(part, "order value")
        if part["cluster"].nunique() < max(min_group, 2) or value.value is None:
            continue
        middle = level(part, 0.5)
        rows.append({
            "group": name, "orders": len(part), "sales_share": part["amount"].sum() / frame["amount"].sum(),
            "mean": value.value, "mean_low": value.low, "mean_high": value.high,
            "median": middle.value, "median_low": middle.low, "median_high": middle.high,
            "pieces": measure(part, "pieces an order").value, "products": measure(part, "products an order").value,
        })
    return pd.DataFrame(rows)


def month_table(frame: pd.DataFrame) -> pd.DataFrame:
    """Mean and median order value and pieces an order by month, with intervals."""
    rows = []
    for month, part in frame.groupby("month"):
        mean, median, pieces = measure(part, "order value"), level(part, 0.5), measure(part, "pieces an order")
        if mean.value is None:
            continue
        rows.append({
            "month": month, "orders": len(part), "mean": mean.value, "mean_low": mean.low, "mean_high": mean.high,
            "median": median.value, "median_low": median.low, "median_high": median.high, "pieces": pieces.value,
        })
    return pd.DataFrame(rows)


def yearly_change(frame: pd.DataFrame, months: pd.DatetimeIndex, name: str) -> Estimate:
    """Change of one of `MEASURES` from the twelve months before the last twelve to the last twelve."""
    if len(months) < 24:
        return Estimate(None, unknown="fewer than 24 full months: the same season cannot be compared over two years")
    recent = frame[frame["month"] >= months[-24]]
    top, bottom = MEASURES[name]
    return change(recent[top].to_numpy(float), recent[bottom].to_numpy(float), recent["cluster"].to_numpy(),
                  (recent["month"] >= months[-12]).to_numpy())


def top_orders_share(frame: pd.DataFrame, share: float) -> Estimate:
    """Share of sales in the largest `share` of orders."""
    cut = float(np.quantile(frame["amount"], 1 - share))
    large = np.where(frame["amount"] > cut, frame["amount"], 0.0)
    return ratio(large, frame["amount"].to_numpy(float), frame["cluster"].to_numpy()).within(0, 1)


def density(amounts: Floats, bins: int = 48) -> pd.DataFrame:
    """Histogram of order values on a log axis with the lognormal of the same log mean and spread.

    Columns: low, high (money), share (of orders), lognormal (share of orders it would put there). Values
    outside the central 99.8 % fall into the outermost bins.
    """
    from scipy.special import ndtr

    positive = amounts[amounts > 0]
    if len(positive) == 0:
        raise DataError("table orders: no order with a value above zero")
    logs = np.log(positive)
    first, last = np.quantile(logs, [0.001, 0.999])
    if last - first < 1e-9:
        first, last = first - 0.5, last + 0.5
    edges = np.linspace(first, last, bins + 1)
    found = np.histogram(np.clip(logs, first, last), edges)[0] / len(logs)
    fitted = np.diff(ndtr((edges - logs.mean()) / max(float(logs.std()), 1e-9)))
    return pd.DataFrame({"low": np.exp(edges[:-1]), "high": np.exp(edges[1:]), "share": found, "lognormal": fitted})


def part(frame: pd.DataFrame, rows: pd.Series, min_group: int, name: str) -> Estimate:
    """One of `MEASURES` over some of the orders; unknown where fewer than `min_group` customers stand behind them."""
    some = frame[rows.to_numpy(dtype=bool)]
    if some["cluster"].nunique() < max(min_group, 2):
        return Estimate(None, unknown="fewer customers than privacy.min_group; not shown")
    return measure(some, name)
