"""Explained variance shared out over groups of regressors: the Shapley value over nested regressions.

Lindeman, Merenda & Gold (1980) average a regressor's gain in R² over all orders of entry, Kruskal (1987) argues for it
as relative importance; it is the Shapley value of the game whose worth is explained variance. Here players are groups,
and the worth is measured in sample (ordinary least squares) or on weeks not yet seen (ridge, refitted every week).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import factorial

import numpy as np
import numpy.typing as npt

from ecomplan.errors import DataError

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Design:
    """What the drivers are measured on: `y` [n], groups of columns [n, k], `week` numbers [n]."""

    y: Floats
    groups: Mapping[str, Floats]
    week: npt.NDArray[np.int64]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self.groups)

    def subset(self, mask: int) -> Floats:
        """The columns [n, k] of the groups whose bit is set."""
        parts = [part for bit, part in enumerate(self.groups.values()) if mask >> bit & 1]
        return np.hstack(parts) if parts else np.empty((len(self.y), 0))

    def until(self, n: int) -> Design:
        """The first `n` weeks."""
        return Design(self.y[:n], {name: part[:n] for name, part in self.groups.items()}, self.week[:n])


def shapley(worth: npt.ArrayLike) -> Floats:
    """Shapley values [players, ...] of a game; `worth` [2**players, ...] is indexed by the bits of the coalition."""
    values = np.asarray(worth, float)
    players = int(values.shape[0]).bit_length() - 1
    if values.shape[0] != 2**players:
        raise DataError(f"a game of p players has 2**p coalitions, found {values.shape[0]}")
    out = np.zeros((players, *values.shape[1:]))
    for mask in range(2**players):
        size = mask.bit_count()
        for player in range(players):
            if not mask >> player & 1:
                weight = factorial(size) * factorial(players - size - 1) / factorial(players)
                out[player] += weight * (values[mask | 1 << player] - values[mask])
    return out


def bases(design: Design) -> list[Floats]:
    """An orthonormal basis [n, rank] of each coalition's centred columns, by bit mask."""
    out = []
    for mask in range(2 ** len(design.names)):
        x = design.subset(mask)
        x = x - x.mean(0)
        scale = np.sqrt((x**2).mean(0))
        x = x[:, scale > 1e-12] / scale[scale > 1e-12]
        u, s, _ = np.linalg.svd(x, full_matrices=False)
        out.append(u[:, s > 1e-8 * max(float(s.max(initial=0)), 1e-300)])
    return out


def explained(basis: list[Floats], y: Floats) -> Floats:
    """R² in sample [coalitions, draws] of each column of `y` [n, draws]."""
    centred = y - y.mean(0)
    total = np.maximum((centred**2).sum(0), 1e-300)
    return np.array([((q.T @ centred) ** 2).sum(0) / total for q in basis])


def in_sample(design: Design) -> Floats:
    """Gains in R² of each group, averaged over all orders of entry [groups]; they add up to R² of the full model."""
    return shapley(explained(bases(design), design.y[:, None]))[:, 0]


def resampled(design: Design, draws: int, block: int, rng: np.random.Generator) -> Floats:
    """`in_sample` [groups, draws] on targets made of the full fit and blocks of its residuals."""
    basis = bases(design)
    return shapley(explained(basis, targets(design, basis[-1], draws, block, rng)))


def targets(design: Design, basis: Floats, draws: int, block: int, rng: np.random.Generator) -> Floats:
    """Made-up targets [n, draws]: the fit on `basis` plus circular blocks of its residuals, widened for the fit."""
    centre = design.y.mean()
    fit = centre + basis @ (basis.T @ (design.y - centre))
    n = len(fit)
    residual = (design.y - fit) * np.sqrt(n / max(n - basis.shape[1] - 1, 1))
    return np.asarray(fit[:, None] + residual[blocks(n, n, block, draws, rng)].T)


def blocks(n: int, length: int, block: int, draws: int, rng: np.random.Generator) -> npt.NDArray[np.int64]:
    """Row numbers [draws, length] of circular blocks of `block` rows (Politis & Romano 1992)."""
    starts = rng.integers(0, n, (draws, -(-length // block)))
    return ((starts[:, :, None] + np.arange(block)) % n).reshape(draws, -1)[:, :length]


def rolling(design: Design, first: int, ridge: float) -> Floats:
    """One-week-ahead forecasts [coalitions, n - first] of y, each from the weeks before alone.

    Ridge on columns standardised over the weeks before, `ridge` being the weight of the prior in weeks; a column
    that was constant so far is left out. Coalition 0 forecasts the mean so far.
    """
    n = len(design.y)
    if not 2 <= first < n:
        raise DataError(f"{n} weeks do not suffice: {first} to learn from and at least one to test")
    full = design.subset(2 ** len(design.names) - 1)
    sizes = [part.shape[1] for part in design.groups.values()]
    owner = np.repeat(np.arange(len(sizes)), sizes)
    out = np.empty((2 ** len(sizes), n - first))
    for t in range(first, n):
        past, y = full[:t], design.y[:t]
        centre, scale = past.mean(0), past.std(0)
        live = scale > 1e-9
        z = np.where(live, (past - centre) / np.where(live, scale, 1), 0)
        now = np.where(live, (full[t] - centre) / np.where(live, scale, 1), 0)
        mean = y.mean()
        gram, cross = z.T @ z, z.T @ (y - mean)
        for mask in range(len(out)):
            use = live & (mask >> owner & 1).astype(bool)
            k = int(use.sum())
            beta = np.linalg.solve(gram[np.ix_(use, use)] + ridge * np.eye(k), cross[use]) if k else np.zeros(0)
            out[mask, t - first] = mean + now[use] @ beta
    return out


def out_of_sample(design: Design, forecasts: Floats, picks: npt.NDArray[np.int64] | None = None) -> Floats:
    """Shapley shares [groups, draws] of R² on unseen weeks: 1 less squared errors over those of the mean so far
    (Campbell & Thompson 2008). `picks` [draws, tested weeks] resamples the tested weeks. Shares may be negative.
    """
    tested = forecasts.shape[1]
    errors = (design.y[-tested:] - forecasts) ** 2
    rows = np.arange(tested)[None, :] if picks is None else picks
    sums = errors[:, rows].sum(-1)
    return shapley(1 - sums / np.maximum(sums[0], 1e-300))
