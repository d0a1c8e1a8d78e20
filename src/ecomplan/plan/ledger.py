"""Where each claim of the planning documents stands: one row a claim."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

import pandas as pd

from ecomplan.claims import Claim, Claims
from ecomplan.errors import DataError

#: every standing, the firmest first; each claim has exactly one
STANDINGS = (
    "holds", "holds in part", "fails", "not testable", "target", "prior", "limit", "set aside", "not used yet",
)
VERDICTS = STANDINGS[:4]
COLUMNS = (
    "key", "document", "section", "what", "stated", "kind", "grade", "standing", "stages", "reading", "reason",
)

_BOUNDS = {
    "exact": "", "range": "", "min": "at least ", "max": "at most ", "above": "above ", "below": "below ",
    "approx": "about ",
}
#: unit of a claim -> (before, after); others follow the number as they are
_UNITS = {
    "pct": ("", " %"), "pct_change": ("", " %"), "pp_change": ("", " points"), "pct_per_year": ("", " % a year"),
    "pct_per_month": ("", " % a month"), "count": ("", ""), "ratio": ("", ""), "ratio_part": ("", " parts"),
    "multiple": ("", " times"), "score": ("", " points"), "score_change": ("", " points"), "correlation": ("", ""),
    "index": ("", ""), "CNY": ("CNY ", ""), "CNY_m": ("CNY ", " m"), "CNY_bn": ("CNY ", " bn"),
    "CNY_tn": ("CNY ", " tn"), "USD_m": ("USD ", " m"), "USD_tn": ("USD ", " tn"), "qps": ("", " queries a second"),
    "turns_per_year": ("", " turns a year"), "per_week": ("", " a week"), "per_quarter": ("", " a quarter"),
    "users_per_day": ("", " users a day"), "petaflops": ("", " petaflops"),
}
_PLURAL = {"month", "year", "day", "quarter", "week"}


class Use(Protocol):
    """How one stage used one claim (`ecomplan.findings.ClaimUse` is one)."""

    @property
    def key(self) -> str: ...
    @property
    def role(self) -> str: ...
    @property
    def stage(self) -> str: ...
    @property
    def reading(self) -> str: ...
    @property
    def verdict(self) -> str | None: ...


def ledger(claims: Claims, uses: Iterable[Use]) -> pd.DataFrame:
    """One row a claim, in the documents' order, with the columns `COLUMNS` (all text).

    Raises ParameterError for a use of no known claim and DataError for the use of one that is set aside.
    """
    by_key: dict[str, list[Use]] = {key: [] for key in claims}
    for use in uses:
        claim = claims[use.key]
        if claim.key in claims.set_aside:
            raise DataError(
                f"claim {use.key} is set aside ({claims.set_aside[use.key]}), yet stage {use.stage} uses it as "
                f"{use.role}"
            )
        by_key[use.key].append(use)
    rows = []
    for key, claim in claims.items():
        found = by_key[key]
        standing = _standing(claims, key, found)
        rows.append({
            "key": key, "document": claim.document, "section": claim.section, "what": claim.what,
            "stated": stated(claim), "kind": claim.kind.replace("_", " "), "grade": claim.evidence.replace("_", " "),
            "standing": standing, "stages": ", ".join(dict.fromkeys(use.stage for use in found)),
            "reading": " ".join(dict.fromkeys(use.reading for use in found)),
            "reason": _reason(claims, claim, standing),
        })
    return pd.DataFrame(rows, columns=list(COLUMNS), dtype="str")


def counts(frame: pd.DataFrame) -> dict[str, int]:
    """Claims by standing, in the order of `STANDINGS`; they add up to the rows of the ledger."""
    found = frame["standing"].value_counts()
    return {standing: int(found.get(standing, 0)) for standing in STANDINGS}


def notes(claims: Claims) -> pd.DataFrame:
    """Conflicts between claims and oddities within them: columns id, kind, topic, claims, what, treatment."""
    rows = [
        {
            "id": note["id"], "kind": kind,
            "topic": note.get("topic", ""), "claims": ", ".join(note["keys"]),
            "what": note["what"], "treatment": note["treatment"],
        }
        for kind, many in (("conflict", "conflicts"), ("oddity", "oddities")) for note in claims.notes[many]
    ]
    return pd.DataFrame(rows, columns=["id", "kind", "topic", "claims", "what", "treatment"], dtype="str")


def stated(claim: Claim) -> str:
    """The figure as its document states it, with bound, unit and before-value: "from 12 to 28 %"."""
    before, after = _UNITS.get(claim.unit, ("", f" {claim.unit.replace('_', ' ')}"))
    low, high = claim.range
    sign = claim.unit.endswith("_change")
    if claim.unit in _PLURAL and (low, high) != (1, 1):
        after += "s"
    if claim.value is None:
        figure = f"{before}{_figure(low, sign)} to {_figure(high, sign)}{after}"
    elif claim.baseline is not None:
        figure = f"from {before}{_figure(claim.baseline)} to {_figure(claim.value)}{after}"
    else:
        figure = f"{before}{_figure(claim.value, sign)}{after}"
    return (_BOUNDS.get(claim.bound, "") + figure).replace(" %", "\u202f%")


def _figure(value: float, sign: bool = False) -> str:
    text = f"{abs(value):,.10g}".replace(",", "\u202f")
    return ("\u2212" if value < 0 else "+" if sign and value > 0 else "") + text


def _standing(claims: Claims, key: str, uses: list[Use]) -> str:
    """One standing: a test counts more than a target, a target more than an input.

    Tests that disagree (holds here, fails there) leave a claim that holds in part.
    """
    verdicts = {use.verdict for use in uses if use.role == "tested" and use.verdict}
    decided = verdicts - {"not testable"}
    if decided:
        return str(decided.pop()) if len(decided) == 1 else "holds in part"
    if verdicts:
        return "not testable"
    roles = {use.role for use in uses}
    for role in ("target", "prior", "limit"):
        if role in roles:
            return role
    return "set aside" if key in claims.set_aside else "not used yet"


def _reason(claims: Claims, claim: Claim, standing: str) -> str:
    if standing == "set aside":
        return claims.set_aside[claim.key]
    if standing != "not used yet":
        return ""
    if claim.relevance == "low":
        return "No model of the plan needs it; kept for the record."
    if claim.kind == "benchmark_effect":
        return "An effect of one case; no measure of this edition rests on it."
    return "No analysis of this edition reads it."
