"""`ecomplan forecast`: the engine on a user's own series, from a file to a file, in any folder."""

from __future__ import annotations

import argparse
import math
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ecomplan.errors import DataError, ParameterError

if TYPE_CHECKING:
    import pandas as pd

    from ecomplan.forecast.engine.settings import Settings

ENDINGS = (".csv", ".parquet")
EXAMPLE = """\
SERIES holds the columns unique_id, ds (dates, or whole numbers that count periods) and y; further numeric columns
are regressors, whose values ahead stand in FUTURE (unique_id, ds, the same columns).

example:
  ecomplan forecast sales.csv --horizon 12 --origins 4 --step 12 --out forecasts.parquet
"""
#: columns of the accuracy table: its name, the head, decimals, factor
SHOWN = (
    ("mase", "MASE", 3, 1), ("crps", "CRPS", 3, 1), ("rmsse", "RMSSE", 3, 1), ("smape", "sMAPE %", 1, 1),
    ("mape", "MAPE %", 1, 1), ("coverage_80", "in 80 %", 1, 100), ("coverage_95", "in 95 %", 1, 100),
)  # fmt: skip


def arguments(parser: argparse.ArgumentParser) -> None:
    """The command's options."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = EXAMPLE
    parser.add_argument("series", type=Path, metavar="SERIES", help="CSV or Parquet: unique_id, ds, y, regressors")
    parser.add_argument("--horizon", type=int, required=True, help="periods ahead")
    parser.add_argument("--out", type=Path, required=True, help="where the forecasts go, .csv or .parquet")
    parser.add_argument("--origins", type=int, default=0, help="past origins to test at; prints the accuracy table")
    parser.add_argument("--step", type=int, help="periods between origins (default: the horizon)")
    parser.add_argument("--freq", help="frequency of ds where it cannot be read off: MS, ME, QS, W-SUN, D, ...")
    parser.add_argument("--future", type=Path, help="CSV or Parquet: the regressors' values ahead")
    parser.add_argument("--country", default="GB", help="whose holidays: GB, CN or none (default: GB)")
    parser.add_argument("--members", help="methods to combine, with commas: snaive,sarima,ets,theta,ces")
    parser.add_argument("--lstm", choices=("auto", "never"), default="auto", help="the network where it proves itself")
    parser.add_argument("--jobs", type=int, default=1, help="workers (default: 1; results do not depend on it)")
    parser.add_argument("--backend", default="loky", help="loky, threading, dask or spark (the last two are extras)")
    parser.add_argument("--seed", type=int, default=2026, help="of all that is random (default: 2026)")
    parser.add_argument("--skip-bad", action="store_true", help="leave out series that cannot be read, and list them")


def run(options: argparse.Namespace) -> None:
    """Read, test at past origins where asked for, forecast, write. Nothing is written unless all went well."""
    begun = time.monotonic()
    _check_out(options.out, (options.series, options.future))
    if options.origins < 0 or (options.step is not None and options.step < 1):
        raise ParameterError("--origins must be 0 or more and --step 1 or more")
    frame = read_series(options.series)
    future = read_series(options.future) if options.future else None

    from ecomplan.forecast.engine.frame import read_panel
    from ecomplan.forecast.engine.run import backtest, predict

    settings = _settings(options)
    panel = read_panel(
        frame, options.horizon, freq=options.freq, future=future, on_bad="skip" if options.skip_bad else "raise",
    )
    for name, reason in panel.skipped:
        print(f"left out {name!r}: {reason}", file=sys.stderr)
    if panel.skipped:
        frame = frame[~frame["unique_id"].astype(str).isin([name for name, _ in panel.skipped])]
    lengths = [len(series.y) for series in panel.series]
    print(f"{len(panel)} series of {min(lengths)} to {max(lengths)} values, "
          f"{f'frequency {panel.freq}' if panel.freq else 'periods counted'}, season {panel.season}")

    progress = Progress()
    if options.origins:
        progress.begin(f"{options.origins} past origins")
        step = options.step or options.horizon
        tested = backtest(
            frame, options.horizon, options.origins, step, freq=options.freq, settings=settings, seed=options.seed,
            progress=progress,
        )
        progress.end()
        print(accuracy_text(tested.table))
    progress.begin("forecast")
    found = predict(
        frame, options.horizon, freq=options.freq, future=future, settings=settings, seed=options.seed,
        progress=progress,
    )
    progress.end()
    write_whole(found.frame, options.out)
    if found.outlook.verdict is not None:
        print(network_text(found.outlook.verdict.evidence))
    print(f"{options.out}: {len(found.frame):,} rows, {len(panel)} series x {options.horizon} periods, "
          f"{time.monotonic() - begun:.0f} s")
    if not options.origins:
        print("how good are they? --origins 4 tests the same at past origins, beside the baselines")


class Progress:
    """Series done and seconds, on stderr: rewritten in a terminal, a line now and then elsewhere."""

    EVERY_SECONDS = 10.0

    def __init__(self) -> None:
        self.label, self.begun, self.told, self.terminal = "", 0.0, 0.0, sys.stderr.isatty()

    def begin(self, label: str) -> None:
        self.label, self.begun, self.told = label, time.monotonic(), time.monotonic()

    def __call__(self, done: int, total: int) -> None:
        now = time.monotonic()
        if self.terminal:
            print(f"\r{self.label}: {done} of {total} fitted, {now - self.begun:.0f} s  ", end="", file=sys.stderr)
        elif now - self.told >= self.EVERY_SECONDS:
            print(f"{self.label}: {done} of {total} fitted, {now - self.begun:.0f} s", file=sys.stderr)
            self.told = now

    def end(self) -> None:
        start = "\r" if self.terminal else ""
        print(f"{start}{self.label}: done, {time.monotonic() - self.begun:.0f} s            ".rstrip(), file=sys.stderr)


def read_series(path: Path) -> pd.DataFrame:
    """A long table from CSV or Parquet; a table without unique_id is one series, named after its file."""
    import pandas as pd

    if not path.is_file():
        raise DataError(f"{path}: there is no such file")
    if path.suffix.lower() not in ENDINGS:
        raise DataError(f"{path}: the ending must be {' or '.join(ENDINGS)}")
    try:
        text = path.suffix.lower() == ".csv"
        frame = pd.read_csv(path, dtype={"unique_id": str}) if text else pd.read_parquet(path)
    except (ValueError, OSError) as error:  # pandas' and pyarrow's parser errors are among them
        raise DataError(f"{path}: cannot be read: {str(error).splitlines()[0]}") from error
    if "unique_id" not in frame and "ds" in frame:
        frame.insert(0, "unique_id", path.stem)
    return frame


def write_whole(frame: pd.DataFrame, path: Path) -> None:
    """Write CSV or Parquet whole or not at all: under another name first, then renamed."""
    part = path.with_name(f".{path.name}.part")
    try:
        if path.suffix.lower() == ".csv":
            frame.to_csv(part, index=False, lineterminator="\n")
        else:
            frame.to_parquet(part, index=False)
        part.replace(path)
    except OSError as error:
        raise DataError(f"{path}: cannot be written: {error.strerror}") from error
    finally:
        part.unlink(missing_ok=True)


def accuracy_text(table: pd.DataFrame) -> str:
    """The accuracy table of `backtest` as text, best model first, the seasonal naive's MASE taken off beside it."""
    shown = [column for column in SHOWN if column[0] in table]
    width = max(len("model"), *(len(str(model)) for model in table["model"]))
    lines = ["model".ljust(width) + "".join(head.rjust(9) for _, head, _, _ in shown) + "   MASE less snaive's (80 %)"]
    for _, row in table.sort_values("mase", kind="stable").iterrows():
        cells = (_cell(row[name] * factor, digits) for name, _, digits, factor in shown)
        lines.append(str(row["model"]).ljust(width) + "".join(cell.rjust(9) for cell in cells) + _gap(row))
    return "\n".join(lines)


