"""What if: effects at fixed shares of the claims, inputs moved alone (tornado), and what must be true.

All use the same draws as the plan (its first `WHATIF_DRAWS`), so that differences are not chance.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import comb, inf

import numpy as np
import pandas as pd

from ecomplan.investment import finance
from ecomplan.investment.budget import Budget
from ecomplan.investment.finance import Array
from ecomplan.investment.levers import Levers
from ecomplan.investment.returns import Cash, cash_flows
from ecomplan.investment.uncertainty import INPUTS, Draws, make_draws, read_inputs
from ecomplan.params import ReturnsStage

WHATIF_DRAWS = 5000
EFFECT_SHARES = (0.0, 0.25, 0.5, 1.0)  # oddity o17 asks for these
LOW, HIGH = 0.1, 0.9  # ends of an 80 % range
LONGEST_MONTHS = 120  # the longest horizon that parameters allow


@dataclass(frozen=True)
class Plan:
    """All that a what-if needs: sales paths sorted by total, budget, levers, parameters, draws."""

    sales: Array
    budget: Budget
    levers: Levers
    p: ReturnsStage
    draws: Draws

    def cash(self, draws: Draws | None = None, levers: Levers | None = None, **changed: float) -> Cash:
        """Cash flows with other draws, levers or parameters."""
        p = self.p.model_copy(update=changed)
        return cash_flows(self.sales, self.budget, levers or self.levers, p, draws or self.draws)


def make_plan(sales: Array, budget: Budget, levers: Levers, p: ReturnsStage, draws: int = WHATIF_DRAWS) -> Plan:
    """A plan with a modest number of draws."""
    return Plan(sales, budget, levers, p, make_draws(min(draws, p.draws), len(levers), p.seed))


def at_claimed_share(plan: Plan) -> pd.DataFrame:
    """NPV with every lever at exactly 0, 25, 50 and 100 % of its claim, evidence not weighed (oddity o17).

    Columns share, benefit_money (mean discounted), npv_mean, npv_low, npv_high (80 %), chance_positive with
    levers that work by the success prior, and npv_all_work, the mean where every one of them works.
    """
    rows = []
    exact = as_claimed(plan.levers)
    for share in EFFECT_SHARES:
        cash = plan.cash(levers=exact, effect_share=share)
        everyone = plan.cash(levers=exact, effect_share=share, success_prior=1.0)
        low, high = np.quantile(cash.npv, [LOW, HIGH])
        rows.append({
            "share": share, "benefit_money": cash.discounted_benefit.mean(), "npv_mean": cash.npv.mean(),
            "npv_low": low, "npv_high": high, "chance_positive": (cash.npv > 0).mean(),
            "npv_all_work": everyone.npv.mean(),
        })
    return pd.DataFrame(rows)


def as_claimed(levers: Levers) -> Levers:
    """The levers without doubt about their claims: evidence not weighed, the kept share exactly as set."""
    return replace(levers, kept_weight=inf, items=tuple(replace(lever, weight=1.0) for lever in levers.items))


def tornado(plan: Plan) -> pd.DataFrame:
    """Mean NPV with each input alone at the ends of its 80 % range, the others at their medians.

    Which levers work and their own spread are averaged over. Columns input, low_label, high_label (the ends
    in words), npv_low_end, npv_high_end, base (all at their medians), width; longest first.
    """
    middle = plan.draws.at({})
    base = float(plan.cash(middle).npv.mean())
    rows = []
    for name, words in INPUTS.items():
        ends = [plan.draws.at({name: level}) for level in (LOW, HIGH)]
        values = [float(plan.cash(draws).npv.mean()) for draws in ends]
        labels = [_value(plan, draws.head(1), name) for draws in ends]
        rows.append((words, *labels, *values))
    count = len(plan.levers)
    few, many = (_binomial_quantile(count, plan.p.success_prior, level) for level in (LOW, HIGH))
    working = [float(plan.cash(middle, success_prior=number / count).npv.mean()) for number in (few, many)]
    rows.append((f"Levers that work, of {count}", str(few), str(many), *working))
    frame = pd.DataFrame(rows, columns=["input", "low_label", "high_label", "npv_low_end", "npv_high_end"])
    frame["base"] = base
    frame["width"] = (frame["npv_high_end"] - frame["npv_low_end"]).abs()
    return frame.sort_values(["width", "input"], ascending=[False, True], ignore_index=True)


@dataclass(frozen=True)
class BreakEven:
    """What must be true, each alone, for the mean NPV to reach zero; None where it cannot. `effect_share` is
    of the claims themselves, evidence not weighed."""

    effect_share: float | None
    success_prior: float | None
    horizon_months: int | None
    benefit_multiple: float | None  # of all benefits


def break_even(plan: Plan) -> BreakEven:
    """Break-even share of claimed effects, chance that a lever works, months counted, and benefit multiple."""
    long = plan.cash(horizon_months=LONGEST_MONTHS)
    rate = finance.per_month(plan.p.discount_rate_per_year)
    # ASSUME: effects outlast the plan at no further cost; the count of months is a lower bound for that reason.
    value = np.cumsum(long.flows.mean(axis=0) * finance.discount_factors(rate, long.flows.shape[1], first=1))
    reached = np.flatnonzero(value[plan.budget.months - 1:] >= 0)
    now = plan.cash()
    benefit = float(now.discounted_benefit.mean())
    exact = as_claimed(plan.levers)
    return BreakEven(
        effect_share=root_of(lambda share: float(plan.cash(levers=exact, effect_share=share).npv.mean())),
        success_prior=root_of(lambda prior: float(plan.cash(success_prior=prior).npv.mean())),
        horizon_months=int(reached[0]) + plan.budget.months if reached.size else None,
        benefit_multiple=float(now.discounted_cost.mean()) / benefit if benefit > 0 else None,
    )


def root_of(rising: Callable[[float], float], steps: int = 18) -> float | None:
    """Where a rising function of a share crosses zero, by bisection; None if it stays below, 0 if never below."""
    low, high = 0.0, 1.0
    if rising(high) < 0:
        return None
    if rising(low) >= 0:
        return 0.0
    for _ in range(steps):
        middle = (low + high) / 2
        low, high = (middle, high) if rising(middle) < 0 else (low, middle)
    return (low + high) / 2


def _value(plan: Plan, one: Draws, name: str) -> str:
    """An input's value in words, for the ends of the tornado."""
    inputs = read_inputs(one, len(plan.sales), plan.budget, plan.levers, plan.p)
    match name:
        case "total":
            return f"{inputs.total_cny[0] / 1e6:.1f} m CNY"
        case "sales":
            return f"{plan.sales[inputs.path[0]].sum() / 1e6:.1f} m {plan.p.currency}"
        case "reach":
            mean = [lever.reach_low + (lever.reach_high - lever.reach_low) * inputs.reach[0]
                    for lever in plan.levers.items]
            return f"{100 * np.mean(mean):.0f} %"
        case _:
            return f"{100 * getattr(inputs, name)[0]:.0f} %"


def _binomial_quantile(count: int, chance: float, level: float) -> int:
    """The smallest number of successes whose cumulative probability reaches `level`."""
    added = 0.0
    for number in range(count + 1):
        added += comb(count, number) * chance**number * (1 - chance) ** (count - number)
        if added >= level:
            return number
    return count
