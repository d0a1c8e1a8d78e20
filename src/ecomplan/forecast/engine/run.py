"""Forecasts of a panel from a long frame, and the same at past origins beside the baselines."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ecomplan.errors import DataError, ParameterError
from ecomplan.forecast.engine import accuracy
from ecomplan.forecast.engine.combine import NORMAL
from ecomplan.forecast.engine.frame import MINIMUM_LENGTH, QUANTILE_COLUMNS, Panel, read_panel
from ecomplan.forecast.engine.intervals import mean_of
from ecomplan.forecast.engine.origin import Regressors
from ecomplan.forecast.engine.outlook import Forecaster, Outlook
from ecomplan.forecast.engine.settings import Name, Settings

Progress = Callable[[int, int], None]
#: the name of the engine's own forecast among the models of a backtest
COMBINATION = "combination"


@dataclass(frozen=True)
class Forecasts:
    """`frame`: unique_id, ds, mean, q025 ... q975, series in the order given; `skipped`: series left out, with the
    reason; `outlook`: how the forecasts came about."""

    frame: pd.DataFrame
    skipped: tuple[tuple[str, str], ...]
    outlook: Outlook


@dataclass(frozen=True)
class Backtest:
    """`forecasts`: model, unique_id, origin (the last ds known), ds, mean, quantiles; `table`: accuracy per model with
    the skill against the seasonal naive and the paired difference to it; `scores`: per model, series and origin;
    `outlooks`: how each origin's forecasts came about, the latest origin first; `skipped`: series left out."""

    forecasts: pd.DataFrame
    table: pd.DataFrame
    scores: pd.DataFrame
    outlooks: tuple[Outlook, ...]
    skipped: tuple[tuple[str, str], ...]


def forecast(
    frame: pd.DataFrame, horizon: int, *, freq: str | None = None, future: pd.DataFrame | None = None,
    settings: Settings | None = None, seed: int = 2026, on_bad: str = "raise", progress: Progress | None = None,
) -> pd.DataFrame:
    """Long frame out (unique_id, ds, mean, q025 ... q975) from a long frame in (unique_id, ds, y, regressors).

    `horizon` periods ahead of each series' own end, series in the order given. `future`: the regressors' values
    there. Raises DataError naming series and reason; `on_bad="skip"` leaves such series out.
    """
    return predict(frame, horizon, freq=freq, future=future, settings=settings, seed=seed, on_bad=on_bad,
                   progress=progress).frame


def predict(
    frame: pd.DataFrame, horizon: int, *, freq: str | None = None, future: pd.DataFrame | None = None,
    settings: Settings | None = None, seed: int = 2026, on_bad: str = "raise", progress: Progress | None = None,
) -> Forecasts:
    """As `forecast`, with the evidence: the network's verdict, factors of the widths, members left out."""
    settings = settings or Settings()
    panel = read_panel(frame, horizon, freq=freq, future=future, on_bad=on_bad)  # type: ignore[arg-type]
    matrices = regressors_of(panel, settings)
    forecaster = Forecaster(panel, settings, seed, _names(settings.members, settings.lstm), matrices, progress)
    which = range(len(panel))
    outlook = forecaster.at(which, [len(series.y) for series in panel.series])
    ids = np.repeat([series.unique_id for series in panel.series], horizon)
    ds = _joined([np.asarray(ahead) for ahead in panel.ds_ahead])
    return Forecasts(_long(ids, ds, outlook.quantiles), panel.skipped, outlook)


def backtest(
    frame: pd.DataFrame, horizon: int, origins: int = 1, step: int | None = None, *, freq: str | None = None,
    settings: Settings | None = None, seed: int = 2026, on_bad: str = "raise", progress: Progress | None = None,
) -> Backtest:
    """Every model at `origins` past origins, `step` (default: the horizon) apart, the latest a horizon before the end.

    At each origin only what was known then is used; regressors count as known ahead. Models: naive, snaive, every
    member with its own widths, the network where it earned its place, `combination` (what `forecast` gives), and
    the literal Zhang hybrid on request. A series too short for an origin is left out of it.
    """
    settings = settings or Settings()
    step = step or horizon
    if origins < 1 or step < 1:
        raise ParameterError(f"origins and step must be 1 or more; found {origins} and {step}")
    panel = read_panel(frame, horizon, freq=freq, on_bad=on_bad, need_future=False)  # type: ignore[arg-type]
    matrices = regressors_of(panel, settings, ahead=False)
    wanted: tuple[Name, ...] = ("snaive", *(name for name in settings.members if name != "snaive"))
    names = _names(wanted, "auto" if settings.zhang else settings.lstm)
    forecaster = Forecaster(panel, settings, seed, names, matrices, progress)
    parts, outlooks = [], []
    for number in range(origins):
        ends = [len(series.y) - horizon - number * step for series in panel.series]
        which = [i for i, end in enumerate(ends) if end >= MINIMUM_LENGTH]
        if not which:
            break
        chosen = [ends[i] for i in which]
        outlook = forecaster.at(which, chosen)
        outlooks.append(outlook)
        models = {"naive": _naive(panel, which, chosen), **outlook.by_member, COMBINATION: outlook.quantiles}
        if settings.zhang:
            models["zhang"] = forecaster.zhang(which, chosen, seed)
        parts += [_dated(panel, which, chosen, name, values) for name, values in models.items()]
    if not parts:
        longest = max(len(series.y) for series in panel.series)
        raise DataError(f"series: the longest has {longest} values; {horizon + MINIMUM_LENGTH} are needed to look back")
    forecasts = pd.concat(parts, ignore_index=True)
    known = pd.DataFrame({
        "unique_id": np.repeat([s.unique_id for s in panel.series], [len(s.y) for s in panel.series]),
        "ds": _joined([np.asarray(series.ds) for series in panel.series]),
        "y": np.concatenate([series.y for series in panel.series]),
    })
    scores = accuracy.scores(known, forecasts, known, panel.season)
    return Backtest(forecasts, _table(scores, len(outlooks), seed), scores, tuple(outlooks), panel.skipped)


