"""Promotion rules, the rule file, messages, reviews and duties."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecomplan.claims import load_claims, read_yaml
from ecomplan.errors import ParameterError
from ecomplan.risk.conduct import coverage, exploits, promotions, reviews, trust
from ecomplan.risk.conduct.baskets import Baskets, parts_of
from ecomplan.risk.conduct.rulebook import Group, Rule, RuleSet, load_rulebook, rulebook_of

FOLDER = Path(__file__).parents[2] / "claims"
CLAIMS = load_claims(FOLDER)
GROUPS = (Group(id="all", name="all", price_from=0, price_to=1),
          Group(id="low", name="low", price_from=0, price_to=0.5))


def basket(prices: list[float], pieces: list[int]) -> Baskets:
    """One basket: a parcel for each article; articles below 10 are in group low."""
    price, count = np.array(prices), np.array(pieces, float)
    inside = np.stack([np.ones(len(prices), bool), price < 10], axis=1)
    amount = (price * count)[:, None] * inside
    return parts_of(("all", "low"), (price * count)[None], amount[None], (count[:, None] * inside)[None],
                    np.where(inside, price[:, None], np.inf)[None])


def partitions(items: list[int]) -> Iterator[list[list[int]]]:
    if not items:
        yield []
        return
    for rest in partitions(items[1:]):
        yield [[items[0]], *rest]
        for at in range(len(rest)):
            yield [*rest[:at], [items[0], *rest[at]], *rest[at + 1:]]


def one_order(
    rules: RuleSet, prices: list[float], pieces: list[int], part: list[int]
) -> list[tuple[frozenset[str], float]]:
    """Every way to pay for one order: all sequences of rules, with and without added goods. (rules used once, net)"""
    listed = sum(prices[at] * pieces[at] for at in part)
    low = [at for at in part if prices[at] < 10]
    able = [rule for rule in rules.rules if rule.kind != "referral_reward" or rule.self_allowed]
    out = []
    for size in range(len(able) + 1):
        for play in itertools.permutations(able, size):
            if len({rule.stack for rule in play}) < size:
                continue
            for pad in {0.0, *(max(rule.min_amount - listed, 0.0) for rule in play)}:
                whole, left, extra = listed + pad, listed + pad, 0.0
                for rule in play:
                    if (whole if rules.threshold_on == "list" else left) < rule.min_amount - 1e-9:
                        break
                    members = part if rule.group == "all" else low
                    if rule.kind in ("percent", "member_price"):
                        left -= left * rule.value / 100 * sum(prices[at] * pieces[at] for at in members) / whole
                    elif rule.kind == "buy_n_get_m":
                        free = sum(pieces[at] for at in members) // (rule.buy_n + rule.free_m) * rule.free_m
                        left -= left * free * min((prices[at] for at in members), default=0.0) / whole
                    elif rule.kind in ("amount_off", "coupon"):
                        left -= rule.value
                    else:
                        extra += rule.value
                else:
                    net = max(left - extra, (1 - rules.cap_share) * whole) if rules.cap_share < 1 else left - extra
                    once = frozenset(rule.id for rule in play if rule.limit == "customer")
                    out.append((once, net))
                    if pad and all(not rule.reclaimed_on_return or rule.min_amount <= listed for rule in play):
                        paid = max(net + extra, 0.0)
                        out.append((once, net - pad * (1.0 if rules.refund_on == "list" else paid / whole)))
    return out


def exhaustive(rules: RuleSet, prices: list[float], pieces: list[int]) -> float:
    """Least net payment over all splits into orders, one order's ways each, single-use rules once in all."""
    best = np.inf
    for split in partitions(list(range(len(prices)))):
        states: dict[frozenset[str], float] = {frozenset(): 0.0}
        for part in split:
            following: dict[frozenset[str], float] = {}
            for once, net in one_order(rules, prices, pieces, part):
                for used, paid in states.items():
                    if not used & once:
                        key = used | once
                        following[key] = min(following.get(key, np.inf), paid + net)
            states = following
        best = min(best, min(states.values(), default=np.inf))
    return best


