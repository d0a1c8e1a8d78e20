"""The time in which customers order at an even rate: stretched in the season, shortened as the shop's pace changes.

BG/NBD and Pareto/NBD know neither season nor trend. A Poisson process whose rate is multiplied by a known curve is
an even one in operational time (Cox & Isham, 1980, "Point Processes", section 4.2), so the models run on that clock
unchanged; what a clock explains is comparable by the likelihood once the rate at each order is added.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
import numpy.typing as npt
import pandas as pd

from ecomplan.errors import DataError

Floats = npt.NDArray[np.float64]
WEEK, YEAR = 7.0, 365.25  # days
EVEN = (1.0,) * 12
#: a year of months, in days
MONTH_DAYS = np.array([31, 28.25, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
SPAN_YEARS = 30  # from the start on, data and horizon together


@dataclass(frozen=True)
class Clock:
    """Weeks since `start`, stretched by the month's `index` (January first, mean 1) and by exp(drift x years).

    drift: change of the log rate of orders a year, the same for every customer who is still there.
    """

    start: pd.Timestamp
    index: tuple[float, ...] = EVEN
    drift: float = 0.0

    @cached_property
    def _rate(self) -> Floats:
        """Rate on each day since the start's month began."""
        month, years = _days(self.start)
        return np.asarray(np.asarray(self.index)[month] * np.exp(self.drift * years), dtype=float)

    @cached_property
    def _passed(self) -> Floats:
        return np.concatenate([[0.0], np.cumsum(self._rate)]) / WEEK

    def day(self, time: pd.Series | pd.DatetimeIndex | pd.Timestamp) -> Floats:
        """Days from the begin of the start's month. Raises DataError beyond the span of a clock."""
        found = np.asarray((time - self.start.to_period("M").start_time) / pd.Timedelta(days=1), dtype=float)
        if found.size and (found.min() < 0 or found.max() > SPAN_YEARS * YEAR - 1):
            raise DataError(
                f"times must lie within {SPAN_YEARS} years from {self.start:%Y-%m}; check column time and "
                f"lifetime.horizon_months"
            )
        return found

    def weeks_at(self, day: Floats) -> Floats:
        """Weeks passed on whole or broken days, as `day` counts them."""
        whole = day.astype(np.int64)
        return np.asarray(self._passed[whole] + (day - whole) * self._rate[whole] / WEEK, dtype=float)

    def weeks(self, time: pd.Series | pd.DatetimeIndex | pd.Timestamp) -> Floats:
        """Weeks from the begin of the start's month to each time."""
        return self.weeks_at(self.day(time))

    def log_rate(self, day: pd.Series) -> float:
        """Sum of the log rates on the given days: what makes likelihoods on two clocks comparable."""
        return float(np.log(self._rate)[self.day(day).astype(np.int64)].sum())


@lru_cache(maxsize=4)
def _days(start: pd.Timestamp) -> tuple[npt.NDArray[np.int64], Floats]:
    """Month (January 0) of each day from the start's month on, and the years from `start` to it."""
    days = pd.date_range(start.to_period("M").start_time, periods=int(SPAN_YEARS * YEAR), freq="D")
    years = ((days - start) / pd.Timedelta(days=YEAR)).to_numpy(dtype=float)
    return days.month.to_numpy(dtype=np.int64) - 1, years


def calendar_index(frame: pd.DataFrame, before: pd.Timestamp) -> tuple[float, ...]:
    """Index of the twelve months from repeat orders before `before`; all 1 where less than 13 months are known.

    Poisson regression of repeat orders by cohort and month on the cohort, the month of the year and the cohort's age
    (linear): the last keeps cohorts that fade from looking like a season. The month of the first order is left out.
    `frame`: customer_id, day. Estimated by Newton's method (McCullagh & Nelder, 1989).
    """
    seen = frame[frame["day"] < before]
    month = seen["day"].dt.year * 12 + seen["day"].dt.month - 1
    cohort = month.groupby(seen["customer_id"]).transform("min")
    cells = pd.DataFrame({"cohort": cohort, "month": month})[month > cohort].value_counts().sort_index().reset_index()
    of_year = cells["month"].to_numpy() % 12
    if cells.empty or len(np.unique(of_year)) < 12 or np.ptp(cells["month"].to_numpy()) < 12:
        return EVEN
    cohorts, of = np.unique(cells["cohort"].to_numpy(), return_inverse=True)
    age = (cells["month"] - cells["cohort"]).to_numpy(dtype=float) / 12
    design = np.column_stack([np.eye(len(cohorts))[of], np.eye(12)[of_year][:, 1:], age])
    orders, log_days = cells["count"].to_numpy(dtype=float), np.log(MONTH_DAYS[of_year])
    beta = np.zeros(design.shape[1])
    beta[: len(cohorts)] = np.log(orders.mean() / MONTH_DAYS.mean())
    for _ in range(50):
        mean = np.exp(np.clip(design @ beta + log_days, -30, 30))
        step = np.linalg.lstsq((design * mean[:, None]).T @ design, design.T @ (orders - mean), rcond=None)[0]
        beta = beta + np.clip(step, -2, 2)
        if np.abs(step).max() < 1e-10:
            break
    index = np.exp(np.concatenate([[0.0], beta[len(cohorts): len(cohorts) + 11]]))
    return tuple((index / (index @ MONTH_DAYS / MONTH_DAYS.sum())).tolist())
