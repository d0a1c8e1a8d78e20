"""From sales without the plan to those with it: which quantity brings how much, and who gets the credit."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from ecomplan.claims import Claims
from ecomplan.investment.engine.finance import Array
from ecomplan.investment.engine.levers import QUANTITIES
from ecomplan.investment.engine.plan import Plan
from ecomplan.investment.returns.effects import Drawn, sales_split, sales_without
from ecomplan.investment.returns.tables import HIGH, LOW

#: what S3 calls user value: more from each customer, rather than more purchases a visit
USER_VALUE = ("order value", "frequency", "retention")


@dataclass(frozen=True)
class Bridge:
    """Sales of the last twelve months by draw: without levers (n,), extra sales by quantity (n, quantities), once as
    the plan has them and once without any overlap between levers."""

    base: Array
    extra: Array
    extra_apart: Array


def sales_bridge(plan: Plan, drawn: Drawn) -> Bridge:
    """Extra sales of the last twelve months, split by Shapley values over the levers and added up by quantity."""
    horizon = plan.settings.horizon_months
    last = np.arange(horizon) >= horizon - 12
    apart = replace(drawn, shared={**drawn.shared, "overlap": np.zeros_like(drawn.shared["overlap"])})
    return Bridge(
        base=sales_without(plan, drawn)[:, last].sum(axis=(1, 2)),
        extra=_by_quantity(plan, sales_split(plan, drawn, last).by_lever),
        extra_apart=_by_quantity(plan, sales_split(plan, apart, last).by_lever),
    )


def _by_quantity(plan: Plan, by_lever: Array) -> Array:
    moves = [lever.moves for lever in plan.levers.items]
    return np.stack([
        by_lever[:, [name == quantity for name in moves]].sum(axis=1) for quantity in QUANTITIES
    ], axis=1)


def bridge_table(bridge: Bridge) -> pd.DataFrame:
    """Steps of the bridge, mean sales: without the plan, each quantity's levers apart from the others on it, what
    their overlap takes off, with the plan.

    Columns: step, kind (total, step), sales (change; level of a total), share of sales without the plan, low and
    high of that share (80 %), start and end of the bar.
    """
    apart, kept = bridge.extra_apart, bridge.extra
    parts = [(name.capitalize(), apart[:, place]) for place, name in enumerate(QUANTITIES)]
    parts.append(("Overlap between levers", (kept - apart).sum(axis=1)))
    base = float(bridge.base.mean())
    rows = [{"step": "Without the plan", "kind": "total", "sales": base, "share": 1.0, "low": 1.0, "high": 1.0,
             "start": 0.0, "end": base}]
    at = base
    for name, values in parts:
        low, high = np.quantile(values / bridge.base, [LOW, HIGH])
        change = float(values.mean())
        rows.append({"step": name, "kind": "step", "sales": change, "share": change / base, "low": float(low),
                     "high": float(high), "start": at, "end": at + change})
        at += change
    whole = (bridge.base + kept.sum(axis=1)) / bridge.base
    low, high = np.quantile(whole, [LOW, HIGH])
    rows.append({"step": "With the plan", "kind": "total", "sales": at, "share": at / base, "low": float(low),
                 "high": float(high), "start": 0.0, "end": at})
    return pd.DataFrame(rows)


def stated_credit(claims: Claims) -> dict[str, float]:
    """S3's shares of growth credited to conversion, to user value and to both (3.3)."""
    return {
        "conversion": claims["s3_growth_share_conversion"].share,
        "user value": claims["s3_growth_share_user_value"].share, "both": claims["s3_growth_share_both"].share,
    }


def credit_table(bridge: Bridge, stated: dict[str, float]) -> pd.DataFrame:
    """Who gets the credit for extra sales (S3 3.3): conversion, user value, both, the rest, as shares.

    `share` is of the mean extra sales; low and high (80 %) are over the plans that sell more at all; `stated` are the
    documents' shares by name (conversion, user value, both).
    """
    extra = bridge.extra
    user_value = extra[:, [QUANTITIES.index(name) for name in USER_VALUE]].sum(axis=1)
    conversion = extra[:, QUANTITIES.index("conversion")]
    total = extra.sum(axis=1)
    some = total > 1e-9 * bridge.base
    rows = []
    for name, values in (
        ("conversion", conversion), ("user value", user_value), ("both", conversion + user_value),
        ("traffic", total - conversion - user_value),
    ):
        mean = float(total.mean())
        low, high = np.quantile(values[some] / total[some], [LOW, HIGH]) if some.any() else (np.nan, np.nan)
        rows.append({
            "credit": name.capitalize(), "stated": stated.get(name, np.nan),
            "share": float(values.mean()) / mean if mean > 0 else np.nan, "low": low, "high": high,
        })
    return pd.DataFrame(rows).replace({np.nan: None})
