"""Figures of stage `campaigns`: policy values, weights, first campaigns week by week, campaign effects."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from ecomplan.charts import style
from ecomplan.charts.style import C

_PANELS = {
    "random": "uniform policy, from the adaptive one's log", "bts": "adaptive policy, from the uniform one's log",
}
_NARROW = {"random": "uniform policy", "bts": "adaptive policy"}


def policy_values(values: pd.DataFrame, rates: pd.DataFrame, *, size: style.Size) -> Any:
    """Value of each policy from the other's log by estimator (80 %), and the truth of its own log as a band."""
    phone = size == "phone"
    fig, axes = style.canvas(
        size, 4.9 if phone else 3.0 if size == "wide" else 3.6, rows=2 if phone else 1, columns=1 if phone else 2,
        sharex=True, sharey=not phone,
    )
    together = values[values["campaign"] == "together"]
    top = 1000 * float(together["high"].max())
    for number, (ax, (target, name)) in enumerate(zip(axes.flat, _PANELS.items(), strict=True)):
        rows = together[together["target"] == target]
        truth = rates[(rates["policy"] == target) & (rates["campaign"] == "together")].iloc[0]
        ax.set_title(f"Clicks per 1,000 impressions:\n{_NARROW[target] if size == 'page' else name}", color=C["muted"],
                     loc="left", x=0, pad=16)
        where = np.arange(len(rows))[::-1]
        ax.axvspan(1000 * truth["low"], 1000 * truth["high"], color=C["ink"], alpha=style.BAND[95], lw=0, zorder=1)
        ax.axvline(1000 * truth["rate"], color=C["ink"], lw=style.LINE, zorder=2)
        style.label(ax, 1000 * truth["rate"], 1, "own log", "ink", dx=0, dy=6, ha="center",
                    xycoords=ax.get_xaxis_transform(), weight="bold")
        low, value, high = (1000 * rows[column].to_numpy(float) for column in ("low", "value", "high"))
        for y, at, start, end, agrees in zip(where, value, low, high, rows["agrees"], strict=True):
            color = "forecast" if agrees else "plan"
            ax.plot([start, end], [y, y], color=C[color], lw=style.HEAVY, zorder=4, solid_capstyle="butt")
            ax.plot(at, y, "o" if agrees else "D", ms=6, color=C[color if agrees else "paper"], mec=C[color], mew=1.4,
                    zorder=5)
        ax.set_ylim(-0.6, len(rows) - 0.4)
        ax.set_xlim(0, top * 1.08)
        ax.grid(False, axis="y")
        ax.set_yticks(where, list(rows["estimator"]))
        ax.tick_params(axis="y", labelcolor=C["ink"], length=0, labelleft=phone or number == 0)
    return fig


def weights(bins: pd.DataFrame, weight_max: float, *, size: style.Size) -> Any:
    """Share of the impressions and of the total weight by size of weight, for both directions."""
    phone = size == "phone"
    fig, axes = style.canvas(size, 4.8 if phone else 2.9 if size == "wide" else 3.4, rows=2 if phone else 1,
                             columns=1 if phone else 2, sharex=True, sharey=True)
    for ax, (target, group) in zip(axes.flat, bins.groupby("target", sort=False), strict=True):
        used = group[(group["impressions_share"] > 0)]
        edges = np.append(group["low"].to_numpy(), group["high"].iloc[-1])
        ax.set_title(f"Share of the total, %:\n{_NARROW[str(target)] if size == 'page' else _PANELS[str(target)]}",
                     color=C["muted"], loc="left", x=0, pad=8)
        for column, color in (("impressions_share", "muted"), ("weight_share", "plan")):
            ax.stairs(100 * group[column], edges, color=C[color], lw=style.LINE, zorder=4)
        ax.stairs(100 * group["weight_share"], edges, color=C["plan"], fill=True, alpha=style.BAND[80], lw=0, zorder=3)
        ax.set_xscale("log")
        ax.set_ylim(0, 100 * max(bins["impressions_share"].max(), bins["weight_share"].max()) * 1.3)
        most = used.nlargest(1, "impressions_share").iloc[0]
        if size != "page" or ax is axes.flat[0]:  # too narrow there for both names; the first panel says it
            style.label(ax, edges[0], 100 * float(most["impressions_share"]), "impressions", "muted", dx=0, dy=7,
                        weight="bold")
        heavy = used.nlargest(1, "weight_share").iloc[0]
        far = float(heavy["high"]) > weight_max
        style.label(ax, heavy["high" if far else "low"], 100 * heavy["weight_share"], "weight", "plan", dx=0, dy=7,
                    ha="right" if far else "left", weight="bold")
        if edges[0] < weight_max < edges[-1]:
            style.rule(ax, x=weight_max, text="cut", color="axis")
        ticks = [10.0**power for power in range(-3, 6) if edges[0] <= 10.0**power <= edges[-1]]
        ax.xaxis.set_major_locator(FixedLocator(ticks[:: 1 if len(ticks) < 6 else 2]))
        ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        ax.xaxis.set_minor_locator(NullLocator())
    axes.flat[-1].set_xlabel("weight of an impression (log scale)", loc="right")
    return fig


