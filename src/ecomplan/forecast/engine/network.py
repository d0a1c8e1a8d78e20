"""The network at any origin of a panel, and what it makes of the combination there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ecomplan.forecast.engine import gate, intervals
from ecomplan.forecast.engine.frame import QUANTILES
from ecomplan.forecast.engine.origin import Origins

if TYPE_CHECKING:
    from ecomplan.forecast.engine.combine import Members
    from ecomplan.forecast.engine.outlook import Past

#: # ASSUME: the network weighs only half, so that a wrong decision costs little either way: its gain must be likely,
#: # not proven. Chosen on M1, on quarterly panels and on earlier origins of M3 and Tourism (0.5 to 0.8 do the same)
LIKELY = gate.GateSettings(confidence=0.7)


class Networks:
    """The global network trained at the origins asked for, each once."""

    def __init__(self, origins: Origins, seed: int):
        self._origins, self._seed = origins, seed
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

    def joined(self, members: Members, base: np.ndarray, which: np.ndarray, ends: np.ndarray) -> np.ndarray:
        """The combination's quantiles `base` [series, leads, quantiles] as the network would have them (see gate);
        untouched where SARIMA, on whose errors the network rests, was left out."""
        network, _ = self.quantiles(which, ends)
        if "sarima" in members.names:
            sarima = members.mean[:, members.names.index("sarima")]
        else:
            sarima = np.array([fit["sarima"].mean for fit in self._origins.fits(which.tolist(), ends.tolist())])
        return gate.corrected(base, sarima, network)

    def earn(
        self, pasts: Sequence[Past], then: Sequence[Members], bases: Sequence[np.ndarray],
    ) -> tuple[gate.Verdict, list[np.ndarray]]:
        """Whether the network comes in, and what the past origins' quantiles are with that decision.

        Both sides are compared with widths stretched to what followed, so that the network cannot win by a width
        that the conformal factors would have found without it.
        """
        trials: list[gate.Trial] = []
        with_it: list[np.ndarray] = []
        for past, members, base in zip(pasts, then, bases, strict=True):
            _, reason = self.quantiles(past.which, past.ends)
            if reason:
                if not trials:
                    return gate.without_network(reason, len(past.rows)), list(bases)
                break
            other = self.joined(members, base, past.which, past.ends)
            with_it.append(other)
            scale = np.array([self._origins.scale(i, end) for i, end in zip(past.which, past.ends, strict=True)])
            fair = [intervals.stretch(one, intervals.learn([one], [past.actual])) for one in (base, other)]
            trials.append(gate.Trial(fair[0], fair[1], past.actual, scale, past.which))
        verdict = gate.earn(trials, settings=LIKELY, seed=self._seed)
        chosen = [gate.joined(base, other, point=verdict.point, spread=verdict.spread)
                  for base, other in zip(bases, with_it, strict=False)]
        return verdict, chosen + list(bases[len(chosen):])
