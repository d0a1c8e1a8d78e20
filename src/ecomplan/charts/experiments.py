"""Figures of stage `experiments`: what tests can see, what a gate lets through, what peeking and waiting cost."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.ticker import FixedLocator, FuncFormatter, MultipleLocator, NullLocator, PercentFormatter

from ecomplan.charts import style
from ecomplan.charts.style import C
from ecomplan.currency import sign

_LINES = {  # metric -> (name, role, width, dash)
    "conversion of visits": ("conversion", "forecast", style.HEAVY, "-"),
    "orders per known customer": ("orders per\ncustomer", "muted", style.LINE, "-"),
    "order value, capped": ("order value", "ink", style.LINE, "-"),
    "repeat rate": ("repeat rate", "third", style.LINE, (0, (3, 1.5))),
}


def detectable(table: pd.DataFrame, gate: float, *, size: style.Size) -> Any:
    """Smallest effect that a test finds, by its length in days; band: busy to quiet times."""
    fig, ax = style.canvas(size, 3.9 if size != "page" else 4.6, "Smallest gain found (log scale)")
    shown = [name for name in _LINES if (table["metric"] == name).any()]
    ends = {}
    for metric in shown:
        _, role, width, dash = _LINES[metric]
        part = table[table["metric"] == metric]
        if metric == shown[0]:
            ax.fill_between(part["days"], part["low"], part["high"], color=C[role], alpha=style.BAND[80], lw=0)
        ax.plot(part["days"], part["effect"], color=C[role], lw=width, ls=dash, zorder=4)
        ends[metric] = float(part["effect"].iloc[-1])
    used = table[table["metric"].isin(shown)]
    low, high = float(min(used["effect"].min(), gate)), float(used["effect"].max())
    ax.set(xscale="log", yscale="log")
    days = sorted(table["days"].unique())
    room = {"wide": 1.7, "page": 2.0, "phone": 3.2}[size]
    ax.set_xlim(days[0], days[-1] * room)
    ax.set_ylim(low / 1.25, high * 1.25)
    height = ax.get_window_extent().height / fig.dpi * 72 if size != "phone" else 210
    span = np.log(high * 1.25) - np.log(low / 1.25)
    spots = _apart([np.log(ends[metric]) for metric in shown], span * 22 / height)
    for metric, spot in zip(shown, spots, strict=True):
        name, role, _, _ = _LINES[metric]
        style.label(ax, days[-1], np.exp(spot), name, role, dx=6, weight="bold")
    ax.axhline(gate, color=C["plan"], lw=style.FINE, ls=(0, (4, 3)), zorder=3)
    style.label(ax, days[0], gate, "the gate", "plan", dx=4, dy=-7)
    ax.xaxis.set_major_locator(FixedLocator(days))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.0f}"))
    _percent_log(ax, low / 1.25, high * 1.25)
    ax.xaxis.set_minor_locator(NullLocator())
    ax.set_xlabel("days of testing (log scale)", loc="left" if size == "phone" else "right")
    return fig


def operating(curve: pd.DataFrame, gate: float, *, size: style.Size) -> Any:
    """Chance that a change passes, by its true gain, under three rules."""
    phone = size == "phone"
    fig, ax = style.canvas(size, 3.6 if size != "page" else 4.2, "Chance that the change passes")
    x = curve["true_gain"].to_numpy()
    lines = (("test", "test above zero", "forecast", style.LINE, "-"),
             ("gate", "above the gate", "plan", style.HEAVY, "-"),
             ("limit", "lower limit\nabove the gate", "ink", style.LINE, (0, (4, 1.5))))
    for column, _, role, width, dash in lines:
        ax.plot(x, curve[column], color=C[role], lw=width, ls=dash, zorder=4)
    first, second = sorted(lines[:2], key=lambda line: -float(curve[line[0]].iloc[len(x) // 2]))
    for (column, name, role, _, _), level, dx, ha in ((first, 0.78, -8, "right"), (second, 0.42, 8, "left"),
                                                      (lines[2], 0.22, 8, "left")):
        at = int(np.argmin(np.abs(curve[column].to_numpy() - level)))
        text = name.replace(" ", "\n", 1) if size != "wide" and "\n" not in name else name
        style.label(ax, x[at], curve[column].iloc[at], text, role, dx=dx, dy=4 if ha == "right" else -6, ha=ha,
                    weight="bold")
    ax.axvline(gate, color=C["axis"], lw=style.FINE, ls=(0, (4, 3)), zorder=3)
    ax.axvline(0, color=C["axis"], lw=style.FINE, zorder=3)
    ax.set(xlim=(x[0], x[-1]), ylim=(0, 1.03))
    ax.xaxis.set_major_locator(MultipleLocator(0.10 if phone else 0.05))
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value * 100:.0f} %".replace("-", "−")))
    ax.set_xlabel("true gain of the change", loc="right")
    return fig


def winners(table: pd.DataFrame, *, size: style.Size) -> Any:
    """Gain observed and gain that is true, of the measures that pass the gate, by length of test."""
    fig, ax = style.canvas(size, 3.4 if size != "page" else 4.0, "Mean gain of the measures that pass the gate")
    days = table["days"].to_numpy()
    ax.fill_between(days, table["true"], table["observed"], color=C["plan"], alpha=0.12, lw=0, zorder=2)
    ax.plot(days, table["observed"], color=C["muted"], lw=style.LINE, ls=(0, (5, 2)), marker="o", ms=4.5,
            mfc=C["paper"], zorder=4)
    ax.plot(days, table["true"], color=C["forecast"], lw=style.HEAVY, marker="o", ms=4.5, zorder=5)
    style.label(ax, days[0], table["observed"].iloc[0], "as observed", "muted", dx=12, dy=2, weight="bold")
    style.label(ax, days[0], table["true"].iloc[0], "as it is", "forecast", dx=4, dy=-12, weight="bold")
    middle = len(days) // 3
    between = (table["observed"].iloc[middle] + table["true"].iloc[middle]) / 2
    style.label(ax, days[middle], between, "luck", "plan", dx=0, ha="center")
    ax.set(xscale="log", xlim=(days[0] / 1.12, days[-1] * 1.12), ylim=(0, float(table["observed"].max()) * 1.12))
    ax.xaxis.set_major_locator(FixedLocator(list(days)))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.0f}"))
    ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0, symbol=" %"))
    ax.set_xlabel("days of testing (log scale)", loc="right")
    return fig


def peeking(frame: pd.DataFrame, alpha: float, *, size: style.Size) -> Any:
    """Chance of a false find by number of looks."""
    fig, ax = style.canvas(size, 3.2 if size != "page" else 3.8, "Chance of a false find")
    x = frame["looks"].to_numpy()
    ax.plot(x, frame["plain"], color=C["plan"], lw=style.HEAVY, zorder=5)
    ax.plot(x, frame["planned"], color=C["forecast"], lw=style.LINE, zorder=4)
    ax.plot(x, frame["always_valid"], color=C["ink"], lw=style.LINE, ls=(0, (4, 1.5)), zorder=4)
    at = int(np.argmin(np.abs(x - 9)))
    style.label(ax, x[at], frame["plain"].iloc[at], "plain test at\nevery look", "plan", dx=-8, dy=10, ha="right",
                weight="bold")
    style.label(ax, x[-1], alpha, "planned looks: as claimed", "forecast", dx=0, dy=8, ha="right", weight="bold")
    style.label(ax, x[0], frame["always_valid"].iloc[0], "always valid", "ink", dx=5, dy=8, weight="bold")
    ax.set(xscale="log", xlim=(1, x[-1]), ylim=(0, float(frame["plain"].max()) * 1.1))
    ax.xaxis.set_major_locator(FixedLocator([1, 2, 5, 10, 20, 56] if size != "wide" else list(x)))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.0f}"))
    ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0, symbol=" %"))
    ax.set_xlabel("looks at the test (log scale)", loc="right")
    return fig


def audit(table: pd.DataFrame, *, size: style.Size) -> Any:
    """Each test's simulated false-positive rate with its Monte Carlo interval, and what it claims (diamond)."""
    phone = size == "phone"
    rows = len(table)
    fig, ax = style.canvas(size, 0.8 + rows * (0.36 if phone else 0.25 if size == "wide" else 0.33),
                           "False-positive rate: claimed and found")
    where = np.arange(rows)[::-1].astype(float)
    ax.hlines(where, table["low"], table["high"], color=C["forecast"], lw=3.2, alpha=0.45, zorder=3)
    ax.plot(table["rate"], where, "o", ms=5, color=C["forecast"], mec=C["paper"], mew=0.6, zorder=6, ls="")
    ax.plot(table["claimed"], where, "D", ms=6.5, mfc="none", mec=C["plan"], mew=1.4, zorder=5, ls="")
    for y, name, verdict in zip(where, table["test"], table["verdict"], strict=True):
        color = "ink" if verdict == "PASS" else "alarm"
        text = name if verdict == "PASS" else f"{name} FAIL"
        if phone:
            style.label(ax, 0, y, text, color, dx=0, dy=9, size=7.5)
        else:
            ax.text(-0.012, y, text, color=C[color], ha="right", va="center", size=8,
                    transform=ax.get_yaxis_transform())
    ax.set_yticks([])
    ax.set_ylim(-0.7, rows - 0.2)
    ax.set_xlim(0, float(table[["high", "claimed"]].to_numpy().max()) * 1.06)
    ax.xaxis.set_major_locator(MultipleLocator(0.05))
    ax.xaxis.set_major_formatter(PercentFormatter(1, decimals=0, symbol=" %"))
    ax.spines["left"].set_visible(False)
    ax.grid(axis="y", visible=False)
    return fig


