"""The whole stage on a small register, tables and readings included."""

import datetime
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from ecomplan.claims import load_claims
from ecomplan.errors import ParameterError
from ecomplan.risk.engine.entries import Control, Frequency, Group, Reduction, Register, Risk, Severity, Shock
from ecomplan.risk.engine.exposure import exposure_of
from ecomplan.risk.engine.worlds import draw_worlds
from ecomplan.risk.losses import cash, spend, study, told, views, worst
from ecomplan.risk.losses.book import book_of

CLAIMS = load_claims(Path(__file__).parents[2] / "claims")
P = SimpleNamespace(
    draws=4000, years_per_world=20, range_worlds=20, range_years=200, appetite_share_of_margin=0.1,
    exceedance_points=30, exact_points=512, worst_share=0.02, tail_weight=0.1, control_life_years=4, seed=1,
)


def paths(scale: float = 1.0) -> pd.DataFrame:
    rng = np.random.default_rng(3)
    months = pd.date_range("2025-12-01", periods=13, freq="MS")
    sales = scale * 1e5 * (1 + np.arange(13) / 13) * rng.lognormal(0, 0.1, (20, 13))
    return pd.DataFrame({"path": np.repeat(np.arange(20), 13), "month": np.tile(months, 20), "sales": sales.ravel()})


def risk(name: str, kind: str, rate: float, risk_class: str, controls: tuple[str, ...] = ()) -> Risk:
    frequency = Frequency(kind, 0.5 * rate, rate, min(1.5 * rate, 1.0), 2.0 if kind == "negative_binomial" else 1.0,
                          "x")
    severity = Severity("pareto" if name == "fire" else "lognormal", "share_of_month_sales", 0.05, 0.8, None, None, 0.5,
                        "x")
    return Risk(name, name.title(), risk_class, "technical", "Head", "cause", "trigger", "hour", "day", "sales", "even",
                0.0, None, frequency, severity, controls, (), "S0", "judgement", "judgement",
                datetime.date(2026, 1, 1), 12)


def control(name: str, effect: float, cny: float, in_plan: bool = True) -> Control:
    return Control(name, name.title(), "Head", "frequency", "claim" if in_plan else "own",
                   Reduction("frequency", effect, effect, effect), None, None, (0.0, 0.0, 0.0), (cny, cny, cny), "x",
                   in_plan, "judgement", "x")


def register(rate: float = 0.4, classes: tuple[str, str, str] = ("strategic", "operational", "compliance")) -> Register:
    controls = {"dear": control("dear", 0.5, 1e7), "cheap": control("cheap", 0.5, 1.0, in_plan=False)}
    risks = (risk("fire", "poisson", rate, classes[0], ("dear", "cheap")),
             risk("flood", "negative_binomial", rate, classes[1], ("dear",)), risk("theft", "once", rate, classes[2]))
    return Register(
        risks, controls, (Shock("storm", "Storm", (0.05, 0.1, 0.2), {"flood": 2.0}, "x"),),
        (Group("g", "G", ("fire", "theft"), 0.4, "gaussian", None, "x"),), {}, 7.2, 0.2,
        "s0_optimisation_failure_share", 0.5, (0.1, 0.4), (0.005, 0.02),
    )


EXPOSURE = exposure_of(paths(), (0.25, 0.32, 0.45), 9.2)


@pytest.fixture(scope="module")
def one():
    return study.study(register(), EXPOSURE, P)


def test_the_best_set_takes_the_cheap_control_only(one):
    assert one.best == ("cheap",) and one.plan == ("dear",)
    table = views.plan_table(one, views.tail_table(one)).set_index("state")
    assert table.loc["best", "cost"] < table.loc["before", "cost"] < table.loc["after", "cost"]
    assert table.loc["claimed", "expected"] < table.loc["after", "expected"] < table.loc["before", "expected"]


