"""Figures of stage `segments`: tiers, sub-classes, groups, moves between tiers, ageing, concentration."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.colors import LinearSegmentedColormap, to_rgba
from matplotlib.ticker import MaxNLocator, MultipleLocator, PercentFormatter

from ecomplan.charts import style
from ecomplan.charts.style import C

ROWS = ("new", "high", "potential", "nurture", "lapsed")
NAMES = {
    "customer": "{} customers", "country": "{} countries", "product": "{} products", "month": "{} months",
}


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


def nothing(size: style.Size, text: str) -> Any:
    """An empty figure that says why."""
    fig, ax = style.canvas(size, 1.2)
    ax.set_axis_off()
    ax.text(0, 0.5, text, color=C["muted"], transform=ax.transAxes, va="center")
    return fig


def groups(held: pd.DataFrame, *, size: style.Size) -> Any:
    """Each group's share of customers and of sales: told (diamond), measured (dot, interval), other limits (bar)."""
    if held.empty:
        return nothing(size, "Orders show none of the groups.")
    phone = size == "phone"
    fig, axes = style.canvas(size, 4.6 if phone else 2.9 if size == "wide" else 3.4, rows=2 if phone else 1,
                             columns=1 if phone else 2, sharey=True)
    where = np.arange(len(held))[::-1].astype(float)
    for ax, side, title in zip(axes.flat, ("users", "revenue"), ("Share of customers", "Share of net sales"),
                               strict=True):
        told, value = held[f"told_{side}"].to_numpy(), held[side].to_numpy()
        ax.hlines(where, held[f"strict_{side}"], held[f"loose_{side}"], color=C["grid"], lw=5, zorder=2)
        ax.hlines(where, held[f"{side}_low"], held[f"{side}_high"], color=C["forecast"], lw=style.HEAVY, zorder=4)
        ax.plot(value, where, "o", ms=6.5, color=C["forecast"], mec=C["paper"], mew=0.6, zorder=6)
        ax.plot(told, where, "D", ms=6, color=C["paper"], mec=C["plan"], mew=1.5, zorder=5)
        for y, x, other in zip(where, value, told, strict=True):
            style.label(ax, x, y, f"{x:.0%}".replace("%", " %"), "forecast", dx=0, dy=-10, ha="center", size=8)
            style.label(ax, other, y, f"{other:.0%}".replace("%", " %"), "plan", dx=0, dy=10, ha="center", size=8)
        ax.set_title(title, color=C["muted"], loc="left", x=0, pad=8)
        ax.set_yticks(where, list(held["group"]))
        ax.tick_params(axis="y", labelcolor=C["ink"], size=0)
        ax.set_ylim(-0.6, len(held) - 0.35)
        top = float(max(told.max(), value.max(), held[f"loose_{side}"].max()))
        ax.set_xlim(-0.04 * top, 1.1 * top)
        ax.set_xticks([])
        ax.spines["bottom"].set_visible(False)
        ax.grid(False)
    ax, top = axes.flat[0], where[0]
    right = held["told_users"].iloc[0] > held["users"].iloc[0]
    style.label(ax, held["told_users"].iloc[0], top, "told", "plan", dx=12, dy=10, ha="left", size=8)
    style.label(ax, held["users"].iloc[0], top, "measured", "forecast", dx=-12 if right else 12, dy=-10,
                ha="right" if right else "left", size=8, weight="bold")
    return fig


def moves(table: pd.DataFrame, *, size: style.Size) -> Any:
    """Heat map of moves from one month's end (row) to the next (column), percent of the row."""
    if table.empty:
        return nothing(size, "The orders are too short to see customers move.")
    import seaborn as sns

    grid = table.pivot(index="origin", columns="to", values="share") * 100
    grid = grid.reindex(index=[name for name in ROWS if name in grid.index], columns=list(ROWS[1:]))
    fig, ax = style.canvas(size, 3.2 if size != "page" else 3.8, "A month before (row) and now (column), %")
    tint = LinearSegmentedColormap.from_list("moves", [to_rgba(C["forecast"], 0.03), to_rgba(C["forecast"], 0.55)])
    texts = grid.map(lambda value: f"{value:.1f}" if value >= 0.05 else "–")
    sns.heatmap(grid, ax=ax, cmap=tint, vmin=0, vmax=100, cbar=False, annot=texts, fmt="",
                annot_kws={"color": C["ink"], "size": 8.5}, linewidths=1.2, linecolor=C["paper"])
    ax.set_yticks(np.arange(len(grid)) + 0.5, list(grid.index), rotation=0)
    ax.set_xticks(np.arange(len(grid.columns)) + 0.5, list(grid.columns), rotation=0)
    ax.tick_params(size=0, labelcolor=C["ink"])
    ax.set(xlabel="", ylabel="")
    ax.grid(False)
    return fig


