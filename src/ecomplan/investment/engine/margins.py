"""Margins: the distribution of one unknown, given by its quantile function, mean and standard deviation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betaincinv, ndtri

from ecomplan.errors import ParameterError

Array = NDArray[np.float64]
_Z90 = float(ndtri(0.9))


class Margin(Protocol):
    """What a distribution must tell. `quantile` takes levels in 0..1 and keeps their shape; it never falls."""

    def quantile(self, u: ArrayLike) -> Array: ...

    @property
    def mean(self) -> float: ...

    @property
    def sd(self) -> float: ...


@dataclass(frozen=True)
class Fixed:
    """One value, known."""

    value: float

    def quantile(self, u: ArrayLike) -> Array:
        return np.full_like(np.asarray(u, dtype=np.float64), self.value)

    @property
    def mean(self) -> float:
        return self.value

    @property
    def sd(self) -> float:
        return 0.0


@dataclass(frozen=True)
class Uniform:
    """Evenly between `low` and `high`."""

    low: float
    high: float

    def __post_init__(self) -> None:
        _expect(np.isfinite([self.low, self.high]).all() and self.low <= self.high, self, "low <= high")

    def quantile(self, u: ArrayLike) -> Array:
        return self.low + (self.high - self.low) * np.asarray(u, dtype=np.float64)

    @property
    def mean(self) -> float:
        return (self.low + self.high) / 2

    @property
    def sd(self) -> float:
        return float((self.high - self.low) / np.sqrt(12))


@dataclass(frozen=True)
class Pert:
    """A beta between `low` and `high` whose mean is (low + 4 mode + high) / 6 (Malcolm et al. 1959)."""

    low: float
    mode: float
    high: float

    def __post_init__(self) -> None:
        ordered = np.isfinite([self.low, self.mode, self.high]).all() and self.low <= self.mode <= self.high
        _expect(ordered, self, "low <= mode <= high")

    @property
    def _shapes(self) -> tuple[float, float]:
        width = self.high - self.low
        return 1 + 4 * (self.mode - self.low) / width, 1 + 4 * (self.high - self.mode) / width

    def quantile(self, u: ArrayLike) -> Array:
        level = np.asarray(u, dtype=np.float64)
        if self.low == self.high:
            return np.full_like(level, self.low)
        return np.asarray(self.low + (self.high - self.low) * betaincinv(*self._shapes, level))

    @property
    def mean(self) -> float:
        return (self.low + 4 * self.mode + self.high) / 6

    @property
    def sd(self) -> float:
        if self.low == self.high:
            return 0.0
        a, b = self._shapes
        return float((self.high - self.low) * np.sqrt(a * b / ((a + b) ** 2 * (a + b + 1))))


@dataclass(frozen=True)
class Lognormal:
    """Lognormal with one value in ten below `p10` and one in ten above `p90`."""

    p10: float
    p90: float

    def __post_init__(self) -> None:
        _expect(0 < self.p10 <= self.p90 < np.inf, self, "0 < p10 <= p90")

    @property
    def _log(self) -> tuple[float, float]:
        low, high = np.log(self.p10), np.log(self.p90)
        return float((low + high) / 2), float((high - low) / (2 * _Z90))

    def quantile(self, u: ArrayLike) -> Array:
        mu, sigma = self._log
        if sigma == 0:
            return np.full_like(np.asarray(u, dtype=np.float64), np.exp(mu))
        return np.asarray(np.exp(mu + sigma * ndtri(np.asarray(u, dtype=np.float64))))

    @property
    def mean(self) -> float:
        mu, sigma = self._log
        return float(np.exp(mu + sigma**2 / 2))

    @property
    def sd(self) -> float:
        return float(self.mean * np.sqrt(np.expm1(self._log[1] ** 2)))


@dataclass(frozen=True)
class Beta:
    """Beta between 0 and 1 with a mean and a `weight` (its two shapes add up to it); constant at a mean of 0 or 1
    or an infinite weight."""

    average: float
    weight: float

    def __post_init__(self) -> None:
        _expect(0 <= self.average <= 1 and self.weight > 0, self, "a mean in 0..1 and a weight above 0")

    @property
    def _constant(self) -> bool:
        return self.average in (0, 1) or bool(np.isinf(self.weight))

    def quantile(self, u: ArrayLike) -> Array:
        level = np.asarray(u, dtype=np.float64)
        if self._constant:
            return np.full_like(level, self.average)
        return np.asarray(betaincinv(self.average * self.weight, (1 - self.average) * self.weight, level))

    @property
    def mean(self) -> float:
        return self.average

    @property
    def sd(self) -> float:
        return 0.0 if self._constant else float(np.sqrt(self.average * (1 - self.average) / (self.weight + 1)))


@dataclass(frozen=True)
class Bernoulli:
    """1 with probability `chance`, else 0; the high levels are the ones, so that a high quantile is a success."""

    chance: float

    def __post_init__(self) -> None:
        _expect(0 <= self.chance <= 1, self, "a chance in 0..1")

    def quantile(self, u: ArrayLike) -> Array:
        return (np.asarray(u, dtype=np.float64) > 1 - self.chance).astype(np.float64)

    @property
    def mean(self) -> float:
        return self.chance

    @property
    def sd(self) -> float:
        return float(np.sqrt(self.chance * (1 - self.chance)))


def _expect(holds: bool | np.bool_, margin: object, what: str) -> None:
    if not holds:
        raise ParameterError(f"{margin} is refused; expected {what}")
