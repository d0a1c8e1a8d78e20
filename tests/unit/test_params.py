"""params.yaml: what is refused, and that the message names key, value, unit and range."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest
import yaml

from ecomplan.errors import ParameterError
from ecomplan.params import Params, load_params, stage_params

ROOT = Path(__file__).parents[2]
GOOD = yaml.safe_load((ROOT / "params.yaml").read_text())


def refused(tmp_path: Path, **changes: object) -> str:
    raw = copy.deepcopy(GOOD)
    for key, value in changes.items():
        section, name = key.split("__")
        raw[section][name] = value
    path = tmp_path / "params.yaml"
    path.write_text(yaml.safe_dump(raw))
    with pytest.raises(ParameterError) as caught:
        load_params(path)
    assert caught.value.exit_code == 2
    return str(caught.value)


def test_the_projects_own_parameters_are_accepted() -> None:
    assert load_params(ROOT / "params.yaml").data.shift_years == 14


@pytest.mark.parametrize(("change", "words"), [
    ({"capital__discount_rate": 0.1}, ["unknown parameter capital.discount_rate", "mean discount_rate_per_year?"]),
    ({"returns__draws": "100000"}, ["returns.draws = '100000' is refused", "expected int", "unit: draws"]),
    ({"returns__draws": 0.2}, ["returns.draws = 0.2 is refused"]),
    ({"capital__discount_rate_per_year": 1.2}, ["capital.discount_rate_per_year = 1.2", "from 0 to 1", "per year"]),
    ({"segments__tier_high_share": 0.8, "segments__tier_middle_share": 0.4}, ["stay below 1", "found 1.2"]),
    ({"money__contribution_margin_low": 0.5}, ["contribution_margin_low <= _likely <= _high", "0.5 / 0.32 / 0.45"]),
    ({"data__mapping": ""}, ["data.mapping = '' is refused"]),
    ({"data__source": "ftp"}, ["data.source = 'ftp'"]),
])
def test_each_fault_has_its_message(tmp_path: Path, change: dict[str, object], words: list[str]) -> None:
    message = refused(tmp_path, **change)
    for word in words:
        assert word in message


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    assert len(refused(tmp_path, returns__draws=1, losses__seed=-1).splitlines()) == 2


def test_a_missing_section_and_broken_yaml_are_told(tmp_path: Path) -> None:
    path = tmp_path / "params.yaml"
    path.write_text(yaml.safe_dump({key: value for key, value in GOOD.items() if key != "returns"}))
    with pytest.raises(ParameterError, match="parameter returns is missing"):
        load_params(path)
    path.write_text("a: [1")
    with pytest.raises(ParameterError, match="not readable as YAML"):
        load_params(path)
    path.unlink()
    with pytest.raises(ParameterError, match="git checkout"):
        load_params(path)


@pytest.mark.parametrize("stage", Params.stages)
def test_a_stage_sees_its_sections_flat(stage: str) -> None:
    flat = load_params(ROOT / "params.yaml").of_stage(stage)
    assert stage_params(stage, flat | {"something_else_in_the_notebook": 1}).model_dump() == flat
    _, sections = Params.stages[stage]
    assert sum(len(GOOD[name]) for name in sections) == len(flat)  # no name stands in two sections


def test_every_knob_says_unit_and_meaning() -> None:
    for section in Params.model_fields.values():
        for name, field in section.annotation.model_fields.items():  # type: ignore[union-attr]
            assert field.description and field.json_schema_extra["unit"], name
