"""What a test of each lever is worth: fund it until its test, then go on or stop.

The test shows the lever's lift with an error. Going on is worth the mean of what is still to come over all simulated
plans that would have shown that lift, less what is still to pay (Bayes' rule, the draws are the prior). The lift at
which this is nil is the stop rule's threshold; with tests free of error each draw would be decided on its own, which
no real test can exceed (the expected value of perfect information; Raiffa & Schlaifer 1961).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from ecomplan.errors import ParameterError
from ecomplan.investment.allocation.field import Field

Array = NDArray[np.float64]
_GRID = 241


@dataclass(frozen=True)
class Trial:
    """Levers that can be stopped after a test. All money arrays are (levers, draws) at dose 1, discounted:
    gain and cost up to the test and after it; `lift` (levers, draws) is what the test looks for, `error` (levers,)
    its standard error; `spend_before`, `spend_after` (levers,) money of the budget, not discounted."""

    plain: Field
    gain_before: Array
    cost_before: Array
    lift: Array
    error: Array
    noise: Array
    spend_before: Array
    test_cost: float

    @property
    def gain_after(self) -> Array:
        return self.plain.benefit - self.gain_before

    @property
    def cost_after(self) -> Array:
        return self.plain.cost - self.cost_before

    def part(self, rows: slice) -> Trial:
        """The same on some of the draws."""
        return replace(
            self, plain=self.plain.part(rows), gain_before=self.gain_before[:, rows],
            cost_before=self.cost_before[:, rows], lift=self.lift[:, rows], noise=self.noise[:, rows],
        )


def standard_error(detectable: float, power: float, false_alarm: float) -> float:
    """Standard error of a test that finds an effect of `detectable` with `power` at a one-sided `false_alarm`.

    Raises ParameterError unless detectable > 0 and false_alarm < power, both within 0 and 1.
    """
    if not (detectable > 0 and 0 < false_alarm < power < 1):
        raise ParameterError(
            f"test that finds {detectable:g} with power {power:g} at a false alarm of {false_alarm:g} is refused; "
            f"expected an effect above 0 and 0 < false alarm < power < 1"
        )
    return float(detectable / (ndtri(power) + ndtri(1 - false_alarm)))


def bayes_threshold(lift: Array, rest: Array, error: float) -> float:
    """The observed lift from which going on is worth more than stopping, for one lever: `lift` and `rest` (what is
    still to come less what is still to pay) by draw. Minus infinity: always go on; infinity: always stop."""
    if error == 0:
        gains = lift[rest > 0]
        return float(gains.min()) if gains.size else np.inf
    seen = np.linspace(lift.min() - 3 * error, lift.max() + 3 * error, _GRID)
    scale = -0.5 * ((seen[:, None] - lift) / error) ** 2
    weight = np.exp(scale - scale.max(axis=1, keepdims=True))
    worth = weight @ rest / weight.sum(axis=1)
    if worth[-1] <= 0:
        return np.inf
    stopped = np.flatnonzero(worth <= 0)
    if not stopped.size:
        return -np.inf
    last = int(stopped[-1])  # the line between the two points of the grid around the change of sign
    return float(seen[last] + (seen[last + 1] - seen[last]) * -worth[last] / (worth[last + 1] - worth[last]))


def upper_end_threshold(lift: Array, gain_after: Array, cost_after: Array, error: float, level: float) -> float:
    """The other rule, without a prior: stop where even the upper end of the lift's interval (one-sided `level`) does
    not earn the remaining cost. The observed lift at which that is just so; infinite where nothing is ever earned."""
    mean = float(lift.mean())
    per_lift = float(gain_after.mean()) / mean if mean > 0 else 0.0
    return float(cost_after.mean()) / per_lift - float(ndtri(level)) * error if per_lift > 0 else np.inf


def thresholds(trial: Trial, doses: Array, rule: str = "bayes", level: float = 0.9) -> Array:
    """Observed lift below which each lever is stopped, at `doses` (levers,); of a lever that is off: at dose 1.

    `rule`: "bayes" or "upper end". Raises ParameterError for another.
    """
    if rule not in ("bayes", "upper end"):
        raise ParameterError(f"stop rule {rule!r} is refused; expected bayes or upper end")
    gain, cost, lift = _scaled(trial, doses)
    out = np.empty(len(trial.plain))
    for i in range(out.size):
        out[i] = (
            bayes_threshold(lift[i], gain[i] - cost[i], float(trial.error[i])) if rule == "bayes"
            else upper_end_threshold(lift[i], gain[i], cost[i], float(trial.error[i]), level)
        )
    return out


def go_on(trial: Trial, doses: Array, limits: Array) -> NDArray[np.bool_]:
    """Whether each lever goes on after its test, (levers, draws): the observed lift reaches its threshold."""
    _, _, lift = _scaled(trial, doses)
    return np.asarray(lift + trial.error[:, None] * trial.noise >= limits[:, None])


def perfect(trial: Trial, doses: Array) -> NDArray[np.bool_]:
    """Whether each lever would go on if every draw were known after its test."""
    gain, cost, _ = _scaled(trial, doses)
    return np.asarray(gain > cost)


def staged(trial: Trial, going: NDArray[np.bool_]) -> Field:
    """The field of levers that stop after their test where `going` is False; a test costs money at any dose."""
    share = going.mean(axis=1)
    return replace(
        trial.plain, benefit=trial.gain_before + going * trial.gain_after,
        cost=trial.cost_before + going * trial.cost_after,
        spend=trial.spend_before + share * (trial.plain.spend - trial.spend_before),
        fixed=np.where(trial.plain.benefit.any(axis=1), trial.test_cost, 0.0),
    )


def _scaled(trial: Trial, doses: Array) -> tuple[Array, Array, Array]:
    """What is still to come and to pay, and the lift, at the doses (1 where a lever is off)."""
    at = np.where(doses > 0, doses, 1.0)
    response = np.array([float(curve.response(dose)) for curve, dose in zip(trial.plain.curves, at, strict=True)])
    return trial.gain_after * response[:, None], trial.cost_after * at[:, None], trial.lift * response[:, None]
