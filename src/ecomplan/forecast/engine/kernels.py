"""Compiled helpers of the members: a Nelder-Mead search and a ridge least squares.

Numba's cache looks at the file of the function that is called from Python, not at this one: whoever changes a
helper here deletes the `.nbi` and `.nbc` files in `__pycache__`, or the old code goes on running.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numba
import numpy as np

F = TypeVar("F", bound=Callable[..., Any])

_BUILD, _REFLECT, _EXPAND, _CONTRACT = 0, 1, 2, 3


def compiled(function: F) -> F:
    """`function` compiled at its first call and kept on disk, where a disk can be written to."""
    try:
        return numba.njit(cache=True)(function)  # type: ignore[no-any-return]
    except RuntimeError:  # no folder for the cache: compile in every process
        return numba.njit(function)  # type: ignore[no-any-return]


def inlined(function: F) -> F:
    """`function` compiled into its callers, and kept with them."""
    return numba.njit(function)  # type: ignore[no-any-return]


@inlined
def simplex(start: np.ndarray, step: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A Nelder & Mead (1965) search to be asked and told: (points [size + 4, size], values [size + 4], state [3]).

    The caller computes its objective at `points[state[0]]` and hands it to `tell` until that says that it is done; so
    no function is passed to compiled code, which could then not be kept on disk. The lowest point is points[0].
    Rows: the simplex's size + 1 points, then the reflected point, a second try, and the centre.
    """
    size = len(start)
    points = np.zeros((size + 4, size))
    for i in range(size + 1):
        points[i] = start
        if i > 0:
            points[i, i - 1] += step[i - 1]
    return points, np.full(size + 4, np.inf), np.array([0, _BUILD, 0])


@inlined
def tell(
    points: np.ndarray, values: np.ndarray, state: np.ndarray, value: float, evaluations: int, tolerance: float,
) -> bool:
    """Take the value at points[state[0]], set the next point to ask for; True: done, points[0] is the best.

    Done after `evaluations` values or when those of the simplex differ by less than `tolerance`. Values must be finite
    or +inf (not allowed there).
    """
    size = points.shape[1]
    reflected, second, centre = size + 1, size + 2, size + 3
    asked, phase = state[0], state[1]
    values[asked] = value
    state[2] += 1
    if phase == _BUILD and asked < size:
        state[0] = asked + 1
        return False
    if phase == _REFLECT:
        if value < values[0]:
            points[second] = points[centre] + 2.0 * (points[centre] - points[size])
            state[0], state[1] = second, _EXPAND
            return False
        if value >= values[size - 1]:
            inside = -0.5 if value >= values[size] else 0.5
            points[second] = points[centre] + inside * (points[centre] - points[size])
            state[0], state[1] = second, _CONTRACT
            return False
        points[size], values[size] = points[reflected], value
    elif phase == _EXPAND:
        best = second if value < values[reflected] else reflected
        points[size], values[size] = points[best], values[best]
    elif phase == _CONTRACT:
        if value < min(values[reflected], values[size]):
            points[size], values[size] = points[second], value
        else:
            for i in range(1, size + 1):
                points[i] = points[0] + 0.5 * (points[i] - points[0])
            state[0], state[1] = 1, _BUILD
            return False
    for i in range(1, size + 1):  # insertion sort: few points, mostly in order
        point, held = points[i].copy(), values[i]
        j = i - 1
        while j >= 0 and values[j] > held:
            points[j + 1], values[j + 1] = points[j], values[j]
            j -= 1
        points[j + 1], values[j + 1] = point, held
    if values[size] - values[0] < tolerance or state[2] >= evaluations:
        return True
    points[centre] = 0.0
    for i in range(size):
        points[centre] += points[i] / size
    points[reflected] = 2.0 * points[centre] - points[size]
    state[0], state[1] = reflected, _REFLECT
    return False


@inlined
def least_squares(
    columns: np.ndarray, target: np.ndarray, ridge: np.ndarray, leading: int,
) -> tuple[np.ndarray, float, float]:
    """Minimise |target - b columns|^2 + sum(ridge b^2); `columns` is [k, n], one column of the design a row.

    Returns b [k], the minimum and the log determinant of (columns columns' + ridge) for the `leading` first columns.
    A column that is zero, or that others explain, gets 0.
    """
    size, length = columns.shape
    gram = np.zeros((size, size))
    right = np.zeros(size)
    total = 0.0
    for t in range(length):
        total += target[t] * target[t]
    for i in range(size):
        for j in range(i + 1):
            value = 0.0
            for t in range(length):
                value += columns[i, t] * columns[j, t]
            gram[i, j] = value
        gram[i, i] += ridge[i]
        value = 0.0
        for t in range(length):
            value += columns[i, t] * target[t]
        right[i] = value
    determinant = 0.0
    lower = np.zeros((size, size))
    half = np.zeros(size)
    left_out = np.zeros(size, dtype=np.bool_)
    for i in range(size):  # Cholesky, leaving out what the columns before explain
        for j in range(i):
            value = gram[i, j]
            for k in range(j):
                value -= lower[i, k] * lower[j, k]
            lower[i, j] = 0.0 if left_out[j] else value / lower[j, j]
        value = gram[i, i]
        for k in range(i):
            value -= lower[i, k] * lower[i, k]
        if value <= 1e-9 * gram[i, i] or gram[i, i] <= 0.0:
            left_out[i] = True
            continue
        lower[i, i] = np.sqrt(value)
        if i < leading:
            determinant += np.log(value)
        value = right[i]
        for k in range(i):
            value -= lower[i, k] * half[k]
        half[i] = value / lower[i, i]
    found = np.zeros(size)
    for i in range(size - 1, -1, -1):
        if left_out[i]:
            continue
        value = half[i]
        for k in range(i + 1, size):
            value -= lower[k, i] * found[k]
        found[i] = value / lower[i, i]
    for i in range(size):
        total -= half[i] * half[i]
    return found, max(total, 0.0), determinant
