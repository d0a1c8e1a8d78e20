"""The two policies of the shop: what they are worth, each from its own log and from the other's."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import ndtr, ndtri

from ecomplan.behaviour.campaigns import off_policy
from ecomplan.behaviour.campaigns.click_model import Predicted, cross_fit
from ecomplan.behaviour.statistics import Z80, Floats, limits, wilson
from ecomplan.errors import DataError

DIRECTIONS = {"random": "bts", "bts": "random"}  # target policy -> policy whose log is used
NAMES = {"random": "uniform policy", "bts": "adaptive policy"}
TOGETHER = "together"
#: finding names of the estimators
SHORT = dict(zip(("naive", "ips", "ips_cut", "snips", "model", "dr"), off_policy.ESTIMATORS, strict=True))
#: cuts of the weights that the sweep tries
CUTS = [5.0, 10.0, 20.0, 50.0, 100.0, 200.0]


@dataclass(frozen=True)
class Evaluation:
    """Both policies valued from the other's log, with the click models used."""

    values: pd.DataFrame
    overlap: pd.DataFrame
    weights: pd.DataFrame
    models: list[tuple[pd.DataFrame, Predicted]]


def log_of(logs: pd.DataFrame, policy: str, campaign: str) -> pd.DataFrame:
    """One policy's impressions in one campaign. Raises DataError where it has none (an empty arm)."""
    log = logs[(logs["policy"] == policy) & (logs["campaign"] == campaign)]
    if log.empty:
        raise DataError(f"open_bandit: policy {policy} has no impression in campaign {campaign}; both are needed")
    return log.reset_index(drop=True)


def own_rates(logs: pd.DataFrame) -> pd.DataFrame:
    """Click rate of each policy in each campaign and together, from its own log.

    Columns: policy, campaign, impressions, clicks, rate, low, high (80 % Wilson).
    """
    campaigns = list(dict.fromkeys(logs["campaign"]))
    rows = [
        (policy, campaign, len(log), int(log["click"].sum()))
        for policy in DIRECTIONS for campaign in campaigns for log in [log_of(logs, policy, campaign)]
    ]
    frame = pd.DataFrame(rows, columns=["policy", "campaign", "impressions", "clicks"])
    both = frame.groupby("policy", sort=False)[["impressions", "clicks"]].sum().reset_index()
    frame = pd.concat([frame, both.assign(campaign=TOGETHER)], ignore_index=True)
    low, high = wilson(frame["clicks"], frame["impressions"])
    return frame.assign(rate=frame["clicks"] / frame["impressions"], low=low, high=high)


def shares_by_position(log: pd.DataFrame, counts: Floats | None = None) -> Floats:
    """How often each article stood in each position: (3, items), each row adds up to 1 (0 for an unused position).

    This is a time-varying policy's mean action probability. The mean of the *logged* propensities is not: an article
    is logged most when its probability is high, so that mean overstates (it adds up to more than 1).
    """
    items = int(log["items"].iloc[0])
    cell = (log["position"].to_numpy() - 1) * items + log["item"].to_numpy()
    many = np.bincount(cell, counts, 3 * items).reshape(3, items).astype(float)
    total = many.sum(axis=1, keepdims=True)
    return np.asarray(np.divide(many, total, out=np.zeros_like(many), where=total > 0))


