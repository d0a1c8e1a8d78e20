"""Figures of stage `baskets`: order values, price response, price cuts, pairs, returns."""

from __future__ import annotations

import textwrap
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator, PercentFormatter

from ecomplan.charts import style
from ecomplan.charts.style import C
from ecomplan.currency import sign


def order_values(density: pd.DataFrame, median: float, mean: float, currency: str, *, size: style.Size) -> Any:
    """Histogram of order values on a log axis, the lognormal of the same centre and spread, median and mean."""
    fig, ax = style.canvas(size, 3.4, "Share of orders")
    low, high = density["low"].to_numpy(), density["high"].to_numpy()
    middle = np.sqrt(low * high)
    ax.bar(low, density["share"], width=high - low, align="edge", color=C["muted"], alpha=0.30, lw=0, zorder=2)
    ax.step(np.append(low, high[-1]), np.append(density["share"], density["share"].iloc[-1]), where="post",
            color=C["ink"], lw=style.LINE, zorder=4)
    ax.plot(middle, density["lognormal"], color=C["third"], lw=style.LINE, ls=(0, (4, 2)), zorder=5)
    at = int(np.argmax(density["lognormal"].to_numpy() >= 0.45 * density["lognormal"].max()))
    style.label(ax, middle[at], density["lognormal"].iloc[at], "lognormal", "third", dx=-6, ha="right", weight="bold")
    ax.set_xscale("log")
    ax.set_xlim(low[0], high[-1])
    top = float(max(density["share"].max(), density["lognormal"].max()))
    ax.set_ylim(0, top * 1.24)
    for value, name, side in ((median, "median", "right"), (mean, "mean", "left")):
        ax.plot([value, value], [0, top * 1.08], color=C["forecast"], lw=style.FINE, ls=(0, (4, 3)), zorder=6)
        style.label(ax, value, top * 1.15, f"{name} {sign(currency)}{value:,.0f}".replace(",", "\u202f"), "forecast",
                    dx=4 if side == "left" else -4, ha=side)
    ticks = [step * 10.0 ** power for power in range(-2, 9) for step in (1, 3)
             if low[0] <= step * 10.0 ** power <= high[-1]]
    ax.xaxis.set_major_locator(FixedLocator(ticks if size != "phone" else ticks[::2] or ticks))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{sign(currency)}{value:,.0f}".replace(",", "\u202f")))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
    ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0, symbol=" %"))
    ax.set_xlabel("value of an order (log scale)", loc="right")
    return fig


def elasticities(table: pd.DataFrame, *, size: style.Size) -> Any:
    """Each estimate of the price elasticity with its interval; the one believed is strong."""
    if table.empty:
        return nothing(size, "Prices do not vary enough to measure a response")
    phone = size == "phone"
    rows = table
    fig, ax = style.canvas(size, 0.9 + (0.46 if phone else 0.36 if size == "wide" else 0.42) * max(len(rows), 4),
                           "Change, %, if the price is 1 % higher" if size == "page"
                           else "Change of buyers or pieces, %, if the price is 1 % higher")
    where = np.arange(len(rows))[::-1].astype(float)
    halo = {"fc": C["paper"], "ec": "none", "pad": 0.8}  # reference lines pass behind the words
    for y, row in zip(where, rows.to_dict("records"), strict=True):
        role = {"guarded": "forecast", "placebo": "plan", "naive": "muted"}.get(str(row["key"]), "axis")
        strong = row["key"] == "guarded"
        ax.plot([row["low"], row["high"]], [y, y], color=C[role], lw=style.HEAVY if strong else style.LINE, zorder=4)
        ax.plot(row["value"], y, "o", ms=7 if strong else 5.5, color=C[role] if strong else C["paper"], mec=C[role],
                mew=1.5, zorder=5)
        words = "ink" if role == "axis" else role
        style.label(ax, row["high"], y, f"{row['value']:.2f}".replace("-", "−"), words, dx=7, size=8,
                    weight="bold" if strong else "normal", bbox=halo)
        if phone:
            style.label(ax, 0, y, str(row["name"]), words, dx=0, dy=10, size=8, xycoords=("axes fraction", "data"),
                        weight="bold" if strong else "normal", bbox=halo)
    if phone:
        ax.set_yticks([])
    else:
        ax.set_yticks(where, list(rows["name"]))
        ax.tick_params(axis="y", labelcolor=C["ink"])
    ax.axvline(0, color=C["axis"], lw=style.FINE, zorder=3)
    ax.axvline(-1, color=C["axis"], lw=style.FINE, ls=(0, (4, 3)), zorder=3)
    ax.set_ylim(-0.6, len(rows) - (0.35 if phone else 0.5))
    low, high = min(rows["low"].min(), -1.1), max(rows["high"].max(), 0.1)
    ax.set_xlim(low - 0.04 * (high - low), high + (0.24 if phone else 0.16) * (high - low))
    ax.xaxis.set_major_locator(MaxNLocator(5 if phone else 7))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}".replace("-", "−")))
    ax.grid(False, axis="y")
    return fig


