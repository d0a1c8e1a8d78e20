"""Panel, balancing, difference in differences, first campaigns, coupons."""

import numpy as np
import pandas as pd
import pytest

from ecomplan.behaviour.campaigns import balancing, coupons, difference, effects, event_study, panel
from ecomplan.behaviour.campaigns.intervals import resample_counts
from ecomplan.data.sources import complete_journey
from ecomplan.errors import DataError
from small import complete_journey as small

DESIGN = effects.Design(before=8, during=6, during_min=3, after=4, min_group=10)
MONDAY = pd.Timestamp("2016-12-26")


def made_up(seed=1, households=400, weeks=40, effect=0.0, start=24, end=29, bias=1.0):
    """A panel and one campaign: better households are targeted oftener; the campaign adds `effect` a week."""
    rng = np.random.default_rng(seed)
    level = rng.gamma(4, 5, households)
    season = 5 * np.sin(np.arange(weeks) / 4)
    spend = np.maximum(level[:, None] + season + rng.normal(0, 4, (households, weeks)), 0.5)
    chance = 1 / (1 + np.exp(-bias * (level - level.mean()) / level.std()))
    sent = rng.random(households) < chance * 0.6
    spend[sent, start - 2:end - 1] += effect
    one = panel.Panel(np.arange(households), np.arange(2, weeks + 2), spend, np.ones_like(spend), MONDAY, 0.0)
    shown = panel.Exposure(np.array([7]), np.array(["A"]), np.array([start]), np.array([end]), sent[None, :])
    return one, shown, effects.outcomes(one, 1.0, np.zeros(households, dtype=bool))


def small_source(tmp_path):
    small.write(tmp_path / "data" / "raw" / "complete_journey")
    return tmp_path


def small_panel(tmp_path):
    root = small_source(tmp_path)
    targeted = complete_journey.read_targeted(root)
    one = panel.weekly_panel(complete_journey.read_lines(root), targeted["household"])
    return one, panel.exposure(complete_journey.read_campaigns(root), targeted, one)


# the panel


def test_the_panel_conserves_every_dollar(tmp_path):
    lines = complete_journey.read_lines(small_source(tmp_path))
    one = panel.weekly_panel(lines)
    assert one.spend.sum() + one.left_out == pytest.approx(lines["amount"].sum())
    assert one.weeks[[0, -1]].tolist() == [2, 53]  # 2017 starts on a Sunday
    for household, week in ((5, 9), (40, 30), (100, 53)):
        own = lines[(lines["household"] == household) & (lines["week"] == week)]
        at = np.searchsorted(one.households, household), week - 2
        assert one.spend[at] == pytest.approx(own["amount"].sum())
        assert one.visits[at] == own["basket"].nunique()


def test_who_is_under_a_campaign_when(tmp_path):
    one, shown = small_panel(tmp_path)
    assert shown.start.tolist() == sorted(shown.start)
    plan = complete_journey.read_campaigns(tmp_path).set_index("campaign")
    for number, campaign in enumerate(shown.campaign):
        week = pd.Timestamp(plan.at[campaign, "start"])
        assert shown.start[number] == (week - MONDAY).days // 7 + 1
    slow = np.zeros(len(one.households), dtype=bool)
    for number in range(len(shown.campaign)):
        if number != 2 and shown.start[number] <= 30 and shown.end[number] >= 20:
            slow |= shown.sent[number]
    assert (shown.under(20, 30, but=2) == slow).all()
    facts = panel.overlapping(shown, one)
    assert facts["targeted"] == shown.sent.any(axis=0).sum() <= facts["households"]


def test_wrong_panels_are_refused(tmp_path):
    lines = complete_journey.read_lines(small_source(tmp_path))
    targeted, plan = complete_journey.read_targeted(tmp_path), complete_journey.read_campaigns(tmp_path)
    with pytest.raises(DataError, match="no basket line"):
        panel.weekly_panel(lines.head(0))
    with pytest.raises(DataError, match="fewer than two full ones"):
        panel.weekly_panel(lines[lines["week"] <= 2])
    with pytest.raises(DataError, match=r"row 11: week 40 on 2017-01"):
        panel.weekly_panel(lines.assign(week=lines["week"].where(np.arange(len(lines)) != 10, 40)))
    one = panel.weekly_panel(lines)
    with pytest.raises(DataError, match="household 999 has no row in the panel"):
        panel.exposure(plan, pd.concat([targeted, pd.DataFrame({"campaign": [1], "household": [999]})]), one)
    with pytest.raises(DataError, match="campaign 77 has no description"):
        panel.exposure(plan, pd.concat([targeted, pd.DataFrame({"campaign": [77], "household": [3]})]), one)
    with pytest.raises(DataError, match="was sent to nobody"):
        panel.exposure(plan, targeted[targeted["campaign"] != 3], one)


