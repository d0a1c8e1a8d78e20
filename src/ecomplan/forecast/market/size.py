"""Market sizes that contradict each other: kept apart, each projected with its own growth, each conflict proved.

Two sizes of one market and currency are consistent where some yearly growth between them is also a growth that their
documents tell. A figure told as "over x" may lie between x and x (1 + over_reach).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
import pandas as pd

from ecomplan.claims import Claim, Claims
from ecomplan.errors import DataError
from ecomplan.forecast.market.priors import HIGH, LOW, MIDDLE, Floats, pert_quantile, year_of

#: size, what it is called, market, growths told beside it (the first is taken as its own)
SOURCES: tuple[tuple[str, str, str, tuple[str, ...]], ...] = (
    ("s3_cn_market_2022", "S3: market in 2022", "China", ("s3_cn_market_growth_2022",)),
    ("s1_cn_market_2023", "S1: market in 2023", "China", ()),
    ("s2_cn_ecom_transactions_2022", "S2: transactions in 2022", "China",
     ("s2_cn_ecom_growth_2022", "s2_cn_ecom_cagr")),
    ("s2_cn_ecom_market_2025", "S2: market in 2025", "China", ("s2_cn_ecom_cagr", "s2_cn_ecom_growth_2022")),
    ("s0_global_ecom_market_2025", "S0: world in 2025", "World", ("s0_global_ecom_cagr",)),
)
GROWTHS = ("s3_cn_market_growth_2022", "s2_cn_ecom_growth_2022", "s2_cn_ecom_cagr", "s0_global_ecom_cagr")
CONSISTENT, CONFLICT = "consistent", "in conflict"
ROUNDED = 0.0005  # growths are told to a tenth of a percent


@dataclass(frozen=True)
class Statement:
    """A size told: `size` in trillions of `currency` for `year`, `over` where more is meant, growths as shares a year.

    `growth` are the limits of what its document tells of growth; `own` the one told beside the size, if any.
    """

    key: str
    name: str
    document: str
    market: str
    currency: str
    year: int
    size: float
    over: bool
    own: float | None
    growth: tuple[float, float] | None

    def span(self, over_reach: float) -> tuple[float, float]:
        """The sizes that the statement can mean."""
        return self.size, self.size * (1 + over_reach) if self.over else self.size


def statements(claims: Claims) -> tuple[Statement, ...]:
    """The sizes that the documents tell, in the order of SOURCES."""
    told = []
    for key, name, market, growths in SOURCES:
        claim = claims[key]
        size, rates = _size(claim), [claims[growth].share for growth in growths]
        told.append(Statement(
            key, name, claim.document, market, claim.unit.split("_")[0], year_of(claim), size,
            claim.bound in ("above", "min"), rates[0] if rates else None, (min(rates), max(rates)) if rates else None,
        ))
    return tuple(told)


def project(told: Iterable[Statement], growths: tuple[float, float], until: int) -> pd.DataFrame:
    """key, name, market, currency, year, low, middle, high (trillions, 80 %) of each source on its own, never mixed.

    One growth holds over all years of a path: PERT between the least and the most growth told by any document
    (`growths`), its mode the source's own; without an own growth every growth between the two is as likely.
    """
    rows = []
    for item in told:
        rate = growth_quantiles(item, growths)
        for year in range(item.year, max(until, item.year) + 1):
            # size grows with the rate, so quantiles of the rate are quantiles of the size
            low, middle, high = item.size * (1 + rate) ** (year - item.year)
            rows.append({
                "key": item.key, "name": item.name, "market": item.market, "currency": item.currency, "year": year,
                "low": low, "middle": middle, "high": high, "floor": item.over,
            })
    return pd.DataFrame(rows)


def growth_quantiles(item: Statement, growths: tuple[float, float]) -> Floats:
    """The 10, 50 and 90 % quantiles of a source's yearly growth."""
    low, high = growths
    if item.own is None:
        return low + (high - low) * np.array([LOW, MIDDLE, HIGH])
    return np.asarray(pert_quantile([LOW, MIDDLE, HIGH], min(low, item.own), item.own, max(high, item.own)))


