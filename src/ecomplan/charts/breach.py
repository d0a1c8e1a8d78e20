"""Figures of the chapter on data leaks: the network, what controls take away, the leak chance by what is known."""

from __future__ import annotations

import textwrap
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.collections import LineCollection
from matplotlib.patches import Rectangle
from matplotlib.ticker import FuncFormatter, MaxNLocator

from ecomplan.charts import style
from ecomplan.charts.style import C
from ecomplan.currency import sign

ACROSS = {"wide": 6, "page": 4, "phone": 3}  # boxes beside one another
BOX = (0.86, 0.62)  # of a cell
EDGE = {"control": "forecast", "cause": "axis", "event": "axis", "outcome": "ink"}


def network(nodes: pd.DataFrame, arcs: pd.DataFrame, *, size: style.Size) -> Any:
    """Every node as a box, causes above effects; filled as far as its chance once a leak is known."""
    at = _places(nodes, arcs, ACROSS[size])
    rows = 1 + max(row for _, row in at.values())
    height = 0.1 + 0.48 * rows / (0.8 if size == "page" else 1)
    fig, ax = style.canvas(size, height)
    ax.set_axis_off()
    ax.set_xlim(-0.5, ACROSS[size] - 0.5)
    ax.set_ylim(rows - 0.5, -0.5)
    ends = np.array([[(at[parent][0], at[parent][1] + BOX[1] / 2), (at[child][0], at[child][1] - BOX[1] / 2)]
                     for parent, child in zip(arcs["parent"], arcs["child"], strict=True)])
    ax.add_collection(LineCollection(list(ends), colors=C["axis"], linewidths=0.6, alpha=0.75, zorder=2))
    ax.scatter(ends[:, 1, 0], ends[:, 1, 1] - 0.05, s=9, marker="v", color=C["axis"], lw=0, zorder=3)
    small = {"wide": 7.5, "page": 7.0, "phone": 7.5}[size]
    for node in nodes.to_dict("records"):
        x, y = at[str(node["node"])]
        left, top = x - BOX[0] / 2, y - BOX[1] / 2
        heavy = 1.4 if node["role"] in ("control", "outcome") else 0.7
        ax.add_patch(Rectangle((left, top), *BOX, fc=C["paper"], ec=C[EDGE[str(node["role"])]], lw=heavy, zorder=4))
        ax.add_patch(Rectangle((left, top), BOX[0] * node["given_leak"], BOX[1], fc=C["plan"], alpha=0.35, lw=0,
                               zorder=5))
        now = left + BOX[0] * node["chance"]
        ax.plot([now, now], [top, top + BOX[1]], color=C["ink"], lw=1.1, zorder=6, solid_capstyle="butt")
        ax.text(x, y, "\n".join(textwrap.wrap(str(node["name"]), 19)), ha="center", va="center", size=small,
                color=C["ink"], zorder=8, linespacing=1.05)
    return fig


def controls(table: pd.DataFrame, currency: str, *, size: style.Size) -> Any:
    """Loss saved a year by each control (dot with 80 % range) beside its cost (diamond)."""
    phone = size == "phone"
    fig, ax = style.canvas(size, 0.9 + (0.42 if phone else 0.34) * len(table) * (1.25 if size == "page" else 1),
                           f"Loss saved and cost a year, {sign(currency).strip()} k")
    place = np.arange(len(table)) + (0.12 if phone else 0)
    ax.hlines(place, table["saved_low"] / 1e3, table["saved_high"] / 1e3, color=C["forecast"], lw=5, alpha=0.3,
              zorder=3)
    ax.plot(table["saved"] / 1e3, place, "o", ms=6, color=C["forecast"], zorder=4)
    ax.plot(table["cost"] / 1e3, place, "D", ms=6, color=C["paper"], mec=C["plan"], mew=1.5, zorder=5)
    _rows(ax, list(table["name"]), phone)
    ax.set_xlim(0, max(table["saved_high"].max(), table["cost"].max()) / 1e3 * 1.12)
    ax.xaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 2.5, 5, 10]))
    top = table.iloc[0]
    style.label(ax, top["saved_high"] / 1e3, place[0], "saved", "forecast", dx=5)
    style.label(ax, top["cost"] / 1e3, place[0], "cost", "plan", dx=7)
    return fig


def what_if(table: pd.DataFrame, *, size: style.Size) -> Any:
    """Chance of a leak within the year under each question, with its 80 % range."""
    phone = size == "phone"
    fig, ax = style.canvas(size, 0.9 + (0.42 if phone else 0.34) * len(table) * (1.25 if size == "page" else 1),
                           "Chance of a leak within the year")
    place = np.arange(len(table)) + (0.12 if phone else 0)
    ax.hlines(place, table["low"], table["high"], color=C["forecast"], lw=5, alpha=0.3, zorder=3)
    ax.plot(table["leak"], place, "o", ms=6, color=C["forecast"], zorder=4)
    _rows(ax, list(table["question"]), phone)
    ax.set_xlim(0, min(1.0, table["high"].max() * 1.2))
    ax.xaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 2.5, 5, 10]))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.0%}".replace("%", " %")))
    for row, (chance, high) in enumerate(zip(table["leak"], table["high"], strict=True)):
        style.label(ax, high, place[row], f"{chance:.1%}".replace("%", " %"), "ink", dx=6)
    return fig


def _rows(ax: Any, names: list[str], phone: bool) -> None:
    """Names of the rows: beside them, on a phone above them."""
    ax.set_yticks(np.arange(len(names)), [] if phone else names)
    ax.tick_params(axis="y", size=0, labelcolor=C["ink"])
    ax.grid(visible=False, axis="y")
    ax.set_ylim(len(names) - 0.4, -0.85)
    if phone:
        for place, name in enumerate(names):
            style.label(ax, 0, place - 0.32, name, "ink", dx=2, xycoords=("axes fraction", "data"))


def _places(nodes: pd.DataFrame, arcs: pd.DataFrame, across: int) -> dict[str, tuple[float, int]]:
    """(x, row) of each node: rows by the longest way from a root, cut where too long; in a row near the parents."""
    names = list(nodes["node"])
    parents: dict[str, list[str]] = {name: [] for name in names}
    children: dict[str, list[str]] = {name: [] for name in names}
    for parent, child in zip(arcs["parent"], arcs["child"], strict=True):
        parents[child].append(parent)
        children[parent].append(child)
    depth: dict[str, int] = {}
    for name in names:  # parents come first
        depth[name] = 1 + max((depth[parent] for parent in parents[name]), default=-1)
    for name in reversed(names):  # a root stands right above its first effect
        if not parents[name] and children[name]:
            depth[name] = min(depth[child] for child in children[name]) - 1
    at: dict[str, tuple[float, int]] = {}
    row = 0
    for level in sorted(set(depth.values())):
        layer = [name for name in names if depth[name] == level]
        layer.sort(key=lambda name: float(np.mean([at[p][0] for p in parents[name] if p in at] or [across / 2])))
        count = -(-len(layer) // across)
        for part in np.array_split(np.array(layer, dtype=object), count):
            for place, name in enumerate(part):
                at[str(name)] = ((place + 0.5) * across / len(part) - 0.5, row)
            row += 1
    return at
