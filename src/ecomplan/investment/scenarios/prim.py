"""Scenario discovery: the box of a few inputs in which an outcome is frequent (PRIM; Friedman & Fisher 1999).

The box starts as all of the space and peels off a thin slice at a time, the one that raises the outcome's share
most for the rows it gives up; slices are then pasted back where that does not lower the share. Coverage is the share
of all outcomes inside, density the share of the inside that has the outcome, mass the share of all rows inside.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ecomplan.errors import ParameterError

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Box:
    """Limits by column, `low` and `high` (columns,), both inclusive; infinite where the column is free."""

    low: Array
    high: Array
    coverage: float
    density: float
    mass: float

    @property
    def restricted(self) -> list[int]:
        """Columns that the box limits."""
        return np.flatnonzero(np.isfinite(self.low) | np.isfinite(self.high)).tolist()

    def inside(self, inputs: Array) -> Mask:
        """Rows of `inputs` (rows, columns) in the box."""
        return np.asarray(((inputs >= self.low) & (inputs <= self.high)).all(axis=1))


def peel(inputs: Array, outcome: Mask, share: float, least_mass: float) -> list[Box]:
    """The trajectory of boxes from all of the space downwards, each with coverage, density and mass.

    `share` of the rows inside goes with each slice of a continuous column; a column of two values gives up one of
    them at once. It ends where no slice raises the density or fewer than `least_mass` of all rows would be left.
    Raises ParameterError where the outcome never or always happens: there is nothing to tell apart.
    """
    inputs = np.asarray(inputs, np.float64)
    rows, columns = inputs.shape
    if not 0 < outcome.sum() < rows:
        raise ParameterError("scenario discovery: the outcome happens in every draw or in none; no box parts them")
    low, high = np.full(columns, -np.inf), np.full(columns, np.inf)
    inner = np.arange(rows)
    boxes = [_box(low, high, inner, outcome)]
    while True:
        found = _best_slice(inputs[inner], outcome[inner], share)
        if found is None:
            return boxes
        column, limit, upper = found
        kept = inner[inputs[inner, column] <= limit] if upper else inner[inputs[inner, column] >= limit]
        if len(kept) < least_mass * rows:
            return boxes
        (high if upper else low)[column] = limit
        inner = kept
        boxes.append(_box(low, high, inner, outcome))


def choose(boxes: list[Box], density: float) -> Box:
    """The largest box that reaches `density`; the densest one where none does."""
    dense = [box for box in boxes if box.density >= density]
    return max(dense, key=lambda box: box.coverage) if dense else max(boxes, key=lambda box: box.density)


def paste(box: Box, inputs: Array, outcome: Mask, share: float) -> Box:
    """The box widened, limit by limit, as long as its density does not fall."""
    low, high = box.low.copy(), box.high.copy()
    best = _box(low, high, np.flatnonzero(box.inside(inputs)), outcome)
    widened = True
    while widened:
        widened = False
        for column in best.restricted:
            for upper in (True, False):
                limit = (best.high if upper else best.low)[column]
                if not np.isfinite(limit):
                    continue
                others_low, others_high = best.low.copy(), best.high.copy()
                (others_high if upper else others_low)[column] = np.inf if upper else -np.inf
                free = ((inputs >= others_low) & (inputs <= others_high)).all(axis=1)
                beyond = np.sort(inputs[free & ((inputs[:, column] > limit) if upper else (inputs[:, column] < limit)),
                                        column])
                if not beyond.size:
                    continue
                count = min(max(int(share * best.mass * len(outcome)), 1), beyond.size)
                wider = beyond[count - 1] if upper else beyond[-count]
                (others_high if upper else others_low)[column] = wider
                tried = _box(others_low, others_high, np.flatnonzero(
                    ((inputs >= others_low) & (inputs <= others_high)).all(axis=1)), outcome)
                if tried.density >= best.density and tried.mass > best.mass:
                    best, widened = tried, True
    return best


def without(box: Box, column: int, inputs: Array, outcome: Mask) -> Box:
    """The box with one column set free: how much that limit matters."""
    low, high = box.low.copy(), box.high.copy()
    low[column], high[column] = -np.inf, np.inf
    return _box(low, high, np.flatnonzero(((inputs >= low) & (inputs <= high)).all(axis=1)), outcome)


def trimmed(box: Box, inputs: Array, outcome: Mask, least_gain: float) -> Box:
    """The box without the limits whose removal costs less than `least_gain` of density, the weakest first."""
    while len(box.restricted) > 1:
        freed = {column: without(box, column, inputs, outcome) for column in box.restricted}
        weakest = max(freed, key=lambda column: freed[column].density)
        if box.density - freed[weakest].density >= least_gain:
            break
        box = freed[weakest]
    return box


def discover(inputs: Array, outcome: Mask, density: float, share: float, least_mass: float, least_gain: float) -> Box:
    """Peel, choose, paste and trim: the box to tell."""
    boxes = peel(inputs, outcome, share, least_mass)
    return trimmed(paste(choose(boxes, density), inputs, outcome, share), inputs, outcome, least_gain)


def stability(
    inputs: Array, outcome: Mask, density: float, share: float, least_mass: float, least_gain: float,
    resamples: int, seed: int,
) -> Array:
    """Share of half samples, drawn without replacement, whose box limits each column, shape (columns,).

    A limit found in most halves belongs to the model; one found in few belongs to the draws at hand.
    """
    rng = np.random.default_rng(seed)
    seen = np.zeros(inputs.shape[1])
    done = 0
    for _ in range(resamples):
        half = rng.permutation(len(outcome))[: len(outcome) // 2]
        if not 0 < outcome[half].sum() < half.size:
            continue
        seen[discover(inputs[half], outcome[half], density, share, least_mass, least_gain).restricted] += 1
        done += 1
    return seen / max(done, 1)


def _box(low: Array, high: Array, inner: NDArray[np.int64], outcome: Mask) -> Box:
    hits = int(outcome[inner].sum())
    return Box(low.copy(), high.copy(), hits / int(outcome.sum()), hits / max(len(inner), 1), len(inner) / len(outcome))


def _best_slice(inputs: Array, outcome: Mask, share: float) -> tuple[int, float, bool] | None:
    """(column, limit, limit is an upper one) of the slice with the highest gain of density per share given up."""
    rows = len(outcome)
    count = max(int(share * rows), 1)
    if rows <= count + 1:
        return None
    mean = outcome.mean()
    best, answer = 1e-12, None
    ends = np.partition(inputs, (count, rows - 1 - count), axis=0)[[count, rows - 1 - count]]
    for column in range(inputs.shape[1]):
        values = inputs[:, column]
        least, most = values.min(), values.max()
        if least == most:
            continue
        bottom, top = ends[:, column]
        two = bool(((values == least) | (values == most)).all())
        for limit, upper in ((most if two else bottom, False), (least if two else top, True)):
            kept = values <= limit if upper else values >= limit
            number = int(kept.sum())
            if number == rows:  # ties at the end: the slice is empty
                continue
            gain = (outcome[kept].mean() - mean) / (1 - number / rows)
            if gain > best:
                best, answer = gain, (column, float(limit), upper)
    return answer
