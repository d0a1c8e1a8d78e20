"""Price gaps between two groups within cells, their tests by product, and the control of false discoveries.

The gap is the difference of mean log prices within a cell, averaged over cells with weights n1 n0 / n: the
least-squares coefficient of the group with one constant a cell. A customer's lines stand together: labels are
permuted over customers, not over lines. A p-value is a bound on the share of permutations with as large a gap (Serfling
1974) where that is small enough, else it comes from sequential permutation (Besag & Clifford 1991).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ecomplan.risk.conduct.kernels import clustered, matched, members, permuted, spread
from ecomplan.risk.conduct.matching import Floats, Ints

MARGIN = 4.0  # shufflings over the least number whose p-value can reach the edge of discovery


@dataclass(frozen=True)
class Compared:
    """Lines of two groups in cells that hold both; lines of a product stand together, of a cell too.

    price, group: log unit price, and group (0 or 1), each less its mean in the cell; side: the group itself;
    cell, product, unit (customer, or order without one): codes.
    """

    price: Floats
    group: Floats
    side: Ints
    cell: Ints
    product: Ints
    unit: Ints

    def within(self, cell: Ints) -> tuple[Ints, Compared]:
        """Places of the lines that hold both groups in narrower cells too, and these lines."""
        return compare(self.price, self.side, self.product, self.unit, cell)

    def by(self, order: Ints) -> Compared:
        """The same lines in another order."""
        return Compared(self.price[order], self.group[order], self.side[order], self.cell[order], self.product[order],
                        self.unit[order])


@dataclass(frozen=True)
class Gaps:
    """One entry a product: gap in log price (group 1 less group 0), its standard error, units, p-value.

    A product without matched lines has weight 0; gap and error are then 0.
    """

    gap: Floats
    error: Floats
    weight: Floats
    ones: Ints
    zeros: Ints
    p: Floats


def compare(price: Floats, side: Ints, product: Ints, unit: Ints, cell: Ints) -> tuple[Ints, Compared]:
    """Places of the lines whose cell holds both groups, and these lines. Lines of a cell stand together."""
    at, number, residual, group = matched(cell, side, price)
    return at, Compared(residual, group, side[at], number, product[at], unit[at])


def overall(data: Compared) -> tuple[float, float]:
    """(gap, standard error) over all products; errors are clustered by unit. (0, 0) without lines."""
    if not len(data.price):
        return 0.0, 0.0
    return clustered(data.price, data.group, data.unit, int(data.unit.max()) + 1)


@dataclass(frozen=True)
class Shuffling:
    """How often labels are permuted: `first` times; up to `most` where no shuffle came near and it matters.

    A product's shuffling ends early after `stop` gaps as large as the one seen.
    """

    first: int
    most: int
    stop: int
    level: float
    seed: int


def by_product(data: Compared, products: int, least_units: int, shuffling: Shuffling | None) -> Gaps:
    """Gap of every product and its permutation p-value (1 everywhere without `shuffling`).

    A product with fewer than `least_units` units on either side is not tested (p is 1, weight 0).
    """
    price, group = data.price, data.group
    weight = np.bincount(data.product, group * group, products)
    gap = np.divide(np.bincount(data.product, group * price, products), weight, out=np.zeros(products),
                    where=weight > 0)
    member, owner, label = members(data.product, data.unit, data.side, int(data.unit.max(initial=-1)) + 1)
    score = np.bincount(member, group * (price - gap[data.product] * group), len(owner))
    error = np.divide(np.sqrt(np.bincount(owner, score**2, products)), weight, out=np.zeros(products),
                      where=weight > 0)
    ones = np.bincount(owner, label, products).astype(np.int64)
    zeros = np.bincount(owner, 1 - label, products).astype(np.int64)
    tested = (np.minimum(ones, zeros) >= least_units) & (weight > 0)
    p = np.ones(products)
    if shuffling is not None:
        seen = np.abs(np.bincount(data.product, data.side * price, products))
        row = np.argsort(owner, kind="stable")
        starts = np.searchsorted(owner[row], np.arange(products + 1))
        total = spread(data.cell, member, price, owner, label, ones, zeros)[row]
        rng, first, least = np.random.default_rng(shuffling.seed), shuffling.first, 1 / (shuffling.first + 1)
        p = permuted(seen, total, starts, ones, np.flatnonzero(tested), first, shuffling.stop, rng)
        found = np.zeros(products, bool)
        found[tested] = discoveries(p[tested], shuffling.level)
        open_ = tested & ~found & (p <= least)
        if open_.any() and shuffling.most > first:
            # enough for their p-values to fall below the edge of discovery if all of them belong there, with a margin
            edge = shuffling.level * int((open_ | found).sum()) / int(tested.sum())
            more = max(first, min(shuffling.most, int(np.ceil(MARGIN / edge))))
            again = permuted(seen, total, starts, ones, np.flatnonzero(open_), more, shuffling.stop, rng)
            p = np.where(open_, again, p)
    return Gaps(gap, error, np.where(tested, weight, 0.0), ones, zeros, p)


def discoveries(p: Floats, level: float) -> NDArray[np.bool_]:
    """Which p-values are discoveries at false-discovery level `level` (Benjamini & Hochberg 1995)."""
    count = len(p)
    if not count:
        return np.zeros(0, bool)
    order = np.argsort(p, kind="stable")
    below = np.flatnonzero(p[order] <= level * np.arange(1, count + 1) / count)
    found = np.zeros(count, bool)
    if len(below):
        found[order[: below[-1] + 1]] = True
    return found
