"""What a user may turn in the engine, checked once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

import pandas as pd

from ecomplan.errors import ParameterError

Name = Literal["snaive", "sarima", "ets", "theta", "ces"]
Backend = Literal["loky", "threading", "dask", "spark"]
MEMBERS: tuple[Name, ...] = get_args(Name)
BACKENDS: tuple[str, ...] = get_args(Backend)


@dataclass(frozen=True)
class Settings:
    """Settings of `forecast` and `backtest`; a value that cannot be meant raises ParameterError.

    members: methods combined, of MEMBERS. combination: "trimmed" (the mean without the lowest and highest member at
    each lead), "median", or "performance" (weights from errors at past origins, shrunken to equal ones). Both
    defaults were chosen on M1, quarterly panels and earlier origins of M3 and Tourism. calendar: "auto" gives dated
    series regressors of trading days, holidays of `country` and the named sales `events` (None: all that are known);
    "none" does not.
    closed: the shop's own closing days, one list for all series. lstm: "auto" lets the network earn its place on
    past origins of the panel, "never" leaves it out. zhang: the literal Zhang (2003) hybrid as a further baseline
    (backtest only; slow). conformal: widths stretched to what past origins showed. past_origins: how many of them
    (0: by the number of series). width_by_lead: widths relative to the first lead's, used beyond the leads that the
    history can test. jobs, backend: how the series are spread; results do not depend on them.
    """

    members: tuple[Name, ...] = ("snaive", "sarima", "ets", "theta", "ces")
    combination: Literal["trimmed", "median", "performance"] = "trimmed"
    calendar: Literal["auto", "none"] = "auto"
    country: str = "GB"
    events: tuple[str, ...] | None = None
    closed: tuple[pd.Timestamp, ...] = ()
    lstm: Literal["auto", "never"] = "auto"
    zhang: bool = False
    conformal: bool = True
    past_origins: int = 0
    width_by_lead: tuple[float, ...] | None = None
    jobs: int = 1
    backend: Backend = "loky"

    def __post_init__(self) -> None:
        unknown = [name for name in self.members if name not in MEMBERS]
        if unknown:
            raise ParameterError(f"members: {unknown[0]!r} is not one of {', '.join(MEMBERS)}")
        if not self.members or len(set(self.members)) < len(self.members):
            raise ParameterError(f"members: at least one, each once; found {self.members}")
        choices: Mapping[str, tuple[str, ...]] = {
            "combination": ("trimmed", "median", "performance"), "calendar": ("auto", "none"),
            "lstm": ("auto", "never"), "backend": BACKENDS,
        }
        for name, allowed in choices.items():
            if getattr(self, name) not in allowed:
                raise ParameterError(f"{name}: {getattr(self, name)!r} is not one of {', '.join(allowed)}")
        if not 0 <= self.past_origins <= 12:
            raise ParameterError(f"past_origins: {self.past_origins} is not between 0 (by the panel's size) and 12")
        if self.jobs < 1:
            raise ParameterError(f"jobs: {self.jobs} is not a number of processes; 1 or more")
        widths = self.width_by_lead
        if widths is not None and (not widths or min(widths) <= 0):
            raise ParameterError("width_by_lead: one positive width a lead, relative to the first")
