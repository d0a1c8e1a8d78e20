"""A notebook run by hand, as JupyterLab runs it, gives what the stage gave and leaves `out/` alone."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from ecomplan.params import load_params
from ecomplan.pipeline.stage import notebook_of
from test_line import content

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("stage", ["segments", "losses"])
def test_run_by_hand_from_the_notebooks_folder(run_copy: Path, stage: str) -> None:
    before = content(run_copy / "out")
    book = nbformat.read(notebook_of(run_copy, stage), as_version=4)
    cell = next(cell for cell in book.cells if "parameters" in cell.metadata.get("tags", []))
    values = load_params(run_copy / "params.yaml").of_stage(stage)
    cell.source = "\n".join(f"{name} = {value!r}" for name, value in values.items())
    NotebookClient(book, resources={"metadata": {"path": str(run_copy / "notebooks")}}, kernel_name="python3").execute()
    lab = content(run_copy / ".ecomplan" / "lab" / stage)
    assert lab == {name: digest for name, digest in content(run_copy / "out" / stage).items() if name in lab}
    assert "findings.json" in lab and any(name.startswith("tables/") for name in lab)
    assert content(run_copy / "out") == before
