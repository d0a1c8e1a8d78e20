"""Sizes of company and what is assumed of costs (claims/archetypes.yaml): ranges with reasons, read and checked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field, ValidationError, model_validator

from ecomplan.claims import Claims, read_yaml
from ecomplan.errors import ParameterError
from ecomplan.estimate import Estimate
from ecomplan.params.section import Section, knob

Array = NDArray[np.float64]
FILE = "archetypes.yaml"
MILLION = 1e6


class Range(Section):
    """Least, most likely and most, spread between them as a PERT distribution (Malcolm et al. 1959)."""

    low: float = knob("least", "as the entry says")
    likely: float = knob("most likely", "as the entry says")
    high: float = knob("most", "as the entry says")

    @model_validator(mode="after")
    def in_order(self) -> Range:
        if not self.low <= self.likely <= self.high:
            raise ValueError(
                f"low <= likely <= high must hold, found {self.low:g} / {self.likely:g} / {self.high:g}"
            )
        return self

    def draw(self, rng: np.random.Generator, draws: int) -> Array:
        """Random values, shape (draws,)."""
        return pert(rng, self.low, self.likely, self.high, draws)


class Assumption(Range):
    unit: str = knob("what it counts", "text", min_length=1)
    reason: str = knob("why", "text", min_length=1)


class Size(Range):
    low: float = knob("least", "above 0", gt=0)
    likely: float = knob("most likely", "above 0", gt=0)
    high: float = knob("most", "above 0", gt=0)


class Archetype(Section):
    """A size of company: yearly sales, value of an order and staff, with the claims behind them."""

    id: str = knob("short name", "text", pattern="^[a-z][a-z0-9_]*$")
    name: str = knob("name for readers", "text", min_length=1)
    claims: list[str] = Field(min_length=1)
    sales_cny_m: Size = Field(description="yearly sales in m CNY")
    order_value_cny: Size = Field(description="value of an order in CNY")
    staff: Size = Field(description="people")
    reason: str = knob("why", "text", min_length=1)

    @property
    def orders(self) -> float:
        """Orders a year at the most likely size."""
        return self.sales_cny_m.likely * MILLION / self.order_value_cny.likely


class _File(Section):
    archetypes: list[Archetype] = Field(min_length=2)
    assumptions: dict[str, Assumption]


@dataclass(frozen=True)
class Assumptions(Mapping[str, Assumption]):
    """The archetypes, smallest first, and the assumptions by key."""

    archetypes: tuple[Archetype, ...]
    ranges: dict[str, Assumption]

    def __getitem__(self, key: str) -> Assumption:
        if key not in self.ranges:
            raise ParameterError(f"claims/{FILE}: no assumption {key!r}; known: {', '.join(self.ranges)}")
        return self.ranges[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self.ranges)

    def __len__(self) -> int:
        return len(self.ranges)

    def archetype(self, id: str) -> Archetype:
        """An archetype by its id. Raises ParameterError for an unknown one."""
        for item in self.archetypes:
            if item.id == id:
                return item
        raise ParameterError(f"claims/{FILE}: no archetype {id!r}")

    def table(self) -> pd.DataFrame:
        """What is assumed: assumption, low, likely, high, unit, reason."""
        return pd.DataFrame([
            {"assumption": key.replace("_", " ").capitalize(), "low": item.low, "likely": item.likely,
             "high": item.high, "unit": item.unit, "reason": item.reason}
            for key, item in self.ranges.items()
        ])


def load_assumptions(folder: Path, claims: Claims) -> Assumptions:
    """Read `archetypes.yaml` in `folder`.

    Raises ParameterError naming entry and key: unknown or mistyped fields, ranges the wrong way round, an unknown
    claim, an archetype listed twice or sizes that do not ascend.
    """
    return make_assumptions(read_yaml(folder / FILE), claims, f"claims/{FILE}")


def make_assumptions(raw: Any, claims: Claims, where: str = FILE) -> Assumptions:
    """The same from its parsed YAML."""
    try:
        file = _File.model_validate(raw)
    except ValidationError as error:
        raise ParameterError("\n".join(_told(fault, raw, where) for fault in error.errors())) from None
    names = [item.id for item in file.archetypes]
    if twice := [name for name in names if names.count(name) > 1]:
        raise ParameterError(f"{where}: archetype {twice[0]} stands there twice")
    for item in file.archetypes:
        for key in item.claims:
            if key not in claims:
                raise ParameterError(f"{where}: archetype {item.id} names the unknown claim {key!r}")
    sizes = [item.sales_cny_m.likely for item in file.archetypes]
    if sizes != sorted(set(sizes)):
        raise ParameterError(f"{where}: likely sales {sizes} m CNY do not ascend from archetype to archetype")
    return Assumptions(tuple(file.archetypes), file.assumptions)


def _told(fault: Any, raw: Any, where: str) -> str:
    """One fault in one line; an archetype is named by its id instead of its place."""
    path = list(fault["loc"])
    if path[:1] == ["archetypes"] and len(path) > 1:
        entry = raw["archetypes"][path[1]]
        path[1] = entry.get("id", path[1]) if isinstance(entry, dict) else path[1]
    found = "" if fault["type"] in ("missing", "value_error") else f" = {fault['input']!r} is refused"
    return f"{where}: {'.'.join(map(str, path))}{found}: {fault['msg'].removeprefix('Value error, ')}"


def pert(rng: np.random.Generator, low: float, likely: float, high: float, draws: int) -> Array:
    """PERT draws, shape (draws,): a beta distribution between low and high with its mode at likely."""
    if low == high:
        return np.full(draws, low)
    width = high - low
    return low + width * rng.beta(1 + 4 * (likely - low) / width, 1 + 4 * (high - likely) / width, draws)


def middle(values: Array, least: float = 0.1) -> Estimate:
    """Median and 80 % interval of draws."""
    low, value, high = np.quantile(values, [least, 0.5, 1 - least])
    return Estimate(float(value), float(low), float(high))
