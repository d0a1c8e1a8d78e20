"""Households by weeks: what each spent and how often it came, and which campaign it was sent when."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from ecomplan.behaviour.statistics import Floats
from ecomplan.errors import DataError

Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]
_WEEK = pd.Timedelta(days=7)


@dataclass(frozen=True)
class Panel:
    """`spend` (US dollars) and `visits` (baskets) are (households, weeks); only full weeks are in it."""

    households: Ints
    weeks: Ints
    spend: Floats
    visits: Floats
    first_monday: pd.Timestamp  # of week 1
    left_out: float  # spent in weeks that the file cuts

    def at(self, first: int, last: int) -> slice:
        """The columns of weeks `first` to `last`, both in."""
        return slice(first - int(self.weeks[0]), last - int(self.weeks[0]) + 1)


@dataclass(frozen=True)
class Exposure:
    """Campaigns in the order of their start: `sent` is (campaigns, households)."""

    campaign: Ints
    type: npt.NDArray[np.str_]
    start: Ints  # week of the first day
    end: Ints  # week of the last day, may lie after the panel
    sent: Bools

    def running(self, first: int, last: int) -> Bools:
        """Which campaigns run in weeks `first` to `last`: (campaigns,)."""
        return np.asarray((self.start <= last) & (self.end >= first))

    def under(self, first: int, last: int, but: int | None = None) -> Bools:
        """Which households are under a campaign (other than number `but`) in weeks `first` to `last`."""
        running = self.running(first, last)
        if but is not None:
            running[but] = False
        return np.asarray(self.sent[running].any(axis=0))

    def first_start(self, never: int) -> Ints:
        """The week in which each household's first campaign starts; `never` where there is none."""
        starts = np.where(self.sent, self.start[:, None], never)
        return np.asarray(starts.min(axis=0, initial=never))


def weekly_panel(lines: pd.DataFrame, also: npt.ArrayLike = ()) -> Panel:
    """Basket lines as a panel; households of `also` that never bought get rows of zeros.

    `lines` has household, basket, week, amount, time. Weeks are the file's; a first or last week that the file cuts
    is left out. Raises DataError for an empty table, for weeks that do not run from Monday to Sunday of the local
    time (within a day of UTC) and for fewer than two full weeks.
    """
    if lines.empty:
        raise DataError("transactions: no basket line; expected a year of them")
    week = lines["week"].to_numpy()
    time = lines["time"].to_numpy()
    first, last = pd.Timestamp(time.min()), pd.Timestamp(time.max())
    monday = first.normalize() - pd.Timedelta(days=first.weekday())
    expected = ((lines["time"] - pd.Timedelta(hours=12) - monday) // _WEEK + 1).to_numpy()
    # ASSUME: week numbers count from the Monday of the first day, in a local time at most a day from UTC
    if (wrong := np.abs(week - expected) > 1).any():
        row = int(np.argmax(wrong))
        raise DataError(f"transactions: row {row + 1}: week {week[row]} on {pd.Timestamp(time[row])}; expected weeks "
                        f"counted from Monday {monday:%Y-%m-%d}")
    low = int(week.min()) + int(first.normalize() > monday + (int(week.min()) - 1) * _WEEK)
    closed = last.normalize() >= monday + (int(week.max()) - 1) * _WEEK + pd.Timedelta(days=6)
    high = int(week.max()) - int(not closed)
    if high - low < 1:
        raise DataError(f"transactions: weeks {week.min()} to {week.max()} leave fewer than two full ones")
    households = np.union1d(lines["household"].to_numpy(), np.asarray(also, dtype="int64"))
    full = (week >= low) & (week <= high)
    amount = lines["amount"].to_numpy(float)
    shape = (len(households), high - low + 1)
    cell = np.searchsorted(households, lines["household"].to_numpy()[full]) * shape[1] + week[full] - low
    spend = np.bincount(cell, amount[full], shape[0] * shape[1]).reshape(shape).astype(float)
    baskets = pd.DataFrame({"basket": lines["basket"].to_numpy()[full], "cell": cell}).drop_duplicates()
    visits = np.bincount(baskets["cell"], minlength=shape[0] * shape[1]).reshape(shape).astype(float)
    return Panel(households=households, weeks=np.arange(low, high + 1), spend=spend, visits=visits,
                 first_monday=monday, left_out=float(amount[~full].sum()))


def exposure(campaigns: pd.DataFrame, targeted: pd.DataFrame, panel: Panel) -> Exposure:
    """Who was sent what, on the panel's households and weeks.

    Raises DataError for a campaign without description, a household that the panel does not know, and a campaign
    that nobody was sent.
    """
    plan = campaigns.sort_values(["start", "campaign"], ignore_index=True)
    number = pd.Index(plan["campaign"])
    at = number.get_indexer(pd.Index(targeted["campaign"]))
    if (at < 0).any():
        raise DataError(f"campaigns: campaign {targeted['campaign'].iloc[int(np.argmin(at))]} has no description")
    who = pd.Index(panel.households).get_indexer(pd.Index(targeted["household"]))
    if (who < 0).any():
        raise DataError(f"campaigns: household {targeted['household'].iloc[int(np.argmin(who))]} has no row in the "
                        f"panel; name it in `also`")
    sent = np.zeros((len(plan), len(panel.households)), dtype=bool)
    sent[at, who] = True
    if (empty := ~sent.any(axis=1)).any():
        raise DataError(f"campaigns: campaign {plan['campaign'][int(np.argmax(empty))]} was sent to nobody; expected "
                        f"at least one household")
    week = [((plan[column].dt.normalize() - panel.first_monday) // _WEEK + 1).to_numpy("int64")
            for column in ("start", "end")]
    return Exposure(campaign=plan["campaign"].to_numpy("int64"), type=plan["type"].to_numpy(str), start=week[0],
                    end=week[1], sent=sent)


def overlapping(shown: Exposure, panel: Panel) -> dict[str, float]:
    """How campaigns overlap: `targeted` (households sent one at least), `households`, `per_household` (campaigns
    sent to a targeted one), `two_at_once` (share of targeted households under two or more in some week),
    `most` (campaigns of the household sent most)."""
    per = shown.sent.sum(axis=0)
    active = (shown.start[:, None] <= panel.weeks) & (shown.end[:, None] >= panel.weeks)
    at_once = (shown.sent.T.astype(float) @ active).max(axis=1)
    some = per > 0
    return {
        "households": float(len(per)), "targeted": float(some.sum()), "per_household": float(per[some].mean()),
        "two_at_once": float((at_once[some] > 1).mean()), "most": float(per.max()),
    }