def network_text(evidence: pd.DataFrame) -> str:
    """What the network was let do, and why, from its evidence at past origins."""
    rows = list(evidence.itertuples())
    if len({row.reason for row in rows}) == 1 and not any(row.enters for row in rows):
        return f"network stays out: {rows[0].reason}"
    does = {True: "enters", False: "stays out"}
    return "\n".join(f"network {does[bool(row.enters)]} by {row.measure}: {row.reason}" for row in rows)


def _gap(row: pd.Series) -> str:
    gaps = [row.get(name, math.nan) for name in ("difference", "low", "high")]
    return "" if any(math.isnan(gap) for gap in gaps) else "{:+10.3f}  ({:+.3f} to {:+.3f})".format(*gaps)


def _cell(value: float, digits: int) -> str:
    return "–" if math.isnan(value) else f"{value:.{digits}f}"


def _check_out(out: Path, inputs: tuple[Path | None, ...]) -> None:
    if out.suffix.lower() not in ENDINGS:
        raise ParameterError(f"--out {out}: the ending must be {' or '.join(ENDINGS)}")
    if not out.parent.is_dir():
        raise ParameterError(f"--out {out}: there is no folder {out.parent}")
    if any(given is not None and given.exists() and given.resolve() == out.resolve() for given in inputs):
        raise ParameterError(f"--out {out}: that is an input, which would be overwritten")


def _settings(options: argparse.Namespace) -> Settings:
    from ecomplan.forecast.engine.settings import Settings

    settings = Settings(lstm=options.lstm, jobs=options.jobs, backend=options.backend)
    if options.members:
        settings = replace(settings, members=tuple(name.strip() for name in options.members.split(",")))
    if options.country == "none":
        return replace(settings, calendar="none")
    return replace(settings, country=options.country)
