"""What the log and its funnel say, as keyword arguments of `Stage.finding`."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from ecomplan.behaviour.journey.intervals import bootstrap_ratio
from ecomplan.behaviour.journey.sessions import PURCHASE, STEPS, Log
from ecomplan.behaviour.statistics import wilson
from ecomplan.claims import Claims

NO_PURCHASE = "the log has no purchase, so nothing can be said of who buys"


def finding(name: str, label: str, value: Any, unit: str, low: float | None = None, high: float | None = None,
            **more: Any) -> dict[str, Any]:
    """Keyword arguments of Stage.finding for a companion's figure; `unknown` is kept only where there is no value."""
    if value is not None:
        more.pop("unknown", None)
    return {"name": name, "label": label, "value": value, "unit": unit, "low": low, "high": high,
            "evidence": "companion", **more}


def ranged(
    name: str, label: str, part: dict[str, float] | None, unit: str, unknown: str, **more: Any
) -> dict[str, Any]:
    """A finding of {value, low, high}, or an unknown one."""
    if part is None:
        return finding(name, label, None, unit, unknown=unknown, **more)
    return finding(name, label, part["value"], unit, part["low"], part["high"], **more)


def session_findings(
    log: Log, weights: np.ndarray, agreement: tuple[int, int], early: tuple[int, int]
) -> list[dict[str, Any]]:
    """Size of the log, its conversion (users resampled), and two checks of how far it can be trusted."""
    sessions = log.sessions
    bought = sessions[PURCHASE].to_numpy(dtype=float)
    share, low, high = bootstrap_ratio(bought, np.ones(len(bought)), sessions["user"].to_numpy(), weights)
    plain_low, plain_high = (float(limit) for limit in wilson(bought.sum(), len(bought)))
    by_rule, agreed = agreement
    out, both = early
    rows = [
        finding("events", "Events in the log", len(log.events), "count"),
        finding("duplicates", "Events sent twice and dropped", log.duplicates, "count", better="less"),
        finding("sessions", "Sessions in the log", len(sessions), "sessions"),
        finding("users", "Users in the log", log.users, "users"),
        finding("first_day", "First day of the log", f"{sessions['day'].min():%Y-%m-%d}", "date"),
        finding("last_day", "Last day of the log", f"{log.events['time'].max():%Y-%m-%d}", "date"),
        finding("sessions_agree", "Session starts that the silence rule and the log agree on",
                agreed / max(by_rule, len(sessions)), "share"),
        finding("conversion", "Sessions that end in a purchase", share, "share", low, high, better="more",
                tables=["funnel"], claims=["s1_conversion_target"], tolerance=0.02),
        finding("interval_ratio", "Width of the user-resampled range against Wilson's",
                (high - low) / (plain_high - plain_low), "ratio", tolerance=0.1),
    ]
    if both == 0:
        return [*rows, finding("stamped_early", "Purchases stamped before their payment details", None, "share",
                               unknown=NO_PURCHASE)]
    low_early, high_early = (float(limit) for limit in wilson(out, both))
    return [*rows, finding("stamped_early", "Purchases stamped before their payment details", out / both, "share",
                           low_early, high_early, better="less")]


