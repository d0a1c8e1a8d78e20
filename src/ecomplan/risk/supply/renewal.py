"""Units that work and fail in turn: an alternating renewal process, week by week."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Outages:
    """`left` [draws, units, weeks]: weeks until the unit works again (0: it works), seen at each week's start.

    `begun` [draws, units]: outages that begin in the counted weeks.
    """

    left: Array
    begun: Array


def outages(
    rng: np.random.Generator, rate: Array, length: Array, variation: float, shape: tuple[int, int], weeks: int,
    first: int,
) -> Outages:
    """Failures after exponential times (`rate` a year while it works), repairs lognormal (`length` weeks in the mean).

    `rate`, `length` [draws]; `weeks` are run and counted from week `first` on. The process starts as if it had run for
    ever: down with its long-run share, and what is left of that outage is drawn as such (Cox 1962).
    """
    draws, units = shape
    up_mean = 52.0 / np.maximum(rate, 1e-12)
    sigma = np.sqrt(np.log(1 + variation**2))
    share = length / (length + up_mean)
    down = rng.random((draws, units)) < share[:, None]
    # an outage under way is a long one (length-biased lognormal: mean moved by sigma squared), met at a random moment
    biased = np.exp(np.log(length)[:, None] + sigma**2 / 2 + sigma * rng.standard_normal((draws, units)))
    start = np.zeros((draws, units))
    end = np.where(down, rng.random((draws, units)) * biased, 0.0)
    left = np.zeros((draws, units, weeks))
    begun = np.zeros((draws, units))
    week = np.arange(weeks)
    first_pass = True
    while True:
        inside = (start[:, :, None] <= week) & (week < end[:, :, None])
        left = np.where(inside, end[:, :, None] - week, left)
        if not first_pass:
            begun += (start >= first) & (start < weeks)
        first_pass = False
        start = end + rng.exponential(1.0, (draws, units)) * up_mean[:, None]
        end = start + np.exp(np.log(length)[:, None] - sigma**2 / 2 + sigma * rng.standard_normal((draws, units)))
        if (start >= weeks).all():
            return Outages(left, begun)
