"""What the predictions say, as keyword arguments of `Stage.finding`."""

from __future__ import annotations

from typing import Any

import pandas as pd

from ecomplan.behaviour.journey.judge import NEXT, OUTCOME, Judged
from ecomplan.behaviour.journey.readings import NO_PURCHASE, finding, ranged


def gate_findings(judged: Judged, floor: float) -> list[dict[str, Any]]:
    """Scores of the best next-step models and of the outcome model, and what the gate lets through."""
    scores = judged.scores
    gone = judged.unknown and f"{judged.unknown}; no prediction is judged and the gate stays shut"
    loose: dict[str, Any] = {"tolerance": 0.1}

    def score(task: str, model: str, column: str) -> dict[str, float] | None:
        if judged.unknown:
            return None
        row = scores[(scores["task"] == task) & (scores["model"] == model)].iloc[0]
        return {"value": float(row[column]), "low": float(row[f"{column}_low"]), "high": float(row[f"{column}_high"])}

    markov = f"Markov, memory of {judged.best_order}" if judged.best_order else "share of each event"
    rows = [
        finding("gate_floor", "Confidence below which a person decides", floor, "probability"),
        finding("markov_order", "Memory of the Markov model that validation prefers",
                None if judged.unknown else judged.best_order, "count", unknown=gone, tolerance=1.0),
    ]
    for name, label, task, model, column in (
        ("base_accuracy", "Next step guessed by the commonest event", NEXT, "share of each event", "accuracy"),
        ("markov_accuracy", "Next step guessed right by the Markov model", NEXT, markov, "accuracy"),
        ("boosting_accuracy", "Next step guessed right by gradient boosting", NEXT, "gradient boosting", "accuracy"),
        ("markov_log_loss", "Log loss of the Markov model's next step", NEXT, markov, "log_loss"),
        ("boosting_log_loss", "Log loss of gradient boosting's next step", NEXT, "gradient boosting", "log_loss"),
        ("next_calibration", "Calibration error of the next step", NEXT, "gradient boosting", "calibration_error"),
        ("outcome_accuracy", "Outcome of the visit guessed right", OUTCOME, "gradient boosting", "accuracy"),
        ("outcome_log_loss", "Log loss of the outcome", OUTCOME, "gradient boosting", "log_loss"),
        ("outcome_base_log_loss", "Log loss of saying the buying share every time", OUTCOME, "the share that buys",
         "log_loss"),
        ("outcome_calibration", "Calibration error of the outcome", OUTCOME, "gradient boosting", "calibration_error"),
    ):
        unit = "ratio" if column == "log_loss" else "share"
        rows.append(ranged(name, label, score(task, model, column), unit, gone, tables=["scores"],
                           better="more" if column == "accuracy" else "less", **loose))
    for task, name, part in (("next step", "next", judged.next_gate), ("outcome", "outcome", judged.outcome_gate)):
        rows += [
            ranged(f"{name}_automatic", f"Predictions of the {task} that pass the gate", part.get("automatic"), "share",
                   gone, better="more", tolerance=0.2),
            ranged(f"{name}_queue", f"Predictions of the {task} that wait for a person", part.get("queue"), "share",
                   gone, better="less", tolerance=0.2),
            ranged(f"{name}_right", f"Predictions of the {task} past the gate that are right", part.get("right"),
                   "share", gone or "too few users stand behind the predictions that pass", better="more", **loose),
        ]
    bought, missed, yes = judged.missed
    accuracy = None if judged.unknown else judged.always_no
    rows += [
        finding("always_no", "Predictions right by always saying no purchase", accuracy, "share", unknown=gone,
                **loose),
        finding("missed_buyers", "Coming purchases that an automatic no would miss",
                missed / bought if bought else None, "share", unknown=gone or NO_PURCHASE, better="less",
                tolerance=0.3),
        finding("automatic_yes", "Predictions that a purchase will come, past the gate",
                None if judged.unknown else yes, "count", unknown=gone, tolerance=1.0),
        finding("gate_outcome", "Accuracy of the outcome past the gate reaches the floor",
                _gate(judged.outcome_gate.get("right"), floor), "gate"),
        finding("gate_next", "Accuracy of the next step past the gate reaches the floor",
                _gate(judged.next_gate.get("right"), floor), "gate"),
        finding("override_rate", "Decisions that a person would change", None, "share",
                unknown="nobody reviewed this log's predictions; the queue's override rate needs people"),
    ]
    return rows


def _gate(right: dict[str, float] | None, floor: float) -> str:
    if right is None:
        return "REVIEW"
    return "PASS" if right["low"] >= floor else "FAIL" if right["high"] < floor else "REVIEW"


def federated_findings(table: pd.DataFrame, unknown: str) -> list[dict[str, Any]]:
    """Log loss and accuracy of the three ways over all parties."""
    rows = [finding("parties", "Parties that learn together", len(table["party"].unique()) - 1 if len(table) else None,
                    "count", unknown=unknown)]
    for model in ("federated", "pooled", "local"):
        hit = table[(table["party"] == "all") & (table["model"] == model)] if len(table) else table
        row = hit.iloc[0] if len(hit) else None
        for column, label, unit in (("log_loss", "Log loss", "ratio"), ("accuracy", "Accuracy", "share")):
            part = None if row is None else {
                "value": row[column], "low": row[f"{column}_low"], "high": row[f"{column}_high"]
            }
            rows.append(ranged(
                f"{model}_{column}", f"{label} of the {model} model of the next step", part, unit, unknown,
                better="less" if column == "log_loss" else "more", tables=["federated"], tolerance=0.02,
            ))
    return rows
