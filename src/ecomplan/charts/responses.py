"""Figures of stage `responses`: messages, waiting, prices, service desk, discounts now against customers later."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator

from ecomplan.charts import style
from ecomplan.charts.style import C


def _percent(value: float, _: Any = None) -> str:
    return f"{value * 100:+.0f} %" if value else "0 %"


def messages(dose: pd.DataFrame, cap: int, best: int, *, size: style.Size) -> Any:
    """Change of orders by messages a week: median, 80 % and mean; the documents' cap; above it the best counts."""
    fig, axes = style.canvas(size, 4.0 if size == "phone" else 3.6 if size == "wide" else 4.4, rows=2,
                             height_ratios=[3, 1], sharex=True)
    top, below = axes.flat
    top.set_title("Change of orders in the policy's time and after", color=C["muted"], loc="left", x=0, pad=8)
    style.fan(top, dose["messages"], {80: (dose["low"], dose["high"])}, dose["value"])
    top.axhline(0, color=C["axis"], lw=style.FINE, zorder=3)
    style.rule(top, x=cap, text="the documents' cap", color="plan")
    row = dose.iloc[best]
    top.plot(row["messages"], row["value"], "o", ms=6, color=C["forecast"], zorder=6)
    last = dose.iloc[-1]
    style.label(top, last["messages"], last["value"], "median", "forecast", dx=-2, dy=10, ha="right", weight="bold")
    style.label(top, last["messages"], last["high"], "80 % of draws", "muted", dx=-2, dy=-9, ha="right")
    top.yaxis.set_major_formatter(FuncFormatter(_percent))
    top.yaxis.set_major_locator(MaxNLocator(5))
    below.bar(dose["messages"], dose["best_share"], width=0.7,
              color=[C["plan"] if count == cap else C["forecast"] for count in dose["messages"]])
    below.set_title("Share of draws in which that number is best", color=C["muted"], loc="left", x=0, pad=5)
    below.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value * 100:.0f} %"))
    below.yaxis.set_major_locator(MaxNLocator(2))
    below.set_xlabel("messages a week")
    below.set_xticks(dose["messages"][::2 if size != "phone" else 4])
    below.set_xlim(-0.6, last["messages"] + 0.6)
    return fig


def speed(path: pd.DataFrame, *, size: style.Size) -> Any:
    """Gain in orders by seconds saved, as taken and as claimed, for page load and payment."""
    phone = size == "phone"
    shape: dict[str, Any] = {"rows": 2} if phone else {"columns": 2}
    fig, axes = style.canvas(size, 4.8 if phone else 3.0 if size == "wide" else 3.7, **shape)
    titles = {"page load": "Gain in orders, page load", "payment": "Gain in orders, payment"}
    for ax, (name, rows) in zip(axes.flat, path.groupby("name", sort=False), strict=True):
        ax.set_title(titles[str(name)], color=C["muted"], loc="left", x=0, pad=8)
        style.fan(ax, rows["seconds"], {80: (rows["low"], rows["high"])}, rows["gain"])
        ax.plot(rows["seconds"], rows["claimed"], color=C["plan"], lw=style.LINE, ls=(0, (4, 2)), zorder=4)
        end, middle = rows.iloc[-1], rows.iloc[len(rows) // 2]
        ax.plot(end["seconds"], end["claimed"], "D", ms=8, color="none", mec=C["plan"], mew=1.5, zorder=7)
        style.label(ax, end["seconds"], end["claimed"], "claimed", "plan", dx=-9, dy=2, ha="right", weight="bold")
        style.label(ax, middle["seconds"], middle["low"], "as taken", "forecast", dx=6, dy=-9, weight="bold")
        ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value * 100:.0f} %"))
        ax.yaxis.set_major_locator(MaxNLocator(5))
        ax.set_ylim(0, float(max(rows["claimed"].max(), rows["high"].max())) * 1.12)
        ax.set_xlim(0, end["seconds"] * 1.04)
        ax.set_xlabel("seconds saved")
    return fig


