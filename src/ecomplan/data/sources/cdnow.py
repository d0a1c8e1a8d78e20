"""CDNOW purchases: a companion for customer value, where the literature's answers are known."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ecomplan.data.sources.base import Source, SourceFile
from ecomplan.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

SOURCE = Source(
    name="cdnow",
    title="CDNOW purchases",
    citation=(
        "Fader, P. S. and Hardie, B. G. S. (2001). Forecasting repeat sales at CDNOW: a case study. "
        "Interfaces 31(3), part 2, S94-S107. Files as carried by the package lifetimes 0.11.3"
    ),
    licence="of the data: not stated; of the package that carries them: MIT",
    label="Real purchases of an online record shop's customers, 1997 to mid 1998; another trade and another time.",
    package="lifetimes",
    version="0.11.3",
    wheel="Lifetimes-0.11.3-py3-none-any.whl",
    wheel_sha256="261e3dc89977c2b60767ca6728aaa29d429de0c814635070a749c36555895da8",
    files=(
        SourceFile(
            member="lifetimes/datasets/CDNOW_master.txt",
            name="CDNOW_master.txt",
            sha256="eff6889ed364c5199d6eacbbeb7a6d559971df4406ac876f322c373f00a072ef",
            bytes=1_950_500,
        ),
        SourceFile(
            member="lifetimes/datasets/CDNOW_sample.txt",
            name="CDNOW_sample.txt",
            sha256="6fae10155c0b0ba363c2c386e30f77990d22328220efd862a5edd1443420d94a",
            bytes=228_327,
        ),
        SourceFile(
            member="lifetimes/datasets/cdnow_customers_summary.csv",
            name="cdnow_customers_summary.csv",
            sha256="09d92ca80daaabe8be0f997d4c539f9c9606106baa5b199081fe01cbce5fa9f6",
            bytes=40_079,
        ),
    ),
)

#: columns of the summary file and our names for them; times in weeks
COUNTS = {"ID": "customer", "frequency": "x", "recency": "last", "T": "age"}
CALIBRATION_END = "1997-09-30"  # the literature fits on purchases up to this day


def read_counts(root: Path) -> pd.DataFrame:
    """One row a customer of the 2,357 sampled: customer, x (repeat purchases), last, age (weeks).

    Raises DataError for a missing file or column and for a value that is no number or negative.
    """
    import pandas as pd

    path, where = _path(root, "cdnow_customers_summary.csv")
    try:
        raw = pd.read_csv(path, dtype=str)
    except (OSError, UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise DataError(f"{where} is not readable as CSV ({error}); `ecomplan fetch` brings it anew") from None
    missing = [name for name in COUNTS if name not in raw.columns]
    if missing:
        raise DataError(
            f"{where}: column {', '.join(missing)} is missing; expected {', '.join(COUNTS)}; "
            f"`ecomplan fetch` brings the file anew"
        )
    return _numbers(raw[list(COUNTS)].rename(columns=COUNTS), where, first_row=2)


def read_purchases(root: Path) -> pd.DataFrame:
    """One row a purchase of the sampled customers: customer, day, value (USD).

    Raises DataError for a missing file, a row without five fields, and values that are no number or no day.
    """
    import pandas as pd

    path, where = _path(root, "CDNOW_sample.txt")
    try:
        raw = pd.read_csv(path, sep=r"\s+", header=None, dtype=str)
    except (OSError, UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise DataError(f"{where} is not readable as a table ({error}); `ecomplan fetch` brings it anew") from None
    if raw.shape[1] != 5:
        raise DataError(f"{where}: {raw.shape[1]} columns; expected 5 (master id, id, day, discs, dollars)")
    frame = raw[[1, 2, 4]].set_axis(["customer", "day", "value"], axis=1)
    days = pd.to_datetime(frame["day"], format="%Y%m%d", errors="coerce")
    if days.isna().any():
        at = int(days.isna().to_numpy().argmax())
        raise DataError(f"{where}: row {at + 1}: day = {frame['day'].iloc[at]!r} is none; expected YYYYMMDD")
    return _numbers(frame[["customer", "value"]], where, first_row=1).assign(day=days)[["customer", "day", "value"]]


def _path(root: Path, name: str) -> tuple[Path, str]:
    path, where = root / "data" / "raw" / SOURCE.name / name, f"{SOURCE.name}/{name}"
    if not path.is_file():
        raise DataError(f"{where} is missing under data/raw; `ecomplan fetch` brings it")
    return path, where


def _numbers(frame: pd.DataFrame, where: str, first_row: int) -> pd.DataFrame:
    """The frame as numbers, none missing or negative; else DataError with column and line."""
    import pandas as pd

    found = pd.DataFrame({name: pd.to_numeric(frame[name], errors="coerce") for name in frame})
    wrong = found.isna() | (found < 0)
    if wrong.to_numpy().any():
        column = str(wrong.any().idxmax())
        at = int(wrong[column].to_numpy().argmax())
        raise DataError(
            f"{where}: row {at + first_row}: column {column} = {frame[column].iloc[at]!r}; expected a number from 0"
        )
    return found.assign(customer=found["customer"].astype("int64"))
