"""Read own data: a folder of CSV or Parquet files and a mapping of their columns to ours."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv as pc
import pyarrow.parquet as pq

from ecomplan.data.orders import RawOrders
from ecomplan.data.own_mapping import Mapping, load_mapping
from ecomplan.errors import DataError

SUFFIXES = (".csv", ".parquet")
_OFFSET = r"(?:Z|[+-]\d{2}:?\d{2})$"
_LISTED = 5  # rows named in a message


def read(folder: Path, mapping_file: Path, currency: str) -> RawOrders:
    """All order lines of a folder, in order of file name and row.

    `currency` is money.currency of params.yaml. Times with an offset are turned to the mapping's time zone, those
    without are taken as local. Returns get a negative quantity whatever sign they had. Without a column of kinds,
    a line with a negative quantity is a return. Raises DataError naming file, column, row (1 is the first below
    the head), value and what was expected.
    """
    mapping = load_mapping(mapping_file, currency)
    if not folder.is_dir():
        raise DataError(f"{folder.name}/: the folder is missing; expected order files at data.folder of params.yaml")
    files = sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES)
    if not files:
        found = ", ".join(sorted(path.name for path in folder.iterdir())[:_LISTED]) or "nothing"
        raise DataError(f"{folder.name}/: expected at least one .csv or .parquet file, found {found}")
    parts = [_read_file(path, mapping) for path in files]
    frame = pd.concat(parts, ignore_index=True)
    if mapping.duplicates == "refuse":
        _no_duplicates(frame)
    frame["row"] = np.arange(1, len(frame) + 1, dtype=np.int64)
    frame["doubled"] = False
    return RawOrders(frame=frame.drop(columns=["file", "file_row"]), source="files", public=False)


def _read_file(path: Path, mapping: Mapping) -> pd.DataFrame:
    raw = _load(path)
    for their, our in mapping.columns.items():
        if their not in raw.columns:
            raise DataError(
                f"{path.name}: column {their!r} is missing (columns.{their} of the mapping, our {our}); "
                f"found {', '.join(map(str, raw.columns))}"
            )
    if raw.empty:
        raise DataError(f"{path.name} is empty: it has a head but no rows; expected order lines")
    raw = raw[list(mapping.columns)].rename(columns=mapping.columns)
    at = _Where(path.name, mapping)
    frame = pd.DataFrame({"file": path.name, "file_row": np.arange(1, len(raw) + 1)})
    frame["file"] = frame["file"].astype("str")
    for column in ("order_id", "product_id"):
        frame[column] = _text(raw[column])
        at.refuse(column, frame[column].eq(""), raw[column], "a value")
    frame["description"] = _text(raw["description"]) if "description" in raw else ""
    frame["country"] = (_text(raw["country"]) if "country" in raw else pd.Series("", index=raw.index)).replace(
        "", "Unspecified"
    )
    customer = _text(raw["customer_id"])
    frame["customer_id"] = customer.mask(customer.eq(""))
    frame["time"] = _times(raw["time"], mapping, at)
    frame["quantity"] = _numbers(raw["quantity"], "quantity", at)
    frame["unit_price"] = _numbers(raw["unit_price"], "unit_price", at)
    at.refuse("quantity", frame["quantity"].mod(1).ne(0), raw["quantity"], "whole pieces")
    at.refuse("quantity", frame["quantity"].eq(0), raw["quantity"], "a quantity other than zero")
    frame["quantity"] = frame["quantity"].astype("int64")
    if "currency" in raw:
        _one_currency(_text(raw["currency"]), mapping, at)
    frame["kind"] = _kinds(raw, frame["quantity"], mapping, at)
    trade = frame["kind"].isin(["sale", "return"])
    at.refuse("unit_price", trade & frame["unit_price"].le(0), raw["unit_price"], "a price above zero in trade")
    sale, back = frame["kind"].eq("sale"), frame["kind"].eq("return")
    at.refuse("quantity", sale & frame["quantity"].lt(0), raw["quantity"], "a quantity above zero in sales")
    frame["quantity"] = frame["quantity"].mask(back, -frame["quantity"].abs())
    text = ["description", "country", "customer_id", "kind"]
    frame[text] = frame[text].astype("str")
    return frame


class _Where:
    """Names file, column (theirs and ours), rows and values in a message."""

    def __init__(self, file: str, mapping: Mapping):
        self.file, self.mapping = file, mapping

    def refuse(self, column: str, wrong: pd.Series, values: pd.Series, expected: str) -> None:
        rows = np.flatnonzero(wrong.to_numpy())
        if len(rows) == 0:
            return
        more = f" (and {len(rows) - _LISTED} more)" if len(rows) > _LISTED else ""
        shown = ", ".join(str(row + 1) for row in rows[:_LISTED])
        value = values.iloc[rows[0]]
        found = "nothing" if pd.isna(value) else repr(str(value))
        raise DataError(
            f"{self.file}: column {self.mapping.theirs(column)!r} ({column}), "
            f"row{'s' if len(rows) > 1 else ''} {shown}{more}: found {found}"
            f"{' first' if len(rows) > 1 else ''}, expected {expected}"
        )


def _load(path: Path) -> pd.DataFrame:
    size = path.stat().st_size
    if size == 0:
        raise DataError(f"{path.name} is empty (0 bytes); expected a head with column names and order lines")
    try:
        if path.suffix.lower() == ".parquet":
            frame: pd.DataFrame = pq.read_table(path).to_pandas()
            return frame
        names = pc.open_csv(path).schema.names
        types = pc.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False)
        frame = pc.read_csv(path, convert_options=types).to_pandas()
        return frame
    except (pa.ArrowInvalid, UnicodeDecodeError, OSError) as error:
        reason = str(error).splitlines()[0].replace(str(path), path.name)
        kind = "Parquet" if path.suffix.lower() == ".parquet" else "CSV (UTF-8, commas, one head line)"
        raise DataError(
            f"{path.name} cannot be read ({size} bytes, cut short or no {kind}): {reason}"
        ) from None


def _text(column: pd.Series) -> pd.Series:
    """Trimmed text, empty for null; whole numbers stored as floats lose their '.0'."""
    if pd.api.types.is_float_dtype(column):
        column = column.astype("Int64") if column.dropna().mod(1).eq(0).all() else column
    return column.astype("str").where(column.notna(), "").str.strip()


def _numbers(column: pd.Series, name: str, at: _Where) -> pd.Series:
    numbers = pd.to_numeric(column, errors="coerce").astype("float64")
    finite = numbers.between(-np.inf, np.inf, inclusive="neither")
    at.refuse(name, ~finite, column, "a number with a decimal point, e.g. 12.50")
    return numbers


def _times(column: pd.Series, mapping: Mapping, at: _Where) -> pd.Series:
    """Local times without a zone, datetime64[us]."""
    if isinstance(column.dtype, pd.DatetimeTZDtype):
        local = column.dt.tz_convert(mapping.zone).dt.tz_localize(None)
    elif pd.api.types.is_datetime64_any_dtype(column):
        local = column
    else:
        text = _text(column)
        pattern = mapping.date_format or "ISO8601"
        offset = text.str.contains(_OFFSET, regex=True) & text.str.contains(":")
        local = pd.to_datetime(text.mask(offset), format=pattern, errors="coerce").astype("datetime64[us]")
        if offset.any():
            zoned = pd.to_datetime(text[offset], format=pattern, errors="coerce", utc=True)
            local[offset] = zoned.dt.tz_convert(mapping.zone).dt.tz_localize(None).astype("datetime64[us]")
    shown = f"a time like {mapping.date_format}" if mapping.date_format else "an ISO 8601 time, e.g. 2025-03-31 14:05"
    at.refuse("time", local.isna(), column, f"{shown} (date_format of the mapping)")
    result: pd.Series = local.astype("datetime64[us]")
    return result


def _one_currency(column: pd.Series, mapping: Mapping, at: _Where) -> None:
    found = sorted(column.unique())
    if len(found) > 1:
        row = int(np.flatnonzero(column.ne(column.iloc[0]).to_numpy())[0])
        raise DataError(
            f"{at.file}: column {mapping.theirs('currency')!r} (currency), row {row + 1}: two currencies, "
            f"{' and '.join(repr(word) for word in found[:_LISTED])}; expected {mapping.currency} alone: convert the "
            f"prices or leave those lines out"
        )
    at.refuse("currency", column.ne(mapping.currency), column, f"{mapping.currency}, as the mapping says")


def _kinds(raw: pd.DataFrame, quantity: pd.Series, mapping: Mapping, at: _Where) -> pd.Series:
    if "kind" not in raw:
        return pd.Series(np.where(quantity < 0, "return", "sale"), index=raw.index, dtype="str")
    words = _text(raw["kind"])
    known = ", ".join(repr(word) for word in mapping.kinds)
    at.refuse("kind", ~words.isin(list(mapping.kinds)), words, f"one of the words under kinds of the mapping: {known}")
    return words.map(mapping.kinds).astype("str")


def _no_duplicates(frame: pd.DataFrame) -> None:
    same = ["order_id", "product_id", "time", "quantity", "unit_price"]
    twice = frame.duplicated(same)
    if not twice.any():
        return
    line = frame[twice].iloc[0]
    first = frame[(frame[same] == line[same]).all(axis=1)].iloc[0]
    raise DataError(
        f"{line['file']}: row {line['file_row']} repeats {first['file']} row {first['file_row']} (order "
        f"{line['order_id']}, product {line['product_id']}, the same time, quantity and price); {int(twice.sum())} "
        f"such rows; expected each order line once. If they are real, write `duplicates: keep` in the mapping"
    )


