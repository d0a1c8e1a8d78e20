"""The first page tells the truth whatever the findings say."""

from pathlib import Path

import pytest

from ecomplan.findings import Finding, Findings
from ecomplan.params import load_params
from ecomplan.report.text import check_prose, markers
from ecomplan.report.wording import front as wording

PARAMS = load_params(Path(__file__).parents[2] / "params.yaml")
NUMBERS = {
    "report.shift_years": 14, "forecast.sales_2026": 9.8e6, "forecast.target_chance_sales": 0.02,
    "forecast.target_sales": 0.3, "forecast.sales_trough": 5e5, "forecast.error_limit": 5.2,
    "forecast.mape_seasonal_naive_sales": 9.7, "segments.top_15": 0.7, "returns.budget": 7e5,
    "returns.budget_cny": 6.5e6,
    "returns.plan_months": 36, "returns.npv": -3e5, "returns.cost": 5.8e5, "returns.benefit": 2.2e5,
    "returns.chance_payback_18": 0.1, "returns.payback_target": 18, "returns.effect_share": 0.5,
    "allocation.fund_count": 3, "allocation.spend": 4e4, "allocation.npv": 1.6e4, "allocation.chance_gain": 0.4,
    "allocation.shortfall": 4.4e4, "allocation.success_prior": 0.2,
    "allocation.chance_needed": 0.25,
    "returns.break_even_effect_share": 0.74, "losses.appetite": 3.2e5, "losses.controls_price": 6.9e5,
    "losses.best_set_price": 1e4, "prepare.return_share_last12": 0.03,
    "lifetime.pace": 3,
}
TEXTS = {
    "forecast.chosen_model": "Seasonal naive", "forecast.sales_trough_month": "February 2026",
    "allocation.nearest": "Faster pages", "allocation.funded": "simpler payment, better search and related products",
}


def findings(growth=(0.02, -0.1, 0.15), chance=0.07, kind="none", loss=4.2e5, saved=6.6e4, best=3, **unknown):
    items = [
        Finding(key, key, None if key in unknown else float(value), "money", "simulated", "S", low=float(value) * 0.9,
                high=float(value) * 1.1, unknown="no root") for key, value in NUMBERS.items()
    ]
    items += [Finding(key, key, value, "text", "simulated", "S") for key, value in TEXTS.items()]
    items += [
        Finding("forecast.growth_sales_2026", "g", growth[0], "share", "simulated", "S", growth[1], growth[2]),
        Finding("returns.chance_npv_positive", "c", chance, "probability", "simulated", "S"),
        Finding("allocation.decision_kind", "k", kind, "text", "simulated", "S"),
        Finding("losses.removed_expected", "r", saved, "money", "simulated", "S"),
        Finding("losses.best_set_controls", "b", best, "count", "simulated", "S"),
        Finding("losses.var_95_best", "v", loss, "money", "simulated", "S", loss * 0.8, loss * 1.2),
    ]
    return Findings(items)


def page(shift=14, source="Orders of a shop, 2009 to 2011.", **values):
    known = findings(**values)
    told = wording.front(known, PARAMS.report, PARAMS.data.model_copy(update={"shift_years": shift}), source)
    check_prose(told)
    for text in told.prose():
        for key, show in markers(text):
            assert key in known and (show == "value" or known[key].low is not None), (key, show)
    assert len(told.heads) == 8 and all(head.finding in known for head in told.heads)
    return told


@pytest.mark.parametrize(("chance", "said", "not_said"), [
    (0.9, "returns more than it costs with a chance", "lose"), (0.6, "the doubt is real", "lose"),
    (0.07, "more likely lose money than not", "doubt"), (0.0, "in none of the simulated plans", "likely lose"),
])
def test_the_answer_follows_the_chance(chance, said, not_said):
    answer = page(chance=chance).answer
    assert said in answer and not_said not in answer


@pytest.mark.parametrize(("growth", "said"), [
    ((0.02, -0.1, 0.15), "may as well be a fall"), ((-0.02, -0.1, 0.15), "may as well be a rise"),
    ((0.1, 0.05, 0.15), ""),
])
def test_the_answer_says_when_growth_is_open(growth, said):
    answer = page(growth=growth).answer
    assert said in answer if said else "as well" not in answer


@pytest.mark.parametrize(("kind", "term"), [("portfolio", "Fund"), ("tests", "Fund"), ("none", "Decline")])
def test_the_decision_follows_the_allocation(kind, term):
    told = page(kind=kind)
    assert told.asks[0][0] == term
    assert ("tests only" in told.asks[0][1]) == (kind == "tests")
    assert ("worth their cost" in told.answer) == (kind == "portfolio")
    assert ("better search" in told.asks[0][1]) == (kind != "none")
    assert ("allocation.npv" in [head.finding for head in told.heads]) == (kind != "none")


def test_a_loss_above_the_appetite_is_not_asked_to_be_accepted():
    assert "Settle" in dict(page(loss=4.2e5).asks) and "Accept" in dict(page(loss=3.0e5).asks)
    assert any("crossed now" in row.tripwire for row in page(loss=4.2e5).signals)
    assert any("not crossed" in row.tripwire for row in page(loss=3.0e5).signals)


@pytest.mark.parametrize(("saved", "best", "said"), [
    (8e5, 3, "so they pay for themselves"), (6e4, 3, "are worth their price."), (6e4, 0, "none that is known is worth"),
])
def test_controls_are_named_only_where_they_are_worth_their_price(saved, best, said):
    assert said in dict(page(saved=saved, best=best).asks)["Settle"]


def test_what_is_unknown_is_replaced_or_left_out():
    unknown = {"allocation.chance_needed": True, "returns.break_even_effect_share": True}
    assert len(page(**unknown).signals) == len(page().signals) - 2


def test_the_shift_of_the_dates_is_said_where_there_is_one():
    assert "moved by" in page().data_note and "moved by" not in page(shift=0).data_note
    assert "another shop" in page().data_note and "another shop" not in page(source="").data_note
