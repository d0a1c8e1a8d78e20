"""Figures of the budget chapter: what fits which size, cash by month, owning or buying in, what a gate can see."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator

from ecomplan.charts import style
from ecomplan.currency import sign

MARKS = {"small": ("v", "muted"), "middle": ("o", "forecast"), "large": ("^", "ink"), "own": ("D", "plan")}


def archetypes(frame: pd.DataFrame, least: float, most: float, *, size: style.Size) -> Any:
    """Cost a year over the yearly margin at each size, one row an amount, on a log axis; the band fits."""
    names = frame.drop_duplicates("amount").sort_values("yearly_cny", ascending=False)["figure"].tolist()
    rows = len(names)
    fig, ax = style.canvas(size, height=(0.62 if size == "page" else 0.46) * rows + 0.9,
                           unit="Cost a year over the contribution margin of a year, %")
    ax.axvspan(100 * least, 100 * most, color=style.C["forecast"], alpha=style.BAND[95], lw=0)
    for id, part in frame.groupby("id", sort=False):
        marker, color = MARKS[str(id)]
        at = [names.index(name) for name in part["figure"]]
        ax.plot(100 * part["share_of_margin"], at, ls="", marker=marker, ms=6, mec=style.C[color],
                mfc=style.C["paper" if id == "own" else color], mew=1.4, zorder=6 if id == "own" else 5)
    top = frame[frame["figure"] == names[0]].set_index("id")
    for id, word, dx, dy, ha in (
        ("large", "large", 7, 0, "left"), ("middle", "mid-size", 0, 10, "center"),
        ("own", "this platform", 0, -11, "center"), ("small", "small", 4, 10, "center"),
    ):
        style.label(ax, 100 * top.loc[id, "share_of_margin"], 0, word, MARKS[id][1], dx=dx, dy=dy, ha=ha)
    for row, name in enumerate(names):
        ax.text(0, row - 0.42, name, transform=ax.get_yaxis_transform(), va="center", ha="left")
    style.label(ax, 100 * np.sqrt(least * most), rows - 0.45, "fits", "forecast", dx=0, ha="center")
    ax.set_xscale("log")
    ax.set_ylim(rows - 0.25, -0.95)
    ax.set_yticks([])
    ax.grid(axis="y", visible=False)
    ax.grid(axis="x", visible=True)
    ax.set_xlim(0.5 * 100 * frame["share_of_margin"].min(), 2 * 100 * frame["share_of_margin"].max())
    decades = [0.01, 0.1, 1, 10, 100, 1000, 10_000, 100_000]
    ax.xaxis.set_major_locator(FixedLocator(decades[::2] if size == "phone" else decades))
    ax.xaxis.set_minor_locator(FixedLocator([]))
    ax.xaxis.set_major_formatter(FuncFormatter(_number))
    return fig


def cash(frame: pd.DataFrame, ends: dict[str, int], seen_month: int, currency: str, *, size: style.Size) -> Any:
    """Money by month: planned by tranche, with overruns (80 %), by year, and the budget as a line."""
    fig, ax = style.canvas(size, height=3.4, unit=f"Cumulative spending, {sign(currency).strip()} k")
    month = frame["plan_month"]
    ax.fill_between(month, frame["low"] / 1000, frame["high"] / 1000, color=style.C["forecast"], alpha=style.BAND[80],
                    lw=0)
    ax.plot(month, frame["median"] / 1000, color=style.C["forecast"], lw=style.LINE)
    ax.plot(month, frame["planned"] / 1000, color=style.C["ink"], lw=style.HEAVY)
    ax.plot(month, frame["by_year"] / 1000, color=style.C["muted"], lw=style.LINE, ls=(0, (3, 2)))
    budget = frame["budget"].iloc[0] / 1000
    ax.axhline(budget, color=style.C["plan"], lw=style.FINE, ls=(0, (4, 3)))
    style.label(ax, month.iloc[0], budget, "budget with reserve", "plan", dx=2, dy=7)
    last = frame.iloc[-1] / 1000
    style.label(ax, month.iloc[-1], last["planned"], "tranches", "ink")
    style.label(ax, month.iloc[-1], max(last["median"], last["planned"] + 0.055 * last["high"]), "with overruns",
                "forecast")
    at = int(len(frame) * 0.53)
    style.label(ax, month.iloc[at], frame["by_year"].iloc[at] / 1000, "by year", "muted", dx=8, dy=-12)
    for end in list(ends.values())[:-1]:
        ax.plot([end], [frame["planned"].iloc[end - 1] / 1000], marker="s", ms=6, color=style.C["ink"], zorder=7)
    first = next(iter(ends.values()))
    style.label(ax, first, frame["planned"].iloc[first - 1] / 1000, "gate", "ink", dx=5, dy=-10)
    if seen_month <= len(frame):
        ax.axvline(seen_month, color=style.C["axis"], lw=style.FINE, ls=(0, (4, 3)))
        words = "first effects" if size == "phone" else "first effects visible"
        style.label(ax, seen_month, 0, words, "muted", dx=-4, dy=8, ha="right")
    ax.set_ylim(0, 1.1 * max(last["high"], budget))
    ax.set_xlim(0.5, month.iloc[-1] + 0.5)
    ax.set_xticks(np.arange(6, month.iloc[-1] + 1, 6))
    ax.set_xlabel("Month of the plan")
    ax.yaxis.set_major_formatter(FuncFormatter(_number))
    return fig


def ownership(frame: pd.DataFrame, *, size: style.Size) -> Any:
    """Change of an option's own part and of the whole (80 %), and the change claimed."""
    rows = len(frame)
    fig, ax = style.canvas(size, height=(1.0 if size == "page" else 0.8) * rows + 0.7,
                           unit="Change of discounted cost over the plan, %")
    for row, (_, entry) in enumerate(frame.iterrows()):
        for shift, name, color, marker in ((-0.02, "part", "forecast", "o"), (0.24, "total", "ink", "s")):
            low, mid, high = (100 * entry[f"{name}_{end}"] for end in ("low", "change", "high"))
            ax.plot([low, high], [row + shift] * 2, color=style.C[color], lw=style.HEAVY, solid_capstyle="butt")
            ax.plot([mid], [row + shift], marker=marker, ms=6, color=style.C[color], zorder=6)
        ax.plot([100 * entry["claimed"]], [row - 0.02], marker="D", ms=6.5, mfc=style.C["paper"], mec=style.C["plan"],
                mew=1.4, zorder=7)
        ax.text(0, row - 0.34, entry["name"], transform=ax.get_yaxis_transform(), va="center", ha="left")
    first = frame.iloc[0]
    style.label(ax, 100 * first["claimed"], -0.02, "claimed", "plan", dx=8)
    style.label(ax, 100 * first["part_high"], -0.02, "of its part", "forecast", dx=5)
    style.label(ax, 100 * first["total_high"], 0.24, "of the whole", "ink", dx=5)
    ax.axvline(0, color=style.C["axis"], lw=style.FINE)
    ax.set_ylim(rows - 0.5, -0.65)
    ends = 100 * frame[["claimed", "part_low", "part_high", "total_low", "total_high"]].to_numpy()
    room = (0.34 if size == "phone" else 0.2) * np.ptp(ends)
    ax.set_xlim(ends.min() - 0.06 * np.ptp(ends), ends.max() + room)
    ax.set_yticks([])
    ax.grid(axis="y", visible=False)
    ax.grid(axis="x", visible=True)
    ax.xaxis.set_major_locator(MaxNLocator(5 if size == "phone" else 8, steps=[1, 2, 5, 10]))
    ax.xaxis.set_major_formatter(FuncFormatter(_number))
    return fig


