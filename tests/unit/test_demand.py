"""Demand by product: methods against slow loops and closed forms, and a policy that behaves as stock must."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from ecomplan.errors import DataError, ParameterError
from ecomplan.forecast.demand import (
    accuracy,
    attributes,
    cases,
    choice,
    classes,
    intervals,
    leads,
    methods,
    panel,
    policy,
)
from ecomplan.forecast.demand.stock import Plan, order_cycle, simulate

CASE = policy.Case(leads.pert(1, 2, 3, 1), policy.Costs(5.0, 0.25, 0.33), methods.Settings(), intervals.ErrorSettings(),
                   choice.Rule(0.95, 13, 4))


def made_up(products: int = 30, weeks: int = 104, seed: int = 1) -> panel.Panel:
    rng = np.random.default_rng(seed)
    rate = rng.gamma(2, 12, products)[:, None] * (1 + 0.5 * np.sin(2 * np.pi * np.arange(weeks) / 52))
    pieces = rng.poisson(rate).astype(float)
    names = np.array([f"P{index:02d}" for index in range(products)], dtype=object)
    return panel.Panel(names, names, pieces, pieces.copy(), rng.uniform(1, 9, products), 52)


def slow_intermittent(demand: list[float], weight: float) -> dict[str, float]:
    """Croston, SBA and TSB one week after the other, as written in the papers."""
    size = gap = chance = None
    since = 0
    for value in demand:
        since += 1
        if value > 0 and size is None:
            size, gap, chance, since = value, float(since), 1.0 / since, 0
        elif value > 0:
            assert size is not None and gap is not None and chance is not None
            size, gap, since = size + weight * (value - size), gap + weight * (since - gap), 0
            chance = chance + weight * (1 - chance)
        elif chance is not None:
            chance = chance * (1 - weight)
    assert size is not None and gap is not None and chance is not None
    return {"Croston": size / gap, "SBA": size / gap * (1 - weight / 2), "TSB": size * chance}


def test_intermittent_methods_follow_a_slow_loop() -> None:
    rng = np.random.default_rng(3)
    pieces = np.where(rng.random((6, 40)) < 0.3, rng.integers(1, 20, (6, 40)), 0).astype(float)
    fast = methods.intermittent(pieces, 0.15, 0.15)
    for row in range(6):
        for name, value in slow_intermittent(list(pieces[row]), 0.15).items():
            assert fast[name][row, -1] == pytest.approx(value, rel=1e-12)


def test_reorder_point_is_the_poisson_quantile_where_variance_is_the_mean() -> None:
    mean = np.array([0.3, 2.0, 9.5, 40.0, 80.0])
    for level in (0.5, 0.9, 0.95, 0.99):
        assert intervals.negative_binomial(mean, mean, level).tolist() == stats.poisson.ppf(level, mean).tolist()
    size = mean**2 / (4 * mean - mean)
    exact = stats.nbinom.ppf(0.9, size, size / (size + mean))
    assert intervals.negative_binomial(mean, 4 * mean, 0.9)[:4].tolist() == exact[:4].tolist()


def test_no_forecast_sees_the_weeks_after_its_origin() -> None:
    whole = made_up(12)
    later = whole.pieces.copy()
    later[:, 80:] = 9999.0
    kind = classes.classes_of(whole)
    one, two = (policy.known_of(part, kind, CASE, 5) for part in (whole, whole.with_pieces(later)))
    seen = one.origins < 80
    for name in methods.METHODS:
        np.testing.assert_array_equal(one.paths[name][:, seen], two.paths[name][:, seen])
    picks = [choice.choose(known, CASE.leads, CASE.rule, CASE.errors) for known in (one, two)]
    np.testing.assert_array_equal(picks[0][:, seen], picks[1][:, seen])
    levels = [choice.levels(known, pick, CASE.leads, np.array([0.9]), CASE.errors)[0] for known, pick in
              zip((one, two), picks, strict=True)]
    np.testing.assert_array_equal(levels[0][:, seen], levels[1][:, seen])


def test_stock_is_conserved_and_the_position_counts_what_is_on_the_way() -> None:
    rng = np.random.default_rng(2)
    demand = rng.poisson(8, (5, 40)).astype(float)
    point = rng.uniform(5, 40, (3, 5, 40))
    when = CASE.leads.draw((5, 40), rng)
    run, trace = simulate(demand, Plan(point, point + 10, 0), when, CASE.leads, 10)
    before = np.concatenate([trace.opening[:, :, None], trace.end[:, :, :-1]], axis=2)
    assert np.abs(trace.end - (before + trace.received - trace.served)).max() < 1e-9
    assert (trace.end >= 0).all() and (trace.served <= demand[None, :, 1:]).all()
    assert (trace.position >= trace.end - 1e-9).all()
    np.testing.assert_allclose(run.served, trace.served[:, :, 9:].sum(2))


def test_more_service_and_longer_leads_mean_more_stock() -> None:
    part = made_up()
    kind = classes.classes_of(part)
    stock = []
    for weeks in (1, 3, 6):
        case = replace(CASE, leads=leads.Leads(np.array([weeks]), np.ones(1), 1))
        known = policy.known_of(part, kind, case, 5)
        method = choice.fixed(known, "combined")
        drawn = np.full(part.pieces.shape, weeks)
        point, behind = policy.points(known, method, "forecast", case, np.array([0.6, 0.8, 0.95, 0.99]))
        found = policy.summary(policy.money(policy.try_out(known, behind, point, case, drawn), part.price, case.costs))
        assert (np.diff(found["short_share"]) < 0).all() and (np.diff(found["turns"]) < 0).all()
        stock.append(float(found["stock"].iloc[2]))
    assert stock == sorted(stock) and len(set(stock)) == 3


def test_order_quantity_and_lead_times_are_the_textbook_ones() -> None:
    assert order_cycle(np.array([1000.0]), np.array([2.0]), 10.0, 0.25)[0] == pytest.approx(200.0)
    found = leads.pert(2, 4, 8, 1)
    assert found.mean == pytest.approx((2 + 16 + 8) / 6, abs=0.01)
    assert found.chance.sum() == pytest.approx(1) and found.mean_cover == pytest.approx(found.mean + 1)
    with pytest.raises(ParameterError, match="low <= likely <= high"):
        leads.pert(3, 2, 4, 1)


def test_classes_are_those_of_the_source() -> None:
    pieces = np.array([[5, 5, 6, 5, 5, 6], [1, 20, 1, 1, 30, 1], [0, 5, 0, 0, 5, 0], [0, 50, 0, 1, 0, 0]], dtype=float)
    adi, cv2 = classes.interval_and_variation(pieces, np.zeros(4, dtype=np.int64))
    assert [classes.CLASSES[index] for index in classes.classify(adi, cv2)] == list(classes.CLASSES)
    empty = np.ones((9, 60))
    empty[0, 20:40] = 0.0
    found = classes.gaps(empty, 0.001)
    assert found.flagged[0, 20:40].all() and found.products == 1


def shop_lines(days: int = 750, seed: int = 4) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Lines and calendar of a small shop with one slip of the keyboard, returned minutes later."""
    rng = np.random.default_rng(seed)
    dates = pd.date_range("2023-12-01", periods=days, freq="D", unit="us")
    count = 3000
    at = rng.integers(0, days, count)
    product = rng.integers(0, 12, count)
    quantity = rng.integers(1, 9, count)
    lines = pd.DataFrame({
        "line_id": np.arange(count), "time": dates[at] + pd.Timedelta(hours=10),
        "product_id": [f"P{i}" for i in product],
        "customer_id": [f"C{i % 40}" for i in range(count)], "description": [f"article {i}" for i in product],
        "quantity": quantity, "amount": quantity * 2.5, "kind": "sale",
        "matched_line_id": pd.array([pd.NA] * count, dtype="Int64"),
    })
    slip = lines.iloc[[7]].assign(line_id=count, quantity=70_000, amount=175_000.0)
    back = slip.assign(line_id=count + 1, quantity=-70_000, amount=-175_000.0, kind="return",
                       matched_line_id=pd.array([count], dtype="Int64"), time=slip["time"] + pd.Timedelta(minutes=12))
    calendar = pd.DataFrame({"date": dates, "in_full_month": dates < "2025-12-01"})
    return pd.concat([lines, slip, back], ignore_index=True), calendar


