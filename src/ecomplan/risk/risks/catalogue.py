"""The register as tables: risks, controls, shocks, and which entries have outlived their review."""

from __future__ import annotations

import datetime

import numpy as np
import pandas as pd

from ecomplan.errors import ParameterError
from ecomplan.risk.engine.draws import Z90, pert_mean
from ecomplan.risk.engine.entries import Register
from ecomplan.risk.engine.schema import CLASSES
from ecomplan.risk.engine.worlds import Worlds


def register_table(register: Register, worlds: Worlds) -> pd.DataFrame:
    """One row a risk, the whole entry: rate_* events a year (or the chance), loss_* money an event (10 and 90 %)."""
    rows = []
    centre = np.median(worlds.medians, axis=1)
    for i, risk in enumerate(register.risks):
        frequency, severity = risk.frequency, risk.severity
        assert frequency is not None and severity is not None
        if severity.kind == "pareto":
            low, high = (centre[i] * (0.5 / left) ** (1 / severity.alpha) for left in (0.9, 0.1))
        else:
            low, high = (centre[i] * np.exp(side * Z90 * severity.sigma) for side in (-1, 1))
        rows.append({
            "risk": risk.id, "name": risk.name, "class": risk.risk_class, "domain": risk.domain,
            "owner_role": risk.owner_role, "cause": risk.cause, "trigger": risk.trigger,
            "first_hour": risk.first_hour, "first_day": risk.first_day, "falls_on": risk.falls_on,
            "season": risk.season, "count_law": frequency.kind, "rate_low": frequency.low,
            "rate_likely": frequency.likely, "rate_high": frequency.high, "dispersion": frequency.dispersion,
            "rate_source": frequency.source, "in_forecast": risk.in_forecast, "loss_law": severity.kind,
            "loss_low": float(low), "loss_high": float(high), "loss_source": severity.source,
            "scale": register.scales[severity.scale].what if severity.scale else "the platform's own sales",
            "controls": ", ".join(register.controls[key].name for key in risk.controls),
            "claims": ", ".join(risk.claims), "documents": risk.documents, "evidence": risk.evidence,
            "grade": risk.grade, "reviewed": pd.Timestamp(risk.reviewed), "review_months": risk.review_months,
        })
    return pd.DataFrame(rows)


def review_table(register: Register, checked_on: str) -> pd.DataFrame:
    """One row a risk: reviewed, due, days_late (0: in time), stale; latest first.

    Raises ParameterError for a day that does not exist and a review after the day of the check.
    """
    try:
        check = datetime.date.fromisoformat(checked_on)
    except ValueError:
        raise ParameterError(f"risks.checked_on = {checked_on!r} is no day of the calendar; unit: ISO date") from None
    rows = []
    for risk in register.risks:
        if risk.reviewed > check:
            raise ParameterError(
                f"claims/risks.yaml: risk {risk.id}: reviewed = {risk.reviewed} lies after the check of {check} "
                f"(risks.checked_on)"
            )
        due = pd.Timestamp(risk.reviewed) + pd.DateOffset(months=risk.review_months)
        late = max((pd.Timestamp(check) - due).days, 0)
        rows.append({"risk": risk.id, "name": risk.name, "class": risk.risk_class, "owner_role": risk.owner_role,
                     "reviewed": pd.Timestamp(risk.reviewed), "review_months": risk.review_months, "due": due,
                     "days_late": late, "stale": late > 0})
    return pd.DataFrame(rows).sort_values(["days_late", "risk"], ascending=[False, True], ignore_index=True)


