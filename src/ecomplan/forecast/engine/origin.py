"""The members fitted at an origin: every series as it stood after its first so many values.

A series' fit at an origin is made once and kept, since combination, network, gate and conformal factors all ask for
it, and the past origin of one backtest origin is often the next one's own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ecomplan.forecast.engine.frame import MINIMUM_LENGTH, Panel, Series
from ecomplan.forecast.engine.settings import Name, Settings
from ecomplan.forecast.engine.spread import spread

Fits = Mapping[str, Any]
Known = tuple[np.ndarray, np.ndarray, tuple[str, ...]]
Item = tuple[np.ndarray, int, int, tuple[Name, ...], Known | None]
#: # ASSUME: a zero among positive values is a very small sale: with at most this share of zeros the logarithm is
#: used, a zero standing at half of the smallest positive value
ZERO_SHARE = 0.05


def working(y: np.ndarray) -> tuple[np.ndarray, bool]:
    """(y fit for the working scale, whether that is the logarithm) [n]."""
    zero = y == 0
    if (y >= 0).all() and 0 < zero.sum() <= ZERO_SHARE * len(y):
        return np.where(zero, y[~zero].min() / 2, y), True
    return y, bool((y > 0).all())


def fit_one(item: Item) -> dict[str, Any]:
    """Fits by name of one series: (y, horizon, season, names, (regressors [n, k], future [h, k], labels))."""
    from ecomplan.forecast.engine import members

    y, horizon, season, names, known = item
    y, log = working(y)
    if known is None:
        return {name: members.fit(name, y, horizon, season, log) for name in names}
    past, ahead, labels = known
    found: dict[str, Any] = {"sarima": members.fit("sarima", y, horizon, season, log, past, ahead, groups=labels)}
    effect = _effect(found["sarima"], len(y) + horizon)
    z = (np.log(y) if log else y) - effect[: len(y)]
    for name in names:
        if name == "snaive":  # stays what it is elsewhere: the baseline
            found[name] = members.fit(name, y, horizon, season, log)
        elif name != "sarima":
            one = members.fit(name, np.exp(z) if log else z, horizon, season, log)
            found[name] = replace(one, mean=one.mean + effect[len(y) :])
    return found


def _effect(fit: Any, length: int) -> np.ndarray:
    """What the regressors do to the series by SARIMA's estimate [n + horizon]; the other members see it without."""
    parts = getattr(fit, "parts", ())
    if not parts:
        return np.zeros(length)
    return np.asarray(np.tensordot(fit.weights, np.array([part.effect for part in parts]), axes=1))


@dataclass(frozen=True)
class Regressors:
    """`by_series`: a matrix [n + horizon, k] each; `labels` [k]: columns of the same label come in together."""

    by_series: tuple[np.ndarray, ...]
    labels: tuple[str, ...]


class Origins:
    """Fits of a panel's members at any origins, each made once."""

    def __init__(self, panel: Panel, settings: Settings, names: Sequence[Name],
                 regressors: Regressors | None, progress: Callable[[int, int], None] | None = None):
        self.panel, self.settings, self.names = panel, settings, tuple(names)
        self._regressors, self._progress = regressors, progress
        self._made: dict[tuple[int, int], Fits] = {}

    def fits(self, which: Sequence[int], ends: Sequence[int]) -> list[Fits]:
        """Fits of the series `which`, each after its first `ends` values, in that order."""
        todo = [key for key in zip(which, ends, strict=True) if key not in self._made]
        items = [self._item(self.panel.series[i], i, end) for i, end in todo]
        made = spread(fit_one, items, jobs=self.settings.jobs, backend=self.settings.backend, progress=self._progress)
        self._made.update(zip(todo, made, strict=True))
        return [self._made[key] for key in zip(which, ends, strict=True)]

    def z(self, i: int, end: int, upto: int | None = None) -> np.ndarray:
        """Values up to `upto` on the working scale that was chosen after the first `end`."""
        y = self.panel.series[i].y
        known, log = working(y[:end])
        if upto is not None:
            known = np.concatenate([known, y[end:upto]])
        return np.asarray(np.log(np.where(known > 0, known, known[:end].min())) if log else known)

    def scale(self, i: int, end: int) -> float:
        """Mean absolute change on a season before, working scale: the unit in which series are compared (0: none)."""
        z, lag = self.z(i, end), self.panel.season
        lag = lag if end > lag else 1
        return float(np.mean(np.abs(z[lag:] - z[:-lag])))

    def forget(self) -> None:
        """Drop what was fitted."""
        self._made.clear()

    def _item(self, series: Series, i: int, end: int) -> Item:
        horizon, known = self.panel.horizon, None
        if self._regressors is not None:
            from ecomplan.forecast.engine.calendar import informative

            matrix = self._regressors.by_series[i]
            tells = informative(matrix[:end], self.panel.season)
            ahead = matrix[end : end + horizon, tells]
            if tells.any() and len(ahead) == horizon:
                labels = tuple(label for label, kept in zip(self._regressors.labels, tells, strict=True) if kept)
                known = matrix[:end, tells], ahead, labels
        return series.y[:end], horizon, self.panel.season, self.names, known


def past_end(end: int, horizon: int, season: int, steps: int) -> int | None:
    """Where the `steps`-th past origin of a series of `end` values lies; None where its history cannot bear it.

    A full horizon back where a season and three values stay; else as far back as leaves them, so that the first
    leads at least are tested.
    """
    floor = max(season + 3, MINIMUM_LENGTH)
    if end - steps * horizon >= floor:
        return end - steps * horizon
    return floor if steps == 1 and end - floor >= 1 else None
