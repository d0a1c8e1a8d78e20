"""Clickstream of a web shop: a companion for how visitors get to an order."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ecomplan.data.sources.base import Source, SourceFile
from ecomplan.errors import DataError

if TYPE_CHECKING:  # the list of sources is read where pandas is not wanted
    import pandas as pd

SOURCE = Source(
    name="clickstream",
    title="Web shop clickstream",
    citation=(
        "Retentioneering (2024). Example event log ecom, carried by the package retentioneering 5.2.4"
    ),
    licence="of the package that carries it: Apache-2.0; of the log: not stated",
    label=(
        "Synthetic by its own description: half a year of events of a made-up web shop, with faults planted in "
        "it."
    ),
    package="retentioneering",
    version="5.2.4",
    wheel="retentioneering-5.2.4-py3-none-any.whl",
    wheel_sha256="f4ab91b67c6deed93728bfb6e503adfe304f101a53e9112ee0219b304b0f3b1a",
    files=(
        SourceFile(
            member="retentioneering/datasets/ecom.csv.gz",
            name="ecom.csv.gz",
            sha256="110716838facbec8143c6c9af74500eb0252197da212fd75aa4c47bf3b692090",
            bytes=244_496,
        ),
    ),
)

#: the log's columns and our names for them
COLUMNS = {
    "user_id": "user_id", "session_id": "session_id", "event": "event", "timestamp": "time", "platform": "platform",
    "acquisition_channel": "channel", "user_cohort": "cohort", "user_lifecycle": "lifecycle",
}


def read(root: Path) -> pd.DataFrame:
    """The event log, one row an event in the log's order: user_id, session_id, event, time, platform, channel,
    cohort, lifecycle (text; time datetime64[us]).

    Raises DataError for a missing file or column, an empty cell, a time that is none, and a log without events.
    """
    import pandas as pd

    path = root / "data" / "raw" / SOURCE.name / SOURCE.files[0].name
    where = f"{SOURCE.name}/{path.name}"
    if not path.is_file():
        raise DataError(f"{where} is missing under data/raw; `ecomplan fetch` brings it")
    try:
        raw = pd.read_csv(path, dtype=str)
    except (OSError, EOFError, UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise DataError(f"{where} is not readable as gzipped CSV ({error}); `ecomplan fetch` brings it anew") from None
    missing = [name for name in COLUMNS if name not in raw.columns]
    if missing:
        raise DataError(
            f"{where}: column {', '.join(missing)} is missing; expected {', '.join(COLUMNS)}; "
            f"`ecomplan fetch` brings the file anew"
        )
    if raw.empty:
        raise DataError(f"{where} holds no events; expected one row an event; `ecomplan fetch` brings the file anew")
    frame = raw[list(COLUMNS)].rename(columns=COLUMNS)
    empty = frame.isna()
    if empty.to_numpy().any():
        column = str(empty.any().idxmax())
        raise DataError(f"{where}: row {_row(empty[column])}: column {column} is empty; expected text")
    times = pd.to_datetime(frame["time"], format="%Y-%m-%d %H:%M:%S", errors="coerce")
    if times.isna().any():
        row = _row(times.isna())
        raise DataError(
            f"{where}: row {row}: timestamp = {frame['time'].iloc[row - 2]!r} is no time; expected YYYY-MM-DD HH:MM:SS"
        )
    return frame.assign(time=times.astype("datetime64[us]"))


def _row(marked: pd.Series[bool]) -> int:
    """Line of the file (header is line 1) of the first marked row."""
    return int(marked.to_numpy().argmax()) + 2
