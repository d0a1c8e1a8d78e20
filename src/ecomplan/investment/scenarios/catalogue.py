"""Named scenarios and targets (claims/scenarios.yaml), typed and checked; the other scenarios are generated."""

from __future__ import annotations

import difflib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError

from ecomplan.claims import Claims, read_yaml
from ecomplan.errors import ParameterError
from ecomplan.investment.engine.many import MEASURES
from ecomplan.params.section import Section, knob

FILE = "scenarios.yaml"
KINDS = ("reference", "market", "effects", "cost", "timing", "decision", "corner", "document")
Form = Literal[
    "value", "share", "one plus share", "money", "over baseline", "points over", "over order value",
]


class Funding(Section):
    """What a scenario funds otherwise than the plan as written."""

    only: list[str] = Field(default_factory=list)
    without: list[str] = Field(default_factory=list)
    cheapest: int | None = knob("levers of the lowest full cost", "levers", default=None, ge=1)
    dose: float | None = knob("dose of what is funded, 1 as the catalogue describes", "ratio", default=None, ge=0)
    times: float = knob("factor on the doses as written", "ratio", default=1.0, ge=0)
    later_months: int = knob("months by which all spending starts later", "months", default=0, ge=0)
    stop_after_month: int | None = knob("last month of spending", "month", default=None, ge=1)


class Entry(Section):
    """One named scenario as the file has it."""

    id: str = knob("short name", "text", pattern="^[a-z][a-z0-9_]*$")
    name: str = knob("name for readers", "text", min_length=1)
    kind: str = knob("what it is about", "name", pattern="^(" + "|".join(KINDS) + ")$")
    trigger: str = knob("the sign that it has begun", "text", min_length=1)
    windows: dict[str, Annotated[list[float], Field(min_length=2, max_length=2)]] = Field(default_factory=dict)
    scales: dict[str, float] = Field(default_factory=dict)
    funding: Funding | None = None


class Axis(Section):
    """What generated scenarios move, and the names of its lower and upper third."""

    name: str = knob("short name", "text", min_length=1)
    variables: list[str] = Field(min_length=1)
    low: str = knob("name of the lower third", "text", min_length=1)
    high: str = knob("name of the upper third", "text", min_length=1)


class Target(Section):
    """How a target of the documents is measured. The engine's `measures` are multiplied; `form` says how the claim's
    number becomes a threshold."""

    claim: str = knob("key of the target", "claim", min_length=1)
    name: str = knob("name for readers", "text", min_length=1)
    measures: list[str] = Field(min_length=1)
    form: Form = knob("how the number becomes a threshold", "name")
    side: Literal["at least", "at most"] = knob("which side attains", "name")
    reading: str = knob("how it was read", "text", min_length=1)
    by_month: int | None = knob("month by which it is due; the horizon where absent", "month", default=None, ge=1)
    baseline_claim: str | None = knob("claim whose baseline is used", "claim", default=None)


class _NotMeasured(Section):
    reason: str = knob("why", "text", min_length=1)
    claims: list[str] = Field(min_length=1)


class _File(Section):
    scenarios: list[Entry] = Field(min_length=1)
    axes: list[Axis] = Field(min_length=2)
    targets: list[Target] = Field(min_length=1)
    not_measured: list[_NotMeasured]


@dataclass(frozen=True)
class Catalogue:
    """The file, checked. `not_measured` gives the reason for each target without a measure."""

    entries: tuple[Entry, ...]
    axes: tuple[Axis, ...]
    targets: tuple[Target, ...]
    not_measured: dict[str, str]


def load_catalogue(folder: Path, claims: Claims) -> Catalogue:
    """Read and check `scenarios.yaml` in `folder`.

    Raises ParameterError naming entry and key: unknown or mistyped fields, a scenario, axis or target listed twice,
    a window outside 0..1 or the wrong way round, a negative scale, an unknown claim or measure, a target without
    the baseline its form needs, and targets of the documents that the file forgets.
    """
    return make_catalogue(read_yaml(folder / FILE), claims, f"claims/{FILE}")


