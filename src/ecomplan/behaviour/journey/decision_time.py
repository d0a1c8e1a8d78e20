"""How long it takes from the first contact to the order: within a session, and over a user's sessions."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ecomplan.behaviour import statistics
from ecomplan.behaviour.journey.intervals import shown_levels
from ecomplan.behaviour.journey.sessions import PURCHASE, Log
from ecomplan.behaviour.statistics import limits, wilson

DAY = 86_400.0


def session_times(log: Log) -> pd.DataFrame:
    """Buying sessions: session, user, platform, seconds from the first event to the first purchase."""
    bought = log.events[log.events["event"] == PURCHASE].groupby("session")["seconds"].min()
    rows = log.sessions.loc[bought.index, ["session", "user", "user_id", "platform"]]
    return rows.assign(seconds=bought.to_numpy()).reset_index(drop=True)


def user_times(log: Log) -> pd.DataFrame:
    """Users: days from the first event to the first purchase (bought) or to the end of the log (not bought: censored).

    Columns: user, user_id, platform (of the first session), days, bought.
    """
    first = log.sessions.sort_values(["user", "start"], kind="stable").groupby("user").first()
    bought = log.events[log.events["event"] == PURCHASE].groupby("user")["time"].min().reindex(first.index)
    until = bought.fillna(log.events["time"].max())
    return pd.DataFrame({
        "user": first.index, "user_id": first["user_id"], "platform": first["platform"],
        "days": ((until - first["start"]).dt.total_seconds() / DAY).to_numpy(), "bought": bought.notna().to_numpy(),
    }).reset_index(drop=True)


def bought_by(time: np.ndarray, happened: np.ndarray) -> pd.DataFrame:
    """Share that has bought by each time at which someone bought, others censored (Kaplan and Meier 1958).

    Columns: time, at_risk, events, bought, low, high (80 %). The first row is time 0.
    """
    curve = statistics.kaplan_meier(time, happened)
    curve = curve[(curve["events"] > 0) | (curve["time"] == 0)]
    return curve.assign(
        at_risk=curve["at_risk"].astype("int64"), events=curve["events"].astype("int64"), bought=1 - curve["waiting"],
        low=1 - curve["high"], high=1 - curve["low"],
    )[["time", "at_risk", "events", "bought", "low", "high"]].reset_index(drop=True)


def curves(users: pd.DataFrame, min_group: int) -> pd.DataFrame:
    """The curve of all users and of each platform with at least `min_group` users; adds column platform.

    A curve ends where fewer than `min_group` users are still watched: beyond, single users would move it.
    """
    parts = [("all", users)]
    parts += [(level, users[users["platform"] == level]) for level in shown_levels(users, "platform", min_group)]
    table = pd.concat([
        bought_by(part["days"].to_numpy(), part["bought"].to_numpy()).assign(platform=name) for name, part in parts
    ], ignore_index=True)
    return table[(table["at_risk"] >= min_group) | (table["time"] == 0)].reset_index(drop=True)


def at(curve: pd.DataFrame, day: float) -> dict[str, float]:
    """value, low, high of one curve at a day."""
    row = curve[curve["time"] <= day].iloc[-1]
    return {"value": float(row["bought"]), "low": float(row["low"]), "high": float(row["high"])}


def median(curve: pd.DataFrame) -> dict[str, float] | None:
    """Time by which half have bought with its range (where the limits cross one half); None if half never do.

    An upper limit that the log does not reach is its last time.
    """
    if curve["bought"].iloc[-1] < 0.5:
        return None
    times = curve["time"].to_numpy()
    crossing = [float(times[np.argmax(curve[name].to_numpy() >= 0.5)]) if (curve[name] >= 0.5).any()
                else float(times[-1]) for name in ("high", "bought", "low")]
    return {"value": crossing[1], "low": min(crossing[0], crossing[1]), "high": max(crossing[2], crossing[1])}


def session_summary(times: pd.DataFrame, weights: np.ndarray, limit_seconds: tuple[float, ...],
                    min_group: int) -> pd.DataFrame:
    """Buying sessions, all and by platform: platform, sessions, median (seconds) with range, mean with range, and the
    share within each limit (columns within_<seconds>, with _low and _high: Wilson). Empty if nobody buys."""
    if times.empty:
        return pd.DataFrame(columns=["platform", "sessions", *(
            name + end for name in ("median", "mean", *(f"within_{limit:g}" for limit in limit_seconds))
            for end in ("", "_low", "_high")
        )])
    parts = [("all", times)]
    parts += [(level, times[times["platform"] == level]) for level in shown_levels(times, "platform", min_group)]
    rows = []
    for name, part in parts:
        seconds, drawn = part["seconds"].to_numpy(), weights[:, part["user"].to_numpy()]
        middle, mean = _median(seconds, np.ones((1, len(part))))[0], float(seconds.mean())
        total = drawn.sum(axis=1)
        ok = total > 0
        middle_low, middle_high = limits(_median(seconds, drawn[ok]))
        mean_low, mean_high = limits((drawn[ok] @ seconds) / total[ok])
        row = {
            "platform": name, "sessions": len(part), "median": middle, "median_low": min(float(middle_low), middle),
            "median_high": max(float(middle_high), middle), "mean": mean, "mean_low": min(float(mean_low), mean),
            "mean_high": max(float(mean_high), mean),
        }
        for limit in limit_seconds:
            hits = int((seconds <= limit).sum())
            low, high = wilson(hits, len(part))
            row |= {f"within_{limit:g}": hits / len(part), f"within_{limit:g}_low": float(low),
                    f"within_{limit:g}_high": float(high)}
        rows.append(row)
    return pd.DataFrame(rows)


def _median(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Weighted median of values for each row of weights (draws, values)."""
    order = np.argsort(values, kind="stable")
    upto = np.cumsum(weights[:, order], axis=1)
    return np.asarray(values[order][(upto >= upto[:, -1:] / 2).argmax(axis=1)])
