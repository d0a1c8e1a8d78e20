"""Forecast against answers from outside: the platform's own monthly figures and textbook formulas."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from ecomplan.forecast.platform import backtest, fan, opendays, paths, short

# UCI Online Retail II (Chen 2019), 2009-12 to 2011-11, doubled days dropped; counted from the raw file with
# goods, postage and fees together, before returns, GBP
SALES = [
    825686, 652709, 553340, 833570, 681529, 659859, 752270, 650713, 697275, 924333, 1165484, 1470272,
    823746, 691365, 523632, 717639, 537809, 770536, 761740, 719221, 748076, 1058590, 1154979, 1509496,
]


def test_seasonal_naive_on_the_platform_errs_by_ten_percent() -> None:
    """Nine one-month origins: 10.1 % on sales (two independent programs, postage included)."""
    y = np.log(np.tile(np.array(SALES, dtype=float)[:, None], 3))
    errors = []
    for count in range(15, 24):
        days = np.zeros(count + 1)
        known = short.Known(y[:count], days, days, np.zeros(count))
        errors.append(abs(np.exp(short.repeat(known, None, np.zeros(3), 1.0)[0, 0] - y[count, 0]) - 1))
    assert 100 * np.mean(errors) == pytest.approx(10.1, abs=0.1)


def test_open_days_of_the_platform_months() -> None:
    """England's days of 2012 under the shop's rule, counted on a wall calendar: no Saturday, no bank holiday.

    January 31 days less 4 Saturdays and 1 to 3 January; April 30 less 4, Good Friday, Easter Sunday and Monday;
    June 30 less 5 and the two days of the jubilee.
    """
    date = pd.date_range("2009-12-01", "2011-12-09", freq="D", unit="us")
    kinds = opendays.kinds_of(date, "GB", "12-24/01-03")
    is_open = (date.day_of_week != 5) & (kinds == "")
    calendar = pd.DataFrame({"date": date, "month": date.to_period("M").to_timestamp(), "weekday": date.day_of_week,
                             "is_open": is_open, "orders": is_open * 10})
    days = opendays.trading_days(calendar, 0, 14, country="GB", year_end="12-24/01-03")
    ahead = pd.DatetimeIndex([pd.Timestamp(2012, month, 1) for month in (1, 4, 6)])
    assert days.per_month(ahead, pd.Timestamp("2011-12-01"))[0].tolist() == [24.0, 23.0, 23.0]


def test_bootstrap_interval_of_a_mean_is_students_in_the_limit() -> None:
    """80 % of a bootstrap mean of n values lies within 1.2816 sd / sqrt(n), for large n."""
    values = np.random.default_rng(0).normal(10, 2, 400)
    low, high = np.quantile(backtest.resamples(400, 1) @ values, backtest.INTERVAL)
    assert (high - low) / 2 == pytest.approx(1.2816 * values.std() / 20, rel=0.05)


def test_band_of_one_month_is_students() -> None:
    """With the spread known from n normal errors the 90 % quantile is t(n)'s: 1.383 sd for n = 9 (tables)."""
    rng = np.random.default_rng(2)
    errors = rng.normal(0, 1, (9, 1))
    errors /= np.sqrt(np.mean(errors**2))
    draws = paths.joint_errors(errors, 100_000, 1, 0)[:, 0, 0]
    assert np.quantile(draws, 0.9) == pytest.approx(1.383, rel=0.06)


def test_lead_growth_of_the_seasonal_random_walk() -> None:
    """Hyndman & Athanasopoulos (2021), 5.5: sd grows by sqrt(2) after a whole season."""
    leads = pd.DataFrame({"series": "s", "lead_months": [1, 13], "origins": 5, "rms_log_error": [0.1, 0.1 * 2**0.5]})
    check = fan.growth_check(leads)
    assert check["measured"].tolist() == pytest.approx([1, 2**0.5])
    assert check["assumed"].tolist() == pytest.approx([1, 2**0.5])
