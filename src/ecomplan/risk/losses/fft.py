"""Exact aggregation of yearly losses by the fast Fourier transform, dependence included.

Embrechts & Frei (2009), "Panjer recursion versus FFT for compound distributions", Mathematical Methods of
Operations Research 69, 497-508: severities on a grid, exponential tilting against wrap-around (Grübel &
Hermesmeier, 1999), transform, compound, transform back. Given which shocks strike, groups are independent of each
other; given its factor, the counts of a group are independent (Vasicek, 1987): one quadrature a group, then the
transforms of independent blocks multiply.
"""

from __future__ import annotations

import itertools

import numpy as np
import numpy.typing as npt
from scipy.special import gammaln, ndtr, pdtr, roots_genlaguerre, roots_hermitenorm

from ecomplan.errors import ParameterError
from ecomplan.risk.losses.book import NEGATIVE_BINOMIAL, ONCE, Book, Floats, latent_at

Complexes = npt.NDArray[np.complex128]
TILT = 20.0  # exponents of ten lost at the end of the grid: e^-20
MOST_SHOCKS = 12  # shock states double with each
REST = 1e-12  # chance of more events than are counted


def severity_grid(book: Book, state: int, world: int, step: float, points: int) -> Floats:
    """(risks, points) chance that one loss, as the state leaves it, rounds to 0, step, 2 step, ...

    A loss above its cap counts as the cap; what lies above the grid is cut.
    """
    edges = (np.arange(points) + 0.5) * step
    out = np.zeros((book.risks, points))
    for i in range(book.risks):
        left = book.left[state, i, world]
        low, most = book.scale[i, world] * left, book.cap[i, world] * left
        if low <= 0:
            out[i, 0] = 1.0
            continue
        if book.heavy[i]:
            below = np.where(edges < low, 0.0, 1 - (low / np.maximum(edges, low)) ** book.shape[i])
        else:
            below = ndtr(np.log(edges / low) / book.shape[i])
        below[edges >= most] = 1.0
        out[i] = np.diff(below, prepend=0.0)
    return out


def yearly_loss(book: Book, state: str, step: float, points: int, world: int = 0, nodes: int = 48) -> Floats:
    """(points,) distribution of the yearly sum over risks in one world: chance of 0, step, 2 step, ...

    `nodes` points of quadrature over each common factor. Losses above the grid (points x step) are cut, so choose it
    well above the quantile looked for. Raises ParameterError for a grid without width or too many shocks.
    """
    if step <= 0 or points < 2:
        raise ParameterError(f"FFT grid: step {step:g} and points {points} are refused; expected above 0, from 2")
    if len(book.chance) > MOST_SHOCKS:
        raise ParameterError(f"FFT: {len(book.chance)} shocks are refused; expected {MOST_SHOCKS} at most")
    c = book.state(state)
    tilt = np.exp(-TILT / points * np.arange(points))
    size = np.fft.rfft(severity_grid(book, c, world, step, points) * tilt, axis=1)
    one = 1 + book.kept[c, :, world, None] * (size - 1)  # an event is kept, or costs nothing
    events = book.ordinary()[:, world]
    blocks = [np.flatnonzero(book.group == g) for g in range(len(book.freedom))]
    blocks += [np.array([i]) for i in np.flatnonzero(book.group < 0)]
    done: dict[tuple[int, tuple[float, ...]], Complexes] = {}
    total = np.zeros(one.shape[1], complex)
    shocks = len(book.chance)
    for struck in itertools.product((False, True), repeat=shocks):
        hit = np.array(struck, bool)
        weight = float(np.prod(np.where(hit, book.chance[:, world], 1 - book.chance[:, world])))
        if weight == 0:
            continue
        lift = np.prod(book.hits[hit], axis=0) if shocks else np.ones(book.risks)
        product = np.full(one.shape[1], weight, complex)
        for b, members in enumerate(blocks):
            key = (b, tuple(lift[members]))
            if key not in done:
                done[key] = _block(book, members, events * lift, one, nodes)
            product *= done[key]
        total += product
    return np.asarray(np.maximum(np.fft.irfft(total, points) / tilt, 0.0))


def _block(book: Book, members: npt.NDArray[np.intp], events: Floats, one: Complexes, nodes: int) -> Complexes:
    """Transform of the loss of one group, or of one risk by itself."""
    g = int(book.group[members[0]])
    if g < 0:
        i = int(members[0])
        return _generating(int(book.kind[i]), float(events[i]), float(book.spread[i]), one[i])
    z, weights = roots_hermitenorm(nodes)
    weights, stretch = weights / weights.sum(), np.ones_like(z)
    if free := int(book.freedom[g]):
        half, more = roots_genlaguerre(nodes // 2, free / 2 - 1)
        stretch = np.tile(np.sqrt(free / (2 * half)), len(z))
        z, weights = np.repeat(z, len(half)), np.outer(weights, more / more.sum()).ravel()
    product = np.ones((len(z), one.shape[1]), complex)
    for i in members:
        below = _distribution(int(book.kind[i]), float(events[i]), float(book.spread[i]))
        latent = latent_at(below, free)
        load = float(book.loading[i])
        given = ndtr((latent[None, :] / stretch[:, None] - load * z[:, None]) / np.sqrt(1 - load**2))
        given[:, -1] = 1.0
        chances = np.diff(given, axis=1, prepend=0.0)
        powers = one[i][None, :] ** np.arange(len(below))[:, None]
        product *= chances @ powers
    return np.asarray(weights @ product)


def _generating(kind: int, events: float, spread: float, at: Complexes) -> Complexes:
    """Probability generating function of a yearly count."""
    if kind == ONCE:
        return np.asarray(1 + min(events, 1.0) * (at - 1))
    if kind == NEGATIVE_BINOMIAL:
        return np.asarray((1 - (spread - 1) * (at - 1)) ** (-events / (spread - 1)))
    return np.asarray(np.exp(events * (at - 1)))


def _distribution(kind: int, events: float, spread: float) -> Floats:
    """Chance of at most 0, 1, 2, ... events, up to where the rest is below REST."""
    if kind == ONCE:
        return np.array([1 - min(events, 1.0), 1.0])
    most = int(events + 12 * np.sqrt(max(events, 1) * spread) + 30 * spread)
    k = np.arange(most + 1)
    if events <= 0:
        below = np.ones(most + 1)
    elif kind == NEGATIVE_BINOMIAL:
        size = events / (spread - 1)
        log = gammaln(k + size) - gammaln(size) - gammaln(k + 1) - size * np.log(spread)
        below = np.cumsum(np.exp(log + k * np.log1p(-1 / spread)))
    else:
        below = np.asarray(pdtr(k, events))
    end = min(int(np.searchsorted(below, 1 - REST)), most)
    return np.asarray(np.minimum(np.append(below[:end], 1.0), 1.0))


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
