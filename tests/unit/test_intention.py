"""Intention: the stated truth, the simulated survey, returns, corrected conversion, bad input."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ecomplan.behaviour.intention import claims, correction, recovery, survey, truth
from ecomplan.claims import load_claims
from ecomplan.errors import DataError, ParameterError
from ecomplan.params import load_params

ROOT = Path(__file__).parents[2]
P = load_params(ROOT / "params.yaml").intention
DAY = pd.Timestamp("2025-01-01")


def shop(customers=40, seed=3):
    """Orders over 300 days; every fifth has something sent back after ten days, one is undone, one comes back late."""
    rng = np.random.default_rng(seed)
    orders, lines = [], []
    for number in range(customers * 4):
        when = DAY + pd.Timedelta(days=float(number % 150) * 2)
        order = f"A{number}"
        prices = rng.uniform(1, 9, 2)
        orders.append((order, when, f"{number % customers:016x}", 4, float(prices.sum() * 2)))
        lines += [(2 * number + at, order, when, "sale", float(2 * price), None) for at, price in enumerate(prices)]
        if number % 5 == 0:
            lines.append((10_000 + number, f"C{number}", when + pd.Timedelta(days=10), "return", -2 * prices[0],
                          2 * number))
    lines.append((20_000, "C", DAY + pd.Timedelta(days=3), "return", -lines[1][4], 1))
    late = next(line for line in lines if line[1] == "A3")
    lines.append((20_001, "L", late[2] + pd.Timedelta(days=200), "return", -1.0, late[0]))
    lines.append((20_002, "U", DAY, "return", -5.0, None))
    names = ["line_id", "order_id", "time", "kind", "amount", "matched_line_id"]
    frame = pd.DataFrame(lines, columns=names).astype({"matched_line_id": "Int64"})
    return pd.DataFrame(orders, columns=["order_id", "time", "customer_id", "items", "amount"]), frame


def test_survey_has_the_covariance_that_the_truth_implies():
    stated = truth.truth_of(P)
    answers = survey.simulate(stated, 200_000, np.random.default_rng(1))
    np.testing.assert_allclose(answers.cov(), survey.covariance(stated), atol=0.012)
    np.testing.assert_allclose(np.diag(survey.covariance(stated)), 1)


def test_repeated_surveys_are_unbiased_and_hold_the_truth():
    """Means within four standard errors of the truth; 80 % intervals hold it in about that share."""
    stated = truth.truth_of(P)
    repeated = recovery.repeat(stated, 1000, 30, np.random.default_rng(2))
    assert (repeated.table["bias"].abs() < 4 * 0.045 / np.sqrt(30)).all()
    assert 0.68 < repeated.coverage()["value"] < 0.92


def test_anxiety_interval_against_repeated_surveys():
    """Sobel's interval, which takes estimates as independent, is about as wide as the estimates really spread."""
    stated = truth.truth_of(P)
    rng = np.random.default_rng(4)
    totals = [survey.anxiety_total(survey.fit(survey.simulate(stated, 1000, rng))) for _ in range(25)]
    values = np.array([total["value"] for total in totals])
    half = np.mean([total["high"] - total["low"] for total in totals]) / 2
    assert np.mean(values) == pytest.approx(stated.anxiety_total, abs=0.04)
    assert 0.6 < half / (1.2816 * values.std(ddof=1)) < 1.6


def test_impossible_truths_are_refused():
    with pytest.raises(ParameterError, match="cannot hold together"):
        truth.truth_of(P.model_copy(update={"antecedent_correlation": -0.4, "anxiety_correlation": 0.9}))
    with pytest.raises(ParameterError, match="variance of intention"):
        truth.truth_of(P.model_copy(update={"attitude_weight": 0.9, "control_weight": 0.6}))


