"""Exact aggregation of compound Poisson losses by the fast Fourier transform.

Embrechts & Frei (2009), "Panjer recursion versus FFT for compound distributions", Mathematical Methods of
Operations Research 69, 497-508: severities on a grid, exponential tilting against wrap-around (Grübel &
Hermesmeier, 1999), transform, compound, transform back.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr

from ecomplan.errors import ParameterError

Floats = npt.NDArray[np.float64]


def lognormal_grid(medians: Floats, sigmas: Floats, step: float, points: int) -> Floats:
    """(risks, points) chance that one loss rounds to 0, step, 2 step, ...; what lies above the grid is cut."""
    with np.errstate(divide="ignore"):
        edges = np.log((np.arange(points) + 0.5) * step)
        z = (edges[None, :] - np.log(medians)[:, None]) / sigmas[:, None]
    below = ndtr(z)
    return np.asarray(np.diff(below, axis=1, prepend=0.0))


def aggregate(rates: Floats, medians: Floats, sigmas: Floats, step: float, points: int) -> Floats:
    """(points,) distribution of the yearly sum over risks: chance of 0, step, 2 step, ...

    `rates` events a year, `medians` and `sigmas` of lognormal losses, each (risks,). Losses above the grid
    (points x step) are cut, so choose it well above the quantile looked for.
    Raises ParameterError for rates below 0 or a grid without width.
    """
    if step <= 0 or points < 2:
        raise ParameterError(f"FFT grid: step {step:g} and points {points} are refused; expected above 0, from 2")
    if (rates < 0).any():
        raise ParameterError(f"FFT: rate {rates.min():g} a year is refused; expected from 0")
    live = (rates > 0) & (medians > 0)
    severity = lognormal_grid(medians[live], sigmas[live], step, points)
    mixed = rates[live] @ severity  # sums of compound Poissons are compound Poisson: one transform for all
    tilt = np.exp(-20.0 / points * np.arange(points))
    transformed = np.fft.rfft(mixed * tilt)
    yearly = np.fft.irfft(np.exp(transformed - rates[live].sum()), points) / tilt
    return np.asarray(np.maximum(yearly, 0.0))


def exceedance(chances: Floats, step: float, losses: Floats) -> Floats:
    """Chance that the yearly loss exceeds each of `losses`, read between grid points."""
    above = 1 - np.cumsum(chances)
    # a grid point stands for the interval around it
    return np.asarray(np.interp(losses, (np.arange(len(chances)) + 0.5) * step, above, left=above[0]))


def tail(chances: Floats, step: float, level: float) -> tuple[float, float]:
    """(value at risk, expected shortfall) at `level`, e.g. 0.95."""
    below = np.cumsum(chances)
    at = min(int(np.searchsorted(below, level)), len(chances) - 1)
    under = float(below[at - 1]) if at else 0.0
    part = (level - under) / chances[at] if chances[at] > 0 else 1.0
    risk = max(0.0, (at - 0.5 + part) * step) if at else 0.0
    values = np.arange(len(chances)) * step
    beyond = float(chances[at + 1:] @ values[at + 1:])
    shortfall = (beyond + max(0.0, float(below[at]) - level) * at * step) / (1 - level)
    return risk, max(risk, shortfall)