def waiting(table: pd.DataFrame, names: dict[str, str], currency: str, *, size: style.Size) -> Any:
    """Expected net gain of one measure by length of test and rule."""
    phone = size == "phone"
    fig, ax = style.canvas(size, 3.5 if size != "page" else 4.2,
                           f"Expected net gain of one measure tried, {sign(currency)}k")
    roles = (("forecast", style.HEAVY, "-"), ("ink", style.LINE, (0, (4, 1.5))), ("plan", style.LINE, "-"))
    days = sorted(table["days"].unique())
    ends = []
    for (rule, _), (role, width, dash) in zip(names.items(), roles, strict=True):
        part = table[table["rule"] == rule]
        ax.plot(part["days"], part["money"] / 1e3, color=C[role], lw=width, ls=dash, zorder=4)
        ends.append(float(part["money"].iloc[-1]) / 1e3)
    top = float(table.loc[table["rule"].isin(names), "money"].max()) / 1e3
    places = _apart(ends, top * (0.20 if phone else 0.10))
    for name, spot, (role, _, _) in zip(names.values(), places, roles, strict=True):
        style.label(ax, days[-1], spot, name.replace(" ", "\n", 1) if phone else name, role, dx=6, weight="bold")
    ax.set(xscale="log", xlim=(days[0], days[-1] * {"wide": 1.9, "page": 2.6, "phone": 3.2}[size]))
    ax.set_ylim(min(0.0, float(table.loc[table["rule"].isin(names), "money"].min()) / 1e3), top * 1.1)
    ax.xaxis.set_major_locator(FixedLocator([1, 3, 7, 14, 28, 84] if phone else [1, 2, 3, 5, 7, 14, 28, 56, 84]))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.0f}"))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.0f}".replace("-", "−")))
    ax.set_xlabel("days until the decision (log scale)", loc="left" if phone else "right")
    return fig


def _apart(values: list[float], gap: float) -> list[float]:
    """Places for labels near their values, at least `gap` apart, in the order of the values."""
    order = np.argsort(values)
    places = np.array(values, float)
    for _ in range(60):
        for lower, upper in pairwise(order):
            missing = gap - (places[upper] - places[lower])
            if missing > 0:
                places[lower] -= missing / 2
                places[upper] += missing / 2
    return [float(place) for place in places]


def _percent_log(ax: Any, low: float, high: float) -> None:
    ticks = [tick for tick in (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0) if low <= tick <= high]
    ax.yaxis.set_major_locator(FixedLocator(ticks))
    ax.yaxis.set_minor_locator(NullLocator())
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value * 100:.0f} %"))
