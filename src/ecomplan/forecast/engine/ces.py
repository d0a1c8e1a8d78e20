"""Complex exponential smoothing (Svetunkov & Kourentzes 2018; Svetunkov, Kourentzes & Ord 2022), compiled."""

from __future__ import annotations

import numpy as np

from ecomplan.forecast.engine.fitted import Fit
from ecomplan.forecast.engine.kernels import compiled, inlined, simplex, tell

#: forms: without season, simple seasonal, partial (a plain seasonal index beside), full (a complex one beside)
PLAIN, SIMPLE, PARTIAL, FULL = 0, 1, 2, 3
PARAMETERS = (2, 2, 3, 4)
#: how much a forecast may grow by itself, a step
GROWTH = 0.02


def fit_ces(y: np.ndarray, horizon: int, season: int, log: bool) -> Fit:
    """Fit to `y` [n >= 6] on its own scale, the form by AICc; mean, sigma and errors on log y if `log`."""
    n = len(y)
    unit = float(np.abs(y).mean()) or 1.0
    scaled = np.ascontiguousarray(y / unit, dtype=np.float64)
    forms = [PLAIN] if season < 2 or n < 2 * season + 2 else [PLAIN, SIMPLE, PARTIAL, FULL]
    best: tuple[float, int, np.ndarray] | None = None
    for form in forms:
        values, total = _search(scaled, season, form)
        k = PARAMETERS[form] + 1
        aicc = n * np.log(max(total, 1e-12) / n) + 2 * k + 2 * k * (k + 1) / max(1, n - k - 1)
        if best is None or aicc < best[0]:
            best = (float(aicc), form, values)
    assert best is not None
    _, form, values = best
    fitted, ahead, psi = _run(scaled, season, form, values, horizon)
    fitted, ahead = fitted * unit, ahead * unit
    if log:
        floor = 0.01 * float(y.min())
        errors = np.log(y) - np.log(np.maximum(fitted, floor))
        mean = np.log(np.maximum(ahead, floor))
    else:
        errors, mean = y - fitted, ahead
    scale = float(np.sqrt((errors**2).sum() / max(1, n - PARAMETERS[form])))
    errors[0] = np.nan
    sigma = scale * np.sqrt(np.cumsum(psi**2))
    return Fit(name="ces", mean=mean, sigma=sigma, errors=errors)


@inlined
def _step(error: float, level: float, other: float, a0: float, a1: float) -> tuple[float, float]:
    """The complex state one step on."""
    return (
        level - (1.0 - a1) * other + (a0 - a1) * error,
        level + (1.0 - a0) * other + (a0 + a1) * error,
    )


@inlined
def _pass(
    y: np.ndarray, form: int, p: np.ndarray, state: np.ndarray, season: np.ndarray, back: bool, fitted: np.ndarray,
) -> float:
    """Once through `y`, backwards if `back`; `state` [2] and `season` [2, season] are moved along."""
    n, length = len(y), season.shape[1]
    total = 0.0
    for i in range(n):
        t = n - 1 - i if back else i
        at = t % length
        guess = 0.0
        if form != SIMPLE:
            guess += state[0]
        if form != PLAIN:
            guess += season[0, at]
        error = y[t] - guess
        fitted[t] = guess
        total += error * error
        if total > 1e12:
            return float(total)
        if form != SIMPLE:
            state[0], state[1] = _step(error, state[0], state[1], p[0], p[1])
        if form == SIMPLE:
            season[0, at], season[1, at] = _step(error, season[0, at], season[1, at], p[0], p[1])
        elif form == PARTIAL:
            season[0, at] += p[2] * error
        elif form == FULL:
            season[0, at], season[1, at] = _step(error, season[0, at], season[1, at], p[2], p[3])
    return total


@inlined
def _start(y: np.ndarray, season: int, form: int) -> tuple[np.ndarray, np.ndarray]:
    """Initial states from the first seasons: their mean, and what each phase differs from it."""
    n = len(y)
    state = np.zeros(2)
    indices = np.zeros((2, season))
    first = min(n, 2 * season) if season > 1 else min(n, 6)
    level = 0.0
    for t in range(first):
        level += y[t] / first
    state[0] = level
    state[1] = level / 1.1
    if form != PLAIN:
        for at in range(season):
            value = 0.5 * (y[at] + y[at + season])
            if form != SIMPLE:
                value -= level
            indices[0, at] = value
            indices[1, at] = value / 1.1
    return state, indices


