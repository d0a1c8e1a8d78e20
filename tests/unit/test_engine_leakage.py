"""What lies after an origin cannot reach its forecasts, and the same seed gives the same bytes."""

from __future__ import annotations

import hashlib

import numpy as np
import pandas as pd
import pytest

from ecomplan.forecast import Settings, backtest, forecast
from ecomplan.forecast.engine.frame import QUANTILE_COLUMNS

HORIZON, LENGTH = 6, 60
COLUMNS = ["mean", *QUANTILE_COLUMNS]
WILD = {"huge": 1e12, "negative": -50.0, "zero": 0.0}


def panel(series: int, seed: int = 4) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    at = np.arange(LENGTH)
    ds = pd.date_range("2019-01-01", periods=LENGTH, freq="MS")
    parts = []
    for i in range(series):
        z = 4 + 0.01 * rng.normal() * at + 0.3 * np.sin(2 * np.pi * (at + i) / 12) + 0.1 * rng.normal(size=LENGTH)
        parts.append(pd.DataFrame({"unique_id": f"s{i:02d}", "ds": ds, "y": np.exp(z)}))
    return pd.concat(parts, ignore_index=True)


def planted(frame: pd.DataFrame, known: int, value: float) -> pd.DataFrame:
    """The frame with `value` (and its double, in turn) in place of all after the first `known` of each series."""
    place = frame.groupby("unique_id").cumcount()
    return frame.assign(y=frame["y"].where(place < known, value * (1 + place % 2)))


def digest(frame: pd.DataFrame) -> str:
    return hashlib.sha256(frame[COLUMNS].to_numpy(float).tobytes()).hexdigest()


def at_origin(frame: pd.DataFrame, known: int, origins: int, settings: Settings) -> pd.DataFrame:
    """Every model's forecasts from after the first `known` values, as the backtest of `origins` origins has them."""
    found = backtest(frame, HORIZON, origins, HORIZON, settings=settings).forecasts
    origin = frame["ds"].iloc[known - 1]
    found = found[found["origin"] == origin].reset_index(drop=True)
    assert len(found)
    return found


@pytest.mark.parametrize("kind", WILD)
@pytest.mark.parametrize("origins", [1, 2])
def test_wild_values_after_the_origin_change_no_forecast(kind: str, origins: int) -> None:
    settings = Settings(lstm="never")
    frame, known = panel(3), LENGTH - HORIZON * origins
    clean = at_origin(frame, known, origins, settings)
    wild = at_origin(planted(frame, known, WILD[kind]), known, origins, settings)
    assert set(clean["model"]) >= {"naive", "snaive", *settings.members, "combination"}
    pd.testing.assert_frame_equal(clean, wild, check_exact=True)


@pytest.mark.slow
def test_nor_through_the_network_its_gate_or_the_widths() -> None:
    """Two trainings with the same seed on what was known: the same bytes, whatever followed."""
    frame, known = panel(24), LENGTH - HORIZON
    frames = [frame, planted(frame, known, 1e6)]
    clean, wild = (backtest(given, HORIZON) for given in frames)
    verdicts = [found.outlooks[0].verdict for found in (clean, wild)]
    assert verdicts[0] is not None and verdicts[1] is not None
    assert (verdicts[0].evidence["origins"] > 0).all(), "no network was judged, so nothing is shown here"
    pd.testing.assert_frame_equal(verdicts[0].evidence, verdicts[1].evidence)
    assert digest(clean.forecasts) == digest(wild.forecasts)


def test_the_backtest_is_the_forecast_that_stood_then() -> None:
    settings = Settings(lstm="never")
    frame, known = panel(3), LENGTH - HORIZON
    then = forecast(frame[frame.groupby("unique_id").cumcount() < known], HORIZON, settings=settings)
    tested = at_origin(frame, known, 1, settings)
    combined = tested[tested["model"] == "combination"].reset_index(drop=True)
    shared = ["unique_id", "ds", *COLUMNS]
    pd.testing.assert_frame_equal(combined[shared], then[shared], rtol=1e-9)


def test_the_same_seed_gives_the_same_bytes() -> None:
    first, second = (forecast(panel(3), HORIZON, settings=Settings(lstm="never")) for _ in range(2))
    assert digest(first) == digest(second)
