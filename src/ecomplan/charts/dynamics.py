"""Figures of stage `dynamics`: customers ahead, what promises need, loops, which parameter moves the end."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib import dates as mdates
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator

from ecomplan.charts import style
from ecomplan.charts.style import C


def paths(table: pd.DataFrame, *, size: style.Size) -> Any:
    """Customers counted (line), without a programme (dashed) and with one (median, band of 80 %)."""
    fig, ax = style.canvas(size, 3.2 if size != "page" else 3.8, "New and active customers")
    past, ahead = table[table["counted"].notna()], table[table["middle"].notna()]
    low, middle, high, without = (ahead[name].astype(float) for name in ("low", "middle", "high", "without"))
    style.fan(ax, ahead["month"], {80: (low, high)}, middle)
    ax.plot(ahead["month"], without, color=C["ink"], lw=style.LINE, ls=(0, (4, 2)), zorder=5)
    ax.plot(past["month"], past["counted"].astype(float), color=C["ink"], lw=style.LINE, zorder=5)
    style.label(ax, past["month"].iloc[len(past) // 3], past["counted"].astype(float).max() * 1.12, "counted", dx=0)
    last = ahead["month"].iloc[-1]
    apart = 0.03 * float(high.max())
    nudge = 7 if abs(middle.iloc[-1] - without.iloc[-1]) < 3 * apart else 0
    style.label(ax, last, middle.iloc[-1], "with a\nprogramme", "forecast", dx=6, dy=nudge + 4, size=8, weight="bold",
                linespacing=1.2)
    style.label(ax, last, without.iloc[-1], "without", "ink", dx=6, dy=-nudge - 4, size=8)
    ax.xaxis.set_major_locator(mdates.YearLocator())
    ax.xaxis.set_major_formatter(mdates.DateFormatter("%Y"))
    span = last - past["month"].iloc[0]
    ax.set_xlim(past["month"].iloc[0] - span * 0.02, last + span * (0.30 if size == "phone" else 0.19))
    ax.set_ylim(0, float(high.max()) * 1.08)
    ax.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5]))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:,.0f}"))
    return fig


def needed(table: pd.DataFrame, prior: tuple[float, float], *, size: style.Size) -> Any:
    """Customers that each newcomer must bring for a promise (dot, 80 %), the assumed range as a band."""
    rows = table.iloc[::-1].reset_index(drop=True)
    unit = "Customers each brings (log)" if size == "phone" else "Customers that each newcomer brings (log scale)"
    fig, ax = style.canvas(size, 3.5 if size != "page" else 4.3, unit)
    least, most = 0.05, 30.0
    ax.axvspan(max(prior[0], least), prior[1], color=C["forecast"], alpha=style.BAND[80], lw=0, zorder=1)
    style.label(ax, float(np.sqrt(max(prior[0], least) * prior[1])), len(rows) - 0.35, "assumed", "forecast", dx=0,
                ha="center", size=8, weight="bold")
    for at, row in enumerate(rows.to_dict("records")):
        limit = row["bound"] != "at least"
        role = "muted" if limit else "plan"
        if pd.isna(row["value"]):
            style.label(ax, most, at, "out of reach", "alarm", dx=0, ha="right", size=8)
            continue
        low = float(row["value"] if pd.isna(row["low"]) else row["low"])
        high = most if pd.isna(row["high"]) else float(row["high"])
        ax.hlines(at, max(low, least), min(high, most), color=C[role], lw=style.HEAVY, alpha=0.7, zorder=4)
        ax.plot(min(max(float(row["value"]), least), most), at, "o", ms=6, color=C["paper"] if limit else C[role],
                mec=C[role], mew=1.4, zorder=6)
        if limit:
            style.label(ax, min(high, most), at, row["bound"], "muted", dx=6, size=8)
    ax.set_xscale("log")
    ax.set_xlim(least, most)
    ax.xaxis.set_major_locator(FixedLocator([0.1, 0.3, 1, 3, 10]))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.xaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:g}"))
    ax.set_yticks(range(len(rows)), list(rows["goal"]))
    ax.tick_params(axis="y", labelcolor=C["ink"])
    ax.set_ylim(-0.6, len(rows) - 0.05)
    ax.grid(True, axis="x")
    ax.grid(False, axis="y")
    return fig


def loops(table: pd.DataFrame, *, size: style.Size) -> Any:
    """Gain of each loop now with 80 % (dot, line) and at rest (hollow)."""
    rows = table.iloc[::-1].reset_index(drop=True)
    fig, ax = style.canvas(size, 2.7 if size != "page" else 3.3, "Back of one more customer" if
                           size == "phone" else "What comes back round the loop of one more customer")
    ax.axvline(0, color=C["axis"], lw=style.FINE, zorder=2)
    for at, row in enumerate(rows.to_dict("records")):
        role = "forecast" if row["kind"] == "reinforcing" else "plan"
        ax.hlines(at, row["low"], row["high"], color=C[role], lw=style.HEAVY, alpha=0.7, zorder=4)
        ax.plot(row["at_rest"], at, "o", ms=8, color="none", mec=C[role], mew=1.2, zorder=5)
        ax.plot(row["gain"], at, "o", ms=4.5, color=C[role], zorder=6)
    edge = max(1.05, float(rows["high"].max()) * 1.1)
    style.rule(ax, x=1, text="")
    style.label(ax, 1, len(rows) - 0.45, "grows by itself", "muted", dx=-4, ha="right", size=8)
    ax.set_yticks(range(len(rows)), list(rows["loop"]))
    ax.tick_params(axis="y", labelcolor=C["ink"])
    ax.set_xlim(min(-1.2, float(rows["low"].min()) * 1.05), edge)
    ax.set_ylim(-0.6, len(rows) - 0.1)
    ax.xaxis.set_major_locator(MaxNLocator(5 if size == "phone" else 8))
    ax.xaxis.set_major_formatter(FuncFormatter(_signed))
    ax.grid(True, axis="x")
    ax.grid(False, axis="y")
    return fig


def moves(table: pd.DataFrame, plan: pd.DataFrame, *, size: style.Size) -> Any:
    """Per cent more customers at the end for one per cent on a parameter, and what the best iterations bring."""
    phone = size == "phone"
    shape: dict[str, Any] = {"rows": 2} if phone else {"columns": 2, "sharey": True}
    fig, axes = style.canvas(size, 5.2 if phone else 3.0 if size == "wide" else 3.6, **shape)
    first, second = axes.flat
    rows = table.iloc[::-1].reset_index(drop=True)
    gains = plan.set_index("knob").loc[rows["knob"]].reset_index()
    y = np.arange(len(rows))
    first.hlines(y, rows["low"], rows["high"], color=C["forecast"], lw=style.HEAVY, alpha=0.7, zorder=4)
    first.plot(rows["value"], y, "o", ms=5, color=C["forecast"], zorder=6)
    second.barh(y, gains["customers"] * 100, color=C["forecast"], height=0.55, alpha=0.75, zorder=4)
    for ax, title in ((first, "% customers for 1 % on it"), (second, "% customers by iterating")):
        ax.set_title(title, color=C["muted"], loc="left", x=0, pad=8)
        ax.set_yticks(y, list(rows["knob"]))
        ax.tick_params(axis="y", labelcolor=C["ink"])
        ax.set_ylim(-0.6, len(rows) - 0.4)
        ax.axvline(0, color=C["axis"], lw=style.FINE, zorder=2)
        ax.xaxis.set_major_locator(MaxNLocator(4))
        ax.grid(True, axis="x")
        ax.grid(False, axis="y")
    if not phone:
        second.tick_params(axis="y", labelleft=False)
    return fig


def _signed(value: float, _: Any = None) -> str:
    return f"{value:+.2g}".replace("-", "−") if abs(value) > 1e-9 else "0"
