"""How far sales hang on few customers: Lorenz curve, Gini, top shares, Herfindahl-Hirschman index."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ecomplan.behaviour.segments import resample
from ecomplan.errors import DataError

Floats = npt.NDArray[np.float64]
Weights = npt.NDArray[np.int64] | npt.NDArray[np.floating]
HIDDEN = "fewer customers than privacy.min_group; not shown"
USUAL_SHARES = (0.01, 0.05, 0.10, 0.20)


@dataclass(frozen=True)
class Concentration:
    """Measures of one set of customers, or of many resamples: `top` (..., shares), `gini`, `hhi`, `half`, (...)."""

    top: Floats
    gini: Floats
    hhi: Floats
    half: Floats


def ordered_values(values: pd.Series) -> Floats:
    """Values from largest to smallest, net losses counted as nothing. Raises DataError if all are nothing."""
    # ASSUME: a customer who returned more than was bought stands for no sales, not for negative ones
    ordered = np.sort(np.maximum(values.to_numpy(float), 0.0))[::-1]
    if not len(ordered) or ordered[0] <= 0:
        raise DataError("no customer has positive net sales; concentration cannot be measured")
    return ordered


def measure(ordered: Floats, weights: Weights, shares: Sequence[float]) -> Concentration:
    """Measures of customers counted with `weights` (..., customers), values from largest to smallest.

    top: part of the sum that the first `shares` of customers hold, read between customers. half: share of
    customers that hold half of the sum. gini: twice the area between the Lorenz curve and the diagonal.
    """
    count = np.cumsum(weights, axis=-1)
    held = np.cumsum(weights * ordered, axis=-1)
    people, total = count[..., -1:], held[..., -1:]
    x, y = count / people, held / total
    width = np.diff(x, axis=-1, prepend=0.0)
    before = np.concatenate([np.zeros_like(y[..., :1]), y[..., :-1]], axis=-1)
    gini = (width * (y + before)).sum(axis=-1) - 1
    hhi = (weights * ordered**2).sum(axis=-1) / total[..., 0] ** 2
    flat_x, flat_y = x.reshape(-1, x.shape[-1]), y.reshape(-1, y.shape[-1])
    curves = [(np.append(0.0, a), np.append(0.0, b)) for a, b in zip(flat_x, flat_y, strict=True)]
    top = np.stack([np.interp(shares, a, b) for a, b in curves])
    half = np.array([np.interp(0.5, b, a) for a, b in curves])
    return Concentration(top.reshape(*x.shape[:-1], len(shares)), gini, hhi, half.reshape(x.shape[:-1]))


def bootstrap(ordered: Floats, shares: Sequence[float], draws: int, rng: np.random.Generator) -> Concentration:
    """The measures of `draws` resamples of customers (Efron, 1979).

    The values stay sorted; a resample is how often each customer is drawn, so nothing is sorted again.
    """
    parts = [measure(ordered, batch, shares) for batch in resample.Draws(len(ordered), draws, rng).batches()]
    names = ("top", "gini", "hhi", "half")
    return Concentration(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


def concentration_table(
    ordered: Floats, shares: Sequence[float], draws: int, rng: np.random.Generator, min_group: int = 1,
    percent: float = 80,
) -> pd.DataFrame:
    """Measures with bootstrap intervals: measure, share (of customers, 0 where it does not apply), value, low, high.

    Shares that stand for fewer than `min_group` customers are left out.
    """
    shares = [share for share in shares if share * len(ordered) >= min_group]
    point = measure(ordered, np.ones(len(ordered)), shares)
    again = bootstrap(ordered, shares, draws, rng)
    side = (100 - percent) / 200
    rows = [("top share", share, float(point.top[i]), again.top[:, i]) for i, share in enumerate(shares)]
    rows += [(name, 0.0, float(getattr(point, field)), getattr(again, field))
             for name, field in (("gini", "gini"), ("hhi", "hhi"), ("half", "half"))]
    return pd.DataFrame([
        {"measure": name, "share": share, "value": value, "low": float(np.quantile(spread, side)),
         "high": float(np.quantile(spread, 1 - side))}
        for name, share, value, spread in rows
    ])


def row(table: pd.DataFrame, measure_name: str, share: float = 0.0) -> dict[str, Any]:
    """value, low, high of one measure of `concentration_table`; no value and the reason where it is not there."""
    found = table[(table["measure"] == measure_name) & np.isclose(table["share"], share)]
    if found.empty:
        return {"value": None, "unknown": HIDDEN}
    return {name: float(found[name].iloc[0]) for name in ("value", "low", "high")}


def lorenz(ordered: Floats, min_group: int) -> pd.DataFrame:
    """Concentration curve: share of customers from the best down, share of sales they hold, in percent steps.

    Points that stand for fewer than `min_group` customers are left out, so that nobody can be read from it.
    """
    steps = np.concatenate([np.arange(0.005, 0.05, 0.005), np.arange(0.05, 1.0001, 0.01)])
    steps = steps[steps * len(ordered) >= min_group]
    held = measure(ordered, np.ones(len(ordered)), list(steps)).top
    return pd.DataFrame({"customer_share": np.append(0.0, steps), "value_share": np.append(0.0, held)})


def top_share(values: pd.Series, share: float) -> float:
    """Part of the sum that the best `share` of customers hold."""
    ordered = ordered_values(values)
    return float(measure(ordered, np.ones(len(ordered)), [share]).top[0])


def head_count(customers: int, share: float, min_group: int) -> dict[str, Any]:
    """Customers in the top `share`; no value and the reason where they are fewer than `min_group`."""
    count = round(share * customers)
    return {"value": count} if count >= min_group else {"value": None, "unknown": HIDDEN}


def shown_shares(named: Sequence[float]) -> list[float]:
    """The usual shares of customers and those that the documents name, once each, in order."""
    return sorted({round(share, 6) for share in (*USUAL_SHARES, *named)})
