"""Do recommendations meet what a user has done before, and what does it cost where they do not?"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import betaincinv

from ecomplan.behaviour.statistics import wilson

#: shown to readers; key -> (history known, article shown belongs to it)
GROUPS = {"in the history": (True, True), "not in the history": (True, False), "no history known": (False, False)}

_GRID = 500  # quantiles of each posterior: finer changes the third digit only


def mismatch(logs: pd.DataFrame) -> pd.DataFrame:
    """How often a policy shows a user with known history an article outside of it.

    Columns: policy, impressions (to users with a history), hits (article clicked before), hits_by_chance (expected
    from a uniform choice), mismatch, low, high (80 % Wilson). A policy without such a user is left out.
    """
    known = logs[logs["history_items"] > 0]
    rows = [
        (policy, len(group), int(group["history_shown"].sum()), float((group["history_items"] / group["items"]).sum()))
        for policy, group in known.groupby("policy", sort=False)
    ]
    frame = pd.DataFrame(rows, columns=["policy", "impressions", "hits", "hits_by_chance"])
    if frame.empty:
        return frame.assign(mismatch=[], low=[], high=[])
    low, high = wilson(frame["impressions"] - frame["hits"], frame["impressions"])
    return frame.assign(mismatch=1 - frame["hits"] / frame["impressions"], low=low, high=high)


def click_rates(logs: pd.DataFrame) -> pd.DataFrame:
    """Click rate by whether the article shown belongs to the user's history.

    Columns: group (of `GROUPS`), impressions, clicks, rate, low, high (80 % Wilson); groups without impression are
    left out.
    """
    rows = []
    for name, (known, shown) in GROUPS.items():
        group = logs[((logs["history_items"] > 0) == known) & (logs["history_shown"] == shown)]
        if len(group):
            rows.append((name, len(group), int(group["click"].sum())))
    frame = pd.DataFrame(rows, columns=["group", "impressions", "clicks"])
    low, high = wilson(frame["clicks"], frame["impressions"])
    return frame.assign(rate=frame["clicks"] / frame["impressions"], low=low, high=high)


def match_effect(rates: pd.DataFrame) -> dict[str, tuple[float, float, float]]:
    """What showing an article of the history does to the click rate of users with one: (value, low, high).

    `lift`: relative gain of a match over a mismatch. `lost`: share of clicks that a mismatch loses. `lift_known`:
    rate of users with a history over those without, a selection and no effect. Rates have beta posteriors after
    Jeffreys' prior (half a click), computed on a grid of their quantiles: with a handful of clicks a bootstrap would
    not do. Value is the median, the interval the middle 80 %. Quantities without impressions in one of their groups
    are left out.
    """
    grid = (np.arange(_GRID) + 0.5) / _GRID
    clicks, rest = rates["clicks"].to_numpy(float), (rates["impressions"] - rates["clicks"]).to_numpy(float)
    quantiles = betaincinv(clicks[:, None] + 0.5, rest[:, None] + 0.5, grid)
    spread = dict(zip(rates["group"], quantiles, strict=True))
    hit, miss, none = GROUPS
    found: dict[str, tuple[float, float, float]] = {}
    for key, above, below in (("lift", hit, miss), ("lift_known", miss, none)):
        if above in spread and below in spread:
            low, middle, high = np.quantile(spread[above][:, None] / spread[below], [0.1, 0.5, 0.9])
            found[key] = (float(middle - 1), float(low - 1), float(high - 1))
    if "lift" in found:
        value, low, high = (1 - 1 / (1 + part) for part in found["lift"])
        found["lost"] = (value, low, high)
    return found


def cell(rates: pd.DataFrame, column: str) -> int:
    """Impressions or clicks where the article shown belongs to the history; 0 where that never happened."""
    return int(rates.loc[rates["group"] == next(iter(GROUPS)), column].sum())
