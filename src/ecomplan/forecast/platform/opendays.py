"""The shop's own trading days: learnt from the days before an origin, computed for the months after it.

Nothing here reads whether a day after the origin was open: days ahead follow the rule alone.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ecomplan.errors import DataError, ParameterError
from ecomplan.forecast.engine.holidays import bank_holidays, easter
from ecomplan.forecast.platform.series import SEASON

CLOSED_FROM = 0.5  # share of its past days without an order from which a kind of day counts as closed
# ASSUME: before the data, every weekday sold alike as often as half a year of that weekday would show
WEEKDAY_PRIOR_DAYS = 26
YEAR_END, BANK, EASTER, DECLARED = "year end", "bank holiday", "Easter Sunday", "declared"


@dataclass(frozen=True)
class Rule:
    """What closes the shop: weekdays (0 = Monday), kinds of named days, and the weight of each weekday's sales."""

    weekdays: tuple[int, ...]
    kinds: tuple[str, ...]
    weights: tuple[float, ...]  # [7], mean 1 over the open days that taught them


def civil_days(calendar: pd.DataFrame, shift_years: int) -> pd.DataFrame:
    """The calendar's columns and `civil`: each day as it was lived, its date less `shift_years`.

    A data set moved by whole years keeps its months, but weekdays and moving feasts belong to the civil day.
    Raises DataError where `weekday` is not the civil day's: then `shift_years` is not what moved the data.
    """
    days = calendar.sort_values("date").reset_index(drop=True)
    civil = days["date"] - pd.DateOffset(years=shift_years)
    wrong = civil.dt.day_of_week != days["weekday"]
    if wrong.any():
        at = int(wrong.to_numpy().argmax())
        raise DataError(
            f"table calendar: {days['date'][at]:%Y-%m-%d} less {shift_years} years is weekday "
            f"{civil.dt.day_of_week[at]}, the column weekday says {days['weekday'][at]}"
        )
    return days.assign(civil=civil)


def kinds_of(civil: pd.DatetimeIndex, country: str, year_end: str) -> np.ndarray:
    """The kind of each civil day: year end, bank holiday of a `country` ("none": of no country), Easter Sunday or "".

    `year_end`: first and last day of the break as "12-24/01-03" ("" for none). Raises ParameterError for another form.
    """
    kinds = np.full(len(civil), "", dtype=object)
    years = range(int(civil.year.min()), int(civil.year.max()) + 1)
    if country != "none":
        kinds[civil.isin(pd.DatetimeIndex([easter(year) for year in years]))] = EASTER
        kinds[civil.isin(pd.DatetimeIndex([day for year in years for day in bank_holidays(country, year)]))] = BANK
    if year_end:
        try:
            first, last = (int(part[:2]) * 100 + int(part[3:]) for part in year_end.split("/"))
        except ValueError:
            raise ParameterError(f"forecast.year_end_break = {year_end!r}: expected a form like 12-24/01-03") from None
        day = np.asarray(civil.month * 100 + civil.day)
        inside = (day >= first) & (day <= last) if first <= last else (day >= first) | (day <= last)
        kinds[inside] = YEAR_END
    return kinds


def learn(days: pd.DataFrame, kinds: np.ndarray) -> Rule:
    """The rule that past days teach. `days`: weekday, is_open, orders, month of days before the origin only.

    A weekday or a kind of day is closed ahead if at least half of its past days were. A weekday's weight is its orders
    over the mean open day of the same month, shrunken towards one.
    """
    open_, weekday = days["is_open"].to_numpy(), days["weekday"].to_numpy()
    plain = kinds == ""
    weekdays = tuple(
        day for day in range(7)
        if (plain & (weekday == day)).any() and np.mean(~open_[plain & (weekday == day)]) >= CLOSED_FROM
    )
    normal = ~np.isin(weekday, weekdays)
    closed = tuple(
        kind for kind in (YEAR_END, BANK, EASTER)
        if (normal & (kinds == kind)).any() and np.mean(~open_[normal & (kinds == kind)]) >= CLOSED_FROM
    )
    sold = days[open_ & normal]
    relative = (sold["orders"] / sold.groupby("month")["orders"].transform("mean")).to_numpy()
    number = np.bincount(sold["weekday"], minlength=7)
    total = np.bincount(sold["weekday"], weights=relative, minlength=7)
    weights = (total + WEEKDAY_PRIOR_DAYS) / (number + WEEKDAY_PRIOR_DAYS)
    weights /= (weights * number).sum() / number.sum()
    return Rule(weekdays, closed, tuple(map(float, weights)))


