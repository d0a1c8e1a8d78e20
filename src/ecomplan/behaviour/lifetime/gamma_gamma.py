"""Gamma-Gamma: what an order is worth differs between customers and around each customer's own mean.

Fader & Hardie (2013), "The Gamma-Gamma model of monetary value"; Colombo & Jiang (1999). Orders of one customer are
Gamma(p, nu), nu differs as Gamma(q, v).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from scipy.special import digamma, gammaln

from ecomplan.behaviour.lifetime.counts import Floats
from ecomplan.errors import DataError


@dataclass(frozen=True)
class Values:
    """What each customer's orders were worth: how many, and their mean (money), all above 0."""

    orders: Floats
    mean: Floats

    def __post_init__(self) -> None:
        if len(self.orders) < 2 or not ((self.mean > 0) & (self.orders > 0)).all() or np.ptp(self.mean) == 0:
            raise DataError(
                f"order values of {len(self.orders)} customers: expected at least two with different mean values "
                f"above 0 after returns; without them the value of an order cannot be modelled"
            )


@dataclass(frozen=True)
class GammaGamma:
    """Parameters: v in money, p and q without unit."""

    p: float
    q: float
    v: float

    title: ClassVar[str] = "Gamma-Gamma"
    names: ClassVar[tuple[str, ...]] = ("p", "q", "v")

    @classmethod
    def start(cls, values: Values) -> Floats:
        """Log-parameters where the search starts."""
        return np.log([2.0, 3.0, float(np.median(values.mean))])

    @staticmethod
    def log_likelihood(theta: Floats, values: Values) -> tuple[float, Floats]:
        """Log-likelihood of the customers' mean values and its gradient, both at log-parameters `theta`."""
        p, q, v = np.exp(theta)
        n, total = values.orders, values.orders * values.mean
        pn = p * n
        log_all, log_total = np.log(v + total), np.log(total)
        value = gammaln(pn + q) - gammaln(pn) - gammaln(q) + q * np.log(v) - (pn + q) * log_all
        value = value + pn * log_total - np.log(values.mean)
        shared = digamma(pn + q)
        gradient = np.array([
            (n * (shared - digamma(pn) - log_all + log_total)).sum(),
            (shared - digamma(q) + np.log(v) - log_all).sum(),
            (q / v - (pn + q) / (v + total)).sum(),
        ])
        return float(value.sum()), gradient * np.exp(theta)

    def mean(self) -> float:
        """Mean order value over all customers (money). Raises DataError where the model has none (q at most 1)."""
        if self.q <= 1:
            raise DataError(
                f"Gamma-Gamma: q = {self.q:.3g} is not above 1, so the fitted order value has no mean; a few very "
                f"large orders stand against all others"
            )
        return self.p * self.v / (self.q - 1)

    def expected(self, orders: Floats, mean: Floats) -> Floats:
        """Each customer's expected order value (money): own mean and the population's, weighed by own orders."""
        self.mean()
        return np.asarray(self.p * (self.v + orders * mean) / (self.p * orders + self.q - 1), dtype=float)

    def draw_totals(self, future: Floats, orders: Floats, mean: Floats, rng: np.random.Generator) -> Floats:
        """One simulated sum of `future` order values for each customer, 0 where there is none."""
        nu = rng.gamma(self.p * orders + self.q) / (self.v + orders * mean)
        return np.asarray(np.where(future > 0, rng.gamma(np.maximum(self.p * future, 1e-9)) / nu, 0.0), dtype=float)
