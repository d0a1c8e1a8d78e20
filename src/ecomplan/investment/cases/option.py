"""Pre-research as a real option: a small trial buys the right, not the duty, to build.

The right is valued on a binomial tree (Cox, Ross & Rubinstein 1979); in ever finer steps it tends to the formula of
Black & Scholes (1973). A decision tree over what the trial tells stands before it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr

from ecomplan.errors import ParameterError
from ecomplan.estimate import Estimate
from ecomplan.investment.cases.alone import World, run, standing
from ecomplan.investment.engine.budget import Budget
from ecomplan.investment.engine.lever_file import NOTHING
from ecomplan.investment.engine.levers import Lever

Array = NDArray[np.float64]


def tree_value(worth: ArrayLike, price: float, rate: float, volatility: float, years: float, steps: int) -> Array:
    """Value today of the right to pay `price` in `years` for what is worth `worth` (...) today (CRR tree, European).

    `rate` is a year's interest, continuously compounded. Raises ParameterError for negative money or time, no
    steps, or steps too few for the rate (a probability outside 0..1).
    """
    today = np.asarray(worth, dtype=np.float64)
    _checked(today, price, volatility, years)
    if steps < 1:
        raise ParameterError(f"{steps} steps are refused; expected at least 1")
    if volatility == 0 or years == 0:
        return np.maximum(today - price * float(np.exp(-rate * years)), 0.0)
    step = years / steps
    up = float(np.exp(volatility * np.sqrt(step)))
    chance = float((np.exp(rate * step) - 1 / up) / (up - 1 / up))
    if not 0 < chance < 1:
        raise ParameterError(f"{steps} steps are too few for rate {rate:g} at volatility {volatility:g}; take more")
    values = np.maximum(today[..., None] * up ** np.arange(-steps, steps + 1, 2.0) - price, 0.0)
    rise, fall = np.exp(-rate * step) * chance, np.exp(-rate * step) * (1 - chance)
    for _ in range(steps):
        values = rise * values[..., 1:] + fall * values[..., :-1]
    return np.asarray(values[..., 0])


def black_scholes(worth: float, price: float, rate: float, volatility: float, years: float) -> float:
    """The same in closed form."""
    _checked(np.asarray(worth), price, volatility, years)
    later = price * float(np.exp(-rate * years))
    spread = volatility * np.sqrt(years)
    if spread == 0 or worth == 0 or price == 0:
        return max(worth - later, 0.0)
    first = (np.log(worth / later)) / spread + spread / 2
    return float(worth * ndtr(first) - later * ndtr(first - spread))


@dataclass(frozen=True)
class Trial:
    """A trial before building: months, chance to pass if the technology works, and if it does not."""

    months: float
    power: float
    false_alarm: float

    def passes(self, prior: float) -> float:
        """Chance to pass."""
        return prior * self.power + (1 - prior) * self.false_alarm

    def belief(self, prior: float) -> float:
        """Chance that it works, having passed (Bayes); 0 where none passes."""
        passed = self.passes(prior)
        return prior * self.power / passed if passed > 0 else 0.0


@dataclass(frozen=True)
class Option:
    """`committed` is the value of building at once, `option` that of trying first before the trial is paid;
    `stop_below` is the worth under which one stops though the trial passed (None: always)."""

    committed: float
    option: float
    stop_below: float | None


def option(worth: ArrayLike, price: float, prior: float, trial: Trial, rate_per_year: float, volatility: float,
           steps: int) -> Option:
    """A technology that costs `price` to build and is worth one of `worth` (k,), equally likely, if it works.

    Tried first, the trial shows which of them it would be, and whether it seems to work; all comes later by its
    months, in which the worth moves by `volatility` a year. Worth and price are present values when built.
    """
    years = trial.months / 12
    rate = float(np.log1p(rate_per_year))
    values = np.atleast_1d(np.asarray(worth, dtype=np.float64))
    belief, passes = trial.belief(prior), trial.passes(prior)
    today = belief * values * float(np.exp(-rate * years))
    right = passes * float(tree_value(today, price, rate, volatility, years, steps).mean())
    return Option(prior * float(values.mean()) - price, right, price / belief if belief > 0 else None)


def candidates(world: World) -> list[Lever]:
    """Technology of the later tranches that does something itself: what there is time to try first."""
    return [
        lever for lever in world.levers.items
        if lever.line == "tech" and lever.tranche != "early" and lever.moves != NOTHING
    ]


def table(world: World, p: Any, chosen: list[Lever]) -> pd.DataFrame:
    """One row a technology, best first: lever, worth (if it works, mean), price (mean cost), committed, option (before
    the trial is paid), trial (its cost), net, worth_it, at_most (dearest trial worth paying, share of the price) and
    advantage (of trying first over the better of building at once and leaving it)."""
    trial = Trial(p.pilot_months, p.pilot_power, p.pilot_false_alarm)
    s = world.settings
    levels = (np.arange(p.worth_points) + 0.5) / p.worth_points
    rows = []
    for lever in chosen:
        certain = run(world, (standing(lever),), {f"{lever.id}.works": 1.0})
        worth, price = float(certain.benefit.mean()), float(certain.cost.mean())
        found = option(np.quantile(certain.benefit, levels), price, s.success_prior, trial, s.discount_rate_per_year,
                       p.value_volatility, p.tree_steps)
        cost = p.pilot_cost_share * price
        rows.append({
            "id": lever.id, "lever": lever.name, "worth": worth, "price": price, "committed": found.committed,
            "option": found.option, "trial": cost, "net": found.option - cost, "worth_it": found.option > cost,
            "at_most": found.option / price, "stop_below": found.stop_below,
            "advantage": found.option - cost - max(found.committed, 0.0),
        })
    return pd.DataFrame(rows).sort_values("net", ascending=False, ignore_index=True)


def yearly_share(found: pd.DataFrame, months: float, money_per_year: float) -> float:
    """Trials worth paying, a year, as a share of the technology line's money a year."""
    if money_per_year <= 0:
        raise ParameterError("the technology line has no money; a share of it is undefined")
    return float(found.loc[found["worth_it"], "trial"].sum()) * 12 / months / money_per_year


def output_gain(found: pd.DataFrame, prior: float, trial: Trial) -> float | None:
    """By how much the stop rule raises expected output per money spent, over building all at once; None: no output.

    Counts present values without waiting: built at once, prior x worth over price; tried first, what is built after
    passing over trial and building.
    """
    built = float(found["price"].sum())
    at_once = prior * float(found["worth"].sum()) / built if built else 0.0
    passes = trial.passes(prior)
    spent = float(found["trial"].sum()) + passes * built
    tried = passes * trial.belief(prior) * float(found["worth"].sum()) / spent if spent else 0.0
    return tried / at_once - 1 if at_once else None


def _checked(worth: Array, price: float, volatility: float, years: float) -> None:
    least = float(worth.min()) if worth.size else 0.0
    for name, value in (("worth", least), ("price", price), ("volatility", volatility), ("years", years)):
        if not (np.isfinite(value) and value >= 0):
            raise ParameterError(f"{name} = {value:g} is refused; expected a finite number of at least 0")


def technology_money(budget: Budget, cny_per_currency_unit: float) -> float:
    """The technology line's money a year, in the platform's money."""
    return budget.total_mid_cny * budget.shares["tech"] / budget.months * 12 / cny_per_currency_unit


def gain(found: float | None) -> Estimate:
    """`output_gain` as a finding takes it."""
    unknown = "" if found is not None else "No technology brings anything, so that no ratio of output can be formed."
    return Estimate(found, unknown=unknown)
