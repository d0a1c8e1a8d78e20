"""Which promise of accuracy is kept: rules that stand in code and are not tuned run by run."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd

from ecomplan.forecast.platform.backtest import AGAINST, CHOSEN, INTERVAL, Backtest, resamples
from ecomplan.forecast.platform.nowcast import percent_after
from ecomplan.forecast.platform.series import SERIES

Gate = Literal["PASS", "REVIEW", "FAIL"]


def gate(low: float, high: float, limit: float) -> Gate:
    """PASS: the whole interval lies at or below the limit; FAIL: above it; REVIEW: the limit lies inside."""
    if high <= limit:
        return "PASS"
    return "FAIL" if low > limit else "REVIEW"


def verdict(gates: list[str]) -> Literal["holds", "holds in part", "fails", "not testable"]:
    """What the gates of several series say of one promise made for all."""
    if all(item == "PASS" for item in gates):
        return "holds"
    if "PASS" in gates:
        return "holds in part"
    return "fails" if "FAIL" in gates else "not testable"


def promises(early: int, late: int) -> dict[str, str]:
    """key -> name of each promise."""
    return {
        "month": "Month ahead", "early": f"{early} open days in", "late": f"{late} open days in",
        "quarter": "Quarter ahead", "hybrid": "Hybrid, month ahead",
    }


def gates_table(
    test: Backtest, reissued: pd.DataFrame, early: int, late: int, floors: pd.DataFrame, limit_percent: float,
    seed: int,
) -> pd.DataFrame:
    """One row a promise and series.

    promise, promise_name, series, mape_percent, low, high (80 %, bootstrap over origins), limit_percent, gate,
    naive_percent (seasonal naive on the same months), difference, difference_low, difference_high
    (points, paired), floor_percent (a month's own noise; none for a quarter or a month partly seen), origins.
    """
    mains = len(SERIES)
    naive = test.percent(AGAINST)[:, :mains]
    errors = {
        "month": (test.percent(CHOSEN)[:, :mains], naive), "early": (percent_after(reissued, early), naive),
        "late": (percent_after(reissued, late), naive),
        "quarter": (test.quarter_percent(CHOSEN), test.quarter_percent(AGAINST)),
        "hybrid": (test.percent("hybrid")[:, :mains], naive),
    }
    floor = floors.set_index("series")["floor_percent"]
    rows = []
    for key, name in promises(early, late).items():
        percent, plain = errors[key]
        weights = resamples(len(percent), seed)
        low, high = np.quantile(weights @ percent, INTERVAL, axis=0)
        gap = percent - plain
        gap_low, gap_high = np.quantile(weights @ gap, INTERVAL, axis=0)
        for column, series in enumerate(SERIES):
            rows.append({
                "promise": key, "promise_name": name, "series": series, "mape_percent": percent[:, column].mean(),
                "low": low[column], "high": high[column], "limit_percent": limit_percent,
                "gate": gate(low[column], high[column], limit_percent), "naive_percent": plain[:, column].mean(),
                "difference": gap[:, column].mean(), "difference_low": gap_low[column],
                "difference_high": gap_high[column],
                "floor_percent": float(floor[series]) if key in ("month", "hybrid") else 0.0, "origins": len(percent),
            })
    return pd.DataFrame(rows)


def value_table(reissued: pd.DataFrame, early: int, late: int, margin: float, seed: int) -> pd.DataFrame:
    """What issuing the forecast again is worth, in money a month: open_days, off, less_off, low, high, margin_at_most.

    off: goods by which the month's sales forecast was off; less_off: how much less than a month ahead (80 % interval,
    bootstrap over months); margin_at_most: that times the contribution `margin`, were every miss lost and all of
    the correction in time. An upper bound: part of the month is over by then.
    """
    sales = reissued[reissued["series"] == "sales"]
    off = (sales["forecast"] - sales["actual"]).abs().to_numpy()
    wide = sales.assign(off=off).pivot(index="month", columns="open_days", values="off")
    weights = resamples(len(wide), seed)
    rows = []
    for open_days in (early, late):
        less = (wide[0] - wide[open_days]).to_numpy()
        low, high = np.quantile(weights @ less, INTERVAL)
        rows.append({"open_days": open_days, "off": float(wide[open_days].mean()), "less_off": float(less.mean()),
                     "low": float(low), "high": float(high), "margin_at_most": float(less.mean()) * margin})
    return pd.DataFrame(rows)