def ageing(ages: pd.DataFrame, months: pd.DataFrame, limit: float, psi_limit: float, *, size: style.Size) -> Any:
    """Share of outdated tiers by age; population stability index of the sub-classes by month."""
    if ages.empty:
        return nothing(size, "The orders are too short to see tiers age.")
    phone = size == "phone"
    fig, axes = style.canvas(size, 5.2 if phone else 3.0 if size == "wide" else 3.6, rows=2 if phone else 1,
                             columns=1 if phone else 2)
    ax = axes.flat[0]
    x, y = ages["age_months"].to_numpy(), ages["share"].to_numpy()
    ax.fill_between(x, ages["low"], ages["high"], color=C["ink"], alpha=style.BAND[80], lw=0)
    ax.plot(x, y, color=C["ink"], lw=style.HEAVY, marker="o", ms=3.5)
    ax.axhline(limit, color=C["plan"], lw=style.FINE, ls=(0, (4, 3)))
    style.label(ax, x[-1], limit, "accepted", "plan", dx=0, dy=6, ha="right")
    ax.set_title("Outdated tiers, months after", color=C["muted"], loc="left", x=0, pad=8)
    ax.set_ylim(0, max(y.max(), limit) * 1.12)
    ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0, symbol=" %"))
    ax.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    ax.margins(x=0.04)
    ax = axes.flat[1]
    at = np.arange(len(months))
    ax.fill_between(at, months["psi_low"], months["psi_high"], color=C["ink"], alpha=style.BAND[80], lw=0)
    ax.plot(at, months["psi"], color=C["ink"], lw=style.HEAVY, marker="o", ms=3.5)
    ax.axhline(psi_limit, color=C["plan"], lw=style.FINE, ls=(0, (4, 3)))
    style.label(ax, 0, psi_limit, "limit", "plan", dx=-2, dy=-7, ha="left")
    ax.set_title("Drift of the sub-classes, index", color=C["muted"], loc="left", x=0, pad=8)
    step = max(1, len(months) // (5 if phone else 4))
    ticks = at[::-step][::-1]
    ax.set_xticks(ticks, [months["month"].iloc[i].strftime("%b\n%Y") for i in ticks])
    ax.set_ylim(0, max(float(months["psi_high"].max()), psi_limit) * 1.1)
    ax.margins(x=0.05)
    return fig


def concentration_change(table: pd.DataFrame, *, size: style.Size) -> Any:
    """Leading share by dimension in the last year, and its change on the year before, each with its interval."""
    phone = size == "phone"
    fig, axes = style.canvas(size, 4.4 if phone else 2.6 if size == "wide" else 3.1, rows=2 if phone else 1,
                             columns=1 if phone else 2, sharey=True)
    part = table[table["measure"] == "leading share"]
    for ax, period, title, digits in zip(
        axes.flat, ("last year", "change"), ("Leaders' share of sales, %", "Change in a year, points"),
        ("{:.1f}", "{:+.1f}"), strict=True,
    ):
        rows = part[part["period"] == period]
        where = np.arange(len(NAMES))[::-1][:len(rows)].astype(float)
        ax.set_title(title, color=C["muted"], loc="left", x=0, pad=8)
        if period == "change":
            ax.axvline(0, color=C["axis"], lw=style.FINE, zorder=2)
            if rows.empty:
                style.label(ax, 0, 1.5, "fewer than two years", "muted")
        value, low, high = (100 * rows[name].to_numpy() for name in ("value", "low", "high"))
        ax.hlines(where, low, high, color=C["forecast"], lw=style.HEAVY, zorder=3)
        ax.plot(value, where, "o", ms=6, color=C["forecast"], mec=C["paper"], mew=0.6, zorder=6)
        for y, x in zip(where, value, strict=True):
            text = digits.format(x).replace("-", "\u2212")
            style.label(ax, x, y, text, "forecast", dx=0, dy=-11, ha="center", size=8)
        if period == "last year":
            names = [NAMES[name].format(lead) for name, lead in zip(rows["dimension"], rows["leaders"], strict=True)]
            ax.set_yticks(where, names)
            ax.set_xlim(-3, 105)
        ax.tick_params(axis="y", labelcolor=C["ink"], size=0)
        ax.set(ylim=(-0.65, len(NAMES) - 0.5), xticks=[])
        ax.margins(x=0.12)
        ax.spines["bottom"].set_visible(False)
        ax.grid(False)
    return fig
