"""Owning or buying in: total cost over the plan when machines are leased, software is opened, work is outsourced.

Own cost has three parts that do not overlap: machines (price now, upkeep monthly, resale at the end), development
(spent over the first year) and labour (monthly). Each option changes its own part alone, so that what the documents
claim of it can be read on its part or on the whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ecomplan.claims import Claims
from ecomplan.estimate import Estimate
from ecomplan.investment.budget.assumptions import Assumptions, middle
from ecomplan.investment.engine.budget import Budget

Array = NDArray[np.float64]
OPTIONS = ("lease", "open", "outsource")
NAMES = {"own": "Own everything", "lease": "Lease machines", "open": "Open source and custom parts",
         "outsource": "Outsource the work"}
CLAIMS = {"lease": "s1_cloud_lease_tco_change", "open": "s1_open_source_rd_cost_change",
          "outsource": "s1_outsourcing_labour_cost_change"}
PARTS = {"lease": "machines", "open": "development", "outsource": "labour"}
BUILD_MONTHS = 12
LOOK_MONTHS = 120  # so far ahead a break-even is looked for


@dataclass(frozen=True)
class Comparison:
    """Discounted cost in CNY by draw: `own` of each part, `option` of the part that the option changes, and the
    month from which owning (lease, open) or the option (outsource) has the lower cumulative cost, inf for never."""

    months: int
    own: dict[str, Array]
    option: dict[str, Array]
    break_even: dict[str, Array]

    @property
    def total(self) -> Array:
        return sum(self.own.values(), np.zeros(len(self.own["machines"])))

    def change_of_part(self, option: str) -> Array:
        """Change of the option's own part, a share; negative is cheaper."""
        return self.option[option] / self.own[PARTS[option]] - 1

    def change_of_total(self, *options: str) -> Array:
        """Change of the total with these options taken together."""
        moved = sum((self.option[name] - self.own[PARTS[name]] for name in options), np.zeros(len(self.total)))
        return moved / self.total


def compare(budget: Budget, assumed: Assumptions, rate_per_year: float, draws: int,
            rng: np.random.Generator) -> Comparison:
    """Own against bought in over the plan's months, for the technology and people lines of the budget.

    `rate_per_year` discounts monthly. Flows fall at a month's end, the price of machines at the start.
    """
    # the plan as approved: total between its limits, the two lines by their shares
    total = rng.uniform(budget.total_low_cny, budget.total_high_cny, draws)
    tech, labour = total * budget.shares["tech"], total * budget.shares["people"]
    drawn = {key: assumed[key].draw(rng, draws) for key in (
        "infrastructure_share", "upkeep_share", "resale_share", "lease_fee_share", "custom_share",
        "foreign_upkeep_share", "outsource_rate", "oversight_share", "transition_months",
    )}
    months = budget.months
    monthly = np.log1p(rate_per_year) / 12
    factor = np.exp(-monthly * np.arange(1, LOOK_MONTHS + 1))
    within = factor[:months].sum()
    # the technology line must pay machines with their upkeep, and development, over the plan
    machines = tech * drawn["infrastructure_share"] / (1 + drawn["upkeep_share"] * months / 12)
    development, pay = tech * (1 - drawn["infrastructure_share"]), labour / months
    resale = machines * drawn["resale_share"]
    build = factor[:BUILD_MONTHS].sum() / BUILD_MONTHS
    upkeep, fee = machines * drawn["upkeep_share"] / 12, machines * drawn["lease_fee_share"] / 12
    saved = development * (1 - drawn["custom_share"])
    foreign = saved * drawn["foreign_upkeep_share"] / 12
    after = factor[BUILD_MONTHS:months].sum()
    outside, handing = pay * (drawn["outsource_rate"] + drawn["oversight_share"]), pay * drawn["transition_months"]
    own = {"machines": machines + upkeep * within - resale * factor[months - 1], "development": development * build,
           "labour": pay * within}
    option = {"lease": fee * within, "open": (development - saved) * build + foreign * after,
              "outsource": handing * factor[0] + outside * within}
    sums = np.cumsum(factor)
    rest = np.clip(sums - sums[BUILD_MONTHS - 1], 0, None)
    return Comparison(months, own, option, {
        # leasing is ahead until its fee, above the upkeep, has eaten the price
        "lease": _first(sums, (machines - resale * factor[months - 1]) / np.maximum(fee - upkeep, 1e-12)),
        "open": _first(rest, saved * build / np.maximum(foreign, 1e-12)),
        "outsource": _first(sums, np.where(outside < pay, handing * factor[0] / np.maximum(pay - outside, 1e-12),
                                           np.inf)),
    })


