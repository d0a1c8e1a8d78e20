"""Promises, their worth, and the documents' claims put into words: what a notebook records.

Each function hands back keyword arguments, one mapping a finding (name, label, value, unit, ...) or a claim.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from ecomplan.claims import Claim
from ecomplan.forecast.platform.backtest import CHOSEN, MODELS
from ecomplan.forecast.platform.fan import last_year, year_draws
from ecomplan.forecast.platform.gates import verdict
from ecomplan.forecast.platform.series import NAMES, SERIES

Reading = dict[str, Any]


def floor_readings(floors: pd.DataFrame) -> list[Reading]:
    """How far off even the true expectation of a month would be."""
    return [
        {"name": f"floor_{row['series']}", "label": f"Noise floor of a month, {NAMES[row['series']].lower()}",
         "value": row["floor_percent"], "low": row["low"], "high": row["high"], "unit": "percent",
         "interval_percent": 100, "evidence": "simulated", "better": "neither", "tables": ("floor",), "tolerance": 1e-4}
        for row in floors.to_dict("records")
    ]


def gate_readings(gates: pd.DataFrame, limit_key: str) -> list[Reading]:
    """PASS, REVIEW or FAIL of each promise and series, with the error behind it."""
    readings: list[Reading] = [{
        "name": "error_limit", "label": "Monthly error that the documents allow", "unit": "percent",
        "value": float(gates["limit_percent"].iloc[0]), "evidence": "assumed", "claims": (limit_key,),
    }]
    for row in gates.to_dict("records"):
        key, series = row["promise"], row["series"]
        words = f"{row['promise_name']}, {NAMES[series].lower()}"
        mark = "" if key == "month" else f"{key}_"
        readings.append({
            "name": f"gate_{mark}{series}", "label": f"{words}: within the allowed error", "value": row["gate"],
            "unit": "gate", "evidence": "measured", "claims": (limit_key,), "tables": ("gates",),
        })
        if key in ("early", "late", "quarter"):
            readings.append({
                "name": f"mape_{key}_{series}", "label": f"{words}: error", "value": row["mape_percent"],
                "low": row["low"], "high": row["high"], "unit": "percent", "evidence": "measured", "better": "less",
                "tables": ("gates",), "tolerance": 1e-4,
            })
    return readings


def reissue_readings(values: pd.DataFrame, quarter_origins: int, early: int, late: int) -> list[Reading]:
    """After how many open days the forecast is issued again, and what that is worth at most."""
    readings: list[Reading] = [
        {"name": "early_open_days", "label": "Open days until the first new issue", "value": early, "unit": "days",
         "evidence": "assumed", "tables": ("gates",)},
        {"name": "late_open_days", "label": "Open days until the second new issue", "value": late, "unit": "days",
         "evidence": "assumed", "tables": ("gates",)},
        {"name": "quarter_origins", "label": "Quarters forecast in the backtest (they overlap)",
         "value": quarter_origins, "unit": "count", "evidence": "measured", "tables": ("gates",)},
    ]
    for key, row in zip(("early", "late"), values.to_dict("records"), strict=True):
        days = f"{row['open_days']} open days"
        readings += [
            {"name": f"reissue_{key}_less_off", "label": f"Goods a month no longer misjudged after {days}",
             "value": row["less_off"], "low": row["low"], "high": row["high"], "unit": "money", "evidence": "measured",
             "better": "more", "tables": ("reissue_value",), "tolerance": 1e-4},
            {"name": f"reissue_{key}_margin",
             "label": f"Margin on them, the most that issuing again after {days} is worth",
             "value": row["margin_at_most"], "unit": "money", "evidence": "simulated", "better": "more",
             "tables": ("reissue_value",), "tolerance": 1e-4},
        ]
    return readings


def target_readings(monthly: pd.DataFrame, paths: pd.DataFrame, year: int, claims: tuple[Claim, Claim],
                    ) -> list[Reading]:
    """The chance that growth without any measure reaches the documents' growth of sales and of users."""
    draws, before = year_draws(paths, year), last_year(monthly)
    readings = []
    for claim, name, label in zip(claims, ("sales", "active_customers"), ("sales", "active customers"), strict=True):
        reached = (draws[name] / before[name] - 1) >= claim.share
        readings.append({
            "name": f"target_chance_{name}", "value": float(reached.mean()), "unit": "probability",
            "label": f"Chance that {label} grow by {claim.value:g} % in {year} without any measure",
            "evidence": "simulated", "better": "more", "claims": (claim.key,), "tables": ("paths",),
            "tolerance": 0.02,
        })
        readings.append({
            "name": f"target_{name}", "label": f"Yearly growth of {label} that the documents plan",
            "value": claim.share, "unit": "share", "evidence": "assumed", "claims": (claim.key,),
        })
    return readings


