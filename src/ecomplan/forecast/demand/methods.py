"""Forecasts of weekly demand, every product and every origin at once.

Each method gives an array [products, origins, steps]: row i, origin t, step h is the forecast of week t + h + 1 by
who has seen weeks 0 .. t. All are plain numpy over products; the loop runs over weeks. A product counts from its first
demand on: before it was launched it had none to forecast.

Croston (1972); SBA: Syntetos & Boylan (2005); TSB: Teunter, Syntetos & Babai (2011); damped trend: Gardner & McKenzie
(1985).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ecomplan.forecast.demand.panel import YEAR, Floats, Ints

METHODS = ("last month", "last year", "moving average", "smoothing", "season", "own season", "Croston", "SBA", "TSB",
           "combined")
COMBINED = ("smoothing", "own season", "TSB")  # unlike each other: level, season, chance of demand
NAIVE = "last month"


@dataclass(frozen=True)
class Settings:
    """Weights of the methods. The smoothing weights are a grid: each product takes, at each origin, what did best."""

    least_age_weeks: int = 4  # weeks since its first demand from which a product is forecast
    last_month_weeks: int = 4
    average_weeks: int = 13
    levels: tuple[float, ...] = (0.05, 0.1, 0.2, 0.3)
    trends: tuple[float, ...] = (0.0, 0.05)
    damping: float = 0.9
    own_share: float = 0.5  # weight of the product's own season beside that of all products
    own_smooth_weeks: int = 9  # width of the mean that smooths the own season
    croston: float = 0.1
    tsb: float = 0.1


def forecasts(pieces: Floats, origins: Ints, steps: int, learning: int, settings: Settings) -> dict[str, Floats]:
    """Every method's forecasts [products, origins, steps] of a panel [products, weeks]; NaN where history is short.

    Seasonal methods take their season from weeks 0 .. 51 and start at origin 51; with less learning they stay NaN.
    """
    launch = np.where((pieces > 0).any(1), (pieces > 0).argmax(1), pieces.shape[1])
    age = np.maximum(np.arange(pieces.shape[1])[None, :] - launch[:, None] + 1, 0)
    found = {
        "last month": _flat(moving_average(pieces, age, settings.last_month_weeks), origins, steps),
        "last year": last_year(pieces, origins, steps),
        "moving average": _flat(moving_average(pieces, age, settings.average_weeks), origins, steps),
        "smoothing": _paths(smooth(pieces, age, settings.levels, (0.0,), settings.damping), origins, steps, 1.0),
    }
    unknown = np.full((len(pieces), len(origins), steps), np.nan)
    for name, own in (("season", 0.0), ("own season", settings.own_share)):
        if learning < YEAR:
            found[name] = unknown
            continue
        shape = season(pieces[:, :YEAR], age[:, :YEAR], own, settings.own_smooth_weeks)
        week = np.arange(pieces.shape[1]) % YEAR
        # a week that should be quiet says little about the level: divided by a small factor, its chance is blown up
        state = smooth(pieces / shape[:, week], age, settings.levels, settings.trends, settings.damping,
                       np.minimum(shape[:, week], 1.0))
        ahead = (origins[:, None] + 1 + np.arange(steps)[None, :]) % YEAR
        path = _paths(state, origins, steps, settings.damping) * shape[:, ahead]
        found[name] = np.where((origins >= YEAR - 1)[None, :, None], np.maximum(path, 0.0), np.nan)
    for name, level in intermittent(pieces, settings.croston, settings.tsb).items():
        found[name] = _flat(level, origins, steps)
    parts = np.stack([found[name] for name in COMBINED])
    there = np.isfinite(parts)
    found["combined"] = np.where(there, parts, 0.0).sum(0) / np.maximum(there.sum(0), 1)
    young = (age[:, origins] < settings.least_age_weeks)[:, :, None]
    return {name: np.where(young, np.nan, found[name]) for name in METHODS}


def moving_average(pieces: Floats, age: Ints, weeks: int) -> Floats:
    """Mean of the last `weeks` weeks up to each week, of fewer where the product is younger."""
    total = np.cumsum(pieces, axis=1)
    before = np.concatenate([np.zeros((len(pieces), weeks)), total], axis=1)[:, : pieces.shape[1]]
    return np.asarray((total - before) / np.clip(age, 1, weeks))


def last_year(pieces: Floats, origins: Ints, steps: int) -> Floats:
    """The same week a year before; NaN where there is none."""
    at = origins[:, None] + 1 + np.arange(steps)[None, :] - YEAR
    return np.where(at >= 0, pieces[:, np.maximum(at, 0)], np.nan)


def season(year: Floats, age: Ints, own: float, width: int) -> Floats:
    """Seasonal factors [products, 52], mean 1, above 0: the mean factor of all products, blended with the own one.

    All products count alike from their launch on, each week capped at five times a product's mean so that a bulk
    order makes no season; the own factor is a centred mean over `width` weeks (around the year's end) of demand beside
    the common one, its weight `own` times the share of the year that the product was there.
    """
    there = age > 0
    mean = np.maximum(year.sum(1, keepdims=True) / np.maximum(there.sum(1, keepdims=True), 1), 1e-9)
    ratio = np.where(there, np.minimum(year / mean, 5.0), 0.0)
    common = ratio.sum(0) / np.maximum(there.sum(0), 1)
    common = np.maximum(common / max(float(common.mean()), 1e-9), 0.02)
    if own == 0:
        return np.tile(common, (len(year), 1))
    relative = np.where(there, ratio / common, 1.0)
    smoothed = np.mean([np.roll(relative, shift, axis=1) for shift in range(-(width // 2), width // 2 + 1)], axis=0)
    weight = own * there.mean(1, keepdims=True)
    blended = common * ((1 - weight) + weight * smoothed / np.maximum(smoothed.mean(1, keepdims=True), 1e-9))
    return np.asarray(np.maximum(blended / blended.mean(1, keepdims=True), 0.02))


def smooth(pieces: Floats, age: Ints, levels: tuple[float, ...], trends: tuple[float, ...],
           damping: float, trust: Floats | None = None) -> tuple[Floats, Floats]:
    """(level, trend) after each week [products, weeks]: exponential smoothing with a damped trend.

    Level and trend weights are, week by week, those of the grid whose one-week absolute errors so far were smallest.
    `trust` (0 to 1, [products, weeks]) makes a week count for less.
    """
    grid = [(a, b) for a in levels for b in trends]
    alpha = np.array([a for a, _ in grid])[:, None]
    beta = np.array([b for _, b in grid])[:, None]
    count, weeks = pieces.shape
    level = np.zeros((len(grid), count))
    trend = np.zeros_like(level)
    lost = np.zeros_like(level)
    best_level, best_trend = np.empty(pieces.shape), np.zeros(pieces.shape)
    row = np.arange(count)
    for week in range(weeks):
        ahead = level + damping * trend
        error = pieces[:, week] - ahead
        here = age[:, week]
        worth = 1.0 if trust is None else trust[:, week]
        lost += np.where(here > 1, worth * np.abs(error), 0.0)
        # a start value is no knowledge: early weeks count more, as in a mean
        weight = worth * np.maximum(alpha, 1.0 / np.maximum(here, 1))
        level = ahead + weight * error
        trend = damping * trend + np.where(here > 1, beta * weight * error, 0.0)
        best = lost.argmin(0)
        best_level[:, week], best_trend[:, week] = level[best, row], trend[best, row]
    return best_level, best_trend


def intermittent(pieces: Floats, croston: float, tsb: float) -> dict[str, Floats]:
    """Demand a week after each week [products, weeks] by Croston, SBA and TSB.

    Sizes and gaps start at the first demand (gap: weeks up to it); before it the forecast is 0. TSB updates the
    chance of demand every week, so that it fades for a product that died.
    """
    count, weeks = pieces.shape
    size, gap, since = np.zeros(count), np.ones(count), np.zeros(count)
    chance, tsb_size = np.zeros(count), np.zeros(count)
    seen = np.zeros(count, dtype=bool)
    out = {name: np.zeros(pieces.shape) for name in ("Croston", "SBA", "TSB")}
    for week in range(weeks):
        demand = pieces[:, week]
        hit = demand > 0
        since += 1
        new = hit & ~seen
        old = hit & seen
        size = np.where(new, demand, np.where(old, size + croston * (demand - size), size))
        gap = np.where(new, since, np.where(old, gap + croston * (since - gap), gap))
        tsb_size = np.where(new, demand, np.where(old, tsb_size + tsb * (demand - tsb_size), tsb_size))
        chance = np.where(new, 1.0 / since, np.where(seen, chance + tsb * (hit - chance), chance))
        since = np.where(hit, 0.0, since)
        seen |= hit
        out["Croston"][:, week] = np.where(seen, size / gap, 0.0)
        out["TSB"][:, week] = chance * tsb_size
    out["SBA"] = out["Croston"] * (1 - croston / 2)
    return out


def _flat(level: Floats, origins: Ints, steps: int) -> Floats:
    return np.repeat(level[:, origins][:, :, None], steps, axis=2)


def _paths(state: tuple[Floats, Floats], origins: Ints, steps: int, damping: float) -> Floats:
    level, trend = (part[:, origins][:, :, None] for part in state)
    return np.asarray(np.maximum(level + trend * np.cumsum(damping ** np.arange(1, steps + 1)), 0.0))
