"""Scarce people: hire them at the market's price, or train own ones who earn less and may leave?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ecomplan.claims import Claims
from ecomplan.estimate import Estimate
from ecomplan.investment.budget.assumptions import Assumptions, middle

Array = NDArray[np.float64]
TRAINING, SCARCE, EXPERT = "s0_internal_training_cost_change", "s0_scarce_talent_pay_multiple", "s1_expert_salary"
MOST_MONTHS = 240.0  # a longer stay is told as this
RETENTION, GROWTH = "s0_internal_talent_retention_gap", "s1_engineer_growth_time"


@dataclass(frozen=True)
class Choice:
    """Cost in CNY of a year of full work of one specialist, by draw, and the stay from which training is cheaper."""

    hired: Array
    trained: Array
    stay_months: Array  # inf where training never pays
    trained_months: Array  # expected stay of who was trained


def choose(claims: Claims, assumed: Assumptions, pay_cny: float, draws: int, rng: np.random.Generator) -> Choice:
    """One place for a specialist, filled over and over: first cost, then a stay that ends at a constant rate.

    Hired: a fee, the scarce pay, some time in which little is done. Trained: the documents' cut is read as one of
    the first cost alone (`reading_of_whole` shows why); pay while training is the mean of the trade, part of the work
    is done, and after it the trained earn less than the scarce. `pay_cny` is the trade's mean for a year.
    """
    scarce = claims[SCARCE].range[0] * pay_cny
    drawn = {key: assumed[key].draw(rng, draws) for key in (
        "recruiting_share", "settling_years", "attrition", "trained_pay", "output_while_training",
        "training_finished",
    )}
    fee = drawn["recruiting_share"] * scarce
    stay = 1 / drawn["attrition"]
    hired = (fee + scarce * stay) / np.maximum(stay - drawn["settling_years"], 1e-9)
    # read as so much fewer leavers: so much more of those kept would be above all of them (`kept_if_relative`)
    trained_stay = 1 / (drawn["attrition"] * (1 - claims[RETENTION].share))
    years, pay = claims[GROWTH].range[0], drawn["trained_pay"] * pay_cny
    # who does not finish has cost as much and done as much as who does
    tries = 1 / drawn["training_finished"]
    first = tries * ((1 + claims[TRAINING].share) * fee + years * pay_cny)
    early = tries * years * drawn["output_while_training"]
    trained = (first + pay * trained_stay) / (trained_stay + early)
    # cheaper from the stay L on where (first + pay L) / (L + early) = hired
    gap = hired - pay
    needed = np.where(gap > 0, (first - hired * early) / np.maximum(gap, 1e-9), np.inf)
    return Choice(hired, trained, 12 * np.clip(needed, 0, None), 12 * trained_stay)


def choice_table(found: Choice) -> pd.DataFrame:
    """Hire and train: cost of a year of full work in CNY with its 80 % interval."""
    rows = []
    for name, values in (("Hire from outside", found.hired), ("Train own people", found.trained)):
        cost = middle(values)
        rows.append({"choice": name, "cost_cny": cost.value, "low": cost.low, "high": cost.high})
    return pd.DataFrame(rows)


def chance_training(found: Choice) -> float:
    """Chance that training is the cheaper way."""
    return float((found.trained < found.hired).mean())


def saving(found: Choice) -> Estimate:
    """Change of cost by training instead of hiring, a share."""
    return middle(found.trained / found.hired - 1)


def break_even_months(found: Choice) -> Estimate:
    """Stay after training from which it is the cheaper way, in months."""
    low, value, high = np.quantile(found.stay_months, [0.1, 0.5, 0.9], method="higher")
    if not np.isfinite(value):
        return Estimate(None, unknown="In most simulated cases the trained cost more however long they stay.")
    return Estimate(float(value), float(low), float(min(high, MOST_MONTHS)))


def reading_of_whole(claims: Claims) -> float:
    """Pay of a trained specialist in multiples of the trade's mean if the claimed cut were one of the whole cost."""
    return (1 + claims[TRAINING].share) * claims[SCARCE].range[0]


def kept_if_relative(claims: Claims, assumed: Assumptions) -> float:
    """Share of the trained that would be kept in a year if the claimed advantage were one of those kept."""
    return (1 - assumed["attrition"].likely) * (1 + claims[RETENTION].share)


def expert_years(claims: Claims, people_line_cny: float, months: float) -> float:
    """Yearly pay of the top expert over what the people line has for a year."""
    return claims[EXPERT].range[0] * 1e6 / (people_line_cny * 12 / months)
