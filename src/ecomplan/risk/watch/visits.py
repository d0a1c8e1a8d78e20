"""The click log watched as it runs: does a step of the way to the order suddenly pass fewer visits than before?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ecomplan.errors import DataError
from ecomplan.params.watching import Watch

Array = NDArray[np.float64]
#: the way to the order: step and the event that comes before it
STEPS = (
    ("delivery details", "add_to_cart", "shipping_details"), ("payment details", "shipping_details", "payment_details"),
    ("purchase", "payment_details", "purchase"),
)
MONTH = np.timedelta64(30, "D").astype("timedelta64[s]")
#: ASSUME: streams with fewer outcomes while learning are not watched, for their usual rate is not known
LEAST_LEARNT = 20
ROUNDS = 400


@dataclass(frozen=True)
class Stream:
    """Outcomes of one step for one group of visitors in time order, and its usual rate from the learning stretch."""

    step: str
    visitors: str
    time: NDArray[np.datetime64]
    passed: NDArray[np.bool_]
    usual: float
    watched: NDArray[np.bool_]  # outcomes after the learning stretch
    a_month: int  # outcomes in the last month of the learning stretch


def attempts(events: pd.DataFrame) -> pd.DataFrame:
    """One row a visit and step reached: step, platform, time at which the outcome is known (the visit's end), passed.

    `events` needs session_id, event, time, platform. Raises DataError for an empty log.
    """
    if not len(events):
        raise DataError("the click log holds no events; expected one row an event")
    session = events["session_id"].factorize()[0]
    order = np.argsort(session, kind="stable")
    starts = np.unique(session, return_index=True)[1]
    end = np.maximum.reduceat(events["time"].to_numpy()[order], np.searchsorted(session[order], np.arange(len(starts))))
    platform = events["platform"].to_numpy()[starts]
    name = events["event"].to_numpy()
    parts = []
    for step, before, after in STEPS:
        reached = np.zeros(len(starts), dtype=bool)
        done = np.zeros(len(starts), dtype=bool)
        reached[session[name == before]] = True
        done[session[name == after]] = True
        parts.append(pd.DataFrame({
            "step": step, "visitors": platform[reached], "time": end[reached], "passed": done[reached],
        }))
    return pd.concat(parts, ignore_index=True).sort_values(["time", "step"], kind="stable", ignore_index=True)


def streams(tries: pd.DataFrame, p: Watch) -> list[Stream]:
    """A stream for each step, for all visitors and for each platform; the usual rate is learnt from the first part."""
    if not len(tries):
        return []
    times = tries["time"].to_numpy().astype("datetime64[s]")
    begin = times.min() + np.timedelta64(p.visits_learn_days, "D")
    out = []
    for step, _, _ in STEPS:
        of_step = (tries["step"] == step).to_numpy()
        for visitors in ("all visitors", *sorted(tries["visitors"].unique())):
            rows = of_step & ((tries["visitors"] == visitors).to_numpy() | (visitors == "all visitors"))
            time, passed = times[rows], tries["passed"].to_numpy()[rows].astype(bool)
            learnt = time < begin
            if learnt.sum() >= LEAST_LEARNT and (~learnt).any():
                usual = (passed[learnt].sum() + 1.0) / (learnt.sum() + 2.0)
                month = int((learnt & (time >= begin - MONTH)).sum())
                out.append(Stream(step, str(visitors), time, passed, float(usual), ~learnt, max(month, 1)))
    return out


def _gains(usual: float, factor: float) -> tuple[float, float]:
    """Log-likelihood ratio of a visit that passes and of one that does not: faulty against usual."""
    return float(np.log(factor)), float(np.log((1 - factor * usual) / (1 - usual)))


def cusum(passed: NDArray[np.bool_], usual: float, factor: float) -> Array:
    """Bernoulli CUSUM for a fall of the passing rate to `factor` of usual (Reynolds and Stoumbos 1999).

    `passed` may have one row a simulated stream; the last axis is time.
    """
    hit, miss = _gains(usual, factor)
    gain = np.where(passed, hit, miss)
    out, level = np.empty(gain.shape), np.zeros(gain.shape[:-1])
    for place in range(gain.shape[-1]):
        level = np.maximum(level + gain[..., place], 0.0)
        out[..., place] = level
    return out


def common_limit(watched: list[Stream], p: Watch, rng: np.random.Generator) -> float:
    """The limit that all streams together pass in a month as often as accepted, if every step works as usual.

    Months are simulated with each stream's usual rate and its visits in the last month learnt from. A
    platform's stream and that of all visitors are drawn apart, which errs on the side of fewer alarms.
    """
    most = np.zeros(ROUNDS)
    for one in watched:
        drawn = rng.random((ROUNDS, 2 * one.a_month)) < one.usual  # the month before lets the test settle
        most = np.maximum(most, cusum(drawn, one.usual, p.visits_drop_factor)[:, one.a_month:].max(axis=1))
    return float(np.quantile(most, np.exp(-p.visits_false_alarms_per_month)))


def alarms(watched: list[Stream], limit: float, p: Watch) -> pd.DataFrame:
    """Every alarm in time order: time, step, visitors, passing rate usual. After an alarm a stream begins anew."""
    rows = []
    for one in watched:
        hit, miss = _gains(one.usual, p.visits_drop_factor)
        level = 0.0
        for time, passed in zip(one.time[one.watched], one.passed[one.watched], strict=True):
            level = max(level + (hit if passed else miss), 0.0)
            if level > limit:
                rows.append({"time": time, "step": one.step, "visitors": one.visitors, "usual": one.usual})
                level = 0.0
    frame = pd.DataFrame(rows, columns=["time", "step", "visitors", "usual"])
    return frame.astype({"time": "datetime64[us]"}).sort_values(["time", "step", "visitors"], ignore_index=True)


def episodes(raised: pd.DataFrame, p: Watch) -> pd.DataFrame:
    """Alarms joined to episodes that end after some quiet days: first, last, alarms, step of most alarms."""
    columns = ["first", "last", "alarms", "step"]
    if not len(raised):
        return pd.DataFrame({name: [] for name in columns})
    gap = raised["time"].diff() > pd.Timedelta(days=p.visits_quiet_days)
    number = gap.cumsum()
    grouped = raised.groupby(number)
    return pd.DataFrame({
        "first": grouped["time"].first(), "last": grouped["time"].last(), "alarms": grouped.size(),
        "step": grouped["step"].agg(lambda names: names.value_counts().index[0]),
    }).reset_index(drop=True)


def against(incidents: pd.DataFrame, raised: pd.DataFrame, log_begin: np.datetime64) -> pd.DataFrame:
    """Each known incident: was it found on its step, after how many days and how many alarms.

    `incidents` needs step, visitors, first_day, last_day. Incidents before the watch began are left out.
    """
    rows = []
    for one in incidents.itertuples(index=False):
        first, last = pd.Timestamp(str(one.first_day)), pd.Timestamp(str(one.last_day)) + pd.Timedelta(days=1)
        if first < pd.Timestamp(log_begin):
            continue
        within = raised[(raised["time"] >= first) & (raised["time"] < last) & (raised["step"] == one.step)]
        delay = (within["time"].iloc[0] - first) / pd.Timedelta(days=1) if len(within) else None
        rows.append({"step": str(one.step), "visitors": str(one.visitors), "first_day": first,
                     "last_day": last - pd.Timedelta(days=1), "found": bool(len(within)), "delay_days": delay,
                     "alarms": len(within)})
    columns = ["step", "visitors", "first_day", "last_day", "found", "delay_days", "alarms"]
    return pd.DataFrame(rows, columns=columns).astype({"delay_days": float})


def false_episodes(parts: pd.DataFrame, incidents: pd.DataFrame) -> int:
    """Episodes that touch no known incident."""
    touched = np.zeros(len(parts), dtype=bool)
    for one in incidents.itertuples(index=False):
        last = pd.Timestamp(str(one.last_day)) + pd.Timedelta(days=1)
        touched |= ((parts["first"] < last) & (parts["last"] >= pd.Timestamp(str(one.first_day)))).to_numpy(dtype=bool)
    return int((~touched).sum())


@dataclass(frozen=True)
class Visits:
    """The click log replayed."""

    watched: list[Stream]
    limit: float
    raised: pd.DataFrame
    episodes: pd.DataFrame
    incidents: pd.DataFrame
    false: int
    months: float


def watch_visits(events: pd.DataFrame, incidents: pd.DataFrame, p: Watch, rng: np.random.Generator) -> Visits:
    """Replay the log against the incidents that stage journey dated (step, visitors, first_day, last_day)."""
    watched = streams(attempts(events), p)
    if not watched:
        none = alarms([], np.inf, p)
        return Visits([], np.inf, none, episodes(none, p), against(incidents.iloc[:0], none, np.datetime64("NaT")), 0,
                      0.0)
    limit = common_limit(watched, p, rng)
    raised = alarms(watched, limit, p)
    begin = min(one.time[one.watched][0] for one in watched)
    end = max(one.time[-1] for one in watched)
    parts = episodes(raised, p)
    known = against(incidents, raised, begin)
    return Visits(watched, limit, raised, parts, known, false_episodes(parts, incidents),
                  float((end - begin) / MONTH))
