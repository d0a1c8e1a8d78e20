"""Every measure of the simulated plan: net present value, returns, internal rates, payback, each a distribution."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ecomplan.investment.engine import cash as engine
from ecomplan.investment.engine import finance
from ecomplan.investment.engine.cash import Cash
from ecomplan.investment.engine.finance import Array
from ecomplan.investment.engine.plan import Plan
from ecomplan.investment.engine.variables import SHARED

#: yearly rates between which internal rates of return are searched
IRR_LOW_PER_YEAR, IRR_HIGH_PER_YEAR = -0.99, 20.0
Normals = NDArray[np.float32]


@dataclass(frozen=True)
class Measures:
    """Measures of n simulated plans. Rates are per year; paybacks in months, infinite where there is none; `mirr` is
    NaN where a plan has no gain."""

    cash: Cash
    irr: finance.Rates
    mirr: Array
    payback_months: Array
    payback_discounted_months: Array
    roi_net: Array
    roi_gross: Array

    @property
    def npv(self) -> Array:
        return self.cash.npv

    @property
    def npv_standard_error(self) -> float:
        """Monte-Carlo standard error of the mean net present value, as of independent draws: an upper bound for
        scrambled points, whose error is smaller."""
        return float(self.npv.std(ddof=1) / np.sqrt(self.npv.size))


def measure(cash: Cash, discount_rate_per_year: float) -> Measures:
    """Every measure of the cash flows; outlays are financed and gains reinvested at the discount rate."""
    rate = finance.per_month(discount_rate_per_year)
    monthly = finance.irr_many(cash.flows, finance.per_month(IRR_LOW_PER_YEAR), finance.per_month(IRR_HIGH_PER_YEAR))
    return Measures(
        cash=cash,
        irr=finance.Rates(monthly.count, finance.per_year(monthly.lowest), finance.per_year(monthly.highest)),
        mirr=finance.per_year(finance.mirr_many(cash.flows, rate, rate)),
        payback_months=cash.payback_months, payback_discounted_months=cash.payback_discounted,
        roi_net=cash.roi_net, roi_gross=cash.roi_gross,
    )


def returns_of(plan: Plan, values: Array) -> Measures:
    """Simulate the plan at physical values (n, variables) and take every measure."""
    return measure(engine.simulate_values(plan, values), plan.settings.discount_rate_per_year)


def chance_reserve_short(plan: Plan, values: Array, cash: Cash, total_cny: float) -> float:
    """Chance that overruns cost more than the reserve, so that more is spent than the drawn budget, whose middle is
    `total_cny`."""
    factor = values[:, 5 * len(plan.levers) + SHARED.index("budget_factor")]
    return float((cash.spent > factor * total_cny / plan.settings.cny_per_currency_unit).mean())
