"""The engine's long frame: what is handled, and what is refused with the series' name and the reason."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from ecomplan.errors import DataError, ParameterError
from ecomplan.forecast.engine.frame import QUANTILE_COLUMNS, read_panel


def months(name: str = "shop", length: int = 30, freq: str = "MS") -> pd.DataFrame:
    ds = pd.date_range("2020-01-31", periods=length, freq=freq)
    return pd.DataFrame({"unique_id": name, "ds": ds, "y": np.arange(1.0, length + 1)})


def test_quantile_columns_are_named_in_order() -> None:
    assert QUANTILE_COLUMNS == (
        "q025", "q05", "q10", "q20", "q30", "q40", "q50", "q60", "q70", "q80", "q90", "q95", "q975",
    )


def test_unsorted_rows_are_sorted_and_series_keep_their_order() -> None:
    frame = pd.concat([months("zeta"), months("alpha", 8)], ignore_index=True)
    shuffled = pd.concat([frame.iloc[[5]], frame.drop(5).sample(frac=1, random_state=3)], ignore_index=True)
    panel = read_panel(shuffled, 3)
    assert [series.unique_id for series in panel.series] == ["zeta", "alpha"]
    assert (panel.freq, panel.season) == ("MS", 12)
    assert panel.series[0].y.tolist() == list(range(1, 31))
    assert panel.ds_ahead[1].strftime("%Y-%m-%d").tolist() == ["2020-10-01", "2020-11-01", "2020-12-01"]


@pytest.mark.parametrize(
    ("freq", "season"),
    [("MS", 12), ("ME", 12), ("QS", 4), ("QE", 4), ("W-WED", 52), ("D", 7), ("B", 5), ("YS", 1), ("h", 24)],
)
def test_the_frequency_is_read_off_and_the_dates_ahead_follow(freq: str, season: int) -> None:
    frame = months(length=20, freq=freq)
    panel = read_panel(frame.head(16), 4)
    assert panel.season == season
    assert list(panel.ds_ahead[0]) == list(frame["ds"].tail(4))


def test_whole_numbers_count_periods() -> None:
    frame = months().assign(ds=np.arange(100, 130))
    panel = read_panel(frame, 2)
    assert (panel.freq, panel.season, list(panel.ds_ahead[0])) == (None, 1, [130, 131])
    assert read_panel(frame, 2, freq="MS").season == 12


def test_zero_constant_negative_and_short_series_are_handled() -> None:
    frame = pd.concat([
        months("zero").assign(y=0.0), months("flat").assign(y=7.0), months("debt").assign(y=-3.5), months("short", 6),
    ])
    zero, flat, debt, short = read_panel(frame, 3).series
    assert (zero.constant, flat.constant, short.constant) == (True, True, False)
    assert (zero.log, flat.log, debt.log, short.log) == (False, True, False, True)


def bad_frames() -> dict[str, tuple[pd.DataFrame, str]]:
    good = months()
    return {
        "duplicates": (pd.concat([good, good.iloc[[4]]]), "2020-06-01 is there twice"),
        "gap": (good.drop(index=[5, 6]), "gap of 2 between 2020-06-01 and 2020-09-01"),
        "missing": (good.assign(y=good["y"].mask(good["y"] == 8)), "y at 2020-09-01 is missing"),
        "text": (good.assign(y=good["y"].astype(object).mask(good["y"] == 8, "much")), "no number: 'much'"),
        "infinite": (good.assign(y=good["y"].replace(8.0, np.inf)), "y at 2020-09-01 is infinite"),
        "huge": (good.assign(y=good["y"].replace(8.0, -2e15)), "beyond 1e15"),
        "five values": (good.head(5), "5 values; at least 6"),
        "no date": (good.assign(ds=good["ds"].astype(str).replace("2020-09-01", "soon")), "'soon' is missing or no"),
        "mixed": (good.assign(ds=good["ds"].replace(pd.Timestamp("2020-09-01"), pd.Timestamp("2020-09-05"))), "mixed"),
    }


@pytest.mark.parametrize("kind", bad_frames())
def test_each_bad_kind_has_its_reason_and_names_the_series(kind: str) -> None:
    frame, reason = bad_frames()[kind]
    fine = months("fine")
    with pytest.raises(DataError, match="'shop'") as refused:
        read_panel(pd.concat([fine, frame], ignore_index=True), 3)
    assert reason in str(refused.value)
    panel = read_panel(pd.concat([fine, frame], ignore_index=True), 3, on_bad="skip")
    assert [series.unique_id for series in panel.series] == ["fine"]
    ((name, told),) = panel.skipped
    assert name == "shop" and reason in told
    with pytest.raises(DataError, match="'shop'"):  # nothing left to forecast
        read_panel(frame, 3, on_bad="skip")


def test_tables_that_are_no_panel_are_refused() -> None:
    with pytest.raises(DataError, match="column 'y' is missing"):
        read_panel(months().drop(columns="y"), 3)
    with pytest.raises(DataError, match="no rows"):
        read_panel(months().head(0), 3)
    with pytest.raises(DataError, match="unique_id is empty in row 3"):
        read_panel(months().assign(unique_id=["a", "a", None, *["a"] * 27]), 3)
    with pytest.raises(DataError, match="no frequency"):
        uneven = pd.Timestamp("2020-01-01 09:11") + pd.to_timedelta(np.arange(8) ** 2, "D")
        read_panel(months(length=8).assign(ds=uneven), 3)
    with pytest.raises(ParameterError, match="no frequency"):
        read_panel(months(), 3, freq="fortnight")
    with pytest.raises(ParameterError, match="horizon"):
        read_panel(months(), 0)


def test_a_quarterly_series_among_monthly_ones_is_named() -> None:
    with pytest.raises(DataError, match="series 'quarters': gap of 2"):
        read_panel(pd.concat([months("a"), months("b"), months("quarters", 12, "QS")]), 3)


def test_regressors_need_their_values_ahead_complete() -> None:
    frame = months().assign(promotion=np.arange(30) % 4 == 0)
    ahead = pd.DataFrame({"unique_id": "shop", "ds": pd.date_range("2022-08-01", periods=3, freq="MS")})
    ahead["promotion"] = [1, 0, 1]
    panel = read_panel(frame, 3, future=ahead.iloc[::-1])
    assert panel.names == ("promotion",)
    assert panel.series[0].future.tolist() == [[1.0], [0.0], [1.0]]
    assert panel.series[0].before(20, 3).future[:, 0].tolist() == frame["promotion"].astype(float)[20:23].tolist()
    with pytest.raises(DataError, match="future"):
        read_panel(frame, 3)
    with pytest.raises(DataError, match="'shop': future: promotion at 2022-09-01"):
        read_panel(frame, 3, future=ahead.drop(index=1))
    assert read_panel(frame, 3, need_future=False).series[0].future.shape == (0, 1)


@pytest.mark.parametrize(("text", "told"), [
    ("%d/%m/%Y", "day or month first"), ("%Y%m", "dates written as numbers"), ("%Y%m%d", "dates written as numbers"),
])
def test_dates_that_could_be_read_wrongly_are_refused(text: str, told: str) -> None:
    months = pd.date_range("2023-01-01", periods=18, freq="MS").strftime(text)
    ds = [int(month) for month in months] if "/" not in text else list(months)
    with pytest.raises(DataError, match=told):
        read_panel(pd.DataFrame({"unique_id": "a", "ds": ds, "y": np.arange(18.0)}), 2)


@pytest.mark.parametrize("text", ["%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y"])
def test_days_after_the_twelfth_tell_the_order(text: str) -> None:
    ends = pd.date_range("2023-01-31", periods=18, freq="ME")
    panel = read_panel(pd.DataFrame({"unique_id": "a", "ds": ends.strftime(text), "y": np.arange(18.0)}), 1)
    assert panel.freq == "ME" and (pd.DatetimeIndex(panel.series[0].ds) == ends).all()


def test_a_count_of_periods_is_no_date() -> None:
    ds = np.arange(200001, 200001 + 40)  # runs past the twelfth "month"
    assert read_panel(pd.DataFrame({"unique_id": "a", "ds": ds, "y": np.arange(40.0)}), 1).freq is None
