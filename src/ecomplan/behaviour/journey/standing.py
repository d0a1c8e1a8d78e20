"""Where the documents' figures on paths stand against this log: keyword arguments of `Stage.claim`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ecomplan.behaviour.journey.path_length import FAULTS
from ecomplan.behaviour.journey.sessions import PURCHASE, Log
from ecomplan.claims import Claims

ELSEWHERE = "another shop's made-up log: its level says nothing of the platform's"
#: claims that a reader would look for here and that a click log cannot speak to
SILENT = {
    "s1_unpaid_at_verification_share": "The log has no verification step, so lost payments cannot be put down to it.",
    "s2_ctr_min": "The log begins with the visit; what was shown before and not clicked is not in it.",
    "s2_message_conversion_case": "The log does not say which message a visitor saw.",
    "s3_genz_decision_time": "The log has no ages; three seconds are attention, which clicks do not show.",
    "s0_decisions_starting_from_video": "The log has no video among its events.",
    "s3_matrix_aov_lift": "The log has no order values.",
    "s3_matrix_return_change": "The log has no returns.",
    "s1_path_stage_count": "Any path can be drawn in three stages or four; a log does not decide it.",
}

Part = dict[str, Any]


def parts_of(findings: Mapping[str, Any]) -> dict[str, Part | None]:
    """Recorded findings by name without their stage: value, low, high; None for text."""
    return {
        key.split(".", 1)[1]: None if isinstance(item.value, str)
        else {"value": item.value, "low": item.low, "high": item.high} for key, item in findings.items()
    }


def claims_of(parts: dict[str, Part | None], leaks: int, touchpoints: int, measured_nodes: int,
              claims: Claims) -> list[dict[str, Any]]:
    """parts: findings by name (see `parts_of`); leaks: leak points; touchpoints: kinds of event that visitors meet."""
    rows: list[dict[str, Any]] = []

    def add(key: str, role: str, reading: str, part: Part | None = None, scale: float = 1, verdict: str | None = None,
            unless: str = "not testable") -> None:
        known = part is not None and part["value"] is not None
        row: dict[str, Any] = {"key": key, "role": role, "reading": reading, "evidence": "companion"}
        if role == "tested":
            row["verdict"] = verdict if known or part is None else unless
        if known and part is not None:
            row |= {name: part[at] * scale for name, at in (("observed", "value"), ("low", "low"), ("high", "high"))
                    if part[at] is not None}
        rows.append(row)

    def part(name: str) -> Part | None:
        found = parts.get(name)
        return found if found and found["value"] is not None else None

    for key, name, reading in (
        ("s3_core_path_loss_target", "path_loss", "Sessions lost between the visit and the order"),
        ("s3_cart_order_target", "basket_to_order", "Sessions with a basket that end in a purchase"),
        ("s1_conversion_target", "conversion", "Sessions that end in a purchase"),
        ("s3_home_bounce_max", "bounce_home", "Sessions that begin and end on the home page"),
        ("s2_landing_bounce_max", "bounce", "Sessions with a single event, whatever the landing page"),
        ("s1_bounce_target", "bounce", "Sessions with a single event"),
    ):
        add(key, "target", f"{reading}, in {ELSEWHERE}.", part(name), 100)
    add("s1_decision_time_target", "target",
        f"Mean time from first event to purchase within a session, in {ELSEWHERE}.", part("decision_mean"))
    gain = part("all_edits_gain")
    add("s1_path_conversion_gain_target", "target",
        "Points of conversion if every path edit moved its share of visitors at once and these behaved as others do.",
        gain, 100)
    unpaid = part("unpaid")
    add("s1_unpaid_share", "tested", f"Sessions with payment details that are never paid, in {ELSEWHERE}.", unpaid, 100,
        _inside(unpaid, claims["s1_unpaid_share"].share))
    page = part("page_to_order")
    add("s2_good_page_conversion", "tested", f"Sessions with a product page that end in a purchase, in {ELSEWHERE}.",
        page, 100, _inside(page, claims["s2_good_page_conversion"].share))
    touches = part("touches")
    add("s3_path_touchpoints_mean", "tested", "Mean events up to the purchase in buying sessions.", touches, 1,
        _inside(touches, claims["s3_path_touchpoints_mean"].range[0]))
    add("s3_path_leak_points", "tested", "Kinds of event after which visits end more often than after the average one.",
        {"value": leaks, "low": None, "high": None}, 1,
        "holds" if leaks == claims["s3_path_leak_points"].range[0] else "fails")
    change = part("long_path_change")
    stated = claims["s3_path_complexity_conversion_change"].share
    add("s3_path_complexity_conversion_change", "tested",
        "Sessions with a basket: conversion of paths longer than the median against shorter ones; not a test, an "
        "association.", change, 100, _change(change, stated))
    session, user = part("decision_median"), part("decision_days")
    hours = claims["s1_decision_time_market"].range[0]
    add("s1_decision_time_market", "tested",
        "Median time to the purchase within a buying session; over all sessions since the first visit it is weeks.",
        session, 1 / 3600, "fails" if session is None or session["value"] > hours * 3600 else
        "holds in part" if user is None or user["value"] * 24 > hours else "holds")
    most = claims["s1_touchpoint_count"].range[0]
    add("s1_touchpoint_count", "tested", "Kinds of event that a visitor can meet in the log, faults left out.",
        {"value": touchpoints, "low": None, "high": None}, 1, "holds" if touchpoints >= most else "fails")
    add("s2_node_count", "limit", f"Of the nodes of the checklist, {measured_nodes} leave a trace in the log: click, "
        "action, payment; exposure, message and trust do not.")
    add("s2_journey_stages", "limit",
        "Users are followed over awareness, interest, purchase and retention; advocacy leaves no trace in the log.")
    add("s1_confidence_floor", "limit", "Predictions below this confidence go to the review queue.")
    for key, reading in SILENT.items():
        add(key, "tested", reading, verdict="not testable")
    return rows


def _inside(part: Part | None, stated: float) -> str:
    if part is None:
        return "not testable"
    return "holds" if part["low"] <= stated <= part["high"] else "fails"


def _change(part: Part | None, stated: float) -> str:
    """holds: the stated change lies in the range; in part: the same sign all over it; fails otherwise."""
    if part is None:
        return "not testable"
    if part["low"] <= stated <= part["high"]:
        return "holds"
    return "holds in part" if part["high"] < 0 else "fails"


def touchpoints(log: Log) -> int:
    """Kinds of event in a log that a visitor can meet, faults and the purchase itself left out."""
    return len(set(log.events["event"]) - {*FAULTS, PURCHASE})
