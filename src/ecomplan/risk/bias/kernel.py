"""Group exposure of many rankings, and logs with their articles dealt anew: the inner loops, compiled.

Candidates 0 to `members` - 1 are the group. A list shows the best scores in order; its exposure share is the weight of
the positions that the group holds over the weight of all positions shown.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ecomplan.compiling import fused

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]
Draws = NDArray[np.uint32]
Counts = NDArray[np.int64]

#: steps of the table of quantiles that noise is read from, and the bits of a draw that choose a place within a step
STEPS, FINE = 4096, 20
#: candidates of one side above which a look at the worst of the best pays
LONG = 96


@fused
def _best_of(score: Singles, best: Singles) -> None:
    """The greatest of `score` in falling order into `best`.

    Each score sinks through the best so far, without branches that depend on it; on a long side those that would
    sink to the end are left out first.
    """
    most = best.size
    for place in range(most):
        best[place] = -np.inf
    long = score.size > LONG
    for i in range(score.size):
        value = score[i]
        if long and value <= best[most - 1]:
            continue
        for place in range(most):
            above = best[place]
            best[place] = max(above, value)
            value = min(above, value)


@fused
def shares_of(
    merit: Singles, bits: Draws, quantiles: Singles, spread: float, handicap: Singles, members: int,
    weights: Singles, out: Floats,
) -> None:
    """Mean exposure share of the group over the lists of each week, for each handicap.

    The score is `merit` (weeks, candidates) plus `spread` times a draw of noise, less `handicap` (levels,) for the
    group's candidates. Noise comes from the random `bits` (weeks, lists, candidates): the upper ones choose a step of
    `quantiles` (STEPS + 1,), the lower ones a place within it. `weights` (positions,) of the positions shown. Fills
    `out` (levels, weeks).
    A handicap moves the whole group and so leaves the order within each side as it is: both sides are ranked once,
    and each handicap only merges them. All handicaps see the same scores, so their differences carry little noise.
    """
    weeks, lists, candidates = bits.shape
    shown = weights.size
    total = weights.sum()
    scale = np.float32(spread)
    part = np.float32(1.0 / (1 << FINE))
    score = np.empty(candidates, np.float32)
    # each side ends in a place that is never filled: below it, the other side comes first
    own = np.full(min(shown, members) + 1, -np.inf, np.float32)
    others = np.full(min(shown, candidates - members) + 1, -np.inf, np.float32)
    for week in range(weeks):
        for one in range(lists):
            for i in range(candidates):
                draw = bits[week, one, i]
                step = np.int64(draw >> np.uint32(FINE))
                low = quantiles[step]
                place = np.float32(draw & np.uint32((1 << FINE) - 1)) * part
                score[i] = merit[week, i] + scale * (low + place * (quantiles[step + 1] - low))
            _best_of(score[:members], own[:-1])
            _best_of(score[members:], others[:-1])
            for level in range(handicap.size):
                loss = handicap[level]
                a = b = 0
                got = np.float32(0.0)
                for place_at in range(shown):
                    mine = own[a] - loss > others[b]
                    got += weights[place_at] * mine
                    a += mine
                    b += not mine
                out[level, week] += got / total
        for level in range(handicap.size):
            out[level, week] /= lists


@fused
def deal(items: Counts, starts: Counts, luck: Singles, codes: Counts, many: int, out: Counts) -> None:
    """Shuffle `items` (impressions,) within strata, in place, and count them by group into `out`, from zero.

    Stratum k reaches from `starts[k]` to before `starts[k + 1]`; `luck` (impressions,) is uniform in 0..1 (shuffle of
    Fisher and Yates, 1938). `codes` (features, impressions); `out` (features, groups x `many`).
    """
    out[:] = 0
    for k in range(starts.size - 1):
        first = starts[k]
        for i in range(starts[k + 1] - 1, first - 1, -1):
            j = first + min(np.int64(luck[i] * (i - first + 1)), i - first)
            items[i], items[j] = items[j], items[i]
            for feature in range(codes.shape[0]):
                out[feature, codes[feature, i] * many + items[i]] += 1
