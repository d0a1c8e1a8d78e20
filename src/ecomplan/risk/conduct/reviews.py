"""The two-track audit of reviews, worked out on made-up reviews: no source holds any.

Track one checks by hand the reviews that look most suspicious, track two a random sample; the first finds fakes,
the second says how many there are. The sample's share is corrected for errors of the check (Rogan & Gladen 1978).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ecomplan.estimate import Estimate
from ecomplan.risk.conduct.matching import Floats
from ecomplan.risk.engine.draws import pert

DESIGNS = {"random": "Random sample only", "suspicious": "Most suspicious only", "both": "Both tracks"}


@dataclass(frozen=True)
class Audit:
    """Sizes of the audit and errors of the check by hand; see section `conduct` of params.yaml."""

    reviews: int
    budget: int
    random_share: float
    fake_share: tuple[float, float, float]
    signals: int
    separation: float
    catches: float
    accuses: float
    repeats: int
    seed: int


def simulate(audit: Audit) -> pd.DataFrame:
    """One row a repeat and design: share of fakes found, genuine ones accused in a thousand, share of fakes told."""
    rng = np.random.default_rng(audit.seed)
    true_share = pert(rng, *audit.fake_share, audit.repeats)
    fake = rng.random((audit.repeats, audit.reviews)) < true_share[:, None]
    common = rng.standard_normal((audit.repeats, audit.reviews))  # signals of one review go together
    score = np.zeros(fake.shape)
    for _ in range(audit.signals):
        own = rng.standard_normal(fake.shape)
        score += np.sqrt(0.7) * own + np.sqrt(0.3) * common + audit.separation * fake
    lot = rng.random(fake.shape)
    accused = np.where(fake, rng.random(fake.shape) < audit.catches, rng.random(fake.shape) < audit.accuses)
    rows = []
    for key in DESIGNS:
        sampled = audit.budget if key == "random" else 0 if key == "suspicious" else round(
            audit.random_share * audit.budget)
        in_sample = _least(lot, sampled)
        checked = in_sample | _least(np.where(in_sample, np.inf, -score), audit.budget - sampled)
        caught = checked & accused
        told = np.full(audit.repeats, np.nan)
        if sampled:
            positive = (in_sample & accused).sum(axis=1) / sampled
            told = np.clip((positive - audit.accuses) / (audit.catches - audit.accuses), 0.0, 1.0)
        rows.append(pd.DataFrame({
            "design": key, "found": (caught & fake).sum(axis=1) / np.maximum(fake.sum(axis=1), 1),
            "accused_per_thousand": 1000 * (caught & ~fake).sum(axis=1) / np.maximum((~fake).sum(axis=1), 1),
            "error": np.abs(told - fake.mean(axis=1)),
        }))
    return pd.concat(rows, ignore_index=True)


def _least(values: Floats, count: int) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """Which are the `count` least in each row."""
    inside = np.zeros(values.shape, bool)
    if count:
        np.put_along_axis(inside, values.argpartition(count - 1, axis=1)[:, :count], True, axis=1)
    return inside


def design_table(runs: pd.DataFrame) -> pd.DataFrame:
    """Means over repeats, with 80 % ranges of the share found."""
    rows = []
    for key, name in DESIGNS.items():
        part = runs[runs["design"] == key]
        rows.append({
            "design": name, "id": key, "found": part["found"].mean(), "found_low": part["found"].quantile(0.1),
            "found_high": part["found"].quantile(0.9), "accused_per_thousand": part["accused_per_thousand"].mean(),
        })
    return pd.DataFrame(rows)


def found(table: pd.DataFrame, design: str) -> Estimate:
    """Share of fakes that a design finds."""
    row = table.loc[table["id"] == design].iloc[0]
    return Estimate(float(row["found"]), float(row["found_low"]), float(row["found_high"])).within(0.0, 1.0)


def told_error(runs: pd.DataFrame, design: str) -> Estimate:
    """How far the share of fakes that a design tells lies from the truth, on average."""
    errors = runs.loc[runs["design"] == design, "error"].dropna()
    if errors.empty:
        return Estimate(None, unknown="Without a random sample the audit cannot tell how many reviews are fake")
    return Estimate(float(errors.mean()), float(errors.quantile(0.1)), float(errors.quantile(0.9)))


def accused(table: pd.DataFrame, design: str) -> float:
    """Genuine reviews in a thousand that a design accuses, on average."""
    return float(table.loc[table["id"] == design, "accused_per_thousand"].iloc[0])
