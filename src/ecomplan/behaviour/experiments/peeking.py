"""What looking early costs: false positives of plain tests, and the traffic that honest looking takes."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

from ecomplan.behaviour.experiments import sequential
from ecomplan.behaviour.experiments.power import factor

LOOKS = (1, 2, 3, 5, 7, 10, 14, 20, 28, 40, 56)


def error_by_looks(alpha: float) -> pd.DataFrame:
    """Chance of a false find by number of equally spaced looks: plain test, always valid, planned (Pocock); exact."""
    rows = []
    for looks in LOOKS:
        share = np.arange(1, looks + 1) / looks
        rows.append({"looks": looks, "plain": sequential.naive_error(looks, alpha),
                     "always_valid": sequential.error_rate(sequential.always_valid(share, alpha, 0.5)),
                     "planned": sequential.error_rate(sequential.pocock(looks, alpha))})
    return pd.DataFrame(rows)


def price(looks: int, alpha: float, power: float) -> pd.DataFrame:
    """Designs of equal power: first and last boundary (z), traffic at most and on average under the planned effect,
    both over that of a test with one look at the end."""
    fixed = factor(alpha, power)
    share = np.arange(1, looks + 1) / looks
    rows = []
    for name, boundary in (
        ("one look at the end", np.array([stats.norm.ppf(1 - alpha / 2)])),
        (f"Pocock, {looks} looks", sequential.pocock(looks, alpha)),
        (f"O'Brien-Fleming, {looks} looks", sequential.obrien_fleming(looks, alpha)),
        (f"always valid, {looks} looks", sequential.always_valid(share, alpha, 0.5)),
    ):
        drift = sequential.drift_for(boundary, power)
        most = (drift / fixed) ** 2
        rows.append({"design": name, "first_z": boundary[0], "last_z": boundary[-1], "most_traffic": most,
                     "mean_traffic": most * sequential.mean_traffic(boundary, drift),
                     "false_positive": sequential.error_rate(boundary)})
    return pd.DataFrame(rows)


def pilot(goal: float, error_per_week: float, weeks: int) -> pd.DataFrame:
    """A pilot that stops at the first weekly look below its goal: chance to live on, by true gain; exact.

    true_gain, survives_1 ... survives_<weeks>. At a true gain equal to the goal the chance is that of a random walk
    which never falls below nought.
    """
    rows = []
    for gain in (0.0, goal / 2, goal, 1.5 * goal):
        above = (gain - goal) / error_per_week
        rows.append({"true_gain": gain} | {
            f"survives_{k}": sequential.stays_above(k, above * np.sqrt(k)) for k in range(1, weeks + 1)
        })
    return pd.DataFrame(rows)
