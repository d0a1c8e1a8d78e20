"""Heat map: expected loss by business line and month against the line's own margin, red, yellow or blue."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ecomplan.errors import ParameterError
from ecomplan.risk.engine.entries import Register
from ecomplan.risk.engine.exposure import MONTHS, Exposure
from ecomplan.risk.engine.worlds import Worlds
from ecomplan.risk.risks.lines import BusinessLines

COLOURS = ("blue", "yellow", "red")


def heat_table(
    register: Register, worlds: Worlds, exposure: Exposure, lines: BusinessLines, limits: tuple[float, float],
    state: str = "after",
) -> pd.DataFrame:
    """One row a line and month: expected_loss and margin in money, share = loss over margin, level, largest risk.

    Each risk's expected loss is spread over the lines of a family by what it falls on, and over the months by the
    line's sales (season sales) or evenly. Losses of a family add up to the expected loss of all risks.
    `limits`: shares from which a cell is yellow and red.
    """
    if not 0 < limits[0] < limits[1]:
        raise ParameterError(
            f"risks.heat_yellow_share {limits[0]:g} and heat_red_share {limits[1]:g}: expected 0 < yellow < red"
        )
    expected = worlds.expected(state).mean(axis=1)
    table = lines.table
    # the forecast's months, bent by how each line's season differs from the platform's
    share = table["sales"].to_numpy()
    first = table["family"].to_numpy() == table["family"].iloc[0]
    common = share[first] @ lines.profile[first]
    profile = lines.profile / common * exposure.month_share
    profile = profile / profile.sum(axis=1, keepdims=True)
    margin = exposure.expected_margin * share[:, None] * profile
    even = np.full(profile.shape, 1 / MONTHS)
    cells = np.stack([
        expected[i] * table[risk.falls_on].to_numpy()[:, None] * (profile if risk.season == "sales" else even)
        for i, risk in enumerate(register.risks)
    ])
    loss = cells.sum(axis=0)
    names = np.array([risk.name for risk in register.risks])
    top = names[cells.argmax(axis=0)]
    months = pd.date_range(f"{exposure.year}-01-01", periods=MONTHS, freq="MS")
    over = loss / margin
    return pd.DataFrame({
        "family": np.repeat(table["family"].to_numpy(), MONTHS), "line": np.repeat(table["line"].to_numpy(), MONTHS),
        "month": np.tile(months.to_numpy(), len(table)), "expected_loss": loss.ravel(), "margin": margin.ravel(),
        "share": over.ravel(), "level": np.array(COLOURS)[np.digitize(over.ravel(), limits)], "largest": top.ravel(),
    })


def line_table(cells: pd.DataFrame) -> pd.DataFrame:
    """One row a line: expected loss and margin of the year in money, share, months in red and yellow."""
    frame = cells.assign(red=cells["level"] == "red", yellow=cells["level"] == "yellow").groupby(
        ["family", "line"], sort=False,
    ).agg(expected_loss=("expected_loss", "sum"), margin=("margin", "sum"), red=("red", "sum"),
          yellow=("yellow", "sum")).reset_index()
    frame["share"] = frame["expected_loss"] / frame["margin"]
    return frame
