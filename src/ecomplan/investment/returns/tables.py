"""Frames that the returns chapter shows, made from simulated plans."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ecomplan.investment.engine.finance import Array, irr_roots, per_year
from ecomplan.investment.returns.measures import Measures

LOW, HIGH = 0.1, 0.9
HISTOGRAM_BINS = 60


def spread(values: Array) -> dict[str, float]:
    """Mean and the 80 % range of draws: value, low, high, ready for a finding."""
    low, high = np.quantile(values, [LOW, HIGH])
    return {"value": float(values.mean()), "low": float(low), "high": float(high)}


def middle(values: Array) -> dict[str, float]:
    """Median and the 80 % range of draws."""
    low, median, high = np.quantile(values, [LOW, 0.5, HIGH])
    return {"value": float(median), "low": float(low), "high": float(high)}


def payback_middle(paid: Array) -> dict[str, float | str | None]:
    """Median payback in months, its 80 % range where finite; unknown where half the plans never pay back."""
    low, median, high = (float(value) for value in np.quantile(paid, [LOW, 0.5, HIGH], method="inverted_cdf"))
    if not np.isfinite(median):
        never = 100 * float(np.mean(~np.isfinite(paid)))
        return {"value": None, "unknown": (
            f"{never:.0f} % of the simulated plans do not pay back within the months counted, "
            f"so that the median plan has no payback there; its chance is given instead"
        )}
    return {"value": median, "low": low, **({"high": high} if np.isfinite(high) else {})}


def around(frame: pd.DataFrame, row: int, value: str, low: str = "low", high: str = "high") -> dict[str, float]:
    """A row's number with its limits, ready for a finding."""
    entry = frame.iloc[row]
    return {"value": float(entry[value]), "low": float(entry[low]), "high": float(entry[high])}


def known_around(frame: pd.DataFrame, row: int, value: str, unknown: str) -> dict[str, float | str | None]:
    """The same, or the reason why there is none."""
    entry = frame.iloc[row]
    if entry[value] is None or entry["low"] is None:
        return {"value": None, "unknown": unknown}
    return {**around(frame, row, value)}


def known(value: float | None, unknown: str) -> dict[str, float | str | None]:
    """A value, or the reason why there is none."""
    return {"value": None, "unknown": unknown} if value is None else {"value": float(value)}


def mean_flow_rate(result: Measures) -> dict[str, float | str | None]:
    """The internal rate of return of the average cash flow, as a share a year, if there is exactly one."""
    rates = mean_flow_rates(result)
    if len(rates) == 1:
        return {"value": rates[0]}
    found = ", ".join(f"{100 * rate:.0f} %" for rate in rates)
    return {"value": None, "unknown": (
        f"The average cash flow balances at {len(rates)} rates ({found}); no single one says what it returns"
        if rates else "The average cash flow never changes its sign, so that no rate balances it"
    )}


def cash_fan(result: Measures) -> pd.DataFrame:
    """Cumulative undiscounted cash by plan month: mean and 10, 25, 50, 75 and 90 % quantiles."""
    held = np.cumsum(result.cash.flows, axis=1)
    quantiles = np.quantile(held, [0.1, 0.25, 0.5, 0.75, 0.9], axis=0)
    frame = pd.DataFrame(quantiles.T, columns=["q10", "q25", "q50", "q75", "q90"])
    frame.insert(0, "plan_month", np.arange(1, len(frame) + 1))
    frame.insert(1, "mean", held.mean(axis=0))
    return frame


def payback_table(result: Measures) -> pd.DataFrame:
    """Chance of payback in each plan month, simple and discounted, and of payback by its end (cumulative)."""
    months = result.cash.flows.shape[1]
    plan_month = np.arange(1, months + 1)
    simple, discounted = (
        np.array([(paid == month).mean() for month in plan_month])
        for paid in (result.payback_months, result.payback_discounted_months)
    )
    return pd.DataFrame({
        "plan_month": plan_month, "chance": simple, "cumulative": np.cumsum(simple),
        "chance_discounted": discounted, "cumulative_discounted": np.cumsum(discounted),
    })


def npv_histogram(result: Measures) -> pd.DataFrame:
    """Share of plans by NPV: bins of equal width over the middle 99.8 %, one edge at zero, the tails counted
    in the end bins."""
    low, high = np.quantile(result.npv, [0.001, 0.999])
    width = (high - low) / HISTOGRAM_BINS or 1.0
    edges = width * np.arange(np.floor(low / width), np.ceil(high / width) + 1)
    if edges.size < 2:
        edges = np.array([edges[0], edges[0] + width])
    counts, _ = np.histogram(np.clip(result.npv, edges[0], edges[-1]), edges)
    return pd.DataFrame({
        "npv_from": edges[:-1], "npv_to": edges[1:], "npv_mid": (edges[1:] + edges[:-1]) / 2,
        "share": counts / result.npv.size,
    })


def measures_table(result: Measures) -> pd.DataFrame:
    """Every measure: mean (of those defined), 10, 50 and 90 % quantiles over all plans, chance that it is
    undefined. Where a quantile is undefined or infinite it is null."""
    cash = result.cash
    one = result.irr.count == 1
    rows: list[tuple[str, str, Array, Array]] = [
        (name, unit, values, np.ones(values.size)) for name, unit, values in (
            ("Net present value", "money", result.npv), ("Discounted benefit", "money", cash.discounted_benefit),
            ("Discounted cost", "money", cash.discounted_cost), ("Money spent", "money", cash.spent),
            ("Extra sales", "money", cash.extra_sales), ("Net ROI", "ratio", result.roi_net),
            ("Gross output ratio", "ratio", result.roi_gross),
        )
    ]
    rows.append(("Internal rate of return a year", "share", np.where(one, result.irr.lowest, -np.inf), one * 1.0))
    rows.append((
        "Modified internal rate of return a year", "share", np.where(np.isnan(result.mirr), -np.inf, result.mirr),
        ~np.isnan(result.mirr) * 1.0,
    ))
    for name, paid in (("Payback", result.payback_months), ("Discounted payback", result.payback_discounted_months)):
        rows.append((name, "months", paid, np.isfinite(paid) * 1.0))
    out = []
    for name, unit, values, defined in rows:
        there = values[defined > 0]
        low, middle, high = np.quantile(values, [LOW, 0.5, HIGH], method="inverted_cdf")
        out.append({
            "measure": name, "unit": unit, "mean": there.mean() if there.size else np.nan, "low": low,
            "median": middle, "high": high, "chance_undefined": 1 - defined.mean(),
        })
    return pd.DataFrame(out).replace([np.inf, -np.inf, np.nan], None)


def money_only(measures: pd.DataFrame) -> pd.DataFrame:
    """The rows of `measures_table` that are money, with numbers alone."""
    rows = measures[measures["unit"] == "money"].drop(columns=["unit", "chance_undefined"])
    return rows.astype(dict.fromkeys(("mean", "low", "median", "high"), np.float64)).reset_index(drop=True)


def irr_table(result: Measures) -> pd.DataFrame:
    """How many real internal rates of return the simulated plans have: rates (count), share of plans."""
    counts = np.bincount(result.irr.count)
    return pd.DataFrame({"rates": np.arange(counts.size), "share": counts / counts.sum()})


def mean_flow_rates(result: Measures) -> list[float]:
    """Every real yearly internal rate of return of the average cash flow."""
    return [float(rate) for rate in per_year(irr_roots(result.cash.flows.mean(axis=0)))]