@dataclass(frozen=True)
class TradingDays:
    """The known days, and the civil days of the months ahead with their kinds.

    `known`: as `civil_days` leaves them. Every figure is asked for with the first day that is not yet known.
    """

    known: pd.DataFrame
    ahead: pd.DataFrame  # date, civil, month, weekday of the months after the known ones
    kinds_known: np.ndarray
    kinds_ahead: np.ndarray

    def rule(self, origin: pd.Timestamp) -> Rule:
        """What the days before `origin` teach."""
        past = (self.known["date"] < origin).to_numpy()
        return learn(self.known[past], self.kinds_known[past])

    def days(self, origin: pd.Timestamp) -> pd.DataFrame:
        """date, month, weight of every open day: as recorded before `origin`, by the rule from then on."""
        rule = self.rule(origin)
        columns = ["date", "month", "weekday"]
        every = pd.concat([self.known[columns], self.ahead[columns]], ignore_index=True)
        kinds = np.concatenate([self.kinds_known, self.kinds_ahead])
        ruled = ~np.isin(every["weekday"], rule.weekdays) & ~np.isin(kinds, (*rule.kinds, DECLARED))
        past = (every["date"] < origin).to_numpy()
        recorded = np.zeros(len(every), dtype=bool)
        recorded[: len(self.known)] = self.known["is_open"]
        every["weight"] = np.array(rule.weights)[every["weekday"]]
        return every[np.where(past, recorded, ruled)].reset_index(drop=True)

    def per_month(self, months: pd.DatetimeIndex, origin: pd.Timestamp) -> tuple[np.ndarray, np.ndarray]:
        """(open days, weighted open days) [months]: at least one half of a day, so that logs exist."""
        by_month = self.days(origin).groupby("month")["weight"].agg(["size", "sum"]).reindex(months, fill_value=0.0)
        return np.maximum(by_month["size"].to_numpy(float), 0.5), np.maximum(by_month["sum"].to_numpy(float), 0.5)


def trading_days(
    calendar: pd.DataFrame, shift_years: int, horizon_months: int, *, country: str, year_end: str, declared: str = "",
) -> TradingDays:
    """The trading days of a shop's `calendar` (date, month, weekday, is_open, orders), `horizon_months` beyond its end.

    `declared`: single closing days announced long before, ISO dates of the calendar separated by commas.
    Raises ParameterError for a date that cannot be read.
    """
    known = civil_days(calendar, shift_years)
    start = known["date"].iloc[-1] + pd.Timedelta(days=1)
    end = known["month"].iloc[-1] + pd.DateOffset(months=horizon_months + 1) - pd.Timedelta(days=1)
    civil = pd.date_range(start - pd.DateOffset(years=shift_years), end - pd.DateOffset(years=shift_years), freq="D")
    date = civil + pd.DateOffset(years=shift_years)
    # 29 February may move onto the 28th: both days stay, each sells
    ahead = pd.DataFrame({"date": date, "civil": civil, "weekday": civil.day_of_week})
    ahead["month"] = ahead["date"].dt.to_period("M").dt.to_timestamp()
    try:
        single = pd.DatetimeIndex([pd.Timestamp(part.strip()) for part in declared.split(",") if part.strip()])
    except ValueError:
        raise ParameterError(f"forecast.declared_closed_days = {declared!r}: expected ISO dates and commas") from None
    kinds = [kinds_of(pd.DatetimeIndex(part["civil"]), country, year_end) for part in (known, ahead)]
    for part, kind in zip((known, ahead), kinds, strict=True):
        kind[part["date"].isin(single).to_numpy()] = DECLARED
    return TradingDays(known, ahead, *kinds)


def days_table(days: TradingDays, months: pd.DatetimeIndex, horizon_months: int) -> pd.DataFrame:
    """month, recorded, ruled, weighted: open days of each month as they were and as the rule gave them beforehand.

    recorded is missing (0) for the months ahead; ruled and weighted are what the month's own origin knew, for the
    months ahead the last one; the first season is not ruled (as recorded), for it teaches the rule.
    """
    span = pd.date_range(months[0], periods=len(months) + horizon_months, freq="MS", unit="us")
    last = span[len(months)]
    seen, weighted = days.per_month(span, last)
    ruled, known = seen.copy(), len(months)
    for place in range(SEASON, known):
        number, weight = days.per_month(span[place: place + 1], span[place])
        ruled[place], weighted[place] = number[0], weight[0]
    recorded = np.where(np.arange(len(span)) < known, seen, 0.0)
    return pd.DataFrame({"month": span, "recorded": recorded, "ruled": ruled, "weighted": weighted})
