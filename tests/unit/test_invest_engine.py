"""The plan engine: the compiled kernel against plain Python, and what must hold of any plan."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from ecomplan.errors import DataError, ParameterError
from ecomplan.investment.engine import cash, many, plan, sales
from ecomplan.investment.engine.curves import Curve
from ecomplan.investment.engine.levers import Lever, Levers
from ecomplan.investment.engine.margins import Fixed, Lognormal, Uniform
from ecomplan.investment.engine.reference import cash_reference
from ecomplan.investment.engine.variables import variables

HORIZON, PATHS, DRAWS = 30, 40, 400
SETTINGS = plan.Settings(
    horizon_months=HORIZON, success_prior=0.5, effect_share=0.5, discount_rate_per_year=0.1,
    cny_per_currency_unit=9.0, person_cost_cny=240_000.0, contribution_margin=(0.2, 0.3, 0.5),
    cost_overrun=(0.9, 1.1, 2.0), delay_months=(0.0, 2.0, 9.0), trend_per_year=(-0.1, 0.0, 0.1),
    effect_correlation=0.3, cost_correlation=0.3, delay_correlation=0.3,
)


def lever(name: str, **changed: object) -> Lever:
    """A lever that raises conversion, but for what is changed."""
    plain = Lever(
        id=name, name=name.title(), group="speed", moves="conversion", cost_base=None, line="tech", tranche="early",
        claims=("a_claim",), claimed=0.2, weight=0.8, curve=Curve("linear"),
        segments=("returning", "new", "anonymous"), reach_low=0.2, reach_high=0.6, reach_reason="-", once_cny=30_000.0,
        monthly_cny=2_000.0, people_fte=0.1, share_of_extra_sales=0.0, cost_reason="-", ready_months=3,
        buildup_months=2.0, fade_per_year=0.0, min_dose=0.1, needs=(), reading="-", rows=("XX-01",),
    )
    return replace(plain, **changed)  # type: ignore[arg-type]


CATALOGUE = Levers(
    (
        lever("data", moves="nothing", claimed=0.0, weight=0.0, ready_months=5),
        lever("search", needs=("data",), curve=Curve("hill", 0.4, 1.6), fade_per_year=0.2),
        lever("push", curve=Curve("harm", 0.6), moves="frequency", segments=("returning",), line="marketing"),
        lever("offers", share_of_extra_sales=0.15, moves="order value", line="marketing", buildup_months=0.5),
        lever("referral", moves="traffic", segments=("new",), share_of_extra_sales=0.05, line="marketing"),
        lever("care", moves="retention", segments=("returning",), line="people", ready_months=0, buildup_months=6.0),
        lever("desk", moves="service", cost_base=0.03, line="people", segments=("returning", "new")),
        lever("bots", moves="service", cost_base=0.03, fade_per_year=0.1),
        lever("depot", moves="fulfilment", cost_base=0.1, min_dose=0.5, needs=("data", "desk")),
    ), kept_weight=4.0, own_spread=0.5, overlap_low=0.25, overlap_high=0.75,
    wage=(0.9, 1.15), give_away=(0.7, 1.4), fade=(0.5, 2.0),
)
SIZE = len(CATALOGUE)


def tables(paths: int = PATHS) -> tuple[pd.DataFrame, pd.DataFrame]:
    """A forecast's part_paths and paths with a December before the plan year."""
    rng = np.random.default_rng(5)
    months = pd.date_range("2025-12-01", periods=13, freq="MS")
    parts = pd.DataFrame({"path": np.repeat(np.arange(paths), 13), "month": np.tile(months, paths)})
    for column, size in zip(sales.COLUMNS.values(), (60_000, 8_000, 20_000), strict=True):
        parts[column] = size * rng.lognormal(0, 0.3, len(parts))
    whole = parts[["path", "month"]].assign(
        sales=parts[list(sales.COLUMNS.values())].sum(axis=1), orders=300.0,
        new_customers=rng.uniform(50, 90, len(parts)),
    )
    return parts, whole


def made(decision: plan.Decision | None = None, settings: plan.Settings = SETTINGS, **changed: object) -> plan.Plan:
    base = sales.base_sales(*tables(), None, settings.horizon_months)
    decided = plan.Decision.full(CATALOGUE, HORIZON) if decision is None else decision
    whole = plan.Plan(CATALOGUE, base, decided, settings, Lognormal(60, 120))
    return replace(whole, **changed)  # type: ignore[arg-type]


