"""Figures of the monitoring chapter: alarm calendar, what is found, control chart of returns, what a tier gains."""

from __future__ import annotations

from typing import Any

import matplotlib.dates as dates
import numpy as np
import pandas as pd
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator

from ecomplan.charts import style
from ecomplan.charts.style import C
from ecomplan.currency import sign

LEVELS = {"blue": ("forecast", "o", 5.0), "yellow": ("plan", "s", 5.5), "red": ("alarm", "D", 6.0)}


def have(table: pd.DataFrame) -> bool:
    """Whether a table holds anything to draw."""
    return len(table) > 0


def _names(ax: Any, names: list[str], phone: bool) -> None:
    """Names of the rows: beside them, on a phone above them."""
    ax.set_yticks(np.arange(len(names)), [] if phone else names)
    ax.tick_params(axis="y", size=0, labelcolor=C["ink"])
    ax.grid(visible=False, axis="y")
    ax.set_ylim(len(names) - 0.4, -0.9 if phone else -0.6)
    if phone:
        for place, name in enumerate(names):
            style.label(ax, 0, place - 0.4, name, "ink", dx=2, xycoords=("axes fraction", "data"))


def _quarters(ax: Any) -> None:
    ax.xaxis.set_major_locator(dates.MonthLocator(bymonth=(1, 4, 7, 10)))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda x, _: _month(dates.num2date(x))))


def _month(day: Any) -> str:
    return f"{day:%b}\n{day:%Y}" if day.month == 1 else f"{day:%b}"


def calendar(alerts: pd.DataFrame, rules: pd.DataFrame, checked_from: pd.Timestamp, *, size: style.Size) -> Any:
    """Each alarm at its time by rule; colour and shape by level. The months on which limits were set are shaded."""
    phone = size == "phone"
    shown = rules[rules["state"] == "watched"].reset_index(drop=True)
    fig, ax = style.canvas(size, 1.0 + (0.4 if phone else 0.27) * len(shown) * (1.2 if size == "page" else 1))
    place = dict(zip(shown["rule"], range(len(shown)), strict=True))
    rows = alerts["rule"].map(place).to_numpy(np.float64) + (0.12 if phone else 0)
    for row in range(len(shown)):
        ax.axhline(row + (0.12 if phone else 0), color=C["grid"], lw=style.FINE, zorder=1)
    times = dates.date2num(alerts["time"].to_numpy())
    for level, (color, marker, width) in LEVELS.items():
        at = (alerts["level"] == level).to_numpy()
        ax.plot(times[at], rows[at], marker, ms=width, color=C[color], mec=C["paper"], mew=0.6, zorder=5)
    edge = float(dates.date2num(checked_from))
    left = min(float(times.min(initial=edge - 300)), edge - 60) - 15
    ax.axvspan(left, edge, color=C["grid"], alpha=0.5, lw=0, zorder=0)
    ax.set_xlim(left, max(float(times.max(initial=edge + 30)), edge + 60) + 15)
    _quarters(ax)
    _names(ax, list(shown["name"]), phone)
    above = ("data", "axes fraction")
    style.label(ax, left, 1.0, "limits set", "muted", dx=0, dy=3, va="bottom", xycoords=above)
    style.label(ax, edge, 1.0, "limits checked", "muted", dx=0, dy=3, va="bottom", xycoords=above)
    for text, color, ahead in (("● blue", "forecast", 0), ("■ yellow", "plan", 42), ("◆ red", "alarm", 96)):
        style.label(ax, left, 1.0, text, color, dx=ahead, dy=17, va="bottom", xycoords=above)
    return fig


def found(recall: pd.DataFrame, goal: float, *, size: style.Size) -> Any:
    """Share of planted incidents found, by kind, with interval; how soon, and from which size on."""
    phone = size == "phone"
    shown = recall[recall["incidents"] > 0].reset_index(drop=True)
    fig, ax = style.canvas(size, 0.9 + (0.5 if phone else 0.4) * len(shown) * (1.2 if size == "page" else 1),
                           "Planted incidents found, %")
    place = np.arange(len(shown)) + (0.12 if phone else 0)
    ax.hlines(place, 100 * shown["low"], 100 * shown["high"], color=C["forecast"], lw=5, alpha=0.3, zorder=3)
    ax.plot(100 * shown["recall"], place, "o", ms=7, color=C["forecast"], zorder=5)
    ax.set_xlim(0, 101)
    _names(ax, list(shown["name"]), phone)
    ax.xaxis.set_major_locator(FixedLocator([0, 25, 50, 75, 100]))
    ax.axvline(100 * goal, color=C["plan"], lw=style.FINE, ls=(0, (4, 3)), zorder=2)
    style.label(ax, 100 * goal, 1, "goal", "plan", dx=0, dy=7, ha="center", xycoords=ax.get_xaxis_transform())
    for hours, y in zip(shown["delay_hours"].to_numpy(np.float64), place, strict=True):
        if np.isfinite(hours):
            soon = f"{hours:.0f} h" if hours >= 1.5 else f"{60 * hours:.0f} min"
            style.label(ax, 0, y, f"first alarm after {soon}", "muted", dx=4)
    return fig


