"""The least that a basket can be made to cost under a set of promotion rules.

Searched are which rules are combined, in which order they are applied, goods added to reach a threshold (kept or
sent back), and the basket split over several orders. Rules that take a share of what is left commute, and so do
rules that take money off, so that most orders of application need not be tried; splits are solved part by part
(dynamic programming over the parcels and the rules that a customer may use once).
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ecomplan.risk.conduct.baskets import Baskets
from ecomplan.risk.conduct.matching import Floats
from ecomplan.risk.conduct.rulebook import Rule, RuleSet

SHARES = ("percent", "member_price", "buy_n_get_m")
MONEY = ("amount_off", "coupon")
EDGE = 1e-9  # money: an amount this near a threshold reaches it


@dataclass(frozen=True)
class Lowest:
    """Per basket: the least net payment found, what an honest customer pays, and the list amount.

    `orders` is the number of orders into which the cheapest way splits the basket.
    """

    least: Floats
    honest: Floats
    listed: Floats
    orders: NDArray[np.int64]


def usable(rule: Rule) -> bool:
    """Whether a customer can turn the rule to her own use."""
    return rule.kind != "referral_reward" or rule.self_allowed


def plays(rules: RuleSet) -> Iterator[tuple[Rule, ...]]:
    """Sequences of rules that may stand in one order, one for each class of sequences with the same result."""
    able = [rule for rule in rules.rules if usable(rule)]
    for size in range(len(able) + 1):
        for chosen in itertools.combinations(able, size):
            if len({rule.stack for rule in chosen}) == size:
                yield from _sequences(chosen, rules.threshold_on == "list")


def _kind(rule: Rule) -> int:
    return 0 if rule.kind in SHARES else 1 if rule.kind in MONEY else 2


def _sequences(chosen: tuple[Rule, ...], on_list: bool) -> Iterator[tuple[Rule, ...]]:
    """Without thresholds on what is left, shares first and then money off is the cheapest. Else only rules with
    a threshold need be tried at every place; the free ones among neighbours of a kind keep their order."""
    ordered = sorted(chosen, key=_kind)
    if on_list:
        yield tuple(ordered)
        return
    rank = {rule.id: place for place, rule in enumerate(ordered)}
    for sequence in itertools.permutations(ordered):
        swapped = any(
            _kind(left) == _kind(right) and not left.min_amount and not right.min_amount
            and rank[left.id] > rank[right.id] for left, right in itertools.pairwise(sequence)
        )
        if not swapped:
            yield sequence


def net_payment(play: tuple[Rule, ...], rules: RuleSet, baskets: Baskets, pad: Floats) -> tuple[Floats, Floats]:
    """(net payment, cash paid) of parts to which goods worth `pad` are added; infinite where a rule does not apply.

    Net of gifts and rewards. Arrays are baskets x parts.
    """
    listed = baskets.total + pad
    left = listed.copy()
    extra = np.zeros_like(listed)
    fits = np.ones(listed.shape, bool)
    for rule in play:
        fits &= (listed if rules.threshold_on == "list" else left) >= rule.min_amount - EDGE
        group = baskets.groups.index(rule.group)
        if rule.kind in ("percent", "member_price"):
            left = left * (1 - rule.value / 100 * _ratio(baskets.amount[..., group], listed))
        elif rule.kind == "buy_n_get_m":
            free = baskets.pieces[..., group] // (rule.buy_n + rule.free_m) * rule.free_m
            left = left * (1 - _ratio(free * baskets.cheapest[..., group], listed))
        elif rule.kind in MONEY:
            left = left - rule.value
        else:
            extra = extra + rule.value
    net = np.maximum(left - extra, (1 - rules.cap_share) * listed) if rules.cap_share < 1 else left - extra
    return np.where(fits, net, np.inf), np.where(fits, np.maximum(net + extra, 0.0), 0.0)


def _ratio(part: Floats, whole: Floats) -> Floats:
    return np.divide(part, whole, out=np.zeros_like(whole), where=whole > 0)


def best_of(play: tuple[Rule, ...], rules: RuleSet, baskets: Baskets) -> Floats:
    """Least net payment of each part under a play: as it is, or with goods added up to one of its thresholds."""
    least, _ = net_payment(play, rules, baskets, np.zeros_like(baskets.total))
    for threshold in sorted({rule.min_amount for rule in play if rule.min_amount > 0}):
        pad = np.maximum(threshold - baskets.total, 0.0)
        if not pad.any():
            continue
        net, cash = net_payment(play, rules, baskets, pad)
        least = np.minimum(least, net)
        lasting = np.ones(baskets.total.shape, bool)
        for rule in play:
            if rule.reclaimed_on_return:
                lasting &= rule.min_amount <= baskets.total + EDGE
        refund = pad if rules.refund_on == "list" else pad * _ratio(cash, baskets.total + pad)
        least = np.where(lasting, np.minimum(least, net - np.where(np.isfinite(net), refund, 0.0)), least)
    return least


def lowest(rules: RuleSet, baskets: Baskets) -> Lowest:
    """The least that each basket can be made to cost, over all plays, added goods and splits."""
    once = [rule.id for rule in rules.rules if rule.limit == "customer" and usable(rule)]
    uses = 1 << len(once)
    best = np.full((uses, *baskets.total.shape), np.inf)
    for play in plays(rules):
        used = sum(1 << once.index(rule.id) for rule in play if rule.id in once)
        best[used] = np.minimum(best[used], best_of(play, rules, baskets))
    count, parts = baskets.total.shape
    solved = np.full((uses, parts, count), np.inf)
    orders = np.zeros((uses, parts, count), np.int64)
    solved[:, 0] = 0.0
    for mask in range(1, parts):
        bottom = mask & -mask
        rest = mask ^ bottom
        sub = rest
        while True:
            part, other = sub | bottom, rest ^ sub
            for used in range(uses):
                for own in _subsets(used):
                    cost = best[own][:, part] + solved[used ^ own, other]
                    better = cost < solved[used, mask] - EDGE
                    solved[used, mask] = np.where(better, cost, solved[used, mask])
                    orders[used, mask] = np.where(better, orders[used ^ own, other] + 1, orders[used, mask])
            if not sub:
                break
            sub = (sub - 1) & rest
    way = solved[:, -1].argmin(axis=0)
    row = np.arange(count)
    return Lowest(solved[way, -1, row], honest(rules, baskets), baskets.total[:, -1], orders[way, -1, row])


def _subsets(used: int) -> Iterator[int]:
    own = used
    while True:
        yield own
        if not own:
            return
        own = (own - 1) & used


def honest(rules: RuleSet, baskets: Baskets) -> Floats:
    """What a basket costs as the rules are meant: in one order, nothing added, no referral, the combination of rules
    that suits the customer best."""
    whole = Baskets(baskets.groups, baskets.total[:, -1:], baskets.amount[:, -1:], baskets.pieces[:, -1:],
                    baskets.cheapest[:, -1:])
    paid = whole.total[:, 0].copy()
    nothing = np.zeros_like(whole.total)
    meant = [rule for rule in rules.rules if rule.kind != "referral_reward"]
    for size in range(1, len(meant) + 1):
        for chosen in itertools.combinations(meant, size):
            if len({rule.stack for rule in chosen}) == size:
                net, _ = net_payment(tuple(sorted(chosen, key=_kind)), rules, whole, nothing)
                paid = np.minimum(paid, net[:, 0])
    return paid