def funnel_findings(table: pd.DataFrame, losses: pd.DataFrame, stages: pd.DataFrame) -> list[dict[str, Any]]:
    """Loss at each step, the whole path, the unpaid part, and how far users come."""
    reached = dict(zip(STEPS, table.loc[table["dimension"] == "all", "sessions"].tolist(), strict=True))
    worst = losses.iloc[0]
    rows = [
        finding("largest_loss_step", "Step that loses the largest share", str(worst["step"]), "text",
                tables=["losses"]),
        finding("largest_loss", "Share lost at that step", worst["loss"], "share", worst["loss_low"],
                worst["loss_high"], better="less", tables=["losses"]),
    ]
    visit, page, basket, _, pay, bought = (int(reached[step]) for step in STEPS)
    for name, label, hits, trials, better, keys in (
        ("path_loss", "Sessions lost between visit and order", visit - bought, visit, "less",
         ["s3_core_path_loss_target"]),
        ("page_to_order", "Sessions with a product page that end in a purchase", bought, page, "more",
         ["s2_good_page_conversion"]),
        ("basket_to_order", "Sessions with a basket that end in a purchase", bought, basket, "more",
         ["s3_cart_order_target"]),
        ("unpaid", "Sessions with payment details that are never paid", pay - bought, pay, "less", ["s1_unpaid_share"]),
    ):
        if trials == 0:
            rows.append(finding(name, label, None, "share", unknown="no session of the log came that far"))
            continue
        low, high = (float(limit) for limit in wilson(hits, trials))
        rows.append(finding(name, label, hits / trials, "share", low, high, better=better, claims=keys,
                            tables=["funnel"]))
    platforms = table[(table["dimension"] == "platform") & (table["step"] == PURCHASE)].sort_values("of_visits")
    for which, rank, at in (("best", "highest", -1), ("worst", "lowest", 0)):
        row = platforms.iloc[at] if len(platforms) else None
        gone = "no platform has users enough to be shown"
        rows.append(finding(f"{which}_platform", f"Platform with the {rank} conversion",
                            None if row is None else str(row["level"]), "text", unknown=gone))
        rows.append(ranged(f"{which}_platform_conversion", "Its conversion", None if row is None else {
            "value": row["of_visits"], "low": row["of_visits_low"], "high": row["of_visits_high"]}, "share", gone))
    for stage, label in (("purchase", "Users who bought"), ("retention", "Users who bought in two sessions or more")):
        row = stages[stages["stage"] == stage].iloc[0]
        rows.append(finding(f"users_{stage}", label, row["share"], "share", row["low"], row["high"], better="more",
                            tables=["stages"]))
    return rows


def bounce_findings(table: pd.DataFrame, effect: Any) -> list[dict[str, Any]]:
    """Bounce overall and on the home page, and the landing page that drives it most."""
    rows = []
    for name, label, dimension, level in (("bounce", "Sessions with a single event", "all", "all sessions"),
                                          ("bounce_home", "Sessions that begin on the home page and end there",
                                           "landing", "home")):
        hit = table[(table["dimension"] == dimension) & (table["level"] == level)]
        row = None if hit.empty else hit.iloc[0]
        part = None if row is None else {"value": row["share"], "low": row["low"], "high": row["high"]}
        rows.append(ranged(name, label, part, "share", "too few users land there", better="less", tables=["bounces"],
                           claims=["s1_bounce_target" if name == "bounce" else "s3_home_bounce_max"]))
    landing = effect.rows[effect.rows["term"].str.startswith("landing: ")] if len(effect.rows) else effect.rows
    top = landing.loc[landing["odds_ratio"].idxmax()] if len(landing) else None
    gone = effect.unknown or "no landing page has users enough"
    rows.append(finding("bounce_driver", "Landing page with the highest odds of a bounce", None if top is None else
                        str(top["term"]).removeprefix("landing: ").replace("_", " "), "text", unknown=gone,
                        tables=["bounce_model"]))
    rows.append(ranged("bounce_driver_odds", "Its odds of a bounce against the commonest landing page", None if top is
                       None else {"value": top["odds_ratio"], "low": top["low"], "high": top["high"]}, "ratio", gone,
                       tables=["bounce_model"], tolerance=0.01))
    return rows


def nodes(funnel: pd.DataFrame, bounces: pd.DataFrame, claims: Claims) -> pd.DataFrame:
    """The nodes of S2's checklist that a log shows: node, measure, share that gets on (low, high), limit_share.

    limit_share: what S2 asks for, 0 where it asks for nothing that a log measures. Lowest share first.
    """
    whole = funnel[funnel["dimension"] == "all"].set_index("step")
    bounce = bounces[bounces["dimension"] == "all"].iloc[0]
    rows = [{"node": "click", "measure": "sessions that do not end on the landing page", "share": 1 - bounce["share"],
             "low": 1 - bounce["high"], "high": 1 - bounce["low"],
             "limit_share": 1 - claims["s2_landing_bounce_max"].share}]
    rows += [{"node": node, "measure": measure, "share": whole.at[step, "passed"], "low": whole.at[step, "passed_low"],
              "high": whole.at[step, "passed_high"], "limit_share": 0.0}
             for node, measure, step in (("action", "product page to basket", "basket"),
                                         ("payment", "payment details to purchase", PURCHASE))]
    return pd.DataFrame(rows).sort_values("share", ignore_index=True)