def make_catalogue(raw: Any, claims: Claims, where: str = FILE) -> Catalogue:
    """The catalogue from its parsed YAML; see `load_catalogue`."""
    try:
        file = _File.model_validate(raw)
    except ValidationError as error:
        raise ParameterError("\n".join(_told(fault, raw, where) for fault in error.errors())) from None
    for what, names in (
        ("scenario", [entry.id for entry in file.scenarios]),
        ("scenario named", [entry.name for entry in file.scenarios]),
        ("axis", [axis.name for axis in file.axes]), ("target named", [target.name for target in file.targets]),
        ("target not measured", [key for group in file.not_measured for key in group.claims]),
    ):
        if twice := [name for name, times in Counter(names).items() if times > 1]:
            raise ParameterError(f"{where}: {what} {twice[0]!r} stands there twice")
    for entry in file.scenarios:
        _check_entry(entry, f"{where}: scenario {entry.id}")
    for target in file.targets:
        _check_target(target, claims, f"{where}: target {target.name!r}")
    reasons = {key: group.reason for group in file.not_measured for key in group.claims}
    named = {target.claim for target in file.targets}
    for key in reasons:
        claims[key]  # raises for an unknown one
        if key in named:
            raise ParameterError(f"{where}: {key} is both measured and not")
    if forgotten := [key for key, claim in claims.items() if claim.kind == "target" and key not in {*named, *reasons}]:
        raise ParameterError(
            f"{where}: target {forgotten[0]} ({claims[forgotten[0]].what}) is neither in targets nor in not_measured"
        )
    return Catalogue(tuple(file.scenarios), tuple(file.axes), tuple(file.targets), reasons)


def close(name: str, known: list[str]) -> str:
    """'; did you mean ...?' or what is known, for an error."""
    found = difflib.get_close_matches(name, known, n=3)
    return f"; did you mean {' or '.join(found)}?" if found else f"; known: {', '.join(known)}"


def _check_entry(entry: Entry, where: str) -> None:
    for name, (low, high) in entry.windows.items():
        if not 0 <= low <= high <= 1:
            raise ParameterError(f"{where}: window of {name} is {low:g} to {high:g}; expected 0 <= low <= high <= 1")
    for name, factor in entry.scales.items():
        if factor < 0:
            raise ParameterError(f"{where}: scale of {name} is {factor:g}; expected 0 or more")
    funding = entry.funding
    if funding is not None and funding.only and funding.cheapest is not None:
        raise ParameterError(f"{where}: funding names both only and cheapest; expected one of them")
    if funding is not None and funding.dose is not None and funding.times != 1:
        raise ParameterError(f"{where}: funding names both dose and times; expected one of them")


def _check_target(target: Target, claims: Claims, where: str) -> None:
    claim = claims[target.claim]
    for name in target.measures:
        if name not in MEASURES:
            raise ParameterError(f"{where}: no measure {name!r}{close(name, list(MEASURES))}")
    if claim.value is None:
        raise ParameterError(f"{where}: claim {claim.key} is a range; expected one number")
    needs = claims[target.baseline_claim] if target.baseline_claim is not None else claim
    if target.form in ("over baseline", "points over") and not needs.baseline:
        raise ParameterError(f"{where}: form {target.form!r} needs a claim with a baseline; {needs.key} has none")


def _told(fault: Any, raw: Any, where: str) -> str:
    """A fault of pydantic, with an entry's id or name in the place of its number."""
    loc = [str(step) for step in fault["loc"]]
    if len(loc) > 1 and loc[1].isdigit():
        entry = raw[loc[0]][int(loc[1])]
        name = entry.get("id") or entry.get("name") if isinstance(entry, dict) else None
        loc = [loc[0], name or f"number {int(loc[1]) + 1}", *loc[2:]]
    return f"{where}: {'.'.join(loc)} = {fault['input']!r} is refused; {fault['msg']}"
