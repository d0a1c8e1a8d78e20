"""The models that anything better must beat: seasonal naive, seasonal naive with growth, ETS."""

from __future__ import annotations

import warnings

import numpy as np

from ecomplan.forecast.states import SEASON, Ets, Seasonal

#: (trend, damped, season): the additive forms on logs among which AICc chooses
ETS_FORMS = (
    (None, False, None), ("add", True, None), ("add", False, None), (None, False, "add"), ("add", True, "add"),
)


def fit_seasonal_naive(logs: np.ndarray) -> Seasonal:
    """The same month of last year (`logs`: at least 12 natural logs, oldest first)."""
    return Seasonal(tuple(map(float, logs[-SEASON:])), 0.0)


def fit_seasonal_growth(logs: np.ndarray) -> Seasonal:
    """The same month of last year, moved by the mean year-on-year log change, shrunken towards none.

    # ASSUME: before the data, twelve months without growth count as seen, so that m observed changes
    # keep m / (m + 12) of their mean: one full year of changes keeps half. Two years of data cannot test it;
    # the backtest shows what it does a month ahead.
    """
    changes = logs[SEASON:] - logs[:-SEASON]
    return Seasonal(tuple(map(float, logs[-SEASON:])), float(changes.sum() / (len(changes) + SEASON)))


def fit_ets(logs: np.ndarray) -> Ets:
    """Exponential smoothing on logs, its form chosen by AICc (Hyndman, Koehler, Ord & Snyder 2008).

    A seasonal form needs two whole years to start from and AICc needs more months than parameters: with less
    only the forms without season compete.
    """
    from statsmodels.tsa.exponential_smoothing.ets import ETSModel

    best = None
    for trend, damped, season in ETS_FORMS:
        parameters = 3 + 2 * (trend is not None) + damped + (SEASON if season else 0)
        if len(logs) - parameters - 1 <= 0 or (season and len(logs) < 2 * SEASON):
            continue
        with warnings.catch_warnings():  # convergence notes: AICc compares what was reached
            warnings.simplefilter("ignore")
            fitted = ETSModel(
                logs, trend=trend, damped_trend=damped, seasonal=season,
                seasonal_periods=SEASON if season else None,
            ).fit(disp=False, maxiter=200)
        if np.isfinite(fitted.aicc) and (best is None or fitted.aicc < best.aicc):
            best = fitted
    assert best is not None  # the form without trend and season needs five months
    return Ets(
        last_year=tuple(map(float, logs[-SEASON:])),
        level=float(best.level[-1]),
        trend=float(best.slope[-1]) if best.model.has_trend else 0.0,
        damping=float(best.damping_trend) if best.model.damped_trend else 1.0,
        season=tuple(map(float, best.season[-SEASON:])) if best.model.has_seasonal else (),
    )
