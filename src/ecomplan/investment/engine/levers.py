"""The catalogue of levers (claims/levers.yaml): what each moves, what it costs, and how far it is believed.

A claimed effect is shrunken three times: it is real with `success_prior` only, a real one keeps
`effect_share` of what was claimed, and the grade of its evidence weighs it down before. The reason is the
winner's curse: effects that are told because they are large overstate the truth (van Zwet & Cator 2021).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pydantic import ValidationError

from ecomplan.claims import GRADES, Claim, Claims, read_yaml
from ecomplan.errors import ParameterError
from ecomplan.investment.engine.budget import LINE_NAMES, TRANCHES
from ecomplan.investment.engine.curves import Curve, harm_curve
from ecomplan.investment.engine.lever_file import (
    NOTHING,
    CurveEntry,
    Entry,
    File,
    check_needs,
    check_once,
    close,
    explain,
)

QUANTITIES = ("traffic", "conversion", "order value", "frequency", "retention")  # they multiply sales
SEGMENTS = ("returning", "new", "anonymous")
FILE = "levers.yaml"


@dataclass(frozen=True)
class Lever:
    """One measure, as the catalogue describes it at dose 1.

    `claimed` is the mean of its claims as a share (0.25: +25 %, or 25 % less cost), `weight` what the grades
    of their evidence leave of it, less where they tell of another quantity (`told_of`); both are 0 where it
    moves nothing itself. `cost_base` is the cost that it lowers as a share of net sales, None where it lowers
    none. Money is CNY; `share_of_extra_sales` is what it gives away of the sales that it causes. `segments`
    are those of SEGMENTS on which it acts.
    """

    id: str
    name: str
    group: str
    moves: str
    cost_base: float | None
    line: str
    tranche: str
    claims: tuple[str, ...]
    claimed: float
    weight: float
    curve: Curve
    segments: tuple[str, ...]
    reach_low: float
    reach_high: float
    reach_reason: str
    once_cny: float
    monthly_cny: float
    people_fte: float
    share_of_extra_sales: float
    cost_reason: str
    ready_months: int
    buildup_months: float
    fade_per_year: float
    min_dose: float
    needs: tuple[str, ...]
    reading: str
    rows: tuple[str, ...]
    told_of: str = ""


@dataclass(frozen=True)
class Levers:
    """All levers and what is assumed of them together."""

    items: tuple[Lever, ...]
    kept_weight: float
    own_spread: float
    overlap_low: float
    overlap_high: float
    wage: tuple[float, float]  # 1 in 10 lie below and above; as ratios to the catalogue, like those that follow
    give_away: tuple[float, float]
    fade: tuple[float, float]

    def __len__(self) -> int:
        return len(self.items)

    def index(self, id: str) -> int:
        """Place of a lever. Raises ParameterError naming the closest id."""
        ids = [lever.id for lever in self.items]
        if id not in ids:
            raise ParameterError(f"no lever {id!r}{close(id, ids)}")
        return ids.index(id)


def load_levers(folder: Path, claims: Claims) -> Levers:
    """Read and check `levers.yaml` in `folder`.

    Raises ParameterError naming the entry and the key: unknown or mistyped fields, a negative cost, a lever
    listed twice, a claim that is unknown, set aside, behind two levers, no effect, without a relative change
    or the wrong way, an unknown quantity, curve or timing, reach the wrong way round, give-aways of a lever
    that causes no sales, a cost lever that leaves out part of the sales, a lever that needs an unknown one or,
    over others, itself, or one that moves nothing and is needed by none.
    """
    return make_levers(read_yaml(folder / FILE), claims, f"claims/{FILE}")


def make_levers(raw: Any, claims: Claims, where: str = FILE) -> Levers:
    """The catalogue from its parsed YAML; see `load_levers`."""
    try:
        file = File.model_validate(raw)
    except ValidationError as error:
        raise ParameterError(explain(error, raw, where)) from None
    if missing := [grade for grade in GRADES if grade not in file.evidence_weight and grade != "plan"]:
        raise ParameterError(f"{where}: evidence_weight lacks {', '.join(missing)}")
    spread = file.spread
    for name in ("overlap", "wage", "give_away", "fade"):
        if getattr(spread, f"{name}_low") > getattr(spread, f"{name}_high"):
            raise ParameterError(f"{where}: spread.{name}_low is above spread.{name}_high")
    if taken := [name for name in file.cost_bases if name in (*QUANTITIES, NOTHING)]:
        raise ParameterError(f"{where}: cost_bases.{taken[0]} has the name of a quantity")
    check_once(file, where)
    check_needs(file, where)
    levers = tuple(_lever(entry, file, claims, f"{where}: lever {entry.id}") for entry in file.levers)
    return Levers(
        levers, spread.kept_weight, spread.own, spread.overlap_low, spread.overlap_high,
        wage=(spread.wage_low, spread.wage_high), give_away=(spread.give_away_low, spread.give_away_high),
        fade=(spread.fade_low, spread.fade_high),
    )


def claimed_change(claim: Claim) -> float:
    """A claim's relative change as a share: +25 % is 0.25; 35 to 52 % is 0.49. Raises ParameterError."""
    if claim.value is not None and claim.unit == "pct_change":
        return claim.value / 100
    if claim.value is not None and claim.baseline and claim.unit == "pct":
        return claim.value / claim.baseline - 1
    raise ParameterError(
        f"claim {claim.key} ({claim.unit}) says no relative change; expected pct_change, or pct with a baseline"
    )