def evaluate(logs: pd.DataFrame, weight_max: float, prior_impressions: float, folds: int, draws: int,
             rng: np.random.Generator) -> Evaluation:
    """Value each policy from the other's log, campaign by campaign and together, beside the truth of its own log.

    The uniform policy's probabilities are known. The adaptive one's are the shares of its own log by position, so
    its resamples redraw both logs. Click models are fitted out of fold once and kept over resamples. Intervals hold
    80 % (percentile bootstrap over impressions); `bernstein_low`, `bernstein_high` hold for any distribution of the
    cut IPS. Raises DataError as `ratios` and `log_of` do.
    """
    campaigns = list(dict.fromkeys(logs["campaign"]))
    rows, overlaps, weights, models = [], [], [], []
    for target, behind in DIRECTIONS.items():
        points, spread, truths, truth_spread, sizes = [], [], [], [], []
        for campaign in campaigns:
            log, own = log_of(logs, behind, campaign), log_of(logs, target, campaign)
            model = cross_fit(log, prior_impressions, folds, rng)
            models.append((log, model))
            one = _Pair(log, own, model, target, weight_max)
            points.append(one.value())
            resampled = [one.resampled(rng) for _ in range(draws)]
            spread.append(np.stack([value for value, _ in resampled]))
            truths.append(own["click"].mean())
            truth_spread.append(np.array([truth for _, truth in resampled]))
            sizes.append(len(own))
            ratio = one.ratio()
            overlaps.append({"target": target, "campaign": campaign, **vars(off_policy.overlap(ratio, weight_max))})
            weights.append(pd.DataFrame({"target": target, "ratio": ratio, "click": log["click"]}))
            bound = off_policy.empirical_bernstein(np.minimum(ratio, weight_max) * log["click"].to_numpy(float),
                                                   min(weight_max, float(ratio.max())))
            rows.append(_rows(target, campaign, points[-1], spread[-1], truths[-1], truth_spread[-1], bound))
        share = np.array(sizes) / sum(sizes)
        rows.append(_rows(
            target, TOGETHER, share @ np.array(points), np.tensordot(share, np.array(spread), 1),
            float(share @ np.array(truths)), np.asarray(share @ np.array(truth_spread)), None,
        ))
    values = pd.concat(rows, ignore_index=True)
    for column in ("value", "low", "high", "truth"):
        values[f"{column}_1000"] = 1000 * values[column]
    return Evaluation(values, pd.DataFrame(overlaps),
                      pd.concat(weights, ignore_index=True), models)


class _Pair:
    """One campaign: the log used, the target policy's own log, and the model of clicks."""

    def __init__(self, log: pd.DataFrame, own: pd.DataFrame, model: Predicted, target: str, weight_max: float):
        self.own, self.model, self.target, self.weight_max = own, model, target, weight_max
        self.click, self.logged = log["click"].to_numpy(float), log["propensity"].to_numpy(float)
        self.item, self.place = log["item"].to_numpy(), log["position"].to_numpy() - 1
        self.items = int(log["items"].iloc[0])
        self.own_click = own["click"].to_numpy(float)
        self.uniform_target = model.every.mean(axis=1)[model.context]

    def ratio(self, own_counts: Floats | None = None) -> Floats:
        return self._weigh(own_counts)[0]

    def _weigh(self, own_counts: Floats | None) -> tuple[Floats, Floats]:
        if self.target == "random":
            return off_policy.ratios(np.full(len(self.click), 1 / self.items), self.logged), self.uniform_target
        shares = shares_by_position(self.own, own_counts)
        target = (shares[self.model.place] * self.model.every).sum(axis=1)
        return off_policy.ratios(shares[self.place, self.item], self.logged), target[self.model.context]

    def value(self) -> Floats:
        ratio, target = self._weigh(None)
        return off_policy.estimate(self.click, ratio, self.model.shown, target, self.weight_max)

    def resampled(self, rng: np.random.Generator) -> tuple[Floats, float]:
        counts = _counts(len(self.click), rng)
        own_counts = _counts(len(self.own_click), rng)
        ratio, target = self._weigh(own_counts)
        value = off_policy.estimate(self.click, ratio, self.model.shown, target, self.weight_max, counts)
        return value, float(own_counts @ self.own_click / len(self.own_click))


def _counts(rows: int, rng: np.random.Generator) -> Floats:
    return np.bincount(rng.integers(0, rows, rows), minlength=rows).astype(float)


