"""Faults found from the data alone: when, where and at which step the share that gets through fell.

A scan over every window of days, every step of the funnel and every group of visitors (all, each platform, each
channel). What is counted are sessions that stop at a step, against those expected from platform and lifecycle, since
a shop whose visitors mature passes more of them in later weeks without any fault. Statistic: Kulldorff's log
likelihood ratio (1997) for counts with known expectation. Chance: outcomes are shuffled among the sessions that
reached the step, within platform and lifecycle, and the largest statistic of all windows, steps and groups is taken
each time, so that looking everywhere is paid for: p = (1 + shuffles at least as large) / (1 + shuffles). Shuffling
ends early once p cannot become small enough (Besag and Clifford 1991). After a find its sessions are set aside at that
step and the scan starts anew (Zhang, Assuncao and Kulldorff 2010). No event name is looked at; which events came along
with a fault is asked afterwards.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import pandas as pd
from scipy.special import xlogy

from ecomplan.behaviour.journey.intervals import shown_levels
from ecomplan.behaviour.journey.sessions import STEPS, Log
from ecomplan.behaviour.statistics import limits, wilson, z_of

SHORTEST = 2  # days: a single bad day of a few sessions is no incident to look into
MOST = 10  # finds after which the search ends
BLOCK = 20  # shuffles at a time: bounds the memory


@dataclass(frozen=True)
class Incident:
    """A window in which fewer sessions got from one step to the next.

    first_day and last_day with their ranges (80 % by profile likelihood); shares inside and outside with Wilson
    limits; lost_purchases: sessions that would have bought, had the step worked as outside, with its range.
    """

    step: str
    before: str
    dimension: str
    level: str
    first_day: pd.Timestamp
    last_day: pd.Timestamp
    first_range: tuple[pd.Timestamp, pd.Timestamp]
    last_range: tuple[pd.Timestamp, pd.Timestamp]
    sessions: int
    users: int
    inside: tuple[float, float, float]
    outside: tuple[float, float, float]
    lost_purchases: tuple[float, float, float]
    statistic: float
    p_value: float
    rows: np.ndarray  # sessions (row numbers of Log.sessions) in the window


@dataclass(frozen=True)
class _Step:
    """Sessions that reached the step before: row, day number, whether they stopped, how many stops are expected of
    them, stratum; `group` true/false, shape (groups, sessions)."""

    name: str
    row: np.ndarray
    day: np.ndarray
    stopped: np.ndarray
    expected: np.ndarray
    stratum: np.ndarray
    group: np.ndarray


@dataclass(frozen=True)
class _Grid:
    """Sums up to each day, shape (tests, days + 1): sessions, expected and observed stops; tests: (step, group)."""

    reached: np.ndarray
    expected: np.ndarray
    stopped: np.ndarray
    tests: list[tuple[int, int]]


def scan(
    log: Log, *, longest_days: int, shuffles: int, alpha: float, min_group: int, rng: np.random.Generator,
) -> tuple[list[Incident], float]:
    """Every incident with p <= alpha in the order found, and the p-value of the strongest window that was left.

    Thin data raise nothing: with too few sessions in every window there is nothing to find, and p is 1.
    """
    groups = _groups(log.sessions, min_group)
    steps = _steps(log.sessions, groups)
    days = int(_day_number(log.sessions).max()) + 1
    longest = min(longest_days, days)
    found: list[Incident] = []
    while True:
        grid = _count(steps, days)
        windows = _windows(grid, longest, min_group)
        best = _best(windows, grid.stopped)
        if best is None:
            return found, 1.0
        value, test, start, end = best
        p_value = _p_value(value, windows, steps, days, shuffles, alpha, rng)
        if p_value > alpha or len(found) == MOST:
            return found, p_value
        step, group = grid.tests[test]
        incident = _describe(log, steps[step], group, groups[group], start, end, value, p_value)
        found.append(_with_dates(incident, windows, grid.stopped, test, log))
        steps[step] = _without(steps[step], incident.rows)


def cost(incidents: list[Incident], log: Log, weights: np.ndarray) -> list[Incident]:
    """The incidents with the range of what they cost, users resampled with `weights` (draws, users)."""
    return [replace(item, lost_purchases=_lost(item, log, weights)) for item in incidents]


def companions(incident: Incident, log: Log) -> pd.DataFrame:
    """Events that came along: share of sessions with the event inside the window and outside it, same step and group.

    Columns: event, inside, outside, ratio_statistic (log likelihood ratio; positive: more often inside), strongest
    first.
    """
    sessions = log.sessions
    at_risk = sessions[incident.before].to_numpy()
    if incident.dimension != "all":
        at_risk = at_risk & (sessions[incident.dimension] == incident.level).to_numpy()
    inside = np.zeros(len(sessions), dtype=bool)
    inside[incident.rows] = True
    pairs = log.events[["session", "event"]].drop_duplicates()
    pairs = pairs[at_risk[pairs["session"].to_numpy()]]
    within = inside[pairs["session"].to_numpy()]
    counts = pd.DataFrame({
        "inside": pairs[within].groupby("event").size(), "outside": pairs[~within].groupby("event").size(),
    }).fillna(0)
    n_in, n_out = int(inside.sum()), int((at_risk & ~inside).sum())
    k_in, k_out = counts["inside"].to_numpy(), counts["outside"].to_numpy()
    more = k_in / max(n_in, 1) > k_out / max(n_out, 1)
    statistic = _ratio(k_in, np.full(len(k_in), n_in), k_in + k_out, n_in + n_out) * np.where(more, 1, -1)
    return pd.DataFrame({
        "event": counts.index, "inside": k_in / max(n_in, 1), "outside": k_out / max(n_out, 1),
        "ratio_statistic": statistic,
    }).sort_values(["ratio_statistic", "event"], ascending=[False, True], ignore_index=True)


def daily(incident: Incident, log: Log, days: int = 7) -> pd.DataFrame:
    """Share that got through the incident's step in its group over the last `days` days (for the eye): columns day,
    sessions, share, low, high, in_window."""
    part = log.sessions[log.sessions[incident.before]]
    if incident.dimension != "all":
        part = part[part[incident.dimension] == incident.level]
    by_day = part.groupby("day")[incident.step].agg(["sum", "size"])
    whole = pd.date_range(log.sessions["day"].min(), log.sessions["day"].max(), freq="D")
    rolled = by_day.reindex(whole, fill_value=0).rolling(days, min_periods=1).sum()
    rolled = rolled[rolled["size"] > 0]
    low, high = wilson(rolled["sum"], rolled["size"])
    return pd.DataFrame({
        "day": rolled.index, "sessions": rolled["size"].to_numpy().astype("int64"),
        "share": (rolled["sum"] / rolled["size"]).to_numpy(), "low": low, "high": high,
        "in_window": (rolled.index >= incident.first_day) & (rolled.index <= incident.last_day),
    })


def _groups(sessions: pd.DataFrame, min_group: int) -> list[tuple[str, str]]:
    named = [(by, level) for by in ("platform", "channel") for level in shown_levels(sessions, by, min_group)]
    # a dimension with one level says nothing that "all" does not say
    return [("all", "all"), *[item for item in named if sum(other[0] == item[0] for other in named) > 1]]


def _day_number(sessions: pd.DataFrame) -> np.ndarray:
    return np.asarray((sessions["day"] - sessions["day"].min()).dt.days.to_numpy())


def _steps(sessions: pd.DataFrame, groups: list[tuple[str, str]]) -> list[_Step]:
    day = _day_number(sessions)
    stratum = sessions.groupby(["platform", "lifecycle"], sort=True).ngroup().to_numpy()
    masks = np.stack([
        np.ones(len(sessions), bool) if by == "all" else (sessions[by] == level).to_numpy() for by, level in groups
    ])
    steps = []
    for before, name in pairwise(STEPS):
        row = np.flatnonzero(sessions[before].to_numpy())
        steps.append(_step(name, row, day[row], ~sessions[name].to_numpy()[row], stratum[row], masks[:, row]))
    return steps


def _step(
    name: str, row: np.ndarray, day: np.ndarray, stopped: np.ndarray, stratum: np.ndarray, group: np.ndarray
) -> _Step:
    """Expected stops are the stratum's share of them, for each of its sessions."""
    size = np.bincount(stratum, minlength=1)
    share = np.bincount(stratum, weights=stopped.astype(float), minlength=1) / np.maximum(size, 1)
    return _Step(name, row, day, stopped, share[stratum], stratum, group)