def at(table: pd.DataFrame, key: str, year: int) -> dict[str, float]:
    """value, low, high of a source in a year, in its currency (not trillions), for `Stage.finding`."""
    row = table[(table["key"] == key) & (table["year"] == year)]
    if row.empty:
        raise DataError(f"no size of {key} in {year}")
    value, low, high = (float(row[name].iloc[0]) * 1e12 for name in ("middle", "low", "high"))
    return {"value": value, "low": low, "high": high}


def spread(table: pd.DataFrame, currency: str, year: int) -> float:
    """The largest size of a year over the smallest, among sources in one currency."""
    sizes = table[(table["currency"] == currency) & (table["year"] == year)]["middle"]
    return float(sizes.max() / sizes.min())


def count(table: pd.DataFrame, verdict: str = CONFLICT) -> int:
    """Pairs with that verdict."""
    return int((table["verdict"] == verdict).sum())


def told_growths(claims: Claims) -> tuple[float, float]:
    """Least and most yearly growth of a market that any document tells."""
    rates = [claims[key].share for key in GROWTHS]
    return min(rates), max(rates)


def conflicts(told: Iterable[Statement], over_reach: float) -> pd.DataFrame:
    """A line a pair of statements of one market: what must hold if both mean the same thing, and whether it can.

    Columns: first, second, years, ratio (second over first as told), needed_low, needed_high (yearly growth, shares;
    none within one year), told_low, told_high (growth in the two documents), verdict, proof.
    """
    rows = []
    for one, other in combinations(told, 2):
        if (one.market, one.currency) != (other.market, other.currency):
            continue
        early, late = (one, other) if one.year <= other.year else (other, one)
        rows.append(_pair(early, late, over_reach))
    return pd.DataFrame(rows, columns=[
        "first", "second", "years", "ratio", "needed_low", "needed_high", "told_low", "told_high", "verdict", "proof",
    ]).astype(dict.fromkeys(("needed_low", "needed_high", "told_low", "told_high"), "Float64"))


def break_even_rate(china: Statement, world: Statement) -> float:
    """CNY for one USD below which the statement on China alone exceeds the one on the world."""
    if china.currency == world.currency:
        raise DataError(f"{china.key} and {world.key} stand in one currency, {china.currency}")
    return china.size / world.size


def scaled(item: Statement, factor: float) -> Statement:
    """The statement with another size: for trials of the proof."""
    return replace(item, size=item.size * factor)


def _pair(early: Statement, late: Statement, over_reach: float) -> dict[str, object]:
    (low_1, high_1), (low_2, high_2) = early.span(over_reach), late.span(over_reach)
    years = late.year - early.year
    row: dict[str, object] = {
        "first": early.name, "second": late.name, "years": years, "ratio": late.size / early.size, "needed_low": None,
        "needed_high": None,
    }
    rates = [rate for item in (early, late) if item.growth is not None for rate in item.growth]
    told = (min(rates), max(rates)) if rates else None
    row |= {"told_low": told[0] if told else None, "told_high": told[1] if told else None}
    if years == 0:
        same = low_1 <= high_2 and low_2 <= high_1
        proof = ("one year, sizes that can be the same" if same else
                 f"one year, yet {max(low_2 / high_1, low_1 / high_2):.2f} times apart")
        return row | {"verdict": CONSISTENT if same else CONFLICT, "proof": proof}
    need = ((low_2 / high_1) ** (1 / years) - 1, (high_2 / low_1) ** (1 / years) - 1)
    row |= {"needed_low": need[0], "needed_high": need[1]}
    asked = _rates(need)
    if told is None:
        return row | {"verdict": "no growth told", "proof": f"needs {asked} a year; neither document tells a growth"}
    fits = need[0] <= told[1] + ROUNDED and told[0] - ROUNDED <= need[1]
    proof = f"needs {asked} a year, told {_rates(told)}"
    return row | {"verdict": CONSISTENT if fits else CONFLICT, "proof": proof}


def _rates(pair: tuple[float, float]) -> str:
    low, high = (f"{value * 100:.1f}" for value in pair)
    return f"{low} %" if low == high else f"{low} to {high} %"


def _size(claim: Claim) -> float:
    if not claim.unit.endswith("_tn") or claim.value is None or claim.value <= 0:
        raise DataError(f"claim {claim.key}: {claim.value} {claim.unit} is no market size; expected trillions above 0")
    return claim.value
