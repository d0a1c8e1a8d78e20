"""What a stage records is read back whole; what cannot be meant is refused."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pandas as pd
import pytest

from ecomplan.errors import DataError
from ecomplan.findings import Stage, read_stage, read_table


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    out = tmp_path / "out" / "returns"
    for folder in ("tables", "figures"):
        (out / folder).mkdir(parents=True)
    return Stage("returns", tmp_path, out)


def test_what_was_recorded_is_read_back(stage: Stage, tmp_path: Path) -> None:
    frame = pd.DataFrame({"month": [1, 2], "cash": [0.5, 1.5]})
    stage.section("Cash")
    stage.table("cash", frame, "Cash by month")
    stage.finding("npv", "Present value", 1.25, unit="money", evidence="simulated", low=-1, high=3, tables=["cash"])
    stage.finding("irr", "Internal return", None, unit="percent", evidence="simulated", unknown="no sign change")
    stage.claim("s3_plan_roi", "target", "reached in one plan of five", observed=0.2)
    stage.save()
    back = read_stage(tmp_path, "returns")
    assert back.findings.value("returns.npv") == 1.25
    assert back.findings["returns.npv"].section == "Cash"
    assert back.findings["returns.npv"].tables == ("cash",)
    assert back.claims[0].observed == 0.2
    pd.testing.assert_frame_equal(back.table("cash"), frame)
    assert json.loads((stage.out / "metrics.json").read_text()) == {"npv": 1.25, "npv_low": -1.0, "npv_high": 3.0}
    with pytest.raises(DataError, match="no sign change"):
        back.findings.value("returns.irr")
    with pytest.raises(DataError, match=r"no finding 'returns.npw'; near: returns.npv"):
        _ = back.findings["returns.npw"]


@pytest.mark.parametrize(("change", "message"), [
    ({"value": math.nan}, "no finite number"),
    ({"value": 1.0, "low": 3, "high": 2}, "low 3 is above high 2"),
    ({"value": 1.0, "unit": "pounds"}, "unit 'pounds' is unknown"),
    ({"value": 1.0, "evidence": "hearsay"}, "evidence 'hearsay' is unknown"),
    ({"value": None}, "no value and no reason"),
])
def test_a_finding_that_cannot_be_meant_is_refused(stage: Stage, change: dict[str, object], message: str) -> None:
    arguments = {"unit": "money", "evidence": "simulated"} | change
    with pytest.raises(DataError, match=message):
        stage.finding("npv", "Net present value", **arguments)  # type: ignore[arg-type]


def test_a_tested_claim_needs_its_verdict(stage: Stage) -> None:
    with pytest.raises(DataError, match="no verdict"):
        stage.claim("s3_plan_roi", "tested", "it was looked at")


def test_a_missing_and_a_truncated_table_are_told(stage: Stage) -> None:
    with pytest.raises(DataError, match="table cash of stage returns is missing"):
        read_table(stage.out, "cash")
    stage.table("cash", pd.DataFrame({"a": range(1000)}), "numbers")
    path = stage.out / "tables" / "cash.parquet"
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(DataError, match=r"table cash of stage returns cannot be read .* cut short"):
        read_table(stage.out, "cash")
