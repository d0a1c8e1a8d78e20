"""A small model of clicks, fitted on other folds than it is used on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from ecomplan.behaviour.statistics import Floats, wilson
from ecomplan.errors import DataError

Ints = npt.NDArray[np.int64]
_PLACES = 3  # positions of the slot


@dataclass(frozen=True)
class Predicted:
    """Click rates out of fold.

    `shown` (n,): of the article shown; `every` (contexts, items): of every article in a context, i.e. fold, history
    known or not, and position; `context` (n,): the context of each impression.
    """

    shown: Floats
    every: Floats
    context: Ints

    @property
    def place(self) -> Ints:
        """Position of each context, from 0."""
        return np.arange(len(self.every)) % _PLACES


def cross_fit(log: pd.DataFrame, prior_impressions: float, folds: int, rng: np.random.Generator) -> Predicted:
    """Out-of-fold click rates of one log (one campaign, one policy).

    The rate is a base by whether the user has a history, times a factor of the article, times one of the position.
    Each factor is observed over expected clicks, shrunken to 1 as if `prior_impressions` average impressions had
    been seen (gamma-Poisson). Raises DataError for fewer impressions than folds.
    """
    if len(log) < folds:
        raise DataError(f"the log holds {len(log)} impressions; {folds} folds need at least as many")
    click = log["click"].to_numpy(float)
    item, place = log["item"].to_numpy(), log["position"].to_numpy() - 1
    known = (log["history_items"].to_numpy() > 0).astype(np.int64)
    items = int(log["items"].iloc[0])
    fold = rng.permutation(np.arange(len(log)) % folds)
    parts = []
    for number in range(folds):
        base, of_item, of_place = _fit(*(part[fold != number] for part in (click, item, place, known)),
                                       items=items, prior=prior_impressions)
        parts.append(base[:, None, None] * of_place[:, None] * of_item)
    every = np.minimum(np.stack(parts), 1).reshape(-1, items)
    context = (fold * 2 + known) * _PLACES + place
    return Predicted(shown=every[context, item], every=every, context=context)


def _fit(click: Floats, item: Ints, place: Ints, known: Ints, *, items: int,
         prior: float) -> tuple[Floats, Floats, Floats]:
    # half a click keeps the rate above zero where a log has none
    mean = (click.sum() + 0.5) / (len(click) + 1)
    base = (np.bincount(known, click, 2) + prior * mean) / (np.bincount(known, minlength=2) + prior)
    expected = base[known]

    def factor(group: Ints, size: int) -> Floats:
        return np.asarray((np.bincount(group, click, size) + prior * mean)
                          / (np.bincount(group, expected, size) + prior * mean))

    return np.asarray(base), factor(item, items), factor(place, _PLACES)


def calibration(logs: list[tuple[pd.DataFrame, Predicted]], groups: int) -> pd.DataFrame:
    """Predicted against observed click rate, impressions cut into `groups` of equal size by prediction.

    Columns: group (1 is the lowest), impressions, predicted, observed, low, high (80 % Wilson).
    """
    predicted = np.concatenate([model.shown for _, model in logs])
    click = np.concatenate([log["click"].to_numpy(float) for log, _ in logs])
    order = np.argsort(predicted, kind="stable")
    parts = [part for part in np.array_split(order, groups) if len(part)]
    clicks, sizes = np.array([click[part].sum() for part in parts]), np.array([len(part) for part in parts])
    low, high = wilson(clicks, sizes)
    return pd.DataFrame({
        "group": np.arange(1, len(parts) + 1), "impressions": sizes,
        "predicted": [predicted[part].mean() for part in parts], "observed": clicks / sizes, "low": low, "high": high,
    })
