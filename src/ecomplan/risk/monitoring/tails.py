"""How often a value comes about under normal data: the tail of a metric's past, and the limit for a wanted rate.

Many values: the highest of each key and day over a high threshold follow a generalised Pareto distribution (Pickands
1975), fitted by probability-weighted moments (Hosking and Wallis 1987). Few values (weekly, monthly): the prediction of
one more from a normal sample, Student's t.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import stdtr, stdtrit  # scipy.stats would cost a second to import

from ecomplan.params.watching import Monitoring
from ecomplan.risk.monitoring.feed import DAY
from ecomplan.risk.monitoring.signals import Signals
from ecomplan.risk.monitoring.windows import Floats

MONTH = 365.25 / 12 * DAY  # minutes
FEW = 60  # values below which no tail of their own can be fitted
LEAST_VALUES = 10  # fewer tell no limit
SHAPES = (0.0, 0.9)  # a highest possible value is never assumed; above, the moments of the fit do not exist


@dataclass(frozen=True)
class Tail:
    """Alarms a month at a limit, under the data it was fitted on. `log`: fitted on the logarithm of the values."""

    kind: str  # "pareto" | "student"
    log: bool
    top: Floats  # values over the threshold, ascending (pareto)
    threshold: float
    scale: float
    shape: float
    months: float
    number: int  # highest values of a key and day behind the fit

    def rate(self, value: Floats) -> Floats:
        """Expected alarms a month at a limit of `value` (any shape)."""
        x = np.log(np.maximum(value, 1e-12)) if self.log else np.asarray(value, dtype=np.float64)
        if self.kind == "student":
            away = (x - self.threshold) / (self.scale * np.sqrt(1 + 1 / self.number))
            return np.asarray(self.number / self.months * stdtr(self.number - 1, -away), dtype=np.float64)
        over = np.maximum(x - self.threshold, 0) / self.scale
        left = np.exp(-over) if self.shape < 1e-9 else (1 + self.shape * over) ** (-1 / self.shape)
        return np.asarray(len(self.top) / self.months * left, dtype=np.float64)

    def limit(self, rate: float) -> float:
        """The limit with `rate` expected alarms a month; never below the threshold of the tail."""
        if self.kind == "student":
            chance = min(max(rate * self.months / self.number, 1e-12), 0.5)
            spread = self.scale * np.sqrt(1 + 1 / self.number)
            x = self.threshold - spread * float(stdtrit(self.number - 1, chance))
        else:
            ratio = max(len(self.top) / self.months / rate, 1.0)
            grown = np.log(ratio) if self.shape < 1e-9 else (ratio ** self.shape - 1) / self.shape
            x = self.threshold + self.scale * grown
        return float(np.exp(x)) if self.log else float(x)


def peaks(signals: Signals) -> tuple[Floats, Floats]:
    """The highest value of each key and day, as many as there would be alarms, and its day; by day."""
    day = signals.time // DAY
    order = np.lexsort((signals.value, signals.key, day))
    last = np.ones(len(order), np.bool_)
    last[:-1] = (np.diff(day[order]) != 0) | (np.diff(signals.key[order]) != 0)
    rows = order[last]
    return signals.value[rows], day[rows].astype(np.float64)


def fit_tail(signals: Signals, months: float, log: bool, p: Monitoring) -> Tail | None:
    """The tail of a metric over `months` months; None where fewer than ten values, or all alike, lie behind it.

    Values come more often as the shop's past grows (more customers have an own mean), so that their number is that of
    the last quarter of the time where that is higher.
    """
    found, day = peaks(signals)
    x = np.sort(np.log(np.maximum(found, 1e-12)) if log else found)
    if len(x) < LEAST_VALUES or x[0] == x[-1]:
        return None
    if len(x) < FEW:
        return Tail("student", log, x[:0], float(x.mean()), float(x.std(ddof=1)), 0.0, months, len(x))
    quarter = months * MONTH / DAY / 4
    recent = int((day >= day.max() - quarter).sum()) / (months / 4)
    months = min(months, len(x) / recent)
    number = int(np.clip(round(p.tail_share * len(x)), 30, p.tail_most))
    threshold = float(x[-number - 1])
    top = x[-number:]
    over = top - threshold
    mean = float(over.mean())
    if mean <= 0:
        return None
    weighted = float((over * (np.arange(number, 0, -1) - 0.65) / number).mean())  # E[X (1 - F(X))], ascending
    shape = 2 - mean / max(mean - 2 * weighted, 1e-12)
    shape = float(np.clip(shape, *SHAPES))
    return Tail("pareto", log, top, threshold, mean * (1 - shape), shape, months, len(x))
