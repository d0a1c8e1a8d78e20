"""Accuracy measures against cases worked by hand and against closed forms."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from ecomplan.errors import DataError
from ecomplan.forecast.engine import accuracy
from ecomplan.forecast.engine.frame import QUANTILE_COLUMNS, QUANTILES


def test_small_cases_by_hand() -> None:
    actual, forecast = [10.0, 20.0, 0.0], [12.0, 15.0, 0.0]
    training = [1.0, 3.0, 2.0, 5.0]  # seasonal (2): 1, 2 -> 1.5; naive: 2, 1, 3 -> 2
    assert accuracy.naive_scale(training, 2) == 1.5
    assert accuracy.mase(actual, forecast, training, 2) == pytest.approx((2 + 5) / 3 / 1.5)
    assert accuracy.rmsse(actual, forecast, training) == pytest.approx(np.sqrt((4 + 25) / 3 / (14 / 3)))
    assert accuracy.smape(actual, forecast) == pytest.approx(200 * (2 / 22 + 5 / 35) / 3)
    assert accuracy.mape(actual, forecast) == pytest.approx((20 + 25) / 2)
    assert accuracy.wape(actual, forecast) == pytest.approx(100 * 7 / 30)
    assert accuracy.pinball([10.0], [[8.0, 13.0]], (0.1, 0.9)).tolist() == [pytest.approx([0.2, 0.3])]
    assert accuracy.coverage([1, 2, 3], [0, 2, 4], [1, 3, 5]) == pytest.approx(2 / 3)
    assert accuracy.naive_scale([1.0, 2.0, 4.0], 12) == 1.5  # shorter than a season: value to value
    assert np.isnan(accuracy.naive_scale([3.0, 3.0, 3.0], 1))


def test_crps_of_a_normal_is_its_closed_form() -> None:
    """Gneiting & Raftery (2007), equation 21; the 13 levels stand for the integral within 0.5 % on average."""
    y = np.random.default_rng(5).normal(size=20_000)
    closed = y * (2 * norm.cdf(y) - 1) + 2 * norm.pdf(y) - 1 / np.sqrt(np.pi)
    ours = accuracy.crps(y, np.tile(norm.ppf(QUANTILES), (len(y), 1)))
    assert ours.mean() == pytest.approx(closed.mean(), rel=0.005)
    assert np.abs(ours - closed).max() < 0.06
    assert accuracy.level_weights().sum() == pytest.approx(1)


def panel(shift: float = 0.0) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Two series of 8 values and forecasts of the last two from after the sixth: q50 off by one, plus `shift`."""
    y = pd.DataFrame({"unique_id": np.repeat(["a", "b"], 8), "ds": np.tile(np.arange(8), 2)})
    y["y"] = np.where(y["unique_id"] == "a", y["ds"] + 1.0, 10.0 * (y["ds"] + 1))
    ahead = y[y["ds"] > 5].assign(origin=5, model="one")
    point = ahead["y"] + 1 + shift
    quantiles = {name: point + 10 * (q - 0.5) for name, q in zip(QUANTILE_COLUMNS, QUANTILES, strict=True)}
    return y, ahead.assign(mean=point, **quantiles).drop(columns="y")


def test_scores_scale_each_series_by_what_was_known_at_the_origin() -> None:
    y, ahead = panel()
    found = accuracy.scores(y, ahead, y, 1).set_index("unique_id")
    assert found["mase"].to_dict() == {"a": 1.0, "b": pytest.approx(0.1)}  # steps of 1 and of 10
    wild = y.assign(y=y["y"].where(y["ds"] <= 5, 1e9))  # only the training after the origin changes
    pd.testing.assert_frame_equal(accuracy.scores(y, ahead, wild, 1).set_index("unique_id"), found)
    assert found["coverage_80"].to_dict() == {"a": 1.0, "b": 1.0}
    with pytest.raises(DataError, match="no forecast has an actual"):
        accuracy.scores(y.assign(ds=y["ds"] + 100), ahead, y, 1)


def test_table_and_differences_pair_the_series() -> None:
    y, ahead = panel()
    both = pd.concat([panel(shift=2)[1].assign(model="two"), ahead])
    found = accuracy.scores(y, both, y, 1)
    table = accuracy.summary(found)
    assert table["model"].tolist() == ["one", "two"]
    assert table["mase"].tolist() == pytest.approx([0.55, 1.65])
    assert table[["series", "origins"]].to_numpy().tolist() == [[2, 1], [2, 1]]
    (row,) = accuracy.differences(found, "one").to_dict("records")
    assert row["difference"] == pytest.approx(1.1)
    assert row["low"] == pytest.approx(0.2) and row["high"] == pytest.approx(2.0)
    assert row["share_better"] == 0.0


def test_bootstrap_interval_covers_as_it_says() -> None:
    """The 80 % interval of a mean of 40 holds the truth in about 80 of 100 samples."""
    rng = np.random.default_rng(2)
    samples = rng.exponential(size=(200, 40))
    inside = [low <= 1 <= high for low, high in (accuracy.bootstrap_interval(s, draws=300) for s in samples)]
    assert 0.70 <= np.mean(inside) <= 0.88
