"""One scale of three colours for alarms and for risks, each with its first step (conflict c34)."""

from __future__ import annotations

import pandas as pd

from ecomplan.errors import DataError
from ecomplan.risk.engine.register import Register
from ecomplan.risk.response.schema import Playbook

COLOURS = ("red", "yellow", "blue")
ALERTS = ("time", "rule", "level")


def checked_alerts(alerts: pd.DataFrame) -> pd.DataFrame:
    """Table `alerts` of stage monitoring, by time. Raises DataError for a missing column or an unknown level."""
    missing = [name for name in ALERTS if name not in alerts]
    if missing:
        has = ", ".join(alerts.columns)
        raise DataError(f"table alerts of stage monitoring lacks column {missing[0]}; it has {has}")
    odd = alerts.loc[~alerts["level"].isin(COLOURS)]
    if len(odd):
        level = odd["level"].iloc[0]
        raise DataError(f"table alerts, row {odd.index[0]}: level {level!r}; expected red, yellow or blue")
    return alerts.assign(time=pd.to_datetime(alerts["time"])).sort_values(["time", "rule"], ignore_index=True)


def risk_colours(register: Register, book: Playbook, yellow_events: float) -> pd.DataFrame:
    """Every risk with its colour: red stops sales, yellow is likely to come within the year, blue is latent."""
    rows = []
    for risk in register.risks:
        if risk.frequency is None:
            raise DataError(f"risk {risk.id} has no frequency; tables links of stages breach and supply must give it")
        low, likely, high = risk.frequency.pert
        events = (low + 4 * likely + high) / 6
        colour = "red" if risk.id in book.stops_sales else "yellow" if events >= yellow_events else "blue"
        rows.append({"risk": risk.id, "name": risk.name, "events": events, "colour": colour,
                     "step": book.colours[colour].step})  # type: ignore[index]
    frame = pd.DataFrame(rows)
    order = frame["colour"].map(COLOURS.index)
    return frame.assign(order=order).sort_values(["order", "events"], ascending=[True, False], ignore_index=True).drop(
        columns="order")


def colours_table(book: Playbook, risks: pd.DataFrame, alerts: pd.DataFrame) -> pd.DataFrame:
    """By colour: meaning, first step, owner, time allowed, risks and alarms of that colour."""
    return pd.DataFrame([{
        "colour": colour, "meaning": item.meaning, "step": item.step, "owner_role": item.owner_role,
        "limit_minutes": item.limit_minutes, "risks": int((risks["colour"] == colour).sum()),
        "alarms": int((alerts["level"] == colour).sum()),
    } for colour in COLOURS for item in [book.colours[colour]]])  # type: ignore[index]


def alarms_a_month(alerts: pd.DataFrame, colour: str) -> float | None:
    """Alarms of a colour a month, over the months between the first and the last alarm; None without alarms."""
    if alerts.empty:
        return None
    months = alerts["time"].dt.to_period("M")
    span = (months.iloc[-1] - months.iloc[0]).n + 1
    return float((alerts["level"] == colour).sum() / span)
