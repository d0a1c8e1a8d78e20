"""Demand over the interval that an order must cover: forecasts, their past errors, and quantiles of what may come.

Everything at origin t rests on weeks 0 .. t: an error counts once its whole interval has passed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import betainc, gammaincinv, ndtri

from ecomplan.forecast.demand.leads import Leads
from ecomplan.forecast.demand.panel import Bools, Floats, Ints

DISTRIBUTIONS = ("empirical", "negative binomial")


@dataclass(frozen=True)
class ErrorSettings:
    """How past errors become a distribution."""

    shrink_origins: float = 10.0  # origins of its class that a product's own error is blended with
    prior_error: float = 0.8  # error beside the forecast before any is known
    most_growth: float = 2.0  # errors grow with the forecast, at most by this factor (and shrink by no more)
    window: int = 26  # last known origins whose errors are pooled
    least_products: int = 50  # products of a class below which errors of all products are pooled
    least: int = 30  # pooled errors below which a normal distribution stands in


@dataclass(frozen=True)
class Spread:
    """What is known at each origin about errors [products, origins]: pieces, pieces squared, and scaled errors."""

    error: Floats
    variance: Floats
    scaled: Floats


def outcomes(pieces: Floats, origins: Ints, leads: Leads, drawn: Ints) -> Floats:
    """Pieces asked for in weeks t + 1 .. t + lead + review, `drawn` leads [products, origins]; NaN past the end."""
    total = np.concatenate([np.zeros((len(pieces), 1)), np.cumsum(pieces, axis=1)], axis=1)
    end = origins[None, :] + 1 + drawn + leads.review
    known = origins + leads.steps < pieces.shape[1]
    row = np.arange(len(pieces))[:, None]
    found = total[row, np.minimum(end, pieces.shape[1])] - total[:, origins + 1]
    return np.where(known[None, :], found, np.nan)


def covered(paths: Floats, leads: Leads) -> Floats:
    """Mean demand over the interval from weekly forecasts [products, origins, steps]."""
    return np.asarray(paths @ leads.cover)


def spread(actual: Floats, mean: Floats, kind: Ints, leads: Leads, settings: ErrorSettings) -> Spread:
    """Errors to expect of forecasts [products, origins] of consecutive origins, known at the origin.

    The mean absolute (squared) error of the product's past intervals, blended with what its class would have at
    the product's mean forecast, and moved with the forecast. A scaled error is what came less the forecast, over the
    error expected plus one piece.
    """
    good = np.isfinite(actual) & np.isfinite(mean)
    base = np.where(good, mean, 0.0)
    lost = np.where(good, np.abs(actual - mean), 0.0)
    squared = np.where(good, (actual - mean) ** 2, 0.0)
    size, loss, square, count = (_known(part, leads.steps) for part in (base, lost, squared, good.astype(float)))
    now = np.where(np.isfinite(mean), mean, 0.0)
    usual = np.where(count > 0, size / np.maximum(count, 1), now)
    error, variance = np.empty(mean.shape), np.empty(mean.shape)
    weight = settings.shrink_origins
    for label in np.unique(kind):
        mine = kind == label
        whole = size[mine].sum(0)
        share = np.where(whole > 0, loss[mine].sum(0) / np.maximum(whole, 1e-12), settings.prior_error)
        expected = share * usual[mine]
        # a normal error is 1.25 times as wide (standard deviation) as its mean absolute size
        error[mine] = (loss[mine] + weight * expected) / (count[mine] + weight)
        variance[mine] = (square[mine] + weight * (1.25 * expected) ** 2) / (count[mine] + weight)
    growth = np.clip(now / np.maximum(usual, 1e-9), 1 / settings.most_growth, settings.most_growth)
    error, variance = error * growth, variance * growth**2
    return Spread(error, variance, np.where(good, (actual - mean) / (error + 1.0), np.nan))


def empirical(mean: Floats, found: Spread, kind: Ints, leads: Leads, quantiles: Floats, settings: ErrorSettings,
              wanted: Bools) -> Floats:
    """Quantiles [quantiles, products, origins]: the mean plus the product's error times its class's scaled errors.

    A class of few products takes the scaled errors of all, for its own would hold no tail to rely on.
    NaN where not `wanted` [products, origins].
    """
    out = np.full((len(quantiles), *mean.shape), np.nan)
    normal = 1.25 * ndtri(quantiles)
    for label in np.unique(kind):
        mine = np.flatnonzero(kind == label)
        scaled = found.scaled[mine] if len(mine) >= settings.least_products else found.scaled
        for origin in np.flatnonzero(wanted[mine].any(0)):
            end = origin - leads.steps + 1
            pool = scaled[:, max(end - settings.window, 0): max(end, 0)]
            pool = pool[np.isfinite(pool)]
            ends = np.quantile(pool, quantiles) if len(pool) >= settings.least else normal
            width = found.error[mine, origin] + 1.0
            out[:, mine, origin] = np.maximum(mean[mine, origin] + ends[:, None] * width, 0.0)
    return np.where(wanted[None], out, np.nan)


def negative_binomial(mean: Floats, variance: Floats, quantile: npt.ArrayLike) -> Floats:
    """Quantile of whole pieces with the given mean and variance; Poisson where the variance is no larger.

    The smallest k with P(demand <= k) >= quantile, exact up to `EXACT` pieces; above that the gamma distribution of the
    same mean and variance stands in. Shapes broadcast; NaN where the mean is.
    """
    middle, wide, level = (np.ravel(part) for part in np.broadcast_arrays(mean, variance, quantile))
    shape = np.broadcast_shapes(np.shape(mean), np.shape(variance), np.shape(quantile))
    out = np.where(np.isfinite(middle), 0.0, np.nan)
    at = np.flatnonzero(middle > 0)
    centre, q = middle[at], level[at]
    # beyond 1e7 the Poisson limit is reached to more digits than a whole piece needs
    above = np.maximum(wide[at] - centre, centre**2 * 1e-7)
    size = centre**2 / above
    chance = size / (size + centre)
    k = np.maximum(np.round(_gamma_quantile(centre**2 / (centre + above), q) * centre - 0.5), 0.0)
    active = np.flatnonzero(k <= EXACT)
    while len(active):  # few single steps up, then down
        active = active[betainc(size[active], k[active] + 1, chance[active]) < q[active]]
        k[active] += 1
    active = np.flatnonzero((k > 0) & (k <= EXACT))
    while len(active):
        active = active[betainc(size[active], k[active], chance[active]) >= q[active]]
        k[active] -= 1
        active = active[k[active] > 0]
    out[at] = k
    return out.reshape(shape)


def _gamma_quantile(shape: Floats, level: Floats) -> Floats:
    """Quantile of a gamma distribution with mean 1, by interpolation over the logarithm of its shape."""
    out = np.empty(len(shape))
    where = np.log(np.clip(shape, *_SHAPES[[0, -1]]))
    for one in np.unique(level):
        mine = level == one
        out[mine] = np.interp(where[mine], np.log(_SHAPES), gammaincinv(_SHAPES, one) / _SHAPES)
    return out


EXACT = 100  # pieces up to which the quantile is exact
_SHAPES = np.geomspace(1e-3, 1e7, 1501)


def pinball(actual: Floats, quantile: Floats, level: float) -> Floats:
    """Pinball loss (Koenker & Bassett 1978) of a quantile forecast."""
    return np.asarray(np.maximum(level * (actual - quantile), (level - 1) * (actual - quantile)))


def _known(values: Floats, lag: int) -> Floats:
    """Sum over origins whose interval has passed at each origin: those at least `lag` weeks before it."""
    total = np.cumsum(values, axis=1)
    out = np.zeros(values.shape)
    if lag < values.shape[1]:
        out[:, lag:] = total[:, : values.shape[1] - lag]
    return out
