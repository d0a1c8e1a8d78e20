"""From past errors to joint sample paths, their fan and their yearly totals."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ecomplan.errors import DataError
from ecomplan.forecast.states import SEASON

QUANTILES = (0.10, 0.50, 0.90)
SMOOTHING = 0.5  # width of the normal kernel around each past error, in standard deviations


def error_draws(errors: np.ndarray, draws: int, horizon_months: int, rng: np.random.Generator) -> np.ndarray:
    """Log errors [draws x months x series] in the manner of past one-month errors [origins x series].

    Whole rows are drawn, so that series err together as they did. Each gets a random sign (the wild bootstrap of
    Wu 1986): centre zero, spread the root mean square; nine origins cannot tell a bias from chance, so a
    bias seen widens the fan and does not move it. A normal kernel smooths the few distinct errors without
    adding spread (Silverman & Young 1987), and one factor a path, n over chi-squared with n degrees of freedom,
    carries that the spread itself is estimated from n origins (Student's t).

    Draws come in mirrored pairs (antithetic), so that the median stays the model's own forecast.

    # ASSUME: the variance of a month's log error is s^2 (1 + (lead - 1) / 12): the seasonal naive's doubling
    # after each year (Hyndman & Athanasopoulos 2021, 5.5) spread evenly over the leads. The part that grows lasts
    # (a random walk of the level), so that a year's total is much less sure than independent months would make
    # it. `growth_check` holds this against the leads that the backtest can see; beyond them it is untested.
    """
    shape = (-(-draws // 2), horizon_months)
    own = _one_month(errors, shape, rng)
    steps = _one_month(errors, shape, rng) / np.sqrt(SEASON)
    steps[:, 0] = 0.0
    spread_unknown = np.sqrt(len(errors) / rng.chisquare(len(errors), size=shape[0]))
    half = (own + steps.cumsum(axis=1)) * spread_unknown[:, None, None]
    pairs: np.ndarray = np.stack([half, -half], axis=1).reshape(-1, *half.shape[1:])[:draws]
    return pairs


def _one_month(errors: np.ndarray, shape: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """Independent draws [*shape x series] of one-month errors: row, sign, kernel."""
    origins = len(errors)
    row = rng.integers(0, origins, size=shape)
    sign = rng.choice(np.array([-1.0, 1.0]), size=shape)
    # a normal mix of the rows has their covariance (about zero)
    kernel = rng.standard_normal((*shape, origins)) @ errors / np.sqrt(origins)
    drawn: np.ndarray = (sign[..., None] * errors[row] + SMOOTHING * kernel) / np.sqrt(1 + SMOOTHING**2)
    return drawn


def growth_check(leads: pd.DataFrame) -> pd.DataFrame:
    """lead_months, origins, measured, assumed: error spread at each lead over that at lead 1, all series pooled."""
    squares = leads.assign(square=leads["rms_log_error"] ** 2)
    base = squares[squares["lead_months"] == 1].set_index("series")["square"]
    ratio = squares["square"] / squares["series"].map(base)
    pooled = ratio.groupby(squares["lead_months"]).mean()
    lead = pooled.index.to_numpy(dtype=float)
    return pd.DataFrame({
        "lead_months": pooled.index, "origins": squares.groupby("lead_months")["origins"].first().to_numpy(),
        "measured": np.sqrt(pooled.to_numpy()), "assumed": np.sqrt(1 + (lead - 1) / SEASON),
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
    rng = np.random.default_rng(seed)
    origins = len(one_month)
    inside = np.zeros(one_month.shape, dtype=bool)
    for month in range(origins):
        band = error_draws(np.delete(one_month, month, axis=0), draws, 1, rng)[:, 0, :]
        low, high = np.quantile(band, (QUANTILES[0], QUANTILES[-1]), axis=0)
        inside[month] = (low <= one_month[month]) & (one_month[month] <= high)
    return pd.DataFrame({"series": list(series), "months": origins, "inside": inside.sum(axis=0)})
