"""Tiers and sub-classes at each month's end: who moves, how fast a tier is out of date, when to cut anew.

At each month's end customers with an order in the window of `window_months` before it are scored as in
`rfm.score`; the others are lapsed. Moves are taken from one month's end to another.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ecomplan.behaviour.segments import resample, rfm
from ecomplan.behaviour.segments.agreement import adjusted_rand, stability_index
from ecomplan.behaviour.segments.history import Floats, History
from ecomplan.behaviour.statistics import limits
from ecomplan.params.behaviour import Segments

LAPSED, NEW = "lapsed", "new"
STATES = (*rfm.TIERS, LAPSED)  # a customer's state at a month's end
FROM = (NEW, *STATES)
Codes = npt.NDArray[np.int64]
NOT_YET = -1
YEAR = 12  # months
AGES = (1, 3, 6, 12)  # months since the cut that findings name
UNSTABLE = (
    "Tells what unstable classes cost in efficiency. The orders show how unstable they are, but no campaign was aimed "
    "by class here, so no efficiency was lost or kept."
)
_MONTHS = ["month", "customers", "up", "down", "lapsed", "ari", "psi", "psi_low", "psi_high"]


@dataclass(frozen=True)
class Path:
    """States of all customers (columns) at the month ends `months` (rows): places in `STATES`, -1 before the first
    order. `classes` holds the sub-class under the rules of the first month end, -1 without an order in the window."""

    months: tuple[int, ...]
    tiers: Codes
    classes: Codes


def edges(values: pd.Series, scores: npt.NDArray[np.int64]) -> Floats:
    """Smallest value that reaches score 2, 3, 4, 5; infinite for scores that nobody reached."""
    found = values.to_numpy(float)
    return np.array([found[scores >= s].min(initial=np.inf) for s in range(2, rfm.SCORES + 1)])


def fixed_scores(values: pd.Series, limits: Floats) -> npt.NDArray[np.int64]:
    """Scores 1 to 5 by the limits of an earlier month."""
    return 1 + np.searchsorted(np.sort(limits), values.to_numpy(float), side="right").astype(np.int64)


def path(past: History, p: Segments) -> Path:
    """The states at every month end that has a whole window before it; none where the orders are too short."""
    months = tuple(range(p.window_months, past.months + 1))
    n = len(past.customers)
    tiers = np.full((len(months), n), NOT_YET, dtype=np.int64)
    classes = np.full((len(months), n), -1, dtype=np.int64)
    names = {name: place for place, name in enumerate(rfm.TIERS)}
    kinds = {name: place for place, name in enumerate(rfm.SUB_CLASSES)}
    grid = np.array([[kinds[name] for name in row] for row in rfm.GRID])
    limits: list[Floats] = []
    for row, month in enumerate(months):
        now = past.snapshot(month, p.window_months)
        tiers[row, past.first_month < month] = STATES.index(LAPSED)
        if now.empty:
            continue
        scored = rfm.score(now, p.tier_high_share, p.tier_middle_share)
        who = now["customer"].to_numpy()
        tiers[row, who] = scored["tier"].map(names).to_numpy()
        seen = (-now["recency_days"], now["orders"], now["value"])
        if not limits:
            limits = [edges(values, scored[name].to_numpy()) for values, name in zip(seen, "rfm", strict=True)]
        r, f, m = (fixed_scores(values, limit) for values, limit in zip(seen, limits, strict=True))
        classes[row, who] = grid[rfm.SCORES - r, (f + m + 1) // 2 - 1]
    return Path(months, tiers, classes)


def one_hot(codes: Codes, size: int) -> npt.NDArray[np.float32]:
    """(members, size) flags; a negative code has none."""
    return np.asarray(codes[:, None] == np.arange(size), dtype=np.float32)


def transitions(track: Path, min_group: int, again: resample.Draws) -> pd.DataFrame:
    """Moves from one month's end to the next, all months together: origin, to, moves, share, low, high.

    Shares of an origin add up to 1. Customers whose first order falls in the month come from "new". Origins with
    fewer than `min_group` customers are left out.
    """
    before, after = track.tiers[:-1] + 1, track.tiers[1:]  # new is 0
    n = before.shape[1]
    cells = np.where(after >= 0, before * len(STATES) + after, -1)
    width = len(FROM) * len(STATES)
    flags = np.zeros((n, width), dtype=np.float32)
    for row in cells:  # months are few; each adds one move a customer
        here = np.flatnonzero(row >= 0)
        flags[here, row[here]] += 1

    def shares(total: Floats) -> Floats:
        cut = total.reshape(*total.shape[:-1], len(FROM), len(STATES))
        return resample.ratio(cut, cut.sum(axis=-1, keepdims=True))

    total = flags.sum(axis=0, dtype=np.float64)
    point = shares(total)
    low, high = limits(shares(again.sums(flags)))
    people = (flags.reshape(n, len(FROM), len(STATES)).sum(axis=2) > 0).sum(axis=0)
    return pd.DataFrame([
        {"origin": origin, "to": to, "moves": int(total[i * len(STATES) + j]), "share": point[i, j],
         "low": low[i, j], "high": high[i, j]}
        for i, origin in enumerate(FROM) for j, to in enumerate(STATES) if people[i] >= min_group
    ], columns=["origin", "to", "moves", "share", "low", "high"])


def aging(track: Path, again: resample.Draws) -> pd.DataFrame:
    """How far a tier is out of date after k months: age_months, share, low, high, ari, pairs.

    share: customers in a tier whose tier, k months later, is another one or none (lapsed), over all pairs of
    month ends k apart. ari: adjusted Rand index between the two, mean over those pairs.
    """
    rows, n = track.tiers.shape
    ages = range(1, rows)
    counts = np.zeros((n, 2 * len(ages)), dtype=np.float32)
    for k in ages:
        here = tiered(track)[:-k]
        counts[:, k - 1] = (here & (track.tiers[:-k] != track.tiers[k:])).sum(axis=0)
        counts[:, len(ages) + k - 1] = here.sum(axis=0)

    def shares(total: Floats) -> Floats:
        return resample.ratio(total[..., :len(ages)], total[..., len(ages):])

    low, high = limits(shares(again.sums(counts)))
    ari = [adjusted_rand(tables(track, k).sum(axis=0, dtype=np.float64)).mean() for k in ages]
    return pd.DataFrame({
        "age_months": list(ages), "share": shares(counts.sum(axis=0, dtype=np.float64)), "low": low, "high": high,
        "ari": ari, "pairs": [rows - age for age in ages],
    })


def tiered(track: Path) -> npt.NDArray[np.bool_]:
    """Who has a tier at each month end."""
    return np.asarray((track.tiers >= 0) & (track.tiers < len(rfm.TIERS)))


def tables(track: Path, age: int) -> npt.NDArray[np.float32]:
    """Tier now by state `age` months later: one flag a customer (first axis), (n, pairs, tiers, states)."""
    a, b, here = track.tiers[:-age], track.tiers[age:], tiered(track)[:-age]
    cells = np.where(here, a * len(STATES) + b, -1)
    flags = [one_hot(row, len(rfm.TIERS) * len(STATES)) for row in cells]
    return np.stack(flags, axis=1).reshape(a.shape[1], len(cells), len(rfm.TIERS), len(STATES))


def agreement(track: Path, age: int, again: resample.Draws) -> dict[str, Any]:
    """value, low, high of the adjusted Rand index between tiers `age` months apart, mean over all such pairs.

    No value and the reason where no two month ends are so far apart.
    """
    if not 1 <= age < len(track.months):
        return {"value": None, "unknown": f"No two month ends with a whole window before them are {age} months apart."}
    flags = tables(track, age)
    shape = flags.shape[1:]
    flat = flags.reshape(len(flags), -1)

    def index(total: Floats) -> Floats:
        return np.asarray(adjusted_rand(total.reshape(*total.shape[:-1], *shape)).mean(axis=-1))

    low, high = limits(index(again.sums(flat)))
    return {"value": float(index(flat.sum(axis=0, dtype=np.float64))), "low": float(low), "high": float(high)}


def by_month(past: History, track: Path, again: resample.Draws) -> pd.DataFrame:
    """Month by month: month, customers (with a tier), up, down, lapsed (shares of those with a tier a month before),
    ari (with a month before), psi, psi_low, psi_high (sub-classes by the rules of the first month end, against
    their distribution then). The first month end has nothing before it and is left out.
    """
    rows = len(track.months)
    if rows < 2:
        return pd.DataFrame(columns=_MONTHS)
    kinds = len(rfm.SUB_CLASSES)
    lapsed = STATES.index(LAPSED)
    a, b = track.tiers[:-1], track.tiers[1:]
    here = tiered(track)[:-1]
    all_here = here.sum(axis=1)
    classes = np.concatenate([one_hot(row, kinds) for row in track.classes], axis=1)

    def psi(total: Floats) -> Floats:
        counts = total.reshape(*total.shape[:-1], rows, kinds)
        return stability_index(counts[..., :1, :], counts[..., 1:, :])

    drift = psi(classes.sum(axis=0, dtype=np.float64))
    low, high = resample.centred(drift, psi(again.sums(classes)))
    return pd.DataFrame({
        "month": [past.month_end(month) for month in track.months[1:]],
        "customers": tiered(track)[1:].sum(axis=1),
        "up": resample.ratio((here & (b < a)).sum(axis=1), all_here),
        "down": resample.ratio((here & (b > a) & (b < lapsed)).sum(axis=1), all_here),
        "lapsed": resample.ratio((here & (b == lapsed)).sum(axis=1), all_here),
        "ari": adjusted_rand(tables(track, 1).sum(axis=0, dtype=np.float64)),
        "psi": drift, "psi_low": np.maximum(low, 0.0), "psi_high": high,
    })


def cadence(ages: pd.DataFrame, limit: float) -> int:
    """Months after which to cut tiers anew: the last age up to which at most `limit` are out of date; at least 1."""
    over = np.flatnonzero(ages["share"].to_numpy() > limit)
    return max(1, int(over[0]) if len(over) else len(ages))


def too_short(track: Path, p: Segments) -> str:
    """Why stability cannot be told, or "" if it can."""
    if len(track.months) >= 2:
        return ""
    return (
        f"The orders hold fewer than {p.window_months + 1} full months, one more than segments.window_months: no "
        f"customer can be seen to move. When to cut tiers anew is open."
    )


def figures(
    track: Path, moves: pd.DataFrame, ages: pd.DataFrame, months: pd.DataFrame, p: Segments, again: resample.Draws
) -> list[tuple[str, str, str, dict[str, Any]]]:
    """(finding, label, unit, value with range or why there is none): outdated shares, agreement, drift, cadence."""
    short = too_short(track, p)
    rows: list[tuple[str, str, str, dict[str, Any]]] = []
    age = ages.set_index("age_months").to_dict("index")
    for k in AGES:
        found = age.get(k)
        value = (
            {"value": found["share"], "low": found["low"], "high": found["high"]} if found
            else {"value": None, "unknown": short or f"No two month ends are {k} months apart."}
        )
        rows.append((f"outdated_{k}", f"Customers in an outdated tier {k} months after the cut", "share", value))
    for name, label, months_apart in (("ari_month", "a month", 1), ("ari_year", "a year", YEAR)):
        rows.append((name, f"Adjusted Rand index of tiers {label} apart", "index",
                     agreement(track, months_apart, again)))
    move = moves.set_index(["origin", "to"]).to_dict("index")
    for name, label, pair in (
        ("high_kept", "High-tier customers still there a month later", ("high", "high")),
        ("new_high", "New customers who start in the high tier", (NEW, "high")),
        ("nurture_lapsed", "Nurture-tier customers without an order in the window a month later", ("nurture", LAPSED)),
    ):
        found = move.get(pair)
        value = (
            {"value": found["share"], "low": found["low"], "high": found["high"]} if found
            else {"value": None, "unknown": short or "Fewer customers than privacy.min_group; not shown."}
        )
        rows.append((name, label, "share", value))
    if short:
        rows += [(name, label, unit, {"value": None, "unknown": short}) for name, label, unit in _DRIFT]
        return rows
    peak = int(months["psi"].argmax())
    moved = months["up"] + months["down"] + months["lapsed"]
    most = int(moved.argmax())
    last = months.iloc[-1]
    values: tuple[dict[str, Any], ...] = (
        {"value": months["psi"].iloc[peak], "low": months["psi_low"].iloc[peak], "high": months["psi_high"].iloc[peak]},
        {"value": f"{months['month'].iloc[peak]:%B %Y}"},
        {"value": last["psi"], "low": last["psi_low"], "high": last["psi_high"]},
        {"value": moved.iloc[most]}, {"value": f"{months['month'].iloc[most]:%B %Y}"},
        {"value": int((months["psi"] > p.psi_limit).sum())}, {"value": len(months)},
        {"value": cadence(ages, p.mistiered_limit)},
    )
    return rows + [(*head, value) for head, value in zip(_DRIFT, values, strict=True)]


_DRIFT = (
    ("psi_peak", "Population stability index at the month end farthest from the first", "ratio"),
    ("psi_peak_month", "Month in which the sub-classes are farthest from the first", "text"),
    ("psi_last", "Population stability index at the last month end", "ratio"),
    ("moved_most", "Customers who change tier or lapse in the month with most moves", "share"),
    ("moved_most_month", "Month with most moves between tiers", "text"),
    ("psi_over", "Month ends at which the sub-classes have moved beyond the limit", "count"),
    ("psi_months", "Month ends compared with the first", "count"),
    ("retier_months", "Months after which tiers should be cut anew", "months"),
)
