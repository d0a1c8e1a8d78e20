"""Which few variables decide: a box of drivers in which the plan gains, or in which its best tenth lies."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtr
from scipy.stats import binom

from ecomplan.investment.engine.cash import draw
from ecomplan.investment.engine.margins import Bernoulli
from ecomplan.investment.engine.plan import Plan
from ecomplan.investment.engine.variables import variables
from ecomplan.investment.scenarios import prim
from ecomplan.investment.scenarios.drivers import told
from ecomplan.params import ScenariosStage

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Discovery:
    """The box, its trajectory of coverage, density and mass, and the outcome that was sought: plans whose NPV is
    above `threshold`, a share `outcome_share` of all; `gains` tells whether that threshold is zero."""

    limits: pd.DataFrame
    trajectory: pd.DataFrame
    box: prim.Box
    threshold: float
    outcome_share: float

    @property
    def gains(self) -> bool:
        return self.threshold == 0


def driver_levels(plan: Plan, names: list[str], draws: int, seed: int) -> Array:
    """Quantile levels of the named variables in the draws of the reference scenario, (draws, names); a yes-or-no
    variable is 0 or 1."""
    found = {one.name: (place, one) for place, one in enumerate(variables(plan))}
    scores = draw(plan, draws, seed)
    out = np.empty((draws, len(names)))
    for column, name in enumerate(names):
        place, one = found[name]
        level = ndtr(scores[:, place].astype(np.float64))
        out[:, column] = one.margin.quantile(level) if isinstance(one.margin, Bernoulli) else level
    return out


def discover(plan: Plan, npv: Array, names: list[str], p: ScenariosStage) -> Discovery:
    """Seek the box among the variables `names`; `npv` (draws,) is that of the reference scenario at the stage's seed.

    With fewer gains than `box_outcome_share` (or as few losses) the best plans of that share are sought instead.
    """
    levels = driver_levels(plan, names, len(npv), p.seed)
    share = float((npv > 0).mean())
    threshold = 0.0
    if not p.box_outcome_share <= share <= 1 - p.box_outcome_share:
        threshold = float(np.quantile(npv, 1 - p.box_outcome_share))
    outcome = npv > threshold
    boxes = prim.peel(levels, outcome, p.box_peel_share, p.box_least_mass)
    box = prim.trimmed(
        prim.paste(prim.choose(boxes, p.box_density), levels, outcome, p.box_peel_share), levels, outcome,
        p.box_least_gain,
    )
    seen = prim.stability(
        levels, outcome, p.box_density, p.box_peel_share, p.box_least_mass, p.box_least_gain, p.box_resamples, p.seed,
    )
    return Discovery(
        _limits(plan, names, box, levels, outcome, seen),
        pd.DataFrame([
            {"step": step, "coverage": one.coverage, "density": one.density, "mass": one.mass,
             "limits": len(one.restricted)} for step, one in enumerate(boxes)
        ]), box, threshold, float(outcome.mean()),
    )


def _limits(
    plan: Plan, names: list[str], box: prim.Box, levels: Array, outcome: prim.Mask, seen: Array,
) -> pd.DataFrame:
    """One row a limit: variable, what it must be, density without it, chance of that density if the limit did
    nothing (binomial; Bryant & Lempert 2010), and the share of half samples that found it."""
    found = {one.name: one for one in variables(plan)}
    inside = box.inside(levels)
    rows = []
    for column in box.restricted:
        one = found[names[column]]
        low, high = box.low[column], box.high[column]
        freed = prim.without(box, column, levels, outcome)
        if isinstance(one.margin, Bernoulli):
            edge = 1 - one.margin.chance  # its upper limit is 0 or its lower one is 1
            must, span = ("fails", (0.0, edge)) if np.isfinite(high) else ("works", (edge, 1.0))
        else:
            span = (max(float(low), 0.0), min(float(high), 1.0))
            values = [told(float(value), one.unit) for value in one.margin.quantile(np.array(span))]
            must = (f"{values[0]} to {values[1]}" if np.isfinite(low) and np.isfinite(high)
                    else f"above {values[0]}" if np.isfinite(low) else f"below {values[1]}")
        hits = int(outcome[inside].sum())
        rows.append({
            "variable": one.name, "label": one.label, "must": must, "level_low": span[0], "level_high": span[1],
            "density_without": freed.density, "density": box.density,
            "chance_by_luck": float(binom.sf(hits - 1, int(inside.sum()), freed.density)),
            "found_in_halves": float(seen[column]),
        })
    columns = ["variable", "label", "must", "level_low", "level_high", "density_without", "density", "chance_by_luck",
               "found_in_halves"]
    return pd.DataFrame(rows, columns=columns).sort_values("density_without", ignore_index=True)
