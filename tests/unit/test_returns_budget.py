"""The budget, the documents held against themselves, and the catalogue of levers."""

from __future__ import annotations

import copy
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import yaml

from ecomplan.claims import load_claims
from ecomplan.errors import ParameterError
from ecomplan.investment.budget import (
    amount_cny,
    budget_table,
    profiles,
    read_budget,
    spending_table,
)
from ecomplan.investment.checks import check_claims, checks_table, growth_bridge
from ecomplan.investment.levers import claimed_change, load_levers, make_levers
from ecomplan.investment.returns import cost_shares

ROOT = Path(__file__).parents[2]
CLAIMS = load_claims(ROOT / "claims")
BUDGET = read_budget(CLAIMS)
RAW = yaml.safe_load((ROOT / "claims" / "levers.yaml").read_text(encoding="utf-8"))


def test_lines_and_months_add_up_to_the_budget():
    frame = budget_table(BUDGET, CLAIMS, 9.2)
    lines, total = frame.iloc[:-1], frame.iloc[-1]
    for name in ("share", "low_cny", "mid_cny", "high_cny", "stated_cny", "low_money", "high_money"):
        assert lines[name].sum() == pytest.approx(total[name], rel=1e-12)
    assert total["mid_cny"] == pytest.approx(9.2 * total["mid_money"])
    spending = spending_table(BUDGET, CLAIMS, 9.2)
    assert spending["tranches_money"].sum() == pytest.approx(total["mid_money"])
    assert spending["years_money"].sum() == pytest.approx(total["mid_money"])
    assert BUDGET.profile()[:12].sum() == pytest.approx(0.3)
    assert sum(amount_cny(BUDGET, name)["value"] for name in BUDGET.tranches) == pytest.approx(BUDGET.total_mid_cny)
    assert profiles(BUDGET, CLAIMS, 0.0, 9.2)["discounted_money"].iloc[0] == pytest.approx(total["mid_money"])


@pytest.mark.parametrize(("changed", "message"), [
    ({"shares": {"tech": 0.35, "people": 0.30, "marketing": 0.25, "reserve": 0.20}}, "add up to 1.1; expected 1"),
    ({"shares": {"tech": 1.1, "people": -0.1, "marketing": 0.0, "reserve": 0.0}}, "below 0"),
    ({"shares": {"tech": 1.0}}, "expected tech, people, marketing, reserve"),
    ({"tranches": {"early": 0.3, "middle": 0.4, "late": 0.2}}, "tranches .* add up to 0.9"),
    ({"tranche_ends": {"early": 12, "middle": 12, "late": 36}}, "ascending"),
    ({"total_low_cny": 9e6}, "expected 0 < low <= high"),
])
def test_a_budget_that_cannot_be_is_refused(changed, message):
    with pytest.raises(ParameterError, match=message):
        replace(BUDGET, **changed)


def test_the_documents_contradict_themselves_where_the_notes_say():
    by_note = {}
    for check in check_claims(CLAIMS):
        by_note.setdefault(check.note, []).append(check.verdict)
    assert all("fails" in by_note[note] for note in ("o06", "o07", "o08", "o12", "c10", "c11"))
    bridge = growth_bridge(CLAIMS)
    assert 1 + bridge.value / 100 == pytest.approx(28 / 12 * 1.18)  # oddity o06: 2.75
    assert bridge.computed == "2.75 times" and "3.9 years" in bridge.proof and "53 %" in bridge.proof
    frame = checks_table(check_claims(CLAIMS))
    assert not frame.isna().any().any()
    assert all(key in CLAIMS for keys in frame["claims"] for key in keys.split(", "))


def test_the_catalogue_is_built_on_claims_and_pays_out_every_line():
    levers = load_levers(ROOT / "claims", CLAIMS)
    assert len(levers) >= 12
    assert cost_shares(BUDGET, levers).sum() == pytest.approx(1)
    for lever in levers.items:
        stated = [abs(claimed_change(CLAIMS[key])) for key in lever.claims]
        assert lever.claimed == pytest.approx(np.mean(stated))
        assert 0 < lever.weight <= 1


def test_a_rate_before_and_after_becomes_a_relative_change():
    assert claimed_change(CLAIMS["s1_points_repurchase"]) == pytest.approx(52 / 35 - 1)
    with pytest.raises(ParameterError, match="no relative change"):
        claimed_change(CLAIMS["s3_payback_target"])


@pytest.mark.parametrize(("spoil", "message"), [
    (lambda raw: raw["levers"][0].update(share=0.5), "shares of line tech add up to 1.3; expected 1"),
    (lambda raw: raw["levers"][0].update(sahre=0.5), r"lever recommendations\.sahre"),
    (lambda raw: raw["levers"][0].update(share="much"), r"lever recommendations\.share = 'much' is refused"),
    (lambda raw: raw["levers"][0].update(moves="luck"), "moves = 'luck' is refused; expected one of conversion"),
    (lambda raw: raw["levers"][0].update(reach_low=0.9), "reach_low 0.9 is above reach_high"),
    (lambda raw: raw["levers"][0].update(claims=["s0_ai_reco"]), "did you mean"),
    (lambda raw: raw["levers"][0].update(claims=["s1_cac_case_stated_change"]), "set aside"),
    (lambda raw: raw["levers"][0].update(claims=["s1_aov_gain_target"]), "is a target; expected a benchmark_effect"),
    (lambda raw: raw["levers"][0].update(claims=["s0_tiered_service_cost_change"]), "the wrong way"),
    (lambda raw: raw["levers"][1].update(id="recommendations"), "stands there twice"),
    (lambda raw: raw["evidence_weight"].pop("cited"), "lacks cited"),
    (lambda raw: raw["spread"].update(overlap_low=0.9), "overlap_low is above"),
])
def test_a_catalogue_that_cannot_be_meant_is_refused(spoil, message):
    raw = copy.deepcopy(RAW)
    spoil(raw)
    with pytest.raises(ParameterError, match=message):
        make_levers(raw, CLAIMS)


def test_a_missing_catalogue_says_how_to_bring_it_back(tmp_path):
    with pytest.raises(ParameterError, match="git checkout claims"):
        load_levers(tmp_path, CLAIMS)
