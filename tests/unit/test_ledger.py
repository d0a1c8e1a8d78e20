"""The claims ledger: one row a claim, one standing each."""

from pathlib import Path

import pytest

from ecomplan.claims import load_claims
from ecomplan.errors import DataError, ParameterError
from ecomplan.findings import ClaimUse
from ecomplan.plan import ledger as plan

CLAIMS = load_claims(Path(__file__).parents[2] / "claims")


def use(key, role, verdict=None, stage="segments"):
    return ClaimUse(key=key, role=role, stage=stage, section="S", reading=f"Read as {role}.", verdict=verdict)


def test_one_row_a_claim_and_standings_add_up():
    frame = plan.ledger(CLAIMS, [use("s3_total_budget", "target")])
    assert len(frame) == len(CLAIMS) == 763 and frame["key"].is_unique
    counts = plan.counts(frame)
    assert sum(counts.values()) == 763
    assert counts["target"] == 1 and counts["set aside"] == len(CLAIMS.set_aside)
    assert not (frame.eq("") | frame.isna())[["what", "stated", "standing", "kind", "grade"]].any(axis=None)
    assert (frame.loc[frame["standing"].isin(["set aside", "not used yet"]), "reason"] != "").all()


@pytest.mark.parametrize(("uses", "standing"), [
    ([("tested", "holds"), ("prior", None)], "holds"),
    ([("tested", "holds"), ("tested", "fails")], "holds in part"),
    ([("tested", "fails"), ("tested", "not testable")], "fails"),
    ([("tested", "not testable"), ("target", None)], "not testable"),
    ([("prior", None), ("target", None)], "target"), ([("limit", None)], "limit"), ([], "not used yet"),
])
def test_standing_of_several_uses(uses, standing):
    frame = plan.ledger(CLAIMS, [use("s1_conversion_target", *one) for one in uses])
    assert frame.set_index("key").loc["s1_conversion_target", "standing"] == standing


def test_stages_and_readings_are_kept():
    key = "s1_conversion_target"
    uses = [use(key, "prior", stage="returns"), use(key, "target", stage="losses")]
    row = plan.ledger(CLAIMS, uses).set_index("key").loc[key]
    assert row["stages"] == "returns, losses" and row["reading"] == "Read as prior. Read as target."


def test_unknown_and_set_aside_claims_are_refused_by_name():
    with pytest.raises(ParameterError, match="s9_none"):
        plan.ledger(CLAIMS, [use("s9_none", "prior")])
    key = next(iter(CLAIMS.set_aside))
    with pytest.raises(DataError, match=key):
        plan.ledger(CLAIMS, [use(key, "prior")])


@pytest.mark.parametrize(("key", "stated"), [
    ("s1_conversion_target", "from 12 to 28\u202f%"), ("s3_total_budget", "CNY 5 to 8 m"),
    ("s3_home_bounce_max", "at most 40\u202f%"), ("s0_shared_service_admin_cost_change", "−34\u202f%"),
    ("s3_stream_throughput", "1\u202f000\u202f000 queries a second"), ("s3_pilot_optimise_interval", "2 weeks"),
])
def test_stated_value_with_bound_unit_and_baseline(key, stated):
    assert plan.stated(CLAIMS[key]) == stated


def test_every_conflict_and_oddity_has_its_treatment():
    notes = plan.notes(CLAIMS)
    assert notes["kind"].value_counts().to_dict() == {"conflict": 38, "oddity": 37}
    assert (notes[["what", "treatment", "claims"]] != "").all(axis=None)
