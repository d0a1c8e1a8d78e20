"""Figures of stage `lifetime`: held-out tracking and calibration, cohorts, next order, value by tier."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.colors import LinearSegmentedColormap, to_rgba
from matplotlib.ticker import FixedLocator, FuncFormatter, MultipleLocator, NullLocator, PercentFormatter

from ecomplan.charts import style
from ecomplan.charts.style import C

#: column of the tracking table -> label, colour, dash
_CLOCKS = (
    ("calendar", "with the calendar alone", "plan", (0, (4, 2))),
    ("plain", "plain model", "third", (0, (1.5, 1.5))),
    ("calendar and pace", "calendar and pace", "forecast", "-"),
)


def tracking(weeks: pd.DataFrame, *, size: style.Size) -> Any:
    """Predicted less actual cumulative orders week by week, as a share of what came in the end; and both curves."""
    phone = size == "phone"
    fig, axes = style.canvas(size, 5.2 if phone else 4.6, "Orders since the cut, thousand", rows=2, columns=1,
                             sharex=True, height_ratios=(3, 2))
    top, below = axes
    x, actual = weeks["week"].to_numpy(), weeks["actual"].to_numpy()
    scale = 1000.0
    ends = []
    for column, name, role, dash in _CLOCKS:
        if column not in weeks:
            continue
        y = weeks[column].to_numpy()
        top.plot(x, y / scale, color=C[role], lw=style.LINE, ls=dash, zorder=4)
        below.plot(x, 100 * (y - actual) / actual[-1], color=C[role], lw=style.LINE, ls=dash, zorder=4)
        ends.append((100 * (y[-1] / actual[-1] - 1), f"{name} {_signed(100 * (y[-1] / actual[-1] - 1))}", role))
    top.plot(x, actual / scale, color=C["ink"], lw=style.HEAVY, zorder=5)
    middle = int(len(x) * 0.45)
    style.label(top, x[middle], actual[middle] / scale, "ordered", "ink", dx=8, dy=-10, weight="bold")
    top.set_ylim(0)
    below.axhline(0, color=C["ink"], lw=style.HEAVY, zorder=3)
    below.set_title("Predicted less ordered, % of the end", color=C["muted"], loc="left", x=0, pad=8)
    span = np.ptp([low for low, _, _ in ends] + [0.0]) or 1.0
    place = _apart([end for end, _, _ in ends], span * (0.24 if phone else 0.2))
    for (_, text, role), at in zip(ends, place, strict=True):
        style.label(below, x[-1], at, text.replace("with the ", "") if phone else text, role, dx=6, size=8)
    below.set_xlabel("weeks after the cut", loc="left")
    below.set_xlim(0, x[-1] * (1.62 if phone else 1.42 if size == "page" else 1.3))
    ticks = np.arange(0, x[-1] + 1, 4 if not phone else 8)
    below.set_xticks(ticks)
    return fig


def calibration(frequency: pd.DataFrame, decile: pd.DataFrame, *, size: style.Size) -> Any:
    """Orders per customer predicted (with 80 % range) and actual: by past repeat orders, by tenth of the prediction."""
    phone = size == "phone"
    fig, axes = style.canvas(size, 6.2 if phone else 3.5, "Orders each (log scale), by past repeats",
                             rows=2 if phone else 1, columns=1 if phone else 2)
    for ax, table, title in zip(axes.flat, (frequency, decile), ("", "By tenth of the prediction"),
                                strict=True):
        where = np.arange(len(table), dtype=float)
        predicted = table["predicted"].to_numpy()
        ax.vlines(where, table["low"], table["high"], color=C["forecast"], lw=6, alpha=0.35, zorder=3)
        ax.plot(where, predicted, "_", ms=9, color=C["forecast"], mew=1.8, zorder=4)
        ax.plot(where, table["actual"], "o", ms=5.5, color=C["ink"], mec=C["paper"], mew=0.6, zorder=6)
        names = [name.replace(" to ", "–").replace(" or more", "+") for name in table["group"]]
        ax.set_xticks(where, names)
        ax.set_xlim(-0.6, len(table) - 0.4)
        ax.set_yscale("log")
        ax.yaxis.set_major_locator(FixedLocator([0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50]))
        ax.yaxis.set_minor_locator(NullLocator())
        ax.yaxis.set_major_formatter(FuncFormatter(lambda y, _: f"{y:g}"))
        if title:
            ax.set_title(title, color=C["muted"], loc="left", x=0, pad=8)
    first = axes.flat[0]
    at = len(frequency) - 1
    more = bool(frequency["actual"].iloc[at] >= frequency["predicted"].iloc[at])
    style.label(first, at, frequency["actual"].iloc[at], "ordered", "ink", dx=-9, dy=5 if more else -9, ha="right")
    style.label(first, at, frequency["predicted"].iloc[at], "predicted", "forecast", dx=-9, dy=-9 if more else 5,
                ha="right")
    return fig


def cohorts(triangle: pd.DataFrame, *, size: style.Size) -> Any:
    """Retention triangle: share of each monthly cohort that orders in each later month."""
    phone = size == "phone"
    later = triangle[triangle["month_number"] > 0]
    grid = later.pivot(index="cohort", columns="month_number", values="active") * 100
    fig, ax = style.canvas(size, 5.6 if phone else 6.0 if size == "page" else 5.2,
                           "Ordered again in a later month, %")
    tint = LinearSegmentedColormap.from_list("again", [to_rgba(C["forecast"], 0.02), to_rgba(C["forecast"], 0.75)])
    top = float(np.nanmax(grid.to_numpy())) if grid.size else 1.0
    cells = np.ma.masked_invalid(grid.to_numpy())
    ax.pcolormesh(cells, cmap=tint, vmin=0, vmax=top, edgecolors=C["paper"], linewidth=0.6)
    ax.invert_yaxis()
    if size == "wide":
        for (row, column), share in np.ndenumerate(grid.to_numpy()):
            if np.isfinite(share):
                ax.text(column + 0.5, row + 0.5, f"{share:.0f}", ha="center", va="center", color=C["ink"], size=7)
    sizes = triangle[triangle["month_number"] == 0].set_index("cohort")["customers"]
    step = 3 if phone else 1 if size == "wide" else 2
    rows = range(0, len(grid.index), step)
    names = [f"{grid.index[row]:%Y-%m}  ({sizes[grid.index[row]]})" for row in rows]
    ax.set_yticks([row + 0.5 for row in rows], names, rotation=0)
    columns = range(0, len(grid.columns), 4 if phone else 2)
    ax.set_xticks([column + 0.5 for column in columns], [str(grid.columns[column]) for column in columns], rotation=0)
    ax.set_xlabel("months after the first order", loc="left")
    ax.set_ylabel("")
    ax.tick_params(size=0, labelcolor=C["ink"])
    ax.grid(False)
    for side in ax.spines.values():
        side.set_visible(False)
    if not phone and len(grid) > 8:
        ax.text(0.99, 0.05, "month of the first order (customers)\nstronger: more of them order again",
                transform=ax.transAxes, ha="right", va="bottom", color=C["muted"], size=8)
    return fig


def next_order(curves: pd.DataFrame, hazard: pd.DataFrame, *, size: style.Size) -> Any:
    """Share with the next order by day and by orders so far; chance of the second order week by week."""
    phone = size == "phone"
    fig, axes = style.canvas(size, 6.0 if phone else 3.6, "Share with the next order", rows=2 if phone else 1,
                             columns=1 if phone else 2)
    left, right = axes.flat
    shades = {"first order": 1.0, "2nd and 3rd": 0.78, "4th to 9th": 0.56, "10th on": 0.4}
    for name, curve in curves.groupby("so_far", sort=False):
        strong = name == "first order"
        role = "forecast" if strong else "ink"
        x, y = curve["day"].to_numpy(), curve["ordered"].to_numpy()
        left.fill_between(x, curve["low"], curve["high"], step="post", color=C[role], alpha=0.15, lw=0, zorder=2)
        left.step(x, y, where="post", color=C[role], lw=style.HEAVY if strong else style.LINE,
                  alpha=1 if strong else shades.get(str(name), 0.6), zorder=4)
    names = curves.groupby("so_far", sort=False).last()
    if len(names):
        place = _apart(list(names["ordered"]), 0.065)
        far = float(curves["day"].max())
        for name, at in zip(names.index, place, strict=True):
            style.label(left, far, at, f"after the {name}".replace("after the first order", "after the first"),
                        "forecast" if name == "first order" else "ink", dx=5, size=8)
        left.set_xlim(0, far * (1.62 if not phone else 1.5))
    left.set_ylim(0, 1.04)
    left.yaxis.set_major_formatter(PercentFormatter(1, decimals=0, symbol=" %"))
    left.xaxis.set_major_locator(MultipleLocator(90))
    left.set_xticks([0, 90, 180, 270, 360])
    left.set_xlabel("days since that order", loc="left")
    right.set_title("Second order in that week", color=C["muted"], loc="left", x=0, pad=8)
    if len(hazard):
        week = hazard["week"].to_numpy()
        right.fill_between(week, hazard["low"], hazard["high"], color=C["forecast"], alpha=style.BAND[80], lw=0)
        right.plot(week, hazard["hazard"], color=C["forecast"], lw=style.LINE, zorder=4)
    right.set_ylim(0)
    right.yaxis.set_major_formatter(PercentFormatter(1, decimals=0, symbol=" %"))
    right.set_xlabel("weeks since the first order", loc="left")
    return fig


def value_by_group(tiers: pd.DataFrame, currency: str, months: int, *, size: style.Size) -> Any:
    """Mean expected margin a customer over the horizon by tier, with 80 % range, and the tier's share of the whole."""
    sign = {"GBP": "£", "EUR": "€", "USD": "$", "CNY": "¥"}.get(currency, f"{currency} ")
    rows = len(tiers)
    phone = size == "phone"
    fig, ax = style.canvas(size, 0.9 + (0.62 if size != "page" else 0.8) * max(rows, 3),
                           f"Margin expected from a customer in {months} months, {sign.strip()}")
    where = np.arange(rows)[::-1].astype(float)
    ax.hlines(where, tiers["low"], tiers["high"], color=C["forecast"], lw=7, alpha=0.35, zorder=3)
    ax.plot(tiers["value"], where, "o", ms=6.5, color=C["forecast"], mec=C["paper"], mew=0.6, zorder=5)
    for row, y in zip(tiers.to_dict("records"), where, strict=True):
        people = f"{row['customers']:,}".replace(",", "\u202f")
        share = f"{100 * row['share']:.0f}\u202f% of the whole"
        text = f"{sign}{row['value']:,.0f}".replace(",", "\u202f")
        beside = row["value"] > 0.6 * tiers["high"].max()
        x = row["low"] if beside else row["high"]
        style.label(ax, x, y, f"{text}  ({people} customers, {share})" if not phone else f"{text}\n{share}", "ink",
                    dx=-8 if beside else 8, ha="right" if beside else "left", size=8)
    ax.set_yticks(where, list(tiers["group"]))
    ax.tick_params(axis="y", labelcolor=C["ink"])
    ax.set_ylim(-0.6, rows - 0.4)
    ax.set_xlim(0, float(tiers["high"].max()) * 1.04)
    ax.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:,.0f}".replace(",", "\u202f")))
    return fig


def _signed(number: float) -> str:
    return f"{number:+.1f}\u202f%".replace("-", "−")


def _apart(values: list[float], gap: float) -> list[float]:
    """Label heights in the order of the values, at least `gap` apart."""
    order = np.argsort(values)
    place = np.array(values, dtype=float)
    for before, after in pairwise(order):
        place[after] = max(place[after], place[before] + gap)
    return [float(at) for at in place]
