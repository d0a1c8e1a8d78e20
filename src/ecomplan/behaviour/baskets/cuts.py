"""Price cuts that orders show: where list prices fell for a while, and buyers before, during and after.

An event study by ratio of sums. Each cut is measured against its product's own buyers before, moved with the
whole shop's weeks, and against weeks of the same products that pass the same test for data but have no cut:
asking for buyers in a week picks good weeks, and this takes that choice out again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ecomplan.behaviour.baskets.estimate import Ints
from ecomplan.behaviour.statistics import Floats
from ecomplan.estimate import Estimate

BEFORE, AFTER = 4, 8  # weeks shown around a cut
BASE = 4  # weeks before those: what buyers are measured against
TRAIL = 8  # weeks whose median list price a cut is held against


@dataclass(frozen=True)
class Weekly:
    """Products x weeks: buyers, list price (NaN without enough votes), price seen (NaN without any vote)."""

    product: Ints
    buyers: Floats
    price: Floats
    seen: Floats

    @property
    def trailing(self) -> Floats:
        """Median list price of the `TRAIL` weeks before, where at least half of them are known."""
        trail = pd.DataFrame(self.price.T).rolling(TRAIL, min_periods=TRAIL // 2).median().shift(1)
        return trail.to_numpy().T


def weekly(panel: pd.DataFrame, weeks: int, min_buyers: int) -> Weekly:
    """A weekly panel (see `prices.panel`) as matrices, products with `min_buyers` buyers a week on average.

    List prices stand only where at least `min_buyers` voted.
    """
    total = panel.groupby("product")["buyers"].sum()
    product = total.index[total >= min_buyers * weeks].to_numpy().astype(np.int64)
    rows = panel[panel["product"].isin(product)]
    shape = (len(product), weeks)
    at = (np.searchsorted(product, rows["product"].to_numpy()), rows["period"].to_numpy())
    buyers, price, seen = np.zeros(shape), np.full(shape, np.nan), np.full(shape, np.nan)
    buyers[at] = rows["buyers"]
    price[at] = np.where(rows["votes"] >= min_buyers, rows["list_price"], np.nan)
    seen[at] = np.where(rows["votes"] > 0, rows["list_price"], np.nan)
    return Weekly(product, buyers, price, seen)


def find(week: Weekly, depth: float, longest: int) -> pd.DataFrame:
    """Cuts: the first week in which the list price lies `depth` or more below its trailing median.

    A cut is found where enough buyers show it, and dated back to the first week in which any buyer does.
    Columns: row (of the matrices), product, week, depth, kind: "short" if a list price within half of `depth` of
    the old one is seen in the next `longest` weeks, "lasting" if later ones are seen and none is, else "open". A
    cut within the weeks that a former cut of the product still colours (`AFTER`) is not counted again.
    """
    trailing = week.trailing
    fall = 1 - week.price / trailing
    rows: list[dict[str, Any]] = []
    for row, at in np.argwhere(fall >= depth - 1e-9):
        if rows and rows[-1]["row"] == row and at - rows[-1]["week"] <= AFTER:
            continue
        later = week.price[row, at + 1:at + 1 + longest]
        later = later[~np.isnan(later)]
        first = int(at)
        for before in range(int(at) - 1, max(int(at) - 1 - BEFORE, -1), -1):
            if week.seen[row, before] > trailing[row, at] * (1 - depth):
                break
            first = before if not np.isnan(week.seen[row, before]) else first
        back = bool((later >= trailing[row, at] * (1 - depth / 2)).any())
        kind = "short" if back else "lasting" if len(later) else "open"
        rows.append({"row": int(row), "product": int(week.product[row]), "week": first,
                     "depth": float(fall[row, at]), "kind": kind})
    return pd.DataFrame(rows, columns=["row", "product", "week", "depth", "kind"])


def comparison(week: Weekly, cuts: pd.DataFrame) -> pd.DataFrame:
    """Weeks (row, week) of the same products with a known list price and trailing median, far from any cut."""
    usable = ~np.isnan(week.price) & ~np.isnan(week.trailing)
    used = np.zeros(len(week.product), dtype=bool)
    used[cuts["row"].to_numpy(dtype=np.int64)] = True
    usable[~used] = False
    for place, at in zip(cuts["row"].to_numpy(dtype=np.int64), cuts["week"].to_numpy(dtype=np.int64), strict=True):
        usable[place, max(at - BEFORE - BASE, 0):at + AFTER + BEFORE + BASE + 1] = False
    row, week_of = np.nonzero(usable)
    return pd.DataFrame({"row": row, "week": week_of})


def sums(week: Weekly, events: pd.DataFrame) -> tuple[Floats, Floats]:
    """(buyers, expected buyers) around each event: events x weeks from -BEFORE to AFTER, zero outside the data.

    Expected: the product's mean buyers in the `BASE` weeks before the window, times the shop's buyers of the week
    over its mean in those weeks. Events without a single buyer in those weeks count nothing.
    """
    weeks = week.buyers.shape[1]
    shop = week.buyers.sum(axis=0)
    row, at = events["row"].to_numpy(dtype=np.int64), events["week"].to_numpy(dtype=np.int64)
    base_weeks = at[:, None] - BEFORE - BASE + np.arange(BASE)
    inside = (base_weeks >= 0).all(axis=1)
    base_weeks = np.maximum(base_weeks, 0)
    own, all_of_it = week.buyers[row[:, None], base_weeks].mean(axis=1), shop[base_weeks].mean(axis=1)
    around = at[:, None] + np.arange(-BEFORE, AFTER + 1)
    seen = (around >= 0) & (around < weeks) & (inside & (own > 0))[:, None]
    around = np.clip(around, 0, weeks - 1)
    found = np.where(seen, week.buyers[row[:, None], around], 0.0)
    expected = np.where(seen, (own / np.maximum(all_of_it, 1e-9))[:, None] * shop[around], 0.0)
    return found, expected


def profile(week: Weekly, cuts: pd.DataFrame, draws: int, rng: np.random.Generator) -> tuple[pd.DataFrame, Floats]:
    """(curve, resamples) of buyers around cuts, relative to what was expected (0 is as expected).

    Curve: week (-BEFORE to AFTER), value, low, high (80 %), cuts (with data in that week). Resamples: draws x
    weeks; whole products are drawn, with their cuts and their weeks of comparison.
    """
    control = comparison(week, cuts)
    names, owner = np.unique(np.concatenate([cuts["row"], control["row"]]).astype(np.int64), return_inverse=True)
    parts = []
    for events, code in ((cuts, owner[:len(cuts)]), (control, owner[len(cuts):])):
        parts += [_by_product(numbers, code, len(names)) for numbers in sums(week, events)]
    weight = np.vstack([np.ones(len(names)), rng.multinomial(len(names), np.full(len(names), 1 / len(names)), draws)])
    found, expected, control_found, control_expected = (weight @ part for part in parts)
    with np.errstate(divide="ignore", invalid="ignore"):
        relative = found / expected / (control_found / control_expected) - 1
    # a resample without data in some week says nothing about it
    usable = np.isfinite(relative)
    low, high = np.array([
        np.quantile(column[good], [0.1, 0.9]) if good.any() else [np.nan, np.nan]
        for column, good in zip(relative[1:].T, usable[1:].T, strict=True)
    ]).T
    counted = (sums(week, cuts)[1] > 0).sum(axis=0)
    curve = pd.DataFrame({
        "week": np.arange(-BEFORE, AFTER + 1), "value": relative[0], "low": np.minimum(low, relative[0]),
        "high": np.maximum(high, relative[0]), "cuts": counted,
    })
    return curve[usable[0]].reset_index(drop=True), relative


def over(resamples: Floats, first: int, last: int) -> Estimate:
    """Mean of the curve over event weeks `first` to `last`, interval from the resamples."""
    part = resamples[:, BEFORE + first:BEFORE + last + 1].mean(axis=1)
    if not np.isfinite(part[0]):
        return Estimate(None, unknown="no cut has data in these weeks or in those before; its effect is unknown")
    drawn = part[1:][np.isfinite(part[1:])]
    low, high = np.quantile(drawn, [0.1, 0.9])
    return Estimate(float(part[0]), min(float(low), float(part[0])), max(float(high), float(part[0])))


@dataclass(frozen=True)
class Study:
    """What cuts show: the curve and its figures; unknown with the reason where cuts are too few."""

    curve: pd.DataFrame
    uplift: Estimate  # in the week of the cut
    after: Estimate  # mean of weeks 1 to 3
    dip: Estimate  # mean of weeks 4 to 8
    before: Estimate  # mean of weeks -4 to -1: should be none
    extra_share: Estimate  # extra buyers of the cut weeks among all buyers of the products looked at


def study(week: Weekly, cuts: pd.DataFrame, min_cuts: int, draws: int, rng: np.random.Generator) -> Study:
    """The event study of `cuts`. With fewer than `min_cuts` the curve is empty and the figures are unknown."""
    if len(cuts) < min_cuts or cuts["row"].nunique() < 2:
        empty = Estimate(None, unknown=(
            "too few price cuts can be seen (parameter min_price_cuts), so what a cut does is not known"))
        curve = pd.DataFrame({name: pd.Series(dtype=float) for name in ("week", "value", "low", "high", "cuts")})
        return Study(curve, empty, empty, empty, empty, empty)
    curve, resamples = profile(week, cuts, draws, rng)
    uplift = over(resamples, 0, 0)
    expected = sums(week, cuts)[1][:, BEFORE].sum()
    extra = uplift.scaled(float(expected / week.buyers.sum())) if uplift.value is not None else uplift
    return Study(curve, uplift, over(resamples, 1, 3), over(resamples, 4, AFTER), over(resamples, -BEFORE, -1), extra)


def _by_product(numbers: Floats, code: npt.NDArray[np.int64], products: int) -> Floats:
    total = np.zeros((products, numbers.shape[1]))
    np.add.at(total, code, numbers)
    return total


def of_kind(cuts: pd.DataFrame, kind: str) -> pd.DataFrame:
    """The cuts of one kind: "short", "lasting" or "open"."""
    return cuts[cuts["kind"] == kind].reset_index(drop=True)
