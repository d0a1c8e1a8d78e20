"""Paths of channels as arrays: one row a recorded path, its channels as codes, its outcomes as counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ecomplan.behaviour.statistics import z_of
from ecomplan.errors import DataError

SEPARATOR = ">"
COLUMNS = ("path", "conversions", "value", "nulls")


@dataclass(frozen=True)
class Paths:
    """`channels` (c names, sorted); `steps` int64 codes of all paths end to end; `row` the path of each step;
    `first` and `last` the place of each path's ends in `steps`; per path `conversions`, `nulls` (journeys, float64)
    and `value` (money of one conversion, 0 where none)."""

    channels: tuple[str, ...]
    steps: np.ndarray
    row: np.ndarray
    first: np.ndarray
    last: np.ndarray
    conversions: np.ndarray
    nulls: np.ndarray
    value: np.ndarray

    @property
    def journeys(self) -> np.ndarray:
        """Journeys of each path, whatever their end."""
        return np.asarray(self.conversions + self.nulls)

    def touched(self) -> np.ndarray:
        """bool (paths, channels): does the path meet the channel at all?"""
        met = np.zeros((len(self.first), len(self.channels)), dtype=bool)
        met[self.row, self.steps] = True
        return met


def encode(frame: pd.DataFrame) -> Paths:
    """Turn a frame with `path` (channel names parted by ">"), `conversions`, `value` and `nulls` into arrays.

    Rows without any journey are left out. Raises DataError for a missing column, negative counts, an empty channel
    name, and where no journey converts: then there is no credit to share out.
    """
    if missing := [name for name in COLUMNS if name not in frame]:
        raise DataError(f"paths: column {missing[0]} is missing; expected {', '.join(COLUMNS)}")
    counts = frame[["conversions", "value", "nulls"]].astype(float)
    wrong = ~((counts >= 0) & np.isfinite(counts)).all(axis=1).to_numpy()
    if wrong.any():
        raise DataError(f"paths: row {int(wrong.argmax()) + 1} holds a count or value that is negative or no number")
    if not counts["conversions"].sum() > 0:
        raise DataError(
            f"paths: none of the {len(frame)} paths converts, so there is no credit to share out; attribution needs "
            "at least one conversion"
        )
    live = (counts["conversions"] + counts["nulls"]).to_numpy() > 0
    counts, texts = counts[live].reset_index(drop=True), frame["path"].astype(str)[live].reset_index(drop=True)
    split = texts.str.split(SEPARATOR)
    lengths = texts.str.count(SEPARATOR).to_numpy() + 1
    names = split.explode().str.strip()
    if (names == "").any():
        raise DataError(f"paths: the path {texts.loc[names.index[names == ''][0]]!r} holds an empty channel name")
    steps, channels = pd.factorize(names, sort=True)
    last = np.cumsum(lengths) - 1
    conversions = counts["conversions"].to_numpy()
    return Paths(
        channels=tuple(map(str, channels)), steps=steps.astype(np.int64),
        row=np.repeat(np.arange(len(lengths)), lengths), first=last - lengths + 1, last=last,
        conversions=conversions, nulls=counts["nulls"].to_numpy(),
        value=np.divide(counts["value"].to_numpy(), conversions, out=np.zeros(len(last)), where=conversions > 0),
    )


def overview(paths: Paths) -> dict[str, Any]:
    """Counts of the table: rows, journeys, conversions, base rate, mean and longest path (steps)."""
    lengths = paths.last - paths.first + 1
    journeys = paths.journeys
    return {
        "paths": len(lengths), "channels": len(paths.channels), "journeys": float(journeys.sum()),
        "conversions": float(paths.conversions.sum()),
        "base_rate": float(paths.conversions.sum() / journeys.sum()),
        "mean_steps": float(np.average(lengths, weights=journeys)), "longest": int(lengths.max()),
        "single_step_share": float(journeys[lengths == 1].sum() / journeys.sum()),
        "largest_path_share": float(np.bincount(path_numbers(paths), journeys).max() / journeys.sum()),
    }


def path_numbers(paths: Paths) -> np.ndarray:
    """A number for each row's path, equal for equal paths, in the order of their first row."""
    known: dict[bytes, int] = {}
    ends = zip(paths.first, paths.last, strict=True)
    return np.array([known.setdefault(paths.steps[first:last + 1].tobytes(), len(known)) for first, last in ends])


def base_rate(paths: Paths, level: float = 0.8) -> dict[str, float]:
    """Share of journeys that convert, with Wilson's interval (1927)."""
    count, share = paths.journeys.sum(), paths.conversions.sum() / paths.journeys.sum()
    z = z_of(level)
    middle = (share + z**2 / (2 * count)) / (1 + z**2 / count)
    half = z / (1 + z**2 / count) * np.sqrt(share * (1 - share) / count + z**2 / (4 * count**2))
    return {"value": float(share), "low": float(max(middle - half, 0)), "high": float(min(middle + half, 1))}
