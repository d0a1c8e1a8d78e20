"""Correlation matrices from groups of variables that go together, checked and, on request, repaired."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ecomplan.errors import ParameterError

Array = NDArray[np.float64]
#: smallest eigenvalue from which a matrix counts as positive definite
LEAST_EIGENVALUE = 1e-10
_SWEEPS = 2000


@dataclass(frozen=True)
class Repair:
    """A repaired matrix, and what was changed: the largest change, the pair, and a sentence."""

    matrix: Array
    largest_change: float
    pair: tuple[str, str]
    told: str


def from_groups(names: Sequence[str], groups: Sequence[tuple[Sequence[str], float]]) -> Array:
    """The matrix in which every two variables of a group correlate by the group's number, all others by 0.

    A pair in two groups takes the later one's. Raises ParameterError for an unknown name or a correlation
    outside -1..1; definiteness is checked by `checked`.
    """
    place = {name: row for row, name in enumerate(names)}
    matrix = np.eye(len(names))
    for members, rho in groups:
        if unknown := [name for name in members if name not in place]:
            raise ParameterError(f"correlation: no variable {unknown[0]!r}")
        if not -1 <= rho <= 1:
            raise ParameterError(f"correlation {rho:g} among {', '.join(members[:3])} is refused; expected -1..1")
        rows = np.array([place[name] for name in members], dtype=np.int64)
        if rows.size > 1:
            block = np.ix_(rows, rows)
            matrix[block] = rho
            matrix[rows, rows] = 1.0
    return matrix


def checked(matrix: Array, names: Sequence[str]) -> Array:
    """The matrix itself, if it is a positive definite correlation matrix.

    Raises ParameterError: not square, not finite, not symmetric, diagonal not 1, or an eigenvalue at or below 0;
    then it names the smallest eigenvalue and the pair that contributes most to it.
    """
    _formal(matrix, names)
    values, vectors = np.linalg.eigh(matrix)
    if values[0] < LEAST_EIGENVALUE:
        first, second = _worst_pair(matrix, vectors[:, 0])
        raise ParameterError(
            f"correlation matrix is not positive definite: smallest eigenvalue {values[0]:.3g}; most at fault: "
            f"{names[first]} with {names[second]} ({matrix[first, second]:+.2f}). Lower that correlation, or ask "
            f"for the nearest matrix with `nearest`"
        )
    return matrix


def nearest(matrix: Array, names: Sequence[str]) -> Repair:
    """The nearest positive definite correlation matrix in the Frobenius norm (alternating projections with
    Dykstra's correction; Higham 2002), and what it changed."""
    _formal(matrix, names)
    y, correction = matrix.copy(), np.zeros_like(matrix)
    for _ in range(_SWEEPS):
        r = y - correction
        values, vectors = np.linalg.eigh(r)
        x = (vectors * np.maximum(values, 10 * LEAST_EIGENVALUE)) @ vectors.T
        correction = x - r
        before, y = y, x.copy()
        np.fill_diagonal(y, 1.0)
        if np.abs(y - before).max() < 1e-12:
            break
    low = float(np.linalg.eigvalsh(y)[0])
    if low < LEAST_EIGENVALUE:  # what the last projection onto the diagonal took away
        lift = 2 * LEAST_EIGENVALUE - low
        y = (y + lift * np.eye(len(y))) / (1 + lift)
    y = (y + y.T) / 2
    np.fill_diagonal(y, 1.0)
    change = np.abs(y - matrix)
    first, second = _place(change)
    told = (
        f"correlations repaired to the nearest positive definite matrix; the largest change is "
        f"{names[first]} with {names[second]}, from {matrix[first, second]:+.3f} to {y[first, second]:+.3f}"
    )
    return Repair(y, float(change.max()), (names[first], names[second]), told)


def factor(matrix: Array, names: Sequence[str]) -> Array:
    """Lower Cholesky factor of a checked matrix."""
    return np.asarray(np.linalg.cholesky(checked(matrix, names)))


def _formal(matrix: Array, names: Sequence[str]) -> None:
    if matrix.shape != (len(names), len(names)):
        raise ParameterError(f"correlation matrix of shape {matrix.shape} is refused; expected {len(names)} a side")
    if not np.isfinite(matrix).all():
        row, column = _place((~np.isfinite(matrix)).astype(np.float64))
        raise ParameterError(f"correlation of {names[row]} with {names[column]} is not a finite number")
    if not np.allclose(matrix, matrix.T, atol=1e-12) or not np.allclose(np.diag(matrix), 1.0, atol=1e-12):
        raise ParameterError("correlation matrix is refused; expected a symmetric one with 1 on its diagonal")
    if np.abs(matrix).max() > 1 + 1e-12:
        row, column = _place(np.abs(matrix))
        raise ParameterError(f"correlation of {names[row]} with {names[column]} is outside -1..1")


def _worst_pair(matrix: Array, vector: Array) -> tuple[int, int]:
    """The pair whose term lowers the quadratic form of the smallest eigenvector most."""
    terms = matrix * np.outer(vector, vector)
    np.fill_diagonal(terms, 0.0)
    return _place(-terms)


def _place(matrix: Array) -> tuple[int, int]:
    """Row and column of the largest entry."""
    row, column = divmod(int(np.argmax(matrix)), matrix.shape[1])
    return row, column
