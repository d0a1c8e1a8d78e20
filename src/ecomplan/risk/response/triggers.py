"""Three triggers of change (data, users' voice, surroundings) turned into change requests with owner and limit."""

from __future__ import annotations

import pandas as pd

from ecomplan.claims import Claims
from ecomplan.errors import ParameterError
from ecomplan.risk.response.schema import Playbook

UNITS = ("week", "month")
DATA_OWNER = "Head of operations"


def step_of(claims: Claims, key: str) -> pd.DateOffset:
    """An interval claim as an offset of dates. Raises ParameterError for another unit."""
    claim = claims[key]
    if claim.value is None or claim.unit not in UNITS:
        raise ParameterError(f"claim {key} is no interval in weeks or months: unit {claim.unit}")
    count = round(claim.value)
    return pd.DateOffset(weeks=count) if claim.unit == "week" else pd.DateOffset(months=count)


def watch_table(book: Playbook, as_of: pd.Timestamp, days: int) -> pd.DataFrame:
    """Trigger log of the surroundings: every event with its distance from `as_of` and whether it triggers a change
    (within `days` before or after)."""
    rows = [{
        "date": event.date.isoformat(), "kind": event.kind, "what": event.what, "source": event.source,
        "sure": event.sure, "days": (pd.Timestamp(event.date) - as_of).days,
        "state": "ahead" if pd.Timestamp(event.date) > as_of else "in force",
        "triggers": abs((pd.Timestamp(event.date) - as_of).days) <= days, "owner_role": event.owner_role,
        "risks": ", ".join(event.risks),
    } for event in book.events]
    return pd.DataFrame(rows, columns=["date", "kind", "what", "source", "sure", "days", "state", "triggers",
                                       "owner_role", "risks"]).sort_values("date", ignore_index=True)


def requests_table(watch: pd.DataFrame, recurrence: pd.DataFrame, stale_plans: pd.DataFrame, as_of: pd.Timestamp,
                   small: pd.DateOffset, large: pd.DateOffset) -> pd.DataFrame:
    """Change requests: trigger, what, owner, opened, limit.

    Data: rules on the blacklist and plans past their review, limit a small step. Surroundings: events that trigger,
    limit a large step, or their own day where that is later. Users' voice: none, because no feedback is recorded.
    """
    soon, later = (as_of + small).date(), (as_of + large).date()
    opened = as_of.date().isoformat()
    rows = [{"trigger": "data", "what": f"Rule {row['rule']} alarms again and again", "owner_role": DATA_OWNER,
             "opened": opened, "limit": soon.isoformat(), "sure": True}
            for row in recurrence[recurrence["blacklisted"].astype(bool)].to_dict("records")]
    rows += [{"trigger": "data", "what": f"Plan past its review: {row['plan'].lower()}",
              "owner_role": row["owner_role"], "opened": opened, "limit": soon.isoformat(), "sure": True}
             for row in stale_plans[stale_plans["stale"]].to_dict("records")]
    rows += [{"trigger": "surroundings", "what": row["what"], "owner_role": row["owner_role"], "opened": opened,
              "limit": max(later, pd.Timestamp(row["date"]).date()).isoformat(), "sure": row["sure"]}
             for row in watch[watch["triggers"]].to_dict("records")]
    return pd.DataFrame(rows, columns=["trigger", "what", "owner_role", "opened", "limit", "sure"]).sort_values(
        ["limit", "trigger", "what"], ignore_index=True)
