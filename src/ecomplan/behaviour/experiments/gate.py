"""The change gate: which measures pass a threshold on their observed gain, and what those are truly worth.

Every rule studied here is a threshold on the observed relative gain, so all rates are closed forms of the normal
distribution under a mixture prior; nothing is simulated.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from ecomplan.behaviour.experiments.two_sample import Floats
from ecomplan.claims import Claims
from ecomplan.errors import DataError

GATE, TEST, LIMIT, ALL, BEST = (
    "observed gain above the gate", "test above zero", "lower limit above the gate", "everything", "best threshold",
)
SHOWN = {BEST: "best threshold", TEST: "test above zero", GATE: "above the gate"}
RULES = (ALL, GATE, TEST, LIMIT, BEST)


@dataclass(frozen=True)
class Prior:
    """True relative gains before a test: normal components with weights; `works` marks those of working measures."""

    weights: Floats
    means: Floats
    spreads: Floats
    works: np.ndarray[tuple[int], np.dtype[np.bool_]]

    @property
    def mean(self) -> float:
        return float(self.weights @ self.means)


def claimed_lifts(claims: Claims) -> pd.DataFrame:
    """Relative gains in conversion that the documents claim: key, lift (share), evidence, what; larger first."""
    rows = [
        {"key": claim.key, "lift": claim.share, "grade": claim.evidence, "what": claim.what}
        for claim in claims.values()
        if claim.kind == "benchmark_effect" and claim.unit == "pct_change" and claim.key not in claims.set_aside
        and claim.value is not None and 0 < claim.value <= 100 and "onversion lift" in claim.what
    ]
    if not rows:
        raise DataError("claims/ holds no relative gain in conversion; a prior for tests needs at least one")
    return pd.DataFrame(rows).sort_values(["lift", "key"], ascending=[False, True], ignore_index=True)


def prior(lifts: Floats, failure_share: float, effect_share: float, dud_spread: float) -> Prior:
    """Measures that disappoint (normal around zero) and measures that work (a claimed gain, of which a part is kept).

    Raises DataError for a failure share that is no probability or no lifts at all.
    """
    lifts = np.asarray(lifts, float)
    if not 0 <= failure_share <= 1 or not len(lifts):
        raise DataError(f"failure share {failure_share:g} and {len(lifts)} lifts; expected a probability and a lift")
    # ASSUME: a measure that disappoints does nothing on average; half of them harm
    effects, counts = np.unique(lifts * effect_share, return_counts=True)
    weights = np.append(failure_share, (1 - failure_share) * counts / counts.sum())
    # a working measure's own gain varies around its claim by half of that gain, as in stage returns
    return Prior(weights, np.append(0.0, effects), np.append(dud_spread, effects * 0.5 / np.sqrt(3)),
                 np.append(False, np.ones(len(effects), bool)))


def threshold(rule: str, error: float, gate: float, alpha: float, belief: Prior, cost: float) -> float:
    """The observed gain above which a rule lets a measure pass, given the standard error of the gain."""
    z = float(stats.norm.ppf(1 - alpha / 2))
    if rule == BEST:
        return best_threshold(belief, error, cost)
    return {ALL: -np.inf, GATE: gate, TEST: z * error, LIMIT: gate + z * error}[rule]


def pass_chance(true_gain: Floats, error: float, bar: float) -> Floats:
    """Chance that a measure with a true gain is observed above `bar`."""
    return np.asarray(stats.norm.sf((bar - np.asarray(true_gain)) / error))


def evaluate(belief: Prior, error: float, bar: float, cost: float) -> dict[str, float]:
    """What a threshold does to measures drawn from the prior.

    passes: share let through; false_go: measures that disappoint among those; false_stop: working measures stopped;
    right: decisions that are right; observed, true: mean gains of those passed; value: mean of true gain less `cost`
    over all measures tried, those stopped counting nothing.
    """
    total = np.sqrt(belief.spreads**2 + error**2)
    z = (bar - belief.means) / total
    passed = stats.norm.sf(z)
    density = stats.norm.pdf(z)
    mass = belief.weights * passed
    share = float(mass.sum())
    true_sum = float(belief.weights @ (belief.means * passed + belief.spreads**2 / total * density))
    seen_sum = float(belief.weights @ (belief.means * passed + total * density))
    working = float(belief.weights[belief.works].sum())
    works_passed = float(mass[belief.works].sum())
    tiny = max(share, 1e-300)
    return {
        "passes": share, "false_go": (share - works_passed) / tiny,
        "false_stop": 1 - works_passed / working if working else 0.0,
        "right": works_passed + (1 - working) - (share - works_passed),
        "observed": seen_sum / tiny, "true": true_sum / tiny, "value": true_sum - cost * share,
    }


def swing(belief: Prior, errors: tuple[float, float], bar: float, cost: float, column: str) -> dict[str, float]:
    """low and high of one column of `evaluate` between busy and quiet times (two standard errors)."""
    found = [evaluate(belief, error, bar, cost)[column] for error in errors]
    return {"low": min(found), "high": max(found)}


def best_threshold(belief: Prior, error: float, cost: float) -> float:
    """The threshold on the observed gain that earns most under the prior, to a hundredth of a point."""
    spread = float(np.sqrt((belief.spreads**2 + error**2).max()))
    low, high = -1.0, float(belief.means.max() + 6 * spread)
    for _ in range(3):
        bars = np.linspace(low, high, 201)
        total = np.sqrt(belief.spreads**2 + error**2)
        z = (bars[:, None] - belief.means) / total
        passed = stats.norm.sf(z)
        gain = (belief.means - cost) * passed + belief.spreads**2 / total * stats.norm.pdf(z)
        at = int(np.argmax(gain @ belief.weights))
        low, high = bars[max(at - 1, 0)], bars[min(at + 1, 200)]
    return float(bars[at])


def posterior(belief: Prior, observed: Floats, error: float) -> pd.DataFrame:
    """What an observed gain is worth believing: observed, expected, low, high (80 %), works (chance)."""
    observed = np.atleast_1d(np.asarray(observed, float))[:, None]
    total = np.sqrt(belief.spreads**2 + error**2)
    log_weight = np.log(belief.weights, where=belief.weights > 0, out=np.full(len(total), -np.inf))
    log = log_weight + stats.norm.logpdf(observed, belief.means, total)
    weight = np.exp(log - log.max(axis=1, keepdims=True))
    weight /= weight.sum(axis=1, keepdims=True)
    shrink = belief.spreads**2 / total**2
    mean = belief.means + shrink * (observed - belief.means)
    deviation = np.sqrt(belief.spreads**2 * (1 - shrink))
    grid = np.linspace(-1, 1.5, 2501)
    spread = np.where(deviation > 0, deviation, 1e-9)
    cumulative = np.einsum("oc,ocg->og", weight, stats.norm.cdf((grid - mean[..., None]) / spread[None, :, None]))
    limits = [[float(np.interp(q, row, grid)) for q in (0.1, 0.9)] for row in cumulative]
    return pd.DataFrame({
        "observed": observed[:, 0], "expected": (weight * mean).sum(axis=1), "low": [a for a, _ in limits],
        "high": [b for _, b in limits], "works": weight[:, belief.works].sum(axis=1),
    })


def rules_table(belief: Prior, error_of_day: float, lengths: tuple[int, ...], gate: float, alpha: float,
                cost: float) -> pd.DataFrame:
    """Each rule at each length of test: days, rule, error, bar, and the columns of `evaluate`."""
    rows = []
    for days in lengths:
        error = error_of_day / np.sqrt(days)
        for rule in RULES:
            bar = threshold(rule, error, gate, alpha, belief, cost)
            rows.append({"days": days, "rule": rule, "error": error, "bar": max(bar, -1.0)}
                        | evaluate(belief, error, bar, cost))
    return pd.DataFrame(rows)


def rule_readings(rules: pd.DataFrame, test_days: int) -> list[tuple[str, str, float, str]]:
    """(name, label, value, which way is better) of the rules beside the gate, in a test of `test_days`."""
    at = rules[rules["days"] == test_days].set_index("rule")
    return [
        (f"{name}_{column}", f"Regular test, {rule}: {label}", float(at[column].loc[rule]), better)
        for rule, name in ((TEST, "test"), (LIMIT, "limit"), (BEST, "best"))
        for column, label, better in (
            ("false_go", "disappointing measures among those passed", "less"),
            ("false_stop", "working measures stopped", "less"),
            ("true", "mean true gain of those passed", "neither"),
            ("observed", "mean observed gain of those passed", "neither"),
        )
    ]


def curve(error: float, gate: float, alpha: float, points: int = 101) -> pd.DataFrame:
    """Operating curve: true gain (from -10 % to three gates), chance to pass under each plain rule."""
    true_gain = np.linspace(-0.10, 3 * gate, points)
    z = float(stats.norm.ppf(1 - alpha / 2))
    bars = {"gate": gate, "test": z * error, "limit": gate + z * error}
    return pd.DataFrame({"true_gain": true_gain} | {k: pass_chance(true_gain, error, bar) for k, bar in bars.items()})


def lucky(error_of_day: float, lengths: tuple[int, ...], gate: float, variants: int) -> pd.DataFrame:
    """Chance that measures without any effect show a gain above the gate: one alone, and the best of several."""
    error = error_of_day / np.sqrt(np.array(lengths, float))
    one = stats.norm.sf(gate / error)
    return pd.DataFrame({"days": lengths, "one": one, "best": _best_of(gate / error, variants)})


def _best_of(bar: Floats, variants: int) -> Floats:
    """Chance that the best of several variants beats a shared control by `bar` standard errors; all are alike."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(61)
    # each comparison has half of its variance from the control: z_i = (e_i - e_0) / sqrt(2)
    below = stats.norm.cdf(np.sqrt(2) * bar[:, None] + nodes) ** variants
    return np.asarray(1 - below @ weights / np.sqrt(2 * np.pi))
