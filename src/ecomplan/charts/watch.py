"""Figures of the chapter on early warning: a day as it runs, delay and false alarms, a drop taken apart, deviations."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.ticker import FuncFormatter, MaxNLocator, NullFormatter

from ecomplan.charts import style
from ecomplan.charts.style import C
from ecomplan.currency import sign


def _clock(value: float, _: Any = None) -> str:
    return f"{int(value) // 60}:{int(value) % 60:02d}"


def _nothing(size: style.Size, text: str) -> Any:
    """A figure that says why there is nothing to draw."""
    fig, ax = style.canvas(size, 1.0)
    ax.set_axis_off()
    ax.text(0, 0.5, text, color=C["muted"], transform=ax.transAxes, va="center")
    return fig


def day_as_it_runs(day: pd.DataFrame, warned_minute: float | None, limits: tuple[float, float], *,
                   size: style.Size) -> Any:
    """Orders so far against what was due, and below the chance that the day ends abnormal."""
    fig, (top, low) = style.canvas(size, 4.0, "Orders so far", rows=2, sharex=True,
                                   gridspec_kw={"height_ratios": [1.9, 1]})
    x = day["minute"].to_numpy()
    style.fan(top, x, {80: (day["low"], day["high"])}, day["expected"])
    top.step(x, day["orders"], where="post", color=C["ink"], lw=style.HEAVY, zorder=5)
    end = float(day["orders"].iloc[-1])
    ceiling = max(float(day["high"].max()), end) * 1.12
    for value, name in zip(limits, ("ends low below", "ends high above"), strict=True):
        if 0 < value < ceiling:
            top.axhline(value, color=C["axis"], lw=style.FINE, ls=(0, (4, 3)), zorder=3)
            style.label(top, 0, value, name, "muted", dx=3, dy=-7, xycoords=top.get_yaxis_transform())
    top.set_ylim(0, ceiling)
    at = int(len(x) * 0.68)
    above = end > float(day["expected"].iloc[-1])
    style.label(top, x[at], float(day["orders"].iloc[at]), "seen", "ink", dx=0, dy=12 if above else -9, ha="center",
                weight="bold")
    style.label(top, x[at], float(day["expected"].iloc[at]), "expected", "forecast", dx=-2,
                dy=-11 if above else 9, ha="left" if above else "right")
    low.plot(x, 100 * day["chance"], color=C["ink"], lw=style.LINE, zorder=4)
    limit = 100 * float(day["limit"].iloc[0])
    low.axhline(limit, color=C["alarm"], lw=style.FINE, ls=(0, (4, 3)), zorder=3)
    style.label(low, 0, limit, "warning", "alarm", dx=3, dy=-8, xycoords=low.get_yaxis_transform())
    if warned_minute is not None:
        for ax in (top, low):
            ax.axvline(warned_minute, color=C["alarm"], lw=style.FINE, zorder=3)
        style.label(top, warned_minute, 1, f"warned {_clock(warned_minute)}", "alarm", dx=0, dy=7,
                    ha="center", xycoords=top.get_xaxis_transform(), weight="bold")
    low.set_ylim(0, 108)
    low.set_title("Chance of an abnormal end, %", color=C["muted"], loc="left", x=0, pad=6)
    low.set_yticks([0, 50, 100])
    low.set_xlim(x[0], x[-1])
    low.set_xticks([minute for minute in range(0, 1441, 180) if x[0] <= minute <= x[-1]])
    low.xaxis.set_major_formatter(FuncFormatter(_clock))
    return fig


def delay(delays: pd.DataFrame, accepted: float, *, size: style.Size) -> Any:
    """Median days until a shift is seen, over the false alarms accepted, for each way of looking."""
    fig, ax = style.canvas(size, 3.9 if size == "page" else 3.3, "Median days until a lasting shift is seen")
    looks = {"Weekly review": ("muted", (0, (5, 2))), "Each day by itself": ("axis", (0, (1, 1.5))),
             "EWMA": ("third", (0, (5, 1, 1, 1))), "CUSUM": ("forecast", "-")}
    spaced: list[float] = []
    top = float(delays["delay_days"].clip(upper=30).max())
    ends = delays.groupby("method", sort=False)["delay_days"].last().sort_values()
    for name in ends.index:
        part = delays[delays["method"] == name]
        color, dash = looks[str(name)]
        ax.plot(part["false_a_month"], part["delay_days"].clip(upper=30), color=C[color], ls=dash, lw=style.HEAVY,
                marker="o", ms=3.5, zorder=4)
        at = float(ends[name])
        at = max(at, spaced[-1] + (0.095 if size == "page" else 0.075) * top) if spaced else at
        spaced.append(at)
        style.label(ax, part["false_a_month"].iloc[-1], at, str(name), "muted" if color == "axis" else color, dx=8)
    ax.set_xscale("log")
    ax.set_xticks(delays["false_a_month"].unique(), [f"{one:g}" for one in delays["false_a_month"].unique()])
    ax.xaxis.set_minor_formatter(NullFormatter())
    ax.minorticks_off()
    ax.set_ylim(0, top * 1.06)
    ax.set_xlim(float(delays["false_a_month"].min()) * 0.85,
                float(delays["false_a_month"].max()) * (2.6 if size == "wide" else 5.5 if size == "page" else 9))
    if delays["false_a_month"].min() <= accepted <= delays["false_a_month"].max():
        style.rule(ax, x=accepted, text="accepted", color="plan")
    ax.set_xlabel("false alarms a month", loc="right")
    return fig


def waterfall(leaves: pd.DataFrame, currency: str, *, size: style.Size) -> Any:
    """How one month's net sales moved from those of another: the fewest cells that explain it, the rest, the sum."""
    if not len(leaves):
        return _nothing(size, "No month has the same month of the year before.")
    phone = size == "phone"
    base = float(leaves["end"].iloc[0])
    steps = leaves.iloc[1:].reset_index(drop=True)
    total = (steps["kind"] == "total").to_numpy()
    start = np.where(total, 0.0, steps["start"] - base) / 1e3
    end = (steps["end"].to_numpy() - base) / 1e3
    room = 0.46 if phone else 0.34
    fig, ax = style.canvas(size, 0.8 + room * len(steps) * (1.3 if size == "page" else 1),
                           f"Change of net sales, {sign(currency).strip()} k")
    place = np.arange(len(steps)) + (0.14 if phone else 0)
    colors = [C["ink"] if one else C["axis"] if kind == "rest" else C["plan"] if b < a else C["forecast"]
              for one, kind, a, b in zip(total, steps["kind"], start, end, strict=True)]
    ax.barh(place, end - start, left=start, height=0.44 if phone else 0.6, color=colors, zorder=3)
    for row in range(0 if phone else len(steps) - 1):  # on a phone the names stand where these lines would
        ax.plot([end[row], end[row]], [place[row], place[row + 1]], color=C["axis"], lw=style.FINE, zorder=2)
    for row, (a, b) in enumerate(zip(start, end, strict=True)):
        text = f"{b - a:+,.0f}".replace("-", "−")
        style.label(ax, max(a, b), place[row], text, "ink" if total[row] else "muted", dx=5,
                    weight="bold" if total[row] else "normal")
    names = [f"{leaves['name'].iloc[0]} to {name}" if one else str(name)
             for name, one in zip(steps["name"], total, strict=True)]
    ax.set_yticks(np.arange(len(names)), [] if phone else names)
    ax.tick_params(axis="y", size=0, labelcolor=C["ink"])
    ax.grid(visible=False, axis="y")
    ax.axvline(0, color=C["axis"], lw=style.FINE, zorder=2)
    ax.set_ylim(len(names) - 0.4, -0.75 if phone else -0.6)
    if phone:
        for row, name in enumerate(names):
            style.label(ax, 0, row - 0.33, name, "ink", dx=2, xycoords=("axes fraction", "data"))
    low, high = min(float(np.min([start, end])), 0.0), max(float(np.max([start, end])), 0.0)
    span = max(high - low, 1e-6)
    ax.set_xlim(low - 0.04 * span, high + (0.14 if size == "wide" else 0.22) * span)
    ax.xaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 2.5, 5, 10]))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.10g}".replace("-", "−")))
    return fig


