"""Service automation: contacts counted from orders, what they cost, and what software takes off."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from ecomplan.investment.cases.alone import Array, World, Worth, run, told, with_needs
from ecomplan.investment.engine.margins import Pert

BASE = "service"
CASES = {"service_triage": "Service triage", "smart_service": "Triage and smart service"}


def contact_cost(p: Any, world: World) -> dict[str, Array]:
    """Draws of contacts a year, cost per contact (money), cost a year and as a share of net sales.

    ASSUME: contacts follow orders, and answering is paid by the minute; no contact is recorded here. A later
    check is a count of mails and calls over two weeks.
    """
    rng = np.random.default_rng([p.seed, 1])
    per_order, minutes = (
        Pert(*(getattr(p, f"{name}_{end}") for end in ("low", "likely", "high"))).quantile(rng.random(p.draws))
        for name in ("contacts_per_order", "contact_minutes")
    )
    contacts = per_order * world.orders
    each = minutes / 60 * p.agent_cost_per_hour
    return {"contacts": contacts, "each": each, "year": contacts * each, "share": contacts * each / world.sales}


def cases(world: World, cost: dict[str, Array]) -> dict[str, Worth]:
    """Triage alone, then with the assistant on top, on the cost of contacts counted from orders."""
    return {id: run(world, with_needs(world.levers, [id]), {f"cost_base.{BASE}": cost["share"]}) for id in CASES}


def on_catalogue(world: World) -> Worth:
    """Both on the share of sales that the catalogue assumes for service."""
    return run(world, with_needs(world.levers, ["smart_service"]))


def table(world: World, p: Any, cost: dict[str, Array], found: dict[str, Worth], catalogue: Worth) -> pd.DataFrame:
    """One row a case: cost of service a year, net present value, chance of a gain, orders a year to break even."""
    base = next(lever.cost_base for lever in world.levers.items if lever.moves == BASE)
    rows = [
        (CASES[id], "contacts counted", told(cost["year"]).value, worth) for id, worth in found.items()
    ] + [(CASES["smart_service"], "share of sales in the catalogue", float(base or 0.0) * world.sales, catalogue)]
    return pd.DataFrame([
        {"case": case, "basis": basis, "year": year, "npv": worth.value.value, "low": worth.value.low,
         "high": worth.value.high, "chance": worth.chance,
         "orders": None if worth.volume_needed is None else worth.volume_needed * world.orders}
        for case, basis, year, worth in rows
    ])
