"""What the plan costs: the growth document's budget, its lines, its tranches, and what is wrong with them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ecomplan.claims import Claims
from ecomplan.errors import ParameterError

Array = NDArray[np.float64]
LINES = ("tech", "people", "marketing", "reserve")
LINE_NAMES = {"tech": "Technical systems", "people": "People", "marketing": "Marketing", "reserve": "Reserve"}
TRANCHES = ("early", "middle", "late")
#: claims from which the budget is made, in the order in which they are read
KEYS = (
    "s3_total_budget", *(f"s3_budget_share_{line}" for line in LINES),
    *(f"s3_tranche_{tranche}" for tranche in TRANCHES), "s3_milestone_2", "s3_milestone_4", "s3_plan_length",
)
MILLION = 1e6


@dataclass(frozen=True)
class Budget:
    """The plan's money in CNY: a range for the total, shares by line, tranches over months.

    Tranche k is spent evenly from the month after `tranche_ends[k-1]` to month `tranche_ends[k]`.
    Raises ParameterError where shares or tranches do not add up to 1 or ends do not ascend.
    """

    total_low_cny: float
    total_high_cny: float
    shares: dict[str, float]
    tranches: dict[str, float]
    tranche_ends: dict[str, int]

    def __post_init__(self) -> None:
        if not 0 < self.total_low_cny <= self.total_high_cny:
            raise ParameterError(
                f"budget total {self.total_low_cny:g} to {self.total_high_cny:g} CNY is refused; "
                f"expected 0 < low <= high"
            )
        for what, shares, names in (("budget shares", self.shares, LINES), ("tranches", self.tranches, TRANCHES)):
            if tuple(shares) != names:
                raise ParameterError(f"{what} are {', '.join(shares)}; expected {', '.join(names)}")
            if min(shares.values()) < 0:
                raise ParameterError(f"{what} {_listed(shares)}: a share below 0 is refused")
            if abs(sum(shares.values()) - 1) > 1e-9:
                raise ParameterError(f"{what} {_listed(shares)} add up to {sum(shares.values()):.4g}; expected 1")
        ends = [0, *self.tranche_ends.values()]
        if any(later <= earlier for earlier, later in pairwise(ends)):
            raise ParameterError(f"tranche ends {ends[1:]} months are refused; expected ascending months above 0")

    @property
    def total_mid_cny(self) -> float:
        return (self.total_low_cny + self.total_high_cny) / 2

    @property
    def months(self) -> int:
        """Months over which the budget is spent."""
        return max(self.tranche_ends.values())

    def profile(self) -> Array:
        """Share of the budget spent in each month, shape (months,); adds up to 1."""
        parts, start = [], 0
        for tranche, end in self.tranche_ends.items():
            parts.append(np.full(end - start, self.tranches[tranche] / (end - start)))
            start = end
        return np.concatenate(parts)


def read_budget(claims: Claims) -> Budget:
    """The budget of the growth document (S3 3.3, 7.2), shares as the rule and amounts as rough (oddity o07).

    Of the two time profiles (conflict c11) the tranches are taken, because stages can be approved by tranche;
    the other one is compared in `profiles`. Raises ParameterError where shares or tranches do not add up to 1.
    """
    low, high = claims["s3_total_budget"].range
    return Budget(
        total_low_cny=low * MILLION, total_high_cny=high * MILLION,
        shares={line: claims[f"s3_budget_share_{line}"].share for line in LINES},
        tranches={tranche: claims[f"s3_tranche_{tranche}"].share for tranche in TRANCHES},
        # ASSUME: the tranches end with the pilot's start, the improved funnel and the plan, by its milestones.
        tranche_ends={
            "early": _months(claims, "s3_milestone_2"), "middle": _months(claims, "s3_milestone_4"),
            "late": _months(claims, "s3_plan_length"),
        },
    )


def amount_cny(budget: Budget, tranche: str | None = None) -> dict[str, float]:
    """The whole budget or one tranche of it in CNY: value (mid), low, high, ready for a finding."""
    share = 1.0 if tranche is None else budget.tranches[tranche]
    return {
        "value": share * budget.total_mid_cny, "low": share * budget.total_low_cny,
        "high": share * budget.total_high_cny,
    }


def amount(budget: Budget, cny_per_currency_unit: float, tranche: str | None = None) -> dict[str, float]:
    """The same in the platform's money."""
    return {name: cny / cny_per_currency_unit for name, cny in amount_cny(budget, tranche).items()}


