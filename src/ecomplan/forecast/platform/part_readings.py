"""What parts, reconciliation and sample paths say, as findings and standing of claims (see `readings`)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from ecomplan.claims import Claim
from ecomplan.forecast.platform.parts import SEASON, Tree
from ecomplan.forecast.platform.paths import QUANTILES, Paths
from ecomplan.forecast.platform.reconcile import METHODS

Reading = dict[str, Any]
#: relative: sums of rounded paths and quantiles between them
TOLERANCE = 1e-4
TOLD = {"sales": "sales", "orders": "orders", "active_customers": "active customers", "new_customers": "new customers"}
HIERARCHY = {"country": "country group", "segment": "segment"}
NO_PARTS = "no two groups of customers are large enough to be shown, so the whole is not split"


def slug(name: str) -> str:
    """A part's name as part of a finding's id."""
    return re.sub(r"\W+", "_", name.lower()).strip("_")


def last_year(trees: Mapping[tuple[str, str], Tree]) -> dict[tuple[str, str], np.ndarray]:
    """Totals [parts] of the last twelve full months by tree."""
    return {key: tree.values[-SEASON:].sum(axis=0) for key, tree in trees.items() if key[1] != "total"}


def compared_readings(compared: pd.DataFrame) -> list[Reading]:
    """Which way of making parts and whole agree was used, and what it changed."""
    if compared.empty:
        return [{"name": "parts_method", "label": "How parts and whole are made to agree", "value": None,
                 "unit": "text", "evidence": "measured", "unknown": NO_PARTS}]
    every = compared[compared["series"] == "all"].set_index(["nodes", "method"])
    each = compared[(compared["series"] != "all") & compared["used"] & (compared["nodes"] == "parts")]
    methods = each["method"].unique()
    told = METHODS[methods[0]] if len(methods) == 1 else "not the same for every series"
    common: Reading = {"evidence": "measured", "tables": ("reconciliation",), "tolerance": 1e-3}
    rows: list[Reading] = [
        {"name": "parts_method", "label": "How parts and whole are made to agree", "value": told, "unit": "text",
         **common},
        {"name": "parts_trees", "label": "Series split by country group or segment and reconciled",
         "value": len(each), "unit": "count", **common},
    ]
    naive = compared[(compared["series"] == "sales") & (compared["method"] == "naive") & (compared["nodes"] == "parts")]
    rows += [
        {"name": "part_error_naive_country", "unit": "percent", "better": "less", "value": one["mape_percent"],
         "label": "One-month error of sales by country group if last year's month is repeated",
         "low": one["low"], "high": one["high"], **common}
        for one in naive[naive["hierarchy"] == "country"].to_dict("records")
    ]
    for nodes, method, label in (
        ("whole", "bottom_up", "Change of the whole's error if it is the sum of its parts' forecasts"),
        ("whole", "mint", "Change of the whole's error if it is moved towards its parts (MinT)"),
        ("parts", "base", "Error of parts that each stand by themselves, less that of reconciled parts"),
        ("parts", "top_down", "Error of parts by share of the whole, less that of reconciled parts"),
    ):
        row: Any = every.loc[(nodes, method)]
        rows.append({
            "name": f"reconcile_{nodes}_{method}", "label": label, "value": row["difference"] / 100,
            "low": row["difference_low"] / 100, "high": row["difference_high"] / 100, "unit": "points",
            "better": "less" if nodes == "whole" else "more", **common,
        })
    return rows + [
        {"name": f"part_error_{one['series']}_{one['hierarchy']}", "unit": "percent", "better": "less",
         "label": f"One-month error of {TOLD[one['series']]} by {HIERARCHY[one['hierarchy']]}, mean over the parts",
         "value": one["mape_percent"], "low": one["low"], "high": one["high"], **common}
        for one in each.to_dict("records")
    ]


def part_year_readings(years: pd.DataFrame, year: int) -> list[Reading]:
    """Each part's share of the plan year's sales and its change on the last twelve months."""
    rows: list[Reading] = []
    for row in years[years["series"] == "sales"].to_dict("records"):
        part = f"{row['hierarchy']}_{slug(str(row['part']))}"
        common: Reading = {"evidence": "simulated", "tables": ("part_years",), "tolerance": TOLERANCE}
        rows.append({
            "name": f"part_share_{part}_{year}", "label": f"{row['part']}: share of sales in {year}", "unit": "share",
            "value": row["share"], "low": row["share_low"], "high": row["share_high"], **common,
        })
        rows.append({
            "name": f"part_growth_{part}_{year}", "unit": "share", "better": "more",
            "label": f"{row['part']}: change of sales in {year} on the last twelve full months",
            **{side: row[column] / row["last12"] - 1
               for side, column in (("value", "value"), ("low", "low"), ("high", "high"))}, **common,
        })
    return rows


def width_readings(used: pd.DataFrame, coverage: pd.DataFrame, draws: int) -> list[Reading]:
    """What the fan's width rests on and how often it held where the history can tell."""
    last = used.iloc[-1]
    source = str(last["source"]).split(",")[0]
    inside, months = int(coverage["inside"].sum()), int(coverage["months"].sum())
    return [
        {"name": "paths", "label": "Joint sample paths", "value": draws, "unit": "count", "evidence": "simulated",
         "tables": ("paths",)},
        {"name": "fan_width_source", "label": "What the fan's growth with the lead rests on", "unit": "text",
         "value": source, "evidence": "companion" if source == "panels" else "assumed",
         "tables": ("widths_used",)},
        {"name": "fan_width_last", "label": "Spread of the error in the last month ahead over that of the first",
         "value": last["ratio"], "unit": "ratio", "tables": ("widths_used",),
         **({"low": last["low"], "high": last["high"]} if last["high"] > last["low"] else {}),
         "evidence": "companion" if source == "panels" else "assumed"},
        {"name": "fan_leads_inside", "label": "Backtest months inside the 80 % band, one to three months ahead",
         "value": inside, "unit": "count", "evidence": "measured", "tables": ("lead_coverage",), "tolerance": 0.05},
        {"name": "fan_leads_months", "label": "Backtest months held against the band, one to three months ahead",
         "value": months, "unit": "count", "evidence": "measured", "tables": ("lead_coverage",)},
    ]


