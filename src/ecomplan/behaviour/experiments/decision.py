"""A decision in five steps, run end to end on real customers: define, collect, model, test, evaluate."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from ecomplan.behaviour.experiments import cuped, power
from ecomplan.behaviour.experiments.mismatch import mismatch
from ecomplan.behaviour.experiments.two_sample import Floats, lift

STEPS = ("define", "collect", "model", "test", "evaluate")


def record(customers: pd.DataFrame, planted: float, gate: float, alpha: float, wanted_power: float,
           rng: np.random.Generator) -> pd.DataFrame:
    """Two records side by side, one a random split of customers: nothing changed, and arm B raised by `planted`.

    customers: before, outcome (see `aa.customer_periods`). Columns: step, evidence, no_change, planted (texts).
    """
    arm_b = rng.random(len(customers)) < 0.5
    y, before = customers["outcome"].to_numpy(float), customers["before"].to_numpy(float)
    columns = {"no_change": _steps(y, before, arm_b, gate, alpha, wanted_power),
               "planted": _steps(np.where(arm_b, y * (1 + planted), y), before, arm_b, gate, alpha, wanted_power)}
    what = ("smallest gain in sales per customer that can be found", "customers by arm; p-value of the split",
            "noise left after CUPED, share of the variance", "gain with its interval; p-value", "decision")
    return pd.DataFrame({"step": STEPS, "evidence": what} | columns)


def _steps(
    y: Floats, before: Floats, arm_b: npt.NDArray[np.bool_], gate: float, alpha: float, wanted_power: float
) -> list[str]:
    fit = cuped.adjustment(y, before)
    clean = cuped.adjusted(y, before, fit.theta)
    counts = [int((~arm_b).sum()), int(arm_b.sum())]
    split = float(mismatch(counts, [0.5, 0.5])[1])
    least = float(power.detectable(clean.var(ddof=1) / y.mean() ** 2, len(y), alpha, wanted_power))
    a, b = clean[~arm_b], clean[arm_b]
    test = cuped.compare(y[~arm_b], before[~arm_b], y[arm_b], before[arm_b], alpha)
    errors = [part.std(ddof=1) / np.sqrt(len(part)) for part in (a, b)]
    gain, low, high = (float(part) for part in lift(a.mean(), errors[0], b.mean(), errors[1], alpha))
    found = float(test.p_value) < alpha
    verdict = ("no decision: the split is not as planned" if split < alpha / 50 else
               "adopt" if found and gain > gate else
               "stop: the gain found is below the gate" if found and gain > 0 else
               "stop: it harms" if found else "stop: no gain found")
    return [_percent(least), f"{counts[0]} and {counts[1]}; p {_p(split)}", _percent(fit.variance_ratio),
            f"{_percent(gain)} ({_percent(low)} to {_percent(high)}); p {_p(float(test.p_value))}", verdict]


def _percent(value: float) -> str:
    return f"{value * 100:.1f} %".replace("-", "−")


def _p(value: float) -> str:
    return f"{value:.3f}" if value >= 0.001 else "below 0.001"