def cuts(curve: pd.DataFrame, *, size: style.Size) -> Any:
    """Buyers around price cuts, relative to what was expected, with the 80 % band."""
    if curve.empty:
        return nothing(size, "Too few price cuts can be seen")
    fig, ax = style.canvas(size, 3.2, "Buyers above or below what was expected")
    week = curve["week"].to_numpy()
    style.fan(ax, week, {80: (curve["low"].to_numpy(), curve["high"].to_numpy())}, curve["value"].to_numpy())
    ax.plot(week, curve["value"], "o", ms=4, color=C["forecast"], zorder=5)
    ax.axhline(0, color=C["axis"], lw=style.FINE, zorder=3)
    style.rule(ax, x=-0.5, text="price is cut")
    ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0, symbol=" %"))
    ax.xaxis.set_major_locator(FixedLocator([tick for tick in range(-4, 9, 2) if week[0] <= tick <= week[-1]]))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.0f}".replace("-", "−")))
    ax.set_xlabel("weeks from the first week of the cut", loc="right")
    return fig


def pairs(followed: pd.DataFrame, rows: int, *, size: style.Size) -> Any:
    """Lift of the best pairs of unlike products in the earlier half (hollow) and in the later (filled), log axis."""
    kept = followed[(followed["kind"] == "complement") & followed["on_sale"] & (followed["late_lift"] > 0)].head(rows)
    if kept.empty:
        return nothing(size, "No pair of products stands in enough orders")
    phone = size == "phone"
    each = {"wide": 0.37, "phone": 0.56, "page": 0.52}[size]
    fig, ax = style.canvas(size, 0.8 + each * max(len(kept), 3), "Lift: times as often as by chance" if size != "wide"
                           else "Lift: times as often together as by chance (log scale)")
    where = np.arange(len(kept))[::-1].astype(float)
    early, late = kept["early_lift"].to_numpy(), kept["late_lift"].to_numpy()
    ax.hlines(where, early, late, color=C["axis"], lw=1.1, zorder=3)
    ax.hlines(where, kept["late_low"], kept["late_high"], color=C["forecast"], lw=3.2, alpha=0.30, zorder=3)
    ax.plot(early, where, "o", ms=6, color=C["paper"], mec=C["muted"], mew=1.5, zorder=5)
    ax.plot(late, where, "o", ms=6, color=C["forecast"], mec=C["paper"], mew=0.6, zorder=6)
    ax.set_xscale("log")
    names = [f"{calm(a)} · {calm(b)}" for a, b in zip(kept["first_name"], kept["second_name"], strict=True)]
    if phone:
        ax.set_yticks([])
        for y, name in zip(where, names, strict=True):
            style.label(ax, 0, y, textwrap.shorten(name, 62, placeholder=" …"), "ink", dx=0, dy=10, size=7,
                        xycoords=("axes fraction", "data"))
    else:
        ax.set_yticks(where, ["\n".join(textwrap.wrap(name, 46)[:2]) for name in names])
        ax.tick_params(axis="y", labelcolor=C["ink"], labelsize=7)
    left = float(early[0]) <= float(late[0])
    sides: tuple[dict[str, Any], ...] = ({"dx": -7, "ha": "right"}, {"dx": 7, "ha": "left"})
    style.label(ax, early[0], where[0], "earlier", "muted", size=8, **sides[0 if left else 1])
    end = float((kept["late_high"] if left else kept["late_low"]).iloc[0])
    style.label(ax, end, where[0], "later", "forecast", size=8, weight="bold", **sides[1 if left else 0])
    ends = np.concatenate([early, late, kept["late_low"], kept["late_high"]])
    low, high = float(ends[ends > 0].min()) / 1.6, float(ends.max()) * 1.6
    ax.set_xlim(low, high)
    steps = [step * 10.0 ** power for power in range(-1, 5) for step in (1, 2, 5)]
    ticks = [tick for tick in steps if low <= tick <= high]
    ax.xaxis.set_major_locator(FixedLocator(ticks))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.set_ylim(-0.6, len(kept) - (0.1 if phone else 0.4))
    ax.grid(False, axis="y")
    return fig


