"""The plan month by month, compiled: one draw's cash from one row of values.

All arithmetic is in the precision of the arrays. Loops over months are free of branches and of views (a view
counts its references, one locked instruction each), so that the compiler turns them into vector instructions;
levers that do not work in a draw cost next to nothing.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ecomplan.investment.engine.compiling import compiled, inlined

#: quantities that multiply sales, and the row of users after them
Q, ROWS = 5, 6
(
    NPV, ROI_NET, ROI_GROSS, PAYBACK, PAYBACK_DISCOUNTED, COST, BENEFIT, SPENT, EXTRA_SALES, GROWTH_12, GROWTH_H,
    NEW_CUSTOMERS, MARKETING, CAC, CAC_ALL, LTV_CAC, LTV_CAC_ALL, OVERRUN, FACTORS,
) = range(19)
MEASURE_COUNT = FACTORS + 2 * ROWS
#: rows of the working months; logs by segment, given logs by segment and logs by cost base follow
SPENT_IN, GAINED, SAVED, SALES, EXTRA, WORTH, BUILT, X, GROWN, TREND, BRINGING, LOGS = range(12)


@inlined
def expm1_of(a: Any, x: Any, out: Any, length: Any, c: Any) -> None:
    """Row `out` of `a` becomes e^row(x) - 1 for |x| <= 6, by the series at x / 8 and three doublings; it keeps its
    relative accuracy near 0."""
    c2, c3, c4, c5, c6, c7, c8 = c[1], c[2], c[3], c[4], c[5], c[6], c[7]
    one, two, eighth, most = c[9], c[10], c[11], c[13]
    for m in range(length):
        v = min(max(a[x, m], -most), most) * eighth
        p = v * (one + v * (c2 + v * (c3 + v * (c4 + v * (c5 + v * (c6 + v * (c7 + v * c8)))))))
        p = p * (p + two)
        p = p * (p + two)
        a[out, m] = p * (p + two)


@inlined
def log1p_of(x: Any, c: Any) -> Any:
    """log(1 + x) for x > -1: 2 artanh(x / (2 + x)) by its series where |x| is small, which most effects are."""
    if abs(x) > c[15]:
        return np.log1p(x)
    s = x / (c[10] + x)
    q = s * s
    series = c[16] + q * (c[17] + q * (c[18] + q * (c[19] + q * (c[20] + q * (c[21] + q * c[22])))))
    return s * (c[10] + q * series)


@inlined
def built_up(a: Any, steps: Any, lever: Any, length: Any, begin: Any, stop: Any, horizon: Any, one: Any) -> None:
    """Row BUILT of `a`: the effect's build-up from time `begin` (in months, a part of one too) to month `stop`."""
    part = begin - np.floor(begin)
    rest = one - part
    full = int(begin)
    # unsigned numbers, so that no index is taken to count from the end
    shift, next_one = np.uint64(length - full), np.uint64(length - full + 1)
    for m in range(np.uint64(length)):
        a[BUILT, m] = rest * steps[lever, next_one + m] + part * steps[lever, shift + m]
    if stop < horizon:
        after = np.uint64(length - stop + 1)
        for m in range(np.uint64(length)):
            a[BUILT, m] -= steps[lever, after + m]


