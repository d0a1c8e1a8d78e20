"""What every section of params.yaml is: closed, typed, each knob with its meaning, unit and bounds."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class Section(BaseModel):
    """A closed section: unknown keys, wrong types and values out of range are refused."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


def knob(meaning: str, unit: str, **bounds: Any) -> Any:
    """A field with its meaning, unit and bounds (pydantic's ge, gt, le, lt, pattern)."""
    return Field(description=meaning, json_schema_extra={"unit": unit}, **bounds)
