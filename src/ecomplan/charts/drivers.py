"""Figures of stage `drivers`: weights, season, cuts, new customers, cycles, monthly refresh."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib import dates as mdates
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator, PercentFormatter

from ecomplan.charts import style
from ecomplan.charts.style import C

LETTERS = "JFMAMJJASOND"
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
HALO = {"fc": C["paper"], "ec": "none", "pad": 0.6}


def weights(table: pd.DataFrame, *, size: style.Size) -> Any:
    """Each driver's weight in the documents (hollow diamond) and its share in the data with interval (dot)."""
    fig, ax = style.canvas(size, 2.7 if size != "page" else 3.2, "Share of what the drivers explain, %")
    rows = table.reset_index(drop=True)
    y = np.arange(len(rows))[::-1].astype(float)
    for at, row in zip(y, rows.to_dict("records"), strict=True):
        if not pd.isna(row["prior"]):
            ax.plot(row["prior"] * 100, at, "D", ms=8, color="none", mec=C["plan"], mew=1.5, zorder=7)
        if pd.isna(row["share"]):
            style.label(ax, row["prior"] * 100, at, "not known", "muted", dx=10, size=8)
            continue
        role = "forecast" if not pd.isna(row["prior"]) else "muted"
        ax.hlines(at, row["low"] * 100, row["high"] * 100, color=C[role], lw=style.HEAVY, alpha=0.7, zorder=4)
        ax.plot(row["share"] * 100, at, "o", ms=6, color=C[role], zorder=6)
    top = rows.iloc[0]
    if not pd.isna(top["share"]):
        style.label(ax, top["share"] * 100, y[0], "data", "forecast", dx=0, dy=12, ha="center", size=8, weight="bold")
    style.label(ax, top["prior"] * 100, y[0], "documents", "plan", dx=0, dy=13, ha="center", size=8)
    ax.set_yticks(y, list(rows["name"]))
    ax.tick_params(axis="y", labelcolor=C["ink"])
    ax.set_ylim(-0.6, len(rows) - 0.25)
    ax.set_xlim(0, max(80, float(table["high"].max()) * 110))
    ax.xaxis.set_major_locator(MaxNLocator(5 if size == "phone" else 9))
    ax.grid(True, axis="x")
    ax.grid(False, axis="y")
    return fig


def season(months: pd.DataFrame, weekdays: pd.DataFrame, *, size: style.Size) -> Any:
    """Sales of an open day by month and by weekday, as ratios to their geometric means."""
    phone = size == "phone"
    shape: dict[str, Any] = {"rows": 2} if phone else {"columns": 2, "width_ratios": [12, 7]}
    fig, axes = style.canvas(size, 4.3 if phone else 2.7 if size == "wide" else 3.2, **shape)
    parts = (
        (months, "month", [LETTERS[m - 1] for m in months["month"]], "Sales of an open day by month, mean = 1"),
        (weekdays, "weekday", [DAYS[d] for d in weekdays["weekday"]], "By weekday, mean = 1"),
    )
    for ax, (frame, _, names, title) in zip(axes.flat, parts, strict=True):
        x = np.arange(len(frame))
        ax.axhline(1, color=C["axis"], lw=style.FINE, ls=(0, (4, 3)), zorder=2)
        ax.vlines(x, frame["low"], frame["high"], color=C["forecast"], lw=style.HEAVY, alpha=0.7, zorder=4)
        ax.plot(x, frame["index"], "o", ms=4.5, color=C["forecast"], zorder=5)
        ax.set_xticks(x, names)
        ax.set_title(title, color=C["muted"], loc="left", x=0, pad=8)
        ax.set_xlim(-0.6, len(frame) - 0.4)
        ax.set_ylim(0, float(frame["high"].max()) * 1.1)
        ax.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5]))
    return fig


