"""Forecast by parts: they add up, are reconciled without looking ahead, and stay together on joint paths."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecomplan.errors import DataError
from ecomplan.forecast.platform import agreement, part_readings, parts, paths, reconcile

ORIGINS, HORIZON = 5, 6


def shop(seed: int = 3, months: int = 24, customers: int = 900) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Orders of three countries, some without identity, customers arriving all the time."""
    rng = np.random.default_rng(seed)
    days = pd.date_range("2023-12-01", periods=months * 31, freq="D", unit="us")
    days = days[days < days[0] + pd.DateOffset(months=months)]
    at = np.sort(rng.integers(0, len(days), 9000))
    known = (80 + (customers - 80) * at / len(days)).astype(int)
    customer = (known * rng.beta(2, 1, len(at))).astype(int)
    orders = pd.DataFrame({
        "order_id": [f"o{k}" for k in range(len(at))], "time": days[at] + pd.Timedelta(hours=10),
        "customer_id": pd.Series([f"c{k:03d}" for k in customer]).where(rng.random(len(at)) > 0.08),
        "country": np.choose(customer % 10, ["France", "Spain", "Spain"] + ["United Kingdom"] * 7),
        "amount": np.round(rng.lognormal(3, 0.8, len(at)), 2),
    })
    calendar = pd.DataFrame({"month": days.to_period("M").to_timestamp(), "in_full_month": True})
    return orders, calendar


@pytest.fixture(scope="module")
def trees() -> dict[tuple[str, str], parts.Tree]:
    return parts.trees(parts.part_series(*shop(), min_group=10))


@pytest.fixture(scope="module")
def agreed(trees: dict[tuple[str, str], parts.Tree]) -> dict[tuple[str, str], agreement.Agreed]:
    wholes = {series: tree for (series, hierarchy), tree in trees.items() if hierarchy == "total"}
    totals = agreement.own_totals(wholes, trees[reconcile.BY_IDENTITY], HORIZON, ORIGINS)
    compared = reconcile.compare_all(trees, totals.errors, ORIGINS, 1)
    assert set(compared["series"]) == {"sales", "orders", "active_customers", "new_customers", "all"} - (
        set() if ("new_customers", "country") in trees else {"new_customers"}
    )
    return agreement.agree_all(trees, totals, compared, ORIGINS)


# parts
@settings(max_examples=4, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([1, 10, 40, 10_000]))
def test_parts_add_up_to_the_whole_and_no_shown_group_is_too_small(seed: int, min_group: int) -> None:
    frame = parts.part_series(*shop(seed, 14, 400), min_group=min_group)
    found = parts.trees(frame)
    for (series, hierarchy), tree in found.items():
        assert tree.total == pytest.approx(found[series, "total"].total, rel=1e-12), (series, hierarchy)
    small = frame[(frame["hierarchy"] == "country") & (frame["customers"] < min_group)]
    assert small.empty
    counted = parts.shown(frame)
    assert (counted["customers"][counted["part"] != parts.UNKNOWN] >= min_group).all()


def test_values_are_those_of_plain_counting() -> None:
    orders, calendar = shop(5, 14)
    frame = parts.part_series(orders, calendar, min_group=5)
    month = orders[orders["time"].dt.to_period("M") == "2024-12"]
    first = orders.groupby("customer_id")["time"].min()
    fresh = month["customer_id"].map(first).dt.to_period("M") == "2024-12"

    def value(series: str, part: str) -> float:
        rows = frame[(frame["series"] == series) & (frame["part"] == part) & (frame["month"] == "2024-12-01")]
        return float(rows["value"].iloc[0])

    assert value("sales", parts.NEW) == pytest.approx(month["amount"][fresh].sum())
    assert value("orders", parts.UNKNOWN) == month["customer_id"].isna().sum()
    assert value("new_customers", "All") == month["customer_id"][fresh].nunique()
    assert value("orders", "Spain") == (month["country"] == "Spain").sum()
    with pytest.raises(DataError, match="table orders: column country is missing"):
        parts.part_series(orders.drop(columns="country"), calendar, min_group=5)


