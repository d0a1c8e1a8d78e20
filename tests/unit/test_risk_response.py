"""What is done when something happens: the playbook, timers, drills, review, recurrence, triggers, people."""

from __future__ import annotations

import copy
import datetime
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecomplan.claims import load_claims, read_yaml
from ecomplan.errors import DataError, ParameterError
from ecomplan.risk.response import colours, drills, plans, recurrence, review, staff, timers, triggers
from ecomplan.risk.response.schema import Playbook, resolve

FOLDER = Path(__file__).parents[2] / "claims"


@pytest.fixture(scope="module")
def raw():
    return read_yaml(FOLDER / "response.yaml")


@pytest.fixture(scope="module")
def claims():
    return load_claims(FOLDER)


@pytest.fixture(scope="module")
def known(raw) -> set[str]:
    return {risk["id"] for risk in read_yaml(FOLDER / "risks.yaml")["risks"]}


@pytest.fixture(scope="module")
def book(raw, claims, known) -> Playbook:
    return resolve(raw, claims, known)


def alerts_of(days: dict[str, list[int]]) -> pd.DataFrame:
    start = pd.Timestamp("2025-01-01")
    rows = [(start + pd.Timedelta(days=day, hours=hour), rule, "yellow")
            for rule, numbers in days.items() for day in numbers for hour in (9, 10)]
    return colours.checked_alerts(pd.DataFrame(rows, columns=["time", "rule", "level"]))


def test_library_is_as_large_as_the_documents_ask(book, claims):
    assert len(book.plans) >= claims["s2_emergency_plan_count"].value
    assert len({plan.plan_class for plan in book.plans}) == claims["s3_plan_classes"].value
    table = plans.plans_table(book, datetime.date(2025, 11, 30), 12)
    assert (table["phases"] == claims["s2_plan_phases"].value).all()


@pytest.mark.parametrize(("change", "told"), [
    (lambda raw: raw["plans"][0]["risks"].append("ghost"), "plan traffic_attack: no risk ghost"),
    (lambda raw: raw["plans"].append(raw["plans"][0]), "plan traffic_attack stands there twice"),
    (lambda raw: raw["plans"][0].pop("act"), "plans.0.act"),
    (lambda raw: raw["colours"].pop("blue"), "colours lacks blue"),
    (lambda raw: raw["timers"][0]["steps"].update({"Alarm is read": 0}), "timers.0.steps.Alarm is read"),
    (lambda raw: raw["events"][0].update(date="soon"), "events.0.date"),
    (lambda raw: raw["timers"][0].update(claim="s0_ghost"), "no claim 's0_ghost'"),
])
def test_faults_of_the_file_are_named(raw, claims, known, change, told):
    new = copy.deepcopy(raw)
    change(new)
    with pytest.raises(ParameterError, match=told):
        resolve(new, claims, known)


def test_alerts_need_known_levels():
    with pytest.raises(DataError, match="row 1: level 'green'"):
        colours.checked_alerts(pd.DataFrame({"time": ["2025-01-01"] * 2, "rule": "a", "level": ["red", "green"]}))
    with pytest.raises(DataError, match="lacks column level"):
        colours.checked_alerts(pd.DataFrame({"time": [], "rule": []}))


def test_a_timer_of_one_step_has_its_known_share(book, claims):
    """One lognormal step: the share within the limit is a normal probability."""
    timer = book.timers[2].model_copy(update={"steps": {"Only": 4.0}})
    log = timers.incident_logs([timer], claims, 50, 2000, 0.5, 0.0, np.random.default_rng(1))[0]
    from statistics import NormalDist

    exact = NormalDist().cdf(np.log(5 / 4) / 0.5)
    assert log.kept().mean() == pytest.approx(exact, abs=0.01)
    assert log.kept(0.4).mean() > log.kept().mean()


def test_unsure_medians_widen_the_range(book, claims):
    spans = []
    for unsure in (0.0, 0.5):
        logs = timers.incident_logs(book.timers, claims, 200, 50, 0.5, unsure, np.random.default_rng(1))
        table = timers.timers_table(logs, 0.4, 0.04)
        spans.append((table["high"] - table["low"]).mean())
    assert spans[1] > 1.5 * spans[0]
    assert timers.steps_table(logs).groupby("timer")["share"].sum().to_numpy() == pytest.approx(1)


def test_learning_curve_meets_its_claim():
    slope = drills.wright_slope(-0.4, 3)
    assert drills.faster(slope, np.array([0.0, 3.0])) == pytest.approx([0, 0.4])
    for wrong in ((0.4, 3), (-1.0, 3), (-0.4, 0)):
        with pytest.raises(ParameterError, match="learning curve"):
            drills.wright_slope(*wrong)


@settings(max_examples=25, deadline=None)
@given(yearly=st.just(0.0) | st.floats(1e-3, 1e6), cost=st.floats(1, 1e5))
def test_best_number_of_drills_is_best(yearly, cost):
    table = drills.value_table(yearly, cost, drills.wright_slope(-0.4, 3), 0.2, 0.5, 12)
    best = drills.best(table, "net_claimed")
    gains = [yearly * (1 - (k + 1) ** -drills.wright_slope(-0.4, 3)) - k * cost for k in range(13)]
    assert gains[best] == pytest.approx(max(gains), abs=1e-6)
    assert drills.best(table, "net_believed") <= best
    factor = drills.break_even(table)
    if factor is not None:  # at the factor told one drill just pays
        again = drills.value_table(yearly * factor, cost, drills.wright_slope(-0.4, 3), 0.2, 0.5, 1)
        assert again["net_believed"].iloc[1] == pytest.approx(0, abs=1e-6 * cost)


