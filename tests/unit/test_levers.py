"""The catalogue of levers: built on claims, complete, and refused where it cannot be meant."""

from __future__ import annotations

import copy
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import yaml

from ecomplan.claims import load_claims
from ecomplan.errors import ParameterError
from ecomplan.investment.engine import curves
from ecomplan.investment.engine.levers import (
    QUANTITIES,
    SEGMENTS,
    claimed_change,
    lever_table,
    load_levers,
    make_levers,
    shrunken,
)

ROOT = Path(__file__).parents[2]
CLAIMS = load_claims(ROOT / "claims")
RAW = yaml.safe_load((ROOT / "claims" / "levers.yaml").read_text(encoding="utf-8"))
LEVERS = load_levers(ROOT / "claims", CLAIMS)


def _entry(raw, name):
    return next(entry for entry in raw["levers"] if entry["id"] == name)


def test_the_catalogue_is_large_and_built_on_claims():
    assert len(LEVERS) >= 40
    moved = {lever.moves for lever in LEVERS.items}
    assert {*QUANTITIES, "nothing", "service", "returns"} <= moved
    assert {lever.curve.kind for lever in LEVERS.items} == set(curves.KINDS)
    behind = [key for lever in LEVERS.items for key in lever.claims]
    assert len(behind) == len(set(behind))
    for lever in LEVERS.items:
        if lever.moves == "nothing":
            assert (lever.claimed, lever.weight, lever.cost_base) == (0, 0, None)
            continue
        assert lever.claimed == pytest.approx(np.mean([abs(claimed_change(CLAIMS[key])) for key in lever.claims]))
        assert 0 < lever.weight <= 1
        assert (lever.cost_base is None) == (lever.moves in QUANTITIES)
        if lever.told_of:  # a claim about another quantity counts for less
            entry = _entry(copy.deepcopy(RAW), lever.id) | {"told_of": ""}
            raw = RAW | {"levers": [entry if one["id"] == lever.id else one for one in RAW["levers"]]}
            same = make_levers(raw, CLAIMS).items[LEVERS.index(lever.id)]
            assert lever.weight == pytest.approx(same.weight * RAW["proxy"]["weight"])


def test_costs_of_the_goods_and_their_way_leave_a_margin():
    assert 0 < sum(base["share_of_sales"] for base in RAW["cost_bases"].values()) < 1


def test_levers_are_found_by_id_and_their_curves_by_place():
    place = LEVERS.index("points")
    assert LEVERS.items[place].id == "points"
    with pytest.raises(ParameterError, match="no lever 'point'; did you mean points"):
        LEVERS.index("point")
    kinds, a, b = curves.matrix(LEVERS)
    curve = curves.Curve(curves.KINDS[kinds[place]], a[place], b[place])
    assert curve == LEVERS.items[place].curve
    table = lever_table(LEVERS, CLAIMS)
    assert len(table) == len(LEVERS) and not table.isna().any().any()
    assert list(table["tranche"].unique()) == ["early", "middle", "late"]


def test_the_harm_told_of_too_much_stands_on_the_curve():
    lever = LEVERS.items[LEVERS.index("targeting")]
    harms = [claimed_change(CLAIMS[key]) for key in RAW["curves"]["promotion"]["harm_claims"]]
    at = RAW["curves"]["promotion"]["too_much"]
    assert float(lever.curve.response(at)) * lever.claimed == pytest.approx(np.mean(harms))


def test_a_rate_before_and_after_becomes_a_relative_change():
    assert claimed_change(CLAIMS["s1_points_repurchase"]) == pytest.approx(52 / 35 - 1)
    with pytest.raises(ParameterError, match="no relative change"):
        claimed_change(CLAIMS["s3_payback_target"])


def _told(rng, count, works_share, effect_sd, noise):
    """Measures as they come to be told: true effect where one works, its estimate, told where that is large."""
    works = rng.random(count) < works_share
    truth = np.where(works, np.abs(rng.normal(0, effect_sd, count)), 0.0)
    estimate = truth + rng.normal(0, noise, count)
    told = estimate > 1.96 * noise
    return works[told], truth[told], estimate[told]


def test_shrinking_undoes_what_telling_only_large_effects_does():
    """Selection of publications after van Zwet & Cator (2021): an estimate is told only if it is large."""
    rng = np.random.default_rng(5)
    works, truth, estimate = _told(rng, 200_000, works_share=0.2, effect_sd=0.1, noise=0.1)
    assert estimate.mean() > 2 * truth.mean()  # what is told overstates
    prior, kept = works.mean(), truth[works].mean() / estimate.mean()
    # the two numbers, learnt from these, must put right a fresh set that went through the same selection
    _, fresh_truth, fresh = _told(rng, 20_000, works_share=0.2, effect_sd=0.1, noise=0.1)
    lever = replace(LEVERS.items[LEVERS.index("search")], weight=1.0)
    told = replace(LEVERS, items=tuple(replace(lever, claimed=float(one)) for one in fresh))
    frame = shrunken(told, effect_share=float(kept), success_prior=float(prior))
    error = np.hypot(fresh_truth.std(), fresh.std() * prior * kept) / np.sqrt(fresh.size)
    assert abs(frame["expected"].mean() - fresh_truth.mean()) < 4 * error
    assert frame["if_works"].mean() > frame["expected"].mean()
    # noisier studies, told by the same rule, keep less: why weaker evidence weighs less
    left = []
    for noise in (0.03, 0.1, 0.3):
        _, true, seen = _told(np.random.default_rng(6), 100_000, works_share=0.2, effect_sd=0.1, noise=noise)
        left.append(true.mean() / seen.mean())
    assert left[0] > left[1] > left[2]
    grades = [RAW["evidence_weight"][name]["weight"] for name in ("cited", "named_case", "anonymous_case", "unsourced")]
    assert grades == sorted(grades, reverse=True)