@pytest.mark.parametrize(("file", "change", "told"), [
    ("transactions", lambda frame: frame.assign(sales_value=-1.0), r"row 1, column amount: .*-1\.0.*; expected a num"),
    ("transactions", lambda frame: frame.drop(columns="week"), "cannot be read"),
    ("campaigns", lambda frame: frame.assign(household_id="x"), "column household holds"),
    ("campaign_descriptions", lambda frame: pd.concat([frame, frame.head(1)]), "campaign 1 stands there twice"),
    ("campaign_descriptions", lambda frame: frame.assign(end_date=pd.Timestamp("2016-01-01")), "ends before it starts"),
])
def test_bad_files_are_refused(tmp_path, file, change, told):
    root = small_source(tmp_path)
    path = root / "data" / "raw" / "complete_journey" / f"{file}.parquet"
    change(pd.read_parquet(path)).to_parquet(path, index=False)
    with pytest.raises(DataError, match=told):
        complete_journey.read_lines(root)
        complete_journey.read_targeted(root)
        complete_journey.read_campaigns(root)


# weights


def test_weights_balance_and_stay_as_even_as_they_can():
    rng = np.random.default_rng(1)
    controls = rng.normal(0, 1, (300, 3))
    target = np.array([0.5, -0.3, 0.2])
    weights = balancing.entropy_balance(controls, target)
    assert weights is not None and weights.min() > 0 and weights.sum() == pytest.approx(1)
    assert weights @ controls == pytest.approx(target, abs=1e-6)
    # least divergence: the log weights are linear in the covariates
    design = np.c_[np.ones(300), controls]
    fitted = design @ np.linalg.lstsq(design, np.log(weights), rcond=None)[0]
    assert np.log(weights) == pytest.approx(fitted, abs=1e-8)
    even = balancing.entropy_balance(controls, controls.mean(axis=0))
    assert even == pytest.approx(np.full(300, 1 / 300))


def test_no_overlap_gives_no_weights():
    controls = np.random.default_rng(1).uniform(0, 1, (50, 2))
    assert balancing.entropy_balance(controls, np.array([2.0, 0.5])) is None
    assert balancing.entropy_balance(controls, np.array([0.999, 0.001])) is None  # inside each range, outside the cloud
    assert balancing.entropy_balance(np.c_[controls, np.ones(50)], np.array([0.5, 0.5, 0.0])) is None
    assert balancing.entropy_balance(np.c_[controls, np.ones(50)], np.array([0.5, 0.5, 1.0])) is not None
    assert balancing.entropy_balance(np.empty((0, 2)), np.zeros(2)) is None


# differences


def test_a_planted_effect_is_found_and_the_naive_one_is_not():
    one, shown, data = made_up(effect=4.0)
    found = effects.stacked(one, shown, data, DESIGN)[0]
    got = {name: found.effects["spend", name].value for name in effects.ESTIMATORS}
    assert got["naive"] > 10
    for name in effects.ESTIMATORS[1:]:
        effect = found.effects["spend", name]
        assert abs(effect.value - 4) < 3.5 * effect.error < 2
    share = difference.relative(found.effects["spend", "weighted"], found.levels["spend"])
    assert share.value == pytest.approx(got["weighted"] / (found.levels["spend"].value - got["weighted"]))


def test_without_an_effect_p_values_are_honest():
    """80 panels without effect: about 16 below 0.2, for both honest comparisons."""
    below = dict.fromkeys(effects.ESTIMATORS[1:], 0)
    for seed in range(80):
        found = effects.stacked(*made_up(seed, households=160), DESIGN, names=("spend",))[0]
        for name in below:
            below[name] += found.effects["spend", name].p_value < 0.2
    for count in below.values():
        assert 5 <= count <= 28


