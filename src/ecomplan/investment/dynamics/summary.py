"""What the calibration, its test and the state of rest hand on to findings and tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ecomplan.investment.dynamics.calibrate import Calibration, Check
from ecomplan.investment.dynamics.equilibrium import eigenvalues, root, settling_months, stocks_at_rest
from ecomplan.investment.dynamics.network import Floats
from ecomplan.investment.dynamics.prior import Drawn
from ecomplan.investment.dynamics.referral import CUSTOMERS, network

CONSERVED = 1e-9


def of(values: Floats) -> dict[str, float]:
    """value (by the counts), low and high (80 % of the draws) for `Stage.finding`."""
    low, high = np.quantile(values[1:], [0.1, 0.9])
    value = float(values[0])
    return {"value": value, "low": min(float(low), value), "high": max(float(high), value)}


def monthly(rates: Floats) -> dict[str, float]:
    """A rate as the share that moves within a month."""
    return of(-np.expm1(-rates))


def year_mean(counted: pd.DataFrame) -> float:
    """New and active customers at the ends of the last twelve months, on average."""
    return float((counted["new"] + counted["active"]).tail(12).mean())


def lost(found: Calibration) -> dict[str, float]:
    return of(found.lost / max(found.start.dormant, 1.0))


def rates(found: Calibration) -> pd.DataFrame:
    """rate, unit, value, low, high."""
    rows = (
        ("new customers", "a month", of(found.entry)), ("go on ordering", "share of new", of(found.second_order)),
        ("fall asleep", "share of active a month", monthly(found.lapse)),
        ("wake", "share of sleepers a month", monthly(found.revival)),
        ("are lost", "share of sleepers a month", monthly(found.loss)),
    )
    return pd.DataFrame([{"rate": name, "unit": unit, **values} for name, unit, values in rows])


def check_table(check: Check | None) -> pd.DataFrame:
    columns = ["month", "counted", "predicted", "low", "high", "last_value"]
    return pd.DataFrame(columns=columns) if check is None else check.table


def check_error(check: Check | None, which: str) -> dict[str, Any]:
    value = None if check is None else getattr(check, which)
    if value is None:
        return {"value": None, "unknown": "the record is too short to hold these months out"}
    return {"value": float(value)}


def gate(imbalance: float) -> str:
    return "PASS" if imbalance <= CONSERVED else "FAIL"


def brought(p: Any) -> list[float]:
    """Customers brought by a newcomer in the table of doubling: the assumed mode and highest, then beyond one."""
    return sorted({p.k_likely, p.k_high, 0.9, 1.1, 1.5, 2.0, 3.0})


def cycles(p: Any) -> list[float]:
    return [p.cycle_months_low, p.cycle_months_likely, p.cycle_months_high]


@dataclass(frozen=True)
class Resting:
    customers: Floats  # [n]
    gap: float
    settling: float
    stable: str


def resting(drawn: Drawn) -> Resting:
    """Rest of all runs; search and eigenvalues at the run of medians."""
    system, one = network(), drawn.middle().rates
    at = stocks_at_rest(one, system)[0]
    values = eigenvalues(one, at, system)
    customers = stocks_at_rest(drawn.rates, system)[:, [system.stock(name) for name in CUSTOMERS]].sum(axis=1)
    gap = float(np.abs(root(one, system) - at).max() / at.sum())
    return Resting(customers, gap, settling_months(values), "PASS" if values.real.max() < 1e-9 else "FAIL")


def elasticity(moved: pd.DataFrame, knob: str) -> dict[str, float]:
    row = moved[moved["knob"] == knob].iloc[0]
    return {name: float(row[name]) for name in ("value", "low", "high")}
