"""Scenarios on a small shop: catalogue, worlds, attainment, comparison, drivers, turning points, bad input."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from ecomplan.claims import load_claims
from ecomplan.errors import DataError, ParameterError
from ecomplan.estimate import Estimate
from ecomplan.investment.engine import cash, many
from ecomplan.investment.engine.budget import read_budget
from ecomplan.investment.engine.levers import load_levers
from ecomplan.investment.engine.margins import Fixed
from ecomplan.investment.engine.plan import newcomer_margin
from ecomplan.investment.engine.sales import base_sales
from ecomplan.investment.engine.variables import correlation, variables
from ecomplan.investment.scenarios import (
    attainment,
    catalogue,
    compare,
    discovery,
    drivers,
    flips,
    outcomes,
    readings,
    setting,
    worlds,
)
from ecomplan.params import load_params, stage_params

ROOT = Path(__file__).parents[2]
SMALL = {
    "draws": 600, "scenarios": 45, "sobol_points": 64, "resamples": 40, "morris_trajectories": 4, "trial_draws": 128,
    "box_inputs": 6, "box_resamples": 3,
}


def small_paths(paths: int = 40) -> pd.DataFrame:
    rng = np.random.default_rng(1)
    months = pd.date_range("2025-12-01", periods=13, freq="MS")
    level = rng.lognormal(0, 0.2, (paths, 1))
    sales = 20_000 * level * rng.lognormal(0, 0.1, (paths, 13))
    return pd.DataFrame({
        "path": np.repeat(np.arange(paths), 13), "month": np.tile(months, paths), "sales": sales.ravel(),
        "orders": sales.ravel() / 400, "new_customers": sales.ravel() / 4000,
    })


@pytest.fixture(scope="module")
def p():
    values = load_params(ROOT / "params.yaml").of_stage("scenarios")
    return stage_params("scenarios", values | SMALL)


@pytest.fixture(scope="module")
def claims():
    return load_claims(ROOT / "claims")


@pytest.fixture(scope="module")
def named(claims):
    return catalogue.load_catalogue(ROOT / "claims", claims)


@pytest.fixture(scope="module")
def plan(claims, p):
    """A shop without segments: scenarios about one of them cannot be."""
    base = base_sales(None, small_paths(), None, p.horizon_months)
    levers = load_levers(ROOT / "claims", claims)
    return setting.plan_as_written(levers, base, read_budget(claims), Estimate(300.0, 200.0, 400.0), p)


@pytest.fixture(scope="module")
def sandbox(plan, named, claims, p):
    made = worlds.make_worlds(named, plan, claims, p.scenarios, p.axes_moved, p.seed)
    return setting.run_sandbox(plan, made, p)


def raw() -> dict:
    return yaml.safe_load((ROOT / "claims" / "scenarios.yaml").read_text(encoding="utf-8"))


def test_scenarios_are_as_many_as_asked_and_all_differ(sandbox, p):
    made = sandbox.worlds
    assert len(made.scenarios) == p.scenarios and made.scenarios[0].id == "as_written"
    assert len({one.id for one in made.scenarios}) == len({one.name for one in made.scenarios}) == p.scenarios
    assert set(made.triggers) == {one.id for one in made.scenarios}
    assert "Half as many newcomers" in made.left_out  # this shop's forecast has no segments
    windows = [tuple(sorted(one.windows.items())) for one in made.scenarios if one.kind == "generated"]
    assert len(set(windows)) == len(windows) and all(windows)


def test_the_first_scenario_is_the_plan_itself(sandbox, plan, p):
    slow = cash.simulate(plan, cash.draw(plan, p.draws, p.seed))
    assert sandbox.column("npv")[0] == pytest.approx(slow.npv, rel=1e-3, abs=5.0)


def test_what_is_worse_is_worse(sandbox):
    mean = {one.id: sandbox.column("npv")[place].mean() for place, one in enumerate(sandbox.worlds.scenarios)}
    for worse, better in (
        ("demand_crash", "as_written"), ("as_written", "demand_boom"), ("costs_double", "as_written"),
        ("nothing_works", "effects_weak"), ("effects_weak", "half_work"), ("worst_corner", "best_corner"),
        ("money_dearer", "best_corner"), ("reserve_gone", "on_budget"),
    ):
        assert mean[worse] < mean[better], (worse, better)
    nothing = sandbox.worlds.index("nothing_works")
    assert sandbox.column("benefit")[nothing] == pytest.approx(0, abs=1e-3)
    assert sandbox.column("cost")[nothing] == pytest.approx(sandbox.column("cost")[0], rel=1e-5)  # same draws


def test_selectors_mean_the_levers_that_they_say(plan, claims):
    for line in ("tech", "people", "marketing"):
        assert worlds.selected(f"line {line}", plan, claims) == [
            lever.id for lever in plan.levers.items if lever.line == line
        ]
    funding = catalogue.Funding(without=["line tech"])
    dose = worlds.decision(funding, plan, claims).dose
    for lever, left, before in zip(plan.levers.items, dose, plan.decision.dose, strict=True):
        assert left == (0 if lever.line == "tech" else before)
    cheap = worlds.decision(catalogue.Funding(cheapest=3, dose=1.0), plan, claims)
    on = {lever.id for lever, dose in zip(plan.levers.items, cheap.dose, strict=True) if dose}
    assert len(on) >= 3 and all(set(lever.needs) <= on for lever in plan.levers.items if lever.id in on)


def test_thresholds_and_units_undo_each_other(named, claims, plan):
    for target in named.targets:
        limit = attainment.threshold(target, claims, plan)
        assert attainment.in_claim_units(target, limit, claims, plan) == pytest.approx(claims[target.claim].value)
    conversion = next(target for target in named.targets if target.claim == "s1_conversion_target")
    assert attainment.threshold(conversion, claims, plan) == pytest.approx(28 / 12)


def test_attainment_counts_by_hand(named, sandbox, claims, plan, p):
    found = attainment.chances(named, sandbox, claims, plan)
    assert found.shape == (len(named.targets), p.scenarios)
    place = next(i for i, target in enumerate(named.targets) if target.claim == "s3_payback_target")
    by_hand = [sum(month <= 18 for month in row) / p.draws for row in sandbox.column("payback_months")]
    assert found[place] == pytest.approx(by_hand)
    no_marketing = sandbox.worlds.index("no_marketing")
    for place, target in enumerate(named.targets):
        if target.measures[0] in attainment.PER_NEWCOMER:
            assert found[place, no_marketing] == 0  # nothing spent on winning customers is no low price for them
    table = attainment.attainment_table(named, sandbox, found, claims, plan, 2026, p)
    assert (table["chance_low"] <= table["chance"]).all() and (table["chance"] <= table["chance_high"]).all()
    assert not table.isna().any().any()
    assert table.set_index("claim").loc["s3_payback_target", "due"] == "2027-06"


def test_wilson_covers_and_never_leaves_the_unit():
    assert attainment.wilson(0, 50)[0] == 0 and attainment.wilson(50, 50)[1] == 1
    rng = np.random.default_rng(3)
    hits = rng.binomial(200, 0.07, 2000)
    limits = np.array([attainment.wilson(hit, 200) for hit in hits])
    inside = ((limits[:, 0] <= 0.07) & (limits[:, 1] >= 0.07)).mean()
    assert 0.76 < inside < 0.86


def test_pairs_are_surer_than_two_runs(sandbox, plan):
    follows = compare.compare(sandbox, "as_written", "demand_crash", 18).set_index("measure")
    npv = sandbox.column("npv").astype(float)
    place = sandbox.worlds.index("demand_crash")
    assert follows.loc["Net present value", "difference"] == pytest.approx((npv[place] - npv[0]).mean())
    assert follows.loc["Net present value", "error"] < 0.6 * follows.loc["Net present value", "error_without_pairs"]
    same = compare.compare(sandbox, "as_written", "as_written", 18)
    assert (same["difference"] == 0).all() and (same["error"] == 0).all()
    differs = compare.differences(plan, sandbox.worlds.scenarios[0], sandbox.worlds.scenarios[place])
    assert differs["in_b"].tolist() == ["times 0.67"]
    assert compare.differences(plan, *(sandbox.worlds.scenarios[0],) * 2).empty


def test_drivers_name_what_a_slow_run_names(plan, p):
    table = drivers.tornado(plan, p.trial_draws, p.seed)
    assert len(table) == len(drivers.moving(plan)) >= 200
    row = table.set_index("variable").loc["kept"]
    scenario = many.Scenario("x", "x", "x", windows={"kept": (0.9, 0.9)})
    high = many.run(plan, [scenario], p.trial_draws, p.seed, ("npv",)).mean(dtype=float)
    assert row["npv_high_end"] == pytest.approx(high, rel=1e-5)
    scores = cash.draw(plan, 200, 5)
    assert drivers.response(plan)(scores) == pytest.approx(cash.simulate(plan, scores).npv, rel=1e-3, abs=5.0)


def test_indices_of_the_plan_find_what_matters(plan, p):
    shares, _ = drivers.sobol_table(plan, p)
    steps = drivers.morris_table(plan, p)
    behind = drivers.sources(plan)
    assert len(shares) == len(steps) == len(behind.names) > len(variables(plan))
    assert behind.mixing @ behind.mixing.T == pytest.approx(correlation(plan), abs=1e-12)
    still = {one.name for one in variables(plan) if one.margin.sd == 0}
    assert shares.set_index("variable").loc[list(still), "total"].to_numpy() == pytest.approx(0, abs=1e-9)
    assert steps.set_index("variable").loc[list(still), "mean_absolute"].to_numpy() == pytest.approx(0, abs=1e-9)
    assert {"kept", "budget_factor"} & set(drivers.leading(shares, 8))
    assert (shares["total_low"] <= shares["total"]).all() and (shares["total"] <= shares["total_high"]).all()


def test_turning_points(plan, named, p):
    table = flips.flip_table(plan, named.axes, ["kept", "budget_factor"], p.trial_draws, p.seed)
    assert not table.isna().any().any()
    works = table.set_index("driver").loc["Chance that a measure works"]
    assert works["from_value"] == "0 %" and works["npv_from"] < works["npv_to"]
    crosses = (table["npv_from"] > 0) != (table["npv_to"] > 0)
    assert (table.loc[crosses, "flips"] == "yes").all()
    assert (table.loc[table["flips"] == "no", "npv_best"] <= 0).all() or (table["npv_from"] > 0).any()


def test_discovery_limits_hold_what_they_say(plan, sandbox, p):
    npv = sandbox.column("npv")[0].astype(float)
    names = ["kept", "budget_factor", "margin", "overlap", f"{plan.ids[0]}.works", "trend"]
    found = discovery.discover(plan, npv, names, p)
    inside = found.box.inside(discovery.driver_levels(plan, names, p.draws, p.seed))
    assert found.box.density == pytest.approx((npv[inside] > found.threshold).mean())
    assert found.box.density > found.outcome_share
    assert len(found.limits) == len(found.box.restricted) and not found.limits.isna().any().any()


def test_outcomes_and_readings_are_whole(sandbox, plan, named, claims, p):
    chances = attainment.chances(named, sandbox, claims, plan)
    table = outcomes.scenario_table(sandbox, chances, plan, 18, p)
    assert (np.diff(table["npv_mean"]) >= 0).all() and not table.isna().any().any()
    limit = outcomes.loss_limit(plan, p)
    row = table.set_index("id").loc["as_written"]
    assert row["beyond_limit"] == pytest.approx((sandbox.column("npv")[0] < -limit).mean())
    extra = outcomes.increment(sandbox, plan)
    year = plan.base.sales.sum(axis=(1, 2)).mean() * plan.settings.cny_per_currency_unit / outcomes.BILLION
    assert extra.platform == pytest.approx(3 * year)
    choice = outcomes.best_decision(sandbox, sandbox.column("npv").mean(axis=1, dtype=float))
    assert choice.best >= choice.reference
    seen: list[str] = []
    standing = [
        *readings.target_readings(named, sandbox, chances, claims, plan),
        *readings.sandbox_readings(claims, p.scenarios, 250, Estimate(0.1, 0.0, 0.2), choice, 0.02, extra),
    ]
    used = setting.record(lambda key, role, reading, **_: seen.append(key), standing)
    assert used == len(set(seen)) == len(seen)
    by_key = {one.key: one for one in standing}
    assert by_key["s1_sandbox_scenarios"].verdict == "fails"  # 45 are fewer than the 100 told
    assert by_key["s1_effect_model_variables"].verdict == "holds"


def test_newcomers_without_a_value_are_worth_nothing():
    assert newcomer_margin(Estimate(None, unknown="no customers")) == Fixed(0.0)
    assert newcomer_margin(Estimate(10.0)) == Fixed(10.0)
    with pytest.raises(DataError, match="no January"):
        setting.first_year(pd.DataFrame({"month": pd.to_datetime(["2025-11-01", "2025-12-01"])}))


def broken(change) -> dict:
    made = deepcopy(raw())
    change(made)
    return made


@pytest.mark.parametrize(("change", "message"), [
    (lambda made: made["scenarios"].append(deepcopy(made["scenarios"][1])), "demand_crash' stands there twice"),
    (lambda made: made["scenarios"][1].update(windows={"sales": [0.4, 0.2]}), "crash: window of sales is 0.4 to 0.2"),
    (lambda made: made["scenarios"][1].update(windows={"sales": [0.4, 1.2]}), "window of sales is 0.4 to 1.2"),
    (lambda made: made["scenarios"][1].update(windows={"sales": [0.4]}), "demand_crash.windows.sales"),
    (lambda made: made["scenarios"][1].update(scales={"margin": -1.0}), "scale of margin is -1"),
    (lambda made: made["scenarios"][1].update(colour="red"), "demand_crash.colour"),
    (lambda made: made["targets"][0].update(claim="s1_conversion_targt"), "did you mean s1_conversion_target"),
    (lambda made: made["targets"][0].update(measures=["conversion"]), "no measure 'conversion'; did you mean"),
    (lambda made: made["targets"][2].update(form="over baseline"), "needs a claim with a baseline"),
    (lambda made: made["targets"].pop(2), "s1_gmv_growth_target .* is neither in targets nor in not_measured"),
    (lambda made: made["not_measured"][0]["claims"].append("s3_plan_roi"), "s3_plan_roi is both measured and not"),
])
def test_a_faulty_catalogue_is_refused(change, message, claims):
    with pytest.raises(ParameterError, match=message):
        catalogue.make_catalogue(broken(change), claims)


@pytest.mark.parametrize(("change", "message"), [
    (lambda made: made["scenarios"][1].update(windows={"margn": [0.0, 0.5]}), "demand_crash: .*margn.*close: .*margin"),
    (lambda made: made["scenarios"][1].update(scales={"line techn.cost": 2.0}), "no line 'techn'; did you mean tech"),
    (lambda made: made["scenarios"][1].update(funding={"only": ["lever page_sped"]}), "did you mean page_speed"),
    (lambda made: made["scenarios"][1].update(funding={"without": ["tech"]}), "'tech' selects no levers"),
])
def test_unknown_variables_and_levers_are_named_with_what_is_close(change, message, claims, plan, p):
    made = catalogue.make_catalogue(broken(change), claims)
    with pytest.raises(ParameterError, match=message):
        worlds.make_worlds(made, plan, claims, p.scenarios, p.axes_moved, p.seed)


def test_fewer_scenarios_than_named_are_refused(named, plan, claims, p):
    with pytest.raises(ParameterError, match="fewer than the"):
        worlds.make_worlds(named, plan, claims, 20, p.axes_moved, p.seed)
    with pytest.raises(ParameterError, match="more than the"):
        worlds.make_worlds(named, plan, claims, p.scenarios, 20, p.seed)
    with pytest.raises(ParameterError, match="ask for fewer or add axes"):
        worlds.make_worlds(named, plan, claims, 1000, 1, p.seed)
    with pytest.raises(ParameterError, match="did you mean"):
        worlds.make_worlds(named, plan, claims, p.scenarios, p.axes_moved, p.seed).index("as_writen")
