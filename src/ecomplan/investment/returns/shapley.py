"""What each measure contributes: exact Shapley values of a game whose measures multiply.

A measure lifts the sales of a month and segment by a factor; together they lift them by the product. A saving lowers
a cost base by a factor; the base is a share of the sales reached. So the worth of a set A of measures is, over months
and segments,

    sum of sales x [ margin x (F(A) - 1) + F(A) x sum over bases of share x (1 - R(A)) ]

with F the product of A's factors on those sales and R that of its factors on the base. The Shapley value of a measure
is the integral over q from 0 to 1 of its marginal worth when each other one is in with chance q (the multilinear
extension; Owen 1972): a polynomial in q, which Gauss-Legendre quadrature integrates exactly. What a measure gives away
is its share of the logarithm of the extra sales, as the cash has it. All add up to the benefit of the plan.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ecomplan.compiling import compiled

Array = NDArray[np.float64]
Whole = NDArray[np.int64]
#: most nodes of the quadrature: factors are near 1, and the rest of a long product is far below rounding
MOST_NODES = 12


@dataclass(frozen=True)
class Working:
    """The levers at work in n draws, one row a draw and lever, draws in order.

    `first` (n + 1,) is where each draw begins; `lever` (rows,); `strength` (rows, segments) the logarithm of its
    factor at full build-up, positive for a saving too; `built` (rows, months) the share of it that is there; `given`
    (rows,) the share of its extra sales that it gives away.
    """

    first: Whole
    lever: Whole
    strength: Array
    built: Array
    given: Array


@dataclass(frozen=True)
class Split:
    """Contributions: `by_lever` (n, levers) adds up to the worth; `cells` (levers, segments, years) and `months`
    (levers, months) are its mean over the draws."""

    by_lever: Array
    cells: Array
    months: Array


def contributions(sales: Array, working: Working, base: Whole, held: Array, margin: Array, weight: Array) -> Split:
    """Shapley value of each lever in each draw.

    sales (n, months, segments) without levers; base (levers,) the cost base that a lever lowers, -1 where it lifts
    sales; held (n, bases) their shares of sales; margin (n,) of extra sales; weight (months,), e.g. discount factors,
    zero where a month does not count.
    """
    draws, months, segments = sales.shape
    nodes, weights = _quadrature(int(np.diff(working.first).max(initial=1)))
    split = Split(
        np.zeros((draws, base.size)), np.zeros((base.size, segments, -(-months // 12))), np.zeros((base.size, months)),
    )
    _contribute(
        np.ascontiguousarray(sales), working.first, working.lever, working.strength, working.built, working.given,
        base, held, margin, weight, nodes, weights, split.by_lever, split.cells, split.months,
    )
    return Split(split.by_lever, split.cells / draws, split.months / draws)


def _quadrature(most: int) -> tuple[Array, Array]:
    """Gauss-Legendre nodes and weights on 0 to 1 for 0 to `most` measures at work, one row each.

    N nodes are exact to degree 2N - 1; with k measures the degree is at most k. The rest of a row has weight zero.
    """
    sizes = [min(MOST_NODES, count // 2 + 1) for count in range(most + 1)]
    nodes, weights = np.zeros((most + 1, max(sizes))), np.zeros((most + 1, max(sizes)))
    for count, size in enumerate(sizes):
        at, by = np.polynomial.legendre.leggauss(size)
        nodes[count, :size], weights[count, :size] = (at + 1) / 2, by / 2
    return nodes, weights


@compiled
def _contribute(
    sales: np.ndarray, first: np.ndarray, lever: np.ndarray, strength: np.ndarray, built: np.ndarray,
    given: np.ndarray, base: np.ndarray, held: np.ndarray, margin: np.ndarray, weight: np.ndarray, nodes: np.ndarray,
    weights: np.ndarray, by_lever: np.ndarray, cells: np.ndarray, by_month: np.ndarray,
) -> None:
    draws, months, segments = sales.shape
    bases = held.shape[1]
    most = weights.shape[0]
    effect, gain, part = np.empty(most), np.empty(most), np.empty(most)
    left = np.empty(bases)  # what is left of each base
    for n in range(draws):
        start = first[n]
        count = first[n + 1] - start
        for t in range(months):
            if weight[t] == 0 or count == 0:
                continue
            for s in range(segments):
                together = 0.0
                for a in range(count):
                    effect[a] = strength[start + a, s] * built[start + a, t]
                    part[a] = 0.0
                    if base[lever[start + a]] < 0:
                        gain[a] = np.expm1(effect[a])
                        together += effect[a]
                    else:
                        gain[a] = -np.expm1(-effect[a])
                for k in range(nodes.shape[1]):
                    if weights[count, k] == 0:
                        break
                    q = nodes[count, k]
                    product = weights[count, k]
                    left[:] = 1.0
                    for a in range(count):
                        b = base[lever[start + a]]
                        if b < 0:
                            product *= 1 + q * gain[a]
                        else:
                            left[b] *= 1 - q * gain[a]
                    each = margin[n]
                    for b in range(bases):
                        each += held[n, b] * (1 - left[b])
                    each *= product
                    for a in range(count):
                        b = base[lever[start + a]]
                        if b < 0:
                            part[a] += each * gain[a] / (1 + q * gain[a])
                        else:
                            part[a] += product * held[n, b] * left[b] * gain[a] / (1 - q * gain[a])
                extra = np.expm1(together)
                for a in range(count):
                    i = lever[start + a]
                    value = part[a]
                    if given[start + a] > 0 and base[i] < 0:
                        value -= given[start + a] * effect[a] * (extra / together if abs(together) > 1e-30 else 1.0)
                    value *= sales[n, t, s] * weight[t]
                    by_lever[n, i] += value
                    cells[i, s, t // 12] += value
                    by_month[i, t] += value
