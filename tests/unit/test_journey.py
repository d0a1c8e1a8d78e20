"""Journeys: sessions, funnel, chain, faults, times, prediction, learning without pooling."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecomplan.behaviour.journey import (
    chain,
    decision_time,
    federated,
    funnel,
    gate,
    incidents,
    intervals,
    judge,
    path_length,
    predict,
    sessions,
)
from ecomplan.data.sources import clickstream
from ecomplan.errors import DataError
from small import clickstream as small


def own_names(raw):
    return raw.rename(columns=clickstream.COLUMNS)


def log_of(paths, users=None, platform="desktop", gap_days=1):
    """A log with one session a path; user k has the sessions that `users` gives it (default: one each)."""
    rows = []
    for number, path in enumerate(paths):
        user = f"u{number if users is None else users[number]:04d}"
        start = pd.Timestamp("2024-01-01") + pd.Timedelta(days=number * gap_days)
        where = platform if isinstance(platform, str) else platform[number]
        rows += [(user, f"s{number:05d}", event, start + pd.Timedelta(seconds=10 * place), where, "organic", "new")
                 for place, event in enumerate(path)]
    columns = ["user_id", "session_id", "event", "time", "platform", "channel", "lifecycle"]
    return sessions.tidy(pd.DataFrame(rows, columns=columns))


@pytest.fixture(scope="module")
def small_log():
    return sessions.tidy(own_names(small.events()))


# sessions and funnel


def test_sessions_equal_a_loop(small_log):
    raw = own_names(small.events())
    for row in small_log.sessions.sample(40, random_state=1).to_dict("records"):
        own = raw[raw["session_id"] == row["session_id"]].sort_values("time", kind="stable")
        assert row["events"] == len(own.drop_duplicates(["event", "time"]))
        assert row["landing"] == own["event"].iloc[0]
        assert row["duration_seconds"] == (own["time"].max() - own["time"].min()).total_seconds()
        assert row["purchase"] == ("purchase" in set(own["event"]))


def test_a_later_step_implies_the_earlier_ones():
    log = log_of([["home", "purchase"], ["home", "cart"], ["home"]])
    assert log.sessions[list(sessions.STEPS)].sum().tolist() == [3, 2, 2, 1, 1, 1]


def test_duplicates_are_dropped_once_and_order_does_not_matter():
    raw = own_names(small.events())
    twice = pd.concat([raw, raw.iloc[:7]]).sample(frac=1, random_state=2)
    log = sessions.tidy(twice)
    assert log.duplicates == 7
    assert len(log.events) == len(raw)


def test_the_silence_rule_finds_the_sessions():
    log = log_of([["home", "search"], ["home"], ["home", "cart"]], users=[0, 0, 1])
    assert sessions.gap_agreement(log, 30) == (3, 3)
    assert sessions.gap_agreement(log, 10_000)[0] == 2  # a silence of a week joins the sessions of a user


def test_funnel_falls_and_adds_up(small_log):
    table = funnel.funnel(small_log.sessions, 10)
    for _, part in table.groupby(["dimension", "level"]):
        assert part["sessions"].is_monotonic_decreasing
        assert part["sessions"].iloc[-1] + part["lost"].sum() == part["sessions"].iloc[0]
        assert ((part["passed_low"] <= part["passed"]) & (part["passed"] <= part["passed_high"])).all()
    by_platform = table[table["dimension"] == "platform"].groupby("step")["sessions"].sum()
    assert by_platform["visit"] == len(small_log.sessions)


def test_a_channel_seen_once_is_not_shown(small_log):
    lone = own_names(small.events()).query("session_id == 'sess_000001'").assign(
        session_id="lone", user_id="lone", channel="billboard")
    log = sessions.tidy(pd.concat([own_names(small.events()), lone]))
    table = funnel.funnel(log.sessions, 10)
    assert "billboard" not in set(table["level"])
    assert "billboard" not in set(funnel.touch_matrix(log, 10)["channel"])
    assert (funnel.touch_matrix(log, 10)["users"] >= 10).all()


# chain


def random_counts(seed, states=5):
    rng = np.random.default_rng(seed)
    counts = rng.integers(0, 6, (states, states + 2)).astype(float)
    counts[:, 0] = 0
    counts[:, -1] += 1
    counts[-1, -2] += 2
    return counts


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_removal_and_edits_equal_a_new_solve(seed):
    counts = random_counts(seed)
    base = chain.solve(counts)
    size = len(counts)
    fast = chain.removal(base)
    rng = np.random.default_rng(seed)
    for source in range(size):
        for target in range(size + 1):
            moves = base.moves.copy()
            moves[source, -1] += moves[source, target]
            moves[source, target] = 0
            bought = np.linalg.solve(np.eye(size) - moves[:, :size], moves[:, size])[0]
            assert fast[source, target] == pytest.approx(1 - bought / base.buys[0], abs=1e-10)
        change = np.zeros(size + 2)
        move = min(0.05, base.moves[source, -1])
        change[rng.integers(0, size + 1)] += move
        change[-1] -= move
        moves = base.moves.copy()
        moves[source] += change
        bought = np.linalg.solve(np.eye(size) - moves[:, :size], moves[:, size])[0]
        assert chain.edit(base, source, change) == pytest.approx(bought, abs=1e-10)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000))
def test_the_chain_equals_powers_of_its_matrix(seed):
    base = chain.solve(random_counts(seed))
    size = len(base.buys)
    whole = np.vstack([base.moves, np.eye(size + 2)[size:]])
    far = np.linalg.matrix_power(whole, 4096)
    assert base.buys == pytest.approx(far[:size, size], abs=1e-8)
    assert base.buys + far[:size, size + 1] == pytest.approx(np.ones(size), abs=1e-8)


def test_stacked_chains_equal_single_ones():
    stack = np.stack([random_counts(seed) for seed in range(4)])
    many = chain.solve(stack)
    for number in range(4):
        one = chain.solve(stack[number])
        assert many.buys[number] == pytest.approx(one.buys)
        assert chain.removal(many)[number] == pytest.approx(chain.removal(one))


def test_counts_cut_at_the_first_purchase_and_reproduce_conversion(small_log):
    counts = chain.count(small_log)
    base = chain.solve(counts.total())
    assert base.buys[0] == pytest.approx(small_log.sessions["purchase"].mean(), abs=1e-12)
    assert counts.total()[:, -2].sum() == small_log.sessions["purchase"].sum()
    weights = intervals.user_weights(small_log.users, 50, np.random.default_rng(1))
    drawn = counts.resampled(weights)
    one = sum(weights[7, user] * counts.shaped(counts.by_user[user].toarray()) for user in range(small_log.users))
    assert drawn[7] == pytest.approx(one)


def test_better_pages_raise_conversion(small_log):
    counts = chain.count(small_log)
    weights = intervals.user_weights(small_log.users, 50, np.random.default_rng(1))
    small_step, large_step = chain.edit_table(counts, 0.02, weights), chain.edit_table(counts, 0.10, weights)
    kept = small_step["edit"].str.startswith("keep")
    assert (small_step.loc[kept, "gain"] >= 0).all()
    both = small_step.set_index("edit")["gain"].to_frame("small").join(large_step.set_index("edit")["gain"])
    assert (both["gain"] >= both["small"] - 1e-12)[both["small"] > 0].all()


def test_nobody_buys():
    log = log_of([["home", "search"], ["home"], ["catalog"]] * 20)
    counts = chain.count(log)
    base = chain.solve(counts.total())
    assert base.buys[0] == 0
    assert (chain.removal(base) == 0).all()
    assert chain.likeliest_path(base, counts.states) == ([], 0.0)
    assert path_length.touches_of_buyers(log, np.ones((5, log.users))) is None
    times = decision_time.session_times(log)
    assert decision_time.session_summary(times, np.ones((5, log.users)), (60,), 10).empty
    curve = decision_time.curves(decision_time.user_times(log), 10)
    assert not curve.isna().to_numpy().any() and (curve["bought"] == 0).all()
    data = predict.examples(log, 2, (0.5, 0.2), np.random.default_rng(1))
    assert "purchase" in data.enough(3)
    assert judge.judge(data, order_max=2, rounds=2, floor=0.85, min_group=3, draws=100, seed=1,
                       rng=np.random.default_rng(1)).unknown


def test_sessions_of_one_and_of_five_hundred_events():
    long = [*(["home", "search", "catalog", "product_view", "filter_results"] * 100)[:499], "purchase"]
    log = log_of([["home"], long, ["home", "cart", "purchase"]] * 5)
    assert log.sessions["events"].max() == 500 and log.sessions["bounced"].sum() == 5
    base = chain.solve(chain.count(log).total())
    assert base.steps[0] == pytest.approx((2 + 500 + 3) / 3)  # leaving is a step as well
    assert base.buys[0] == pytest.approx(2 / 3)


# faults


def steady(seed, count=900, days=90):
    """Sessions whose steps do not change over time."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({
        "session": np.arange(count), "user_id": [f"u{number // 3}" for number in range(count)],
        "user": np.arange(count) // 3, "platform": rng.choice(["desktop", "mobile"], count),
        "channel": rng.choice(["organic", "email"], count), "lifecycle": rng.choice(["new", "loyal"], count),
        "start": pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, days * 1440, count), unit="min"),
    })
    frame["day"] = frame["start"].dt.normalize()
    reached = np.ones(count, bool)
    for step, chance in zip(sessions.STEPS, (1, 0.8, 0.6, 0.8, 0.8, 0.8), strict=True):
        reached = reached & (rng.random(count) < chance)
        frame[step] = reached
    return frame


