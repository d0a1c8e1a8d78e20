"""One index of demand from the drivers' scores: with the documents' weights, with estimated ones, with equal ones.

A driver's score in a week is its own one-week-ahead forecast (a regression on this driver alone, fitted to the weeks
before), less the mean so far, in standard deviations of log sales so far. Nothing later than the week before enters.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ecomplan.forecast.drivers import shapley
from ecomplan.forecast.drivers.shapley import Design
from ecomplan.forecast.drivers.shares import limits

Floats = npt.NDArray[np.float64]
DOCUMENTS, ESTIMATED, EQUAL = "documents", "estimated", "equal"
LABELS = {DOCUMENTS: "Documents' weights", ESTIMATED: "Estimated weights", EQUAL: "Equal weights"}


@dataclass(frozen=True)
class Composite:
    """`table`: start (week), sales (log, in standard deviations so far), one index by weighting, same scale ·
    `tracking`: weighting, name, correlation with sales, low, high, gain and limits (less the documents')."""

    table: pd.DataFrame
    tracking: pd.DataFrame

    def found(self, weighting: str, what: str = "correlation") -> dict[str, Any]:
        """value, low, high of a weighting's correlation or `gain` over the documents', for `Stage.finding`."""
        row = self.tracking[self.tracking["weighting"] == weighting].iloc[0]
        ends = ("low", "high") if what == "correlation" else ("gain_low", "gain_high")
        return {"value": float(row[what]), "low": float(row[ends[0]]), "high": float(row[ends[1]])}


def build(
    design: Design, weeks: pd.DataFrame, forecasts: Floats, prior: Mapping[str, float], *, draws: int, block: int,
    rng: np.random.Generator,
) -> Composite:
    """Indices over the tested weeks. `forecasts` [coalitions, tested] from `shapley.rolling`; `weeks` has `start`.

    A driver that was not measured (macro without a table) scores zero; the other weights are rescaled to add up to 1.
    Estimated weights are the shares in sample up to the week before.
    """
    tested = forecasts.shape[1]
    first = len(design.y) - tested
    mean = np.array([design.y[:t].mean() for t in range(first, len(design.y))])
    scale = np.array([max(design.y[:t].std(), 1e-9) for t in range(first, len(design.y))])
    scores = np.array([(forecasts[1 << at] - mean) / scale for at in range(len(design.names))])  # groups x tested
    told = np.array([prior.get(name, 0.0) for name in design.names])
    known = np.array([shapley.in_sample(design.until(t)) for t in range(first, len(design.y))]).T
    weights = {
        DOCUMENTS: np.repeat((told / told.sum())[:, None], tested, 1),
        ESTIMATED: known / np.maximum(known.sum(0), 1e-12),
        EQUAL: np.repeat(((told > 0) / (told > 0).sum())[:, None], tested, 1),
    }
    indices = {name: (weight * scores).sum(0) for name, weight in weights.items()}
    sales = (design.y[first:] - mean) / scale
    picks = shapley.blocks(tested, tested, block, draws, rng)
    resampled = {name: _correlation(index[picks], sales[picks]) for name, index in indices.items()}
    rows: list[dict[str, Any]] = []
    for name, index in indices.items():
        value = float(_correlation(index[None, :], sales[None, :])[0])
        gain = value - (float(rows[0]["correlation"]) if rows else value)
        apart = limits(resampled[name] - resampled[DOCUMENTS], gain)
        rows.append({"weighting": name, "name": LABELS[name], "correlation": value} | limits(resampled[name], value)
                    | {"gain": gain, "gain_low": apart["low"], "gain_high": apart["high"]})
    table = pd.DataFrame({"start": weeks["start"].to_numpy()[first:], "sales": sales} | indices)
    return Composite(table, pd.DataFrame(rows))


def _correlation(a: Floats, b: Floats) -> Floats:
    """Pearson's correlation along the last axis; 0 where one of them is constant."""
    a, b = a - a.mean(-1, keepdims=True), b - b.mean(-1, keepdims=True)
    norm = np.sqrt((a**2).sum(-1) * (b**2).sum(-1))
    return np.asarray(np.where(norm > 1e-12, (a * b).sum(-1) / np.maximum(norm, 1e-12), 0.0))