def options_table(found: Comparison, claims: Claims) -> pd.DataFrame:
    """Option by option: claimed change, change of its part and of the total (80 %), chance of the claim on each,
    share of the part in the total, median break-even month (NaN-free: text)."""
    rows = []
    for name in OPTIONS:
        claimed = claims[CLAIMS[name]].share
        part, total = found.change_of_part(name), found.change_of_total(name)
        of_part, of_total = middle(part), middle(total)
        rows.append({
            "option": name, "name": NAMES[name], "part": PARTS[name], "claimed": claimed,
            "part_share": float(np.median(found.own[PARTS[name]] / found.total)),
            "part_change": of_part.value, "part_low": of_part.low, "part_high": of_part.high,
            "total_change": of_total.value, "total_low": of_total.low, "total_high": of_total.high,
            "chance_part": float((part <= claimed).mean()), "chance_total": float((total <= claimed).mean()),
            "chance_cheaper": float((total < 0).mean()), "break_even": _told(found.break_even[name]),
        })
    return pd.DataFrame(rows)


def combinations_table(found: Comparison, claims: Claims) -> pd.DataFrame:
    """Every set of options: sum of the claimed cuts of the whole, the most that the parts allow if each cut is of
    its part, what the model gives (80 %), and whether the cuts can all be of the whole: not where nothing
    would be left to pay."""
    rows = []
    for size in (1, 2, 3):
        for chosen in combinations(OPTIONS, size):
            cuts = [-claims[CLAIMS[name]].share for name in chosen]
            change = middle(found.change_of_total(*chosen))
            of_parts = sum(
                float(np.median(found.own[PARTS[name]] / found.total)) * cut
                for name, cut in zip(chosen, cuts, strict=True)
            )
            rows.append({
                "options": ", ".join(NAMES[name] for name in chosen), "claimed_sum": sum(cuts),
                "of_parts": of_parts, "modelled": None if change.value is None else -change.value,
                "modelled_low": None if change.high is None else -change.high,
                "modelled_high": None if change.low is None else -change.low,
                "verdict": "can hold" if sum(cuts) < 1 - 1e-9 else "cannot hold",
            })
    return pd.DataFrame(rows)


def implied_fee(found: Comparison, claims: Claims, assumed: Assumptions, rate_per_year: float) -> float:
    """Yearly lease fee, as a share of the price, at which the claimed cut holds for machines at the likely values."""
    monthly = np.log1p(rate_per_year) / 12
    factor = np.exp(-monthly * np.arange(1, found.months + 1))
    own = 1 + assumed["upkeep_share"].likely / 12 * factor.sum() - assumed["resale_share"].likely * factor[-1]
    return float((1 + claims[CLAIMS["lease"]].share) * own / (factor.sum() / 12))


def break_even(found: Comparison, option: str) -> Estimate:
    """Median month with its 80 % interval; unknown where more than a tenth of the draws never meet."""
    values = found.break_even[option]
    low, value, high = np.quantile(values, [0.1, 0.5, 0.9], method="higher")
    if not np.isfinite(value):
        return Estimate(None, unknown=f"In most simulated plans the two costs never meet within {LOOK_MONTHS} months.")
    return Estimate(float(value), float(low), float(min(high, LOOK_MONTHS)))


def _first(sums: Array, needed: Array) -> Array:
    """First month whose cumulative discount factor reaches `needed`, inf beyond the months looked at."""
    month = np.searchsorted(sums, needed) + 1.0
    return np.where(month > len(sums), np.inf, month)


def _told(months: Array) -> str:
    never = float(np.isinf(months).mean())
    if never >= 0.5:
        return f"never in {100 * never:.0f} %"
    return f"{float(np.quantile(months, 0.5, method='higher')):.0f}"
