"""The register as the models use it: risks, controls, shocks and groups with every claim resolved to a number."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from ecomplan.risk.engine.draws import Z90

PLATFORM = "platform"  # unit of a severity that a model of this line computed, in the platform's money

Pert = tuple[float, float, float]  # low, likely, high


@dataclass(frozen=True)
class Scale:
    """Yearly sales of the company a loss was told of: 10 % and 90 % points in CNY m, and the size exponent."""

    name: str
    what: str
    low: float
    high: float
    exponent: float
    source: str


@dataclass(frozen=True)
class Frequency:
    """Events a year, PERT; of kind `once` the chance that it happens in a year, at most one time.

    `dispersion` is variance over mean of the yearly count, given the rate: 1 for a Poisson count.
    """

    kind: str
    low: float
    likely: float
    high: float
    dispersion: float
    source: str

    @property
    def pert(self) -> Pert:
        return self.low, self.likely, self.high


@dataclass(frozen=True)
class Severity:
    """Loss an event in `unit`: `low` and `high` are its 10 % and 90 % points.

    `scale` names the company an amount is told of (money units only). `at_most` caps the loss of one event, as a
    share of the year's sales; what would lie above counts as just that.
    """

    kind: str
    unit: str
    low: float
    high: float
    scale: str | None
    claim: str | None
    at_most: float | None
    source: str

    @property
    def sigma(self) -> float:
        """Standard deviation of the log loss of a lognormal; 0 for a Pareto."""
        return 0.0 if self.kind == "pareto" else float(np.log(self.high / self.low) / (2 * Z90))

    @property
    def alpha(self) -> float:
        """Tail index of a Pareto: its 10 % and 90 % points are 9^(1/alpha) apart; 0 for a lognormal."""
        return float(np.log(9) / np.log(self.high / self.low)) if self.kind == "pareto" else 0.0

    @property
    def median(self) -> float:
        """Median loss in `unit`, before any cap."""
        if self.kind == "pareto":
            return float(self.low * (0.9 / 0.5) ** (1 / self.alpha))
        return float(np.sqrt(self.low * self.high))


@dataclass(frozen=True)
class Reduction:
    """What a control takes from a risk's events or from each loss, as a share: PERT low, likely, high."""

    acts_on: str
    low: float
    likely: float
    high: float


@dataclass(frozen=True)
class Control:
    """A control with its cost to this platform in CNY.

    `basis` says how its effect is believed: `claim` shrunken (works or not, and then keeps a part), `own`
    (published or judged by us, as it stands), `model` (computed by a stage, as it stands; `by_risk`).
    `effect` is the reduction as told, None for a modelled control. `modelled_cost` is a year's cost in the
    platform's money, all in, where a model's stage gives one.
    """

    id: str
    name: str
    owner_role: str
    acts_on: str
    basis: str
    effect: Reduction | None
    claim: str | None
    model: str | None
    once_cny: Pert
    yearly_cny: Pert
    cost_source: str
    in_plan: bool
    grade: str
    reason: str
    by_risk: Mapping[str, Reduction] = field(default_factory=dict)
    modelled_cost: Pert | None = None

    def on(self, risk: str) -> Reduction:
        """Its reduction of a risk that it stands on."""
        found = self.by_risk.get(risk, self.effect)
        assert found is not None
        return found

    def yearly_cost(self, years: float, cny: float) -> Pert:
        """Cost a year in money (low, likely, high), the first cost spread over `years`; `cny`: CNY for one unit."""
        if self.modelled_cost is not None:
            return self.modelled_cost
        low, likely, high = ((self.yearly_cny[k] + self.once_cny[k] / years) / cny for k in range(3))
        return low, likely, high


@dataclass(frozen=True)
class Risk:
    """One risk. `frequency` and `severity` are None only where a model's table has not been read.

    `in_forecast` is the share of its events that past sales, and with them the forecast, hold already.
    `grade` is how well its size is grounded: the claim's grade, published, judgement or model.
    """

    id: str
    name: str
    risk_class: str
    domain: str
    owner_role: str
    cause: str
    trigger: str
    first_hour: str
    first_day: str
    falls_on: str
    season: str
    in_forecast: float
    model: str | None
    frequency: Frequency | None
    severity: Severity | None
    controls: tuple[str, ...]
    claims: tuple[str, ...]
    documents: str
    evidence: str
    grade: str
    reviewed: datetime.date
    review_months: int


@dataclass(frozen=True)
class Shock:
    """Something that hits many risks in one year: chance a year (PERT) and multipliers of their expected events."""

    id: str
    name: str
    chance: Pert
    hits: Mapping[str, float]
    source: str


@dataclass(frozen=True)
class Group:
    """Risks whose yearly counts move together through one common factor, Gaussian or t."""

    id: str
    name: str
    risks: tuple[str, ...]
    rho: float
    kind: str
    degrees_of_freedom: float | None
    source: str


@dataclass(frozen=True)
class Register:
    """All risks with what they need.

    `works` is the chance that a claimed control works at all, `effect_share` the part of its claimed effect that
    it then keeps. `chance_edges` and `impact_edges` (share of the margin) part low from medium from high.
    """

    risks: tuple[Risk, ...]
    controls: Mapping[str, Control]
    shocks: tuple[Shock, ...]
    groups: tuple[Group, ...]
    scales: Mapping[str, Scale]
    cny_per_usd: float
    works: float
    works_claim: str
    effect_share: float
    chance_edges: tuple[float, float]
    impact_edges: tuple[float, float]

    @property
    def in_plan(self) -> tuple[str, ...]:
        """Controls that the documents ask for."""
        return tuple(name for name, control in self.controls.items() if control.in_plan)

    @property
    def claims(self) -> tuple[str, ...]:
        """Every claim that the register uses, once, in order of use."""
        used = [key for risk in self.risks for key in risk.claims]
        used += [control.claim for control in self.controls.values() if control.claim]
        return tuple(dict.fromkeys([*used, self.works_claim]))

    def risk(self, name: str) -> Risk:
        """The risk of that id."""
        return next(risk for risk in self.risks if risk.id == name)
