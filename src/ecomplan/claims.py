"""The registry of planning figures: what the four documents claim, never taken as truth.

`claims/S0.yaml` ... `S3.yaml` hold one entry a figure; `claims/notes.yaml` the contradictions and
oddities found among them; `claims/set_aside.yaml` the entries that no analysis may use, with reasons.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from ecomplan.errors import ParameterError

DOCUMENTS = {
    "S0": "operations optimisation from a 2026 user-behaviour forecast",
    "S1": "consumer shopping-path optimisation 2026",
    "S2": "formal e-commerce operations plan",
    "S3": "user growth and conversion optimisation",
}
KINDS = ("market_fact", "timing", "benchmark_effect", "threshold", "allocation", "target", "cost")
GRADES = ("cited", "named_case", "anonymous_case", "unsourced", "plan")
_REQUIRED = ("key", "unit", "bound", "kind", "evidence", "relevance", "what", "source")
_OPTIONAL = ("value", "low", "high", "baseline")


@dataclass(frozen=True)
class Claim:
    """One figure of a planning document; `value` is None where only a range is given."""

    key: str
    value: float | None
    low: float | None
    high: float | None
    baseline: float | None
    unit: str
    bound: str
    kind: str
    evidence: str
    relevance: str
    what: str
    document: str
    section: str

    @property
    def range(self) -> tuple[float, float]:
        """(low, high); a single value is a range of width zero."""
        if self.value is not None:
            return self.value, self.value
        assert self.low is not None and self.high is not None
        return self.low, self.high

    @property
    def share(self) -> float:
        """A percentage as a share: 35 % is 0.35. Raises ValueError for other units."""
        if not self.unit.startswith("pct") or self.value is None:
            raise ValueError(f"claim {self.key} is not one percentage: unit {self.unit}")
        return self.value / 100


class Claims(Mapping[str, Claim]):
    """All claims by key, in the order of the documents."""

    def __init__(self, claims: dict[str, Claim], set_aside: dict[str, str], notes: dict[str, list[dict[str, Any]]]):
        self._claims = claims
        self.set_aside = set_aside
        self.notes = notes

    def __getitem__(self, key: str) -> Claim:
        try:
            return self._claims[key]
        except KeyError:
            import difflib

            close = difflib.get_close_matches(key, self._claims, n=1)
            hint = f"; did you mean {close[0]}?" if close else ""
            raise ParameterError(f"claims/: no claim {key!r}{hint}") from None

    def __contains__(self, key: object) -> bool:
        return key in self._claims

    def __iter__(self) -> Iterator[str]:
        return iter(self._claims)

    def __len__(self) -> int:
        return len(self._claims)


def load_claims(folder: Path) -> Claims:
    """Read and check the registry. Raises ParameterError naming file, key and what was expected."""
    claims: dict[str, Claim] = {}
    for document in DOCUMENTS:
        path = folder / f"{document}.yaml"
        for number, entry in enumerate(read_yaml(path), start=1):
            claim = _claim(entry, document, f"claims/{path.name}: entry {number}")
            if claim.key in claims:
                raise ParameterError(f"claims/{path.name}: key {claim.key} stands there twice")
            claims[claim.key] = claim
    notes = read_yaml(folder / "notes.yaml")
    set_aside = read_yaml(folder / "set_aside.yaml")
    for name, keys in [("set_aside.yaml", set_aside), *(
        ("notes.yaml", note["keys"]) for kind in ("conflicts", "oddities") for note in notes[kind]
    )]:
        for key in keys:
            if key not in claims:
                raise ParameterError(f"claims/{name}: {key} is no claim")
    return Claims(claims, set_aside, notes)


def _claim(entry: dict[str, Any], document: str, where: str) -> Claim:
    missing = [name for name in _REQUIRED if name not in entry]
    unknown = [name for name in entry if name not in (*_REQUIRED, *_OPTIONAL)]
    if missing or unknown:
        raise ParameterError(
            f"{where} ({entry.get('key', '?')}): missing {missing or 'nothing'}, unknown {unknown or 'nothing'}"
        )
    where = f"{where} ({entry['key']})"
    if ("value" in entry) == ("low" in entry and "high" in entry):
        raise ParameterError(f"{where}: needs either value, or low and high")
    for name in _OPTIONAL:
        number = entry.get(name)
        if number is not None and (isinstance(number, bool) or not isinstance(number, int | float)):
            raise ParameterError(f"{where}: {name} = {number!r} is refused; expected a number, unit: {entry['unit']}")
    if "low" in entry and entry["low"] > entry["high"]:
        raise ParameterError(f"{where}: low {entry['low']} is above high {entry['high']}")
    for name, known in (("kind", KINDS), ("evidence", GRADES)):
        if entry[name] not in known:
            raise ParameterError(f"{where}: {name} = {entry[name]!r} is refused; expected one of {', '.join(known)}")
    if entry["source"].get("doc") != document:
        raise ParameterError(f"{where}: source.doc is {entry['source'].get('doc')!r}, the file holds {document}")
    return Claim(
        key=entry["key"], value=entry.get("value"), low=entry.get("low"), high=entry.get("high"),
        baseline=entry.get("baseline"), unit=entry["unit"], bound=entry["bound"], kind=entry["kind"],
        evidence=entry["evidence"], relevance=entry["relevance"], what=entry["what"], document=document,
        section=str(entry["source"]["section"]),
    )


def read_yaml(path: Path) -> Any:
    """A file of the folder claims/. Raises ParameterError where it is missing or no YAML."""
    try:
        with path.open(encoding="utf-8") as file:
            return yaml.load(file, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except FileNotFoundError:
        raise ParameterError(f"claims/{path.name} is missing; `git checkout claims` brings it back") from None
    except yaml.YAMLError as error:
        raise ParameterError(f"claims/{path.name} is not readable as YAML: {error}") from None
