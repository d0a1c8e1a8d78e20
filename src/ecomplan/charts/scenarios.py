"""Figures of the scenarios chapter: chance of the targets, envelope, tornado, Sobol indices, the deciding box."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.ticker import FuncFormatter, MaxNLocator

from ecomplan.charts import style
from ecomplan.currency import sign

LIGHTS = {"PASS": ("o", "forecast", True), "REVIEW": ("D", "plan", False), "FAIL": ("X", "alarm", True)}
LEAST_SHOWN = 0.01  # a target below it in every scenario is counted, not drawn


def attainment(frame: pd.DataFrame, *, size: style.Size) -> Any:
    """Chance of each target as written (mark: circle on track, diamond open, cross out of reach) and the span of
    eight in ten scenarios (line); targets that no scenario reaches are counted in a note."""
    shown = frame[frame["best_chance"] >= LEAST_SHOWN]
    rows = len(shown)
    fig, ax = style.canvas(size, height=(0.50 if size == "page" else 0.36) * rows + 1.0, unit="Chance, %")
    for row, one in enumerate(_rows(shown)):
        ax.plot([100 * one.scenarios_low, 100 * one.scenarios_high], [row, row], color=style.C["axis"], lw=4,
                alpha=0.45, solid_capstyle="butt", zorder=3)
        ax.plot(100 * one.best_chance, row, ls="", marker="|", ms=9, mew=1.4, color=style.C["axis"], zorder=4)
        mark, color, full = LIGHTS[str(one.status)]
        ax.plot(100 * one.chance, row, ls="", marker=mark, ms=7, color=style.C[color], zorder=6, mew=1.3,
                mfc=style.C[color] if full else style.C["paper"], clip_on=False)
        ax.text(0, row - 0.43, one.target, transform=ax.get_yaxis_transform(), va="center", ha="left", zorder=7)
    left = len(frame) - rows
    if left:
        ax.text(0, rows - 0.05, f"{left} further target{'s' if left > 1 else ''}: out of reach in every scenario",
                transform=ax.get_yaxis_transform(), va="center", ha="left", color=style.C["muted"])
    _lying(ax, size)
    ax.set_ylim(rows + 0.35, -0.85)
    ax.set_xlim(-2, 102)
    ax.set_xlabel("● on track  ◇ open  ✕ out of reach" if size == "phone" else
                  "● on track   ◇ open   ✕ out of reach   ▬ eight in ten scenarios   | best scenario")
    return fig


def envelope(frame: pd.DataFrame, limit: float, currency: str, *, size: style.Size) -> Any:
    """NPV of every scenario, worst first: mean (dot) and eight in ten of its plans (line); plan as written marked."""
    fig, ax = style.canvas(size, height=3.6, unit=f"Net present value, {sign(currency).strip()} k")
    x = np.arange(1, len(frame) + 1)
    low, mean, high = (frame[name].to_numpy() / 1000 for name in ("npv_low", "npv_mean", "npv_high"))
    ax.vlines(x, low, high, color=style.C["forecast"], alpha=0.35, lw=1.1 if size == "phone" else 2.0, zorder=3)
    ax.plot(x, mean, ls="", marker="o", ms=1.6 if size == "phone" else 2.4, color=style.C["forecast"], zorder=4)
    ax.axhline(0, color=style.C["ink"], lw=style.FINE)
    ax.axhline(-limit / 1000, color=style.C["plan"], lw=style.FINE, ls=(0, (4, 3)))
    style.label(ax, 1, -limit / 1000, "loss limit", "plan", dx=0, dy=-7)
    span = high.max() - low.min()
    place = int(np.flatnonzero(frame["id"] == "as_written")[0])
    ax.plot(x[place], mean[place], ls="", marker="o", ms=6, color=style.C["plan"], zorder=7)
    style.label(ax, x[place], low[place], "as written", "plan", dx=0, dy=-8, ha="center")
    style.label(ax, x[-1], high[-1], frame["scenario"].iloc[-1], "muted", dx=-8, ha="right")
    style.label(ax, x[0], low[0], frame["scenario"].iloc[0], "muted", dx=6, ha="left")
    ax.set_ylim(low.min() - 0.12 * span, high.max() + 0.12 * span)
    ax.set_xlim(0, len(frame) + 1)
    ax.set_xlabel(f"{len(frame)} scenarios, lowest mean first")
    ax.yaxis.set_major_formatter(FuncFormatter(_thousands))
    ax.xaxis.set_major_locator(MaxNLocator(5, integer=True))
    return fig


def tornado(frame: pd.DataFrame, shown: int, currency: str, *, size: style.Size) -> Any:
    """Mean NPV with each variable alone at the ends of its 80 % range, widest first."""
    top = frame.head(shown)
    rows = len(top)
    fig, ax = style.canvas(size, height=(0.58 if size == "page" else 0.42) * rows + 0.5,
                           unit=f"Mean net present value, {sign(currency).strip()} k")
    base = top["base"].iloc[0] / 1000
    ends = top[["npv_low_end", "npv_high_end"]].to_numpy() / 1000
    for row, (pair, one) in enumerate(zip(ends, _rows(top), strict=True)):
        sides = sorted([(pair[0], str(one.low_label)), (pair[1], str(one.high_label))])
        for (value, words), side in zip(sides, ("right", "left"), strict=True):
            ax.barh(row, value - base, left=base, height=0.44, color=style.C["plan" if value < base else "forecast"])
            style.label(ax, value, row, words, "muted", dx=-4 if side == "right" else 4, ha=side)
        ax.text(0, row - 0.44, one.label, transform=ax.get_yaxis_transform(), va="center", ha="left")
    ax.vlines([base] * rows, np.arange(rows) - 0.24, np.arange(rows) + 0.24, color=style.C["ink"], lw=style.LINE)
    _lying(ax, size)
    ax.set_ylim(rows - 0.5, -0.85)
    room = (0.34 if size == "phone" else 0.2) * np.ptp(ends)
    ax.set_xlim(ends.min() - room, ends.max() + room)
    ax.xaxis.set_major_formatter(FuncFormatter(_thousands))
    return fig


def indices(frame: pd.DataFrame, shown: int, *, size: style.Size) -> Any:
    """Total Sobol index (dot) with its interval (line), and the first-order one (hollow): the gap is interaction."""
    top = frame.head(shown)
    rows = len(top)
    fig, ax = style.canvas(size, height=(0.50 if size == "page" else 0.36) * rows + 0.7,
                           unit="Share of the variance of net present value, %")
    for row, one in enumerate(_rows(top)):
        ax.plot([100 * one.total_low, 100 * one.total_high], [row, row], color=style.C["forecast"], lw=style.LINE,
                zorder=4)
        ax.plot(100 * one.total, row, ls="", marker="o", ms=6, color=style.C["forecast"], zorder=6)
        ax.plot(max(100 * one.first, 0), row, ls="", marker="o", ms=6, mfc=style.C["paper"], mec=style.C["muted"],
                mew=1.2, zorder=5, clip_on=False)
        ax.text(0, row - 0.43, one.label, transform=ax.get_yaxis_transform(), va="center", ha="left")
    _lying(ax, size)
    ax.set_ylim(rows - 0.5, -0.85)
    ax.set_xlim(-0.5, 108 * top["total_high"].max())
    ax.set_xlabel("● total, with its interval   ○ alone")
    return fig


def box(frame: pd.DataFrame, *, size: style.Size) -> Any:
    """One row a limit of the box: where on its range the variable must lie, in quantiles."""
    rows = len(frame)
    height = (0.66 if size == "page" else 0.48) * rows + 0.8
    fig, ax = style.canvas(size, height=height, unit="Quantile of the variable")
    for row, one in enumerate(_rows(frame)):
        ax.barh(row, 1, height=0.3, color=style.C["grid"])
        width = one.level_high - one.level_low
        ax.barh(row, width, left=one.level_low, height=0.3, color=style.C["forecast"], zorder=4)
        words = f"{one.label.removesuffix(': works')}: {one.must}"
        ax.text(0, row - 0.36, words, transform=ax.get_yaxis_transform(), va="center", ha="left")
    _lying(ax, size)
    ax.set_ylim(rows - 0.5, -0.8)
    ax.set_xlim(0, 1)
    return fig


def _rows(frame: pd.DataFrame) -> list[Any]:
    return list(frame.itertuples())


def _lying(ax: Any, size: style.Size) -> None:
    """Rows on their side: no ticks beside them, vertical grid."""
    ax.set_yticks([])
    ax.grid(axis="y", visible=False)
    ax.grid(axis="x", visible=True)
    ax.xaxis.set_major_locator(MaxNLocator(4 if size == "phone" else 6, steps=[1, 2, 2.5, 5, 10]))


def _thousands(value: float, _: Any = None) -> str:
    return f"{value:,.0f}".replace(",", " ").replace("-", "−")
