"""Single numbers and readings of claims, ready for findings."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from ecomplan.claims import Claims
from ecomplan.estimate import Estimate, Reading
from ecomplan.risk.breach.controls import HIGH, LOW, Surface
from ecomplan.risk.breach.network import Floats, Network


def spread(values: Floats) -> Estimate:
    """Mean over the draws with the 80 % range."""
    low, high = np.quantile(values, [LOW, HIGH])
    mean = float(values.mean())
    return Estimate(mean, min(float(low), mean), max(float(high), mean))


def network_table(nodes: pd.DataFrame, given_leak: dict[str, Floats]) -> pd.DataFrame:
    """The nodes with their chance once a leak is known."""
    return nodes.assign(given_leak=[float(given_leak[name][-1]) for name in nodes["node"]])


def arcs_table(network: Network) -> pd.DataFrame:
    """Every arrow of the network."""
    return pd.DataFrame(network.arcs, columns=["parent", "child"])


def cell(table: pd.DataFrame, column: str, row: str, value: str, low: str, high: str) -> Estimate:
    """A number of a table with its range, from the row where `column` is `row`."""
    found = table.loc[table[column] == row].iloc[0]
    return Estimate(float(found[value]), float(found[low]), float(found[high]))


def paying(controls: pd.DataFrame) -> int:
    """Controls that alone save more than they cost."""
    return int((controls["net"] > 0).sum())


def first_of(table: pd.DataFrame, column: str) -> str:
    """The name that stands first."""
    return str(table[column].iloc[0])


def nearest(controls: pd.DataFrame) -> dict[str, Any]:
    """The control that is nearest to paying for itself."""
    return dict(controls.sort_values("pays_from").iloc[0])


def share_published(nodes: pd.DataFrame) -> float:
    """Share of the network's tables that a survey backs, definitions left out."""
    open_tables = nodes[nodes["grade"] != "definition"]
    return float((open_tables["grade"] == "published").mean())


def readings(claims: Claims, controls: pd.DataFrame, face: Surface, claimed: dict[str, str]) -> list[Reading]:
    """How the documents' claims on data security stand."""
    out = []
    for control, key in claimed.items():
        row = controls.loc[controls["control"] == control].iloc[0]
        told = -claims[key].share
        inside = row["none_low"] <= told <= row["none_high"]
        verdict = "holds" if inside else "holds in part" if row["none_low"] > 0 else "fails"
        seen = Estimate(-100 * row["none"], -100 * row["none_high"], -100 * row["none_low"])
        out.append(Reading(
            key, "tested",
            f"In the network {str(row['name']).lower()} lowers the chance of a leak against a shop without it; the "
            f"claim lies {'inside' if inside else 'outside'} the range. The network's tables are mostly judgement, and "
            f"a leak through a vendor is out of the control's reach.",
            verdict, seen, "simulated",
        ))
    everything = spread(face.mean(face.leak, dict.fromkeys(face.controls, 1)))
    out.append(Reading(
        "s1_data_loss_risk", "tested",
        "A ledger shows who changed data; it does not keep them from being copied. The network has no such node. With "
        "every control in place the chance of a leak stays far above the figure.",
        "not testable", everything.scaled(100), "simulated",
    ))
    for key, reason in _UNTESTED.items():
        out.append(Reading(key, "tested", reason, "not testable", None, "simulated"))
    out.append(Reading("s0_breach_loss_per_event", "prior",
                       "Mean cost of a leak, brought to this shop's size by the register's exponent"))
    out.append(Reading("s0_optimisation_failure_share", "prior",
                       "A claimed effect works with the remaining chance; shown beside the network's own effect"))
    return out


_UNTESTED = {
    "s1_gdpr_cost_change": "The cost of data law is not in the orders, and no computing under encryption runs here",
    "s1_crossborder_compliance_cost_change":
        "No homomorphic encryption runs here and no cost of data law is known; only noise on counts is shown",
    "s1_zkp_compliance": "No exchange of data with proofs is recorded here; the share told, all of it, is no effect",
}
