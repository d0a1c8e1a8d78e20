"""How good forecasts were: point errors, quantile losses, coverage, and paired differences between models.

Measures after Hyndman & Koehler (2006, scaled errors), Gneiting & Raftery (2007, CRPS and quantile scores)
and Makridakis et al. (2022, RMSSE). Absolute errors are judged by the median `q50`, squared ones by `mean`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from ecomplan.errors import DataError
from ecomplan.forecast.engine.frame import QUANTILE_COLUMNS, QUANTILES, column_of

Floats = NDArray[np.float64]

# measures of `table`, the less the better; the coverages are best at their own level
MEASURES = ("mase", "rmsse", "smape", "mape", "wape", "crps")
COVERAGES = {"coverage_80": (0.1, 0.9), "coverage_95": (0.025, 0.975)}
KEYS = ["unique_id", "ds"]


def naive_scale(training: ArrayLike, season: int) -> float:
    """Mean absolute change over one season within `training` [n]: the in-sample error of the seasonal naive.

    Histories within one season, or without any seasonal change, use the change from value to value; NaN
    where that is zero too (a constant series has no scale).
    """
    return _scale(np.asarray(training, dtype=float), season, 1)


def mase(actual: ArrayLike, forecast: ArrayLike, training: ArrayLike, season: int) -> float:
    """Mean absolute error in units of `naive_scale`."""
    return float(np.abs(_error(actual, forecast)).mean() / naive_scale(training, season))


def rmsse(actual: ArrayLike, forecast: ArrayLike, training: ArrayLike, season: int = 1) -> float:
    """Root mean squared error in units of the seasonal naive's, in sample."""
    return float(np.sqrt((_error(actual, forecast) ** 2).mean() / _scale(np.asarray(training, dtype=float), season, 2)))


def smape(actual: ArrayLike, forecast: ArrayLike) -> float:
    """Symmetric mean absolute percentage error, 0 to 200 % (0 where both are zero)."""
    return float(_symmetric(np.asarray(actual, float), np.asarray(forecast, float)).mean())


def mape(actual: ArrayLike, forecast: ArrayLike) -> float:
    """Mean absolute percentage error (%) over the actual values that are not zero; NaN where all are."""
    truth = np.asarray(actual, float)
    known = truth != 0
    if not known.any():
        return np.nan
    return float((np.abs(_error(actual, forecast))[known] / np.abs(truth[known])).mean() * 100)


def wape(actual: ArrayLike, forecast: ArrayLike) -> float:
    """Sum of absolute errors over the sum of absolute actual values (%); NaN where all are zero."""
    total = np.abs(np.asarray(actual, float)).sum()
    return float(np.abs(_error(actual, forecast)).sum() / total * 100) if total > 0 else np.nan


def pinball(actual: ArrayLike, quantiles: ArrayLike, levels: Sequence[float] = QUANTILES) -> Floats:
    """Quantile loss [..., Q] of quantile forecasts [..., Q] for values [...] (Koenker & Bassett, 1978)."""
    error = np.asarray(actual, float)[..., None] - np.asarray(quantiles, float)
    return np.asarray(np.maximum(np.asarray(levels) * error, (np.asarray(levels) - 1.0) * error))


def level_weights(levels: Sequence[float] = QUANTILES) -> Floats:
    """The share of (0, 1) nearest to each level [Q]; they sum to one."""
    edges = np.concatenate([[0.0], (np.asarray(levels)[1:] + np.asarray(levels)[:-1]) / 2, [1.0]])
    return np.diff(edges)


def crps(
    actual: ArrayLike, quantiles: ArrayLike, levels: Sequence[float] = QUANTILES, *, even: bool = False,
) -> Floats:
    """Continuous ranked probability score [...]: twice the quantile loss, averaged over the levels.

    Each level counts for the part of (0, 1) it stands for, since the levels lie closer in the tails: within
    half a percent of the integral for a normal distribution. `even=True` takes the plain mean over levels,
    as other programmes report it (some 15 % lower at these levels).
    """
    weights = None if even else level_weights(levels)
    return np.asarray(np.average(2.0 * pinball(actual, quantiles, levels), axis=-1, weights=weights))


def coverage(actual: ArrayLike, low: ArrayLike, high: ArrayLike) -> float:
    """Share of values within [low, high]."""
    truth = np.asarray(actual, float)
    return float(((truth >= np.asarray(low)) & (truth <= np.asarray(high))).mean())


def scores(actual: pd.DataFrame, forecasts: pd.DataFrame, training: pd.DataFrame, season: int) -> pd.DataFrame:
    """Every measure per model, series and origin.

    `actual` (unique_id, ds, y) and `forecasts` (model, unique_id, origin, ds, mean, q025 ... q975) are matched
    by unique_id and ds; forecasts without an actual value are left out. `training` (unique_id, ds, y) gives the
    scales: its rows up to the `origin` (the last known ds). Frames without `model` or `origin` are one model and
    one origin, all of `training` known. Constant series have no scale: their mase, rmsse and crps are NaN.
    """
    known = actual[[*KEYS, "y"]].dropna(subset=["y"])
    if known.duplicated(KEYS).any():
        raise DataError(f"actual: series {known.loc[known.duplicated(KEYS), 'unique_id'].iloc[0]!r} has a ds twice")
    rows = forecasts.merge(known, on=KEYS, how="inner")
    if rows.empty:
        raise DataError("accuracy: no forecast has an actual value of the same unique_id and ds")
    if "model" not in rows:
        rows["model"] = "forecast"
    if "origin" not in rows:
        rows["origin"] = training["ds"].max()
    y, median = rows["y"].to_numpy(float), rows[column_of(0.5)].to_numpy(float)
    scales = _scales(training, rows[["unique_id", "origin"]].drop_duplicates(), season)
    rows = rows.merge(scales, on=["unique_id", "origin"], how="left")
    quantiles = rows[list(QUANTILE_COLUMNS)].to_numpy(float)
    parts = rows[["model", "unique_id", "origin"]].assign(
        mase=np.abs(y - median) / rows["scale"],
        rmsse=(y - rows["mean"].to_numpy(float)) ** 2 / rows["scale_squared"],
        smape=_symmetric(y, median),
        mape=np.where(y != 0, np.abs(y - median) / np.where(y != 0, np.abs(y), 1.0) * 100, np.nan),
        wape=np.abs(y - median),
        size=np.abs(y),
        crps=crps(y, quantiles) / rows["scale"],
        **{name: _within(rows, y, low, high) for name, (low, high) in COVERAGES.items()},
    )
    found = parts.groupby(["model", "unique_id", "origin"], sort=False, observed=True).mean().reset_index()
    found["rmsse"] = np.sqrt(found["rmsse"])
    found["wape"] = (found["wape"] / found["size"].where(found["size"] > 0)) * 100
    return found.drop(columns="size")


