"""How much of a lever's effect a dose of it brings: straight, saturating, or harmful beyond a peak.

A dose is the funded share of what the catalogue describes: 0 nothing, 1 as described. Every curve is 0 at
dose 0 and 1 at dose 1, so that a claimed effect is the effect at dose 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ecomplan.errors import ParameterError

if TYPE_CHECKING:
    from ecomplan.investment.engine.levers import Levers

Array = NDArray[np.float64]
KINDS = ("linear", "hill", "harm")
LEAST_STEEPNESS = 0.5  # a Hill curve less steep rises ever faster towards dose 0, as no project does


@dataclass(frozen=True)
class Curve:
    """A response curve. Raises ParameterError for a kind or numbers that no curve has.

    linear  d; a and b are 0.
    hill    d^b (1 + a^b) / (a^b + d^b): `a` is the dose at half of its ceiling, `b` its steepness (Hill 1910).
    harm    d (1 + a) - a d²: rises, peaks at dose (1 + a) / 2a, does harm beyond (1 + a) / a; b is 0.
    """

    kind: str
    a: float = 0.0
    b: float = 0.0

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ParameterError(f"curve kind {self.kind!r} is refused; expected one of {', '.join(KINDS)}")
        if self.kind == "linear" and (self.a, self.b) != (0.0, 0.0):
            raise ParameterError(f"a linear curve takes no numbers; got a = {self.a:g}, b = {self.b:g}")
        if self.kind == "hill" and not (0 < self.a < np.inf and LEAST_STEEPNESS <= self.b < np.inf):
            raise ParameterError(
                f"hill curve with half dose {self.a:g} and steepness {self.b:g} is refused; "
                f"expected a half dose above 0 and a steepness of at least {LEAST_STEEPNESS:g}"
            )
        if self.kind == "harm" and not (0 < self.a < np.inf and self.b == 0):
            raise ParameterError(f"harm curve with a = {self.a:g}, b = {self.b:g} is refused; expected a > 0, b = 0")

    def response(self, dose: Any) -> Array:
        """Share of the effect at dose 1, same shape as `dose`. Raises ParameterError unless finite and >= 0."""
        d = np.asarray(dose, dtype=np.float64)
        if not (np.isfinite(d) & (d >= 0)).all():
            raise ParameterError("a dose is refused; expected finite numbers of at least 0")
        if self.kind == "linear":
            return d.copy()
        if self.kind == "hill":
            power, half = d**self.b, self.a**self.b
            return np.asarray(power * (1 + half) / (half + power))
        return np.asarray(d * (1 + self.a) - self.a * d * d)

    @property
    def peak(self) -> float:
        """Dose with the largest response; infinite where more is always more."""
        return (1 + self.a) / (2 * self.a) if self.kind == "harm" else np.inf

    @property
    def harmful_beyond(self) -> float:
        """Dose above which the lever does more harm than good; infinite where there is none."""
        return (1 + self.a) / self.a if self.kind == "harm" else np.inf


def harm_curve(gain: float, harm: float, too_much: float) -> Curve:
    """The harm curve through the claimed `gain` at dose 1 and the told `harm` at dose `too_much`, both shares.

    Raises ParameterError unless gain > 0, harm >= 0 and too_much > 1.
    """
    if not (gain > 0 and harm >= 0 and too_much > 1):
        raise ParameterError(
            f"harm curve with gain {gain:g}, harm {harm:g} at dose {too_much:g} is refused; "
            f"expected a gain above 0, a harm of at least 0, at a dose above 1"
        )
    return Curve("harm", (too_much + harm / gain) / (too_much * too_much - too_much))


def matrix(levers: Levers) -> tuple[NDArray[np.int64], Array, Array]:
    """Codes of the curves' kinds (their place in KINDS) and their numbers a and b, each of shape (levers,)."""
    curves = [lever.curve for lever in levers.items]
    return (
        np.array([KINDS.index(curve.kind) for curve in curves], dtype=np.int64),
        np.array([curve.a for curve in curves]), np.array([curve.b for curve in curves]),
    )