def _rows(target: str, campaign: str, point: Floats, spread: Floats, truth: float, truth_spread: Floats,
          bound: tuple[float, float] | None) -> pd.DataFrame:
    low, high = limits(spread)
    gap_low, gap_high = limits(spread - truth_spread[:, None])
    cut = np.array(off_policy.ESTIMATORS) == "IPS, cut"
    return pd.DataFrame({
        "target": target, "policy": NAMES[target], "campaign": campaign,
        "estimator": off_policy.ESTIMATORS, "value": point,
        "low": low, "high": high, "truth": truth, "gap": point - truth, "gap_low": gap_low, "gap_high": gap_high,
        "agrees": (gap_low <= 0) & (gap_high >= 0),
        "bernstein_low": pd.array([bound[0] if bound and is_cut else None for is_cut in cut], dtype="Float64"),
        "bernstein_high": pd.array([bound[1] if bound and is_cut else None for is_cut in cut], dtype="Float64"),
    })


def weight_bins(weights: pd.DataFrame, per_decade: int) -> pd.DataFrame:
    """Impressions and weight by size of weight, in bins of equal width on a log scale.

    Columns: target, policy, low, high (edges), impressions_share, weight_share, clicks.
    Weights of 0 stand in the lowest bin.
    """
    positive = weights.loc[weights["ratio"] > 0, "ratio"]
    first, last = np.floor(np.log10(positive.min())), np.ceil(np.log10(positive.max()))
    edges = 10 ** np.linspace(first, max(last, first + 1), int(max(last - first, 1)) * per_decade + 1)
    parts = []
    for target, group in weights.groupby("target", sort=False):
        ratio = group["ratio"].to_numpy()
        at = np.clip(np.searchsorted(edges, ratio, side="right") - 1, 0, len(edges) - 2)
        size = len(edges) - 1
        parts.append(pd.DataFrame({
            "target": target, "policy": NAMES[str(target)], "low": edges[:-1], "high": edges[1:],
            "impressions_share": np.bincount(at, minlength=size) / len(ratio),
            "weight_share": np.bincount(at, ratio, size) / ratio.sum(),
            "clicks": np.bincount(at, group["click"], size).astype("int64"),
        }))
    return pd.concat(parts, ignore_index=True)


def value_readings() -> list[tuple[str, str, str, str]]:
    """(name, label, target, estimator) of every estimate of both policies."""
    return [
        (f"{target}_{short}", f"Clicks per 1,000 of the {policy} from the other's log: {estimator}", target, estimator)
        for target, policy in NAMES.items() for short, estimator in SHORT.items()
    ]


def agreement_readings() -> list[tuple[str, str, str, str]]:
    """(name, label, target, estimator) of the estimates that are held against the truth."""
    return [
        (f"{target}_{short}_agrees", f"{told} agrees with the truth of the {policy}", target, SHORT[short])
        for target, policy in NAMES.items()
        for short, told in (("naive", "The log's own mean"), ("dr", "The doubly robust estimate"))
    ]


def overlap_readings(overlap: pd.DataFrame) -> list[tuple[str, str, float, str]]:
    """(name, label, value, which way is better) of the weights of both directions, lists together."""
    found = []
    for target, policy in NAMES.items():
        of = overlap[overlap["target"] == target]
        worth = f"Impressions that the other's log is worth for the {policy}"
        found += [
            (f"{target}_effective", f"{worth}, without a cut", float(of["effective"].sum()), "more"),
            (f"{target}_effective_cut", f"{worth}, weights cut", float(of["effective_cut"].sum()), "more"),
            (f"{target}_largest_weight", f"Largest weight of one impression for the {policy}",
             float(of["largest_weight"].max()), "less"),
        ]
    return found


def agreement(values: pd.DataFrame, target: str, estimator: str) -> str:
    """"yes" where the gap to the truth, campaigns together, may be zero (80 %), else "no"."""
    row = values[(values["target"] == target) & (values["campaign"] == TOGETHER) & (values["estimator"] == estimator)]
    return "yes" if bool(row["agrees"].iloc[0]) else "no"


def heaviest_share(weights: pd.DataFrame, target: str) -> float:
    """Share of the total weight that the one heaviest impression carries."""
    ratio = weights.loc[weights["target"] == target, "ratio"]
    return float(ratio.max() / ratio.sum())


