"""Which parameter moves the customers at the end, and how long an iteration on it should last."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ecomplan.errors import ParameterError
from ecomplan.investment.dynamics.calibrate import Calibration
from ecomplan.investment.dynamics.network import Floats
from ecomplan.investment.dynamics.outlook import Ahead, ahead
from ecomplan.investment.dynamics.prior import Drawn, told
from ecomplan.investment.dynamics.referral import Rates

Change = Callable[[Rates, float], Rates]


@dataclass(frozen=True)
class Knob:
    """A parameter that work can move; `improve(rates, f)` makes it f times as good. `events` a month show it, each
    with variance `spread` relative to its squared mean; a change shows after `wait` months."""

    name: str
    improve: Change
    events: Callable[[Ahead, Rates], float]
    spread: Callable[[Rates], float]
    wait: Callable[[Rates], float]


def _middle(value: Floats) -> float:
    return float(np.median(value))


def _new(run: Ahead, rates: Rates) -> float:
    return float(np.median(run.entered)) / (len(run.customers) - 1)


def _invited(run: Ahead, rates: Rates) -> float:
    return float(np.median(run.entered * run.referred)) / (len(run.customers) - 1)


def _stock(*names: str) -> Callable[[Ahead, Rates], float]:
    return lambda run, rates: float(np.median(run.runs.stock(*names).mean(axis=0)))


def _binomial(share: Callable[[Rates], float]) -> Callable[[Rates], float]:
    return lambda rates: (1 - share(rates)) / max(share(rates), 1e-9)


KNOBS = (
    Knob("own new customers", lambda r, f: r.with_(entry=r.entry * f), _new, lambda r: 1.0, lambda r: 0.0),
    Knob("second order", lambda r, f: r.with_(second_order=np.minimum(r.second_order * f, 1.0)), _new,
         _binomial(lambda r: _middle(r.second_order)), lambda r: _middle(r.new_months)),
    Knob("fewer lapses", lambda r, f: r.with_(lapse=r.lapse / f), _stock("active", "inviting"),
         _binomial(lambda r: -np.expm1(-_middle(r.lapse))), lambda r: _middle(r.new_months)),
    Knob("waking sleepers", lambda r, f: r.with_(revival=r.revival * f), _stock("dormant"),
         _binomial(lambda r: -np.expm1(-_middle(r.revival))), lambda r: 0.0),
    Knob("fewer lost for good", lambda r, f: r.with_(loss=r.loss / f), _stock("dormant"),
         _binomial(lambda r: -np.expm1(-_middle(r.loss))), lambda r: 1 / max(_middle(r.revival), 1e-9)),
    Knob("invitations accepted", lambda r, f: r.with_(k=r.k * f), _invited, lambda r: 1.0,
         lambda r: _middle(r.cycle_months)),
    Knob("customers who invite", lambda r, f: r.with_(start_inviting=r.start_inviting * f), _invited, lambda r: 1.0,
         lambda r: _middle(r.cycle_months)),
    Knob("shorter cycle", lambda r, f: r.with_(cycle_months=r.cycle_months / f), _invited, lambda r: 1 / 3,
         lambda r: _middle(r.cycle_months)),
)


def improved(rates: Rates, knob: Knob, factor: float) -> Rates:
    """Rates with a knob `factor` times as good; those who invite go on inviting as much a month as before."""
    before = rates.invitations
    after = knob.improve(rates, factor)
    own = after.k / np.where(rates.k > 0, rates.k, 1.0)  # the knob's own change of K
    return after.with_(k=np.where(rates.k > 0, before * own, 0.0) * after.inviting_time)


def elasticities(found: Calibration, drawn: Drawn, months: int, steps: int, runs: int, change: float) -> pd.DataFrame:
    """knob, value, low, high: percent more customers at the end for one percent on the knob, by central differences of
    `change` either way, by falling value."""
    few = drawn.some(runs)
    rows = []
    for knob in KNOBS:
        up, down = (
            ahead(found, Drawn(improved(few.rates, knob, factor), few.lost, few.reward), months, steps).customers[-1]
            for factor in (1 + change, 1 / (1 + change))
        )
        rows.append({"knob": knob.name, **told(np.log(up / down) / (2 * np.log1p(change)))})
    return pd.DataFrame(rows).sort_values("value", ascending=False, ignore_index=True)


def best_length(noise: float, overhead_months: float) -> float:
    """Months of measuring that make the most of a sequence of iterations; 0 without overhead (no interior optimum).

    An iteration measures a change whose true effect has standard deviation s_t, over L months with error variance
    s^2 / L, and keeps it if it looks better. With L0 = s^2 / s_t^2 (`noise`, months) it brings on average
    s_t / sqrt(2 pi) x sqrt(L / (L + L0)) and takes L + overhead months. The rate is highest where
    2 L^2 + L0 L = L0 x overhead. Raises ParameterError for negative input.
    """
    if noise < 0 or overhead_months < 0:
        raise ParameterError(f"dynamics: noise {noise:g}, overhead {overhead_months:g} months; expected none below 0")
    # the root in a form without cancellation, for a noise far above the overhead
    total = noise + np.sqrt(noise**2 + 8 * noise * overhead_months)
    return float(2 * noise * overhead_months / total) if total > 0 else 0.0


def gain_rate(length: float, noise: float, overhead_months: float, effect_sd: float) -> float:
    """Expected gain (log points) a month of iterations of `length` months of measuring."""
    if length + overhead_months <= 0:
        return 0.0
    kept = effect_sd / np.sqrt(2 * np.pi) * np.sqrt(length / (length + noise)) if length > 0 else 0.0
    return float(kept / (length + overhead_months))


def right(length: float, noise: float) -> float:
    """Chance that a change kept is truly better: 1/2 + asin(r) / pi with r^2 = L / (L + L0)."""
    return float(0.5 + np.arcsin(np.sqrt(length / (length + noise) if length > 0 else 0.0)) / np.pi)


def iterations(
    moved: pd.DataFrame, run: Ahead, drawn: Drawn, effect_sd: float, overhead_months: float,
) -> pd.DataFrame:
    """knob, elasticity, months (best length of an iteration, waiting and overhead included), measuring (months of it),
    tries (iterations over the horizon), right (chance that a kept change helps), improvement (of the knob at the
    horizon, share), customers (share more at the horizon), by falling last.

    Half of the events see the change, half do not. Improvements come evenly, so that the end feels half of the last.
    """
    horizon = len(run.customers) - 1
    rows = []
    for knob in KNOBS:
        elasticity = float(moved.loc[moved["knob"] == knob.name, "value"].iloc[0])
        events = max(knob.events(run, drawn.rates), 1e-9)
        noise = 4 * knob.spread(drawn.rates) / events / effect_sd**2
        idle = overhead_months + knob.wait(drawn.rates)
        length = min(best_length(noise, idle), max(horizon - idle, 0.0))
        rate = gain_rate(length, noise, idle, effect_sd)
        rows.append({
            "knob": knob.name, "elasticity": elasticity, "months": length + idle, "measuring": length,
            "tries": horizon / (length + idle) if length > 0 else 0.0, "right": right(length, noise),
            "improvement": float(np.expm1(rate * horizon)),
            "customers": float(np.expm1(elasticity * rate * horizon / 2)),
        })
    return pd.DataFrame(rows).sort_values("customers", ascending=False, ignore_index=True)
