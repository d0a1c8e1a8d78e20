"""Weights estimated anew at each month's end on what was known then, with a drift statistic of a stated alarm rate.

The first estimate is the reference. The statistic at a later month is the population stability index between the
shares then and the reference's. Its limits are simulated: coefficients stay what they were at the reference, errors
come in blocks of the reference's residuals, the shares are estimated at the same month ends. The limits of all months
are scaled together so that a year in which nothing changes raises any alarm with the stated chance (a monitoring
scheme in the sense of Chu, Stinchcombe & White 1996).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import ndtri

from ecomplan.errors import DataError
from ecomplan.forecast.drivers import shapley
from ecomplan.forecast.drivers.regressors import NAMES
from ecomplan.forecast.drivers.shapley import Design
from ecomplan.forecast.drivers.shares import SHARE_LEVELS

Floats = npt.NDArray[np.float64]
FLOOR = 1e-3  # a share below counts as this in the index: its logarithm needs a value above zero
MIN_WEEKS = 40
HISTORIES = 4  # simulated histories a draw: a limit over many months needs its far tail
Z80 = float(ndtri(0.9))


@dataclass(frozen=True)
class Log:
    """`weights`: month, driver, name, share, low, high, change · `drift`: month, weeks, statistic, limit, alarm,
    note · `alarm_rate`: share of fresh simulated histories without change that raise an alarm."""

    weights: pd.DataFrame
    drift: pd.DataFrame
    alarm_rate: float
    histories: int

    @property
    def alarms(self) -> int:
        return int(self.drift["alarm"].sum())

    @property
    def worst(self) -> float:
        """The largest statistic as a part of its limit."""
        return float((self.drift["statistic"] / self.drift["limit"]).max())

    @property
    def largest_change(self) -> float:
        """The largest change of a share from one estimate to the next."""
        return float(self.weights["change"].abs().max())

    def alarm_share(self) -> dict[str, float]:
        """`alarm_rate` with Wilson's 80 % limits over the simulated histories, for `Stage.finding`."""
        rate, n, z = self.alarm_rate, self.histories, Z80
        centre = (rate + z * z / (2 * n)) / (1 + z * z / n)
        half = z / (1 + z * z / n) * np.sqrt(rate * (1 - rate) / n + z * z / (4 * n * n))
        return {"value": rate, "low": float(max(centre - half, 0)), "high": float(min(centre + half, 1))}


def joined(log: Log) -> pd.DataFrame:
    """`weights` with the month's drift statistic, limit and alarm beside each driver."""
    return log.weights.merge(log.drift[["month", "statistic", "limit", "alarm"]], on="month", validate="many_to_one")


def stability(shares: Floats, reference: Floats) -> Floats:
    """Population stability index over the first axis (groups)."""
    now, then = np.maximum(shares, FLOOR), np.maximum(reference, FLOOR)
    return np.asarray(((now - then) * np.log(now / then)).sum(0))


def month_ends(
    weeks: pd.DataFrame, last_month: pd.Timestamp, refreshes: int, step_months: int
) -> list[tuple[pd.Timestamp, int]]:
    """(month, whole weeks over at its end) of `refreshes` months up to `last_month`, `step_months` apart.

    Fewer where the history begins too late. Raises DataError where not two are left.
    """
    found = []
    for back in range(refreshes):
        month = last_month.to_period("M") - back * step_months
        n = int((weeks["end"] <= month.to_timestamp(how="end")).sum())
        if n >= MIN_WEEKS:
            found.append((month.to_timestamp(), n))
    if len(found) < 2:
        raise DataError(f"drivers: a drift log needs two month ends with {MIN_WEEKS} weeks before them")
    return found[::-1]


