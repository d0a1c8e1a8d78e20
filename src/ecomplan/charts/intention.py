"""Figures of stage `intention`: paths against their truth, conversion by anxiety."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from ecomplan.charts import style
from ecomplan.charts.style import C


def paths(table: pd.DataFrame, full: str, plain: str, *, size: style.Size) -> Any:
    """Each path: estimate with interval (filled), with anxiety left out (hollow), truth (diamond)."""
    names = list(dict.fromkeys(table["name"]))
    y = dict(zip(names, np.arange(len(names))[::-1].astype(float), strict=True))
    fig, ax = style.canvas(size, 1.3 + (0.46 if size == "page" else 0.36) * len(names), "Effect, standard deviations")
    for model, offset, role, face in ((full, 0.13, "forecast", "forecast"), (plain, -0.17, "muted", "paper")):
        part = table[table["model"] == model]
        at = part["name"].map(y).to_numpy() + offset
        ax.hlines(at, part["low"], part["high"], color=C[role], lw=style.HEAVY, alpha=0.7, zorder=4)
        ax.plot(part["estimate"], at, "o", ms=5.5, color=C[face], mec=C[role], mew=1.3, zorder=6)
    known = table[table["model"] == full]
    at = known["name"].map(y).to_numpy() + 0.13
    ax.plot(known["truth"], at, "D", ms=8, color="none", mec=C["plan"], mew=1.5, zorder=7)
    top = known.iloc[0]
    style.label(ax, top["high"], at[0], "estimate", "forecast", dx=7, size=8, weight="bold")
    style.label(ax, top["truth"], at[0], "truth", "plan", dx=0, dy=13, ha="center", size=8)
    other = table[(table["model"] == plain) & (table["name"] == top["name"])].iloc[0]
    style.label(ax, other["high"], at[0] - 0.30, "anxiety left out", "muted", dx=7, size=8)
    ax.axvline(0, color=C["axis"], lw=style.FINE, ls=(0, (4, 3)), zorder=3)
    ax.set_yticks(list(y.values()), names)
    ax.tick_params(axis="y", labelcolor=C["ink"])
    ax.set_ylim(-0.6, len(names) - 0.15)
    low, high = float(table["low"].min()), float(table["high"].max())
    ax.set_xlim(min(low, 0) - 0.05, max(high, 0) + {"phone": 0.5, "page": 0.22, "wide": 0.14}[size] * (high - low))
    ax.grid(True, axis="x")
    ax.grid(False, axis="y")
    return fig


def sensitivity(curve: pd.DataFrame, start: float, target: float, *, size: style.Size) -> Any:
    """Conversion by anxiety, before returns with its band and after them (dashed), with start and target."""
    fig, ax = style.canvas(size, 3.9 if size == "page" else 3.3, "Conversion, %")
    x = curve["shift"].to_numpy()
    style.fan(ax, x, {80: (curve["low"] * 100, curve["high"] * 100)}, curve["before"] * 100)
    ax.plot(x, curve["kept"] * 100, color=C["ink"], lw=style.LINE, ls=(0, (5, 2)), zorder=5)
    ax.plot(0, start * 100, "o", ms=6, color=C["paper"], mec=C["muted"], mew=1.5, zorder=7)
    style.label(ax, 0, start * 100, "start", "muted", dx=4, dy=11, size=8)
    style.rule(ax, y=target * 100, text="target", color="plan")
    at = int(len(x) * 0.12)
    style.label(ax, x[at], curve["high"].iloc[at] * 100, "on paper", "forecast", dx=3, dy=9, size=8, weight="bold")
    style.label(ax, x[at], curve["kept"].iloc[at] * 100, "kept after returns", "ink", dx=-8, dy=-42, size=8)
    ax.set_xlim(x[0], x[-1])
    ax.set_ylim(0, max(float(curve["high"].max()), target) * 108)
    ax.set_xlabel("anxiety against today, standard deviations", loc="right")
    return fig
