"""Figures of stage `journey`: funnel, faults, graph of events, path length, time to decide, gate."""

from __future__ import annotations

from typing import Any

import matplotlib.dates as mdates
import numpy as np
import pandas as pd
from matplotlib.patches import FancyArrowPatch
from matplotlib.ticker import MaxNLocator, PercentFormatter

from ecomplan.charts import style
from ecomplan.charts.style import C

FEWEST = 5  # sessions in seven days below which no share is drawn
PERCENT = PercentFormatter(1, decimals=0, symbol=" %")
PLATFORM = (("ink", "-"), ("forecast", (0, (5, 2))), ("third", (0, (1.5, 1.5))))
#: where the events stand in the graph: from arriving (left) to paying (right)
PLACES = {
    "start": (0.0, 2.0), "home": (0.9, 3.3), "promo_page": (0.9, 0.2), "search": (2.0, 4.0), "catalog": (2.0, 1.9),
    "filter_results": (2.0, 0.7), "product_view": (3.2, 2.9), "wishlist_add": (3.2, 0.7), "compare": (3.2, 0.0),
    "review_page": (3.6, 4.2), "add_to_cart": (4.4, 1.8), "cart": (4.7, 3.7), "shipping_details": (5.7, 2.9),
    "payment_details": (5.5, 1.1), "support_chat": (4.4, 0.4), "purchase": (6.7, 2.0),
}
WORDS = {
    "start": "arrival", "product_view": "product page", "add_to_cart": "into basket", "cart": "basket page",
    "shipping_details": "delivery", "payment_details": "payment", "filter_results": "filter",
    "wishlist_add": "wish list", "promo_page": "promotion", "review_page": "reviews", "support_chat": "support",
}


def _nothing(text: str, size: style.Size) -> Any:
    fig, ax = style.canvas(size, 1.2)
    ax.text(0.02, 0.5, text, transform=ax.transAxes, color=C["muted"], va="center")
    ax.axis("off")
    return fig


def funnel(table: pd.DataFrame, *, size: style.Size) -> Any:
    """Share of sessions that reach each step: bars for all, marks with ranges for the platforms."""
    phone = size == "phone"
    whole = table[table["dimension"] == "all"]
    platforms = list(dict.fromkeys(table.loc[table["dimension"] == "platform", "level"]))[:3]
    where = np.arange(len(whole))[::-1].astype(float)
    fig, ax = style.canvas(size, 4.9 if size == "page" else 4.3, "Share of sessions that reach the step")
    ax.barh(where, whole["of_visits"], height=0.30, color=C["muted"], alpha=0.35, zorder=2)
    for y, row in zip(where, whole.to_dict("records"), strict=True):
        style.label(ax, 0, y, f"{row['step']}", "ink", dx=1, dy=15 if phone else 14, weight="bold")
        if row["lost"]:
            text = f"−{1 - row['passed']:.0%} ({1 - row['passed_high']:.0%} to {1 - row['passed_low']:.0%})"
            style.label(ax, 1, y, text.replace("%", " %"), "plan", dx=0, dy=14, ha="right")
    for at, level in enumerate(platforms):
        rows = table[(table["dimension"] == "platform") & (table["level"] == level)]
        y = where + (1 - at) * 0.11
        color = C[PLATFORM[at][0]]
        ax.hlines(y, rows["of_visits_low"], rows["of_visits_high"], color=color, lw=style.HEAVY, zorder=4)
        ax.plot(rows["of_visits"], y, ("o", "D", "s")[at], ms=3.6, color=color, mec=C["paper"], mew=0.5, zorder=5)
    # the names stand in the free room right of the last step
    start = float(whole["of_visits"].iloc[-1]) + 0.06
    marks = ("●", "◆", "■")
    for at, level in enumerate(platforms):
        ax.annotate(f"{marks[at]} {level}", (start, where[-1]), ((58 if phone else 70) * at, -1),
                    textcoords="offset points", color=C[PLATFORM[at][0]], va="center", annotation_clip=False)
    ax.set(xlim=(0, 1.0), ylim=(-0.45, len(whole) - 0.35))
    ax.set_yticks([])
    ax.xaxis.set_major_formatter(PERCENT)
    ax.grid(False, axis="y")
    return fig


