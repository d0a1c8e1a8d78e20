"""BH-33: the documents' two rules for the screen, judged on simulated sessions whose truth is known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ecomplan.estimate import Estimate
from ecomplan.investment.responses.chances import spread

Array = NDArray[np.float64]
HOVER, DEAD_CLICKS = "s0_search_hover_trigger", "s0_dead_click_trigger"


@dataclass(frozen=True)
class Sessions:
    """Simulated sessions, each of shape (sessions,): lost or not, seconds in the search box, dead clicks in a row."""

    lost: NDArray[np.bool_]
    hover: Array
    clicks: NDArray[np.int64]


def simulate(
    rng: np.random.Generator, number: int, *, lost_share: float, hover: tuple[float, float], hover_spread: float,
    dead_click: tuple[float, float],
) -> Sessions:
    """Sessions with lognormal stays in the search box and geometric runs of dead clicks, (focused, lost) each."""
    lost = rng.random(number) < lost_share
    median = np.where(lost, hover[1], hover[0])
    stay = median * np.exp(rng.normal(0, hover_spread, number))
    chance = np.where(lost, dead_click[1], dead_click[0])
    return Sessions(lost, stay, rng.geometric(1 - chance) - 1)


@dataclass(frozen=True)
class Policy:
    """`rules`: seconds, clicks, value (change of conversion over today's, as a share) with limits, right, bounced."""

    rules: pd.DataFrame
    claimed: Estimate  # value of the documents' thresholds, as a share of conversion
    claimed_right: float  # share of interventions of the documents' rules that meet a lost visitor
    claimed_bounced: Estimate  # sessions driven away by them
    positive: float  # chance that the documents' rules raise conversion
    best_seconds: float
    best_clicks: int
    best: Estimate


def policy(
    sessions: Sessions, help_: Array, disturb: Array, *, conversion: float, ratio: float, seconds: float, clicks: int
) -> Policy:
    """Value of thresholds around the documents' `seconds` and `clicks`.

    Help turns a lost visitor into one who converts as the focused do with chance `help_`; it drives a focused one away
    with chance `disturb` (draws). `conversion` over all sessions, of the lost `ratio` of the focused one's. The same
    sessions serve every threshold.
    """
    share_lost = float(sessions.lost.mean())
    focused = conversion / (1 - share_lost + share_lost * ratio)
    rows = []
    kept: dict[tuple[float, int], tuple[Array, Array]] = {}
    for limit in sorted({1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0, 15.0, float(seconds)}):
        for run in sorted({2, 3, 4, 5, 6, 8, int(clicks)}):
            acts = (sessions.hover > limit) | (sessions.clicks >= run)
            hit, wrong = float((acts & sessions.lost).mean()), float((acts & ~sessions.lost).mean())
            gain = (help_ * hit * focused * (1 - ratio) - disturb * wrong * focused) / conversion
            kept[limit, run] = gain, disturb * wrong
            seen = spread(gain)
            rows.append({"seconds": limit, "clicks": run, "value": seen.value, "low": seen.low, "high": seen.high,
                         "mean": float(gain.mean()), "acts": hit + wrong, "right": hit / max(hit + wrong, 1e-12),
                         "bounced": float(np.median(disturb) * wrong)})
    rules = pd.DataFrame(rows)
    top = rules.iloc[int(rules["mean"].argmax())]
    gain, bounced = kept[float(seconds), int(clicks)]
    right = rules.loc[(rules["seconds"] == seconds) & (rules["clicks"] == clicks), "right"].iloc[0]
    return Policy(rules, spread(gain), float(right), spread(bounced), float((gain > 0).mean()), float(top["seconds"]),
                  int(top["clicks"]), spread(kept[float(top["seconds"]), int(top["clicks"])][0]))
