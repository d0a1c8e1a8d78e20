"""Which companion series are looked at, and the unit in which a series' moves are measured."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from ecomplan.errors import DataError

Floats = npt.NDArray[np.float64]
#: standard deviations of a normal in its median absolute value
NORMAL_PER_MEDIAN = 1.4826
#: every interval shown holds 80 %
LEVEL = 0.80


def generator(seed: int) -> np.random.Generator:
    """The one stream of random numbers of the stage."""
    return np.random.default_rng(seed)


def draw(series: pd.DataFrame, per_panel: int, rng: np.random.Generator) -> pd.DataFrame:
    """Rows of at most `per_panel` series drawn at random from each panel (panel, unique_id, ds, y, test).

    Raises DataError for a frame without rows.
    """
    if series.empty:
        raise DataError("companion panels: no series; `ecomplan fetch` brings them")
    names = series.groupby("panel")["unique_id"].unique()
    kept = [rng.choice(np.sort(one), min(per_panel, len(one)), replace=False) for one in names]
    return series[series["unique_id"].isin(np.concatenate(kept))].reset_index(drop=True)


def counts(series: pd.DataFrame, known: pd.DataFrame) -> pd.DataFrame:
    """panel, series, drawn, months_least, months_median, months_most: what there is and what was drawn of it."""
    lengths = known.groupby(["panel", "unique_id"]).size().groupby("panel")
    return pd.DataFrame({
        "series": series.groupby("panel")["unique_id"].nunique(), "drawn": lengths.size(),
        "months_least": lengths.min(), "months_median": lengths.median().astype(int), "months_most": lengths.max(),
    }).reset_index()


def spread_of(values: Floats) -> float:
    """Standard deviation by the median: single wild months do not count."""
    return NORMAL_PER_MEDIAN * float(np.median(np.abs(values)))