def incidents(days: pd.DataFrame, found: pd.DataFrame, *, size: style.Size) -> Any:
    """Share that gets on, over the last seven days, one panel a fault; the found window is tinted."""
    if found.empty:
        return _nothing("The scan found no fault in this log.", size)
    phone = size == "phone"
    height = 0.5 + 1.75 * len(found) * (1.25 if size == "page" else 1)
    fig, axes = style.canvas(size, height, rows=len(found), sharex=True, squeeze=False)
    for ax, (number, row) in zip(axes.flat, enumerate(found.to_dict("records"), start=1), strict=True):
        part = days[days["incident"] == number]
        # a line over days without sessions would show what nobody saw
        part = part.set_index("day").asfreq("D").reset_index()
        part.loc[~(part["sessions"] >= FEWEST), ["share", "low", "high"]] = np.nan
        ax.axvspan(row["first_day"], row["last_day"], color=C["plan"], alpha=0.16, lw=0, zorder=1)
        ax.fill_between(part["day"], part["low"], part["high"], color=C["ink"], alpha=0.12, lw=0, zorder=2, step=None)
        ax.plot(part["day"], part["share"], color=C["ink"], lw=style.LINE, zorder=4)
        ax.hlines(row["outside"], part["day"].min(), row["first_day"], color=C["axis"], lw=style.FINE, ls=(0, (4, 3)))
        ax.hlines(row["outside"], row["last_day"], part["day"].max(), color=C["axis"], lw=style.FINE, ls=(0, (4, 3)))
        ax.hlines(row["inside"], row["first_day"], row["last_day"], color=C["plan"], lw=style.HEAVY, zorder=5)
        what = "" if phone else ": share that gets on"
        ax.set_title(f"{row['before']} to {row['step']}, {row['visitors']}{what}", color=C["muted"], loc="left", x=0,
                     pad=6)
        first, last = (f"{row[name].day} {row[name]:%B}" for name in ("first_day", "last_day"))
        early = row["first_day"] < part["day"].min() + (part["day"].max() - part["day"].min()) / 2
        style.label(ax, row["last_day" if early else "first_day"], 0.03, f"{first}\nto {last}" if phone else
                    f"{first} to {last}", "plan", dx=5 if early else -5, ha="left" if early else "right", va="bottom",
                    weight="bold")
        ax.set_ylim(0, 1.04)
        ax.set_yticks([0, 0.5, 1])
        ax.yaxis.set_major_formatter(PERCENT)
    last_ax = axes.flat[-1]
    last_ax.xaxis.set_major_locator(mdates.MonthLocator())
    last_ax.xaxis.set_major_formatter(mdates.DateFormatter("%b" if phone else "%B"))
    return fig


