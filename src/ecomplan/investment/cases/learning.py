"""What a loop of trials can add month by month, at the number of orders that the shop has to try them on.

A trial splits the orders of some weeks in two. The difference of two counts has a standard error of sqrt(4 / orders)
in log points, so that a small shop adopts much by luck; what it then reports overstates what it gained.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtri

from ecomplan.claims import Claim, Claims
from ecomplan.errors import ParameterError
from ecomplan.estimate import Estimate
from ecomplan.investment.cases.alone import World, Worth, told, with_needs
from ecomplan.investment.engine.finance import discount_factors, per_month
from ecomplan.investment.engine.margins import Lognormal, Pert
from ecomplan.investment.engine.plan import cost_arrays

Array = NDArray[np.float64]
WEEKS_PER_YEAR = 365.25 / 7
YEAR = 12
TESTING = "testing"  # lever whose cost the loop bears
RULES = {"better": "what looks better", "proven": "what is proven"}


def compounded(rate_per_month: float, months: int) -> Array:
    """Growth after 0..months months at a constant monthly gain."""
    return np.asarray((1 + rate_per_month) ** np.arange(months + 1) - 1)


def monthly(yearly: float) -> float:
    """The monthly gain that compounds to a yearly one."""
    return float((1 + yearly) ** (1 / YEAR) - 1)


@dataclass(frozen=True)
class Learned:
    """Log points by month, (draws, months + 1): `true` gained and `reported` by the trials; `right` is the share of
    adopted changes that truly help (0 where none is adopted)."""

    true: Array
    reported: Array
    right: float
    adopted_per_year: float

    def growth(self, month: int) -> Array:
        return np.asarray(np.expm1(self.true[:, month]))


def simulate(p: Any, orders_per_year: float, weeks: int, rule: str, volume: float = 1.0) -> Learned:
    """Trials of `weeks` weeks one after another over the horizon, on `volume` times the orders.

    A change works with chance success_prior; then its gain is lognormal, else it scatters about nothing. A gain
    shrinks in proportion to what is left below a ceiling (saturation). `rule` "better" adopts what looks better,
    "proven" what differs from nothing at the stated false alarm, one-sided.
    ASSUME: orders scatter like counts, and a trial does no lasting harm beyond an adopted one's own.
    """
    rng = np.random.default_rng([p.seed, 4])
    spread = error(orders_per_year * volume, weeks)
    trials = int(p.horizon_months / YEAR * WEEKS_PER_YEAR // weeks)
    size = (trials, p.draws)
    works = rng.random(size) < p.success_prior
    gain = Lognormal(p.trial_gain_low, p.trial_gain_high).quantile(rng.random(size))
    effect = np.where(works, gain, p.trial_idle_sd * rng.standard_normal(size))
    noise = spread * rng.standard_normal(size)
    ceiling = p.ceiling_low + (p.ceiling_high - p.ceiling_low) * rng.random(p.draws)
    bar = 0.0 if rule == "better" else float(ndtri(1 - p.trial_false_alarm)) * spread
    true, reported = np.zeros((trials + 1, p.draws)), np.zeros((trials + 1, p.draws))
    helped = adopted = 0
    for trial in range(trials):
        left = np.clip(1 - true[trial] / ceiling, 0.0, None)
        here = np.where(effect[trial] > 0, effect[trial] * left, effect[trial])
        seen = here + noise[trial]
        taken = seen > bar
        true[trial + 1] = true[trial] + here * taken
        reported[trial + 1] = reported[trial] + seen * taken
        adopted += int(taken.sum())
        helped += int((taken & (here > 0)).sum())
    done = np.minimum((np.arange(p.horizon_months + 1) / YEAR * WEEKS_PER_YEAR // weeks).astype(int), trials)
    return Learned(true[done].T, reported[done].T, helped / adopted if adopted else 0.0,
                   adopted / p.draws / (p.horizon_months / YEAR))


def lengths(p: Any, world: World, weeks: list[int]) -> pd.DataFrame:
    """Trials of different lengths by rule: weeks, rule, trials (a year), year (true growth in the first year, mean),
    reported (mean growth that the trials tell), right (share of adopted changes that help), npv (mean, money)."""
    rows = []
    for length in weeks:
        for rule, name in RULES.items():
            found = simulate(p, world.orders, length, rule)
            rows.append({
                "weeks": length, "rule": rule, "adopts": name, "trials": WEEKS_PER_YEAR / length,
                "year": float(found.growth(YEAR).mean()), "reported": float(np.expm1(found.reported[:, YEAR]).mean()),
                "right": found.right, "adopted": found.adopted_per_year,
                "npv": float(worth(found, p, world, length).npv.mean()),
            })
    return pd.DataFrame(rows)


def best(table: pd.DataFrame) -> tuple[int, str]:
    """Length in weeks and rule of the largest mean net present value."""
    row = table.iloc[int(table["npv"].to_numpy().argmax())]
    return int(row["weeks"]), str(row["rule"])


def row_of(table: pd.DataFrame, weeks: int, rule: str) -> pd.Series[Any]:
    """One row of `lengths`."""
    return table[(table["weeks"] == weeks) & (table["rule"] == rule)].iloc[0]


def grid(most: int) -> list[int]:
    """Lengths looked at: doubled from a week up to `most` weeks, which ends it."""
    doubled = [2**power for power in range(most.bit_length()) if 2**power < most]
    return [*doubled, most]


def paths(found: Learned, told_of: Learned, claim_per_month: float) -> pd.DataFrame:
    """By month: middle, low, high of true growth; what the trials of `told_of` report and truly gain (medians); and
    the claim compounded."""
    low, middle, high = np.quantile(np.expm1(found.true), (0.1, 0.5, 0.9), axis=0)
    return pd.DataFrame({
        "month": np.arange(middle.size), "middle": middle, "low": low, "high": high,
        "reported": np.expm1(np.median(told_of.reported, axis=0)), "behind": np.expm1(np.median(told_of.true, axis=0)),
        "claimed": compounded(claim_per_month, middle.size - 1),
    })


def constant(rate_per_month: float, months: int, draws: int) -> Learned:
    """A loop that gains the same every month, for certain."""
    path = np.tile(np.log1p(rate_per_month) * np.arange(months + 1), (draws, 1))
    return Learned(path, path, 1.0, 0.0)


def error(orders_per_year: float, weeks: float) -> float:
    """Standard error of a trial of so many weeks, log points."""
    return float(np.sqrt(4 / (orders_per_year * weeks / WEEKS_PER_YEAR)))


def volumes(p: Any, orders_per_year: float, weeks: int, rule: str, multiples: list[float],
            targets: dict[str, float]) -> pd.DataFrame:
    """What the same loop brings on several multiples of the orders: growth in the first year (mean, 80 %), in the
    last year of the horizon (median), and the chance of each target (a yearly growth) in the first year."""
    rows = []
    for volume in multiples:
        found = simulate(p, orders_per_year, weeks, rule, volume)
        first = found.growth(YEAR)
        last = np.expm1(found.true[:, -1] - found.true[:, -1 - YEAR])
        low, high = np.quantile(first, (0.1, 0.9))
        rows.append({
            "volume": volume, "orders": orders_per_year * volume, "year": float(first.mean()), "low": float(low),
            "high": float(high), "last_year": float(np.median(last)),
            **{f"chance_{name}": float((first >= target).mean()) for name, target in targets.items()},
        })
    return pd.DataFrame(rows)


def worth(found: Learned, p: Any, world: World, weeks: int) -> Worth:
    """The loop as a case: margin on what it adds to sales over the horizon, less the catalogue's cost of testing and
    the cost of every change tried, at trials of `weeks` weeks."""
    s, rng = world.settings, np.random.default_rng([p.seed, 5])
    factors = discount_factors(per_month(s.discount_rate_per_year), s.horizon_months, 1)
    margin = Pert(*s.contribution_margin).quantile(rng.random(p.draws))
    benefit = world.sales / YEAR * margin * (np.expm1(found.true[:, 1:]) @ factors)
    items = with_needs(world.levers, [TESTING])
    one = np.ones(len(items), dtype=np.int64)
    parts = cost_arrays(replace(world.levers, items=items), one, one * s.horizon_months, s)
    tried = WEEKS_PER_YEAR / weeks / YEAR * p.trial_cost_cny / s.cny_per_currency_unit
    planned = float((np.sum([part.sum(axis=0) for part in parts], axis=0) + tried) @ factors)
    cost = planned * Pert(*s.cost_overrun).quantile(rng.random(p.draws))
    return Worth(benefit - cost, benefit, cost)


def month_gain(log_points: Array) -> Estimate:
    """Mean monthly gain over the first year of paths (draws, months + 1), with 80 % over the draws."""
    return told(np.expm1(log_points[:, YEAR] / YEAR), mean=True)


def chance(found: Learned, yearly: float) -> float:
    """Chance to grow that much in the first year."""
    return float((found.growth(YEAR) >= yearly).mean())


def by_chance(orders_per_year: float, weeks: int) -> float:
    """Monthly gain that trials of changes without any effect report, if what looks better is adopted.

    Half of the results lie above nothing; together they add the standard error over the square root of two pi.
    """
    each = error(orders_per_year, weeks) / np.sqrt(2 * np.pi)
    return float(np.expm1(each * WEEKS_PER_YEAR / weeks / YEAR))


def weeks_of(claim: Claim) -> int:
    """A cycle told in days, in whole weeks. Raises ParameterError for another unit."""
    if claim.unit != "day" or claim.value is None:
        raise ParameterError(f"claim {claim.key} is in {claim.unit}; expected days")
    return max(1, round(claim.value / 7))


def targets(claims: Claims) -> dict[str, float]:
    """Yearly growth to hold trials against: the least of S3, the goal of S1, the monthly gain of S0 compounded."""
    gain = (claims["s0_pdca_monthly_gain"].value or 0.0) / 100
    return {
        "s3": (claims["s3_annual_metric_gain"].value or 0.0) / 100,
        "s1": (claims["s1_gmv_growth_target"].value or 0.0) / 100, "s0": float(compounded(gain, YEAR)[-1]),
    }


def multiples(most: float) -> list[float]:
    """Volumes looked at: powers of ten below `most`, which ends them."""
    return [*(10.0**power for power in range(int(np.ceil(np.log10(most))))), most]
