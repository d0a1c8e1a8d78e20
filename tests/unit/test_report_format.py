"""Values as text, unit by unit (rules: look of the report)."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecomplan.errors import EcomplanError
from ecomplan.findings import UNITS, Finding
from ecomplan.report import format as fmt

NB = fmt.NB


@pytest.mark.parametrize(("value", "unit", "shown"), [
    (12_340_000, "money", f"£12.3{NB}m"), (1_234_000, "money", f"£1.23{NB}m"), (850_000, "money", f"£850{NB}k"),
    (999_700, "money", f"£1.00{NB}m"), (9_996_000, "money", f"£10.0{NB}m"), (4_200, "money", f"£4.20{NB}k"),
    (528.59, "money", "£529"), (12.3, "money", "£12.30"), (1_200_000_000, "money", f"£1.20{NB}bn"),
    (-350_000, "money", f"−£350{NB}k"), (0, "money", "£0.00"), (6_500_000, "cny", f"CNY{NB}6.5{NB}m"),
    (12.345, "percent", f"12.3{NB}%"), (0.125, "share", f"12.5{NB}%"), (-0.0001, "share", f"0.0{NB}%"),
    (0.423, "probability", f"42{NB}%"), (0.001, "probability", f"under 1{NB}%"),
    (0.999, "probability", f"over 99{NB}%"), (0.0, "probability", f"0{NB}%"), (1.0, "probability", f"100{NB}%"),
    (17.6, "months", f"18{NB}months"), (1.0, "months", f"1{NB}month"), (14.0, "years", f"14{NB}years"),
    (2.5, "years", f"2.5{NB}years"), (1.234, "ratio", "1.23"), (5_881, "customers", f"5{NB}881"),
    (3.42, "risks", "3.4"), (-12_345.6, "orders", f"−12{NB}346"), ("PASS", "gate", "PASS"),
    ("2025-12-09", "date", "9\u00a0December\u00a02025"), (None, "money", "unknown"),
])
def test_units(value, unit, shown):
    assert fmt.show(value, unit, "GBP") == shown


def test_currencies_without_a_symbol_are_written_out():
    assert fmt.show(12_300_000, "money", "CHF") == f"CHF{NB}12.3{NB}m"
    with pytest.raises(EcomplanError, match="currency"):
        fmt.show(1.0, "money", "")


def test_every_unit_of_a_finding_has_a_rule():
    for unit in set(UNITS) - {"gate", "date", "text"}:
        assert fmt.show(1.0, unit, "GBP")
    with pytest.raises(EcomplanError, match="furlongs"):
        fmt.show(1.0, "furlongs")


def test_ranges_share_scale_and_name_the_unit_once():
    assert fmt.show_range(9_500_000, 10_400_000, "money", "GBP") == f"£9.5 to £10.4{NB}m"
    assert fmt.show_range(-35_000, 1_200_000, "money", "GBP") == f"−£0.03 to £1.20{NB}m"
    assert fmt.show_range(5e6, 8e6, "cny") == f"CNY{NB}5.0 to 8.0{NB}m"
    assert fmt.show_range(-0.1, 0.158, "share") == f"−10.0 to 15.8{NB}%"


def test_a_column_keeps_its_decimals_and_its_smallest_amounts():
    assert fmt.column([12_300_000, 560_000.0, None], "money", "GBP") == [f"£12.3{NB}m", f"£0.6{NB}m", "–"]
    assert fmt.column([16_945_000, 13_000], "money", "GBP") == [f"£16{NB}945{NB}k", f"£13{NB}k"]
    assert fmt.column([1_230_000, 1_200], "money", "GBP") == [f"£1{NB}230{NB}k", f"£1{NB}k"]
    assert fmt.column([0.5, 0.004], "probability") == [f"50.0{NB}%", f"0.4{NB}%"]


def test_a_finding_shows_value_range_or_both():
    item = Finding("s.x", "X", 0.2, "share", "simulated", "S", low=0.1, high=0.3)
    assert fmt.finding(item, "both") == f"20.0{NB}% (80{NB}%: 10.0 to 30.0{NB}%)"
    assert fmt.finding(item, "low") == f"10.0{NB}%"
    with pytest.raises(EcomplanError, match=r"s\.y has no range"):
        fmt.finding(Finding("s.y", "Y", 0.2, "share", "simulated", "S"), "range")
    assert fmt.finding(Finding("s.z", "Z", None, "share", "simulated", "S", unknown="no root"), "range") == "unknown"


@settings(max_examples=60)
@given(st.floats(min_value=0, max_value=11.9).map(lambda power: 10**power))  # every order of size as often
def test_money_is_read_back_within_its_rounding(value):
    text = fmt.show(value, "money", "GBP")
    parts = text.removeprefix("£").split(NB)
    scale = {"bn": 1e9, "m": 1e6, "k": 1e3}.get(parts[-1], 1)
    figure = float("".join(parts[:-1] if scale > 1 else parts))
    assert figure * scale == pytest.approx(value, rel=0.0051)
    assert figure < 1000 or scale == 1e9
