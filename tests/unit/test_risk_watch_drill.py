"""Changes, shifts, the click log, the drill and levels: sums, known places, false-alarm chances, bad input."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import ruptures
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from ecomplan.claims import load_claims
from ecomplan.errors import DataError
from ecomplan.params.watching import Watch
from ecomplan.risk.watch import cards, changes, cube, drill, dropped, levels, visits
from small import clickstream

ROOT = Path(__file__).parents[2]
P = Watch(**yaml.safe_load((ROOT / "params.yaml").read_text())["watch"])
positive = st.floats(0.01, 1e4)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(positive, positive), min_size=1, max_size=5))
def test_factors_add_up(pairs: list[tuple[float, float]]) -> None:
    before, after = [a for a, _ in pairs], [b for _, b in pairs]
    parts = drill.factor_shares(before, after)
    assert parts is not None
    assert sum(parts) == pytest.approx(np.prod(after) - np.prod(before), rel=1e-9, abs=1e-9 * np.prod(after + before))


def test_factor_without_logarithm() -> None:
    assert drill.factor_shares([1.0, 0.0], [2.0, 1.0]) is None


def test_segmentation_as_in_ruptures() -> None:
    rng = np.random.default_rng(2)
    for _ in range(5):
        values = rng.normal(0, 1, 80) + np.repeat(rng.normal(0, 2, 4), 20)
        peer = ruptures.Binseg(model="l2", min_size=6, jump=1).fit(values).predict(pen=12)
        assert changes.segment(values, 6, 12.0) == peer[:-1]


def test_change_penalty_keeps_its_chance() -> None:
    rng = np.random.default_rng(4)
    found = 0
    for _ in range(200):
        values = rng.normal(0, 0.1, 52)
        found += bool(changes.segment(values, P.change_min_weeks, changes.penalty_of(values, P, rng)))
    assert found / 200 < 2 * P.change_false_chance


def _weeks(level: np.ndarray) -> pd.DataFrame:
    week = pd.date_range("2023-12-04", periods=len(level), freq="7D").astype("datetime64[us]")
    return pd.DataFrame({"week": week, "sales": level})


def test_a_lasting_change_is_dated() -> None:
    rng = np.random.default_rng(1)
    level = 100 * np.exp(rng.normal(0, 0.05, 104))
    level[80:] *= 0.7
    found = changes.changes(_weeks(level), "sales", P, rng)
    assert found is not None and len(found.found) == 1
    row = found.found.iloc[0]
    assert row["low"] <= _weeks(level)["week"][80] <= row["high"]
    assert np.expm1(row["after"] - row["before"]) == pytest.approx(-0.3, abs=0.06)


def test_short_and_constant_series() -> None:
    rng = np.random.default_rng(1)
    assert changes.changes(_weeks(np.ones(55)), "sales", P, rng) is None
    constant = changes.changes(_weeks(np.ones(104)), "sales", P, rng)
    assert constant is not None and not len(constant.found)
    assert len(changes.change_table([None, constant])) == 0


def _shop(countries: bool = True, returns: bool = True) -> tuple[pd.DataFrame, ...]:
    rng = np.random.default_rng(3)
    month = np.repeat(pd.date_range("2024-01-01", periods=14, freq="MS").to_numpy(), 200)
    size = len(month)
    customer = rng.integers(0, 80, size)
    country = np.where((customer < 20) & countries, "France", "United Kingdom")
    lines = pd.DataFrame({
        "time": month + rng.integers(0, 27, size).astype("timedelta64[D]"),
        "customer_id": [f"{one:016x}" for one in customer], "country": country,
        "quantity": rng.integers(1, 5, size), "unit_price": rng.choice([1.0, 2.0, 5.0, 9.0], size),
    })
    lines["amount"] = lines["quantity"] * lines["unit_price"]
    lines["kind"] = "sale"
    back = lines.sample(150, random_state=1).assign(kind="return", amount=lambda one: -one["amount"])
    grouped = lines.groupby("customer_id")
    customers = grouped.agg(country=("country", "first"), first_order=("time", "min")).reset_index()
    months = pd.Series(pd.date_range("2024-01-01", periods=14, freq="MS"))
    return (pd.concat([lines, back]) if returns else lines), lines, customers, months


def test_cube_holds_all_net_sales_and_parts_add_up() -> None:
    lines, orders, customers, months = _shop()
    made = cube.cube_of(lines, orders, customers, months, P, "£", 10)
    assert made.net.sum() == pytest.approx(lines["amount"].sum())
    assert made.orders.sum() == len(orders)
    drop = dropped.take_apart(made, P.drill_explained)
    assert drop.error < 1e-9


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_a_planted_cause_is_named(axis: int) -> None:
    lines, orders, customers, months = _shop()
    made = cube.cube_of(lines, orders, customers, months, P, "£", 10)
    before = made.net[:12].mean(axis=0)
    element = int(before.sum(axis=tuple(one for one in range(3) if one != axis)).argmax())
    after = before.copy()
    after[(slice(None),) * axis + (element,)] *= 0.4
    first = drill.causes(before, after, P.drill_explained)[0]
    assert first.dimension == axis and first.elements == (element,)
    assert first.explained == pytest.approx(1)


def test_small_country_is_merged() -> None:
    lines, orders, customers, months = _shop()
    made = cube.cube_of(lines, orders, customers, months, P, "£", 30)
    assert made.names[0] == ("United Kingdom",)
    assert made.net.sum() == pytest.approx(lines["amount"].sum())


def test_one_country_no_returns_one_month() -> None:
    lines, orders, customers, months = _shop(countries=False, returns=False)
    made = cube.cube_of(lines, orders, customers, months, P, "£", 10)
    assert made.names[0] == ("United Kingdom",) and made.returned.sum() == 0
    assert dropped.take_apart(made, 0.8).error < 1e-9
    short = cube.cube_of(lines, orders, customers, months[:1], P, "£", 10)
    none = dropped.take_apart(short, 0.8)
    assert none.change.value is None and not len(none.leaves)
    assert drill.planted_rate(short, P, np.random.default_rng(1))[0].value is None
    with pytest.raises(DataError, match="no sale"):
        cube.cube_of(lines.assign(kind="fee"), orders, customers, months, P, "£", 10)


FAULT = pd.DataFrame({"step": ["purchase"], "visitors": ["all visitors"], "first_day": ["2024-04-10"],
                      "last_day": ["2024-04-19"]})
SHORT = P.model_copy(update={"visits_learn_days": 30})


def test_click_log_fault_is_found_and_nothing_else() -> None:
    log = clickstream.events(users=600).rename(columns={"timestamp": "time"})
    seen = visits.watch_visits(log, FAULT, SHORT, np.random.default_rng(1))
    assert seen.incidents["found"].all() and seen.incidents["delay_days"].iloc[0] < 4
    assert seen.false == 0


def test_click_log_no_look_ahead() -> None:
    log = clickstream.events(users=600).rename(columns={"timestamp": "time"})
    whole = visits.watch_visits(log, FAULT, SHORT, np.random.default_rng(1))
    cut = pd.Timestamp("2024-04-15")
    known = log[log.groupby("session_id")["time"].transform("max") < cut]
    part = visits.watch_visits(known, FAULT, SHORT, np.random.default_rng(1))
    assert part.limit == whole.limit and len(part.raised)
    before = whole.raised[whole.raised["time"] < cut].reset_index(drop=True)
    pd.testing.assert_frame_equal(part.raised, before)


def test_click_log_without_events() -> None:
    empty = pd.DataFrame({"session_id": [], "event": [], "time": [], "platform": []})
    with pytest.raises(DataError, match="no events"):
        visits.attempts(empty)


def test_click_log_false_alarms_as_accepted() -> None:
    rng = np.random.default_rng(2)
    months = 0
    for _ in range(60):
        one = visits.Stream("purchase", "all", np.datetime64("2024-01-01T00:00:00") + np.arange(600) * 8640,
                            rng.random(600) < 0.8, 0.8, np.arange(600) >= 300, 300)
        limit = visits.common_limit([one], P, np.random.default_rng(1))
        months += bool(len(visits.alarms([one], limit, P)))
    assert months / 60 < 2 * (1 - np.exp(-P.visits_false_alarms_per_month))


def test_levels_against_simulation() -> None:
    claims = load_claims(ROOT / "claims")
    rng = np.random.default_rng(1)
    errors = rng.normal(0, 0.08, 4000)
    assert levels.chance_of(errors, 0.1) == pytest.approx(
        float(np.mean(np.abs(np.expm1(rng.normal(0, 0.08, 400_000))) > 0.1)), abs=0.01)
    assert levels.chance_of(errors, levels.level_for(errors, 0.05)) == pytest.approx(0.05, abs=0.012)
    none = pd.DataFrame({"series": [], "model": [], "origin": [], "month": [], "forecast": [], "actual": []})
    none = none.astype({"origin": "datetime64[us]", "month": "datetime64[us]", "series": str, "model": str})
    months = levels.months_of(none, claims)
    assert not len(months) and levels.chance_at(levels.chance_table(months, claims, rng), 0).value is None


def test_stability_index() -> None:
    rng = np.random.default_rng(1)
    share = np.array([0.2, 0.3, 0.5])
    drawn = [cards.psi(rng.multinomial(500, share), rng.multinomial(800, share)) for _ in range(2000)]
    assert np.mean(np.array(drawn) > cards.psi_limit(3, 500, 800)) == pytest.approx(0.05, abs=0.02)
    assert cards.psi(np.array([1.0, 1.0]), np.array([1.0, 1.0])) == 0