def _without(step: _Step, rows: np.ndarray) -> _Step:
    keep = ~np.isin(step.row, rows)
    return _step(step.name, step.row[keep], step.day[keep], step.stopped[keep], step.stratum[keep], step.group[:, keep])


def _upto(step: _Step, group: int, values: np.ndarray, days: int) -> np.ndarray:
    """Sums of values (draws, sessions) up to each day within a group, shape (draws, days + 1)."""
    mine = step.group[group]
    rows = np.arange(len(values))[:, None]
    sums = np.bincount(
        (rows * days + step.day[mine]).ravel(), weights=values[:, mine].ravel(), minlength=len(values) * days
    )
    upto = np.zeros((len(values), days + 1))
    np.cumsum(sums.reshape(-1, days), axis=1, out=upto[:, 1:])
    return upto


def _count(steps: list[_Step], days: int) -> _Grid:
    tests = [(at, group) for at, step in enumerate(steps) for group in range(len(step.group))]
    sums = [
        _upto(steps[at], group, np.stack([
            np.ones(len(steps[at].row)), steps[at].expected, steps[at].stopped.astype(float)
        ]), days) for at, group in tests
    ]
    reached, expected, stopped = np.stack(sums, axis=1)
    return _Grid(reached.astype(np.int32), expected, stopped.astype(np.int32), tests)


