"""Results put into words and units: what a notebook records as findings and as the standing of claims.

Each function hands back keyword arguments, one mapping a finding (name, label, value, unit, ...) or a claim.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from ecomplan.errors import ParameterError
from ecomplan.forecast.platform.backtest import AGAINST, CHOSEN, MODELS
from ecomplan.forecast.platform.fan import interval, last_year, year_draws
from ecomplan.forecast.platform.opendays import BANK, EASTER, YEAR_END, Rule
from ecomplan.forecast.platform.series import NAMES, SEASON, SERIES

#: relative tolerance for another processor: closed forms round alike, optimisers and the network less so
LOOSE = {"ets": 0.02, "theta": 0.02, "sarima": 0.01, "hybrid": 0.05, "median": 0.03}
CLOSED_NAMES = {YEAR_END: "the break at the year's end", BANK: "bank holidays", EASTER: "Easter Sunday"}
Reading = dict[str, Any]


def tolerance(model: str) -> float:
    """Relative tolerance of a model's figures."""
    return LOOSE.get(model, 1e-6)


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
        rows = rows.assign(model_name=rows["model"].map(lambda key: MODELS[key][0]))
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


def year_readings(monthly: pd.DataFrame, paths: pd.DataFrame, year: int) -> list[Reading]:
    """Totals of the plan year, growth against the last twelve full months, and those months themselves."""
    draws, before = year_draws(paths, year), last_year(monthly)
    common: Reading = {"better": "more", "tables": ("paths",), "evidence": "simulated", "tolerance": tolerance(CHOSEN)}
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
    newcomers = paths[paths["month"].dt.year == year].groupby("path")["new_customers"].sum()
    seen = monthly[monthly["series"] == "new_customers"].sort_values("month")["value"].tail(SEASON)
    readings += [
        {"name": f"new_customers_{year}", "label": f"New customers, {year}", "unit": "customers", **interval(newcomers),
         **common},
        {"name": "new_customers_last12", "label": "New customers, last twelve full months", "unit": "customers",
         "value": float(seen.sum()), **measured},
    ]
    readings.append({
        "name": f"fall_chance_sales_{year}", "label": f"Chance that {year} sells less than the last twelve full months",
        "value": float((draws["sales"] < before["sales"]).mean()), "unit": "probability", **common,
        "better": "less",
    })
    return readings


def peak_readings(monthly: pd.DataFrame, fan: pd.DataFrame) -> list[Reading]:
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
            "tables": ("fan",), "tolerance": tolerance(CHOSEN),
        })
        readings.append({"name": f"sales_{name}_month", "label": f"The {word} month ahead", "unit": "text",
                         "value": f"{month['month']:%B %Y}", "evidence": "simulated", "tables": ("fan",)})
    return readings


def open_day_readings(table: pd.DataFrame, rule: Rule) -> list[Reading]:
    """How well the rule foretold the open days, and what it closes."""
    past = table[table["recorded"] > 0].iloc[SEASON:]
    exact = int((past["recorded"] == past["ruled"]).sum())
    names = ("Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays")
    closed = [*(names[day] for day in rule.weekdays), *(CLOSED_NAMES[kind] for kind in rule.kinds)]
    common: Reading = {"tables": ("open_days",), "evidence": "measured"}
    return [
        {"name": "closed_days", "label": "What closes the shop, as its past teaches", "unit": "text",
         "value": ", ".join(closed) or "nothing", **common},
        {"name": "open_days_exact", "label": "Months whose open days the rule foretold exactly", "value": exact,
         "unit": "count", **common},
        {"name": "open_days_months", "label": "Months for which the rule foretold open days", "value": len(past),
         "unit": "count", **common},
    ]


def _error_readings(accuracy: pd.DataFrame) -> list[Reading]:
    readings: list[Reading] = []
    for row in accuracy.to_dict("records"):
        model, name = row["model"], row["series"]
        series = "mean of the series" if name == "mean" else _series_name(name)
        readings.append({
            "name": f"mape_{model}_{name}", "value": row["mape_percent"], "low": row["low"], "high": row["high"],
            "label": f"{MODELS[model][0]}, one-month error, {series}", "unit": "percent", "evidence": "measured",
            "better": "less", "tables": ("accuracy", "backtest"), "tolerance": tolerance(model),
        })
    return readings


def accuracy_readings(accuracy: pd.DataFrame, months: int) -> list[Reading]:
    """The one-month error of each model and series, and how much the test has seen."""
    readings = _error_readings(accuracy[accuracy["series"].isin((*SERIES, "mean"))])
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


def choice_readings(accuracy: pd.DataFrame, differences: pd.DataFrame) -> list[Reading]:
    """The model handed on and the one with the least error so far, its errors, comparisons of mean errors in points."""
    mean = accuracy[accuracy["series"] == "mean"].set_index("model")["mape_percent"]
    best = MODELS[str(mean.idxmin())][0]
    readings: list[Reading] = [
        {"name": "chosen_model", "label": "Model handed on", "value": MODELS[CHOSEN][0]},
        {"name": "best_model", "label": "Model with the least mean error so far", "value": best},
    ]
    readings = [{**item, "unit": "text", "evidence": "measured", "tables": ("accuracy",)} for item in readings]
    readings += [
        {**item, "name": item["name"].replace(f"mape_{CHOSEN}_", "mape_chosen_"),
         "label": item["label"].replace(MODELS[CHOSEN][0], "Model handed on", 1)}
        for item in _error_readings(accuracy[accuracy["model"] == CHOSEN])
    ]
    by_pair = {
        (row["model"], row["against"]): row
        for row in differences[differences["series"] == "mean"].to_dict("records")
    }
    for model, against, name, what in (
        ("hybrid", "sarima", "difference_hybrid_sarima", "What the LSTM adds to SARIMA's mean error, in points"),
        ("hybrid", CHOSEN, "difference_hybrid_chosen", "SARIMA + LSTM less the model handed on, mean error, in points"),
        (CHOSEN, AGAINST, "difference_chosen_naive", "Model handed on less seasonal naive, mean error, in points"),
    ):
        row = by_pair[model, against]
        readings.append({
            "name": name, "label": what, "value": float(row["difference"]),
            "low": float(row["low"]), "high": float(row["high"]), "unit": "percent", "evidence": "measured",
            "better": "less", "tables": ("differences",), "tolerance": 0.2 if model == "hybrid" else 1e-4,
        })
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
