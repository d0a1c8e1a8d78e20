"""The register of risks: claims/risks.yaml and claims/controls.yaml, read, checked and resolved.

Amounts stay in the unit of their source here; `ecomplan.risk.engine.worlds` turns them into the platform's money.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ecomplan.claims import Claims, read_yaml
from ecomplan.errors import ParameterError
from ecomplan.risk.engine.checks import ordered, told_reduction, unique, usable_claim
from ecomplan.risk.engine.entries import (
    Control,
    Frequency,
    Group,
    Reduction,
    Register,
    Risk,
    Scale,
    Severity,
    Shock,
)
from ecomplan.risk.engine.links import linked_costs, linked_effects, linked_numbers
from ecomplan.risk.engine.schema import (
    CLASSES,
    ControlEntry,
    ControlFile,
    FrequencyEntry,
    GroupEntry,
    RegisterFile,
    RiskEntry,
    SeverityEntry,
    ShockEntry,
    parse,
)

if TYPE_CHECKING:  # pandas costs a second that `ecomplan check` must not pay
    import pandas as pd

__all__ = ["CLASSES", "Control", "Register", "Risk", "build_register", "load_register"]

MONEY_UNITS = ("CNY_m", "USD_m")


def load_register(
    folder: Path, claims: Claims, effect_share: float,
    links: pd.DataFrame | None = None, effects: pd.DataFrame | None = None,
) -> Register:
    """Read risks.yaml and controls.yaml of `folder`; `effect_share` is what a working control keeps of its claim.

    `links` (risk, rate_low, rate_likely, rate_high, loss_low, loss_high, source) gives the modelled risks their
    numbers, `effects` (risk, control, acts_on, reduction_low, reduction_likely, reduction_high) the modelled
    controls theirs. Without them these load with all else checked but without numbers.
    Raises ParameterError naming entry, key, value and what was expected.
    """
    return build_register(
        read_yaml(folder / "risks.yaml"), read_yaml(folder / "controls.yaml"), claims, effect_share, links, effects,
    )


def build_register(
    raw: Any, raw_controls: Any, claims: Claims, effect_share: float,
    links: pd.DataFrame | None = None, effects: pd.DataFrame | None = None,
) -> Register:
    """The register from the parsed files; see `load_register`."""
    where, at_controls = "claims/risks.yaml", "claims/controls.yaml"
    file: RegisterFile = parse(RegisterFile, raw, where)
    control_file: ControlFile = parse(ControlFile, raw_controls, at_controls)
    for what, entries in (("risk", file.risks), ("shock", file.shocks), ("group", file.dependence)):
        unique((entry.id for entry in entries), f"{where}: {what}")
    unique((entry.id for entry in control_file.controls), f"{at_controls}: control")
    for name, edges in (("chance_of_an_event", file.matrix.chance_of_an_event),
                        ("impact_share_of_margin", file.matrix.impact_share_of_margin)):
        if not 0 < edges[0] < edges[1] < 1:
            raise ParameterError(f"{where}: matrix.{name} = {list(edges)} is refused; expected 0 < low < high < 1")
    scales = {}
    for name, item in file.scales.items():
        span = item.reference_sales_cny_m
        if span.low > span.high:
            raise ParameterError(f"{where}: scale {name}: low {span.low:g} is above high {span.high:g} CNY m a year")
        scales[name] = Scale(name, item.what, span.low, span.high, item.exponent, item.source)
    ids = [entry.id for entry in file.risks]
    modelled = {entry.id: entry.model for entry in file.risks if entry.model}
    by_risk = linked_effects(effects, {entry.id: entry.model for entry in control_file.controls if entry.model}, ids)
    costs = linked_costs(effects)
    controls = {
        entry.id: _control(entry, claims, by_risk, costs, f"{at_controls}: control {entry.id}")
        for entry in control_file.controls
    }
    numbers = linked_numbers(links, modelled)
    fails = usable_claim(claims, file.prior.fails_claim, f"{where}: prior.fails_claim")
    register = Register(
        risks=tuple(
            _risk(entry, claims, controls, scales, numbers.get(entry.id), f"{where}: risk {entry.id}")
            for entry in file.risks
        ),
        controls=controls, scales=scales,
        shocks=tuple(_shock(entry, ids, f"{where}: shock {entry.id}") for entry in file.shocks),
        groups=_groups(file.dependence, ids, where), cny_per_usd=file.rates.cny_per_usd.value,
        works=1 - fails.share, works_claim=fails.key, effect_share=effect_share,
        chance_edges=file.matrix.chance_of_an_event, impact_edges=file.matrix.impact_share_of_margin,
    )
    _check_shocked_chances(register, where)
    return register


def _risk(
    entry: RiskEntry, claims: Claims, controls: dict[str, Control], scales: dict[str, Scale],
    linked: tuple[Frequency, Severity] | None, where: str,
) -> Risk:
    for name in entry.controls:
        if name not in controls:
            raise ParameterError(f"{where}: no control {name!r}; known: {', '.join(controls)}")
        if controls[name].model:
            raise ParameterError(
                f"{where}: control {name} takes its effects from stage {controls[name].model}, which says on which "
                f"risks; remove it from controls"
            )
    unique(entry.controls, f"{where}: control")
    for key in entry.claims:
        usable_claim(claims, key, where)
    frequency, severity = linked or (None, None)
    grade = entry.evidence
    own: list[str] = []
    if entry.model:
        if entry.frequency or entry.severity or entry.evidence != "model":
            raise ParameterError(
                f"{where}: model = {entry.model!r} gives frequency and severity; remove them and set evidence: model"
            )
    else:
        if entry.frequency is None or entry.severity is None or entry.evidence == "model":
            missing = "frequency" if entry.frequency is None else "severity" if entry.severity is None else "model"
            raise ParameterError(f"{where}: key {missing} is missing")
        frequency = _frequency(entry.frequency, f"{where}: frequency")
        severity = _severity(entry.severity, claims, scales, where)
        if entry.severity.claim:
            own, grade = [entry.severity.claim], claims[entry.severity.claim].evidence  # type: ignore[assignment]
        if (entry.evidence == "claim") != bool(entry.severity.claim):
            raise ParameterError(
                f"{where}: evidence = {entry.evidence!r} is refused; it is 'claim' just where severity.claim stands"
            )
    stands_on = [*entry.controls, *(name for name, control in controls.items() if entry.id in control.by_risk)]
    return Risk(
        id=entry.id, name=entry.name, risk_class=entry.risk_class, domain=entry.domain, owner_role=entry.owner_role,
        cause=entry.cause, trigger=entry.trigger, first_hour=entry.first_hour, first_day=entry.first_day,
        falls_on=entry.falls_on, season=entry.season, in_forecast=entry.in_forecast, model=entry.model,
        frequency=frequency, severity=severity, controls=tuple(stands_on),
        claims=tuple(dict.fromkeys([*own, *entry.claims])), documents=entry.documents, evidence=entry.evidence,
        grade=str(grade), reviewed=entry.reviewed, review_months=entry.review_months,
    )


def _frequency(item: FrequencyEntry, where: str) -> Frequency:
    ordered(item.low, item.likely, item.high, where)
    if item.kind == "once" and item.high > 1:
        raise ParameterError(f"{where}.high = {item.high:g} is refused; of kind once it is a chance from 0 to 1")
    if (item.kind == "negative_binomial") != (item.dispersion is not None):
        raise ParameterError(f"{where}: dispersion belongs to kind negative_binomial, and it needs one")
    return Frequency(item.kind, item.low, item.likely, item.high, item.dispersion or 1.0, item.source)


def _severity(item: SeverityEntry, claims: Claims, scales: dict[str, Scale], where: str) -> Severity:
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
    size = 1.0
    if item.claim is not None:
        claim = usable_claim(claims, item.claim, where)
        fits = claim.unit == item.unit if money else claim.unit.startswith("pct")
        if not fits or claim.value is None:
            raise ParameterError(
                f"{where}: severity.claim {item.claim} has unit {claim.unit}; expected one value in "
                f"{item.unit if money else 'percent'}"
            )
        size = abs(claim.value) if money else abs(claim.share)
    severity = Severity(item.kind, item.unit, size * item.low, size * item.high, item.scale, item.claim,
                        item.at_most, item.source)
    if item.kind == "pareto" and severity.alpha <= 1 and item.at_most is None:
        raise ParameterError(
            f"{where}: severity without a finite mean (Pareto with tail index {severity.alpha:.2f}, not above 1); "
            f"set at_most to truncate it"
        )
    return severity


def _control(
    entry: ControlEntry, claims: Claims, by_risk: dict[str, dict[str, Reduction]],
    costs: dict[str, tuple[float, float, float]], where: str,
) -> Control:
    given = [name for name in ("claim", "reduction", "model") if getattr(entry, name) is not None]
    if len(given) != 1:
        raise ParameterError(f"{where}: expected just one of claim, reduction and model, found {given or 'none'}")
    effect, grade = None, "model"
    if entry.claim is not None:
        share = told_reduction(usable_claim(claims, entry.claim, where), where)
        effect, grade = Reduction(entry.acts_on, share, share, share), claims[entry.claim].evidence
    elif entry.reduction is not None:
        own = entry.reduction
        ordered(own.low, own.likely, own.high, f"{where}: reduction")
        effect, grade = Reduction(entry.acts_on, own.low, own.likely, own.high), own.evidence
    for name in ("once_cny", "yearly_cny"):
        cost = getattr(entry, name)
        ordered(cost.low, cost.likely, cost.high, f"{where}: {name}")
    return Control(
        id=entry.id, name=entry.name, owner_role=entry.owner_role, acts_on=entry.acts_on,
        basis="own" if entry.reduction else given[0], effect=effect, claim=entry.claim, model=entry.model,
        once_cny=(entry.once_cny.low, entry.once_cny.likely, entry.once_cny.high),
        yearly_cny=(entry.yearly_cny.low, entry.yearly_cny.likely, entry.yearly_cny.high),
        cost_source=entry.cost_source, in_plan=entry.in_plan, grade=grade, reason=entry.reason,
        by_risk=by_risk.get(entry.id, {}), modelled_cost=costs.get(entry.id),
    )


def _shock(entry: ShockEntry, ids: list[str], where: str) -> Shock:
    ordered(entry.chance.low, entry.chance.likely, entry.chance.high, f"{where}: chance")
    for name in entry.hits:
        if name not in ids:
            raise ParameterError(f"{where}: hits.{name}: no risk {name!r} stands in the register")
    return Shock(entry.id, entry.name, (entry.chance.low, entry.chance.likely, entry.chance.high), entry.hits,
                 entry.source)


def _groups(entries: list[GroupEntry], ids: list[str], where: str) -> tuple[Group, ...]:
    for entry in entries:
        at = f"{where}: group {entry.id}"
        for name in entry.risks:
            if name not in ids:
                raise ParameterError(f"{at}: no risk {name!r} stands in the register")
        if entry.rho < 0 and len(entry.risks) > 2:
            raise ParameterError(f"{at}: rho = {entry.rho:g} is refused; below 0 it can hold between two risks only")
        if (entry.kind == "t") != (entry.degrees_of_freedom is not None):
            raise ParameterError(f"{at}: degrees_of_freedom belongs to kind t, and it needs them")
    unique((name for entry in entries for name in entry.risks), f"{where}: dependence: risk")
    return tuple(
        Group(entry.id, entry.name, tuple(entry.risks), entry.rho, entry.kind, entry.degrees_of_freedom, entry.source)
        for entry in entries
    )


def _check_shocked_chances(register: Register, where: str) -> None:
    """A chance stays a chance in the year of all shocks."""
    for risk in register.risks:
        if risk.frequency is None or risk.frequency.kind != "once":
            continue
        most = risk.frequency.high
        for shock in register.shocks:
            most *= max(shock.hits.get(risk.id, 1.0), 1.0)
        if most > 1:
            raise ParameterError(
                f"{where}: risk {risk.id}: frequency.high = {risk.frequency.high:g} times the multipliers of its "
                f"shocks is {most:g}; a chance from 0 to 1 is expected: use kind poisson or smaller multipliers"
            )
