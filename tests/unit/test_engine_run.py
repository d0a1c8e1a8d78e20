"""The engine's run: odd series, combination, widths, and that nothing hangs on jobs, order or chance."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from ecomplan.errors import ParameterError
from ecomplan.forecast.engine import intervals
from ecomplan.forecast.engine.combine import MIDDLE, NORMAL, combine, gather
from ecomplan.forecast.engine.fitted import Fit
from ecomplan.forecast.engine.frame import QUANTILE_COLUMNS
from ecomplan.forecast.engine.run import backtest, forecast, predict
from ecomplan.forecast.engine.settings import Settings

ALONE = Settings(lstm="never")
HORIZON = 6


def long(series: dict[str, np.ndarray]) -> pd.DataFrame:
    return pd.concat([
        pd.DataFrame({"unique_id": name, "ds": np.arange(len(y)), "y": np.asarray(y, dtype=float)})
        for name, y in series.items()
    ], ignore_index=True)


def seasonal(seed: int, months: int = 60) -> np.ndarray:
    rng = np.random.default_rng(seed)
    t = np.arange(months)
    return np.exp(5 + 0.004 * t + 0.2 * np.sin(t / 6 * np.pi) + rng.normal(0, 0.05, months))


@pytest.fixture(scope="module")
def odd() -> pd.DataFrame:
    rng = np.random.default_rng(1)
    return long({
        "z-plain": seasonal(3), "constant": np.full(40, 7.0), "zero": np.zeros(40), "short": [3.0, 4, 5, 4, 6, 5],
        "negative": rng.normal(0, 1, 48), "level": np.r_[np.tile([0.0, 0, 3, 5], 10)], "a-plain": seasonal(4, 30),
        "step": np.r_[np.full(30, 5.0), np.full(6, 9.0)],
    })


def test_odd_series_get_sensible_finite_forecasts(odd: pd.DataFrame) -> None:
    found = forecast(odd, HORIZON, freq="MS", settings=ALONE)
    assert list(found["unique_id"].unique()) == list(odd["unique_id"].unique())  # as given, not sorted
    assert len(found) == 8 * HORIZON
    values = found[list(QUANTILE_COLUMNS)].to_numpy()
    assert np.isfinite(found[["mean", *QUANTILE_COLUMNS]].to_numpy()).all()
    assert (np.diff(values, axis=1) >= 0).all()
    assert ((found["mean"] >= values[:, 0]) & (found["mean"] <= values[:, -1])).all()
    by = found.set_index("unique_id")
    assert (by.loc["constant", ["mean", *QUANTILE_COLUMNS]] == 7).all(axis=None)
    assert (by.loc["zero", ["mean", *QUANTILE_COLUMNS]] == 0).all(axis=None)
    assert (by.loc["level", "q025"] >= 0).all()
    assert by.loc["short", "q50"].between(1, 15).all()
    assert list(by.loc["short"].ds) == list(range(6, 12))


def test_a_series_alone_has_a_forecast_and_a_backtest() -> None:
    one = long({"only": seasonal(5)})
    found = backtest(one, HORIZON, origins=2, freq="MS", settings=ALONE)
    assert set(found.table["model"]) == {"naive", "snaive", "sarima", "ets", "theta", "ces", "combination"}
    assert found.table.loc[found.table["model"] == "snaive", "skill"].item() == 0
    assert sorted(found.forecasts["origin"].unique()) == [47, 53]
    ahead = predict(one, HORIZON, freq="MS", settings=ALONE).frame
    then = backtest(long({"only": np.r_[seasonal(5), np.ones(HORIZON)]}), HORIZON, freq="MS", settings=ALONE).forecasts
    mine = then[then["model"] == "combination"]
    pd.testing.assert_frame_equal(ahead[["mean", "q50"]], mine[["mean", "q50"]].reset_index(drop=True))


def test_same_bytes_again_in_two_processes_and_in_another_order() -> None:
    frame = long({f"s{i}": seasonal(i, 40 + i) for i in range(6)})
    first = forecast(frame, HORIZON, freq="MS", settings=ALONE)
    again = forecast(frame, HORIZON, freq="MS", settings=ALONE)
    for name in ("mean", *QUANTILE_COLUMNS):
        assert first[name].to_numpy().tobytes() == again[name].to_numpy().tobytes()
    apart = forecast(frame, HORIZON, freq="MS", settings=Settings(lstm="never", jobs=2, backend="threading"))
    assert first.equals(apart)
    back = forecast(frame.iloc[::-1], HORIZON, freq="MS", settings=ALONE)
    joined = first.merge(back, on=["unique_id", "ds"])
    np.testing.assert_allclose(joined["q50_x"], joined["q50_y"], rtol=1e-12)
    np.testing.assert_allclose(joined["q90_x"], joined["q90_y"], rtol=1e-9)


def test_a_member_that_explodes_is_left_out_and_counted() -> None:
    calm = {name: Fit(name=name, mean=np.full(3, 1.0 + i / 10), sigma=np.full(3, 0.1), errors=np.zeros(5))
            for i, name in enumerate(("sarima", "ets", "theta"))}
    wild = Fit(name="ces", mean=np.array([1.0, 50, 900]), sigma=np.full(3, 0.1), errors=np.zeros(5))
    broken = Fit(name="snaive", mean=np.array([1.0, np.nan, 1]), sigma=np.full(3, 0.1), errors=np.zeros(5))
    members = gather([{**calm, "ces": wild, "snaive": broken}], ["snaive", *calm, "ces"], np.array([1.0]))
    assert members.left_out == {"snaive": 1, "ces": 1}
    for how in ("median", "trimmed"):
        np.testing.assert_allclose(combine(members.mean, how), 1.1)
    weights = np.array([[0.2, 0.4, 0.2, 0.2, 0.0]])
    np.testing.assert_allclose(combine(members.mean, "performance", weights), (0.4 * 1.0 + 0.2 * 1.1 + 0.2 * 1.2) / 0.8)


def test_factors_of_the_past_bring_heavy_tails_to_their_coverage() -> None:
    rng = np.random.default_rng(8)
    growth = np.sqrt(np.arange(1, 13))

    def panel(series: int) -> tuple[np.ndarray, np.ndarray]:
        base = np.broadcast_to(growth[:, None] * NORMAL, (series, 12, len(NORMAL)))
        return base, 1.5 * growth * rng.standard_t(3, (series, 12))

    base, actual = panel(300)
    actual[:, 9:] = np.nan  # leads that the history cannot test
    factors = intervals.learn([base], [actual])
    assert factors.last_tested == 9
    now, came = panel(4000)
    found = intervals.stretch(now, factors)
    for low, nominal, slack in ((2, 0.8, 0.03), (0, 0.95, 0.02)):
        def covered(quantiles: np.ndarray, low: int = low) -> float:
            return float(((came >= quantiles[..., low]) & (came <= quantiles[..., -1 - low])).mean())

        assert covered(now) < nominal - 0.05
        assert abs(covered(found) - nominal) < slack
    assert (np.diff(found, axis=-1) >= 0).all()
    np.testing.assert_array_equal(found[..., MIDDLE], now[..., MIDDLE])
    alone = intervals.learn([base[:1]], [actual[:1]])
    assert np.abs(np.log(alone.by_lead)).max() < np.log(1.3)  # one series proves little
    borrowed = intervals.stretch(now[:1], factors, tuple(2.0 ** np.arange(12)))
    width = borrowed[0, :, -1] - borrowed[0, :, 0]
    np.testing.assert_allclose(width[9:] / width[8], [2, 4, 8])


def test_a_hard_time_in_the_past_does_not_widen_every_fan() -> None:
    rng = np.random.default_rng(5)
    errors = [rng.normal(0, 1, (80, 6)) for _ in range(200)]
    for one in errors:
        one[59] *= 2  # the past origin is made after 60 values, and the whole panel had a bad year then
    np.testing.assert_allclose(intervals.hardness_of(errors, [60] * 200, 6), 2, rtol=0.12)
    np.testing.assert_allclose(intervals.hardness_of(errors, [50] * 200, 6), 1, rtol=0.12)
    few = intervals.hardness_of(errors[:2], [60] * 2, 6)
    assert (np.abs(np.log(few)) < np.log(1.5)).all()
    assert (intervals.hardness_of([one[:10] for one in errors], [5] * 200, 6) == 1).all()


def test_regressors_known_ahead_move_every_member_but_the_baseline() -> None:
    rng = np.random.default_rng(6)
    push = rng.normal(0, 1, 60 + HORIZON)
    y = seasonal(7, 60 + HORIZON) * np.exp(0.3 * push)
    frame = long({"pushed": y}).assign(push=push)
    past, ahead = frame.iloc[:60], frame.iloc[60:].drop(columns="y")
    with_it = forecast(past, HORIZON, freq="MS", future=ahead, settings=ALONE)["q50"]
    without = forecast(past.drop(columns="push"), HORIZON, freq="MS", settings=ALONE)["q50"]
    assert np.abs(np.log(with_it / y[60:])).mean() < 0.5 * np.abs(np.log(without / y[60:])).mean()
    baseline = [one.set_index("model") for one in (
        backtest(frame, HORIZON, freq="MS", settings=ALONE).table,
        backtest(frame.drop(columns="push"), HORIZON, freq="MS", settings=ALONE).table,
    )]
    assert baseline[0].loc["snaive", "mase"] == baseline[1].loc["snaive", "mase"]


def test_settings_that_cannot_be_meant_are_refused() -> None:
    for wrong in ({"members": ("prophet",)}, {"members": ()}, {"combination": "best"}, {"backend": "ray"}, {"jobs": 0},
                  {"width_by_lead": (1.0, -1.0)}):
        with pytest.raises(ParameterError, match=next(iter(wrong))):
            Settings(**wrong)


def test_hourly_series_go_without_a_calendar() -> None:
    hours = pd.date_range("2025-03-01", periods=96, freq="h")
    y = 50 + 10 * np.sin(2 * np.pi * np.arange(96) / 24) + np.random.default_rng(3).normal(0, 1, 96)
    ahead = forecast(pd.DataFrame({"unique_id": "load", "ds": hours, "y": y}), 12, settings=Settings(lstm="never"))
    assert len(ahead) == 12 and np.isfinite(ahead["q50"]).all()
