"""The number register: every number and table that the report names gets a row which says where it is from."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from ecomplan.claims import Claims
from ecomplan.errors import DataError
from ecomplan.findings import Finding, StageResult, Table
from ecomplan.report import format as fmt
from ecomplan.report.document import Num, Row
from ecomplan.stages import NOTEBOOKS

EVIDENCE = {"measured": "measured", "companion": "companion data", "assumed": "assumed", "simulated": "simulated"}
TONES = {
    "PASS": "pass", "REVIEW": "review", "FAIL": "fail", "holds": "pass", "holds in part": "review",
    "fails": "fail", "not testable": "open", "works": "pass", "stand-in": "review", "not yet": "open",
}


class Register:
    """Hands out numbers p-01, p-02 ... in the order in which the report first names things."""

    def __init__(self, results: Mapping[str, StageResult], claims: Claims, currency: str) -> None:
        self.results, self.claims, self.currency = results, claims, currency
        self._rows: dict[tuple[str, str], Row] = {}
        self._hashes: dict[Path, str] = {}

    @property
    def rows(self) -> tuple[Row, ...]:
        return tuple(self._rows.values())

    def finding(self, key: str) -> Finding:
        """The finding `stage.name`. Raises DataError naming it where no stage recorded it."""
        return self.result(key.split(".")[0], f"finding {key!r}").findings[key]

    def result(self, stage: str, wanted: str) -> StageResult:
        if stage not in self.results:
            raise DataError(f"{wanted} is named, but there is no stage {stage!r}; known: {', '.join(self.results)}")
        return self.results[stage]

    def number(self, key: str, what: str = "value") -> Num:
        """A finding as prose names it, with the reference to its row."""
        item = self.finding(key)
        ref = self._row(("finding", key), lambda ref: self._finding_row(ref, item))
        raw = item.low if what == "low" else item.high if what == "high" else item.value
        tone = TONES.get(str(item.value), "") if item.unit == "gate" else ""
        return Num(fmt.finding(item, what, self.currency), "" if raw is None else str(raw), ref, tone)

    def table(self, stage: str, name: str, title: str) -> str:
        """The row of a table; returns its reference."""
        result = self.result(stage, f"table {name!r}")
        record = next((table for table in result.tables if table.name == name), None)
        if record is None:
            known = ", ".join(table.name for table in result.tables) or "none"
            raise DataError(f"table {name!r} of stage {stage} is named, but not recorded; recorded: {known}")
        return self._row(("table", f"{stage}.{name}"), lambda ref: self._table_row(ref, stage, record, title))

    def hash(self, path: Path) -> str:
        """SHA-256 of a file, hexadecimal."""
        if path not in self._hashes:
            self._hashes[path] = sha256(path)
        return self._hashes[path]

    def _row(self, key: tuple[str, str], make: object) -> str:
        if key not in self._rows:
            self._rows[key] = make(f"p-{len(self._rows) + 1:02d}")  # type: ignore[operator]
        return self._rows[key].ref

    def _finding_row(self, ref: str, item: Finding) -> Row:
        folder = self.results[item.stage].folder
        paths = [folder / "tables" / f"{name}.parquet" for name in item.tables]
        path = next((path for path in paths if path.exists()), folder / "findings.json")
        return Row(
            ref=ref, label=item.label, value=fmt.show(item.value, item.unit, self.currency),
            range=item.unknown if item.value is None else fmt.interval(item, self.currency) or "none",
            stage=item.stage, notebook=NOTEBOOKS.get(item.stage, ""), section=item.section,
            evidence=EVIDENCE[item.evidence],
            claims=tuple((key, f"{self.claims[key].document} {self.claims[key].section}") for key in item.claims),
            file=f"{item.stage}/{path.relative_to(folder)}", hash=self.hash(path) if path.exists() else "",
        )

    def _table_row(self, ref: str, stage: str, record: Table, title: str) -> Row:
        path = self.results[stage].folder / "tables" / f"{record.name}.parquet"
        evidence = {figure.evidence for figure in self.results[stage].figures if figure.table == record.name}
        return Row(
            ref=ref, label=f"Table: {title or record.caption}", value=f"{fmt.number(record.rows)} rows",
            range="in the table", stage=stage, notebook=NOTEBOOKS.get(stage, ""), section=record.section,
            evidence=EVIDENCE[evidence.pop()] if len(evidence) == 1 else "", claims=(),
            file=f"{stage}/tables/{path.name}", hash=self.hash(path),
        )


def sha256(path: Path) -> str:
    """SHA-256 of a file, hexadecimal. Raises DataError where it is missing."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except FileNotFoundError:
        raise DataError(f"{path.parent.name}/{path.name} is missing; `dvc repro` makes it anew") from None

