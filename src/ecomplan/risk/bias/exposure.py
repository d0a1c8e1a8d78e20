"""Exposure of a group under a ranking: the setting, its weeks simulated, and the exact law of one fair list.

A fair list orders candidates whose scores do not depend on the group, so that the group's places are a random draw
without replacement; a biased one takes `handicap` standard deviations off each score of the group. Exposure counts
the attention of positions, 1/log2(rank + 1) as in discounted cumulative gain (Järvelin and Kekäläinen, 2002).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import comb
from typing import Any

import numpy as np
from scipy.special import ndtri

from ecomplan.errors import ParameterError
from ecomplan.risk.bias.kernel import STEPS, Floats, Singles, shares_of

WEEKS = 52
#: positions up to which the law of one list is enumerated
ENUMERATED = 14


@dataclass(frozen=True)
class Setting:
    """What is ranked and how an audit looks at it. Scores have variance 1 over candidates and lists together."""

    candidates: int
    members: int  # candidates of the watched group
    weights: Floats  # (positions,) attention
    merit_share: float
    lists: int  # a week
    renewal: float  # share of candidates a week

    @property
    def base(self) -> float:
        """The group's share of the candidates: its exposure share where nothing depends on the group."""
        return self.members / self.candidates

    def sized(self, candidates: int, shown: int, lists: int) -> Setting:
        """The same with other numbers; the group keeps its share."""
        kind = "equal" if np.ptp(self.weights) == 0 else "log"
        return replace(self, candidates=candidates, members=round(self.base * candidates), lists=lists,
                       weights=position_weights(kind, shown))

    def based(self, share: float) -> Setting:
        """The same with another share of the group."""
        return replace(self, members=_members(share, self.candidates))


def position_weights(kind: str, shown: int) -> Floats:
    """Attention of the positions shown (positions,). Raises ParameterError for an unknown kind."""
    if kind not in ("log", "equal"):
        raise ParameterError(f"bias.position_weight is {kind!r}; expected log or equal")
    return 1 / np.log2(np.arange(2, shown + 2)) if kind == "log" else np.ones(shown)


def _members(share: float, candidates: int) -> int:
    if not 0 <= share <= 1:
        raise ParameterError(f"bias.group_share is {share:g}; expected a share between 0 and 1")
    members = round(share * candidates)
    if not 0 < members < candidates:
        raise ParameterError(
            f"bias.group_share {share:g} of {candidates} candidates leaves one group only; nothing can be compared"
        )
    return members


def setting_of(p: Any) -> Setting:
    """The setting of the stage's parameters. Raises ParameterError where a group is absent or too much is shown."""
    members = _members(p.group_share, p.candidates)
    if p.shown > p.candidates:
        raise ParameterError(f"bias.shown is {p.shown}, above bias.candidates {p.candidates}")
    return Setting(p.candidates, members, position_weights(p.position_weight, p.shown), p.merit_share,
                   p.lists_a_week, p.renewal_a_week)


def ratio_at(share: Any, base: float) -> Any:
    """Exposure of a member of the group over that of another candidate, from the group's exposure share."""
    share = np.asarray(share, float)
    with np.errstate(divide="ignore"):
        return (share / base) / ((1 - share) / (1 - base))


def share_at(ratio: Any, base: float) -> Any:
    """The exposure share of the group at which that ratio holds."""
    ratio = np.asarray(ratio, float)
    return ratio * base / (ratio * base + 1 - base)


def weekly_shares(setting: Setting, handicap: Any, years: int, rng: np.random.Generator, weeks: int = WEEKS) -> Floats:
    """Exposure shares of the group (levels, years, weeks) for each handicap (levels,), in standard deviations.

    A candidate's merit stays from week to week until a new one takes its place; noise is drawn for each list. All
    handicaps see the same merits and noise.
    """
    levels: Singles = np.atleast_1d(np.asarray(handicap, np.float32))
    quantiles = ndtri((np.arange(STEPS + 1) + 0.5) / (STEPS + 1)).astype(np.float32)
    quantiles /= np.float32(_table_spread(quantiles))
    weights = setting.weights.astype(np.float32)
    kept, noisy = np.sqrt(setting.merit_share), np.sqrt(1 - setting.merit_share)
    shares = np.zeros((len(levels), years, weeks))
    out = np.zeros((len(levels), weeks))
    for year in range(years):
        merit = rng.standard_normal((weeks, setting.candidates), np.float32)
        _stay(merit, rng.random((weeks, setting.candidates), np.float32) >= setting.renewal)
        merit *= np.float32(kept)
        bits = rng.integers(0, 1 << 32, (weeks, setting.lists, setting.candidates), np.uint32)
        out[:] = 0
        shares_of(merit, bits, quantiles, noisy, levels, setting.members, weights, out)
        shares[:, year] = out
    return shares


def _stay(merit: Singles, stays: Any) -> None:
    """Carry merits over to the next week where the candidate stays; in place."""
    for week in range(1, len(merit)):
        np.copyto(merit[week], merit[week - 1], where=stays[week])


def _table_spread(quantiles: Singles) -> float:
    """Standard deviation of a draw from the table of quantiles: uniform over steps, linear within one."""
    low, high = quantiles[:-1].astype(float), quantiles[1:].astype(float)
    return float(np.sqrt(np.mean((low**2 + low * high + high**2) / 3)))


def fair_list(setting: Setting) -> tuple[Floats, Floats]:
    """The exact law of one fair list's exposure share: values in rising order and their chances.

    With equal weights the number of the group's places is hypergeometric; otherwise every pattern of places is
    enumerated, each as likely as its number of places makes it. Raises ParameterError where there are too many.
    """
    weights, shown = setting.weights, len(setting.weights)
    rest = setting.candidates - shown
    every = comb(setting.candidates, setting.members)
    ways = np.array([
        comb(rest, setting.members - places) / every if places <= setting.members else 0.0
        for places in range(shown + 1)
    ])
    if np.ptp(weights) == 0:
        chances = ways * [comb(shown, places) for places in range(shown + 1)]
        values = np.arange(shown + 1) / shown
    elif shown > ENUMERATED:
        raise ParameterError(f"the law of one list is enumerated up to {ENUMERATED} positions; {shown} are shown")
    else:
        patterns = (np.arange(1 << shown)[:, None] >> np.arange(shown)) & 1
        values, chances = patterns @ weights / weights.sum(), ways[patterns.sum(axis=1)]
        order = np.argsort(values, kind="stable")
        values, chances = values[order], chances[order]
    return values[chances > 0], chances[chances > 0]


def fair_spread(setting: Setting) -> float:
    """Standard deviation of one fair list's exposure share, from sampling without replacement."""
    n, part = setting.candidates, setting.weights / setting.weights.sum()
    return float(np.sqrt(setting.base * (1 - setting.base) * (part @ part - (1 - part @ part) / (n - 1))))
