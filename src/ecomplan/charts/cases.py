"""Figures of stage `cases`: cases ranked, warehouses, trials, the split of a surplus."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator

from ecomplan.charts import style
from ecomplan.charts.style import C
from ecomplan.currency import sign

THOUSAND = 1e3


def ranked(table: pd.DataFrame, currency: str, *, size: style.Size) -> Any:
    """Net present value of each case (dot, 80 %), and what it would be if the claim held in full (ring)."""
    rows = table.iloc[::-1].reset_index(drop=True)
    fig, ax = style.canvas(size, 4.3 if size != "page" else 5.4, f"Net present value, {sign(currency).strip()} k")
    ax.axvline(0, color=C["axis"], lw=style.FINE, zorder=2)
    edge = _edge(rows)
    for at, row in enumerate(rows.to_dict("records")):
        role = "forecast" if row["npv"] > 0 else "plan"
        low, high = (float(np.clip(row[end] / THOUSAND, *edge)) for end in ("low", "high"))
        ax.hlines(at, low, high, color=C[role], lw=style.HEAVY, alpha=0.7, zorder=4)
        ax.plot(np.clip(row["npv"] / THOUSAND, *edge), at, "o", ms=5, color=C[role], zorder=6)
        if pd.notna(row["as_told"]):
            told = row["as_told"] / THOUSAND
            if told > edge[1]:
                style.label(ax, edge[1], at, f"{told:,.0f} ▸", "muted", dx=4, size=8)
            else:
                ax.plot(told, at, "o", ms=6, color=C["paper"], mec=C["ink"], mew=1.1, zorder=5)
    ax.set_yticks(range(len(rows)), list(rows["case"]))
    ax.tick_params(axis="y", labelcolor=C["ink"])
    beyond = (edge[1] - edge[0]) * (0.26 if size == "phone" else 0.12)
    ax.set_xlim(edge[0], edge[1] + (beyond if (rows["as_told"] / THOUSAND > edge[1]).any() else 0))
    ax.set_ylim(-0.6, len(rows) - 0.4)
    ax.xaxis.set_major_locator(MaxNLocator(4 if size == "phone" else 7))
    ax.xaxis.set_major_formatter(FuncFormatter(_number))
    ax.grid(True, axis="x")
    ax.grid(False, axis="y")
    return fig


def warehouses(table: pd.DataFrame, told: tuple[float, float], currency: str, *, size: style.Size) -> Any:
    """Cost of fulfilment an order by number of warehouses, at the shop's volume (band of 80 %) and multiples of it."""
    unit = f"Cost of fulfilment an order, {sign(currency).strip()}"
    fig, ax = style.canvas(size, 3.2 if size != "page" else 4.0, unit)
    ax.axvspan(*told, color=C["plan"], alpha=style.BAND[80], lw=0, zorder=1)
    own = table[table["volume"] == 1]
    top = 3.2 * float(own["value"].iloc[0])
    most = int(table["count"].max())
    ax.fill_between(own["count"], own["low"], own["high"], color=C["forecast"], alpha=style.BAND[80], lw=0, zorder=2)
    for volume in dict.fromkeys(table["volume"].astype(float)):
        rows = table[table["volume"] == volume]
        shop = volume == 1
        ax.plot(rows["count"], rows["value"], color=C["forecast" if shop else "ink"], zorder=5,
                lw=style.HEAVY if shop else style.LINE, ls="-" if volume <= 10 else (0, (4, 2)))
        if shop:
            at = rows[rows["value"] < 0.7 * top].iloc[-1]
            style.label(ax, at["count"], at["value"], "this shop", "forecast", dx=-8, dy=6, size=8, weight="bold",
                        ha="right")
        else:
            style.label(ax, most, rows["value"].iloc[-1], f"{volume:g} times\nits volume", dx=5, size=8,
                        dy=9 if volume <= 10 else -9, linespacing=1.1)
    style.label(ax, float(np.sqrt(told[0] * told[1])), 0, "told by\nS3", "plan", dx=0, dy=5, ha="center", va="bottom",
                size=8, weight="bold", linespacing=1.1)
    ax.set_xscale("log")
    ax.set_xlim(1, most * (2.6 if size == "phone" else 1.7))
    ax.set_ylim(0, top)
    ax.xaxis.set_major_locator(FixedLocator([v for v in (1, 2, 3, 5, 10, 20, 30, 50, 100) if v <= most]))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.xaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:g}"))
    ax.set_xlabel("warehouses (log scale)")
    ax.yaxis.set_major_locator(MaxNLocator(5))
    return fig


