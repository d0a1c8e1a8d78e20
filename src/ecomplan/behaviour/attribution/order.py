"""How long a memory the paths have: which order of chain predicts what it has not seen."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from ecomplan.behaviour.attribution.chain import state_codes
from ecomplan.behaviour.attribution.paths import Paths, path_numbers
from ecomplan.behaviour.statistics import z_of

BY_JOURNEY, BY_PATH = "journeys", "distinct paths"


def compare(
    paths: Paths, order_max: int, folds: int, backoff_weight: float, rng: np.random.Generator,
) -> pd.DataFrame:
    """`held_out` twice: journeys put into folds one by one, and whole distinct paths counted once.

    Many journeys share one path. Held out by journey, copies of a path stand on both sides and a long memory can
    learn them by heart; held out by path it has to predict paths that it never saw, while short frequent paths weigh
    less than their journeys would. Column `held_out` says which.
    """
    conversions, nulls = (
        rng.multinomial(part.astype(np.int64), np.full(folds, 1 / folds)).T.astype(float)
        for part in (paths.conversions, paths.nulls)
    )
    single = distinct(paths)
    fold = np.arange(folds)[:, None] == rng.permutation(len(single.first)) % folds
    tables = [
        held_out(paths, conversions, nulls, order_max, backoff_weight).assign(held_out=BY_JOURNEY),
        held_out(single, fold * single.conversions, fold * single.nulls, order_max, backoff_weight).assign(
            held_out=BY_PATH
        ),
    ]
    return pd.concat(tables, ignore_index=True)


def distinct(paths: Paths) -> Paths:
    """Each distinct path once, with a weight of one that falls on conversion and null by their shares."""
    width = paths.last - paths.first + 1
    number = path_numbers(paths)
    one = np.unique(number, return_index=True)[1]
    journeys = np.bincount(number, paths.journeys)
    chosen = np.isin(paths.row, one)
    last = np.cumsum(width[one]) - 1
    return replace(
        paths, steps=paths.steps[chosen], row=np.repeat(np.arange(len(one)), width[one]), first=last - width[one] + 1,
        last=last, conversions=np.bincount(number, paths.conversions) / journeys,
        nulls=np.bincount(number, paths.nulls) / journeys, value=np.zeros(len(one)),
    )


def held_out(
    paths: Paths, conversions: np.ndarray, nulls: np.ndarray, order_max: int, backoff_weight: float,
    level: float = 0.8,
) -> pd.DataFrame:
    """Predict every next step (a channel, conversion or null) of one fold from the last `order` channels of the rest.

    `conversions` and `nulls` (folds, paths) hold each fold's weight of each path. Each order's chances are shrunk to
    the next shorter memory with a weight of `backoff_weight` observations (Dirichlet prior; MacKay and Peto 1995), so
    that a step never seen still has a chance. One row an order: `log_likelihood` per journey (nats), `chance` the
    geometric mean chance given to the step that came, `gain` in log-likelihood per journey over the next shorter
    memory (order 1: over none) with interval `low`, `high` (normal), `transitions` that the chain has to learn.
    """
    width = len(paths.channels) + 2
    count, steps = len(paths.first), len(paths.steps)
    symbol = np.concatenate([paths.steps, np.full(count, width - 2), np.full(count, width - 1)])
    opening = np.arange(steps) == paths.first[paths.row]
    history = []
    for order in range(1, order_max + 1):
        code = state_codes(paths, order)
        before = np.where(opening, 0, np.concatenate([[0], code[:-1]]))
        every = np.concatenate([before, code[paths.last], code[paths.last]])
        history.append(np.unique(every, return_inverse=True)[1])
    weight = np.concatenate([(conversions + nulls)[:, paths.row], conversions, nulls], axis=1)
    total = weight.sum(axis=0)
    sums = np.zeros((order_max + 1, 3))  # log-likelihood, its gain over the shorter memory, the gain's square
    for here, bought, lost in zip(weight, conversions, nulls, strict=True):
        learnt = np.maximum(total - here, 0)
        seen = np.bincount(symbol, learnt, minlength=width)
        chance = ((seen + backoff_weight / width) / (seen.sum() + backoff_weight))[symbol]
        shorter = np.zeros((2, count))
        for order in range(order_max + 1):
            if order:
                state = history[order - 1]
                pair = np.bincount(state * width + symbol, learnt, minlength=(state.max() + 1) * width)
                left = pair.reshape(-1, width).sum(axis=1)
                chance = (pair[state * width + symbol] + backoff_weight * chance) / (left[state] + backoff_weight)
            log = np.log(chance)
            way = np.bincount(paths.row, log[:steps], minlength=count)
            each = np.stack([way + log[steps:steps + count], way + log[steps + count:]])
            held = np.stack([bought, lost])
            sums[order] += [(held * each).sum(), (held * (each - shorter)).sum(), (held * (each - shorter) ** 2).sum()]
            shorter = each
    journeys = float(conversions.sum() + nulls.sum())
    likelihood, gain, square = (sums[1:] / journeys).T
    half = z_of(level) * np.sqrt(np.maximum(square - gain**2, 0) / journeys)
    return pd.DataFrame({
        "order": np.arange(1, order_max + 1), "log_likelihood": likelihood,
        "chance": np.exp(likelihood * journeys / total.sum()), "gain": gain, "low": gain - half, "high": gain + half,
        "transitions": [len(np.unique(state * width + symbol)) for state in history],
    })


def believed(table: pd.DataFrame, held_out: str) -> int:
    """The order to believe: memory grows as long as each longer one gains with its whole interval."""
    grows = (table.loc[table["held_out"] == held_out, "low"] > 0).to_numpy()
    return max(1, len(grows) if grows.all() else int(np.argmin(grows)))


def chance_of(table: pd.DataFrame, held_out: str, order: int) -> float:
    """The geometric mean chance that an order gave to the steps that came."""
    return float(table.loc[(table["held_out"] == held_out) & (table["order"] == order), "chance"].iloc[0])
