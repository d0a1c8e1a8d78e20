"""What to approve: the whole plan, its first stage with a test before each further one, or nothing yet."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ecomplan.investment.finance import Array
from ecomplan.investment.returns import Cash

LOW, HIGH = 0.1, 0.9


@dataclass(frozen=True)
class Decision:
    """What the board is asked for: `choice` (whole, stage one, none), one sentence, and why."""

    choice: str
    text: str
    reason: str


def staged_npv(cash: Cash) -> Array:
    """NPV by draw if stage one is spent and afterwards only the levers worth their remaining cost go on.

    The upper bound of what testing in stage one can be worth: the tests are taken to be free of error, and
    stopping a lever to save its part of all later spending.
    """
    later = (cash.discounted_cost - cash.stage_one_cost)[:, None] * cash.lever_costs
    return np.asarray(np.maximum(cash.contributions - later, 0).sum(axis=1) - cash.stage_one_cost)


def stage_one_worth(cash: Cash) -> float:
    """The most that stage one may cost, discounted, for staging to break even on average."""
    return float((staged_npv(cash) + cash.stage_one_cost).mean())


def options_table(cash: Cash) -> pd.DataFrame:
    """The three options side by side: option, npv_mean, npv_low, npv_high (80 %), chance_positive, at_risk
    (mean discounted money committed today)."""
    zero = np.zeros_like(cash.npv)
    rows = [
        ("Approve the whole plan", cash.npv, cash.discounted_cost),
        ("Approve stage one, then only levers that tested well", staged_npv(cash), cash.stage_one_cost),
        ("Approve nothing", zero, zero),
    ]
    return pd.DataFrame([{
        "option": name, "npv_mean": npv.mean(), "npv_low": np.quantile(npv, LOW),
        "npv_high": np.quantile(npv, HIGH), "chance_positive": (npv > 0).mean(), "at_risk": cost.mean(),
    } for name, npv, cost in rows])


def decide(cash: Cash) -> Decision:
    """The rule: the whole plan if even its low end (1 plan in 10) gains; else stage one if, with perfect tests
    after it, the mean NPV is above zero; else nothing as written.

    Stage one with tests is never worth less than the whole plan, draw by draw, so that the whole plan is
    taken only where tests could save nothing that matters.
    """
    if np.quantile(cash.npv, LOW) > 0:
        return Decision(
            "whole", "Approve the whole plan", "Nine in ten simulated plans return more than they cost."
        )
    if staged_npv(cash).mean() > 0:
        return Decision(
            "stage one", "Approve stage one only, and release later tranches lever by lever on test results",
            "The whole plan may lose money, but stopping what fails in tests makes the mean return positive.",
        )
    return Decision(
        "none", "Do not approve the budget as written; ask for a cheaper first stage of tests",
        "Even if tests in stage one were perfect, stage one as written costs more than stopping failures saves.",
    )