def event_study(weekly: pd.DataFrame, placebo: int, *, size: style.Size) -> Any:
    """Weekly spend of targeted minus untargeted households around their first campaign, two comparisons."""
    phone = size == "phone"
    fig, axes = style.canvas(size, 4.8 if phone else 2.9 if size == "wide" else 3.5, rows=2 if phone else 1,
                             columns=1 if phone else 2, sharex=True, sharey=True)
    kinds = {"difference in differences": "muted", "weighted": "forecast"}
    first, last = int(weekly["week"].min()), int(weekly["week"].max())
    for ax, (kind, color) in zip(axes.flat, kinds.items(), strict=True):
        rows = weekly[weekly["estimator"] == kind]
        ax.set_title(f"$ a week: {kind}" if size != "page" else f"$ a week: {kind.replace('differences', 'diff.')}",
                     color=C["muted"], loc="left", x=0, pad=8)
        ax.axvspan(-placebo - 0.5, -0.5, color=C["plan"], alpha=style.BAND[95], lw=0, zorder=1)
        ax.axhline(0, color=C["axis"], lw=style.FINE, zorder=3)
        ax.fill_between(rows["week"], rows["wide_low"], rows["wide_high"], color=C[color], alpha=style.BAND[95], lw=0,
                        zorder=2)
        ax.vlines(rows["week"], rows["low"], rows["high"], color=C[color], lw=style.HEAVY, zorder=4)
        ax.plot(rows["week"], rows["value"], "o", ms=4.5, color=C[color], mec=C["paper"], mew=0.6, zorder=5)
        ax.axvline(-0.5, color=C["ink"], lw=style.FINE, zorder=3)
        for at, text in ((first - 0.5, "base"), (-0.5, "campaign")):
            style.label(ax, at, 1, text, "ink" if text == "campaign" else "muted", dx=3, dy=-6,
                        xycoords=ax.get_xaxis_transform())
        style.label(ax, -0.5, 1, "placebo", "muted", dx=-3, dy=-6, ha="right", xycoords=ax.get_xaxis_transform())
        ax.set_xlim(first - 0.6, last + 0.6)
        ax.xaxis.set_major_locator(FixedLocator([week for week in range(first, last + 1) if week % 4 == 0]))
        ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.0f}".replace("-", "−")))
        ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.0f}".replace("-", "−")))
    low, high = weekly["wide_low"].min(), weekly["wide_high"].max()
    axes.flat[0].set_ylim(low - 0.05 * (high - low), high + 0.24 * (high - low))
    axes.flat[-1].set_xlabel("weeks from the start", loc="right")
    return fig


def forest(campaigns: pd.DataFrame, *, size: style.Size) -> Any:
    """Effect of each campaign on weekly spend: naive, difference in differences, weighted, with 80 % intervals."""
    phone = size == "phone"
    rows = campaigns[campaigns["did"].notna()].sort_values(["type", "first_week"], ignore_index=True)
    where = -np.arange(len(rows), dtype=float) - 0.7 * (rows["type"] != rows["type"].shift()).cumsum()
    height = (1.3 + 0.165 * len(rows)) / (0.74 if size == "page" else 1)
    fig, ax = style.canvas(size, height, "Targeted minus untargeted households, $ a week")
    marks = {
        "naive": ("o", "muted", 0.0, True), "did": ("D", "plan", 0.17, True),
        "weighted": ("o", "forecast", -0.17, False),
    }
    for name, (mark, color, shift, hollow) in marks.items():
        known = rows[name].notna()
        y = where[known] + shift
        ax.hlines(y, rows.loc[known, f"{name}_low"].astype(float), rows.loc[known, f"{name}_high"].astype(float),
                  color=C[color], lw=1.3, zorder=4)
        ax.plot(rows.loc[known, name].astype(float), y, mark, ms=4, color=C["paper" if hollow else color], mec=C[color],
                mew=1.1, ls="none", zorder=5)
    ax.axvline(0, color=C["axis"], lw=style.FINE, zorder=3)
    ax.grid(False, axis="y")
    ax.set_yticks(where, [f"no. {number}" for number in rows["campaign"]])
    ax.tick_params(axis="y", labelcolor=C["ink"], length=0)
    left = float(min(rows["did_low"].min(), rows["naive_low"].min(), 0))
    right = float(rows["naive_high"].max())
    ax.set_xlim(left - 3, right + 3)
    ax.set_ylim(where.min() - 0.8, 2.2 if left >= -0.1 * (right - left) else 1.6)
    for kind, group in rows.groupby("type"):
        style.label(ax, right + 3, where[group.index[0]] + 0.85, f"type {kind}", "muted", dx=0, ha="right")
    # the middle of the naive circles, but never on top of the other two names
    naive_at = max(float(rows["naive"].mean()), left + 0.55 * (right - left))
    style.label(ax, 0, 1.0, "weighted", "forecast", dx=6, weight="bold")
    if left < -0.1 * (right - left):
        style.label(ax, 0, 1.0, "diff. in diff." if phone else "difference in differences", "plan", dx=-6, ha="right",
                    weight="bold")
    else:
        style.label(ax, 0, 1.9, "difference in differences", "plan", dx=6, weight="bold")
    style.label(ax, naive_at, 1.0, "naive", "muted", dx=0, ha="center", weight="bold")
    return fig
