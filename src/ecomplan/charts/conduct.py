"""Figures of the conduct chapter: price gaps, the monitor's power, promotion rules, messages."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.ticker import FuncFormatter, MaxNLocator

from ecomplan.charts import style
from ecomplan.charts.style import C
from ecomplan.currency import sign


def _minus(ax: Any, axis: str, bins: int = 6) -> None:
    one = ax.xaxis if axis == "x" else ax.yaxis
    one.set_major_locator(MaxNLocator(bins, steps=[1, 2, 2.5, 5, 10]))
    one.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.10g}".replace("-", "−")))


def _nothing(fig: Any, ax: Any) -> Any:
    """What stands where the orders cannot say anything."""
    ax.set_axis_off()
    style.label(ax, 0.5, 0.5, "too few buyers of both groups", "muted", dx=0, ha="center", xycoords="axes fraction")
    return fig


def gaps(ladder: pd.DataFrame, first: str, last: str, *, size: style.Size) -> Any:
    """Gap of each comparison for the same product alone (hollow) and between like buyers (filled), 80 % ranges.

    Comparisons with a gap far above the others stand in a panel of their own.
    """
    rows = [
        (str(name), by.loc[[first, last], ["gap", "low", "high"]].to_numpy())
        for name, part in ladder.groupby("comparison", sort=False)
        if {first, last} <= set((by := part.set_index("step")).index)
    ]
    widest = [float(np.abs(ends[:, 1:]).max()) for _, ends in rows]
    apart = 5 * float(np.median(widest)) if rows else 0.0
    panels = [[row for row, reach in zip(rows, widest, strict=True) if (reach > apart) == far] for far in (False, True)]
    panels = [panel for panel in panels if panel]
    if not panels:
        return _nothing(*style.canvas(size, 1.2, "Gap in the price of the same product, %"))
    height = (0.9 + 0.62 * max(len(rows), 1)) * (1.35 if size == "page" else 1)
    fig, axes = style.canvas(
        size, height, "Gap in the price of the same product, %", rows=len(panels),
        gridspec_kw={"height_ratios": [len(panel) + 0.6 for panel in panels]},
    )
    for number, (ax, panel) in enumerate(zip(np.atleast_1d(axes), panels, strict=True)):
        places = np.arange(len(panel))
        for place, (name, _) in enumerate(panel):
            style.label(ax, 0, place - 0.36, name, "ink", dx=2, xycoords=("axes fraction", "data"))
        steps = (("same product", 0.0, "paper", "muted"), ("like buyers", 0.22, "forecast", "forecast"))
        for step, (text, below, face, color) in enumerate(steps):
            gap, low, high = 100 * np.array([ends[step] for _, ends in panel]).T
            ax.hlines(places + below, low, high, color=C[color], lw=style.LINE, zorder=2)
            ax.plot(gap, places + below, "o", ms=6, color=C[face], mec=C[color], mew=1.4, zorder=5)
            style.label(ax, high[0], below, text, color, dx=7)
        ax.axvline(0, color=C["axis"], lw=style.FINE, zorder=1)
        ax.set_ylim(len(panel) - 0.55, -0.6)
        ax.set_yticks([])
        low, high = ax.get_xlim()
        ax.set_xlim(min(low, -0.05 * high), high + (0.75 if size == "phone" else 0.45) * (high - low))
        _minus(ax, "x", 5)
        if number:
            ax.set_title("", loc="left")
    return fig


def power(trials: pd.DataFrame, size_seen: float | None, level: float, *, size: style.Size) -> Any:
    """Share of planted gaps found, by size of the gap, with 80 % ranges; at nil the share of false alarms by test."""
    fig, ax = style.canvas(size, 2.6, "Products with a planted gap that are found, %")
    if trials.empty or size_seen is None:
        return _nothing(fig, ax)
    x = 100 * trials["gap"].to_numpy()
    found = 100 * trials["power"].to_numpy()
    ax.plot(np.append(0, x), np.append(100 * size_seen, found), color=C["forecast"], lw=style.HEAVY, zorder=4)
    ax.vlines(x, 100 * trials["low"], 100 * trials["high"], color=C["forecast"], lw=style.LINE, zorder=4)
    ax.plot(x, found, "o", ms=6, color=C["forecast"], zorder=5)
    ax.plot(0, 100 * size_seen, "o", ms=6, color=C["paper"], mec=C["forecast"], mew=1.4, zorder=5)
    style.rule(ax, y=100 * level, text="accepted for false alarms")
    style.label(ax, 0, 100 * size_seen, "no gap", "forecast", dx=8, dy=-9)
    ax.set_ylim(-8, 108)
    ax.set_xlim(-0.4, 1.06 * float(x.max()))
    ax.set_xlabel("planted gap, % of the price", loc="right")
    _minus(ax, "x")
    return fig


def promotions(baskets: pd.DataFrame, cost_share: float, *, size: style.Size) -> Any:
    """The least that each basket can be made to cost under each rule set, in rising order."""
    fig, ax = style.canvas(size, 3.6 if size == "page" else 3.0, "Least payment, % of the list price")
    floor = -60.0
    for (name, part), color, dash in zip(
        baskets.groupby("rule_set", sort=False), ("plan", "forecast", "third"), ("-", "-", (0, (4, 2))), strict=False,
    ):
        value = np.sort(np.clip(100 * part["least_share"].to_numpy(), floor, None))
        share = 100 * (np.arange(len(value)) + 0.5) / len(value)
        ax.plot(share, value, color=C[color], lw=style.HEAVY, ls=dash, zorder=4)
        at = int(0.6 * len(value))
        style.label(ax, share[at], value[at], str(name), color, dx=0, dy=12, ha="right",
                    weight="bold")
    ax.axhline(100 * cost_share, color=C["axis"], lw=style.FINE, ls=(0, (4, 3)))
    style.label(ax, 0, 100 * cost_share, "cost of the goods", "muted", dx=3, dy=-7, xycoords=ax.get_yaxis_transform())
    ax.axhline(0, color=C["axis"], lw=style.FINE)
    style.label(ax, 1, 0, "nothing paid", "muted", dx=0, dy=5, ha="right", xycoords=ax.get_yaxis_transform())
    ax.set_ylim(floor - 3, 104)
    ax.set_xlim(0, 100)
    ax.set_xlabel("real orders, cheapest first, %", loc="right")
    _minus(ax, "y")
    return fig


def trust(curve: pd.DataFrame, cap: float, told_cap: float, currency: str, *, size: style.Size) -> Any:
    """Net gain of messages by their number, mean and 80 % range; dashed with harm as told."""
    fig, ax = style.canvas(size, 3.0, f"Gain less harm a customer and month, {sign(currency).strip()}")
    x = curve["contacts"]
    ax.fill_between(x, curve["low"], curve["high"], color=C["forecast"], alpha=style.BAND[80], lw=0)
    ax.plot(x, curve["net_gain"], color=C["forecast"], lw=style.HEAVY, zorder=4)
    ax.plot(x, curve["as_claimed"], color=C["plan"], lw=style.LINE, ls=(0, (4, 2)), zorder=3)
    reach = float(curve["high"].max())
    ax.set_ylim(-1.5 * reach, 1.35 * reach)
    ax.set_xlim(0, float(x.max()))
    ax.axhline(0, color=C["axis"], lw=style.FINE)
    style.rule(ax, x=cap, text="cap")
    if told_cap <= float(x.max()):
        style.rule(ax, x=told_cap, text="cap told", color="plan")
    near = int(np.abs(curve["as_claimed"] + 0.9 * reach).argmin())
    style.label(ax, x[near], curve["as_claimed"][near], "harm as told", "plan", dx=-7, ha="right")
    far = min(int(0.5 * len(x)), len(x) - 1)
    style.label(ax, x[far], max(float(curve["net_gain"][far]), -1.2 * reach), "harm as believed", "forecast",
                dy=13, ha="center")
    ax.set_xlabel("messages a month", loc="right")
    _minus(ax, "x")
    _minus(ax, "y")
    return fig