def graph(edges: pd.DataFrame, states: pd.DataFrame, *, size: style.Size, top: int = 16) -> Any:
    """The edges whose removal loses most purchases, on a fixed map from arriving to paying; wider: loses more."""
    phone = size == "phone"
    known = edges[edges["source"].isin(PLACES) & edges["target"].isin(PLACES) & (edges["source"] != edges["target"])]
    shown = _connected(known[known["loss"] > 0], top)
    if shown.empty:
        return _nothing("No path of this log leads to a purchase.", size)
    fig, ax = style.canvas(size, 4.6 if not phone else 4.9)
    names = list(dict.fromkeys([*shown["source"], *shown["target"]]))
    spots = {name: (PLACES[name][1] * 1.35, -PLACES[name][0]) if phone else PLACES[name] for name in names}
    most = float(shown["loss"].max())
    pairs = set(zip(shown["source"], shown["target"], strict=True))
    boxes = {}
    buys = states.set_index("state")["buys"]
    for name, (x, y) in spots.items():
        words = WORDS.get(name, name)
        chance = "" if name not in buys.index else f"\n{buys[name]:.0%}".replace("%", " %")
        boxes[name] = ax.text(
            x, y, words + chance, ha="center", va="center", size=7.5 if phone else 8.5, color=C["ink"], zorder=6,
            weight="bold" if name in ("start", "purchase") else "normal",
            bbox={"boxstyle": "round,pad=0.25", "fc": C["paper"], "ec": C["axis"], "lw": 0.7},
        )
    xs, ys = zip(*spots.values(), strict=True)
    ax.set(xlim=(min(xs) - (0.8 if phone else 0.5), max(xs) + (0.8 if phone else 0.5)),
           ylim=(min(ys) - 0.45, max(ys) + 0.45))
    ax.axis("off")
    fig.draw_without_rendering()  # the boxes have their size only now; arrows end at them
    for rank, row in enumerate(shown.to_dict("records")):
        strong = rank < 5
        bend = 0.16 if (row["target"], row["source"]) in pairs else 0.06
        ax.add_patch(FancyArrowPatch(
            spots[row["source"]], spots[row["target"]], arrowstyle="-|>", mutation_scale=9,
            patchA=boxes[row["source"]].get_bbox_patch(), patchB=boxes[row["target"]].get_bbox_patch(),
            connectionstyle=f"arc3,rad={bend}", lw=0.7 + 4.6 * row["loss"] / most, shrinkA=1, shrinkB=1,
            color=C["forecast"] if strong else C["axis"], alpha=0.95 if strong else 0.55, zorder=3 if strong else 2,
        ))
    return fig


def _connected(edges: pd.DataFrame, top: int) -> pd.DataFrame:
    """The strongest edges, and for each page that none of them leads to the strongest one that does."""
    shown = edges.head(top)
    names = {*shown["source"], *shown["target"]}
    lonely = names - {"start"} - set(shown["target"])
    rest = edges[edges["source"].isin(names) & edges["target"].isin(lonely)].drop_duplicates("target")
    return pd.concat([shown, rest], ignore_index=True)


def dose(table: pd.DataFrame, *, size: style.Size) -> Any:
    """Share of basket sessions that buy by the touches before the basket."""
    if table.empty:
        return _nothing("Too few sessions with a basket.", size)
    fig, ax = style.canvas(size, 2.9, "Sessions with a basket that end in a purchase")
    where = np.arange(len(table))
    ax.vlines(where, table["low"], table["high"], color=C["forecast"], lw=6, alpha=0.25, zorder=3)
    ax.plot(where, table["share"], "o", ms=5, color=C["forecast"], zorder=5)
    for x, share in zip(where, table["share"], strict=True):
        style.label(ax, x, share, f"{share:.0%}".replace("%", " %"), "ink", dx=7)
    words = [text.replace(" and more", "+") for text in table["touches"]]
    ax.set_xticks(where, [text.replace(" to ", "–") for text in words] if size == "phone" else words)
    ax.set_xlabel("touches before the basket", loc="right")
    ax.set(ylim=(0, float(table["high"].max()) * 1.15), xlim=(-0.4, len(table) - 0.25))
    ax.yaxis.set_major_formatter(PERCENT)
    ax.yaxis.set_major_locator(MaxNLocator(4))
    return fig


