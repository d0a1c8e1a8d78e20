"""BH-31: what one more message a week is worth, against those it drives away.

A message on a topic does less the more often that topic was sent in the week; customers opt out at a rate that
grows with the count and differs between customers (exponential frailty), and part of them leave the shop for good.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ecomplan.errors import ParameterError
from ecomplan.estimate import Estimate
from ecomplan.investment.engine.curves import Curve
from ecomplan.investment.responses.chances import spread
from ecomplan.investment.responses.curves import fit_harm

Array = NDArray[np.float64]
CUSTOMERS_A_DRAW = 20  # customers simulated for each draw: few leave for good, and they weigh most
CAP, UNINSTALL = "s0_push_cap_weekly", "s0_over_push_uninstall_rise"
NAMES = ("extra orders of the first message", "effect left at a repeat", "opt-out chance at one message",
         "growth of that chance", "leave the shop for good")


@dataclass(frozen=True)
class Answers:
    """How customers answer, each of shape (draws,): gain, wear, opt_out, growth, leave in the order of NAMES."""

    gain: Array
    wear: Array
    opt_out: Array
    growth: Array
    leave: Array

    def columns(self) -> tuple[Array, ...]:
        return self.gain, self.wear, self.opt_out, self.growth, self.leave


def extra_orders(answers: Answers, counts: Array, topics: int) -> Array:
    """Extra orders over the usual ones while subscribed, shape (draws, counts): topics take turns, repeats wear."""
    per_topic = counts[None, :] / topics
    wear = answers.wear[:, None]
    one = (1 - wear ** (1 / topics)) / (1 - wear)  # so that the first message of the week brings `gain`
    return np.asarray(answers.gain[:, None] * (1 - wear**per_topic) / (1 - wear) / one)


def rates(answers: Answers, counts: Array) -> Array:
    """Weekly opt-out rate of the average customer, shape (draws, counts)."""
    rate = answers.opt_out[:, None] * counts[None, :] ** answers.growth[:, None]
    return np.where(counts[None, :] > 0, rate, 0.0)


def net_value(answers: Answers, counts: Array, topics: int, weeks: int, future_weeks: int) -> Array:
    """Change of orders over the policy's weeks as a share of the usual ones, shape (draws, counts).

    With rate h and frailty Exp(1), the share still subscribed after t weeks is 1 / (1 + h t), its mean over w weeks
    ln(1 + h w) / (h w). Who leaves for good is missed until the policy's end and `future_weeks` after it.
    Raises ParameterError for a count below 0.
    """
    if (counts < 0).any():
        raise ParameterError("a number of messages below 0 is refused")
    reach = rates(answers, counts) * weeks
    stay = np.where(reach > 0, np.log1p(reach) / np.where(reach > 0, reach, 1.0), 1.0)
    gone = reach / (1 + reach)
    missed = answers.leave[:, None] * ((1 - stay) + gone * future_weeks / weeks)
    return np.asarray(extra_orders(answers, counts, topics) * stay - missed)


def likely(answers: Answers) -> Answers:
    """The medians of all answers: one customer base to be simulated."""
    return Answers(*(np.array([np.median(column)]) for column in answers.columns()))


@dataclass(frozen=True)
class Fatigue:
    """`dose`: messages, value with limits, opted_out. `drivers`: what sets draws with a lower optimum apart."""

    dose: pd.DataFrame
    best: Estimate  # messages a week best in a draw
    best_on_average: int  # best where one number must hold for all draws
    at_cap: Estimate  # value at the cap
    below: float  # share of draws whose best count lies below the cap, at it, above it
    equal: float
    above: float
    near: float  # share of draws in which the cap brings nine tenths of the best or more
    harmful: float  # share of draws in which the cap does harm
    drivers: pd.DataFrame
    curve: Curve


def fatigue(
    answers: Answers, *, most: int, cap: int, topics: int, weeks: int, future_weeks: int, near: float = 0.9
) -> Fatigue:
    """The dose-response over 0..`most` messages a week and where its optimum lies."""
    if not 0 < cap <= most:
        raise ParameterError(f"the cap of {cap} messages lies outside 1 to {most} looked at (responses.messages_max)")
    counts = np.arange(most + 1, dtype=np.float64)
    value = net_value(answers, counts, topics, weeks, future_weeks)
    reach = rates(answers, counts) * weeks
    best = value.argmax(axis=1)
    low, middle, high = np.quantile(value, [0.1, 0.5, 0.9], axis=0)
    mean = value.mean(axis=0)
    top = value.max(axis=1)
    dose = pd.DataFrame({
        "messages": counts.astype(int), "value": middle, "low": low, "high": high, "mean": mean,
        "opted_out": np.median(reach / (1 + reach), axis=0),
        "best_share": np.bincount(best, minlength=most + 1) / len(best),
    })
    rows = []
    ranks = pd.Series(best).rank().to_numpy()
    for name, column in zip(NAMES, answers.columns(), strict=True):
        groups = {key: float(np.median(column[mask])) if mask.any() else None
                  for key, mask in (("below", best < cap), ("above", best > cap))}
        constant = bool(np.ptp(column) == 0 or np.ptp(ranks) == 0)
        rank = 0.0 if constant else float(np.corrcoef(pd.Series(column).rank(), ranks)[0, 1])
        rows.append({"name": name, "rank_correlation": rank, **groups})
    reach_of_fit = counts <= 2 * cap
    shape = mean[reach_of_fit] if mean[cap] > 0 else extra_orders(answers, counts, topics).mean(axis=0)[reach_of_fit]
    return Fatigue(
        dose, spread(best), int(mean.argmax()), spread(value[:, cap]), float((best < cap).mean()),
        float((best == cap).mean()), float((best > cap).mean()),
        float(((value[:, cap] >= near * top) & (top > 0)).mean()), float((value[:, cap] < 0).mean()),
        pd.DataFrame(rows), fit_harm(counts[reach_of_fit] / cap, shape),
    )


def simulate_customers(
    rng: np.random.Generator, *, customers: int, count: int, gain: float, opt_out: float, growth: float,
    leave: float, weeks: int, future_weeks: int,
) -> float:
    """The same by simulated customers, one week after the other: mean change of orders as a share of the usual ones.

    `gain`: extra orders in a week with `count` messages. Opt-out in a week: 1 - exp(-frailty x rate).
    """
    rate = opt_out * count**growth * rng.exponential(1.0, customers)
    left_at = np.where(rate > 0, rng.exponential(1.0, customers) / np.where(rate > 0, rate, 1.0), np.inf)
    subscribed = np.minimum(left_at, weeks)
    gone = (left_at < weeks) & (rng.random(customers) < leave)
    missed = np.where(gone, weeks - subscribed + future_weeks, 0.0)
    return float((gain * subscribed - missed).mean() / weeks)


def check(
    rng: np.random.Generator, answers: Answers, *, draws: int, count: int, topics: int, weeks: int, future_weeks: int
) -> tuple[float, float]:
    """(by simulated customers, by the closed form): change of orders at `count` messages with the likely answers."""
    one = likely(answers)
    counts = np.array([float(count)])
    closed = float(net_value(one, counts, topics, weeks, future_weeks)[0, 0])
    return simulate_customers(
        rng, customers=CUSTOMERS_A_DRAW * draws, count=count, gain=float(extra_orders(one, counts, topics)[0, 0]),
        opt_out=float(one.opt_out[0]), growth=float(one.growth[0]), leave=float(one.leave[0]), weeks=weeks,
        future_weeks=future_weeks), closed
