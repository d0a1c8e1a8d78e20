"""What if: effects at fixed shares of the claims, and what must be true for the plan to break even.

All use the same points as the plan (the first of them), so that differences are not chance.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy.optimize import brentq
from scipy.special import ndtri

from ecomplan.investment.engine import cash as engine
from ecomplan.investment.engine import finance
from ecomplan.investment.engine.finance import Array
from ecomplan.investment.engine.plan import Plan
from ecomplan.investment.engine.variables import SHARED
from ecomplan.investment.returns.measures import Normals
from ecomplan.investment.returns.tables import HIGH, LOW

EFFECT_SHARES = (0.0, 0.25, 0.5, 1.0)  # oddity o17 asks for these
LONGEST_MONTHS = 120  # the longest horizon that parameters allow
CLOSE = 1e-3  # of a share at break-even


@dataclass(frozen=True)
class Trial:
    """A plan at drawn points and their values, ready to be changed one thing at a time."""

    plan: Plan
    points: Normals
    values: Array

    def changed(
        self, effect_share: float | None = None, success_prior: float | None = None, weighed: bool = True,
    ) -> engine.Cash:
        """The plan with every working lever keeping exactly that share of its claim, or with another chance to work;
        `weighed` False takes the claims as they are told, without the weight of their evidence."""
        given = self.values.copy()
        size = len(self.plan.levers)
        if effect_share is not None:
            given[:, 5 * size + SHARED.index("kept")] = effect_share
        if success_prior is not None:
            given[:, :size] = self.points[:, :size] > ndtri(1 - success_prior)
        return engine.simulate_values(self.plan if weighed else as_told(self.plan), given)


def make_trial(plan: Plan, points: Normals) -> Trial:
    """A trial on points (n, variables)."""
    return Trial(plan, points, engine.values(plan, points))


def as_told(plan: Plan) -> Plan:
    """The plan without doubt about its evidence: no claim is weighed down."""
    items = tuple(replace(lever, weight=1.0 if lever.claimed else 0.0) for lever in plan.levers.items)
    return replace(plan, levers=replace(plan.levers, items=items))


def at_claimed_share(trial: Trial) -> pd.DataFrame:
    """NPV with every lever at exactly 0, 25, 50 and 100 % of its claim, evidence not weighed (oddity o17).

    Columns share, benefit_money (mean discounted), npv_mean, npv_low, npv_high (80 %), chance_positive with levers
    that work by the success prior, then npv_all_work and benefit_all_work, the means where every one works.
    """
    rows = []
    for share in EFFECT_SHARES:
        cash = trial.changed(effect_share=share, weighed=False)
        everyone = trial.changed(effect_share=share, success_prior=1.0, weighed=False)
        low, high = np.quantile(cash.npv, [LOW, HIGH])
        rows.append({
            "share": share, "benefit_money": cash.discounted_benefit.mean(), "npv_mean": cash.npv.mean(),
            "npv_low": low, "npv_high": high, "chance_positive": (cash.npv > 0).mean(),
            "npv_all_work": everyone.npv.mean(), "benefit_all_work": everyone.discounted_benefit.mean(),
        })
    return pd.DataFrame(rows)


@dataclass(frozen=True)
class BreakEven:
    """What must be true, each alone, for the mean NPV to reach zero; None where it cannot. `effect_share` is of the
    claims themselves, evidence not weighed."""

    effect_share: float | None
    success_prior: float | None
    horizon_months: int | None
    benefit_multiple: float | None  # of all benefits


def break_even(trial: Trial) -> BreakEven:
    """Break-even share of claimed effects, chance that a lever works, months counted, and benefit multiple."""
    now = trial.changed()
    benefit = float(now.discounted_benefit.mean())
    return BreakEven(
        effect_share=root_of(lambda share: float(trial.changed(effect_share=share, weighed=False).npv.mean())),
        success_prior=root_of(lambda prior: float(trial.changed(success_prior=prior).npv.mean())),
        horizon_months=_horizon(trial),
        benefit_multiple=float(now.discounted_cost.mean()) / benefit if benefit > 0 else None,
    )


def root_of(rising: Callable[[float], float]) -> float | None:
    """Where a rising function of a share crosses zero (Brent 1973); None if it stays below, 0 if never below."""
    if rising(1.0) < 0:
        return None
    if rising(0.0) >= 0:
        return 0.0
    return float(brentq(rising, 0.0, 1.0, xtol=CLOSE))


def _horizon(trial: Trial) -> int | None:
    """Months after which the mean discounted cash is no longer negative, if levers and their running cost go on."""
    plan = trial.plan
    size = len(plan.levers)
    longer = replace(
        plan, settings=replace(plan.settings, horizon_months=LONGEST_MONTHS),
        decision=plan.decision.with_(np.arange(size), stop_month=LONGEST_MONTHS),
    )
    flows = engine.simulate_values(longer, trial.values).flows.mean(axis=0)
    rate = finance.per_month(plan.settings.discount_rate_per_year)
    value = np.cumsum(flows * finance.discount_factors(rate, LONGEST_MONTHS, first=1))
    reached = np.flatnonzero(value[plan.settings.horizon_months - 1:] >= 0)
    return int(reached[0]) + plan.settings.horizon_months if reached.size else None
