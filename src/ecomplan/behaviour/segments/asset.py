"""What a customer is worth as an asset: an economic score from the past, held against what was bought afterwards.

The documents' score has three dimensions. Orders hold the economic one alone; the social and the emotional one
need shares, referrals and surveys, which no source here has.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ecomplan.behaviour.segments import resample
from ecomplan.behaviour.segments.history import Floats, History
from ecomplan.behaviour.statistics import limits
from ecomplan.errors import DataError
from ecomplan.params.behaviour import Segments

PARTS = ("recency", "frequency", "value")
STEP = 4  # quarters: weights tried are multiples of one quarter
OPEN = {
    "social": "No source holds who shares, refers or writes reviews; the weight of the dimension cannot be set.",
    "emotional": "No source holds surveys or complaints of these customers; the weight of the dimension cannot be set.",
}
#: claims that need the two open dimensions
NOT_TESTABLE = {
    "s2_social_user_spend_premium": "Orders do not show who is socially active.",
    "s2_economic_bias_churn_rise":
        "Needs a shop that weighed its customers by spend alone and one that did not; here nobody was treated by a "
        "score, and two of three dimensions are missing. What other weights do to the forecast is shown instead.",
    "s2_reweighted_value_gain":
        "Needs the social and the emotional score; within the economic one the gain of other weights is shown.",
}


def percentile(values: Floats) -> Floats:
    """Place of each value among all, 0 to 1, equal values in the middle of their places."""
    return np.asarray((pd.Series(values).rank(method="average").to_numpy() - 0.5) / len(values))


def parts(past: History, holdout_months: int) -> pd.DataFrame:
    """Customers (code) known before the last `holdout_months`: places in recency, frequency, value (0 to 1, 1 is best),
    past_value, and later_value, their net sales in the held-out months (money; a net return counts as nothing).

    Raises DataError where nothing is left before or after the cut.
    """
    cut = past.months - holdout_months
    now = past.snapshot(cut) if cut >= 1 else pd.DataFrame()
    if len(now) < 2:
        raise DataError("too few customers before the held-out months; see asset.too_short")
    later = past.value_by_month[now["customer"].to_numpy(), cut:].sum(axis=1)
    # ASSUME: who returned more than was bought later is worth nothing later, not less
    return pd.DataFrame({
        "customer": now["customer"].to_numpy(), "recency": percentile(-now["recency_days"].to_numpy()),
        "frequency": percentile(now["orders"].to_numpy(float)),
        "value": percentile(now["value"].to_numpy()), "past_value": np.maximum(now["value"].to_numpy(), 0.0),
        "later_value": np.maximum(later, 0.0),
    })


def too_short(past: History, p: Segments, min_group: int) -> str:
    """Why the score cannot be tested, or "" if it can."""
    cut = past.months - p.asset_holdout_months
    if cut < 1:
        return (
            f"The orders hold {past.months} full months, no more than segments.asset_holdout_months = "
            f"{p.asset_holdout_months}: nothing is left to score customers by. The score is untested."
        )
    known = past.first_month < cut
    if known.sum() < min_group:
        return "Fewer customers than privacy.min_group before the held-out months; the score is untested."
    if past.value_by_month[known, cut:].sum(axis=1).max() <= 0:
        return "No customer known before bought anything in the held-out months; the score is untested."
    return ""


def composite(places: pd.DataFrame, weights: tuple[float, ...]) -> Floats:
    """The economic score, 0 to 1: weighted mean of the places in recency, frequency and value."""
    return np.asarray(places[list(PARTS)].to_numpy() @ np.array(weights) / sum(weights))


class Ranks:
    """Mid-ranks of a column in any resample: sorted once, then a resample is a weight for each member."""

    def __init__(self, values: Floats):
        self.order = np.argsort(values, kind="stable")
        self.start = np.flatnonzero(np.append(True, np.diff(values[self.order]) != 0))
        size = np.diff(np.append(self.start, len(values)))
        self.place = np.empty_like(self.order)  # of each member among the different values
        self.place[self.order] = np.repeat(np.arange(len(size)), size)

    def of(self, weights: npt.NDArray[np.floating]) -> Floats:
        """Mid-ranks (resamples, members) for weights (resamples, members)."""
        held = np.add.reduceat(weights[:, self.order], self.start, axis=1)
        return np.asarray((np.cumsum(held, axis=1) - held / 2)[:, self.place])


def weighted_correlation(x: Floats, y: Floats, weights: npt.NDArray[np.floating]) -> Floats:
    """Pearson correlation of x and y (resamples, members) under weights; 0 where one of them does not vary."""
    total = weights.sum(axis=1, keepdims=True)
    a = x - (weights * x).sum(axis=1, keepdims=True) / total
    b = y - (weights * y).sum(axis=1, keepdims=True) / total
    both, xx, yy = ((weights * part).sum(axis=1) for part in (a * b, a * a, b * b))
    return resample.ratio(both, np.sqrt(xx * yy))


def correlations(places: pd.DataFrame, p: Segments, again: resample.Draws) -> pd.DataFrame:
    """Score against later value: score, measure, value, low, high.

    Spearman's rank correlation (1904) for the score and each of its parts; Pearson's between the logarithms of
    1 + past and 1 + later value. Intervals by resampling customers, ranks taken anew in each resample.
    """
    later = places["later_value"].to_numpy()
    columns = {"economic score": composite(places, weights_of(p)), **{name: places[name].to_numpy() for name in PARTS}}
    ranks = {name: Ranks(values) for name, values in columns.items()}
    target = Ranks(later)
    logs = [np.log1p(places[name].to_numpy())[None, :] for name in ("past_value", "later_value")]

    def measure(weights: npt.NDArray[np.floating]) -> Floats:
        truth = target.of(weights)
        found = [weighted_correlation(rank.of(weights), truth, weights) for rank in ranks.values()]
        return np.stack([*found, weighted_correlation(logs[0], logs[1], weights)], axis=1)

    point = measure(np.ones((1, len(later))))[0]
    who = places["customer"].to_numpy()  # a resample is one of all customers; those known before the cut count
    spread = np.concatenate([measure(batch[:, who]) for batch in again.batches()])
    low, high = limits(spread)
    return pd.DataFrame({
        "score": [*columns, "log of past value"], "measure": [*["Spearman"] * len(columns), "Pearson"],
        "value": point, "low": low, "high": high,
    })


def weights_of(p: Segments) -> tuple[float, ...]:
    """Weights of the score in the order of `PARTS`."""
    return tuple(getattr(p, f"asset_weight_{name}") for name in PARTS)


def sensitivity(places: pd.DataFrame, p: Segments) -> pd.DataFrame:
    """What other weights do: recency, frequency, value, correlation, captured; as set first, then by correlation.

    correlation: Spearman against later value. captured: share of later value from the customers whom the score
    puts on top, as many as the high tier holds.
    """
    later = places["later_value"].to_numpy()
    truth = Ranks(later).of(np.ones((1, len(later))))
    head = max(1, round(p.tier_high_share * len(later)))
    tried = [tuple(part / STEP for part in parts) for parts in product(range(STEP + 1), repeat=3) if sum(parts) == STEP]
    rows = []
    for weights in [weights_of(p), *tried]:
        score = composite(places, weights)
        top = np.lexsort((-places["past_value"].to_numpy(), -score))[:head]
        rank = Ranks(score).of(np.ones((1, len(later))))
        rows.append({
            **dict(zip(PARTS, weights, strict=True)),
            "correlation": float(weighted_correlation(rank, truth, np.ones((1, len(later))))[0]),
            "captured": float(later[top].sum() / later.sum()),
        })
    table = pd.DataFrame(rows)
    rest = table.iloc[1:].sort_values("correlation", ascending=False, kind="stable")
    other = ~np.isclose(rest[list(PARTS)].to_numpy(), np.array(weights_of(p))).all(axis=1)
    return table.loc[[0, *rest.index[other]]].reset_index(drop=True)


@dataclass(frozen=True)
class Tested:
    """`correlations` and `sensitivity` of the score; both empty where `unknown` says why."""

    correlations: pd.DataFrame
    weights: pd.DataFrame
    unknown: str = ""


def test(past: History, p: Segments, min_group: int, again: resample.Draws) -> Tested:
    """The score before the held-out months against the net sales in them."""
    if reason := too_short(past, p, min_group):
        return Tested(
            pd.DataFrame(columns=["score", "measure", "value", "low", "high"]),
            pd.DataFrame(columns=[*PARTS, "correlation", "captured"]), reason,
        )
    places = parts(past, p.asset_holdout_months)
    return Tested(correlations(places, p, again), sensitivity(places, p))


def figures(tested: Tested) -> list[tuple[str, str, str, dict[str, Any]]]:
    """(finding, label, unit, value with range or why there is none)."""
    def number(value: dict[str, Any]) -> dict[str, Any]:
        return {"value": None, "unknown": tested.unknown} if tested.unknown else value

    known = not tested.unknown
    of = {name: row(tested.correlations, name) if known else {} for name in ("economic score", "value",
                                                                             "log of past value")}
    best = tested.weights["correlation"].max() if known else None
    captured = tested.weights["captured"].iloc[0] if known else None
    return [
        ("asset_correlation", "Rank correlation of the economic score with later sales", "index",
         number(of["economic score"])),
        ("asset_past_value", "Rank correlation of past value alone with later sales", "index", number(of["value"])),
        ("asset_pearson", "Pearson correlation of past and later sales, logarithms", "index",
         number(of["log of past value"])),
        ("asset_best_weights", "Rank correlation with the best weights tried", "index", number({"value": best})),
        ("asset_captured", "Share of later sales from the customers scored best, as many as the high tier", "share",
         number({"value": captured})),
    ]


def reading(tested: Tested, claimed: float) -> dict[str, Any]:
    """How the claim on the correlation stands: holds inside the interval of the score, else fails."""
    if tested.unknown:
        return {"reading": tested.unknown, "verdict": "not testable", "evidence": "measured"}
    found = row(tested.correlations, "economic score")
    best = float(tested.weights["correlation"].max())
    return {
        "reading": f"Score before the cut and net sales after it correlate by {found['value']:.2f} (ranks); "
                   f"with the best weights tried by {best:.2f}.",
        "verdict": "holds" if found["low"] <= claimed <= found["high"] else "fails",
        "observed": found["value"], "low": found["low"], "high": found["high"], "evidence": "measured",
    }


def row(table: pd.DataFrame, score: str) -> dict[str, Any]:
    """value, low, high of one row of `correlations`."""
    found = table[table["score"] == score].iloc[0]
    return {name: float(found[name]) for name in ("value", "low", "high")}
