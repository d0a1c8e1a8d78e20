"""Figures of stage `segments`: concentration curve, recency by frequency, shares of tiers and sub-classes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.colors import LinearSegmentedColormap, to_rgba
from matplotlib.ticker import MultipleLocator, PercentFormatter

from ecomplan.charts import style
from ecomplan.charts.style import C


def concentration(curve: pd.DataFrame, documents: pd.DataFrame, *, size: style.Size) -> Any:
    """Share of sales by share of customers, best first, with the documents' points."""
    fig, ax = style.canvas(size, 4.4 if size == "page" else 3.7, "Share of sales held by the best customers")
    x, y = curve["customer_share"].to_numpy(), curve["value_share"].to_numpy()
    ax.plot([0, 1], [0, 1], color=C["axis"], lw=style.FINE, ls=(0, (4, 3)), zorder=3)
    style.label(ax, 0.70, 0.70, "all alike", "muted", dx=6, dy=-8)
    ax.fill_between(x, x, y, color=C["forecast"], alpha=0.08, lw=0, zorder=2)
    ax.plot(x, y, color=C["ink"], lw=style.HEAVY, zorder=4)
    at = int(np.argmin(np.abs(x - 0.62)))
    style.label(ax, x[at], y[at], "this platform", "ink", dx=0, dy=10 if y[at] < 0.93 else -11, weight="bold")
    for row in documents.to_dict("records"):
        share, claimed, observed = row["customer_share"], row["claimed"], row["observed"]
        ax.plot([share, share], [claimed, observed], color=C["plan"], lw=1.2, zorder=5)
        ax.plot(share, claimed, "D", ms=6.5, color=C["paper"], mec=C["plan"], mew=1.6, zorder=6)
        if claimed > observed:
            style.label(ax, share, claimed, str(row["name"]), "plan", dx=-7, dy=7, ha="right")
        else:
            style.label(ax, share, claimed, str(row["name"]), "plan", dx=8, dy=-8)
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_locator(MultipleLocator(0.2))
        axis.set_major_formatter(PercentFormatter(1, decimals=0, symbol=" %"))
    ax.set(xlim=(0, 1), ylim=(0, 1.02))
    ax.set_xlabel("share of customers, best first", loc="right")
    return fig


def recency_frequency(cells: pd.DataFrame, *, size: style.Size) -> Any:
    """Two heat maps, recency score by frequency score: share of customers, share of sales."""
    import seaborn as sns

    phone = size == "phone"
    fig, axes = style.canvas(size, 5.4 if phone else 3.2, rows=2 if phone else 1, columns=1 if phone else 2)
    for ax, column, title, role in zip(
        axes.flat, ("customer_share", "value_share"), ("Share of customers, %", "Share of sales, %"),
        ("muted", "forecast"), strict=True,
    ):
        grid = cells.pivot(index="r", columns="f", values=column) * 100
        grid = grid.reindex(index=range(5, 0, -1), columns=range(1, 6))
        tint = LinearSegmentedColormap.from_list(role, [to_rgba(C[role], 0.03), to_rgba(C[role], 0.55)])
        sns.heatmap(grid, ax=ax, cmap=tint, vmin=0, vmax=float(np.nanmax(grid)), cbar=False, annot=True, fmt=".1f",
                    annot_kws={"color": C["ink"], "size": 8}, linewidths=1.2, linecolor=C["paper"])
        ax.set_title(title, color=C["muted"], loc="left", x=0, pad=8)
        rows = [str(score) for score in grid.index]
        rows[0], rows[-1] = ("recent  5", "long ago  1")
        ax.set_yticks(np.arange(5) + 0.5, rows, rotation=0)
        ax.set_xticks(np.arange(5) + 0.5, ["1\nrare", "2", "3", "4", "5\noften"], rotation=0)
        ax.tick_params(size=0, labelcolor=C["ink"])
        ax.set(xlabel="", ylabel="")
        ax.grid(False)
    return fig


def shares(groups: pd.DataFrame, by: str, *, size: style.Size) -> Any:
    """Each group's share of customers (hollow) and of sales (filled), joined by a line."""
    phone = size == "phone"
    rows = len(groups)
    fig, ax = style.canvas(size, 0.9 + (0.42 if phone else 0.3 if size == "wide" else 0.38) * max(rows, 4),
                           "Share of customers and of sales")
    where = np.arange(rows)[::-1].astype(float)
    people, sales = groups["customer_share"].to_numpy(), groups["value_share"].to_numpy()
    ax.hlines(where, people, sales, color=C["axis"], lw=1.1, zorder=3)
    ax.plot(people, where, "o", ms=6.5, color=C["paper"], mec=C["muted"], mew=1.5, zorder=5)
    ax.plot(sales, where, "o", ms=6.5, color=C["forecast"], mec=C["paper"], mew=0.6, zorder=6)
    for x, other, y, role in [*zip(people, sales, where, ["muted"] * rows, strict=True),
                              *zip(sales, people, where, ["forecast"] * rows, strict=True)]:
        right = x > other or (x == other and role == "forecast")
        style.label(ax, x, y, f"{x:.1%}".replace("%", " %"), role, dx=7 if right else -7,
                    ha="left" if right else "right", size=8)
    top = where[0]
    right = sales[0] > people[0]
    style.label(ax, people[0], top, "of customers", "muted", dy=11, dx=0, ha="right" if right else "left", size=8)
    style.label(ax, sales[0], top, "of sales", "forecast", dy=11, dx=0, ha="left" if right else "right", size=8,
                weight="bold")
    ax.set_yticks(where, list(groups[by]))
    ax.tick_params(axis="y", labelcolor=C["ink"])
    ax.set_ylim(-0.7, rows - 0.2)
    span = max(people.max(), sales.max())
    ax.set_xlim(-0.16 * span if not phone else -0.24 * span, span * (1.14 if not phone else 1.24))
    ax.set_xticks([])
    ax.spines["bottom"].set_visible(False)
    ax.grid(False)
    return fig