def test_kernel_holds_to_plain_python() -> None:
    uneven = plan.Decision(
        np.array([1.0, 0.7, 2.4, 1.2, 0.4, 1.0, 0.8, 0.0, 0.45]), np.array([1, 2, 1, 8, 4, 30, 1, 1, 3]),
        np.array([30, 30, 17, 20, 5, 30, 30, 30, 12]),
    )
    for decided in (made(), made(uneven, budget_factor=Uniform(0.8, 1.3))):
        given = cash.values(decided, cash.draw(decided, 24, 1))
        given[::2, :SIZE] = 1.0  # every second draw with all levers at work
        got = cash.simulate_values(decided, given)
        for row in range(24):
            months = cash_reference(decided, given, row)
            for name, rows in (
                ("spending", got.spending), ("margin_gain", got.margin_gain), ("savings", got.savings),
                ("extra_sales", got.extra_sales_monthly),
            ):
                wanted = np.array([getattr(month, name) for month in months])
                np.testing.assert_allclose(rows[row], wanted, rtol=1e-9, atol=1e-7, err_msg=f"{name}, draw {row}")
            arrived = sum(month.new_customers_extra for month in months)
            assert got.new_customers_extra[row] == pytest.approx(arrived, rel=1e-9)
            for quantity, factor in months[11].factors.items():
                assert got.factors_12[quantity][row] == pytest.approx(factor, rel=1e-9)


def test_flows_add_up_and_present_values_follow() -> None:
    whole = made()
    got = cash.simulate(whole, cash.draw(whole, DRAWS, 2))
    np.testing.assert_allclose(got.flows, got.margin_gain + got.savings - got.spending)
    worth = 1.1 ** (-np.arange(1, HORIZON + 1) / 12)
    np.testing.assert_allclose(got.npv, got.flows @ worth, rtol=1e-9, atol=1e-6)
    np.testing.assert_allclose(got.spent, got.spending.sum(axis=1))
    paid = np.cumsum(got.flows, axis=1) >= 0
    np.testing.assert_array_equal(got.payback_months, np.where(paid.any(axis=1), paid.argmax(axis=1) + 1.0, np.inf))


def test_a_lever_off_is_a_lever_left_out() -> None:
    """Dose zero, below the least dose, and never at work: the same effects; only below the least dose it costs."""
    off = made(plan.Decision.full(CATALOGUE, HORIZON).with_(3, dose=0.0))
    given = cash.values(off, cash.draw(off, DRAWS, 3))
    without = replace(CATALOGUE, items=tuple(x for x in CATALOGUE.items if x.id != "offers"))
    shorter = replace(made(), levers=without, decision=plan.Decision.full(without, HORIZON))
    kept = [x for x, one in enumerate(variables(off)) if not one.name.startswith("offers.")]
    by_dose, left_out = cash.simulate_values(off, given), cash.simulate_values(shorter, given[:, kept])
    np.testing.assert_allclose(by_dose.flows, left_out.flows, rtol=1e-12, atol=1e-9)
    small = made(plan.Decision.full(CATALOGUE, HORIZON).with_(3, dose=0.05))
    too_small = cash.simulate_values(small, given)
    np.testing.assert_allclose(too_small.margin_gain, by_dose.margin_gain, rtol=1e-12)
    assert (too_small.spent > by_dose.spent).all()


def test_an_unfunded_need_stops_the_lever() -> None:
    whole = made()
    given = cash.values(whole, cash.draw(whole, DRAWS, 4))
    given[:, :SIZE] = 1.0
    bare = cash.simulate_values(made(whole.decision.with_(0, dose=0.0)), given)
    assert (bare.strengths[:, [1, 8]] == 0).all()
    assert (cash.simulate_values(whole, given).strengths[:, [1, 8]] > 0).all()