def test_what_is_left_of_an_effect_is_a_product():
    frame = shrunken(LEVERS, 0.5, 0.2).set_index("id")
    lever = LEVERS.items[LEVERS.index("recommendations")]
    assert frame.loc[lever.id, "expected"] == pytest.approx(lever.claimed * lever.weight * 0.1)
    middle = (lever.reach_low + lever.reach_high) / 2
    assert frame.loc[lever.id, "on_all"] == pytest.approx(lever.claimed * lever.weight * 0.1 * middle)
    assert (frame.loc["data_platform", ["claimed", "weighed", "if_works", "expected", "on_all"]] == 0).all()


@pytest.mark.parametrize(("name", "change", "message"), [
    ("search", {"linee": "tech"}, r"lever search\.linee"),
    ("search", {"line": "reserve"}, r"lever search\.line = 'reserve' is refused"),
    ("search", {"moves": "luck"}, "moves = 'luck' is refused; expected one of traffic, conversion"),
    ("search", {"curve": "steep"}, "curve = 'steep' is refused; expected one of deals"),
    ("search", {"timing": "soon"}, "timing = 'soon' is refused"),
    ("search", {"segments": ["all"]}, r"lever search\.segments\.0 = 'all' is refused"),
    ("search", {"reach_low": 0.9}, "reach_low 0.9 is above reach_high"),
    ("search", {"claims": ["s0_ai_reco"]}, "lever search: .*did you mean"),
    ("search", {"claims": ["s1_cac_case_stated_change"]}, "set aside"),
    ("search", {"claims": ["s1_aov_gain_target"]}, "is a target; expected a benchmark_effect"),
    ("search", {"claims": ["s0_search_bar_top_conversion_gain"]}, "says no relative change"),
    ("search", {"claims": ["s0_tiered_service_cost_change"]}, "stands behind lever search and lever service_triage"),
    ("service_triage", {"moves": "conversion"}, "moves conversion the wrong way"),
    ("service_triage", {"segments": ["new"]}, "service is a share of all sales"),
    ("risk_rules", {"needs": ["trackin"]}, "lever risk_rules needs 'trackin', which is none; did you mean tracking"),
    ("tracking", {"needs": ["auto_tuning"]}, "needs itself: tracking -> auto_tuning -> testing -> tracking"),
    ("points", {"needs": ["points"]}, "needs itself: points -> points"),
    ("product_notes", {"moves": "nothing"}, "moves nothing and no lever needs it"),
    ("search", {"id": "points"}, "lever points stands there twice"),
])
def test_a_lever_that_cannot_be_meant_is_refused(name, change, message):
    raw = copy.deepcopy(RAW)
    _entry(raw, name).update(change)
    with pytest.raises(ParameterError, match=message):
        make_levers(raw, CLAIMS)


@pytest.mark.parametrize(("spoil", "message"), [
    (lambda raw: _entry(raw, "search")["cost"].update(once_cny=-1.0), r"search\.cost\.once_cny = -1.0 is refused"),
    (lambda raw: _entry(raw, "search")["cost"].update(people_fte="two"), r"people_fte = 'two' is refused"),
    (lambda raw: _entry(raw, "smart_service")["cost"].update(share_of_extra_sales=0.1), "causes no sales"),
    (lambda raw: raw["evidence_weight"].pop("cited"), "lacks cited"),
    (lambda raw: raw["spread"].update(overlap_low=0.9), "overlap_low is above"),
    (lambda raw: raw["cost_bases"].update(traffic=raw["cost_bases"]["goods"]), "has the name of a quantity"),
    (lambda raw: raw["curves"]["software"].pop("half"), "hill takes half, steep; found steep"),
    (lambda raw: raw["curves"]["promotion"].update(steep=1.0), "harm takes harm_claims, too_much; found"),
    (lambda raw: raw["curves"]["promotion"].update(harm_claims=["s9_none"]), "curve promotion: .*no claim 's9_none'"),
    (lambda raw: raw["timing"]["team"].update(fade_per_year=1.0), r"timing\.team\.fade_per_year = 1.0 is refused"),
    (lambda raw: raw.pop("proxy"), "proxy"),
])
def test_a_catalogue_that_cannot_be_meant_is_refused(spoil, message):
    raw = copy.deepcopy(RAW)
    spoil(raw)
    with pytest.raises(ParameterError, match=message):
        make_levers(raw, CLAIMS)


def test_a_missing_catalogue_says_how_to_bring_it_back(tmp_path):
    with pytest.raises(ParameterError, match="git checkout claims"):
        load_levers(tmp_path, CLAIMS)


def test_segments_keep_their_order_whatever_the_file_says():
    raw = copy.deepcopy(RAW)
    _entry(raw, "search")["segments"] = list(reversed(SEGMENTS))
    assert make_levers(raw, CLAIMS).items[LEVERS.index("search")].segments == SEGMENTS
