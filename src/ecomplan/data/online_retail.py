"""Read Online Retail II: one compressed CSV that joins two extracts which overlap by some days."""

from __future__ import annotations

import lzma
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv as pc

from ecomplan.data.orders import CodeRule, RawOrders
from ecomplan.data.sources.online_retail_2 import SOURCE
from ecomplan.errors import DataError

#: their column -> ours, in the file's order
COLUMNS = {
    "Invoice": "order_id", "StockCode": "product_id", "Description": "description", "Quantity": "quantity",
    "InvoiceDate": "time", "Price": "unit_price", "Customer ID": "customer_id", "Country": "country",
}

#: stock codes that are no goods, found by listing every code that does not start with five digits. What is not
#: named here (DCGS..., PADS, SP1002) is goods under another numbering.
CODE_RULES = (
    CodeRule(
        "test_products", "dropped", "lines made to try the till; nothing was sold",
        ("TEST001", "TEST002"),
    ),
    CodeRule(
        "book_corrections", "adjustment", "bad debt and corrections entered by the book-keeper; no goods moved",
        ("B", "ADJUST", "ADJUST2"),
    ),
    CodeRule(
        "carriage", "fee", "postage and carriage charged to customers; income, but not from goods",
        ("POST", "DOT", "C2", "C3"),
    ),
    CodeRule(
        "bank_and_platform_charges", "fee",
        "what banks, the marketplace and a charity scheme took; cost, not sales",
        ("BANK CHARGES", "AMAZONFEE", "CRUK"),
    ),
    CodeRule(
        "manual_entries", "fee", "entered by hand without a product, in both directions and up to five figures",
        ("M",),
    ),
    CodeRule(
        "discounts_and_samples", "fee", "a discount or a sample parcel as a line of its own; belongs to no product",
        ("D", "S"),
    ),
    CodeRule(
        "gift_vouchers", "fee", "money for goods bought later; counting it would count those goods twice",
        ("GIFT", *(f"GIFT_0001_{value}0" for value in range(1, 10))),
    ),
)


def read(folder: Path) -> RawOrders:
    """Read the source's file in `folder`. Raises DataError where the file, a column or a value is not as pinned."""
    path = folder / SOURCE.files[0].name
    if not path.exists():
        raise DataError(f"{path.name} is missing in {folder.name}/; `ecomplan fetch` brings it")
    frame = canonical(_read_csv(path), path.name)
    return RawOrders(frame=frame, source=SOURCE.name, public=True, code_rules=CODE_RULES)


def _read_csv(path: Path) -> pd.DataFrame:
    types = dict.fromkeys(COLUMNS, pa.string())
    types |= {"Quantity": pa.int64(), "InvoiceDate": pa.timestamp("s"), "Price": pa.float64()}
    options = pc.ConvertOptions(
        column_types=types, include_columns=list(COLUMNS), timestamp_parsers=["%m/%d/%Y %H:%M"],
        strings_can_be_null=False,
    )
    try:
        table = pc.read_csv(pa.BufferReader(lzma.decompress(path.read_bytes())), convert_options=options)
    except (lzma.LZMAError, EOFError, pa.ArrowInvalid, KeyError) as error:
        raise DataError(
            f"{path.name} cannot be read ({path.stat().st_size} bytes): {error}; expected a CSV with the columns "
            f"{', '.join(COLUMNS)}; delete it and run `ecomplan fetch`"
        ) from None
    frame: pd.DataFrame = table.to_pandas()
    return frame


def canonical(frame: pd.DataFrame, name: str = "Online Retail II") -> pd.DataFrame:
    """The file's columns in the shape of `RawOrders.frame`.

    Product codes are written in capitals (85123a is 85123A), descriptions and countries trimmed. An invoice
    that starts with C is a cancellation, one with A an adjustment.
    """
    raw = frame.rename(columns=COLUMNS)
    doubled = doubled_rows(raw, name)
    raw["row"] = np.arange(1, len(raw) + 1, dtype=np.int64)
    raw["time"] = raw["time"].astype("datetime64[us]")
    raw["customer_id"] = _by_value(raw["customer_id"], lambda ids: ids.str.removesuffix(".0").mask(ids == ""))
    raw["product_id"] = _by_value(raw["product_id"], lambda codes: codes.str.strip().str.upper())
    raw["description"] = _by_value(raw["description"], lambda words: words.str.strip())
    raw["country"] = _by_value(raw["country"], lambda words: words.str.strip())
    first = _by_value(raw["order_id"], lambda ids: ids.str[0])
    raw["kind"] = np.select(
        [first.eq("A").to_numpy(), (first.eq("C") | raw["quantity"].lt(0)).to_numpy()], ["adjustment", "return"], "sale"
    )
    raw["kind"] = raw["kind"].astype("str")
    raw["doubled"] = doubled
    return raw[["row", *COLUMNS.values(), "kind", "doubled"]]


def doubled_rows(raw: pd.DataFrame, name: str = "Online Retail II") -> np.ndarray:
    """True for rows of the second extract that the first one holds as well.

    Two extracts were joined, each in order of time: where time jumps back, the second begins. In the days which
    both cover, the k-th copy of a line in the second is doubled if the first has a k-th copy as well; what only
    one of them has stays. Raises DataError where time jumps back more than once.
    """
    time = raw["time"].to_numpy()
    jumps = np.flatnonzero(time[1:] < time[:-1]) + 1
    doubled = np.zeros(len(raw), dtype=bool)
    if len(jumps) == 0:
        return doubled
    if len(jumps) > 1:
        raise DataError(
            f"{name}: expected two extracts, each in order of time, found time jumping back at rows "
            f"{', '.join(str(row + 1) for row in jumps[:5])}"
        )
    start = int(jumps[0])
    second = np.arange(len(raw)) >= start
    rows = np.flatnonzero(
        np.where(second, time <= time[:start].max(), time >= time[start:].min())
    )
    columns = [column for column in COLUMNS.values() if column in raw]
    both = raw.iloc[rows][columns].assign(second=second[rows])
    both["copy"] = both.groupby([*columns, "second"], dropna=False, observed=True, sort=False).cumcount()
    twice = both.duplicated([*columns, "copy"], keep="first").to_numpy()
    doubled[rows[twice & second[rows]]] = True
    return doubled


def _by_value(column: pd.Series, change: object) -> pd.Series:
    """A change of text applied once a distinct value: columns repeat few values a million times."""
    codes, values = pd.factorize(column)
    changed = change(pd.Series(values))  # type: ignore[operator]
    result: pd.Series = changed.take(codes).set_axis(column.index)
    return result
