"""Exponential smoothing with additive errors, compiled: six forms, weighted by AICc."""

from __future__ import annotations

import numpy as np

from ecomplan.forecast.engine.fitted import Fit
from ecomplan.forecast.engine.kernels import compiled, inlined, least_squares, simplex, tell

#: trend none, damped, additive
NONE, DAMPED, ADDITIVE = 0, 1, 2
#: seasons up to which every seasonal index has its own initial state; longer ones start from sines and cosines
OWN_INDEX = 24
#: pairs of sine and cosine for longer seasons
PAIRS = 4
#: the damping is kept in this range, as Hyndman et al. (2008) advise
DAMPING = (0.8, 0.98)


def fit_ets(z: np.ndarray, horizon: int, season: int) -> Fit:
    """The additive forms on `z` [n >= 6], averaged by Akaike weights (Hyndman, Koehler, Ord & Snyder 2008, ch. 3 to 6).

    The weights are exp(-AICc / 2), scaled to 1: where one form is clearly the best it stands alone, where two are as
    good as each other neither is picked by chance; the variance takes in that between the forms. On logs the additive
    season is a multiplicative one. Given the smoothing parameters the errors are linear in the initial states, which
    are therefore found exactly by least squares and not searched. Seasonal forms need two seasons and two observations.
    """
    n = len(z)
    level = float(z.mean())
    unit = float(np.std(z))
    if unit <= 1e-12 * max(1.0, abs(level)):
        errors = np.zeros(n)
        errors[0] = np.nan
        return Fit(name="ets", mean=np.full(horizon, level), sigma=np.zeros(horizon), errors=errors)
    y = np.ascontiguousarray((z - level) / unit, dtype=np.float64)
    bases = [np.zeros((0, 1))]
    if season > 1 and n >= 2 * season + 2:
        bases.append(initial_season(season))
    criteria, means, variances, within_by_form = [], [], [], []
    for basis in bases:
        for trend in (NONE, DAMPED, ADDITIVE):
            parameters = 3 + 2 * (trend != NONE) + (trend == DAMPED) + (len(basis) + 1) * (len(basis) > 0)
            spare = n - parameters - 1
            if spare <= 0:
                continue
            values, total = search(y, basis, trend)
            within, mean = _run(y, basis, trend, values, horizon)
            criteria.append(n * np.log(max(total, 1e-12) / n) + 2 * parameters * n / spare)
            means.append(mean)
            variances.append(total / (spare + 2) * _growth(values, trend, basis, horizon))
            within_by_form.append(within)
    weights = np.exp(-0.5 * (np.array(criteria) - min(criteria)))  # six observations carry at least one form
    weights /= weights.sum()
    mean = weights @ np.array(means)
    variance = weights @ np.array(variances) + weights @ (np.array(means) - mean) ** 2
    return Fit(
        name="ets", mean=mean * unit + level, sigma=np.sqrt(variance) * unit,
        errors=weights @ np.array(within_by_form) * unit,
    )


def _growth(values: np.ndarray, trend: int, basis: np.ndarray, horizon: int) -> np.ndarray:
    """[horizon]: variance of the forecast's error over that of one step."""
    alpha, beta, phi, gamma = values
    steps = np.arange(1, horizon)
    reach = np.cumsum(phi**steps) if trend != NONE else np.zeros(len(steps))
    left = alpha + beta * reach
    if len(basis):
        left = left + gamma * (steps % basis.shape[1] == 0)
    return 1.0 + np.concatenate([[0.0], np.cumsum(left**2)])


def initial_season(season: int) -> np.ndarray:
    """[q, season]: shapes whose sum is the season before the first observation; the level carries the rest."""
    if season <= OWN_INDEX:
        return np.eye(season)[:-1]
    angle = 2 * np.pi * np.arange(season) / season
    return np.array([f(k * angle) for k in range(1, PAIRS + 1) for f in (np.sin, np.cos)])


@inlined
def _filter(
    y: np.ndarray, level: float, slope: float, season: np.ndarray, p: np.ndarray, trend: int, seasonal: bool,
    out: np.ndarray,
) -> tuple[float, float]:
    """One-step errors into `out`; `season` [season] holds the last index of each phase and is moved along."""
    alpha, beta, phi, gamma = p
    phase = 0
    length = len(season)
    for t in range(len(y)):
        base = level
        if trend != 0:
            base += phi * slope
        error = y[t] - base
        if seasonal:
            error -= season[phase]
            season[phase] += gamma * error
            phase += 1
            if phase == length:
                phase = 0
        level = base + alpha * error
        if trend != 0:
            slope = phi * slope + beta * error
        out[t] = error
    return level, slope


