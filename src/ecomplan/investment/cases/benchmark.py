"""The operating input-output ratio of S0: what it can mean, and how the shop's own output has moved."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ecomplan.errors import DataError
from ecomplan.estimate import Estimate
from ecomplan.investment.engine.margins import Pert

Array = NDArray[np.float64]
YEAR = 12
#: measure -> (output, input) of the monthly table
TREND = {
    "Sales": ("sales", None), "Sales per order": ("sales", "orders"), "Sales per order line": ("sales", "lines"),
    "Sales per open day": ("sales", "open_days"), "Orders per open day": ("orders", "open_days"),
}


def by_month(orders: pd.DataFrame, calendar: pd.DataFrame) -> pd.DataFrame:
    """Full months: month, sales (money), orders, lines, open_days. Raises DataError where there is no full month."""
    full = calendar[calendar["in_full_month"]]
    if full.empty:
        raise DataError("table calendar of stage prepare: no full month; expected at least one")
    days = full.groupby("month")["is_open"].sum().rename("open_days")
    month = orders["time"].to_numpy().astype("datetime64[M]").astype("datetime64[ns]")
    sold = orders.groupby(month).agg(sales=("amount", "sum"), orders=("order_id", "size"), lines=("lines", "sum"))
    out = sold.reindex(pd.DatetimeIndex(days.index), fill_value=0).assign(open_days=days.to_numpy())
    return out.rename_axis("month").reset_index()


def trend(months: pd.DataFrame, draws: int, seed: int) -> pd.DataFrame:
    """Each measure in the last twelve full months and the twelve before: measure, before, last, change, low, high.

    The interval resamples pairs of the same calendar month. Empty where there are fewer than two years.
    """
    columns = ["measure", "before", "last", "change", "low", "high"]
    if len(months) < 2 * YEAR:
        return pd.DataFrame(columns=columns)
    names = ["sales", "orders", "lines", "open_days"]
    held = months[names].to_numpy(dtype=np.float64)[-2 * YEAR:].reshape(2, YEAR, len(names))
    picked = np.random.default_rng(seed).integers(0, YEAR, size=(draws, YEAR))
    drawn = held[:, picked].sum(axis=2)  # (2, draws, names)
    total = held.sum(axis=1)
    rows = []
    for measure, (output, per) in TREND.items():
        over = names.index(output)
        def ratio(sums: Array, over: int = over, per: str | None = per) -> Array:
            return np.asarray(sums[..., over] / (sums[..., names.index(per)] if per else 1.0))
        before, last = ratio(total)
        low, high = np.quantile(ratio(drawn)[1] / ratio(drawn)[0] - 1, (0.1, 0.9))
        change = last / before - 1
        rows.append((measure, before, last, change, min(low, change), max(high, change)))
    return pd.DataFrame(rows, columns=columns)


def meanings(bases: Mapping[str, float], spread: float, margin: tuple[float, float, float], low: float, high: float,
             draws: int, seed: int) -> pd.DataFrame:
    """Ratios that an operating input-output ratio can mean, at the catalogue's cost bases (shares of net sales).

    Columns: meaning, value, low, high, chance_low (chance to lie above the claim `low`), chance_high (`high`).
    `spread` is how far each base may lie from the catalogue; goods are the base of that name.
    """
    rng = np.random.default_rng(seed)
    drawn = {name: Pert(share * (1 - spread), share, share * (1 + spread)).quantile(rng.random(draws))
             for name, share in bases.items()}
    goods = drawn.pop("goods")
    operating = np.sum(list(drawn.values()), axis=0)
    kept = Pert(*margin).quantile(rng.random(draws))
    made = {
        "Sales over goods and operating cost": 1 / (goods + operating),
        "Gross margin over operating cost": (1 - goods) / operating,
        "Contribution over operating cost": kept / operating,
        "Sales over operating cost": 1 / operating,
    }
    rows: list[dict[str, Any]] = []
    for meaning, ratio in made.items():
        least, middle, most = np.quantile(ratio, (0.1, 0.5, 0.9))
        rows.append({"meaning": meaning, "value": middle, "low": least, "high": most,
                     "chance_low": float((ratio > low).mean()), "chance_high": float((ratio > high).mean())})
    return pd.DataFrame(rows)


def change(table: pd.DataFrame, measure: str) -> Estimate:
    """One measure's change with 80 %."""
    rows = table[table["measure"] == measure]
    if rows.empty:
        return Estimate(None, unknown="Two full years are needed to compare them; the benchmark then stays unread.")
    row = rows.iloc[0]
    return Estimate(float(row["change"]), float(row["low"]), float(row["high"]))
