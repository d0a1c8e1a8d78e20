"""BG/NBD: orders follow a Poisson process, and after each order a customer may leave for good.

Fader, Hardie & Lee (2005), "Counting your customers the easy way", Marketing Science 24(2), 275-284. Order rates
differ between customers as Gamma(r, alpha), the chance to leave after an order as Beta(a, b).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt
from scipy.special import digamma, expit, gammaln, hyp2f1

from ecomplan.behaviour.lifetime.counts import Counts, Floats

NEAR_ONE = 1e-7  # the closed form divides by a - 1; this close to it a is moved by as much


@dataclass(frozen=True)
class BgNbd:
    """Parameters: alpha in weeks, the others without unit."""

    r: float
    alpha: float
    a: float
    b: float

    title: ClassVar[str] = "BG/NBD"
    names: ClassVar[tuple[str, ...]] = ("r", "alpha", "a", "b")

    @classmethod
    def start(cls, counts: Counts) -> Floats:
        """Log-parameters where the search starts."""
        return np.log([0.5, max(0.5 * counts.mean_gap_weeks(), 0.1), 0.5, 2.5])

    @staticmethod
    def log_likelihood(theta: Floats, counts: Counts) -> tuple[float, Floats]:
        """Log-likelihood of the weighted rows and its gradient, both at log-parameters `theta`."""
        r, alpha, a, b = np.exp(theta)
        x, weight = counts.x, counts.weight
        u, of = counts.x_levels
        repeat = x > 0
        left_after = np.where(repeat, b + x - 1, 1.0)
        shared = gammaln(r + u) - gammaln(r) + r * np.log(alpha)
        shared += gammaln(b + u) - gammaln(b) + gammaln(a + b) - gammaln(a + b + u)
        log_age, log_last = np.log(alpha + counts.age), np.log(alpha + counts.last)
        log_alive = -(r + x) * log_age
        log_left = np.where(repeat, np.log(a) - np.log(left_after) - (r + x) * log_last, -np.inf)
        both = np.logaddexp(log_alive, log_left)
        left = np.exp(log_left - both)
        alive = 1 - left
        from_r = (digamma(r + u) - digamma(r) + np.log(alpha))[of] - alive * log_age - left * log_last
        from_alpha = r / alpha - (r + x) * (alive / (alpha + counts.age) + left / (alpha + counts.last))
        from_a = (digamma(a + b) - digamma(a + b + u))[of] + left / a
        from_b = (digamma(a + b) - digamma(a + b + u) + digamma(b + u) - digamma(b))[of]
        from_b = from_b - np.where(repeat, left / left_after, 0.0)
        gradient = np.array([weight @ part for part in (from_r, from_alpha, from_a, from_b)])
        return float(weight @ (shared[of] + both)), gradient * np.exp(theta)

    def alive(self, x: Floats, last: Floats, age: Floats) -> Floats:
        """Chance that a customer has not left by the end; 1 for those with a single order."""
        log_odds = np.log(self.a) - np.log(np.where(x > 0, self.b + x - 1, 1.0))
        log_odds = log_odds + (self.r + x) * (np.log(self.alpha + age) - np.log(self.alpha + last))
        return np.where(x > 0, expit(-log_odds), 1.0)

    def expected(self, t: npt.ArrayLike, x: Floats, last: Floats, age: Floats) -> Floats:
        """Expected orders in the next `t` weeks, given the past: equation 10 of the paper.

        Euler's transformation of its 2F1 leaves small parameters, so many past orders do no harm. Where chances to
        leave are nearly all alike (a and b in the thousands) that form overflows, and the plain one is taken. A new
        customer's orders after the first are those of x = last = age = 0.
        """
        t = np.asarray(t, dtype=float)
        a = self.a if abs(self.a - 1) > NEAR_ONE else 1 + NEAR_ONE
        z = t / (self.alpha + age + t)
        with np.errstate(over="ignore", invalid="ignore"):
            tail = (1 - z) ** (a - 1) * hyp2f1(a + self.b - 1 - self.r, a - 1, a + self.b + x - 1, z)
        if not np.isfinite(tail).all():
            plain = (1 - z) ** (self.r + x) * hyp2f1(self.r + x, self.b + x, a + self.b + x - 1, z)
            tail = np.where(np.isfinite(tail), tail, plain)
        return np.asarray((a + self.b + x - 1) / (a - 1) * (1 - tail) * self.alive(x, last, age), dtype=float)

    def next_order(self, t: npt.ArrayLike, x: Floats, last: Floats, age: Floats) -> Floats:
        """Chance of an order in the next `t` weeks: alive, and the rate Gamma(r + x, alpha + age) brings one."""
        none = ((self.alpha + age) / (self.alpha + age + np.asarray(t, dtype=float))) ** (self.r + x)
        return np.asarray(self.alive(x, last, age) * (1 - none), dtype=float)

    def draw_orders(
        self, t: float, x: Floats, last: Floats, age: Floats, rng: np.random.Generator
    ) -> npt.NDArray[np.int64]:
        """One simulated number of orders in the next `t` weeks for each customer.

        Given alive, rate and chance to leave are independent: Gamma(r + x, alpha + age), Beta(a, b + x). Orders are
        the smaller of a Poisson number and the number of orders until leaving.
        """
        rate = rng.gamma(self.r + x) / (self.alpha + age)
        leave = np.maximum(rng.beta(self.a, self.b + x), 1e-9)
        orders = np.minimum(rng.poisson(rate * t), rng.geometric(leave))
        return np.where(rng.random(len(x)) < self.alive(x, last, age), orders, 0)
