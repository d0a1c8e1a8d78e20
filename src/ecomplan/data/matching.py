"""Match each cancelled line to the sale it cancels."""

from __future__ import annotations

import numpy as np
import pandas as pd


def match_returns(lines: pd.DataFrame, window_days: int) -> pd.Series:
    """The `line_id` of the sale that each return cancels, Int64, indexed by the returns' `line_id`; null if none.

    `lines` holds sales and returns: line_id, customer_id (nullable), product_id, time, quantity (negative for
    returns), kind. A return fits a sale of the same customer and product, not later than the return and at most
    `window_days` before it, of which at least as many pieces are left as come back. Returns are taken in order of
    time; each takes the newest sale that fits (greedy), and what it takes is gone for the next one.

    Groups of (customer, product) do not touch each other: the n-th return of every group is matched in one
    vectorised step, so there are as many steps as the busiest group has returns.
    """
    is_return = lines["kind"].eq("return").to_numpy()
    returns = lines.loc[is_return, ["line_id", "customer_id", "product_id", "time", "quantity"]]
    result = pd.Series(pd.NA, index=pd.Index(returns["line_id"], name="line_id"), dtype="Int64")
    returns = returns.dropna(subset="customer_id").sort_values(["time", "line_id"], kind="stable")
    sales = lines.loc[lines["kind"].eq("sale").to_numpy(), returns.columns]
    sales = sales[sales["product_id"].isin(returns["product_id"]) & sales["customer_id"].isin(returns["customer_id"])]
    turn = returns.groupby(["customer_id", "product_id"], sort=False).cumcount()
    pairs = returns.assign(turn=turn).merge(sales, on=["customer_id", "product_id"], suffixes=("", "_sale"))
    age = pairs["time"] - pairs["time_sale"]
    fits = (age >= pd.Timedelta(0)) & (age <= pd.Timedelta(days=window_days))
    pairs = pairs[fits & (pairs["quantity_sale"] >= -pairs["quantity"])]
    pairs = pairs.sort_values(["turn", "line_id", "time_sale", "line_id_sale"], ascending=[True, True, False, False])
    left = pd.Series(sales["quantity"].to_numpy(), index=sales["line_id"])
    for _, step in pairs.groupby("turn", sort=True):
        open_ = step[left.reindex(step["line_id_sale"]).to_numpy() >= -step["quantity"].to_numpy()]
        taken = open_.drop_duplicates("line_id")
        left[taken["line_id_sale"]] += taken["quantity"].to_numpy()
        result[taken["line_id"]] = taken["line_id_sale"].to_numpy()
    return result


def matched_ids(line_ids: np.ndarray, matched: pd.Series) -> pd.Series:
    """`match_returns`' answer laid beside all lines: Int64, null for what is no matched return."""
    return matched.reindex(line_ids).reset_index(drop=True)
