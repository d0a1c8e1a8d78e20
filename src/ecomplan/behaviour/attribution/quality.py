"""Quality of channels: how journeys through a channel convert and what they bring, with intervals."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from ecomplan.behaviour.attribution.methods import BLOCK
from ecomplan.behaviour.attribution.paths import Paths


def quality(
    paths: Paths, min_journeys: float, draws: int, rng: np.random.Generator, level: float = 0.8,
) -> pd.DataFrame:
    """Channels met by at least `min_journeys` journeys, best index first.

    `journeys` and `conversions` through the channel; `conversion_rate`; `value_per_conversion` (the source's money);
    `index` = value per journey through the channel over value per journey of all, with interval `low`, `high` by
    the Poisson bootstrap of journeys. The value of a conversion is known as the mean of its path only, so the
    interval leaves out how values differ within a path. `lead` how far the channel's index lies above the middle
    channel's, with `lead_low`, `lead_high`. Empty where no channel reaches `min_journeys` or nothing has a value.
    """
    met = paths.touched().astype(float)
    journeys, conversions = paths.journeys @ met, paths.conversions @ met
    value = (paths.conversions * paths.value) @ met
    whole = (paths.conversions * paths.value).sum() / paths.journeys.sum()
    shown = np.flatnonzero((journeys >= min_journeys) & (whole > 0))
    drawn = [np.empty((0, len(shown)))]
    for start in range(0, draws if len(shown) else 0, BLOCK):
        size = (min(BLOCK, draws - start), len(paths.conversions))
        bought = rng.poisson(paths.conversions, size).astype(float)
        every = bought + rng.poisson(paths.nulls, size)
        worth = bought * paths.value
        some = (worth.sum(axis=1) > 0) & ((every @ met)[:, shown] > 0).all(axis=1)
        each = (worth @ met)[some][:, shown] / (every @ met)[some][:, shown]
        drawn.append(each / (worth.sum(axis=1) / every.sum(axis=1))[some, None])
    index = value[shown] / journeys[shown] / whole if len(shown) else np.empty(0)
    spans = np.concatenate(drawn)
    low, high = np.quantile(spans, [(1 - level) / 2, (1 + level) / 2], axis=0) if len(spans) else (index, index)
    middle = np.median(index) if len(index) else 1.0
    lead = index / middle - 1 if middle > 0 else np.zeros(len(index))
    middles = np.median(spans, axis=1) if len(shown) else np.empty(0)
    leads = spans[middles > 0] / middles[middles > 0, None] - 1
    lead_low, lead_high = np.quantile(leads, [(1 - level) / 2, (1 + level) / 2], axis=0) if len(leads) else (lead, lead)
    frame = pd.DataFrame({
        "channel": [paths.channels[at] for at in shown], "journeys": journeys[shown],
        "conversions": conversions[shown], "conversion_rate": conversions[shown] / journeys[shown],
        "value_per_conversion": np.divide(
            value[shown], conversions[shown], out=np.zeros(len(shown)), where=conversions[shown] > 0,
        ),
        "index": index, "low": np.minimum(low, index), "high": np.maximum(high, index),
        "lead": lead, "lead_low": np.minimum(lead_low, lead), "lead_high": np.maximum(lead_high, lead),
    })
    return frame.sort_values("index", ascending=False, kind="stable", ignore_index=True)


def findings(table: pd.DataFrame) -> list[tuple[str, str, str, dict[str, Any]]]:
    """(name, label, unit, value with interval) of the best, middle and last channel; unknown with fewer than three."""
    if len(table) < 3:
        unknown = {"value": None, "unknown": "fewer than three channels were met by enough journeys with a value; the "
                                             "quality of channels cannot be compared"}
        best: dict[str, Any] = unknown
        last: dict[str, Any] = unknown
        gap: dict[str, Any] = unknown
        names: tuple[dict[str, Any], ...] = (unknown, unknown)
    else:
        best, last, gap = (
            dict(zip(("value", "low", "high"), map(float, table[list(columns)].iloc[at]), strict=True))
            for columns, at in (
                (("index", "low", "high"), 0), (("index", "low", "high"), -1), (("lead", "lead_low", "lead_high"), 0),
            )
        )
        names = ({"value": table["channel"].iloc[0]}, {"value": table["channel"].iloc[-1]})
    return [
        ("quality_best", "Channel with the best journeys", "text", names[0]),
        ("quality_best_index", "Value per journey through it, all journeys as one", "ratio", best),
        ("quality_last", "Channel with the poorest journeys", "text", names[1]),
        ("quality_last_index", "Value per journey through it, all journeys as one", "ratio", last),
        ("quality_gap", "How far the best channel's journeys lie above the middle channel's", "share", gap),
    ]