def gates(frame: pd.DataFrame, look: int, *, size: style.Size) -> Any:
    """Smallest lift that a look can find by its months, against the lift that earns the plan back."""
    fig, ax = style.canvas(size, height=2.9, unit="Lift of orders, %")
    month = frame["months"]
    ax.fill_between(month, 100 * frame["needed_low"], 100 * frame["needed_high"], color=style.C["plan"],
                    alpha=style.BAND[80], lw=0)
    ax.plot(month, 100 * frame["needed"], color=style.C["plan"], lw=style.LINE)
    ax.plot(month, 100 * frame["detectable"], color=style.C["forecast"], lw=style.HEAVY)
    end = month.iloc[-1]
    found, need = 100 * frame["detectable"].iloc[-1], 100 * frame["needed"].iloc[-1]
    style.label(ax, end, found, "found four\ntimes in five", "forecast")
    style.label(ax, end, need, "earns the\nplan back", "plan")
    at = frame.loc[month == look]
    if len(at):
        ax.plot([look], 100 * at["detectable"], marker="s", ms=6, color=style.C["forecast"], zorder=6)
        style.label(ax, look, 100 * float(at["detectable"].iloc[0]), "gate", "forecast", dx=0, dy=10, ha="center")
    ax.set_ylim(0, 110 * max(frame["needed_high"].max(), frame["detectable"].max()))
    ax.set_xlim(0.5, end + 0.2)
    ax.set_xticks(np.arange(3, end + 1, 3))
    ax.set_xlabel("Months of pilot before the gate")
    ax.yaxis.set_major_locator(MaxNLocator(5))
    return fig


def _number(value: float, _: Any = None) -> str:
    return f"{value:,g}".replace(",", " ").replace("-", "−")
