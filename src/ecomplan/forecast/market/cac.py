"""Acquisition cost: told growths as a prior, paths to the plan year, chances of the targets, the cost value can bear.

No document gives the platform's own cost and the orders hold no spend; every path starts at a case told.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ecomplan.claims import Claim, Claims
from ecomplan.errors import DataError, ParameterError
from ecomplan.forecast.market.priors import Floats, limits, pert_quantile

GROWTHS = ("s1_longtail_cac_growth", "s2_ad_cost_growth_2022")
CASE, AFTER = "s3_cac_apparel_case", "s1_cac_case"
CASE_YEARS = 2  # the case's `what` names 2020 and 2022
CASE_YEAR = 2022
TARGETS = ("s1_cac_target", "s3_cac_target", "s2_cac_target")


@dataclass(frozen=True)
class Start:
    """A cost told, CNY a customer, and its year."""

    name: str
    year: int
    cost: float


def starts(claims: Claims, undated_year: int) -> tuple[Start, ...]:
    """Where paths can start. The cases of S1 bear no year: `undated_year` is assumed."""
    after = claims[AFTER]
    if after.baseline is None:
        raise ParameterError(f"claims/: {AFTER} has no baseline; expected the cost before")
    return (
        Start("S3: apparel case", CASE_YEAR, _cost(claims[CASE])),
        Start("S1: case, before", undated_year, after.baseline),
        Start("S1: case, after", undated_year, _cost(after)),
    )


def case_growth(claims: Claims) -> float:
    """Yearly growth within the case that tells a cost before and after."""
    claim = claims[CASE]
    if claim.baseline is None or claim.baseline <= 0:
        raise ParameterError(f"claims/: {CASE} has no baseline; expected the cost before")
    return float((_cost(claim) / claim.baseline) ** (1 / CASE_YEARS) - 1)


def growth_prior(claims: Claims, kept: float) -> tuple[float, float, float]:
    """PERT limits and mode of the yearly growth: the told ones in order, each shrunken to the part `kept`."""
    low, likely, high = sorted([*(claims[key].share for key in GROWTHS), case_growth(claims)])
    return low * kept, likely * kept, high * kept


def paths(
    start: Start, prior: tuple[float, float, float], noise: float, until: int, draws: int, rng: np.random.Generator
) -> Floats:
    """Cost [draws, years from the start's to `until`]: a growth of its own for each path, and yearly log-normal noise.

    `noise` is the standard deviation of a year's log growth around the path's own. Raises DataError for costs that
    are not above zero or a start after `until`.
    """
    if start.cost <= 0 or start.year > until:
        raise DataError(f"{start.name}: {start.cost:g} CNY in {start.year} cannot start a path until {until}")
    rate = np.log1p(pert_quantile(rng.random(draws), *prior))
    steps = rate[:, None] + noise * rng.standard_normal((draws, until - start.year))
    return np.asarray(start.cost * np.exp(np.column_stack([np.zeros(draws), np.cumsum(steps, axis=1)])))


@dataclass(frozen=True)
class Outlook:
    """Paths by start: `years` (start, year, low, middle, high), `chances` (start, target, cost, chance, needed)."""

    years: pd.DataFrame
    chances: pd.DataFrame

    def chance(self, start: str, target: str) -> float:
        rows = self.chances[(self.chances["start"] == start) & (self.chances["key"] == target)]
        if rows.empty:
            raise DataError(f"no chance for {start!r} and {target!r}")
        return float(rows["chance"].iloc[0])

    def cost(self, start: str) -> dict[str, float]:
        """value, low, high in CNY in the last year."""
        row = self.years[self.years["start"] == start].iloc[-1]
        return {"value": float(row["middle"]), "low": float(row["low"]), "high": float(row["high"])}


def outlook(
    claims: Claims, *, kept: float, noise: float, undated_year: int, until: int, draws: int, rng: np.random.Generator
) -> Outlook:
    """Every start's path to `until` and the chance that it ends at or below each target; `needed` is the yearly growth
    that would just meet it."""
    prior = growth_prior(claims, kept)
    years, chances = [], []
    for start in starts(claims, undated_year):
        cost = paths(start, prior, noise, until, draws, rng)
        for offset, column in enumerate(cost.T):
            years.append({"start": start.name, "year": start.year + offset, "middle": float(np.median(column))}
                         | limits(column))
        for key in TARGETS:
            target = _cost(claims[key])
            chances.append({
                "start": start.name, "key": key, "document": claims[key].document, "target": target,
                "chance": float((cost[:, -1] <= target).mean()),
                "needed": (target / start.cost) ** (1 / max(until - start.year, 1)) - 1,
            })
    return Outlook(pd.DataFrame(years)[["start", "year", "low", "middle", "high"]], pd.DataFrame(chances))


def bearable(value: float | str | None, low: float | None, high: float | None, rate: float) -> dict[str, Any]:
    """The most that winning a customer may cost, from the platform's money into CNY: value, low, high, or unknown."""
    if value is None or isinstance(value, str):
        return {"value": None, "unknown": "The value of a newcomer is unknown, so no highest cost follows from it."}
    return {"value": value * rate} | ({} if low is None or high is None else {"low": low * rate, "high": high * rate})


def reached(claims: Claims, limit: float | None, kept: float) -> dict[str, Any]:
    """Years until the dearest case told costs `limit` at the middle of the growth prior: value or unknown."""
    years = None if limit is None else years_until(_cost(claims[CASE]), limit, growth_prior(claims, kept)[1])
    if years is None:
        return {"value": None, "unknown": "No limit is known or costs do not grow: no time can be told."}
    return {"value": years}


def daily_bill(claims: Claims) -> float:
    """CNY a year for the new users a day that are told, at the cost told beside them."""
    return float((claims["s3_daily_new_users_target"].value or 0) * _cost(claims["s3_cac_target"]) * 365)


def mildest(claims: Claims) -> float:
    """The highest of the goals told, CNY."""
    return max(_cost(claims[key]) for key in TARGETS)


def years_until(cost: float, limit: float, growth: float) -> float | None:
    """Years of a steady growth from `cost` to `limit`; nothing where it never gets there."""
    if cost >= limit:
        return 0.0
    return float(np.log(limit / cost) / np.log1p(growth)) if growth > 0 else None


def _cost(claim: Claim) -> float:
    if claim.unit != "CNY" or claim.value is None or claim.value <= 0:
        raise ParameterError(f"claims/: {claim.key} = {claim.value} {claim.unit} is no cost; expected CNY above zero")
    return claim.value
