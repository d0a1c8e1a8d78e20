"""Scores of a prediction, the confidence gate with its review queue, and the coverage-accuracy curve."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ecomplan.behaviour.journey.predict import log_loss
from ecomplan.behaviour.statistics import limits

BINS = 10
POINTS = 60


def _per_user(values: np.ndarray, user: np.ndarray) -> np.ndarray:
    """Sums over each user's rows: values (rows, ...) to (users, ...)."""
    _, number = np.unique(user, return_inverse=True)
    sums = np.zeros((number.max() + 1, *values.shape[1:]))
    np.add.at(sums, number, values)
    return sums


def _weights(user: np.ndarray, draws: int, rng: np.random.Generator) -> np.ndarray:
    users = len(np.unique(user))
    return rng.multinomial(users, np.full(users, 1 / users), size=draws).astype(float)


def _range(top: np.ndarray, bottom: np.ndarray, weights: np.ndarray) -> dict[str, float]:
    """value, low, high of a ratio of sums per user."""
    value = float(top.sum() / bottom.sum())
    low, high = limits((weights @ top) / np.maximum(weights @ bottom, 1e-9))
    return {"value": value, "low": min(float(low), value), "high": max(float(high), value)}


def scores(
    chance: np.ndarray, truth: np.ndarray, user: np.ndarray, draws: int, rng: np.random.Generator
) -> dict[str, float]:
    """accuracy, log_loss and calibration_error with _low and _high, users resampled.

    calibration_error: mean distance of confidence and accuracy over ten equal groups of confidence (expected
    calibration error, Naeini et al. 2015).
    """
    confidence, right = chance.max(axis=1), chance.argmax(axis=1) == truth
    weights = _weights(user, draws, rng)
    ones = _per_user(np.ones(len(truth)), user)
    row: dict[str, float] = {}
    for name, values in (("accuracy", right.astype(float)), ("log_loss", log_loss(chance, truth))):
        part = _range(_per_user(values, user), ones, weights)
        row |= {name: part["value"], f"{name}_low": part["low"], f"{name}_high": part["high"]}
    bins = _bins(confidence)
    gap = _per_user(np.eye(BINS)[bins] * (confidence - right)[:, None], user)
    value = float(np.abs(gap.sum(axis=0)).sum() / len(truth))
    low, high = limits(np.abs(weights @ gap).sum(axis=1) / (weights @ ones))
    return row | {"calibration_error": value, "calibration_error_low": min(float(low), value),
                  "calibration_error_high": max(float(high), value)}


def _bins(confidence: np.ndarray) -> np.ndarray:
    order = np.argsort(confidence, kind="stable")
    bins = np.empty(len(confidence), dtype=np.int64)
    bins[order] = np.arange(len(confidence)) * BINS // len(confidence)
    return bins


def reliability(chance: np.ndarray, truth: np.ndarray, user: np.ndarray, draws: int,
                rng: np.random.Generator) -> pd.DataFrame:
    """Ten groups of confidence: confidence (mean), accuracy (low, high), predictions."""
    confidence, right = chance.max(axis=1), (chance.argmax(axis=1) == truth).astype(float)
    bins, weights = _bins(confidence), _weights(user, draws, rng)
    rows = []
    for number in range(BINS):
        mine = bins == number
        if mine.any():
            part = _range(_per_user(right * mine, user), _per_user(mine.astype(float), user), weights)
            rows.append({"confidence": float(confidence[mine].mean()), "accuracy": part["value"], "low": part["low"],
                         "high": part["high"], "predictions": int(mine.sum())})
    return pd.DataFrame(rows)


def coverage_curve(chance: np.ndarray, truth: np.ndarray, user: np.ndarray, draws: int,
                   rng: np.random.Generator) -> pd.DataFrame:
    """Accuracy among the most confident predictions: columns coverage, floor (least confidence among them), accuracy,
    low, high."""
    confidence, right = chance.max(axis=1), (chance.argmax(axis=1) == truth).astype(float)
    order = np.argsort(-confidence, kind="stable")
    counts = np.unique(np.linspace(max(len(truth) // 50, 1), len(truth), POINTS).astype(int))
    rank = np.empty(len(truth), dtype=np.int64)
    rank[order] = np.arange(len(truth))
    inside = rank[:, None] < counts
    weights = _weights(user, draws, rng)
    top, bottom = _per_user(inside * right[:, None], user), _per_user(inside.astype(float), user)
    low, high = limits((weights @ top) / np.maximum(weights @ bottom, 1e-9))
    value = top.sum(axis=0) / counts
    return pd.DataFrame({
        "coverage": counts / len(truth), "floor": confidence[order][counts - 1], "accuracy": value,
        "low": np.minimum(low, value), "high": np.maximum(high, value),
    })


def gate(chance: np.ndarray, truth: np.ndarray, user: np.ndarray, floor: float, min_group: int, draws: int,
         rng: np.random.Generator) -> dict[str, dict[str, float] | None]:
    """What passes the gate and what waits for a person.

    automatic (share of predictions at or above the floor), queue (the rest), right (accuracy of the automatic ones) and
    queue_right (accuracy the model would have in the queue), each value, low, high; `right` is None where fewer than
    `min_group` users stand behind it.
    """
    confidence, right = chance.max(axis=1), (chance.argmax(axis=1) == truth).astype(float)
    passes = confidence >= floor
    weights = _weights(user, draws, rng)
    ones = _per_user(np.ones(len(truth)), user)

    def share(mine: np.ndarray) -> dict[str, float]:
        return _range(_per_user(mine.astype(float), user), ones, weights)

    def accuracy(mine: np.ndarray) -> dict[str, float] | None:
        if len(np.unique(user[mine])) < min_group:
            return None
        return _range(_per_user(right * mine, user), _per_user(mine.astype(float), user), weights)

    return {"automatic": share(passes), "queue": share(~passes), "right": accuracy(passes),
            "queue_right": accuracy(~passes)}


def caught(chance: np.ndarray, truth: np.ndarray, floor: float) -> tuple[int, int, int]:
    """(purchases in all, purchases among the automatic "no", automatic "yes"): what an accuracy alone would hide."""
    confident = chance.max(axis=1) >= floor
    said = chance.argmax(axis=1)
    return (int((truth == 1).sum()), int(((truth == 1) & confident & (said == 0)).sum()),
            int((confident & (said == 1)).sum()))
