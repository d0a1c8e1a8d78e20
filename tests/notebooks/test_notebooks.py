"""Each notebook as it is stored: order of cells, parameters, no logic, no outputs."""

from __future__ import annotations

import ast
from pathlib import Path

import nbformat
import pytest

from ecomplan.params import Params, load_params
from ecomplan.pipeline.notebook import headings
from ecomplan.stages import NOTEBOOKS
from ecomplan.pipeline.stage import check_parameters, notebook_of

ROOT = Path(__file__).parents[2]
LOGIC = (ast.FunctionDef, ast.ClassDef, ast.Lambda, ast.While, ast.If, ast.Try)


def records_only(loop: ast.For) -> bool:
    """A loop that records one finding or claim a row holds no logic."""
    return all(
        isinstance(step, ast.Expr) and isinstance(step.value, ast.Call)
        and ast.unparse(step.value.func).startswith("stage.")
        for step in loop.body
    )


def notebook(stage: str) -> nbformat.NotebookNode:
    return nbformat.read(notebook_of(ROOT, stage), as_version=4)


def test_stages_of_the_line_and_of_the_parameters_are_the_same() -> None:
    import yaml

    assert list(NOTEBOOKS) == list(Params.stages) == list(yaml.safe_load((ROOT / "dvc.yaml").read_text())["stages"])


@pytest.mark.parametrize("stage", NOTEBOOKS)
def test_parameters_cell_holds_the_values_of_params_yaml(stage: str) -> None:
    parameters = load_params(ROOT / "params.yaml").of_stage(stage)
    check_parameters(notebook_of(ROOT, stage), parameters)
    cell = next(cell for cell in notebook(stage).cells if "parameters" in cell.metadata.get("tags", []))
    stored = {
        node.targets[0].id: ast.literal_eval(node.value)  # type: ignore[attr-defined]
        for node in ast.parse(cell.source).body if isinstance(node, ast.Assign)
    }
    assert stored == parameters
    assert all("#" in line for line in cell.source.splitlines() if "=" in line), "each parameter says unit and meaning"


@pytest.mark.parametrize("stage", NOTEBOOKS)
def test_notebook_is_narrative_and_calls(stage: str) -> None:
    cells = notebook(stage).cells
    code = [cell for cell in cells if cell.cell_type == "code"]
    assert cells[0].cell_type == "markdown" and cells[0].source.startswith("# ")
    assert "parameters" in code[0].metadata.get("tags", [])
    assert all(cell.execution_count is None and not cell.outputs for cell in code)
    assert sum(len(cell.source) for cell in cells if cell.cell_type == "markdown") >= 600
    for cell in code:
        nodes = list(ast.walk(ast.parse(cell.source)))
        found = [type(node).__name__ for node in nodes if isinstance(node, LOGIC)]
        found += ["For" for node in nodes if isinstance(node, ast.For) and not records_only(node)]
        assert not found, f"logic belongs into src/: {found} in {cell.source[:60]!r}"
    assert any("stage.save()" in cell.source for cell in code)


@pytest.mark.parametrize("stage", NOTEBOOKS)
def test_cell_ids_are_in_order(stage: str) -> None:
    cells = notebook(stage).cells
    assert [cell.id for cell in cells] == [f"cell-{number:02d}" for number in range(1, len(cells) + 1)]
    assert len(headings(notebook(stage))) == len(cells)
