"""A root-cause review: the largest fall of a month against the year before, as cause tree and form (5W1H)."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd

from ecomplan.errors import DataError, ParameterError
from ecomplan.risk.response.schema import ReviewForm

FIELDS = ("what", "when", "where", "who", "why", "how", "owner", "measure", "due")
FACTORS = {
    "active_customers": ("people", "Fewer or more customers who buy"),
    "frequency": ("people", "Fewer or more orders a customer"),
    "value": ("goods", "Smaller or larger orders"),
}


@dataclass(frozen=True)
class Review:
    """One incident: the six questions, owner, measure, day. Complete where every field is filled."""

    what: str
    when: str
    where: str
    who: str
    why: str
    how: str
    owner: str
    measure: str
    due: str

    def table(self) -> pd.DataFrame:
        return pd.DataFrame([{"field": name, "text": text} for name, text in asdict(self).items()])


def check_review(raw: dict[str, str]) -> Review:
    """A form as filled in. Raises ParameterError naming every missing, empty and unknown field."""
    empty = [name for name in FIELDS if not str(raw.get(name, "")).strip()]
    unknown = sorted(set(raw) - set(FIELDS))
    if empty or unknown:
        told = f"empty fields: {', '.join(empty) or 'none'}; unknown: {', '.join(unknown) or 'none'}"
        raise ParameterError(f"review: {told}")
    return Review(**{name: str(raw[name]) for name in FIELDS})


def largest_fall(monthly: pd.DataFrame) -> pd.DataFrame | None:
    """The month whose sales fell most against the same month a year before (or rose least), split exactly.

    `monthly`: month, series (sales, orders, active_customers), value. Sales are customers x orders a customer x value
    an order; each factor's part of the change is its log ratio over that of sales (LMDI: Ang, 2005), so that parts
    add up. Columns: month, change (money), share (relative), factor, part (money), ratio. None below 13 months.
    """
    wide = monthly.pivot(index="month", columns="series", values="value").sort_index()
    missing = [name for name in ("sales", "orders", "active_customers") if name not in wide]
    if missing:
        raise DataError(f"table monthly of stage forecast lacks series {missing[0]}")
    wide = wide[(wide > 0).all(axis=1)]
    months = pd.DatetimeIndex(wide.index)
    before = wide.reindex(months - pd.DateOffset(years=1)).set_index(months)
    wide = wide.set_index(months)
    both = before.notna().all(axis=1)
    if not both.any():
        return None
    now, then = wide[both], before[both]
    share = now["sales"] / then["sales"] - 1
    place = int(share.to_numpy().argmin())
    month, new, old = now.index[place], now.iloc[place], then.iloc[place]
    ratios = {
        "active_customers": new["active_customers"] / old["active_customers"],
        "frequency": (new["orders"] / new["active_customers"]) / (old["orders"] / old["active_customers"]),
        "value": (new["sales"] / new["orders"]) / (old["sales"] / old["orders"]),
    }
    change, whole = new["sales"] - old["sales"], np.log(new["sales"] / old["sales"])
    # an unchanged total: the logarithmic mean's limit is the value itself
    weight = change / whole if abs(whole) > 1e-12 else new["sales"]
    return pd.DataFrame([{
        "month": month, "change": change, "share": share.iloc[place], "factor": name, "part": weight * np.log(ratio),
        "ratio": ratio,
    } for name, ratio in ratios.items()])


def tree_table(fall: pd.DataFrame | None, form: ReviewForm) -> pd.DataFrame:
    """The cause tree: the effect, its measured parts, then the fishbone's branches as questions still open."""
    if fall is None:
        return pd.DataFrame(columns=["level", "branch", "cause", "part", "state"])
    first = fall.iloc[0]
    rows = [{"level": 0, "branch": "effect", "cause": f"Sales of {first['month']:%Y-%m} against a year before",
             "part": float(first["change"]), "state": "measured"}]
    rows += [{"level": 1, "branch": FACTORS[str(row["factor"])][0], "cause": FACTORS[str(row["factor"])][1],
              "part": float(row["part"]), "state": "measured"} for row in fall.to_dict("records")]
    rows += [{"level": 2, "branch": branch, "cause": question, "part": np.nan, "state": "open"}
             for branch, question in form.branches.items()]
    frame = pd.DataFrame(rows)
    return frame.astype({"part": "Float64"})


def review_table(fall: pd.DataFrame | None, form: ReviewForm, alerts: pd.DataFrame) -> pd.DataFrame:
    """The filled form as field and text; no row without a year to compare with."""
    if fall is None:
        return pd.DataFrame(columns=["field", "text"])
    within = alerts["time"].dt.to_period("M") == pd.Period(fall["month"].iloc[0], "M")
    return fill(fall, form, int(within.sum())).table()


def fallen(fall: pd.DataFrame | None, column: str) -> float | None:
    """A number of the effect; None without a year to compare with."""
    return None if fall is None else float(fall[column].iloc[0])


def largest_part(fall: pd.DataFrame | None) -> str:
    """The factor that carries most of the fall."""
    return "none" if fall is None else FACTORS[str(_worst(fall)["factor"])][1]


def fill(fall: pd.DataFrame, form: ReviewForm, alarms: int) -> Review:
    """The form for that month, complete, with what the data can say and who asks on."""
    first = fall.iloc[0]
    told = f"{first['share']:+.1%}".replace("%", " %").replace("-", "\u2212")
    worst = _worst(fall)
    month = pd.Timestamp(first["month"])
    due = month + pd.offsets.MonthEnd(0) + pd.Timedelta(days=form.due_days)
    return check_review({
        "what": f"Sales against the same month a year before: {told}",
        "when": f"{month:%Y-%m}",
        "where": "All countries and products together; the chapter on early signs splits them",
        "who": "Customers of the shop; no team is named in the data",
        "why": f"Largest part: {FACTORS[str(worst['factor'])][1].lower()}; the branches are open questions",
        "how": f"Seen in the monthly figures; {alarms} alarms of the monitor fell into that month",
        "owner": form.owner_role, "measure": form.measure, "due": f"{due:%Y-%m-%d}",
    })


def _worst(fall: pd.DataFrame) -> dict[str, object]:
    return {str(name): value for name, value in fall.sort_values("part").iloc[0].items()}