RULE = st.builds(
    lambda kind, value, least, group, limit, stack, back: Rule(
        id="r", kind=kind, group=group, stack=stack, value=value, min_amount=least, buy_n=1, free_m=1, limit=limit,
        reclaimed_on_return=back, self_allowed=True,
    ),
    st.sampled_from(["percent", "amount_off", "buy_n_get_m", "free_gift", "coupon", "member_price", "referral_reward"]),
    st.sampled_from([5.0, 12.0, 30.0]), st.sampled_from([0.0, 0.0, 20.0, 45.0]), st.sampled_from(["all", "low"]),
    st.sampled_from(["order", "customer"]), st.sampled_from(["a", "b", "c"]), st.booleans(),
)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(RULE, min_size=1, max_size=3), st.lists(st.sampled_from([4.0, 7.0, 15.0, 26.0]), min_size=1, max_size=3),
    st.sampled_from(["list", "current"]), st.sampled_from(["list", "paid"]), st.sampled_from([1.0, 0.3]),
)
def test_the_search_equals_trying_everything(
    rules: list[Rule], prices: list[float], threshold: Any, refund: Any, cap: float
) -> None:
    named = tuple(rule.model_copy(update={"id": f"r{number}"}) for number, rule in enumerate(rules))
    whole = RuleSet(id="x", name="x", threshold_on=threshold, refund_on=refund, cap_share=cap, rules=named)
    pieces = [1 + number for number in range(len(prices))]
    found = promotions.lowest(whole, basket(prices, pieces))
    assert found.least[0] == pytest.approx(exhaustive(whole, prices, pieces), abs=1e-9)
    assert found.least[0] <= found.honest[0] + 1e-9


def rule_set(*rules: dict[str, Any], **options: Any) -> RuleSet:
    base = {"group": "all", "stack": "s"}
    whole = {"id": "x", "name": "x", "threshold_on": "list", "refund_on": "paid", "cap_share": 1.0}
    return RuleSet.model_validate(whole | {"rules": [base | rule for rule in rules]} | options)


def test_planted_faults_are_found_and_a_clean_set_passes() -> None:
    tried = basket([20.0, 30.0, 5.0], [1, 1, 2])
    clean = rule_set({"id": "a", "kind": "percent", "value": 10})
    assert exploits.audit(clean, GROUPS, tried, 0.68).violated == 0
    faults = {
        "below_cost": {"id": "a", "kind": "percent", "value": 50},
        "negative": {"id": "a", "kind": "coupon", "value": 25, "min_amount": 20},
        "gift_kept": {"id": "a", "kind": "free_gift", "value": 3, "min_amount": 50},
        "referral_loop": {"id": "a", "kind": "referral_reward", "value": 12, "min_amount": 10, "self_allowed": True,
                          "reclaimed_on_return": True},
    }
    for key, fault in faults.items():
        assert exploits.audit(rule_set(fault), GROUPS, tried, 0.68).counts[key] > 0, key
    fair = rule_set({"id": "a", "kind": "referral_reward", "value": 12, "min_amount": 100, "self_allowed": True,
                     "reclaimed_on_return": True})
    assert exploits.audit(fair, GROUPS, tried, 0.68).counts["referral_loop"] == 0


def test_splitting_pays_only_where_a_coupon_works_in_each_order() -> None:
    tried = basket([30.0, 30.0], [1, 1])
    each = {"id": "a", "kind": "coupon", "value": 10, "min_amount": 30}
    assert promotions.lowest(rule_set(each), tried).least[0] == 40
    once = promotions.lowest(rule_set(each | {"limit": "customer"}), tried)
    assert (once.least[0], once.orders[0]) == (50, 1)


