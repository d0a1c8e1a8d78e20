"""Is the money tied to results? A ledger of spending, the share that a result can be held against, and how often to
look."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

import numpy as np
import pandas as pd
from scipy.special import bdtr

from ecomplan.errors import DataError
from ecomplan.investment.engine.budget import LINES, Budget
from ecomplan.investment.engine.levers import Lever, Levers

#: quantities that a table of orders shows without anything else being recorded
IN_ORDERS = ("order value", "frequency", "retention")
NOTHING = "nothing"
COLUMNS = {"month": "int64", "item": "object", "line": "object", "spend": "float64", "tied": "bool"}
WEEKS = 52
INTERVALS = {"weekly": 52, "monthly": 12}


@dataclass(frozen=True)
class Audit:
    """Outcome of an audit: the tied share over all, by month and by item, and the items that break the floor."""

    share: float
    floor: float
    by_month: pd.DataFrame
    by_item: pd.DataFrame
    exceptions: pd.DataFrame

    @property
    def passed(self) -> bool:
        return self.share >= self.floor


def ledger(levers: Levers, budget: Budget, person_cost_cny: float, months: int, in_orders_only: bool) -> pd.DataFrame:
    """The plan as written as a ledger: month, item, line, spend in CNY, tied (a result can be held against it).

    Each line's money is shared among its levers in proportion to what they cost over the plan and spent as a lever
    needs it, from its tranche's start: to build it over the months until it is ready, then to run it. The reserve is
    tied to nothing. With `in_orders_only` a result counts only where orders show it; else wherever a lever moves
    something that could be recorded.
    """
    starts = dict(zip(budget.tranche_ends, [0, *list(budget.tranche_ends.values())[:-1]], strict=True))
    parts = []
    for line in LINES[:-1]:
        chosen = [lever for lever in levers.items if lever.line == line]
        if not chosen:
            raise DataError(f"no lever of the catalogue is paid by line {line}; expected at least one")
        profiles = [_profile(lever, starts[lever.tranche], person_cost_cny, months) for lever in chosen]
        scale = budget.shares[line] * budget.total_mid_cny / sum(profile.sum() for profile in profiles)
        for lever, profile in zip(chosen, profiles, strict=True):
            tied = lever.moves in IN_ORDERS if in_orders_only else lever.moves != NOTHING
            parts.append(pd.DataFrame({
                "month": np.arange(1, months + 1), "item": lever.name, "line": line, "spend": scale * profile,
                "tied": tied,
            }))
    parts.append(pd.DataFrame({
        "month": np.arange(1, budget.months + 1), "item": "Reserve", "line": "reserve",
        "spend": budget.shares["reserve"] * budget.total_mid_cny * budget.profile(), "tied": False,
    }))
    frame = pd.concat(parts, ignore_index=True)
    return frame[frame["spend"] > 0].reset_index(drop=True)


def audit(frame: pd.DataFrame, floor: float) -> Audit:
    """Share of spend tied to results, over all, by month and by item, against a floor.

    `frame` is a ledger with month, item, line, spend and tied. Raises DataError naming the column and row of a
    missing column, a negative or missing amount, an empty ledger or one that spends nothing.
    """
    if missing := [name for name in COLUMNS if name not in frame]:
        raise DataError(f"ledger lacks column {missing[0]}; expected {', '.join(COLUMNS)}")
    if frame.empty:
        raise DataError("ledger is empty; expected at least one row")
    spend = frame["spend"].to_numpy(dtype=np.float64)
    bad = ~np.isfinite(spend) | (spend < 0)
    if bad.any():
        row = int(np.argmax(bad))
        raise DataError(f"ledger row {row}: spend = {spend[row]:g} is refused; expected a number of at least 0")
    if frame["tied"].isna().any():
        raise DataError(f"ledger row {int(np.argmax(frame['tied'].isna()))}: tied is empty; expected true or false")
    if spend.sum() == 0:
        raise DataError("ledger spends nothing; a share of nothing is not defined")
    told = frame.assign(kept=spend * frame["tied"].to_numpy(dtype=bool))
    by_month = told.groupby("month", sort=True)[["spend", "kept"]].sum().reset_index()
    by_month["share"] = np.divide(by_month["kept"], by_month["spend"], where=by_month["spend"] > 0,
                                  out=np.ones(len(by_month)))
    by_item = told.groupby(["line", "item"], sort=True)[["spend", "kept"]].sum().reset_index()
    by_item["part"] = by_item["spend"] / spend.sum()
    exceptions = by_item[by_item["kept"] < floor * by_item["spend"]].sort_values("spend", ascending=False)
    return Audit(float(told["kept"].sum() / spend.sum()), floor, by_month[["month", "spend", "share"]],
                 by_item[["line", "item", "spend", "part"]],
                 exceptions[["line", "item", "spend", "part"]].reset_index(drop=True))


def without_reserve(found: Audit) -> float:
    """Tied share of what is spent on lines, the reserve left out."""
    lines = found.by_item[found.by_item["line"] != "reserve"]
    return found.share * float(found.by_item["spend"].sum() / lines["spend"].sum())


def intervals_table(floor: float, good: float, drifted: float, vouchers_per_year: int, false_alarms: float
                    ) -> pd.DataFrame:
    """Weekly or monthly, with the same vouchers in a year: how soon a drift is seen and how often the alarm lies.

    An audit draws vouchers at random and alarms where the tied share among them is below the limit; exact by the
    binomial distribution. Two limits: the floor itself, and the highest at which a year without drift raises a false
    alarm with a chance of at most `false_alarms`. Columns: audit, limit, vouchers, alarm_below (share),
    false_alarm_year, missed_quarter (chance that a drift to `drifted` stands unseen a quarter later), weeks_to_see.
    """
    rows = []
    for name, audits in INTERVALS.items():
        size = max(1, round(vouchers_per_year / audits))
        per_audit = 1 - (1 - false_alarms) ** (1 / audits)
        # the largest count below which an audit without drift falls that rarely
        strict = int(np.searchsorted(bdtr(np.arange(size + 1), size, good), per_audit, side="right"))
        for limit, below in (("the floor", ceil(floor * size - 1e-9)), ("few false alarms", strict)):
            false, seen = (float(bdtr(below - 1, size, share)) if below else 0.0 for share in (good, drifted))
            rows.append({
                "audit": name, "limit": limit, "vouchers": size, "alarm_below": below / size,
                "false_alarm_year": 1 - (1 - false) ** audits,
                "missed_quarter": (1 - seen) ** (audits // 4),
                "weeks_to_see": WEEKS / audits * (1 / seen - 0.5) if seen > 0 else float("inf"),
            })
    frame = pd.DataFrame(rows)
    if np.isinf(frame["weeks_to_see"]).any():
        raise DataError(
            f"with {vouchers_per_year} vouchers a year no audit can alarm that rarely; expected more vouchers"
        )
    return frame


def pick(frame: pd.DataFrame, name: str, limit: str, column: str) -> float:
    """One number of `intervals_table`."""
    return float(frame.loc[(frame["audit"] == name) & (frame["limit"] == limit), column].iloc[0])


def _profile(lever: Lever, start: int, person_cost_cny: float, months: int) -> np.ndarray:
    """Cost of a lever by month in CNY from the month after `start`: built until ready, then run to the end."""
    month = np.arange(1, months + 1)
    ready = start + lever.ready_months
    build = max(lever.ready_months, 1)
    building = (month > start) & (month <= start + build)
    running = month > ready
    return np.asarray(building * lever.once_cny / build
                      + running * (lever.monthly_cny + lever.people_fte * person_cost_cny / 12), dtype=np.float64)
