"""Forecast: series, states, backtest, choice, fan and the saved model, on small made-up series."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecomplan.errors import DataError, ParameterError
from ecomplan.forecast import backtest, choice, fan, hybrid, readings, sarima, series
from ecomplan.forecast.baselines import fit_ets, fit_seasonal_growth, fit_seasonal_naive
from ecomplan.forecast.model import Forecaster, load_model
from ecomplan.forecast.states import GUARD, Arima, Ets, Network, guarded

MONTHS = pd.date_range("2023-12-01", periods=24, freq="MS", unit="us")
SHAPE = np.log([8, 6, 5, 7, 6, 6.5, 7, 6.5, 7, 9, 11, 14.5])


def made_up(months: int = 24, columns: int = 3, seed: int = 1) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return np.resize(SHAPE, months)[:, None] + 5 + rng.normal(0, 0.08, (months, columns))


def long(logs: np.ndarray) -> pd.DataFrame:
    wide = pd.DataFrame(np.exp(logs), columns=list(series.SERIES))
    wide["month"] = pd.date_range("2023-12-01", periods=len(logs), freq="MS", unit="us")
    return wide.melt("month", var_name="series", value_name="value")


@pytest.fixture(scope="module")
def trainer() -> hybrid.Trainer:
    return backtest.new_trainer(24, 3, units=4, window=6, epochs=10, seed=7)


@pytest.fixture(scope="module")
def tested(trainer: hybrid.Trainer) -> backtest.Backtest:
    return backtest.run_backtest(MONTHS, series.SERIES, made_up(), 4, trainer)


@pytest.fixture(scope="module")
def forecaster(trainer: hybrid.Trainer, tested: backtest.Backtest) -> Forecaster:
    members = backtest.fit_members(made_up(), trainer)
    return Forecaster(MONTHS[-1], series.SERIES, "seasonal_growth", members, members["hybrid"][0].network,
                      tested.one_month("seasonal_growth"), 400, 7)


# series
def test_monthly_series_counts_orders_sums_sales_and_leaves_the_cut_month_out() -> None:
    orders = pd.DataFrame({
        "order_id": ["a", "b", "c", "d"],
        "time": pd.to_datetime(["2024-01-03 10:00", "2024-01-31 23:59", "2024-02-01 00:00", "2024-03-02 09:00"]),
        "customer_id": ["x", "x", None, "y"], "amount": [10.0, 5.0, 2.0, 99.0],
    })
    days = pd.date_range("2024-01-01", "2024-03-05")
    calendar = pd.DataFrame({"month": days.to_period("M").to_timestamp(), "in_full_month": days < "2024-03-01"})
    wide = series.monthly_series(orders, calendar).pivot(index="month", columns="series", values="value")
    assert wide.index.strftime("%Y-%m").tolist() == ["2024-01", "2024-02"]
    assert wide["sales"].tolist() == [15.0, 2.0]
    assert wide["orders"].tolist() == [2.0, 1.0]
    assert wide["active_customers"].tolist() == [1.0, 0.0]
    with pytest.raises(DataError, match="table orders: column amount is missing"):
        series.monthly_series(orders.drop(columns="amount"), calendar)
    with pytest.raises(DataError, match="d lies outside the calendar"):
        series.monthly_series(orders, calendar[calendar["month"] < "2024-03-01"])


@pytest.mark.parametrize(("spoil", "message"), [
    (lambda m: m[~((m["series"] == "orders") & (m["month"] == MONTHS[5]))], "series orders: month 2024-05 is missing"),
    (lambda m: pd.concat([m, m.iloc[[3]]]), "series sales: month 2024-03 stands twice"),
    (lambda m: m.assign(value=m["value"].where(m.index != 30, 0.0)), "series orders: month 2024-06 is 0"),
    (lambda m: m.assign(value=m["value"].where(m.index != 30, np.inf)), "series orders: month 2024-06 is inf"),
    (lambda m: m[m["month"] < MONTHS[20]], "series sales: 20 full months are too short; 9 origins .* need 24"),
    (lambda m: m.iloc[:0], "no rows"),
])
def test_series_unfit_for_a_forecast_are_refused_by_name(spoil: object, message: str) -> None:
    with pytest.raises(DataError, match=message):
        series.log_matrix(spoil(long(made_up())), 9)  # type: ignore[operator]


# states against slow, obvious code
@given(st.integers(1, 30), st.floats(-0.9, 0.9), st.integers(0, 5))
@settings(max_examples=20, deadline=None)
def test_short_sarima_is_a_fading_year_on_year_change(horizon: int, phi: float, seed: int) -> None:
    y = made_up(24, 1, seed)[:, 0]
    ar = np.zeros(13)
    ar[0], ar[11], ar[12] = phi, 1, -phi
    path = Arima(tuple(ar), (), tuple(y[-13:]), ()).raw_path(horizon)
    slow, change = list(y), y[-1] - y[-13]
    for _ in range(horizon):
        change *= phi
        slow.append(slow[-12] + change)
    assert path == pytest.approx(slow[24:])


@pytest.mark.parametrize("months", [20, 40])
def test_sarima_state_continues_as_statsmodels_does(months: int) -> None:
    from statsmodels.tsa.statespace.sarimax import SARIMAX

    y = made_up(months, 1, 3)[:, 0]
    order, seasonal = sarima.order_for(months)
    theirs = SARIMAX(y, order=order, seasonal_order=seasonal).fit(disp=False, maxiter=50).forecast(15)
    # the moving-average part starts from statsmodels' smoothed errors, ours from its one-month errors
    assert sarima.fit_sarima(y).state.raw_path(15) == pytest.approx(theirs, abs=1e-6 if months < 36 else 0.02)


def test_ets_path_adds_level_damped_trend_and_season() -> None:
    season = tuple(np.linspace(-0.2, 0.2, 12))
    state = Ets(tuple(np.zeros(12) + 1), level=1.0, trend=0.1, damping=0.5, season=season)
    level, trend, slow = 1.0, 0.1, []
    for month in range(14):
        trend *= 0.5
        level += trend
        slow.append(level + season[month % 12])
    assert state.path(14) == pytest.approx(slow)


@given(st.integers(0, 3))
@settings(max_examples=4, deadline=None)
def test_ets_needs_two_years_for_a_season_and_finds_it_then(seed: int) -> None:
    assert fit_ets(made_up(23, 1, seed)[:, 0]).season == ()
    clear = made_up(60, 1, seed)[:, 0]
    assert fit_ets(clear).path(12) == pytest.approx(clear[-12:], abs=0.5)


def test_guard_binds_only_beyond_a_factor_of_two() -> None:
    year = np.arange(12.0)
    inside = np.resize(year, 15) + 0.5
    assert guarded(inside, year) == pytest.approx(inside)
    assert guarded(inside + 5, year) == pytest.approx(np.resize(year, 15) + GUARD)


def test_seasonal_growth_keeps_half_of_a_year_of_changes() -> None:
    y = np.r_[SHAPE, SHAPE + 0.2]
    assert fit_seasonal_growth(y).path(13) == pytest.approx(np.r_[SHAPE + 0.3, SHAPE[0] + 0.4])
    assert fit_seasonal_naive(y).path(13) == pytest.approx(np.r_[SHAPE + 0.2, SHAPE[0] + 0.2])


# network
def test_numpy_network_equals_keras(trainer: hybrid.Trainer) -> None:
    x = np.random.default_rng(0).normal(size=(5, 6)).astype("f4")
    start = Network(*(np.asarray(part) for part in trainer._start))
    theirs = np.asarray(trainer.model(x[:, :, None]))[:, 0]
    assert start(x) == pytest.approx(theirs, abs=1e-5)


def test_network_learns_and_repeats_bit_by_bit(trainer: hybrid.Trainer) -> None:
    errors = [np.resize([1.0, -1.0], 11)] * 3
    one, losses = trainer.network(errors)
    two, _ = trainer.network(errors)
    assert losses[-1] < losses[0]
    assert all(np.array_equal(getattr(one, part), getattr(two, part)) for part in ("kernel", "recurrent", "dense"))


def test_error_windows_hold_the_past_only_and_padding_has_no_weight() -> None:
    x, y, w = hybrid.error_windows([np.array([1.0, 2.0, 3.0])], window=2, rows=4)
    assert x.tolist() == [[0, 1], [1, 2], [0, 0], [0, 0]]
    assert (y.tolist(), w.tolist()) == ([2, 3, 0, 0], [1, 1, 0, 0])


# backtest
def test_nothing_after_the_origin_reaches_a_forecast(tested: backtest.Backtest, trainer: hybrid.Trainer) -> None:
    changed = made_up()
    changed[-2:] += 3.0  # the future of the first two origins, planted
    again = backtest.run_backtest(MONTHS, series.SERIES, changed, 4, trainer)
    for model in backtest.MODELS:
        assert np.array_equal(tested.errors[model][:2, 0], again.errors[model][:2, 0]), model
        assert not np.array_equal(tested.errors[model][3, 0], again.errors[model][3, 0])


def test_backtest_table_and_accuracy_agree(tested: backtest.Backtest) -> None:
    rows = backtest.backtest_table(tested)
    accuracy = backtest.accuracy_table(tested, 1)
    by_hand = rows["error_percent"].abs().groupby([rows["series"], rows["model"]]).mean()
    for row in accuracy[accuracy["series"] != "mean"].to_dict("records"):
        assert row["mape_percent"] == pytest.approx(by_hand[row["series"], row["model"]])
        assert row["low"] <= row["mape_percent"] <= row["high"]
    assert (rows["month"] == rows["origin"] + pd.offsets.MonthBegin(1)).all()
    naive = rows[(rows["model"] == "seasonal_naive") & (rows["series"] == "sales")]
    assert naive["forecast"].to_numpy() == pytest.approx(np.exp(made_up()[8:12, 0]))


# choice
def test_a_challenger_earns_the_place_only_beyond_chance() -> None:
    accuracy = pd.DataFrame({"series": "mean", "model": ["seasonal_growth", "sarima", "ets"],
                             "mape_percent": [8.0, 7.0, 6.0]})
    differences = pd.DataFrame({"model": ["sarima", "ets"], "against": "seasonal_growth", "series": "mean",
                                "difference": [-1.0, -2.0], "low": [-2.0, -4.0], "high": [0.1, 0.2]})
    assert choice.choose(accuracy, differences) == choice.Choice("seasonal_growth", "ets", False)
    better = differences.assign(high=[-0.1, 0.2])
    assert choice.choose(accuracy, better) == choice.Choice("sarima", "ets", True)


def test_gate_and_verdict() -> None:
    assert [choice.gate(*limits, 5.2) for limits in ((3, 5.2), (3, 6), (5.3, 6))] == ["PASS", "REVIEW", "FAIL"]
    assert choice.verdict(["PASS", "PASS"]) == "holds"
    assert choice.verdict(["PASS", "FAIL"]) == "holds in part"
    assert choice.verdict(["REVIEW", "FAIL"]) == "fails"
    assert choice.verdict(["REVIEW", "REVIEW"]) == "not testable"


# fan
def test_error_draws_keep_spread_dependence_and_grow_with_the_lead() -> None:
    errors = np.random.default_rng(3).multivariate_normal([0, 0], [[0.01, 0.006], [0.006, 0.02]], size=30)
    draws = fan.error_draws(errors, 40_000, 13, np.random.default_rng(0))
    wanted = errors.T @ errors / len(errors) * len(errors) / (len(errors) - 2)  # Student's variance
    assert np.cov(draws[:, 0].T) == pytest.approx(wanted, rel=0.05)
    assert draws[:, 12].var(axis=0) / draws[:, 0].var(axis=0) == pytest.approx([2, 2], rel=0.06)
    assert np.median(draws, axis=0) == pytest.approx(np.zeros((13, 2)), abs=1e-3)
    assert np.array_equal(draws[0], -draws[1])


def test_year_totals_follow_the_paths_and_need_a_whole_year() -> None:
    months = pd.date_range("2025-12-01", periods=13, freq="MS")
    paths = fan.paths_table(np.ones((4, 13, 3)) * np.array([10.0, 2.0, 5.0]), months, series.SERIES)
    year = fan.year_draws(paths, 2026)
    assert year.iloc[0].tolist() == [120.0, 24.0, 5.0, 5.0]
    assert readings.plan_year(months) == 2026
    with pytest.raises(DataError, match="1 months of 2025"):
        fan.year_draws(paths, 2025)
    with pytest.raises(ParameterError, match=r"forecast\.horizon_months = 5"):
        readings.plan_year(months[:5])


def test_coverage_of_errors_that_the_band_knows_is_near_its_promise() -> None:
    errors = np.random.default_rng(5).normal(0, 0.1, (60, 2))
    table = fan.coverage_table(errors, ("a", "b"), 800, 1)
    assert table["inside"].sum() / table["months"].sum() == pytest.approx(0.8, abs=0.1)


# the saved model
def test_saved_model_forecasts_the_same_without_data_and_libraries(forecaster: Forecaster, tmp_path: Path) -> None:
    forecaster.save(tmp_path / "one")
    forecaster.save(tmp_path / "two")
    for name in ("forecaster.json", "weights.npy"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    loaded = load_model(tmp_path / "one")
    pd.testing.assert_frame_equal(loaded.predict(13), forecaster.predict(13))
    for model in backtest.MODELS:
        assert loaded.central(20, model) == pytest.approx(forecaster.central(20, model), abs=1e-9)
    code = (
        "import sys; from pathlib import Path; from ecomplan.forecast.model import load_model;"
        f"print(len(load_model(Path({str(tmp_path / 'one')!r})).predict(2)));"
        "print([m for m in ('mlflow', 'keras', 'jax', 'statsmodels') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split("\n")[:2] == ["6", "[]"]


def test_a_longer_horizon_leaves_the_nearer_months(forecaster: Forecaster) -> None:
    short, far = forecaster.predict(3), forecaster.predict(13)
    pd.testing.assert_frame_equal(short, far[far["month"].isin(short["month"])].reset_index(drop=True))
    assert (far["q10"] < far["q50"]).all() and (far["q50"] < far["q90"]).all()
    with pytest.raises(ParameterError, match="horizon_months = 0 is refused; expected 1 to 36"):
        forecaster.predict(0)


def test_a_broken_saved_model_is_refused(forecaster: Forecaster, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"forecaster\.json is missing"):
        load_model(tmp_path)
    forecaster.save(tmp_path)
    np.save(tmp_path / "weights.npy", np.zeros(3, "f4"))
    with pytest.raises(DataError, match=r"weights\.npy holds 3 numbers"):
        load_model(tmp_path)
    plain = json.loads((tmp_path / "forecaster.json").read_text())
    (tmp_path / "forecaster.json").write_text(json.dumps(plain)[:-9])
    with pytest.raises(DataError, match="cannot be read"):
        load_model(tmp_path)
