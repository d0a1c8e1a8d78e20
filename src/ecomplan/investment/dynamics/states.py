"""Customers by state at the ends of months, and how many moved: counted from orders."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from ecomplan.errors import DataError

NEW, ACTIVE, DORMANT, ABSENT = range(4)
MOVES = {
    "entry": (ABSENT, NEW), "new to active": (NEW, ACTIVE), "new to dormant": (NEW, DORMANT),
    "lapse": (ACTIVE, DORMANT), "revival": (DORMANT, ACTIVE),
}


def count(orders: pd.DataFrame, months: pd.DatetimeIndex, active_months: int, burn_in_months: int) -> pd.DataFrame:
    """month, new, active, dormant at its end, and the moves within it (columns as in MOVES; missing in the first row).

    A customer is active who ordered within the last `active_months` months, new who first ordered within them, dormant
    otherwise. Who first ordered in the burn-in counts as old: the shop is older than its data. orders: time,
    customer_id. Raises DataError where too few months or no known customers are there.
    """
    first_row = max(active_months, burn_in_months) - 1
    if len(months) < first_row + 1 + 6:
        raise DataError(f"table orders: {len(months)} full months; {first_row + 7} are needed to count how customers "
                        f"move (dynamics.active_months, dynamics.burn_in_months)")
    known = orders[orders["customer_id"].notna()]
    at = _months(known["time"]) - _months(pd.Series(months[:1]))[0]
    inside = (at >= 0) & (at < len(months))
    if not inside.any():
        raise DataError("table orders: no order of a known customer in the full months; expected column customer_id")
    customer, names = pd.factorize(known["customer_id"][inside])
    ordered = np.zeros((len(names), len(months)), dtype=bool)
    ordered[customer, at[inside]] = True
    first = ordered.argmax(axis=1)
    rows, before = [], None
    for end in range(first_row, len(months)):
        recent = ordered[:, max(end - active_months + 1, 0): end + 1].any(axis=1)
        seen = first <= end
        new = seen & (first > end - active_months) & (first >= burn_in_months)
        state = np.select([new, recent, seen], [NEW, ACTIVE, DORMANT], ABSENT)
        row = {"month": months[end], **{name: int((state == code).sum())
                                        for code, name in enumerate(("new", "active", "dormant"))}}
        for name, (source, target) in MOVES.items():
            row[name] = None if before is None else int(((before == source) & (state == target)).sum())
        rows.append(row)
        before = state
    return pd.DataFrame(rows).astype(dict.fromkeys(MOVES, "Int64"))


def orders_a_customer(orders: pd.DataFrame, months: pd.DatetimeIndex) -> float:
    """Orders a known customer placed on average in the full months."""
    end = months[-1] + pd.offsets.MonthBegin(1)
    known = orders[orders["customer_id"].notna() & (orders["time"] < end)]
    return len(known) / max(int(known["customer_id"].nunique()), 1)


def _months(times: pd.Series) -> npt.NDArray[np.int64]:
    """Months since the year 0."""
    return np.asarray(times.dt.year * 12 + times.dt.month - 1, dtype=np.int64)