def shrunken(levers: Levers, effect_share: float, success_prior: float) -> pd.DataFrame:
    """What is left of each claimed effect, on the sales or cost that the lever reaches, as shares; one row a lever.

    Columns: id, lever, moves, claimed; weighed (for the grade of its evidence, and for telling of another
    quantity); if_works (`effect_share` of that: selection for large results, van Zwet & Cator 2021, "The
    significance filter, the winner's curse and the need to shrink"); expected (times `success_prior`); and
    on_all, the expected effect on the whole quantity of its segments, at the middle of its reach.
    """
    claimed = np.array([lever.claimed for lever in levers.items])
    weighed = claimed * np.array([lever.weight for lever in levers.items])
    reach = np.array([(lever.reach_low + lever.reach_high) / 2 for lever in levers.items])
    return pd.DataFrame({
        "id": [lever.id for lever in levers.items], "lever": [lever.name for lever in levers.items],
        "moves": [lever.moves for lever in levers.items], "claimed": claimed, "weighed": weighed,
        "if_works": weighed * effect_share, "expected": weighed * effect_share * success_prior,
        "on_all": weighed * effect_share * success_prior * reach,
    })


def lever_table(levers: Levers, claims: Claims) -> pd.DataFrame:
    """The catalogue for readers, one row a lever, by tranche and line: what it moves, effects, reach, cost, claims."""
    tranche = {name: number for number, name in enumerate(TRANCHES)}
    frame = pd.DataFrame([{
        "lever": lever.name, "group": lever.group,
        "moves": lever.moves if lever.cost_base is None else f"{lever.moves} cost",
        "line": LINE_NAMES[lever.line], "tranche": lever.tranche, "told_of": lever.told_of, "claimed": lever.claimed,
        "weighed": lever.claimed * lever.weight, "curve": lever.curve.kind, "segments": ", ".join(lever.segments),
        "reach_low": lever.reach_low, "reach_high": lever.reach_high, "reach_reason": lever.reach_reason,
        "once_cny": lever.once_cny, "monthly_cny": lever.monthly_cny, "people_fte": lever.people_fte,
        "share_of_extra_sales": lever.share_of_extra_sales, "cost_reason": lever.cost_reason,
        "ready_months": lever.ready_months, "buildup_months": lever.buildup_months,
        "fade_per_year": lever.fade_per_year, "min_dose": lever.min_dose,
        "needs": ", ".join(levers.items[levers.index(name)].name for name in lever.needs), "reading": lever.reading,
        "documents": ", ".join(sorted({claims[key].document for key in lever.claims})),
        "claims": ", ".join(lever.claims), "rows": ", ".join(lever.rows), "order": tranche[lever.tranche],
    } for lever in levers.items])
    return frame.sort_values(["order", "line", "lever"], ignore_index=True).drop(columns="order")


