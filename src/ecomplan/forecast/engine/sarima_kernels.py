"""The compiled part of SARIMA: likelihood, search, forecasts and psi weights."""

from __future__ import annotations

import numpy as np

from ecomplan.forecast.engine.kernels import compiled, inlined, least_squares, simplex, tell

#: coefficients are kept inside this, so that the process stays stationary and invertible
BOUND = 0.98
#: weight of a normal prior around 0 in the deviance, for phi, theta and Theta: standard deviation 0.5 for phi where
#: the regular difference is taken (there a phi near 1 would be a second unit root), else none
PRIOR_PHI = 4.0


@inlined
def _filter(w: np.ndarray, phi: float, theta: float, big: float, lag: int, out: np.ndarray) -> None:
    """Errors of `w` in out[lag+1:]; out[:lag+1], the errors before, as they are found there."""
    for t in range(len(w)):
        value = w[t]
        if t > 0:
            value -= phi * w[t - 1]
        at = t + lag + 1
        value -= theta * out[at - 1]
        if big != 0.0:
            value -= big * (out[at - lag] + theta * out[at - lag - 1])
        out[at] = value


@inlined
def _regression(
    w: np.ndarray, columns: np.ndarray, phi: float, theta: float, big: float, lag: int, exact: bool,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, float, float]:
    """Filtered rows, filtered w, coefficients, sum of squares and log determinant of the errors before the start."""
    size, n = columns.shape
    before = lag + 2 if exact else 0
    rows = np.zeros((before + size, n))
    work = np.zeros(n + lag + 1)
    nothing = np.zeros(n)
    ridge = np.zeros(before + size)
    for i in range(before - 1):
        ridge[i] = 1.0
        if 1 < i < lag:  # as the one before, a period later
            rows[i, 1:] = rows[i - 1, :-1]
            continue
        work[:] = 0.0
        work[i] = 1.0
        _filter(nothing, phi, theta, big, lag, work)
        rows[i] = -work[lag + 1:]
    if before > 0 and phi != 0.0:  # the change before the first, of the stationary process
        work[:] = 0.0
        nothing[0] = phi
        _filter(nothing, 0.0, theta, big, lag, work)
        nothing[0] = 0.0
        rows[before - 1] = work[lag + 1:]
    if before > 0:
        ridge[before - 1] = 1.0 - phi * phi
    for i in range(size):
        work[:] = 0.0
        _filter(columns[i], phi, theta, big, lag, work)
        rows[before + i] = work[lag + 1:]
    work[:] = 0.0
    _filter(w, phi, theta, big, lag, work)
    target = work[lag + 1:].copy()
    b, total, logdet = least_squares(rows, target, ridge, before)
    if before > 0:
        logdet -= np.log(1.0 - phi * phi)
    return rows, target, b, total, logdet


@inlined
def _loss(x: np.ndarray, data: tuple[np.ndarray, np.ndarray, np.ndarray, int, bool, np.ndarray]) -> float:
    w, columns, free, lag, exact, prior = data
    p = np.zeros(3)
    at = 0
    for i in range(3):
        if free[i]:
            p[i] = BOUND * np.tanh(x[at])
            at += 1
    _, _, _, total, logdet = _regression(w, columns, p[0], p[1], p[2], lag, exact)
    return float(len(w) * np.log(max(total, 1e-12) / len(w)) + logdet + (prior * p * p).sum())


