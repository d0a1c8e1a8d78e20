"""Stocks joined by flows of mass action: flow = coefficient x source stock x stock of those who cause it.

A flow from outside is its coefficient (times its cause); one to outside leaves the system. Diffusion (Bass 1969),
contagion and delays of any order (Forrester 1961: a chain of n first-order stages) are all of this form, their
Jacobian is exact, and what leaves one stock enters another by construction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from ecomplan.errors import ParameterError

Floats = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Flow:
    """A flow between two stocks; None is outside. `by` is the stock whose members cause it."""

    name: str
    source: str | None
    target: str | None
    by: str | None = None


@dataclass(frozen=True)
class Network:
    """Names of the stocks and the flows between them; coefficients (per month) come with each run."""

    stocks: tuple[str, ...]
    flows: tuple[Flow, ...]

    def __post_init__(self) -> None:
        for kind, names in (("stock", self.stocks), ("flow", tuple(flow.name for flow in self.flows))):
            twice = sorted({name for name in names if names.count(name) > 1})
            if twice:
                raise ParameterError(f"system: {kind} {twice[0]!r} stands there twice")
        for flow in self.flows:
            for name in (flow.source, flow.target, flow.by):
                if name is not None and name not in self.stocks:
                    raise ParameterError(f"system: flow {flow.name!r} names no stock {name!r}")

    def stock(self, name: str) -> int:
        return self.stocks.index(name)

    def flow(self, name: str) -> int:
        return [flow.name for flow in self.flows].index(name)

    @cached_property
    def ends(self) -> tuple[Whole, Whole, Whole]:
        """Index of source, target and cause of each flow [F]; -1 is outside or none."""
        index: dict[str | None, int] = {name: i for i, name in enumerate(self.stocks)}
        index[None] = -1
        return (
            np.array([index[flow.source] for flow in self.flows], dtype=np.int64),
            np.array([index[flow.target] for flow in self.flows], dtype=np.int64),
            np.array([index[flow.by] for flow in self.flows], dtype=np.int64),
        )

    def checked(self, coefficients: Floats) -> Floats:
        """`coefficients` [n, F] if all are finite and none is below 0. Raises ParameterError naming the flow."""
        if coefficients.ndim != 2 or coefficients.shape[1] != len(self.flows):
            raise ParameterError(f"system: coefficients of shape {coefficients.shape}; expected runs x "
                                 f"{len(self.flows)} flows")
        bad = ~np.isfinite(coefficients) | (coefficients < 0)
        if bad.any():
            run, at = np.argwhere(bad)[0]
            raise ParameterError(f"system: rate of flow {self.flows[at].name!r} in run {run} is "
                                 f"{coefficients[run, at]:g}; expected a number from 0 on, a month")
        return coefficients

    def change(self, stocks: Floats, coefficients: Floats) -> Floats:
        """Change a month of each stock [S] for one run: the plain form that the compiled one is held to."""
        out = np.zeros(len(self.stocks))
        for flow, coefficient in zip(self.flows, coefficients, strict=True):
            rate = coefficient
            for name in (flow.source, flow.by):
                if name is not None:
                    rate *= stocks[self.stock(name)]
            if flow.source is not None:
                out[self.stock(flow.source)] -= rate
            if flow.target is not None:
                out[self.stock(flow.target)] += rate
        return out

    def jacobian(self, stocks: Floats, coefficients: Floats) -> Floats:
        """Exact derivatives [S, S] of `change` by the stocks: element (i, j) is d change_i / d stock_j."""
        out = np.zeros((len(self.stocks), len(self.stocks)))
        for flow, coefficient in zip(self.flows, coefficients, strict=True):
            factors = [self.stock(name) for name in (flow.source, flow.by) if name is not None]
            for at, varied in enumerate(factors):
                slope = coefficient * float(np.prod([stocks[other] for other in factors[:at] + factors[at + 1:]]))
                if flow.source is not None:
                    out[self.stock(flow.source), varied] -= slope
                if flow.target is not None:
                    out[self.stock(flow.target), varied] += slope
        return out


def delay(name: str, source: str | None, stages: Sequence[str], by: str | None = None) -> tuple[Flow, ...]:
    """Flow `name` into the first stage of a delay and those from stage to stage; as many stages as its order."""
    inner = tuple(Flow(f"{name}, stage {i + 1}", stages[i], stages[i + 1]) for i in range(len(stages) - 1))
    return (Flow(name, source, stages[0], by), *inner)
