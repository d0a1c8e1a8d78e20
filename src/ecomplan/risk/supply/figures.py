"""Physical figures of the stage: rates, lengths and prices with their ranges, drawn once a reading of the world."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from ecomplan.claims import read_yaml
from ecomplan.errors import ParameterError
from ecomplan.risk.engine.draws import pert

Array = NDArray[np.float64]
#: first words of units in which a figure must be above zero
LENGTHS = ("weeks", "days", "hours", "minutes", "km", "km/h", "standard", "way")


class Source(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    author: str
    title: str
    year: int


class Figure(BaseModel):
    """One figure: PERT low, likely, high in `unit`, and where it is from."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    low: float
    likely: float
    high: float
    unit: str
    grade: Literal["published", "judgement"]
    reason: str
    source: Source | None = None

    @model_validator(mode="after")
    def _meant(self) -> Figure:
        if not 0 <= self.low <= self.likely <= self.high:
            raise ValueError(f"expected 0 <= low <= likely <= high, found {self.low}, {self.likely}, {self.high}")
        part = self.unit.startswith(("share", "prob", "corr")) and self.high > 1
        if part:
            raise ValueError(f"{self.unit} lies within 0 and 1, high is {self.high}")
        if self.low <= 0 and self.unit.split()[0] in LENGTHS:
            raise ValueError(f"{self.unit} must be above zero, low is {self.low}")
        if (self.grade == "published") != (self.source is not None):
            raise ValueError("a published figure names its source, a judged one has none")
        return self


class Readings(Mapping[str, Array]):
    """Drawn figures by name [readings]; a row is one reading of the world."""

    def __init__(self, values: dict[str, Array]):
        self._values = values
        self.count = len(next(iter(values.values())))

    def __getitem__(self, key: str) -> Array:
        try:
            return self._values[key]
        except KeyError:
            raise ParameterError(f"claims/supply.yaml: figure {key} is missing") from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


def load_figures(folder: Path) -> tuple[dict[str, Figure], dict[str, Figure]]:
    """Figures and prices of `claims/supply.yaml`. Raises ParameterError naming the entry."""
    raw = read_yaml(folder / "supply.yaml")
    if not isinstance(raw, dict) or set(raw) != {"figures", "prices"}:
        raise ParameterError("claims/supply.yaml: expected the two keys figures and prices")
    parts: list[dict[str, Figure]] = []
    for part in ("figures", "prices"):
        read: dict[str, Figure] = {}
        for name, entry in raw[part].items():
            try:
                read[name] = Figure.model_validate(entry)
            except ValidationError as error:
                first = error.errors()[0]
                where = ".".join(map(str, first["loc"])) or "entry"
                raise ParameterError(f"claims/supply.yaml: {part}.{name}: {where}: {first['msg']}") from None
        parts.append(read)
    return parts[0], parts[1]


def draw_readings(
    figures: Mapping[str, Figure], prices: Mapping[str, Figure], margin: tuple[float, float, float],
    cny_per_unit: float, count: int, seed: int,
) -> Readings:
    """`count` readings: every figure, `margin` (share of sales), and prices `price_<control>` in the platform's money.

    Amounts whose unit begins with CNY are turned into the platform's money and lose `_cny` in their names.
    """
    rng = np.random.default_rng(seed)
    values: dict[str, Array] = {"margin": pert(rng, *margin, count)}
    for name, figure in figures.items():
        drawn = pert(rng, figure.low, figure.likely, figure.high, count)
        money = figure.unit.startswith("CNY")
        values[name.replace("_cny", "") if money else name] = drawn / cny_per_unit if money else drawn
    for name, figure in prices.items():
        values[f"price_{name}"] = pert(rng, figure.low, figure.likely, figure.high, count) / cny_per_unit
    return Readings(values)


def figures_table(figures: Mapping[str, Figure], prices: Mapping[str, Figure]) -> pd.DataFrame:
    """All figures with their grade and source, to be read by a person."""
    return pd.DataFrame([
        {"figure": name, "low": item.low, "likely": item.likely, "high": item.high, "unit": item.unit,
         "grade": item.grade, "reason": item.reason,
         "source": "" if item.source is None else f"{item.source.author} ({item.source.year}), {item.source.title}"}
        for part in (figures, prices) for name, item in part.items()
    ])
