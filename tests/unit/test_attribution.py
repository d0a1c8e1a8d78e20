"""Attribution: chains, Shapley values and rules against slow obvious computations; memory; quality; bad input."""

from itertools import permutations
from math import factorial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecomplan.behaviour.attribution import chain, claims, disagreement, methods, order, paths, quality, rules
from ecomplan.claims import load_claims
from ecomplan.data.sources import journeys
from ecomplan.errors import DataError, ParameterError
from small import journeys as small

ROWS = st.lists(
    st.tuples(st.lists(st.sampled_from("abcd"), min_size=1, max_size=6), st.integers(0, 4), st.integers(0, 4)),
    min_size=1, max_size=12,
).filter(lambda rows: any(bought for _, bought, _ in rows))


def frame_of(rows):
    return pd.DataFrame({
        "path": [" > ".join(steps) for steps, _, _ in rows], "conversions": [bought for _, bought, _ in rows],
        "value": [2.0 * bought for _, bought, _ in rows], "nulls": [lost for _, _, lost in rows],
    })


def chances(encoded, length):
    one = chain.structure(encoded, length)
    counts = one.counts(encoded.conversions[None], encoded.nulls[None])
    return one, counts, chain.conversion_chances(one, counts)


def slow_effects(rows, length):
    """Removal effects the plain way: dictionaries of windows, then steps of the chain until nobody is left."""
    moves, ends = {}, {}
    for steps, bought, lost in rows:
        if not bought + lost:
            continue
        before = ()
        for place in range(len(steps)):
            state = tuple(steps[max(0, place - length + 1):place + 1])
            moves.setdefault(before, {}).setdefault(state, 0)
            moves[before][state] += bought + lost
            before = state
        ends.setdefault(before, [0, 0])
        ends[before][0] += bought
        ends[before][1] += lost

    def converted(without):
        here, total = {(): 1.0}, 0.0
        for _ in range(4000):
            onward = {}
            for state, mass in here.items():
                out = sum(moves.get(state, {}).values()) + sum(ends.get(state, [0]))
                total += mass * ends.get(state, [0])[0] / out
                for target, count in moves.get(state, {}).items():
                    if without not in target:
                        onward[target] = onward.get(target, 0) + mass * count / out
            here = {state: mass for state, mass in onward.items() if mass > 1e-15}
            if not here:
                break
        return total

    channels = sorted({step for steps, bought, lost in rows if bought + lost for step in steps})
    return [1 - converted(channel) / converted(None) for channel in channels]


@settings(max_examples=30, deadline=None)
@given(ROWS, st.integers(1, 3))
def test_removal_effects_equal_slow_walk(rows, length):
    encoded = paths.encode(frame_of(rows))
    _, _, chance = chances(encoded, length)
    np.testing.assert_allclose(chain.lost(chance), slow_effects(rows, length), atol=1e-9)


@settings(max_examples=40, deadline=None)
@given(ROWS)
def test_shapley_equals_brute_force(rows):
    """Mean marginal worth over all orders in which channels could join."""
    encoded = paths.encode(frame_of(rows))
    channels = encoded.channels

    def worth(coalition):
        return sum(bought for steps, bought, _ in rows if set(steps) <= coalition)

    brute = dict.fromkeys(channels, 0.0)
    for line in permutations(channels):
        for place, channel in enumerate(line):
            brute[channel] += worth(set(line[:place + 1])) - worth(set(line[:place]))
    expected = [brute[channel] / factorial(len(channels)) for channel in channels]
    np.testing.assert_allclose(encoded.conversions @ rules.shapley(encoded), expected, atol=1e-9)


@settings(max_examples=30, deadline=None)
@given(ROWS, st.sampled_from(["last", "first", "linear", "decay"]))
def test_rules_share_out_each_conversion(rows, rule):
    encoded = paths.encode(frame_of(rows))
    credit = rules.by_position(encoded, rule, 2.0)
    np.testing.assert_allclose(credit.sum(axis=1), 1)
    live = [(steps, bought, lost) for steps, bought, lost in rows if bought + lost]
    steps = live[0][0]
    weight = {
        "last": [0.0] * (len(steps) - 1) + [1.0], "first": [1.0] + [0.0] * (len(steps) - 1),
        "linear": [1 / len(steps)] * len(steps),
    }.get(rule) or [0.5 ** ((len(steps) - 1 - at) / 2) for at in range(len(steps))]
    expected = [sum(w for w, step in zip(weight, steps, strict=True) if step == channel) / sum(weight)
                for channel in encoded.channels]
    np.testing.assert_allclose(credit[0], expected)


