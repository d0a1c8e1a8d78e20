"""The canonical tables, built from cleaned order lines."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ecomplan.data.dates import full_months, month_of, shift_years
from ecomplan.data.money import micros, to_currency


def orders_table(lines: pd.DataFrame) -> pd.DataFrame:
    """One row an order with at least one sale line, in order of time. `lines` as in docs/data.md."""
    sales = _with_micros(lines[lines["kind"].eq("sale")])
    orders = sales.groupby("order_id", sort=False, as_index=False).agg(
        time=("time", "min"), customer_id=("customer_id", "first"), country=("country", "first"),
        lines=("line_id", "size"), items=("quantity", "sum"), amount=("micro", "sum"),
    )
    orders["amount"] = to_currency(orders["amount"])
    return _plain(orders.sort_values(["time", "order_id"], kind="stable"))


def customers_table(lines: pd.DataFrame, orders: pd.DataFrame) -> pd.DataFrame:
    """One row an identified customer who bought goods at least once, by customer_id.

    `country` is that of the latest order; `returns` a positive amount, matched or not.
    """
    known = orders.dropna(subset="customer_id")
    customers = known.groupby("customer_id", sort=True, as_index=False).agg(
        country=("country", "last"), first_order=("time", "min"), last_order=("time", "max"),
        orders=("order_id", "size"), items=("items", "sum"),
    )
    trade = _trade(lines.dropna(subset="customer_id"), "customer_id").reindex(customers["customer_id"], fill_value=0)
    customers["sales"] = to_currency(trade["sale"].to_numpy())
    customers["returns"] = to_currency(-trade["return"].to_numpy())
    customers["net_sales"] = to_currency((trade["sale"] + trade["return"]).to_numpy())
    return _plain(customers)


def products_table(lines: pd.DataFrame) -> pd.DataFrame:
    """One row a product that was sold at least once, by product_id; the description used most often."""
    sales = lines[lines["kind"].eq("sale")]
    products = sales.groupby("product_id", sort=True, as_index=False).agg(
        lines=("line_id", "size"), orders=("order_id", "nunique"), items=("quantity", "sum"),
        first_sold=("time", "min"), last_sold=("time", "max"),
    )
    words = sales[sales["description"].ne("")].groupby(["product_id", "description"], sort=True).size()
    best = words.sort_values(ascending=False, kind="stable").reset_index().drop_duplicates("product_id")
    names = best.set_index("product_id")["description"]
    products.insert(1, "description", products["product_id"].map(names).fillna("").astype("str"))
    trade = _trade(lines, "product_id").reindex(products["product_id"], fill_value=0)
    products.insert(5, "sales", to_currency(trade["sale"].to_numpy()))
    products.insert(6, "returns", to_currency(-trade["return"].to_numpy()))
    return _plain(products)


def calendar_table(lines: pd.DataFrame, years: int) -> pd.DataFrame:
    """One row a day from the first to the last line; `lines` with dates not yet shifted.

    Dates are moved by `years`, weekdays are those of the day on which it happened (0 is Monday). A day that the
    year it comes from does not have (29 February) has no row.
    """
    day = lines["time"].dt.normalize()
    days = pd.DataFrame({"day": pd.date_range(day.min(), day.max(), freq="D", unit="us")})
    sold = lines["kind"].eq("sale")
    sales = _with_micros(lines[sold]).assign(day=day[sold])
    per_day = sales.groupby("day").agg(sales=("micro", "sum"))
    first = sales.groupby("order_id", sort=False)["day"].min()
    per_day["orders"] = first.value_counts()
    per_day = per_day.reindex(days["day"], fill_value=0).fillna(0).reset_index(drop=True)
    full = full_months(day.min(), day.max())
    calendar = pd.DataFrame({
        "date": shift_years(days["day"], years), "weekday": days["day"].dt.weekday.astype("int64"),
        "orders": per_day["orders"].astype("int64"), "sales": per_day["sales"].astype("int64"),
        "in_full_month": np.isin(days["day"].to_numpy().astype("datetime64[M]"), full),
    })
    calendar = calendar.groupby("date", as_index=False).agg(  # two days meet where 29 February has become the 28th
        weekday=("weekday", "first"), orders=("orders", "sum"), sales=("sales", "sum"),
        in_full_month=("in_full_month", "first"),
    )
    calendar.insert(1, "month", month_of(calendar["date"]))
    calendar.insert(3, "is_open", calendar["orders"] > 0)
    calendar["sales"] = to_currency(calendar["sales"])
    return calendar


def _with_micros(lines: pd.DataFrame) -> pd.DataFrame:
    return lines.assign(micro=micros(lines["unit_price"], lines["quantity"]))


def _trade(lines: pd.DataFrame, key: str) -> pd.DataFrame:
    """Sales and returns a key in millionths: columns sale and return (below zero)."""
    goods = _with_micros(lines[lines["kind"].isin(["sale", "return"])])
    table = goods.groupby([key, "kind"])["micro"].sum().unstack("kind", fill_value=0)
    return table.reindex(columns=["sale", "return"], fill_value=0)


def _plain(frame: pd.DataFrame) -> pd.DataFrame:
    for column in frame.columns[frame.dtypes == "datetime64[ns]"]:
        frame[column] = frame[column].astype("datetime64[us]")
    return frame.reset_index(drop=True)
