"""Letting a change out in steps, and a guardrail on what it must not harm."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import optimize, stats

from ecomplan.behaviour.experiments.gate import Prior
from ecomplan.behaviour.experiments.power import units_for_proportions
from ecomplan.behaviour.experiments.sequential import crossing
from ecomplan.behaviour.experiments.two_sample import Floats
from ecomplan.errors import DataError


def shares(first: float, steps: int) -> Floats:
    """Traffic that gets the change, week by week: equal factors from `first` to all of it."""
    if steps < 2 or not 0 < first < 1:
        raise DataError(f"a release in {steps} steps from {first:g}; expected two steps or more from a share below 1")
    return np.asarray(first ** (1 - np.arange(steps) / (steps - 1)))


def stop_boundary(information: Floats, alpha: float) -> float:
    """z below which a release stops, the same at every look: a harmless change stops with a chance of alpha."""
    return float(optimize.brentq(lambda c: _stopped(c, information, 0.0).sum() - alpha, 0.5, 8.0, xtol=1e-9))


def staged(harms: Floats, first: float, steps: int, units_per_week: float, relative_variance: float, weeks: float,
           alpha: float) -> pd.DataFrame:
    """A release with a weekly stop rule against letting the change out at once, for each true relative harm.

    Exact by recursive integration. Columns: harm, stopped (chance), exposure (weeks of full traffic that get the
    change), avoided (share of the loss of `weeks` weeks at once). The last step holds no control, so nothing is
    learned in it; a change that reaches it stays for the rest of the `weeks`.
    """
    part = shares(first, steps)
    if weeks <= steps:
        raise DataError(f"a horizon of {weeks:g} weeks is over before a release of {steps} weekly steps is")
    # information of the difference of two unequal groups: n f (1 - f) over the variance of one unit
    information = np.cumsum(units_per_week * part[:-1] * (1 - part[:-1]) / relative_variance)
    bar = stop_boundary(information, alpha)
    spent = np.cumsum(part)[:-1]
    full = spent[-1] + weeks - (steps - 1)
    rows = []
    for harm in np.asarray(harms, float):
        out = _stopped(bar, information, float(harm))
        exposure = float(out @ spent + (1 - out.sum()) * full)
        rows.append({"harm": float(harm), "stopped": float(out.sum()), "exposure": exposure,
                     "avoided": 1 - exposure / weeks})
    return pd.DataFrame(rows)


def path(first: float, steps: int, units_per_week: float, relative_variance: float, harms: Floats,
         alpha: float) -> pd.DataFrame:
    """Exposure path: step, share, error (standard error of the gain so far), stop_below (observed gain that stops),
    and a column for each harm with the chance that the release has stopped by then."""
    part = shares(first, steps)
    information = np.cumsum(units_per_week * part[:-1] * (1 - part[:-1]) / relative_variance)
    bar = stop_boundary(information, alpha)
    error = 1 / np.sqrt(information)
    frame = pd.DataFrame({"week": np.arange(1, steps), "share": part[:-1], "error": error, "stop_below": -bar * error})
    for harm in harms:
        frame[f"stopped_{abs(round(100 * float(harm)))}"] = np.cumsum(_stopped(bar, information, float(harm)))
    return frame


def avoided_by_prior(belief: Prior, first: float, steps: int, units_per_week: float, relative_variance: float,
                     weeks: float, alpha: float, nodes: int = 24) -> float:
    """Share of the expected loss of harmful measures that staging avoids, over the prior's measures that disappoint."""
    duds = ~belief.works
    if not duds.any() or float(belief.spreads[duds].max()) == 0:
        raise DataError("the prior holds no harmful measure; a staged release has nothing to avoid")
    quantile = (np.arange(nodes) + 0.5) / nodes / 2
    harms = stats.norm.ppf(quantile) * float(belief.spreads[duds].max())
    table = staged(harms, first, steps, units_per_week, relative_variance, weeks, alpha)
    return float(np.average(table["avoided"], weights=-table["harm"]))


def guardrail(
    rate: float, change: float, customers_per_day: float, days: int, alpha: float, power: float
) -> dict[str, float]:
    """A one-sided test that a rate did not fall by `change` (relative, negative).

    seen: chance that customers of `days` days show it; needed: customers per arm; days: until it is seen with `power`.

    Raises DataError for a rate of nought or one.
    """
    if not 0 < rate < 1:
        raise DataError(f"a repeat rate of {rate:g} cannot fall and rise; expected one between 0 and 1")
    worse, customers_per_arm = rate * (1 + change), customers_per_day * days / 2
    error = np.sqrt((rate * (1 - rate) + worse * (1 - worse)) / customers_per_arm)
    null = np.sqrt(2 * rate * (1 - rate) / customers_per_arm)
    seen = stats.norm.cdf((rate - worse - stats.norm.ppf(1 - alpha) * null) / error)
    needed = units_for_proportions(rate, worse, 2 * alpha, power)
    return {"seen": float(seen), "needed": needed, "days": 2 * needed / customers_per_day}


def verdicts(lift: float, lift_error: float, seen: float, alpha: float) -> pd.DataFrame:
    """Chance that a change ships, with and without the guardrail, in the four possible truths.

    # ASSUME: the two tests err independently; both look at the same people, but at different deeds
    """
    z = stats.norm.ppf(1 - alpha / 2)
    rows = []
    for gain in (0.0, lift):
        passes = float(stats.norm.sf(z - gain / lift_error))
        for falls, stopped in ((False, alpha), (True, seen)):
            rows.append({"gain": gain, "retention_falls": "falls" if falls else "stays", "test_alone": passes,
                         "with_guardrail": passes * (1 - stopped)})
    return pd.DataFrame(rows)


def _stopped(bar: float, information: Floats, drift: float) -> Floats:
    low, _ = crossing(np.full(len(information), -bar), np.full(len(information), np.inf), information, drift)
    return low
