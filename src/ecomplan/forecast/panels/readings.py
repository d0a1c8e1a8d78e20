"""Results of stage `panels` in words and units: its findings and its claim."""

from __future__ import annotations

from typing import Any

import pandas as pd

from ecomplan.forecast.engine.run import COMBINATION, Backtest
from ecomplan.forecast.panels.limit import Limit
from ecomplan.forecast.panels.short import SEASON, SIGNALS
from ecomplan.forecast.panels.trial import MODELS

Reading = dict[str, Any]
#: relative tolerance for another processor: compiled optimisers, and a network
FITTED, TRAINED = 0.02, 0.06
PANEL_NAMES = {"m1": "M1", "m3": "M3", "tourism": "Tourism", "all": "All panels"}


def sample_readings(counts: pd.DataFrame) -> list[Reading]:
    """How many series there are and were drawn."""
    common: Reading = {"unit": "count", "evidence": "companion", "tables": ("panels",)}
    return [
        {"name": "series", "label": "Monthly series on the panels", "value": int(counts["series"].sum()), **common},
        {"name": "drawn", "label": "Series drawn from the panels", "value": int(counts["drawn"].sum()), **common},
    ]


def carry_readings(weights: pd.DataFrame, naive_rms: float, own_rms: float) -> list[Reading]:
    """Weights one month and a year ahead, and what they take off the error of last year's month."""
    words = dict(zip(SIGNALS, ("the last month's change", "the last three months' mean change", "the mean change"),
                     strict=True))
    readings: list[Reading] = [
        {"name": f"carry_{row['name']}", "label": f"Part of {words[row['name']]} still there one month ahead",
         "value": row["value"], "low": row["low"], "high": row["high"], "unit": "ratio", "evidence": "companion",
         "tables": ("short_history",)}
        for row in weights[weights["lead_months"] == 1].to_dict("records")
    ]
    readings.append({
        "name": "carry_gain", "label": "Error one month ahead saved against last year's month", "unit": "share",
        "value": 1 - own_rms / naive_rms, "evidence": "companion", "better": "more", "tables": ("short_history",),
    })
    return readings


def width_readings(widths: pd.DataFrame) -> list[Reading]:
    """Growth of the error's spread to a year ahead and to the last lead."""
    readings: list[Reading] = []
    last = int(widths["lead_months"].max())
    for name, lead in (("year", min(SEASON, last)), ("last", last)):
        row = widths[widths["lead_months"] == lead].iloc[0]
        readings.append({
            "name": f"width_{name}", "label": f"Spread of the error {lead} months ahead over that one month ahead",
            "value": float(row["ratio"]), "low": float(row["low"]), "high": float(row["high"]), "unit": "ratio",
            "evidence": "companion", "tables": ("widths",),
        })
    readings += [
        {"name": "width_last_lead", "label": "Longest lead that the panels test", "value": last, "unit": "months",
         "evidence": "assumed", "tables": ("widths",)},
        {"name": "width_rule", "label": "The same ratio at the longest lead if the variance doubled in a year",
         "value": float(widths["rule"].iloc[-1]), "unit": "ratio", "evidence": "assumed", "tables": ("widths",)},
    ]
    return readings


def limit_readings(read: Limit, limit_percent: float, key: str) -> list[Reading]:
    """What the allowed error measures on the panels."""
    common: Reading = {"evidence": "companion", "tables": ("limit",), "tolerance": FITTED}
    return [
        {"name": "error_limit", "label": "Monthly error that the documents allow", "value": limit_percent,
         "unit": "percent", "evidence": "assumed", "claims": (key,)},
        {"name": "limit_ratio", "label": "Mean error one month ahead over the spread of the series", "unit": "ratio",
         "value": read.ratio, "low": read.ratio_low, "high": read.ratio_high, **common},
        {"name": "limit_explained", "label": "Differences of error between series that their spread explains",
         "value": read.explained, "unit": "share", **common},
        {"name": "limit_within", "label": "Series of the panels within the allowed error", "value": read.within,
         "low": read.within_low, "high": read.within_high, "unit": "share", "claims": (key,), **common},
    ]


def trial_readings(test: Backtest, gains: pd.DataFrame, coverage: pd.DataFrame) -> list[Reading]:
    """What the combination takes off each model's error, its coverage, whether the network came in."""
    readings: list[Reading] = [
        {"name": f"gain_{row['against']}", "value": row["gain"], "low": row["low"], "high": row["high"],
         "label": f"Scaled error that the combination saves against: {row['against_name']}", "unit": "share",
         "evidence": "companion", "better": "more", "tables": ("gains",), "tolerance": TRAINED}
        for row in gains.to_dict("records")
    ]
    for row in coverage[coverage["panel"] == "all"].to_dict("records"):
        percent = round(100 * row["promised"])
        readings.append({
            "name": f"coverage_{percent}", "label": f"Months of the panels inside the {percent} % range",
            "value": row["covered"], "low": row["low"], "high": row["high"], "unit": "share", "evidence": "companion",
            "tables": ("coverage",), "tolerance": TRAINED,
        })
    best = next(name for name in test.table["model"])
    verdict = test.outlooks[0].verdict
    entered = "not tried" if verdict is None else (
        "point and spread" if verdict.point and verdict.spread else "point only" if verdict.point
        else "spread only" if verdict.spread else "no"
    )
    readings += [
        {"name": "network", "label": "Where the network earned its place", "value": entered, "unit": "text",
         "evidence": "companion"},
        {"name": "best", "label": "Model with the least scaled error", "value": MODELS[best], "unit": "text",
         "evidence": "companion"},
        {"name": "tested", "label": "Series that the whole engine forecast", "unit": "count", "evidence": "companion",
         "value": int(test.scores.loc[test.scores["model"] == COMBINATION, "unique_id"].nunique())},
        {"name": "horizon", "label": "Months ahead on the panels", "unit": "months", "evidence": "assumed",
         "value": int(test.forecasts.groupby(["model", "unique_id"]).size().max())},
    ]
    return readings


def claim_reading(key: str, read: Limit, limit_percent: float) -> Reading:
    """Where the allowed monthly error stands by other series."""
    return {
        "key": key, "role": "tested", "verdict": "holds in part" if 0 < read.within < 1 else
        "holds" if read.within == 1 else "fails", "observed": 100 * read.within, "low": 100 * read.within_low,
        "high": 100 * read.within_high, "evidence": "companion",
        "reading": f"Share (%) of monthly series of other firms and countries on which SARIMA errs by at most "
                   f"{limit_percent:g} % a month ahead: such a limit describes the series more than the method.",
    }
