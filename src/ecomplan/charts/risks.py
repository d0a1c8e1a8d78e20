"""Figures of stage `risks`: matrix with arrows, heat map by business line, best doses, stress cases."""

from __future__ import annotations

import calendar
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.collections import PolyCollection
from matplotlib.colors import to_rgba
from matplotlib.patches import FancyArrowPatch, Rectangle
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator

from ecomplan.charts import style
from ecomplan.charts.style import C
from ecomplan.currency import sign

STRENGTH = (0.03, 0.03, 0.11, 0.24, 0.36)  # of a field of the matrix, by the sum of its levels
NAMED = 16  # risks with a number in the matrix
CELL = np.array([[0, 0], [0.94, 0], [0.94, 0.92], [0, 0.92]])
HEAT = {"blue": ("forecast", 0.16), "yellow": ("plan", 0.38), "red": ("alarm", 0.72)}


def _percent(value: float, digits: int = 0) -> str:
    return f"{100 * value:.{digits}f} %".replace("-", "−")


def _short(amount: float, currency: str) -> str:
    """£1 m, £450 k, £800."""
    for size, letter in ((1e6, " m"), (1e3, " k")):
        if abs(amount) >= size:
            return f"{sign(currency)}{amount / size:g}{letter}"
    return f"{sign(currency)}{amount:g}"


def matrix(risks: pd.DataFrame, margin: float, chance_edges: tuple[float, float], impact_edges: tuple[float, float],
           currency: str, *, size: style.Size) -> Any:
    """Chance by impact in three levels; arrows lead to where the controls are believed to end, faint ones to where
    they are claimed to. The largest risks bear their number, the others are dots."""
    phone = size == "phone"
    fig, ax = style.canvas(size, 6.0 if size == "page" else 4.8, "Mean loss if it happens (log scale)")
    x, y = {}, {}
    for state in ("before", "after", "claimed"):
        x[state] = np.clip(risks[f"chance_{state}"].to_numpy(float), 1e-4, 1)
        y[state] = np.maximum(risks[f"impact_{state}"].to_numpy(float), 1.0)
    x0 = max(min(x["before"].min(), chance_edges[0]) / 1.7, 1e-4)
    y0 = min(y["before"].min(), impact_edges[0] * margin) / 1.9
    y1 = max(y["before"].max(), impact_edges[1] * margin) * 1.7
    xs, ys = [x0, *chance_edges, 1.0], [y0, *(edge * margin for edge in impact_edges), y1]
    for i in range(3):
        for j in range(3):
            ax.add_artist(Rectangle((xs[i], ys[j]), xs[i + 1] - xs[i], ys[j + 1] - ys[j], fc=C["plan"],
                                   alpha=STRENGTH[i + j], ec=C["paper"], lw=1.5, zorder=1))
    claimed = [np.stack([at["before"], at["claimed"], np.full(len(risks), np.nan)], axis=1).ravel() for at in (x, y)]
    ax.plot(*claimed, color=C["forecast"], lw=0.7, alpha=0.35, ls=":", zorder=3)
    moved = (x["after"] < 0.97 * x["before"]) | (y["after"] < 0.97 * y["before"])
    for k in np.flatnonzero(moved):
        arrow = FancyArrowPatch(
            (x["before"][k], y["before"][k]), (x["after"][k], y["after"][k]), arrowstyle="-|>", shrinkA=0, shrinkB=0,
            mutation_scale=5 if phone else 6.5, lw=1.1, color=C["forecast"], zorder=4,
        )
        arrow.set_in_layout(False)
        ax.add_artist(arrow)
    first = np.arange(len(risks)) < NAMED
    ax.plot(x["before"][~first], y["before"][~first], "o", ms=3.6, color=C["muted"], mec=C["paper"], mew=0.5, zorder=5)
    for k in np.flatnonzero(first)[::-1]:
        ax.plot(x["before"][k], y["before"][k], "o", ms=9.5 if phone else 12, color=C["ink"], mec=C["paper"], mew=0.8,
                zorder=6 + 0.01 * (NAMED - k))
        ax.text(x["before"][k], y["before"][k], str(risks["number"].iloc[k]), color=C["paper"], ha="center",
                va="center_baseline", size=6.2 if phone else 7.5, weight="bold", zorder=6.005 + 0.01 * (NAMED - k),
                in_layout=False)
    ax.set(xscale="log", yscale="log", xlim=(x0, 1.0), ylim=(y0, y1))
    ax.grid(False)
    ax.xaxis.set_major_locator(FixedLocator([tick for tick in (0.02, 0.05, 0.1, 0.2, 0.4, 1.0) if x0 <= tick <= 1]))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: _percent(value)))
    ax.yaxis.set_major_locator(FixedLocator([
        step * 10.0 ** power for power in range(12) for step in (1, 3) if y0 <= step * 10.0 ** power <= y1
    ]))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: _short(value, currency)))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.yaxis.set_minor_locator(NullLocator())
    ax.set_xlabel("chance of at least one event in the year (log scale)", loc="right")
    for edge, name in zip(xs[:3], ("chance: low", "medium", "high"), strict=True):
        style.label(ax, edge, 1, name, "muted", dx=4, dy=-8, xycoords=("data", "axes fraction"), in_layout=False)
    for edge, name in zip(ys[:3], ("impact: low", "medium", "high"), strict=True):
        style.label(ax, 0, edge, name, "muted", dx=4, dy=8, xycoords=("axes fraction", "data"), in_layout=False)
    return fig


