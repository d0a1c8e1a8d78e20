"""The transparency report: one card a model of the line, drift of its inputs, and what stale weights cost."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import gammaincinv

from ecomplan.params.watching import Watch
from ecomplan.risk.engine.draws import Z90
from ecomplan.risk.watch.cube import Cube
from ecomplan.risk.watch.days import Days, expected_totals
from ecomplan.risk.watch.told_days import EndScore
from ecomplan.risk.watch.visits import Visits

Array = NDArray[np.float64]
MODEL = "combination"
REFRESH = {"every day": 1, "every month": 25, "every quarter": 75, "once": 10**9}
LEAST_SHARE = 1e-4  # an empty class would make the index infinite


def psi(before: Array, after: Array) -> float:
    """Population stability index of two vectors of counts over the same classes."""
    p = np.maximum(before / before.sum(), LEAST_SHARE)
    q = np.maximum(after / after.sum(), LEAST_SHARE)
    return float(((q - p) * np.log(q / p)).sum())


def psi_limit(classes: int, before: float, after: float, chance: float = 0.05) -> float:
    """The index that two draws from one distribution pass with `chance` (Yurdakul 2018): chi-squared over sizes."""
    return float((1 / before + 1 / after) * 2 * gammaincinv((classes - 1) / 2, 1 - chance))


def drift_table(days: Days, cube: Cube) -> pd.DataFrame:
    """Inputs of the line, last twelve months against the twelve before: input, classes, index, limit by chance.

    Counts are orders (weekday, hour, country, customers) or items (price), so that seasons stand against themselves.
    """
    inputs: list[tuple[str, Array, Array]] = []
    if len(cube.months) >= 24:
        for axis, name in ((1, "country"), (2, "customer group")):
            other = (0, 2) if axis == 1 else (0, 1)
            inputs.append((name, cube.orders[-24:-12].sum(axis=other), cube.orders[-12:].sum(axis=other)))
        worth = cube.sales.sum(axis=(1, 2))
        old, new = slice(-24, -12), slice(-12, None)
        items = [_scaled(cube.items[part].sum(axis=(0, 1, 2)), cube.orders[part].sum()) for part in (old, new)]
        inputs.append(("price band, by items", items[0], items[1]))
        sold = [_scaled(worth[part].sum(axis=1), cube.orders[part].sum()) for part in (old, new)]
        inputs.append(("month of sales", sold[0], sold[1]))
    month = days.dates.astype("datetime64[M]")
    last = cube.months[-1]
    now = (month <= last) & (month > last - 12)
    then = (month <= last - 12) & (month > last - 24)
    if now.any() and then.any():
        both = (then, now)
        week = [np.bincount(days.weekday[rows], weights=days.totals[rows], minlength=7) for rows in both]
        inputs.append(("weekday", week[0].astype(float), week[1].astype(float)))
        hour = (days.first_minute + np.arange(days.counts.shape[1]) * days.step_minutes) // 60
        clock = [np.bincount(hour, weights=days.counts[rows].sum(axis=0))[hour.min():] for rows in both]
        inputs.append(("hour of the day", clock[0].astype(float), clock[1].astype(float)))
    rows = []
    for name, before, after in inputs:
        used = (before + after) > 0
        if used.sum() > 1 and before.sum() > 0 and after.sum() > 0:
            limit = psi_limit(int(used.sum()), float(before.sum()), float(after.sum()))
            index = psi(before[used], after[used])
            rows.append({"input": name, "classes": int(used.sum()), "index": index, "limit": limit,
                         "size": "moved" if index > 0.25 else "some" if index > 0.1 else "little"})
    return pd.DataFrame(rows, columns=["input", "classes", "index", "limit", "size"])


def _scaled(values: Array, size: float) -> Array:
    """Shares as if of `size` cases: items of one order are no draws of their own."""
    return values / max(float(values.sum()), 1e-9) * size


def refresh_table(days: Days, p: Watch, rng: np.random.Generator, draws: int = 200) -> pd.DataFrame:
    """Error of a day's expectation with the weekdays' weights estimated anew at different intervals, and the
    difference to every day with its 80 % interval (bootstrap over weeks)."""
    judged = days.judged
    week = (days.dates.astype("datetime64[D]").astype(np.int64) + 3)[judged] // 7
    number = np.unique(week, return_inverse=True)[1]
    weights = rng.multinomial(number.max() + 1, np.full(number.max() + 1, 1 / (number.max() + 1)), size=draws)
    fresh = None
    rows = []
    for name, every in REFRESH.items():
        # "once" learns on the first days and never again
        totals = expected_totals(days.totals, days.weekday, p, every) if every < 10**9 else _frozen(days, p)
        error = np.abs(np.log(np.maximum(days.totals, 0.5) / totals))[judged]
        fresh = error if fresh is None else fresh
        worse = np.bincount(number, weights=error - fresh)
        drawn = weights @ worse / (weights @ np.bincount(number))
        rows.append({"refresh": name, "error": float(np.expm1(error.mean())), "worse": float((error - fresh).mean()),
                     "worse_low": float(np.quantile(drawn, 0.1)), "worse_high": float(np.quantile(drawn, 0.9))})
    return pd.DataFrame(rows)


def _frozen(days: Days, p: Watch) -> Array:
    """Expectation with weekday weights of the learning days alone and a level that still follows."""
    first = days.totals[: days.learnt]
    level = first.mean()
    sums = np.bincount(days.weekday[: days.learnt], weights=first, minlength=7)
    seen = np.bincount(days.weekday[: days.learnt], minlength=7)
    factor = (sums / level + 4.0) / (seen + 4.0)
    plain = np.asarray(factor[days.weekday])
    out, level = np.empty(len(plain)), float(days.totals[0] / plain[0])
    for day, (total, weight) in enumerate(zip(days.totals, plain, strict=True)):
        out[day] = level * weight
        level += max(p.level_weight, 1 / (day + 1)) * (total / weight - level)
    return np.maximum(out, 1e-9)


def card_table(accuracy: pd.DataFrame, coverage: pd.DataFrame, misses: pd.DataFrame, scores: pd.DataFrame,
               score: EndScore, seen: Visits) -> pd.DataFrame:
    """One row a model and target: what it does, error, against a plain rule, coverage, stability, limit.

    accuracy, coverage, misses come from stage forecast; scores from stage journey. All texts.
    """
    rows = []
    used = accuracy[accuracy["model"] == MODEL]
    plain = accuracy[accuracy["model"] == "seasonal_naive"].set_index("series")["mape_percent"]
    for one in used[used["series"].isin(coverage["series"])].itertuples(index=False):
        name = str(one.series)
        errors = misses.loc[(misses["series"] == name) & (misses["model"] == MODEL), "error_percent"].abs().to_numpy()
        halves = [errors[: len(errors) // 2], errors[len(errors) // 2:]]
        stable = f"{halves[0].mean():.1f} % then {halves[1].mean():.1f} %" if len(halves[0]) else "too few months"
        row = coverage[coverage["series"] == name].iloc[0]
        band = f"{int(row['inside'])} of {int(row['months'])} months"
        rows.append(("Forecast", str(one.series_name).lower(), f"{float(str(one.mape_percent)):.1f} % off",
                     f"{plain[name]:.1f} % off" if name in plain.index else "–", band, stable,
                     "months, not days or products"))
    best = scores.sort_values("log_loss", kind="stable").groupby("task").first()
    for task, row in best.iterrows():
        known = scores[scores["task"] == task].sort_values("log_loss", kind="stable").iloc[-1]  # the plainest
        rows.append(("Next action", str(task), f"{row['accuracy']:.0%} right", f"{known['accuracy']:.0%} right",
                     f"calibration off by {row['calibration_error']:.1%}", "one log, not split", "another shop's log"))
    right = "no warning" if score.precision.value is None else f"{score.precision.value:.0%} right"
    found = "nothing to find" if score.recall.value is None else f"{score.recall.value:.0%} found"
    rows.append(("Warning of the day", "how a day ends", right, found, "limit from past days", "relearnt each day",
                 "closed days look like a stop"))
    hit = f"{int(seen.incidents['found'].sum())} of {len(seen.incidents)} found"
    rows.append(("Watch of visits", "step that fails", hit, f"{seen.false} false episodes", "limit by simulation",
                 "rate learnt once", "another shop's log"))
    return pd.DataFrame(rows, columns=["model", "target", "error", "beside", "coverage", "stability", "limits"])


def effect_table(length: pd.DataFrame, days: Days) -> pd.DataFrame:
    """What moves the models: odds ratios of a purchase in a visit (stage journey) and the platform's weekdays.

    Columns: model, feature, effect (times), low, high; a weekday's interval is that of its mean ratio.
    """
    rows = [{"model": "purchase in a visit", "feature": str(one.term), "effect": float(str(one.odds_ratio)),
             "low": float(str(one.low)), "high": float(str(one.high))} for one in length.itertuples(index=False)]
    names = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
    level = pd.Series(days.totals).rolling(25, min_periods=5, center=True).mean().to_numpy()
    ratio = days.totals / np.maximum(level, 1e-9)
    for place, name in enumerate(names):
        own = ratio[days.weekday == place]
        if len(own) >= 8:
            half = Z90 * float(own.std(ddof=1)) / np.sqrt(len(own))
            rows.append({"model": "orders of a day", "feature": name, "effect": float(own.mean()),
                         "low": float(own.mean()) - half, "high": float(own.mean()) + half})
    return pd.DataFrame(rows, columns=["model", "feature", "effect", "low", "high"])
