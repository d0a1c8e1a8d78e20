"""Single measures: fast answers against slow ones, closed forms, limits and bad input."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from ecomplan.claims import load_claims
from ecomplan.errors import DataError, ParameterError
from ecomplan.estimate import Estimate
from ecomplan.investment.cases import (
    abroad,
    alone,
    benchmark,
    features,
    learning,
    option,
    service,
    split,
    summary,
    warehouses,
)
from ecomplan.investment.engine.sales import Base
from ecomplan.params import Params, load_params

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def p():
    found = load_params(ROOT / "params.yaml").of_stage("cases")
    return Params.stages["cases"][0].model_validate({**found, "draws": 1500, "sales_paths": 60})


@pytest.fixture(scope="module")
def claims():
    return load_claims(ROOT / "claims")


def made_base(scale: float = 1.0) -> Base:
    rng = np.random.default_rng(1)
    sales = np.sort(rng.uniform(0.8, 1.2, 80))[:, None, None] * rng.uniform(2e5, 3e5, (1, 12, 3)) * scale
    return Base(("returning", "new", "anonymous"), sales, np.full((80, 12), 100.0), np.full((80, 12), 1500.0 * scale))


@pytest.fixture(scope="module")
def world(p, claims):
    return alone.make_world(ROOT / "claims", claims, made_base(), Estimate(380.0, 320.0, 450.0), p)


def test_volume_needed_is_where_the_mean_case_breaks_even(world, p, claims):
    items = alone.with_needs(world.levers, ["smart_service"])
    assert [item.id for item in items] == ["service_triage", "smart_service"]
    needed = alone.run(world, items).volume_needed
    larger = alone.make_world(ROOT / "claims", claims, made_base(needed), Estimate(None, unknown="not known"), p)
    worth = alone.run(larger, items)
    assert abs(worth.npv.mean()) < 1e-6 * worth.cost.mean()


def test_gain_needed_pays_and_a_told_claim_beats_a_shrunken_one(world, claims):
    lever = features.levers(world, claims)["Dynamic page"]
    gain = alone.gain_needed(world, (lever,), lever.id)
    sure = {f"{lever.id}.works": 1.0, f"{lever.id}.effect": 1.0, "kept": 1.0}
    worth = alone.run(world, (replace(lever, claimed=gain, weight=1.0),), sure)
    assert abs(worth.npv.mean()) < 0.02 * worth.cost.mean()
    assert alone.as_told(world, (lever,)) > alone.run(world, (lever,)).npv.mean()


def test_claim_alone_keeps_grade_and_proxy(world, claims):
    told = features.levers(world, claims)
    assert told["Try-on by AR"].weight == pytest.approx(world.weights["unsourced"])
    assert told["Recommendations"].claimed == pytest.approx(0.286)
    page = world.levers.items[world.levers.index("page_modules")]
    assert page.told_of and told["Dynamic page"].weight < world.weights["named_case"]


def test_unknown_variable_is_named(world):
    with pytest.raises(ParameterError, match=r"no variable 'cost_base\.ships'"):
        alone.run(world, alone.with_needs(world.levers, ["service_triage"]), {"cost_base.ships": 0.1})


def test_service_cost_follows_contacts(world, p):
    cost = service.contact_cost(p, world)
    assert np.allclose(cost["share"] * world.sales, cost["contacts"] * cost["each"])
    dear = {**cost, "share": 3 * cost["share"]}
    more, less = (service.cases(world, each)["service_triage"].npv.mean() for each in (dear, cost))
    assert more > less


def made_costs(stock: float) -> warehouses.Costs:
    return warehouses.Costs(np.array([4e6]), np.array([1e6]), np.array([5e4]), np.array([stock]))


def test_best_number_of_warehouses_meets_the_continuous_optimum():
    costs = made_costs(0.0)
    optimum = (4e6 / (2 * 5e4)) ** (2 / 3)  # where the slope of carriage / sqrt(n) + place n is nothing
    assert abs(costs.best(100)[0] - optimum) <= 1
    count = int(costs.best(100)[0])
    assert costs.volume_for(count)[0] <= 1 < costs.volume_for(count + 1)[0]


def test_stock_and_rent_mean_fewer_warehouses():
    bare = made_costs(0.0)
    assert made_costs(5e5).best(100)[0] < bare.best(100)[0]
    assert replace(bare, place=bare.place * 4).best(100)[0] < bare.best(100)[0]
    assert bare.best(100, 8.0)[0] > bare.best(100)[0]
    assert warehouses.needed(made_costs(4e6), 30, 1e7).value is None
    assert warehouses.needed(made_costs(4e6), 30, 1e7, with_stock=False).value > 1e7 * bare.volume_for(20)[0]


def test_stock_abroad_breaks_even_at_the_sales_told():
    sold = pd.DataFrame({"country": ["Home", "Near", "None"], "orders": [9, 5, 1], "sales": [9e5, 2e5, 0.0]})
    table = abroad.table(sold, np.array([0.1, 0.2]), np.array([3e4, 4e4]), "Home")
    assert list(table["country"]) == ["Near"]
    assert table["net"].iloc[0] == pytest.approx(0.15 * 2e5 - 3.5e4)
    assert 0.15 * table["break_even"].iloc[0] == pytest.approx(3.5e4)


def test_trials_of_nothing_report_what_chance_alone_gives(p):
    idle = p.model_copy(update={"success_prior": 0.0, "trial_idle_sd": 0.0, "draws": 4000})
    found = learning.simulate(idle, 18000.0, 4, "better")
    assert np.all(found.true == 0)
    monthly = learning.month_gain(found.reported).value
    whole = np.floor(learning.WEEKS_PER_YEAR / 4) / (learning.WEEKS_PER_YEAR / 4)  # trials that a year holds
    assert monthly == pytest.approx(learning.by_chance(18000.0, 4) * whole, rel=0.02)


def test_more_orders_teach_more_and_report_less(p):
    small, large = (learning.simulate(p, 18000.0, 4, "better", volume) for volume in (1.0, 100.0))
    assert large.growth(12).mean() > small.growth(12).mean()
    assert large.right > small.right
    assert large.reported[:, 12].mean() < small.reported[:, 12].mean()
    gap = np.abs(large.reported[:, 12] - large.true[:, 12]).mean()
    assert gap < np.abs(small.reported[:, 12] - small.true[:, 12]).mean() / 5


def test_trials_stay_below_the_ceiling(p):
    eager = p.model_copy(update={"success_prior": 1.0, "trial_gain_low": 0.1, "trial_gain_high": 0.2})
    found = learning.simulate(eager, 1e9, 1, "better")
    assert found.true.max() < p.ceiling_high * 1.3
    assert np.median(found.true[:, -1] - found.true[:, -13]) < 0.1 * np.median(found.true[:, 12])


def test_compounding_and_its_inverse():
    assert learning.compounded(0.023, 12)[-1] == pytest.approx(0.3137, abs=1e-4)
    assert learning.monthly(learning.compounded(0.023, 12)[-1]) == pytest.approx(0.023)


values = st.lists(st.floats(0, 100), min_size=7, max_size=7)


def as_game(numbers: list[float]) -> split.Values:
    return {group: np.array([number]) for group, number in zip(split.coalitions(), numbers, strict=True)}


@settings(max_examples=60, deadline=None)
@given(values)
def test_core_agrees_with_a_linear_programme(numbers):
    game = as_game(numbers)
    groups = split.coalitions()[:-1]
    rows = [[-1.0 if party in group else 0.0 for party in split.PARTIES] for group in groups]
    bound = [-float(game[group][0]) for group in groups]
    whole = float(game[frozenset(split.PARTIES)][0])
    exists, limits = split.core(game)
    slack = min(whole - number for number in (
        sum(numbers[:3]), sum(numbers[3:6]) / 2,
        *(numbers[k] + float(game[frozenset(split.PARTIES) - {party}][0]) for k, party in enumerate(split.PARTIES)),
    ))
    if abs(slack) < 1e-6:
        return
    for place, party in enumerate(split.PARTIES):
        goal = [1.0 if k == place else 0.0 for k in range(3)]
        for sign, found in zip((1.0, -1.0), limits[party], strict=True):
            best = linprog([sign * v for v in goal], A_ub=rows, b_ub=bound, A_eq=[[1.0] * 3], b_eq=[whole],
                           bounds=[(None, None)] * 3)
            assert best.success == bool(exists[0])
            if best.success:
                assert best.fun * sign == pytest.approx(float(found[0]), abs=1e-6)


@settings(max_examples=40, deadline=None)
@given(values)
def test_shapley_and_nash_pay_out_everything(numbers):
    game = as_game(numbers)
    for paid in (split.shapley(game), split.nash(game)):
        assert sum(float(v[0]) for v in paid.values()) == pytest.approx(numbers[-1], abs=1e-9)


def test_shapley_of_a_textbook_game():
    """Gloves: one left glove, two right ones; the left one takes two thirds (Shapley & Shubik 1969)."""
    game = {group: np.array([1.0 if "platform" in group and len(group) > 1 else 0.0]) for group in split.coalitions()}
    paid = split.shapley(game)
    assert paid["platform"][0] == pytest.approx(2 / 3)
    assert not split.stable(game, paid)[0]  # the core pays the left glove everything
    exists, limits = split.core(game)
    assert exists[0] and limits["platform"][0][0] == pytest.approx(1.0)


def test_missing_coalition_is_named():
    game = as_game([1.0] * 7)
    del game[frozenset({"platform", "provider"})]
    with pytest.raises(ParameterError, match="platform and provider"):
        split.shapley(game)


def test_deal_grows_with_volume_and_margin_follows_the_provider(world, p, claims):
    small, large = split.deal(p, world, claims), split.deal(p, world, claims, 10.0)
    assert large.chance > small.chance
    fund = split.fund(claims, p.cny_per_currency_unit)
    at = split.deal(p, world, claims, split.volume_for(small, fund).value)
    assert (at.gain - at.cost).mean() == pytest.approx(fund, rel=1e-9)
    table = split.places({"here": large})
    assert table.groupby("rule")["share"].sum().between(0.9, 1.1).all()
    none = p.model_copy(update={"cooperating_share_low": 0.0, "cooperating_share_high": 0.0})
    nothing = split.deal(none, world, claims)
    assert split.standing(nothing).core.value is None and split.volume_for(nothing, fund).value is None
    with pytest.raises(ParameterError, match="nothing to split"):
        nothing.only_surplus()


def test_tree_tends_to_black_scholes():
    exact = option.black_scholes(100.0, 110.0, 0.05, 0.3, 1.5)
    errors = [abs(float(option.tree_value(100.0, 110.0, 0.05, 0.3, 1.5, steps)) - exact) for steps in (25, 100, 1600)]
    assert errors[2] < errors[0] / 10 and errors[2] < 0.01
    assert exact == pytest.approx(14.0, abs=0.5)


def test_tree_limits_and_bad_input():
    assert float(option.tree_value(100.0, 0.0, 0.05, 0.3, 1.0, 50)) == pytest.approx(100.0)
    assert float(option.tree_value(100.0, 90.0, 0.0, 0.0, 1.0, 50)) == pytest.approx(10.0)
    with pytest.raises(ParameterError, match="too few"):
        option.tree_value(100.0, 90.0, 3.0, 0.01, 5.0, 2)
    with pytest.raises(ParameterError, match="price"):
        option.tree_value(100.0, -1.0, 0.05, 0.3, 1.0, 50)


def test_right_to_stop_is_never_worth_less_than_the_duty():
    """A free, instant trial that tells nothing is worth what building at once is, or nothing."""
    useless = option.Trial(0.0, 0.5, 0.5)
    for worth in (50.0, 300.0):
        found = option.option(worth, 40.0, 0.2, useless, 0.1, 0.0, 20)
        assert found.option == pytest.approx(0.5 * max(found.committed, 0.0))
    perfect = option.option(300.0, 40.0, 0.2, option.Trial(0.0, 1.0, 0.0), 0.1, 0.0, 20)
    assert perfect.option == pytest.approx(0.2 * 260.0)
    assert perfect.stop_below == pytest.approx(40.0)
    spread = option.option([100.0, 500.0], 350.0, 0.2, option.Trial(0.0, 1.0, 0.0), 0.1, 0.0, 20)
    assert spread.option == pytest.approx(0.2 * 150.0 / 2)  # the trial shows which of the two it is


def test_options_table_and_yearly_share(world, p):
    found = option.table(world, p, option.candidates(world)[:2])
    assert np.allclose(found["net"], found["option"] - found["trial"])
    assert option.yearly_share(found.assign(worth_it=True), 6.0, 1e5) == pytest.approx(2 * found["trial"].sum() / 1e5)
    with pytest.raises(ParameterError, match="no money"):
        option.yearly_share(found, 6.0, 0.0)


def made_orders(months: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    days = pd.date_range("2024-01-01", periods=months, freq="MS")
    calendar = pd.DataFrame({"date": days, "month": days, "is_open": True, "in_full_month": True})
    grown = np.where(np.arange(months) >= 12, 110.0, 100.0)
    orders = pd.DataFrame({"time": days, "order_id": [str(k) for k in range(months)], "amount": grown, "lines": 5,
                           "country": "Home"})
    return orders, calendar


def test_trend_and_its_absence():
    orders, calendar = made_orders(24)
    table = benchmark.trend(benchmark.by_month(orders, calendar), 200, 1)
    assert benchmark.change(table, "Sales per order line").value == pytest.approx(0.10)
    assert benchmark.change(table, "Orders per open day").value == pytest.approx(0.0)
    short = benchmark.trend(benchmark.by_month(*made_orders(20)), 200, 1)
    assert benchmark.change(short, "Sales").value is None
    with pytest.raises(DataError, match="no full month"):
        benchmark.by_month(orders, calendar.assign(in_full_month=False))


def test_ranked_table_holds_every_case(world, p, claims):
    deals = summary.logistics(world, claims)
    told = features.cases(world, p, claims)
    table = summary.table(deals, told.table)
    assert len(table) == len(deals) + len(features.TOLD)
    assert table["npv"].is_monotonic_decreasing
    assert told.table["gain_needed"].notna().all()
    assert told.table.loc[told.table["feature"] == "Voice", "npv"].isna().all()
    assert deals[1].claimed == pytest.approx(0.075)


def test_parameters_out_of_order_are_refused(p):
    with pytest.raises(ValueError, match="ceiling_low <= ceiling_high"):
        type(p).model_validate({**p.model_dump(), "ceiling_low": 4.0})
    with pytest.raises(ValueError, match="tells nothing"):
        type(p).model_validate({**p.model_dump(), "pilot_power": 0.1})


def test_cycle_in_another_unit_is_refused():
    claim = SimpleNamespace(key="x", unit="hour", value=3.0)
    with pytest.raises(ParameterError, match="expected days"):
        learning.weeks_of(claim)