def test_a_small_shop_runs_through_and_undone_sales_are_no_demand() -> None:
    lines, calendar = shop_lines()
    weeks = panel.weeks_of(calendar)
    assert weeks.count == 104 and weeks.starts[-1] + pd.Timedelta(days=6) == pd.Timestamp("2025-11-30")
    sales, undone = panel.net_sales(lines, 1)
    assert undone.lines == 1 and undone.pieces == 70_000
    busy, slow = panel.panels(sales, weeks, 52, 500, 500, 4, 4.0, np.random.default_rng(1))
    assert len(busy.product) == 12 and len(slow.product) == 0
    assert busy.pieces.sum() <= sales["net"].sum() and busy.pieces.max() < 1000
    kind = classes.classes_of(busy)
    known = policy.known_of(busy, kind, CASE, 1)
    method = choice.choose(known, CASE.leads, CASE.rule, CASE.errors)
    found = accuracy.table(known, method, CASE, 100, 1)
    assert np.isfinite(found.select_dtypes("number").to_numpy()).all()
    assert accuracy.of_slow(slow, CASE, 100, 1).empty
    frontier, _ = policy.frontier(known, method, CASE, CASE.leads.draw(busy.pieces.shape, np.random.default_rng(1)))
    assert np.isfinite(frontier.select_dtypes("number").to_numpy()).all()
    assert (cases.orders_now(known, method, CASE)["order_up_to"] > 0).all()
    wanted = attributes.read(sales, weeks, 5)
    assert wanted is None and attributes.match(wanted, 5, 20.0, 100, np.random.default_rng(1)).lift.value is None
    with pytest.raises(DataError, match="needs at least"):
        panel.weeks_of(calendar.assign(in_full_month=calendar["date"] < "2024-03-01"))
