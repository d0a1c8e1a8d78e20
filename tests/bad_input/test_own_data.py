"""What is wrong with own data is said: file, column, row, value, and what was expected (exit code 3)."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from ecomplan.data import own
from ecomplan.data.contracts import RAW, hold
from ecomplan.errors import DataError

EXAMPLE = Path(__file__).parents[2] / "examples" / "own_data"


class Case:
    """A copy of the example that a test spoils."""

    def __init__(self, folder: Path):
        self.orders, self.mapping = folder / "orders", folder / "mapping.yaml"
        self.orders.mkdir()
        self.csv = self.orders / "orders.csv"
        self.csv.write_bytes((EXAMPLE / "orders.csv").read_bytes())
        self.mapping.write_bytes((EXAMPLE / "mapping.yaml").read_bytes())

    def cell(self, row: int, column: str, value: str) -> None:
        frame = pd.read_csv(self.csv, dtype=str, keep_default_na=False)
        frame.loc[row - 1, column] = value
        frame.to_csv(self.csv, index=False)

    def map(self, old: str, new: str) -> None:
        text = self.mapping.read_text(encoding="utf-8")
        assert old in text
        self.mapping.write_text(text.replace(old, new), encoding="utf-8")

    def parquet(self, frame: pd.DataFrame) -> Path:
        self.csv.unlink()
        path = self.orders / "orders.parquet"
        frame.to_parquet(path, index=False)
        return path

    def frame(self) -> pd.DataFrame:
        return pd.read_csv(self.csv)

    def read(self) -> pd.DataFrame:
        return own.read(self.orders, self.mapping, "EUR").frame


@pytest.fixture
def case(tmp_path: Path) -> Case:
    return Case(tmp_path)


def cut_short(case: Case) -> None:
    path = case.parquet(case.frame())
    path.write_bytes(path.read_bytes()[:-200])


def twice(case: Case) -> None:
    lines = case.csv.read_text(encoding="utf-8").splitlines()
    (case.orders / "second.csv").write_text("\n".join([lines[0], lines[3], lines[3]]) + "\n", encoding="utf-8")


def two_currencies(case: Case) -> None:
    case.map("  line_type: kind", "  money: currency\n  line_type: kind")
    frame = case.frame()
    frame["money"] = ["EUR"] * (len(frame) - 1) + ["CHF"]
    frame.to_csv(case.csv, index=False)


BAD: dict[str, tuple[Callable[[Case], object], str]] = {
    "missing folder": (lambda c: setattr(c, "orders", c.orders / "gone"), r"gone/: the folder is missing"),
    "no order file": (
        lambda c: c.csv.rename(c.orders / "orders.txt"),
        r"expected at least one .csv or .parquet.*found orders.txt",
    ),
    "empty file": (lambda c: c.csv.write_text(""), r"orders.csv is empty \(0 bytes\)"),
    "head only": (
        lambda c: c.csv.write_text(c.csv.read_text().splitlines()[0] + "\n"),
        r"orders.csv is empty: it has a head",
    ),
    "missing column": (
        lambda c: c.map("ordered_at:", "orderedat:"),
        r"column 'orderedat' is missing.*columns.orderedat.*time.*found order_no, ordered_at",
    ),
    "unreadable date": (
        lambda c: c.cell(7, "ordered_at", "31.02.2025"),
        r"'ordered_at' \(time\), row 7: found '31.02.2025', expected a time like",
    ),
    "negative price": (
        lambda c: c.cell(2, "price", "-9.50"),
        r"'price' \(unit_price\), row 2: found '-9.50', expected a price above zero",
    ),
    "zero price": (
        lambda c: c.cell(3, "price", "0"),
        r"'price' \(unit_price\), row 3: found '0', expected a price above zero",
    ),
    "word for a quantity": (
        lambda c: c.cell(4, "pieces", "three"),
        r"'pieces' \(quantity\), row 4: found 'three', expected a number",
    ),
    "half a piece": (lambda c: c.cell(4, "pieces", "1.5"), r"row 4: found '1.5', expected whole pieces"),
    "no quantity": (
        lambda c: c.cell(4, "pieces", "0"),
        r"row 4: found '0', expected a quantity other than zero",
    ),
    "negative sale": (
        lambda c: c.cell(4, "pieces", "-2"),
        r"row 4: found '-2', expected a quantity above zero in sales",
    ),
    "no order number": (
        lambda c: c.cell(5, "order_no", ""),
        r"'order_no' \(order_id\), row 5: found '', expected a value",
    ),
    "unknown kind": (
        lambda c: c.cell(6, "line_type", "gift"),
        r"row 6: found 'gift', expected one of the words under kinds",
    ),
    "duplicated lines": (twice, r"second.csv: row 1 repeats orders.csv row 3 .*; 2 such rows"),
    "two currencies": (two_currencies, r"'money' \(currency\), row 58: two currencies, 'CHF' and 'EUR'"),
    "other currency": (
        lambda c: c.map("EUR", "USD"),
        r"mapping.yaml: currency is USD, but money.currency.*is EUR",
    ),
    "truncated parquet": (cut_short, r"orders.parquet cannot be read \(\d+ bytes, cut short or no Parquet\)"),
    "no csv inside": (
        lambda c: c.csv.write_bytes(b"\xff\xfe\x00a,b\n\x80\x81,2\n"),
        r"orders.csv cannot be read",
    ),
    "missing mapping": (lambda c: c.mapping.unlink(), r"mapping.yaml: the mapping file is missing"),
    "no YAML": (lambda c: c.mapping.write_text("columns: [a: b"), r"mapping.yaml is not readable as YAML"),
    "unknown key": (
        lambda c: c.map("duplicates:", "duplicate:"),
        r"unknown parameter duplicate .*did you mean duplicates",
    ),
    "unknown column of ours": (
        lambda c: c.map("pieces: quantity", "pieces: quantities"),
        r"columns.pieces: 'quantities' is no column",
    ),
    "column not mapped": (lambda c: c.map("  pieces: quantity\n", ""), r"no column is mapped to quantity"),
    "unknown kind in mapping": (
        lambda c: c.map("refund: return", "refund: refund"),
        r"kinds.refund = 'refund' is no kind; expected sale, return",
    ),
    "unknown time zone": (
        lambda c: c.map("Europe/Berlin", "Europe/Atlantis"),
        r"time_zone 'Europe/Atlantis' is unknown",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_own_data_is_refused(case: Case, name: str) -> None:
    spoil, message = BAD[name]
    spoil(case)
    with pytest.raises(DataError, match=message) as refusal:
        case.read()
    assert refusal.value.exit_code == 3
    assert str(case.mapping.parent) not in str(refusal.value)  # no path of this machine
    print(f"{name}: {refusal.value}")


def test_the_example_itself_is_right(case: Case) -> None:
    frame = case.read()
    hold(frame, RAW)
    assert frame["kind"].value_counts().to_dict() == {"sale": 48, "fee": 6, "return": 3, "adjustment": 1}
    assert (frame.loc[frame["kind"] == "return", "quantity"] < 0).all()  # written as positive in the file


def test_parquet_reads_as_csv_does(case: Case) -> None:
    from_csv = case.read()
    frame = case.frame()
    frame["ordered_at"] = pd.to_datetime(frame["ordered_at"])
    case.parquet(frame)
    pd.testing.assert_frame_equal(case.read(), from_csv)


def test_duplicates_may_be_meant(case: Case) -> None:
    before = len(case.read())
    twice(case)
    case.map("duplicates: refuse", "duplicates: keep")
    assert len(case.read()) == before + 2


def test_times_with_an_offset_become_local(case: Case) -> None:
    case.map('date_format: "%Y-%m-%d %H:%M"', 'date_format: ""')
    case.cell(1, "ordered_at", "2025-07-01T23:30:00Z")
    case.cell(2, "ordered_at", "2025-01-01T23:30:00-05:00")
    time = case.read()["time"]
    assert [str(when) for when in time[:3]] == ["2025-07-02 01:30:00", "2025-01-02 05:30:00", "2025-01-10 12:18:00"]


def test_without_kinds_a_negative_quantity_is_a_return(case: Case) -> None:
    case.map("  line_type: kind ", "  # ")
    text = case.mapping.read_text(encoding="utf-8")
    case.mapping.write_text(text[:text.index("kinds:")] + text[text.index("currency:"):], encoding="utf-8")
    frame = pd.read_csv(case.csv)
    frame = frame[frame["line_type"] != "stock"]
    frame.loc[frame["line_type"] == "refund", "pieces"] *= -1
    frame.to_csv(case.csv, index=False)
    assert case.read()["kind"].value_counts().to_dict() == {"sale": 54, "return": 3}
