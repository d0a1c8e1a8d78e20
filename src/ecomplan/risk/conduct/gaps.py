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

from ecomplan.risk.conduct.matching import Floats, Ints, code

BATCH = 50  # shufflings at a time
MARGIN = 4.0  # shufflings over the least number whose p-value can reach the edge of discovery
NEAR = 1.5  # standard deviations: a sum nearer to nil is no discovery at any level in use, and is not shuffled
ROUNDING = 1e-9  # log price: sums of residuals below this are nil


@dataclass(frozen=True)
class Compared:
    """Lines of two groups in cells that hold both.

    price: log unit price; group: 0 or 1; cell, product, unit (customer, or order without one): codes.
    """

    price: Floats
    group: Floats
    cell: Ints
    product: Ints
    unit: Ints


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


def in_both(cell: Ints, group: Floats) -> NDArray[np.bool_]:
    """Whether a line's cell holds lines of both groups."""
    size = np.bincount(cell)
    first = np.bincount(cell, group, len(size))
    return ((first > 0) & (first < size))[cell]


def centred(data: Compared) -> tuple[Floats, Floats]:
    """Log price and group, each less its mean in the cell."""
    size = np.maximum(np.bincount(data.cell), 1)
    price = data.price - (np.bincount(data.cell, data.price, len(size)) / size)[data.cell]
    group = data.group - (np.bincount(data.cell, data.group, len(size)) / size)[data.cell]
    price[np.abs(price) < ROUNDING] = 0.0  # equal prices have no gap, whatever the rounding
    return price, group


def overall(data: Compared, price: Floats, group: Floats) -> tuple[float, float]:
    """(gap, standard error) over all products from what `centred` gives; errors are clustered by unit.

    (0, 0) without lines.
    """
    if not len(data.price):
        return 0.0, 0.0
    weight = float(group @ group)
    gap = float(group @ price) / weight
    scores = np.bincount(data.unit, group * (price - gap * group))
    return gap, float(np.sqrt(scores @ scores)) / weight


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


def by_product(
    data: Compared, price: Floats, group: Floats, products: int, least_units: int, shuffling: Shuffling | None
) -> Gaps:
    """Gap of every product and its permutation p-value (1 everywhere without `shuffling`).

    A product with fewer than `least_units` units on either side is not tested (p is 1, weight 0). `price` and
    `group` are what `centred` gives.
    """
    weight = np.bincount(data.product, group * group, products)
    gap = np.divide(np.bincount(data.product, group * price, products), weight, out=np.zeros(products),
                    where=weight > 0)
    side = data.group.astype(np.int64)
    member = code(data.product, data.unit, side)
    count = int(member.max(initial=-1)) + 1
    owner, label = np.zeros(count, np.int64), np.zeros(count, np.int64)
    owner[member], label[member] = data.product, side
    score = np.bincount(member, group * (price - gap[data.product] * group), count)
    error = np.divide(np.sqrt(np.bincount(owner, score**2, products)), weight, out=np.zeros(products),
                      where=weight > 0)
    ones = np.bincount(owner, label, products).astype(np.int64)
    zeros = np.bincount(owner, 1 - label, products).astype(np.int64)
    tested = (np.minimum(ones, zeros) >= least_units) & (weight > 0)
    seen = np.abs(np.bincount(data.product, data.group * price, products))
    total = _spread(data.cell, member, price, owner, label, ones, zeros)
    row = np.argsort(owner, kind="stable")
    starts = np.searchsorted(owner[row], np.arange(products + 1))
    p = np.ones(products)
    if shuffling is not None:
        ordered, labels, least = np.asarray(total[row], np.float64), label[row], 1 / (shuffling.first + 1)
        p = _permuted(seen, ordered, labels, starts, tested, shuffling.first, shuffling.stop, shuffling.seed)
        found = np.zeros(products, bool)
        found[tested] = discoveries(p[tested], shuffling.level)
        open_ = tested & ~found & (p <= least)
        if open_.any() and shuffling.most > shuffling.first:
            # enough for their p-values to fall below the edge of discovery if all of them belong there, with a margin
            edge = shuffling.level * int((open_ | found).sum()) / int(tested.sum())
            more = max(shuffling.first, min(shuffling.most, int(np.ceil(MARGIN / edge))))
            again = _permuted(seen, ordered, labels, starts, open_, more, shuffling.stop, shuffling.seed + 1)
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


