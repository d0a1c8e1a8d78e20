"""What the plan returns: monthly cash flows of many simulated plans, and every measure taken from them.

A plan draws a budget, a sales path, a contribution margin and, lever by lever, whether it works and how
much. Levers on one quantity overlap; quantities multiply. All flows fall at the end of their month.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ecomplan.errors import ParameterError
from ecomplan.investment import finance
from ecomplan.investment.budget import TRANCHES, Budget
from ecomplan.investment.finance import Array
from ecomplan.investment.levers import Levers
from ecomplan.investment.uncertainty import Draws, make_draws, read_inputs
from ecomplan.params import ReturnsStage

#: yearly rates between which internal rates of return are searched
IRR_LOW_PER_YEAR, IRR_HIGH_PER_YEAR = -0.99, 20.0


@dataclass(frozen=True)
class Cash:
    """Cash of n plans in the platform's money. `flows` is (n, months); `contributions` (n, levers) are each
    lever's discounted benefit and add up to `discounted_benefit` (n,); `lever_costs` (levers,) are shares
    of the cost; `stage_one_cost` is the discounted cost of the early tranche."""

    flows: Array
    npv: Array
    discounted_benefit: Array
    discounted_cost: Array
    stage_one_cost: Array
    spent: Array
    extra_sales: Array
    growth: Array  # of sales by levers in the last month counted, share
    works: NDArray[np.bool_]
    contributions: Array
    lever_costs: Array


@dataclass(frozen=True)
class ReturnsResult:
    """Measures of n simulated plans. Rates are per year; paybacks in months, infinite where there is none."""

    cash: Cash
    irr: finance.Rates
    payback_months: Array
    payback_discounted_months: Array
    roi_net: Array
    roi_gross: Array

    @property
    def npv(self) -> Array:
        return self.cash.npv

    @property
    def npv_standard_error(self) -> float:
        """Monte-Carlo standard error of the mean net present value."""
        return float(self.npv.std(ddof=1) / np.sqrt(self.npv.size))


def simulate(sales: Array, budget: Budget, levers: Levers, p: ReturnsStage) -> ReturnsResult:
    """Simulate `p.draws` plans on monthly sales paths of the plan year, shape (paths, 12), sorted by total."""
    return measure(cash_flows(sales, budget, levers, p, make_draws(p.draws, len(levers), p.seed)), p)


def measure(cash: Cash, p: ReturnsStage) -> ReturnsResult:
    """Every measure of the cash flows."""
    monthly = finance.irr_many(
        cash.flows, finance.per_month(IRR_LOW_PER_YEAR), finance.per_month(IRR_HIGH_PER_YEAR)
    )
    return ReturnsResult(
        cash=cash,
        irr=finance.Rates(monthly.count, finance.per_year(monthly.lowest), finance.per_year(monthly.highest)),
        payback_months=finance.payback(cash.flows, first=1),
        payback_discounted_months=finance.payback(
            cash.flows, finance.per_month(p.discount_rate_per_year), first=1
        ),
        roi_net=finance.roi_net(cash.discounted_benefit, cash.discounted_cost),
        roi_gross=finance.roi_gross(cash.extra_sales, cash.spent),
    )


def cash_flows(sales: Array, budget: Budget, levers: Levers, p: ReturnsStage, draws: Draws) -> Cash:
    """Monthly cash of every draw: incremental margin and savings less spending.

    Extra sales are the year's sales times (the product of all levers' factors - 1). Levers on one quantity
    overlap: of n equally strong ones the first counts in full and each further one by 1 - overlap. A lever's
    contribution is its share of the logarithm of that factor, which adds up exactly (LMDI; Ang 2005).
    """
    inputs = read_inputs(draws, len(sales), budget, levers, p)
    works = draws.works < p.success_prior
    effects = _effects(levers, inputs.kept, inputs.reach, draws.own) * works
    is_sale = np.array([lever.cost_base is None for lever in levers.items])
    # a cost saved is not compounded: its effect is the saving itself, as a share of sales
    strength = np.where(is_sale, np.log1p(effects), effects * [lever.cost_base or 0.0 for lever in levers.items])
    strength = _overlapped(strength, levers, inputs.overlap)
    ramps = ramp_up(budget, p)
    last = max(budget.months, p.horizon_months)
    profile = np.pad(budget.profile(), (0, last - budget.months))
    discount = finance.discount_factors(finance.per_month(p.discount_rate_per_year), last, first=1)
    spent = _spent(inputs.total_cny, inputs.reserve, budget) / p.cny_per_currency_unit

    used = [name for name in TRANCHES if ramps[name].any()]
    groups = {name: np.array([lever.tranche == name for lever in levers.items]) for name in used}
    gains = {name: strength[:, groups[name] & is_sale].sum(axis=1) for name in used}
    savings = {name: strength[:, groups[name] & ~is_sale].sum(axis=1) for name in used}
    # ASSUME: after the plan year sales repeat its months, without growth or decline.
    # Checked by a test: with no lever the benefit is zero, whatever the path.
    months = np.ascontiguousarray(sales[inputs.path].T)
    flows = np.empty((last, works.shape[0]))
    extra_sales = np.zeros(works.shape[0])
    growth = np.zeros(works.shape[0])
    per_log = {name: np.zeros(works.shape[0]) for name in used}  # discounted margin for one log of sales
    per_saving = {name: np.zeros(works.shape[0]) for name in used}  # discounted sales for one share saved
    for month in range(last):
        flows[month] = -spent * profile[month]
        working = [name for name in used if ramps[name][month] > 0]
        if not working:
            continue
        base = months[month % 12]
        log_factor = sum((gains[name] * ramps[name][month] for name in working), np.zeros(works.shape[0]))
        growth = np.expm1(log_factor)
        extra = base * growth
        extra_sales += extra
        flows[month] += inputs.margin * extra
        with np.errstate(divide="ignore", invalid="ignore"):
            slope = np.where(log_factor > 0, growth / log_factor, 1.0) * inputs.margin * base
        for name in working:
            flows[month] += base * savings[name] * ramps[name][month]
            per_log[name] += slope * (ramps[name][month] * discount[month])
            per_saving[name] += base * (ramps[name][month] * discount[month])
    contributions = np.zeros_like(strength)
    for name in used:
        contributions[:, groups[name] & is_sale] = strength[:, groups[name] & is_sale] * per_log[name][:, None]
        contributions[:, groups[name] & ~is_sale] = strength[:, groups[name] & ~is_sale] * per_saving[name][:, None]
    benefit = contributions.sum(axis=1)
    cost = spent * float(profile @ discount)
    early = budget.tranche_ends["early"]
    return Cash(
        flows=flows.T, npv=benefit - cost, discounted_benefit=benefit, discounted_cost=cost,
        stage_one_cost=spent * float(profile[:early] @ discount[:early]), spent=spent, extra_sales=extra_sales,
        growth=growth, works=works, contributions=contributions, lever_costs=cost_shares(budget, levers),
    )


def ramp_up(budget: Budget, p: ReturnsStage) -> dict[str, Array]:
    """Share of the full effect by month for the levers of each tranche, shape (months,).

    An S-curve (3x² - 2x³, oddity o12) that starts when the tranche is spent and is full `ramp_months` later;
    nothing counts after the horizon.
    """
    last = max(budget.months, p.horizon_months)
    month = np.arange(1, last + 1)
    ramps = {}
    for name, end in budget.tranche_ends.items():
        x = np.clip((month - end) / p.ramp_months, 0, 1)
        ramps[name] = np.where(month <= p.horizon_months, x * x * (3 - 2 * x), 0.0)
    return ramps


def cost_shares(budget: Budget, levers: Levers) -> Array:
    """Each lever's part of what is spent, shape (levers,); adds up to 1. The reserve follows the lines."""
    shares = np.array([budget.shares[lever.line] * lever.share for lever in levers.items])
    if shares.sum() <= 0:
        raise ParameterError("the budget leaves nothing for levers: the reserve takes all of it")
    return np.asarray(shares / shares.sum())


