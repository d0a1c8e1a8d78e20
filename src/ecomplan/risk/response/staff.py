"""People who leave, and what that does to the plan's dates: a chain of months with leaving, hiring and learning."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

Floats = npt.NDArray[np.float64]
YEAR = 12
LOW, HIGH = 0.1, 0.9


@dataclass(frozen=True)
class Team:
    """A team and how it changes. Shares a year; months are means of geometric waiting times."""

    people: int
    seniors: int  # of these, hired from outside for the plan
    months: int  # work planned, for the full team
    leave: float
    vacancy_months: float
    learn_months: float
    newcomer_output: float


def monthly(share_a_year: float) -> float:
    """Monthly chance that gives this share in a year."""
    return float(1 - (1 - share_a_year) ** (1 / YEAR))


def months_needed(
    team: Team, draws: int, rng: np.random.Generator, *, rise: float = 0.0, rise_months: int = 0,
    misfit: float | None = None,
) -> Floats:
    """(draws,) months until the planned work is done.

    Competing ways out: everyone leaves at `leave` (times 1 + `rise` in the first `rise_months`), outside seniors at
    `misfit` a year instead where it is given. A place stays empty for a while, then a newcomer learns for a while.
    """
    work = float(team.months * team.people)
    settled = np.full(draws, team.people - team.seniors)
    senior = np.full(draws, team.seniors)
    new = np.zeros(draws, dtype=np.int64)
    done, needed = np.zeros(draws), np.full(draws, np.nan)
    fill, learn = 1 / team.vacancy_months, 1 / team.learn_months
    month = 0
    while np.isnan(needed).any():
        output = settled + senior + team.newcomer_output * new
        before, done = done, done + output
        ends = np.isnan(needed) & (done >= work)
        needed[ends] = month + (work - before[ends]) / output[ends]
        leave = min(team.leave * (1 + rise), 0.99) if month < rise_months else team.leave
        out = monthly(leave)
        settled = settled - rng.binomial(settled, out)
        new = new - rng.binomial(new, out)
        senior = senior - rng.binomial(senior, out if misfit is None else monthly(max(misfit, leave)))
        trained = rng.binomial(new, min(learn, 1.0))
        hired = rng.binomial(team.people - settled - senior - new, min(fill, 1.0))
        settled, new = settled + trained, new - trained + hired
        month += 1
    return needed


def delays_table(team: Team, draws: int, seed: int, rise: float, rise_months: int, misfit: float) -> pd.DataFrame:
    """Months late against a full team, by case; the same random numbers in every case."""
    cases = {
        "Usual leaving": {},
        "After a radical change": {"rise": rise, "rise_months": rise_months},
        "Outside seniors do not fit": {"misfit": misfit},
        "Both": {"rise": rise, "rise_months": rise_months, "misfit": misfit},
    }
    rows = []
    for name, options in cases.items():
        late = months_needed(team, draws, np.random.default_rng(seed), **options) - team.months  # type: ignore[arg-type]
        low, high = np.quantile(late, [LOW, HIGH])
        rows.append({"case": name, "late": late.mean(), "low": min(low, late.mean()), "high": max(high, late.mean()),
                     "chance_month": (late > 1).mean(), "schedule": team.months + np.quantile(late, HIGH)})
    return pd.DataFrame(rows)


def chance_below_floor(people: int, veterans: int, floor: float, leave: float) -> float:
    """Exact chance that, a year on, fewer veterans are left than the floor asks: each leaves with chance `leave`, and
    nobody becomes one within the year."""
    from math import comb

    needed = int(np.ceil(floor * people - 1e-9))
    return float(sum(comb(veterans, stay) * (1 - leave) ** stay * leave ** (veterans - stay)
                     for stay in range(min(needed, veterans + 1))))


def floor_table(people: int, floor: float, leave: float, rise: float) -> pd.DataFrame:
    """Chance to fall below the floor within a year by the number of veterans kept today."""
    rows = [{
        "veterans": veterans, "share": veterans / people, "chance": chance_below_floor(people, veterans, floor, leave),
        "chance_after_change": chance_below_floor(people, veterans, floor, min(leave * (1 + rise), 1.0)),
    } for veterans in range(int(np.ceil(floor * people - 1e-9)), min(people, int(np.ceil(floor * people)) + 6) + 1)]
    return pd.DataFrame(rows)


def veterans_needed(table: pd.DataFrame, accepted: float) -> int | None:
    """Least number of veterans with which the floor holds after a radical change, up to an accepted chance."""
    fine = table.loc[table["chance_after_change"] <= accepted, "veterans"]
    return None if fine.empty else int(fine.min())
