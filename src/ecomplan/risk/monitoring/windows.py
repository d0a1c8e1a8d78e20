"""What stands in a moving window before each event, and how surprising its count is. Only the past is used."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import betainc

from ecomplan.risk.monitoring.feed import DAY, Ints

Floats = NDArray[np.float64]
LEAST_CHANCE = 1e-300


@dataclass(frozen=True)
class Window:
    """For each event (n,): events and their sum within the last `minutes`, itself included, and those of the same
    group in the `memory` minutes before that window."""

    count: Ints
    total: Ints
    before: Ints
    total_before: Ints


def by_group(group: Ints) -> Ints:
    """Stable order by group, 0 <= group < 2 ** 32: numpy sorts numbers of sixteen bits in linear time, so halves."""
    order = np.argsort(group.astype(np.uint16), kind="stable")
    high = (group >> 16).astype(np.uint16)
    return order[np.argsort(high[order], kind="stable")] if high.any() else order


def window(group: Ints, time: Ints, value: Ints, minutes: int, memory: int | None) -> Window:
    """Windows (t - minutes, t] of each event among those of its group; `memory` None: all that came earlier.

    group, time, value (n,), time rising, group >= 0. Events of one minute count in the order of the stream. One sort
    and three binary searches: n log n, whatever the width of the windows.
    """
    order = by_group(group)
    groups, times = group[order], time[order]
    latest = int(time.max(initial=0)) + 1
    span = latest + minutes + (memory or latest) + 1  # groups stand so far apart that no window reaches another
    key = groups * span + times
    here = np.arange(len(key))
    low = np.searchsorted(key, key - minutes, side="right")
    start = (np.searchsorted(groups, groups, side="left") if memory is None
             else np.searchsorted(key, key - minutes - memory, side="right"))
    sums = np.concatenate(([0], np.cumsum(value[order])))
    back = np.empty_like(order)
    back[order] = here
    return Window((here + 1 - low)[back], (sums[here + 1] - sums[low])[back], (low - start)[back],
                  (sums[low] - sums[start])[back])


def surprise(count: Ints, before: Ints, minutes: int, exposure: Ints, most_weight: float) -> Floats:
    """-log10 of the chance of so many events in the window, given how many came in the `exposure` minutes before.

    Gamma-Poisson prediction: the rate is Gamma with shape min(before + 1/2, most_weight) around the past mean (Jeffreys
    prior; the cap keeps a rate uncertain that drifts with the season), so that counts are negative binomial.
    """
    past = before + 0.5
    mean = past * minutes / np.maximum(exposure, DAY)
    shape = np.minimum(past, most_weight)
    chance = betainc(np.maximum(count, 1), shape, mean / (mean + shape))
    return np.asarray(-np.log10(np.maximum(chance, LEAST_CHANCE)), dtype=np.float64)
