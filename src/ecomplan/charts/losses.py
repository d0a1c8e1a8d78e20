"""Figures of stage `losses`: what can be lost and what controls change, exceedance, contributions, frontier."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator, PercentFormatter

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


def plan_losses(plan: pd.DataFrame, appetite: float, currency: str, *, size: style.Size) -> Any:
    """Mean loss and price of controls as bars, the 1-in-20 loss as a diamond with its range, by set of controls."""
    phone = size == "phone"
    fig, ax = style.canvas(size, 4.9 if phone else 4.6 if size == "page" else 3.5, f"{sign(currency)}k in 2026")
    frame = plan.set_index("state").loc[["before", "after", "claimed", "best"]]
    amounts = ["expected", "price", "var_95", "var_95_low", "var_95_high"]
    frame = frame.assign(**{name: frame[name] / 1e3 for name in amounts})
    where = np.arange(len(frame))[::-1] * 1.0
    thick = 0.20
    ax.barh(where, frame["expected"], height=thick, color=C["plan"], zorder=3)
    ax.barh(where, frame["price"], left=frame["expected"], height=thick, color=C["paper"], ec=C["ink"], lw=0.9,
            zorder=3)
    high = where - 0.27
    ax.hlines(high, frame["var_95_low"], frame["var_95_high"], color=C["muted"], lw=style.LINE, zorder=3)
    ax.plot(frame["var_95"], high, "D", ms=6, color=C["paper"], mec=C["plan"], mew=1.6, zorder=6, clip_on=False)
    for k, (name, y) in enumerate(zip(frame["name"], where, strict=True)):
        row = frame.iloc[k]
        style.label(ax, 0, y, name, "ink", dx=2, dy=17 if not phone else 15, weight="bold", in_layout=False)
        told = f"{row['expected']:.0f} lost on average"
        if row["price"] > 0:
            told = f"{row['expected']:.0f} + {row['price']:.0f} for controls"
        style.label(ax, row["expected"] + row["price"], y, told, "ink", dx=4)
        style.label(ax, row["var_95_high"], high[k], f"{row['var_95']:.0f} in a 1-in-20 year", "muted", dx=5)
    ax.vlines(np.full(len(frame), appetite / 1e3), high - 0.12, high + 0.12, color=C["alarm"], lw=style.LINE, zorder=4)
    costs = float((frame["expected"] + frame["price"]).max())
    most = max(float(frame["var_95_high"].max()), costs, appetite / 1e3, 1e-3)
    near = appetite / 1e3 < 0.25 * most
    style.label(ax, appetite / 1e3, high[0], "appetite", "alarm", dx=5 if near else -5, ha="left" if near else "right")
    ax.set_xlim(0, most * (1.75 if phone else 1.5 if size == "page" else 1.3))
    ax.set_ylim(-0.55, len(frame) - 0.35)
    ax.set_yticks([])
    ax.xaxis.set_major_locator(MaxNLocator(4 if phone else 6))
    ax.grid(False, axis="y")
    return fig


def exceedance(curve: pd.DataFrame, appetite: float, currency: str, *, size: style.Size) -> Any:
    """Chance that the yearly loss exceeds an amount, by set of controls, with the 80 % range of the plan's."""
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
    ax.plot(loss, curve["best"], color=C["plan"], lw=style.FINE + 0.4, zorder=5)
    ax.set_xscale("log")
    ax.set_xlim(loss[0], loss[-1])
    ax.set_ylim(0, 1.04)
    ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0, symbol=" %"))
    _money_axis(ax, loss[0], loss[-1], currency, sparse=phone)
    for column, level, text, color, side in (
        ("before", 0.86, "no controls", "muted", 1), ("best", 0.29, "best set", "plan", 1),
        ("after_high", 0.13, "the plan's,\nas believed" if phone else "the plan's, as believed,\nwith 80 % range",
         "forecast", 1),
        ("claimed", 0.55, "the plan's,\nas claimed", "third", -1),
    ):
        at = int(np.argmin(np.abs(curve[column].to_numpy() - level)))
        style.label(ax, loss[at], curve[column].iloc[at], text, color, dx=9 * side, dy=4 * side,
                    ha="left" if side > 0 else "right", weight="bold")
    style.rule(ax, x=appetite, color="alarm", in_layout=False)
    style.label(ax, appetite, 0.06, "appetite", "alarm", dx=-4, ha="right", in_layout=False)
    at_appetite = float(np.interp(appetite, loss, curve["after"]))
    ax.plot(appetite, at_appetite, "D", ms=6, color=C["paper"], mec=C["alarm"], mew=1.5, zorder=7)
    return fig


