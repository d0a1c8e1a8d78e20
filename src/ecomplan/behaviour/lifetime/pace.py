"""Counts on three clocks: plain, by the calendar, and by the calendar with the pace that changes from year to year."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.optimize import minimize_scalar

from ecomplan.behaviour.lifetime.bgnbd import BgNbd
from ecomplan.behaviour.lifetime.clock import EVEN, Clock, calendar_index
from ecomplan.behaviour.lifetime.counts import Counts, Floats, compress, histories, summarise
from ecomplan.behaviour.lifetime.fit import Fit, fit, hessian, information_inverse
from ecomplan.behaviour.lifetime.pareto_nbd import ParetoNbd
from ecomplan.behaviour.statistics import Z80

PLAIN, CALENDAR, PACE = "plain", "calendar", "calendar and pace"
DRIFT_LIMIT = 1.5  # change of the log rate a year, sought within +-
DRIFT_STEP = 0.01
RATE_STEP = 1e-3  # of a span, over which a slope is taken


@dataclass(frozen=True)
class Paced:
    """A model fitted on a clock. `customers`: customer_id, first, x, last, age on that clock.

    `spread` is the covariance of (log-parameters, drift); the drift's part is 0 where the clock has none.
    """

    clock: Clock
    clock_name: str
    fit: Fit[Any]
    customers: pd.DataFrame
    log_likelihood: float
    spread: Floats

    @property
    def model(self) -> Any:
        return self.fit.model

    @property
    def past(self) -> tuple[Floats, Floats, Floats]:
        """x, last, age of every customer."""
        return (self.customers["x"].to_numpy(dtype=float), self.customers["last"].to_numpy(dtype=float),
                self.customers["age"].to_numpy(dtype=float))

    @property
    def parameters(self) -> int:
        return len(self.fit.theta) + (11 if self.clock.index != EVEN else 0) + (self.clock_name == PACE)

    @property
    def bic(self) -> float:
        """Bayesian information criterion; the calendar's eleven free indices and the drift count as parameters."""
        return self.parameters * float(np.log(self.fit.customers)) - 2 * self.log_likelihood

    def pace_percent(self) -> dict[str, float]:
        """value, low, high: change of the order rate a year, in percent; 0 on a clock without pace."""
        drift, wide = self.clock.drift, Z80 * float(np.sqrt(self.spread[-1, -1]))
        return {name: 100 * float(np.expm1(at))
                for name, at in (("value", drift), ("low", drift - wide), ("high", drift + wide))}


def on_clock(
    kind: type[Any], name: str, frame: pd.DataFrame, end: pd.Timestamp, clock: Clock, start: Floats | None = None
) -> Paced:
    """`kind` fitted to the occasions before `end` on a given clock; `frame`: customer_id, day."""
    customers, counts = _counts(histories(frame, end), end, clock)
    one = fit(kind, counts, len(customers), start)
    spread = np.zeros((len(one.theta) + 1,) * 2)
    spread[:-1, :-1] = one.covariance
    return Paced(clock, name, one, customers, one.log_likelihood + clock.log_rate(_repeats(frame, end)), spread)


def with_pace(frame: pd.DataFrame, end: pd.Timestamp, clock: Clock) -> Paced:
    """BG/NBD and the drift of the clock by maximum likelihood together, from the occasions before `end`.

    The drift is the change of the order rate of customers who are still there, apart from season and leaving.
    """
    repeats, history = _repeats(frame, end), histories(frame, end)
    warm: list[Floats | None] = [None]

    def clock_at(drift: float) -> Clock:
        return Clock(clock.start, clock.index, drift)

    def profile(drift: float) -> float:
        moved = clock_at(drift)
        _, counts = _counts(history, end, moved)
        found = fit(BgNbd, counts, counts.customers, warm[0], errors=False)
        warm[0] = found.theta
        return -(found.log_likelihood + moved.log_rate(repeats))

    best = minimize_scalar(profile, bounds=(-DRIFT_LIMIT, DRIFT_LIMIT), method="bounded", options={"xatol": 1e-4})
    paced = on_clock(BgNbd, PACE, frame, end, clock_at(float(best.x)), warm[0])
    theta, drift = paced.fit.theta, paced.clock.drift
    # joint information: the parameters' error contains the drift's and the other way round
    sides = []
    for side in (drift - DRIFT_STEP, drift, drift + DRIFT_STEP):
        _, counts = _counts(history, end, clock_at(side))
        value, gradient = BgNbd.log_likelihood(theta, counts)
        sides.append((value + clock_at(side).log_rate(repeats), gradient))
    joint = np.zeros((len(theta) + 1,) * 2)
    joint[:-1, :-1] = -hessian(BgNbd, theta, _counts(history, end, paced.clock)[1])
    joint[-1, :-1] = joint[:-1, -1] = -(sides[2][1] - sides[0][1]) / (2 * DRIFT_STEP)
    joint[-1, -1] = -(sides[2][0] - 2 * sides[1][0] + sides[0][0]) / DRIFT_STEP**2
    spread, identified = information_inverse(joint)
    one = Fit(paced.fit.model, theta, spread[:-1, :-1], identified[:-1], paced.fit.log_likelihood,
              paced.fit.customers)
    return Paced(paced.clock, PACE, one, paced.customers, paced.log_likelihood, spread)