def table(actual: pd.DataFrame, forecasts: pd.DataFrame, training: pd.DataFrame, season: int) -> pd.DataFrame:
    """Accuracy per model: means over origins, then over series; best median-scaled error (mase) first.

    mase, rmsse and crps are in units of the seasonal naive's error in sample, smape, mape and wape in percent,
    coverages shares; `series` and `origins` count what they rest on. Arguments as for `scores`.
    """
    return summary(scores(actual, forecasts, training, season))


def summary(found: pd.DataFrame) -> pd.DataFrame:
    """`scores` per model, means over each series' origins and then over series, best mase first."""
    measures = [*MEASURES, *COVERAGES]
    by_series = found.groupby(["model", "unique_id"], sort=False)[measures].mean()
    models = by_series.groupby(level="model", sort=False).mean()
    counts = found.groupby("model", sort=False).agg(series=("unique_id", "nunique"), origins=("origin", "nunique"))
    return models.join(counts).sort_values("mase", kind="stable").reset_index()


def differences(
    found: pd.DataFrame, baseline: str, *, measure: str = "mase",
    level: float = 0.8, draws: int = 2000, seed: int = 2026,
) -> pd.DataFrame:
    """Each model's `measure` less the baseline's, paired by series, with a bootstrap interval over series.

    `found` as from `scores`. Columns: model, difference, low, high, share_better (series on which the model is
    better), series. Origins of one series are averaged first: they are not independent.
    """
    wide = found.groupby(["unique_id", "model"], sort=False)[measure].mean().unstack("model")
    if baseline not in wide:
        raise DataError(f"accuracy: the baseline {baseline!r} is not among the models {', '.join(map(str, wide))}")
    rows = []
    for model in wide.columns.drop(baseline):
        paired = (wide[model] - wide[baseline]).dropna().to_numpy(float)
        low, high = bootstrap_interval(paired, level=level, draws=draws, seed=seed)
        rows.append({
            "model": model, "difference": paired.mean() if len(paired) else np.nan, "low": low, "high": high,
            "share_better": float((paired < 0).mean()) if len(paired) else np.nan, "series": len(paired),
        })
    return pd.DataFrame(rows, columns=["model", "difference", "low", "high", "share_better", "series"])


def bootstrap_interval(
    values: ArrayLike, *, level: float = 0.8, draws: int = 2000, seed: int = 2026
) -> tuple[float, float]:
    """Percentile interval of the mean of `values` [n], resampled with replacement (Efron, 1979); NaN where n = 0."""
    data = np.asarray(values, float)
    if not len(data):
        return np.nan, np.nan
    rng = np.random.default_rng(seed)
    means = np.array([data[rng.integers(0, len(data), len(data))].mean() for _ in range(draws)])
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def _error(actual: ArrayLike, forecast: ArrayLike) -> Floats:
    return np.asarray(np.asarray(actual, float) - np.asarray(forecast, float))


def _scale(y: Floats, season: int, power: int) -> float:
    for lag in (season, 1):
        if len(y) > lag:
            change = float((np.abs(y[lag:] - y[:-lag]) ** power).mean())
            if change > 0:
                return change
    return np.nan


def _symmetric(y: Floats, forecast: Floats) -> Floats:
    size = np.abs(y) + np.abs(forecast)
    return np.asarray(np.where(size > 0, 200.0 * np.abs(y - forecast) / np.where(size > 0, size, 1.0), 0.0))


def _within(rows: pd.DataFrame, y: Floats, low: float, high: float) -> Any:
    return ((y >= rows[column_of(low)].to_numpy(float)) & (y <= rows[column_of(high)].to_numpy(float))).astype(float)


def _scales(training: pd.DataFrame, wanted: pd.DataFrame, season: int) -> pd.DataFrame:
    """scale and scale_squared per unique_id and origin, from the rows of `training` up to the origin."""
    ordered = training.sort_values("ds", kind="stable")
    history = {name: (part["ds"].to_numpy(), part["y"].to_numpy(float)) for name, part in ordered.groupby("unique_id")}
    rows = []
    for name, origin in wanted.itertuples(index=False):
        if name not in history:
            raise DataError(f"accuracy: series {name!r} has no training rows")
        ds, y = history[name]
        known = y[: np.searchsorted(ds, np.asarray(origin, dtype=ds.dtype), side="right")]
        rows.append((name, origin, _scale(known, season, 1), _scale(known, season, 2)))
    return pd.DataFrame(rows, columns=["unique_id", "origin", "scale", "scale_squared"])