def decision(curves: pd.DataFrame, *, size: style.Size) -> Any:
    """Share of users who have bought by days since their first visit, by platform, with the 80 % range of all."""
    phone = size == "phone"
    fig, ax = style.canvas(size, 3.5, "Users who have bought")
    whole = curves[curves["platform"] == "all"]
    ax.fill_between(whole["time"], whole["low"], whole["high"], step="post", color=C["muted"], alpha=style.BAND[80],
                    lw=0)
    levels = [name for name in dict.fromkeys(curves["platform"]) if name != "all"][:3]
    far = float(curves["time"].max()) or 1.0
    ends = []
    for at, name in enumerate(levels):
        part = curves[curves["platform"] == name]
        color, dash = PLATFORM[at]
        ax.step(part["time"], part["bought"], where="post", color=C[color], lw=style.LINE, ls=dash, zorder=4)
        end = float(part["bought"].iloc[-1])
        ax.plot([part["time"].iloc[-1], far], [end, end], color=C[color], lw=style.FINE, alpha=0.5, zorder=3)
        ends.append((end, name, color))
    last = -1.0
    for height, name, color in sorted(ends):
        last = max(height, last + (0.075 if size == "page" else 0.05) * float(curves["high"].max()))
        style.label(ax, far, last, name, color, dx=4, weight="bold")
    if len(levels) < 2:
        ax.step(whole["time"], whole["bought"], where="post", color=C["ink"], lw=style.LINE)
    top = max(float(curves["high"].max()), 0.1)
    ax.set(xlim=(0, far * (1.22 if phone else 1.12)), ylim=(0, min(1.0, top * 1.02)))
    ax.xaxis.set_major_locator(MaxNLocator(6, steps=[1, 3, 6, 10]))
    ax.yaxis.set_major_formatter(PERCENT)
    ax.set_xlabel("days since the first visit", loc="right")
    return fig


def gate(curve: pd.DataFrame, floor: float, automatic: dict[str, float], *, size: style.Size) -> Any:
    """Accuracy among the most confident predictions against how many they are, for both questions.

    automatic: task -> share of predictions at or above the floor.
    """
    if curve.empty:
        return _nothing("Too few users to judge a prediction.", size)
    phone = size == "phone"
    fig, ax = style.canvas(size, 3.6, "Right among the most confident predictions")
    for task, color in (("purchase in this visit", "forecast"), ("next step", "ink")):
        part = curve[curve["task"] == task]
        ax.fill_between(part["coverage"], part["low"], part["high"], color=C[color], alpha=style.BAND[80], lw=0,
                        zorder=2)
        ax.plot(part["coverage"], part["accuracy"], color=C[color], lw=style.HEAVY, zorder=4)
        at = int(np.argmin(np.abs(part["coverage"].to_numpy() - (0.42 if color == "forecast" else 0.22))))
        row = part.iloc[at]
        words = "will this visit buy?" if task != "next step" else "which step is next?"
        beside: dict[str, Any] = {"dx": 0, "ha": "center"} if color == "forecast" else {"dx": 4, "ha": "left"}
        style.label(ax, row["coverage"], row["high"], words, color, dy=9, weight="bold", **beside)
        share = automatic.get(task, 0.0)
        if share > 0.02:
            height = float(np.interp(share, part["coverage"], part["accuracy"]))
            ax.plot([share, share], [0, height], color=C["plan"], lw=style.FINE, ls=(0, (4, 3)), zorder=3)
            ax.plot(share, height, "D", ms=6.5, color=C["paper"], mec=C["plan"], mew=1.5, zorder=7)
            sure = "automatic" if phone else "automatic: confident enough"
            style.label(ax, share, 0.10, sure, "plan", dx=-5, ha="right")
            style.label(ax, share, 0.03, "queue" if phone else "queue for a person", "plan", dx=5)
    ax.axhline(floor, color=C["plan"], lw=style.FINE, ls=(0, (4, 3)), zorder=3)
    style.label(ax, 0, floor, "floor", "plan", dx=3, dy=-7)
    ax.set(xlim=(0, 1), ylim=(0, 1.13))
    ax.set_yticks([0, 0.25, 0.5, 0.75, 1.0])
    ax.xaxis.set_major_formatter(PERCENT)
    ax.yaxis.set_major_formatter(PERCENT)
    ax.set_xlabel("share of predictions, most confident first", loc="right")
    return fig
