"""Products bought together: support, confidence, lift, their intervals, and whether they last.

Association measures after Agrawal, Imielinski & Swami (1993) and Brin, Motwani & Silverstein (1997). Counting is
one product of a sparse matrix with its transpose.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse
from scipy.special import chdtrc

from ecomplan.behaviour.baskets.coded import Sold
from ecomplan.behaviour.baskets.estimate import Ints, share
from ecomplan.behaviour.baskets.words import similarity, words_of
from ecomplan.behaviour.statistics import Z80, Floats, wilson
from ecomplan.estimate import Estimate

NO_PAIR = ("no pair of unlike products stands together in enough orders (parameter min_pair_orders) and more often "
           "than chance, so there is none to tell")
KINDS = ("complement", "variant")


@dataclass(frozen=True)
class Counts:
    """Pairs of products by code: orders with both, orders with each, orders in all."""

    first: Ints
    second: Ints
    both: Ints
    of_first: Ints
    of_second: Ints
    orders: int
    products: int  # products whose pairs were counted

    @property
    def pairs(self) -> int:
        """All pairs of the products counted, seen together or not."""
        return self.products * (self.products - 1) // 2


def matrix(order: Ints, product: Ints, orders: int, products: int) -> sparse.csr_matrix:
    """Orders x products, 1 where the product stands in the order."""
    found = sparse.csr_matrix((np.ones(len(order), dtype=np.int32), (order, product)), shape=(orders, products))
    found.sum_duplicates()
    found.data[:] = 1
    return found


def count(baskets: sparse.csr_matrix, min_product_orders: int, min_pair_orders: int) -> Counts:
    """Count all pairs of products with `min_product_orders` orders each; keep those in `min_pair_orders` orders."""
    each = np.asarray(baskets.sum(axis=0)).ravel().astype(np.int64)
    used = np.flatnonzero(each >= min_product_orders)
    small = baskets[:, used]
    together = sparse.triu(small.T @ small, 1).tocoo()
    kept = together.data >= min_pair_orders
    row, column, both = together.row[kept], together.col[kept], together.data[kept].astype(np.int64)
    order = np.lexsort((column, row))
    first, second = used[row[order]], used[column[order]]
    return Counts(first, second, both[order], each[first], each[second], baskets.shape[0], len(used))


def lift(both: Ints, of_first: Ints, of_second: Ints, orders: Ints | int) -> tuple[Floats, Floats]:
    """(lift, standard error of its log).

    Lift is orders with both over those expected if the products were bought apart. The error is the delta
    method's over the four cells of a multinomial table; infinite where nothing was bought together.
    """
    x, a, b = (np.asarray(part, dtype=float) for part in (both, of_first, of_second))
    with np.errstate(divide="ignore", invalid="ignore"):
        value = np.where(x > 0, x * orders / (a * b), 0.0)
        variance = x * (1 / x - 1 / a - 1 / b) ** 2 + (a - x) / a**2 + (b - x) / b**2 - 1 / np.asarray(orders)
        error = np.where(x > 0, np.sqrt(np.maximum(variance, 0.0)), np.inf)
    return value, error


def g_test(both: Ints, of_first: Ints, of_second: Ints, orders: int) -> Floats:
    """p-values that two products are bought together by chance alone: likelihood-ratio test of the 2 x 2 table
    (Wilks 1938), one degree of freedom, halved for the side above chance and 1 below it."""
    x, a, b = (np.asarray(part, dtype=float) for part in (both, of_first, of_second))
    found = np.stack([x, a - x, b - x, orders - a - b + x])
    expected = np.stack([a * b, a * (orders - b), (orders - a) * b, (orders - a) * (orders - b)]) / orders
    with np.errstate(divide="ignore", invalid="ignore"):
        part = np.where(found > 0, found * np.log(found / expected), 0.0)
    p = chdtrc(1, np.maximum(2 * part.sum(axis=0), 0.0)) / 2
    return np.where(x > expected[0], p, 1.0)


def discoveries(p: Floats, tested: int, false_share: float) -> npt.NDArray[np.bool_]:
    """Which p-values pass Benjamini & Hochberg (1995) among `tested` tests, of which those not given count as 1."""
    order = np.argsort(p, kind="stable")
    limit = false_share * np.arange(1, len(p) + 1) / max(tested, 1)
    passed = np.flatnonzero(p[order] <= limit)
    found = np.zeros(len(p), dtype=bool)
    if len(passed):
        found[order[:passed[-1] + 1]] = True
    return found


def table(counts: Counts, false_share: float) -> pd.DataFrame:
    """One row a pair kept, best lower limit of lift first.

    Columns: first, second (codes), orders (with both), support, confidence (of the rarer product: share of its
    orders that hold the other too) with low and high, lift with low and high, extra_orders (above chance), p, passed.
    """
    value, error = lift(counts.both, counts.of_first, counts.of_second, counts.orders)
    rarer = np.minimum(counts.of_first, counts.of_second).astype(float)
    low, high = wilson(counts.both.astype(float), rarer)
    p = g_test(counts.both, counts.of_first, counts.of_second, counts.orders)
    frame = pd.DataFrame({
        "first": counts.first, "second": counts.second, "orders": counts.both,
        "support": counts.both / max(counts.orders, 1), "confidence": counts.both / np.maximum(rarer, 1),
        "confidence_low": low, "confidence_high": high, "lift": value, "lift_low": value * np.exp(-Z80 * error),
        "lift_high": value * np.exp(Z80 * error),
        "extra_orders": counts.both - counts.of_first * counts.of_second / max(counts.orders, 1), "p": p,
        "passed": discoveries(p, counts.pairs, false_share),
    })
    return frame.sort_values(["lift_low", "first", "second"], ascending=[False, True, True], ignore_index=True)


def named(frame: pd.DataFrame, sold: Sold, products: pd.DataFrame, variant_similarity: float) -> pd.DataFrame:
    """The table with `first_name`, `second_name`, `alike` (Jaccard of the words) and `kind`.

    A pair is a "variant" from `variant_similarity` on (the same thing in another colour or size), else a
    "complement". Without descriptions product numbers are the names and all are complements.
    """
    listed = products.drop_duplicates("product_id").set_index("product_id")["description"].reindex(sold.product_ids)
    text = listed.to_numpy(dtype=object)
    used = np.unique(np.concatenate([frame["first"], frame["second"]])).astype(np.int64)
    words = {code: words_of(text[code]) for code in used}
    names = {code: text[code].strip() if isinstance(text[code], str) and text[code].strip()
             else str(sold.product_ids[code]) for code in used}
    alike = similarity([words[code] for code in frame["first"]], [words[code] for code in frame["second"]])
    return frame.assign(
        first_name=[names[code] for code in frame["first"]], second_name=[names[code] for code in frame["second"]],
        alike=alike, kind=np.where(alike >= variant_similarity, "variant", "complement"),
    )


FOLLOWED = ["first", "second", "early_orders", "early_lift", "early_low", "early_high", "late_orders", "late_lift",
            "late_low", "late_high", "on_sale", "again", "first_name", "second_name", "alike", "kind"]


def follow(sold: Sold, baskets: sparse.csr_matrix, products: pd.DataFrame, variant_similarity: float,
           min_pair_orders: int, top: int) -> pd.DataFrame:
    """The `top` pairs of each kind by lower limit of lift in the earlier half of the months, and what the later half
    shows of them: orders and lift with limits in both, `on_sale` (both products in enough later orders), `again`
    (among the `top` of the later half too). Each half has half the orders, so half of `min_pair_orders` is asked.

    Empty with one month only, or where no pair reaches that.
    """
    months, least = len(sold.months), max(min_pair_orders // 2, 1)
    if months < 2:
        return pd.DataFrame(columns=FOLLOWED)
    booked = np.zeros(baskets.shape[0], dtype=np.int64)
    booked[sold.order] = sold.month
    early_half, late_half = (
        baskets[np.flatnonzero(part)] for part in (booked < months // 2, booked >= months - months // 2)
    )
    early, late = (_best(count(half, least, least), sold, products, variant_similarity, top)
                   for half in (early_half, late_half))
    if early.empty:
        return pd.DataFrame(columns=FOLLOWED)
    both, each = pair_orders(late_half, early["first"].to_numpy(), early["second"].to_numpy())
    of_first, of_second = each[early["first"]], each[early["second"]]
    later, error = lift(both, np.maximum(of_first, 1), np.maximum(of_second, 1), max(late_half.shape[0], 1))
    error = np.where(np.isfinite(error), error, 0.0)
    key = [frame["first"] * len(sold.product_ids) + frame["second"] for frame in (early, late)]
    return early.assign(
        late_orders=both, late_lift=later, late_low=later * np.exp(-Z80 * error),
        late_high=later * np.exp(Z80 * error), on_sale=np.minimum(of_first, of_second) >= least,
        again=np.isin(key[0], key[1]),
    )[FOLLOWED]


def _best(counts: Counts, sold: Sold, products: pd.DataFrame, variant_similarity: float, top: int) -> pd.DataFrame:
    value, error = lift(counts.both, counts.of_first, counts.of_second, counts.orders)
    frame = pd.DataFrame({
        "first": counts.first, "second": counts.second, "early_orders": counts.both, "early_lift": value,
        "early_low": value * np.exp(-Z80 * error), "early_high": value * np.exp(Z80 * error),
    }).sort_values(["early_low", "first", "second"], ascending=[False, True, True], ignore_index=True)
    frame = named(frame, sold, products, variant_similarity)
    return frame.groupby("kind").head(top).reset_index(drop=True)


@dataclass(frozen=True)
class Stability:
    """`hold`: share of the pairs still on sale whose later lift is above one over its whole range; `gone`: share
    of which a product was not sold in enough orders later; `shrink`: median of later over earlier lift; `again`: share
    of those on sale that would be chosen again."""

    hold: Estimate
    gone: Estimate
    shrink: Estimate
    again: Estimate


def stability(followed: pd.DataFrame, kind: str) -> Stability:
    """What became of the pairs of a kind in `follow`."""
    mine = followed[followed["kind"] == kind]
    seen = mine[mine["on_sale"].astype(bool)]
    if seen.empty:
        reason = ("no pair found in the earlier half of the months could be looked at in the later half; whether pairs "
                  "last is not known")
        nothing = Estimate(None, unknown=reason)
        return Stability(nothing, nothing, nothing, nothing)
    relative = np.sort((seen["late_lift"] / seen["early_lift"]).to_numpy(float))
    return Stability(
        share(float((seen["late_low"] > 1).sum()), len(seen)), share(float(len(mine) - len(seen)), len(mine)),
        _median(relative), share(float(seen["again"].sum()), len(seen)),
    )


def pair_orders(baskets: sparse.csr_matrix, first: Ints, second: Ints) -> tuple[Ints, Ints]:
    """(orders with both of each pair given, orders with each product)."""
    by_product = baskets.tocsc()
    both = np.asarray(by_product[:, first].multiply(by_product[:, second]).sum(axis=0)).ravel().astype(np.int64)
    return both, np.asarray(baskets.sum(axis=0)).ravel().astype(np.int64)


def buyers(sold: Sold, baskets: sparse.csr_matrix, first: Ints, second: Ints) -> Ints:
    """Distinct buyers who had both products of each pair in one order."""
    owner = np.zeros(baskets.shape[0], dtype=np.int64)
    owner[sold.order] = sold.customer
    unknown = np.flatnonzero(owner < 0)  # orders without a customer are buyers of their own
    owner[unknown] = owner.max(initial=0) + 1 + np.arange(len(unknown))
    by_product = baskets.tocsc()
    both = by_product[:, first].multiply(by_product[:, second]).tocsc()
    return np.array([
        len(np.unique(owner[both.indices[both.indptr[pair]:both.indptr[pair + 1]]])) for pair in range(len(first))
    ], dtype=np.int64)


def shown(frame: pd.DataFrame, sold: Sold, baskets: sparse.csr_matrix, rows: int, min_group: int,
          kind: str) -> pd.DataFrame:
    """The best `rows` pairs of a kind that passed, with at least `min_group` buyers behind each (column buyers)."""
    part = frame[(frame["kind"] == kind) & frame["passed"]].head(4 * rows)
    if part.empty:
        return part.assign(buyers=pd.Series(dtype=np.int64))
    part = part.assign(buyers=buyers(sold, baskets, part["first"].to_numpy(), part["second"].to_numpy()))
    return part[part["buyers"] >= min_group].head(rows).reset_index(drop=True)


def _median(ordered: Floats) -> Estimate:
    """Median with the interval of order statistics from the binomial, normal approximation."""
    n = len(ordered)
    half = Z80 * np.sqrt(n) / 2
    low, high = (int(np.clip(round(n / 2 + sign * half), 0, n - 1)) for sign in (-1, 1))
    return Estimate(float(np.median(ordered)), float(min(ordered[low], np.median(ordered))),
                    float(max(ordered[high], np.median(ordered))))


def best_of(frame: pd.DataFrame) -> tuple[str, Estimate]:
    """(the two names, lift) of the best complement shown; unknown where there is none."""
    rows = frame[frame["kind"] == "complement"].to_dict("records")
    if not rows:
        return "", Estimate(None, unknown=NO_PAIR)
    row = rows[0]
    return f"{row['first_name']} and {row['second_name']}", Estimate(row["lift"], row["lift_low"], row["lift_high"])


def variant_share(frame: pd.DataFrame, top: int) -> Estimate:
    """Share of variants among the `top` pairs by lower limit of lift."""
    best = frame[frame["passed"]].head(top)
    if best.empty:
        return Estimate(None, unknown="no pair of products stands together in enough orders and more often than chance")
    return share(float((best["kind"] == "variant").sum()), len(best))


def shown_kinds(frame: pd.DataFrame, sold: Sold, baskets: sparse.csr_matrix, rows: int, min_group: int) -> pd.DataFrame:
    """The best pairs of both kinds, complements first (see `shown`)."""
    return pd.concat([shown(frame, sold, baskets, rows, min_group, kind) for kind in KINDS], ignore_index=True)