@pytest.mark.parametrize(("change", "words"), [
    ({"group": "socks"}, "rule set drafted, rule club: group 'socks' is unknown"),
    ({"value": 130}, "value = 130 per cent; expected 0 to 100"),
    ({"value": -5}, "greater than or equal to 0"),
    ({"id": "sale"}, "sale stands there twice"),
    ({"colour": 1}, "Extra inputs"),
])
def test_rules_that_cannot_be_meant_are_refused(change: dict[str, Any], words: str) -> None:
    raw = read_yaml(FOLDER / "conduct.yaml")
    raw["rule_sets"][0]["rules"][0] |= change
    with pytest.raises(ParameterError, match=words):
        rulebook_of(raw, CLAIMS)


def test_unknown_claims_and_chances_above_one_are_refused() -> None:
    raw = read_yaml(FOLDER / "conduct.yaml")
    raw["duties"][0]["claims"] = ["s9_nothing"]
    with pytest.raises(ParameterError, match="'s9_nothing' is unknown"):
        rulebook_of(raw, CLAIMS)
    raw = read_yaml(FOLDER / "conduct.yaml")
    raw["compliance_losses"][0]["chance"]["high"] = 1.5
    with pytest.raises(ParameterError, match="compliance loss underspend: chance"):
        rulebook_of(raw, CLAIMS)


def test_where_duties_are_kept_exists() -> None:
    import importlib.util

    book = load_rulebook(FOLDER, CLAIMS)
    for duty in book.duties:
        for kept in duty.kept:
            assert importlib.util.find_spec(kept.where) is not None, kept.where
    assert sum(coverage.kept_counts(coverage.matrix(book))) == len(book.duties)


def test_more_told_harm_and_costlier_messages_lower_the_cap() -> None:
    assumed = trust.Assumed((0.01, 0.04, 0.1), (1, 2, 5), (8, 12, 25), (0.1, 0.3, 0.6), 0.005, 5, 0.01,
                            (0.25, 0.32, 0.45))
    caps = [trust.trust_curve(150, 0.5, 0.35, brand, 0.5, assumed, 40, 500, 1).cap().value
            for brand in (-0.05, -0.2, -0.8)]
    assert caps == sorted(caps, reverse=True) and caps[0] != caps[-1]
    curve = trust.trust_curve(150, 0.5, 0.35, -0.2, 1.0, assumed, 40, 500, 1)
    assert curve.believed == pytest.approx(curve.claimed)  # all of the claim kept


def test_suspicion_finds_more_fakes_than_chance_unless_signals_say_nothing() -> None:
    audit = reviews.Audit(1000, 100, 0.3, (0.1, 0.1, 0.1), 5, 1.0, 0.9, 0.02, 40, 1)
    table = reviews.design_table(reviews.simulate(audit)).set_index("id")["found"]
    assert table["suspicious"] > table["both"] > 2 * table["random"]
    assert table["random"] == pytest.approx(0.1 * 0.9, abs=0.02)
    blind = reviews.Audit(1000, 100, 0.3, (0.1, 0.1, 0.1), 5, 0.0, 0.9, 0.02, 40, 1)
    table = reviews.design_table(reviews.simulate(blind)).set_index("id")["found"]
    assert table["suspicious"] == pytest.approx(0.1 * 0.9, abs=0.02)


def test_spending_falls_into_place_between_cost_and_loss() -> None:
    book = load_rulebook(FOLDER, CLAIMS)
    curve = coverage.cost_risk(book, CLAIMS, 8e6, 9.2, 0.5, 0.08, 500, 1)
    assert curve.left_at(0.05, believed=False) == pytest.approx(0.1 * curve.loss.value)  # 90 % effect at 5 %
    assert (np.diff(curve.believed) < 0).all() and (curve.claimed <= curve.believed).all()
    again = coverage.CostRisk(curve.shares, curve.sales, np.full(500, 1.5 * curve.loss_needed()), curve.believed,
                              curve.claimed)
    assert curve.best().value == 0 and again.best().value > 0
