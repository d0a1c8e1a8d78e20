"""All simulated risks together: what the register reads, and what the ways out are worth."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ecomplan.risk.supply.events import Risk
from ecomplan.risk.supply.figures import Readings
from ecomplan.risk.supply.goods import Goods, by_reading, saved_margin, yearly_cost
from ecomplan.risk.supply.year import WEEKS

Array = NDArray[np.float64]
CONTROLS = {
    "second_source": "Second source", "safety_stock": "Safety stock", "second_carrier": "Second carrier",
    "payment_backup": "Payment backup", "failover": "Standby centre", "traffic_routes": "More routes",
    "model_redundancy": "Three models", "ddos_cleaning": "Attack cleaning",
}
RISKS = {
    "supplier_shortage": "Supplier stands still", "logistics_strike": "Strike of the carrier",
    "last_mile": "Spell of bad delivery", "payment_failure": "Payment provider down", "outage": "Shop down",
    "ddos": "Attack on the shop", "model_failure": "Ranking model fails",
    "algorithm_shift": "Platform changes its rules",
}
CALM = {"base": "calm", "second_source": "second_calm", "safety_stock": "stock_calm"}


def outage_loss(goods: Goods, name: str) -> Array:
    """Sales a year that a policy loses through outages alone: with them less without [draws, suppliers]."""
    return goods.by_supplier(name) - goods.by_supplier(CALM[name])


def shortage_risk(goods: Goods, readings: Readings) -> Risk:
    """Outages of suppliers. An event is an outage that begins in the year; several of one supplier share its loss."""
    count = readings.count
    suppliers = goods.begun.shape[1]
    margin = readings["margin"][goods.reading][:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        each = np.where(goods.begun > 0, np.maximum(outage_loss(goods, "base"), 0.0) * margin / goods.begun, np.nan)
    rate = readings["supplier_outages"]
    yearly = suppliers * rate / (1 + rate * readings["supplier_outage_weeks"] / WEEKS)
    before = by_reading(outage_loss(goods, "base").sum(axis=1), count)
    kept = {
        name: ("severity", np.clip(
            by_reading(outage_loss(goods, name).sum(axis=1), count) / np.maximum(before, 1e-9), 0.0, 1.0
        )) for name in ("second_source", "safety_stock")
    }
    loss = each.reshape(count, -1)
    # a reading without any outage in its simulated years takes the events of all readings
    empty = ~np.isfinite(loss).any(axis=1)
    if empty.any() and not empty.all():
        loss[empty, 0] = np.nanmean(loss)
    return Risk("supplier_shortage", yearly, loss, "simulated outages of suppliers on forecast demand", kept)


def control_costs(goods: Goods, readings: Readings) -> dict[str, Array]:
    """Yearly cost of every control [readings], in the platform's money."""
    return {
        name: yearly_cost(goods, name, readings) if name in CALM else readings[f"price_{name}"] for name in CONTROLS
    }


def control_table(risks: list[Risk], goods: Goods, readings: Readings, costs: dict[str, Array]) -> pd.DataFrame:
    """Margin kept, cost and value of each control a year, best first; 80 % ranges over readings.

    Sources and stock keep what the whole chain simulation says, ordinary shortages included.
    """
    rows = []
    for control, cost in costs.items():
        avoided = sum((risk.yearly * (1 - risk.kept[control][1]) for risk in risks if control in risk.kept),
                      np.zeros_like(cost))
        if control in CALM:
            avoided = saved_margin(goods, control, readings)
        net = avoided - cost
        rows.append({
            "control": control, "name": CONTROLS[control], "avoided": float(avoided.mean()),
            "avoided_low": float(np.quantile(avoided, 0.1)), "avoided_high": float(np.quantile(avoided, 0.9)),
            "cost": float(cost.mean()), "cost_low": float(np.quantile(cost, 0.1)),
            "cost_high": float(np.quantile(cost, 0.9)), "value": float(net.mean()),
            "value_low": float(np.quantile(net, 0.1)), "value_high": float(np.quantile(net, 0.9)),
            "chance": float((net > 0).mean()),
        })
    return pd.DataFrame(rows).sort_values("value", ascending=False, ignore_index=True)
