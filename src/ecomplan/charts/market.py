"""Figures of stage `market`: sizes kept apart, curves, acquisition cost, users as a stock, sales against the target."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator

from ecomplan.charts import style
from ecomplan.charts.style import C

LETTERS = "JFMAMJJASOND"


def sizes(table: pd.DataFrame, *, size: style.Size) -> Any:
    """Each source's path with its band, on a log scale by currency: equal distances are equal ratios."""
    phone = size == "phone"
    markets = list(dict.fromkeys(table["currency"]))
    shape: dict[str, Any] = {"rows": 2, "height_ratios": [2, 1]} if phone else {"columns": 2, "width_ratios": [2, 1]}
    fig, axes = style.canvas(size, 5.0 if phone else 3.2 if size == "wide" else 3.8, **shape)
    for ax, currency in zip(axes.flat, markets, strict=False):
        part = table[table["currency"] == currency]
        where = part["market"].iloc[0]
        ax.set_title(f"{where}, {currency} tn" + (", log scale" if currency == markets[0] else ""), color=C["muted"],
                     loc="left", x=0, pad=8)
        for at, (name, rows) in enumerate(part.groupby("name", sort=False)):
            role = ("forecast", "plan", "forecast", "plan")[at % 4]
            dash: Any = (0, (4, 2)) if role == "plan" else "-"
            band = {"color": C[role], "alpha": style.BAND[80], "lw": 0, "zorder": 2}
            ax.fill_between(rows["year"], rows["low"], rows["high"], **band)
            ax.plot(rows["year"], rows["middle"], color=C[role], lw=style.LINE, ls=dash, zorder=4)
            first = rows.iloc[0]
            ax.plot(first["year"], first["middle"], "^" if first["floor"] else "o", ms=6, color=C[role], zorder=5)
            above = role == "plan" or at % 2
            style.label(ax, first["year"], first["middle"], str(name).split(":")[0], role, dx=0,
                        dy=11 if above else -11, ha="center", size=8, weight="bold")
        if currency == markets[0]:
            ax.set_yscale("log")
            ax.yaxis.set_major_locator(FixedLocator([10, 15, 20, 30, 40, 50, 60]))
            ax.yaxis.set_minor_locator(NullLocator())
            ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
            ax.set_ylim(part["low"].min() * 0.8, part["high"].max() * 1.25)
        else:
            ax.set_ylim(0, part["high"].max() * 1.25)
        years = sorted(part["year"].unique())
        ax.set_xlim(years[0] - 0.4, years[-1] + 0.4)
        ax.set_xticks(years)
    return fig


