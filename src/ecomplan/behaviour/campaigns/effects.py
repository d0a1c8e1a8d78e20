"""What each campaign did to weekly spend, by three comparisons, alone and pooled.

Every campaign is its own small experiment (stacked design; Cengiz et al. 2019): the households it was sent against
those under no campaign from the first week of the base window to the last week looked at. Such clean controls avoid
the bias of two-way fixed effects, where the already treated stand in as controls (Goodman-Bacon 2021).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from ecomplan.behaviour.campaigns.balancing import effective, entropy_balance
from ecomplan.behaviour.campaigns.difference import Effect, contrast, group_mean, pooled, relative
from ecomplan.behaviour.campaigns.panel import Bools, Exposure, Panel
from ecomplan.behaviour.multiplicity import benjamini_hochberg, holm
from ecomplan.behaviour.statistics import Floats
from ecomplan.errors import DataError

ESTIMATORS = ("naive", "difference in differences", "weighted")
OUTCOMES = ("spend", "log spend", "active")


@dataclass(frozen=True)
class Design:
    """Lengths of the windows in weeks, and how small a group may be."""

    before: int
    during: int
    during_min: int
    after: int
    min_group: int


@dataclass(frozen=True)
class Outcomes:
    """`values`: outcome -> (households, weeks); `covariates` are built from them."""

    values: dict[str, Floats]
    visits: Floats
    described: Floats  # 1 where demographics are known
    cap: float  # US dollars a week: spend above counts as this much


@dataclass(frozen=True)
class Stacked:
    """One campaign: its groups, why it may be left out, and its effects by (outcome, estimator)."""

    number: int
    campaign: int
    type: str
    weeks: tuple[int, int]
    treated: Bools
    controls: Bools
    reason: str = ""
    effective_controls: float = 0.0
    effects: dict[tuple[str, str], Effect] = field(default_factory=dict)
    levels: dict[str, Effect] = field(default_factory=dict)


def outcomes(panel: Panel, cap_quantile: float, described: Bools) -> Outcomes:
    """Weekly spend (above its quantile over weeks with a purchase counted as that), log(1 + spend), and bought or not.

    Raises DataError where nobody bought anything.
    """
    bought = panel.spend[panel.visits > 0]
    if not len(bought) or bought.max() <= 0:
        raise DataError("transactions: nothing was bought in the full weeks")
    cap = float(np.quantile(bought, cap_quantile))
    return Outcomes(
        {"spend": np.minimum(panel.spend, cap), "log spend": np.log1p(panel.spend),
         "active": (panel.visits > 0).astype(float)},
        panel.visits, described.astype(float), cap,
    )


def covariates(panel: Panel, data: Outcomes, first: int, last: int) -> pd.DataFrame:
    """What is known of each household in weeks `first` to `last`; level and course of spend, visits, weeks active."""
    middle = (first + last + 1) // 2
    whole = panel.at(first, last)
    spend = data.values["spend"]
    frame = {
        "spend, first half": spend[:, panel.at(first, middle - 1)].mean(axis=1) if middle > first else None,
        "spend, second half": spend[:, panel.at(middle, last)].mean(axis=1),
        "log of mean spend": np.log1p(spend[:, whole].mean(axis=1)),
        "visits a week": data.visits[:, whole].mean(axis=1),
        "share of weeks active": data.values["active"][:, whole].mean(axis=1),
        "demographics known": data.described,
    }
    return pd.DataFrame({name: values for name, values in frame.items() if values is not None})


def change(values: Floats, panel: Panel, base: tuple[int, int], window: tuple[int, int]) -> Floats:
    """Mean of a window minus mean of the base, by household."""
    return np.asarray(values[:, panel.at(*window)].mean(axis=1) - values[:, panel.at(*base)].mean(axis=1))


def compare(panel: Panel, data: Outcomes, treated: Bools, controls: Bools, base: tuple[int, int],
            window: tuple[int, int], names: tuple[str, ...] = OUTCOMES,
            ) -> tuple[dict[tuple[str, str], Effect], dict[str, Effect], float]:
    """The three comparisons for each outcome, the treated's level in the window, and the controls' effective number.

    The weighted comparison is missing where no weights of the controls match the treated (no overlap).
    """
    x = covariates(panel, data, *base).to_numpy(float)
    weights = entropy_balance(x[controls], x[treated].mean(axis=0))
    found, levels = {}, {}
    for name in names:
        values = data.values[name]
        late = np.asarray(values[:, panel.at(*window)].mean(axis=1))
        moved = change(values, panel, base, window)
        found[name, "naive"] = contrast(late, treated, controls)
        found[name, "difference in differences"] = contrast(moved, treated, controls)
        if weights is not None:
            found[name, "weighted"] = contrast(moved, treated, controls, weights, x)
        levels[name] = group_mean(late, treated)
    return found, levels, 0.0 if weights is None else effective(weights)


def stacked(panel: Panel, shown: Exposure, data: Outcomes, design: Design, *, after: bool = False,
            names: tuple[str, ...] = OUTCOMES) -> list[Stacked]:
    """Every campaign on its own.

    The base is `design.before` weeks before the start, the window the campaign's weeks (at most `design.during`).
    after: the window is `design.after` weeks from the end instead, and only households under no other campaign
    then are looked at. A campaign that cannot be estimated keeps a reason and no effects.
    """
    return [_one(panel, shown, data, design, number, after, names) for number in range(len(shown.campaign))]


def _one(panel: Panel, shown: Exposure, data: Outcomes, design: Design, number: int, after: bool,
         names: tuple[str, ...]) -> Stacked:
    start, end, last = int(shown.start[number]), int(shown.end[number]), int(panel.weeks[-1])
    base = (start - design.before, start - 1)
    window = (end + 1, end + design.after) if after else (start, min(end, start + design.during - 1, last))
    treated = shown.sent[number]
    reason = ""
    if base[0] < panel.weeks[0]:
        reason = f"starts before the data hold {design.before} weeks ahead of it"
    elif window[1] > last or (not after and window[1] - window[0] + 1 < design.during_min):
        reason = "the data end too soon after its start" if not after else "the data end before the weeks after it"
    if reason:
        empty = np.zeros_like(treated)
        return Stacked(number, int(shown.campaign[number]), str(shown.type[number]), window, treated, empty, reason)
    if after:
        treated = treated & ~shown.under(*window, but=number)
    controls = ~shown.under(base[0], window[1]) & ~shown.sent[number]
    if treated.sum() < design.min_group:
        reason = "too few targeted households to show"
    elif controls.sum() < design.min_group:
        reason = "too few households under no campaign then"
    one = Stacked(number, int(shown.campaign[number]), str(shown.type[number]), window, treated, controls, reason)
    if reason:
        return one
    effects, levels, size = compare(panel, data, treated, controls, base, window, names)
    return replace(one, effective_controls=size, effects=effects, levels=levels)


def campaign_table(found: list[Stacked], shown: Exposure, design: Design, multipliers: Floats) -> pd.DataFrame:
    """One row a campaign: groups, overlap with other campaigns, three effects on weekly spend in US dollars.

    Columns: campaign, type, first_week, last_week, targeted, controls, effective_controls, also_before, also_during
    (share of the targeted under another campaign), then value, low, high of naive, did, weighted; p_value, p_holm,
    p_bh (of the weighted, over all campaigns that have one); left_out (why there is no effect). Numbers of
    households below `design.min_group` are not shown.
    """
    rows = []
    for one in found:
        start, last = one.weeks
        sent = int(one.treated.sum())
        row = {"campaign": one.campaign, "type": one.type, "first_week": start, "last_week": last,
               "targeted": sent if sent >= design.min_group else None, "left_out": one.reason}
        if one.effects:
            row |= {
                "controls": int(one.controls.sum()), "effective_controls": one.effective_controls,
                "also_before": shown.under(start - design.before, start - 1, but=one.number)[one.treated].mean(),
                "also_during": shown.under(start, last, but=one.number)[one.treated].mean(),
            }
            for estimator, short in zip(ESTIMATORS, ("naive", "did", "weighted"), strict=True):
                if effect := one.effects.get(("spend", estimator)):
                    low, high = effect.interval(multipliers)
                    row |= {short: effect.value, f"{short}_low": low, f"{short}_high": high}
            if weighted := one.effects.get(("spend", "weighted")):
                row["p_value"] = weighted.p_value
        rows.append(row)
    order = ["campaign", "type", "first_week", "last_week", "targeted", "controls", "effective_controls",
             "also_before", "also_during", *(f"{short}{end}" for short in ("naive", "did", "weighted")
                                             for end in ("", "_low", "_high")), "p_value", "left_out"]
    frame = pd.DataFrame(rows).reindex(columns=order)
    whole = dict.fromkeys(("targeted", "controls"), "Int64")
    floats = dict.fromkeys(order[6:-1], "Float64")
    frame = frame.astype(whole | floats)
    known = frame["p_value"].notna()
    frame["p_holm"], frame["p_bh"] = pd.NA, pd.NA
    if known.any():
        p = frame.loc[known, "p_value"].to_numpy(float)
        frame.loc[known, "p_holm"], frame.loc[known, "p_bh"] = holm(p), benjamini_hochberg(p)
    return frame.astype({"p_holm": "Float64", "p_bh": "Float64"})


def pool(found: list[Stacked], outcome: str, estimator: str) -> tuple[Effect, Effect, int] | None:
    """(effect, level of the treated, targeted households counted per campaign) over campaigns; None without any.

    Campaigns weigh by their targeted households. Every estimator is pooled over those campaigns alone that have a
    weighted effect, so that the three compare the same households.
    """
    parts = [one for one in found if (outcome, "weighted") in one.effects]
    if not parts:
        return None
    sizes = [int(one.treated.sum()) for one in parts]
    return (pooled([one.effects[outcome, estimator] for one in parts], sizes),
            pooled([one.levels[outcome] for one in parts], sizes), sum(sizes))


def pooled_rows(groups: dict[str, list[Stacked]], multipliers: Floats, names: tuple[str, ...] = OUTCOMES,
                ) -> pd.DataFrame:
    """Pooled effects: one row a group, outcome and estimator.

    Columns: group, outcome, estimator, campaigns, targeted (household-campaign pairs), value, low, high,
    level (of the treated in the window), relative, relative_low, relative_high (share of what they would have had;
    missing for the log outcome, whose value is about a relative change already), p_value.
    """
    rows = []
    for group, found in groups.items():
        for outcome in names:
            for estimator in ESTIMATORS:
                if not (got := pool(found, outcome, estimator)):
                    continue
                effect, level, size = got
                low, high = effect.interval(multipliers)
                row = {"group": group, "outcome": outcome, "estimator": estimator,
                       "campaigns": sum((outcome, "weighted") in one.effects for one in found), "targeted": size,
                       "value": effect.value, "low": low, "high": high, "level": level.value,
                       "p_value": effect.p_value}
                if outcome != "log spend" and (share := relative(effect, level)):
                    share_low, share_high = share.interval(multipliers)
                    row |= {"relative": share.value, "relative_low": share_low, "relative_high": share_high}
                rows.append(row)
    columns = ["group", "outcome", "estimator", "campaigns", "targeted", "value", "low", "high", "level", "relative",
               "relative_low", "relative_high", "p_value"]
    return pd.DataFrame(rows, columns=columns).astype(
        dict.fromkeys(("relative", "relative_low", "relative_high"), "Float64")
    )


def by_type(found: list[Stacked]) -> dict[str, list[Stacked]]:
    """All campaigns, then those of each type."""
    types = sorted({one.type for one in found})
    return {"all": found, **{f"type {kind}": [one for one in found if one.type == kind] for kind in types}}