def heat(cells: pd.DataFrame, *, size: style.Size) -> Any:
    """Expected loss over the margin of each business line and month, in the colours of its level."""
    phone = size == "phone"
    rows = cells[["family", "line"]].drop_duplicates()
    fig, ax = style.canvas(size, 0.8 + 0.3 * (len(rows) + 1) * (1.25 if size == "page" else 1),
                "Expected loss, % of the margin" if phone else "Expected loss, % of the margin of line and month")
    share = cells["share"].to_numpy().reshape(len(rows), -1)
    level = cells["level"].to_numpy().reshape(len(rows), -1)
    families = rows["family"].to_numpy()
    place = np.arange(len(rows)) + np.cumsum(np.concatenate([[0], families[1:] != families[:-1]])) * 0.5
    months = share.shape[1]
    for name, (role, alpha) in HEAT.items():
        at = np.argwhere(level == name)
        corner = np.stack([at[:, 1] - 0.47, place[at[:, 0]] - 0.46], axis=1)
        ax.add_collection(PolyCollection(
            corner[:, None, :] + CELL, facecolors=[to_rgba(C[role], alpha)], linewidths=0, zorder=2,
        ))
    for i, y in enumerate(place):
        for j in np.flatnonzero(level[i] != "blue"):
            ax.text(j, y, f"{100 * share[i, j]:.0f}", ha="center", va="center_baseline", color=C["ink"],
                    size=6.5 if phone else 8, weight="bold" if level[i, j] == "red" else "normal", zorder=4,
                    in_layout=False)
    ax.set_ylim(place[-1] + 0.55, -0.55)
    ax.set_xlim(-0.5, months - 0.5)
    names = rows["line"].to_list()
    if phone:
        names = [name if len(name) <= 15 else f"{name[:14]}…" for name in names]
    ax.set_yticks(place, names)
    named = [calendar.month_abbr[month] for month in pd.DatetimeIndex(cells["month"].iloc[:months]).month]
    ax.set_xticks(np.arange(months), [name[0] for name in named] if phone else named)
    ax.tick_params(size=0, labelcolor=C["ink"])
    ax.grid(False)
    for side in ("bottom", "left"):
        ax.spines[side].set_visible(False)
    return fig


