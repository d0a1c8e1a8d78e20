"""The price monitor's loops over lines, compiled. Lines come in runs: those of a product together, of a cell too."""

from __future__ import annotations

import numpy as np

from ecomplan.compiling import dividing
from ecomplan.risk.conduct.matching import Floats, Ints

ROUNDING = 1e-9  # log price: residuals and sums of residuals below this are nil
NEAR = 1.5  # standard deviations: a sum nearer to nil is no discovery at any level in use, and is not shuffled


@dividing
def matched(cell: Ints, side: Ints, price: Floats) -> tuple[Ints, Ints, Floats, Floats]:
    """Lines whose cell holds both groups: places, number of the cell, log price and group less their means in it."""
    lines = cell.size
    at, number, residual, group = np.empty_like(cell), np.empty_like(cell), np.empty(lines), np.empty(lines)
    kept = cells = start = 0
    while start < lines:
        end, ones, total = start, 0, 0.0
        while end < lines and cell[end] == cell[start]:
            ones += side[end]
            total += price[end]
            end += 1
        size = end - start
        if 0 < ones < size:
            for line in range(start, end):
                apart = price[line] - total / size
                at[kept], number[kept] = line, cells
                residual[kept] = apart if abs(apart) >= ROUNDING else 0.0  # equal prices have no gap
                group[kept] = side[line] - ones / size
                kept += 1
            cells += 1
        start = end
    return at[:kept], number[:kept], residual[:kept], group[:kept]


@dividing
def clustered(price: Floats, group: Floats, unit: Ints, units: int) -> tuple[float, float]:
    """Coefficient of `group` on `price`, both centred, and its standard error clustered by unit."""
    weight = product = 0.0
    for line in range(price.size):
        weight += group[line] * group[line]
        product += group[line] * price[line]
    gap = product / weight
    score = np.zeros(units)
    for line in range(price.size):
        score[unit[line]] += group[line] * (price[line] - gap * group[line])
    return gap, np.sqrt((score * score).sum()) / weight


@dividing
def members(product: Ints, unit: Ints, side: Ints, units: int) -> tuple[Ints, Ints, Ints]:
    """A code of every line's (product, unit, side), and of each code its product and its side."""
    member, owner, label = np.empty_like(product), np.empty_like(product), np.empty_like(product)
    last_product, last = np.full(2 * units, -1), np.empty(2 * units, np.int64)
    count = 0
    for line in range(product.size):
        one = 2 * unit[line] + side[line]
        if last_product[one] != product[line]:
            last_product[one], last[one] = product[line], count
            owner[count], label[count] = product[line], side[line]
            count += 1
        member[line] = last[one]
    return member, owner[:count].copy(), label[:count].copy()


@dividing
def spread(cell: Ints, member: Ints, price: Floats, owner: Ints, label: Ints, ones: Ints, zeros: Ints) -> Floats:
    """Residuals of each member, summed over its cells, so scaled that permuting labels over a product's members
    varies their sum at least as much as permuting them within cells does.

    A cell counts only because it holds both groups: of two units one is always a one. Permuted over the product both
    may get the same label, and the sum would vary too little. Nothing is scaled down: a single odd price could then
    never be reached by any permutation.
    """
    total, residual = np.zeros(owner.size), np.zeros(owner.size)
    seen, inside = np.full(owner.size, -1), np.empty(owner.size, np.int64)
    start = 0
    while start < cell.size:
        end, count, first = start, 0, 0
        while end < cell.size and cell[end] == cell[start]:
            one = member[end]
            if seen[one] != start:
                seen[one], residual[one], inside[count] = start, 0.0, one
                count += 1
                first += label[one]
            residual[one] += price[end]
            end += 1
        product = owner[inside[0]]
        size = ones[product] + zeros[product]
        within = first * (count - first) / (count * max(count - 1, 1))
        across = ones[product] * zeros[product] / (size * max(size - 1, 1))
        scale = np.sqrt(max(within / across, 1.0)) if across > 0 else 1.0
        for place in range(count):
            total[inside[place]] += scale * residual[inside[place]]
        start = end
    return total


@dividing
def permuted(
    seen: Floats, total: Floats, starts: Ints, ones: Ints, tested: Ints, permutations: int, stop: int,
    rng: np.random.Generator,
) -> Floats:
    """p of `seen`, the sum of the ones' residuals, under labels permuted over a product's members (1 if not `tested`).

    The residuals of a product sum to nil, so that either side's sum serves; the smaller one is drawn.
    """
    p = np.ones(seen.size)
    for product in tested:
        values = total[starts[product]:starts[product + 1]].copy()
        size = values.size
        deviation = np.sqrt((values * values).sum() * ones[product] * (size - ones[product])
                            / (size * max(size - 1, 1)))
        if seen[product] <= max(ROUNDING, NEAR * deviation):
            continue
        drawn = min(ones[product], size - ones[product])
        span = values.max() - values.min()
        left = 1 - (drawn - 1) / size
        bound = min(1.0, 2 * np.exp(-2 * seen[product] ** 2 / (drawn * left * span**2)))
        if bound <= 1 / (permutations + 1):
            p[product] = bound
            continue
        as_large = made = 0
        while made < permutations and as_large < stop:
            chosen = 0.0
            for place in range(drawn):  # the first steps of a shuffle: any order to begin with will do
                other = place + int(rng.random() * (size - place))
                values[place], values[other] = values[other], values[place]
                chosen += values[place]
            made += 1
            as_large += abs(chosen) >= seen[product] - ROUNDING
        p[product] = stop / made if as_large >= stop else (as_large + 1) / (made + 1)
    return p
