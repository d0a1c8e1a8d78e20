"""A household's first campaign, week by week: did the targeted part from the others before it began?

Cohorts start in the same week; controls are households whose first campaign begins after the last week looked at, or
never (not yet treated; Callaway and Sant'Anna 2021). The base lies `placebo` weeks before the start, so that those
weeks are a placebo: no campaign has begun, neither difference nor weights have used them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ecomplan.behaviour.campaigns.balancing import entropy_balance, standardised_differences
from ecomplan.behaviour.campaigns.difference import (
    Effect,
    contrast,
    group_mean,
    joint_p_value,
    pooled,
    relative,
)
from ecomplan.behaviour.campaigns.effects import ESTIMATORS, Outcomes, covariates
from ecomplan.behaviour.campaigns.panel import Bools, Exposure, Panel
from ecomplan.behaviour.statistics import Floats
from ecomplan.errors import DataError

NEVER = 10**6
TERCILES = ("lower third", "middle third", "upper third")
PHASES = ("placebo", "campaign", "campaign minus placebo")
_KINDS = ESTIMATORS[1:]


@dataclass(frozen=True)
class Cohort:
    """Households whose first campaign starts in week `start`, and those not yet sent one."""

    start: int
    treated: Bools
    controls: Bools
    weights: Floats | None
    x: Floats


@dataclass(frozen=True)
class FirstCampaigns:
    """Weekly effects pooled over cohorts by estimator: (estimator, week from start) -> effect."""

    cohorts: list[Cohort]
    households: int
    left_out: int  # first campaigns too early, too late, too small or without overlap
    weekly: dict[tuple[str, int], Effect]
    levels: dict[int, Effect]


def cohorts(panel: Panel, shown: Exposure, data: Outcomes, before: int, placebo: int, during: int,
            min_group: int, within: str = "") -> tuple[list[Cohort], int]:
    """(cohorts that can be compared, households of those that cannot).

    within: only the third of each cohort with such spend in its base (of `TERCILES`).
    """
    first = shown.first_start(NEVER)
    kept, left_out = [], 0
    for start in np.unique(first[first < NEVER]):
        treated = first == start
        base = (int(start) - placebo - before, int(start) - placebo - 1)
        if within and base[0] >= panel.weeks[0]:
            treated = third(data.values["spend"][:, panel.at(*base)].mean(axis=1), treated, within)
        controls = first > start + during - 1
        if (base[0] < panel.weeks[0] or start + during - 1 > panel.weeks[-1]
                or min(treated.sum(), controls.sum()) < min_group):
            left_out += int(treated.sum())
            continue
        x = covariates(panel, data, *base).to_numpy(float)
        weights = entropy_balance(x[controls], x[treated].mean(axis=0))
        if weights is None:
            left_out += int(treated.sum())
            continue
        kept.append(Cohort(int(start), treated, controls, weights, x))
    return kept, left_out


def study(panel: Panel, shown: Exposure, data: Outcomes, before: int, placebo: int, during: int, min_group: int,
          outcome: str = "spend", within: str = "") -> FirstCampaigns:
    """Weekly effects of the first campaign from the base to `during` weeks after its start; empty without a cohort."""
    found, left_out = cohorts(panel, shown, data, before, placebo, during, min_group, within)
    sizes = [int(cohort.treated.sum()) for cohort in found]
    values = data.values[outcome]
    weekly: dict[tuple[str, int], Effect] = {}
    levels: dict[int, Effect] = {}
    for week in range(-before - placebo, during) if found else ():
        parts: dict[str, list[Effect]] = {kind: [] for kind in _KINDS}
        level = []
        for cohort in found:
            base = values[:, panel.at(cohort.start - placebo - before, cohort.start - placebo - 1)].mean(axis=1)
            now = values[:, panel.at(cohort.start + week, cohort.start + week).start]
            parts[_KINDS[0]].append(contrast(now - base, cohort.treated, cohort.controls))
            parts[_KINDS[1]].append(contrast(now - base, cohort.treated, cohort.controls, cohort.weights, cohort.x))
            level.append(group_mean(now, cohort.treated))
        for kind in _KINDS:
            weekly[kind, week] = pooled(parts[kind], sizes)
        levels[week] = pooled(level, sizes)
    return FirstCampaigns(found, sum(sizes), left_out, weekly, levels)


def third(spend: Floats, group: Bools, which: str) -> Bools:
    """The households of a group whose spend lies in its lower, middle or upper third (ties by position)."""
    rank = np.full(len(spend), -1)
    rank[group] = np.argsort(np.argsort(spend[group], kind="stable"), kind="stable") * 3 // max(int(group.sum()), 1)
    return np.asarray(rank == TERCILES.index(which))


def weekly_table(first: FirstCampaigns, multipliers: Floats, placebo: int) -> pd.DataFrame:
    """Columns: week (0 is the first of the campaign), phase (base, placebo, campaign), estimator, value, low, high
    (80 %, this week alone), wide_low, wide_high (80 % for all weeks at once, by the largest of their deviations)."""
    rows = []
    for kind in _KINDS:
        weeks = [week for name, week in first.weekly if name == kind]
        if not weeks:
            continue
        effects = [first.weekly[kind, week] for week in weeks]
        draws = multipliers @ np.stack([effect.influence for effect in effects]).T
        errors = np.array([effect.error for effect in effects])
        safe = np.where(errors > 0, errors, 1)
        reach = float(np.quantile(np.abs(draws / safe).max(axis=1), 0.8))
        for week, effect in zip(weeks, effects, strict=True):
            low, high = effect.interval(multipliers)
            rows.append({
                "week": week, "phase": "base" if week < -placebo else "placebo" if week < 0 else "campaign",
                "estimator": kind, "value": effect.value, "low": low, "high": high,
                "wide_low": effect.value - reach * effect.error, "wide_high": effect.value + reach * effect.error,
            })
    return pd.DataFrame(rows, columns=["week", "phase", "estimator", "value", "low", "high", "wide_low", "wide_high"])


def summary(first: FirstCampaigns, multipliers: Floats, placebo: int, during: int) -> pd.DataFrame:
    """Mean effects of the placebo weeks and of the campaign weeks, and what is left of the second without the first.

    Weighting on a short base overstates: untargeted households that match good buyers were having a good time, and
    fall back. The placebo weeks show how much, so "campaign minus placebo" is the effect to read, if the two groups
    drift apart no further than that.

    Columns: phase (of `PHASES`), estimator, value, low, high, relative, relative_low, relative_high (share of what
    the targeted would have spent), p_value (of the mean), p_joint (Wald test: every week of the phase is zero;
    missing for the last phase). Empty without a cohort.
    """
    rows = []
    for kind in _KINDS if first.weekly else ():
        weeks = {"placebo": range(-placebo, 0), "campaign": range(during)}
        means = {phase: _mean([first.weekly[kind, week] for week in span]) for phase, span in weeks.items()}
        means[PHASES[2]] = Effect(means["campaign"].value - means["placebo"].value,
                                  means["campaign"].influence - means["placebo"].influence)
        levels = {phase: _mean([first.levels[week] for week in span]) for phase, span in weeks.items()}
        for phase in PHASES:
            effect = means[phase]
            low, high = effect.interval(multipliers)
            row = {"phase": phase, "estimator": kind, "value": effect.value, "low": low, "high": high,
                   "p_value": effect.p_value}
            if phase in weeks:
                row["p_joint"] = joint_p_value([first.weekly[kind, week] for week in weeks[phase]])[0]
            if share := relative(effect, levels["placebo" if phase == "placebo" else "campaign"]):
                share_low, share_high = share.interval(multipliers)
                row |= {"relative": share.value, "relative_low": share_low, "relative_high": share_high}
            rows.append(row)
    columns = ["phase", "estimator", "value", "low", "high", "relative", "relative_low", "relative_high", "p_value",
               "p_joint"]
    return pd.DataFrame(rows, columns=columns).astype(
        dict.fromkeys(("relative", "relative_low", "relative_high", "p_joint"), "Float64")
    )


def _mean(effects: list[Effect]) -> Effect:
    return pooled(effects, np.ones(len(effects)))


def uplift_by_third(panel: Panel, shown: Exposure, data: Outcomes, before: int, placebo: int, during: int,
                    min_group: int, multipliers: Floats) -> pd.DataFrame:
    """Effect of the first campaign by third of spend in the base: who gains.

    Columns: third, households, spend_before (US dollars a week), value, low, high, relative, relative_low,
    relative_high: the weighted comparison, campaign minus placebo. A third without a cohort is left out.
    """
    rows = []
    for name in TERCILES:
        first = study(panel, shown, data, before, placebo, during, min_group, within=name)
        table = summary(first, multipliers, placebo, during)
        line = table[(table["phase"] == PHASES[2]) & (table["estimator"] == "weighted")]
        if line.empty:
            continue
        size = np.array([cohort.treated.sum() for cohort in first.cohorts])
        spend = [float(data.values["spend"][:, panel.at(one.start - placebo - before, one.start - placebo - 1)]
                       [one.treated].mean()) for one in first.cohorts]
        rows.append({"third": name, "households": first.households,
                     "spend_before": float(size @ np.array(spend) / size.sum()), **line.iloc[0][list(_EFFECT)]})
    return pd.DataFrame(rows, columns=["third", "households", "spend_before", *_EFFECT])


_EFFECT = ("value", "low", "high", "relative", "relative_low", "relative_high")


def selection(panel: Panel, data: Outcomes, first: FirstCampaigns, before: int, placebo: int) -> pd.DataFrame:
    """Targeted against not yet targeted households in the base weeks of the largest cohort, before and after weighting.

    As `standardised_differences`. Raises DataError without a cohort.
    """
    if not first.cohorts:
        raise DataError(
            "campaigns: no first campaign can be compared: each starts too early or too late, is too small, or has no "
            "untargeted households like the targeted ones; lower campaigns.weeks_before, weeks_placebo or weeks_during"
        )
    largest = max(first.cohorts, key=lambda cohort: int(cohort.treated.sum()))
    frame = covariates(panel, data, largest.start - placebo - before, largest.start - placebo - 1)
    return standardised_differences(frame[largest.treated], frame[largest.controls], largest.weights)
