"""Return by measure, customers, budget line and time; cost spread over its life; the return so far, month by month."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ecomplan.investment.engine import finance
from ecomplan.investment.engine.budget import LINE_NAMES
from ecomplan.investment.engine.cash import Cash
from ecomplan.investment.engine.finance import Array
from ecomplan.investment.engine.plan import Plan, cost_arrays
from ecomplan.investment.engine.sales import WHOLE
from ecomplan.investment.returns.effects import Drawn, lever_costs
from ecomplan.investment.returns.shapley import Split
from ecomplan.investment.returns.tables import HIGH, LOW

SEGMENT_NAMES = {
    "returning": "Returning customers", "new": "New customers", "anonymous": "Without identity", WHOLE: "All customers",
}


def funded_share(plan: Plan, drawn: Drawn) -> Array:
    """Part of what all levers cost in full that the drawn budget plans for, (n,)."""
    decision, settings = plan.decision, plan.settings
    full = sum(part.sum(axis=1) for part in cost_arrays(
        plan.levers, decision.start_month, decision.stop_month, settings
    ))
    return np.asarray(drawn.shared["budget_factor"] * float(decision.dose @ full) / float(np.sum(full)))


def split_gap(split: Split, cash: Cash) -> float:
    """Largest gap between a draw's benefit and the sum of its levers' parts, as a share of the largest benefit."""
    whole = cash.discounted_benefit[:len(split.by_lever)]
    largest = float(np.abs(whole).max())
    return float(np.abs(split.by_lever.sum(axis=1) - whole).max()) / largest if largest > 0 else 0.0


def split_gate(split: Split, cash: Cash) -> str:
    """PASS where the parts of the levers add up to the benefit of every plan to one part in a billion, else FAIL."""
    return "PASS" if split_gap(split, cash) < 1e-9 else "FAIL"


def best(cells: pd.DataFrame, dimension: str) -> str:
    """The name with the best net ROI over all years in one dimension of the cube."""
    return str(_ranked(cells, dimension)["name"].iloc[0])


def best_roi(cells: pd.DataFrame, dimension: str) -> float:
    """Its net ROI."""
    return float(_ranked(cells, dimension)["roi_net"].iloc[0])


def _ranked(cells: pd.DataFrame, dimension: str) -> pd.DataFrame:
    rows = cells[(cells["dimension"] == dimension) & (cells["year"] == 0)].dropna(subset="roi_net")
    return rows.sort_values("roi_net", key=lambda values: values.astype(float), ascending=False, kind="stable")


def lever_results(plan: Plan, drawn: Drawn, split: Split) -> pd.DataFrame:
    """Discounted benefit and cost by lever: mean, 80 % range, mean NPV, chance that it earns its cost, share of its
    need that is funded and chance that it is below the least that can be built.

    Benefits add up to the plan's, costs to what the plan costs. Largest mean benefit first.
    """
    cost, _, _ = lever_costs(plan, drawn)
    levers, benefit = plan.levers.items, split.by_lever
    low, high = np.quantile(benefit, [LOW, HIGH], axis=0)
    dose = plan.decision.dose * drawn.shared["budget_factor"][:, None]
    frame = pd.DataFrame({
        "lever": [lever.name for lever in levers], "group": [lever.group for lever in levers],
        "moves": [lever.moves for lever in levers], "line": [LINE_NAMES[lever.line] for lever in levers],
        "tranche": [lever.tranche for lever in levers], "benefit_mean": benefit.mean(axis=0), "benefit_low": low,
        "benefit_high": high, "cost_mean": cost.mean(axis=0), "npv_mean": (benefit - cost).mean(axis=0),
        "chance_earns_cost": (benefit > cost).mean(axis=0), "funded_share": dose.mean(axis=0),
        "chance_too_little": (dose < np.array([lever.min_dose for lever in levers])).mean(axis=0),
    })
    return frame.sort_values("benefit_mean", ascending=False, ignore_index=True)


def roi_cube(plan: Plan, drawn: Drawn, split: Split) -> pd.DataFrame:
    """Discounted gain, cost and net ROI by group of measures, by customers, by budget line and by year.

    Columns: dimension, name, year (0: all years), gain, cost, roi_net (null without cost).
    """
    levers, segments = plan.levers.items, plan.base.segments
    cost = _yearly(_discounted(plan, _monthly_cost(plan, drawn)))
    gain = split.cells.sum(axis=1)
    # ASSUME: a measure's cost falls on customers in proportion to their sales among those it acts on.
    shares = plan.base.shares.mean(axis=0)
    acts = np.array([[name == WHOLE or name in lever.segments for name in segments] for lever in levers]) * shares
    falls = acts / np.maximum(acts.sum(axis=1, keepdims=True), np.finfo(float).tiny)
    rows = []
    for dimension, names in (
        ("group", [lever.group for lever in levers]), ("line", [LINE_NAMES[lever.line] for lever in levers]),
    ):
        for name in dict.fromkeys(names):
            chosen = np.array([other == name for other in names])
            rows += _cells(dimension, name, gain[chosen].sum(axis=0), cost[chosen].sum(axis=0))
    for place, segment in enumerate(segments):
        rows += _cells(
            "segment", SEGMENT_NAMES[segment], split.cells[:, place].sum(axis=0), (falls[:, [place]] * cost).sum(axis=0)
        )
    rows += _cells("all", "All measures", gain.sum(axis=0), cost.sum(axis=0))
    return pd.DataFrame(rows).astype({"roi_net": "float64"}).replace({np.nan: None})


def _cells(dimension: str, name: str, gain: Array, cost: Array) -> list[dict[str, object]]:
    years = [(0, float(gain.sum()), float(cost.sum()))]
    years += [(year + 1, float(a), float(b)) for year, (a, b) in enumerate(zip(gain, cost, strict=True))]
    return [
        {"dimension": dimension, "name": name, "year": year, "gain": a, "cost": b,
         "roi_net": a / b - 1 if b > 1e-9 else None} for year, a, b in years
    ]


def roi_to_date(plan: Plan, drawn: Drawn, split: Split) -> pd.DataFrame:
    """Discounted gain and cost up to each month and the net ROI so far: what a monthly review would see."""
    gain = np.cumsum(split.months.sum(axis=0))
    cost = np.cumsum(_discounted(plan, _monthly_cost(plan, drawn)).sum(axis=0))
    months = np.arange(1, gain.size + 1)
    roi = np.divide(gain, cost, out=np.ones_like(gain), where=cost > 0) - 1
    return pd.DataFrame({"plan_month": months, "gain": gain, "cost": cost, "roi_net": roi})


@dataclass(frozen=True)
class Amortised:
    """Net ROI by draw in each year, (n, years): `cash` on what is paid in it, `spread` on running cost and the part
    of earlier outlays that falls into it; NaN where a year has no cost. Means of gain and both costs by year."""

    cash: Array
    spread: Array
    gain: Array
    paid: Array
    charged: Array


def amortised(plan: Plan, drawn: Drawn, gain: Array, life_months: int) -> Amortised:
    """Cost paid once is charged evenly over `life_months` from the month in which it is paid; gain (n, months) and
    all cost undiscounted, as an annual account has them."""
    decision, settings = plan.decision, plan.settings
    once, monthly, people = (
        part * decision.dose[:, None]
        for part in cost_arrays(plan.levers, decision.start_month, decision.stop_month, settings)
    )
    over = drawn.cost * drawn.shared["budget_factor"][:, None]
    paid_once = over @ once
    running = over @ monthly + (over * drawn.shared["wage"][:, None]) @ people
    spread = np.cumsum(paid_once, axis=1)
    spread[:, life_months:] -= spread[:, :-life_months].copy() if life_months < spread.shape[1] else 0.0
    charged = _yearly(running + spread / life_months)
    paid, gained = _yearly(running + paid_once), _yearly(gain)

    def roi(cost: Array) -> Array:
        return np.divide(gained, cost, out=np.full_like(cost, np.nan), where=cost > 0) - 1

    return Amortised(roi(paid), roi(charged), gained.mean(axis=0), paid.mean(axis=0), charged.mean(axis=0))


def amortised_table(found: Amortised, target: float) -> pd.DataFrame:
    """Net ROI by year on cash and on cost spread over its life: of the means, 80 % range of the latter, and the
    chance that it reaches `target`."""
    rows = []
    for year in range(found.gain.size):
        values = found.spread[:, year]
        values = values[np.isfinite(values)]
        low, high = np.quantile(values, [LOW, HIGH]) if values.size else (np.nan, np.nan)
        rows.append({
            "year": year + 1, "gain": found.gain[year], "paid": found.paid[year], "charged": found.charged[year],
            "roi_cash": found.gain[year] / found.paid[year] - 1 if found.paid[year] > 0 else np.nan,
            "roi_spread": found.gain[year] / found.charged[year] - 1 if found.charged[year] > 0 else np.nan,
            "low": low, "high": high, "chance": float((values >= target).mean()) if values.size else np.nan,
        })
    return pd.DataFrame(rows).replace({np.nan: None})


def _monthly_cost(plan: Plan, drawn: Drawn) -> Array:
    _, once, running = lever_costs(plan, drawn)
    return once + running


def _discounted(plan: Plan, monthly: Array) -> Array:
    rate = finance.per_month(plan.settings.discount_rate_per_year)
    return np.asarray(monthly * finance.discount_factors(rate, monthly.shape[1], first=1))


def _yearly(monthly: Array) -> Array:
    """Sums of each twelve months of the last axis, the last year as long as it is."""
    return np.add.reduceat(monthly, np.arange(0, monthly.shape[-1], 12), axis=-1)
