"""The forecast that is handed on: every series and its parts, adding up, with the errors it would have made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ecomplan.forecast.platform.opendays import TradingDays
from ecomplan.forecast.platform.parts import NEW, SERIES, Tree, base_forecast, floored
from ecomplan.forecast.platform.reconcile import BY_IDENTITY, DEFAULT, KEPT, Days, node_noise, reconciled, run_test

MOST_NEW = 0.9  # ASSUME: at most nine in ten active customers of a month are new


@dataclass(frozen=True)
class Totals:
    """Forecasts of the wholes, by series: logs of the months ahead, log errors [origins x leads] of the backtest."""

    central: Mapping[str, np.ndarray]
    errors: Mapping[str, np.ndarray]

    @classmethod
    def of(cls, series: tuple[str, ...], central: np.ndarray, errors: np.ndarray) -> Totals:
        """From central [horizon x series] and errors [origins x leads x series]; what is none of SERIES is left."""
        return cls(
            {name: central[:, k] for k, name in enumerate(series) if name in SERIES},
            {name: errors[:, :, k] for k, name in enumerate(series) if name in SERIES},
        )


def open_days(trading: TradingDays, months: pd.DatetimeIndex) -> Days:
    """Open days of known and coming months, recorded before an origin and ruled after it; `months`: those known now."""
    def known_at(known: int, ahead: int) -> np.ndarray:
        span = pd.date_range(months[0], periods=known + ahead, freq="MS", unit="us")
        return trading.per_month(span, months[0] + pd.DateOffset(months=known))[0]

    return known_at


@dataclass(frozen=True)
class Agreed:
    """A tree whose parts add up: logs of the months ahead and log errors of the backtest.

    whole [horizon], parts [horizon x parts]; errors [origins x leads x (whole, parts)].
    """

    tree: Tree
    method: str
    whole: np.ndarray
    parts: np.ndarray
    errors: np.ndarray


def agree(
    tree: Tree, origins: int, central: np.ndarray, total_errors: np.ndarray, method: str,
    days: Days | None = None,
) -> Agreed:
    """Reconcile one tree by `method`: all past origins for the months ahead, each origin's own past for its errors."""
    test = run_test(tree, origins, total_errors, days)
    count = len(tree.values)
    known_days = days and days(count, len(central))
    base = np.column_stack([central, base_forecast(tree, count, len(central), days=known_days)])
    nodes = reconciled(method, np.exp(base), test.relative(origins), node_noise(tree, count))
    errors = np.stack([
        np.log(test.actual[row] / reconciled(method, test.base[row], test.relative(row), test.noise[row]))
        for row in range(origins)
    ])
    return Agreed(tree, method, np.log(nodes[:, 0]), np.log(nodes[:, 1:]), errors)


def agree_all(
    trees: Mapping[tuple[str, str], Tree], totals: Totals, compared: pd.DataFrame, origins: int,
    days: Days | None = None,
) -> dict[tuple[str, str], Agreed]:
    """Every tree with parts that add up to one and the same whole of its series.

    Where two trees cut one series, only the first may move the whole; the second takes it as it is then.
    """
    used = compared[compared["used"]].groupby(["series", "hierarchy"], sort=False)["method"].first()
    central, errors = dict(totals.central), dict(totals.errors)
    found: dict[tuple[str, str], Agreed] = {}
    for (series, hierarchy), tree in trees.items():
        if hierarchy == "total" or (series, hierarchy) == BY_IDENTITY:
            continue
        method = str(used[series, hierarchy])
        if any(key[0] == series for key in found) and method not in KEPT:
            method = DEFAULT
        agreed = agree(tree, origins, central[series], errors[series], method, days)
        found[series, hierarchy] = agreed
        central[series], errors[series] = agreed.whole, agreed.errors[:, :, 0]
    for series, tree in ((key[0], tree) for key, tree in trees.items() if key[1] == "total"):
        found[series, "total"] = Agreed(tree, "base", central[series], central[series][:, None],
                                        np.repeat(errors[series][:, :, None], 2, axis=2))
    if BY_IDENTITY in trees:
        found[BY_IDENTITY] = _by_identity(trees[BY_IDENTITY], found, origins)
    return found


def _by_identity(tree: Tree, found: Mapping[tuple[str, str], Agreed], origins: int) -> Agreed:
    """Active customers as new ones, forecast as their own series, and returning ones: the difference."""
    active, new = found["active_customers", "total"], found["new_customers", "total"]
    count, column = len(tree.values), tree.parts.index(NEW)
    values = floored(tree.values)
    whole, fresh = np.exp(active.whole), np.minimum(np.exp(new.whole), MOST_NEW * np.exp(active.whole))
    parts = np.where(np.arange(len(tree.parts)) == column, fresh[:, None], (whole - fresh)[:, None])
    errors = np.full((origins, origins, 1 + len(tree.parts)), np.nan)
    for row, known in enumerate(range(count - origins, count)):
        ahead = count - known
        all_then = tree.total[known:] * np.exp(-active.errors[row, :ahead, 0])
        new_then = np.minimum(values[known:, column] * np.exp(-new.errors[row, :ahead, 0]), MOST_NEW * all_then)
        both = np.where(np.arange(len(tree.parts)) == column, new_then[:, None], (all_then - new_then)[:, None])
        errors[row, :ahead] = np.column_stack([active.errors[row, :ahead, 0], np.log(values[known:] / both)])
    return Agreed(tree, "difference", active.whole, np.log(parts), errors)


def own_totals(wholes: Mapping[str, Tree], split: Tree | None, horizon_months: int, origins: int) -> Totals:
    """Forecasts of the wholes where nothing better is given: last year's month with shrunken growth.

    New customers follow their share of the active customers (`split`: active customers, new and returning).
    """
    central, errors = {}, {}
    for name, tree in wholes.items():
        source, column = (split, split.parts.index(NEW)) if name == "new_customers" and split else (tree, 0)
        count = len(source.values)
        central[name] = base_forecast(source, count, horizon_months)[:, column]
        found = np.full((origins, origins), np.nan)
        actual = np.log(floored(source.values)[:, column])
        for row, known in enumerate(range(count - origins, count)):
            found[row, : count - known] = actual[known:] - base_forecast(source, known, count - known)[:, column]
        errors[name] = found
    return Totals(central, errors)
