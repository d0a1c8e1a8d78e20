"""The decision as tables: what is funded, what else could be, the two frontiers, what waiting costs."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from ecomplan.investment.allocation.decision import (
    HIGH,
    LOW,
    NONE,
    PORTFOLIO,
    Decided,
    committed_decision,
    halves,
    trial_doses,
)
from ecomplan.investment.allocation.field import join, shortfall
from ecomplan.investment.allocation.gains import Drawn
from ecomplan.investment.allocation.learn import Trial, go_on, perfect, staged, thresholds
from ecomplan.investment.allocation.naive import Naive
from ecomplan.investment.allocation.select import choose, marginal_return
from ecomplan.investment.allocation.waterfill import water_fill
from ecomplan.investment.engine.cash import Cash
from ecomplan.investment.engine.levers import QUANTITIES
from ecomplan.investment.engine.plan import Decision, Plan

Array = NDArray[np.float64]


def funded_table(decided: Decided, plan: Plan, level: float) -> pd.DataFrame:
    """The funded levers, most valuable first: dose, spend, months, stop rule, and its part of the set's value.

    `stop_if_below`: the lift (of sales, or of the cost lowered) that pays for what is still to be spent after
    `by_month`; a lever whose measured lift is below it at the upper end of its interval (one-sided `level`) is
    stopped. Of a lever whose test pays (`tested_first`): the observed lift below which it is stopped.
    `stops_failing`: chance of that for a lever without effect. `cost_cap`: discounted cost above which the lever no
    longer pays for itself: the other stop rule, which needs no test. `npv_mean`: the set's value less the set's
    without it and the levers that need it.
    """
    trial, field, doses = decided.trial, decided.field, decided.doses
    whole = field.npv(doses)
    rows = []
    for lever in decided.funded:
        item = plan.levers.items[lever]
        own = whole - field.npv(join(doses, field, int(lever), 0.0))
        tested, error = bool(np.isfinite(decided.limits_lift[lever])), float(trial.error[lever])
        edge = float(decided.limits_lift[lever]) if tested else _break_even(trial, int(lever), float(doses[lever]))
        slack = 0.0 if tested else float(ndtri(level))
        gain = float(own.mean() + (field.cost[lever] * doses[lever]).mean()) + field.fixed[lever]
        rows.append({
            "lever": item.name, "id": item.id, "moves": item.moves, "dose": doses[lever],
            "spend_money": field.spend[lever] * doses[lever] + field.fixed[lever],
            "cost_money": float((field.cost[lever] * doses[lever]).mean()) + field.fixed[lever],
            "gain_money": gain, "cost_cap": gain,
            "start_month": int(decided.starts[lever]), "by_month": int(decided.tested_by[lever]),
            "stop_if_below": edge, "stops_failing": float(ndtr(edge / error - slack)) if error > 0 else 1.0,
            "remaining_money": float((trial.cost_after[lever] * doses[lever]).mean()),
            "expected_lift": float(trial.lift[lever].mean() * field.curves[lever].response(doses[lever])),
            "test_error": error, "tested_first": tested,
            "npv_mean": float(own.mean()), "npv_low": float(np.quantile(own, LOW)),
            "npv_high": float(np.quantile(own, HIGH)), "chance": float((own > 0).mean()),
            "of_what": "sales" if item.moves in QUANTITIES else f"{item.moves} cost",
        })
    columns = [
        "lever", "id", "moves", "dose", "spend_money", "cost_money", "gain_money", "cost_cap", "start_month",
        "by_month", "stop_if_below", "stops_failing", "remaining_money", "expected_lift", "test_error",
        "tested_first", "npv_mean", "npv_low", "npv_high", "chance", "of_what",
    ]
    return pd.DataFrame(rows, columns=columns).sort_values("npv_mean", ascending=False, ignore_index=True)


def _break_even(trial: Trial, lever: int, dose: float) -> float:
    """Lift at which what is still to come pays for what is still to be spent."""
    gain = float(trial.gain_after[lever].mean())
    seen = float(trial.lift[lever].mean())
    return float(trial.cost_after[lever].mean()) * dose * seen / gain if gain > 0 else 0.0


def shown_levers(decided: Decided, plan: Plan, funded: pd.DataFrame, shown: int) -> pd.DataFrame:
    """The funded levers, then the others that come nearest beside them, each at its best dose there (with what it
    needs): lever, gain_money, cost_money, npv_mean, funded."""
    field, doses = decided.field, decided.doses
    whole = float(field.npv(doses).mean())
    rows = []
    for lever in np.flatnonzero(doses <= 0).tolist():
        if field.benefit[lever].any():
            grid = np.linspace(max(field.least[lever], 0.02), 1, 5)
            trials = [join(doses, field, lever, float(dose)) for dose in grid]
            added = [float(field.npv(trial).mean()) - whole for trial in trials]
            best = trials[int(np.argmax(added))]
            cost = float(((best - doses) @ field.cost).mean())
            rows.append({"lever": plan.levers.items[lever].name, "gain_money": max(added) + cost, "cost_money": cost,
                         "npv_mean": max(added), "funded": False})
    columns = ["lever", "gain_money", "cost_money", "npv_mean", "funded"]
    others = pd.DataFrame(rows, columns=columns).nlargest(max(shown - len(funded), 2), "npv_mean")
    parts = [funded.assign(funded=True)[columns], others]
    return pd.concat([part for part in parts if len(part)], ignore_index=True).astype({"funded": bool})


def considered_table(decided: Decided, plan: Plan) -> pd.DataFrame:
    """Every lever on its own at the dose that pays best: value, and the chance to work that it would need to pay.

    `chance_needed` above 1: it does not pay even if it works for certain.
    """
    field, size = decided.trial.plain, len(plan.levers)
    prior = plan.settings.success_prior
    rows = []
    for lever, item in enumerate(plan.levers.items):
        grid = np.unique(np.r_[max(field.least[lever], 0.02), np.linspace(0.05, 1, 20)])
        grid = grid[grid >= field.least[lever]]
        gain = field.benefit[lever].mean() * field.curves[lever].response(grid)
        cost = field.cost[lever].mean() * grid
        best = int(np.argmax(gain - cost))
        with np.errstate(divide="ignore"):
            needed = float(np.min(np.where(gain > 0, prior * cost / np.where(gain > 0, gain, 1), np.inf)))
        rows.append({
            "lever": item.name, "id": item.id, "moves": item.moves, "dose": grid[best], "gain_money": gain[best],
            "cost_money": cost[best], "npv_alone": gain[best] - cost[best],
            "chance_needed": min(needed, 9.99) if np.isfinite(needed) else None,
            "funded": bool(decided.doses[lever] > 0),
        })
    assert len(rows) == size
    return pd.DataFrame(rows).sort_values("npv_alone", ascending=False, ignore_index=True)


def options_table(options: dict[str, tuple[Array, Array]]) -> pd.DataFrame:
    """Options side by side from their (npv, money spent) by draw: mean, 80 % range, chance, shortfall, spent."""
    return pd.DataFrame([{
        "option": name, "npv_mean": npv.mean(), "npv_low": np.quantile(npv, LOW), "npv_high": np.quantile(npv, HIGH),
        "chance_gain": (npv > 0).mean(), "shortfall": max(shortfall(npv), 0.0), "spent": spent.mean(),
    } for name, (npv, spent) in options.items()])


def frontier_table(decided: Decided, points: int, steps: int) -> pd.DataFrame:
    """Expected value against expected shortfall over limits on risk: limit, shortfall, npv (on the draws of the
    choice and of the valuation), used, levers. The last row has no limit."""
    field, check = decided.fitted, decided.field
    free = choose(field, decided.limits.budget, np.inf, steps, decided.doses)
    limits = np.append(np.linspace(0, max(free.shortfall, 0.0), points), np.inf)
    rows, start = [], None
    for limit in limits:
        found = free if not np.isfinite(limit) else choose(field, decided.limits.budget, limit, steps, start)
        npv = check.npv(found.doses)
        start = found.doses
        rows.append({"limit": limit if np.isfinite(limit) else free.shortfall, "shortfall": max(found.shortfall, 0.0),
                     "npv": found.value, "npv_checked": npv.mean(), "used": found.used, "levers": found.funded.size})
    return pd.DataFrame(rows).drop_duplicates("limit", keep="last", ignore_index=True)


def budget_table(decided: Decided, points: int, steps: int) -> pd.DataFrame:
    """Expected value over budgets up to twice what the decision uses, and the worth of one more unit of budget.

    `shadow_price`: the slope between neighbouring budgets; `shadow_relaxed`: the multiplier of the exact simpler
    problem without least doses and overlap, which falls as the budget grows.
    """
    field = decided.fitted
    top = 2 * max(decided.best.choice.used, 0.02 * decided.limits.budget)
    budgets = np.append(np.linspace(0, top, points), decided.limits.budget)
    budgets = np.unique(budgets[budgets <= decided.limits.budget])
    value, cost = field.benefit.mean(axis=1), field.cost.mean(axis=1)
    rows, start = [], None
    for budget in budgets:
        found = choose(field, float(budget), decided.limits.shortfall, steps, start)
        start = found.doses
        relaxed = water_fill(value, cost, field.spend, field.curves, float(budget))
        rows.append({"budget": budget, "npv": found.value, "used": found.used, "levers": found.funded.size,
                     "bound": relaxed.value, "shadow_relaxed": relaxed.shadow_price})
    frame = pd.DataFrame(rows)
    frame["npv"] = np.maximum.accumulate(frame["npv"].to_numpy())  # what a smaller budget reached, a larger can too
    frame["shadow_price"] = np.append(np.diff(frame["npv"]) / np.diff(frame["budget"]), 0.0)
    return frame


def marginal_table(decided: Decided, plan: Plan, shown: int) -> pd.DataFrame:
    """Expected value of one more unit of money on each lever at the chosen point: the funded ones, then the nearest."""
    worth = marginal_return(decided.fitted, decided.doses)
    funded = decided.doses > 0
    frame = pd.DataFrame({
        "lever": [item.name for item in plan.levers.items], "funded": funded, "marginal_return": worth,
        "full": decided.doses >= 1 - 1e-9,
    })
    others = frame[~funded].nlargest(max(shown - int(funded.sum()), 0), "marginal_return")
    return pd.concat([frame[funded].sort_values("marginal_return", ascending=False), others], ignore_index=True)


def waiting_table(decided: Decided, drawn: Drawn, months: tuple[int, ...]) -> pd.DataFrame:
    """Expected value of the funded set in the cash-flow model if all of it begins in a later month, untested."""
    plan, rows = drawn.plan, halves(drawn.draws)[1]
    base = committed_decision(decided, plan.settings.horizon_months)
    out = []
    for month in months:
        cash = drawn.cash(Decision(base.dose, np.full(base.dose.size, month, dtype=np.int64), base.stop_month), rows)
        out.append({"start_month": month, "npv_mean": cash.npv.mean(), "npv_low": np.quantile(cash.npv, LOW),
                    "npv_high": np.quantile(cash.npv, HIGH), "chance_gain": (cash.npv > 0).mean()})
    return pd.DataFrame(out)


def rules_table(decided: Decided, trial: Trial, level: float) -> pd.DataFrame:
    """The funded set under each stop rule, on the valuation's draws: no test, the two rules, tests free of error."""
    part, check = (trial.part(rows) for rows in halves(trial.noise.shape[1]))
    doses = decided.doses
    at = trial_doses(check, doses)
    going = {
        "No test": np.ones_like(check.noise, dtype=bool),
        "Stop on the mean of what is still to come (Bayes)": go_on(check, at, thresholds(part, at)),
        "Stop on the interval's upper end": go_on(check, at, thresholds(part, at, "upper end", level)),
        "Tests free of error and of cost": perfect(check, at),
    }
    rows = []
    for name, goes in going.items():
        field = staged(check, goes)
        npv = field.npv(doses)
        if name in ("No test", "Tests free of error and of cost"):
            npv = npv + field.fixed[doses > 0].sum()
        rows.append({"rule": name, "npv_mean": npv.mean(), "npv_low": np.quantile(npv, LOW),
                     "npv_high": np.quantile(npv, HIGH), "chance_gain": (npv > 0).mean(),
                     "stopped": float(1 - goes[doses > 0].mean()) if (doses > 0).any() else 0.0})
    return pd.DataFrame(rows)


