"""The mapping file of own data: which of their columns is which of ours, and what their words mean."""

from __future__ import annotations

from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml
from pydantic import Field, ValidationError

from ecomplan.data.orders import KINDS
from ecomplan.errors import DataError
from ecomplan.params import explain
from ecomplan.params.section import Section, knob

REQUIRED = ("order_id", "time", "customer_id", "product_id", "quantity", "unit_price")
OPTIONAL = ("country", "description", "kind", "currency")


class Mapping(Section):
    """mapping.yaml. `columns` and `kinds` go from their word to ours."""

    columns: dict[str, str] = knob("their column -> ours", "names")
    kinds: dict[str, str] = Field(
        default_factory=dict, description="their kind of line -> sale, return, fee or adjustment"
    )
    currency: str = knob("ISO code of the prices", "ISO 4217 code", pattern="^[A-Z]{3}$")
    time_zone: str = knob("where the clock hangs", "IANA name, e.g. Europe/London")
    date_format: str = knob("strptime pattern of times that are text; empty: ISO 8601", "pattern", default="")
    duplicates: Literal["refuse", "keep"] = knob("lines that stand twice", "refuse or keep", default="refuse")

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    def theirs(self, ours: str) -> str | None:
        """Their name of one of our columns; None if it is not mapped."""
        return next((their for their, our in self.columns.items() if our == ours), None)


def load_mapping(path: Path, currency: str) -> Mapping:
    """Read and check the mapping. Raises DataError naming file, key, what was found and what was expected."""
    name = path.name
    try:
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise DataError(f"{name}: the mapping file is missing; expected it at data.mapping of params.yaml") from None
    except IsADirectoryError:
        raise DataError(f"{name}: data.mapping names a folder, expected a YAML file") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise DataError(f"{name} is not readable as YAML: {' '.join(str(error).split())}") from None
    if not isinstance(raw, dict):
        raise DataError(f"{name}: expected the keys columns, currency and time_zone, found {type(raw).__name__}")
    try:
        mapping = Mapping.model_validate(raw)
    except ValidationError as error:
        raise DataError(explain(error, Mapping, name)) from None
    _check(mapping, name, currency)
    return mapping


def _check(mapping: Mapping, name: str, currency: str) -> None:
    ours = list(mapping.columns.values())
    for their, our in mapping.columns.items():
        if our not in REQUIRED + OPTIONAL:
            raise DataError(f"{name}: columns.{their}: {our!r} is no column; known: {', '.join(REQUIRED + OPTIONAL)}")
        if ours.count(our) > 1:
            raise DataError(f"{name}: columns: two of their columns are mapped to {our}; expected one")
    if missing := [our for our in REQUIRED if our not in ours]:
        raise DataError(f"{name}: columns: no column is mapped to {', '.join(missing)}; all of these are needed")
    for word, kind in mapping.kinds.items():
        if kind not in KINDS:
            raise DataError(f"{name}: kinds.{word} = {kind!r} is no kind; expected {', '.join(KINDS)}")
    if mapping.kinds and "kind" not in ours:
        raise DataError(f"{name}: kinds is given, but columns maps nothing to kind")
    if "kind" in ours and not mapping.kinds:
        raise DataError(f"{name}: columns maps {mapping.theirs('kind')} to kind, but kinds does not say what its words "
                        f"mean; expected their word -> {', '.join(KINDS)}")
    if mapping.currency != currency:
        raise DataError(f"{name}: currency is {mapping.currency}, but money.currency of params.yaml is {currency}; "
                        f"expected the same")
    try:
        _ = mapping.zone
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise DataError(f"{name}: time_zone {mapping.time_zone!r} is unknown; expected an IANA name, e.g. "
                        f"Europe/London or Asia/Shanghai") from None