def test_influences_give_the_interval_of_a_slow_bootstrap():
    """Weights estimated anew in each resample against one matrix product."""
    one, shown, data = made_up(3, households=300)
    x = effects.covariates(one, data, 16, 23).to_numpy()
    moved = effects.change(data.values["spend"], one, (16, 23), (24, 29))
    treated = shown.sent[0]
    weights = balancing.entropy_balance(x[~treated], x[treated].mean(axis=0))
    effect = difference.contrast(moved, treated, ~treated, weights, x)
    rng = np.random.default_rng(5)
    slow = []
    for _ in range(200):
        rows = rng.integers(0, 300, 300)
        t, xs, m = treated[rows], x[rows], moved[rows]
        w = balancing.entropy_balance(xs[~t], xs[t].mean(axis=0))
        slow.append(m[t].mean() - w @ m[~t])
    assert effect.error == pytest.approx(np.std(slow), rel=0.2)
    assert abs(np.mean(slow) - effect.value) < 4 * effect.error / np.sqrt(200)
    limits = np.array(effect.interval(resample_counts(300, 400, rng) - 1.0))
    assert limits == pytest.approx(effect.value + np.array([-1.2816, 1.2816]) * effect.error, abs=0.25 * effect.error)
    plain = difference.contrast(moved, treated, ~treated)
    assert plain.value == pytest.approx(moved[treated].mean() - moved[~treated].mean())
    welch = np.sqrt(moved[treated].var(ddof=1) / treated.sum() + moved[~treated].var(ddof=1) / (~treated).sum())
    assert plain.error == pytest.approx(welch)
    both = difference.pooled([effect, plain], [1, 3])
    assert both.value == pytest.approx(0.25 * effect.value + 0.75 * plain.value)


def test_groups_must_be_two_and_apart():
    values, some = np.arange(4.0), np.array([True, True, False, False])
    with pytest.raises(DataError, match="found 2 targeted and 0 untargeted"):
        difference.contrast(values, some, np.zeros(4, dtype=bool))
    with pytest.raises(DataError, match="targeted and untargeted at once"):
        difference.contrast(values, some, np.ones(4, dtype=bool))
    with pytest.raises(DataError, match="nothing to pool"):
        difference.pooled([], [])


def test_campaigns_that_cannot_be_estimated_say_why():
    one, shown, data = made_up(households=60)
    multipliers = resample_counts(60, 100, np.random.default_rng(1)) - 1.0

    def reason(start=24, end=29, sent=shown.sent[0]):
        changed = panel.Exposure(shown.campaign, shown.type, np.array([start]), np.array([end]), sent[None, :])
        table = effects.campaign_table(effects.stacked(one, changed, data, DESIGN), changed, DESIGN, multipliers)
        assert table["did"].isna().all()
        return table["left_out"].iloc[0], table["targeted"].iloc[0]

    assert "8 weeks ahead" in reason(start=5, end=9)[0]
    assert "end too soon" in reason(start=40, end=50)[0]
    one_household = np.arange(60) == 3
    told, shown_number = reason(sent=one_household)
    assert told == "too few targeted households to show" and shown_number is pd.NA
    assert reason(sent=np.ones(60, dtype=bool))[0] == "too few households under no campaign then"


def test_a_household_in_every_campaign_is_never_a_control(tmp_path):
    one, shown = small_panel(tmp_path)
    sent = shown.sent.copy()
    sent[:, 0] = True
    shown = panel.Exposure(shown.campaign, shown.type, shown.start, shown.end, sent)
    found = effects.stacked(one, shown, effects.outcomes(one, 0.99, np.zeros(len(one.households), bool)), DESIGN)
    assert any(item.effects for item in found)
    assert not any(item.controls[0] for item in found)
    for item in found:
        assert not (item.controls & item.treated).any()


# first campaigns


def many_starts(seed=2, effect=0.0, households=600, weeks=48):
    """Three cohorts with their own start, a lasting effect from then on, and households never targeted."""
    rng = np.random.default_rng(seed)
    level = rng.gamma(4, 5, households)
    spend = np.maximum(level[:, None] + rng.normal(0, 4, (households, weeks)), 0.2)
    cohort = rng.integers(0, 5, households)
    starts = np.array([20, 26, 32])
    sent = np.array([cohort == number for number in range(3)])
    for number, start in enumerate(starts):
        spend[sent[number], start - 2:] += effect
    one = panel.Panel(np.arange(households), np.arange(2, weeks + 2), spend, np.ones_like(spend), MONDAY, 0.0)
    shown = panel.Exposure(np.arange(3), np.array(["A", "A", "B"]), starts, starts + 6, sent)
    return one, shown, effects.outcomes(one, 1.0, np.zeros(households, dtype=bool))