@inlined
def _regression(
    y: np.ndarray, basis: np.ndarray, trend: int, p: np.ndarray,
) -> tuple[np.ndarray, float]:
    """Initial states (level, slope if any, weights of the season's shapes) and the sum of squared errors."""
    n = len(y)
    size, length = basis.shape
    first = 2 if trend != 0 else 1
    rows = np.zeros((first + size, n))
    nothing = np.zeros(n)
    target = np.zeros(n)
    seasonal = size > 0
    _filter(y, 0.0, 0.0, np.zeros(length), p, trend, seasonal, target)
    _filter(nothing, 1.0, 0.0, np.zeros(length), p, trend, seasonal, rows[0])
    if trend != 0:
        _filter(nothing, 0.0, 1.0, np.zeros(length), p, trend, seasonal, rows[1])
    for i in range(size):
        if size == length - 1 and i > 0:  # own indices: all is still until phase i, and then as from phase 0
            rows[first + i, i:] = rows[first, : n - i]
        else:
            _filter(nothing, 0.0, 0.0, basis[i].copy(), p, trend, seasonal, rows[first + i])
    found, total, _ = least_squares(rows, target, np.zeros(first + size), 0)
    return -found, total


@inlined
def _parameters(x: np.ndarray, trend: int, seasonal: bool) -> np.ndarray:
    """alpha, beta, phi, gamma: 0 < beta < alpha < 1, 0 < gamma < 1 - alpha."""
    p = np.zeros(4)
    at = 1
    p[0] = 1.0 / (1.0 + np.exp(-x[0]))
    p[2] = 1.0
    if trend != 0:
        p[1] = p[0] / (1.0 + np.exp(-x[at]))
        at += 1
    if trend == 1:
        p[2] = DAMPING[0] + (DAMPING[1] - DAMPING[0]) / (1.0 + np.exp(-x[at]))
        at += 1
    if seasonal:
        p[3] = (1.0 - p[0]) / (1.0 + np.exp(-x[at]))
    return p


@compiled
def search(y: np.ndarray, basis: np.ndarray, trend: int) -> tuple[np.ndarray, float]:
    """alpha, beta, phi, gamma of the largest likelihood, and the sum of squared errors there."""
    seasonal = len(basis) > 0
    size = 1 + (1 if trend != 0 else 0) + (1 if trend == 1 else 0) + (1 if seasonal else 0)
    x = np.zeros(size)
    x[0] = -1.0
    if trend != 0:
        x[1] = -2.0
    if trend == 1:
        x[2] = 1.0
    if seasonal:
        x[size - 1] = -2.0
    n = len(y)
    points, values, state = simplex(x, np.full(size, 1.0))
    while True:
        asked = points[state[0]]
        _, total = _regression(y, basis, trend, _parameters(asked, trend, seasonal))
        stray = 0.0  # beyond +-12 the likelihood is flat
        for i in range(size):
            stray += max(0.0, abs(asked[i]) - 12.0)
        if tell(points, values, state, n * np.log(max(total, 1e-12)) + stray, 50 * size, 1e-3):
            break
    best = _parameters(points[0], trend, seasonal)
    _, total = _regression(y, basis, trend, best)
    return best, total


@compiled
def _run(
    y: np.ndarray, basis: np.ndarray, trend: int, p: np.ndarray, horizon: int,
) -> tuple[np.ndarray, np.ndarray]:
    """Errors in sample [n] and point forecasts [horizon]."""
    states, _ = _regression(y, basis, trend, p)
    size, length = basis.shape
    season = np.zeros(length)
    first = 2 if trend != 0 else 1
    for i in range(size):
        season += states[first + i] * basis[i]
    n = len(y)
    errors = np.zeros(n)
    level, slope = _filter(y, states[0], states[1] if trend != 0 else 0.0, season, p, trend, size > 0, errors)
    mean = np.zeros(horizon)
    for k in range(horizon):
        if trend != 0:
            slope *= p[2]
            level += slope
        mean[k] = level
        if size > 0:
            mean[k] += season[(n + k) % length]
    return errors, mean
