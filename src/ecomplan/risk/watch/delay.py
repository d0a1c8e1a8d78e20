"""How soon a lasting shift of daily orders is seen, against how many false alarms: four ways of looking at once."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ecomplan.params.watching import Watch
from ecomplan.risk.watch.changes import resampled
from ecomplan.risk.watch.days import Days, expected_totals

Array = NDArray[np.float64]
METHODS = {"week": "Weekly review", "day": "Each day by itself", "ewma": "EWMA", "cusum": "CUSUM"}
RATES = (0.1, 0.25, 0.5, 1.0, 2.0, 4.0)  # false alarms a month
BLOCK_DAYS = 5
SETTLE, QUIET, AFTER = 40, 60, 40  # open days: to learn the level, without a shift, with it
EWMA_WEIGHT = 0.3
CUSUM_SLACK = 0.5  # half of the shift looked for, in standard deviations (Page 1954)
WEEK = 6


def past_residuals(days: Days) -> Array:
    """Log ratio of each judged day's orders to what was expected of it; days hardly above zero are cut off."""
    ratio = np.maximum(days.totals, 0.5) / days.expected
    return np.asarray(np.log(ratio[days.judged]))


def _levelled(noise: Array, p: Watch) -> Array:
    """Residuals of series that are watched with the level learnt as in the replay; same shape, standardised."""
    out, level = np.empty_like(noise), noise[:, 0].copy()
    for day in range(noise.shape[1]):
        out[:, day] = noise[:, day] - level
        level = level + max(p.level_weight / 3, 1 / (day + 2)) * out[:, day]
    return np.asarray(out / out[:, SETTLE:SETTLE + QUIET].std())


def statistics(residual: Array) -> dict[str, Array]:
    """Each method's statistic after each day (series, days); the weekly one changes once in six open days."""
    size = residual.shape[1]
    ewma, low, high = (np.zeros(len(residual)) for _ in range(3))
    out = {name: np.zeros(residual.shape) for name in METHODS}
    out["day"] = np.abs(residual)
    for day in range(size):
        value = residual[:, day]
        ewma = EWMA_WEIGHT * value + (1 - EWMA_WEIGHT) * ewma
        high, low = np.maximum(high + value - CUSUM_SLACK, 0), np.maximum(low - value - CUSUM_SLACK, 0)
        out["ewma"][:, day], out["cusum"][:, day] = np.abs(ewma), np.maximum(low, high)
        if (day + 1) % WEEK == 0:
            out["week"][:, day] = np.abs(residual[:, day + 1 - WEEK:day + 1].mean(axis=1))
    return out


def simulate(days: Days, p: Watch, rng: np.random.Generator) -> tuple[pd.DataFrame, pd.DataFrame]:
    """(delays over false alarms and methods, delays over the shift's size at two rates).

    Series are blocks of the platform's own residuals; from a day on, all orders are a random share more or fewer.
    Each method gets the limit that it passes at the stated rate without a shift. Delay in days of the calendar;
    not found within the simulated stretch counts as its whole length.
    """
    residual = past_residuals(days)
    residual = residual - residual.mean()
    noise = resampled(residual, SETTLE + QUIET + AFTER, BLOCK_DAYS, p.shift_paths, rng)
    if float(np.ptp(residual)) < 1e-9:  # constant orders: any shift is seen at once
        noise = noise + rng.normal(0, 1e-6, noise.shape)
    low, high = sorted((p.shift_low, p.shift_high))
    size = rng.uniform(low, high, p.shift_paths)
    sign = rng.choice(np.array([-1.0, 1.0]), p.shift_paths)
    shifted = noise.copy()
    # the weekly review meets a shift on any day of its week
    begin = SETTLE + QUIET - rng.integers(0, WEEK, p.shift_paths)
    later = np.arange(noise.shape[1])[None, :] >= begin[:, None]
    shifted += later * np.log1p(sign * size)[:, None]
    quiet = statistics(_levelled(noise, p))
    moved = statistics(_levelled(shifted, p))
    month = round(days.open_days_per_month)
    stretch = 7 / min(7.0, max(days.open_days_per_month * 12 / 52.18, 1.0))
    rows, sizes = [], []
    classes = np.linspace(low, high, 5)
    for name, label in METHODS.items():
        most = _maxima(quiet[name][:, SETTLE:], month)
        for rate in RATES:
            limit = float(np.quantile(most, np.exp(-rate)))
            over = (moved[name] > limit) & later
            first = np.where(over.any(axis=1), over.argmax(axis=1) - begin + 1, AFTER).astype(float) * stretch
            rows.append({"method": label, "false_a_month": rate, "delay_days": float(np.median(first)),
                         "delay_low": float(np.quantile(first, 0.1)), "delay_high": float(np.quantile(first, 0.9)),
                         "within_2": float((first <= 2).mean()), "within_7": float((first <= 7).mean())})
            if rate == RATES[-2]:
                for least, most_size in pairwise(classes):
                    part = first[(size >= least) & (size <= most_size)]
                    if len(part):
                        sizes.append({"method": label, "shift_low": least, "shift_high": most_size,
                                      "delay_days": float(np.median(part)), "within_2": float((part <= 2).mean())})
    return pd.DataFrame(rows), pd.DataFrame(sizes)


def _maxima(values: Array, window: int) -> Array:
    """Greatest value of each whole window of `window` days, over all series."""
    window = min(max(window, 1), values.shape[1])
    whole = values.shape[1] // window
    return np.asarray(values[:, : whole * window].reshape(len(values), whole, window).max(axis=2).ravel())


def paired(days: Days, p: Watch) -> float:
    """Mean relative error of the expectation of a day, judged days only: the noise in which shifts must be seen."""
    fresh = expected_totals(days.totals, days.weekday, p)
    return float(np.mean(np.abs(days.totals / fresh - 1)[days.judged]))
