"""Rolling origins: every model on the same months, nothing of the future seen, errors with intervals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ecomplan.forecast.engine.members import fit
from ecomplan.forecast.engine.sarima import fit_sarima
from ecomplan.forecast.engine.zhang import LocalSettings, fit_zhang
from ecomplan.forecast.platform import short
from ecomplan.forecast.platform.opendays import TradingDays
from ecomplan.forecast.platform.series import ALL, BASE, LONGEST_MONTHS, SEASON, SERIES, with_order_value

#: key -> (name for readers, what it does), from plain to elaborate. All stood before their errors were compared,
#: but for the order value in the combination (see MODELS["combination"] and the chapter's limits).
MODELS: dict[str, tuple[str, str]] = {
    "seasonal_naive": ("Seasonal naive", "The same month of last year."),
    "open_day": ("Per open day", "The same month of last year, carried over by the number of open days."),
    "weighted_day": ("Per weighted open day", "The same, each open day weighted by what its weekday sells."),
    "growth": ("With damped growth", "Per weighted open day, moved by the mean year-on-year change of all months "
               "known, shrunken by twelve months without any and fading with the lead."),
    "smoothed": ("Smoothed year-on-year", "Per weighted open day, moved by the mean change of the last few months, "
                 "shrunken to half and fading with the lead."),
    "learnt": ("Panel-learnt", "Per weighted open day, moved by what other shops' short histories teach to expect "
               "after such changes, fading with the lead."),
    "ets": ("ETS", "Exponential smoothing on logs, its form chosen by AICc."),
    "theta": ("Theta", "Optimised theta method."),
    "sarima": ("SARIMA", "Seasonal ARIMA on logs, its form fixed by the length of the history."),
    "median": ("Median of four", "The middle of SARIMA, ETS, CES and Theta."),
    "hybrid": ("SARIMA + LSTM", "SARIMA plus a network's forecast of its next errors, one network a series "
               "(Zhang 2003): the documents' hybrid."),
    "combination": ("Combination", "Mean of per weighted open day, smoothed and panel-learnt; sales are its orders "
                    "times last year's order value, shrunken by its noise."),
}
#: fixed here and not by the backtest
CHOSEN, AGAINST = "combination", "seasonal_naive"
BOOTSTRAP_DRAWS = 4000
INTERVAL = (0.10, 0.90)  # 80 %


@dataclass(frozen=True)
class Settings:
    """How the short-history members learn: months averaged, part of a change left a month later, what a panel
    teaches [leads x 3], months of burn-in of the new customers; and how the documents' hybrid does."""

    recent_months: int
    damping: float
    panel_weights: np.ndarray
    burn_in_months: int
    network: LocalSettings
    seed: int