@compiled
def search(
    w: np.ndarray, columns: np.ndarray, start: np.ndarray, free: np.ndarray, lag: int, exact: bool, prior: np.ndarray,
) -> tuple[np.ndarray, float]:
    """phi, theta, Theta and n log(sum of squares / n) plus the determinant's part there."""
    size = int(free.sum())
    found = np.zeros(3)
    x = np.zeros(size)
    at = 0
    for i in range(3):
        if free[i]:
            x[at] = np.arctanh(min(max(start[i] / BOUND, -0.99), 0.99))
            at += 1
    data = (w, columns, free, lag, exact, prior)
    if size == 0:
        return found, _loss(x, data)
    points, losses, state = simplex(x, np.full(size, 0.4))
    while not tell(points, losses, state, _loss(points[state[0]], data), 60 * size, 1e-4):
        pass
    best, value = points[0], losses[0]
    at = 0
    for i in range(3):
        if free[i]:
            found[i] = BOUND * np.tanh(best[at])
            at += 1
    return found, value


@compiled
def deviance(w: np.ndarray, columns: np.ndarray, values: np.ndarray, lag: int, exact: bool) -> float:
    _, _, _, total, logdet = _regression(w, columns, values[0], values[1], values[2], lag, exact)
    return float(len(w) * np.log(max(total, 1e-12) / len(w)) + logdet)


@compiled
def solve(
    w: np.ndarray, columns: np.ndarray, phi: float, theta: float, big: float, lag: int, exact: bool,
) -> tuple[np.ndarray, np.ndarray, float]:
    """Coefficients, errors [lag + 1 before the start, then n] and their sum of squares."""
    rows, target, b, total, _ = _regression(w, columns, phi, theta, big, lag, exact)
    n = len(w)
    found = np.zeros(lag + 1 + n)
    before = lag + 2 if exact else 0
    for i in range(before - 1):
        found[i] = b[i]
    for t in range(n):
        value = target[t]
        for i in range(len(b)):
            value -= b[i] * rows[i, t]
        found[lag + 1 + t] = value
    return b[before:], found, total


@compiled
def roll(
    u: np.ndarray, e: np.ndarray, horizon: int, phi: float, theta: float, big: float,
    regular: int, seasonal: int, lag: int, first: int,
) -> np.ndarray:
    """Forecasts of u[t+1 .. t+horizon] from every t >= first that has an error; `e` starts lag + 1 before the first."""
    n = len(u)
    lost = regular + seasonal * lag
    w = np.zeros(n)
    for t in range(lost, n):
        w[t] = u[t]
        if regular:
            w[t] -= u[t - 1]
        if seasonal:
            w[t] -= u[t - lag]
        if regular and seasonal:
            w[t] += u[t - lag - 1]
    found = np.full((n, horizon), np.nan)
    for t in range(max(first, lost), n):
        ahead = found[t]
        change = w[t]
        for k in range(horizon):
            j = t + 1 + k
            at = j - lost + lag + 1
            known = t - lost + lag + 1
            change = phi * change
            if at - 1 <= known:
                change += theta * e[at - 1]
            if big != 0.0 and at - lag <= known:
                change += big * e[at - lag]
            if big != 0.0 and at - lag - 1 <= known:
                change += big * theta * e[at - lag - 1]
            value = change
            if regular:
                value += u[j - 1] if k == 0 else ahead[k - 1]
            if seasonal:
                value += u[j - lag] if k < lag else ahead[k - lag]
            if regular and seasonal:
                value -= u[j - lag - 1] if k < lag + 1 else ahead[k - lag - 1]
            ahead[k] = value
    return found


@compiled
def psi_weights(
    horizon: int, phi: float, theta: float, big: float, regular: int, seasonal: int, lag: int,
) -> np.ndarray:
    """How much of one error is left in the series k steps later, k = 0 .. horizon - 1."""
    change = np.zeros(horizon)
    left = np.zeros(horizon)
    for k in range(horizon):
        value = 1.0 if k == 0 else phi * change[k - 1]
        if k == 1:
            value += theta
        if k == lag:
            value += big
        if k == lag + 1:
            value += big * theta
        change[k] = value
        if regular and k >= 1:
            value += left[k - 1]
        if seasonal and k >= lag:
            value += left[k - lag]
        if regular and seasonal and k >= lag + 1:
            value -= left[k - lag - 1]
        left[k] = value
    return left
