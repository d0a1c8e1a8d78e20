"""The dynamic optimised Theta model (Fiorucci, Pellegrini, Louzada, Petropoulos & Koehler 2016), compiled."""

from __future__ import annotations

import numpy as np

from ecomplan.forecast.engine.fitted import Fit
from ecomplan.forecast.engine.kernels import compiled, inlined, simplex, tell
from ecomplan.forecast.engine.seasonality import seasonal_index


def fit_theta(y: np.ndarray, horizon: int, season: int, log: bool) -> Fit:
    """Fit to `y` [n >= 6] on its own scale; mean, sigma and errors on log y if `log`.

    The season is taken out first by classical decomposition, multiplicative where every value is positive (`log`),
    additive else, and put back at the end (Assimakopoulos & Nikolopoulos 2000).
    """
    n = len(y)
    index = seasonal_index(y, season, log) if season > 1 else np.full(1, 1.0 if log else 0.0)
    phases = index[np.arange(n + horizon) % len(index)]
    flat = y / phases[:n] if log else y - phases[:n]
    unit = float(np.abs(flat).mean()) or 1.0
    alpha, theta, start = _search(flat / unit)
    fitted, ahead = _run(flat / unit, alpha, theta, start, horizon)
    fitted, ahead = fitted * unit, ahead * unit
    if log:
        floor = 0.01 * float(y.min())  # a falling line may cross zero, a logarithm may not
        errors = np.log(y) - np.log(np.maximum(fitted * phases[:n], floor))
        mean = np.log(np.maximum(ahead * phases[n:], floor))
    else:
        errors, mean = flat - fitted, ahead + phases[n:]
    errors[0] = np.nan
    used = errors[2:]
    scale = float(np.sqrt((used**2).sum() / max(1, len(used) - 3)))
    sigma = scale * np.sqrt(1.0 + alpha**2 * np.arange(horizon))
    return Fit(name="theta", mean=mean, sigma=sigma, errors=errors)


@inlined
def _errors(
    y: np.ndarray, alpha: float, theta: float, level: float, horizon: int, fitted: np.ndarray,
) -> float:
    """Fitted values [n] and forecasts [horizon] into `fitted`; sum of squared errors from the third on."""
    n = len(y)
    mean = 0.0
    a, b = 0.0, 0.0
    total = 0.0
    weight = 1.0 - 1.0 / theta
    decay = 1.0  # (1 - alpha)^(t - 1)
    for i in range(n + horizon):
        t = i + 1
        # the first line has nothing behind it but the first value itself
        guess = y[0] if i == 0 else level + weight * (decay * a + (1.0 - decay * (1.0 - alpha)) / alpha * b)
        fitted[i] = guess
        value = y[i] if i < n else guess
        if i >= 2 and i < n:
            total += (value - guess) ** 2
        level = alpha * value + (1.0 - alpha) * level
        b = 0.0 if i == 0 else ((t - 2.0) * b + 6.0 * (value - mean) / t) / (t + 1.0)
        mean = ((t - 1.0) * mean + value) / t
        a = mean - b * (t + 1.0) / 2.0
        decay *= 1.0 - alpha
    return total


@compiled
def _search(y: np.ndarray) -> tuple[float, float, float]:
    """alpha in (0.1, 0.99), theta >= 1 and the initial level of least squared error."""
    fitted = np.zeros(len(y))
    points, values, state = simplex(np.array([0.0, 0.0, y[0]]), np.array([1.0, 1.0, 0.2]))
    while True:
        asked = points[state[0]]
        alpha = 0.1 + 0.89 / (1.0 + np.exp(-asked[0]))
        theta = 1.0 + np.exp(min(max(asked[1], -12.0), 12.0))
        stray = max(0.0, abs(asked[0]) - 12.0) + max(0.0, abs(asked[1]) - 12.0)
        loss = np.log(_errors(y, alpha, theta, asked[2], 0, fitted) + 1e-12)
        if tell(points, values, state, loss + stray, 250, 1e-6):
            break
    best = points[0]
    return 0.1 + 0.89 / (1.0 + np.exp(-best[0])), 1.0 + np.exp(min(max(best[1], -12.0), 12.0)), best[2]


@compiled
def _run(
    y: np.ndarray, alpha: float, theta: float, level: float, horizon: int,
) -> tuple[np.ndarray, np.ndarray]:
    fitted = np.zeros(len(y) + horizon)
    _errors(y, alpha, theta, level, horizon, fitted)
    return fitted[: len(y)], fitted[len(y):]
