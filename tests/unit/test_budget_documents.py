"""The budget, its shares and phases, and the documents held against themselves."""

from __future__ import annotations

import copy
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from ecomplan.claims import load_claims
from ecomplan.errors import ParameterError
from ecomplan.investment.budget import phases, structure
from ecomplan.investment.budget.assumptions import load_assumptions, make_assumptions
from ecomplan.investment.budget.checks import check_claims, checks_table, growth_bridge
from ecomplan.investment.budget.checks_cost import cost_checks
from ecomplan.investment.engine.budget import amount_cny, budget_table, profiles, read_budget, spending_table

ROOT = Path(__file__).parents[2]
CLAIMS = load_claims(ROOT / "claims")
BUDGET = read_budget(CLAIMS)
ASSUMED = load_assumptions(ROOT / "claims", CLAIMS)
RAW = yaml.safe_load((ROOT / "claims" / "archetypes.yaml").read_text(encoding="utf-8"))


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
    by_note: dict[str, list[str]] = {}
    found = [*check_claims(CLAIMS), *cost_checks(CLAIMS, ASSUMED, BUDGET, 250_000)]
    for check in found:
        by_note.setdefault(check.note, []).append(check.verdict)
    for note in ("o04", "o06", "o07", "o08", "o09", "o10", "o12", "o13", "c06", "c10", "c11"):
        assert "fails" in by_note[note], note
    bridge = growth_bridge(CLAIMS)
    assert 1 + bridge.value / 100 == pytest.approx(28 / 12 * 1.18)  # oddity o06: 2.75
    assert bridge.computed == "2.75 times" and "3.9 years" in bridge.proof and "53 %" in bridge.proof
    by_name = {check.check: check for check in found}
    assert "992 to 1 263 CNY" in by_name["The people line pays the teams (S3)"].computed  # oddity o10
    assert "2.1 days" in by_name["The marketing line pays the new users (S3)"].proof  # oddity o09
    assert by_name["A yearly return agrees with the payback praised (S1)"].computed == "10 months"  # oddity o13
    frame = checks_table(found)
    assert not frame.isna().any().any()
    assert all(key in CLAIMS for keys in frame["claims"] for key in keys.split(", "))


def test_a_check_turns_when_the_figures_do():
    """A people line that pays the teams in full is no contradiction any more."""
    paid = {"The people line pays the teams (S3)": "holds"}
    found = {check.check: check.verdict for check in cost_checks(CLAIMS, ASSUMED, BUDGET, 12_000)}
    assert {name: found[name] for name in paid} == paid


def test_amounts_and_shares_name_the_totals_at_which_they_agree():
    lines = structure.lines_table(BUDGET, CLAIMS, 9.2)
    assert structure.widest_totals(lines) == pytest.approx((4e6, 2e6 / 0.35))  # oddity o07: 4.0 and 5.71 m
    assert structure.mismatched(lines) == 2
    shares = structure.structures(CLAIMS)
    assert shares[["s0", "s3", "blended"]].sum().tolist() == pytest.approx([1, 1, 1])
    assert structure.nesting(CLAIMS)["fits"].tolist() == [True, True, False, True, False, False]
    with pytest.raises(ParameterError, match=r"add up to 0\.9"):
        structure.check_shares({"a": 0.5, "b": 0.4}, "shares of a test")
    with pytest.raises(ParameterError, match="below 0"):
        structure.check_shares({"a": 1.5, "b": -0.5}, "shares of a test")


def test_phases_agree_with_a_linear_programme():
    """Known answer by another method: with at least a little in the outer phases, feasible or not (oddity o04)."""
    found, asked = phases.mixes(CLAIMS), phases.structure(CLAIMS)
    assert phases.possible(phases.as_told(found)) == 0
    for item in found:
        points = np.array(phases.phase_shares(CLAIMS, item.lost), dtype=float)
        wanted = [float(asked[phases.PARTS.index(name)]) for name in item.order]
        solved = linprog([-1, 0, -1], A_eq=np.vstack([points.T, np.ones(3)]), b_eq=[*wanted, 1], method="highs")
        outer = bool(solved.status == 0 and solved.fun < -1e-7)
        assert outer == item.spread, item
        assert (item.prices is not None) != item.spread


def test_a_certificate_proves_what_it_says():
    for item in phases.mixes(CLAIMS):
        if item.prices is None:
            continue
        asked = phases.structure(CLAIMS)
        wanted = [asked[phases.PARTS.index(name)] for name in item.order]
        gaps = [sum(y * (part - b) for y, part, b in zip(item.prices, phase, wanted, strict=True))
                for phase in phases.phase_shares(CLAIMS, item.lost)]
        assert gaps[0] < 0 and gaps[2] < 0 and gaps[1] <= 0


def test_the_only_lost_part_that_would_do_is_no_digit():
    lost = phases.balanced_digit(CLAIMS)
    assert lost == Fraction(7, 5)
    found = phases.mix(phases.phase_shares(CLAIMS, lost), phases.structure(CLAIMS))
    assert found is not None and found[0] > 0 and found[2] > 0
    mixed = [sum(w * phase[i] for w, phase in zip(found, phases.phase_shares(CLAIMS, lost), strict=True))
             for i in range(3)]
    assert tuple(mixed) == phases.structure(CLAIMS)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 9), min_size=9, max_size=9), st.lists(st.integers(0, 5), min_size=3, max_size=3))
def test_a_mix_that_exists_is_found(parts, weights):
    rows = [tuple(parts[3 * k:3 * k + 3]) for k in range(3)]
    if any(sum(row) == 0 for row in rows) or sum(weights) == 0:
        return
    points = tuple(phases.shares(row) for row in rows)
    share = [Fraction(weight, sum(weights)) for weight in weights]
    wanted = tuple(sum(w * point[i] for w, point in zip(share, points, strict=True)) for i in range(3))
    found = phases.mix(points, wanted)
    assert found is not None and sum(found) == 1 and min(found) >= 0
    assert tuple(sum(w * point[i] for w, point in zip(found, points, strict=True)) for i in range(3)) == wanted


@pytest.mark.parametrize(("spoil", "message"), [
    (lambda raw: raw["archetypes"][0].update(slaes=1), r"archetypes\.small\.slaes"),
    (lambda raw: raw["archetypes"][0].update(claims=["s2_gmv"]), "small names the unknown claim 's2_gmv'"),
    (lambda raw: raw["archetypes"][1].update(id="small"), "archetype small stands there twice"),
    (lambda raw: raw["archetypes"].reverse(), "do not ascend"),
    (lambda raw: raw["archetypes"][0]["sales_cny_m"].update(low=-1), r"small\.sales_cny_m\.low = -1 is refused"),
    (lambda raw: raw["assumptions"]["attrition"].update(low=0.9), "low <= likely <= high must hold, found 0.9"),
    (lambda raw: raw["assumptions"]["attrition"].pop("reason"), r"attrition\.reason"),
])
def test_sizes_that_cannot_be_meant_are_refused(spoil, message):
    raw = copy.deepcopy(RAW)
    spoil(raw)
    with pytest.raises(ParameterError, match=message):
        make_assumptions(raw, CLAIMS)


def test_missing_sizes_and_unknown_assumptions_are_named(tmp_path):
    with pytest.raises(ParameterError, match="git checkout claims"):
        load_assumptions(tmp_path, CLAIMS)
    with pytest.raises(ParameterError, match="no assumption 'lease_fee'"):
        ASSUMED["lease_fee"]