@inlined
def _loss(
    y: np.ndarray, season: int, form: int, p: np.ndarray, fitted: np.ndarray,
) -> tuple[float, np.ndarray, np.ndarray]:
    """Sum of squared errors after the initial states were found by going there and back; the states at the end."""
    state, indices = _start(y, season, form)
    total = _pass(y, form, p, state, indices, False, fitted)
    if total > 1e12:
        return total, state, indices
    total = _pass(y, form, p, state, indices, True, fitted)
    if total > 1e12:
        return total, state, indices
    total = _pass(y, form, p, state, indices, False, fitted)
    return total, state, indices


@inlined
def _unstable(a0: float, a1: float) -> float:
    """How far the weights of past observations are from dying out and the forecast from staying in bounds; 0: neither.

    The first by the roots of the discount matrix, the second by those of the transition matrix.

    # ASSUME: no forecast grows by more than GROWTH a step on its own (a root above 1 is what makes CES explode).
    """
    trace = 2.0 - 2.0 * a0 + a1
    determinant = (1.0 - a0 + a1) * (1.0 - a0) - (a1 - 1.0) * (1.0 - a0 - a1)
    past = max(0.0, determinant - 1.0) + max(0.0, abs(trace) - 1.0 - determinant)
    root = 1.0 + GROWTH
    product = 2.0 - a0 - a1
    ahead = max(0.0, -(root * root - (2.0 - a0) * root + product)) + max(0.0, product - root * root)
    return past + ahead + max(0.0, -(root * root + (2.0 - a0) * root + product))


@compiled
def _search(y: np.ndarray, season: int, form: int) -> tuple[np.ndarray, float]:
    length = season if form != PLAIN else 1
    start = np.array([1.3, 1.0, 0.1, 1.0]) if form != FULL else np.array([1.3, 1.0, 1.3, 1.0])
    size = 2
    if form == PARTIAL:
        size = 3
    if form == FULL:
        size = 4
    fitted = np.zeros(len(y))
    p = start.copy()
    step = np.array([0.1, 0.01, 0.1, 0.01])
    points, values, state = simplex(start[:size], step[:size])
    while True:
        asked = points[state[0]]
        p[:size] = asked
        stray = _unstable(p[0], p[1])
        if form == PARTIAL:
            stray += max(0.0, -p[2]) + max(0.0, p[2] - 1.0)
        elif form == FULL:
            stray += _unstable(p[2], p[3])
        if stray > 0.0:
            loss = 1e6 * (1.0 + stray)
        else:
            total, _, _ = _loss(y, length, form, p, fitted)
            loss = len(y) * np.log(total + 1e-12)
        if tell(points, values, state, loss, 80 * size, 1e-3):
            break
    p[:size] = points[0]
    total, _, _ = _loss(y, length, form, p, fitted)
    return p, total


@compiled
def _run(
    y: np.ndarray, season: int, form: int, p: np.ndarray, horizon: int,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Fitted values [n], forecasts [horizon] and the share of one error left after 0 .. horizon - 1 steps."""
    length = season if form != PLAIN else 1
    n = len(y)
    fitted = np.zeros(n)
    _, state, indices = _loss(y, length, form, p, fitted)
    ahead = _ahead(n, form, p, state, indices, horizon)
    one, all_one = np.zeros(2), np.zeros((2, length))
    if form != SIMPLE:
        one[0], one[1] = _step(1.0, 0.0, 0.0, p[0], p[1])
    if form == SIMPLE:
        all_one[0, 0], all_one[1, 0] = _step(1.0, 0.0, 0.0, p[0], p[1])
    elif form == PARTIAL:
        all_one[0, 0] = p[2]
    elif form == FULL:
        all_one[0, 0], all_one[1, 0] = _step(1.0, 0.0, 0.0, p[2], p[3])
    psi = np.ones(horizon)
    psi[1:] = _ahead(1, form, p, one, all_one, horizon)[: horizon - 1]
    return fitted, ahead, psi


@inlined
def _ahead(n: int, form: int, p: np.ndarray, state: np.ndarray, season: np.ndarray, horizon: int) -> np.ndarray:
    found = np.zeros(horizon)
    length = season.shape[1]
    for k in range(horizon):
        at = (n + k) % length
        if form != SIMPLE:
            found[k] += state[0]
            state[0], state[1] = _step(0.0, state[0], state[1], p[0], p[1])
        if form != PLAIN:
            found[k] += season[0, at]
        if form == SIMPLE:
            season[0, at], season[1, at] = _step(0.0, season[0, at], season[1, at], p[0], p[1])
        elif form == FULL:
            season[0, at], season[1, at] = _step(0.0, season[0, at], season[1, at], p[2], p[3])
    return found
