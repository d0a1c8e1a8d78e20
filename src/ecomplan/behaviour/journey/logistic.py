"""Logistic regression of a yes or no per session, with standard errors that know which user a session belongs to."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import pandas as pd

from ecomplan.behaviour.statistics import z_of


@dataclass(frozen=True)
class Fit:
    """rows: term, odds_ratio, low, high, p_value, sessions; `unknown` says why there is no fit (rows is then empty)."""

    rows: pd.DataFrame
    unknown: str = ""

    def term(self, name: str) -> dict[str, float] | None:
        """value, low, high of a term's odds ratio, or None."""
        hit = self.rows[self.rows["term"] == name]
        if hit.empty:
            return None
        row = hit.iloc[0]
        return {"value": float(row["odds_ratio"]), "low": float(row["low"]), "high": float(row["high"])}


MOST_STEPS = 50
LARGEST = 12.0  # a coefficient beyond it means that a group separates the outcome
COLUMNS = ["term", "odds_ratio", "low", "high", "p_value", "sessions"]


def fit(outcome: pd.Series, numbers: pd.DataFrame, groups: pd.DataFrame, user: pd.Series, min_group: int) -> Fit:
    """Odds ratios of numeric terms and of group levels (against each group's largest level).

    Standard errors are clustered by user (Liang and Zeger 1986). Levels behind which fewer than `min_group` users
    stand, or in which the outcome never or always happens, join the reference: an odds ratio does not exist there.
    """
    y = outcome.to_numpy(dtype=float)
    events = int(min(y.sum(), len(y) - y.sum()))
    if events < min_group:
        return Fit(pd.DataFrame(columns=COLUMNS),
                   f"only {events} sessions differ from the others in the outcome; {min_group} are needed")
    terms: dict[str, np.ndarray] = {}
    for name in numbers:
        values = numbers[name].to_numpy(dtype=float)
        if values.std() > 0:
            terms[str(name)] = values
    for name in groups:
        for level in groups[name].value_counts().index[1:]:
            mine = (groups[name] == level).to_numpy()
            if user[mine].nunique() >= min_group and 0 < y[mine].mean() < 1:
                terms[f"{name}: {level}"] = mine.astype(float)
    if not terms:
        return Fit(pd.DataFrame(columns=COLUMNS), "no group is large enough and no number varies")
    x = np.column_stack([np.ones(len(y)), *terms.values()])
    if np.linalg.matrix_rank(x) < x.shape[1]:
        return Fit(pd.DataFrame(columns=COLUMNS), "the explaining columns depend on each other")
    beta, covariance = clustered(y, x, user.to_numpy())
    if beta is None or covariance is None:
        return Fit(pd.DataFrame(columns=COLUMNS), "the fit does not settle: groups separate the outcome fully")
    beta, error = beta[1:], np.sqrt(np.diag(covariance))[1:]
    p_value = np.array([2 * NormalDist().cdf(-abs(value)) for value in beta / error])
    z = z_of()
    return Fit(pd.DataFrame({
        "term": list(terms), "odds_ratio": np.exp(beta), "low": np.exp(beta - z * error),
        "high": np.exp(beta + z * error), "p_value": p_value, "sessions": len(y),
    }))


def clustered(y: np.ndarray, x: np.ndarray, cluster: np.ndarray) -> tuple[np.ndarray | None, np.ndarray | None]:
    """(coefficients, covariance) of a logistic regression by Newton's method; None where it does not settle.

    y: noughts and ones; x: (rows, terms) with its constant; cluster: whose row it is. Covariance: the sandwich over
    clusters, with the usual factor G / (G - 1) (n - 1) / (n - k) for few clusters.
    """
    beta = np.zeros(x.shape[1])
    for _ in range(MOST_STEPS):
        chance = 1 / (1 + np.exp(-np.clip(x @ beta, -30, 30)))
        inverse = np.linalg.pinv(x.T @ (x * (chance * (1 - chance))[:, None]))
        step = inverse @ (x.T @ (y - chance))
        beta = beta + step
        if np.abs(step).max() < 1e-10:
            break
    else:
        return None, None
    if np.abs(beta).max() > LARGEST:
        return None, None
    chance = 1 / (1 + np.exp(-np.clip(x @ beta, -30, 30)))
    inverse = np.linalg.pinv(x.T @ (x * (chance * (1 - chance))[:, None]))
    _, number = np.unique(cluster, return_inverse=True)
    groups, (rows, terms) = number.max() + 1, x.shape
    sums = np.zeros((groups, terms))
    np.add.at(sums, number, x * (y - chance)[:, None])
    factor = groups / (groups - 1) * (rows - 1) / (rows - terms)
    return beta, factor * inverse @ (sums.T @ sums) @ inverse