def regressors_of(panel: Panel, settings: Settings, *, ahead: bool = True) -> Regressors | None:
    """The user's regressors and the calendar's, one matrix [n + horizon, k] a series ([n, k] unless `ahead`)."""
    own = [np.concatenate([series.regressors, series.future]) if ahead else series.regressors
           for series in panel.series]
    from ecomplan.forecast.engine.calendar import calendar_regressors, knows

    if settings.calendar == "none" or panel.freq is None or panel.season == 1 or not knows(panel.freq):
        return Regressors(tuple(own), panel.names) if panel.names else None
    from ecomplan.forecast.engine.holidays import EVENTS

    dates = pd.DatetimeIndex(_joined([np.asarray(s.ds) for s in panel.series]
                                     + [np.asarray(a) for a in panel.ds_ahead])).unique().sort_values()
    matrix, names = calendar_regressors(
        dates, panel.freq, country=settings.country, closed=settings.closed or None,
        events=EVENTS if settings.events is None else settings.events,
    )
    found = []
    for series, later, mine in zip(panel.series, panel.ds_ahead, own, strict=True):
        ds = pd.DatetimeIndex(series.ds).append(pd.DatetimeIndex(later)) if ahead else pd.DatetimeIndex(series.ds)
        found.append(np.concatenate([mine, matrix[dates.get_indexer(ds)]], axis=1))
    together = ["trading days" if name.startswith("trading_") else name for name in names]
    return Regressors(tuple(found), (*panel.names, *together))


def _names(members: Sequence[Name], lstm: str) -> tuple[Name, ...]:
    """The members to fit: the network needs SARIMA's errors even where SARIMA is not combined."""
    return tuple(members) if lstm == "never" or "sarima" in members else (*members, "sarima")


def _naive(panel: Panel, which: Sequence[int], ends: Sequence[int]) -> np.ndarray:
    """The last value, errors of its past steps growing with the root of the lead: [series, leads, quantiles]."""
    leads = np.sqrt(np.arange(1, panel.horizon + 1))
    found = []
    for i, end in zip(which, ends, strict=True):
        y = panel.series[i].y[:end]
        width = np.sqrt(np.mean(np.diff(y) ** 2))
        path = y[-1] + width * leads[:, None] * NORMAL
        found.append(np.maximum(path, 0) if (y >= 0).all() else path)
    return np.stack(found)


def _dated(panel: Panel, which: Sequence[int], ends: Sequence[int], model: str, values: np.ndarray) -> pd.DataFrame:
    """A model's forecasts of one origin as a long frame."""
    horizon = panel.horizon
    chosen = [panel.series[i] for i in which]
    ids = np.repeat([series.unique_id for series in chosen], horizon)
    ds = _joined([np.asarray(s.ds)[end : end + horizon] for s, end in zip(chosen, ends, strict=True)])
    origin = _joined([np.asarray(s.ds)[end - 1 : end] for s, end in zip(chosen, ends, strict=True)])
    found = _long(ids, ds, values)
    found.insert(1, "origin", np.repeat(origin, horizon))
    found.insert(0, "model", model)
    return found


def _long(ids: np.ndarray, ds: np.ndarray, quantiles: np.ndarray) -> pd.DataFrame:
    """unique_id, ds, mean and quantile columns from [series, leads, quantiles]."""
    flat = quantiles.reshape(-1, quantiles.shape[-1])
    columns: dict[str, Any] = {"unique_id": ids, "ds": ds, "mean": mean_of(flat)}
    return pd.DataFrame({**columns, **{name: flat[:, i] for i, name in enumerate(QUANTILE_COLUMNS)}})


def _joined(parts: Sequence[np.ndarray]) -> np.ndarray:
    return np.concatenate(parts)


def _table(scores: pd.DataFrame, origins: int, seed: int) -> pd.DataFrame:
    """Accuracy per model, `skill` (1 - mase over the seasonal naive's), and the paired difference of mase to it."""
    found = accuracy.summary(scores).assign(origins=origins)  # series ending at different dates share them
    base = float(found.loc[found["model"] == "snaive", "mase"].iloc[0])
    found["skill"] = 1 - found["mase"] / base if base > 0 else np.nan
    gaps = accuracy.differences(scores, "snaive", seed=seed)
    return found.merge(gaps[["model", "difference", "low", "high", "share_better"]], on="model", how="left")

