"""Figures of the chapter on failures of supply: service by source, shocks by routes, what ways out keep and cost."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.ticker import FuncFormatter, MaxNLocator

from ecomplan.charts import style
from ecomplan.charts.style import C
from ecomplan.currency import sign


def _thousand(currency: str) -> str:
    return f"{sign(currency).strip()} k"


def _plain(axis: Any, bins: int = 6, integer: bool = False) -> None:
    """Round ticks without an offset, minus signs as such."""
    axis.set_major_locator(MaxNLocator(bins, steps=[1, 2, 2.5, 5, 10], integer=integer))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.10g}".replace("-", "−")))


def service(weekly: pd.DataFrame, *, size: style.Size) -> Any:
    """Fill rate by week: one source with its band, two sources, and no outages."""
    fig, ax = style.canvas(size, 3.0, "Demand served at once, % of four weeks")
    lines = {name: rows.sort_values("week") for name, rows in weekly.groupby("policy")}
    one, two, calm = lines["base"], lines["second_source"], lines["calm"]
    week = one["week"].to_numpy()
    worst = 100 * one["fill_low"]
    ax.fill_between(week, worst, 100 * one["fill"], color=C["plan"], alpha=style.BAND[80], lw=0, zorder=2)
    ax.plot(week, 100 * calm["fill"], color=C["muted"], lw=style.FINE, zorder=3)
    ax.plot(week, 100 * two["fill"], color=C["forecast"], lw=style.LINE, ls=(0, (4, 2)), zorder=5)
    ax.plot(week, 100 * one["fill"], color=C["plan"], lw=style.HEAVY, zorder=4)
    low = float(100 * one["fill_low"].min())
    ax.set_ylim(max(0.0, low - 0.2 * (100 - low)), 100)
    ax.set_xlim(1, week.max() * (1.0 if size == "phone" else 1.02))
    at = int(np.argmax(calm["fill"].to_numpy()[: len(week) // 2]))
    top = 100 * float(max(calm["fill"].max(), two["fill"].max(), one["fill"].max()))
    room = 100 - top
    for place, (text, color) in enumerate((("no outages", "muted"), ("second source (dashed)", "forecast"),
                                           ("one source", "plan"))):
        part = (0, 0.28, 0.76)[place] if size == "phone" else (0, 0.24, 0.66)[place]
        x = 2 + part * week.max()
        style.label(ax, x, top + 0.55 * room, text, color, dx=0, weight="bold" if place == 2 else "normal")
    hit = int(np.argmin(one["fill_low"].to_numpy()[at: at + 20])) + at
    floor = ax.get_ylim()[0]
    style.label(ax, week[hit], floor + 0.1 * (low - floor), "worst tenth of years with an outage", "plan", dx=0,
                va="bottom", ha="left" if hit < len(week) / 2 else "right")
    ax.set_xlabel("week of the plan year", loc="right")
    _plain(ax.xaxis)
    _plain(ax.yaxis)
    return fig


def routes(table: pd.DataFrame, currency: str, *, size: style.Size) -> Any:
    """Loss of one shock by number of even routes, with its range; the largest route's; expected loss a year."""
    fig, ax = style.canvas(size, 3.0, f"Margin lost, {_thousand(currency)}")
    count = table["routes"].to_numpy(float)
    mean = table["shock_even"] / 1e3
    high, low = table["even_high"] / 1e3, table["even_low"] / 1e3
    ax.vlines(count, low, high, color=C["plan"], lw=style.LINE, alpha=0.6, zorder=3)
    ax.plot(count, mean, "o", ms=6, color=C["plan"], zorder=5)
    unlike = table["shock_mean"].to_numpy() > 1.001 * table["shock_even"].to_numpy()
    largest = table["shock_mean"] / 1e3
    ax.plot(count[unlike] + 0.13, largest[unlike], "D", ms=5, color=C["paper"], mec=C["plan"], mew=1.3, zorder=5)
    ax.plot(count, table["yearly_even"] / 1e3, color=C["ink"], lw=style.LINE, ls=(0, (4, 2)), zorder=4)
    ax.set_ylim(0, float(high.max()) * 1.12)
    ax.set_xlim(0.7, count.max() + 0.5)
    style.label(ax, count[0], high[0], "one shock on one route", "plan", dx=9, dy=-6, weight="bold")
    if unlike.any():
        last = int(np.flatnonzero(unlike)[-1])
        style.label(ax, count[last] + 0.13, float(table["shock_mean"].iloc[last]) / 1e3, "largest route keeps its part",
                    "plan", dx=6, dy=16, ha="right")
    top = max(float(high.iloc[-2:].max()), float(table["shock_mean"].max() / 1e3) * 0.55)
    style.label(ax, count[-1], top, "all shocks of a year (dashed)", "ink", dx=6, dy=44, ha="right")
    ax.set_xlabel("routes of traffic", loc="right")
    _plain(ax.xaxis, integer=True)
    _plain(ax.yaxis)
    return fig


def controls(table: pd.DataFrame, currency: str, *, size: style.Size) -> Any:
    """Margin kept (bar) against cost (diamond) of each way out, best first."""
    phone = size == "phone"
    fig, ax = style.canvas(size, 0.9 + (0.42 if phone else 0.32) * len(table) * (1.25 if size == "page" else 1),
                           f"Margin kept and cost a year, {_thousand(currency)}")
    kept, cost = table["avoided"] / 1e3, table["cost"] / 1e3
    shift = 0.12 if phone else 0.0
    place = np.arange(len(table)) + shift
    colors = [C["forecast"] if value > 0 else C["axis"] for value in table["value"]]
    ax.barh(place, kept, height=0.44 if phone else 0.56, color=colors, zorder=3)
    ax.plot(cost, place, "D", ms=6, color=C["paper"], mec=C["plan"], mew=1.5, zorder=5)
    most = max(float(kept.max()), float(cost.max()))
    ax.set_xlim(0, most * (1.22 if phone else 1.14))
    ax.set_yticks(np.arange(len(table)), [] if phone else list(table["name"]))
    ax.tick_params(axis="y", size=0, labelcolor=C["ink"])
    ax.grid(visible=False, axis="y")
    ax.set_ylim(len(table) - 0.4, -0.75 if phone else -0.6)
    for row, (name, value) in enumerate(zip(table["name"], table["value"], strict=True)):
        if phone:
            style.label(ax, 0, row - 0.4, name, "ink", dx=2, xycoords=("axes fraction", "data"))
        text = f"{value / 1e3:+,.1f}".replace("-", "−")
        style.label(ax, max(kept[row], cost[row]), row + shift, text, "forecast" if value > 0 else "muted", dx=8)
    _plain(ax.xaxis)
    return fig
