"""Too much of a good thing: what a measure costs in sales as its dose rises, against what it protects."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ecomplan.claims import Claims
from ecomplan.estimate import Estimate
from ecomplan.risk.engine.entries import Register
from ecomplan.risk.engine.exposure import MONTHS, Floats
from ecomplan.risk.engine.worlds import Worlds

DOSES = 1.44 * np.linspace(0, 1, 121) ** 2  # 1: the dose of which the documents tell the harm; finer near 0


@dataclass(frozen=True)
class Measure:
    """A measure with the claim of its harm (a share of users or traffic), the claim of what it takes from the risks
    it protects against, and how its dose is to be read. `of_base`: the harm is relative to a base rate."""

    id: str
    name: str
    dose: str
    harm: str
    protection: str
    protects: tuple[str, ...]
    of_base: bool = False


MEASURES = (
    Measure("security", "Security checks", "checks at the checkout", "s0_over_security_traffic_change",
            "s1_leak_event_change",
            ("data_breach", "vendor_breach", "insider_leak", "extortion", "ddos", "card_fraud", "stale_risk_model")),
    Measure("technology", "Forced technology", "share of users moved at once", "s0_forced_tech_churn",
            "s0_failure_rate_change", ("outage", "payment_failure", "model_failure", "data_loss", "tech_lockout")),
    Measure("updates", "Pushed updates", "updates a month", "s0_over_push_uninstall_rise",
            "s0_dynamic_risk_model_issue_change",
            ("extortion", "card_fraud", "stale_risk_model", "model_failure", "promotion_rule"), of_base=True),
)


@dataclass(frozen=True)
class SideEffects:
    """`curves`: measure, dose, reading (told, believed), harm, protected and net in money a year with net_low and
    net_high (80 % over readings). `best`: one row a measure and reading with its best dose and what it is worth."""

    curves: pd.DataFrame
    best: pd.DataFrame


def side_effects(
    register: Register, worlds: Worlds, claims: Claims, *, convexity: float, months: float,
    uninstall_share_per_month: float,
) -> SideEffects:
    """Harm and protection of each measure by dose.

    Harm: claim x dose^`convexity` of the margin of `months` (until it is found and undone); protection: expected
    loss of the risks concerned x (1 - (1 - reduction)^dose), each dose taking the same part of what is left.
    Believed: harm keeps the effect share of its claim; the reduction keeps it too, and only with the chance that a
    measure works. A relative harm counts on `uninstall_share_per_month` of users.
    """
    curves, best = [], []
    expected = worlds.rates * worlds.mean_sizes()
    place = {risk.id: i for i, risk in enumerate(register.risks)}
    margin = worlds.sales * worlds.margin * months / MONTHS
    for measure in MEASURES:
        told = abs(claims[measure.harm].share) * (uninstall_share_per_month * months if measure.of_base else 1.0)
        cut = abs(claims[measure.protection].share)
        at_stake = expected[[place[name] for name in measure.protects if name in place]].sum(axis=0)
        for reading in ("told", "believed"):
            keeps = 1.0 if reading == "told" else register.effect_share
            works = 1.0 if reading == "told" else register.works
            harm = keeps * told * DOSES[:, None] ** convexity * margin
            saved = works * (1 - (1 - keeps * cut) ** DOSES[:, None]) * at_stake
            net = saved - harm
            low, high = np.quantile(net, [0.1, 0.9], axis=1)
            curves.append(pd.DataFrame({
                "measure": measure.name, "reading": reading, "dose": DOSES, "harm": harm.mean(axis=1),
                "protected": saved.mean(axis=1), "net": net.mean(axis=1), "net_low": low, "net_high": high,
            }))
            best.append({"id": measure.id, "measure": measure.name, "dose_means": measure.dose, "reading": reading,
                         **_best(net), "harm_full": float(harm[_at(1.0)].mean()),
                         "protected_full": float(saved[_at(1.0)].mean()), "net_full": float(net[_at(1.0)].mean())})
    return SideEffects(pd.concat(curves, ignore_index=True), pd.DataFrame(best))


def _at(dose: float) -> int:
    return int(np.argmin(np.abs(DOSES - dose)))


def _best(net: Floats) -> dict[str, float]:
    """Dose with the largest expected net worth; its range is that of the best doses of the single readings."""
    mean = net.mean(axis=1)
    at = int(mean.argmax())
    low, high = np.quantile(DOSES[net.argmax(axis=0)], [0.1, 0.9])
    return {"dose": float(DOSES[at]), "dose_low": min(float(low), float(DOSES[at])),
            "dose_high": max(float(high), float(DOSES[at])), "worth": float(mean[at])}


def best_dose(found: SideEffects, measure: str, reading: str = "believed") -> Estimate:
    """Best dose of a measure with its range, as a part of the dose of which the documents tell."""
    rows = found.best[(found.best["id"] == measure) & (found.best["reading"] == reading)]
    row = rows.iloc[0]
    return Estimate(float(row["dose"]), float(row["dose_low"]), float(row["dose_high"]))
