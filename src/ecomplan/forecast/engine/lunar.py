"""The Chinese lunisolar calendar, computed: new moons and solar terms in Beijing time.

Short series of Meeus, Astronomical Algorithms (1998), ch. 25 (the sun, to 0.01 degrees) and ch. 49 (new
moons, to about a minute, the smallest terms left out); rules of GB/T 33661-2017: the winter solstice lies in
the eleventh month; of thirteen months between two solstices the first without a principal term is leap.
"""

from __future__ import annotations

import math
from datetime import date, timedelta
from functools import lru_cache
from itertools import pairwise

BEIJING = 8 / 24  # days ahead of universal time
SYNODIC = 29.530588861  # mean days from new moon to new moon
TROPICAL = 365.2422
NEW_MOON_2000 = 2451550.09766  # Julian day of the first mean new moon of 2000
DAY_ZERO = date(2000, 1, 1)  # its noon is Julian day 2451545


@lru_cache(maxsize=512)
def lunar_date(year: int, month: int, day: int) -> date:
    """The Gregorian day of a lunar month and day (never of a leap month) in the Chinese year that begins in `year`."""
    months = _months(year - 1) + _months(year)
    begins = {(span, number): start for span, number, start in months if number > 0}
    # months 11 and 12 close the year: they are counted from the solstice of `year` itself
    return begins[(year - 1 if month < 11 else year, month)] + timedelta(day - 1)


@lru_cache(maxsize=512)
def clear_and_bright(year: int) -> date:
    """Qingming: the sun at 15 degrees of longitude, 4 or 5 April."""
    return _local_day(_sun_reaches(15.0, _julian(date(year, 4, 5))))


def _months(solstice_year: int) -> list[tuple[int, int, date]]:
    """(solstice year, month number, first day) from the month of one winter solstice up to the next one's;
    11, 12, 1, ... 10, and 0 for a leap month."""
    years = (solstice_year, solstice_year + 1)
    first, last = (_local_day(_sun_reaches(270.0, _julian(date(year, 12, 21)))) for year in years)
    begin, end = _new_moon_until(first), _new_moon_until(last)
    starts = [begin]
    while starts[-1] < end:
        starts.append(_new_moon_until(starts[-1] + timedelta(31)))
    leap_due = len(starts) == 14
    found: list[tuple[int, int, date]] = []
    number = 11
    for start, following in pairwise(starts):
        if leap_due and found and not _has_principal_term(start, following):
            leap_due = False
            found.append((solstice_year, 0, start))
            continue
        found.append((solstice_year, number, start))
        number = number % 12 + 1
    return found


def _has_principal_term(start: date, following: date) -> bool:
    """Whether the sun passes a multiple of 30 degrees within the days from start to the eve of `following`."""
    return math.floor(_sun(_midnight(start)) / 30) != math.floor(_sun(_midnight(following)) / 30)


def _new_moon_until(day: date) -> date:
    """The latest day of a new moon on or before `day`."""
    k = round((_julian(day) - NEW_MOON_2000) / SYNODIC) + 1
    while (found := _local_day(_new_moon(k))) > day:
        k -= 1
    return found


def _new_moon(k: int) -> float:
    """The k-th new moon since January 2000: Julian day in universal time."""
    t = k / 1236.85
    rad = math.radians
    sun = rad(2.5534 + 29.10535670 * k - 0.0000014 * t * t)
    moon = rad(201.5643 + 385.81693528 * k + 0.0107582 * t * t)
    node_distance = rad(160.7108 + 390.67050284 * k - 0.0016118 * t * t)
    node = rad(124.7746 - 1.56375588 * k + 0.0020672 * t * t)
    e = 1 - 0.002516 * t - 0.0000074 * t * t
    mean = NEW_MOON_2000 + SYNODIC * k + 0.00015437 * t * t
    return mean + (
        -0.40720 * math.sin(moon) + 0.17241 * e * math.sin(sun) + 0.01608 * math.sin(2 * moon)
        + 0.01039 * math.sin(2 * node_distance) + 0.00739 * e * math.sin(moon - sun)
        - 0.00514 * e * math.sin(moon + sun) + 0.00208 * e * e * math.sin(2 * sun)
        - 0.00111 * math.sin(moon - 2 * node_distance) - 0.00057 * math.sin(moon + 2 * node_distance)
        + 0.00056 * e * math.sin(2 * moon + sun) - 0.00042 * math.sin(3 * moon)
        + 0.00042 * e * math.sin(sun + 2 * node_distance) + 0.00038 * e * math.sin(sun - 2 * node_distance)
        - 0.00024 * e * math.sin(2 * moon - sun) - 0.00017 * math.sin(node)
        + 0.00032 * math.sin(rad(299.77 + 0.107408 * k))
    ) - _delta_t(t)  # fmt: skip


def _sun(julian: float) -> float:
    """The sun's apparent longitude in degrees, 0 to 360, at a Julian day in universal time."""
    t = (julian - 2451545.0) / 36525
    anomaly = math.radians(357.52911 + 35999.05029 * t - 0.0001537 * t * t)
    centre = (1.914602 - 0.004817 * t) * math.sin(anomaly) + 0.019993 * math.sin(2 * anomaly)
    centre += 0.000289 * math.sin(3 * anomaly)
    node = math.radians(125.04 - 1934.136 * t)
    mean = 280.46646 + 36000.76983 * t + 0.0003032 * t * t
    return (mean + centre - 0.00569 - 0.00478 * math.sin(node)) % 360


def _sun_reaches(longitude: float, near: float) -> float:
    """When, near a Julian day, the sun reaches a longitude (Newton's steps at its mean speed)."""
    julian = near
    for _ in range(8):
        julian += ((longitude - _sun(julian) + 180) % 360 - 180) * TROPICAL / 360
    return julian


def _delta_t(t: float) -> float:
    """Terrestrial less universal time in days, about: 64 s in 2000, 69 s in 2020 (t in centuries since 2000)."""
    return (64 + 30 * t) / 86400


def _julian(day: date) -> float:
    return 2451545.0 + (day - DAY_ZERO).days


def _midnight(day: date) -> float:
    """The Julian day of 0 h Beijing time."""
    return _julian(day) - 0.5 - BEIJING


def _local_day(julian: float) -> date:
    return DAY_ZERO + timedelta(math.floor(julian + 0.5 + BEIJING - 2451545.0))
