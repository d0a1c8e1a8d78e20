"""What faults, paths and times say, as keyword arguments of `Stage.finding`."""

from __future__ import annotations

from typing import Any

import pandas as pd

from ecomplan.behaviour.journey import incidents as faults
from ecomplan.behaviour.journey.chain import Chain, Counts, steps_to_purchase
from ecomplan.behaviour.journey.readings import NO_PURCHASE, finding, ranged
from ecomplan.behaviour.journey.sessions import PURCHASE, Log
from ecomplan.behaviour.statistics import limits


def incident_table(found: list[faults.Incident], log: Log) -> pd.DataFrame:
    """One row an incident, in the order of time: what, where, when, how much, which event came along."""
    rows = []
    for item in sorted(found, key=lambda one: one.first_day):
        along = faults.companions(item, log).iloc[0]
        lost, lost_low, lost_high = item.lost_purchases
        rows.append({
            "step": item.step, "before": item.before, "visitors": "all visitors" if item.dimension == "all"
            else item.level, "first_day": item.first_day, "last_day": item.last_day, "first_from": item.first_range[0],
            "first_to": item.first_range[1], "last_from": item.last_range[0], "last_to": item.last_range[1],
            "days": (item.last_day - item.first_day).days + 1, "sessions": item.sessions, "users": item.users,
            "inside": item.inside[0], "inside_low": item.inside[1], "inside_high": item.inside[2],
            "outside": item.outside[0], "outside_low": item.outside[1], "outside_high": item.outside[2],
            "lost": lost, "lost_low": lost_low, "lost_high": lost_high, "statistic": item.statistic,
            "p_value": item.p_value, "event": str(along["event"]), "event_inside": float(along["inside"]),
            "event_outside": float(along["outside"]),
        })
    columns = ["step", "before", "visitors", "first_day", "last_day", "first_from", "first_to", "last_from", "last_to",
               "days", "sessions", "users", "inside", "inside_low", "inside_high", "outside", "outside_low",
               "outside_high", "lost", "lost_low", "lost_high", "statistic", "p_value", "event", "event_inside",
               "event_outside"]
    return pd.DataFrame(rows, columns=columns)


def incident_days(found: list[faults.Incident], log: Log) -> pd.DataFrame:
    """The days of every incident (see incidents.daily), numbered in the order of time in column incident."""
    parts = [faults.daily(item, log).assign(incident=number)
             for number, item in enumerate(sorted(found, key=lambda one: one.first_day), start=1)]
    columns = ["day", "sessions", "share", "low", "high", "in_window", "incident"]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)


def incident_findings(table: pd.DataFrame, left: float) -> list[dict[str, Any]]:
    """How many, and for each (numbered in the order of time) step, visitors, days, shares, cost and event."""
    rows = [
        finding("incidents", "Faults found by the scan", len(table), "count", better="less", tables=["incidents"]),
        finding("incident_left_p", "p-value of the strongest window left after them", left, "index", tolerance=0.5),
    ]
    same: dict[str, Any] = {"tables": ["incidents"]}
    for number, row in enumerate(table.to_dict("records"), start=1):
        of = f"fault {number}"
        rows += [
            finding(f"incident_{number}_step", f"Step hit by {of}", f"{row['before']} to {row['step']}", "text",
                    **same),
            finding(f"incident_{number}_visitors", f"Visitors hit by {of}", row["visitors"], "text", **same),
            *[finding(f"incident_{number}_{name}", f"{text} of {of}", f"{row[name]:%Y-%m-%d}", "date", **same)
              for name, text in (("first_day", "First day"), ("last_day", "Last day"),
                                 ("first_from", "Earliest first day"), ("first_to", "Latest first day"),
                                 ("last_from", "Earliest last day"), ("last_to", "Latest last day"))],
            finding(f"incident_{number}_inside", f"Share that got on during {of}", row["inside"], "share",
                    row["inside_low"], row["inside_high"], better="more", **same),
            finding(f"incident_{number}_outside", f"Share that got on outside {of}", row["outside"], "share",
                    row["outside_low"], row["outside_high"], better="more", **same),
            finding(f"incident_{number}_lost", f"Purchases lost to {of}", row["lost"], "count", row["lost_low"],
                    row["lost_high"], better="less", tolerance=0.05, **same),
            finding(f"incident_{number}_p", f"p-value of {of}", row["p_value"], "index", tolerance=0.5, **same),
            finding(f"incident_{number}_event", f"Event that came along with {of}",
                    str(row["event"]).replace("_", " "), "text", **same),
            finding(f"incident_{number}_event_inside", f"Sessions with that event during {of}", row["event_inside"],
                    "share", **same),
            finding(f"incident_{number}_event_outside", f"Sessions with that event outside {of}", row["event_outside"],
                    "share", **same),
        ]
    return rows