def _lever(entry: Entry, file: File, claims: Claims, where: str) -> Lever:
    if entry.reach_low > entry.reach_high:
        raise ParameterError(f"{where}: reach_low {entry.reach_low:g} is above reach_high {entry.reach_high:g}")
    known = (*QUANTITIES, *file.cost_bases, NOTHING)
    for name, value, expected in (
        ("moves", entry.moves, known), ("curve", entry.curve, tuple(file.curves)),
        ("timing", entry.timing, tuple(file.timing)),
    ):
        if value not in expected:
            raise ParameterError(f"{where}: {name} = {value!r} is refused; expected one of {', '.join(expected)}")
    for key in entry.claims:
        _usable(key, claims, where)
    claimed, weight = (0.0, 0.0) if entry.moves == NOTHING else _effect(entry, file, claims, where)
    base, timing, cost = file.cost_bases.get(entry.moves), file.timing[entry.timing], entry.cost
    if base is not None and set(entry.segments) != set(SEGMENTS):
        raise ParameterError(f"{where}: segments are refused; {entry.moves} is a share of all sales, expected all")
    if entry.moves not in QUANTITIES and cost.share_of_extra_sales > 0:
        raise ParameterError(f"{where}: cost.share_of_extra_sales is refused; moves = {entry.moves!r} causes no sales")
    return Lever(
        id=entry.id, name=entry.name, group=entry.group, moves=entry.moves,
        cost_base=None if base is None else base.share_of_sales, line=entry.line, tranche=entry.tranche,
        claims=tuple(entry.claims), claimed=claimed, weight=weight,
        curve=_curve(file.curves[entry.curve], claimed, claims, f"{where}: curve {entry.curve}"),
        segments=tuple(name for name in SEGMENTS if name in entry.segments), reach_low=entry.reach_low,
        reach_high=entry.reach_high, reach_reason=entry.reach_reason, once_cny=cost.once_cny,
        monthly_cny=cost.monthly_cny, people_fte=cost.people_fte, share_of_extra_sales=cost.share_of_extra_sales,
        cost_reason=cost.reason, ready_months=timing.ready_months, buildup_months=timing.buildup_months,
        fade_per_year=timing.fade_per_year, min_dose=timing.min_dose, needs=tuple(entry.needs),
        reading=entry.reading, rows=tuple(entry.rows), told_of=entry.told_of,
    )


def _effect(entry: Entry, file: File, claims: Claims, where: str) -> tuple[float, float]:
    """Mean claimed effect and the weight that its evidence leaves, from claims that move the right way."""
    sign = -1.0 if entry.moves in file.cost_bases else 1.0  # a cost is moved down
    effects, weights = [], []
    for key in entry.claims:
        claim = claims[key]
        if claim.kind != "benchmark_effect":
            raise ParameterError(f"{where}: claim {key} is a {claim.kind}; expected a benchmark_effect")
        effect = sign * claimed_change(claim)
        if effect <= 0:
            raise ParameterError(f"{where}: claim {key} moves {entry.moves} the wrong way ({effect:+.0%} of gain)")
        effects.append(effect)
        weights.append(file.evidence_weight[claim.evidence].weight * (file.proxy.weight if entry.told_of else 1.0))
    claimed = float(np.mean(effects))
    return claimed, float(np.mean(np.multiply(effects, weights))) / claimed


def _curve(entry: CurveEntry, claimed: float, claims: Claims, where: str) -> Curve:
    """The curve of a lever; a harmful one goes through the mean of the harms told, at the dose too much."""
    taken = {name for name in ("half", "steep", "harm_claims", "too_much") if getattr(entry, name)}
    expected = {"linear": set(), "hill": {"half", "steep"}, "harm": {"harm_claims", "too_much"}}[entry.kind]
    if taken != expected:
        raise ParameterError(
            f"{where}: {entry.kind} takes {', '.join(sorted(expected)) or 'no numbers'}; "
            f"found {', '.join(sorted(taken)) or 'none'}"
        )
    if entry.kind != "harm":
        return Curve(entry.kind, entry.half or 0.0, entry.steep or 0.0)
    for key in entry.harm_claims:
        _usable(key, claims, where)
    # ASSUME: a harm told about too much of a lever (fewer sales, more uninstalls, more complaints) takes that share
    # from the quantity that the lever moves. Checked by a test: the curve passes through the told harm.
    harm = float(np.mean([abs(claimed_change(claims[key])) for key in entry.harm_claims]))
    if claimed <= 0 or entry.too_much is None:
        raise ParameterError(f"{where}: a harm curve needs a lever that moves something")
    return harm_curve(claimed, harm, entry.too_much)


def _usable(key: str, claims: Claims, where: str) -> None:
    try:
        claims[key]
    except ParameterError as error:
        raise ParameterError(f"{where}: {error}") from None
    if key in claims.set_aside:
        raise ParameterError(f"{where}: claim {key} is set aside: {claims.set_aside[key]}")
