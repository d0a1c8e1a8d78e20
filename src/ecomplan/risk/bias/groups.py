"""User groups of the logs: hashed features made into named groups large enough to look at."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ecomplan.errors import DataError

FEATURES = ("user_feature_0", "user_feature_1", "user_feature_2", "user_feature_3")
LEARNED, UNIFORM = "bts", "random"
OTHERS = "others"


@dataclass(frozen=True)
class Feature:
    """One feature of the users: the group of each impression and the groups' names, largest first."""

    name: str
    codes: NDArray[np.int64]  # (impressions,) of all logs
    labels: tuple[str, ...]

    @property
    def compared(self) -> bool:
        """Whether there are two groups to compare."""
        return len(self.labels) > 1


def features_of(logs: pd.DataFrame, least: int) -> list[Feature]:
    """The features with their groups; those shown fewer than `least` impressions by either policy go together.

    Groups are named by letter in falling order of size, since the publisher's hashes say nothing. A remainder that is
    still too small joins the smallest group. Raises DataError for a log without impressions.
    """
    if logs.empty:
        raise DataError("open_bandit: no impression; expected at least one")
    return [_feature(number, logs[name], logs["policy"], least) for number, name in enumerate(FEATURES)]


def _feature(number: int, values: pd.Series, policy: pd.Series, least: int) -> Feature:
    value, names = pd.factorize(values, sort=True)
    arm, arms = pd.factorize(policy)
    counts = np.bincount(value * len(arms) + arm, minlength=len(names) * len(arms)).reshape(len(names), len(arms))
    order = np.argsort(-counts.sum(axis=1), kind="stable")
    large = [at for at in order if counts[at].min() >= least] or [order[0]]
    rest = [at for at in order if at not in large]
    labels = [chr(ord("A") + place) for place in range(len(large))]
    code = np.full(len(names), len(large) - 1)
    code[large] = np.arange(len(large))
    if rest and counts[rest].sum(axis=0).min() >= least:
        code[rest] = len(large)
        labels.append(OTHERS)
    elif rest and len(large) > 1:
        labels[-1] += f" and {OTHERS}"
    return Feature(f"feature {number}", code[value].astype(np.int64), tuple(labels))


def weights_of(propensity: NDArray[np.float64], items: NDArray[np.int64]) -> NDArray[np.float64]:
    """Weights that make a log stand for the uniform policy. Raises DataError for a propensity not in (0, 1]."""
    wrong = ~((propensity > 0) & (propensity <= 1))
    if wrong.any():
        row = int(np.argmax(wrong))
        raise DataError(f"open_bandit: row {row + 1}, propensity {propensity[row]:g}; expected above 0 and at most 1")
    return np.asarray(1 / items / propensity)


def adjusted(p_values: NDArray[np.float64]) -> NDArray[np.float64]:
    """p-values adjusted for the share of false finds among many tests (Benjamini and Hochberg, 1995)."""
    many = len(p_values)
    order = np.argsort(p_values)
    steps = np.minimum.accumulate((p_values[order] * many / np.arange(1, many + 1))[::-1])[::-1]
    out = np.empty(many)
    out[order] = np.minimum(steps, 1)
    return out


def group_table(logs: pd.DataFrame, features: list[Feature]) -> pd.DataFrame:
    """Each group's share of impressions, in all and in each list of articles: feature, group, share, and lists."""
    lists = {str(name): (logs["campaign"] == name).to_numpy() for name in logs["campaign"].unique()}
    rows = []
    for feature in features:
        for code, label in enumerate(feature.labels):
            mine = feature.codes == code
            rows.append({"feature": feature.name, "group": label, "share": mine.mean(),
                         **{f"share_{name}": mine[on].mean() for name, on in lists.items()}})
    return pd.DataFrame(rows)