def chain_findings(
    edges: pd.DataFrame, edits: pd.DataFrame, buying: dict[str, float], together: tuple[float, float],
    likeliest: tuple[list[str], float], counts: Counts,
) -> list[dict[str, Any]]:
    """The edge that carries most, the edit that adds most, steps to the purchase. buying: see `chain_numbers`;
    together: conversion now and with all edits; likeliest: path and its chance."""
    path, chance = likeliest
    inner = edges[edges["source"] != "start"]
    last = edges[edges["target"] == PURCHASE]
    rows = [
        finding("chain_states", "Events in the chain", len(counts.states) - 1, "count"),
        finding("steps_expected", "Expected steps of a session until its purchase or exit", buying["steps"], "ratio",
                buying["steps_low"], buying["steps_high"], tables=["states"], tolerance=0.02),
        ranged("steps_to_purchase", "Expected events to the purchase, among those who buy", None if "to" not in buying
               else {"value": buying["to"], "low": buying["to_low"], "high": buying["to_high"]}, "ratio", NO_PURCHASE,
               claims=["s3_path_touchpoints_mean"], tolerance=0.02),
    ]
    for name, part, label in (("edge", inner, "Edge between pages whose removal loses most"),
                              ("last_edge", last, "Last edge before a purchase whose removal loses most")):
        row = part.iloc[0] if len(part) and part["loss"].iloc[0] > 0 else None
        text = None if row is None else f"{row['source']} to {row['target']}".replace("_", " ")
        gone = "no edge that enough users took leads to a purchase"
        rows.append(finding(name, label, text, "text", unknown=gone, tables=["edges"]))
        rows.append(ranged(f"{name}_loss", "Purchases lost without it", None if row is None else {
            "value": row["loss"], "low": row["loss_low"], "high": row["loss_high"]}, "share", gone,
            tables=["edges"], tolerance=0.02))
    best = edits.iloc[0] if len(edits) and edits["gain"].iloc[0] > 0 else None
    rows += [
        finding("best_edit", "Path edit that adds most", None if best is None else str(best["edit"]), "text",
                unknown=NO_PURCHASE, tables=["edits"]),
        ranged("best_edit_gain", "Conversion that it adds", None if best is None else {
            "value": best["gain"], "low": best["gain_low"], "high": best["gain_high"]}, "share", NO_PURCHASE,
            tables=["edits"], tolerance=0.02, better="more"),
        finding("all_edits_conversion", "Conversion with all edits at once", together[1], "share",
                claims=["s1_conversion_target"], better="more", tables=["edits"]),
        finding("all_edits_gain", "Conversion that all edits at once add", together[1] - together[0], "share",
                claims=["s1_path_conversion_gain_target"], better="more", tables=["edits"]),
        finding("likeliest_path", "Likeliest single way to a purchase",
                " to ".join(path[1:]).replace("_", " ") if path else None, "text", unknown=NO_PURCHASE),
        finding("likeliest_path_chance", "Sessions that take exactly that way", chance, "share"),
    ]
    return rows


