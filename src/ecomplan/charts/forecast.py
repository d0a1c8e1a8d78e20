"""Figures of stage `forecast`."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib import dates as mdates
from matplotlib.ticker import FuncFormatter, MaxNLocator

from ecomplan.charts import style
from ecomplan.charts.style import C
from ecomplan.currency import sign

NAMES = {"sales": "Sales", "orders": "Orders", "active_customers": "Active customers"}
SHORT = {"seasonal_naive": "Seasonal naive", "open_day": "Per open day", "weighted_day": "… weighted",
         "growth": "… damped growth", "smoothed": "… smoothed change", "learnt": "… panel-learnt", "ets": "ETS",
         "theta": "Theta", "sarima": "SARIMA", "median": "Median of four", "hybrid": "SARIMA + LSTM",
         "combination": "Combination"}


def fan_sales(monthly: pd.DataFrame, fan: pd.DataFrame, currency: str, *, size: style.Size) -> Any:
    """Monthly sales so far and ahead: actual line, 80 % band, median."""
    unit, phone = sign(currency), size == "phone"
    past, ahead = _one(monthly, "sales"), _one(fan, "sales")
    scale, letter = (1e6, "m") if past["value"].max() >= 5e5 else (1e3, "k")
    fig, ax = style.canvas(size, height=3.0 if not phone else 2.9, unit=f"Goods sold, {unit.strip()} {letter} a month")
    _fan(ax, past, ahead, scale)
    for row in past.groupby(_season(past["month"]))["value"].idxmax():
        month, peak = past["month"][row], past["value"][row] / scale
        ax.plot(month, peak, "o", ms=3.6, color=C["ink"], zorder=6)
        style.label(ax, month, peak, f"{month:%b %Y}\n{unit}{peak:.2f} {letter}", dx=-6, dy=2, ha="right",
                    fontsize=8, linespacing=1.3)
    top = ahead.loc[ahead["q50"].idxmax()]
    ax.plot(top["month"], top["q50"] / scale, "o", ms=4.2, color=C["forecast"], zorder=7)
    style.label(ax, top["month"], top["q90"] / scale, f"{top['month']:%b %Y}: {unit}{top['q50'] / scale:.2f} {letter}\n"
                f"80 %: {top['q10'] / scale:.2f} to {top['q90'] / scale:.2f}", "forecast", dx=12, dy=13, ha="right",
                fontsize=8, linespacing=1.3)
    _name_lines(ax, past, ahead, scale, "80 % of paths")
    _start(ax, past, "forecast")
    _dates(ax, past, ahead)
    ax.set_ylim(0, ahead["q90"].max() / scale * (1.30 if phone else 1.17))
    ax.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5]))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda v, _: "0" if v == 0 else f"{v:.1f} {letter}"))
    return fig


def fans_small(
    monthly: pd.DataFrame, fan: pd.DataFrame, currency: str, burn_in_months: int, *, size: style.Size
) -> Any:
    """Orders, active customers, order value and new customers a month, two by two (one below the other on a phone)."""
    phone = size == "phone"
    fig, axes = style.canvas(size, 7.6 if phone else 4.6, rows=4 if phone else 2, columns=1 if phone else 2)
    for ax, (series, name) in zip(axes.flat, {
        "orders": "Orders a month", "active_customers": "Active customers a month",
        "order_value": f"Order value, {sign(currency).strip()}", "new_customers": "New customers a month",
    }.items(), strict=True):
        past, ahead = _one(monthly, series), _one(fan, series)
        top = ahead["q90"].max()
        if series == "new_customers" and 0 < burn_in_months < len(past):
            _burn_in(ax, past, burn_in_months)
            top = max(top, past["value"][burn_in_months:].max())
        else:
            top = max(top, past["value"].max())
        _fan(ax, past, ahead, 1.0)
        _start(ax, past, "forecast")
        _dates(ax, past, ahead)
        ax.set_title(name, color=C["muted"], loc="left", x=0, pad=8)
        ax.set_ylim(0, top * 1.12)
        ax.yaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5]))
        ax.yaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:,.0f}".replace(",", " ")))
        if series == "orders":
            _name_lines(ax, past, ahead, 1.0, "80 %")
    return fig


def reissue(curve: pd.DataFrame, limit_percent: float, open_days: tuple[int, int], *, size: style.Size) -> Any:
    """Error of the running month's forecast by open days seen, one panel a series, beside the allowed error."""
    series = [name for name in NAMES if name in set(curve["series"])]
    phone = size == "phone"
    fig, axes = style.canvas(size, (1.75 if phone else 2.5) * (len(series) if phone else 1),
                             rows=len(series) if phone else 1, columns=1 if phone else len(series),
                             sharex=True, sharey=True)
    for number, (ax, name) in enumerate(zip(np.atleast_1d(axes).flat, series, strict=True)):
        part: Any = curve[curve["series"] == name].set_index("open_days")
        style.fan(ax, part.index, {80: (part["low"], part["high"])}, part["mape_percent"])
        ax.axhline(limit_percent, color=C["plan"], lw=style.FINE, ls=(0, (4, 3)), zorder=3)
        for day in (0, *open_days):
            value = part["mape_percent"].get(day)
            if value is None:
                continue
            ax.plot(day, value, "o", ms=4, color=C["forecast"], mec=C["paper"], mew=0.6, zorder=6)
            style.label(ax, day, value, f"{value:.1f}", "forecast", dx=3, dy=9 if day else -11, fontsize=8,
                        weight="bold")
        if number == len(series) - 1:
            style.label(ax, part.index.max(), limit_percent, f"allowed {limit_percent:g} %", "plan", dx=0, dy=16,
                        ha="right", fontsize=8)
        if number == 0:
            style.label(ax, part.index.max() * 0.3, part["high"].max(), "80 %", "forecast", dx=0, dy=2, fontsize=8)
        ax.set_title(f"{NAMES[name]}{', %' if number == 0 else ''}", color=C["muted"], loc="left", x=0, pad=8)
        ax.xaxis.set_major_locator(MaxNLocator(6, steps=[1, 5, 10], integer=True))
        ax.tick_params(axis="x", labelbottom=True)
        if number == len(series) - 1 or not phone:
            ax.set_xlabel("open days seen", color=C["muted"])
    first = np.atleast_1d(axes).flat[0]
    first.set_ylim(0, float(curve["high"].max()) * 1.12)
    first.set_xlim(-0.6, float(curve["open_days"].max()))
    return fig


