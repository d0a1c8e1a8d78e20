"""Runs of a system: checked input, paths of stocks and flows, the step-size check and a plain reference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ecomplan.errors import ParameterError
from ecomplan.investment.dynamics.kernels import integrate
from ecomplan.investment.dynamics.network import Floats, Network


@dataclass(frozen=True)
class Runs:
    """stocks [months + 1, S, n] at the ends of months (the first row is the start) and watched flows [months, W, n]."""

    network: Network
    stocks: Floats
    flows: Floats
    watched: tuple[str, ...]

    def stock(self, *names: str) -> Floats:
        """Sum of stocks [months + 1, n]."""
        return np.asarray(self.stocks[:, [self.network.stock(name) for name in names]].sum(axis=1))

    def flow(self, *names: str) -> Floats:
        """Sum of watched flows by month [months, n]."""
        return np.asarray(self.flows[:, [self.watched.index(name) for name in names]].sum(axis=1))


def simulate(
    network: Network, start: Floats, coefficients: Floats, months: int, steps: int,
    season: Floats | None = None, watch: Sequence[str] = (),
) -> Runs:
    """Integrate n runs over `months` months with `steps` steps a month.

    start [n, S] and coefficients [n, F] per month; season [F, months] multiplies them month by month (default 1).
    Raises ParameterError for a negative or missing rate or stock, fewer than one month or step, and a step too long
    for the fastest first-order flow (h x rate above 2.5 lets the method run away).
    """
    network.checked(coefficients)
    if months < 1 or steps < 1:
        raise ParameterError(f"system: {months} months in {steps} steps each; expected at least one of both")
    if start.shape != (len(coefficients), len(network.stocks)):
        raise ParameterError(f"system: start of shape {start.shape}; expected {len(coefficients)} runs x "
                             f"{len(network.stocks)} stocks")
    if not np.isfinite(start).all() or (start < 0).any():
        at = np.argwhere(~(np.isfinite(start) & (start >= 0)))[0]
        raise ParameterError(f"system: stock {network.stocks[at[1]]!r} starts at {start[at[0], at[1]]:g}; expected a "
                             f"number from 0 on")
    season = np.ones((len(network.flows), months)) if season is None else np.ascontiguousarray(season, dtype=float)
    if season.shape != (len(network.flows), months):
        raise ParameterError(f"system: season of shape {season.shape}; expected flows x months")
    source, target, by = network.ends
    alone = (by < 0) & (source >= 0)
    fastest = float((coefficients[:, alone].max(axis=0, initial=0.0) * season[alone].max(axis=1)).max(initial=0.0))
    if fastest / steps > 2.5:
        raise ParameterError(f"system: {steps} steps a month are too few for a rate of {fastest:.3g} a month; expected "
                             f"at least {int(np.ceil(fastest / 2.5))}")
    counter = np.full(len(network.flows), -1, dtype=np.int64)
    for number, name in enumerate(watch):
        counter[network.flow(name)] = number
    stocks, flows = integrate(
        np.ascontiguousarray(start.T, dtype=float), np.ascontiguousarray(coefficients.T, dtype=float), source, target,
        by, season, counter, len(watch), steps,
    )
    return Runs(network, stocks, flows, tuple(watch))


def step_error(
    network: Network, start: Floats, coefficients: Floats, months: int, steps: int, season: Floats | None = None,
) -> float:
    """Largest change of any stock when steps are halved, as a share of the run's largest stock."""
    coarse = simulate(network, start, coefficients, months, steps, season).stocks
    fine = simulate(network, start, coefficients, months, 2 * steps, season).stocks
    return float(np.max(np.abs(coarse - fine).max(axis=(0, 1)) / np.maximum(np.abs(fine).max(axis=(0, 1)), 1e-300)))


def reference(network: Network, start: Floats, coefficients: Floats, months: int, steps: int) -> Floats:
    """Stocks [months + 1, S] of one run, step by step in plain Python."""
    h, x = 1 / steps, np.array(start, dtype=float)
    out = [x]
    for _ in range(months):
        for _ in range(steps):
            k1 = network.change(x, coefficients)
            k2 = network.change(x + h / 2 * k1, coefficients)
            k3 = network.change(x + h / 2 * k2, coefficients)
            k4 = network.change(x + h * k3, coefficients)
            x = x + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
        out.append(x)
    return np.array(out)
