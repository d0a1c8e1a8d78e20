"""What may stand in claims/risks.yaml and claims/controls.yaml: closed, typed, each fault named by its entry."""

from __future__ import annotations

import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ecomplan.errors import ParameterError

CLASSES = ("strategic", "operational", "financial", "compliance")
DOMAINS = ("technical", "data", "competitive", "supply", "logistics", "marketing", "platform", "money", "law", "people")
LINES = ("sales", "orders", "new_customers", "abroad", "home", "identified", "even")
MODELS = ("breach", "supply")

RiskClass = Literal["strategic", "operational", "financial", "compliance"]
Domain = Literal[
    "technical", "data", "competitive", "supply", "logistics", "marketing", "platform", "money", "law", "people"
]
FallsOn = Literal["sales", "orders", "new_customers", "abroad", "home", "identified", "even"]
Model = Literal["breach", "supply"]
Unit = Literal["CNY_m", "USD_m", "share_of_month_sales", "share_of_year_sales"]

Text = Annotated[str, Field(min_length=1)]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
NotNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]


class Entry(BaseModel):
    """A closed entry: an unknown key is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class RateEntry(Entry):
    value: Positive
    source: Text


class RatesEntry(Entry):
    cny_per_usd: RateEntry


class PriorEntry(Entry):
    fails_claim: Text


class SpanEntry(Entry):
    low: Positive
    high: Positive


class PertEntry(Entry):
    low: NotNegative
    likely: NotNegative
    high: NotNegative


class ChanceEntry(Entry):
    low: Share
    likely: Share
    high: Share


class ScaleEntry(Entry):
    what: Text
    reference_sales_cny_m: SpanEntry
    exponent: Share
    source: Text


class MatrixEntry(Entry):
    chance_of_an_event: tuple[float, float]
    impact_share_of_margin: tuple[float, float]
    source: Text


class FrequencyEntry(Entry):
    kind: Literal["poisson", "negative_binomial", "once"]
    low: NotNegative
    likely: NotNegative
    high: NotNegative
    dispersion: Annotated[float, Field(gt=1, allow_inf_nan=False)] | None = None
    source: Text


class SeverityEntry(Entry):
    kind: Literal["lognormal", "pareto"] = "lognormal"
    unit: Unit
    low: Positive
    high: Positive
    claim: Text | None = None
    scale: Text | None = None
    at_most: Annotated[float, Field(gt=0, le=10, allow_inf_nan=False)] | None = None
    source: Text


class RiskEntry(Entry):
    id: Name
    name: Text
    risk_class: RiskClass = Field(alias="class")
    domain: Domain
    owner_role: Text
    cause: Text
    trigger: Text
    first_hour: Text
    first_day: Text
    falls_on: FallsOn
    season: Literal["sales", "even"]
    in_forecast: Annotated[float, Field(ge=0, lt=1)] = 0.0
    model: Model | None = None
    frequency: FrequencyEntry | None = None
    severity: SeverityEntry | None = None
    controls: list[str] = []
    claims: list[str] = []
    documents: Text
    evidence: Literal["claim", "published", "judgement", "model"]
    reviewed: datetime.date
    review_months: Annotated[int, Field(ge=1, le=36)]


class ShockEntry(Entry):
    id: Name
    name: Text
    chance: ChanceEntry
    hits: Annotated[dict[str, Positive], Field(min_length=1)]
    source: Text


class GroupEntry(Entry):
    id: Name
    name: Text
    risks: Annotated[list[str], Field(min_length=2)]
    rho: Annotated[float, Field(gt=-1, lt=1)]
    kind: Literal["gaussian", "t"] = "gaussian"
    degrees_of_freedom: Annotated[float, Field(gt=0, le=1000)] | None = None
    source: Text


class RegisterFile(Entry):
    """claims/risks.yaml."""

    rates: RatesEntry
    prior: PriorEntry
    scales: dict[str, ScaleEntry]
    matrix: MatrixEntry
    shocks: list[ShockEntry] = []
    dependence: list[GroupEntry] = []
    risks: Annotated[list[RiskEntry], Field(min_length=1)]


class ReductionEntry(Entry):
    low: Share
    likely: Share
    high: Share
    evidence: Literal["published", "judgement"]
    source: Text


class ControlEntry(Entry):
    id: Name
    name: Text
    owner_role: Text
    acts_on: Literal["frequency", "severity"]
    claim: Text | None = None
    reduction: ReductionEntry | None = None
    model: Model | None = None
    once_cny: PertEntry
    yearly_cny: PertEntry
    cost_source: Text
    in_plan: bool
    reason: Text


class ControlFile(Entry):
    """claims/controls.yaml."""

    controls: list[ControlEntry]


def parse(kind: type[RegisterFile] | type[ControlFile], raw: Any, where: str) -> Any:
    """The parsed file as `kind`. Raises ParameterError with one line a fault: entry by its id, key, value, reason."""
    try:
        return kind.model_validate(raw)
    except ValidationError as error:
        raise ParameterError("\n".join(_faults(error, raw, where))) from None


def _faults(error: ValidationError, raw: Any, where: str) -> list[str]:
    one = {"risks": "risk", "controls": "control", "shocks": "shock", "dependence": "group"}
    lines = []
    for fault in error.errors():
        loc = list(fault["loc"])
        owner = where
        if len(loc) >= 2 and loc[0] in one and isinstance(loc[1], int):
            entry = raw[loc[0]][loc[1]]
            name = entry.get("id", loc[1] + 1) if isinstance(entry, dict) else loc[1] + 1
            owner, loc = f"{where}: {one[str(loc[0])]} {name}", loc[2:]
        key = ".".join(map(str, loc)) or "entry"
        if fault["type"] == "extra_forbidden":
            lines.append(f"{owner}: unknown key {key}")
        elif fault["type"] == "missing":
            lines.append(f"{owner}: key {key} is missing")
        else:
            reason = fault["msg"][0].lower() + fault["msg"][1:]
            lines.append(f"{owner}: {key} = {fault['input']!r} is refused; {reason}")
    return lines