def errors_by_model(
    accuracy: pd.DataFrame, floors: pd.DataFrame, chosen: str, limit_percent: float, *, size: style.Size
) -> Any:
    """One-month error of each model and series with its 80 % interval, beside the allowed error and the noise floor."""
    series = [name for name in NAMES if name in set(accuracy["series"])]
    phone = size == "phone"
    fig, axes = style.canvas(size, (2.5 if phone else 3.3) * (len(series) if phone else 1),
                             rows=len(series) if phone else 1, columns=1 if phone else len(series),
                             sharex=True, sharey=True)
    models = [name for name in SHORT if name in set(accuracy["model"])]
    place = np.arange(len(models))[::-1]
    for number, (ax, name) in enumerate(zip(np.atleast_1d(axes).flat, series, strict=True)):
        rows: Any = accuracy[accuracy["series"] == name].set_index("model").loc[models]
        color = [C["forecast"] if model == chosen else C["ink"] for model in models]
        ax.hlines(place, rows["low"], rows["high"], color=color, lw=1.3, zorder=4)
        ax.scatter(rows["mape_percent"], place, s=26, color=color, zorder=5)
        for y, model in zip(place, models, strict=True):
            style.label(ax, rows.loc[model, "high"], y, f"{rows.loc[model, 'mape_percent']:.1f}",
                        "forecast" if model == chosen else "ink", dx=4, fontsize=8)
        ax.axvline(limit_percent, color=C["plan"], lw=style.FINE, ls=(0, (4, 3)), zorder=3)
        ax.axvspan(0, floors.set_index("series")["floor_percent"][name], color=C["axis"], alpha=0.14, lw=0, zorder=1)
        if number == 0:
            style.label(ax, limit_percent, len(models) - 0.15, f"allowed {limit_percent:g} %", "plan", dx=3,
                        fontsize=8)
        ax.set_title(f"{NAMES[name]}{', %' if number == 0 else ''}", color=C["muted"], loc="left", x=0, pad=8)
        ax.grid(axis="y", visible=False)
        ax.grid(axis="x", visible=True)
        ax.set_yticks(place, [SHORT[model] for model in models])
        ax.tick_params(axis="y", labelcolor=C["ink"])
        ax.xaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10]))
        ax.set_ylim(-0.6, len(models) + 0.3)
    top = float(accuracy["high"].max())
    np.atleast_1d(axes).flat[0].set_xlim(0, top * (1.16 if phone else 1.22))
    if phone:
        for ax in axes.flat:
            ax.tick_params(axis="x", labelbottom=True)
    return fig


