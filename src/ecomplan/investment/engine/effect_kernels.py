"""What levers do to sales and cost bases, month by month, compiled: one draw's effects from one row of values.

All arithmetic is in the precision of the arrays. Loops over months are free of branches and of views (a view
counts its references, one locked instruction each), so that the compiler turns them into vector instructions;
levers that do not work in a draw cost next to nothing.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ecomplan.compiling import inlined, quick

#: quantities that multiply sales, and with them the row of users
Q, ROWS = 5, 6


@inlined
def expm1_of(x: Any, out: Any, i: Any, k: Any, length: Any, c: Any) -> None:
    """`out`[i, k] becomes e^`x`[i, k] - 1 for |x| <= 6, by the series at x / 8 and three doublings; it keeps its
    relative accuracy near 0."""
    c2, c3, c4, c5, c6, c7, c8 = c[1], c[2], c[3], c[4], c[5], c[6], c[7]
    one, two, eighth, most = c[9], c[10], c[11], c[13]
    for m in range(length):
        v = min(max(x[i, k, m], -most), most) * eighth
        p = v * (one + v * (c2 + v * (c3 + v * (c4 + v * (c5 + v * (c6 + v * (c7 + v * c8)))))))
        p = p * (p + two)
        p = p * (p + two)
        out[i, k, m] = p * (p + two)


@inlined
def log1p_of(x: Any, c: Any) -> Any:
    """log(1 + x) for x > -1: 2 artanh(x / (2 + x)) by its series where |x| is small, which most effects are."""
    if abs(x) > c[15]:
        return np.log1p(x)
    s = x / (c[10] + x)
    q = s * s
    series = c[16] + q * (c[17] + q * (c[18] + q * (c[19] + q * (c[20] + q * (c[21] + q * c[22])))))
    return s * (c[10] + q * series)


@quick
def effects(v: Any, t: Any, room: Any, factors: Any, acting: Any, strengths: Any) -> None:
    """Effects of every row of the values `v` (n, variables) in the plan `t`.

    Fills `room` (n, 2 S + B + 1, M): growth of each segment's sales, its part given away, growth of each cost
    base, growth of new customers; `factors` (n, 1, 2 ROWS S): growth by quantity and users in month 12 and in the
    last, by segment; `acting` (n, 2 S + B + 1): 1 where a row of the room is not all zero. `strengths`
    (n, levers) are filled where they have rows.
    """
    horizon, size, segments, bases, length, newcomer = (
        t.whole[0], t.whole[1], t.whole[2], t.whole[3], t.whole[4], t.whole[5]
    )
    # a field of `t` read in the loop would count its references at each draw
    needs, needed, moved, brings, keeps, stop = t.needs, t.needed, t.quantity, t.brings, t.keeps, t.stop
    kind, curve, ready, claimed, doses, least, given = t.kind, t.curve, t.ready, t.claimed, t.dose, t.least, t.given
    fades, fading_like, acts, steps, shares, c = t.fades, t.fading_like, t.acts, t.steps, t.shares, t.constants
    zero, one, month, tiny, saved_most = c[8], c[9], c[9], c[12], c[14]
    half_way, shared, paths, last = c[1], 5 * size, t.base.shape[0], horizon - 1
    away, of_bases, bringing = segments, 2 * segments, 2 * segments + bases
    # places among the values, unsigned, so that no index is taken to count from the end
    levers, months = np.uint64(size), np.uint64(length)
    own, reaches = levers, levers + levers
    delays = reaches + reaches
    at_work, touched = np.zeros(size, np.uint64), np.zeros(Q + bases, np.int64)
    begin, strength, built = np.zeros(size, v.dtype), np.zeros(size, v.dtype), np.zeros(length, v.dtype)
    sums, worn = np.zeros((2, Q + bases, segments), v.dtype), np.zeros((fades.size, length), v.dtype)
    for i in range(v.shape[0]):
        factor, kept, overlap = v[i, shared], v[i, shared + 4], v[i, shared + 5]
        fading, giving = v[i, shared + 6], v[i, shared + 8]
        for k in range(Q + bases):
            touched[k] = 0
            for s in range(segments):
                sums[0, k, s] = zero
                sums[1, k, s] = zero
        for k in range(bringing + 1):
            acting[i, k] = 0
            for m in range(months):
                room[i, k, m] = zero
        for k in range(factors.shape[2]):
            factors[i, 0, k] = zero

        # which levers work, since when, and how strongly
        drawn, working = 0, 0
        log_factor = np.log(factor) if factor != one and factor > zero else zero
        for lever in range(levers):  # without a branch, which a processor would foretell wrongly
            strength[lever] = zero
            at_work[drawn] = lever
            drawn += 1 if v[i, lever] > half_way else 0
        for place in range(drawn):
            lever = at_work[place]
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
            effect = kept * claimed[lever] * v[i, own + lever] * v[i, reaches + lever]
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
            path = min(max(int(v[i, shared + 2] * paths), 0), paths - 1)
            for k in range(Q + bases):
                if touched[k] > 0:
                    for s in range(segments):
                        added = sums[0, k, s]
                        if added > zero:
                            sums[0, k, s] = one - overlap * (one - sums[1, k, s] / (added * added))
            for k in range(fades.size):  # e^(-fade x month), once for all levers that wear off alike
                monthly, left = np.exp(-fades[k] * fading * month), one
                for m in range(8):
                    left *= monthly
                    worn[k, m] = left
                for m in range(np.uint64(8), months):
                    worn[k, m] = worn[k, m - np.uint64(8)] * left

        # their logarithms, month by month
        for place in range(working):
            lever = at_work[place]
            quantity, starts = moved[lever], begin[lever]
            full = int(starts)
            part = starts - np.floor(starts)  # it begins within a month
            rest = one - part
            before = months - np.uint64(full)
            for m in range(months):
                built[m] = rest * steps[lever, before + np.uint64(1) + m] + part * steps[lever, before + m]
            if stop[lever] < horizon:
                after = np.uint64(length - stop[lever] + 1)
                for m in range(months):
                    built[m] -= steps[lever, after + m]
            like = fading_like[lever]
            if like >= 0:
                back = np.exp(fades[like] * fading * starts)  # before it begins nothing is worn off
                for m in range(months):
                    built[m] *= min(back * worn[like, m], one)
            whole = zero
            for s in range(segments):
                if acts[lever, s] == zero:
                    continue
                weight = strength[lever] * sums[0, quantity, s]
                whole += weight * shares[path, s]
                if quantity >= Q:
                    continue
                acting[i, s] = 1
                for m in range(months):
                    room[i, s, m] += weight * built[m]
                if given[lever] > zero:
                    acting[i, away + s] = 1
                    passed_on = weight * given[lever] * giving
                    for m in range(months):
                        room[i, away + s, m] += passed_on * built[m]
                if brings[lever] > 0 and s == newcomer:
                    acting[i, bringing] = 1
                    for m in range(months):
                        room[i, bringing, m] += weight * built[m]
                early, late = weight * built[11], weight * built[last]
                factors[i, 0, quantity * segments + s] += early
                factors[i, 0, (ROWS + quantity) * segments + s] += late
                if keeps[lever] > 0:
                    factors[i, 0, Q * segments + s] += early
                    factors[i, 0, (ROWS + Q) * segments + s] += late
            if quantity >= Q:
                base = of_bases + quantity - Q
                acting[i, base] = 1
                for m in range(months):
                    room[i, base, m] -= whole * built[m]
            strength[lever] = whole

        # from logarithms to growth; what is given away is the growth that its share of the logarithm brings
        if working > 0:
            expm1_of(factors, factors, i, 0, factors.shape[2], c)
        for s in range(segments):
            if acting[i, away + s] > 0:
                for m in range(months):
                    log = room[i, s, m]
                    room[i, away + s, m] /= log if abs(log) > tiny else one
        for k in range(bringing + 1):
            if acting[i, k] > 0 and (k < away or k >= of_bases):
                expm1_of(room, room, i, k, months, c)
        for s in range(segments):
            if acting[i, away + s] > 0:
                for m in range(months):
                    growth = room[i, s, m]
                    room[i, away + s, m] *= growth if abs(growth + growth) > tiny else one
        if strengths.shape[0] > 0:
            for k in range(size):
                strengths[i, k] = strength[k]
