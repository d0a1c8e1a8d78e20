"""The files of `ecomplan forecast`: series and days in, forecasts out, whole or not at all."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from ecomplan.errors import DataError, ParameterError

if TYPE_CHECKING:
    import pandas as pd

ENDINGS = (".csv", ".parquet")
LONGEST_CLOSED = 3660  # days that one range of closing days may span: beyond, a year is mistyped
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


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


def read_days(given: str) -> tuple[pd.Timestamp, ...]:
    """Closing days from a file (one day or FIRST..LAST a line, # begins a remark, a first line without a digit
    is a heading) or from such a list with commas."""
    import pandas as pd

    path = Path(given)
    if path.is_file():
        lines = [line.partition("#")[0].partition(",")[0].strip() for line in path.read_text("utf-8").splitlines()]
        entries = lines[1:] if lines and not re.search(r"\d", lines[0]) else lines
    else:
        entries = [entry.strip() for entry in given.split(",")]
    found: set[pd.Timestamp] = set()
    for entry in filter(None, entries):
        first, _, last = entry.partition("..")
        try:
            if not all(DAY.fullmatch(day) for day in (first, last or first)):
                raise ValueError
            days = pd.date_range(first, last or first)
        except ValueError as error:
            raise ParameterError(
                f"--closed: {entry!r} is neither a file nor a day; expected 2025-12-25 or 2025-12-24..2026-01-03"
            ) from error
        if not 0 < len(days) <= LONGEST_CLOSED:
            raise ParameterError(f"--closed: {entry!r} is no range of days, first to last")
        found.update(days)
    if not found:
        raise ParameterError(f"--closed {given}: no day is named there")
    return tuple(sorted(found))


def check_out(out: Path, inputs: tuple[Path | None, ...]) -> None:
    """Refuse, before the work begins, an `out` that could not be written in the end or that is an input."""
    if out.suffix.lower() not in ENDINGS:
        raise ParameterError(f"--out {out}: the ending must be {' or '.join(ENDINGS)}")
    if not out.parent.is_dir():
        raise ParameterError(f"--out {out}: there is no folder {out.parent}")
    if out.is_dir():
        raise ParameterError(f"--out {out}: that is a folder")
    if any(given is not None and given.exists() and given.resolve() == out.resolve() for given in inputs):
        raise ParameterError(f"--out {out}: that is an input, which would be overwritten")
    part = _part(out)
    try:
        part.touch()
        part.unlink()
    except OSError as error:
        raise DataError(f"{out}: cannot be written: {error.strerror or error}") from error


def write_whole(frame: pd.DataFrame, path: Path) -> None:
    """Write CSV or Parquet whole or not at all: under another name first, then renamed."""
    part = _part(path)
    try:
        if path.suffix.lower() == ".csv":
            frame.to_csv(part, index=False, lineterminator="\n")
        else:
            frame.to_parquet(part, index=False)
        part.replace(path)
    except OSError as error:
        raise DataError(f"{path}: cannot be written: {error.strerror or error}") from error
    finally:
        part.unlink(missing_ok=True)


def _part(path: Path) -> Path:
    return path.with_name(f".{path.name}.part")