def as_log(frame):
    events = frame[["session"]].assign(event="home")
    return sessions.Log(events, frame, 0)


def scan(frame, seed=1, alpha=0.01, shuffles=199):
    return incidents.scan(as_log(frame), longest_days=30, shuffles=shuffles, alpha=alpha, min_group=10,
                          rng=np.random.default_rng(seed))


def test_planted_faults_are_found_with_step_visitors_and_days():
    frame = steady(5, 2400)
    rng = np.random.default_rng(9)
    checkout = (frame["platform"] == "mobile") & frame["day"].between("2024-02-01", "2024-02-14")
    payment = frame["day"].between("2024-03-10", "2024-03-19")
    broken = checkout & (rng.random(len(frame)) < 0.8)
    frame.loc[broken, ["payment details", "purchase"]] = False
    frame.loc[payment & (rng.random(len(frame)) < 0.8), "purchase"] = False
    found, left = scan(frame)
    assert {(item.step, item.level) for item in found} == {("payment details", "mobile"), ("purchase", "all")}
    assert left > 0.01
    when = {"payment details": ("2024-02-01", "2024-02-14"), "purchase": ("2024-03-10", "2024-03-19")}
    for item in found:
        first, last = when[item.step]
        assert abs((item.first_day - pd.Timestamp(first)).days) <= 2
        assert abs((item.last_day - pd.Timestamp(last)).days) <= 2
        assert item.first_range[0] <= item.first_day <= item.first_range[1]
        assert item.inside[0] < 0.4 < item.outside[0]


