"""Propensity-weighted readings of the logs: what another policy would have been worth to each group of users."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ecomplan.estimate import Estimate
from ecomplan.risk.bias.groups import LEARNED, UNIFORM, Feature, adjusted, weights_of
from ecomplan.risk.bias.kernel import Floats
from ecomplan.risk.engine.draws import Z90

#: redraws of the clicks behind a range
REDRAWS = 1000
#: cuts of the weights beside the stage's own; the last keeps all of them
CUTS: tuple[float, ...] = (5.0, 20.0, 50.0, 200.0, float("inf"))


def self_normalised(click: Floats, weight: Floats) -> Estimate:
    """Weighted mean click rate with its linearised 80 % range (Swaminathan and Joachims, 2015).

    Without a click: none, with the rate as upper limit at which none is seen one time in ten.
    """
    total = float(weight.sum())
    if total == 0:
        return Estimate(None, unknown="There are no impressions, so that no value can be told")
    if not click.sum():
        return Estimate(0.0, 0.0, min(float(np.log(10) * (weight**2).sum() / total**2), 1.0))
    value = float(weight @ click / total)
    half = Z90 * float(np.sqrt((weight**2 * (click - value) ** 2).sum())) / total
    return Estimate(value, max(value - half, 0.0), value + half)


def values(logs: pd.DataFrame, features: list[Feature], weight_max: float) -> pd.DataFrame:
    """The uniform policy's clicks per 1,000 impressions by group: from its own log, and from the learned one's.

    Columns: feature, group, own, own_low, own_high, ips (weights cut), snips (cut, self-normalised), low, high (80 %
    of snips), effective (impressions that the weighted ones are worth).
    """
    rows = []
    learned = (logs["policy"] == LEARNED).to_numpy()
    click = logs["click"].to_numpy(float)
    weight = np.minimum(weights_of(logs["propensity"].to_numpy(float), logs["items"].to_numpy()), weight_max)
    for feature in features:
        for code, label in enumerate(feature.labels):
            mine = feature.codes == code
            log, own = mine & learned, mine & ~learned
            told, seen = self_normalised(click[log], weight[log]), self_normalised(click[own], np.ones(own.sum()))
            rows.append({
                "feature": feature.name, "group": label, "own": seen.value, "own_low": seen.low, "own_high": seen.high,
                "ips": float((weight * click)[log].mean()) if log.any() else None,
                "snips": told.value, "low": told.low, "high": told.high,
                "effective": float(weight[log].sum() ** 2 / (weight[log] ** 2).sum()) if log.any() else 0.0,
            })
    frame = pd.DataFrame(rows)
    numbers = ["own", "own_low", "own_high", "ips", "snips", "low", "high"]
    frame = frame.astype(dict.fromkeys(numbers, "float64"))
    frame[numbers] *= 1000
    return frame


def cut_table(logs: pd.DataFrame, features: list[Feature]) -> pd.DataFrame:
    """Weighted clicks of the largest group over those of the others by cut of the weights, first feature compared.

    Columns: cut, kept (share of the total weight kept), effective (impressions), ratio (None without clicks).
    """
    log = (logs["policy"] == LEARNED).to_numpy()
    codes = next((one.codes for one in features if one.compared), np.zeros(len(logs), np.int64))
    click, mine = logs["click"].to_numpy(float)[log], codes[log] == 0
    full = weights_of(logs["propensity"].to_numpy(float)[log], logs["items"].to_numpy()[log])
    rows = []
    for cut in CUTS:
        weight = np.minimum(full, cut)
        first, rest = self_normalised(click[mine], weight[mine]), self_normalised(click[~mine], weight[~mine])
        rows.append({
            "cut": "none" if np.isinf(cut) else f"{cut:g}", "kept": float(weight.sum() / full.sum()),
            "effective": float(weight.sum() ** 2 / (weight**2).sum()),
            "ratio": first.value / rest.value if first.value is not None and rest.value else None,
        })
    return pd.DataFrame(rows).astype({"ratio": "float64"})


def opportunity(logs: pd.DataFrame, features: list[Feature], p: Any, rng: np.random.Generator) -> pd.DataFrame:
    """How often the learned policy shows what a group clicks, against what the others click (equal opportunity).

    A click in the uniform policy's log tells an article that was wanted. Its exposure under the learned policy, over
    its exposure under the uniform one, is averaged over the clicks of a group (Hardt, Price and Srebro, 2016, with
    exposure in place of a yes). Columns: feature, group, clicks, exposure, ratio (to the others' clicks), low, high
    (80 %, clicks redrawn),
    p_value (of the least fair ratio), p_adjusted. Groups with fewer clicks than `p.min_group` are left out.
    """
    uniform = (logs["policy"] == UNIFORM).to_numpy()
    wanted = np.flatnonzero(uniform & (logs["click"] == 1).to_numpy())
    key = ["campaign", "position", "item"]
    shown = logs[~uniform].groupby(key).size()
    share = shown / shown.groupby(level=[0, 1]).transform("sum")
    part = logs.iloc[wanted]
    exposure = share.reindex(pd.MultiIndex.from_frame(part[key]), fill_value=0.0).to_numpy() * part["items"].to_numpy()
    many = len(wanted)
    again = rng.multinomial(many, np.full(many, 1 / many), REDRAWS) if many else None
    rows = []
    for feature in features:
        for code, label in enumerate(feature.labels if feature.compared else ()):
            mine = feature.codes[wanted] == code
            if again is None or min(mine.sum(), (~mine).sum()) < p.min_group or not exposure[~mine].any():
                continue
            ratios = _ratio(again, exposure, mine)
            ratios = ratios[np.isfinite(ratios)]
            low, high = np.quantile(ratios, [0.1, 0.9])
            value = float(_ratio(np.ones((1, len(mine))), exposure, mine)[0])
            rows.append({"feature": feature.name, "group": label, "clicks": int(mine.sum()),
                         "exposure": float(exposure[mine].mean()), "ratio": value, "low": min(float(low), value),
                         "high": max(float(high), value), "p_value": float((ratios >= p.ratio_limit).mean())})
    columns = ["feature", "group", "clicks", "exposure", "ratio", "low", "high", "p_value"]
    frame = pd.DataFrame(rows, columns=columns).astype(dict.fromkeys(columns[3:], "float64"))
    return frame.assign(p_adjusted=adjusted(frame["p_value"].to_numpy(float)))


def _ratio(counts: NDArray[Any], exposure: Floats, mine: NDArray[np.bool_]) -> Floats:
    """Mean exposure of the group's clicks over the others', for each redraw (draws, clicks)."""
    own, rest = counts[:, mine], counts[:, ~mine]
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray((own @ exposure[mine] / own.sum(axis=1)) / (rest @ exposure[~mine] / rest.sum(axis=1)))


def breadth(logs: pd.DataFrame) -> pd.DataFrame:
    """How many articles a policy spreads its impressions over, by policy and list.

    Columns: policy, campaign, items, effective (exp of the entropy of articles shown), top_share (of the most shown
    tenth of articles).
    """
    rows = []
    for (policy, campaign), part in logs.groupby(["policy", "campaign"], sort=False):
        items, many = part["item"].to_numpy(), int(part["items"].iloc[0])
        count = np.bincount(items, minlength=many)
        top = np.sort(count)[::-1][: max(round(many / 10), 1)].sum() / count.sum()
        rows.append({"policy": policy, "campaign": campaign, "items": many, "effective": _effective(count),
                     "top_share": float(top)})
    return pd.DataFrame(rows)


def _effective(count: NDArray[Any]) -> float:
    share = count[count > 0] / count.sum()
    return float(np.exp(-(share * np.log(share)).sum()))


def breadth_of(table: pd.DataFrame, policy: str) -> float:
    """Effective number of articles of a policy in the list with the most articles."""
    part = table[table["policy"] == policy]
    return float(part["effective"].iloc[int(np.argmax(part["items"].to_numpy()))])
