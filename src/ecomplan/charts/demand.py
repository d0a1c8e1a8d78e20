"""Figures of stage `demand`: errors by class, frontier of turns and stock-outs, cost, lead times, attributes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator, PercentFormatter

from ecomplan.charts import style
from ecomplan.charts.style import C

SHOWN = ("all", "smooth", "erratic", "intermittent", "lumpy")
LOOK: dict[str, tuple[str, Any]] = {
    "forecast": ("forecast", "-"), "last month": ("ink", "-"), "weeks of cover": ("muted", (0, (4, 2))),
}


def errors(accuracy: pd.DataFrame, chosen: str, naive: str, *, size: style.Size) -> Any:
    """Error of every method (small rings), of the naive (hollow) and of the one chosen (filled), by class."""
    if accuracy.empty:
        return nothing(size, "Too few weeks to test a forecast")
    rows = [name for name in SHOWN if (accuracy["class"] == name).any()]
    each = {"wide": 0.42, "phone": 0.5, "page": 0.58}[size]
    fig, ax = style.canvas(size, 0.9 + each * len(rows), "Error, in mean changes from week to week (smaller is better)"
                           if size != "phone" else "Error, in mean weekly changes")
    for where, name in enumerate(reversed(rows)):
        part = accuracy[accuracy["class"] == name].set_index("method")["mase"]
        others = part.drop([chosen, naive])
        ax.plot(others, np.full(len(others), float(where)), "o", ms=3.5, color=C["paper"], mec=C["axis"], mew=0.8,
                zorder=4)
        ax.hlines(where, part[naive], part[chosen], color=C["axis"], lw=1.1, zorder=3)
        ax.plot(part[naive], where, "o", ms=6.5, color=C["paper"], mec=C["ink"], mew=1.5, zorder=5)
        ax.plot(part[chosen], where, "o", ms=6.5, color=C["forecast"], mec=C["paper"], mew=0.6, zorder=6)
        if where == len(rows) - 1:
            left = part[chosen] <= part[naive]
            style.label(ax, part[chosen], where, "chosen", "forecast", dx=0, dy=10, ha="right" if left else "left",
                        weight="bold", size=8)
            style.label(ax, part[naive], where, naive, "ink", dx=0, dy=10, ha="left" if left else "right", size=8)
    count = accuracy.drop_duplicates("class").set_index("class")["products"]
    ax.set_yticks(range(len(rows)), [f"{name} ({count[name]})" for name in reversed(rows)])
    ax.tick_params(axis="y", labelcolor=C["ink"])
    ax.set_ylim(-0.6, len(rows) - 0.3)
    ax.set_xlim(left=0)
    ax.grid(False, axis="y")
    return fig


def frontier(table: pd.DataFrame, claimed: pd.DataFrame, setting: float, *, size: style.Size) -> Any:
    """Turns a year against pieces not served, by policy, with the documents' pairs and the policy's own point."""
    fig, ax = style.canvas(size, 4.2 if size == "page" else 3.5, "Turns of the stock a year")
    most = 0.16
    for name, (role, dash) in LOOK.items():
        x, y = _until(table[table["policy"] == name], most)
        ax.plot(x, y, color=C[role], lw=style.HEAVY if name == "forecast" else style.LINE,
                ls=dash, zorder=5 if name == "forecast" else 4)
    end = {name: float(_until(table[table["policy"] == name], most)[1][-1]) for name in LOOK}
    placed = sorted(end, key=lambda name: end[name])
    height = max(float(claimed["turns"].max()), max(end.values())) * 1.12
    at = -1.0
    for name in placed:
        at = max(end[name], at + height * 0.065)
        style.label(ax, most, at, name, LOOK[name][0], dx=5, size=8, weight="bold" if name == "forecast" else "normal")
    here = table[(table["policy"] == "forecast") & np.isclose(table["setting"], setting)]
    for row in here.to_dict("records"):
        ax.plot(row["short_share"], row["turns"], "o", ms=7, color=C["forecast"], mec=C["paper"], mew=0.8, zorder=7)
        style.label(ax, row["short_share"], row["turns"], f"aiming at {setting * 100:.0f} %", "forecast", dx=9, dy=-13,
                    size=8)
    for row in claimed.to_dict("records"):
        ax.plot(row["short_share"], row["turns"], "D", ms=6.5, color=C["paper"], mec=C["plan"], mew=1.6, zorder=6)
        style.label(ax, row["short_share"], row["turns"], str(row["name"]), "plan", dx=8, size=8)
    ax.set(xlim=(0, most), ylim=(0, height))
    ax.xaxis.set_major_formatter(PercentFormatter(1, decimals=0, symbol=" %"))
    ax.set_xlabel("pieces asked for and not served at once", loc="right")
    room = {"wide": 0.86, "phone": 0.74, "page": 0.80}[size]
    ax.set_xlim(0, most / room)
    ax.xaxis.set_major_locator(FixedLocator(list(np.arange(0, most + 0.001, 0.04))))
    return fig


def costs(table: pd.DataFrame, policy: str, currency: str, *, size: style.Size) -> Any:
    """What stock, orders and lost sales cost a year over the service level aimed at, stacked, and their least."""
    part = table[table["policy"] == policy].sort_values("setting")
    fig, ax = style.canvas(size, 3.8 if size == "page" else 3.2, f"{currency} thousand a year")
    where = np.arange(len(part), dtype=float)
    base = np.zeros(len(part))
    shades = (("ordering", "muted", 0.55), ("holding", "forecast", 0.45), ("lost_margin", "plan", 0.45))
    names = {"ordering": "orders", "holding": "stock", "lost_margin": "sales lost"}
    for column, role, alpha in shades:
        height = part[column].to_numpy() / 1000
        ax.bar(where, height, 0.74, bottom=base, color=C[role], alpha=alpha, lw=0, zorder=3)
        if column == "lost_margin":
            style.label(ax, where[0], base[0] + height[0], names[column], "plan", dx=-10, dy=8, size=8)
        else:
            style.label(ax, where[-1] + 0.42, base[-1] + height[-1] / 2, names[column], role, dx=4, size=8)
        base = base + height
    least = int(base.argmin())
    ax.plot(where[least], base[least], "v", ms=6, color=C["ink"], zorder=6)
    style.label(ax, where[least], base[least], "least", "ink", dx=0, dy=10, ha="center", size=8)
    every = 1 if size != "phone" else 2
    ax.xaxis.set_major_locator(FixedLocator(list(where[::every])))
    ax.xaxis.set_major_formatter(FuncFormatter(
        lambda value, _: f"{part['setting'].iloc[round(value)] * 100:.3g} %" if 0 <= round(value) < len(part) else ""))
    ax.set_xlim(-0.6, len(part) + (0.35 if size == "wide" else 0.7))
    ax.set_ylim(0, base.max() * 1.12)
    ax.set_xlabel("service level aimed at", loc="right")
    ax.grid(False, axis="x")
    return fig


def leads(variants: pd.DataFrame, claimed: pd.DataFrame, *, size: style.Size) -> Any:
    """Turns against pieces not served for lead times known for sure, with the documents' pairs."""
    fixed = variants[variants["lead_weeks"] >= 0]
    fig, ax = style.canvas(size, 4.2 if size == "page" else 3.5, "Turns of the stock a year (log scale)")
    most = 0.10
    ends = []
    for weeks, every in fixed.groupby("lead_weeks"):
        x, y = _until(every, most)
        ax.plot(x, y, color=C["forecast"], lw=style.LINE, zorder=4)
        ends.append((int(str(weeks)), float(x[-1]), float(y[-1])))
    for weeks, end, y in ends:
        name = f"{weeks} weeks" if weeks != 1 else "1 week"
        style.label(ax, end, y, name if weeks else "at once", "forecast", dx=6, size=8)
    for row in claimed.to_dict("records"):
        ax.plot(row["short_share"], row["turns"], "D", ms=6.5, color=C["paper"], mec=C["plan"], mew=1.6, zorder=6)
        style.label(ax, row["short_share"], row["turns"], str(row["name"]), "plan", dx=8, size=8,
                    bbox={"fc": C["paper"], "ec": "none", "pad": 0.8})
    ax.set_yscale("log")
    low, high = ax.get_ylim()
    ticks = [tick for tick in (0.5, 1, 2, 3, 5, 7, 10, 15, 20, 30, 50) if low <= tick <= high]
    ax.yaxis.set_major_locator(FixedLocator(ticks))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    ax.yaxis.set_minor_locator(NullLocator())
    room = {"wide": 0.88, "phone": 0.80, "page": 0.84}[size]
    ax.set_xlim(0, most / room)
    ax.xaxis.set_major_locator(FixedLocator([0, 0.02, 0.04, 0.06, 0.08, 0.10]))
    ax.xaxis.set_major_formatter(PercentFormatter(1, decimals=0, symbol=" %"))
    ax.set_xlabel("pieces asked for and not served at once", loc="right")
    return fig


