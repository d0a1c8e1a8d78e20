"""`ecomplan forecast`: from a file to a file in any folder; clear errors; an existing result stays whole."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ecomplan.errors import DataError
from ecomplan.forecast.engine.frame import QUANTILE_COLUMNS
from ecomplan.forecast.engine.settings import Settings
from ecomplan.pipeline import cli, series
from ecomplan.pipeline.series_files import read_series

QUICK = ("--members", "snaive", "--no-lstm")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder outside any project with sales.csv: two series of 36 months."""
    rng = np.random.default_rng(3)
    months = pd.date_range("2022-01-01", periods=36, freq="MS")
    frame = pd.DataFrame({
        "unique_id": np.repeat(["001", "002"], 36), "ds": np.tile(months, 2),
        "y": np.exp(4 + 0.1 * rng.normal(size=72)).round(3),
    })
    frame.to_csv(tmp_path / "sales.csv", index=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: str) -> int:
    return cli.main(["forecast", *arguments, *QUICK, *(() if "--closed" in arguments else ("--calendar", "none"))])


def test_csv_in_parquet_out_with_the_accuracy_table(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("sales.csv", "--horizon", "3", "--origins", "2", "--out", "ahead.parquet") == 0
    ahead = pd.read_parquet("ahead.parquet")
    assert list(ahead) == ["unique_id", "ds", "mean", *QUANTILE_COLUMNS]
    assert ahead["unique_id"].tolist() == ["001"] * 3 + ["002"] * 3  # not the number 1
    assert ahead["ds"].dt.strftime("%Y-%m").tolist() == ["2025-01", "2025-02", "2025-03"] * 2
    told = capsys.readouterr()
    assert "2 series of 36 values, frequency MS, season 12" in told.out
    assert {"model", "naive", "snaive", "combination"} <= {line.split()[0] for line in told.out.splitlines()}
    assert "snaive (baseline)" in told.out and "MASE: absolute error" in told.out
    assert [line.split(",")[0] for line in told.err.splitlines()] == ["2 past origins: done", "forecast: done"]
    assert sorted(path.name for path in folder.iterdir()) == ["ahead.parquet", "sales.csv"]


def test_a_single_series_needs_no_name_and_csv_is_written(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pd.read_csv("sales.csv").query("unique_id == 1").drop(columns="unique_id").to_csv("shop.csv", index=False)
    assert run("shop.csv", "--horizon", "2", "--out", "ahead.csv") == 0
    assert pd.read_csv("ahead.csv")["unique_id"].tolist() == ["shop", "shop"]
    assert "--origins" in capsys.readouterr().out  # the hint how to get errors


def test_bad_series_are_named_or_left_out_on_request(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pd.read_csv("sales.csv", dtype={"unique_id": str}).drop(index=40).to_csv("gappy.csv", index=False)
    assert run("gappy.csv", "--horizon", "2", "--out", "ahead.csv") == 3
    assert "series '002': gap of 1 between 2022-04-01 and 2022-06-01" in capsys.readouterr().err
    assert run("gappy.csv", "--horizon", "2", "--out", "ahead.csv", "--skip-bad") == 0
    assert "left out '002': gap" in capsys.readouterr().err
    assert pd.read_csv("ahead.csv", dtype=str)["unique_id"].unique().tolist() == ["001"]


@pytest.mark.parametrize(("arguments", "code", "told"), [
    (("missing.csv", "--horizon", "2", "--out", "a.csv"), 3, "missing.csv: there is no such file"),
    (("sales.csv", "--horizon", "2", "--out", "a.xlsx"), 2, ".csv or .parquet"),
    (("sales.csv", "--horizon", "2", "--out", "nowhere/a.csv"), 2, "there is no folder nowhere"),
    (("sales.csv", "--horizon", "2", "--out", "sales.csv"), 2, "would be overwritten"),
    (("sales.csv", "--horizon", "0", "--out", "a.csv"), 2, "--horizon: 0 "),
    (("sales.csv", "--horizon", "2", "--out", "a.csv", "--backend", "ray"), 2, "'ray'"),
    (("sales.csv", "--horizon", "2", "--out", "a.csv", "--freq", "often"), 2, "'often' is no frequency"),
    (("sales.csv", "--horizon", "31", "--out", "a.csv", "--origins", "1"), 3, "37 are needed to look back"),
    (("sales.csv", "--horizon", "2", "--out", "a.csv", "--zhang"), 2, "give --origins too"),
    (("sales.csv", "--horizon", "2", "--out", "a.csv", "--country", "GB"), 2, "nothing to act on"),
    (("sales.csv", "--horizon", "2", "--out", "a.csv", "--closed", "xmas"), 2, "'xmas' is neither a file nor a day"),
    (("sales.csv", "--horizon", "2", "--out", "a.csv", "--closed", "2025-01-09..2025-01-02"), 2, "no range of days"),
    (("sales.csv", "--horizon", "2", "--out", "a.csv", "--future", "sales.csv"), 3, "has no regressors"),
])
def test_mistakes_are_told_in_one_line(
    folder: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], code: int, told: str
) -> None:
    assert run(*arguments) == code
    error = capsys.readouterr().err.strip().splitlines()
    assert len(error) == 1 and error[0].startswith("ecomplan: ") and told in error[0]


def test_an_existing_result_stays_whole_when_writing_fails(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("ahead.csv").write_text("before")

    def half(frame: pd.DataFrame, path: Path, **options: object) -> None:
        Path(path).write_text("unique_id,d")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pd.DataFrame, "to_csv", half)
    assert run("sales.csv", "--horizon", "2", "--out", "ahead.csv") == 3
    assert "ahead.csv: cannot be written: No space left" in capsys.readouterr().err
    assert Path("ahead.csv").read_text() == "before"
    assert sorted(path.name for path in folder.iterdir()) == ["ahead.csv", "sales.csv"]


def test_help_has_an_example(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.main(["forecast", "--help"])
    assert "ecomplan forecast sales.csv --horizon 12" in capsys.readouterr().out


def test_a_table_that_cannot_be_read_is_named(folder: Path) -> None:
    Path("torn.parquet").write_bytes(b"PAR1")
    with pytest.raises(DataError, match=r"torn\.parquet: cannot be read"):
        read_series(Path("torn.parquet"))


def test_every_setting_arrives(tmp_path: Path) -> None:
    closed = tmp_path / "closed.txt"
    closed.write_text("day\n2025-12-24..2025-12-26  # Christmas\n2026-04-05,Easter\n")
    given = (
        "--members ets,theta --combination median --no-lstm --zhang --no-conformal --past-origins 3 --jobs 2 "
        f"--backend threading --country CN --events 11.11 --closed {closed}"
    ).split()
    options = cli._parser().parse_args(["forecast", "x.csv", "--horizon", "1", "--out", "y.csv", *given])
    assert series.settings_of(options) == Settings(
        members=("ets", "theta"), combination="median", lstm="never", zhang=True, conformal=False, past_origins=3,
        jobs=2, backend="threading", country="CN", events=("11.11",),
        closed=(*pd.date_range("2025-12-24", "2025-12-26"), pd.Timestamp("2026-04-05")),
    )
    bare = cli._parser().parse_args(["forecast", "x.csv", "--horizon", "1", "--out", "y.csv"])
    assert series.settings_of(bare) == Settings()


def test_whole_numbers_without_a_season_are_pointed_out(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    counted = pd.read_csv("sales.csv").assign(ds=[*range(36)] * 2)
    counted.to_csv("counted.csv", index=False)
    assert run("counted.csv", "--horizon", "2", "--out", "ahead.csv") == 0
    assert "no season is assumed; --freq MS" in capsys.readouterr().err
    assert run("counted.csv", "--horizon", "2", "--out", "ahead.csv", "--freq", "MS") == 0
    told = capsys.readouterr()
    assert "no season" not in told.err and "ds counts periods, season 12" in told.out


def test_hours_are_forecast_without_calendar(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    hours = pd.read_csv("sales.csv").assign(ds=[*pd.date_range("2025-01-01", periods=36, freq="h")] * 2)
    hours.to_csv("hours.csv", index=False)
    assert cli.main(["forecast", "hours.csv", "--horizon", "2", "--out", "ahead.csv", *QUICK]) == 0
    assert "frequency h: no regressors of trading days" in capsys.readouterr().err


def test_regressors_need_their_values_ahead(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pd.read_csv("sales.csv").assign(price=2.5).to_csv("priced.csv", index=False)
    assert run("priced.csv", "--horizon", "2", "--out", "ahead.csv") == 3
    assert "regressors, here price; give their values ahead with --future" in capsys.readouterr().err
