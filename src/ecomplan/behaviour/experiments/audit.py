"""Do the tests err as often as they say? Every test on simulated nulls, against the rate that it claims."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

from ecomplan.behaviour import multiplicity
from ecomplan.behaviour.experiments import factorial, sequential
from ecomplan.behaviour.experiments.mismatch import mismatch
from ecomplan.behaviour.experiments.release import stop_boundary
from ecomplan.behaviour.experiments.two_sample import Floats, Moments, proportions, ratios, welch

MONTE_CARLO_PERCENT = 99.9  # a true claim is called a failure once in a thousand rows
HEAVY = 5000  # simulations of tests that need every unit drawn
TESTS = 10  # in the studies of multiplicity
STEPS = 1000  # looks, one a unit, under continuous peeking


def row(test: str, claim: str, claimed: float, values: Floats, evidence: str = "simulated") -> dict[str, object]:
    """One line of the audit: the rate with its Monte Carlo interval, held against what is claimed.

    claim: "is" or "at most". values: 0 or 1 of each simulated test, or a false share of each study.
    """
    rate, n = float(values.mean()), len(values)
    z = float(stats.norm.ppf(0.5 + MONTE_CARLO_PERCENT / 200))
    # under the claim, so that a rate of nought still has an error; a share varies less than a yes or no
    yes_or_no = set(np.unique(values)) <= {0.0, 1.0}
    spread = max(float(values.std()), float(np.sqrt(claimed * (1 - claimed))) if yes_or_no else 0.0)
    half = z * spread / np.sqrt(n)
    low, high = max(rate - half, 0.0), min(rate + half, 1.0)
    passed = low <= claimed and (claim == "at most" or claimed <= high)
    return {"test": test, "claim": claim, "claimed": claimed, "rate": rate, "low": low, "high": high,
            "verdict": "PASS" if passed else "FAIL", "simulations": n, "evidence": evidence}


def simulated(simulations: int, alpha: float, looks: int, conversion: float, visits_per_day: float, test_days: int,
              rng: np.random.Generator) -> pd.DataFrame:
    """False-positive rates on simulated nulls: columns of `row`. Visits and conversion set the realistic sizes."""
    z = float(stats.norm.ppf(1 - alpha / 2))
    per_arm = max(round(visits_per_day * test_days / 2), 200)
    heavy = min(simulations, HEAVY)
    rows = [
        row("means (Welch), unequal variances", "is", alpha, _welch(simulations, alpha, rng)),
        row("proportions", "is", alpha, _proportions(simulations, alpha, per_arm, conversion, rng)),
        row("ratios (delta method)", "is", alpha, _ratios(heavy, alpha, rng)),
        row("means with CUPED", "is", alpha, _cuped(heavy, alpha, rng)),
        row("sample-ratio mismatch", "is", alpha, _mismatch(simulations, alpha, rng)),
        row("interaction of two factors", "is", alpha, _interaction(simulations, alpha, per_arm, conversion, rng)),
        row(f"Holm, any of {TESTS} tests", "is", 1 - (1 - alpha / TESTS) ** TESTS, _holm(simulations, alpha, rng)),
        row("Benjamini-Hochberg, false share", "is", alpha / 2, _false_share(simulations, alpha, rng)),
        row("stop rule of a staged release", "is", alpha, _release(simulations, alpha, rng)),
    ]
    paths = rng.standard_normal((simulations, looks)).cumsum(axis=1) / np.sqrt(np.arange(1, looks + 1))
    for name, claimed, boundary in (
        (f"Pocock, {looks} looks", alpha, sequential.pocock(looks, alpha)),
        (f"O'Brien-Fleming, {looks} looks", alpha, sequential.obrien_fleming(looks, alpha)),
        (f"plain test, {looks} looks (not to be done)", sequential.naive_error(looks, alpha), np.full(looks, z)),
    ):
        rows.append(row(name, "is", claimed, (np.abs(paths) > boundary).any(axis=1).astype(float)))
    rows.append(row("always valid, look after every unit", "at most", alpha, _peeking(simulations, alpha, rng)))
    rows.append(row("always valid, look every day, proportions", "at most", alpha,
                    _daily(heavy, alpha, max(round(visits_per_day / 2), 1), conversion, test_days, rng)))
    return pd.DataFrame(rows)


REAL = {"means": "real customers, means", "cuped": "real customers, CUPED", "ratios": "real customers, ratios",
        "mismatch": "real customers, mismatch"}


def audit_table(null: pd.DataFrame, real: dict[str, Floats], alpha: float) -> pd.DataFrame:
    """The simulated rows and below them those of random splits of real customers (see `aa.splits`)."""
    rows = [row(name, "is", alpha, real[key], "measured") for key, name in REAL.items()]
    return pd.concat([null, pd.DataFrame(rows)], ignore_index=True)


def gate_of(table: pd.DataFrame) -> str:
    """PASS where every row passes, REVIEW where only rows on real customers fail, FAIL otherwise."""
    failed = table[table["verdict"] == "FAIL"]
    if failed.empty:
        return "PASS"
    return "REVIEW" if (failed["evidence"] == "measured").all() else "FAIL"


def _welch(n: int, alpha: float, rng: np.random.Generator) -> Floats:
    (size_a, sd_a), (size_b, sd_b) = (40, 1.0), (120, 3.0)
    mean = [rng.standard_normal(n) * sd / np.sqrt(size) for size, sd in ((size_a, sd_a), (size_b, sd_b))]
    var = [sd**2 * rng.chisquare(size - 1, n) / (size - 1) for size, sd in ((size_a, sd_a), (size_b, sd_b))]
    return (welch(size_a, mean[0], var[0], size_b, mean[1], var[1], alpha).p_value < alpha).astype(float)


def _proportions(n: int, alpha: float, per_arm: int, conversion: float, rng: np.random.Generator) -> Floats:
    x = rng.binomial(per_arm, conversion, (2, n))
    keep = (x.sum(axis=0) > 0)
    found = np.zeros(n)
    found[keep] = proportions(x[0, keep], per_arm, x[1, keep], per_arm, alpha).p_value < alpha
    return found


def _ratios(n: int, alpha: float, rng: np.random.Generator, units: int = 400) -> Floats:
    arms = []
    for _ in range(2):
        x = 1.0 + rng.poisson(1.0, (n, units))
        y = rng.gamma(x)  # a customer's sales grow with the orders, so numerator and denominator hang together
        mx, my = x.mean(axis=1), y.mean(axis=1)
        cov = ((x - mx[:, None]) * (y - my[:, None])).sum(axis=1) / (units - 1)
        arms.append(Moments(np.asarray(float(units)), my, mx, y.var(axis=1, ddof=1), x.var(axis=1, ddof=1), cov))
    return (ratios(arms[0], arms[1], alpha).p_value < alpha).astype(float)


def _cuped(n: int, alpha: float, rng: np.random.Generator, units: int = 300, rho: float = 0.7) -> Floats:
    before = rng.standard_normal((n, 2 * units))
    after = rho * before + np.sqrt(1 - rho**2) * rng.standard_normal((n, 2 * units))
    centred = before - before.mean(axis=1, keepdims=True)
    theta = (centred * after).sum(axis=1) / (centred**2).sum(axis=1)
    clean = after - theta[:, None] * centred
    a, b = clean[:, :units], clean[:, units:]
    test = welch(units, a.mean(axis=1), a.var(axis=1, ddof=1), units, b.mean(axis=1), b.var(axis=1, ddof=1), alpha)
    return (test.p_value < alpha).astype(float)


def _mismatch(n: int, alpha: float, rng: np.random.Generator, units: int = 1_000_000) -> Floats:
    a = rng.binomial(units, 0.5, n)
    return (mismatch(np.column_stack([a, units - a]), [0.5, 0.5])[1] < alpha).astype(float)


def _interaction(n: int, alpha: float, per_arm: int, conversion: float, rng: np.random.Generator) -> Floats:
    rates = factorial.cell_rates(conversion, {"A": 0.1, "B": 0.2}, {})  # effects, but none of one on the other
    units = np.full(4, max(per_arm // 2, 100))
    names, effect, error = factorial.from_cells(
        rng.binomial(units, rates, (n, 4)).astype(float), units.astype(float), ["A", "B"])
    at = names.index("A x B")
    z = effect[:, at] / np.maximum(error[:, at], 1e-12)
    return np.asarray(2 * stats.norm.sf(np.abs(z)) < alpha, float)


def _holm(n: int, alpha: float, rng: np.random.Generator) -> Floats:
    return (multiplicity.holm(rng.random((n, TESTS))) <= alpha).any(axis=1).astype(float)


def _false_share(n: int, alpha: float, rng: np.random.Generator) -> Floats:
    z = rng.standard_normal((n, TESTS))
    z[:, TESTS // 2:] += 3.0  # half of the tests have something to find
    found = multiplicity.benjamini_hochberg(2 * stats.norm.sf(np.abs(z))) <= alpha
    return np.asarray(found[:, : TESTS // 2].sum(axis=1) / np.maximum(found.sum(axis=1), 1), float)


def _release(n: int, alpha: float, rng: np.random.Generator) -> Floats:
    information = np.array([1.0, 3.5, 8.0])
    bar = stop_boundary(information, alpha)
    steps = rng.standard_normal((n, 3)) * np.sqrt(np.diff(information, prepend=0.0))
    return np.asarray((steps.cumsum(axis=1) / np.sqrt(information) < -bar).any(axis=1), float)


def _peeking(n: int, alpha: float, rng: np.random.Generator) -> Floats:
    information = np.arange(1, STEPS + 1)
    bar = (sequential.always_valid(information, alpha, STEPS / 2) * np.sqrt(information)).astype(np.float32)
    out = []
    for start in range(0, n, 2000):
        steps = rng.standard_normal((min(2000, n - start), STEPS), dtype=np.float32)
        out.append((np.abs(steps.cumsum(axis=1)) > bar).any(axis=1))
    return np.concatenate(out).astype(float)


def _daily(n: int, alpha: float, visits: int, conversion: float, test_days: int, rng: np.random.Generator) -> Floats:
    days = 4 * test_days
    x = rng.binomial(visits, conversion, (2, n, days)).cumsum(axis=2)
    seen = visits * np.arange(1, days + 1)
    pooled = x.sum(axis=0) / (2 * seen)
    error = np.sqrt(2 * pooled * (1 - pooled) / seen)
    ready = x.sum(axis=0) >= 10  # a variance from fewer successes is no estimate
    planned = np.sqrt(2 * conversion * (1 - conversion) / (visits * test_days))
    information = np.where(ready, planned**2 / np.where(ready, error, 1) ** 2, 1.0)
    z = np.where(ready, (x[1] - x[0]) / seen / np.where(ready, error, 1), 0.0)
    return (np.abs(z) > sequential.always_valid(information, alpha)).any(axis=1).astype(float)
