"""The library of emergency plans: which risks it covers, which plans are due for review."""

from __future__ import annotations

import datetime

import pandas as pd

from ecomplan.claims import Claims
from ecomplan.errors import ParameterError
from ecomplan.risk.engine.register import Register
from ecomplan.risk.response.schema import PHASES, Playbook

YEARS = {"year": 12, "quarter": 3, "month": 1}


def interval_months(claims: Claims, key: str) -> int:
    """An interval claim in months. Raises ParameterError for another unit."""
    claim = claims[key]
    if claim.value is None or claim.unit not in YEARS:
        raise ParameterError(f"claim {key} is no interval in years, quarters or months: unit {claim.unit}")
    return round(claim.value * YEARS[claim.unit])


def plans_table(book: Playbook, as_of: datetime.date, review_months: int) -> pd.DataFrame:
    """Every plan with its class, owner, risks, phases filled, review date and whether that is too long ago."""
    rows = []
    for plan in book.plans:
        due = pd.Timestamp(plan.reviewed) + pd.DateOffset(months=review_months)
        rows.append({
            "plan": plan.name, "class": plan.plan_class, "owner_role": plan.owner_role, "risks": len(plan.risks),
            "phases": sum(bool(getattr(plan, phase)) for phase in PHASES), "reviewed": plan.reviewed.isoformat(),
            "due": due.date().isoformat(), "stale": bool(due.date() < as_of), **{
                phase: getattr(plan, phase) for phase in PHASES},
        })
    return pd.DataFrame(rows)


def coverage_table(book: Playbook, register: Register, colours: pd.DataFrame) -> pd.DataFrame:
    """Every risk with the plans for it (none: ""), its class and colour; risks without a plan first."""
    by_risk: dict[str, list[str]] = {}
    for plan in book.plans:
        for risk in plan.risks:
            by_risk.setdefault(risk, []).append(plan.name)
    colour = dict(zip(colours["risk"], colours["colour"], strict=True))
    events = dict(zip(colours["risk"], colours["events"], strict=True))
    frame = pd.DataFrame([{
        "risk": risk.id, "name": risk.name, "class": risk.risk_class, "colour": colour[risk.id],
        "events": events[risk.id], "plans": ", ".join(by_risk.get(risk.id, [])), "covered": risk.id in by_risk,
    } for risk in register.risks])
    return frame.sort_values(["covered", "events"], ascending=[True, False], ignore_index=True)
