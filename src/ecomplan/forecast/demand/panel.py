"""Weekly demand by product: pieces sold less sales undone at once, busiest and slow products no look-ahead."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ecomplan.errors import DataError

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

LINES = [
    "line_id", "time", "customer_id", "product_id", "description", "quantity", "amount", "kind", "matched_line_id",
]
YEAR = 52  # weeks
LEAST_WEEKS = 40  # weeks of history below which nothing can be learnt and tested


@dataclass(frozen=True)
class Weeks:
    """Blocks of seven days counted back from the end of the last full month."""

    first: pd.Timestamp  # first day of week 0
    count: int

    def of(self, time: pd.Series) -> Ints:
        """Week of each time; outside 0 .. count - 1 for times outside."""
        days = (time.to_numpy("datetime64[s]") - np.datetime64(self.first, "s")) // np.timedelta64(1, "D")
        return np.asarray(days // 7, dtype=np.int64)

    @property
    def starts(self) -> pd.DatetimeIndex:
        return pd.date_range(self.first, periods=self.count, freq="7D", unit="us")


@dataclass(frozen=True)
class Panel:
    """Pieces by product and week. `pieces` and `regular` are [products, weeks]; `regular` goes without bulk lines."""

    product: npt.NDArray[np.object_]
    description: npt.NDArray[np.object_]
    pieces: Floats
    regular: Floats
    price: Floats  # mean price a piece in the learning weeks
    learning: int  # first weeks, from which products and limits were chosen

    @property
    def launch(self) -> Ints:
        """Week of the first demand of each product; the number of weeks where there is none."""
        active = self.pieces > 0
        return np.asarray(np.where(active.any(1), active.argmax(1), self.pieces.shape[1]), dtype=np.int64)

    def take(self, keep: Any) -> Panel:
        """The panel of some products."""
        return Panel(self.product[keep], self.description[keep], self.pieces[keep], self.regular[keep],
                     self.price[keep], self.learning)

    def with_pieces(self, pieces: Floats) -> Panel:
        """The same products with other demand."""
        return Panel(self.product, self.description, pieces, self.regular, self.price, self.learning)


@dataclass(frozen=True)
class Undone:
    """Sales that were taken back at once: no demand."""

    lines: int
    pieces: float
    share: float  # of all pieces sold
    largest: float  # pieces of the largest line undone


def weeks_of(calendar: pd.DataFrame) -> Weeks:
    """Weeks that end with the last full month. Raises DataError where history is shorter than `LEAST_WEEKS`."""
    full = calendar.loc[calendar["in_full_month"], "date"]
    days = (full.max() - full.min()).days + 1 if len(full) else 0
    if days // 7 < LEAST_WEEKS:
        raise DataError(
            f"table calendar: {days // 7} weeks in full months; demand by product needs at least {LEAST_WEEKS}"
        )
    count = days // 7
    return Weeks(pd.Timestamp(full.max()) - pd.Timedelta(days=7 * count - 1), count)


def net_sales(lines: pd.DataFrame, undo_days: int) -> tuple[pd.DataFrame, Undone]:
    """Sale lines with `net` pieces: quantity less what a matched return took back within `undo_days` days."""
    sales = lines.loc[lines["kind"] == "sale"].set_index("line_id")
    back = lines.loc[(lines["kind"] == "return") & lines["matched_line_id"].notna()]
    sold = sales["time"].reindex(back["matched_line_id"].astype("int64")).to_numpy()
    quick = (back["time"].to_numpy() - sold) <= np.timedelta64(undo_days, "D")
    taken = (-back.loc[quick, "quantity"]).groupby(back.loc[quick, "matched_line_id"].astype("int64")).sum()
    undone = np.minimum(taken.reindex(sales.index).fillna(0).to_numpy(float), sales["quantity"].to_numpy(float))
    sales = sales.assign(net=sales["quantity"].to_numpy(float) - undone)
    total = float(sales["quantity"].sum())
    return sales, Undone(int((undone > 0).sum()), float(undone.sum()), float(undone.sum()) / total if total else 0.0,
                         float(undone.max(initial=0.0)))


def learning_weeks(weeks: Weeks, wanted: int) -> int:
    """Weeks to choose and learn from: `wanted`, or half of a shorter history."""
    return min(wanted, weeks.count // 2)


def panels(sales: pd.DataFrame, weeks: Weeks, learning: int, busy: int, slow: int, slow_weeks: int, bulk_weeks: float,
           rng: np.random.Generator) -> tuple[Panel, Panel]:
    """(the busiest products, a sample of the slow ones), by the learning weeks alone.

    A product must have sold in the last quarter of the learning weeks and before it. Busy: largest sales. Slow: a
    random sample of the rest with demand in at least `slow_weeks` weeks and less often than every `REGULAR_GAP`
    weeks. A line of more than `bulk_weeks` weeks of the product's mean demand since its launch is bulk, and left out
    of `regular`.
    """
    week = weeks.of(sales["time"])
    inside = (week >= 0) & (week < weeks.count)
    part = sales.loc[inside]
    week = week[inside]
    code, names = pd.factorize(part["product_id"], sort=True)
    net = part["net"].to_numpy(float)
    shape = (len(names), weeks.count)
    pieces = np.bincount(code * weeks.count + week, net, minlength=shape[0] * shape[1]).reshape(shape).astype(float)
    learnt = week < learning
    value = np.bincount(code[learnt], (part["amount"].to_numpy(float) * _kept(part))[learnt], minlength=len(names))
    count = pieces[:, :learning].sum(1)
    price = np.divide(value, count, out=np.zeros(len(names)), where=count > 0)
    late = learning - max(learning // 4, 1)
    life = learning - np.where(pieces > 0, np.arange(weeks.count)[None, :], learning).min(1)
    mean = count / np.maximum(life, 1)
    regular_line = net <= bulk_weeks * np.maximum(mean[code], 1.0)
    regular = np.bincount(code * weeks.count + week, np.where(regular_line, net, 0.0),
                          minlength=shape[0] * shape[1]).reshape(shape).astype(float)
    described = part["description"].groupby(code).first().reindex(range(len(names))).fillna("").to_numpy(object)
    whole = Panel(np.asarray(names, dtype=object), described, pieces, regular, price, learning)
    alive = (pieces[:, late:learning].sum(1) > 0) & (pieces[:, :late].sum(1) > 0) & (price > 0)
    order = np.argsort(-np.where(alive, value, -1.0), kind="stable")
    first = np.sort(order[: min(busy, int(alive.sum()))])
    rest = np.setdiff1d(np.flatnonzero(alive), first)
    active = (pieces[:, :learning] > 0).sum(1)
    rest = rest[(active[rest] >= slow_weeks) & (active[rest] * REGULAR_GAP < life[rest])]
    drawn = np.sort(rng.choice(rest, min(slow, len(rest)), replace=False)) if len(rest) else rest
    if len(first) < 5:
        raise DataError(f"table lines: {len(first)} products sold through the learning weeks; at least 5 are needed")
    return whole.take(first), whole.take(drawn)


REGULAR_GAP = 1.32  # mean weeks between demands from which it is intermittent (Syntetos, Boylan & Croston 2005)


def bulk_share(panel: Panel) -> float:
    """Share of the pieces asked for after the learning weeks that came in bulk lines."""
    after = panel.pieces[:, panel.learning:].sum()
    return float(1 - panel.regular[:, panel.learning:].sum() / max(float(after), 1e-9))


def sales_share(panel: Panel, sales: pd.DataFrame, weeks: Weeks) -> float:
    """Share of all sales after the learning weeks that the panel's products made (sales undone left out)."""
    week = weeks.of(sales["time"])
    after = (week >= panel.learning) & (week < weeks.count)
    value = sales["amount"].to_numpy(float) * _kept(sales)
    mine = sales["product_id"].isin(set(panel.product)).to_numpy()
    return float(value[after & mine].sum() / max(float(value[after].sum()), 1e-9))


def _kept(part: pd.DataFrame) -> Floats:
    return np.asarray(part["net"].to_numpy(float) / np.maximum(part["quantity"].to_numpy(float), 1.0))
