"""The shares of the drivers as tables, beside the documents' weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ecomplan.claims import Claims
from ecomplan.forecast.drivers import shapley
from ecomplan.forecast.drivers.regressors import DIFFUSION, MACRO, NAMES, PROMOTION, SEASON, TREND
from ecomplan.forecast.drivers.shapley import Design

Floats = npt.NDArray[np.float64]

KEYS = {
    SEASON: "s0_driver_weight_seasonality", DIFFUSION: "s0_driver_weight_social_diffusion",
    PROMOTION: "s0_driver_weight_promotion", MACRO: "s0_driver_weight_macro",
}
NO_MACRO = "no macro table comes with the data, so the share of macro indicators cannot be told from the slow trend"
LEVELS = (0.1, 0.9)
#: shares are resampled wider: over two years of weeks these limits hold the true share in about 80 % of simulated
#: histories, where plain 10 and 90 % points hold it in about 72 % (calibrated level in the sense of Loh 1987)
SHARE_LEVELS = (0.06, 0.94)


@dataclass(frozen=True)
class Shares:
    """Shares of one basis: points of explained variance [groups] with draws [groups, draws]."""

    names: tuple[str, ...]
    points: Floats
    draws: Floats

    @property
    def total(self) -> float:
        return float(self.points.sum())

    def relative(self) -> tuple[Floats, Floats]:
        """Shares of what is explained: (estimate [groups], draws [groups, draws])."""
        return self.points / _positive(self.points.sum()), self.draws / _positive(self.draws.sum(0))


def prior_weights(claims: Claims) -> dict[str, float]:
    """The documents' weights as shares that add up to 1."""
    return {driver: claims[key].share for driver, key in KEYS.items()}


def measure(
    design: Design, forecasts: Floats, *, draws: int, block: int, rng: np.random.Generator
) -> tuple[Shares, Shares]:
    """(in sample, on unseen weeks), each with block-resampled draws."""
    tested = forecasts.shape[1]
    picks = shapley.blocks(tested, tested, block, draws, rng)
    return (
        Shares(design.names, shapley.in_sample(design), shapley.resampled(design, draws, block, rng)),
        Shares(design.names, shapley.out_of_sample(design, forecasts)[:, 0],
               shapley.out_of_sample(design, forecasts, picks)),
    )


def table(inside: Shares, unseen: Shares, prior: Mapping[str, float]) -> pd.DataFrame:
    """driver, name, prior, share of what is explained (share, low, high), points in sample and on unseen weeks
    with limits. Macro without a table has no numbers of its own (None)."""
    share, share_draws = inside.relative()
    rows: list[dict[str, Any]] = []
    for driver in (*KEYS, TREND):
        row: dict[str, Any] = {"driver": driver, "name": NAMES[driver], "prior": prior.get(driver)}
        if driver in inside.names:
            at = inside.names.index(driver)
            row |= {"share": share[at]} | limits(share_draws[at], share[at], SHARE_LEVELS)
            for basis, part in (("in_sample", inside), ("unseen", unseen)):
                row |= {basis: part.points[at]} | {
                    f"{basis}_{side}": value for side, value in
                    limits(part.draws[at], part.points[at], SHARE_LEVELS).items()
                }
        rows.append(row)
    columns = ["driver", "name", "prior", "share", "low", "high", "in_sample", "in_sample_low", "in_sample_high",
               "unseen", "unseen_low", "unseen_high"]
    frame = pd.DataFrame(rows).reindex(columns=columns)
    return frame.astype(object).where(frame.notna(), None).astype(dict.fromkeys(columns[2:], "Float64"))


def distance(shares: Shares, prior: Mapping[str, float], *, trend_is_macro: bool) -> dict[str, float]:
    """Half the sum of absolute differences between the documents' weights and the shares: 0 same, 1 disjoint.

    Either over the drivers that were measured (weights and shares rescaled to add up to 1 over these), or with the
    slow trend taken as macro. For `Stage.finding`: value, low, high.
    """
    names = [name for name in shares.names if name in prior]
    point, draws = shares.points, shares.draws
    rows = [shares.names.index(name) for name in names]
    told = [prior[name] for name in names]
    if trend_is_macro and MACRO not in names:
        rows.append(shares.names.index(TREND))
        told.append(prior[MACRO])
    weights = np.array(told) / sum(told)

    def apart(values: Floats) -> Floats:
        part = values[rows]
        return np.asarray(np.abs(part / _positive(part.sum(0)) - (weights if part.ndim == 1 else weights[:, None]))
                          .sum(0) / 2)

    value = float(apart(point))
    return {"value": value} | limits(apart(draws), value, SHARE_LEVELS)


def found(shares: Shares, driver: str, *, relative: bool = True) -> dict[str, Any]:
    """value, low, high of a driver for `Stage.finding`, or why it has none."""
    if driver not in shares.names:
        return {"value": None, "unknown": NO_MACRO}
    at = shares.names.index(driver)
    share, draws = shares.relative() if relative else (shares.points, shares.draws)
    return {"value": float(share[at])} | limits(draws[at], float(share[at]), SHARE_LEVELS)


def total(shares: Shares) -> dict[str, float]:
    """Explained variance by all groups together, with limits."""
    return {"value": shares.total} | limits(shares.draws.sum(0), shares.total, SHARE_LEVELS)


def beyond(
    design: Design, forecasts: Floats, driver: str, *, draws: int, block: int, rng: np.random.Generator
) -> dict[str, float]:
    """Points of variance of unseen weeks that all drivers together explain beyond `driver` alone, with limits."""
    tested = forecasts.shape[1]
    picks = np.vstack([np.arange(tested), shapley.blocks(tested, tested, block, draws, rng)])
    errors = (design.y[-tested:] - forecasts) ** 2
    sums = errors[:, picks].sum(-1)
    gain = (sums[1 << design.names.index(driver)] - sums[-1]) / np.maximum(sums[0], 1e-300)
    return {"value": float(gain[0])} | limits(gain[1:], float(gain[0]))


def alone(design: Design, forecasts: Floats, driver: str) -> float:
    """Share of the variance of unseen weeks that `driver` explains by itself."""
    errors = ((design.y[-forecasts.shape[1]:] - forecasts) ** 2).sum(1)
    return float(1 - errors[1 << design.names.index(driver)] / max(float(errors[0]), 1e-300))


def limits(draws: Floats, value: float, levels: tuple[float, float] = LEVELS) -> dict[str, float]:
    """The middle 80 % of the draws, stretched to hold the estimate where resampling leans to one side."""
    low, high = np.quantile(draws, levels)
    return {"low": float(min(low, value)), "high": float(max(high, value))}


def _positive(total: npt.ArrayLike) -> Floats:
    return np.asarray(np.maximum(np.asarray(total, float), 1e-12))