def doses(curves: pd.DataFrame, best: pd.DataFrame, currency: str, *, size: style.Size) -> Any:
    """Net worth of a measure by its dose, as believed with its 80 % range and as told; the best dose is marked."""
    phone = size == "phone"
    names = list(dict.fromkeys(curves["measure"]))
    rows, columns = (len(names), 1) if phone else (1, len(names))
    fig, axes = style.canvas(size, 5.4 if phone else 3.0, "", rows=rows, columns=columns, sharex=True, squeeze=False)
    for ax, name in zip(axes.flat, names, strict=True):
        believed = curves[(curves["measure"] == name) & (curves["reading"] == "believed")]
        told = curves[(curves["measure"] == name) & (curves["reading"] == "told")]
        style.fan(ax, believed["dose"], {80: (believed["net_low"] / 1e3, believed["net_high"] / 1e3)},
                  believed["net"] / 1e3)
        ax.plot(told["dose"], told["net"] / 1e3, color=C["muted"], lw=style.LINE, ls=(0, (4, 2)), zorder=3)
        ax.axhline(0, color=C["axis"], lw=style.FINE, zorder=3)
        row = best[(best["measure"] == name) & (best["reading"] == "believed")].iloc[0]
        ax.plot(row["dose"], row["worth"] / 1e3, "D", ms=6.5, color=C["paper"], mec=C["plan"], mew=1.6, zorder=6)
        high = max(float(believed["net_high"].max()), float(told["net"].max()), row["worth"], 1.0) / 1e3
        low = min(float(believed["net_low"].min()) / 1e3, -0.4 * high)
        ax.set_ylim(low * 1.05, high * 1.3 + 0.05 * (high - low))
        ax.set_title(f"{name},\n{sign(currency)}k a year", color=C["muted"], loc="left", x=0, pad=6)
        ax.yaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 2.5, 5, 10]))
        ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.10g}".replace("-", "−")))
        ax.xaxis.set_major_locator(FixedLocator([0, 0.5, 1, 1.5]))
        ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    last = axes.flat[-1]
    last.set_xlabel("dose (1: as told)", loc="right")
    first = axes.flat[0]
    style.label(first, 0.02, 0.05, "as believed", "forecast", dx=0, dy=12, xycoords="axes fraction", weight="bold",
                in_layout=False)
    style.label(first, 0.02, 0.05, "as told", "muted", dx=0, dy=0, xycoords="axes fraction", in_layout=False)
    return fig


def stress(table: pd.DataFrame, *, size: style.Size) -> Any:
    """Change of the year's margin in each stress case with its 80 % range."""
    phone = size == "phone"
    frame = table.reset_index(drop=True)
    place = np.arange(len(frame), dtype=float) + (frame["group"] != frame["group"].iloc[0]).to_numpy() * 0.6
    fig, ax = style.canvas(size, (0.42 if phone else 0.27) * (len(frame) + 1) * (1.3 if size == "page" else 1) + 0.5,
                           "Change of the year's margin, % of it")
    value, low, high = (100 * frame[name] for name in ("margin", "margin_low", "margin_high"))
    ax.hlines(place, low, high, color=C["plan"], lw=5, alpha=0.35, zorder=3)
    ax.plot(value, place, "o", ms=6, color=C["plan"], mec=C["paper"], mew=0.8, zorder=4)
    ax.axvline(0, color=C["axis"], lw=style.FINE, zorder=2)
    left = float(low.min())
    ax.set_xlim(left * 1.1 if left < 0 else -1, max(float(high.max()) * 1.6, -0.14 * left, 1.0))
    for y, number, end in zip(place, value, high, strict=True):
        style.label(ax, max(float(end), 0.0), y, f"{number:+.1f}".replace("-", "−"), "ink", dx=5,
                    in_layout=False)
    ax.set_ylim(place[-1] + 0.6, -0.9)
    if phone:
        ax.set_yticks([])
        for y, name in zip(place, frame["name"], strict=True):
            style.label(ax, 0, y - 0.42, name, "ink", dx=2, xycoords=("axes fraction", "data"), size=8,
                        in_layout=False)
    else:
        ax.set_yticks(place, frame["name"])
        ax.tick_params(axis="y", size=0, labelcolor=C["ink"])
    ax.grid(visible=False, axis="y")
    ax.xaxis.set_major_formatter(FuncFormatter(lambda number, _: f"{number:g}".replace("-", "−")))
    return fig
