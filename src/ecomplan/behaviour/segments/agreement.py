"""How alike two groupings of the same customers are, and how far a distribution has moved."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def contingency(a: npt.NDArray[np.int64], b: npt.NDArray[np.int64], rows: int, columns: int) -> Floats:
    """Counts (rows, columns) of how often label `a` meets label `b`; labels count from 0."""
    return np.asarray(np.bincount(a * columns + b, minlength=rows * columns).reshape(rows, columns), np.float64)


def adjusted_rand(table: Floats) -> Floats:
    """Adjusted Rand index of contingency tables (..., rows, columns) (Hubert & Arabie, 1985).

    1: the same grouping; 0: as alike as chance would have it. Where both groupings hold one group, or each
    member is its own, they agree: 1.
    """
    def pairs(counts: Floats) -> Floats:
        return np.asarray(counts * (counts - 1) / 2)

    both = np.asarray(pairs(table).sum(axis=(-2, -1)))
    rows, columns = (np.asarray(pairs(table.sum(axis=axis)).sum(axis=-1)) for axis in (-1, -2))
    every = pairs(np.asarray(table.sum(axis=(-2, -1))))
    expected = np.divide(rows * columns, every, out=np.zeros_like(every), where=every > 0)
    span = (rows + columns) / 2 - expected
    return np.asarray(np.divide(both - expected, span, out=np.ones_like(every), where=np.abs(span) > 1e-12))


def stability_index(before: Floats, after: Floats) -> Floats:
    """Population stability index between counts (..., classes): sum of (q - p) ln(q / p) (Siddiqi, 2006).

    Usual reading: below 0.10 little has moved, above 0.25 much.
    """
    # ASSUME: a class without members stands for half a member, so that the logarithm exists
    p, q = (np.maximum(counts, 0.5) / np.maximum(counts, 0.5).sum(axis=-1, keepdims=True) for counts in (before, after))
    return np.asarray(((q - p) * np.log(q / p)).sum(axis=-1))
