"""Compiled search for internal rates of return: every real root of many flows.

A rate r balances a flow where the polynomial with the flows as coefficients is zero at x = 1 / (1 + r) > 0. By
Descartes' rule of signs it has no such root without a change of sign among the flows, and exactly one with one.
More changes leave room for more roots, which a scan has to find.

Numba's cache looks at this file alone, so that the helpers stand here with the one function called from Python.
"""

from __future__ import annotations

import numba
import numpy as np

from ecomplan.compiling import compiled


@numba.njit  # type: ignore[untyped-decorator]
def _single(flow: np.ndarray, turn: int, low: float, high: float) -> float:
    """The root x of a flow whose only change of sign is at index `turn`, if within [low, high]; else 0.

    Newton's method on the logarithm of later over earlier flows as a function of log x: it rises steadily and is
    nearly straight, so that a few steps are enough; a step out of the bracket is halved into it.
    """
    at_low, at_high = np.log(low), np.log(high)
    left, right, y = at_low, at_high, 0.0
    if not left < y < right:
        y = 0.5 * (left + right)
    for _ in range(100):
        x = np.exp(y)
        later, later_slope, early, early_slope = 0.0, 0.0, 0.0, 0.0
        for j in range(flow.size - 1, turn - 1, -1):
            later_slope = later_slope * x + later
            later = later * x + flow[j]
        for j in range(turn - 1, -1, -1):
            early_slope = early_slope * x + early
            early = early * x + flow[j]
        excess = turn * y + np.log(-later / early)
        rise = turn + x * (later_slope / later - early_slope / early)
        if excess > 0:
            right = y
            if y == at_low:
                return 0.0
        else:
            left = y
            if y == at_high and excess < 0:
                return 0.0
        step = excess / rise
        following = y - step
        if following <= left:
            following = at_low if left == at_low and y != at_low else 0.5 * (left + right)
        elif following >= right:
            following = at_high if right == at_high and y != at_high else 0.5 * (left + right)
        elif abs(step) < 1e-9:  # what is left of the error is its square
            return float(np.exp(following))
        y = following
        if right - left < 1e-15:
            break
    return float(np.exp(y))


@numba.njit  # type: ignore[untyped-decorator]
def _between(flow: np.ndarray, low: float, high: float, rising: bool) -> float:
    """The root between two points where the polynomial differs in sign; `rising`: it is not negative at `high`."""
    x = 0.5 * (low + high)
    for _ in range(100):
        value, slope = 0.0, 0.0
        for j in range(flow.size - 1, -1, -1):
            slope = slope * x + value
            value = value * x + flow[j]
        if (value >= 0) == rising:
            high = x
        else:
            low = x
        following = x - value / slope if slope != 0 else low
        if not low < following < high:
            following = 0.5 * (low + high)
        moved = abs(following - x)
        x = following
        if moved <= 1e-12 * x:
            break
    return x


@numba.njit  # type: ignore[untyped-decorator]
def _dip(flow: np.ndarray, low: float, high: float, sign: float) -> float:
    """A point between `low` and `high` where the polynomial has the sign opposite to its ends', or 0: halving on
    the slope towards the extreme value between them."""
    for _ in range(60):
        x = 0.5 * (low + high)
        value, slope = 0.0, 0.0
        for j in range(flow.size - 1, -1, -1):
            slope = slope * x + value
            value = value * x + flow[j]
        if sign * value < 0:
            return x
        if sign * slope < 0:
            low = x
        else:
            high = x
        if high - low <= 1e-13 * high:
            break
    return 0.0


@compiled
def search(flows: np.ndarray, x: np.ndarray, count: np.ndarray, smallest: np.ndarray, largest: np.ndarray) -> None:
    """Roots x of each row of `flows` (rows, periods) between the ends of `x` (points, ascending): how many, the
    smallest and the largest, written into the last three (rows,); where there is none the two stay as they are.

    Rows with several changes of sign are scanned at all points. Two roots between neighbouring points show as a dip:
    the slope leads to zero on the left and away from it on the right; its lowest point is looked at.
    """
    rows, periods = flows.shape
    points = x.size
    value, slope = np.empty(points), np.empty(points)
    for i in range(rows):
        flow = flows[i]
        changes, turn, last = 0, 0, 0.0
        for j in range(periods):
            now = flow[j]
            if now != 0:
                if last * now < 0 or (last != 0 and (last < 0) != (now < 0)):
                    changes += 1
                    turn = j
                last = now
        if changes == 0:
            continue
        if changes == 1:
            root = _single(flow, turn, x[0], x[points - 1])
            if root > 0:
                count[i], smallest[i], largest[i] = 1, root, root
            continue
        for k in range(points):
            value[k], slope[k] = 0.0, 0.0
        for j in range(periods - 1, -1, -1):
            now = flow[j]
            for k in range(points):
                slope[k] = slope[k] * x[k] + value[k]
                value[k] = value[k] * x[k] + now
        found = 0
        for k in range(points - 1):
            left, right = value[k], value[k + 1]
            if (left >= 0) != (right >= 0):
                root = _between(flow, x[k], x[k + 1], right >= 0)
                if found == 0:
                    smallest[i] = root
                largest[i] = root
                found += 1
            else:
                sign = 1.0 if left >= 0 else -1.0
                if sign * slope[k] < 0 and sign * slope[k + 1] > 0:
                    # of a convex piece the two tangents' crossing is a lower bound
                    width = x[k + 1] - x[k]
                    across = (right - left - slope[k + 1] * width) / (slope[k] - slope[k + 1])
                    if sign * (left + slope[k] * across) < 0:
                        middle = _dip(flow, x[k], x[k + 1], sign)
                        if middle > 0:
                            root = _between(flow, x[k], middle, sign < 0)
                            if found == 0:
                                smallest[i] = root
                            largest[i] = _between(flow, middle, x[k + 1], sign > 0)
                            found += 2
        count[i] = found
