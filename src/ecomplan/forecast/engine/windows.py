"""What the network sees of a panel: windows of SARIMA's errors, and what came after them.

A window is one series at one origin t. All is in units of the series' own error scale, so that series of
any size speak the same language; the targets are SARIMA's errors at leads 1..h as they turned out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]

NORMAL_MAD = 1.4826  # median absolute deviation to standard deviation, for a normal sample
LIMIT = 6.0  # units beyond which an input is drawn in (a target: four times that): a break must not steer all
CHANNELS = 3  # of a step in the sequence: error, change on a season before, whether the error is known
FACTS = 3  # beside SARIMA's path: errors against the naive ones, how the spread grows, length of the past
PARTS = ("sequence", "static", "spread", "target", "known", "weight")
TIGHTEST = 0.05  # SARIMA's sigma in units of scale is taken to be no less


class Fitted(Protocol):
    """What is needed of a fitted SARIMA; all on the working scale."""

    @property
    def mean(self) -> Floats: ...
    @property
    def sigma(self) -> Floats: ...
    @property
    def errors(self) -> Floats: ...
    def rolling(self, horizon: int) -> Floats: ...


@dataclass(frozen=True)
class Windows:
    """`sequence` [m, window, CHANNELS], `static` [m, k], `spread` [m, h] (SARIMA's sigma in units of scale)
    and, for training, `target` [m, h] with `known` [m, h] (0 where it lies beyond the end) and `weight` [m]."""

    sequence: Singles
    static: Singles
    spread: Singles
    target: Singles
    known: Singles
    weight: Singles

    def __len__(self) -> int:
        return len(self.weight)

    def parts(self) -> tuple[Singles, ...]:
        """The arrays in the order of PARTS."""
        return tuple(getattr(self, name) for name in PARTS)

    def rows(self, chosen: slice) -> Windows:
        """Some of the windows."""
        return Windows(*(part[chosen] for part in self.parts()))


def scale_of(errors: Floats) -> float:
    """Robust standard deviation of a series' one-step errors [n]; 0 where it has none (constant)."""
    seen = errors[np.isfinite(errors)]
    if len(seen) < 2:
        return 0.0
    centred = np.abs(seen - np.median(seen))
    robust = NORMAL_MAD * float(np.median(centred))
    # more than half of the errors equal: the plain one is what is left
    return robust if robust > 0.0 else float(np.std(seen))


def naive_scale(z: Floats, season: int) -> float:
    """Mean absolute change on a season before [n]: the unit in which series are compared (0: constant)."""
    lag = season if len(z) > season else 1
    return float(np.mean(np.abs(z[lag:] - z[:-lag])))


def origins_of(fit: Fitted, length: int, oldest: int) -> NDArray[np.int64]:
    """Origins t of a series that a network may learn from: an error known at t and a period after it, the last
    `oldest` of them."""
    known = np.flatnonzero(np.isfinite(fit.errors))
    if len(known) == 0:
        return np.empty(0, np.int64)
    return np.arange(max(int(known[0]), length - 1 - oldest), length - 1, dtype=np.int64)


def windows_of(
    fit: Fitted, z: Floats, origins: NDArray[np.int64], horizon: int, season: int, window: int, half_life: float,
) -> Windows:
    """The windows of one series z [n], not constant, at `origins` (each below n; n - 1 is its end: no target known).

    A series weighs as its errors do in scaled measures, and a window half as much every `half_life` periods back.
    """
    n, m, leads = len(z), len(origins), np.arange(horizon)
    scale, naive = scale_of(fit.errors), naive_scale(z, season)
    change = np.full(n, np.nan)
    change[season:] = z[season:] - z[:-season]
    steps = origins[:, None] + 1 + np.arange(window)
    before = np.full(window, np.nan)
    seen = np.concatenate([before, fit.errors])[steps] / scale
    moved = np.concatenate([before, change])[steps] / scale
    rolled = fit.rolling(horizon)[origins]
    ahead = origins[:, None] + 1 + leads
    a_season_before = ahead - season * (1 + leads // season)
    path = (rolled - np.where(a_season_before >= 0, z[np.maximum(a_season_before, 0)], np.nan)) / scale
    spread = np.maximum(fit.sigma[:horizon] / scale, TIGHTEST)
    unit = scale / naive if naive > 0.0 else 1.0
    growth = np.log(spread[-1] / spread[0])
    facts = np.broadcast_to([np.log(np.clip(unit, 0.05, 5.0)), growth], (m, 2))
    past = np.log(origins[:, None] + 1.0) - 4.0  # about zero at fifty periods
    target = np.where(ahead < n, z[np.minimum(ahead, n - 1)] - rolled, np.nan) / scale
    parts = (
        np.stack([_tame(seen), _tame(moved) / 3.0, np.isfinite(seen)], axis=2),
        _tame(np.concatenate([path, facts, past], axis=1)), np.broadcast_to(spread, (m, horizon)),
        _tame(target, 4.0 * LIMIT), np.isfinite(target),
        np.clip(unit, 0.1, 2.0) * 0.5 ** ((n - 1 - origins) / half_life),
    )  # fmt: skip
    return Windows(*(part.astype(np.float32) for part in parts))


def join(windows: Sequence[Windows]) -> Windows:
    """Windows of several series, one after the other."""
    return Windows(*(np.concatenate(parts) for parts in zip(*(each.parts() for each in windows), strict=True)))


def _tame(x: Floats, limit: float = LIMIT) -> Floats:
    """Zero where unknown, drawn in beyond `limit`."""
    filled: Floats = np.clip(np.nan_to_num(x, nan=0.0, posinf=limit, neginf=-limit), -limit, limit)
    return filled
