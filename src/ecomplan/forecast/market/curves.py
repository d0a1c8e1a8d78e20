"""Logistic curves: a new model that replaces an old one, and regions that follow one another to saturation.

Fisher & Pry (1971): the share f of the new obeys ln(f / (1 - f)) = b (t - t_half). Its takeover time, from a tenth to
nine tenths, is ln 81 / b.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from ecomplan.claims import Claims
from ecomplan.errors import DataError
from ecomplan.forecast.market.priors import HIGH, LOW, MIDDLE, Floats, limits, pert_quantile, year_of

SHARE = "s1_new_model_share_2026"
#: shares told of single models: the least and the most that a start may be
STARTS = ("s2_community_buy_share", "s3_attribution_livestream")
REGIONS = (
    ("s0_cn_penetration_northwest", "North-west"), ("s0_cn_penetration", "Whole country"),
    ("s0_cn_penetration_east_coast", "East coast"),
)


def logit(share: npt.ArrayLike, saturation: npt.ArrayLike = 1.0) -> Floats:
    """ln(p / (K - p)). Raises DataError for shares that are not between 0 and the saturation."""
    p, top = np.asarray(share, float), np.asarray(saturation, float)
    if not (np.all(p > 0) and np.all(p < top)):
        raise DataError(f"a logistic curve needs shares above 0 and below its saturation {top!s}, found {p!s}")
    return np.asarray(np.log(p / (top - p)))


def logistic(t: npt.ArrayLike, speed: npt.ArrayLike, half: npt.ArrayLike, saturation: npt.ArrayLike = 1.0) -> Floats:
    """Share at time t of the curve that stands at half its saturation at `half`."""
    turn = np.asarray(speed, float) * (np.asarray(t, float) - np.asarray(half, float))
    return np.asarray(np.asarray(saturation, float) / (1 + np.exp(-turn)))


def takeover_years(speed: npt.ArrayLike) -> Floats:
    """Years from a tenth to nine tenths."""
    return np.asarray(np.log(81) / np.asarray(speed, float))


@dataclass(frozen=True)
class Substitution:
    """Paths of the new models' share and what half of the market by the year told would need."""

    path: pd.DataFrame  # year, low, middle, high: shares
    needed: pd.DataFrame  # start, takeover, growth_new, growth_old: by share at the start
    reached: float  # chance of at least the share told in the year told
    median_takeover: float
    told: float
    year: int


def substitution(
    claims: Claims, *, base_year: int, takeover: tuple[float, float, float], market_growth: tuple[float, float],
    draws: int, rng: np.random.Generator,
) -> Substitution:
    """The new models' share from `base_year` to the year told.

    The start is any share between those told of single models, the takeover time a PERT of `takeover` (years). What is
    needed follows from the start alone; growth of both kinds of shop with the middle of `market_growth`.
    """
    claim, starts = claims[SHARE], sorted(claims[key].share for key in STARTS)
    told, year = claim.share, year_of(claim)
    years = year - base_year
    if years <= 0:
        raise DataError(f"market.share_base_year {base_year} does not lie before {year}, the year that {SHARE} names")
    start = rng.uniform(starts[0], starts[-1], draws)
    speed = np.log(81) / pert_quantile(rng.random(draws), *takeover)
    half = base_year - logit(start) / speed
    rows = []
    for at in range(base_year, year + 1):
        share = logistic(at, speed, half)
        rows.append({"year": at, "middle": float(np.median(share))} | limits(share))
    last = logistic(year, speed, half)
    growth = sum(market_growth) / 2
    needed = []
    for first in (starts[0], (starts[0] + starts[-1]) / 2, starts[-1]):
        speed_needed = float(logit(told) - logit(first)) / years
        needed.append({
            "start": first, "takeover": float(takeover_years(speed_needed)),
            "growth_new": (told / first) ** (1 / years) * (1 + growth) - 1,
            "growth_old": ((1 - told) / (1 - first)) ** (1 / years) * (1 + growth) - 1,
        })
    return Substitution(
        pd.DataFrame(rows)[["year", "low", "middle", "high"]], pd.DataFrame(needed), float((last >= told).mean()),
        float(np.median(takeover_years(speed))), told, year,
    )


def final(share: Substitution) -> dict[str, float]:
    """The new models' share in the year told: value, low, high."""
    row = share.path.iloc[-1]
    return {"value": float(row["middle"]), "low": float(row["low"]), "high": float(row["high"])}


def needed(share: Substitution, column: str) -> dict[str, float]:
    """What the share told needs from the middle start, and over the starts from least to most: value, low, high."""
    values = share.needed[column]
    return {"value": float(values.iloc[1]), "low": float(values.min()), "high": float(values.max())}


def catch_up(claims: Claims, saturations: tuple[float, ...], speed: tuple[float, float, float]) -> pd.DataFrame:
    """Years until a region stands where another stands today, all on one curve, by saturation.

    region, reaches, from_share, to_share, saturation, low, middle, high (years). The distance on the curve is known
    from the levels told; its speed (PERT, a year) is not told and decides the years. Years are None where a level told
    lies above the saturation: that saturation cannot be meant.
    """
    a, b, c = speed
    # slow curves take long: the low limit of the years is the high limit of the speed
    per_year = pert_quantile([HIGH, MIDDLE, LOW], a, b, c)
    level = {name: claims[key].share for key, name in REGIONS}
    order = [name for _, name in REGIONS]
    rows = []
    for region, reaches in ((order[0], order[1]), (order[0], order[2]), (order[1], order[2])):
        for top in saturations:
            row = {"region": region, "reaches": reaches, "from_share": level[region], "to_share": level[reaches],
                   "saturation": top}
            if max(level[region], level[reaches]) < top:
                distance = float(logit(level[reaches], top) - logit(level[region], top))
                row |= dict(zip(("low", "middle", "high"), (distance / per_year).tolist(), strict=True))
            rows.append(row)
    frame = pd.DataFrame(rows, columns=[
        "region", "reaches", "from_share", "to_share", "saturation", "low", "middle", "high",
    ])
    return frame.astype(dict.fromkeys(("low", "middle", "high"), "Float64"))


def lag(table: pd.DataFrame, region: str, reaches: str, saturation: float) -> dict[str, float | str | None]:
    """value, low, high in years for `Stage.finding`."""
    rows = table[(table["region"] == region) & (table["reaches"] == reaches) & (table["saturation"] == saturation)]
    if rows.empty or pd.isna(rows["middle"].iloc[0]):
        return {"value": None, "unknown": "A level told lies above this saturation: the curve cannot be drawn."}
    row = rows.iloc[0]
    return {"value": float(row["middle"]), "low": float(row["low"]), "high": float(row["high"])}
