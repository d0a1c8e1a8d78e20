"""Tranches released by results: what a gate can see after some months of pilot, how often it errs, what it saves.

The pilot is tested against a control with half of the orders each. A customer orders more than once, so counts vary
more than by chance alone: the variance of a count is its mean times E[k^2]/E[k], k the orders of a customer.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from ecomplan.errors import DataError
from ecomplan.investment.budget.assumptions import Assumptions, pert
from ecomplan.investment.engine.budget import TRANCHES, Budget

Array = NDArray[np.float64]
LEVELS = 24  # thresholds tried for each gate
POWER = 0.8


@dataclass(frozen=True)
class Volume:
    """Orders in each of the last full months, newest last, with the customer of each."""

    month: NDArray[np.int64]  # months before the end, 0 the newest
    customer: NDArray[np.int64]  # -1 where nobody is identified
    months: int

    def precision(self, months: int) -> float:
        """1 / variance of the log ratio of two arms that share all orders of `months`; scaled up beyond the records."""
        looked = min(months, self.months)
        inside = self.month < looked
        count = int(inside.sum())
        if count == 0:
            raise DataError(f"table orders of stage prepare holds no order in its last {looked} full months")
        known = self.customer[inside]
        times = np.bincount(known[known >= 0]) if (known >= 0).any() else np.zeros(1)
        alone = int((known < 0).sum())
        inflation = float((times.astype(np.float64) ** 2).sum() + alone) / count
        return count * months / looked / (4 * inflation)

    def inflation(self, months: int) -> float:
        """Variance of the number of orders over its mean in a window of `months`."""
        count = int((self.month < min(months, self.months)).sum())
        return count * months / min(months, self.months) / (4 * self.precision(months))


def volume(orders: pd.DataFrame, calendar: pd.DataFrame) -> Volume:
    """Orders of the full months. Raises DataError where there is none."""
    full = calendar.loc[calendar["in_full_month"], "month"]
    if full.empty:
        raise DataError("table calendar of stage prepare holds no full month; expected at least one")
    first, last = (stamp.to_datetime64().astype("datetime64[M]") for stamp in (full.min(), full.max()))
    month = orders["time"].to_numpy().astype("datetime64[M]")
    chosen = (month >= first) & (month <= last)
    codes = pd.factorize(orders["customer_id"])[0]
    return Volume((last - month[chosen]).astype(np.int64), codes[chosen].astype(np.int64),
                  int((last - first).astype(np.int64)) + 1)


def detectable(found: Volume, months: int, error: float) -> float:
    """Smallest lift that a look of `months` finds with four chances in five at this one-sided error."""
    return float((ndtri(1 - error) + ndtri(POWER)) / np.sqrt(found.precision(months)))


@dataclass(frozen=True)
class Truth:
    """What is drawn once and shared by all rules: lift of orders (0 where the programme does not work), contribution
    margin, years of benefit, and noise of the two looks."""

    lift: Array
    margin: Array
    years: Array
    noise: Array  # (draws, 2)


def draw_truth(assumed: Assumptions, works: float, margin: tuple[float, float, float], draws: int,
               rng: np.random.Generator) -> Truth:
    """Draws of the truth; a programme works with chance `works`."""
    lift = np.where(rng.random(draws) < works, assumed["lift_if_works"].draw(rng, draws), 0.0)
    return Truth(lift, pert(rng, *margin, draws), assumed["benefit_years"].draw(rng, draws),
                 rng.standard_normal((draws, 2)))


@dataclass(frozen=True)
class Course:
    """Discounted cost (a number a tranche) and benefit (draws, tranches) of the plan with a pause of `look` months
    before the second tranche, and what the two gates see (draws, 2)."""

    look: int
    cost: Array
    benefit: Array
    seen: Array

    def value(self, first: float, second: float) -> Array:
        """Net value by draw under the rule: go on where the lift seen is above `first`, then above `second`."""
        net = self.benefit - self.cost
        go = self.seen[:, 0] > first
        return np.asarray(net[:, 0] + go * net[:, 1] + (go & (self.seen[:, 1] > second)) * net[:, 2])

    def spent(self, first: float, second: float) -> Array:
        go = self.seen[:, 0] > first
        return np.asarray(self.cost[0] + go * self.cost[1] + (go & (self.seen[:, 1] > second)) * self.cost[2])


def course(budget: Budget, truth: Truth, found: Volume, look: int, sales: float, total: float, rate_per_year: float
           ) -> Course:
    """The plan with a look of `look` months after the first tranche, 0 for none; money as `sales` and `total`.

    A tranche's money is spent evenly over its months. From its end it earns lift x sales x margin x its share of the
    budget for the years of benefit.
    """
    monthly = np.log1p(rate_per_year) / 12
    cost, benefit, start = np.zeros(3), np.zeros((len(truth.lift), 3)), 0
    for k, name in enumerate(TRANCHES):
        shift = look if k else 0
        months = np.arange(start + 1, budget.tranche_ends[name] + 1) + shift
        start = budget.tranche_ends[name]
        cost[k] = budget.tranches[name] * total * np.exp(-monthly * months).mean()
        first = np.exp(-monthly * (start + shift))
        yearly = truth.lift * sales * truth.margin * budget.tranches[name]
        years = truth.years if monthly == 0 else -np.expm1(-12 * monthly * truth.years) / (12 * monthly)
        benefit[:, k] = yearly * years * first
    if look == 0:
        return Course(0, cost, benefit, np.zeros((len(truth.lift), 2)))
    one, two = found.precision(look), found.precision(look + _middle_months(budget))
    more = max(two - one, 1e-9 * one)
    early = truth.lift + truth.noise[:, 0] / np.sqrt(one)
    late = truth.lift + truth.noise[:, 1] / np.sqrt(more)
    return Course(look, cost, benefit, np.column_stack([early, (one * early + more * late) / (one + more)]))


def best_rule(found: Course) -> tuple[float, float]:
    """Thresholds of the gates with the highest mean value, among never and quantiles of what is seen; never, if
    equal."""
    steps = np.linspace(1, 0, LEVELS)
    tried = [np.append(np.inf, np.quantile(found.seen[:, k], steps)) for k in (0, 1)]
    net = found.benefit - found.cost
    best, chosen = -np.inf, (np.inf, np.inf)
    for first in tried[0]:
        go = found.seen[:, 0] > first
        after = np.array([(net[:, 2] * (go & (found.seen[:, 1] > second))).sum() for second in tried[1]])
        value = (net[:, 1] * go).sum() + after.max()
        if value > best + 1e-9 * abs(best if np.isfinite(best) else 1.0):
            best, chosen = value, (float(first), float(tried[1][int(after.argmax())]))
    return chosen


def rules_table(written: Course, courses: list[Course], found: Volume, budget: Budget, error: float, needed: float
                ) -> pd.DataFrame:
    """One row a rule: as written, then for each look a test at `error` and the rule with the highest mean value.

    Columns: rule, look, asked (lift to be seen at the first gate, as text), false_release (chance that it goes on with
    a programme that does nothing), wrong_stop (that it stops one whose lift is `needed`), at_risk and at_risk_second
    (discounted money spent before the first and the second gate),
    spent and value (means over the draws), saved (value less as written).
    """
    whole = float(written.cost.sum())
    base = float(written.value(-np.inf, -np.inf).mean())
    rows: list[dict[str, object]] = [{
        "rule": "As written, released by the calendar", "look": 0, "asked": "nothing", "false_release": 1.0,
        "wrong_stop": 0.0, "at_risk": whole, "at_risk_second": whole, "spent": whole, "value": base,
        "saved": 0.0,
    }]
    for item in courses:
        scale = np.sqrt(found.precision(item.look))
        later = float(ndtri(1 - error) / np.sqrt(found.precision(item.look + _middle_months(budget))))
        for name, (first, second) in (
            ("Test", (float(ndtri(1 - error) / scale), later)), ("Best rule", best_rule(item)),
        ):
            value = float(item.value(first, second).mean())
            rows.append({
                "rule": f"{name} after {item.look} months", "look": item.look,
                "asked": f"{100 * first:.1f} %" if np.isfinite(first) else "never go on",
                "false_release": float(ndtr(-first * scale)), "wrong_stop": float(ndtr((first - needed) * scale)),
                "at_risk": float(item.cost[0]), "at_risk_second": float(item.cost[:2].sum()),
                "spent": float(item.spent(first, second).mean()), "value": value, "saved": value - base,
            })
    return pd.DataFrame(rows)


def pick(frame: pd.DataFrame, name: str, look: int, column: str) -> float:
    """One number of `rules_table`: name is Test or Best rule."""
    return float(frame.loc[frame["rule"] == f"{name} after {look} months", column].iloc[0])


def lift_needed(sales: float, total: float, margin: Array, years: Array) -> Array:
    """Lift of all orders at which the whole plan's undiscounted cost is earned back, by draw."""
    return np.asarray(total / (sales * margin * years))


def asked(frame: pd.DataFrame, look: int) -> str:
    """What the best rule asks for at the first gate of `rules_table`, in words."""
    return str(frame.loc[frame["rule"] == f"Best rule after {look} months", "asked"].iloc[0])


def power_table(found: Volume, most_months: int, error: float, needed: Array) -> pd.DataFrame:
    """Months of looking, the smallest lift found with four chances in five, and the lift needed (median, 80 %)."""
    months = np.arange(1, most_months + 1)
    low, mid, high = np.quantile(needed, [0.1, 0.5, 0.9])
    return pd.DataFrame({
        "months": months, "detectable": [detectable(found, int(month), error) for month in months],
        "needed": mid, "needed_low": low, "needed_high": high,
    })


def spent_by(budget: Budget, month: int) -> float:
    """Share of the budget spent by the end of a month."""
    return float(budget.profile()[:month].sum())


def _middle_months(budget: Budget) -> int:
    return budget.tranche_ends["middle"] - budget.tranche_ends["early"]