def half_year_readings(paths: Paths, year: int, cny_per_currency_unit: float, claim: Claim) -> list[Reading]:
    """Sales of the plan year's first half and the chance that they reach the claim (CNY m)."""
    assert claim.value is not None
    inside = (paths.months.year == year) & (paths.months.month <= SEASON // 2)
    total = paths.totals[:, inside, paths.series.index("sales")].sum(axis=1)
    low, middle, high = np.quantile(total, QUANTILES)
    reached = float((total * cny_per_currency_unit >= claim.value * 1e6).mean())
    return [
        {"name": f"sales_first_half_{year}", "label": f"Sales in the first half of {year}", "value": middle,
         "low": low, "high": high, "unit": "money", "evidence": "simulated", "better": "more", "tables": ("paths",),
         "tolerance": 0.02},
        {"name": f"target_chance_first_half_{year}", "value": reached, "unit": "probability", "better": "more",
         "label": f"Chance that sales in the first half of {year} reach the documents' target without any measure",
         "evidence": "simulated", "claims": (claim.key,), "tables": ("paths",), "tolerance": 0.02},
    ]


def half_year_claim(rows: list[Reading], claim: Claim) -> Reading:
    """Where the half-year target stands: a target, with the chance that it is reached anyway."""
    chance = next(row["value"] for row in rows if row["name"].startswith("target_chance"))
    return {
        "key": claim.key, "role": "target", "observed": float(chance), "evidence": "simulated",
        "reading": "Share of simulated years without any measure in which sales of the first half-year, in CNY, reach "
                   "the target. It was set for a shop of another size, so that it asks little or much of this one.",
    }
