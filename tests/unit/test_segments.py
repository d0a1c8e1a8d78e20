"""Recency, frequency, value; tiers and sub-classes; concentration; the documents' shares."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecomplan.behaviour.segments import concentration, documents, rfm
from ecomplan.claims import load_claims
from ecomplan.errors import DataError

CLAIMS = load_claims(Path(__file__).parents[2] / "claims")
END = pd.Timestamp("2025-12-01")


def orders_and_lines(count=60, seed=1):
    rng = np.random.default_rng(seed)
    rows = []
    for customer in range(count):
        rows += [
            (f"{customer}-{number}", END - pd.Timedelta(days=float(rng.uniform(1, 600))), f"{customer:016x}",
             float(rng.lognormal(5, 1)))
            for number in range(1 + rng.poisson(2))
        ]
    rows.append(("guest", END - pd.Timedelta(days=3), None, 50.0))
    rows.append(("late", END + pd.Timedelta(days=1), f"{0:016x}", 999.0))
    orders = pd.DataFrame(rows, columns=["order_id", "time", "customer_id", "amount"])
    lines = orders.drop(columns="order_id").assign(kind="sale")
    back = lines.iloc[:10].assign(kind="return", amount=lambda frame: -frame["amount"] / 2)
    fee = lines.iloc[:5].assign(kind="fee", amount=1000.0)
    return orders, pd.concat([lines, back, fee], ignore_index=True)


def scored(count=60, seed=1):
    orders, lines = orders_and_lines(count, seed)
    return rfm.score(rfm.customer_values(orders, lines, END), 0.2, 0.3)


def test_customer_values_equal_a_loop():
    orders, lines = orders_and_lines()
    fast = rfm.customer_values(orders, lines, END).set_index("customer_id")
    assert len(fast) == 60
    for customer in fast.index:
        own = orders[(orders["customer_id"] == customer) & (orders["time"] < END)]
        goods = lines[(lines["customer_id"] == customer) & (lines["time"] < END) & (lines["kind"] != "fee")]
        assert fast.loc[customer, "orders"] == len(own)
        assert fast.loc[customer, "value"] == pytest.approx(goods["amount"].sum())
        assert fast.loc[customer, "recency_days"] == pytest.approx((END - own["time"].max()).total_seconds() / 86400)


def test_a_window_forgets_earlier_orders():
    orders, lines = orders_and_lines()
    year = rfm.customer_values(orders, lines, END, months=12)
    assert year["recency_days"].max() <= 366
    assert len(year) < 60


def test_the_cut_is_the_end_of_the_last_full_month():
    days = pd.date_range("2025-11-01", "2025-12-09")
    calendar = pd.DataFrame({"date": days, "in_full_month": days.month == 11})
    assert rfm.last_full_month_end(calendar) == END
    with pytest.raises(DataError, match="no month is full"):
        rfm.last_full_month_end(calendar.assign(in_full_month=False))


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 6), min_size=5, max_size=80))
def test_scores_respect_order_and_ties(numbers):
    values = pd.Series(numbers, dtype=float)
    got = rfm.quintile(values)
    assert got.min() >= 1 and got.max() <= 5
    order = np.argsort(numbers, kind="stable")
    assert (np.diff(got[order]) >= 0).all()
    for number in set(numbers):
        assert len(set(got[values == number])) == 1
    assert (rfm.quintile(-values, best_is_high=False) == got).all()


def test_distinct_values_fall_into_fifths():
    assert (np.bincount(rfm.quintile(pd.Series(np.arange(100.0))))[1:] == 20).all()


def test_rules_name_every_cell_once():
    table = rfm.rules()
    assert len(table) == 25
    assert not table.duplicated(["recency_score", "purchase_score"]).any()
    assert table["sub_class"].nunique() == CLAIMS["s2_segment_subclasses"].value == 11
    assert len(rfm.TIERS) == CLAIMS["s2_rfm_base_classes"].value


def test_every_customer_has_one_tier_and_sub_class():
    frame = scored(200)
    assert frame["tier"].value_counts().to_dict() == {"high": 40, "potential": 60, "nurture": 100}
    assert frame["sub_class"].isin(rfm.SUB_CLASSES).all()
    ranks = frame.groupby("tier")["rfm"].agg(["min", "max"])
    assert ranks.loc["high", "min"] >= ranks.loc["potential", "max"] >= ranks.loc["potential", "min"]
    assert ranks.loc["potential", "min"] >= ranks.loc["nurture", "max"]


def test_the_order_of_rows_does_not_matter():
    orders, lines = orders_and_lines()
    a = rfm.score(rfm.customer_values(orders, lines, END), 0.2, 0.3)
    orders, lines = orders.sample(frac=1, random_state=1), lines.sample(frac=1, random_state=2)
    pd.testing.assert_frame_equal(a, rfm.score(rfm.customer_values(orders, lines, END), 0.2, 0.3))


def test_profiles_conserve_customers_and_value():
    frame = scored(200)
    for by, names in (("tier", rfm.TIERS), ("sub_class", rfm.SUB_CLASSES)):
        table = rfm.profile(frame, by, names, 10)
        assert table["customers"].sum() == 200
        assert table["value_share"].sum() == pytest.approx(1)
        assert table["value"].sum() == pytest.approx(frame["value"].sum())
        assert table["customers"].min() >= 10
        assert "customer_id" not in table
    cells = rfm.grid(frame, 5)
    assert cells["customers"].min() >= 5


def test_small_groups_are_merged_until_large_enough():
    labels = pd.Series(["a"] * 50 + ["b"] * 20 + ["c"] * 12 + ["d"] * 3 + ["e"] * 2)
    assert rfm.shown_groups(labels, 10).value_counts().to_dict() == {"a": 50, "b": 20, "small groups": 17}
    assert set(rfm.shown_groups(labels, 4)) == {"a", "b", "c", "small groups"}
    with pytest.raises(DataError, match=r"privacy\.min_group = 100"):
        rfm.shown_groups(labels, 100)


def test_a_tier_too_small_to_show_has_no_values():
    frame = scored(40)
    rows = rfm.tier_findings(rfm.profile(frame, "tier", rfm.TIERS, 10))
    high = [row for row in rows if row[0].startswith("high_")]
    assert all(row[4] is None and row[3] for row in high)
    assert all(row[4] is not None for row in rows if row[0].startswith("nurture_"))


# concentration


@settings(max_examples=20, deadline=None)
@given(st.lists(st.floats(0, 1e4), min_size=12, max_size=60).filter(lambda values: max(values) > 1), st.integers(0, 99))
def test_weights_equal_a_resample_written_out(values, seed):
    ordered = concentration.ordered_values(pd.Series(values))
    drawn = np.bincount(np.random.default_rng(seed).integers(len(ordered), size=len(ordered)), minlength=len(ordered))
    drawn[0] += 1
    fast = concentration.measure(ordered, drawn, [0.1, 0.5])
    slow = concentration.measure(np.repeat(ordered, drawn), np.ones(drawn.sum()), [0.1, 0.5])
    assert fast.gini == pytest.approx(slow.gini, abs=1e-9)
    assert fast.hhi == pytest.approx(slow.hhi, rel=1e-9)
    assert fast.top == pytest.approx(slow.top, abs=1e-9)
    assert fast.half == pytest.approx(slow.half, abs=1e-9)


def test_gini_equals_mean_difference():
    values = np.random.default_rng(2).lognormal(0, 1, 80)
    found = concentration.measure(np.sort(values)[::-1], np.ones(80), [0.2]).gini
    assert found == pytest.approx(np.abs(values[:, None] - values).mean() / (2 * values.mean()))


def test_bootstrap_interval_covers_and_is_repeatable():
    """Of 80 % intervals for the top fifth of lognormal customers, about 80 % must hold the true share."""
    from scipy.special import ndtr, ndtri

    true = ndtr(1 - ndtri(0.8))
    hits = 0
    for seed in range(60):
        ordered = concentration.ordered_values(pd.Series(np.random.default_rng(seed).lognormal(0, 1, 600)))
        table = concentration.concentration_table(ordered, [0.2], 200, np.random.default_rng(seed))
        row = concentration.row(table, "top share", 0.2)
        hits += row["low"] <= true <= row["high"]
    assert 38 <= hits <= 58  # 48 expected, three standard errors and the known slight under-coverage
    again = [concentration.bootstrap(ordered, [0.2], 150, np.random.default_rng(5)).top for _ in range(2)]
    assert (again[0] == again[1]).all()


def test_the_curve_hides_small_groups():
    ordered = concentration.ordered_values(pd.Series(np.random.default_rng(1).lognormal(0, 1, 300)))
    curve = concentration.lorenz(ordered, 10)
    assert curve["customer_share"].iloc[1] * 300 >= 10
    assert curve["value_share"].is_monotonic_increasing
    assert curve["value_share"].iloc[-1] == pytest.approx(1)
    table = concentration.concentration_table(ordered, [0.01, 0.2], 100, np.random.default_rng(1), min_group=10)
    assert concentration.row(table, "top share", 0.01)["value"] is None
    assert concentration.head_count(300, 0.01, 10)["value"] is None


def test_nobody_buys():
    with pytest.raises(DataError, match="no customer has positive net sales"):
        concentration.ordered_values(pd.Series([-1.0, 0.0]))
    orders, lines = orders_and_lines()
    with pytest.raises(DataError, match="no identified order"):
        rfm.customer_values(orders.assign(customer_id=None), lines, END)


# the documents


def test_the_groups_of_s0_add_up_to_more_than_one():
    groups = documents.document_groups(CLAIMS)
    assert groups["users"].sum() == pytest.approx(1.10)  # o01
    assert groups["revenue"].sum() == pytest.approx(1.10)  # o02
    assert groups["users_of_one"].round(3).tolist() == [0.136, 0.255, 0.109, 0.318, 0.182]
    assert groups["revenue_of_one"].round(3).tolist() == [0.618, 0.200, 0.082, 0.073, 0.027]


@pytest.mark.parametrize(
    ("claimed", "expected"), [(0.68, "holds"), (0.63, "holds in part"), (0.45, "fails"), (0.95, "fails")]
)
def test_verdicts(claimed, expected):
    assert documents.verdict(claimed, 0.66, 0.70) == expected
