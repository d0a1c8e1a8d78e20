"""Which method forecasts a class of products, decided at each origin on intervals that had passed by then."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from ecomplan.forecast.demand.classes import CLASSES
from ecomplan.forecast.demand.intervals import (
    ErrorSettings,
    covered,
    empirical,
    negative_binomial,
    outcomes,
    pinball,
    spread,
)
from ecomplan.forecast.demand.leads import Leads
from ecomplan.forecast.demand.methods import METHODS, Settings, forecasts
from ecomplan.forecast.demand.panel import Floats, Ints, Panel

FIRST_ORIGIN = 12  # week after which forecasts begin
DEFAULTS = ("smoothing", "smoothing", "SBA", "SBA")  # by class, until a comparison is possible
Distribution = Literal["negative binomial", "empirical"]


@dataclass(frozen=True)
class Rule:
    """How methods are compared: pinball loss at `service` over the last `window` known origins, `least` at least."""

    service: float
    window: int
    least: int


@dataclass(frozen=True)
class Known:
    """Forecasts of a panel from every origin and what came."""

    panel: Panel
    origins: Ints
    kind: Ints  # class of each product
    paths: dict[str, Floats]
    mean: dict[str, Floats]  # over the interval [products, origins]
    actual: Floats

    @property
    def tested(self) -> Ints:
        """Positions of origins after the learning weeks whose interval is known whatever the lead."""
        last = self.panel.pieces.shape[1] - next(iter(self.paths.values())).shape[2]
        return np.flatnonzero((self.origins >= self.panel.learning - 1) & (self.origins < last))


def look(panel: Panel, kind: Ints, leads: Leads, drawn: Ints, settings: Settings) -> Known:
    """Every method's forecasts at every origin, and the demand over intervals with the leads drawn."""
    origins = np.arange(FIRST_ORIGIN, panel.pieces.shape[1])
    paths = forecasts(panel.pieces, origins, leads.steps, panel.learning, settings)
    return Known(panel, origins, kind, paths, {name: covered(path, leads) for name, path in paths.items()},
                 outcomes(panel.pieces, origins, leads, drawn))


def scale(panel: Panel) -> Floats:
    """Mean absolute change from week to week in the learning weeks: the unit in which products are averaged."""
    return np.asarray(np.maximum(np.abs(np.diff(panel.pieces[:, : panel.learning], axis=1)).mean(1), 1e-9))


def interval_losses(known: Known, level: Floats, leads: Leads, service: float) -> Floats:
    """Pinball loss of a level [products, origins] in units of the product's scale and the mean cover."""
    return pinball(known.actual, level, service) / (scale(known.panel) * leads.mean_cover)[:, None]


def choose(known: Known, leads: Leads, rule: Rule, settings: ErrorSettings) -> Ints:
    """Index of the method with the least loss [classes, origins].

    Methods are compared on the same origins: those, of the last `window` known, where every method with at least
    `least` of them has a forecast. Without any, `DEFAULTS` stand in.
    """
    service = np.array([rule.service])
    losses = np.stack([
        interval_losses(known, levels(known, fixed(known, name), leads, service, settings)[0], leads, rule.service)
        for name in METHODS
    ])
    method = np.tile(np.array([METHODS.index(name) for name in DEFAULTS])[:, None], (1, len(known.origins)))
    for label in np.unique(known.kind):
        mine = losses[:, known.kind == label]
        good = np.isfinite(mine)
        count = good.sum(1)
        mean = np.where(count > 0, np.where(good, mine, 0.0).sum(1) / np.maximum(count, 1), np.nan)
        for origin in range(len(known.origins)):
            method[label, origin] = _best(mean, origin, leads.steps, rule, int(method[label, origin]))
    return method


def _best(lost: Floats, origin: int, lag: int, rule: Rule, default: int) -> int:
    end = origin - lag + 1
    part = lost[:, max(end - rule.window, 0): max(end, 0)]
    able = np.isfinite(part).sum(1) >= rule.least
    if not able.any():
        return default
    common = np.isfinite(part[able]).all(0)
    total = np.where(np.isfinite(part), part, 0.0)[:, common].sum(1)
    return int(np.where(able, total, np.inf).argmin())


def fixed(known: Known, name: str) -> Ints:
    """Always the same method [classes, origins]."""
    return np.full((len(CLASSES), len(known.origins)), METHODS.index(name))


def chosen_mean(known: Known, method: Ints) -> Floats:
    """Mean over the interval by the method of each class and origin [products, origins]."""
    every = np.stack([known.mean[name] for name in METHODS])
    return np.asarray(np.take_along_axis(every, method[known.kind][None], axis=0)[0])


def chosen_paths(known: Known, method: Ints) -> Floats:
    """Weekly forecasts by the method of each class and origin [products, origins, steps]."""
    found = np.full(next(iter(known.paths.values())).shape, np.nan)
    used = method[known.kind]
    for index in np.unique(used):
        found[used == index] = known.paths[METHODS[index]][used == index]
    return found


def levels(known: Known, method: Ints, leads: Leads, quantiles: Floats, settings: ErrorSettings,
           distribution: Distribution = "negative binomial", first: int = 0) -> Floats:
    """Quantiles of demand over the interval by the methods of each class [quantiles, products, origins].

    NaN for a product too young to be forecast, and at origins before position `first`.
    """
    found = np.full((len(quantiles), *known.actual.shape), np.nan)
    used = np.where(np.arange(len(known.origins)) >= first, method[known.kind], -1)
    for index in np.unique(used[used >= 0]):
        mean = known.mean[METHODS[index]]
        errors = spread(known.actual, mean, known.kind, leads, settings)
        here = used == index
        if distribution == "empirical":
            level = empirical(mean, errors, known.kind, leads, quantiles, settings, here)
            found = np.where(here[None], level, found)
        else:
            found[:, here] = negative_binomial(mean[here][None, :], errors.variance[here][None, :], quantiles[:, None])
    return found


def table(method: Ints, known: Known, weeks: pd.DatetimeIndex) -> pd.DataFrame:
    """Method by class and week of the decision, with the products of the class."""
    return pd.DataFrame([
        {"week": weeks[week], "class": CLASSES[label], "products": int((known.kind == label).sum()),
         "method": METHODS[method[label, at]]}
        for label in np.unique(known.kind) for at, week in enumerate(known.origins)
        if week >= known.panel.learning - 1
    ])
