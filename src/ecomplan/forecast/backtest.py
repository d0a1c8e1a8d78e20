"""Rolling origins: every model on the same months, nothing of the future seen, errors with intervals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ecomplan.forecast.baselines import fit_ets, fit_seasonal_growth, fit_seasonal_naive
from ecomplan.forecast.hybrid import Trainer, fit_hybrid
from ecomplan.forecast.sarima import fit_sarima
from ecomplan.forecast.states import SEASON, Median, Member

#: key -> name for readers, from plain to elaborate
MODELS = {
    "seasonal_naive": "Seasonal naive", "seasonal_growth": "Seasonal naive with growth", "ets": "ETS",
    "sarima": "SARIMA", "hybrid": "SARIMA + LSTM", "median": "Median of three",
}
BOOTSTRAP_DRAWS = 4000
INTERVAL = (0.10, 0.90)  # 80 %


def fit_members(logs: np.ndarray, trainer: Trainer) -> dict[str, tuple[Member, ...]]:
    """Every model, one member a series, from logs [months x series]."""
    series = list(logs.T)
    fits = [fit_sarima(one) for one in series]
    members: dict[str, tuple[Member, ...]] = {
        "seasonal_naive": tuple(map(fit_seasonal_naive, series)),
        "seasonal_growth": tuple(map(fit_seasonal_growth, series)),
        "ets": tuple(map(fit_ets, series)),
        "sarima": tuple(fit.state for fit in fits),
        "hybrid": fit_hybrid(fits, trainer),
    }
    trio = zip(members["seasonal_naive"], members["ets"], members["hybrid"], strict=True)
    members["median"] = tuple(Median(three) for three in trio)  # type: ignore[arg-type]
    return members


@dataclass(frozen=True)
class Backtest:
    """Log errors (actual - forecast) by model: [origins x leads x series], NaN beyond the last month."""

    months: pd.DatetimeIndex
    series: tuple[str, ...]
    logs: np.ndarray  # [months x series]
    errors: Mapping[str, np.ndarray]

    @property
    def origins(self) -> int:
        return len(next(iter(self.errors.values())))

    def one_month(self, model: str) -> np.ndarray:
        """One-month-ahead log errors [origins x series]."""
        return self.errors[model][:, 0, :]

    def percent(self, model: str) -> np.ndarray:
        """Absolute one-month-ahead errors in percent of the actual [origins x series]."""
        return np.asarray(100 * np.abs(np.expm1(-self.one_month(model))))


def new_trainer(months: int, series: int, *, units: int, window: int, epochs: int, seed: int) -> Trainer:
    """A trainer whose fixed shapes hold any training set within `months` of history."""
    return Trainer(units, window, epochs, rows=max(1, months - SEASON - 1) * series, seed=seed)


def run_backtest(
    months: pd.DatetimeIndex, series: tuple[str, ...], logs: np.ndarray, origins: int, trainer: Trainer,
) -> Backtest:
    """Fit on the first n-origins .. n-1 months in turn, forecast all months that remain."""
    count = len(months)
    errors = {model: np.full((origins, origins, len(series)), np.nan) for model in MODELS}
    for row, known in enumerate(range(count - origins, count)):
        ahead = logs[known:]
        for model, members in fit_members(logs[:known], trainer).items():
            paths = np.column_stack([member.path(len(ahead)) for member in members])
            errors[model][row, : len(ahead)] = ahead - paths
    return Backtest(months, series, logs, errors)


def backtest_table(test: Backtest) -> pd.DataFrame:
    """series, model, origin (last month known), month (forecast), forecast, actual, error_percent (signed)."""
    count, origins = len(test.months), test.origins
    actual = np.exp(test.logs[-origins:])
    parts = []
    for model in MODELS:
        forecast = actual * np.exp(-test.one_month(model))
        for column, name in enumerate(test.series):
            parts.append(pd.DataFrame({
                "series": name, "model": model, "origin": test.months[count - origins - 1: count - 1],
                "month": test.months[-origins:], "forecast": forecast[:, column], "actual": actual[:, column],
                "error_percent": 100 * (forecast[:, column] / actual[:, column] - 1),
            }))
    return pd.concat(parts, ignore_index=True)


def leads_table(test: Backtest, model: str) -> pd.DataFrame:
    """series, lead_months, origins, rms_log_error: how a model's error grows with the lead, where testable."""
    errors = test.errors[model]
    frames = []
    for column, name in enumerate(test.series):
        seen = np.isfinite(errors[:, :, column])
        squares = np.where(seen, errors[:, :, column], 0.0) ** 2
        frames.append(pd.DataFrame({
            "series": name, "lead_months": np.arange(1, test.origins + 1), "origins": seen.sum(axis=0),
            "rms_log_error": np.sqrt(squares.sum(axis=0) / seen.sum(axis=0)),
        }))
    return pd.concat(frames, ignore_index=True)


def resamples(origins: int, seed: int) -> np.ndarray:
    """Weights [draws x origins] of a bootstrap over origins: each row sums to 1."""
    rng = np.random.default_rng(seed)
    return rng.multinomial(origins, np.full(origins, 1 / origins), size=BOOTSTRAP_DRAWS) / origins


def accuracy_table(test: Backtest, seed: int) -> pd.DataFrame:
    """series, model, mape_percent, low, high (80 %, bootstrap over origins), origins.

    Row series = "mean" is the mean over the series, resampled jointly.
    """
    weights = resamples(test.origins, seed)
    rows = []
    for model in MODELS:
        percent = test.percent(model)
        columns = {**dict(zip(test.series, percent.T, strict=True)), "mean": percent.mean(axis=1)}
        for name, errors in columns.items():
            low, high = np.quantile(weights @ errors, INTERVAL)
            rows.append({"series": name, "model": model, "mape_percent": errors.mean(), "low": low, "high": high,
                         "origins": test.origins})
    place = {name: number for number, name in enumerate((*test.series, "mean"))}
    frame = pd.DataFrame(rows)
    return frame.iloc[frame["series"].map(place).argsort(kind="stable")].reset_index(drop=True)


def difference_table(test: Backtest, pairs: list[tuple[str, str]], seed: int) -> pd.DataFrame:
    """model, against, series, difference (points of percent error, negative: better), low, high (80 %)."""
    weights = resamples(test.origins, seed)
    rows = []
    for model, against in pairs:
        gap = test.percent(model) - test.percent(against)
        for name, values in {**dict(zip(test.series, gap.T, strict=True)), "mean": gap.mean(axis=1)}.items():
            low, high = np.quantile(weights @ values, INTERVAL)
            rows.append({"model": model, "against": against, "series": name, "difference": values.mean(),
                         "low": low, "high": high})
    return pd.DataFrame(rows)
