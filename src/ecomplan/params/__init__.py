"""params.yaml as closed, typed models: every knob with its unit, range and meaning.

A section is one model. A stage sees its own section and the shared ones it names (`Params.stages`),
flattened: field names are therefore unique across the sections that one stage reads.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import yaml
from pydantic import BaseModel, ValidationError

from ecomplan.errors import ParameterError
from ecomplan.params.behaviour import (
    Attribution,
    Baskets,
    Campaigns,
    Experiments,
    Intention,
    Journey,
    Lifetime,
    Segments,
)
from ecomplan.params.forecast import Demand, Drivers, Forecast, Market, Panels
from ecomplan.params.investment import Allocation, Budget, Cases, Dynamics, Investment, Responses, Returns, Scenarios
from ecomplan.params.risk import Breach, Losses, Response, Risks, Supply
from ecomplan.params.section import Section
from ecomplan.params.shared import Capital, Controls, Data, Money, Prepare, Privacy, Report, Shrinkage
from ecomplan.params.watching import Bias, Conduct, Monitoring, Watch


class PrepareStage(Prepare, Data, Money, Privacy):
    """What stage `prepare` reads."""


class SegmentsStage(Segments, Money, Privacy):
    """What stage `segments` reads."""


class LifetimeStage(Lifetime, Money, Capital, Privacy):
    """What stage `lifetime` reads."""


class BasketsStage(Baskets, Money, Privacy):
    """What stage `baskets` reads."""


class JourneyStage(Journey, Privacy):
    """What stage `journey` reads."""


class AttributionStage(Attribution):
    """What stage `attribution` reads."""


class ExperimentsStage(Experiments, Money, Shrinkage):
    """What stage `experiments` reads."""


class CampaignsStage(Campaigns, Privacy):
    """What stage `campaigns` reads."""


class IntentionStage(Intention, Money, Privacy):
    """What stage `intention` reads."""


class PanelsStage(Panels):
    """What stage `panels` reads."""


class ForecastStage(Forecast, Money, Privacy):
    """What stage `forecast` reads."""


class DriversStage(Drivers, Money):
    """What stage `drivers` reads."""


class DemandStage(Demand, Money, Capital):
    """What stage `demand` reads."""


class MarketStage(Market, Money, Privacy):
    """What stage `market` reads."""


class DynamicsStage(Dynamics, Money, Privacy):
    """What stage `dynamics` reads."""


class ResponsesStage(Responses, Money, Shrinkage):
    """What stage `responses` reads."""


class BudgetStage(Budget, Investment, Money, Capital):
    """What stage `budget` reads."""


class ReturnsStage(Returns, Investment, Money, Capital, Shrinkage):
    """What stage `returns` reads."""


class AllocationStage(Allocation, Investment, Money, Capital, Shrinkage):
    """What stage `allocation` reads."""


class ScenariosStage(Scenarios, Investment, Money, Capital, Shrinkage):
    """What stage `scenarios` reads."""


class CasesStage(Cases, Investment, Money, Capital, Shrinkage):
    """What stage `cases` reads."""


class BreachStage(Breach, Money, Shrinkage, Controls):
    """What stage `breach` reads."""


class SupplyStage(Supply, Money, Shrinkage):
    """What stage `supply` reads."""


class RisksStage(Risks, Money, Shrinkage, Controls, Privacy):
    """What stage `risks` reads."""


class LossesStage(Losses, Money, Shrinkage, Controls):
    """What stage `losses` reads."""


class BiasStage(Bias, Privacy):
    """What stage `bias` reads."""


class ConductStage(Conduct, Money, Shrinkage, Privacy):
    """What stage `conduct` reads."""


class MonitoringStage(Monitoring, Money, Privacy):
    """What stage `monitoring` reads."""


class WatchStage(Watch, Money, Privacy):
    """What stage `watch` reads."""


class ResponseStage(Response, Money, Shrinkage):
    """What stage `response` reads."""


class ReportStage(Report, Data, Money, Privacy):
    """What stage `report` reads."""


class Params(Section):
    """The whole of params.yaml."""

    data: Data
    privacy: Privacy
    money: Money
    capital: Capital
    shrinkage: Shrinkage
    controls: Controls
    prepare: Prepare
    segments: Segments
    lifetime: Lifetime
    baskets: Baskets
    journey: Journey
    attribution: Attribution
    experiments: Experiments
    campaigns: Campaigns
    intention: Intention
    panels: Panels
    forecast: Forecast
    drivers: Drivers
    demand: Demand
    market: Market
    investment: Investment
    dynamics: Dynamics
    responses: Responses
    budget: Budget
    returns: Returns
    allocation: Allocation
    scenarios: Scenarios
    cases: Cases
    breach: Breach
    supply: Supply
    risks: Risks
    losses: Losses
    bias: Bias
    conduct: Conduct
    monitoring: Monitoring
    watch: Watch
    response: Response
    report: Report

    #: stage -> (model of what it sees, sections in reading order)
    stages: ClassVar[dict[str, tuple[type[Section], tuple[str, ...]]]] = {
        "prepare": (PrepareStage, ("prepare", "data", "money", "privacy")),
        "segments": (SegmentsStage, ("segments", "money", "privacy")),
        "lifetime": (LifetimeStage, ("lifetime", "money", "capital", "privacy")),
        "baskets": (BasketsStage, ("baskets", "money", "privacy")),
        "journey": (JourneyStage, ("journey", "privacy")),
        "attribution": (AttributionStage, ("attribution",)),
        "experiments": (ExperimentsStage, ("experiments", "money", "shrinkage")),
        "campaigns": (CampaignsStage, ("campaigns", "privacy")),
        "intention": (IntentionStage, ("intention", "money", "privacy")),
        "panels": (PanelsStage, ("panels",)),
        "forecast": (ForecastStage, ("forecast", "money", "privacy")),
        "drivers": (DriversStage, ("drivers", "money")),
        "demand": (DemandStage, ("demand", "money", "capital")),
        "market": (MarketStage, ("market", "money", "privacy")),
        "dynamics": (DynamicsStage, ("dynamics", "money", "privacy")),
        "responses": (ResponsesStage, ("responses", "money", "shrinkage")),
        "budget": (BudgetStage, ("budget", "investment", "money", "capital")),
        "returns": (ReturnsStage, ("returns", "investment", "money", "capital", "shrinkage")),
        "allocation": (AllocationStage, ("allocation", "investment", "money", "capital", "shrinkage")),
        "scenarios": (ScenariosStage, ("scenarios", "investment", "money", "capital", "shrinkage")),
        "cases": (CasesStage, ("cases", "investment", "money", "capital", "shrinkage")),
        "breach": (BreachStage, ("breach", "money", "shrinkage", "controls")),
        "supply": (SupplyStage, ("supply", "money", "shrinkage")),
        "risks": (RisksStage, ("risks", "money", "shrinkage", "controls", "privacy")),
        "losses": (LossesStage, ("losses", "money", "shrinkage", "controls")),
        "bias": (BiasStage, ("bias", "privacy")),
        "conduct": (ConductStage, ("conduct", "money", "shrinkage", "privacy")),
        "monitoring": (MonitoringStage, ("monitoring", "money", "privacy")),
        "watch": (WatchStage, ("watch", "money", "privacy")),
        "response": (ResponseStage, ("response", "money", "shrinkage")),
        "report": (ReportStage, ("report", "data", "money", "privacy")),
    }

    def of_stage(self, stage: str) -> dict[str, Any]:
        """The stage's parameters, flat, own section first."""
        _, sections = self.stages[stage]
        return {key: value for name in sections for key, value in getattr(self, name).model_dump().items()}


