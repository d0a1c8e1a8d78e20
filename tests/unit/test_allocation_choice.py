"""Doses and sets against convex programming (cvxpy) and against trying everything."""

from __future__ import annotations

from itertools import product

import cvxpy as cp
import numpy as np
import pytest

from ecomplan.errors import ParameterError
from ecomplan.investment.allocation.field import Field, shortfall
from ecomplan.investment.allocation.select import candidates, choose, relaxed, relaxed_doses
from ecomplan.investment.allocation.waterfill import envelope, water_fill
from ecomplan.investment.engine.curves import Curve

CONCAVE = (Curve("linear"), Curve("hill", 0.3, 1.0), Curve("harm", 0.8), Curve("hill", 0.9, 1.0), Curve("harm", 0.4),
           Curve("linear"))


def concave(curve: Curve, dose: cp.Variable) -> cp.Expression:
    if curve.kind == "linear":
        return dose
    if curve.kind == "harm":
        return (1 + curve.a) * dose - curve.a * cp.square(dose)
    return (1 + curve.a) * (1 - curve.a * cp.inv_pos(curve.a + dose))


def made(draws: int = 400, levers: int = 6, seed: int = 3, overlap: float = 0.5, least: float = 0.0,
         curves: tuple[Curve, ...] = CONCAVE) -> Field:
    rng = np.random.default_rng(seed)
    works = rng.random((levers, draws)) < 0.4
    benefit = works * rng.gamma(2.0, 60.0, (levers, draws))
    cost = rng.uniform(15, 55, (levers, 1)) * rng.uniform(0.8, 1.4, (levers, draws))
    return Field(tuple(f"lever_{i}" for i in range(levers)), benefit, cost, cost.mean(axis=1) * 1.1,
                 np.arange(levers) // 3, np.full(draws, overlap), np.zeros(levers), curves[:levers],
                 np.full(levers, least), ((),) * levers)


def test_water_filling_is_the_convex_optimum_and_its_multiplier():
    field = made()
    value, cost = field.benefit.mean(axis=1), field.cost.mean(axis=1) * 0.3
    for budget in (20.0, 70.0, 130.0, 1e4):
        dose = cp.Variable(6)
        kept = field.spend @ dose <= budget
        gain = sum(v * concave(c, dose[i]) for i, (v, c) in enumerate(zip(value, field.curves, strict=True)))
        best = cp.Problem(cp.Maximize(gain - cost @ dose), [kept, dose >= 0, dose <= 1])
        best.solve(solver=cp.CLARABEL)
        found = water_fill(value, cost, field.spend, field.curves, budget)
        assert found.value == pytest.approx(best.value, rel=1e-6)
        assert found.shadow_price == pytest.approx(float(kept.dual_value), rel=1e-4, abs=1e-5)
        assert found.used <= budget * (1 + 1e-9)


def test_shadow_price_is_the_slope_of_value_over_budget():
    field = made()
    value, cost = field.benefit.mean(axis=1), field.cost.mean(axis=1)

    def at(budget: float):
        return water_fill(value, cost * 0.3, field.spend, field.curves, budget)

    assert at(60.0).shadow_price == pytest.approx((at(60.5).value - at(59.5).value) / 1.0, rel=0.02)


def test_cutting_planes_keep_the_limit_on_risk_as_rockafellar_and_uryasev():
    field = made()
    dose, edge = cp.Variable(6), cp.Variable()
    npv = sum(field.benefit[i] * concave(c, dose[i]) for i, c in enumerate(field.curves)) - dose @ field.cost
    risk = edge + cp.sum(cp.pos(-npv - edge)) / (0.05 * 400)
    for limit in (10.0, 30.0):
        best = cp.Problem(cp.Maximize(cp.sum(npv) / 400),
                          [risk <= limit, field.spend @ dose <= 150, dose >= 0, dose <= 1])
        best.solve(solver=cp.CLARABEL)
        doses, bound = relaxed_doses(field, 150.0, limit)
        assert bound == pytest.approx(best.value, rel=1e-5)
        assert np.abs(doses - dose.value).max() < 0.02
        assert relaxed(field, 150.0, np.inf) > bound


@pytest.mark.parametrize(("limit", "budget"), [(np.inf, 90.0), (np.inf, 1e3), (25.0, 1e3), (40.0, 120.0)])
def test_choice_is_as_good_as_trying_every_set(limit: float, budget: float):
    curves = (Curve("linear"), Curve("hill", 0.4, 2.0), Curve("linear"), Curve("harm", 0.5), Curve("hill", 0.3, 1.0))
    plain = made(levers=5, least=0.4, curves=curves)
    field = Field(**{**plain.__dict__, "needs": ((), (0,), (), (2,), ())})
    best = 0.0
    for doses in product((0.0, 0.4, 0.55, 0.7, 0.85, 1.0), repeat=5):
        trial = np.array(doses)
        npv = field.npv(trial)
        if field.spend @ trial <= budget and shortfall(npv) <= limit:
            best = max(best, float(npv.mean()))
    found = choose(field, budget, limit, steps=5, rounds=60)
    assert found.value >= best - 1e-6 * abs(best)
    assert found.value <= found.bound + 1e-6
    assert field.spend @ found.doses <= budget * (1 + 1e-6)
    assert shortfall(field.npv(found.doses)) <= limit * (1 + 1e-6)


def test_a_lever_that_does_not_pay_alone_pays_in_no_company():
    for seed in range(5):
        field = made(seed=seed, curves=(Curve("linear"),) * 6)
        left_out = [i for i in range(6) if i not in candidates(field)]
        for doses in product((0.0, 1.0), repeat=6):
            base = np.array(doses)
            for lever in left_out:
                without, with_it = base.copy(), base.copy()
                without[lever], with_it[lever] = 0.0, 1.0
                assert field.npv(with_it).mean() <= field.npv(without).mean() + 1e-9


def test_envelope_is_concave_and_touches_the_curve():
    curve = Curve("hill", 0.5, 3.0)
    shape = envelope(curve)
    grid = np.linspace(0, 1, 401)
    heights = np.array([shape.at(dose) for dose in grid])
    assert (heights >= curve.response(grid) - 1e-9).all()
    assert (np.diff(heights, 2) <= 1e-9).all()
    assert np.abs(heights - curve.response(grid)).min() < 1e-6 and 0 < shape.bend < 1


def test_shortfall_is_the_mean_of_the_worst_twentieth():
    assert shortfall(np.arange(100.0)) == pytest.approx(-2.0)
    assert shortfall(np.arange(30.0)) == pytest.approx(-(0 + 0.5 * 1) / 1.5)


def test_budgets_that_cannot_be_kept_name_the_levers():
    field = made()
    with pytest.raises(ParameterError, match="refused; expected a number from 0"):
        choose(field, -1.0, np.inf, 5)
    with pytest.raises(ParameterError, match=r"no plan keeps the budget of 10 GBP.*lever_"):
        choose(field, 10.0, np.inf, 5, must=np.full(6, 0.5), currency="GBP")


def test_flat_gains_fund_nothing():
    plain = made()
    field = Field(**{**plain.__dict__, "benefit": np.zeros_like(plain.benefit)})
    found = choose(field, 500.0, 100.0, 5, rounds=0)
    assert not found.funded.size and found.value == 0 and found.bound == 0
