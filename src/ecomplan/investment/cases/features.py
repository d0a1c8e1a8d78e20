"""Features of the shop's pages as business cases: one claim each, shrunken, with what the feature costs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from ecomplan.claims import Claims
from ecomplan.estimate import Estimate
from ecomplan.investment.cases.alone import World, as_told, claimed_by, gain_needed, run, standing, with_needs
from ecomplan.investment.engine.levers import Lever

#: feature -> (lever whose cost and reach it takes, claim of its effect)
TOLD = {
    "Recommendations": ("recommendations", "s0_ai_reco_conversion_lift"),
    "Try-on by AR": ("virtual_trial", "s0_ar_tryon_apparel_conversion_lift"),
    "Virtual trial": ("virtual_trial", "s2_virtual_tryon_conversion_lift"),
    "Display by AR": ("virtual_trial", "s3_ar_display_conversion_lift"),
    "Dynamic page": ("page_modules", "s0_adaptive_ui_efficiency_gain"),
}
VOICE, VOICE_LEVER = "Voice", "search"


@dataclass(frozen=True)
class Features:
    """`table`: one row a feature, best first; `chance_any`: chance that at least one of them gains,
    `chance_apart`: what it would be if each had its own luck."""

    table: pd.DataFrame
    chance_any: float
    chance_apart: float


def levers(world: World, claims: Claims) -> dict[str, Lever]:
    """Each feature as a lever of its own, what it stands on taken as there."""
    return {
        name: standing(claimed_by(world.levers.items[world.levers.index(id)], key, world.weights, claims))
        for name, (id, key) in TOLD.items()
    }


def voice(world: World, p: Any) -> Lever:
    """Voice as a lever: the cost of a search service, no effect told, reach as assumed."""
    lever = world.levers.items[world.levers.index(VOICE_LEVER)]
    return replace(standing(lever), id="voice", claimed=0.0, weight=0.0,
                   reach_low=p.voice_reach_low, reach_high=p.voice_reach_high)


def cases(world: World, p: Any, claims: Claims) -> Features:
    """Every feature alone on the same draws: the luck shared by all claims (`kept`) is the same for each.

    Columns: feature, claimed, kept (expected where it works, share), reach, npv, low, high, chance, npv_full (what it
    stands on paid by it alone), gain_needed (true gain where it reaches, were it certain), volume (multiple of the
    shop's at which it pays on average), as_told (mean net present value if the claim held in full). Voice has no
    claimed effect, so no value: only the gain that it needs.
    """
    made = levers(world, claims)
    renamed = {name: replace(lever, id=f"f{number}") for number, (name, lever) in enumerate(made.items())}
    items = tuple(renamed.values())
    gains: list[Any] = []
    needed: dict[str, float | None] = {}
    rows = []
    for name, lever in renamed.items():
        worth = run(world, items, funded=[lever.id])
        gains.append(worth.npv > 0)
        id, key = TOLD[name]
        if id not in needed:  # it follows from cost and reach alone
            needed[id] = gain_needed(world, (lever,), lever.id)
        whole = tuple(
            claimed_by(each, key, world.weights, claims) if each.id == id else each
            for each in with_needs(world.levers, [id])
        )
        full = worth if len(whole) == 1 else run(world, whole)
        rows.append({
            "feature": name, "claim": key, "claimed": lever.claimed,
            "kept": lever.claimed * lever.weight * world.settings.effect_share,
            "reach": (lever.reach_low + lever.reach_high) / 2, "npv": worth.value.value, "low": worth.value.low,
            "high": worth.value.high, "chance": worth.chance, "npv_full": full.value.value,
            "gain_needed": needed[id], "volume": worth.volume_needed, "as_told": as_told(world, (lever,)),
        })
    heard = voice(world, p)
    rows.append({
        "feature": VOICE, "claim": "s0_voice_assistant_coverage", "claimed": None, "kept": None,
        "reach": (heard.reach_low + heard.reach_high) / 2, "npv": None, "low": None, "high": None, "chance": None,
        "npv_full": None, "gain_needed": gain_needed(world, (heard,), heard.id), "volume": None, "as_told": None,
    })
    table = pd.DataFrame(rows).sort_values("npv", ascending=False, na_position="last", ignore_index=True)
    some = gains[0]
    for each in gains[1:]:
        some = some | each
    apart = 1 - float(np.prod([1 - each.mean() for each in gains]))
    return Features(table, float(some.mean()), apart)


def value(table: pd.DataFrame, row: int) -> Estimate:
    """Net present value of the feature in a row of the ranked table."""
    found = table.iloc[row]
    return Estimate(float(found["npv"]), float(found["low"]), float(found["high"]))


def number(table: pd.DataFrame, feature: str, column: str) -> Estimate:
    """One number of one feature."""
    found = table.loc[table["feature"] == feature, column]
    if found.isna().any():
        return Estimate(None, unknown="No gain is large enough to pay for it at this volume.")
    return Estimate(float(found.iloc[0]))