def load_params(path: Path) -> Params:
    """Read and check params.yaml.

    Raises ParameterError with every fault found: key, value, what was expected.
    """
    try:
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ParameterError(f"{path.name} is missing; `git checkout {path.name}` brings it back") from None
    except yaml.YAMLError as error:
        raise ParameterError(f"{path.name} is not readable as YAML: {error}") from None
    if not isinstance(raw, dict):
        raise ParameterError(f"{path.name}: expected sections, found {type(raw).__name__}")
    try:
        return Params.model_validate(raw)
    except ValidationError as error:
        raise ParameterError(explain(error, Params, path.name)) from None


def stage_params(stage: str, values: dict[str, Any]) -> Any:
    """The stage's typed parameters from a flat mapping, e.g. a notebook's `globals()`.

    Names that are no parameter are ignored: a notebook holds much else. Raises ParameterError.
    """
    model, _ = Params.stages[stage]
    try:
        return model.model_validate({key: values[key] for key in model.model_fields if key in values})
    except ValidationError as error:
        raise ParameterError(explain(error, model, f"stage {stage}")) from None


def allowed(field: Any) -> str:
    """The range of a field in words, e.g. 'from 0 to 1'."""
    words = {"ge": "from {}", "gt": "above {}", "le": "to {}", "lt": "below {}"}
    found = {
        name: text.format(getattr(item, name))
        for item in field.metadata
        for name, text in words.items()
        if getattr(item, name, None) is not None
    }
    return " ".join(found[name] for name in words if name in found)


def explain(error: ValidationError, model: type[BaseModel], where: str) -> str:
    """One line a fault: key, value found, unit, allowed range."""
    lines = []
    for fault in error.errors():
        field: Any = None
        at: Any = model
        for step in fault["loc"]:
            field = at.model_fields.get(str(step)) if isinstance(at, type) and issubclass(at, BaseModel) else None
            at = field.annotation if field is not None else None
        key = ".".join(str(step) for step in fault["loc"])
        if fault["type"] == "extra_forbidden":
            home = model
            for step in fault["loc"][:-1]:
                home = home.model_fields[str(step)].annotation  # type: ignore[assignment]
            lines.append(f"{where}: unknown parameter {key} = {fault['input']!r}{_nearest(fault, home)}")
        elif fault["type"] == "missing":
            lines.append(f"{where}: parameter {key} is missing")
        elif field is None or key == "" or fault["type"] == "value_error":
            lines.append(f"{where}: {fault['msg'].removeprefix('Value error, ')}")
        else:
            unit = (field.json_schema_extra or {}).get("unit", "")
            kind = getattr(field.annotation, "__name__", str(field.annotation))
            span = allowed(field)
            expected = ", ".join(part for part in (kind, span, f"unit: {unit}" if unit else "") if part)
            lines.append(f"{where}: {key} = {fault['input']!r} is refused; expected {expected}")
    return "\n".join(lines)


def _nearest(fault: Any, model: type[BaseModel]) -> str:
    import difflib

    close = difflib.get_close_matches(str(fault["loc"][-1]), list(model.model_fields), n=1)
    return f"; did you mean {close[0]}?" if close else f"; known here: {', '.join(model.model_fields)}"
