"""The price monitor: do like customers pay like prices for the same article at the same time?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ecomplan.estimate import Estimate
from ecomplan.risk.conduct.gaps import Compared, Gaps, Shuffling, by_product, discoveries, overall
from ecomplan.risk.conduct.matching import STEPS, TEST_CELL, TIGHT_CELL, Ints, Priced, cells, period, sort
from ecomplan.risk.engine.draws import Z90

BETWEEN = ("new", "high")  # comparisons of named customers with each other at one place
KEPT_SHARE = 0.5  # of its gap that a product keeps in the tightest cells, else quantity or day explain it


@dataclass(frozen=True)
class Rules:
    """How the monitor compares and when it flags; see section `conduct` of params.yaml."""

    period_days: int
    quantity_ratio: float
    known_after_days: int
    high_share: float
    least_units: int
    shuffling: Shuffling


@dataclass(frozen=True)
class Comparison:
    """Two groups of buyers: lines that take part, and their group (1 is named first)."""

    id: str
    name: str
    taking_part: Ints
    group: Ints
    legal: bool  # the difference itself is a legal driver (country), told but no breach
    unknown: str = ""


@dataclass(frozen=True)
class Watched:
    """What the monitor found in one comparison; `gaps` has one entry a product, `steps` one a matching step."""

    comparison: Comparison
    gaps: Gaps
    tight: Gaps
    flagged: np.ndarray[tuple[int], np.dtype[np.bool_]]
    steps: tuple[tuple[float, float, int], ...]  # gap and standard error in log price, matched lines

    @property
    def tested(self) -> int:
        return int((self.gaps.weight > 0).sum())


def comparisons(lines: Priced, rules: Rules) -> list[Comparison]:
    """New against returning, high spenders against the rest, unnamed against named, abroad against home."""
    named = np.flatnonzero(lines.customer >= 0)
    everyone = np.arange(len(lines))
    out = []
    for ident, name, part, group, legal in (
        ("new", "New against returning customers", *_new(lines, named, rules.known_after_days), False),
        ("high", "High spenders against other customers", named, _high(lines, named, rules.high_share), False),
        ("unnamed", "Orders without a customer's name against others", everyone,
         (lines.customer < 0).astype(np.int64), False),
        ("abroad", "Abroad against the home country", named,
         (lines.country[named] != lines.home).astype(np.int64), True),
    ):
        ones = int(group.sum())
        lacking = "" if 0 < ones < len(group) else (
            "The orders hold one of the two groups only, so that there is nothing to compare"
        )
        out.append(Comparison(ident, name, part, group, legal, lacking))
    return out


def watch(lines: Priced, compared: Sequence[Comparison], rules: Rules) -> list[Watched]:
    """Every comparison at every matching step, with the products flagged at the test's step."""
    unit = np.where(lines.customer >= 0, lines.customer, lines.customer.max(initial=-1) + 1 + lines.order)
    day = period(lines, rules.period_days)[1]
    ladders = {}
    for legal in {one.legal for one in compared}:
        ladder = cells(lines, rules.period_days, rules.quantity_ratio, with_country=not legal)
        ladders[legal] = ladder, lines.log_price[ladder.order], unit[ladder.order]
    out = []
    for one in compared:
        group = np.full(len(lines), -1, np.int8)
        group[one.taking_part] = one.group
        ladder, price, units = ladders[one.legal]
        side = group[ladder.order]
        inside = np.flatnonzero(side >= 0)
        of, product = side[inside].astype(np.int64), ladder.cell(1)[inside]
        match = Compared(price[inside], of.astype(np.float64), of, product, product, units[inside])
        steps, tests = [], []
        for step in range(len(STEPS)):
            if step == TIGHT_CELL:
                at = ladder.order[inside]
                tight = sort(match.cell, day[at], lines.quantity[at])
                kept, match = match.by(tight.order).within(tight.key)
            else:
                kept, match = match.within(ladder.cell(step + 1)[inside])
                inside = inside[kept]  # cells are nested: a line without a match finds none further down
            steps.append((*overall(match), len(kept)))
            if step in (TEST_CELL, TIGHT_CELL):
                shuffling = rules.shuffling if step == TEST_CELL else None
                tests.append(by_product(match, len(lines.products), rules.least_units, shuffling))
        gaps = tests[0]
        flagged = np.zeros(len(lines.products), bool)
        tested = np.flatnonzero(gaps.weight > 0)
        flagged[tested] = discoveries(gaps.p[tested], rules.shuffling.level)
        out.append(Watched(one, gaps, tests[1], flagged, tuple(steps)))
    return out


def _new(lines: Priced, named: Ints, known_after_days: int) -> tuple[Ints, Ints]:
    """Lines after the first days, in which no one is known to be new, and whether it is the customer's first day."""
    customer = lines.customer[named]
    first = np.full(int(customer.max(initial=-1)) + 1, np.iinfo(np.int64).max)
    np.minimum.at(first, customer, lines.day[named])
    late = lines.day[named] >= lines.day.min() + known_after_days
    part = named[late]
    return part, (lines.day[part] == first[lines.customer[part]]).astype(np.int64)


