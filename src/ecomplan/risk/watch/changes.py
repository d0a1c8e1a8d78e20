"""Lasting changes of the trade, found afterwards: binary segmentation with a penalty of known false-alarm chance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ecomplan.params.watching import Watch

Array = NDArray[np.float64]
SERIES = {"sales": "Sales", "orders": "Orders", "order_value": "Mean order value", "return_share": "Returned share"}
YEAR_WEEKS = 52
BLOCK_WEEKS = 4
ROUGH = 12.0  # gain of a first split, in variances, that noise alone hardly reaches


def weekly(orders: pd.DataFrame, lines: pd.DataFrame) -> pd.DataFrame:
    """Whole weeks (Monday first): week, sales, orders, order_value, return_share; weeks without an order left out.

    orders: time, amount; lines: time, kind, amount (returns are negative).
    """
    sold = _week(orders["time"])
    back = lines[lines["kind"] == "return"]
    frame = pd.DataFrame({"sales": orders["amount"].groupby(sold).sum(), "orders": sold.groupby(sold).size()})
    returns = back["amount"].groupby(_week(back["time"])).sum()
    frame["return_share"] = -returns.reindex(frame.index).fillna(0.0) / frame["sales"]
    frame["order_value"] = frame["sales"] / frame["orders"]
    out = frame.rename_axis("week").reset_index()
    first, last = orders["time"].min().normalize(), orders["time"].max().normalize()
    whole: pd.Series[bool] = (out["week"] >= first) & (out["week"] <= last - pd.Timedelta(days=6))
    return out.loc[whole].reset_index(drop=True)


def _week(times: pd.Series[pd.Timestamp]) -> pd.Series[pd.Timestamp]:
    day = times.to_numpy().astype("datetime64[D]")
    monday = day - ((day.astype(np.int64) + 3) % 7).astype("timedelta64[D]")
    return pd.Series(monday.astype("datetime64[us]"), index=times.index)


def year_on_year(weeks: pd.DataFrame, series: str) -> pd.DataFrame:
    """Each week against the same week a year before: week, value (log ratio; difference for the returned share)."""
    before = weeks.assign(week=weeks["week"] + pd.Timedelta(weeks=YEAR_WEEKS))
    both = weeks.merge(before, on="week", suffixes=("", "_before"))
    now, then = both[series].to_numpy(), both[f"{series}_before"].to_numpy()
    if series == "return_share":
        return pd.DataFrame({"week": both["week"], "value": now - then})
    ok = (now > 0) & (then > 0)
    return pd.DataFrame({"week": both["week"][ok], "value": np.log(now[ok] / then[ok])}).reset_index(drop=True)


def split_gains(values: Array, least: int) -> Array:
    """Fall of the sum of squares by one split before each place; -inf where a side is shorter than `least`.

    `values` (..., n); result of the same shape.
    """
    size = values.shape[-1]
    total = values.cumsum(axis=-1)
    gains = np.full(values.shape, -np.inf)
    place = np.arange(least, size - least + 1)
    if len(place):
        left, whole = total[..., place - 1], total[..., -1:]
        gains[..., place] = left**2 / place + (whole - left) ** 2 / (size - place) - whole**2 / size
    return gains


def segment(values: Array, least: int, penalty: float) -> list[int]:
    """Binary segmentation (Scott and Knott 1974): places at which a new stretch begins, each split worth `penalty`."""
    found: list[int] = []
    open_parts = [(0, len(values))]
    while open_parts:
        low, high = open_parts.pop()
        gains = split_gains(values[low:high], least) if high - low >= 2 * least else np.array([-np.inf])
        if gains.max() > penalty:
            at = low + int(gains.argmax())
            found.append(at)
            open_parts += [(low, at), (at, high)]
    return sorted(found)


def resampled(residual: Array, size: int, block: int, draws: int, rng: np.random.Generator) -> Array:
    """Series of `size` values from blocks of the residuals, wrapped around (circular block bootstrap)."""
    block = min(block, len(residual))
    starts = rng.integers(0, len(residual), (draws, -(-size // block)))
    at = (starts[:, :, None] + np.arange(block)) % len(residual)
    return np.asarray(residual[at.reshape(draws, -1)[:, :size]])


def penalty_of(values: Array, p: Watch, rng: np.random.Generator) -> float:
    """The gain that the best split of a series without change passes with the stated chance.

    Residuals about a first segmentation stand for noise, so that real changes do not widen it. Each resampled gain is
    measured by its own series' variance, as the real one is, whose variance is not known either.
    """
    rough = segment(values, p.change_min_weeks, ROUGH * float(np.var(np.diff(values))) / 2 + 1e-12)
    residual = values - _means(values, rough)
    none = resampled(residual, len(values), BLOCK_WEEKS, p.change_draws, rng)
    own = np.maximum(none.var(axis=1, ddof=1), 1e-12)
    gains = split_gains(none, p.change_min_weeks).max(axis=1) / own
    noise = float((residual**2).sum()) / max(len(values) - len(rough) - 1, 1)
    return float(np.quantile(gains, 1 - p.change_false_chance)) * noise


def _means(values: Array, splits: list[int]) -> Array:
    out = np.empty(len(values))
    for low, high in zip([0, *splits], [*splits, len(values)], strict=True):
        out[low:high] = values[low:high].mean()
    return out


@dataclass(frozen=True)
class Changes:
    """Changes found in one series."""

    series: str
    values: pd.DataFrame
    penalty: float
    found: pd.DataFrame  # week, low, high, before, after


def changes(weeks: pd.DataFrame, series: str, p: Watch, rng: np.random.Generator) -> Changes | None:
    """Lasting changes of one series against the year before, with the interval of each date; None if too short.

    A constant series has none.
    """
    frame = year_on_year(weeks, series) if len(weeks) else pd.DataFrame({"week": [], "value": []})
    values = frame["value"].to_numpy(dtype=float)
    columns = ["week", "low", "high", "before", "after"]
    if len(values) < 2 * p.change_min_weeks:
        return None
    if np.ptp(values) < 1e-12:
        return Changes(series, frame, 0.0, pd.DataFrame(columns=columns))
    penalty = penalty_of(values, p, rng)
    splits = segment(values, p.change_min_weeks, penalty)
    level = _means(values, splits)
    edges, rows = [0, *splits, len(values)], []
    for place, at in enumerate(splits, start=1):
        low, high = edges[place - 1], edges[place + 1]
        noise = (values - level)[low:high]
        drawn = level[low:high] + resampled(noise, high - low, BLOCK_WEEKS, p.change_draws, rng)
        least = min(p.change_min_weeks, (high - low) // 2)
        moved = low + np.quantile(split_gains(drawn, least).argmax(axis=1), [0.1, 0.9]).round().astype(int)
        week = frame["week"].to_numpy()
        last = max(min(moved[1], len(week) - 1), at)
        rows.append({"week": week[at], "low": week[min(moved[0], at)], "high": week[last], "before": level[at - 1],
                     "after": level[at]})
    return Changes(series, frame, penalty, pd.DataFrame(rows, columns=columns))


def change_table(found: list[Changes | None]) -> pd.DataFrame:
    """All changes: series, week with its interval, level before and after against the year before (share)."""
    rows = []
    for one in found:
        if one is None:
            continue
        plain = one.series == "return_share"
        for row in one.found.itertuples(index=False):
            before, after = float(str(row.before)), float(str(row.after))
            rows.append({
                "series": SERIES[one.series], "week": row.week, "week_low": row.low, "week_high": row.high,
                "before": before if plain else float(np.expm1(before)),
                "after": after if plain else float(np.expm1(after)),
            })
    columns = ["series", "week", "week_low", "week_high", "before", "after"]
    return pd.DataFrame(rows, columns=columns).astype({
        "week": "datetime64[us]", "week_low": "datetime64[us]", "week_high": "datetime64[us]", "before": float,
        "after": float, "series": object,
    })
