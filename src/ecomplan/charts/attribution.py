"""Figures of stage `attribution`: shares by method, disagreement, quality of channels."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.colors import LinearSegmentedColormap, to_rgba

from ecomplan.charts import style
from ecomplan.charts.style import C

#: most rows drawn; a table with more channels is cut at the largest
ROWS = 16


def credit(shares: pd.DataFrame, main: str, usual: str, other: str, *, size: style.Size) -> Any:
    """Each channel's share by three methods, over the range of all methods; the main one with its interval."""
    channels = list(dict.fromkeys(shares["channel"]))[:ROWS]
    wide = shares.pivot(index="channel", columns="method", values="share").loc[channels]
    at = shares.set_index(["method", "channel"])
    fig, ax = style.canvas(size, 1.15 + (0.36 if size == "page" else 0.3) * len(channels), "Share of all credit, %")
    y = np.arange(len(channels))[::-1].astype(float)
    ax.hlines(y, wide.min(axis=1) * 100, wide.max(axis=1) * 100, color=C["grid"], lw=5, zorder=2)
    ends = at.loc[main].loc[channels]
    ax.hlines(y, ends["low"] * 100, ends["high"] * 100, color=C["forecast"], lw=style.HEAVY, zorder=4)
    ax.plot(wide[usual] * 100, y, "o", ms=6, color=C["paper"], mec=C["muted"], mew=1.5, zorder=5)
    ax.plot(wide[other] * 100, y, "D", ms=4.6, color=C["paper"], mec=C["third"], mew=1.3, zorder=6)
    ax.plot(wide[main] * 100, y, "o", ms=6, color=C["forecast"], mec=C["paper"], mew=0.6, zorder=7)
    named = sorted([(float(wide[usual].iloc[0]), usual, "muted"), (float(wide[other].iloc[0]), other, "third"),
                    (float(wide[main].iloc[0]), main, "forecast")])
    for place, (x, text, role) in enumerate(named):
        style.label(ax, x * 100, y[0], text, role, dx=0, dy=11 + 12 * (place % 2),
                    ha=("right", "center", "left")[place], size=8, weight="bold" if role == "forecast" else "normal")
    ax.set_yticks(y, channels)
    ax.tick_params(axis="y", labelcolor=C["ink"])
    ax.set_ylim(-0.7, len(channels) + 0.35)
    ax.set_xlim(-0.4, float(wide.to_numpy().max()) * 100 * 1.09)
    ax.grid(True, axis="x")
    ax.grid(False, axis="y")
    return fig


def disagreement(shares: pd.DataFrame, *, size: style.Size) -> Any:
    """Heat map, channel by method: share in %, tinted by its distance from the mean of the methods."""
    import seaborn as sns

    channels = list(dict.fromkeys(shares["channel"]))[:ROWS]
    methods = list(dict.fromkeys(shares["method"]))
    grid = shares.pivot(index="channel", columns="method", values="share").loc[channels, methods] * 100
    away = grid.sub(grid.mean(axis=1), axis=0)
    reach = max(float(np.abs(away.to_numpy()).max()), 0.1)
    tint = LinearSegmentedColormap.from_list("away", [
        to_rgba(C["plan"], 0.6), to_rgba(C["plan"], 0.02), to_rgba(C["forecast"], 0.02), to_rgba(C["forecast"], 0.6),
    ])
    fig, ax = style.canvas(size, 0.9 + (0.35 if size == "page" else 0.27) * len(channels), "Share of all credit, %")
    phone = size == "phone"
    sns.heatmap(away, ax=ax, cmap=tint, vmin=-reach, vmax=reach, cbar=False, annot=grid.to_numpy(), fmt=".1f",
                annot_kws={"color": C["ink"], "size": 7 if phone else 8}, linewidths=1.0, linecolor=C["paper"])
    heads = [name.replace(" touch", "").replace("Decay by steps", "Decay").replace(" ", "\n") for name in methods]
    ax.set_xticks(np.arange(len(methods)) + 0.5, heads, rotation=0, fontsize=6.8 if phone else 8)
    ax.xaxis.tick_top()
    ax.set_yticks(np.arange(len(channels)) + 0.5, channels, rotation=0)
    ax.tick_params(size=0, labelcolor=C["ink"])
    ax.set(xlabel="", ylabel="")
    ax.grid(False)
    return fig


def quality(table: pd.DataFrame, *, size: style.Size) -> Any:
    """Value per journey through each channel over that of all journeys, with intervals."""
    shown = table.head(ROWS)
    fig, ax = style.canvas(size, 1.1 + (0.34 if size == "page" else 0.27) * max(len(shown), 3),
                           "Value per journey, all journeys = 1")
    y = np.arange(len(shown))[::-1].astype(float)
    ax.hlines(y, shown["low"], shown["high"], color=C["forecast"], alpha=0.45, lw=4, zorder=4)
    ax.plot(shown["index"], y, "o", ms=6, color=C["forecast"], mec=C["paper"], mew=0.6, zorder=6)
    for x, at, value in zip(shown["high"], y, shown["index"], strict=True):
        style.label(ax, x, at, f"{value:.2f}", "forecast", dx=7, size=8)
    ax.axvline(1, color=C["axis"], lw=style.FINE, ls=(0, (4, 3)), zorder=3)
    ax.set_yticks(y, list(shown["channel"]))
    ax.tick_params(axis="y", labelcolor=C["ink"])
    ax.set_ylim(-0.7, max(len(shown), 1) - 0.3)
    top = float(shown["high"].max()) if len(shown) else 1.0
    bottom = float(shown["low"].min()) if len(shown) else 1.0
    reach = max(top, 1) - min(bottom, 1) or 1
    ax.set_xlim(min(bottom, 1) - 0.06 * reach, max(top, 1) + (0.2 if size == "phone" else 0.12) * reach)
    ax.grid(True, axis="x")
    ax.grid(False, axis="y")
    return fig
