"""The register and the simulation of yearly losses."""

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
from ecomplan.risk.losses import views
from ecomplan.risk.losses.yearly import (
    expected_shortfall,
    monte_carlo_range,
    simulate,
    tail_contributions,
    tail_size,
    value_at_risk,
)
from ecomplan.risk.losses.ranges import measure_worlds
from ecomplan.risk.engine.register import CLASSES, build_register, load_register
from ecomplan.risk.engine.worlds import STATES, draw_worlds, exposure_of

ROOT = Path(__file__).parents[2]
CLAIMS = load_claims(ROOT / "claims")
EFFECT_SHARE = 0.5
RAW = yaml.safe_load((ROOT / "claims" / "risks.yaml").read_text(encoding="utf-8"))
MARGIN = (0.25, 0.32, 0.45)


def paths(scale: float = 1.0) -> pd.DataFrame:
    rng = np.random.default_rng(3)
    months = pd.date_range("2025-12-01", periods=13, freq="MS")
    sales = scale * 1e5 * (1 + np.arange(13) / 13) * rng.lognormal(0, 0.1, (20, 13))
    return pd.DataFrame({"path": np.repeat(np.arange(20), 13), "month": np.tile(months, 20), "sales": sales.ravel()})


def register(raw=None):
    return build_register(copy.deepcopy(RAW) if raw is None else raw, CLAIMS, EFFECT_SHARE)


def run(raw=None, scale=1.0, years=4000, seed=5):
    book, exposure = register(raw), exposure_of(paths(scale), MARGIN, 9.2)
    rng = np.random.default_rng(seed)
    drawn = draw_worlds(book, exposure, years, rng)
    return book, exposure, drawn, simulate(drawn, rng)


# the register


def test_the_register_holds_enough_risks_of_every_class():
    book = load_register(ROOT / "claims" / "risks.yaml", CLAIMS, EFFECT_SHARE)
    assert len(book.risks) >= 12
    assert {risk.risk_class for risk in book.risks} == set(CLASSES)
    assert all(key in CLAIMS for key in book.claims)
    assert book.works == pytest.approx(0.2)  # S0 5.3: 80 % of measures disappoint


def test_a_claim_becomes_the_size_of_a_loss():
    strike = next(risk for risk in register().risks if risk.id == "logistics_strike")
    assert strike.severity == pytest.approx((0.3 * 30, 2.0 * 30))  # s2_strike_loss_unprepared, 30 m CNY
    assert register().controls["warehouse_layout"].effect == pytest.approx(1 - 18 / 32)  # level below baseline


def test_a_probability_becomes_a_rate():
    breach = next(risk for risk in register().risks if risk.id == "data_breach")
    assert 1 - np.exp(-np.array(breach.rate)) == pytest.approx([0.03, 0.08, 0.20])


def broken(change):
    raw = copy.deepcopy(RAW)
    change(raw)
    return raw


@pytest.mark.parametrize(("change", "said"), [
    (lambda r: r["risks"][1]["frequency"].update(high=1.2), ["forced_technology", "1.2", "probability"]),
    (lambda r: r["risks"][0]["frequency"].update(low=-0.1), ["algorithm_shift", "frequency.low", "-0.1"]),
    (lambda r: r["risks"][0]["frequency"].update(low=0.5), ["algorithm_shift", "out of order"]),
    (lambda r: r["risks"][0].update({"class": "cosmic"}), ["algorithm_shift", "class", "cosmic", "strategic"]),
    (lambda r: r["risks"][0].update(colour="red"), ["algorithm_shift", "unknown key colour"]),
    (lambda r: r["risks"][0].pop("owner_role"), ["algorithm_shift", "owner_role is missing"]),
    (lambda r: r["risks"][0]["severity"].update(claim="s3_algo_shif"), ["algorithm_shift", "no claim", "did you"]),
    (lambda r: r["risks"][0]["severity"].update(claim="s2_emergency_fund"), ["algorithm_shift", "CNY_m", "percent"]),
    (lambda r: r["risks"][0]["severity"].update(low=2, high=1), ["algorithm_shift", "severity.low", "not below"]),
    (lambda r: r["risks"][0]["controls"].append("prayer"), ["algorithm_shift", "no control 'prayer'"]),
    (lambda r: r["risks"][5]["severity"].pop("scale"), ["logistics_strike", "severity.scale", "c06"]),
    (lambda r: r["risks"].append(r["risks"][0]), ["algorithm_shift stands there twice"]),
    (lambda r: r["controls"][0].update(claim="s2_strike_impact_time"), ["mitigation_matrix", "no reduction"]),
    (lambda r: r["matrix"].update(chance_of_an_event=[0.4, 0.1]), ["matrix.chance_of_an_event", "0.4"]),
    (lambda r: r.update(risks=[]), ["risks"]),
])
def test_a_wrong_entry_is_refused_with_its_name(change, said):
    with pytest.raises(ParameterError) as error:
        build_register(broken(change), CLAIMS, EFFECT_SHARE)
    for part in said:
        assert part in str(error.value)


# exposure


def test_exposure_takes_the_last_whole_year():
    exposure = exposure_of(paths(), MARGIN, 9.2)
    assert exposure.year == 2026
    assert exposure.month_share.sum() == pytest.approx(1)
    of_year = paths()[lambda frame: frame["month"].dt.year == 2026]
    assert exposure.expected_sales == pytest.approx(of_year["sales"].sum() / 20)


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


# the simulation


