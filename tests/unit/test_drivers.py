"""Drivers of sales: shares, season, cycles, price cuts, refresh, macro table, and no look ahead."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from conftest import small_orders
from ecomplan.claims import load_claims
from ecomplan.errors import DataError
from ecomplan.forecast.drivers import (
    bass,
    composite,
    events,
    macro,
    prices,
    promotion,
    readings,
    refresh,
    regressors,
    season,
    shapley,
    shares,
    spectrum,
    weeks,
)

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def shop() -> dict[str, pd.DataFrame]:
    """The made-up shop as tables of stage `prepare`."""
    raw = small_orders()
    sold = raw[raw["Pieces"] > 0].reset_index(drop=True)
    lines = pd.DataFrame({
        "order_id": sold["Order"], "time": pd.to_datetime(sold["When"]), "customer_id": sold["Customer"],
        "product_id": sold["Item"], "quantity": sold["Pieces"], "unit_price": sold["Price"], "kind": "sale",
        "amount": sold["Pieces"] * sold["Price"],
    })
    orders = lines.groupby("order_id").agg(
        time=("time", "min"), customer_id=("customer_id", "first"), amount=("amount", "sum")).reset_index()
    date = pd.date_range("2023-12-01", "2025-11-30")
    by_day = orders.groupby(orders["time"].dt.normalize())
    calendar = pd.DataFrame({
        "date": date, "month": date.to_period("M").to_timestamp(), "weekday": date.weekday,
        "orders": by_day.size().reindex(date, fill_value=0).to_numpy(),
        "sales": by_day["amount"].sum().reindex(date, fill_value=0).to_numpy(), "in_full_month": True,
    })
    calendar["is_open"] = calendar["orders"] > 0
    return {"calendar": calendar, "orders": orders, "lines": lines}


def made(shop: dict[str, pd.DataFrame]) -> tuple[Any, ...]:
    daily = weeks.days(shop["calendar"], 0)
    panel = prices.panel(shop["lines"], daily, min_weekly_orders=0.5, min_depth=0.05, usual_weeks=13)
    table = weeks.weekly(daily, 2)
    named = events.windows(daily, 3, "GB")
    groups = {
        regressors.SEASON: regressors.season(table, daily, events.in_sale(named), 2),
        regressors.DIFFUSION: regressors.diffusion(table, weeks.inflow(shop["orders"], daily, 91)),
        regressors.PROMOTION: regressors.promotion(table, prices.index(panel)),
    }
    return (daily, panel, named, groups, *regressors.design(table, groups))


def noise_design(n: int = 90, seed: int = 3, late: float = 1.0) -> shapley.Design:
    """y from two groups of regressors; `late` is the first group's effect in the second half."""
    rng = np.random.default_rng(seed)
    a, b, c = rng.standard_normal((n, 2)), rng.standard_normal((n, 1)), rng.standard_normal((n, 1))
    effect = np.where(np.arange(n) < n // 2, 1.0, late)
    y = effect * a.sum(1) + 0.7 * b[:, 0] + 0.5 * rng.standard_normal(n)
    return shapley.Design(y, {"season": a, "diffusion": b, "promotion": c}, np.arange(n))


def test_shapley_is_the_mean_gain_over_all_orders_of_entry() -> None:
    worth = np.random.default_rng(1).random(16)
    slow = np.zeros(4)
    for order in permutations(range(4)):
        seen = 0
        for player in order:
            slow[player] += (worth[seen | 1 << player] - worth[seen]) / 24
            seen |= 1 << player
    assert shapley.shapley(worth) == pytest.approx(slow, abs=1e-12)


def test_shares_add_up_to_what_is_explained() -> None:
    design = noise_design()
    forecasts = shapley.rolling(design, 52, 4.0)
    inside, unseen = shares.measure(design, forecasts, draws=100, block=6, rng=np.random.default_rng(1))
    x = np.column_stack([np.ones(90), design.subset(7)])
    rest = design.y - x @ np.linalg.lstsq(x, design.y, rcond=None)[0]
    assert inside.total == pytest.approx(1 - rest.var() / design.y.var(), abs=1e-9)
    errors = ((design.y[52:] - forecasts) ** 2).sum(1)
    assert unseen.total == pytest.approx(1 - errors[-1] / errors[0], abs=1e-9)
    assert inside.relative()[0].sum() == pytest.approx(1, abs=1e-9)


def test_ranges_of_shares_hold_the_truth_as_often_as_they_say() -> None:
    design, rng = noise_design(), np.random.default_rng(9)
    basis = shapley.bases(design)
    fit = basis[-1] @ (basis[-1].T @ (design.y - design.y.mean()))
    noise = fit.var()
    worth = [((q.T @ fit) ** 2).sum() / ((fit**2).sum() + len(fit) * noise) for q in basis]
    truth = shapley.shapley(worth) / worth[-1]
    held = []
    for _ in range(60):
        world = shapley.Design(fit + np.sqrt(noise) * rng.standard_normal(len(fit)), design.groups, design.week)
        inside = shares.Shares(
            design.names, shapley.in_sample(world), shapley.resampled(world, 200, 6, rng))
        ranges = [shares.found(inside, name) for name in design.names]
        held += [r["low"] <= value <= r["high"] for r, value in zip(ranges, truth, strict=True)]
    assert 0.7 <= np.mean(held) <= 0.92


def test_usual_price_looks_back_and_outlasts_a_cut() -> None:
    price = np.full((60, 2), 2.0)
    price[20:28, 0] = 1.6  # a cut of eight weeks
    price[30:, 1] = 3.0  # a new price for good
    found = prices.usual(price, 13, 0.05)
    assert np.isnan(found[:6]).all() and (found[6:, 0] == 2).all()
    assert (found[30:42, 1] == 2).all() and found[59, 1] == 3
    price[50:] *= 9
    assert np.array_equal(prices.usual(price, 13, 0.05)[:51], found[:51], equal_nan=True)


def test_rolling_forecasts_are_ridge_on_the_weeks_before_and_see_nothing_later() -> None:
    design = noise_design()
    found = shapley.rolling(design, 52, 4.0)
    t, x = 60, design.subset(5)
    z = (x[:t] - x[:t].mean(0)) / x[:t].std(0)
    beta = np.linalg.solve(z.T @ z + 4 * np.eye(3), z.T @ (design.y[:t] - design.y[:t].mean()))
    slow = design.y[:t].mean() + (x[t] - x[:t].mean(0)) / x[:t].std(0) @ beta
    assert found[5, t - 52] == pytest.approx(slow, abs=1e-10)
    later = shapley.Design(
        np.r_[design.y[:t], design.y[t:] + 9],
        {name: np.vstack([part[: t + 1], part[t + 1:] * 5]) for name, part in design.groups.items()}, design.week,
    )
    assert np.array_equal(shapley.rolling(later, 52, 4.0)[:, : t - 52 + 1], found[:, : t - 52 + 1])


def test_regressors_of_a_week_know_nothing_of_it_or_later(shop: dict[str, pd.DataFrame]) -> None:
    cut = pd.Timestamp("2025-06-02")  # a Monday
    planted = {name: frame.copy() for name, frame in shop.items()}
    late = planted["lines"]["time"] >= cut
    planted["lines"].loc[late, "unit_price"] *= 0.5
    late = planted["orders"]["time"] >= cut
    planted["orders"].loc[late, "customer_id"] = [f"N{i}" for i in range(int(late.sum()))]
    planted["calendar"].loc[planted["calendar"]["date"] >= cut, "sales"] *= 7
    groups, daily = made(shop)[3], made(shop)[0]
    changed = made(planted)[3]
    start = daily.groupby("week")["date"].min().to_numpy()
    upto = start <= cut
    for name, part in groups.items():
        assert np.array_equal(part[upto], changed[name][upto], equal_nan=True), name
    assert not np.array_equal(groups["promotion"], changed["promotion"], equal_nan=True)


def test_small_shop_runs_through(shop: dict[str, pd.DataFrame]) -> None:
    daily, panel, named, _, design, used = made(shop)
    rng = np.random.default_rng(1)
    claims = load_claims(ROOT / "claims")
    prior = shares.prior_weights(claims)
    assert sum(prior.values()) == pytest.approx(1)
    forecasts = shapley.rolling(design, 52, 4.0)
    inside, unseen = shares.measure(design, forecasts, draws=100, block=6, rng=rng)
    table = shares.table(inside, unseen, prior)
    assert table.loc[table["driver"] == "macro", "share"].isna().all() and len(table) == 5
    assert 0 <= shares.distance(inside, prior, trend_is_macro=False)["value"] <= 1
    response = promotion.respond(
        panel, before=4, after=8, shown_depth=0.2, min_cut_weeks=100, draws=100, rng=rng)
    assert response.over(0, 0)["value"] is None and response.unknown  # its prices never move
    for item in readings.readings(claims, inside, response):
        assert item.key in claims and (item.role != "tested" or item.told()["verdict"])
    signal = composite.build(design, used, forecasts, prior, draws=100, block=6, rng=rng)
    assert signal.tracking["correlation"].between(-1, 1).all()
    log = refresh.log(design, used, daily["date"].max(), refreshes=9, step_months=readings.refresh_step(claims),
                      alarm_rate=0.1, draws=100, block=6, rng=rng)
    assert len(log.drift) == 9 and log.weights.groupby("month")["share"].sum().to_numpy() == pytest.approx(1, abs=1e-9)
    first = weeks.first_orders(shop["orders"], daily, 6)
    assert len(bass.by_month(first)) == 18
    season.fit(daily, daily["sales"].to_numpy(float), named, 21)


def test_season_finds_a_planted_month_and_event_where_they_are() -> None:
    date = pd.date_range("2023-01-01", "2024-12-31")
    daily = pd.DataFrame({"date": date, "civil": date, "weekday": date.weekday, "is_open": date.weekday != 5})
    named = events.windows(daily, 3, "GB")
    rng = np.random.default_rng(4)
    value = np.exp(0.1 * rng.standard_normal(len(date)) + 0.5 * (date.month == 5) + 0.6 * named[events.MIDYEAR])
    found = season.fit(daily, value.to_numpy(), named, 21)
    assert season.name_of(found.months, "best") == "May"
    assert season.extreme(found.months, "best")["value"] == pytest.approx(np.exp(0.5 * 11 / 12), rel=0.05)
    assert season.event(found.events, events.MIDYEAR)["value"] == pytest.approx(np.expm1(0.6), rel=0.15)
    assert found.events.set_index("event")["placebo_p"].idxmin() == events.MIDYEAR
    assert season.real(found.events, 0.05) == 1
    assert set(found.weekdays["weekday"]) == {0, 1, 2, 3, 4, 6}


def test_cycles_are_found_where_planted_and_not_in_red_noise() -> None:
    rng = np.random.default_rng(5)
    days = np.arange(420)
    opened = days % 7 != 5
    wave = rng.poisson(np.exp(2.5 + 0.5 * np.cos(2 * np.pi * days / 20)))
    found = spectrum.periodogram(opened, wave, alpha=0.05, simulations=200, rng=rng)
    assert found.cycles["period_days"].iloc[0] == pytest.approx(20, rel=0.01)
    alarms = 0
    for _ in range(20):
        red = np.zeros(420)
        for t in range(1, 420):
            red[t] = 0.5 * red[t - 1] + rng.standard_normal()
        alarms += len(spectrum.periodogram(opened, (8 + red) ** 2, alpha=0.05, simulations=100, rng=rng).cycles) > 0
    assert alarms <= 4


def test_a_planted_price_cut_and_its_dip_come_back() -> None:
    rng = np.random.default_rng(6)
    depth = np.where(rng.random((110, 200)) < 0.03, rng.uniform(0.1, 0.4, (110, 200)), 0)
    log = 3 + rng.standard_normal(200) / 2 + rng.standard_normal((110, 1)) / 5 + 1.5 * depth
    log[1:] -= 0.6 * depth[:-1]
    panel = prices.Prices(np.arange(110), tuple(map(str, range(200))), depth, depth * 0, rng.poisson(np.exp(log)))
    found = promotion.respond(panel, before=4, after=8, shown_depth=0.2, min_cut_weeks=100, draws=100, rng=rng)
    effect = found.curve.set_index("week")["effect"]
    assert effect[0] == pytest.approx(np.expm1(0.3), abs=0.04)
    assert effect[1] == pytest.approx(np.expm1(-0.12), abs=0.04)
    assert abs(found.over(-4, -1)["value"]) < 0.02
    assert found.placebo_p is not None and found.placebo_p < 0.05


def test_drift_is_quiet_without_change_and_loud_with_it() -> None:
    end = pd.date_range("2024-01-07", periods=90, freq="W")
    frame = pd.DataFrame({"end": end})
    setting: dict[str, Any] = {"refreshes": 9, "step_months": 1, "alarm_rate": 0.1, "draws": 200, "block": 4}
    rng = np.random.default_rng(7)
    quiet = [refresh.log(noise_design(seed=seed), frame, end[-1], rng=rng, **setting) for seed in range(12)]
    assert sum(log.alarms > 0 for log in quiet) <= 5
    assert np.mean([log.alarm_rate for log in quiet]) == pytest.approx(0.1, abs=0.03)
    loud = [refresh.log(noise_design(seed=seed, late=-1.0), frame, end[-1], rng=rng, **setting) for seed in range(6)]
    assert sum(log.alarms > 0 for log in loud) >= 5


def test_macro_table_is_read_late_and_its_share_is_found(tmp_path: Path) -> None:
    month = pd.date_range("2023-01-01", "2024-12-01", freq="MS")
    values = np.random.default_rng(8).standard_normal(24)
    pd.DataFrame({"month": month.strftime("%Y-%m"), "mood": values}).to_csv(tmp_path / "macro.csv", index=False)
    table = macro.load(tmp_path, "macro.csv")
    starts = pd.Series(pd.date_range("2023-03-06", periods=90, freq="W-MON"))
    group = macro.group(table, starts, 1)
    before = table.set_index("month")["mood"]
    assert group["macro"][0, 0] == before["2023-02-01"] and group["macro"][5, 0] == before["2023-03-01"]
    design = noise_design()
    told = shapley.Design(design.y + 2 * group["macro"][:, 0], {**design.groups, **group}, design.week)
    assert shapley.in_sample(told)[3] > 0.4
    effect = macro.scenarios(told, table, 0.0).set_index("move")["effect"]
    assert effect[1.0] == pytest.approx(np.expm1(2 * group["macro"].std()), rel=0.1)
    assert macro.group(macro.load(tmp_path, ""), starts, 1) == {}


@pytest.mark.parametrize(("text", "words"), [
    ("when,a\n2024-01,1\n", "column month is missing"),
    ("month\n2024-01\n", "no indicator"),
    ("month,a\nspring,1\n", "row 2: month 'spring'"),
    ("month,a\n2024-01,1\n2024-01,2\n", "2024-01 stands twice"),
    ("month,a\n2024-01,1\n2024-03,2\n", "2024-02 is missing"),
    ("month,a\n2024-01,x\n", "row 2, column a: 'x'"),
])
def test_macro_tables_that_are_refused(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "macro.csv").write_text(text)
    with pytest.raises(DataError, match=words):
        macro.read(tmp_path / "macro.csv")


def test_input_that_is_refused(shop: dict[str, pd.DataFrame]) -> None:
    calendar, orders = shop["calendar"], shop["orders"]
    with pytest.raises(DataError, match="column is_open is missing"):
        weeks.days(calendar.drop(columns="is_open"), 0)
    with pytest.raises(DataError, match="has weekday"):
        weeks.days(calendar, 1)
    daily = weeks.days(calendar, 0)
    with pytest.raises(DataError, match="no identified customer"):
        weeks.inflow(orders.assign(customer_id=None), daily, 91)
    with pytest.raises(DataError, match="at least 65"):
        short = daily[daily["date"] < "2024-12-01"]
        table = weeks.weekly(short, 2)
        regressors.design(table, {"season": regressors.season(table, short, np.zeros(len(short)), 2)})
    for counts in ([1.0] * 5, [0.0] * 12, [-1.0, *[2.0] * 11]):
        with pytest.raises(DataError, match="Bass"):
            bass.fit(counts, 100, 3, np.random.default_rng(1))
