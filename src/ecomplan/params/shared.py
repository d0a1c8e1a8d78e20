"""Sections that several stages read, and those at both ends of the line."""

from __future__ import annotations

from pydantic import model_validator

from ecomplan.params.section import Section, knob


class Data(Section):
    source: str = knob("where orders come from", "online_retail_2 or files", pattern="^(online_retail_2|files)$")
    folder: str = knob("folder with the order files", "path, from the project's root", min_length=1)
    mapping: str = knob("YAML file that maps own columns to ours; read with source files", "path", min_length=1)
    shift_years: int = knob("whole years added to every date", "years", ge=0, le=40)


class Privacy(Section):
    min_group: int = knob("customers below which a group is not shown", "customers", ge=1, le=1000)


class Money(Section):
    currency: str = knob("ISO code of the platform's money", "ISO 4217 code", pattern="^[A-Z]{3}$")
    cny_per_currency_unit: float = knob("CNY for one unit of the platform's money", "CNY", gt=0, le=1000)
    contribution_margin_low: float = knob("contribution margin, PERT low", "share of net sales", ge=0, le=1)
    contribution_margin_likely: float = knob("contribution margin, PERT mode", "share of net sales", ge=0, le=1)
    contribution_margin_high: float = knob("contribution margin, PERT high", "share of net sales", ge=0, le=1)

    @model_validator(mode="after")
    def margins_in_order(self) -> Money:
        low, likely, high = (
            self.contribution_margin_low, self.contribution_margin_likely, self.contribution_margin_high,
        )
        if not low <= likely <= high or low == high:
            raise ValueError(
                f"money.contribution_margin_low <= _likely <= _high must hold with low below high, "
                f"found {low} / {likely} / {high}"
            )
        return self


class Capital(Section):
    discount_rate_per_year: float = knob("yearly discount rate", "share per year", ge=0, le=1)


class Shrinkage(Section):
    effect_share: float = knob("share of a claimed effect that a working measure keeps", "share", gt=0, le=1)


class Controls(Section):
    control_life_years: float = knob("years over which a control's first cost is spread", "years", ge=1, le=20)


class Prepare(Section):
    match_window_days: int = knob("days back in which a cancellation looks for its sale", "days", ge=1, le=730)


class Report(Section):
    title: str = knob("title on the first page", "text", min_length=1, max_length=80)
    plan_year: int = knob("calendar year planned", "year", ge=2000, le=2100)
