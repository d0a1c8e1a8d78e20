"""The register: what is refused, how entries are resolved, and the worlds that are drawn from it."""

import copy
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from ecomplan.claims import load_claims
from ecomplan.errors import DataError, ParameterError
from ecomplan.risk.engine.draws import pert_mean
from ecomplan.risk.engine.register import CLASSES, build_register, load_register
from ecomplan.risk.engine.severities import mean_loss
from ecomplan.risk.engine.worlds import STATES, draw_worlds, exposure_of

ROOT = Path(__file__).parents[2]
CLAIMS = load_claims(ROOT / "claims")
RAW = yaml.safe_load((ROOT / "claims" / "risks.yaml").read_text(encoding="utf-8"))
CONTROLS = yaml.safe_load((ROOT / "claims" / "controls.yaml").read_text(encoding="utf-8"))
MARGIN = (0.25, 0.32, 0.45)
LINKED = [entry["id"] for entry in RAW["risks"] if "model" in entry]
MODELLED = [entry["id"] for entry in CONTROLS["controls"] if "model" in entry]
LINKS = pd.DataFrame([
    {"risk": name, "rate_low": 0.1, "rate_likely": 0.2, "rate_high": 0.6, "loss_low": 1e3, "loss_high": 9e3,
     "source": "a test"} for name in LINKED
])
EFFECTS = pd.DataFrame([
    {"risk": LINKED[k % len(LINKED)], "control": name, "acts_on": ("frequency", "severity")[k % 2],
     "reduction_low": 0.1, "reduction_likely": 0.3, "reduction_high": 0.4, "yearly_cost_low": 1.0,
     "yearly_cost_likely": 2.0, "yearly_cost_high": 3.0} for k, name in enumerate(MODELLED)
])


def entry(raw, name, kind="risks"):
    return next(item for item in raw[kind] if item["id"] == name)


def built(change=lambda raw, controls: None, links=LINKS, effects=EFFECTS):
    raw, controls = copy.deepcopy(RAW), copy.deepcopy(CONTROLS)
    change(raw, controls)
    return build_register(raw, controls, CLAIMS, 0.5, links, effects)


def paths(scale=1.0):
    rng = np.random.default_rng(3)
    months = pd.date_range("2025-12-01", periods=13, freq="MS")
    sales = scale * 1e5 * (1 + np.arange(13) / 13) * rng.lognormal(0, 0.1, (20, 13))
    return pd.DataFrame({"path": np.repeat(np.arange(20), 13), "month": np.tile(months, 20), "sales": sales.ravel()})


def drawn(register, count=400, scale=1.0, chosen=None):
    exposure = exposure_of(paths(scale), MARGIN, 9.2)
    return draw_worlds(register, exposure, count, np.random.default_rng(5), chosen)


def test_the_register_is_large_and_every_class_and_claim_stands():
    book = load_register(ROOT / "claims", CLAIMS, 0.5)
    assert len(book.risks) >= 40
    assert len(book.controls) >= 20
    assert {risk.risk_class for risk in book.risks} == set(CLASSES)
    assert all(key in CLAIMS and key not in CLAIMS.set_aside for key in book.claims)
    assert book.works == pytest.approx(0.2)  # S0 5.3: 80 % of measures disappoint
    named = {name for risk in book.risks for name in risk.controls}
    assert all(name in named or control.model for name, control in book.controls.items())
    with pytest.raises(ParameterError, match=r"algorithm_shift.*stage supply.*links"):
        drawn(book)


