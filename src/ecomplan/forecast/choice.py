"""Which model is handed on, and which promise it keeps: rules that stand in code and are not tuned run by run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import pandas as pd

from ecomplan.forecast.backtest import MODELS

Gate = Literal["PASS", "REVIEW", "FAIL"]
# ASSUME: the default is the simplest model that carries season and growth, what a yearly plan needs. It was set
# knowing that seasonal repeats do well on the public orders, so its error there is no blind test;
# `choose` checks it against every challenger on each run.
DEFAULT = "seasonal_growth"


@dataclass(frozen=True)
class Choice:
    """The model handed on, the one with the least error so far, and why they may differ."""

    chosen: str
    best: str
    earned: bool  # True: a challenger replaced the default

    @property
    def headline(self) -> str:
        """What the comparison shows, in one line."""
        if self.earned:
            return f"{MODELS[self.chosen]} beats last year's month by more than chance"
        return "No model beats last year's month by more than chance"


def pairs() -> list[tuple[str, str]]:
    """(model, against) of the comparisons: every challenger against the default, the LSTM against its SARIMA."""
    return [*((name, DEFAULT) for name in MODELS if name != DEFAULT), ("hybrid", "sarima")]


def choose(accuracy: pd.DataFrame, differences: pd.DataFrame) -> Choice:
    """The default stays unless a challenger is better by more than chance.

    A challenger earns the place if the 80 % interval of its mean error over the series, less the
    default's on the same origins, lies wholly below zero; among several the least error wins. The least error
    among several models on few origins flatters its holder: that alone earns nothing.
    """
    mean = accuracy[accuracy["series"] == "mean"].set_index("model")["mape_percent"]
    against = differences[(differences["against"] == DEFAULT) & (differences["series"] == "mean")]
    winners = against.loc[against["high"] < 0, "model"]
    chosen = str(mean[winners].idxmin()) if len(winners) else DEFAULT
    return Choice(chosen=chosen, best=str(mean.idxmin()), earned=bool(len(winners)))


def gate(low: float, high: float, limit: float) -> Gate:
    """PASS: the whole interval lies at or below the limit; FAIL: above it; REVIEW: the limit lies inside."""
    if high <= limit:
        return "PASS"
    return "FAIL" if low > limit else "REVIEW"


def gates_table(accuracy: pd.DataFrame, models: tuple[str, ...], limit_percent: float) -> pd.DataFrame:
    """series, model, mape_percent, low, high, limit_percent, gate of each single series."""
    rows = accuracy[accuracy["model"].isin(models) & (accuracy["series"] != "mean")].drop(columns="origins")
    verdicts = [gate(low, high, limit_percent) for low, high in zip(rows["low"], rows["high"], strict=True)]
    return rows.assign(limit_percent=limit_percent, gate=verdicts).reset_index(drop=True)


def verdict(gates: list[str]) -> Literal["holds", "holds in part", "fails", "not testable"]:
    """What the gates of several series say of one promise made for all."""
    if all(item == "PASS" for item in gates):
        return "holds"
    if "PASS" in gates:
        return "holds in part"
    return "fails" if "FAIL" in gates else "not testable"
