"""What fairness costs in clicks, and which policies keep to it.

A gap between two groups' scores is either bias (the candidates are as good as the others) or true (they are clicked
less). The scores look the same; only what is clicked differs, and with it the price of equal exposure.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from ecomplan.estimate import Estimate
from ecomplan.risk.bias.constrained import on_average, steps
from ecomplan.risk.bias.exposure import Setting, ratio_at, share_at
from ecomplan.risk.bias.kernel import Floats
from ecomplan.risk.engine.draws import Z90

KINDS = {"bias": "the gap is bias", "true": "the gap is true"}
#: least exposure ratios tried; 0 is none
RATIOS = np.array([0.0, 0.6, 0.7, 0.8, 0.9, 1.0])


def lists_of(setting: Setting, p: Any, rng: np.random.Generator) -> dict[str, Floats]:
    """Believed click rates (`score`) and the true ones if the gap is bias or true, each (lists, candidates), any unit.

    A score is merit plus noise; the true rate follows merit alone (and the gap, where it is true).
    """
    mine, gap, spread = np.arange(setting.candidates) < setting.members, p.gap_tested, p.click_spread
    merit = rng.standard_normal((p.frontier_lists, setting.candidates))
    noise = rng.standard_normal((p.frontier_lists, setting.candidates))
    kept = np.sqrt(setting.merit_share)
    score = kept * merit + np.sqrt(1 - setting.merit_share) * noise - gap * mine
    return {"score": np.exp(spread * score), "bias": np.exp(spread * kept * merit),
            "true": np.exp(spread * (kept * merit - gap * mine))}


def frontier(setting: Setting, drawn: dict[str, Floats], ratios: Floats = RATIOS) -> pd.DataFrame:
    """Clicks of the best rankings under each least exposure ratio over all lists, by reading of the gap.

    `ratios` (limits,) starts with 0 for no limit; limits that the ranking by score alone keeps are left out.
    Columns: kind, least_ratio (0: none), ratio (of the mean exposure reached), share, clicks (of the ranking by score
    alone), low, high (80 % range over lists), cost (1 - clicks).
    """
    mine = np.arange(setting.candidates) < setting.members
    lists = len(drawn["score"])
    least = np.where(ratios > 0, share_at(ratios, setting.base), 0.0)
    found = [on_average(drawn["score"], mine, setting.weights, float(limit)) for limit in least]
    share = [one.share(mine, setting.weights) for one in found]
    worth = {kind: [one.worth(drawn[kind], setting.weights) for one in found] for kind in KINDS}
    rows = []
    for kind in KINDS:
        plain = worth[kind][0]
        for row, limit in enumerate(ratios):
            if row and share[row] <= share[0]:
                continue  # the ranking by score alone is fair enough already
            part = worth[kind][row].mean() / plain.mean()
            half = Z90 * (worth[kind][row] - part * plain).std(ddof=1) / np.sqrt(lists) / plain.mean()
            rows.append({
                "kind": kind, "least_ratio": limit, "ratio": float(ratio_at(share[row], setting.base)),
                "share": share[row], "clicks": part, "low": part - half, "high": part + half, "cost": 1 - part,
            })
    return pd.DataFrame(rows)


def policies(setting: Setting, drawn: dict[str, Floats], p: Any, rng: np.random.Generator) -> pd.DataFrame:
    """Five policies on the same lists: exposure of the group and clicks, by reading of the gap.

    The softmax policy adds Gumbel noise to the scores, so that its rankings follow Plackett and Luce; one draw a list.
    Columns: policy, share, ratio, clicks_bias, clicks_true (of the best possible ranking by true rates).
    """
    mine = np.arange(setting.candidates) < setting.members
    score, shown = np.log(drawn["score"]) / p.click_spread, len(setting.weights)
    softer = score + p.temperature * rng.gumbel(size=score.shape)
    limits = {"equal": setting.base, "fifths": float(share_at(p.ratio_limit, setting.base))}
    found = [steps(row, mine, setting.weights) for row in drawn["score"]]
    best = {kind: (np.sort(drawn[kind])[:, ::-1][:, :shown] @ setting.weights).mean() for kind in KINDS}
    rows = []
    for name, orders in (("best score first", score), ("softmax", softer)):
        order = np.argsort(-orders, axis=1, kind="stable")[:, :shown]
        share = (mine[order] @ setting.weights).mean() / setting.weights.sum()
        gained = {kind: (np.take_along_axis(drawn[kind], order, 1) @ setting.weights).mean() for kind in KINDS}
        rows.append((name, share, gained))
    for name, key in (("four fifths in each list", "fifths"), ("equal in each list", "equal")):
        mixed = [one.least(limits[key]) for one in found]
        share = float(np.mean([one.share(mine, setting.weights) for one in mixed]))
        gained = {
            kind: float(np.mean([one.worth(drawn[kind][row], setting.weights) for row, one in enumerate(mixed)]))
            for kind in KINDS
        }
        rows.append((name, share, gained))
    batch = on_average(drawn["score"], mine, setting.weights, limits["equal"])
    rows.append(("equal on average", batch.share(mine, setting.weights),
                 {kind: float(batch.worth(drawn[kind], setting.weights).mean()) for kind in KINDS}))
    return pd.DataFrame([
        {"policy": name, "share": share, "ratio": float(ratio_at(share, setting.base)),
         **{f"clicks_{kind}": float(gained[kind] / best[kind]) for kind in KINDS}}
        for name, share, gained in rows
    ])


def cost(table: pd.DataFrame, kind: str, ratio: float = 1.0) -> Estimate:
    """Share of clicks that a least ratio costs, with its range; between the ratios tried, straight."""
    part = table[table["kind"] == kind]
    value, low, high = (float(np.interp(ratio, part["ratio"], 1 - part[name])) for name in ("clicks", "high", "low"))
    return Estimate(value, low, high)