def test_dearer_is_worse_and_later_only_postpones() -> None:
    whole = made()
    names = [one.name for one in variables(whole)]
    given = cash.values(whole, cash.draw(whole, DRAWS, 5))
    plain = cash.simulate_values(whole, given)
    dear, late = given.copy(), given.copy()
    dear[:, names.index("search.cost")] *= 1.3
    assert (cash.simulate_values(whole, dear).npv < plain.npv).all()
    late[:, [names.index(f"{name}.delay") for name in whole.ids]] += 3.0
    after = cash.simulate_values(whole, late)
    np.testing.assert_array_equal(after.spending, plain.spending)
    # what has been gained by a month is never more than without the delay; offers may give away, so savings are read
    assert (np.cumsum(after.savings, axis=1) <= np.cumsum(plain.savings, axis=1) + 1e-6).all()
    assert (after.strengths >= plain.strengths - 1e-12).mean() > 0.9  # it acts later, not less (fewer share a quantity)


def test_mean_cost_is_the_closed_form() -> None:
    whole = made()
    got = cash.simulate(whole, cash.draw(whole, 20_000, 6))
    by_name = {one.name: one.margin for one in variables(whole)}
    start, stop = whole.decision.start_month, whole.decision.stop_month
    once, monthly, people = (part.sum(axis=1) for part in plan.cost_arrays(CATALOGUE, start, stop, SETTINGS))
    over = np.array([by_name[f"{name}.cost"].mean for name in whole.ids])
    wanted = float(over @ (once + monthly + people * by_name["wage"].mean))
    error = got.spent.std(ddof=1) / np.sqrt(got.spent.size)
    assert abs(got.spent.mean() - wanted) < 4 * error
    works = got.works[:, [5]].mean()
    assert abs(works - SETTINGS.success_prior) < 4 * np.sqrt(0.25 / got.spent.size)


def test_single_precision_and_sobol_agree_with_plain_double() -> None:
    whole = made()
    found = many.run(whole, [many.Scenario("a", "A", "named")], DRAWS, 7)[0]
    exact = cash.simulate(whole, cash.draw(whole, DRAWS, 7))
    np.testing.assert_allclose(found[:, 0], exact.npv, rtol=2e-4, atol=exact.npv.std() * 1e-4)
    place = many.MEASURES.index
    np.testing.assert_allclose(found[:, place("users_12")], exact.factors_12["users"], rtol=1e-5)
    np.testing.assert_allclose(found[:, place("growth_horizon")], exact.growth_horizon, rtol=1e-3, atol=1e-5)
    plain = many.summarise(whole, [many.Scenario("a", "A", "named")], 8192, 8, ("npv", "spent"))
    sobol = many.summarise(whole, [many.Scenario("a", "A", "named")], 8192, 8, ("npv", "spent"), kind="sobol")
    # Sobol points err less than plain ones, so that the plain error bounds both
    assert (np.abs(plain.mean - sobol.mean) < 4 * np.sqrt(2) * plain.standard_error).all()


