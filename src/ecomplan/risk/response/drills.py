"""Drills: how fast handling gets quicker, and how many drills a year pay."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import numpy.typing as npt
import pandas as pd

from ecomplan.errors import DataError, ParameterError
from ecomplan.risk.engine.draws import Z90

Floats = npt.NDArray[np.float64]
NOTHING = 1e-9  # savings below this share of the cost are none


def wright_slope(change: float, drills: float) -> float:
    """Exponent of Wright's (1936) curve, time = first time x (drills + 1)^-slope, that `change` (a share below 0)
    after `drills` drills fixes. Raises ParameterError for a change that is no fall or a fall to nothing."""
    if not -1 < change < 0 or drills <= 0:
        raise ParameterError(f"a learning curve needs a fall from 0 to 1 after some drills: {change} after {drills}")
    return float(-np.log1p(change) / np.log1p(drills))


def faster(slope: float, drills: Floats) -> Floats:
    """Share by which handling is quicker after so many drills."""
    return np.asarray(1 - (drills + 1.0) ** -slope)


def yearly_losses(links: pd.DataFrame, risks: Collection[str]) -> pd.DataFrame:
    """Expected yearly loss of risks that quick hands can shorten, from table `links` (PERT rates, 10 and 90 % points
    of a lognormal loss): risk, events, loss, yearly; money. Raises DataError naming a missing column."""
    needed = ["risk", "rate_low", "rate_likely", "rate_high", "loss_low", "loss_high"]
    missing = [name for name in needed if name not in links]
    if missing:
        raise DataError(f"table links lacks column {missing[0]}; it has {', '.join(map(str, links.columns))}")
    part = links.loc[links["risk"].isin(list(risks)), needed]
    events = (part["rate_low"] + 4 * part["rate_likely"] + part["rate_high"]) / 6
    sigma = np.log(part["loss_high"] / part["loss_low"]) / (2 * Z90)
    loss = np.sqrt(part["loss_low"] * part["loss_high"]) * np.exp(sigma ** 2 / 2)
    return pd.DataFrame({"risk": part["risk"], "events": events, "loss": loss, "yearly": events * loss}
                        ).reset_index(drop=True)


def value_table(
    yearly: float, cost: float, slope: float, works: float, effect_share: float, most: int
) -> pd.DataFrame:
    """Money a year by number of drills: saved as claimed and as believed, cost, net of both.

    ASSUME: loss falls as handling time does. As believed: drills work with chance `works`, and then keep
    `effect_share` of the claimed fall.
    """
    drills = np.arange(most + 1).astype(float)
    claimed = yearly * faster(slope, drills)
    believed = claimed * works * effect_share
    spent = drills * cost
    return pd.DataFrame({"drills": drills.astype(int), "faster": faster(slope, drills), "saved_claimed": claimed,
                         "saved_believed": believed, "cost": spent, "net_claimed": claimed - spent,
                         "net_believed": believed - spent})


def best(table: pd.DataFrame, column: str) -> int:
    """Number of drills with the greatest net value, the fewest of equals."""
    return int(table["drills"].iloc[int(np.argmax(table[column].to_numpy()))])


def break_even(table: pd.DataFrame) -> float | None:
    """How many times larger the yearly loss must be until one drill a year pays as believed; None without a loss."""
    first = table.loc[table["drills"] == 1].iloc[0]
    worth = first["saved_believed"] > NOTHING * first["cost"]
    return float(first["cost"] / first["saved_believed"]) if worth else None
