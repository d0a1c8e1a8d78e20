"""Where the methods disagree: spread of shares, change of rank, and whether the intervals still meet."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ecomplan.behaviour.attribution.methods import Shares


def disagreement(shares: Shares, journeys: np.ndarray, min_journeys: float, level: float = 0.8) -> pd.DataFrame:
    """One row a channel, largest spread first.

    `least`, `most` (methods) and `share_least`, `share_most` their shares; `spread` the difference with its interval
    `low`, `high` (from the same resamples, so that what both methods share cancels); `rank_best`, `rank_worst` (1 =
    most credit); `apart` whether the two methods' intervals do not meet; `few` whether fewer than `min_journeys`
    journeys met the channel.
    """
    column = np.arange(len(shares.channels))
    least, most = shares.share.argmin(axis=0), shares.share.argmax(axis=0)
    tails = [(1 - level) / 2, (1 + level) / 2]
    low, high = np.quantile(shares.draws, tails, axis=0)
    gap = shares.draws[:, most, column] - shares.draws[:, least, column]
    gap_low, gap_high = np.quantile(gap, tails, axis=0)
    spread = shares.share[most, column] - shares.share[least, column]
    ranks = pd.DataFrame(-shares.share).rank(axis=1, method="min").to_numpy().astype(int)
    frame = pd.DataFrame({
        "channel": shares.channels, "journeys": journeys,
        "least": [shares.methods[at] for at in least], "share_least": shares.share[least, column],
        "most": [shares.methods[at] for at in most], "share_most": shares.share[most, column],
        "spread": spread, "low": np.minimum(gap_low, spread), "high": np.maximum(gap_high, spread),
        "rank_best": ranks.min(axis=0), "rank_worst": ranks.max(axis=0),
        "apart": np.where(high[least, column] < low[most, column], "yes", "no"),
        "few": np.where(journeys < min_journeys, "yes", "no"),
    })
    return frame.sort_values("spread", ascending=False, kind="stable", ignore_index=True)


def moved_credit(shares: Shares, one: str, other: str, level: float = 0.8) -> dict[str, float]:
    """Share of all credit that lies on another channel by `other` than by `one`: half the sum of differences."""
    first, second = shares.methods.index(one), shares.methods.index(other)
    value = float(np.abs(shares.share[first] - shares.share[second]).sum() / 2)
    drawn = np.abs(shares.draws[:, first] - shares.draws[:, second]).sum(axis=1) / 2
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])
    return {"value": value, "low": float(min(low, value)), "high": float(max(high, value))}


def moves(shares: Shares, usual: str) -> pd.DataFrame:
    """method and `moved`: share of credit that each method puts elsewhere than `usual` does."""
    at = shares.methods.index(usual)
    frame = pd.DataFrame({
        "method": shares.methods, "moved": np.abs(shares.share - shares.share[at]).sum(axis=1) / 2,
    })
    return frame.sort_values("moved", kind="stable", ignore_index=True)


def spread(table: pd.DataFrame) -> dict[str, float]:
    """value, low and high of the widest spread."""
    found = table.iloc[0]
    return {"value": float(found["spread"]), "low": float(found["low"]), "high": float(found["high"])}


def same_leader(shares: Shares) -> str:
    """`yes` where every method gives the most to the same channel, else `no`."""
    return "yes" if len(set(shares.share.argmax(axis=1).tolist())) == 1 else "no"
