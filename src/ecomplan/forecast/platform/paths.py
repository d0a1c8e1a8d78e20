"""Joint sample paths of the platform's series and their parts: what goes wrong together stays together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ecomplan.errors import DataError
from ecomplan.forecast.platform.agreement import MOST_NEW, Agreed
from ecomplan.forecast.platform.parts import NEW, SEASON
from ecomplan.forecast.platform.reconcile import BY_IDENTITY

QUANTILES = (0.10, 0.50, 0.90)
SMOOTHING = 0.5  # width of the normal kernel around each past error, in standard deviations
HANDED_ON = ("sales", "orders")  # series whose parts are kept path by path
_OWN, _STEP = 0, 1  # streams of random numbers of a month: its own error, its step of the level
_SCALE = 2  # stream of the unknown spread


def assumed_ratios(leads: int) -> np.ndarray:
    """Error spread at leads 1 .. `leads` over that at lead 1 where nothing was measured.

    # ASSUME: the variance of a month's log error is s^2 (1 + (lead - 1) / 12): the seasonal naive's doubling
    # after each year (Hyndman & Athanasopoulos 2021, 5.5) spread evenly over the leads. `growth_check` holds
    # this against the leads that the backtest can see; beyond them it is untested.
    """
    return np.asarray(np.sqrt(1 + np.arange(leads) / SEASON))


def widths_used(leads: int, origins: int, widths: pd.DataFrame | None = None) -> pd.DataFrame:
    """lead_months, ratio, low, high, source, origins: how the fan widens with the lead, and what that rests on.

    `widths`: lead_months (from 1, without gaps), ratio and, where known, low, high, source: spread of errors of many
    series with as short a history; later leads go on with the mean growth of variance of those given ("carried
    on"). None: the assumption. A ratio never falls with the lead. `origins`: of the platform's own backtest, of which
    lead h sees origins - h + 1. Raises DataError for a table that does not start at lead 1 or has a gap.
    """
    every = np.arange(1, leads + 1)
    ratio, source, sides, given_leads = assumed_ratios(leads), "assumed", {}, leads
    if widths is not None:
        given = widths.sort_values("lead_months")
        if given["lead_months"].tolist() != list(range(1, len(given) + 1)) or not (given["ratio"] > 0).all():
            raise DataError("table widths: expected lead_months 1, 2, .. without a gap and ratio above 0")
        growth = np.maximum.accumulate((given["ratio"] / given["ratio"].iloc[0]).to_numpy(float))
        slope = (growth[-1] ** 2 - 1) / max(len(growth) - 1, 1)
        beyond = np.sqrt(growth[-1] ** 2 + slope * np.arange(1, max(leads - len(growth), 0) + 1))
        ratio = np.r_[growth, beyond][:leads]
        given_leads = len(given)
        source = str(given["source"].iloc[-1]) if "source" in given else "panels"
        by_lead = given.set_index("lead_months").reindex(every)
        sides = {side: by_lead[side].to_numpy(float) for side in ("low", "high") if side in given}
    return pd.DataFrame({
        "lead_months": every, "ratio": ratio,
        "low": np.fmin(sides.get("low", ratio), ratio), "high": np.fmax(sides.get("high", ratio), ratio),
        "source": np.where(every == 1, "history", np.where(every <= given_leads, source, f"{source}, carried on")),
        "origins": np.maximum(origins + 1 - every, 0),
    })


def joint_errors(
    errors: np.ndarray, draws: int, horizon_months: int, seed: int, ratios: np.ndarray | None = None,
) -> np.ndarray:
    """Log errors [draws x months x series] in the manner of past one-month errors [origins x series].

    Whole rows are drawn, so that series err together as they did. Each gets a random sign (the wild bootstrap of
    Wu 1986): centre zero, spread the root mean square; nine origins cannot tell a bias from chance, so a
    bias seen widens the fan and does not move it. A normal kernel smooths the few distinct errors without
    adding spread (Silverman & Young 1987), and one factor a path, n over chi-squared with n degrees of freedom,
    carries that the spread itself is estimated from n origins (Student's t). Draws come in mirrored pairs
    (antithetic), so that the median stays the model's own forecast.

    `ratios` [at least months]: spread at each lead over that at lead 1, `assumed_ratios` if not given. The part that
    grows lasts (a random walk of the level), so that a year's total is much less sure than independent months would
    make it. Each month has its own streams of random numbers: a longer horizon leaves nearer months as they were,
    and fewer draws are the first of more.
    """
    growth = (assumed_ratios(horizon_months) if ratios is None else ratios[:horizon_months]) ** 2
    steps = np.sqrt(np.maximum(np.diff(growth, prepend=growth[0]), 0.0))
    half, origins = -(-draws // 2), len(errors)
    scale = np.sqrt(origins / np.random.default_rng([seed, _SCALE]).chisquare(origins, size=half))[:, None]
    out = np.empty((half, 2, horizon_months, errors.shape[1]))
    level = np.zeros((half, errors.shape[1]))
    for month in range(horizon_months):
        if steps[month] > 0:
            level += steps[month] * _one_month(errors, half, seed, month, _STEP)
        out[:, 0, month] = (_one_month(errors, half, seed, month, _OWN) + level) * scale
    np.negative(out[:, 0], out=out[:, 1])
    pairs: np.ndarray = out.reshape(-1, horizon_months, errors.shape[1])[:draws]
    return pairs


def _one_month(errors: np.ndarray, draws: int, seed: int, month: int, stream: int) -> np.ndarray:
    """Independent draws [draws x series] of one-month errors: row, sign, kernel."""
    origins = len(errors)
    rows, kernels = (np.random.default_rng([seed, stream, month, part]) for part in (0, 1))
    drawn = rows.integers(0, 2 * origins, size=draws)
    # a normal mix of the rows has their covariance (about zero)
    mixed = kernels.standard_normal((draws, origins)) @ (errors * (SMOOTHING / np.sqrt(origins)))
    signed = np.concatenate([errors, -errors])[drawn]
    return np.asarray((signed + mixed) / np.sqrt(1 + SMOOTHING**2))


@dataclass(frozen=True)
class Paths:
    """Sample paths: totals [draws x months x series], parts by tree [draws x months x parts]."""

    months: pd.DatetimeIndex
    series: tuple[str, ...]
    totals: np.ndarray
    parts: Mapping[tuple[str, str], np.ndarray]
    names: Mapping[tuple[str, str], tuple[str, ...]]

    def table(self) -> pd.DataFrame:
        """path, month and one column a series."""
        return self._index().assign(**{name: self.totals[:, :, k].ravel() for k, name in enumerate(self.series)})

    def part_table(self) -> pd.DataFrame:
        """path, month, one float32 column a part, `sales: Germany`: sales and orders only, to stay small."""
        columns = {
            f"{series}: {part}": values[:, :, k].astype(np.float32).ravel()
            for (series, _), values in self.parts.items() if series in HANDED_ON
            for k, part in enumerate(self.names[series, _])
        }
        return pd.concat([self._index(), pd.DataFrame(columns)], axis=1)

    def part_fan(self) -> pd.DataFrame:
        """month, series, hierarchy, part, mean, q10, q50, q90 of every part."""
        frames = [pd.DataFrame({
            "month": self.months[:0], **dict.fromkeys(("series", "hierarchy", "part"), pd.Series(dtype=str)),
            **dict.fromkeys(("mean", "q10", "q50", "q90"), pd.Series(dtype=float)),
        })] if not self.parts else []
        for (series, hierarchy), values in self.parts.items():
            low, middle, high = np.quantile(values, QUANTILES, axis=0)
            frames += [
                pd.DataFrame({
                    "month": self.months, "series": series, "hierarchy": hierarchy, "part": part,
                    "mean": values[:, :, k].mean(axis=0), "q10": low[:, k], "q50": middle[:, k], "q90": high[:, k],
                }) for k, part in enumerate(self.names[series, hierarchy])
            ]
        return pd.concat(frames, ignore_index=True)

    def part_years(self, year: int, last: Mapping[tuple[str, str], np.ndarray]) -> pd.DataFrame:
        """series, hierarchy, part, last12, value, low, high, share, share_low, share_high of sales and orders.

        `value` is the year's total (median of paths) and `share` its part of the whole, each with its 80 % range;
        `last` gives each tree's totals of the last twelve months [parts]. Raises DataError for a year not covered.
        """
        inside = np.flatnonzero(self.months.year == year)
        if len(inside) != SEASON:
            raise DataError(f"paths: {len(inside)} months of {year}; a year's total needs {SEASON}")
        rows = []
        for (series, hierarchy), values in self.parts.items():
            if series not in HANDED_ON:
                continue
            total = values[:, inside].sum(axis=1)
            amounts = np.quantile(total, QUANTILES, axis=0)
            shares = np.quantile(total / total.sum(axis=1, keepdims=True), QUANTILES, axis=0)
            rows += [
                {"series": series, "hierarchy": hierarchy, "part": part, "last12": last[series, hierarchy][k],
                 "value": amounts[1, k], "low": amounts[0, k], "high": amounts[2, k],
                 "share": shares[1, k], "share_low": shares[0, k], "share_high": shares[2, k]}
                for k, part in enumerate(self.names[series, hierarchy])
            ]
        return pd.DataFrame(rows, columns=[
            "series", "hierarchy", "part", "last12", "value", "low", "high", "share", "share_low", "share_high",
        ])

    def _index(self) -> pd.DataFrame:
        draws = len(self.totals)
        return pd.DataFrame({
            "path": np.repeat(np.arange(draws), len(self.months)), "month": np.tile(self.months, draws),
        })


def joint_paths(
    agreed: Mapping[tuple[str, str], Agreed], last_month: pd.Timestamp, draws: int, seed: int, ratios: np.ndarray,
) -> Paths:
    """Joint paths of all wholes and parts from reconciled forecasts and their one-month errors at the same origins.

    Every error, of a whole or a part, comes from the same drawn origin. A path's parts are then scaled to its
    whole, which leaves the wholes as they would be without any parts; returning customers are the active
    less the new, of whom there are at most nine in ten (as in the forecast).
    """
    wholes = {series: item for (series, hierarchy), item in agreed.items() if hierarchy == "total"}
    cuts = {key: item for key, item in agreed.items() if key[1] != "total"}
    horizon = len(next(iter(wholes.values())).whole)
    months = pd.date_range(last_month + pd.offsets.MonthBegin(1), periods=horizon, freq="MS", unit="us")
    rows = np.column_stack([
        *(item.errors[:, 0, 0] for item in wholes.values()), *(item.errors[:, 0, 1:] for item in cuts.values()),
    ])
    central = np.column_stack([*(item.whole for item in wholes.values()), *(item.parts for item in cuts.values())])
    values = joint_errors(rows, draws, horizon, seed, ratios)
    values += central
    np.exp(values, out=values)
    totals = values[:, :, : len(wholes)]
    place = {name: column for column, name in enumerate(wholes)}
    if "new_customers" in place:
        new, active = place["new_customers"], place["active_customers"]
        totals[:, :, new] = np.minimum(totals[:, :, new], MOST_NEW * totals[:, :, active])
    parts, start = {}, len(wholes)
    for key, item in cuts.items():
        stop = start + item.parts.shape[1]
        cut, whole = values[:, :, start:stop], totals[:, :, place[key[0]]]
        if key == BY_IDENTITY:
            fresh = totals[:, :, place["new_customers"]]
            cut[...] = np.stack([fresh if name == NEW else whole - fresh for name in item.tree.parts], axis=-1)
        else:
            cut *= (whole / cut.sum(axis=-1))[:, :, None]
        parts[key], start = cut, stop
    return Paths(months, tuple(wholes), totals, parts, {key: item.tree.parts for key, item in cuts.items()})


def lead_coverage(
    agreed: Mapping[tuple[str, str], Agreed], draws: int, seed: int, ratios: np.ndarray, leads: int = 3,
) -> pd.DataFrame:
    """series, lead_months, months, inside: backtest months inside the 80 % band that the other origins make.

    Each origin is held against the one-month errors of all others, widened by `ratios`, so that none makes the band
    that it is judged by. Few months, overlapping and erring together: a sign, no proof.
    """
    wholes = {series: item.errors[:, :, 0] for (series, hierarchy), item in agreed.items() if hierarchy == "total"}
    errors = np.stack(list(wholes.values()), axis=-1)
    origins, reach = len(errors), min(leads, errors.shape[1])
    inside = np.zeros((origins, reach, len(wholes)), dtype=bool)
    for origin in range(origins):
        band = joint_errors(np.delete(errors[:, 0], origin, axis=0), draws, reach, seed, ratios)
        low, high = np.quantile(band, (QUANTILES[0], QUANTILES[-1]), axis=0)
        inside[origin] = (low <= errors[origin, :reach]) & (errors[origin, :reach] <= high)
    return pd.DataFrame([
        {"series": name, "lead_months": lead + 1, "months": int(np.isfinite(errors[:, lead, k]).sum()),
         "inside": int(inside[:, lead, k].sum())}
        for k, name in enumerate(wholes) for lead in range(reach)
    ])
