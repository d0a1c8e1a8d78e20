"""What would change our mind: the value of a driver at which the plan as written starts to pay, or that none does."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ecomplan.investment.engine.many import Scenario, summarise
from ecomplan.investment.engine.plan import Plan
from ecomplan.investment.engine.variables import Variable, matching, variables
from ecomplan.investment.scenarios.catalogue import Axis
from ecomplan.investment.scenarios.drivers import told

Array = NDArray[np.float64]
#: label of a driver, its scenarios along LEVELS (or steps of a chance), those levels, and a level in words
Span = tuple[str, list[Scenario], Array, Callable[[float], str]]
LEVELS = np.array([0.01, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9, 0.99])


def flip_table(plan: Plan, axes: tuple[Axis, ...], singles: list[str], draws: int, seed: int) -> pd.DataFrame:
    """Mean NPV along each driver alone, and where it crosses zero.

    Drivers: every axis of the catalogue (all its variables at the same quantile), each variable in `singles`, and
    the chance that a measure works. Columns: driver, from_value, to_value (ends of the span looked at), npv_from,
    npv_to, npv_best (highest along it), flips (yes or no), at (about which value, in words).
    """
    found = {one.name: one for one in variables(plan)}
    spans: list[Span] = []
    taken: set[str] = set()
    for axis in axes:
        names = [name for pattern in axis.variables for name in matching(pattern, found)]
        moving = [name for name in names if found[name].margin.sd > 0]
        if moving:
            taken |= set(moving)
            first = found[moving[0]].label
            label = first if len(moving) == 1 else f"All measures: {_after_colon(first)}"
            spans.append(_span(label, moving, [found[name] for name in moving]))
    spans += [
        _span(found[name].label, [name], [found[name]])
        for name in singles if name not in taken and found[name].unit != "yes or no"
    ]
    works = [name for name in found if name.endswith(".works")]
    prior = plan.settings.success_prior
    if works and prior > 0:
        chance = np.linspace(0, 1, len(LEVELS))
        spans.append((
            "Chance that a measure works", [Scenario(f"works {c:.3f}", "works", "flip", scales={
                name: float(c / prior) for name in works}) for c in chance],
            chance, lambda level: f"{100 * level:.0f} %",
        ))
    scenarios = [scenario for _, row, _, _ in spans for scenario in row]
    mean = summarise(plan, scenarios, draws, seed, measures=("npv",)).mean[:, 0].reshape(len(spans), -1)
    rows = []
    for (label, _, levels, words), npv in zip(spans, mean, strict=True):
        change = np.flatnonzero((npv[1:] > 0) != (npv[:-1] > 0))
        flips, at = bool(change.size), "at no value looked at"
        if flips:
            left = int(change[0])  # a straight line between the two levels about the first change of sign
            part = npv[left] / (npv[left] - npv[left + 1])
            at = f"about {words(float(levels[left] + part * (levels[left + 1] - levels[left])))}"
        rows.append({
            "driver": label, "from_value": words(float(levels[0])), "to_value": words(float(levels[-1])),
            "npv_from": float(npv[0]), "npv_to": float(npv[-1]), "npv_best": float(npv.max()),
            "flips": "yes" if flips else "no", "at": at,
        })
    return pd.DataFrame(rows).sort_values(["flips", "npv_best"], ascending=[False, False], ignore_index=True)


def _span(label: str, names: list[str], found: list[Variable]) -> Span:
    scenarios = [
        Scenario(f"{names[0]} {level:g}", label, "flip", windows={name: (float(level), float(level)) for name in names})
        for level in LEVELS
    ]

    def words(level: float) -> str:
        alone = len(names) == 1
        return told(float(found[0].margin.quantile(level)), found[0].unit) if alone else f"quantile {level:.2g}"

    return label, scenarios, LEVELS, words


def _after_colon(label: str) -> str:
    return label.split(": ", 1)[-1]