def returns(chart: pd.DataFrame, *, size: style.Size) -> Any:
    """Returned share of lines a week, all products, with centre line and upper limit from the weeks before."""
    fig, ax = style.canvas(size, 3.0, "Returned share of order lines a week, %")
    whole = chart[chart["band"] == "All products"].sort_values("week")
    week, rate = whole["week"], 100 * whole["rate"]
    ax.fill_between(week, 100 * whole["centre"], 100 * whole["upper"], color=C["forecast"], alpha=0.12, lw=0, zorder=1)
    ax.plot(week, 100 * whole["centre"], color=C["axis"], lw=style.LINE, ls=(0, (4, 2)), zorder=3)
    ax.plot(week, 100 * whole["upper"], color=C["plan"], lw=style.LINE, zorder=3)
    ax.plot(week, rate, color=C["ink"], lw=style.LINE, zorder=4)
    alarms = chart[chart["alarm"]]
    any_band = whole[whole["week"].isin(alarms["week"])]
    ax.plot(any_band["week"], 100 * any_band["rate"], "s", ms=6.5, color=C["plan"], mec=C["paper"], mew=0.8, zorder=6)
    ax.set_ylim(0, 1.2 * float(max(rate.max(), 100 * whole["upper"].max())))
    ax.set_xlim(week.iloc[0], week.iloc[-1])
    _quarters(ax)
    ax.yaxis.set_major_locator(MaxNLocator(5))
    last = whole.iloc[-1]
    at = whole.iloc[len(whole) // 4]
    style.label(ax, at["week"], 100 * at["upper"], "upper limit", "plan", dx=0, dy=9)
    style.label(ax, last["week"], 100 * last["centre"], "past mean", "muted", dx=-3, dy=-17, ha="right")
    return fig


def tiers(policy: pd.DataFrame, in_use: float, told: float, currency: str, *, size: style.Size) -> Any:
    """Net gain a month of each tier over the good orders that its limits flag a month."""
    fig, ax = style.canvas(size, 3.3, f"Net gain a month, {sign(currency).strip()} k")
    looks = {"block": ("plan", (0, ())), "review": ("forecast", (0, ())), "close": ("alarm", (0, (4, 2))),
             "colour": ("third", (0, (1, 1)))}
    words = {"block": "block", "review": "review", "close": "block and\nclose sign-up", "colour": "by colour"}
    ends = []
    for tier, (color, dash) in looks.items():
        part = policy[policy["tier"] == tier]
        x, gain = np.maximum(part["flagged_a_month"].to_numpy(), 0.05), part["net"].to_numpy() / 1e3
        ax.plot(x, gain, color=C[color], lw=style.HEAVY, ls=dash, marker="o", ms=3.5, zorder=4)
        ends.append((float(gain[-1]), tier, float(x[-1])))
        if tier == "review":
            ax.fill_between(x, part["low"] / 1e3, part["high"] / 1e3, color=C[color], alpha=0.12, lw=0, zorder=1)
    low, high = ax.get_ylim()
    gap = 0.09 * (high - low)
    at = np.inf
    for y, tier, x in sorted(ends, reverse=True):
        at = min(y, at - (1.7 * gap if tier == "close" else gap))
        style.label(ax, x, at, words[tier], looks[tier][0], dx=7)
    ax.set_xscale("log")
    left, right = ax.get_xlim()
    ax.set_xlim(left, right * (right / left) ** (0.34 if size == "phone" else 0.2))
    ax.axhline(0, color=C["axis"], lw=style.FINE, zorder=2)
    style.rule(ax, x=in_use, text="limits in use")
    if np.isfinite(told) and left < told < right:
        style.rule(ax, x=told, text="")
        style.label(ax, told, 0, "told rule", "muted", dx=-4, dy=9, ha="right", xycoords=ax.get_xaxis_transform())
    ticks = [tick for tick in (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100) if left <= tick <= right]
    ax.xaxis.set_major_locator(FixedLocator(ticks))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:g}"))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda y, _: f"{y:,.10g}".replace("-", "−")))
    ax.set_xlabel("good orders flagged a month", loc="right")
    return fig
