"""Lifetime: likelihoods, expectations, clocks, survival, value, and what bad input says."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import dblquad, quad
from scipy.special import betaln, gammaln, hyp2f1

from ecomplan.behaviour.lifetime import calibration, cohorts, counts, documents, next_order, pace, survival, value
from ecomplan.behaviour.lifetime.bgnbd import BgNbd
from ecomplan.behaviour.lifetime.clock import EVEN, Clock, calendar_index
from ecomplan.behaviour.lifetime.fit import fit, parameter_table
from ecomplan.behaviour.lifetime.futures import simulate_orders
from ecomplan.behaviour.lifetime.gamma_gamma import GammaGamma, Values
from ecomplan.behaviour.lifetime.held_out_value import held_out_value
from ecomplan.behaviour.lifetime.pareto_nbd import ParetoNbd
from ecomplan.behaviour.statistics import kaplan_meier
from ecomplan.claims import load_claims
from ecomplan.errors import DataError

CLAIMS = load_claims(Path(__file__).parents[2] / "claims")
BG = BgNbd(0.7, 8.0, 0.6, 2.4)
PARETO = ParetoNbd(0.6, 9.0, 0.7, 12.0)
START, END = pd.Timestamp("2023-12-01"), pd.Timestamp("2025-12-01")
ROWS = [(0, 0.0, 30.0), (1, 4.0, 30.0), (3, 28.0, 30.0), (12, 20.0, 52.0)]


def one(*row):
    return tuple(np.array([float(part)]) for part in row)


def shop(customers=400, seed=1, drift=-0.3, end=END):
    """Occasions of BG/NBD customers in a season, with a pace."""
    rng = np.random.default_rng(seed)
    clock = Clock(START, tuple(1 + 0.4 * np.sin(2 * np.pi * (np.arange(12) - 6) / 12)), drift)
    days = pd.date_range(START, end, freq="D")
    passed = clock.weeks(pd.DatetimeIndex(days))
    rows = []
    for customer in range(customers):
        rate, leave, worth = rng.gamma(1.0) / 6, rng.beta(0.5, 4), 300 / rng.gamma(4)
        at = float(passed[rng.integers(len(days) - 60)])
        while at < passed[-1]:
            rows.append((f"{customer:016x}", days[np.searchsorted(passed, at, side="right") - 1], worth * rng.gamma(2)))
            at += rng.exponential(1 / rate)
            if rng.random() < leave:
                break
    frame = pd.DataFrame(rows, columns=["customer_id", "time", "amount"])
    return counts.occasions(frame[frame["time"] < end], end)


SHOP = shop()


# likelihoods


def bg_integral(model, x, last, age):
    """The likelihood of one customer, integrated over the rate and the chance to leave."""
    r, alpha, a, b = model.r, model.alpha, model.a, model.b

    def density(p, rate):
        prior = np.exp(r * np.log(alpha) + (r - 1) * np.log(rate) - rate * alpha - gammaln(r))
        prior *= np.exp((a - 1) * np.log(p) + (b - 1) * np.log1p(-p) - betaln(a, b))
        stay = (1 - p) ** x * rate**x * np.exp(-rate * age)
        left = p * (1 - p) ** (x - 1) * rate**x * np.exp(-rate * last) if x else 0.0
        return prior * (stay + left)

    return dblquad(density, 0, 4, 1e-12, 1 - 1e-12, epsabs=1e-14, epsrel=1e-6)[0]


@pytest.mark.parametrize("row", [(0, 0.0, 10.0), (2, 4.0, 10.0)])
def test_bg_likelihood_equals_the_integral(row):
    model = BgNbd(1.5, 6.0, 1.4, 2.4)
    slow = bg_integral(model, *row)
    rows = counts.Counts(*one(*row), np.ones(1), np.zeros(1, dtype=np.int64))
    assert np.exp(model.log_likelihood(np.log([1.5, 6.0, 1.4, 2.4]), rows)[0]) == pytest.approx(slow, rel=1e-4)


@pytest.mark.parametrize("model", [PARETO, ParetoNbd(0.8, 14.0, 1.6, 3.0), ParetoNbd(2.0, 5.0, 0.3, 400.0)])
@pytest.mark.parametrize("row", [*ROWS, (150, 100.0, 104.0)])
def test_pareto_likelihood_equals_integral_and_hypergeometric(model, row):
    """Against quadrature over the time of leaving and, where it can be computed, the published 2F1 form."""
    x, last, age = row
    r, alpha, s, beta = model.r, model.alpha, model.s, model.beta
    shared = gammaln(r + x) - gammaln(r) + r * np.log(alpha) + s * np.log(beta)
    top = -(r + x) * np.log(alpha + last)
    scaled = quad(lambda u: s * np.exp(-(r + x) * np.log(alpha + u) - top - (s + 1) * np.log(beta + u)), last, age,
                  epsabs=0, epsrel=1e-10, limit=200)[0]
    alive = np.exp(-(r + x) * np.log(alpha + age) - top - s * np.log(beta + age))
    rows = counts.Counts(*one(*row), np.ones(1), np.zeros(1, dtype=np.int64))
    got, _ = model.log_likelihood(np.log([r, alpha, s, beta]), rows)
    assert got == pytest.approx(shared + top + np.log(alive + scaled), abs=2e-7)
    assert model.alive(*one(*row))[0] == pytest.approx(alive / (alive + scaled), rel=1e-6)
    if x < 20:
        low, high, second = (beta, alpha, s + 1) if alpha >= beta else (alpha, beta, r + x)
        k = r + s + x
        form = [hyp2f1(k, second, k + 1, (high - low) / (high + t)) / (high + t) ** k for t in (last, age)]
        published = (alpha + age) ** -(r + x) * (beta + age) ** -s + s / k * (form[0] - form[1])
        assert got == pytest.approx(shared + np.log(published), abs=1e-6)


@pytest.mark.parametrize("kind", [BgNbd, ParetoNbd])
def test_gradient_and_weights(kind):
    """The analytic gradient equals differences; compressed rows equal the customers one by one."""
    rng = np.random.default_rng(2)
    x = rng.poisson(1.5, 300).astype(float)
    age = rng.integers(10, 40, 300).astype(float)
    last = np.where(x > 0, np.ceil(age * rng.integers(1, 5, 300) / 4), 0.0)
    rows = counts.compress(x, last, age)
    assert len(rows.x) < 300 and rows.customers == 300
    assert (rows.x[rows.row_of] == x).all() and (rows.last[rows.row_of] == last).all()
    raw = counts.Counts(x, last, age, np.ones(300), np.arange(300))
    theta = np.log([0.7, 8.0, 0.6, 2.4])
    assert kind.log_likelihood(theta, rows)[0] == pytest.approx(kind.log_likelihood(theta, raw)[0], rel=1e-12)
    gradient = kind.log_likelihood(theta, rows)[1]
    for at, move in enumerate(1e-6 * np.eye(4)):
        slope = (kind.log_likelihood(theta + move, rows)[0] - kind.log_likelihood(theta - move, rows)[0]) / 2e-6
        assert gradient[at] == pytest.approx(slope, rel=1e-4, abs=1e-4)


def test_gamma_gamma_gradient():
    rng = np.random.default_rng(2)
    values = Values(rng.integers(1, 9, 50).astype(float), rng.gamma(3, 20, 50))
    theta = np.log([2.0, 3.0, 40.0])
    gradient = GammaGamma.log_likelihood(theta, values)[1]
    for at, move in enumerate(1e-6 * np.eye(3)):
        slope = GammaGamma.log_likelihood(theta + move, values)[0] - GammaGamma.log_likelihood(theta - move, values)[0]
        assert gradient[at] == pytest.approx(slope / 2e-6, rel=1e-5, abs=1e-5)


# expectations


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 300), st.floats(0.02, 1), st.floats(1, 150), st.floats(0.5, 100), st.booleans())
def test_expectations_are_sane(x, share, age, t, bg):
    model = BG if bg else PARETO
    row = one(x, share * age if x else 0.0, age)
    alive, near, far = model.alive(*row)[0], model.expected(t, *row)[0], model.expected(2 * t, *row)[0]
    chance = model.next_order(t, *row)[0]
    assert 0 <= alive <= 1
    assert 0 <= near <= far
    assert 0 <= chance <= alive + 1e-9
    assert chance <= near + 1e-9  # one order at least is no likelier than orders are expected
    assert near <= alive * (model.r + x) / (model.alpha + age) * t * (1 + 1e-6)  # leaving takes orders away


@pytest.mark.parametrize("model", [BG, PARETO])
@pytest.mark.parametrize("row", [*ROWS, (60, 99.0, 100.0)])
def test_closed_forms_equal_simulation(model, row):
    past = tuple(np.full(40_000, float(part)) for part in row)
    orders = model.draw_orders(26.0, *past, np.random.default_rng(5))
    error = orders.std() / 200
    assert orders.mean() == pytest.approx(model.expected(26.0, *one(*row))[0], abs=5 * error + 1e-9)
    assert (orders > 0).mean() == pytest.approx(model.next_order(26.0, *one(*row))[0], abs=0.013)


def test_bg_expectation_stands_where_all_leave_with_the_same_chance():
    # a and b so large that the chance to leave is a / (a + b) for everyone; slow way: orders times chance to be there
    model, t = BgNbd(1.74, 23.4, 352.8, 162754.8), 250.0
    leave = model.a / (model.a + model.b)
    rates = np.linspace(1e-6, 1.5, 20_001)
    density = np.exp(model.r * np.log(model.alpha) + (model.r - 1) * np.log(rates) - model.alpha * rates
                     - gammaln(model.r))
    slow = np.trapezoid((1 - np.exp(-rates * leave * t)) / leave * density, rates)
    assert model.expected(t, *one(0, 0, 0))[0] == pytest.approx(slow, rel=1e-4)


def test_bg_expectation_equals_the_published_form():
    """Equation 10 as printed, with 2F1(r + x, b + x; a + b + x - 1)."""
    r, alpha, a, b = BG.r, BG.alpha, BG.a, BG.b
    for x, last, age in ROWS:
        t = 26.0
        power = ((alpha + age) / (alpha + age + t)) ** (r + x)
        form = (a + b + x - 1) / (a - 1) * (1 - power * hyp2f1(r + x, b + x, a + b + x - 1, t / (alpha + age + t)))
        form /= 1 + (x > 0) * a / (b + x - 1) * ((alpha + age) / (alpha + last)) ** (r + x)
        assert BG.expected(t, *one(x, last, age))[0] == pytest.approx(form, rel=1e-9)
    assert BgNbd(0.7, 8, 1.0, 2.4).expected(26.0, *one(2, 20, 30))[0] == pytest.approx(
        BgNbd(0.7, 8, 1.001, 2.4).expected(26.0, *one(2, 20, 30))[0], rel=1e-3,
    )


def test_gamma_gamma_weighs_own_against_all():
    model = GammaGamma(2.0, 4.0, 600.0)
    assert model.mean() == pytest.approx(400)
    assert model.expected(one(1e9)[0], one(70)[0])[0] == pytest.approx(70, rel=1e-6)
    assert 70 < model.expected(one(3)[0], one(70)[0])[0] < 400
    future, past, mean = (np.full(50_000, part) for part in (2.0, 3.0, 70.0))
    totals = model.draw_totals(future, past, mean, np.random.default_rng(1))
    assert totals.mean() == pytest.approx(2 * model.expected(one(3)[0], one(70)[0])[0], rel=0.02)
    with pytest.raises(DataError, match=r"q = 0\.9"):
        GammaGamma(2.0, 0.9, 600.0).mean()


# fits


@settings(max_examples=3, deadline=None)
@given(st.integers(0, 1000))
def test_fit_recovers_simulated_parameters(seed):
    rng = np.random.default_rng(seed)
    n, true = 3000, BG
    rate, leave = rng.gamma(true.r, 1 / true.alpha, n), np.maximum(rng.beta(true.a, true.b, n), 1e-9)
    age = rng.uniform(30, 80, n)
    orders = rng.geometric(leave)  # orders until leaving, the first order cannot be the last
    x, last = np.zeros(n), np.zeros(n)
    for customer in range(n):
        gaps = rng.exponential(1 / rate[customer], size=min(int(orders[customer]), 2000))
        times = np.cumsum(gaps)
        times = times[times <= age[customer]]
        x[customer], last[customer] = len(times), times[-1] if len(times) else 0.0
    found = fit(BgNbd, counts.compress(x, last, age), n)
    off = (found.theta - np.log([true.r, true.alpha, true.a, true.b])) / np.sqrt(np.diag(found.covariance))
    assert np.abs(off).max() < 4.5
    assert all(found.identified)
    table = parameter_table([found])
    assert (table["low"] < table["value"]).all() and (table["value"] < table["high"]).all()


def test_a_direction_without_curvature_is_not_identified():
    """Nobody leaves: a and b cannot be told, and no error is infinite or missing."""
    rng = np.random.default_rng(3)
    x = rng.poisson(rng.gamma(2, 3, 400)).astype(float)
    last = np.where(x > 0, 50 * rng.beta(np.maximum(x, 1), 1), 0.0)
    found = fit(BgNbd, counts.compress(x, last, np.full(400, 50.0)), 400)
    table = parameter_table([found])
    assert np.isfinite(table.select_dtypes("number").to_numpy()).all()
    assert table.set_index("parameter").loc["r", "identified"] == "yes"
    assert "no" in set(table["identified"])


# clocks


def test_clock_counts_weeks_season_and_pace():
    plain = Clock(START)
    assert plain.weeks(END) == pytest.approx((END - START).days / 7)
    double = Clock(START, (2.0,) + (10 / 11,) * 11)
    assert double.weeks(pd.Timestamp("2024-02-01")) - double.weeks(pd.Timestamp("2024-01-01")) == pytest.approx(62 / 7)
    slower = Clock(START, EVEN, -0.5)
    first, second = (float(slower.weeks(START + pd.Timedelta(days=at))) for at in (365, 730))
    assert (second - first) / first == pytest.approx(np.exp(-0.5), rel=0.01)
    with pytest.raises(DataError, match="within 30 years"):
        plain.weeks(pd.Timestamp("2090-01-01"))


def test_calendar_index_finds_the_season_and_not_the_fading():
    index = np.array(calendar_index(shop(1500, 4), END))
    assert np.argmax(index) in (8, 9, 10)
    assert index[8:11].mean() == pytest.approx(1.4, abs=0.15)
    assert index[2:5].mean() == pytest.approx(0.6, abs=0.12)
    assert calendar_index(SHOP, START + pd.DateOffset(months=6)) == EVEN


def test_pace_is_recovered_and_earlier_months_alone_decide():
    found = pace.with_pace(shop(1500, 5, drift=-0.4), END, Clock(START, calendar_index(SHOP, END)))
    low, high = (np.log1p(found.pace_percent()[name] / 100) for name in ("low", "high"))
    assert low - 0.15 < -0.4 < high + 0.15
    cut = pd.Timestamp("2025-06-01")
    a = pace.candidates(SHOP, cut)
    later = SHOP.assign(day=SHOP["day"].where(SHOP["day"] < cut, cut + pd.Timedelta(days=1)))
    b = pace.candidates(later, cut)
    assert [one.log_likelihood for one in a] == [one.log_likelihood for one in b]


# the shop through the whole stage


def test_held_out_table_and_totals_conserve():
    cut = pd.Timestamp("2025-06-01")
    found = pace.candidates(SHOP, cut)
    best = found[0]
    actual, expected = calibration.actual_orders(best, SHOP, cut, END), calibration.expected_orders(best, cut, END)
    known = SHOP[SHOP["customer_id"].isin(best.customers["customer_id"])]
    assert actual.sum() == (known["day"] >= cut).sum()
    drawn = simulate_orders(best, cut, END, 100, np.random.default_rng(1))
    for group, names in (calibration.frequency_group(best.past[0]), calibration.decile_group(expected)):
        table = calibration.by_group(group, names, actual, expected, drawn, 1)
        assert (table["customers"] * table["actual"]).sum() == pytest.approx(actual.sum())
        assert (table["customers"] * table["predicted"]).sum() == pytest.approx(expected.sum())
        assert (table["low"] <= table["predicted"]).all() and (table["predicted"] <= table["high"]).all()
    weeks = calibration.tracking([best], SHOP, cut, END)
    assert weeks["actual"].iloc[-1] == actual.sum()
    assert weeks[best.clock_name].iloc[-1] == pytest.approx(expected.sum())
    assert (np.diff(weeks[best.clock_name]) > 0).all()


def test_frequency_groups_cover_every_number():
    group, names = calibration.frequency_group(np.array([0.0, 1, 4, 5, 6, 7, 9, 10, 500]))
    assert [names[number] for number in group] == [
        "0", "1", "4", "5 to 6", "5 to 6", "7 to 9", "7 to 9", "10 or more", "10 or more",
    ]


@pytest.mark.parametrize(("error", "verdict"), [
    ((-2, -5, 1), "PASS"), ((8, 4, 12), "REVIEW"), ((14, 12, 16), "FAIL"), ((-14, -16, -12), "FAIL"),
])
def test_gate(error, verdict):
    assert calibration.gate(dict(zip(("value", "low", "high"), error, strict=True))) == verdict


def valued(margin=0.3, months=12, rate=0.1):
    now = pace.on_clock(BgNbd, pace.PLAIN, SHOP, END, Clock(START))
    net = SHOP.groupby("customer_id")["amount"].sum().rename("value").reset_index()
    customers = value.customer_values(now, net)
    worth = value.fit_values(customers)
    horizon = value.Horizon(END, months, rate)
    return now, worth, horizon, value.expected_value(now, customers, worth.model, horizon, margin)


def test_value_is_orders_times_value_times_margin():
    now, worth, horizon, customers = valued(rate=0.0)
    orders = now.model.expected(float(now.clock.weeks(horizon.ends[-1]) - now.clock.weeks(END)), *now.past)
    assert customers["expected_orders"].to_numpy() == pytest.approx(orders)
    assert customers["value"].to_numpy() == pytest.approx(orders * customers["order_value"].to_numpy() * 0.3)
    drawn = value.simulate_value(now, customers, worth, horizon, value.Margin(0.3, 0.3, 0.3), 200,
                                 np.random.default_rng(1))
    assert drawn.sum(axis=1).mean() == pytest.approx(customers["value"].sum(), rel=0.05)
    label = pd.Series(np.where(customers["x"] > 2, "high", "nurture"))
    table = value.by_group(customers, drawn, label, ["high", "nurture"], 1)
    assert table["total"].sum() == pytest.approx(customers["value"].sum())
    assert table["share"].sum() == pytest.approx(1)
    limited = value.with_limits(customers, drawn)
    assert (limited["low"] <= limited["high"]).all()


def test_value_moves_the_right_way():
    base = valued()[3]["value"].sum()
    assert valued(margin=0.4)[3]["value"].sum() > base
    assert valued(months=24)[3]["value"].sum() > base
    assert valued(rate=0.3)[3]["value"].sum() < base


def test_margin_is_pert():
    margin = value.Margin(0.25, 0.32, 0.45)
    drawn = margin.draw(100_000, np.random.default_rng(1))
    assert drawn.mean() == pytest.approx(margin.mean, abs=1e-3)
    assert drawn.min() >= 0.25 and drawn.max() <= 0.45


def test_held_out_value_counts_all_money():
    cut = pd.Timestamp("2025-06-01")
    best = pace.on_clock(BgNbd, pace.PLAIN, SHOP, cut, Clock(START))
    tested = held_out_value(best, SHOP, cut, 6, 100, np.random.default_rng(1))
    known = SHOP[SHOP["customer_id"].isin(best.customers["customer_id"]) & (SHOP["day"] >= cut)]
    assert tested.actual.sum() == pytest.approx(known["amount"].sum())
    table = tested.by_decile(1)
    assert (table["customers"] * table["actual"]).sum() == pytest.approx(tested.actual.sum())
    assert set(tested.customer_errors()) == {"model", "naive"}


# survival, cohorts, next order


def test_kaplan_meier_equals_statsmodels_and_hand():
    from statsmodels.duration.survfunc import SurvfuncRight

    rng = np.random.default_rng(1)
    days, seen = rng.integers(1, 60, 300).astype(float), rng.integers(0, 2, 300).astype(float)
    ours = kaplan_meier(days, seen)
    theirs = SurvfuncRight(days, seen)
    at = ours.set_index("time").loc[theirs.surv_times]
    assert at["waiting"].to_numpy() == pytest.approx(theirs.surv_prob)
    inner = (theirs.surv_prob > 0) & (theirs.surv_prob < 1)
    wide = 1.2815515655446 * theirs.surv_prob_se[inner] / (theirs.surv_prob[inner] * -np.log(theirs.surv_prob[inner]))
    assert at["low"].to_numpy()[inner] == pytest.approx(theirs.surv_prob[inner] ** np.exp(wide))
    # 1, 2+, 3, 4: 3/4, 3/4, 3/8, 0
    by_hand = kaplan_meier(np.array([1.0, 2, 3, 4]), np.array([1.0, 0, 1, 1]))
    assert by_hand["waiting"].tolist() == pytest.approx([1, 0.75, 0.75, 0.375, 0])
    assert np.isfinite(by_hand.to_numpy()).all()
    assert survival.median(by_hand)["value"] == 3


def test_nobody_orders_again_is_said():
    none = kaplan_meier(np.array([5.0, 9, 30]), np.zeros(3))
    assert np.isfinite(none.to_numpy()).all()
    assert survival.median(none)["value"] is None
    assert survival.at(none, 7, 1)["value"] == 0
    assert survival.at(none, 365, 1)["value"] is None


def test_hazard_counts_events_once():
    days, seen = np.array([1.0, 7, 8, 14, 20, 30]), np.array([1.0, 1, 1, 0, 1, 0])
    table = survival.hazard(days, seen, 4, 1)
    assert table["events"].tolist() == [2, 1, 1, 0]
    assert table["hazard"].iloc[0] == pytest.approx(2 / 6)
    assert table["at_risk"].iloc[1] == pytest.approx(3.5)  # one left sight within the week


def test_retention_equals_a_loop():
    table = cohorts.retention(SHOP, 5)
    assert (table["customers"] >= 5).all()
    month = SHOP["day"].dt.to_period("M")
    first = month.groupby(SHOP["customer_id"]).transform("min")
    for row in table.sample(20, random_state=1).to_dict("records"):
        own = first == pd.Period(row["cohort"], "M")
        active = SHOP.loc[own & (month == pd.Period(row["cohort"], "M") + row["month_number"]), "customer_id"].nunique()
        assert row["active"] == pytest.approx(active / SHOP.loc[own, "customer_id"].nunique())
    assert (table.loc[table["month_number"] == 0, "active"] == 1).all()


def test_gaps_and_curves():
    gaps = next_order.gaps(SHOP, START, END)
    assert len(gaps) == len(SHOP)
    assert gaps["ordered"].sum() == len(SHOP) - SHOP["customer_id"].nunique()
    assert (gaps["gap_days"] > 0).all()
    table = next_order.curves(gaps, 365, 10)
    assert table.groupby("so_far")["ordered"].apply(lambda part: part.is_monotonic_increasing).all()
    late = cohorts.newcomers_from(SHOP, 6, END)
    assert next_order.gaps(SHOP, late, END)["customer_id"].nunique() < SHOP["customer_id"].nunique()


def test_orders_of_one_day_are_one_occasion():
    time = pd.to_datetime(["2024-01-05 09:00", "2024-01-05 17:00", "2024-02-05 09:00", "2024-03-01 09:00"])
    orders = pd.DataFrame({"time": time, "customer_id": ["a", "a", "a", None], "amount": [1.0, 2.0, 3.0, 4.0]})
    found = counts.occasions(orders, END)
    assert found["amount"].tolist() == [3.0, 3.0]
    assert counts.histories(found, END)["x"].tolist() == [1]


# the documents


def test_baseline_and_claims():
    year, ever = {"value": 0.4, "low": 0.38, "high": 0.42}, {"value": 0.6, "low": 0.58, "high": 0.62}
    table = documents.baseline(CLAIMS, year, ever).set_index("key")
    assert table.loc["s2_crm_repurchase_lift", "told_to"] == pytest.approx(52)
    assert table.loc["s3_repurchase_apparel_case", ["told_from", "told_to"]].tolist() == [42, 28]
    uses = documents.repurchase_readings(table.reset_index())
    assert {use["key"] for use in uses} <= set(CLAIMS)
    assert "already above" in next(use["reading"] for use in uses if use["key"] == "s2_repurchase_target")
    unknown = {"value": None, "unknown": "short"}
    assert (documents.baseline(CLAIMS, unknown, ever)["measured"] == 60).all()
    shares = dict.fromkeys((1, 7), unknown)
    assert all("observed" not in use for use in documents.retention_readings(shares, unknown))
    without = documents.value_readings(CLAIMS, unknown, unknown, 9.2)
    assert without[0]["verdict"] == "not testable"


# bad input


def test_customers_with_one_order_only():
    with pytest.raises(DataError, match="none of 3 customers ordered twice"):
        counts.compress([0, 0, 0], [0, 0, 0], [5, 9, 20])


def test_impossible_counts_name_the_row():
    with pytest.raises(DataError, match="row 1: x = 2, last = 9, age = 5"):
        counts.compress([1, 2], [3, 9], [5, 5])


def test_a_single_month():
    days = pd.date_range("2025-11-01", "2025-11-30")
    calendar = pd.DataFrame({"month": [pd.Timestamp("2025-11-01")] * len(days), "in_full_month": True})
    with pytest.raises(DataError, match=r"1 full months; lifetime\.holdout_months = 6"):
        calibration.cut_date(calendar, 6)


def test_all_orders_returned():
    now = pace.on_clock(BgNbd, pace.PLAIN, SHOP, END, Clock(START))
    net = pd.DataFrame({"customer_id": now.customers["customer_id"], "value": 0.0})
    with pytest.raises(DataError, match="above 0 after returns"):
        value.fit_values(value.customer_values(now, net))


def test_no_known_customer_and_no_newcomer():
    orders = pd.DataFrame({"time": [START], "customer_id": [None], "amount": [1.0]})
    with pytest.raises(DataError, match="no order with a customer_id"):
        counts.occasions(orders, END)
    with pytest.raises(DataError, match="burn_in_months = 24"):
        cohorts.newcomers_from(SHOP, 24, END)


def test_newcomers_too_few_are_unknown():
    now, worth, horizon, _ = valued()
    few = SHOP[SHOP["customer_id"] == SHOP["customer_id"].iloc[0]].head(1)
    net = SHOP.groupby("customer_id")["amount"].sum().rename("value").reset_index()
    found = value.newcomers(now, few, net, horizon, value.Margin(0.3, 0.3, 0.3), 10, np.random.default_rng(1))
    assert found["value"] is None and "cannot be modelled" in found["unknown"]
    assert worth.customers > 0


def test_small_groups_are_not_shown():
    with pytest.raises(DataError, match="min_group = 1000"):
        cohorts.retention(SHOP, 1000)
