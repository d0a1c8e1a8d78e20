"""What a choice among levers is made on: each lever's discounted gain and cost in every simulated plan.

Gains on one quantity overlap as in the plan's cash flows (of n equal levers the first counts in full, each further
one by 1 - overlap), gains on different quantities add up. Products of effects across quantities are left out here;
the chosen set is valued afterwards by the whole cash-flow model, and the difference is reported.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from ecomplan.errors import ParameterError
from ecomplan.investment.engine.curves import Curve

Array = NDArray[np.float64]
TAIL = 0.05  # expected shortfall at 95 %


@dataclass(frozen=True)
class Field:
    """`benefit`, `cost` (levers, draws): discounted money at a response of 1 and a dose of 1; `spend` (levers,):
    money taken from the budget at dose 1, not discounted; `group` (levers,): number of the quantity it moves;
    `overlap` (draws,); `fixed` (levers,): money for a lever's test, whatever its dose; `least` (levers,): smallest
    dose at which a lever can be built; `needs`: numbers of the levers without which it does nothing."""

    ids: tuple[str, ...]
    benefit: Array
    cost: Array
    spend: Array
    group: NDArray[np.int64]
    overlap: Array
    fixed: Array
    curves: tuple[Curve, ...]
    least: Array
    needs: tuple[tuple[int, ...], ...]

    def __len__(self) -> int:
        return len(self.ids)

    def part(self, rows: slice) -> Field:
        """The same on some of the draws."""
        return replace(self, benefit=np.ascontiguousarray(self.benefit[:, rows]),
                       cost=np.ascontiguousarray(self.cost[:, rows]), overlap=self.overlap[rows])

    def only(self, levers: NDArray[np.int64]) -> Field:
        """The same with some of the levers; what they need has to be among them."""
        place = {int(lever): row for row, lever in enumerate(levers)}
        return Field(
            tuple(self.ids[i] for i in levers), self.benefit[levers], self.cost[levers], self.spend[levers],
            self.group[levers], self.overlap, self.fixed[levers], tuple(self.curves[i] for i in levers),
            self.least[levers], tuple(tuple(place[need] for need in self.needs[i]) for i in levers),
        )

    def response(self, doses: Array) -> Array:
        """Response of each lever (levers,): 0 below its least dose and where a needed lever is not built."""
        built = (doses > 0) & (doses >= self.least - 1e-12)
        out = np.zeros(len(self))
        for lever in np.flatnonzero(built).tolist():
            if all(built[need] for need in self.needs[lever]):
                out[lever] = _response(self.curves[lever], float(doses[lever]))
        return out

    def npv(self, doses: Array) -> Array:
        """Net present value of a set of doses by draw, shape (draws,)."""
        response, on = self.response(doses), doses > 0
        out = 0.0 - doses[on] @ self.cost[on] - self.fixed[on].sum()
        for group in set(self.group[response != 0].tolist()):
            mine = np.flatnonzero((self.group == group) & (response != 0))
            gains = response[mine, None] * self.benefit[mine]
            added = gains.sum(axis=0)
            if mine.size == 1:
                out += added
                continue
            # added * (1 - overlap * (1 - squared / added²)), written without a division by zero
            squared = np.einsum("ij,ij->j", gains, gains)
            squared /= np.maximum(added, 1e-12)
            out += added - self.overlap * np.maximum(added - squared, 0.0)
        return np.asarray(out)


@lru_cache(maxsize=1 << 16)
def _response(curve: Curve, dose: float) -> float:
    """A search asks for the same few doses again and again."""
    return float(curve.response(dose))


def shortfall(npv: Array, tail: float = TAIL) -> float:
    """Expected shortfall: mean loss over the worst `tail` of draws (Rockafellar & Uryasev 2000); a gain is below 0.

    The draw at the edge counts by its part, so that the measure is the one that a linear programme minimises.
    """
    rows = tail * npv.size
    whole = int(np.floor(rows + 1e-9))
    worst = np.partition(npv, min(whole, npv.size - 1))
    edge = (rows - whole) * worst[min(whole, npv.size - 1)] if rows - whole > 1e-9 else 0.0
    return float(0.0 - (worst[:whole].sum() + edge) / rows)


def join(doses: Array, field: Field, lever: int, dose: float) -> Array:
    """Doses with one lever set: those it needs are built at least at their least dose, and those that need a lever
    taken away go with it."""
    out = doses.copy()
    out[lever] = dose
    if dose > 0:
        for need in closure(field.needs, lever):
            out[need] = max(out[need], field.least[need])
    else:
        for other in range(len(field)):
            if out[other] > 0 and lever in closure(field.needs, other):
                out[other] = 0.0
    return out


def closure(needs: Sequence[Sequence[int]], lever: int) -> tuple[int, ...]:
    """Every lever that one needs, directly or through another."""
    found: list[int] = []
    ahead = list(needs[lever])
    while ahead:
        need = ahead.pop()
        if need not in found:
            found.append(need)
            ahead.extend(needs[need])
    return tuple(found)


def infeasible_minima(field: Field, least: Array, budget: float, currency: str) -> None:
    """Raise ParameterError where least doses cost more than the budget, naming the levers, dearest first."""
    if budget < 0:
        raise ParameterError(f"budget {budget:,.0f} {currency} is refused; expected a number from 0")
    paid = field.spend * least
    if paid.sum() > budget + 1e-9:
        dearest = [f"{field.ids[i]} {paid[i]:,.0f}" for i in np.argsort(-paid, kind="stable") if paid[i] > 0]
        raise ParameterError(
            f"no plan keeps the budget of {budget:,.0f} {currency}: its least doses cost {paid.sum():,.0f} "
            f"({', '.join(dearest[:5])}); drop one of them or raise the budget"
        )