def claim_readings(gates: pd.DataFrame, targets: list[Reading], claims: tuple[Claim, Claim, Claim]) -> list[Reading]:
    """Where three claims stand: the allowed error (made for the hybrid a month ahead), growth of sales, of users."""
    limit, sales, users = claims
    ahead = gates[gates["promise"] == "hybrid"]

    def words(promise: str) -> str:
        rows = gates[gates["promise"] == promise]
        return ", ".join(
            f"{NAMES[row['series']].lower()} {row['mape_percent']:.1f} %" for row in rows.to_dict("records")
        )

    chances = {item["name"]: item["value"] for item in targets}
    return [
        {"key": limit.key, "role": "tested", "verdict": verdict(list(ahead["gate"])),
         "observed": float(ahead["mape_percent"].mean()), "low": float(ahead["low"].mean()),
         "high": float(ahead["high"].mean()), "evidence": "measured",
         "reading": f"A month ahead, over {int(ahead['origins'].iloc[0])} origins, the documents' hybrid erred by "
                    f"{words('hybrid')} against at most {limit.value:g} %, the model handed on by {words('month')}; it "
                    f"holds where the whole 80 % interval lies below. Issued again in mid-month the latter erred by "
                    f"{words('late')}."},
        {"key": sales.key, "role": "target", "observed": float(chances["target_chance_sales"]), "evidence": "simulated",
         "reading": "Share of simulated years without any measure in which sales grow at least that much over "
                    "the last twelve full months."},
        {"key": users.key, "role": "target", "observed": float(chances["target_chance_active_customers"]),
         "evidence": "simulated",
         "reading": "Users read as identified customers active in a month; share of simulated years without any "
                    "measure in which their number grows at least that much."},
    ]


def model_card(
    monthly: pd.DataFrame, gates: pd.DataFrame, coverage: pd.DataFrame, growth: pd.DataFrame, backtest: pd.DataFrame,
    settings: Mapping[str, str],
) -> pd.DataFrame:
    """topic, item, value (text): what the model is, what it learnt from, how far off it was, and where it ends."""
    months, origins = monthly["month"], int(gates["origins"].iloc[0])
    chosen = backtest[(backtest["model"] == CHOSEN) & backtest["series"].isin(SERIES)].sort_values("month")
    late = chosen["month"] >= chosen["month"].drop_duplicates().iloc[-(origins // 2 or 1)]
    drift = chosen["error_percent"].abs().groupby([chosen["series"], late]).mean().unstack()
    rows = [
        ("model", "name", MODELS[CHOSEN][0]), ("model", "rule", MODELS[CHOSEN][1]),
        *(("model", name, value) for name, value in settings.items()),
        ("data", "series", ", ".join(NAMES[name].lower() for name in monthly["series"].unique())),
        ("data", "months", f"{months.nunique()} full months, {months.min():%Y-%m} to {months.max():%Y-%m}"),
        ("origins", "one month ahead", f"{origins}, from {months.nunique() - origins} months of history on"),
        *((f"error: {row['promise_name'].lower()}", NAMES[row["series"]],
           f"{row['mape_percent']:.1f} % (80 %: {row['low']:.1f} to {row['high']:.1f}), {row['gate']}")
          for row in gates.to_dict("records")),
        *(("error growth by lead", f"{row['lead_months']} months",
           f"{row['measured']:.2f} times one month ({row['origins']} origins); assumed {row['assumed']:.2f}")
          for row in growth[growth["origins"] >= 3].to_dict("records")),
        *(("coverage of the 80 % band", NAMES[row["series"]], f"{row['inside']} of {row['months']} months")
          for row in coverage.to_dict("records")),
        *(("drift: later origins against earlier", NAMES[str(name)], f"{row[True]:.1f} % against {row[False]:.1f} %")
          for name, row in drift.iterrows()),
        ("limits", "history", "one change from year to year; a handful of origins that share most of their past"),
        ("limits", "scope", "no measure of the plan and no shock that the history did not see"),
        ("limits", "not for", "single products, days or customers; leads beyond three years"),
    ]
    return pd.DataFrame(rows, columns=["topic", "item", "value"])
