"""Days that move or close shops: Easter, bank holidays of Great Britain and China, named sales events.

Computed from their rules, no tables of years but for the days that acts and proclamations set by hand.
Easter: Meeus, Astronomical Algorithms (1998), ch. 8. England's bank holidays: Banking and Financial
Dealings Act 1971 and the royal proclamations since. China: State Council's rules of 2014, 2025 amended.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from ecomplan.errors import ParameterError
from ecomplan.forecast.engine.lunar import clear_and_bright, lunar_date

COUNTRIES = ("GB", "CN")
MONDAY, THURSDAY, SATURDAY = 0, 3, 5

# England and Wales: holidays moved by proclamation (rule's day -> held day) and days added once
MOVED = {
    date(1995, 5, 1): date(1995, 5, 8), date(2020, 5, 4): date(2020, 5, 8), date(2002, 5, 27): date(2002, 6, 4),
    date(2012, 5, 28): date(2012, 6, 4), date(2022, 5, 30): date(2022, 6, 2),
}  # fmt: skip
ADDED = (
    date(1977, 6, 7), date(1981, 7, 29), date(1999, 12, 31), date(2002, 6, 3), date(2011, 4, 29), date(2012, 6, 5),
    date(2022, 6, 3), date(2022, 9, 19), date(2023, 5, 8),
)  # fmt: skip


@dataclass(frozen=True)
class Event:
    """A sales event of the user's own: its name and the days it is held on (past and ahead)."""

    name: str
    days: tuple[date, ...]


EVENTS = ("11.11", "6.18", "black_friday", "cyber_monday")


def easter(year: int) -> date:
    """Easter Sunday of the Gregorian calendar."""
    golden, century, of_century = year % 19, year // 100, year % 100
    correction = (century - (century + 8) // 25 + 1) // 3
    epact = (19 * golden + century - century // 4 - correction + 15) % 30
    weekday = (32 + 2 * (century % 4) + 2 * (of_century // 4) - epact - of_century % 4) % 7
    late = (golden + 11 * epact + 22 * weekday) // 451
    month, day = divmod(epact + weekday - 7 * late + 114, 31)
    return date(year, month, day + 1)


def bank_holidays(country: str, year: int) -> tuple[date, ...]:
    """Public holidays of `country` ("GB": England and Wales, substitutes for weekends included; "CN"), sorted."""
    if country == "GB":
        return _england(year)
    if country == "CN":
        return _china(year)
    raise ParameterError(f"country: no holidays are known for {country!r}; it must be one of {', '.join(COUNTRIES)}")


def event_day(name: str, year: int) -> date:
    """The day of a named sales event: "11.11", "6.18", "black_friday" or "cyber_monday"."""
    thanksgiving = _nth_weekday(year, 11, THURSDAY, 4)
    days = {
        "11.11": date(year, 11, 11), "6.18": date(year, 6, 18),
        "black_friday": thanksgiving + timedelta(1), "cyber_monday": thanksgiving + timedelta(4),
    }  # fmt: skip
    if name not in days:
        raise ParameterError(f"events: {name!r} is unknown; it must be one of {', '.join(EVENTS)} or an Event")
    return days[name]


def spring_festival(year: int) -> date:
    """The first day of the Chinese year."""
    return lunar_date(year, 1, 1)


def _england(year: int) -> tuple[date, ...]:
    sunday = easter(year)
    days = [
        sunday - timedelta(2), sunday + timedelta(1),
        _last_weekday(year, 5, MONDAY), _last_weekday(year, 8, MONDAY),
    ]  # fmt: skip
    if year >= 1978:
        days.append(_nth_weekday(year, 5, MONDAY, 1))
    days = [MOVED.get(day, day) for day in days]
    fixed = [date(year, 12, 25), date(year, 12, 26)]
    if year >= 1974:
        fixed.append(date(year, 1, 1))
    on_weekdays = [day for day in fixed if day.weekday() < SATURDAY]
    days += on_weekdays + _substitutes([day for day in fixed if day.weekday() >= SATURDAY], on_weekdays)
    return tuple(sorted([*days, *(day for day in ADDED if day.year == year)]))


def _substitutes(weekend: Sequence[date], taken: Sequence[date]) -> list[date]:
    """The next working day not yet a holiday, for each holiday on a weekend."""
    found: list[date] = []
    for day in weekend:
        while day.weekday() >= SATURDAY or day in taken or day in found:
            day += timedelta(1)
        found.append(day)
    return found


def _china(year: int) -> tuple[date, ...]:
    new_year = spring_festival(year)
    days = {date(year, 1, 1), clear_and_bright(year), date(year, 5, 1), lunar_date(year, 5, 5), lunar_date(year, 8, 15)}
    days |= {new_year + timedelta(i) for i in range(3)}
    days |= {date(year, 10, day) for day in (1, 2, 3)}
    if year >= 2025:  # the eve and 2 May became holidays
        days |= {new_year - timedelta(1), date(year, 5, 2)}
    return tuple(sorted(days))


def _nth_weekday(year: int, month: int, weekday: int, nth: int) -> date:
    first = date(year, month, 1)
    return first + timedelta((weekday - first.weekday()) % 7 + 7 * (nth - 1))


def _last_weekday(year: int, month: int, weekday: int) -> date:
    last = (date(year, month, 28) + timedelta(4)).replace(day=1) - timedelta(1)
    return last - timedelta((last.weekday() - weekday) % 7)