def test_resamples_settle_on_the_exact_answer():
    encoded = paths.encode(frame_of([("abca", 5, 3), ("bbbbbc", 2, 8), ("ad", 0, 5), ("c", 4, 9)] * 3))
    rng = np.random.default_rng(3)
    bought, lost = (rng.poisson(part, (5, len(part))).astype(float) for part in (encoded.conversions, encoded.nulls))
    for length in (1, 2, 3):
        one, _, near = chances(encoded, length)
        counts = one.counts(bought, lost)
        fast = chain.resampled_effects(one, counts, near)
        for draw in range(5):
            np.testing.assert_allclose(fast[draw], chain.removal_effects(one, counts, draw), atol=1e-7)


def test_slow_chain_falls_back_to_the_exact_solve():
    """500 steps in one place settle slowly; the answer is exact all the same."""
    encoded = paths.encode(frame_of([(["a"] * 500, 3, 2), (["b"], 1, 4)]))
    one, counts, near = chances(encoded, 1)
    np.testing.assert_allclose(chain.resampled_effects(one, counts, near * 0), [[0.75, 0.25]], atol=1e-9)


def test_odd_paths():
    """One step, 500 steps, a channel seen once, channels that never convert, one channel alone."""
    rows = [(["a"], 5, 5), (["a", "b"] * 250, 2, 1), (["once"], 0, 1), (["never"], 0, 9), (["c", "once"], 1, 0)]
    encoded = paths.encode(frame_of(rows))
    shares = methods.attribute(encoded, 3, 2.0, 40, np.random.default_rng(1))
    assert np.isfinite(shares.draws).all() and np.isfinite(shares.share).all()
    np.testing.assert_allclose(shares.share.sum(axis=1), 1)
    np.testing.assert_allclose(shares.share[:, encoded.channels.index("never")], 0, atol=1e-12)
    table = disagreement.disagreement(shares, encoded.journeys @ encoded.touched(), 5)
    assert table.set_index("channel").loc["once", "few"] == "yes"
    alone = paths.encode(frame_of([(["a"], 1, 0)]))
    one = methods.attribute(alone, 2, 1.0, 20, np.random.default_rng(1))
    np.testing.assert_allclose(one.share, 1)
    assert quality.findings(quality.quality(alone, 100, 20, np.random.default_rng(1)))[0][3]["value"] is None


def test_intervals_shrink_with_data_and_hold_the_share():
    rows = [("abca", 5, 3), ("bc", 2, 8), ("ad", 1, 5), ("c", 4, 9)]
    small_shares, large = (
        methods.share_table(encoded, methods.attribute(encoded, 1, 2.0, 200, np.random.default_rng(1)))
        for encoded in (paths.encode(frame_of([(steps, times * a, times * b) for steps, a, b in rows]))
                        for times in (1, 100))
    )
    np.testing.assert_allclose(small_shares["share"], large["share"], atol=1e-9)
    width = [(table["high"] - table["low"]).mean() for table in (small_shares, large)]
    assert width[1] < width[0] / 5
    assert ((large["low"] <= large["share"]) & (large["share"] <= large["high"])).all()


def test_memory_finds_the_order_that_made_the_paths():
    """After a, b: c. After c, b: a. One channel back tells nothing, two tell all."""
    rng = np.random.default_rng(4)
    rows = []
    for _ in range(400):
        steps = [str(rng.choice(list("ac"))), "b"]
        while rng.random() < 0.95:
            after = {"a": "c", "c": "a"}[steps[-2]] if rng.random() < 0.9 else steps[-2]
            steps += [after, "b"]
        rows.append((steps, int(rng.random() < 0.3), 1))
    table = order.compare(paths.encode(frame_of(rows)), 3, 5, 5.0, np.random.default_rng(1))
    assert order.believed(table, order.BY_PATH) == 2
    flat = [(list(rng.choice(list("abc"), rng.geometric(0.08))), int(rng.random() < 0.3), 1) for _ in range(400)]
    table = order.compare(paths.encode(frame_of(flat)), 3, 5, 5.0, np.random.default_rng(1))
    assert order.believed(table, order.BY_PATH) == 1


