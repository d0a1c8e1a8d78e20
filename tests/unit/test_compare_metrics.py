"""The committed metrics hold the regenerated ones within each finding's tolerance, and nothing beyond."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from ecomplan.findings import Stage
from ecomplan.params import Params
from ecomplan.pipeline.line import compare_metrics


def record(root: Path, error: float = 12.0, low: float = -0.3, customers: float = 5824.0, **more: float) -> None:
    """Results of all stages, the forecast's with a loose tolerance."""
    for name in Params.stages:
        out = root / "out" / name
        for folder in ("tables", "figures"):
            (out / folder).mkdir(parents=True, exist_ok=True)
        stage = Stage(name, root, out)
        if name == "forecast":
            limits = {"low": low, "high": 20.0}
            stage.finding("error", "Error", error, unit="percent", evidence="measured", tolerance=0.05, **limits)
        if name == "segments":
            stage.finding("customers", "Customers", customers, unit="customers", evidence="measured")
            for key, value in more.items():
                stage.finding(key, key, value, unit="count", evidence="measured")
        stage.save()


@pytest.fixture
def committed(tmp_path: Path) -> Path:
    record(tmp_path)
    for command in (["init", "--quiet"], ["add", "."],
                    ["-c", "user.name=t", "-c", "user.email=t@example.org", "commit", "--quiet", "-m", "results"]):
        subprocess.run(["git", *command], cwd=tmp_path, check=True)
    return tmp_path


def test_equal_and_tolerated_results_pass(committed: Path) -> None:
    assert compare_metrics(committed) == []
    record(committed, error=12.5, low=-0.9)  # within 5 % of the finding's largest number, 20
    assert compare_metrics(committed) == []


def test_a_finding_may_itself_be_called_high(tmp_path: Path) -> None:
    for value in (0.010, 0.011):
        stage = Stage("segments", tmp_path, tmp_path / "out" / "segments")
        record(tmp_path)
        stage.finding("new_high", "Start high", value, low=0.008, high=0.015, unit="share", evidence="measured")
        stage.save()
        if value == 0.010:
            for command in (["init", "--quiet"], ["add", "."],
                            ["-c", "user.name=t", "-c", "user.email=t@example.org", "commit", "--quiet", "-m", "r"]):
                subprocess.run(["git", *command], cwd=tmp_path, check=True)
            assert compare_metrics(tmp_path) == []
    told = compare_metrics(tmp_path)
    assert len(told) == 1 and "new_high is 0.011, committed 0.01" in told[0]


def test_what_lies_beyond_is_told_with_both_numbers(committed: Path) -> None:
    record(committed, error=13.5, customers=5825.0)
    told = compare_metrics(committed)
    assert [line.split(" is ")[0] for line in told] == [
        "out/segments/metrics.json: customers", "out/forecast/metrics.json: error"
    ]
    assert "is 5825, committed 5824, relative tolerance 1e-06" in told[0]


def test_a_metric_that_came_or_went_is_told(committed: Path) -> None:
    record(committed, orders=3.0)
    assert compare_metrics(committed) == ["out/segments/metrics.json: orders stands only in the new result"]
