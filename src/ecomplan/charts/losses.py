"""Figures of stage `losses`: exceedance curve, risk matrix, heat map, contributions to the tail."""

from __future__ import annotations

import calendar
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.colors import LinearSegmentedColormap, to_rgba
from matplotlib.patches import FancyArrowPatch, Rectangle
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator, PercentFormatter

from ecomplan.charts import style
from ecomplan.charts.style import C
from ecomplan.currency import sign


def short(amount: float, currency: str) -> str:
    """£1.2 m, £450 k, £800."""
    for size, letter in ((1e6, " m"), (1e3, " k")):
        if abs(amount) >= size:
            scaled = amount / size
            return f"{sign(currency)}{scaled:.{0 if scaled >= 10 or scaled == int(scaled) else 1}f}{letter}"
    return f"{sign(currency)}{amount:.0f}"


def exceedance(curve: pd.DataFrame, appetite: float, currency: str, *, size: style.Size) -> Any:
    """Chance that the yearly loss exceeds an amount, before and after controls, with the 80 % range after."""
    phone = size == "phone"
    fig, ax = style.canvas(size, 3.5, "Chance that the yearly loss exceeds the amount below (log scale)"
                           if not phone else "Chance of a yearly loss above the amount below")
    loss = curve["loss"].to_numpy()
    ax.fill_between(
        loss, curve["after_low"], curve["after_high"], color=C["forecast"], alpha=style.BAND[80], lw=0, zorder=2,
    )
    ax.plot(loss, curve["before"], color=C["muted"], lw=style.LINE, ls=(0, (5, 2)), zorder=5)
    ax.plot(loss, curve["after"], color=C["forecast"], lw=style.HEAVY, zorder=4)
    ax.plot(loss, curve["claimed"], color=C["third"], lw=style.LINE, ls=(0, (1.5, 1.5)), zorder=4)
    ax.set_xscale("log")
    ax.set_xlim(loss[0], loss[-1])
    ax.set_ylim(0, 1.04)
    ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0, symbol=" %"))
    _money_axis(ax, loss[0], loss[-1], currency, sparse=phone)
    high = curve["after_high"].to_numpy()
    believed = "controls as believed,\nwith 80 % range" if size == "wide" else "controls\nas believed"
    for level, text, color in (
        (0.88, "before\ncontrols" if phone else "before controls", "muted"), (0.14, believed, "forecast"),
    ):
        at = int(np.argmin(np.abs(high - level)))
        style.label(ax, loss[at], high[at], text, color, dx=8, dy=12 if level < 0.5 else 0, weight="bold")
    at = int(np.argmin(np.abs(curve["claimed"] - 0.42)))
    style.label(ax, loss[at], curve["claimed"].iloc[at], "controls\nas claimed" if phone else "controls as claimed",
                "third", dx=-8, ha="right", weight="bold")
    style.rule(ax, x=appetite, text="appetite", color="plan")
    at_appetite = float(np.interp(appetite, loss, curve["after"]))
    ax.plot(appetite, at_appetite, "D", ms=6, color=C["paper"], mec=C["plan"], mew=1.5, zorder=7)
    return fig


def matrix(risks: pd.DataFrame, margin: float, chance_edges: tuple[float, float], impact_edges: tuple[float, float],
           currency: str, *, size: style.Size) -> Any:
    """Chance by impact in three levels each; numbers are the risks, arrows lead to where claimed controls end."""
    phone = size == "phone"
    fig, ax = style.canvas(size, 5.6 if size == "page" else 4.6, "Mean loss if it happens (log scale)")
    chance = risks[["chance_before", "chance_claimed"]].to_numpy()
    impact = risks[["impact_before", "impact_claimed"]].to_numpy()
    x0, x1 = max(min(chance[chance > 0].min(), chance_edges[0]) / 1.6, 1e-4), 1.0
    y0, y1 = (min(impact.min(), impact_edges[0] * margin) / 1.6, max(impact.max(), impact_edges[1] * margin) * 1.6)
    xs, ys = [x0, *chance_edges, x1], [y0, *(edge * margin for edge in impact_edges), y1]
    for i in range(3):
        for j in range(3):
            ax.add_patch(Rectangle((xs[i], ys[j]), xs[i + 1] - xs[i], ys[j + 1] - ys[j], fc=C["plan"],
                                   alpha=(0.04, 0.04, 0.14, 0.30, 0.42)[i + j], ec=C["paper"], lw=1.5, zorder=1))
    radius = 6.2 if phone else 8
    starts = list(zip(*chance.T[:1], *impact.T[:1], strict=True))
    ends = list(zip(*chance.T[1:], *impact.T[1:], strict=True))
    for a, b in zip(starts, ends, strict=True):
        if a != b:
            ax.add_patch(FancyArrowPatch(a, b, arrowstyle="-|>", mutation_scale=6 if phone else 8, color=C["forecast"],
                                         lw=0.9, shrinkA=radius * 0.7, shrinkB=0, zorder=4, clip_on=False))
    for a, number in zip(starts, risks["number"], strict=True):
        ax.plot(*a, "o", ms=radius * 1.55, color=C["ink"], mec=C["paper"], mew=0.8, zorder=6)
        ax.text(*a, str(number), color=C["paper"], ha="center", va="center_baseline",
                size=6.5 if phone else 7.5, weight="bold", zorder=7)
    ax.set(xscale="log", yscale="log", xlim=(x0, x1), ylim=(y0, y1))
    ax.grid(False)
    ticks = [tick for tick in (0.02, 0.05, 0.1, 0.2, 0.4, 1.0) if x0 <= tick <= x1]
    ax.xaxis.set_major_locator(FixedLocator(ticks))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.0%}".replace("%", " %")))
    ax.xaxis.set_minor_locator(NullLocator())
    _money_axis(ax, y0, y1, currency, axis="y")
    ax.set_xlabel("chance of at least one event in the year (log scale)", loc="right")
    for edge, name in zip(xs[:3], ("chance: low", "medium", "high"), strict=True):
        style.label(ax, edge, 1, name, "muted", dx=4, dy=-8, xycoords=("data", "axes fraction"))
    for edge, name in zip(ys[:3], ("impact: low", "medium", "high"), strict=True):
        style.label(ax, 0, edge, name, "muted", dx=4, dy=8, xycoords=("axes fraction", "data"))
    return fig


