"""What the replay of the days says, ready for tables, figures and findings."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ecomplan.estimate import Estimate
from ecomplan.params.watching import Watch
from ecomplan.risk.engine.draws import Z90
from ecomplan.risk.watch import early, planted
from ecomplan.risk.watch.days import Array, Days
from ecomplan.risk.watch.early import Course, Warned
from ecomplan.risk.watch.rates import median, rate, share

NO_ABNORMAL = "No judged day ended outside its limits, so that there was nothing to warn of"
NO_WARNING = "No warning was given"
NO_DAY = "No day was judged"


@dataclass(frozen=True)
class Replay:
    """All days replayed once: their course, limits and warnings."""

    days: Days
    course: Course
    limit: dict[str, Array]
    warned: Warned


def replay(days: Days, p: Watch, every: int = 1) -> Replay:
    """Run the tests over all days; look once every `every` steps."""
    course = early.run(days, p, every=every)
    limit = early.limits(days, course, p)
    return Replay(days, course, limit, early.warnings(days, course, limit, every))


def hits(seen: Replay) -> NDArray[np.bool_]:
    """Days that ended abnormal and were warned of on the right side before that was settled."""
    step = seen.warned.step["end"]
    right = (step >= 0) & (seen.days.abnormal != 0) & (seen.warned.side == seen.days.abnormal)
    return np.asarray(right & (step < seen.warned.settled) & seen.days.judged)


def lead_minutes(seen: Replay, every: int = 1) -> Array:
    """Minutes between each right warning and the time at which the day's end was settled."""
    ahead = (seen.warned.settled - seen.warned.step["end"])[hits(seen)]
    return np.asarray(ahead * seen.days.step_minutes * every, dtype=float)


@dataclass(frozen=True)
class EndScore:
    """How well the day's end was foretold."""

    recall: Estimate
    recall_in_time: Estimate  # warned at least the claimed lead before
    precision: Estimate
    lead: Estimate
    lead_middle: Estimate
    false_a_month: Estimate


def end_score(seen: Replay, least_lead: float, rng: np.random.Generator, every: int = 1) -> EndScore:
    """Recall, precision, lead and false alarms of the warning on the day's end."""
    days = seen.days
    odd = (days.abnormal != 0) & days.judged
    hit, lead = hits(seen), lead_minutes(seen, every)
    step = seen.warned.step["end"]
    ahead = (step >= 0) & (step < seen.warned.settled)
    wrong = ahead & ~hit & days.judged
    return EndScore(
        share(float(hit.sum()), float(odd.sum()), NO_ABNORMAL),
        share(float((lead >= least_lead).sum()), float(odd.sum()), NO_ABNORMAL),
        share(float(hit.sum()), float((hit | wrong).sum()), NO_WARNING),
        _spread(lead), median(lead, rng, NO_WARNING),
        rate(float(wrong.sum()), days.months, NO_DAY),
    )


def _spread(lead: Array) -> Estimate:
    if not len(lead):
        return Estimate(None, unknown=NO_WARNING)
    low, middle, high = np.quantile(lead, [0.1, 0.5, 0.9])
    return Estimate(float(middle), float(low), float(high))


def flow_false(seen: Replay) -> Estimate:
    """Warnings of a drop or a surge a month on the days as they are: false, or incidents that nobody wrote down."""
    count = sum(int((seen.warned.step[test] >= 0).sum()) for test in ("drop", "surge"))
    return rate(float(count), seen.days.months, NO_DAY)


def all_false(seen: Replay) -> Estimate:
    """Days a month with a warning of any test that was not on a day which ended abnormal as told."""
    days = seen.days
    flow = np.maximum(seen.warned.step["drop"], seen.warned.step["surge"]) >= 0
    wrong = (flow & (days.abnormal == 0)) | ((seen.warned.step["end"] >= 0) & (days.abnormal == 0))
    return rate(float((wrong & days.judged).sum()), days.months, NO_DAY)


def refresh_table(first: Replay, first_found: planted.Found, incidents: planted.Planted, looks: tuple[int, ...],
                  least_lead: float, p: Watch) -> pd.DataFrame:
    """The replay with one look each step, and with rarer looks (`looks`: steps between two).

    Columns: minutes, recall_in_time, lead_minutes, planted_recall, delay_minutes, false_a_month.
    """
    days, rows = first.days, []
    for every in (1, *looks):
        seen = first if every == 1 else replay(days, p, every)
        score = end_score(seen, least_lead, np.random.default_rng(p.seed), every)
        found = first_found if every == 1 else planted.find(days, incidents, seen.course, seen.limit, p, every)
        delay = found.delay_minutes[found.found]
        rows.append({
            "minutes": every * days.step_minutes, "recall_in_time": score.recall_in_time.value,
            "lead_minutes": score.lead.value, "planted_recall": float(found.found.mean()),
            "delay_minutes": float(np.median(delay)) if len(delay) else None,
            "false_a_month": all_false(seen).value,
        })
    return pd.DataFrame(rows).astype(float)


def day_table(seen: Replay) -> pd.DataFrame:
    """Judged days: orders, expectation, limits, how it ended and when it was warned of."""
    days, at = seen.days, np.flatnonzero(seen.days.judged)
    frame = pd.DataFrame({
        "date": days.dates[at].astype("datetime64[us]"), "orders": days.totals[at].astype(np.int64),
        "expected": days.expected[at], "low": days.low[at],
        "high": np.where(np.isfinite(days.high[at]), days.high[at], days.expected[at] * 10),
        "ended": days.abnormal[at],
    })
    for test in early.TESTS:
        step = seen.warned.step[test][at]
        frame[f"{test}_minute"] = pd.array(np.where(step >= 0, days.minute(step), -1), dtype="Int64")
        frame[f"{test}_minute"] = frame[f"{test}_minute"].mask(step < 0)
    frame["warned_side"] = np.where(seen.warned.step["end"][at] >= 0, seen.warned.side[at], 0)
    return frame


def shown_day(seen: Replay) -> int | None:
    """The day to show: right warning before noon's half of the orders, the largest miss of its expectation."""
    hit = np.flatnonzero(hits(seen))
    if not len(hit):
        return None
    days = seen.days
    lead = lead_minutes(seen)
    far = np.abs(np.log(np.maximum(days.totals[hit], 1) / days.expected[hit]))
    good = lead >= np.median(lead)
    return int(hit[good][np.argmax(far[good])])


def one_day(seen: Replay, day: int | None, p: Watch) -> pd.DataFrame:
    """One day step by step: minute, orders so far, expected so far with its 80 % range, chance of an abnormal end."""
    days = seen.days
    row = int(np.flatnonzero(days.judged)[-1]) if day is None else day
    due = np.cumsum(days.course[row]) * days.expected[row]
    wide = np.sqrt((days.spread[row] * due) ** 2 + due) * Z90
    used = np.arange(len(due))
    return pd.DataFrame({
        "minute": days.minute(used), "orders": np.cumsum(days.counts[row]), "expected": due,
        "low": np.maximum(due - wide, 0), "high": due + wide, "chance": seen.course.end[row],
        "limit": np.full(len(due), min(float(seen.limit["end"][row]), 1.0)),
    })