def deviations(months: pd.DataFrame, *, size: style.Size) -> Any:
    """Calendar of deviations: month by series, the deviation in words of its level."""
    if not len(months):
        return _nothing(size, "The forecast was tried on no month.")
    series = list(dict.fromkeys(months["series"]))
    dates = sorted(months["month"].unique())
    phone = size == "phone"
    down = phone or size == "page"
    fig, ax = style.canvas(size, 0.9 + (0.27 if down else 0.42) * (len(dates) if down else len(series)) *
                           (1.3 if size == "page" else 1), "Actual against forecast a month ahead, %")
    shade = {0: ("grid", 1.0, "muted"), 1: ("forecast", 0.35, "ink"), 2: ("plan", 0.45, "ink"),
             3: ("alarm", 1.0, "paper")}
    for row in months.itertuples(index=False):
        at, line = dates.index(row.month), series.index(row.series)
        x, y = (line, at) if down else (at, line)
        color, alpha, text = shade[int(str(row.level))]
        ax.barh(y, 0.92, left=x - 0.46, height=0.86, color=C[color], alpha=alpha, lw=0, zorder=2)
        told = f"{100 * float(str(row.deviation)):+.0f}".replace("-", "−")
        ax.text(x, y, told, ha="center", va="center", color=C[text], zorder=4,
                weight="bold" if int(str(row.level)) == 3 else "normal")
    names = [pd.Timestamp(one).strftime("%b %Y" if down else "%b") for one in dates]
    if down:
        ax.set_xticks(range(len(series)), series)
        ax.set_yticks(range(len(dates)), names)
    else:
        ax.set_xticks(range(len(dates)), names)
        ax.set_yticks(range(len(series)), series)
    across, along = (len(series), len(dates)) if down else (len(dates), len(series))
    ax.set_xlim(-0.5, across - 0.5)
    ax.set_ylim(along - 0.5, -0.5)
    ax.tick_params(size=0, labelcolor=C["ink"])
    ax.grid(visible=False)
    for side in ax.spines.values():
        side.set_visible(False)
    return fig