def test_months_to_come_change_neither_parts_nor_forecasts_of_earlier_origins() -> None:
    orders, calendar = shop()
    late = orders["time"] >= "2025-09-01"
    planted = orders.assign(
        amount=orders["amount"].where(~late, orders["amount"] * 50),
        country=orders["country"].where(~late, "Spain"), customer_id=orders["customer_id"].where(~late, "c001"),
    )
    # groups may differ, as small ones are not shown: the same ones are looked at here
    before, after = (parts.part_series(frame, calendar, min_group=0) for frame in (orders, planted))
    early = before["month"] < "2025-09-01"
    columns = ["month", "series", "hierarchy", "part"]
    both = before[early].merge(after, on=columns, how="left", suffixes=("", "_planted"))
    assert both["value"].to_numpy() == pytest.approx(both["value_planted"].to_numpy(), rel=1e-12)
    known = 21  # months up to 2025-08
    for key, tree in parts.trees(before).items():
        other = parts.trees(after)[key]
        order = [other.parts.index(name) for name in tree.parts]
        assert np.array_equal(
            parts.base_forecast(tree, known, 3), parts.base_forecast(other, known, 3)[:, order]
        ), key


def test_share_season_is_the_wholes_where_noise_hides_it_and_its_own_where_it_stands_out() -> None:
    months = pd.date_range("2023-12-01", periods=24, freq="MS")
    season = np.resize(np.r_[np.ones(11), 3.0], 24)
    values = np.column_stack([100 * season, np.full(24, 100.0)])
    for noise, ratio in ((1e-9, 3.0), (10.0, 1.0)):
        tree = parts.Tree("sales", "country", ("a", "b"), months, values, np.full((24, 2), noise), (0, 0))
        ahead = np.exp(parts.base_forecast(tree, 24, 12))
        share = ahead[:, 0] / ahead.sum(axis=1)
        assert share[11] / (1 - share[11]) / (share[0] / (1 - share[0])) == pytest.approx(ratio, rel=0.02)


# reconciliation
@settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(0.1, 1e6), min_size=3, max_size=6), st.sampled_from([*reconcile.MOVING, *reconcile.KEPT]),
       st.integers(0, 99))
def test_reconciled_forecasts_are_coherent_for_any_base(base: list[float], method: str, seed: int) -> None:
    past = np.random.default_rng(seed).normal(0, 0.2, (seed % 8, len(base)))
    nodes = reconcile.reconciled(method, np.array(base), past, np.full(len(base), 0.01))
    assert nodes[1:].sum() == pytest.approx(nodes[0], rel=1e-9)
    assert (nodes > 0).all()
    if method in reconcile.KEPT:
        assert nodes[0] == pytest.approx(base[0], rel=1e-9)


def test_projection_is_the_textbooks_and_projecting_twice_changes_nothing() -> None:
    rng = np.random.default_rng(0)
    root = rng.normal(size=(4, 4))
    covariance, base = root @ root.T, rng.uniform(1, 9, (5, 4))
    s, inverse = reconcile.summing_matrix(3), np.linalg.inv(covariance)
    textbook = base @ (s @ np.linalg.inv(s.T @ inverse @ s) @ s.T @ inverse).T
    once = reconcile.project(base, covariance)
    assert once == pytest.approx(textbook, rel=1e-9)
    assert reconcile.project(once, covariance) == pytest.approx(once, rel=1e-12)
    ols = base @ (s @ np.linalg.inv(s.T @ s) @ s.T).T
    assert reconcile.project(base, np.eye(4)) == pytest.approx(ols, rel=1e-12)
    assert reconcile.project(base, reconcile.covariance_of("ols", base, np.empty((0, 4)), np.ones(4))) == (
        pytest.approx(ols, rel=1e-12)
    )


def test_shrinkage_keeps_variances_and_takes_chance_correlations_away() -> None:
    rng = np.random.default_rng(4)
    few, many = rng.normal(0, 0.1, (6, 5)), rng.multivariate_normal([0, 0], [[1, 0.8], [0.8, 1]], 4000)
    shrunk = reconcile.shrunk_covariance(few)
    raw = few.T @ few / 6
    assert np.diag(shrunk) == pytest.approx(np.diag(raw))
    assert np.abs(shrunk - np.diag(np.diag(shrunk))).sum() < 0.7 * np.abs(raw - np.diag(np.diag(raw))).sum()
    assert reconcile.shrunk_covariance(many)[0, 1] == pytest.approx(0.8, abs=0.05)
    with pytest.raises(DataError, match="1 past errors are too few"):
        reconcile.shrunk_covariance(few[:1])


