"""Executes a parameterized notebook: one line of progress a cell, an executed copy whose bytes repeat.

papermill runs the cells. What it and the kernel stamp on them (times, paths, random ids, versions) is
taken off again, so that a forced rerun gives the same file.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import papermill
import psutil
from papermill.engines import NBClientEngine, papermill_engines
from papermill.exceptions import PapermillExecutionError

from ecomplan.pipeline.warm import KERNEL, KERNEL_ENV, install_kernel

_ANSI = re.compile(r"\x1b\[[0-9;]*m")

@dataclass(frozen=True)
class CellError(Exception):
    """A cell that failed: where it stands and what it said."""

    heading: str
    cell: int
    cells: int
    error: str
    message: str
    where: str  # file and line inside ecomplan, if the fault arose there
    source: str


def headings(notebook: nbformat.NotebookNode) -> list[str]:
    """The heading above each cell ('' before the first one)."""
    found, current = [], ""
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            lines = re.findall(r"^#{1,4} +(.+)$", cell.source, flags=re.M)
            current = lines[-1].strip() if lines else current
        found.append(current)
    return found


def execute(path: Path, executed: Path, parameters: dict[str, Any], root: Path, say: Callable[[str], None]) -> None:
    """Run the notebook at `path` with `parameters`, from `root`, and write the executed copy.

    Raises CellError; the partly executed copy then stands at `executed` all the same. The kernel and
    its children are gone when this returns or raises.
    """
    _Engine.say = staticmethod(say)
    papermill_engines.register("ecomplan", _Engine)
    try:
        with _environment(KERNEL_ENV | {
            "IPYTHONDIR": str(root / ".ecomplan" / "ipython"),
            "JUPYTER_RUNTIME_DIR": str(root / ".ecomplan" / "runtime"), "JUPYTER_PATH": install_kernel(root),
        }):
            papermill.execute_notebook(
                path, executed, parameters=parameters, engine_name="ecomplan", progress_bar=False, cwd=root,
                kernel_name=KERNEL,
            )
    except PapermillExecutionError as error:
        raise _failure(executed, error) from None
    finally:
        _end_children()
        if executed.exists():
            notebook = nbformat.read(executed, as_version=4)
            normalise(notebook)
            nbformat.write(notebook, executed)


def normalise(notebook: nbformat.NotebookNode) -> None:
    """Take off, in place, what differs from run to run or from machine to machine."""
    notebook.metadata = nbformat.from_dict({
        "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
        "language_info": {"name": "python"},
    })
    for number, cell in enumerate(notebook.cells, start=1):
        cell.id = f"cell-{number:02d}"
        tags = cell.metadata.get("tags")
        cell.metadata = nbformat.from_dict({"tags": tags} if tags else {})
        if cell.cell_type == "code":
            # warnings and progress go to stderr: they name paths of this machine
            cell.outputs = [out for out in cell.outputs if out.get("name") != "stderr"]
            for out in cell.outputs:
                out.pop("metadata", None) if out.output_type == "stream" else None
                if "text/plain" in out.get("data", {}):
                    out.data["text/plain"] = re.sub(r" at 0x[0-9a-f]+", "", out.data["text/plain"])


class _Engine(NBClientEngine):  # type: ignore[misc]
    """papermill's own engine, saying one line a code cell."""

    say: Callable[[str], None] = staticmethod(print)

    @classmethod
    def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, **options: Any) -> Any:
        above = headings(nb_man.nb)
        code = [index for index, cell in enumerate(nb_man.nb.cells) if cell.cell_type == "code"]
        begun = time.perf_counter()
        complete = nb_man.cell_complete

        def cell_complete(cell: Any, cell_index: int | None = None, **more: Any) -> None:
            nonlocal begun
            complete(cell, cell_index, **more)
            now = time.perf_counter()
            if cell_index in code:
                place = code.index(cell_index) + 1
                cls.say(f"  [{place:2d}/{len(code)}] {above[cell_index][:56]:56s} {now - begun:6.1f} s")
            begun = now

        nb_man.cell_complete = cell_complete
        return super().execute_managed_notebook(nb_man, kernel_name, **options)


def _failure(executed: Path, error: PapermillExecutionError) -> CellError:
    notebook = nbformat.read(executed, as_version=4)
    above = headings(notebook)
    failed = next(
        (index for index, cell in enumerate(notebook.cells)
         if any(out.output_type == "error" for out in cell.get("outputs", []))), 0,
    )
    code = [index for index, cell in enumerate(notebook.cells) if cell.cell_type == "code"]
    trace = _ANSI.sub("", "\n".join(error.traceback))
    inside = re.findall(r"(src/ecomplan/[\w/]+\.py):(\d+)", trace)
    return CellError(
        heading=above[failed], cell=code.index(failed) + 1 if failed in code else 0, cells=len(code),
        error=error.ename, message=_ANSI.sub("", error.evalue), source=error.source,
        where=f"{inside[-1][0]}, line {inside[-1][1]}" if inside else "",
    )


@contextmanager
def _environment(values: dict[str, str]) -> Iterator[None]:
    before = {key: os.environ.get(key) for key in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for key, value in before.items():
            os.environ.pop(key, None) if value is None else os.environ.__setitem__(key, value)


def _end_children() -> None:
    """End what the kernel may have left running."""
    children = psutil.Process().children(recursive=True)
    for child in children:
        child.kill()
    psutil.wait_procs(children, timeout=5)
