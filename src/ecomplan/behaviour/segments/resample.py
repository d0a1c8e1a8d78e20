"""Resampling customers: sums over many resamples at once, and the intervals of what is computed from them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from ecomplan.behaviour.statistics import LEVEL, Floats, limits

CELLS = 1_000_000  # weights at a time: they stay in the processor's cache, and memory small


def rows_at_once(units: int) -> int:
    """Resamples that are worked on together."""
    return max(1, CELLS // max(units, 1))


class Draws:
    """Resamples of `units` (bootstrap: Efron, 1979): how often each is drawn, one byte each.

    Drawn once and used for every estimate on the same units, so that all of them move together.
    """

    def __init__(self, units: int, draws: int, rng: np.random.Generator):
        self.units = units
        self.counts = np.empty((draws, units), dtype=np.uint8)
        step = rows_at_once(units)
        for start in range(0, draws, step):
            rows = min(step, draws - start)
            drawn = rng.integers(units, size=(rows, units)) + units * np.arange(rows)[:, None]
            counted = np.bincount(drawn.ravel(), minlength=rows * units)
            self.counts[start:start + rows] = counted.reshape(rows, units)

    def batches(self, kind: type = np.float64) -> Iterator[npt.NDArray[np.floating]]:
        """The weights as numbers, some resamples at a time: (resamples, units)."""
        step = rows_at_once(self.units)
        for start in range(0, len(self.counts), step):
            yield self.counts[start:start + step].astype(kind)

    def sums(self, columns: npt.NDArray[np.floating]) -> Floats:
        """Sums of `columns` (units, k) in each resample: (draws, k)."""
        kind = np.float32 if columns.dtype == np.float32 else np.float64
        return np.concatenate([(batch @ columns).astype(np.float64) for batch in self.batches(kind)])


def centred(value: npt.ArrayLike, spread: Floats, level: float = LEVEL) -> tuple[Floats, Floats]:
    """(low, high) as `limits`, moved so that the middle of the resamples lies on the value.

    For measures of unevenness: a resample is more uneven than what it is drawn from, by about as much as the sample
    is more uneven than the whole (bias correction: Davison & Hinkley, 1997).
    """
    low, high = limits(spread, level)
    shift = np.asarray(value, np.float64) - np.median(spread, axis=0)
    return low + shift, high + shift


def ratio(upper: npt.ArrayLike, lower: npt.ArrayLike) -> Floats:
    """upper / lower; 0 where there is nothing below."""
    a, b = np.asarray(upper, np.float64), np.asarray(lower, np.float64)
    return np.divide(a, b, out=np.zeros(np.broadcast_shapes(a.shape, b.shape)), where=b > 0)
