"""What the line says to bad input, before it touches anything: exit code 2 for parameters, 3 for data."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from test_line import change, content

from conftest import dvc, ecomplan, line
from ecomplan.errors import DataError, EcomplanError
from ecomplan.pipeline.line import _hold_pin


@pytest.mark.parametrize(("section", "values", "words"), [
    ("returns", {"discount": 0.1}, "unknown parameter returns.discount"),
    ("returns", {"draws": "many"}, "returns.draws = 'many' is refused; expected int, from 1000 to 5000000"),
    ("losses", {"appetite_share_of_margin": 7.0}, "losses.appetite_share_of_margin = 7.0 is refused"),
])
def test_a_bad_parameter_ends_it_before_any_kernel(
    project: Path, section: str, values: dict[str, object], words: str
) -> None:
    change(project, section, **values)
    for command in (["check"], ["report"], ["stage", section]):
        done = ecomplan(project, *command)
        assert done.returncode == 2
        assert words in done.stderr
    assert not (project / "out").exists()


def test_a_parameters_cell_that_does_not_fit_is_refused(project: Path) -> None:
    path = project / "notebooks" / "53_losses.ipynb"
    path.write_text(path.read_text().replace("exceedance_points = ", "exceedance_point = "))
    done = ecomplan(project, "check")
    assert done.returncode == 2
    assert "only in the notebook: exceedance_point;" in done.stderr
    assert "only in params.yaml: exceedance_points" in done.stderr


def test_an_unknown_stage_is_refused(project: Path) -> None:
    done = ecomplan(project, "stage", "return")
    assert done.returncode == 2
    assert "no stage 'return'; stages: prepare" in done.stderr


def test_a_changed_raw_file_breaks_the_pin_and_leaves_data_dvc_alone(project: Path) -> None:
    pinned = (project / "data.dvc").read_bytes()
    (project / "data" / "note.txt").write_text("changed after it was pinned\n")
    assert dvc(project, "commit", "--force", "--quiet", "data.dvc").returncode == 0
    words = r"data/ is not what data.dvc pins: expected \w{32}\.dir, found \w{32}\.dir"
    with pytest.raises(DataError, match=words) as caught:
        _hold_pin(project, pinned)
    assert caught.value.exit_code == 3
    assert (project / "data.dvc").read_bytes() == pinned


@pytest.mark.slow
def test_bad_own_data_stop_the_line_with_code_3_and_keep_the_last_report(run_copy: Path) -> None:
    before = content(run_copy / "out"), content(run_copy / "report")
    orders = run_copy / "orders" / "orders.csv"
    lines = orders.read_text().splitlines()
    lines[7] = lines[7].rsplit(",", 1)[0] + ",-2.50"
    orders.write_text("\n".join(lines) + "\n")
    with pytest.raises(EcomplanError) as caught:
        line(run_copy)
    assert caught.value.exit_code == 3
    assert (content(run_copy / "out"), content(run_copy / "report")) == before


@pytest.mark.slow
def test_a_truncated_table_names_stage_and_table(run_copy: Path) -> None:
    table = run_copy / "out" / "forecast" / "tables" / "paths.parquet"
    table.write_bytes(table.read_bytes()[:-100])
    done = ecomplan(run_copy, "stage", "losses")
    assert done.returncode == 3
    assert "table paths of stage forecast cannot be read" in done.stderr


def test_outside_a_project_it_says_so(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-m", "ecomplan.pipeline.cli", "check"], cwd=tmp_path, capture_output=True,
                          text=True, check=False)
    assert done.returncode == 3
    assert "lies in no ecomplan project" in done.stderr
