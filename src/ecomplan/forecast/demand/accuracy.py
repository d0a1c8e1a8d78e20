"""How far forecasts were off after the learning weeks, by class and method, and how often their call was right."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ecomplan.estimate import Estimate
from ecomplan.forecast.demand import choice as choosing
from ecomplan.forecast.demand.choice import Distribution, Known
from ecomplan.forecast.demand.classes import CLASSES, classes_of
from ecomplan.forecast.demand.methods import METHODS, NAIVE
from ecomplan.forecast.demand.panel import Floats, Ints, Panel
from ecomplan.forecast.demand.policy import Case, known_of

CHOSEN = "chosen"
LEAST_SLOW = 20  # slow products below which nothing is said about them


def interval(value: float, draws: Floats) -> Estimate:
    """80 % interval from bootstrap draws, widened to hold the value."""
    low, high = np.quantile(draws, [0.1, 0.9])
    return Estimate(value, float(min(low, value)), float(max(high, value)))


def ratio(top: Floats, bottom: Floats, draws: int, rng: np.random.Generator, less: float = 0.0) -> Estimate:
    """Ratio of sums over products (less a constant) with its interval under resamples of products."""
    count = len(top)
    if count == 0 or bottom.sum() <= 0:
        return Estimate(None, unknown="nothing to compare with")
    weight = rng.multinomial(count, np.full(count, 1 / count), size=draws).astype(float)
    below = np.maximum(weight @ bottom, 1e-12)
    return interval(float(top.sum() / bottom.sum()) - less, (weight @ top) / below - less)


def weekly_errors(known: Known, paths: Floats) -> tuple[Floats, Floats, Floats]:
    """(mean absolute error, sum of forecasts, sum of demand) of each product over tested origins and steps."""
    steps = paths.shape[2]
    at = known.tested
    ahead = known.origins[at][:, None] + 1 + np.arange(steps)[None, :]
    actual = known.panel.pieces[:, ahead]
    told = paths[:, at]
    return np.abs(actual - told).mean((1, 2)), told.sum((1, 2)), actual.sum((1, 2))


def table(known: Known, method: Ints, case: Case, draws: int, seed: int) -> pd.DataFrame:
    """Errors by class and method on the tested origins.

    mase: mean absolute error of the weekly forecasts over the mean change from week to week in the learning weeks
    (Hyndman & Koehler 2006), mean over products; bias: forecasts over demand less 1; pinball: loss of the service
    quantile of demand over the interval; covered: share of intervals served by it; difference: mase less that of the
    naive, 80 % interval over products.
    """
    unit = choosing.scale(known.panel)
    at = known.tested
    service = np.array([case.rule.service])
    rows = []
    naive = weekly_errors(known, known.paths[NAIVE])[0] / unit
    for name in (*METHODS, CHOSEN):
        used = method if name == CHOSEN else choosing.fixed(known, name)
        lost, told, actual = weekly_errors(known, choosing.chosen_paths(known, used))
        if not np.isfinite(lost).all():
            continue  # no season without a year to learn it from
        level = choosing.levels(known, used, case.leads, service, case.errors, first=int(at[0]))[0]
        pin = choosing.interval_losses(known, level, case.leads, case.rule.service)[:, at].mean(1)
        inside = (known.actual[:, at] <= level[:, at]).mean(1)
        for label, mine in (("all", np.ones(len(unit), dtype=bool)),
                            *((CLASSES[index], known.kind == index) for index in np.unique(known.kind))):
            mase = lost[mine] / unit[mine]
            apart = ratio(mase - naive[mine], np.ones(int(mine.sum())), draws, np.random.default_rng(seed))
            rows.append({
                "class": label, "method": name, "products": int(mine.sum()), "mase": float(mase.mean()),
                "difference": apart.value, "low": apart.low, "high": apart.high,
                "bias": float(told[mine].sum() / max(float(actual[mine].sum()), 1e-9) - 1),
                "pinball": float(pin[mine].mean()), "covered": float(inside[mine].mean()),
            })
    return pd.DataFrame(rows)


COLUMNS = ["class", "method", "products", "mase", "difference", "low", "high", "bias", "pinball", "covered"]


def of_slow(panel: Panel, case: Case, draws: int, seed: int) -> pd.DataFrame:
    """The same table for the slow products; empty where there are too few of them."""
    if len(panel.product) < LEAST_SLOW:
        return pd.DataFrame(columns=COLUMNS)
    known = known_of(panel, classes_of(panel), case, seed)
    return table(known, choosing.choose(known, case.leads, case.rule, case.errors), case, draws, seed)


def of(frame: pd.DataFrame, label: str, method: str, column: str) -> float:
    """One figure of the table."""
    return float(frame.loc[(frame["class"] == label) & (frame["method"] == method), column].iloc[0])


def difference(frame: pd.DataFrame, label: str, method: str = CHOSEN) -> Estimate:
    """Error of a method less the naive's, as a share of the naive's; unknown in an empty table."""
    if frame.empty:
        return Estimate(None, unknown="too few products of this kind")
    base = of(frame, label, NAIVE, "mase")
    value, low, high = (of(frame, label, method, name) / base for name in ("difference", "low", "high"))
    return Estimate(value, low, high)


def coverage(known: Known, method: Ints, case: Case) -> pd.DataFrame:
    """Share of intervals whose demand stayed within the level, by distribution and service level asked for."""
    wanted = np.array([0.5, 0.8, 0.9, 0.95, 0.98])
    rows = []
    kinds: tuple[Distribution, ...] = ("negative binomial", "empirical")
    for kind in kinds:
        every = choosing.levels(known, method, case.leads, wanted, case.errors, kind, int(known.tested[0]))
        level = every[:, :, known.tested]
        actual = known.actual[:, known.tested]
        for at, asked in enumerate(wanted):
            rows.append({"distribution": kind, "asked": float(asked), "covered": float((actual <= level[at]).mean()),
                         "pieces": float(level[at].sum() / max(float(actual.sum()), 1e-9))})
    return pd.DataFrame(rows)


def calls(known: Known, method: Ints, leads_cover: float, band: float, draws: int, rng: np.random.Generator) -> dict[
        str, Estimate]:
    """Share of right calls "order more, as much, or less than last month", and the forecast's lift over two rivals.

    A call is about the mean week of the next interval beside last month's mean week; "as much" is within `band`
    of it. Who decides by last month's mean always says "as much"; the usual call is the one right most often over all
    products in the intervals passed by then.
    """
    steps = max(round(leads_cover), 1)
    at = known.tested
    past = np.flatnonzero(known.origins + steps < known.panel.pieces.shape[1])
    ahead = known.origins[past][:, None] + 1 + np.arange(steps)[None, :]
    before = known.paths[NAIVE][:, :, 0]
    truth = _call(known.panel.pieces[:, ahead].mean(2), before[:, past], band)
    counted = np.stack([((truth == one) & np.isfinite(before[:, past])).sum(0) for one in (-1, 0, 1)])
    seen = np.cumsum(counted, axis=1)
    usual = seen[:, np.maximum(at - steps, 0)].argmax(0) - 1
    said = _call(choosing.chosen_paths(known, method)[:, at, :steps].mean(2), before[:, at], band)
    came = truth[:, at]
    right, same, often = ((came == call).mean(1) for call in (said, np.zeros(len(at)), usual[None, :]))
    ones = np.ones(len(right))
    return {"forecast": ratio(right, ones, draws, rng), "last month": ratio(same, ones, draws, rng),
            "usual": ratio(often, ones, draws, rng), "lift": ratio(right, same, draws, rng, less=1.0),
            "lift_usual": ratio(right, often, draws, rng, less=1.0)}


def _call(value: Floats, before: Floats, band: float) -> Ints:
    return np.asarray(np.where(value > before * (1 + band), 1, np.where(value < before * (1 - band), -1, 0)))
