"""The register as matrix, heat map, best doses and stress cases."""

import datetime
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from conftest import small_orders
from ecomplan.claims import load_claims
from ecomplan.errors import DataError, ParameterError
from ecomplan.risk.engine.register import load_register
from ecomplan.risk.engine.schema import LINES
from ecomplan.risk.engine.worlds import STATES, Exposure, draw_worlds
from ecomplan.risk.risks import catalogue, heat, matrix, side_effects, stress, told
from ecomplan.risk.risks.lines import OTHER_COUNTRIES, business_lines, last_word

ROOT = Path(__file__).parents[2]
CLAIMS = load_claims(ROOT / "claims")
SALES = np.random.default_rng(1).lognormal(14, 0.1, 300)
EXPOSURE = Exposure(2026, SALES, np.full(12, 1 / 12), (0.25, 0.32, 0.45), 9.2)
MONTHS = pd.date_range("2023-12-01", periods=24, freq="MS")


def register():
    plain = load_register(ROOT / "claims", CLAIMS, 0.5)
    links = pd.DataFrame([
        {"risk": risk.id, "rate_low": 0.1, "rate_likely": 0.2, "rate_high": 0.6, "loss_low": 1e3, "loss_high": 9e3,
         "source": "a test"} for risk in plain.risks if risk.model
    ])
    effects = pd.DataFrame([
        {"risk": links["risk"][k % len(links)], "control": name, "acts_on": "frequency", "reduction_low": 0.1,
         "reduction_likely": 0.3, "reduction_high": 0.4}
        for k, name in enumerate(name for name, control in plain.controls.items() if control.model)
    ])
    return load_register(ROOT / "claims", CLAIMS, 0.5, links, effects)


BOOK = register()
WORLDS = draw_worlds(BOOK, EXPOSURE, 600, np.random.default_rng(2))
MATRIX = matrix.matrix_table(BOOK, WORLDS, EXPOSURE)
CONTROLS = catalogue.control_table(BOOK, WORLDS, 3.0, 9.2)


