"""Figures of the allocation chapter: what to fund, the frontier, the budget's shadow price, the next unit of money."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.ticker import FuncFormatter, MaxNLocator

from ecomplan.charts import style
from ecomplan.charts.style import C
from ecomplan.currency import sign


def _thousand(currency: str) -> str:
    return f"{sign(currency).strip()} k"


def _plain(ax: Any, axis: str = "both", bins: int = 6) -> None:
    """Round ticks without an offset, minus signs as such."""
    for name in ("x", "y") if axis == "both" else (axis,):
        one = ax.xaxis if name == "x" else ax.yaxis
        one.set_major_locator(MaxNLocator(bins, steps=[1, 2, 2.5, 5, 10]))
        one.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.10g}".replace("-", "−")))


def _rows(ax: Any, names: list[str], phone: bool) -> None:
    """Names of the bars: beside them, on a phone above them."""
    ax.set_yticks(np.arange(len(names)), [] if phone else names)
    ax.tick_params(axis="y", size=0, labelcolor=C["ink"])
    ax.grid(visible=False, axis="y")
    ax.set_ylim(len(names) - 0.4, -0.75 if phone else -0.6)
    if phone:
        for place, name in enumerate(names):
            style.label(ax, 0, place - 0.42, name, "ink", dx=2, xycoords=("axes fraction", "data"))


def what_to_fund(levers: pd.DataFrame, currency: str, *, size: style.Size) -> Any:
    """Expected gain (bar) against cost (diamond) of each lever at its dose; funded ones in colour."""
    phone = size == "phone"
    fig, ax = style.canvas(size, 0.9 + (0.42 if phone else 0.34) * len(levers) * (1.25 if size == "page" else 1),
                           f"Expected gain and cost, {_thousand(currency)}")
    gain, cost = levers["gain_money"] / 1e3, levers["cost_money"] / 1e3
    place = np.arange(len(levers))
    colors = [C["forecast"] if on else C["axis"] for on in levers["funded"]]
    ax.barh(place + (0.12 if phone else 0), gain, height=0.46 if phone else 0.6, color=colors, zorder=3)
    ax.plot(cost, place + (0.12 if phone else 0), "D", ms=6, color=C["paper"], mec=C["plan"], mew=1.5, zorder=5)
    ax.set_xlim(0, max(gain.max(), cost.max()) * (1.2 if phone else 1.14))
    _rows(ax, list(levers["lever"]), phone)
    _plain(ax, "x")
    for row, (on, value) in enumerate(zip(levers["funded"], levers["npv_mean"], strict=True)):
        text = f"{value / 1e3:+,.1f}".replace("-", "−")
        style.label(ax, max(gain[row], cost[row]), row + (0.12 if phone else 0), text,
                    "forecast" if on else "muted", dx=8, weight="bold" if on else "normal")
    return fig


def frontier(points: pd.DataFrame, chosen: tuple[float, float], limit: float, currency: str, *,
             size: style.Size) -> Any:
    """Expected net present value against the mean loss in the worst twentieth of plans."""
    fig, ax = style.canvas(size, 3.2, f"Expected net present value, {_thousand(currency)}")
    risk, value, checked = points["shortfall"] / 1e3, points["npv"] / 1e3, points["npv_checked"] / 1e3
    ax.plot(risk, value, color=C["forecast"], lw=style.HEAVY, marker="o", ms=3.5, zorder=4)
    ax.plot(risk, checked, color=C["muted"], lw=style.LINE, ls=(0, (4, 2)), zorder=3)
    most = max(float(risk.max()), chosen[0] / 1e3, 1.0)
    if limit / 1e3 < 1.6 * most:
        style.rule(ax, x=limit / 1e3, text="limit", color="plan")
        most = max(most, limit / 1e3)
    ax.set_xlim(0, most * 1.08)
    top = max(float(value.max()), float(checked.max()), chosen[1] / 1e3, 1.0)
    ax.set_ylim(min(0.0, float(checked.min())) - 0.04 * top, top * 1.22)
    ax.plot(chosen[0] / 1e3, chosen[1] / 1e3, "D", ms=8, color=C["paper"], mec=C["plan"], mew=1.8, zorder=6)
    style.label(ax, chosen[0] / 1e3, chosen[1] / 1e3, "decision", "plan", dx=4, dy=13, ha="right", weight="bold")
    middle = int(np.argmin(np.abs(risk - 0.55 * risk.max())))
    style.label(ax, risk[middle], value[middle], "on the plans\nof the choice", "forecast", dx=-6, dy=15, ha="right")
    style.label(ax, risk[middle], checked[middle], "on other plans", "muted", dx=8, dy=-13)
    ax.set_xlabel(f"mean loss in the worst twentieth of plans, {_thousand(currency)}", loc="right")
    _plain(ax)
    return fig


def shadow_price(budgets: pd.DataFrame, used: float, currency: str, *, size: style.Size) -> Any:
    """Value over the budget and, below, the worth of one more unit of it."""
    money = sign(currency).strip()
    fig, (top, low) = style.canvas(size, 4.0, f"Expected net present value, {_thousand(currency)}", rows=2, sharex=True,
                                   gridspec_kw={"height_ratios": [1.5, 1]})
    near = budgets[budgets["budget"] <= max(2.05 * used, budgets["budget"].iloc[min(3, len(budgets) - 1)])]
    x = near["budget"] / 1e3
    top.plot(x, near["npv"] / 1e3, color=C["forecast"], lw=style.HEAVY, marker="o", ms=3.5, zorder=4)
    top.axvline(used / 1e3, color=C["plan"], lw=style.FINE, ls=(0, (4, 3)))
    style.label(top, used / 1e3, 0, "used by the decision", "plan", dx=5, dy=9,
                xycoords=top.get_xaxis_transform())
    top.set_ylim(0, max(float(near["npv"].max()) / 1e3, 0.1) * 1.15)
    low.step(x, near["shadow_price"], where="post", color=C["forecast"], lw=style.HEAVY, zorder=4)
    low.plot(x, near["shadow_relaxed"], color=C["muted"], lw=style.LINE, ls=(0, (4, 2)), zorder=3)
    low.axvline(used / 1e3, color=C["plan"], lw=style.FINE, ls=(0, (4, 3)))
    low.set_title(f"Value of one more {money} of budget, {money}", color=C["muted"], loc="left", x=0, pad=6)
    ceiling = float(max(near["shadow_price"].max(), near["shadow_relaxed"].iloc[1:].max(), 0.1))
    low.set_ylim(0, 1.15 * ceiling)
    row = min(int(np.searchsorted(near["budget"], used)), len(near) - 1)
    style.label(low, x.iloc[row], min(near["shadow_relaxed"].iloc[row], 1.1 * ceiling),
                "without overlap\nand least doses", "muted", dx=4, dy=12)
    low.set_xlabel(f"budget, {_thousand(currency)}", loc="right")
    _plain(top)
    _plain(low, bins=4)
    return fig


def next_unit(levers: pd.DataFrame, currency: str, *, size: style.Size) -> Any:
    """Expected value of one more unit of money on each lever at the chosen point."""
    phone = size == "phone"
    money = sign(currency).strip()
    fig, ax = style.canvas(size, 0.9 + (0.42 if phone else 0.32) * len(levers) * (1.25 if size == "page" else 1),
                           f"Expected value of one more {money}, {money}")
    worth = levers["marginal_return"].to_numpy()
    place = np.arange(len(levers))
    colors = [C["forecast"] if on else C["axis"] for on in levers["funded"]]
    ax.barh(place + (0.12 if phone else 0), worth, height=0.46 if phone else 0.6, color=colors, zorder=3)
    ax.axvline(0, color=C["axis"], lw=style.FINE, zorder=4)
    span = max(float(np.ptp(np.append(worth, 0.0))), 0.1)
    room = 0.16 if size == "wide" else 0.26
    ax.set_xlim(min(worth.min(), 0) - room * span, max(worth.max(), 0) + room * span)
    _rows(ax, list(levers["lever"]), phone)
    _plain(ax, "x", 5)
    for row, value in enumerate(worth):
        ahead = value >= 0
        text = "0" if abs(value) < 0.005 else f"{value:+.2f}".replace("-", "−")
        style.label(ax, value, row + (0.12 if phone else 0), text,
                    "forecast" if levers["funded"].iloc[row] else "muted", dx=5 if ahead else -5,
                    ha="left" if ahead else "right")
    return fig