def cut(curve: pd.DataFrame, *, size: style.Size) -> Any:
    """Change of a product's orders in the weeks around a price cut, with its band; weeks before it are a placebo."""
    if curve.empty:
        return _nothing(size, "Too few price cuts to measure a response")
    fig, ax = style.canvas(size, 3.0 if size != "page" else 3.5, "Change of orders for the product, %")
    x = curve["week"].to_numpy()
    low, high, effect = (curve[name].to_numpy() * 100 for name in ("low", "high", "effect"))
    ax.axhline(0, color=C["axis"], lw=style.FINE, zorder=2)
    for part, role in ((x < 0, "muted"), (x >= 0, "forecast")):
        ax.vlines(x[part], low[part], high[part], color=C[role], lw=style.HEAVY, alpha=0.7, zorder=4)
        ax.plot(x[part], effect[part], "o", ms=5, color=C[role] if role == "forecast" else C["paper"], mec=C[role],
                mew=1.3, zorder=5)
    now = int(np.argmin(np.abs(x)))
    style.label(ax, 0, effect[now], "week of the cut", "forecast", dx=8, size=8, weight="bold")
    style.label(ax, x[0], max(high[x < 0].max(), 0), "before: placebo", "muted", dx=-3, dy=12, size=8)
    ax.set_xlabel("weeks from the cut", loc="right")
    ax.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=7 if size == "phone" else 13))
    ax.xaxis.set_major_formatter(FuncFormatter(_signed))
    ax.yaxis.set_major_formatter(FuncFormatter(_signed))
    ax.set_ylim(min(low.min() * 1.15, -2), max(high.max() * 1.12, 2))
    return fig


def newcomers(table: pd.DataFrame, *, size: style.Size) -> Any:
    """First orders by month: counted (line; hollow before the burn-in ends), Bass, logistic and straight line."""
    phone = size == "phone"
    fig, ax = style.canvas(size, 3.0 if size != "page" else 3.6, "Customers with their first order, a month")
    table = table.reset_index(drop=True)
    used = table["bass"].notna()
    month = table["month"]
    ax.plot(month, table["customers"], color=C["axis"], lw=style.FINE, zorder=3)
    ax.plot(month[~used], table["customers"][~used], "o", ms=4.5, color=C["paper"], mec=C["muted"], mew=1.2, zorder=4)
    ax.plot(month[used], table["customers"][used], color=C["ink"], lw=style.LINE, marker="o", ms=4, zorder=5)
    ax.plot(month[used], table["bass"][used].astype(float), color=C["forecast"], lw=style.HEAVY, zorder=6)
    ax.plot(month[used], table["logistic"][used].astype(float), color=C["third"], lw=style.LINE, ls=(0, (4, 2)),
            zorder=5)
    ax.plot(month[used], table["line"][used].astype(float), color=C["axis"], lw=style.LINE, ls=(0, (1, 2)), zorder=4)
    if (~used).any():
        style.label(ax, month[~used].iloc[0], table["customers"].iloc[0], "records begin:\nold ones look new", "muted",
                    dx=8, dy=-4, size=8, linespacing=1.3)
    at = int(np.flatnonzero(used)[0])
    bass = float(table["bass"][at])
    top = float(table["customers"].max())
    ax.annotate("Bass", (month[at], bass), (month[at], top * 0.62), color=C["forecast"], size=8, weight="bold",
                arrowprops={"arrowstyle": "-", "color": C["forecast"], "lw": style.FINE}, zorder=8)
    last = table.iloc[-1]
    ends = sorted([("logistic", float(last["logistic"]), "third"), ("straight line", float(last["line"]), "muted")],
                  key=lambda item: item[1])
    for nudge, (text, value, role) in zip((-7, 7), ends, strict=True):
        style.label(ax, last["month"], value, text, role, dx=7, dy=nudge, size=8)
    ax.xaxis.set_major_locator(mdates.YearLocator())
    ax.xaxis.set_major_formatter(mdates.DateFormatter("%Y"))
    ax.xaxis.set_minor_locator(mdates.MonthLocator((4, 7, 10)))
    ax.tick_params(axis="x", which="minor", size=2, width=0.5, color=C["axis"])
    span = last["month"] - month.iloc[0]
    ax.set_xlim(month.iloc[0] - span * 0.03, last["month"] + span * (0.30 if phone else 0.15))
    ax.set_ylim(0, top * 1.06)
    return fig