def listed(funded: pd.DataFrame) -> str:
    """The funded levers' names in one breath."""
    names = [name[0].lower() + name[1:] for name in funded["lever"]] or ["none"]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def decision_text(decided: Decided, funded: pd.DataFrame) -> tuple[str, str]:
    """The decision and the stop rule in words without numbers of money: those stand in the findings."""
    if decided.kind == NONE or not len(funded):
        return "Fund nothing of the catalogue as it stands", "There is nothing to stop"
    what = "Fund" if decided.kind == PORTFOLIO else "Fund, up to their tests only,"
    stop = (
        "Stop a measure at once when its cost is seen to pass its cap, and after its test when its measured lift is "
        "below its threshold"
    ) if decided.tested.any() else (
        "Stop a measure at once when its cost is seen to pass its cap, and at its review when the interval of its "
        "measured lift lies wholly below the lift that pays for what is still to be spent"
    )
    return f"{what} {listed(funded)}; none of the others", stop


def options(decided: Decided, cash: Cash, written: Cash, face: Naive) -> dict[str, tuple[Array, Array]]:
    """The decision beside other choices: (npv, money spent) by draw of the valuation."""
    zero = np.zeros_like(decided.npv)
    trial, best = decided.trial.plain, decided.committed
    return {
        "The decision": (decided.npv, cash.spent * bool(decided.funded.size)),
        "The best set without any test": (best.npv, zero + trial.spend @ best.choice.doses),
        "Claims at face value": (face.npv, face.spent),
        "The plan as written": (written.npv, written.spent),
        "Nothing": (zero, zero),
    }
