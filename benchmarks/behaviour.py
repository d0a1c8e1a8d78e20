"""Stages segments (concentration included) and lifetime on the platform's lines, and on ten times the lines.

Runs the notebooks' own cells, all of them, with the parameters of params.yaml: models, standard errors, resamples,
simulated ranges. Figures are not drawn and tables not written, for these do not grow with the lines. Times are
processor seconds, so that other work on the machine does not count.

Run: .venv/bin/python benchmarks/behaviour.py [times]     (default 10; needs `out/prepare/tables`)
"""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
import pandas as pd

from ecomplan import findings
from ecomplan.findings import Stage, Table, read_table

ROOT = Path(__file__).parents[1]
NOTEBOOKS = {"segments": "20_segments", "lifetime": "21_lifetime"}
IDS = ("order_id", "customer_id")


@dataclass
class Bench(Stage):
    """A stage that reads its tables `times` over under new ids, draws nothing and keeps its tables in memory."""

    times: int = 1
    kept: dict[tuple[str, str], pd.DataFrame] = field(default_factory=dict)
    spent_reading: float = 0.0

    def read(self, stage: str, table: str, columns: list[str] | None = None) -> pd.DataFrame:
        start = time.process_time()
        if (stage, table) in self.kept:
            return self.kept[stage, table][columns or slice(None)]
        frame = read_table(ROOT / "out" / stage, table, columns)
        ids = [name for name in IDS if name in frame]
        if self.times > 1 and ids:
            frame = pd.concat([
                frame.assign(**{name: frame[name] + f"-{copy}" for name in ids}) for copy in range(self.times)
            ], ignore_index=True)
        self.spent_reading += time.process_time() - start
        return frame

    def table(self, name: str, frame: pd.DataFrame, caption: str) -> pd.DataFrame:
        self.kept[self.name, name] = frame
        self._tables[name] = Table(name, caption, len(frame), tuple(map(str, frame.columns)), self._section)
        return frame

    def figure(self, *_: Any, **__: Any) -> None:
        return None

    def save(self) -> None:
        return None


def run(times: int) -> dict[str, float]:
    """Processor seconds of the cells of each notebook, without reading the tables and the imports."""
    kept: dict[tuple[str, str], pd.DataFrame] = {}
    seconds = {}
    for name, notebook in NOTEBOOKS.items():
        stage = Bench(name=name, root=ROOT, out=ROOT, times=times, kept=kept)
        findings.Stage.open = classmethod(lambda _, __, stage=stage: stage)  # type: ignore[method-assign,assignment]
        cells = [cell.source for cell in nbformat.read(ROOT / "notebooks" / f"{notebook}.ipynb", as_version=4).cells
                 if cell.cell_type == "code"]
        space: dict[str, Any] = {}
        for cell in cells[:2]:  # parameters, imports
            exec(cell, space)
        start = time.process_time()
        for cell in cells[2:]:
            exec(cell, space)
        seconds[name] = time.process_time() - start - stage.spent_reading
    return seconds


def main() -> None:
    times = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    lines = len(read_table(ROOT / "out" / "prepare", "lines", ["kind"]))
    run(1)  # warm: what a library sets up at its first use is not the data's
    found = {count: run(count) for count in (1, times)}
    for count, seconds in found.items():
        parts = ", ".join(f"{name} {value:.2f} s" for name, value in seconds.items())
        print(f"{lines * count:>11,} lines: {sum(seconds.values()):6.2f} s ({parts})")
    once, many = (sum(found[count].values()) for count in (1, times))
    print(f"{times} times the lines take {many / once:.1f} times as long")


if __name__ == "__main__":
    main()