def test_false_alarms_stay_within_the_level():
    alarms = sum(bool(scan(steady(100 + seed, 300, 40), seed, alpha=0.1, shuffles=19)[0]) for seed in range(60))
    assert alarms <= 13  # 60 tries at 0.1: 13 or fewer with a chance of 0.996


def test_maturing_visitors_are_no_fault():
    frame = steady(3, 2000)
    rng = np.random.default_rng(4)
    late = (frame["day"] - frame["day"].min()).dt.days / 90
    frame["lifecycle"] = np.where(rng.random(len(frame)) < late, "loyal", "new")
    stays = rng.random(len(frame)) < np.where(frame["lifecycle"] == "loyal", 0.9, 0.5)
    frame["purchase"] = frame["payment details"] & stays
    assert not scan(frame)[0]


def test_the_statistic_equals_a_slow_scan():
    frame = steady(8, 200, 25)
    log = as_log(frame)
    groups = incidents._groups(frame, 10)
    steps = incidents._steps(frame, groups)
    grid = incidents._count(steps, 25)
    best = incidents._best(incidents._windows(grid, 8, 10), grid.stopped)
    day = (frame["day"] - frame["day"].min()).dt.days.to_numpy()
    slow = 0.0
    for before, step in zip(sessions.STEPS[:-1], sessions.STEPS[1:], strict=True):
        part = frame[frame[before]]
        stop = ~part[step]
        expected = stop.groupby([part["platform"], part["lifecycle"]]).transform("mean")
        for by, level in groups:
            mine = np.ones(len(part), bool) if by == "all" else (part[by] == level).to_numpy()
            total, whole = stop[mine].sum(), expected[mine].sum()
            when = day[part.index][mine]
            for start in range(25):
                for end in range(start + 1, min(start + 8, 25)):
                    inside = (when >= start) & (when <= end)
                    c, share = stop[mine][inside].sum(), expected[mine][inside].sum() / whole
                    if inside.sum() < 10 or 2 * inside.sum() >= mine.sum() or c <= total * share:
                        continue
                    rest = total - c
                    value = c * np.log(c / (total * share))
                    value += rest * np.log(rest / (total * (1 - share))) if rest else 0
                    slow = max(slow, value)
    assert best is not None and best[0] == pytest.approx(slow, abs=1e-3)
    assert len(log.sessions) == 200


