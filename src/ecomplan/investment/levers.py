"""The catalogue of levers (claims/levers.yaml): what each moves, what pays for it, and how far it is believed.

A claimed effect is shrunken three times: it is real with `success_prior` only, a real one keeps
`effect_share` of what was claimed, and the grade of its evidence weighs it down before. The reason is the
winner's curse: effects that are told because they are large overstate the truth (van Zwet & Cator 2021).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
import yaml
from pydantic import Field, ValidationError

from ecomplan.claims import GRADES, Claim, Claims
from ecomplan.errors import ParameterError
from ecomplan.investment.budget import LINE_NAMES, LINES, TRANCHES
from ecomplan.params import Section, knob

SALES_QUANTITIES = ("conversion", "order value", "repurchase")  # they multiply sales
FILE = "levers.yaml"


class _Weight(Section):
    weight: float = knob("what is left of a claim of this grade", "share", ge=0, le=1)
    reason: str = knob("why", "text", min_length=1)


class _Base(Section):
    share_of_sales: float = knob("the cost, against net sales", "share of net sales", ge=0, le=1)
    reason: str = knob("why", "text", min_length=1)


class _Spread(Section):
    kept_weight: float = knob("pseudo-observations behind the kept share", "count", gt=0)
    kept_reason: str = knob("why", "text", min_length=1)
    own: float = knob("half-width of a lever's own effect about its mean", "share", ge=0, le=1)
    own_reason: str = knob("why", "text", min_length=1)
    overlap_low: float = knob("overlap of levers on one quantity, lowest", "share", ge=0, le=1)
    overlap_high: float = knob("overlap of levers on one quantity, highest", "share", ge=0, le=1)
    overlap_reason: str = knob("why", "text", min_length=1)


class _Entry(Section):
    id: str = knob("short name", "text", pattern="^[a-z][a-z0-9_]*$")
    name: str = knob("name for readers", "text", min_length=1)
    moves: str = knob("what it moves", "quantity or cost base", min_length=1)
    line: Literal["tech", "people", "marketing"] = knob("budget line", "name")
    share: float = knob("part of the line", "share", gt=0, le=1)
    tranche: Literal["early", "middle", "late"] = knob("tranche after which it works", "name")
    claims: list[str] = Field(min_length=1)
    reach_low: float = knob("lowest reach", "share", ge=0, le=1)
    reach_high: float = knob("highest reach", "share", ge=0, le=1)
    reach_reason: str = knob("why", "text", min_length=1)
    reading: str = knob("what it does, one sentence", "text", min_length=1)
    rows: list[str] = Field(min_length=1)


class _File(Section):
    evidence_weight: dict[str, _Weight]
    spread: _Spread
    cost_bases: dict[str, _Base]
    levers: list[_Entry] = Field(min_length=1)


@dataclass(frozen=True)
class Lever:
    """One measure. `claimed` is the mean of its claims as a share (0.25: +25 %, or 25 % less cost),
    `weight` what the grades of their evidence leave of it; `cost_base` is None where it moves sales."""

    id: str
    name: str
    moves: str
    line: str
    share: float
    tranche: str
    claims: tuple[str, ...]
    claimed: float
    weight: float
    reach_low: float
    reach_high: float
    cost_base: float | None
    reading: str
    reach_reason: str
    rows: tuple[str, ...]


@dataclass(frozen=True)
class Levers:
    """All levers and what is assumed of them together."""

    items: tuple[Lever, ...]
    kept_weight: float
    own_spread: float
    overlap_low: float
    overlap_high: float

    def __len__(self) -> int:
        return len(self.items)


def load_levers(folder: Path, claims: Claims) -> Levers:
    """Read and check `levers.yaml` in `folder`.

    Raises ParameterError naming the entry and the key: unknown or mistyped fields, a lever listed twice,
    a claim that is unknown, set aside, no effect or without a relative change, an unknown quantity,
    reach the wrong way round, shares of a budget line that do not add up to 1.
    """
    path = folder / FILE
    where = f"claims/{FILE}"
    try:
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ParameterError(f"{where} is missing; `git checkout claims` brings it back") from None
    except yaml.YAMLError as error:
        raise ParameterError(f"{where} is not readable as YAML: {error}") from None
    return make_levers(raw, claims, where)


def make_levers(raw: Any, claims: Claims, where: str = FILE) -> Levers:
    """The catalogue from its parsed YAML; see `load_levers`."""
    try:
        file = _File.model_validate(raw)
    except ValidationError as error:
        raise ParameterError(_explain(error, raw, where)) from None
    if missing := [grade for grade in GRADES if grade not in file.evidence_weight and grade != "plan"]:
        raise ParameterError(f"{where}: evidence_weight lacks {', '.join(missing)}")
    if file.spread.overlap_low > file.spread.overlap_high:
        raise ParameterError(f"{where}: spread.overlap_low is above spread.overlap_high")
    levers = tuple(_lever(entry, file, claims, f"{where}: lever {entry.id}") for entry in file.levers)
    if twice := [name for name, times in Counter(lever.id for lever in levers).items() if times > 1]:
        raise ParameterError(f"{where}: lever {twice[0]} stands there twice")
    for line in LINES[:-1]:
        added = sum(lever.share for lever in levers if lever.line == line)
        if abs(added - 1) > 1e-9:
            raise ParameterError(f"{where}: shares of line {line} add up to {added:.4g}; expected 1")
    spread = file.spread
    return Levers(levers, spread.kept_weight, spread.own, spread.overlap_low, spread.overlap_high)


def claimed_change(claim: Claim) -> float:
    """A claim's relative change as a share: +25 % is 0.25; 35 to 52 % is 0.49. Raises ParameterError."""
    if claim.value is not None and claim.unit == "pct_change":
        return claim.value / 100
    if claim.value is not None and claim.baseline and claim.unit == "pct":
        return claim.value / claim.baseline - 1
    raise ParameterError(
        f"claim {claim.key} ({claim.unit}) says no relative change; expected pct_change, or pct with a baseline"
    )


