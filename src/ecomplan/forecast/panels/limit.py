"""What a limit on the monthly error measures: the method, or the series?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ecomplan.forecast.panels.sample import spread_of

SEASON = 12


@dataclass(frozen=True)
class Limit:
    """`ratio`: a series' mean error over its spread (median over series) with limits; `explained`: the part of the
    variance of log errors between series that the spread alone explains; `within`: series at or below the limit."""

    ratio: float
    ratio_low: float
    ratio_high: float
    explained: float
    within: float
    within_low: float
    within_high: float


def errors_table(known: pd.DataFrame, months: int) -> pd.DataFrame:
    """panel, unique_id, spread_percent, mape_percent of SARIMA on logs, one month ahead.

    `known`: panel, unique_id, ds, y. The spread is that of all one-month errors by the median, the mean error that of
    the last `months`, both in sample: a little kinder than months to come. Series with values not above zero are
    passed over.
    """
    from ecomplan.forecast.engine.sarima import fit_sarima

    rows = []
    for (panel, name), one in known.groupby(["panel", "unique_id"], sort=True):
        y = one["y"].to_numpy(dtype=float)
        if (y <= 0).any():
            continue
        found = fit_sarima(np.log(y), 1, SEASON).errors
        found = found[np.isfinite(found)]
        last = found[-months:]
        rows.append((panel, name, 100 * spread_of(found), 100 * float(np.mean(np.abs(np.expm1(-last))))))
    return pd.DataFrame(rows, columns=["panel", "unique_id", "spread_percent", "mape_percent"])


def read_limit(
    table: pd.DataFrame, limit_percent: float, draws: int, level: float, rng: np.random.Generator,
) -> Limit:
    """What the table of errors says of a limit; intervals by resampling series."""
    good = table[(table["spread_percent"] > 0) & (table["mape_percent"] > 0)]
    ratios = (good["mape_percent"] / good["spread_percent"]).to_numpy()
    inside = (table["mape_percent"] <= limit_percent).to_numpy(dtype=float)
    tails = [(1 - level) / 2, (1 + level) / 2]
    low, high = np.quantile(np.median(ratios[rng.integers(0, len(ratios), (draws, len(ratios)))], axis=1), tails)
    few, many = np.quantile(inside[rng.integers(0, len(inside), (draws, len(inside)))].mean(axis=1), tails)
    logs = np.log(good[["spread_percent", "mape_percent"]].to_numpy())
    return Limit(
        ratio=float(np.median(ratios)), ratio_low=float(low), ratio_high=float(high),
        explained=float(np.corrcoef(logs.T)[0, 1] ** 2), within=float(inside.mean()), within_low=float(few),
        within_high=float(many),
    )
