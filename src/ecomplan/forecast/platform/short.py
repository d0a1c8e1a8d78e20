"""Members for a short history: one season seen once or twice, so that little can be learnt and much must be held.

All work on logs per weighted open day: a month's value over the weekday-weighted days that the shop was open, as
known or ruled at the origin. What each assumes was written down before its errors were looked at; `MODELS` in
`ecomplan.forecast.platform.backtest` holds the sentence that readers see.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ecomplan.errors import DataError
from ecomplan.forecast.platform.series import SEASON

# ASSUME: before the data twelve months without growth count as seen (a drift), or as many months without change as
# the smoothed member looks at: half of what was seen lately is taken to last. Two years cannot test either.
DRIFT_PRIOR_MONTHS = SEASON
#: what the panel-learnt member looks at: year-on-year changes of the last month, the last three, all months known
SIGNALS = ("last_change", "three_month_change", "mean_change")
#: without a panel each signal keeps the same, together one half: the shrinkage of the smoothed member
EQUAL_WEIGHT = 0.5 / len(SIGNALS)


@dataclass(frozen=True)
class Known:
    """What an origin knows of the three main series.

    logs [n x 3]; open_days and weighted [n + horizon]: logs of (weighted) open days, the months ahead by the rule;
    noise [n]: variance of the log order value that comes from who happened to order.
    """

    logs: np.ndarray
    open_days: np.ndarray
    weighted: np.ndarray
    noise: np.ndarray

    @property
    def horizon(self) -> int:
        return len(self.weighted) - len(self.logs)

    @property
    def adjusted(self) -> np.ndarray:
        """Logs per weighted open day [n x 3]."""
        return np.asarray(self.logs - self.weighted[: len(self.logs), None])

    @property
    def changes(self) -> np.ndarray:
        """Year-on-year changes of `adjusted` [n - 12 x 3]."""
        return np.asarray(self.adjusted[SEASON:] - self.adjusted[:-SEASON])


def repeat(known: Known, days: np.ndarray | None, change: np.ndarray, damping: float) -> np.ndarray:
    """[horizon x 3] logs: the same month a year before plus a year-on-year `change` [3] that fades with the lead.

    `days`: logs of the days by which a month's value is carried over (None: as it is); `damping`: part of the
    change that is left from one month to the next.
    """
    size = np.zeros(len(known.weighted)) if days is None else days
    path = list(known.logs - size[: len(known.logs), None])
    for lead in range(known.horizon):
        path.append(path[-SEASON] + change * damping**lead)
    return np.asarray(np.array(path[len(known.logs):]) + size[len(known.logs):, None])


def drift(known: Known) -> np.ndarray:
    """[3]: mean change of all months known, shrunken by `DRIFT_PRIOR_MONTHS` months without any."""
    return np.asarray(known.changes.sum(axis=0) / (len(known.changes) + DRIFT_PRIOR_MONTHS))


def smoothed(known: Known, months: int) -> np.ndarray:
    """[3]: mean change of the last `months`, shrunken by as many months without any."""
    return np.asarray(known.changes[-months:].sum(axis=0) / (2 * months))


def panel_weights(table: pd.DataFrame | None, damping: float) -> np.ndarray:
    """[leads x 3]: weights of SIGNALS on the change at each lead, from a panel's lead_months, name, value.

    Without a table every signal keeps EQUAL_WEIGHT, fading with the lead. Raises DataError where a
    signal lacks.
    """
    if table is None:
        return np.outer(damping ** np.arange(SEASON), np.full(len(SIGNALS), EQUAL_WEIGHT))
    wide = table.pivot(index="lead_months", columns="name", values="value").sort_index()
    if missing := [name for name in SIGNALS if name not in wide.columns]:
        raise DataError(f"table short_history: no rows for {missing[0]}; found {', '.join(map(str, wide.columns))}")
    return wide[list(SIGNALS)].to_numpy(float)


def learnt(known: Known, weights: np.ndarray) -> np.ndarray:
    """[horizon x 3] logs: the last known same month plus the change that other shops' short histories teach to expect
    after changes like the last ones. Beyond the leads of `weights` [leads x 3] the last lead's hold."""
    changes = known.changes
    signals = np.array([changes[-1], changes[-3:].mean(axis=0), changes.mean(axis=0)])
    lead = np.arange(known.horizon)
    change = weights[np.minimum(lead, len(weights) - 1)] @ signals
    base = known.adjusted[len(known.logs) - SEASON + lead % SEASON]
    return np.asarray(base + change + known.weighted[len(known.logs):, None])


def order_value(known: Known) -> np.ndarray:
    """[horizon] logs: the same month a year before, shrunken towards the mean of the last twelve months.

    The share kept is the share of their variance that is not noise (empirical Bayes; James & Stein 1961): one
    giant order makes a month's order value, and says nothing of that month a year later.
    """
    value = known.logs[:, 0] - known.logs[:, 1]
    year, noise = value[-SEASON:], float(known.noise[-SEASON:].mean())
    spread = float(year.var(ddof=1))
    kept = max(0.0, 1 - noise / spread) if spread > 0 else 0.0
    return np.resize(year.mean() + kept * (year - year.mean()), known.horizon)


def combined(known: Known, members: list[np.ndarray]) -> np.ndarray:
    """[horizon x 3]: the mean of members; sales from the orders' mean and the shrunken order value."""
    mean: np.ndarray = np.mean(members, axis=0)
    mean[:, 0] = mean[:, 1] + order_value(known)
    return mean


def new_customers(logs: np.ndarray, active: np.ndarray, burn_in: int, months: int) -> np.ndarray:
    """[horizon] logs of new customers: `active` [horizon] times the recent share of new ones.

    `logs` [n x 4] with active and new customers in columns 2 and 3. The share is the mean log share of the last
    `months` after `burn_in` months, in which old customers of a shop that is older than its data pass for new.
    """
    share = (logs[:, 3] - logs[:, 2])[burn_in:][-months:]
    return np.asarray(active + min(float(share.mean()), 0.0))
