"""What kind of goods is wanted: attributes read from words of descriptions, forecast for the next quarter.

Two questions: does the mix of attributes in a quarter look as forecast, and does a forecast for each customer meet
more of what the customer then buys than the shop's favourites do.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ecomplan.estimate import Estimate
from ecomplan.forecast.demand.accuracy import ratio
from ecomplan.forecast.demand.panel import YEAR, Floats, Weeks

# ASSUME: English descriptions; a shop that writes otherwise finds no attributes, and is told so
WORDS = {
    "colour": "RED PINK BLUE WHITE GREEN BLACK IVORY CREAM PURPLE SILVER GOLD YELLOW ORANGE",
    "material": "GLASS WOOD WOODEN METAL CERAMIC ENAMEL PAPER WICKER ZINC FELT COTTON CHINA PORCELAIN",
    "occasion": "CHRISTMAS EASTER BIRTHDAY WEDDING PARTY GARDEN PICNIC BABY VALENTINE HEART",
    "look": "VINTAGE RETROSPOT POLKADOT REGENCY FLORAL ANTIQUE PAISLEY SKULL STRAWBERRY",
}
SAME = {"WOODEN": "WOOD", "PORCELAIN": "CHINA"}
QUARTER = 13  # weeks
LEAST = 4  # attributes below which there is nothing to forecast
_NONE = Estimate(None, unknown="descriptions show too few attributes")
MIXES = ("last quarter", "last year", "last year, moved")


@dataclass(frozen=True)
class Wanted:
    """Order lines by attribute: shop totals [quarters, attributes], customers' [customers, quarters, attributes]."""

    names: tuple[str, ...]
    kinds: tuple[str, ...]
    shop: Floats
    customers: Floats
    lines_share: float  # lines with at least one attribute


def read(sales: pd.DataFrame, weeks: Weeks, least_lines: int) -> Wanted | None:
    """Lines by attribute and quarter (13 weeks, counted back); None where fewer than `LEAST` attributes are found.

    An attribute needs `least_lines` lines a quarter in the mean. A line with two attributes counts for both.
    """
    quarters = weeks.count // QUARTER
    quarter = (weeks.of(sales["time"]) - (weeks.count - quarters * QUARTER)) // QUARTER
    inside = (quarter >= 0) & (quarter < quarters) & (sales["net"].to_numpy(float) > 0)
    part, quarter = sales.loc[inside], quarter[inside]
    code, products = pd.factorize(part["product_id"], sort=True)
    described = part["description"].groupby(code).first().reindex(range(len(products))).fillna("").astype(str)
    found = [set(re.findall(r"[A-Z]{3,}", text.upper())) for text in described]
    customer, people = pd.factorize(part["customer_id"], sort=True)
    names, kinds, shop, bought = [], [], [], []
    any_word = np.zeros(len(products), dtype=bool)
    for kind, words in WORDS.items():
        for word in words.split():
            if word in SAME:
                continue
            forms = {word, word + "S", *(other for other, stem in SAME.items() if stem == word)}
            has = np.array([bool(forms & text) for text in found])
            line = has[code]
            totals = np.bincount(quarter[line], minlength=quarters).astype(float)
            if totals.mean() < least_lines:
                continue
            any_word |= has
            names.append(word.capitalize())
            kinds.append(kind)
            shop.append(totals)
            known = line & (customer >= 0)
            bought.append(np.bincount(customer[known] * quarters + quarter[known], minlength=len(people) * quarters)
                          .reshape(len(people), quarters).astype(np.float32))
    if len(names) < LEAST or quarters <= YEAR // QUARTER:
        return None
    return Wanted(tuple(names), tuple(kinds), np.stack(shop, axis=1), np.stack(bought, axis=2),
                  float(any_word[code].mean()))


def mix_forecasts(shares: Floats, quarter: int) -> dict[str, Floats]:
    """Shares of attributes in a quarter, forecast by who has seen the quarters before it [attributes].

    "Last year, moved": the same quarter a year ago, moved by the square root of how the last quarter changed on the
    year (half of a change is taken to last, at most a doubling believed), where two years are known.
    """
    year = YEAR // QUARTER
    moved = shares[quarter - year].copy()
    if quarter - year - 1 >= 0:
        moved *= np.sqrt(np.clip(shares[quarter - 1] / np.maximum(shares[quarter - year - 1], 1e-9), 0.5, 2.0))
    return dict(zip(MIXES, (shares[quarter - 1], shares[quarter - year], moved / moved.sum()), strict=True))