def test_first_campaigns_find_the_step_at_the_start():
    one, shown, data = many_starts(effect=5.0)
    first = event_study.study(one, shown, data, 8, 4, 6, 10)
    multipliers = resample_counts(600, 200, np.random.default_rng(1)) - 1.0
    weekly = event_study.weekly_table(first, multipliers, 4)
    assert weekly.groupby("estimator")["week"].agg(["min", "max", "size"]).to_numpy().tolist() == [[-12, 5, 18]] * 2
    campaign = weekly[weekly["week"] >= 0]["value"]
    assert campaign.to_numpy() == pytest.approx(5, abs=2)
    base = weekly[weekly["phase"] == "base"].groupby("estimator")["value"].mean()
    assert base.to_numpy() == pytest.approx(0, abs=0.05)
    assert (weekly["wide_high"] - weekly["wide_low"] > weekly["high"] - weekly["low"]).mean() > 0.95
    table = event_study.summary(first, multipliers, 4, 6).set_index(["phase", "estimator"])
    for kind in effects.ESTIMATORS[1:]:
        assert abs(table.loc[("placebo", kind), "value"]) < 1
        assert table.loc[("campaign", kind), "value"] == pytest.approx(5, abs=1)
        gap = table.loc[("campaign", kind), "value"] - table.loc[("placebo", kind), "value"]
        assert table.loc[("campaign minus placebo", kind), "value"] == pytest.approx(gap)
    assert first.households + first.left_out == shown.sent.any(axis=0).sum()
    thirds = event_study.uplift_by_third(one, shown, data, 8, 4, 6, 10, multipliers)
    assert thirds["households"].sum() == first.households
    assert thirds["spend_before"].is_monotonic_increasing


def test_the_placebo_test_is_honest():
    below = [
        event_study.summary(event_study.study(*many_starts(seed, households=300), 8, 4, 4, 10),
                            np.zeros((1, 300)), 4, 4).query("phase == 'placebo'")["p_joint"].lt(0.2)
        for seed in range(40)
    ]
    assert 3 <= sum(item.iloc[0] for item in below) <= 16


def test_the_whole_of_first_campaigns_on_the_small_source(tmp_path):
    one, shown = small_panel(tmp_path)
    data = effects.outcomes(one, 0.99, np.zeros(len(one.households), dtype=bool))
    first = event_study.study(one, shown, data, 6, 3, 6, 5)
    balance = event_study.selection(one, data, first, 6, 3)
    assert balance["after"].abs().max() < 1e-4 < balance["before"].abs().max()
    with pytest.raises(DataError, match=r"no first campaign can be compared.*weeks_before"):
        event_study.selection(one, data, event_study.study(one, shown, data, 40, 4, 8, 10), 40, 4)


# coupons


def test_coupons(tmp_path):
    root = small_source(tmp_path)
    plan, targeted = complete_journey.read_campaigns(root), complete_journey.read_targeted(root)
    redeemed = complete_journey.read_redemptions(root)
    table = coupons.by_campaign(plan, targeted, redeemed, 10).set_index("group")
    assert table.loc["all", "households"] == len(targeted)
    assert table.loc["all", "redeemed"] == len(redeemed[["campaign", "household"]].drop_duplicates())
    assert table.filter(like="type ", axis=0)["households"].sum() == len(targeted)
    assert "campaign 7" not in table.index  # one household
    turns = coupons.by_turn(plan, targeted, redeemed, 1)
    assert turns["households"].iloc[0] == targeted["household"].nunique()
    assert turns["households"].sum() == len(targeted) and turns["households"].is_monotonic_decreasing
    assert turns["redeemed"].sum() == table.loc["all", "redeemed"]
    with pytest.raises(DataError, match="were not sent"):
        coupons.by_campaign(plan, targeted[targeted["campaign"] != redeemed["campaign"].iloc[0]], redeemed, 10)