def attributes(mix: pd.DataFrame, rows: int, *, size: style.Size) -> Any:
    """Attributes that moved most into the last quarter: share before (hollow), forecast (tick), seen (filled)."""
    if mix.empty:
        return nothing(size, "Descriptions show too few attributes")
    last = mix[(mix["quarter"] == mix["quarter"].max()) & (mix["forecast"] == mix["forecast"].iloc[-1])]
    last = last.assign(move=(last["seen"] - last["before"]).abs()).nlargest(rows, "move").sort_values("seen")
    each = {"wide": 0.27, "phone": 0.32, "page": 0.37}[size]
    fig, ax = style.canvas(size, 0.95 + each * len(last), "Share of all attributes on order lines, %")
    where = np.arange(len(last), dtype=float)
    seen, before, told = (last[name].to_numpy() * 100 for name in ("seen", "before", "told"))
    ax.hlines(where, before, seen, color=C["axis"], lw=1.0, zorder=3)
    ax.plot(before, where, "o", ms=5.5, color=C["paper"], mec=C["muted"], mew=1.4, zorder=5)
    ax.plot(seen, where, "o", ms=5.5, color=C["ink"], mec=C["paper"], mew=0.5, zorder=5)
    ax.plot(told, where, "|", ms=12, mew=2.2, color=C["forecast"], zorder=6)
    top = len(last) - 1
    right = seen[top] >= before[top]
    style.label(ax, seen[top], top, "seen", "ink", dx=6 if right else -6, ha="left" if right else "right", size=8)
    style.label(ax, before[top], top, "quarter before", "muted", dx=-4, dy=12, ha="left" if right else "right", size=8)
    style.label(ax, told[top], top, "forecast", "forecast", dx=0, dy=12, ha="center", size=8, weight="bold")
    ax.set_yticks(where, list(last["attribute"]))
    ax.tick_params(axis="y", labelcolor=C["ink"])
    ax.set_ylim(-0.6, len(last) - 0.1)
    ax.set_xlim(0, max(seen.max(), before.max(), told.max()) * (1.18 if size == "wide" else 1.28))
    ax.grid(False, axis="y")
    return fig


def _until(part: pd.DataFrame, most: float) -> tuple[Any, Any]:
    """Pieces not served and turns of a frontier up to `most`, the last point interpolated there."""
    part = part.sort_values("short_share")
    x, y = part["short_share"].to_numpy(), part["turns"].to_numpy()
    if x[-1] <= most or x[0] >= most:
        return x, y
    inside = x < most
    return np.append(x[inside], most), np.append(y[inside], np.interp(most, x, y))


def nothing(size: style.Size, reason: str) -> Any:
    """A quiet panel that says why there is nothing to draw."""
    fig, ax = style.canvas(size, 1.2)
    ax.set_axis_off()
    ax.text(0, 0.5, reason + ".", color=C["muted"], va="center", transform=ax.transAxes)
    return fig
