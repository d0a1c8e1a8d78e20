"""Figures of the stage `prepare`: the way from raw to net sales, and the months."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from ecomplan.charts import style
from ecomplan.currency import sign

_MILLION, _THOUSAND = 1e6, 1e3


def bridge(frame: pd.DataFrame, currency: str, *, size: style.Size) -> Any:
    """From the raw total to net goods sales, lying on its side; the axis starts near the smallest value.

    `frame`: step, amount, start, end, kind (total or step), currency units.
    """
    total = frame["kind"].eq("total").to_numpy()
    amount, end = frame["amount"].to_numpy(float), frame["end"].to_numpy(float)
    ends = np.concatenate([end, frame["start"].to_numpy(float)[~total]])
    high, span = float(ends.max()), max(float(np.ptp(ends)), 0.01 * abs(float(ends.max())))
    scale, word = _scale(high, currency)
    places = 2 if scale == _MILLION else 0
    step = 10.0 ** (-1 if places else 0) * scale
    left = float(np.floor((ends.min() - 0.35 * span) / step) * step)
    start = np.where(total, left, frame["start"].to_numpy(float))
    cut = f"{word}, axis cut at {left / scale:,.{max(places - 1, 0)}f}"
    fig, ax = style.canvas(size, height=0.38 * len(frame) + 0.75, unit=cut)
    for place in range(len(frame)):
        color = "ink" if total[place] else "forecast" if amount[place] > 0 else "plan"
        ax.barh(place, end[place] - start[place], left=start[place], height=0.62, color=style.C[color], zorder=3)
        text = f"{amount[place] / scale:{'' if total[place] else '+'},.{places}f}".replace("-", "−")
        style.label(ax, max(start[place], end[place]), place, text, color)
        if place + 1 < len(frame):
            ax.plot([end[place]] * 2, [place + 0.31, place + 0.69], color=style.C["axis"], lw=style.FINE, zorder=2)
    ax.set_yticks(range(len(frame)), frame["step"])
    ax.invert_yaxis()
    ax.set_xlim(left, high + (0.2 if size == "wide" else 0.42) * span)
    ax.xaxis.set_major_locator(_few_ticks(3 if size == "phone" else 5))
    ax.xaxis.set_major_formatter(lambda value, _: f"{value / scale:,.{places - 1 if places else 0}f}")
    ax.grid(axis="x")
    ax.grid(visible=False, axis="y")
    ax.tick_params(axis="y", length=0)
    _cut_mark(ax)
    return fig


def months(frame: pd.DataFrame, currency: str, *, size: style.Size) -> Any:
    """Goods sold (line) and taken back (bars) a month. `frame`: month, sales, returns, currency units."""
    scale, word = _scale(float(frame["sales"].max()), currency)
    fig, ax = style.canvas(size, height=3.0, unit=f"{word} a month")
    month = frame["month"]
    sales, returns = frame["sales"].to_numpy(float) / scale, frame["returns"].to_numpy(float) / scale
    ax.bar(month, returns, width=20, color=style.C["plan"], zorder=3)
    ax.plot(month, sales, color=style.C["ink"], lw=style.LINE, marker="o", ms=2.6, zorder=4)
    top, worst, count = int(sales.argmax()), int(returns.argmax()), len(frame)
    early = top < count / 2
    style.label(ax, month.iloc[top], sales[top], "goods sold", dx=7 if early else -7, ha="left" if early else "right")
    side = "left" if worst < count / 4 else "right" if worst > count * 3 / 4 else "center"
    style.label(ax, month.iloc[worst], returns[worst], "goods taken back", "plan", dx=0, dy=8, ha=side)
    ax.set_ylim(0, float(sales.max()) * 1.08)
    every = 6 if size == "phone" else 4 if size == "page" else 3
    shown = month.iloc[::every]
    ax.set_xticks(shown, [f"{day:%b}\n{day:%Y}" for day in shown])
    return fig


def _scale(largest: float, currency: str) -> tuple[float, str]:
    """(divisor, unit in words) for amounts up to `largest`."""
    before = sign(currency).strip()
    if largest >= _MILLION / 2:
        return _MILLION, f"{before} m"
    return (_THOUSAND, f"{before} k") if largest >= 10 * _THOUSAND else (1.0, before)


def _few_ticks(count: int) -> Any:
    from matplotlib.ticker import MaxNLocator

    return MaxNLocator(nbins=count, steps=[1, 2, 2.5, 5, 10])


def _cut_mark(ax: Any) -> None:
    """Two short strokes across the axis where it is cut."""
    for x in (0.012, 0.024):
        ax.plot([x - 0.006, x + 0.006], [-0.025, 0.025], transform=ax.transAxes, color=style.C["axis"], lw=1,
                clip_on=False, zorder=6)
