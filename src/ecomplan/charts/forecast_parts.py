"""Figures of stage `forecast`: parts of the sales, and ways to make parts and whole agree."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib import dates as mdates
from matplotlib.ticker import FuncFormatter, MaxNLocator

from ecomplan.charts import style
from ecomplan.charts.style import C
from ecomplan.currency import sign

SHORT = {
    "naive": "Same month last year", "base": "Each by itself", "bottom_up": "Bottom up", "ols": "Least squares",
    "structural": "Structural",
    "mint": "MinT", "top_down": "Top down", "mint_kept": "MinT, whole kept",
}
_WHOLE = ("bottom_up", "ols", "structural", "mint")


def parts_fans(parts: pd.DataFrame, fan: pd.DataFrame, currency: str, *, size: style.Size) -> Any:
    """Monthly sales of each part so far and ahead, one small panel a part, each on its own scale from zero.

    `parts`: month, hierarchy, part, value; `fan`: month, hierarchy, part, q10, q50, q90.
    """
    keys = list(dict.fromkeys(zip(fan["hierarchy"], fan["part"], strict=True)))
    if not keys:
        return _nothing(size)
    columns = 2 if size == "phone" else 3
    rows = -(-len(keys) // columns)
    fig, axes = style.canvas(size, rows * (1.55 if size == "phone" else 1.9), rows=rows, columns=columns, sharex=True)
    flat = np.atleast_1d(axes).ravel()
    unit = sign(currency)
    for number, (ax, (hierarchy, part)) in enumerate(zip(flat, keys, strict=False)):
        past, ahead = _of(parts, hierarchy, part), _of(fan, hierarchy, part)
        scale, letter = (1e6, "m") if past["value"].max() >= 1e6 else (1e3, "k")
        last = past["value"].iloc[-1]
        low, middle, high = (np.r_[last, ahead[name]] / scale for name in ("q10", "q50", "q90"))
        style.fan(ax, [past["month"].iloc[-1], *ahead["month"]], {80: (low, high)}, middle)
        ax.plot(past["month"], past["value"] / scale, color=C["ink"], lw=style.LINE, zorder=5)
        ax.axvline(past["month"].iloc[-1], color=C["axis"], lw=style.FINE, ls=(0, (4, 3)), zorder=1)
        ax.set_title(part, color=C["ink"], loc="left", x=0, pad=5)
        ax.set_ylim(0, max(past["value"].max(), ahead["q90"].max()) / scale * 1.08)
        ax.yaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10]))
        ax.yaxis.set_major_formatter(FuncFormatter(
            lambda v, _, letter=letter: "0" if v == 0 else f"{unit}{v:,.10g}{letter}".replace(",", " ")
        ))
        ax.xaxis.set_major_locator(mdates.YearLocator())
        ax.xaxis.set_major_formatter(mdates.DateFormatter("%Y"))
        ax.tick_params(axis="x", labelbottom=number + columns >= len(keys))
        for text in ax.get_xticklabels():
            text.set_ha("left")
        ax.set_xlim(parts["month"].min() - pd.Timedelta(days=12), ahead["month"].iloc[-1] + pd.Timedelta(days=14))
        if number == 0:
            style.label(ax, past["month"].iloc[-1], 0.03, "forecast", "muted", dx=3, fontsize=7.5, va="bottom",
                        xycoords=ax.get_xaxis_transform())
    for ax in flat[len(keys):]:
        ax.set_visible(False)
    return fig


def ways_compared(compared: pd.DataFrame, *, size: style.Size) -> Any:
    """Change of the one-month error by each way of making parts and whole agree, mean over all series split.

    The whole is held against its own forecast, the parts against the way used by default (MinT, whole kept).

    `compared`: rows of series "all": nodes, method, difference, difference_low, difference_high (points), used.
    """
    every = compared[compared["series"] == "all"]
    if every.empty:
        return _nothing(size)
    phone = size == "phone"
    panels = (
        ("whole", _WHOLE, "Whole, points of error"),
        ("parts", tuple(name for name in SHORT if name not in ("naive", "bottom_up", "mint_kept")),
         "Parts, points of error"),
    )
    fig, axes = style.canvas(size, 3.6 if phone else 2.3, rows=2 if phone else 1, columns=1 if phone else 2)
    for ax, (nodes, methods, title) in zip(axes.flat, panels, strict=True):
        rows: Any = every[every["nodes"] == nodes].set_index("method").loc[list(methods)]
        place = np.arange(len(methods))[::-1]
        # clear of zero: worse or better by more than chance
        clear = (rows["difference_low"] > 0) | (rows["difference_high"] < 0)
        ax.axvline(0, color=C["axis"], lw=style.FINE, ls=(0, (4, 3)), zorder=2)
        ax.hlines(place, rows["difference_low"], rows["difference_high"], color=C["forecast"], lw=1.3, zorder=4)
        ax.scatter(rows["difference"], place, s=28, facecolor=[C["forecast"] if one else C["paper"] for one in clear],
                   edgecolor=C["forecast"], linewidths=1.3, zorder=5)
        for y, method in zip(place, methods, strict=True):
            words = f"{round(rows.loc[method, 'difference'], 1) or 0.0:+.1f}".replace("-", "−").replace("+0.0", "0.0")
            style.label(ax, max(rows.loc[method, "difference_high"], 0), y, words, "ink", dx=5, fontsize=8)
        low, high = min(rows["difference_low"].min(), 0), max(rows["difference_high"].max(), 0)
        ax.set_xlim(low - 0.08 * (high - low), high + 0.20 * (high - low))
        ax.set_title(title, color=C["muted"], loc="left", x=0, pad=8)
        ax.grid(axis="y", visible=False)
        ax.grid(axis="x", visible=True)
        ax.set_yticks(place, [SHORT[method] for method in methods])
        ax.tick_params(axis="y", labelcolor=C["ink"])
        ax.xaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10]))
        ax.xaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:g}".replace("-", "−")))
        ax.set_ylim(-0.6, len(methods) - 0.4)
    return fig


def _of(frame: pd.DataFrame, hierarchy: str, part: str) -> pd.DataFrame:
    rows: pd.DataFrame = frame[(frame["hierarchy"] == hierarchy) & (frame["part"] == part)].sort_values("month")
    return rows


def _nothing(size: style.Size) -> Any:
    """A plain note where no group is large enough to be shown."""
    fig, ax = style.canvas(size, height=0.8)
    ax.set_axis_off()
    style.label(ax, 0, 0.5, "No two groups of customers are large enough to be shown.", "muted", dx=0,
                xycoords=ax.transAxes)
    return fig