def test_distinct_paths_weigh_one_each():
    encoded = paths.encode(frame_of([("ab", 1, 3), ("c", 0, 2), ("ab", 3, 1)]))
    single = order.distinct(encoded)
    np.testing.assert_allclose(single.conversions, [0.5, 0])
    np.testing.assert_allclose(single.nulls, [0.5, 1])
    assert single.steps.tolist() == [0, 1, 2] and single.row.tolist() == [0, 0, 1]


def test_quality_against_plain_sums():
    frame = pd.DataFrame({"path": ["a > b", "b", "c"], "conversions": [4, 2, 1], "value": [40.0, 4.0, 1.0],
                          "nulls": [4, 8, 9]})
    table = quality.quality(paths.encode(frame), 1, 100, np.random.default_rng(1)).set_index("channel")
    whole = 45 / 28
    assert table.loc["a", "index"] == pytest.approx(40 / 8 / whole)
    assert table.loc["b", "index"] == pytest.approx(44 / 18 / whole)
    assert table.loc["a", "value_per_conversion"] == pytest.approx(10)
    assert (table["low"] <= table["index"]).all() and (table["index"] <= table["high"]).all()


def test_moved_credit_is_half_the_differences():
    encoded = paths.encode(frame_of([("ab", 3, 1), ("ba", 1, 1)]))
    shares = methods.attribute(encoded, 1, 2.0, 50, np.random.default_rng(1))
    assert disagreement.moved_credit(shares, "Last touch", "First touch")["value"] == pytest.approx(0.5)
    assert disagreement.moves(shares, "Last touch")["moved"].iloc[0] == 0


@pytest.mark.parametrize(("change", "words"), [
    (lambda frame: frame.assign(conversions=0), "none of the"),
    (lambda frame: frame.drop(columns="nulls"), "column nulls is missing"),
    (lambda frame: frame.assign(nulls=-1), "row 1"),
    (lambda frame: frame.assign(path="a >  > b"), "empty channel name"),
])
def test_bad_paths(change, words):
    with pytest.raises(DataError, match=words):
        paths.encode(change(frame_of([("ab", 1, 1), ("b", 2, 0)])))


def test_unknown_rule():
    with pytest.raises(ParameterError, match="rule 'middle'"):
        rules.position_weights(paths.encode(frame_of([("ab", 1, 1)])), "middle")


def test_reader(tmp_path):
    folder = tmp_path / "data" / "raw" / "journeys"
    with pytest.raises(DataError, match="ecomplan fetch"):
        journeys.read(tmp_path)
    small.write(folder)
    frame = journeys.read(tmp_path)
    assert list(frame) == ["path", "conversions", "value", "nulls"] and len(frame) == 300
    raw = pd.read_csv(folder / "data.csv.gz")
    for column, value, words in (
        ("total_null", -1, "row 3, column nulls"), ("total_conversions", 0.5, "whole number"),
        ("total_conversion_value", "much", "row 3, column value"), ("path", "alpha > > beta", "row 3, column path"),
        ("path", "", "row 3, column path"),
    ):
        broken = raw.astype({column: object})
        broken.loc[2, column] = value
        broken.to_csv(folder / "data.csv.gz", index=False)
        with pytest.raises(DataError, match=words):
            journeys.read(tmp_path)
    raw.drop(columns="total_null").to_csv(folder / "data.csv.gz", index=False)
    with pytest.raises(DataError, match="column total_null is missing"):
        journeys.read(tmp_path)
    (folder / "data.csv.gz").write_bytes(b"no gzip")
    with pytest.raises(DataError, match="cannot be read"):
        journeys.read(tmp_path)


def test_claims_are_in_the_registry():
    found = claims.not_testable(load_claims(Path(__file__).parents[2] / "claims"))
    assert [key for key, _ in found] == ["s3_attribution_livestream", "s3_social_user_quality_gap"]
