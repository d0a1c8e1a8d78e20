"""Predicting the next step and the outcome of a visit: Markov models with back-off, gradient boosting.

Two questions are asked after every event: which event comes next (or the end), and does this visit end in a
purchase (asked until it does). Users are split at random into three parties and the calendar into three spells: the
models learn from the first users in the first spell, are calibrated on the second users in the second, and are judged
on the third users in the third, so that neither a person nor the future is known beforehand.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ecomplan.behaviour.journey.sessions import FUNNEL, PURCHASE, Log

END = "end"
MEMORY = 3  # events back that boosting sees
SMOOTHING = 2.0 ** np.arange(-1, 11)  # weights of the shorter memory tried
SPLITS = ("train", "validation", "test")
_CATEGORIES = [*range(MEMORY), 6, 7, 8]
TINY = 1e-12


@dataclass(frozen=True)
class Examples:
    """One row a prediction. names: events and `end`, in the code's order; last: (rows, order) codes of the latest
    events, newest first, len(names) where there was none; features: what boosting sees; following: code of what came
    next; buys: 1 if a purchase comes later in the session; before_purchase: none has come yet; split: 0, 1, 2 or -1
    (left out); user, party (platform) of the row."""

    names: tuple[str, ...]
    last: np.ndarray
    features: np.ndarray
    following: np.ndarray
    buys: np.ndarray
    before_purchase: np.ndarray
    split: np.ndarray
    user: np.ndarray
    platform: np.ndarray

    def of(self, split: str) -> np.ndarray:
        """Row numbers of a split."""
        return np.flatnonzero(self.split == SPLITS.index(split))

    def enough(self, min_group: int) -> str:
        """Why no model can be judged ("" if it can): each split needs users, and sessions with and without purchase."""
        for split in SPLITS:
            rows = self.of(split)
            if len(np.unique(self.user[rows])) < min_group:
                return f"fewer than {min_group} users have events in the {split} part of the log"
            asked = rows[self.before_purchase[rows]]
            if len(np.unique(self.buys[asked])) < 2:
                return f"the {split} part of the log has no purchase, or nothing but purchases"
        return ""


def examples(log: Log, order: int, shares: tuple[float, float], rng: np.random.Generator) -> Examples:
    """All predictions of a log. `order` is the longest memory; shares: (train, validation) of users and of events."""
    events = log.events
    names = (*sorted(set(events["event"])), END)
    code = events["event"].map({name: at for at, name in enumerate(names)}).to_numpy()
    session, place = events["session"].to_numpy(), events["place"].to_numpy()
    memory = max(order, MEMORY)
    last = np.full((len(code), memory), len(names), dtype=np.int64)
    for back in range(memory):
        ok = place >= back
        last[ok, back] = code[np.flatnonzero(ok) - back]
    ends = np.r_[session[1:] != session[:-1], True]
    following = np.where(ends, len(names) - 1, np.r_[code[1:], 0])
    bought = events["event"].eq(PURCHASE).to_numpy()
    so_far = events.assign(bought=bought).groupby("session")["bought"].cumsum().to_numpy()
    total = np.bincount(session, weights=bought)[session]

    def seen(step: str) -> np.ndarray:
        hit = events["event"].isin(FUNNEL[step])
        return np.asarray(hit.groupby(events["session"]).cumsum().to_numpy())

    spell = np.r_[0.0, np.diff(events["seconds"].to_numpy())]
    features = np.column_stack([
        last[:, :MEMORY], place, events["seconds"], np.where(place > 0, spell, 0),
        *[pd.factorize(events[name], sort=True)[0] for name in ("platform", "channel", "lifecycle")],
        *[seen(step) for step in ("product page", "basket", "delivery details", "payment details")],
    ]).astype(float)
    return Examples(
        names, last, features, following, (total > so_far).astype(np.int64), so_far == 0,
        _split(log, shares, rng), events["user"].to_numpy(), events["platform"].to_numpy(dtype=str),
    )


def _split(log: Log, shares: tuple[float, float], rng: np.random.Generator) -> np.ndarray:
    """Split of every event: users at random, sessions by their start; -1 where the two do not belong together."""
    edges = np.cumsum(shares)
    party = np.empty(log.users, dtype=np.int64)
    party[rng.permutation(log.users)] = np.searchsorted(edges, np.arange(log.users) / log.users, side="right")
    start = log.sessions["start"].to_numpy()[log.events["session"].to_numpy()].astype("int64")
    spell = np.searchsorted(np.quantile(start, edges), start, side="right")
    user = party[log.events["user"].to_numpy()]
    return np.where(user == spell, user, -1)


def markov(data: Examples, order: int) -> tuple[np.ndarray, float]:
    """Next-event probabilities of all rows, shape (rows, names), and the smoothing weight chosen.

    The memory of k events leans on that of k - 1 with the weight of `a` observations (a Dirichlet prior, MacKay and
    Peto 1995); order 0 is the share of each event. The weight with the least log loss on the validation part is kept,
    the same at all memories.
    """
    train, valid = data.of("train"), data.of("validation")
    size = len(data.names)
    tables = [_memory(data, train, k) for k in range(1, order + 1)]
    base = (np.bincount(data.following[train], minlength=size) + 1) / (len(train) + size)

    def predict(rows: np.ndarray, weight: float) -> np.ndarray:
        chance = np.broadcast_to(base, (len(rows), size))
        for counts, key in tables:
            own = counts[key[rows]]
            chance = (own + weight * chance) / (own.sum(axis=1, keepdims=True) + weight)
        return chance

    losses = [log_loss(predict(valid, weight), data.following[valid]).mean() for weight in SMOOTHING]
    best = float(SMOOTHING[int(np.argmin(losses))])
    return predict(np.arange(len(data.following)), best), best


def _memory(data: Examples, train: np.ndarray, order: int) -> tuple[np.ndarray, np.ndarray]:
    """Counts of what followed each memory of `order` events in training, and each row's memory (the last: unknown)."""
    base = len(data.names) + 1
    key = data.last[:, :order] @ base ** np.arange(order)
    known, number = np.unique(key[train], return_inverse=True)
    size = len(data.names)
    counts = np.bincount(number * size + data.following[train], minlength=len(known) * size).reshape(-1, size)
    at = np.minimum(np.searchsorted(known, key), len(known) - 1)
    return np.vstack([counts, np.zeros((1, size))]), np.where(known[at] == key, at, len(known))


