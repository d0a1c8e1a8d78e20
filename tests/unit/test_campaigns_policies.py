"""Off-policy estimates, click model, history audit, intervals."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecomplan.behaviour.campaigns import click_model, history, off_policy, policies
from ecomplan.behaviour.campaigns.intervals import resample_counts, standing
from ecomplan.data.sources import open_bandit
from ecomplan.errors import DataError
from small import open_bandit as small

RATES = np.array([0.05, 0.1, 0.2, 0.3])
LOGGED = np.array([0.55, 0.25, 0.15, 0.05])
TARGET = np.array([0.1, 0.2, 0.3, 0.4])
NAMES = list(off_policy.ESTIMATORS)


def simulated(rows, rng):
    """(click, ratio, true rate of what was shown, true value of the target) of one log."""
    action = rng.choice(4, rows, p=LOGGED)
    click = (rng.random(rows) < RATES[action]).astype(float)
    return click, off_policy.ratios(TARGET[action], LOGGED[action]), RATES[action], np.full(rows, TARGET @ RATES)


def small_logs(tmp_path):
    small.write(tmp_path / "data" / "raw" / "open_bandit")
    return open_bandit.read(tmp_path)


def test_estimates_equal_a_slow_loop():
    rng = np.random.default_rng(3)
    click, ratio, shown, target = simulated(200, rng)
    shown, target, limit = shown + 0.03, target - 0.01, 3.0
    got = off_policy.estimate(click, ratio, shown, target, limit)
    own = ips = cut = kept = model = robust = 0.0
    for y, w, q, v in zip(click, ratio, shown, target, strict=True):
        own += y / 200
        ips += w * y / 200
        cut += min(w, limit) * y / 200
        kept += min(w, limit) / 200
        model += v / 200
        robust += (v + min(w, limit) * (y - q)) / 200
    assert got == pytest.approx([own, ips, cut, cut / kept, model, robust])


def test_weighted_estimates_are_unbiased_and_the_plain_mean_is_not():
    rng = np.random.default_rng(8)
    truth = TARGET @ RATES
    draws = np.array([off_policy.estimate(*simulated(400, rng), 1e9) for _ in range(400)])
    error = draws.std(axis=0, ddof=1) / np.sqrt(len(draws))
    bias = np.abs(draws.mean(axis=0) - truth)
    for name in ("IPS", "DR, cut"):
        assert bias[NAMES.index(name)] < 4 * error[NAMES.index(name)]
    assert bias[NAMES.index("log's own")] > 20 * error[NAMES.index("log's own")]
    # the true model takes away the variance that weights bring from the mean of the arms
    assert draws[:, NAMES.index("DR, cut")].std() < draws[:, NAMES.index("IPS")].std()


def test_doubly_robust_survives_a_wrong_model():
    rng = np.random.default_rng(9)
    truth = TARGET @ RATES
    found = []
    for _ in range(400):
        click, ratio, shown, target = simulated(400, rng)
        found.append(off_policy.estimate(click, ratio, shown * 0 + 0.5, target * 0 + 0.5, 1e9)[NAMES.index("DR, cut")])
    assert abs(np.mean(found) - truth) < 4 * np.std(found) / 20


def test_a_perfect_model_of_sure_outcomes_has_no_error():
    click = np.array([0.0, 1.0, 1.0, 0.0])
    got = off_policy.estimate(click, np.array([2.0, 0.5, 1.5, 3.0]), click, np.full(4, 0.6), 1e9)
    assert got[NAMES.index("DR, cut")] == pytest.approx(0.6)


@settings(max_examples=25, deadline=None)
@given(st.floats(0.05, 20), st.integers(0, 99))
def test_self_normalised_ignores_the_scale_of_weights_and_equal_policies_give_the_mean(scale, seed):
    rng = np.random.default_rng(seed)
    click, ratio, shown, target = simulated(60, rng)
    one, other = (off_policy.estimate(click, ratio * size, shown, target, 1e12)[NAMES.index("SNIPS, cut")]
                  for size in (1.0, scale))
    assert one == pytest.approx(other)
    same = off_policy.estimate(click, off_policy.ratios(LOGGED[:1].repeat(60), LOGGED[:1].repeat(60)), shown, target, 9)
    assert same[1] == pytest.approx(click.mean()) == pytest.approx(same[0]) == pytest.approx(same[3])


def test_intervals_of_the_weighted_mean_cover():
    """80 % bootstrap intervals of the cut IPS, 120 logs: 96 expected, 4.4 standard error."""
    rng = np.random.default_rng(12)
    truth, hits, safe = TARGET @ RATES, 0, 0
    for _ in range(120):
        click, ratio, _, _ = simulated(500, rng)
        values = ratio * click
        means = resample_counts(500, 150, rng) @ values / 500
        low, high = np.quantile(means, [0.1, 0.9])
        hits += low <= truth <= high
        low, high = off_policy.empirical_bernstein(values, float(ratio.max()))
        safe += low <= truth <= high
    assert 81 <= hits <= 111
    assert safe >= 115  # holds for any distribution, so it covers more often


def test_diagnostics_of_weights():
    even = off_policy.overlap(np.ones(50), 10)
    assert (even.effective, even.mean_weight, even.cut_share) == (50, 1, 0)
    one = off_policy.overlap(np.array([100.0, *np.zeros(9)]), 10)
    assert (one.effective, one.largest_weight, one.cut_share) == (pytest.approx(1), 100, 0.1)
    assert one.weight_lost == pytest.approx(9)


@pytest.mark.parametrize(("target", "logged", "told"), [
    ([0.5, 0.5], [0.5, 0.0], r"row 2: propensity 0; expected above 0"),
    ([0.5, 0.5], [1.5, 0.5], r"row 1: propensity 1\.5"),
    ([0.5, 0.5], [np.nan, 0.5], r"row 1: propensity nan"),
    ([-0.1, 0.5], [0.5, 0.5], r"target policy, row 1: probability -0\.1"),
    ([0.0, 0.0], [0.5, 0.5], "no overlap"),
    ([], [], "the log is empty"),
])
def test_bad_propensities_are_refused(target, logged, told):
    with pytest.raises(DataError, match=told):
        off_policy.ratios(target, logged)


def test_the_mean_of_logged_propensities_overstates_and_shares_do_not():
    """A policy that changes over time: its mean action probability is the share of its log."""
    rng = np.random.default_rng(4)
    rows = 6000
    early = np.arange(rows) < rows / 2
    chance = np.where(early[:, None], [0.9, 0.1], [0.1, 0.9])
    item = (rng.random(rows) > chance[:, 0]).astype(int)
    log = pd.DataFrame({"item": item, "position": 1, "items": 2, "propensity": chance[np.arange(rows), item]})
    assert policies.shares_by_position(log)[0] == pytest.approx([0.5, 0.5], abs=0.03)
    assert log.groupby("item")["propensity"].mean().sum() > 1.5


def test_evaluation_of_the_small_logs(tmp_path):
    logs = small_logs(tmp_path)
    done = policies.evaluate(logs, 50.0, 50.0, 2, 40, np.random.default_rng(1))
    assert not done.values.drop(columns=["bernstein_low", "bernstein_high"]).isna().any().any()
    assert len(done.values) == 2 * 4 * 6
    row = done.values.query("target == 'random' and campaign == 'men' and estimator == 'IPS'").iloc[0]
    log = policies.log_of(logs, "bts", "men")
    assert row["value"] == pytest.approx((log["click"] / 6 / log["propensity"]).mean())
    assert row["truth"] == pytest.approx(policies.log_of(logs, "random", "men")["click"].mean())
    bins = policies.weight_bins(done.weights, 4)
    assert bins.groupby("target")[["impressions_share", "weight_share"]].sum().to_numpy() == pytest.approx(1)
    assert bins["clicks"].sum() == logs["click"].sum()
    again = policies.evaluate(logs, 50.0, 50.0, 2, 40, np.random.default_rng(1))
    pd.testing.assert_frame_equal(done.values, again.values)


def test_an_empty_arm_is_refused(tmp_path):
    logs = small_logs(tmp_path)
    with pytest.raises(DataError, match="policy bts has no impression in campaign men"):
        policies.own_rates(logs[(logs["policy"] != "bts") | (logs["campaign"] != "men")])


def test_a_larger_cut_takes_less_away(tmp_path):
    sweep = policies.cut_sweep(small_logs(tmp_path), [0.5, 1.0, 2.0])
    assert sweep["value"].is_monotonic_increasing
    assert sweep["bias_seen"].iloc[-1] == 0
    assert sweep["weight_max"].isna().tolist() == [False, False, False, True]


def test_policies_without_clicks_or_gap():
    rows = [(policy, campaign, 1000, 5) for policy in ("random", "bts") for campaign in ("all", "men")]
    rates = pd.DataFrame(rows, columns=["policy", "campaign", "impressions", "clicks"])
    rates["rate"] = rates["clicks"] / rates["impressions"]
    gap = policies.told_apart(rates, 0.05, 0.8)
    assert gap.value == 0 and gap.p_value == 1 and gap.impressions_needed == np.inf
    assert gap.relative_low < 0 < gap.relative_high
    none = policies.told_apart(rates.assign(clicks=0, rate=0.0), 0.05, 0.8)
    assert np.isfinite([none.detectable, none.relative_low, none.relative_high]).all()


def test_the_detectable_gap_is_found_as_often_as_asked():
    """Two arms of 30,000 at 0.5 % and the gap that should be found with 80 % at alpha 5 %."""
    def table(clicks):
        frame = pd.DataFrame({"policy": ["random", "bts"], "campaign": "all", "impressions": 30000, "clicks": clicks})
        return frame.assign(rate=frame["clicks"] / 30000)
    base = policies.told_apart(table([150, 150]), 0.05, 0.8)
    rng = np.random.default_rng(2)
    lifted = 0.005 * (1 + base.detectable)
    found = [policies.told_apart(table([rng.binomial(30000, 0.005), rng.binomial(30000, lifted)]), 0.05, 0.8).p_value
             < 0.05 for _ in range(400)]
    assert np.mean(found) == pytest.approx(0.8, abs=0.09)


def test_click_model_sees_the_items_and_other_folds_only(tmp_path):
    logs = small_logs(tmp_path)
    log = policies.log_of(logs, "random", "all")
    model = click_model.cross_fit(log, 50.0, 3, np.random.default_rng(1))
    assert model.every.shape == (3 * 2 * 3, 12) and (model.every > 0).all() and (model.every <= 1).all()
    assert model.shown == pytest.approx(model.every[model.context, log["item"]])
    assert (model.place[model.context] == log["position"] - 1).all()
    only = log.assign(click=(np.arange(300) == 7).astype(int))
    alone = click_model.cross_fit(only, 50.0, 3, np.random.default_rng(1))
    # its own click must not lift its own prediction: that fold saw none
    assert alone.shown[7] < alone.shown.max()
    table = click_model.calibration([(log, model)], 4)
    assert table["impressions"].sum() == 300
    assert (table["observed"] * table["impressions"]).sum() == pytest.approx(log["click"].sum())
    with pytest.raises(DataError, match="2 impressions; 3 folds"):
        click_model.cross_fit(log.head(2), 50.0, 3, np.random.default_rng(1))


def test_history_audit():
    logs = pd.DataFrame({
        "policy": "random", "items": 10, "history_items": [1] * 60 + [0] * 40,
        "history_shown": [True] * 6 + [False] * 94, "click": [1] * 3 + [0] * 57 + [1] * 2 + [0] * 38,
    })
    audit = history.mismatch(logs).iloc[0]
    assert (audit["impressions"], audit["hits"], audit["hits_by_chance"]) == (60, 6, pytest.approx(6))
    rates = history.click_rates(logs)
    assert rates["impressions"].tolist() == [6, 54, 40] and rates["clicks"].tolist() == [3, 0, 2]
    effect = history.match_effect(rates)
    assert effect["lift"][1] > 0 and effect["lost"][2] <= 1
    rng = np.random.default_rng(1)
    drawn = rng.beta(3.5, 3.5, 200_000) / rng.beta(0.5, 54.5, 200_000)
    assert effect["lost"][0] == pytest.approx(1 - 1 / np.median(drawn), abs=0.005)
    nobody = history.click_rates(logs[logs["history_items"] == 0])
    assert history.match_effect(nobody) == {}
    assert history.mismatch(logs[logs["history_items"] == 0]).empty


@pytest.mark.parametrize(("claimed", "low", "high", "expected"), [
    (0.2, 0.1, 0.3, "holds"), (0.2, -0.1, 0.3, "not testable"), (0.2, 0.3, 0.9, "holds in part"),
    (0.2, -0.1, 0.1, "fails"), (-0.2, -0.1, -0.05, "holds in part"), (-0.2, 0.1, 0.2, "fails"),
])
def test_standing(claimed, low, high, expected):
    assert standing(claimed, low, high) == expected


@pytest.mark.parametrize(("column", "value", "told"), [
    ("propensity_score", 0.0, r"random_men\.csv: row 4, column propensity: 0\.0; expected a probability above 0"),
    ("propensity_score", 1.2, r"at most 1"), ("click", 2, r"column click: 2; expected 0 or 1"),
    ("item_id", 99, "expected an article from 0 to 5"), ("position", 4, "expected 1, 2 or 3"),
])
def test_bad_logs_are_refused(tmp_path, column, value, told):
    folder = tmp_path / "data" / "raw" / "open_bandit"
    small.write(folder)
    frame = pd.read_csv(folder / "random_men.csv", index_col=0)
    frame[column] = frame[column].astype(object)
    frame.loc[3, column] = value
    frame.to_csv(folder / "random_men.csv")
    with pytest.raises(DataError, match=told):
        open_bandit.read(tmp_path)


def test_missing_empty_and_cut_logs(tmp_path):
    folder = tmp_path / "data" / "raw" / "open_bandit"
    small.write(folder)
    frame = pd.read_csv(folder / "bts_all.csv", index_col=0)
    frame.head(0).to_csv(folder / "bts_all.csv")
    with pytest.raises(DataError, match=r"bts_all\.csv holds no impression"):
        open_bandit.read(tmp_path)
    frame.drop(columns="click").to_csv(folder / "bts_all.csv")
    with pytest.raises(DataError, match="column click is missing"):
        open_bandit.read(tmp_path)
    (folder / "bts_all.csv").unlink()
    with pytest.raises(DataError, match="ecomplan fetch"):
        open_bandit.read(tmp_path)
