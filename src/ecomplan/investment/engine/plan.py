"""A plan: which levers are funded by how much and when, on which sales, and what is assumed about all of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from ecomplan.errors import ParameterError
from ecomplan.estimate import Estimate
from ecomplan.investment.engine.budget import TRANCHES, Budget
from ecomplan.investment.engine.levers import Lever, Levers
from ecomplan.investment.engine.margins import Fixed, Lognormal, Margin, Uniform
from ecomplan.investment.engine.sales import MONTHS, Base

Array = NDArray[np.float64]
Months = NDArray[np.int64]
Triple = tuple[float, float, float]
CERTAIN = Fixed(1.0)  # a budget that is what it is


@dataclass(frozen=True)
class Settings:
    """What all stages assume alike; triples are PERT (low, likely, high). Money in CNY is divided by
    `cny_per_currency_unit`; `person_cost_cny` is a year's cost of a full-time person."""

    horizon_months: int
    success_prior: float
    effect_share: float
    discount_rate_per_year: float
    cny_per_currency_unit: float
    person_cost_cny: float
    contribution_margin: Triple
    cost_overrun: Triple
    delay_months: Triple
    trend_per_year: Triple
    effect_correlation: float
    cost_correlation: float
    delay_correlation: float

    def __post_init__(self) -> None:
        if self.horizon_months < MONTHS:
            raise ParameterError(f"horizon_months = {self.horizon_months} is refused; expected at least {MONTHS}")
        if self.delay_months[2] >= self.horizon_months:
            raise ParameterError(
                f"a delay of up to {self.delay_months[2]:g} months does not fit a horizon of {self.horizon_months}"
            )

    @classmethod
    def of(cls, p: Any) -> Settings:
        """From the parameters of any stage that sees investment, money, capital and shrinkage."""
        def triple(name: str, end: str = "") -> Triple:
            low, likely, high = (float(getattr(p, f"{name}_{part}{end}")) for part in ("low", "likely", "high"))
            return low, likely, high

        return cls(
            horizon_months=p.horizon_months, success_prior=p.success_prior, effect_share=p.effect_share,
            discount_rate_per_year=p.discount_rate_per_year, cny_per_currency_unit=p.cny_per_currency_unit,
            person_cost_cny=p.person_cost_cny, contribution_margin=triple("contribution_margin"),
            cost_overrun=triple("cost_overrun"), delay_months=triple("delay", "_months"),
            trend_per_year=triple("trend", "_per_year"), effect_correlation=p.effect_correlation,
            cost_correlation=p.cost_correlation, delay_correlation=p.delay_correlation,
        )


@dataclass(frozen=True)
class Decision:
    """What is funded, lever by lever: `dose` (0 off, 1 as the catalogue describes), `start_month` in which its
    spending begins (1 is the plan's first), `stop_month` after which nothing more is spent on it (the horizon:
    never)."""

    dose: Array
    start_month: Months
    stop_month: Months

    def __post_init__(self) -> None:
        if not self.dose.shape == self.start_month.shape == self.stop_month.shape:
            raise ParameterError("decision: dose, start_month and stop_month differ in length")
        if not np.isfinite(self.dose).all() or (self.dose < 0).any():
            raise ParameterError("decision: a dose is refused; expected finite numbers from 0")
        if (self.start_month < 1).any():
            raise ParameterError("decision: a start before month 1 is refused")

    @classmethod
    def full(cls, levers: Levers, horizon_months: int) -> Decision:
        """Every lever as the catalogue describes it, from the first month to the last."""
        return cls.uniform(levers, horizon_months, 1.0)

    @classmethod
    def nothing(cls, levers: Levers, horizon_months: int) -> Decision:
        """No lever at all."""
        return cls.uniform(levers, horizon_months, 0.0)

    @classmethod
    def uniform(cls, levers: Levers, horizon_months: int, dose: float) -> Decision:
        """The same dose of every lever, from the first month to the last."""
        size = len(levers)
        return cls(np.full(size, dose), np.ones(size, np.int64), np.full(size, horizon_months, np.int64))

    def with_(
        self, index: int | ArrayLike, dose: ArrayLike | None = None, start_month: ArrayLike | None = None,
        stop_month: ArrayLike | None = None,
    ) -> Decision:
        """The same but for the levers at `index` (one place or several)."""
        def put(old: Any, new: ArrayLike | None) -> Any:
            out = old.copy()
            if new is not None:
                out[np.asarray(index)] = new
            return out

        return Decision(
            put(self.dose, dose), put(self.start_month, start_month), put(self.stop_month, stop_month)
        )


@dataclass(frozen=True)
class Plan:
    """A decision on sales, with what is assumed. `budget_factor` multiplies all doses: Fixed(1) for an own
    decision, the documents' range about its middle for their budget. `newcomer_value` is the margin that a new
    customer brings. Raises ParameterError where lengths differ or a funded lever is not ready by the horizon."""

    levers: Levers
    base: Base
    decision: Decision
    settings: Settings
    newcomer_value: Margin
    budget_factor: Margin = CERTAIN

    def __post_init__(self) -> None:
        horizon = self.settings.horizon_months
        if self.decision.dose.size != len(self.levers):
            raise ParameterError(f"decision on {self.decision.dose.size} levers; the catalogue has {len(self.levers)}")
        for lever, dose in zip(self.levers.items, self.decision.dose, strict=True):
            if dose > 0 and lever.ready_months >= horizon:
                raise ParameterError(
                    f"lever {lever.id}: ready after {lever.ready_months} months, beyond the horizon of {horizon}"
                )

    def decided(self, decision: Decision) -> Plan:
        """The same plan with another decision."""
        return replace(self, decision=decision)

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(lever.id for lever in self.levers.items)


