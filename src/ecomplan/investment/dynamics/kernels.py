"""Compiled Runge-Kutta integration of many systems of mass action at once.

Runs stand side by side in blocks that fit the processor's first cache, so that each step works on rows of numbers.
"""

from __future__ import annotations

import numpy as np

from ecomplan.compiling import compiled

BLOCK = 64


@compiled
def integrate(
    start: np.ndarray, coefficients: np.ndarray, source: np.ndarray, target: np.ndarray, by: np.ndarray,
    season: np.ndarray, watched: np.ndarray, counters: int, steps: int,
) -> tuple[np.ndarray, np.ndarray]:
    """Stocks [months + 1, S, n] at the ends of months and watched flows [months, counters, n] within them.

    The classical method of fourth order (Kutta 1901) with `steps` steps a month. start [S, n], coefficients [F, n];
    season [F, months] multiplies a flow's coefficient in a month; watched [F] is a flow's counter or -1.
    """
    stocks, runs = start.shape
    flows, months = season.shape
    h = 1.0 / steps
    reach = np.array([0.5 * h, 0.5 * h, h, 0.0])
    weight = np.array([h / 6.0, h / 3.0, h / 3.0, h / 6.0])
    paths = np.empty((months + 1, stocks, runs))
    counted = np.zeros((months, counters, runs))
    x, y = np.empty((stocks, BLOCK)), np.empty((stocks, BLOCK))
    d, total = np.empty((stocks, BLOCK)), np.empty((stocks, BLOCK))
    k, rate = np.empty((flows, BLOCK)), np.empty(BLOCK)
    for first in range(0, runs, BLOCK):
        width = min(BLOCK, runs - first)
        for i in range(stocks):
            for j in range(width):
                x[i, j] = start[i, first + j]
                paths[0, i, first + j] = x[i, j]
        for month in range(months):
            for f in range(flows):
                for j in range(width):
                    k[f, j] = season[f, month] * coefficients[f, first + j]
            for _ in range(steps):
                y[:] = x
                total[:] = x
                for stage in range(4):
                    d[:] = 0.0
                    for f in range(flows):
                        s, t, b, w = source[f], target[f], by[f], watched[f]
                        for j in range(width):
                            rate[j] = k[f, j]
                        if b >= 0:
                            for j in range(width):
                                rate[j] *= y[b, j]
                        if s >= 0:
                            for j in range(width):
                                rate[j] *= y[s, j]
                                d[s, j] -= rate[j]
                        if t >= 0:
                            for j in range(width):
                                d[t, j] += rate[j]
                        if w >= 0:
                            for j in range(width):
                                counted[month, w, first + j] += weight[stage] * rate[j]
                    for i in range(stocks):
                        for j in range(width):
                            total[i, j] += weight[stage] * d[i, j]
                            y[i, j] = x[i, j] + reach[stage] * d[i, j]
                x[:] = total
            for i in range(stocks):
                for j in range(width):
                    paths[month + 1, i, first + j] = x[i, j]
    return paths, counted