def test_fast_simulation_equals_a_slow_loop():
    """Given rates and sizes, the sum by year equals adding event by event in the same order of draws."""
    _, _, drawn, fast = run(years=60)
    rng = np.random.default_rng(5)
    draw_worlds(register(), exposure_of(paths(), MARGIN, 9.2), 60, rng)
    for i in range(len(drawn.rates)):
        counts = rng.poisson(drawn.rates[i])
        z, luck = rng.standard_normal(counts.sum()), rng.random(counts.sum())
        event = 0
        for year, count in enumerate(counts):
            total = dict.fromkeys(STATES, 0.0)
            for _ in range(count):
                size = drawn.medians[i, year] * np.exp(drawn.sigmas[i] * z[event])
                for state in STATES:
                    if luck[event] < drawn.kept[state][i, year]:
                        total[state] += size * drawn.left[state][i, year]
                event += 1
            for state in STATES:
                assert fast.by_risk[state][i, year] == pytest.approx(total[state], rel=1e-12)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([0.5, 0.9, 0.95, 0.99]))
def test_contributions_add_up_to_expected_shortfall(seed, level):
    rng = np.random.default_rng(seed)
    by_risk = rng.lognormal(0, 1, (6, 500)) * rng.integers(0, 2, (6, 500))
    total = by_risk.sum(axis=0)
    assert tail_contributions(by_risk, level).sum() == pytest.approx(expected_shortfall(total, level), rel=1e-9)
    assert expected_shortfall(total, level) >= value_at_risk(total, level)
    assert (total >= value_at_risk(total, level)).sum() >= tail_size(500, level)


def test_no_year_is_worse_with_more_control():
    _, _, _, losses = run()
    for i in range(len(losses.by_risk["before"])):
        assert (losses.by_risk["after"][i] <= losses.by_risk["before"][i]).all()
        assert (losses.by_risk["claimed"][i] <= losses.by_risk["after"][i] * (1 + 1e-12)).all()
    assert losses.total["claimed"].sum() < losses.total["after"].sum() < losses.total["before"].sum()


def test_more_sales_more_loss_in_proportion_or_less():
    """Shares of sales double with sales; a breach, with exponent one half, does not."""
    book, _, _, small = run()
    _, _, _, large = run(scale=2.0)
    ratio = large.by_risk["before"].sum(axis=1) / small.by_risk["before"].sum(axis=1)
    half = [i for i, risk in enumerate(book.risks) if risk.scale == "breached_company"]
    rest = [i for i in range(len(ratio)) if i not in half]
    assert ratio[rest] == pytest.approx(2, rel=1e-9)
    assert ratio[half] == pytest.approx(np.sqrt(2), rel=1e-9)


def test_zero_rates_no_loss():
    def still(raw):
        for risk in raw["risks"]:
            risk["frequency"].update(low=0, likely=0, high=0)

    book, exposure, drawn, losses = run(broken(still))
    assert not losses.total["before"].any()
    few = drawn_few(book, exposure)
    measured = measure_worlds(few, views.LEVELS, 1.0, np.array([1.0, 2.0]), views.grid_top(losses))
    table = views.risk_table(book, drawn, losses, exposure)
    assert np.isfinite(table.select_dtypes("number").to_numpy()).all()
    assert views.tail_table(losses, measured)[["value", "low", "high"]].to_numpy().max() == pytest.approx(0, abs=1e-9)
    assert views.loss_free(losses, measured, "before") == {"value": 1.0, "low": 1.0, "high": 1.0}


def drawn_few(book, exposure, count=20):
    return draw_worlds(book, exposure, count, np.random.default_rng(9))


def test_exact_aggregation_agrees_with_simulation_in_one_world():
    book, exposure, _, _ = run(years=10)
    world = drawn_few(book, exposure, 1)
    many = type(world)(
        *(np.repeat(part, 100_000, axis=1) for part in (world.rates, world.medians)), world.sigmas,
        *({state: np.repeat(part[state], 100_000, axis=1) for state in STATES} for part in (world.kept, world.left)),
    )
    losses = simulate(many, np.random.default_rng(2))
    measured = measure_worlds(world, (0.95,), 1.0, np.array([1.0]), views.grid_top(losses))
    for state in STATES:
        low, high = monte_carlo_range(losses.total[state], 0.95, 4)[0]
        assert low * 0.995 <= measured.var[state][0, 0] <= high * 1.005
        assert measured.es[state][0, 0] == pytest.approx(expected_shortfall(losses.total[state], 0.95), rel=0.05)
        assert measured.expected[state][0] == pytest.approx(losses.total[state].mean(), rel=0.03)


# tables


def test_tables_conserve_the_expected_loss():
    book, exposure, drawn, losses = run()
    risks = views.risk_table(book, drawn, losses, exposure)
    total = losses.total["before"].mean()
    assert risks["expected_before"].sum() == pytest.approx(total, rel=1e-9)
    assert views.heat_table(book, risks, exposure)["expected_loss"].sum() == pytest.approx(total, rel=1e-9)
    assert views.class_table(risks)["expected_before"].sum() == pytest.approx(total, rel=1e-9)
    assert risks["tail_share"].sum() == pytest.approx(1, rel=1e-9)
    assert (risks["tail_before"].diff().dropna() <= 0).all()


def test_the_gate():
    assert views.appetite_gate({"low": 1, "high": 2}, 2.5) == "PASS"
    assert views.appetite_gate({"low": 1, "high": 3}, 2.5) == "REVIEW"
    assert views.appetite_gate({"low": 2.6, "high": 3}, 2.5) == "FAIL"
