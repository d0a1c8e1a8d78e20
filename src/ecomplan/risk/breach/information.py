"""Questions to the network: what if, what to find out first, which table matters most, does it fit the surveys."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyagrum

from ecomplan.risk.breach import exact
from ecomplan.risk.breach.controls import HIGH, LOW, Prices, Surface, options_of, over_sets, set_costs
from ecomplan.risk.breach.drawn import Drawn, joint, posterior
from ecomplan.risk.breach.loss import Costs
from ecomplan.risk.breach.network import Floats
from ecomplan.risk.breach.schema import Breach

ROUNDING = 1e-9


def nodes_table(breach: Breach, drawn: Drawn, exact_chances: dict[str, Floats]) -> pd.DataFrame:
    """Every node: chance of its last state in the tables as written (exact) and its 80 % range over the draws."""
    rows = []
    for node in breach.network:
        chance = posterior(drawn, node.id)[:, -1]
        rows.append({
            "node": node.id, "name": node.name, "role": node.role, "state": node.states[-1],
            "chance": exact_chances[node.id][-1], "low": np.quantile(chance, LOW), "high": np.quantile(chance, HIGH),
            "sure": node.sure, "grade": node.grade,
            "source": "; ".join(breach.sources[key] for key in node.sources),
        })
    return pd.DataFrame(rows)


def what_if_table(breach: Breach, drawn: Drawn, costs: Costs, net: pyagrum.BayesNet) -> pd.DataFrame:
    """Chance of a leak and expected loss of the year under each question, with 80 % range over the draws."""
    rows = []
    for question in breach.what_if:
        given = breach.network.evidence(question.evidence)
        sums = joint(drawn, ["leak"], given)
        chance = sums[:, 1] / sums.sum(axis=1)
        loss = joint(drawn, [], given, [costs.factor()]) / sums.sum(axis=1)
        rows.append({
            "question": question.name, "leak": chance.mean(), "low": np.quantile(chance, LOW),
            "high": np.quantile(chance, HIGH), "as_written": exact.marginals(net, given)["leak"][1],
            "loss": loss.mean(), "loss_low": np.quantile(loss, LOW), "loss_high": np.quantile(loss, HIGH),
        })
    return pd.DataFrame(rows)


def information_table(breach: Breach, face: Surface, net: pyagrum.BayesNet, costs: Prices) -> pd.DataFrame:
    """What learning a node is worth before the year: expected fall of the leak's entropy (bits; share of it), and for
    roots, which can be found out beforehand, the money saved by choosing controls with that knowledge."""
    bits = exact.information(net, "leak")
    whole = exact.entropy(exact.marginals(net)["leak"])
    money = value_of_knowing(face, costs)
    outcomes = {node.id for node in breach.network if node.role == "outcome"}
    rows = [{
        "node": node.id, "name": node.name, "role": node.role, "bits": bits[node.id], "share": bits[node.id] / whole,
        "money": money.get(node.id, np.nan), "beforehand": node.id in money,
    } for node in breach.network if node.id not in outcomes]
    return pd.DataFrame(rows).sort_values(["bits", "node"], ascending=[False, True], ignore_index=True)


def value_of_knowing(face: Surface, costs: Prices) -> dict[str, float]:
    """Expected money saved by learning each root before the set of controls is chosen (expected value of perfect
    information; Howard, 1966). A control that proves to be in place need not be bought."""
    options, cost = options_of(face), set_costs(face, costs)
    loss = face.total.mean(axis=0)
    best = float((over_sets(loss, options) + cost).min())
    out = {}
    for place, name in enumerate((*face.controls, *face.others)):
        chance = float(face.prior[:, place].mean())
        known = 0.0
        for state, weight in enumerate((1 - chance, chance)):
            fixed = [option.copy() for option in options]
            fixed[place][0] = np.eye(2)[state]
            known += weight * float((over_sets(loss, fixed) + cost).min())
        out[name] = best - known if best - known > ROUNDING * best else 0.0
    return out


def sensitivity_table(breach: Breach, drawn: Drawn, chance: Floats) -> pd.DataFrame:
    """How much of the uncertainty of the leak chance each node's table carries.

    Share of the variance of log odds that a table's rows explain alone (R squared, adjusted for its rows); tables are
    drawn independently, so that the shares of a smooth model add up to about one.
    """
    odds = np.log(chance / (1 - chance))
    rows = []
    for node in breach.network:
        inputs = drawn.rows[node.id]
        if inputs.shape[1] == 0:
            continue
        matrix = np.column_stack([np.ones(len(odds)), inputs])
        left = odds - matrix @ np.linalg.lstsq(matrix, odds, rcond=None)[0]
        fit = 1 - left.var() / odds.var()
        count, free = len(odds), inputs.shape[1]
        share = 1 - (1 - fit) * (count - 1) / (count - free - 1)
        rows.append({"node": node.id, "name": node.name, "rows": free, "share": max(float(share), 0.0),
                     "grade": node.grade, "sure": node.sure})
    return pd.DataFrame(rows).sort_values(["share", "node"], ascending=[False, True], ignore_index=True)


def checks_table(breach: Breach, drawn: Drawn) -> pd.DataFrame:
    """Published shares of leaks in which a node stands, beside the network's share given a leak (80 % range)."""
    rows = []
    for check in breach.checks:
        share = posterior(drawn, check.of, {"leak": 1})[:, 1]
        low, high = np.quantile(share, [LOW, HIGH])
        rows.append({
            "check": check.name, "published": check.share, "network": share.mean(), "low": low, "high": high,
            "inside": bool(low <= check.share <= high),
            "source": "; ".join(breach.sources[key] for key in check.sources),
        })
    return pd.DataFrame(rows)