def refit(best: Paced, frame: pd.DataFrame, end: pd.Timestamp) -> list[Paced]:
    """Both models on the kind of clock that `best` has, from all occasions before `end`; the better one first."""
    start = pd.Timestamp(frame["day"].min())
    clock = Clock(start) if best.clock_name == PLAIN else Clock(start, calendar_index(frame, end))
    if best.clock_name == PACE:
        first = with_pace(frame, end, clock)
    else:
        first = on_clock(BgNbd, best.clock_name, frame, end, clock)
    found = [first, on_clock(ParetoNbd, best.clock_name, frame, end, first.clock)]
    return sorted(found, key=lambda one: one.bic)


def candidates(frame: pd.DataFrame, end: pd.Timestamp) -> list[Paced]:
    """Both models on all three clocks, everything from occasions before `end`; the best by the likelihood first.

    Pareto/NBD runs on the drift found with BG/NBD. Where the calendar is unknown its clock is the plain one.
    """
    start = pd.Timestamp(frame["day"].min())
    plain = Clock(start)
    calendar = Clock(start, calendar_index(frame, end))
    paced = with_pace(frame, end, calendar)
    found = [paced, on_clock(ParetoNbd, PACE, frame, end, paced.clock)]
    for name, clock in ((CALENDAR, calendar), (PLAIN, plain)):
        found += [on_clock(kind, name, frame, end, clock) for kind in (BgNbd, ParetoNbd)]
    return sorted(found, key=lambda one: one.bic)


def comparison(found: list[Paced]) -> pd.DataFrame:
    """clock, model, parameters, log_likelihood, bic, drift_percent (change of the order rate a year)."""
    return pd.DataFrame([
        {"clock": one.clock_name, "model": one.model.title, "parameters": one.parameters,
         "log_likelihood": one.log_likelihood, "bic": one.bic,
         "drift_percent": 100 * float(np.expm1(one.clock.drift))}
        for one in found
    ])


def pick(found: list[Paced], clock_name: str, title: str | None = None) -> Paced:
    """The best candidate on a clock, or that of one model on it."""
    return next(one for one in found if one.clock_name == clock_name and title in (None, one.model.title))


def _counts(history: pd.DataFrame, end: pd.Timestamp, clock: Clock) -> tuple[pd.DataFrame, Counts]:
    customers = summarise(history, end, clock)
    return customers, compress(customers["x"], customers["last"], customers["age"])


def _repeats(frame: pd.DataFrame, end: pd.Timestamp) -> pd.Series:
    """Days of all repeat orders before `end`."""
    seen = frame[frame["day"] < end]
    return seen.loc[seen["day"] > seen.groupby("customer_id")["day"].transform("min"), "day"]


def parameter_findings(found: list[Paced]) -> list[tuple[str, str, dict[str, Any]]]:
    """(name, label, value/low/high) of every parameter of BG/NBD; a parameter not identified has no value."""
    one = next(paced.fit for paced in found if paced.model.title == BgNbd.title)
    rows = []
    for name, log_value, error, known in zip(
        one.model.names, one.theta, np.sqrt(np.diag(one.covariance)), one.identified, strict=True,
    ):
        numbers: dict[str, Any] = {
            "value": float(np.exp(log_value)), "low": float(np.exp(log_value - Z80 * error)),
            "high": float(np.exp(log_value + Z80 * error)),
        } if known else {"value": None, "unknown": "not identified: too few customers leave or differ to tell it"}
        rows.append((f"bgnbd_{name}", f"BG/NBD: parameter {name}", numbers))
    return rows


def leaving(found: list[Paced]) -> dict[str, Any]:
    """value, low, high: mean chance a / (a + b) to leave after an order, by BG/NBD; delta method on its logit."""
    one = next(paced.fit for paced in found if paced.model.title == BgNbd.title)
    logit = float(one.theta[2] - one.theta[3])
    part = one.covariance[2:, 2:]
    wide = Z80 * float(np.sqrt(max(part[0, 0] + part[1, 1] - 2 * part[0, 1], 0.0)))
    return {name: float(1 / (1 + np.exp(-at)))
            for name, at in (("value", logit), ("low", logit - wide), ("high", logit + wide))}


def lost_by_leaving(paced: Paced, begin: pd.Timestamp, months: int = 12) -> float:
    """Part of today's customers' order rate that is gone after some months because customers leave, in percent.

    The rate is the slope of expected orders on the clock, so that neither season nor pace has a part in it.
    """
    end = float(paced.clock.weeks(begin + pd.DateOffset(months=months)) - paced.clock.weeks(begin))
    step = end * RATE_STEP
    orders = [float(paced.model.expected(t, *paced.past).sum()) for t in (step, end - step, end)]
    return 100 * ((orders[2] - orders[1]) / orders[0] - 1)
