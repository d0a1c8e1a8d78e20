"""Recency, frequency, monetary value: who buys, in three tiers and eleven sub-classes.

RFM after Hughes (1994), "Strategic Database Marketing": scores by quintile, 5 is best.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from ecomplan.errors import DataError

SCORES = 5
YEAR = 12  # months
TIERS = ("high", "potential", "nurture")

#: sub-class by recency score (row, 5 first) and purchase score (column, 1 first): every customer has one cell
GRID = (
    ("new", "potential loyal", "potential loyal", "champion", "champion"),
    ("promising", "potential loyal", "potential loyal", "loyal", "champion"),
    ("about to sleep", "about to sleep", "needs attention", "loyal", "loyal"),
    ("hibernating", "hibernating", "at risk", "at risk", "not to lose"),
    ("lost", "lost", "at risk", "at risk", "not to lose"),
)
SUB_CLASSES = tuple(dict.fromkeys(name for row in GRID for name in row))

HIDDEN = "fewer customers than privacy.min_group; not shown"
#: finding, column of the profile, label, unit
TIER_FIGURES = (
    ("sales_share", "value_share", "Share of sales from the {} tier", "share"),
    ("repeat_rate", "repeat_rate", "Customers with more than one order, {} tier", "share"),
    ("order_value", "order_value", "Mean order value, {} tier", "money"),
    ("orders", "orders_per_customer", "Orders per customer, {} tier", "ratio"),
)
#: how the claims that shape the segmentation are read
CLAIM_READINGS = {
    "s2_rfm_base_classes": "Three base tiers: high, potential, nurture.",
    "s2_segment_subclasses": "Eleven sub-classes from recency and purchases; the document adds the category bought.",
    "s2_segment_levels": "Three levels: base tiers, sub-classes, head list.",
}


def last_full_month_end(calendar: pd.DataFrame) -> pd.Timestamp:
    """The first instant after the last full month. Raises DataError where no month is full."""
    full = calendar.loc[calendar["in_full_month"], "date"]
    if full.empty:
        raise DataError("table calendar: no month is full (column in_full_month is False everywhere)")
    return pd.Timestamp(full.max().normalize() + pd.Timedelta(days=1))


def customer_values(
    orders: pd.DataFrame, lines: pd.DataFrame, end: pd.Timestamp, months: int | None = None
) -> pd.DataFrame:
    """Recency, frequency and value of every identified customer with an order before `end`.

    `orders`: order_id, time, customer_id, amount. `lines`: time, customer_id, kind, amount.
    `months` limits both to that many months before `end`. Columns: customer_id, recency_days, orders,
    order_sales (goods ordered, before returns), value (goods sold less goods returned, in money).
    Raises DataError where nobody is identified or as much was returned as was sold.
    """
    start = orders["time"].min() if months is None else end - pd.DateOffset(months=months)
    bought = orders[(orders["time"] >= start) & (orders["time"] < end) & orders["customer_id"].notna()]
    if bought.empty:
        raise DataError(f"table orders: no identified order before {end:%Y-%m-%d}; segments need column customer_id")
    goods = lines[(lines["time"] >= start) & (lines["time"] < end) & lines["kind"].isin(["sale", "return"])]
    net = goods.groupby("customer_id")["amount"].sum()
    customers = bought.groupby("customer_id", sort=True).agg(
        last=("time", "max"), orders=("order_id", "size"), order_sales=("amount", "sum"),
    )
    customers["recency_days"] = (end - customers.pop("last")).dt.total_seconds() / 86400
    customers["value"] = net.reindex(customers.index).fillna(0.0)
    if (total := float(customers["value"].sum())) <= 0:
        raise DataError(
            f"table lines: identified customers returned as much as they bought (net sales {total:.2f}); "
            f"segments by value need positive net sales"
        )
    return customers.reset_index()[["customer_id", "recency_days", "orders", "order_sales", "value"]]


def quintile(values: pd.Series, best_is_high: bool = True) -> npt.NDArray[np.int64]:
    """Scores 1 to 5 by average rank: equal values get equal scores, so that a score may hold more than a fifth."""
    rank = values.rank(method="average", ascending=best_is_high).to_numpy()
    return np.clip(np.ceil(SCORES * (rank - 0.5) / len(values)), 1, SCORES).astype(np.int64)


def score(customers: pd.DataFrame, high_share: float, middle_share: float) -> pd.DataFrame:
    """Customers with scores r, f, m, their sum, tier, sub-class.

    Tiers are cut at the given shares of customers in the order of the sum; ties of the sum are broken by value,
    then recency. The sub-class is read from `GRID` at r and the purchase score (mean of f and m, rounded up).
    """
    frame = customers.copy()
    frame["r"] = quintile(frame["recency_days"], best_is_high=False)
    frame["f"] = quintile(frame["orders"])
    frame["m"] = quintile(frame["value"])
    frame["rfm"] = frame["r"] + frame["f"] + frame["m"]
    order = np.lexsort((frame["recency_days"], -frame["value"], -frame["rfm"]))
    place = np.empty(len(frame), dtype=np.int64)
    place[order] = np.arange(len(frame))
    edges = np.round(np.array([high_share, high_share + middle_share]) * len(frame))
    frame["tier"] = np.array(TIERS)[np.searchsorted(edges, place, side="right")]
    purchase = (frame["f"] + frame["m"] + 1) // 2
    frame["sub_class"] = np.array(GRID)[SCORES - frame["r"].to_numpy(), purchase.to_numpy() - 1]
    return frame


def rules() -> pd.DataFrame:
    """The rule table: recency score, purchase score, sub-class; 25 rows."""
    return pd.DataFrame([
        {"recency_score": SCORES - i, "purchase_score": j + 1, "sub_class": name}
        for i, row in enumerate(GRID) for j, name in enumerate(row)
    ])


def profile(scored: pd.DataFrame, by: str, names: tuple[str, ...], min_group: int) -> pd.DataFrame:
    """One row a group of column `by`: customers, shares, repeat rate, order value, orders, recency.

    Groups under `min_group` customers are merged into one ("small groups"), with the next larger ones if it
    would still be too small. Shares are of customers and of value; money is the platform's.
    """
    frame = scored.assign(group=shown_groups(scored[by], min_group))
    repeat = (frame["orders"] > 1).astype(float)
    grouped = frame.assign(repeat=repeat).groupby("group")
    table = grouped.agg(
        customers=("orders", "size"), orders=("orders", "sum"), value=("value", "sum"),
        order_sales=("order_sales", "sum"), repeat_rate=("repeat", "mean"), recency_days=("recency_days", "median"),
    )
    table["customer_share"] = table["customers"] / len(frame)
    table["value_share"] = table["value"] / frame["value"].sum()
    table["orders_per_customer"] = table["orders"] / table["customers"]
    table["order_value"] = table["order_sales"] / table["orders"]
    table["value_per_customer"] = table["value"] / table["customers"]
    kept = [name for name in (*names, "small groups") if name in table.index]
    columns = ["customers", "customer_share", "value", "value_share", "orders_per_customer", "order_value",
               "value_per_customer", "repeat_rate", "recency_days"]
    return table.loc[kept, columns].rename_axis(by).reset_index()


def tier_findings(tiers: pd.DataFrame) -> list[tuple[str, str, str, str, float | None]]:
    """(name, label, unit, why unknown, value) of every tier's figures; a tier too small to show has no values."""
    rows = tiers.set_index("tier").to_dict("index")
    return [
        (f"{tier}_{name}", label.format(tier), unit, "" if tier in rows else HIDDEN,
         float(rows[tier][column]) if tier in rows else None)
        for tier in TIERS for name, column, label, unit in TIER_FIGURES
    ]