@pytest.mark.parametrize(("change", "said"), [
    (lambda r, c: entry(r, "price_war")["frequency"].update(high=1.2), ["price_war", "1.2", "chance from 0 to 1"]),
    (lambda r, c: entry(r, "price_war")["frequency"].update(low=-0.1), ["price_war", "frequency.low", "-0.1"]),
    (lambda r, c: entry(r, "price_war")["frequency"].update(low=0.5), ["price_war", "out of order"]),
    (lambda r, c: entry(r, "overstock")["frequency"].update(high=0.9), ["overstock", "shocks", "poisson"]),
    (lambda r, c: entry(r, "card_fraud")["frequency"].pop("dispersion"), ["card_fraud", "dispersion"]),
    (lambda r, c: entry(r, "price_war").update({"class": "cosmic"}), ["price_war", "class", "cosmic", "strategic"]),
    (lambda r, c: entry(r, "price_war").update(colour="red"), ["price_war", "unknown key colour"]),
    (lambda r, c: entry(r, "price_war").pop("reviewed"), ["price_war", "reviewed is missing"]),
    (lambda r, c: entry(r, "price_war").pop("severity"), ["price_war", "severity is missing"]),
    (lambda r, c: entry(r, "over_security")["severity"].update(claim="s0_over_secur"), ["over_security", "did you"]),
    (lambda r, c: entry(r, "over_security")["severity"].update(claim="s2_emergency_fund"), ["CNY_m", "percent"]),
    (lambda r, c: entry(r, "price_war").update(claims=[next(iter(CLAIMS.set_aside))]), ["price_war", "set aside"]),
    (lambda r, c: entry(r, "price_war")["severity"].update(low=2, high=1), ["price_war", "not below"]),
    (lambda r, c: entry(r, "bad_press")["severity"].pop("at_most"),
     ["bad_press", "severity without a finite mean", "set at_most to truncate it"]),
    (lambda r, c: entry(r, "price_war")["controls"].append("prayer"), ["price_war", "no control 'prayer'"]),
    (lambda r, c: entry(r, "liquidity_gap")["severity"].update(scale="moon"), ["liquidity_gap", "c06"]),
    (lambda r, c: r["risks"].append(entry(r, "price_war")), ["price_war stands there twice"]),
    (lambda r, c: r["shocks"][0]["hits"].update(flood=2.0), ["recession", "no risk 'flood'"]),
    (lambda r, c: r["shocks"][0]["chance"].update(high=1.5), ["recession", "chance.high", "1.5"]),
    (lambda r, c: r["dependence"][1]["risks"].append("ddos"), ["ddos stands there twice"]),
    (lambda r, c: r["dependence"][1].update(rho=-0.2), ["goods", "two risks only"]),
    (lambda r, c: r["dependence"][1].update(rho=1.0), ["goods", "rho", "1.0"]),
    (lambda r, c: r["matrix"].update(chance_of_an_event=[0.4, 0.1]), ["matrix.chance_of_an_event", "0.4"]),
    (lambda r, c: r.update(risks=[]), ["risks"]),
    (lambda r, c: c["controls"].append(c["controls"][0]), ["leak_prevention stands there twice"]),
    (lambda r, c: entry(c, "drills", "controls").update(claim="s2_strike_impact_time"), ["drills", "no reduction"]),
    (lambda r, c: entry(c, "drills", "controls").pop("claim"), ["drills", "just one of claim"]),
    (lambda r, c: entry(c, "value_anchor", "controls")["reduction"].update(high=1.4), ["value_anchor", "1.4"]),
    (lambda r, c: entry(c, "drills", "controls")["once_cny"].update(low=9e9), ["drills", "once_cny", "out of order"]),
])
def test_a_wrong_entry_is_refused_with_its_name(change, said):
    with pytest.raises(ParameterError) as error:
        built(change)
    for part in said:
        assert part in str(error.value)


@pytest.mark.parametrize(("links", "effects", "said"), [
    (LINKS[LINKS["risk"] != "ddos"], EFFECTS, "ddos has no row in table links"),
    (pd.concat([LINKS, LINKS[:1]]), EFFECTS, "twice"),
    (LINKS.assign(risk="flood"), EFFECTS, "flood is no modelled risk"),
    (LINKS.assign(loss_low=9e9), EFFECTS, "loss_low"),
    (LINKS.assign(rate_low=np.nan), EFFECTS, "rate_low"),
    (LINKS.drop(columns="loss_high"), EFFECTS, "lacks column loss_high"),
    (LINKS, EFFECTS.assign(risk="flood"), "no such risk"),
    (LINKS, EFFECTS.assign(control="drills"), "no modelled control"),
    (LINKS, EFFECTS.assign(reduction_high=1.2), "1.2"),
    (LINKS, EFFECTS[EFFECTS["control"] != "failover"], "failover has no row"),
])
def test_a_wrong_link_is_refused(links, effects, said):
    with pytest.raises(ParameterError, match=said):
        built(links=links, effects=effects)


def test_one_class_alone_and_no_shock_are_enough():
    def alone(raw, controls):
        raw.update(risks=[entry(raw, "price_war")], shocks=[], dependence=[])

    register = built(alone, LINKS[:0], None)
    worlds = drawn(register)
    assert worlds.shock_chances.shape == (0, 400)
    assert np.isfinite(worlds.expected("after")).all()
    assert worlds.calm() == pytest.approx(worlds.rates)


def test_a_claim_becomes_a_size_and_a_reduction():
    register = built()
    gap = register.risk("uncombined_controls").severity
    assert (gap.low, gap.high) == pytest.approx((0.3 * 20, 2.0 * 20))  # s2_single_control_loss, 20 m CNY
    assert register.controls["warehouse_layout"].effect.likely == pytest.approx(1 - 18 / 32)
    assert register.controls["failover"].yearly_cost(3.0, 9.2) == (1.0, 2.0, 3.0)


def test_shares_grow_with_sales_and_told_amounts_by_their_exponent():
    register = built()
    ratio = (drawn(register, scale=2.0).medians / drawn(register).medians)[:, 0]
    for risk, seen in zip(register.risks, ratio, strict=True):
        power = 0 if risk.model else register.scales[risk.severity.scale].exponent if risk.severity.scale else 1
        assert seen == pytest.approx(2.0 ** power)


