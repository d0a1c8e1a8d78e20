"""The file claims/response.yaml: colours, timers, plans, events outside and the form of a review; typed and checked."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ecomplan.claims import Claims, read_yaml
from ecomplan.errors import ParameterError

Text = Annotated[str, Field(min_length=1)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Colour = Literal["red", "yellow", "blue"]
PHASES = ("prepare", "detect", "act", "recover")


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ColourStep(_Entry):
    """What a colour means, its first step, who owns it and how long that may take."""

    meaning: Text
    claim: Text
    step: Text
    owner_role: Text
    limit_minutes: Positive


class Timer(_Entry):
    """Steps from the alarm to an aim: median minutes each; `claim` names the limit."""

    id: Text
    name: Text
    claim: Text
    steps: Annotated[dict[str, Positive], Field(min_length=1)]


class Plan(_Entry):
    """An emergency plan in four phases for some risks of the register."""

    id: Text
    name: Text
    plan_class: Literal["technology", "policy", "sudden"] = Field(alias="class")
    risks: Annotated[tuple[str, ...], Field(min_length=1)]
    owner_role: Text
    reviewed: datetime.date
    prepare: Text
    detect: Text
    act: Text
    recover: Text


class Event(_Entry):
    """A change of the surroundings; `sure` False marks an example to be checked."""

    date: datetime.date
    kind: Literal["policy", "rival", "technology"]
    what: Text
    source: Text
    sure: bool
    risks: tuple[str, ...]
    owner_role: Text


class ReviewForm(_Entry):
    """What every root-cause review carries besides its facts."""

    branches: Annotated[dict[str, Text], Field(min_length=2)]  # branch of the fishbone -> question
    owner_role: Text
    measure: Text
    due_days: Annotated[int, Field(ge=1)]


class Playbook(_Entry):
    """The whole file."""

    colours: dict[Colour, ColourStep]
    stops_sales: tuple[str, ...]
    timers: Annotated[tuple[Timer, ...], Field(min_length=1)]
    plans: Annotated[tuple[Plan, ...], Field(min_length=1)]
    events: tuple[Event, ...]
    review: ReviewForm


def load_playbook(folder: Path, claims: Claims, risks: set[str]) -> Playbook:
    """`folder`/response.yaml; see `resolve`."""
    return resolve(read_yaml(folder / "response.yaml"), claims, risks)


def resolve(raw: Any, claims: Claims, risks: set[str], where: str = "claims/response.yaml") -> Playbook:
    """Check the parsed file against claims and the register's risks.

    Raises ParameterError naming entry and key: unknown keys, risks or claims, a colour that is missing, plans or
    timers listed twice, a claim that is set aside.
    """
    try:
        book = Playbook.model_validate(raw)
    except ValidationError as error:
        faults = [f"{where}: {'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors()]
        raise ParameterError("\n".join(faults)) from None
    missing = [colour for colour in ("red", "yellow", "blue") if colour not in book.colours]
    if missing:
        raise ParameterError(f"{where}: colours lacks {', '.join(missing)}")
    named = [("stops_sales", book.stops_sales)]
    named += [(f"plan {plan.id}", plan.risks) for plan in book.plans]
    named += [(f"event of {event.date}", event.risks) for event in book.events]
    for place, ids in named:
        for name in ids:
            if name not in risks:
                raise ParameterError(f"{where}: {place}: no risk {name} in claims/risks.yaml")
    for what, names in (("plan", [plan.id for plan in book.plans]), ("timer", [timer.id for timer in book.timers])):
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ParameterError(f"{where}: {what} {twice[0]} stands there twice")
    used = [(timer.id, timer.claim) for timer in book.timers]
    used += [(colour, item.claim) for colour, item in book.colours.items()]
    for place, key in used:
        if claims[key].key in claims.set_aside:
            raise ParameterError(f"{where}: {place}: claim {key} is set aside: {claims.set_aside[key]}")
    return book
