"""Learning without pooling: parties by platform train a softmax regression each and share coefficients only.

Federated averaging (McMahan et al. 2017): in each round every party takes some gradient steps from the common model,
then the models are averaged, weighted by the parties' rows. Held against one model on the pooled rows (the same number
of gradient steps) and against each party on its own.

Averaging is no guarantee of privacy: coefficients can still tell of single sessions (Zhu, Liu and Han 2019). Secure
aggregation or noise would have to come on top; neither is done here.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ecomplan.behaviour.journey.gate import scores
from ecomplan.behaviour.journey.predict import Examples, softmax

STRETCHES = (1, 3, 6)  # upper ends of the classes of a visit's place: early, middle, late, long
RIDGE = 1e-4  # keeps coefficients of events that a party never saw finite


@dataclass(frozen=True)
class Party:
    """Rows of one party, gathered: x (cells, features) of ones and noughts, counts (cells, classes)."""

    name: str
    x: np.ndarray
    counts: np.ndarray

    @property
    def rows(self) -> float:
        return float(self.counts.sum())


def design(data: Examples) -> np.ndarray:
    """One-hot features of all rows: a constant, the last event, the one before it, how far the visit is."""
    size = len(data.names) + 1
    place = np.searchsorted(np.array(STRETCHES), data.features[:, 3])
    return np.hstack([
        np.ones((len(place), 1)), np.eye(size)[data.last[:, 0]], np.eye(size)[data.last[:, 1]],
        np.eye(len(STRETCHES) + 1)[place],
    ])


def gather(name: str, x: np.ndarray, y: np.ndarray, classes: int) -> Party:
    """Rows with equal features become one cell with counts per class: the same likelihood, fewer rows."""
    cells, number = np.unique(x, axis=0, return_inverse=True)
    counts = np.bincount(number * classes + y, minlength=len(cells) * classes).reshape(-1, classes)
    return Party(name, cells, counts.astype(float))


def train(party: Party, start: np.ndarray, steps: int, rate: float) -> np.ndarray:
    """`steps` gradient steps on a party's mean log loss plus a small ridge, from coefficients (features, classes)."""
    weights = start
    share = party.counts / party.rows
    total = share.sum(axis=1, keepdims=True)
    for _ in range(steps):
        miss = softmax(party.x @ weights) * total - share
        weights = weights - rate * (party.x.T @ miss + RIDGE * weights)
    return weights


def federate(parties: list[Party], rounds: int, steps: int, rate: float) -> np.ndarray:
    """The common coefficients after `rounds` of local steps and averaging by rows."""
    weights = np.zeros((parties[0].x.shape[1], parties[0].counts.shape[1]))
    rows = np.array([party.rows for party in parties])
    for _ in range(rounds):
        locals_ = np.stack([train(party, weights, steps, rate) for party in parties])
        weights = np.tensordot(rows / rows.sum(), locals_, axes=1)
    return weights


def compare(
    data: Examples, *, rounds: int, steps: int, rate: float, min_group: int, draws: int, rng: np.random.Generator,
) -> tuple[pd.DataFrame, str]:
    """Scores of federated, pooled and local models on each party's test rows, and why there are none ("" if there are).

    Columns: party, model, users, predictions, accuracy, log_loss, calibration_error with _low and _high; the rows of
    party `all` have each local model judge its own party's rows. Parties with fewer than `min_group` users in training
    or test are left out; fewer than two parties leave nothing to average.
    """
    training, test = data.of("train"), data.of("test")
    names = [
        str(name) for name in np.unique(data.platform)
        if all(len(np.unique(data.user[part][data.platform[part] == name])) >= min_group for part in (training, test))
    ]
    if len(names) < 2:
        return pd.DataFrame(), (
            f"{len(names)} platform has at least {min_group} users in training and test; averaging needs two parties"
        )
    training = training[np.isin(data.platform[training], names)]
    test = test[np.isin(data.platform[test], names)]
    x, classes = design(data), len(data.names)
    parties = [
        gather(name, x[rows], data.following[rows], classes)
        for name in names for rows in [training[data.platform[training] == name]]
    ]
    nothing = np.zeros((x.shape[1], classes))
    common = federate(parties, rounds, steps, rate)
    pooled = train(gather("all", x[training], data.following[training], classes), nothing, rounds * steps, rate)
    alone = {party.name: train(party, nothing, rounds * steps, rate) for party in parties}
    chance = {
        "federated": softmax(x[test] @ common), "pooled": softmax(x[test] @ pooled),
        "local": np.select(
            [(data.platform[test] == name)[:, None] for name in names],
            [softmax(x[test] @ alone[name]) for name in names],
        ),
    }
    rows = []
    for party in ["all", *names]:
        mine = np.ones(len(test), bool) if party == "all" else data.platform[test] == party
        at = test[mine]
        rows += [
            {"party": party, "model": model, "users": len(np.unique(data.user[at])), "predictions": len(at),
             **scores(given[mine], data.following[at], data.user[at], draws, rng)}
            for model, given in chance.items()
        ]
    return pd.DataFrame(rows), ""
