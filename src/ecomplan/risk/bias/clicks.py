"""Are groups of users served equally well: click rates of a group over those of the others, exactly, few as they are.

Given the clicks of each list of articles, the number that falls to a group is a sum of binomials whose chances depend
on the ratio of rates alone; test, range and power follow from that law without any approximation by the normal
(conditional inference on rates after Przyborowski and Wilenski, 1940; lists are kept apart as strata).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import gammaln, xlog1py, xlogy

from ecomplan.errors import DataError
from ecomplan.estimate import Estimate
from ecomplan.risk.bias.groups import Feature, adjusted
from ecomplan.risk.bias.kernel import Floats

Numbers = NDArray[Any]

RATIO_MIN, RATIO_MAX = 1e-4, 1e4


def log_law(clicks: Numbers, mine: Numbers, others: Numbers) -> Floats:
    """Log chances of 0, 1, ... of the clicks falling to the group at a ratio of 1; arrays by stratum (strata,)."""
    logs = np.zeros(1)
    for many, own, rest in zip(clicks, mine, others, strict=True):
        if many and own + rest:
            part, count = own / (own + rest), np.arange(int(many) + 1)
            ways = gammaln(many + 1) - gammaln(count + 1) - gammaln(many - count + 1)
            one = ways + xlogy(count, part) + xlog1py(many - count, -part)
            both = np.full((len(logs), len(logs) + len(one)), -np.inf)  # row k: the second stratum's, k further on
            both[:, : len(one)] = logs[:, None] + one
            sheared = both.ravel()[: len(logs) * (len(logs) + len(one) - 1)].reshape(len(logs), -1)
            logs = np.logaddexp.reduce(sheared, axis=0)
    return logs


def tilted(logs: Floats, ratio: float) -> Floats:
    """The chances at another ratio of rates: every click of the group is `ratio` times as likely, in any stratum."""
    moved = logs + np.arange(len(logs)) * np.log(ratio)
    chances = np.exp(moved - moved.max())
    return np.asarray(chances / chances.sum())


def law(ratio: float, clicks: Numbers, mine: Numbers, others: Numbers) -> Floats:
    """Chances of 0, 1, ... of the clicks falling to the group; clicks and impressions by stratum (strata,)."""
    return tilted(log_law(clicks, mine, others), ratio)


def rate_ratio(own_clicks: Numbers, mine: Numbers, clicks: Numbers, others: Numbers, tail: float = 0.1) -> Estimate:
    """Click rate of the group over that of the others (Mantel-Haenszel) with mid-p limits, `tail` beyond each.

    Arrays by stratum: the group's clicks and impressions, all clicks, the others' impressions. Without clicks, or
    without clicks of the others, there is no ratio and the reason is said.
    """
    both = mine + others
    used = both > 0
    above = float((own_clicks[used] * others[used] / both[used]).sum())
    below = float(((clicks - own_clicks)[used] * mine[used] / both[used]).sum())
    if not clicks.sum():
        return Estimate(None, unknown="There are no clicks, so that no click rates can be compared")
    if below == 0:
        return Estimate(None, unknown="The other users did not click at all, so that the ratio has no upper end")
    seen = int(own_clicks.sum())
    value = above / below
    fair = log_law(clicks, mine, others)
    low = 0.0 if seen == 0 else _root(lambda r: upper_tail(seen, tilted(fair, r)), tail)
    high = _root(lambda r: -lower_tail(seen, tilted(fair, r)), -tail)
    return Estimate(value, min(low, value), max(high, value))


def lower_tail(seen: int, chances: Floats) -> float:
    """Mid-p chance of at most what was seen."""
    return float(chances[:seen].sum() + chances[seen] / 2)


def upper_tail(seen: int, chances: Floats) -> float:
    return float(chances[seen + 1:].sum() + chances[seen] / 2)


def _root(rising: Callable[[float], float], goal: float) -> float:
    """The ratio at which a rising function reaches the goal, by halving the log."""
    low, high = np.log(RATIO_MIN), np.log(RATIO_MAX)
    for _ in range(32):
        middle = (low + high) / 2
        low, high = (middle, high) if rising(float(np.exp(middle))) < goal else (low, middle)
    return float(np.exp((low + high) / 2))


def smallest_gap(clicks: Numbers, mine: Numbers, others: Numbers, size: float, power: float) -> float | None:
    """The ratio below 1 nearest to 1 that an exact test of `size` finds with chance `power`; None where none is."""
    fair = log_law(clicks, mine, others)
    critical = int(np.searchsorted(np.cumsum(tilted(fair, 1.0)), size, side="right")) - 1
    if critical < 0:
        return None

    def found(ratio: float) -> float:
        return -float(tilted(fair, ratio)[: critical + 1].sum())

    return None if -found(RATIO_MIN) < power else _root(found, -power)


def strata(log: pd.DataFrame, mine: NDArray[np.bool_]) -> tuple[Numbers, Numbers, Numbers, Numbers]:
    """The group's clicks and impressions, all clicks and the others' impressions by list of articles (lists,)."""
    at, names = pd.factorize(log["campaign"])
    click, many = log["click"].to_numpy(float), len(names)
    own, shown = np.bincount(at, mine, many), np.bincount(at, minlength=many)
    return np.bincount(at, mine * click, many), own, np.bincount(at, click, many), shown - own


def compare(logs: pd.DataFrame, features: list[Feature], policy: str, p: Any) -> pd.DataFrame:
    """Each group against all others under one policy, lists of articles kept apart.

    Columns: feature, group, impressions (share of), clicks, ratio, low, high (80 %), p_value (of the least fair
    ratio, mid-p), p_adjusted, smallest_gap, power_limit (chance to find the least fair ratio), unknown. Raises
    DataError where the policy has no impression.
    """
    size, limit = p.test_size, p.ratio_limit
    on = (logs["policy"] == policy).to_numpy()
    if not on.any():
        raise DataError(f"open_bandit: policy {policy} has no impression")
    log, rows = logs[on], []
    for feature in features:
        codes = feature.codes[on]
        for code, label in enumerate(feature.labels if feature.compared else ()):
            own = codes == code
            got, mine, clicks, others = strata(log, own)
            found = rate_ratio(got, mine, clicks, others)
            chances = law(limit, clicks, mine, others)
            rows.append({
                "feature": feature.name, "group": label, "impressions": own.mean(), "clicks": int(got.sum()),
                "ratio": found.value, "low": found.low, "high": found.high,
                "p_value": lower_tail(int(got.sum()), chances) if clicks.sum() else 1.0,
                "smallest_gap": smallest_gap(clicks, mine, others, size, p.power),
                "power_limit": _power_at(limit, clicks, mine, others, size), "unknown": found.unknown,
            })
    columns = ["feature", "group", "impressions", "clicks", "ratio", "low", "high", "p_value", "smallest_gap",
               "power_limit", "unknown"]
    frame = pd.DataFrame(rows, columns=columns)
    numbers = ["ratio", "low", "high", "smallest_gap"]
    frame.insert(8, "p_adjusted", adjusted(frame["p_value"].to_numpy(float)))
    return frame.astype(dict.fromkeys(numbers, "float64"))


def _power_at(ratio: float, clicks: Numbers, mine: Numbers, others: Numbers, size: float) -> float:
    fair = log_law(clicks, mine, others)
    critical = int(np.searchsorted(np.cumsum(tilted(fair, 1.0)), size, side="right"))
    return float(tilted(fair, ratio)[:critical].sum())