# lengths and times


def test_longer_ways_that_sell_less_show_in_the_odds(small_log):
    rng = np.random.default_rng(2)
    paths = []
    for _ in range(600):
        before = int(rng.integers(0, 10))
        paths.append(["search"] * before + ["cart"] + (["purchase"] if rng.random() < 1 / (1 + np.exp(0.3 * before - 1))
                                                       else []))
    log = log_of(paths, users=[number // 2 for number in range(600)])
    baskets = path_length.with_basket(log)
    effect = path_length.length_effect(baskets, 10).term("touches")
    assert effect["low"] < np.exp(-0.3) < effect["high"]
    weights = intervals.user_weights(log.users, 100, np.random.default_rng(1))
    assert path_length.long_against_short(baskets, weights)["high"] < 0
    assert path_length.dose(baskets, 10)["sessions"].sum() == 600


def test_too_little_variation_gives_a_reason_not_a_number():
    log = log_of([["home", "cart", "purchase"]] * 30)
    assert path_length.length_effect(path_length.with_basket(log), 10).unknown
    assert path_length.bounce_effect(log, 10).unknown


def test_kaplan_meier_without_censoring_is_the_share():
    time = np.array([1.0, 2, 2, 5])
    curve = decision_time.bought_by(time, np.ones(4, bool))
    assert curve["bought"].tolist() == pytest.approx([0, 0.25, 0.75, 1])
    assert decision_time.median(curve)["value"] == 2
    assert not curve.isna().to_numpy().any()


# prediction


def data_of(log, order=2):
    return predict.examples(log, order, (0.4, 0.3), np.random.default_rng(3))


def test_no_user_and_no_later_time_leaks_into_training(small_log):
    data = data_of(small_log)
    users = [set(data.user[data.of(split)]) for split in predict.SPLITS]
    assert not users[0] & users[1] and not users[0] & users[2] and not users[1] & users[2]
    start = small_log.sessions["start"].to_numpy()[small_log.events["session"].to_numpy()]
    assert start[data.of("train")].max() < start[data.of("validation")].min()
    assert start[data.of("validation")].max() < start[data.of("test")].min()


def test_examples_equal_a_loop(small_log):
    data = data_of(small_log)
    events = small_log.events
    for at in range(0, len(events), 97):
        session = events[events["session"] == events["session"].iloc[at]]
        place = int(events["place"].iloc[at])
        names = session["event"].tolist()
        assert data.names[data.following[at]] == (names[place + 1] if place + 1 < len(names) else predict.END)
        assert data.buys[at] == int("purchase" in names[place + 1:])
        assert data.last[at, 1] == (data.names.index(names[place - 1]) if place else len(data.names))


def test_markov_probabilities_add_up_and_follow_the_counts(small_log):
    data = data_of(small_log)
    chance, weight = predict.markov(data, 1)
    assert chance.sum(axis=1) == pytest.approx(np.ones(len(chance)))
    train = data.of("train")
    size = len(data.names)
    base = (np.bincount(data.following[train], minlength=size) + 1) / (len(train) + size)
    mine = train[data.last[train, 0] == data.last[5, 0]]
    own = np.bincount(data.following[mine], minlength=size)
    assert chance[5] == pytest.approx((own + weight * base) / (own.sum() + weight))


def test_one_temperature_mends_a_model_too_sure_of_itself():
    rng = np.random.default_rng(5)
    scores = rng.normal(0, 1, (4000, 4))
    truth = (scores + rng.gumbel(size=scores.shape)).argmax(axis=1)
    sure = predict.softmax(scores * 3)
    mended, temperature = predict.calibrate(sure, truth, np.arange(2000))
    assert temperature == pytest.approx(3, rel=0.1)
    before, after = (gate.scores(part[2000:], truth[2000:], np.arange(2000) // 5, 100, rng) for part in (sure, mended))
    assert after["calibration_error"] < 0.3 * before["calibration_error"]
    assert after["accuracy"] == before["accuracy"]


def test_the_gate_parts_the_predictions():
    rng = np.random.default_rng(6)
    confidence = rng.uniform(0.5, 1, 3000)
    chance = np.column_stack([confidence, 1 - confidence])
    truth = (rng.random(3000) > confidence).astype(int)
    user = np.arange(3000) // 10
    found = gate.gate(chance, truth, user, 0.85, 10, 200, rng)
    assert found["automatic"]["value"] == pytest.approx((confidence >= 0.85).mean())
    assert found["automatic"]["value"] + found["queue"]["value"] == pytest.approx(1)
    assert found["right"]["low"] <= 0.925 <= found["right"]["high"]
    assert gate.gate(chance * 0.5, truth, user, 0.85, 10, 200, rng)["right"] is None
    curve = gate.coverage_curve(chance, truth, user, 200, rng)
    assert curve["coverage"].iloc[-1] == 1
    assert curve["accuracy"].iloc[-1] == pytest.approx((truth == 0).mean())


# learning without pooling


def test_one_party_is_plain_training(small_log):
    data = data_of(small_log)
    x, classes = federated.design(data), len(data.names)
    party = federated.gather("one", x, data.following, classes)
    plain = federated.train(party, np.zeros((x.shape[1], classes)), 12, 1.0)
    assert federated.federate([party], 4, 3, 1.0) == pytest.approx(plain)


def test_averaging_weights_parties_by_rows_and_one_step_is_pooling(small_log):
    data = data_of(small_log)
    x, classes = federated.design(data), len(data.names)
    half = data.platform == "mobile"
    parties = [federated.gather(str(mask[0]), x[mask], data.following[mask], classes) for mask in (half, ~half)]
    start = np.zeros((x.shape[1], classes))
    rows = np.array([party.rows for party in parties])
    locals_ = [federated.train(party, start, 5, 1.0) for party in parties]
    assert federated.federate(parties, 1, 5, 1.0) == pytest.approx(
        (rows[0] * locals_[0] + rows[1] * locals_[1]) / rows.sum())
    pooled = federated.train(federated.gather("all", x, data.following, classes), start, 8, 1.0)
    assert federated.federate(parties, 8, 1, 1.0) == pytest.approx(pooled, abs=1e-10)


def test_a_single_platform_has_no_one_to_average_with():
    raw = own_names(small.events()).assign(platform="desktop")
    data = data_of(sessions.tidy(raw))
    table, reason = federated.compare(data, rounds=2, steps=2, rate=1.0, min_group=5, draws=100,
                                      rng=np.random.default_rng(1))
    assert table.empty and "two parties" in reason


# reading the file


def written(tmp_path, change):
    folder = tmp_path / "data" / "raw" / "clickstream"
    folder.mkdir(parents=True)
    change(small.events(users=4)).to_csv(folder / "ecom.csv.gz", index=False, date_format="%Y-%m-%d %H:%M:%S")
    return tmp_path


def test_the_file_is_read_under_our_names(tmp_path):
    events = clickstream.read(written(tmp_path, lambda raw: raw))
    assert list(events.columns) == list(clickstream.COLUMNS.values())
    assert len(events) == len(small.events(users=4))
    assert str(events["time"].dtype) == "datetime64[us]"


@pytest.mark.parametrize(("change", "words"), [
    (lambda raw: raw.drop(columns="platform"), "column platform is missing"),
    (lambda raw: raw.assign(event=raw["event"].where(raw.index != 3)), "row 5: column event is empty"),
    (lambda raw: raw.assign(timestamp="yesterday"), "row 2: timestamp = 'yesterday'"),
    (lambda raw: raw.iloc[:0], "no events"),
])
def test_bad_files_are_refused_by_name(tmp_path, change, words):
    with pytest.raises(DataError, match=words):
        clickstream.read(written(tmp_path, change))


def test_a_missing_file_says_how_to_get_it(tmp_path):
    with pytest.raises(DataError, match="ecomplan fetch"):
        clickstream.read(tmp_path)


def test_a_session_of_two_users_is_refused():
    raw = own_names(small.events(users=4))
    raw.loc[raw.index[0], "user_id"] = "somebody else"
    with pytest.raises(DataError, match="session sess_000001 has 2 values of user_id"):
        sessions.tidy(raw)