def shared_effects(draws: int, t: Any) -> tuple[Any, Any]:
    """Room for the effects of so many draws that scenarios share; see `plans`."""
    _, _, segments, bases, length, _ = t.whole.tolist()
    logs = -(-2 * ROWS * segments // length)
    return (
        np.empty((draws, LOGS + 2 * segments + bases - BRINGING + logs, length), t.dose.dtype),
        np.empty((draws, 2 * segments + bases + 2), np.int64),
    )


@compiled
def plans(
    v: Any, paid: Any, t: Any, wanted: Any, out: Any, months: Any, strengths: Any, effects_of: Any, state: Any,
    mode: Any,
) -> None:
    """Every row of the values `v` (n, variables) through the plan `t`; `paid` (n, 2 M + 2) is the rows' cost
    before the budget's factor.

    Fills `out` (n, wanted) with the measures numbered in `wanted`; where they have n rows and not none, also
    `months` (n, 4, horizon) with spending, margin, savings and extra sales, and `strengths` (n, levers).

    Scenarios that leave all effects as they are share them: in mode 1 the logs of the effects are kept in
    `effects_of` (n, rows, M) and `state` (n, flags), in mode 2 they are taken from there, in mode 0 neither.
    """
    horizon, size, segments, bases, length, newcomer = (
        t.whole[0], t.whole[1], t.whole[2], t.whole[3], t.whole[4], t.whole[5]
    )
    # a field of `t` read in the loop would count its references at each draw
    needs, needed, moved, brings, keeps, stop = t.needs, t.needed, t.quantity, t.brings, t.keeps, t.stop
    kind, curve, ready, claimed, doses, least, given = t.kind, t.curve, t.ready, t.claimed, t.dose, t.least, t.given
    fades, fading_like, acts, steps, planned = t.fades, t.fading_like, t.acts, t.steps, t.planned
    plain, newcomers = t.base, t.newcomers
    shares, clock, c = t.shares, t.clock, t.constants
    endless, zero, one, tiny, saved_most = c[0], c[8], c[9], c[12], c[14]
    scale = 5 * size + 11
    share = scale + segments
    shared = 5 * size
    paths = plain.shape[0]
    given_logs, base_logs = LOGS + segments, LOGS + 2 * segments
    fade_rows = LOGS + 2 * segments + bases
    # places among the values, unsigned, so that no index is taken to count from the end
    levers = np.uint64(size)
    effects, reaches = levers, levers + levers
    delays = reaches + reaches
    a = np.zeros((fade_rows + fades.size, length), v.dtype)
    at_work, touched = np.zeros(size, np.uint64), np.zeros(Q + bases, np.int64)
    row, begin, strength = np.zeros(MEASURE_COUNT, v.dtype), np.zeros(size, v.dtype), np.zeros(size, v.dtype)
    sums, logs = np.zeros((2, Q + bases, segments), v.dtype), np.zeros((2, 2 * ROWS * segments), v.dtype)
    flags = np.zeros(2 * segments + bases, np.int64)
    last_rate = -one
    for i in range(v.shape[0]):
        factor, margin, rank, trend = v[i, shared], v[i, shared + 1], v[i, shared + 2], v[i, shared + 3]
        kept, overlap, fading, wage = v[i, shared + 4], v[i, shared + 5], v[i, shared + 6], v[i, shared + 7]
        giving, discount, newcomer_value = v[i, shared + 8], v[i, shared + 9], v[i, shared + 10]
        path = min(max(int(rank * paths), 0), paths - 1)

        if last_rate != discount:  # the same for every draw unless a scenario makes it uncertain
            last_rate = discount
            worth = one
            per_month = (one + discount) ** (-one / clock[11])
            for m in range(horizon):
                worth = worth * per_month
                a[WORTH, m] = worth
        level = one
        for m in range(horizon):
            if m % 12 == 0 and m > 0:
                level = level * (one + trend)
            a[TREND, m] = level
        staff = factor * wage
        for m in range(length):
            a[SPENT_IN, m] = factor * paid[i, m] + staff * paid[i, length + m]
            a[GAINED, m] = zero
            a[SAVED, m] = zero
            a[SALES, m] = zero
            a[EXTRA, m] = zero
        marketing = factor * paid[i, 2 * length] + staff * paid[i, 2 * length + 1]
        for k in range(Q + bases):
            if touched[k] > 0:
                touched[k] = 0
                for s in range(segments):
                    sums[0, k, s] = zero
                    sums[1, k, s] = zero
        for k in range(flags.size):
            flags[k] = 0
        for m in range(logs.shape[1]):
            logs[0, m] = zero

        working, brought = 0, False
        if mode == 2:
            working = state[i, flags.size]
            brought = state[i, flags.size + 1] > 0
            for k in range(flags.size):
                flags[k] = state[i, k]
            if working > 0:
                for k in range(fade_rows - BRINGING):
                    for m in range(length):
                        a[BRINGING + k, m] = effects_of[i, k, m]
                for m in range(logs.shape[1]):
                    logs[0, m] = effects_of[i, fade_rows - BRINGING + m // length, m % length]
        else:
            # which levers work, since when, and how strongly
            log_factor = np.log(factor) if factor != one and factor > zero else zero
            for lever in range(levers):
                strength[lever] = zero
                if v[i, lever] <= c[1]:
                    continue
                dose = doses[lever] * factor
                works = moved[lever] >= 0 and dose > zero and dose >= least[lever]
                starts = ready[lever] + v[i, delays + lever]
                for k in range(needed[lever]):  # those it needs, and what these need in turn
                    other = needs[lever, k]
                    funded = doses[other] * factor
                    works = works and funded > zero and funded >= least[other]
                    starts = max(starts, ready[other] + v[i, delays + other])
                if not works or starts >= stop[lever]:
                    continue
                begin[lever] = starts
                effect = kept * claimed[lever] * v[i, effects + lever] * v[i, reaches + lever]
                if kind[lever] == 1:  # the formulas of curves.Curve; column 2 holds half^steepness, 3 dose^steepness
                    half, power = curve[lever, 2], curve[lever, 3]
                    if log_factor != zero:
                        power = power * np.exp(curve[lever, 1] * log_factor)
                    effect *= power * (one + half) / (half + power)
                elif kind[lever] == 2:
                    effect *= dose * (one + curve[lever, 0]) - curve[lever, 0] * dose * dose
                else:
                    effect *= dose
                quantity = moved[lever]
                change = max(effect, -saved_most) if quantity < Q else -min(effect, saved_most)
                log = log1p_of(change, c)
                log = log if quantity < Q else -log
                strength[lever] = log
                at_work[working] = lever
                working += 1
                touched[quantity] = 1
                for s in range(segments):
                    sums[0, quantity, s] += abs(log) * acts[lever, s]
                    sums[1, quantity, s] += log * log * acts[lever, s]
            if working > 0:
                for k in range(fade_rows - BRINGING):
                    for m in range(length):
                        a[BRINGING + k, m] = zero
                for k in range(Q + bases):
                    if touched[k] == 0:
                        continue
                    for s in range(segments):
                        added = sums[0, k, s]
                        if added > zero:
                            sums[0, k, s] = one - overlap * (one - sums[1, k, s] / (added * added))
                for k in range(fades.size):  # e^(-fade x month) - 1, once for all levers that wear off alike
                    monthly, left = np.exp(-fades[k] * fading * clock[0]), one
                    for m in range(length):
                        left *= monthly
                        a[fade_rows + k, m] = left - one

            # effects month by month
            for place in range(working):
                lever = at_work[place]
                quantity = moved[lever]
                built_up(a, steps, lever, length, begin[lever], stop[lever], horizon, one)
                like = fading_like[lever]
                if like >= 0:
                    # relative to the begin; before it nothing is worn off
                    back = np.exp(fades[like] * fading * begin[lever])
                    for m in range(length):
                        a[BUILT, m] *= min(back * (one + a[fade_rows + like, m]), one)
                whole = zero
                for s in range(segments):
                    if acts[lever, s] == zero:
                        continue
                    weight = strength[lever] * sums[0, quantity, s]
                    whole += weight * shares[path, s]
                    if quantity >= Q:
                        continue
                    flags[s] = 1
                    for m in range(length):
                        a[LOGS + s, m] += weight * a[BUILT, m]
                    if given[lever] > zero:
                        flags[segments + s] = 1
                        away = weight * given[lever] * giving
                        for m in range(length):
                            a[given_logs + s, m] += away * a[BUILT, m]
                    early, late = weight * a[BUILT, 11], weight * a[BUILT, horizon - 1]
                    logs[0, quantity * segments + s] += early
                    logs[0, (ROWS + quantity) * segments + s] += late
                    if keeps[lever] > 0:
                        logs[0, Q * segments + s] += early
                        logs[0, (ROWS + Q) * segments + s] += late
                    if brings[lever] > 0 and s == newcomer:
                        brought = True
                        for m in range(length):
                            a[BRINGING, m] += weight * a[BUILT, m]
                if quantity >= Q:
                    flags[2 * segments + quantity - Q] = 1
                    into = base_logs + quantity - Q
                    for m in range(length):
                        a[into, m] -= whole * a[BUILT, m]
                strength[lever] = whole
            if mode == 1:
                state[i, flags.size] = working
                state[i, flags.size + 1] = 1 if brought else 0
                for k in range(flags.size):
                    state[i, k] = flags[k]
                for k in range(fade_rows - BRINGING):
                    for m in range(length):
                        effects_of[i, k, m] = a[BRINGING + k, m]
                for m in range(logs.shape[1]):
                    effects_of[i, fade_rows - BRINGING + m // length, m % length] = logs[0, m]

        # sales, margin and savings
        expm1_of(logs, 0, 1, logs.shape[1], c)
        for r in range(2 * ROWS):
            row[FACTORS + r] = zero
        for s in range(segments):
            level = v[i, scale + s]
            for m in range(length):
                a[X, m] = plain[path, s, m] * a[TREND, m] * level
            for m in range(length):
                a[SALES, m] += a[X, m]
            for r in range(ROWS):
                row[FACTORS + r] += a[X, 11] * logs[1, r * segments + s]
                row[FACTORS + ROWS + r] += a[X, horizon - 1] * logs[1, (ROWS + r) * segments + s]
            if flags[s] == 0:
                continue
            expm1_of(a, LOGS + s, GROWN, length, c)
            if flags[segments + s] > 0:  # the part of the extra sales that the lever's share of the logarithm brings
                for m in range(length):
                    log = a[LOGS + s, m]
                    ratio = a[GROWN, m] / (log if abs(log) > tiny else one)
                    a[given_logs + s, m] *= ratio if abs(log) > tiny else one
                for m in range(length):
                    a[GAINED, m] -= a[given_logs + s, m] * a[X, m]
            for m in range(length):
                a[EXTRA, m] += a[GROWN, m] * a[X, m]
        for m in range(length):
            a[GAINED, m] += margin * a[EXTRA, m]
        for b in range(bases):
            if flags[2 * segments + b] > 0:
                held = v[i, share + b]
                expm1_of(a, base_logs + b, GROWN, length, c)
                for m in range(length):
                    a[SAVED, m] -= (a[SALES, m] + a[EXTRA, m]) * held * a[GROWN, m]
        new_customers, all_new = zero, zero
        level = v[i, scale + newcomer]
        for m in range(length):
            all_new += newcomers[path, m] * a[TREND, m]
        all_new *= level
        if brought:
            expm1_of(a, BRINGING, GROWN, length, c)
            for m in range(length):
                new_customers += newcomers[path, m] * a[TREND, m] * a[GROWN, m]
            new_customers *= level
            all_new += new_customers

        # measures
        benefit, cost, spent, extra_sales = zero, zero, zero, zero
        for m in range(length):
            a[X, m] = a[GAINED, m] + a[SAVED, m] - a[SPENT_IN, m]
            benefit += (a[GAINED, m] + a[SAVED, m]) * a[WORTH, m]
            cost += a[SPENT_IN, m] * a[WORTH, m]
            spent += a[SPENT_IN, m]
            extra_sales += a[EXTRA, m]
        payback, discounted = endless, endless
        held, held_discounted = zero, zero
        first = 0
        while first < horizon and a[SPENT_IN, first] <= zero:
            held += a[X, first]
            held_discounted += a[X, first] * a[WORTH, first]
            first += 1
        for m in range(first, horizon):
            held += a[X, m]
            held_discounted += a[X, m] * a[WORTH, m]
            if held >= zero and payback == endless:
                payback = clock[m]
            if held_discounted >= zero and discounted == endless:
                discounted = clock[m]
        row[NPV] = benefit - cost
        row[ROI_NET] = (benefit - cost) / cost if cost > zero else zero
        row[ROI_GROSS] = extra_sales / spent if spent > zero else zero
        row[PAYBACK], row[PAYBACK_DISCOUNTED] = payback, discounted
        row[COST], row[BENEFIT], row[SPENT], row[EXTRA_SALES] = cost, benefit, spent, extra_sales
        early, late = a[SALES, 11], a[SALES, horizon - 1]
        row[GROWTH_12] = a[EXTRA, 11] / early if early > zero else zero
        row[GROWTH_H] = a[EXTRA, horizon - 1] / late if late > zero else zero
        row[NEW_CUSTOMERS], row[MARKETING] = new_customers, marketing
        row[CAC] = marketing / new_customers if new_customers > zero else endless
        row[CAC_ALL] = marketing / all_new if all_new > zero else endless
        row[LTV_CAC] = newcomer_value * new_customers / marketing if marketing > zero else endless
        row[LTV_CAC_ALL] = newcomer_value * all_new / marketing if marketing > zero else endless
        row[OVERRUN] = spent / planned[0] if planned[0] > zero else one
        for r in range(ROWS):
            row[FACTORS + r] = one + row[FACTORS + r] / early if early > zero else one
            row[FACTORS + ROWS + r] = one + row[FACTORS + ROWS + r] / late if late > zero else one
        for k in range(wanted.size):
            out[i, k] = row[wanted[k]]
        if strengths.shape[0] > 0:
            for k in range(size):
                strengths[i, k] = strength[k]
            for m in range(horizon):
                months[i, 0, m] = a[SPENT_IN, m]
                months[i, 1, m] = a[GAINED, m]
                months[i, 2, m] = a[SAVED, m]
                months[i, 3, m] = a[EXTRA, m]