def shown_groups(labels: pd.Series, min_group: int) -> pd.Series:
    """Labels with every group under `min_group` members merged into "small groups".

    Raises DataError where all members together are fewer than `min_group`.
    """
    if len(labels) < min_group:
        raise DataError(
            f"only {len(labels)} customers: fewer than privacy.min_group = {min_group}, nothing can be shown"
        )
    sizes = labels.value_counts().sort_values(kind="stable")
    small = list(sizes.index[sizes < min_group])
    while small and sizes[small].sum() < min_group:
        small.append(sizes.index[len(small)])
    return labels.where(~labels.isin(small), "small groups")


def grid(scored: pd.DataFrame, min_group: int) -> pd.DataFrame:
    """Customers and value by recency and frequency score (long); cells under `min_group` customers are left out."""
    table = scored.groupby(["r", "f"]).agg(customers=("value", "size"), value=("value", "sum")).reset_index()
    table["customer_share"] = table["customers"] / len(scored)
    table["value_share"] = table["value"] / scored["value"].sum()
    return table[table["customers"] >= min_group].reset_index(drop=True)


def by_value(table: pd.DataFrame) -> pd.DataFrame:
    """A profile from the largest to the smallest share of value."""
    return table.sort_values("value_share", ascending=False, kind="stable", ignore_index=True)


def identified_share(orders: pd.DataFrame, end: pd.Timestamp) -> float:
    """Share of the goods ordered before `end` that has a customer."""
    before = orders[orders["time"] < end]
    return float(before.loc[before["customer_id"].notna(), "amount"].sum() / before["amount"].sum())


def slipping(scored: pd.DataFrame) -> float:
    """Share of value from the sub-classes of good customers whose last order is long ago."""
    gone = scored["sub_class"].isin(["at risk", "not to lose"])
    return float(scored.loc[gone, "value"].sum() / scored["value"].sum())
