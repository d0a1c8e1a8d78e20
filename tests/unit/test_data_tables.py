"""Canonical tables: totals conserved, dates moved, contracts that name what is wrong, small groups hidden."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pandera.errors import SchemaError

from ecomplan.data.contracts import CALENDAR, LINES, hold
from ecomplan.data.dates import full_months, shift_years
from ecomplan.data.prepare import Prepared, prepare
from ecomplan.data.summary import bridge, countries, last_year, monthly_trade
from ecomplan.errors import DataError
from ecomplan.params import PrepareStage

EXAMPLE = Path(__file__).parents[2] / "examples" / "own_data"


@pytest.fixture
def tables(monkeypatch: pytest.MonkeyPatch) -> Prepared:
    """The example of own data, prepared end to end."""
    monkeypatch.setenv("ECOMPLAN_ID_KEY", "a key for tests, long enough")
    return prepare(EXAMPLE.parents[1], example_params())


def example_params() -> PrepareStage:
    return PrepareStage(
        match_window_days=90, source="files", folder="examples/own_data", mapping="examples/own_data/mapping.yaml",
        shift_years=0, currency="EUR", cny_per_currency_unit=8, contribution_margin_low=0.2,
        contribution_margin_likely=0.3, contribution_margin_high=0.4, min_group=2,
    )


def test_example_of_own_data_runs_end_to_end(tables: Prepared) -> None:
    """Against the file itself, read and added here by hand."""
    file = pd.read_csv(EXAMPLE / "orders.csv")
    money = (file["pieces"] * file["price"]).groupby(file["line_type"]).sum()
    sold = file[file["line_type"] == "sale"]
    assert len(tables.lines) == len(file)
    assert tables.orders["amount"].sum() == pytest.approx(money["sale"])
    assert len(tables.orders) == sold["order_no"].nunique()
    assert len(tables.customers) == sold["customer_no"].nunique()
    assert set(tables.products["product_id"]) == set(sold["article"])
    assert not set(tables.customers["customer_id"]) & set(file["customer_no"].dropna())
    effect = tables.rules.groupby("effect")["revenue"].sum()
    assert effect["return"] == pytest.approx(-money["refund"])
    assert effect["fee"] == pytest.approx(money["shipping"])
    assert tables.lines["matched_line_id"].notna().sum() == (file["line_type"] == "refund").sum()


def test_totals_agree_across_tables(tables: Prepared) -> None:
    sales = tables.orders["amount"].sum()
    assert tables.calendar["sales"].sum() == pytest.approx(sales)
    assert tables.products["sales"].sum() == pytest.approx(sales)
    assert tables.calendar["orders"].sum() == len(tables.orders)
    named = tables.orders.dropna(subset="customer_id")
    assert tables.customers["sales"].sum() == pytest.approx(named["amount"].sum())
    net = tables.customers["sales"] - tables.customers["returns"]
    assert np.allclose(tables.customers["net_sales"], net)
    goods = tables.rules["effect"].isin(["sale", "return"])
    assert tables.lines.loc[tables.lines["kind"].isin(["sale", "return"]), "amount"].sum() == pytest.approx(
        tables.rules.loc[goods, "revenue"].sum()
    )


def test_bridge_ends_where_the_rules_end(tables: Prepared) -> None:
    steps = bridge(tables.rules)
    inner = steps[steps["kind"] == "step"]
    assert steps["amount"].iloc[0] == pytest.approx(tables.rules["revenue"].sum())
    assert steps["amount"].iloc[0] + inner["amount"].sum() == pytest.approx(steps["amount"].iloc[-1])
    assert inner["end"].iloc[-1] == pytest.approx(steps["end"].iloc[-1])


def test_return_share_of_the_last_year(tables: Prepared) -> None:
    monthly = monthly_trade(tables)
    year = last_year(monthly, tables.lines)
    assert year.net_sales == pytest.approx(year.sales - year.returns)
    assert year.return_share_low <= year.return_share <= year.return_share_high
    equal = monthly.assign(sales=100.0, returns=3.0, net_sales=97.0)
    same = last_year(equal, tables.lines)
    assert same.return_share_low == pytest.approx(0.03) == same.return_share_high  # months alike: no doubt left


def test_years_move_and_29_february_becomes_the_28th() -> None:
    time = pd.Series(pd.to_datetime(["2008-02-29 08:15", "2009-12-01 07:45"])).astype("datetime64[us]")
    moved = shift_years(time, 14)
    assert [f"{when:%Y-%m-%d %H:%M}" for when in moved] == ["2022-02-28 08:15", "2023-12-01 07:45"]
    assert [f"{when:%m-%d}" for when in shift_years(time, 4)] == ["02-29", "12-01"]
    assert moved.dtype == "datetime64[us]"


def test_a_cut_month_is_not_full() -> None:
    months = full_months(pd.Timestamp("2009-12-01"), pd.Timestamp("2011-12-09"))
    assert (len(months), str(months[0]), str(months[-1])) == (24, "2009-12", "2011-11")
    assert len(full_months(pd.Timestamp("2010-01-04"), pd.Timestamp("2010-02-26"))) == 2  # closed at the edges
    assert len(full_months(pd.Timestamp("2010-01-05"), pd.Timestamp("2010-02-28"))) == 1


def test_contract_names_table_column_row_and_expectation(tables: Prepared) -> None:
    calendar = tables.calendar.copy()
    calendar.loc[4, "weekday"] = 9
    with pytest.raises(DataError, match=r"table calendar, column weekday, row 5: expected .*6.*found 9"):
        hold(calendar, CALENDAR)
    lines = tables.lines.copy()
    place = int(np.flatnonzero(lines["kind"] == "sale")[0])
    lines.loc[place, "amount"] = -1.0
    with pytest.raises(DataError, match=rf"table lines, row {place + 1}: expected sales above zero"):
        hold(lines, LINES)
    with pytest.raises(DataError, match="table lines: column country is missing"):
        hold(tables.lines.drop(columns="country"), LINES)
    with pytest.raises(DataError, match="column quantity: expected type int64, found float64"):
        hold(tables.lines.astype({"quantity": "float64"}), LINES)
    lines = tables.lines.copy()
    lines.loc[3, "line_id"] = lines.loc[2, "line_id"]
    with pytest.raises(DataError, match=r"table lines.*twice"):
        hold(lines, LINES)
    with pytest.raises(SchemaError):  # the contract itself, without our words
        LINES.validate(lines)


def test_small_countries_stand_together() -> None:
    orders = pd.DataFrame({
        "order_id": range(30), "customer_id": [f"c{number}" for number in range(30)],
        "country": ["UK"] * 15 + ["France"] * 10 + ["Malta"] * 3 + ["Norway"] * 2, "amount": 1.0,
    })
    table = countries(orders, 5).set_index("country")["customers"].to_dict()
    assert table == {"UK": 15, "France": 10, "other countries": 5}
    table = countries(orders, 8).set_index("country")["customers"].to_dict()
    assert table == {"UK": 15, "other countries": 15}  # five others would be too few: France joins them
