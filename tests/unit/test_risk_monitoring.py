"""The monitor: windows and tails against slow or known ones, nothing looks ahead, planted incidents are found."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import nbinom

from ecomplan.claims import load_claims
from ecomplan.errors import DataError, ParameterError
from ecomplan.params import MonitoringStage, load_params
from ecomplan.risk.monitoring import alerts, policy, recall, replay
from ecomplan.risk.monitoring import feed as feed_module
from ecomplan.risk.monitoring.feed import DAY, Feed, build_feed
from ecomplan.risk.monitoring.incidents import KINDS, plant
from ecomplan.risk.monitoring.rules import Rule, load_rules
from ecomplan.risk.monitoring.signals import Signals
from ecomplan.risk.monitoring.tails import MONTH, fit_tail
from ecomplan.risk.monitoring.windows import by_group, surprise, window

ROOT = Path(__file__).parents[2]
EDGES = (1.25, 2.55, 4.95)


def knobs(**changed: object) -> MonitoringStage:
    whole = load_params(ROOT / "params.yaml")
    values = {**whole.monitoring.model_dump(), **whole.money.model_dump(), **whole.privacy.model_dump(), **changed}
    return MonitoringStage.model_validate(values)


def shop(days: int = 720, a_day: float = 25, seed: int = 3, countries: int = 4) -> pd.DataFrame:
    """Order lines of a made-up shop that is open six days a week: regular customers, a few returns."""
    rng = np.random.default_rng(seed)
    dates = pd.date_range("2023-12-01", periods=days, freq="D")
    number = np.where(dates.day_of_week == 5, 0, rng.poisson(a_day, days))
    day = np.repeat(np.arange(days), number)
    minute = np.sort(day * DAY + rng.integers(8 * 60, 18 * 60, len(day)))
    pool = np.minimum(200 + day * 4, 2000)  # new customers come all the time
    customer = (rng.random(len(day)) ** 1.5 * pool).astype(np.int64)
    scale = np.exp(np.random.default_rng(1).normal(5, 0.6, 3000))[customer]
    amount = np.round(scale * np.exp(rng.normal(0, 0.5, len(day))), 2)
    where = np.where(customer % 12 == 0, 1 + customer % max(countries - 1, 1), 0) if countries > 1 else 0 * customer
    product = rng.integers(0, 40, len(day))
    sales = pd.DataFrame({
        "order_id": [f"A{i}" for i in range(len(day))], "minute": minute, "customer_id": [f"C{c}" for c in customer],
        "country": [f"Land {c}" for c in where], "product_id": [f"P{i}" for i in product],
        "unit_price": np.round(0.5 + product * 0.2, 2), "amount": amount, "kind": "sale",
    })
    back = sales[rng.random(len(sales)) < 0.06]
    back = back.assign(order_id="R" + back["order_id"], minute=back["minute"] + 3 * DAY, amount=-back["amount"],
                       kind="return")
    lines = pd.concat([sales, back]).sort_values(["minute", "order_id"], kind="stable", ignore_index=True)
    lines = lines[lines["minute"] < days * DAY]
    lines["time"] = pd.Timestamp("2023-12-01") + pd.to_timedelta(lines.pop("minute"), unit="m")
    return lines.assign(line_id=np.arange(len(lines)))


@cache
def the_shop() -> pd.DataFrame:
    return shop()


@cache
def the_rules() -> tuple[Rule, ...]:
    return load_rules(ROOT / "claims", load_claims(ROOT / "claims"))


@cache
def watched_shop() -> tuple[Feed, dict[str, Signals], dict[str, replay.Limit]]:
    p = knobs()
    feed = build_feed(the_shop(), None, EDGES)
    measured = replay.measure(feed, p)
    return feed, measured, replay.calibrate(measured, the_rules(), feed.until, p)


@given(st.data())
@settings(max_examples=25, deadline=None)
def test_windows_equal_a_plain_loop(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 40))
    group = np.array(data.draw(st.lists(st.integers(0, 3), min_size=size, max_size=size)))
    time = np.sort(data.draw(st.lists(st.integers(0, 60), min_size=size, max_size=size)))
    value = np.array(data.draw(st.lists(st.integers(0, 9), min_size=size, max_size=size)))
    minutes, memory = data.draw(st.integers(1, 20)), data.draw(st.one_of(st.none(), st.integers(1, 30)))
    seen = window(group, time, value, minutes, memory)
    for i in range(size):
        mine = [j for j in range(i + 1) if group[j] == group[i]]
        inside = [j for j in mine if time[j] > time[i] - minutes]
        before = [j for j in mine if time[j] <= time[i] - minutes
                  and (memory is None or time[j] > time[i] - minutes - memory)]
        assert (seen.count[i], seen.total[i]) == (len(inside), value[inside].sum())
        assert (seen.before[i], seen.total_before[i]) == (len(before), value[before].sum())


@given(st.lists(st.integers(0, 2**32 - 1) | st.sampled_from([7, 2**16 + 7, 2**31]), max_size=40))
@settings(max_examples=50, deadline=None)
def test_order_by_group_is_the_stable_one(group: list[int]) -> None:
    codes = np.array(group, np.int64)
    assert (by_group(codes) == np.argsort(codes, kind="stable")).all()


def test_surprise_is_the_tail_of_the_negative_binomial() -> None:
    count, before = np.array([1, 3, 9, 40]), np.array([0, 2, 30, 500])
    days = 50
    found = surprise(count, before, DAY, np.full(4, days * DAY), 10.0)
    mean, shape = (before + 0.5) / days, np.minimum(before + 0.5, 10)
    assert found == pytest.approx(-np.log10(nbinom.sf(count - 1, shape, shape / (shape + mean))), rel=1e-9)


@pytest.mark.parametrize("kind", ["exponential", "pareto"])
def test_limits_keep_the_wanted_rate_on_new_data(kind: str) -> None:
    """Ten months of a known metric: the rate at the limit, mean of samples, is the one wanted (within a third)."""
    p, rng = knobs(), np.random.default_rng(8)
    months, a_month, wanted = 10.0, 300, 0.5
    rates = []
    for _ in range(60):
        size = int(months * a_month)
        value = rng.exponential(size=size) if kind == "exponential" else rng.pareto(3.0, size) + 1
        time = np.sort(rng.integers(0, round(months * MONTH), size))
        tail = fit_tail(Signals(time, np.arange(size), value, np.full(size, -1)), months, kind == "pareto", p)
        assert tail is not None
        limit = tail.limit(wanted)
        assert float(tail.rate(np.array([limit]))[0]) == pytest.approx(wanted, rel=1e-6)
        left = np.exp(-limit) if kind == "exponential" else limit ** -3.0
        rates.append(a_month * left)
    assert np.mean(rates) == pytest.approx(wanted, rel=0.33)


@given(st.integers(DAY * 300, DAY * 719))
@settings(max_examples=6, deadline=None)
def test_replay_cut_at_any_time_gives_the_same_alarms_up_to_it(until: int) -> None:
    p = knobs()
    _, measured, limits = watched_shop()
    loose = {name: replay.Limit(each.rule, each.tail, each.tail.limit(20 * (each.target or 1)), each.target, each.state)
             for name, each in limits.items() if each.tail is not None}
    whole = replay.raise_alarms(measured, loose)
    clock = pd.Timestamp("2023-12-01") + pd.Timedelta(minutes=until)
    known = build_feed(the_shop()[the_shop()["time"] <= clock], None, EDGES, clock)
    again = replay.raise_alarms(replay.measure(known, p), loose)
    expected = whole[whole["time"] <= until].reset_index(drop=True)
    assert len(expected) > 20
    columns = ["rule", "time", "key", "event"]
    order = [*columns[:3]]
    left, right = (part.sort_values(order, ignore_index=True) for part in (again, expected))
    pd.testing.assert_frame_equal(left[columns], right[columns], check_dtype=False)
    assert left["value"].to_numpy() == pytest.approx(right["value"].to_numpy(), rel=1e-9)


def test_rows_in_another_order_change_nothing() -> None:
    mixed = the_shop().sample(frac=1, random_state=1)
    one, other = build_feed(mixed, None, EDGES), watched_shop()[0]
    assert (one.time == other.time).all() and (one.amount.sum(), one.until) == (other.amount.sum(), other.until)
    assert one.amount.sum() == round(the_shop().query("kind == 'sale'")["amount"].sum() * 100)


@pytest.mark.parametrize("block", [1, 64, 700])
def test_blocks_of_any_size_give_the_same_feed(monkeypatch: pytest.MonkeyPatch, block: int) -> None:
    """Lines of an order that lie apart, products returned before their first sale, prices that move: across blocks."""
    lines = shop(days=90, a_day=15).query("line_id >= 300")
    lines = lines.assign(
        order_id=lines["order_id"].str[:-2].str.removeprefix("R"),  # sales and returns of one week under one number
        product_id=lines["product_id"] + (lines["line_id"] % 90).astype(str),
        unit_price=lines["unit_price"] * (1 + lines["line_id"] % 7),
        customer_id=lines["customer_id"].where(lines["line_id"] % 5 > 0),
    )
    whole = build_feed(lines, None, EDGES)
    monkeypatch.setattr(feed_module, "BLOCK", block)
    assert block < len(lines) < 2000
    cut = build_feed(lines, None, EDGES)
    for name, value in vars(whole).items():
        assert np.array_equal(value, getattr(cut, name)), name

    sales = lines[lines["kind"] == "sale"]
    orders = sales.groupby("order_id", sort=False)
    assert (cut.amount == np.rint(orders["amount"].sum() * 100)).all()
    assert (cut.price == np.rint(orders["unit_price"].max() * 100)).all()
    first = lines["product_id"].map(sales.groupby("product_id")["unit_price"].first()).fillna(0.0)
    band = np.searchsorted(EDGES, first.round(2), side="right")
    for side, kind in enumerate(("sale", "return")):
        expected = np.bincount(band[lines["kind"] == kind], minlength=len(EDGES) + 1)
        assert (cut.lines[:, :, side].sum(axis=0) == expected).all()


@pytest.mark.parametrize("seed", [11, 12, 13])
def test_planted_incidents_are_found_with_few_false_alarms(seed: int) -> None:
    """Sizes, places and times at random, on another shop than the platform: nine in ten at two false alarms a month."""
    feed, _, limits = watched_shop()
    p = knobs(seed=seed, rounds=3)
    trial = recall.run_trial(feed, limits, p)
    assert len(trial.incidents) == 3 * 6 * len(KINDS)
    assert trial.incidents["found"].mean() >= 0.9
    assert (trial.false_days["factor"] <= 1).sum() / trial.months <= 2


def test_planting_keeps_the_shop_s_own_orders() -> None:
    feed = watched_shop()[0]
    p = knobs()
    planted = plant(feed, 400 * DAY, p, np.random.default_rng(5))
    kinds = planted.incidents["kind"].value_counts()
    assert set(kinds.index) == set(KINDS) and (kinds == p.incidents_per_kind).all()
    stops = planted.incidents[planted.incidents["kind"] == "stop"]
    assert (planted.tag < 0).sum() == len(feed.time) - stops["size"].sum()
    assert (np.diff(planted.feed.time) >= 0).all() and planted.feed.until == feed.until
    taken = planted.incidents[planted.incidents["kind"] == "takeover"]
    assert all((planted.tag == i).sum() == size for i, size in taken["size"].items())


def test_looser_limits_find_more_and_cost_more_false_alarms() -> None:
    feed, _, limits = watched_shop()
    points = recall.curve(recall.run_trial(feed, limits, knobs(rounds=2)))
    every = points[points["kind"] == "all"]
    assert every["recall"].is_monotonic_increasing and every["false_a_month"].is_monotonic_increasing


def test_dearer_reviews_gain_less_and_no_fraud_means_no_intervention() -> None:
    feed, measured, limits = watched_shop()
    trial = recall.run_trial(feed, limits, knobs(rounds=2))
    cheap = policy.choose(feed, measured, limits, trial, knobs())
    dear = policy.choose(feed, measured, limits, trial, knobs(reviewer_wage_cny_hour=8000.0))
    review = cheap.table["tier"] == "review"
    assert (dear.table.loc[review, "net"] <= cheap.table.loc[review, "net"]).all()
    assert (cheap.table["net"] - (cheap.table["prevented"] - cheap.table["cost"])).abs().max() < 1e-6
    none = knobs(fraud_per_1000_low=0.0, fraud_per_1000_likely=0.0, fraud_per_1000_high=1e-9)
    assert policy.choose(feed, measured, limits, trial, none).best == -1 or (
        policy.choose(feed, measured, limits, trial, none).net.value or 0) < 1e-3


def test_alert_file_names_no_customer_and_no_small_country() -> None:
    feed, measured, limits = watched_shop()
    p = knobs(min_group=1000)
    loose = {name: replay.Limit(each.rule, each.tail, each.tail.limit(30 * (each.target or 1)), each.target, each.state)
             for name, each in limits.items() if each.tail is not None}
    table = alerts.alerts_table(replay.raise_alarms(measured, loose), loose, feed, p)
    lines = [json.loads(line) for line in alerts.alert_lines(table).splitlines()]
    assert len(lines) == len(table) > 0
    customers = set(the_shop()["customer_id"])
    assert not any(value in customers for line in lines for value in line.values() if isinstance(value, str))
    assert {line["country"] for line in lines if "country" in line} <= {alerts.OTHER, "Land 0"}
    assert all(line["value"] >= line["limit"] * (1 - 1e-5) for line in lines)
    assert [line["time"] for line in lines] == sorted(line["time"] for line in lines)


def test_one_country_and_no_returns_leave_their_rules_without_data() -> None:
    lines = shop(countries=1)
    feed = build_feed(lines[lines["kind"] == "sale"], None, EDGES)
    p = knobs(rounds=1)
    measured = replay.measure(feed, p)
    limits = replay.calibrate(measured, the_rules(), feed.until, p)
    for name in ("country_flood", "country_drift", "return_wave", "return_chart", "return_share", "api_latency"):
        assert limits[name].state == "no data" and limits[name].missing
    watched = [each for each in limits.values() if each.state == "watched"]
    assert sum(each.target or 0 for each in watched) == pytest.approx(p.alarms_a_month)
    kinds = set(recall.run_trial(feed, limits, p).incidents["kind"])
    assert kinds == {"takeover", "fraud", "stop"}


@pytest.mark.parametrize(("change", "message"), [
    (lambda lines: lines.iloc[:0], "no sale"),
    (lambda lines: lines.drop(columns="amount"), "lacks column amount"),
    (lambda lines: pd.concat([lines, lines.iloc[:1]]), "stands there twice"),
    (lambda lines: lines.assign(time=lines["time"].mask(lines["line_id"] == 7)), "time is missing"),
])
def test_bad_streams_are_named(change: object, message: str) -> None:
    with pytest.raises(DataError, match=message):
        build_feed(change(the_shop()), None, EDGES)  # type: ignore[operator]


def test_a_stream_too_short_to_check_is_refused() -> None:
    p = knobs()
    feed = build_feed(the_shop().query("time < '2024-11-01'"), None, EDGES)
    with pytest.raises(ParameterError, match="one month at least"):
        replay.calibrate(replay.measure(feed, p), the_rules(), feed.until, p)


@pytest.mark.parametrize(("old", "new", "message"), [
    ("metric: payment_over_own_mean", "metric: payment_mood", "metric 'payment_mood' is unknown"),
    ("claim: s0_payment_anomaly_multiple", "claim: s0_no_such_claim", "no claim"),
    ("least: 1.0\n  most: 1000.0", "least: 6.0\n  most: 1000.0", "limit 5 lies outside 6 to 1000"),
    ("id: return_wave", "id: payment_over_mean", "listed twice"),
    ("dimension: order", "dimension: weather", "dimension"),
    ("medium: {blue: chat, yellow: chat, red: phone}", "medium: {blue: chat, yellow: chat}", "medium lacks level red"),
])
def test_bad_rules_are_named(tmp_path: Path, old: str, new: str, message: str) -> None:
    text = (ROOT / "claims" / "rules.yaml").read_text()
    assert old in text
    (tmp_path / "rules.yaml").write_text(text.replace(old, new, 1))
    with pytest.raises(ParameterError, match=message):
        load_rules(tmp_path, load_claims(ROOT / "claims"))
