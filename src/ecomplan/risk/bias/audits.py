"""Tables on the alarms: their power, what they miss, and how fair audits fare by what is ranked and by population."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from ecomplan.estimate import Estimate
from ecomplan.risk.bias.alarms import NAMES, Watch, chance, set_alarms
from ecomplan.risk.bias.exposure import ENUMERATED, Setting, fair_list, ratio_at, share_at, weekly_shares
from ecomplan.risk.bias.kernel import Floats

#: shares of the population that the told share is read against
BASES = (0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6)


def power_table(seen: Watch) -> pd.DataFrame:
    """Each bias: mean share and exposure ratio it leaves, chance of a week below the told limit, chances to ring."""
    low, high = np.quantile(seen.shares, [0.1, 0.9], axis=(1, 2))
    frame = pd.DataFrame({
        "bias": seen.handicaps, "share": seen.means, "share_low": low, "share_high": high,
        "ratio": ratio_at(seen.means, seen.setting.base), "below_told": seen.below(seen.alarms.told),
    })
    for kind in NAMES:
        rings = [chance(row) for row in seen.rings(kind)]
        frame[f"seen_{kind}"] = [one.value for one in rings]
        frame[f"seen_{kind}_low"] = [one.low for one in rings]
        frame[f"seen_{kind}_high"] = [one.high for one in rings]
    return frame


def alarm_table(seen: Watch) -> pd.DataFrame:
    """The four alarms: limit, chance of a false alarm in a fair week and year, chance to miss a year of bias.

    The bias missed is the one that leaves an least fair exposure ratio, and the one that leaves the told share.
    """
    rows = []
    for kind, name in NAMES.items():
        year = seen.false_year(kind)
        rows.append({
            "kind": kind, "alarm": name, "limit": None if kind == "sum" else getattr(seen.alarms, kind),
            "false_year": year.value, "false_low": year.low, "false_high": year.high,
            "missed_limit": 1 - seen.seen(kind, float(share_at(seen.ratio_limit, seen.setting.base))),
            "missed_told": 1 - seen.seen(kind, seen.alarms.told),
        })
    return pd.DataFrame(rows)


def fair_table(setting: Setting, told: float, worlds: int, rng: np.random.Generator) -> pd.DataFrame:
    """How often a fair audit falls below the told share, by what is ranked and how many lists are looked at.

    Each audit has candidates of its own. Columns: candidates, shown, lists, spread, false_alarm.
    """
    n, k, lists = setting.candidates, len(setting.weights), setting.lists
    rows = []
    for candidates, shown, looked in (
        (n, k, 1), (n, k, lists), (n, k, 10 * lists), (4 * n, 4 * k, lists), (16 * n, 16 * k, max(lists // 10, 1)),
    ):
        one = setting.sized(candidates, shown, looked)
        audits = max(worlds // 2, 50) if looked > lists else worlds
        shares = _fresh(one, audits, rng)
        rows.append({"candidates": candidates, "shown": shown, "lists": looked, "spread": float(shares.std()),
                     "false_alarm": float((shares < told).mean()), "audits": audits})
    return pd.DataFrame(rows)


def _fresh(setting: Setting, audits: int, rng: np.random.Generator) -> Floats:
    """Shares of audits that share no candidate, (audits,)."""
    renewed = Setting(setting.candidates, setting.members, setting.weights, setting.merit_share, setting.lists, 1.0)
    return np.asarray(weekly_shares(renewed, [0.0], 1, rng, audits)[0, 0])


def wider(setting: Setting, handicap: float, times: int, p: Any, rng: np.random.Generator) -> dict[str, Any]:
    """The cumulated alarm where each audit covers more candidates: candidates, and the chance to miss a year of bias.

    `times` the candidates and positions; of the lists so few that the audit looks at half as much as before, and half
    of the years. The limit is set by all fair years simulated. Bias takes `handicap` off the group's scores.
    """
    one = setting.sized(times * setting.candidates, times * len(setting.weights), max(setting.lists // (2 * times), 1))
    years = max(p.years // 2, int(np.ceil(1 / p.alarm_size_year)))
    fair = weekly_shares(one, [0.0], years, rng)
    both = weekly_shares(one, [0.0, handicap], years, rng)
    alarms = set_alarms(np.concatenate([fair[0], both[0]]), float("nan"), p.alarm_size_week, p.alarm_size_year,
                        p.drift_allowance)
    return {"candidates": one.candidates, "missed": chance(1.0 - alarms.rings(both[1], "sum"))}


def base_table(setting: Setting, told: float, ratio_limit: float, audits: int,
               rng: np.random.Generator) -> pd.DataFrame:
    """What the told share means for other shares of the population: ratio, fair audits below it, fair limit."""
    rows = []
    for share in BASES:
        one = setting.based(float(share))
        fair = _fresh(one, audits, rng)
        rows.append({"base": one.base, "ratio_at_told": float(ratio_at(told, one.base)),
                     "share_at_limit": float(share_at(ratio_limit, one.base)),
                     "false_alarm": float((fair < told).mean())})
    return pd.DataFrame(rows)


def exact_false_alarm(setting: Setting, told: float) -> Estimate:
    """Exact chance that one fair list falls below the told share, where its law can be enumerated."""
    if len(setting.weights) > ENUMERATED and np.ptp(setting.weights) > 0:
        return Estimate(None, unknown=f"The law of a list is enumerated up to {ENUMERATED} positions; more are shown")
    values, chances = fair_list(setting)
    return Estimate(float(chances[values < told - 1e-12].sum()))


def weeks_table(seen: Watch, bins: int = 40) -> pd.DataFrame:
    """Weeks by exposure share: fair ones and those under the bias that leaves the least fair ratio.

    Columns: share (middle of the bin), fair, biased (share of weeks in the bin).
    """
    biased = seen.shares[seen.least_fair]
    edges = np.linspace(min(biased.min(), seen.shares[0].min()), max(biased.max(), seen.shares[0].max()), bins + 1)
    count = [np.histogram(part, edges)[0] / part.size for part in (seen.shares[0], biased)]
    return pd.DataFrame({"share": (edges[1:] + edges[:-1]) / 2, "fair": count[0], "biased": count[1]})
