"""What the report rests on, as tables: sources, files by hash, versions by the lock, parameters by meaning."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

import pandas as pd

from ecomplan.claims import DOCUMENTS
from ecomplan.data.sources import SOURCES
from ecomplan.errors import DataError
from ecomplan.findings import StageResult
from ecomplan.params import Params
from ecomplan.params.section import Section
from ecomplan.report.format import number
from ecomplan.report.register import sha256

#: packages whose version a reader may want to know; the lock holds all others too
PACKAGES = (
    "dvc", "papermill", "jupyterlab", "mlflow", "numpy", "pandas", "pyarrow", "pandera", "pydantic", "scipy",
    "scikit-learn", "statsmodels", "keras", "jax", "matplotlib", "seaborn", "jinja2", "typst",
)


def sources(used: str) -> pd.DataFrame:
    """Registered public sources, one row each: title, use, label, citation, licence, wheel, hash of the wheel.

    `used` is data.source: the source whose orders the plan is made of; own files are no registered source.
    """
    return pd.DataFrame(
        [
            {
                "title": source.title, "use": "orders" if source.name == used else "companion",
                "label": source.label, "citation": source.citation, "licence": source.licence,
                "files": ", ".join(file.name for file in source.files),
                "carrier": f"{source.package} {source.version}", "hash": source.wheel_sha256,
            }
            for source in SOURCES.values()
        ],
        dtype="str",
    )


def files(root: Path, params: Params, results: Iterable[StageResult]) -> pd.DataFrame:
    """Inputs and outputs with their SHA-256: file, role, bytes, hash. Figures of a stage share one hash."""
    rows = [_row(root / name, name, role) for name, role in (
        ("data.dvc", "pin of the raw data"), ("requirements.lock", "versions of all packages"),
        ("docs/coverage.yaml", "what of the documents is there"),
    )]
    values = json.dumps(params.model_dump(), sort_keys=True).encode()
    rows.append({"file": "params.yaml (its values)", "role": "parameters", "bytes": float(len(values)),
                 "hash": hashlib.sha256(values).hexdigest()})
    rows += [
        _row(path, f"claims/{path.name}", "figures of the documents" if path.stem in DOCUMENTS else "built on them")
        for path in sorted((root / "claims").glob("*.yaml"))
    ]
    for result in results:
        rows.append(_row(result.folder / "findings.json", f"{result.name}/findings.json", "findings"))
        rows += [
            _row(path, f"{result.name}/tables/{path.name}", "table")
            for path in sorted((result.folder / "tables").glob("*.parquet"))
        ]
        figures = sorted((result.folder / "figures").glob("*.svg"))
        if figures:
            together = hashlib.sha256(b"".join(path.read_bytes() for path in figures)).hexdigest()
            rows.append({"file": f"{result.name}/figures ({number(len(figures))} files)", "role": "figures",
                         "bytes": float(sum(path.stat().st_size for path in figures)), "hash": together})
    return pd.DataFrame(rows)


def versions(lock: Path) -> pd.DataFrame:
    """Main packages with the version that the lock pins: name, version."""
    try:
        text = lock.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise DataError(f"{lock.name} is missing; `git checkout {lock.name}` brings it back") from None
    pinned: Mapping[str, str] = dict(re.findall(r"^([\w.-]+)(?:\[[^\]]*\])?==([^\s;\\]+)", text, flags=re.M))
    return pd.DataFrame(
        [{"package": name, "version": pinned[name]} for name in PACKAGES if name in pinned],
        columns=["package", "version"], dtype="str",
    )


def parameters(params: Params) -> pd.DataFrame:
    """Every knob of params.yaml: parameter, value, unit, meaning."""
    rows = []
    for name in Params.model_fields:
        section: Section = getattr(params, name)
        for key, knob in type(section).model_fields.items():
            value = getattr(section, key)
            extra = knob.json_schema_extra
            unit = str(extra.get("unit", "")) if isinstance(extra, dict) else ""
            counted = type(value) is int and unit not in ("year", "integer")
            shown = '""' if value == "" else number(value) if counted else str(value)
            rows.append({
                "parameter": f"{name}.{key}", "value": shown,
                "unit": "" if unit == "integer" else unit, "meaning": knob.description or "",
            })
    return pd.DataFrame(rows, columns=["parameter", "value", "unit", "meaning"], dtype="str")


def _row(path: Path, name: str, role: str) -> dict[str, str | float]:
    digest = sha256(path)
    return {"file": name, "role": role, "bytes": float(path.stat().st_size), "hash": digest}