@dataclass(frozen=True)
class _Windows:
    """All windows of one length, shape (tests, starts): whether they may be found (1 or 0), the part of the group's
    expected stops that lies inside, its log odds and the log of the part outside (0 where not usable)."""

    length: int
    usable: np.ndarray
    part: np.ndarray
    odds: np.ndarray
    outside: np.ndarray


def _windows(grid: _Grid, longest: int, min_group: int) -> list[_Windows]:
    """Windows of every length; usable with at least `min_group` sessions and fewer than half of the group's."""
    whole = grid.expected[:, -1:]
    found = []
    for length in range(SHORTEST, longest + 1):
        n = grid.reached[:, length:] - grid.reached[:, :-length]
        part = (grid.expected[:, length:] - grid.expected[:, :-length]) / np.where(whole > 0, whole, 1)
        usable = (n >= min_group) & (2 * n < grid.reached[:, -1:]) & (part > 1e-9) & (part < 1 - 1e-9)
        part = np.where(usable, part, 0.5)
        outside = np.log1p(-part)
        found.append(_Windows(length, *(
            values.astype(np.float32) for values in (usable, part, np.log(part) - outside, outside)
        )))
    return found


def _statistics(windows: list[_Windows], stopped: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
    """(window length in days, statistic (..., tests, starts)) for every length, stopped: (..., tests, days + 1).

    With e the window's part of the expected stops of its group and c its part of the C observed ones the statistic is
    c log(c / (C e)) + (C - c) log((C - c) / (C (1 - e))); it is 0 where stops are no more than expected.
    """
    total = stopped[..., -1:]
    top = int(max(total.max(), 1))
    table = xlogy(np.arange(top + 1), np.arange(top + 1)).astype(np.float32)
    whole, constant = total.astype(np.float32), table[total]
    for at in windows:
        c = stopped[..., at.length:] - stopped[..., :-at.length]
        value = table[c]
        value += table[total - c]
        value -= constant
        value -= whole * at.outside
        exact = c.astype(np.float32)
        value -= exact * at.odds
        value *= exact > whole * at.part
        value *= at.usable
        yield at.length, value


def _best(windows: list[_Windows], stopped: np.ndarray) -> tuple[float, int, int, int] | None:
    """(statistic, test, first day, last day) of the largest statistic, the shortest window where two tie."""
    best: tuple[float, int, int, int] | None = None
    for length, value in _statistics(windows, stopped):
        at = int(value.argmax())
        test, start = divmod(at, value.shape[1])
        if value.flat[at] > (best[0] + 1e-4 if best else 1e-4):
            best = float(value.flat[at]), test, start, start + length - 1
    return best


def _p_value(
    value: float, windows: list[_Windows], steps: list[_Step], days: int, shuffles: int, alpha: float,
    rng: np.random.Generator,
) -> float:
    larger = done = 0
    while done < shuffles and (1 + larger) / (1 + shuffles) <= alpha:
        draws = min(BLOCK, shuffles - done)
        parts = []
        for step in steps:
            # sorting random keys within strata gives each shuffle its permutation
            keys = rng.random((draws, len(step.row))) + step.stratum
            moved = np.empty((draws, len(step.row)))
            moved[:, np.argsort(step.stratum, kind="stable")] = step.stopped[np.argsort(keys, axis=1)]
            parts += [_upto(step, group, moved, days) for group in range(len(step.group))]
        stopped = np.stack(parts, axis=1).astype(np.int32)
        largest = np.zeros(draws, dtype=np.float32)
        for _, found in _statistics(windows, stopped):
            np.maximum(largest, found.max(axis=(1, 2)), out=largest)
        larger += int((largest >= value - 1e-4).sum())
        done += draws
    return (1 + larger) / (1 + done)


def _ratio(k: np.ndarray, n: np.ndarray, total: np.ndarray, size: int) -> np.ndarray:
    """Log likelihood ratio of two shares (k of n inside; total - k of size - n outside) against one share."""
    out = size - n
    return np.asarray(
        xlogy(k, k) + xlogy(n - k, n - k) - xlogy(n, n)
        + xlogy(total - k, total - k) + xlogy(out - total + k, out - total + k) - xlogy(out, out)
        - xlogy(total, total) - xlogy(size - total, size - total) + xlogy(size, size)
    )


def _describe(
    log: Log, step: _Step, group: int, named: tuple[str, str], start: int, end: int, value: float, p_value: float
) -> Incident:
    mine = step.group[group]
    window = mine & (step.day >= start) & (step.day <= end)
    passed = ~step.stopped
    k, n = int(passed[window].sum()), int(window.sum())
    k_out, n_out = int(passed[mine & ~window].sum()), int((mine & ~window).sum())
    rows = step.row[window]
    origin = log.sessions["day"].min()
    first, last = origin + pd.Timedelta(days=start), origin + pd.Timedelta(days=end)

    def share(hits: int, trials: int) -> tuple[float, float, float]:
        low, high = wilson(hits, trials)
        return hits / trials, float(low), float(high)

    return Incident(
        step=step.name, before=STEPS[STEPS.index(step.name) - 1], dimension=named[0], level=named[1], first_day=first,
        last_day=last, first_range=(first, first), last_range=(last, last), sessions=n,
        users=len(np.unique(log.sessions["user"].to_numpy()[rows])),
        inside=share(k, n), outside=share(k_out, n_out), lost_purchases=(0.0, 0.0, 0.0), statistic=value,
        p_value=p_value, rows=rows,
    )


def _with_dates(
    incident: Incident, windows: list[_Windows], stopped: np.ndarray, test: int, log: Log
) -> Incident:
    """Ranges of both dates: windows that overlap the best one and whose log likelihood is near enough to its own
    (half the 80 % point of chi-square with one degree of freedom)."""
    origin = log.sessions["day"].min()
    start, end = (incident.first_day - origin).days, (incident.last_day - origin).days
    firsts, lasts = [start], [end]
    one = [_Windows(at.length, *(part[[test]] for part in (at.usable, at.part, at.odds, at.outside))) for at in windows]
    for length, value in _statistics(one, stopped[[test]]):
        at = np.flatnonzero(value[0] >= incident.statistic - z_of() ** 2 / 2)
        near = at[(at <= end) & (at + length - 1 >= start)]
        firsts += near.tolist()
        lasts += (near + length - 1).tolist()
    return replace(
        incident,
        first_range=(origin + pd.Timedelta(days=min(firsts)), origin + pd.Timedelta(days=max(firsts))),
        last_range=(origin + pd.Timedelta(days=min(lasts)), origin + pd.Timedelta(days=max(lasts))),
    )


def _lost(incident: Incident, log: Log, weights: np.ndarray) -> tuple[float, float, float]:
    """Purchases missed: sessions inside x (share outside - inside) x share that buys once the step is passed.

    ASSUME: who is stopped at the step would have gone on as those did who passed it outside the window.
    """
    sessions = log.sessions
    at_risk = sessions[incident.before].to_numpy()
    if incident.dimension != "all":
        at_risk = at_risk & (sessions[incident.dimension] == incident.level).to_numpy()
    inside = np.zeros(len(sessions), dtype=bool)
    inside[incident.rows] = True
    passed, bought = sessions[incident.step].to_numpy(), sessions[STEPS[-1]].to_numpy()
    user, users = sessions["user"].to_numpy(), weights.shape[1]
    parts = [inside, inside & passed, at_risk & ~inside, at_risk & ~inside & passed, at_risk & ~inside & bought]
    per_user = np.stack([np.bincount(user, weights=part.astype(float), minlength=users) for part in parts], axis=1)

    def lost(sums: np.ndarray) -> np.ndarray:
        n_in, k_in, n_out, k_out, buyers = np.moveaxis(sums, -1, 0)
        rate = np.divide(k_out, n_out, out=np.zeros_like(k_out), where=n_out > 0)
        later = np.divide(buyers, k_out, out=np.zeros_like(k_out), where=k_out > 0)
        return np.asarray((n_in * rate - k_in) * later)

    point = float(lost(per_user.sum(axis=0)))
    low, high = limits(lost(weights @ per_user))
    return point, min(float(low), point), max(float(high), point)

