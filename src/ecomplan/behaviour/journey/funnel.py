"""The funnel: how many sessions reach each step, where they are lost, by platform and channel."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ecomplan.behaviour.journey.intervals import shown_levels
from ecomplan.behaviour.journey.sessions import DIMENSIONS, PURCHASE, STEPS, Log
from ecomplan.behaviour.statistics import wilson

#: what a visitor did at most, from touch to purchase: deepest first
DEPTHS = (
    ("basket", ("add_to_cart", "cart")),
    ("weighed up", ("wishlist_add", "compare", "review_page", "support_chat")),
    ("looked at a product", ("product_view",)),
    ("searched", ("search", "filter_results", "catalog")),
)
ONLY_TOUCHED = "touched only"
#: first event -> how the path begins
LEADS = {
    "search": "search", "filter_results": "search", "home": "home page", "catalog": "catalogue",
    "product_view": "product page", "promo_page": "promotion",
}


def funnel(sessions: pd.DataFrame, min_group: int) -> pd.DataFrame:
    """Sessions per step, overall and by level of each dimension.

    Columns: dimension, level, step, sessions, of_visits (+ _low, _high), passed (share of the step before, with
    _low and _high; 1 for the first), lost (sessions). Levels with fewer than `min_group` users are left out.
    """
    rows = [_steps(sessions, "all", "all sessions")]
    rows += [
        _steps(sessions[sessions[by] == level], by, level)
        for by in DIMENSIONS for level in shown_levels(sessions, by, min_group)
    ]
    return pd.concat(rows, ignore_index=True)


def _steps(sessions: pd.DataFrame, dimension: str, level: str) -> pd.DataFrame:
    reached = sessions[list(STEPS)].sum().to_numpy(dtype=float)
    before = np.r_[reached[0], reached[:-1]]
    low, high = wilson(reached, reached[0])
    passed_low, passed_high = wilson(reached, before)
    return pd.DataFrame({
        "dimension": dimension, "level": level, "step": STEPS, "sessions": reached.astype("int64"),
        "of_visits": reached / max(reached[0], 1), "of_visits_low": low, "of_visits_high": high,
        "passed": np.divide(reached, before, out=np.zeros_like(reached), where=before > 0),
        "passed_low": passed_low, "passed_high": passed_high, "lost": (before - reached).astype("int64"),
    })


def losses_by_step(table: pd.DataFrame) -> pd.DataFrame:
    """Steps of the whole funnel by the share of arriving sessions they lose, largest first."""
    whole = table[(table["dimension"] == "all") & (table["step"] != STEPS[0])]
    return pd.DataFrame({
        "step": whole["step"], "arrived": whole["sessions"] + whole["lost"], "lost": whole["lost"],
        "loss": 1 - whole["passed"], "loss_low": 1 - whole["passed_high"], "loss_high": 1 - whole["passed_low"],
    }).sort_values(["loss", "step"], ascending=[False, True], ignore_index=True)


def path_kinds(sessions: pd.DataFrame, min_group: int) -> pd.DataFrame:
    """Sessions and conversion by how the path begins: lead, sessions, purchases, events (mean), share, low, high."""
    lead = sessions["landing"].map(LEADS).fillna("elsewhere")
    frame = sessions.assign(lead=lead)
    frame = frame[frame["lead"].isin(shown_levels(frame, "lead", min_group))]
    return _yield(frame, ["lead"]).sort_values("sessions", ascending=False, ignore_index=True)


def touch_matrix(log: Log, min_group: int) -> pd.DataFrame:
    """Touch (channel) by interaction (deepest thing done) by conversion: flow and yield of each cell.

    Columns: channel, interaction, sessions, users, flow (share of all sessions), purchases, share, low, high. Cells
    with fewer than `min_group` users are left out.
    """
    frame = log.sessions.assign(interaction=ONLY_TOUCHED)
    for depth, names in reversed(DEPTHS):
        hit = log.events.loc[log.events["event"].isin(names), "session"].unique()
        frame.loc[frame["session"].isin(hit), "interaction"] = depth
    cells = _yield(frame, ["channel", "interaction"])
    cells["flow"] = cells["sessions"] / len(frame)
    cells = cells[cells["users"] >= min_group]
    order = {name: at for at, name in enumerate([ONLY_TOUCHED, *[depth for depth, _ in reversed(DEPTHS)]])}
    return cells.sort_values(["channel", "interaction"], key=lambda column: column.map(order).fillna(0)
                             if column.name == "interaction" else column, ignore_index=True)


def bounces(sessions: pd.DataFrame, min_group: int) -> pd.DataFrame:
    """Share of sessions with a single event: by landing page, platform, channel and lifecycle.

    Columns: dimension, level, sessions, bounced, share, low, high.
    """
    rows = [("all", "all sessions", sessions)]
    rows += [
        (by, level, sessions[sessions[by] == level])
        for by in ("landing", *DIMENSIONS) for level in shown_levels(sessions, by, min_group)
    ]
    table = pd.DataFrame([
        {"dimension": by, "level": level, "sessions": len(part), "bounced": int(part["bounced"].sum())}
        for by, level, part in rows
    ])
    low, high = wilson(table["bounced"], table["sessions"])
    return table.assign(share=table["bounced"] / table["sessions"], low=low, high=high)


def user_stages(log: Log) -> pd.DataFrame:
    """Users by the furthest of four stages that a log can show: stage, users, share of all users (low, high).

    Awareness: has visited. Interest: has seen a product. Purchase: has bought. Retention: has bought in two sessions.
    """
    users = log.sessions.groupby("user").agg(product=("product page", "any"), bought=(PURCHASE, "sum"))
    reached = [len(users), int(users["product"].sum()), int((users["bought"] >= 1).sum()),
               int((users["bought"] >= 2).sum())]
    low, high = wilson(reached, len(users))
    return pd.DataFrame({
        "stage": ["awareness", "interest", "purchase", "retention"], "users": reached,
        "share": np.array(reached) / len(users), "low": low, "high": high,
    })


def _yield(frame: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    table = frame.groupby(by).agg(
        sessions=("session", "size"), users=("user_id", "nunique"), purchases=(PURCHASE, "sum"),
        events=("events", "mean"),
    ).reset_index()
    low, high = wilson(table["purchases"], table["sessions"])
    return table.assign(share=table["purchases"] / table["sessions"], low=low, high=high)