def monthly_of(sales, orders, customers, start="2024-01-01"):
    months = pd.date_range(start, periods=len(sales), freq="MS")
    return pd.concat([pd.DataFrame({"month": months, "series": name, "value": values}) for name, values in (
        ("sales", sales), ("orders", orders), ("active_customers", customers))])


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(*(st.floats(1, 1e5) for _ in range(3))), min_size=13, max_size=24))
def test_parts_of_the_fall_add_up(rows):
    fall = review.largest_fall(monthly_of(*zip(*rows, strict=True)))
    assert fall["part"].sum() == pytest.approx(fall["change"].iloc[0], rel=1e-6, abs=1e-6)
    shares = [rows[i][0] / rows[i - 12][0] - 1 for i in range(12, len(rows))]
    assert fall["share"].iloc[0] == pytest.approx(min(shares))


def test_review_needs_a_year_and_every_field(book):
    short = review.largest_fall(monthly_of([5.0] * 12, [2.0] * 12, [1.0] * 12))
    assert short is None and review.tree_table(short, book.review).empty
    with pytest.raises(ParameterError, match=r"empty fields: .*why.*due"):
        review.check_review({"what": "x", "when": "y"})
    fall = review.largest_fall(monthly_of([9.0] * 12 + [6.0], [3.0] * 13, [2.0] * 13))
    tree = review.tree_table(fall, book.review)
    assert (tree["state"] == "open").sum() == len(book.review.branches)
    assert fall.loc[fall["factor"] == "value", "part"].iloc[0] == pytest.approx(-3)


def test_blacklist_finds_what_comes_in_bursts_and_spares_chance():
    burst = [day + step for day in (0, 200, 400, 590) for step in range(0, 12, 3)]
    even = list(range(5, 600, 40))
    table = recurrence.recurrence_table(alerts_of({"burst": burst, "even": even}), 10, 0.05, 5).set_index("rule")
    assert bool(table.loc["burst", "blacklisted"]) and not bool(table.loc["even", "blacklisted"])
    assert table.loc["burst", "alarm_days"] == 16  # two alarms on a day count once
    assert float(table.loc["burst", "again"]) == pytest.approx(12 / 15)


def test_blacklist_keeps_its_size():
    """Under even chance at most the stated share of histories puts any rule on the list."""
    rng = np.random.default_rng(3)
    listed = []
    for _ in range(150):
        days = {rule: sorted(rng.choice(700, size=15, replace=False).tolist()) for rule in ("a", "b", "c")}
        listed.append(bool(recurrence.recurrence_table(alerts_of(days), 30, 0.05, 5)["blacklisted"].any()))
    assert np.mean(listed) <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 150)


def test_without_alarms_recurrence_is_unknown():
    none = colours.checked_alerts(pd.DataFrame({"time": [], "rule": [], "level": []}))
    table = recurrence.recurrence_table(none, 30, 0.05, 5)
    assert table.empty and recurrence.overall(table, "again").value is None
    assert recurrence.months_to_test(table, none, -0.6, 0.05, 0.8).unknown
    assert colours.alarms_a_month(none, "red") is None


def test_requests_have_owner_and_limit(book, claims):
    as_of = pd.Timestamp("2025-11-30")
    watch = triggers.watch_table(book, as_of, 365)
    library = plans.plans_table(book, as_of.date(), 12)
    table = recurrence.recurrence_table(alerts_of({"a": [0, 1, 2, 3, 4, 5, 6, 600]}), 10, 0.05, 5)
    steps = [triggers.step_of(claims, key) for key in ("s3_small_step_interval", "s3_large_step_interval")]
    requests = triggers.requests_table(watch, table, library, as_of, *steps)
    assert (requests["owner_role"] != "").all() and (requests["limit"] > requests["opened"]).all()
    assert (requests["trigger"] == "data").sum() == table["blacklisted"].sum() + library["stale"].sum()
    later = plans.plans_table(book, datetime.date(2027, 1, 1), 12)
    assert later["stale"].all()


def test_chance_below_the_floor_by_enumeration():
    people, veterans, floor, leave = 10, 5, 0.3, 0.2
    slow = sum(np.prod([leave if gone else 1 - leave for gone in way])
               for way in product((0, 1), repeat=veterans) if veterans - sum(way) < floor * people)
    assert staff.chance_below_floor(people, veterans, floor, leave) == pytest.approx(slow)


def test_more_leaving_more_delay():
    team = staff.Team(12, 4, 12, 0.15, 3.0, 4.0, 0.5)
    late = staff.delays_table(team, 1500, 1, 0.2, 12, 0.4)["late"].to_numpy()
    assert late[0] < late[1] < late[3] and late[0] < late[2] < late[3]
    nobody = staff.Team(12, 4, 12, 1e-12, 3.0, 4.0, 0.5)
    assert staff.months_needed(nobody, 20, np.random.default_rng(1)) == pytest.approx(np.full(20, 12.0))
