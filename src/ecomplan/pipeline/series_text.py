"""What `ecomplan forecast` says: progress, the accuracy table, why the network came in or stayed out."""

from __future__ import annotations

import math
import sys
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

#: columns of the accuracy table: its name, the head, decimals, factor
SHOWN = (
    ("mase", "MASE", 3, 1), ("crps", "CRPS", 3, 1), ("rmsse", "RMSSE", 3, 1), ("smape", "sMAPE %", 1, 1),
    ("mape", "MAPE %", 1, 1), ("coverage_80", "in 80 %", 1, 100), ("coverage_95", "in 95 %", 1, 100),
)  # fmt: skip
MARKS = {"naive": "baseline", "snaive": "baseline", "zhang": "baseline", "combination": "forecast"}
FOOTNOTE = """\
MASE: absolute error of the median q50; CRPS: error of the whole distribution; RMSSE: root of the mean's squared error;
all three in units of the {unit}'s error within the history (1: as large as that), less is better. in 80 %,
in 95 %: percent of values inside these intervals. {last}combination is what --out holds."""


def tell(text: str) -> None:
    """A line of the result, in its place among those of the progress."""
    print(text, flush=True)


def note(text: str) -> None:
    """A line beside the result."""
    print(text, file=sys.stderr, flush=True)


class Progress:
    """A line a step on stderr: rewritten while it runs in a terminal, told every `EVERY_SECONDS` elsewhere."""

    EVERY_SECONDS = 30.0

    def __init__(self) -> None:
        self.label, self.begun, self.told, self.terminal = "", 0.0, 0.0, sys.stderr.isatty()

    def begin(self, label: str) -> None:
        self.label, self.begun, self.told = label, time.monotonic(), time.monotonic()

    def __call__(self, done: int, total: int) -> None:
        now = time.monotonic()
        text = f"{self.label}: {done} of {total} series fitted, {now - self.begun:.0f} s"
        if self.terminal:
            print(f"\r{text}  ", end="", file=sys.stderr, flush=True)
        elif now - self.told >= self.EVERY_SECONDS:
            note(text)
            self.told = now

    def end(self) -> None:
        text = f"{self.label}: done, {time.monotonic() - self.begun:.0f} s"
        note(f"\r{text:<60}" if self.terminal else text)


def accuracy_text(table: pd.DataFrame, season: int) -> str:
    """The accuracy table of `backtest` as text, best model first, the seasonal naive's MASE taken off beside it."""
    shown = [column for column in SHOWN if column[0] in table]
    names = {model: _marked(str(model)) for model in table["model"]}
    width = max(len(name) for name in names.values())
    unit = "seasonal naive" if season > 1 else "naive"
    several = "series" in table and int(table["series"].max()) > 1
    heads = "".join(head.rjust(9) for _, head, _, _ in shown)
    lines = ["model".ljust(width) + heads + "   MASE less snaive's" + (" (80 %)" if several else "")]
    for _, row in table.sort_values("mase", kind="stable").iterrows():
        cells = "".join(_cell(row[name] * factor, digits).rjust(9) for name, _, digits, factor in shown)
        lines.append((names[row["model"]].ljust(width) + cells + _gap(row, several)).rstrip())
    last = "Last column with its 80 % interval, series resampled. " if several else ""
    return "\n".join([*lines, FOOTNOTE.format(unit=unit, last=last)])


def network_text(evidence: pd.DataFrame) -> str:
    """What the network was let do, and why, from its evidence at past origins."""
    rows = list(evidence.itertuples())
    if len({row.reason for row in rows}) == 1 and not any(row.enters for row in rows):
        return f"network stays out: {rows[0].reason}"
    does = {True: "enters", False: "stays out"}
    return "\n".join(f"network {does[bool(row.enters)]} by {row.measure}: {row.reason}" for row in rows)


def _marked(model: str) -> str:
    return f"{model} ({MARKS[model]})" if model in MARKS else model


def _gap(row: pd.Series, several: bool) -> str:
    gaps = [row.get(name, math.nan) for name in ("difference", "low", "high")]
    if any(math.isnan(gap) for gap in gaps):
        return ""
    return "{:+10.3f}  ({:+.3f} to {:+.3f})".format(*gaps) if several else f"{gaps[0]:+10.3f}"


def _cell(value: float, digits: int) -> str:
    return "–" if math.isnan(value) else f"{value:.{digits}f}"
