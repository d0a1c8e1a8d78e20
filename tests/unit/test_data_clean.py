"""Cleaning: each line under one rule, money conserved, matching as a slow loop does it, doubled days."""

import random
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecomplan.data import online_retail
from ecomplan.data.clean import clean
from ecomplan.data.matching import match_returns
from ecomplan.data.money import micros
from ecomplan.data.orders import RawOrders
from ecomplan.data.pseudonyms import id_key, pseudonymise
from ecomplan.errors import DataError

ROWS = [  # invoice, code, quantity, day, price, customer, rule that must take it
    ("1", "22041", 5, 1, 2.10, "7", "sales"),
    ("C2", "22041", -2, 3, 2.10, "7", "returns_matched"),
    ("C3", "22041", -4, 4, 2.10, "7", "returns_unmatched"),  # only three pieces are left
    ("C4", "22041", -1, 5, 2.10, None, "returns_without_customer"),
    ("5", "22041", 1, 5, 0.425, None, "sales_without_customer"),
    ("6", "POST", 1, 5, 18.0, "7", "carriage"),
    ("7", "22041", -9, 6, 0.0, None, "stock_write_offs"),
    ("8", "22041", 2, 6, 0.0, "7", "zero_price"),
    ("A9", "B", 1, 6, -100.5, None, "source_adjustments"),
    ("10", "B", 1, 6, 11.0, None, "book_corrections"),
    ("11", "22041", 1, 6, -1.0, None, "negative_price"),
    ("12", "test001", 1, 6, 4.5, "7", "test_products"),
    ("13", "gift_0001_20", 1, 6, 20.0, "7", "gift_vouchers"),
    ("C14", "m", -1, 6, 3.0, "7", "manual_entries"),
]


def file_frame() -> pd.DataFrame:
    """The rows in the shape of Online Retail II's file."""
    return pd.DataFrame({
        "Invoice": [row[0] for row in ROWS], "StockCode": [row[1] for row in ROWS], "Description": "THING ",
        "Quantity": [row[2] for row in ROWS],
        "InvoiceDate": pd.to_datetime([f"2010-03-{row[3]:02d} 10:00" for row in ROWS]).astype("datetime64[s]"),
        "Price": [row[4] for row in ROWS],
        "Customer ID": [f"{row[5]}.0" if row[5] else "" for row in ROWS], "Country": "France",
    })


def raw_orders(frame: pd.DataFrame) -> RawOrders:
    return RawOrders(online_retail.canonical(frame), "online_retail_2", True, online_retail.CODE_RULES)


@pytest.mark.parametrize("place", range(len(ROWS)), ids=[row[6] for row in ROWS])
def test_each_line_falls_under_its_rule(place: int) -> None:
    cleaned = clean(raw_orders(file_frame()), 90)
    rule = cleaned.rules.set_index("rule").loc[ROWS[place][6]]
    assert rule["rows"] == 1
    assert rule["revenue"] == pytest.approx(ROWS[place][2] * ROWS[place][4], abs=1e-9)
    kept = cleaned.lines.set_index("line_id")["kind"].get(place + 1, "dropped")
    assert kept == rule["effect"]


def test_rows_and_money_are_conserved_exactly() -> None:
    rules = clean(raw_orders(file_frame()), 90).rules
    exact = sum(Fraction(str(row[4])) * row[2] for row in ROWS)
    assert rules["rows"].sum() == len(ROWS)
    assert Fraction(sum(round(value * 1_000_000) for value in rules["revenue"]), 1_000_000) == exact


@given(st.lists(st.tuples(st.integers(-999, 999), st.integers(-99999, 999999)), min_size=1, max_size=60))
@settings(max_examples=40, deadline=None)
def test_money_adds_up_to_the_penny(lines: list[tuple[int, int]]) -> None:
    """Thousandths of a pound times pieces: exact, where floats are not."""
    price = pd.Series([mill / 1000 for _, mill in lines])
    pieces = pd.Series([count for count, _ in lines])
    assert int(micros(price, pieces).sum()) == 1000 * sum(count * mill for count, mill in lines)


