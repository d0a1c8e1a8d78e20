"""Draws of the system: calibrated rates beside assumed ranges for what orders cannot show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ecomplan.errors import ParameterError
from ecomplan.investment.dynamics.calibrate import Calibration
from ecomplan.investment.dynamics.network import Floats
from ecomplan.investment.dynamics.referral import Rates

LOW, MIDDLE, HIGH = 0.10, 0.50, 0.90


def pert(name: str, low: float, likely: float, high: float, draws: int, rng: np.random.Generator) -> Floats:
    """Draws of a PERT distribution (Malcolm et al. 1959). Raises ParameterError unless low <= likely <= high."""
    if not low <= likely <= high:
        raise ParameterError(f"dynamics.{name}_low <= _likely <= _high must hold, found {low:g} / {likely:g} / "
                             f"{high:g}")
    if low == high:
        return np.full(draws, float(low))
    span = high - low
    return np.asarray(low + span * rng.beta(1 + 4 * (likely - low) / span, 1 + 4 * (high - likely) / span, draws))


@dataclass(frozen=True)
class Drawn:
    """Rates and lost customers of all runs, and the reward of an invited customer as a share of acquisition cost."""

    rates: Rates
    lost: Floats
    reward: Floats

    def middle(self) -> Drawn:
        """One run with the median of each parameter."""
        rates = Rates(**{name: np.array([float(np.median(value))]) for name, value in vars(self.rates).items()})
        return Drawn(rates, np.array([float(np.median(self.lost))]), np.array([float(np.median(self.reward))]))

    def some(self, count: int) -> Drawn:
        """The first `count` runs."""
        return Drawn(self.rates.at(slice(count)), self.lost[:count], self.reward[:count])


def draw(found: Calibration, p: Any, rng: np.random.Generator) -> Drawn:
    """`p.draws` systems. `p` holds the knobs of section `dynamics`.

    # ASSUME: rates from months (calibrated) and assumed parameters are independent of one another.
    """
    n = p.draws
    row = rng.integers(1, len(found.entry), n) if len(found.entry) > 1 else np.zeros(n, dtype=np.int64)
    known = found.start.known
    ratio = (p.capacity_ratio_low, p.capacity_ratio_likely, p.capacity_ratio_high)
    capacity = known * pert("capacity_ratio", *ratio, n, rng)
    if (capacity < known).any():
        raise ParameterError("dynamics.capacity_ratio_low: people who could be customers, as a ratio to the customers "
                             "known, lies below 1; expected at least 1")
    left = np.maximum(capacity - known, 1e-9 * capacity)
    level = found.entry[row] * rng.lognormal(0.0, p.entry_sd, n)
    rates = Rates(
        capacity=capacity, entry=level * capacity / left,
        k=pert("k", p.k_low, p.k_likely, p.k_high, n, rng),
        cycle_months=pert("cycle_months", p.cycle_months_low, p.cycle_months_likely, p.cycle_months_high, n, rng),
        new_months=np.full(n, float(p.active_months)), second_order=found.second_order[row], lapse=found.lapse[row],
        revival=found.revival[row], loss=found.loss[row], start_inviting=np.full(n, p.start_inviting_per_month),
        inviting_months=np.full(n, p.inviting_months), renewal_months=np.full(n, 12.0 * p.renewal_years),
    ).checked(p.horizon_months)
    return Drawn(rates, found.lost[row],
                 pert("reward_share", p.reward_share_low, p.reward_share_likely, p.reward_share_high, n, rng))


def told(draws: Floats) -> dict[str, float]:
    """value (median), low and high of 80 % for `Stage.finding`."""
    low, middle, high = np.quantile(draws, [LOW, MIDDLE, HIGH])
    return {"value": float(middle), "low": float(low), "high": float(high)}