def boosting_next(data: Examples, rounds: int, seed: int) -> np.ndarray:
    """Next-event probabilities of validation and test rows by gradient boosting (Friedman 2001; scikit-learn)."""
    return _boost(data, data.following, data.of("train"), len(data.names), rounds, seed)


def boosting_outcome(data: Examples, rounds: int, seed: int) -> np.ndarray:
    """Chance of a purchase later in the visit (validation and test rows), shape (rows, 2); learnt before it only."""
    train = data.of("train")
    return _boost(data, data.buys, train[data.before_purchase[train]], 2, rounds, seed)


def _boost(data: Examples, y: np.ndarray, train: np.ndarray, size: int, rounds: int, seed: int) -> np.ndarray:
    """Probabilities of validation and test rows; rows of no use here are left at equal chances."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    x, judged = data.features, np.flatnonzero(data.split > 0)
    model = HistGradientBoostingClassifier(
        max_iter=rounds, learning_rate=0.12, max_leaf_nodes=8, min_samples_leaf=20, max_bins=63, l2_regularization=1.0,
        categorical_features=_CATEGORIES, early_stopping=False, random_state=seed,
    ).fit(x[train], y[train])
    chance = np.full((len(judged), size), TINY)
    chance[:, model.classes_] = model.predict_proba(x[judged])
    every = np.full((len(x), size), 1 / size)
    every[judged] = chance / chance.sum(axis=1, keepdims=True)
    return every


def calibrate(chance: np.ndarray, truth: np.ndarray, valid: np.ndarray) -> tuple[np.ndarray, float]:
    """Probabilities sharpened or flattened by one temperature (Guo et al. 2017), the one with the least log loss on
    the validation rows; above 1 the model was too sure of itself."""
    from scipy.optimize import minimize_scalar

    logs = np.log(np.maximum(chance, TINY))

    def loss(temperature: float) -> float:
        return float(log_loss(softmax(logs[valid] / temperature), truth[valid]).mean())

    temperature = float(minimize_scalar(loss, bounds=(0.2, 5.0), method="bounded").x)
    return softmax(logs / temperature), temperature


def softmax(scores: np.ndarray) -> np.ndarray:
    """Scores to probabilities along the last axis."""
    shifted = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=-1, keepdims=True))


def log_loss(chance: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """-log of the probability given to what happened, per row."""
    return np.asarray(-np.log(np.maximum(chance[np.arange(len(truth)), truth], TINY)))