def _spread(
    cell: Ints, member: Ints, price: Floats, owner: Ints, label: Ints, ones: Ints, zeros: Ints
) -> Floats:
    """Residuals of each unit, summed over its cells, so scaled that permuting labels over a product's units varies
    their sum at least as much as permuting them within cells does.

    A cell counts only because it holds both groups: of two units one is always a one. Permuted over the product both
    may get the same label, and the sum would vary too little. Nothing is scaled down: a single odd price could then
    never be reached by any permutation.
    """
    pair = code(cell, member)
    pairs = int(pair.max(initial=-1)) + 1
    place, unit = np.zeros(pairs, np.int64), np.zeros(pairs, np.int64)
    place[pair], unit[pair] = cell, member
    residual = np.bincount(pair, price, pairs)
    units = np.bincount(place)
    first = np.bincount(place, label[unit], len(units))
    product = owner[unit]
    inside = (first * (units - first))[place] / (units * np.maximum(units - 1, 1))[place]
    size = ones + zeros
    across = (ones * zeros)[product] / (size * np.maximum(size - 1, 1))[product]
    scale = np.sqrt(np.maximum(np.divide(inside, across, out=np.ones(pairs), where=across > 0), 1.0))
    return np.asarray(np.bincount(unit, scale * residual, len(owner)), dtype=np.float64)


def _permuted(
    seen: Floats, total: Floats, label: Ints, starts: Ints, tested: NDArray[np.bool_], permutations: int, stop: int,
    seed: int,
) -> Floats:
    """p of `seen`, the sum of the ones' residuals, under labels permuted over a product's units, for each product.

    The residuals of a product sum to nil, so that either side's sum serves; the smaller one is drawn.
    """
    rng = np.random.default_rng(seed)
    products = len(starts) - 1
    owner = np.repeat(np.arange(products), np.diff(starts))
    count = np.diff(starts)
    ones = np.bincount(owner, label, products)
    square = np.bincount(owner, total**2, products)
    with np.errstate(divide="ignore", invalid="ignore"):
        deviation = np.sqrt(square * ones * (count - ones) / (count * np.maximum(count - 1, 1)))
        far = tested & (seen > ROUNDING) & (seen > NEAR * deviation)
    p = np.ones(products)
    for product in np.flatnonzero(far):
        values = total[starts[product]:starts[product + 1]]
        drawn = int(min(ones[product], count[product] - ones[product]))
        bound = _serfling(seen[product], drawn, values)
        p[product] = bound if bound <= 1 / (permutations + 1) else _shuffled(
            rng, values, drawn, seen[product], permutations, stop)
    return p


def _serfling(seen: float, drawn: int, values: Floats) -> float:
    """Upper bound on the chance that a sum of `drawn` values without replacement is as far from nil as `seen`."""
    span = float(values.max() - values.min())
    left = 1 - (drawn - 1) / len(values)
    return float(min(1.0, 2 * np.exp(-2 * seen**2 / (drawn * left * span**2))))


def _shuffled(
    rng: np.random.Generator, values: Floats, drawn: int, seen: float, permutations: int, stop: int
) -> float:
    """Sequential permutation p-value: ends at the `stop`-th sum as large as `seen`, at the latest after all."""
    as_large = made = 0
    while made < permutations:
        size = min(BATCH if made < 10 * BATCH else 20 * BATCH, permutations - made)
        chosen = rng.random((size, len(values)), dtype=np.float32).argpartition(drawn - 1, axis=1)[:, :drawn]
        hits = np.flatnonzero(np.abs(values[chosen].sum(axis=1)) >= seen - ROUNDING)
        if as_large + len(hits) >= stop:
            return stop / (made + int(hits[stop - as_large - 1]) + 1)
        as_large += len(hits)
        made += size
    return (as_large + 1) / (made + 1)
