"""The exact answer to the simple question: doses of independent levers under one budget.

Each lever's value is `value * response(dose) - cost * dose`. With a price on the budget the levers come apart,
each takes the dose at which the worth of one more bit equals its price (Karush, Kuhn and Tucker), and the price is
raised until the budget is kept: water-filling. Where a curve first rises ever faster (an S-shape) its concave
envelope takes its place, which makes the answer an upper bound for every plan that also has minimum doses.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ecomplan.errors import ParameterError
from ecomplan.investment.engine.curves import Curve

Array = NDArray[np.float64]
_HALVINGS = 60


@dataclass(frozen=True)
class Filled:
    """Doses (levers,), the value they reach, and the worth of one more unit of budget (0: money is left)."""

    doses: Array
    value: float
    shadow_price: float
    used: float


@dataclass(frozen=True)
class Envelope:
    """The least concave function above a response curve between `low` and `high`: a straight line from
    `low` to `bend`, the curve itself after it. `slope` is that of the line."""

    curve: Curve
    low: float
    high: float
    bend: float
    slope: float

    def at(self, dose: float) -> float:
        """Height of the envelope."""
        start = float(self.curve.response(self.low))
        return start + self.slope * (dose - self.low) if dose < self.bend else float(self.curve.response(dose))

    def steepness(self, dose: float) -> float:
        """Its derivative, to the left of `dose`."""
        return self.slope if dose <= self.bend else float(marginal(self.curve, dose))

    def best(self, price: float) -> float:
        """The dose with the greatest `at(dose) - price * dose`: where the envelope becomes flatter than `price`."""
        if self.high <= self.low or (self.bend > self.low and self.slope <= price):
            return self.low
        low, high = max(self.bend, self.low), self.high
        if high <= low or float(marginal(self.curve, high)) >= price:
            return high
        if float(marginal(self.curve, low)) <= price:
            return low
        if self.curve.kind == "harm":
            return (1 + self.curve.a - price) / (2 * self.curve.a)
        if self.curve.kind == "hill" and self.curve.b == 1:
            return float(np.sqrt(self.curve.a * (1 + self.curve.a) / price)) - self.curve.a
        for _ in range(_HALVINGS):
            middle = 0.5 * (low + high)
            low, high = (middle, high) if float(marginal(self.curve, middle)) > price else (low, middle)
        return 0.5 * (low + high)


def marginal(curve: Curve, dose: float) -> float:
    """The derivative of a response curve. Infinite at dose 0 of a Hill curve with an exponent below 1."""
    if curve.kind == "linear":
        return 1.0
    if curve.kind == "harm":
        return 1 + curve.a - 2 * curve.a * dose
    k, h = curve.a**curve.b, curve.b
    if dose <= 0:
        return float("inf") if h < 1 else (1 + k) / k if h == 1 else 0.0
    return float((1 + k) * h * dose ** (h - 1) * k / (k + dose**h) ** 2)


def envelope(curve: Curve, low: float = 0.0, high: float = 1.0) -> Envelope:
    """The concave envelope of a response curve. Raises ParameterError where `low` is above `high`."""
    if low > high:
        raise ParameterError(f"least dose {low:g} is above the greatest, {high:g}")
    start = float(curve.response(low))
    if curve.kind != "hill" or curve.b <= 1 or low == high:
        return Envelope(curve, low, high, low, marginal(curve, low))
    # an S-curve: the line from its start touches it where slope and chord agree, beyond the inflection
    turn = curve.a * ((curve.b - 1) / (curve.b + 1)) ** (1 / curve.b)
    if low >= turn:
        return Envelope(curve, low, high, low, marginal(curve, low))

    def lags(dose: float) -> bool:
        return (float(curve.response(dose)) - start) < marginal(curve, dose) * (dose - low)

    left, right = min(max(turn, low), high), high
    if lags(right):
        return Envelope(curve, low, high, high, (float(curve.response(high)) - start) / (high - low))
    for _ in range(_HALVINGS):
        middle = 0.5 * (left + right)
        left, right = (middle, right) if lags(middle) else (left, middle)
    bend = 0.5 * (left + right)
    return Envelope(curve, low, high, bend, (float(curve.response(bend)) - start) / (bend - low))


def water_fill(
    value: Array, cost: Array, spend: Array, curves: Sequence[Curve], budget: float, least: Array | None = None,
    most: Array | None = None,
) -> Filled:
    """Doses with the greatest total of `value * envelope(dose) - cost * dose` whose `spend @ doses <= budget`.

    `value`, `cost`, `spend` (levers,) are what a lever brings at dose 1, what it costs in the aim and what it takes
    from the budget. Raises ParameterError for a negative budget and for least doses that alone exceed it.
    """
    least = np.zeros_like(value) if least is None else least
    most = np.ones_like(value) if most is None else most
    if budget < 0:
        raise ParameterError(f"budget {budget:g} is refused; expected a number from 0")
    if (needed := float(spend @ least)) > budget * (1 + 1e-12) + 1e-9:
        raise ParameterError(f"least doses cost {needed:,.0f}, above the budget of {budget:,.0f}")
    shapes = [envelope(curve, low, high) for curve, low, high in zip(curves, least, most, strict=True)]

    def doses(price: float) -> Array:
        out = np.empty_like(value)
        for i, shape in enumerate(shapes):
            paid = cost[i] + price * spend[i]
            if value[i] > 0:
                out[i] = shape.best(paid / value[i])
            else:
                out[i] = shape.high if paid < 0 else shape.low
        return out

    def total(found: Array) -> float:
        return float(sum(v * shape.at(d) for v, shape, d in zip(value, shapes, found, strict=True)) - cost @ found)

    found = doses(0.0)
    if spend @ found <= budget:
        return Filled(found, total(found), 0.0, float(spend @ found))
    low, high = 0.0, 1.0
    while spend @ doses(high) > budget:
        low, high = high, high * 4
        if high > 1e30:
            break
    for _ in range(_HALVINGS):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if spend @ doses(middle) > budget else (low, middle)
    above, below = doses(low), doses(high)
    # straight pieces jump at one price: the part of the jump that the budget still allows is taken
    jump = float(spend @ (above - below))
    part = (budget - float(spend @ below)) / jump if jump > 0 else 0.0
    found = below + min(max(part, 0.0), 1.0) * (above - below)
    return Filled(found, total(found), high, float(spend @ found))
