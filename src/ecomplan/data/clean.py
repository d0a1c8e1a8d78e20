"""The cleaning rules: every raw line ends under exactly one of them, and its money is counted there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ecomplan.data.matching import match_returns, matched_ids
from ecomplan.data.money import micros, to_currency
from ecomplan.data.orders import RawOrders
from ecomplan.data.pseudonyms import id_key, pseudonymise
from ecomplan.errors import DataError

LINE_COLUMNS = [
    "line_id", "order_id", "time", "customer_id", "country", "product_id", "description", "quantity", "unit_price",
    "amount", "kind", "matched_line_id",
]
DROPPED = "dropped"


@dataclass(frozen=True)
class Cleaned:
    """Order lines after cleaning.

    `lines` as in docs/data.md, dates not yet shifted; `rules` one row a rule: rule, reason, rows, revenue, effect;
    `repeated_lines` kept lines that stand in their order a second time with the same product, time, quantity and
    price; `undescribed_lines` kept goods lines without a description.
    """

    lines: pd.DataFrame
    rules: pd.DataFrame
    repeated_lines: int
    undescribed_lines: int


def clean(raw: RawOrders, match_window_days: int) -> Cleaned:
    """Apply the rules in their order; the first that fits a line takes it.

    Revenue is quantity * unit_price. Raises DataError if rows or revenue by rule did not add up to the raw file's.
    """
    frame = raw.frame
    amount = micros(frame["unit_price"], frame["quantity"])
    book = _Book(len(frame))
    _apply(book, raw)
    matched = _match(frame, book, match_window_days)
    _split_trade(book, frame, matched)
    rules = book.table(amount)
    effect = book.effects()
    kept = effect != DROPPED
    lines = frame.loc[kept].rename(columns={"row": "line_id"}).reset_index(drop=True)
    lines["kind"] = pd.Series(effect[kept], dtype="str")
    lines["amount"] = to_currency(amount[kept])
    lines["matched_line_id"] = matched_ids(lines["line_id"].to_numpy(), matched)
    lines["customer_id"] = pseudonymise(lines["customer_id"], id_key(raw.public))
    lines = lines[LINE_COLUMNS]
    goods = lines["kind"].isin(["sale", "return"])
    same = ["order_id", "product_id", "time", "quantity", "unit_price"]
    return Cleaned(
        lines=lines, rules=rules, repeated_lines=int(lines[goods].duplicated(same).sum()),
        undescribed_lines=int((goods & lines["description"].eq("")).sum()),
    )


class _Book:
    """Which rule took which row."""

    def __init__(self, rows: int):
        self.rule = np.full(rows, -1, dtype=np.int8)
        self.named: list[tuple[str, str, str]] = []

    @property
    def open(self) -> np.ndarray:
        """True for rows that no rule has taken yet."""
        return np.asarray(self.rule < 0)

    def take(self, rule: str, effect: str, reason: str, fits: np.ndarray) -> None:
        self.rule[self.open & fits] = len(self.named)
        self.named.append((rule, effect, reason))

    def effects(self) -> np.ndarray:
        return np.array([effect for _, effect, _ in self.named], dtype=object)[self.rule]

    def table(self, amount: np.ndarray) -> pd.DataFrame:
        """Rows and revenue a rule, in the order in which the rules were applied."""
        if self.open.any():
            raise DataError(f"no cleaning rule fits raw row {int(np.flatnonzero(self.open)[0]) + 1}")
        count = len(self.named)
        rows = np.bincount(self.rule, minlength=count).astype(np.int64)
        micro = np.zeros(count, dtype=np.int64)
        np.add.at(micro, self.rule, amount)
        if rows.sum() != len(amount) or micro.sum() != amount.sum():  # whole numbers: exact, not nearly
            raise DataError(
                f"table rules: {rows.sum()} rows and {to_currency(micro.sum()):.2f} by rule, expected the raw file's "
                f"{len(amount)} and {to_currency(amount.sum()):.2f}"
            )
        return pd.DataFrame({
            "rule": pd.Series([rule for rule, _, _ in self.named], dtype="str"),
            "reason": pd.Series([reason for _, _, reason in self.named], dtype="str"),
            "rows": rows, "revenue": to_currency(micro),
            "effect": pd.Series([effect for _, effect, _ in self.named], dtype="str"),
        })


def _apply(book: _Book, raw: RawOrders) -> None:
    """All rules but those on trade itself."""
    frame = raw.frame
    price, quantity = frame["unit_price"].to_numpy(), frame["quantity"].to_numpy()
    nobody = frame["customer_id"].isna().to_numpy()
    kind = frame["kind"]
    book.take(
        "doubled_days", DROPPED, "two extracts overlap by some days; the second copy of each line goes",
        frame["doubled"].to_numpy(),
    )
    for code in raw.code_rules:
        if code.effect == DROPPED:
            book.take(code.rule, code.effect, code.reason, frame["product_id"].isin(code.codes).to_numpy())
    book.take(
        "source_adjustments", "adjustment", "the source books the whole order as an adjustment, e.g. of bad debt",
        kind.eq("adjustment").to_numpy(),
    )
    book.take("negative_price", "adjustment", "nothing is sold at a price below zero", price < 0)
    book.take(
        "stock_write_offs", "adjustment",
        "pieces leave without price and customer: broken, lost or counted wrong; no revenue",
        (quantity < 0) & (price == 0) & nobody,
    )
    book.take(
        "zero_price", DROPPED, "no price: gifts, found stock and notes of the store room; no revenue", price == 0
    )
    for code in raw.code_rules:
        if code.effect != DROPPED:
            book.take(code.rule, code.effect, code.reason, frame["product_id"].isin(code.codes).to_numpy())
    book.take("source_fees", "fee", "the source says that the line is no goods", kind.eq("fee").to_numpy())


def _match(frame: pd.DataFrame, book: _Book, window_days: int) -> pd.Series:
    columns = ["row", "customer_id", "product_id", "time", "quantity", "kind"]
    return match_returns(frame.loc[book.open, columns].rename(columns={"row": "line_id"}), window_days)


def _split_trade(book: _Book, frame: pd.DataFrame, matched: pd.Series) -> None:
    """Returns and sales: what is left after the other rules."""
    nobody = frame["customer_id"].isna().to_numpy()
    back = frame["kind"].eq("return").to_numpy()
    found = frame["row"].isin(matched.dropna().index).to_numpy()
    book.take(
        "returns_matched", "return", "cancelled or sent back, and the sale it takes back was found", back & found
    )
    book.take(
        "returns_without_customer", "return", "taken back from an unnamed buyer: no sale can be looked for",
        back & nobody,
    )
    book.take(
        "returns_unmatched", "return",
        "taken back from a named customer, but no sale in the window holds as many pieces", back,
    )
    book.take(
        "sales_without_customer", "sale", "goods sold to an unnamed buyer: sales, but not part of customer analyses",
        nobody,
    )
    book.take("sales", "sale", "goods sold to a named customer", np.ones(len(frame), dtype=bool))