def control_table(register: Register, worlds: Worlds, years: float, cny: float) -> pd.DataFrame:
    """One row a control: told and believed reduction (share, mean over its risks), cost a year, loss taken away.

    `removed` is what the control alone takes from the expected yearly loss before controls, in money, as believed;
    `removed_claimed` as claimed. Controls overlap, so these do not add up.
    """
    expected = worlds.rates * worlds.mean_sizes()
    rows = []
    for name, control in register.controls.items():
        at = np.flatnonzero(worlds.pair_control == name)
        taken = {state: [1 - worlds.pair_left[state][k] for k in at] for state in ("after", "claimed")}
        gone = {state: sum(float((expected[worlds.pair_risk[k]] * part).mean())
                           for k, part in zip(at, taken[state], strict=True)) for state in taken}
        cost = control.yearly_cost(years, cny)
        rows.append({
            "control": name, "name": control.name, "owner_role": control.owner_role,
            "acts_on": "events" if control.acts_on == "frequency" else "loss",
            "basis": {"claim": "document", "own": "judgement", "model": "model"}[control.basis], "grade": control.grade,
            "risks": len(at), "told": float(np.mean(taken["claimed"])) if len(at) else 0.0,
            "believed": float(np.mean(taken["after"])) if len(at) else 0.0, "cost": pert_mean(*cost),
            "cost_low": cost[0], "cost_high": cost[2],
            "removed": gone["after"], "removed_claimed": gone["claimed"], "net": gone["after"] - pert_mean(*cost),
            "in_plan": control.in_plan, "claim": control.claim or "", "reason": control.reason,
        })
    return pd.DataFrame(rows).sort_values(["net", "control"], ascending=[False, True], ignore_index=True)


def mitigation_table(register: Register, worlds: Worlds) -> pd.DataFrame:
    """One row a control and risk that it stands on: told and believed reduction (share) of events or of each loss,
    and what it alone takes from the risk's expected yearly loss (money), as believed and as claimed."""
    expected = worlds.rates * worlds.mean_sizes()
    rows = []
    for k, (i, name) in enumerate(zip(worlds.pair_risk, worlds.pair_control, strict=True)):
        risk, control = register.risks[i], register.controls[str(name)]
        left = worlds.pair_left
        rows.append({
            "control": control.id, "control_name": control.name, "risk": risk.id, "risk_name": risk.name,
            "class": risk.risk_class, "acts_on": "loss" if worlds.pair_severity[k] else "events",
            "told": float(1 - left["claimed"][k].mean()), "believed": float(1 - left["after"][k].mean()),
            "expected_before": float(expected[i].mean()),
            "removed": float((expected[i] * (1 - left["after"][k])).mean()),
            "removed_claimed": float((expected[i] * (1 - left["claimed"][k])).mean()), "in_plan": control.in_plan,
        })
    columns = ["control", "control_name", "risk", "risk_name", "class", "acts_on", "told", "believed",
               "expected_before", "removed", "removed_claimed", "in_plan"]
    return pd.DataFrame(rows, columns=columns).sort_values(
        ["removed", "control", "risk"], ascending=[False, True, True], ignore_index=True)


def shock_table(register: Register) -> pd.DataFrame:
    """One row a shock: chance a year and how many risks it makes likelier, with the largest multiplier."""
    return pd.DataFrame(
        [{"shock": shock.name, "chance_low": shock.chance[0], "chance": shock.chance[1], "chance_high": shock.chance[2],
          "risks": len(shock.hits), "largest": max(shock.hits.values()), "source": shock.source}
         for shock in register.shocks],
        columns=["shock", "chance_low", "chance", "chance_high", "risks", "largest", "source"],
    )


def class_table(matrix: pd.DataFrame) -> pd.DataFrame:
    """Risks and expected yearly loss (money) by class, classes without a risk left out."""
    frame = matrix.groupby("class").agg(
        risks=("risk", "size"), expected_before=("expected_before", "sum"), expected_after=("expected_after", "sum"),
        expected_claimed=("expected_claimed", "sum"),
    ).reindex([name for name in CLASSES if name in set(matrix["class"])]).reset_index()
    total = frame["expected_before"].sum()
    frame["share"] = frame["expected_before"] / total if total > 0 else 0.0
    return frame
