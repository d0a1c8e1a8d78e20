"""SARIMA on logs, its order fixed by the length of the history."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np

from ecomplan.forecast.states import SEASON, Arima

#: months from which the airline model's seasonal moving average can be learnt
AIRLINE_FROM_MONTHS = 36

Order = tuple[tuple[int, int, int], tuple[int, int, int, int]]
SHORT: Order = ((1, 0, 0), (0, 1, 0, SEASON))
AIRLINE: Order = ((0, 1, 1), (0, 1, 1, SEASON))


@dataclass(frozen=True)
class SarimaFit:
    """A fitted SARIMA and its one-month errors (natural logs) from the first month that has a past year."""

    state: Arima
    errors: np.ndarray


def order_for(months: int) -> Order:
    """(p, d, q), (P, D, Q, 12) for a history of `months`.

    # ASSUME: below three years SARIMA(1,0,0)(0,1,0)12: the year-on-year change fades month by month, the
    # one coefficient that a handful of changes can carry, and a year ahead it returns to last year's level.
    # From three years on the airline model (0,1,1)(0,1,1)12 (Box & Jenkins 1970). Neither was chosen by its errors
    # in the backtest, which checks both.
    """
    return SHORT if months < AIRLINE_FROM_MONTHS else AIRLINE


def fit_sarima(logs: np.ndarray) -> SarimaFit:
    """Fit by maximum likelihood (statsmodels' SARIMAX); `logs`: at least 15 natural logs, oldest first."""
    from statsmodels.tsa.statespace.sarimax import SARIMAX

    order, seasonal = order_for(len(logs))
    with warnings.catch_warnings():  # a likelihood of three changes is flat: the start values then stay
        warnings.simplefilter("ignore")
        fitted = SARIMAX(logs, order=order, seasonal_order=seasonal).fit(disp=False, maxiter=50)
    ar = np.polymul(fitted.polynomial_reduced_ar[::-1], _differences(order[1], seasonal[1]))[::-1]
    ma = fitted.polynomial_reduced_ma
    lost = order[1] + SEASON * seasonal[1]
    errors = np.asarray(fitted.resid, dtype=float)[lost:]  # before that no past year speaks
    lags = len(ma) - 1
    recent = np.concatenate([np.zeros(lags), errors])[len(errors):]
    keep = max(len(ar) - 1, SEASON)
    state = Arima(
        ar=tuple(map(float, -ar[1:])), ma=tuple(map(float, ma[1:])),
        values=tuple(map(float, logs[-keep:])),
        errors=tuple(map(float, recent)),
    )
    return SarimaFit(state, errors)


def _differences(regular: int, seasonal: int) -> np.ndarray:
    """(1 - B)^regular (1 - B^12)^seasonal, highest power first."""
    product = np.array([1.0])
    for _ in range(regular):
        product = np.polymul(product, np.array([-1.0, 1.0]))
    for _ in range(seasonal):
        product = np.polymul(product, np.concatenate([[-1.0], np.zeros(SEASON - 1), [1.0]]))
    return product
