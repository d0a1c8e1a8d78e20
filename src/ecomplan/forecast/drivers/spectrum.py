"""Cycles in new customers: a periodogram on open days, tested against red noise over all periods at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from ecomplan.errors import DataError

Floats = npt.NDArray[np.float64]
MIN_DAYS = 120
MIN_CYCLES = 4  # cycles that the span must hold: slower ones cannot be told from a season seen once or twice
WEEK = 7


@dataclass(frozen=True)
class Spectrum:
    """`table`: period_days, power (share of variance), expected (mean under red noise), limit (no period exceeds it
    under red noise, with the stated chance), p_value (over all periods at once), peak · `memory`: lag-one correlation ·
    `week_power`, `week_p`: the week with its overtones."""

    table: pd.DataFrame
    memory: float
    week_power: float
    week_p: float

    @property
    def cycles(self) -> pd.DataFrame:
        """The peaks beyond the limit, strongest first."""
        rows = self.table[self.table["peak"] & (self.table["power"] > self.table["limit"])]
        return rows.sort_values("power", ascending=False, ignore_index=True)

    def strongest(self, column: str = "period_days") -> dict[str, float]:
        """Length or p-value of the wave that stands out most from red noise, for `Stage.finding`."""
        at = int((self.table["power"] / self.table["expected"]).argmax())
        return {"value": float(self.table[column].iloc[at])}


def periodogram(
    open_days: npt.ArrayLike, counts: npt.ArrayLike, *, alpha: float, simulations: int, rng: np.random.Generator
) -> Spectrum:
    """Spectrum of daily `counts` [days], seen on `open_days` [days] only.

    Least squares of root counts on a straight line and one wave at a time (Lomb 1976; Scargle 1982), so that closed
    days leave no cycle of their own. The null is a first-order autoregression by day (Mann & Lees 1996 on red noise)
    seen on the same days; power is held against its mean by period, and the largest ratio over all periods sets the
    p-values. The last whole weeks count; periods run from two days to a fourth of the span. The week (seven days and
    its overtones down to two) is also tested on its own, being a period known beforehand. Raises DataError under 120
    open days.
    """
    whole = len(np.asarray(open_days)) // WEEK * WEEK
    seen, counts = np.asarray(open_days, bool)[-whole:], np.asarray(counts, float)[-whole:]
    if seen.sum() < MIN_DAYS:
        raise DataError(f"spectrum: {int(seen.sum())} open days are too few; {MIN_DAYS} are needed")
    days = len(seen)
    time = np.arange(days)[seen].astype(float)
    line = np.column_stack([np.ones(len(time)), time / days])
    straight = np.linalg.qr(line)[0]
    wave = np.arange(MIN_CYCLES, days // 2)
    turn = 2 * np.pi * time[:, None] * wave / days
    parts = np.stack([np.cos(turn), np.sin(turn)])  # 2 x n x waves
    parts -= np.einsum("nk,km,cmw->cnw", straight, straight.T, parts, optimize=True)
    first = parts[0] / np.maximum(np.linalg.norm(parts[0], axis=0), 1e-9)
    second = parts[1] - first * (first * parts[1]).sum(0)
    second /= np.maximum(np.linalg.norm(second, axis=0), 1e-9)

    def power(values: Floats) -> Floats:
        """Share of variance by wave [waves, series]."""
        left = values - straight @ (straight.T @ values)
        return np.asarray(((first.T @ left) ** 2 + (second.T @ left) ** 2) / np.maximum((left**2).sum(0), 1e-300))

    y = np.sqrt(counts[seen])
    left = y - straight @ (straight.T @ y)
    beside = np.flatnonzero(np.diff(time) == 1)
    memory = float(np.clip((left[beside] * left[beside + 1]).mean() / max((left**2).mean(), 1e-300), 0, 0.98))
    noise = rng.standard_normal((days + 50, simulations))
    for t in range(1, len(noise)):
        noise[t] = memory * noise[t - 1] + np.sqrt(1 - memory**2) * noise[t]
    null = power(noise[50:][seen])
    expected = null.mean(1)
    found = power(y[:, None])[:, 0]
    worst = (null / expected[:, None]).max(0)
    ratio = found / expected
    p_value = (1 + (worst[None, :] >= ratio[:, None]).sum(1)) / (1 + simulations)
    around = np.r_[0, found, 0]
    of_week = wave % (days // WEEK) == 0
    weekly = float((1 + (null[of_week].sum(0) >= found[of_week].sum()).sum()) / (1 + simulations))
    return Spectrum(pd.DataFrame({
        "period_days": days / wave, "power": found, "expected": expected,
        "limit": expected * np.quantile(worst, 1 - alpha), "p_value": p_value,
        "peak": (found >= around[:-2]) & (found >= around[2:]),
    }), memory, float(found[of_week].sum()), weekly)
