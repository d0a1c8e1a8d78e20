"""Results put into words and units: what a notebook records as findings and as the standing of claims.

Each function hands back keyword arguments, one mapping a finding (name, label, value, unit, ...) or a claim.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from ecomplan.claims import Claim
from ecomplan.errors import ParameterError
from ecomplan.forecast.backtest import MODELS
from ecomplan.forecast.choice import DEFAULT, Choice, verdict
from ecomplan.forecast.fan import interval, last_year, year_draws
from ecomplan.forecast.series import NAMES, SEASON

#: relative tolerance for another processor: closed forms round alike, optimisers and the network less so
TOLERANCE = {
    "seasonal_naive": 1e-6, "seasonal_growth": 1e-6, "ets": 0.02, "sarima": 0.01, "hybrid": 0.05, "median": 0.03,
}
Reading = dict[str, Any]


def _series_name(series: str) -> str:
    return NAMES.get(series, series).lower()


def named(frame: pd.DataFrame, series: tuple[str, ...] = (), model: str = "") -> pd.DataFrame:
    """The rows of some series (all if none is said) and of one model, with the names that readers see.

    Adds series_name, and model_name where the frame has models.
    """
    rows = frame[frame["series"].isin(series)] if series else frame
    rows = rows[rows["model"] == model] if model else rows
    names = {**NAMES, "mean": "Mean of the series"}
    rows = rows.assign(series_name=rows["series"].map(lambda key: names.get(key, key)))
    if "model" in rows:
        rows = rows.assign(model_name=rows["model"].map(MODELS))
    return rows.reset_index(drop=True)


def plan_year(months: pd.DatetimeIndex) -> int:
    """The last calendar year that lies wholly in the months ahead. Raises ParameterError if none does."""
    counts = pd.Series(months.year).value_counts()
    whole = counts.index[counts == SEASON]
    if whole.empty:
        raise ParameterError(
            f"forecast.horizon_months = {len(months)} ends in {months[-1]:%Y-%m}: no calendar year lies wholly in it; "
            f"expected more months, unit: months"
        )
    return int(whole.max())


def year_readings(monthly: pd.DataFrame, paths: pd.DataFrame, year: int, chosen: str) -> list[Reading]:
    """Totals of the plan year, growth against the last twelve full months, and those months themselves."""
    draws, before = year_draws(paths, year), last_year(monthly)
    common: Reading = {"better": "more", "tables": ("paths",), "evidence": "simulated", "tolerance": TOLERANCE[chosen]}
    measured: Reading = {"better": "more", "tables": ("monthly",), "evidence": "measured"}
    readings: list[Reading] = [{"name": "plan_year", "label": "Year planned", "value": str(year), "unit": "text",
                                "evidence": "assumed", "tables": ("paths",)}]
    last = monthly["month"].max()
    readings.append({"name": "last_month", "label": "Last full month of history", "value": f"{last:%Y-%m-%d}",
                     "unit": "date", "evidence": "measured", "tables": ("monthly",)})
    for name, plan_id, label, unit in (
        ("sales", f"sales_{year}", "Goods sold", "money"),
        ("orders", f"orders_{year}", "Orders", "orders"),
        ("active_customers", f"active_customers_monthly_{year}", "Active customers a month, on average", "customers"),
        ("order_value", f"order_value_{year}", "Average order value", "money"),
    ):
        growth = interval(draws[name] / before[name] - 1)
        readings += [
            {"name": plan_id, "label": f"{label}, {year}", "unit": unit, **interval(draws[name]), **common},
            {"name": f"{name}_last12", "label": f"{label}, last twelve full months", "unit": unit,
             "value": before[name], **measured},
            {"name": f"growth_{name}_{year}", "label": f"{label}: {year} against the last twelve full months",
             "unit": "share", **growth, **common},
        ]
    readings.append({
        "name": f"fall_chance_sales_{year}", "label": f"Chance that {year} sells less than the last twelve full months",
        "value": float((draws["sales"] < before["sales"]).mean()), "unit": "probability", **common,
        "better": "less",
    })
    return readings


def peak_readings(monthly: pd.DataFrame, fan: pd.DataFrame, chosen: str) -> list[Reading]:
    """The busiest and the quietest month ahead, by median sales, and the span of monthly sales so far."""
    past = monthly.loc[monthly["series"] == "sales", "value"]
    ahead = fan[fan["series"] == "sales"].reset_index(drop=True)
    readings: list[Reading] = [
        {"name": "sales_month_least", "label": "Least sales in a full month so far", "value": float(past.min())},
        {"name": "sales_month_most", "label": "Most sales in a full month so far", "value": float(past.max())},
    ]
    readings = [{**item, "unit": "money", "evidence": "measured", "tables": ("monthly",)} for item in readings]
    median = ahead["q50"].to_numpy()
    for name, word, row in (("peak", "busiest", median.argmax()), ("trough", "quietest", median.argmin())):
        month = ahead.to_dict("records")[int(row)]
        readings.append({
            "name": f"sales_{name}", "label": f"Sales in the {word} month ahead", "value": float(month["q50"]),
            "low": float(month["q10"]), "high": float(month["q90"]), "unit": "money", "evidence": "simulated",
            "tables": ("fan",), "tolerance": TOLERANCE[chosen],
        })
        readings.append({"name": f"sales_{name}_month", "label": f"The {word} month ahead", "unit": "text",
                         "value": f"{month['month']:%B %Y}", "evidence": "simulated", "tables": ("fan",)})
    return readings


def _error_readings(accuracy: pd.DataFrame) -> list[Reading]:
    readings: list[Reading] = []
    for row in accuracy.to_dict("records"):
        model, name = row["model"], row["series"]
        series = "mean of the series" if name == "mean" else _series_name(name)
        readings.append({
            "name": f"mape_{model}_{name}", "value": row["mape_percent"], "low": row["low"], "high": row["high"],
            "label": f"{MODELS[model]}, one-month error, {series}", "unit": "percent", "evidence": "measured",
            "better": "less", "tables": ("accuracy", "backtest"), "tolerance": TOLERANCE[model],
        })
    return readings


def accuracy_readings(accuracy: pd.DataFrame, months: int) -> list[Reading]:
    """The one-month error of each model and series, and how much the test has seen."""
    readings = _error_readings(accuracy)
    origins = int(accuracy["origins"].iloc[0])
    for name, label, value in (
        ("origins", "Months forecast one month ahead in the backtest", origins),
        ("training_least", "Least training in the backtest", months - origins),
        ("training_most", "Most training in the backtest", months - 1),
        ("history", "Full months of history", months),
    ):
        unit = "count" if name == "origins" else "months"
        readings.append({"name": name, "label": label, "value": value, "unit": unit, "evidence": "measured",
                         "tables": ("backtest",)})
    return readings


def choice_readings(choice: Choice, accuracy: pd.DataFrame, differences: pd.DataFrame) -> list[Reading]:
    """Chosen and best model, the chosen one's errors, three comparisons of mean errors in points."""
    readings: list[Reading] = [
        {"name": "chosen_model", "label": "Model handed on", "value": MODELS[choice.chosen]},
        {"name": "best_model", "label": "Model with the least mean error so far", "value": MODELS[choice.best]},
        {"name": "default_model", "label": "Model that others must beat", "value": MODELS[DEFAULT]},
        {"name": "earned", "label": "Did another model earn the place", "value": "yes" if choice.earned else "no"},
    ]
    readings = [{**item, "unit": "text", "evidence": "measured", "tables": ("differences",)} for item in readings]
    readings += [
        {**item, "name": item["name"].replace(f"mape_{choice.chosen}_", "mape_chosen_"),
         "label": item["label"].replace(MODELS[choice.chosen], "Model handed on", 1)}
        for item in _error_readings(accuracy[accuracy["model"] == choice.chosen])
    ]
    mean = {
        (row["model"], row["against"]): row
        for row in differences[differences["series"] == "mean"].to_dict("records")
    }
    for model, against, what in (
        ("hybrid", "sarima", "What the LSTM adds to SARIMA's mean error, in points"),
        ("hybrid", DEFAULT, "SARIMA + LSTM less the default, mean error, in points"),
        ("median", DEFAULT, "Median of three less the default, mean error, in points"),
    ):
        row = mean[model, against]
        readings.append({
            "name": f"difference_{model}_{against}", "label": what, "value": float(row["difference"]),
            "low": float(row["low"]), "high": float(row["high"]), "unit": "percent", "evidence": "measured",
            "better": "less", "tables": ("differences",), "tolerance": 0.2 if model == "hybrid" else 0.5,
        })
    return readings