def test_scenarios_share_their_numbers_and_give_the_same_bytes() -> None:
    whole = made(budget_factor=Uniform(0.7, 1.3))
    scenarios = [
        many.Scenario("plain", "Plain", "named"),
        many.Scenario("dear", "Dear", "named", scales={"*.cost": 1.5}),
        many.Scenario("good", "Good", "named", windows={"margin": (0.5, 1.0)}, scales={"*.works": 2.0}),
        many.Scenario("none", "None", "named", decision=plan.Decision.nothing(CATALOGUE, HORIZON)),
        many.Scenario("again", "Again", "named"),
        # restricted to all of its quantities: nothing changes, but the effects are not taken from another scenario
        many.Scenario("anew", "Computed anew", "named", windows={"kept": (0.0, 1.0)}),
    ]
    names = ("npv", "spent", "growth_horizon", "roi_net")
    got = many.run(whole, scenarios, 700, 9, names)
    assert got.tobytes() == many.run(whole, scenarios, 700, 9, names, block=128).tobytes()
    np.testing.assert_array_equal(got[0], got[4])  # a scenario leaves no trace in the next
    np.testing.assert_allclose(got[5], got[0], rtol=1e-5)
    np.testing.assert_allclose(got[1, :, 1], 1.5 * got[0, :, 1], rtol=1e-4)
    assert (got[1, :, 0] < got[0, :, 0]).all()
    assert got[2, :, 2].mean() > got[0, :, 2].mean()
    assert (got[3] == 0).all()
    summed = many.summarise(whole, scenarios, 700, 9, names, block=128)
    np.testing.assert_allclose(summed.mean, got.mean(axis=1, dtype=np.float64), rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(summed.sd, got.std(axis=1, ddof=1, dtype=np.float64), rtol=1e-5, atol=1e-9)


def test_a_window_holds_a_variable_to_its_quantiles() -> None:
    """With costs and wages at their medians spending is one number: the planned cost at those medians."""
    medians = many.Scenario("a", "A", "x", windows={"*.cost": (0.5, 0.5), "wage": (0.5, 0.5)})
    spent = many.run(made(), [medians], 500, 3, ("spent",))[0, :, 0]
    by_name = {one.name: one.margin for one in variables(made())}
    start, stop = made().decision.start_month, made().decision.stop_month
    once, monthly, people = (part.sum() for part in plan.cost_arrays(CATALOGUE, start, stop, SETTINGS))
    wanted = by_name["data.cost"].quantile(0.5) * (once + monthly + people * by_name["wage"].quantile(0.5))
    np.testing.assert_allclose(spent, wanted, rtol=1e-5)


def test_as_written_spends_what_the_documents_have() -> None:
    from ecomplan.investment.engine.budget import Budget

    budget = Budget(5e6, 8e6, {"tech": 0.35, "people": 0.3, "marketing": 0.25, "reserve": 0.1},
                    {"early": 0.3, "middle": 0.4, "late": 0.3}, {"early": 12, "middle": 24, "late": 36})
    whole = made(plan.as_written(CATALOGUE, budget, SETTINGS))
    assert plan.cost_table(whole)["planned"].sum() == pytest.approx(0.9 * 6.5e6 / SETTINGS.cny_per_currency_unit)
    by_line = plan.cost_table(whole).groupby("line")["planned"].sum()
    assert by_line["tech"] / by_line["marketing"] == pytest.approx(35 / 25)


def test_a_shop_without_segments_has_one() -> None:
    base = sales.base_sales(None, tables()[1], 2026, HORIZON)
    assert base.segments == ("all",)
    whole = replace(made(), base=base)
    assert np.isfinite(cash.simulate(whole, cash.draw(whole, 50, 1)).npv).all()


def test_bad_input_is_refused_by_name() -> None:
    parts, whole = tables(4)
    with pytest.raises(DataError, match=r"part_paths.*New customers' is missing"):
        sales.base_sales(parts.drop(columns="sales: New customers"), whole, None, HORIZON)
    broken = parts.copy()
    broken.loc[15, "sales: New customers"] = np.nan
    with pytest.raises(DataError, match="path 1, 2026-02: nan"):
        sales.base_sales(broken, whole, None, HORIZON)
    with pytest.raises(DataError, match="path 3 has 11 months"):
        sales.base_sales(parts, whole.iloc[:-1], None, HORIZON)
    late = replace(CATALOGUE, items=(replace(CATALOGUE.items[1], needs=(), ready_months=30),))
    with pytest.raises(ParameterError, match="lever search: ready after 30 months, beyond the horizon of 30"):
        replace(made(), levers=late, decision=plan.Decision.full(late, HORIZON))
    with pytest.raises(ParameterError, match="delay of up to 31 months"):
        replace(SETTINGS, delay_months=(0.0, 2.0, 31.0))
    scores = cash.draw(made(), 3, 1)
    scores[1, 4] = np.inf
    with pytest.raises(ParameterError, match=r"draw 1, variable referral\.works: score is not finite"):
        cash.values(made(), scores)
    for scenario, told in (
        (many.Scenario("s", "S", "x", scales={"serach.cost": 2.0}),
         "scenario s: no variable 'serach.cost'; close: search.cost"),
        (many.Scenario("s", "S", "x", windows={"margin": (0.2, 1.2)}), "scenario s: window 0.2 to 1.2"),
        (many.Scenario("s", "S", "x", scales={"margin": -1.0}), "scenario s: scale -1"),
    ):
        with pytest.raises(ParameterError, match=told.replace("'", ".")):
            many.run(made(), [scenario], 10, 1)
    with pytest.raises(ParameterError, match="no measure 'profit'"):
        many.run(made(), [], 10, 1, ("profit",))
    circle = replace(CATALOGUE, items=(lever("a", needs=("b",)), lever("b", needs=("a",))))
    with pytest.raises(ParameterError, match="a -> b -> a"):
        plan.needed_first(circle.items)
    assert isinstance(made().budget_factor, Fixed)
