"""Figures of the chapter on biased rankings: weeks with and without bias, alarms, the price, the groups' clicks."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from ecomplan.charts import style
from ecomplan.charts.style import C


def weeks(table: pd.DataFrame, told: float, *, size: style.Size) -> Any:
    """Weekly exposure shares of the group: fair weeks and biased ones, with the told limit."""
    fig, ax = style.canvas(size, 2.9, "Weeks, %")
    share = 100 * table["share"].to_numpy()
    for column, color, text in (("fair", "forecast", "no bias"), ("biased", "plan", "bias at the\nleast fair ratio")):
        height = 100 * table[column].to_numpy()
        ax.fill_between(share, height, step="mid", color=C[color], alpha=0.2, lw=0, zorder=2)
        ax.step(share, height, where="mid", color=C[color], lw=style.LINE, zorder=4)
        right = column == "fair"
        at = _quantile(height, 0.8 if right else 0.2)
        style.label(ax, share[at], height[at], text, color, dx=8 if right else -8, dy=8,
                    ha="left" if right else "right", in_layout=False)
    top = 100 * float(table[["fair", "biased"]].to_numpy().max())
    ax.set_ylim(0, top * 1.2)
    ax.set_xlim(share[0] - 3, share[-1] + 3)
    style.rule(ax, x=100 * told, text="alarm as told", color="ink", in_layout=False)
    ax.set_xlabel("the group's share of a week's exposure, %", loc="right")
    return fig


def _quantile(height: Any, part: float) -> int:
    return int(np.searchsorted(np.cumsum(height) / height.sum(), part))


def power(table: pd.DataFrame, least_fair: float, *, size: style.Size) -> Any:
    """Chance that each alarm rings within a year by the exposure ratio that bias leaves."""
    fig, ax = style.canvas(size, 3.2, "Chance to ring within a year, %")
    ratio = table["ratio"].to_numpy()
    for kind, color, text, dash in (
        ("told", "plan", "as told", None), ("week", "muted", "set by the week", (0, (4, 2))),
        ("sum", "forecast", "cumulated, set\nby the year", None),
    ):
        seen = 100 * table[f"seen_{kind}"].to_numpy()
        band = [100 * table[f"seen_{kind}_{end}"].to_numpy() for end in ("low", "high")]
        ax.fill_between(ratio, *band, color=C[color], alpha=style.BAND[80], lw=0, zorder=2)
        ax.plot(ratio, seen, color=C[color], lw=style.HEAVY, ls=dash or "-", zorder=4)
        style.label(ax, ratio[0], seen[0], text, color, dx=7)
    ax.axvline(least_fair, color=C["axis"], lw=style.FINE, ls=(0, (4, 3)), zorder=1)
    style.label(ax, least_fair, 0, "least fair ratio", "muted", dx=-5, dy=8, xycoords=ax.get_xaxis_transform(),
                ha="right", in_layout=False)
    ax.set_ylim(0, 104)
    span = ratio.max() - ratio.min()
    ax.set_xlim(ratio.min() - 0.02 * span, ratio.max() + span * {"wide": 0.28, "page": 0.38, "phone": 0.52}[size])
    ax.set_xticks([tick for tick in ax.get_xticks() if ratio.min() - 0.02 * span <= tick <= 1.001])
    ax.set_xlabel("exposure ratio that bias leaves; 1 is fair", loc="right")
    return fig


def price(table: pd.DataFrame, least_fair: float, *, size: style.Size) -> Any:
    """Clicks lost or won against the ranking by score alone, by exposure ratio."""
    fig, ax = style.canvas(size, 2.9, "Clicks against the ranking by score alone, %")
    for kind, color, text in (("bias", "forecast", "if the gap of scores is bias"),
                              ("true", "plan", "if the gap is true")):
        part = table[table["kind"] == kind]
        value, low, high = (100 * (part[name].to_numpy() - 1) for name in ("clicks", "low", "high"))
        ratio = part["ratio"].to_numpy()
        ax.fill_between(ratio, low, high, color=C[color], alpha=style.BAND[80], lw=0, zorder=2)
        ax.plot(ratio, value, color=C[color], lw=style.HEAVY, marker="o", ms=3.5, zorder=4)
        style.label(ax, ratio[-1], high[-1] if kind == "bias" else low[-1], text, color,
                    dx=0, dy=9 if kind == "bias" else -9, ha="right", in_layout=False)
    ax.axhline(0, color=C["axis"], lw=style.FINE, zorder=1)
    style.rule(ax, x=least_fair, text="least fair ratio", in_layout=False)
    low, high = ax.get_ylim()
    ax.set_ylim(low - 0.16 * (high - low), high + (0.45 if size == "page" else 0.3) * (high - low))
    ax.yaxis.set_major_formatter(lambda value, _: f"{value:+.1f}".replace("-", "−") if value else "0")
    ax.set_xlabel("exposure ratio of the group; 1 is equal", loc="right")
    return fig


def clicks(table: pd.DataFrame, least_fair: float, *, size: style.Size) -> Any:
    """Click rate of each group of users over that of the others, with ranges, against the four fifths."""
    known = table.dropna(subset=["ratio"]).reset_index(drop=True)
    phone = size == "phone"
    fig, ax = style.canvas(size, 0.9 + 0.235 * len(known) * (1.3 if size == "page" else 1),
                           "Click rate over the others' (log axis)")
    place = np.arange(len(known))
    floor, roof = 0.2, 5.0
    ax.set_xscale("log")
    ax.hlines(place, known["low"].clip(lower=floor), known["high"].clip(upper=roof), color=C["forecast"],
              lw=style.LINE, zorder=3)
    seen = known["ratio"].between(floor, roof).to_numpy()
    ax.plot(known["ratio"][seen], place[seen], "o", ms=5, color=C["forecast"], zorder=4)
    ax.set_xlim(floor, roof)
    ax.set_xticks([0.2, 0.5, 1, 2, 5], ["0.2", "0.5", "1", "2", "5"])
    ax.minorticks_off()
    ax.axvline(1, color=C["axis"], lw=style.FINE, zorder=1)
    ax.axvline(least_fair, color=C["plan"], lw=style.LINE, ls=(0, (4, 3)), zorder=2)
    style.label(ax, least_fair, 1, "least fair", "plan", dx=-5, dy=-6, ha="right", xycoords=ax.get_xaxis_transform(),
                in_layout=False)
    first = known["feature"].ne(known["feature"].shift())
    short = [f"{row['feature'].removeprefix('feature ') if phone else row['feature']} · {row['group']}"
             for _, row in known.iterrows()]
    ax.set_yticks(place, short)
    ax.tick_params(axis="y", size=0, labelcolor=C["ink"])
    ax.grid(visible=False, axis="y")
    ax.hlines(np.flatnonzero(first)[1:] - 0.5, floor, roof, color=C["grid"], lw=style.FINE, zorder=1)
    ax.set_ylim(len(known) - 0.4, -1.5)
    return fig
