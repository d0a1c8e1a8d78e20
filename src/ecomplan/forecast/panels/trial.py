"""The whole engine on the companion panels: accuracy of every model, coverage, what the network earned."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ecomplan.forecast.engine.accuracy import bootstrap_interval
from ecomplan.forecast.engine.run import COMBINATION, Backtest, backtest
from ecomplan.forecast.engine.settings import Settings

#: key -> name for readers, from plain to elaborate
MODELS = {
    "naive": "Last month", "snaive": "Last year's month", "ets": "ETS", "theta": "Theta", "ces": "CES",
    "sarima": "SARIMA", "zhang": "SARIMA + LSTM, literal", "lstm": "SARIMA + global LSTM", COMBINATION: "Combination",
}


def run(series: pd.DataFrame, horizon_months: int, seed: int) -> Backtest:
    """The last `horizon_months` of every series forecast from the months before, all panels as one.

    `series`: unique_id, ds (numbers of months), y.
    """
    return backtest(series[["unique_id", "ds", "y"]], horizon_months, freq="MS", settings=Settings(), seed=seed)


def accuracy_table(scores: pd.DataFrame, draws: int, level: float, seed: int) -> pd.DataFrame:
    """panel, model, model_name, mase, low, high (bootstrap over series), crps, smape, mape, series."""
    rows = []
    panel = scores["unique_id"].str.split("/").str[0]
    for (name, model), one in scores.groupby([panel, "model"], sort=True):
        values = one["mase"].dropna().to_numpy()
        low, high = bootstrap_interval(values, level=level, draws=draws, seed=seed)
        rows.append({
            "panel": name, "model": model, "model_name": MODELS[str(model)], "mase": values.mean(), "low": low,
            "high": high,
            "crps": one["crps"].mean(), "smape": one["smape"].mean(), "mape": one["mape"].mean(), "series": len(values),
        })
    place = list(MODELS)
    return pd.DataFrame(rows).sort_values(
        ["panel", "model"], key=lambda column: column.map(place.index) if column.name == "model" else column,
    ).reset_index(drop=True)


def gain_table(scores: pd.DataFrame, draws: int, level: float, seed: int) -> pd.DataFrame:
    """against, against_name, gain, low, high, better_share: what the combination takes off another model's MASE.

    A share of that model's mean error, paired by series, all panels together.
    """
    wide = scores.pivot_table(index="unique_id", columns="model", values="mase").dropna()
    rng = np.random.default_rng(seed)
    pick = rng.integers(0, len(wide), (draws, len(wide)))
    own = wide[COMBINATION].to_numpy()
    rows = []
    for model in (name for name in MODELS if name in wide and name != COMBINATION):
        other = wide[model].to_numpy()
        drawn = 1 - own[pick].mean(axis=1) / other[pick].mean(axis=1)
        low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])
        rows.append({
            "against": model, "against_name": MODELS[model], "gain": 1 - own.mean() / other.mean(), "low": low,
            "high": high, "better_share": float((own < other).mean()),
        })
    return pd.DataFrame(rows)


def coverage_table(scores: pd.DataFrame, draws: int, level: float, seed: int) -> pd.DataFrame:
    """panel (and "all"), promised (0.80, 0.95), covered, low, high: months inside the combination's ranges."""
    own = scores[scores["model"] == COMBINATION]
    panel = own["unique_id"].str.split("/").str[0]
    rows = []
    for name, one in [*own.groupby(panel, sort=True), ("all", own)]:
        for promised, column in ((0.80, "coverage_80"), (0.95, "coverage_95")):
            low, high = bootstrap_interval(one[column], level=level, draws=draws, seed=seed)
            rows.append({"panel": name, "promised": promised, "covered": one[column].mean(), "low": low, "high": high})
    return pd.DataFrame(rows)


def evidence(test: Backtest) -> pd.DataFrame:
    """What the gate saw of the network; one row that says so where it was not tried."""
    verdict = test.outlooks[0].verdict
    if verdict is None:
        return pd.DataFrame({"measure": ["mase"], "enters": [False], "reason": ["the network was not tried"]})
    return verdict.evidence
