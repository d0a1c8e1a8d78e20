"""Contracts of the canonical tables (pandera): column, type, range. docs/data.md says what each means."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pandera.pandas as pa

from ecomplan.data.orders import KINDS
from ecomplan.errors import DataError

_TIME = "datetime64[us]"


def _number(kind: str = "float64", low: float | None = None, **options: Any) -> pa.Column:
    return pa.Column(kind, pa.Check.ge(low) if low is not None else None, **options)


def _text(pattern: str = "", **options: Any) -> pa.Column:
    return pa.Column("str", pa.Check.str_matches(pattern) if pattern else None, **options)


def _customer(nullable: bool) -> pa.Column:
    return _text("^[0-9a-f]{16}$", nullable=nullable)


def _sign_follows_kind(frame: pd.DataFrame) -> Any:
    """Sales have pieces and money above zero, returns below."""
    sale, back = frame["kind"].eq("sale"), frame["kind"].eq("return")
    low = frame[["quantity", "amount"]].min(axis=1)
    high = frame[["quantity", "amount"]].max(axis=1)
    return (~sale | (low > 0)) & (~back | (high < 0))


def _matched_is_return(frame: pd.DataFrame) -> Any:
    return frame["matched_line_id"].isna() | frame["kind"].eq("return")


def _in_order(first: str, last: str) -> pa.Check:
    return pa.Check(lambda frame: frame[first] <= frame[last], name=f"{first} <= {last}", error=f"{first} <= {last}")


RAW = pa.DataFrameSchema(
    {
        "row": _number("int64", 1), "order_id": _text("^."), "product_id": _text("^."), "description": _text(),
        "quantity": pa.Column("int64", pa.Check.ne(0)), "time": pa.Column(_TIME), "unit_price": _number(),
        "customer_id": _text(nullable=True), "country": _text(),
        "kind": pa.Column("str", pa.Check.isin(KINDS)), "doubled": pa.Column(bool),
    },
    name="raw orders", strict=True,
)
LINES = pa.DataFrameSchema(
    {
        "line_id": _number("int64", 1), "order_id": _text(), "time": pa.Column(_TIME),
        "customer_id": pa.Column("str", nullable=True), "country": _text(), "product_id": _text(),
        "description": _text(), "quantity": pa.Column("int64", pa.Check.ne(0)), "unit_price": _number(),
        "amount": _number(), "kind": pa.Column("str", pa.Check.isin(KINDS)),
        "matched_line_id": pa.Column("Int64", nullable=True),
    },
    checks=[
        pa.Check(_sign_follows_kind, error="sales above zero, returns below zero (quantity and amount)"),
        pa.Check(_matched_is_return, error="only returns have a matched_line_id"),
    ],
    unique=["line_id"], name="lines", strict=True, ordered=True,
)
ORDERS = pa.DataFrameSchema(
    {
        "order_id": _text(unique=True), "time": pa.Column(_TIME), "customer_id": _customer(nullable=True),
        "country": _text(), "lines": _number("int64", 1), "items": _number("int64", 1), "amount": _number(low=0),
    },
    name="orders", strict=True, ordered=True,
)
CUSTOMERS = pa.DataFrameSchema(
    {
        "customer_id": pa.Column("str", pa.Check.str_matches("^[0-9a-f]{16}$"), unique=True), "country": _text(),
        "first_order": pa.Column(_TIME), "last_order": pa.Column(_TIME), "orders": _number("int64", 1),
        "items": _number("int64", 1), "sales": _number(low=0), "returns": _number(low=0), "net_sales": _number(),
    },
    checks=_in_order("first_order", "last_order"), name="customers", strict=True, ordered=True,
)
PRODUCTS = pa.DataFrameSchema(
    {
        "product_id": _text(unique=True), "description": _text(), "lines": _number("int64", 1),
        "orders": _number("int64", 1), "items": _number("int64", 1), "sales": _number(low=0),
        "returns": _number(low=0), "first_sold": pa.Column(_TIME), "last_sold": pa.Column(_TIME),
    },
    checks=_in_order("first_sold", "last_sold"), name="products", strict=True, ordered=True,
)
CALENDAR = pa.DataFrameSchema(
    {
        "date": pa.Column(_TIME, unique=True), "month": pa.Column(_TIME),
        "weekday": pa.Column("int64", pa.Check.in_range(0, 6)), "is_open": pa.Column(bool),
        "orders": _number("int64", 0), "sales": _number(low=0), "in_full_month": pa.Column(bool),
    },
    name="calendar", strict=True, ordered=True,
)
RULES = pa.DataFrameSchema(
    {
        "rule": _text(unique=True), "reason": _text("^."), "rows": _number("int64", 0), "revenue": _number(),
        "effect": pa.Column("str", pa.Check.isin([*KINDS, "dropped"])),
    },
    name="rules", strict=True, ordered=True,
)


def hold(frame: pd.DataFrame, contract: pa.DataFrameSchema) -> pd.DataFrame:
    """The frame, if it keeps its contract. Raises DataError naming table, column, first row, value, expectation."""
    from pandera.errors import SchemaError

    _hold_columns(frame, contract)
    try:
        contract.validate(frame)
    except SchemaError as error:
        raise DataError(_explain(error, frame, str(contract.name))) from None
    return frame


def _hold_columns(frame: pd.DataFrame, contract: pa.DataFrameSchema) -> None:
    found, wanted = list(frame.columns), list(contract.columns)
    for column in wanted:
        if column not in found:
            raise DataError(f"table {contract.name}: column {column} is missing; found {', '.join(map(str, found))}")
    for column in found:
        if column not in wanted:
            raise DataError(f"table {contract.name}: column {column} is not in the contract: {', '.join(wanted)}")
    if contract.ordered and found != wanted:
        raise DataError(f"table {contract.name}: columns stand in the order {', '.join(found)}; "
                        f"expected {', '.join(wanted)}")


def _explain(error: Any, frame: pd.DataFrame, table: str) -> str:
    reason = error.reason_code.name if error.reason_code is not None else ""
    column = error.schema.name if isinstance(error.schema, pa.Column) else ""
    where = f"table {table}" + (f", column {column}" if column else "")
    if reason == "WRONG_DATATYPE":
        return f"{where}: expected type {error.schema.dtype}, found {frame[column].dtype}"
    expected = getattr(error.check, "error", None) or str(error.check)
    expected = {"SERIES_CONTAINS_NULLS": "no empty value", "SERIES_CONTAINS_DUPLICATES": "no value twice",
                "DUPLICATES": "no key twice"}.get(reason, expected)
    cases = error.failure_cases
    row, value = "", ""
    if isinstance(cases, pd.DataFrame) and len(cases) and cases["index"].notna().any():
        first = cases.sort_values("index").iloc[0]
        row = f", row {int(first['index']) + 1}"
        value = f", found {first['failure_case']}" if column else ""
    return f"{where}{row}: expected {expected}{value}"
