"""Single numbers of the decision, ready for findings."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ecomplan.investment.allocation.decision import HIGH, LOW, Decided, halves
from ecomplan.investment.allocation.field import shortfall
from ecomplan.investment.engine.cash import Cash

Array = NDArray[np.float64]


def spread(values: Array) -> dict[str, float]:
    """Mean with the 80 % range, for a finding."""
    low, high = np.quantile(values, [LOW, HIGH])
    return {"value": float(values.mean()), "low": float(low), "high": float(high)}


def loss(npv: Array) -> float:
    """Expected shortfall, 0 where even the worst twentieth gains."""
    return max(shortfall(npv), 0.0)


def model_difference(decided: Decided, cash: Cash) -> float:
    """Expected value of the funded set without tests: in the whole cash-flow model less in the field of the choice."""
    plain = decided.trial.plain.part(halves(decided.trial.noise.shape[1])[1])
    return float(cash.npv.mean() - plain.npv(decided.best.choice.doses).mean())


def month_of(funded: pd.DataFrame, column: str, which: str) -> dict[str, Any]:
    """The least or greatest month of a column of `funded`, ready for a finding."""
    if not len(funded):
        return {"value": None, "unknown": "Nothing is funded, so that no month is set"}
    return {"value": float(funded[column].agg(which))}


def mean_of(funded: pd.DataFrame, column: str) -> dict[str, Any]:
    """Mean of a column of `funded`, ready for a finding."""
    if not len(funded):
        return {"value": None, "unknown": "Nothing is funded"}
    return {"value": float(funded[column].mean())}


def nearest_needed(considered: pd.DataFrame) -> dict[str, Any]:
    """The least chance to work with which a lever that is not funded would pay."""
    others = considered.loc[~considered["funded"], "chance_needed"].dropna()
    if others.empty:
        return {"value": None, "unknown": "Every measure of the catalogue is funded or brings nothing of its own"}
    return {"value": float(others.min())}


def nearest_name(considered: pd.DataFrame) -> str:
    """Name of that lever."""
    others = considered[~considered["funded"]].dropna(subset=["chance_needed"])
    return "none" if others.empty else str(others["lever"].iloc[int(np.argmin(others["chance_needed"]))])


def shadow_at(budgets: pd.DataFrame, budget: float) -> float:
    """Value of one more unit of budget at a budget, as found."""
    row = int(np.searchsorted(budgets["budget"].to_numpy(), budget, side="right")) - 1
    return float(budgets["shadow_price"].iloc[max(row, 0)])


def price_of_risk(frontier: pd.DataFrame, decided: Decided) -> float:
    """What the limit on risk costs: the best value without it less the decision's, on the draws of the choice."""
    return max(float(frontier["npv"].max()) - decided.best.choice.value, 0.0)


def value_at_risk(frontier: pd.DataFrame, limit: float) -> float:
    """Best value on the frontier under a limit on the expected shortfall (between its points: along the line)."""
    return float(np.interp(limit, frontier["limit"], np.maximum.accumulate(frontier["npv"])))



