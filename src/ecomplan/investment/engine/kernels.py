"""The plan's cash month by month, compiled: one draw's measures from its values and its effects.

All arithmetic is in the precision of the arrays; see `effect_kernels` for how the loops are written.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ecomplan.compiling import quick

(
    NPV, ROI_NET, ROI_GROSS, PAYBACK, PAYBACK_DISCOUNTED, COST, BENEFIT, SPENT, EXTRA_SALES, GROWTH_12, GROWTH_H,
    NEW_CUSTOMERS, MARKETING, CAC, CAC_ALL, LTV_CAC, LTV_CAC_ALL, OVERRUN, FACTORS,
) = range(19)
#: rows of the working months
SPENT_IN, GAINED, SAVED, SALES, EXTRA, WORTH, NET, TREND, AWAY, WORK_ROWS = range(10)
YEAR = 12


@quick
def cash(
    v: Any, paid: Any, t: Any, room: Any, factors: Any, acting: Any, wanted: Any, out: Any, months: Any,
) -> None:
    """Every row of the values `v` (n, variables) through the plan `t`; `paid` (n, 2 M + 2) is the rows' cost
    before the budget's factor, `room`, `factors` and `acting` are what `effect_kernels.effects` left.

    Fills `out` (n, wanted) with the measures numbered in `wanted`, and `months` (n, 4, horizon), where it has n
    rows and not none, with spending, margin, savings and extra sales.
    """
    horizon, size, segments, bases, length, newcomer = (
        t.whole[0], t.whole[1], t.whole[2], t.whole[3], t.whole[4], t.whole[5]
    )
    planned, plain, newcomers, clock, c = t.planned, t.base, t.newcomers, t.clock, t.constants
    endless, zero, one = c[0], c[8], c[9]
    shared = 5 * size
    scale, share = shared + 11, shared + 11 + segments
    paths, last, rows = plain.shape[0], horizon - 1, factors.shape[2] // segments
    of_bases, bringing = 2 * segments, 2 * segments + bases
    a = np.zeros((WORK_ROWS, length), v.dtype)
    row = np.zeros(FACTORS + rows, v.dtype)
    last_rate = -one
    for i in range(v.shape[0]):
        factor, margin, rank, trend = v[i, shared], v[i, shared + 1], v[i, shared + 2], v[i, shared + 3]
        wage, discount, newcomer_value = v[i, shared + 7], v[i, shared + 9], v[i, shared + 10]
        path = min(max(int(rank * paths), 0), paths - 1)
        if last_rate != discount:  # the same for every draw unless a scenario makes it uncertain
            last_rate = discount
            worth = one
            per_month = (one + discount) ** (-one / clock[11])
            for m in range(horizon):
                worth = worth * per_month
                a[WORTH, m] = worth
        level = one
        for first in range(0, length, YEAR):
            for m in range(first, min(first + YEAR, length)):
                a[TREND, m] = level
            level = level * (one + trend)
        staff = factor * wage
        for m in range(length):
            a[SPENT_IN, m] = factor * paid[i, m] + staff * paid[i, length + m]
            a[SALES, m] = zero
            a[EXTRA, m] = zero
            a[AWAY, m] = zero
            a[SAVED, m] = zero
        marketing = factor * paid[i, 2 * length] + staff * paid[i, 2 * length + 1]

        # sales, margin and savings
        for s in range(segments):
            level = v[i, scale + s]
            for m in range(length):
                sold = plain[path, s, m] * a[TREND, m] * level
                a[SALES, m] += sold
                a[EXTRA, m] += sold * room[i, s, m]
                a[AWAY, m] += sold * room[i, segments + s, m]
        for b in range(bases):
            if acting[i, of_bases + b] > 0:
                held = v[i, share + b]
                for m in range(length):
                    a[SAVED, m] -= (a[SALES, m] + a[EXTRA, m]) * held * room[i, of_bases + b, m]
        new_customers, all_new = zero, zero
        for m in range(length):
            coming = newcomers[path, m] * a[TREND, m]
            all_new += coming
            new_customers += coming * room[i, bringing, m]
        new_customers *= v[i, scale + newcomer]
        all_new = all_new * v[i, scale + newcomer] + new_customers

        # measures
        benefit, cost, spent, extra_sales = zero, zero, zero, zero
        for m in range(length):
            gained = margin * a[EXTRA, m] - a[AWAY, m]
            a[GAINED, m] = gained
            a[NET, m] = gained + a[SAVED, m] - a[SPENT_IN, m]
            benefit += (gained + a[SAVED, m]) * a[WORTH, m]
            cost += a[SPENT_IN, m] * a[WORTH, m]
            spent += a[SPENT_IN, m]
            extra_sales += a[EXTRA, m]
        payback, discounted = endless, endless
        held, held_discounted = zero, zero
        first = 0
        while first < horizon and a[SPENT_IN, first] <= zero:
            held += a[NET, first]
            held_discounted += a[NET, first] * a[WORTH, first]
            first += 1
        for m in range(first, horizon):
            held += a[NET, m]
            held_discounted += a[NET, m] * a[WORTH, m]
            if held >= zero and payback == endless:
                payback = clock[m]
            if held_discounted >= zero and discounted == endless:
                discounted = clock[m]
        row[NPV] = benefit - cost
        row[ROI_NET] = (benefit - cost) / cost if cost > zero else zero
        row[ROI_GROSS] = extra_sales / spent if spent > zero else zero
        row[PAYBACK], row[PAYBACK_DISCOUNTED] = payback, discounted
        row[COST], row[BENEFIT], row[SPENT], row[EXTRA_SALES] = cost, benefit, spent, extra_sales
        early, late = a[SALES, 11], a[SALES, last]
        row[GROWTH_12] = a[EXTRA, 11] / early if early > zero else zero
        row[GROWTH_H] = a[EXTRA, last] / late if late > zero else zero
        row[NEW_CUSTOMERS], row[MARKETING] = new_customers, marketing
        row[CAC] = marketing / new_customers if new_customers > zero else endless
        row[CAC_ALL] = marketing / all_new if all_new > zero else endless
        row[LTV_CAC] = newcomer_value * new_customers / marketing if marketing > zero else endless
        row[LTV_CAC_ALL] = newcomer_value * all_new / marketing if marketing > zero else endless
        row[OVERRUN] = spent / planned[0] if planned[0] > zero else one
        for r in range(rows):  # segments weighted by their sales in the month: the first half of the rows is early
            month, all_sales = (11, early) if 2 * r < rows else (last, late)
            grown = zero
            for s in range(segments):
                grown += plain[path, s, month] * a[TREND, month] * v[i, scale + s] * factors[i, 0, r * segments + s]
            row[FACTORS + r] = one + grown / all_sales if all_sales > zero else one
        for k in range(wanted.size):
            out[i, k] = row[wanted[k]]
        if months.shape[0] > 0:
            for m in range(horizon):
                months[i, 0, m] = a[SPENT_IN, m]
                months[i, 1, m] = a[GAINED, m]
                months[i, 2, m] = a[SAVED, m]
                months[i, 3, m] = a[EXTRA, m]