def test_residual_and_removed_add_up_by_risk_and_class(one):
    risks = views.risk_table(one)
    np.testing.assert_allclose(risks["removed"] + risks["expected_after"], risks["expected_before"], rtol=1e-9)
    classes = views.class_table(risks)
    for name in ("expected_before", "removed", "tail_before", "tail_after"):
        assert classes[name].sum() == pytest.approx(risks[name].sum(), rel=1e-9)
    assert risks["expected_before"].sum() == pytest.approx(one.years.of("before").mean(), rel=1e-9)
    tail = views.tail_table(one)
    shortfall = views.tail_row(tail, "before", "expected shortfall", 0.95).value
    assert risks["tail_before"].sum() == pytest.approx(shortfall, rel=1e-9)


def test_tables_hold_no_missing_number_and_curves_fall(one):
    curve = views.exceedance_table(one)
    assert (np.diff(curve["before"]) <= 0).all() and (curve["after"] <= curve["before"]).all()
    sets = spend.efficient_sets(one.menu)
    exact = views.dependence_table(study.dependence(one, P.exact_points))
    assert exact["es_95"].iloc[-1] > exact["es_95"].iloc[0]  # coming together makes bad years worse
    front = spend.frontier_table(one, sets, 1)
    scenarios = worst.scenario_table(one.register, study.worst(one, "after", 0.05), 1, one.years.count)
    assert scenarios["part"].sum() == pytest.approx(1)
    for frame in (curve, exact, front, scenarios, spend.control_table(one), views.tail_table(one),
                  spend.spend_table(one, sets, CLAIMS)):
        assert not frame.isna().any().any()


def test_more_exposure_more_loss(one):
    larger = study.study(register(), exposure_of(paths(2.0), (0.25, 0.32, 0.45), 9.2), P)
    assert larger.years.of("before").mean() == pytest.approx(2 * one.years.of("before").mean(), rel=1e-6)


def seen(one):
    sets = spend.efficient_sets(one.menu)
    at = one.sample.which // one.years.per_world
    flow = cash.cash_flow(cash.monthly_sales(paths(), 2026), one.worlds.sales[at], one.worlds.margin[at],
                          one.sample.by_month[:, :, 1], 0.6)
    return told.Seen(one, spend.over_control(one, sets, 0.85), spend.spend_table(one, sets, CLAIMS),
                     spend.compliance_price(one), told.fund_as_told(CLAIMS, one), flow)


def test_readings_name_known_claims_once_with_a_verdict(one):
    items = told.readings(CLAIMS, seen(one))
    assert len({item.key for item in items}) == len(items)
    for item in items:
        assert item.key in CLAIMS
        assert (item.verdict is not None) == (item.role == "tested")


def test_no_incident_at_all_is_said_and_nothing_is_bought():
    calm = study.study(register(rate=0.0), EXPOSURE, P)
    assert calm.best == () and calm.years.total.max() == 0
    assert views.removed_share(calm, "after").value is None
    tail = views.tail_table(calm)
    assert (tail["value"] == 0).all() and not tail.isna().any().any()
    assert not views.risk_table(calm).isna().any().any()
    assert not views.dependence_table(study.dependence(calm, 256)).isna().any().any()
    assert len(worst.scenario_table(calm.register, study.worst(calm, "after", 0.02), 1, calm.years.count)) == 0
    sets = spend.efficient_sets(calm.menu)
    assert not spend.frontier_table(calm, sets, 1).isna().any().any()
    assert len(told.readings(CLAIMS, seen(calm))) > 0


def test_one_class_alone_is_fine():
    only = study.study(register(classes=("financial",) * 3), EXPOSURE, P)
    assert list(views.class_table(views.risk_table(only))["class"]) == ["financial"]


def test_a_t_copula_needs_whole_degrees_of_freedom():
    broken = replace(register(), groups=(Group("g", "G", ("fire", "theft"), 0.4, "t", 2.5, "x"),))
    with pytest.raises(ParameterError, match="group g: degrees_of_freedom"):
        book_of(broken, draw_worlds(broken, EXPOSURE, 3, np.random.default_rng(1)), EXPOSURE)


@pytest.mark.parametrize(("low", "high", "gate"), [(1, 2, "PASS"), (4, 6, "REVIEW"), (6, 8, "FAIL")])
def test_gate(low, high, gate):
    assert views.appetite_gate(views.Estimate(low, low, high), 5) == gate