def mixes(wanted: Wanted | None) -> pd.DataFrame:
    """Every tested quarter, attribute and forecast: share forecast, share seen, share of the quarter before."""
    if wanted is None:
        return pd.DataFrame(columns=["quarter", "attribute", "kind", "forecast", "told", "seen", "before"])
    shares = wanted.shop / np.maximum(wanted.shop.sum(1, keepdims=True), 1.0)
    rows = []
    for quarter in range(YEAR // QUARTER, len(shares)):
        for name, told in mix_forecasts(shares, quarter).items():
            rows.append(pd.DataFrame({
                "quarter": quarter, "attribute": wanted.names, "kind": wanted.kinds, "forecast": name, "told": told,
                "seen": shares[quarter], "before": shares[quarter - 1],
            }))
    return pd.concat(rows, ignore_index=True)


def mix_scores(frame: pd.DataFrame) -> pd.DataFrame:
    """Part of the mix told right (overlap of shares) and right directions of change, by forecast and quarter."""
    if frame.empty:
        return pd.DataFrame(columns=["forecast", "quarter", "overlap", "directions"])
    frame = frame.assign(overlap=np.minimum(frame["told"], frame["seen"]),
                         right=np.sign(frame["told"] - frame["before"]) == np.sign(frame["seen"] - frame["before"]))
    return frame.groupby(["forecast", "quarter"], sort=False).agg(
        overlap=("overlap", "sum"), directions=("right", "mean")).reset_index()


@dataclass(frozen=True)
class Match:
    """Share of what customers then bought that carried one of the attributes named for them."""

    own: Estimate  # named from the customer's own orders and the forecast mix
    season: Estimate  # the favourites of the forecast mix, the same for all
    shop: Estimate  # the favourites of the last quarter, the same for all
    lift: Estimate  # of own over shop
    customers: int


def match(wanted: Wanted | None, named: int, own_weight: float, draws: int, rng: np.random.Generator) -> Match:
    """Name `named` attributes for each customer with earlier orders, and see what the customer buys next quarter.

    A customer's score of an attribute is the own lines before plus `own_weight` lines spread as the forecast mix.
    Every customer and quarter from the second year on; the interval resamples customers.
    """
    if wanted is None:
        return Match(_NONE, _NONE, _NONE, _NONE, 0)
    shares = wanted.shop / np.maximum(wanted.shop.sum(1, keepdims=True), 1.0)
    people = len(wanted.customers)
    hit = {name: np.zeros(people) for name in ("own", "season", "shop")}
    bought = np.zeros(people)
    for quarter in range(YEAR // QUARTER, len(shares)):
        mix = mix_forecasts(shares, quarter)[MIXES[2]]
        past = wanted.customers[:, :quarter].sum(1).astype(float)
        there = past.sum(1) > 0
        now = np.where(there[:, None], wanted.customers[:, quarter].astype(float), 0.0)
        bought += now.sum(1)
        score = past + own_weight * mix[None, :]
        best = np.argpartition(-score, min(named, score.shape[1]) - 1, axis=1)[:, :named]
        hit["own"] += np.take_along_axis(now, best, axis=1).sum(1)
        for name, common in (("season", mix), ("shop", shares[quarter - 1])):
            hit[name] += now[:, np.argsort(-common, kind="stable")[:named]].sum(1)
    active = bought > 0
    own, season, shop, lines = (part[active] for part in (hit["own"], hit["season"], hit["shop"], bought))
    return Match(ratio(own, lines, draws, rng), ratio(season, lines, draws, rng), ratio(shop, lines, draws, rng),
                 ratio(own, shop, draws, rng, less=1.0), int(active.sum()))


def lines_share(wanted: Wanted | None) -> Estimate:
    """Share of lines with at least one attribute."""
    return _NONE if wanted is None else Estimate(wanted.lines_share)


def mean_score(scores: pd.DataFrame, forecast: str, column: str) -> Estimate:
    """Mean of a score over the tested quarters, with the least and the best of them as its range."""
    part = scores.loc[scores["forecast"] == forecast, column]
    return _NONE if part.empty else Estimate(float(part.mean()), float(part.min()), float(part.max()))
