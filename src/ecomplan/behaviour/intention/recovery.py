"""Does the fit find the truth that the survey was made from, and what if anxiety is left out?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ecomplan.behaviour.intention.survey import Fit, covariance, fit, fit_covariance, simulate
from ecomplan.behaviour.intention.truth import PATHS, Truth
from ecomplan.behaviour.statistics import z_of

FULL, PLAIN = "with anxiety", "anxiety left out"


def compare(truth: Truth, full: Fit, respondents: int) -> pd.DataFrame:
    """One row a path and model: model, outcome, cause, name, truth (meant for the full model), estimate, low, high.

    The model that leaves anxiety out is fitted to the covariance that the truth implies: what a survey without end
    would say. It has no chance in it, so its low and high are the estimate.
    """
    plain = fit_covariance(covariance(truth), respondents, with_anxiety=False).paths
    plain = plain.assign(low=plain["estimate"], high=plain["estimate"])
    parts = [paths.drop(columns="error").assign(model=name) for name, paths in ((FULL, full.paths), (PLAIN, plain))]
    frame = pd.concat(parts, ignore_index=True)
    frame["name"] = frame["cause"] + " on " + frame["outcome"]
    frame["truth"] = [truth.weights[path] for path in zip(frame["outcome"], frame["cause"], strict=True)]
    return frame[["model", "outcome", "cause", "name", "truth", "estimate", "low", "high"]]


@dataclass(frozen=True)
class Repeated:
    """`table` one row a path: name, truth, mean (estimate), bias, held (surveys whose interval holds the truth),
    simulations; `held` bool (surveys, paths)."""

    table: pd.DataFrame
    held: np.ndarray

    def coverage(self, level: float = 0.8) -> dict[str, float]:
        """Share of intervals that hold the truth; interval over surveys, whose paths hang together."""
        share = self.held.mean(axis=1)
        half = z_of(level) * share.std(ddof=1) / np.sqrt(len(share))
        value = float(share.mean())
        return {"value": value, "low": float(max(value - half, 0)), "high": float(min(value + half, 1))}


def repeat(truth: Truth, respondents: int, simulations: int, rng: np.random.Generator) -> Repeated:
    """Simulate and fit so many surveys."""
    expected = np.array([truth.weights[path] for path in PATHS])
    fits = [
        fit(simulate(truth, respondents, rng)).paths.set_index(["outcome", "cause"]).loc[list(PATHS)]
        for _ in range(simulations)
    ]
    estimates, low, high = (
        np.stack([one[column].to_numpy() for one in fits]) for column in ("estimate", "low", "high")
    )
    held = (low <= expected) & (expected <= high)
    return Repeated(pd.DataFrame({
        "name": [f"{cause} on {outcome}" for outcome, cause in PATHS], "truth": expected,
        "mean": estimates.mean(axis=0), "bias": estimates.mean(axis=0) - expected, "held": held.sum(axis=0),
        "simulations": simulations,
    }), held)


def path(table: pd.DataFrame, outcome: str, cause: str, model: str = FULL) -> dict[str, float]:
    """value, low and high of one path of `compare`."""
    row = table[(table["model"] == model) & (table["outcome"] == outcome) & (table["cause"] == cause)].iloc[0]
    return {"value": float(row["estimate"]), "low": float(row["low"]), "high": float(row["high"])}


def inside(table: pd.DataFrame, model: str = FULL) -> int:
    """How many of a model's intervals hold the truth."""
    part = table[table["model"] == model]
    return int(((part["low"] <= part["truth"]) & (part["truth"] <= part["high"])).sum())
