"""Who bears the cost and who has the gain: contracts that share the plan's result with a partner.

Each contract is judged on the same draws of what the measures bring and cost, so that differences are not chance.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ecomplan.estimate import Estimate
from ecomplan.investment.engine.finance import Array
from ecomplan.investment.engine.plan import Plan
from ecomplan.investment.returns.effects import Drawn, lever_costs
from ecomplan.investment.returns.shapley import Split
from ecomplan.investment.returns.tables import HIGH, LOW, around
from ecomplan.params import ReturnsStage


@dataclass(frozen=True)
class Shared:
    """Discounted benefit and cost of all measures and of those that marketing pays for, each (n,)."""

    benefit: Array
    cost: Array
    marketing_benefit: Array
    marketing_cost: Array


@dataclass(frozen=True)
class Terms:
    """Partner's share of the marketing cost, its share of the marketing measures' benefit in return, and the fee of
    a provider paid by result, a share of all benefit."""

    partner_cost: float
    partner_gain: float
    fee: float


def shared_of(plan: Plan, drawn: Drawn, split: Split) -> Shared:
    """Benefit and cost of the plan and of what its marketing line pays for."""
    marketing = np.array([lever.line == "marketing" for lever in plan.levers.items])
    cost, _, _ = lever_costs(plan, drawn)
    return Shared(
        split.by_lever.sum(axis=1), cost.sum(axis=1), split.by_lever[:, marketing].sum(axis=1),
        cost[:, marketing].sum(axis=1),
    )


def price_of_result(promised_benefit: float, expected_cost: float, gross_margin: float) -> Estimate:
    """Fee, as a share of all benefit, that leaves a provider its gross margin if `promised_benefit` comes true.

    Unknown where no share of the benefit is enough: then nobody who believes that benefit can offer the contract.
    """
    if not 0 <= gross_margin < 1 or promised_benefit <= 0:
        return Estimate(None, unknown="There is no benefit to be shared, so that nobody can be paid by it")
    fee = expected_cost / (1 - gross_margin) / promised_benefit
    if fee > 1:
        return Estimate(None, unknown=(
            "All of the expected benefit would not pay a provider its cost and margin; who believes it cannot offer "
            "to be paid by result"
        ))
    return Estimate(float(fee))


def terms_of(p: ReturnsStage, fair: Estimate, hopeful: Estimate) -> Terms:
    """The partner's terms as set; the fee of a provider who believes every claim, or of one with our priors where
    even that would not pay, or all of the benefit."""
    fee = next((one.value for one in (hopeful, fair) if one.value is not None), 1.0)
    return Terms(p.partner_cost_share, p.partner_gain_share, fee)


def by_result(table: pd.DataFrame, hopeful: Estimate) -> dict[str, float | str | None]:
    """NPV of the contract by result, as a finding takes it; unknown where nobody can offer it."""
    if hopeful.value is None:
        return {"value": None, "unknown": hopeful.unknown}
    return {**around(table, 3, "npv_mean", "npv_low", "npv_high")}


def contract_table(shared: Shared, terms: Terms) -> pd.DataFrame:
    """Contracts side by side: own discounted cost, NPV (mean, 80 %), net ROI of the means, chance of loss, and the
    mean of the worst tenth. Net ROI is null where nothing is paid in advance."""
    s, t = shared, terms
    whole = "Own cost, own gain"
    rows: list[tuple[str, Array, Array]] = [
        (whole, s.benefit, s.cost),
        ("Partner pays part of marketing", s.benefit, s.cost - t.partner_cost * s.marketing_cost),
        ("Partner pays part and shares the gain", s.benefit - t.partner_gain * s.marketing_benefit,
         s.cost - t.partner_cost * s.marketing_cost),
        ("Provider bears all, paid by result", (1 - t.fee) * s.benefit, np.zeros_like(s.cost)),
        ("Provider bears half, paid half as much", (1 - t.fee / 2) * s.benefit, s.cost / 2),
    ]
    out = []
    for name, benefit, cost in rows:
        value = benefit - cost
        low, high = np.quantile(value, [LOW, HIGH])
        paid = float(cost.mean())
        out.append({
            "contract": name, "own_cost": paid, "benefit": float(benefit.mean()), "npv_mean": float(value.mean()),
            "npv_low": low, "npv_high": high, "roi_net": float(benefit.mean()) / paid - 1 if paid > 0 else None,
            "chance_loss": float((value < 0).mean()), "worst_tenth": float(value[value <= low].mean()),
        })
    return pd.DataFrame(out).astype({"roi_net": "float64"}).replace({np.nan: None})


def share_needed(benefit: float, cost: float, net_roi: float) -> Estimate:
    """Share of a cost that a partner must bear, for nothing, so that the rest returns `net_roi`."""
    if cost <= 0:
        return Estimate(None, unknown="Nothing is spent, so that there is no cost to share")
    return Estimate(max(0.0, 1 - float(benefit) / ((1 + net_roi) * float(cost))))