def shop(countries=("UK", "Eire", "Malta"), customers=30, words=("RED BAG", "TALL CANDLES", "TIN")):
    rng = np.random.default_rng(8)
    size = 3000
    start, days = np.datetime64("2023-12-01", "us"), rng.integers(0, 730, size)
    buyer = rng.integers(0, customers, size)
    most, some, few = countries[0], countries[len(countries) // 2], countries[-1]
    lines = pd.DataFrame({
        "time": start + days.astype("timedelta64[D]"),
        "customer_id": pd.array([None if k == 0 else f"c{k}" for k in buyer], dtype="str"),
        "country": [most if k > 12 else few if k < 3 else some for k in buyer],
        "product_id": [f"p{k}" for k in rng.integers(0, len(words), size)],
        "amount": rng.lognormal(3, 1, size), "kind": np.where(rng.random(size) < 0.9, "sale", "return"),
    })
    products = pd.DataFrame({"product_id": [f"p{k}" for k in range(len(words))], "description": list(words)})
    return lines, products


def lines_of(lines, products, **changes):
    return business_lines(lines, products, MONTHS, **({"countries": 3, "groups": 2, "min_group": 10} | changes))


# matrix and controls


def test_matrix_conserves_the_expected_loss_and_controls_never_raise_it():
    for state in STATES:
        total = MATRIX[f"expected_{state}"].sum()
        assert total == pytest.approx(WORLDS.expected(state).sum(axis=0).mean(), rel=1e-9)
        assert catalogue.class_table(MATRIX)[f"expected_{state}"].sum() == pytest.approx(total, rel=1e-9)
    assert (MATRIX["expected_after"] <= MATRIX["expected_before"] * (1 + 1e-9)).all()
    assert (MATRIX["expected_before"].diff().dropna() <= 0).all()
    assert np.isfinite(MATRIX.select_dtypes("number").to_numpy()).all()
    rate = MATRIX.set_index("risk").loc["price_war"]
    assert rate["chance_before"] * rate["impact_before"] == pytest.approx(rate["expected_before"])  # once


def test_a_control_alone_removes_what_the_worlds_say():
    row = CONTROLS.set_index("control").loc["restore_tests"]
    with_it = WORLDS.with_controls(["restore_tests"]).expected("after").sum(axis=0).mean()
    assert WORLDS.expected("before").sum(axis=0).mean() - with_it == pytest.approx(row["removed"])
    assert row["net"] == pytest.approx(row["removed"] - row["cost"])


def test_the_mitigation_matrix_sums_to_the_controls():
    pairs = catalogue.mitigation_table(BOOK, WORLDS)
    assert len(pairs) == sum(len(risk.controls) for risk in BOOK.risks)
    summed = pairs.groupby("control")[["removed", "removed_claimed"]].sum()
    alone = CONTROLS.set_index("control").loc[summed.index, ["removed", "removed_claimed"]]
    assert summed.to_numpy() == pytest.approx(alone.to_numpy(), rel=1e-9)


def test_numbers_never_buy_less_than_the_bound_and_beat_the_levels():
    levels, numbers, table = matrix.allocation_efficiency(BOOK, MATRIX, CONTROLS, 0.3)
    assert levels.value < numbers.value <= 1
    assert levels.low <= levels.value <= levels.high
    assert (table["worth"].diff().dropna() <= 0).all()
    nothing = CONTROLS.assign(removed=0.0)
    assert matrix.allocation_efficiency(BOOK, MATRIX, nothing, 0.3)[0].value is None


# reviews


def test_an_entry_is_stale_the_day_after_its_clock_has_run_out():
    one = replace(BOOK.risks[0], reviewed=datetime.date(2025, 8, 31), review_months=3)
    book = replace(BOOK, risks=(one,))
    assert not catalogue.review_table(book, "2025-11-30")["stale"].any()
    assert catalogue.review_table(book, "2025-12-01")["days_late"].tolist() == [1]
    with pytest.raises(ParameterError, match="after the check"):
        catalogue.review_table(book, "2025-08-30")
    with pytest.raises(ParameterError, match="2025-02-30"):
        catalogue.review_table(book, "2025-02-30")


# business lines and heat map


def test_lines_add_up_small_ones_stand_together_and_the_heat_map_conserves():
    found = lines_of(*shop())
    table = found.table
    for _, family in table.groupby("family"):
        assert family[list(LINES)].sum().to_numpy() == pytest.approx(np.ones(len(LINES)))
    countries = table[table["family"] == "country"]
    assert (countries["customers"] >= 10).all()
    assert not countries["line"].eq("Malta").any()
    assert found.profile.sum(axis=1) == pytest.approx(np.ones(len(table)))
    cells = heat.heat_table(BOOK, WORLDS, EXPOSURE, found, (0.1, 0.2))
    for _, family in cells.groupby("family"):
        assert family["expected_loss"].sum() == pytest.approx(WORLDS.expected("after").sum(axis=0).mean(), rel=1e-9)
        assert family["margin"].sum() == pytest.approx(EXPOSURE.expected_margin, rel=1e-9)
    assert (cells["share"][cells["level"] == "red"] >= 0.2).all()
    assert (cells["share"][cells["level"] == "blue"] < 0.1).all()
    assert cells["share"][cells["level"] == "yellow"].between(0.1, 0.2, inclusive="left").all()
    with pytest.raises(ParameterError, match="yellow < red"):
        heat.heat_table(BOOK, WORLDS, EXPOSURE, found, (0.2, 0.1))


def test_line_shares_equal_a_slow_count():
    lines, products = shop()
    table = lines_of(lines, products, min_group=1).table.set_index("line")
    year = lines[(lines["kind"] == "sale") & (lines["time"] >= "2024-12-01") & (lines["time"] < "2025-12-01")]
    first = lines[lines["kind"].isin(["sale", "return"])].groupby("customer_id")["time"].min()
    new = year[year["customer_id"].map(first) >= "2024-12-01"]
    for name in ("UK", "Eire", "Malta"):
        mine = year[year["country"] == name]
        assert table.loc[name, "sales"] == pytest.approx(mine["amount"].sum() / year["amount"].sum())
        assert table.loc[name, "orders"] == pytest.approx(len(mine) / len(year))
        assert table.loc[name, "customers"] == mine["customer_id"].nunique()
        if len(new):
            assert table.loc[name, "new_customers"] == pytest.approx(
                new.loc[new["country"] == name, "amount"].sum() / new["amount"].sum())


def test_one_country_and_nameless_goods_leave_one_line_a_family():
    found = lines_of(*shop(countries=("UK",), words=("", "12 34")))
    assert found.table["line"].tolist() == ["UK", "other goods"]
    assert np.isfinite(found.table.select_dtypes("number").to_numpy()).all()  # nothing abroad: spread as sales
    few = lines_of(*shop(customers=5))
    assert few.table["line"].tolist() == [OTHER_COUNTRIES, "other goods"]


def test_too_short_a_history_is_refused():
    lines, products = shop()
    with pytest.raises(DataError, match="11 full months"):
        business_lines(lines, products, MONTHS[:11], countries=3, groups=2, min_group=10)
    with pytest.raises(DataError, match="holds no sale from 2024-12"):
        lines_of(lines.assign(kind="return"), products)


def test_the_last_word_says_what_an_article_is():
    assert [last_word(text) for text in ("SET OF 6 T-LIGHT CANDLES", "glass, small", "A 1", "Red Bag 20cm")] == [
        "CANDLE", "SMALL", "", "BAG"]


# doses and stress


def test_best_dose_by_a_slow_search_and_more_harm_a_smaller_dose():
    found = side_effects.side_effects(BOOK, WORLDS, CLAIMS, convexity=2.0, months=3.0, uninstall_share_per_month=0.03)
    steeper = side_effects.side_effects(BOOK, WORLDS, CLAIMS, convexity=2.0, months=9.0, uninstall_share_per_month=0.03)
    place = [risk.id for risk in BOOK.risks]
    at_stake = sum(
        (WORLDS.rates * WORLDS.mean_sizes())[place.index(name)].mean() for name in side_effects.MEASURES[0].protects
    )
    margin = (WORLDS.sales * WORLDS.margin).mean() / 4
    doses = np.linspace(0, 1.44, 200_001)
    slow = doses[np.argmax((1 - 0.2 ** doses) * at_stake - 0.15 * doses ** 2 * margin)]  # as told: -80 %, 15 %
    assert side_effects.best_dose(found, "security", "told").value == pytest.approx(slow, abs=0.02)
    for measure in side_effects.MEASURES:
        assert side_effects.best_dose(steeper, measure.id).value <= side_effects.best_dose(found, measure.id).value


def assumptions(**changes):
    plain = {
        "spread": 1.5, "war_price_cut": 0.1, "war_months": 4.0, "war_cross_elasticity": 1.0, "lockout_sales_loss": 0.03,
        "lockout_months": 5.0, "circle_share": 0.15, "packaging_share_of_sales": 0.02, "pass_through": 0.3,
        "orders_lost_per_day": 0.01, "orders_late_per_day": 0.1, "demand_swing": 0.15, "unsold_share": 0.4,
        "write_down": 0.5, "slack": 0.1,
    }
    return stress.Assumptions(**(plain | changes))


def stressed(**changes):
    cases = stress.stress_cases(EXPOSURE, CLAIMS, assumptions(**changes), 0.2, 0.1, 4000, np.random.default_rng(4))
    return stress.stress_table(cases, EXPOSURE)


def test_stress_cases_without_spread_follow_from_their_assumptions():
    table = stressed(spread=1.0 + 1e-9)
    assert stress.effect(table, "war_held", "sales").value == pytest.approx(-0.1 * 4 / 12, rel=0.01)
    margin = EXPOSURE.expected_margin / EXPOSURE.expected_sales
    assert stress.effect(table, "war_matched").value == pytest.approx(-0.1 * 4 / 12 / margin, rel=0.01)
    assert stress.effect(table, "packaging").value == pytest.approx(-0.23 * 0.02 * 0.7 / margin, rel=0.01)
    assert stress.effect(table, "delay", "late").value == pytest.approx(1.8 * 0.1, rel=1e-6)


def test_more_exposure_more_loss_and_ranges_hold_their_mean():
    mild, hard = stressed(), stressed(war_price_cut=0.2, demand_swing=0.3, circle_share=0.4, lockout_months=10.0)
    for case in ("war_held", "war_matched", "lockout", "circles", "swing_down"):
        assert stress.effect(hard, case).value < stress.effect(mild, case).value < 0
    for name in ("sales", "margin", "margin_money", "late"):
        assert ((mild[f"{name}_low"] <= mild[name]) & (mild[name] <= mild[f"{name}_high"])).all()


# claims and the small shop


def test_every_reading_names_a_claim_once():
    found = side_effects.side_effects(BOOK, WORLDS, CLAIMS, convexity=2.0, months=3.0, uninstall_share_per_month=0.03)
    levels, numbers, _ = matrix.allocation_efficiency(BOOK, MATRIX, CONTROLS, 0.3)
    reviews = catalogue.review_table(BOOK, "2025-12-10")
    readings = told.claim_readings(BOOK, CLAIMS, MATRIX, reviews, found, stressed(), levels, numbers)
    keys = [reading.key for reading in readings]
    assert len(set(keys)) == len(keys)
    assert all(key in CLAIMS and key not in CLAIMS.set_aside for key in keys)
    assert all((reading.role == "tested") == (reading.verdict is not None) for reading in readings)
    assert 0 <= told.late_share(reviews, MATRIX) <= 1


def test_the_entries_say_what_is_done_first():
    raw = yaml.safe_load((ROOT / "claims" / "risks.yaml").read_text(encoding="utf-8"))
    for entry in raw["risks"]:
        assert len({entry["cause"], entry["trigger"], entry["first_hour"], entry["first_day"]}) == 4


def test_the_small_shop_has_business_lines():
    raw = small_orders()
    lines = pd.DataFrame({
        "time": pd.to_datetime(raw["When"]).to_numpy("datetime64[us]"), "customer_id": raw["Customer"].astype("str"),
        "country": raw["Country"].astype("str"), "product_id": raw["Item"].astype("str"),
        "amount": raw["Pieces"] * raw["Price"], "kind": np.where(raw["Pieces"] > 0, "sale", "return"),
    })
    products = raw.drop_duplicates("Item").rename(columns={"Item": "product_id", "Name": "description"})
    last = lines["time"].max().to_period("M").to_timestamp()
    months = pd.date_range(end=last - pd.offsets.MonthBegin(1), periods=24, freq="MS")
    found = business_lines(lines, products.astype({"product_id": "str"}), months, countries=5, groups=6, min_group=10)
    cells = heat.heat_table(BOOK, WORLDS, EXPOSURE, found, (0.1, 0.2))
    assert np.isfinite(cells[["expected_loss", "margin", "share"]].to_numpy()).all()
    assert set(found.table["family"]) == {"country", "product group"}