def forecasts(logs: np.ndarray, known: short.Known, settings: Settings) -> dict[str, np.ndarray]:
    """Every model's central logs [horizon x ALL] from logs [n x BASE] and what the origin knows."""
    horizon, mains = known.horizon, list(known.logs.T)
    smooth = short.smoothed(known, settings.recent_months)
    none = np.zeros(len(SERIES))

    def moved(change: np.ndarray) -> np.ndarray:
        return short.repeat(known, known.weighted, change, settings.damping)

    plain = {name: np.column_stack([fit(name, np.exp(one), horizon, SEASON, True).mean for one in mains])
             for name in ("ets", "theta", "ces")}
    arima = [fit_sarima(one, LONGEST_MONTHS, SEASON) for one in mains]  # one horizon: one compiled network
    hybrid = fit_zhang(arima, LONGEST_MONTHS, settings=settings.network, seed=settings.seed)
    plain["sarima"] = np.column_stack([one.mean for one in arima])[:horizon]
    found = {
        "seasonal_naive": short.repeat(known, None, none, 1.0),
        "open_day": short.repeat(known, known.open_days, none, 1.0),
        "weighted_day": moved(none),
        "growth": moved(short.drift(known)),
        "smoothed": moved(smooth),
        "learnt": short.learnt(known, settings.panel_weights),
        "ets": plain["ets"], "theta": plain["theta"], "sarima": plain["sarima"],
        "median": np.median(list(plain.values()), axis=0),
        "hybrid": hybrid.T[:horizon],
    }
    found["combination"] = short.combined(known, [found[name] for name in ("weighted_day", "smoothed", "learnt")])
    full = {}
    for model in MODELS:
        new = short.new_customers(logs, found[model][:, 2], settings.burn_in_months, SEASON // 2)
        full[model] = with_order_value(np.column_stack([found[model], new]))
    return full


def known_at(
    logs: np.ndarray, months: pd.DatetimeIndex, days: TradingDays, noise: np.ndarray, count: int, horizon: int,
) -> short.Known:
    """What is known after the first `count` of `months`, with the rule's open days of `horizon` months ahead."""
    span = pd.date_range(months[0], periods=count + horizon, freq="MS", unit="us")
    number, weighted = days.per_month(span, span[count - 1] + pd.offsets.MonthBegin(1))
    return short.Known(logs[:count, : len(SERIES)], np.log(number), np.log(weighted), noise[:count])


@dataclass(frozen=True)
class Backtest:
    """Central logs by model: [origins x leads x ALL], NaN beyond the last month; and the actual logs."""

    months: pd.DatetimeIndex
    actual: np.ndarray  # [months x ALL]
    central: Mapping[str, np.ndarray]

    @property
    def origins(self) -> int:
        return len(next(iter(self.central.values())))

    def errors(self, model: str) -> np.ndarray:
        """Log errors, actual less forecast [origins x leads x ALL]."""
        count, origins = len(self.months), self.origins
        actual = np.full(self.central[model].shape, np.nan)
        for row, known in enumerate(range(count - origins, count)):
            actual[row, : count - known] = self.actual[known:]
        return np.asarray(actual - self.central[model])

    def one_month(self, model: str) -> np.ndarray:
        """One-month-ahead log errors [origins x ALL]."""
        return self.errors(model)[:, 0]

    def percent(self, model: str) -> np.ndarray:
        """Absolute one-month-ahead errors in percent of the actual [origins x ALL]."""
        return np.asarray(100 * np.abs(np.expm1(-self.one_month(model))))

    def quarter_percent(self, model: str) -> np.ndarray:
        """Absolute errors of three-month sums in percent [origins with a quarter ahead x SERIES]."""
        count, origins = len(self.months), self.origins
        rows = []
        for row, known in enumerate(range(count - origins, count - 2)):
            actual = np.exp(self.actual[known: known + 3, : len(SERIES)]).sum(axis=0)
            rows.append(100 * np.abs(np.exp(self.central[model][row, :3, : len(SERIES)]).sum(axis=0) / actual - 1))
        return np.array(rows).reshape(-1, len(SERIES))


def run_backtest(
    months: pd.DatetimeIndex, logs: np.ndarray, days: TradingDays, noise: np.ndarray, origins: int,
    settings: Settings,
) -> Backtest:
    """Fit on the first n-origins .. n-1 months in turn, forecast all months that remain."""
    count = len(months)
    central = {model: np.full((origins, origins, len(ALL)), np.nan) for model in MODELS}
    for row, seen in enumerate(range(count - origins, count)):
        known = known_at(logs, months, days, noise, seen, count - seen)
        for model, path in forecasts(logs[:seen], known, settings).items():
            central[model][row, : count - seen] = path
    return Backtest(months, with_order_value(logs), central)


def central_paths(
    logs: np.ndarray, months: pd.DatetimeIndex, days: TradingDays, noise: np.ndarray, horizon: int, settings: Settings,
) -> dict[str, np.ndarray]:
    """Every model's central logs [horizon x BASE] from all months known."""
    known = known_at(logs, months, days, noise, len(months), horizon)
    return {model: path[:, : len(BASE)] for model, path in forecasts(logs, known, settings).items()}


def members_table() -> pd.DataFrame:
    """model, model_name, rule: what competes, in a sentence each."""
    return pd.DataFrame([(key, *words) for key, words in MODELS.items()], columns=["model", "model_name", "rule"])


def backtest_table(test: Backtest) -> pd.DataFrame:
    """series, model, origin (last month known), month (forecast), forecast, actual, error_percent (signed)."""
    count, origins = len(test.months), test.origins
    actual = np.exp(test.actual[-origins:])
    parts = []
    for model in MODELS:
        forecast = np.exp(test.central[model][:, 0])
        for column, name in enumerate(ALL):
            parts.append(pd.DataFrame({
                "series": name, "model": model, "origin": test.months[count - origins - 1: count - 1],
                "month": test.months[-origins:], "forecast": forecast[:, column], "actual": actual[:, column],
                "error_percent": 100 * (forecast[:, column] / actual[:, column] - 1),
            }))
    return pd.concat(parts, ignore_index=True)


def leads_table(test: Backtest, model: str) -> pd.DataFrame:
    """series, lead_months, origins, rms_log_error: how a model's error grows with the lead, where testable."""
    errors = test.errors(model)
    frames = []
    for column, name in enumerate(SERIES):
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

    Row series = "mean" is the mean over sales, orders and active customers, resampled jointly.
    """
    weights = resamples(test.origins, seed)
    rows = []
    for model in MODELS:
        percent = test.percent(model)
        columns = {**dict(zip(ALL, percent.T, strict=True)), "mean": percent[:, : len(SERIES)].mean(axis=1)}
        for name, errors in columns.items():
            low, high = np.quantile(weights @ errors, INTERVAL)
            rows.append({"series": name, "model": model, "mape_percent": errors.mean(), "low": low, "high": high,
                         "origins": test.origins})
    place = {name: number for number, name in enumerate((*ALL, "mean"))}
    frame = pd.DataFrame(rows)
    return frame.iloc[frame["series"].map(place).argsort(kind="stable")].reset_index(drop=True)


def difference_table(test: Backtest, seed: int) -> pd.DataFrame:
    """model, against, series, difference (points of percent error, negative: better), low, high (80 %)."""
    weights = resamples(test.origins, seed)
    rows = []
    pairs = [(name, AGAINST) for name in MODELS if name != AGAINST]
    for model, against in [*pairs, ("hybrid", "sarima"), ("hybrid", CHOSEN)]:
        gap = (test.percent(model) - test.percent(against))[:, : len(SERIES)]
        for name, values in {**dict(zip(SERIES, gap.T, strict=True)), "mean": gap.mean(axis=1)}.items():
            low, high = np.quantile(weights @ values, INTERVAL)
            rows.append({"model": model, "against": against, "series": name, "difference": values.mean(),
                         "low": low, "high": high})
    return pd.DataFrame(rows)
