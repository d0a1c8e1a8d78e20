"""First-order and total Sobol indices of a model with many inputs, streamed: no table of all points is ever held.

Two tables A and B of n base points are drawn; for input i, A with its column i taken from B gives the outputs
f(AB_i). One column is swapped in, the model is run, and the column is swapped back: memory grows with n times
inputs, not with n times inputs squared. First-order indices follow Saltelli et al. (2010), total ones Jansen (1999).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ecomplan.errors import ParameterError

Array = NDArray[np.float64]
Model = Callable[[NDArray[np.floating]], NDArray[np.floating]]  # points (rows, inputs) -> outputs (rows,)


@dataclass(frozen=True)
class Outputs:
    """Model outputs: `a` and `b` (n,) at the base points, `ab` (inputs, n) with one column of A taken from B."""

    a: Array
    b: Array
    ab: Array


@dataclass(frozen=True)
class Indices:
    """Sobol indices by input, each (inputs,), with the limits of their bootstrap interval; `explained` is the sum
    of the first-order ones, what is left to 1 being interaction."""

    first: Array
    first_low: Array
    first_high: Array
    total: Array
    total_low: Array
    total_high: Array

    @property
    def explained(self) -> float:
        return float(self.first.sum())


def base_points(inputs: int, points: int, seed: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Tables A and B, each (points, inputs), in the open unit cube: the halves of one scrambled Sobol sequence.

    Raises ParameterError unless `points` is a power of 2, the sizes for which the sequence is balanced.
    """
    from scipy.stats import qmc

    if points < 2 or points & (points - 1):
        raise ParameterError(f"Sobol base points {points} are refused; expected a power of 2, e.g. 512 or 1024")
    both = qmc.Sobol(2 * inputs, rng=np.random.default_rng(seed)).random(points)
    edge = 2.0 ** -25  # the ends of the cube would be infinite as normals
    unit = np.clip(both, edge, 1 - edge).astype(np.float32)
    np.clip(unit, np.float32(edge), np.float32(1 - 2.0 ** -24), out=unit)
    return np.ascontiguousarray(unit[:, :inputs]), np.ascontiguousarray(unit[:, inputs:])


def evaluate(
    model: Model, a: NDArray[np.floating], b: NDArray[np.floating], stack: int = 8,
    factor: NDArray[np.floating] | None = None,
) -> Outputs:
    """Run the model on A, B and every AB_i; `stack` tables AB_i go into one call.

    With `factor` (variables, inputs) the model gets points times its transpose, e.g. correlated normals from
    independent ones; one swapped input then changes a few variables by a product of rank one. `model` must not
    keep or change the points it is given: the next call finds them in the same memory.
    """
    points, inputs = a.shape
    given = a if factor is None else a @ factor.T.astype(a.dtype)
    last = b if factor is None else b @ factor.T.astype(b.dtype)
    ab = np.empty((inputs, points))
    work = np.tile(given, (min(stack, inputs), 1))
    for start in range(0, inputs, stack):
        columns = range(start, min(start + stack, inputs))
        touched: list[NDArray[np.int64]] = []
        for place, column in enumerate(columns):
            part = work[place * points:(place + 1) * points]
            if factor is None:
                touched.append(np.array([column]))
                part[:, column] = b[:, column]
            else:
                touched.append(np.flatnonzero(factor[:, column]))
                weight = factor[touched[-1], column].astype(a.dtype)
                part[:, touched[-1]] += np.outer(b[:, column] - a[:, column], weight)
        ab[columns.start:columns.stop] = np.reshape(model(work[:len(columns) * points]), (len(columns), points))
        for place, changed in enumerate(touched):
            work[place * points:(place + 1) * points, changed] = given[:, changed]
    return Outputs(np.asarray(model(given), np.float64), np.asarray(model(last), np.float64), ab)


def indices(outputs: Outputs, resamples: int, seed: int, level: float = 0.8) -> Indices:
    """Indices with percentile bootstrap intervals over base points.

    A resample is a row of counts, so that all of them are one matrix product. Raises ParameterError where the
    output never changes: there is no variance to share out.
    """
    a, b, ab = outputs.a, outputs.b, outputs.ab
    points = a.size
    runs = 2 + len(ab)
    middle = (a.mean() + b.mean() + float(ab.mean(axis=1).sum())) / runs  # of every run: the steadiest centre
    spread = np.concatenate([a, b]).std()
    if not spread > 0:
        raise ParameterError("Sobol indices: the model's output is the same at every point, so no input decides it")
    a, b, ab = (a - middle) / spread, (b - middle) / spread, (ab - middle) / spread  # smaller error (Sobol 2001)
    step = ab - a
    first_parts = (step * b).T
    total_parts = 0.5 * np.square(step).T
    rng = np.random.default_rng(seed)
    counts = rng.multinomial(points, np.full(points, 1 / points), resamples).astype(np.float64) / points
    weights = np.vstack([np.full((1, points), 1 / points), counts])
    mean = weights @ ((a + b) / 2)
    variance = weights @ ((np.square(a) + np.square(b)) / 2) - np.square(mean)
    # a resample of few distinct points can be without variance; it says nothing and takes the sample's own
    variance = np.where(variance > 1e-12, variance, variance[0])[:, None]
    first, total = (weights @ first_parts) / variance, (weights @ total_parts) / variance
    tail = (1 - level) / 2
    limits = [np.quantile(part[1:], (tail, 1 - tail), axis=0) for part in (first, total)]
    return Indices(
        first[0], np.minimum(limits[0][0], first[0]), np.maximum(limits[0][1], first[0]),
        total[0], np.minimum(limits[1][0], total[0]), np.maximum(limits[1][1], total[0]),
    )


def sobol(model: Model, inputs: int, points: int, seed: int, resamples: int = 200, level: float = 0.8) -> Indices:
    """Indices of `model` on the unit cube of `inputs` dimensions from (inputs + 2) times `points` runs."""
    a, b = base_points(inputs, points, seed)
    return indices(evaluate(model, a, b), resamples, seed, level)