def _high(lines: Priced, named: Ints, share: float) -> Ints:
    """Whether a line's customer belongs to the `share` that spends most."""
    customer = lines.customer[named]
    spent = np.bincount(customer, lines.amount[named])
    cut = np.quantile(spent, 1 - share) if len(spent) else 0.0
    return (spent > cut)[customer].astype(np.int64)


def ladder_table(watched: Sequence[Watched]) -> pd.DataFrame:
    """The gap over all products at each matching step, 80 % intervals, as shares of the price."""
    return pd.DataFrame([
        {"comparison": one.comparison.name, "id": one.comparison.id, "step": step, "matched_lines": lines,
         "gap": float(np.expm1(gap)), "low": float(np.expm1(gap - Z90 * error)),
         "high": float(np.expm1(gap + Z90 * error))}
        for one in watched for step, (gap, error, lines) in zip(STEPS, one.steps, strict=True) if lines
    ], columns=["comparison", "id", "step", "matched_lines", "gap", "low", "high"])


def comparison_table(watched: Sequence[Watched], material: float) -> pd.DataFrame:
    """Products tested and flagged by comparison, and how many of these keep their gap in the tightest cells."""
    rows = []
    for one in watched:
        large = one.flagged & (np.abs(np.expm1(one.gaps.gap)) >= material)
        rows.append({
            "comparison": one.comparison.name, "id": one.comparison.id, "tested": one.tested,
            "flagged": int(one.flagged.sum()), "material": int(large.sum()),
            "dearer": int((large & (one.gaps.gap > 0)).sum()),
            "remains": int((large & (reasons(one) == REMAINS)).sum()),
            "legal_driver": one.comparison.legal,
        })
    return pd.DataFrame(rows)


REMAINS, EXPLAINED, FEW = "remains at same day and quantity", "explained by day or quantity", "too few to say"


def reasons(one: Watched) -> np.ndarray[tuple[int], np.dtype[np.object_]]:
    """What becomes of each product's gap between buyers on the same day of the same quantity."""
    kept = one.tight.gap * np.sign(one.gaps.gap) >= KEPT_SHARE * np.abs(one.gaps.gap)
    out = np.where(kept, REMAINS, EXPLAINED).astype(object)
    out[one.tight.weight <= 0] = FEW
    return out


def flagged_table(lines: Priced, watched: Sequence[Watched], material: float) -> pd.DataFrame:
    """Flagged products with a gap of at least `material`, largest first within a comparison."""
    frames = []
    for one in watched:
        at = np.flatnonzero(one.flagged & (np.abs(np.expm1(one.gaps.gap)) >= material))
        at = at[np.argsort(-np.abs(one.gaps.gap[at]), kind="stable")]
        gap, error = one.gaps.gap[at], one.gaps.error[at]
        frames.append(pd.DataFrame({
            "comparison": one.comparison.name, "id": one.comparison.id,
            "product_id": lines.products[at].astype(str), "gap": np.expm1(gap),
            "low": np.expm1(gap - Z90 * error), "high": np.expm1(gap + Z90 * error), "p": one.gaps.p[at],
            "buyers_first": one.gaps.ones[at], "buyers_second": one.gaps.zeros[at], "reason": reasons(one)[at],
        }))
    return pd.concat(frames, ignore_index=True)


def gap_of(watched: Sequence[Watched], ident: str, step: int = TEST_CELL) -> Estimate:
    """Gap of a comparison over all products at one matching step, as a share of the price, 80 % interval."""
    one = next(item for item in watched if item.comparison.id == ident)
    gap, error, lines = one.steps[step]
    if not lines:
        return Estimate(None, unknown=one.comparison.unknown or "No cell holds both groups, so that no price compares")
    low, value, high = (float(np.expm1(gap + z * error)) for z in (-Z90, 0.0, Z90))
    return Estimate(value, low, high)


def share_flagged(watched: Sequence[Watched], ident: str, material: float) -> Estimate:
    """Share of the tested products of a comparison that are flagged with a gap of at least `material`."""
    one = next(item for item in watched if item.comparison.id == ident)
    if not one.tested:
        return Estimate(None, unknown=one.comparison.unknown or "No product has enough buyers of both groups")
    return Estimate(float((one.flagged & (np.abs(np.expm1(one.gaps.gap)) >= material)).sum()) / one.tested)


def tested_between(watched: Sequence[Watched]) -> int:
    """Products tested in at least one comparison between named customers at the same place."""
    return int(np.any([one.gaps.weight > 0 for one in watched if one.comparison.id in BETWEEN], axis=0).sum())


def flagged_between(watched: Sequence[Watched], material: float) -> int:
    """Products flagged with a gap of at least `material` in any of these comparisons."""
    return int(np.any([
        one.flagged & (np.abs(np.expm1(one.gaps.gap)) >= material) for one in watched if one.comparison.id in BETWEEN
    ], axis=0).sum())


def unnamed_share(lines: Priced) -> float:
    """Share of sales in orders that name no customer."""
    return float(lines.amount[lines.customer < 0].sum() / lines.amount.sum())
