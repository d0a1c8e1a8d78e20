"""Runs one stage: parameters checked, notebook executed aside, results put in place in one move."""

from __future__ import annotations

import ast
import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

from ecomplan.claims import load_claims
from ecomplan.errors import DataError, EcomplanError, ParameterError
from ecomplan.findings import STAGE_ENV
from ecomplan.params import load_params
from ecomplan.stages import NOTEBOOKS

if TYPE_CHECKING:
    from ecomplan.pipeline.notebook import CellError

#: process whose end ends a stage, beside dvc: `ecomplan report` gives its own
FOLLOW_ENV = "ECOMPLAN_FOLLOW"
#: exit code of an error raised inside a notebook, by its name
_EXIT_CODES = {error.__name__: error.exit_code for error in (ParameterError, DataError)}


class StageError(EcomplanError):
    """A stage that ended before its results were complete."""

    def __init__(self, message: str, exit_code: int = 1):
        super().__init__(message)
        self.exit_code = exit_code


def notebook_of(root: Path, stage: str) -> Path:
    """The stage's notebook. Raises ParameterError for an unknown stage or a missing notebook."""
    if stage not in NOTEBOOKS:
        raise ParameterError(f"no stage {stage!r}; stages: {', '.join(NOTEBOOKS)}")
    path = root / "notebooks" / f"{NOTEBOOKS[stage]}.ipynb"
    if not path.exists():
        raise ParameterError(f"notebooks/{path.name} is missing; `git checkout notebooks` brings it back")
    return path


def check_parameters(path: Path, parameters: dict[str, Any]) -> None:
    """Raise ParameterError unless the notebook's parameters cell names exactly these parameters."""
    try:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    except (ValueError, KeyError):
        raise ParameterError(f"notebooks/{path.name} is not readable as a notebook") from None
    tagged = [cell for cell in cells if "parameters" in cell["metadata"].get("tags", [])]
    if len(tagged) != 1:
        raise ParameterError(f"notebooks/{path.name}: expected one cell tagged 'parameters', found {len(tagged)}")
    names = {
        target.id
        for node in ast.parse("".join(tagged[0]["source"])).body if isinstance(node, ast.Assign)
        for target in node.targets if isinstance(target, ast.Name)
    }
    if names != set(parameters):
        raise ParameterError(
            f"notebooks/{path.name}: the parameters cell and params.yaml differ; "
            f"only in the notebook: {', '.join(sorted(names - set(parameters))) or 'none'}; "
            f"only in params.yaml: {', '.join(sorted(set(parameters) - names)) or 'none'}"
        )


def run_stage(root: Path, stage: str) -> None:
    """Execute the stage's notebook and put its results under `out/<stage>/` (and `report/`).

    Nothing in `out/` changes until every cell has run and the results were read back. Raises
    ParameterError before any kernel starts, StageError where a cell fails or where notebook or
    parameters were edited meanwhile.
    """
    begun = time.perf_counter()
    params = load_params(root / "params.yaml")
    load_claims(root / "claims")
    notebook = notebook_of(root, stage)
    parameters = params.of_stage(stage)
    check_parameters(notebook, parameters)

    follow_parent()
    with _alone(root, stage):
        from ecomplan.pipeline import tracking

        later = tracking.LATER_ENV in os.environ
        loading = None if later else tracking.warm_up(root)  # mlflow loads while the kernel works
        from ecomplan.pipeline.notebook import CellError, execute

        aside = root / ".ecomplan" / "run" / stage
        shutil.rmtree(aside, ignore_errors=True)
        aside.mkdir(parents=True)
        before = _snapshot(root, notebook)
        executed = aside / "notebook.ipynb"
        _say(f"{stage}: notebooks/{notebook.name}")
        os.environ[STAGE_ENV] = str(aside)
        try:
            execute(notebook, executed, parameters, root, _say)
        except CellError as failure:
            raise _failed(root, stage, notebook, executed, parameters, failure) from None
        finally:
            del os.environ[STAGE_ENV]
        if _snapshot(root, notebook) != before:
            shutil.rmtree(aside)
            raise StageError(
                f"stage {stage}: params.yaml or notebooks/{notebook.name} changed while the stage ran; its result "
                f"would not be that of either version and was dropped. Run it again."
            )
        _read_back(aside, stage, notebook)
        _put_in_place(root, stage, aside)
        tracking.note_seconds(root, stage, time.perf_counter() - begun)
        if loading is not None:
            loading.join()
            tracking.record(root, [stage], say=_say)
    _say(f"{stage}: done in {time.perf_counter() - begun:.1f} s")


