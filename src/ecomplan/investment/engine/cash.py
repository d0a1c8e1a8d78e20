"""Cash of many simulated plans, month by month, with everything that is read off it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ecomplan.errors import ParameterError
from ecomplan.investment.engine import kernels
from ecomplan.investment.engine.arrays import effects_room, plan_arrays
from ecomplan.investment.engine.effect_kernels import ROWS, effects
from ecomplan.investment.engine.levers import QUANTITIES
from ecomplan.investment.engine.plan import Plan
from ecomplan.investment.engine.points import normals
from ecomplan.investment.engine.variables import cholesky, read, tables, variables

Array = NDArray[np.float64]
USERS = "users"  # traffic, conversion and retention together


@dataclass(frozen=True)
class Cash:
    """n plans in the platform's money; flows fall at the end of their month, (n, horizon). `flows` is
    margin_gain + savings - spending. `strengths` (n, levers) are each lever's logarithm of the factor on what
    it moves, overlap taken off, built up in full, averaged over segments by sales. `factors` holds each
    quantity's factor in month 12 and in the last month. Paybacks are months, infinite where there is none;
    returns are 0 where nothing is spent. `overrun` is spending over the decision's planned cost."""

    flows: Array
    spending: Array
    margin_gain: Array
    savings: Array
    extra_sales_monthly: Array
    npv: Array
    discounted_benefit: Array
    discounted_cost: Array
    spent: Array
    extra_sales: Array
    works: NDArray[np.bool_]
    strengths: Array
    factors_12: dict[str, Array]
    factors_horizon: dict[str, Array]
    growth_12: Array
    growth_horizon: Array
    new_customers_extra: Array
    marketing_cost: Array
    roi_net: Array
    roi_gross: Array
    payback_months: Array
    payback_discounted: Array
    cac: Array
    cac_all: Array
    ltv_cac: Array
    ltv_cac_all: Array
    overrun: Array


def draw(plan: Plan, draws: int, seed: int, kind: str = "plain") -> NDArray[np.float32]:
    """Correlated normal scores of all variables, (draws, variables)."""
    factor = cholesky(plan)
    return normals(draws, factor.shape[0], seed, factor, kind)


def values(plan: Plan, scores: NDArray[np.float32] | Array) -> Array:
    """Physical values of all variables at normal scores (n, variables), in the order of `variables`.

    Raises ParameterError for a wrong number of columns or scores that are not finite.
    """
    made = tables(variables(plan))
    if scores.ndim != 2 or scores.shape[1] != len(made):
        raise ParameterError(f"scores of shape {scores.shape} are refused; expected (draws, {len(made)})")
    if not np.isfinite(scores).all():
        row, column = np.argwhere(~np.isfinite(scores))[0]
        raise ParameterError(f"draw {row}, variable {variables(plan)[column].name}: score is not finite")
    out = np.empty(scores.shape)
    for column, one in enumerate(made):
        out[:, column] = read(one, scores[:, column])
    return out


def simulate(plan: Plan, scores: NDArray[np.float32] | Array) -> Cash:
    """Cash of the plans at normal scores (n, variables); see `values`."""
    return simulate_values(plan, values(plan, scores))


def simulate_values(plan: Plan, given: Array) -> Cash:
    """The same at physical values (n, variables)."""
    draws, horizon = given.shape[0], plan.settings.horizon_months
    months = np.empty((draws, 4, horizon))
    m = np.empty((draws, kernels.FACTORS + 2 * ROWS))
    strengths = np.empty((draws, len(plan.levers)))
    arrays = plan_arrays(plan)
    size = len(plan.levers)
    paid = given[:, 3 * size : 4 * size] @ arrays.cost
    given = np.ascontiguousarray(given)
    found = effects_room(draws, arrays)
    effects(given, arrays, *found, strengths)
    kernels.cash(given, paid, arrays, *found, np.arange(m.shape[1]), m, months)
    spending, gained, saved, extra = (np.ascontiguousarray(months[:, place]) for place in range(4))
    names = (*QUANTITIES, USERS)

    def factors(first: int) -> dict[str, Array]:
        return {name: m[:, first + place].copy() for place, name in enumerate(names)}

    return Cash(
        flows=gained + saved - spending, spending=spending, margin_gain=gained, savings=saved,
        extra_sales_monthly=extra, npv=m[:, kernels.NPV],
        discounted_benefit=m[:, kernels.BENEFIT], discounted_cost=m[:, kernels.COST], spent=m[:, kernels.SPENT],
        extra_sales=m[:, kernels.EXTRA_SALES], works=strengths != 0, strengths=strengths,
        factors_12=factors(kernels.FACTORS), factors_horizon=factors(kernels.FACTORS + ROWS),
        growth_12=m[:, kernels.GROWTH_12], growth_horizon=m[:, kernels.GROWTH_H],
        new_customers_extra=m[:, kernels.NEW_CUSTOMERS], marketing_cost=m[:, kernels.MARKETING],
        roi_net=m[:, kernels.ROI_NET], roi_gross=m[:, kernels.ROI_GROSS], payback_months=m[:, kernels.PAYBACK],
        payback_discounted=m[:, kernels.PAYBACK_DISCOUNTED], cac=m[:, kernels.CAC], cac_all=m[:, kernels.CAC_ALL],
        ltv_cac=m[:, kernels.LTV_CAC], ltv_cac_all=m[:, kernels.LTV_CAC_ALL], overrun=m[:, kernels.OVERRUN],
    )
