"""The network at any origin of a panel, and how it joins the other members."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ecomplan.forecast.engine import gate, intervals
from ecomplan.forecast.engine.combine import MIDDLE, combine
from ecomplan.forecast.engine.frame import QUANTILES
from ecomplan.forecast.engine.origin import Origins

if TYPE_CHECKING:
    from ecomplan.forecast.engine.combine import Members
    from ecomplan.forecast.engine.outlook import Past

#: the network's share of the width where it earned it
WIDTH_SHARE = 0.5


class Networks:
    """The global network trained at the origins asked for, each once."""

    def __init__(self, origins: Origins, seed: int):
        self._origins, self._seed, self._how = origins, seed, origins.settings.combination
        self._made: dict[tuple[tuple[int, ...], tuple[int, ...]], tuple[np.ndarray, str | None]] = {}

    def quantiles(self, which: np.ndarray, ends: np.ndarray) -> tuple[np.ndarray, str | None]:
        """[series, leads, quantiles] on the working scale, NaN for series constant so far; and, where the panel was
        too small to train on (all NaN then), why."""
        from ecomplan.forecast.engine.lstm import fit_lstm

        key = tuple(which.tolist()), tuple(ends.tolist())
        if key not in self._made:
            panel = self._origins.panel
            fits = [fit["sarima"] for fit in self._origins.fits(*key)]
            z = [self._origins.z(i, end) for i, end in zip(which, ends, strict=True)]
            usable = [row for row, values in enumerate(z) if np.ptp(values) > 0]
            found = np.full((len(z), panel.horizon, len(QUANTILES)), np.nan)
            fitted = fit_lstm([fits[row] for row in usable], [z[row] for row in usable], panel.horizon, panel.season,
                              seed=self._seed)
            if fitted.reason is None:
                found[usable] = [fitted.quantiles(number) for number in range(len(usable))]
            self._made[key] = found, fitted.reason
        return self._made[key]

    def earn(self, pasts: Sequence[Past], then: Sequence[Members], bases: Sequence[np.ndarray],
             weights: Sequence[np.ndarray | None]) -> tuple[gate.Verdict, list[np.ndarray]]:
        """Whether the network comes in, and what the past origins' quantiles are with that decision.

        Both sides are compared with widths stretched to what followed, so that the network cannot win by a width
        that the conformal factors would have found without it.
        """
        trials: list[gate.Trial] = []
        with_it: list[np.ndarray] = []
        for past, members, base, weight in zip(pasts, then, bases, weights, strict=True):
            network, reason = self.quantiles(past.which, past.ends)
            if reason:
                if not trials:
                    return gate.without_network(reason, len(past.rows)), list(bases)
                break
            other = joined(members, base, network, self._how, weight)
            with_it.append(other)
            scale = np.array([self._origins.scale(i, end) for i, end in zip(past.which, past.ends, strict=True)])
            fair = [intervals.stretch(one, intervals.learn([one], [past.actual])) for one in (base, other)]
            trials.append(gate.Trial(fair[0], fair[1], past.actual, scale, past.which))
        verdict = gate.earn(trials, seed=self._seed)
        chosen = [gate.joined(base, other, point=verdict.point, spread=verdict.spread)
                  for base, other in zip(bases, with_it, strict=False)]
        return verdict, chosen + list(bases[len(chosen):])


def joined(
    members: Members, base: np.ndarray, network: np.ndarray, how: str, weights: np.ndarray | None = None,
) -> np.ndarray:
    """Quantiles [series, leads, quantiles] with the network as a further member.

    The centre is combined anew with the network among the members (it weighs as much as they do on average, where
    `weights` [series, members] are given); the width is the mean of the members' and the network's. Where the network
    has nothing to say (NaN) the base stays.
    """
    there = np.isfinite(network[:, 0, MIDDLE])[:, None, None]
    means = np.concatenate([members.mean, network[:, None, :, MIDDLE]], axis=1)
    if weights is not None:
        weights = np.concatenate([weights, weights.mean(axis=1, keepdims=True)], axis=1)
    distance = (1 - WIDTH_SHARE) * (base - base[..., MIDDLE, None])
    distance = distance + WIDTH_SHARE * (network - network[..., MIDDLE, None])
    return np.asarray(np.where(there, combine(means, how, weights)[..., None] + distance, base))
