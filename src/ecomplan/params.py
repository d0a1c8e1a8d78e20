"""params.yaml as closed, typed models: every knob with its unit, range and meaning.

A section is one model. A stage sees its own section and the shared ones it names (`SECTIONS_OF`),
flattened: field names are therefore unique across the sections that one stage reads.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from ecomplan.errors import ParameterError


class Section(BaseModel):
    """A closed section: unknown keys, wrong types and values out of range are refused."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


def knob(meaning: str, unit: str, **bounds: Any) -> Any:
    """A field with its meaning, unit and bounds (pydantic's ge, gt, le, lt, pattern)."""
    return Field(description=meaning, json_schema_extra={"unit": unit}, **bounds)


class Data(Section):
    source: str = knob("where orders come from", "online_retail_2 or files", pattern="^(online_retail_2|files)$")
    folder: str = knob("folder with the order files", "path, from the project's root", min_length=1)
    mapping: str = knob("YAML file that maps own columns to ours; read with source files", "path", min_length=1)
    shift_years: int = knob("whole years added to every date", "years", ge=0, le=40)


class Privacy(Section):
    min_group: int = knob("customers below which a group is not shown", "customers", ge=1, le=1000)


class Money(Section):
    currency: str = knob("ISO code of the platform's money", "ISO 4217 code", pattern="^[A-Z]{3}$")
    cny_per_currency_unit: float = knob("CNY for one unit of the platform's money", "CNY", gt=0, le=1000)
    contribution_margin_low: float = knob("contribution margin, PERT low", "share of net sales", ge=0, le=1)
    contribution_margin_likely: float = knob("contribution margin, PERT mode", "share of net sales", ge=0, le=1)
    contribution_margin_high: float = knob("contribution margin, PERT high", "share of net sales", ge=0, le=1)

    @model_validator(mode="after")
    def margins_in_order(self) -> Money:
        low, likely, high = (
            self.contribution_margin_low, self.contribution_margin_likely, self.contribution_margin_high,
        )
        if not low <= likely <= high or low == high:
            raise ValueError(
                f"money.contribution_margin_low <= _likely <= _high must hold with low below high, "
                f"found {low} / {likely} / {high}"
            )
        return self


class Prepare(Section):
    match_window_days: int = knob("days back in which a cancellation looks for its sale", "days", ge=1, le=730)


class Segments(Section):
    tier_high_share: float = knob("customers in the high tier", "share of customers", gt=0, lt=1)
    tier_middle_share: float = knob("customers in the middle tier", "share of customers", gt=0, lt=1)
    bootstrap_draws: int = knob("resamples of customers behind an interval", "draws", ge=100, le=100_000)
    seed: int = knob("seed of all random numbers of the stage", "integer", ge=0)

    @model_validator(mode="after")
    def shares_leave_a_base(self) -> Segments:
        total = self.tier_high_share + self.tier_middle_share
        if total >= 1:
            raise ValueError(
                f"segments.tier_high_share + tier_middle_share must stay below 1 so that a base tier is left, "
                f"found {total:g}"
            )
        return self


class Forecast(Section):
    origins: int = knob("rolling one-month-ahead origins", "origins", ge=3, le=36)
    horizon_months: int = knob("months forecast after the last full month", "months", ge=1, le=36)
    sample_paths: int = knob("joint sample paths handed on", "paths", ge=100, le=100_000)
    lstm_units: int = knob("width of the recurrent layer", "units", ge=1, le=256)
    lstm_epochs: int = knob("passes over the training windows", "epochs", ge=1, le=2000)
    lstm_window_months: int = knob("months of residuals that the network sees", "months", ge=2, le=36)
    error_limit_percent: float = knob("monthly error that the documents allow", "%", gt=0, le=100)
    seed: int = knob("seed of all random numbers of the stage", "integer", ge=0)


class Returns(Section):
    draws: int = knob("simulated plans", "draws", ge=1000, le=5_000_000)
    horizon_months: int = knob("months of benefit counted", "months", ge=12, le=120)
    discount_rate_per_year: float = knob("yearly discount rate", "share per year", ge=0, le=1)
    success_prior: float = knob("measures that work at all", "probability", ge=0, le=1)
    effect_share: float = knob("share of a claimed effect that a working measure keeps", "share", ge=0, le=1)
    ramp_months: int = knob("months until a measure has its full effect", "months", ge=1, le=60)
    payback_target_months: int = knob("payback that the documents promise", "months", ge=1, le=120)
    seed: int = knob("seed of all random numbers of the stage", "integer", ge=0)


class Losses(Section):
    draws: int = knob("simulated years", "draws", ge=1000, le=10_000_000)
    appetite_share_of_margin: float = knob("accepted 1-in-20 loss", "share of yearly margin", gt=0, le=1)
    exceedance_points: int = knob("points on the loss-exceedance curve", "points", ge=20, le=5000)
    seed: int = knob("seed of all random numbers of the stage", "integer", ge=0)


class Report(Section):
    title: str = knob("title on the first page", "text", min_length=1, max_length=80)
    plan_year: int = knob("calendar year planned", "year", ge=2000, le=2100)


class PrepareStage(Prepare, Data, Money, Privacy):
    """What stage `prepare` reads."""


class SegmentsStage(Segments, Money, Privacy):
    """What stage `segments` reads."""


class ForecastStage(Forecast, Money):
    """What stage `forecast` reads."""


class ReturnsStage(Returns, Money):
    """What stage `returns` reads."""


class LossesStage(Losses, Money):
    """What stage `losses` reads."""


class ReportStage(Report, Data, Money, Privacy):
    """What stage `report` reads."""


class Params(Section):
    """The whole of params.yaml."""

    data: Data
    privacy: Privacy
    money: Money
    prepare: Prepare
    segments: Segments
    forecast: Forecast
    returns: Returns
    losses: Losses
    report: Report

    #: stage -> (model of what it sees, sections in reading order)
    stages: ClassVar[dict[str, tuple[type[Section], tuple[str, ...]]]] = {
        "prepare": (PrepareStage, ("prepare", "data", "money", "privacy")),
        "segments": (SegmentsStage, ("segments", "money", "privacy")),
        "forecast": (ForecastStage, ("forecast", "money")),
        "returns": (ReturnsStage, ("returns", "money")),
        "losses": (LossesStage, ("losses", "money")),
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
