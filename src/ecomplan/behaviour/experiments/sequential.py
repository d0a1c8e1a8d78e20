"""Looking at a test while it runs: exact group-sequential boundaries, and sequences that hold at any time.

The sum of the data is followed from look to look on a grid (Armitage, McPherson & Rowe, 1969), so that
boundaries, error rates and power are computed and not simulated.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from scipy import optimize, special, stats

from ecomplan.behaviour.experiments.two_sample import Floats
from ecomplan.errors import DataError

NODES = 48  # fewest Gauss-Legendre points across the region in which a test goes on
SPACING = 0.8  # widest distance of points, in standard deviations of one step; coarser grids miss the density


def crossing(lower: Any, upper: Any, information: Any, drift: float = 0.0) -> tuple[Floats, Floats]:
    """Chance to leave through the lower and the upper boundary at each look.

    lower, upper: boundaries of the z statistic, may be infinite, one a look. information: cumulative, rising.
    drift: mean of the z statistic at information 1, so that z at information I has mean drift * sqrt(I).
    """
    root = np.sqrt(np.asarray(information, float))
    steps = np.diff(root**2, prepend=0.0)
    if (steps <= 0).any():
        raise DataError("information must rise from look to look; expected more units at each look than before")
    reach = 9.0  # standard deviations beyond which nothing is left
    low = np.asarray(lower, float) * root
    high = np.asarray(upper, float) * root
    out_low, out_high = np.empty(len(root)), np.empty(len(root))
    points, mass = np.zeros(1), np.ones(1)
    for k, step in enumerate(steps):
        width = np.sqrt(step)
        start = points + drift * step
        out_low[k] = mass @ special.ndtr((low[k] - start) / width)
        out_high[k] = mass @ special.ndtr((start - high[k]) / width)
        if k == len(steps) - 1:
            break
        a = max(low[k], start.min() - reach * width)
        b = min(high[k], start.max() + reach * width)
        # Legendre points lie widest apart in the middle, by pi / 2 of the mean distance
        nodes, weights = _legendre(max(NODES, 16 * int(np.ceil((b - a) / width * np.pi / 2 / SPACING / 16))))
        fresh = a + (nodes + 1) / 2 * (b - a)
        density = np.exp(-0.5 * ((fresh[:, None] - start) / width) ** 2) / (width * np.sqrt(2 * np.pi))
        mass = density @ mass * weights * (b - a) / 2
        points = fresh
    return out_low, out_high


def error_rate(boundary: Any, information: Any = None, drift: float = 0.0) -> float:
    """Chance that |z| crosses `boundary` at some look; equal steps of information unless given."""
    boundary = np.asarray(boundary, float)
    information = np.arange(1, len(boundary) + 1) / len(boundary) if information is None else information
    low, high = crossing(-boundary, boundary, information, drift)
    return float(low.sum() + high.sum())


def naive_error(looks: int, alpha: float) -> float:
    """False-positive rate of a plain test repeated at `looks` equal steps."""
    return error_rate(np.full(looks, stats.norm.ppf(1 - alpha / 2)))


def pocock(looks: int, alpha: float) -> Floats:
    """Boundary with one z for all looks (Pocock, 1977), two-sided."""
    return _scaled(np.ones(_looks(looks)), alpha)


def obrien_fleming(looks: int, alpha: float) -> Floats:
    """Boundary that starts strict and ends near the plain test's (O'Brien & Fleming, 1979), two-sided."""
    return _scaled(np.sqrt(looks / np.arange(1, _looks(looks) + 1)), alpha)


def always_valid(information: Any, alpha: float, tuned_to: float = 1.0) -> Floats:
    """z boundary of the normal-mixture sequence: crossed ever, at any time, with a chance of at most alpha.

    Robbins (1970); Howard, Ramdas, McAuliffe & Sekhon (2021). `tuned_to` is the information at which it is tightest.
    """
    information = np.asarray(information, float)
    if (information <= 0).any():
        raise DataError("information must be above zero; the sequence begins with the first unit")
    rho = tuned_to / mixture_factor(alpha)
    return np.asarray(np.sqrt((1 + rho / information) * np.log((information + rho) / (rho * alpha**2))))


def mixture_factor(alpha: float) -> float:
    """Information over mixture precision at which the boundary is tightest: x with x = log(1 + x) - 2 log(alpha)."""
    return float(optimize.brentq(lambda x: x - np.log1p(x) + 2 * np.log(alpha), 1e-6, 1e4))


def sequence(estimate: Any, standard_error: Any, alpha: float, tuned_to: float) -> tuple[Floats, Floats]:
    """Interval that covers the truth at all times at once; `tuned_to` is the standard error planned for the end."""
    error = np.asarray(standard_error, float)
    if (error <= 0).any():
        raise DataError("a standard error of zero: the arms do not vary, so no sequence can be formed")
    half = always_valid(1 / error**2, alpha, 1 / tuned_to**2) * error
    return np.asarray(estimate) - half, np.asarray(estimate) + half


def drift_for(boundary: Floats, power: float, information: Any = None) -> float:
    """Mean of the final z at which the boundary is crossed with chance `power`."""
    return float(optimize.brentq(lambda drift: error_rate(boundary, information, drift) - power, 0.1, 12.0, xtol=1e-8))


def mean_traffic(boundary: Floats, drift: float) -> float:
    """Expected share of the full sample that is used until a crossing or the end; equal steps."""
    share = np.arange(1, len(boundary) + 1) / len(boundary)
    low, high = crossing(-boundary, boundary, share, drift)
    left = low + high
    return float(left @ share + 1 - left.sum())


def stays_above(looks: int, drift: float = 0.0) -> float:
    """Chance that the running mean never falls below its goal at `looks` equal steps; drift counts from the goal."""
    low, _ = crossing(np.zeros(_looks(looks)), np.full(looks, np.inf), np.arange(1, looks + 1) / looks, drift)
    return float(max(1 - low.sum(), 0.0))


@lru_cache
def _legendre(points: int) -> tuple[Floats, Floats]:
    nodes, weights = np.polynomial.legendre.leggauss(points)
    return nodes, weights


def _scaled(shape: Floats, alpha: float) -> Floats:
    size = optimize.brentq(lambda c: error_rate(c * shape) - alpha, 0.5, 8.0, xtol=1e-10)
    return np.asarray(size * shape)


def _looks(looks: int) -> int:
    if looks < 1:
        raise DataError(f"{looks} looks at a test; expected at least one")
    return looks
