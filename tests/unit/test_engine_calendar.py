"""Calendar regressors: feasts and holidays by their known dates, and months that are the sum of their days."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest
from dateutil.easter import easter as known_easter

from ecomplan.errors import ParameterError
from ecomplan.forecast.engine.calendar import calendar_regressors, days_table, informative, period_bounds
from ecomplan.forecast.engine.holidays import Event, bank_holidays, easter, event_day, spring_festival
from ecomplan.forecast.engine.lunar import lunar_date


def dates(text: str) -> list[date]:
    return [date.fromisoformat(day) for day in text.split()]


def test_easter_is_dateutils() -> None:
    assert [easter(year) for year in range(1900, 2100)] == [known_easter(year) for year in range(1900, 2100)]


@pytest.mark.parametrize(("year", "days"), [  # gov.uk/bank-holidays, England and Wales
    (2010, "2010-01-01 2010-04-02 2010-04-05 2010-05-03 2010-05-31 2010-08-30 2010-12-27 2010-12-28"),
    (2011, "2011-01-03 2011-04-22 2011-04-25 2011-04-29 2011-05-02 2011-05-30 2011-08-29 2011-12-26 2011-12-27"),
    (2022, "2022-01-03 2022-04-15 2022-04-18 2022-05-02 2022-06-02 2022-06-03 2022-08-29 2022-09-19 "
           "2022-12-26 2022-12-27"),
    (2024, "2024-01-01 2024-03-29 2024-04-01 2024-05-06 2024-05-27 2024-08-26 2024-12-25 2024-12-26"),
])
def test_bank_holidays_of_england(year: int, days: str) -> None:
    assert list(bank_holidays("GB", year)) == dates(days)


def test_chinese_feasts() -> None:
    """Published dates; 2033 is the year in which naive rules put the leap month wrongly."""
    new_years = "2009-01-26 2010-02-14 2015-02-19 2020-01-25 2023-01-22 2024-02-10 2026-02-17 2033-01-31 2034-02-19"
    assert [spring_festival(day.year) for day in dates(new_years)] == dates(new_years)
    assert [lunar_date(year, 5, 5) for year in (2020, 2023, 2025)] == dates("2020-06-25 2023-06-22 2025-05-31")
    assert [lunar_date(year, 8, 15) for year in (2020, 2023, 2025)] == dates("2020-10-01 2023-09-29 2025-10-06")


def test_sales_events() -> None:
    fridays = "2019-11-29 2020-11-27 2021-11-26 2022-11-25 2023-11-24 2024-11-29 2025-11-28"
    assert [event_day("black_friday", day.year) for day in dates(fridays)] == dates(fridays)
    assert event_day("cyber_monday", 2024) == date(2024, 12, 2)  # in December, unlike 2023
    with pytest.raises(ParameterError, match="singles"):
        event_day("singles", 2024)


@pytest.mark.parametrize("country", ["GB", "CN", None])
def test_a_month_is_the_sum_of_its_days_and_a_quarter_of_its_months(country: str | None) -> None:
    ds = pd.date_range("2019-01-01", periods=72, freq="MS")
    closed = pd.date_range("2019-12-24", "2020-01-03")
    matrix, names = calendar_regressors(ds, "MS", country=country, closed=closed)
    days = days_table(ds[0], ds[-1] + pd.offsets.MonthEnd(), country=country, closed=closed)
    assert list(names) == list(days)
    np.testing.assert_allclose(matrix, days.groupby(days.index.to_period("M")).sum().to_numpy(), atol=1e-8)
    ends, _ = calendar_regressors(ds + pd.offsets.MonthEnd(), "ME", country=country, closed=closed)
    np.testing.assert_array_equal(matrix, ends)
    quarters, _ = calendar_regressors(ds[::3], "QS", country=country, closed=closed)
    np.testing.assert_allclose(quarters, matrix.reshape(-1, 3, matrix.shape[1]).sum(axis=1), atol=1e-8)
    assert matrix[11, names.index("closed")] == 8


def test_monthly_columns_say_what_they_are_named() -> None:
    ds = pd.date_range("2023-01-01", periods=24, freq="MS")
    matrix, names = calendar_regressors(ds, "MS")
    frame = pd.DataFrame(matrix, index=ds, columns=list(names))
    counts = pd.Series(1, pd.date_range("2024-03-01", "2024-03-31")).groupby(lambda day: day.weekday()).sum()
    assert frame.loc["2024-03-01"].filter(like="trading").tolist() == [counts[i] - counts[6] for i in range(6)]
    assert frame["leap"].loc[["2023-02-01", "2024-02-01", "2024-03-01"]].tolist() == [-0.25, 0.75, 0]
    assert frame["easter"].loc["2024-03-01"] == 1  # 31 March 2024: the week before lies in March
    assert frame["easter"].loc["2023-04-01"] == pytest.approx(1)  # 9 April 2023: 2 to 8 April
    assert frame["holidays"].loc[["2023-05-01", "2024-05-01"]].tolist() == [3, 2]  # the coronation


def test_weeks_end_on_their_label_and_days_stand_alone() -> None:
    weeks = pd.date_range("2024-11-24", periods=3, freq="W-SUN")
    matrix, names = calendar_regressors(weeks, "W-SUN", events=("black_friday", Event("sale", (date(2024, 12, 3),))))
    assert not any(name.startswith("trading") for name in names)
    assert matrix[:, names.index("event_black_friday")].tolist() == [0, 1, 0]
    assert matrix[:, names.index("event_sale")].tolist() == [0, 0, 1]
    days, names = calendar_regressors(pd.date_range("2024-12-24", periods=4), "D")
    assert days[:, names.index("holidays")].tolist() == [0, 1, 1, 0]
    with pytest.raises(ParameterError, match="'h'"):
        period_bounds(weeks, "h")
    with pytest.raises(ParameterError, match="'FR'"):
        calendar_regressors(weeks, "W-SUN", country="FR")


def test_informative_leaves_out_what_season_or_other_columns_say() -> None:
    rng = np.random.default_rng(1)
    season, new = np.tile(np.arange(12.0), 5), rng.normal(size=60)
    matrix = np.column_stack([np.ones(60), season, new, 2 * new + season, rng.normal(size=60)])
    assert informative(matrix, 12).tolist() == [False, False, True, False, True]
