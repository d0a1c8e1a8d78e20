"""One run of all predictions: scores of every model, the gate, its curve, or the reason why there is none."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ecomplan.behaviour.journey import gate, predict

NEXT, OUTCOME = "next step", "purchase in this visit"


@dataclass(frozen=True)
class Judged:
    """What the test users showed. `unknown` says why nothing could be judged; the tables are then empty.

    scores: task, model, predictions, users, weight (smoothing or temperature), accuracy, log_loss, calibration_error
    with _low and _high. curve: coverage and accuracy by task. reliability: confidence against accuracy by task.
    next_gate, outcome_gate: see gate.gate. missed: purchases, purchases that an automatic "no" would miss, automatic
    "yes". always_no: accuracy of saying no every time.
    """

    unknown: str
    scores: pd.DataFrame
    curve: pd.DataFrame
    reliability: pd.DataFrame
    next_gate: dict[str, dict[str, float] | None]
    outcome_gate: dict[str, dict[str, float] | None]
    missed: tuple[int, int, int]
    always_no: float
    best_order: int

    @property
    def automatic(self) -> dict[str, float]:
        """Share of predictions that pass the gate, by task."""
        gates = ((NEXT, self.next_gate), (OUTCOME, self.outcome_gate))
        return {task: part["value"] for task, found in gates if (part := found.get("automatic")) is not None}


_EMPTY = {
    "scores": ["task", "model", "predictions", "users", "weight", *(
        name + end for name in ("accuracy", "log_loss", "calibration_error") for end in ("", "_low", "_high")
    )],
    "curve": ["coverage", "floor", "accuracy", "low", "high", "task"],
    "reliability": ["confidence", "accuracy", "low", "high", "predictions", "task"],
}


def judge(
    data: predict.Examples, *, order_max: int, rounds: int, floor: float, min_group: int, draws: int, seed: int,
    rng: np.random.Generator,
) -> Judged:
    """Train on the first part, calibrate on the second, judge on the third; ranges resample the test users."""
    if reason := data.enough(min_group):
        empty = {name: pd.DataFrame(columns=columns) for name, columns in _EMPTY.items()}
        return Judged(reason, next_gate={}, outcome_gate={}, missed=(0, 0, 0), always_no=0.0, best_order=0, **empty)
    valid, test = data.of("validation"), data.of("test")
    rows, best = [], (np.inf, 0)
    for order in range(order_max + 1):
        chance, weight = predict.markov(data, order)
        name = f"Markov, memory of {order}" if order else "share of each event"
        rows.append(_row(NEXT, name, weight if order else 0.0, chance[test], data.following[test], data.user[test],
                         draws, rng))
        loss = float(predict.log_loss(chance[valid], data.following[valid]).mean())
        best = min(best, (loss, order))
    chance, heat = predict.calibrate(predict.boosting_next(data, rounds, seed), data.following, valid)
    rows.append(_row(NEXT, "gradient boosting", heat, chance[test], data.following[test], data.user[test], draws, rng))
    asked, valid = test[data.before_purchase[test]], valid[data.before_purchase[valid]]
    outcome, heat = predict.calibrate(predict.boosting_outcome(data, rounds, seed), data.buys, valid)
    share = float(data.buys[data.of("train")][data.before_purchase[data.of("train")]].mean())
    flat = np.broadcast_to([1 - share, share], (len(asked), 2))
    truth, user = data.buys[asked], data.user[asked]
    rows.append(_row(OUTCOME, "the share that buys", 0.0, flat, truth, user, draws, rng))
    rows.append(_row(OUTCOME, "gradient boosting", heat, outcome[asked], truth, user, draws, rng))
    tasks = ((NEXT, chance[test], data.following[test], data.user[test]), (OUTCOME, outcome[asked], truth, user))
    return Judged(
        "", pd.DataFrame(rows),
        pd.concat([gate.coverage_curve(given, came, who, draws, rng).assign(task=task)
                   for task, given, came, who in tasks], ignore_index=True),
        pd.concat([gate.reliability(given, came, who, draws, rng).assign(task=task)
                   for task, given, came, who in tasks], ignore_index=True),
        gate.gate(chance[test], data.following[test], data.user[test], floor, min_group, draws, rng),
        gate.gate(outcome[asked], truth, user, floor, min_group, draws, rng),
        gate.caught(outcome[asked], truth, floor), 1 - float(truth.mean()), best[1],
    )


def _row(
    task: str, model: str, weight: float, chance: np.ndarray, truth: np.ndarray, user: np.ndarray, draws: int,
    rng: np.random.Generator,
) -> dict[str, object]:
    return {"task": task, "model": model, "predictions": len(truth), "users": len(np.unique(user)), "weight": weight,
            **gate.scores(chance, truth, user, draws, rng)}
