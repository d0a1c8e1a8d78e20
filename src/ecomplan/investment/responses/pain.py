"""BH-36: what stands in for feelings along a customer's orders - returns, cancellations, silence. No feelings."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ecomplan.estimate import Estimate
from ecomplan.investment.responses.chances import NORMAL_80, wilson

EMOTION = "s1_emotion_rating_lift"
STAGES = (("1st order", 1, 1), ("2nd", 2, 2), ("3rd", 3, 3), ("4th to 6th", 4, 6), ("7th to 12th", 7, 12),
          ("13th and later", 13, 10**9))


@dataclass(frozen=True)
class Pain:
    """`stages`: by number of the order: orders, share with a return, share followed by silence, with limits."""

    stages: pd.DataFrame
    silent: Estimate  # share of all orders followed by silence
    after_return: Estimate  # points by which silence is likelier after an order with a return, same number of order
    worst_return: str  # stage with the largest share of orders with a return
    worst_silence: str


def pain(orders: pd.DataFrame, lines: pd.DataFrame, days: int, min_orders: int = 10) -> Pain:
    """Returns and silence by a customer's number of order.

    `orders`: order_id, time, customer_id; `lines`: line_id, order_id, kind, matched_line_id. An order counts as
    returned if a return is matched to one of its lines; as silent if no other follows within `days`, for orders old
    enough to tell. Stages with fewer than `min_orders` orders are left out.
    """
    known = orders[orders["customer_id"].notna()].sort_values(["customer_id", "time", "order_id"])
    cancelled = lines.loc[lines["kind"] == "return", "matched_line_id"].dropna().astype("int64")
    hit = lines.loc[lines["line_id"].isin(cancelled), "order_id"].unique()
    group = known.groupby("customer_id", sort=False)
    number = group.cumcount().to_numpy() + 1
    gap = (group["time"].shift(-1) - known["time"]).dt.total_seconds().to_numpy() / 86400
    told = ((known["time"].max() - known["time"]).dt.total_seconds() / 86400 >= days).to_numpy()
    silent = np.isnan(gap) | (gap > days)
    returned = known["order_id"].isin(hit).to_numpy()
    rows, shifts = [], []
    for name, first, last in STAGES:
        inside = (number >= first) & (number <= last)
        seen = inside & told
        if inside.sum() < min_orders or seen.sum() < min_orders:
            continue
        back, quiet = wilson(returned[inside].sum(), inside.sum()), wilson(silent[seen].sum(), seen.sum())
        rows.append({"stage": name, "orders": int(inside.sum()), "returned": back.value, "returned_low": back.low,
                     "returned_high": back.high, "silent": quiet.value, "silent_low": quiet.low,
                     "silent_high": quiet.high})
        with_, without = seen & returned, seen & ~returned
        if min(with_.sum(), without.sum()) >= min_orders:
            one, other = silent[with_].mean(), silent[without].mean()
            noise = one * (1 - one) / with_.sum() + other * (1 - other) / without.sum()
            shifts.append((float(with_.sum()), one - other, noise))
    stages = pd.DataFrame(rows, columns=["stage", "orders", "returned", "returned_low", "returned_high", "silent",
                                         "silent_low", "silent_high"])
    if stages.empty:
        nothing = Estimate(None, unknown=f"no stage has {min_orders} orders that are {days} days old")
        return Pain(stages, nothing, nothing, "", "")
    after = Estimate(None, unknown="too few orders with a return are old enough to tell what followed")
    if shifts:
        weight, shift, noise_of = (np.array(part) for part in zip(*shifts, strict=True))
        weight = weight / weight.sum()
        middle, reach = float(weight @ shift), NORMAL_80 * float(np.sqrt(weight**2 @ noise_of))
        after = Estimate(middle, middle - reach, middle + reach)
    return Pain(
        stages, wilson(silent[told].sum(), told.sum()), after,
        str(stages["stage"].iloc[int(stages["returned"].argmax())]),
        str(stages["stage"].iloc[int(stages["silent"].argmax())]),
    )