def price(curve: pd.DataFrame, guard: float, *, size: style.Size) -> Any:
    """Contribution and sales by change of price under the price response; the guard as a band."""
    fig, ax = style.canvas(size, 3.4 if size != "page" else 4.2,
                           "Change at a change of all prices" if size != "phone" else "Change with prices")
    change = curve["change"]
    ax.axvspan(-guard, guard, color=C["grid"], alpha=0.6, lw=0, zorder=1)
    style.fan(ax, change, {80: (curve["profit_low"], curve["profit_high"])}, curve["profit"])
    ax.plot(change, curve["sales"], color=C["plan"], lw=style.LINE, ls=(0, (4, 2)), zorder=4)
    ax.plot(change, curve["units"], color=C["muted"], lw=style.LINE, ls=(0, (1.5, 1.5)), zorder=4)
    ax.axhline(0, color=C["axis"], lw=style.FINE, zorder=3)
    at = int(len(curve) * 0.86)
    row, low = curve.iloc[at], curve.iloc[int(len(curve) * 0.16)]
    style.label(ax, row["change"], row["profit"], "contribution", "forecast", dx=-8, dy=12, ha="right", weight="bold")
    style.label(ax, row["change"], row["sales"], "sales", "plan", dx=0, dy=9, ha="center", weight="bold")
    style.label(ax, low["change"], low["units"], "buyers", "muted", dx=0, dy=10, ha="center", weight="bold")
    style.label(ax, guard, 0.04, "guard" if size == "phone" else "within the guard", "muted", dx=4,
                xycoords=ax.get_xaxis_transform())
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_formatter(FuncFormatter(_percent))
        axis.set_major_locator(MaxNLocator(6 if size != "phone" else 5))
    ax.set_xlabel("change of price")
    ax.set_xlim(change.iloc[0], change.iloc[-1])
    return fig


def service(volumes: pd.DataFrame, claimed: float, own: float, *, size: style.Size) -> Any:
    """Cost of the desk with an assistant over cost without, by enquiries a month."""
    fig, ax = style.canvas(size, 3.2 if size != "page" else 4.0,
                           "Cost of service with an assistant against people alone" if size != "phone"
                           else "Cost with an assistant")
    month = volumes["per_month"]
    ax.fill_between(month, volumes["low"], volumes["high"], color=C["forecast"], alpha=style.BAND[80], lw=0, zorder=2,
                    step="mid")
    ax.step(month, volumes["change"], where="mid", color=C["forecast"], lw=style.HEAVY, zorder=4)
    ax.axhline(0, color=C["axis"], lw=style.FINE, zorder=3)
    ax.axhline(claimed, color=C["plan"], lw=style.LINE, ls=(0, (4, 2)), zorder=3)
    ax.set_xscale("log")
    low, high = float(volumes["low"].min()), float(volumes["high"].max())
    ax.set_ylim(min(low, claimed) - 0.08, high + 0.12)
    style.label(ax, 1, claimed, "claimed saving", "plan", dx=0, dy=7, ha="right", weight="bold",
                xycoords=ax.get_yaxis_transform())
    at = max(own, float(month.iloc[0]))
    ax.axvline(at, color=C["ink"], lw=style.FINE, ls=(0, (2, 2)), zorder=3)
    style.label(ax, at, high + 0.12, "this shop", "ink", dx=4, dy=-6, weight="bold")
    ax.xaxis.set_major_locator(FixedLocator([100, 1000, 10_000, 100_000]))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    ax.yaxis.set_major_formatter(FuncFormatter(_percent))
    ax.set_xlim(float(month.iloc[0]), float(month.iloc[-1]))
    ax.set_xlabel("enquiries a month (log scale)")
    return fig


def later(table: pd.DataFrame, repeat: float, *, size: style.Size) -> Any:
    """Gain in orders that a discount needs by the share of customers who buy again, and what the price brings."""
    fig, ax = style.canvas(size, 3.2 if size != "page" else 4.0,
                           "Gain in orders that a discount needs, and brings" if size != "phone" else "Gain in orders")
    shown = table[table["needed"] <= max(2.2, float(np.interp(repeat, table["repeat"], table["needed"])) * 1.3)]
    lines = (("needed", "needed,\ncustomers lost\nas claimed", "plan", (0, (4, 2)), style.LINE),
             ("needed_kept", "needed,\nfewer lost,\nas taken", "forecast", "-", style.HEAVY),
             ("needed_none", "needed, none lost", "muted", (0, (1.5, 1.5)), style.LINE),
             ("lift", "what the price response brings", "ink", "-", style.LINE))
    for key, name, role, dash, width in lines:
        ax.plot(shown["repeat"], shown[key], color=C[role], ls=dash, lw=width, zorder=4)
        late = key in ("needed", "needed_kept")
        row = shown.iloc[1 if key == "needed_none" else -1]
        style.label(ax, row["repeat"], row[key], name, role, dx=6 if late else -4 if key == "lift" else 0,
                    dy=0 if late else 9 if key == "lift" else -10, ha="right" if key == "lift" else "left",
                    va="top" if key == "needed" else "center", weight="bold")
    ends = shown.iloc[-1]
    ax.axvline(repeat, color=C["ink"], lw=style.FINE, ls=(0, (2, 2)), zorder=3)
    style.label(ax, repeat, 1, "this shop", "ink", dx=-4, dy=-6, ha="right", xycoords=ax.get_xaxis_transform())
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value * 100:.0f} %"))
        axis.set_major_locator(MaxNLocator(6 if size != "phone" else 5))
    ax.set_ylim(0, float(ends["needed"]) * 1.08)
    ax.set_xlim(0, max(float(ends["repeat"]), repeat))
    ax.set_xlabel("customers who buy again in the next year")
    return fig
