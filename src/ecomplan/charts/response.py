"""Figures of the chapter on what is done when something happens: limits kept, worth of drills, dates and people."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.ticker import FuncFormatter, MaxNLocator

from ecomplan.charts import style
from ecomplan.charts.style import C
from ecomplan.currency import sign


def limits_kept(timers: pd.DataFrame, *, size: style.Size) -> Any:
    """Share of simulated incidents within each limit: today with its range, with drills as believed and as claimed."""
    phone = size == "phone"
    height = 0.95 + 0.52 * len(timers) * (1.3 if size == "page" else 1)
    fig, ax = style.canvas(size, height, "Incidents within the limit")
    place = np.arange(len(timers)) + (0.16 if phone else 0)
    ax.hlines(place, timers["low"], timers["high"], color=C["muted"], lw=5, alpha=0.3, zorder=3)
    marks = (("kept", "o", C["muted"], C["muted"]), ("kept_believed", "o", C["forecast"], C["forecast"]),
             ("kept_claimed", "o", C["paper"], C["third"]))
    for column, mark, face, edge in marks:
        ax.plot(timers[column], place, mark, ms=6.5, color=face, mec=edge, mew=1.4, zorder=5)
    names = [f"{row['name']}, {row['limit']:g} min" for row in timers.to_dict("records")]
    _rows(ax, names, phone)
    ax.set_xlim(0, 1.05)
    ax.xaxis.set_major_locator(MaxNLocator(5))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.0%}".replace("%", " %")))
    top = timers.iloc[0]
    style.label(ax, top["kept"], place[0], "today", "muted", dx=-3, dy=-11, ha="right")
    style.label(ax, top["kept_believed"], place[0], "drills, believed", "forecast", dx=0, dy=-11, ha="left")
    style.label(ax, top["kept_claimed"], place[0], "claimed", "third", dx=0, dy=10, ha="center")
    return fig


def drill_value(table: pd.DataFrame, currency: str, *, size: style.Size) -> Any:
    """Net value a year by number of drills, as claimed and as believed."""
    fig, ax = style.canvas(size, 3.0, f"Saved less cost of drills a year, {sign(currency).strip()} k")
    for column, color, dash, text in (("net_claimed", "third", (0, (4, 2)), "as claimed"),
                                      ("net_believed", "forecast", "-", "as believed")):
        ax.plot(table["drills"], table[column] / 1e3, color=C[color], lw=style.LINE, ls=dash, zorder=4)
        middle = table.iloc[len(table) // 2]
        above = column == "net_claimed"
        style.label(ax, middle["drills"], middle[column] / 1e3, text, color, dx=5 if above else -5,
                    dy=7 if above else -8, ha="left" if above else "right")
    style.rule(ax, y=0)
    ax.xaxis.set_major_locator(MaxNLocator(7, integer=True))
    ax.yaxis.set_major_locator(MaxNLocator(5))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.10g}".replace("-", "−")))
    style.label(ax, 1, 0, "drills a year", "muted", dx=0, dy=-26, ha="right", xycoords="axes fraction")
    return fig


def months_late(table: pd.DataFrame, *, size: style.Size) -> Any:
    """Months behind the plan of a full team, by case, with 80 % range."""
    phone = size == "phone"
    fig, ax = style.canvas(size, 0.9 + (0.46 if phone else 0.36) * len(table) * (1.3 if size == "page" else 1),
                           "Months late against a full team")
    place = np.arange(len(table)) + (0.16 if phone else 0)
    ax.hlines(place, table["low"], table["high"], color=C["plan"], lw=5, alpha=0.3, zorder=3)
    ax.plot(table["late"], place, "o", ms=6, color=C["plan"], zorder=4)
    _rows(ax, list(table["case"]), phone)
    ax.set_xlim(0, table["high"].max() * 1.2)
    ax.xaxis.set_major_locator(MaxNLocator(5))
    for row, (late, high) in enumerate(zip(table["late"], table["high"], strict=True)):
        style.label(ax, high, place[row], f"{late:.1f}", "ink", dx=6)
    return fig


def _rows(ax: Any, names: list[str], phone: bool) -> None:
    """Names of the rows: beside them, on a phone above them."""
    ax.set_yticks(np.arange(len(names)), [] if phone else names)
    ax.tick_params(axis="y", size=0, labelcolor=C["ink"])
    ax.grid(visible=False, axis="y")
    ax.set_ylim(len(names) - 0.45, -0.85)
    if phone:
        for place, name in enumerate(names):
            style.label(ax, 0, place - 0.3, name, "ink", dx=2, xycoords=("axes fraction", "data"))