def test_order_returns_against_a_slow_count():
    orders, lines = shop()
    table = correction.order_returns(orders, lines, 90, 0.95)
    last = lines["time"].max()
    kept = orders.sort_values("time", kind="stable")
    slow = []
    for order in kept.itertuples():
        if order.time > last - pd.Timedelta(days=90):
            continue
        mine = set(lines.loc[(lines["order_id"] == order.order_id) & (lines["kind"] == "sale"), "line_id"])
        back = [line for line in lines[lines["kind"] == "return"].itertuples()
                if line.matched_line_id is not pd.NA and line.matched_line_id in mine
                and line.time - order.time <= pd.Timedelta(days=90)]
        slow.append(min(-sum(line.amount for line in back), order.amount))
    np.testing.assert_allclose(table["returned"], slow)
    assert table["undone"].sum() == 1
    assert (table["tenure"] == correction.FIRST).sum() == kept["customer_id"].nunique()
    assert table.groupby("band").size().max() - table.groupby("band").size().min() <= 1


def test_kept_shares_and_smallest_group():
    orders, lines = shop()
    table = correction.order_returns(orders, lines, 90, 0.95)
    shares = correction.kept(table, 200, 10, np.random.default_rng(1)).set_index("level")
    assert shares.loc["all orders", "value"] == pytest.approx(table["returned"].sum() / table["amount"].sum())
    assert shares.loc["all orders", "any"] == pytest.approx((table["returned"] > 0).mean())
    for name in correction.MEASURES:
        assert ((shares[f"{name}_low"] <= shares[name]) & (shares[name] <= shares[f"{name}_high"])).all()
    assert shares["customers"].min() >= 10
    with pytest.raises(DataError, match="min_group"):
        correction.kept(table, 100, 1000, np.random.default_rng(1))


def test_edges_of_the_orders():
    orders, lines = shop()
    none = correction.order_returns(orders, lines[lines["kind"] == "sale"], 90, 0.95)
    assert none["returned"].sum() == 0
    assert correction.unmatched(lines[lines["kind"] == "sale"])["value"] is None
    sale = lines[lines["kind"] == "sale"]
    back = sale.assign(kind="return", amount=-sale["amount"], matched_line_id=sale["line_id"],
                       line_id=sale["line_id"] + 50_000)
    gone = correction.kept(correction.order_returns(orders, pd.concat([sale, back]), 90, 0.95), 100, 10,
                           np.random.default_rng(1))
    everything = correction.sent_back(gone, "all orders", "value")
    assert everything["value"] == pytest.approx(1)
    assert correction.corrected(0.28, everything)["value"] == pytest.approx(0)
    assert correction.needed(0.28, everything)["value"] is None
    month = lines["time"] < DAY + pd.Timedelta(days=30)
    short = correction.order_returns(orders[orders["time"] < DAY + pd.Timedelta(days=30)], lines[month], 90, 0.95)
    assert 0 < len(short) < month.sum()
    with pytest.raises(DataError, match="customer_id"):
        correction.order_returns(orders.assign(customer_id=None), lines, 90, 0.95)


def test_conversion_moves_the_right_way():
    effect = {"value": -0.2, "low": -0.25, "high": -0.15}
    curve = correction.sensitivity(0.12, effect, {"value": 0.1})
    assert (np.diff(curve["before"]) < 0).all()
    middle = curve.iloc[len(curve) // 2]
    assert middle["before"] == pytest.approx(0.12) and middle["kept"] == pytest.approx(0.108)
    assert ((curve["low"] <= curve["before"]) & (curve["before"] <= curve["high"])).all()
    calm = correction.calm_needed(0.12, 0.28, effect)
    assert correction.shifted(0.12, -0.2, np.array(-calm["value"])) == pytest.approx(0.28)
    assert calm["low"] < calm["value"] < calm["high"]
    assert correction.calm_needed(0.12, 0.28, effect | {"high": 0.01})["value"] is None
    back = {"value": 0.2, "low": 0.1, "high": 0.3}
    assert correction.corrected(correction.needed(0.28, back)["value"], back)["value"] == pytest.approx(0.28)


def test_claims_are_in_the_registry():
    registry = load_claims(ROOT / "claims")
    start, target = claims.conversions(registry)
    assert 0 < start < target < 1
    assert all(key in registry for key, _ in claims.readings(registry))
