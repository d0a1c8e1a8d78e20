"""Groups of behaviour, their worth, and the documents' shares; bad input of stage `segments`."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ecomplan.behaviour.segments import asset, concentration, documents, groups, policy, rfm, stability
from ecomplan.behaviour.segments.history import history
from ecomplan.behaviour.segments.resample import Draws
from ecomplan.claims import load_claims
from ecomplan.errors import DataError
from ecomplan.params import load_params, stage_params
from small.shop import tables

ROOT = Path(__file__).parents[2]
CLAIMS = load_claims(ROOT / "claims")
P = stage_params("segments", load_params(ROOT / "params.yaml").of_stage("segments")).model_copy(
    update={"bootstrap_draws": 100}
)
ORDERS, LINES, END = tables()
PAST = history(ORDERS, LINES, END)


def again(past):
    return Draws(len(past.customers), P.bootstrap_draws, np.random.default_rng(1))


def form(past, p=P):
    return groups.form(past, p, 10, again(past))


# history


def test_snapshots_equal_the_tables_written_out():
    for months, window in ((24, None), (24, 12), (18, 12), (13, 12)):
        end = PAST.start + pd.DateOffset(months=months)
        slow = rfm.customer_values(ORDERS, LINES, end, window)
        fast = PAST.snapshot(months, window)
        assert list(PAST.customers[fast["customer"]]) == list(slow["customer_id"])
        assert fast["orders"].tolist() == slow["orders"].tolist()
        assert fast["value"].to_numpy() == pytest.approx(slow["value"].to_numpy())
        assert fast["recency_days"].to_numpy() == pytest.approx(slow["recency_days"].to_numpy())


def test_the_cut_must_be_a_month_s_first_instant():
    with pytest.raises(DataError, match="first instant of a month"):
        history(ORDERS, LINES, END + pd.Timedelta(days=1))


# features and membership


def test_features_equal_a_loop():
    found = groups.features(PAST, P)
    sales = LINES[LINES["kind"] == "sale"]
    size = np.floor(np.log2(sales["quantity"])).astype(int)
    usual = sales.groupby([sales["product_id"], size])["unit_price"].transform("median")
    for place in (0, 7, 60, 149):
        name = PAST.customers[place]
        own = ORDERS[ORDERS["customer_id"] == name].sort_values("time")
        bought = sales[sales["customer_id"] == name]
        days = own["time"].dt.normalize().drop_duplicates()
        gaps = days.diff().dropna().dt.days.to_numpy()
        row = found.iloc[place]
        assert row["order_days"] == len(days)
        assert row["mean_gap"] == pytest.approx(gaps.mean() if len(gaps) else 0)
        assert row["gap_variation"] == pytest.approx(gaps.std() / gaps.mean() if len(gaps) else 0)
        assert row["small_share"] == pytest.approx((own["lines"] <= P.impulse_lines).mean())
        assert row["new_products"] == pytest.approx(bought["product_id"].nunique() / len(own))
        cheap = bought["unit_price"] < usual[bought.index] * (1 - P.price_below_share)
        assert row["cheap_share"] == pytest.approx(bought.loc[cheap, "amount"].sum() / bought["amount"].sum())
        assert row["recency_days"] == pytest.approx((END - own["time"].max()).total_seconds() / 86400)
        assert row["first_days"] == pytest.approx((END - own["time"].min()).total_seconds() / 86400)


def test_a_price_for_volume_alone_is_not_cheap():
    orders, lines, end = tables()
    lines = lines.assign(unit_price=np.where(lines["quantity"].abs() >= 8, 5.0, 10.0))
    past = history(orders, lines, end)
    assert groups.cheap_spend(past, 0.05)[0].sum() == 0
    assert groups.cheap_spend(past, 0.05, same_size=False)[0].sum() > 0


@pytest.mark.parametrize(("change", "group"), [
    ({"gap_variation": 1.5}, groups.IMPULSE), ({"small_share": 0.6}, groups.IMPULSE),
    ({"cheap_share": 0.2}, groups.PRICE), ({"first_days": 30.0}, groups.EXPLORER),
    ({"recency_days": 200.0}, groups.DORMANT), ({"value": 500.0}, groups.HIGH),
    ({"recency_days": 200.0, "mean_gap": 90.0}, ""), ({"first_days": 30.0, "new_products": 3.0}, ""),
    ({"value": 500.0, "order_days": 3}, ""),
])
def test_each_limit_makes_its_group(change, group):
    plain = {
        "value": 100.0, "orders": 8, "order_days": 8, "mean_gap": 20.0, "gap_variation": 0.5, "small_share": 0.0,
        "cheap_share": 0.0, "new_products": 12.0, "first_days": 400.0, "recency_days": 10.0,
    }
    customers = pd.DataFrame([plain | change, plain | {"value": 101.0, "order_days": 2}])
    members = groups.membership(customers, groups.definition(P), P.regular_gap_variation).iloc[0]
    expected = {group} if group else set()
    # the plain customer is below the mean value, hence in no group
    assert set(members.index[members]) == expected


def test_shares_with_and_without_overlap():
    found = form(PAST)
    one = found.normalised
    assert one["users"].sum() == pytest.approx(1)
    assert one["revenue"].sum() == pytest.approx(1)
    assert one["customers"].sum() == len(PAST.customers)
    wide = found.overlapping.set_index("group")
    for row in one[one["group"] != groups.REST].to_dict("records"):
        assert wide.loc[row["group"], "users"] >= row["users"] - 1e-12
    for side in ("users", "revenue"):
        assert (wide[f"{side}_low"] <= wide[side] + 1e-9).all()
        assert (wide[side] <= wide[f"{side}_high"] + 1e-9).all()
    assert (wide["strict_users"] <= wide["users"]).all()
    assert (wide["users"] <= wide["loose_users"]).all()
    assert not found.overlapping.isna().any().any()
    assert groups.SHARER in found.unknown


def test_a_resample_equals_rows_drawn_with_replacement():
    rng = np.random.default_rng(5)
    columns = rng.normal(size=(40, 3))
    draws = Draws(40, 30, np.random.default_rng(9))
    slow = [columns[np.repeat(np.arange(40), times)].sum(axis=0) for times in draws.counts]
    assert draws.sums(columns) == pytest.approx(np.array(slow))
    assert (draws.counts.sum(axis=1) == 40).all()


# against the documents, and worth


def test_every_share_of_s0_stands_somewhere():
    found = form(PAST)
    held = documents.held_against(CLAIMS, found)
    readings = dict(documents.group_readings(CLAIMS, held, found))
    assert set(readings) == {"s0_segment_count", *documents.group_claims()}
    assert readings["s0_segment_social_sharer_users"]["verdict"] == "not testable"
    assert (held["deviation_users"] == held["users"] - held["told_users"]).all()
    names = [name for name, _, _ in documents.group_figures(found)]
    assert len(names) == len(set(names)) == 12


@pytest.mark.parametrize(("told", "strict", "loose", "expected"), [
    (0.10, 0.05, 0.20, "holds"), (0.16, 0.05, 0.20, "holds in part"), (0.25, 0.05, 0.30, "holds in part"),
    (0.25, 0.05, 0.20, "fails"), (0.03, 0.08, 0.12, "fails"),
])
def test_verdict_allows_for_the_limits_of_a_group(told, strict, loose, expected):
    assert documents.verdict(told, 0.09, 0.12, strict, loose) == expected


def test_worth_of_a_group_is_its_margin():
    found = form(PAST)
    scored = rfm.score(rfm.customer_values(ORDERS, LINES, END), 0.2, 0.3)
    meant = policy.flags(PAST, found, scored, 0.1, 10)
    assert meant[policy.HEAD].sum() == 15
    table = policy.worth(PAST, meant, P, again(PAST), np.random.default_rng(2)).set_index("group")
    who = PAST.customers[meant[policy.HEAD]]
    year = LINES[(LINES["time"] >= END - pd.DateOffset(months=12)) & LINES["kind"].isin(["sale", "return"])]
    sales = year.loc[year["customer_id"].isin(who), "amount"].sum()
    mean = (0.25 + 4 * 0.32 + 0.45) / 6
    assert table.loc[policy.HEAD, "margin"] == pytest.approx(sales * mean)
    assert table.loc[policy.HEAD, "low"] < table.loc[policy.HEAD, "margin"] < table.loc[policy.HEAD, "high"]
    gains = {name: value for name, _, _, value in policy.gains(table.reset_index(), CLAIMS)}
    assert gains["head_gain"]["value"] == pytest.approx(0.5 * sales * mean)
    draws = policy.margin_draws(P, 200_000, np.random.default_rng(3))
    assert draws.mean() == pytest.approx(mean, abs=5e-4)
    assert draws.min() >= 0.25 and draws.max() <= 0.45


# bad input


def test_customers_with_one_order_only():
    orders, lines, end = tables()
    first = orders.sort_values("time").drop_duplicates("customer_id")
    first = pd.concat([first[first["customer_id"].notna()], orders[orders["customer_id"].isna()]])
    past = history(first, lines[lines["order_id"].str.lstrip("R").isin(first["order_id"])], end)
    found = form(past)
    assert "no rhythm can be read" in found.unknown[groups.HIGH]
    assert groups.HIGH not in set(found.overlapping["group"])
    assert not found.overlapping.isna().any().any()
    assert found.normalised["users"].sum() == pytest.approx(1)
    figures = {name: value for name, _, value in documents.group_figures(found)}
    assert figures["group_high_value_users"]["value"] is None
    track = stability.path(past, P)
    ages = stability.aging(track, again(past))
    assert not ages.isna().any().any()
    tested = asset.test(past, P, 10, again(past))
    assert "anything in the held-out months" in tested.unknown


def test_a_single_month_states_its_limits():
    orders, lines, end = tables(months=1, orders_each=3)
    past = history(orders, lines, end)
    found = form(past)
    assert {groups.SHARER, groups.EXPLORER, groups.DORMANT} <= set(found.unknown)
    worth = policy.worth(past, found.members, P, again(past), np.random.default_rng(2))
    assert all(value["value"] is None for _, _, value in policy.worth_figures(worth))
    track = stability.path(past, P)
    moves, ages, months = (
        stability.transitions(track, 10, again(past)), stability.aging(track, again(past)),
        stability.by_month(past, track, again(past)),
    )
    assert moves.empty and ages.empty and months.empty
    figures = stability.figures(track, moves, ages, months, P, again(past))
    assert all(value["value"] is None and value["unknown"] for _, _, _, value in figures)
    tested = asset.test(past, P, 10, again(past))
    assert all(value["value"] is None for _, _, _, value in asset.figures(tested))
    assert asset.reading(tested, 0.82)["verdict"] == "not testable"


def test_all_orders_returned():
    orders, lines, end = tables()
    sales = lines[lines["kind"] == "sale"]
    everything = pd.concat([sales, sales.assign(kind="return", amount=-sales["amount"])])
    with pytest.raises(DataError, match="returned as much as they bought"):
        rfm.customer_values(orders, everything, end)
    with pytest.raises(DataError, match="no customer has positive net sales"):
        concentration.ordered_values(pd.Series(np.zeros(5)))


def test_no_goods_at_all():
    with pytest.raises(DataError, match="no goods sold"):
        history(ORDERS, LINES.assign(kind="fee"), END)
    with pytest.raises(DataError, match="no identified order"):
        history(ORDERS.assign(customer_id=None), LINES, END)
