"""Figures of the returns chapter: bridge of sales, cumulative cash and payback, NPV distribution, levers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.ticker import FuncFormatter, MaxNLocator

from ecomplan.charts import style
from ecomplan.currency import sign

SHOWN_LEVERS = 10


def cash_and_payback(
    fan: pd.DataFrame, payback: pd.DataFrame, target_months: int, currency: str, *, size: style.Size,
) -> Any:
    """Cumulative cash of the plan (bands 50 and 80 %) and, below, the chance of payback in each month."""
    fig, (top, low) = style.canvas(
        size, height=4.3, unit=f"Cumulative cash, {sign(currency).strip()} k", rows=2, sharex=True,
        gridspec_kw={"height_ratios": [2.4, 1]},
    )
    x = fan["plan_month"]
    thousand = fan[["q10", "q25", "q50", "q75", "q90"]] / 1000
    style.fan(top, x, {80: (thousand["q10"], thousand["q90"]), 50: (thousand["q25"], thousand["q75"])},
              thousand["q50"])
    span = max(thousand["q90"].max(), 0) - thousand["q10"].min()
    top.set_ylim(thousand["q10"].min() - 0.04 * span, max(thousand["q90"].max(), 0) + 0.14 * span)
    top.axhline(0, color=style.C["axis"], lw=style.FINE)
    last = thousand.iloc[-1]
    gap = 13 / 72 / (fig.get_figheight() * 0.5) * span
    spots = _apart([last["q10"], last["q50"], last["q90"]], gap)
    for spot, words in zip(spots, ("1 in 10 below", "median", "1 in 10 above"), strict=True):
        style.label(top, x.iloc[-1], spot, words, "forecast")
    style.rule(top, x=target_months, text="payback promised" if size == "wide" else "promised", color="plan")
    low.bar(x, 100 * payback["chance"], width=0.8, color=style.C["forecast"])
    low.axvline(target_months, color=style.C["plan"], lw=style.FINE, ls=(0, (4, 3)))
    low.set_title("Plans paid back in that month, %", color=style.C["muted"], loc="left", x=0, pad=6)
    never = 100 * (1 - payback["cumulative"].iloc[-1])
    low.text(0.02, 0.9, f"{never:.0f} % not\nby month {x.iloc[-1]}", transform=low.transAxes,
             color=style.C["ink"], va="top")
    low.set_ylim(0, max(1.0, 118 * payback["chance"].max()))
    low.yaxis.set_major_locator(MaxNLocator(3, steps=[1, 2, 5, 10]))
    low.set_xticks(np.arange(6, x.iloc[-1] + 1, 6 if x.iloc[-1] <= 48 else 12))
    low.set_xlim(0.4, x.iloc[-1] + 0.6)
    low.set_xlabel("Month of the plan")
    top.yaxis.set_major_formatter(FuncFormatter(_thousands))
    return fig


def bridge(frame: pd.DataFrame, currency: str, *, size: style.Size) -> Any:
    """Sales of the last year: what each quantity adds to those without the plan, what overlap takes off, the sum."""
    base = float(frame["sales"].iloc[0])
    steps = frame.iloc[1:]
    rows = len(steps)
    fig, ax = style.canvas(size, height=(0.62 if size == "page" else 0.46) * rows + 0.5,
                           unit=f"Sales a year beyond those without the plan, {sign(currency).strip()} k")
    start, end = (steps["start"] - base) / 1000, (steps["end"] - base) / 1000
    total = (steps["kind"] == "total").to_numpy()
    start = start.where(~total, 0.0)
    low_end, high_end = min(start.min(), end.min(), 0.0), max(start.max(), end.max(), 1e-9)
    for row, (left, right, entry) in enumerate(zip(start, end, steps.itertuples(), strict=True)):
        color = "ink" if total[row] else "plan" if right < left else "forecast"
        ax.barh(row, right - left, left=left, height=0.44, color=style.C[color])
        percent = 100 * (right - left) * 1000 / base
        told = f"{percent:+.1f} %".replace("-", "\N{MINUS SIGN}")
        style.label(ax, max(left, right), row, told, "muted", dx=4)
        style.label(ax, 0, row - 0.44, str(entry.step), dx=4, xycoords=ax.get_yaxis_transform())
        if row + 1 < rows:
            ax.plot([right, right], [row + 0.22, row + 0.78], color=style.C["axis"], lw=style.FINE)
    ax.axvline(0, color=style.C["ink"], lw=style.FINE)
    ax.set_ylim(rows - 0.5, -0.85)
    span = high_end - low_end
    ax.set_xlim(low_end - (0.03 * span if low_end < 0 else 0), high_end + (0.24 if size == "phone" else 0.14) * span)
    _lying(ax, size)
    return fig


def npv_distribution(
    frame: pd.DataFrame, mean: float, chance_of_gain: float, currency: str, *, size: style.Size,
) -> Any:
    """Share of simulated plans by net present value: losses and gains, the zero line, the mean."""
    fig, ax = style.canvas(size, height=3.0, unit="Share of simulated plans, %")
    edges = np.append(frame["npv_from"], frame["npv_to"].iloc[-1]) / 1000
    middle, share = frame["npv_mid"].to_numpy() / 1000, 100 * frame["share"].to_numpy()
    for chosen, color in ((middle < 0, "plan"), (middle >= 0, "forecast")):  # one outline each, not a patch a bin
        if chosen.any():
            ax.stairs(share[chosen], edges[np.flatnonzero(np.append(chosen, False) | np.append(False, chosen))],
                      fill=True, color=style.C[color], alpha=0.75, lw=0)
    ax.set_ylabel("")
    ax.set_xlabel(f"Net present value, {sign(currency).strip()} k")
    top = share.max() * 1.3
    ax.set_ylim(0, top)
    ax.set_xlim(min(edges[0], -0.1 * np.ptp(edges)), max(edges[-1], 0.1 * np.ptp(edges)))
    ax.axvline(0, color=style.C["ink"], lw=style.FINE)
    loss, gain = f"{100 * (1 - chance_of_gain):.0f} % lose", f"{100 * chance_of_gain:.0f} % gain"
    style.label(ax, 0, top * 0.95, loss, "plan", dx=-6, ha="right")
    style.label(ax, 0, top * 0.95, gain, "forecast", dx=6)
    ax.plot([mean / 1000] * 2, [0, top * 0.82], color=style.C["ink"], lw=style.FINE, ls=(0, (4, 3)))
    style.label(ax, mean / 1000, top * 0.82, f"mean {_thousands(mean / 1000)}", dx=3, dy=4)
    ax.xaxis.set_major_formatter(FuncFormatter(_thousands))
    ax.xaxis.set_major_locator(MaxNLocator(4 if size == "phone" else 7))
    return fig


def levers(frame: pd.DataFrame, currency: str, *, size: style.Size) -> Any:
    """Mean discounted benefit of the first levers (bars) and what each costs (hollow diamonds)."""
    shown = frame.head(SHOWN_LEVERS)
    rows = len(shown)
    fig, ax = style.canvas(size, height=(0.60 if size == "page" else 0.44) * rows + 0.5,
                           unit=f"Discounted over the months counted, {sign(currency).strip()} k")
    benefit, cost = shown["benefit_mean"] / 1000, shown["cost_mean"] / 1000
    ax.barh(range(rows), benefit, height=0.44, color=style.C["forecast"])
    ax.plot(cost, range(rows), ls="", marker="D", ms=5.5, mfc=style.C["paper"], mec=style.C["plan"], mew=1.4, zorder=6)
    for row, name in enumerate(shown["lever"]):
        ax.text(0, row - 0.45, name, transform=ax.get_yaxis_transform(), va="center", ha="left")
    end = max(benefit.max(), cost.max())
    clear = int(np.argmax(cost.to_numpy() > benefit.to_numpy()))  # the first row whose mark stands free of its bar
    if cost.iloc[clear] > benefit.iloc[clear]:
        style.label(ax, cost.iloc[clear], clear, "cost", "plan", dx=7)
    inside = benefit.iloc[0] > 0.3 * end
    ax.annotate("benefit", (0, 0), (5, 0), textcoords="offset points", va="center", zorder=8,
                color=style.C["paper" if inside else "forecast"])
    ax.set_ylim(rows - 0.5, -0.9)
    ax.set_xlim(0, end * 1.12)
    _lying(ax, size)
    return fig


def _lying(ax: Any, size: style.Size) -> None:
    """Bars on their side: no ticks beside them, vertical grid, thousands on the axis."""
    ax.set_yticks([])
    ax.grid(axis="y", visible=False)
    ax.grid(axis="x", visible=True)
    ax.xaxis.set_major_formatter(FuncFormatter(_thousands))
    ax.xaxis.set_major_locator(MaxNLocator(4 if size == "phone" else 6, steps=[1, 2, 2.5, 5, 10]))


def _apart(values: list[float], gap: float) -> list[float]:
    """Ascending positions at least `gap` apart, moved as little as that needs from the middle one."""
    low, middle, high = values
    return [min(low, middle - gap), middle, max(high, middle + gap)]


def _thousands(value: float, _: Any = None) -> str:
    return f"{value:,.0f}".replace(",", " ").replace("-", "−")
