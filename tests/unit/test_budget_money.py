"""Sizes, reserve, gates, owning or buying in, people, audits, research, marketing: against slow or exact answers."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom

from conftest import small_orders
from ecomplan.claims import load_claims
from ecomplan.errors import DataError, ParameterError
from ecomplan.investment.budget import (
    accuracy,
    archetypes,
    assumptions,
    audit,
    capital,
    gates,
    intensity,
    ownership,
    reserve,
    society,
    talent,
)
from ecomplan.investment.engine.budget import read_budget, spending_table
from ecomplan.investment.engine.levers import load_levers
from ecomplan.investment.engine.margins import Pert

ROOT = Path(__file__).parents[2]
CLAIMS = load_claims(ROOT / "claims")
BUDGET = read_budget(CLAIMS)
ASSUMED = assumptions.load_assumptions(ROOT / "claims", CLAIMS)
LEVERS = load_levers(ROOT / "claims", CLAIMS)
DRAWS = 4000


def fixed(**values: float) -> assumptions.Assumptions:
    """The assumptions with some of them known."""
    known = {key: assumptions.Assumption(low=value, likely=value, high=value, unit="-", reason="known in a test")
             for key, value in values.items()}
    return assumptions.Assumptions(ASSUMED.archetypes, ASSUMED.ranges | known)


@pytest.fixture(scope="module")
def shop() -> tuple[pd.DataFrame, pd.DataFrame]:
    raw = small_orders()
    sold = raw[raw["Pieces"] > 0].assign(amount=lambda part: part["Pieces"] * part["Price"])
    orders = sold.groupby("Order").agg(
        time=("When", "min"), customer_id=("Customer", "first"), country=("Country", "first"),
        amount=("amount", "sum")).reset_index()
    orders["time"] = pd.to_datetime(orders["time"])
    orders.loc[orders.index % 7 == 0, "customer_id"] = None
    month = pd.date_range("2023-12-01", "2025-11-30").to_period("M").to_timestamp()
    return orders, pd.DataFrame({"month": month, "in_full_month": True})


def test_the_platform_is_its_last_year(shop):
    orders, calendar = shop
    own = archetypes.platform(orders, calendar, 2.0)
    last = orders[(orders["time"] >= "2024-12-01") & (orders["time"] < "2025-12-01")]
    assert own.orders == len(last) and own.sales_cny == pytest.approx(2 * last["amount"].sum())
    with pytest.raises(DataError, match="no full month"):
        archetypes.platform(orders, calendar.assign(in_full_month=False), 2.0)
    with pytest.raises(DataError, match="no sales"):
        archetypes.platform(orders.iloc[:0], calendar, 2.0)


def test_amounts_fit_where_they_weigh_something_and_not_too_much(shop):
    told = archetypes.told(CLAIMS, 4.0, 250_000)
    own = archetypes.Platform(90e6, 20_000)
    frame = archetypes.fits(told, ASSUMED, own, 0.3, 0.005, 0.1)
    plan = frame[frame["amount"] == "plan"].set_index("id")
    assert plan.loc["middle", "share_of_sales"] == pytest.approx(6.5e6 / 3 / 150e6)
    assert plan["verdict"].to_dict() == {"small": "too large", "middle": "fits", "large": "too small", "own": "fits"}
    servers = next(item for item in told if item.id == "ai_servers")
    assert (servers.low_cny, servers.high_cny) == (20e6, 80e6)  # oddity o34
    assert archetypes.nearest(ASSUMED, 90e6, "sales").id == "middle"
    assert archetypes.nearest(ASSUMED, 20_000, "orders").id == "small"
    assert set(archetypes.by_figure(frame)["figure"]) == {item.name for item in told}


def test_costs_scale_with_the_exponent():
    told = next(item for item in archetypes.told(CLAIMS, 4.0, 250_000) if item.id == "data_platform")
    large = ASSUMED.archetypes[-1]
    same = large.model_copy(update={"sales_cny_m": assumptions.Size(low=3000, likely=3000, high=3000)})
    rng = np.random.default_rng(1)
    found = archetypes.scaled(told, same, fixed(scale_exponent=0.6), 30e6, 100, rng)
    assert found.value == found.low == found.high == pytest.approx(50e6 * 0.01 ** 0.6)


def test_capital_is_an_annuity_with_upkeep():
    told = archetypes.told(CLAIMS, 4.0, 250_000)
    found = capital.plan(told, fixed(life_years=4.0, upkeep_share=0.1), 0.1, DRAWS, np.random.default_rng(1))
    assert (found.low_cny, found.high_cny) == (72e6, 134e6)
    paid = capital.annuity(0.1, 4.0)
    assert sum(paid / 1.1 ** year for year in (1, 2, 3, 4)) == pytest.approx(1)
    assert capital.annuity(0.0, 4.0) == pytest.approx(0.25)
    mean = (found.low_cny + found.high_cny) / 2 * (paid + 0.1)
    assert abs(found.yearly_cny.mean() - mean) < 4 * found.yearly_cny.std() / np.sqrt(DRAWS)


def test_overruns_have_the_mean_of_their_pert_and_add_up():
    ratio = Pert(0.9, 1.1, 2.0)
    rng = np.random.default_rng(1)
    alone, together = (reserve.overrun(BUDGET, ratio, rho, DRAWS, rng) for rho in (0.0, 0.9))
    for found in (alone, together):
        assert found.planned[-1] == pytest.approx(1)
        assert abs(found.whole.mean() - (ratio.mean - 1)) < 4 * found.whole.std() / np.sqrt(DRAWS)
    weight = np.outer([0.3, 0.4, 0.3], np.array([0.35, 0.30, 0.25]) / 0.9)
    assert alone.whole.std() == pytest.approx(ratio.sd * np.sqrt((weight ** 2).sum()), rel=0.05)
    assert together.whole.std() > 2 * alone.whole.std()
    size = reserve.needed(together, 0.8)
    assert reserve.chance(together, size) == pytest.approx(0.8, abs=0.01)
    table = reserve.sizes_table(together, BUDGET, CLAIMS)
    assert (table["chance_in_step"] <= table["chance"]).all() and table["chance"].is_monotonic_increasing


def test_cash_ends_at_the_budget_and_its_overruns():
    found = reserve.overrun(BUDGET, Pert(0.9, 1.1, 2.0), 0.3, DRAWS, np.random.default_rng(1))
    cash = reserve.cash_table(found, BUDGET, spending_table(BUDGET, CLAIMS, 9.2), 9.2)
    planned = 0.9 * 6.5e6 / 9.2
    assert cash["planned"].iloc[-1] == cash["by_year"].iloc[-1] == pytest.approx(planned)
    assert cash["median"].iloc[-1] == pytest.approx(planned * (1 + np.median(found.whole)))
    none = reserve.overrun(BUDGET, Pert(1.0, 1.0, 1.0), 0.3, 100, np.random.default_rng(1))
    assert reserve.chance(none, 0.0) == 1 and reserve.needed(none, 0.9) == 0


def test_noise_of_orders_counts_customers(shop):
    orders, calendar = shop
    found = gates.volume(orders, calendar)
    last = orders[(orders["time"] >= "2025-06-01") & (orders["time"] < "2025-12-01")]
    times = last["customer_id"].value_counts()
    alone = last["customer_id"].isna().sum()
    assert found.inflation(6) == pytest.approx(((times ** 2).sum() + alone) / len(last))
    assert found.precision(48) == pytest.approx(2 * found.precision(24))  # scaled up beyond the records
    singles = gates.Volume(np.zeros(1000, int), np.full(1000, -1), 1)
    assert singles.precision(1) == pytest.approx(250)  # two arms of 500: 1 / (1/500 + 1/500)
    lift = gates.detectable(singles, 1, 0.1)
    seen = np.random.default_rng(1).poisson([500 * np.exp(lift), 500], (20_000, 2))
    passed = np.log(seen[:, 0] / seen[:, 1]) > 1.2816 / np.sqrt(250)
    assert passed.mean() == pytest.approx(0.8, abs=0.015)


def test_gates_spend_and_earn_as_a_slow_sum_does(shop):
    found = gates.volume(*shop)
    rng = np.random.default_rng(1)
    truth = gates.draw_truth(ASSUMED, 0.5, (0.2, 0.3, 0.4), DRAWS, rng)
    made = gates.course(BUDGET, truth, found, 6, 1e6, 1e5, 0.1)
    factor = 1.1 ** (-1 / 12)
    late = sum(3e4 / 12 * factor ** month for month in range(31, 43))  # the last tranche, six months later
    assert made.cost[2] == pytest.approx(late)
    one = replace(truth, lift=np.full(DRAWS, 0.1), margin=np.full(DRAWS, 0.3), years=np.full(DRAWS, 2.0))
    earned = gates.course(BUDGET, one, found, 6, 1e6, 1e5, 0.0).benefit
    assert earned[0] == pytest.approx(0.1 * 1e6 * 0.3 * 2 * np.array([0.3, 0.4, 0.3]))
    assert made.value(np.inf, np.inf).mean() == pytest.approx((made.benefit[:, 0] - made.cost[0]).mean())
    assert made.spent(-np.inf, -np.inf) == pytest.approx(np.full(DRAWS, made.cost.sum()))


def test_a_gate_errs_as_told_and_the_best_rule_is_best(shop):
    found = gates.volume(*shop)
    truth = gates.draw_truth(fixed(lift_if_works=0.3), 0.4, (0.2, 0.3, 0.4), DRAWS, np.random.default_rng(1))
    written, six = (gates.course(BUDGET, truth, found, look, 2e6, 3e5, 0.1) for look in (0, 6))
    rules = gates.rules_table(written, [six], found, BUDGET, 0.1, 0.3)
    assert gates.pick(rules, "Test", 6, "false_release") == pytest.approx(0.1)
    limit = 1.2816 / np.sqrt(found.precision(6))
    go = six.seen[:, 0] > limit
    assert go[truth.lift == 0].mean() == pytest.approx(0.1, abs=0.03)
    assert (~go)[truth.lift > 0].mean() == pytest.approx(gates.pick(rules, "Test", 6, "wrong_stop"), abs=0.05)
    best = gates.pick(rules, "Best rule", 6, "value")
    for first in (-np.inf, 0.0, limit, np.inf):
        assert best >= six.value(first, first).mean() - 0.01 * abs(best)
    assert rules["saved"].iloc[0] == 0 and not rules.isna().any().any()


def slow_cost(machines: float, fee: float, upkeep: float, rate: float, months: int) -> tuple[list[float], list[float]]:
    own, lease, factor = [machines], [0.0], 1.0
    for _ in range(months):
        factor /= (1 + rate) ** (1 / 12)
        own.append(own[-1] + upkeep * factor)
        lease.append(lease[-1] + fee * factor)
    return own, lease


def test_owning_costs_what_a_slow_sum_does():
    known = fixed(infrastructure_share=0.5, upkeep_share=0.12, resale_share=0.0, lease_fee_share=0.4, custom_share=0.5,
                  foreign_upkeep_share=0.2, outsource_rate=0.7, oversight_share=0.1, transition_months=2.0)
    budget = replace(BUDGET, total_low_cny=6e6, total_high_cny=6e6)
    found = ownership.compare(budget, known, 0.1, 3, np.random.default_rng(1))
    machines = 6e6 * 0.35 * 0.5 / (1 + 0.12 * 3)
    own, lease = slow_cost(machines, machines * 0.4 / 12, machines * 0.12 / 12, 0.1, 120)
    assert found.own["machines"] == pytest.approx(np.full(3, own[36]))
    assert found.option["lease"] == pytest.approx(np.full(3, lease[36]))
    turn = next(month for month in range(121) if lease[month] >= own[month])
    assert found.break_even["lease"].tolist() == [turn] * 3
    pay = 6e6 * 0.30 / 36
    saved = (found.own["labour"] - found.option["outsource"])[0]
    factor = [1.1 ** (-month / 12) for month in range(1, 37)]
    assert saved == pytest.approx(pay * (0.2 * sum(factor) - 2 * factor[0]))
    fee = ownership.implied_fee(found, CLAIMS, known, 0.1)
    at = ownership.compare(budget, fixed(**{key: item.likely for key, item in known.items()} | {
        "lease_fee_share": fee}), 0.1, 3, np.random.default_rng(1))
    assert at.change_of_part("lease")[0] == pytest.approx(-0.6)


def test_cuts_add_up_over_parts_and_cannot_all_be_of_the_whole():
    found = ownership.compare(BUDGET, ASSUMED, 0.1, DRAWS, np.random.default_rng(1))
    each = sum(found.change_of_total(name) for name in ownership.OPTIONS)
    assert each == pytest.approx(found.change_of_total(*ownership.OPTIONS))
    table = ownership.combinations_table(found, CLAIMS)
    assert table["claimed_sum"].iloc[-1] == pytest.approx(1.5)
    assert (table["verdict"] == "cannot hold").tolist() == [False, False, False, True, True, False, True]
    assert (table["of_parts"] < 0.6).all() and not table.isna().any().any()


def test_training_breaks_even_at_the_stay_told():
    known = fixed(**{key: ASSUMED[key].likely for key in (
        "recruiting_share", "settling_years", "attrition", "trained_pay", "output_while_training",
        "training_finished")})
    found = talent.choose(CLAIMS, known, 250_000, 5, np.random.default_rng(1))
    stay, tries = found.stay_months[0] / 12, 1 / known["training_finished"].likely
    fee = 0.25 * 1.8 * 250_000
    cost = tries * (0.4 * fee + 250_000) + 1.4 * 250_000 * stay
    work = stay + tries * known["output_while_training"].likely
    assert cost / work == pytest.approx(found.hired[0])
    assert talent.reading_of_whole(CLAIMS) == pytest.approx(0.72)
    dear = talent.choose(CLAIMS, fixed(trained_pay=1.8 * 1.3), 250_000, DRAWS, np.random.default_rng(1))
    assert talent.chance_training(dear) < 0.1 and talent.break_even_months(dear).value is None


def test_a_ledger_spends_the_budget_and_ties_less_when_asked_strictly():
    wide, strict = (audit.ledger(LEVERS, BUDGET, 250_000, 36, in_orders_only=only) for only in (False, True))
    for frame in (wide, strict):
        assert frame["spend"].sum() == pytest.approx(BUDGET.total_mid_cny)
        spent = frame.groupby("line")["spend"].sum() / BUDGET.total_mid_cny
        assert spent.to_dict() == pytest.approx(BUDGET.shares)
    loose, tight = (audit.audit(frame, 0.85) for frame in (wide, strict))
    assert tight.share < loose.share <= 0.9 and "Reserve" in set(loose.exceptions["item"])
    assert audit.without_reserve(loose) == pytest.approx(loose.share / 0.9)
    assert (loose.by_month["share"] * loose.by_month["spend"]).sum() == pytest.approx(loose.share * 6.5e6)


@pytest.mark.parametrize(("spoil", "message"), [
    (lambda frame: frame.drop(columns="tied"), "lacks column tied"),
    (lambda frame: frame.iloc[:0], "empty"),
    (lambda frame: frame.assign(spend=[1.0, -2.0]), "row 1: spend = -2 is refused"),
    (lambda frame: frame.assign(spend=[np.nan, 2.0]), "row 0: spend = nan is refused"),
    (lambda frame: frame.assign(tied=[True, None]), "row 1: tied is empty"),
    (lambda frame: frame.assign(spend=[0.0, 0.0]), "spends nothing"),
])
def test_a_ledger_that_cannot_be_is_refused(spoil, message):
    frame = pd.DataFrame({"month": [1, 2], "item": ["a", "b"], "line": ["tech", "people"], "spend": [1.0, 2.0],
                          "tied": [True, False]})
    assert audit.audit(frame, 0.3).share == pytest.approx(1 / 3) and audit.audit(frame, 0.3).passed
    with pytest.raises(DataError, match=message):
        audit.audit(spoil(frame), 0.3)


def test_audits_err_as_the_binomial_says():
    table = audit.intervals_table(0.85, 0.92, 0.75, 1200, 0.2)
    rare = table[table["limit"] == "few false alarms"]
    assert (rare["false_alarm_year"] <= 0.2 + 1e-12).all()
    for row in table.itertuples():
        audits = audit.INTERVALS[row.audit]
        below = round(row.alarm_below * row.vouchers)
        quiet = 1 - binom.cdf(below - 1, row.vouchers, 0.92)
        assert row.false_alarm_year == pytest.approx(1 - quiet ** audits)
        one_more = 1 - (1 - binom.cdf(below, row.vouchers, 0.92)) ** audits
        assert row.limit == "the floor" or one_more > 0.2
    drift = np.random.default_rng(1)
    size, below = int(rare["vouchers"].iloc[1]), rare["alarm_below"].iloc[1]
    seen = drift.binomial(size, 0.75, (20_000, 12)) / size < below
    first = seen.argmax(axis=1)
    start = drift.random(20_000)  # the drift falls anywhere between two audits
    assert ((first + 1 - start) * 52 / 12).mean() == pytest.approx(rare["weeks_to_see"].iloc[1], rel=0.05)


def test_every_curve_goes_through_the_told_point_and_stays_in_bounds():
    low, high = accuracy.bounds(CLAIMS)
    for floor, ceiling in ((0.0, 0.83), (0.45, 0.93), (0.7, 1.0), (0.0, 1.0)):
        assert accuracy.curve(0.35, floor, ceiling, CLAIMS) == pytest.approx(0.82)
        assert accuracy.curve(0.0, floor, ceiling, CLAIMS) == pytest.approx(floor)
        assert low < accuracy.curve(0.20, floor, ceiling, CLAIMS) < high
    usual, gained = accuracy.spread(CLAIMS, ASSUMED, DRAWS, np.random.default_rng(1))
    assert gained.value == pytest.approx(0.82 - usual.value)


def test_the_best_intensity_is_where_the_curve_is_highest():
    known = fixed(sales_elasticity=0.2)
    found = intensity.draw(CLAIMS, known, (0.3, 0.3, 0.3), 10, np.random.default_rng(1))
    assert intensity.best(found).value == pytest.approx(0.06)  # Dorfman & Steiner: margin x elasticity
    curve = intensity.curve(found, 100.0, 0.05)
    assert curve["intensity"].iloc[curve["profit_share"].argmax()] == pytest.approx(0.06)
    spend, sales = 0.05 * 1.3, 1.3 ** 0.2  # spending up by 30 %: another way to a point of the curve
    at = np.interp(spend / sales, curve["intensity"], curve["profit_share"])
    assert at == pytest.approx(0.3 * sales - spend, rel=3e-3)
    assert curve.loc[curve["intensity"] > 0.3, "chance_loss"].eq(1).all()
    assert intensity.break_even_after(found).value == pytest.approx(0.3 * 0.82)
    with pytest.raises(ParameterError, match="expected above 0"):
        intensity.curve(found, 100.0, 0.0)


def test_orders_that_could_share_a_parcel_are_counted(shop):
    orders, _ = shop
    slow = 0
    known = orders.dropna(subset="customer_id")
    for _, part in known.groupby("customer_id"):
        times = sorted(part["time"])
        slow += sum(later - earlier <= pd.Timedelta(days=2) for earlier, later in pairwise(times))
    assert society.combinable(orders, 2) == pytest.approx(slow / len(known))
    assert society.combinable(orders.assign(customer_id=None), 2) is None
    table = society.indicators(orders.assign(customer_id=None), 2000.0, CLAIMS, ASSUMED, 2)
    assert not table.isna().any().any() and (table["value"] == "unknown").sum() == 3
