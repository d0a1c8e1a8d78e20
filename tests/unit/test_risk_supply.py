"""Supply: the chain against plain code, ways out, links, routes, cities and bad input."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecomplan.errors import DataError, ParameterError
from ecomplan.risk.supply import cities, events, figures, goods, links, parcels, platforms, services, told
from ecomplan.risk.supply.chain import ChainWorld, Policy, order_levels, run
from ecomplan.risk.supply.redundant import system_down
from ecomplan.risk.supply.year import Year, abroad_share, plan_year, week_weights

ROOT = Path(__file__).parents[2]
SETTING = goods.Setting(2, 2, 0.95, 0.2, 1.0, 2.0, 10, 13, 1, 0.6, 0.8)
LEVELS = pd.DataFrame({"weekly": [], "reorder_point": [], "price": []})


@pytest.fixture(scope="module")
def readings() -> figures.Readings:
    given_, prices = figures.load_figures(ROOT / "claims")
    return figures.draw_readings(given_, prices, (0.25, 0.32, 0.45), 9.2, 10, 1)


@pytest.fixture(scope="module")
def year() -> Year:
    months = pd.date_range("2026-01-01", periods=12, freq="MS")
    rng = np.random.default_rng(4)
    paths = pd.DataFrame([
        {"path": path, "month": month, "sales": sales, "orders": sales / 50}
        for path in range(6) for month, sales in zip(months, rng.uniform(8000, 20000, 12), strict=True)
    ])
    parts = pd.DataFrame({"series": ["sales"] * 2, "hierarchy": ["country"] * 2, "value": [90.0, 10.0]})
    return plan_year(paths, parts, 10, 6, 1)


@pytest.fixture(scope="module")
def chain(year: Year, readings: figures.Readings) -> goods.Goods:
    return goods.compare(year, readings, SETTING, LEVELS, 0.25, 5)


def test_weeks_hold_the_whole_year(year: Year) -> None:
    np.testing.assert_allclose(week_weights(2026).sum(axis=1), 1)
    np.testing.assert_allclose(year.weekly.sum(axis=1), year.sales.sum(axis=1))
    assert year.abroad == pytest.approx(0.1)


def test_chain_is_what_plain_code_does(year: Year, readings: figures.Readings) -> None:
    """One product, outages, lead times that vary, part of the shortage lost: week by week in plain Python."""
    world, _, _ = goods.chain_world(year, readings, SETTING, LEVELS, 0.25, 6)
    policy = Policy(1.0)
    used = run(world, policy)
    draw, product = max(
        ((d, p) for d in range(60) for p in range(4)), key=lambda at: (world.left[at[0], at[1]] > 0).sum()
    )
    level = order_levels(world, policy)[draw, product]
    first, lead = world.expected[product, 0], world.lead_mean[draw]
    stock, waiting = level[0] - lead * first, 0.0
    arrivals = {week: first * min(max(lead - week, 0), 1) for week in range(20)}
    served_all = lost_all = 0.0
    for week, asked in enumerate(world.demand[draw, product]):
        stock += arrivals.pop(week, 0.0)
        back = min(stock, waiting)
        stock, waiting = stock - back, waiting - back
        served = min(stock, asked)
        left = world.left[draw, product, week]
        part = min(world.lost_share[draw] * (1.25 if left > 0 else 1.0), 1.0)
        stock -= served
        waiting += (1 - part) * (asked - served)
        order = max(level[week] - (stock + sum(arrivals.values()) - waiting), 0.0)
        due = week + 1 + world.lead[draw, product, week] + int(np.ceil(left * (1 + world.arrears[draw])))
        arrivals[due] = arrivals.get(due, 0.0) + order
        if week >= world.first:
            served_all += served
            lost_all += part * (asked - served)
    assert used.served[draw, product] == pytest.approx(served_all)
    assert used.lost[draw, product] == pytest.approx(lost_all)
    assert (world.left[draw, product] > 0).any()


def test_order_levels_follow_the_season_and_the_safety(year: Year, readings: figures.Readings) -> None:
    world, _, _ = goods.chain_world(year, readings, SETTING, LEVELS, 0.25, 6)
    plain, safe = order_levels(world, Policy(0.0)), order_levels(world, Policy(0.0, safety_weeks=1.0))
    reach = world.lead_mean[0] + 1
    whole = int(reach)
    ahead = world.expected[0, 1:1 + whole].sum() + (reach - whole) * world.expected[0, 1 + whole]
    assert plain[0, 0, 0] == pytest.approx(ahead)
    assert safe[0, 0, 0] - plain[0, 0, 0] == pytest.approx(ahead / reach)


def test_ways_of_buying_act_the_right_way(chain: goods.Goods, readings: figures.Readings) -> None:
    lost = {name: chain.lost(name).sum() for name in chain.runs}
    assert lost["calm"] < lost["base"]
    assert lost["second_source"] < lost["base"] and lost["safety_stock"] < lost["base"]
    assert lost["flexible_production"] <= lost["base"]
    assert chain.runs["safety_stock"].stock.sum() > chain.runs["base"].stock.sum()
    for used in chain.runs.values():
        assert (used.lost <= used.demand - used.served + 1e-6).all()
    np.testing.assert_allclose(chain.by_supplier("base").sum(axis=1), chain.lost("base"))
    table = goods.policy_table(chain, readings).set_index("policy")
    assert table.loc["base", "value"] == 0 and np.isfinite(table.drop(columns="name")).all().all()


def test_links_keep_the_mean_and_effects_lie_within_one(
    chain: goods.Goods, year: Year, readings: figures.Readings,
) -> None:
    rng = np.random.default_rng(7)
    still = parcels.standstill(rng, year, readings, parcels.Carriage(0.7, 5, 14, 1.0, 0.22), 50)
    risks = [links.shortage_risk(chain, readings), still.strikes, still.spells]
    costs = links.control_costs(chain, readings)
    table = events.links_table(risks, 0.01)
    sigma = np.log(table["loss_high"] / table["loss_low"]) / (2 * events.Z90)
    mean = np.sqrt(table["loss_low"] * table["loss_high"]) * np.exp(sigma**2 / 2)
    np.testing.assert_allclose(mean, table["loss_mean"], rtol=1e-9)
    assert (table["rate_low"] <= table["rate_likely"]).all() and (table["rate_likely"] <= table["rate_high"]).all()
    effects = events.effects_table(risks, costs)
    ordered = effects[["reduction_low", "reduction_likely", "reduction_high"]].to_numpy()
    assert (np.diff(ordered, axis=1) >= 0).all() and (ordered >= 0).all() and (ordered <= 1).all()
    controls = links.control_table(risks, chain, readings, costs).set_index("control")
    expected = sum((risk.yearly * (1 - risk.kept["second_carrier"][1])).mean() for risk in risks[1:])
    assert controls.loc["second_carrier", "avoided"] == pytest.approx(expected)
    with pytest.raises(DataError, match="event_least_share"):
        events.links_table(risks, 1e15)


def test_late_parcels_cost_more_the_later(readings: figures.Readings) -> None:
    days = np.tile([1.0, 2.0, 5.0], (readings.count, 1))
    loss = parcels.late_loss(np.ones_like(days), days, 500.0, readings, 0.22)
    assert (np.diff(loss, axis=1) > 0).all()
    calm = parcels.late_loss(np.ones_like(days), days, 500.0, readings, 0.0)
    assert (calm < loss).all()


def test_one_country_has_one_route(readings: figures.Readings) -> None:
    parts = pd.DataFrame({"series": ["sales"], "hierarchy": ["country"], "value": [9.0]})
    assert abroad_share(parts) == 0
    table = parcels.delays(np.random.default_rng(1), readings, parcels.Carriage(0.7, 5, 14, 1.0, 0.2), 0.0, 50)
    assert list(table["route"]) == ["home", "home"]


def test_routes_make_shocks_smaller_not_rarer(year: Year, readings: figures.Readings) -> None:
    table, risk = platforms.routes_table(3, year, readings, 4, 0.5, 0.4, 0.5, 0.05, 3, 4000, 0.5)
    assert (np.diff(table["shock_even"]) < 0).all()
    exact = risk.yearly * platforms.yearly_left(readings, platforms.route_shares(3, 0.5))
    assert table["yearly"].iloc[2] == pytest.approx(exact.mean(), rel=0.05)
    left = risk.kept["traffic_routes"][1]
    assert ((left > 0) & (left < 1)).all()
    np.testing.assert_allclose(platforms.route_shares(1, 0.5), [1.0])
    assert platforms.needed(table.assign(within_even=False)).value is None


@settings(max_examples=30, deadline=None)
@given(st.floats(0.001, 0.3), st.floats(0, 0.5), st.integers(1, 5))
def test_more_channels_fail_less_and_common_cause_bounds_it(down: float, beta: float, units: int) -> None:
    chances = [float(system_down(down, beta, count, 1)) for count in range(1, units + 1)]
    assert all(after <= before + 1e-12 for before, after in pairwise(chances))
    assert chances[0] == pytest.approx(down) and chances[-1] >= beta * down - 1e-12


def test_services_improve_with_redundancy(year: Year, readings: figures.Readings) -> None:
    assert (services.payment_success(readings, 3, 0.18) > services.payment_success(readings, 1, 0.18)).all()
    rng = np.random.default_rng(8)
    table, found = services.design_table(rng, year, readings, 5.0, 90.0, (0.9998, 0.9999), 20)
    assert (found["standby"] > found["one"]).all()
    assert (found["active"] > found["one"]).all()
    se = table["hours_simulated"].to_numpy() / np.sqrt(200) * 4
    assert (np.abs(table["hours_simulated"] - table["hours_down"]) < se + 0.5).all()
    group = services.ensemble(readings, 3, 0.4)
    assert group.tolerated == 1
    assert (group.usable_alone < group.usable).all() and (group.usable < group.independent).all()


def test_more_front_warehouses_are_nearer_and_dearer(readings: figures.Readings) -> None:
    table = cities.front_table(np.random.default_rng(2), readings, 5000, 0.2, (1, 3, 9), (30, 45), 150, 0.3)
    assert (np.diff(table["minutes_median"]) < 0).all()
    assert (np.diff(table["within_second"]) >= 0).all()
    assert (np.diff(table["order_cost"]) > 0).all()
    assert cities.carrying_orders(table.assign(spare=-1.0), 0.8).value is None


def test_world_without_outages_is_calm(year: Year, readings: figures.Readings) -> None:
    world, _, _ = goods.chain_world(year, readings, SETTING, LEVELS, 0.25, 6)
    still = ChainWorld(**{**world.__dict__, "left": np.zeros_like(world.left)})
    np.testing.assert_array_equal(run(still, Policy(1.0)).lost, run(world, Policy(1.0, outages=False)).lost)


def test_bad_figures_name_the_entry(tmp_path: Path) -> None:
    price = "prices:\n  x: {low: 1, likely: 2, high: 3, unit: CNY a year, grade: judgement, reason: r}\n"

    def refused(entry: str, match: str) -> None:
        (tmp_path / "supply.yaml").write_text(f"figures:\n  strikes: {{{entry}}}\n{price}")
        with pytest.raises(ParameterError, match=match):
            figures.load_figures(tmp_path)

    refused("low: 3, likely: 2, high: 4, unit: days, grade: judgement, reason: r", "strikes.*low <= likely")
    refused("low: 0, likely: 0.5, high: 2, unit: share of time, grade: judgement, reason: r", "strikes.*0 and 1")
    refused("low: 0, likely: 1, high: 2, unit: days, grade: judgement, reason: r", "strikes.*above zero")
    refused("low: 1, likely: 1, high: 2, unit: days, grade: published, reason: r", "strikes.*names its source")
    refused("low: 1, likely: 1, high: 2, unit: days, grade: judgement, reason: r, colour: red", "strikes.*colour")


def test_bad_input(year: Year, readings: figures.Readings) -> None:
    months = pd.DataFrame({"path": [0], "month": [pd.Timestamp("2026-01-01")], "sales": [1.0], "orders": [1.0]})
    with pytest.raises(DataError, match="calendar year"):
        plan_year(months, pd.DataFrame({"series": [], "hierarchy": [], "value": []}), 2, 2, 1)
    with pytest.raises(ParameterError, match="3 of 2"):
        system_down(0.1, 0.1, 2, 3)
    with pytest.raises(ParameterError, match="unavailability"):
        system_down(1.2, 0.1, 2, 1)
    with pytest.raises(ParameterError, match="figure nothing"):
        readings["nothing"]


def test_verdicts() -> None:
    assert [told.verdict(chance) for chance in (0.9, 0.5, 0.1)] == ["holds", "holds in part", "fails"]
