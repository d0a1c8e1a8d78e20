"""Chance by impact in three levels each, before and after controls, and what the levels are worth beside numbers."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from ecomplan.estimate import Estimate
from ecomplan.risk.engine.entries import Register
from ecomplan.risk.engine.exposure import Exposure, Floats
from ecomplan.risk.engine.worlds import STATES, Worlds

LEVELS = ("low", "medium", "high")
PRIORITIES = ("accept", "accept", "watch", "act", "act")  # by the sum of both levels


def matrix_table(register: Register, worlds: Worlds, exposure: Exposure) -> pd.DataFrame:
    """One row a risk, largest expected loss first.

    chance_* of at least one event in the year; impact_* mean loss of one event and expected_* yearly loss in money,
    by state; expected_low and expected_high hold 80 % of the readings before controls; chance_level_*,
    impact_level_* and priority_* of the matrix.
    """
    frame = pd.DataFrame({
        "risk": [risk.id for risk in register.risks], "name": [risk.name for risk in register.risks],
        "class": [risk.risk_class for risk in register.risks], "owner_role": [r.owner_role for r in register.risks],
    })
    sizes = worlds.mean_sizes()
    for state in STATES:
        rate, left = worlds.rates * worlds.kept[state], sizes * worlds.left[state]
        count, yearly = rate.mean(axis=1), (rate * left).mean(axis=1)
        frame[f"chance_{state}"] = worlds.chances(state).mean(axis=1)
        frame[f"impact_{state}"] = np.where(count > 0, yearly / np.where(count > 0, count, 1), left.mean(axis=1))
        frame[f"expected_{state}"] = yearly
        chance = np.digitize(frame[f"chance_{state}"], register.chance_edges)
        impact = np.digitize(frame[f"impact_{state}"] / exposure.expected_margin, register.impact_edges)
        frame[f"chance_level_{state}"] = np.array(LEVELS)[chance]
        frame[f"impact_level_{state}"] = np.array(LEVELS)[impact]
        frame[f"priority_{state}"] = np.array(PRIORITIES)[chance + impact]
    frame["expected_low"], frame["expected_high"] = np.quantile(worlds.expected("before"), [0.1, 0.9], axis=1)
    frame = frame.sort_values(["expected_before", "risk"], ascending=[False, True], ignore_index=True)
    frame.insert(0, "number", np.arange(1, len(frame) + 1))
    return frame


def total_loss(worlds: Worlds, state: str, per: Floats | float = 1.0) -> Estimate:
    """Expected yearly loss over all risks, divided by `per` (a number or one a world), with its 80 % range."""
    total = worlds.expected(state).sum(axis=0) / per
    low, high = np.quantile(total, [0.1, 0.9])
    mean = float(total.mean())
    return Estimate(mean, min(float(low), mean), max(float(high), mean))


def part_of(matrix: pd.DataFrame, risks: tuple[str, ...]) -> float:
    """Share of some risks in the expected loss before controls."""
    total = float(matrix["expected_before"].sum())
    return float(matrix.loc[matrix["risk"].isin(risks), "expected_before"].sum()) / total if total > 0 else 0.0


def allocation_efficiency(
    register: Register, matrix: pd.DataFrame, controls: pd.DataFrame, budget_share: float
) -> tuple[Estimate, Estimate, pd.DataFrame]:
    """Loss removed by a budget spent by the matrix's levels, and by numbers, over the most that it could remove.

    The budget is `budget_share` of the cost of all controls. By levels: controls of the risks to act on first, then
    of those to watch, in random order within a level (the range is that of the orders). By numbers: most loss
    removed for its cost first. The most: parts of controls allowed (fractional knapsack; Dantzig, 1957).
    """
    usable = controls[(controls["risks"] > 0) & (controls["cost"] > 0)]
    budget = budget_share * float(usable["cost"].sum())
    cost, removed = usable["cost"].to_numpy(float), usable["removed"].to_numpy(float)
    rank = matrix.set_index("risk")["priority_before"].map({"act": 0, "watch": 1, "accept": 2})
    level = np.array([
        min(int(rank[risk.id]) for risk in register.risks if name in risk.controls) for name in usable["control"]
    ])
    order = np.argsort(-removed / cost, kind="stable")
    spent = np.cumsum(cost[order])
    whole = np.clip((budget - (spent - cost[order])) / cost[order], 0, 1)
    most = float(whole @ removed[order])
    rng = np.random.default_rng(len(usable))
    tries = np.array([_bought(np.lexsort((rng.random(len(level)), level)), cost, removed, budget) for _ in range(200)])
    number = _bought(order, cost, removed, budget)
    chosen = pd.DataFrame({
        "control": usable["control"].to_numpy(), "name": usable["name"].to_numpy(), "level": level,
        "cost": cost, "removed": removed, "worth": removed / cost,
    }).sort_values(["worth", "control"], ascending=[False, True], ignore_index=True)
    if most <= 0:
        none = Estimate(None, unknown="No control takes anything away, so that no order of spending is better")
        return none, none, chosen
    low, high = np.quantile(tries / most, [0.1, 0.9])
    return (Estimate(float(tries.mean()) / most, float(low), float(high)), Estimate(number / most), chosen)


def _bought(order: npt.NDArray[np.intp], cost: Floats, removed: Floats, budget: float) -> float:
    """Loss removed by buying in order what still fits."""
    gone = 0.0
    for k in order:
        if cost[k] <= budget:
            budget -= cost[k]
            gone += removed[k]
    return float(gone)