def test_a_way_replaces_the_default_only_if_better_by_more_than_chance() -> None:
    rng = np.random.default_rng(1)
    errors = {name: rng.uniform(8, 12, (9, 3)) for name in reconcile.METHODS}
    errors["mint_kept"][:, 0] = errors["top_down"][:, 0] = errors["base"][:, 0]
    chance = reconcile.comparison_table(("sales", "country"), errors, 1)
    assert reconcile.choose(chance) == reconcile.DEFAULT
    errors["bottom_up"] = errors["base"] - 3
    assert reconcile.choose(reconcile.comparison_table(("sales", "country"), errors, 1)) == "bottom_up"


# paths
def test_paths_are_coherent_and_keep_the_dependence_of_errors(agreed: dict[tuple[str, str], agreement.Agreed]) -> None:
    joint = paths.joint_paths(agreed, pd.Timestamp("2025-11-01"), 4000, 7, paths.assumed_ratios(HORIZON))
    assert str(joint.months[0].date()) == "2025-12-01"
    for (series, _), values in joint.parts.items():
        whole = joint.totals[:, :, joint.series.index(series)]
        assert values.sum(axis=-1) == pytest.approx(whole, rel=1e-6)
        assert (values > 0).all()
    errors = np.column_stack([agreed[name, "total"].errors[:, 0, 0] for name in joint.series])
    moments = errors.T @ errors
    wanted = moments / np.sqrt(np.outer(np.diag(moments), np.diag(moments)))
    assert np.corrcoef(np.log(joint.totals[:, 0]).T) == pytest.approx(wanted, abs=0.1)
    table = joint.part_table()
    first = table[(table["path"] == 11) & (table["month"] == "2026-01-01")].iloc[0]
    cut = [first[f"sales: {name}"] for name in joint.names["sales", "country"]]
    assert sum(cut) == pytest.approx(joint.totals[11, 1, 0], rel=1e-6)


def test_a_shop_without_groups_to_show_has_paths_but_no_parts() -> None:
    orders, calendar = shop(9, 24, 60)
    trees = parts.trees(parts.part_series(orders, calendar, min_group=500))
    assert {hierarchy for _, hierarchy in trees} == {"total"}
    wholes = {series: tree for (series, _), tree in trees.items()}
    totals = agreement.own_totals(wholes, None, 12, ORIGINS)
    compared = reconcile.compare_all(trees, totals.errors, ORIGINS, 1)
    found = agreement.agree_all(trees, totals, compared, ORIGINS)
    joint = paths.joint_paths(found, pd.Timestamp("2024-12-01"), 100, 7, paths.assumed_ratios(12))
    assert np.isfinite(joint.totals).all() and joint.part_fan().empty and joint.part_years(2025, {}).empty
    assert joint.part_table().columns.tolist() == ["path", "month"]
    assert part_readings.compared_readings(compared)[0]["unknown"]
    assert (joint.totals[:, :, 3] <= joint.totals[:, :, 2]).all()


def test_fewer_draws_and_shorter_horizons_are_the_beginning_of_more() -> None:
    errors = np.random.default_rng(2).normal(0, 0.1, (9, 3))
    long = paths.joint_errors(errors, 3000, 13, 5)
    assert long[:800, :4] == pytest.approx(paths.joint_errors(errors, 800, 4, 5), abs=1e-12)
    assert np.array_equal(long, paths.joint_errors(errors, 3000, 13, 5))
    assert np.array_equal(long[0], -long[1])


def test_the_fan_widens_as_its_table_says_and_the_table_names_its_source() -> None:
    given_widths = pd.DataFrame({"lead_months": [1, 2, 3, 4], "ratio": [1.0, 1.3, 1.2, 1.6], "source": "panels"})
    used = paths.widths_used(6, 3, given_widths)
    assert used["source"].tolist() == ["history"] + ["panels"] * 3 + ["panels, carried on"] * 2
    assert used["ratio"].tolist() == pytest.approx([1, 1.3, 1.3, 1.6, 1.7550, 1.8974], abs=1e-3)
    assert used["origins"].tolist() == [3, 2, 1, 0, 0, 0]
    assert paths.widths_used(3, 9)["source"].tolist() == ["history", "assumed", "assumed"]
    errors = np.random.default_rng(2).normal(0, 0.1, (30, 1))
    draws = paths.joint_errors(errors, 60_000, 6, 5, used["ratio"].to_numpy())
    spread = draws.std(axis=0)[:, 0]
    assert spread / spread[0] == pytest.approx(used["ratio"].to_numpy(), rel=0.03)
    with pytest.raises(DataError, match="without a gap"):
        paths.widths_used(6, 3, given_widths.iloc[1:])