def lever_table(levers: Levers, claims: Claims) -> pd.DataFrame:
    """The catalogue for readers: lever, moves, line, share, tranche, claimed and weighed effect, reach, claims."""
    tranche = {name: number for number, name in enumerate(TRANCHES)}
    frame = pd.DataFrame([{
        "lever": lever.name, "moves": lever.moves if lever.cost_base is None else f"{lever.moves} cost",
        "line": LINE_NAMES[lever.line], "line_share": lever.share, "tranche": lever.tranche,
        "claimed": lever.claimed, "weighed": lever.claimed * lever.weight, "reach_low": lever.reach_low,
        "reach_high": lever.reach_high, "reach_reason": lever.reach_reason, "reading": lever.reading,
        "documents": ", ".join(sorted({claims[key].document for key in lever.claims})),
        "claims": ", ".join(lever.claims), "rows": ", ".join(lever.rows), "order": tranche[lever.tranche],
    } for lever in levers.items])
    return frame.sort_values(["order", "line", "lever"], ignore_index=True).drop(columns="order")


def _lever(entry: _Entry, file: _File, claims: Claims, where: str) -> Lever:
    if entry.reach_low > entry.reach_high:
        raise ParameterError(f"{where}: reach_low {entry.reach_low:g} is above reach_high {entry.reach_high:g}")
    known = (*SALES_QUANTITIES, *file.cost_bases)
    if entry.moves not in known:
        raise ParameterError(f"{where}: moves = {entry.moves!r} is refused; expected one of {', '.join(known)}")
    base = file.cost_bases.get(entry.moves)
    sign = 1.0 if base is None else -1.0  # a cost is moved down
    effects, weights = [], []
    for key in entry.claims:
        claim = claims[key]
        if key in claims.set_aside:
            raise ParameterError(f"{where}: claim {key} is set aside: {claims.set_aside[key]}")
        if claim.kind != "benchmark_effect":
            raise ParameterError(f"{where}: claim {key} is a {claim.kind}; expected a benchmark_effect")
        effect = sign * claimed_change(claim)
        if effect < 0:
            raise ParameterError(f"{where}: claim {key} moves {entry.moves} the wrong way ({effect:+.0%} of gain)")
        effects.append(effect)
        weights.append(file.evidence_weight[claim.evidence].weight)
    claimed = float(np.mean(effects))
    weighed = float(np.mean(np.multiply(effects, weights)))
    return Lever(
        id=entry.id, name=entry.name, moves=entry.moves, line=entry.line, share=entry.share,
        tranche=entry.tranche, claims=tuple(entry.claims), claimed=claimed,
        weight=weighed / claimed if claimed else 0.0, reach_low=entry.reach_low, reach_high=entry.reach_high,
        cost_base=None if base is None else base.share_of_sales, reading=entry.reading,
        reach_reason=entry.reach_reason, rows=tuple(entry.rows),
    )


def _explain(error: ValidationError, raw: Any, where: str) -> str:
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