def budget_table(budget: Budget, claims: Claims, cny_per_currency_unit: float) -> pd.DataFrame:
    """Lines of the budget: share, CNY (low, mid, high, as stated) and the platform's money; last row the total."""
    shares = np.array([*budget.shares.values(), 1.0])
    stated = [claims[f"s3_budget_amount_{line}"].range[0] * MILLION for line in LINES]
    frame = pd.DataFrame({
        "line": [*(LINE_NAMES[line] for line in LINES), "Total"], "share": shares,
        "low_cny": shares * budget.total_low_cny, "mid_cny": shares * budget.total_mid_cny,
        "high_cny": shares * budget.total_high_cny, "stated_cny": [*stated, sum(stated)],
    })
    for name in ("low", "mid", "high"):
        frame[f"{name}_money"] = frame[f"{name}_cny"] / cny_per_currency_unit
    return frame


def spending_table(budget: Budget, claims: Claims, cny_per_currency_unit: float) -> pd.DataFrame:
    """Spending by month under both profiles at the mid budget, platform money: tranches, and 65/35 in years."""
    profile, years = budget.profile(), _year_profile(budget, claims)
    total = budget.total_mid_cny / cny_per_currency_unit
    return pd.DataFrame({
        "plan_month": np.arange(1, budget.months + 1), "tranches_share": profile, "years_share": years,
        "tranches_money": profile * total, "years_money": years * total,
        "tranches_cumulative": np.cumsum(profile) * total, "years_cumulative": np.cumsum(years) * total,
    })


def profiles(budget: Budget, claims: Claims, rate_per_month: float, cny_per_currency_unit: float) -> pd.DataFrame:
    """Discounted cost of the mid budget under each reading of the documents' time profile, platform money."""
    total = budget.total_mid_cny / cny_per_currency_unit
    factors = (1 + rate_per_month) ** -np.arange(1, budget.months + 1)
    by_tranche, by_year = budget.profile() @ factors, _year_profile(budget, claims) @ factors
    outer = claims["s3_tranche_reserve"].share
    rows = [
        ("Tranches by milestone (used here)", 1.0, by_tranche), ("Two years and a third", 1.0, by_year),
        ("Tranches and the outer reserve spent too", 1 + outer, by_tranche),
    ]
    return pd.DataFrame({
        "profile": [name for name, _, _ in rows], "spent_money": [total * size for _, size, _ in rows],
        "discounted_money": [total * size * factor for _, size, factor in rows],
    })


def _year_profile(budget: Budget, claims: Claims) -> Array:
    """The other profile: a share in the first two thirds of the plan, the rest in the last, each spent evenly."""
    split = budget.months * 2 // 3
    first, last = claims["s3_spend_share_first_two_years"].share, claims["s3_spend_share_third_year"].share
    if abs(first + last - 1) > 1e-9:
        raise ParameterError(f"yearly spending shares {first:g} and {last:g} add up to {first + last:g}; expected 1")
    return np.concatenate([
        np.full(split, first / split), np.full(budget.months - split, last / (budget.months - split)),
    ])


def _months(claims: Claims, key: str) -> int:
    return round(claims[key].range[0])


def _listed(shares: dict[str, float]) -> str:
    return ", ".join(f"{name} {share:g}" for name, share in shares.items())
