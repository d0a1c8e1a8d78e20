"""The line as a whole on a small project: same bytes, only what must run, failures and kills that lose nothing."""

from __future__ import annotations

import hashlib
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import psutil
import pytest
import yaml

from conftest import dvc, ecomplan, environment, line

pytestmark = pytest.mark.slow


def content(folder: Path) -> dict[str, str]:
    """sha256 of every file below a folder."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*")) if path.is_file()
    }


def change(project: Path, section: str, **values: object) -> None:
    params = yaml.safe_load((project / "params.yaml").read_text())
    params[section] |= values
    (project / "params.yaml").write_text(yaml.safe_dump(params, sort_keys=False))


def insert_cell(project: Path, notebook: str, source: str) -> None:
    """Put a code cell after the second heading of a notebook."""
    path = project / "notebooks" / notebook
    book = nbformat.read(path, as_version=4)
    at = [index for index, cell in enumerate(book.cells) if cell.cell_type == "code"][2]
    book.cells.insert(at, nbformat.v4.new_code_cell(source))
    nbformat.write(book, path)


def processes_in(project: Path) -> list[psutil.Process]:
    found = []
    for process in psutil.process_iter():
        try:
            if Path(process.cwd()).resolve() == project.resolve():
                found.append(process)
        except (psutil.Error, OSError):
            continue
    return found


def test_a_forced_rerun_with_ordinary_kernels_gives_the_same_bytes(run_copy: Path) -> None:
    lock, out, report = (run_copy / "dvc.lock").read_bytes(), content(run_copy / "out"), content(run_copy / "report")
    done = dvc(run_copy, "repro", "--force")
    assert done.returncode == 0, done.stdout + done.stderr
    assert content(run_copy / "out") == out
    assert content(run_copy / "report") == report
    assert (run_copy / "dvc.lock").read_bytes() == lock


def test_no_path_of_this_machine_is_in_the_results(run_project: Path) -> None:
    places = [str(run_project).encode(), str(Path.home()).encode() + b"/", str(Path(sys.prefix)).encode()]
    for folder in ("out", "report"):
        for path in (run_project / folder).rglob("*"):
            if path.is_file():
                assert not [place for place in places if place in path.read_bytes()], path


def test_a_changed_parameter_runs_its_stage_and_what_follows(run_copy: Path) -> None:
    change(run_copy, "returns", payback_target_months=17)
    done = dvc(run_copy, "repro")
    assert done.returncode == 0, done.stdout + done.stderr
    ran = [stage for stage in yaml.safe_load((run_copy / "dvc.yaml").read_text())["stages"]
           if f"Running stage '{stage}'" in done.stdout]
    assert ran == ["returns", "report"]


def test_a_failing_cell_is_told_and_loses_nothing(run_copy: Path) -> None:
    before = content(run_copy / "out"), content(run_copy / "report")
    insert_cell(run_copy, "53_losses.ipynb", "stage.finding('x', 'y', 1 / 0, unit='money', evidence='simulated')")
    done = ecomplan(run_copy, "stage", "losses")
    assert done.returncode == 1
    for word in ("stage losses failed", "notebooks/53_losses.ipynb", "code cells, under '", "ZeroDivisionError",
                 "parameters  draws=", ".ecomplan/failed/losses.ipynb", "last good result"):
        assert word in done.stderr
    kept = nbformat.read(run_copy / ".ecomplan" / "failed" / "losses.ipynb", as_version=4)
    assert any(out.output_type == "error" for cell in kept.cells for out in cell.get("outputs", []))
    assert (content(run_copy / "out"), content(run_copy / "report")) == before
    assert not processes_in(run_copy)


def test_an_edit_while_the_stage_runs_drops_its_result(run_copy: Path) -> None:
    before = content(run_copy / "out")
    edit = "from pathlib import Path\nPath('params.yaml').write_text(Path('params.yaml').read_text() + '# edited\\n')"
    insert_cell(run_copy, "53_losses.ipynb", edit)
    done = ecomplan(run_copy, "stage", "losses")
    assert done.returncode == 1
    assert "changed while the stage ran" in done.stderr
    assert content(run_copy / "out") == before


def test_a_second_run_of_the_same_stage_waits_or_is_refused(run_copy: Path) -> None:
    import fcntl

    (run_copy / ".ecomplan" / "lock").mkdir(parents=True, exist_ok=True)
    with (run_copy / ".ecomplan" / "lock" / "losses").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = ecomplan(run_copy, "stage", "losses")
    assert done.returncode == 1
    assert "running in another process" in done.stderr


def test_killed_at_five_random_moments_the_line_ends_as_if_it_had_not_been(run_copy: Path) -> None:
    lock = (run_copy / "dvc.lock").read_bytes()
    moment = random.Random(2026)
    plain = [sys.executable, "-m", "dvc", "repro", "--force"]
    report = [sys.executable, "-c", "from ecomplan.pipeline import line; line.repro(line.Path.cwd(), force=True)"]
    for command, all_at_once in [(plain, False), (plain, True), (report, False), (report, True), (plain, False)]:
        process = subprocess.Popen(
            command, cwd=run_copy, env=environment(), start_new_session=True, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        time.sleep(moment.uniform(2, 30))
        if all_at_once:
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()  # dvc, or the line around it, alone: stages and kernels must notice
        process.wait()
        deadline = time.monotonic() + 20
        while (left := processes_in(run_copy)) and time.monotonic() < deadline:
            time.sleep(0.2)
        assert not left, [process.cmdline() for process in left]
    line(run_copy)
    assert (run_copy / "dvc.lock").read_bytes() == lock
    assert not processes_in(run_copy)


def test_what_was_deleted_comes_back_from_the_cache(run_copy: Path) -> None:
    import shutil

    before = content(run_copy / "report")
    shutil.rmtree(run_copy / "report")
    assert dvc(run_copy, "checkout").returncode == 0
    assert content(run_copy / "report") == before


def test_a_broken_dvc_lock_is_set_aside(run_copy: Path, capfd: pytest.CaptureFixture[str]) -> None:
    lock = run_copy / "dvc.lock"
    good = lock.read_bytes()
    lock.write_bytes(good[: len(good) // 2] + b"\n  - {")
    line(run_copy)
    assert lock.read_bytes() == good
    assert "cut short" in capfd.readouterr().out
