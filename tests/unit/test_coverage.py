"""docs/coverage.yaml: whole, in order, and whatever it names exists."""

from __future__ import annotations

import importlib
import json
from copy import deepcopy
from functools import cache
from pathlib import Path

import pytest
import yaml

from ecomplan.errors import DataError
from ecomplan.plan.coverage import CLASSES, FILE, STATUSES, Row, counts, coverage, load_coverage, make_rows

ROOT = Path(__file__).parents[2]
ROWS = load_coverage(ROOT / FILE)
THERE = [row for row in ROWS if row.status != "not yet"]


@cache
def cells(notebook: str) -> list[tuple[str, str]]:
    """(type, source) of each cell; none where there is no such notebook."""
    path = ROOT / "notebooks" / f"{notebook}.ipynb"
    if not path.exists():
        return []
    stored = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return [(cell["cell_type"], "".join(cell["source"])) for cell in stored]


def headings(notebook: str) -> list[str]:
    return [line[3:].strip() for kind, source in cells(notebook) if kind == "markdown"
            for line in source.splitlines() if line.startswith("## ")]


def recorded(kind: str, full_name: str) -> bool:
    """Is a finding among its stage's committed metrics, or named in the code that records it?"""
    stage, name = full_name.split(".")
    metrics = ROOT / "out" / stage / "metrics.json"
    if kind == "finding" and metrics.exists() and name in json.loads(metrics.read_text(encoding="utf-8")):
        return True
    notebook = next(iter((ROOT / "notebooks").glob(f"??_{stage}.ipynb")), Path("none"))
    code = "\n".join(source for cell, source in cells(notebook.stem) if cell == "code")
    return f'stage.{kind}("{name}"' in code


def test_every_row_stands_there_once_in_order() -> None:
    assert [len(ROWS), *(sum(row.group == group for row in ROWS) for group in CLASSES)] == [
        253, 28, 49, 34, 40, 31, 18, 27, 26]
    assert [row.id for row in ROWS] == [
        f"{prefix}-{number:02d}" for prefix, rows in CLASSES.values() for number in range(1, rows + 1)]
    assert len({row.name.lower() for row in ROWS}) == 253, "two rows have the same name"


@pytest.mark.parametrize("row", THERE, ids=lambda row: row.id)
def test_what_a_row_names_exists(row: Row) -> None:
    notebook, _, heading = row.notebook.partition("#")
    assert cells(notebook), f"notebooks/{notebook}.ipynb is not there"
    assert heading in headings(notebook), f"{notebook} has no heading {heading!r}"
    module, _, name = row.code.partition(":")
    found = importlib.import_module(module)
    for part in name.split("."):
        found = getattr(found, part)
    for kind in ("finding", "table"):
        if full_name := getattr(row, kind):
            assert recorded(kind, full_name), f"{kind} {full_name} is not recorded by its stage"


def test_rows_that_are_there_say_what_is_missing_or_special() -> None:
    assert all(row.note for row in ROWS if row.status == "stand-in"), "a stand-in says what it stands for"
    assert all(row.note.endswith(".") for row in ROWS if row.note)


def test_counts_add_up() -> None:
    table = counts(coverage(ROWS)).set_index("class")
    assert list(table.index) == [*CLASSES, "all"] and list(table.columns) == [*STATUSES, "all"]
    assert (table[list(STATUSES)].sum(axis=1) == table["all"]).all()
    assert (table.drop(index="all").sum() == table.loc["all"]).all() and table.loc["all", "all"] == 253
    assert table.loc["all", "works"] == sum(row.status == "works" for row in ROWS)


def test_frame_parts_notebook_and_section() -> None:
    frame = coverage(ROWS)
    assert not frame.isna().any().any()
    assert (frame["notebook"] + "#" + frame["section"]).str.strip("#").tolist() == [row.notebook for row in ROWS]


def changed(at: int, **values: object) -> list[dict[str, object]]:
    raw: list[dict[str, object]] = deepcopy(yaml.safe_load((ROOT / FILE).read_text(encoding="utf-8")))
    raw[at] = {key: value for key, value in (raw[at] | values).items() if value is not None}
    return raw


@pytest.mark.parametrize(("values", "message"), [
    ({"status": "done"}, "row FC-01: status = 'done' is refused"),
    ({"notebook": "forecast"}, "row FC-01: notebook = 'forecast' is refused"),
    ({"code": "fit_hybrid"}, "row FC-01: code = 'fit_hybrid' is refused"),
    ({"evidence": "seen"}, "row FC-01: evidence = 'seen' is refused"),
    ({"code": None}, "row FC-01 status works needs code"),
    ({"status": "not yet"}, "row FC-01 is not yet there, so it cannot name notebook, code, evidence"),
    ({"name": None}, "row FC-01: name is missing"),
    ({"owner": "me"}, "row FC-01: owner is unknown; known: id, name"),
    ({"class": "RISK"}, "row FC-01: class = 'RISK' is refused; expected FORECAST"),
    ({"id": "FC-02"}, "row FC-02 stands there twice"),
    ({"id": "FC-99"}, "row FC-01 is missing"),
])
def test_a_wrong_row_is_refused_by_name(values: dict[str, object], message: str) -> None:
    with pytest.raises(DataError) as refused:
        make_rows(changed(0, **values))
    assert f"{FILE}: {message}" in str(refused.value)


def test_a_row_that_is_not_there_needs_a_reason() -> None:
    at = next(at for at, row in enumerate(ROWS) if row.status == "not yet")
    with pytest.raises(DataError, match=f"row {ROWS[at].id} is not yet there and has no note"):
        make_rows(changed(at, note=None))


def test_order_size_and_file_are_held(tmp_path: Path) -> None:
    raw = changed(0)
    with pytest.raises(DataError, match="row FC-02 stands where FC-01 was expected"):
        make_rows([raw[1], raw[0], *raw[2:]])
    with pytest.raises(DataError, match="row OS-26 is missing"):
        make_rows(raw[:-1])
    with pytest.raises(DataError, match="row OS-27 is unknown"):
        make_rows([*raw, raw[-1] | {"id": "OS-27"}])
    with pytest.raises(DataError, match="expected a list of rows"):
        make_rows({"rows": raw})
    with pytest.raises(DataError, match="is missing; `git checkout"):
        load_coverage(tmp_path / "coverage.yaml")
    (tmp_path / "coverage.yaml").write_text("- {id: [", encoding="utf-8")
    with pytest.raises(DataError, match="not readable as YAML"):
        load_coverage(tmp_path / "coverage.yaml")