def curves(path: pd.DataFrame, regions: pd.DataFrame, told: float, *, size: style.Size) -> Any:
    """Left the share of the new channel models and the share told; right years until a region stands where one is."""
    phone = size == "phone"
    shape: dict[str, Any] = {"rows": 2} if phone else {"columns": 2, "width_ratios": [3, 4]}
    fig, axes = style.canvas(size, 4.8 if phone else 2.9 if size == "wide" else 3.6, **shape)
    left, right = axes.flat
    style.fan(left, path["year"], {80: (path["low"] * 100, path["high"] * 100)}, path["middle"] * 100)
    last = path.iloc[-1]
    left.plot(last["year"], told * 100, "D", ms=8, color="none", mec=C["plan"], mew=1.5, zorder=7)
    style.label(left, last["year"], told * 100, "told", "plan", dx=-8, dy=8, ha="right", size=8)
    left.set_xticks(path["year"])
    left.set_xlim(path["year"].iloc[0] - 0.15, last["year"] + 0.25)
    left.set_ylim(0, max(60.0, float(path["high"].max()) * 110))
    left.set_title("New channel models, % of the market", color=C["muted"], loc="left", x=0, pad=8)
    short = {"North-west": "North-west", "Whole country": "country", "East coast": "east coast"}
    pairs = list(dict.fromkeys(zip(regions["region"], regions["reaches"], strict=True)))
    y = np.arange(len(pairs))[::-1].astype(float)
    tops = sorted(regions["saturation"].unique())
    for at, (region, reaches) in zip(y, pairs, strict=True):
        rows = regions[(regions["region"] == region) & (regions["reaches"] == reaches)].dropna(subset=["middle"])
        for row in rows.to_dict("records"):
            shift = 0.24 * (1 - tops.index(row["saturation"]))
            right.hlines(at + shift, row["low"], row["high"], color=C["forecast"], lw=style.LINE, alpha=0.7, zorder=4)
            right.plot(row["middle"], at + shift, "o", ms=4.5, color=C["forecast"], zorder=5)
            if at == y[0]:
                text = f"saturation {row['saturation'] * 100:g} %" if row["saturation"] == tops[0] else (
                    f"{row['saturation'] * 100:g} %")
                style.label(right, row["high"], at + shift, text, "muted", dx=5, size=8)
    right.set_yticks(y, [f"{region} to\n{short[reaches]}" for region, reaches in pairs])
    right.tick_params(axis="y", labelcolor=C["ink"])
    right.set_ylim(-0.6, len(pairs) - 0.4)
    right.set_xlim(0, float(regions["high"].max()) * 1.08)
    right.set_title("Years to catch up", color=C["muted"], loc="left", x=0, pad=8)
    right.grid(True, axis="x")
    right.grid(False, axis="y")
    return fig


def cost(years: pd.DataFrame, chances: pd.DataFrame, *, size: style.Size) -> Any:
    """Acquisition cost from each case told, with bands, and the targets as lines."""
    fig, ax = style.canvas(size, 3.1 if size != "page" else 3.8, "CNY a new customer")
    roles = ("forecast", "ink", "third")
    top = float(years["high"].max())
    for role, (name, rows) in zip(roles, years.groupby("start", sort=False), strict=False):
        ax.fill_between(rows["year"], rows["low"], rows["high"], color=C[role], alpha=style.BAND[95], lw=0, zorder=2)
        ax.plot(rows["year"], rows["middle"], color=C[role], lw=style.HEAVY, zorder=4,
                ls=(0, (4, 2)) if role == "third" else "-")
        first = rows.iloc[0]
        ax.plot(first["year"], first["middle"], "o", ms=5, color=C[role], zorder=5)
        end = rows.iloc[-1]
        style.label(ax, end["year"], end["middle"], str(name).replace(": ", ":\n"), role, dx=6, size=8, weight="bold",
                    linespacing=1.2)
    last = int(years["year"].max())
    for row in chances.drop_duplicates("key").to_dict("records"):
        ax.hlines(row["target"], years["year"].min(), last, color=C["plan"], lw=style.FINE, ls=(0, (4, 3)), zorder=3)
        style.label(ax, years["year"].min(), row["target"], f"goal of {row['document']}", "plan", dx=0, dy=5, size=8)
    ax.set_xticks(range(int(years["year"].min()), last + 1))
    ax.set_xlim(int(years["year"].min()) - 0.15, last + (1.1 if size == "phone" else 0.7))
    ax.set_ylim(0, top * 1.08)
    return fig