def _spent(total_cny: Array, reserve: Array, budget: Budget) -> Array:
    """CNY spent over the plan: all lines, and of the reserve what is released."""
    return total_cny * (1 - budget.shares["reserve"] * (1 - reserve))


def _effects(levers: Levers, kept: Array, reach: Array, own: Array) -> Array:
    """Effect on the whole quantity if the lever works, shape (n, levers)."""
    low = np.array([lever.reach_low for lever in levers.items])
    high = np.array([lever.reach_high for lever in levers.items])
    mean = np.array([lever.claimed * lever.weight for lever in levers.items])
    effects = 1 + levers.own_spread * (2 * own - 1)
    effects *= kept[:, None] * mean
    effects *= low + (high - low) * reach[:, None]
    return np.asarray(effects)


def _overlapped(strength: Array, levers: Levers, overlap: Array) -> Array:
    """Strengths after overlap: on each quantity n equal levers count as 1 + (1 - overlap)(n - 1) of one.

    Unequal ones use the effective number (Σs)² / Σs² in the place of n, so that one lever alone keeps all.
    """
    out = strength.copy()
    for quantity in {lever.moves: None for lever in levers.items}:
        columns = np.array([lever.moves == quantity for lever in levers.items])
        part = strength[:, columns]
        added, squared = part.sum(axis=1), np.square(part).sum(axis=1)
        with np.errstate(divide="ignore", invalid="ignore"):
            one_in = np.where(added > 0, squared / np.square(added), 1.0)
        out[:, columns] *= (1 - overlap * (1 - one_in))[:, None]
    return out

