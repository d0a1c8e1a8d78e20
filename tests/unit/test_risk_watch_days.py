"""Early warning of days: no look-ahead, false alarms as accepted, planted incidents, bad input."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from ecomplan.errors import DataError
from ecomplan.params.watching import Watch
from ecomplan.risk.watch import early, planted, told_days
from ecomplan.risk.watch.days import Days, counted, days_of, expect
from ecomplan.risk.watch.rates import conformal_limit

P = Watch(**yaml.safe_load((Path(__file__).parents[2] / "params.yaml").read_text())["watch"])


def shop(days: int = 300, mean: float = 60, seed: int = 1) -> pd.DataFrame:
    """Poisson orders on six days a week between nine and six, alike on all days."""
    rng = np.random.default_rng(seed)
    dates = pd.date_range("2024-01-01", periods=days)
    dates = dates[dates.dayofweek != 5]
    day = np.repeat(dates.to_numpy(), rng.poisson(mean, len(dates)))
    minute = rng.integers(9 * 60, 18 * 60, len(day)).astype("timedelta64[m]")
    return pd.DataFrame({"time": np.sort(day + minute).astype("datetime64[us]")})


def test_no_look_ahead() -> None:
    orders = shop()
    for cut in (pd.Timestamp("2024-07-15 12:30"), pd.Timestamp("2024-09-20 16:00")):
        whole, part = days_of(orders, P), days_of(orders[orders["time"] < cut], P)
        rows = len(part.dates)
        both = [early.run(days, P) for days in (whole, part)]
        limits = [early.limits(days, course, P) for days, course in zip((whole, part), both, strict=True)]
        last = int((cut.hour * 60 + cut.minute - whole.first_minute) // whole.step_minutes) - 1
        for test in early.TESTS:
            a, b = both[0].of(test)[:rows, :last], both[1].of(test)[:, :last]
            np.testing.assert_array_equal(a[:-1], b[:-1, : a.shape[1]])
            np.testing.assert_array_equal(a[-1], b[-1])  # the day that was cut, up to the cut
            np.testing.assert_array_equal(limits[0][test][:rows], limits[1][test])


def test_limits_rest_on_earlier_days_alone() -> None:
    days = days_of(shop(), P)
    course = early.run(days, P)
    changed = course.drop.copy()
    changed[200:] += 100
    altered = early.Course(course.end, course.side, changed, course.surge)
    a, b = early.limits(days, course, P)["drop"], early.limits(days, altered, P)["drop"]
    np.testing.assert_array_equal(a[:201], b[:201])
    assert (b[240:] > a[240:]).any()


def test_false_alarms_as_accepted() -> None:
    rates = []
    for seed in range(6):
        days = days_of(shop(500, seed=seed), P)
        course = early.run(days, P)
        warned = early.warnings(days, course, early.limits(days, course, P))
        count = sum(int((warned.step[test] >= 0).sum()) for test in ("drop", "surge"))
        rates.append(count / days.months)
    accepted = P.false_alarms_per_month * (early.PARTS["drop"] + early.PARTS["surge"])
    assert 0.4 * accepted < float(np.mean(rates)) <= 1.25 * accepted


def test_a_stopped_afternoon_is_found_and_more_is_found_sooner() -> None:
    days = days_of(shop(400, mean=120), P)
    seen = told_days.replay(days, P)
    row = len(days.dates) - 3
    noon = (12 * 60 - days.first_minute) // days.step_minutes
    late = []
    for left in (0.0, 0.3):
        counts = days.counts[[row]].copy()
        counts[0, noon:] = np.floor(counts[0, noon:] * left)
        step = early.first_alarm(early.run(days, P, counts, np.array([row])).drop, seen.limit["drop"][[row]])
        assert step[0] >= noon
        late.append(int(step[0]))
    assert late[0] <= late[1]


def test_recall_rises_with_size() -> None:
    days = days_of(shop(400, mean=120), P)
    seen = told_days.replay(days, P)
    incident = planted.plant(days, P, np.random.default_rng(3))
    found = planted.find(days, incident, seen.course, seen.limit, P)
    drops = incident.kind < 0
    small, large = drops & (incident.moved < 15), drops & (incident.moved > 30)
    assert found.found[large].mean() > 0.9 > found.found[small].mean()
    assert (found.delay_minutes[found.found] > 0).all()


def test_chance_of_the_end_is_honest() -> None:
    """Of days with a chance near one half, about half end abnormal (gamma-Poisson is right for such days)."""
    rng = np.random.default_rng(5)
    level = rng.gamma(20, 60 / 20, 700)
    course = np.full(48, 1 / 48)
    counts = rng.poisson(level[:, None] * course).astype(float)
    dates = np.datetime64("2020-01-01") + np.arange(700)
    days = expect(dates, counts, 540, P)
    chance = early.run(days, P).end[days.judged, 23]
    odd = (days.abnormal != 0)[days.judged]
    some = (chance > 0.15) & (chance < 0.85)
    assert abs(odd[some].mean() - chance[some].mean()) < 0.12


def test_conformal_limit() -> None:
    past = np.arange(1.0, 100.0)
    assert conformal_limit(past, 0.05) == 95
    assert conformal_limit(past[:10], 0.05) == np.inf


def test_bad_input() -> None:
    with pytest.raises(DataError, match="no orders"):
        counted(pd.Series([], dtype="datetime64[us]"), 5)
    with pytest.raises(DataError, match="row 1"):
        counted(pd.Series(pd.to_datetime(["2024-01-01 10:00", None])), 5)
    with pytest.raises(DataError, match="learn_days"):
        days_of(shop(30), P)


def test_constant_and_broken_series_stay_finite() -> None:
    counts = np.tile(np.r_[np.zeros(10), np.ones(30), np.zeros(8)], (200, 1))
    dates = np.datetime64("2024-01-01") + np.arange(200)
    dates[120:] += np.timedelta64(60, "D")  # a gap of days
    seen = told_days.replay(expect(dates, counts, 540, P), P)
    assert not seen.warned.any.any()
    score = told_days.end_score(seen, 30, np.random.default_rng(1))
    assert score.recall.value is None and score.recall.unknown
    table = told_days.day_table(seen)
    assert np.isfinite(table[["orders", "expected", "low", "high"]].to_numpy(dtype=float)).all()
    assert told_days.shown_day(seen) is None
    assert isinstance(seen.days, Days) and len(told_days.one_day(seen, None, P)) == 48
