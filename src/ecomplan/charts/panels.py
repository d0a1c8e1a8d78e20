"""Figures of stage `panels`: what carries over, how errors grow, members on the panels, what the limit measures."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator

from ecomplan.charts import style
from ecomplan.charts.style import C

PANELS = {"m1": "M1", "m3": "M3", "tourism": "Tourism"}
YEAR = 12  # months: beyond it the weights repeat themselves with the base that they are set against
NAMED = 6  # months ahead at which a line carries its name
MARKS = {"m1": ("o", "muted"), "m3": ("D", "forecast"), "tourism": ("^", "plan")}


def carry(weights: pd.DataFrame, *, size: style.Size) -> Any:
    """Weight of each signal of past year-on-year change by lead, with 80 % bands, a year ahead at most."""
    signals = {"last_change": ("last month", "plan"), "three_month_change": ("last three months", "forecast"),
               "mean_change": ("all changes", "muted")}
    fig, ax = style.canvas(size, 2.9, "Part of a change that is still there")
    shown = weights[weights["lead_months"] <= YEAR]
    for name, (words, role) in signals.items():
        one = shown[shown["name"] == name].reset_index(drop=True)
        ax.fill_between(one["lead_months"], one["low"], one["high"], color=C[role], alpha=style.BAND[80], lw=0)
        ax.plot(one["lead_months"], one["value"], color=C[role], lw=style.LINE)
        at = min(NAMED, len(one)) - 1
        below = name == "mean_change"
        style.label(ax, one["lead_months"][at], one["low" if below else "high"][at], words, role, dx=0,
                    dy=-8 if below else 8, ha="center", size=8)
    ax.axhline(0, color=C["axis"], lw=style.FINE)
    ax.set_xlim(0.6, float(shown["lead_months"].max()) + 0.4)
    ax.xaxis.set_major_locator(MaxNLocator(12, integer=True))
    ax.set_xlabel("Months ahead")
    return fig


def widths(table: pd.DataFrame, *, size: style.Size) -> Any:
    """Spread of the error by lead over that one month ahead, with its 80 % band, beside the square-root rule."""
    fig, ax = style.canvas(size, 2.9, "Spread of the error, one month ahead = 1")
    lead = table["lead_months"].to_numpy(dtype=float)
    ax.fill_between(lead, table["low"], table["high"], color=C["forecast"], alpha=style.BAND[80], lw=0)
    ax.plot(lead, table["ratio"], color=C["forecast"], lw=style.HEAVY)
    ax.plot(lead, table["rule"], color=C["plan"], lw=style.LINE, ls=(0, (4, 3)))
    last = len(table) - 1
    rule, own = min(max(last // 3, 1), last), min(max(3 * last // 4, 1), last)
    style.label(ax, lead[rule], table["rule"].iloc[rule], "variance doubles\nin a year", "plan", dx=-5, dy=11,
                ha="right", size=8, linespacing=1.2)
    style.label(ax, lead[own], table["low"].iloc[own], "measured on the panels", "forecast", dx=0, dy=-9, ha="center",
                size=8, weight="bold")
    ax.set_ylim(0.8, None)
    ax.set_xlim(0.6, lead[last] + 0.6)
    ax.xaxis.set_major_locator(FixedLocator([1, *range(3, int(lead[last]) + 1, 3)]))
    ax.set_xlabel("Months ahead")
    return fig


def members(accuracy: pd.DataFrame, kept: str, *, size: style.Size) -> Any:
    """Mean absolute scaled error of each model on each panel with its 80 % range; `kept`: the one that stands out."""
    panels = [name for name in PANELS if name in set(accuracy["panel"])]
    models = list(dict.fromkeys(accuracy["model"]))
    phone = size == "phone"
    rows, columns = (len(panels), 1) if phone else (1, len(panels))
    fig, axes = style.canvas(size, (0.75 + 0.19 * len(models)) * (len(panels) if phone else 1.15), rows=rows,
                             columns=columns, sharey=True, sharex=False)
    place = np.arange(len(models))[::-1]
    for ax, name in zip(np.atleast_1d(axes).flat, panels, strict=True):
        part: Any = accuracy[accuracy["panel"] == name].set_index("model").loc[models]
        color = [C["forecast"] if model == kept else C["ink"] for model in models]
        ax.hlines(place, part["low"], part["high"], color=color, lw=1.3, zorder=4)
        ax.scatter(part["mase"], place, s=24, color=color, zorder=5)
        for y, model in zip(place, models, strict=True):
            style.label(ax, part.loc[model, "high"], y, f"{part.loc[model, 'mase']:.2f}",
                        "forecast" if model == kept else "ink", dx=4, fontsize=7.5)
        ax.set_title(f"{PANELS[name]}, MASE", color=C["muted"], loc="left", x=0, pad=8)
        ax.set_yticks(place, list(part["model_name"]))
        ax.tick_params(axis="y", labelcolor=C["ink"])
        ax.grid(axis="y", visible=False)
        ax.grid(axis="x", visible=True)
        low, high = float(part["low"].min()), float(part["high"].max())
        ax.set_xlim(low - 0.08 * (high - low), high + (0.16 if phone else 0.3) * (high - low))
        ax.xaxis.set_major_locator(MaxNLocator(3, steps=[1, 2, 5, 10]))
        ax.set_ylim(-0.6, len(models) - 0.3)
    return fig


def limit(table: pd.DataFrame, limit_percent: float, slope: float, *, size: style.Size) -> Any:
    """One dot a series: spread of SARIMA's one-month errors against their mean size, beside the allowed error."""
    fig, ax = style.canvas(size, 3.2, "Mean error one month ahead, %")
    shown = table[(table["spread_percent"] > 0) & (table["mape_percent"] > 0)]
    for panel, (mark, role) in MARKS.items():
        one = shown[shown["panel"] == panel]
        ax.plot(one["spread_percent"], one["mape_percent"], mark, ms=3.2, color=C[role], alpha=0.55, mew=0, ls="")
    reach = np.array([shown["spread_percent"].quantile(0.005), shown["spread_percent"].quantile(0.995)])
    ax.plot(reach, slope * reach, color=C["ink"], lw=style.LINE, zorder=6)
    ax.axhline(limit_percent, color=C["plan"], lw=style.FINE, ls=(0, (4, 3)))
    ax.set(xscale="log", yscale="log")
    ax.set_xlim(reach[0] * 0.9, reach[1] * 1.1)
    low, high = np.quantile(shown["mape_percent"], [0.005, 0.995])
    ax.set_ylim(low * 0.9, high * 1.3)
    style.label(ax, reach[1], limit_percent, f"allowed {limit_percent:g} %", "plan", dx=0, dy=-6, ha="right", size=8)
    style.label(ax, reach[1], slope * reach[1], f"{slope:.2f} times the spread", dx=-14, dy=10, ha="right", size=8)
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_locator(FixedLocator([0.5, 1, 2, 5, 10, 20, 50, 100]))
        axis.set_minor_locator(NullLocator())
        axis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:g}"))
    ax.set_xlabel("Spread of SARIMA's one-month errors, %")
    names = [(PANELS[panel], MARKS[panel]) for panel in PANELS if (shown["panel"] == panel).any()]
    for row, (name, (mark, role)) in enumerate(names):
        y = 0.95 - 0.07 * row
        ax.plot(0.03, y, mark, ms=4, color=C[role], mew=0, transform=ax.transAxes, clip_on=False)
        style.label(ax, 0.03, y, name, role, dx=7, size=8, xycoords=ax.transAxes)
    return fig
