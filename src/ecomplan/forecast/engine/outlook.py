"""What a panel looks like ahead of an origin: members, network where it earned its place, widths as the past proved.

At past origins of the same panel (a horizon back, and further back for small panels) the same steps are done with
what was known then; what followed decides whether the network comes in, the weights, and the widths' factors.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from ecomplan.forecast.engine import gate, intervals
from ecomplan.forecast.engine.combine import NORMAL, Members, combine, gather, past_weights
from ecomplan.forecast.engine.frame import Panel
from ecomplan.forecast.engine.network import Networks
from ecomplan.forecast.engine.origin import Origins, Regressors, past_end, working
from ecomplan.forecast.engine.settings import Name, Settings

#: past origins times series that the factors should rest on, and the most past origins
WANTED_SCORES, MOST_ORIGINS = 100, 4
#: leads of the panel's own error that count against a series' own in the weights from past performance
WEIGHT_PRIOR = 24.0


@dataclass(frozen=True)
class Past:
    """An origin with what followed: series `rows` of today's list, `ends`, `actual` [series, leads] (NaN: not yet)."""

    rows: np.ndarray
    which: np.ndarray
    ends: np.ndarray
    actual: np.ndarray


@dataclass(frozen=True)
class Outlook:
    """Quantiles [series, leads, quantiles] on the original scale, and how they came about.

    by_member: each member's own quantiles, model widths unchanged. network: the network's, where it was trained.
    """

    quantiles: np.ndarray
    by_member: dict[str, np.ndarray]
    left_out: dict[str, int]
    verdict: gate.Verdict | None
    factors: intervals.Factors | None