def test_more_control_less_loss_and_claims_above_belief():
    register = built()
    all_on = drawn(register, 4000, chosen=register.controls)
    none = all_on.with_controls([])
    some = all_on.with_controls(["drills", "failover"])
    for state in ("after", "claimed"):
        assert none.expected(state) == pytest.approx(none.expected("before"))
        assert (all_on.expected(state) <= some.expected(state) + 1e-9).all()
        assert (some.expected(state) <= none.expected(state) + 1e-9).all()
    assert all_on.expected("claimed").sum() < all_on.expected("after").sum() < all_on.expected("before").sum()
    # a claim of -40 % in a control that works with .2 and then keeps half leaves .96 on average
    drills = [k for k, name in enumerate(all_on.pair_control) if name == "drills"]
    assert all_on.pair_left["after"][drills].mean() == pytest.approx(1 - 0.2 * 0.5 * 0.4, abs=0.01)
    assert np.unique(all_on.pair_left["claimed"][drills]) == pytest.approx(0.6)


def test_rates_are_the_average_over_years_with_and_without_shocks():
    """Calm rates times the mean multiplier, by enumeration of all combinations of shocks, give the rates back."""
    worlds = drawn(built(), 3)
    calm, shocks = worlds.calm(), len(worlds.shock_chances)
    total = np.zeros_like(calm)
    for pattern in range(2 ** shocks):
        on = np.array([(pattern >> k) & 1 for k in range(shocks)], dtype=bool)
        weight = np.where(on[:, None], worlds.shock_chances, 1 - worlds.shock_chances).prod(axis=0)
        total += weight * calm * worlds.hits[on].prod(axis=0)[:, None]
    assert total == pytest.approx(worlds.rates, rel=1e-12)
    assert (worlds.rates[worlds.once] <= 1).all()


def test_what_the_forecast_holds_is_taken_off():
    def held(raw, controls):
        entry(raw, "card_fraud").update(in_forecast=0.75)

    before, after = built(lambda r, c: entry(r, "card_fraud").update(in_forecast=0.5)), built(held)
    place = [risk.id for risk in before.risks].index("card_fraud")
    assert drawn(after).rates[place] == pytest.approx(drawn(before).rates[place] / 2)


@settings(max_examples=12, deadline=None)
@given(st.floats(0.2, 2.0), st.floats(0.6, 3.0), st.floats(0.05, 50.0))
def test_mean_of_a_capped_loss_equals_a_slow_average(sigma, alpha, cap):
    """Quantiles on a fine grid, averaged, against the closed forms; medians of 1."""
    from scipy.special import ndtri

    ranks = (np.arange(400_000) + 0.5) / 400_000
    smooth = np.minimum(np.exp(sigma * ndtri(ranks)), cap).mean()
    heavy = np.minimum(2 ** (-1 / alpha) * (1 - ranks) ** (-1 / alpha), cap).mean()
    got = mean_loss(np.ones(2), np.array([sigma, 0.0]), np.array([0.0, alpha]), np.full(2, cap))
    assert got == pytest.approx([smooth, heavy], rel=2e-3)


def test_a_severity_keeps_its_two_points():
    register = built()
    press = register.risk("bad_press").severity
    least = press.median * 2 ** (-1 / press.alpha)
    assert 1 - (least / press.low) ** press.alpha == pytest.approx(0.1)
    assert 1 - (least / press.high) ** press.alpha == pytest.approx(0.9)


def test_worlds_average_to_the_pert_mean_and_chances_stay_chances():
    register = built()
    worlds = drawn(register, 6000)
    for i, risk in enumerate(register.risks):
        expected = pert_mean(*risk.frequency.pert) * (1 - risk.in_forecast)
        assert worlds.rates[i].mean() == pytest.approx(expected, rel=0.03)
    for state in STATES:
        chance = worlds.chances(state)
        assert ((chance >= 0) & (chance <= 1)).all()
    spread = [risk.id for risk in register.risks].index("card_fraud")
    plain = 1 - np.exp(-worlds.rates[spread])
    assert (worlds.chances("before")[spread] < plain).all()  # bunched events leave more years without any


@pytest.mark.parametrize(("frame", "said"), [
    (paths().drop(columns="sales"), "lacks column sales"),
    (paths().assign(sales=lambda f: f["sales"].where(f.index != 7)), "row 7"),
    (paths()[lambda f: f["month"] < "2026-06-01"], "no calendar year whole"),
    (paths().drop(index=20), "path 1"),
    (paths(0.0), "sales above 0"),
])
def test_unusable_paths_are_refused(frame, said):
    with pytest.raises(DataError, match=said):
        exposure_of(frame, MARGIN, 9.2)
