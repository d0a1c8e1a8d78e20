"""Timers of emergency steps: how often a limit is kept, by simulation, and which step eats the time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from ecomplan.claims import Claims
from ecomplan.errors import ParameterError
from ecomplan.risk.response.schema import Timer

Floats = npt.NDArray[np.float64]
LOW, HIGH = 0.1, 0.9


@dataclass(frozen=True)
class Log:
    """A simulated incident log of one timer. `minutes`: (steps, draws, incidents); a draw is one guess of the steps'
    medians, which nobody has measured. `limit`: minutes."""

    timer: Timer
    limit: float
    minutes: Floats

    @property
    def total(self) -> Floats:
        return np.asarray(self.minutes.sum(axis=0))

    def kept(self, faster: float = 0.0) -> Floats:
        """(draws,) share of incidents within the limit, all steps `faster` by this share."""
        return np.asarray((self.total * (1 - faster) <= self.limit).mean(axis=1))


def incident_logs(
    timers: Sequence[Timer], claims: Claims, draws: int, incidents: int, spread: float, unsure: float,
    rng: np.random.Generator,
) -> list[Log]:
    """Lognormal times a step: `spread` is the standard deviation of log time between incidents, `unsure` that of what
    is not known about the step's median. Raises ParameterError for a limit that is not in minutes."""
    logs = []
    for timer in timers:
        claim = claims[timer.claim]
        if claim.unit != "min" or claim.value is None:
            raise ParameterError(f"claims/response.yaml: timer {timer.id}: {claim.key} is no limit in minutes")
        medians = np.array(list(timer.steps.values()))[:, None, None]
        guess = np.exp(unsure * rng.standard_normal((len(medians), draws, 1)))
        noise = np.exp(spread * rng.standard_normal((len(medians), draws, incidents)))
        logs.append(Log(timer, claim.value, medians * guess * noise))
    return logs


def timers_table(logs: Sequence[Log], claimed: float, believed: float) -> pd.DataFrame:
    """Compliance with each limit: before drills with its 80 % range, and with all steps faster as claimed and as
    believed of drills; typical and slow times."""
    rows = []
    for log in logs:
        kept = log.kept()
        shares = log.minutes.sum(axis=(1, 2))
        slowest = int(shares.argmax())
        rows.append({
            "timer": log.timer.id, "name": log.timer.name, "limit": log.limit, "kept": kept.mean(),
            "low": np.quantile(kept, LOW), "high": np.quantile(kept, HIGH),
            "kept_claimed": log.kept(claimed).mean(), "kept_believed": log.kept(believed).mean(),
            "median": np.median(log.total), "slow": np.quantile(log.total, HIGH),
            "slowest_step": list(log.timer.steps)[slowest], "slowest_share": shares[slowest] / shares.sum(),
        })
    return pd.DataFrame(rows)


def steps_table(logs: Sequence[Log]) -> pd.DataFrame:
    """Mean minutes of each step and its share of the timer's time."""
    return pd.DataFrame([
        {"timer": log.timer.name, "step": step, "minutes": part.mean(), "share": part.sum() / log.minutes.sum(),
         "limit": log.limit}
        for log in logs for step, part in zip(log.timer.steps, log.minutes, strict=True)
    ])
