"""Two scenarios side by side: what differs going in, and what follows, draw by draw on the same random numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy.special import ndtri

from ecomplan.investment.engine.many import Scenario
from ecomplan.investment.engine.plan import Plan, cost_table
from ecomplan.investment.engine.variables import LEVER_KINDS
from ecomplan.investment.scenarios.attainment import Sandbox

#: measure -> words; those that can be infinite are compared by their chance instead
MONEY = {"npv": "Net present value", "benefit": "Discounted benefit", "cost": "Discounted cost"}
FOLLOWS = MONEY | {
    "roi_net": "Net ROI", "growth_12": "Growth of sales after a year", "growth_horizon": "Growth of sales at the "
    "horizon",
}
SAME = "as expected"


def differences(plan: Plan, a: Scenario, b: Scenario) -> pd.DataFrame:
    """What the two change: input, in a, in b. Variables of many levers changed alike are one row."""
    words_a, words_b = _inputs(a), _inputs(b)
    rows = [
        (name, words_a.get(name, SAME), words_b.get(name, SAME)) for name in dict.fromkeys([*words_a, *words_b])
        if words_a.get(name) != words_b.get(name)
    ]
    together = Counter((_family(name), left, right) for name, left, right in rows)
    seen: dict[tuple[str, str, str], str] = {}
    for name, left, right in rows:
        seen.setdefault((_family(name), left, right), name)
    out = [
        {"input": name if together[key] == 1 else f"{key[0]} of {together[key]} measures", "in_a": key[1],
         "in_b": key[2]} for key, name in seen.items()
    ]
    one, other = _funding(plan, a), _funding(plan, b)
    out += [{"input": what, "in_a": one[what], "in_b": other[what]} for what in one if one[what] != other[what]]
    return pd.DataFrame(out, columns=["input", "in_a", "in_b"])


def compare(sandbox: Sandbox, a: str, b: str, payback_target_months: float) -> pd.DataFrame:
    """What follows: measure, unit (money or share), mean_a, mean_b, difference (b less a), its 80 % interval from
    paired draws, and the draws in which b is higher. Raises ParameterError for an unknown scenario."""
    first, second = sandbox.worlds.index(a), sandbox.worlds.index(b)
    pairs = {
        words: (sandbox.column(name)[first].astype(np.float64), sandbox.column(name)[second].astype(np.float64))
        for name, words in FOLLOWS.items()
    }
    npv, payback = sandbox.column("npv"), sandbox.column("payback_months")
    pairs["Chance that it gains"] = ((npv[first] > 0) * 1.0, (npv[second] > 0) * 1.0)
    pairs["Chance of payback in the time promised"] = (
        (payback[first] <= payback_target_months) * 1.0, (payback[second] <= payback_target_months) * 1.0,
    )
    z = float(ndtri(0.9))
    rows = []
    for words, (left, right) in pairs.items():
        apart = right - left
        error = float(apart.std(ddof=1) / np.sqrt(apart.size))
        separate = float(np.sqrt((left.var(ddof=1) + right.var(ddof=1)) / apart.size))
        rows.append({
            "measure": words, "unit": "money" if words in MONEY.values() else "share",
            "mean_a": left.mean(), "mean_b": right.mean(), "difference": apart.mean(),
            "low": apart.mean() - z * error, "high": apart.mean() + z * error, "share_b_higher": (apart > 0).mean(),
            "error": error, "error_without_pairs": separate,
        })
    return pd.DataFrame(rows)


def _inputs(scenario: Scenario) -> dict[str, str]:
    out: dict[str, str] = {}
    for name, (low, high) in scenario.windows.items():
        out[name] = f"at quantile {low:.2g}" if low == high else f"quantiles {low:.2g} to {high:.2g}"
    for name, factor in scenario.scales.items():
        out[name] = f"{out[name]}, times {factor:g}" if name in out else f"times {factor:g}"
    return out


def _family(name: str) -> str:
    lever, _, kind = name.rpartition(".")
    return kind if lever and kind in LEVER_KINDS else name


def _funding(plan: Plan, scenario: Scenario) -> Mapping[str, str]:
    decision = scenario.decision or plan.decision
    on = decision.dose > 0
    planned = float(cost_table(plan.decided(decision))["planned"].sum())
    return {
        "measures funded": f"{int(on.sum())} of {on.size}",
        "planned cost, thousand": f"{planned / 1000:,.0f}",
        "dose of what is funded, median": f"{np.median(decision.dose[on]):.2g}" if on.any() else "none",
        "first month of spending": f"{int(decision.start_month[on].min())}" if on.any() else "none",
        "last month of spending": f"{int(decision.stop_month[on].max())}" if on.any() else "none",
    }
