"""The gate before a machine's judgement counts: what a person sees, how long the queue is, what errors are left."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ecomplan.estimate import Estimate
from ecomplan.params.watching import Watch
from ecomplan.risk.watch.rates import share
from ecomplan.risk.watch.told_days import Replay

Array = NDArray[np.float64]
FLOORS = (0.6, 0.7, 0.8, 0.85, 0.9, 0.95)
DAY_TASK = "how a day ends"


def day_judgements(seen: Replay, p: Watch) -> tuple[Array, NDArray[np.bool_]]:
    """(confidence, right) of the judgement "ends ordinary or not", asked once a judged day at the review hour."""
    days = seen.days
    step = min(max((p.review_hour * 60 - days.first_minute) // days.step_minutes - 1, 0), days.counts.shape[1] - 1)
    chance = seen.course.end[days.judged, step]
    odd = (days.abnormal != 0)[days.judged]
    return np.maximum(chance, 1 - chance), (chance > 0.5) == odd


def _row(task: str, floor: float, cases: int, above: int, wrong_above: float, wrong_below: float, p: Watch
         ) -> dict[str, object]:
    below = cases - above
    held = wrong_below * p.reviewer_accuracy  # wrong judgements that the person turns right
    spoilt = (below - wrong_below) * (1 - p.reviewer_accuracy)
    passed = share(wrong_above, above, "") if above else Estimate(None)
    return {
        "task": task, "floor": floor, "cases": cases, "queue_share": below / cases,
        "error_passed": passed.value, "error_queue": wrong_below / below if below else None,
        "error_alone": (wrong_above + wrong_below) / cases,
        "error_reviewed": (wrong_above + wrong_below - held + spoilt) / cases,
        "overrides_share": (held + spoilt) / below if below else None,
        "hours": below * p.review_minutes_per_case / 60,
    }


def gate_table(seen: Replay, coverage: pd.DataFrame, scores: pd.DataFrame, floor: float, p: Watch) -> pd.DataFrame:
    """Queue and errors by floor of confidence, for the days' judgement and the companion's predictions.

    coverage (task, coverage, floor, accuracy) and scores (task, model, predictions) come from stage journey. A
    person is taken to decide `reviewer_accuracy` of the cases rightly, whatever the machine said (simulated).
    Columns: task, floor, cases, queue_share, error_passed, error_queue, error_alone, error_reviewed, overrides_share,
    hours (of review for all cases).
    """
    confidence, right = day_judgements(seen, p)
    floors = sorted({*FLOORS, floor})
    rows = []
    if len(confidence):
        for one in floors:
            above = confidence >= one
            rows.append(_row(DAY_TASK, one, len(confidence), int(above.sum()), float((above & ~right).sum()),
                             float((~above & ~right).sum()), p))
    for task, part in coverage.groupby("task", sort=True):
        predictions = scores.loc[scores["task"] == task, "predictions"]
        cases = int(predictions.max()) if len(predictions) else 0
        if not cases:
            continue
        whole = float(part.sort_values("coverage")["accuracy"].iloc[-1])
        for one in floors:
            kept = part[part["floor"] >= one].sort_values("coverage").tail(1)
            passing = round(float(kept["coverage"].sum()) * cases)  # none above the floor: an empty sum
            missed = (1 - float(kept["accuracy"].sum())) * passing
            rows.append(_row(str(task), one, cases, passing, missed, max((1 - whole) * cases - missed, 0.0), p))
    numbers = ["queue_share", "error_passed", "error_queue", "error_alone", "error_reviewed", "overrides_share",
               "hours"]
    frame = pd.DataFrame(rows, columns=["task", "floor", "cases", *numbers])
    return frame.astype(dict.fromkeys(numbers, "Float64"))  # nothing passed: no error, no number


def at_floor(table: pd.DataFrame, floor: float, column: str, task: str = DAY_TASK) -> Estimate:
    """One number of the gate at one floor, ready for a finding."""
    part = table[(table["task"] == task) & np.isclose(table["floor"], floor)]
    if not len(part) or pd.isna(part[column].iloc[0]):
        return Estimate(None, unknown=f"No case of the task '{task}' stands on this side of the floor")
    return Estimate(float(part[column].iloc[0]))
