"""The registry of planning figures."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml

from ecomplan.claims import load_claims
from ecomplan.errors import ParameterError

CLAIMS = Path(__file__).parents[2] / "claims"


def test_all_763_figures_are_there() -> None:
    claims = load_claims(CLAIMS)
    by_document = {name: sum(claim.document == name for claim in claims.values()) for name in ("S0", "S1", "S2", "S3")}
    assert by_document == {"S0": 146, "S1": 182, "S2": 213, "S3": 222}
    assert len(claims.notes["conflicts"]) == 38
    assert len(claims.notes["oddities"]) == 37


def test_a_share_and_a_range_are_read() -> None:
    claims = load_claims(CLAIMS)
    assert claims["s3_budget_share_tech"].share == pytest.approx(0.35)
    assert claims["s3_total_budget"].range == (5, 8)
    with pytest.raises(ValueError, match="not one percentage"):
        _ = claims["s3_total_budget"].share


def test_a_misspelt_key_is_refused_with_the_nearest() -> None:
    with pytest.raises(ParameterError, match=r"no claim 's3_total_budgets'; did you mean s3_total_budget\?"):
        _ = load_claims(CLAIMS)["s3_total_budgets"]


@pytest.mark.parametrize(("change", "message"), [
    ({"value": "5 m"}, "value = '5 m' is refused; expected a number"),
    ({"evidence": "rumour"}, "evidence = 'rumour' is refused"),
    ({"colour": "red"}, r"unknown \['colour'\]"),
    ({"low": 1, "high": 2}, "either value, or low and high"),
])
def test_a_bad_entry_is_refused_by_file_and_key(tmp_path: Path, change: dict[str, object], message: str) -> None:
    shutil.copytree(CLAIMS, tmp_path / "claims")
    path = tmp_path / "claims" / "S1.yaml"
    entries = yaml.safe_load(path.read_text())
    entries[0] |= change
    path.write_text(yaml.safe_dump(entries))
    with pytest.raises(ParameterError, match=message) as caught:
        load_claims(tmp_path / "claims")
    assert "claims/S1.yaml: entry 1" in str(caught.value)
    assert entries[0]["key"] in str(caught.value)
    assert caught.value.exit_code == 2
