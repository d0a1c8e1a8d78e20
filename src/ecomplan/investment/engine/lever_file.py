"""What stands in claims/levers.yaml: its fields, types and bounds, and how its entries hang together."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterable
from typing import Any, Literal

from pydantic import Field, ValidationError

from ecomplan.errors import ParameterError
from ecomplan.params.section import Section, knob

NOTHING = "nothing"  # what a lever moves that only enables others


class Weight(Section):
    weight: float = knob("what is left of a claim of this grade", "share", ge=0, le=1)
    reason: str = knob("why", "text", min_length=1)


class Proxy(Section):
    weight: float = knob("what is taken over of a claim about another quantity", "share", gt=0, le=1)
    reason: str = knob("why", "text", min_length=1)


class Base(Section):
    share_of_sales: float = knob("the cost, against net sales", "share of net sales", gt=0, le=1)
    reason: str = knob("why", "text", min_length=1)


class Timing(Section):
    ready_months: int = knob("from the start of spending until it works", "months", ge=0, le=60)
    buildup_months: float = knob("time in which the effect builds up by 63 %", "months", gt=0, le=60)
    fade_per_year: float = knob("part of the effect lost a year, worn off or copied", "share a year", ge=0, lt=1)
    min_dose: float = knob("smallest funded share at which it can be built", "share", ge=0, le=1)
    reason: str = knob("why", "text", min_length=1)


class Spread(Section):
    kept_weight: float = knob("pseudo-observations behind the kept share", "count", gt=0)
    kept_reason: str = knob("why", "text", min_length=1)
    own: float = knob("half-width of a lever's own effect about its mean", "share", ge=0, le=1)
    own_reason: str = knob("why", "text", min_length=1)
    overlap_low: float = knob("overlap of levers on one quantity, lowest", "share", ge=0, le=1)
    overlap_high: float = knob("overlap of levers on one quantity, highest", "share", ge=0, le=1)
    overlap_reason: str = knob("why", "text", min_length=1)
    wage_low: float = knob("cost of people, against this catalogue, 1 in 10 below", "ratio", gt=0)
    wage_high: float = knob("cost of people, 1 in 10 above", "ratio", gt=0)
    wage_reason: str = knob("why", "text", min_length=1)
    give_away_low: float = knob("give-aways and commissions, against this catalogue, 1 in 10 below", "ratio", gt=0)
    give_away_high: float = knob("give-aways and commissions, 1 in 10 above", "ratio", gt=0)
    give_away_reason: str = knob("why", "text", min_length=1)
    fade_low: float = knob("wearing off, against this catalogue, 1 in 10 below", "ratio", gt=0)
    fade_high: float = knob("wearing off, 1 in 10 above", "ratio", gt=0)
    fade_reason: str = knob("why", "text", min_length=1)


class CurveEntry(Section):
    """hill takes half and steep; harm takes the claims that tell the harm and the dose at which it is told."""

    kind: Literal["linear", "hill", "harm"] = knob("shape", "name")
    half: float | None = knob("dose at half of the ceiling", "dose", gt=0, default=None)
    steep: float | None = knob("steepness", "ratio", ge=0.5, default=None)
    harm_claims: list[str] = Field(default=[])
    too_much: float | None = knob("dose at which the told harm stands", "dose", gt=1, default=None)
    reason: str = knob("why", "text", min_length=1)


class Cost(Section):
    once_cny: float = knob("to build it, once", "CNY", ge=0)
    monthly_cny: float = knob("to run it", "CNY a month", ge=0)
    people_fte: float = knob("people who run it, full-time equivalents", "people", ge=0)
    share_of_extra_sales: float = knob("give-aways and commissions", "share of the sales it causes", ge=0, lt=1)
    reason: str = knob("why", "text", min_length=1)


class Entry(Section):
    id: str = knob("short name", "text", pattern="^[a-z][a-z0-9_]*$")
    name: str = knob("name for readers", "text", min_length=1)
    group: str = knob("kind of measure", "name", min_length=1)
    moves: str = knob("what it moves", "quantity or cost base", min_length=1)
    told_of: str = knob("the quantity of which the claims tell, where it is another", "text", default="")
    line: Literal["tech", "people", "marketing"] = knob("budget line", "name")
    tranche: Literal["early", "middle", "late"] = knob("tranche at whose start spending begins", "name")
    claims: list[str] = Field(min_length=1)
    segments: list[Literal["returning", "new", "anonymous"]] = Field(min_length=1)
    reach_low: float = knob("lowest reach", "share", ge=0, le=1)
    reach_high: float = knob("highest reach", "share", ge=0, le=1)
    reach_reason: str = knob("why", "text", min_length=1)
    curve: str = knob("curve by name", "name of `curves`", min_length=1)
    timing: str = knob("timing by name", "name of `timing`", min_length=1)
    cost: Cost
    needs: list[str] = Field(default=[])
    reading: str = knob("what it does, one sentence", "text", min_length=1)
    rows: list[str] = Field(min_length=1)


class File(Section):
    evidence_weight: dict[str, Weight]
    proxy: Proxy
    spread: Spread
    cost_bases: dict[str, Base] = Field(min_length=1)
    curves: dict[str, CurveEntry] = Field(min_length=1)
    timing: dict[str, Timing] = Field(min_length=1)
    levers: list[Entry] = Field(min_length=1)


def explain(error: ValidationError, raw: Any, where: str) -> str:
    """pydantic's faults, with the lever's id in the place of its number."""
    lines = []
    for fault in error.errors():
        loc = [str(step) for step in fault["loc"]]
        if loc[:1] == ["levers"] and len(loc) > 1:
            entry = raw["levers"][int(loc[1])]
            name = entry.get("id", f"number {int(loc[1]) + 1}") if isinstance(entry, dict) else loc[1]
            loc = [f"lever {name}", *loc[2:]]
        lines.append(f"{where}: {'.'.join(loc)} = {fault['input']!r} is refused; {fault['msg']}")
    return "\n".join(lines)


def check_once(file: File, where: str) -> None:
    """No lever stands there twice, no claim behind two levers. Raises ParameterError."""
    if twice := [name for name, times in Counter(entry.id for entry in file.levers).items() if times > 1]:
        raise ParameterError(f"{where}: lever {twice[0]} stands there twice")
    owner: dict[str, str] = {}
    for entry in file.levers:
        for key in entry.claims:
            if key in owner:
                raise ParameterError(f"{where}: claim {key} stands behind lever {owner[key]} and lever {entry.id}")
            owner[key] = entry.id


def check_needs(file: File, where: str) -> None:
    """Every need is in the catalogue, none leads back to its own lever, and what moves nothing is needed.

    Raises ParameterError; a circle of needs is named in full.
    """
    needs = {entry.id: entry.needs for entry in file.levers}
    for entry in file.levers:
        for name in entry.needs:
            if name not in needs:
                raise ParameterError(f"{where}: lever {entry.id} needs {name!r}, which is none{close(name, needs)}")
        if entry.moves == NOTHING and not any(entry.id in others for others in needs.values()):
            raise ParameterError(f"{where}: lever {entry.id} moves nothing and no lever needs it")
    clear: set[str] = set()

    def follow(path: tuple[str, ...]) -> None:
        for name in needs[path[-1]]:
            if name in path:
                circle = " -> ".join([*path[path.index(name):], name])
                raise ParameterError(f"{where}: a lever needs itself: {circle}")
            if name not in clear:
                follow((*path, name))
        clear.add(path[-1])

    for name in needs:
        follow((name,))


def close(name: str, known: Iterable[str]) -> str:
    """The known name nearest to `name`, as a hint for an error; empty where none is near."""
    found = difflib.get_close_matches(name, list(known), n=1)
    return f"; did you mean {found[0]}?" if found else ""