def heat(cells: pd.DataFrame, currency: str, *, size: style.Size) -> Any:
    """Expected loss by class and month."""
    import seaborn as sns

    phone = size == "phone"
    grid = cells.pivot(index="class", columns="month", values="expected_loss").reindex(cells["class"].unique()) / 1e3
    fig, ax = style.canvas(size, 2.3, f"Expected loss by month, {sign(currency)}k")
    strong = grid.to_numpy() >= np.quantile(grid.to_numpy(), 0.75)
    shown = np.where(strong | (not phone), np.vectorize(lambda value: f"{value:.1f}")(grid.to_numpy()), "")
    if phone:
        shown = np.where(strong, np.vectorize(lambda value: f"{value:.0f}")(grid.to_numpy()), "")
    sns.heatmap(grid, ax=ax, cmap=tint("plan"), vmin=0, vmax=float(grid.to_numpy().max()) or 1.0, cbar=False,
                annot=shown, fmt="", annot_kws={"color": C["ink"], "size": 7 if phone else 8}, linewidths=1.2,
                linecolor=C["paper"])
    months = [calendar.month_abbr[month] for month in pd.DatetimeIndex(grid.columns).month]
    ax.set_xticks(np.arange(len(months)) + 0.5, [name[0] for name in months] if phone else months, rotation=0)
    ax.set_yticks(np.arange(len(grid)) + 0.5, list(grid.index), rotation=0)
    ax.tick_params(size=0, labelcolor=C["ink"])
    ax.set(xlabel="", ylabel="")
    ax.grid(False)
    return fig


def contributions(risks: pd.DataFrame, currency: str, rows: int = 9, *, size: style.Size) -> Any:
    """Contribution of each risk to the mean loss of a 1-in-20 year; the last bar sums the others."""
    phone = size == "phone"
    top = risks.head(rows)
    names = [f"{row.number}  {row.name}" for row in top[["number", "name"]].itertuples(index=False)]
    values, shares = list(top["tail_before"]), list(top["tail_share"])
    if rest := len(risks) - len(top):
        names.append(f"{rest} others together")
        values.append(float(risks["tail_before"].iloc[rows:].sum()))
        shares.append(float(risks["tail_share"].iloc[rows:].sum()))
    where = np.arange(len(names))[::-1]
    fig, ax = style.canvas(size, 3.7 if not phone else 5.2, f"Mean 1-in-20 year, {sign(currency)}k")
    ax.barh(where, np.array(values) / 1e3, height=0.62 if not phone else 0.32,
            color=[C["plan"]] * len(top) + [C["muted"]] * (len(names) - len(top)), zorder=3)
    for y, value, share in zip(where, values, shares, strict=True):
        style.label(ax, value / 1e3, y, f"{value / 1e3:.0f}  ({share:.0%})".replace("%", " %"), "ink", dx=4)
    if phone:
        ax.set_yticks([])
        for y, name in zip(where, names, strict=True):
            style.label(ax, 0, y, name, "ink", dx=3, dy=12)
    else:
        ax.set_yticks(where, names)
        ax.tick_params(axis="y", labelcolor=C["ink"])
    ax.grid(False)
    ax.set_xlim(0, max(values) / 1e3 * (1.62 if size == "page" else 1.25) or 1)
    ax.set_xticks([])
    ax.spines["bottom"].set_visible(False)
    ax.axvline(0, color=C["axis"], lw=style.FINE, zorder=4)
    return fig


def tint(role: str) -> LinearSegmentedColormap:
    """A colour map of one role from faint to strong by opacity alone, so that it turns with the theme."""
    return LinearSegmentedColormap.from_list(role, [to_rgba(C[role], 0.04), to_rgba(C[role], 0.55)])


def _money_axis(ax: Any, low: float, high: float, currency: str, axis: str = "x", sparse: bool = False) -> None:
    steps = (1,) if sparse else (1, 3)
    ticks = [step * 10.0 ** power for power in range(0, 12) for step in steps if low <= step * 10.0 ** power <= high]
    one = ax.xaxis if axis == "x" else ax.yaxis
    one.set_major_locator(FixedLocator(ticks))
    one.set_major_formatter(FuncFormatter(lambda value, _: short(value, currency)))
    one.set_minor_locator(NullLocator())