def log(
    design: Design, weeks: pd.DataFrame, last_month: pd.Timestamp, *, refreshes: int, step_months: int,
    alarm_rate: float, draws: int, block: int, rng: np.random.Generator,
) -> Log:
    """Re-estimate at each month's end; see the module's description. `weeks` are the design's weeks, with `end`."""
    ends = month_ends(weeks, last_month, refreshes, step_months)
    bases = [shapley.bases(design.until(n)) for _, n in ends]
    estimates, lows, highs = [], [], []
    for (_, n), basis in zip(ends, bases, strict=True):
        known = design.until(n)
        made = shapley.targets(known, basis[-1], draws, block, rng)
        point = _shares(basis, known.y[:, None])[:, 0]
        low, high = np.quantile(_shares(basis, made), SHARE_LEVELS, axis=1)
        estimates.append(point)
        lows.append(np.minimum(low, point))
        highs.append(np.maximum(high, point))
    share = np.array(estimates).T  # groups x months
    statistic = stability(share, share[:, :1])
    limit, rate = _limits(design, ends, bases, alarm_rate, draws, block, rng)
    rows = []
    for at, (month, _) in enumerate(ends):
        for group, name in enumerate(design.names):
            rows.append({
                "month": month, "driver": name, "name": NAMES[name], "share": share[group, at],
                "low": lows[at][group], "high": highs[at][group],
                "change": share[group, at] - share[group, max(at - 1, 0)],
            })
    alarm = np.r_[False, statistic[1:] > limit]
    drift = pd.DataFrame({
        "month": [month for month, _ in ends], "weeks": [n for _, n in ends], "statistic": statistic,
        "limit": np.r_[limit[0], limit], "alarm": alarm,
        "note": [_note(design.names, share, at, bool(alarm[at])) for at in range(len(ends))],
    })
    return Log(pd.DataFrame(rows), drift, rate, HISTORIES * draws)


def _limits(
    design: Design, ends: list[tuple[pd.Timestamp, int]], bases: list[list[Floats]], alarm_rate: float, draws: int,
    block: int, rng: np.random.Generator,
) -> tuple[Floats, float]:
    """(limit by month after the first, share of fresh histories with an alarm) when nothing changes."""
    n0, n = ends[0][1], ends[-1][1]
    start = design.until(n0)
    x = design.subset(2 ** len(design.names) - 1)
    centre, scale = x[:n0].mean(0), x[:n0].std(0)
    live = scale > 1e-9
    z = np.column_stack([np.ones(n), ((x[:n] - centre)[:, live]) / scale[live]])
    # a slight ridge keeps what the reference could not tell apart from running away on the weeks to come
    penalty = np.diag(np.r_[0.0, np.ones(int(live.sum()))])
    beta = np.linalg.solve(z[:n0].T @ z[:n0] + penalty, z[:n0].T @ start.y)
    residual = (start.y - z[:n0] @ beta) * np.sqrt(n0 / max(n0 - z.shape[1], 1))
    histories = HISTORIES * draws
    made = (z @ beta)[:, None] + residual[shapley.blocks(n0, n, block, 2 * histories, rng)].T
    shares = [_shares(basis, made[:size]) for basis, (_, size) in zip(bases, ends, strict=True)]
    drift = np.array([stability(now, shares[0]) for now in shares[1:]])  # months x draws
    learn, fresh = drift[:, :histories], drift[:, histories:]
    unit = np.maximum(np.quantile(learn, 1 - alarm_rate, axis=1), 1e-12)
    limit = unit * np.quantile((learn / unit[:, None]).max(0), 1 - alarm_rate)
    return limit, float((fresh > limit[:, None]).any(0).mean())


def _shares(basis: list[Floats], y: Floats) -> Floats:
    points = shapley.shapley(shapley.explained(basis, y))
    return np.asarray(points / np.maximum(points.sum(0), 1e-12))


def _note(names: tuple[str, ...], share: Floats, at: int, alarm: bool) -> str:
    """A line for the changelog: the largest move since the refresh before."""
    if at == 0:
        return "Reference of the drift statistic."
    move = share[:, at] - share[:, at - 1]
    most = int(np.argmax(np.abs(move)))
    way = "up" if move[most] > 0 else "down"
    words = f"{NAMES[names[most]]} {way} by {abs(move[most]) * 100:.1f} points to {share[most, at] * 100:.1f} %"
    return f"{words}; drift above its limit." if alarm else f"{words}; no alarm."
