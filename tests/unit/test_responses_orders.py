"""What orders themselves say: triggers without a look ahead, pain along the orders, incentives, the shop's size."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ecomplan.claims import load_claims
from ecomplan.errors import DataError
from ecomplan.estimate import Estimate
from ecomplan.investment.responses import balance, incentives, inputs, pain, triggers

CLAIMS = load_claims(Path(__file__).parents[2] / "claims")


def lines(rows: list[tuple[str, str, str, str]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["order_id", "time", "customer_id", "product_id"])
    return frame.assign(time=pd.to_datetime(frame["time"]))


SMALL = lines([
    ("1", "2025-01-05", "a", "x"), ("2", "2025-02-20", "a", "x"), ("3", "2025-03-10", "a", "x"),
    ("4", "2025-01-06", "b", "y"), ("5", "2025-01-07", "c", "y"), ("6", "2025-01-08", "c", "y"),
    ("7", "2025-02-25", "d", "y"), ("8", "2025-03-12", "d", "z"), ("9", "2025-04-02", "b", "x"),
])


def test_triggers_by_hand() -> None:
    """March: a has both triggers and buys x again, d is recent alone and buys z, c has interest alone, b neither."""
    found = triggers.triggers(SMALL, days=30, months=1, products=1)
    cells = found.cells.set_index("trigger")
    assert cells["customers"].to_dict() == {"neither": 1, "interest alone": 1, "recent alone": 1, "both": 1}
    assert cells["buyers"].to_dict() == {"neither": 0, "interest alone": 0, "recent alone": 1, "both": 1}
    shown = found.shown.set_index("shown")
    assert shown.loc["own history", "hits"] == 1 and shown.loc["own history", "customers"] == 4
    assert found.recent_lift.value is None and found.recent_lift.unknown


def shop(seed: int = 3, customers: int = 200) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    rows = []
    for number in range(customers):
        eager = rng.random() < 0.3
        for order in range(rng.poisson(9 if eager else 2) + 1):
            day = pd.Timestamp("2024-11-15") + pd.Timedelta(days=int(rng.integers(0, 420)))
            bought = rng.choice([f"p{number % 9}", *(f"p{at}" for at in range(40))], 3, replace=False)
            rows.extend((f"{number}-{order}", day, f"c{number}", product) for product in bought)
    return pd.DataFrame(rows, columns=["order_id", "time", "customer_id", "product_id"])


def test_later_lines_leave_earlier_triggers_alone() -> None:
    frame = shop()
    late = frame[frame["time"] >= "2025-12-01"]
    more = pd.concat([frame, late.assign(order_id=late["order_id"] + "x", customer_id="new")], ignore_index=True)
    one, two = (triggers.triggers(part, days=30, months=3, products=3) for part in (frame, more))
    pd.testing.assert_frame_equal(one.cells, two.cells)
    assert one.recent_lift.value is not None and one.months["customers"].is_monotonic_increasing


def test_triggers_of_unrelated_behaviour_find_nobody_and_categories_do_not_matter() -> None:
    rng = np.random.default_rng(9)
    number = 6000
    frame = pd.DataFrame({
        "order_id": np.arange(number).astype(str), "customer_id": rng.integers(0, 400, number).astype(str),
        "time": pd.Timestamp("2025-01-01") + pd.to_timedelta(rng.integers(0, 365, number), unit="D"),
        "product_id": rng.integers(0, 30, number).astype(str),
    })
    found = triggers.triggers(frame, days=30, months=4, products=3)
    assert found.recent_lift.low is not None and found.recent_lift.high is not None
    assert abs(found.recent_lift.value or 0) < 2.5 * (found.recent_lift.high - found.recent_lift.low)
    as_categories = frame.astype({"order_id": "category", "customer_id": "category", "product_id": "category"})
    pd.testing.assert_frame_equal(
        found.cells, triggers.triggers(as_categories, days=30, months=4, products=3).cells)


def test_triggers_refuse_lines_without_customers_or_months() -> None:
    with pytest.raises(DataError, match="no customer"):
        triggers.triggers(SMALL.assign(customer_id=None), days=30, months=1, products=1)
    with pytest.raises(DataError, match="no full month"):
        triggers.triggers(SMALL[SMALL["time"] < "2025-02-28"], days=30, months=1, products=1)


def test_pain_by_hand() -> None:
    """Ten customers with one order each, four of them returned; nobody comes back; all orders are old enough."""
    orders = pd.DataFrame({
        "order_id": [f"o{at}" for at in range(20)], "customer_id": [f"c{at}" for at in range(20)],
        "time": pd.Timestamp("2025-01-01"), "amount": 10.0})
    sold = pd.DataFrame(
        {"line_id": range(20), "order_id": orders["order_id"], "kind": "sale", "matched_line_id": pd.NA})
    back = pd.DataFrame({"line_id": range(20, 24), "order_id": "r", "kind": "return", "matched_line_id": [0, 1, 2, 3]})
    again = orders.iloc[4:].assign(order_id=lambda part: part["order_id"] + "b", time=pd.Timestamp("2025-02-01"))
    late = pd.DataFrame({"order_id": ["y"], "customer_id": ["c4"], "time": [pd.Timestamp("2025-12-01")], "amount": 1.0})
    found = pain.pain(pd.concat([orders, again, late]), pd.concat([sold, back]), 90, min_orders=2)
    first = found.stages.iloc[0]
    assert first["orders"] == 20 and first["returned"] == pytest.approx(0.2) and first["silent"] == pytest.approx(0.2)
    assert found.after_return.value == pytest.approx(1.0)
    none = pain.pain(orders, pd.concat([sold, back]), 90)
    assert none.silent.value is None and none.stages.empty


def test_the_gain_needed_makes_an_incentive_worth_nothing() -> None:
    rng = np.random.default_rng(1)
    table = pd.DataFrame({"group": incentives.GROUPS, "customers": [10, 20, 30, 40], "sales": [9e4, 5e4, 4e4, 6e4]})
    margin = np.full(400, 0.32)
    costs = incentives.Costs(0.1, 0.03, 150.0)
    found = incentives.policy(rng, table, CLAIMS, costs, margin, np.full(400, -0.75), 0.5).set_index("group")
    row = found.loc["price-sensitive"]
    assert row["needed"] == pytest.approx(0.1 / 0.22)
    answer = np.log1p(row["needed"]) / np.log(0.9)
    even = incentives.policy(rng, table, CLAIMS, costs, margin, np.full(400, answer), 0.5).set_index("group")
    assert even.loc["price-sensitive", "net"] == pytest.approx(0, abs=1e-6)
    assert found.loc["price-sensitive", "pays"] == 0 and found.loc["price-sensitive", "works_needed"] > 1
    free = incentives.policy(rng, table, CLAIMS, incentives.Costs(0.1, 0.03, 0.0), margin, np.full(400, -0.75), 0.5)
    assert free.set_index("group").loc["high value", "works_needed"] == 0


def test_groups_hold_every_customer_and_all_sales_once() -> None:
    frame = shop()
    frame = frame.assign(unit_price=np.where(frame.index % 5 == 0, 1.0, 2.0), amount=4.0)
    found = incentives.groups(frame, 0.1, 0.5)
    recent = frame[frame["time"] > frame["time"].max() - pd.DateOffset(years=1)]
    assert found["customers"].sum() == recent["customer_id"].nunique()
    assert found["sales"].sum() == pytest.approx(recent["amount"].sum())
    with pytest.raises(DataError, match="no identified customer"):
        incentives.groups(frame.assign(customer_id=None), 0.1, 0.5)


def test_returning_customers_and_size_by_hand() -> None:
    orders = pd.DataFrame({
        "customer_id": ["a", "b", "c", "a", "d", None],
        "time": pd.to_datetime(["2023-12-01", "2024-06-01", "2024-03-01", "2025-03-01", "2025-08-01", "2025-12-01"]),
        "amount": [10.0, 10.0, 10.0, 30.0, 30.0, 60.0]})
    assert balance.returning(orders.iloc[:5]).value == pytest.approx(1 / 3)  # a, b and c in the first half, a again
    size = inputs.trade(orders)
    assert size.sales_per_year == 120 and size.order_value == 40 and size.orders_per_month == 0.25
    with pytest.raises(DataError, match="empty"):
        inputs.trade(orders.iloc[:0])
    unknown = inputs.price_answer(np.random.default_rng(0), Estimate(None, unknown="none"), -2.0, -1.0, 100)
    assert not unknown.measured and (unknown.draws >= -2).all() and (unknown.draws <= -1).all()