def budget_margin(budget: Budget) -> Margin:
    """The documents' range of the total about its middle, ready for `Plan.budget_factor`."""
    return Uniform(budget.total_low_cny / budget.total_mid_cny, budget.total_high_cny / budget.total_mid_cny)


def newcomer_margin(value: Estimate) -> Margin:
    """What a new customer brings, from its value and 80 % range. ASSUME: nothing where it is unknown or not
    positive, so that no target about newcomers is met by a guess."""
    if value.value is None or value.value <= 0:
        return Fixed(0.0)
    if value.low is None or value.high is None or not 0 < value.low < value.high:
        return Fixed(value.value)
    return Lognormal(value.low, value.high)


def as_written(levers: Levers, budget: Budget, settings: Settings) -> Decision:
    """The documents' plan: everything at once. A lever starts with its tranche; the dose of all levers on a
    budget line is the line's amount over their full cost, the reserve apart.

    Raises ParameterError for levers on a line without money.
    """
    starts, begin = {}, 1
    for tranche in TRANCHES:
        starts[tranche], begin = begin, budget.tranche_ends[tranche] + 1
    start = np.array([starts[lever.tranche] for lever in levers.items], dtype=np.int64)
    stop = np.full(len(levers), settings.horizon_months, dtype=np.int64)
    once, monthly, people = cost_arrays(levers, start, stop, settings)
    full = (once + monthly + people).sum(axis=1)
    lines = np.array([lever.line for lever in levers.items])
    dose = np.zeros(len(levers))
    for line in dict.fromkeys(lines.tolist()):
        needed = float(full[lines == line].sum())
        # ASSUME: the reserve pays overruns only; a line's amount is shared in proportion to full costs.
        amount = budget.shares[line] * budget.total_mid_cny / settings.cny_per_currency_unit
        if needed > 0:
            dose[lines == line] = amount / needed
        else:
            dose[lines == line] = 1.0
    return Decision(dose, start, stop)


def cost_arrays(levers: Levers, start: Months, stop: Months, settings: Settings) -> tuple[Array, Array, Array]:
    """Planned cost at dose 1 by month in the platform's money, each (levers, horizon): once, running, people.

    What is paid once is spread evenly over the months of building; running cost and people follow until the
    lever's stop. Nothing is paid after the stop.
    """
    horizon = settings.horizon_months
    month = np.arange(1, horizon + 1)
    ready = np.array([max(lever.ready_months, 1) for lever in levers.items])
    begin = np.array([lever.ready_months for lever in levers.items]) + start
    paid = month <= stop[:, None]
    building = (month >= start[:, None]) & (month < (start + ready)[:, None]) & paid
    running = (month >= begin[:, None]) & paid

    def money(amounts: list[float]) -> Array:
        return np.array(amounts)[:, None] / settings.cny_per_currency_unit

    once = building * money([lever.once_cny for lever in levers.items]) / ready[:, None]
    monthly = running * money([lever.monthly_cny for lever in levers.items])
    people = running * money([lever.people_fte * settings.person_cost_cny / 12 for lever in levers.items])
    return once, monthly, people


def cost_table(plan: Plan) -> pd.DataFrame:
    """What each lever costs before overruns, platform money over the horizon: once, running and people as the
    catalogue describes it (dose 1, from month 1), their sum `full`, and `planned` under the decision."""
    levers, decision, settings = plan.levers, plan.decision, plan.settings
    size = len(levers)
    first = np.ones(size, dtype=np.int64)
    parts = cost_arrays(levers, first, np.full(size, settings.horizon_months, dtype=np.int64), settings)
    once, monthly, people = (part.sum(axis=1) for part in parts)
    planned = sum(part.sum(axis=1) for part in cost_arrays(levers, decision.start_month, decision.stop_month, settings))
    return pd.DataFrame({
        "id": plan.ids, "lever": [lever.name for lever in levers.items], "line": [v.line for v in levers.items],
        "once": once, "monthly": monthly, "people": people, "full": once + monthly + people,
        "dose": decision.dose, "planned": planned * decision.dose,
    })


def needed_first(items: tuple[Lever, ...]) -> list[int]:
    """Places of the levers, each after those that it needs. Raises ParameterError naming a cycle in full."""
    place: Mapping[str, int] = {lever.id: row for row, lever in enumerate(items)}
    order: list[int] = []
    state: dict[str, int] = {}

    def visit(name: str, trail: list[str]) -> None:
        if state.get(name) == 1:
            circle = " -> ".join([*trail[trail.index(name):], name])
            raise ParameterError(f"levers need each other in a circle: {circle}")
        if name in state:
            return
        state[name] = 1
        for need in items[place[name]].needs:
            visit(need, [*trail, name])
        state[name] = 2
        order.append(place[name])

    for lever in items:
        visit(lever.id, [])
    return order
