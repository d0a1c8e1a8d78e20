"""What of the planning documents is covered: one row a system, model or analysis that they ask for.

`docs/coverage.yaml` holds the rows by hand. A row that works, or has a stand-in, names the notebook section and
the function that do it, and the evidence behind it; a row that is not there yet says what is missing.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import pandas as pd
import yaml
from pydantic import Field, ValidationError, model_validator

from ecomplan.errors import DataError
from ecomplan.params.section import Section

FILE = "docs/coverage.yaml"
#: class -> (prefix of its ids, number of rows); the table is closed, so that no row gets lost
CLASSES = {
    "FORECAST": ("FC", 28), "BEHAVIOUR": ("BH", 49), "INVESTMENT": ("IN", 34), "RISK": ("RK", 40),
    "KPI/MONITORING": ("KM", 31), "EXPERIMENT": ("EX", 18), "PLAN": ("PL", 27), "OUT-OF-SCOPE-HERE": ("OS", 26),
}
STATUSES = ("works", "stand-in", "not yet")
COLUMNS = (
    "id", "name", "class", "source", "status", "notebook", "section", "code", "finding", "table", "evidence", "note",
)


class Row(Section):
    """One row; `notebook` is "NN_stage#Heading", `code` "module:function", `finding` and `table` "stage.name"."""

    id: str = Field(pattern=r"^[A-Z]{2}-\d\d$")
    group: str = Field(alias="class")
    source: str = Field(min_length=1)
    name: str = Field(min_length=1, max_length=70)
    status: Literal["works", "stand-in", "not yet"]
    notebook: str = Field(default="", pattern=r"^(\d\d_[a-z_]+#\S.*)?$")
    code: str = Field(default="", pattern=r"^(ecomplan(\.\w+)+:\w+(\.\w+)?)?$")
    finding: str = Field(default="", pattern=r"^([a-z_]+\.\w+)?$")
    table: str = Field(default="", pattern=r"^([a-z_]+\.\w+)?$")
    evidence: Literal["", "measured", "companion", "simulated", "assumed"] = ""
    note: str = Field(default="", max_length=220)

    @model_validator(mode="after")
    def says_where_or_why(self) -> Row:
        named = {"notebook": self.notebook, "code": self.code, "evidence": self.evidence}
        if self.status == "not yet":
            named |= {"finding": self.finding, "table": self.table}
            if given := [key for key, value in named.items() if value]:
                raise ValueError(f"is not yet there, so it cannot name {', '.join(given)}")
            if not self.note:
                raise ValueError("is not yet there and has no note; expected what is missing")
        elif missing := [key for key, value in named.items() if not value]:
            raise ValueError(f"status {self.status} needs {', '.join(missing)}")
        return self


def expected_ids() -> list[str]:
    """Every id of the table, in its order."""
    return [f"{prefix}-{number:02d}" for prefix, rows in CLASSES.values() for number in range(1, rows + 1)]


def load_coverage(path: Path) -> tuple[Row, ...]:
    """Read and check the table. Raises DataError naming file, row and key, and what was expected."""
    try:
        with path.open(encoding="utf-8") as file:
            raw = yaml.load(file, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except FileNotFoundError:
        raise DataError(f"{FILE} is missing; `git checkout {FILE}` brings it back") from None
    except yaml.YAMLError as error:
        raise DataError(f"{FILE} is not readable as YAML: {error}") from None
    return make_rows(raw)


def make_rows(raw: Any) -> tuple[Row, ...]:
    """The rows from the parsed file; see `load_coverage`."""
    if not isinstance(raw, list):
        raise DataError(f"{FILE}: expected a list of rows, found {type(raw).__name__}")
    rows = tuple(_row(entry, number) for number, entry in enumerate(raw, start=1))
    prefixes = {prefix: group for group, (prefix, _) in CLASSES.items()}
    for row in rows:
        if prefixes.get(row.id[:2]) != row.group:
            raise DataError(
                f"{FILE}: row {row.id}: class = {row.group!r} is refused; "
                f"expected {prefixes.get(row.id[:2], 'an id that starts with ' + ', '.join(prefixes))}"
            )
    found, expected = [row.id for row in rows], expected_ids()
    if twice := sorted({name for name in found if found.count(name) > 1}):
        raise DataError(f"{FILE}: row {twice[0]} stands there twice")
    if missing := [name for name in expected if name not in found]:
        raise DataError(f"{FILE}: row {missing[0]} is missing ({len(missing)} missing in all)")
    if unknown := [name for name in found if name not in expected]:
        raise DataError(f"{FILE}: row {unknown[0]} is unknown; the table ends before it")
    if found != expected:
        wrong = next(at for at, name in enumerate(found) if name != expected[at])
        raise DataError(f"{FILE}: row {found[wrong]} stands where {expected[wrong]} was expected")
    return rows


def coverage(rows: tuple[Row, ...]) -> pd.DataFrame:
    """One row a system with the columns `COLUMNS`, all text, empty where nothing is said."""
    frame = pd.DataFrame([row.model_dump(by_alias=True) for row in rows])
    place = frame["notebook"].str.partition("#")
    frame = frame.assign(notebook=place[0], section=place[2])
    return frame[list(COLUMNS)].astype("str")


def counts(frame: pd.DataFrame) -> pd.DataFrame:
    """Rows by class and status: columns class, works, stand-in, not yet, all; the last row adds up all classes."""
    table = pd.crosstab(frame["class"], frame["status"]).reindex(index=list(CLASSES), columns=list(STATUSES))
    table = table.fillna(0).astype("int64")
    table.loc["all"] = table.sum()
    table["all"] = table.sum(axis=1)
    return table.rename_axis(columns=None).reset_index()


def _row(entry: Any, number: int) -> Row:
    where = f"{FILE}: row {entry.get('id', number) if isinstance(entry, dict) else number}"
    try:
        return Row.model_validate(entry)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(map(str, first["loc"]))
        if first["type"] == "value_error":
            raise DataError(f"{where} {first['ctx']['error']}") from None
        if first["type"] == "missing":
            raise DataError(f"{where}: {key} is missing") from None
        if first["type"] == "extra_forbidden":
            known = ", ".join(column for column in COLUMNS if column != "section")
            raise DataError(f"{where}: {key} is unknown; known: {known}") from None
        raise DataError(f"{where}: {key} = {first['input']!r} is refused; {first['msg'].lower()}") from None