def learning(table: pd.DataFrame, *, size: style.Size) -> Any:
    """Growth by trials: true (median, 80 %), what monthly trials report, and the claim compounded; percent."""
    fig, ax = style.canvas(size, 3.2 if size != "page" else 4.0, "Growth by trials, %")
    month = table["month"]
    made = {name: 100 * table[name] for name in ("low", "middle", "high", "reported", "claimed")}
    style.fan(ax, month, {80: (made["low"], made["high"])}, made["middle"])
    ax.plot(month, made["claimed"], color=C["plan"], lw=style.LINE, zorder=5)
    ax.plot(month, made["reported"], color=C["ink"], lw=style.LINE, ls=(0, (4, 2)), zorder=5)
    last = month.iloc[-1]
    ends = [("claimed", "claimed", "plan"), ("reported", "reported by\nmonthly trials", "ink"),
            ("middle", "true, best\nlength", "forecast")]
    top = max(float(values.max()) for values in made.values())
    apart = 0.17 * top * (1.3 if size == "page" else 1)
    place = {name: float(made[name].iloc[-1]) for name, _, _ in ends}
    upper, lower = sorted(("claimed", "reported"), key=lambda name: -place[name])
    if place[upper] - place[lower] < apart:
        middle = (place[upper] + place[lower]) / 2
        place[upper], place[lower] = middle + apart / 2, middle - apart / 2
    for name, text, role in ends:
        style.label(ax, last, place[name], text, role, dx=6, size=8, weight="bold", linespacing=1.1)
    ax.set_xlim(0, float(last) * (1.42 if size == "phone" else 1.22))
    ax.set_ylim(min(0.0, float(made["low"].min()) * 1.2), top * 1.1)
    ax.xaxis.set_major_locator(FixedLocator(list(range(0, int(last) + 1, 12))))
    ax.set_xlabel("months")
    ax.yaxis.set_major_locator(MaxNLocator(5))
    return fig


def split(table: pd.DataFrame, *, size: style.Size) -> Any:
    """Each party's share of the surplus: by Shapley (dot), by bargaining (ring), and what is stable (bar)."""
    fig, ax = style.canvas(size, 2.2 if size != "page" else 2.8, "Share of the surplus, %")
    parties = list(dict.fromkeys(table["party"]))[::-1]
    for at, party in enumerate(parties):
        of = table[table["party"] == party].set_index("rule")
        fair, equal = of.loc["Shapley"], of.loc["Nash"]
        ax.hlines(at, 100 * fair["least_share"], 100 * fair["most_share"], color=C["forecast"], lw=7, alpha=0.25)
        ax.plot(100 * equal["share"], at, "o", ms=9, color="none", mec=C["ink"], mew=1.1, zorder=5)
        ax.plot(100 * fair["share"], at, "o", ms=5, color=C["forecast"], zorder=6)
    if not parties:
        style.label(ax, 50, 0, "no surplus to split", "muted", dx=0, ha="center")
    ax.set_yticks(range(len(parties)), parties)
    ax.tick_params(axis="y", labelcolor=C["ink"])
    ax.set_ylim(-0.6, max(len(parties), 1) - 0.4)
    ax.set_xlim(-3, 103)
    ax.xaxis.set_major_locator(FixedLocator([0, 25, 50, 75, 100]))
    ax.grid(True, axis="x")
    ax.grid(False, axis="y")
    return fig


def _edge(rows: pd.DataFrame) -> tuple[float, float]:
    """Axis ends: every interval is inside; a claim held in full may point beyond."""
    low, high = float(rows["low"].min()) / THOUSAND, float(rows["high"].max()) / THOUSAND
    told = rows["as_told"].dropna() / THOUSAND
    low = min(low, float(told.min()) if len(told) else 0.0)
    room = 0.06 * (high - low)
    return low - room, max(high, 0.0) + room


def _number(value: float, _: Any = None) -> str:
    return f"{value:,.0f}".replace("-", "−")
