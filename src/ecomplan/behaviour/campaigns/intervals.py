"""Resamples, and where a claimed effect stands against an interval."""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt

Standing = Literal["holds", "holds in part", "fails", "not testable"]

def resample_counts(rows: int, draws: int, rng: np.random.Generator) -> npt.NDArray[np.int64]:
    """How often each of `rows` rows stands in each of `draws` resamples with replacement: (draws, rows)."""
    return np.stack([np.bincount(rng.integers(0, rows, rows), minlength=rows) for _ in range(draws)])


def standing(claimed: float, low: float, high: float) -> Standing:
    """Where a claimed effect stands against an interval of the observed one (0: no effect).

    Within the interval it holds, unless no effect at all lies there too: then the data cannot tell. Outside, it
    holds in part where the effect has the claimed sign at least.
    """
    if low <= claimed <= high:
        return "not testable" if low <= 0 <= high else "holds"
    return "holds in part" if low * claimed > 0 and high * claimed > 0 else "fails"