def contributions(risks: pd.DataFrame, currency: str, rows: int = 9, *, size: style.Size) -> Any:
    """Part of each risk in the mean loss of a 1-in-20 year, before controls (bar) and after (mark)."""
    phone = size == "phone"
    top = risks.head(rows)
    names, before, after = list(top["name"]), list(top["tail_before"]), list(top["tail_after"])
    shares = list(top["tail_share"])
    if rest := len(risks) - len(top):
        names.append(f"{rest} others together")
        before.append(float(risks["tail_before"].iloc[rows:].sum()))
        after.append(float(risks["tail_after"].iloc[rows:].sum()))
        shares.append(float(risks["tail_share"].iloc[rows:].sum()))
    where = np.arange(len(names))[::-1]
    fig, ax = style.canvas(size, 3.7 if not phone else 5.2, f"Mean 1-in-20 year, {sign(currency)}k")
    width = 0.62 if not phone else 0.32
    ax.barh(where, np.array(before) / 1e3, height=width, zorder=3,
            color=[C["plan"]] * len(top) + [C["muted"]] * (len(names) - len(top)))
    ax.vlines(np.array(after) / 1e3, where - width / 2, where + width / 2, color=C["paper"], lw=3.2, zorder=4)
    ax.vlines(np.array(after) / 1e3, where - width / 2, where + width / 2, color=C["forecast"], lw=1.8, zorder=5)
    for y, value, other, share in zip(where, before, after, shares, strict=True):
        told = f"{value / 1e3:.0f}  ({share:.0%})".replace("%", " %")
        style.label(ax, max(value, other) / 1e3, y, told, "ink", dx=5)
    if phone:
        ax.set_yticks([])
        for y, name in zip(where, names, strict=True):
            style.label(ax, 0, y, name, "ink", dx=3, dy=12, in_layout=False)
    else:
        ax.set_yticks(where, names)
        ax.tick_params(axis="y", labelcolor=C["ink"])
    ax.grid(False)
    ax.set_xlim(0, max([*before, *after, 1e-3]) / 1e3 * (1.62 if size == "page" else 1.25))
    ax.set_xticks([])
    ax.spines["bottom"].set_visible(False)
    ax.axvline(0, color=C["axis"], lw=style.FINE, zorder=4)
    return fig


def frontier(sets: pd.DataFrame, currency: str, *, size: style.Size) -> Any:
    """Remaining mean loss and mean 1-in-20 year over the yearly price of controls; efficient sets, best, plan."""
    phone = size == "phone"
    fig, ax = style.canvas(size, 3.6, f"Loss a year, {sign(currency)}k" if phone else
                           f"Loss that remains in a year, {sign(currency)}k")
    frame = sets.sort_values("price")
    line = frame[frame["kind"] != "plan"]
    for column, name, color, dy in (("es_95", "mean 1-in-20 year", "muted", 10), ("expected", "mean year", "plan", 10)):
        ax.plot(line["price"] / 1e3, line[column] / 1e3, color=C[color], lw=style.HEAVY, marker="o", ms=3.5, zorder=3)
        middle = line.iloc[len(line) // 3]
        style.label(ax, middle["price"] / 1e3, middle[column] / 1e3, name, color, dx=4, dy=dy, weight="bold",
                    in_layout=False)
        for kind, mark, text in (("plan", "D", "the plan's"), ("best", "s", "best set")):
            row = frame[frame["kind"] == kind].iloc[0]
            ax.plot(row["price"] / 1e3, row[column] / 1e3, mark, ms=7, color=C["paper"], mec=C["forecast"], mew=1.7,
                    zorder=5)
            if column == "es_95":
                late = row["price"] > 0.6 * frame["price"].max()
                style.label(ax, row["price"] / 1e3, row[column] / 1e3, text, "forecast", dx=-6 if late else 7,
                            dy=13, ha="right" if late else "left")
    top = max(float(frame["price"].max()), 1.0) / 1e3
    ax.plot([0, top], [0, top], color=C["axis"], lw=style.FINE, ls=(0, (4, 3)), zorder=2)
    style.label(ax, top * 0.62, top * 0.62, "price", "muted", dx=-4, dy=9, ha="right", in_layout=False)
    ax.set_xlim(-0.02 * top, top * 1.03)
    ax.set_ylim(0, max(float(frame["es_95"].max()) / 1e3 * 1.12, top, 1e-3))
    ax.set_xlabel(f"price of the controls, {sign(currency)}k a year", loc="right")
    return fig


def _money_axis(ax: Any, low: float, high: float, currency: str, axis: str = "x", sparse: bool = False) -> None:
    steps = (1,) if sparse else (1, 3)
    ticks = [step * 10.0 ** power for power in range(0, 12) for step in steps if low <= step * 10.0 ** power <= high]
    one = ax.xaxis if axis == "x" else ax.yaxis
    one.set_major_locator(FixedLocator(ticks))
    one.set_major_formatter(FuncFormatter(lambda value, _: short(value, currency)))
    one.set_minor_locator(NullLocator())