def cut_sweep(logs: pd.DataFrame, cuts: list[float]) -> pd.DataFrame:
    """The uniform policy's value from the adaptive log over several cuts of the weights: bias against spread.

    Columns: weight_max (None: no cut), value (cut IPS, campaigns together), standard_error, bias_seen (what the cut
    takes away from the observed sum: an estimate of the bias it brings), effective (impressions).
    """
    parts = []
    for campaign in dict.fromkeys(logs["campaign"]):
        log = log_of(logs, "bts", campaign)
        ratio = off_policy.ratios(np.full(len(log), 1 / int(log["items"].iloc[0])), log["propensity"].to_numpy(float))
        parts.append((ratio, log["click"].to_numpy(float)))
    total = sum(len(ratio) for ratio, _ in parts)
    rows = []
    for cut in [*cuts, np.inf]:
        kept = [np.minimum(ratio, cut) for ratio, _ in parts]
        value = sum(float(one @ click) for one, (_, click) in zip(kept, parts, strict=True)) / total
        full = sum(float(ratio @ click) for ratio, click in parts) / total
        variance = sum(len(one) * float((one * click).var(ddof=1)) for one, (_, click) in zip(kept, parts, strict=True))
        rows.append({
            "weight_max": None if np.isinf(cut) else cut, "value": value, "standard_error": np.sqrt(variance) / total,
            "bias_seen": value - full,
            "effective": sum(float(one.sum() ** 2 / (one @ one)) for one in kept),
        })
    return pd.DataFrame(rows).astype({"weight_max": "Float64"})


@dataclass(frozen=True)
class Difference:
    """Adaptive minus uniform click rate, stratified by campaign, and what such logs could find."""

    value: float
    low: float
    high: float
    p_value: float
    relative: float  # of the uniform policy's rate
    relative_low: float
    relative_high: float
    detectable: float  # smallest relative difference found with the asked power
    impressions_needed: float  # per policy, to find the difference seen with the asked power; inf if none was seen


def told_apart(rates: pd.DataFrame, alpha: float, power: float) -> Difference:
    """Whether the two click rates differ, and how large a difference these logs could find.

    Campaigns weigh by Mantel and Haenszel (1959); the variance is that of a sum of independent differences of
    proportions. Planning by the normal approximation for two proportions. `rates` is `own_rates`' table.
    """
    single = rates[rates["campaign"] != TOGETHER]
    one = single[single["policy"] == "bts"].set_index("campaign")
    other = single[single["policy"] == "random"].set_index("campaign").loc[one.index]
    n1, n0 = one["impressions"].to_numpy(float), other["impressions"].to_numpy(float)
    p1, p0 = one["rate"].to_numpy(), other["rate"].to_numpy()
    weight = n1 * n0 / (n1 + n0)
    weight /= weight.sum()
    value = float(weight @ (p1 - p0))
    # half a click keeps the variance above zero where a log has none
    s1, s0 = (one["clicks"].to_numpy() + 0.5) / (n1 + 1), (other["clicks"].to_numpy() + 0.5) / (n0 + 1)
    error = float(np.sqrt(weight**2 @ (s1 * (1 - s1) / n1 + s0 * (1 - s0) / n0)))
    base = float(weight @ s0)
    need = float(ndtri(1 - alpha / 2) + ndtri(power))
    spread = float(weight @ (s1 * (1 - s1) + s0 * (1 - s0)))
    # the ratio's interval on the log scale (Katz 1978)
    top, bottom = float(weight @ s1), base
    log_error = np.sqrt(weight**2 @ (s1 * (1 - s1) / n1) / top**2 + weight**2 @ (s0 * (1 - s0) / n0) / bottom**2)
    lift = top / bottom
    return Difference(
        value=value, low=value - Z80 * error, high=value + Z80 * error, p_value=float(2 * ndtr(-abs(value) / error)),
        relative=lift - 1, relative_low=float(lift * np.exp(-Z80 * log_error) - 1),
        relative_high=float(lift * np.exp(Z80 * log_error) - 1),
        detectable=need * error / base,
        impressions_needed=float(need**2 * spread / value**2) if value else float("inf"),
    )
