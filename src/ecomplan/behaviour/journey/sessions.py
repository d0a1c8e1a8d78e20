"""An event log becomes sessions: one row a visit, with how far it got and when."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ecomplan.errors import DataError

#: step of the funnel -> the events that mean it is reached, in order; every session reaches the first
FUNNEL: dict[str, tuple[str, ...]] = {
    "visit": (),
    "product page": ("product_view",),
    "basket": ("add_to_cart", "cart"),
    "delivery details": ("shipping_details",),
    "payment details": ("payment_details",),
    "purchase": ("purchase",),
}
STEPS = tuple(FUNNEL)
PURCHASE = "purchase"
DIMENSIONS = ("platform", "channel", "lifecycle")
COLUMNS = ("user_id", "session_id", "event", "time", "platform", "channel", "lifecycle")


@dataclass(frozen=True)
class Log:
    """A clean event log.

    events: one row an event, ordered by user, session start and time; adds `session` and `user` (0, 1, ...),
    `place` (0 for a session's first event) and `seconds` since the session began.
    sessions: one row a session (row number = `session`): session_id, user_id, user, platform, channel, lifecycle,
    start, day, duration_seconds, events, landing, bounced, and one true/false column for each step of `FUNNEL`.
    duplicates: rows dropped because user, session, event and second were the same.
    """

    events: pd.DataFrame
    sessions: pd.DataFrame
    duplicates: int

    @property
    def users(self) -> int:
        return int(self.sessions["user"].max()) + 1


def tidy(events: pd.DataFrame) -> Log:
    """Order an event log, drop what was sent twice, and gather its sessions.

    Raises DataError for missing columns, an empty log, and a session that two users or two platforms share.
    """
    missing = [name for name in COLUMNS if name not in events.columns]
    if missing:
        raise DataError(f"table events: column {', '.join(missing)} is missing; expected {', '.join(COLUMNS)}")
    if events.empty:
        raise DataError("table events is empty; expected one row an event")
    for column in ("user_id", "platform", "channel", "lifecycle"):
        shared = events.groupby("session_id", sort=False)[column].nunique()
        if (shared > 1).any():
            raise DataError(
                f"table events: session {shared.index[shared > 1][0]} has {int(shared.max())} values of {column}; "
                f"expected one"
            )
    once = events.drop_duplicates(["user_id", "session_id", "event", "time"])
    start = once.groupby("session_id", sort=False)["time"].transform("min")
    frame = once.assign(start=start).sort_values(["user_id", "start", "session_id", "time"], kind="stable")
    frame["session"] = (frame["session_id"] != frame["session_id"].shift()).cumsum() - 1
    frame["user"] = (frame["user_id"] != frame["user_id"].shift()).cumsum() - 1
    frame["place"] = frame.groupby("session").cumcount()
    frame["seconds"] = (frame["time"] - frame["start"]).dt.total_seconds()
    frame = frame.reset_index(drop=True)
    return Log(frame.drop(columns="start"), _sessions(frame), len(events) - len(once))


def _sessions(frame: pd.DataFrame) -> pd.DataFrame:
    """One row a session from the ordered events."""
    grouped = frame.groupby("session", sort=True)
    sessions = grouped.agg(
        session_id=("session_id", "first"), user_id=("user_id", "first"), user=("user", "first"),
        platform=("platform", "first"), channel=("channel", "first"), lifecycle=("lifecycle", "first"),
        start=("time", "min"), duration_seconds=("seconds", "max"), events=("event", "size"),
        landing=("event", "first"),
    ).reset_index()
    sessions["day"] = sessions["start"].dt.normalize()
    sessions["bounced"] = sessions["events"] == 1
    reached = np.ones((len(sessions), len(STEPS)), dtype=bool)
    for column, names in enumerate(FUNNEL.values()):
        if names:
            hit = frame.loc[frame["event"].isin(names), "session"].to_numpy()
            reached[:, column] = np.bincount(hit, minlength=len(sessions)) > 0
    # a later step implies the earlier ones: who pays has had a basket, logged or not
    reached = np.logical_or.accumulate(reached[:, ::-1], axis=1)[:, ::-1]
    return sessions.assign(**{name: reached[:, column] for column, name in enumerate(STEPS)})


def gap_agreement(log: Log, gap_minutes: int) -> tuple[int, int]:
    """(sessions by the rule, session starts that both agree on): silence of `gap_minutes` begins a new session."""
    events = log.events.sort_values(["user", "time"], kind="stable")
    same_user = events["user"].to_numpy()[1:] == events["user"].to_numpy()[:-1]
    silence = np.diff(events["time"].to_numpy()) > np.timedelta64(gap_minutes, "m")
    by_rule = np.r_[True, ~same_user | silence]
    own = np.r_[True, events["session"].to_numpy()[1:] != events["session"].to_numpy()[:-1]]
    return int(by_rule.sum()), int((by_rule & own).sum())


def stamped_early(log: Log) -> tuple[int, int]:
    """(sessions whose purchase is stamped before their first payment details, sessions with both)."""
    first = log.events[log.events["event"].isin([PURCHASE, "payment_details"])].groupby(["session", "event"])["place"]
    places = first.min().unstack("event")
    if PURCHASE not in places or "payment_details" not in places:
        return 0, 0
    both = places.dropna()
    return int((both[PURCHASE] < both["payment_details"]).sum()), len(both)


def first_place(log: Log, names: tuple[str, ...]) -> pd.Series:
    """Place (0, 1, ...) and nothing else of the first of these events in each session that has one."""
    return log.events[log.events["event"].isin(names)].groupby("session")["place"].min()
