"""Customers' answers: speed, messages, prices, choices, screens, campaigns - against slow or other ways."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecomplan.claims import load_claims
from ecomplan.errors import DataError, ParameterError
from ecomplan.estimate import Estimate
from ecomplan.investment.engine.curves import Curve
from ecomplan.investment.responses import (
    axes,
    balance,
    chances,
    choices,
    curves,
    interface,
    messages,
    prices,
    readings,
    speed,
    time_value,
)

CLAIMS = load_claims(Path(__file__).parents[2] / "claims")


def array(*values: float) -> np.ndarray:
    return np.array(values, dtype=np.float64)


@given(st.floats(0.01, 0.6), st.floats(2, 20), st.floats(0.05, 0.95), st.floats(0.5, 5))
@settings(max_examples=40, deadline=None)
def test_who_leaves_and_what_speed_brings_are_inverse_and_bounded(
    leaving: float, before: float, part: float, steepness: float
) -> None:
    after = before * part
    gain = speed.kept_gain(array(leaving), array(before), array(after), array(steepness))
    assert 0 < gain[0] <= leaving / (1 - leaving)
    back = speed.leaving_needed(float(gain[0]), array(before), array(after), array(steepness))
    assert back[0] == pytest.approx(leaving, rel=1e-6)
    all_back = speed.kept_gain(array(leaving), array(before), array(0.0), array(steepness))
    assert all_back[0] == pytest.approx(leaving / (1 - leaving))


def test_a_gain_that_no_patience_explains_is_not_explained() -> None:
    assert np.isnan(speed.leaving_needed(0.35, array(6.0), array(5.0), array(1.0))[0])


def test_speed_is_taken_within_the_claim_kept_and_what_is_possible() -> None:
    rng = np.random.default_rng(1)
    steepness = rng.uniform(1, 3, 400)
    found = speed.payment_time(CLAIMS, steepness, Estimate(0.02, 0.01, 0.03), 0.5)
    assert found.taken.high is not None and found.told.high is not None
    assert found.taken.high <= 0.5 * found.claimed + 1e-12
    assert found.path["gain"].iloc[0] == 0 and found.path["gain"].is_monotonic_increasing
    assert found.path["gain"].iloc[-1] == pytest.approx(found.taken.value, rel=1e-6)
    assert speed.verification_ceiling(CLAIMS) == pytest.approx(0.52 * 0.30 / 0.48)


def test_time_as_money_is_worth_less_than_the_claim_and_more_if_hours_are_dearer() -> None:
    def gain(hour: float) -> float:
        found = time_value.time_value(
            CLAIMS, sales_per_year=1e6, order_value=100.0, margin=np.full(50, 0.3), elasticity=np.full(50, -1.0),
            hour_value=hour, load_seconds=np.full(50, 4.0), effect_share=0.5)
        assert found.as_price.value is not None
        return found.as_price.value

    assert gain(36.0) == pytest.approx(1 / (1 - 12 * 36 / 3600 / 100) - 1)
    assert gain(72.0) > gain(36.0)
    found = time_value.time_value(
        CLAIMS, sales_per_year=1e6, order_value=100.0, margin=np.full(50, 0.3), elasticity=np.full(50, -1.0),
        hour_value=20, load_seconds=np.full(50, 4.0), effect_share=0.5)
    assert gain(found.implied_hour) == pytest.approx(CLAIMS[time_value.VOLUME].share, rel=1e-6)


def test_messages_closed_form_is_what_simulated_customers_do() -> None:
    one = messages.Answers(array(0.05), array(0.6), array(0.004), array(1.6), array(0.15))
    counts = array(0, 1, 4)
    value = messages.net_value(one, counts, topics=3, weeks=52, future_weeks=26)[0]
    gains = messages.extra_orders(one, counts, 3)[0]
    assert value[0] == 0 and gains[1] == pytest.approx(0.05)
    rng = np.random.default_rng(3)
    for at in (1, 2):
        runs = [messages.simulate_customers(
            rng, customers=20_000, count=int(counts[at]), gain=float(gains[at]), opt_out=0.004, growth=1.6, leave=0.15,
            weeks=52, future_weeks=26) for _ in range(8)]
        assert abs(np.mean(runs) - value[at]) < 4 * np.std(runs, ddof=1) / np.sqrt(8)


def test_more_harm_moves_the_best_number_of_messages_down() -> None:
    def best(leave: float) -> int:
        part = messages.Answers(*(np.full(9, value) for value in (0.05, 0.7, 0.002, 1.5, leave)))
        return messages.fatigue(part, most=14, cap=3, topics=3, weeks=52, future_weeks=52).best_on_average

    assert best(0.01) > best(0.2) > best(0.9) - 1
    with pytest.raises(ParameterError, match="messages_max"):
        part = messages.Answers(*(np.full(3, 0.1) for _ in range(5)))
        messages.fatigue(part, most=2, cap=3, topics=1, weeks=10, future_weeks=0)


def test_best_price_is_that_of_a_search_and_break_even_is_zero() -> None:
    margin = array(0.2, 0.3, 0.45, 0.3)
    elasticity = array(-4.0, -6.0, -2.2, -0.7)
    grid = np.linspace(-0.05, 0.05, 20_001)
    searched = grid[prices.profit_change(grid, elasticity, margin).argmax(axis=1)]
    assert prices.best_change(elasticity, margin, 0.05) == pytest.approx(searched, abs=1e-5)
    even = prices.break_even_elasticity(0.05, margin)
    assert prices.profit_change(array(0.05), even, margin)[:, 0] == pytest.approx(0, abs=1e-12)


def test_weak_price_response_has_its_best_price_at_the_guard() -> None:
    found = prices.price_response(np.full(200, -0.75), np.full(200, 0.32), 0.05, 30)
    assert found.inelastic == 1 and found.inside == 0 and found.best.value == 0.05
    assert (found.curve["sales"].diff().dropna() > 0).all()
    assert prices.sales_at_lift(0.18, array(-1.0)).value == pytest.approx(0)
    assert prices.sales_at_lift(0.18, array(0.1)).unknown
    assert prices.sales_best(array(-0.5), 0.21).value == pytest.approx(0.1)


def test_monthly_prices_are_medians_of_full_months() -> None:
    rng = np.random.default_rng(5)
    number = 400
    lines = pd.DataFrame({
        "time": pd.Timestamp("2025-01-10") + pd.to_timedelta(rng.integers(0, 150, number), unit="D"),
        "product_id": rng.choice(["a", "b", "c"], number), "quantity": rng.integers(1, 9, number),
        "unit_price": rng.choice([1.0, 1.5, 2.25], number),
    })
    price, pieces, months = prices.monthly_prices(lines, 2)
    assert [month.month for month in months] == [2, 3, 4, 5]
    for row, name in enumerate(pd.unique(lines.loc[lines["time"].dt.month.isin([2, 3, 4, 5]), "product_id"])):
        for column, month in enumerate(months):
            part = lines[(lines["product_id"] == name) & (lines["time"].dt.month == month.month)]
            assert price[row, column] == pytest.approx(part["unit_price"].median())
            assert pieces[row, column] == part["quantity"].sum()
    with pytest.raises(DataError, match="min_price_months"):
        prices.monthly_prices(lines, 40)


def test_the_guard_never_lets_a_price_jump_and_steady_prices_are_left_alone() -> None:
    steady = np.full((6, 10), 3.0)
    months = list(pd.date_range("2025-01-01", periods=10, freq="MS"))
    calm = prices.replay(
        np.random.default_rng(1), steady, np.ones((6, 10)), months, guard=0.05, competitor_weight=0.5, noise=0.0,
        elasticity=np.full(20, -0.8), margin=np.full(20, 0.3))
    assert calm.bound == 0 and calm.real_beyond == 0 and calm.gain.value == pytest.approx(0)
    steady[:, 5:] = 6.0
    jump = prices.replay(
        np.random.default_rng(1), steady, np.ones((6, 10)), months, guard=0.05, competitor_weight=0.5, noise=0.0,
        elasticity=np.full(20, -0.8), margin=np.full(20, 0.3))
    assert jump.bound == pytest.approx(0.5) and jump.real_beyond == pytest.approx(1 / 9)


def test_choices_give_the_truth_back_and_ranges_hold_as_often_as_they_say() -> None:
    found = choices.worth(np.random.default_rng(8), 0.187, 300, 8, 60, 1000)
    parts = found.table[found.table["feature"] == "immediate delivery"]
    assert (parts["share"] * parts["true"]).sum() == pytest.approx(0.187)
    assert np.abs(found.table["value"] - found.table["true"]).max() < 0.06
    assert abs(found.held - 0.8) < 4 * np.sqrt(0.8 * 0.2 / found.surveys)
    with pytest.raises(DataError, match="fix no weights"):
        choices.fit(np.column_stack([np.linspace(-1, 1, 50), np.zeros(50), np.ones(50)]), np.ones(50))


def test_rules_for_the_screen_need_help_to_be_worth_anything() -> None:
    rng = np.random.default_rng(2)
    sessions = interface.simulate(rng, 4000, lost_share=0.3, hover=(1.5, 5.0), hover_spread=0.8, dead_click=(0.2, 0.65))
    harm = interface.policy(sessions, np.zeros(50), np.full(50, 0.1), conversion=0.1, ratio=0.3, seconds=3, clicks=5)
    gain = interface.policy(sessions, np.full(50, 0.3), np.zeros(50), conversion=0.1, ratio=0.3, seconds=3, clicks=5)
    assert harm.positive == 0 and gain.positive == 1
    assert harm.best_seconds == 15 and harm.best_clicks >= 6
    assert (gain.best_seconds, gain.best_clicks) == (1.0, 2)
    ordered = gain.rules[gain.rules["clicks"] == 5].sort_values("seconds")["acts"]
    assert ordered.is_monotonic_decreasing


def test_knowing_more_axes_never_hurts_and_learning_them_needs_redemptions() -> None:
    found = axes.campaign(np.random.default_rng(4), 80, 0.05, (0.4, 0.25, 0.15), axes.near_share(500, 0.2))
    assert found.known["gain"].is_monotonic_increasing and found.known["gain"].iloc[0] == 0
    learned = found.learned.pivot(index="sent", columns="axes", values="redemption")
    full = learned[axes.AXES[3]]
    assert full.iloc[0] < learned[axes.AXES[1]].iloc[0] and full.iloc[-1] > full.iloc[0]
    nothing = axes.campaign(np.random.default_rng(4), 40, 0.05, (0.0, 0.0, 0.0), 0.1)
    assert nothing.known["gain"].abs().max() < 1e-12 and all(told.value is None for told in nothing.told_from.values())
    assert axes.near_share(0.0, 5.0) == 0


def test_the_gain_that_a_discount_needs_pays_for_it_exactly() -> None:
    repeat, margin, depth, loss = 0.6, 0.32, 0.1, 0.1
    lift = float(balance.lift_needed(array(repeat), array(margin), depth, loss)[0])
    assert (1 + lift) * (margin - depth) / (1 - repeat * (1 - loss)) == pytest.approx(margin / (1 - repeat))
    assert balance.break_even_repeat(array(lift), array(margin), depth, loss)[0] == pytest.approx(repeat)
    assert np.isinf(balance.lift_needed(array(repeat), array(0.1), 0.1, loss)[0])


def test_doses_of_nothing_change_nothing_and_dear_service_is_not_bought() -> None:
    def best(cost: float) -> balance.Balance:
        return balance.balance(
            np.random.default_rng(1), CLAIMS, margin=np.full(400, 0.32), elasticity=np.full(400, -0.75), repeat=0.6,
            depth=0.1, mining_cost=0.02, service_cost=cost, effect_share=0.5, steps=5)

    cheap, dear = best(0.01), best(0.25)
    zero = cheap.surface.iloc[0]
    assert (zero["incentive"], zero["mining"], zero["service"]) == (0, 0, 0) and abs(zero["value"]) < 1e-12
    assert cheap.best["service"] > dear.best["service"] == 0 and cheap.best["incentive"] == 0


def test_curves_are_found_back() -> None:
    dose = np.linspace(0, 2, 21)
    harm, hill = Curve("harm", 0.8), Curve("hill", 0.4, 1.5)
    assert curves.fit_harm(dose, 0.3 * harm.response(dose)).a == pytest.approx(0.8)
    found = curves.fit_hill(dose, 0.3 * hill.response(dose))
    assert found.a == pytest.approx(0.4, rel=0.05) and found.b == pytest.approx(1.5, abs=0.05)
    with pytest.raises(DataError, match="no gain at dose 1"):
        curves.fit_hill(dose, -dose)
    assert readings.promotion_curve(Estimate(-0.1, -0.2, 0.0), CLAIMS, 0.5, 2.0).kind == "harm"


def test_draws_refuse_what_is_no_range() -> None:
    rng = np.random.default_rng(0)
    with pytest.raises(ParameterError, match="expected low <= high"):
        chances.between(rng, 2.0, 1.0, 3)
    with pytest.raises(ParameterError, match="more than 0"):
        chances.log_between(rng, 0.0, 1.0, 3)
    with pytest.raises(ParameterError, match="nothing to draw around"):
        chances.around(rng, Estimate(None, unknown="no data"), 3)
    drawn = chances.around(rng, Estimate(1.0, 0.8, 1.2), 40_000)
    assert np.quantile(drawn, [0.1, 0.9]) == pytest.approx([0.8, 1.2], abs=0.01)