def test_money_too_large_for_exact_sums_is_refused() -> None:
    with pytest.raises(DataError, match="too large"):
        micros(pd.Series([1e12]), pd.Series([10_000_000]))


def slow_match(lines: pd.DataFrame, days: int) -> dict[int, int]:
    """Returns in order of time, each takes the newest sale that fits: one loop in the other."""
    left = {row.line_id: row.quantity for row in lines.itertuples() if row.kind == "sale"}
    found = {}
    returns = lines[(lines["kind"] == "return") & lines["customer_id"].notna()]
    for back in returns.sort_values(["time", "line_id"]).itertuples():
        fits = [
            (sale.time, sale.line_id) for sale in lines[lines["kind"] == "sale"].itertuples()
            if sale.customer_id == back.customer_id and sale.product_id == back.product_id
            and sale.time <= back.time <= sale.time + pd.Timedelta(days=days) and left[sale.line_id] >= -back.quantity
        ]
        if fits:
            found[back.line_id] = max(fits)[1]
            left[max(fits)[1]] += back.quantity
    return found


@given(st.integers(0, 10_000))
@settings(max_examples=25, deadline=None)
def test_matching_equals_the_slow_loop(seed: int) -> None:
    draw = random.Random(seed)
    count = 40
    kind = [draw.choice(["sale", "sale", "return"]) for _ in range(count)]
    lines = pd.DataFrame({
        "line_id": range(1, count + 1),
        "customer_id": pd.Series([draw.choice(["a", "b", None]) for _ in range(count)], dtype="str"),
        "product_id": [draw.choice("xy") for _ in range(count)],
        "time": pd.to_datetime([f"2010-01-{draw.randint(1, 28):02d}" for _ in range(count)]).astype("datetime64[us]"),
        "quantity": [draw.randint(1, 6) * (1 if word == "sale" else -1) for word in kind],
        "kind": pd.Series(kind, dtype="str"),
    })
    fast = match_returns(lines, 12).dropna()
    assert {int(key): int(value) for key, value in fast.items()} == slow_match(lines, 12)


def test_window_is_kept() -> None:
    frame = file_frame().iloc[[0, 1]].reset_index(drop=True)  # the return comes two days after its sale
    for window, matched in ((2, 1), (1, 0)):
        assert clean(raw_orders(frame), window).rules.set_index("rule")["rows"]["returns_matched"] == matched


def two_extracts() -> pd.DataFrame:
    """Days 1 to 4 and days 3 to 6; day 3 has a line twice, day 4 one that only the second extract holds."""
    frame = file_frame().iloc[[0] * 9].reset_index(drop=True)
    days = [f"2010-03-0{day}" for day in (1, 3, 3, 4, 3, 3, 4, 4, 6)]
    frame["InvoiceDate"] = pd.to_datetime(days).astype("datetime64[s]")
    frame["Invoice"] = ["1", "3", "3", "4", "3", "3", "4", "new", "6"]
    return frame


def test_doubled_days_keep_one_copy_of_each_line() -> None:
    doubled = online_retail.canonical(two_extracts())["doubled"]
    assert list(np.flatnonzero(doubled)) == [4, 5, 6]  # both copies of day 3 and the one of day 4, not the new line


def test_time_jumping_back_twice_is_refused() -> None:
    with pytest.raises(DataError, match="rows 5, 10"):
        online_retail.canonical(pd.concat([two_extracts(), two_extracts()], ignore_index=True))


def test_pseudonyms_are_keyed_and_keep_who_is_who() -> None:
    ids = pd.Series(["7", None, "8", "7"], dtype="str")
    first, second = pseudonymise(ids, b"k" * 16), pseudonymise(ids, b"l" * 16)
    assert first[0] == first[3] != first[2] and pd.isna(first[1])
    assert len(first[0]) == 16 and first[0] != second[0]


def test_own_data_need_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    for key in ("", "short"):
        monkeypatch.setenv("ECOMPLAN_ID_KEY", key)
        with pytest.raises(DataError, match="at least 16 characters") as refusal:
            id_key(public=False)
        assert refusal.value.exit_code == 3
    monkeypatch.setenv("ECOMPLAN_ID_KEY", "x" * 16)
    assert id_key(public=False) == b"x" * 16
