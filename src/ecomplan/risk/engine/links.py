"""Numbers that stages `breach` and `supply` compute for the register: tables `links` and `link_effects`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ecomplan.errors import ParameterError
from ecomplan.risk.engine.entries import PLATFORM, Frequency, Reduction, Severity

if TYPE_CHECKING:
    import pandas as pd

LINKS = ("risk", "rate_low", "rate_likely", "rate_high", "loss_low", "loss_high", "source")
COST = ("yearly_cost_low", "yearly_cost_likely", "yearly_cost_high")
EFFECTS = ("risk", "control", "acts_on", "reduction_low", "reduction_likely", "reduction_high")


def linked_numbers(links: pd.DataFrame | None, modelled: Mapping[str, Any]) -> dict[str, tuple[Frequency, Severity]]:
    """Frequency and severity of the modelled risks; none without a table.

    Raises ParameterError for a missing column, a risk without its row or with two, a row of a risk that is not
    modelled, numbers out of order or not above 0.
    """
    if links is None:
        return {}
    _columns(links, LINKS, "links")
    found: dict[str, tuple[Frequency, Severity]] = {}
    for row in links[list(LINKS)].to_dict("records"):
        name = str(row["risk"])
        where = f"table links: risk {name}"
        if name not in modelled:
            raise ParameterError(f"{where} is no modelled risk of claims/risks.yaml; these are: {', '.join(modelled)}")
        if name in found:
            raise ParameterError(f"{where} stands there twice")
        low, likely, high = (_number(row[key], f"{where}: {key}") for key in LINKS[1:4])
        small, large = (_number(row[key], f"{where}: {key}") for key in LINKS[4:6])
        if not low <= likely <= high:
            raise ParameterError(f"{where}: rates {low:g}, {likely:g}, {high:g} are out of order")
        if not 0 < small < large:
            raise ParameterError(f"{where}: loss_low {small:g}, loss_high {large:g}; expected 0 < loss_low < loss_high")
        source = str(row["source"])
        found[name] = (Frequency("poisson", low, likely, high, 1.0, source),
                       Severity("lognormal", PLATFORM, small, large, None, None, None, source))
    for name, stage in modelled.items():
        if name not in found:
            raise ParameterError(f"claims/risks.yaml: risk {name} has no row in table links of stage {stage}")
    return found


def linked_effects(
    effects: pd.DataFrame | None, modelled: Mapping[str, Any], risks: Sequence[str]
) -> dict[str, dict[str, Reduction]]:
    """Reductions of the modelled controls by control and risk; none without a table.

    Raises ParameterError for a missing column, a control without a row, an unknown control or risk, a reduction
    outside 0 to 1 or out of order, a pair that stands there twice.
    """
    if effects is None:
        return {}
    _columns(effects, EFFECTS, "link_effects")
    found: dict[str, dict[str, Reduction]] = {name: {} for name in modelled}
    for row in effects[list(EFFECTS)].to_dict("records"):
        risk, control = str(row["risk"]), str(row["control"])
        where = f"table link_effects: control {control} on risk {risk}"
        if control not in modelled:
            raise ParameterError(f"{where}: no modelled control of that name in claims/controls.yaml")
        if risk not in risks:
            raise ParameterError(f"{where}: no such risk stands in claims/risks.yaml")
        if risk in found[control]:
            raise ParameterError(f"{where} stands there twice")
        if row["acts_on"] not in ("frequency", "severity"):
            raise ParameterError(f"{where}: acts_on = {row['acts_on']!r}; expected frequency or severity")
        low, likely, high = (_number(row[key], f"{where}: {key}") for key in EFFECTS[3:])
        if not low <= likely <= high <= 1:
            raise ParameterError(f"{where}: reductions {low:g}, {likely:g}, {high:g}; expected in order, from 0 to 1")
        found[control][risk] = Reduction(str(row["acts_on"]), low, likely, high)
    for name, stage in modelled.items():
        if not found[name]:
            raise ParameterError(
                f"claims/controls.yaml: control {name} has no row in table link_effects of stage {stage}"
            )
    return found


def _columns(frame: pd.DataFrame, names: Sequence[str], table: str) -> None:
    missing = [name for name in names if name not in frame]
    if missing:
        raise ParameterError(f"table {table} lacks column {missing[0]}; it has {', '.join(map(str, frame.columns))}")


def _number(value: object, where: str) -> float:
    number = float(value)  # type: ignore[arg-type]
    if not np.isfinite(number) or number < 0:
        raise ParameterError(f"{where} = {number:g} is refused; expected a number from 0")
    return number


def linked_costs(effects: pd.DataFrame | None) -> dict[str, tuple[float, float, float]]:
    """A year's cost of each modelled control in the platform's money, where the table has the columns."""
    if effects is None or any(name not in effects for name in COST):
        return {}
    found = {}
    for row in effects[["control", *COST]].dropna().to_dict("records"):
        where = f"table link_effects: control {row['control']}"
        low, likely, high = (_number(row[name], f"{where}: {name}") for name in COST)
        if not low <= likely <= high:
            raise ParameterError(f"{where}: yearly cost {low:g}, {likely:g}, {high:g} is out of order")
        found[str(row["control"])] = (low, likely, high)
    return found
