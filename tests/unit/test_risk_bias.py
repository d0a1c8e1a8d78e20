"""Groups under a ranking: exact laws, alarms of stated size, constrained rankings against a solver, real-log tests."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.optimize import linprog

from ecomplan.data.sources import open_bandit
from ecomplan.errors import DataError, ParameterError
from ecomplan.risk.bias import alarms, audits, clicks, constrained, exposure, groups, report, shift, weighted
from small import open_bandit as small

KNOBS = SimpleNamespace(
    candidates=12, group_share=0.5, shown=5, position_weight="log", merit_share=0.5, lists_a_week=4, renewal_a_week=0.2,
    years=60, bias_max=1.5, bias_steps=3, alarm_size_week=0.05, alarm_size_year=0.1, drift_allowance=0.5,
    ratio_limit=0.8, test_size=0.05, power=0.8, min_group=5, false_discovery=0.1,
)


def setting(**other):
    return exposure.setting_of(SimpleNamespace(**(vars(KNOBS) | other)))


@pytest.mark.parametrize("kind", ["log", "equal"])
def test_simulated_lists_follow_the_exact_law(kind):
    one = replace(setting(position_weight=kind), lists=1, renewal=1.0)
    values, chances = exposure.fair_list(one)
    assert chances.sum() == pytest.approx(1)
    assert values @ chances == pytest.approx(one.base)
    assert np.sqrt(chances @ (values - one.base) ** 2) == pytest.approx(exposure.fair_spread(one))
    shares = exposure.weekly_shares(one, [0.0], 1, np.random.default_rng(1), 40_000)[0, 0]
    for limit in (0.25, 0.4, 0.55):
        exact = chances[values < limit].sum()
        assert (shares < limit).mean() == pytest.approx(exact, abs=4.5 * np.sqrt(exact * (1 - exact) / len(shares)))


def test_equal_weights_are_hypergeometric():
    one = setting(candidates=20, group_share=0.3, shown=7, position_weight="equal")
    values, chances = exposure.fair_list(one)
    assert chances == pytest.approx(stats.hypergeom(20, 6, 7).pmf(np.round(values * 7)))


def test_kernel_equals_sorting_every_list():
    one = setting(candidates=9, group_share=0.4, merit_share=0.0, lists_a_week=3)
    levels = np.array([0.0, 0.7], np.float32)
    got = exposure.weekly_shares(one, levels, 2, np.random.default_rng(3), 4)
    rng, quantiles = np.random.default_rng(3), stats.norm.ppf((np.arange(4097) + 0.5) / 4097)
    for year in range(2):
        rng.standard_normal((4, 9), np.float32), rng.random((4, 9), np.float32)
        bits = rng.integers(0, 1 << 32, (4, 3, 9), np.uint32).astype(np.int64)
        score = np.interp(bits / 2**20, np.arange(4097), quantiles)
        for level, handicap in enumerate(levels):
            order = np.argsort(-(score - handicap * (np.arange(9) < one.members)), axis=2)[:, :, :5]
            want = ((order < one.members) @ one.weights / one.weights.sum()).mean(axis=1)
            assert got[level, year] == pytest.approx(want, abs=1e-5)


def test_alarms_hold_their_size_on_other_fair_years_and_see_more_of_a_greater_bias():
    rng = np.random.default_rng(5)
    one, years = setting(), 1500
    set_by = alarms.set_alarms(exposure.weekly_shares(one, [0.0], years, rng)[0], 0.4, 0.05, 0.1, 0.5)
    judged = exposure.weekly_shares(one, [0.0, 0.4, 0.8], years, rng)
    for kind in ("year", "sum"):
        rings = set_by.rings(judged, kind).mean(axis=1)
        assert rings[0] == pytest.approx(0.1, abs=4 * np.sqrt(2 * 0.1 * 0.9 / years))
        assert rings[0] < rings[1] < rings[2]
    assert (judged[0] < set_by.week).mean() == pytest.approx(0.05, abs=0.012)
    assert set_by.rings(judged, "week")[0].mean() > 3 * 0.1  # looked at every week, it is no alarm of the year


def test_the_greatest_sum_restarts_at_zero():
    steps = np.array([[1.0, -3.0, 2.0, 2.0, -1.0, 0.5]])
    assert alarms.greatest_sum(steps) == pytest.approx([4.0])


@pytest.mark.parametrize("share", [-0.1, 1.2, 0.01, 0.99])
def test_a_share_outside_its_range_or_a_group_left_out_is_refused(share):
    with pytest.raises(ParameterError, match="group_share"):
        setting(group_share=share)


def test_more_positions_than_candidates_and_unusable_alarms_are_refused():
    with pytest.raises(ParameterError, match="shown"):
        setting(shown=13)
    with pytest.raises(ParameterError, match=r"raise bias\.years"):
        alarms.set_alarms(np.random.default_rng(1).random((5, 52)), 0.4, 0.05, 0.05, 0.5)
    with pytest.raises(ParameterError, match="bias_max"):
        alarms.watch(setting(), 0.4, SimpleNamespace(**(vars(KNOBS) | {"bias_max": 0.05})), np.random.default_rng(1))


def by_solver(scores, mine, weights, least):
    """The best expected score over all doubly stochastic matrices under the constraint."""
    many = len(scores)
    padded = np.concatenate([weights, np.zeros(many - len(weights))])
    rows = np.kron(np.eye(many), np.ones(many)), np.kron(np.ones(many), np.eye(many))
    share = np.outer(mine, padded).ravel() / weights.sum()
    found = linprog(-np.outer(scores, padded).ravel(), A_ub=[-share], b_ub=[-least], A_eq=np.vstack(rows),
                    b_eq=np.ones(2 * many), bounds=(0, 1))
    assert found.status == 0
    return -found.fun


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.05, 0.6))
def test_the_constrained_ranking_is_the_programmes_optimum(seed, least):
    rng = np.random.default_rng(seed)
    many, shown = int(rng.integers(4, 8)), int(rng.integers(2, 5))
    mine = np.arange(many) < rng.integers(1, many)
    scores, weights = rng.exponential(size=many) - 0.5 * mine, exposure.position_weights("log", min(shown, many))
    every = constrained.steps(scores, mine, weights)
    least = min(least, float(every.shares[-1]))
    mixed = every.least(least)
    assert mixed.share(mine, weights) >= least - 1e-9
    assert mixed.worth(scores, weights) == pytest.approx(by_solver(scores, mine, weights, least), abs=1e-7)
    assert (np.diff(every.shares) >= -1e-12).all()


def test_one_bonus_for_many_lists_is_the_programmes_optimum_over_all():
    rng = np.random.default_rng(2)
    scores, mine, weights = rng.exponential(size=(3, 5)), np.arange(5) < 2, np.array([1.0, 0.6, 0.4])
    scores[:, :2] *= 0.4
    found = constrained.on_average(scores, mine, weights, 0.45)
    assert found.share(mine, weights) == pytest.approx(0.45)
    best = max(  # the shares of three lists that add up to the same, each list solved alone
        sum(by_solver(row, mine, weights, share) for row, share in zip(scores, (a, b, 1.35 - a - b), strict=True))
        for a in np.arange(0, 0.81, 0.05) for b in np.arange(max(0, 0.56 - a), min(0.8, 1.35 - a) + 1e-9, 0.05)
    )
    assert found.worth(scores, weights).sum() >= best - 1e-9
    alone = sum(constrained.constrained(row, mine, weights, 0.45).worth(row, weights) for row in scores)
    assert found.worth(scores, weights).sum() >= alone


def test_a_ranking_of_one_group_or_an_impossible_share_is_refused():
    with pytest.raises(DataError, match="one group"):
        constrained.constrained(np.ones(3), np.ones(3, bool), np.ones(2), 0.5)
    with pytest.raises(DataError, match="between 0 and 1"):
        constrained.constrained(np.arange(3.0), np.array([True, False, False]), np.ones(2), 1.5)
    with pytest.raises(DataError, match="cannot hold"):
        constrained.constrained(np.arange(3.0), np.array([True, False, False]), np.ones(2), 0.9)


def test_the_ratio_of_rates_covers_the_truth_and_its_smallest_gap_is_found():
    rng, mine, others = np.random.default_rng(4), np.array([3000, 500]), np.array([2000, 900])
    inside = 0
    for _ in range(150):
        own = rng.binomial(mine, 0.6 * 0.02)
        both = own + rng.binomial(others, 0.02)
        one = clicks.rate_ratio(own, mine, both, others)
        inside += one.low <= 0.6 <= one.high
    assert inside / 150 == pytest.approx(0.8, abs=0.12)
    total = np.array([80, 20])
    gap = clicks.smallest_gap(total, mine, others, 0.05, 0.8)
    fair = np.cumsum(clicks.law(1.0, total, mine, others))
    critical = np.flatnonzero(fair <= 0.05)[-1]
    assert clicks.law(gap, total, mine, others)[: critical + 1].sum() == pytest.approx(0.8, abs=1e-6)
    drawn = sum(rng.binomial(m, a * gap / (a * gap + b), 20_000) for m, a, b in zip(total, mine, others, strict=True))
    assert (drawn <= critical).mean() == pytest.approx(0.8, abs=0.015)


def test_no_clicks_and_clicks_of_one_side_only_are_said():
    two = np.array([100, 100])
    assert "no clicks" in clicks.rate_ratio(0 * two, two, 0 * two, two).unknown
    assert "did not click" in clicks.rate_ratio(two // 50, two, two // 50, two).unknown
    none = clicks.rate_ratio(0 * two, two, two // 50, two)
    assert none.value == none.low == 0 < none.high
    assert clicks.smallest_gap(np.array([2]), np.array([5]), np.array([95]), 0.05, 0.8) is None


def logs(rows, rng, lean):
    """One list of ten articles; users of group y see the first article `lean` oftener under the learned policy."""
    frame = pd.DataFrame({
        "policy": np.repeat(["random", "bts"], rows), "campaign": "all", "items": 10, "click": 0, "propensity": 0.1,
        "position": rng.integers(1, 4, 2 * rows), "item": rng.integers(0, 10, 2 * rows),
        "day": rng.integers(0, 3, 2 * rows),
        **{name: rng.choice(["x", "y"], 2 * rows) for name in groups.FEATURES},
    })
    turned = (frame["policy"] == "bts") & (frame["user_feature_1"] == "y") & (rng.random(2 * rows) < lean)
    return frame.assign(item=frame["item"].where(~turned, 0))


def test_a_planted_shift_is_found_in_its_policy_and_feature_only():
    rng = np.random.default_rng(6)
    planted = logs(3000, rng, 0.15)
    found = shift.tests(planted, groups.features_of(planted, 50), 99, 0.05, 0.8, rng)
    hit = found[found["p_adjusted"] <= 0.1]
    assert list(zip(hit["policy"], hit["feature"], strict=True)) == [("bts", "feature 1")]
    assert (found["smallest_move"] < 0.15).all()


def test_smallest_move_is_found_at_its_power():
    rng, hits = np.random.default_rng(8), 0
    part = shift.smallest_move(2000, 0.5, 10, 2, 0.05, 0.8)
    for _ in range(120):
        mine, item = rng.random(2000) < 0.5, rng.integers(0, 10, 2000)
        item = np.where(mine & (rng.random(2000) < part), 0, item)
        table = np.stack([np.bincount(item[mine], minlength=10), np.bincount(item[~mine], minlength=10)]).astype(float)
        hits += stats.chi2.sf(shift.Compared.of(table).chi_square(table), 9) < 0.05
    assert hits / 120 == pytest.approx(0.8, abs=0.13)


def test_adjusted_p_values_equal_scipys():
    p = np.random.default_rng(1).random(17) ** 2
    assert groups.adjusted(p) == pytest.approx(stats.false_discovery_control(p))


def test_weights_make_the_learned_log_stand_for_the_uniform_policy():
    rng, rate = np.random.default_rng(9), np.array([0.3, 0.1, 0.05, 0.02])
    chosen = rng.choice(4, 40_000, p=[0.6, 0.2, 0.15, 0.05])
    click = (rng.random(40_000) < rate[chosen]).astype(float)
    weight = groups.weights_of(np.array([0.6, 0.2, 0.15, 0.05])[chosen], np.full(40_000, 4))
    told = weighted.self_normalised(click, weight)
    assert told.value == pytest.approx(rate.mean(), abs=3 * (told.high - told.low) / 2.56)
    assert click.mean() > told.high
    for wrong in (0.0, 1.5):
        with pytest.raises(DataError, match="row 2, propensity"):
            groups.weights_of(np.array([0.5, wrong]), np.array([4, 4]))


def test_the_small_log_runs_through_and_one_group_only_is_said(tmp_path):
    small.write(tmp_path / "data" / "raw" / "open_bandit")
    read = open_bandit.read_users(tmp_path)
    features = groups.features_of(read, 60)
    assert [feature.compared for feature in features] == [False, True, True, True]
    served = clicks.compare(read, features, groups.LEARNED, KNOBS)
    assert served.groupby("feature")["impressions"].sum().to_numpy() == pytest.approx(1)
    alone = groups.features_of(read, 10_000)
    none = clicks.compare(read, alone, groups.LEARNED, KNOBS)
    assert none.empty and report.lowest_told(none, "clicks").unknown
    tests = shift.tests(read, alone, 19, 0.05, 0.8, np.random.default_rng(1))
    assert report.found(tests, groups.LEARNED, KNOBS).unknown
    silent = clicks.compare(read.assign(click=0), features, groups.LEARNED, KNOBS)
    assert silent["ratio"].isna().all() and (silent["unknown"] != "").all()
    assert report.ratios_standing(silent, 0.8, 0.1) == "REVIEW"


@pytest.mark.parametrize(("column", "value", "said"), [
    ("user_feature_2", None, "column user_feature_2"), ("timestamp", "soon", "column timestamp"),
    ("propensity_score", 0.0, "column propensity"),
])
def test_bad_values_of_a_log_are_named(tmp_path, column, value, said):
    folder = tmp_path / "data" / "raw" / "open_bandit"
    small.write(folder)
    path = folder / "bts_men.csv"
    frame = pd.read_csv(path, index_col=0)
    frame[column] = frame[column].astype(object)
    frame.loc[4, column] = value
    frame.to_csv(path)
    with pytest.raises(DataError, match=f"bts_men.csv: row 5, {said}"):
        open_bandit.read_users(tmp_path)
    frame.drop(columns="user_feature_3").to_csv(path)
    with pytest.raises(DataError, match="column user_feature_3 is missing"):
        open_bandit.read_users(tmp_path)


def test_told_shares_and_ratios_turn_into_one_another():
    assert exposure.ratio_at(exposure.share_at(0.8, 0.37), 0.37) == pytest.approx(0.8)
    assert exposure.share_at(0.8, 0.5) == pytest.approx(4 / 9)
    table = audits.base_table(setting(candidates=100), 0.4, 0.8, 20, np.random.default_rng(1))
    assert table.loc[table["base"] == 0.4, "ratio_at_told"].item() == pytest.approx(1)