def _say(line: str) -> None:
    print(line, flush=True)


def _snapshot(root: Path, notebook: Path) -> str:
    return hashlib.sha256((root / "params.yaml").read_bytes() + notebook.read_bytes()).hexdigest()


def _read_back(aside: Path, stage: str, notebook: Path) -> None:
    """Refuse results that cannot be read or that name a section which the notebook does not have."""
    import nbformat

    from ecomplan.pipeline.notebook import headings

    if not (aside / "findings.json").exists():
        raise StageError(f"stage {stage}: notebooks/{notebook.name} ended without `stage.save()`: no findings.json")
    raw = json.loads((aside / "findings.json").read_text(encoding="utf-8"))
    known = set(headings(nbformat.read(notebook, as_version=4)))
    for kind in ("findings", "figures", "tables", "claims"):
        for item in raw[kind]:
            if item["section"] not in known:
                name = item.get("id") or item.get("name") or item.get("key")
                raise StageError(
                    f"stage {stage}: {kind[:-1]} {name} names section {item['section']!r}, "
                    f"which notebooks/{notebook.name} does not have"
                )


def _put_in_place(root: Path, stage: str, aside: Path) -> None:
    """Swap the new results in; the old ones stay until then."""
    target, old = root / "out" / stage, root / ".ecomplan" / "old" / stage
    target.parent.mkdir(exist_ok=True)
    shutil.rmtree(old, ignore_errors=True)
    old.parent.mkdir(parents=True, exist_ok=True)
    if (aside / "report").is_dir():
        (root / "report").mkdir(exist_ok=True)
        for path in sorted((aside / "report").iterdir()):
            path.replace(root / "report" / path.name)
        (aside / "report").rmdir()
    if target.exists():
        target.rename(old)
    aside.rename(target)
    shutil.rmtree(old, ignore_errors=True)


def _failed(
    root: Path, stage: str, notebook: Path, executed: Path, parameters: dict[str, Any], failure: CellError
) -> StageError:
    kept = root / ".ecomplan" / "failed" / f"{stage}.ipynb"
    kept.parent.mkdir(parents=True, exist_ok=True)
    if executed.exists():
        executed.replace(kept)
    shutil.rmtree(executed.parent, ignore_errors=True)
    shown = ", ".join(f"{key}={value!r}" for key, value in parameters.items())
    code = _EXIT_CODES.get(failure.error, 1)
    return StageError(
        f"stage {stage} failed\n"
        f"  notebook    notebooks/{notebook.name}\n"
        f"  cell        {failure.cell} of {failure.cells} code cells, under {failure.heading!r}\n"
        f"  error       {failure.error}: {failure.message}\n"
        + (f"  raised in   {failure.where}\n" if failure.where else "")
        + f"  parameters  {shown}\n"
        f"  look at     {kept.relative_to(root)} (the cells as far as they ran)\n"
        f"  unchanged   out/{stage}/ still holds the last good result, if there was one",
        exit_code=code,
    )


@contextmanager
def _alone(root: Path, stage: str) -> Iterator[None]:
    """Hold the stage's lock. A predecessor that was killed lets go of it within seconds."""
    path = root / ".ecomplan" / "lock" / stage
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        for _ in range(100):
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                time.sleep(0.1)
        else:
            raise StageError(f"stage {stage} is running in another process; wait for it or end it")
        yield


def follow_parent() -> None:
    """End this process and its kernel as soon as what started it is gone (`kill -9` on dvc, say)."""
    parent = psutil.Process().parent()
    if parent is None:
        return
    watched = [parent]
    with contextlib.suppress(psutil.Error):  # dvc starts the stage through a shell, which may stay in between
        grandparent = parent.parent()
        if "-c" in parent.cmdline()[:3] and grandparent is not None:
            watched.append(grandparent)
    if follow := os.environ.get(FOLLOW_ENV):
        try:
            watched.append(psutil.Process(int(follow)))
        except psutil.NoSuchProcess:
            raise StageError("the `ecomplan report` that started this line is gone; the stage was not begun") from None

    def alive(process: psutil.Process) -> bool:
        try:
            return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return False

    def watch() -> None:
        while all(alive(process) for process in watched):
            time.sleep(0.2)
        for child in psutil.Process().children(recursive=True):
            child.kill()
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
