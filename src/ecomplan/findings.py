"""What a stage hands on, and how it is read back.

A notebook opens its stage, reads what earlier stages left, records findings, tables, figures and the
standing of claims, and saves. Everything lands under one folder a stage:

    findings.json   findings, claims, figures and tables with their descriptions
    metrics.json    the findings' numbers alone, flat, for DVC and MLflow
    tables/*.parquet · figures/*.svg (wide, phone, page) · model/ if any · files/ if any
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from ecomplan.errors import DataError
from ecomplan.estimate import Estimate

if TYPE_CHECKING:  # pandas costs a second that `ecomplan check` must not pay
    import pandas as pd

Evidence = Literal["measured", "companion", "assumed", "simulated"]
Better = Literal["more", "less", "neither"]
Role = Literal["prior", "tested", "target", "limit"]
Verdict = Literal["holds", "holds in part", "fails", "not testable"]

EVIDENCE = ("measured", "companion", "assumed", "simulated")
UNITS = {
    "money": "the platform's currency", "cny": "CNY", "percent": "a percentage, 12.5 for 12.5 %",
    "share": "a share, 0.125 for 12.5 %", "points": "a difference of shares, 0.125 for 12.5 points",
    "parameter": "a parameter of a model", "probability": "a chance, 0.125 for 12.5 %", "months": "months",
    "days": "days", "weeks": "weeks", "years": "years", "hours": "hours", "minutes": "minutes", "seconds": "seconds",
    "ratio": "a plain ratio",
    "customers": "customers", "orders": "orders", "lines": "order lines", "users": "users", "sessions": "sessions",
    "households": "households", "tests": "tests", "products": "products", "countries": "countries",
    "claims": "claims", "risks": "risks", "measures": "measures", "count": "a plain count",
    "gate": "PASS, REVIEW or FAIL", "date": "ISO date", "index": "an index between 0 and 1", "text": "a name",
}
STAGE_ENV = "ECOMPLAN_STAGE_OUT"


@dataclass(frozen=True)
class Finding:
    """One figure of the plan. `low` and `high` hold 80 % unless `interval_percent` says otherwise."""

    id: str
    label: str
    value: float | str | None
    unit: str
    evidence: Evidence
    section: str
    low: float | None = None
    high: float | None = None
    interval_percent: float = 80
    claims: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()
    better: Better = "neither"
    tolerance: float = 1e-6  # relative: another processor may round otherwise
    unknown: str = ""  # why there is no value, and what follows

    @property
    def stage(self) -> str:
        return self.id.split(".")[0]

    @property
    def estimate(self) -> Estimate:
        """The number with its interval, for another stage to go on with. Raises DataError where it is a text."""
        if isinstance(self.value, str):
            raise DataError(f"finding {self.id} is the text {self.value!r}; expected a number")
        return Estimate(self.value, self.low, self.high, self.unknown)


@dataclass(frozen=True)
class ClaimUse:
    """Where a claim stands after this stage: how it was used and, if tested, with what result."""

    key: str
    role: Role
    stage: str
    section: str
    reading: str  # one sentence: how the claim was read, what was found
    verdict: Verdict | None = None
    observed: float | None = None
    low: float | None = None
    high: float | None = None
    evidence: Evidence | None = None


@dataclass(frozen=True)
class Figure:
    """A figure: bold title, how to read it, where it is from, what it shows for who cannot see it."""

    name: str
    title: str
    text: str
    alt: str
    table: str
    evidence: Evidence
    section: str


@dataclass(frozen=True)
class Table:
    name: str
    caption: str
    rows: int
    columns: tuple[str, ...]
    section: str


class Findings(Mapping[str, Finding]):
    """Findings of one or several stages by id (`stage.name`)."""

    def __init__(self, findings: Iterable[Finding]):
        self._by_id = {finding.id: finding for finding in findings}

    def __getitem__(self, key: str) -> Finding:
        try:
            return self._by_id[key]
        except KeyError:
            import difflib

            close = difflib.get_close_matches(key, self._by_id, n=3)
            raise DataError(f"no finding {key!r}; near: {', '.join(close) or 'none'}") from None

    def __contains__(self, key: object) -> bool:
        return key in self._by_id

    def __iter__(self) -> Any:
        return iter(self._by_id)

    def __len__(self) -> int:
        return len(self._by_id)

    def value(self, key: str) -> float:
        """The number of a finding. Raises DataError where it is unknown or no number."""
        value = self[key].value
        if value is None or isinstance(value, str):
            raise DataError(f"finding {key} has no number: {self[key].unknown or value}")
        return value


@dataclass(frozen=True)
class StageResult:
    """All that a stage left under `out/<stage>/`."""

    name: str
    folder: Path
    findings: Findings
    claims: tuple[ClaimUse, ...]
    figures: tuple[Figure, ...]
    tables: tuple[Table, ...]

    def table(self, name: str) -> pd.DataFrame:
        return read_table(self.folder, name)


def project_root(start: Path | None = None) -> Path:
    """The folder that holds dvc.yaml and params.yaml, from `start` (default: here) upwards."""
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents):
        if (folder / "dvc.yaml").exists() and (folder / "params.yaml").exists():
            return folder
    raise DataError(f"{here} lies in no ecomplan project: no folder above it holds dvc.yaml and params.yaml")


def read_table(folder: Path, name: str, columns: list[str] | None = None) -> pd.DataFrame:
    """A stage's Parquet table. Raises DataError naming stage, table and, if cut short, the file's state."""
    import pandas as pd

    path = folder / "tables" / f"{name}.parquet"
    if not path.exists():
        raise DataError(
            f"table {name} of stage {folder.name} is missing ({folder.name}/tables/{path.name}); "
            f"`dvc checkout` restores the last result, `dvc repro {folder.name}` makes it anew"
        )
    try:
        return pd.read_parquet(path, columns=columns)
    except Exception as error:
        reason = str(error).splitlines()[0]
        raise DataError(
            f"table {name} of stage {folder.name} cannot be read ({path.stat().st_size} bytes, cut short or no "
            f"Parquet): {reason}; `dvc repro -f {folder.name}` makes it anew"
        ) from None


def read_stage(root: Path, name: str) -> StageResult:
    """What stage `name` left under `out/`."""
    folder = root / "out" / name
    path = folder / "findings.json"
    if not path.exists():
        raise DataError(f"out/{name}/findings.json is missing; `dvc checkout` restores it, `dvc repro {name}` makes it")
    raw = json.loads(path.read_text(encoding="utf-8"))
    return StageResult(
        name=name, folder=folder,
        findings=Findings(Finding(**_tuples(item)) for item in raw["findings"]),
        claims=tuple(ClaimUse(**item) for item in raw["claims"]),
        figures=tuple(Figure(**item) for item in raw["figures"]),
        tables=tuple(Table(**_tuples(item)) for item in raw["tables"]),
    )


def _tuples(item: dict[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in item.items()}


@dataclass
class Stage:
    """An open stage: what the notebook reads from and records into. Make it with `Stage.open`."""

    name: str
    root: Path
    out: Path
    _section: str = ""
    _findings: dict[str, Finding] = field(default_factory=dict)
    _claims: list[ClaimUse] = field(default_factory=list)
    _figures: dict[str, Figure] = field(default_factory=dict)
    _tables: dict[str, Table] = field(default_factory=dict)

    @classmethod
    def open(cls, name: str) -> Stage:
        """Open stage `name`. Under `dvc repro` results go where the runner says, in JupyterLab to
        `.ecomplan/lab/<name>`, so that trying things out never touches `out/`."""
        root = project_root()
        given = os.environ.get(STAGE_ENV)
        out = Path(given) if given else root / ".ecomplan" / "lab" / name
        for folder in ("tables", "figures"):
            (out / folder).mkdir(parents=True, exist_ok=True)
        return cls(name=name, root=root, out=out)

    # reading
    def read(self, stage: str, table: str, columns: list[str] | None = None) -> pd.DataFrame:
        """A table of an earlier stage."""
        return read_table(self.root / "out" / stage, table, columns)

    def result(self, stage: str) -> StageResult:
        """All that an earlier stage left."""
        return read_stage(self.root, stage)

    # recording
    def section(self, heading: str) -> None:
        """Name the notebook heading under which the next findings, figures and tables stand."""
        self._section = heading

    def finding(
        self, name: str, label: str, value: float | str | None, *, unit: str, evidence: Evidence,
        low: float | None = None, high: float | None = None, interval_percent: float = 80,
        claims: Iterable[str] = (), tables: Iterable[str] = (), better: Better = "neither",
        tolerance: float = 1e-6, unknown: str = "",
    ) -> Finding:
        """Record one figure of the plan under the id `<stage>.<name>`.

        Raises DataError for a value that is no finite number (say `value=None, unknown="why"` instead),
        for limits that do not enclose it and for units unknown to `UNITS`.
        """
        where = f"finding {self.name}.{name}"
        if unit not in UNITS:
            raise DataError(f"{where}: unit {unit!r} is unknown; known: {', '.join(UNITS)}")
        if evidence not in EVIDENCE:
            raise DataError(f"{where}: evidence {evidence!r} is unknown; known: {', '.join(EVIDENCE)}")
        if f"{self.name}.{name}" in self._findings:
            raise DataError(f"{where} is recorded twice")
        if value is None and not unknown:
            raise DataError(f"{where} has no value and no reason; say `unknown=`")
        number = value if value is None or isinstance(value, str) else float(value)
        limits = [None if limit is None else float(limit) for limit in (low, high)]
        for part in (number, *limits):
            if isinstance(part, float) and not math.isfinite(part):
                raise DataError(f"{where} is {part}: no finite number")
        if limits[0] is not None and limits[1] is not None and limits[0] > limits[1]:
            raise DataError(f"{where}: low {limits[0]:g} is above high {limits[1]:g}")
        finding = Finding(
            id=f"{self.name}.{name}", label=label, value=number, unit=unit, evidence=evidence,
            section=self._section, low=limits[0], high=limits[1], interval_percent=interval_percent,
            claims=tuple(claims), tables=tuple(tables), better=better, tolerance=tolerance, unknown=unknown,
        )
        self._findings[finding.id] = finding
        return finding

    def claim(
        self, key: str, role: Role, reading: str, *, verdict: Verdict | None = None, observed: float | None = None,
        low: float | None = None, high: float | None = None, evidence: Evidence | None = None,
    ) -> None:
        """Record how a claim was used here. A tested claim needs its verdict and evidence."""
        if role == "tested" and (verdict is None or evidence is None):
            raise DataError(f"claim {key} is tested in {self.name} but has no verdict or no evidence")
        self._claims.append(ClaimUse(
            key=key, role=role, stage=self.name, section=self._section, reading=reading, verdict=verdict,
            observed=None if observed is None else float(observed), low=None if low is None else float(low),
            high=None if high is None else float(high), evidence=evidence,
        ))

    def table(self, name: str, frame: pd.DataFrame, caption: str) -> pd.DataFrame:
        """Write a table as Parquet and hand it back, so that a cell can end with it."""
        frame.to_parquet(self.out / "tables" / f"{name}.parquet", index=False, compression="zstd")
        self._tables[name] = Table(name, caption, len(frame), tuple(map(str, frame.columns)), self._section)
        return frame

    def file(self, name: str, text: str) -> Path:
        """Write a text file under `files/`, for programs and people outside the line to read."""
        path = self.out / "files" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def figure(
        self, name: str, draw: Callable[..., Any], *data: Any, title: str, text: str, alt: str, table: str,
        evidence: Evidence, **options: Any,
    ) -> Any:
        """Draw a figure at three sizes and show it.

        `draw(*data, size=..., **options)` returns a matplotlib figure at the size "wide", "phone" or "page";
        `table` names the recorded table that holds what is drawn.
        """
        from ecomplan.charts import style

        if table not in self._tables:
            raise DataError(f"figure {name} of {self.name}: table {table!r} behind it is not recorded")
        shown = ""
        for size in style.SIZES:
            svg = style.to_svg(draw(*data, size=size, **options), f"{self.name}-{name}-{size}", alt)
            (self.out / "figures" / f"{name}.{size}.svg").write_text(svg, encoding="utf-8")
            shown = shown or svg
        self._figures[name] = Figure(name, title, text, alt, table, evidence, self._section)
        return style.Shown(shown)

    def recorded(self) -> StageResult:
        """What was recorded so far, as later stages would read it back."""
        return StageResult(
            name=self.name, folder=self.out, findings=Findings(self._findings.values()), claims=tuple(self._claims),
            figures=tuple(self._figures.values()), tables=tuple(self._tables.values()),
        )

    def save(self) -> pd.DataFrame:
        """Write findings.json and metrics.json; hand back the findings as a frame to look at."""
        import pandas as pd

        findings = list(self._findings.values())
        write_json(self.out / "findings.json", {
            "findings": [asdict(item) for item in findings], "claims": [asdict(item) for item in self._claims],
            "figures": [asdict(item) for item in self._figures.values()],
            "tables": [asdict(item) for item in self._tables.values()],
        })
        write_json(self.out / "metrics.json", flat_metrics(findings))
        return pd.DataFrame([
            {"finding": item.id, "value": item.value, "low": item.low, "high": item.high, "unit": item.unit,
             "evidence": item.evidence} for item in findings
        ])


def flat_metrics(findings: Iterable[Finding]) -> dict[str, float]:
    """Numbers alone: `name`, `name_low`, `name_high` (ten significant digits)."""
    flat: dict[str, float] = {}
    for item in findings:
        name = item.id.split(".", 1)[1]
        for suffix, number in (("", item.value), ("_low", item.low), ("_high", item.high)):
            if isinstance(number, float):
                flat[name + suffix] = float(f"{number:.10g}")
    return flat


def write_json(path: Path, content: Any) -> None:
    """JSON with a stable layout: same content, same bytes."""
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8")