def misses(backtest: pd.DataFrame, model: str, limit_percent: float, *, size: style.Size) -> Any:
    """Signed error of the model handed on, month by month of the backtest, one panel a series."""
    rows = backtest[backtest["model"] == model]
    series = [name for name in NAMES if name in set(rows["series"])]
    phone = size == "phone"
    fig, axes = style.canvas(size, (1.55 if phone else 2.2) * (len(series) if phone else 1),
                             rows=len(series) if phone else 1, columns=1 if phone else len(series),
                             sharex=True, sharey=True)
    reach = max(float(rows["error_percent"].abs().max()), limit_percent) * 1.45
    for number, (ax, name) in enumerate(zip(np.atleast_1d(axes).flat, series, strict=True)):
        part = rows[rows["series"] == name].sort_values("month")
        inside = (part["error_percent"].abs() <= limit_percent).to_numpy()
        x, y = np.arange(len(part)), part["error_percent"].to_numpy()
        ax.axhspan(-limit_percent, limit_percent, color=C["plan"], alpha=0.10, lw=0, zorder=1)
        ax.axhline(0, color=C["axis"], lw=style.FINE, zorder=2)
        ax.vlines(x, 0, y, color=C["forecast"], lw=1.3, zorder=3)
        ax.scatter(x[~inside], y[~inside], s=24, color=C["forecast"], zorder=4)
        ax.scatter(x[inside], y[inside], s=24, facecolor=C["paper"], edgecolor=C["forecast"], linewidths=1.3, zorder=4)
        ax.set_title(f"{NAMES[name]}{', %' if number == 0 else ''}", color=C["muted"], loc="left", x=0, pad=8)
        ax.set_xticks(x, [f"{month:%b}"[0] for month in part["month"]])
        ax.tick_params(axis="x", labelbottom=True)
        ax.set_xlim(-0.7, len(part) - 0.3)
        ax.set_ylim(-reach, reach)
        ax.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
        ax.yaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:+.0f}".replace("-", "−") if v else "0"))
        if number == 0:
            for y_axes, words in ((0.95, "forecast too high"), (0.05, "forecast too low")):
                style.label(ax, 1, y_axes, words, "muted", dx=-2, ha="right", fontsize=7.5, xycoords=ax.transAxes)
            style.label(ax, len(part) - 0.35, limit_percent, f"±{limit_percent:g} %", "plan", dx=0, dy=6, ha="right",
                        fontsize=7.5)
    return fig


def _one(frame: pd.DataFrame, series: str) -> Any:
    return frame[frame["series"] == series].sort_values("month").reset_index(drop=True)


def _season(month: Any) -> Any:
    """Twelve-month groups that end with the last month."""
    back = (month.max().year - month.dt.year) * 12 + month.max().month - month.dt.month
    return back // 12


def _fan(ax: Any, past: Any, ahead: Any, scale: float) -> None:
    """The band opens at the last actual, so that line and fan are one."""
    last = past["value"].iloc[-1] / scale
    x = [past["month"].iloc[-1], *ahead["month"]]
    low, middle, high = (np.r_[last, ahead[name] / scale] for name in ("q10", "q50", "q90"))
    style.fan(ax, x, {80: (low, high)}, middle)
    ax.plot(past["month"], past["value"] / scale, color=C["ink"], lw=style.LINE, zorder=5)


def _name_lines(ax: Any, past: Any, ahead: Any, scale: float, band: str) -> None:
    """Name the actual line and the band below their lows, clear of both."""
    year = past.tail(12)
    low = year["value"].idxmin()
    style.label(ax, year["month"][low], year["value"][low] / scale, "actual", dy=-9, dx=0, ha="center", weight="bold")
    at = min(8, len(ahead) - 1)
    floor = ahead["q10"].iloc[max(at - 4, 0): at + 3].min() / scale
    style.label(ax, ahead["month"].iloc[at], floor, band, "forecast", dy=-9, dx=0, ha="center", fontsize=8)


def _burn_in(ax: Any, past: Any, months: int) -> None:
    """Months in which old customers of a shop older than its data pass for new ones."""
    ax.axvspan(past["month"].iloc[0], past["month"].iloc[months], color=C["axis"], alpha=0.12, lw=0, zorder=0)
    style.label(ax, past["month"].iloc[0], 0.07, "not comparable", "muted", dx=4, fontsize=7.5,
                xycoords=ax.get_xaxis_transform())


def _start(ax: Any, past: Any, text: str) -> None:
    ax.axvline(past["month"].iloc[-1], color=C["axis"], lw=style.FINE, ls=(0, (4, 3)), zorder=1)
    style.label(ax, past["month"].iloc[-1], 0.02, text, "muted", dx=4, dy=4, fontsize=8, va="bottom",
                xycoords=ax.get_xaxis_transform())


def _dates(ax: Any, past: Any, ahead: Any) -> None:
    ax.xaxis.set_major_locator(mdates.YearLocator())
    ax.xaxis.set_major_formatter(mdates.DateFormatter("%Y"))
    ax.xaxis.set_minor_locator(mdates.MonthLocator((4, 7, 10)))
    ax.tick_params(axis="x", which="minor", size=2, width=0.5, color=C["axis"])
    for text in ax.get_xticklabels():
        text.set_ha("left")
    ax.set_xlim(past["month"].iloc[0] - pd.Timedelta(days=12), ahead["month"].iloc[-1] + pd.Timedelta(days=14))
