"""Years drawn one by one in compiled code.

Every year has random numbers of its own (SplitMix64, Steele, Lea & Flood, 2014, started from seed and year), so that
any year can be drawn again in detail without drawing the others: sums are kept for all, risks and months for a few.
Arrays over worlds come with the world first.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ecomplan.compiling import dividing
from ecomplan.risk.losses.book import NEGATIVE_BINOMIAL, ONCE
from ecomplan.risk.losses.streams import chi_squared, normal, start, uniform


@dividing
def student_below(x: float, free: int) -> float:
    """Distribution function of Student's t for whole degrees of freedom (Abramowitz & Stegun, 1964, 26.7.3-4)."""
    angle = math.atan(x / math.sqrt(free))
    sine, cosine2 = math.sin(angle), math.cos(angle) ** 2
    odd = free % 2
    term, total = math.cos(angle) if odd else 1.0, 0.0
    for k in range(odd, free - 1, 2):
        total += term
        term *= cosine2 * (k + 1) / (k + 2)
    inside = 2.0 / math.pi * (angle + sine * total) if odd else sine * total
    return 0.5 + 0.5 * inside


@dividing
def count_at(u: float, kind: int, events: float, spread: float) -> int:
    """The smallest number of events whose distribution function reaches `u`."""
    if events <= 0:
        return 0
    if kind == ONCE:
        return 1 if u > 1.0 - events else 0
    size, ratio = 0.0, 0.0
    if kind == NEGATIVE_BINOMIAL:
        size, ratio = events / (spread - 1.0), (spread - 1.0) / spread
        chance = math.exp(-size * math.log(spread))
    else:
        chance = math.exp(-events)
    below, count = chance, 0
    while below < u:
        if kind == NEGATIVE_BINOMIAL:
            chance *= ratio * (count + size) / (count + 1)
        else:
            chance *= events / (count + 1)
        count += 1
        below += chance
        if count > events and chance < 1e-17:  # the sum no longer grows
            break
    return count


@dividing
def draw(seed: int, which: Any, per_world: int, book: Any, detail: bool) -> Any:
    """The years `which`, n of them, each from its own random numbers.

    Yearly sums (n, states), mean loss (risks, states), mean number of events (risks,); and with `detail` losses by
    risk (n, risks, states) and by month (n, 12, states), shocks (n, shocks), which else have length 0.
    """
    (kind, spread, events, none, latent, heavy, scale, shape, cap, kept, left, group, loading, own, freedom, chance,
     hits, seasonal, below_month) = book
    risks, states, groups, shocks, n = len(kind), kept.shape[2], len(freedom), chance.shape[1], len(which)
    rows = n if detail else 0
    out, in_month = np.zeros((rows, risks, states)), np.zeros((rows, 12, states))
    all_struck = np.zeros((rows, shocks), np.bool_)
    total, mean, number = np.zeros((n, states)), np.zeros((risks, states)), np.zeros(risks)
    factor, stretch, lift, loss = np.zeros(groups), np.zeros(groups), np.ones(risks), np.zeros(states)
    half = math.sqrt(0.5)
    for k in range(n):
        w = which[k] // per_world
        state, months = start(seed, which[k], 0), start(seed, which[k], 1)
        any_shock = False
        for s in range(shocks):
            state, u = uniform(state)
            if u < chance[w, s]:
                if not any_shock:
                    for i in range(risks):
                        lift[i] = 1.0
                any_shock = True
                for i in range(risks):
                    lift[i] *= hits[s, i]
                if detail:
                    all_struck[k, s] = True
        for g in range(groups):
            state, factor[g] = normal(state)
            stretch[g] = 1.0
            if freedom[g] > 0:
                state, u = chi_squared(state, freedom[g])
                stretch[g] = math.sqrt(freedom[g] / u)
        for i in range(risks):
            changed = any_shock and lift[i] != 1.0
            g = group[i]
            if g < 0:
                state, u = uniform(state)
                if not changed and u <= none[w, i]:
                    continue
            else:
                state, x = normal(state)
                x = (loading[i] * factor[g] + own[i] * x) * stretch[g]
                if not changed and x <= latent[w, i]:
                    continue
                u = student_below(x, freedom[g]) if freedom[g] > 0 else 0.5 * math.erfc(-x * half)
            expected = events[w, i] * (lift[i] if changed else 1.0)
            happened = count_at(u, kind[i], min(expected, 1.0) if kind[i] == ONCE else expected, spread[i])
            if happened == 0:
                continue
            number[i] += happened
            for c in range(states):
                loss[c] = 0.0
            for _ in range(happened):
                if heavy[i]:
                    state, u = uniform(state)
                    size = scale[w, i] * math.exp(-math.log(u) / shape[i])
                else:
                    state, u = normal(state)
                    size = scale[w, i] * math.exp(shape[i] * u)
                size = min(size, cap[w, i])
                state, luck = uniform(state)
                month = 0
                if detail:
                    months, u = uniform(months)
                    month = int(12 * u)
                    if seasonal[i]:
                        month = 0
                        while month < 11 and u > below_month[month]:
                            month += 1
                for c in range(states):
                    remains = size * left[w, i, c] * (luck < kept[w, i, c])
                    loss[c] += remains
                    if detail:
                        in_month[k, month, c] += remains
            for c in range(states):
                total[k, c] += loss[c]
                mean[i, c] += loss[c]
                if detail:
                    out[k, i, c] = loss[c]
    return total, mean / n, number / n, out, in_month, all_struck
