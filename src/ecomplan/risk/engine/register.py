"""The register of risks: claims/risks.yaml, read, checked and resolved against the claims.

Amounts stay in the unit of their source here; `ecomplan.risk.engine.worlds` turns them into the platform's money.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ecomplan.claims import Claim, Claims, read_yaml
from ecomplan.errors import ParameterError

CLASSES = ("strategic", "operational", "financial", "compliance")
Z90 = 1.2815515655446004  # 90 % point of the standard normal
MONEY_UNITS = ("CNY_m", "USD_m")

Text = Annotated[str, Field(min_length=1)]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
NotNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Rate(_Entry):
    value: Positive
    source: Text


class _Rates(_Entry):
    cny_per_usd: _Rate


class _Prior(_Entry):
    fails_claim: Text


class _Span(_Entry):
    low: Positive
    high: Positive


class _Scale(_Entry):
    what: Text
    reference_sales_cny_m: _Span
    exponent: Annotated[float, Field(ge=0, le=1)]
    source: Text


class _Matrix(_Entry):
    chance_of_an_event: tuple[float, float]
    impact_share_of_margin: tuple[float, float]
    source: Text


class _Control(_Entry):
    id: Name
    name: Text
    claim: Text
    acts_on: Literal["frequency", "severity"]
    reason: Text


class _Frequency(_Entry):
    kind: Literal["rate", "probability"]
    low: NotNegative
    likely: NotNegative
    high: NotNegative
    source: Text


class _Severity(_Entry):
    unit: Literal["CNY_m", "USD_m", "share_of_month_sales", "share_of_year_sales"]
    low: Positive
    high: Positive
    claim: Text | None = None
    scale: Text | None = None
    source: Text


class _Risk(_Entry):
    id: Name
    name: Text
    risk_class: Literal["strategic", "operational", "financial", "compliance"] = Field(alias="class")
    owner_role: Text
    cause: Text
    trigger: Text
    season: Literal["sales", "even"]
    frequency: _Frequency
    severity: _Severity
    controls: list[str] = []
    claims: list[str] = []
    evidence: Literal["claim", "judgement"]
    review: datetime.date


class _File(_Entry):
    rates: _Rates
    prior: _Prior
    scales: dict[str, _Scale]
    matrix: _Matrix
    controls: list[_Control]
    risks: Annotated[list[_Risk], Field(min_length=1)]


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
class Control:
    """A control; `effect` is the reduction it claims, a share between 0 and 1."""

    id: str
    name: str
    claim: str
    acts_on: str
    effect: float
    reason: str


@dataclass(frozen=True)
class Risk:
    """One risk. `rate` is PERT (low, likely, high) events a year; `severity` the 10 % and 90 % points of a
    lognormal loss per event in `unit`; `scale` names the company the amount is told of (money units only)."""

    id: str
    name: str
    risk_class: str
    owner_role: str
    cause: str
    trigger: str
    season: str
    rate: tuple[float, float, float]
    rate_source: str
    unit: str
    severity: tuple[float, float]
    severity_source: str
    scale: str | None
    controls: tuple[str, ...]
    claims: tuple[str, ...]
    evidence: str
    review: str

    @property
    def sigma(self) -> float:
        """Standard deviation of log severity."""
        return float(np.log(self.severity[1] / self.severity[0]) / (2 * Z90))

    @property
    def median(self) -> float:
        """Median severity in `unit`."""
        return float(np.sqrt(self.severity[0] * self.severity[1]))


@dataclass(frozen=True)
class Register:
    """All risks with the controls, scales and rates they need.

    `works` is the chance that a control works at all, `effect_share` the part of its claimed effect that it
    then keeps. `chance_edges` and `impact_edges` part low from medium from high in the matrix.
    """

    risks: tuple[Risk, ...]
    controls: dict[str, Control]
    scales: dict[str, Scale]
    cny_per_usd: float
    works: float
    works_claim: str
    effect_share: float
    chance_edges: tuple[float, float]
    impact_edges: tuple[float, float]

    @property
    def claims(self) -> tuple[str, ...]:
        """Every claim that the register uses, once, in order of use."""
        used = [key for risk in self.risks for key in risk.claims]
        used += [self.controls[key].claim for risk in self.risks for key in risk.controls]
        return tuple(dict.fromkeys([*used, self.works_claim]))


def load_register(path: Path, claims: Claims, effect_share: float) -> Register:
    """Read claims/risks.yaml; `effect_share` is the part of its claimed effect that a working control keeps.

    Raises ParameterError naming risk, key, value and what was expected: unknown keys, classes, units, claims,
    controls or scales, probabilities outside 0 to 1, low above high, amounts in the wrong unit.
    """
    return build_register(read_yaml(path), claims, effect_share, f"claims/{path.name}")


def build_register(
    raw: Any, claims: Claims, effect_share: float, where: str = "claims/risks.yaml"
) -> Register:
    """The register from the parsed file; see `load_register`."""
    try:
        file = _File.model_validate(raw)
    except ValidationError as error:
        raise ParameterError("\n".join(_faults(error, raw, where))) from None
    _unique((risk.id for risk in file.risks), f"{where}: risk")
    _unique((control.id for control in file.controls), f"{where}: control")
    for name, edges in (("chance_of_an_event", file.matrix.chance_of_an_event),
                        ("impact_share_of_margin", file.matrix.impact_share_of_margin)):
        if not 0 < edges[0] < edges[1] < 1:
            raise ParameterError(f"{where}: matrix.{name} = {list(edges)} is refused; expected 0 < low < high < 1")
    fails = _claim(claims, file.prior.fails_claim, f"{where}: prior.fails_claim")
    controls = {}
    for entry in file.controls:
        at = f"{where}: control {entry.id}"
        effect = _reduction(_claim(claims, entry.claim, at), at)
        controls[entry.id] = Control(entry.id, entry.name, entry.claim, entry.acts_on, effect, entry.reason)
    scales = {}
    for name, item in file.scales.items():
        span = item.reference_sales_cny_m
        if span.low > span.high:
            raise ParameterError(
                f"{where}: scale {name}: low {span.low:g} is above high {span.high:g}, unit: CNY m a year"
            )
        scales[name] = Scale(name, item.what, span.low, span.high, item.exponent, item.source)
    return Register(
        risks=tuple(_risk(item, claims, controls, scales, f"{where}: risk {item.id}") for item in file.risks),
        controls=controls, scales=scales, cny_per_usd=file.rates.cny_per_usd.value,
        works=1 - fails.share, works_claim=fails.key, effect_share=effect_share,
        chance_edges=file.matrix.chance_of_an_event, impact_edges=file.matrix.impact_share_of_margin,
    )


def _risk(item: _Risk, claims: Claims, controls: dict[str, Control], scales: dict[str, Scale], where: str) -> Risk:
    for key in item.controls:
        if key not in controls:
            raise ParameterError(f"{where}: no control {key!r}; known: {', '.join(controls)}")
    _unique(item.controls, f"{where}: control")
    for key in item.claims:
        _claim(claims, key, where)
    low, high = _severity(item.severity, claims, scales, where)
    own = [item.severity.claim] if item.severity.claim else []
    return Risk(
        id=item.id, name=item.name, risk_class=item.risk_class, owner_role=item.owner_role, cause=item.cause,
        trigger=item.trigger, season=item.season, rate=_rate(item.frequency, where),
        rate_source=item.frequency.source, unit=item.severity.unit, severity=(low, high),
        severity_source=item.severity.source, scale=item.severity.scale, controls=tuple(item.controls),
        claims=tuple(dict.fromkeys([*own, *item.claims])), evidence=item.evidence, review=item.review.isoformat(),
    )


def _rate(item: _Frequency, where: str) -> tuple[float, float, float]:
    """Events a year. A chance p of at least one event is a Poisson rate of -ln(1 - p)."""
    low, likely, high = item.low, item.likely, item.high
    if not low <= likely <= high:
        raise ParameterError(
            f"{where}: frequency low {low:g}, likely {likely:g}, high {high:g} are out of order; "
            f"expected low <= likely <= high, unit: {item.kind} a year"
        )
    if item.kind == "rate":
        return low, likely, high
    if high >= 1:
        raise ParameterError(f"{where}: frequency.high = {high:g} is refused; expected a probability from 0 to below 1")
    return -float(np.log1p(-low)), -float(np.log1p(-likely)), -float(np.log1p(-high))


def _severity(item: _Severity, claims: Claims, scales: dict[str, Scale], where: str) -> tuple[float, float]:
    """10 % and 90 % points in the unit of the entry."""
    if item.low >= item.high:
        raise ParameterError(
            f"{where}: severity.low {item.low:g} is not below severity.high {item.high:g}; they are the 10 % and "
            f"90 % points, unit: {'multiples of the claim' if item.claim else item.unit}"
        )
    money = item.unit in MONEY_UNITS
    if money and item.scale not in scales:
        raise ParameterError(
            f"{where}: severity.scale = {item.scale!r} is refused; an amount in {item.unit} needs the company it is "
            f"told of, one of {', '.join(scales)} (conflict c06)"
        )
    if not money and item.scale is not None:
        raise ParameterError(f"{where}: severity.scale = {item.scale!r} is refused; {item.unit} needs no scale")
    if item.claim is None:
        return item.low, item.high
    claim = _claim(claims, item.claim, where)
    fits = claim.unit == item.unit if money else claim.unit.startswith("pct")
    if not fits or claim.value is None:
        raise ParameterError(
            f"{where}: severity.claim {item.claim} has unit {claim.unit}; expected one value in "
            f"{item.unit if money else 'percent'}"
        )
    size = abs(claim.value) if money else abs(claim.share)
    return size * item.low, size * item.high


def _reduction(claim: Claim, where: str) -> float:
    """The reduction a control claims: a negative change, or a level below its baseline."""
    if claim.value is not None and claim.unit == "pct_change" and -100 <= claim.value < 0:
        return -claim.value / 100
    if claim.value is not None and claim.baseline is not None and 0 <= claim.value < claim.baseline:
        return 1 - claim.value / claim.baseline
    raise ParameterError(
        f"{where}: claim {claim.key} ({claim.value} {claim.unit}) is no reduction; expected a change from -100 to "
        f"below 0 %, or a value below its baseline"
    )


def _claim(claims: Claims, key: str, where: str) -> Claim:
    if key in claims.set_aside:
        raise ParameterError(f"{where}: claim {key} is set aside: {claims.set_aside[key]}")
    try:
        return claims[key]
    except ParameterError as error:
        raise ParameterError(f"{where}: {error}") from None


def _unique(keys: Iterable[str], what: str) -> None:
    seen: set[str] = set()
    for key in keys:
        if key in seen:
            raise ParameterError(f"{what} {key} stands there twice")
        seen.add(key)


def _faults(error: ValidationError, raw: Any, where: str) -> list[str]:
    """One line a fault: risk or control by its id, key, value, what was expected."""
    lines = []
    for fault in error.errors():
        loc = list(fault["loc"])
        owner = where
        if len(loc) >= 2 and loc[0] in ("risks", "controls") and isinstance(loc[1], int):
            entry = raw[loc[0]][loc[1]]
            name = entry.get("id", loc[1] + 1) if isinstance(entry, dict) else loc[1] + 1
            owner, loc = f"{where}: {str(loc[0])[:-1]} {name}", loc[2:]
        key = ".".join(map(str, loc)) or "entry"
        if fault["type"] == "extra_forbidden":
            lines.append(f"{owner}: unknown key {key}")
        elif fault["type"] == "missing":
            lines.append(f"{owner}: key {key} is missing")
        else:
            reason = fault["msg"][0].lower() + fault["msg"][1:]
            lines.append(f"{owner}: {key} = {fault['input']!r} is refused; {reason}")
    return lines