def gate_readings(gates: pd.DataFrame, choice: Choice, limit_key: str) -> list[Reading]:
    """PASS, REVIEW or FAIL of the allowed monthly error: the model handed on, and the documents' hybrid."""
    readings: list[Reading] = [{
        "name": "error_limit", "label": "Monthly error that the documents allow", "unit": "percent",
        "value": float(gates["limit_percent"].iloc[0]), "evidence": "assumed", "claims": (limit_key,),
    }]
    for model, name in ((choice.chosen, "gate"), ("hybrid", "gate_hybrid")):
        readings += [
            {"name": f"{name}_{row['series']}", "value": row["gate"], "unit": "gate", "evidence": "measured",
             "label": f"{MODELS[model]} within the allowed monthly error, {_series_name(row['series'])}",
             "claims": (limit_key,), "tables": ("gates",)}
            for row in gates[gates["model"] == model].to_dict("records")
        ]
    return readings


def coverage_readings(coverage: pd.DataFrame, check: pd.DataFrame) -> list[Reading]:
    """Backtest months inside the 80 % band, and how the assumed growth of the error compares where testable."""
    inside, months = int(coverage["inside"].sum()), int(coverage["months"].sum())
    common: Reading = {"evidence": "measured", "tables": ("coverage",)}
    tested = check[(check["origins"] >= 3) & (check["lead_months"] > 1)]
    return [
        {"name": "coverage_80", "label": "Backtest months inside the 80 % band", "value": inside / months,
         "unit": "share", **common},
        {"name": "coverage_inside", "label": "Series-months inside the 80 % band", "value": inside, "unit": "count",
         **common},
        {"name": "coverage_months", "label": "Series-months tested", "value": months, "unit": "count", **common},
        {"name": "lead_growth_measured", "label": "Error at the longest tested leads over the error one month ahead",
         "value": float(tested["measured"].tail(3).mean()), "unit": "ratio", "evidence": "measured",
         "tables": ("lead_growth",), "tolerance": 1e-4},
        {"name": "lead_growth_assumed", "label": "The same ratio as the fan assumes it", "unit": "ratio",
         "value": float(tested["assumed"].tail(3).mean()), "evidence": "assumed", "tables": ("lead_growth",)},
        {"name": "longest_tested_lead", "label": "Longest lead with at least three origins", "unit": "months",
         "value": int(tested["lead_months"].max()) if len(tested) else 1, "evidence": "measured",
         "tables": ("lead_growth",)},
    ]


