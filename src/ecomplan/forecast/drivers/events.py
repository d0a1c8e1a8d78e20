"""Named sales events and the feast that moves, as days of the calendar as it was lived."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from ecomplan.forecast.engine.calendar import days_table

Floats = npt.NDArray[np.float64]
SINGLES, MIDYEAR, FRIDAY = "Singles' Day, 11.11", "Mid-year sale, 6.18", "Black Friday to Monday"
FEASTS = {"easter": "Week to Easter", "spring_festival": "Week to Spring Festival"}
SALES = (SINGLES, MIDYEAR, FRIDAY)
FRIDAY_TO_MONDAY = 3  # days


def windows(daily: pd.DataFrame, around_days: int, country: str) -> pd.DataFrame:
    """[days x events] of 0 and 1: sales events with `around_days` either side of a fixed date, Black Friday to the
    Monday after it, and the week before Easter (GB) or the Spring Festival (CN).

    `daily` has `civil`, the day as it was lived. Days come from `ecomplan.forecast.engine.calendar`.
    """
    day = pd.DatetimeIndex(daily["civil"])
    edge = pd.Timedelta(days=around_days + FRIDAY_TO_MONDAY)
    known = days_table(day.min() - edge, day.max() + edge, country=country, events=("11.11", "6.18", "black_friday"))
    feast = next(name for name in FEASTS if name in known)
    columns = {
        SINGLES: _spread(known["event_11.11"], around_days, around_days),
        MIDYEAR: _spread(known["event_6.18"], around_days, around_days),
        FRIDAY: _spread(known["event_black_friday"], 0, FRIDAY_TO_MONDAY),
        FEASTS[feast]: known[feast],
    }
    return pd.DataFrame({
        name: (column.reindex(day).to_numpy() > 0).astype(float) for name, column in columns.items()
    }, index=daily.index)


def in_sale(events: pd.DataFrame) -> Floats:
    """1 on a day of any named sales event."""
    return np.asarray(events[list(SALES)].max(axis=1).to_numpy(float))


def _spread(column: pd.Series, before: int, after: int) -> pd.Series:
    """1 from `before` days before each marked day to `after` days after it."""
    return pd.concat([column.shift(step, fill_value=0) for step in range(-before, after + 1)], axis=1).max(axis=1)