def cycles(table: pd.DataFrame, *, size: style.Size) -> Any:
    """Share of the variance of daily first orders by period, what red noise has on average, and the limit."""
    fig, ax = style.canvas(size, 3.0 if size != "page" else 3.5, "Share of variance")
    frame = table.sort_values("period_days")
    x = frame["period_days"].to_numpy()
    ax.vlines(x, 0, frame["power"], color=C["ink"], lw=0.9, zorder=4)
    ax.plot(x, frame["limit"], color=C["plan"], lw=style.LINE, zorder=5)
    ax.plot(x, frame["expected"], color=C["muted"], lw=style.LINE, ls=(0, (4, 2)), zorder=5)
    at = min(int(np.searchsorted(x, 14)), len(x) - 1)
    style.label(ax, x[at], frame["limit"].iloc[at], "limit over all periods", "plan", dx=-6, dy=14, ha="right", size=8)
    style.label(ax, x[at], frame["expected"].iloc[at], "red noise, mean", "muted", dx=-4, dy=9, ha="right", size=8,
                bbox=HALO)
    top = max(float(frame["limit"].max()), float(frame["power"].max()))
    ax.set_xscale("log")
    ticks = [t for t in (2, 3.5, 7, 14, 30, 60, 120) if x[0] * 0.99 <= t <= x[-1] * 1.01]
    ax.xaxis.set_major_locator(FixedLocator(ticks))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.xaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:g}"))
    ax.set_xlabel("period, days (log scale)", loc="right")
    ax.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5]))
    ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0, symbol=" %"))
    ax.set_xlim(x[0] * 0.97, x[-1] * 1.05)
    ax.set_ylim(0, top * 1.1)
    return fig


def refresh(log: pd.DataFrame, drift: pd.DataFrame, *, size: style.Size) -> Any:
    """Shares at each month's end with bands; below, the drift statistic as a part of its limit."""
    phone = size == "phone"
    fig, axes = style.canvas(size, 4.6 if phone else 4.1 if size == "wide" else 5.0, rows=2, sharex=True,
                             height_ratios=[3, 1])
    upper, lower = axes.flat
    names = list(dict.fromkeys(log["name"]))
    roles = dict(zip(names, ("forecast", "ink", "plan", "muted", "third"), strict=False))
    ends: list[list[Any]] = []
    for name in names:
        part = log[log["name"] == name].sort_values("month")
        role = roles[name]
        upper.fill_between(part["month"], part["low"] * 100, part["high"] * 100, color=C[role],
                           alpha=style.BAND[95], lw=0, zorder=2)
        upper.plot(part["month"], part["share"] * 100, color=C[role], lw=style.LINE, marker="o", ms=3.2, zorder=5,
                   ls=(0, (4, 2)) if role == "third" else "-")
        ends.append([float(part["share"].iloc[-1]) * 100, name, role, part["month"].iloc[-1]])
    top = float(log["high"].max()) * 108
    ends.sort(key=lambda item: item[0])
    below = -np.inf
    for value, name, role, month in ends:
        at = max(value, below + top * (0.062 if not phone else 0.055))
        style.label(upper, month, at, name, role, dx=7, size=8, weight="bold")
        below = at
    upper.set_ylim(0, top)
    upper.set_title("Share of what the drivers explain, %", color=C["muted"], loc="left", x=0, pad=8)
    part = (drift["statistic"] / drift["limit"]).to_numpy()
    alarm = drift["alarm"].to_numpy()
    lower.vlines(drift["month"], 0, part, color=C["forecast"], lw=1.3, zorder=3)
    lower.plot(drift["month"][~alarm], part[~alarm], "o", ms=4, color=C["forecast"], zorder=4)
    lower.plot(drift["month"][alarm], part[alarm], "s", ms=6, color=C["alarm"], zorder=5)
    lower.axhline(1, color=C["plan"], lw=style.FINE, ls=(0, (4, 3)), zorder=3)
    style.label(lower, drift["month"].iloc[-1], 1, "alarm", "plan", dx=7, dy=6, size=8)
    lower.set_title("Drift since the first month, its limit = 1", color=C["muted"], loc="left", x=0, pad=6)
    lower.set_ylim(0, max(1.25, float(part.max()) * 1.15))
    lower.yaxis.set_major_locator(MaxNLocator(2, integer=True))
    months = drift["month"].dt.to_pydatetime() if hasattr(drift["month"], "dt") else drift["month"]
    step = 2 if phone and len(drift) > 6 else 1
    lower.set_xticks(list(months)[::step], [f"{m:%b}" for m in months][::step])
    span = drift["month"].iloc[-1] - drift["month"].iloc[0]
    lower.set_xlim(drift["month"].iloc[0] - span * 0.04, drift["month"].iloc[-1] + span * (0.34 if phone else 0.17))
    return fig


def _nothing(size: style.Size, text: str) -> Any:
    fig, ax = style.canvas(size, 1.2)
    ax.set_axis_off()
    ax.text(0, 0.5, text, color=C["muted"], transform=ax.transAxes)
    return fig


def _signed(value: float, _: Any) -> str:
    return f"{value:+g}".replace("-", "−") if value else "0"