def target_readings(monthly: pd.DataFrame, paths: pd.DataFrame, year: int, claims: tuple[Claim, Claim],
                    chosen: str) -> list[Reading]:
    """The chance that growth without any measure reaches the documents' growth of sales and of users."""
    draws, before = year_draws(paths, year), last_year(monthly)
    readings = []
    for claim, name, label in zip(claims, ("sales", "active_customers"), ("sales", "active customers"), strict=True):
        reached = (draws[name] / before[name] - 1) >= claim.share
        readings.append({
            "name": f"target_chance_{name}", "value": float(reached.mean()), "unit": "probability",
            "label": f"Chance that {label} grow by {claim.value:g} % in {year} without any measure",
            "evidence": "simulated", "better": "more", "claims": (claim.key,), "tables": ("paths",),
            "tolerance": max(TOLERANCE[chosen], 0.02),
        })
        readings.append({
            "name": f"target_{name}", "label": f"Yearly growth of {label} that the documents plan",
            "value": claim.share, "unit": "share", "evidence": "assumed", "claims": (claim.key,),
        })
    return readings


def claim_readings(gates: pd.DataFrame, targets: list[Reading], claims: tuple[Claim, Claim, Claim],
                   accuracy: pd.DataFrame) -> list[Reading]:
    """Where three claims stand: the allowed error (tested on the hybrid), growth of sales and of users (targets)."""
    limit, sales, users = claims
    hybrid = gates[gates["model"] == "hybrid"]
    mean = accuracy[(accuracy["model"] == "hybrid") & (accuracy["series"] == "mean")].iloc[0]
    words = ", ".join(
        f"{_series_name(row['series'])} {row['mape_percent']:.1f} %" for row in hybrid.to_dict("records")
    )
    chances = {item["name"]: item["value"] for item in targets}
    return [
        {"key": limit.key, "role": "tested", "verdict": verdict(list(hybrid["gate"])),
         "observed": float(mean["mape_percent"]), "low": float(mean["low"]), "high": float(mean["high"]),
         "evidence": "measured",
         "reading": f"One-month errors of SARIMA + LSTM over {int(mean['origins'])} rolling origins ({words}) "
                    f"against at most {limit.value:g} %; it holds where the whole 80 % interval lies below."},
        {"key": sales.key, "role": "target", "observed": float(chances["target_chance_sales"]), "evidence": "simulated",
         "reading": "Share of simulated years without any measure in which sales grow at least that much over "
                    "the last twelve full months."},
        {"key": users.key, "role": "target", "observed": float(chances["target_chance_active_customers"]),
         "evidence": "simulated",
         "reading": "Users read as identified customers active in a month; share of simulated years without any "
                    "measure in which their number grows at least that much."},
    ]
