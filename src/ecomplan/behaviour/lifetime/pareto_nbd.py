"""Pareto/NBD: orders follow a Poisson process until a customer leaves, at any time.

Schmittlein, Morrison & Colombo (1987), "Counting your customers", Management Science 33(1), 1-24; likelihood as in
Fader & Hardie (2005), "A note on deriving the Pareto/NBD model". Order rates differ as Gamma(r, alpha), rates of
leaving as Gamma(s, beta).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt
from scipy.special import digamma, expit, gammaln

from ecomplan.behaviour.lifetime.counts import Counts, Floats

#: Gauss-Legendre on [0, 1], plain and crowded towards 0 (v to v^4), where the integrand over w bends
_NODES, _WEIGHTS = (part / 2 for part in np.polynomial.legendre.leggauss(24))
_NODES = _NODES + 0.5
_CROWDED, _CROWDED_WEIGHTS = _NODES**4, 4 * _NODES**3 * _WEIGHTS
NEAR_ONE = 1e-7  # the closed form divides by s - 1


@dataclass(frozen=True)
class ParetoNbd:
    """Parameters: alpha and beta in weeks, the others without unit."""

    r: float
    alpha: float
    s: float
    beta: float

    title: ClassVar[str] = "Pareto/NBD"
    names: ClassVar[tuple[str, ...]] = ("r", "alpha", "s", "beta")

    @classmethod
    def start(cls, counts: Counts) -> Floats:
        """Log-parameters where the search starts."""
        gap = max(counts.mean_gap_weeks(), 0.1)
        return np.log([0.6, 0.6 * gap, 0.6, gap])

    @staticmethod
    def log_likelihood(theta: Floats, counts: Counts) -> tuple[float, Floats]:
        """Log-likelihood of the weighted rows and its gradient, both at log-parameters `theta`.

        The part of those who left is the integral of s (alpha + u)^-(r+x) (beta + u)^-(s+1) over the time of leaving
        u in (last, age), usually written with two 2F1. Put w = ((alpha + last) / (alpha + u))^(r+s+x): what is left
        under the integral varies little, and 24 Gauss-Legendre nodes give it, and its derivatives, to seven digits.
        """
        r, alpha, s, beta = np.exp(theta)
        x, weight = counts.x, counts.weight
        u, of = counts.x_levels
        k = r + s + x
        log_last, log_age = np.log(alpha + counts.last), np.log(alpha + counts.age)
        log_beta_age = np.log(beta + counts.age)
        log_alive = -(r + x) * log_age - s * log_beta_age
        bottom = np.exp(k * (log_last - log_age))
        w = bottom[:, None] + (1 - bottom)[:, None] * _CROWDED
        log_u = log_last[:, None] - np.log(w) / k[:, None]  # log(alpha + u)
        beta_u = np.exp(log_u) - alpha + beta
        log_beta_u = np.log(beta_u)
        part = np.exp(-(s + 1) * (log_beta_u - log_u)) * _CROWDED_WEIGHTS
        whole = part.sum(axis=1)
        part /= whole[:, None]
        log_left = np.log(s) - np.log(k) - k * log_last + np.log(np.maximum(1 - bottom, 1e-300)) + np.log(whole)
        both = np.logaddexp(log_alive, log_left)
        left = np.exp(log_left - both)
        alive = 1 - left
        shared = gammaln(r + u) - gammaln(r) + r * np.log(alpha) + s * np.log(beta)
        from_r = (digamma(r + u) - digamma(r) + np.log(alpha))[of]
        from_r = from_r - alive * log_age - left * (part * log_u).sum(axis=1)
        from_alpha = r / alpha - (r + x) * (
            alive / (alpha + counts.age) + left * (part * np.exp(-log_u)).sum(axis=1)
        )
        from_s = np.log(beta) - alive * log_beta_age + left * (1 / s - (part * log_beta_u).sum(axis=1))
        from_beta = s / beta - alive * s / (beta + counts.age) - left * (s + 1) * (part / beta_u).sum(axis=1)
        gradient = np.array([weight @ one for one in (from_r, from_alpha, from_s, from_beta)])
        return float(weight @ (shared[of] + both)), gradient * np.exp(theta)

    def alive(self, x: Floats, last: Floats, age: Floats) -> Floats:
        """Chance that a customer has not left by the end."""
        k = self.r + self.s + x
        log_last, log_age = np.log(self.alpha + last), np.log(self.alpha + age)
        bottom = np.exp(k * (log_last - log_age))
        w = bottom[:, None] + (1 - bottom)[:, None] * _CROWDED
        alpha_u = np.exp(log_last[:, None] - np.log(w) / k[:, None])
        whole = (((alpha_u - self.alpha + self.beta) / alpha_u) ** -(self.s + 1)) @ _CROWDED_WEIGHTS
        log_odds = np.log(self.s / k) - k * log_last + (self.r + x) * log_age + self.s * np.log(self.beta + age)
        log_odds = log_odds + np.log(np.maximum((1 - bottom) * whole, 1e-300))
        return np.asarray(expit(-log_odds), dtype=float)

    def expected(self, t: npt.ArrayLike, x: Floats, last: Floats, age: Floats) -> Floats:
        """Expected orders in the next `t` weeks, given the past (Schmittlein et al. 1987; Fader & Hardie 2005).

        A new customer's orders after the first are those of x = last = age = 0.
        """
        t = np.asarray(t, dtype=float)
        s = self.s if abs(self.s - 1) > NEAR_ONE else 1 + NEAR_ONE
        lived = (self.beta + age) / (s - 1) * -np.expm1((s - 1) * -np.log1p(t / (self.beta + age)))
        return np.asarray((self.r + x) / (self.alpha + age) * lived * self.alive(x, last, age), dtype=float)

    def next_order(self, t: npt.ArrayLike, x: Floats, last: Floats, age: Floats) -> Floats:
        """Chance of an order in the next `t` weeks: the density of the next order's time, summed by Gauss-Legendre."""
        t = np.asarray(t, dtype=float) + np.zeros_like(x)
        after = t[..., None] * _NODES
        alpha_age, beta_age = (self.alpha + age)[..., None], (self.beta + age)[..., None]
        log_density = -(self.r + x + 1)[..., None] * np.log1p(after / alpha_age)
        log_density = log_density - self.s * np.log1p(after / beta_age)
        chance = t * (np.exp(log_density) @ _WEIGHTS) * (self.r + x) / (self.alpha + age)
        return np.asarray(np.minimum(chance, 1.0) * self.alive(x, last, age), dtype=float)

    def draw_orders(
        self, t: float, x: Floats, last: Floats, age: Floats, rng: np.random.Generator
    ) -> npt.NDArray[np.int64]:
        """One simulated number of orders in the next `t` weeks for each customer.

        Given alive, the two rates are independent: Gamma(r + x, alpha + age) and Gamma(s, beta + age).
        """
        rate = rng.gamma(self.r + x) / (self.alpha + age)
        leaving = np.maximum(rng.gamma(self.s, size=len(x)) / (self.beta + age), 1e-12)
        there = np.minimum(rng.exponential(1 / leaving), t)
        orders = rng.poisson(rate * there)
        return np.where(rng.random(len(x)) < self.alive(x, last, age), orders, 0)
