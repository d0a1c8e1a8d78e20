"""Path length against conversion, and what search, weighing up and checkout cost a sale.

A path that ends in a purchase is longer by construction, so length is counted up to the first basket only, among
sessions that got that far: what came before the basket cannot be a consequence of buying.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd

from ecomplan.behaviour.journey import logistic
from ecomplan.behaviour.journey.intervals import bootstrap_ratio
from ecomplan.behaviour.journey.sessions import DIMENSIONS, FUNNEL, PURCHASE, Log
from ecomplan.behaviour.statistics import limits, wilson

#: upper ends of the length classes, in touches before the basket
CLASSES = (1, 3, 5, 7, 9)
SEARCH = ("search", "filter_results", "catalog", "home", "promo_page")
WEIGH = ("product_view", "compare", "review_page", "wishlist_add", "support_chat", "account_page")
FAULTS = ("error_page", "checkout_bug", "payment_error")


def with_basket(log: Log) -> pd.DataFrame:
    """Sessions with a logged basket: touches before it (search, weighing up), faults met before it, bought or not.

    Columns of Log.sessions and touches, search_steps, decision_steps, faults.
    """
    place = log.events[log.events["event"].isin(FUNNEL["basket"])].groupby("session")["place"].min()
    before = log.events[log.events["place"] < log.events["session"].map(place).fillna(0)]
    count = len(log.sessions)

    def seen(names: tuple[str, ...]) -> np.ndarray:
        hit = before.loc[before["event"].isin(names), "session"].to_numpy()
        return np.asarray(np.bincount(hit, minlength=count)[place.index.to_numpy()])

    return log.sessions.loc[place.index].assign(
        touches=place.to_numpy(), search_steps=seen(SEARCH), decision_steps=seen(WEIGH), faults=seen(FAULTS),
    ).reset_index(drop=True)


def dose(baskets: pd.DataFrame, min_group: int) -> pd.DataFrame:
    """Share of basket sessions that buy by touches before the basket.

    Columns: touches (class as text), touches_mean, sessions, users, purchases, share, low, high.
    """
    edges = np.array(CLASSES)
    at = np.searchsorted(edges, baskets["touches"].to_numpy())
    names = [f"0 to {edges[0]}", *[f"{low + 1} to {high}" for low, high in pairwise(CLASSES)],
             f"{edges[-1] + 1} and more"]
    table = baskets.assign(at=at).groupby("at").agg(
        touches_mean=("touches", "mean"), sessions=("session", "size"), users=("user_id", "nunique"),
        purchases=(PURCHASE, "sum"),
    )
    table = table[table["users"] >= min_group]
    low, high = wilson(table["purchases"], table["sessions"])
    return table.assign(
        touches=[names[at] for at in table.index], share=table["purchases"] / table["sessions"], low=low, high=high,
    ).reset_index(drop=True)[["touches", "touches_mean", "sessions", "users", "purchases", "share", "low", "high"]]


def long_against_short(baskets: pd.DataFrame, weights: np.ndarray) -> dict[str, float] | None:
    """Relative change of conversion from paths up to the median length to longer ones: value, low, high.

    None where one of the two halves is empty or nobody with a short path buys.
    """
    long = (baskets["touches"] > baskets["touches"].median()).to_numpy()
    bought = baskets[PURCHASE].to_numpy()
    user, users = baskets["user"].to_numpy(), weights.shape[1]
    parts = np.stack([np.bincount(user, weights=part.astype(float), minlength=users)
                      for part in (long & bought, long, ~long & bought, ~long)], axis=1)
    total, drawn = parts.sum(axis=0), weights @ parts
    if total[1] == 0 or total[2] == 0:
        return None

    def change(sums: np.ndarray) -> np.ndarray:
        return np.asarray((sums[..., 0] / sums[..., 1]) / (sums[..., 2] / sums[..., 3]) - 1)

    value = float(change(total))
    low, high = limits(change(drawn[(drawn[:, 1] > 0) & (drawn[:, 2] > 0)]))
    return {"value": value, "low": min(float(low), value), "high": max(float(high), value)}


def length_effect(baskets: pd.DataFrame, min_group: int) -> logistic.Fit:
    """Odds of buying per further touch before the basket, platform, channel and lifecycle held still."""
    return logistic.fit(baskets[PURCHASE], baskets[["touches"]], baskets[list(DIMENSIONS)], baskets["user"], min_group)


def cost_effect(baskets: pd.DataFrame, min_group: int) -> logistic.Fit:
    """Odds of buying per search step, per decision step and per fault met before the basket."""
    numbers = baskets[["search_steps", "decision_steps", "faults"]]
    return logistic.fit(baskets[PURCHASE], numbers, baskets[list(DIMENSIONS)], baskets["user"], min_group)


def bounce_effect(log: Log, min_group: int) -> logistic.Fit:
    """Odds of a single-event session by landing page, platform, channel and lifecycle."""
    sessions = log.sessions
    return logistic.fit(
        sessions["bounced"], sessions[[]], sessions[["landing", *DIMENSIONS]], sessions["user"], min_group,
    )


def touches_of_buyers(log: Log, weights: np.ndarray) -> tuple[float, float, float] | None:
    """Mean events up to and with the purchase in buying sessions, with its range; None without a purchase."""
    place = log.events[log.events["event"] == PURCHASE].groupby("session")["place"].min()
    if place.empty:
        return None
    user = log.sessions.loc[place.index, "user"].to_numpy()
    return bootstrap_ratio(place.to_numpy() + 1.0, np.ones(len(place)), user, weights)


#: upper ends of the dwell classes on a product page, in seconds
DWELL = (8, 12, 30, 60, 120)


def dwell(log: Log, min_group: int) -> pd.DataFrame:
    """Time on a product page against putting something in the basket next.

    One row a class of seconds until the next event: dwell, views, users, baskets, share, low, high. The last view of a
    session has no next event and is left out.
    """
    events = log.events
    same = (events["session"] == events["session"].shift(-1)) & (events["event"] == "product_view")
    seconds = (events["seconds"].shift(-1) - events["seconds"])[same]
    into = events["event"].shift(-1)[same].isin(FUNNEL["basket"])
    names = [f"up to {DWELL[0]}", *[f"{low} to {high}" for low, high in pairwise(DWELL)],
             f"above {DWELL[-1]}"]
    frame = pd.DataFrame({
        "at": np.searchsorted(np.array(DWELL), seconds.to_numpy()), "into": into.to_numpy(),
        "user": events["user"][same].to_numpy(),
    })
    table = frame.groupby("at").agg(views=("into", "size"), users=("user", "nunique"), baskets=("into", "sum"))
    table = table[table["users"] >= min_group]
    low, high = wilson(table["baskets"], table["views"])
    return table.assign(
        dwell=[names[at] for at in table.index], share=table["baskets"] / table["views"], low=low, high=high,
    ).reset_index(drop=True)[["dwell", "views", "users", "baskets", "share", "low", "high"]]