def length_findings(touches: tuple[float, float, float] | None, change: dict[str, float] | None, effect: Any,
                    costs: Any) -> list[dict[str, Any]]:
    """Touches of buyers, long against short paths, odds per touch and per kind of cost."""
    thin = "too few sessions with a basket on one side of the median length"
    return [
        ranged("touches", "Events up to the purchase in buying sessions", None if touches is None else
               dict(zip(("value", "low", "high"), touches, strict=True)), "ratio", NO_PURCHASE,
               claims=["s3_path_touchpoints_mean"], tolerance=0.02),
        ranged("long_path_change", "Conversion of long paths to the basket against short ones", change, "share", thin,
               claims=["s3_path_complexity_conversion_change"], tables=["dose"], tolerance=0.05),
        ranged("touch_odds", "Odds of buying per further touch before the basket", effect.term("touches"), "ratio",
               effect.unknown or "touches do not vary", tables=["length_model"], tolerance=0.01),
        *[ranged(f"{name}_odds", f"Odds of buying per {text} before the basket", costs.term(term), "ratio",
                 costs.unknown or "it does not vary in the log", tables=["cost_model"], tolerance=0.01)
          for name, term, text in (("search", "search_steps", "search step"),
                                   ("decision", "decision_steps", "decision step"), ("fault", "faults", "fault met"))],
    ]


def time_findings(summary: pd.DataFrame, middle: dict[str, float] | None, by_day: dict[int, dict[str, float]],
                  limit: float) -> list[dict[str, Any]]:
    """Seconds within a session, days over sessions. limit: the documents' seconds; summary: empty if nobody buys."""
    rows = []
    whole = summary.iloc[0] if len(summary) else None
    for name, label, column in (
        ("decision_median", "Median time from first event to purchase within a session", "median"),
        ("decision_mean", "Mean time from first event to purchase within a session", "mean"),
        ("decision_within", "Buying sessions decided within the documents' time", f"within_{limit:g}"),
    ):
        part = None if whole is None else {"value": whole[column], "low": whole[f"{column}_low"],
                                           "high": whole[f"{column}_high"]}
        rows.append(ranged(name, label, part, "share" if column.startswith("within") else "seconds", NO_PURCHASE,
                           claims=["s1_decision_time_target"], tables=["decision"], tolerance=0.02))
    rows.append(ranged("decision_days", "Days from a user's first visit by which half have bought", middle, "days",
                       "fewer than half of the users ever buy within the log", tables=["survival"], better="less"))
    rows += [ranged(f"bought_day_{day}", f"Users who have bought {day} days after their first visit", part, "share", "",
                    tables=["survival"], better="more") for day, part in by_day.items()]
    return rows


def leak_points(states: pd.DataFrame) -> list[str]:
    """Events after which a visit ends more often than after the average event (beyond the 80 % range)."""
    seen = states[states["state"] != "start"]
    mean = float((seen["leaves"] * seen["visits"]).sum() / seen["visits"].sum())
    return [str(name) for name in seen.loc[seen["leaves_low"] > mean, "state"]]


def chain_numbers(point: Chain, drawn: Chain) -> dict[str, float]:
    """Expected steps (and steps to the purchase as `to`, if anyone buys) with ranges, from chain and resamples."""
    to, to_drawn = steps_to_purchase(point), steps_to_purchase(drawn)
    low, high = limits(drawn.steps[:, 0])
    steps = float(point.steps[0])
    row = {"steps": steps, "steps_low": min(float(low), steps), "steps_high": max(float(high), steps)}
    if point.buys[0] > 0:
        value = float(to)
        low, high = limits(to_drawn[drawn.buys[:, 0] > 0])
        row |= {"to": value, "to_low": min(float(low), value), "to_high": max(float(high), value)}
    return row
