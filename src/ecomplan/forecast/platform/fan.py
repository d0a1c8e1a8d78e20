"""From past errors to joint sample paths, their fan and their yearly totals."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ecomplan.errors import DataError
from ecomplan.forecast.platform.paths import QUANTILES, assumed_ratios, joint_errors
from ecomplan.forecast.platform.series import SEASON


def growth_check(leads: pd.DataFrame, ratios: np.ndarray | None = None) -> pd.DataFrame:
    """lead_months, origins, measured, assumed: error spread at each lead over that at lead 1, all series pooled.

    `assumed` is what the fan uses: `ratios` from lead 1 on, `paths.assumed_ratios` if not given.
    """
    squares = leads.assign(square=leads["rms_log_error"] ** 2)
    base = squares[squares["lead_months"] == 1].set_index("series")["square"]
    ratio = squares["square"] / squares["series"].map(base)
    pooled = ratio.groupby(squares["lead_months"]).mean()
    lead = pooled.index.to_numpy(dtype=int)
    used = assumed_ratios(int(lead.max())) if ratios is None else ratios
    return pd.DataFrame({
        "lead_months": pooled.index, "origins": squares.groupby("lead_months")["origins"].first().to_numpy(),
        "measured": np.sqrt(pooled.to_numpy()), "assumed": used[lead - 1],
    })


def paths_table(paths: np.ndarray, months: pd.DatetimeIndex, series: tuple[str, ...]) -> pd.DataFrame:
    """path, month and one column a series from paths [draws x months x series]."""
    draws = len(paths)
    frame = pd.DataFrame({"path": np.repeat(np.arange(draws), len(months)), "month": np.tile(months, draws)})
    for column, name in enumerate(series):
        frame[name] = paths[:, :, column].ravel()
    return frame


def fan_table(paths: np.ndarray, months: pd.DatetimeIndex, series: tuple[str, ...]) -> pd.DataFrame:
    """month, series, mean, q10, q50, q90 from paths [draws x months x series]."""
    low, middle, high = np.quantile(paths, QUANTILES, axis=0)
    frames = [
        pd.DataFrame({"month": months, "series": name, "mean": paths[:, :, column].mean(axis=0),
                      "q10": low[:, column], "q50": middle[:, column], "q90": high[:, column]})
        for column, name in enumerate(series)
    ]
    return pd.concat(frames, ignore_index=True)


def year_draws(paths: pd.DataFrame, year: int) -> pd.DataFrame:
    """One row a path for a calendar year: sales and orders in all, active customers a month, order value.

    Raises DataError if the paths do not cover the whole year.
    """
    inside = paths[paths["month"].dt.year == year]
    if inside["month"].nunique() != SEASON:
        raise DataError(f"table paths: {inside['month'].nunique()} months of {year}; a year's total needs {SEASON}")
    total = inside.groupby("path")[["sales", "orders", "active_customers"]].sum()
    return pd.DataFrame({
        "sales": total["sales"], "orders": total["orders"],
        "active_customers": total["active_customers"] / SEASON, "order_value": total["sales"] / total["orders"],
    })


def last_year(monthly: pd.DataFrame) -> dict[str, float]:
    """The last twelve full months, measured: sales, orders, active customers a month, order value."""
    wide = monthly.pivot(index="month", columns="series", values="value").sort_index().tail(SEASON)
    return {
        "sales": float(wide["sales"].sum()), "orders": float(wide["orders"].sum()),
        "active_customers": float(wide["active_customers"].mean()),
        "order_value": float(wide["sales"].sum() / wide["orders"].sum()),
    }


def interval(draws: pd.Series) -> dict[str, float]:
    """value (median), low, high (80 %) of draws."""
    low, middle, high = np.quantile(draws.to_numpy(), QUANTILES)
    return {"value": float(middle), "low": float(low), "high": float(high)}


def coverage_table(one_month: np.ndarray, series: tuple[str, ...], draws: int, seed: int) -> pd.DataFrame:
    """series, months, inside: backtest months whose error fell inside the 80 % band that the others make.

    `one_month`: log errors [origins x series]. Each month is held against the errors of all other months, so that
    none makes the band that it is judged by.
    """
    origins = len(one_month)
    inside = np.zeros(one_month.shape, dtype=bool)
    for month in range(origins):
        band = joint_errors(np.delete(one_month, month, axis=0), draws, 1, seed + month)[:, 0, :]
        low, high = np.quantile(band, (QUANTILES[0], QUANTILES[-1]), axis=0)
        inside[month] = (low <= one_month[month]) & (one_month[month] <= high)
    return pd.DataFrame({"series": list(series), "months": origins, "inside": inside.sum(axis=0)})
