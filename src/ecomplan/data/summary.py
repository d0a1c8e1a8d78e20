"""What the cleaned tables say at a glance: months, the way from raw to net sales, countries, quality."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import pandas as pd

from ecomplan.claims import Claim
from ecomplan.data.clean import DROPPED, Cleaned
from ecomplan.data.dates import month_of
from ecomplan.data.money import micros, to_currency
from ecomplan.data.orders import RawOrders
from ecomplan.data.prepare import Prepared
from ecomplan.errors import DataError

#: steps of the bridge below this share of the raw total are drawn as one
SMALL_STEP = 0.001
#: months from which yearly seasons can be told from chance: each season seen at least twice
MONTHS_WANTED, MONTHS_NEEDED = 24, 12


def monthly_trade(tables: Prepared) -> pd.DataFrame:
    """One row a full month: month, sales, returns (above zero), net_sales, return_share (of sales)."""
    goods = tables.lines[tables.lines["kind"].isin(["sale", "return"])]
    goods = goods.assign(month=month_of(goods["time"]), micro=micros(goods["unit_price"], goods["quantity"]))
    table = goods.groupby(["month", "kind"])["micro"].sum().unstack("kind", fill_value=0)
    table = table.reindex(columns=["sale", "return"], fill_value=0)
    full = tables.calendar.loc[tables.calendar["in_full_month"], "month"].unique()
    table = table.reindex(pd.Index(full, name="month"), fill_value=0).sort_index().reset_index()
    if table.empty or (table["sale"] <= 0).any():
        empty = "no month" if table.empty else f"{table.loc[table['sale'] <= 0, 'month'].iloc[0]:%Y-%m}"
        raise DataError(f"table lines: expected sales in every full month, found {empty} without")
    return pd.DataFrame({
        "month": table["month"], "sales": to_currency(table["sale"]), "returns": to_currency(-table["return"]),
        "net_sales": to_currency(table["sale"] + table["return"]), "return_share": -table["return"] / table["sale"],
    })


@dataclass(frozen=True)
class LastYear:
    """The last twelve full months (or all, if there are fewer): money in currency, shares of gross goods sales."""

    months: int
    sales: float
    returns: float
    net_sales: float
    return_share: float
    return_share_low: float  # 80 % interval
    return_share_high: float
    largest_return: float


def last_year(monthly: pd.DataFrame, lines: pd.DataFrame) -> LastYear:
    """Sales and returns of the last twelve full months.

    The interval of the return share is the delete-one-month jackknife's (Tukey 1958) with the normal quantile;
    it holds if months are alike and independent, which a strong season makes only roughly true.
    """
    year = monthly.tail(12)
    sales, returns = year["sales"].to_numpy(), year["returns"].to_numpy()
    share = returns.sum() / sales.sum()
    without = (returns.sum() - returns) / np.maximum(sales.sum() - sales, 1e-9)
    count = len(year)
    error = float(np.sqrt((count - 1) / count * ((without - without.mean()) ** 2).sum())) if count > 1 else 0.0
    reach = NormalDist().inv_cdf(0.9) * error
    end = year["month"].iloc[-1] + pd.DateOffset(months=1)
    back = lines[lines["kind"].eq("return") & lines["time"].between(year["month"].iloc[0], end, inclusive="left")]
    return LastYear(
        months=count, sales=float(sales.sum()), returns=float(returns.sum()),
        net_sales=float(year["net_sales"].sum()), return_share=float(share),
        return_share_low=max(0.0, float(share - reach)), return_share_high=min(1.0, float(share + reach)),
        largest_return=float(-back["amount"].min()) if len(back) else 0.0,
    )


def bridge(rules: pd.DataFrame) -> pd.DataFrame:
    """From the raw total to net goods sales: step, amount, start, end, kind (total or step), longest step first.

    A step's amount is what leaving out the rule's lines does to the sum. Steps below 0.1 % of the raw total are
    one step, "all other rules".
    """
    goods = rules["effect"].isin(["sale", "return"])
    total, net = rules["revenue"].sum(), rules.loc[goods, "revenue"].sum()
    steps = -rules[~goods & rules["revenue"].ne(0)].set_index("rule")["revenue"]
    small = steps.abs() < SMALL_STEP * abs(total)
    large = steps[~small].sort_values(key=np.abs, ascending=False, kind="stable")
    large.index = large.index.str.replace("_", " ")
    if small.any():
        large["all other rules"] = steps[small].sum()
    end = total + large.cumsum()
    return pd.DataFrame({
        "step": pd.Series(["raw total", *large.index, "net goods sales"], dtype="str"),
        "amount": [total, *large, net], "start": [0.0, *(end - large), 0.0], "end": [total, *end, net],
        "kind": pd.Series(["total", *["step"] * len(large), "total"], dtype="str"),
    })


def countries(orders: pd.DataFrame, min_group: int) -> pd.DataFrame:
    """Sales by country: country, customers (identified), orders, sales, share.

    Countries with fewer than `min_group` customers are one row. So that it does not give a small country away, it
    takes in the next smallest until it holds `min_group` customers as well; if it cannot, it is left out.
    """
    table = orders.groupby("country").agg(
        customers=("customer_id", "nunique"), orders=("order_id", "size"), sales=("amount", "sum")
    )
    table = table.sort_values(["customers", "sales"], ascending=False)
    size = table["customers"].to_numpy()
    small = size < min_group
    while small.any() and not small.all() and size[small].sum() < min_group:
        small[np.flatnonzero(~small)[-1]] = True
    merged = orders[orders["country"].isin(table.index[small])]
    table = table[~small].sort_values("sales", ascending=False, kind="stable").reset_index()
    if small.any() and merged["customer_id"].nunique() >= min_group:
        other = {
            "country": ["other countries"], "customers": [merged["customer_id"].nunique()],
            "orders": [len(merged)], "sales": [merged["amount"].sum()],
        }
        table = pd.concat([table, pd.DataFrame(other)], ignore_index=True)
    table["share"] = table["sales"] / orders["amount"].sum()
    return table.astype({"country": "str", "customers": "int64", "orders": "int64"})


@dataclass(frozen=True)
class Quality:
    """Counts and shares that say how far the lines can be trusted."""

    raw_lines: int
    raw_orders: int
    raw_customers: int
    raw_total: float
    kept_lines: int
    doubled_lines: int
    dropped_share: float  # of raw lines
    sound_share: float  # raw lines that are goods or fees as they stand: neither dropped nor a correction
    complete_share: float  # goods lines with customer, description and country
    unnamed_line_share: float  # goods lines without a customer
    unnamed_sales_share: float  # of goods sold
    matched_share: float  # of return lines whose sale was found
    matched_value_share: float  # of the money of return lines
    full_months: int
    gate: str  # PASS, REVIEW or FAIL


def quality(raw: RawOrders, cleaned: Cleaned, tables: Prepared) -> Quality:
    """Count what is missing, wrong or unmatched."""
    rules = cleaned.rules.set_index("rule")
    rows = rules["rows"]
    dropped, corrected = (rows[rules["effect"] == effect].sum() for effect in (DROPPED, "adjustment"))
    lines = tables.lines
    goods = lines[lines["kind"].isin(["sale", "return"])]
    unnamed = goods["customer_id"].isna()
    complete = ~unnamed & goods["description"].ne("") & ~goods["country"].isin(["", "Unspecified"])
    back = rules[rules["effect"] == "return"]
    sold = rules[rules["effect"] == "sale"]["revenue"]
    months = int(tables.calendar.loc[tables.calendar["in_full_month"], "month"].nunique())
    gate = "PASS" if months >= MONTHS_WANTED else "REVIEW" if months >= MONTHS_NEEDED else "FAIL"
    return Quality(
        raw_lines=len(raw.frame), raw_orders=raw.frame["order_id"].nunique(),
        raw_customers=raw.frame["customer_id"].nunique(), raw_total=float(cleaned.rules["revenue"].sum()),
        kept_lines=len(lines), doubled_lines=int(rows["doubled_days"]), dropped_share=float(dropped / rows.sum()),
        sound_share=float(1 - (dropped + corrected) / rows.sum()), complete_share=float(complete.mean()),
        unnamed_line_share=float(unnamed.mean()),
        unnamed_sales_share=float(sold["sales_without_customer"] / sold.sum()),
        matched_share=_share(back["rows"], "returns_matched"),
        matched_value_share=_share(back["revenue"], "returns_matched"), full_months=months, gate=gate,
    )


def checks(measured: Quality, accuracy: Claim, consistency: Claim) -> pd.DataFrame:
    """The quality gates: check, found (share or months), wanted, standing, reading.

    The wanted shares are those that the planning documents claim for data that were inspected.
    """
    def standing(found: float, wanted: float) -> str:
        return "PASS" if found >= wanted else "REVIEW"

    rows = [
        ("full months of history", measured.full_months, MONTHS_WANTED, measured.gate,
         "each season seen at least twice"),
        ("raw lines that stand as they are", measured.sound_share, accuracy.share,
         standing(measured.sound_share, accuracy.share), "neither doubled, nor without a price, nor a correction"),
        ("goods lines with customer, product and country", measured.complete_share, consistency.share,
         standing(measured.complete_share, consistency.share), "analyses of customers see these lines only"),
    ]
    return pd.DataFrame(rows, columns=["check", "found", "wanted", "standing", "reading"]).astype(
        {"found": "float64", "wanted": "float64"}
    )


def _share(values: pd.Series, key: str) -> float:
    total = float(values.sum())
    return float(values[key]) / total if total else 0.0
