"""The stage's three steps: read the source, clean its lines, build the canonical tables."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from ecomplan.data import online_retail
from ecomplan.data.clean import Cleaned, clean
from ecomplan.data.contracts import CALENDAR, CUSTOMERS, LINES, ORDERS, PRODUCTS, RAW, RULES, hold
from ecomplan.data.dates import shift_years
from ecomplan.data.orders import RawOrders
from ecomplan.data.tables import calendar_table, customers_table, orders_table, products_table
from ecomplan.params import PrepareStage


@dataclass(frozen=True)
class Prepared:
    """The canonical tables, each as docs/data.md says, dates shifted."""

    lines: pd.DataFrame
    orders: pd.DataFrame
    customers: pd.DataFrame
    products: pd.DataFrame
    calendar: pd.DataFrame
    rules: pd.DataFrame


def read_orders(root: Path, p: PrepareStage) -> RawOrders:
    """Raw order lines of the source that `data.source` names. Raises DataError for what cannot be read."""
    if p.source == "files":
        from ecomplan.data import own

        raw = own.read(root / p.folder, root / p.mapping, p.currency)
    else:
        raw = online_retail.read(root / p.folder)
    hold(raw.frame, RAW)
    return raw


def clean_orders(raw: RawOrders, p: PrepareStage) -> Cleaned:
    """Every raw line under exactly one cleaning rule. Raises DataError if anything were lost."""
    return clean(raw, p.match_window_days)


def build_tables(cleaned: Cleaned, p: PrepareStage) -> Prepared:
    """The canonical tables, each held against its contract (DataError)."""
    calendar = calendar_table(cleaned.lines, p.shift_years)
    lines = cleaned.lines.assign(time=shift_years(cleaned.lines["time"], p.shift_years))
    orders = orders_table(lines)
    return Prepared(
        lines=hold(lines, LINES), orders=hold(orders, ORDERS),
        customers=hold(customers_table(lines, orders), CUSTOMERS), products=hold(products_table(lines), PRODUCTS),
        calendar=hold(calendar, CALENDAR), rules=hold(cleaned.rules, RULES),
    )


def prepare(root: Path, p: PrepareStage) -> Prepared:
    """All three steps."""
    return build_tables(clean_orders(read_orders(root, p), p), p)