class Forecaster:
    """Outlooks of a panel at any origins; fits and networks of an origin are made once."""

    def __init__(self, panel: Panel, settings: Settings, seed: int, names: Sequence[Name],
                 regressors: Regressors | None = None, progress: Callable[[int, int], None] | None = None):
        self.panel, self.settings = panel, settings
        self.origins = Origins(panel, settings, names, regressors, progress)
        self.networks = Networks(self.origins, seed) if settings.lstm == "auto" else None

    def at(self, which: Sequence[int], ends: Sequence[int]) -> Outlook:
        """The outlook of the series `which`, each after its first `ends` values."""
        which_now, ends_now = np.asarray(which), np.asarray(ends)
        combined = self._members(which_now, ends_now, self.settings.members)
        pasts = self._pasts(which_now, ends_now)
        then = [self._members(past.which, past.ends, self.settings.members) for past in pasts]
        weights = self._weights(pasts, then, len(which_now)) if self.settings.combination == "performance" else None
        shares = [None if weights is None else weights[past.rows] for past in pasts]
        bases = [self._base(there, past.which, past.ends, share)
                 for there, past, share in zip(then, pasts, shares, strict=True)]
        base = self._base(combined, which_now, ends_now, weights)
        verdict, network = None, None
        if self.networks is not None and pasts:
            verdict, bases = self.networks.earn(pasts, then, bases)
            if verdict.any:
                network, _ = self.networks.quantiles(which_now, ends_now)
                both = self.networks.joined(combined, base, which_now, ends_now)
                base = gate.joined(base, both, point=verdict.point, spread=verdict.spread)
        factors = None
        if pasts and self.settings.conformal:
            hardness = self._hardness(pasts, which_now, ends_now)
            factors = intervals.learn(bases, [past.actual for past in pasts], hardness)
        found = intervals.stretch(base, factors, self.settings.width_by_lead)
        fits = self.origins.fits(which_now.tolist(), ends_now.tolist())
        by_member: dict[str, np.ndarray] = {
            name: np.array([fit[name].mean[:, None] + fit[name].sigma[:, None] * NORMAL for fit in fits])
            for name in self.origins.names
        }
        if network is not None:
            by_member["lstm"] = network
        return Outlook(
            self._original(found, which_now, ends_now),
            {name: self._original(values, which_now, ends_now) for name, values in by_member.items()},
            combined.left_out, verdict, factors,
        )

    def zhang(self, which: Sequence[int], ends: Sequence[int], seed: int) -> np.ndarray:
        """The literal Zhang hybrid's quantiles [series, leads, quantiles] on the original scale, spread as SARIMA's."""
        from ecomplan.forecast.engine.zhang import fit_zhang

        fits = [fit["sarima"] for fit in self.origins.fits(which, ends)]
        width = np.array([fit.sigma for fit in fits])[..., None] * NORMAL
        known = [i for i, fit in enumerate(fits) if np.nanmax(np.abs(fit.errors), initial=0.0) > 0]
        centre = np.array([fit.mean for fit in fits])
        if known:
            centre[known] = fit_zhang([fits[i] for i in known], self.panel.horizon, seed=seed)
        return self._original(centre[..., None] + width, np.asarray(which), np.asarray(ends))

    def _members(self, which: np.ndarray, ends: np.ndarray, names: Sequence[Name]) -> Members:
        fits = self.origins.fits(which.tolist(), ends.tolist())
        ranges = np.array([np.ptp(self.origins.z(i, end)) for i, end in zip(which, ends, strict=True)])
        return gather(fits, names, ranges)

    def _base(self, members: Members, which: np.ndarray, ends: np.ndarray, weights: np.ndarray | None) -> np.ndarray:
        """The members' combined quantiles [series, leads, quantiles] before any factor."""
        scale = np.array([self.origins.scale(i, end) for i, end in zip(which, ends, strict=True)])
        width = intervals.pooled(members.width(), scale)
        centre = combine(members.mean, self.settings.combination, weights)
        return np.asarray(centre[..., None] + width[..., None] * NORMAL)

    def _pasts(self, which: np.ndarray, ends: np.ndarray) -> list[Past]:
        """Past origins, the nearest first; series whose history is too short for one are left out of it."""
        if not self.settings.conformal and self.settings.lstm == "never" and self.settings.combination != "performance":
            return []
        horizon, season = self.panel.horizon, self.panel.season
        wanted = self.settings.past_origins or min(MOST_ORIGINS, -(-WANTED_SCORES // len(which)))
        pasts = []
        for steps in range(1, wanted + 1):
            then = [past_end(int(end), horizon, season, steps) for end in ends]
            rows = np.array([row for row, end in enumerate(then) if end is not None], dtype=int)
            if not len(rows):
                break
            before = np.array([then[row] for row in rows], dtype=int)
            actual = np.full((len(rows), horizon), np.nan)
            for row, (i, end, today) in enumerate(zip(which[rows], before, ends[rows], strict=True)):
                known = min(horizon, today - end)
                actual[row, :known] = self.origins.z(i, end, end + known)[end:]
            pasts.append(Past(rows, which[rows], before, actual))
        return pasts

    def _hardness(self, pasts: list[Past], which: np.ndarray, ends: np.ndarray) -> list[np.ndarray] | None:
        """How hard each past origin was for SARIMA beside all others, parameters of today; None without SARIMA."""
        if "sarima" not in self.origins.names:
            return None
        horizon, errors = self.panel.horizon, []
        for i, end, fits in zip(which, ends, self.origins.fits(which.tolist(), ends.tolist()), strict=True):
            z, fit = self.origins.z(i, end), fits["sarima"]
            if np.ptp(z) == 0 or not hasattr(fit, "rolling") or (fit.sigma <= 0).any():
                errors.append(np.full((len(z), horizon), np.nan))
                continue
            ahead = np.arange(len(z))[:, None] + 1 + np.arange(horizon)
            came = np.where(ahead < len(z), z[np.minimum(ahead, len(z) - 1)], np.nan)
            errors.append((came - fit.rolling(horizon)) / fit.sigma)
        return [intervals.hardness_of([errors[row] for row in past.rows], past.ends.tolist(), horizon)
                for past in pasts]

    def _weights(self, pasts: list[Past], then: list[Members], series: int) -> np.ndarray | None:
        if not pasts:
            return None
        first, members = pasts[0], then[0]
        weights = np.full((series, len(members.names)), 1 / len(members.names))
        scale = np.array([self.origins.scale(i, end) for i, end in zip(first.which, first.ends, strict=True)])
        weights[first.rows] = past_weights(members.mean, first.actual, np.maximum(scale, 1e-9), WEIGHT_PRIOR)
        return weights

    def _original(self, quantiles: np.ndarray, which: np.ndarray, ends: np.ndarray) -> np.ndarray:
        """Back from the working scale; what was never negative is not forecast to be."""
        found = np.array(quantiles, dtype=float)
        for row, (i, end) in enumerate(zip(which, ends, strict=True)):
            y = self.panel.series[i].y[:end]
            if np.ptp(y) == 0:
                found[row] = y[-1]
            elif working(y)[1]:
                found[row] = np.exp(np.clip(found[row], -700, 700))
            elif (y >= 0).all():
                found[row] = np.maximum(found[row], 0)
        return found

