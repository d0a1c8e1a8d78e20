"""List prices: what they are, how they move, what quantity breaks and a second price list add.

A price paid is no list price: it falls with the pieces bought, and one large buyer with terms of his own can
look like a price cut. So a list price is the price that most buyers of few pieces paid, one vote a buyer.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from ecomplan.behaviour.baskets.coded import Sold
from ecomplan.behaviour.baskets.estimate import Ints, quantile, ratio, share
from ecomplan.behaviour.statistics import Floats
from ecomplan.estimate import Estimate

#: two prices closer than this share are one price: rounding, not a change
SAME_PRICE = 0.005
NO_PANEL = "no product reaches the buyers that a panel of prices asks for (parameter min_product_buyers)"


def small_lines(sold: Sold, share: float) -> npt.NDArray[np.bool_]:
    """Lines of the main price list whose pieces are at most the product's `share` quantile of pieces a line."""
    at = np.flatnonzero(sold.main)
    most = int(sold.quantity.max()) + 1
    ordered = np.sort(sold.product[at] * most + sold.quantity[at])
    count = np.bincount(ordered // most, minlength=len(sold.product_ids))
    place = np.cumsum(count) - count + np.floor(np.maximum(count - 1, 0) * share).astype(np.int64)
    limit = np.where(count > 0, ordered[np.minimum(place, len(ordered) - 1)] % most, 0)
    small = np.zeros(len(sold), dtype=bool)
    small[at] = sold.quantity[at] <= limit[sold.product[at]]
    return small


def panel(sold: Sold, period: Ints, periods: int, small: npt.NDArray[np.bool_]) -> pd.DataFrame:
    """One row a product and period with a sale on the main price list.

    `period` numbers each line's period from 0 (-1: none); `small` marks the lines that vote on the list price
    (see `small_lines`). Columns: product, period, buyers (distinct), pieces, paid (mean price of a piece), votes
    (buyers of few pieces), list_price (their most frequent price, the higher one where two are level; the last
    known before, or else the first after, where nobody bought few).
    """
    at = np.flatnonzero(sold.main & (period >= 0))
    key = sold.product[at] * periods + period[at]
    size = len(sold.product_ids) * periods
    buyers = int(sold.buyer.max()) + 1
    pair = np.sort(key * buyers + sold.buyer[at])
    distinct = np.bincount(pair[_firsts(pair)] // buyers, minlength=size)
    cells = np.flatnonzero(distinct)
    pieces = np.bincount(key, sold.quantity[at], minlength=size)[cells]
    votes, price = _votes(sold, period, periods, small & (period >= 0))
    frame = pd.DataFrame({
        "product": cells // periods, "period": cells % periods, "buyers": distinct[cells], "pieces": pieces,
        "paid": np.bincount(key, sold.amount[at], minlength=size)[cells] / np.maximum(pieces, 1),
        "votes": votes[cells], "list_price": price[cells],
    })
    grouped = frame.groupby("product")["list_price"]
    frame["list_price"] = grouped.ffill().fillna(grouped.bfill())
    return frame


def _votes(sold: Sold, period: Ints, periods: int, use: npt.NDArray[np.bool_]) -> tuple[Ints, Floats]:
    """(votes, winning price) of each cell product x period; a buyer votes once a cell, for the highest price paid."""
    size = len(sold.product_ids) * periods
    votes, winner = np.zeros(size, dtype=np.int64), np.full(size, np.nan)
    at = np.flatnonzero(use & (sold.price > 0))
    if len(at) == 0:
        return votes, winner
    codes, prices = pd.factorize(sold.price[at], sort=True)
    kinds, buyers = len(prices), int(sold.buyer.max()) + 1
    cell_buyer = (sold.product[at] * periods + period[at]) * buyers + sold.buyer[at]
    ordered = np.sort(cell_buyer * kinds + (kinds - 1 - codes))
    ballot = ordered[_firsts(ordered // kinds)]
    cell, price = ballot // kinds // buyers, kinds - 1 - ballot % kinds
    found, count = np.unique(cell * kinds + price, return_counts=True)
    order = np.lexsort((found, count, found // kinds))
    votes[:] = np.bincount(cell, minlength=size)
    winner[found[order] // kinds] = np.asarray(prices)[found[order] % kinds]  # the last of a cell stays: most votes
    return votes, winner


def _firsts(ordered: Ints) -> npt.NDArray[np.bool_]:
    first = np.ones(len(ordered), dtype=bool)
    first[1:] = ordered[1:] != ordered[:-1]
    return first


def enough(frame: pd.DataFrame, min_buyers: int) -> pd.DataFrame:
    """The panel of products which over all periods have at least `min_buyers` buyers a product (counted by period)."""
    total = frame.groupby("product")["buyers"].transform("sum")
    return frame[total >= min_buyers].reset_index(drop=True)


def moves(frame: pd.DataFrame) -> pd.DataFrame:
    """Change of the log list price and log buyers from one period to the next, where both have votes.

    Columns: product, period (the later one), price_change, buyers_change.
    """
    ordered = frame[frame["votes"] > 0].sort_values(["product", "period"])
    before = ordered.groupby("product")[["period", "list_price", "buyers"]].shift(1)
    next_to = (before["period"] == ordered["period"] - 1).to_numpy()
    later, earlier = ordered[next_to], before[next_to]
    return pd.DataFrame({
        "product": later["product"].to_numpy(), "period": later["period"].to_numpy(),
        "price_change": np.log(later["list_price"].to_numpy() / earlier["list_price"].to_numpy()),
        "buyers_change": np.log(later["buyers"].to_numpy() / earlier["buyers"].to_numpy()),
    })


def varying_share(frame: pd.DataFrame) -> Estimate:
    """Share of the panel's products whose list price is not the same in all periods."""
    if frame.empty:
        return Estimate(None, unknown=NO_PANEL)
    span = frame.groupby("product")["list_price"].agg(["min", "max"])
    return share(float((span["max"] > span["min"] * (1 + SAME_PRICE)).sum()), float(len(span)))


def volatility(changes: pd.DataFrame, limit: float) -> dict[str, Estimate]:
    """How far list prices move from month to month, intervals by product.

    `mean`: mean size of a move (no move counts as zero), as a share; `within`: share of product-months within
    `limit`; `steady`: share of products that never moved beyond it.
    """
    if changes["product"].nunique() < 2:
        reason = "fewer than two products have a list price in two months running; how prices move cannot be seen"
        return {name: Estimate(None, unknown=reason) for name in ("mean", "within", "steady")}
    size = np.abs(np.expm1(changes["price_change"].to_numpy()))
    one, product = np.ones(len(size)), pd.factorize(changes["product"])[0].astype(np.int64)
    beyond = np.bincount(product, size > limit) > 0
    return {
        "mean": ratio(size, one, product).within(0, np.inf),
        "within": ratio((size <= limit).astype(float), one, product).within(0, 1),
        "steady": share(float((~beyond).sum()), float(len(beyond))),
    }


def breaks(sold: Sold, monthly: pd.DataFrame) -> dict[str, Estimate]:
    """Quantity breaks on the main price list, against the list price of the product's month.

    `lines`, `pieces`, `sales`: share bought below list; `depth`: median discount of those lines; `within`: share
    of the variation of log prices paid for a product that lies inside its months, where the list price stands
    still. Intervals by buyer.
    """
    months = len(sold.months)
    table = np.zeros(len(sold.product_ids) * months)
    table[monthly["product"].to_numpy() * months + monthly["period"].to_numpy()] = monthly["list_price"].fillna(0.0)
    cell = sold.product * months + sold.month
    listed = table[cell]
    at = np.flatnonzero(sold.main & (listed > 0) & (sold.price > 0))
    if len(np.unique(sold.buyer[at])) < 2:
        reason = "no list price could be read; breaks below it cannot be seen"
        return {name: Estimate(None, unknown=reason) for name in ("lines", "pieces", "sales", "depth", "within")}
    price, listed, buyer = sold.price[at], listed[at], sold.buyer[at]
    below = price < listed * (1 - SAME_PRICE)
    found = {
        name: ratio(np.where(below, weight, 0.0), weight, buyer).within(0, 1)
        for name, weight in (
            ("lines", np.ones(len(at))), ("pieces", sold.quantity[at].astype(float)), ("sales", sold.amount[at]),
        )
    }
    found["depth"] = quantile(1 - price[below] / listed[below], 0.5, buyer[below]) if below.any() else Estimate(
        None, unknown="nothing was sold below its list price")
    logs = np.log(price)
    total, inside = (_deviations(logs, code[at]) ** 2 for code in (sold.product, cell))
    found["within"] = ratio(inside, total, buyer).within(0, 1) if total.sum() > 1e-12 else Estimate(
        None, unknown="prices paid for a product never differ")
    return found


def _deviations(values: Floats, code: Ints) -> Floats:
    count = np.maximum(np.bincount(code), 1)
    return values - (np.bincount(code, values) / count)[code]


def unidentified_markup(sold: Sold) -> Estimate:
    """Median price of orders without a customer over that of identified ones, same product and month, less one.

    Each product counts once (the median over its months), so the interval is that of the products.
    """
    if not sold.by_customer or sold.main.all():
        return Estimate(None, unknown="all orders have a customer number, or too few have; nothing to compare")
    months = len(sold.months)
    cell = (sold.product * months + sold.month) * 2 + sold.main
    order = np.lexsort((sold.price, cell))
    cells, start, count = np.unique(cell[order], return_index=True, return_counts=True)
    middle = sold.price[order][start + (count - 1) // 2]
    both = np.flatnonzero((cells[:-1] % 2 == 0) & (cells[1:] == cells[:-1] + 1) & (middle[1:] > 0))
    if len(both) == 0:
        return Estimate(None, unknown="no product was sold with and without a customer number in the same month")
    relative = pd.Series(middle[both] / middle[both + 1]).groupby(cells[both] // 2 // months).median()
    return quantile(relative.to_numpy() - 1, 0.5, np.arange(len(relative)))
