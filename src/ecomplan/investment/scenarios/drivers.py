"""Which of all variables decide the plan's net present value: one at a time, elementary effects, Sobol indices."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtri

from ecomplan.errors import ParameterError
from ecomplan.investment.engine.many import Scenario, respond, summarise
from ecomplan.investment.engine.plan import Plan
from ecomplan.investment.engine.variables import LEVER_KINDS, Variable, groups, variables
from ecomplan.investment.scenarios import morris, sobol
from ecomplan.params import ScenariosStage

Array = NDArray[np.float64]
ENDS = (0.1, 0.9)


def response(plan: Plan, measure: str = "npv") -> Callable[[NDArray[np.floating]], Array]:
    """A function of correlated normal scores (rows, variables) that gives one measure (rows,)."""

    measured = respond(plan, (measure,))
    return lambda scores: measured(scores)[:, 0].astype(np.float64)


def moving(plan: Plan) -> list[tuple[int, Variable]]:
    """Place and variable of all that can differ; a variable of one value decides nothing."""
    return [(place, one) for place, one in enumerate(variables(plan)) if one.margin.sd > 0]


def tornado(plan: Plan, draws: int, seed: int) -> pd.DataFrame:
    """Mean NPV with one variable at each end of its 80 % range and all others drawn, widest first.

    Averaging over the others, in place of setting them to their middle, keeps yes-or-no variables in play.
    """
    found = moving(plan)
    scenarios = [Scenario("base", "base", "base")] + [
        Scenario(one.name, one.label, "end", windows={one.name: (end, end)}) for _, one in found for end in ENDS
    ]
    mean = summarise(plan, scenarios, draws, seed, measures=("npv",)).mean[:, 0]
    ends = mean[1:].reshape(-1, 2)
    values = np.array([one.margin.quantile(np.array(ENDS)) for _, one in found])
    frame = pd.DataFrame({
        "variable": [one.name for _, one in found], "label": [one.label for _, one in found],
        "group": [one.group for _, one in found], "low_value": values[:, 0], "high_value": values[:, 1],
        "unit": [one.unit for _, one in found], "base": mean[0], "npv_low_end": ends[:, 0], "npv_high_end": ends[:, 1],
    })
    frame["low_label"], frame["high_label"] = (
        [told(value, unit) for value, unit in zip(frame[name], frame["unit"], strict=True)]
        for name in ("low_value", "high_value")
    )
    frame["swing"] = (frame["npv_high_end"] - frame["npv_low_end"]).abs()
    return frame.sort_values(["swing", "variable"], ascending=[False, True], ignore_index=True)


@dataclass(frozen=True)
class Sources:
    """Independent normals behind the correlated ones: each variable's own, then what each group shares.

    `mixing` (variables, sources) turns them into the correlated scores; `names`, `labels` and `groups` are theirs.
    """

    names: tuple[str, ...]
    labels: tuple[str, ...]
    groups: tuple[str, ...]
    mixing: Array


def sources(plan: Plan) -> Sources:
    """Variables that correlate by rho within a group are sqrt(rho) of a common source and sqrt(1 - rho) of their own.

    A Cholesky factor would do the same, yet give what a group shares to its first variable. Raises ParameterError
    for overlapping groups or a negative correlation, which have no such form.
    """
    found = variables(plan)
    place = {one.name: row for row, one in enumerate(found)}
    shared = [(members, rho) for members, rho in groups(plan) if len(members) > 1 and rho != 0]
    members_of = [name for members, _ in shared for name in members]
    if len(set(members_of)) < len(members_of) or any(rho < 0 for _, rho in shared):
        raise ParameterError("groups of variables overlap or correlate below 0: they have no common source")
    mixing = np.zeros((len(found), len(found) + len(shared)))
    np.fill_diagonal(mixing, 1.0)
    names, labels, kinds = ([getattr(one, part) for one in found] for part in ("name", "label", "group"))
    for number, (members, rho) in enumerate(shared):
        rows = [place[name] for name in members]
        mixing[rows, rows] = np.sqrt(1 - rho)
        mixing[rows, len(found) + number] = np.sqrt(rho)
        names.append(f"shared.{number + 1}")
        labels.append(_shared_label(plan, members, found[rows[0]]))
        kinds.append("common")
    return Sources(tuple(names), tuple(labels), tuple(kinds), mixing)


def sobol_table(plan: Plan, p: ScenariosStage, measure: str = "npv") -> tuple[pd.DataFrame, sobol.Indices]:
    """First-order and total indices of all sources with 80 % bootstrap intervals, largest total first.

    Inputs are correlated, where such indices lose their meaning; they are taken on the independent sources behind
    the Gaussian copula: what is a variable's own, and what a group of variables has in common.
    """
    behind = sources(plan)
    a, b = sobol.base_points(len(behind.names), p.sobol_points, p.seed)
    outputs = sobol.evaluate(
        response(plan, measure), ndtri(a).astype(np.float32), ndtri(b).astype(np.float32), factor=behind.mixing,
    )
    indices = sobol.indices(outputs, p.resamples, p.seed)
    frame = pd.DataFrame({
        "variable": behind.names, "label": behind.labels, "group": behind.groups, "first": indices.first,
        "first_low": indices.first_low, "first_high": indices.first_high, "total": indices.total,
        "total_low": indices.total_low, "total_high": indices.total_high,
    })
    return frame.sort_values(["total", "variable"], ascending=[False, True], ignore_index=True), indices


def morris_table(plan: Plan, p: ScenariosStage, measure: str = "npv") -> pd.DataFrame:
    """Elementary effects of the same sources, largest mean absolute effect first."""
    behind = sources(plan)
    run, mixing = response(plan, measure), behind.mixing.T.astype(np.float32)
    effects = morris.elementary_effects(
        lambda unit: run(ndtri(unit).astype(np.float32) @ mixing), len(behind.names), p.morris_trajectories,
        p.morris_levels, p.seed, resamples=p.resamples,
    )
    return pd.DataFrame({
        "variable": behind.names, "label": behind.labels, "group": behind.groups, "mean": effects.mean,
        "mean_absolute": effects.mean_absolute, "low": effects.low, "high": effects.high, "spread": effects.spread,
    }).sort_values(["mean_absolute", "variable"], ascending=[False, True], ignore_index=True)


def leading(shares: pd.DataFrame, count: int) -> list[str]:
    """Names of the `count` variables with the largest total indices, what groups share left out."""
    return list(shares.loc[shares["group"] != "common", "variable"][:count])


def _shared_label(plan: Plan, members: list[str], first: Variable) -> str:
    lever, _, kind = members[0].rpartition(".")
    if kind not in LEVER_KINDS:
        return f"What goes with it: {first.label.lower()}"
    what = first.label.split(": ", 1)[-1]
    if kind in ("works", "effect"):
        moves = plan.levers.items[plan.levers.index(lever)].moves
        return f"Common to measures on {moves}: {'whether they work' if kind == 'works' else what}"
    return f"Common to all measures: {what}"


def agreement(sobol_frame: pd.DataFrame, morris_frame: pd.DataFrame, top: int) -> float:
    """Share of the `top` variables by total index that are among the `top` by elementary effect too."""
    return len({*sobol_frame["variable"][:top]} & {*morris_frame["variable"][:top]}) / top


def told(value: float, unit: str) -> str:
    """A variable's value for readers."""
    if unit == "yes or no":
        return "works" if value > 0.5 else "fails"
    if unit.startswith("share"):
        return f"{100 * value:.3g} %"
    return f"{value:.3g}" + (f" {unit}" if unit in ("months", "money") else "×" if unit == "ratio" else "")