def returns(months: pd.DataFrame, groups: pd.DataFrame, *, size: style.Size) -> Any:
    """Return share by month inside control limits, and by product group beside the limits of its size."""
    phone = size == "phone"
    stacked = phone or size == "page"
    height = {"wide": 3.9, "phone": 6.6, "page": 8.2}[size]
    fig, axes = style.canvas(size, height, "Lines returned, % of lines sold, by month", rows=2 if stacked else 1,
                             columns=1 if stacked else 2,
                             **({"gridspec_kw": {"height_ratios": [1, 1.7]}} if stacked else {}))
    by_month, by_group = axes.flat
    stamp = months["month"]
    by_month.fill_between(stamp, months["limit_low"] * 100, months["limit_high"] * 100, color=C["forecast"],
                          alpha=style.BAND[95], lw=0, zorder=2)
    by_month.plot(stamp, months["centre"] * 100, color=C["forecast"], lw=style.FINE, ls=(0, (4, 3)), zorder=3)
    by_month.plot(stamp, months["share"] * 100, color=C["ink"], lw=style.LINE, marker="o", ms=3, zorder=4)
    out = months[months["signal"] != ""]
    by_month.plot(out["month"], out["share"] * 100, "s", ms=7, color=C["paper"], mec=C["alarm"], mew=1.6, zorder=6)
    for row in out.to_dict("records"):
        high = row["signal"] == "high"
        style.label(by_month, row["month"], row["share"] * 100, f"{row['month']:%m/%Y}", "alarm", dx=0,
                    dy=10 if high else -10, ha="center", size=8)
    by_month.set_ylim(0, max(float(months[["limit_high", "share"]].to_numpy().max()) * 118, 0.1))
    by_month.xaxis.set_major_locator(FixedLocator(_month_ticks(stamp)))
    by_month.xaxis.set_major_formatter(FuncFormatter(_month_name))
    where = np.arange(len(groups))[::-1].astype(float)
    by_group.hlines(where, groups["limit_low"] * 100, groups["limit_high"] * 100, color=C["forecast"], lw=7,
                    alpha=style.BAND[95], zorder=2)
    by_group.hlines(where, groups["low"] * 100, groups["high"] * 100, color=C["ink"], lw=style.LINE, zorder=4)
    high = (groups["signal"] != "").to_numpy()
    share = groups["share"].to_numpy() * 100
    by_group.plot(share[~high], where[~high], "o", ms=5, color=C["ink"], mec=C["paper"], mew=0.5, zorder=5)
    by_group.plot(share[high], where[high], "s", ms=7, color=C["paper"], mec=C["alarm"], mew=1.6, zorder=6)
    by_group.set_title("… by product group, largest sales first", color=C["muted"], loc="left", x=0, pad=8)
    by_group.set_yticks(where, list(groups["group"]))
    by_group.tick_params(axis="y", labelcolor=C["ink"])
    by_group.set_xlim(0, max(float(groups[["limit_high", "high"]].to_numpy().max()) * 106, 0.1))
    by_group.set_ylim(-0.6, len(groups) - 0.4)
    by_group.grid(False, axis="y")
    return fig


def nothing(size: style.Size, reason: str) -> Any:
    """A quiet panel that says why there is nothing to draw."""
    fig, ax = style.canvas(size, 1.2)
    ax.set_axis_off()
    ax.text(0, 0.5, reason + ".", color=C["muted"], va="center", transform=ax.transAxes)
    return fig


def calm(name: object) -> str:
    """A product's name without the shouting: JUMBO BAG RED -> Jumbo bag red."""
    text = " ".join(str(name).split())
    return text.capitalize() if text.isupper() else text


def _month_ticks(stamp: pd.Series) -> list[float]:
    from matplotlib.dates import date2num

    months = pd.DatetimeIndex(stamp)
    quarters = months[months.month.isin([1, 7])]
    return list(date2num((quarters if len(quarters) else months[:1]).to_pydatetime()))


def _month_name(value: float, _: Any) -> str:
    from matplotlib.dates import num2date

    found = num2date(value)
    return f"{found:%b}\n{found:%Y}" if found.month == 1 else f"{found:%b}"
