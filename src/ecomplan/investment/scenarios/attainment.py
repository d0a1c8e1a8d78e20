"""The chance of every target, its Monte-Carlo error, its spread over scenarios, and its traffic light."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtri

from ecomplan.claims import Claims
from ecomplan.errors import ParameterError
from ecomplan.investment.engine.many import Single
from ecomplan.investment.engine.plan import Plan
from ecomplan.investment.scenarios.catalogue import Catalogue, Target
from ecomplan.investment.scenarios.worlds import Worlds
from ecomplan.params import ScenariosStage

Array = NDArray[np.float64]
LOW, HIGH = 0.1, 0.9
PER_NEWCOMER = ("cac", "cac_all", "ltv_cac", "ltv_cac_all")
UNITS = {"pct": " %", "pct_change": " %", "pct_per_year": " % a year", "pp_change": " points", "CNY": " CNY",
         "month": " months", "ratio": ""}


@dataclass(frozen=True)
class Sandbox:
    """All scenarios on the same draws: `values` (scenarios, draws, measures) in the order of `measures`."""

    worlds: Worlds
    measures: tuple[str, ...]
    values: Single

    def column(self, name: str) -> Single:
        """One measure, (scenarios, draws). Raises ParameterError for one that was not run."""
        if name not in self.measures:
            raise ParameterError(f"measure {name!r} was not run; there are {', '.join(self.measures)}")
        return np.asarray(self.values[:, :, self.measures.index(name)])


def threshold(target: Target, claims: Claims, plan: Plan) -> float:
    """The claim's number on the scale of the target's measures."""
    claim = claims[target.claim]
    assert claim.value is not None  # the catalogue was checked
    value = float(claim.value)
    match target.form:
        case "value":
            return value
        case "share":
            return value / 100
        case "one plus share":
            return 1 + value / 100
        case "money":
            return value / plan.settings.cny_per_currency_unit
        case "over baseline":
            return value / _baseline(target, claims)
        case "points over":
            return 1 + value / _baseline(target, claims)
        case "over order value":
            return value / (order_value(plan) * plan.settings.cny_per_currency_unit)


def in_claim_units(target: Target, value: float, claims: Claims, plan: Plan) -> float:
    """A measured value in the unit of the claim: what `threshold` undoes."""
    match target.form:
        case "value":
            return value
        case "share":
            return 100 * value
        case "one plus share":
            return 100 * (value - 1)
        case "money":
            return value * plan.settings.cny_per_currency_unit
        case "over baseline":
            return value * _baseline(target, claims)
        case "points over":
            return (value - 1) * _baseline(target, claims)
        case "over order value":
            return value * order_value(plan) * plan.settings.cny_per_currency_unit


def order_value(plan: Plan) -> float:
    """Sales an order without the plan, over all paths of the plan year; 0 orders raise ParameterError."""
    orders = float(plan.base.orders.sum())
    if orders <= 0:
        raise ParameterError("the forecast has no orders in the plan year, so that there is no order value to compare")
    return float(plan.base.sales.sum()) / orders


def measured(target: Target, sandbox: Sandbox) -> Array:
    """The target's measure, (scenarios, draws): the product of its columns. What a newcomer costs is no number
    (NaN) where nothing is spent on winning any."""
    out = np.ones(sandbox.values.shape[:2])
    for name in target.measures:
        out *= sandbox.column(name)
        if name in PER_NEWCOMER:
            out[sandbox.column("marketing_cost") <= 0] = np.nan
    return out


def attained(target: Target, values: Array, limit: float) -> NDArray[np.bool_]:
    """Where a target is attained. A ratio without a finite value (nobody won, nothing spent) attains nothing."""
    with np.errstate(invalid="ignore"):
        return np.isfinite(values) & ((values >= limit) if target.side == "at least" else (values <= limit))


def wilson(hits: float, draws: int, level: float = 0.8) -> tuple[float, float]:
    """Interval of a chance from `hits` of `draws` independent draws (Wilson 1927)."""
    z = float(ndtri(0.5 + level / 2))
    share = hits / draws
    middle = (share + z * z / (2 * draws)) / (1 + z * z / draws)
    half = z / (1 + z * z / draws) * np.sqrt(share * (1 - share) / draws + z * z / (4 * draws * draws))
    return min(float(middle - half), share) if hits else 0.0, max(float(middle + half), share) if hits < draws else 1.0


def light(chance: float, p: ScenariosStage) -> str:
    """PASS, REVIEW or FAIL by the stage's thresholds."""
    return "PASS" if chance >= p.pass_chance else "FAIL" if chance < p.fail_chance else "REVIEW"


def chances(catalogue: Catalogue, sandbox: Sandbox, claims: Claims, plan: Plan) -> Array:
    """Chance of every target in every scenario, (targets, scenarios)."""
    return np.array([
        attained(target, measured(target, sandbox), threshold(target, claims, plan)).mean(axis=1)
        for target in catalogue.targets
    ])


def attainment_table(
    catalogue: Catalogue, sandbox: Sandbox, by_scenario: Array, claims: Claims, plan: Plan, plan_year: int,
    p: ScenariosStage,
) -> pd.DataFrame:
    """One row a target: what is claimed, what the reference scenario's middle plan shows, the chance with its
    Monte-Carlo interval (80 %), the span of eight in ten scenarios, the best scenario, light and due month."""
    draws, horizon = sandbox.values.shape[1], plan.settings.horizon_months
    rows = []
    for target, over in zip(catalogue.targets, by_scenario, strict=True):
        claim = claims[target.claim]
        reference = float(over[0])
        low, high = wilson(round(reference * draws), draws)
        middle = float(np.quantile(measured(target, sandbox)[0], 0.5, method="inverted_cdf"))
        best = int(np.argmax(over))
        rows.append({
            "target": target.name, "document": claim.document, "claim": target.claim,
            "claimed": _words(float(claim.value or 0), claim.unit),
            "modelled": _words(in_claim_units(target, middle, claims, plan), claim.unit)
            if np.isfinite(middle) else "none reached",
            "chance": reference, "chance_low": low, "chance_high": high,
            "scenarios_low": float(np.quantile(over, LOW)), "scenarios_high": float(np.quantile(over, HIGH)),
            "best_scenario": sandbox.worlds.scenarios[best].name, "best_chance": float(over[best]),
            "status": light(reference, p), "due": due(target.by_month or horizon, plan_year),
            "reading": target.reading,
        })
    return pd.DataFrame(rows).sort_values(["chance", "target"], ascending=[False, True], ignore_index=True)


def not_measured_table(catalogue: Catalogue, claims: Claims) -> pd.DataFrame:
    """Targets that money flows cannot show: target, document, claim, reason."""
    return pd.DataFrame([
        {"target": claims[key].what, "document": claims[key].document, "claim": key, "reason": reason}
        for key, reason in catalogue.not_measured.items()
    ]).sort_values(["reason", "claim"], ignore_index=True)


def due(month: int, plan_year: int) -> str:
    """Month of the plan as year and month: 12 in a plan year of 2026 is 2026-12."""
    return f"{plan_year + (month - 1) // 12}-{(month - 1) % 12 + 1:02d}"



def _baseline(target: Target, claims: Claims) -> float:
    baseline = claims[target.baseline_claim or target.claim].baseline
    assert baseline  # the catalogue was checked
    return float(baseline)


def _words(value: float, unit: str) -> str:
    return f"{value:,.0f}{UNITS.get(unit, '')}" if abs(value) >= 100 else f"{value:.3g}{UNITS.get(unit, '')}"
