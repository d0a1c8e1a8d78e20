"""Fitted models as small frozen states of plain numbers, each able to continue its series on the log scale.

Only numpy is needed here: a saved model forecasts without statsmodels, keras or the training data.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from ecomplan.errors import DataError

SEASON = 12
# ASSUME: no month more than doubles or halves against the same month of the last known year. Fits to two
# years of data explode now and then; the guard holds the forecast, and tests check that it binds only there.
GUARD = float(np.log(2))


def guarded(path: np.ndarray, last_year: np.ndarray) -> np.ndarray:
    """`path` (logs) kept within a factor of two of the same month of the last known year."""
    same_month = np.resize(last_year, len(path))
    held: np.ndarray = np.clip(path, same_month - GUARD, same_month + GUARD)
    return held


@dataclass(frozen=True)
class Seasonal:
    """Last year's months, moved by `growth` (log change a year); growth 0 is the seasonal naive."""

    last_year: tuple[float, ...]
    growth: float

    def path(self, horizon_months: int) -> np.ndarray:
        years_ahead = np.arange(horizon_months) // SEASON + 1
        path: np.ndarray = np.resize(self.last_year, horizon_months) + self.growth * years_ahead
        return path


@dataclass(frozen=True)
class Ets:
    """Additive exponential smoothing: level, trend (damped by `damping`), season (empty: none)."""

    last_year: tuple[float, ...]
    level: float
    trend: float
    damping: float
    season: tuple[float, ...]  # oldest first: season[0] belongs to the first month ahead

    def path(self, horizon_months: int) -> np.ndarray:
        trend = self.trend * np.cumsum(self.damping ** np.arange(1, horizon_months + 1))
        season = np.resize(self.season, horizon_months) if self.season else 0.0
        return guarded(self.level + trend + season, np.array(self.last_year))


@dataclass(frozen=True)
class Arima:
    """y[t] = sum ar[i] y[t-i] + e[t] + sum ma[j] e[t-j], differences multiplied out into `ar`."""

    ar: tuple[float, ...]
    ma: tuple[float, ...]
    values: tuple[float, ...]  # the last len(ar) logs, oldest first, at least a year
    errors: tuple[float, ...]  # the last len(ma) one-month errors, oldest first

    def raw_path(self, horizon_months: int) -> np.ndarray:
        values, errors = list(self.values), list(self.errors)
        ar, ma = np.array(self.ar), np.array(self.ma)
        for _ in range(horizon_months):
            step = float(ar @ np.array(values[: -len(ar) - 1: -1]))
            if len(ma):
                step += float(ma @ np.array(errors[: -len(ma) - 1: -1]))
                errors.append(0.0)  # the expected error of a month ahead
            values.append(step)
        return np.array(values[len(self.values):])

    def path(self, horizon_months: int) -> np.ndarray:
        return guarded(self.raw_path(horizon_months), np.array(self.values[-SEASON:]))


@dataclass(frozen=True)
class Network:
    """Weights of the recurrent network (keras' order of gates: input, forget, cell, output)."""

    kernel: np.ndarray  # [1, 4 units]
    recurrent: np.ndarray  # [units, 4 units]
    bias: np.ndarray  # [4 units]
    dense: np.ndarray  # [units, 1]
    dense_bias: np.ndarray  # [1]

    def __call__(self, windows: np.ndarray) -> np.ndarray:
        """One step ahead of each window [rows, window] of standardised errors -> [rows]."""
        units = len(self.recurrent)
        hidden = cell = np.zeros((len(windows), units))
        for step in windows.T[:, :, None]:
            gates = step @ self.kernel + hidden @ self.recurrent + self.bias
            into, forget, new, out = (gates[:, i * units: (i + 1) * units] for i in range(4))
            cell = _sigmoid(forget) * cell + _sigmoid(into) * np.tanh(new)
            hidden = _sigmoid(out) * np.tanh(cell)
        return np.asarray((hidden @ self.dense + self.dense_bias)[:, 0], dtype=float)


def _sigmoid(x: np.ndarray) -> np.ndarray:
    squashed: np.ndarray = 1 / (1 + np.exp(-x))
    return squashed


@dataclass(frozen=True)
class Hybrid:
    """SARIMA plus the network's forecast of SARIMA's next errors (Zhang 2003)."""

    arima: Arima
    window: tuple[float, ...]  # the last standardised errors, oldest first, zeros where there are none
    scale: float  # log units of one standardised error
    network: Network

    def path(self, horizon_months: int) -> np.ndarray:
        window, corrections = np.array(self.window), np.empty(horizon_months)
        for lead in range(horizon_months):
            corrections[lead] = self.network(window[None, :])[0]
            window = np.append(window[1:], corrections[lead])
        raw = self.arima.raw_path(horizon_months) + self.scale * corrections
        return guarded(raw, np.array(self.arima.values[-SEASON:]))


@dataclass(frozen=True)
class Median:
    """Month by month the median of several members."""

    members: tuple[Seasonal | Ets | Arima | Hybrid, ...]

    def path(self, horizon_months: int) -> np.ndarray:
        return np.asarray(np.median([member.path(horizon_months) for member in self.members], axis=0))


Member = Seasonal | Ets | Arima | Hybrid | Median
_PLAIN: dict[str, type[Seasonal] | type[Ets] | type[Arima]] = {"Seasonal": Seasonal, "Ets": Ets, "Arima": Arima}


def to_plain(member: Member) -> dict[str, Any]:
    """A member as JSON-ready numbers; a network's weights stay outside (one network serves all series)."""
    if isinstance(member, Median):
        return {"kind": "Median", "members": [to_plain(part) for part in member.members]}
    if isinstance(member, Hybrid):
        return {"kind": "Hybrid", "arima": to_plain(member.arima), "window": list(member.window), "scale": member.scale}
    return {"kind": type(member).__name__, **asdict(member)}


def from_plain(plain: dict[str, Any], network: Network) -> Member:
    """The member that `to_plain` wrote. Raises DataError for an unknown kind."""
    fields: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in plain.items() if key != "kind"
    }
    if plain["kind"] == "Median":
        return Median(tuple(from_plain(part, network) for part in plain["members"]))  # type: ignore[misc]
    if plain["kind"] == "Hybrid":
        arima = from_plain(plain["arima"], network)
        assert isinstance(arima, Arima)
        return Hybrid(arima, fields["window"], fields["scale"], network)
    if plain["kind"] not in _PLAIN:
        raise DataError(
            f"saved forecast: unknown kind of model {plain['kind']!r}; known: {', '.join(_PLAIN)}, Hybrid, Median"
        )
    return _PLAIN[plain["kind"]](**fields)