def users(flows: pd.DataFrame, outlook: pd.DataFrame, target: float, *, size: style.Size) -> Any:
    """Above the stock of users, counted and projected, with the target; below what came in and what was lost."""
    phone = size == "phone"
    fig, axes = style.canvas(size, 4.6 if phone else 4.0 if size == "wide" else 4.9, rows=2, sharex=True,
                             height_ratios=[3, 2])
    upper, lower = axes.flat
    upper.set_title("Customers with an order within the window", color=C["muted"], loc="left", x=0, pad=8)
    upper.plot(flows["month"], flows["stock"], color=C["ink"], lw=style.HEAVY, zorder=5)
    last = flows.iloc[-1]
    joined = pd.concat([
        pd.DataFrame([{"month": last["month"]} | dict.fromkeys(("low", "middle", "high"), float(last["stock"]))]),
        outlook[["month", "low", "middle", "high"]],
    ], ignore_index=True)
    style.fan(upper, joined["month"], {80: (joined["low"], joined["high"])}, joined["middle"])
    when = last["month"] + pd.DateOffset(years=1)
    goal = float(last["stock"]) * (1 + target)
    upper.plot(when, goal, "D", ms=8, color="none", mec=C["plan"], mew=1.5, zorder=7)
    style.label(upper, when, goal, "goal", "plan", dx=-8, dy=8, ha="right", size=8)
    style.label(upper, flows["month"].iloc[0], float(flows["stock"].iloc[0]), "counted", "ink", dx=2, dy=-12, size=8)
    style.label(upper, joined["month"].iloc[-1], float(joined["middle"].iloc[-1]), "projected", "forecast", dx=0,
                dy=-12, ha="right", size=8, weight="bold")
    bottom = min(float(flows["stock"].min()), float(joined["low"].min()))
    upper.set_ylim(bottom * 0.9, max(goal, float(joined["high"].max())) * 1.04)
    upper.yaxis.set_major_locator(MaxNLocator(5))
    moved = flows.iloc[1:]
    width = pd.Timedelta(days=18)
    lower.set_title("A month", color=C["muted"], loc="left", x=0, pad=6)
    lower.bar(moved["month"], moved["gained"], width=width, color=C["forecast"], zorder=3)
    lower.bar(moved["month"], moved["regained"], width=width, bottom=moved["gained"], color=C["forecast"], alpha=0.45,
              zorder=3)
    lower.bar(moved["month"], -moved["lost"], width=width, color=C["plan"], zorder=3)
    lower.axhline(0, color=C["axis"], lw=style.FINE, zorder=4)
    end = moved.iloc[-1]
    style.label(lower, end["month"], float(end["gained"]) / 2, "new", "forecast", dx=10, size=8, weight="bold")
    top = float(end["gained"] + end["regained"])
    style.label(lower, end["month"], top, "back again", "forecast", dx=10, dy=-3, size=8)
    style.label(lower, end["month"], -float(end["lost"]) / 2, "lost", "plan", dx=10, size=8, weight="bold")
    lower.yaxis.set_major_locator(MaxNLocator(5, integer=True))
    lower.yaxis.set_major_formatter(FuncFormatter(_signed))
    months = [*flows["month"], *outlook["month"]]
    shown = [month for month in months if month.month in (1, 4, 7, 10)]
    lower.set_xticks(shown, [f"{month:%b}" + (f"\n{month:%Y}" if month.month == 1 else "") for month in shown])
    return fig


def sales(table: pd.DataFrame, target: float, *, size: style.Size) -> Any:
    """Cumulative growth of sales through the plan year, its band, and the growth told."""
    fig, ax = style.canvas(size, 2.8 if size != "page" else 3.4, "Sales since January against the year before, %")
    x = np.arange(len(table))
    style.fan(ax, x, {80: (table["low"] * 100, table["high"] * 100)}, table["middle"] * 100)
    ax.axhline(0, color=C["axis"], lw=style.FINE, zorder=3)
    style.rule(ax, y=target * 100, text="growth told", color="plan", size=8)
    ax.set_xticks(x, [LETTERS[month.month - 1] for month in table["month"]])
    low, high = float(table["low"].min()) * 100, max(float(table["high"].max()), target) * 100
    ax.set_ylim(low - (high - low) * 0.06, high + (high - low) * 0.14)
    ax.yaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5]))
    ax.yaxis.set_major_formatter(FuncFormatter(_signed))
    return fig


def _signed(value: float, _: Any) -> str:
    return f"{value:+g}".replace("-", "−") if value else "0"
