"""The worst years: what leads them, what to do in the first hour and on the first day, who."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ecomplan.risk.engine.entries import Register
from ecomplan.risk.losses.yearly import Detail


def scenario_table(register: Register, detail: Detail, state: int, all_years: int, most: int = 10) -> pd.DataFrame:
    """The `most` frequent ways in which a worst year comes about, one row for each risk that leads such years.

    `detail` holds the worst years of a state among `all_years`. A year belongs to the risk with the largest loss in
    it. share of the worst years; chance a year; loss: mean loss of such a year; own: mean loss by the leading risk;
    with_shock: share of these years in which a common shock struck that hits this risk; company: the risk with the
    second largest loss on average. Largest part of the worst years' loss first.
    """
    losses = detail.by_risk[:, :, state]
    total = losses.sum(axis=1)
    lead = losses.argmax(axis=1)
    hits = np.array([[shock.hits.get(risk.id, 1.0) > 1 for risk in register.risks] for shock in register.shocks])
    rows = []
    for i in np.unique(lead[total > 0]):
        mine = np.flatnonzero((lead == i) & (total > 0))
        risk = register.risks[int(i)]
        mean = losses[mine].mean(axis=0)
        others = mean.copy()
        others[i] = -1.0
        struck = detail.shocks[mine] & hits[:, i][None, :] if len(hits) else np.zeros((len(mine), 0), bool)
        often = struck.mean(axis=0) if struck.shape[1] else np.zeros(0)
        shock = register.shocks[int(often.argmax())].name if len(often) and often.max() > 0 else "none"
        company = int(others.argmax())
        rows.append({
            "risk": risk.id, "name": risk.name, "class": risk.risk_class, "years": len(mine),
            "share": len(mine) / len(total), "chance": len(mine) / all_years, "loss": float(total[mine].mean()),
            "own": float(mean[i]), "part": float(total[mine].sum() / total.sum()),
            "with_shock": float(struck.any(axis=1).mean()), "shock": shock,
            "company": register.risks[company].name if len(mean) > 1 else "none",
            "trigger": risk.trigger, "first_hour": risk.first_hour, "first_day": risk.first_day,
            "owner_role": risk.owner_role,
        })
    columns = ["risk", "name", "class", "years", "share", "chance", "loss", "own", "part", "with_shock", "shock",
               "company", "trigger", "first_hour", "first_day", "owner_role"]
    frame = pd.DataFrame(rows, columns=columns).sort_values(["part", "risk"], ascending=[False, True])
    frame = frame.head(most).reset_index(drop=True)
    frame.insert(0, "number", np.arange(1, len(frame) + 1))
    return frame
