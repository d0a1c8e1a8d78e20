"""Stage `market`: sizes in conflict, logistic curves, acquisition cost, users as a stock, goals."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecomplan.claims import Claims, load_claims
from ecomplan.errors import DataError, ParameterError
from ecomplan.forecast.market import cac, cohorts, curves, readings, size, stock, targets, users
from ecomplan.forecast.market.priors import pert_quantile, year_of
from small import shop

CLAIMS = load_claims(Path(__file__).resolve().parents[2] / "claims")


def changed(key: str, **values: Any) -> Claims:
    """The registry with one claim changed."""
    return Claims({name: replace(CLAIMS[name], **values) if name == key else CLAIMS[name] for name in CLAIMS}, {}, {})


def orders_of(active: np.ndarray, months: pd.DatetimeIndex) -> pd.DataFrame:
    """An order on the fifth of each month in which a customer is active."""
    who, at = np.nonzero(active)
    return pd.DataFrame({"time": months[at] + pd.Timedelta(days=4), "customer_id": [f"c{code:03d}" for code in who]})


def test_sizes_in_conflict_are_found_and_consistent_ones_pass() -> None:
    told = size.statements(CLAIMS)
    table = size.conflicts(told, 0.10).set_index(["first", "second"])["verdict"]
    assert table["S2: transactions in 2022", "S2: market in 2025"] == size.CONSISTENT  # 43.6 at 5 % for 3 years: 50.5
    assert table["S3: market in 2022", "S2: transactions in 2022"] == size.CONFLICT
    assert size.count(size.conflicts(told, 0.10)) == 5
    planted = tuple(size.scaled(item, 2.0) if item.key == "s2_cn_ecom_market_2025" else item for item in told)
    assert size.count(size.conflicts(planted, 0.10)) == 6
    s3 = told[0]
    grown = replace(s3, name="later", year=2025, size=s3.size * 1.042**3)
    assert list(size.conflicts([grown, s3], 0.0)["verdict"]) == [size.CONSISTENT]  # whatever the order told
    assert list(size.conflicts([s3, replace(s3, name="other world", currency="USD")], 0.1)["verdict"]) == []


def test_each_source_goes_its_own_way() -> None:
    told, growths = size.statements(CLAIMS), size.told_growths(CLAIMS)
    table = size.project(told, growths, 2026)
    for item in told:
        alone = size.project([item], growths, 2026)
        pd.testing.assert_frame_equal(alone, table[table["key"] == item.key].reset_index(drop=True))
    assert (table["low"] <= table["middle"]).all() and (table["middle"] <= table["high"]).all()
    end = size.at(table, "s3_cn_market_2022", 2026)
    assert 13.1e12 * 1.042**4 <= end["low"] < end["high"] <= 13.1e12 * 1.123**4


def test_pert_quantiles_have_the_mean_of_the_distribution() -> None:
    grid = (np.arange(20_000) + 0.5) / 20_000
    assert pert_quantile(grid, 1, 2, 6).mean() == pytest.approx((1 + 4 * 2 + 6) / 6, abs=1e-3)
    with pytest.raises(ParameterError, match="low <= likely"):
        pert_quantile(grid, 3, 2, 6)


@settings(max_examples=25, deadline=None)
@given(st.floats(0.05, 3.0), st.floats(-20, 20), st.floats(0.3, 1.0))
def test_logistic_closed_forms(speed: float, half: float, top: float) -> None:
    assert curves.logistic(half, speed, half, top) == pytest.approx(top / 2)
    t = half + np.array([-1.0, 0.5, 2.0]) / speed
    assert curves.logit(curves.logistic(t, speed, half, top), top) == pytest.approx(speed * (t - half), abs=1e-9)
    span = float(curves.takeover_years(speed))
    assert curves.logistic(half + span / 2, speed, half) == pytest.approx(0.9)
    assert curves.logistic(half - span / 2, speed, half) == pytest.approx(0.1)


def test_what_the_share_told_needs_gets_there() -> None:
    rng = np.random.default_rng(1)
    share = curves.substitution(
        CLAIMS, base_year=2023, takeover=(8, 15, 30), market_growth=(0.05, 0.05), draws=500, rng=rng,
    )
    for row in share.needed.to_dict("records"):
        speed = np.log(81) / row["takeover"]
        half = 2023 - float(curves.logit(row["start"])) / speed
        assert curves.logistic(2026, speed, half) == pytest.approx(share.told)
        new, old = row["start"] * (1 + row["growth_new"]) ** 3, (1 - row["start"]) * (1 + row["growth_old"]) ** 3
        assert new + old == pytest.approx(1.05**3) and new / (new + old) == pytest.approx(share.told)
    with pytest.raises(DataError, match="share_base_year 2026"):
        curves.substitution(CLAIMS, base_year=2026, takeover=(8, 15, 30), market_growth=(0.05, 0.05), draws=500,
                            rng=rng)


def test_catch_up_adds_along_the_curve_and_knows_a_saturation_that_cannot_be() -> None:
    table = curves.catch_up(CLAIMS, (0.8, 0.95), (0.1, 0.1, 0.1))
    years = table[table["saturation"] == 0.95].set_index(["region", "reaches"])["middle"]
    assert years["North-west", "East coast"] == pytest.approx(
        years["North-west", "Whole country"] + years["Whole country", "East coast"]
    )
    impossible = curves.lag(table, "North-west", "East coast", 0.8)
    assert impossible["value"] is None and "saturation" in str(impossible["unknown"])
    with pytest.raises(DataError, match="below its saturation"):
        curves.logit(0.9, 0.9)


def test_faster_growing_cost_meets_goals_less_often() -> None:
    start = cac.Start("case", 2022, 40.0)
    ends = [
        cac.paths(start, (rate, rate, rate), 0.1, 2026, 4000, np.random.default_rng(5))[:, -1]
        for rate in (0.0, 0.1, 0.2)
    ]
    chances = [float((end <= 50).mean()) for end in ends]
    assert chances[0] > chances[1] > chances[2]
    steady = cac.paths(start, (0.1, 0.1, 0.1), 0.0, 2026, 3, np.random.default_rng(5))
    assert steady[:, -1] == pytest.approx(40 * 1.1**4)
    assert cac.years_until(40.0, 40 * 1.1**4, 0.1) == pytest.approx(4)
    assert cac.years_until(40.0, 50.0, 0.0) is None and cac.years_until(60.0, 50.0, 0.1) == 0
    assert cac.case_growth(CLAIMS) == pytest.approx((58 / 32) ** 0.5 - 1)
    with pytest.raises(DataError, match="cannot start"):
        cac.paths(replace(start, cost=-1.0), (0.1, 0.1, 0.1), 0.1, 2026, 3, np.random.default_rng(5))


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 8))
def test_stock_and_flow_add_up_exactly(seed: int, window: int) -> None:
    rng = np.random.default_rng(seed)
    months = pd.date_range("2024-01-01", periods=20, freq="MS")
    active = rng.random((40, 20)) < rng.random((40, 1)) * 0.5
    active[0] = True
    flows = stock.flows(stock.activity(orders_of(active, months), months, window))
    slow = [int(active[:, max(0, t - window + 1): t + 1].any(axis=1).sum()) for t in range(window - 1, 20)]
    assert list(flows["stock"]) == slow
    assert (flows["gained"] + flows["regained"] - flows["lost"]).iloc[1:].tolist() == np.diff(slow).tolist()
    assert (flows["kept"] + flows["gained"] + flows["regained"] == flows["stock"]).all()


def test_projection_adds_up_and_finds_the_chances_that_made_the_data() -> None:
    rng = np.random.default_rng(4)
    months = pd.date_range("2024-01-01", periods=24, freq="MS")
    seen = stock.activity(orders_of(rng.random((3000, 24)) < 0.2, months), months, 6)
    odds = stock.chances(seen, 50, rng)
    assert odds.by_state[0] == pytest.approx(0.2, abs=0.08) and odds.by_month[0] == pytest.approx(1, abs=0.15)
    ahead = pd.date_range("2026-01-01", periods=12, freq="MS")
    entered = np.full((30, 12), 500.0)
    made = stock.project(seen.now(), odds, entered, ahead, rng=rng)
    before = np.column_stack([np.full(30, seen.now()[:6].sum()), made.stock[:, :-1]])
    assert (made.stock == before + made.gained + made.regained - made.lost).all()
    goal = float(seen.now()[:6].sum()) * 1.5
    extra = stock.needed_extra(seen.now(), odds, entered, ahead, goal)
    assert stock.project(seen.now(), odds, entered + extra[:, None], ahead).stock[:, -1] == pytest.approx(goal)
    assert abs(float(stock.held_out(seen, 6, rng)["value"] or 0)) < 0.05
    assert stock.held_out(seen.until(13), 6, rng)["value"] is None
    with pytest.raises(DataError, match="more than 30 months"):
        stock.activity(orders_of(rng.random((5, 24)) < 0.5, months), months, 30)


def test_users_run_on_a_small_shop_and_countries_hide_small_groups() -> None:
    orders, _, _ = shop.tables()
    months = pd.date_range("2023-12-01", periods=24, freq="MS")
    rng = np.random.default_rng(2)
    seen = stock.activity(orders, months, 12)
    ahead = pd.date_range("2025-12-01", periods=13, freq="MS")
    paths = pd.DataFrame({
        "path": np.repeat(np.arange(20), 13), "month": np.tile(ahead, 20),
        "active_customers": rng.uniform(20, 40, 260), "new_customers": rng.uniform(0, 4, 260),
    })
    outlook = users.outlook(seen, paths, 100, rng)
    assert np.isfinite(outlook.table[["low", "middle", "high"]].to_numpy()).all()
    assert outlook.chance(-1.0) == 1.0 and outlook.chance(50.0) == 0.0
    with pytest.raises(DataError, match="new_customers"):
        users.outlook(seen, paths.drop(columns="new_customers"), 100, rng)
    shown = cohorts.countries(orders, months, min_group=5, draws=100, rng=rng)
    assert set(shown["group"]) == {"United Kingdom", "France"} and shown["share"].sum() == pytest.approx(1)
    hidden = cohorts.countries(orders, months, min_group=100, draws=100, rng=rng)
    assert list(hidden["group"]) == [cohorts.ALL]
    assert cohorts.group_growth(hidden, cohorts.ABROAD)["value"] is None


def test_sales_are_set_against_the_same_months_a_year_before() -> None:
    ahead = pd.date_range("2025-12-01", periods=13, freq="MS")
    sold = np.repeat([130.0, 100], 13)
    paths = pd.DataFrame({"path": np.repeat([0, 1], 13), "month": np.tile(ahead, 2), "sales": sold})
    paths.loc[paths["month"] == ahead[0], "sales"] = 100.0
    past = pd.date_range("2024-12-01", periods=12, freq="MS")
    monthly = pd.DataFrame({"month": past, "series": "sales", "value": 100.0})
    track = targets.sales_track(paths, monthly, 0.29)
    assert track.growth[0] == pytest.approx(0.3) and track.growth[1] == pytest.approx(0)
    assert track.table["chance"].tolist() == [0.5] * 12 and track.year == 2026
    assert track.half_year.tolist() == [780, 600] and targets.chance(track, 700) == 0.5
    with pytest.raises(DataError, match="2025-01"):
        targets.sales_track(paths, monthly.iloc[:1], 0.30)


def test_claims_are_read_in_their_units() -> None:
    assert year_of(CLAIMS["s1_cn_market_2023"]) == 2023
    assert readings.industry(CLAIMS) == pytest.approx(0.09)
    assert targets.amount(CLAIMS, readings.HALF_YEAR, 10.0) == pytest.approx(200_000)
    assert cac.bearable(None, None, None, 9.2)["value"] is None
    with pytest.raises(ParameterError, match="names no year"):
        year_of(CLAIMS["s1_cac_target"])
    with pytest.raises(DataError, match="no market size"):
        size.statements(changed("s3_cn_market_2022", value=-13.1))
    with pytest.raises(ParameterError, match="no cost"):
        cac.outlook(changed("s2_cac_target", unit="pct"), kept=0.5, noise=0.1, undated_year=2023, until=2026, draws=500,
                    rng=np.random.default_rng(1))
    without = Claims({name: CLAIMS[name] for name in CLAIMS if name != "s1_cn_market_2023"}, {}, {})
    with pytest.raises(ParameterError, match="no claim 's1_cn_market_2023'"):
        size.statements(without)
