"""Incidents planted into real days, at random in size and place: what is found, and how soon."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ecomplan.params.watching import Watch
from ecomplan.risk.watch import early
from ecomplan.risk.watch.days import Array, Days, Whole
from ecomplan.risk.watch.rates import share

#: incidents begin between these shares of the day's expected orders: neither before the day nor at its very end
FIRST_PLACE, LAST_PLACE = 0.05, 0.75
#: upper edges of the classes of incidents, in expected orders that are lost or added
SIZES = (5, 10, 20, 40, np.inf)


@dataclass(frozen=True)
class Planted:
    """Incidents: row of the day, kind (-1 orders break off, +1 they jump), first and last step, and the counts."""

    day: Whole
    kind: Whole
    first: Whole
    last: Whole
    moved: Array  # expected orders lost or added
    counts: Array


def plant(days: Days, p: Watch, rng: np.random.Generator) -> Planted:
    """`planted_days` copies of judged days, each with one incident of random kind, place, length and strength."""
    size = p.planted_days
    day = rng.integers(days.learnt, len(days.dates), size)
    kind = rng.choice(np.array([-1, 1]), size)
    due = np.cumsum(days.course[day], axis=1)
    first = (due < rng.uniform(FIRST_PLACE, LAST_PLACE, size)[:, None]).sum(axis=1)
    low, high = sorted((p.planted_minutes_low, p.planted_minutes_high))
    length = np.maximum(rng.integers(low, high + 1, size) // p.step_minutes, 1)
    last = np.minimum(first + length, due.shape[1]) - 1
    step = np.arange(due.shape[1])[None, :]
    within = (step >= first[:, None]) & (step <= last[:, None])
    flow = days.course[day] * days.expected[day][:, None] * within
    stopped = rng.uniform(p.planted_drop_low, 1, size)
    jump = rng.uniform(1 + 0.4 * (p.planted_surge_high - 1), p.planted_surge_high, size)
    real = days.counts[day]
    left = rng.binomial(real.astype(np.int64), np.where(within, 1 - stopped[:, None], 1.0))
    more = real + rng.poisson(flow * (jump[:, None] - 1))
    counts = np.where(kind[:, None] < 0, left, more).astype(float)
    moved = flow.sum(axis=1) * np.where(kind < 0, stopped, jump - 1)
    return Planted(day, kind, first, last, moved, counts)


@dataclass(frozen=True)
class Found:
    """Which planted incidents were warned of, and after how many minutes (nan: never)."""

    found: NDArray[np.bool_]
    delay_minutes: Array


def find(days: Days, planted: Planted, untouched: early.Course, limit: dict[str, Array], p: Watch, every: int = 1
         ) -> Found:
    """Warnings of the fitting tests on the planted days, from the incident's first step to the day's end.

    `untouched` is the course of all days as they were, with the same `every`: a warning counts only if the untouched
    day had none of that test by then.
    """
    course = early.run(days, p, planted.counts, planted.day, every)
    start = planted.first // every
    step = np.full(len(planted.day), -1)
    for test, fits in (("drop", planted.kind < 0), ("surge", planted.kind > 0), ("end", np.abs(planted.kind) > 0)):
        limits = limit[test][planted.day]
        values = np.where(course.side == planted.kind[:, None], course.end, 0.0) if test == "end" else course.of(test)
        usual = untouched.of(test)[planted.day]
        if test == "end":
            usual = np.where(untouched.side[planted.day] == planted.kind[:, None], usual, 0.0)
        at = early.first_alarm(values, limits, start)
        without = early.first_alarm(usual, limits)
        at = np.where(fits & ((without < 0) | (without > at)), at, -1)
        step = np.where((at >= 0) & ((step < 0) | (at < step)), at, step)
    found = step >= 0
    minutes = ((step + 1) * every - planted.first) * days.step_minutes
    return Found(found, np.where(found, minutes, np.nan).astype(float))


def by_size(planted: Planted, found: Found) -> pd.DataFrame:
    """Recall by kind and size of the incident: kind, orders (from, to), incidents, found, recall with its interval."""
    rows = []
    for kind, name in ((-1, "orders break off"), (1, "orders jump")):
        for low, high in zip((0, *SIZES[:-1]), SIZES, strict=True):
            part = (planted.kind == kind) & (planted.moved > low) & (planted.moved <= high)
            seen = share(float(found.found[part].sum()), float(part.sum()), "no incident of this size")
            if seen.value is None:
                continue
            delay = found.delay_minutes[part & found.found]
            rows.append({
                "kind": name, "orders": f"up to {high:.0f}" if np.isfinite(high) else f"above {low:.0f}",
                "incidents": int(part.sum()), "found": int(found.found[part].sum()), "recall": seen.value,
                "recall_low": seen.low, "recall_high": seen.high,
                "delay_minutes": float(np.median(delay)) if len(delay) else None,
            })
    frame = pd.DataFrame(rows)
    return frame.astype({"delay_minutes": float}) if len(frame) else frame


def size_found(planted: Planted, found: Found, kind: int, wanted: float = 0.9) -> float | None:
    """Least number of orders lost or added from which `wanted` of the incidents are found; None if never.

    Recall over size is fitted without a form, as the nearest rising curve (pool adjacent violators).
    """
    part = planted.kind == kind
    order = np.argsort(planted.moved[part], kind="stable")
    size, hit = planted.moved[part][order], found.found[part][order].astype(float)
    blocks: list[list[float]] = []
    for place, value in enumerate(hit):
        blocks.append([value, 1.0, size[place]])
        while len(blocks) > 1 and blocks[-2][0] >= blocks[-1][0]:
            value2, weight2, _ = blocks.pop()
            value1, weight1, at = blocks[-1]
            blocks[-1] = [(value1 * weight1 + value2 * weight2) / (weight1 + weight2), weight1 + weight2, at]
    return next((at for value, weight, at in blocks if value >= wanted and weight >= 10), None)
