"""The platform's months: series, open days, short-history members, backtest, re-issue, gates, the saved model."""

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
from ecomplan.forecast.engine.zhang import LocalSettings
from ecomplan.forecast.platform import backtest, fan, gates, noise, nowcast, opendays, readings, series, short
from ecomplan.forecast.platform.model import Forecaster, load_model

MONTHS = pd.date_range("2023-12-01", periods=24, freq="MS", unit="us")
ORIGINS = 4


def shop(seed: int = 3) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Orders and calendar of 24 months and nine days, closed on Saturdays, at Christmas and on bank holidays."""
    rng = np.random.default_rng(seed)
    date = pd.date_range("2023-12-01", "2025-12-09", freq="D", unit="us")
    kinds = opendays.kinds_of(date, "GB", "12-24/01-03")
    is_open = (date.day_of_week != 5) & (kinds == "")
    season = 1 + 0.5 * np.sin(2 * np.pi * (date.dayofyear - 200) / 365)
    number = np.where(is_open, rng.poisson(9 * season) + 1, 0)
    at = np.repeat(np.arange(len(date)), number)
    orders = pd.DataFrame({
        "order_id": [f"A{i:05d}" for i in range(len(at))], "time": date[at] + pd.to_timedelta(600, unit="min"),
        "customer_id": [f"{i:04d}" if i else None for i in rng.integers(0, 400, len(at))],
        "amount": rng.lognormal(3, 1, len(at)).round(2),
    })
    month = date.to_period("M").to_timestamp()
    calendar = pd.DataFrame({
        "date": date, "month": month, "weekday": date.day_of_week, "is_open": is_open, "orders": number,
        "in_full_month": date < "2025-12-01",
    })
    return orders, calendar


SETTINGS = backtest.Settings(3, 0.9, short.panel_weights(None, 0.9), 12, LocalSettings(3, 2, 2), 7)


def run(orders: pd.DataFrame, calendar: pd.DataFrame) -> tuple[backtest.Backtest, pd.DataFrame]:
    months, logs = series.log_matrix(series.monthly_series(orders, calendar), ORIGINS)
    days = opendays.trading_days(calendar, 0, 40, country="GB", year_end="12-24/01-03")
    value = noise.order_value_noise(noise.blocks(orders, months), len(months))
    test = backtest.run_backtest(months, logs, days, value, ORIGINS, SETTINGS)
    return test, nowcast.reissue_table(test, nowcast.months_by_day(orders, days, months), days, 20)


@pytest.fixture(scope="module")
def tested() -> tuple[backtest.Backtest, pd.DataFrame]:
    return run(*shop())


@pytest.fixture(scope="module")
def forecaster(tested: tuple[backtest.Backtest, pd.DataFrame]) -> Forecaster:
    rng = np.random.default_rng(0)
    paths = {name: 6 + rng.normal(0, 0.2, (36, 4)).cumsum(axis=0) / 9 - [0, 1, 1.5, 3] for name in backtest.MODELS}
    ratios = np.sqrt(1 + np.arange(36) / 12)
    return Forecaster(MONTHS[-1], backtest.CHOSEN, paths, tested[0].one_month(backtest.CHOSEN)[:, :4], ratios, 400, 7)


# series
def test_monthly_series_counts_and_leaves_the_cut_month_out() -> None:
    orders = pd.DataFrame({
        "order_id": ["a", "b", "c", "d", "e"],
        "time": pd.to_datetime([
            "2024-01-03 10:00", "2024-01-31 23:59", "2024-02-01 00:00", "2024-02-02 09:00", "2024-03-02 09:00",
        ]),
        "customer_id": ["x", "x", None, "y", "z"], "amount": [10.0, 5.0, 2.0, 4.0, 99.0],
    })
    days = pd.date_range("2024-01-01", "2024-03-05")
    calendar = pd.DataFrame({"month": days.to_period("M").to_timestamp(), "in_full_month": days < "2024-03-01"})
    wide = series.monthly_series(orders, calendar).pivot(index="month", columns="series", values="value")
    assert wide.index.strftime("%Y-%m").tolist() == ["2024-01", "2024-02"]
    assert wide["sales"].tolist() == [15.0, 6.0]
    assert wide["orders"].tolist() == [2.0, 2.0]
    assert wide["active_customers"].tolist() == [1.0, 1.0]
    assert wide["new_customers"].tolist() == [1.0, 1.0]
    assert wide["order_value"].tolist() == [7.5, 3.0]
    with pytest.raises(DataError, match="table orders: column amount is missing"):
        series.monthly_series(orders.drop(columns="amount"), calendar)
    with pytest.raises(DataError, match="e lies outside the calendar"):
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
        series.log_matrix(spoil(series.monthly_series(*shop())), 9)  # type: ignore[operator]


# open days
def test_open_days_ahead_follow_what_the_past_closed() -> None:
    _, calendar = shop()
    days = opendays.trading_days(calendar, 0, 14, country="GB", year_end="12-24/01-03", declared="2026-02-03")
    rule = days.rule(MONTHS[15])
    assert rule.weekdays == (5,)
    assert set(rule.kinds) == {opendays.YEAR_END, opendays.BANK, opendays.EASTER}
    recorded = calendar[calendar["is_open"]].groupby("month").size().reindex(MONTHS)
    ruled = [days.per_month(MONTHS[place: place + 1], MONTHS[place])[0][0] for place in range(15, 24)]
    assert ruled == recorded.iloc[15:].tolist()
    ahead = pd.DatetimeIndex([pd.Timestamp("2026-02-01"), pd.Timestamp("2026-04-01")])
    # 28 days less 4 Saturdays and the declared day; 30 less 4 Saturdays, Good Friday, Easter Sunday and Monday
    assert days.per_month(ahead, pd.Timestamp("2025-12-01"))[0].tolist() == [23.0, 23.0]


def test_a_shop_without_closing_days_opens_daily_and_a_wrong_shift_is_refused() -> None:
    date = pd.date_range("2024-01-01", "2025-03-31", freq="D", unit="us")
    calendar = pd.DataFrame({"date": date, "month": date.to_period("M").to_timestamp(), "weekday": date.day_of_week,
                             "is_open": True, "orders": 5, "in_full_month": True})
    days = opendays.trading_days(calendar, 0, 3, country="none", year_end="")
    number, weighted = days.per_month(pd.DatetimeIndex(["2025-04-01", "2025-05-01"]), pd.Timestamp("2025-04-01"))
    assert number.tolist() == [30, 31]
    assert weighted == pytest.approx(number)
    with pytest.raises(DataError, match="2024-01-01 less 1 years"):
        opendays.trading_days(calendar, 1, 3, country="none", year_end="")
    with pytest.raises(ParameterError, match="declared_closed_days"):
        opendays.trading_days(calendar, 0, 3, country="none", year_end="", declared="soon")


# members
def known(logs: np.ndarray, horizon: int = 13, days: np.ndarray | None = None) -> short.Known:
    days = np.zeros(len(logs) + horizon) if days is None else np.log(days)
    return short.Known(logs, days, days, np.full(len(logs), 0.01))


@given(st.floats(0, 1), st.integers(1, 30))
@settings(max_examples=20, deadline=None)
def test_repeat_is_last_year_plus_a_fading_change(damping: float, horizon: int) -> None:
    logs = np.random.default_rng(1).normal(5, 0.3, (20, 3))
    change = np.array([0.1, 0.0, -0.1])
    path = short.repeat(known(logs, horizon), np.zeros(20 + horizon), change, damping)
    slow = list(logs)
    for lead in range(horizon):
        slow.append(slow[-12] + change * damping**lead)
    assert path == pytest.approx(np.array(slow[20:]))


def test_members_carry_open_days_over_and_shrink_growth() -> None:
    days = np.full(37, 25.0)
    days[12], days[24] = 20.0, 30.0
    logs = np.log(np.outer(days[:24], [10.0, 1.0, 0.5]))
    logs[12:] += 0.2  # a year on, everything sells more per open day
    state = known(logs, days=days)
    assert short.repeat(state, state.weighted, np.zeros(3), 1.0)[0] == pytest.approx(logs[12] + np.log(1.5))
    assert short.drift(state) == pytest.approx(np.full(3, 0.1))  # half of a full year of changes
    assert short.smoothed(state, 3) == pytest.approx(np.full(3, 0.1))
    table = pd.DataFrame({"lead_months": 1, "name": list(short.SIGNALS), "value": [0.5, 0.25, 0.25]})
    whole = short.learnt(state, short.panel_weights(table, 1.0))
    assert whole[:12] == pytest.approx(logs[12:24] + np.log(days[24:36] / days[12:24])[:, None] + 0.2)
    with pytest.raises(DataError, match="mean_change"):
        short.panel_weights(table.iloc[:2], 1.0)


def test_order_value_keeps_the_season_only_above_its_noise() -> None:
    logs = np.zeros((24, 3))
    logs[:, 0] = 5 + np.tile(np.linspace(-0.3, 0.3, 12), 2)
    quiet = short.Known(logs, np.zeros(36), np.zeros(36), np.zeros(24))
    loud = short.Known(logs, np.zeros(36), np.zeros(36), np.ones(24))
    assert short.order_value(quiet) == pytest.approx(logs[12:, 0])
    assert short.order_value(loud) == pytest.approx(np.full(12, 5.0))


def test_noise_of_order_value_is_what_resampling_shows() -> None:
    rng = np.random.default_rng(4)
    cells = pd.DataFrame({"block": [f"c{i}" for i in range(300)], "month": 0, "sales": rng.lognormal(3, 1, 300),
                          "orders": rng.integers(1, 4, 300).astype(float), "active_customers": 1.0})
    weights = rng.poisson(1, (4000, 300))
    drawn = np.log((weights @ cells["sales"].to_numpy()) / (weights @ cells["orders"].to_numpy()))
    assert noise.order_value_noise(cells, 1)[0] == pytest.approx(drawn.var(), rel=0.1)
    floor = noise.floor_table(cells, 0, 1, 4000, 1).set_index("series")["floor_percent"]
    assert floor["active_customers"] == pytest.approx(100 * (2 / np.pi / 300) ** 0.5, rel=0.05)


# backtest and re-issue
def test_wild_orders_after_the_origin_change_no_forecast_of_it(tested: tuple[backtest.Backtest, pd.DataFrame]) -> None:
    orders, calendar = shop()
    late = orders["time"] >= MONTHS[-1]
    wild = orders.assign(amount=orders["amount"].where(~late, orders["amount"] * 1e4))
    strangers = wild[late].assign(order_id="B" + wild["order_id"], customer_id="z" + wild["order_id"])
    closed = calendar["date"].between(MONTHS[-1], "2025-11-20") & (calendar["weekday"] == 2)
    wild = pd.concat([wild, strangers])[lambda part: ~part["time"].dt.normalize().isin(calendar["date"][closed])]
    again, issued = run(wild, calendar.assign(is_open=calendar["is_open"] & ~closed))
    for model in backtest.MODELS:
        assert np.array_equal(tested[0].central[model][:, 0], again.central[model][:, 0]), model
    same = tested[1]["month"] < MONTHS[-1]
    pd.testing.assert_frame_equal(tested[1][same], issued[same])
    assert not np.array_equal(tested[0].actual[-1], again.actual[-1])


def test_reissue_starts_at_the_forecast_and_ends_at_the_actual(tested: tuple[backtest.Backtest, pd.DataFrame]) -> None:
    test, issued = tested
    start = issued[issued["open_days"] == 0].pivot(index="month", columns="series", values="forecast")
    assert start[list(series.SERIES)].to_numpy() == pytest.approx(np.exp(test.central[backtest.CHOSEN][:, 0, :3]))
    orders, calendar = shop()
    days = opendays.trading_days(calendar, 0, 40, country="GB", year_end="12-24/01-03")
    by_day = nowcast.months_by_day(orders, days, MONTHS)
    whole = nowcast.reissue_table(test, by_day, days, 31)
    assert whole[whole["open_days"] == 31]["error_percent"].abs().max() < 1e-9
    assert by_day[5].seen[-1] == pytest.approx(np.exp(test.actual[5, :3]))


def test_reissue_moves_the_rest_by_part_of_the_surprise() -> None:
    rule = opendays.Rule((), (), (1.0,) * 7)
    date = pd.date_range("2024-01-01", periods=10, freq="D")
    even = nowcast.Month(date, np.asarray(date.day_of_week), np.outer(np.arange(11.0), [10.0, 10.0, 10.0]))
    ahead = nowcast.reissue(even, 5, 5.0, np.full(3, 80.0), (even,) * 4, np.full((4, 3), 100.0), rule)
    # 50 seen where 40 were expected; of the surprise log(50 / 40) a part between none and all carries over
    assert ((ahead > 90) & (ahead < 100)).all()
    assert nowcast.carry(np.full((3, 3), 0.1), np.full((3, 3), 0.1), 0.5) == pytest.approx((3 + 12 / 3) / 15)


def test_backtest_table_and_accuracy_agree(tested: tuple[backtest.Backtest, pd.DataFrame]) -> None:
    rows, accuracy = backtest.backtest_table(tested[0]), backtest.accuracy_table(tested[0], 1)
    by_hand = rows["error_percent"].abs().groupby([rows["series"], rows["model"]]).mean()
    for row in accuracy[accuracy["series"] != "mean"].to_dict("records"):
        assert row["mape_percent"] == pytest.approx(by_hand[row["series"], row["model"]])
        assert row["low"] <= row["mape_percent"] <= row["high"]
    assert (rows["month"] == rows["origin"] + pd.offsets.MonthBegin(1)).all()
    naive = rows[(rows["model"] == "seasonal_naive") & (rows["series"] == "sales")]
    assert naive["forecast"].to_numpy() == pytest.approx(np.exp(tested[0].actual[8:12, 0]))
    value = rows.pivot(index=["model", "month"], columns="series", values="forecast")
    assert value["order_value"].to_numpy() == pytest.approx((value["sales"] / value["orders"]).to_numpy())
    assert (value["new_customers"] <= value["active_customers"] * (1 + 1e-12)).all()


def test_gates_say_what_the_intervals_say(tested: tuple[backtest.Backtest, pd.DataFrame]) -> None:
    assert [gates.gate(*limits, 5.2) for limits in ((3, 5.2), (3, 6), (5.3, 6))] == ["PASS", "REVIEW", "FAIL"]
    assert gates.verdict(["PASS", "PASS"]) == "holds"
    assert gates.verdict(["PASS", "FAIL"]) == "holds in part"
    assert gates.verdict(["REVIEW", "FAIL"]) == "fails"
    assert gates.verdict(["REVIEW", "REVIEW"]) == "not testable"
    floors = pd.DataFrame({"series": series.SERIES, "floor_percent": 1.0})
    table = gates.gates_table(*tested, 10, 15, floors, 5.2, 1).set_index(["promise", "series"])
    assert len(table) == 15
    test = tested[0]
    forecast = np.exp(test.central[backtest.CHOSEN][:2, :3, 0]).sum(axis=1)
    actual = np.array([np.exp(test.actual[at: at + 3, 0]).sum() for at in (20, 21)])
    assert table.loc[("quarter", "sales"), "mape_percent"] == pytest.approx(100 * np.abs(forecast / actual - 1).mean())
    assert table.loc[("month", "sales"), "difference"] == pytest.approx(
        table.loc[("month", "sales"), "mape_percent"] - table.loc[("month", "sales"), "naive_percent"]
    )


# fan
def test_year_totals_follow_the_paths_and_need_a_whole_year() -> None:
    months = pd.date_range("2025-12-01", periods=13, freq="MS")
    assert readings.plan_year(months) == 2026
    with pytest.raises(ParameterError, match=r"forecast\.horizon_months = 5"):
        readings.plan_year(months[:5])
    paths = pd.DataFrame({"path": 0, "month": months, "sales": 10.0, "orders": 2.0, "active_customers": 5.0})
    assert fan.year_draws(paths, 2026).iloc[0].tolist() == [120.0, 24.0, 5.0, 5.0]
    with pytest.raises(DataError, match="1 months of 2025"):
        fan.year_draws(paths, 2025)


# the saved model
def test_saved_model_forecasts_the_same_without_data_and_libraries(forecaster: Forecaster, tmp_path: Path) -> None:
    forecaster.save(tmp_path / "one")
    forecaster.save(tmp_path / "two")
    for name in ("forecaster.json", "central.npy"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    loaded = load_model(tmp_path / "one")
    pd.testing.assert_frame_equal(loaded.predict(13), forecaster.predict(13))
    code = (
        "import sys; from pathlib import Path; from ecomplan.forecast.platform.model import load_model;"
        f"print(len(load_model(Path({str(tmp_path / 'one')!r})).predict(2)));"
        "print([m for m in ('mlflow', 'keras', 'jax', 'statsmodels', 'numba') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split("\n")[:2] == ["10", "[]"]


def test_a_longer_horizon_leaves_the_nearer_months(forecaster: Forecaster) -> None:
    near, far = forecaster.predict(3), forecaster.predict(13)
    pd.testing.assert_frame_equal(near, far[far["month"].isin(near["month"])].reset_index(drop=True))
    assert (far["q10"] < far["q50"]).all() and (far["q50"] < far["q90"]).all()
    paths = forecaster.paths(13)
    assert (paths["new_customers"] <= paths["active_customers"]).all()
    with pytest.raises(ParameterError, match="horizon_months = 0 is refused; expected 1 to 36"):
        forecaster.predict(0)


def test_a_broken_saved_model_is_refused(forecaster: Forecaster, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"forecaster\.json is missing"):
        load_model(tmp_path)
    forecaster.save(tmp_path)
    np.save(tmp_path / "central.npy", np.zeros((3, 36, 4)))
    with pytest.raises(DataError, match=r"central\.npy has shape \(3, 36, 4\)"):
        load_model(tmp_path)
    plain = json.loads((tmp_path / "forecaster.json").read_text())
    (tmp_path / "forecaster.json").write_text(json.dumps(plain)[:-9])
    with pytest.raises(DataError, match="cannot be read"):
        load_model(tmp_path)
